//! Buttons, links, forms and fields that do nothing, and handlers that are called instead of handed over.

use super::jsx::{Element, elements};
use super::scope::{BindingKind, is_function};
use super::source::Source;
use super::syntax::{NodeId, SyntaxTree};
use super::{Edit, Finding, Severity, finding};

pub(super) fn check_handlers(source: &Source<'_>, findings: &mut Vec<Finding>) {
    if source.is_test() {
        return;
    }

    for element in elements(&source.tree) {
        findings.extend(check_attributes(source, element));
        let found = match element.name() {
            "button" => check_button(source, element),
            "form" => check_form(source, element),
            "a" => check_link(source, element),
            "input" | "select" | "textarea" => check_field(source, element),
            _ => None,
        };
        findings.extend(found);
    }
}

fn report(source: &Source<'_>, line: usize, severity: Severity, says: &str, suggestion: &str) -> Finding {
    finding(
        severity,
        "handlers",
        source.path,
        line,
        says.to_owned(),
        suggestion,
    )
}

fn is_handler(name: &str) -> bool {
    name.strip_prefix("on")
        .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_uppercase()))
}

fn handles_anything(element: Element<'_, '_>) -> bool {
    element.spread().is_some()
        || element
            .attributes()
            .any(|(name, _)| is_handler(name) || name == "ref")
}

/// Handlers that are empty, and those that run while the page is drawn.
fn check_attributes(source: &Source<'_>, element: Element<'_, '_>) -> Vec<Finding> {
    let tree = &source.tree;
    let mut findings = Vec::new();
    if !element.is_native() {
        return findings;
    }

    for (name, attribute) in element.attributes().filter(|(name, _)| is_handler(name)) {
        let Some(value) = super::jsx::value_of(tree, attribute) else {
            continue;
        };
        let line = tree.line(attribute);
        if is_empty_function(tree, value) {
            let says = format!("{name} does nothing here.");
            findings.push(report(
                source,
                line,
                Severity::Medium,
                &says,
                "Do what it promises, or leave it out.",
            ));
        } else if is_called(source, value) {
            let says = format!("{name} is called while the page is drawn, not when it happens.");
            let edit = Edit::insert(source, tree.nodes[value].bytes.start, "() => ");
            let found = report(source, line, Severity::High, &says, "Hand over a function.");
            findings.push(found.mended_by([edit]));
        }
    }
    findings
}

fn is_empty_function(tree: &SyntaxTree<'_>, value: NodeId) -> bool {
    if !matches!(tree.kind(value), "arrow_function" | "function_expression") {
        return false;
    }
    let body = tree.field(value, "body");
    body.is_some_and(|body| match tree.kind(body) {
        "statement_block" => {
            tree.named_children(body).next().is_none()
                && !tree.text_of(body).contains("/*")
                && !tree.text_of(body).contains("//")
        }
        _ => matches!(tree.text_of(body), "undefined" | "null"),
    })
}

/// A call of a function of this file that hands nothing over.
fn is_called(source: &Source<'_>, value: NodeId) -> bool {
    let tree = &source.tree;
    if tree.kind(value) != "call_expression" {
        return false;
    }
    let Some(function) = tree
        .field(value, "function")
        .filter(|function| tree.kind(*function) == "identifier")
    else {
        return false;
    };
    let name = tree.text_of(function);
    let Some([at]) = source.names.resolve(name, function) else {
        return false;
    };
    let binding = &source.names.bindings[*at];
    let made = match binding.kind {
        BindingKind::Function => Some(binding.declaration),
        BindingKind::Const => tree.field(binding.declaration, "value"),
        _ => None,
    };
    if is_setter(tree, binding.declaration, binding.node) {
        return true;
    }

    made.filter(|made| is_function(tree.kind(*made)))
        .and_then(|made| tree.field(made, "body"))
        .is_some_and(|body| {
            tree.kind(body) == "statement_block"
                && !tree.descendants(body).any(|node| {
                    tree.kind(node) == "return_statement" && tree.named_children(node).next().is_some()
                })
        })
}

/// `setName` of `const [name, setName] = useState()`.
fn is_setter(tree: &SyntaxTree<'_>, declaration: NodeId, name: NodeId) -> bool {
    let parts = state_parts(tree, declaration);
    parts.is_some_and(|(_, setter)| setter == name)
}

/// The two names of a state.
fn state_parts(tree: &SyntaxTree<'_>, declaration: NodeId) -> Option<(NodeId, NodeId)> {
    let pattern = tree
        .field(declaration, "name")
        .filter(|pattern| tree.kind(*pattern) == "array_pattern")?;
    let call = tree.field(declaration, "value")?;
    let function = tree.field(call, "function")?;
    if !matches!(tree.text_of(function), "useState" | "React.useState") {
        return None;
    }

    let mut names = tree.named_children(pattern);
    Some((names.next()?, names.next()?))
}

fn check_button(source: &Source<'_>, element: Element<'_, '_>) -> Option<Finding> {
    let kind = element.text("type");
    let works_otherwise = handles_anything(element)
        || element.has("disabled")
        || matches!(kind, Some("submit" | "reset"))
        || (kind.is_none() && element.has("type"))
        || element.attributes().any(|(name, _)| {
            name.starts_with("form")
                || name.starts_with("popover")
                || name.starts_with("command")
                || name.starts_with("data-")
        });
    if works_otherwise {
        return None;
    }

    let mut parents = element.parents().peekable();
    let is_bare = parents.peek().is_none();
    let is_given = parents.any(|parent| {
        let takes = !parent.is_native() && !parent.name().is_empty();
        let is_wrapper = [
            "Trigger", "Close", "Tooltip", "Link", "Menu", "Slot", "Popover", "Form", "Upload", "Button",
            "Target",
        ]
        .iter()
        .any(|part| parent.name().contains(part));
        (takes && (is_wrapper || parent.has("asChild") || parent.name().contains('.')))
            || parent.name() == "form"
            || parent.has("onClick")
    });
    if is_given || (kind.is_none() && is_bare) {
        return None;
    }

    let says = "This button does nothing.";
    Some(report(
        source,
        element.line(),
        Severity::High,
        says,
        "Give it an onClick, or leave it out.",
    ))
}

fn check_form(source: &Source<'_>, element: Element<'_, '_>) -> Option<Finding> {
    let works = handles_anything(element) || element.has("action") || element.has("method");
    (!works).then(|| {
        let says =
            "Nothing happens when this form is sent: the page is loaded anew, and what was typed is gone.";
        report(
            source,
            element.line(),
            Severity::High,
            says,
            "Give it an onSubmit that prevents the default.",
        )
    })
}

fn check_link(source: &Source<'_>, element: Element<'_, '_>) -> Option<Finding> {
    let goes_nowhere = match (element.attribute("href"), element.text("href")) {
        (Some(_), Some(text)) => matches!(text, "" | "#"),
        (Some(_), None) => false,
        (None, _) => !element.has("id") && !element.has("name") && !element.has("role"),
    };
    if !goes_nowhere || handles_anything(element) {
        return None;
    }

    Some(report(
        source,
        element.line(),
        Severity::Medium,
        "This link leads nowhere.",
        "Say where it leads, or use a button.",
    ))
}

/// A field whose value is set, and that takes no other.
fn check_field(source: &Source<'_>, element: Element<'_, '_>) -> Option<Finding> {
    let tree = &source.tree;
    let kind = element.text("type");
    let shows_only = matches!(
        kind,
        Some("submit" | "button" | "reset" | "hidden" | "image" | "radio")
    ) || ["readOnly", "disabled", "onChange", "onInput"]
        .iter()
        .any(|name| element.has(name))
        || element.spread().is_some();
    let attribute = ["value", "checked"].iter().find(|name| {
        let is_choice = matches!(kind, Some("checkbox"));
        element.has(name) && !(is_choice && **name == "value")
    })?;
    if shows_only {
        return None;
    }

    let says = "Nobody can change this field: it has a value and no onChange.";
    let found = report(
        source,
        element.line(),
        Severity::High,
        says,
        "Give it an onChange, or defaultValue.",
    );
    let value = element.value(attribute)?;
    let read = match *attribute {
        "checked" => "event.target.checked",
        _ => "event.target.value",
    };
    let setter = source
        .names
        .resolve(tree.text_of(value), value)
        .and_then(|found| found.first())
        .and_then(|at| state_parts(tree, source.names.bindings[*at].declaration))
        .filter(|(state, _)| tree.text_of(*state) == tree.text_of(value))
        .map(|(_, setter)| tree.text_of(setter));
    let edit = match setter {
        Some(setter) => {
            let end = tree.nodes[element.attribute(attribute)?].bytes.end;
            Edit::insert(source, end, format!(" onChange={{(event) => {setter}({read})}}"))
        }
        None => {
            let name = tree.named_children(element.attribute(attribute)?).next()?;
            let first_value = match *attribute {
                "checked" => "defaultChecked",
                _ => "defaultValue",
            };
            Edit::replace(source, tree.nodes[name].bytes.clone(), first_value)
        }
    };
    Some(found.mended_by([edit]))
}
