//! What a run is asked with, as LangGraph's clients send it.

use proto::v1::{CreateThreadRunRequest, MultitaskStrategy};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::{states::CheckpointRef, write_fields};
use crate::{
    error::ApiError,
    view::langgraph::events::{StreamMode, StreamModes},
};

/// Names in a `configurable` that are the server's own.
const OWN_NAMES: [&str; 5] = [
    "thread_id",
    "run_id",
    "checkpoint_id",
    "checkpoint_ns",
    "assistant_id",
];

/// One mode or many.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(try_from = "Value")]
#[schema(value_type = Vec<StreamMode>)]
struct StreamModeList(#[schema(inline)] Vec<StreamMode>);

impl TryFrom<Value> for StreamModeList {
    type Error = String;

    fn try_from(modes: Value) -> Result<Self, String> {
        let modes = match modes {
            Value::Array(modes) => modes,
            one => vec![one],
        };
        let modes: Result<Vec<StreamMode>, _> = modes.into_iter().map(serde_json::from_value).collect();
        modes.map(Self).map_err(|_| {
            format!(
                "expected one or several of {}",
                StreamModes::ALL.names().join(", ")
            )
        })
    }
}

/// What becomes of a busy thread.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Strategy {
    /// The new run begins after those that work.
    #[default]
    Enqueue,
    /// 409.
    Reject,
    /// Those that work are stopped.
    Interrupt,
    /// Those that work are stopped and left out.
    Rollback,
}

impl Strategy {
    pub(super) fn to_number(self) -> i32 {
        match self {
            Self::Enqueue => MultitaskStrategy::Enqueue,
            Self::Reject => MultitaskStrategy::Reject,
            Self::Interrupt => MultitaskStrategy::Interrupt,
            Self::Rollback => MultitaskStrategy::Rollback,
        }
        .into()
    }
}

/// What becomes of a thread that does not exist.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum IfNotExists {
    /// 404.
    #[default]
    Reject,
    /// It is made.
    Create,
}

/// What becomes of a run whose client goes away.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum OnDisconnect {
    /// It is stopped.
    Cancel,
    /// It goes on.
    #[default]
    Continue,
}

/// What becomes of a thread that was made for one run.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum OnCompletion {
    /// It is deleted.
    Delete,
    /// It is kept.
    Keep,
}

/// An answer to what is asked, changes of values, nodes to go on at.
#[derive(Default, Deserialize, ToSchema)]
struct CommandBody {
    /// The answer, or an object of answers by the ids of what asks.
    #[schema(value_type = Option<Object>)]
    resume: Option<Value>,
    /// Values that are changed first.
    #[schema(value_type = Option<Object>)]
    update: Option<Value>,
    /// A node of the graph, or several.
    #[schema(value_type = Option<Object>)]
    goto: Option<Value>,
}

#[derive(Clone, Default, Deserialize, ToSchema)]
pub(super) struct ConfigBody {
    #[schema(value_type = Option<Object>)]
    configurable: Option<Map<String, Value>>,
}

/// A run to begin. Fields that are not named here are taken and change nothing.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({ "assistant_id": "research", "input": { "question": "What is a quorum?",
    "documents": [{ "text": "A quorum is a majority of the voters." }] }, "stream_mode": ["values", "updates"] }))]
pub(crate) struct RunBody {
    /// An assistant's id, or the name of its graph.
    assistant_id: String,
    /// An object: it is added to the thread's values, and the graph begins. Without one the thread goes on where it stands.
    #[schema(value_type = Option<Object>)]
    input: Option<Value>,
    #[schema(inline)]
    command: Option<CommandBody>,
    #[schema(inline)]
    config: Option<ConfigBody>,
    /// What the workflow's config is given.
    #[schema(value_type = Option<Object>)]
    context: Option<Map<String, Value>>,
    #[schema(value_type = Option<Object>)]
    metadata: Option<Map<String, Value>>,
    /// Default: `values`.
    #[schema(inline)]
    stream_mode: Option<StreamModeList>,
    /// Where to begin; default: the newest state.
    #[schema(inline)]
    checkpoint: Option<CheckpointRef>,
    checkpoint_id: Option<String>,
    #[schema(inline)]
    multitask_strategy: Option<Strategy>,
    #[schema(inline)]
    if_not_exists: Option<IfNotExists>,
    #[schema(inline)]
    on_disconnect: Option<OnDisconnect>,
    #[schema(inline)]
    on_completion: Option<OnCompletion>,
    /// Seconds until it begins: at most 30 days.
    after_seconds: Option<f64>,
    /// An https address that is told how it ended: the run, with `values` and, where it failed, `error`.
    webhook: Option<String>,
    /// Nodes before which it stops, or `*` for each of them. A run without an input goes on.
    #[schema(inline)]
    interrupt_before: Option<NodeList>,
    /// Nodes behind which it stops, or `*` for each of them.
    #[schema(inline)]
    interrupt_after: Option<NodeList>,
}

/// Some nodes, or all of them.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(try_from = "Value")]
#[schema(value_type = Vec<String>)]
pub(super) struct NodeList(Vec<String>);

impl TryFrom<Value> for NodeList {
    type Error = &'static str;

    fn try_from(nodes: Value) -> Result<Self, Self::Error> {
        let expected = "expected a list of nodes, or *";
        match nodes {
            Value::String(all) if all == "*" => Ok(Self(vec![all])),
            Value::Array(nodes) => {
                let names = nodes.into_iter().map(|node| match node {
                    Value::String(name) => Ok(name),
                    _ => Err(expected),
                });
                names.collect::<Result<_, _>>().map(Self)
            }
            _ => Err(expected),
        }
    }
}

impl NodeList {
    pub(super) fn names(list: Option<&Self>) -> Vec<String> {
        list.map(|list| list.0.clone()).unwrap_or_default()
    }

    /// As it was sent.
    pub(super) fn echo(list: Option<&Self>) -> Value {
        match list.map(|list| &list.0[..]) {
            None => Value::Null,
            Some([all]) if all == "*" => json!(all),
            Some(names) => json!(names),
        }
    }
}

impl RunBody {
    pub(super) fn modes(&self) -> StreamModes {
        match &self.stream_mode {
            None => StreamModes::from(&[StreamMode::Values][..]),
            Some(StreamModeList(modes)) => StreamModes::from(&modes[..]),
        }
    }

    pub(super) fn cancels_on_disconnect(&self) -> bool {
        self.on_disconnect == Some(OnDisconnect::Cancel)
    }

    /// For longer than somebody waits for the run: also one whose end is told to somebody, for it is what is told of.
    pub(super) fn keeps_thread(&self) -> bool {
        self.on_completion == Some(OnCompletion::Keep) || self.webhook.is_some()
    }

    /// What the services are asked for: a run of this thread, or of one that is made for it.
    pub(super) fn into_request(self, thread_id: Option<String>) -> Result<CreateThreadRunRequest, ApiError> {
        let kwargs = self.echo();
        let command = self.command.unwrap_or_default();
        let input = match self.input {
            None | Some(Value::Null) => None,
            Some(input @ Value::Object(_)) => Some(input.to_string()),
            Some(_) => return Err(ApiError::field("input", "type_error", "expected an object")),
        };
        let configurable = self
            .config
            .as_ref()
            .and_then(|config| config.configurable.as_ref());
        let own = configurable.and_then(|fields| fields.get("checkpoint_id"));
        let own = own.and_then(Value::as_str).map(str::to_owned);
        let named = self.checkpoint.and_then(|checkpoint| checkpoint.checkpoint_id);
        let checkpoint_id = named.or(self.checkpoint_id).or(own);
        let config = merge_config(self.config, self.context);

        Ok(CreateThreadRunRequest {
            interrupt_before: NodeList::names(self.interrupt_before.as_ref()),
            interrupt_after: NodeList::names(self.interrupt_after.as_ref()),
            create_thread: self.if_not_exists == Some(IfNotExists::Create),
            delete_thread: thread_id.is_none() && self.on_completion != Some(OnCompletion::Keep),
            thread_id,
            assistant_id: self.assistant_id,
            input,
            resume: command.resume.map(|resume| resume.to_string()),
            update: read_update(command.update)?,
            goto: read_goto(command.goto)?,
            config: Value::Object(config).to_string(),
            metadata: write_fields(self.metadata),
            kwargs,
            strategy: self.multitask_strategy.unwrap_or_default().to_number(),
            checkpoint_id,
            after_seconds: self
                .after_seconds
                .map_or(0, |seconds| seconds.clamp(0.0, f64::from(u32::MAX)).ceil() as u32),
            webhook: self.webhook,
            worker_share: None,
        })
    }

    /// What runs say that they were asked with.
    fn echo(&self) -> String {
        let command = self.command.as_ref().map(
            |command| json!({ "resume": command.resume, "update": command.update, "goto": command.goto }),
        );
        let configurable = self
            .config
            .as_ref()
            .and_then(|config| config.configurable.clone());

        json!({
            "input": self.input,
            "command": command,
            "config": { "configurable": configurable.unwrap_or_default() },
            "context": self.context.clone().unwrap_or_default(),
            "stream_mode": self.modes().names(),
            "interrupt_before": NodeList::echo(self.interrupt_before.as_ref()),
            "interrupt_after": NodeList::echo(self.interrupt_after.as_ref()),
            "webhook": self.webhook,
            "temporary": false,
            "subgraphs": false,
            "resumable": true,
            "durability": "sync",
        })
        .to_string()
    }
}

/// What a workflow's config is given: what is in the config, and the context.
pub(super) fn merge_config(
    config: Option<ConfigBody>,
    context: Option<Map<String, Value>>,
) -> Map<String, Value> {
    let configurable = config.and_then(|config| config.configurable);
    let mut merged = configurable.unwrap_or_default();
    merged.retain(|name, _| !OWN_NAMES.contains(&name.as_str()) && !name.starts_with("__"));
    merged.extend(context.unwrap_or_default());

    merged
}

/// An object, or the pairs of one.
fn read_update(update: Option<Value>) -> Result<Option<String>, ApiError> {
    let wrong = || {
        ApiError::field(
            "command.update",
            "type_error",
            "expected an object, or a list of names with values",
        )
    };

    match update {
        None | Some(Value::Null) => Ok(None),
        Some(update @ Value::Object(_)) => Ok(Some(update.to_string())),
        Some(Value::Array(pairs)) => {
            let pair = |pair: &Value| match pair.as_array().map(Vec::as_slice) {
                Some([Value::String(name), value]) => Some((name.clone(), value.clone())),
                _ => None,
            };
            let fields: Option<Map<String, Value>> = pairs.iter().map(pair).collect();
            fields
                .map(|fields| Some(Value::Object(fields).to_string()))
                .ok_or_else(wrong)
        }
        Some(_) => Err(wrong()),
    }
}

/// A node, or several. What is sent to a node with values of its own can't be had here.
fn read_goto(goto: Option<Value>) -> Result<Vec<String>, ApiError> {
    let nodes = match goto {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(nodes)) => nodes,
        Some(node) => vec![node],
    };
    let names: Option<Vec<String>> = nodes
        .iter()
        .map(|node| node.as_str().map(str::to_owned))
        .collect();

    names.ok_or_else(|| {
        ApiError::field(
            "command.goto",
            "type_error",
            "expected the name of a node, or a list of names",
        )
    })
}
