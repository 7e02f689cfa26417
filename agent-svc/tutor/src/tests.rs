//! What must hold of the tutor: under pressure, on its ladders, about a project's own code, and of what it hands out.

mod data;
mod documents;
mod guard;
mod pressure;
mod project;
mod talk;

use crate::{
    LearnerMessage, LearnerState, PedagogyResponse, StudentProject, TutorTurn, answer_learner,
    words::is_question_mark,
};

/// A talk with the tutor.
pub(crate) struct Talk {
    pub(crate) project: StudentProject,
    pub(crate) state: LearnerState,
}

impl Talk {
    pub(crate) fn with(project: StudentProject) -> Self {
        Self {
            project,
            state: LearnerState::default(),
        }
    }

    pub(crate) fn on_exercise(id: &str) -> Self {
        let mut talk = Self::with(StudentProject::default());
        let message = LearnerMessage {
            exercise: Some(id.to_owned()),
            ..LearnerMessage::default()
        };
        talk.send(&message);
        talk
    }

    pub(crate) fn send(&mut self, message: &LearnerMessage) -> TutorTurn {
        let turn = answer_learner(message, &self.project, self.state.clone()).unwrap();
        assert_eq!(questions_in(&turn.response), 1, "{:#?}", turn.response);
        self.state = turn.state.clone();
        turn
    }

    pub(crate) fn say(&mut self, text: &str) -> PedagogyResponse {
        let message = LearnerMessage {
            text: text.to_owned(),
            ..LearnerMessage::default()
        };
        self.send(&message).response
    }
}

pub(crate) fn all_text(response: &PedagogyResponse) -> String {
    serde_json::to_string(response).unwrap()
}

pub(crate) fn questions_in(response: &PedagogyResponse) -> usize {
    all_text(response)
        .chars()
        .filter(|letter| is_question_mark(*letter))
        .count()
}
