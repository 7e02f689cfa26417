//! What those who use a project can call by name: only what its entry exports by its own text. Routes and flags are
//! told elsewhere.

use std::sync::LazyLock;

use regex::Regex;

use crate::analysis::model::{Analysis, Definition, EntryPoint, EntryPointKind as Entry, PublicName};
use crate::analysis::survey::{FileFacts, rank};

const MOST: usize = 40;

/// The exported names, the best documented first; empty when no entry shows any.
pub(crate) fn public_names(
    analysis: &Analysis,
    files: &[FileFacts],
    read: &dyn Fn(&FileFacts) -> Option<String>,
) -> Vec<PublicName> {
    let entries = analysis
        .entry_points
        .iter()
        .filter(|entry| entry.kind == Entry::Library);

    for entry in entries.take(4) {
        let Some(file) = files.iter().find(|file| file.path == entry.path) else {
            continue;
        };
        let names = of_entry(entry, file, files, read);
        if names.len() > 1 {
            return ranked(names, &entry.path, files);
        }
    }

    go_package(analysis, files)
}

fn of_entry(
    entry: &EntryPoint,
    file: &FileFacts,
    files: &[FileFacts],
    read: &dyn Fn(&FileFacts) -> Option<String>,
) -> Vec<String> {
    let Some(text) = read(file) else { return Vec::new() };
    let extension = entry.path.rsplit_once('.').map_or("", |(_, extension)| extension);

    match extension {
        "rs" => rust(&text, file),
        "js" | "cjs" | "mjs" | "ts" | "mts" | "tsx" => javascript(&text, file, files, read),
        "py" => python(&text, file),
        "hs" | "kt" | "swift" | "rb" | "ex" | "jl" => public_definitions(file),
        _ => Vec::new(),
    }
}

fn captures(pattern: &'static LazyLock<Option<Regex>>, text: &str) -> Vec<String> {
    pattern
        .iter()
        .flat_map(|pattern| pattern.captures_iter(text))
        .map(|groups| groups[1].to_owned())
        .collect()
}

/// Names in a list such as `a, b as c, type d`: as they are called outside.
fn listed(list: &str) -> impl Iterator<Item = String> + '_ {
    list.split(',').filter_map(|item| {
        let item = item.split("//").next().unwrap_or_default().trim();
        let name = item.rsplit(" as ").next().unwrap_or(item).trim();
        let name = name.strip_prefix("type ").unwrap_or(name);
        let name = name.rsplit("::").next().unwrap_or(name);
        let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$');
        (plain && !matches!(name, "self" | "default" | "super" | "crate")).then(|| name.to_owned())
    })
}

fn public_definitions(file: &FileFacts) -> Vec<String> {
    let shown = file
        .definitions
        .iter()
        .filter(|found| found.public && found.parent.is_none());
    shown.map(|found| found.name.clone()).collect()
}

/// `pub use a::{B, C}` and what lib.rs defines as `pub` itself.
fn rust(text: &str, file: &FileFacts) -> Vec<String> {
    static USE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r"(?m)^pub use (?:::)?(?:[\w:]*::)?(\{[^}]*\}|\w+(?: as \w+)?);").ok()
    });

    let mut names: Vec<String> = captures(&USE, text)
        .iter()
        .flat_map(|list| listed(list.trim_matches(['{', '}'])).collect::<Vec<_>>())
        .collect();
    // `pub(crate)` is public to nobody outside.
    let own = file.definitions.iter().filter(|found| {
        let line = text
            .lines()
            .nth((found.line as usize).saturating_sub(1))
            .unwrap_or_default();
        found.parent.is_none() && line.trim_start().starts_with("pub ") && !line.starts_with(' ')
    });
    names.extend(own.map(|found| found.name.clone()));

    names
}

/// `export …`, `exports.x = …`, `module.exports = { … }`, and one step through `module.exports = require('./lib/x')`.
fn javascript(
    text: &str,
    file: &FileFacts,
    files: &[FileFacts],
    read: &dyn Fn(&FileFacts) -> Option<String>,
) -> Vec<String> {
    static ONWARD: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r#"module\.exports\s*=\s*require\(['"](\.[^'"]+)['"]\)\s*;?\s*$"#).ok()
    });
    static ASSIGNED: LazyLock<Option<Regex>> =
        LazyLock::new(|| crate::pattern::compile(r"(?m)^(?:module\.)?exports\.(\w+)\s*=").ok());
    static OBJECT: LazyLock<Option<Regex>> =
        LazyLock::new(|| crate::pattern::compile(r"(?s)module\.exports\s*=\s*\{([^{}()]*)\}").ok());
    static DECLARED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r"(?m)^export\s+(?:declare\s+)?(?:async\s+)?(?:abstract\s+)?(?:function\*?|class|const|let|var|interface|type|enum)\s+(\w+)").ok()
    });
    static LIST: LazyLock<Option<Regex>> =
        LazyLock::new(|| crate::pattern::compile(r"(?ms)^export\s+(?:type\s+)?\{([^}]*)\}").ok());

    if let Some(target) = captures(&ONWARD, text).first() {
        let path = crate::analysis::modules::imports::join(file.folder(), target);
        let next = [path.clone(), format!("{path}.js"), format!("{path}/index.js")];
        let onward = files
            .iter()
            .find(|other| next.contains(&other.path) && other.path != file.path);
        let text = onward.and_then(read);
        if let (Some(onward), Some(text)) = (onward, text)
            && captures(&ONWARD, &text).is_empty()
        {
            return javascript(&text, onward, files, read);
        }
    }

    let mut names = captures(&ASSIGNED, text);
    for list in captures(&OBJECT, text) {
        names.extend(list.split(',').filter_map(|item| {
            let name = item.split(':').next()?.trim();
            let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
            plain.then(|| name.to_owned())
        }));
    }
    names.extend(captures(&DECLARED, text));
    for list in captures(&LIST, text) {
        names.extend(listed(&list));
    }

    names
}

/// `__all__`, or what `__init__` imports from its own package under the same name.
fn python(text: &str, file: &FileFacts) -> Vec<String> {
    static ALL: LazyLock<Option<Regex>> =
        LazyLock::new(|| crate::pattern::compile(r"(?ms)^__all__\s*(?::[^=]+)?=\s*[\[(](.*?)[\])]").ok());
    static IMPORTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r"(?m)^from\s+\.[\w.]*\s+import\s+(\([^)]*\)|[^\n(]+)").ok()
    });

    let all = captures(&ALL, text);
    if let Some(list) = all.first() {
        return list
            .split(',')
            .map(|name| name.trim().trim_matches(['"', '\'']).to_owned())
            .filter(|name| {
                !name.is_empty()
                    && !name.starts_with('_')
                    && name.chars().all(|c| c.is_alphanumeric() || c == '_')
            })
            .collect();
    }

    let mut names: Vec<String> = captures(&IMPORTED, text)
        .iter()
        .flat_map(|list| listed(list.trim_matches(['(', ')'])).collect::<Vec<_>>())
        .collect();
    names.extend(public_definitions(file));
    names.retain(|name| !name.starts_with('_'));

    names
}

/// A package of Go exports what begins with a capital in its root folder, when that is no program.
fn go_package(analysis: &Analysis, files: &[FileFacts]) -> Vec<PublicName> {
    let root = |file: &&FileFacts| file.folder().is_empty() && file.path.ends_with(".go") && !file.is_test;
    let package: Vec<&FileFacts> = files.iter().filter(root).collect();
    let program = package
        .iter()
        .any(|file| file.definitions.iter().any(|found| found.name == "main"));
    let module = analysis
        .manifests
        .iter()
        .any(|manifest| manifest.path == "go.mod");
    if program || !module {
        return Vec::new();
    }

    let mut found: Vec<&Definition> = package
        .iter()
        .flat_map(|file| &file.definitions)
        .filter(|found| found.parent.is_none() && found.name.starts_with(char::is_uppercase))
        .collect();
    found.sort_by_key(|found| (std::cmp::Reverse(rank(found)), found.name.clone()));

    found
        .into_iter()
        .take(MOST)
        .map(|found| PublicName {
            name: found.name.clone(),
            path: Some(found.path.clone()),
            source: found.path.clone(),
        })
        .collect()
}

/// Names with where they are defined; documented ones first, in their order.
fn ranked(mut names: Vec<String>, source: &str, files: &[FileFacts]) -> Vec<PublicName> {
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));

    let defined = |name: &str| {
        let all = files
            .iter()
            .filter(|file| !file.is_test)
            .flat_map(|file| &file.definitions);
        let mut of_name: Vec<&Definition> = all
            .filter(|found| found.name == name && found.parent.is_none())
            .collect();
        of_name.sort_by_key(|found| std::cmp::Reverse((found.path == source, rank(found))));
        of_name
            .first()
            .map(|found| (found.path.clone(), found.doc.is_some()))
    };

    let mut all: Vec<(bool, PublicName)> = names
        .into_iter()
        .map(|name| {
            let place = defined(&name);
            let documented = place.as_ref().is_some_and(|(_, documented)| *documented);
            let path = place.map(|(path, _)| path);
            (
                documented,
                PublicName {
                    name,
                    path,
                    source: source.to_owned(),
                },
            )
        })
        .collect();
    all.sort_by_key(|(documented, _)| !documented);

    all.into_iter().map(|(_, name)| name).take(MOST).collect()
}
