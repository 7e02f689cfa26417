//! Phrases: how each style says each kind of fact. Tables of templates, and the filling of their slots.
//!
//! A template is only eligible when every slot it names has a value, so nothing can be left open.

mod common;
mod documentary;
mod fiction;
mod podcast;
mod technical;
mod tutorial;

use std::collections::{BTreeMap, HashMap, HashSet};

use super::grammar;
use super::guard;
use super::model::Style;
use super::shape::Topic;

/// What a sentence tells. The slots of each kind are listed where its facts are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    // The whole
    Scene,
    Farewell,
    Empty,
    Opaque,
    Wished,
    Short,
    Limit,
    Licence,
    Licences,
    Gloss,
    // The authors' own words
    Is,
    Described,
    Told,
    Quoted,
    Reported,
    Listed,
    Item,
    Example,
    Shown,
    Subject,
    Goals,
    Asked,
    Reason,
    ReasonQuoted,
    Remarked,
    // One call
    StepFirst,
    StepFirstSays,
    StepFirstPlain,
    StepChosen,
    StepChosenSays,
    StepChosenPlain,
    Step,
    StepApart,
    StepSays,
    StepPlain,
    NoteFirst,
    NoteNext,
    Calls,
    Turns,
    Refuses,
    // Data
    Type,
    TypeSays,
    TypePlain,
    Field,
    TypeCarries,
    Carries,
    Declared,
    DeclaredAs,
    Limits,
    // Tests
    Promises,
    Rule,
    RuleMore,
    // History
    Born,
    BornOnce,
    Solo,
    Era,
    EraShared,
    EraNext,
    EraNextShared,
    Subjects,
    Milestone,
    // Parts and what they lean on
    ModDoes,
    ModSays,
    ModUses,
    Def,
    DefSays,
    Defs,
    DefsMore,
    Holds,
    Dep,
    DepDoes,
    DepCategory,
    // What stands around the prose
    Stack,
    Steps,
    StepsMore,
    Chapters,
    ChaptersMore,
    Public,
    Folder,
    Hosts,
    Environment,
    Failures,
    TestsIn,
    Checks,
    Tagged,
    Requires,
    Taken,
    Image,
    ImagePlain,
    Services,
    Scripts,
    Targets,
    // The start
    Commands,
    CommandsAmong,
    Installed,
    OpenFirst,
    OpenNext,
}

/// One line of a phrase table. A phrase that begins with `+` goes on from an earlier one of its kind.
type Phrases = (Kind, &'static [&'static str]);

/// Values for slots, by name.
pub(super) type Slots = BTreeMap<&'static str, String>;

/// The templates of a kind in a style: the style's own, else those that any narrator may use.
fn templates(style: Style, kind: Kind) -> &'static [&'static str] {
    let own: &'static [Phrases] = match style {
        Style::Documentary => documentary::PHRASES,
        Style::Tutorial => tutorial::PHRASES,
        Style::Podcast => podcast::PHRASES,
        Style::Fiction => fiction::PHRASES,
        Style::Technical => technical::PHRASES,
    };

    let find = |table: &'static [Phrases]| {
        table
            .iter()
            .find(|(of, _)| *of == kind)
            .map(|(_, phrases)| *phrases)
    };

    find(own).or_else(|| find(common::PHRASES)).unwrap_or_default()
}

/// The story's own memory of what it has said, so that nothing is said twice and no phrase wears out.
#[derive(Debug, Default)]
pub(super) struct Teller {
    style: Style,
    seed: u64,
    uses: HashMap<&'static str, u32>,
    told: HashSet<Kind>,
    openings: HashMap<String, u32>,
    said: HashSet<String>,
    /// How the sentence before began.
    last: String,
}

impl Teller {
    pub(super) fn new(style: Style, seed: u64) -> Self {
        Self {
            style,
            seed,
            ..Self::default()
        }
    }

    /// Says a fact in the freshest eligible phrase; `None` when every way of saying it was used up.
    pub(super) fn say(&mut self, kind: Kind, slots: &Slots) -> Option<String> {
        let again = self.told.contains(&kind);
        let ways = templates(self.style, kind);
        let text = self.pick(ways, kind as u64, again, slots, &|text| {
            guard::fault(kind, slots, text).is_none()
        })?;
        self.told.insert(kind);

        Some(text)
    }

    /// What a host asks before a topic.
    pub(super) fn ask(&mut self, topic: Topic, slots: &Slots) -> Option<String> {
        self.pick(podcast::asks(topic), 1_000 + topic as u64, true, slots, &|_| true)
    }

    /// What a host throws in.
    pub(super) fn nudge(&mut self, slots: &Slots) -> Option<String> {
        self.pick(podcast::NUDGES, 2_000, true, slots, &|_| true)
    }

    fn pick(
        &mut self,
        phrases: &[&'static str],
        key: u64,
        again: bool,
        slots: &Slots,
        fits: &dyn Fn(&str) -> bool,
    ) -> Option<String> {
        let mut ways: Vec<(u32, u64, &'static str, String)> = phrases
            .iter()
            .enumerate()
            .filter(|(_, template)| again || !template.starts_with('+'))
            .filter_map(|(index, template)| {
                let text = grammar::sentences(&fill(template, slots)?);
                // "Explained as as the sender sent it".
                if text.contains(" as as ") {
                    return None;
                }

                let heard = self.uses.get(template).copied().unwrap_or(0) * 8
                    + self.openings.get(&opening(&text)).copied().unwrap_or(0) * 2
                    + if opening(&text) == self.last { 24 } else { 0 };

                // Fresh phrases first, and among equally fresh ones those that tell more.
                let wear = (heard + 9).saturating_sub(slots_in(template) * 3);

                Some((
                    wear,
                    mix(self.seed ^ self.said.len() as u64, key, index),
                    *template,
                    text,
                ))
            })
            .collect();

        ways.sort_by_key(|(wear, order, _, _)| (*wear, *order));

        let (_, _, template, text) = ways
            .into_iter()
            .find(|(_, _, _, text)| self.is_new(text) && fits(text))?;
        *self.uses.entry(template).or_default() += 1;
        *self.openings.entry(opening(&text)).or_default() += 1;
        self.said.extend(keys(&text));
        self.last = crate::narration::cut::sentences(&text)
            .last()
            .map(|sentence| opening(sentence))
            .unwrap_or_default();

        Some(text)
    }

    fn is_new(&self, text: &str) -> bool {
        let mut seen = HashSet::new();
        keys(text).all(|key| !self.said.contains(&key) && seen.insert(key))
    }
}

/// The mean length in characters of the ways of saying a fact, 0 when there is none that may be spoken.
pub(super) fn usual_length(style: Style, kind: Kind, slots: &Slots) -> usize {
    let lengths: Vec<usize> = templates(style, kind)
        .iter()
        .filter_map(|template| fill(template, slots))
        .filter(|text| guard::fault(kind, slots, &grammar::sentences(text)).is_none())
        .map(|text| text.chars().count())
        .collect();

    if lengths.is_empty() {
        0
    } else {
        lengths.iter().sum::<usize>() / lengths.len()
    }
}

/// A sentence without case and marks, to tell whether it was said before.
fn keys(text: &str) -> impl Iterator<Item = String> + '_ {
    crate::narration::cut::sentences(text)
        .into_iter()
        .map(|sentence| {
            sentence
                .chars()
                .filter(|c| c.is_alphanumeric() || *c == ' ')
                .collect::<String>()
                .to_lowercase()
        })
}

/// Every phrase of every style.
#[cfg(any(test, feature = "testing"))]
fn all_phrases() -> impl Iterator<Item = &'static str> {
    let tables = [
        documentary::PHRASES,
        tutorial::PHRASES,
        podcast::PHRASES,
        fiction::PHRASES,
        technical::PHRASES,
        common::PHRASES,
    ];

    tables
        .into_iter()
        .flatten()
        .flat_map(|(_, phrases)| phrases.iter().copied())
        .chain(podcast::NUDGES.iter().copied())
}

/// Whether words between quotation marks are spoken by a person of the narration ("Who guards the city?"), and are
/// not claimed to stand in the repository.
#[cfg(any(test, feature = "testing"))]
pub(crate) fn is_narrators_speech(said: &str) -> bool {
    let quotes = all_phrases().flat_map(|phrase| {
        phrase
            .split('“')
            .skip(1)
            .filter_map(|rest| rest.split('”').next())
    });
    // A question is the narrator's; what has no word of its own is the repository's.
    let own = |quote: &&str| {
        let pieces = quote.split(['{', '}']).step_by(2);
        pieces.flat_map(str::chars).any(char::is_alphabetic)
    };

    said.ends_with('?')
        || quotes.filter(own).any(|quote| {
            let mut rest = said.to_lowercase();
            let mut pieces = quote.split(['{', '}']).enumerate();
            pieces.all(|(at, piece)| {
                let literal = at % 2 == 0;
                let piece = piece.to_lowercase();
                match rest.find(&piece).filter(|_| literal) {
                    Some(found) => {
                        rest = rest.split_off(found + piece.len());
                        true
                    }
                    None => !literal,
                }
            })
        })
}

/// Whether a number belongs to the phrases themselves ("for every hundred lines of code").
#[cfg(any(test, feature = "testing"))]
pub(crate) fn is_spoken_constant(number: u64, sentence: &str) -> bool {
    let said = grammar::number(number);
    let lower = sentence.to_lowercase();
    let constants = ["fifty lines to the page", "printed at fifty"];

    constants
        .iter()
        .any(|words| words.contains(&said) && lower.contains(words))
        || all_phrases().any(|phrase| {
            let pieces: Vec<&str> = phrase.split(['{', '}']).step_by(2).collect();
            pieces.iter().any(|piece| {
                let piece = piece.trim().to_lowercase();
                piece.len() > said.len() && piece.contains(&said) && lower.contains(&piece)
            })
        })
}

/// The first two words: what the ear notices when sentences begin alike.
fn opening(text: &str) -> String {
    text.split_whitespace()
        .take(2)
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

/// The template with its slots filled; `None` when one has no value.
fn fill(template: &str, slots: &Slots) -> Option<String> {
    let mut text = String::with_capacity(template.len() * 2);
    let mut rest = template.trim_start_matches('+');
    while let Some(open) = rest.find('{') {
        let close = rest[open..].find('}')? + open;
        text.push_str(&rest[..open]);
        text.push_str(
            slots
                .get(&rest[open + 1..close])
                .filter(|value| !value.is_empty())?,
        );
        rest = &rest[close + 1..];
    }

    text.push_str(rest);

    // What was asked keeps its mark, and needs no other.
    Some(text.replace("?.", "?").replace("?,", "?").replace("!.", "!"))
}

fn slots_in(template: &str) -> u32 {
    template
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split('}').next())
        .collect::<HashSet<_>>()
        .len() as u32
}

/// A well-spread number from the story's seed, for choices that differ between stories but never between runs.
fn mix(seed: u64, key: u64, index: usize) -> u64 {
    let mut x = seed ^ (key << 32) ^ (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: usize = Kind::OpenNext as usize + 1;

    #[test]
    fn a_template_with_an_empty_slot_is_never_used() {
        let slots = Slots::from([("a", "one".to_owned()), ("b", String::new())]);
        assert_eq!(fill("x {a} y", &slots).as_deref(), Some("x one y"));
        assert_eq!(fill("x {b} y", &slots), None);
        assert_eq!(fill("x {c} y", &slots), None);
    }

    #[test]
    fn every_style_can_say_every_kind_and_no_table_lists_a_kind_twice() {
        for style in Style::ALL {
            let mut named: HashSet<Kind> = HashSet::new();
            let own = match style {
                Style::Documentary => documentary::PHRASES,
                Style::Tutorial => tutorial::PHRASES,
                Style::Podcast => podcast::PHRASES,
                Style::Fiction => fiction::PHRASES,
                Style::Technical => technical::PHRASES,
            };

            assert!(own.iter().all(|(kind, _)| named.insert(*kind)), "{style}");

            named.extend(common::PHRASES.iter().map(|(kind, _)| *kind));
            assert_eq!(named.len(), KINDS, "{style}: {:?}", missing(&named));
        }
    }

    fn missing(named: &HashSet<Kind>) -> Vec<usize> {
        let have: HashSet<usize> = named.iter().map(|kind| *kind as usize).collect();
        (0..KINDS).filter(|kind| !have.contains(kind)).collect()
    }

    #[test]
    fn every_phrase_is_a_whole_sentence_with_closed_slots() {
        let tables = [
            documentary::PHRASES,
            tutorial::PHRASES,
            podcast::PHRASES,
            fiction::PHRASES,
            technical::PHRASES,
            common::PHRASES,
        ];

        for (kind, phrases) in tables.into_iter().flatten() {
            for phrase in *phrases {
                assert!(phrase.ends_with(['.', '?', '!', '}', '”']), "{kind:?}: {phrase}");
                assert_eq!(
                    phrase.matches('{').count(),
                    phrase.matches('}').count(),
                    "{kind:?}: {phrase}"
                );
                assert!(!phrase.contains("  "), "{kind:?}: {phrase}");
            }
        }
    }

    #[test]
    fn nothing_is_said_twice() {
        let mut teller = Teller::new(Style::Documentary, 7);
        let slots = Slots::from(["first", "last", "span", "commits"].map(|slot| (slot, slot.to_owned())));
        let mut said = HashSet::new();
        while let Some(text) = teller.say(Kind::Born, &slots) {
            assert!(said.insert(text));
        }
        assert!(!said.is_empty());
    }
}
