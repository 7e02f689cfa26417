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
        named_in(text).is_some()
    });

    // Where a paragraph stands above the first command, each is said before it is shown.
    let first = blocks
        .iter()
        .position(|block| matches!(block, Block::Code { .. }));
    let before = first.and_then(|at| at.checked_sub(1)).map(|at| &blocks[at]);
    let led = matches!(before, Some(Block::Paragraph { text, .. }) if says_what_is_done(text, false) && !text.ends_with('.'));

    pairs.count() > 2 && !led
}

/// Whether a paragraph below a command says what that does: "Shows who bakes", and not "or with others:".
/// `settings`: what stands above are keys with values, of which "If the gate leaks, …" says something, too.
pub(super) fn says_what_is_done(text: &str, settings: bool) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    let cases = settings && matches!(first, "If" | "For");
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
        && (!goes_on || cases)
        && !first.ends_with("ing")
        && !text.trim_end().ends_with(':')
}

/// What a short block of code shows, as the term of a list: a command without its arguments, or the keys that it sets.
pub(super) fn named_in(text: &str) -> Option<String> {
    const MOST: usize = 3;
    let key = |line: &str| -> Option<String> {
        let (key, _) = line.split_once(':')?;
        // `tide_gate: open` sets `tide_gate`.
        let plain = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_');
        plain.then(|| format!("`{key}`"))
    };
    if let Some(line) = one_line(text) {
        let typed = line.trim_start_matches(['$', '%', '>', ' ']);
        let bare = typed.split(['[', '<', '(', '{']).next().unwrap_or(typed).trim();
        return key(typed).or_else(|| Some(format!("`{bare}`")));
    }

    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    // What is indented belongs to the key above it.
    let keys: Vec<String> = lines.iter().filter_map(|line| key(line)).collect();
    let (last, before) = keys.split_last()?;

    (keys.len() == lines.len() && (2..=MOST).contains(&keys.len()))
        .then(|| format!("{} and {last}", before.join(", ")))
}

/// The one line of a block of code that has no other.
pub(super) fn one_line(text: &str) -> Option<&str> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().filter(|line| line.len() < 60)?;

    lines.next().is_none().then_some(first)
}

/// "It does three things:" with the three short items below it, and how many items that took.
pub(super) fn with_items(lead: &str, next: &[Block]) -> Option<(String, usize)> {
    // "It needs the following gates: …" is told with them.
    let named = lead.replacen(" the following ", " the ", 1);
    let lead = if named.ends_with(" the:") {
        lead
    } else {
        named.as_str()
    };
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
    let most = if items.iter().all(|item| item.split_whitespace().count() < 5) {
        8
    } else {
        6
    };
    let short = (2..=most).contains(&items.len())
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

/// Whether a sentence says all that it says without the code below its colon: "You can bake with kiln to save wood".
pub(super) fn is_whole_before_its_code(said: &str, next: &[Block]) -> bool {
    const LEAST: usize = 8;
    const POINTING: [&str; 16] = [
        " this",
        " these",
        " those",
        " here",
        " below",
        " above",
        " follow",
        " example",
        " like so",
        " run ",
        " command ",
        " commands ",
        " line",
        " lines",
        " see ",
        " snippet",
    ];
    let lower = format!(" {} ", said.to_lowercase());
    let shown = matches!(next.first(), Some(Block::Code { .. }) | None);
    // "It is run with" ends in its code.
    let last = lower.split_whitespace().last().unwrap_or_default();
    let open = [
        "run",
        "use",
        "using",
        "do",
        "is",
        "are",
        "as",
        "simply",
        "just",
        "type",
        "execute",
        "add",
        "call",
        "that",
        "write",
        "say",
        "says",
        "be",
        "one",
        "ones",
        "it",
        "them",
        "following",
    ]
    .contains(&last);
    let about = [
        "you can ",
        "can be ",
        " is ",
        " are ",
        " lets ",
        " allows ",
        " supports ",
        " provides ",
    ]
    .iter()
    .any(|verb| lower.contains(verb));

    shown
        && about
        && !open
        && said.split_whitespace().count() >= LEAST
        && !POINTING.iter().any(|word| lower.contains(word))
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
    use crate::analysis::model::Block;

    #[test]
    fn keys_that_are_set_are_the_term_of_what_is_said_below_them() {
        let named = super::named_in;
        assert_eq!(named("tide_gate: open").as_deref(), Some("`tide_gate`"));
        assert_eq!(
            named("gate: \"on\"\nwheel: 7\n").as_deref(),
            Some("`gate` and `wheel`")
        );
        assert_eq!(named("$ mill turn <wheel>").as_deref(), Some("`mill turn`"));
        assert_eq!(named("gates:\n  - a: 1\n"), None);
    }

    #[test]
    fn what_stands_above_code_may_be_whole_without_it() {
        let code = [Block::Code {
            text: "mill --open".to_owned(),
            language: None,
            line: 9,
        }];
        let whole = |said| super::is_whole_before_its_code(said, &code);
        assert!(whole(
            "You can combine the mill with a sluice to keep the water clean"
        ));
        assert!(!whole(
            "You can open all of the gates at once with the following wheel"
        ));
        assert!(!whole("You can open all of the gates of your mill if you run"));
    }

    #[test]
    fn what_stands_below_code_may_speak_of_the_whole() {
        assert!(!explains_code("Mills have one gate for each boat."));
        assert!(explains_code("The output has one gate for each boat."));
        assert!(explains_code("Here the gate is shut."));
    }
}
