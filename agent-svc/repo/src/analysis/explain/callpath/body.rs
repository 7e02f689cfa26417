//! What the body of a function shows without a comment: what its endless loop calls, and what it says when it gives up.
//! Works on lines, so that it serves every language. Never guesses what a call does.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use crate::analysis::{explain::glean::is_prose, model::Remark};

const MAX_REFUSALS: usize = 3;
/// Lines from which on a loop is the heart of its function.
const LEAST_LINES: usize = 5;

fn depth(line: &str) -> usize {
    let blank = line.len() - line.trim_start().len();
    // A tab is one step like four spaces.
    line[..blank].chars().map(|c| if c == '\t' { 4 } else { 1 }).sum()
}

/// The rows of the innermost endless loop that holds most of the work, counted from the first of these lines.
pub(super) fn endless_loop(lines: &[&str]) -> Option<Range<usize>> {
    let mut found: Option<Range<usize>> = None;
    for (row, line) in lines.iter().enumerate() {
        if !turns_for_ever(line) {
            continue;
        }
        let own = depth(line);
        let end = lines[row + 1..]
            .iter()
            .position(|line| !line.trim().is_empty() && depth(line) <= own && !line.trim().starts_with('{'))
            .map_or(lines.len(), |at| row + 1 + at);
        let long = end - row >= LEAST_LINES;
        let better = found.as_ref().is_none_or(|known| {
            let inside = known.contains(&row);
            if inside {
                (end - row) * 2 > known.len()
            } else {
                end - row > known.len()
            }
        });
        if long && better {
            found = Some(row..end);
        }
    }

    found
}

/// `while (1)`, `for (;;)`, `loop {`, `for {`, `while running:`.
fn turns_for_ever(line: &str) -> bool {
    static ENDLESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(
            r"^\s*(?:(?:'\w+:\s*)?loop\s*\{|for\s*\{|for\s*\(\s*;\s*;\s*\)|forever\b|while\s*\(?\s*(?:1|true|True|TRUE|!?[\w.]*(?:running|alive|done|quit|stop|stopped|closed|exit|should_?close)\w*(?:\(\w*\))?)\s*\)?\s*(?:\{|:|do\b)?\s*(?:/[/*].*)?$|do\s*\{\s*$)",
        )
        .ok()
    });

    ENDLESS.as_ref().is_some_and(|pattern| pattern.is_match(line))
}

/// Messages of errors that a function raises, as far as they are plain words.
pub(super) fn refusals(path: &str, lines: &[&str], first: usize) -> Vec<Remark> {
    static RAISED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(
            r#"(?:\braise\s+[\w.]+\(\s*|\bthrow\s+(?:new\s+)?[\w.]+\(\s*|\berrors\.New\(\s*|\bfmt\.Errorf\(\s*|\bbail!\(\s*|\banyhow!\(\s*|\bErr\(\s*|\bfatal\w*\(\s*(?:\w+,\s*)?|\babort\(\s*(?:\d+,\s*)?|\bpanic!?\(\s*|\bdie\(?\s+|\bensure!\([^"]*,\s*|\berror\(\s*)f?["'](?P<t>[^"'\n]{12,120})["']"#,
        )
        .ok()
    });
    let Some(pattern) = RAISED.as_ref() else {
        return Vec::new();
    };

    let mut found: Vec<Remark> = Vec::new();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.len() < 300) {
        let Some(text) = pattern.captures(line).and_then(|groups| groups.name("t")) else {
            continue;
        };
        let text = text.as_str().trim().trim_end_matches(['.', '!', ':', ' ']);
        let words = text.split_whitespace().count();
        let plain = !text.contains(['{', '%', '\\', '$', '<', '#', '`', '/']);
        if plain
            && (3..=16).contains(&words)
            && is_prose(text)
            && !found.iter().any(|known| known.text == text)
        {
            found.push(Remark {
                text: text.to_owned(),
                file: path.to_owned(),
                line: u32::try_from(first + at + 1).unwrap_or(u32::MAX),
            });
        }
    }
    found.truncate(MAX_REFUSALS);

    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loop_that_holds_most_of_the_work_is_found() {
        let text = "int main() {\n  open();\n  while (running) {\n    connect();\n    while (1) {\n      read_keys();\n      move();\n      draw();\n      wait();\n      swap();\n    }\n  }\n  close();\n}\n";
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(endless_loop(&lines), Some(4..10));

        let go: Vec<&str> = "func serve() {\n\tfor {\n\t\tc := accept()\n\t\tif c == nil {\n\t\t\tbreak\n\t\t}\n\t\tgo handle(c)\n\t}\n}".lines().collect();
        assert_eq!(endless_loop(&go), Some(1..7));
        let bounded: Vec<&str> = "for i in range(3):\n    a()\n    b()\n    c()\n    d()\n    e()"
            .lines()
            .collect();
        assert_eq!(endless_loop(&bounded), None);
    }

    #[test]
    fn what_is_raised_is_kept_word_for_word_when_it_is_plain() {
        let lines = [
            "    raise ValueError('the tide table is empty')",
            "    return fmt.Errorf(\"cannot open %s\", name)",
            "    throw new Error(\"a gate cannot be closed twice\");",
        ];
        let said: Vec<(String, u32)> = refusals("a.py", &lines, 9)
            .into_iter()
            .map(|said| (said.text, said.line))
            .collect();
        assert_eq!(
            said,
            [
                ("the tide table is empty".to_owned(), 10),
                ("a gate cannot be closed twice".to_owned(), 12)
            ]
        );
    }
}
