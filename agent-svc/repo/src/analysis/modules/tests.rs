//! Parts and what connects them, on small trees of made-up files.

use super::*;
use crate::analysis::languages::Counted;

fn file(path: &str, code: u64, imports: &[&str]) -> FileFacts {
    FileFacts {
        path: path.into(),
        id: gix::ObjectId::null(gix::hash::Kind::Sha1),
        bytes: 0,
        counted: Some(Counted {
            name: "Rust",
            is_code: true,
            code,
            comments: 0,
            blanks: 0,
        }),
        definitions: Vec::new(),
        definition_marks: Vec::new(),
        imports: imports.iter().map(|import| (*import).to_owned()).collect(),
        header_file: None,
        header: path.ends_with("lib.rs").then(|| "Weaves.".to_owned()),
        routes: Vec::new(),
        cases: crate::analysis::cases::Cases::default(),
        todos: [0; 3],
        environment: Vec::new(),
        is_test: places::is_test(path),
        gave_up: false,
        gleaned: Default::default(),
    }
}

fn package(folder: &str, name: &str, ecosystem: &str) -> Package {
    Package {
        folder: folder.into(),
        name: name.into(),
        description: None,
        ecosystem: ecosystem.into(),
    }
}

fn modules(files: Vec<FileFacts>, packages: &[Package]) -> Vec<Module> {
    let survey = Survey {
        files,
        ..Survey::default()
    };
    find(&survey, packages, "loom", &|_| None)
}

/// `path -> targets`.
fn edges(modules: &[Module]) -> Vec<String> {
    let mut lines: Vec<String> = modules
        .iter()
        .filter(|module| !module.depends_on.is_empty())
        .map(|module| format!("{} -> {}", module.path, module.depends_on.join(" ")))
        .collect();
    lines.sort();
    lines
}

#[test]
fn packages_of_a_workspace_are_its_modules() {
    let modules = modules(
        vec![
            file("cards/src/lib.rs", 100, &[]),
            file("loom-core/src/lib.rs", 100, &["cards::Card", "std::fmt"]),
            file("loom-core/src/thread.rs", 100, &["crate::pattern::Pattern"]),
            file("tests/all.rs", 50, &["loom_core::Loom"]),
        ],
        &[
            package("cards", "cards", "Cargo"),
            package("loom-core", "loom-core", "Cargo"),
        ],
    );

    assert!(
        edges(&modules).iter().any(|edge| edge.ends_with("-> cards")),
        "{:?}",
        edges(&modules)
    );
    assert_eq!(modules.last().map(|module| module.role), Some(ModuleRole::Tests));
    assert!(
        modules
            .iter()
            .any(|module| module.purpose.as_deref() == Some("Weaves."))
    );
}

#[test]
fn a_large_source_folder_is_split_and_its_parts_are_linked() {
    let modules = modules(
        vec![
            file("src/main.rs", 20, &["crate::api::serve"]),
            file("src/api.rs", 200, &["crate::store::Store"]),
            file("src/api/users.rs", 300, &["super::auth", "crate::store::users"]),
            file("src/store/mod.rs", 400, &[]),
            file("src/store/users.rs", 400, &["super::Row"]),
            file("src/domain/cards.rs", 500, &["crate::store"]),
        ],
        &[package("", "loom", "Cargo")],
    );

    assert_eq!(
        edges(&modules),
        [
            "src -> src/api",
            "src/api -> src/store",
            "src/domain -> src/store"
        ]
    );
    assert_eq!(modules[0].path, "src/store", "the most used part comes first");
    assert_eq!(modules[0].role, ModuleRole::Data);
    assert_eq!(
        modules
            .iter()
            .find(|module| module.path == "src")
            .map(|module| module.name.as_str()),
        Some("loom")
    );
}

#[test]
fn imports_of_every_language_find_their_files() {
    for (files, packages, expected) in [
        (
            vec![
                file("app/web/views.py", 200, &["app.core.cards.Card", "..core", "os"]),
                file("app/core/cards.py", 200, &[]),
            ],
            vec![],
            vec!["app/web -> app/core"],
        ),
        (
            vec![
                file("src/ui/button.tsx", 200, &["../core/loom", "@/store", "react"]),
                file("src/core/loom.ts", 200, &[]),
                file("src/store/index.ts", 200, &[]),
            ],
            vec![package("", "x", "npm")],
            vec!["src/ui -> src/core src/store"],
        ),
        (
            vec![
                file(
                    "cmd/weave/main.go",
                    200,
                    &["example.org/loom/internal/card", "fmt"],
                ),
                file("internal/card/card.go", 200, &[]),
            ],
            vec![package("", "example.org/loom", "Go modules")],
            vec!["cmd/weave -> internal/card"],
        ),
        (
            vec![
                file("src/main/java/org/x/web/A.java", 200, &["org.x.core.B.Inner"]),
                file("src/main/java/org/x/core/B.java", 200, &[]),
            ],
            vec![],
            vec!["src/main/java/org/x/web -> src/main/java/org/x/core"],
        ),
        (
            vec![
                file("src/net/a.c", 200, &["loom/card.h"]),
                file("include/loom/card.h", 200, &[]),
            ],
            vec![],
            vec!["src/net -> include/loom"],
        ),
    ] {
        assert_eq!(edges(&modules(files, &packages)), expected);
    }
}

#[test]
fn a_small_flat_project_is_told_file_by_file() {
    let modules = modules(
        vec![
            file("lib/index.js", 50, &["./router"]),
            file("lib/router.js", 150, &["./layer"]),
            file("lib/layer.js", 90, &[]),
            file("test/a.js", 500, &["../lib"]),
        ],
        &[package("", "x", "npm")],
    );

    assert_eq!(
        edges(&modules),
        ["lib -> lib/router", "lib/router -> lib/layer", "test -> lib"]
    );
}

#[test]
fn no_modules_without_code() {
    assert!(modules(Vec::new(), &[]).is_empty());
}
