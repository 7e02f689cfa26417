//! Markdown as sections of blocks, each with its line. Keeps the author's words; what is said of them is decided
//! elsewhere.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::{cut, html, one_line};
use crate::analysis::model::{Block, Section};

const MAX_SECTIONS: usize = 200;
const MAX_BLOCKS: usize = 1_200;
const MAX_TEXT_CHARS: usize = 2_000;
const MAX_CODE_LINES: usize = 60;
const MAX_CODE_BYTES: usize = 4_000;

/// Reads a whole document; always at least one section.
pub(super) fn sections(text: &str) -> Vec<Section> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM;
    // References without a definition (`[Loom]` in documentation comments) are links to somewhere, too.
    let mut anywhere = |_: pulldown_cmark::BrokenLink<'_>| Some(("".into(), "".into()));
    let parser = Parser::new_with_broken_link_callback(text, options, Some(&mut anywhere));
    let mut reader = MarkdownReader::new(text);
    for (event, range) in parser.into_offset_iter() {
        reader.event(event, range.start);
    }

    reader.finish()
}

struct MarkdownReader<'t> {
    source: &'t str,
    /// Bytes of `source` whose lines were counted, and the line there, from 1.
    counted: (usize, u32),
    sections: Vec<Section>,
    blocks: usize,
    /// Words of the block that is being read, its line, and how many bytes of it are labels of links.
    text: String,
    line: u32,
    linked: usize,
    in_link: usize,
    /// Depth inside things that are no words: images, footnotes.
    silent: usize,
    quotes: usize,
    lists: u8,
    /// Lines of the items that are open, and whether their words were already given out.
    items: Vec<(u32, bool)>,
    heading: Option<u8>,
    /// Whether the heading above came from HTML that is still open.
    html_heading: bool,
    cells: Option<Vec<String>>,
    code: Option<(Option<String>, u32, String)>,
    html: Option<(u32, String)>,
    /// Where words that are raised above the line begin.
    raised: Option<usize>,
}

impl<'t> MarkdownReader<'t> {
    fn new(source: &'t str) -> Self {
        Self {
            source,
            counted: (0, 1),
            sections: vec![Section {
                line: 1,
                ..Section::default()
            }],
            blocks: 0,
            text: String::new(),
            line: 1,
            linked: 0,
            in_link: 0,
            silent: 0,
            quotes: 0,
            lists: 0,
            items: Vec::new(),
            heading: None,
            html_heading: false,
            cells: None,
            code: None,
            html: None,
            raised: None,
        }
    }

    /// The line of a byte, from 1. Bytes come in rising order but for the ends of nested blocks.
    fn line_at(&mut self, byte: usize) -> u32 {
        let (from, line) = self.counted;
        if byte < from {
            let before = self.source.as_bytes().get(..byte).unwrap_or_default();
            return 1 + newlines(before);
        }

        let between = self.source.as_bytes().get(from..byte).unwrap_or_default();
        self.counted = (byte, line + newlines(between));

        self.counted.1
    }

    fn event(&mut self, event: Event<'_>, at: usize) {
        match event {
            Event::Start(tag) => self.start(tag, at),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.code {
                Some((_, _, code)) => code.push_str(&text),
                None => self.words(&text),
            },
            Event::Code(code) if self.cites_by_role() => drop(code),
            Event::Code(code) => self.words(&format!("`{}`", code.replace('`', "'"))),
            Event::SoftBreak | Event::HardBreak => self.words(" "),
            Event::Html(piece) => {
                if let Some((_, html)) = &mut self.html {
                    html.push_str(&piece);
                }
            }
            Event::InlineHtml(tag) => self.inline_html(&tag),
            _ => {}
        }
    }

    /// Takes off the role of what comes (`{func}` before a name) from the text before it; whether that only cites.
    fn cites_by_role(&mut self) -> bool {
        let Some(role) = self.take_role() else {
            return false;
        };

        matches!(role.as_str(), "pr" | "issue" | "ghsa" | "cve" | "cite" | "user")
    }

    fn take_role(&mut self) -> Option<String> {
        let open = self.text.strip_suffix('}')?.rfind('{')?;
        let role = self.text[open + 1..self.text.len() - 1].to_owned();
        let named = !role.is_empty() && role.chars().all(|c| c.is_ascii_lowercase() || "-_:".contains(c));
        if !named {
            return None;
        }
        self.text.truncate(open);

        Some(role)
    }

    fn words(&mut self, text: &str) {
        if self.silent == 0 {
            self.linked += if self.in_link > 0 { text.len() } else { 0 };
            self.text.push_str(text);
        }
    }

    fn inline_html(&mut self, tag: &str) {
        let lower = tag.to_ascii_lowercase();
        if lower.starts_with("<a ") {
            self.in_link += 1;
        } else if lower.starts_with("</a") {
            self.in_link = self.in_link.saturating_sub(1);
        } else if lower.starts_with("<br") || lower.starts_with("<p") || lower.starts_with("</p") {
            self.words(" ");
        } else if lower.starts_with("<sup") {
            self.raised = Some(self.text.len());
        } else if lower.starts_with("</sup") {
            self.end_raised();
        }
    }

    /// A number above the line is a note's; `n<sup>th</sup>` keeps its letters.
    fn end_raised(&mut self) {
        let Some(from) = self.raised.take().filter(|from| *from <= self.text.len()) else {
            return;
        };
        let note = self.text[from..]
            .chars()
            .all(|c| c.is_ascii_digit() || c.is_whitespace() || "[],".contains(c));
        // "10<sup>6</sup>" is a power.
        let power = self.text[..from].ends_with(|c: char| c.is_ascii_digit());
        if note && !power {
            self.linked = self.linked.saturating_sub(self.text.len() - from);
            self.text.truncate(from);
        }
    }

    fn start(&mut self, tag: Tag<'_>, at: usize) {
        match tag {
            Tag::Heading { level, .. } => {
                self.begin(at);
                self.heading = Some(depth_of(level));
                self.html_heading = false;
            }
            Tag::Paragraph if self.lists == 0 || self.text.trim().is_empty() => self.begin(at),
            // A further paragraph of an item goes on with its words.
            Tag::Paragraph => {
                self.end_item_words();
                self.begin(at);
            }
            Tag::BlockQuote(_) => self.quotes += 1,
            Tag::List(_) => {
                self.end_item_words();
                self.lists = self.lists.saturating_add(1);
            }
            Tag::Item => {
                self.begin(at);
                self.items.push((self.line, false));
            }
            Tag::Link { dest_url, .. } if !dest_url.is_empty() => self.in_link += 1,
            Tag::Image { .. } | Tag::FootnoteDefinition(_) | Tag::MetadataBlock(_) => self.silent += 1,
            Tag::CodeBlock(kind) => {
                self.end_item_words();
                let language = match kind {
                    pulldown_cmark::CodeBlockKind::Fenced(info) => info
                        .split([' ', ',', '{', '\t'])
                        .next()
                        .map(str::to_ascii_lowercase)
                        .filter(|language| !language.is_empty()),
                    pulldown_cmark::CodeBlockKind::Indented => None,
                };
                let line = self.line_at(at);
                self.code = Some((language, line, String::new()));
            }
            Tag::TableHead | Tag::TableRow => {
                self.line = self.line_at(at);
                self.cells = Some(Vec::new());
            }
            Tag::TableCell => self.clear(),
            Tag::HtmlBlock => {
                let line = self.line_at(at);
                self.html = Some((line, String::new()));
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => {
                let level = self.heading.take().unwrap_or(1);
                self.end_heading(level);
            }
            TagEnd::Paragraph if self.lists == 0 => self.end_paragraph(),
            TagEnd::BlockQuote(_) => self.quotes = self.quotes.saturating_sub(1),
            TagEnd::Item => {
                self.end_item_words();
                self.items.pop();
            }
            TagEnd::List(_) => self.lists = self.lists.saturating_sub(1),
            TagEnd::Link => self.in_link = self.in_link.saturating_sub(1),
            TagEnd::Image | TagEnd::FootnoteDefinition | TagEnd::MetadataBlock(_) => {
                self.silent = self.silent.saturating_sub(1);
            }
            TagEnd::CodeBlock => self.end_code(),
            TagEnd::TableCell => {
                let cell = one_line(&std::mem::take(&mut self.text));
                if let Some(cells) = &mut self.cells {
                    cells.push(cut(&cell, 400));
                }
            }
            TagEnd::TableHead => self.end_row(true),
            TagEnd::TableRow => self.end_row(false),
            TagEnd::HtmlBlock => self.end_html(),
            _ => {}
        }
    }

    fn clear(&mut self) {
        self.text.clear();
        self.linked = 0;
        self.in_link = 0;
    }

    fn begin(&mut self, at: usize) {
        self.clear();
        self.line = self.line_at(at);
    }

    fn end_heading(&mut self, level: u8) {
        let heading = one_line(&std::mem::take(&mut self.text));
        if heading.is_empty() || self.silent > 0 || self.sections.len() >= MAX_SECTIONS {
            return;
        }

        self.sections.push(Section {
            heading: Some(cut(&heading, 200)),
            level,
            line: self.line,
            blocks: Vec::new(),
        });
    }

    fn end_paragraph(&mut self) {
        // `<h1>` on one line, the words on the next, `</h1>` on a third.
        if let (true, Some(level)) = (self.html_heading, self.heading) {
            return self.end_heading(level);
        }

        let mostly_links = self.linked * 10 > self.text.len() * 6;
        let text = one_line(&std::mem::take(&mut self.text));
        if mostly_links || text.is_empty() || self.silent > 0 {
            return;
        }

        let (text, line) = (cut(&text, MAX_TEXT_CHARS), self.line);
        self.push(if self.quotes > 0 {
            Block::Quote { text, line }
        } else {
            Block::Paragraph { text, line }
        });
    }

    fn end_item_words(&mut self) {
        let depth = self.lists;
        let Some((line, given)) = self.items.last_mut() else {
            return;
        };
        let mostly_links = self.linked * 10 > self.text.len() * 7;
        let text = one_line(&std::mem::take(&mut self.text));
        self.linked = 0;

        if text.is_empty() || self.silent > 0 {
            return;
        }

        let (line, goes_on) = (*line, std::mem::replace(given, true));
        let last = self
            .sections
            .last_mut()
            .and_then(|section| section.blocks.last_mut());
        if let (true, Some(Block::Item { text: before, .. })) = (goes_on, last) {
            *before = cut(&format!("{before} {text}"), MAX_TEXT_CHARS);
            return;
        }

        self.push(Block::Item {
            text: cut(&text, MAX_TEXT_CHARS),
            line,
            depth,
            linked: mostly_links,
        });
    }

    fn end_code(&mut self) {
        let Some((language, line, code)) = self.code.take() else {
            return;
        };
        let lines: Vec<&str> = code.lines().skip_while(|line| line.trim().is_empty()).collect();
        let indent = |line: &&str| line.len() - line.trim_start_matches(' ').len();
        let margin = lines
            .iter()
            .filter(|line| !line.trim().is_empty())
            .map(indent)
            .min()
            .unwrap_or(0);
        let mut text = String::new();
        for line in lines.into_iter().take(MAX_CODE_LINES) {
            if text.len() + line.len() > MAX_CODE_BYTES {
                break;
            }
            text.push_str(line.get(margin..).unwrap_or_default());
            text.push('\n');
        }

        if !text.trim().is_empty() && self.silent == 0 {
            self.push(Block::Code { language, text, line });
        }
    }

    fn end_row(&mut self, header: bool) {
        let (Some(cells), line) = (self.cells.take(), self.line) else {
            return;
        };
        if cells.iter().any(|cell| !cell.is_empty()) {
            self.push(Block::Row { cells, line, header });
        }
    }

    fn end_html(&mut self) {
        let Some((line, text)) = self.html.take() else {
            return;
        };

        for piece in html::pieces(&text, line) {
            match piece {
                html::Piece::Heading { level, text, line } => {
                    self.text = text;
                    self.line = line;
                    self.end_heading(level);
                }
                html::Piece::Block(block) => self.push(block),
                html::Piece::OpenHeading(level) => {
                    self.heading = Some(level);
                    self.html_heading = true;
                }
                html::Piece::CloseHeading => {
                    self.heading = None;
                    self.html_heading = false;
                }
            }
        }
    }

    fn push(&mut self, block: Block) {
        if self.blocks < MAX_BLOCKS
            && let Some(section) = self.sections.last_mut()
        {
            self.blocks += 1;
            section.blocks.push(block);
        }
    }

    fn finish(mut self) -> Vec<Section> {
        // What stands before the first heading is often nothing.
        if self.sections.len() > 1 && self.sections[0].blocks.is_empty() {
            self.sections.remove(0);
        }

        self.sections
    }
}

fn newlines(bytes: &[u8]) -> u32 {
    let count = bytes.iter().filter(|byte| **byte == b'\n').count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn depth_of(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}
