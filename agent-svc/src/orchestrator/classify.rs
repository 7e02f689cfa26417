//! Which assistants a message is for: a small model says it, or the words of the message do. `adiuva.task` takes what is
//! unclear.

use assistant::{Assistant, choose_assistants};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::chat_input::SharedChat;
use super::prompts;
use super::{Asker, CLASSIFIER, Orchestrator};
use crate::error::AgentError;
use crate::llm::{LlmError, Message, Request, Silent};

/// Characters of a message that are enough to say whom it is for.
const ENOUGH: usize = 4_000;
/// Tokens of the answer.
const ANSWER_TOKENS: u32 = 300;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Responsible {
    Task,
    Calendar,
    Email,
    Analytics,
    Unclear,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Classification {
    responsible: Vec<Responsible>,
}

/// By the words alone.
pub(super) fn classify_by_words(chat: &SharedChat) -> Vec<Assistant> {
    let input = &chat.expose().0;
    choose_assistants(&input.message, &input.context)
}

/// By a small model.
pub(super) async fn classify_by_model(
    orchestrator: &Orchestrator,
    asker: &Asker,
    chat: &SharedChat,
) -> Result<Vec<Assistant>, AgentError> {
    let message: String = chat.expose().0.message.chars().take(ENOUGH).collect();
    let request = Request {
        class: CLASSIFIER.to_owned(),
        system: prompts::write_classification().trim().to_owned(),
        messages: vec![Message::User(message)],
        max_tokens: Some(ANSWER_TOKENS),
        temperature: Some(0.0),
        ..Request::default()
    };

    let gateway = orchestrator.models.gateway();
    let asked = gateway
        .structured::<Classification>(&asker.call(CLASSIFIER), request, None, &mut Silent)
        .await;
    match asked {
        Ok((classification, _)) => Ok(choose(&classification.responsible)),
        // It was asked and said nothing of use: that is unclear, too.
        Err(LlmError::InvalidOutput { .. } | LlmError::Truncated { .. } | LlmError::Refused { .. }) => {
            Ok(vec![Assistant::Task])
        }
        Err(error) => Err(asker.explain(error)),
    }
}

fn choose(responsible: &[Responsible]) -> Vec<Assistant> {
    let mut chosen = Vec::new();
    for one in responsible {
        let assistant = match one {
            Responsible::Task => Assistant::Task,
            Responsible::Calendar => Assistant::Calendar,
            Responsible::Email => Assistant::Email,
            Responsible::Analytics => Assistant::Analytics,
            Responsible::Unclear => continue,
        };
        if !chosen.contains(&assistant) {
            chosen.push(assistant);
        }
    }

    if chosen.is_empty() {
        chosen.push(Assistant::Task);
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_take_what_is_unclear_and_nobody_works_twice() {
        use Responsible::{Analytics, Email, Unclear};

        for (said, chosen) in [
            (vec![], vec![Assistant::Task]),
            (vec![Unclear], vec![Assistant::Task]),
            (vec![Email, Unclear, Email], vec![Assistant::Email]),
            (
                vec![Email, Analytics],
                vec![Assistant::Email, Assistant::Analytics],
            ),
        ] {
            assert_eq!(choose(&said), chosen, "{said:?}");
        }
    }
}
