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
        | "lend" | "record" | "log" => Some("add"),
        "edit" | "change" | "update" | "modify" | "rename" | "correct" => Some("edit"),
        "delete" | "remove" | "erase" => Some("delete"),
        _ => None,
    }
}

/// What is not changed by looking at it.
fn is_looking(word: &str) -> bool {
    matches!(word, "see" | "view" | "look" | "read" | "watch" | "browse")
}

/// Whether a word is what somebody may do.
pub(super) fn acts(word: &str) -> bool {
    matches!(word, "can" | "may" | "can't" | "cannot" | "must" | "should")
}

/// Whether a word names several people by what they do.
pub(super) fn is_office(word: &str) -> bool {
    words::is_plural(word) && OFFICES.contains(&words::singular(word).as_str())
}

impl Reading {
    pub(super) fn read_roles(&mut self) {
        for at in 0..self.tokens.len() {
            let negated = match self.word(at) {
                "can" | "may" => self.word(at + 1) == "not",
                "can't" | "cannot" | "mustn't" | "shouldn't" | "couldn't" => true,
                _ => continue,
            };
            let names = self.subjects_before(at);
            if names.is_empty() {
                continue;
            }

            self.report_own(at);
            let is_only = names.iter().any(|(place, _)| self.is_behind_only(*place));
            let verbs = self.verbs_after(at);
            let denied = self.denied_after(at);
            if !verbs.is_empty() || !denied.is_empty() {
                self.hold(at);
            }
            for (place, name) in names {
                let name = self.whole_office(place, name);
                self.keep_role(&name);
                // `product managers`: what they manage is no thing of its own.
                let of_what = place.saturating_sub(1);
                let is_known = lexicon().thing(self.word(of_what)).is_some();
                self.use_words(if is_known { of_what } else { place }, 1);
                self.use_words(place, 1);
                self.restrict(&name, &verbs, is_only, negated);
                self.restrict(&name, &denied, false, true);
                if !negated && !is_only {
                    let granted = verbs.iter().map(|(verb, noun)| {
                        (
                            name.clone(),
                            Denial {
                                verb,
                                noun: noun.clone(),
                            },
                        )
                    });
                    self.granted.extend(granted);
                }
            }
        }

        self.settle_roles();
    }

    /// `hosts may edit their own show`: whose something is, nothing here knows.
    fn report_own(&mut self, at: usize) {
        let sentence = self.sentence_of(at);
        let part = self
            .parts_of(&sentence)
            .into_iter()
            .find(|part| part.contains(&at));
        let Some(part) = part.filter(|part| part.clone().any(|place| self.word(place) == "own")) else {
            return;
        };

        let asked = self.quote_part(&part);
        self.omit(
            &format!("“{asked}”"),
            "Nothing here knows whose a record is: a page without a server can't. What a role may do, it may do with all of them.",
        );
    }

    /// `only vets`, `only the stage manager`.
    fn is_behind_only(&self, place: usize) -> bool {
        (place.saturating_sub(3)..place)
            .rev()
            .map(|place| self.word(place))
            .find(|word| !matches!(*word, "the" | "a" | "an" | "stage" | "product" | "head" | "our"))
            == Some("only")
            || self.word(place.wrapping_sub(3)) == "only"
                && matches!(self.word(place.wrapping_sub(2)), "the" | "a" | "an")
    }

    /// `stage manager`: an office with the word that says of what, unless that is kept itself.
    fn whole_office(&mut self, place: usize, name: String) -> String {
        let Some(before) = place.checked_sub(1) else {
            return name;
        };
        let word = self.word(before);
        let is_part = OFFICES.contains(&name.as_str())
            && !self.tokens[before].is_mark
            && !lexicon().is_stop(word)
            && word != "only"
            && word.bytes().all(|byte| byte.is_ascii_lowercase())
            && !words::is_plural(word)
            && !OFFICES.contains(&word);
        if !is_part {
            return name;
        }

        let whole = format!("{word} {name}");
        self.use_words(before, 1);
        whole
    }

    /// What somebody may not do who may only look, or `see but not change` it: each verb, of what is named.
    fn denied_after(&self, at: usize) -> Vec<(&'static str, Option<String>)> {
        let end = self.sentence_of(at).end;
        let stop = (at + 1..end).find(|place| self.word(*place) == "," || acts(self.word(*place)));
        let end = stop.unwrap_or(end);
        let looks = (at + 1..end.min(at + 4)).any(|place| is_looking(self.word(place)));
        let only = (at + 1..end.min(at + 4)).any(|place| self.word(place) == "only");
        let but = (at + 1..end).find(|place| self.word(*place) == "but" && self.word(place + 1) == "not");
        let object = |from: usize| {
            let mut named = self
                .mentions
                .iter()
                .filter(|mention| mention.at > from && mention.at < end);
            named.next().map(|mention| mention.noun.clone())
        };
        let all = |noun: &Option<String>| {
            ["add", "edit", "delete"]
                .map(|verb| (verb, noun.clone()))
                .to_vec()
        };

        if looks && only {
            return all(&object(at));
        }
        // `requesters can only create tickets`: nothing else.
        if self.word(at + 1) == "only" {
            let may: Vec<&str> = (at + 2..end)
                .filter_map(|place| verb_of(self.word(place)))
                .collect();
            let rest = ["add", "edit", "delete"]
                .into_iter()
                .filter(|verb| !may.contains(verb) && !may.is_empty());
            return rest.map(|verb| (verb, object(at))).collect();
        }
        let Some(but) = but else {
            return Vec::new();
        };
        let anything =
            (but..end).any(|place| matches!(self.word(place), "anything" | "something" | "them" | "it"));
        if anything {
            return all(&object(but));
        }
        let verbs =
            (but..end).filter_map(|place| verb_of(self.word(place)).map(|verb| (verb, object(place))));
        verbs.collect()
    }

    /// Those who can: `admins and managers can`.
    fn subjects_before(&self, at: usize) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        let mut wanted = true;
        let mut place = at;
        while place > 0 {
            place -= 1;
            let word = words::singular(self.word(place));
            let is_somebody = OFFICES.contains(&word.as_str())
                || lexicon().thing(&word).is_some_and(|thing| thing.is_weak)
                || self.is_unknown_group(place, at);
            if wanted
                && is_somebody
                && !matches!(self.word(place), "people" | "person" | "places" | "companies")
            {
                found.push((place, word));
                wanted = false;
            } else if matches!(self.word(place), "and" | "or" | "also") {
                wanted = true;
            } else {
                break;
            }
        }

        found
    }

    /// `Assistants can edit visits`: nobody knows them, and they do what people do.
    fn is_unknown_group(&self, place: usize, can: usize) -> bool {
        let word = self.word(place);
        let acts = (can + 1..can + 3)
            .any(|place| verb_of(self.word(place)).is_some() || is_looking(self.word(place)));
        let is_kept = self.mentions.iter().any(|mention| mention.at == place);

        acts && !is_kept
            && (word.len() > 3 && words::is_plural(word) || self.is_behind_only(place))
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
                || self.word(*place) == ","
                    && (*place + 1..(*place + 5).min(end)).any(|next| acts(self.word(next)))
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

        self.settle_grants();
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

    /// `volunteers can add events, admins can delete events`: what one may change or delete, and another who is named beside it may not.
    fn settle_grants(&mut self) {
        for (name, denial) in self.granted.clone() {
            if denial.verb == "add" {
                continue;
            }
            let may = |role: &str| {
                let granted = self.granted.iter().chain(&self.reserved);
                granted.filter(|(other, _)| other == role).any(|(_, grant)| {
                    grant.verb == denial.verb && (grant.noun == denial.noun || grant.noun.is_none())
                })
            };
            let others: Vec<String> = self
                .granted
                .iter()
                .map(|(other, _)| other.clone())
                .filter(|other| *other != name && !may(other))
                .collect();
            for role in self.roles.iter_mut().filter(|role| others.contains(&role.name)) {
                if !role.denied.contains(&denial) {
                    role.denied.push(denial.clone());
                }
            }
        }
    }
}
