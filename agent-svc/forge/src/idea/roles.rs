//! Who works with an app, and what they may do: `only librarians can delete books`, `members can't edit loans`.

use super::Reading;
use crate::{
    lexicon::lexicon,
    model::{Denial, Role},
    words,
};

const OFFICES: &[&str] = &[
    "admin",
    "administrator",
    "manager",
    "owner",
    "librarian",
    "receptionist",
    "nurse",
    "parent",
    "editor",
    "viewer",
    "moderator",
    "organiser",
    "organizer",
    "host",
    "cashier",
    "chef",
    "waiter",
    "visitor",
    "supervisor",
    "accountant",
    "author",
    "reader",
    "leader",
    "boss",
    "secretary",
    "treasurer",
    "operator",
    "technician",
    "agent",
    "staff",
    "reviewer",
    "assistant",
    "volunteer",
    "clerk",
    "driver",
];

/// The three verbs that a role may be refused, and the words for them.
pub(super) fn verb_of(word: &str) -> Option<&'static str> {
    match word {
        "add" | "create" | "enter" | "post" | "submit" | "register" | "book" | "borrow" | "reserve"
        | "lend" => Some("add"),
        "edit" | "change" | "update" | "modify" | "rename" | "correct" => Some("edit"),
        "delete" | "remove" | "erase" => Some("delete"),
        _ => None,
    }
}

/// Whether a word names several people by what they do.
pub(super) fn is_office(word: &str) -> bool {
    words::is_plural(word) && OFFICES.contains(&words::singular(word).as_str())
}

impl Reading {
    pub(super) fn read_roles(&mut self) {
        for at in 0..self.tokens.len() {
            let negated = match self.word(at) {
                "can" | "may" => matches!(self.word(at + 1), "not" | "only"),
                "can't" | "cannot" | "mustn't" | "shouldn't" | "couldn't" => true,
                _ => continue,
            };
            let names = self.subjects_before(at);
            if names.is_empty() {
                continue;
            }

            let is_only = names.iter().any(|(place, _)| {
                place
                    .checked_sub(1)
                    .is_some_and(|before| self.word(before) == "only")
            });
            let verbs = self.verbs_after(at);
            for (place, name) in names {
                self.keep_role(&name);
                // `product managers`: what they manage is no thing of its own.
                let of_what = place.saturating_sub(1);
                let is_known = lexicon().thing(self.word(of_what)).is_some();
                self.use_words(if is_known { of_what } else { place }, 1);
                self.use_words(place, 1);
                self.restrict(&name, &verbs, is_only, negated && self.word(at + 1) != "only");
            }
        }

        self.settle_roles();
    }

    /// Those who can: `admins and managers can`.
    fn subjects_before(&self, at: usize) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        let mut place = at;
        while place > 0 {
            place -= 1;
            let word = words::singular(self.word(place));
            let is_somebody = OFFICES.contains(&word.as_str())
                || lexicon().thing(&word).is_some_and(|thing| thing.is_weak)
                || self.is_unknown_group(place, at);
            if is_somebody && !matches!(self.word(place), "people" | "person" | "places" | "companies") {
                found.push((place, word));
            } else if !matches!(self.word(place), "and" | "or" | "," | "also") {
                break;
            }
        }

        found
    }

    /// `Assistants can edit visits`: nobody knows them, and they do what people do.
    fn is_unknown_group(&self, place: usize, can: usize) -> bool {
        let word = self.word(place);
        let acts = (can + 1..can + 3).any(|place| verb_of(self.word(place)).is_some());
        let is_kept = self.mentions.iter().any(|mention| mention.at == place);

        acts && !is_kept
            && word.len() > 3
            && words::is_plural(word)
            && word.bytes().all(|byte| byte.is_ascii_lowercase())
            && !lexicon().is_stop(word)
            && lexicon().thing(word).is_none()
    }

    /// What they can: each verb, with the entity it is done to.
    fn verbs_after(&mut self, at: usize) -> Vec<(&'static str, Option<String>)> {
        let end = self.sentence_of(at).end;
        let stop = (at + 1..end).find(|place| {
            matches!(
                self.word(*place),
                "but" | "while" | "can" | "can't" | "cannot" | "only"
            ) && *place > at + 1
        });
        let mut found = Vec::new();

        for place in at + 1..stop.unwrap_or(end) {
            if let Some(verb) = verb_of(self.word(place)) {
                let object = self
                    .mentions
                    .iter()
                    .find(|mention| mention.at > place && mention.at < place + 6)
                    .map(|mention| mention.noun.clone());
                found.push((verb, object));
            }
        }
        found
    }

    fn keep_role(&mut self, name: &str) {
        if !self.roles.iter().any(|role| role.name == name) {
            self.roles.push(Role {
                name: name.to_owned(),
                denied: Vec::new(),
            });
        }
    }

    /// `Only` refuses the others, also those who are named later: they are settled at the end.
    fn restrict(
        &mut self,
        name: &str,
        verbs: &[(&'static str, Option<String>)],
        is_only: bool,
        negated: bool,
    ) {
        for (verb, noun) in verbs {
            let denial = Denial {
                verb,
                noun: noun.clone(),
            };
            if negated {
                if let Some(role) = self.roles.iter_mut().find(|role| role.name == name) {
                    role.denied.push(denial);
                }
            } else if is_only {
                self.reserved.push((name.to_owned(), denial));
            }
        }
    }

    /// Refuses what is reserved for one role to all others. Roles that nothing is refused to are no roles.
    fn settle_roles(&mut self) {
        if !self.reserved.is_empty() && self.roles.len() == 1 {
            self.keep_role("visitor");
        }
        for (_, denial) in self.reserved.clone() {
            let keepers: Vec<String> = self
                .reserved
                .iter()
                .filter(|(_, other)| *other == denial)
                .map(|(name, _)| name.clone())
                .collect();
            for role in self.roles.iter_mut().filter(|role| !keepers.contains(&role.name)) {
                if !role.denied.contains(&denial) {
                    role.denied.push(denial.clone());
                }
            }
        }

        if self.roles.len() == 1 && !self.roles[0].denied.is_empty() {
            self.roles.insert(
                0,
                Role {
                    name: "owner".to_owned(),
                    denied: Vec::new(),
                },
            );
        }
        if self.roles.iter().all(|role| role.denied.is_empty()) {
            self.roles.clear();
        }
        self.roles.sort_by_key(|role| role.denied.len());
    }
}
