//! What is declared with a description: variables and resources of Terraform, flags of a tool, columns of a table,
//! aliases and settings of a machine.

mod limits;
mod records;

use std::sync::LazyLock;

use regex::Regex;

use super::comments;
use crate::analysis::model::{Declared, DeclaredKind};

const MOST: usize = 60;

pub(super) fn find(path: &str, text: &str) -> Vec<Declared> {
    // A change log shows what once was.
    if super::milestones::is_change_log(path) {
        return Vec::new();
    }
    let mut found = match comments::extension(path) {
        "tf" => terraform(path, text),
        "csv" | "tsv" => columns(path, text),
        "json" => records::fields(path, text),
        "sql" => records::tables(path, text),
        "yml" | "yaml" if path.ends_with("defaults/main.yml") || path.ends_with("values.yaml") => {
            defaults(path, text)
        }
        "jsx" | "tsx" | "vue" => pages(path, text),
        "js" | "ts" => {
            let mut found = flags(path, text);
            found.extend(pages(path, text));
            found
        }
        "py" | "rb" | "prisma" => {
            let mut found = flags(path, text);
            found.extend(tables(path, text));
            found
        }
        "go" | "rs" | "c" => flags(path, text),
        "md" | "markdown" | "rst" | "txt" | "adoc" if is_help(path) => help(path, text),
        "sh" | "zsh" | "bash" | "fish" | "vim" | "tmux" if path.contains('.') => settings(path, text),
        _ => Vec::new(),
    };
    found.truncate(MOST);
    found.extend(limits::find(path, text));

    found
}

fn declared(path: &str, row: usize, kind: DeclaredKind, name: &str, note: &str) -> Declared {
    Declared {
        name: name.trim().to_owned(),
        kind,
        note: note.trim().trim_matches('"').to_owned(),
        file: path.to_owned(),
        line: u32::try_from(row + 1).unwrap_or(u32::MAX),
    }
}

fn terraform(path: &str, text: &str) -> Vec<Declared> {
    if path
        .split('/')
        .any(|part| matches!(part, "examples" | "example" | "tests" | "test"))
    {
        return Vec::new();
    }

    let mut found: Vec<Declared> = Vec::new();
    let mut above = String::new();
    for (row, line) in text.lines().enumerate() {
        let words: Vec<&str> = line
            .split_whitespace()
            .map(|word| word.trim_matches('"'))
            .collect();
        match words.as_slice() {
            ["variable", name, ..] => found.push(declared(path, row, DeclaredKind::Input, name, "")),
            ["output", name, ..] => found.push(declared(path, row, DeclaredKind::Output, name, "")),
            ["resource", kind, name, ..] => {
                let name = if matches!(*name, "this" | "main" | "default") {
                    (*kind).to_owned()
                } else {
                    format!("{kind} {name}")
                };
                found.push(declared(path, row, DeclaredKind::Resource, &name, &above));
            }
            ["description", "=", ..] => {
                if let (Some(last), Some((_, note))) = (found.last_mut(), line.split_once('='))
                    && last.note.is_empty()
                    && last.kind != DeclaredKind::Resource
                {
                    note.trim().trim_matches('"').clone_into(&mut last.note);
                }
            }
            _ => {}
        }

        let comment = line
            .trim_start()
            .strip_prefix('#')
            .map(|rest| rest.trim_matches(['#', ' ']));
        match comment {
            Some("") => {}
            Some(comment) => above = comment.to_owned(),
            None => above.clear(),
        }
    }

    found
}

/// The names in the first line of a table.
fn columns(path: &str, text: &str) -> Vec<Declared> {
    let mark = if path.ends_with(".tsv") { '\t' } else { ',' };
    let head = text.lines().next().unwrap_or_default();
    let names: Vec<&str> = head
        .split(mark)
        .map(|name| name.trim().trim_matches('"'))
        .collect();
    let named = names.len() > 1
        && names
            .iter()
            .all(|name| name.len() < 60 && name.chars().next().is_some_and(char::is_alphabetic));
    if !named {
        return Vec::new();
    }

    names
        .into_iter()
        .map(|name| declared(path, 0, DeclaredKind::Column, name, ""))
        .collect()
}

/// Flags and commands that a tool declares with a line of help.
fn flags(path: &str, text: &str) -> Vec<Declared> {
    static FLAG: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(
            r#"(?:flag\.\w+|Flags\(\)\.\w+)\((?:&\w+, *)?"(?P<n>[\w-]+)",(?:[^"\n]*,)? *(?:"[^"\n]*", *)?"(?P<h>[^"\n]{8,})"|add_argument\([^\n]*?"--(?P<n2>[\w-]+)"[^\n]*help="(?P<h2>[^"\n]{8,})"|\.option\(\s*['"][^'"\n]*--(?P<n3>[\w-]+)[^'"\n]*['"],\s*['"](?P<h3>[^'"\n]{8,})|Use: *"(?P<n4>[\w-]+)[^"\n]*",\s*Short: *"(?P<h4>[^"\n]{8,})"|\.command\(\s*['"](?P<n5>[\w-]+)[^'"\n]*['"],\s*['"](?P<h5>[^'"\n]{8,})"#,
        )
        .ok()
    });

    // What Rust's clap is told.
    static CLAP: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(
            r#"(?:SubCommand::with_name|Command::new)\(\s*"(?P<n6>[\w-]+)"\s*\)[^;"]*?\.about\(\s*"(?P<h6>[^"\n\\]{8,})|\.long\(\s*"(?P<n7>[\w-]+)"\s*\)[^;"]*?(?:\.value_name\(\s*"[^"]*"\s*\)[^;"]*?)?\.help\(\s*"(?P<h7>[^"\n\\]{8,})"#,
        )
        .ok()
    });
    let pattern = if path.ends_with(".rs") { &CLAP } else { &FLAG };
    let declares = ["lag", "argument(", "ption(", "ommand", "Use:", ".long("]
        .iter()
        .any(|word| text.contains(word));

    let mut found: Vec<Declared> = Vec::new();
    for groups in pattern
        .iter()
        .filter(|_| declares)
        .flat_map(|pattern| pattern.captures_iter(text))
    {
        let first = |names: [&str; 7]| {
            names
                .iter()
                .find_map(|name| groups.name(name))
                .map_or("", |found| found.as_str())
        };
        let (name, help) = (
            first(["n", "n2", "n3", "n4", "n5", "n6", "n7"]),
            first(["h", "h2", "h3", "h4", "h5", "h6", "h7"]),
        );
        let kind = if ["n4", "n5", "n6"].iter().any(|name| groups.name(name).is_some()) {
            DeclaredKind::Command
        } else {
            DeclaredKind::Option
        };
        let start = groups.get(0).map_or(0, |whole| whole.start());
        let row = text[..start].matches('\n').count();
        // An example in a comment declares nothing.
        let line = text[..start].rsplit('\n').next().unwrap_or_default().trim_start();
        if !line.starts_with(['*', '#']) && !line.starts_with("//") {
            found.push(declared(path, row, kind, name, help));
        }
    }

    found
}

/// Classes that a mapper keeps as tables: SQLAlchemy, Django, Active Record, Prisma.
fn tables(path: &str, text: &str) -> Vec<Declared> {
    static TABLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(
            r"^(?:class\s+(?P<n>[A-Z]\w+)\s*\((?:[\w., ]*\b)?(?:db\.Model|models\.Model|DeclarativeBase|Base)\)\s*:|\s*class\s+(?P<n2>[A-Z]\w+)\s*<\s*(?:ApplicationRecord|ActiveRecord::Base)\b|model\s+(?P<n3>[A-Z]\w+)\s*\{)",
        )
        .ok()
    });
    // `Base` is a mapper's only where one is at work.
    let mapped = ["sqlalchemy", "models.Model", "Record", "model "]
        .iter()
        .any(|word| text.contains(word));
    let Some(pattern) = TABLE.as_ref().filter(|_| mapped && !path.contains("migrations/")) else {
        return Vec::new();
    };

    let rows = text.lines().enumerate();
    rows.filter_map(|(row, line)| {
        let groups = pattern.captures(line)?;
        let name = ["n", "n2", "n3"].iter().find_map(|name| groups.name(name))?;
        Some(declared(path, row, DeclaredKind::Table, name.as_str(), ""))
    })
    .collect()
}

/// Addresses of a front end with what is shown at each: React Router and Vue Router.
fn pages(path: &str, text: &str) -> Vec<Declared> {
    static PAGE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(
            r#"<Route\b[^>]*?\bpath=\{?["'](?P<p>/[^"']*)["']\}?[^>]*?(?:component=\{(?P<c>[A-Z]\w*)\}|element=\{\s*<(?P<c2>[A-Z]\w*))|\bpath:\s*["'](?P<p2>/[^"']*)["'],\s*(?:name:[^,\n]*,\s*)?component:\s*(?P<c3>[A-Z]\w*)"#,
        )
        .ok()
    });

    let mut found: Vec<Declared> = Vec::new();
    for groups in PAGE.iter().flat_map(|pattern| pattern.captures_iter(text)) {
        let first = |names: [&str; 3]| names.iter().find_map(|name| groups.name(name));
        let (Some(address), Some(shown)) = (first(["p", "p2", "p2"]), first(["c", "c2", "c3"])) else {
            continue;
        };
        let row = text[..address.start()].matches('\n').count();
        found.push(declared(
            path,
            row,
            DeclaredKind::Page,
            address.as_str(),
            shown.as_str(),
        ));
    }

    found
}

/// Keys of the outermost level, with the comment above each.
fn defaults(path: &str, text: &str) -> Vec<Declared> {
    let mut found: Vec<Declared> = Vec::new();
    let mut above = String::new();
    for (row, line) in text.lines().enumerate() {
        if let Some(comment) = line.strip_prefix('#') {
            if !above.is_empty() {
                above.push(' ');
            }
            above.push_str(comment.trim());
            continue;
        }
        let key = line
            .split_once(':')
            .map(|(key, _)| key)
            .filter(|key| !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
        if let Some(key) = key {
            let note = crate::analysis::prose::first_sentence(&above);
            let note = if comments::is_noise(&note) || is_heading(&note) {
                String::new()
            } else {
                note
            };
            found.push(declared(path, row, DeclaredKind::Input, key, &note));
        }
        above.clear();
    }

    found
}

/// "Service options." and "Enable repo setup" stand over a group of settings, and describe none of them.
fn is_heading(note: &str) -> bool {
    let plain = note.trim_end_matches(['.', ':', ' ']).to_lowercase();
    let words: Vec<&str> = plain.split(' ').collect();
    let groups = [
        "options",
        "setup",
        "settings",
        "configuration",
        "variables",
        "config",
        "parameters",
        "defaults",
    ];

    words.len() < 6 && words.last().is_some_and(|last| groups.contains(last))
}

/// Documents that show how a tool is called: the read-me, and what lies beside it.
fn is_help(path: &str) -> bool {
    path.matches('/').count() < 2
}

/// What a tool prints about itself, as its documents show it: flags and commands with their notes.
fn help(path: &str, text: &str) -> Vec<Declared> {
    static FLAG: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(
            r"^\s*(?:-\w(?:,| \||/)\s*)?--(?P<n>[a-z][\w-]+)(?:(?:,\s*|\s+)-\w)?(?:[ =]?[<\[{(]?[A-Za-z_-]+[>\]})]|[ =][A-Z_]{2,})?(?:,| :|:)?\s+(?P<h>[A-Za-z(].*)$",
        )
        .ok()
    });
    static COMMAND: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r"^\s{2,}(?P<n>[a-z][\w-]+)(?:\s+-\s+|\s{2,})(?P<h>[A-Za-z].{8,})$").ok()
    });

    let lines: Vec<&str> = text.lines().collect();
    let mut found: Vec<Declared> = Vec::new();
    let mut fenced = false;
    let mut commands = false;
    for (row, line) in lines.iter().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            commands = false;
            continue;
        }
        let shown = fenced || line.starts_with("    ") || line.starts_with('\t');
        // A line that goes on below is a part of a command.
        if !shown || line.trim_end().ends_with('\\') {
            continue;
        }
        let heading = line.trim().to_lowercase();
        if heading.ends_with(':') {
            commands = heading.contains("command");
        }

        let flag = FLAG.as_ref().and_then(|pattern| pattern.captures(line));
        let command = COMMAND
            .as_ref()
            .filter(|_| commands && flag.is_none())
            .and_then(|pattern| pattern.captures(line));
        let kind = if flag.is_some() {
            DeclaredKind::Option
        } else {
            DeclaredKind::Command
        };
        let Some(groups) = flag.or(command) else { continue };
        let mut note = groups["h"].trim().to_owned();
        // The sentence goes on below.
        for next in lines.iter().skip(row + 1).take(4) {
            let rest = next.trim();
            if note.ends_with('.') || note.contains(". ") || rest.is_empty() || rest.starts_with(['-', '`']) {
                break;
            }
            if next.len() - next.trim_start().len() < 4 || kind == DeclaredKind::Command {
                break;
            }
            note.push(' ');
            note.push_str(rest);
        }
        let note = crate::analysis::prose::first_sentence(&note);
        if !found.iter().any(|known| known.name == groups["n"]) && groups["n"] != *"help" {
            found.push(declared(path, row, kind, &groups["n"], &note));
        }
    }

    found
}

/// Functions, aliases and options that have a comment right above.
fn settings(path: &str, text: &str) -> Vec<Declared> {
    static SETTING: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r"^\s*(?:alias\s+(?P<n>[\w.:-]+)=|export\s+(?P<n2>\w+)=|function\s+(?P<n3>[\w-]+)|(?P<n4>[\w-]+)\(\)\s*\{|setopt\s+(?P<n5>\w+)|shopt\s+-s\s+(?P<n6>\w+)|set\s+(?P<n7>\w+))").ok()
    });

    let lines: Vec<&str> = text.lines().collect();
    let mut found: Vec<Declared> = Vec::new();
    for (row, pair) in lines.windows(2).enumerate() {
        let note = pair[0].trim_start();
        let Some(note) = note
            .strip_prefix(['#', '"'])
            .map(|note| note.trim_start_matches(['#', ' ']))
        else {
            continue;
        };
        let above = row.checked_sub(1).map_or("", |above| lines[above].trim_start());
        // "shortcut to this folder is $X" points at its own line.
        let points = note
            .split(' ')
            .any(|word| matches!(word, "this" | "these" | "below"))
            || note.contains('$');
        if points || note.split(' ').count() < 3 || above.starts_with(['#', '"']) || comments::is_noise(note)
        {
            continue;
        }
        let groups = SETTING.as_ref().and_then(|pattern| pattern.captures(pair[1]));
        let name = groups
            .as_ref()
            .and_then(|groups| groups.iter().skip(1).flatten().next());
        if let Some(name) = name {
            found.push(declared(
                path,
                row + 1,
                DeclaredKind::Setting,
                name.as_str(),
                note,
            ));
        }
    }

    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_resources_and_outputs_keep_their_descriptions() {
        let text = "variable \"cidr\" {\n  description = \"The range of addresses\"\n}\n# The network itself\nresource \"aws_vpc\" \"this\" {\n}\noutput \"vpc_id\" {\n  description = \"Its identifier\"\n}\n";
        let found = find("main.tf", text);
        let told: Vec<(&str, &str, u32)> = found
            .iter()
            .map(|d| (d.name.as_str(), d.note.as_str(), d.line))
            .collect();
        assert_eq!(
            told,
            [
                ("cidr", "The range of addresses", 1),
                ("aws_vpc", "The network itself", 5),
                ("vpc_id", "Its identifier", 7)
            ]
        );
    }

    #[test]
    fn what_a_tool_prints_about_itself_is_read_from_its_documents() {
        let text = "# kiln\n\n```\nCommands:\n  bake - bakes what is given\n\nOptions:\n\n    --heat, -h, Defines the heat of the\n    oven. More follows.\n  -q, --quiet          Say nothing at all\n```\n";
        let told: Vec<(DeclaredKind, String, String)> = find("README.md", text)
            .into_iter()
            .map(|found| (found.kind, found.name, found.note))
            .collect();
        assert_eq!(
            told,
            [
                (
                    DeclaredKind::Command,
                    "bake".to_owned(),
                    "bakes what is given".to_owned()
                ),
                (
                    DeclaredKind::Option,
                    "heat".to_owned(),
                    "Defines the heat of the oven.".to_owned()
                ),
                (
                    DeclaredKind::Option,
                    "quiet".to_owned(),
                    "Say nothing at all".to_owned()
                ),
            ]
        );
    }

    #[test]
    fn tables_of_a_mapper_and_pages_of_a_front_end_are_found() {
        let told = |path: &str, text: &str| -> Vec<(DeclaredKind, String, String)> {
            let found = find(path, text).into_iter();
            found.map(|found| (found.kind, found.name, found.note)).collect()
        };
        assert_eq!(
            told(
                "app/models.py",
                "import sqlalchemy as sa\n\nclass Boat(Berthed, db.Model):\n    pass\n\nclass Tide(object):\n    pass\n"
            ),
            [(DeclaredKind::Table, "Boat".to_owned(), String::new())]
        );
        assert_eq!(
            told("app/models/boat.rb", "class Boat < ApplicationRecord\nend\n").len(),
            1
        );
        assert!(told("app/a.py", "class Boat(Base):\n    pass\n").is_empty());
        assert_eq!(
            told(
                "src/App.js",
                "<Route exact path=\"/boats/:id\" component={Boat} />\n"
            ),
            [(DeclaredKind::Page, "/boats/:id".to_owned(), "Boat".to_owned())]
        );
        assert_eq!(
            told("src/App.tsx", "<Route path=\"/tides\" element={<Tides />} />\n").len(),
            1
        );
    }

    #[test]
    fn flags_columns_and_settings_are_found() {
        assert_eq!(
            find("main.go", "x := flag.Int(\"depth\", 3, \"how deep to look\")\n")[0].note,
            "how deep to look"
        );
        let clap = "    Command::new(\"flood\")\n        .about(\"Opens all of the sluices\")\n        .arg(Arg::new(\"n\").long(\"number\").action(ArgAction::Set).value_name(\"NUM\").help(\"How many of them\"))\n";
        let told: Vec<(DeclaredKind, String)> = find("src/cli.rs", clap)
            .into_iter()
            .map(|found| (found.kind, found.name))
            .collect();
        assert_eq!(
            told,
            [
                (DeclaredKind::Command, "flood".to_owned()),
                (DeclaredKind::Option, "number".to_owned())
            ]
        );
        assert_eq!(find("a.csv", "city,year\nx,1\n").len(), 2);
        assert_eq!(
            find(".aliases.sh", "# Go one folder up\nalias ..=\"cd ..\"\n")[0].line,
            2
        );
    }
}
