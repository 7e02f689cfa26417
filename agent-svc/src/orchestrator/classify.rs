//! Which assistants a message is for: a small model says it, or the words of the message do. `adiuva.task` takes what is
//! unclear. A plug-in is asked when the model names it, or the message does.

use std::sync::Arc;

use assistant::{Assistant, choose_assistants};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::chat_input::SharedChat;
use super::prompts;
use super::responder::Responder;
use super::{Asker, CLASSIFIER, Orchestrator};
use crate::agents::plugin::Plugins;
use crate::error::AgentError;
use crate::llm::{LlmError, Message, Request, Silent};
use crate::plugins::Plugin;

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

/// Where there are plug-ins, which no schema of ours knows by name.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct WideClassification {
    responsible: Vec<String>,
}

/// By the words alone. A plug-in is meant by whoever writes its name.
pub(super) fn classify_by_words(plugins: &Plugins, chat: &SharedChat) -> Vec<Responder> {
    let input = &chat.expose().0;
    let is_named = |plugin: &&Arc<Plugin>| {
        let mut words = input
            .message
            .split(|sign: char| !(sign.is_alphanumeric() || matches!(sign, '.' | '_')));
        words.any(|word| word.trim_matches('.') == plugin.name)
    };
    let named: Vec<Responder> = plugins
        .iter()
        .filter(is_named)
        .map(|plugin| Responder::Plugin(Arc::clone(plugin)))
        .collect();
    if !named.is_empty() {
        return named;
    }

    let assistants = choose_assistants(&input.message, &input.context);
    assistants.into_iter().map(Responder::Assistant).collect()
}

/// By a small model.
pub(super) async fn classify_by_model(
    orchestrator: &Orchestrator,
    asker: &Asker,
    chat: &SharedChat,
) -> Result<Vec<Responder>, AgentError> {
    let message: String = chat.expose().0.message.chars().take(ENOUGH).collect();
    let plugins = &orchestrator.plugins;
    let request = Request {
        class: CLASSIFIER.to_owned(),
        system: match plugins.is_empty() {
            true => prompts::write_classification().trim().to_owned(),
            false => prompts::write_classification_with(plugins),
        },
        messages: vec![Message::User(message)],
        max_tokens: Some(ANSWER_TOKENS),
        temperature: Some(0.0),
        ..Request::default()
    };

    let (gateway, call) = (orchestrator.models.gateway(), asker.call(CLASSIFIER));
    let asked = match plugins.is_empty() {
        true => gateway
            .structured::<Classification>(&call, request, None, &mut Silent)
            .await
            .map(|(classification, _)| choose(&classification.responsible)),
        false => gateway
            .structured::<WideClassification>(&call, request, None, &mut Silent)
            .await
            .map(|(classification, _)| choose_among(plugins, &classification.responsible)),
    };
    match asked {
        Ok(chosen) => Ok(chosen),
        // It was asked and said nothing of use: that is unclear, too.
        Err(LlmError::InvalidOutput { .. } | LlmError::Truncated { .. } | LlmError::Refused { .. }) => {
            Ok(vec![Responder::Assistant(Assistant::Task)])
        }
        Err(error) => Err(asker.explain(error)),
    }
}

/// Assistants and plug-ins in the order in which they were named, nobody twice; words for nobody are left out.
fn choose_among(plugins: &Plugins, words: &[String]) -> Vec<Responder> {
    let mut chosen: Vec<Responder> = Vec::new();
    for word in words {
        let plugin = plugins.iter().find(|plugin| plugin.name == word);
        let found = match plugin {
            Some(plugin) => Responder::Plugin(Arc::clone(plugin)),
            None => match find_assistant(word) {
                Some(assistant) => Responder::Assistant(assistant),
                None => continue,
            },
        };
        if chosen.iter().all(|known| known.name().name != found.name().name) {
            chosen.push(found);
        }
    }

    if chosen.is_empty() {
        chosen.push(Responder::Assistant(Assistant::Task));
    }
    chosen
}

fn find_assistant(word: &str) -> Option<Assistant> {
    let own = Assistant::ALL.into_iter();
    let mut fits = own.filter(|assistant| assistant.name().rsplit('.').next() == Some(word));

    fits.next()
}

fn choose(responsible: &[Responsible]) -> Vec<Responder> {
    choose_assistant(responsible)
        .into_iter()
        .map(Responder::Assistant)
        .collect()
}

fn choose_assistant(responsible: &[Responsible]) -> Vec<Assistant> {
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
            assert_eq!(choose_assistant(&said), chosen, "{said:?}");
        }
    }
}
