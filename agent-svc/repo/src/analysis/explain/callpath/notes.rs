//! The comments inside a function in their order, each with the condition that it stands behind.

use super::super::{
    comments::{self, CommentBlock},
    glean::is_prose,
};
use crate::{
    analysis::{model::Remark, prose, words},
    author::grammar::prose as prose_of,
};

const MAX_NOTES: usize = 14;
/// Stands for a condition that is more than a name.
const ONE_CASE: &str = "in one case";

/// What stands inside a function, one sentence a comment, in order.
pub(super) fn notes(
    path: &str,
    text: &str,
    blocks: &[CommentBlock],
    first: usize,
    last: usize,
) -> Vec<Remark> {
    let lines: Vec<&str> = text.lines().collect();
    let inside = blocks
        .iter()
        .filter(|block| block.row > first && block.row < last);
    let mut found: Vec<Remark> = Vec::new();
    for block in inside {
        if path.ends_with(".py") && block.row == first + 1 {
            continue;
        }
        let said = prose::first_sentence(&block.paragraph());
        let words = said.split(' ').count();
        let least = if block.trailing { 3 } else { 2 };
        let letters = said
            .split(' ')
            .any(|word| word.len() == 1 && !matches!(word, "a" | "A" | "I"));
        if letters || !(least..=32).contains(&words) || comments::is_noise(&said) || !is_prose(&said) {
            continue;
        }

        // "LOAD TEXTURES" is a heading of code, and said like any other.
        let shouts = words > 1 && !said.chars().any(char::is_lowercase);
        let said = if shouts { said.to_lowercase() } else { said };
        let lower = said.to_lowercase();
        let says = ["if ", "when ", "in case", "otherwise", "unless "]
            .iter()
            .any(|word| lower.starts_with(word) || lower.contains(&format!(" {word}")));
        let condition = condition(&lines, block.row, first).filter(|_| !says);
        // A comment that names what stands below it is a heading, and no step. Behind a condition that has no words only
        // a whole thought can be understood.
        let acts = is_step(&said);
        let unknown = condition.as_deref() == Some(ONE_CASE);
        if !acts || unknown && words < 5 {
            continue;
        }
        let text = match condition {
            Some(condition) => format!("{condition}, {}", lower_first(&said)),
            None => said,
        };
        found.push(Remark {
            text,
            file: path.to_owned(),
            line: u32::try_from(block.row + 1).unwrap_or(u32::MAX),
        });
    }
    found.truncate(MAX_NOTES);

    found
}

/// Whether a comment says what is done: an order, a sentence, or what is going on ("reading the table").
fn is_step(said: &str) -> bool {
    let mut words = said.split_whitespace();
    let first = words.next().unwrap_or_default().to_lowercase();
    let second = words.next().unwrap_or_default();
    let goes_on = first.len() > 5 && first.ends_with("ing") && !matches!(second, "" | "of" | "is" | "and");
    // "Bail the water out": whatever stands before an article and is no small word is done.
    let small = [
        "all", "for", "in", "on", "at", "of", "with", "from", "to", "by", "as", "and", "or", "not", "only",
        "also", "both", "into", "after", "before", "this", "these", "under", "over", "like", "than",
    ];
    let done = matches!(
        second,
        "a" | "an" | "the" | "all" | "each" | "every" | "its" | "it"
    ) && !small.contains(&first.as_str())
        && first.chars().all(|c| c.is_ascii_alphabetic())
        && first.len() > 2;
    let lower = said.to_lowercase();
    let cased = ["if ", "when ", "unless ", "otherwise", "in case "]
        .iter()
        .any(|word| lower.starts_with(word))
        && lower.contains(", ");
    let aside = [
        "note",
        "nb",
        "todo",
        "hack",
        "see ",
        "xxx",
        "fixme",
        "copyright",
        "old ",
        "deprecated",
    ]
    .iter()
    .any(|word| lower.starts_with(word));

    // "if it is open" and "called at every turn" are no steps of their own.
    let bare_case = ["if ", "when ", "unless ", "called ", "used "]
        .iter()
        .any(|word| lower.starts_with(word))
        && !lower.contains(", ");
    // "ep is set" tells nobody anything.
    let whole = said.split_whitespace().count() > 3;

    !aside
        && !bare_case
        && (goes_on
            || done
            || cased
            || prose_of::starts_as_order(said) && !ends_as_fault(said)
            || whole && prose_of::is_statement(said) && !begins_with_a_name(said))
}

/// "nil will end it", "ep is set when open": what a name of the code is, tells nobody who does not see it.
fn begins_with_a_name(said: &str) -> bool {
    const WORDS: [&str; 24] = [
        "the", "a", "an", "this", "that", "it", "we", "you", "they", "there", "all", "each", "every", "most",
        "some", "any", "only", "no", "now", "these", "those", "both", "its", "our",
    ];
    let first = said.split_whitespace().next().unwrap_or_default();
    let points = said
        .split(' ')
        .any(|word| matches!(word, "these" | "this" | "that" | "those" | "here"));
    let coded = points || first.contains(['_', '(', '.', ':']) && !first.ends_with(['.', ',', ':']);

    coded || first.starts_with(char::is_lowercase) && !WORDS.contains(&first)
}

/// "parse failure" names a case.
fn ends_as_fault(said: &str) -> bool {
    let last = said.split_whitespace().last().unwrap_or_default().to_lowercase();

    said.split_whitespace().count() < 3
        && [
            "failure", "error", "errors", "fail", "case", "mode", "loop", "options", "success",
        ]
        .contains(&last.as_str())
}

fn lower_first(text: &str) -> String {
    prose_of::lower_first(text)
}

/// In which case the code at a row is reached, as words; `None` when it always is.
fn condition(lines: &[&str], row: usize, first: usize) -> Option<String> {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let own = depth(lines.get(row)?);
    let outside = lines[first + 1..row]
        .iter()
        .rev()
        .find(|line| !line.trim().is_empty() && depth(line) < own)?
        .trim()
        .trim_start_matches(['}', ' ']);
    let head = outside.split_whitespace().next().unwrap_or_default();
    let bare = head.trim_end_matches(['(', ':', '{', '!']);

    match bare {
        "if" | "elif" | "unless" => Some(of_test(outside, bare == "unless")),
        "else" | "default" | "otherwise" if !outside.contains(" if ") => Some("otherwise".to_owned()),
        "else" => Some(ONE_CASE.to_owned()),
        "case" | "when" => of_case(outside).or(Some(ONE_CASE.to_owned())),
        "catch" | "except" | "rescue" => Some("on an error".to_owned()),
        _ if outside.contains("=>") && outside.ends_with('{') => Some(ONE_CASE.to_owned()),
        _ => None,
    }
}

/// `if (immediate) {` is "if immediate"; what is more than a name is "in one case".
fn of_test(line: &str, negated: bool) -> String {
    let test = line
        .trim_start_matches("elif")
        .trim_start_matches("if")
        .trim_start_matches("unless")
        .trim()
        .trim_end_matches(['{', ':', ' '])
        .trim_end_matches("then")
        .trim_end_matches([' ', ';']);
    let test = test
        .strip_prefix('(')
        .and_then(|test| test.strip_suffix(')'))
        .unwrap_or(test)
        .trim();
    let (not, name) = match test.strip_prefix('!').or_else(|| test.strip_prefix("not ")) {
        Some(rest) => (!negated, rest),
        None => (negated, test),
    };
    if matches!(name, "err != nil" | "error" | "err") {
        return "on an error".to_owned();
    }

    let last = name.rsplit(['.', '>']).next().unwrap_or_default();
    let plain = !name.is_empty()
        && name.chars().all(|c| c.is_alphanumeric() || "_.->".contains(c))
        && last.len() > 3
        && last.starts_with(char::is_alphabetic);
    match (plain, not) {
        (true, false) => format!("if {}", words::words(last)),
        (true, true) => format!("without {}", words::words(last)),
        _ => ONE_CASE.to_owned(),
    }
}

/// `case "server":` is "for server".
fn of_case(line: &str) -> Option<String> {
    let value = line
        .split_once(' ')?
        .1
        .trim_end_matches([':', '{', ' '])
        .trim_matches(['"', '\'']);
    let plain = value.len() > 2 && value.chars().all(|c| c.is_alphabetic() || c == '_' || c == '-');

    plain.then(|| format!("for {}", words::words(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_behind_a_condition_is_told_with_it() {
        let text = "function f() {\n  // Always open it\n  go()\n  // animation variables\n  let a\n  if (buffer) {\n    // Swap the stream\n    a()\n  } else {\n    // Keep the stream\n  }\n  if (a && b > 2) {\n    // Warn the people who own it\n  }\n}\n";
        let blocks = comments::blocks("a.js", text);
        let told: Vec<String> = notes("a.js", text, &blocks, 0, 15)
            .into_iter()
            .map(|note| note.text)
            .collect();
        assert_eq!(
            told,
            [
                "Always open it",
                "if buffer, swap the stream",
                "otherwise, keep the stream",
                "in one case, warn the people who own it"
            ]
        );
    }
}
