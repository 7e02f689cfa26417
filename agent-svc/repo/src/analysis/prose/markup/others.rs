//! Markups that few READMEs are written in, by their headings, lists and code; and plain text.

use std::sync::LazyLock;

use regex::Regex;

/// Org: `* Heading`, `#+TITLE:`, `#+BEGIN_SRC`.
pub(super) fn org(text: &str) -> String {
    let mut drawer = false;
    by_line(text, |line| {
        let lower = line.trim().to_ascii_lowercase();
        drawer = lower == ":properties:" || drawer && lower != ":end:";
        let stars = line.len() - line.trim_start_matches('*').len();

        if drawer || lower == ":end:" {
            String::new()
        } else if let Some(title) = lower.strip_prefix("#+title:") {
            format!("# {}", line.trim()[line.trim().len() - title.len()..].trim())
        } else if let Some(rest) = lower.strip_prefix("#+begin_src") {
            format!("```{}", rest.trim().split(' ').next().unwrap_or_default())
        } else if lower.starts_with("#+begin_example") || lower.starts_with("#+end_") {
            "```".into()
        } else if lower.starts_with("#+") || lower.starts_with("# ") {
            String::new()
        } else if stars > 0 && line[stars..].starts_with(' ') {
            format!(
                "{} {}",
                "#".repeat((stars + 1).min(6)),
                double_brackets(line[stars..].trim())
            )
        } else {
            org_inline(line)
        }
    })
}

/// `=code=`, `~code~`, `/emphasis/` and links.
fn org_inline(line: &str) -> String {
    static CODE: LazyLock<Option<Regex>> =
        LazyLock::new(|| crate::pattern::compile(r"(^|[\s(])[=~]([^=~\s][^=~]*)[=~]([\s.,;:)']|$)").ok());
    static EMPHASIS: LazyLock<Option<Regex>> =
        LazyLock::new(|| crate::pattern::compile(r"(^|[\s(])/([^/\s][^/]*)/([\s.,;:)]|$)").ok());

    let line = double_brackets(line);
    let line = replaced(&CODE, &line, "$1`$2`$3");
    replaced(&EMPHASIS, &line, "$1$2$3")
}

fn replaced(pattern: &LazyLock<Option<Regex>>, text: &str, with: &str) -> String {
    match pattern.as_ref() {
        Some(pattern) => pattern.replace_all(text, with).into_owned(),
        None => text.to_owned(),
    }
}

/// RDoc: `= Title`, indented code, `{label}[target]`.
pub(super) fn rdoc(text: &str) -> String {
    static LINK: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r"\{([^}]+)\}\[[^\]]*\]|\b([\w-]+)\[(?:https?:|rdoc-ref:|link:)[^\]]*\]").ok()
    });

    let mut list = false;
    by_line(text, |line| {
        let depth = line.len() - line.trim_start_matches('=').len();
        let indented = line.starts_with("  ") || line.starts_with('\t');
        let item = ["* ", "- "]
            .iter()
            .any(|mark| line.trim_start().starts_with(mark));
        list = item || list && (indented || line.trim().is_empty());

        if (1..=6).contains(&depth) && line[depth..].starts_with(' ') {
            format!("{} {}", "#".repeat(depth), line[depth..].trim())
        } else if indented && !list {
            format!("    {line}")
        } else {
            replaced(&LINK, line, "$1$2")
        }
    })
}

/// Textile: `h1. Title`, `bq.`, `p.`.
pub(super) fn textile(text: &str) -> String {
    by_line(text, |line| {
        let heading = line.strip_prefix('h').and_then(|rest| {
            let level = rest
                .chars()
                .next()?
                .to_digit(10)
                .filter(|level| (1..=6).contains(level))?;
            let rest = rest[1..].trim_start_matches(|c| c != '.');
            Some((level, rest.strip_prefix(". ")?))
        });
        match heading {
            Some((level, words)) => format!("{} {words}", "#".repeat(level as usize)),
            None => line
                .strip_prefix("p. ")
                .or(line.strip_prefix("bq. "))
                .unwrap_or(line)
                .to_owned(),
        }
    })
}

/// MediaWiki: `== Title ==`, `[[link|label]]`, `'''bold'''`.
pub(super) fn wiki(text: &str) -> String {
    by_line(text, |line| {
        let depth = line.len() - line.trim_start_matches('=').len();
        let words = line.trim().trim_matches('=').trim();
        if (1..=6).contains(&depth) && line.trim_end().ends_with('=') && !words.is_empty() {
            format!("{} {words}", "#".repeat(depth))
        } else {
            double_brackets(&line.replace("'''", "").replace("''", ""))
        }
    })
}

/// Perl's POD: `=head1 NAME`, `=over`, `C<code>`.
pub(super) fn pod(text: &str) -> String {
    by_line(text, |line| match line.strip_prefix('=') {
        Some(command) => {
            let (name, words) = command.split_once(' ').unwrap_or((command, ""));
            match name
                .strip_prefix("head")
                .and_then(|level| level.parse::<usize>().ok())
            {
                Some(level) => format!("{} {words}", "#".repeat(level.clamp(1, 6))),
                None if name == "item" => format!("- {}", words.trim_start_matches("* ")),
                None => String::new(),
            }
        }
        None => line
            .replace("C<", "`")
            .replace("L<", "")
            .replace("B<", "")
            .replace('>', ""),
    })
}

/// MDX: imports and exports are code.
pub(super) fn mdx(text: &str) -> String {
    by_line(text, |line| {
        let code = line.starts_with("import ") || line.starts_with("export ");
        if code { String::new() } else { line.to_owned() }
    })
}

/// Plain text: the first line is a title when it stands alone, and what is indented is read like the rest.
pub(super) fn plain(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let first = lines.iter().position(|line| !line.trim().is_empty());
    let mut out = Vec::with_capacity(lines.len());

    for (at, line) in lines.iter().enumerate() {
        let trimmed = line.trim();
        let next = lines.get(at + 1).map_or("", |next| next.trim());
        let alone = next.is_empty() || is_rule(next);
        let short = trimmed.chars().count() <= 70 && !trimmed.ends_with(['.', ':', ',', '!', '?']);

        out.push(if is_rule(trimmed) {
            String::new()
        } else if Some(at) == first && alone && short && !trimmed.starts_with(['#', '-', '*']) {
            format!("# {trimmed}")
        } else if !trimmed.is_empty() && short && is_rule(next) {
            format!("## {trimmed}")
        } else if trimmed.starts_with(['-', '*', '+']) || line.starts_with("    ") && looks_like_code(trimmed)
        {
            (*line).to_owned()
        } else {
            trimmed.to_owned()
        });
    }

    out.join("\n")
}

fn is_rule(line: &str) -> bool {
    line.len() >= 3 && line.chars().all(|c| "=-~*_#".contains(c))
}

/// A command or a statement rather than a sentence.
fn looks_like_code(line: &str) -> bool {
    line.starts_with(['$', '%', '>', '#', '.', '/', '{', '}'])
        || line.ends_with([';', '{', '}', '\\'])
        || line.contains(" -") && !line.contains(" - ")
        || line.split_whitespace().count() < 4 && !line.ends_with('.')
}

/// `[[target][label]]` and `[[target|label]]` become their labels.
fn double_brackets(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("[[") {
        out.push_str(&rest[..at]);

        let inside = &rest[at + 2..];
        let Some(end) = inside.find("]]") else {
            rest = &rest[at..];
            break;
        };
        let link = &inside[..end];
        let label = link.rsplit_once("][").or(link.rsplit_once('|'));
        match label {
            Some((_, label)) => out.push_str(label),
            None if link.contains(':') || link.contains('/') => {}
            None => out.push_str(link),
        }
        rest = &inside[end + 2..];
    }

    out.push_str(rest);

    out
}

fn by_line(text: &str, mut convert: impl FnMut(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        out.push_str(&convert(line));
        out.push('\n');
    }

    out
}
