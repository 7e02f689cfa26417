//! Elements without a label, and text that would become markup or code.

use super::{Finding, Severity, finding, source::Source};

const DANGERS: [(&str, &str); 10] = [
    (
        "dangerouslySetInnerHTML",
        "Text becomes markup here: whoever writes it can run code.",
    ),
    (
        ".innerHTML",
        "Text becomes markup here: whoever writes it can run code.",
    ),
    (
        ".outerHTML",
        "Text becomes markup here: whoever writes it can run code.",
    ),
    (
        "insertAdjacentHTML",
        "Text becomes markup here: whoever writes it can run code.",
    ),
    (
        "document.write(",
        "Text becomes markup here: whoever writes it can run code.",
    ),
    ("eval(", "Text becomes code here."),
    ("new Function(", "Text becomes code here."),
    ("'javascript:", "A link runs code here."),
    ("\"javascript:", "A link runs code here."),
    ("`javascript:", "A link runs code here."),
];

pub(super) fn check_markup(source: &Source<'_>, findings: &mut Vec<Finding>) {
    if source.is_test() {
        return;
    }

    for (danger, says) in DANGERS {
        for (at, _) in source.code.match_indices(danger) {
            let continues =
                source.code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_');
            if !continues || danger.starts_with(['.', '\'', '"', '`']) {
                findings.push(finding(
                    Severity::Critical,
                    "markup",
                    source.path,
                    source.line_of(at),
                    says.to_owned(),
                    "Show it as text, as React does by itself.",
                ));
            }
        }
    }
    for (element, says) in [
        ("input", "a field"),
        ("select", "a choice"),
        ("textarea", "a field"),
    ] {
        for (at, tag) in tags_of(&source.code, element) {
            if !is_labelled(&source.code, tag) {
                let says = format!("This is {says} without a label.");
                findings.push(finding(
                    Severity::High,
                    "labels",
                    source.path,
                    source.line_of(at),
                    says,
                    "Give it a label with htmlFor, or an aria-label.",
                ));
            }
        }
    }
    for (at, tag) in tags_of(&source.code, "img") {
        if !tag.contains("alt=") {
            findings.push(finding(
                Severity::Medium,
                "labels",
                source.path,
                source.line_of(at),
                "This picture has no alternative text.".to_owned(),
                "Give it an alt.",
            ));
        }
    }
    for (at, tag) in tags_of(&source.code, "button") {
        let behind = &source.code[at + tag.len()..];
        let content = behind.split("</button>").next().unwrap_or_default();
        let is_empty = tag.ends_with("/>") || content.trim().is_empty();
        if is_empty && !tag.contains("aria-label") {
            findings.push(finding(
                Severity::High,
                "labels",
                source.path,
                source.line_of(at),
                "This button has no text.".to_owned(),
                "Write on it what it does.",
            ));
        }
    }
}

/// The tags of an element, up to the `>` that ends them: those of arrows and in braces don't.
fn tags_of<'a>(code: &'a str, element: &str) -> Vec<(usize, &'a str)> {
    let mut tags = Vec::new();
    for (at, start) in code.match_indices(&format!("<{element}")) {
        let rest = &code[at..];
        if rest[start.len()..].starts_with(|next: char| next.is_alphanumeric()) {
            continue;
        }

        let mut depth = 0_i32;
        let mut before = ' ';
        for (length, letter) in rest.char_indices() {
            match letter {
                '{' => depth += 1,
                '}' => depth -= 1,
                '>' if depth == 0 && before != '=' => {
                    tags.push((at, &rest[..=length]));
                    break;
                }
                _ => {}
            }
            before = letter;
        }
    }
    tags
}

fn is_labelled(code: &str, tag: &str) -> bool {
    if tag.contains("aria-label") || tag.contains("type=\"hidden\"") {
        return true;
    }
    if tag.contains("{...") {
        return code.contains("htmlFor=");
    }

    let id = tag.split("id=").nth(1).map(|rest| {
        rest.chars()
            .take_while(|letter| !letter.is_whitespace() && *letter != '>' && *letter != '/')
            .collect::<String>()
    });
    id.is_some_and(|id| code.contains(&format!("htmlFor={id}")))
}
