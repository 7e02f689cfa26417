//! Calls as they are written, line by line, without a grammar; and names that are not worth following.

use std::{collections::HashMap, sync::LazyLock};

use regex::Regex;

use crate::analysis::{model::Passage, words};

const PLAIN: [&str; 31] = [
    "fill", "swap", "begin", "end", "size", "at", "find", "log", "free", "malloc", "assert", "print",
    "printf", "error", "len", "get", "set", "new", "init", "close", "destroy", "push", "append", "format",
    "debug", "panic", "warn", "exit", "next", "clone", "copy",
];

/// A call as it is written: `cmd::index::run(` calls `run` of `index`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::analysis::explain) struct Called<'t> {
    pub(in crate::analysis::explain) name: &'t str,
    pub(super) of: Option<&'t str>,
    /// Handed over to be called by somebody else, not called here.
    pub(super) handed: bool,
}

/// A name as a small number.
pub(in crate::analysis::explain) fn hash_name(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

pub(super) fn is_plain(name: &str) -> bool {
    let snake = snake(name);
    let first = snake.split('_').next().unwrap_or_default();
    PLAIN.contains(&snake.as_str())
        || snake.contains("log") && snake.len() < 12
        || matches!(first, "is" | "get" | "set" | "has" | "to" | "free")
}

/// Whether a line of a pipeline begins with a program.
pub(in crate::analysis::explain) fn is_program_line(line: &str) -> bool {
    const CHECKERS: [&str; 22] = [
        "pytest",
        "tox",
        "nox",
        "ruff",
        "mypy",
        "flake8",
        "black",
        "eslint",
        "jest",
        "mocha",
        "rspec",
        "rake",
        "ctest",
        "molecule",
        "ansible-lint",
        "yamllint",
        "tflint",
        "golangci-lint",
        "shellcheck",
        "phpunit",
        "coverage",
        "gofmt",
    ];
    let first = line.split_whitespace().next().unwrap_or_default();

    crate::narration::speakable::is_program(first) || CHECKERS.contains(&first) || first.starts_with("./")
}

/// Whether methods of many types are called so.
pub(super) fn is_common(name: &str) -> bool {
    const COMMON: [&str; 54] = [
        "start", "stop", "run", "update", "render", "draw", "add", "remove", "load", "save", "open", "read",
        "write", "send", "parse", "handle", "execute", "process", "reset", "play", "pause", "show", "hide",
        "apply", "build", "create", "delete", "find", "filter", "map", "each", "emit", "call", "invoke",
        "register", "setup", "connect", "listen", "index", "check", "decode", "encode", "get", "set",
        "close", "join", "split", "format", "append", "items", "keys", "values", "copy", "clear",
    ];

    COMMON.contains(&snake(name).as_str())
}

/// `processCommand` and `ProcessCommand` as `process_command`.
pub(super) fn snake(name: &str) -> String {
    words::words(name).to_lowercase().replace(' ', "_")
}

/// Names before an opening parenthesis, and names that are handed over alone, outside of strings and comments.
pub(in crate::analysis::explain) fn called_names(line: &str) -> Vec<Called<'_>> {
    let mut quote = None;
    let mut names: Vec<Called<'_>> = Vec::new();
    let bytes = line.as_bytes();
    let mut start = None;
    for (at, byte) in bytes.iter().copied().enumerate() {
        if let Some(open) = quote {
            if byte == open {
                quote = None;
            }
            continue;
        }
        let word = byte.is_ascii_alphanumeric() || byte == b'_';
        match (word, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                // `f(`, `, f)` and `&f,`: called, or handed over to be called.
                let before = line[..from].trim_end().bytes().last();
                let owned = before == Some(b'.') && wraps(&line[..from]);
                // Ruby asks with `safelisted?(request)`.
                let asked = matches!(byte, b'?' | b'!') && bytes.get(at + 1) == Some(&b'(');
                // `create_task(Mill::turn,` hands over as well.
                let of_a_type = line[..from].ends_with("::") && from > 2;
                let handed = matches!(byte, b')' | b',')
                    && (matches!(before, Some(b',' | b'&')) || owned || of_a_type);
                if byte == b'(' || handed || asked {
                    names.push(Called {
                        name: &line[from..at + usize::from(asked)],
                        of: owner_before(&line[..from]),
                        handed,
                    });
                }
                start = None;
            }
            _ => {}
        }
        // Bytes, since not every one of them begins a character.
        let lifetime = bytes.get(at + 1).is_some_and(u8::is_ascii_alphabetic)
            && matches!(bytes.get(at + 2), Some(b'>' | b',' | b' '));
        if matches!(byte, b'"' | b'`') || byte == b'\'' && !lifetime {
            quote = Some(byte);
        }
        if bytes[at..].starts_with(b"//") || bytes[at..].starts_with(b"/*") || byte == b'#' {
            break;
        }
    }

    names
}

/// Whether a method is wrapped to be handed over: `HandlerFunc(s.`, `bind(this.`, `Some(self.`.
fn wraps(before: &str) -> bool {
    let receiver = before
        .trim_end_matches('.')
        .trim_end_matches(|c: char| c.is_alphanumeric() || c == '_');

    ["Func(", "func(", "andler(", "allback(", "bind(", "on("]
        .iter()
        .any(|opening| receiver.ends_with(opening))
        || receiver.trim_end().ends_with(',')
}

/// `index` in `cmd::index::`, `store.` and `store->`.
fn owner_before(before: &str) -> Option<&str> {
    let before = ["::", "->", "."]
        .iter()
        .find_map(|joint| before.strip_suffix(joint))?;
    let owner = last_word(before);

    owner.or_else(|| maker(before))
}

/// The name that a text ends in.
fn last_word(text: &str) -> Option<&str> {
    let start = text
        .rfind(|c: char| !c.is_alphanumeric() && c != '_')
        .map_or(0, |at| at + 1);

    text.get(start..).filter(|word| !word.is_empty())
}

/// `Cmd` in `Cmd::parse()`: what a type made is of that type.
fn maker(before: &str) -> Option<&str> {
    let made = before.strip_suffix(')')?;
    let (path, _) = made.split_at(made.rfind('(')?);
    let (of, _) = path.rsplit_once("::")?;

    last_word(of).filter(|word| word.starts_with(char::is_uppercase))
}

/// `Add` for `cmd` in `Cmd::Add(cmd) => cmd.run()`: a value that a pattern took out is called by its pattern.
pub(super) fn taken_out<'t>(of: &str, line: &'t str) -> Option<&'t str> {
    let (pattern, _) = line.split_once("=>")?;
    let (path, bound) = pattern.trim_end().strip_suffix(')')?.rsplit_once('(')?;

    (bound.trim() == of).then(|| last_word(path)).flatten()
}

/// What values of a function's body were made of: `form` of `Form` in `form = Form(request)`, `gate` of `gateV2` in
/// `gate = &gateV2{`.
pub(super) fn made_in<'t>(body: &[&'t str]) -> HashMap<&'t str, &'t str> {
    static MADE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(
            r"^\s*(?:let |mut |const |var |auto\*? )*(\w+)(?:\s*:\s*[\w<>&]+)?\s*:?=\s*(?:await |new |&)*(?:\w+(?:\.|::))?(?:([A-Z]\w*)(?:::\w+)?[({]|(\w+)\{)",
        )
        .ok()
    });
    let Some(pattern) = MADE.as_ref() else {
        return HashMap::new();
    };

    let lines = body.iter().filter(|line| line.len() < 240);
    let made = lines.filter_map(|line| {
        let groups = pattern.captures(line)?;
        let of = groups.get(2).or(groups.get(3))?;
        Some((groups.get(1)?.as_str(), of.as_str()))
    });

    made.collect()
}

/// The first line of a function without its own name and parameters.
pub(super) fn after_head(line: &str) -> &str {
    line.find('{').map_or("", |at| &line[at + 1..])
}

/// Second words of commands that begin with the project's name: `xsv headers a.csv` shows `headers`.
pub(super) fn shown_commands(passages: &[Passage], name: &str) -> Vec<String> {
    let mut shown: Vec<String> = Vec::new();
    for line in passages.iter().flat_map(|passage| &passage.commands) {
        let mut words = line
            .text
            .trim_start_matches(['$', '>', '%', ' '])
            .split_whitespace();
        let program = words.next().unwrap_or_default();
        if !program
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .eq_ignore_ascii_case(name)
        {
            continue;
        }

        let command = words.find(|word| !word.starts_with('-')).unwrap_or_default();
        if command.len() > 1 && !shown.iter().any(|known| known == command) {
            shown.push(command.to_owned());
        }
    }

    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_called_are_found_outside_of_strings_and_comments() {
        let names: Vec<&str> =
            called_names("  if (readLine(c, \"f(x)\") && ok) setHandler(c, onRead); // g(y)")
                .iter()
                .map(|called| called.name)
                .collect();
        assert_eq!(names, ["readLine", "ok", "setHandler", "onRead"]);

        assert!(called_names("2 × 4.1 MB // naïve: 'é").is_empty());

        let called = called_names("    Command::Index => cmd::index::run(argv),");
        assert_eq!(
            called,
            [Called {
                name: "run",
                of: Some("index"),
                handed: false,
            }]
        );
    }

    #[test]
    fn a_value_is_called_by_what_made_it_or_what_it_was_taken_out_of() {
        let called = called_names("    let done = Cmd::parse().run();");
        assert_eq!((called[1].name, called[1].of), ("run", Some("Cmd")));
        assert_eq!(
            taken_out("cmd", "        Cmd::Add(cmd) => cmd.run(),"),
            Some("Add")
        );
        assert_eq!(taken_out("cmd", "        Cmd::Add(other) => cmd.run(),"), None);
    }

    #[test]
    fn values_are_known_by_what_made_them() {
        let body = [
            "    form = GateForm(request)",
            "\tprot = &gateV2{nsqd: p.nsqd}",
            "    let mill = Mill::new(3);",
        ];
        let made = made_in(&body);
        assert_eq!(made.get("form"), Some(&"GateForm"));
        assert_eq!(made.get("prot"), Some(&"gateV2"));
        assert_eq!(made.get("mill"), Some(&"Mill"));
        assert!(made_in(&["    if gate == Gate(", "    total = count(3)"]).is_empty());
    }

    #[test]
    fn commands_that_the_documents_show_are_known() {
        let text = "# kiln\n\nA tool.\n\n## Usage\n\n```\n$ kiln --quiet bake a.txt\n$ kiln cool a.txt\n$ make\n```\n";
        let passages = crate::analysis::explain::roles::passages("README.md", text, "kiln");
        assert_eq!(shown_commands(&passages, "kiln"), ["bake", "cool"]);
    }

    #[test]
    fn plain_helpers_are_not_worth_a_step() {
        assert!(is_plain("serverLog") && is_plain("getName") && is_plain("free"));
        assert!(!is_plain("processCommand"));
    }
}
