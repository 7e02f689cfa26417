//! Fields, buttons, links and pictures that say nothing to people who can't see them.

use super::jsx::{Element, elements, say_name};
use super::near::nearest;
use super::source::Source;
use super::syntax::{NodeId, SyntaxTree};
use super::{Edit, Finding, Severity, finding};

/// Fields that need no label, by their type.
const UNLABELLED: [&str; 5] = ["hidden", "submit", "button", "reset", "image"];
/// Parts of the names of components that label what is in them.
const LABELLING: [&str; 8] = [
    "Label",
    "Field",
    "FormItem",
    "FormControl",
    "Control",
    "Item",
    "Slot",
    "Trigger",
];

pub(super) fn check_labels(source: &Source<'_>, findings: &mut Vec<Finding>) {
    if source.is_test() {
        return;
    }

    for element in elements(&source.tree) {
        let found = match element.name() {
            "input" | "select" | "textarea" => check_field(source, element),
            "label" => check_label(source, element),
            "img" => check_picture(source, element),
            "button" | "a" => check_words(source, element),
            _ => None,
        };
        findings.extend(found);
    }
}

fn report(
    source: &Source<'_>,
    element: Element<'_, '_>,
    severity: Severity,
    says: &str,
    suggestion: &str,
) -> Finding {
    finding(
        severity,
        "labels",
        source.path,
        element.line(),
        says.to_owned(),
        suggestion,
    )
}

fn has_name(element: Element<'_, '_>) -> bool {
    ["aria-label", "aria-labelledby", "title"]
        .iter()
        .any(|name| element.has(name))
}

fn check_field(source: &Source<'_>, element: Element<'_, '_>) -> Option<Finding> {
    let is_apart = element
        .text("type")
        .is_some_and(|kind| UNLABELLED.contains(&kind))
        || has_name(element)
        || element.has("hidden")
        || element.text("aria-hidden") == Some("true");
    if is_apart || is_labelled(source, element) {
        return None;
    }

    let says = match element.name() {
        "select" => "This is a choice without a label.",
        _ => "This is a field without a label.",
    };
    let found = report(
        source,
        element,
        Severity::High,
        says,
        "Give it a label with htmlFor, or an aria-label.",
    );
    let edit = field_words(element)
        .zip(element.after_name())
        .map(|(words, at)| Edit::insert(source, at, format!(" aria-label=\"{words}\"")));
    Some(found.mended_by(edit))
}

fn is_labelled(source: &Source<'_>, element: Element<'_, '_>) -> bool {
    let tree = &source.tree;
    let is_inside = element.parents().any(|parent| {
        let name = parent.name();
        let labels = LABELLING.iter().any(|part| name.contains(part));
        name == "label" || (!parent.is_native() && (labels || parent.has("label") || parent.has("htmlFor")))
    });
    if is_inside {
        return true;
    }
    if let Some(spread) = element.spread() {
        // What is passed on may bring a label; what a form library registers doesn't.
        return tree.kind(spread) != "call_expression"
            || tree.text.contains("htmlFor=")
            || tree.text.contains("<label");
    }

    let Some(id) = element.value("id") else {
        return false;
    };
    let wanted = tree.text_of(id);
    let mut labels = elements(tree).filter_map(|label| label.value("htmlFor"));
    labels.any(|target| {
        tree.text_of(target) == wanted
            || tree
                .literal(target)
                .is_some_and(|text| tree.literal(id) == Some(text))
    })
}

/// Words for a field: its own, or the name of what it holds.
fn field_words(element: Element<'_, '_>) -> Option<String> {
    let tree = element.tree;
    let own = ["placeholder", "name", "id"]
        .iter()
        .find_map(|name| element.text(name));
    let held = ["value", "checked", "defaultValue", "onChange"]
        .iter()
        .find_map(|name| {
            let value = element.value(name)?;
            match tree.kind(value) {
                "identifier" => Some(tree.text_of(value)),
                "member_expression" => Some(tree.text_of(tree.field(value, "property")?)),
                _ => None,
            }
        });
    let words = say_name(own.or(held).or_else(|| element.text("type"))?);
    let words: String = words
        .chars()
        .filter(|letter| !matches!(letter, '"' | '<' | '>' | '{' | '}'))
        .collect();

    (!words.trim().is_empty()).then_some(words)
}

/// A label that names no field: nothing is in it, and no field has its id.
fn check_label(source: &Source<'_>, element: Element<'_, '_>) -> Option<Finding> {
    let tree = &source.tree;
    if element.spread().is_some() {
        return None;
    }
    let holds_field = tree
        .descendants(element.node)
        .any(|node| match Element::read(tree, node) {
            Some(inner) => {
                !inner.is_native()
                    || matches!(
                        inner.name(),
                        "input" | "select" | "textarea" | "button" | "meter" | "output" | "progress"
                    )
            }
            None => tree.kind(node) == "jsx_expression" && tree.text_of(node).contains("hildren"),
        });
    let Some(target) = element.value("htmlFor") else {
        return (!holds_field && !element.has("htmlFor")).then(|| {
            report(
                source,
                element,
                Severity::High,
                "This label belongs to no field.",
                "Give it htmlFor with the id of its field.",
            )
        });
    };

    let wanted = tree.literal(target)?;
    let ids: Vec<&str> = elements(tree).filter_map(|other| other.text("id")).collect();
    let may_be_set = tree.text.matches(&format!("\"{wanted}\"")).count()
        + tree.text.matches(&format!("'{wanted}'")).count()
        > elements(tree)
            .filter(|label| label.text("htmlFor") == Some(wanted))
            .count();
    if ids.contains(&wanted) || may_be_set || elements(tree).any(|other| other.spread().is_some()) {
        return None;
    }
    let says = format!("This label is for {wanted}, and no field here has that id.");
    let line = tree.line(target);
    let found = finding(
        Severity::High,
        "labels",
        source.path,
        line,
        says,
        "Give both the same id.",
    );
    let edit = nearest(wanted, ids)
        .map(|id| Edit::replace(source, tree.nodes[target].bytes.clone(), format!("\"{id}\"")));
    Some(found.mended_by(edit))
}

fn check_picture(source: &Source<'_>, element: Element<'_, '_>) -> Option<Finding> {
    if element.has("alt") || element.spread().is_some() || has_name(element) || element.has("aria-hidden") {
        return None;
    }

    let says = "This picture has no alternative text.";
    let found = report(
        source,
        element,
        Severity::Medium,
        says,
        "Give it an alt; an empty one where it only adorns.",
    );
    let edit = element
        .after_name()
        .map(|at| Edit::insert(source, at, " alt=\"\""));
    Some(found.mended_by(edit))
}

/// A button or a link without words.
fn check_words(source: &Source<'_>, element: Element<'_, '_>) -> Option<Finding> {
    let is_named = has_name(element)
        || element.spread().is_some()
        || element.has("children")
        || element.has("dangerouslySetInnerHTML")
        || element.has("aria-hidden");
    let is_anchor = element.name() == "a" && !element.has("href") && !element.has("onClick");
    if is_named || is_anchor || speaks(element.tree, element) {
        return None;
    }

    let says = match element.name() {
        "a" => "This link has no text.",
        _ => "This button has no text.",
    };
    let found = report(
        source,
        element,
        Severity::High,
        says,
        "Write on it what it does, or give it an aria-label.",
    );
    let edit = handler_words(element)
        .zip(element.after_name())
        .map(|(words, at)| Edit::insert(source, at, format!(" aria-label=\"{words}\"")));
    Some(found.mended_by(edit))
}

/// Whether something in an element has words, or may have.
fn speaks(tree: &SyntaxTree<'_>, element: Element<'_, '_>) -> bool {
    let mut left: Vec<NodeId> = element.content().collect();
    while let Some(node) = left.pop() {
        let Some(inner) = Element::read(tree, node) else {
            return true;
        };
        let is_silent = inner.is_native() && matches!(inner.name(), "svg" | "path" | "i" | "br" | "hr");
        let has_title = inner.name() == "svg" && tree.text_of(inner.node).contains("<title");
        let has_alt = inner.name() == "img" && inner.text("alt") != Some("") && inner.has("alt");
        if has_title || has_alt || has_name(inner) || !inner.is_native() && !inner.name().is_empty() {
            return true;
        }
        if !is_silent {
            left.extend(inner.content());
        }
    }

    false
}

/// `onClick={deleteBook}` and `onClick={() => deleteBook(id)}`: `Delete book`.
fn handler_words(element: Element<'_, '_>) -> Option<String> {
    let tree = element.tree;
    let handler = element.value("onClick")?;
    let called = match tree.kind(handler) {
        "identifier" => handler,
        "member_expression" => tree.field(handler, "property")?,
        "arrow_function" => {
            let call = tree
                .descendants(handler)
                .find(|node| tree.kind(*node) == "call_expression")?;
            let function = tree.field(call, "function")?;
            match tree.kind(function) {
                "member_expression" => tree.field(function, "property")?,
                _ => function,
            }
        }
        _ => return None,
    };
    let words = say_name(tree.text_of(called));

    words
        .chars()
        .all(|letter| letter.is_alphanumeric() || letter == ' ')
        .then_some(words)
        .filter(|words| !words.is_empty())
}
