//! Words with a slip of the finger: two letters changed over, one missing, one wrong in a long word. Only towards words that the author
//! knows, only from words that it doesn't, and always said.

use std::{collections::BTreeSet, sync::OnceLock};

use super::{Reading, actions::is_action_word};
use crate::{lexicon::lexicon, words};

/// Words of rules and actions, beside those of the lexicon.
const RULES: &[&str] = &[
    "unique",
    "required",
    "optional",
    "negative",
    "positive",
    "between",
    "maximum",
    "minimum",
    "character",
    "characters",
    "future",
    "before",
    "after",
    "search",
    "filter",
    "export",
    "import",
    "delete",
    "calendar",
    "inventory",
    "printable",
    "reminder",
    "library",
];
/// Words that are right although they look like a slip.
const RIGHT: &[&str] = &[
    "dairy", "trial", "trail", "angle", "angel", "untied", "costume", "costumes",
];
const SHORTEST: usize = 5;
const LONG: usize = 8;

fn targets() -> &'static BTreeSet<String> {
    static TARGETS: OnceLock<BTreeSet<String>> = OnceLock::new();
    TARGETS.get_or_init(|| {
        let known = lexicon().vocabulary();
        let rules = RULES.iter().map(|word| (*word).to_owned());
        known
            .chain(rules)
            .filter(|word| word.len() > SHORTEST && word.bytes().all(|byte| byte.is_ascii_lowercase()))
            .collect()
    })
}

impl Reading {
    /// Puts right what can only be a slip.
    pub(super) fn read_slips(&mut self) {
        for at in 0..self.tokens.len() {
            let word = self.word(at).to_owned();
            if self.tokens[at].is_mark || is_known(&word) {
                continue;
            }
            let Some(meant) = targets().iter().find(|target| is_slip(&word, target)) else {
                continue;
            };

            self.omit(&format!("“{word}”"), &format!("It was read as “{meant}”."));
            self.tokens[at].word.clone_from(meant);
        }
    }
}

fn is_known(word: &str) -> bool {
    word.len() < SHORTEST
        || !word.bytes().all(|byte| byte.is_ascii_lowercase())
        || RIGHT.contains(&word)
        || targets().contains(word)
        || lexicon().is_stop(word)
        || lexicon().thing(word).is_some()
        || lexicon().field_kind(word).is_some()
        || lexicon().limit(word).is_some()
        || targets().contains(&words::singular(word))
        || is_action_word(word)
}

fn is_slip(word: &str, target: &str) -> bool {
    let (word, target) = (word.as_bytes(), target.as_bytes());
    if word.first() != target.first() {
        return false;
    }

    let same = word
        .iter()
        .zip(target)
        .take_while(|(one, other)| one == other)
        .count();
    let (rest, wanted) = (&word[same..], &target[same..]);
    match target.len().checked_sub(word.len()) {
        Some(0) => {
            let is_swapped =
                rest.len() >= 2 && rest[0] == wanted[1] && rest[1] == wanted[0] && rest[2..] == wanted[2..];
            let is_wrong = word.len() >= LONG && rest.len() >= 2 && rest[1..] == wanted[1..];
            is_swapped || is_wrong
        }
        Some(1) => !wanted.is_empty() && wanted[1..] == *rest && !(rest.is_empty() && wanted == b"s"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{is_known, is_slip, targets};

    #[test]
    fn slips_are_found_and_right_words_left() {
        for (word, meant) in [
            ("inventry", "inventory"),
            ("lenght", "length"),
            ("prodcuts", "products"),
            ("negtive", "negative"),
            ("calender", "calendar"),
            ("adress", "address"),
        ] {
            let found = targets().iter().find(|target| is_slip(word, target));
            assert_eq!(found.map(String::as_str), Some(meant), "{word}");
        }
        for word in [
            "dairy",
            "costumes",
            "contracts",
            "planets",
            "beans",
            "racks",
            "singers",
            "props",
            "samples",
            "routes",
            "batches",
            "permits",
            "residents",
            "parcels",
            "quests",
            "swimmers",
            "tenants",
            "roasted",
        ] {
            let found = targets().iter().find(|target| is_slip(word, target));
            assert!(is_known(word) || found.is_none(), "{word} would be {found:?}");
        }
    }
}
