//! What files other than prose declare of a repository: what its pipelines run, what its images start, the tasks of a
//! role, the chapters of a book, the files of its folders, the errors and hosts that its code names. Works on lines; takes
//! only what stands there word for word.

mod code;
mod pipelines;
mod sequences;

use std::collections::BTreeMap;

use crate::analysis::{
    model::{Operation, OperationKind},
    places,
    survey::FileFacts,
};

/// Operations of one kind that are kept.
const MOST_OF_KIND: usize = 6;
/// Files of a folder that are named.
const MOST_FILES: usize = 12;
const MOST_FOLDERS: usize = 6;
/// Files from which on a folder is worth a sentence.
const LEAST_FILES: usize = 3;

/// What one file declares.
pub(super) fn find(path: &str, text: &str, is_test: bool) -> Vec<Operation> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let lower = name.to_ascii_lowercase();
    let yaml = lower.ends_with(".yml") || lower.ends_with(".yaml");

    if pipelines::is_pipeline(path) {
        return pipelines::checks(path, text);
    }
    let aside = is_test || matches!(places::role_of(path), Some(super::ModuleRole::Examples));
    if aside {
        return Vec::new();
    }
    match lower.as_str() {
        "dockerfile" | "containerfile" => pipelines::image(path, text),
        _ if yaml && (lower.starts_with("docker-compose") || lower.starts_with("compose.")) => {
            pipelines::services(path, text)
        }
        "makefile" | "gnumakefile" if !path.contains('/') => pipelines::targets(path, text),
        "package.json" if !path.contains('/') => pipelines::scripts(path, text),
        _ if yaml && (path.starts_with("tasks/") || path.contains("/tasks/")) => sequences::steps(path, text),
        "versions.tf" | "main.tf" | "terraform.tf" | "providers.tf" if !path.contains('/') => {
            pipelines::needs(path, text)
        }
        _ if lower.ends_with(".tex") => sequences::chapters(path, text),
        _ if !places::is_aside(path) => code::find(path, text),
        _ => Vec::new(),
    }
}

fn operation(path: &str, row: usize, kind: OperationKind, subject: &str, words: Vec<String>) -> Operation {
    Operation {
        kind,
        subject: subject.to_owned(),
        words,
        file: path.to_owned(),
        line: u32::try_from(row + 1).unwrap_or(u32::MAX),
    }
}

/// Everything that was found in the files, by kind, the outermost and fullest first; and the folders themselves.
pub(super) fn assemble(files: &[FileFacts]) -> Vec<Operation> {
    let found = files.iter().flat_map(|file| &file.gleaned.operations);
    let mut sorted: Vec<&Operation> = found.collect();
    sorted.sort_by_key(|operation| {
        let main = operation.file.rsplit('/').next().unwrap_or_default();
        (
            operation.kind,
            operation.file.matches('/').count(),
            !main.starts_with("main"),
            std::cmp::Reverse(operation.words.len().min(4)),
            operation.file.as_str(),
            operation.line,
        )
    });

    let mut kept: Vec<Operation> = Vec::new();
    for of_kind in sorted.chunk_by(|a, b| a.kind == b.kind) {
        match of_kind[0].kind {
            OperationKind::Chapters => kept.extend(sequences::in_order(of_kind)),
            _ => kept.extend(of_kind.iter().take(MOST_OF_KIND).map(|found| (*found).clone())),
        }
    }
    kept.extend(folders(files));

    kept
}

/// Folders of the product that hold several files of code, with the names of the files that hold most.
fn folders(files: &[FileFacts]) -> Vec<Operation> {
    let mut by_folder: BTreeMap<&str, Vec<&FileFacts>> = BTreeMap::new();
    let is_source = |path: &str| {
        let end = path.rsplit('.').next().unwrap_or_default();
        !matches!(
            end,
            "in" | "cmake" | "css" | "scss" | "less" | "html" | "htm" | "tex" | "bat" | "ps1" | "mk"
        )
    };
    let code = files
        .iter()
        .filter(|file| is_source(&file.path))
        .filter(|file| file.code() > 4 && !file.is_test && !places::is_aside(&file.path))
        .filter(|file| !file.path.contains("migration") && !file.path.starts_with('.'));
    for file in code {
        by_folder.entry(file.folder()).or_default().push(file);
    }

    let lines = |files: &[&FileFacts]| files.iter().map(|file| file.code()).sum::<u64>();
    let mut ranked: Vec<(&str, Vec<&FileFacts>)> = by_folder
        .into_iter()
        .filter(|(folder, files)| !folder.is_empty() && files.len() >= LEAST_FILES)
        .collect();
    ranked.sort_by_key(|(folder, files)| (std::cmp::Reverse(lines(files)), *folder));
    ranked.truncate(MOST_FOLDERS);

    ranked
        .into_iter()
        .filter_map(|(folder, mut files)| {
            files.sort_by_key(|file| std::cmp::Reverse(file.code()));
            let first = files.first()?.path.clone();
            let mut names: Vec<String> = Vec::new();
            for file in files {
                let stem = file.name().split('.').next().unwrap_or_default();
                let plain = matches!(stem, "index" | "mod" | "lib" | "main" | "__init__" | "");
                if !plain && names.len() < MOST_FILES && !names.iter().any(|known| known == stem) {
                    names.push(stem.to_owned());
                }
            }
            let mut found = operation(&first, 0, OperationKind::Folder, folder, names);
            found.file = first;
            (found.words.len() >= LEAST_FILES).then_some(found)
        })
        .collect()
}
