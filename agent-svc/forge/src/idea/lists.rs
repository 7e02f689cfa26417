//! Lists of fields: `a title of up to 80 characters, a status (open, done), and whether it is paid`.

use super::{Reading, fields::OPENINGS};
use crate::{lexicon::lexicon, words};

const SKIPPED: &[&str] = &[
    "a",
    "an",
    "the",
    "its",
    "their",
    "his",
    "her",
    "my",
    "our",
    "own",
    "some",
    "also",
    "both",
    "optional",
    "required",
    "mandatory",
    "unique",
    "of",
    "fields",
    "following",
    "should",
    "have",
    "to",
    "record",
];
/// What ends a list of fields.
const ENDINGS: &[&str] = &[
    "can", "can't", "cannot", "so", "that", "which", "where", "who", "is", "are", "must", "should", "may",
    "when", "if", "i", "we", "they", "it", "you", "but", "then", "with", "for", "per", "without", "because",
    "while", "using", "to", "no", "from", "between", "at", "up", "in", "on", "more", "less",
];
/// What says more of a field behind its name: a range, a unit.
const DETAILS: &[&str] = &[
    "from", "between", "at", "up", "in", "on", "per", "of", "more", "less",
];
const LONGEST_LABEL: usize = 5;

/// One field of a list: its words, and where they stand.
pub(super) struct Item {
    pub(super) at: usize,
    pub(super) length: usize,
    pub(super) label: String,
    pub(super) options: Vec<String>,
    pub(super) required: bool,
    /// Whether a range of numbers stands behind it.
    pub(super) is_number: bool,
    pub(super) is_yes_no: bool,
}

impl Item {
    /// Whether its name says that it is a field, or it has choices.
    pub(super) fn is_known_field(&self) -> bool {
        let last = self.label.rsplit(' ').next().unwrap_or_default();

        lexicon().field_kind(&self.label).is_some()
            || matches!(
                last,
                "name"
                    | "title"
                    | "number"
                    | "label"
                    | "model"
                    | "make"
                    | "colour"
                    | "color"
                    | "until"
                    | "from"
                    | "on"
            )
            || !self.options.is_empty()
    }

    fn choice(at: usize, length: usize, label: &str, options: Vec<String>) -> Self {
        Self {
            at,
            length,
            label: label.to_owned(),
            options,
            required: false,
            is_number: false,
            is_yes_no: false,
        }
    }
}

impl Reading {
    /// The items of a list, and where it ends.
    pub(super) fn read_list(&self, from: usize) -> (Vec<Item>, usize) {
        let mut items = Vec::new();
        let mut at = from;
        let mut closed = false;
        while at < self.tokens.len() {
            if super::actions::is_action_word(self.word(at)) && lexicon().field_kind(self.word(at)).is_none()
            {
                break;
            }
            if self.declared.contains(&at) {
                break;
            }
            let Some(item) = self.read_item(at) else { break };
            at = self.skip_details(item.at + item.length);
            match self.run_together(&item) {
                Some(several) => items.extend(several),
                None => items.push(item),
            }

            let mut more = false;
            let mut closes = false;
            while matches!(self.word(at), "," | "and" | "or") {
                closes |= self.word(at) == "and";
                at += 1;
                more = true;
            }
            // `books with a title and an author, members, and loans`: behind the last field another thing is named.
            let names_another = closed && self.is_many_of_another(at);
            closed |= closes;
            if !more
                || names_another
                || self.tokens.get(at).is_none_or(|token| {
                    token.is_end() || ENDINGS.contains(&token.word.as_str()) && self.read_clause(at).is_none()
                })
            {
                break;
            }
            if super::actions::is_action_word(self.word(at)) && lexicon().field_kind(self.word(at)).is_none()
            {
                break;
            }
        }

        (items, at)
    }

    /// `title authors year doi`: several fields without a comma between them.
    fn run_together(&self, item: &Item) -> Option<Vec<Item>> {
        let words: Vec<&str> = item.label.split(' ').collect();
        let is_field = |word: &&&str| {
            lexicon().field_kind(word).is_some()
                || matches!(**word, "title" | "name" | "author" | "authors" | "doi")
        };
        let known = words.iter().filter(is_field).count();
        let begins = matches!(words.first(), Some(&("title" | "name")));
        if !begins || words.len() < 3 || 2 * known <= words.len() || !item.options.is_empty() {
            return None;
        }

        let each = words.iter().enumerate();
        Some(
            each.map(|(at, word)| Item::choice(item.at + at, 1, word, Vec::new()))
                .collect(),
        )
    }

    /// `whether it has been found yet`, `who is bringing it`, `how I felt (great, bad)`: a field that is said as a clause.
    fn read_clause(&self, at: usize) -> Option<Item> {
        let first = self.word(at);
        let end = (at + 1..self.sentence_of(at).end)
            .find(|place| self.tokens[*place].is_mark || matches!(self.word(*place), "and" | "but"))
            .unwrap_or(self.sentence_of(at).end);
        let (options, behind, _) = self.read_options(end);
        let is_clause = match first {
            "whether" | "who" | "what" => end > at + 1,
            "how" => !options.is_empty() && end > at + 1,
            _ => false,
        };
        if !is_clause || end - at > LONGEST_LABEL + 4 {
            return None;
        }

        let empty = [
            "whether", "it", "they", "are", "was", "were", "has", "have", "had", "been", "yet", "already",
            "the", "a", "to", "be", "or", "not", "we", "this", "that",
        ];
        let said: Vec<&str> = (at..end)
            .map(|place| self.word(place))
            .filter(|word| !empty.contains(word))
            .filter(|word| *word != "i" || first == "how")
            .filter(|word| *word != "is" || first != "whether")
            .take(LONGEST_LABEL)
            .collect();
        let mut item = Item::choice(at, behind - at, &said.join(" "), options);
        item.is_yes_no = first == "whether";
        (!item.label.is_empty()).then_some(item)
    }

    fn is_many_of_another(&self, at: usize) -> bool {
        let mention = self.mentions.iter().find(|mention| mention.at == at);
        mention.is_some_and(|mention| {
            self.phrase(at, mention.length)
                .is_some_and(|phrase| words::is_plural(&phrase))
        })
    }

    /// Behind a range or a unit of a field.
    fn skip_details(&self, from: usize) -> usize {
        let is_number = |at: usize| self.tokens.get(at).is_some_and(|token| token.number().is_some());
        let is_bracket = self.word(from) == "(" && self.word(from + 2) == "to";
        let is_range = is_number(from) && self.word(from + 1) == "to" && is_number(from + 2);
        if !DETAILS.contains(&self.word(from)) && !is_bracket && !is_range {
            return from;
        }

        let end = (from..(from + 8).min(self.tokens.len()))
            .find(|at| self.tokens[*at].is_mark || (self.word(*at) == "and" && !is_number(at + 1)))
            .unwrap_or(from);
        // `discount in percent (0-50)`.
        let closes = (end..self.sentence_of(end).end).find(|at| self.word(*at) == ")");
        match closes {
            Some(close) if self.word(end) == "(" => close + 1,
            _ => end,
        }
    }

    pub(super) fn read_item(&self, from: usize) -> Option<Item> {
        let mut at = from;
        let mut required = false;
        while SKIPPED.contains(&self.word(at)) && self.word(at + 1) != "is" {
            required |= matches!(self.word(at), "required" | "mandatory" | "unique");
            at += 1;
        }

        let words = (at..)
            .take_while(|place| !self.ends_label(at, *place))
            .take(LONGEST_LABEL + 2)
            .count();
        // `needs 3 to 6 volunteers`: no field, but something that is said of them.
        if words == 1 && OPENINGS.contains(&self.word(at)) {
            return None;
        }
        if let Some(item) = self.read_clause(at).or_else(|| self.read_choice(at, words)) {
            return Some(item);
        }

        // `a capacity of 5 to 30`, `a maximum of 15 children`: the second is no field.
        let words = words - usize::from(words > 1 && matches!(self.word(at + words - 1), "of" | "is"));
        let is_bound =
            matches!(self.word(at), "maximum" | "minimum" | "max" | "min") && self.word(at + 1) == "of";
        if words == 0 || words > LONGEST_LABEL || is_bound {
            return None;
        }
        let label = self.phrase(at, words)?;
        let (options, behind, is_required) = self.read_options(at + words);

        // `time in seconds`: a number, whatever its name says.
        let is_number = |at: usize| self.tokens.get(at).is_some_and(|token| token.number().is_some());
        let is_counted = self.word(behind) == "in" && super::report::is_unit(self.word(behind + 1));
        let is_range = matches!(self.word(behind), "from" | "between") && is_number(behind + 1)
            || is_number(behind) && self.word(behind + 1) == "to" && is_number(behind + 2);
        let behind = if is_counted { behind + 2 } else { behind };

        Some(Item {
            at,
            length: behind - at,
            label,
            options,
            required: required || is_required,
            is_number: is_counted || is_range,
            is_yes_no: false,
        })
    }

    /// Whether the name of a field that begins at one place ends before another one.
    fn ends_label(&self, at: usize, place: usize) -> bool {
        let Some(token) = self.tokens.get(place) else {
            return true;
        };
        // `a lent on date` is one field, and so is `valid from` at the end of an item.
        let closes = self
            .tokens
            .get(place + 1)
            .is_none_or(|token| token.is_mark || token.word == "and");
        let is_of_day = token.word == "on" && self.word(place + 1) == "date"
            || matches!(token.word.as_str(), "on" | "from" | "in" | "at") && closes && place > at;

        token.is_mark
            || matches!(token.word.as_str(), "and" | "or")
            || ENDINGS.contains(&token.word.as_str()) && !is_of_day
            || token.number().is_some()
    }

    /// `priority low medium high`, `status open/in progress/done`: a field and its choices in one.
    fn read_choice(&self, at: usize, words: usize) -> Option<Item> {
        if words > 2 && self.is_choice_name(at) && words <= LONGEST_LABEL + 2 && self.word(at + words) != "/"
        {
            let options: Vec<String> = (at + 1..at + words)
                .filter(|place| self.word(*place) != "of")
                .map(|place| words::sentence_case(self.word(place)))
                .collect();
            return Some(Item::choice(at, words, self.word(at), options));
        }
        let is_number = self
            .tokens
            .get(at + words)
            .is_some_and(|token| token.number().is_some());
        if words >= 1 && is_number && self.word(at + words + 1) == "/" {
            let (options, behind) = self.read_strokes(at + words);
            return Some(Item::choice(at, behind - at, &self.phrase(at, words)?, options));
        }
        if words < 2 || self.word(at + words) != "/" {
            return None;
        }

        // Of what stands before the first stroke, all but a known name is the first choice: else its last word.
        let first = if self.is_choice_name(at) {
            at + 1
        } else {
            at + words - 1
        };
        let (options, behind) = self.read_strokes(first);
        let label = self.phrase(at, first - at)?;
        Some(Item::choice(at, behind - at, &label, options))
    }
}
