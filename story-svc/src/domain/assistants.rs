//! Assistants: what threads run. Every type of workflows is one, under an id that follows from its name; others are made of those by
//! people, with settings and versions of their own.

mod change;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use kit::actor::Actor;
use kit::error::Faults;
use kit::ids::SharedIds;
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub(crate) use self::change::AssistantChange;
use super::assistant::{Assistant, AssistantRecord, AssistantSettings};
use super::thread::assistant_id;
use super::workflow_definitions::WorkflowDefinitions;
use super::workflows::read_object;
use crate::error::StoryError;
use crate::graphs::workflow::definition::Compiled;
use crate::store::assistants as store;

/// Assistants of one answer.
pub(crate) const ASSISTANTS_MAX: u32 = 1_000;

/// As it was sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct AssistantQuery {
    pub(crate) graph: Option<String>,
    pub(crate) name: Option<String>,
    /// JSON object: fields that must be so.
    pub(crate) metadata: String,
    pub(crate) limit: Option<u32>,
    pub(crate) offset: u32,
    pub(crate) ascending: bool,
    pub(crate) sort_by: String,
}

/// The rules.
#[derive(Clone)]
pub(crate) struct Assistants {
    pub(crate) definitions: WorkflowDefinitions,
    pub(crate) ids: SharedIds,
}

impl Assistants {
    /// Some of them, and how many fit.
    pub(crate) async fn search(
        &self,
        actor: &Actor,
        query: AssistantQuery,
    ) -> Result<(Vec<Assistant>, u64), StoryError> {
        let limit = read_limit(query.limit)?;
        let sorts = ["", "created_at", "updated_at", "name", "graph_id", "assistant_id"];
        if !sorts.contains(&query.sort_by.as_str()) {
            let expected = "created_at, updated_at, name, graph_id or assistant_id";
            return Err(StoryError::invalid("sort_by", expected));
        }

        let metadata = read_filter(&query.metadata)?;
        let wanted = query.name.map(|name| name.to_lowercase());
        let mut found = self.list(actor).await?;
        found.retain(|one| {
            let graph = query.graph.as_ref();
            let is_of_graph = graph.is_none_or(|graph| *graph == one.compiled.name);
            let part = wanted.as_ref();
            let is_named = part.is_none_or(|part| one.name.to_lowercase().contains(part));
            is_of_graph && is_named && fits(one, &metadata)
        });
        match query.sort_by.as_str() {
            "name" => found.sort_by(|a, b| a.name.cmp(&b.name)),
            "graph_id" => found.sort_by(|a, b| a.compiled.name.cmp(&b.compiled.name)),
            "assistant_id" => found.sort_by_key(|one| one.id),
            "updated_at" => found.sort_by_key(|one| (one.updated_at, one.id)),
            _ => found.sort_by_key(|one| (one.created_at, one.id)),
        }
        if !query.ascending {
            found.reverse();
        }

        let total = found.len() as u64;
        let page = found.into_iter().skip(query.offset as usize).take(limit);
        Ok((page.collect(), total))
    }

    /// By its id, or the name of its graph.
    pub(crate) async fn get(&self, actor: &Actor, wanted: &str) -> Result<Assistant, StoryError> {
        let all = self.list(actor).await?;
        let id = Uuid::try_parse(wanted).ok();
        let of_types = all.iter().filter(|one| one.is_of_type);
        let names: Vec<String> = of_types.map(|one| one.compiled.name.clone()).collect();
        let found = all
            .into_iter()
            .find(|one| Some(one.id) == id || (one.is_of_type && one.compiled.name == wanted));

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

    /// Newest first; those of one that follows from a type are its definition's.
    pub(crate) async fn list_versions(
        &self,
        actor: &Actor,
        id: &str,
        metadata: &str,
        (limit, offset): (Option<u32>, u32),
    ) -> Result<Vec<Assistant>, StoryError> {
        let (limit, metadata) = (read_limit(limit)?, read_filter(metadata)?);
        let newest = self.get(actor, id).await?;
        let mut versions = match (
            newest.is_of_type,
            self.definitions.built_in(&newest.compiled.name),
        ) {
            (true, Some(_)) => vec![newest],
            (true, None) => {
                let all = self
                    .definitions
                    .list_versions(actor, &newest.compiled.name)
                    .await?;
                let all = all
                    .into_iter()
                    .map(|one| of_type(one.compiled, one.created_at, one.created_at));
                all.collect()
            }
            (false, _) => {
                let db = self.definitions.db.user(actor.user_id);
                let all = store::list_versions(&db, actor.user_id, newest.id).await?;
                let graphs = self.graphs(actor).await?;
                let with_graph = |one: AssistantRecord| {
                    let compiled = graphs.get(&one.graph).map(Arc::clone)?;
                    Some(one.with_graph(compiled))
                };
                all.into_iter().filter_map(with_graph).collect()
            }
        };
        versions.retain(|one| fits(one, &metadata));

        Ok(versions.into_iter().skip(offset as usize).take(limit).collect())
    }

    /// Those whose graphs there are.
    async fn list(&self, actor: &Actor) -> Result<Vec<Assistant>, StoryError> {
        let types = self.definitions.list_with_times(actor).await?;
        let graphs: HashMap<String, Arc<Compiled>> = types
            .iter()
            .map(|(compiled, ..)| (compiled.name.clone(), Arc::clone(compiled)))
            .collect();
        let own = store::list(&self.definitions.db.user(actor.user_id), actor.user_id).await?;
        let own = own.into_iter().filter_map(|one| {
            let compiled = graphs.get(&one.graph).map(Arc::clone)?;
            Some(one.with_graph(compiled))
        });

        let types = types
            .into_iter()
            .map(|(compiled, created_at, updated_at)| of_type(compiled, created_at, updated_at));
        Ok(types.chain(own).collect())
    }

    async fn graphs(&self, actor: &Actor) -> Result<HashMap<String, Arc<Compiled>>, StoryError> {
        let types = self.definitions.list(actor).await?;
        let graphs = types
            .into_iter()
            .map(|compiled| (compiled.name.clone(), compiled));
        Ok(graphs.collect())
    }
}

/// The one that follows from a type of workflows.
fn of_type(compiled: Arc<Compiled>, created_at: DateTime<Utc>, updated_at: DateTime<Utc>) -> Assistant {
    let by_system = json!({ "created_by": "system" });

    Assistant {
        id: assistant_id(&compiled.name),
        name: compiled.name.clone(),
        description: Some(compiled.description.clone()).filter(|text| !text.is_empty()),
        version: compiled.version.max(1),
        settings: AssistantSettings {
            metadata: by_system.as_object().cloned().unwrap_or_default(),
            ..AssistantSettings::default()
        },
        is_of_type: true,
        compiled,
        created_at,
        updated_at,
    }
}

fn fits(assistant: &Assistant, metadata: &Map<String, Value>) -> bool {
    let told = &assistant.settings.metadata;
    metadata.iter().all(|(name, value)| told.get(name) == Some(value))
}

fn read_filter(metadata: &str) -> Result<Map<String, Value>, StoryError> {
    let mut faults = Faults::default();
    let fields = read_object("metadata", metadata, &mut faults);
    match faults.is_empty() {
        true => Ok(fields),
        false => Err(StoryError::Invalid { fields: faults.0 }),
    }
}

fn read_limit(limit: Option<u32>) -> Result<usize, StoryError> {
    match limit.unwrap_or(10) {
        limit @ 1..=ASSISTANTS_MAX => Ok(limit as usize),
        _ => Err(StoryError::invalid("limit", "1 to 1000")),
    }
}
