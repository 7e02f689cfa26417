//! A book as the checks read it: sentences with their words, who and what they name, and whom a pronoun stands for.

use std::collections::{HashMap, HashSet};

use proto::tasks::fiction::{
    bible::BibleEntry,
    cast::{Person, Pronoun},
    finding::{ContinuityInput, Contradicted},
    ledger::{Key, StoryTime},
    plan::{NarrativePerson, ScenePlan},
    scene::WrittenScene,
};

use crate::{
    lexicon::SAYS,
    name_index::NameIndex,
    sentences::{Word, list_words, mark_speech, split_sentences},
    unreal::{Unreal, find_opening, is_waking},
};

pub(crate) struct Book<'a> {
    pub(crate) input: &'a ContinuityInput,
    pub(crate) scenes: Vec<Told<'a>>,
    pub(crate) people: Vec<Figure<'a>>,
    /// Whether anybody has said when the scenes happen; an imported book has no times.
    pub(crate) has_times: bool,
    /// Words that stand in small letters somewhere: they are no names.
    pub(crate) common: HashSet<String>,
}

/// A scene and its sentences.
pub(crate) struct Told<'a> {
    pub(crate) written: &'a WrittenScene,
    pub(crate) plan: Option<&'a ScenePlan>,
    pub(crate) sentences: Vec<Sentence<'a>>,
}

impl Told<'_> {
    pub(crate) const fn from(&self) -> StoryTime {
        self.written.scene.from
    }

    pub(crate) const fn until(&self) -> StoryTime {
        self.written.scene.until
    }
}

pub(crate) struct Sentence<'a> {
    /// Within its scene, from 0.
    pub(crate) index: usize,
    pub(crate) paragraph: usize,
    pub(crate) text: &'a str,
    pub(crate) words: Vec<Word<'a>>,
    pub(crate) mentions: Vec<Mention>,
    /// Dreamed, remembered or told as a tale: it says nothing of now.
    pub(crate) is_unreal: bool,
}

impl Sentence<'_> {
    pub(crate) fn is_word(&self, at: usize, any: &[&str]) -> bool {
        self.words
            .get(at)
            .is_some_and(|word| any.contains(&word.lower.as_str()))
    }

    pub(crate) fn has_word(&self, any: &[&str]) -> bool {
        self.words.iter().any(|word| any.contains(&word.lower.as_str()))
    }

    pub(crate) fn mention_at(&self, at: usize) -> Option<&Mention> {
        self.mentions
            .iter()
            .find(|mention| (mention.at..mention.at + mention.length).contains(&at))
    }
}

/// A name in a sentence.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mention {
    pub(crate) at: usize,
    pub(crate) length: usize,
    pub(crate) named: Named,
    /// `Mira's`.
    pub(crate) is_possessive: bool,
}

impl Mention {
    pub(crate) const fn end(&self) -> usize {
        self.at + self.length
    }

    pub(crate) const fn person(&self) -> Option<usize> {
        match self.named {
            Named::Person(person) => Some(person),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    Person(usize),
    Place(usize),
    Item(usize),
}

/// Somebody of the book; without a cast, whoever the prose names often enough.
pub(crate) struct Figure<'a> {
    pub(crate) person: Option<&'a Person>,
    pub(crate) name: String,
}

impl Figure<'_> {
    pub(crate) fn key(&self) -> Option<&Key> {
        self.person.map(|person| &person.entity.key)
    }

    /// For ids of findings.
    pub(crate) fn id(&self) -> &str {
        self.key().map_or(self.name.as_str(), Key::as_str)
    }

    fn fits(&self, pronoun: Pronoun) -> bool {
        self.person.is_none_or(|person| person.pronoun == pronoun)
    }
}

impl<'a> Book<'a> {
    pub(crate) fn read(input: &'a ContinuityInput) -> Self {
        let plans: HashMap<&Key, &ScenePlan> = input
            .outline
            .iter()
            .flat_map(|outline| outline.scenes().map(|(_, plan)| (&plan.key, plan)))
            .collect();
        let mut scenes: Vec<Told<'a>> = input
            .scenes
            .iter()
            .map(|written| Told {
                written,
                plan: plans.get(&written.scene.key).copied(),
                sentences: list_sentences(written),
            })
            .collect();
        let common = list_common_words(&scenes);
        let people = list_people(input, &scenes, &common);
        let names = NameIndex::build(input, &people);
        for sentence in scenes.iter_mut().flat_map(|scene| &mut scene.sentences) {
            sentence.mentions = names.find_mentions(&sentence.words);
        }
        let has_times = scenes.iter().any(|scene| scene.until() > scene.from())
            || scenes.windows(2).any(|pair| pair[0].from() != pair[1].from());

        Self {
            input,
            scenes,
            people,
            has_times,
            common,
        }
    }

    pub(crate) fn sentences(&self) -> impl Iterator<Item = (usize, &Sentence<'a>)> {
        self.scenes
            .iter()
            .enumerate()
            .flat_map(|(index, scene)| scene.sentences.iter().map(move |sentence| (index, sentence)))
    }

    /// What is told as happening, or as being so, now.
    pub(crate) fn real_sentences(&self) -> impl Iterator<Item = (usize, &Sentence<'a>)> {
        self.sentences().filter(|(_, sentence)| !sentence.is_unreal)
    }

    pub(crate) fn find_person(&self, key: &Key) -> Option<usize> {
        self.people.iter().position(|figure| figure.key() == Some(key))
    }

    /// What the bible lays down about somebody in a scene.
    pub(crate) fn find_laid_down(
        &self,
        scene: usize,
        person: usize,
        property: &str,
    ) -> Option<&'a BibleEntry> {
        let at = &self.scenes[scene].written.scene;
        let person = self.people[person].person?;
        self.input.bible.find((at.chapter, &at.key), person, property)
    }

    pub(crate) fn cite_bible(&self, person: usize, entry: &BibleEntry) -> Option<Contradicted> {
        let (figure, place) = (&self.people[person], entry.place());
        Some(Contradicted {
            key: figure.key().cloned(),
            scene: None,
            text: format!(
                "{}, by the bible of {place}: {} {}.",
                figure.name, entry.property, entry.value
            ),
        })
    }

    /// As the prose says it; a key that the cast doesn't have stands for itself.
    pub(crate) fn name_of(&self, key: &Key) -> String {
        self.input
            .cast
            .entities()
            .find(|entity| entity.key == *key)
            .map_or_else(|| key.to_string(), |entity| entity.name.clone())
    }

    pub(crate) fn find_scene(&self, key: &Key) -> Option<usize> {
        self.scenes
            .iter()
            .position(|scene| scene.written.scene.key == *key)
    }

    /// Whether the one scene happens before the other; without times, whether it is told before it.
    pub(crate) fn is_before(&self, one: usize, other: usize) -> bool {
        (self.scenes[one].from(), one) < (self.scenes[other].from(), other)
    }

    /// Who tells the scene, when somebody of the story does.
    pub(crate) fn find_narrator(&self, scene: usize) -> Option<usize> {
        let outline = self.input.outline.as_ref()?;
        let teller = self.scenes[scene]
            .plan
            .map_or(&outline.point_of_view, |plan| &plan.point_of_view);

        (outline.person == NarrativePerson::First)
            .then(|| self.find_person(teller))
            .flatten()
    }

    /// Whom a pronoun in what is told stands for: the one person it fits of those who were named last. With two, nobody.
    pub(crate) fn resolve_pronoun(&self, scene: usize, sentence: usize, at: usize) -> Option<usize> {
        let sentences = &self.scenes[scene].sentences;
        let pronoun = match sentences[sentence].words[at].lower.as_str() {
            "he" | "his" | "him" => Pronoun::He,
            "she" | "her" => Pronoun::She,
            "they" | "their" => Pronoun::They,
            "i" | "my" => return self.find_narrator(scene),
            _ => return None,
        };
        for back in 0..3 {
            let current = sentences.get(sentence.checked_sub(back)?)?;
            let before = if back == 0 { at } else { usize::MAX };
            let named: HashSet<usize> = current
                .mentions
                .iter()
                .filter(|mention| mention.at < before && !current.words[mention.at].is_said)
                .filter_map(Mention::person)
                .filter(|person| self.people[*person].fits(pronoun))
                .collect();
            match named.len() {
                0 => {}
                1 => return named.into_iter().next(),
                _ => return None,
            }
        }

        None
    }

    /// Who speaks in this sentence's paragraph: whom the tag names.
    pub(crate) fn find_speaker(&self, scene: usize, sentence: &Sentence<'a>) -> Option<usize> {
        let sentences = &self.scenes[scene].sentences;
        let near = sentences
            .iter()
            .filter(|other| other.paragraph == sentence.paragraph);
        let mut told = HashSet::new();
        for other in near {
            for at in 0..other.words.len() {
                if let Some(person) = self.find_tagged(scene, other, at) {
                    return Some(person);
                }
            }
            let named = other
                .mentions
                .iter()
                .filter(|mention| !other.words[mention.at].is_said);
            told.extend(named.filter_map(Mention::person));
        }

        (told.len() == 1).then(|| told.into_iter().next()).flatten()
    }

    /// The person whose speech `said` tags, when the word is such a one and stands beside speech.
    pub(crate) fn find_tagged(&self, scene: usize, sentence: &Sentence<'a>, at: usize) -> Option<usize> {
        let word = &sentence.words[at];
        if word.is_said || !SAYS.contains(&word.lower.as_str()) {
            return None;
        }
        let is_said = |index: Option<usize>| {
            index
                .and_then(|index| sentence.words.get(index))
                .is_some_and(|word| word.is_said)
        };
        let person_at = |index: usize| {
            let mention = sentence
                .mention_at(index)
                .filter(|mention| !mention.is_possessive);
            mention.and_then(|mention| mention.person().map(|person| (person, mention.at, mention.end())))
        };
        // "…," said Mira; and Mira said, "…"
        if is_said(at.checked_sub(1)) {
            if let Some((person, _, _)) = person_at(at + 1) {
                return Some(person);
            }
            return (sentence.is_word(at + 1, &["he", "she", "i"]) && !sentence.words[at + 1].is_said)
                .then(|| self.resolve_pronoun(scene, sentence.index, at + 1))
                .flatten();
        }
        let before = at.checked_sub(1)?;

        let (person, start, _) = person_at(before).filter(|(_, start, _)| !sentence.words[*start].is_said)?;
        (is_said(start.checked_sub(1)) || is_said(Some(at + 1))).then_some(person)
    }

    /// Who does what the verb at this place says: the name or the pronoun right before it.
    pub(crate) fn find_subject(&self, scene: usize, sentence: &Sentence<'a>, verb: usize) -> Option<usize> {
        let before = verb.checked_sub(1)?;
        if sentence.words[before].is_said != sentence.words[verb].is_said
            || sentence.words[verb].is_after_sign
        {
            return None;
        }
        // `Mira, who was`.
        if sentence.is_word(before, &["who"]) && sentence.words[before].is_after_sign && before > 0 {
            let mention = sentence.mention_at(before - 1)?;
            return mention.person().filter(|_| !mention.is_possessive);
        }
        if let Some(mention) = sentence.mention_at(before) {
            // `the brother of Mira swam` is not about Mira, nor is `Osric and Mira` about one.
            let is_object = mention.at.checked_sub(1).is_some_and(|at| {
                sentence.is_word(
                    at,
                    &[
                        "of", "to", "with", "and", "from", "for", "by", "than", "like", "behind", "beside",
                        "near", "or",
                    ],
                )
            });
            return mention.person().filter(|_| !mention.is_possessive && !is_object);
        }
        let is_pronoun = sentence.is_word(before, &["he", "she", "i"]) && !sentence.words[before].is_said;

        is_pronoun
            .then(|| self.resolve_pronoun(scene, sentence.index, before))
            .flatten()
    }
}

fn list_sentences(written: &WrittenScene) -> Vec<Sentence<'_>> {
    let mut sentences = Vec::new();
    for (paragraph, text) in written.prose.iter().enumerate() {
        let said = mark_speech(text);
        for part in split_sentences(text) {
            let offset = part.as_ptr() as usize - text.as_ptr() as usize;
            sentences.push(Sentence {
                index: sentences.len(),
                paragraph,
                text: part,
                words: list_words(part, &said, offset),
                mentions: Vec::new(),
                is_unreal: false,
            });
        }
    }
    mark_unreal(&mut sentences);

    sentences
}

/// A dream goes on until somebody wakes in the same scene, everything else until its paragraph ends.
fn mark_unreal(sentences: &mut [Sentence<'_>]) {
    let mut open: Option<(usize, Unreal)> = None;
    for at in 0..sentences.len() {
        let paragraph = sentences[at].paragraph;
        if is_waking(&sentences[at].words) {
            open = None;
            continue;
        }
        let goes_on = open.is_some_and(|(since, unreal)| {
            let wakes = || sentences[at..].iter().any(|sentence| is_waking(&sentence.words));
            since == paragraph || unreal == Unreal::Dream && wakes()
        });
        let opening = find_opening(&sentences[at].words);
        match opening {
            Some(unreal) if open.is_none() || !goes_on => open = Some((paragraph, unreal)),
            None if !goes_on => open = None,
            _ => {}
        }

        sentences[at].is_unreal = open.is_some();
    }
}

fn list_common_words(scenes: &[Told<'_>]) -> HashSet<String> {
    scenes
        .iter()
        .flat_map(|scene| &scene.sentences)
        .flat_map(|sentence| &sentence.words)
        .filter(|word| !word.is_capital())
        .map(|word| word.lower.clone())
        .collect()
}

fn list_people<'a>(
    input: &'a ContinuityInput,
    scenes: &[Told<'_>],
    common: &HashSet<String>,
) -> Vec<Figure<'a>> {
    if !input.cast.people.is_empty() {
        let figures = input.cast.people.iter().map(|person| Figure {
            person: Some(person),
            name: person.entity.name.clone(),
        });
        return figures.collect();
    }

    const OFTEN: usize = 3;
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for sentence in scenes.iter().flat_map(|scene| &scene.sentences) {
        for word in sentence.words.iter().skip(1).filter(|word| word.is_capital()) {
            let name = word.text.trim_end_matches("'s").trim_end_matches("’s");
            *counts.entry(name).or_default() += 1;
        }
    }
    let known: HashSet<String> = counts
        .iter()
        .filter(|(name, count)| {
            **count >= OFTEN && name.chars().count() > 2 && !common.contains(&name.to_lowercase())
        })
        .filter(|(name, _)| !NO_NAMES.contains(name))
        .map(|(name, _)| (*name).to_owned())
        .collect();
    let mut names: Vec<String> = known.into_iter().collect();
    names.sort();

    names
        .into_iter()
        .map(|name| Figure { person: None, name })
        .collect()
}

/// Capital letters that begin no person's name.
const NO_NAMES: &[&str] = &[
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "January",
    "February",
    "March",
    "April",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
    "English",
    "French",
    "German",
    "Latin",
    "God",
    "Christmas",
    "Mr",
    "Mrs",
    "Miss",
    "Doctor",
    "Captain",
    "Sir",
    "Lady",
    "Lord",
    "The",
    "And",
    "But",
    "You",
    "What",
    "Yes",
    "That",
    "This",
    "There",
    "They",
    "She",
    "His",
    "Her",
    "How",
    "Why",
    "When",
    "Then",
    "Not",
    "Nobody",
    "Everybody",
];
