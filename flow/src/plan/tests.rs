//! Whole walks through small graphs, written as text: `a>b` is an edge, `a?b|c` a branch, `a*b` a fan-out and `a+b>c` a
//! join. A walk is its steps, with the number of items behind a fan-out's target and what joins wait for in brackets.

use expect_test::{Expect, expect};

use super::*;
use crate::error::GraphError;
use crate::topology::Declared;

fn declared(edges: &str) -> Vec<Declared> {
    let own = |names: &str, at: char| names.split(at).map(str::to_owned).collect::<Vec<_>>();
    let parse = |edge: &str| {
        if let Some((from, to)) = edge.split_once('?') {
            let (from, to) = (from.to_owned(), own(to, '|'));
            return Declared::Branch { from, to };
        }

        if let Some((from, to)) = edge.split_once('*') {
            let (from, to) = (from.to_owned(), to.to_owned());
            return Declared::FanOut { from, to };
        }

        let (from, to) = edge.split_once('>').expect("an edge");
        let (from, to) = (from.to_owned(), to.to_owned());
        if from.contains('+') {
            return Declared::Join {
                from: own(&from, '+'),
                to,
            };
        }

        Declared::Edge { from, to }
    };

    edges.split_whitespace().map(parse).collect()
}

fn shape(nodes: &str, edges: &str) -> Result<Topology, GraphError> {
    let nodes: Vec<_> = nodes.split_whitespace().map(str::to_owned).collect();
    Topology::build("g", &nodes, &declared(edges))
}

/// What each branch takes and how many items each fan-out has, in the order of declaration.
#[derive(Default)]
struct Script {
    branches: Vec<Vec<&'static str>>,
    items: Vec<usize>,
}

impl Choices for Script {
    fn branch(&self, index: usize) -> Vec<String> {
        let chosen = self.branches[index].clone();
        chosen.into_iter().map(str::to_owned).collect()
    }

    fn items(&self, index: usize) -> Result<Vec<Value>, serde_json::Error> {
        Ok((0..self.items[index]).map(Value::from).collect())
    }
}

fn show(frontier: &Frontier) -> String {
    let ready = frontier.ready.iter().map(|ready| match &ready.items {
        Some(items) => format!("{}*{}", ready.node, items.len()),
        None => ready.node.clone(),
    });

    let waiting = frontier
        .waiting
        .iter()
        .map(|w| format!("[{} has {}]", w.target, w.from.join("+")));

    ready.chain(waiting).collect::<Vec<_>>().join(" ")
}

fn walk(nodes: &str, edges: &str, script: &Script) -> String {
    let shape = shape(nodes, edges).expect("a whole graph");
    let (mut frontier, mut steps) = (Frontier::start(), Vec::new());
    for _ in 0..9 {
        match advance(&shape, &frontier, script) {
            Ok(next) => frontier = next,
            Err(error) => {
                steps.push(format!("error: {error}"));
                break;
            }
        }

        // What a checkpoint would hold is all that the next step is planned from.
        let stored = serde_json::to_string(&frontier).expect("a frontier is JSON");
        assert_eq!(
            serde_json::from_str::<Frontier>(&stored).expect("it reads back"),
            frontier
        );

        if frontier.is_done() {
            steps.push("end".to_owned());
            break;
        }

        steps.push(show(&frontier));
    }

    steps.join(" / ")
}

fn check(nodes: &str, edges: &str, script: Script, expected: Expect) {
    expected.assert_eq(&walk(nodes, edges, &script));
}

fn plain(nodes: &str, edges: &str, expected: Expect) {
    check(nodes, edges, Script::default(), expected);
}

fn branching(nodes: &str, edges: &str, taken: &[&'static str], expected: Expect) {
    let branches = vec![taken.to_vec()];
    check(
        nodes,
        edges,
        Script {
            branches,
            items: vec![],
        },
        expected,
    );
}

fn fanning(nodes: &str, edges: &str, items: &[usize], expected: Expect) {
    let items = items.to_vec();
    check(
        nodes,
        edges,
        Script {
            branches: vec![],
            items,
        },
        expected,
    );
}

#[test]
fn a_chain_goes_node_by_node() {
    plain("a b c", "START>a a>b b>c c>END", expect!["a / b / c / end"]);
}

#[test]
fn an_empty_graph_ends_before_it_begins() {
    plain("", "START>END", expect!["end"]);
}

#[test]
fn several_edges_run_their_targets_at_once_in_declaration_order() {
    plain("a c b", "START>a a>b a>c b>END c>END", expect!["a / c b / end"]);
}

#[test]
fn a_node_reached_twice_in_one_step_runs_once() {
    plain("a b c", "START>a START>b a>c b>c c>END", expect!["a b / c / end"]);
}

#[test]
fn a_node_reached_in_different_steps_runs_each_time() {
    plain(
        "a b c",
        "START>a START>b a>c b>a c>END",
        expect!["a b / a c / c / end"],
    );
}

#[test]
fn a_join_waits_across_steps_and_remembers_who_has_come() {
    plain(
        "short long longer both",
        "START>short START>long long>longer short+longer>both both>END",
        expect!["short long / longer [both has short] / both / end"],
    );
}

#[test]
fn a_join_can_be_reached_again_in_a_loop() {
    branching(
        "a b both",
        "START>a START>b a+b>both both?a|END both>b",
        &["a"],
        expect!["a b / both / a b / both / a b / both / a b / both / a b"],
    );
}

#[test]
fn a_join_whose_source_never_runs_is_an_error_and_not_an_end() {
    branching(
        "a b c both",
        "START>a START>c a?b|END b>END b+c>both both>END",
        &[],
        expect![[r#"a c / error: both waits for ["b"], which will never run"#]],
    );
}

#[test]
fn a_branch_to_the_end_leaves_a_waiting_join_behind() {
    branching(
        "a b c both",
        "START>a START>c a?b|END b>END b+c>both both>END",
        &["END"],
        expect!["a c / end"],
    );
}

#[test]
fn a_branch_takes_what_it_chooses_and_may_take_several() {
    let edges = "START>a a?b|c|END b>END c>END";
    branching("a b c", edges, &["c"], expect!["a / c / end"]);
    branching("a b c", edges, &["c", "b"], expect!["a / b c / end"]);
    branching("a b c", edges, &["END", "b"], expect!["a / b / end"]);
    branching("a b c", edges, &[], expect!["a / end"]);
}

#[test]
fn a_branch_may_not_choose_what_it_did_not_declare() {
    let edges = "START>a a?b|END b>END";
    branching(
        "a b",
        edges,
        &["a"],
        expect!["a / error: the branch of a chose a, which it did not declare"],
    );

    branching(
        "a b",
        edges,
        &["z"],
        expect!["a / error: the branch of a chose z, which it did not declare"],
    );
}

#[test]
fn a_fan_out_is_one_step_and_its_followers_come_once() {
    fanning(
        "list item after",
        "START>list list*item item>after after>END",
        &[3],
        expect!["list / item*3 / after / end"],
    );
}

#[test]
fn an_empty_fan_out_goes_on_behind_its_target() {
    let edges = "START>list list*item item>after after>END";
    fanning("list item after", edges, &[0], expect!["list / after / end"]);
    fanning("item", "START*item item>END", &[0], expect!["end"]);
}

#[test]
fn two_empty_fan_outs_in_a_row_are_passed_together() {
    let edges = "START*a a*b b>c c>END";
    fanning("a b c", edges, &[0, 0], expect!["c / end"]);
    fanning("a b c", edges, &[2, 0], expect!["a*2 / c / end"]);
    fanning("a b c", edges, &[0, 2], expect!["b*2 / c / end"]);
}

#[test]
fn an_empty_fan_out_still_arrives_at_its_join() {
    fanning(
        "a item both",
        "START>a START*item item+a>both both>END",
        &[0],
        expect!["a [both has item] / both / end"],
    );
}

#[test]
fn empty_fan_outs_in_a_circle_are_an_error_and_not_a_hang() {
    fanning(
        "a b",
        "START*a a*b b*a b>END",
        &[0, 0, 0],
        expect!["error: the fan-outs around a are empty and lead in a circle"],
    );
}

#[test]
fn two_fan_outs_into_one_node_put_their_items_behind_each_other() {
    fanning(
        "a b item",
        "START>a START>b a*item b*item item>END",
        &[2, 3],
        expect!["a b / item*5 / end"],
    );
}

#[test]
fn a_checkpoint_of_another_graph_is_refused() {
    let shape = shape("a", "START>a a>END").unwrap();
    let ready = Ready {
        node: "gone".to_owned(),
        items: None,
    };

    let frontier = Frontier {
        ready: vec![ready],
        waiting: vec![],
    };
    let error = advance(&shape, &frontier, &Script::default()).unwrap_err();

    assert_eq!(error.to_string(), "the graph has no node gone");
}

#[test]
fn a_wrong_graph_is_not_built() {
    let refused = |nodes, edges, expected: Expect| {
        expected.assert_eq(&shape(nodes, edges).unwrap_err().to_string());
    };

    refused(
        "a a",
        "START>a a>END",
        expect!["graph g: node a is declared twice"],
    );
    refused(
        "END",
        "START>END",
        expect![[r#"graph g: "END" can not be a node's name"#]],
    );
    refused(
        "a",
        "START>a a>b",
        expect!["graph g: a leads to b, which is not declared"],
    );
    refused(
        "a",
        "START>a a>START a>END",
        expect!["graph g: a leads to START, which is not declared"],
    );
    refused(
        "a",
        "START>a z>a a>END",
        expect!["graph g: an edge leads to z, which is not declared"],
    );
    refused(
        "a b",
        "START>a a>END b>END",
        expect!["graph g: nothing leads to b"],
    );
    refused("a b", "START>a a>b", expect!["graph g: a has no way to end"]);
    refused(
        "a b",
        "START>a START>END a>b b>a",
        expect!["graph g: a has no way to end"],
    );
    refused("a", "", expect!["graph g: nothing leads to a"]);
    refused("", "", expect!["graph g: START has no way to end"]);
    refused(
        "a b",
        "START>a START>b a*b b>END a>END",
        expect!["graph g: b is started both for items and without one"],
    );
    refused(
        "a b c",
        "START>a START>b a+b>c a>c b>END c>END",
        expect!["graph g: the join into c is not one"],
    );
    refused(
        "a b",
        "START>a a+a>b b>END",
        expect!["graph g: the join into b is not one"],
    );
}
