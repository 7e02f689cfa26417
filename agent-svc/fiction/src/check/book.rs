//! A book as the checks read it: sentences, each with its narration alone, and the names by which people and places go.

use std::collections::{BTreeMap, HashMap};

use proto::tasks::fiction::{
    cast::{Cast, Person},
    finding::ContinuityInput,
    ledger::{Key, Scene},
    plan::BookOutline,
};
use regex::Regex;

use crate::text::split_sentences;

pub(crate) struct CheckedBook<'a> {
    pub(crate) outline: Option<&'a BookOutline>,
    pub(crate) cast: &'a Cast,
    pub(crate) scenes: Vec<CheckedScene<'a>>,
    /// Every name that stands for one person only.
    pub(crate) people: BTreeMap<String, &'a Person>,
    /// Alternatives of all of them, the longest first; never empty.
    pub(crate) pattern: String,
    pub(crate) places: HashMap<String, Key>,
}

pub(crate) struct CheckedScene<'a> {
    pub(crate) scene: &'a Scene,
    pub(crate) sentences: Vec<Sentence<'a>>,
}

pub(crate) struct Sentence<'a> {
    pub(crate) index: usize,
    pub(crate) text: &'a str,
    /// Blank where somebody speaks or something is read out.
    pub(crate) narration: String,
}

impl<'a> CheckedBook<'a> {
    pub(crate) fn read(input: &'a ContinuityInput) -> Self {
        let scenes = input
            .scenes
            .iter()
            .map(|written| CheckedScene {
                scene: &written.scene,
                sentences: read_sentences(&written.prose),
            })
            .collect();
        let people = list_names(&input.cast);
        let mut alternatives: Vec<String> = people.keys().map(|name| regex::escape(name)).collect();
        alternatives.sort_by_key(|name| std::cmp::Reverse(name.len()));
        if alternatives.is_empty() {
            // A pattern that matches nothing.
            alternatives.push(r"[^\s\S]".to_owned());
        }

        Self {
            outline: input.outline.as_ref(),
            cast: &input.cast,
            scenes,
            people,
            pattern: format!("(?:{})", alternatives.join("|")),
            places: input
                .cast
                .places
                .iter()
                .map(|place| (place.entity.name.to_lowercase(), place.entity.key.clone()))
                .collect(),
        }
    }

    /// `None` when no pattern could be made of the names.
    pub(crate) fn compile(&self, pattern: &str) -> Option<Regex> {
        Regex::new(&pattern.replace("NAME", &self.pattern)).ok()
    }

    pub(crate) fn find_person(&self, name: &str) -> Option<&'a Person> {
        self.people.get(name).copied()
    }

    pub(crate) fn find_scene(&self, key: &Key) -> Option<&'a Scene> {
        self.scenes
            .iter()
            .map(|checked| checked.scene)
            .find(|scene| scene.key == *key)
    }

    pub(crate) fn name(&self, key: &Key) -> String {
        let entity = self.cast.entities().find(|entity| entity.key == *key);
        entity.map_or_else(|| key.to_string(), |entity| entity.name.clone())
    }
}

/// Full names, and first and last ones that nobody else has.
fn list_names(cast: &Cast) -> BTreeMap<String, &Person> {
    let mut names: BTreeMap<String, Vec<&Person>> = BTreeMap::new();
    for person in &cast.people {
        let full = person.entity.name.as_str();
        let parts = [full.split(' ').next(), full.rsplit(' ').next(), Some(full)];
        let mut own: Vec<&str> = parts
            .into_iter()
            .flatten()
            .chain(person.entity.aliases.iter().map(String::as_str))
            .collect();
        own.sort_unstable();
        own.dedup();
        for name in own.into_iter().filter(|name| !name.is_empty()) {
            names.entry(name.to_owned()).or_default().push(person);
        }
    }

    names
        .into_iter()
        .filter_map(|(name, people)| match people.as_slice() {
            [person] => Some((name, *person)),
            _ => None,
        })
        .collect()
}

fn read_sentences(prose: &[String]) -> Vec<Sentence<'_>> {
    let mut sentences = Vec::new();
    for paragraph in prose {
        let narration = blank_speech(paragraph);
        for text in split_sentences(paragraph) {
            let from = text.as_ptr() as usize - paragraph.as_ptr() as usize;
            sentences.push(Sentence {
                index: sentences.len(),
                text,
                narration: narration
                    .get(from..from + text.len())
                    .unwrap_or_default()
                    .to_owned(),
            });
        }
    }

    sentences
}

/// As long as the paragraph, with spaces for what is said, written or read.
fn blank_speech(paragraph: &str) -> String {
    let mut is_said = false;
    let mut is_read = false;
    let mut blank = String::with_capacity(paragraph.len());
    for sign in paragraph.chars() {
        let toggles = match sign {
            '"' => {
                is_said = !is_said;
                true
            }
            '“' => {
                is_said = true;
                true
            }
            '”' => {
                is_said = false;
                true
            }
            '*' => {
                is_read = !is_read;
                true
            }
            _ => false,
        };
        if is_said || is_read || toggles {
            blank.extend(std::iter::repeat_n(' ', sign.len_utf8()));
        } else {
            blank.push(sign);
        }
    }

    blank
}
