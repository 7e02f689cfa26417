//! Elements of a list without a key: React mixes them up when the list changes.

use super::jsx::Element;
use super::source::Source;
use super::syntax::{NodeId, SyntaxTree};
use super::{Edit, Finding, Severity, finding};

pub(super) fn check_lists(source: &Source<'_>, findings: &mut Vec<Finding>) {
    if source.is_test() {
        return;
    }

    for call in source.tree.all(&["call_expression"]) {
        let Some(callback) = list_callback(&source.tree, call) else {
            continue;
        };
        for node in returned(&source.tree, callback) {
            findings.extend(check_element(source, callback, node));
        }
    }
}

/// The function that makes an element of each part of a list.
fn list_callback(tree: &SyntaxTree<'_>, call: NodeId) -> Option<NodeId> {
    let function = tree.field(call, "function")?;
    let property = tree.field(function, "property")?;
    let object = tree.field(function, "object")?;
    let place = match (tree.text_of(property), tree.text_of(object)) {
        ("map", "Children" | "React.Children") => return None,
        ("map" | "flatMap", _) => 0,
        ("from", "Array") => 1,
        _ => return None,
    };
    let arguments = tree.field(call, "arguments")?;
    let callback = tree.named_children(arguments).nth(place)?;

    matches!(tree.kind(callback), "arrow_function" | "function_expression").then_some(callback)
}

/// The elements that a function hands over, by whichever branch.
fn returned(tree: &SyntaxTree<'_>, function: NodeId) -> Vec<NodeId> {
    let Some(body) = tree.field(function, "body") else {
        return Vec::new();
    };
    let mut left = match tree.kind(body) {
        "statement_block" => tree
            .descendants(body)
            .filter(|node| tree.kind(*node) == "return_statement")
            .filter(|node| {
                let around = tree
                    .ancestors(*node)
                    .find(|above| super::scope::is_function(tree.kind(*above)));
                around == Some(function)
            })
            .filter_map(|node| tree.named_children(node).next())
            .collect(),
        _ => vec![body],
    };

    let mut found = Vec::new();
    while let Some(node) = left.pop() {
        match tree.kind(node) {
            "parenthesized_expression" | "as_expression" => left.extend(tree.named_children(node).next()),
            "ternary_expression" => {
                left.extend(tree.field(node, "consequence"));
                left.extend(tree.field(node, "alternative"));
            }
            "binary_expression" => left.extend(tree.field(node, "right")),
            "jsx_element" | "jsx_self_closing_element" => found.push(node),
            _ => {}
        }
    }
    found
}

fn check_element(source: &Source<'_>, callback: NodeId, node: NodeId) -> Option<Finding> {
    let tree = &source.tree;
    let element = Element::read(tree, node)?;
    let has_key = element.has("key") || element.spread().is_some();
    if has_key {
        return None;
    }

    let says = match element.name() {
        "" => "A fragment of a list has no key.".to_owned(),
        name => format!("<{name}> is one of a list and has no key."),
    };
    let suggestion = "Give it a key that stays with what it shows, such as an id.";
    let found = finding(
        Severity::Medium,
        "keys",
        source.path,
        element.line(),
        says,
        suggestion,
    );
    let edits = element
        .after_name()
        .and_then(|at| add_key(source, callback, at))
        .unwrap_or_default();
    Some(found.mended_by(edits))
}

/// The id of what is shown where the code speaks of one, else its place in the list.
fn add_key(source: &Source<'_>, callback: NodeId, at: usize) -> Option<Vec<Edit>> {
    let tree = &source.tree;
    let key = |text: &str| Edit::insert(source, at, format!(" key={{{text}}}"));
    let parameters: Vec<NodeId> = match tree.field(callback, "parameters") {
        Some(list) => tree.named_children(list).collect(),
        None => tree.field(callback, "parameter").into_iter().collect(),
    };
    let item = parameters.first().copied()?;
    let pattern = tree.field(item, "pattern").unwrap_or(item);
    let name = tree.text_of(pattern);

    if tree.kind(pattern) == "identifier" {
        let asked: Vec<&str> = tree
            .descendants(callback)
            .filter(|node| tree.kind(*node) == "member_expression")
            .filter(|node| {
                tree.field(*node, "object")
                    .is_some_and(|object| tree.text_of(object) == name)
            })
            .filter_map(|node| tree.field(node, "property"))
            .map(|property| tree.text_of(property))
            .collect();
        if let Some(id) = ["id", "_id", "key", "slug", "uuid"]
            .iter()
            .find(|id| asked.contains(id))
        {
            return Some(vec![key(&format!("{name}.{id}"))]);
        }
    }
    if let Some(place) = parameters.get(1) {
        let place = tree.field(*place, "pattern").unwrap_or(*place);
        return Some(vec![key(tree.text_of(place))]);
    }

    let bytes = tree.nodes[item].bytes.clone();
    let added = match tree.field(callback, "parameters") {
        Some(_) => vec![Edit::insert(source, bytes.end, ", index")],
        None => vec![
            Edit::insert(source, bytes.start, "("),
            Edit::insert(source, bytes.end, ", index)"),
        ],
    };
    Some(added.into_iter().chain([key("index")]).collect())
}
