//! Comments before a definition, with their marks taken off.

use tree_sitter::Node;

use super::File;

/// The comments directly above `node`, in order. Nodes of the kinds in `between` (attributes, decorators) may stand
/// between. A blank line ends the search.
pub(super) fn read_above(
    file: &File<'_>,
    node: Node<'_>,
    between: &[&str],
    accept: fn(&str) -> bool,
) -> Option<String> {
    let mut found = Vec::new();
    let mut row = node.start_position().row;
    let mut next = node.prev_sibling();
    while let Some(sibling) = next {
        let ends = sibling.end_position();
        // Some grammars count the line break as part of a line comment.
        let last_row = if ends.column == 0 && ends.row > sibling.start_position().row {
            ends.row - 1
        } else {
            ends.row
        };

        // One blank line may follow a block of documentation, as is the habit in older JavaScript and C.
        let is_block = sibling.kind().contains("comment") && file.text(sibling).starts_with("/**");
        if last_row + 1 + usize::from(is_block && found.is_empty()) < row {
            break;
        }

        if sibling.kind().contains("comment") {
            let text = file.text(sibling);
            // A comment behind code on the same line belongs to that code.
            let trailing = sibling.prev_named_sibling().is_some_and(|before| {
                !before.kind().contains("comment")
                    && before.end_position().row == sibling.start_position().row
                    && before.end_position().column > 0
            });
            if trailing || !accept(text.trim_start()) {
                break;
            }

            found.push(text);
        } else if !between.contains(&sibling.kind()) {
            break;
        }

        row = sibling.start_position().row;
        next = sibling.prev_sibling();
    }

    found.reverse();

    let text = clean(&found.join("\n"));
    (!text.trim().is_empty()).then_some(text)
}

/// Takes `///`, `//!`, `//`, `/** */`, `*` and `#` off every line.
pub(super) fn clean(comment: &str) -> String {
    let mut out = String::with_capacity(comment.len());
    for line in comment.lines() {
        let mut line = line.trim();
        for mark in ["///", "//!", "//", "/**", "/*!", "/*", "#"] {
            if let Some(rest) = line.strip_prefix(mark) {
                line = rest;
                break;
            }
        }

        line = line.trim_end().trim_end_matches("*/");

        let starred = line.trim_start();
        if let Some(rest) = starred.strip_prefix('*') {
            line = rest.trim_start_matches('*');
        }

        out.push_str(line.trim());
        out.push('\n');
    }

    out
}

/// Whether a comment at the top of a file is about rights, not about the file.
pub(super) fn is_legal(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["copyright", "spdx", "licensed under", "license", "(c) "]
        .iter()
        .any(|word| lower.contains(word))
}

/// For a tool, not for a reader.
pub(super) fn is_directive(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();

    [
        "eslint",
        "@ts-",
        "prettier-",
        "istanbul",
        "use strict",
        "jshint",
        "nolint",
        "go:build",
        "+build",
        "coding:",
        "!/",
        "vim:",
        "-*-",
        "pylint",
        "noqa",
        "type: ignore",
        "flake8",
    ]
    .iter()
    .any(|word| lower.contains(word))
}
