//! What an idea says outright that it keeps: `owners have a name`, `each visit is for one pet, with a date`, `Permits: resident, plate`.
//! Where it does, a thing that is only named in passing is no part of the app.

use super::{Reading, lists::Item};
use crate::{
    lexicon::{Thing, lexicon},
    words,
};

/// Nouns that say nothing about an app, unless it says what they have.
const PLAIN_NOUNS: &[&str] = &[
    "family",
    "home",
    "house",
    "team",
    "office",
    "group",
    "club",
    "school",
    "shop",
    "store",
    "business",
    "community",
    "household",
    "entry",
    "item",
    "type",
    "show",
];
const HAVING: &[&str] = &[
    "has", "have", "contains", "contain", "includes", "include", "holds", "hold",
];
const BEFORE_NOUNS: &[&str] = &[
    "a", "an", "the", "each", "every", "our", "my", "all", "any", "their",
];
/// A noun that may be described: where it stands, and how.
struct Head {
    from: usize,
    end: usize,
    /// Whether its sentence begins with it.
    starts: bool,
    determined: bool,
    is_many: bool,
}

/// How far behind its noun a list may begin: `a parcel goes to one family and has a date`.
const FARTHEST_LIST: usize = 12;

impl Reading {
    /// Keeps each thing whose own description stands in the idea.
    pub(super) fn read_declared(&mut self) {
        for at in 0..self.tokens.len() {
            let Some((place, length)) = self.declaration_at(at) else {
                continue;
            };
            let Some(phrase) = self.phrase(place, length) else {
                continue;
            };

            self.declared.insert(at);
            self.declared.insert(place);
            if self.mentions.iter().any(|mention| mention.at == place) {
                continue;
            }
            let (skipped, thing) = self.declared_thing(&phrase);
            match thing {
                Some(thing) => {
                    let noun = self.keep(thing);
                    let name = self.phrase(place + skipped, length - skipped).unwrap_or_default();
                    self.declared.insert(place + skipped);
                    self.use_words(place, skipped);
                    self.mention(place + skipped, length - skipped, &noun);
                    self.mention_again(&words::singular(&name), &noun);
                }
                None => self.keep_unknown(place, length, &phrase),
            }
        }
    }

    /// The thing of the lexicon that a described noun is: itself, its last word (`community events`), or a longer name for it elsewhere in
    /// the idea (`feature requests … each request`); and how many words of it say only which one.
    fn declared_thing(&self, phrase: &str) -> (usize, Option<&'static Thing>) {
        if let Some(thing) = lexicon().thing(phrase) {
            return (0, Some(thing));
        }
        if let Some((head, last)) = phrase.rsplit_once(' ')
            && let Some(thing) = lexicon().thing(last).filter(|thing| !thing.is_weak)
        {
            return (head.split(' ').count(), Some(thing));
        }

        let one = words::singular(phrase);
        if !lexicon().ends_a_name(&one) {
            return (0, None);
        }
        let end = format!(" {one}");
        let longer = (0..self.tokens.len()).find_map(|at| {
            (2..=3).rev().find_map(|length| {
                let name = self.phrase(at, length)?;
                let thing = lexicon().thing(&name)?;
                words::singular(&name).ends_with(&end).then_some(thing)
            })
        });
        (0, longer)
    }

    /// The noun whose description begins at a place, and how long it is.
    fn declaration_at(&self, at: usize) -> Option<(usize, usize)> {
        let starts = at == self.sentence_of(at).start;
        let before = at.checked_sub(1).map_or(".", |before| self.word(before));
        let determined = BEFORE_NOUNS.contains(&self.word(at));
        let place = at + usize::from(determined);
        let longest = (place..place + 3)
            .take_while(|place| self.is_noun(*place))
            .count();
        let opens = starts || matches!(before, "," | "and" | ":" | "but" | "where");
        // `I sell passes (holder, price)`: a verb is no part of the noun.
        if matches!(before, "i" | "we" | "they" | "you" | "people") {
            return None;
        }

        (1..=longest).rev().find_map(|length| {
            let head = Head {
                from: place,
                end: place + length,
                starts,
                determined,
                is_many: self
                    .phrase(place, length)
                    .is_some_and(|phrase| words::is_plural(&phrase)),
            };
            let is_described = self.has_bracket(&head) || opens && self.is_described(&head, before);
            is_described.then_some((place, length))
        })
    }

    fn is_noun(&self, at: usize) -> bool {
        let Some(token) = self.tokens.get(at) else {
            return false;
        };
        let one = words::singular(&token.word);
        let is_plain = PLAIN_NOUNS.contains(&one.as_str());

        !token.is_mark
            && !token.used
            && token.word.is_ascii()
            && token.number().is_none()
            && !HAVING.contains(&token.word.as_str())
            && (is_plain || !lexicon().is_stop(&token.word))
            && (is_plain
                || lexicon().thing(&token.word).is_some()
                || !super::actions::is_action_word(&token.word))
    }

    /// Whether a list, or a "belongs to", stands behind a noun and is its own.
    fn is_described(&self, head: &Head, before: &str) -> bool {
        let next = self.word(head.end);
        if HAVING.contains(&next) {
            return !matches!(self.word(head.end + 1), "to" | "been" | "not" | "at" | "no");
        }
        if next == "of" {
            return self.has_parts(head);
        }

        matches!(next, "belong" | "belongs")
            || self.has_colon(head, before)
            || self.has_with(head, before)
            || self.has_verb(head)
    }

    fn commas_from(&self, from: usize) -> usize {
        let end = self.sentence_of(from).end;
        (from..end).filter(|place| self.word(*place) == ",").count()
    }

    /// `Permits: resident, plate, valid from`.
    fn has_colon(&self, head: &Head, before: &str) -> bool {
        let first = head.end + 1;
        let speaks_of_another = matches!(self.word(first), "each" | "every")
            || words::is_plural(self.word(first))
                && matches!(self.word(first + 1), "," | "with" | "have" | "(");
        let opens = head.starts || before == "," && head.is_many;

        self.word(head.end) == ":"
            && opens
            && self.commas_from(head.end) >= 1
            && !speaks_of_another
            && self.read_list(first).0.len() >= 2
    }

    /// `customers (name, phone)`, wherever it stands: what is in the brackets is known as fields.
    fn has_bracket(&self, head: &Head) -> bool {
        if self.word(head.end) != "(" || !head.is_many {
            return false;
        }

        let (items, _) = self.read_list(head.end + 1);
        let known = items.iter().filter(|item| item.is_known_field()).count();
        let begins = matches!(
            items.first().map(|item| item.label.as_str()),
            Some("name" | "title")
        );
        items.len() >= 2 && (begins || 2 * known >= items.len())
    }

    /// `turnings of piles with date and temperature`.
    fn has_parts(&self, head: &Head) -> bool {
        let whole = (head.end + 1..head.end + 4).find(|place| words::is_plural(self.word(*place)));
        let is_with = |place: usize| self.word(place + 1) == "with" && words::is_plural(self.word(place));

        head.is_many && whole.is_some_and(is_with)
    }

    /// `bikes come in with a brand`, `yarn with brand, colour, weight`, `teams with name and table`.
    fn has_with(&self, head: &Head, before: &str) -> bool {
        let end = self.sentence_of(head.from).end;
        let Some(with) = (head.end..end.min(head.end + 4)).find(|place| self.word(*place) == "with") else {
            return false;
        };
        let first = self.word(with + 1);
        if with == head.end && head.is_many {
            let lists_fields = self.read_list(with + 1).0.iter().any(Item::is_known_field);
            return lists_fields
                && (head.starts || before == ":" || self.opens_another(head.from, head.end - head.from));
        }
        if !head.starts {
            return false;
        }

        let is_mass = head.end == with
            && !head.determined
            && self.commas_from(with) >= 2
            && !words::is_plural(first)
            && !self.is_place_or_tool(head.from, head.end);
        let is_plain = (head.end..with).all(|place| {
            !self.tokens[place].is_mark
                && super::actions::deed_of(self.word(place)).is_none()
                && !super::things::is_keeping_word(self.word(place))
                && !super::roles::acts(self.word(place))
                && (!words::is_plural(self.word(place)) || lexicon().is_stop(self.word(place)))
        });
        is_plain && self.commas_from(with) >= 1 && (head.is_many && head.end < with || is_mass)
    }

    /// `each visit is for one pet, with a date`: the verb stands right behind the noun.
    fn has_verb(&self, head: &Head) -> bool {
        let next = self.word(head.end);
        let is_being = matches!(next, "is" | "are");
        let is_verb = is_being
            || matches!(next, "goes" | "comes" | "gets")
            || next.ends_with('s') && !words::is_plural(self.word(head.end - 1));
        let end = self.sentence_of(head.from).end.min(head.end + FARTHEST_LIST);
        let has_list = (head.end + 1..end).any(|place| {
            matches!(self.word(place), "has" | "have" | "with")
                && (is_being || matches!(self.word(place - 1), "and" | ","))
        });

        head.starts && head.determined && head.end == head.from + 1 && is_verb && has_list
    }

    /// `library with books`, `inventory with`: a word for the whole, not for what is kept.
    fn is_place_or_tool(&self, from: usize, end: usize) -> bool {
        (from..end).any(|place| {
            super::surroundings::is_context(self.word(place)) || super::things::is_tool(self.word(place))
        })
    }

    /// Whether a thing is only named in passing: in a name of something else, as a turn of speech, or to say that there are none.
    pub(super) fn is_in_passing(&self, at: usize, length: usize) -> bool {
        let before = at.checked_sub(1).map_or(".", |before| self.word(before));
        let phrase = self.phrase(at, length).unwrap_or_default();
        // `feeding notes up to 300 characters`: a text of something, whose length is bounded.
        let is_text = lexicon().field_kind(&phrase).is_some()
            && (at..(at + 8).min(self.sentence_of(at).end))
                .any(|place| matches!(self.word(place), "characters" | "letters" | "chars"))
            && self.sentence_of(at).start > 0;
        if before == "of" && phrase == "course" || is_text || self.is_refused(at, length) {
            return true;
        }
        let is_declared = self.mentions.iter().any(|mention| mention.at == at);
        if self.declared.is_empty() || is_declared {
            return !is_declared && self.is_bare_list(at) && !self.entities.is_empty();
        }

        let behind = at + length;
        // `bike workshop job tracker`, `inventory number`, `coffee roastery`.
        let counts_them = matches!(
            (self.word(at.wrapping_sub(2)), before),
            ("number" | "amount" | "count", "of")
        );
        let names_other = matches!(
            self.word(behind),
            "number" | "no" | "code" | "id" | "value" | "size" | "type" | "level"
        ) && !words::is_plural(&phrase);
        // `a job ticket`: a word for the job that is kept.
        let is_of_other = !words::is_plural(&phrase)
            && self
                .entities
                .iter()
                .any(|entity| entity.noun == before && !lexicon().is_stop(before) && entity.noun != phrase);
        let says_more = !words::is_plural(&phrase)
            && self.is_noun(behind)
            && !super::things::is_keeping_word(self.word(behind))
            && !super::roles::acts(self.word(behind));
        // `about twenty people`, `a company of people`: how many, not what is kept.
        let number = self.tokens.get(at.wrapping_sub(1));
        let counts = number.is_some_and(|token| token.number().is_some() || token.word == "twenty")
            && matches!(self.word(at.wrapping_sub(2)), "of" | "about" | "some" | "around");
        says_more || counts || counts_them || names_other || is_of_other || self.is_bare_list(at)
    }

    /// `no books`, `without notes`: there shall be none, and no other place speaks of them.
    pub(super) fn is_refused(&self, at: usize, length: usize) -> bool {
        let refused = |at: usize, length: usize| {
            let before = at.checked_sub(1).map_or(".", |before| self.word(before));
            let behind = self.word(at + length);
            matches!(before, "no" | "without") && matches!(behind, "." | "," | "please" | "and" | "or")
        };
        if !refused(at, length) {
            return false;
        }

        let noun = self.phrase(at, length).map(|phrase| words::singular(&phrase));
        let mut others = (0..self.tokens.len()).filter(|other| {
            self.phrase(*other, length).map(|phrase| words::singular(&phrase)) == noun && *other != at
        });
        !others.any(|other| !refused(other, length))
    }

    /// `Chess club ladder; players have …`: a first sentence that only names the whole names the app.
    pub(super) fn read_title(&mut self) {
        if self.declared.is_empty() {
            return;
        }

        let from = usize::from(matches!(self.word(0), "a" | "an" | "the" | "our" | "my"));
        let end = (from..self.tokens.len()).find(|at| self.tokens[*at].is_mark);
        let Some(end) = end.filter(|end| (1..=4).contains(&(end - from))) else {
            return;
        };
        let is_title = matches!(self.word(end), "." | ":")
            && !super::things::is_keeping_word(self.word(from))
            && super::actions::deed_of(self.word(from)).is_none()
            && !(from..end).any(|place| {
                matches!(
                    self.word(place),
                    "its" | "his" | "their" | "to" | "that" | "is" | "are" | "can" | "with" | "of"
                )
            })
            && self.tokens[from..end].iter().any(|token| !token.used)
            && self.tokens[from..end].iter().all(|token| {
                token.word.bytes().all(|byte| byte.is_ascii_alphabetic())
                    && token.word != "for"
                    && !self.mentions.iter().any(|mention| {
                        self.tokens
                            .get(mention.at)
                            .is_some_and(|other| std::ptr::eq(other, token))
                    })
            });
        let phrase = self.phrase(from, end - from).unwrap_or_default();
        if !is_title || phrase.is_empty() {
            return;
        }

        self.use_words(from, end - from);
        if self.name.is_none() {
            self.name = Some(words::title_case(&phrase));
        }
    }
}
