//! reStructuredText.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::super::unwrap_roles;

/// Directives whose content is text to read.
const TEXT: [&str; 12] = [
    "note",
    "tip",
    "hint",
    "important",
    "warning",
    "caution",
    "attention",
    "danger",
    "admonition",
    "topic",
    "epigraph",
    "pull-quote",
];

/// Directives whose content is code.
const CODE: [&str; 8] = [
    "code",
    "code-block",
    "sourcecode",
    "highlight",
    "parsed-literal",
    "prompt",
    "testcode",
    "ipython",
];

/// What the lines below a directive are, until one stands further to the left.
#[derive(Clone, Copy, PartialEq)]
enum Inside {
    Nothing,
    Silence(usize),
    Code(usize),
    Text(usize),
}

pub(super) fn to_markdown(text: &str) -> String {
    // Links go on over the ends of lines.
    let text = unwrap_links(text);
    let lines: Vec<&str> = text.lines().collect();
    let mut out: Vec<String> = Vec::with_capacity(lines.len());
    let mut inside = Inside::Nothing;
    // Levels in the order in which their adornments are met.
    let mut levels: Vec<(char, bool)> = Vec::new();
    let mut options = false;

    for (at, line) in lines.iter().enumerate() {
        let trimmed = line.trim();
        let indent = line.len() - line.trim_start().len();

        if let Inside::Silence(base) | Inside::Code(base) | Inside::Text(base) = inside {
            if trimmed.is_empty() {
                out.push(String::new());
                continue;
            }

            if indent > base {
                options &= trimmed.starts_with(':');
                out.push(match inside {
                    _ if options => String::new(),
                    Inside::Code(_) => (*line).to_owned(),
                    Inside::Text(_) => sentence(trimmed),
                    _ => String::new(),
                });
                continue;
            }

            if matches!(inside, Inside::Code(_)) {
                close_fence(&mut out);
            }
            inside = Inside::Nothing;
        }

        if let Some(directive) = trimmed.strip_prefix(".. ").or((trimmed == "..").then_some("")) {
            inside = directive_of(directive, indent, &mut out);
            options = true;
            continue;
        }

        if is_adornment(trimmed) {
            out.push(String::new());
        } else if let Some(level) = title(&lines, at, &mut levels) {
            out.push(format!("{} {}", "#".repeat(level), sentence(trimmed)));
        } else if is_table_rule(trimmed) || is_field(trimmed) {
            out.push(String::new());
        } else if let Some(before) = line.strip_suffix("::") {
            out.push(
                sentence(before.trim_end_matches(':')) + if before.trim().is_empty() { "" } else { ":" },
            );
            inside = Inside::Code(indent);
            options = false;
            open_fence(&mut out, "");
        } else {
            out.push(sentence(line));
        }
    }

    if matches!(inside, Inside::Code(_)) {
        close_fence(&mut out);
    }

    out.join("\n")
}

fn directive_of(directive: &str, indent: usize, out: &mut Vec<String>) -> Inside {
    let Some((name, argument)) = directive.split_once("::") else {
        // A comment, a target, a footnote.
        out.push(String::new());
        return Inside::Silence(indent);
    };
    let argument = argument.trim();

    if CODE.contains(&name.trim()) {
        out.push(format!("```{}", argument.split(' ').next().unwrap_or_default()));
        Inside::Code(indent)
    } else if TEXT.contains(&name.trim()) {
        out.push(sentence(argument));
        Inside::Text(indent)
    } else {
        out.push(String::new());
        Inside::Silence(indent)
    }
}

/// The blank line that a literal block needs before it holds the fence.
fn open_fence(out: &mut [String], language: &str) {
    if let Some(last) = out.last_mut() {
        last.push_str("\n```");
        last.push_str(language);
    }
}

/// The fence stands in the last blank line of the block, so that no line moves.
fn close_fence(out: &mut Vec<String>) {
    let blank = out
        .iter()
        .rposition(|line| !line.is_empty())
        .map_or(0, |at| at + 1);
    match out.get_mut(blank) {
        Some(line) => line.push_str("```"),
        None => out.push("```".into()),
    }
}

/// The level of the title on a line, with the adornment below it (and above it).
fn title(lines: &[&str], at: usize, levels: &mut Vec<(char, bool)>) -> Option<usize> {
    let text = lines[at].trim();
    let below = lines.get(at + 1)?.trim();
    if text.is_empty() || !is_adornment(below) || below.chars().count() + 2 < text.chars().count() {
        return None;
    }

    let mark = below.chars().next()?;
    let above = at.checked_sub(1).is_some_and(|above| {
        let above = lines[above].trim();
        is_adornment(above) && above.starts_with(mark)
    });
    // A lone line of signs above belongs to the title before.
    let adornment = (mark, above);
    let level = levels
        .iter()
        .position(|known| *known == adornment)
        .unwrap_or_else(|| {
            levels.push(adornment);
            levels.len() - 1
        });

    Some((level + 1).min(6))
}

fn is_adornment(text: &str) -> bool {
    let first = text.chars().next();
    text.len() >= 3
        && first.is_some_and(|first| "=-~^*+#\"'`.:_<>!$%&,/;?@\\|".contains(first))
        && text.chars().all(|c| Some(c) == first)
}

/// `===== =====` of simple tables and `+---+` of grid tables.
fn is_table_rule(text: &str) -> bool {
    text.len() > 3
        && text.chars().all(|c| "=+-| ".contains(c))
        && (text.contains("==") || text.contains("--"))
}

/// `:Author: Ada` and its kin above a document.
fn is_field(text: &str) -> bool {
    static FIELD: LazyLock<Option<Regex>> =
        LazyLock::new(|| crate::pattern::compile(r"^:[A-Za-z][0-9A-Za-z_ -]{0,30}:(\s|$)").ok());
    FIELD.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

fn sentence(line: &str) -> String {
    let roles = unwrap_roles(line);
    let plain = roles.replace("``", "`");

    unsubstituted(&plain).replace("\\ ", "")
}

/// "`text <target>`_" and "`text`_" become "text".
fn unwrap_links(text: &str) -> String {
    static LINK: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(
            r"`([^`<]+?)\s*<[^`>]*>`_{0,2}|`([^`]+)`_{1,2}|\b([A-Za-z][A-Za-z0-9-]*)_{1,2}([\s.,;:!?)]|$)",
        )
        .ok()
    });

    match LINK.as_ref() {
        Some(pattern) => pattern
            .replace_all(text, |found: &Captures<'_>| {
                let label = found.get(1).or(found.get(2)).or(found.get(3));
                let label = label.map_or("", |label| label.as_str());
                let after = found.get(4).map_or("", |after| after.as_str());
                let lines = found[0].matches('\n').count()
                    - (label.matches('\n').count() + after.matches('\n').count());
                format!("{label}{}{after}", "\n".repeat(lines))
            })
            .into_owned(),
        None => text.to_owned(),
    }
}

/// `|version|` and `|build badge|` stand for something that is not here.
fn unsubstituted(text: &str) -> String {
    static NAME: LazyLock<Option<Regex>> =
        LazyLock::new(|| crate::pattern::compile(r"\|[A-Za-z][\w .:/-]*\|_{0,2}").ok());

    match NAME
        .as_ref()
        .filter(|_| text.matches('|').count() == 2 || text.trim_start().starts_with('|'))
    {
        Some(pattern) => pattern.replace_all(text, "").into_owned(),
        None => text.to_owned(),
    }
}
