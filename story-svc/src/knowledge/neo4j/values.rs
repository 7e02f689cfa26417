//! What goes into Neo4j as parameters, and what comes back.

use std::collections::HashMap;

use neo4rs::BoltType;
use proto::tasks::fiction::ledger::Entity;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::knowledge::KnowledgeError;
use crate::knowledge::entries::{NewEntry, fold};

/// The whole of something as JSON.
#[derive(Debug, Deserialize)]
pub(super) struct Body {
    body: String,
}

pub(super) fn read_bodies<T: DeserializeOwned>(
    what: &'static str,
    bodies: &[Body],
) -> Result<Vec<T>, KnowledgeError> {
    let read: Result<Vec<T>, _> = bodies.iter().map(|one| serde_json::from_str(&one.body)).collect();
    read.map_err(|error| KnowledgeError::unreadable(what, error))
}

/// A map of properties; what is null is no property.
fn properties<const N: usize>(values: [(&'static str, BoltType); N]) -> HashMap<&'static str, BoltType> {
    values.into_iter().collect()
}

pub(super) fn entity_value(entity: &Entity) -> HashMap<&'static str, BoltType> {
    let names: Vec<_> = [entity.key.as_str(), &entity.name]
        .into_iter()
        .chain(entity.aliases.iter().map(String::as_str))
        .collect();

    properties([
        ("key", entity.key.as_str().into()),
        ("kind", entity.kind.as_str().into()),
        ("name", entity.name.as_str().into()),
        ("scene", entity.scene.as_ref().map(|key| key.to_string()).into()),
        ("folded_name", fold(&entity.name).into()),
        ("folded", fold(&names.join("\n")).into()),
        ("body", json!(entity).to_string().into()),
    ])
}

pub(super) fn line_value(line: &NewEntry) -> HashMap<&'static str, BoltType> {
    let entry = &line.entry;

    properties([
        ("scene", entry.scene.as_str().into()),
        ("ordinal", entry.ordinal.into()),
        ("kind", entry.kind.as_str().into()),
        ("subject", entry.subject.clone().into()),
        ("object", entry.object.clone().into()),
        ("about", entry.about.clone().into()),
        ("text", entry.text.as_str().into()),
        ("value", entry.value.clone().into()),
        ("mode", entry.mode.clone().into()),
        ("due_chapter", entry.due_chapter.into()),
        ("at_time", entry.at_time.into()),
        ("until_time", entry.until_time.into()),
        ("position", entry.position.as_str().into()),
        ("folded", line.folded.as_str().into()),
    ])
}

pub(super) fn count(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}
