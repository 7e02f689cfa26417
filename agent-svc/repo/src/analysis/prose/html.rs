//! HTML inside Markdown: titles and introductions are often written in it to centre them. Reads the words between
//! tags; scripts, styles and comments are dropped, entities become what they stand for.

use super::one_line;
use crate::analysis::model::Block;

/// What a block of HTML holds, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Heading {
        level: u8,
        text: String,
        line: u32,
    },
    Block(Block),
    /// `<h1>` that is not closed in this block: its words follow.
    OpenHeading(u8),
    CloseHeading,
}

/// Words from which on a cell beside a picture is more than its caption.
const CAPTION_WORDS: usize = 9;

/// Elements whose content is nothing to read.
const SILENT: [&str; 8] = [
    "script", "style", "svg", "head", "template", "noscript", "math", "video",
];

/// Elements that end the paragraph around them.
const BREAKS: [&str; 26] = [
    "p",
    "div",
    "center",
    "section",
    "article",
    "header",
    "footer",
    "main",
    "nav",
    "aside",
    "ul",
    "ol",
    "dl",
    "dt",
    "dd",
    "table",
    "tbody",
    "thead",
    "blockquote",
    "details",
    "summary",
    "hr",
    "figure",
    "figcaption",
    "picture",
    "align",
];

/// Reads one block whose first line is `line`.
pub(super) fn pieces(html: &str, line: u32) -> Vec<Piece> {
    let mut reader = HtmlReader::new(line);
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        reader.words(&rest[..open]);
        rest = &rest[open..];

        // A `<` that opens no tag is a sign like any other.
        let Some(end) = end_of_tag(rest) else {
            reader.words("<");
            rest = &rest[1..];
            continue;
        };
        reader.line += lines_in(&rest[..end]);
        let name = tag_name(&rest[..end]);
        let closing = rest.starts_with("</");
        let tag = &rest[..end];
        rest = &rest[end..];

        if !closing && SILENT.contains(&name.as_str()) && !tag.ends_with("/>") {
            let close = format!("</{name}");
            let skipped = find_ignoring_case(rest, &close).unwrap_or(rest.len());
            reader.line += lines_in(&rest[..skipped]);
            rest = &rest[skipped..];
        } else {
            reader.tag(&name, closing);
        }
    }

    reader.words(rest);
    reader.finish()
}

struct HtmlReader {
    pieces: Vec<Piece>,
    line: u32,
    /// Line on which the words began.
    began: u32,
    text: String,
    linked: usize,
    in_link: bool,
    heading: Option<u8>,
    item: bool,
    cells: Option<(Vec<String>, bool)>,
    /// The table around the words shows pictures.
    pictured: bool,
    /// Content of `<pre>`.
    code: bool,
}

impl HtmlReader {
    fn new(line: u32) -> Self {
        Self {
            pieces: Vec::new(),
            line,
            began: line,
            text: String::new(),
            linked: 0,
            in_link: false,
            heading: None,
            item: false,
            cells: None,
            pictured: false,
            code: false,
        }
    }

    fn words(&mut self, text: &str) {
        if self.text.trim().is_empty() {
            let blank = text.len() - text.trim_start().len();
            self.began = self.line + lines_in(&text[..blank]);
        }

        let plain = unescape(text);
        self.linked += if self.in_link { plain.trim().len() } else { 0 };
        self.text.push_str(&plain);
        self.line += lines_in(text);
    }

    fn tag(&mut self, name: &str, closing: bool) {
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                let level = name.as_bytes()[1] - b'0';
                if closing {
                    self.close_heading();
                } else {
                    self.end_words();
                    self.heading = Some(level);
                }
            }
            "a" => self.in_link = !closing,
            "br" => self.text.push(' '),
            "img" => self.pictured = true,
            "li" => {
                self.end_words();
                self.item = !closing;
            }
            "pre" => {
                self.end_words();
                self.code = !closing;
            }
            "table" if self.cells.is_none() => {
                self.end_words();
                self.pictured = false;
            }
            "tr" if closing => self.end_row(),
            "tr" => {
                self.end_words();
                self.cells = Some((Vec::new(), false));
            }
            "td" | "th" if closing => self.end_cell(name == "th"),
            "td" | "th" => self.clear(),
            _ if BREAKS.contains(&name) && self.heading.is_none() && self.cells.is_none() => {
                self.end_words();
            }
            // `n<sup>2</sup>` stays one word.
            _ => {}
        }
    }

    fn clear(&mut self) {
        self.text.clear();
        self.linked = 0;
    }

    fn close_heading(&mut self) {
        let Some(level) = self.heading.take() else {
            self.end_words();
            self.pieces.push(Piece::CloseHeading);
            return;
        };
        let text = one_line(&std::mem::take(&mut self.text));
        self.linked = 0;

        if !text.is_empty() {
            self.pieces.push(Piece::Heading {
                level,
                text,
                line: self.began,
            });
        }
    }

    fn end_words(&mut self) {
        if self.cells.is_some() {
            self.text.push(' ');
            return;
        }

        let raw = std::mem::take(&mut self.text);
        let mostly_links = self.linked * 10 > raw.trim().len() * 6;
        let (text, line) = (one_line(&raw), self.began);
        self.linked = 0;

        if self.code && !raw.trim().is_empty() {
            self.pieces.push(Piece::Block(Block::Code {
                language: None,
                text: raw.trim_matches('\n').to_owned() + "\n",
                line,
            }));
        } else if text.is_empty() {
        } else if self.item {
            self.pieces.push(Piece::Block(Block::Item {
                text,
                line,
                depth: 1,
                linked: mostly_links,
            }));
        } else if !mostly_links {
            self.pieces.push(Piece::Block(Block::Paragraph { text, line }));
        }
    }

    fn end_cell(&mut self, header: bool) {
        let cell = one_line(&std::mem::take(&mut self.text));
        if let Some((cells, is_header)) = &mut self.cells {
            cells.push(cell);
            *is_header |= header;
        }
    }

    fn end_row(&mut self) {
        let Some((cells, header)) = self.cells.take() else {
            return;
        };
        self.clear();

        // Below a picture stands what it shows.
        let captions = self.pictured
            && cells
                .iter()
                .all(|cell| cell.split_whitespace().count() < CAPTION_WORDS);
        if cells.iter().any(|cell| !cell.is_empty()) && !captions {
            self.pieces.push(Piece::Block(Block::Row {
                cells,
                line: self.began,
                header,
            }));
        }
    }

    fn finish(mut self) -> Vec<Piece> {
        match self.heading.take() {
            // Its words may stand in this block already, or in the paragraph after it.
            Some(level) if self.text.trim().is_empty() => self.pieces.push(Piece::OpenHeading(level)),
            Some(level) => {
                self.heading = Some(level);
                self.close_heading();
            }
            None => {
                self.end_row();
                self.end_words();
            }
        }

        self.pieces
    }
}

/// Bytes of the tag or comment at the start of `rest`; `None` for a `<` that opens none.
fn end_of_tag(rest: &str) -> Option<usize> {
    if rest.starts_with("<!--") {
        return Some(rest.find("-->").map_or(rest.len(), |at| at + 3));
    }

    let opens = rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
    if opens {
        rest.find('>').map(|at| at + 1)
    } else {
        None
    }
}

fn tag_name(tag: &str) -> String {
    tag.trim_start_matches(['<', '/'])
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_lowercase()
}

fn lines_in(text: &str) -> u32 {
    u32::try_from(text.matches('\n').count()).unwrap_or(u32::MAX)
}

fn find_ignoring_case(text: &str, wanted: &str) -> Option<usize> {
    text.to_ascii_lowercase().find(wanted)
}

/// Entities as what they stand for: `&mdash;`, `&#39;`, `&#x2019;`. What is no entity stays as it is.
pub(crate) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];

        match entity(rest) {
            Some((character, length)) => {
                out.push_str(&character);
                rest = &rest[length..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }

    out.push_str(rest);

    out
}

/// The longest named entity has 31 letters.
const MAX_ENTITY: usize = 33;

fn entity(rest: &str) -> Option<(String, usize)> {
    let end = rest.bytes().take(MAX_ENTITY).position(|byte| byte == b';')?;
    let name = &rest[1..end];

    let text = if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => number.parse().ok()?,
        };
        numbered(code).to_string()
    } else {
        quick_xml::escape::resolve_html5_entity(name)?.to_owned()
    };

    Some((text, end + 1))
}

/// HTML reads the numbers 128 to 159 as Windows-1252.
fn numbered(code: u32) -> char {
    match u8::try_from(code) {
        Ok(byte @ 0x80..=0x9F) => encoding_rs::WINDOWS_1252
            .decode(&[byte])
            .0
            .chars()
            .next()
            .unwrap_or(' '),
        _ => char::from_u32(code).filter(|c| *c != '\0').unwrap_or(' '),
    }
}
