//! What the tutor knows of a learner in one project. It is data: given with a message, given back with the answer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    catalogue::{Exercise, catalogue},
    code_talk::RUNGS,
};

/// From this score on a concept counts as known.
pub(crate) const KNOWN: u8 = 60;

/// A learner in one project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LearnerState {
    pub turns: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) focus: Option<Focus>,
    /// By the concept's id.
    pub mastery: BTreeMap<String, Mastery>,
    /// Ids of exercises whose code passed all checks.
    pub solved: Vec<String>,
}

/// How far somebody is with a concept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mastery {
    /// 0 to 100.
    pub score: u8,
    /// Right answers.
    pub answers: u32,
    /// Hints that were asked for.
    pub hints: u32,
    /// Answers and code that were not right yet.
    pub misses: u32,
}

/// What is being talked about, and how far the ladder was climbed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Focus {
    pub(crate) topic: Topic,
    #[serde(default)]
    pub(crate) rung: usize,
    /// Counts the small cases beside the ladder.
    #[serde(default)]
    pub(crate) side: usize,
    #[serde(default)]
    pub(crate) asked: Asked,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Topic {
    Exercise {
        id: String,
    },
    Concept {
        id: String,
    },
    Code {
        path: String,
        symbol: String,
        line: usize,
        /// The learner's words that led there.
        about: String,
    },
}

/// What the last question was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Asked {
    #[default]
    Rung,
    Trace(usize),
    /// About the learner's own code.
    Attempt,
    /// What nobody can judge from words.
    Open,
}

impl Focus {
    pub(crate) fn on(topic: Topic) -> Self {
        Self {
            topic,
            rung: 0,
            side: 0,
            asked: Asked::Rung,
        }
    }
}

impl LearnerState {
    /// The exercise that is being talked of, by its id.
    pub fn open_exercise(&self) -> Option<&str> {
        match self.focus.as_ref().map(|focus| &focus.topic) {
            Some(Topic::Exercise { id }) => Some(id),
            _ => None,
        }
    }

    /// The file that is being talked of.
    pub fn open_file(&self) -> Option<&str> {
        match self.focus.as_ref().map(|focus| &focus.topic) {
            Some(Topic::Code { path, .. }) => Some(path),
            _ => None,
        }
    }

    /// Whoever keeps the state may have changed it: what leads nowhere is let go.
    pub(crate) fn put_right(&mut self) {
        let Some(focus) = &mut self.focus else {
            return;
        };
        let rungs = match &focus.topic {
            Topic::Exercise { id } => catalogue().exercise(id).map(|exercise| exercise.rungs.len()),
            Topic::Concept { id } => catalogue().concept(id).map(|concept| concept.rungs.len()),
            Topic::Code { .. } => Some(RUNGS),
        };

        match rungs {
            Some(rungs) => focus.rung = focus.rung.min(rungs - 1),
            None => self.focus = None,
        }
        if let Some(focus) = &mut self.focus {
            focus.side %= 1_000;
        }
    }

    pub(crate) fn knows(&self, concept: &str) -> bool {
        self.mastery
            .get(concept)
            .is_some_and(|mastery| mastery.score >= KNOWN)
    }

    pub(crate) fn note_right(&mut self, concept: &str) {
        let mastery = self.mastery.entry(concept.to_owned()).or_default();
        mastery.answers = mastery.answers.saturating_add(1);
        // Answers alone lead near to knowing; what one wrote leads there.
        mastery.score = mastery.score.max(mastery.score.saturating_add(12).min(KNOWN - 5));
    }

    pub(crate) fn note_hint(&mut self, concept: &str) {
        let mastery = self.mastery.entry(concept.to_owned()).or_default();
        mastery.hints = mastery.hints.saturating_add(1);
    }

    pub(crate) fn note_miss(&mut self, concept: &str) {
        let mastery = self.mastery.entry(concept.to_owned()).or_default();
        mastery.misses = mastery.misses.saturating_add(1);
    }

    /// Code passed all checks: the fewer hints it took, the more is known.
    pub(crate) fn note_solved(&mut self, exercise: &Exercise, rung: usize) {
        if !self.solved.contains(&exercise.id) {
            self.solved.push(exercise.id.clone());
        }
        let cost = u8::try_from(rung * 10).unwrap_or(u8::MAX).min(100 - KNOWN);
        let mastery = self.mastery.entry(exercise.concept.clone()).or_default();
        mastery.score = mastery.score.max(100 - cost);
    }

    /// The exercise that comes next: of those not solved the one with the fewest unknown prerequisites, in the catalogue's order;
    /// of one concept if that is asked for.
    pub(crate) fn next_exercise(&self, concept: Option<&str>) -> Option<&'static Exercise> {
        let all = catalogue();
        let unknown = |exercise: &Exercise| {
            let needs = all
                .concept(&exercise.concept)
                .map(|concept| concept.needs.as_slice());
            needs
                .unwrap_or_default()
                .iter()
                .filter(|need| !self.knows(need))
                .count()
        };

        all.exercises
            .iter()
            .filter(|exercise| !self.solved.contains(&exercise.id))
            .filter(|exercise| concept.is_none_or(|wanted| exercise.concept == wanted))
            .min_by_key(|exercise| (usize::from(self.knows(&exercise.concept)), unknown(exercise)))
    }
}
