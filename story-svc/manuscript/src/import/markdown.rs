//! Markdown, with what stands about the book in front of it in YAML.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::{Block, Draft, promotion};
use crate::{
    headings,
    inline::{Span, write_spans},
};

/// Front matter, or a heading with words.
pub(super) fn looks_like_markdown(text: &str) -> bool {
    let has_front = text.starts_with("---\n") && text[4..].contains("\n---");
    has_front
        || text.lines().any(|line| {
            let words = line.trim_start_matches('#');
            let level = line.len() - words.len();
            (1..=6).contains(&level) && words.starts_with(' ') && words.chars().any(char::is_alphanumeric)
        })
}

/// A line of Markdown as a paragraph of ours.
pub(crate) fn read_markdown_line(line: &str) -> String {
    let paragraphs: Vec<_> = read_blocks(line)
        .into_iter()
        .map(|block| match block {
            Block::Paragraph(text) | Block::Heading { text, .. } => text,
            Block::Break => String::new(),
        })
        .collect();

    paragraphs.join("\n\n")
}

pub(super) fn read_markdown(text: &str) -> Draft {
    let mut draft = Draft::default();
    let body = read_front(text, &mut draft);
    draft.blocks = read_blocks(body);
    let has_headings = draft
        .blocks
        .iter()
        .any(|block| matches!(block, Block::Heading { .. }));
    if !has_headings {
        promotion::promote_headings(&mut draft.blocks);
    }

    draft
}

/// Reads what is said about the book; what follows is the book.
fn read_front<'a>(text: &'a str, draft: &mut Draft) -> &'a str {
    let Some((front, body)) = text.strip_prefix("---\n").and_then(|rest| {
        rest.split_once("\n---")
            .or_else(|| rest.strip_prefix("---").map(|body| ("", body)))
    }) else {
        return text;
    };

    for line in front.lines() {
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        let value = read_yaml(value.trim());
        match key.trim().to_ascii_lowercase().as_str() {
            "title" => draft.title = value,
            "author" => draft.author = value,
            "language" | "lang" => draft.language = value,
            "description" => draft.description = value,
            "identifier" => draft.identifier = value,
            "date" => draft.date = value.parse().ok(),
            _ => {}
        }
    }

    body.trim_start_matches('-')
}

/// A plain or quoted value of one line.
fn read_yaml(value: &str) -> String {
    if let Some(quoted) = value.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        return quoted.replace("''", "'");
    }
    let Some(quoted) = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return value.to_owned();
    };

    let mut read = String::new();
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => read.push('\n'),
                Some('t') => read.push('\t'),
                Some(other) => read.push(other),
                None => {}
            },
            c => read.push(c),
        }
    }
    read
}

/// What is read of a document so far.
#[derive(Default)]
struct MarkdownReader {
    blocks: Vec<Block>,
    spans: Vec<Span>,
    emphasis: usize,
    strong: usize,
    /// The number of the next item, of each list that is open.
    lists: Vec<Option<u64>>,
    code: bool,
}

fn read_blocks(text: &str) -> Vec<Block> {
    let mut reader = MarkdownReader::default();
    for event in Parser::new_ext(text, Options::empty()) {
        reader.read_event(event);
    }
    reader.end_paragraph();

    reader.blocks
}

impl MarkdownReader {
    fn read_event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start_tag(&tag),
            Event::End(tag) => self.end_tag(tag),
            Event::Text(text) | Event::Code(text) => self.add_words(&text),
            Event::SoftBreak => self.add_words(" "),
            Event::HardBreak => self.add_words("\n"),
            Event::Rule => {
                self.end_paragraph();
                self.blocks.push(Block::Break);
            }
            Event::InlineHtml(tag) => self.read_html_tag(&tag),
            _ => {}
        }
    }

    fn start_tag(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Emphasis => self.emphasis += 1,
            Tag::Strong => self.strong += 1,
            Tag::List(start) => {
                self.end_paragraph();
                self.lists.push(*start);
            }
            Tag::Item => {
                self.end_paragraph();
                if let Some(Some(number)) = self.lists.last_mut() {
                    let label = format!("{number}. ");
                    *number += 1;
                    self.add_words(&label);
                }
            }
            Tag::CodeBlock(_) => {
                self.end_paragraph();
                self.code = true;
            }
            Tag::Link { .. } | Tag::Image { .. } => {}
            // The label of an item stays before its first paragraph.
            Tag::Paragraph if !self.lists.is_empty() => {}
            _ => self.end_paragraph(),
        }
    }

    fn end_tag(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Emphasis => self.emphasis = self.emphasis.saturating_sub(1),
            TagEnd::Strong => self.strong = self.strong.saturating_sub(1),
            TagEnd::List(_) => {
                self.end_paragraph();
                self.lists.pop();
            }
            TagEnd::Heading(level) => {
                let text: String = self.spans.drain(..).map(|span| span.text).collect();
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                // A lone `#`, or several, stand between two scenes.
                self.blocks.push(if promotion::is_break(&text) {
                    Block::Break
                } else {
                    Block::Heading {
                        level: level as u8,
                        text,
                    }
                });
            }
            TagEnd::CodeBlock => {
                self.code = false;
                self.end_paragraph();
            }
            TagEnd::Link | TagEnd::Image => {}
            _ => self.end_paragraph(),
        }
    }

    fn add_words(&mut self, text: &str) {
        self.spans.push(Span {
            text: text.to_owned(),
            emphasis: self.emphasis > 0,
            strong: self.strong > 0,
        });
    }

    /// The tags of emphasis; every other one is no word of the book.
    fn read_html_tag(&mut self, tag: &str) {
        match tag.to_ascii_lowercase().as_str() {
            "<em>" | "<i>" => self.emphasis += 1,
            "</em>" | "</i>" => self.emphasis = self.emphasis.saturating_sub(1),
            "<strong>" | "<b>" => self.strong += 1,
            "</strong>" | "</b>" => self.strong = self.strong.saturating_sub(1),
            "<br>" | "<br/>" | "<br />" => self.add_words("\n"),
            _ => {}
        }
    }

    fn end_paragraph(&mut self) {
        let paragraph = write_spans(std::mem::take(&mut self.spans));
        self.blocks.extend(promotion::paragraph_block(&paragraph));
    }
}

/// What a paragraph of the appendix says without the mark of its list.
pub(super) fn strip_bullet(text: &str) -> &str {
    text.trim_start_matches(['-', '•', '*', ' '])
}

/// Whether a heading heads the list of open findings.
pub(super) fn is_findings(text: &str) -> bool {
    text.trim().eq_ignore_ascii_case(headings::OPEN_FINDINGS)
}
