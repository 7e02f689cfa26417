//! What an assistant is: a graph, and what its runs begin with.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::graphs::workflow::definition::Compiled;

/// What its owner says of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct AssistantSettings {
    /// As it was put; `configurable` in it is the same as `context`.
    pub(crate) config: Map<String, Value>,
    /// What a run's config has, unless the run says otherwise.
    pub(crate) context: Map<String, Value>,
    pub(crate) metadata: Map<String, Value>,
}

/// One that somebody made, at one of its versions.
#[derive(Debug, Clone)]
pub(crate) struct AssistantRecord {
    pub(crate) id: Uuid,
    pub(crate) owner_id: Uuid,
    pub(crate) version: u32,
    pub(crate) graph: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) settings: AssistantSettings,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// What runs a type of workflows: one that follows from the type, or one that somebody made of it.
#[derive(Debug, Clone)]
pub(crate) struct Assistant {
    pub(crate) id: Uuid,
    pub(crate) compiled: Arc<Compiled>,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) version: u32,
    pub(crate) settings: AssistantSettings,
    /// It follows from a type of workflows, and is changed with it.
    pub(crate) is_of_type: bool,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

impl AssistantRecord {
    /// With its graph.
    pub(crate) fn with_graph(self, compiled: Arc<Compiled>) -> Assistant {
        Assistant {
            id: self.id,
            compiled,
            name: self.name,
            description: self.description,
            version: self.version,
            settings: self.settings,
            is_of_type: false,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}
