//! A book as Markdown (CommonMark): what is known about it in front, in YAML; then title, parts, chapters, scenes.

use std::fmt::Write;

use super::{moment_of, title_of};
use crate::{
    Book, headings,
    inline::{self, Span},
};

pub(super) fn write_markdown(book: &Book) -> String {
    let mut blocks = vec![write_front(book), format!("# {}", escape_line(title_of(book)))];
    for chapter in &book.chapters {
        if let Some(part) = &chapter.part {
            blocks.push(format!("# {}", escape_line(part)));
        }
        let heading = chapter.heading(&book.language);
        if !heading.is_empty() {
            blocks.push(format!("## {}", escape_line(&heading)));
        }

        for (index, scene) in chapter.filled_scenes().enumerate() {
            if index > 0 {
                blocks.push("* * *".to_owned());
            }
            blocks.extend(scene.filled_paragraphs().map(write_paragraph));
        }
    }

    if !book.notes.is_empty() {
        blocks.push(format!("## {}", headings::OPEN_FINDINGS));
        let notes: Vec<_> = book
            .notes
            .iter()
            .map(|note| format!("- {}", escape_line(note)))
            .collect();
        blocks.push(notes.join("\n"));
    }

    blocks.join("\n\n") + "\n"
}

fn write_front(book: &Book) -> String {
    let mut front = String::from("---\n");
    let date = book.date.map(|_| moment_of(book)).unwrap_or_default();
    for (key, value) in [
        ("title", book.title.as_str()),
        ("author", &book.author),
        ("language", &book.language),
        ("description", &book.description),
        ("date", &date),
        ("identifier", &book.identifier),
    ] {
        if !value.trim().is_empty() {
            // A string of JSON is one of YAML.
            let _ = writeln!(front, "{key}: {}", quote_yaml(value.trim()));
        }
    }
    front.push_str("---");

    front
}

fn quote_yaml(value: &str) -> String {
    let mut quoted = String::from("\"");
    for c in value.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => {}
            c => quoted.push(c),
        }
    }
    quoted.push('"');

    quoted
}

/// Plain words on one line, such as a heading's.
fn escape_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut escaped = escape_start(&escape_words(&line));
    // A heading ends at a run of `#`.
    if escaped.ends_with('#') {
        escaped.insert(escaped.len() - 1, '\\');
    }

    escaped
}

fn write_paragraph(paragraph: &str) -> String {
    let spans = inline::read_spans(paragraph);
    let marked = spell_marked(&spans);
    let read_again = inline::read_spans(&crate::import::read_markdown_line(&marked));
    if read_again == spans {
        return marked;
    }

    // Stars between letters and punctuation are no emphasis to CommonMark: tags are.
    spell_tagged(&spans)
}

fn spell_marked(spans: &[Span]) -> String {
    let mut written = String::new();
    for span in spans {
        let mark = mark_of(span);
        written.push_str(mark);
        written.push_str(&escape_words(&span.text));
        written.push_str(mark);
    }

    break_lines(&written)
}

const fn mark_of(span: &Span) -> &'static str {
    match (span.emphasis, span.strong) {
        (true, true) => "***",
        (true, false) => "*",
        (false, true) => "**",
        (false, false) => "",
    }
}

fn spell_tagged(spans: &[Span]) -> String {
    let mut written = String::new();
    for span in spans {
        let words = escape_words(&span.text);
        written.push_str(&match (span.emphasis, span.strong) {
            (true, true) => format!("<strong><em>{words}</em></strong>"),
            (true, false) => format!("<em>{words}</em>"),
            (false, true) => format!("<strong>{words}</strong>"),
            (false, false) => words,
        });
    }

    // A line that begins with a tag may be taken for a block of HTML.
    break_lines(&written)
}

fn break_lines(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(|line| escape_start(line.trim())).collect();
    lines.join("\\\n")
}

fn escape_words(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' | '*' | '_' | '`' | '[' | ']' | '<' | '~' => {
                escaped.push('\\');
                escaped.push(c);
            }
            '&' if chars
                .peek()
                .is_some_and(|next| next.is_alphanumeric() || *next == '#') =>
            {
                escaped.push_str("\\&")
            }
            '\r' | '\u{0}' => {}
            _ => escaped.push(c),
        }
    }

    escaped
}

/// What would begin a list, a quote, a heading or a line at the start of a line.
fn escape_start(line: &str) -> String {
    if line.starts_with(['#', '>', '+', '-', '=', '|', ':']) {
        return format!("\\{line}");
    }
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    if digits > 0 && line[digits..].starts_with(['.', ')']) {
        return format!("{}\\{}", &line[..digits], &line[digits..]);
    }

    line.to_owned()
}
