//! Markdown (and what resembles it) turned into plain prose: READMEs into sections and paragraphs, documentation
//! comments into sentences. What cannot be read aloud (code blocks, tables, badges, addresses) is left out.

mod html;
mod markdown;
mod markup;
#[cfg(test)]
mod tests;

pub(crate) use html::unescape;
use std::{borrow::Cow, sync::LazyLock};

use regex::{Captures, Regex};

use super::model::{Block, Section};
use super::words;

/// A document in plain pieces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prose {
    pub title: Option<String>,
    pub headings: Vec<String>,
    pub paragraphs: Vec<String>,
    /// Items of the first list that has at least two telling ones.
    pub highlights: Vec<String>,
    /// The whole document by its headings.
    pub sections: Vec<Section>,
}

const MAX_PARAGRAPHS: usize = 60;
const MAX_HEADINGS: usize = 60;
const MAX_HIGHLIGHTS: usize = 12;
const MAX_PARAGRAPH_CHARS: usize = 1_200;

/// Reads a whole document in the markup that its name says; Markdown when it says none.
pub fn document(path: &str, text: &str) -> Prose {
    let text = crate::text::printable(text);
    let text = without_attributes(&text);
    let text = markup::to_markdown(path, &text);
    of_sections(markdown::sections(&text), 3)
}

/// Stands for a formula: nothing that can be said.
pub(crate) const FORMULA: &str = "{formula}";

/// A document of any markup as Markdown, line by line.
pub(crate) fn as_markdown(path: &str, text: &str) -> String {
    markup::to_markdown(path, text).into_owned()
}

/// `[label](page){ .button }` is a link all the same, and `10<sup>14</sup>` a power.
fn without_attributes(text: &str) -> Cow<'_, str> {
    static ATTRIBUTES: LazyLock<Option<Regex>> =
        LazyLock::new(|| crate::pattern::compile(r"(\]\([^)\n]*\))\{[^}\n]*\}").ok());
    static RAISED: LazyLock<Option<Regex>> =
        LazyLock::new(|| crate::pattern::compile(r"(\d)<sup>(-?\d+)</sup>").ok());
    let replaced = |pattern: &LazyLock<Option<Regex>>, text: &str, with: &str| {
        pattern.as_ref().map_or_else(
            || text.to_owned(),
            |pattern| pattern.replace_all(text, with).into_owned(),
        )
    };
    if !text.contains("){") && !text.contains("<sup>") {
        return Cow::Borrowed(text);
    }

    Cow::Owned(replaced(&RAISED, &replaced(&ATTRIBUTES, text, "$1"), "$1^$2"))
}

/// `least_words`: shorter paragraphs say nothing.
fn of_sections(sections: Vec<Section>, least_words: usize) -> Prose {
    let mut prose = Prose::default();
    for section in &sections {
        if let Some(heading) = section.heading.as_deref().map(spoken).map(|text| tidy(&text)) {
            if section.level == 1 && prose.title.is_none() && heading.len() < 120 {
                prose.title = Some(heading);
            } else if prose.headings.len() < MAX_HEADINGS {
                prose.headings.push(heading);
            }
        }

        for block in &section.blocks {
            if let Block::Paragraph { text, .. } | Block::Quote { text, .. } = block {
                let text = speakable(&spoken(text));
                if words::number_of(&text) >= least_words && prose.paragraphs.len() < MAX_PARAGRAPHS {
                    prose.paragraphs.push(cut(&text, MAX_PARAGRAPH_CHARS));
                }
            }
        }

        if prose.highlights.is_empty() {
            prose.highlights = highlights(section);
        }
    }

    prose.sections = sections;

    prose
}

/// Items of the first list of a section that says something.
fn highlights(section: &Section) -> Vec<String> {
    let is_item = |block: &Block| matches!(block, Block::Item { .. });
    let lists = section.blocks.chunk_by(|a, b| is_item(a) == is_item(b));

    for list in lists {
        let items: Vec<String> = list
            .iter()
            .filter_map(|block| match block {
                Block::Item {
                    text, linked: false, ..
                } => Some(speakable(&spoken(text))),
                _ => None,
            })
            .filter(|text| words::number_of(text) >= 2 && text.len() < 300)
            .collect();
        let telling = items.iter().filter(|item| words::number_of(item) >= 3).count();

        if items.len() >= 2 && telling >= 2 {
            return items.into_iter().take(MAX_HIGHLIGHTS).collect();
        }
    }

    Vec::new()
}

/// The text with its code spans as words.
fn spoken(text: &str) -> String {
    static CODE: LazyLock<Option<Regex>> = LazyLock::new(|| crate::pattern::compile("`([^`]*)`").ok());

    match CODE.as_ref() {
        Some(pattern) => pattern
            .replace_all(text, |groups: &Captures<'_>| spoken_code(&groups[1]))
            .into_owned(),
        None => text.to_owned(),
    }
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
    // What goes on below a tag is the tag's, up to an empty line.
    let mut tagged = false;
    for line in text.lines() {
        let trimmed = line.trim();
        let brief = ["@brief ", "\\brief "]
            .iter()
            .find_map(|tag| trimmed.strip_prefix(tag));
        let trimmed = brief.map_or(trimmed, str::trim_start);
        tagged = brief.is_none() && (trimmed.starts_with('@') || tagged && !trimmed.is_empty());
        let ends = trimmed.is_empty()
            || trimmed.starts_with('@')
            || [
                ":param", ":return", ":rtype", ":raise", ":type", "@param", "@return",
            ]
            .iter()
            .any(|field| trimmed.starts_with(field))
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

        if ends || tagged || trimmed.starts_with('#') || trimmed.starts_with("\\file") || is_rule(trimmed) {
            continue;
        }

        paragraph.push_str(trimmed);
        paragraph.push('\n');
    }

    let prose = of_sections(markdown::sections(&paragraph), 2);
    let text = prose.paragraphs.into_iter().next()?;

    Some(cut(&text, 600))
}

fn is_rule(line: &str) -> bool {
    line.len() >= 3 && line.chars().all(|c| "-=*~_".contains(c))
}

/// Sphinx roles: ":class:`~flask.Flask`" becomes "`Flask`".
pub(crate) fn unwrap_roles(text: &str) -> Cow<'_, str> {
    static ROLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r":(?:[a-z]+:)?[a-z]+:`[~!]?([^`<]+?)\s*(?:<[^>`]*>)?`").ok()
    });

    match ROLE.as_ref() {
        Some(pattern) if text.contains(":`") => pattern.replace_all(text, |groups: &Captures<'_>| {
            let target = groups[1].trim_end_matches("()");
            format!("`{}`", target.rsplit('.').next().unwrap_or(target))
        }),
        _ => Cow::Borrowed(text),
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
    let all = sentence.chars().count();

    !sentence.contains("://")
        && !sentence.contains("www.")
        && odd * 12 < letters.max(1)
        && letters * 2 > all.min(400)
}

/// Cut at ends of sentences: a full stop (or `!`, `?`) before a space and a capital letter, digit or quote; in Chinese
/// and Japanese, its own full stop.
pub fn sentences(text: &str) -> Vec<&str> {
    const SHORT: [&str; 9] = [
        "e.g.", "i.e.", "etc.", "vs.", "cf.", "Mr.", "Dr.", "No.", "approx.",
    ];

    let mut out = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices() {
        if !matches!(c, '.' | '!' | '?' | '。' | '！' | '？' | '।' | '؟' | '։') {
            continue;
        }

        let end = at + c.len_utf8();
        let after = &text[end..];
        let ends = matches!(c, '。' | '！' | '？')
            || after.starts_with(' ')
                && after
                    .trim_start()
                    .chars()
                    .next()
                    .is_some_and(|next| !next.is_lowercase())
                && !SHORT.iter().any(|short| text[start..end].ends_with(short))
                && !ends_in_an_initial(&text[start..end]);

        if ends {
            out.push(text[start..end].trim());
            start = end;
        }
    }

    out.push(text[start..].trim());
    out.retain(|sentence| !sentence.is_empty());

    out
}

/// "A story by G.K." and "related to Edward A." go on with a name. "Written in C." ends there.
fn ends_in_an_initial(text: &str) -> bool {
    let word = text.rsplit(' ').next().unwrap_or_default();
    let Some(letters) = word.strip_suffix('.') else {
        return false;
    };
    let initial = |part: &str| part.len() == 1 && part.starts_with(|c: char| c.is_ascii_uppercase());
    let named = text[..text.len() - word.len()]
        .trim_end()
        .rsplit(' ')
        .next()
        .is_some_and(|before| {
            before.starts_with(char::is_uppercase) && before.chars().skip(1).any(char::is_lowercase)
                || matches!(before, "by" | "and" | "with" | "of")
        });

    letters.split('.').all(initial) && !matches!(letters, "C" | "I" | "R" | "D") && named
}

/// One line, single spaces, without emoji and `:shortcodes:`.
fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        let word: String = word.chars().filter(|c| !is_ornament(*c)).collect();
        if !word.is_empty() && !is_shortcode(&word) {
            push_word(&mut out, &word);
        }
    }

    out
}

/// A mark that what stood before it has left alone goes to the word before; `.gitignore` is a word.
fn push_word(out: &mut String, word: &str) {
    let mark = word.len() <= 2 && word.chars().all(|c| ".,;:!?".contains(c));
    if !out.is_empty() && !mark {
        out.push(' ');
    }

    out.push_str(word);
}

/// `:rocket:`, but neither `::` nor `a:b`.
fn is_shortcode(word: &str) -> bool {
    word.trim_end_matches(['.', ',', '!', '?', ';'])
        .strip_prefix(':')
        .and_then(|rest| rest.strip_suffix(':'))
        .is_some_and(|name| {
            !name.is_empty()
                && name
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "_+-:".contains(c))
        })
}

/// One line, single spaces, no emoji, no `:shortcodes:`, no leftover emphasis.
pub fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in crate::text::printable(text).split_whitespace() {
        let shortcode = is_shortcode(word);
        let word: String = word.chars().filter(|c| !is_ornament(*c)).collect();
        let product = word == "*" && out.ends_with(|c: char| c.is_ascii_digit());
        let word = if product {
            "×"
        } else {
            word.trim_matches(|c| c == '*' || c == '_' || c == '`')
        };
        if shortcode || word.is_empty() {
            continue;
        }

        push_word(&mut out, word);
    }

    out.replace("()", "")
        .replace("( ", "(")
        .replace(" )", ")")
        .trim()
        .to_owned()
}

fn is_ornament(c: char) -> bool {
    // An arrow to the right stands between words that it joins.
    let arrow = c == '→';

    !arrow
        && matches!(
            u32::from(c),
            0x2190..=0x21FF | 0x2300..=0x27BF | 0x2B00..=0x2BFF | 0xFE00..=0xFE0F | 0x1F000..=0x1FAFF
                | 0x200B..=0x200F | 0x2060 | 0xFEFF | 0x00AD | 0xE0000..=0xE007F
        )
        || crate::text::is_hidden(c)
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
