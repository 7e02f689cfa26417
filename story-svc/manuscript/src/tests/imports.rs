//! What manuscripts look like in the wild, and what is refused.

use std::{
    io::{Cursor, Write},
    time::{Duration, Instant},
};

use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{Book, Format, ImportError, import};

const PROSE: &str = "The rain had not stopped for three days, and the keeper of the lamp had long since ceased to count the ships \
                     that did not come; he counted the stairs instead, up and down, and the oil.";

fn read_text(text: &str) -> Book {
    import(text.as_bytes(), Some(Format::Text)).expect("a book")
}

fn read_markdown(text: &str) -> Book {
    import(text.as_bytes(), Some(Format::Markdown)).expect("a book")
}

/// The chapters as a reader would name them: part, heading, number of scenes.
fn outline(book: &Book) -> Vec<(String, String, usize)> {
    book.chapters
        .iter()
        .map(|chapter| {
            (
                chapter.part.clone().unwrap_or_default(),
                chapter.heading("en"),
                chapter.scenes.len(),
            )
        })
        .collect()
}

fn headings_of(book: &Book) -> Vec<String> {
    outline(book).into_iter().map(|(_, heading, _)| heading).collect()
}

#[test]
fn headings_are_known_in_their_usual_forms() {
    for (first, second) in [
        ("Chapter 1", "Chapter 2"),
        ("CHAPTER ONE", "CHAPTER TWO"),
        ("Chapter One.", "Chapter Two."),
        ("CHAPTER I.", "CHAPTER II."),
        ("1.", "2."),
        ("1", "2"),
        ("I.", "II."),
        ("I", "II"),
        ("One", "Two"),
        ("Kapitel 1", "Kapitel 2"),
        ("Chapter the First", "Chapter the Second"),
        ("The First Chapter", "The Second Chapter"),
        ("- 1 -", "- 2 -"),
        ("**Chapter 1**", "**Chapter 2**"),
    ] {
        let book = read_text(&format!(
            "{first}\n\n{PROSE}\n\n{PROSE}\n\n{second}\n\n{PROSE}\n\n{PROSE}\n"
        ));
        assert_eq!(headings_of(&book), ["Chapter 1", "Chapter 2"], "{first}");
        assert!(
            book.chapters
                .iter()
                .all(|chapter| chapter.scenes[0].paragraphs == [PROSE, PROSE]),
            "{first}"
        );
    }
}

#[test]
fn titles_stand_behind_or_under_their_numbers() {
    for (first, second) in [
        ("Chapter 1: The Lamp", "Chapter 2: The Sea"),
        ("CHAPTER I. The Lamp", "CHAPTER II. The Sea"),
        ("Chapter One — The Lamp", "Chapter Two — The Sea"),
        ("Chapter 1 The Lamp", "Chapter 2 The Sea"),
        ("1. The Lamp", "2. The Sea"),
        ("Chapter 1\n\nThe Lamp", "Chapter 2\n\nThe Sea"),
        ("CHAPTER I.\nThe Lamp", "CHAPTER II.\nThe Sea"),
    ] {
        let book = read_text(&format!("{first}\n\n{PROSE}\n\n{second}\n\n{PROSE}\n\n{PROSE}\n"));
        assert_eq!(
            headings_of(&book),
            ["Chapter 1: The Lamp", "Chapter 2: The Sea"],
            "{first}"
        );
    }
}

#[test]
fn prose_that_begins_like_a_heading_stays_prose() {
    for line in [
        "Chapter 2 was the one he liked best of all.",
        "I went home.",
        "Ten men stood there.",
        "1984 was a cold year.",
        "Part of him knew.",
        "Prologue or not, it rained.",
        "- Chapter 4: who came?",
    ] {
        let book = read_text(&format!("Chapter 1\n\n{PROSE}\n\n{line}\n\n{PROSE}\n"));
        assert_eq!(headings_of(&book), ["Chapter 1"], "{line}");
        assert_eq!(book.chapters[0].scenes[0].paragraphs[1], line);
    }
}

#[test]
fn a_short_sentence_under_a_number_is_no_title() {
    let book = read_text(&format!(
        "Chapter 1\n\nShe Ran\n\n{PROSE}\n\nChapter 2\n\n{PROSE}\n\nChapter 3\n\n{PROSE}\n"
    ));

    assert_eq!(headings_of(&book), ["Chapter 1", "Chapter 2", "Chapter 3"]);
    assert_eq!(book.chapters[0].scenes[0].paragraphs, ["She Ran", PROSE]);
}

#[test]
fn a_manuscript_without_chapters_is_one_chapter() {
    let book = read_text(&format!("{PROSE}\n\n* * *\n\n{PROSE}\n"));

    assert_eq!(outline(&book), [(String::new(), "Chapter 1".to_owned(), 2)]);
}

#[test]
fn parts_that_number_their_chapters_anew_are_kept_apart() {
    let text = format!(
        "The Lamp\n\nby Ada O’Hara\n\nPrologue\n\n{PROSE}\n\nPART ONE\n\nChapter 1\n\n{PROSE}\n\nChapter 2\n\n{PROSE}\n\n\
         PART TWO: AFTER\n\nChapter 1\n\n{PROSE}\n\nEPILOGUE\n\n{PROSE}\n"
    );
    let book = read_text(&text);

    assert_eq!(
        (book.title.as_str(), book.author.as_str()),
        ("The Lamp", "Ada O’Hara")
    );
    let row = |part: &str, heading: &str| (part.to_owned(), heading.to_owned(), 1);
    assert_eq!(
        outline(&book),
        [
            row("", "Prologue"),
            row("PART ONE", "Chapter 1"),
            row("", "Chapter 2"),
            row("PART TWO: AFTER", "Chapter 1"),
            row("", "EPILOGUE"),
        ]
    );
}

#[test]
fn a_second_numbering_inside_of_chapters_parts_scenes() {
    let book = read_text(&format!(
        "Chapter 1\n\n1.\n\n{PROSE}\n\n2.\n\n{PROSE}\n\nChapter 2\n\n1.\n\n{PROSE}\n\n2.\n\n{PROSE}\n"
    ));

    let scenes: Vec<usize> = book.chapters.iter().map(|chapter| chapter.scenes.len()).collect();
    assert_eq!(scenes, [2, 2]);
}

#[test]
fn scene_breaks_are_known_in_their_usual_forms() {
    for mark in [
        "* * *",
        "***",
        "#",
        "# # #",
        "---",
        "~",
        "⁂",
        "* * * * *",
        "• • •",
        "\u{A0}",
        "—————",
    ] {
        for book in [
            read_text(&format!("Chapter 1\n\n{PROSE}\n\n{mark}\n\n{PROSE}\n")),
            read_markdown(&format!("## Chapter 1\n\n{PROSE}\n\n{mark}\n\n{PROSE}\n")),
        ] {
            if mark == "\u{A0}" && book.chapters[0].scenes.len() == 1 {
                // Nothing but white space is a blank line.
                continue;
            }
            assert_eq!(
                outline(&book),
                [(String::new(), "Chapter 1".to_owned(), 2)],
                "{mark}"
            );
        }
    }
}

#[test]
fn a_rare_wide_gap_is_a_scene_break() {
    let usual = [PROSE; 8].join("\n\n");
    let book = read_text(&format!("Chapter 1\n\n{usual}\n\n\n{usual}\n"));

    assert_eq!(outline(&book)[0].2, 2);
    assert_eq!(book.chapters[0].scenes[1].paragraphs.len(), 8);
}

#[test]
fn paragraphs_are_known_by_indent_or_by_line_when_no_blank_line_parts_them() {
    let indented = "Chapter 1\n\n    She came\nat noon.\n    He went\nat one.\n    Nobody stayed.\n";
    assert_eq!(
        read_text(indented).chapters[0].scenes[0].paragraphs,
        ["She came at noon.", "He went at one.", "Nobody stayed."]
    );

    let lines = format!("Chapter 1\n{PROSE}\n“No.”\n{PROSE}\n");
    assert_eq!(
        read_text(&lines).chapters[0].scenes[0].paragraphs,
        [PROSE, "“No.”", PROSE]
    );
}

#[test]
fn what_stands_before_the_first_chapter_is_kept_and_its_contents_are_not() {
    let text = format!(
        "THE LAMP\n\nby Ada O’Hara\n\nFor my mother, who waited.\n\nCONTENTS\n\nCHAPTER I. The Lamp  1\nCHAPTER II. The Sea  9\n\n\
         CHAPTER I.\n\nThe Lamp\n\n{PROSE}\n\nCHAPTER II.\n\nThe Sea\n\n{PROSE}\n"
    );
    let book = read_text(&text);

    assert_eq!(
        headings_of(&book),
        ["Front matter", "Chapter 1: The Lamp", "Chapter 2: The Sea"]
    );
    assert_eq!(
        book.chapters[0].scenes[0].paragraphs,
        ["For my mother, who waited."]
    );
}

#[test]
fn markdown_is_read_by_the_level_of_its_headings() {
    let titled = format!(
        "# The Lamp\n\n## The Storm\n\n{PROSE}\n\n### Later\n\nIt was *late*.\n\n## 2. The Sea\n\n{PROSE}\n"
    );
    let book = read_markdown(&titled);
    assert_eq!(book.title, "The Lamp");
    assert_eq!(headings_of(&book), ["The Storm", "Chapter 2: The Sea"]);
    assert_eq!(
        book.chapters[0].scenes[1].paragraphs,
        ["**Later**", "It was *late*."]
    );

    let flat = format!("# Chapter 1\n\n{PROSE}\n\n# Chapter 2\n\n{PROSE}\n");
    assert_eq!(headings_of(&read_markdown(&flat)), ["Chapter 1", "Chapter 2"]);

    let parted = format!("# Part One\n\n## The Lamp\n\n{PROSE}\n\n# Part Two\n\n## The Sea\n\n{PROSE}\n");
    let parts: Vec<_> = outline(&read_markdown(&parted))
        .into_iter()
        .map(|(part, ..)| part)
        .collect();
    assert_eq!(parts, ["Part One", "Part Two"]);

    let bare = format!("Chapter 1\n\n{PROSE}\n\n**Chapter 2**\n\n{PROSE}\n");
    assert_eq!(headings_of(&read_markdown(&bare)), ["Chapter 1", "Chapter 2"]);
}

#[test]
fn characters_are_read_in_whatever_they_were_saved() {
    let text = format!("Chapter 1\n\n“Où est-il, Zoë?” — {PROSE}\n");
    let utf16 = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let expected = format!("“Où est-il, Zoë?” — {PROSE}");

    for (name, bytes) in [
        ("UTF-8", text.clone().into_bytes()),
        ("with a mark", format!("\u{FEFF}{text}").into_bytes()),
        ("little UTF-16", utf16(u16::to_le_bytes)),
        ("big UTF-16", utf16(u16::to_be_bytes)),
        (
            "marked UTF-16",
            [vec![0xFF, 0xFE], utf16(u16::to_le_bytes)].concat(),
        ),
        (
            "Windows-1252",
            encoding_rs::WINDOWS_1252.encode(&text).0.into_owned(),
        ),
        ("other line ends", text.replace('\n', "\r\n").into_bytes()),
        ("old line ends", text.replace('\n', "\r").into_bytes()),
    ] {
        let book = import(&bytes, None).expect(name);
        assert_eq!(
            book.chapters[0].scenes[0].paragraphs,
            [expected.as_str()],
            "{name}"
        );
    }
}

#[test]
fn what_is_no_manuscript_is_refused_by_its_name() {
    assert_eq!(import(b"", None), Err(ImportError::NoWords));
    assert_eq!(import(b" \n\n* * *\n", None), Err(ImportError::NoWords));
    assert_eq!(
        import(&[1_u8, 2, 3, 4, 200, 7].repeat(100), None),
        Err(ImportError::NotText)
    );
    assert!(matches!(
        import(b"%PDF-1.7 ...", None),
        Err(ImportError::Unsupported { .. })
    ));
    assert!(matches!(
        import(&vec![b'a'; crate::MAX_MANUSCRIPT_BYTES + 1], None),
        Err(ImportError::TooLarge { .. })
    ));
    let docx = crate::export(&Book::default(), Format::Docx).expect("an export");
    assert!(matches!(
        import(&docx, None),
        Err(ImportError::Unsupported { .. })
    ));
}

const CONTAINER: &str =
    r#"<container><rootfiles><rootfile full-path="OEBPS/content.opf"/></rootfiles></container>"#;

fn package(spine: &str) -> String {
    format!(
        r#"<package version="2.0"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>The Lamp</dc:title>
        <dc:creator>Ada</dc:creator><dc:creator>Bo</dc:creator><dc:language>en</dc:language></metadata>
        <manifest><item id="a" href="{spine}" media-type="application/xhtml+xml"/></manifest>
        <spine><itemref idref="a"/></spine></package>"#
    )
}

fn pack(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .expect("a file");
        writer.write_all(bytes).expect("bytes");
    }
    writer.finish().expect("an archive").into_inner()
}

fn epub_of(page: &[u8]) -> Vec<u8> {
    pack(&[
        ("mimetype", b"application/epub+zip"),
        ("META-INF/container.xml", CONTAINER.as_bytes()),
        ("OEBPS/content.opf", package("text/a%20b.xhtml").as_bytes()),
        ("OEBPS/text/a b.xhtml", page),
    ])
}

#[test]
fn an_epub_of_the_second_version_is_read_without_its_scripts_and_styles() {
    let page = format!(
        "<html><head><title>No</title><style>p {{ }}</style></head><body><script>alert('no')</script>\
         <h2>CHAPTER I.<br/>The Lamp</h2><p>{PROSE}</p><hr/><p>It&#8217;s <i>late</i>&nbsp;&mdash; &amp; <span class=\"italic\">dark</span>.</p>\
         <h2>II</h2><div>Bare words <br/> in two lines</div><nav><p>No</p></nav></body></html>"
    );
    let book = import(&epub_of(page.as_bytes()), None).expect("a book");

    assert_eq!(
        (book.title.as_str(), book.author.as_str()),
        ("The Lamp", "Ada, Bo")
    );
    assert_eq!(headings_of(&book), ["Chapter 1: The Lamp", "Chapter 2"]);
    assert_eq!(
        book.chapters[0].scenes[1].paragraphs,
        ["It’s *late*\u{A0}— & *dark*."]
    );
    assert_eq!(
        book.chapters[1].scenes[0].paragraphs,
        ["Bare words\nin two lines"]
    );
}

#[test]
fn entities_that_a_page_defines_are_never_expanded() {
    let page = "<!DOCTYPE html [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\"><!ENTITY c SYSTEM \"file:///etc/passwd\">]>\
                <html><body><p>Here: &b; and &c;</p></body></html>";
    let book = import(&epub_of(page.as_bytes()), None).expect("a book");

    assert_eq!(book.chapters[0].scenes[0].paragraphs, ["Here: &b; and &c;"]);
}

#[test]
fn a_bomb_is_refused_before_it_fills_the_memory() {
    let page = vec![b' '; usize::try_from(crate::MAX_UNPACKED_BYTES).expect("a size") + 1];
    let bomb = epub_of(&page);

    assert!(bomb.len() < 1 << 20);
    assert!(matches!(import(&bomb, None), Err(ImportError::TooLarge { .. })));
}

#[test]
fn a_path_that_leads_out_of_the_archive_is_refused() {
    for path in [
        "../../etc/passwd",
        "/etc/passwd",
        "..\\x",
        "file:///etc/passwd",
        "%2e%2e/%2e%2e/x",
    ] {
        let epub = pack(&[
            ("META-INF/container.xml", CONTAINER.as_bytes()),
            ("OEBPS/content.opf", package(path).as_bytes()),
        ]);
        assert!(
            matches!(import(&epub, None), Err(ImportError::Damaged { .. })),
            "{path}"
        );
    }
}

#[test]
fn a_protected_book_is_refused_as_one_and_hidden_fonts_are_not() {
    let with = |algorithm: &str| {
        let encryption = format!(
            "<encryption><enc:EncryptedData><enc:EncryptionMethod Algorithm=\"{algorithm}\"/></enc:EncryptedData></encryption>"
        );
        pack(&[
            ("META-INF/container.xml", CONTAINER.as_bytes()),
            ("META-INF/encryption.xml", encryption.as_bytes()),
            ("OEBPS/content.opf", package("a.xhtml").as_bytes()),
            ("OEBPS/a.xhtml", b"<html><body><p>Words.</p></body></html>"),
        ])
    };

    assert_eq!(
        import(&with("http://www.w3.org/2001/04/xmlenc#aes128-cbc"), None),
        Err(ImportError::Protected)
    );
    assert!(import(&with("http://www.idpf.org/2008/embedding"), None).is_ok());
}

#[test]
fn a_damaged_book_is_refused_wherever_it_was_cut() {
    let whole = epub_of(format!("<html><body><p>{PROSE}</p></body></html>").as_bytes());
    for length in (4..whole.len()).step_by(7) {
        assert!(
            matches!(
                import(&whole[..length], None),
                Err(ImportError::Damaged { .. } | ImportError::Unsupported { .. })
            ),
            "{length}"
        );
    }
    let no_page = pack(&[
        ("META-INF/container.xml", CONTAINER.as_bytes()),
        ("OEBPS/content.opf", package("a.xhtml").as_bytes()),
    ]);
    assert!(matches!(import(&no_page, None), Err(ImportError::Damaged { .. })));
}

#[test]
fn a_novel_of_five_megabytes_and_hostile_texts_are_read_in_good_time() {
    const SIZE: usize = 5 << 20;
    // What is made to hurt is smaller: a build for tests is not optimised.
    const HOSTILE: usize = 512 << 10;
    // Of a build for tests, on a busy machine; it is there to catch work that grows with the square.
    let limit = Duration::from_secs(60);
    let fill = |unit: &str| unit.repeat(HOSTILE / unit.len() + 1);
    let novel: String = (1..=60)
        .map(|number| {
            format!(
                "Chapter {number}\n\n{}",
                format!("{PROSE}\n\n").repeat(SIZE / 60 / PROSE.len())
            )
        })
        .collect();

    for (name, text) in [
        ("a novel", novel),
        ("one line", fill("word ")),
        ("stars", fill("*a **b ")),
        ("underscores", fill("_a b")),
        ("numbers", fill("1.\n\n")),
        ("headings", fill("Chapter 1\n\n")),
        ("quotes", fill("> ")),
        ("brackets", fill("[a](")),
    ] {
        for format in [Format::Text, Format::Markdown] {
            let started = Instant::now();
            let read = import(text.as_bytes(), Some(format));
            assert!(
                started.elapsed() < limit,
                "{name} as {format:?}: {:?}",
                started.elapsed()
            );
            assert!(
                read.is_ok() || name == "quotes",
                "{name} as {format:?}: {:?}",
                read.err()
            );
        }
    }

    let nested = format!("<html><body><p>{}</p></body></html>", fill("<i>x"));
    let started = Instant::now();
    import(&epub_of(nested.as_bytes()), None).expect("a book");
    assert!(started.elapsed() < limit, "nested: {:?}", started.elapsed());
}
