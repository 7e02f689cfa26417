//! What a run of a workflow knows, and how it is written down. The form has a version; older ones are read, newer ones refused.

use std::collections::BTreeMap;
use std::sync::Arc;

use flow::State;
use kit::actor::Actor;
use kit::rpc::RequestId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::definition::{Compiled, NodeKind, no_values};
use super::expression::Known;
use crate::graphs::node_context::ActsFor;

/// The form that is written now.
pub(crate) const SCHEMA_VERSION: u32 = 1;

/// A run's state. `scopes` has the values of the workflow itself under the empty name, and those of each definition that it
/// called under the name of the calling node.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "Value")]
pub(crate) struct WorkflowState {
    pub(crate) schema_version: u32,
    pub(crate) workflow_id: Uuid,
    pub(crate) actor: Actor,
    pub(crate) request_id: String,
    pub(crate) definition: Arc<Compiled>,
    pub(crate) config: Value,
    pub(crate) scopes: BTreeMap<String, ScopeValues>,
    /// Which ways a branch took.
    pub(crate) picks: BTreeMap<String, Vec<String>>,
    /// What a fan-out walks.
    pub(crate) lists: BTreeMap<String, Vec<Value>>,
}

/// What one definition's nodes read and write.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ScopeValues {
    pub(crate) input: Value,
    pub(crate) values: Map<String, Value>,
}

/// Between what a run knows and what is kept of it in a bundle or a row that outlives the run: the same, without whom it
/// worked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptState {
    pub(crate) schema_version: u32,
    pub(crate) config: Value,
    pub(crate) scopes: BTreeMap<String, ScopeValues>,
    #[serde(default)]
    pub(crate) picks: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(crate) lists: BTreeMap<String, Vec<Value>>,
}

/// Why a state is not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StateError {
    #[error("a state of version {found}; this installation reads up to {SCHEMA_VERSION}")]
    Newer { found: u64 },
    #[error("a state of a workflow")]
    Damaged(#[from] serde_json::Error),
}

/// For whom and on what a run works.
pub(crate) struct WorksFor<'a> {
    pub(crate) workflow_id: Uuid,
    pub(crate) actor: &'a Actor,
    pub(crate) request_id: &'a RequestId,
    pub(crate) definition: Arc<Compiled>,
}

/// Brings a written state to the form of today.
fn upgrade(written: Value) -> Result<Value, StateError> {
    match written.get("schema_version").and_then(Value::as_u64) {
        Some(found) if found > u64::from(SCHEMA_VERSION) => Err(StateError::Newer { found }),
        _ => Ok(written),
    }
}

impl TryFrom<Value> for WorkflowState {
    type Error = StateError;

    fn try_from(written: Value) -> Result<Self, StateError> {
        /// The same fields, read one by one.
        #[derive(Deserialize)]
        struct Written {
            schema_version: u32,
            workflow_id: Uuid,
            actor: Actor,
            request_id: String,
            definition: Arc<Compiled>,
            config: Value,
            scopes: BTreeMap<String, ScopeValues>,
            #[serde(default)]
            picks: BTreeMap<String, Vec<String>>,
            #[serde(default)]
            lists: BTreeMap<String, Vec<Value>>,
        }

        let written: Written = serde_json::from_value(upgrade(written)?)?;
        Ok(Self {
            schema_version: written.schema_version,
            workflow_id: written.workflow_id,
            actor: written.actor,
            request_id: written.request_id,
            definition: written.definition,
            config: written.config,
            scopes: written.scopes,
            picks: written.picks,
            lists: written.lists,
        })
    }
}

impl KeptState {
    /// The state of a workflow that has not begun.
    pub(crate) fn fresh(config: Value, input: Value, values: Map<String, Value>) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            config,
            scopes: BTreeMap::from([(String::new(), ScopeValues { input, values })]),
            picks: BTreeMap::new(),
            lists: BTreeMap::new(),
        }
    }

    /// # Errors
    /// It was written by a newer version, or makes no sense.
    pub(crate) fn from_db_model(written: Value) -> Result<Self, StateError> {
        Ok(serde_json::from_value(upgrade(written)?)?)
    }

    pub(crate) fn to_db_model(&self) -> Value {
        json!(self)
    }

    pub(crate) fn of_state(state: &WorkflowState) -> Self {
        Self {
            schema_version: state.schema_version,
            config: state.config.clone(),
            scopes: state.scopes.clone(),
            picks: state.picks.clone(),
            lists: state.lists.clone(),
        }
    }

    pub(crate) fn working_for(self, works: WorksFor<'_>) -> WorkflowState {
        WorkflowState {
            schema_version: SCHEMA_VERSION,
            workflow_id: works.workflow_id,
            actor: works.actor.clone(),
            request_id: works.request_id.as_str().to_owned(),
            definition: works.definition,
            config: self.config,
            scopes: self.scopes,
            picks: self.picks,
            lists: self.lists,
        }
    }

    /// What its owner sees of it: `{input, config, values}`, and `calls` with the values of what it has called.
    pub(crate) fn shown(&self) -> Value {
        let root = self.scopes.get("");
        let mut shown = json!({
            "input": root.map_or_else(no_values, |scope| scope.input.clone()),
            "config": self.config,
            "values": root.map(|scope| &scope.values),
        });
        let calls: Map<String, Value> = self
            .scopes
            .iter()
            .filter(|(name, _)| !name.is_empty())
            .map(|(name, scope)| (name.clone(), json!(scope)))
            .collect();
        if !calls.is_empty() {
            shown["calls"] = Value::Object(calls);
        }

        shown
    }

    pub(crate) fn root_mut(&mut self) -> &mut ScopeValues {
        self.scopes.entry(String::new()).or_insert_with(|| ScopeValues {
            input: no_values(),
            values: Map::new(),
        })
    }
}

/// Merges an object into values; null takes one away.
pub(crate) fn merge(into: &mut Map<String, Value>, changes: Map<String, Value>) {
    for (key, value) in changes {
        match value {
            Value::Null => drop(into.remove(&key)),
            value => drop(into.insert(key, value)),
        }
    }
}

/// One node's result.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WorkflowUpdate {
    /// Nothing to keep.
    Nothing,
    Set {
        scope: String,
        name: String,
        value: Value,
    },
    /// The value of one item of a fan-out.
    SetItem {
        scope: String,
        name: String,
        index: usize,
        value: Value,
    },
    Pick {
        node: String,
        ways: Vec<String>,
    },
    /// What a fan-out walks, and where the values of its items go.
    Walk {
        node: String,
        items: Vec<Value>,
        scope: String,
        name: String,
    },
    Enter {
        scope: String,
        input: Value,
    },
    All(Vec<WorkflowUpdate>),
}

impl State for WorkflowState {
    type Update = WorkflowUpdate;

    fn apply(&mut self, update: WorkflowUpdate) {
        match update {
            WorkflowUpdate::Nothing => {}
            WorkflowUpdate::Set { scope, name, value } => drop(self.values_mut(&scope).insert(name, value)),
            WorkflowUpdate::SetItem {
                scope,
                name,
                index,
                value,
            } => {
                let list = self.values_mut(&scope).entry(name).or_insert_with(|| json!([]));
                if let Some(place) = list.as_array_mut().and_then(|list| list.get_mut(index)) {
                    *place = value;
                }
            }
            WorkflowUpdate::Pick { node, ways } => drop(self.picks.insert(node, ways)),
            WorkflowUpdate::Walk {
                node,
                items,
                scope,
                name,
            } => {
                let empty = Value::Array(vec![Value::Null; items.len()]);
                self.values_mut(&scope).insert(name, empty);
                self.lists.insert(node, items);
            }
            WorkflowUpdate::Enter { scope, input } => {
                let values = Map::new();
                self.scopes.insert(scope, ScopeValues { input, values });
            }
            WorkflowUpdate::All(updates) => updates.into_iter().for_each(|update| self.apply(update)),
        }
    }

    fn shape(&self) -> u64 {
        self.definition.shape(&self.lists)
    }
}

impl WorkflowState {
    fn values_mut(&mut self, scope: &str) -> &mut Map<String, Value> {
        let scope = self
            .scopes
            .entry(scope.to_owned())
            .or_insert_with(|| ScopeValues {
                input: no_values(),
                values: Map::new(),
            });
        &mut scope.values
    }

    pub(super) fn count_items(&self, fan: &str) -> usize {
        self.lists.get(fan).map_or(0, Vec::len)
    }

    /// What a fan-out walks, each with its place.
    pub(super) fn items_of(&self, node: &str) -> Vec<(usize, Value)> {
        let items = self.lists.get(node).cloned().unwrap_or_default();
        items.into_iter().enumerate().collect()
    }

    /// The item that a copy of a called workflow begins with.
    pub(super) fn item_of(&self, kind: &NodeKind) -> Option<(usize, Value)> {
        let NodeKind::Enter { of: Some(of), .. } = kind else {
            return None;
        };
        let item = self.lists.get(&of.fan)?.get(of.index)?;

        Some((of.index, item.clone()))
    }

    pub(super) fn ways_from(&self, node: &str) -> Vec<String> {
        self.picks.get(node).cloned().unwrap_or_default()
    }

    /// What it ended with.
    pub(crate) fn output(&self) -> Value {
        let shown = KeptState::of_state(self).shown();
        let (input, values) = (&shown["input"], &shown["values"]);
        let known: &Known<'_> = &[("input", input), ("config", &self.config), ("values", values)];

        match &self.definition.output {
            Some(template) => super::expression::fill(template, known)
                .unwrap_or_else(|error| json!({ "error": format!("The output expected {error}") })),
            None => values.clone(),
        }
    }
}

impl ActsFor for WorkflowState {
    fn actor(&self) -> Actor {
        self.actor.clone()
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn speaks_for_itself(&self) -> bool {
        true
    }

    /// People name their nodes as they like; a metric has few labels.
    fn node_label(&self, node: &str) -> String {
        let kind = self.definition.find(node).map_or("gone", |node| node.kind.name());
        format!("workflow.{kind}")
    }
}

#[cfg(test)]
mod tests;
