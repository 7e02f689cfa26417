//! The comments inside a function in their order: those that say what is always done there.

use super::super::{
    comments::{self, CommentBlock},
    glean::is_prose,
};
use crate::{
    analysis::{model::Remark, prose},
    author::grammar::prose as prose_of,
};

const MAX_NOTES: usize = 14;
/// So many words make a thought.
const LEAST_WORDS: usize = 3;

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
        let letters = said
            .split(' ')
            .any(|word| word.len() == 1 && !matches!(word, "a" | "A" | "I"));
        if block.trailing || letters || words > 32 || comments::is_noise(&said) || !is_prose(&said) {
            continue;
        }

        // "LOAD TEXTURES" is a heading of code, and "fill deleting" a reminder to its author.
        let shouts = !said.chars().any(char::is_lowercase);
        if shouts || words < LEAST_WORDS || !said.starts_with(char::is_uppercase) {
            continue;
        }
        // What stands behind a condition is true in that case only, and which one, no line says in words.
        if condition(&lines, block.row, first) || !is_step(&said) {
            continue;
        }
        found.push(Remark {
            text: said,
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

/// Whether the code at a row is reached in some cases only.
fn condition(lines: &[&str], row: usize, first: usize) -> bool {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let Some(mut own) = lines.get(row).map(|line| depth(line)) else {
        return true;
    };
    for line in lines[first + 1..row].iter().rev() {
        if line.trim().is_empty() || depth(line) >= own {
            continue;
        }
        own = depth(line);
        let line = line.trim().trim_start_matches(['}', ' ']);
        let head = line.split_whitespace().next().unwrap_or_default();
        let bare = head.split(['(', ':', '{', '!']).next().unwrap_or_default();
        let cased = [
            "if",
            "elif",
            "elsif",
            "unless",
            "else",
            "default",
            "otherwise",
            "case",
            "when",
            "catch",
            "except",
            "rescue",
            "switch",
            "match",
            "select",
        ]
        .contains(&bare);
        if cased || line.contains("=>") && line.ends_with('{') {
            return true;
        }
    }

    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_always_done_is_a_step() {
        let text = "function f() {\n  // Always open the gate first\n  go()\n  // fill deleting\n  go()\n  // animation variables\n  let a\n  if (buffer) {\n    // Swap the stream of water\n    a()\n  } else {\n    // Keep the stream\n  }\n  if (a && b > 2) {\n    // Warn the people who own it\n  }\n}\n";
        let blocks = comments::blocks("a.js", text);
        let told: Vec<String> = notes("a.js", text, &blocks, 0, 17)
            .into_iter()
            .map(|note| note.text)
            .collect();
        assert_eq!(told, ["Always open the gate first"]);
    }
}
