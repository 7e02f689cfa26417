//! A book as DOCX (ECMA-376, Office Open XML): a title page, headings by the styles that Word's navigation knows, each
//! chapter on a new page.

use std::fmt::Write;

use super::{archive::Archive, language_of, moment_of, title_of, xml::escape_xml};
use crate::{Book, ExportError, headings, inline};

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const CONTENT_TYPES: &str = r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>
<Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/>
<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>
</Types>
"#;
const RELATIONS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>
<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/>
</Relationships>
"#;
const DOCUMENT_RELATIONS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>
</Relationships>
"#;
const WORDS: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";

pub(super) fn write_docx(book: &Book) -> Result<Vec<u8>, ExportError> {
    let mut archive = Archive::new();
    for (name, text) in [
        ("[Content_Types].xml", CONTENT_TYPES),
        ("_rels/.rels", RELATIONS),
        ("word/_rels/document.xml.rels", DOCUMENT_RELATIONS),
        ("word/document.xml", &write_document(book)),
        ("word/styles.xml", &write_styles(book)),
        ("docProps/core.xml", &write_properties(book)),
    ] {
        archive.add_text(name, &format!("{DECLARATION}{text}"))?;
    }

    archive.finish()
}

fn write_document(book: &Book) -> String {
    let mut body = String::new();
    add_paragraph(&mut body, "Title", &write_run(title_of(book), ""));
    for (style, line) in [("Subtitle", &book.author), ("Description", &book.description)] {
        if !line.trim().is_empty() {
            add_paragraph(&mut body, style, &write_run(line.trim(), ""));
        }
    }

    let parted = book.chapters.iter().any(|chapter| chapter.part.is_some());
    for chapter in &book.chapters {
        let heading = chapter.heading(&book.language);
        if let Some(part) = &chapter.part {
            add_heading(&mut body, "Heading1", part, true);
        }
        if !heading.is_empty() {
            let style = if parted { "Heading2" } else { "Heading1" };
            add_heading(&mut body, style, &heading, chapter.part.is_none());
        }

        for (index, scene) in chapter.filled_scenes().enumerate() {
            if index > 0 {
                add_paragraph(&mut body, "SceneBreak", &write_run("* * *", ""));
            }
            for (index, paragraph) in scene.filled_paragraphs().enumerate() {
                let style = if index == 0 { "FirstParagraph" } else { "Normal" };
                add_paragraph(&mut body, style, &write_inline(paragraph));
            }
        }
    }

    if !book.notes.is_empty() {
        add_heading(&mut body, "Heading1", headings::OPEN_FINDINGS, true);
        for note in &book.notes {
            add_paragraph(
                &mut body,
                "Finding",
                &write_run(&format!("• {}", note.trim()), ""),
            );
        }
    }

    format!(
        "<w:document xmlns:w=\"{WORDS}\"><w:body>\n{body}<w:sectPr><w:pgSz w:w=\"11906\" w:h=\"16838\"/>\
         <w:pgMar w:top=\"1440\" w:right=\"1440\" w:bottom=\"1440\" w:left=\"1440\" w:header=\"708\" w:footer=\"708\" w:gutter=\"0\"/>\
         </w:sectPr></w:body></w:document>\n"
    )
}

fn add_paragraph(body: &mut String, style: &str, runs: &str) {
    let _ = writeln!(
        body,
        "<w:p><w:pPr><w:pStyle w:val=\"{style}\"/></w:pPr>{runs}</w:p>"
    );
}

fn add_heading(body: &mut String, style: &str, text: &str, on_new_page: bool) {
    let page = if on_new_page { "<w:pageBreakBefore/>" } else { "" };
    let _ = writeln!(
        body,
        "<w:p><w:pPr><w:pStyle w:val=\"{style}\"/>{page}</w:pPr>{}</w:p>",
        write_run(text.trim(), "")
    );
}

fn write_inline(paragraph: &str) -> String {
    inline::read_spans(paragraph)
        .iter()
        .map(|span| {
            let properties = match (span.emphasis, span.strong) {
                (true, true) => "<w:b/><w:i/>",
                (true, false) => "<w:i/>",
                (false, true) => "<w:b/>",
                (false, false) => "",
            };
            write_run(&span.text, properties)
        })
        .collect()
}

fn write_run(text: &str, properties: &str) -> String {
    let mut run = String::from("<w:r>");
    if !properties.is_empty() {
        let _ = write!(run, "<w:rPr>{properties}</w:rPr>");
    }
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            run.push_str("<w:br/>");
        }
        let _ = write!(run, "<w:t xml:space=\"preserve\">{}</w:t>", escape_xml(line));
    }
    run.push_str("</w:r>");

    run
}

/// Identifier, name, what it is based on, paragraph properties, run properties.
type Style = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const STYLES: &[Style] = &[
    (
        "Normal",
        "Normal",
        "",
        "<w:spacing w:line=\"360\" w:lineRule=\"auto\"/><w:ind w:firstLine=\"454\"/>",
        "",
    ),
    (
        "FirstParagraph",
        "First Paragraph",
        "Normal",
        "<w:ind w:firstLine=\"0\"/>",
        "",
    ),
    (
        "Title",
        "Title",
        "Normal",
        "<w:spacing w:before=\"4000\" w:after=\"400\"/><w:ind w:firstLine=\"0\"/><w:jc w:val=\"center\"/>",
        "<w:b/><w:sz w:val=\"56\"/>",
    ),
    (
        "Subtitle",
        "Subtitle",
        "Normal",
        "<w:spacing w:after=\"800\"/><w:ind w:firstLine=\"0\"/><w:jc w:val=\"center\"/>",
        "<w:sz w:val=\"32\"/>",
    ),
    (
        "Description",
        "Description",
        "Normal",
        "<w:ind w:firstLine=\"0\"/><w:jc w:val=\"center\"/>",
        "<w:i/>",
    ),
    (
        "Heading1",
        "heading 1",
        "Normal",
        "<w:keepNext/><w:spacing w:before=\"1200\" w:after=\"600\"/><w:ind w:firstLine=\"0\"/><w:jc w:val=\"center\"/><w:outlineLvl w:val=\"0\"/>",
        "<w:b/><w:sz w:val=\"36\"/>",
    ),
    (
        "Heading2",
        "heading 2",
        "Normal",
        "<w:keepNext/><w:spacing w:before=\"800\" w:after=\"400\"/><w:ind w:firstLine=\"0\"/><w:jc w:val=\"center\"/><w:outlineLvl w:val=\"1\"/>",
        "<w:b/><w:sz w:val=\"30\"/>",
    ),
    (
        "SceneBreak",
        "Scene Break",
        "Normal",
        "<w:spacing w:before=\"240\" w:after=\"240\"/><w:ind w:firstLine=\"0\"/><w:jc w:val=\"center\"/>",
        "",
    ),
    (
        "Finding",
        "Finding",
        "Normal",
        "<w:spacing w:after=\"120\"/><w:ind w:left=\"454\" w:hanging=\"454\"/>",
        "",
    ),
];

fn write_styles(book: &Book) -> String {
    let mut styles = String::new();
    for (id, name, based_on, paragraph, run) in STYLES {
        let default = if based_on.is_empty() {
            " w:default=\"1\""
        } else {
            ""
        };
        let custom = if matches!(*id, "FirstParagraph" | "Description" | "SceneBreak" | "Finding") {
            " w:customStyle=\"1\""
        } else {
            ""
        };
        let base = if based_on.is_empty() {
            String::new()
        } else {
            format!("<w:basedOn w:val=\"{based_on}\"/><w:next w:val=\"Normal\"/>")
        };

        let _ = writeln!(
            styles,
            "<w:style w:type=\"paragraph\"{default}{custom} w:styleId=\"{id}\"><w:name w:val=\"{name}\"/>{base}<w:qFormat/>\
             <w:pPr>{paragraph}</w:pPr><w:rPr>{run}</w:rPr></w:style>"
        );
    }

    format!(
        "<w:styles xmlns:w=\"{WORDS}\"><w:docDefaults><w:rPrDefault><w:rPr>\
         <w:rFonts w:ascii=\"Georgia\" w:hAnsi=\"Georgia\" w:cs=\"Times New Roman\"/><w:sz w:val=\"24\"/><w:lang w:val=\"{}\"/>\
         </w:rPr></w:rPrDefault></w:docDefaults>\n{styles}</w:styles>\n",
        language_of(book)
    )
}

fn write_properties(book: &Book) -> String {
    let moment = moment_of(book);

    format!(
        "<cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:dcterms=\"http://purl.org/dc/terms/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\
         <dc:title>{}</dc:title><dc:creator>{}</dc:creator><dc:description>{}</dc:description>\
         <dc:identifier>{}</dc:identifier><dc:language>{}</dc:language>\
         <dcterms:created xsi:type=\"dcterms:W3CDTF\">{moment}</dcterms:created>\
         <dcterms:modified xsi:type=\"dcterms:W3CDTF\">{moment}</dcterms:modified></cp:coreProperties>\n",
        escape_xml(title_of(book)),
        escape_xml(book.author.trim()),
        escape_xml(book.description.trim()),
        escape_xml(book.identifier.trim()),
        language_of(book),
    )
}
