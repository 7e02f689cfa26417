//! One turn: what a learner says is read, and answered with one question.

use serde::{Deserialize, Serialize};

use crate::{
    catalogue::{Exercise, catalogue},
    code_index::{SourceFile, find_place},
    code_talk, concept_talk,
    documents::{Level, PedagogyResponse, Requirements},
    error::TutorError,
    exercise_talk,
    message::{Message, Pressure},
    reply::Draft,
    state::{Asked, Focus, LearnerState, Topic},
    words::{clip, content_stems, content_words, enumerate_words},
};

mod refusal;

/// What a learner sends.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LearnerMessage {
    pub text: String,
    /// Code beside the words, if it does not stand among them.
    pub code: Option<String>,
    /// Begins this exercise.
    pub exercise: Option<String>,
    /// Begins this concept.
    pub concept: Option<String>,
    /// The file that it is about.
    pub file: Option<String>,
}

/// The project that somebody learns with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StudentProject {
    pub title: String,
    pub requirements: Option<Requirements>,
    pub files: Vec<SourceFile>,
    pub level: Level,
}

/// An answer, and what is known of the learner after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TutorTurn {
    pub response: PedagogyResponse,
    pub state: LearnerState,
    /// False when the tutor found nothing that it could say about the matter, and said so.
    pub is_known: bool,
}

/// Answers a learner. The same message, project and state give the same turn.
///
/// # Errors
/// [`TutorError::UnknownExercise`] and [`TutorError::UnknownConcept`] for what the message asks to begin.
pub fn answer_learner(
    message: &LearnerMessage,
    project: &StudentProject,
    state: LearnerState,
) -> Result<TutorTurn, TutorError> {
    let mut turn = Turn {
        message: Message::read(&message.text, message.code.as_deref()),
        asked: message,
        project,
        state,
        is_known: true,
    };
    turn.state.put_right();
    turn.state.turns = turn.state.turns.saturating_add(1);
    let draft = turn.answer()?;

    Ok(TutorTurn {
        response: draft.finish(),
        state: turn.state,
        is_known: turn.is_known,
    })
}

struct Turn<'a> {
    message: Message<'a>,
    asked: &'a LearnerMessage,
    project: &'a StudentProject,
    state: LearnerState,
    is_known: bool,
}

impl Turn<'_> {
    fn answer(&mut self) -> Result<Draft, TutorError> {
        if let Some(begun) = self.begin_wanted()? {
            return Ok(begun);
        }
        if let Some(pressure) = self.message.pressure {
            return Ok(self.refuse(pressure));
        }
        if let Some(code) = self.message.code.clone()
            && let Some(draft) = self.read_code(&code)
        {
            return Ok(draft);
        }
        if let Some(draft) = self.begin_exercise() {
            return Ok(draft);
        }

        if self.message.is_courtesy && !self.answers_rightly() {
            return Ok(self.greet());
        }
        if self.message.is_problem
            && !self.is_behind_exercise()
            && !self.answers_rightly()
            && let Some(draft) = self.begin_topic()
        {
            return Ok(draft);
        }

        let short = content_stems(self.message.text).len() <= 2;
        if !self.message.is_question
            && (!self.message.builds || self.answers_rightly())
            && let Some(draft) = self.hear_or_help()
        {
            return Ok(draft);
        }
        if let Some(draft) = self.begin_topic() {
            return Ok(draft);
        }
        if (short || self.message.is_stuck || self.message.builds)
            && let Some(draft) = self.hear_or_help()
        {
            return Ok(draft);
        }
        Ok(self.admit_unknown())
    }

    /// What the message asks to begin by its fields.
    fn begin_wanted(&mut self) -> Result<Option<Draft>, TutorError> {
        if let Some(id) = &self.asked.exercise {
            let exercise = catalogue()
                .exercise(id)
                .ok_or_else(|| TutorError::UnknownExercise(id.clone()))?;
            let goes_on = matches!(self.state.focus.as_ref().map(|focus| &focus.topic), Some(Topic::Exercise { id: open }) if open == id);
            if !goes_on {
                let mut draft = exercise_talk::begin(exercise, &mut self.state);
                if let Some(pressure) = self.message.pressure {
                    draft = draft.led_by(refusal::line(pressure, &exercise.title, self.state.turns).as_str());
                } else if let Some(code) = self.message.code.clone() {
                    return Ok(self.read_code(&code));
                }
                return Ok(Some(draft));
            }
        }
        if let Some(id) = &self.asked.concept {
            let concept = catalogue()
                .concept(id)
                .ok_or_else(|| TutorError::UnknownConcept(id.clone()))?;
            let goes_on = matches!(self.state.focus.as_ref().map(|focus| &focus.topic), Some(Topic::Concept { id: open }) if open == id);
            if !goes_on && self.message.pressure.is_none() {
                return Ok(Some(concept_talk::begin(
                    concept,
                    &self.project.files,
                    &mut self.state,
                )));
            }
        }

        Ok(None)
    }

    /// No solution, and a next step all the same: the next hint for whoever begs, a small case for whoever tries a trick.
    fn refuse(&mut self, pressure: Pressure) -> Draft {
        let named = catalogue().exercise_in(&self.message.normal);
        if let Some(exercise) = named
            && !self.is_on(exercise)
        {
            let lead = refusal::line(pressure, &exercise.title, self.state.turns);
            return exercise_talk::begin(exercise, &mut self.state).led_by(&lead);
        }

        if let Some(mut focus) = self.state.focus.take() {
            let draft = self.go_beside(&mut focus, pressure.is_plea());
            self.state.focus.get_or_insert(focus);
            if let Some(mut draft) = draft {
                draft.encouragement = refusal::line(pressure, &self.subject(), self.state.turns);
                return draft;
            }
            self.state.focus = None;
        }
        if let Some(draft) = self.begin_topic() {
            return draft.led_by(&refusal::line(pressure, &self.subject(), self.state.turns));
        }
        self.refuse_whole_project(pressure)
    }

    fn is_on(&self, exercise: &Exercise) -> bool {
        matches!(self.state.focus.as_ref().map(|focus| &focus.topic), Some(Topic::Exercise { id }) if *id == exercise.id)
    }

    fn go_beside(&mut self, focus: &mut Focus, climbs: bool) -> Option<Draft> {
        let files = &self.project.files;

        match focus.topic.clone() {
            Topic::Exercise { id } => {
                let exercise = catalogue().exercise(&id)?;
                Some(if climbs {
                    exercise_talk::next_hint(exercise, focus, &mut self.state)
                } else {
                    exercise_talk::ask_beside(exercise, focus)
                })
            }
            Topic::Concept { id } => {
                let concept = catalogue().concept(&id)?;
                Some(if climbs {
                    concept_talk::next_hint(concept, focus, files, &mut self.state)
                } else {
                    concept_talk::ask_beside(concept, focus, files, &self.state)
                })
            }
            Topic::Code { .. } if climbs => code_talk::next_hint(focus, files, &mut self.state),
            Topic::Code { .. } => code_talk::ask_beside(focus, files, &self.state),
        }
    }

    /// What is being talked of, in a few words.
    fn subject(&self) -> String {
        match self.state.focus.as_ref().map(|focus| &focus.topic) {
            Some(Topic::Exercise { id }) => catalogue()
                .exercise(id)
                .map_or_else(String::new, |exercise| exercise.title.clone()),
            Some(Topic::Concept { id }) => catalogue()
                .concept(id)
                .map_or_else(String::new, |concept| concept.name.clone()),
            Some(Topic::Code { symbol, .. }) => symbol.clone(),
            None => self.project.title.clone(),
        }
    }

    fn refuse_whole_project(&mut self, pressure: Pressure) -> Draft {
        self.state.focus = None;
        let features = self.first_features();
        let about = if self.project.title.is_empty() {
            "your project"
        } else {
            &self.project.title
        };
        let lead = refusal::line(pressure, about, self.state.turns);
        if features.is_empty() {
            let exercise = self.state.next_exercise(None);
            if let Some(exercise) = exercise {
                return exercise_talk::begin(exercise, &mut self.state).led_by(&lead);
            }
        }

        Draft {
            encouragement: lead,
            question: "Which of these features would you like to have working first, and what is the smallest thing that would show it".to_owned(),
            hint: format!("Your requirements begin with {}.", enumerate_words(&features)),
            concept: "Small steps".to_owned(),
            key_concept: "A program is written in steps that can be seen to work one by one.".to_owned(),
            further: Vec::new(),
        }
    }

    /// The names of what the project must have.
    fn first_features(&self) -> Vec<String> {
        let Some(requirements) = &self.project.requirements else {
            return Vec::new();
        };
        let mut features: Vec<_> = requirements.core_features.iter().collect();
        features.sort_by_key(|feature| feature.rank());
        features
            .iter()
            .take(3)
            .map(|feature| format!("`{}`", clip(&feature.name.replace('`', "'"), 100)))
            .collect()
    }

    fn read_code(&mut self, code: &str) -> Option<Draft> {
        let mut focus = self.state.focus.take()?;
        let exercise = match &focus.topic {
            Topic::Exercise { id } => catalogue().exercise(id),
            _ => None,
        };
        let draft =
            exercise.map(|exercise| exercise_talk::read_code(exercise, &mut focus, &mut self.state, code));
        self.state.focus = Some(focus);
        draft
    }

    fn begin_exercise(&mut self) -> Option<Draft> {
        if let Some(exercise) = catalogue()
            .exercise_in(&self.message.normal)
            .filter(|exercise| !self.is_on(exercise))
        {
            return Some(exercise_talk::begin(exercise, &mut self.state));
        }
        if !self.message.wants_exercise {
            return None;
        }

        let concept = catalogue()
            .concept_in(&self.message.normal)
            .map(|(concept, _)| concept.id.as_str());
        let exercise = self
            .state
            .next_exercise(concept)
            .or_else(|| self.state.next_exercise(None))?;
        Some(exercise_talk::begin(exercise, &mut self.state))
    }

    /// The place in the project's code or the concept that the message speaks of.
    fn begin_topic(&mut self) -> Option<Draft> {
        let place = find_place(&self.project.files, self.message.text, self.asked.file.as_deref());
        let concept = catalogue().concept_in(&self.message.normal);
        let is_named = place.as_ref().is_some_and(|place| place.is_named);
        if let Some((concept, weight)) = concept
            && !is_named
            && (place.is_none() || (self.message.defines && weight >= 2))
        {
            return Some(concept_talk::begin(concept, &self.project.files, &mut self.state));
        }

        let place = place?;
        let mut draft = code_talk::begin(&place, &self.project.files, self.message.builds, &mut self.state);
        if let Some((concept, _)) = concept.filter(|(_, weight)| self.message.is_problem && *weight >= 4) {
            draft
                .further
                .insert(0, format!("What such a message is about: {}", concept.idea));
        }
        Some(draft)
    }

    /// Whether an exercise is solved and only its edge is talked about.
    fn is_behind_exercise(&self) -> bool {
        let focus = self.state.focus.as_ref();
        focus.is_some_and(|focus| matches!(focus.topic, Topic::Exercise { .. }) && focus.asked == Asked::Open)
    }

    /// Whether the words are a right answer to what was asked.
    fn answers_rightly(&self) -> bool {
        let Some(focus) = &self.state.focus else {
            return false;
        };
        match &focus.topic {
            Topic::Exercise { id } => catalogue()
                .exercise(id)
                .is_some_and(|exercise| exercise_talk::is_answer(exercise, focus, self.message.text)),
            _ => false,
        }
    }

    /// A greeting is returned, and what was under way is taken up again.
    fn greet(&mut self) -> Draft {
        if let Some(mut focus) = self.state.focus.take() {
            let draft = self.go_beside(&mut focus, false);
            self.state.focus = Some(focus);
            if let Some(draft) = draft {
                return draft.led_by(&format!("Gladly. We were at `{}`.", self.subject()));
            }
        }

        let mut draft = self.admit_unknown();
        self.is_known = true;
        draft.encouragement = "Hello. I ask questions until you see it yourself: about your project's code, about a concept, or in an exercise.".to_owned();
        draft.question = "What would you like to understand today".to_owned();
        draft
    }

    /// The learner answers, or is stuck: about what is being talked of.
    fn hear_or_help(&mut self) -> Option<Draft> {
        let mut focus = self.state.focus.take()?;
        let draft = if self.message.is_stuck {
            self.go_beside(&mut focus, true)
        } else {
            self.hear(&mut focus)
        };

        self.state.focus.get_or_insert(focus);
        if draft.is_none() {
            self.state.focus = None;
        }
        draft
    }

    fn hear(&mut self, focus: &mut Focus) -> Option<Draft> {
        let files = &self.project.files;

        match focus.topic.clone() {
            Topic::Exercise { id } => {
                let exercise = catalogue().exercise(&id)?;
                Some(exercise_talk::hear(
                    exercise,
                    focus,
                    &mut self.state,
                    self.message.text,
                ))
            }
            Topic::Concept { id } => {
                let concept = catalogue().concept(&id)?;
                Some(concept_talk::hear(
                    concept,
                    focus,
                    files,
                    &mut self.state,
                    self.message.text,
                ))
            }
            Topic::Code { .. } => {
                let mut draft = code_talk::next_hint(focus, files, &mut self.state)?;
                draft.encouragement = "From here I cannot see whether that is so; the program can show you. Hold it against this.".to_owned();
                Some(draft)
            }
        }
    }

    /// Says that it does not know, and what it could help with.
    fn admit_unknown(&mut self) -> Draft {
        self.is_known = false;
        let said = clip(&content_words(self.message.text).join(" "), 80);
        let about = match (self.message.is_foreign, said.is_empty()) {
            (true, _) => "I read and write English only, so I may have missed what you mean.".to_owned(),
            (false, true) => "I do not see yet what you would like to look at.".to_owned(),
            (false, false) => format!(
                "I do not know anything about that ({said}): I find it neither in your project's files nor in what I teach."
            ),
        };

        let paths: Vec<String> = self.source_paths();
        let hint = if paths.is_empty() {
            "This project has no source files yet. I can talk about a concept by its name, such as state, filtering or sorting, or give you an exercise.".to_owned()
        } else {
            format!(
                "Name a function, a file or a line of your project ({}), or a concept such as state, filtering or sorting.",
                enumerate_words(&paths)
            )
        };
        Draft {
            encouragement: about,
            question: "Which word of your code, or which line on your screen, is it about".to_owned(),
            hint,
            concept: "Asking well".to_owned(),
            key_concept: "A question that names a place and what was expected there is half of its answer."
                .to_owned(),
            further: self
                .state
                .next_exercise(None)
                .map(|exercise| {
                    format!(
                        "Or ask for an exercise; the next one for you would be `{}`.",
                        exercise.title
                    )
                })
                .into_iter()
                .collect(),
        }
    }

    fn source_paths(&self) -> Vec<String> {
        let sources = self
            .project
            .files
            .iter()
            .filter(|file| file.path.starts_with("src/") && !file.is_test());
        sources.take(4).map(|file| clip(&file.path, 60)).collect()
    }
}
