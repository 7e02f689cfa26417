//! Assistants: what threads run. Every type of workflows is one, under an id that follows from its name.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use kit::actor::Actor;
use uuid::Uuid;

use super::thread::assistant_id;
use super::workflow_definitions::WorkflowDefinitions;
use crate::error::StoryError;
use crate::graphs::workflow::definition::Compiled;

/// Assistants of one answer.
pub(crate) const ASSISTANTS_MAX: u32 = 1_000;

/// A type of workflows, as what runs it is called.
#[derive(Debug, Clone)]
pub(crate) struct Assistant {
    pub(crate) id: Uuid,
    pub(crate) compiled: Arc<Compiled>,
    /// When its definition was first put, and last.
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// As it was sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct AssistantQuery {
    pub(crate) graph: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) limit: Option<u32>,
    pub(crate) offset: u32,
    pub(crate) ascending: bool,
    pub(crate) sort_by: String,
}

/// The rules.
#[derive(Clone)]
pub(crate) struct Assistants(pub(crate) WorkflowDefinitions);

impl Assistants {
    /// Some of them, and how many fit.
    pub(crate) async fn search(
        &self,
        actor: &Actor,
        query: AssistantQuery,
    ) -> Result<(Vec<Assistant>, u64), StoryError> {
        let limit = query.limit.unwrap_or(10);
        if !(1..=ASSISTANTS_MAX).contains(&limit) {
            return Err(StoryError::invalid("limit", "1 to 1000"));
        }
        if !["", "created_at", "updated_at", "name", "graph_id", "assistant_id"]
            .contains(&query.sort_by.as_str())
        {
            let expected = "created_at, updated_at, name, graph_id or assistant_id";
            return Err(StoryError::invalid("sort_by", expected));
        }

        let wanted = query.name.map(|name| name.to_lowercase());
        let mut found = self.list(actor).await?;
        found.retain(|one| {
            let graph = query
                .graph
                .as_ref()
                .is_none_or(|graph| *graph == one.compiled.name);
            let name = wanted
                .as_ref()
                .is_none_or(|part| one.compiled.name.to_lowercase().contains(part));
            graph && name
        });
        match query.sort_by.as_str() {
            "name" | "graph_id" => found.sort_by(|a, b| a.compiled.name.cmp(&b.compiled.name)),
            "assistant_id" => found.sort_by_key(|one| one.id),
            "updated_at" => found.sort_by_key(|one| (one.updated_at, one.id)),
            _ => found.sort_by_key(|one| (one.created_at, one.id)),
        }
        if !query.ascending {
            found.reverse();
        }

        let total = found.len() as u64;
        let page = found.into_iter().skip(query.offset as usize).take(limit as usize);
        Ok((page.collect(), total))
    }

    /// By its id, or the name of its graph.
    pub(crate) async fn get(&self, actor: &Actor, wanted: &str) -> Result<Assistant, StoryError> {
        let all = self.list(actor).await?;
        let id = Uuid::try_parse(wanted).ok();
        let names: Vec<String> = all.iter().map(|one| one.compiled.name.clone()).collect();
        let found = all
            .into_iter()
            .find(|one| Some(one.id) == id || one.compiled.name == wanted);

        match (found, id) {
            (Some(found), _) => Ok(found),
            (None, Some(_)) => Err(StoryError::AssistantNotFound {
                id: wanted.to_owned(),
            }),
            (None, None) => {
                let expected = format!(
                    "the id of an assistant, or one of the graphs {}",
                    names.join(", ")
                );
                Err(StoryError::invalid("assistant_id", &expected))
            }
        }
    }

    async fn list(&self, actor: &Actor) -> Result<Vec<Assistant>, StoryError> {
        let types = self.0.list_with_times(actor).await?;
        let assistants = types
            .into_iter()
            .map(|(compiled, created_at, updated_at)| Assistant {
                id: assistant_id(&compiled.name),
                compiled,
                created_at,
                updated_at,
            });

        Ok(assistants.collect())
    }
}
