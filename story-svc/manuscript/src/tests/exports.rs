//! What an export holds, judged where possible by a program that is not ours.

use std::{
    io::{Cursor, Read},
    path::Path,
    process::Command,
};

use super::{FORMATS, chapter, cover, full_book, scene};
use crate::{Book, Chapter, Format, export};

/// Where Debian's package `epubcheck` puts it.
const EPUBCHECK: &str = "/usr/share/java/epubcheck.jar";

fn text_of(book: &Book, format: Format) -> String {
    String::from_utf8(export(book, format).expect("an export")).expect("UTF-8")
}

fn file_of(archive: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).expect("an archive");
    let mut text = String::new();
    archive
        .by_name(name)
        .unwrap_or_else(|_| panic!("no {name}"))
        .read_to_string(&mut text)
        .expect("text");
    text
}

/// Everything that epubcheck says, when it finds anything.
fn check_epub(books: &[(&str, Book)]) {
    if !Path::new(EPUBCHECK).exists() {
        assert!(std::env::var_os("CI").is_none(), "CI has no {EPUBCHECK:?}");
        eprintln!("no {EPUBCHECK}: not checked");
        return;
    }

    let folder = tempfile::tempdir().expect("a folder");
    for (name, book) in books {
        let path = folder.path().join(format!("{name}.epub"));
        std::fs::write(&path, export(book, Format::Epub).expect("an export")).expect("a file");
        let checked = Command::new("java")
            .args(["-XX:TieredStopAtLevel=1", "-jar", EPUBCHECK])
            .arg(&path)
            .output()
            .expect("java");
        let said =
            String::from_utf8_lossy(&checked.stdout).into_owned() + &String::from_utf8_lossy(&checked.stderr);
        assert!(
            checked.status.success() && said.contains("No errors or warnings detected"),
            "{name}: {said}"
        );
    }
}

#[test]
fn epubcheck_finds_neither_errors_nor_warnings() {
    let with_cover = Book {
        cover: Some(cover()),
        ..full_book()
    };
    let control = Book {
        title: "Bell\u{7} and\u{0} \u{FFFE}null".to_owned(),
        language: "no language at all".to_owned(),
        chapters: vec![chapter(
            None,
            "",
            vec![scene(&["A\u{1}B\u{B}C \u{10FFFF} ]]> &#0; <!-- --"])],
        )],
        ..Book::default()
    };

    check_epub(&[
        ("full", full_book()),
        ("with-cover", with_cover),
        ("nothing", Book::default()),
        ("control-characters", control),
    ]);
}

#[test]
fn the_type_of_an_epub_stands_first_and_unpacked() {
    let epub = export(&full_book(), Format::Epub).expect("an export");

    assert_eq!(&epub[30..58], b"mimetypeapplication/epub+zip");
}

#[test]
fn the_same_book_gives_the_same_bytes() {
    for format in FORMATS {
        let first = export(&full_book(), format).expect("an export");
        assert_eq!(
            first,
            export(&full_book(), format).expect("an export"),
            "{format:?}"
        );
    }
}

#[test]
fn no_chapter_is_dropped_and_no_finding_is_hidden() {
    let book = full_book();
    let epub = export(&book, Format::Epub).expect("an export");
    let docx = export(&book, Format::Docx).expect("an export");
    let pages: String = (1..=book.chapters.len())
        .map(|number| file_of(&epub, &format!("EPUB/chapter-{number:03}.xhtml")))
        .chain([file_of(&epub, "EPUB/findings.xhtml")])
        .collect();

    for text in [
        text_of(&book, Format::Markdown),
        text_of(&book, Format::Text),
        pages,
        file_of(&docx, "word/document.xml"),
    ] {
        for heading in [
            "Prologue",
            "Part One",
            "Chapter 1: The Lamp",
            "Chapter 2",
            "Part Two: After",
            "Chapter 1: Morning",
            "What the Sea Kept",
        ] {
            assert!(text.contains(heading), "{heading} in {text}");
        }
        assert!(text.contains("Open findings"), "{text}");
        assert!(
            text.contains("Mara holds the key that she gave away in scene 1."),
            "{text}"
        );
        assert!(text.contains("Chapter 2: nothing happens"), "{text}");
    }
}

#[test]
fn emphasis_is_emphasis_in_every_format() {
    let book = Book {
        chapters: vec![chapter(Some(1), "", vec![scene(&["It was *her* key."])])],
        ..Book::default()
    };

    assert!(text_of(&book, Format::Markdown).contains("It was *her* key."));
    assert!(text_of(&book, Format::Text).contains("It was _her_ key."));
    let page = file_of(
        &export(&book, Format::Epub).expect("an export"),
        "EPUB/chapter-001.xhtml",
    );
    assert!(page.contains("<p>It was <em>her</em> key.</p>"), "{page}");
    let document = file_of(
        &export(&book, Format::Docx).expect("an export"),
        "word/document.xml",
    );
    assert!(
        document.contains("<w:r><w:rPr><w:i/></w:rPr><w:t xml:space=\"preserve\">her</w:t></w:r>"),
        "{document}"
    );
}

#[test]
fn a_chapter_is_headed_in_the_language_of_its_book() {
    let third = Chapter {
        number: Some(3),
        title: "Sturm".to_owned(),
        ..Chapter::default()
    };

    assert_eq!(third.heading("de-AT"), "Kapitel 3: Sturm");
    assert_eq!(third.heading("fr"), "Chapitre 3: Sturm");
    assert_eq!(third.heading("tlh"), "Chapter 3: Sturm");
}
