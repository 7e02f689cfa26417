//! Every way in which the knowledge of a story can not be kept or asked. Causes stay inside; what a client may read is in
//! `Display`, except of what fails at start, which is for the operator.

use kit::db::DbError;
use kit::error::{Faults, FieldViolation};

#[derive(Debug, thiserror::Error)]
pub enum KnowledgeError {
    #[error("`knowledge.uri` is not an address such as neo4j+s://host:7687: {reason}")]
    Uri { reason: String },
    #[error("Neo4j at {place} does not take `knowledge.user` with `knowledge.password`: {reason}")]
    Refused { place: String, reason: String },
    #[error(
        "Neo4j at {place} (`knowledge.uri`) is not reachable: {reason}. Start it, or leave `knowledge.uri` empty to keep \
         knowledge in the database"
    )]
    Unreachable { place: String, reason: String },
    #[error("Neo4j at {place} did not do as it was asked")]
    Neo4j {
        place: String,
        #[source]
        source: Box<neo4rs::Error>,
    },
    #[error("the story database failed")]
    Database(#[from] DbError),
    /// Some parts of what is to be kept do not fit; all of them are named.
    #[error("{}", Faults(.fields.clone()))]
    Invalid { fields: Vec<FieldViolation> },
    #[error("There is no scene {key} in this story.")]
    SceneNotFound { key: String },
    #[error("There is no fact {key} in this story.")]
    FactNotFound { key: String },
    #[error("This story has all the {what} that one may have: {most}.")]
    Full { what: &'static str, most: u64 },
    #[error("This question goes through more than {most} lines of ledgers. Ask for something more definite.")]
    TooBroad { most: usize },
    /// Something that was stored by us can not be read by us.
    #[error("a stored {what} can not be read")]
    Unreadable {
        what: &'static str,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl KnowledgeError {
    /// One field at fault.
    pub(super) fn invalid(field: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::Invalid {
            fields: vec![FieldViolation::new(field, expected)],
        }
    }

    pub(super) fn unreadable(
        what: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Unreadable {
            what,
            source: source.into(),
        }
    }
}
