//! The files of a web project that its people don't write: package, lock file, page, configuration of types, build and tests.
//!
//! A function of what a project is called, holds and needs: the same project has the same scaffold. Packages are those of
//! `data/package.json`, whose lock file npm made once; what a project needs beside them is pinned too, and then there is no
//! lock file, because only a registry knows what one would say.

mod readme;

use serde_json::{Map, Value};

pub use readme::{Feature, escape_markup};

const LOCK: &str = include_str!("../data/package-lock.json");
const PACKAGE: &str = include_str!("../data/package.json");
const PAGE: &str = include_str!("../data/index.html");
/// What tests run before they begin, where a project has it.
const SETUP: &str = "src/test/setup.ts";
/// Where a page may begin; the first that is there.
pub const ENTRIES: [&str; 8] = [
    "src/main.tsx",
    "src/main.ts",
    "src/main.jsx",
    "src/main.js",
    "src/index.tsx",
    "src/index.ts",
    "src/index.jsx",
    "src/index.js",
];
/// Paths of a scaffold; a project may lack some of them.
pub const PATHS: [&str; 7] = [
    ".gitignore",
    "README.md",
    "index.html",
    "package-lock.json",
    "package.json",
    "tsconfig.json",
    "vite.config.ts",
];

/// What a scaffold is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScaffoldSpec {
    pub title: String,
    pub description: String,
    pub features: Vec<Feature>,
    /// As its author wrote it; one is made of the rest where this is not given.
    pub readme: Option<String>,
    /// `name@version`, the version exact.
    pub dependencies: Vec<String>,
    /// Of the files that people write.
    pub paths: Vec<String>,
}

/// Path and content of each file, by path.
#[must_use]
pub fn write_scaffold(spec: &ScaffoldSpec) -> Vec<(&'static str, String)> {
    let (added, unpinned) = added_packages(&spec.dependencies);
    let readme = match &spec.readme {
        Some(readme) => readme.clone(),
        None => readme::write_readme(spec, &unpinned, added.is_empty()),
    };

    let mut files = vec![
        (".gitignore", include_str!("../data/gitignore").to_owned()),
        ("README.md", readme),
        ("index.html", write_page(spec)),
    ];
    if added.is_empty() {
        files.push(("package-lock.json", LOCK.to_owned()));
    }
    files.extend([
        ("package.json", write_package(added)),
        ("tsconfig.json", include_str!("../data/tsconfig.json").to_owned()),
        ("vite.config.ts", write_build(spec)),
    ]);

    files
}

/// The packages that every project has, as `name@version`.
#[must_use]
pub fn base_packages() -> Vec<String> {
    base()
        .map(|(name, version)| format!("{name}@{version}"))
        .collect()
}

fn base() -> impl Iterator<Item = (String, String)> {
    let package: Value = serde_json::from_str(PACKAGE).unwrap_or_default();
    let parts = ["dependencies", "devDependencies"].map(|part| package[part].clone());

    parts.into_iter().flat_map(|part| match part {
        Value::Object(part) => part
            .into_iter()
            .map(|(name, version)| (name, version.as_str().unwrap_or_default().to_owned()))
            .collect(),
        _ => Vec::new(),
    })
}

/// What a project needs beside the base, and what it names without an exact version, which is not installed.
fn added_packages(wanted: &[String]) -> (Vec<(String, String)>, Vec<String>) {
    let known: Vec<(String, String)> = base().collect();
    let (mut added, mut unpinned) = (Vec::<(String, String)>::new(), Vec::new());

    for text in wanted {
        let text = text.trim();
        // The name of a package in a scope begins with `@`.
        let at = text.char_indices().skip(1).find(|(_, letter)| *letter == '@');
        let (name, version) = at.map_or((text, ""), |(at, _)| (&text[..at], &text[at + 1..]));
        let is_known = known.iter().chain(&added).any(|(has, _)| has == name);

        if is_known || !is_package(name) {
            continue;
        }
        if is_exact(version) {
            added.push((name.to_owned(), version.to_owned()));
        } else {
            unpinned.push(name.to_owned());
        }
    }

    (added, unpinned)
}

/// A name that npm takes for a new package.
fn is_package(name: &str) -> bool {
    let part = |part: &str| {
        let fine = |letter: char| {
            letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '-' | '_' | '.')
        };
        !part.is_empty() && !part.starts_with(['.', '_']) && part.chars().all(fine)
    };

    name.len() <= 214
        && match name.strip_prefix('@').map(|scoped| scoped.split_once('/')) {
            Some(Some((scope, name))) => part(scope) && part(name),
            Some(None) => false,
            None => part(name),
        }
}

/// `1.2.3`, maybe with what comes behind a `-` or a `+`.
fn is_exact(version: &str) -> bool {
    let core = version.split(['-', '+']).next().unwrap_or_default();
    let numbers: Vec<_> = core.split('.').collect();
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '+');

    numbers.len() == 3
        && numbers
            .iter()
            .all(|number| !number.is_empty() && number.chars().all(|digit| digit.is_ascii_digit()))
        && version.len() <= 64
        && version.chars().all(allowed)
}

fn write_package(added: Vec<(String, String)>) -> String {
    if added.is_empty() {
        return PACKAGE.to_owned();
    }

    let mut package: Value = serde_json::from_str(PACKAGE).unwrap_or_default();
    if let Some(dependencies) = package["dependencies"].as_object_mut() {
        let mut all: Vec<(String, Value)> = std::mem::take(dependencies).into_iter().collect();
        all.extend(
            added
                .into_iter()
                .map(|(name, version)| (name, Value::from(version))),
        );
        all.sort_by(|(one, _), (other, _)| one.cmp(other));
        *dependencies = Map::from_iter(all);
    }

    format!("{package:#}\n")
}

fn write_page(spec: &ScaffoldSpec) -> String {
    let entry = ENTRIES
        .iter()
        .find(|entry| spec.paths.iter().any(|path| path == *entry))
        .unwrap_or(&ENTRIES[0]);

    PAGE.replace("/src/main.tsx", &format!("/{entry}"))
        .replace("__TITLE__", &escape_markup(&spec.title))
}

fn write_build(spec: &ScaffoldSpec) -> String {
    let build = include_str!("../data/vite.config.ts");
    match spec.paths.iter().any(|path| path == SETUP) {
        true => build.to_owned(),
        false => build.replace(&format!(" setupFiles: ['{SETUP}'],"), ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> ScaffoldSpec {
        ScaffoldSpec {
            title: "Recipes".to_owned(),
            paths: vec!["src/main.tsx".to_owned(), SETUP.to_owned()],
            ..ScaffoldSpec::default()
        }
    }

    fn file(spec: &ScaffoldSpec, wanted: &str) -> Option<String> {
        let files = write_scaffold(spec);
        files
            .into_iter()
            .find(|(path, _)| *path == wanted)
            .map(|(_, content)| content)
    }

    #[test]
    fn a_project_without_packages_of_its_own_has_the_lock_file_that_npm_made() {
        let mut spec = spec();
        spec.dependencies = base_packages();

        assert_eq!(file(&spec, "package.json").unwrap(), PACKAGE);
        assert_eq!(file(&spec, "package-lock.json").unwrap(), LOCK);
        let paths: Vec<_> = write_scaffold(&spec).iter().map(|(path, _)| *path).collect();
        assert_eq!(paths, PATHS);
    }

    #[test]
    fn packages_of_its_own_are_pinned_and_there_is_no_lock_file_that_would_lie() {
        let mut spec = spec();
        spec.dependencies = [
            "zustand@5.0.1",
            "@tanstack/query@5.1.0",
            "react@1.0.0",
            "lodash",
            "d3@^7",
            "../x@1.0.0",
        ]
        .map(str::to_owned)
        .to_vec();

        let package: Value = serde_json::from_str(&file(&spec, "package.json").unwrap()).unwrap();
        let listed: Vec<_> = package["dependencies"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(listed, ["@tanstack/query", "react", "react-dom", "zustand"]);
        assert_eq!(package["dependencies"]["react"], "19.3.1", "the base stays");
        assert_eq!(file(&spec, "package-lock.json"), None);
        let readme = file(&spec, "README.md").unwrap();
        assert!(
            readme.contains("lodash, d3") && readme.contains("npm install"),
            "{readme}"
        );
    }

    #[test]
    fn the_page_begins_where_the_project_does_and_tests_are_set_up_where_there_is_a_setup() {
        let mut spec = spec();
        assert!(file(&spec, "vite.config.ts").unwrap().contains(SETUP));

        spec.paths = vec!["src/index.js".to_owned()];
        assert!(
            file(&spec, "index.html")
                .unwrap()
                .contains("src=\"/src/index.js\"")
        );
        assert!(!file(&spec, "vite.config.ts").unwrap().contains("setupFiles"));
    }

    #[test]
    fn nothing_that_people_say_is_markup_in_the_scaffold() {
        let mut spec = spec();
        spec.title = "</title><script>alert(1)</script>".to_owned();
        spec.description = "# Not a heading [x](javascript:alert(1))".to_owned();

        let (page, readme) = (
            file(&spec, "index.html").unwrap(),
            file(&spec, "README.md").unwrap(),
        );
        assert!(!page.contains("<script>alert"), "{page}");
        assert!(
            !readme.contains("<script>") && !readme.contains("[x]("),
            "{readme}"
        );
    }
}
