//! The data that most of the code works on: types by how many functions take them, with the comments of their fields.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use regex::Regex;

use super::comments;
use crate::{
    analysis::{
        model::{Declared, DeclaredKind, Definition, DefinitionKind, Structure},
        survey::{FileFacts, Survey},
    },
    author::grammar::prose,
};

const MOST: usize = 8;
const MAX_FIELDS: usize = 14;
/// Documented fields from which on the others need not be named.
const ENOUGH_DOCUMENTED: usize = 2;
/// Functions that take what a mapper keeps as a table: languages without types do not say it.
const OF_A_TABLE: u32 = 6;
/// Functions of one file that count, however many take a type.
const FROM_ONE_FILE: u32 = 6;

/// The central types; `read` gives the text of a file.
/// Of `files` only, which are the repository's own.
pub(super) fn find(
    survey: &Survey,
    files: &[&FileFacts],
    read: &dyn Fn(&FileFacts) -> Option<String>,
) -> Vec<Structure> {
    let mut users: HashMap<&str, u32> = HashMap::new();
    let mut spread: HashMap<&str, u32> = HashMap::new();
    for (word, count) in survey.files.iter().flat_map(|file| &file.gleaned.signature_words) {
        *users.entry(word).or_default() += count;
        *spread.entry(word).or_default() += 1;
    }

    let own: HashSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let product = survey
        .files
        .iter()
        .filter(|file| !file.is_test && !crate::analysis::places::is_aside(&file.path))
        .filter(|file| own.contains(file.path.as_str()))
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
            // What many files take is central, what one file takes often is its own.
            let files = spread.get(found.name.as_str()).copied().unwrap_or(0);
            let used = (*used).min(files * FROM_ONE_FILE).max(2) + files * 2;
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
        if is_shown(&text, definition) {
            continue;
        }
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
                users: if says_types(&definition.path) { used } else { 0 },
            });
        }
    }

    found
}

/// Whether signatures of a language say what a function takes; elsewhere a word in one may be anything.
fn says_types(path: &str) -> bool {
    matches!(comments::extension(path), "rs" | "go" | "c" | "h")
}

/// A part of a page or a screen is shown, and no data.
fn is_shown(text: &str, of: &Definition) -> bool {
    let head = text.lines().nth(of.line as usize - 1).unwrap_or_default();
    let parent = head.split_once("extends ").map_or("", |(_, parent)| parent);

    [
        "Component",
        "React.",
        "HTMLElement",
        "Widget",
        "Activity",
        "Fragment",
        "LitElement",
    ]
    .iter()
    .any(|word| parent.contains(word))
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
            "HttpRequest"
                | "HttpResponse"
                | "Result"
                | "Option"
                | "Self"
                | "Object"
                | "Context"
                | "Base"
                | "Err"
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
        crate::pattern::compile(r"^\s+([a-z]\w*)\s*=\s*(?:\w+\.)*(?:Column|Field|relationship|ForeignKey|mapped_column|reference_col|\w+Field|Many\w+|One\w+)\(").ok()
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
        // What is bound to be called is no field.
        let calls = [".bind(", "=>", "function", "lambda"]
            .iter()
            .any(|word| trimmed.contains(word));
        let set = making && !calls && (trimmed.starts_with("self.") || trimmed.starts_with("this."));
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

/// Fields that have a comment above or behind them which says what they are. A comment on what is done there is none of a
/// field.
fn fields(path: &str, text: &str, of: &Definition) -> Vec<Declared> {
    let first = of.line as usize - 1;
    let last = first + of.lines as usize;
    let lines: Vec<&str> = text.lines().collect();
    let body = lines.get(first..last.min(lines.len())).unwrap_or_default();
    let mut found: Vec<Declared> = Vec::new();
    for block in comments::blocks(path, text) {
        if block.row <= first || block.end >= last {
            continue;
        }
        // What a function says of itself stands below its head, and over no field.
        let quoted = lines.get(block.row).is_some_and(|line| {
            line.trim_start().starts_with("\"\"\"") || line.trim_start().starts_with("'''")
        });
        if quoted {
            continue;
        }
        let row = if block.trailing { block.row } else { block.end + 1 };
        let note = block.paragraph();
        let note = crate::analysis::prose::first_sentence(&note);
        let Some(name) = lines.get(row).and_then(|line| field_name(line)) else {
            continue;
        };
        if note.split(' ').count() < 2
            || !declares_fields(body, row - first)
            || !block.trailing && heads_several(&lines, block.row, row)
            || !describes(&note, name)
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

/// Whether a row of a type's body stands where its fields do: at the depth of its members, or where it is made.
fn declares_fields(body: &[&str], row: usize) -> bool {
    let head = body.first().map_or(0, |line| depth_of(line));
    let section = |line: &str| matches!(line.trim(), "public:" | "private:" | "protected:");
    let inside = body.iter().skip(1).filter(|line| !line.trim().is_empty());
    let own = inside
        .filter(|line| !section(line))
        .map(|line| depth_of(line))
        .filter(|depth| *depth > head)
        .min()
        .unwrap_or_default();
    let Some(line) = body.get(row) else { return false };
    let assigns = ["self.", "this."]
        .iter()
        .any(|start| line.trim_start().starts_with(start));
    if !assigns {
        return depth_of(line) == own;
    }

    // What is set elsewhere is a step of what is done there.
    body[..row]
        .iter()
        .rev()
        .find(|line| !line.trim().is_empty() && depth_of(line) <= own)
        .is_some_and(|head| {
            let head = head.trim_start();
            head.starts_with("def __init__") || head.starts_with("constructor")
        })
}

/// Whether a comment stands over a group of fields, and not over the one below it: the next has no comment either.
fn heads_several(lines: &[&str], comment: usize, row: usize) -> bool {
    let documents = lines.get(comment).is_some_and(|line| {
        let line = line.trim_start();
        line.starts_with("///") || line.starts_with("/**") || line.starts_with("//!")
    });
    let next = lines.get(row + 1).copied().unwrap_or_default();
    let apart = comment
        .checked_sub(1)
        .is_some_and(|above| lines[above].trim().is_empty());
    let commented = next.contains("//") || next.contains("/*") || next.contains('#');

    !documents && apart && field_name(next).is_some() && !commented
}

/// Whether a note says what a thing is: not what is done there, in which case, or why.
fn describes(note: &str, name: &str) -> bool {
    const CASES: [&str; 22] = [
        "if",
        "when",
        "for",
        "because",
        "since",
        "note",
        "deprecated",
        "todo",
        "don't",
        "do",
        "see",
        "used",
        "only",
        "otherwise",
        "unless",
        "in",
        "to",
        "should",
        "must",
        "also",
        "now",
        "so",
    ];
    let first = note.split_whitespace().next().unwrap_or_default();
    let first = first.trim_end_matches([',', ':', '.']).to_lowercase();
    let spoken = crate::analysis::words::words(name).to_lowercase();
    let itself = note.to_lowercase().starts_with(&spoken) || first == name.to_lowercase();
    // "whether it is open" has a verb, and is no sentence.
    let asks = matches!(
        first.as_str(),
        "whether" | "how" | "where" | "what" | "which" | "who" | "why"
    );
    let speaks = note
        .split_whitespace()
        .any(|word| matches!(word, "we" | "We" | "I" | "our" | "us" | "you" | "your"));

    // "Variables of the tide" stand above several of them.
    let several = note.split_whitespace().take(3).any(|word| {
        matches!(
            word.to_lowercase().trim_end_matches([',', ':']),
            "variables"
                | "fields"
                | "members"
                | "constants"
                | "consts"
                | "attributes"
                | "properties"
                | "flags"
                | "settings"
                | "options"
        )
    });

    itself
        || !several
            && !speaks
            && !CASES.contains(&first.as_str())
            && !prose::starts_as_order(note)
            && (!prose::is_statement(note) || asks)
            && !note.contains('?')
            && !note.ends_with(',')
}

/// The name that a line declares, in any of the languages.
fn field_name(line: &str) -> Option<&str> {
    static COLON: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r"^\s*(?:pub(?:\([^)]*\))?\s+|readonly\s+|private\s+|public\s+|protected\s+|static\s+)*([A-Za-z_]\w*)\??\s*:\s*[^:]").ok()
    });
    static OWN: LazyLock<Option<Regex>> =
        LazyLock::new(|| crate::pattern::compile(r"^\s*(?:self|this)\.([A-Za-z_]\w*)\s*=").ok());
    static TYPED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r"^\s*(?:[A-Za-z_][\w<>,.:\[\]]*[\s*&]+)+\**([A-Za-z_]\w*)\s*(?:\[[^\]]*\])*\s*(?::\s*\d+)?\s*(?:=[^;]*)?;").ok()
    });
    static GO: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r"^\s*([A-Za-z_]\w*)\s+[\w*\[\].{}<-]+\s*(?:`[^`]*`)?\s*(?://.*)?$").ok()
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

    fn definition(path: &str) -> Definition {
        Definition {
            name: "Gate".to_owned(),
            words: String::new(),
            kind: DefinitionKind::Class,
            parent: None,
            path: path.to_owned(),
            line: 1,
            lines: 1,
            doc: None,
            public: true,
            parameters: None,
            is_async: false,
        }
    }

    fn holds(path: &str, text: &str, name: &str) -> Vec<String> {
        let of = Definition {
            name: name.to_owned(),
            lines: u32::try_from(text.lines().count()).expect("few lines"),
            ..definition(path)
        };

        names_of_fields(path, text, &of)
    }

    #[test]
    fn fields_without_a_comment_are_told_by_name() {
        let text = "typedef struct {\n    int id;\n    char name[64];\n    State state;\n} Player;\n";
        assert_eq!(holds("a.c", text, "Player"), ["id", "name", "state"]);

        let text = "class Boat(Model):\n    __tablename__ = 'boats'\n    berth = Column(db.Integer)\n    owner = relationship('Owner')\n\n    def moor(self):\n        self.berth = 3\n";
        assert_eq!(holds("a.py", text, "Boat"), ["berth", "owner"]);

        let text = "class Gate {\n  constructor(mill) {\n    this.mill = mill;\n    this.open = false;\n    this.shut = this.shut.bind(this);\n  }\n  shut() {\n    this.late = 1;\n  }\n}\n";
        assert_eq!(holds("a.js", text, "Gate"), ["mill", "open"]);
    }

    fn told(path: &str, text: &str) -> Vec<(String, String)> {
        let of = Definition {
            lines: u32::try_from(text.lines().count()).expect("few lines"),
            ..definition(path)
        };
        let found = fields(path, text, &of).into_iter();

        found.map(|field| (field.name, field.note)).collect()
    }

    fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
        of.iter()
            .map(|(name, note)| ((*name).to_owned(), (*note).to_owned()))
            .collect()
    }

    #[test]
    fn a_comment_on_what_is_done_is_none_of_a_field() {
        let text = "class Gate {\n  constructor(mill) {\n    // the mill behind it\n    this.mill = mill;\n    // Reset it so that it turns\n    this.turn = 0;\n  }\n  shut() {\n    // the last of the gates\n    this.late = 1;\n    draw({\n      // the width of the frame\n      width: 5,\n    });\n  }\n}\n";
        assert_eq!(told("a.js", text), pairs(&[("mill", "the mill behind it")]));

        let text = "class Gate:\n    def __init__(self):\n        self.mill = 3  # the mill behind it\n        # if it is open\n        self.open = True\n";
        assert_eq!(told("a.py", text), pairs(&[("mill", "the mill behind it")]));
    }

    #[test]
    fn a_comment_over_several_fields_is_told_of_none() {
        let text = "type Gate struct {\n\n\t// Values that the handler gives\n\tHeight int\n\tWidth int\n\n\t// the mill behind it\n\tMill string\n\n\tOpen bool // whether water flows\n}\n";
        assert_eq!(
            told("a.go", text),
            pairs(&[("Mill", "the mill behind it"), ("Open", "whether water flows")])
        );
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
