//! Generated projects under Node.js: types, build and their own tests, and that those tests fail for a project that was spoilt.
//!
//! `cp story-svc/scaffold/data/package*.json DIR && npm ci --prefix DIR`, then
//! `SAGA_FORGE_MODULES=DIR/node_modules cargo test -p forge --test node -- --ignored`.

#![expect(
    clippy::print_stdout,
    reason = "what a tool said is for whoever reads the test's output"
)]

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use forge::{Forged, forge_project};

/// A project in a folder that shares the packages of all.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn write(name: &str, idea: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("forge-{name}"));
        let _ = fs::remove_dir_all(&path);
        let Ok(Forged::Project(project)) = forge_project(idea, 0) else {
            panic!("{idea} made no project");
        };

        for file in &project.files {
            let path = path.join(&file.path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, &file.content).expect("a file");
        }
        let modules =
            std::env::var_os("SAGA_FORGE_MODULES").expect("SAGA_FORGE_MODULES names a node_modules");
        symlink(modules, path.join("node_modules")).expect("a link");

        Self { path }
    }

    fn runs(&self, tool: &str, arguments: &[&str]) -> bool {
        let output = Command::new(self.path.join("node_modules/.bin").join(tool))
            .args(arguments)
            .current_dir(&self.path)
            .output()
            .expect("the tool starts");
        let succeeded = output.status.success();
        if !succeeded {
            println!("{}", String::from_utf8_lossy(&output.stdout));
        }

        succeeded
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path.join(path)).expect("a file")
    }

    /// Whether the tests of one file fail once another one is spoilt. It is whole again afterwards.
    fn notices(&self, path: &str, before: &str, after: &str, test: &str) -> bool {
        let whole = self.read(path);
        assert!(whole.contains(before), "{path} has no {before}");
        fs::write(self.path.join(path), whole.replacen(before, after, 1)).expect("a file");
        let passed = self.runs("vitest", &["run", test]);
        fs::write(self.path.join(path), whole).expect("a file");

        !passed
    }
}

#[test]
#[ignore = "needs Node.js and the packages of projects; minutes"]
fn every_idea_becomes_a_project_whose_types_build_and_tests_pass() {
    let ideas = include_str!("../src/tests/ideas.txt")
        .lines()
        .filter_map(|line| line.split_once(": "));
    let mut broken = Vec::new();
    for (name, idea) in ideas {
        let folder = Folder::write(name, idea);
        for (tool, arguments) in [
            ("tsc", ["--noEmit"].as_slice()),
            ("vite", &["build"]),
            ("vitest", &["run"]),
        ] {
            if !folder.runs(tool, arguments) {
                broken.push(format!("{name}: {tool}"));
            }
        }
    }

    assert!(broken.is_empty(), "{broken:?}");
}

#[test]
#[ignore = "needs Node.js and the packages of projects; minutes"]
fn a_project_without_one_of_its_rules_a_filter_or_a_route_fails_its_own_tests() {
    let folder = Folder::write(
        "spoilt",
        "A library with books (title, author, isbn), and loans of books to members. Members can borrow at most 3 books. \
         The due date must not be before the borrowed on date. Filter loans by returned. Isbn must be unique. A title has at most 80 characters.",
    );
    let (rules, test) = ("src/loans/loan.ts", "src/loans/loan.test.ts");
    let lines: Vec<String> = folder
        .read(rules)
        .lines()
        .filter(|line| line.trim_start().starts_with("{ field: '"))
        .map(str::to_owned)
        .collect();
    assert!(lines.len() >= 5, "{lines:?}");

    for line in &lines {
        assert!(
            folder.notices(rules, line, "", test),
            "nothing notices that this rule is gone: {line}"
        );
    }
    assert!(folder.notices(rules, "=== wish.returned)", "!== wish.returned)", test));
    assert!(folder.notices(
        "src/App.tsx",
        "path: '/loans/new'",
        "path: '/loans/gone'",
        "src/features.test.tsx"
    ));
    assert!(folder.runs("vitest", &["run"]), "whole again, it passes");
}
