//! A project's files as functions, components, types and rules, each with its lines; read by lines and brackets, in any language
//! that is near enough to TypeScript, CSS or HTML.

use serde::{Deserialize, Serialize};

use crate::{
    code_talk::Construct,
    words::{content_stems, split_words, stem},
};

/// A file of a project, as far as the tutor reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    pub path: String,
    pub content: String,
}

impl SourceFile {
    pub(crate) fn is_test(&self) -> bool {
        self.path.contains(".test.")
            || self.path.contains(".spec.")
            || self.path.contains("/tests/")
            || self.path.contains("__tests__")
    }

    pub(crate) fn line(&self, number: usize) -> &str {
        self.content
            .lines()
            .nth(number.saturating_sub(1))
            .unwrap_or_default()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SymbolKind {
    Component,
    Function,
    Type,
    Value,
    Rule,
}

/// A named piece of a file, from line to line, both counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Symbol {
    pub(crate) name: String,
    pub(crate) kind: SymbolKind,
    pub(crate) first: usize,
    pub(crate) last: usize,
}

/// The named pieces of a file, in their order.
pub(crate) fn symbols_of(file: &SourceFile) -> Vec<Symbol> {
    let lines: Vec<&str> = file.content.lines().collect();
    let is_css = file.path.ends_with(".css");
    let mut symbols: Vec<Symbol> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let found = if is_css {
            name_of_rule(line)
        } else {
            name_of_declaration(line, indent)
        };
        if let Some((name, kind)) = found {
            symbols.push(Symbol {
                name,
                kind,
                first: at + 1,
                last: end_of_piece(&lines, at, indent),
            });
        }
    }

    symbols
}

fn name_of_rule(line: &str) -> Option<(String, SymbolKind)> {
    let selector = line.trim().strip_suffix('{')?.trim();
    (!selector.is_empty()).then(|| (selector.to_owned(), SymbolKind::Rule))
}

fn name_of_declaration(line: &str, indent: usize) -> Option<(String, SymbolKind)> {
    let mut rest = line.trim_start();
    for word in ["export ", "default ", "declare ", "async "] {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    let (keyword, rest) = rest.split_once(' ')?;
    let name: String = rest
        .trim_start_matches('*')
        .chars()
        .take_while(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '$'))
        .collect();
    if name.is_empty() {
        return None;
    }

    let is_callable = rest.contains("=>")
        || rest.contains("function")
        || rest.trim_end().ends_with('(')
        || rest.contains("= (");
    let of_function = if name.starts_with(char::is_uppercase) {
        SymbolKind::Component
    } else {
        SymbolKind::Function
    };
    let kind = match keyword {
        "function" | "def" | "fn" => of_function,
        "class" => SymbolKind::Type,
        "interface" | "type" | "enum" => SymbolKind::Type,
        "const" | "let" if is_callable && indent <= 4 => of_function,
        "const" | "let" if indent == 0 => SymbolKind::Value,
        _ => return None,
    };
    Some((name, kind))
}

/// The line where the brackets that were opened are closed again; without any, the line itself.
fn end_of_piece(lines: &[&str], at: usize, indent: usize) -> usize {
    let mut depth = 0_i32;
    for (offset, line) in lines[at..].iter().enumerate() {
        for letter in line.chars() {
            match letter {
                '{' | '(' | '[' => depth += 1,
                '}' | ')' | ']' => depth -= 1,
                _ => {}
            }
        }
        let own_indent = line.len() - line.trim_start().len();
        let goes_on = line.trim_end().ends_with(['=', ':', ',', '|', '&'])
            || lines
                .get(at + offset + 1)
                .is_some_and(|next| next.trim_start().starts_with(['|', '.', '&']));
        if depth <= 0 && own_indent <= indent + 2 && !goes_on {
            return at + offset + 1;
        }
    }

    lines.len()
}

/// Where a message leads in a project: the piece, and the line of it that its words fit best.
#[derive(Debug, Clone)]
pub(crate) struct Place<'a> {
    pub(crate) file: &'a SourceFile,
    pub(crate) symbol: Symbol,
    pub(crate) line: usize,
    /// The stems of the message that were met there.
    pub(crate) met: Vec<String>,
    /// The message names the piece, its file or its line itself.
    pub(crate) is_named: bool,
}

/// A file read once: its lines, the stems of their words, its pieces.
struct Indexed<'a> {
    lines: Vec<&'a str>,
    stems: Vec<Vec<String>>,
    path: Vec<String>,
}

impl<'a> Indexed<'a> {
    fn read(file: &'a SourceFile) -> Self {
        let lines: Vec<&str> = file.content.lines().collect();
        let stems = lines.iter().map(|line| stems_of(line)).collect();
        Self {
            lines,
            stems,
            path: stems_of(&file.path),
        }
    }

    /// The stems of a message that are met in a piece or in the file's name.
    fn met_stems(&self, symbol: &Symbol, stems: &[String]) -> Vec<String> {
        let body = &self.stems[symbol.first - 1..symbol.last.min(self.stems.len())];
        stems
            .iter()
            .filter(|stem| self.path.contains(stem) || body.iter().any(|line| line.contains(stem)))
            .cloned()
            .collect()
    }

    /// The line of a piece that the words fit best; of equal ones the one that does most.
    fn best_line(&self, symbol: &Symbol, met: &[String]) -> usize {
        let own = stems_of(&symbol.name);
        let weigh = |number: usize| -> usize {
            let words = &self.stems[number - 1];
            let fitting = met
                .iter()
                .filter(|stem| words.contains(stem) && !own.contains(stem))
                .count();
            fitting * 4 + Construct::classify(self.lines[number - 1]).weight()
        };
        let body = if symbol.last > symbol.first {
            symbol.first + 1
        } else {
            symbol.first
        };

        (body..=symbol.last.min(self.lines.len()))
            .filter(|number| self.lines[number - 1].trim().len() > 5)
            .max_by_key(|number| (weigh(*number), usize::MAX - number))
            .unwrap_or(symbol.first)
    }
}

fn stems_of(text: &str) -> Vec<String> {
    split_words(text).iter().map(|word| stem(word)).collect()
}

/// The best place for a message, `None` when nothing fits well enough to speak of it.
pub(crate) fn find_place<'a>(files: &'a [SourceFile], text: &str, wanted: Option<&str>) -> Option<Place<'a>> {
    let stems = content_stems(text);
    let spoken = spoken_names(text);
    let number = spoken_line(text);
    let mut best: Option<(u32, Place<'a>)> = None;

    for file in files {
        let named_file = wanted == Some(file.path.as_str()) || names_file(text, &file.path);
        if wanted.is_some() && !named_file {
            continue;
        }
        let index = Indexed::read(file);
        for symbol in symbols_of(file) {
            let named = symbol.name.len() > 2 && spoken.contains(&symbol.name.as_str());
            let met = index.met_stems(&symbol, &stems);
            let by_line =
                named_file && number.is_some_and(|line| (symbol.first..=symbol.last).contains(&line));
            let in_name = count_in(&stems_of(&symbol.name), &met);
            let in_path = count_in(&index.path, &met);
            let is_told = in_name + in_path > 0 || met.len() >= 2 || stems.len() <= 3;
            let fits = !met.is_empty() && met.len() * 3 >= stems.len() && is_told;
            if !(named || named_file || fits) {
                continue;
            }

            let mut weight = 100 * u32::from(named) + 60 * u32::from(by_line) + 40 * u32::from(named_file);
            weight += 12 * in_name + 5 * in_path + 6 * u32::try_from(met.len()).unwrap_or(u32::MAX);
            weight += weigh_shape(&symbol);
            if file.is_test() {
                weight /= 2;
            }
            if weight > best.as_ref().map_or(0, |(most, _)| *most) {
                let line = number
                    .filter(|_| by_line)
                    .unwrap_or_else(|| index.best_line(&symbol, &met));
                let is_named = named || named_file;
                best = Some((
                    weight,
                    Place {
                        file,
                        symbol,
                        line,
                        met,
                        is_named,
                    },
                ));
            }
        }
    }

    best.map(|(_, place)| place)
}

fn count_in(words: &[String], met: &[String]) -> u32 {
    u32::try_from(met.iter().filter(|stem| words.contains(stem)).count()).unwrap_or(u32::MAX)
}

/// What does something, and is neither a line nor a whole file, is spoken of rather.
fn weigh_shape(symbol: &Symbol) -> u32 {
    let is_code = matches!(symbol.kind, SymbolKind::Component | SymbolKind::Function);
    3 * u32::from(is_code) + 2 * u32::from((2..60).contains(&(symbol.last - symbol.first)))
}

/// Names as code has them: with a capital inside, an underscore, or between backticks.
fn spoken_names(text: &str) -> Vec<&str> {
    let ticked = text
        .split('`')
        .skip(1)
        .step_by(2)
        .map(|name| name.trim_end_matches("()"));
    let written = text
        .split(|letter: char| !(letter.is_alphanumeric() || matches!(letter, '_' | '$')))
        .filter(|word| word.chars().skip(1).any(char::is_uppercase) || word.contains('_'));
    ticked.chain(written).collect()
}

fn names_file(text: &str, path: &str) -> bool {
    let short = path.rsplit('/').next().unwrap_or(path);
    text.contains(path) || (short.len() > 4 && text.contains(short))
}

/// The number in `line 24` or `file.tsx:24`.
fn spoken_line(text: &str) -> Option<usize> {
    let lower = text.to_lowercase();
    let behind = |mark: &str| {
        let at = lower.find(mark)? + mark.len();
        let digits: String = lower[at..]
            .trim_start()
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        digits.parse().ok()
    };

    behind("line ")
        .or_else(|| behind("tsx:"))
        .or_else(|| behind("ts:"))
        .or_else(|| behind("css:"))
}
