//! What is exported and imported again is the same book.

use super::{chapter, cover, full_book, scene};
use crate::{Book, Format, escape_text, export, import, inline, mark_prose, plain_text, prose_text};

fn round_trip(book: &Book, format: Format) -> Book {
    let bytes = export(book, format).expect("an export");
    let read = import(&bytes, Some(format)).expect("an import");
    assert_eq!(import(&bytes, None).as_ref(), Ok(&read), "known by its bytes");
    read
}

#[test]
fn a_book_comes_back_whole_from_markdown() {
    let book = full_book();

    assert_eq!(round_trip(&book, Format::Markdown), book);
}

#[test]
fn a_book_comes_back_whole_from_epub_with_its_cover() {
    let book = Book {
        cover: Some(cover()),
        ..full_book()
    };

    assert_eq!(round_trip(&book, Format::Epub), book);
}

#[test]
fn a_numbered_book_comes_back_from_plain_text() {
    let book = Book {
        title: "The Lamp".to_owned(),
        author: "Ada O’Hara".to_owned(),
        chapters: vec![
            chapter(None, "Prologue", vec![scene(&["It began with *rain*."])]),
            chapter(
                Some(1),
                "The Storm",
                vec![
                    scene(&["“Never,” she said.", "He went."]),
                    scene(&["They met again \\* there."]),
                ],
            ),
            chapter(Some(2), "", vec![]),
            chapter(Some(3), "", vec![scene(&["The end came:\nin two lines."])]),
        ],
        notes: vec!["Chapter 3: who came?".to_owned()],
        ..Book::default()
    };

    assert_eq!(round_trip(&book, Format::Text), book);
}

#[test]
fn a_book_of_one_chapter_without_a_name_comes_back() {
    let book = Book {
        title: "Alone".to_owned(),
        chapters: vec![chapter(
            Some(1),
            "",
            vec![scene(&["It rained."]), scene(&["It stopped."])],
        )],
        ..Book::default()
    };

    for format in [Format::Markdown, Format::Text, Format::Epub] {
        let read = round_trip(&book, format);
        assert_eq!(read.chapters, book.chapters, "{format:?}");
        assert_eq!(read.title, book.title, "{format:?}");
    }
}

#[test]
fn every_paragraph_of_strange_marks_comes_back() {
    let strange = [
        "*",
        "a*b",
        "*a",
        "a*",
        "**a*",
        "_a_ __b__",
        "\\",
        "\\\\*",
        "a\\*b",
        "`x` ``",
        "![x](y)",
        "<i>x</i>",
        "&lt;",
        "&",
        "===",
        "+",
        "+ x",
        "1) x",
        "12. x",
        "~~~",
        "~~a~~",
        "|a|b|",
        ": x",
        "[x]: y",
        "*a* *b*",
        "*a b* **c**",
        "***a***",
        "*a **b** c*",
        "**a *b* c**",
        "x*y*z",
        "*“a”*b",
        "(*a*)",
        "*a*—b",
        "“*a*”",
        "http://x.y/z_a_b",
        "x  y",
        "a\nb",
        "*a\nb*",
        "#hash",
        "# x #",
        "Chapter 1",
        "I",
        "1.",
        "    x",
        "-",
        "—",
        "…",
        "a_b_c",
        "(c)",
        "--",
        "a -- b",
        "\u{A0}x",
        "x:y",
        "\"q\"",
        "<",
        "<x",
        "x<y>z",
    ];
    for words in strange {
        let book = Book {
            title: "T".to_owned(),
            chapters: vec![chapter(Some(1), "S", vec![scene(&["Before.", words, "After."])])],
            ..Book::default()
        };
        // As the crate itself would write it.
        let expected = inline::write_spans(inline::read_spans(words.trim()));
        for format in [Format::Markdown, Format::Epub] {
            let read = round_trip(&book, format);
            let scenes = &read.chapters[0].scenes;
            if matches!(words, "*" | "-" | "--" | "===" | "~~~") {
                // Nothing but marks is a scene break, whoever wrote it.
                continue;
            }
            assert_eq!(scenes.len(), 1, "{words:?} {format:?} {scenes:?}");
            let got = &scenes[0].paragraphs[1];
            let collapse = |text: &str| {
                text.split([' ', '\u{A0}'])
                    .filter(|word| !word.is_empty())
                    .collect::<Vec<_>>()
                    .join(" ")
            };
            assert_eq!(collapse(got), collapse(&expected), "{words:?} {format:?}");
        }
    }
}

#[test]
fn words_that_are_meant_literally_are_read_literally() {
    for words in ["*", "**a**", "\\*", "a\\", "\\\\", "2 * 3 * 4", "*a"] {
        assert_eq!(plain_text(&escape_text(words)), words);
    }
}

#[test]
fn prose_has_emphasis_between_stars_and_every_other_star_is_a_star() {
    for (prose, paragraph) in [
        ("*Dear Mark*, it began.", "*Dear Mark*, it began."),
        ("it was *necessary*. She", "it was *necessary*. She"),
        ("\"*breathe, HOLD*\"", "\"*breathe, HOLD*\""),
        ("5 * 3 * 2", "5 \\* 3 \\* 2"),
        ("f**k and sh*t*", "f\\*\\*k and sh\\*t\\*"),
        ("a note* and *", "a note\\* and \\*"),
        ("a \\ b", "a \\\\ b"),
    ] {
        assert_eq!(mark_prose(prose), paragraph, "{prose}");
    }
    for (paragraph, prose) in [
        (
            "She read **The *old* Sea** twice.",
            "She read *The old Sea* twice.",
        ),
        ("un*believ*able", "unbelievable"),
        ("a \\* star", "a * star"),
    ] {
        assert_eq!(prose_text(paragraph), prose, "{paragraph}");
        assert_eq!(plain_text(&mark_prose(prose)), plain_text(paragraph));
    }
}
