//! What must hold of books on their way out and in.

mod exports;
mod imports;
mod round_trips;

use crate::{Book, Chapter, Cover, Format, Scene};

const FORMATS: [Format; 4] = [Format::Markdown, Format::Text, Format::Epub, Format::Docx];

fn scene(paragraphs: &[&str]) -> Scene {
    Scene {
        paragraphs: paragraphs.iter().map(|text| (*text).to_owned()).collect(),
    }
}

fn chapter(number: Option<u32>, title: &str, scenes: Vec<Scene>) -> Chapter {
    Chapter {
        part: None,
        number,
        title: title.to_owned(),
        scenes,
    }
}

/// A picture of one grey point.
fn cover() -> Cover {
    const PIXEL: &[u8] = &[
        0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 0x0D, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0,
        0, 0, 1, 8, 0, 0, 0, 0, 0x3A, 0x7E, 0x9B, 0x55, 0, 0, 0, 0x0A, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9C,
        0x63, 0x68, 0, 0, 0, 0x82, 0, 0x81, 0x77, 0xCD, 0x72, 0xB6, 0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE,
        0x42, 0x60, 0x82,
    ];
    Cover::parse(PIXEL.to_vec()).expect("a PNG picture")
}

/// Everything that a book can have: parts, a prologue, an empty chapter, scenes, emphasis, verse, marks that mean nothing,
/// letters of other scripts, open findings.
fn full_book() -> Book {
    let mut book = Book {
        title: "The Lamp & the <Storm>".to_owned(),
        author: "Ada \"Quill\" O’Hara".to_owned(),
        language: "en-GB".to_owned(),
        description: "A keeper, a lamp: and\none long night.".to_owned(),
        date: Some("2026-03-04T05:06:07Z".parse().expect("a moment")),
        identifier: "urn:uuid:0190a0a0-0000-7000-8000-000000000001".to_owned(),
        chapters: vec![
            chapter(
                None,
                "Prologue",
                vec![scene(&["It began with *rain*, and **only** rain."])],
            ),
            chapter(
                Some(1),
                "The Lamp",
                vec![
                    scene(&[
                        "“*Never* again,” she said; “not ***ever***.”",
                        "Seven \\* six is 42 \\\\ and snake_case, `code`, [a link](x), <b>no tag</b>, AT&T &amp; #5.",
                        "1. This is a sentence, not a list.",
                        "- Nor is this.",
                    ]),
                    scene(&[
                        "The sea was grey,\nthe *sky* was grey,\nand so was I.",
                        "Ночь. 夜だった。 un*believ*able",
                    ]),
                ],
            ),
            chapter(Some(2), "", vec![]),
            chapter(
                Some(1),
                "Morning",
                vec![scene(&["# It is not a heading.", "> Nor a quote."])],
            ),
            chapter(
                None,
                "What the Sea Kept",
                vec![scene(&["It kept *“everything,”* he*re*."])],
            ),
        ],
        notes: vec![
            "Chapter 1, scene 2: Mara holds the key that she gave away in scene 1.".to_owned(),
            "Chapter 2: nothing happens <yet>.".to_owned(),
        ],
        cover: None,
    };
    book.chapters[1].part = Some("Part One".to_owned());
    book.chapters[3].part = Some("Part Two: After".to_owned());

    book
}
