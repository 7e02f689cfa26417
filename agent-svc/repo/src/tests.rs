//! Whole repositories, odd ones among them: what is read of each, and what its story says.

use crate::analysis::Analysis;
use crate::analysis::model::SkipReason;
use crate::author::{StorySpec, chapter, outline};
use crate::checkout::{Checkout, CheckoutError};
use crate::testing::{Fixture, PACES};

const LEDGER: &str = "\"\"\"Keeps ledgers and their totals.\"\"\"\n\n\ndef add_entry(ledger, entry):\n    \"\"\"Adds one entry to a ledger and returns the new total.\"\"\"\n    ledger.append(entry)\n    return sum(ledger)\n";
const README: &str = "# Kingfisher\n\nKingfisher keeps small ledgers and writes every change into one journal.\n\nThe totals are printed on paper and are sent to the harbour office every night.\n";

fn ledger() -> Fixture {
    Fixture::new().file("src/ledger.py", LEDGER)
}

/// A repository whose README and ledger are the plain ones.
fn plain() -> Fixture {
    ledger().file("README.md", README)
}

/// The whole story of five minutes.
fn told(analysis: &Analysis) -> String {
    let wish = StorySpec {
        duration_minutes: 5,
        ..StorySpec::default()
    };
    let chapters = outline(analysis, &wish, PACES[0]).chapters.len();
    let written = (0..chapters).filter_map(|index| chapter(analysis, &wish, index, PACES[0]));

    written
        .map(|chapter| chapter.content)
        .collect::<Vec<_>>()
        .join("\n\n")
}

#[track_caller]
fn check_readme(fixture: &Fixture, path: &str, paragraph: &str) {
    let analysis = fixture.analysed();
    let readme = analysis.readme.as_ref().expect("a README");

    assert_eq!(readme.path, path);
    assert_eq!(readme.title.as_deref(), Some("Kingfisher"));
    assert!(
        readme.paragraphs.iter().any(|text| text == paragraph),
        "{:?}",
        readme.paragraphs
    );
}

fn skipped(analysis: &Analysis, reason: SkipReason) -> u64 {
    let found = analysis
        .files_skipped
        .iter()
        .find(|skipped| skipped.reason == reason);
    found.map_or(0, |skipped| skipped.files)
}

const CAFE: &str = "The naïve count is printed at the café and is “good enough” for most harbours.";

#[test]
fn a_readme_is_read_in_its_own_encoding() {
    let text = format!("{README}\n{CAFE}\n");
    let wide: Vec<u8> = "\u{feff}"
        .encode_utf16()
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let (western, _, _) = encoding_rs::WINDOWS_1252.encode(&text);

    for bytes in [wide, western.into_owned()] {
        let fixture = ledger().bytes("README.md", &bytes).commit("Begin");
        check_readme(&fixture, "README.md", CAFE);
    }
}

#[test]
fn a_manifest_with_a_byte_order_mark_is_read() {
    let manifest = "\u{feff}{\"name\": \"kingfisher\", \"description\": \"Counts boats in small harbours\", \"dependencies\": {\"express\": \"^4.0.0\"}}\n";
    let analysis = plain()
        .file("package.json", manifest)
        .file("index.js", "exports.a = 1;\n")
        .commit("Begin")
        .analysed();

    assert_eq!(analysis.dependencies[0].name, "express");
    assert_eq!(
        analysis.repo.description.as_deref(),
        Some("Counts boats in small harbours")
    );
    assert!(analysis.notes.is_empty(), "{:?}", analysis.notes);
}

#[test]
fn a_readme_in_another_language_is_read_and_said_to_be() {
    for (language, title, text) in [
        (
            "Russian",
            "Зимородок",
            "Зимородок ведёт небольшие книги учёта и записывает каждое изменение в один журнал.",
        ),
        ("Chinese", "翠鸟", "翠鸟保存小型账本，并把每次更改写入一个日志。"),
        (
            "Arabic",
            "الرفراف",
            "يحتفظ الرفراف بدفاتر صغيرة ويكتب كل تغيير في سجل واحد.",
        ),
    ] {
        let analysis = ledger()
            .file("README.md", &format!("# {title}\n\n{text}\n"))
            .commit("Begin")
            .analysed();
        let readme = analysis.readme.as_ref().expect("a README");

        assert_eq!(readme.title.as_deref(), Some(title));
        assert_eq!(readme.paragraphs, [text]);
        assert_eq!(readme.language.as_deref(), Some(language));
        let story = told(&analysis);
        assert!(story.contains(&format!("written in {language}")), "{story}");
    }

    let both = ledger()
        .file(
            "README.md",
            "# 翠鸟\n\n翠鸟保存小型账本，并把每次更改写入一个日志。\n",
        )
        .file("README.en.md", README)
        .commit("Begin");
    check_readme(
        &both,
        "README.en.md",
        "Kingfisher keeps small ledgers and writes every change into one journal.",
    );
}

#[test]
fn names_and_messages_are_read_in_the_encoding_of_their_commit() {
    let fixture = plain()
        .encoding("ISO-8859-1")
        .author_bytes(b"J\xfcrgen K\xf6\xdf", "juergen@example.org")
        .commit("Begin the ledger");
    let without = plain()
        .author_bytes(b"J\xfcrgen K\xf6\xdf", "juergen@example.org")
        .commit("Begin the ledger");

    for fixture in [fixture, without] {
        let history = fixture.analysed().history.expect("a history");
        assert_eq!(history.contributors[0].name, "Jürgen Köß");
    }
}

#[test]
fn what_is_tracked_is_read_whatever_the_ignore_rules_say() {
    let analysis = plain()
        .file(".gitignore", "lib/\n*.out\n")
        .file("frontend/lib/tides.py", LEDGER)
        .commit("Begin")
        .analysed();

    assert!(
        analysis
            .definitions
            .iter()
            .any(|found| found.path == "frontend/lib/tides.py")
    );
}

#[test]
fn a_readme_behind_a_link_is_read() {
    let sentence = "Kingfisher keeps small ledgers and writes every change into one journal.";
    let linked = ledger()
        .file("docs/introduction.md", README)
        .symlink("README.md", "docs/introduction.md");
    let folder = ledger()
        .file("documentation/README.md", README)
        .symlink("docs", "documentation");
    let chain = ledger()
        .file("text/main.md", README)
        .symlink("docs", "text")
        .symlink("intro.md", "docs/main.md")
        .symlink("README.md", "intro.md");
    let windows = ledger()
        .file("docs/introduction.md", README)
        .file("README.md", "docs/introduction.md");

    check_readme(&linked.commit("Begin"), "docs/introduction.md", sentence);
    check_readme(&folder.commit("Begin"), "documentation/README.md", sentence);
    check_readme(&chain.commit("Begin"), "text/main.md", sentence);
    check_readme(&windows.commit("Begin"), "docs/introduction.md", sentence);

    for target in ["../../etc/passwd", "/etc/passwd", "README.md", "missing.md"] {
        let fixture = ledger().symlink("README.md", target).commit("Begin");
        assert_eq!(fixture.analysed().readme, None, "{target}");
    }
}

#[test]
fn pointers_to_large_files_are_no_code() {
    let mut fixture = plain();
    for number in 10..50 {
        let pointer = format!(
            "version https://git-lfs.github.com/spec/v1\noid sha256:{number:064}\nsize 904052{number}\n"
        );
        fixture = fixture.file(&format!("data/dump_{number}.sql"), &pointer);
    }
    let analysis = fixture.commit("Begin").analysed();

    assert_eq!(skipped(&analysis, SkipReason::StoredElsewhere), 40);
    assert_eq!(analysis.languages[0].name, "Python");
    assert_eq!(
        analysis.notes,
        ["The content of 40 files lies in Git LFS and was not read."]
    );
    let story = told(&analysis);
    assert!(story.contains("Git LFS"), "{story}");
}

#[test]
fn the_readme_is_a_document_in_the_main_language() {
    let sentence = "Kingfisher keeps small ledgers and writes every change into one journal.";
    let french = ledger().file("README.markdown", README).file(
        "README.fr.md",
        "# Martin-pêcheur\n\nLe martin-pêcheur tient de petits livres.\n",
    );
    let source = plain().file("readme.c", "/* Reads me. */\nint main(void) { return 0; }\n");

    check_readme(&french.commit("Begin"), "README.markdown", sentence);
    check_readme(&source.commit("Begin"), "README.md", sentence);
}

#[test]
fn a_broken_manifest_is_told_in_words_for_listeners() {
    let analysis = plain()
        .file("a/package.json", "{,}\n")
        .file("b/package.json", "[]\n")
        .commit("Begin")
        .analysed();
    let story = told(&analysis);

    assert!(
        story.contains("The package manifest in the folder a could not be understood"),
        "{story}"
    );
    for word in ["expected", "line 1", "column", "a sequence"] {
        assert!(!story.contains(word), "{word}: {story}");
    }
}

#[test]
fn a_head_that_names_no_branch_leads_to_the_only_one_or_is_explained() {
    let one = plain().commit("Begin").branch("develop").missing_head("main");
    let analysis = one.analysed();
    assert_eq!(analysis.repo.default_branch.as_deref(), Some("develop"));
    assert_eq!(analysis.history.expect("a history").commits, 1);

    let folder = tempfile::tempdir().expect("a folder");
    one.write_to(folder.path());
    std::fs::write(
        folder.path().join("refs/heads/other"),
        format!("{}\n", one.head().expect("a head")),
    )
    .expect("written");
    let err = Checkout::open(folder.path()).expect_err("two branches");
    assert!(matches!(err, CheckoutError::HeadMissing { .. }));
    assert_eq!(
        err.to_string(),
        "HEAD names the branch `main`, which does not exist; there are `develop` and `other`"
    );

    let empty = tempfile::tempdir().expect("a folder");
    Fixture::new().write_to(empty.path());
    assert!(matches!(Checkout::open(empty.path()), Err(CheckoutError::Empty)));
}

#[test]
fn a_folder_inside_a_repository_leads_to_the_repository() {
    let outer = tempfile::tempdir().expect("a folder");
    let root = outer.path().join("named");
    let git = root.join(".git");
    std::fs::create_dir_all(root.join("src/deep")).expect("folders");
    let fixture = plain().commit("Begin");
    fixture.write_to(&git);
    std::fs::write(
        git.join("config"),
        "[core]\n\trepositoryformatversion = 0\n\tbare = false\n",
    )
    .expect("written");

    for inside in ["src", "src/deep", "."] {
        let checkout = Checkout::open(&root.join(inside)).expect("a checkout");
        assert_eq!(Some(checkout.head.commit), fixture.head());
        let name = checkout.known_as.expect("a name").name;
        assert_eq!(name.as_deref(), (inside != ".").then_some("named"), "{inside}");
    }

    // A linked worktree belongs to the same repository.
    let tree = outer.path().join("feature");
    let private = git.join("worktrees/feature");
    std::fs::create_dir_all(&private).expect("a folder");
    std::fs::create_dir_all(&tree).expect("a folder");
    std::fs::write(tree.join(".git"), format!("gitdir: {}\n", private.display())).expect("written");
    std::fs::write(private.join("HEAD"), "ref: refs/heads/main\n").expect("written");
    std::fs::write(private.join("commondir"), "../..\n").expect("written");
    std::fs::write(
        private.join("gitdir"),
        format!("{}\n", tree.join(".git").display()),
    )
    .expect("written");
    let checkout = Checkout::open(&tree).expect("a worktree");
    assert_eq!(checkout.known_as.expect("a name").name.as_deref(), Some("named"));

    let config = "[core]\n\trepositoryformatversion = 0\n[remote \"origin\"]\n\turl = https://github.com/an-owner/2048.git\n";
    std::fs::write(git.join("config"), config).expect("written");
    let known = Checkout::open(&root)
        .expect("a checkout")
        .known_as
        .expect("a name");
    assert_eq!(
        (known.owner.as_deref(), known.name.as_deref()),
        (Some("an-owner"), Some("2048"))
    );

    let plain = outer.path().join("plain");
    std::fs::create_dir(&plain).expect("a folder");
    assert!(matches!(
        Checkout::open(&plain),
        Err(CheckoutError::NotARepository)
    ));
}

#[test]
fn dates_that_cannot_be_are_left_out() {
    let fixture = plain()
        .at("1970-01-01T00:00:00Z")
        .commit("Begin the ledger")
        .at("1980-01-01T00:00:00Z")
        .commit("Set the clock")
        .at("2023-11-14T22:13:21Z")
        .file("src/one.py", "x = 1\n")
        .commit("Add part 1 of the ledger")
        .at("2023-11-15T22:13:21Z")
        .file("src/two.py", "x = 2\n")
        .commit("Add part 2 of the ledger")
        .tag("v1")
        .at("2100-01-01T00:00:00Z")
        .commit("Add the late part of the ledger");
    let analysis = fixture.analysed();
    let history = analysis.history.clone().expect("a history");

    assert_eq!(history.commits, 5);
    assert_eq!(history.first_at.to_rfc3339(), "2023-11-14T22:13:21+00:00");
    assert_eq!(history.last_at.to_rfc3339(), "2023-11-15T22:13:21+00:00");
    assert_eq!(history.first_subject.as_deref(), Some("Begin the ledger"));
    assert_eq!(history.years.len(), 1);
    assert_eq!(analysis.repo.committed_at, history.last_at);
    let story = told(&analysis);
    for wrong in ["1970", "1980", "2100", "seventy"] {
        assert!(!story.contains(wrong), "{wrong}: {story}");
    }
}

#[test]
fn nothing_hidden_leaves_an_analysis() {
    let readme = "# King\u{1b}[31mfisher\u{202e}\n\nKingfisher keeps small ledgers and writes every change into one journal.\n\nThe totals are \u{202e}printed\u{202c} on paper and are sent to the office.\n";
    let analysis = ledger()
        .file("README.md", readme)
        .file("src/\u{1b}[2Jboat.py", LEDGER)
        .file("src/\u{202e}gnp.py", LEDGER)
        .file(
            "package.json",
            "{\"name\": \"king\\u001b[2J\", \"description\": \"A \\u2066ledger\\u2069 for boats\"}",
        )
        .author("Wren\u{202e} Tully", "wren@example.org")
        .commit("Begin \u{1b}]0;owned\u{7}the ledger")
        .tag("v1\u{2066}")
        .analysed();
    let json = serde_json::to_string(&analysis).expect("JSON");
    let story = told(&analysis);

    for text in [&json, &story] {
        assert!(
            // A file that writes an escape down as `\u001b` is quoted as it is.
            !text.replace("\\\\u", "").contains("\\u001b") && !text.chars().any(crate::text::is_hidden),
            "{text}"
        );
    }
    assert_eq!(
        analysis
            .readme
            .as_ref()
            .and_then(|readme| readme.title.as_deref()),
        Some("Kingfisher")
    );
    assert_eq!(
        analysis.history.expect("a history").contributors[0].name,
        "Wren Tully"
    );
    assert!(json.contains("src/\\\\u{202e}gnp.py"), "{json}");
}

#[test]
fn data_is_counted_apart_from_code() {
    let boats: String = (0..5_000).map(|n| format!("  {{\"id\": {n}}},\n")).collect();
    let keys: String = (0..2_000).map(|n| format!("key{n}: {n}\n")).collect();
    let dump: String = (0..2_000)
        .map(|n| format!("INSERT INTO boats VALUES ({n}, 'boat');\n"))
        .collect();
    let analysis = plain()
        .file("fixtures/boats.json", &format!("[\n{boats}  {{}}\n]\n"))
        .file("all.yml", &keys)
        .file("dump.sql", &dump)
        .commit("Begin")
        .analysed();

    assert!(analysis.totals.code < 20, "{:?}", analysis.totals);
    assert_eq!(analysis.languages.len(), 1, "{:?}", analysis.languages);
    let story = told(&analysis);
    assert!(!story.contains("seven thousand lines of code"), "{story}");
}

#[test]
fn the_first_paragraph_describes_a_project_and_nothing_is_told_twice() {
    let analysis = plain().commit("Begin").analysed();
    assert_eq!(
        analysis.repo.description.as_deref(),
        Some("Kingfisher keeps small ledgers and writes every change into one journal.")
    );

    let story = told(&analysis);
    assert_eq!(story.matches("keeps small ledgers").count(), 1, "{story}");
    assert!(story.contains("printed on paper"), "{story}");
}

#[test]
fn a_readme_of_one_line_is_told() {
    for line in [
        "Kingfisher keeps small ledgers and writes every change into one journal.",
        "Kingfisher converts harbour tables between formats without losing any boats.",
        "Minimal ledger library without dependencies, written by harbour people who count boats.",
    ] {
        let analysis = ledger()
            .file("README.md", &format!("# Kingfisher\n\n{line}\n"))
            .commit("Begin")
            .analysed();
        let story = told(&analysis);
        let words = line
            .trim_start_matches("Kingfisher ")
            .trim_end_matches('.')
            .to_lowercase();
        assert!(story.to_lowercase().contains(&words), "{line}: {story}");
    }
}

#[test]
fn members_of_a_workspace_are_said_without_their_scope() {
    let mut fixture = plain().file(
        "package.json",
        "{\"name\": \"@fleet/root\", \"private\": true, \"workspaces\": [\"packages/*\"]}",
    );
    for name in ["tide", "boat", "pier"] {
        fixture = fixture
            .file(
                &format!("packages/{name}/package.json"),
                &format!("{{\"name\": \"@fleet/{name}\", \"version\": \"1.0.0\"}}"),
            )
            .file(
                &format!("packages/{name}/index.js"),
                "/** Counts boats. */\nexports.count = (n) => n + 1;\n",
            );
    }
    let story = told(&fixture.commit("Begin").analysed());

    assert!(story.contains("boat, pier and tide"), "{story}");
    assert!(!story.contains("fleet"), "{story}");
}

#[test]
fn nobody_is_told_to_use_what_is_not_licensed() {
    for said in ["UNLICENSED", "SEE LICENSE IN TERMS.md", "proprietary"] {
        let manifest =
            format!("{{\"name\": \"kingfisher\", \"version\": \"1.0.0\", \"license\": \"{said}\"}}");
        let analysis = plain().file("package.json", &manifest).commit("Begin").analysed();

        assert_eq!(analysis.licence, None, "{said}");
        let story = told(&analysis).to_lowercase();
        assert!(!story.contains("licence"), "{said}: {story}");
    }
}

#[test]
fn the_busiest_author_is_named_with_the_accents() {
    let mut fixture = plain();
    for number in 0..12 {
        fixture = match number % 4 {
            0 => fixture.author("Wren Tully", "wren@example.org"),
            1 => fixture.author("José Núñez", "jose@example.org"),
            // The same name with its accents as characters of their own, and from another address.
            2 => fixture.author("Jose\u{301} Nu\u{301}n\u{303}ez", "jose@home.example.org"),
            _ => fixture.author("Jose Nunez", "JOSE@example.org"),
        }
        .file(&format!("src/p{number}.py"), &format!("x = {number}\n"))
        .commit(&format!("Add part {number} of the ledger"));
    }
    let analysis = fixture.analysed();
    let history = analysis.history.clone().expect("a history");

    assert_eq!(history.contributors_count, 2);
    assert_eq!(
        (
            history.contributors[0].name.as_str(),
            history.contributors[0].commits
        ),
        ("José Núñez", 9)
    );
    let story = told(&analysis);
    assert!(story.contains("José Núñez"), "{story}");
}

#[test]
fn nobody_takes_the_place_of_a_name_that_cannot_be_said() {
    let fixture = plain()
        .author("Иван Петров", "ivan@example.org")
        .commit("Begin the ledger")
        .file("src/a.py", "x = 1\n")
        .commit("Go on with it")
        .author("Wren Tully", "wren@example.org")
        .file("src/b.py", "x = 1\n")
        .commit("Help a little");
    let story = told(&fixture.analysed());

    assert!(!story.contains("Wren Tully"), "{story}");
}
