//! AsciiDoc.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};

pub(super) fn to_markdown(text: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut attributes: HashMap<String, String> = HashMap::new();
    let mut language = String::new();
    let mut literal: Option<&str> = None;
    let mut table = Table::Outside;
    let mut header = false;

    for line in text.lines() {
        let trimmed = line.trim_end();

        if let Some(mark) = literal {
            let closes = trimmed == mark;
            let silent = mark.starts_with(['/', '+']);
            out.push(match (closes, silent) {
                (_, true) => String::new(),
                (true, false) => "```".into(),
                (false, false) => line.to_owned(),
            });
            if closes {
                literal = None;
            }
            continue;
        }

        if is_delimiter(trimmed) {
            literal = Some(trimmed);
            out.push(if trimmed.starts_with(['/', '+']) {
                String::new()
            } else {
                format!("```{}", std::mem::take(&mut language))
            });
            continue;
        }

        if trimmed.starts_with("|===") || table != Table::Outside {
            out.push(table.row(trimmed));
            continue;
        }

        if let Some((name, value)) = attribute(trimmed) {
            attributes.insert(name.to_owned(), value.to_owned());
            out.push(String::new());
            continue;
        }

        if let Some(block) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let mut parts = block.split(',');
            if parts.next().is_some_and(|kind| kind.starts_with("source")) {
                language = parts.next().unwrap_or_default().trim().to_owned();
            }
            out.push(String::new());
            continue;
        }

        // The lines of the author and the revision below the title.
        if header && !trimmed.is_empty() && !trimmed.starts_with(['=', ':']) {
            out.push(String::new());
            continue;
        }

        header = trimmed.starts_with("= ") || header && trimmed.starts_with(':');
        out.push(self::line(trimmed, &attributes));
    }

    out.join("\n")
}

/// Delimiters of blocks whose content is code or nothing to read.
fn is_delimiter(line: &str) -> bool {
    let first = line.chars().next();
    line.len() >= 4
        && first.is_some_and(|first| "-.+/".contains(first))
        && line.chars().all(|c| Some(c) == first)
}

/// Where a table stands.
#[derive(PartialEq)]
enum Table {
    Outside,
    Begun,
    Inside,
}

impl Table {
    /// A row with its cells on one line as a row of Markdown; the first one is taken for the head.
    fn row(&mut self, line: &str) -> String {
        if line.starts_with("|===") {
            *self = if *self == Self::Outside {
                Self::Begun
            } else {
                Self::Outside
            };
            return String::new();
        }

        let cells: Vec<&str> = line.trim_start().split('|').skip(1).map(str::trim).collect();
        if cells.is_empty() {
            return String::new();
        }

        let row = format!("| {} |", cells.join(" | "));
        if std::mem::replace(self, Self::Inside) == Self::Begun {
            // The rule shares the line of the head, so that no line moves by more than one.
            return format!("{row}\n|{}", "---|".repeat(cells.len()));
        }

        row
    }
}

fn attribute(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.strip_prefix(':')?.split_once(':')?;
    let named = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_!".contains(c));

    (named && (value.is_empty() || value.starts_with(' '))).then(|| (name, value.trim()))
}

fn line(line: &str, attributes: &HashMap<String, String>) -> String {
    let depth = line.len() - line.trim_start_matches('=').len();
    if (1..=6).contains(&depth) && line[depth..].starts_with(' ') {
        return format!(
            "{} {}",
            "#".repeat(depth),
            inline(line[depth..].trim(), attributes)
        );
    }

    let furniture = line.starts_with("//")
        || [
            "image::",
            "include::",
            "ifdef::",
            "ifndef::",
            "ifeval::",
            "endif::",
            "toc::",
            "video::",
        ]
        .iter()
        .any(|macro_name| line.starts_with(macro_name))
        || matches!(
            line,
            "+" | "'''" | "<<<" | "====" | "****" | "____" | "--" | "======"
        );
    if furniture {
        return String::new();
    }

    // A title of the block below.
    if let Some(title) = line
        .strip_prefix('.')
        .filter(|rest| rest.starts_with(char::is_alphabetic))
    {
        return if title.ends_with(['.', ':']) {
            String::new()
        } else {
            format!("{}:", inline(title, attributes))
        };
    }

    for (mark, bullet) in [('*', "-"), ('.', "1."), ('-', "-")] {
        let depth = line.len() - line.trim_start_matches(mark).len();
        if (1..=5).contains(&depth) && line[depth..].starts_with(' ') {
            let indent = "   ".repeat(depth - 1);
            return format!("{indent}{bullet} {}", inline(line[depth..].trim(), attributes));
        }
    }

    inline(line, attributes)
}

fn inline(text: &str, attributes: &HashMap<String, String>) -> String {
    static LINK: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r"(?:link:|mailto:|xref:)?(?:https?://)?[^\s\[\]<>]*[/:.][^\s\[\]<>]*\[([^\]]*)\]|<<[^,>]+,\s*([^>]+)>>|<<([^>]+)>>").ok()
    });
    static IMAGE: LazyLock<Option<Regex>> =
        LazyLock::new(|| crate::pattern::compile(r"(?:image|icon):[^\s\[]*\[[^\]]*\]").ok());
    static ROLE: LazyLock<Option<Regex>> =
        LazyLock::new(|| crate::pattern::compile(r"\[[.#][\w.#-]+\]").ok());
    static NAME: LazyLock<Option<Regex>> =
        LazyLock::new(|| crate::pattern::compile(r"\{([A-Za-z][\w-]*)\}").ok());
    static MONO: LazyLock<Option<Regex>> =
        LazyLock::new(|| crate::pattern::compile(r"(^|\s)\+([^+\s][^+]*)\+").ok());

    let replace =
        |pattern: &LazyLock<Option<Regex>>, text: String, with: &dyn Fn(&Captures<'_>) -> String| {
            match pattern.as_ref() {
                Some(pattern) => pattern
                    .replace_all(&text, |found: &Captures<'_>| with(found))
                    .into_owned(),
                None => text,
            }
        };

    let text = replace(&ROLE, text.to_owned(), &|_| String::new());
    let text = replace(&NAME, text, &|found| {
        attributes.get(&found[1]).cloned().unwrap_or_default()
    });
    let text = replace(&IMAGE, text, &|_| String::new());
    let text = replace(&LINK, text, &|found| {
        let label = found.get(1).or(found.get(2)).or(found.get(3));
        let label = label.map_or("", |label| label.as_str());
        label
            .split(',')
            .next()
            .unwrap_or_default()
            .trim_end_matches('^')
            .to_owned()
    });

    replace(&MONO, text, &|found| format!("{}`{}`", &found[1], &found[2]))
}
