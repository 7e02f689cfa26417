//! Definitions: what is right, and where each mistake is said to be.

use expect_test::{Expect, expect};

use super::*;

fn faults_of(source: &str) -> Vec<DefinitionFault> {
    let called = Called::new();
    match parse(source, false).and_then(|definition| compile("mine", 1, &definition, &called)) {
        Ok(_) => Vec::new(),
        Err(faults) => faults,
    }
}

fn check(source: &str, expected: Expect) {
    let told: Vec<_> = faults_of(source)
        .into_iter()
        .map(|fault| format!("{}: expected {}", fault.field, fault.expected))
        .collect();
    expected.assert_eq(&told.join("\n"));
}

/// Every kind of node.
const WHOLE: &str = r#"
title: Everything
input: { type: object, required: [list] }
start: [plan, wait]
output: "${values.gathered}"
nodes:
  plan:
    type: agent
    agent: codestory.intent
    input: { repo_url: "${input.repo}" }
    next: each
  each: { type: fan_out, items: "input.list", do: one, at_once: 2 }
  one:
    type: transform
    value: { n: "${item}", at: "${index}" }
  wait: { type: wait, seconds: 5, next: call }
  call: { type: http, url: "https://example.org/${workflow.id}", method: POST, body: { a: 1 } }
  gather: { type: join, from: [one, call], next: ask }
  ask:
    type: question
    prompt: "Go on with ${size(values.one)}?"
    schema: { type: object }
    expires_in_seconds: 60
    on_decline: end
    next: choose
  choose:
    type: branch
    cases: [{ when: "values.ask.answer.ok", next: gathered }]
    else: ask
  gathered: { type: transform, value: "${values.one}" }
"#;

#[test]
fn a_definition_with_every_kind_of_node_is_right() {
    check(WHOLE, expect![""]);

    let definition = parse(WHOLE, false).unwrap();
    let drawn = compile("mine", 1, &definition, &Called::new()).unwrap().drawing();
    assert_eq!(drawn["nodes"].as_array().unwrap().len(), 9);
    let json = serde_json::to_string(&definition.nodes[0].kind).unwrap();
    assert!(json.contains("codestory.intent"), "{json}");
}

#[test]
fn json_is_read_as_well_as_yaml() {
    check(
        r#"{ "nodes": { "a": { "type": "transform", "value": 1 } } }"#,
        expect![""],
    );
}

#[test]
fn each_mistake_is_said_with_its_node_and_field() {
    check(
        "nodes: {}",
        expect!["nodes: expected an object with at least one node"],
    );
    check(
        "nodes: { a: { type: transform, value: 1, next: nowhere } }",
        expect!["nodes.a.next: expected the name of a node, or end; there is no nowhere"],
    );
    check(
        "nodes: { a: { type: transform }, b: { type: poem }, c: { value: 1 } }",
        expect![[r"
            nodes.a.value: expected it to be there
            nodes.b.type: expected one of agent, transform, question, branch, fan_out, join, wait, http, item, story, workflow
            nodes.c.type: expected one of agent, transform, question, branch, fan_out, join, wait, http, item, story, workflow"]],
    );
    check(
        "nodes: { a: { type: branch, cases: [{ when: '1 +', next: a }], else: end } }",
        expect![[r"
            nodes.a.cases.0.when: expected an expression in CEL; this one does not parse: ERROR: <input>:1:4: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"]],
    );
    check(
        "nodes: { a: { type: branch, cases: [{ when: 'true', next: b }], else: gone } , b: { type: transform, value: 1 } }",
        expect!["nodes.a.else: expected the name of a node, or end; there is no gone"],
    );
    check(
        "nodes: { a: { type: wait, seconds: 0 }, b: { type: native, function: x, input: 1 } }",
        expect![
            "nodes.b.type: expected one of agent, transform, question, branch, fan_out, join, wait, http, item, story, workflow"
        ],
    );
}

#[test]
fn a_circle_without_an_exit_and_what_nothing_leads_to_are_refused() {
    check(
        "nodes: { a: { type: transform, value: 1, next: b }, b: { type: transform, value: 1, next: a } }",
        expect!["nodes.a.next: expected a way out: from here it goes round in a circle that has no exit"],
    );
    check(
        "nodes: { a: { type: transform, value: 1 }, lost: { type: transform, value: 1 } }",
        expect!["nodes.lost: expected a node that something leads to; nothing leads to it"],
    );
}

#[test]
fn names_are_given_once() {
    let faults =
        faults_of("nodes:\n  a: { type: transform, value: 1 }\n  a: { type: transform, value: 2 }\n");
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].field, "source");
    assert!(faults[0].expected.contains("duplicate"), "{faults:?}");
}

#[test]
fn ten_thousand_nodes_are_refused_at_once() {
    let mut source = "nodes:\n".to_owned();
    for place in 0..10_000 {
        source.push_str(&format!("  n{place}: {{ type: join, from: [] }}\n"));
    }
    let faults = faults_of(&source);
    assert!(
        faults.len() == 1 && ["nodes", "source"].contains(&faults[0].field.as_str()),
        "{faults:?}"
    );
}

#[test]
fn what_expands_without_end_is_refused() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let below = format!("*a{}", level - 1);
        bomb.push_str(&format!(
            "a{level}: &a{level} [{}]\n",
            [below.as_str(); 10].join(", ")
        ));
    }
    let faults = faults_of(&bomb);
    assert_eq!(faults[0].field, "source", "{faults:?}");
}

#[test]
fn a_workflow_that_calls_itself_is_refused_and_one_that_calls_another_holds_it() {
    let caller = parse(
        "nodes: { call: { type: workflow, definition: other, input: { n: 1 }, next: after }, after: { type: transform, value: '${values.call}' } }",
        false,
    )
    .unwrap();
    let other = parse(
        "output: '${values.double}'\nnodes: { double: { type: transform, value: '${input.n * 2}' } }",
        false,
    )
    .unwrap();
    let circle = parse("nodes: { back: { type: workflow, definition: mine } }", false).unwrap();
    let called = |definition| Called::from([(("other".to_owned(), None), definition)]);

    let compiled = compile("mine", 1, &caller, &called(other)).unwrap();
    let ids: Vec<_> = compiled.nodes.iter().map(|node| node.id.as_str()).collect();
    assert_eq!(ids, ["call", "call/double", "call/end", "after"]);

    let faults = compile("mine", 1, &caller, &called(circle)).unwrap_err();
    assert_eq!(faults[0].field, "nodes.call/back.definition");
    assert!(faults[0].expected.contains("mine → other → mine"), "{faults:?}");

    let faults = compile("mine", 1, &caller, &Called::new()).unwrap_err();
    assert_eq!(faults[0].field, "nodes.call.definition");
}

#[test]
fn a_value_of_another_kind_is_told_in_words_of_the_definition() {
    for (node, told) in [
        (
            "{ type: wait, seconds: 1.5e300 }",
            "a whole number from 0 on in place of floating point",
        ),
        ("{ type: transform, value: 1, nxt: a }", "`value`"),
    ] {
        let faults = faults_of(&format!("nodes: {{ a: {node} }}"));
        assert!(faults[0].expected.starts_with(told), "{faults:?}");
    }
}

#[test]
fn a_workflow_for_each_item_is_held_once_and_told_of_below_its_node() {
    let caller = |each: &str| {
        let source = format!(
            "nodes: {{ each: {{ type: fan_out, items: input.list, do: one }}, \
             one: {{ type: workflow, definition: other, input: {{ n: '${{item}}' }}{each} }} }}"
        );
        parse(&source, false).unwrap()
    };
    let called = |source: &str| {
        let definition = parse(source, false).unwrap();
        Called::from([(("other".to_owned(), None), definition)])
    };
    let double = "nodes: { a: { type: transform, value: 1, next: b }, b: { type: transform, value: 2 } }";

    let compiled = compile("mine", 1, &caller(""), &called(double)).unwrap();
    let ids: Vec<_> = compiled.nodes.iter().map(|node| node.id.as_str()).collect();
    assert_eq!(ids, ["each", "one"]);
    let found = compiled.find("one[7]/b").unwrap();
    assert_eq!((found.id.as_str(), found.scope.as_str()), ("one[7]/b", "one[7]"));
    assert_eq!(found.next, ["one[7]/end"]);
    assert!(compiled.find("one[7]/c").is_none());

    let unknown = "nodes: { a: { type: transform, value: 1, next: gone } }";
    let faults = compile("mine", 1, &caller(""), &called(unknown)).unwrap_err();
    assert_eq!(faults[0].field, "nodes.one/a.next", "{faults:?}");

    let nested = "nodes: { fan: { type: fan_out, items: input.list, do: in }, in: { type: workflow, definition: third } }";
    let mut both = called(nested);
    both.insert(("third".to_owned(), None), parse(double, false).unwrap());
    let faults = compile("mine", 1, &caller(""), &both).unwrap_err();
    assert_eq!(faults[0].field, "nodes.one/in.type", "{faults:?}");

    let circle = "nodes: { back: { type: workflow, definition: mine } }";
    let faults = compile("mine", 1, &caller(""), &called(circle)).unwrap_err();
    assert_eq!(faults[0].field, "nodes.one/back.definition", "{faults:?}");

    let faults = compile("mine", 1, &caller(", next: one"), &called(double)).unwrap_err();
    assert_eq!(faults[0].field, "nodes.one", "{faults:?}");
}
