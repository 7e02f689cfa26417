//! Documents of every markup, documentation comments, sentences.

use super::*;

#[test]
fn a_readme_becomes_title_headings_paragraphs_and_highlights() {
    let text = "# Engine :rocket:\n\n[![Build](https://x/b.svg)](https://x) [![Docs](d.svg)](d)\n\n\
        **Engine** weaves _algebraic_ patterns with [`Loom::new()`](https://l). See https://engine.example for more.\n\n\
        [Docs](a) | [Chat](b)\n\n## Features\n\n- Fast looms for everyone\n- No moving parts at all\n\n\
        ## Install\n\n```sh\ncargo install engine\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n";
    let prose = document("README.md", text);

    assert_eq!(prose.title.as_deref(), Some("Engine"));
    assert_eq!(prose.headings, ["Features", "Install"]);
    assert_eq!(
        prose.paragraphs,
        ["Engine weaves algebraic patterns with loom new."]
    );
    assert_eq!(
        prose.highlights,
        ["Fast looms for everyone", "No moving parts at all"]
    );
}

#[test]
fn centred_titles_in_html_are_found() {
    let text = "<h1 align=\"center\">\n  <img src=\"logo.svg\"> Engine\n</h1>\n\n<p align=\"center\">Weaves numbers for the whole family.</p>\n\nMore.";
    let prose = document("README.md", text);
    assert_eq!(prose.title.as_deref(), Some("Engine"));
    assert_eq!(prose.paragraphs, ["Weaves numbers for the whole family."]);
}

#[test]
fn restructured_text_is_understood() {
    let text = "======\nEngine\n======\n\n.. image:: logo.svg\n   :alt: x\n\nEngine runs :ref:`looms` and ``cards``.\n\nUsage\n-----\n\nRun it well and often.\n";
    let prose = document("README.rst", text);
    assert_eq!(prose.title.as_deref(), Some("Engine"));
    assert_eq!(prose.headings, ["Usage"]);
    assert_eq!(
        prose.paragraphs,
        ["Engine runs looms and cards.", "Run it well and often."]
    );
}

#[test]
fn tested_code_of_restructured_text_is_code() {
    let text =
        "Engine\n======\n\nIt runs looms.\n\n.. testcode::\n\n    run(loom)\n\n.. testoutput::\n\n    Done\n";
    let sections = document("README.rst", text).sections;
    let blocks: Vec<&Block> = sections.iter().flat_map(|section| &section.blocks).collect();
    assert!(
        blocks
            .iter()
            .any(|block| matches!(block, Block::Code { text, .. } if text.contains("run(loom)"))),
        "{blocks:?}"
    );
    assert!(!format!("{blocks:?}").contains("Done"));
}

#[test]
fn documentation_comments_become_their_first_paragraph() {
    for (raw, plain) in [
        (
            "Parses a [`Url`] strictly.\n\n# Errors\nWhen it is bad.",
            Some("Parses a Url strictly."),
        ),
        (
            "Fetch the thing.\n@param x the x\n@return y",
            Some("Fetch the thing."),
        ),
        (
            "Returns {@link HttpClient} for <b>all</b> hosts.",
            Some("Returns http client for all hosts."),
        ),
        ("# Heading only", None),
        ("```\nlet x = 1;\n```", None),
        ("Do it now.\n\nArgs:\n  x: y", Some("Do it now.")),
        (
            "Wraps a :class:`~flask.app.Flask` or a :py:meth:`run() <x>`.",
            Some("Wraps a Flask or a run."),
        ),
    ] {
        assert_eq!(doc(raw).as_deref(), plain, "{raw}");
    }
}

#[test]
fn sentences_end_where_people_end_them() {
    assert_eq!(
        sentences("Runs e.g. Linux 5.4 here. It is fast! Version 1.2 is out."),
        ["Runs e.g. Linux 5.4 here.", "It is fast!", "Version 1.2 is out."]
    );
    assert_eq!(cut("One two three. Four five six.", 16), "One two three.");
    assert_eq!(cut("One two three four", 9), "One two…");
}

/// `line kind text` of every block, with its heading above it.
fn outline(path: &str, text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for section in document(path, text).sections {
        if let Some(heading) = &section.heading {
            out.push(format!("{} h{} {heading}", section.line, section.level));
        }
        for block in section.blocks {
            let line = block.line();
            out.push(match block {
                Block::Paragraph { text, .. } => format!("{line} p {text}"),
                Block::Quote { text, .. } => format!("{line} quote {text}"),
                Block::Item {
                    text, depth, linked, ..
                } => format!("{line} item{depth}{} {text}", if linked { "!" } else { "" }),
                Block::Row { cells, header, .. } => {
                    format!("{line} row{} {}", if header { "!" } else { "" }, cells.join("|"))
                }
                Block::Code { language, text, .. } => {
                    format!("{line} code {} {}", language.unwrap_or_default(), text.trim())
                }
            });
        }
    }

    out
}

#[test]
fn a_document_keeps_its_structure_and_its_lines() {
    let text = "# Boats :rocket:\n\nIt keeps **small** ledgers, see [`add_entry()`](x).\nTwo lines.\n\n\
        > [!NOTE]\n> Old ledgers are kept.\n\n## Features 🚢\n\n- Fast\n  - Nested one\n- Second\n\n  More of it.\n- [Docs](d)\n\n\
        | Name | Use |\n|------|-----|\n| `tide` | counts tides |\n\n```sh title=\"x\"\nboats --now\n```\n\n<details>\n<summary>More</summary>\n\nHidden words here.\n\n</details>\n";

    assert_eq!(
        outline("README.md", text),
        [
            "1 h1 Boats",
            "3 p It keeps small ledgers, see `add_entry()`. Two lines.",
            "7 quote Old ledgers are kept.",
            "9 h2 Features",
            "11 item1 Fast",
            "12 item2 Nested one",
            "13 item1 Second More of it.",
            "16 item1! Docs",
            "18 row! Name|Use",
            "20 row `tide`|counts tides",
            "22 code sh boats --now",
            "27 p More",
            "29 p Hidden words here.",
        ]
    );
}

#[test]
fn html_is_read_like_the_markdown_around_it() {
    let text = "<h1 align=\"center\">Kingfisher &amp; Sons</h1>\n\n<p align=\"center\">Kingfisher is a ledger that doesn&#39;t forget &mdash; it&rsquo;s made for harbours &hellip; and offices.</p>\n\n\
        <!-- a comment\nof two lines -->\n<table><tr><th>Name</th></tr>\n<tr><td>tide&nbsp;table</td></tr></table>\n\n<ul><li>Counts <b>boats</b></li></ul>\n";

    assert_eq!(
        outline("README.md", text),
        [
            "1 h1 Kingfisher & Sons",
            "3 p Kingfisher is a ledger that doesn't forget — it’s made for harbours … and offices.",
            "7 row! Name",
            "8 row tide table",
            "10 item1 Counts boats",
        ]
    );

    let open = "<h1>\n\nKingfisher\n\n</h1>\n\nWords below it.\n";
    assert_eq!(document("README.md", open).title.as_deref(), Some("Kingfisher"));
    assert_eq!(
        unescape("a &lt; b &bogus; &#x2019; &#150; &copy &"),
        "a < b &bogus; ’ – &copy &"
    );
}

#[test]
fn front_matter_is_no_part_of_a_document() {
    for front in [
        "---\n# How a card is written\nlicense: apache-2.0\ntags:\n- counting of small boats\n- ledgers\n---\n",
        "---\ntitle: Card\nsummary: >\n  Words in here.\n...\n",
        "+++\ntitle = \"Card\"\n+++\n",
        "{\n  \"title\": \"Card\"\n}\n",
        "---\n---\n",
    ] {
        let text = format!("{front}\n# Kingfisher\n\nIt keeps small ledgers.\n");
        let prose = document("README.md", &text);

        assert_eq!(prose.title.as_deref(), Some("Kingfisher"), "{front}");
        assert!(
            prose.headings.is_empty() && prose.highlights.is_empty(),
            "{front}"
        );
        assert_eq!(prose.paragraphs, ["It keeps small ledgers."], "{front}");
        assert_eq!(
            prose.sections[0].line as usize,
            front.lines().count() + 2,
            "{front}"
        );
    }

    let rules = "---\n\nIt keeps small ledgers.\n\n---\n\n# Kingfisher\n";
    assert_eq!(
        document("README.md", rules).paragraphs,
        ["It keeps small ledgers."]
    );
}

#[test]
fn every_markup_has_its_title_and_its_paragraphs() {
    for (path, text) in [
        (
            "README.rst",
            "##########\nKingfisher\n##########\n\n:Author: Ada\n\n.. image:: x.png\n   :alt: x\n\n.. note:: Old books stay.\n\nIt keeps small ledgers, see `the guide <x>`_ or docs_.\n\nUsage\n=====\n\nRun it::\n\n    boats now\n\nThen look at it.\n",
        ),
        (
            "README.adoc",
            "= Kingfisher\nAda Hill <ada@example.org>\nv1.0, 2024-01-01\n:toc:\n:name: docs\n\nimage::x.png[]\n\nNOTE: Old books stay.\n\nIt keeps small ledgers, see https://x.org/guide[the guide] or {name}.\n\n== Usage\n\n.Start it\n[source,sh]\n----\nboats now\n----\n\nThen look at it.\n",
        ),
        (
            "README.org",
            "#+TITLE: Kingfisher\n#+AUTHOR: Ada\n\nOld books stay.\n\nIt keeps small ledgers, see [[https://x][the guide]] or docs.\n\n* Usage\n#+BEGIN_SRC sh\nboats now\n#+END_SRC\n\nThen look at it.\n",
        ),
        (
            "README.textile",
            "h1. Kingfisher\n\nOld books stay.\n\nIt keeps small ledgers, see the guide or docs.\n\nh2. Usage\n\nThen look at it.\n",
        ),
        (
            "README.rdoc",
            "= Kingfisher\n\nOld books stay.\n\nIt keeps small ledgers, see the guide or docs.\n\n== Usage\n\n    boats now\n\nThen look at it.\n",
        ),
        (
            "README",
            "Kingfisher\n\n    Old books stay.\n\n    It keeps small ledgers, see the guide or docs.\n\nUsage\n-----\n\n    $ boats --now\n\nThen look at it.\n",
        ),
        (
            "README.txt",
            "Kingfisher\n==========\n\nOld books stay.\n\nIt keeps small ledgers, see the guide or docs.\n\nUsage\n-----\n\nThen look at it.\n",
        ),
        (
            "README.mdx",
            "import X from './x'\n\n# Kingfisher\n\nOld books stay.\n\nIt keeps small ledgers, see the guide or docs.\n\n## Usage\n\nThen look at it.\n",
        ),
    ] {
        let prose = document(path, text);
        assert_eq!(prose.title.as_deref(), Some("Kingfisher"), "{path}");
        assert_eq!(prose.headings, ["Usage"], "{path}");
        let told: Vec<&str> = prose
            .paragraphs
            .iter()
            .map(|text| text.trim_start_matches("NOTE: "))
            .collect();
        assert_eq!(
            told,
            [
                "Old books stay.",
                "It keeps small ledgers, see the guide or docs.",
                "Then look at it."
            ],
            "{path}"
        );
    }
}

#[test]
fn marks_of_other_markups_leave_nothing_behind() {
    for (path, text, expected) in [
        (
            "a.rst",
            "See `the long\nguide <https://x.org>`_ and ``__doc__`` of it.",
            "See the long guide and `__doc__` of it.",
        ),
        (
            "a.adoc",
            "Place it in [.path]_src/docs_ and read *this*.",
            "Place it in src/docs and read this.",
        ),
        (
            "a.adoc",
            "-----\ncode\n-----\n\nWords below it.",
            "Words below it.",
        ),
        (
            "a.org",
            "The library =org-ql= is ~small~ and /quick/ to load.",
            "The library `org-ql` is `small` and quick to load.",
        ),
        (
            "a.rdoc",
            "See {the guide}[rdoc-ref:x.rdoc] and Bras[https://x.org] for more.",
            "See the guide and Bras for more.",
        ),
        (
            "a.md",
            "Add a .gitignore file , then go .",
            "Add a .gitignore file, then go.",
        ),
    ] {
        let said = document(path, text)
            .sections
            .remove(0)
            .blocks
            .into_iter()
            .rev()
            .find_map(|block| match block {
                Block::Paragraph { text, .. } => Some(text),
                _ => None,
            });
        assert_eq!(said.as_deref(), Some(expected), "{path}");
    }
}

#[test]
fn code_keeps_its_language_in_every_markup() {
    for (path, text, line) in [
        ("a.md", "Words.\n\n```sh\nboats now\n```\n", 3),
        (
            "a.rst",
            "Words.\n\n.. code-block:: sh\n   :caption: x\n\n   boats now\n\nMore words.\n",
            3,
        ),
        ("a.adoc", "Words.\n\n[source,sh]\n----\nboats now\n----\n", 4),
        ("a.org", "Words.\n\n#+begin_src sh\nboats now\n#+end_src\n", 3),
    ] {
        let code = document(path, text)
            .sections
            .remove(0)
            .blocks
            .into_iter()
            .find_map(|block| match block {
                Block::Code { language, text, line } => Some((language, text.trim().to_owned(), line)),
                _ => None,
            });
        assert_eq!(
            code,
            Some((Some("sh".into()), "boats now".into(), line)),
            "{path}"
        );
    }
}

#[test]
fn other_languages_are_read_too() {
    let chinese = document(
        "README.md",
        "# 翠鸟\n\n翠鸟保存小型账本，并把每次更改写入一个日志。每天晚上都会打印总数。\n",
    );
    assert_eq!(chinese.title.as_deref(), Some("翠鸟"));
    assert_eq!(
        chinese.paragraphs,
        ["翠鸟保存小型账本，并把每次更改写入一个日志。 每天晚上都会打印总数。"]
    );

    let russian = "Зимородок ведёт небольшие книги учёта и записывает каждое изменение в один журнал.";
    assert_eq!(
        document("README.md", &format!("# Зимородок\n\n{russian}\n")).paragraphs,
        [russian]
    );
}

#[test]
fn nothing_hidden_is_in_a_document() {
    let prose = document(
        "README.md",
        "# King\u{1b}[31mfisher\u{202e}\n\nThe totals are \u{202e}printed\u{202c} on paper.\n",
    );
    assert_eq!(prose.title.as_deref(), Some("Kingfisher"));
    assert_eq!(prose.paragraphs, ["The totals are printed on paper."]);
}

#[test]
fn a_role_before_a_name_is_not_read() {
    let text = "# Kiln\n\nUse {func}`bake` for bread. {pr}`12`\n";
    let prose = document("docs/kiln.md", text);
    let told: Vec<&str> = prose
        .sections
        .iter()
        .flat_map(|section| &section.blocks)
        .filter_map(|block| match block {
            Block::Paragraph { text, .. } => Some(text.trim()),
            _ => None,
        })
        .collect();
    assert_eq!(told, ["Use `bake` for bread."]);
}

#[test]
fn the_number_of_a_note_is_no_word_of_its_sentence() {
    let text = "# Mill\n\nIt serves datasets that grow.<sup><a href=x>1</a></sup>\n";
    let prose = document("README.md", text);

    assert_eq!(prose.paragraphs, ["It serves datasets that grow."]);
}
