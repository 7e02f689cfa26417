//! Rules that no test proves: what a rule says must stand in a test.

use std::collections::BTreeSet;

use super::source::Source;
use super::{Finding, Severity, finding};

pub(super) fn check_rules(sources: &[&Source<'_>], findings: &mut Vec<Finding>) {
    let proved: BTreeSet<&str> = sources
        .iter()
        .copied()
        .filter(|source| source.is_test())
        .flat_map(|source| {
            let strings = source.tree.all(&["string", "template_string"]);
            strings.filter_map(|node| source.tree.literal(node))
        })
        .collect();

    for source in sources.iter().copied().filter(|source| !source.is_test()) {
        let tree = &source.tree;
        for pair in tree.all(&["pair"]) {
            let is_rule = tree
                .field(pair, "key")
                .is_some_and(|key| tree.text_of(key) == "says");
            let value = tree.field(pair, "value").filter(|_| is_rule);
            let Some(says) = value.and_then(|value| tree.literal(value)) else {
                continue;
            };
            if !proved.contains(says) {
                findings.push(finding(
                    Severity::Medium,
                    "tests",
                    source.path,
                    tree.line(pair),
                    format!("No test proves the rule “{says}”."),
                    "Test it on both sides of its boundary.",
                ));
            }
        }
    }
}
