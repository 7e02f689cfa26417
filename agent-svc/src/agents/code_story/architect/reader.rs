//! A second reader: it knows the draft and nothing else, and says which of ten questions the draft leaves open. What it
//! hands back is written once more, and no further.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::prompts;
use super::Architect;
use crate::agents::thinking::Question;
use crate::error::AgentError;
use crate::llm::Message;
use proto::tasks::Level;
use proto::tasks::code_story::{Chapter, OpenQuestion, Speaker};

/// What a good overview answers.
const QUESTIONS: [&str; 10] = [
    "What is it, and for whom?",
    "What would one use instead, or what did people do before?",
    "How does it work, in one or two steps?",
    "What happens, by name, when one real request or command goes through it?",
    "Which decisions make it what it is?",
    "What reasons do its authors give for them?",
    "What does it keep, and in which structure?",
    "What does it not do, or where are its limits?",
    "How did it come to be, and who looks after it?",
    "How does one start with it, and which file should be opened first?",
];
/// Questions that are handed back of one draft.
const OPEN_MAX: usize = 6;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct ModelReading {
    #[schemars(length(max = 10))]
    answers: Vec<ModelAnswer>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct ModelAnswer {
    /// Number of the question, 1 to 10.
    question: usize,
    /// From the draft alone, one sentence; empty when it does not say.
    answer: String,
    /// Number of the chapter in which it says so, or would have to.
    chapter: usize,
}

impl ModelReading {
    fn open(&self, chapters: usize) -> Vec<OpenQuestion> {
        let open = self
            .answers
            .iter()
            .filter(|answer| answer.answer.trim().is_empty());
        let known = open.filter_map(|answer| {
            let question = QUESTIONS.get(answer.question.checked_sub(1)?)?;
            let chapter = answer.chapter.clamp(1, chapters) - 1;

            Some(OpenQuestion {
                chapter,
                question: (*question).to_owned(),
            })
        });

        known.take(OPEN_MAX).collect()
    }
}

impl Architect {
    pub(super) async fn review_by_model(
        &self,
        chapters: &[Chapter],
    ) -> Result<Vec<OpenQuestion>, AgentError> {
        let questions = (1..)
            .zip(QUESTIONS)
            .map(|(number, question)| format!("{number}. {question}"));
        let draft = (1..)
            .zip(chapters)
            .map(|(number, chapter)| format!("Chapter {number}, {}\n{}", chapter.title, chapter.content));
        let material = format!(
            "QUESTIONS\n{}\nEND OF QUESTIONS\n\nFACTS\n{}\nEND OF FACTS",
            questions.collect::<Vec<_>>().join("\n"),
            draft.collect::<Vec<_>>().join("\n\n")
        );
        let question = Question {
            speaker: Speaker::Architect.as_str(),
            system: prompts::reader(),
            messages: vec![Message::User(material)],
            tools: None,
            shown: "",
        };

        let reading: ModelReading = self.tools.engines.models.think(&self.desk, question).await?;
        let open = reading.open(chapters.len().max(1));
        let details = json!({ "open": open.len() });
        self.desk
            .log_with(Speaker::Architect, "Had the draft read", details, Level::Info)
            .await;

        Ok(open)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_answer_is_open_in_a_chapter_that_exists_and_the_list_is_bounded() {
        let answer = |question, answer: &str, chapter| ModelAnswer {
            question,
            answer: answer.to_owned(),
            chapter,
        };
        let reading = ModelReading {
            answers: vec![
                answer(1, "A tool.", 1),
                answer(4, " ", 9),
                answer(11, "", 1),
                answer(0, "", 0),
            ],
        };
        assert_eq!(
            reading.open(3),
            [OpenQuestion {
                chapter: 2,
                question: QUESTIONS[3].to_owned()
            }]
        );

        let nothing = ModelReading {
            answers: (1..=10).map(|number| answer(number, "", 1)).collect(),
        };
        assert_eq!(nothing.open(1).len(), OPEN_MAX);
    }
}
