//! Adiuva's four agents without a model: tasks, calendar, mails and numbers, from what comes with the message alone.
//!
//! Everything is a function of the message, its context and the clock that is given; nothing is kept, asked or guessed
//! silently: what can be read in two ways is said in the answer, and so is that no model was asked.

mod analytics;
mod calendar;
mod context;
mod email;
mod numbers;
pub mod plans;
mod route;
mod task;
pub mod tools;
mod when;
mod words;

use chrono::{DateTime, Utc};
use proto::tasks::adiuva::{
    ANALYTICS, AssistantInput, AssistantOutput, CALENDAR, EMAIL, PlanAction, PreviousResult, TASK, ToolResult,
};

pub use route::{choose_assistant, choose_assistants};

use crate::context::Desk;

/// What stands at the end of each answer.
pub const OFFLINE: &str = "(Worked out from your message and its context; no model was asked.)";

/// One of the agents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Assistant {
    Task,
    Calendar,
    Email,
    Analytics,
}

impl Assistant {
    pub const ALL: [Self; 4] = [Self::Task, Self::Calendar, Self::Email, Self::Analytics];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Task => TASK,
            Self::Calendar => CALENDAR,
            Self::Email => EMAIL,
            Self::Analytics => ANALYTICS,
        }
    }

    /// What its tools are called.
    #[must_use]
    pub const fn tools(self) -> &'static [&'static str] {
        match self {
            Self::Task => &["create_task", "update_task", "list_tasks", "suggest_tasks"],
            Self::Calendar => &["list_events", "detect_conflicts", "suggest_reschedule"],
            Self::Email => &["classify_email", "extract_action_items", "draft_response"],
            Self::Analytics => &["calculate_metrics", "generate_report", "trend_analysis"],
        }
    }
}

/// What one agent answers.
#[must_use]
pub fn answer_message(assistant: Assistant, input: &AssistantInput, now: DateTime<Utc>) -> AssistantOutput {
    let mut desk = Desk::open(input, now);
    let reply = match assistant {
        Assistant::Task => task::answer_about_tasks(&mut desk),
        Assistant::Calendar => calendar::answer_about_events(&mut desk),
        Assistant::Email => email::answer_about_emails(&mut desk),
        Assistant::Analytics => analytics::answer_about_numbers(&mut desk),
    };

    reply.finish(desk.into_notes())
}

/// What several agents answer in turn: each sees what those before it found, and their answers are put together.
#[must_use]
pub fn answer_in_turn(
    assistants: &[Assistant],
    input: &AssistantInput,
    now: DateTime<Utc>,
) -> AssistantOutput {
    let mut input = input.clone();
    let mut whole = AssistantOutput::default();
    let mut parts: Vec<String> = Vec::new();

    for &assistant in assistants {
        let output = answer_message(assistant, &input, now);
        let part = output.response.trim_end_matches(OFFLINE).trim();
        if !parts.iter().any(|known| known == part) {
            parts.push(part.to_owned());
        }

        whole.actions.extend(
            output
                .actions
                .iter()
                .filter(|action| !whole.actions.contains(action))
                .cloned()
                .collect::<Vec<_>>(),
        );
        whole.results.extend(output.results.iter().cloned());
        input.previous_results.push(PreviousResult {
            agent: assistant.name().to_owned(),
            response: output.response,
            actions: output.actions,
            results: output.results,
        });
    }

    whole.response = format!("{}\n\n{OFFLINE}", parts.join("\n\n"));
    whole
}

/// An answer while it is put together.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    pub(crate) paragraphs: Vec<String>,
    pub(crate) actions: Vec<PlanAction>,
    pub(crate) results: Vec<ToolResult>,
}

impl Reply {
    pub(crate) fn say(&mut self, text: impl Into<String>) {
        self.paragraphs.push(text.into());
    }

    fn finish(mut self, mut notes: Vec<String>) -> AssistantOutput {
        let mut seen = Vec::new();
        notes.retain(|note| {
            let is_new = !seen.contains(note);
            seen.push(note.clone());
            is_new
        });
        if !notes.is_empty() {
            let lines: Vec<String> = notes.iter().map(|note| format!("- {note}")).collect();
            self.paragraphs
                .push(format!("Please check:\n{}", lines.join("\n")));
        }
        self.paragraphs.push(OFFLINE.to_owned());

        AssistantOutput {
            response: self.paragraphs.join("\n\n"),
            actions: self.actions,
            results: self.results,
        }
    }
}
