//! Hooks of React that are called in some drawings and not in others: it then mixes up their states.

use super::scope::is_function;
use super::source::Source;
use super::syntax::{NodeId, SyntaxTree};
use super::{Finding, Severity, finding};

const BRANCHES: [&str; 8] = [
    "if_statement",
    "for_statement",
    "for_in_statement",
    "while_statement",
    "do_statement",
    "switch_case",
    "ternary_expression",
    "catch_clause",
];

pub(super) fn check_hooks(source: &Source<'_>, findings: &mut Vec<Finding>) {
    let tree = &source.tree;
    if source.is_test() {
        return;
    }

    for call in tree.all(&["call_expression"]) {
        let Some(name) = hook_name(tree, call) else {
            continue;
        };
        if let Some(says) = misplaced(tree, call) {
            findings.push(finding(
                Severity::High,
                "hooks",
                source.path,
                tree.line(call),
                format!("{name} {says}"),
                "Call it at the top of the component, before any branch.",
            ));
        }
    }
}

fn hook_name<'a>(tree: &SyntaxTree<'a>, call: NodeId) -> Option<&'a str> {
    let function = tree.field(call, "function")?;
    let name = match tree.kind(function) {
        "identifier" => tree.text_of(function),
        "member_expression" if tree.text_of(function).starts_with("React.use") => {
            tree.text_of(tree.field(function, "property")?)
        }
        _ => return None,
    };
    name.strip_prefix("use")
        .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_uppercase()))
        .then_some(name)
}

/// Why a hook may not be called there.
fn misplaced(tree: &SyntaxTree<'_>, call: NodeId) -> Option<&'static str> {
    let function = tree
        .ancestors(call)
        .find(|above| is_function(tree.kind(*above)))?;
    if !is_component(tree, function) {
        return None;
    }

    let (mut below, mut statement) = (call, call);
    for above in tree.ancestors(call).take_while(|above| *above != function) {
        let is_asked_first = matches!(tree.nodes[below].field, "condition" | "value" | "left");
        let is_branch = BRANCHES.contains(&tree.kind(above))
            || (tree.kind(above) == "binary_expression" && is_shortcut(tree, above));
        if is_branch && !is_asked_first {
            return Some("is called only in some cases: in a branch or a loop.");
        }
        (statement, below) = (below, above);
    }

    may_return_before(tree, statement, below)
        .then_some("is called only in some cases: the component may have returned before.")
}

fn is_shortcut(tree: &SyntaxTree<'_>, node: NodeId) -> bool {
    tree.children(node)
        .any(|child| matches!(tree.kind(child), "&&" | "||" | "??"))
}

/// A component or a hook, by its name.
fn is_component(tree: &SyntaxTree<'_>, function: NodeId) -> bool {
    let parent = tree.nodes[function].parent;
    let name = tree.field(function, "name").or_else(|| {
        tree.field(parent, "name")
            .filter(|_| tree.kind(parent) == "variable_declarator")
    });

    name.is_some_and(|name| {
        let text = tree.text_of(name);
        let is_hook = text
            .strip_prefix("use")
            .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_uppercase()));
        is_hook
            || (text.starts_with(|first: char| first.is_ascii_uppercase())
                && text.contains(|letter: char| letter.is_ascii_lowercase()))
    })
}

/// Whether a branch before this statement of a component's block may end the component.
fn may_return_before(tree: &SyntaxTree<'_>, statement: NodeId, block: NodeId) -> bool {
    tree.named_children(block)
        .take_while(|before| *before < statement)
        .filter(|before| BRANCHES.contains(&tree.kind(*before)) || tree.kind(*before) == "switch_statement")
        .flat_map(|before| tree.descendants(before).map(move |node| (before, node)))
        .any(|(before, node)| {
            tree.kind(node) == "return_statement"
                && !tree
                    .ancestors(node)
                    .take_while(|above| *above != before)
                    .any(|above| is_function(tree.kind(above)))
        })
}
