//! What a package says of itself in its code: the comment above `package` in Go, of the root file in Rust, the docstring
//! of a Python package, the first comment of a single script. Read like a document, with headings and lines.

use super::roles;
use crate::analysis::{
    model::{Analysis, Passage, PassageRole},
    places,
    survey::{FileFacts, Survey},
};

/// Words from which on such a comment is a document.
const LEAST_WORDS: usize = 40;
const MOST: usize = 24;

/// The passages of the documentation of the package that stands nearest to the root.
pub(super) fn passages(
    analysis: &Analysis,
    survey: &Survey,
    read: &dyn Fn(&FileFacts) -> Option<String>,
) -> Vec<Passage> {
    let name = analysis.repo.name.to_lowercase();
    let mut candidates: Vec<&FileFacts> = survey
        .files
        .iter()
        .filter(|file| !file.is_test && !places::is_aside(&file.path) && place(file, &name).is_some())
        .collect();
    candidates.sort_by_key(|file| {
        (
            place(file, &name),
            file.path.matches('/').count(),
            file.path.clone(),
        )
    });

    for file in candidates.into_iter().take(8) {
        let Some(text) = read(file) else { continue };
        let Some(document) = document(&file.path, &text) else {
            continue;
        };
        let words = document.split_whitespace().count();
        if words < LEAST_WORDS {
            continue;
        }

        let mut found = roles::passages(&file.path, &document, &analysis.repo.name);
        for passage in &mut found {
            passage.file.clone_from(&file.path);
            // What it is, the read-me says; of a package without one, its first paragraph does.
            if passage.role == PassageRole::Subject {
                passage.role = PassageRole::How;
                passage.own = true;
            } else if passage.role == PassageRole::What && !passage.heading.is_empty() {
                passage.role = PassageRole::How;
            }
        }
        found.truncate(MOST);
        return found;
    }

    Vec::new()
}

/// How likely a file holds the documentation of the whole; smaller is likelier.
fn place(file: &FileFacts, name: &str) -> Option<u32> {
    let path = file.path.as_str();
    let depth = path.matches('/').count();
    let file_name = file.name();

    match file_name {
        "doc.go" if depth == 0 => Some(0),
        "lib.rs" if depth <= 1 => Some(1),
        "lib.rs" if path.ends_with(&format!("{name}/src/lib.rs")) => Some(1),
        "__init__.py" if depth <= 2 => Some(2),
        _ if file_name.ends_with(".go") && depth == 0 => Some(3),
        "main.rs" if depth <= 1 => Some(4),
        _ if file_name.ends_with(".py") && depth == 0 => Some(5),
        "doc.go" => Some(6 + u32::try_from(depth).unwrap_or(9)),
        _ => None,
    }
}

/// The documentation as Markdown, every line where it stood; `None` where there is none.
fn document(path: &str, text: &str) -> Option<String> {
    if path.ends_with(".go") {
        return go(text);
    }
    if path.ends_with(".rs") {
        return rust(text);
    }

    python(text)
}

/// The comment right above `package`. A line of its own between two empty ones that ends without a mark is a heading.
fn go(text: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let end = lines.iter().position(|line| line.starts_with("package "))?;
    let mut out: Vec<String> = vec![String::new(); end];
    if lines[..end]
        .last()
        .is_some_and(|line| line.trim_end().ends_with("*/"))
    {
        let start = lines[..end].iter().rposition(|line| line.contains("/*"))?;
        for (row, line) in lines.iter().enumerate().take(end).skip(start) {
            out[row] = line.replace("/*", "").replace("*/", "");
        }
    } else {
        let start = lines[..end]
            .iter()
            .rposition(|line| !line.starts_with("//"))
            .map_or(0, |row| row + 1);
        for (row, line) in lines.iter().enumerate().take(end).skip(start) {
            let bare = line.trim_start_matches("//");
            // A tab or two spaces begin code.
            let code = bare.starts_with('\t') || bare.starts_with("  ");
            out[row] = if code {
                format!("    {}", bare.trim_start())
            } else {
                bare.trim().to_owned()
            };
        }
    }

    for row in 1..out.len() {
        let line = out[row].trim();
        let apart =
            out[row - 1].trim().is_empty() && out.get(row + 1).is_none_or(|next| next.trim().is_empty());
        let heading = apart
            && !out[row].starts_with(' ')
            && line.starts_with(char::is_uppercase)
            && line.split_whitespace().count() <= 8
            && !line.ends_with(['.', ':', '!', '?', ',', ';', ')']);
        if heading {
            out[row] = format!("## {line}");
        }
    }

    Some(out.join("\n")).filter(|text| !text.trim().is_empty())
}

/// `//!` and `/*! … */` at the head of the file.
fn rust(text: &str) -> Option<String> {
    let mut out: Vec<String> = Vec::new();
    let mut block = false;
    for line in text.lines() {
        let trimmed = line.trim();
        if block {
            block = !trimmed.ends_with("*/");
            out.push(trimmed.trim_end_matches("*/").to_owned());
        } else if let Some(rest) = trimmed.strip_prefix("/*!") {
            block = !rest.contains("*/");
            out.push(rest.trim_end_matches("*/").to_owned());
        } else if let Some(rest) = trimmed.strip_prefix("//!") {
            out.push(rest.strip_prefix(' ').unwrap_or(rest).to_owned());
        } else if trimmed.is_empty() || trimmed.starts_with("#![") || trimmed.starts_with("//") {
            out.push(String::new());
        } else {
            break;
        }
    }

    Some(out.join("\n")).filter(|text| !text.trim().is_empty())
}

/// The docstring at the head of the file.
fn python(text: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let open = |line: &str| {
        let line = line.trim_start_matches(['r', 'u', 'R']);
        line.starts_with("\"\"\"") || line.starts_with("'''")
    };
    let start = lines.iter().position(|line| {
        let line = line.trim();
        !(line.is_empty() || line.starts_with('#'))
    })?;
    if !open(lines[start]) {
        return None;
    }

    let mut out: Vec<String> = vec![String::new(); start];
    for (at, line) in lines[start..].iter().enumerate() {
        let bare = line.replace("\"\"\"", "").replace("'''", "");
        let closes = line.matches("\"\"\"").count() + line.matches("'''").count();
        out.push(bare.trim_start_matches(['r', 'u']).to_owned());
        if at == 0 && closes > 1 || at > 0 && closes > 0 {
            break;
        }
    }

    Some(out.join("\n")).filter(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_comment_above_a_package_is_a_document_with_headings() {
        let text = "// Copyright.\n\n// Package kiln bakes.\n//\n// Overview\n//\n// The Oven type is an oven.\n//\n//  oven.Bake()\n//\n// # Limits\n//\n// One tray.\npackage kiln\n";
        let document = document("doc.go", text).expect("a document");
        let lines: Vec<&str> = document.lines().collect();
        assert_eq!(
            (lines[2], lines[4], lines[8]),
            ("Package kiln bakes.", "## Overview", "    oven.Bake()")
        );
        assert_eq!(lines[10], "# Limits");
    }

    #[test]
    fn a_crate_and_a_python_package_say_what_they_are() {
        let text = "//! Bakes.\n//!\n//! # Trays\n//! One.\n\nuse std::fmt;\n";
        assert_eq!(
            document("src/lib.rs", text).as_deref(),
            Some("Bakes.\n\n# Trays\nOne.\n")
        );
        let text = "# -*- coding\n\"\"\"Bakes things.\n\nSlowly.\n\"\"\"\nimport os\n";
        assert_eq!(
            document("kiln/__init__.py", text).as_deref(),
            Some("\nBakes things.\n\nSlowly.\n")
        );
    }
}
