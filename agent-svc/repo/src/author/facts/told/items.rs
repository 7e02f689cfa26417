//! Items of lists: a term with its note, a sentence, or a few words.

use super::{Manner, Told, alone, cut_in_two, label, led};
use crate::analysis::model::Remark;
use crate::author::grammar::prose;
use crate::narration::speakable::speakable;

/// An item of a list: a term with its note, a sentence, or a few words.
pub(in crate::author::facts) enum Item {
    Term { term: String, note: String },
    Sentence(Told),
    Words(String),
}

/// Reads an item; `None` when it cannot be said.
pub(in crate::author::facts) fn item(remark: &Remark, manner: Manner) -> Option<Item> {
    let bare = without_pointers(&without_values(without_target(remark.text.trim())));
    let raw = bare.as_str();
    // A path of the reader's machine is no name of anything.
    let place = raw.trim_matches(['`', '.', ',', ';']);
    if !place.contains(' ') && (place.starts_with('~') || place.starts_with('$')) {
        return None;
    }
    // `https example.org/hello: …` is a command with its answer.
    let typed = raw.split(": ").next().unwrap_or_default();
    if typed
        .split_whitespace()
        .any(|word| word.contains('.') && word.contains('/'))
        && typed.len() < raw.len()
    {
        return None;
    }
    // A link, somebody with a name to write to, or a row of values.
    let coloured = raw
        .split('#')
        .skip(1)
        .any(|rest| rest.len() >= 6 && rest.chars().take(6).all(|c| c.is_ascii_hexdigit()));
    if raw.contains("://") || raw.contains('@') || coloured {
        return None;
    }

    if let Some((term, note)) = parted(raw) {
        return term_of(&without_placeholders(term), note);
    }

    let first = Remark {
        text: crate::analysis::prose::first_sentence(raw),
        ..remark.clone()
    };
    if first.text.split_whitespace().count() > 7
        && let Some(told) = alone(&first, manner)
    {
        return Some(Item::Sentence(told));
    }

    // "Learn basic Bash." and "To see recent commands, use history" are sentences, however short.
    let orders = prose::starts_as_order(&first.text)
        || ["To ", "For ", "If ", "When "]
            .iter()
            .any(|word| first.text.starts_with(word))
            && first.text.contains(", ");
    // "Clean and focused" is what it is.
    let joined =
        first.text.split_whitespace().nth(1) == Some("and") && first.text.split_whitespace().count() < 4;
    if manner == Manner::Advice && orders && !joined && first.text.split_whitespace().count() > 2 {
        return led(&first, manner).map(Item::Sentence);
    }

    // "View the source" is a link of the page.
    let leads = [
        "read ",
        "view ",
        "see ",
        "visit ",
        "check ",
        "watch ",
        "browse ",
        "play ",
        "try ",
        "download ",
    ]
    .iter()
    .any(|verb| first.text.to_lowercase().starts_with(verb));
    if leads && first.text.split_whitespace().count() < 6 {
        return None;
    }

    // A call with its arguments is code, and none of its words.
    if first
        .text
        .split('`')
        .skip(1)
        .step_by(2)
        .any(|span| span.contains('(') && !span.ends_with("()"))
    {
        return None;
    }

    let words = label(without_aside(&first.text));
    let words = words.trim_end_matches(['.', '!', ':', ',', ';']).to_owned();
    let rule = words
        .split(' ')
        .any(|word| matches!(word, "should" | "must" | "cannot" | "shouldn't"));
    let fits = (1..=12).contains(&words.split_whitespace().count())
        && !rule
        && (manner == Manner::Advice || !prose::starts_as_order(&words))
        && prose::is_sayable(&words)
        && words.chars().any(char::is_alphabetic);
    fits.then_some(Item::Words(words))
}

/// "a lock (`lock.rs`)" and "a list (see solutions)" without what leads to a file or elsewhere.
pub(in crate::author::facts) fn without_pointers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once(" (") {
        let Some((inside, after)) = tail.split_once(')') else {
            break;
        };
        let bare = inside.replace(['`', '*', '[', ']'], "");
        let file = |piece: &str| !piece.trim().contains(' ') && piece.contains('.') && !piece.contains("..");
        // "hashes become links (`--links`)" is how that is asked for.
        let flag = bare.starts_with('-') && !bare.contains(' ');
        let points = flag || bare.to_lowercase().starts_with("see ") || bare.split(", ").all(file);
        out.push_str(before);
        if !points {
            out.push_str(" (");
            out.push_str(inside);
            out.push(')');
        }
        rest = after;
    }
    out.push_str(rest);

    out
}

/// "A client for the shell -> owner/shell" is named without where it lies.
fn without_target(raw: &str) -> &str {
    [" -> ", " → ", " => "]
        .iter()
        .filter_map(|arrow| raw.rsplit_once(arrow))
        .find(|(_, target)| !target.trim().contains(' ') && target.contains('/'))
        .map_or(raw, |(named, _)| named)
}

/// "port to listen on (:80)": what is in the brackets is a value, and no words.
fn without_values(raw: &str) -> String {
    let mut out = raw.to_owned();
    while let Some(open) = out.find(" (") {
        let Some(close) = out[open..].find(')').map(|close| open + close) else {
            break;
        };
        if out[open..close].chars().any(char::is_alphabetic) {
            break;
        }
        out.replace_range(open..=close, "");
    }

    out
}

/// `--gate <NAME>` is called `--gate`.
fn without_placeholders(term: &str) -> String {
    let marked = |word: &&str| {
        let bare = word.trim_matches(|c: char| "`*,".contains(c));
        bare.starts_with('<') && bare.ends_with('>') || bare.starts_with('[') && bare.ends_with(']')
    };
    let kept: Vec<&str> = term.split_whitespace().filter(|word| !marked(word)).collect();
    let kept = kept.join(" ");

    // The mark that closed behind the placeholder is missing now.
    if kept.matches('`').count() % 2 == 1 {
        kept.replace('`', "")
    } else {
        kept
    }
}

/// "gate-key (by flag or by variable)" is named without what stands in brackets.
fn without_aside(text: &str) -> &str {
    match text.split_once(" (") {
        Some((before, rest)) if rest.trim_end_matches(['.', ';']).ends_with(')') && rest.contains(' ') => {
            before
        }
        _ => text,
    }
}

/// A short term and what stands behind its colon or dash.
pub(super) fn parted(raw: &str) -> Option<(&str, &str)> {
    let split = [": ", " - ", " – ", " — ", " -- "]
        .iter()
        .filter_map(|mark| raw.split_once(mark))
        .min_by_key(|(term, _)| term.len())?;

    // "gate (also: door, wheel)" is no term with a note.
    let whole = split.0.matches('(').count() == split.0.matches(')').count();

    (whole && split.0.split_whitespace().count() <= 6).then_some(split)
}

fn term_of(term: &str, note: &str) -> Option<Item> {
    // Speaks of the item above it, or of the page.
    const GENERAL: [&str; 40] = [
        "key",
        "keys",
        "value",
        "values",
        "type",
        "default",
        "name",
        "example",
        "note",
        "see",
        "important",
        "warning",
        "tip",
        "caution",
        "todo",
        "bug fixes including",
        "docs",
        "documentation",
        "more",
        // Where its people meet.
        "irc",
        "twitter",
        "slack",
        "discord",
        "gitter",
        "matrix",
        "telegram",
        "mastodon",
        "mailing list",
        "forum",
        "chat",
        "website",
        "homepage",
        "home page",
        "blog",
        "source",
        "issues",
        "demo",
        "live demo",
        "email",
        "discussions",
    ];
    // What follows is a piece of code, or a link to how one gets to another version.
    let plain = note.trim().to_lowercase();
    // "Must be skipped: during replication" is a sentence in two halves, and "4.8: 12.0" a row of numbers.
    let head = term.split_whitespace().next().unwrap_or_default().to_lowercase();
    let halves = [
        "cannot", "can", "must", "should", "may", "will", "affects", "is", "are", "does",
    ]
    .contains(&head.trim_matches(|c: char| !c.is_alphanumeric()));
    let numbers = plain.starts_with(|c: char| c.is_ascii_digit());
    if halves || numbers || plain.starts_with("example") || plain.starts_with("alias") {
        return None;
    }
    if plain.starts_with("for example") || plain.starts_with("e.g.") || plain.starts_with("upgrade to v") {
        return None;
    }

    // "Manual: example.org" is a link.
    if !note.trim().contains(' ') && note.contains('.') {
        return None;
    }

    let note = crate::analysis::prose::first_sentence(note);
    let (term, note) = (
        label(term),
        speakable(&note).trim_end_matches(['.', '!', ' ', ':']).to_owned(),
    );
    let fits = !GENERAL.contains(&term.to_lowercase().as_str())
        && (2..=40).contains(&note.split_whitespace().count())
        && prose::is_sayable(&note)
        && prose::is_sayable(&term)
        && !cut_in_two(&note);

    (fits && !term.is_empty() && prose::is_english(&note)).then_some(Item::Term { term, note })
}

/// After a colon a note goes on in small letters.
pub(super) fn note_after(term: &str, note: &str) -> String {
    if note.starts_with(term) {
        return note.to_owned();
    }
    prose::lower_first(note)
}
