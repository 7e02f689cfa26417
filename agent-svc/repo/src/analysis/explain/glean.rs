//! What one file gives towards an explanation, taken while its text is at hand. Everything is bounded.

use std::{collections::HashMap, sync::LazyLock};

use regex::Regex;

use super::{
    callpath::calls,
    comments::{self, CommentBlock},
    declared, operations, promises,
    promises::Case,
};
use crate::analysis::model::{Declared, Definition, DefinitionKind, Operation, Remark};

const MAX_CALLABLES: usize = 600;
const MAX_DECISIONS: usize = 6;
const MAX_REMARKS: usize = 8;
const MAX_WORDS: usize = 48;
const MAX_CALLS: usize = 2_000;
/// Lines of a notice of who owns a file that are kept.
const MAX_NOTICE: usize = 4;

/// A function or method that a call may lead to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Callable {
    pub(crate) name: Box<str>,
    pub(crate) parent: Option<Box<str>>,
    /// 1-based.
    pub(crate) line: u32,
    pub(crate) lines: u32,
    pub(crate) documented: bool,
    /// Comments inside it.
    pub(crate) comments: u16,
}

/// What one file gives.
#[derive(Debug, Default)]
pub(crate) struct Gleaned {
    pub(crate) callables: Vec<Callable>,
    /// Words of the signatures of its functions, with how many functions say them.
    pub(crate) signature_words: Vec<(Box<str>, u32)>,
    /// Sentences that give a reason, with how plainly they do.
    pub(crate) decisions: Vec<(u32, Remark)>,
    pub(crate) remarks: Vec<Remark>,
    pub(crate) cases: Vec<Case>,
    pub(crate) declared: Vec<Declared>,
    pub(crate) operations: Vec<Operation>,
    /// The lines in which it says whose it is, in small letters.
    pub(crate) notice: Option<Box<str>>,
    /// Hashes of the names that its functions call, sorted.
    pub(crate) calls: Box<[u32]>,
}

/// Reads one file.
pub(crate) fn glean(path: &str, text: &str, definitions: &[Definition], is_test: bool) -> Gleaned {
    let mut gleaned = Gleaned {
        cases: promises::cases(path, text, is_test),
        operations: operations::find(path, text, is_test),
        ..Gleaned::default()
    };
    if is_test || path.starts_with("t/") || path.starts_with("vendor/") || path.starts_with("deps/") {
        return gleaned;
    }

    gleaned.callables = callables(path, text, definitions);
    gleaned.signature_words = signature_words(text, &gleaned.callables);
    gleaned.declared = declared::find(path, text);

    let blocks = comments::blocks(path, text);
    let notice: Vec<String> = blocks
        .iter()
        .take_while(|block| block.row < 40)
        .flat_map(|block| &block.lines)
        .map(|line| line.to_lowercase())
        .filter(|line| {
            let notices = [
                "copyright",
                "permission to use",
                "(c) ",
                "@license",
                "released under",
                "this file is part of",
                "@author",
            ];
            notices.iter().any(|words| line.contains(words))
        })
        .take(MAX_NOTICE)
        .collect();
    gleaned.notice = (!notice.is_empty()).then(|| notice.join(" ").into_boxed_str());
    for callable in &mut gleaned.callables {
        let (first, last) = (callable.line as usize, (callable.line + callable.lines) as usize);
        let inside = blocks
            .iter()
            .filter(|block| block.row >= first && block.row < last && !block.trailing);
        callable.comments = u16::try_from(inside.count()).unwrap_or(u16::MAX);
    }
    gleaned.calls = hashed_calls(text, &gleaned.callables);
    remarks(path, &blocks, &mut gleaned);

    gleaned
}

/// The names that a file's functions call, as hashes: enough to know which files to look into for a caller.
fn hashed_calls(text: &str, callables: &[Callable]) -> Box<[u32]> {
    if callables.is_empty() {
        return Box::default();
    }
    let lines = text.lines().filter(|line| line.len() < 400);
    let mut hashes: Vec<u32> = lines
        .flat_map(calls::called_names)
        .map(|called| calls::hash_name(called.name))
        .collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes.truncate(MAX_CALLS);

    hashes.into_boxed_slice()
}

fn callables(path: &str, text: &str, definitions: &[Definition]) -> Vec<Callable> {
    let mut found: Vec<Callable> = definitions
        .iter()
        .filter(|found| {
            matches!(found.kind, DefinitionKind::Function | DefinitionKind::Method) && found.lines > 1
        })
        .map(|found| Callable {
            name: found.name.as_str().into(),
            parent: found.parent.as_deref().map(Into::into),
            line: found.line,
            lines: found.lines,
            documented: found.doc.is_some(),
            comments: 0,
        })
        .collect();

    if found.is_empty() {
        found = scan(path, text);
    }
    if matches!(comments::extension(path), "js" | "mjs" | "ts") {
        found.extend(members(text, &found));
        found.sort_by_key(|callable| callable.line);
    }
    found.extend(whole_script(path, text));

    found.truncate(MAX_CALLABLES);
    found.shrink_to_fit();

    found
}

/// Functions of languages that no grammar is here for, by the shape of their first lines.
fn scan(path: &str, text: &str) -> Vec<Callable> {
    static SHELL: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r"^(?:function\s+)?([A-Za-z_][\w:.-]*)\s*(?:\(\s*\))?\s*\{").ok()
    });
    static BRACES: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r"^\s{0,8}(?:[A-Za-z_][\w:<>,&*~\[\]?\s]*?[\s*&])?(?:([A-Za-z_]\w*)::)?([A-Za-z_~]\w*)\s*\([^;={}]*\)?[^;={}]*\{?\s*$").ok()
    });
    static WORDED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(
            r"^\s*(?:def|fun|func|function|fn|sub|proc)\s+(?:self\.|\w+[.:])?([A-Za-z_]\w*[?!]?)",
        )
        .ok()
    });

    let extension = comments::extension(path);
    let (pattern, braces) = match extension {
        "sh" | "bash" | "zsh" | "ksh" => (&SHELL, true),
        "cc" | "cpp" | "cxx" | "hpp" | "ino" | "pde" | "cs" | "m" => (&BRACES, true),
        "php" | "swift" | "kt" | "dart" | "scala" | "zig" | "tcl" => (&WORDED, true),
        "rb" | "lua" | "ex" | "exs" | "jl" => (&WORDED, false),
        _ => return Vec::new(),
    };
    let Some(pattern) = pattern.as_ref() else {
        return Vec::new();
    };

    let lines: Vec<&str> = text.lines().collect();
    let mut found: Vec<Callable> = Vec::new();
    for (row, line) in lines.iter().enumerate() {
        let Some(groups) = pattern.captures(line).filter(|_| line.len() < 240) else {
            continue;
        };
        let name = groups
            .get(2)
            .or_else(|| groups.get(1))
            .map_or("", |name| name.as_str());
        if matches!(
            name,
            "" | "if"
                | "for"
                | "while"
                | "switch"
                | "return"
                | "else"
                | "catch"
                | "do"
                | "sizeof"
                | "using"
                | "lock"
        ) {
            continue;
        }

        let length = if braces {
            braced(&lines[row..])
        } else {
            indented(&lines[row..])
        };
        let Some(length) = length.filter(|length| *length > 1) else {
            continue;
        };
        let above = row.checked_sub(1).map_or("", |above| lines[above].trim());
        found.push(Callable {
            name: name.into(),
            parent: groups
                .get(1)
                .filter(|_| groups.len() > 2 && groups.get(2).is_some())
                .map(|of| of.as_str().into()),
            line: u32::try_from(row + 1).unwrap_or(u32::MAX),
            lines: u32::try_from(length).unwrap_or(u32::MAX),
            documented: above.starts_with(['#', '/', '*', '-']) || above.ends_with("*/"),
            comments: 0,
        });
    }

    found
}

/// Functions of object literals, as older scripts group them: `Bird = Entity.extend({ update: function () { … } })`.
fn members(text: &str, known: &[Callable]) -> Vec<Callable> {
    static OWNER: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r"^\s*(?:var |let |const |export )*([\w.]+)\s*=\s*(?:[\w.$]+\s*=\s*)?(?:[\w.]+\(\s*(?:[\w.]+,\s*)?)?\{\s*$")
            .ok()
    });
    static MEMBER: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r"^\s*['\x22]?(\w+)['\x22]?\s*:\s*(?:async\s+)?function\s*\w*\s*\(").ok()
    });

    let lines: Vec<&str> = text.lines().collect();
    // Objects that are open, each with how far it is indented: a member belongs to the innermost that it stands in.
    let mut owners: Vec<(usize, &str)> = Vec::new();
    let mut found: Vec<Callable> = Vec::new();
    for (row, line) in lines.iter().enumerate().filter(|(_, line)| line.len() < 240) {
        let first =
            |pattern: &LazyLock<Option<Regex>>| Some(pattern.as_ref()?.captures(line)?.get(1)?.as_str());
        let depth = line.len() - line.trim_start().len();
        if let Some(name) = first(&OWNER) {
            owners.retain(|(outer, _)| *outer < depth);
            owners.extend(
                name.rsplit('.')
                    .find(|part| *part != "prototype")
                    .map(|name| (depth, name)),
            );
        }
        let Some(name) = first(&MEMBER) else { continue };
        owners.retain(|(outer, _)| *outer < depth);
        let line_number = u32::try_from(row + 1).unwrap_or(u32::MAX);
        let Some(length) = braced(&lines[row..])
            .filter(|length| *length > 1 && known.iter().all(|known| known.line != line_number))
        else {
            continue;
        };
        let above = row.checked_sub(1).map_or("", |above| lines[above].trim());
        found.push(Callable {
            name: name.into(),
            parent: owners.last().map(|(_, owner)| (*owner).into()),
            line: line_number,
            lines: u32::try_from(length).unwrap_or(u32::MAX),
            documented: above.starts_with(['/', '*']) || above.ends_with("*/"),
            comments: 0,
        });
    }

    found
}

/// A script of a shell runs from its first line to its last.
fn whole_script(path: &str, text: &str) -> Option<Callable> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let shell = text.starts_with("#!") && text.lines().next().is_some_and(|line| line.contains("sh"))
        || name.ends_with(".sh");
    let lines = u32::try_from(text.lines().count()).unwrap_or(u32::MAX);

    (shell && lines > 3).then(|| Callable {
        name: name.into(),
        parent: None,
        line: 1,
        lines,
        documented: text.lines().skip(1).take(3).any(|line| line.starts_with('#')),
        comments: 0,
    })
}

/// Lines from the first to the one that closes its brace.
fn braced(lines: &[&str]) -> Option<usize> {
    let mut depth = 0_i32;
    let mut opened = false;
    for (at, line) in lines.iter().take(2_000).enumerate() {
        for symbol in line.chars() {
            match symbol {
                '{' => {
                    depth += 1;
                    opened = true;
                }
                '}' => depth -= 1,
                _ => {}
            }
        }
        if opened && depth <= 0 {
            return Some(at + 1);
        }
        if !opened && at > 1 {
            return None;
        }
    }

    None
}

/// Lines from the first to the one that ends at its own depth.
fn indented(lines: &[&str]) -> Option<usize> {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let own = depth(lines.first()?);
    let end = lines
        .iter()
        .skip(1)
        .position(|line| !line.trim().is_empty() && depth(line) <= own)?;

    Some(end + 2)
}

/// In how many signatures a type is named.
fn signature_words(text: &str, callables: &[Callable]) -> Vec<(Box<str>, u32)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut counts: HashMap<&str, u32> = HashMap::new();
    for callable in callables {
        let mut words: Vec<&str> = Vec::new();
        if let Some(parent) = &callable.parent {
            words.push(parent);
        }
        for line in lines.iter().skip(callable.line as usize - 1).take(8) {
            let head = line.split('{').next().unwrap_or_default();
            words.extend(
                head.split(|c: char| !c.is_alphanumeric() && c != '_')
                    .filter(|word| word.len() > 2),
            );
            if line.contains(['{', ';']) || line.trim_end().ends_with(':') {
                break;
            }
        }
        words.sort_unstable();
        words.dedup();
        for word in words.into_iter().filter(|word| *word != &*callable.name) {
            *counts.entry(word).or_default() += 1;
        }
    }

    let mut counts: Vec<(Box<str>, u32)> = counts
        .into_iter()
        .map(|(word, count)| (word.into(), count))
        .collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts.truncate(MAX_WORDS);

    counts
}

/// How plainly a sentence gives a reason: 0 when it gives none.
pub(super) fn reason_weight(sentence: &str) -> u32 {
    const STRONG: [&str; 16] = [
        " because ",
        " instead of ",
        " rather than ",
        "unlike ",
        "on purpose",
        "deliberate",
        "by design",
        "intentional",
        "the reason",
        "trade-off",
        "tradeoff",
        " so that ",
        "we chose",
        "was chosen",
        "the alternative",
        "we decided",
    ];
    const WEAK: [&str; 14] = [
        "we don't",
        "we do not",
        "we never",
        "we prefer",
        "note that",
        " must not ",
        " must be ",
        "avoid",
        "in order to",
        " otherwise ",
        "to prevent",
        ", since ",
        "for performance",
        "faster",
    ];
    let lower = format!(" {} ", sentence.to_lowercase());
    let count = |words: &[&str]| words.iter().filter(|word| lower.contains(**word)).count() as u32;

    count(&STRONG) * 3 + count(&WEAK)
}

fn remarks(path: &str, blocks: &[CommentBlock], gleaned: &mut Gleaned) {
    let mut others: Vec<(u32, Remark)> = Vec::new();
    for block in blocks {
        for (row, text) in block.sentences() {
            let words = text.split(' ').count();
            if !(6..=48).contains(&words) || comments::is_noise(&text) || !is_prose(&text) {
                continue;
            }

            let line = u32::try_from(row + 1).unwrap_or(u32::MAX);
            let length = u32::try_from(block.lines.len().min(12)).unwrap_or(0);
            let weight = match reason_weight(&text) {
                0 => 0,
                // "We don't have it, actually" gives no reason.
                weight if weight < 3 && words < 10 => 0,
                weight if stands_alone(&text) => weight + length / 4,
                _ => continue,
            };
            let remark = Remark {
                text,
                file: path.to_owned(),
                line,
            };
            if weight > 0 {
                gleaned.decisions.push((weight, remark));
            } else {
                others.push((length, remark));
            }
        }
    }

    gleaned
        .decisions
        .sort_by_key(|(weight, remark)| (std::cmp::Reverse(*weight), remark.line));
    gleaned.decisions.truncate(MAX_DECISIONS);
    others.sort_by_key(|(weight, remark)| (std::cmp::Reverse(*weight), remark.line));
    others.truncate(MAX_REMARKS);
    gleaned.remarks = others.into_iter().map(|(_, remark)| remark).collect();
    gleaned.remarks.sort_by_key(|remark| remark.line);
}

/// Whether a reason can be understood away from the code it stands beside.
fn stands_alone(text: &str) -> bool {
    let lower = format!(" {} ", text.to_lowercase());
    let points = [
        " here ",
        " below",
        " above",
        " this.",
        " this, ",
        " this is ",
        " this will ",
        " do this ",
        " does this ",
        " of this ",
        " first one",
        " second one",
        " that way",
        " we're ",
        " ditto",
        "???",
        " previous ",
        " following ",
        " these ",
        " it's ",
        " here, ",
        " this to ",
        " for this ",
    ];
    let begins = text.chars().next().is_some_and(char::is_uppercase);
    let own = [
        "library",
        "project",
        "file",
        "module",
        "function",
        "class",
        "package",
        "program",
        "tool",
        "crate",
        "system",
        "software",
        "application",
        "app",
        "server",
        "framework",
        "game",
        "firmware",
        "plugin",
        "script",
        "repository",
    ];
    // "This option is off by default": which one, only its place tells.
    let points_at_one = lower.split(' ').collect::<Vec<_>>().windows(2).any(|pair| {
        let noun = pair[1].trim_end_matches(|c: char| !c.is_alphanumeric());
        pair[0] == "this" && noun.len() > 2 && !own.contains(&noun)
    });

    begins && !points_at_one && !points.iter().any(|words| lower.contains(words))
}

/// Words, and not a drawing or a piece of code.
pub(super) fn is_prose(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic() || *c == ' ').count();
    let plain = text.chars().filter(char::is_ascii).count();

    letters * 10 > text.chars().count() * 8 && plain * 20 >= text.chars().count() * 19
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_without_a_grammar_are_found_by_their_shape() {
        let text = "#!/bin/sh\n# Links the files.\nlink_all() {\n  echo hi\n}\n";
        let found = glean("install.sh", text, &[], false).callables;
        assert_eq!(&*found.last().expect("the script").name, "install.sh");
        assert_eq!(
            (&*found[0].name, found[0].line, found[0].lines),
            ("link_all", 3, 3)
        );

        let text = "// Blinks.\nvoid Lamp::blink(int times) {\n  on();\n}\n\nvoid loop() {\n  blink(1);\n}\n";
        let names: Vec<String> = glean("a.ino", text, &[], false)
            .callables
            .iter()
            .map(|c| c.name.to_string())
            .collect();
        assert_eq!(names, ["blink", "loop"]);
    }

    #[test]
    fn a_member_belongs_to_the_innermost_object_that_it_stands_in() {
        let text = "var Mill = Wheel.extend({\n    init: function () {\n        this.gates = {\n            open: 1\n        };\n    },\n    turn: function () {\n        this.go();\n    }\n});\n";
        let found = members(text, &[]);
        let owners: Vec<(&str, Option<&str>)> = found
            .iter()
            .map(|found| (&*found.name, found.parent.as_deref()))
            .collect();
        assert_eq!(owners, [("init", Some("Mill")), ("turn", Some("Mill"))]);
    }

    #[test]
    fn a_reason_is_told_from_a_remark() {
        let text = "// We use a plain array instead of a list because it fits the cache.\n// The list of all the open rooms of the house.\nint x;\n";
        let gleaned = glean("a.c", text, &[], false);
        assert_eq!(gleaned.decisions.len(), 1);
        assert!(gleaned.decisions[0].0 >= 6, "{gleaned:?}");
        assert_eq!((gleaned.remarks.len(), gleaned.remarks[0].line), (1, 2));
    }
}
