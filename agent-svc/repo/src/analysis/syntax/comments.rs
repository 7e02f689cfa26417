//! Comments before a definition, with their marks taken off.

use std::sync::LazyLock;

use regex::Regex;
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

            // With its line break it would be a paragraph of its own.
            found.push(text.trim_end_matches(['\n', '\r']));
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

/// Whether a comment, or a paragraph of one, is about rights, not about the file.
pub(super) fn is_legal(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();

    [
        "copyright",
        "spdx",
        "licensed under",
        "governed by",
        "license",
        "licence",
        "(c) ",
        "all rights reserved",
        "redistribution",
        "permission is hereby",
        "warranty",
        "warranties",
        "as is",
        "liability",
        "public domain",
    ]
    .iter()
    .any(|word| lower.contains(word))
}

/// What a comment says of its subject: its first paragraph that is not about rights, without the fields of a form
/// ("Module : X"), the name of its own file and rules of dashes. `None` when that is all there is.
pub(super) fn read_purpose(text: &str) -> Option<String> {
    static OWN_NAME: LazyLock<Option<Regex>> =
        LazyLock::new(|| crate::pattern::compile(r"^[\w./-]+\.[A-Za-z+]{1,4}\s*(?:[-–—:]+\s+|$)").ok());
    static FIELD: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r"(?i)^[@\\]?(?:module|copyright|license|maintainer|stability|portability|authors?|created by|date|version|file|package|description|email|e-mail)\s*:?\s*:").ok()
    });

    let fits = |pattern: &LazyLock<Option<Regex>>, line: &str| {
        pattern.as_ref().is_some_and(|pattern| pattern.is_match(line))
    };
    let mut paragraphs: Vec<Vec<String>> = vec![Vec::new()];
    for line in text.lines() {
        let line = line.trim();
        let rule = line.len() > 2 && line.chars().all(|c| "-=*~_#/+;%".contains(c));
        if line.is_empty() || rule || fits(&FIELD, line) {
            paragraphs.push(Vec::new());
            continue;
        }

        let line = match OWN_NAME.as_ref() {
            Some(own) => own.replace(line, ""),
            None => line.into(),
        };
        if let Some(last) = paragraphs.last_mut().filter(|_| !line.is_empty()) {
            last.push(line.into_owned());
        }
    }

    let at = paragraphs
        .iter()
        .position(|lines| !lines.is_empty() && !is_legal(&lines.join(" ")))?;
    let mut kept = paragraphs.split_off(at).into_iter().map(|lines| lines.join("\n"));
    let first = kept.next()?;
    let rest: Vec<String> = kept.collect();

    Some(if rest.is_empty() {
        first
    } else {
        format!("{first}\n\n{}", rest.join("\n\n"))
    })
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
