//! What models are told for a chat, in fragments. It never leaves this service: the sanitizer knows every fragment, every tool
//! and every template.

use assistant::Assistant;
use assistant::plans::list_templates;
use assistant::tools::list_tools;
use redaction::Fingerprints;
use serde_json::json;

use crate::llm::ToolSpec;

const COMMON: &str = include_str!("prompts/common.md");
const TASK: &str = include_str!("prompts/task.md");
const CALENDAR: &str = include_str!("prompts/calendar.md");
const EMAIL: &str = include_str!("prompts/email.md");
const ANALYTICS: &str = include_str!("prompts/analytics.md");
const CLASSIFY: &str = include_str!("prompts/classify.md");
const SYNTHESIS: &str = include_str!("prompts/synthesis.md");

const FRAGMENTS: [&str; 7] = [COMMON, TASK, CALENDAR, EMAIL, ANALYTICS, CLASSIFY, SYNTHESIS];

pub(super) fn compose_assistant(assistant: Assistant) -> String {
    let own = match assistant {
        Assistant::Task => TASK,
        Assistant::Calendar => CALENDAR,
        Assistant::Email => EMAIL,
        Assistant::Analytics => ANALYTICS,
    };

    format!("{}\n\n{}", COMMON.trim(), own.trim())
}

pub(super) const fn write_classification() -> &'static str {
    CLASSIFY
}

pub(super) const fn write_synthesis() -> &'static str {
    SYNTHESIS
}

/// The tools of one assistant, as its model is told of them.
pub(super) fn list_tool_specs(assistant: Assistant) -> Vec<ToolSpec> {
    let own = list_tools().iter().filter(|tool| tool.assistant == assistant);

    own.map(|tool| ToolSpec {
        name: tool.name.to_owned(),
        description: tool.description.to_owned(),
        schema: tool.parameters.clone(),
    })
    .collect()
}

/// Of all that must not leave in an answer.
pub(super) fn learn_fingerprints() -> Fingerprints {
    let mut builder = Fingerprints::builder();

    for fragment in FRAGMENTS {
        // Sentence by sentence would miss what stands across two of them.
        builder = builder.add_text(fragment);
    }
    for template in list_templates() {
        builder = builder.add_text(template.text);
    }
    for tool in list_tools() {
        builder = builder.add_text(tool.description).add_schema(&json!({
            "name": tool.name, "description": tool.description, "parameters": tool.parameters
        }));
    }
    for assistant in Assistant::ALL {
        builder = builder.add_agent(assistant.name());
    }

    builder.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_models_are_told_is_known_to_the_sanitizer() {
        let fingerprints = learn_fingerprints();
        for assistant in Assistant::ALL {
            assert!(fingerprints.cover(&compose_assistant(assistant)), "{assistant:?}");

            for tool in list_tool_specs(assistant) {
                assert!(fingerprints.cover(&tool.description), "{}", tool.name);
            }
        }
        assert!(fingerprints.cover(write_classification()) && fingerprints.cover(write_synthesis()));
    }
}
