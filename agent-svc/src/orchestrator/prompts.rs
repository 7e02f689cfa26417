//! What models are told for a chat, in fragments. It never leaves this service: the sanitizer knows every fragment, every tool
//! and every template.

use assistant::Assistant;
use assistant::plans::list_templates;
use assistant::tools::list_tools;
use redaction::Fingerprints;
use serde_json::json;

use crate::agents::plugin::Plugins;
use crate::llm::ToolSpec;
use crate::plugins::Plugin;

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

/// Of all that must not leave in an answer.
pub(crate) fn learn_fingerprints(plugins: &Plugins) -> Fingerprints {
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

    for plugin in plugins.iter() {
        builder = builder.add_agent(plugin.name);
        for prompt in &plugin.prompts {
            builder = builder.add_text(prompt);
        }
        for tool in plugin.list_specs() {
            builder = builder.add_text(&tool.description).add_schema(&json!({
                "name": tool.name, "description": tool.description, "parameters": tool.schema
            }));
        }
    }

    builder.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_models_are_told_is_known_to_the_sanitizer() {
        let fingerprints = learn_fingerprints(&Plugins::default());
        for assistant in Assistant::ALL {
            assert!(fingerprints.cover(&compose_assistant(assistant)), "{assistant:?}");

            for tool in list_tool_specs(assistant) {
                assert!(fingerprints.cover(&tool.description), "{}", tool.name);
            }
        }
        assert!(fingerprints.cover(write_classification()) && fingerprints.cover(write_synthesis()));
    }
}
