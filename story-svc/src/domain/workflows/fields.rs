//! What people give of a workflow, checked; all wrong fields at once.

use kit::error::Faults;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::WorkflowChange;
use crate::domain::workflow::{WorkflowFilter, WorkflowOptions, WorkflowStatus};
use crate::error::StoryError;

/// Bytes of one JSON text.
pub(crate) const JSON_MAX: usize = 1024 * 1024;
const NAME_MAX: usize = 200;
const DESCRIPTION_MAX: usize = 4000;
const SEARCH_MAX: usize = 200;

/// As it was sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct RawWorkflow {
    pub(crate) workflow_type: String,
    pub(crate) config: String,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) definition_version: Option<u32>,
    pub(crate) priority: Option<i32>,
    pub(crate) concurrency_key: Option<String>,
    pub(crate) keep_last: Option<u32>,
    pub(crate) ttl_seconds: Option<u32>,
}

/// As it is kept.
pub(super) struct CheckedWorkflow {
    pub(super) name: Option<String>,
    pub(super) description: String,
    pub(super) config: Value,
    pub(super) options: WorkflowOptions,
}

pub(super) fn check(raw: &RawWorkflow) -> (CheckedWorkflow, Faults) {
    let mut faults = check_change(&WorkflowChange {
        name: raw.name.clone(),
        description: raw.description.clone(),
        is_public: None,
        priority: raw.priority,
    });
    let config = read_object("config", &raw.config, &mut faults);

    let key = raw.concurrency_key.clone();
    if key.as_ref().is_some_and(|key| {
        key.is_empty() || key.len() > 100 || !key.bytes().all(|byte| byte.is_ascii_graphic())
    }) {
        faults.add("concurrency_key", "1 to 100 visible ASCII characters");
    }
    if raw.keep_last.is_some_and(|keep| !(1..=1000).contains(&keep)) {
        faults.add("keep_last", "1 to 1000");
    }
    if raw
        .ttl_seconds
        .is_some_and(|ttl| !(60..=2_592_000).contains(&ttl))
    {
        faults.add("ttl_seconds", "60 to 2592000");
    }

    let checked = CheckedWorkflow {
        name: raw.name.as_deref().map(|name| name.trim().to_owned()),
        description: raw.description.clone().unwrap_or_default(),
        config: Value::Object(config),
        options: WorkflowOptions {
            priority: raw.priority.unwrap_or_default(),
            concurrency_key: key,
            keep_last: raw.keep_last,
            ttl_seconds: raw.ttl_seconds,
        },
    };
    (checked, faults)
}

pub(super) fn check_change(change: &WorkflowChange) -> Faults {
    let mut faults = Faults::default();
    if change.name.as_deref().is_some_and(|name| !is_name(name)) {
        faults.add("name", "1 to 200 characters on one line");
    }
    if change
        .description
        .as_deref()
        .is_some_and(|text| text.chars().count() > DESCRIPTION_MAX || text.contains('\0'))
    {
        faults.add("description", "at most 4000 characters");
    }
    if change
        .priority
        .is_some_and(|priority| !(-100..=100).contains(&priority))
    {
        faults.add("priority", "-100 to 100");
    }

    faults
}

pub(super) fn is_name(name: &str) -> bool {
    let name = name.trim();
    !name.is_empty() && name.chars().count() <= NAME_MAX && !name.chars().any(char::is_control)
}

/// A JSON object from its text; empty for an empty text.
pub(crate) fn read_object(field: &str, text: &str, faults: &mut Faults) -> Map<String, Value> {
    if text.len() > JSON_MAX {
        faults.add(field, "at most 1 MiB");
        return Map::new();
    }
    if text.trim().is_empty() {
        return Map::new();
    }

    match serde_json::from_str(text) {
        Ok(Value::Object(map)) if !text.contains("\\u0000") => map,
        _ => {
            faults.add(field, "a JSON object without NUL characters");
            Map::new()
        }
    }
}

/// As it was sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct RawFilter {
    pub(crate) statuses: Vec<WorkflowStatus>,
    pub(crate) types: Vec<String>,
    pub(crate) search: String,
    pub(crate) created_after: Option<chrono::DateTime<chrono::Utc>>,
    pub(crate) created_before: Option<chrono::DateTime<chrono::Utc>>,
    pub(crate) failed_node: Option<String>,
    pub(crate) ids: Vec<String>,
}

/// # Errors
/// All wrong fields.
pub(crate) fn parse_filter(raw: RawFilter) -> Result<WorkflowFilter, StoryError> {
    let mut faults = Faults::default();
    if raw.search.chars().count() > SEARCH_MAX || raw.search.contains('\0') {
        faults.add("filter.search", "at most 200 characters");
    }
    if raw.types.len() > 100
        || raw
            .types
            .iter()
            .any(|name| name.len() > 100 || name.contains([',', '\0']))
    {
        faults.add("filter.workflow_types", "at most 100 names of types");
    }
    if raw
        .failed_node
        .as_ref()
        .is_some_and(|node| node.len() > 600 || node.contains('\0'))
    {
        faults.add("filter.failed_node", "the name of a node");
    }
    let ids: Vec<Uuid> = raw.ids.iter().filter_map(|id| Uuid::try_parse(id).ok()).collect();
    if raw.ids.len() > 1000 || ids.len() != raw.ids.len() {
        faults.add("filter.ids", "at most 1000 ids of workflows");
    }
    if !faults.is_empty() {
        return Err(StoryError::Invalid { fields: faults.0 });
    }

    let words = raw.search.to_lowercase();
    Ok(WorkflowFilter {
        statuses: raw.statuses,
        types: raw.types,
        words: words.split_whitespace().take(20).map(str::to_owned).collect(),
        created_after: raw.created_after,
        created_before: raw.created_before,
        failed_node: raw.failed_node,
        ids,
        executed: false,
    })
}
