//! A book as plain text: a paragraph is a line between blank lines, emphasis is written `_so_`.

use super::title_of;
use crate::{Book, headings, inline};

pub(super) fn write_text(book: &Book) -> String {
    let mut blocks = vec![title_of(book).to_owned()];
    if !book.author.trim().is_empty() {
        blocks.push(format!("by {}", book.author.trim()));
    }

    for chapter in &book.chapters {
        blocks.extend(chapter.part.clone());
        let heading = chapter.heading(&book.language);
        if !heading.is_empty() {
            blocks.push(heading);
        }
        for (index, scene) in chapter.filled_scenes().enumerate() {
            if index > 0 {
                blocks.push("* * *".to_owned());
            }
            blocks.extend(scene.filled_paragraphs().map(write_paragraph));
        }
    }
    if !book.notes.is_empty() {
        blocks.push(headings::OPEN_FINDINGS.to_owned());
        blocks.extend(book.notes.iter().map(|note| format!("- {}", note.trim())));
    }

    blocks.join("\n\n") + "\n"
}

fn write_paragraph(paragraph: &str) -> String {
    let mut written = String::new();
    for span in inline::read_spans(paragraph) {
        if span.emphasis || span.strong {
            written.push('_');
            written.push_str(&span.text);
            written.push('_');
        } else {
            written.push_str(&span.text);
        }
    }

    // Verse is indented, so that its lines stay lines.
    if written.contains('\n') {
        let lines: Vec<_> = written
            .lines()
            .map(|line| format!("    {}", line.trim()))
            .collect();
        return lines.join("\n");
    }
    written
}
