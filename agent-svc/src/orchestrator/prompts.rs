//! What models are told for a chat, in fragments. It never leaves this service: the sanitizer knows every fragment, every tool
//! and every template.

use assistant::Assistant;
use assistant::plans::list_templates;
use assistant::tools::list_tools;

use crate::agents::plugin::Plugins;
use crate::llm::ToolSpec;
use crate::plugins::Plugin;
use crate::registry::Instructions;

const COMMON: &str = include_str!("prompts/common.md");
const TASK: &str = include_str!("prompts/task.md");
const CALENDAR: &str = include_str!("prompts/calendar.md");
const EMAIL: &str = include_str!("prompts/email.md");
const ANALYTICS: &str = include_str!("prompts/analytics.md");
const CLASSIFY: &str = include_str!("prompts/classify.md");
const SYNTHESIS: &str = include_str!("prompts/synthesis.md");

const ALSO: &str = include_str!("prompts/also.md");

const FRAGMENTS: [&str; 8] = [
    COMMON, TASK, CALENDAR, EMAIL, ANALYTICS, CLASSIFY, ALSO, SYNTHESIS,
];

pub(super) fn compose_assistant(assistant: Assistant) -> String {
    let own = match assistant {
        Assistant::Task => TASK,
        Assistant::Calendar => CALENDAR,
        Assistant::Email => EMAIL,
        Assistant::Analytics => ANALYTICS,
    };

    format!("{}\n\n{}", COMMON.trim(), own.trim())
}

/// What a plug-in's model is told: what holds for everybody, and its own prompts.
pub(crate) fn compose_plugin(plugin: &Plugin) -> String {
    let own = plugin.prompts.iter().map(String::as_str);
    let fragments: Vec<&str> = std::iter::once(COMMON.trim()).chain(own).collect();

    fragments.join("\n\n")
}

pub(super) const fn write_classification() -> &'static str {
    CLASSIFY
}

/// The same where there are plug-ins, which are called by their full names.
pub(super) fn write_classification_with(plugins: &Plugins) -> String {
    let named = plugins
        .iter()
        .map(|plugin| format!("- `{}`: {}", plugin.name, plugin.description));
    let named: Vec<String> = named.collect();

    format!("{}\n\n{}\n{}", CLASSIFY.trim(), ALSO.trim(), named.join("\n"))
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

/// All that models are told for chats that one assistant answers, alone or with others.
pub(crate) fn list_instructions(assistant: Assistant) -> Instructions {
    let templates = list_templates().iter().map(|template| template.text);
    // Sentence by sentence would miss what stands across two of them.
    let texts: Vec<&str> = FRAGMENTS.into_iter().chain(templates).collect();

    Instructions::from_fragments(&texts)
        .with_tools(&list_tool_specs(assistant))
        .with_routing()
}

#[cfg(test)]
mod tests {
    use redaction::Fingerprints;

    use super::*;

    #[test]
    fn everything_that_models_are_told_is_known_to_the_sanitizer() {
        for assistant in Assistant::ALL {
            let builder = Fingerprints::builder();
            let fingerprints = list_instructions(assistant)
                .teach(assistant.name(), builder)
                .build();
            assert!(fingerprints.cover(write_classification()) && fingerprints.cover(write_synthesis()));
            assert!(fingerprints.cover(&compose_assistant(assistant)), "{assistant:?}");

            for tool in list_tool_specs(assistant) {
                assert!(fingerprints.cover(&tool.description), "{}", tool.name);
            }
        }
    }
}
