//! Rules that no test proves: what a rule says must stand in a test.

use super::{Finding, Severity, finding, source::Source};

pub(super) fn check_rules(sources: &[Source<'_>], findings: &mut Vec<Finding>) {
    let tests: Vec<&Source<'_>> = sources.iter().filter(|source| source.is_test()).collect();

    for source in sources.iter().filter(|source| !source.is_test()) {
        for (at, _) in source.code.match_indices("says: '") {
            let rest = &source.code[at + "says: ".len()..];
            let Some(length) = end_of_string(rest) else {
                continue;
            };
            let text = &rest[..length];
            if !tests.iter().any(|test| test.code.contains(text)) {
                let says = format!("No test proves the rule {text}.");
                findings.push(finding(
                    Severity::Medium,
                    "tests",
                    source.path,
                    source.line_of(at),
                    says,
                    "Test it on both sides of its boundary.",
                ));
            }
        }
    }
}

/// Where a string ends that begins a text, with its quotes.
fn end_of_string(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            '\'' if !escaped => return Some(at + 1),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    None
}
