//! What the engine is told at start: how much it may remember, which documents it knows by name, and the most of each that
//! one request may have.

use serde::{Deserialize, Deserializer, de::Error as _};

/// Beyond this many open brackets async-graphql's parser gives up by itself (64), whatever the document says.
const DEEPEST_NESTING: usize = 60;

#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Bytes of checked documents that are kept.
    pub document_cache_bytes: u64,
    /// Bytes of documents that clients have registered under their SHA-256; 0 turns that off.
    pub persisted_cache_bytes: u64,
    /// Seconds after which a registered document is forgotten.
    pub persisted_expire_seconds: u64,
    pub persisted_documents: PersistedDocuments,
    /// The file of trusted documents; empty for none.
    pub trusted_documents: String,
    /// Names that input types had before, each with the name that it has now: a variable that is still defined by the old name
    /// is of that type.
    pub renamed_types: &'static [(&'static str, &'static str)],
    pub limits: Limits,
    /// Fields whose values are long, as `Type.field`, with the number of short ones that each counts as.
    pub weights: &'static [(&'static str, u64)],
    /// Fields of a root whose arguments are nobody's to keep. A document in which one has values of its own, not variables alone, is
    /// forgotten when it has run.
    pub ephemeral_fields: &'static [&'static str],
    /// What introspection says of the schema as a whole.
    pub description: &'static str,
}

/// What happens to a document that the file of trusted documents does not list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PersistedDocuments {
    /// It runs.
    Off,
    /// It runs, and the log names its hash.
    Log,
    /// It is refused.
    Only,
}

/// The most of each that one request may have.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    pub document_bytes: usize,
    pub tokens: usize,
    #[serde(deserialize_with = "read_nesting")]
    pub nesting: usize,
    pub operations: usize,
    pub fragments: usize,
    pub selections: u64,
    pub depth: u64,
    pub root_fields: u64,
    pub aliases: usize,
    pub directives: usize,
    pub directives_at_once: usize,
    pub complexity: u64,
    pub page_size: u64,
    pub list_size: u64,
    pub introspection: u64,
    pub answer_bytes: usize,
    pub variables: usize,
    pub variable_bytes: usize,
    pub variable_nesting: usize,
    pub errors: usize,
}

fn read_nesting<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    let levels = usize::deserialize(from)?;
    if levels > DEEPEST_NESTING {
        return Err(D::Error::custom(format!(
            "`{levels}` is more than the parser can take; at most {DEEPEST_NESTING}"
        )));
    }

    Ok(levels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_beyond_what_the_parser_can_take_is_refused_by_name() {
        #[derive(Debug, Deserialize)]
        struct One {
            #[serde(deserialize_with = "read_nesting")]
            nesting: usize,
        }
        let read = |levels| serde_json::from_value::<One>(serde_json::json!({ "nesting": levels }));

        assert_eq!(read(60).unwrap().nesting, 60);
        assert!(read(61).unwrap_err().to_string().contains("at most 60"));
    }
}
