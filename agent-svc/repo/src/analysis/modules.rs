//! The parts of a repository: packages, folders of code, or single files where everything lies flat; what each is
//! for, and which others it imports.

pub(crate) mod imports;
mod purpose;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    manifests::Facts,
    model::{Module, ModuleRole},
    places,
    survey::{FileFacts, Survey, rank},
    words,
};

const MOST: usize = 28;
/// Folders with fewer code lines stay with their parent.
const LEAST_LINES: u64 = 40;

/// A named package and its folder (empty for the root).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) folder: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) ecosystem: String,
}

/// Packages that are part of the product, one a folder.
pub(crate) fn packages(manifests: &[Facts]) -> Vec<Package> {
    let mut all: BTreeMap<String, Package> = BTreeMap::new();
    for facts in manifests {
        let manifest = &facts.manifest;
        let folder = manifest
            .path
            .rsplit_once('/')
            .map_or("", |(folder, _)| folder)
            .to_owned();

        let Some(name) = manifest
            .name
            .clone()
            .filter(|_| !places::is_aside(&manifest.path))
        else {
            continue;
        };

        let package = Package {
            folder: folder.clone(),
            name,
            description: manifest.description.clone(),
            ecosystem: manifest.ecosystem.clone(),
        };

        all.entry(folder).or_insert(package);
    }

    all.into_values().collect()
}

/// Finds the modules of a repository.
pub(crate) fn find(
    survey: &Survey,
    packages: &[Package],
    repo_name: &str,
    read: &dyn Fn(&FileFacts) -> Option<String>,
) -> Vec<Module> {
    let code: Vec<&FileFacts> = survey.files.iter().filter(|file| file.code() > 0).collect();
    let roots = choose(&code, packages);
    let mut members: BTreeMap<String, Vec<&FileFacts>> = BTreeMap::new();
    for file in &code {
        members.entry(owner(&roots, &file.path)).or_default().push(file);
    }

    let links = imports::links(survey, packages, &|path| owner(&roots, path));
    let mut used_by: HashMap<&str, BTreeSet<&str>> = HashMap::new();
    for (from, targets) in &links {
        for target in targets.keys() {
            used_by.entry(target).or_default().insert(from);
        }
    }

    let mut modules: Vec<Module> = members
        .iter()
        .map(|(path, files)| {
            let mut depends_on: Vec<_> = links.get(path).into_iter().flatten().collect();
            depends_on.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));

            let mut module = describe(path, files, packages, repo_name);
            module.depends_on = depends_on
                .into_iter()
                .map(|(target, _)| target.clone())
                .take(12)
                .collect();
            module.used_by_count = used_by.get(path.as_str()).map_or(0, |users| users.len() as u64);
            (module.purpose, module.purpose_source) = purpose::describe(path, files, survey, packages, read);

            module
        })
        .collect();

    let total: u64 = code.iter().map(|file| file.code()).sum();
    modules.sort_by(|a, b| {
        let weight = |m: &Module| {
            let share = m.code_lines as f64 / total.max(1) as f64;
            let helper = matches!(m.role, ModuleRole::Shared | ModuleRole::Configuration);
            share * 25.0 + (m.used_by_count as f64).min(5.0) - if helper { 6.0 } else { 0.0 }
                + if m.purpose.is_some() { 1.0 } else { 0.0 }
        };

        b.role
            .is_product()
            .cmp(&a.role.is_product())
            .then(weight(b).total_cmp(&weight(a)))
            .then_with(|| a.path.cmp(&b.path))
    });

    modules
}

/// Splits the largest part again and again, until there are enough or none can be split.
fn choose(code: &[&FileFacts], packages: &[Package]) -> BTreeSet<String> {
    let total: u64 = code.iter().map(|file| file.code()).sum();
    let mut roots: BTreeSet<String> = BTreeSet::from([String::new()]);
    roots.extend(
        packages
            .iter()
            .take(MOST * 2)
            .map(|package| package.folder.clone()),
    );

    let mut whole: BTreeSet<String> = BTreeSet::new();
    loop {
        let mut own: BTreeMap<String, Vec<&FileFacts>> = BTreeMap::new();
        for file in code {
            own.entry(owner(&roots, &file.path)).or_default().push(file);
        }

        if own.len() >= MOST {
            break;
        }

        let lines = |files: &[&FileFacts]| files.iter().map(|file| file.code()).sum::<u64>();
        let largest = own
            .iter()
            .filter(|(path, files)| !whole.contains(*path) && lines(files) > (total / 14).max(120))
            .max_by_key(|(_, files)| lines(files));
        let Some((path, files)) = largest else { break };
        let folder = folder_of(path);
        let aside = !folder.is_empty() && places::role_of(folder).is_some_and(|role| !role.is_product());
        let children = if aside {
            BTreeMap::new()
        } else {
            child_folders(folder, files)
        };

        let before = roots.len();
        roots.extend(
            children
                .into_iter()
                .filter(|(_, lines)| *lines >= LEAST_LINES)
                .map(|(child, _)| child),
        );

        if roots.len() == before {
            whole.insert(path.clone());
        }
    }

    split_flat(code, &mut roots);

    roots
}

/// A small flat project: its files are its parts.
fn split_flat(code: &[&FileFacts], roots: &mut BTreeSet<String>) {
    let mut own: BTreeMap<String, Vec<&FileFacts>> = BTreeMap::new();
    for file in code.iter().filter(|file| !places::is_aside(&file.path)) {
        own.entry(owner(roots, &file.path)).or_default().push(file);
    }

    if own.len() > 3 {
        return;
    }

    for files in own.into_values() {
        let mut telling: Vec<&FileFacts> = files
            .into_iter()
            .filter(|file| file.code() >= LEAST_LINES && !is_main(file.name()) && !file.is_test)
            .collect();
        telling.sort_by_key(|file| std::cmp::Reverse(file.code()));

        if telling.len() < 2 {
            continue;
        }

        roots.extend(
            telling
                .iter()
                .take(MOST / 2)
                .map(|file| stem(&file.path).to_owned()),
        );
    }
}

fn child_folders(folder: &str, files: &[&FileFacts]) -> BTreeMap<String, u64> {
    let mut children: BTreeMap<String, u64> = BTreeMap::new();
    for file in files {
        let inside = match folder {
            "" => Some(file.path.as_str()),
            folder => file
                .path
                .strip_prefix(folder)
                .and_then(|rest| rest.strip_prefix('/')),
        };

        if let Some((child, _)) = inside.and_then(|inside| inside.split_once('/')) {
            let child = if folder.is_empty() {
                child.to_owned()
            } else {
                format!("{folder}/{child}")
            };
            *children.entry(child).or_default() += file.code();
        }
    }

    children
}

/// The module that a file or folder belongs to: the file `a/b.rs` belongs to `a/b` when that is one. `.` is the root.
fn owner(roots: &BTreeSet<String>, path: &str) -> String {
    let mut candidate = Some(stem(path));
    while let Some(at) = candidate {
        if !at.is_empty() && roots.contains(at) {
            return at.to_owned();
        }
        candidate = at.rsplit_once('/').map(|(folder, _)| folder);
    }
    ".".to_owned()
}

fn folder_of(module: &str) -> &str {
    if module == "." { "" } else { module }
}

/// The path without the extension of its file.
fn stem(path: &str) -> &str {
    let name = path.rfind('/').map_or(0, |at| at + 1);
    match path[name..].rfind('.') {
        Some(dot) if dot > 0 => &path[..name + dot],
        _ => path,
    }
}

/// Files that stand for their folder.
fn is_main(name: &str) -> bool {
    matches!(
        name,
        "lib.rs"
            | "main.rs"
            | "mod.rs"
            | "__init__.py"
            | "__main__.py"
            | "main.py"
            | "index.js"
            | "index.ts"
            | "index.tsx"
            | "index.mjs"
            | "main.go"
            | "doc.go"
            | "main.c"
            | "package-info.java"
            | "main.ts"
            | "main.js"
    )
}

fn describe(path: &str, files: &[&FileFacts], packages: &[Package], repo_name: &str) -> Module {
    let mut by_language: BTreeMap<&str, u64> = BTreeMap::new();
    for counted in files.iter().filter_map(|file| file.counted) {
        *by_language.entry(counted.name).or_default() += counted.code;
    }

    let mut languages: Vec<(&str, u64)> = by_language.into_iter().collect();
    languages.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));

    let mut key: Vec<&&FileFacts> = files.iter().collect();
    key.sort_by_key(|file| {
        std::cmp::Reverse((
            is_main(file.name()),
            file.definitions.iter().map(rank).sum::<u32>(),
            file.code(),
        ))
    });

    let mut definitions: Vec<_> = files.iter().flat_map(|file| &file.definitions).collect();
    definitions.sort_by_key(|found| std::cmp::Reverse(rank(found)));

    let marks = || files.iter().flat_map(|file| &file.definition_marks);
    let name = name_of(path, packages, repo_name);
    let mut main_definitions: Vec<String> = Vec::new();
    for found in definitions {
        if main_definitions.len() < 8 && !main_definitions.contains(&found.name) {
            main_definitions.push(found.name.clone());
        }
    }

    let package = packages.iter().any(|package| package.folder == folder_of(path));
    let tests_only = files.iter().all(|file| file.is_test);
    let role = match places::role_of(path) {
        _ if tests_only => ModuleRole::Tests,
        _ if files.iter().all(|file| file.path.starts_with('.')) => ModuleRole::Tooling,
        Some(ModuleRole::Tests) | None => ModuleRole::Code,
        // A package called "core" may be anything; its folder's name is only a hint where code lies in folders.
        Some(ModuleRole::Domain | ModuleRole::Shared) if package => ModuleRole::Code,
        Some(role) => role,
    };

    Module {
        path: path.to_owned(),
        words: words::words(&name),
        name,
        role,
        purpose: None,
        purpose_source: None,
        files: files.len() as u64,
        code_lines: files.iter().map(|file| file.code()).sum(),
        languages: languages
            .into_iter()
            .take(4)
            .map(|(name, _)| name.to_owned())
            .collect(),
        definitions_count: marks().count() as u64,
        public_definitions_count: marks().filter(|(_, public, _)| *public).count() as u64,
        key_files: key.into_iter().take(5).map(|file| file.path.clone()).collect(),
        main_definitions,
        depends_on: Vec::new(),
        used_by_count: 0,
    }
}

/// A package's own name, or the folder's; folders that say nothing are called after what they lie in.
fn name_of(path: &str, packages: &[Package], repo_name: &str) -> String {
    let mut at = folder_of(path);

    loop {
        if let Some(package) = packages.iter().find(|package| package.folder == at) {
            return words::package(&package.name).to_owned();
        }

        let (parent, name) = at.rsplit_once('/').unwrap_or(("", at));
        if name.is_empty() {
            return repo_name.to_owned();
        }

        if !matches!(
            name,
            "src" | "lib" | "source" | "sources" | "main" | "java" | "kotlin" | "python"
        ) {
            return name.to_owned();
        }

        at = parent;
    }
}

#[cfg(test)]
mod tests;
