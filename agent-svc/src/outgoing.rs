//! What a model wrote, on its way out: prompts, tools and reasoning stay here. The crate `redaction` finds them; what was taken out
//! is counted and logged by its dress, never the text.

pub(crate) mod field;

use redaction::{Dress, Fingerprints, Marks, Removals};
use serde_json::Value;

/// Cleans whole texts of one agent.
pub(crate) struct Cleaner<'a> {
    pub(crate) agent: &'static str,
    pub(crate) fingerprints: &'a Fingerprints,
    pub(crate) marks: Marks,
}

impl Cleaner<'_> {
    /// Takes out of a text what must not leave; true when there was any.
    pub(crate) fn clean_text(&self, text: &mut String) -> bool {
        let (cleaned, removals) = self.fingerprints.clean_with(text, self.marks);
        if removals.is_empty() {
            return false;
        }

        note_removals(self.agent, removals);
        *text = cleaned;
        true
    }

    /// The same for every text of a value.
    pub(crate) fn clean_value(&self, value: &mut Value) -> bool {
        match value {
            Value::String(text) => self.clean_text(text),
            Value::Array(items) => self.clean_values(items),
            Value::Object(fields) => self.clean_values(fields.values_mut()),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }

    fn clean_values<'v>(&self, values: impl IntoIterator<Item = &'v mut Value>) -> bool {
        let cleaned = values.into_iter().map(|value| self.clean_value(value));

        cleaned.fold(false, |any, leaked| any | leaked)
    }
}

/// Says what was taken out of an answer: how often, in which dress, of which agent.
pub(crate) fn note_removals(agent: &'static str, removals: Removals) {
    for dress in Dress::ALL {
        let count = removals.count(dress);
        if count > 0 {
            metrics::counter!("saga_sanitizer_redactions_total", "agent" => agent).increment(count.into());
            tracing::warn!(
                agent,
                dress = dress.as_str(),
                count,
                "something was taken out of an answer"
            );
        }
    }
}
