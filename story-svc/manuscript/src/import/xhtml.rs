//! The words of one page of XHTML: headings, paragraphs, breaks and emphasis. Scripts, styles, pictures and navigation are left
//! out.

use quick_xml::events::{BytesStart, Event};

use super::{
    Block,
    package::{attribute_of, lenient_reader, name_of, next_event, resolve_entity},
    promotion,
};
use crate::{
    ImportError,
    headings::{HeadingKind, read_heading},
    inline::{Span, write_spans},
};

/// Their content is no word of the book.
const SKIPPED: &[&str] = &[
    "head", "script", "style", "svg", "math", "nav", "audio", "video", "object", "iframe", "template",
    "form", "button",
];
/// Pages that a publisher adds around the book, by EPUB's vocabulary of structure.
const SKIPPED_KINDS: &[&str] = &[
    "titlepage",
    "halftitlepage",
    "toc",
    "cover",
    "imprint",
    "colophon",
    "copyright-page",
    "landmarks",
    "loi",
    "pagebreak",
    "noteref",
    "page-list",
];
const SKIPPED_CLASSES: &[&str] = &["pagenum", "pageno", "pg-boilerplate"];
/// They begin and end a paragraph.
const BLOCKS: &[&str] = &[
    "p",
    "div",
    "section",
    "article",
    "aside",
    "main",
    "body",
    "blockquote",
    "li",
    "ul",
    "ol",
    "dl",
    "dt",
    "dd",
    "table",
    "tr",
    "td",
    "th",
    "figure",
    "figcaption",
    "pre",
    "address",
    "center",
    "footer",
];
const VOID: &[&str] = &["br", "hr", "img", "meta", "link", "input", "wbr", "col", "source"];

/// No book nests emphasis deeper; a file that does would take time without end.
const DEEPEST_STYLE: usize = 64;

/// What is open around the words that are read.
#[derive(Default)]
struct PageReader<'a> {
    blocks: Vec<Block>,
    spans: Vec<Span>,
    /// Elements that set a style, from the outside in.
    styles: Vec<(String, bool, bool)>,
    emphasis: usize,
    strong: usize,
    /// The element whose content is left out, and how many of its name are open.
    skipped: Option<(String, usize)>,
    heading: Option<u8>,
    /// Headings that belong together, such as a number and its title.
    group: Option<(String, Option<u8>, Vec<String>)>,
    preformatted: bool,
    name: &'a str,
}

pub(super) fn read_page(text: &str, name: &str, blocks: &mut Vec<Block>) -> Result<(), ImportError> {
    let mut page = PageReader {
        name,
        ..PageReader::default()
    };
    let mut reader = lenient_reader(text);
    loop {
        match next_event(&mut reader, page.name)? {
            Event::Eof => break,
            Event::Start(tag) => page.start_element(&tag, false),
            Event::Empty(tag) => page.start_element(&tag, true),
            Event::End(tag) => {
                let name = String::from_utf8_lossy(tag.local_name().as_ref()).to_ascii_lowercase();
                page.end_element(&name);
            }
            Event::Text(words) => page.add_words(&String::from_utf8_lossy(&words)),
            Event::CData(words) => page.add_words(&String::from_utf8_lossy(&words)),
            Event::GeneralRef(entity) => page.add_words(&resolve_entity(&String::from_utf8_lossy(&entity))),
            _ => {}
        }
    }
    page.end_block();

    blocks.append(&mut page.blocks);
    Ok(())
}

fn is_skipped(tag: &BytesStart<'_>, name: &str) -> bool {
    let has = |attribute: &[u8], words: &[&str]| {
        attribute_of(tag, attribute)
            .is_some_and(|value| value.split_whitespace().any(|word| words.contains(&word)))
    };
    SKIPPED.contains(&name)
        || has(b"type", SKIPPED_KINDS) && !matches!(name, "ol" | "ul" | "input")
        || has(b"class", SKIPPED_CLASSES)
        || has(b"id", &["pg-header", "pg-footer"])
}

fn heading_level(name: &str) -> Option<u8> {
    match name.as_bytes() {
        [b'h', digit @ b'1'..=b'6'] => Some(digit - b'0'),
        _ => None,
    }
}

impl PageReader<'_> {
    fn start_element(&mut self, tag: &BytesStart<'_>, empty: bool) {
        let name = name_of(tag);
        if let Some((skipped, depth)) = &mut self.skipped {
            if *skipped == name && !empty {
                *depth += 1;
            }
            return;
        }

        let is_void = empty || VOID.contains(&name.as_str());
        if is_skipped(tag, &name) {
            if !is_void {
                self.skipped = Some((name, 1));
            }
            return;
        }
        match name.as_str() {
            "br" => self.push_words("\n"),
            "hr" => {
                self.end_block();
                self.blocks.push(Block::Break);
            }
            "hgroup" | "header" if !is_void => {
                self.end_block();
                self.group = Some((name, None, Vec::new()));
            }
            _ if is_void => {}
            _ => self.open_element(tag, name),
        }
    }

    fn open_element(&mut self, tag: &BytesStart<'_>, name: String) {
        if let Some(level) = heading_level(&name) {
            self.end_block();
            self.heading = Some(level);
            if let Some((_, group_level, _)) = &mut self.group {
                *group_level = Some(group_level.map_or(level, |known| known.min(level)));
            }
            return;
        }
        if BLOCKS.contains(&name.as_str()) {
            if self.heading.is_none() {
                self.end_block();
            }
            self.preformatted |= name == "pre";
            return;
        }

        let class = attribute_of(tag, b"class")
            .unwrap_or_default()
            .to_ascii_lowercase();
        let emphasis = matches!(name.as_str(), "em" | "i" | "cite" | "dfn" | "var") || class.contains("ital");
        let strong =
            matches!(name.as_str(), "strong" | "b") || class.split_whitespace().any(|word| word == "bold");
        if self.styles.len() < DEEPEST_STYLE {
            self.emphasis += usize::from(emphasis);
            self.strong += usize::from(strong);
            self.styles.push((name, emphasis, strong));
        }
    }

    fn end_element(&mut self, name: &str) {
        if let Some((skipped, depth)) = &mut self.skipped {
            if skipped == name {
                *depth -= 1;
                if *depth == 0 {
                    self.skipped = None;
                }
            }
            return;
        }

        if heading_level(name).is_some() {
            self.end_heading();
        } else if self.group.as_ref().is_some_and(|(group, ..)| group == name) {
            self.end_group();
        } else if BLOCKS.contains(&name) {
            if self.heading.is_none() {
                self.end_block();
            }
            if name == "pre" {
                self.preformatted = false;
            }
        } else if let Some(at) = self.styles.iter().rposition(|(style, ..)| style == name) {
            // What stands between was never closed.
            for (_, emphasis, strong) in self.styles.drain(at..) {
                self.emphasis -= usize::from(emphasis);
                self.strong -= usize::from(strong);
            }
        }
    }

    fn end_heading(&mut self) {
        let Some(level) = self.heading.take() else { return };
        let text = join_lines(&self.take_text());
        if text.is_empty() {
            return;
        }
        if let Some((_, _, lines)) = &mut self.group {
            lines.push(text);
        } else {
            self.blocks.push(Block::Heading { level, text });
        }
    }

    fn end_group(&mut self) {
        self.end_block();

        let Some((_, level, lines)) = self.group.take() else {
            return;
        };
        match level {
            Some(level) if !lines.is_empty() => self.blocks.push(Block::Heading {
                level,
                text: join_lines(&lines.join("\n")),
            }),
            _ => self.blocks.extend(
                lines
                    .into_iter()
                    .filter_map(|line| promotion::paragraph_block(&line)),
            ),
        }
    }

    fn add_words(&mut self, words: &str) {
        if self.skipped.is_some() {
            return;
        }
        if self.preformatted {
            self.push_words(words);
            return;
        }

        // White space of the source is one space; a space that does not break stays.
        let mut collapsed = String::with_capacity(words.len());
        for c in words.chars() {
            let is_space = matches!(c, ' ' | '\n' | '\t' | '\r');
            if !is_space {
                collapsed.push(c);
            } else if !collapsed.ends_with(' ') {
                collapsed.push(' ');
            }
        }
        self.push_words(&collapsed);
    }

    fn push_words(&mut self, words: &str) {
        self.spans.push(Span {
            text: words.to_owned(),
            emphasis: self.emphasis > 0,
            strong: self.strong > 0,
        });
    }

    fn take_text(&mut self) -> String {
        self.spans.drain(..).map(|span| span.text).collect()
    }

    fn end_block(&mut self) {
        if self.heading.is_some() {
            // A heading that was never closed.
            self.end_heading();
            return;
        }
        let spans = std::mem::take(&mut self.spans);
        if let Some((_, _, lines)) = &mut self.group {
            let text: String = spans.into_iter().map(|span| span.text).collect();
            if !text.trim().is_empty() {
                lines.push(text.trim().to_owned());
            }
            return;
        }

        self.blocks
            .extend(promotion::paragraph_block(&write_spans(spans)));
    }
}

/// The lines of a heading as one: a title follows its number behind a colon.
fn join_lines(text: &str) -> String {
    let lines: Vec<String> = text
        .split('\n')
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect();
    let Some((first, rest)) = lines.split_first() else {
        return String::new();
    };
    if rest.is_empty() {
        return first.clone();
    }

    let is_number = read_heading(first)
        .is_some_and(|heading| heading.kind != HeadingKind::Named && heading.title.is_empty());
    let joint = if is_number { ": " } else { " " };
    format!(
        "{}{joint}{}",
        first.trim_end_matches(['.', ':', ' ']),
        rest.join(" ")
    )
}
