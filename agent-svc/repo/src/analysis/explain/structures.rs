//! The data that most of the code works on: types by how many functions take them, with the comments of their fields.

use std::{collections::HashMap, sync::LazyLock};

use regex::Regex;

use super::comments;
use crate::analysis::{
    model::{Declared, DeclaredKind, Definition, DefinitionKind, Structure},
    survey::{FileFacts, Survey},
};

const MOST: usize = 8;
const MAX_FIELDS: usize = 14;

/// The central types; `read` gives the text of a file.
pub(super) fn find(survey: &Survey, read: &dyn Fn(&FileFacts) -> Option<String>) -> Vec<Structure> {
    let mut users: HashMap<&str, u32> = HashMap::new();
    for (word, count) in survey.files.iter().flat_map(|file| &file.gleaned.signature_words) {
        *users.entry(word).or_default() += count;
    }

    let product = survey
        .files
        .iter()
        .filter(|file| !file.is_test && !crate::analysis::places::is_aside(&file.path));
    let types = product
        .flat_map(|file| file.definitions.iter().map(move |found| (file, found)))
        .filter(|(_, found)| {
            matches!(
                found.kind,
                DefinitionKind::Struct
                    | DefinitionKind::Class
                    | DefinitionKind::Interface
                    | DefinitionKind::Trait
            )
        });
    let mut ranked: Vec<(u32, &FileFacts, &Definition)> = types
        .map(|(file, found)| {
            let used = users.get(found.name.as_str()).copied().unwrap_or(0);
            let used = used.max(
                users
                    .get(found.name.trim_start_matches('_'))
                    .copied()
                    .unwrap_or(0),
            );
            (used, file, found)
        })
        .filter(|(used, _, found)| *used > 1 && found.lines > 2)
        .collect();
    ranked.sort_by(|a, b| {
        let weight = |(used, _, found): &(u32, &FileFacts, &Definition)| {
            used + if found.doc.is_some() { used / 2 + 2 } else { 0 }
        };
        weight(b)
            .cmp(&weight(a))
            .then_with(|| a.2.path.cmp(&b.2.path))
            .then_with(|| a.2.line.cmp(&b.2.line))
    });

    let mut found: Vec<Structure> = Vec::new();
    for (used, file, definition) in ranked.into_iter().take(24) {
        if found.len() == MOST || found.iter().any(|known| known.name == definition.name) {
            continue;
        }
        let Some(text) = read(file) else { continue };
        let fields = fields(&definition.path, &text, definition);
        if definition.doc.is_some() || fields.len() > 1 {
            found.push(Structure {
                name: definition.name.clone(),
                file: definition.path.clone(),
                line: definition.line,
                doc: definition.doc.clone(),
                fields,
                users: used,
            });
        }
    }

    found
}

/// Fields that have a comment above or behind them.
fn fields(path: &str, text: &str, of: &Definition) -> Vec<Declared> {
    let first = of.line as usize - 1;
    let last = first + of.lines as usize;
    let lines: Vec<&str> = text.lines().collect();
    let mut found: Vec<Declared> = Vec::new();
    for block in comments::blocks(path, text) {
        if block.row <= first || block.end >= last {
            continue;
        }
        let row = if block.trailing { block.row } else { block.end + 1 };
        let note = block.paragraph();
        let note = crate::analysis::prose::first_sentence(&note);
        let Some(name) = lines.get(row).and_then(|line| field_name(line)) else {
            continue;
        };
        if note.split(' ').count() < 2
            || comments::is_noise(&note)
            || found.iter().any(|known| known.name == name)
        {
            continue;
        }

        found.push(Declared {
            name: name.to_owned(),
            kind: DeclaredKind::Field,
            note,
            file: path.to_owned(),
            line: u32::try_from(row + 1).unwrap_or(u32::MAX),
        });
        if found.len() == MAX_FIELDS {
            break;
        }
    }

    found
}

/// The name that a line declares, in any of the languages.
fn field_name(line: &str) -> Option<&str> {
    static COLON: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"^\s*(?:pub(?:\([^)]*\))?\s+|readonly\s+|private\s+|public\s+|protected\s+|static\s+)*([A-Za-z_]\w*)\??\s*:\s*[^:]").ok()
    });
    static OWN: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^\s*(?:self|this)\.([A-Za-z_]\w*)\s*=").ok());
    static TYPED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"^\s*(?:[A-Za-z_][\w<>,.:\[\]]*[\s*&]+)+\**([A-Za-z_]\w*)\s*(?:\[[^\]]*\])*\s*(?::\s*\d+)?\s*(?:=[^;]*)?;").ok()
    });
    static GO: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"^\s*([A-Za-z_]\w*)\s+[\w*\[\].{}<-]+\s*(?:`[^`]*`)?\s*(?://.*)?$").ok()
    });

    [&COLON, &OWN, &TYPED, &GO]
        .into_iter()
        .find_map(|pattern| pattern.as_ref()?.captures(line)?.get(1))
        .map(|name| name.as_str())
        .filter(|name| {
            !matches!(
                *name,
                "return"
                    | "case"
                    | "default"
                    | "else"
                    | "struct"
                    | "def"
                    | "end"
                    | "fn"
                    | "func"
                    | "function"
                    | "class"
                    | "let"
                    | "var"
                    | "const"
                    | "module"
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_named_in_every_language() {
        for (line, name) in [
            ("    sds querybuf;    /* what was read */", Some("querybuf")),
            ("    pub(crate) next: Option<Id>,", Some("next")),
            ("\tName string `json:\"name\"` // who", Some("Name")),
            ("        self.grid = grid  # all cells", Some("grid")),
            (
                "    private final List<Pet> pets = new ArrayList<>();",
                Some("pets"),
            ),
            ("    struct redisDb *db;", Some("db")),
            ("}", None),
        ] {
            assert_eq!(field_name(line), name, "{line}");
        }
    }
}
