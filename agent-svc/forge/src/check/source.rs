//! A file of code as the checks read it: without comments, with its imports, its exports and its strings.

use super::{Finding, Severity, finding};
use crate::project::ProjectFile;

/// One import: from where, which names, on which line.
pub(super) struct ImportLine {
    pub(super) from: String,
    /// The name that is exported there, and the one that it has here.
    pub(super) names: Vec<(String, String)>,
    pub(super) line: usize,
}

pub(super) struct Source<'a> {
    pub(super) path: &'a str,
    /// The text with comments blanked; lines and columns stay.
    pub(super) code: String,
    pub(super) imports: Vec<ImportLine>,
    pub(super) exports: Vec<String>,
    open_brackets: Vec<(char, usize)>,
    stray: Option<(char, usize)>,
}

impl<'a> Source<'a> {
    pub(super) fn read(file: &'a ProjectFile) -> Self {
        let is_code = [".ts", ".tsx", ".js", ".jsx"]
            .iter()
            .any(|end| file.path.ends_with(end));
        let code = if is_code {
            blank_comments(&file.content)
        } else {
            String::new()
        };
        let (imports, exports) = (read_imports(&code), read_exports(&code));
        let (open_brackets, stray) = match_brackets(&code);

        Self {
            path: &file.path,
            code,
            imports,
            exports,
            open_brackets,
            stray,
        }
    }

    pub(super) fn is_test(&self) -> bool {
        self.path.contains(".test.") || self.path.starts_with("src/test/")
    }

    /// Brackets without their other half: the file is cut off or broken.
    pub(super) fn broken_ends(&self) -> Option<Finding> {
        let (bracket, line) = self.stray.or(self.open_brackets.last().copied())?;
        let says = format!("The bracket {bracket} has no other half: the file is cut off or broken.");
        Some(finding(
            Severity::Critical,
            "syntax",
            self.path,
            line,
            says,
            "Complete the file.",
        ))
    }

    pub(super) fn line_of(&self, at: usize) -> usize {
        1 + self.code[..at].matches('\n').count()
    }
}

/// Blanks comments. A string ends with its line at the latest, so that an apostrophe in a text spoils one line only.
fn blank_comments(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut quote: Option<char> = None;
    let mut at = 0;

    while at < letters.len() {
        let letter = letters[at];
        let next = letters.get(at + 1).copied().unwrap_or(' ');
        let before = at.checked_sub(1).map_or('\n', |before| letters[before]);
        if letter == '\\' && quote.is_some() {
            code.push(letter);
            code.push(next);
            at += 2;
            continue;
        }

        match quote {
            Some('/') if letter == '\n' => quote = None,
            Some('*') if letter == '*' && next == '/' => {
                quote = None;
                code.push_str("  ");
                at += 2;
                continue;
            }
            Some('/' | '*') => {
                code.push(if letter == '\n' { '\n' } else { ' ' });
                at += 1;
                continue;
            }
            Some(open) if letter == open || (letter == '\n' && open != '`') => quote = None,
            None if letter == '/'
                && (next == '/' || next == '*')
                && before != ':'
                && !is_in_regex(before) =>
            {
                quote = Some(next);
                code.push_str("  ");
                at += 2;
                continue;
            }
            None if matches!(letter, '"' | '`') || (letter == '\'' && !before.is_alphanumeric()) => {
                quote = Some(letter)
            }
            _ => {}
        }
        code.push(letter);
        at += 1;
    }
    code
}

fn is_in_regex(before: char) -> bool {
    matches!(before, '\\' | '/')
}

fn read_imports(code: &str) -> Vec<ImportLine> {
    let mut imports = Vec::new();
    let mut at = 0;
    for line in code.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let Some(rest) = line.strip_prefix("import ") else {
            continue;
        };
        let statement = &code[start + "import ".len()..];
        let Some(open) = statement.find(['\'', '"']) else {
            continue;
        };
        let mark = if statement[open..].starts_with('"') {
            '"'
        } else {
            '\''
        };
        let Some(length) = statement[open + 1..].find(mark) else {
            continue;
        };
        let head = statement[..open].trim().trim_end_matches("from").trim();
        let head = head.strip_prefix("type ").unwrap_or(head);

        let mut names = Vec::new();
        let (outside, inside) = head.split_once('{').unwrap_or((head, ""));
        for name in inside
            .trim_end_matches('}')
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
        {
            let name = name.strip_prefix("type ").unwrap_or(name);
            let (exported, local) = name.split_once(" as ").unwrap_or((name, name));
            names.push((exported.trim().to_owned(), local.trim().to_owned()));
        }
        let whole = outside.trim().trim_end_matches(',').trim();
        if !whole.is_empty() && !rest.starts_with(['\'', '"']) {
            let local = whole.strip_prefix("* as ").unwrap_or(whole);
            let exported = if whole.starts_with('*') { "*" } else { "default" };
            names.push((exported.to_owned(), local.to_owned()));
        }
        imports.push(ImportLine {
            from: statement[open + 1..open + 1 + length].to_owned(),
            names,
            line: 1 + code[..start].matches('\n').count(),
        });
    }

    imports
}

fn read_exports(code: &str) -> Vec<String> {
    let mut exports = Vec::new();
    for line in code.lines().filter_map(|line| line.strip_prefix("export ")) {
        let mut rest = line.trim();
        if rest.starts_with("default") {
            exports.push("default".to_owned());
            continue;
        }
        if let Some(list) = rest.strip_prefix('{') {
            exports.extend(
                list.split('}')
                    .next()
                    .unwrap_or_default()
                    .split(',')
                    .map(|name| name.rsplit(" as ").next().unwrap_or(name).trim().to_owned()),
            );
            continue;
        }

        for word in [
            "async ",
            "abstract ",
            "function ",
            "const ",
            "let ",
            "class ",
            "interface ",
            "type ",
            "enum ",
        ] {
            rest = rest.strip_prefix(word).unwrap_or(rest);
        }
        let name: String = rest
            .chars()
            .take_while(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '$'))
            .collect();
        exports.push(name);
    }
    exports
}

/// Brackets that stay open, and the first that closes nothing. Those in strings and in texts of a page don't count.
fn match_brackets(code: &str) -> (Vec<(char, usize)>, Option<(char, usize)>) {
    let mut open: Vec<(char, usize)> = Vec::new();
    let mut quote: Option<char> = None;
    let mut line = 1;
    let mut before = '\n';
    for letter in code.chars() {
        line += usize::from(letter == '\n');
        let is_escaped = before == '\\';
        match quote {
            Some(mark) if (letter == mark && !is_escaped) || (letter == '\n' && mark != '`') => quote = None,
            Some(_) => {}
            None if matches!(letter, '"' | '`') || (letter == '\'' && !before.is_alphanumeric()) => {
                quote = Some(letter)
            }
            None if letter == '{' => open.push((letter, line)),
            None if letter == '}' && open.pop().is_none() => return (open, Some((letter, line))),
            None => {}
        }
        before = if is_escaped && letter == '\\' { ' ' } else { letter };
    }

    (open, None)
}
