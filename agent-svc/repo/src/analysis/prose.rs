//! Markdown (and what resembles it) turned into plain prose: READMEs into paragraphs, documentation comments into
//! sentences. What cannot be read aloud (code blocks, tables, badges, addresses) is left out.

use std::{borrow::Cow, sync::LazyLock};

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use regex::{Captures, Regex};

use super::words;

/// A Markdown document in plain pieces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prose {
    pub title: Option<String>,
    pub headings: Vec<String>,
    pub paragraphs: Vec<String>,
    /// Items of the first list that has at least two telling ones.
    pub highlights: Vec<String>,
}

const MAX_PARAGRAPHS: usize = 60;
const MAX_HEADINGS: usize = 60;
const MAX_PARAGRAPH_CHARS: usize = 1_200;

/// Reads a whole document.
pub fn document(text: &str) -> Prose {
    read(
        text,
        MarkdownReader {
            least_words: 3,
            ..MarkdownReader::default()
        },
    )
}

fn read(text: &str, mut reader: MarkdownReader) -> Prose {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES;
    // References without a definition (`[Loom]` in documentation comments) are links to somewhere, too.
    let mut anywhere = |_: pulldown_cmark::BrokenLink<'_>| Some(("".into(), "".into()));
    for event in Parser::new_with_broken_link_callback(text, options, Some(&mut anywhere)) {
        reader.event(event);
    }
    reader.finish_list();
    reader.prose
}

/// reStructuredText brought near enough to Markdown for [`document`].
pub fn from_rst(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut out = String::with_capacity(text.len());
    let mut directive = false;
    for (at, line) in lines.iter().enumerate() {
        let trimmed = line.trim();
        if directive && (line.starts_with(' ') || line.starts_with('\t') || trimmed.is_empty()) {
            continue;
        }

        directive = trimmed.starts_with(".. ");

        if directive {
            continue;
        }

        let rule = |text: &str| {
            text.len() >= 3
                && text.chars().all(|c| "=-~^*+#\"'`".contains(c))
                && text.chars().all(|c| text.starts_with(c))
        };
        if rule(trimmed) {
            continue;
        }

        if lines
            .get(at + 1)
            .is_some_and(|next| rule(next.trim()) && next.trim().len() + 2 >= trimmed.len())
            && !trimmed.is_empty()
        {
            out.push_str(if lines[at + 1].starts_with('=') {
                "# "
            } else {
                "## "
            });
        }

        let plain = unwrap_links(&unwrap_roles(line))
            .replace("``", "`")
            .replace("::", "");
        out.push_str(&plain.replace("`_", "`"));
        out.push('\n');
    }

    out
}

#[derive(Default)]
struct MarkdownReader {
    prose: Prose,
    /// Shorter paragraphs say nothing.
    least_words: usize,
    text: String,
    /// Characters of `text` that came from link texts.
    linked: usize,
    in_link: usize,
    heading: Option<HeadingLevel>,
    /// Depth inside things that are not prose.
    silent: usize,
    lists: usize,
    items: Vec<String>,
    html: String,
}

impl MarkdownReader {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.silent == 0 => {
                self.linked += if self.in_link > 0 { text.len() } else { 0 };
                self.text.push_str(&text);
            }
            Event::Code(code) if self.silent == 0 => self.text.push_str(&spoken_code(&code)),
            Event::SoftBreak | Event::HardBreak => self.text.push(' '),
            Event::Html(html) => self.html.push_str(&html),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => {
                self.text.clear();
                self.heading = Some(*level);
            }
            Tag::Paragraph if self.lists == 0 => {
                self.text.clear();
                self.linked = 0;
            }
            Tag::List(_) => self.lists += 1,
            Tag::Item => {
                self.text.clear();
                self.linked = 0;
            }
            Tag::Link { dest_url, .. } if !dest_url.is_empty() => self.in_link += 1,
            Tag::CodeBlock(_) | Tag::Table(_) | Tag::Image { .. } | Tag::FootnoteDefinition(_) => {
                self.silent += 1
            }
            Tag::HtmlBlock => self.html.clear(),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => self.end_heading(),
            TagEnd::Paragraph if self.lists == 0 => self.end_paragraph(),
            TagEnd::Item => self.end_item(),
            TagEnd::List(_) => {
                self.lists = self.lists.saturating_sub(1);
                if self.lists == 0 {
                    self.finish_list();
                }
            }
            TagEnd::Link => self.in_link = self.in_link.saturating_sub(1),
            TagEnd::CodeBlock | TagEnd::Table | TagEnd::Image | TagEnd::FootnoteDefinition => {
                self.silent = self.silent.saturating_sub(1);
            }
            TagEnd::HtmlBlock => self.end_html(),
            _ => {}
        }
    }

    fn end_heading(&mut self) {
        let level = self.heading.take();
        let text = tidy(&std::mem::take(&mut self.text));
        if text.is_empty() {
            return;
        }

        if level == Some(HeadingLevel::H1) && self.prose.title.is_none() {
            self.prose.title = Some(text);
        } else if self.prose.headings.len() < MAX_HEADINGS {
            self.prose.headings.push(text);
        }
    }

    fn end_paragraph(&mut self) {
        let mostly_links = self.linked * 10 > self.text.len() * 6;
        let text = std::mem::take(&mut self.text);
        if !mostly_links {
            self.push_paragraph(&text);
        }
    }

    fn push_paragraph(&mut self, text: &str) {
        let text = speakable(text);
        if text.split_whitespace().count() >= self.least_words && self.prose.paragraphs.len() < MAX_PARAGRAPHS
        {
            self.prose.paragraphs.push(cut(&text, MAX_PARAGRAPH_CHARS));
        }
    }

    fn end_item(&mut self) {
        let mostly_links = self.linked * 10 > self.text.len() * 7;
        let text = speakable(&std::mem::take(&mut self.text));
        if !mostly_links && text.split_whitespace().count() >= 2 && text.len() < 300 {
            self.items.push(text);
        }
    }

    fn finish_list(&mut self) {
        let items = std::mem::take(&mut self.items);
        let telling = items
            .iter()
            .filter(|item| item.split_whitespace().count() >= 3)
            .count();
        if self.prose.highlights.is_empty() && items.len() >= 2 && telling >= 2 {
            self.prose.highlights = items.into_iter().take(12).collect();
        }
    }

    /// Titles and introductions are often written in HTML to centre them.
    fn end_html(&mut self) {
        let html = std::mem::take(&mut self.html);
        let lower = html.to_ascii_lowercase();
        let text = strip_tags(&html);
        let plain = tidy(&text);

        if lower.contains("<h1") && self.prose.title.is_none() && !plain.is_empty() && plain.len() < 120 {
            self.prose.title = Some(plain);
        } else if (lower.contains("<p")
            || lower.contains("<div")
            || lower.contains("<em")
            || lower.contains("<b>"))
            && !lower.contains("<a ")
            && plain.split_whitespace().count() >= 5
        {
            self.push_paragraph(&text);
        }
    }
}

/// Text between tags; comments are dropped.
pub(super) fn strip_tags(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        out.push_str(&rest[..open]);

        let tag = &rest[open..];
        let end = if tag.starts_with("<!--") {
            tag.find("-->").map(|at| at + 3)
        } else {
            tag.find('>').map(|at| at + 1)
        };
        match end {
            Some(end) => rest = &tag[end..],
            None => rest = "",
        }

        out.push(' ');
    }

    out.push_str(rest);

    out.replace("&nbsp;", " ")
        .replace("&amp;", "&")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
}

/// Code inside a sentence as words: `Router::new()` becomes "router new", `axum` stays.
pub fn spoken_code(code: &str) -> String {
    let code = code.trim();
    let plain = code.chars().all(|c| c.is_ascii_alphanumeric());
    let camel =
        code.chars().skip(1).any(|c| c.is_ascii_uppercase()) && code.chars().any(|c| c.is_ascii_lowercase());

    if plain && !camel {
        code.to_owned()
    } else {
        words::words(code)
    }
}

/// The first paragraph of a documentation comment as plain sentences; `None` when nothing speakable is left.
pub fn doc(text: &str) -> Option<String> {
    let text = unwrap_inline_tags(&unwrap_roles(text));
    let mut paragraph = String::new();
    for line in text.lines() {
        let trimmed = line.trim();
        let ends = trimmed.is_empty()
            || trimmed.starts_with('@')
            || trimmed.starts_with(":param")
            || trimmed.starts_with("```")
            || trimmed.starts_with("~~~")
            || trimmed.starts_with("<pre")
            || matches!(
                trimmed,
                "Args:" | "Arguments:" | "Returns:" | "Parameters" | "Example:" | "Examples:" | "Raises:"
            );
        if ends && !paragraph.trim().is_empty() {
            break;
        }

        if ends || trimmed.starts_with('#') || trimmed.starts_with("\\file") || is_rule(trimmed) {
            continue;
        }

        let trimmed = ["@brief ", "\\brief "]
            .iter()
            .find_map(|tag| trimmed.strip_prefix(tag))
            .unwrap_or(trimmed);
        paragraph.push_str(trimmed);
        paragraph.push('\n');
    }

    let prose = read(
        &paragraph,
        MarkdownReader {
            least_words: 2,
            ..MarkdownReader::default()
        },
    );
    let text = prose.paragraphs.into_iter().next()?;

    Some(cut(&text, 600))
}

fn is_rule(line: &str) -> bool {
    line.len() >= 3 && line.chars().all(|c| "-=*~_".contains(c))
}

/// Sphinx roles: ":class:`~flask.Flask`" becomes "`Flask`".
fn unwrap_roles(text: &str) -> Cow<'_, str> {
    static ROLE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r":(?:[a-z]+:)?[a-z]+:`[~!]?([^`<]+?)\s*(?:<[^>`]*>)?`").ok());

    match ROLE.as_ref() {
        Some(pattern) if text.contains(":`") => pattern.replace_all(text, |groups: &Captures<'_>| {
            let target = groups[1].trim_end_matches("()");
            format!("`{}`", target.rsplit('.').next().unwrap_or(target))
        }),
        _ => Cow::Borrowed(text),
    }
}

/// reStructuredText's "`text <target>`_" becomes "text".
fn unwrap_links(text: &str) -> Cow<'_, str> {
    static LINK: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"`([^`<]+?)\s*<[^`>]*>`_{0,2}").ok());
    match LINK.as_ref() {
        Some(pattern) => pattern.replace_all(text, "$1"),
        None => Cow::Borrowed(text),
    }
}

/// `{@link Foo}` and `{@code x}` lose their braces; simple tags are dropped.
fn unwrap_inline_tags(text: &str) -> String {
    if !text.contains("{@") && !text.contains('<') {
        return text.to_owned();
    }

    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("{@") {
        out.push_str(&rest[..at]);

        let tag = &rest[at + 2..];
        let end = tag.find('}').unwrap_or(tag.len());
        let inside = tag[..end]
            .split_once(char::is_whitespace)
            .map_or("", |(_, value)| value);

        out.push('`');
        out.push_str(inside.trim());
        out.push('`');
        rest = tag.get(end + 1..).unwrap_or_default();
    }

    out.push_str(rest);

    for tag in [
        "<p>", "</p>", "<b>", "</b>", "<i>", "</i>", "<em>", "</em>", "<br>", "<br/>", "<code>", "</code>",
        "<ul>", "<li>",
    ] {
        out = out.replace(tag, " ");
    }

    out
}

/// Sentences that can be read aloud; the others are dropped.
fn speakable(text: &str) -> String {
    let text = tidy(text);
    if text.contains(" | ") || text.contains(" • ") || text.contains(" · ") {
        return String::new();
    }

    let mut kept: Vec<&str> = sentences(&text)
        .into_iter()
        .filter(|sentence| is_speakable(sentence))
        .collect();
    // "Run it like this:" announces code that is not here.
    if kept.last().is_some_and(|last| last.ends_with(':')) {
        kept.pop();
    }

    kept.join(" ")
}

fn is_speakable(sentence: &str) -> bool {
    let odd = sentence
        .chars()
        .filter(|c| "{}[]<>=|\\$^~*_#@".contains(*c))
        .count();
    let letters = sentence.chars().filter(|c| c.is_alphabetic()).count();

    !sentence.contains("://")
        && !sentence.contains("www.")
        && odd * 12 < letters.max(1)
        && letters * 2 > sentence.len().min(400)
}

/// Cut at ends of sentences: a full stop (or `!`, `?`) before a space and a capital letter, digit or quote.
pub fn sentences(text: &str) -> Vec<&str> {
    const SHORT: [&str; 9] = [
        "e.g.", "i.e.", "etc.", "vs.", "cf.", "Mr.", "Dr.", "No.", "approx.",
    ];

    let mut out = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices() {
        if !matches!(c, '.' | '!' | '?') {
            continue;
        }

        let after = &text[at + 1..];
        let ends = after.starts_with(' ')
            && after
                .trim_start()
                .chars()
                .next()
                .is_some_and(|next| !next.is_lowercase())
            && !SHORT.iter().any(|short| text[start..=at].ends_with(short));

        if ends {
            out.push(text[start..=at].trim());
            start = at + 1;
        }
    }

    out.push(text[start..].trim());
    out.retain(|sentence| !sentence.is_empty());

    out
}

/// One line, single spaces, no emoji, no `:shortcodes:`, no leftover emphasis.
pub fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        let shortcode = word.len() > 2 && word.starts_with(':') && word.ends_with(':');
        let word: String = word.chars().filter(|c| !is_ornament(*c)).collect();
        let word = word.trim_matches(|c| c == '*' || c == '_' || c == '`');
        if shortcode || word.is_empty() {
            continue;
        }

        if !out.is_empty() {
            out.push(' ');
        }

        out.push_str(word);
    }

    out.replace(" ,", ",")
        .replace(" .", ".")
        .replace("()", "")
        .replace("( ", "(")
        .replace(" )", ")")
        .trim()
        .to_owned()
}

fn is_ornament(c: char) -> bool {
    matches!(u32::from(c), 0x2190..=0x21FF | 0x2300..=0x27BF | 0x2B00..=0x2BFF | 0xFE00..=0xFE0F | 0x1F000..=0x1FAFF | 0x200B..=0x200F | 0xE0000..=0xE007F)
        || c.is_control()
}

/// At most `limit` characters, cut at the end of a sentence, or else of a word.
pub fn cut(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }

    let mut kept = String::new();
    for sentence in sentences(text) {
        if kept.chars().count() + sentence.chars().count() + 1 > limit {
            break;
        }
        if !kept.is_empty() {
            kept.push(' ');
        }
        kept.push_str(sentence);
    }

    if !kept.is_empty() {
        return kept;
    }

    let short: String = text.chars().take(limit).collect();
    let end = short.rfind(' ').unwrap_or(short.len());

    format!("{}…", short[..end].trim_end_matches([',', ';', ':']))
}

/// The first sentence only.
pub fn first_sentence(text: &str) -> String {
    sentences(text).first().copied().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_readme_becomes_title_headings_paragraphs_and_highlights() {
        let text = "# Engine :rocket:\n\n[![Build](https://x/b.svg)](https://x) [![Docs](d.svg)](d)\n\n\
            **Engine** weaves _algebraic_ patterns with [`Loom::new()`](https://l). See https://engine.example for more.\n\n\
            [Docs](a) | [Chat](b)\n\n## Features\n\n- Fast looms for everyone\n- No moving parts at all\n\n\
            ## Install\n\n```sh\ncargo install engine\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n";
        let prose = document(text);

        assert_eq!(prose.title.as_deref(), Some("Engine"));
        assert_eq!(prose.headings, ["Features", "Install"]);
        assert_eq!(
            prose.paragraphs,
            ["Engine weaves algebraic patterns with loom new."]
        );
        assert_eq!(
            prose.highlights,
            ["Fast looms for everyone", "No moving parts at all"]
        );
    }

    #[test]
    fn centred_titles_in_html_are_found() {
        let text = "<h1 align=\"center\">\n  <img src=\"logo.svg\"> Engine\n</h1>\n\n<p align=\"center\">Weaves numbers for the whole family.</p>\n\nMore.";
        let prose = document(text);
        assert_eq!(prose.title.as_deref(), Some("Engine"));
        assert_eq!(prose.paragraphs, ["Weaves numbers for the whole family."]);
    }

    #[test]
    fn restructured_text_is_understood() {
        let text = "======\nEngine\n======\n\n.. image:: logo.svg\n   :alt: x\n\nEngine runs :ref:`looms` and ``cards``.\n\nUsage\n-----\n\nRun it well and often.\n";
        let prose = document(&from_rst(text));
        assert_eq!(prose.title.as_deref(), Some("Engine"));
        assert_eq!(prose.headings, ["Usage"]);
        assert_eq!(
            prose.paragraphs,
            ["Engine runs looms and cards.", "Run it well and often."]
        );
    }

    #[test]
    fn documentation_comments_become_their_first_paragraph() {
        for (raw, plain) in [
            (
                "Parses a [`Url`] strictly.\n\n# Errors\nWhen it is bad.",
                Some("Parses a Url strictly."),
            ),
            (
                "Fetch the thing.\n@param x the x\n@return y",
                Some("Fetch the thing."),
            ),
            (
                "Returns {@link HttpClient} for <b>all</b> hosts.",
                Some("Returns http client for all hosts."),
            ),
            ("# Heading only", None),
            ("```\nlet x = 1;\n```", None),
            ("Do it now.\n\nArgs:\n  x: y", Some("Do it now.")),
            (
                "Wraps a :class:`~flask.app.Flask` or a :py:meth:`run() <x>`.",
                Some("Wraps a Flask or a run."),
            ),
        ] {
            assert_eq!(doc(raw).as_deref(), plain, "{raw}");
        }
    }

    #[test]
    fn sentences_end_where_people_end_them() {
        assert_eq!(
            sentences("Runs e.g. Linux 5.4 here. It is fast! Version 1.2 is out."),
            ["Runs e.g. Linux 5.4 here.", "It is fast!", "Version 1.2 is out."]
        );
        assert_eq!(cut("One two three. Four five six.", 16), "One two three.");
        assert_eq!(cut("One two three four", 9), "One two…");
    }
}
