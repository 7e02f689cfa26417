//! The files of a project together: where an import leads, which packages there are, what the app reaches.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Import, Source};
use crate::project::ProjectFile;

const ENDS: [&str; 9] = [
    "",
    ".ts",
    ".tsx",
    ".js",
    ".jsx",
    ".d.ts",
    "/index.ts",
    "/index.tsx",
    "/index.js",
];
/// Files that others than the bundler read, which say how imports are spelled.
const SETTINGS: [&str; 6] = [
    "tsconfig.json",
    "tsconfig.app.json",
    "tsconfig.base.json",
    "jsconfig.json",
    "vite.config.ts",
    "vite.config.js",
];

/// Where an import leads.
pub(super) enum Target<'p, 'a> {
    Code(&'p Source<'a>),
    /// A file without names: looks, pictures, data.
    Asset,
    Package(String),
    /// Nobody here can tell.
    Elsewhere,
    Nowhere,
}

pub(super) struct ProjectSources<'p, 'a> {
    sources: Vec<&'p Source<'a>>,
    /// Names of packages and of what types them; nothing where no `package.json` is known.
    pub(super) packages: Option<BTreeSet<String>>,
    /// A type must be imported as one (`verbatimModuleSyntax`).
    pub(super) is_verbatim: bool,
    /// Names that every file has, because one declares them for all.
    pub(super) global_names: BTreeSet<&'a str>,
    by_path: BTreeMap<&'a str, &'p Source<'a>>,
    paths: BTreeSet<&'p str>,
    settings: String,
    page: Option<&'p str>,
}

impl<'p, 'a> ProjectSources<'p, 'a> {
    pub(super) fn read(files: &[&'p ProjectFile], sources: &[&'p Source<'a>]) -> Self {
        let content = |path: &str| {
            let file = files.iter().find(|file| file.path == path);
            file.map(|file| file.content.as_str())
        };
        let settings: String = SETTINGS.iter().filter_map(|path| content(path)).collect();

        Self {
            sources: sources.to_vec(),
            packages: content("package.json").map(read_packages),
            // The scaffold of a project asks for it.
            is_verbatim: content("tsconfig.json").is_none() || is_set(&settings, "verbatimModuleSyntax"),
            global_names: sources
                .iter()
                .filter(|source| declares_for_all(source))
                .flat_map(|source| source.names.bindings.iter().map(|binding| binding.name))
                .collect(),
            by_path: sources.iter().map(|source| (source.path, *source)).collect(),
            paths: files.iter().map(|file| file.path.as_str()).collect(),
            settings,
            page: content("index.html"),
        }
    }

    pub(super) fn sources(&self) -> impl Iterator<Item = &'p Source<'a>> + Clone {
        self.sources.iter().copied()
    }

    pub(super) fn target(&self, source: &Source<'_>, import: &Import<'_>) -> Target<'p, 'a> {
        let from = import.from.split('?').next().unwrap_or_default();
        if !from.starts_with('.') {
            return self.package(from);
        }
        if from.contains('*') {
            return Target::Elsewhere;
        }

        let Some(path) = join_path(source.path, from) else {
            return Target::Nowhere;
        };
        match self.source_at(&path) {
            Some(found) => Target::Code(found),
            None if self.paths.contains(path.as_str()) => Target::Asset,
            None => Target::Nowhere,
        }
    }

    /// The file of code that a path without its ending names.
    pub(super) fn source_at(&self, path: &str) -> Option<&'p Source<'a>> {
        let find = |path: &str| {
            ENDS.iter()
                .find_map(|end| self.by_path.get(format!("{path}{end}").as_str()).copied())
        };
        let typed = path.strip_suffix(".js").or_else(|| path.strip_suffix(".jsx"));

        find(path).or_else(|| find(typed?))
    }

    fn package(&self, from: &str) -> Target<'p, 'a> {
        let mut parts = from.split('/');
        let first = parts.next().unwrap_or_default();
        let is_own = matches!(first, "@" | "~" | "") || first.starts_with(['#', '$']);
        let is_renamed = self.settings.contains(&format!("\"{first}\""))
            || self.settings.contains(&format!("\"{first}/"))
            || self.settings.contains(&format!("'{first}'"))
            || self.settings.contains("baseUrl");
        if first.contains(':') || (is_renamed && !first.is_empty()) || first.is_empty() {
            return Target::Elsewhere;
        }
        if is_own && self.packages.is_some() {
            return Target::Nowhere;
        }

        let name = match first.starts_with('@') {
            true => format!("{first}/{}", parts.next().unwrap_or_default()),
            false => first.to_owned(),
        };
        Target::Package(name)
    }

    /// Whether a package can be imported.
    pub(super) fn has_package(&self, name: &str) -> bool {
        let typed = format!("@types/{}", name.trim_start_matches('@').replace('/', "__"));
        self.packages
            .as_ref()
            .is_none_or(|packages| packages.contains(name) || packages.contains(&typed))
    }

    /// The file that the page loads.
    pub(super) fn entry(&self) -> Option<&'p Source<'a>> {
        let page = self.page.unwrap_or_default();
        let named = scaffold::ENTRIES.iter().find(|path| page.contains(*path));
        let found = named.and_then(|path| self.by_path.get(path));

        found
            .or_else(|| scaffold::ENTRIES.iter().find_map(|path| self.by_path.get(path)))
            .copied()
    }

    /// The files that one leads to.
    pub(super) fn targets(&self, source: &Source<'_>) -> Vec<&'p Source<'a>> {
        let mut found = Vec::new();
        for import in &source.imports {
            if let Target::Code(target) = self.target(source, import) {
                found.push(target);
            } else if let Some((folder, _)) = import.from.split_once('*')
                && let Some(folder) = join_path(source.path, folder.trim_end_matches('*'))
            {
                found.extend(self.sources().filter(|other| other.path.starts_with(&folder)));
            }
        }

        found
    }

    /// The file beside the importing one that has all these names, where only one does.
    pub(super) fn file_with(&self, source: &Source<'_>, names: &[&str]) -> Option<&'p Source<'a>> {
        let mut fitting = self.sources().filter(|other| {
            other.path != source.path
                && (!other.is_test() || source.is_test())
                && !names.is_empty()
                && names.iter().all(|name| {
                    *name != "default" && other.export(name).is_some_and(|export| !export.is_passed_on)
                })
        });
        let found = fitting.next()?;

        fitting.next().is_none().then_some(found)
    }
}

fn declares_for_all(source: &Source<'_>) -> bool {
    let says = [
        "declare global",
        "declare const",
        "declare let",
        "declare var",
        "declare function",
    ];
    source.is_declaration() || says.iter().any(|words| source.tree.text.contains(words))
}

fn read_packages(text: &str) -> BTreeSet<String> {
    let package: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    [
        "dependencies",
        "devDependencies",
        "peerDependencies",
        "optionalDependencies",
    ]
    .into_iter()
    .filter_map(|part| package[part].as_object())
    .flat_map(|listed| listed.keys().cloned())
    .chain(package["name"].as_str().map(str::to_owned))
    .collect()
}

/// Whether a setting is on, in JSON that may have comments.
fn is_set(settings: &str, name: &str) -> bool {
    let quoted = format!("\"{name}\"");
    settings.match_indices(&quoted).any(|(at, _)| {
        let rest = settings[at + quoted.len()..].trim_start_matches([' ', ':', '\t', '\n']);
        rest.starts_with("true")
    })
}

/// The path that a relative one names, seen from a file; nothing above the project.
pub(super) fn join_path(file: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in relative.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }

    Some(parts.join("/"))
}

/// How a file is imported from another one: `../lib/router`.
pub(super) fn relative_path(from: &str, to: &str) -> String {
    let to = to.rsplit_once('.').map_or(to, |(stem, _)| stem);
    let mut here: Vec<&str> = from.split('/').collect();
    here.pop();
    let there: Vec<&str> = to.split('/').collect();
    let same = here
        .iter()
        .zip(&there)
        .take_while(|(one, other)| one == other)
        .count();
    let up = "../".repeat(here.len() - same);

    match up.is_empty() {
        true => format!("./{}", there[same..].join("/")),
        false => format!("{up}{}", there[same..].join("/")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_joined_and_told_from_each_other() {
        assert_eq!(join_path("src/a/b.ts", "../lib/c"), Some("src/lib/c".to_owned()));
        assert_eq!(join_path("src/a.ts", "../../../x"), None);
        assert_eq!(relative_path("src/a/b.ts", "src/lib/c.tsx"), "../lib/c");
        assert_eq!(relative_path("src/a.ts", "src/b.ts"), "./b");
    }
}
