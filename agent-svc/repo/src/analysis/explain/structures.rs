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
/// Documented fields from which on the others need not be named.
const ENOUGH_DOCUMENTED: usize = 2;
/// Functions that take what a mapper keeps as a table: languages without types do not say it.
const OF_A_TABLE: u32 = 6;

/// The central types; `read` gives the text of a file.
pub(super) fn find(survey: &Survey, read: &dyn Fn(&FileFacts) -> Option<String>) -> Vec<Structure> {
    let mut users: HashMap<&str, u32> = HashMap::new();
    for (word, count) in survey.files.iter().flat_map(|file| &file.gleaned.signature_words) {
        *users.entry(word).or_default() += count;
    }

    let product = survey
        .files
        .iter()
        .filter(|file| !file.is_test && !crate::analysis::places::is_aside(&file.path))
        .filter(|file| !file.path.contains("migration"));
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
            let kept = file.gleaned.declared.iter();
            let kept = kept
                .filter(|known| known.kind == DeclaredKind::Table)
                .any(|known| known.name == found.name);
            let used = if kept { used.max(OF_A_TABLE) } else { used };
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
            let used = used + if found.doc.is_some() { used / 2 + 2 } else { 0 };
            if serves_the_others(&found.name) {
                used / 4
            } else {
                used
            }
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
        let holds = if fields.len() < ENOUGH_DOCUMENTED {
            names_of_fields(&definition.path, &text, definition)
        } else {
            Vec::new()
        };
        if definition.doc.is_some() || fields.len() > 1 || holds.len() > 1 {
            found.push(Structure {
                name: definition.name.clone(),
                file: definition.path.clone(),
                line: definition.line,
                doc: definition.doc.clone(),
                fields,
                holds,
                users: used,
            });
        }
    }

    found
}

/// Errors, iterators and the like stand beside the data and are not it.
fn serves_the_others(name: &str) -> bool {
    [
        "Error",
        "Exception",
        "Iter",
        "Iterator",
        "Builder",
        "Test",
        "Mixin",
        "Visitor",
        "Writer",
        "Reader",
        "Parser",
    ]
    .iter()
    .any(|end| name.ends_with(end))
        || matches!(
            name,
            "Result" | "Option" | "Self" | "Object" | "Context" | "Base" | "Err"
        )
}

/// The names of the fields of a type, in their order; of languages that declare them.
fn names_of_fields(path: &str, text: &str, of: &Definition) -> Vec<String> {
    let declares = [
        "c", "h", "cc", "cpp", "cxx", "hpp", "rs", "go", "java", "kt", "cs", "ts", "tsx", "js", "jsx", "mjs",
        "py", "swift", "scala",
    ];
    if !declares.contains(&comments::extension(path)) {
        return Vec::new();
    }

    static MAPPED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"^\s+([a-z]\w*)\s*=\s*(?:\w+\.)*(?:Column|Field|relationship|ForeignKey|mapped_column|reference_col|\w+Field|Many\w+|One\w+)\(").ok()
    });
    let first = of.line as usize - 1;
    let lines: Vec<&str> = text.lines().skip(first).take(of.lines as usize).collect();
    let inside = || lines.iter().skip(1).filter(|line| !line.trim().is_empty());
    let own = inside()
        .map(|line| depth_of(line))
        .filter(|depth| *depth > lines.first().map_or(0, |line| depth_of(line)))
        .min()
        .unwrap_or_default();
    let python = path.ends_with(".py");
    // What a class of Python or JavaScript keeps is set where it is made.
    let mut making = false;

    let mut names: Vec<String> = Vec::new();
    for line in inside() {
        let trimmed = line.trim_start();
        if trimmed.starts_with("def ") || trimmed.starts_with("constructor") {
            making = trimmed.starts_with("def __init__") || trimmed.starts_with("constructor");
        }
        let opens = depth_of(line) == own && trimmed.contains('(') && trimmed.ends_with('{');
        making &= !opens || trimmed.starts_with("constructor");
        let at_home = depth_of(line) == own && !trimmed.starts_with(['#', '/', '*', '@', '}', ')']);
        let mapped = MAPPED.as_ref().and_then(|pattern| pattern.captures(line)?.get(1));
        let set = making && (trimmed.starts_with("self.") || trimmed.starts_with("this."));
        let name = match mapped {
            Some(name) if at_home => Some(name.as_str()),
            _ if set => field_name(line),
            _ if at_home
                && !trimmed.contains('(')
                && !(python && trimmed.contains('=') && !trimmed.contains(':')) =>
            {
                field_name(line)
            }
            _ => None,
        };
        let Some(name) = name.map(|name| name.trim_start_matches('_')) else {
            continue;
        };
        if name.len() > 1 && name != "class" && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
        if names.len() == MAX_FIELDS {
            break;
        }
    }

    names
}

fn depth_of(line: &str) -> usize {
    line.len() - line.trim_start().len()
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
            || note.to_lowercase().starts_with("deprecated")
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

    fn holds(path: &str, text: &str, name: &str) -> Vec<String> {
        let lines = u32::try_from(text.lines().count()).expect("few lines");
        let of = Definition {
            name: name.to_owned(),
            words: String::new(),
            kind: DefinitionKind::Class,
            parent: None,
            path: path.to_owned(),
            line: 1,
            lines,
            doc: None,
            public: true,
            parameters: None,
            is_async: false,
        };

        names_of_fields(path, text, &of)
    }

    #[test]
    fn fields_without_a_comment_are_told_by_name() {
        let text = "typedef struct {\n    int id;\n    char name[64];\n    State state;\n} Player;\n";
        assert_eq!(holds("a.c", text, "Player"), ["id", "name", "state"]);

        let text = "class Boat(Model):\n    __tablename__ = 'boats'\n    berth = Column(db.Integer)\n    owner = relationship('Owner')\n\n    def moor(self):\n        self.berth = 3\n";
        assert_eq!(holds("a.py", text, "Boat"), ["berth", "owner"]);

        let text = "class Gate {\n  constructor(mill) {\n    this.mill = mill;\n    this.open = false;\n  }\n  shut() {\n    this.late = 1;\n  }\n}\n";
        assert_eq!(holds("a.js", text, "Gate"), ["mill", "open"]);
    }

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
