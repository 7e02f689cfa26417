//! Lists and what leads to them: which items go together with the sentence above them, with the item above them, or with
//! the command above them.

use crate::analysis::{model::Block, prose};

/// Words of an item that names what stands below it.
const LABEL: usize = 5;
/// Words of an item that is told with the others and what leads to them.
const LONG_ITEM: usize = 24;
/// Length of a list that is told with what leads to it.
const MOST_LISTED: usize = 440;
/// Length of an item with what stands below it.
const MOST_BELOW: usize = 220;
/// Stands, while a section is read, before what was put together from below an item.
pub(super) const BELOW: char = '\u{1e}';

/// Three lines of code at least, each with a paragraph below it.
pub(super) fn lists_commands(blocks: &[Block]) -> bool {
    let pairs = blocks.windows(2).filter(|pair| {
        let [Block::Code { text, .. }, Block::Paragraph { .. }] = pair else {
            return false;
        };
        one_line(text).is_some()
    });

    // Where a paragraph stands above the first command, each is said before it is shown.
    let first = blocks
        .iter()
        .position(|block| matches!(block, Block::Code { .. }));
    let before = first.and_then(|at| at.checked_sub(1)).map(|at| &blocks[at]);
    let led = matches!(before, Some(Block::Paragraph { text, .. }) if says_what_is_done(text) && !text.ends_with('.'));

    pairs.count() > 2 && !led
}

/// Whether a paragraph below a command says what that does: "Shows who bakes", and not "or with others:".
pub(super) fn says_what_is_done(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    let goes_on = [
        "Or",
        "And",
        "Alternatively",
        "You",
        "If",
        "For",
        "Then",
        "Note",
        "This",
        "It",
        "But",
    ]
    .contains(&first);

    first.starts_with(char::is_uppercase)
        && !goes_on
        && !first.ends_with("ing")
        && !text.trim_end().ends_with(':')
}

/// The one line of a block of code that has no other.
pub(super) fn one_line(text: &str) -> Option<&str> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().filter(|line| line.len() < 60)?;

    lines.next().is_none().then_some(first)
}

/// "It does three things:" with the three short items below it, and how many items that took.
pub(super) fn with_items(lead: &str, next: &[Block]) -> Option<(String, usize)> {
    let lower = format!(" {} ", lead.to_lowercase());
    let elsewhere = [
        " following",
        " below",
        " see ",
        " here",
        " example",
        " we ",
        " i ",
        " our ",
        " my ",
    ]
    .iter()
    .any(|word| lower.contains(word));
    if !lead.ends_with(':') || elsewhere || lead.split_whitespace().count() < 4 {
        return None;
    }

    let items: Vec<&str> = next
        .iter()
        .map_while(|block| match block {
            Block::Item { text, depth: 1, .. } => Some(text.trim()),
            _ => None,
        })
        .collect();
    // A list that goes on deeper would end in the middle.
    if matches!(next.get(items.len()), Some(Block::Item { .. })) {
        return None;
    }
    let personal = |item: &&str| {
        let lower = format!(" {} ", item.to_lowercase());
        [" we ", " i ", " our ", " my "]
            .iter()
            .any(|word| lower.contains(word))
    };
    let short = (2..=6).contains(&items.len())
        && items
            .iter()
            .all(|item| item.split_whitespace().count() <= LONG_ITEM && !item.contains(['?', ':']))
        && !items.iter().any(|item| is_place(item))
        && !next
            .iter()
            .take(items.len())
            .any(|block| matches!(block, Block::Item { linked: true, .. }))
        && !items.iter().any(personal);
    let said: Vec<&str> = items
        .iter()
        .map(|item| item.trim_end_matches(['.', ',', ';']))
        .collect();
    let joined = format!("{lead} {}.", said.join("; "));

    (short && joined.len() < MOST_LISTED).then_some((joined, items.len()))
}

/// A path or an address, alone.
pub(super) fn is_place(item: &str) -> bool {
    let bare = item.trim_matches(|c: char| "`.,;".contains(c));

    !bare.contains(' ') && bare.contains(['/', '~', '$'])
}

/// "In plain words" leads to a quote of the authors' own; "Wikipedia says" does not.
pub(super) fn leads_to_own_words(before: &str) -> bool {
    let lower = before.to_lowercase();
    let words = lower.split_whitespace().count();
    let others = [
        "say",
        "said",
        "describe",
        "writ",
        "wrote",
        "accord",
        "quot",
        "wikipedia",
    ]
    .iter()
    .any(|word| lower.contains(word));

    (1..=5).contains(&words) && !others && !lower.ends_with('.')
}

/// A sentence below a block of code that speaks of what is shown there: "This opens the gate", "The output has a wheel".
/// The others after it go on from it.
pub(super) fn explains_code(sentence: &str) -> bool {
    const OF_CODE: [&str; 19] = [
        "this", "that", "these", "those", "it", "its", "they", "here", "above", "below", "output", "result",
        "results", "prints", "line", "lines", "example", "snippet", "code",
    ];
    const GOING_ON: [&str; 26] = [
        "then",
        "now",
        "also",
        "note",
        "or",
        "and",
        "but",
        "so",
        "if",
        "you",
        "we",
        "i",
        "see",
        "where",
        "which",
        "first",
        "second",
        "let's",
        "after",
        "next",
        "finally",
        "same",
        "alternatively",
        "otherwise",
        "when",
        "instead",
    ];
    let words: Vec<String> = sentence
        .split_whitespace()
        .take(6)
        .map(|word| {
            word.trim_matches(|c: char| !c.is_alphanumeric() && c != '\'')
                .to_lowercase()
        })
        .collect();
    let goes_on = words
        .first()
        .is_some_and(|first| GOING_ON.contains(&first.as_str()));

    goes_on || words.iter().any(|word| OF_CODE.contains(&word.as_str())) || sentence.contains('`')
}

/// "Here are some criticisms of it:" leads to what the authors do not say themselves, and "it is safe under these
/// conditions:" to what is not so by itself.
pub(super) fn leads_to_objections(text: &str) -> bool {
    let last = text
        .trim_end()
        .rsplit(['.', '!', '?'])
        .next()
        .unwrap_or_default()
        .to_lowercase();
    let words = [
        "critic",
        "objection",
        "myth",
        "misconception",
        "complain",
        "argument",
        "rumour",
        "rumor",
        "thanks to",
        "sponsor",
        "condition",
        "assum",
        "unless",
        "provided that",
        "as long as",
        "only if",
        "mistake",
        "do not ",
        "don't ",
        "never ",
        "avoid ",
        "wrong",
        "does not ",
        "doesn't ",
        "cannot ",
        "can't ",
        "is not ",
        "are not ",
        "isn't ",
        "not so ",
        "were not ",
        "was not ",
        "less important",
        "non-goal",
        "aren't ",
        "not yet ",
        "unsupported",
        "no longer ",
        "without ",
        "removed",
        "missing",
        "planned",
        "todo",
        "except",
    ];

    last.ends_with(':') && words.iter().any(|word| last.contains(word))
}

/// What stands below a short item says what that one means: `--cmd`, and below it what it changes. Below a sentence it
/// only adds to it, and is left out.
pub(super) fn go_on_below(above: &mut String, text: &str) {
    let (label, notes) = above.split_once(": ").unwrap_or((above, ""));
    let opens = label.split_whitespace().count() <= LABEL && (notes.is_empty() || notes.contains(BELOW));
    let added = prose::first_sentence(text);
    let added = added.trim().trim_end_matches(['.', ';', ':', ',']);
    let named = [": ", " - ", " – ", " — "]
        .iter()
        .any(|mark| added.contains(mark));
    let short = added.split_whitespace().count() <= 24 && !named;
    if !opens || !short || above.len() + added.len() > MOST_BELOW {
        return;
    }

    // The mark keeps what was put together apart from what the item said itself.
    let joined = if notes.is_empty() {
        format!("{}: {BELOW}{added}", label.trim_end_matches([':', '.', ' ']))
    } else {
        format!("{above}; {added}")
    };
    *above = joined;
}

#[cfg(test)]
mod tests {
    use super::explains_code;

    #[test]
    fn what_stands_below_code_may_speak_of_the_whole() {
        assert!(!explains_code("Mills have one gate for each boat."));
        assert!(explains_code("The output has one gate for each boat."));
        assert!(explains_code("Here the gate is shut."));
    }
}
