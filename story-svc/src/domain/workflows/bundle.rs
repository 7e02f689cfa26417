//! A workflow as one JSON document, to be taken elsewhere: what it is, its graph, its kept checkpoints, and a checksum over all of
//! that. What comes back is checked as if a stranger had written it, for anybody can reckon a checksum.

use blake3::Hasher;
use flow::{Access, Frontier};
use kit::actor::Actor;
use kit::error::Faults;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::sync::Arc;

use super::fields;
use super::{Workflows, graph_of, read_state};
use crate::domain::workflow::{ForkStart, NewWorkflow, Workflow, WorkflowOptions};
use crate::error::StoryError;
use crate::graphs::workflow::definition::{Compiled, NodeKind, check_compiled};
use crate::graphs::workflow::state::{KeptState, StateError};

/// What says that a document is one of these.
const FORMAT: &str = "saga.workflow";
/// The form that is written now.
const VERSION: u64 = 1;
/// Bytes of a bundle that is read, and nearly all of one that is written.
const BUNDLE_MAX: usize = 3 * 1024 * 1024;
const CHECKPOINTS_MAX: usize = 2 * 1024 * 1024;

#[derive(Serialize, Deserialize)]
struct BundledWorkflow {
    workflow_type: String,
    name: String,
    description: String,
    config: Value,
    #[serde(default)]
    priority: i32,
    #[serde(default)]
    keep_last: Option<u32>,
    #[serde(default)]
    ttl_seconds: Option<u32>,
}

#[derive(Serialize, Deserialize)]
struct BundledCheckpoint {
    step: u64,
    frontier: Frontier,
    state: Value,
}

impl Workflows {
    /// The document.
    pub(crate) async fn export(&self, actor: &Actor, id: &str) -> Result<String, StoryError> {
        let record = self.record(actor.user_id, id).await?;
        let graph = graph_of(&record)?;

        // Newest first, as many as fit.
        let (mut checkpoints, mut size) = (Vec::new(), 0);
        if let Some(run) = record.run_id {
            let kept = self
                .runs
                .history(Access::System, run)
                .await
                .map_err(StoryError::Runs)?;
            for entry in kept {
                let Ok(view) = self.runs.checkpoint(Access::System, run, entry.step).await else {
                    continue;
                };
                let state = KeptState::of_state(&read_state(&view.state)?).to_db_model();
                size += view.state.len();
                if size > CHECKPOINTS_MAX {
                    break;
                }
                checkpoints.push(json!({
                    "step": entry.step,
                    "next": view.next,
                    "created_at": entry.created_at,
                    "frontier": view.frontier,
                    "state": state,
                }));
            }
        } else if let Some(start) = &record.start {
            checkpoints.push(json!({
                "step": start.step,
                "next": start.frontier.nodes(),
                "created_at": record.created_at,
                "frontier": start.frontier,
                "state": start.state.to_db_model(),
            }));
        }

        let workflow = BundledWorkflow {
            workflow_type: record.workflow_type,
            name: record.name,
            description: record.description,
            config: record.config,
            priority: record.options.priority,
            keep_last: record.options.keep_last,
            ttl_seconds: record.options.ttl_seconds,
        };
        let mut bundle = json!({
            "format": FORMAT,
            "version": VERSION,
            "exported_at": self.clock.now(),
            "workflow": workflow,
            "definition": &*graph,
            "checkpoints": checkpoints,
            "artifacts": [],
        });
        bundle["checksum"] = checksum(&bundle).into();

        Ok(bundle.to_string())
    }

    /// A new workflow from a document, as a fork would be.
    pub(crate) async fn import(
        &self,
        actor: &Actor,
        text: &str,
        name: Option<String>,
    ) -> Result<Workflow, StoryError> {
        if name.as_deref().is_some_and(|name| !fields::is_name(name)) {
            return Err(StoryError::invalid("name", "1 to 200 characters on one line"));
        }
        let bundle = read(text).map_err(|faults| StoryError::Invalid { fields: faults.0 })?;

        // A built-in type is ours, whatever the document says of it.
        let ours = self.definitions.built_in(&bundle.workflow.workflow_type);
        let compiled = ours.unwrap_or(bundle.compiled);
        let fits = |checkpoint: &BundledCheckpoint| {
            let waiting = checkpoint.frontier.waiting.iter();
            let waiting = waiting.flat_map(|join| join.from.iter().chain([&join.target]));
            let ready = checkpoint.frontier.ready.iter().map(|ready| &ready.node);
            compiled.has_all(ready.chain(waiting).filter(|node| *node != flow::START))
        };
        // Where it ended nothing can begin.
        let newest = bundle
            .checkpoints
            .into_iter()
            .find(|one| !one.frontier.is_done() && fits(one));
        let start = match newest {
            Some(one) if one.frontier != Frontier::start() => Some(ForkStart {
                source: self.ids.id(),
                step: one.step,
                frontier: one.frontier,
                state: KeptState::from_db_model(one.state)
                    .map_err(|error| StoryError::invalid("bundle.checkpoints", &error.to_string()))?,
            }),
            _ => None,
        };

        let BundledWorkflow {
            name: bundled,
            description,
            config,
            priority,
            keep_last,
            ttl_seconds,
            ..
        } = bundle.workflow;
        let new = NewWorkflow {
            id: self.ids.id(),
            owner_id: actor.user_id,
            compiled,
            name: name.unwrap_or(bundled).trim().to_owned(),
            description,
            config,
            start,
            options: WorkflowOptions {
                priority,
                concurrency_key: None,
                keep_last,
                ttl_seconds,
            },
            fork_from_id: None,
            created_at: self.clock.now(),
        };
        self.insert(actor, new).await
    }
}

struct ReadBundle {
    workflow: BundledWorkflow,
    compiled: Arc<Compiled>,
    checkpoints: Vec<BundledCheckpoint>,
}

/// Reads a document; says what is wrong with it.
fn read(text: &str) -> Result<ReadBundle, Faults> {
    let wrong = |field: &str, expected: &str| Faults::one(field, expected);
    if text.len() > BUNDLE_MAX {
        return Err(wrong("bundle", "at most 3 MiB"));
    }
    let bundle: Value =
        serde_json::from_str(text).map_err(|_| wrong("bundle", "a JSON object from an export"))?;
    if bundle["format"] != FORMAT || text.contains("\\u0000") {
        return Err(wrong("bundle.format", "saga.workflow"));
    }
    match bundle["version"].as_u64() {
        Some(1..=VERSION) => {}
        Some(newer) => {
            let expected = format!("a version up to {VERSION}; {newer} was made by a newer installation");
            return Err(wrong("bundle.version", &expected));
        }
        None => return Err(wrong("bundle.version", "a number")),
    }
    if bundle["checksum"] != checksum(&bundle) {
        return Err(wrong(
            "bundle.checksum",
            "that of the document: it was changed after it was exported",
        ));
    }

    let workflow: BundledWorkflow = serde_json::from_value(bundle["workflow"].clone())
        .map_err(|_| wrong("bundle.workflow", "a workflow as it is exported"))?;
    let raw = super::RawWorkflow {
        name: Some(workflow.name.clone()),
        description: Some(workflow.description.clone()),
        config: workflow.config.to_string(),
        priority: Some(workflow.priority),
        keep_last: workflow.keep_last,
        ttl_seconds: workflow.ttl_seconds,
        ..super::RawWorkflow::default()
    };
    let (_, mut faults) = fields::check(&raw);
    for fault in &mut faults.0 {
        fault.field = format!("bundle.workflow.{}", fault.field);
    }

    let compiled: Compiled = serde_json::from_value(bundle["definition"].clone())
        .map_err(|_| wrong("bundle.definition", "a definition as it is exported"))?;
    for fault in check_compiled(&compiled) {
        faults.add(format!("bundle.definition.{}", fault.field), fault.expected);
    }
    let native =
        |node: &crate::graphs::workflow::definition::Node| matches!(node.kind, NodeKind::Native { .. });
    if compiled.version > 0 && compiled.unfold(&|_| 1).iter().any(native) {
        faults.add(
            "bundle.definition.nodes",
            "none of the types that only built-in definitions have",
        );
    }
    if compiled.name != workflow.workflow_type {
        faults.add("bundle.definition.name", "the type of the workflow");
    }

    let checkpoints: Vec<BundledCheckpoint> = serde_json::from_value(bundle["checkpoints"].clone())
        .map_err(|_| wrong("bundle.checkpoints", "checkpoints as they are exported"))?;
    for (place, checkpoint) in checkpoints.iter().enumerate() {
        match KeptState::from_db_model(checkpoint.state.clone()) {
            Ok(state) if compiled.can_walk(&state.lists) => {}
            Ok(_) => faults.add(
                format!("bundle.checkpoints.{place}.state.lists"),
                "no more items than a fan_out may have",
            ),
            Err(error @ StateError::Newer { .. }) => {
                faults.add(format!("bundle.checkpoints.{place}.state"), error.to_string());
            }
            Err(error) => faults.add(format!("bundle.checkpoints.{place}.state"), error.to_string()),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }

    Ok(ReadBundle {
        workflow,
        compiled: Arc::new(compiled),
        checkpoints,
    })
}

/// Over everything but itself, whatever the order of keys.
fn checksum(bundle: &Value) -> String {
    let mut bundle = bundle.clone();
    if let Some(map) = bundle.as_object_mut() {
        map.remove("checksum");
    }
    let mut hash = Hasher::new();
    hash.update(sorted(&bundle).to_string().as_bytes());

    format!("blake3:{}", hash.finalize().to_hex())
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<_> = map.keys().collect();
            keys.sort();
            let entries = keys.into_iter().map(|key| (key.clone(), sorted(&map[key])));
            Value::Object(entries.collect::<Map<_, _>>())
        }
        Value::Array(list) => Value::Array(list.iter().map(sorted).collect()),
        other => other.clone(),
    }
}
