//! Reads a language by its row: comments above definitions, definitions by their patterns, extents by indentation.
//! Knows less than a grammar does, and says less: no parameters, and nothing of what a line does not show by itself.

use std::sync::{LazyLock, OnceLock};

use regex::Regex;

use super::rows::{ROWS, Row};
use super::{DefinitionKind as Kind, Syntax, comments};
use crate::analysis::model::Definition;
use crate::analysis::{prose, words};

/// Lines longer than this are data.
const LONGEST_LINE: usize = 400;
const MOST_DEFINITIONS: usize = 4_000;

struct Compiled {
    row: &'static Row,
    definitions: Vec<(Kind, Regex)>,
    hidden: Option<Regex>,
    shown: Option<Regex>,
    import: Option<Regex>,
    inside: Option<Regex>,
}

/// One for each row, compiled when the first file of its language is met.
static COMPILED: LazyLock<Vec<(&'static Row, OnceLock<Compiled>)>> =
    LazyLock::new(|| ROWS.iter().map(|row| (row, OnceLock::new())).collect());

fn compile(row: &'static Row) -> Compiled {
    let pattern = |text: Option<&str>| text.and_then(|text| crate::pattern::compile(text).ok());

    Compiled {
        row,
        definitions: row
            .definitions
            .iter()
            .filter_map(|(kind, text)| Some((*kind, crate::pattern::compile(text).ok()?)))
            .collect(),
        hidden: pattern(row.hidden),
        shown: pattern(row.shown),
        import: pattern(row.import),
        inside: pattern(row.inside),
    }
}

/// Reads one file by the row for its extension, or for `language` when it has none; `None` when there is no row.
pub(crate) fn read(path: &str, language: Option<&str>, text: &str) -> Option<Syntax> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty());
    let (row, compiled) = COMPILED.iter().find(|(row, _)| match extension {
        // A header of C is read by the grammar of C; one that comes here is C++.
        Some((_, "h")) => row.language == "C++" && language == Some("C++"),
        Some((_, extension)) => row.extensions.contains(&extension),
        None => Some(row.language) == language,
    })?;
    let compiled = compiled.get_or_init(|| compile(row));

    let mut reading = Reading {
        path,
        compiled,
        lines: text.lines().collect(),
        found: Syntax::default(),
        owners: Vec::new(),
        section_hidden: None,
    };
    reading.run();
    if compiled.row.language == "Haskell" {
        haskell_exports(text, &mut reading.found.definitions);
    }

    Some(reading.found)
}

struct Reading<'t> {
    path: &'t str,
    compiled: &'static Compiled,
    lines: Vec<&'t str>,
    found: Syntax,
    /// Types that the current line lies in: their indentation and name.
    owners: Vec<(usize, String)>,
    /// The indentation from which everything is hidden: after `private:` or `private`.
    section_hidden: Option<usize>,
}

impl Reading<'_> {
    fn run(&mut self) {
        let mut comment: Vec<String> = Vec::new();
        let mut first = true;
        let mut at = 0;
        while at < self.lines.len() && self.found.definitions.len() < MOST_DEFINITIONS {
            let line = self.lines[at];

            if let Some((text, next)) = self.comment_at(at) {
                let whole = text.join("\n");
                if first && !comments::is_directive(&whole) {
                    first = !self.header(&whole, next);
                }
                let skip = comments::is_directive(&whole) || comments::is_legal(&whole);
                comment = if skip { Vec::new() } else { text };
                at = next;
                continue;
            }

            if let Some((text, of_module, next)) = self.attribute_doc(at) {
                if of_module {
                    self.module_doc(&text);
                } else {
                    comment = vec![text];
                }
                at = next;
                continue;
            }

            let trimmed = line.trim();
            let keeps_comment = trimmed.starts_with('@')
                || trimmed.starts_with('[') && trimmed.ends_with(']')
                || trimmed.starts_with("template")
                || trimmed.starts_with("{-#");
            if !trimmed.is_empty() {
                self.statement(at, &comment);
                first &=
                    trimmed.starts_with("#!") || trimmed.starts_with('@') || trimmed.starts_with("<?php");
            }
            if !keeps_comment {
                comment.clear();
            }
            at += 1;
        }
    }

    /// The comment that begins at a line, its marks taken off, and the line after it.
    fn comment_at(&self, at: usize) -> Option<(Vec<String>, usize)> {
        let row = self.compiled.row;
        let start = self.lines[at].trim_start();
        if start.starts_with("#!") || start.starts_with("{-#") {
            return None;
        }

        if let Some((open, close)) = row.block
            && start.starts_with(open)
        {
            let mut text = Vec::new();
            for (offset, line) in self.lines[at..].iter().enumerate() {
                let line = line.trim();
                let inner = if offset == 0 {
                    line.strip_prefix(open).unwrap_or(line)
                } else {
                    line
                };
                let ended = inner
                    .find(close)
                    .or_else(|| (close == "=cut" && line == close).then_some(0));
                let inner = ended.map_or(inner, |end| &inner[..end]);
                text.push(without_marks(inner));
                if ended.is_some() {
                    return Some((text, at + offset + 1));
                }
            }
            return Some((text, self.lines.len()));
        }

        let mark = |line: &str| {
            row.line
                .iter()
                .find_map(|mark| line.strip_prefix(mark))
                .map(without_marks)
        };
        mark(start)?;
        let text: Vec<String> = self.lines[at..]
            .iter()
            .map_while(|line| mark(line.trim_start()))
            .collect();
        let next = at + text.len();

        Some((text, next))
    }

    /// Takes the first comment as the file's own when it stands alone or above the file's first words.
    fn header(&mut self, text: &str, next: usize) -> bool {
        let after = self.lines.get(next).map_or("", |line| line.trim());
        let begins = [
            "module ",
            "package ",
            "import ",
            "namespace",
            "using ",
            "#include",
            "#ifndef",
            "#pragma",
            "require",
            "use ",
            "library ",
            "set ",
            "terraform",
            "{-#",
            "<?php",
            "declare",
            "local ",
            "@",
            "source ",
            "defmodule",
        ];
        let alone = after.is_empty() || begins.iter().any(|start| after.starts_with(start));
        let about = alone.then(|| comments::read_purpose(text)).flatten();
        if let Some(about) = about {
            self.found.header = self.found.header.take().or_else(|| prose::doc(&about));
        }

        self.found.header.is_some() || !alone
    }

    /// Elixir's `@doc "…"` and `@moduledoc """…"""`; whether it is of the module, and the line after it.
    fn attribute_doc(&self, at: usize) -> Option<(String, bool, usize)> {
        if self.compiled.row.language != "Elixir" {
            return None;
        }
        let line = self.lines[at].trim();
        let of_module = line.starts_with("@moduledoc");
        let rest = line
            .strip_prefix("@moduledoc")
            .or_else(|| line.strip_prefix("@doc"))?;
        let rest = rest.trim().trim_start_matches("~S").trim_start_matches("~s");

        if !rest.starts_with("\"\"\"") {
            let text = rest.trim_matches('"');
            let told = rest.starts_with('"') && text.len() > 2;
            return Some((
                if told { text.to_owned() } else { String::new() },
                of_module,
                at + 1,
            ));
        }

        let text: Vec<&str> = self.lines[at + 1..]
            .iter()
            .map(|line| line.trim())
            .take_while(|line| !line.starts_with("\"\"\""))
            .collect();

        Some((text.join("\n"), of_module, at + text.len() + 2))
    }

    fn module_doc(&mut self, text: &str) {
        let doc = prose::doc(text);
        if self.found.header.is_none() {
            self.found.header.clone_from(&doc);
        }

        if let Some(module) = self
            .found
            .definitions
            .iter_mut()
            .rev()
            .find(|found| found.kind == Kind::Module)
        {
            module.doc = module.doc.take().or(doc);
        }
    }

    fn statement(&mut self, at: usize, comment: &[String]) {
        let line = self.lines[at];
        if line.len() > LONGEST_LINE {
            return;
        }

        let indent = indent_of(line);
        let trimmed = line.trim();
        self.owners.retain(|(outer, _)| *outer < indent || trimmed == "{");
        self.section(trimmed, indent);

        if let Some(target) = self
            .compiled
            .import
            .as_ref()
            .and_then(|pattern| pattern.captures(line))
            && self.found.imports.len() < 500
        {
            self.found.imports.push(target["i"].to_owned());
        }

        let compiled = self.compiled;
        let found = compiled
            .definitions
            .iter()
            .find_map(|(kind, pattern)| Some((*kind, pattern.captures(line)?)));
        let Some((kind, groups)) = found else { return };
        let name = groups["n"].to_owned();
        let first = trimmed.split([' ', '(']).next().unwrap_or_default();
        let statement = compiled.row.language == "C++" && is_keyword(first);
        let object = matches!(kind, Kind::Function) && self.declares_object(at);
        if is_keyword(&name) || statement || object {
            return;
        }

        let callable = matches!(kind, Kind::Function | Kind::Method | Kind::Macro);
        let owner = groups
            .name("p")
            .map(|owner| owner.as_str().to_owned())
            .or_else(|| self.owners.last().map(|(_, owner)| owner.clone()))
            .filter(|_| callable);
        let kind = match kind {
            Kind::Function if owner.is_some() && compiled.row.language != "Elixir" => Kind::Method,
            Kind::Method if owner.is_none() => Kind::Function,
            kind => kind,
        };

        let lines = self.extent(at, indent);
        let doc = comment.join("\n");
        let doc = comments::read_purpose(&doc)
            .and_then(|text| prose::doc(&text))
            .or_else(|| self.described(at, lines));
        let public = self.is_public(line, indent);
        self.found.definitions.push(Definition {
            words: words::words(&name),
            name: name.clone(),
            kind,
            parent: owner,
            path: self.path.to_owned(),
            line: u32::try_from(at + 1).unwrap_or(u32::MAX),
            lines: u32::try_from(lines).unwrap_or(u32::MAX),
            doc,
            public,
            parameters: None,
            is_async: false,
        });

        if matches!(
            kind,
            Kind::Class | Kind::Struct | Kind::Interface | Kind::Trait | Kind::Module | Kind::Enum
        ) {
            self.owners.push((indent, name));
        }
    }

    /// `Mill mill(wheel,` over several lines of a C++ source makes a thing, and defines no function.
    fn declares_object(&self, at: usize) -> bool {
        const LONGEST: usize = 40;
        let source = self.compiled.row.language == "C++" && !is_header(self.path);
        let open = self.lines[at].matches('(').count() > self.lines[at].matches(')').count();
        if !source || !open {
            return false;
        }

        let rest = self.lines[at..].iter().take(LONGEST);
        let end = rest
            .flat_map(|line| line.chars())
            .find(|c| matches!(c, '{' | ';'));
        end == Some(';')
    }

    /// `private:` of C++ and `private` of Ruby hide what follows in the same type.
    fn section(&mut self, trimmed: &str, indent: usize) {
        if self.section_hidden.is_some_and(|from| indent + 1 < from) {
            self.section_hidden = None;
        }
        match trimmed {
            "private:" | "protected:" | "private" | "protected" | "signals:" => {
                self.section_hidden = Some(indent.max(1));
            }
            "public:" | "public" => self.section_hidden = None,
            _ => {}
        }
    }

    fn is_public(&self, line: &str, indent: usize) -> bool {
        let hidden = self
            .compiled
            .hidden
            .as_ref()
            .is_some_and(|pattern| pattern.is_match(line))
            || self.section_hidden.is_some_and(|from| indent + 1 >= from);
        let shown = self
            .compiled
            .shown
            .as_ref()
            .is_none_or(|pattern| pattern.is_match(line));
        let source = self.compiled.row.language == "C++" && !is_header(self.path);

        shown && !hidden && !source
    }

    /// Lines from the first of a definition to its last: what follows is indented no deeper.
    fn extent(&self, at: usize, indent: usize) -> usize {
        let mut last = at;
        for (offset, line) in self.lines[at + 1..].iter().enumerate() {
            let trimmed = line.trim();
            if trimmed.is_empty() {
                continue;
            }
            let here = at + 1 + offset;
            // A condition of the preprocessor and a comment may stand at the margin, wherever they are.
            let margin = self.compiled.row.block.is_some_and(|(open, _)| open == "/*")
                && (trimmed.starts_with('#') || trimmed.starts_with("//"));
            if margin && here > last + 1 {
                continue;
            }
            if margin {
                last = here;
                continue;
            }
            if indent_of(line) > indent {
                last = here;
                continue;
            }

            let closes = ["}", ")", "]", "end", "{"]
                .iter()
                .any(|mark| trimmed.starts_with(mark));
            if closes {
                last = here;
            }
            if !closes || trimmed.starts_with("end") || trimmed.starts_with('}') {
                break;
            }
        }

        last + 1 - at
    }

    /// What a definition says of itself inside: `description = "…"`.
    fn described(&self, at: usize, lines: usize) -> Option<String> {
        let pattern = self.compiled.inside.as_ref()?;
        let inside = self.lines[at..(at + lines).min(self.lines.len())].iter();
        let text = inside.take(12).find_map(|line| pattern.captures(line))?;
        prose::doc(&text["d"])
    }
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn is_header(path: &str) -> bool {
    [".h", ".hpp", ".hh", ".hxx"]
        .iter()
        .any(|end| path.ends_with(end))
}

fn is_keyword(name: &str) -> bool {
    matches!(
        name,
        "if" | "for"
            | "while"
            | "switch"
            | "return"
            | "else"
            | "sizeof"
            | "catch"
            | "new"
            | "delete"
            | "throw"
            | "case"
            | "do"
            | "using"
            | "typedef"
            | "goto"
            | "operator"
            | "assert"
            | "static_assert"
            | "defined"
    )
}

/// One line of a comment without stars, bars and the tags of XML documentation.
fn without_marks(line: &str) -> String {
    static TAG: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r#"<(?:see|seealso|paramref|typeparamref)\s+(?:cref|name|langword)="(?:\w:)?(?:[\w.]*\.)?([^"]*)"\s*/?>"#).ok()
    });
    static REST: LazyLock<Option<Regex>> = LazyLock::new(|| crate::pattern::compile(r"</?[a-z]+[^>]*>").ok());

    let line = line
        .trim()
        .trim_start_matches(['*', '!', '|', '^', '<'])
        .trim_end_matches('*');
    if line.starts_with("param name=") || line.starts_with("returns>") || line.starts_with("exception") {
        return "@param".to_owned();
    }
    let line = line.trim_start_matches("summary>").trim();

    let seen = match TAG.as_ref() {
        Some(tag) if line.contains('<') => tag.replace_all(line, "$1"),
        _ => line.into(),
    };
    match REST.as_ref() {
        Some(tag) if seen.contains("</") || seen.contains("/>") || seen.contains("<summary") => {
            tag.replace_all(&seen, "").trim().to_owned()
        }
        _ => seen.into_owned(),
    }
}

/// `module A (b, C(..)) where` shows only what it lists.
fn haskell_exports(text: &str, definitions: &mut [Definition]) {
    static LIST: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r"(?ms)^module\s+[\w.]+\s*\((?P<list>.*?)\)\s*where\b").ok()
    });

    let Some(groups) = LIST.as_ref().and_then(|pattern| pattern.captures(text)) else {
        return;
    };
    let listed: std::collections::HashSet<&str> = groups["list"]
        .lines()
        .map(|line| line.split("--").next().unwrap_or_default())
        .flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '\''))
        .collect();
    for found in definitions {
        found.public = listed.contains(found.name.as_str());
    }
}
