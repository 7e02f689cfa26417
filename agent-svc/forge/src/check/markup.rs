//! Text that would become markup or code.

use super::jsx::{Element, elements};
use super::source::Source;
use super::syntax::{NodeId, SyntaxTree};
use super::{Edit, Finding, Severity, finding};

const MARKUP: &str = "Text becomes markup here: whoever writes it can run code.";
const CODE: &str = "Text becomes code here.";
const SHOW: &str = "Show it as text, as React does by itself.";

pub(super) fn check_markup(source: &Source<'_>, findings: &mut Vec<Finding>) {
    if source.is_test() {
        return;
    }

    for element in elements(&source.tree) {
        findings.extend(check_element(source, element));
    }
    for node in 0..source.tree.nodes.len() {
        let found = match source.tree.kind(node) {
            "assignment_expression" => check_assignment(source, node),
            "call_expression" => check_call(source, node),
            "new_expression" => check_constructor(source, node),
            _ => None,
        };
        findings.extend(found);
    }
}

fn report(source: &Source<'_>, node: NodeId, says: &str, suggestion: &str) -> Finding {
    let line = source.tree.line(node);
    finding(
        Severity::Critical,
        "markup",
        source.path,
        line,
        says.to_owned(),
        suggestion,
    )
}

/// Whether what becomes markup is known: a constant text, or one that was cleaned.
fn is_safe(tree: &SyntaxTree<'_>, value: NodeId) -> bool {
    let value = tree.unwrapped(value);
    let cleans = |name: &str| {
        let lower = name.to_lowercase();
        ["sanitize", "purify", "escape"]
            .iter()
            .any(|word| lower.contains(word))
    };

    tree.literal(value).is_some()
        || (tree.kind(value) == "call_expression"
            && tree
                .field(value, "function")
                .is_some_and(|function| cleans(tree.text_of(function))))
        || (tree.kind(value) == "identifier" && cleans(tree.text_of(value)))
}

fn check_element(source: &Source<'_>, element: Element<'_, '_>) -> Option<Finding> {
    let tree = &source.tree;
    if let Some(attribute) = element.attribute("dangerouslySetInnerHTML") {
        let html = tree
            .descendants(attribute)
            .filter(|node| tree.kind(*node) == "pair")
            .find(|pair| {
                tree.field(*pair, "key")
                    .is_some_and(|key| tree.text_of(key) == "__html")
            })
            .and_then(|pair| tree.field(pair, "value"));
        if html.is_some_and(|html| is_safe(tree, html)) {
            return None;
        }
        let found = report(source, attribute, MARKUP, SHOW);
        return Some(
            found.mended_by(
                html.into_iter()
                    .flat_map(|html| show_text(source, element, attribute, html)),
            ),
        );
    }

    ["href", "src", "action", "formAction"].iter().find_map(|name| {
        let value = element.value(name)?;
        let text = tree.text_of(value).trim_start_matches(['"', '\'', '`', '{', ' ']);
        let runs = text
            .get(..11)
            .is_some_and(|begin| begin.eq_ignore_ascii_case("javascript:"));
        runs.then(|| {
            report(
                source,
                value,
                "A link runs code here.",
                "Use a button with onClick.",
            )
        })
    })
}

/// `<div dangerouslySetInnerHTML={{ __html: text }} />` becomes `<div>{text}</div>`.
fn show_text(source: &Source<'_>, element: Element<'_, '_>, attribute: NodeId, html: NodeId) -> Vec<Edit> {
    let tree = &source.tree;
    let bytes = tree.nodes[attribute].bytes.clone();
    let before = tree.text[..bytes.start].trim_end().len();
    let mut edits = vec![Edit::replace(source, before..bytes.end, "")];
    let shown = format!("{{{}}}", tree.text_of(html));

    if element.node == element.tag {
        let end = tree.nodes[element.node].bytes.end;
        let close = tree.text[..end.saturating_sub(2)].trim_end().len().max(bytes.end);
        edits.push(Edit::replace(
            source,
            close..end,
            format!(">{shown}</{}>", element.name()),
        ));
    } else if element.content().next().is_none() {
        edits.push(Edit::insert(source, tree.nodes[element.tag].bytes.end, shown));
    } else {
        return Vec::new();
    }
    edits
}

fn check_assignment(source: &Source<'_>, node: NodeId) -> Option<Finding> {
    let tree = &source.tree;
    let (left, right) = (tree.field(node, "left")?, tree.field(node, "right")?);
    let property = tree.field(left, "property")?;
    let becomes_markup = matches!(tree.text_of(property), "innerHTML" | "outerHTML" | "srcdoc");
    if !becomes_markup || is_safe(tree, right) {
        return None;
    }

    let found = report(source, property, MARKUP, SHOW);
    let edit = (tree.text_of(property) == "innerHTML")
        .then(|| Edit::replace(source, tree.nodes[property].bytes.clone(), "textContent"));
    Some(found.mended_by(edit))
}

fn check_call(source: &Source<'_>, node: NodeId) -> Option<Finding> {
    let tree = &source.tree;
    let (function, arguments) = (tree.field(node, "function")?, tree.field(node, "arguments")?);
    let mut given = tree.named_children(arguments);
    let first = given.next();
    let last = given.last().or(first);

    match tree.text_of(function) {
        "eval" | "window.eval" => {
            return Some(report(source, function, CODE, "Do what it says without text."));
        }
        "setTimeout" | "setInterval" | "window.setTimeout" | "window.setInterval"
            if first.is_some_and(|first| tree.literal(first).is_some()) =>
        {
            return Some(report(source, function, CODE, "Hand over a function."));
        }
        "document.write" | "document.writeln" => {
            let found = report(source, function, MARKUP, "Render it.");
            let edit = Edit::replace(source, tree.nodes[function].bytes.clone(), "document.body.append");
            return Some(found.mended_by([edit]));
        }
        _ => {}
    }
    let property = tree.field(function, "property")?;
    let is_inserted =
        tree.text_of(property) == "insertAdjacentHTML" && !last.is_some_and(|last| is_safe(tree, last));
    is_inserted.then(|| {
        let edit = Edit::replace(source, tree.nodes[property].bytes.clone(), "insertAdjacentText");
        report(source, property, MARKUP, SHOW).mended_by([edit])
    })
}

fn check_constructor(source: &Source<'_>, node: NodeId) -> Option<Finding> {
    let tree = &source.tree;
    let made = tree.field(node, "constructor")?;
    (tree.text_of(made) == "Function").then(|| report(source, node, CODE, "Write the function."))
}
