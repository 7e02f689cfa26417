//! Prose as authors and models write it, where `*Dear Mark*` between two stars is emphasis and every other sign is only itself,
//! and paragraphs as manuscripts have them.

use crate::inline::{escape_text, read_spans};

/// The paragraph that a piece of prose is: `*…*` around words is its emphasis, a star anywhere else is a star.
#[must_use]
pub fn mark_prose(prose: &str) -> String {
    let mut marked = String::with_capacity(prose.len());
    let mut rest = prose;
    let mut before: Option<char> = None;

    while let Some(at) = rest.find('*') {
        marked.push_str(&escape_text(&rest[..at]));
        before = rest[..at].chars().next_back().or(before);
        rest = &rest[at + 1..];
        match find_emphasis(before, rest) {
            Some(words) => {
                marked.push('*');
                marked.push_str(&escape_text(words));
                marked.push('*');
                rest = &rest[words.len() + 1..];
            }
            None => marked.push_str("\\*"),
        }
        before = Some('*');
    }
    marked.push_str(&escape_text(rest));

    marked
}

/// The words up to the star that closes, when the star before them opens.
fn find_emphasis(before: Option<char>, behind: &str) -> Option<&str> {
    let stands_apart = |sign: Option<char>| sign.is_none_or(|sign| !sign.is_alphanumeric() && sign != '*');
    let (words, rest) = behind.split_once('*')?;
    let is_whole = words.starts_with(|sign: char| !sign.is_whitespace())
        && words.ends_with(|sign: char| !sign.is_whitespace() && sign != '\\');

    (is_whole && stands_apart(before) && stands_apart(rest.chars().next())).then_some(words)
}

/// The prose that a paragraph is. What is emphasised, or strong, and stands apart from other words has a star on either side.
#[must_use]
pub fn prose_text(paragraph: &str) -> String {
    let spans = read_spans(paragraph);
    let has_style = |at: usize| spans.get(at).is_some_and(|span| span.emphasis || span.strong);
    // A space between two that are emphasised is a part of the emphasis.
    let is_marked = |at: usize| {
        let joins = at > 0 && spans[at].text.trim().is_empty() && has_style(at - 1) && has_style(at + 1);
        has_style(at) || joins
    };
    let mut prose = String::with_capacity(paragraph.len());

    let mut at = 0;
    while at < spans.len() {
        let end = (at..spans.len())
            .find(|end| is_marked(*end) != is_marked(at))
            .unwrap_or(spans.len());
        let words: String = spans[at..end].iter().map(|span| span.text.as_str()).collect();
        let behind: String = spans[end..].iter().map(|span| span.text.as_str()).collect();
        let written = format!("*{words}*");
        let is_kept = is_marked(at)
            && find_emphasis(prose.chars().next_back(), &format!("{words}*{behind}")) == Some(words.as_str());
        prose.push_str(if is_kept { &written } else { &words });
        at = end;
    }

    prose
}
