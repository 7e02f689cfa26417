//! What the tutor knows by itself: concepts and exercises, read from `data/` once.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::words::{has_phrase, split_words, stem};

/// A hint and the question that goes with it.
#[derive(Debug, Deserialize)]
pub(crate) struct Rung {
    pub(crate) hint: String,
    pub(crate) ask: String,
    /// Each entry is one right answer: words that must all occur, `/` between alternatives.
    #[serde(default)]
    pub(crate) accept: Vec<String>,
    #[serde(default)]
    pub(crate) yes: String,
}

/// A small case to go through by hand.
#[derive(Debug, Deserialize)]
pub(crate) struct Trace {
    pub(crate) ask: String,
    pub(crate) accept: Vec<String>,
    pub(crate) yes: String,
}

/// What must be met in a learner's code, and what is asked when it is not.
#[derive(Debug, Deserialize)]
pub(crate) struct CodeCheck {
    /// Rows of tokens; one of them must occur.
    pub(crate) any: Vec<String>,
    pub(crate) hint: String,
    pub(crate) ask: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Concept {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) words: Vec<String>,
    pub(crate) signs: Vec<String>,
    pub(crate) serves: Vec<String>,
    pub(crate) needs: Vec<String>,
    pub(crate) hours: f64,
    pub(crate) idea: String,
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the measure that tests hold rungs against")
    )]
    pub(crate) anchors: Vec<String>,
    pub(crate) rungs: Vec<Rung>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Exercise {
    pub(crate) id: String,
    pub(crate) concept: String,
    pub(crate) title: String,
    pub(crate) prompt: String,
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the measure that tests hold rungs against")
    )]
    pub(crate) anchors: Vec<String>,
    pub(crate) rungs: Vec<Rung>,
    pub(crate) traces: Vec<Trace>,
    pub(crate) checks: Vec<CodeCheck>,
    pub(crate) edge: String,
    /// Never said; what a model says is held against them.
    pub(crate) solutions: Vec<String>,
}

/// What may be shown of an exercise before it is begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExerciseCard {
    pub id: String,
    pub concept: String,
    pub title: String,
    pub prompt: String,
    /// Names of the concepts that come before.
    pub prerequisites: Vec<String>,
}

pub(crate) struct Catalogue {
    pub(crate) concepts: Vec<Concept>,
    pub(crate) exercises: Vec<Exercise>,
}

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    #[derive(Deserialize)]
    struct Concepts {
        concept: Vec<Concept>,
    }
    #[derive(Deserialize)]
    struct Exercises {
        exercise: Vec<Exercise>,
    }

    let concepts: Concepts = toml::from_str(include_str!("../data/concepts.toml")).expect("tests read it");
    let exercises: Exercises = toml::from_str(include_str!("../data/exercises.toml")).expect("tests read it");
    Catalogue {
        concepts: concepts.concept,
        exercises: exercises.exercise,
    }
});

pub(crate) fn catalogue() -> &'static Catalogue {
    &CATALOGUE
}

/// All exercises that the tutor ships with, from easy to hard.
pub fn exercise_cards() -> Vec<ExerciseCard> {
    let all = catalogue();

    all.exercises
        .iter()
        .map(|exercise| ExerciseCard {
            id: exercise.id.clone(),
            concept: exercise.concept.clone(),
            title: exercise.title.clone(),
            prompt: exercise.prompt.clone(),
            prerequisites: all
                .concept(&exercise.concept)
                .map(|concept| all.names_of(&concept.needs))
                .unwrap_or_default(),
        })
        .collect()
}

impl Catalogue {
    pub(crate) fn concept(&self, id: &str) -> Option<&Concept> {
        self.concepts.iter().find(|concept| concept.id == id)
    }

    pub(crate) fn exercise(&self, id: &str) -> Option<&Exercise> {
        self.exercises.iter().find(|exercise| exercise.id == id)
    }

    pub(crate) fn names_of(&self, ids: &[String]) -> Vec<String> {
        ids.iter()
            .filter_map(|id| self.concept(id))
            .map(|concept| concept.name.clone())
            .collect()
    }

    /// The concept that a normalised text speaks of, and how surely: longer words and phrases count for more.
    pub(crate) fn concept_in(&self, normal: &str) -> Option<(&Concept, usize)> {
        let weigh = |concept: &Concept| -> usize {
            concept
                .words
                .iter()
                .filter(|word| has_phrase(normal, word))
                .map(|word| match word.len() {
                    _ if word.contains(' ') => 4,
                    0..=5 => 2,
                    _ => 3,
                })
                .sum()
        };

        let mut best: Option<(&Concept, usize)> = None;
        for concept in &self.concepts {
            let weight = weigh(concept);
            if weight > best.map_or(0, |(_, most)| most) {
                best = Some((concept, weight));
            }
        }
        best
    }

    /// The exercise whose title or id a normalised text names.
    pub(crate) fn exercise_in(&self, normal: &str) -> Option<&Exercise> {
        self.exercises.iter().find(|exercise| {
            let by_title = split_words(&exercise.title).join(" ");
            let by_id = exercise.id.replace('-', " ");
            (has_phrase(normal, &by_title) && by_title.contains(' ')) || has_phrase(normal, &by_id)
        })
    }

    /// The concepts that a feature needs, by the words that describe it.
    pub(crate) fn concepts_for(&self, text: &str) -> Vec<&Concept> {
        let stems: Vec<String> = split_words(text).iter().map(|word| stem(word)).collect();
        self.concepts
            .iter()
            .filter(|concept| concept.serves.iter().any(|word| stems.contains(&stem(word))))
            .collect()
    }
}
