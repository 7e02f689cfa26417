//! Every markup that a README may be written in, brought near enough to Markdown, line by line: a line of the result
//! stands where the line of the source stood.

mod asciidoc;
mod notebook;
mod others;
mod rst;
mod tex;

use std::borrow::Cow;

/// By the ending of the file's name. Front matter and comments of the page are blanked.
pub(super) fn to_markdown<'t>(path: &str, text: &'t str) -> Cow<'t, str> {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    // A notebook is one object from its first line to its last.
    if extension == "ipynb" {
        return Cow::Owned(notebook::to_markdown(text));
    }
    let text = without_front_matter(text);

    match extension {
        "tex" => Cow::Owned(tex::to_markdown(&text)),
        "rst" | "rest" => Cow::Owned(rst::to_markdown(&text)),
        "adoc" | "asciidoc" | "asc" => Cow::Owned(asciidoc::to_markdown(&text)),
        "org" => Cow::Owned(others::org(&text)),
        "rdoc" => Cow::Owned(others::rdoc(&text)),
        "textile" => Cow::Owned(others::textile(&text)),
        "mediawiki" | "wiki" | "creole" => Cow::Owned(others::wiki(&text)),
        "pod" => Cow::Owned(others::pod(&text)),
        "mdx" => Cow::Owned(others::mdx(&text)),
        "txt" | "text" => Cow::Owned(others::plain(&text)),
        "" if !name.is_empty() && looks_plain(&text) => Cow::Owned(others::plain(&text)),
        _ => text,
    }
}

/// A README without an ending is often Markdown all the same.
fn looks_plain(text: &str) -> bool {
    !text
        .lines()
        .take(60)
        .any(|line| line.starts_with("# ") || line.starts_with("```") || line.contains("]("))
}

/// What site generators keep above a page: YAML between `---`, TOML between `+++`, or a JSON object. Blanked, so that
/// lines keep their numbers.
fn without_front_matter(text: &str) -> Cow<'_, str> {
    match front_matter(text) {
        Some(length) => {
            let lines = text[..length].matches('\n').count();
            Cow::Owned("\n".repeat(lines) + &text[length..])
        }
        None => Cow::Borrowed(text),
    }
}

/// Bytes that it takes, up to the end of its last line.
fn front_matter(text: &str) -> Option<usize> {
    let (first, rest) = text.split_once('\n')?;
    let first = first.trim_end();
    let closes: &[&str] = match first {
        "---" => &["---", "..."],
        "+++" => &["+++"],
        ";;;" => &[";;;"],
        _ if first.starts_with('{') && !first.starts_with("{%") && !first.starts_with("{{") => {
            return json_front_matter(text);
        }
        _ => return None,
    };

    let start = text.len() - rest.len();
    let mut at = start;
    for line in rest.split_inclusive('\n') {
        let end = at + line.len();
        if closes.contains(&line.trim_end()) {
            return Some(end).filter(|_| first != "---" || is_yaml(&text[start..at]));
        }
        at = end;
    }

    None
}

/// A page may begin with a rule and have another one: only keys, lists and comments are front matter.
fn is_yaml(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    lines.any(|line| {
        !line.starts_with([' ', '\t', '-', '#'])
            && line.split_once(':').is_some_and(|(key, value)| {
                !key.is_empty()
                    && key.split_whitespace().count() <= 3
                    && (value.is_empty() || value.starts_with([' ', '\r']))
            })
    }) || text
        .lines()
        .all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
}

fn json_front_matter(text: &str) -> Option<usize> {
    let mut values =
        serde_json::Deserializer::from_str(text).into_iter::<serde_json::Map<String, serde_json::Value>>();
    values.next()?.ok()?;
    let end = values.byte_offset();
    let rest = &text[end..];
    let line = rest.find('\n')?;

    rest[..line].trim().is_empty().then_some(end + line + 1)
}
