//! What a module is for, in the repository's own words.

use super::{Package, folder_of, is_main};
use crate::analysis::{
    model::Definition,
    prose,
    survey::{FileFacts, Survey, rank},
};

/// The purpose and the file that says so.
pub(super) fn describe(
    path: &str,
    files: &[&FileFacts],
    survey: &Survey,
    packages: &[Package],
    read: &dyn Fn(&FileFacts) -> Option<String>,
) -> (Option<String>, Option<String>) {
    let folder = folder_of(path);
    let header = |file: &&&FileFacts| {
        if let Some(text) = &file.header {
            return Some((text.clone(), file.path.clone()));
        }

        let elsewhere = survey
            .files
            .iter()
            .find(|other| Some(&other.path) == file.header_file.as_ref())?;
        let text = prose::document(&elsewhere.path, &read(elsewhere)?)
            .paragraphs
            .into_iter()
            .next()?;

        Some((prose::cut(&text, 400), elsewhere.path.clone()))
    };

    // Its own main file: the one that stands for the folder, directly in it or in its `src`.
    let name = folder.rsplit('/').next().unwrap_or(folder);
    let is_own = |file: &&&FileFacts| {
        let inside =
            file.folder() == folder || file.folder() == format!("{folder}/src").trim_start_matches('/');
        let beside = super::stem(&file.path) == folder;
        let named = file.name() == format!("{name}.go")
            || file.name() == format!("{name}.py")
            || file.name() == format!("{name}.ts");
        beside || inside && (is_main(file.name()) || named)
    };
    if let Some((text, source)) = files.iter().filter(is_own).find_map(|file| header(&file)) {
        return (Some(text), Some(source));
    }

    if let Some(package) = packages
        .iter()
        .find(|package| package.folder == folder && !folder.is_empty())
        && let Some(text) = &package.description
    {
        return (Some(prose::tidy(text)), Some(format!("the manifest in {folder}")));
    }

    let readme = survey
        .files
        .iter()
        .find(|file| file.folder() == folder && file.name().to_ascii_lowercase().starts_with("readme"));
    if let (false, Some(readme)) = (folder.is_empty(), readme)
        && let Some(text) =
            read(readme).and_then(|text| prose::document(&readme.path, &text).paragraphs.into_iter().next())
    {
        return (Some(prose::cut(&text, 400)), Some(readme.path.clone()));
    }

    // In Go any file may carry the package's comment; elsewhere only a small folder speaks through one file.
    let any = files
        .iter()
        .filter(|file| file.folder() == folder && (file.path.ends_with(".go") || files.len() <= 2))
        .find_map(|file| header(&file));
    if let Some((text, source)) = any {
        return (Some(text), Some(source));
    }

    // A module of one file speaks through the definition that it is named after.
    let named_after = |found: &&Definition| {
        let (module, own) = (plain(name), plain(&found.name));
        found.public
            && found.doc.is_some()
            && (own == module
                || own.strip_suffix('s') == Some(&module)
                || module.strip_suffix('s') == Some(&own))
    };

    let main = files
        .iter()
        .flat_map(|file| &file.definitions)
        .filter(named_after);

    match main.max_by_key(|found| (rank(found), std::cmp::Reverse(found.line))) {
        Some(found) if files.len() == 1 => (found.doc.clone(), Some(found.path.clone())),
        _ => (None, None),
    }
}

/// Letters and digits only, in lower case.
fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}
