//! Reads an idea: which things the app keeps, what is kept of them, what is done with them, who may do it, and what must
//! hold. Each reader marks the words that it understood; what nobody understood is said, never dropped.

pub(crate) mod actions;
mod bounds;
mod choices;
mod declared;
mod deeds;
mod descriptions;
mod fields;
mod lists;
mod naming;
mod once;
mod parts;
mod plain;
mod report;
mod roles;
mod ruled;
mod rules;
pub(crate) mod shown;
mod spelling;
mod surroundings;
mod things;
mod tokens;
mod totals;

use std::collections::{BTreeMap, BTreeSet};

use self::tokens::{Token, read_tokens};
use crate::{
    answers::{Answered, Decision},
    lexicon::lexicon,
    model::{ActionKind, Denial, Entity, Omission, Question, Role, Tone},
    words,
};

/// A place where an idea names an entity.
#[derive(Debug, Clone, PartialEq)]
struct Mention {
    at: usize,
    length: usize,
    noun: String,
}

/// An idea while it is read.
pub(crate) struct Reading {
    tokens: Vec<Token>,
    /// Where each sentence stands.
    sentences: Vec<std::ops::Range<usize>>,
    mentions: Vec<Mention>,
    pub(crate) entities: Vec<Entity>,
    pub(crate) roles: Vec<Role>,
    /// What only one role may do.
    reserved: Vec<(String, Denial)>,
    /// What a role may do, as the idea says it, beside others.
    granted: Vec<(String, Denial)>,
    /// Entities of which the idea says itself what is kept.
    pub(crate) described: BTreeSet<String>,
    /// Things of which the idea says that they have a name.
    named: BTreeSet<String>,
    /// Fields of which the idea says whether they must be filled in.
    required: BTreeMap<String, bool>,
    /// Where a thing stands whose own description follows.
    declared: BTreeSet<usize>,
    /// Where a rule stands that the app holds, or that is said not to be built.
    held: BTreeSet<usize>,
    /// Fields that the idea bounds.
    bounded: BTreeSet<String>,
    /// Entities of which the idea says how they are shown.
    pub(crate) charted: BTreeSet<String>,
    /// What the idea says there shall not be.
    pub(crate) unwanted: Vec<(String, ActionKind)>,
    pub(crate) omissions: Vec<Omission>,
    pub(crate) questions: Vec<Question>,
    pub(crate) tone: Tone,
    pub(crate) name: Option<String>,
    /// Answers that decide what the idea leaves open.
    pub(crate) decisions: Vec<Decision>,
}

/// Reads all of an idea, with what was answered.
pub(crate) fn read_idea(answered: Answered) -> Reading {
    let (text, omissions) = plain::plain_text(&answered.text);
    let tokens = read_tokens(&text);
    let mut reading = Reading {
        sentences: find_sentences(&tokens),
        tokens,
        mentions: Vec::new(),
        entities: Vec::new(),
        roles: Vec::new(),
        reserved: Vec::new(),
        granted: Vec::new(),
        described: answered.plain.into_iter().collect(),
        named: BTreeSet::new(),
        required: BTreeMap::new(),
        declared: BTreeSet::new(),
        held: BTreeSet::new(),
        bounded: BTreeSet::new(),
        charted: BTreeSet::new(),
        unwanted: Vec::new(),
        omissions,
        questions: Vec::new(),
        tone: Tone::Plain,
        name: None,
        decisions: answered.decisions,
    };

    reading.read_slips();
    reading.read_name();
    reading.read_tone();
    reading.read_limits();
    reading.read_things();
    reading.read_roles();
    reading.read_fields();
    reading.read_actions();
    reading.read_totals();
    reading.read_rules();
    reading.report_rest();

    reading
}

/// Where each sentence begins and ends, by its number.
fn find_sentences(tokens: &[Token]) -> Vec<std::ops::Range<usize>> {
    let mut sentences: Vec<std::ops::Range<usize>> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        sentences.resize(sentences.len().max(token.sentence + 1), at..at);
        if let Some(range) = sentences.get_mut(token.sentence) {
            range.end = at + 1;
        }
    }

    sentences
}

impl Reading {
    fn word(&self, at: usize) -> &str {
        self.tokens.get(at).map_or(".", |token| token.word.as_str())
    }

    /// The words from one place on, as a text; nothing where a mark stands among them.
    fn phrase(&self, at: usize, length: usize) -> Option<String> {
        let tokens = self.tokens.get(at..at + length)?;
        if tokens.iter().any(|token| token.is_mark) {
            return None;
        }

        Some(
            tokens
                .iter()
                .map(|token| token.word.as_str())
                .collect::<Vec<_>>()
                .join(" "),
        )
    }

    fn use_words(&mut self, at: usize, length: usize) {
        for token in self.tokens.iter_mut().skip(at).take(length) {
            token.used = true;
        }
    }

    /// The places of a sentence around one of its tokens.
    fn sentence_of(&self, at: usize) -> std::ops::Range<usize> {
        let sentence = self.tokens.get(at).map(|token| token.sentence);
        sentence
            .and_then(|sentence| self.sentences.get(sentence))
            .cloned()
            .unwrap_or(at..at)
    }

    /// Whether a "no", "without" or "can't" stands shortly before.
    fn is_negated(&self, at: usize) -> bool {
        let from = at.saturating_sub(5).max(self.sentence_of(at).start);
        let before = &self.tokens[from..at];
        let negation = before.iter().rposition(|token| {
            matches!(
                token.word.as_str(),
                "no" | "not"
                    | "without"
                    | "don't"
                    | "dont"
                    | "can't"
                    | "cannot"
                    | "never"
                    | "mustn't"
                    | "shouldn't"
                    | "won't"
                    | "nobody"
                    | "neither"
                    | "nor"
                    | "doesn't"
            )
        });

        negation.is_some_and(|place| {
            !before[place..]
                .iter()
                .any(|token| matches!(token.word.as_str(), "but" | "only" | "," | "than"))
        })
    }

    fn entity_mut(&mut self, noun: &str) -> Option<&mut Entity> {
        self.entities.iter_mut().find(|entity| entity.noun == noun)
    }

    /// The entity that is named nearest: after a place in its sentence, or else before it, or the first of all.
    fn nearest(&self, at: usize) -> Option<String> {
        let sentence = self.sentence_of(at);
        let inside: Vec<&Mention> = self
            .mentions
            .iter()
            .filter(|mention| sentence.contains(&mention.at))
            .collect();
        let after = inside
            .iter()
            .filter(|mention| mention.at > at)
            .min_by_key(|mention| mention.at);
        let before = inside
            .iter()
            .filter(|mention| mention.at <= at)
            .max_by_key(|mention| mention.at);

        let chosen = match (before, after) {
            (Some(before), Some(after)) if after.at - at > 4 && at - before.at < after.at - at => before,
            (_, Some(after)) => after,
            (Some(before), None) => before,
            (None, None) => return self.first_named(),
        };
        Some(chosen.noun.clone())
    }

    /// The entity that the idea names first, of those that it describes where it describes any.
    fn first_named(&self) -> Option<String> {
        let kept = |mention: &&Mention| self.entities.iter().any(|entity| entity.noun == mention.noun);
        let mut named = self.mentions.iter().filter(kept);
        let described = named
            .clone()
            .find(|mention| self.described.contains(&mention.noun));
        let first = described
            .or_else(|| named.next())
            .map(|mention| mention.noun.clone());

        first.or_else(|| self.entities.first().map(|entity| entity.noun.clone()))
    }

    /// `called "Green Thumb"`: the name that the idea gives its app.
    fn read_name(&mut self) {
        let Some(at) = (0..self.tokens.len()).find(|at| matches!(self.word(*at), "called" | "named")) else {
            return;
        };
        let is_part = |token: &&Token| {
            !token.is_mark
                && !matches!(
                    token.word.as_str(),
                    "that" | "which" | "to" | "for" | "where" | "with" | "and" | "who"
                )
        };
        let length = self.tokens[at + 1..].iter().take_while(is_part).take(4).count();

        if let Some(name) = self.phrase(at + 1, length).filter(|name| !name.is_empty()) {
            self.name = Some(words::title_case(&name));
            self.use_words(at, length + 1);
        }
    }

    fn read_tone(&mut self) {
        for at in 0..self.tokens.len() {
            let tone = match self.word(at) {
                "dark" => Tone::Dark,
                "playful" | "fun" | "funny" | "colourful" | "colorful" | "cheerful" | "kids" | "friendly" => {
                    Tone::Playful
                }
                "serious" | "professional" | "formal" | "business-like" | "corporate" | "sober" => {
                    Tone::Serious
                }
                _ => continue,
            };
            if self.is_negated(at) {
                self.use_words(at, 1);
                continue;
            }

            self.tone = tone;
            let follows = matches!(
                self.word(at + 1),
                "theme" | "mode" | "look" | "colours" | "colors" | "tone" | "design" | "style"
            );
            self.use_words(at, 1 + usize::from(follows));
        }
    }

    /// What is understood and can't be built, with the reason.
    fn read_limits(&mut self) {
        let mut at = 0;
        while at < self.tokens.len() {
            let found = (1..=3).rev().find_map(|length| {
                lexicon()
                    .limit(&self.phrase(at, length)?)
                    .map(|limit| (length, limit))
            });
            let Some((length, limit)) = found.filter(|_| !self.tokens[at].used) else {
                at += 1;
                continue;
            };

            // `people sign up for shifts`: they make no account.
            let joins = self.word(at) == "sign" && self.word(at + length) == "for";
            if joins || self.is_kept_itself(at, length) {
                at += length;
                continue;
            }
            if !self.is_negated(at) {
                self.omit(&limit.name, &limit.reason);
            }
            self.hold(at);
            self.use_words(at, length);
            at += length;
        }
    }

    /// `track my subscriptions`: what can't be built is here what is kept.
    fn is_kept_itself(&self, at: usize, length: usize) -> bool {
        let before = at.checked_sub(1).map_or(".", |before| self.word(before));
        let verb = at.checked_sub(2).map_or(".", |before| self.word(before));
        let is_kept = matches!(before, "my" | "our" | "all") && things::is_keeping_word(verb)
            || things::is_keeping_word(before) && before != "of";
        let is_many = self
            .phrase(at, length)
            .is_some_and(|phrase| words::is_plural(&phrase));

        is_kept && is_many
    }

    /// Says that something was asked for and isn't built; once.
    pub(crate) fn omit(&mut self, asked: &str, reason: &str) {
        if !self.omissions.iter().any(|omission| omission.asked == asked) {
            self.omissions.push(Omission {
                asked: asked.to_owned(),
                reason: reason.to_owned(),
            });
        }
    }

    pub(crate) fn ask(&mut self, question: &str, why: &str, options: &[&str]) {
        self.questions.push(Question {
            question: question.to_owned(),
            why: why.to_owned(),
            options: options.iter().map(|option| (*option).to_owned()).collect(),
        });
    }

    /// Whether it is in another language, in which words that are known mean something else: hardly one of those that every English
    /// sentence has is there, and most others are unknown.
    pub(crate) fn is_foreign(&self) -> bool {
        let is_word = |token: &&Token| !token.is_mark && token.word.chars().all(char::is_alphabetic);
        let words: Vec<&Token> = self.tokens.iter().filter(is_word).collect();
        let common = words
            .iter()
            .filter(|token| lexicon().is_stop(&token.word))
            .count();
        let unknown = words
            .iter()
            .filter(|token| !token.used && !lexicon().is_stop(&token.word))
            .count();

        words.len() >= 6 && 5 * common <= words.len() && 5 * unknown >= 3 * words.len()
    }

    /// How many of the words are English ones that any sentence has, in percent; nothing where there are too few to say.
    pub(crate) fn english_share(&self) -> Option<usize> {
        let words: Vec<&Token> = self
            .tokens
            .iter()
            .filter(|token| !token.is_mark && token.number().is_none())
            .collect();
        let known = words
            .iter()
            .filter(|token| token.used || lexicon().is_stop(&token.word))
            .count();

        (words.len() >= 3).then(|| 100 * known / words.len())
    }
}
