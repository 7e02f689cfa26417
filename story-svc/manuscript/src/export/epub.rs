//! A book as EPUB 3 (W3C EPUB 3.3), with the table of contents of EPUB 2 beside the newer one for old readers.

use std::fmt::Write;

use super::{archive::Archive, language_of, moment_of, title_of, xml::escape_xml};
use crate::{Book, Chapter, ExportError, headings, inline};

const CONTAINER: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
  <rootfiles>
    <rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/>
  </rootfiles>
</container>
"#;
const STYLE: &str = "body { margin: 5%; line-height: 1.4; }
h1, h2 { text-align: center; margin: 2em 0 1.5em; font-weight: normal; }
p { margin: 0; text-indent: 1.5em; }
h2 + p, hr + p, .opening { text-indent: 0; }
hr { border: none; margin: 1.5em 0; text-align: center; }
hr::before { content: \"* * *\"; }
.title-page { text-align: center; }
.title-page p { text-indent: 0; margin: 1em 0; }
.cover { text-align: center; margin: 0; }
.cover img { max-width: 100%; max-height: 100%; }
li { margin: 0.5em 0; }
";

/// A page of the book, and how the table of contents calls it.
struct Page {
    id: String,
    label: String,
    /// The part that begins with it.
    part: Option<String>,
    body: String,
    kind: &'static str,
    listed: bool,
}

pub(super) fn write_epub(book: &Book) -> Result<Vec<u8>, ExportError> {
    let pages = write_pages(book);
    let mut archive = Archive::new();

    // Readers know the format by these bytes at this place.
    archive.store_bytes("mimetype", b"application/epub+zip")?;
    archive.add_text("META-INF/container.xml", CONTAINER)?;
    archive.add_text("EPUB/package.opf", &write_package(book, &pages))?;
    archive.add_text("EPUB/nav.xhtml", &write_navigation(book, &pages))?;
    archive.add_text("EPUB/toc.ncx", &write_ncx(book, &pages))?;
    archive.add_text("EPUB/style.css", STYLE)?;
    if let Some(cover) = &book.cover {
        archive.store_bytes(&format!("EPUB/cover.{}", cover.extension()), cover.bytes())?;
    }

    for page in &pages {
        archive.add_text(&format!("EPUB/{}.xhtml", page.id), &write_page(book, page))?;
    }
    archive.finish()
}

fn write_pages(book: &Book) -> Vec<Page> {
    let mut pages = Vec::new();
    if let Some(cover) = &book.cover {
        pages.push(Page {
            id: "cover".to_owned(),
            label: "Cover".to_owned(),
            part: None,
            body: format!(
                "<div class=\"cover\"><img src=\"cover.{}\" alt=\"Cover of {}\"/></div>\n",
                cover.extension(),
                escape_xml(title_of(book))
            ),
            kind: "cover",
            listed: false,
        });
    }
    pages.push(write_title_page(book));
    for (index, chapter) in book.chapters.iter().enumerate() {
        pages.push(write_chapter(book, index, chapter));
    }
    if !book.notes.is_empty() {
        pages.push(write_notes(book));
    }

    pages
}

fn write_title_page(book: &Book) -> Page {
    let title = escape_xml(title_of(book));
    let mut body = format!("<div class=\"title-page\">\n<h1>{title}</h1>\n");
    for line in [&book.author, &book.description] {
        if !line.trim().is_empty() {
            let _ = writeln!(body, "<p>{}</p>", escape_xml(line.trim()));
        }
    }
    body.push_str("</div>\n");

    Page {
        id: "title".to_owned(),
        label: title_of(book).to_owned(),
        part: None,
        body,
        kind: "titlepage",
        listed: book.chapters.is_empty() && book.notes.is_empty(),
    }
}

fn write_chapter(book: &Book, index: usize, chapter: &Chapter) -> Page {
    let part = chapter
        .part
        .as_deref()
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let heading = chapter.heading(&book.language);
    let mut body = String::new();
    if let Some(part) = part {
        let _ = writeln!(body, "<h1>{}</h1>", escape_xml(part));
    }
    if !heading.is_empty() {
        let _ = writeln!(body, "<h2>{}</h2>", escape_xml(&heading));
    }

    for (index, scene) in chapter.filled_scenes().enumerate() {
        if index > 0 {
            body.push_str("<hr/>\n");
        }
        for paragraph in scene.filled_paragraphs() {
            let _ = writeln!(body, "<p>{}</p>", write_inline(paragraph));
        }
    }

    Page {
        id: format!("chapter-{:03}", index + 1),
        label: chapter.label(&book.language),
        part: part.map(str::to_owned).filter(|_| !heading.is_empty()),
        body,
        kind: "chapter",
        listed: true,
    }
}

fn write_inline(paragraph: &str) -> String {
    let mut written = String::new();
    for span in inline::read_spans(paragraph) {
        let words = escape_xml(&span.text).replace('\n', "<br/>");
        written.push_str(&match (span.emphasis, span.strong) {
            (true, true) => format!("<strong><em>{words}</em></strong>"),
            (true, false) => format!("<em>{words}</em>"),
            (false, true) => format!("<strong>{words}</strong>"),
            (false, false) => words,
        });
    }

    written
}

fn write_notes(book: &Book) -> Page {
    let mut body = format!("<h2>{}</h2>\n<ul>\n", headings::OPEN_FINDINGS);
    for note in &book.notes {
        let _ = writeln!(body, "<li>{}</li>", escape_xml(note.trim()));
    }
    body.push_str("</ul>\n");

    Page {
        id: "findings".to_owned(),
        label: headings::OPEN_FINDINGS.to_owned(),
        part: None,
        body,
        kind: "appendix",
        listed: true,
    }
}

fn write_page(book: &Book, page: &Page) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE html>\n\
         <html xmlns=\"http://www.w3.org/1999/xhtml\" xmlns:epub=\"http://www.idpf.org/2007/ops\" lang=\"{0}\" xml:lang=\"{0}\">\n\
         <head>\n<title>{1}</title>\n<link rel=\"stylesheet\" type=\"text/css\" href=\"style.css\"/>\n</head>\n\
         <body>\n<section epub:type=\"{2}\">\n{3}</section>\n</body>\n</html>\n",
        language_of(book),
        escape_xml(&page.label),
        page.kind,
        page.body,
    )
}

fn write_package(book: &Book, pages: &[Page]) -> String {
    let mut manifest = String::new();
    let mut spine = String::new();
    let mut cover_mark = "";
    if let Some(cover) = &book.cover {
        let _ = writeln!(
            manifest,
            "    <item id=\"cover-image\" href=\"cover.{}\" media-type=\"{}\" properties=\"cover-image\"/>",
            cover.extension(),
            cover.media_type()
        );
        cover_mark = "    <meta name=\"cover\" content=\"cover-image\"/>\n";
    }
    for page in pages {
        let id = &page.id;
        let _ = writeln!(
            manifest,
            "    <item id=\"{id}\" href=\"{id}.xhtml\" media-type=\"application/xhtml+xml\"/>"
        );
        let _ = writeln!(spine, "    <itemref idref=\"{id}\"/>");
    }

    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="book-id" xml:lang="{language}">
  <metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
    <dc:identifier id="book-id">{identifier}</dc:identifier>
    <dc:title>{title}</dc:title>
    <dc:language>{language}</dc:language>
{optional}{cover_mark}    <meta property="dcterms:modified">{modified}</meta>
  </metadata>
  <manifest>
    <item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
    <item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>
    <item id="style" href="style.css" media-type="text/css"/>
{manifest}  </manifest>
  <spine toc="ncx">
{spine}  </spine>
</package>
"#,
        language = language_of(book),
        identifier = escape_xml(&identifier_of(book)),
        title = escape_xml(title_of(book)),
        optional = write_optional(book),
        modified = moment_of(book),
    )
}

/// Elements that may not be there empty.
fn write_optional(book: &Book) -> String {
    let mut optional = String::new();
    let date = book.date.map(|_| moment_of(book)).unwrap_or_default();
    for (element, value) in [
        ("creator", book.author.as_str()),
        ("description", &book.description),
        ("date", &date),
    ] {
        let value = escape_xml(value.trim());
        if !value.is_empty() {
            let _ = writeln!(optional, "    <dc:{element}>{value}</dc:{element}>");
        }
    }

    optional
}

/// A package must have one; a book without is known by its title and author.
fn identifier_of(book: &Book) -> String {
    match book.identifier.trim() {
        "" => format!("{} / {}", title_of(book), book.author.trim()),
        identifier => identifier.to_owned(),
    }
}

fn write_navigation(book: &Book, pages: &[Page]) -> String {
    let mut list = String::new();
    let mut in_part = false;
    for page in pages.iter().filter(|page| page.listed) {
        let link = format!(
            "<li><a href=\"{}.xhtml\">{}</a></li>\n",
            page.id,
            escape_xml(&page.label)
        );
        let ends_part = page.part.is_some() || page.kind != "chapter";
        if in_part && ends_part {
            list.push_str("</ol>\n</li>\n");
            in_part = false;
        }
        if let Some(part) = &page.part {
            let _ = writeln!(
                list,
                "<li><a href=\"{}.xhtml\">{}</a>\n<ol>",
                page.id,
                escape_xml(part)
            );
            in_part = true;
        }
        list.push_str(&link);
    }
    if in_part {
        list.push_str("</ol>\n</li>\n");
    }

    let first = pages
        .iter()
        .find(|page| page.kind == "chapter")
        .map(|page| {
            format!(
                "<li><a epub:type=\"bodymatter\" href=\"{}.xhtml\">Begin</a></li>\n",
                page.id
            )
        })
        .unwrap_or_default();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE html>\n\
         <html xmlns=\"http://www.w3.org/1999/xhtml\" xmlns:epub=\"http://www.idpf.org/2007/ops\" lang=\"{0}\" xml:lang=\"{0}\">\n\
         <head>\n<title>{1}</title>\n</head>\n<body>\n\
         <nav epub:type=\"toc\" id=\"toc\">\n<h1>{1}</h1>\n<ol>\n{list}</ol>\n</nav>\n\
         <nav epub:type=\"landmarks\" hidden=\"hidden\">\n<ol>\n<li><a epub:type=\"titlepage\" href=\"title.xhtml\">Title page</a></li>\n{first}</ol>\n</nav>\n\
         </body>\n</html>\n",
        language_of(book),
        escape_xml(title_of(book)),
    )
}

fn write_ncx(book: &Book, pages: &[Page]) -> String {
    let mut points = String::new();
    for (index, page) in pages.iter().filter(|page| page.listed).enumerate() {
        let label = match &page.part {
            Some(part) => format!("{part} — {}", page.label),
            None => page.label.clone(),
        };
        let _ = writeln!(
            points,
            "    <navPoint id=\"point-{0}\" playOrder=\"{0}\"><navLabel><text>{1}</text></navLabel><content src=\"{2}.xhtml\"/></navPoint>",
            index + 1,
            escape_xml(&label),
            page.id,
        );
    }

    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1" xml:lang="{}">
  <head>
    <meta name="dtb:uid" content="{}"/>
  </head>
  <docTitle><text>{}</text></docTitle>
  <navMap>
{points}  </navMap>
</ncx>
"#,
        language_of(book),
        escape_xml(&identifier_of(book)),
        escape_xml(title_of(book)),
    )
}
