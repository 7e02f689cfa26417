//! What each kind of node does. A value is worked out from what the node's definition knows; what is done outside (agents,
//! calls, the clock) goes through the journal.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use flow::{NodeError, Reply};
use serde_json::{Value, json};

use super::definition::{Node, NodeKind};
use super::expression::{ExpressionError, Known, evaluate, fill, fill_text, holds};
use super::make_story::make_story;
use super::native;
use super::remember::handle_items;
use super::state::WorkflowUpdate;
use super::{WorkflowNode, engine_name};
use crate::clients::outgoing::{OutgoingError, OutgoingRequest};
use crate::graphs::node_context::AgentAnswer;

/// Steps of one run: whoever goes round in a circle for longer does so for ever.
const STEPS_MAX: u64 = 10_000;
/// Characters of one node's value.
const VALUE_MAX: usize = 1024 * 1024;
/// Characters of all values.
const VALUES_MAX: usize = 4 * 1024 * 1024;
/// Of one fan-out that tells stories: each is minutes of work, and who asks for them one by one is counted.
const STORIES_MAX: usize = 20;
/// Larger updates are told without their value.
const TOLD_MAX: usize = 64 * 1024;

/// What a node may speak of.
struct Around {
    input: Value,
    values: Value,
    config: Value,
    item: Value,
    index: Value,
    workflow: Value,
}

impl Around {
    fn of(work: &WorkflowNode, node: &Node) -> Result<Self, NodeError> {
        let state = &work.state;
        let scope = state.scopes.get(&node.scope);
        let item = work.context.item::<(usize, Value)>().ok();
        let (index, item) = match item.or_else(|| state.item_of(&node.kind)) {
            Some((index, item)) => (json!(index), item),
            None => (Value::Null, Value::Null),
        };

        let values = json!(scope.map(|scope| &scope.values));
        if size_of(&values) > VALUES_MAX {
            return Err(NodeError::fatal(
                "The values of this workflow are over 4 MiB. Keep large things elsewhere and their names here.",
            ));
        }

        Ok(Self {
            input: scope.map_or(Value::Null, |scope| scope.input.clone()),
            values,
            config: state.config.clone(),
            item,
            index,
            workflow: json!({ "id": state.workflow_id, "run_id": work.context.run_id() }),
        })
    }

    fn known(&self) -> [(&'static str, &Value); 6] {
        [
            ("input", &self.input),
            ("values", &self.values),
            ("config", &self.config),
            ("item", &self.item),
            ("index", &self.index),
            ("workflow", &self.workflow),
        ]
    }
}

pub(super) async fn run(work: Arc<WorkflowNode>) -> Result<WorkflowUpdate, NodeError> {
    let id = work.context.node().to_owned();
    if work.context.step() > STEPS_MAX {
        return Err(NodeError::fatal(format!(
            "It took more than {STEPS_MAX} steps and was stopped."
        )));
    }

    let definition = Arc::clone(&work.state.definition);
    let node = definition
        .find(&id)
        .ok_or_else(|| NodeError::fatal(format!("There is no node {id} any more.")))?;
    let node = &*node;
    let around = Around::of(&work, node)?;
    let known = &around.known()[..];

    let update = perform(&work, node, known).await?;
    tell(&work, node, known, &update)?;

    Ok(update)
}

async fn perform(
    work: &Arc<WorkflowNode>,
    node: &Node,
    known: &Known<'_>,
) -> Result<WorkflowUpdate, NodeError> {
    let at = |field: &'static str| move |error: ExpressionError| wrong(node, field, &error);

    match &node.kind {
        NodeKind::Agent { agent, input } => {
            let input = fill(input, known).map_err(at("input"))?;
            started(work).await?;
            let answer: AgentAnswer<Value> = work.context.once("answer", || work.ask(agent, &input)).await?;
            keep(work, node, answer.output)
        }
        NodeKind::Transform { value } => keep(work, node, fill(value, known).map_err(at("value"))?),
        NodeKind::Native { function, input } => {
            let input = fill(input, known).map_err(at("input"))?;
            keep(
                work,
                node,
                native::call(function, &input).map_err(NodeError::fatal)?,
            )
        }
        NodeKind::Question { .. } => question(work, node, known).await,
        NodeKind::Branch { cases, otherwise } => {
            let mut way = otherwise;
            for case in cases {
                if holds(&case.when, known).map_err(at("cases"))? {
                    way = &case.next;
                    break;
                }
            }
            Ok(pick(node, way))
        }
        NodeKind::FanOut { items, each, .. } => {
            let Value::Array(items) = evaluate(items, known).map_err(at("items"))? else {
                return Err(NodeError::fatal(format!("{}: `items` is not a list.", node.id)));
            };
            let definition = &work.state.definition;
            let target = definition.node(each);
            let most = target.map_or(1, |target| definition.items_max(target));
            if items.len() > most {
                return Err(NodeError::fatal(format!("{}: more than {most} items.", node.id)));
            }
            let tells = target.is_some_and(|target| matches!(target.kind, NodeKind::Story { .. }));
            if tells && items.len() > STORIES_MAX {
                return Err(NodeError::fatal(format!(
                    "{}: more than {STORIES_MAX} stories.",
                    node.id
                )));
            }

            Ok(WorkflowUpdate::Walk {
                node: node.id.clone(),
                items,
                scope: node.scope.clone(),
                name: target.map_or(each, |target| &target.output).clone(),
            })
        }
        NodeKind::Join { .. } | NodeKind::PerItem { .. } => Ok(WorkflowUpdate::Nothing),
        NodeKind::Wait { seconds, until } => {
            let until = match until {
                Some(until) => parse_time(node, &evaluate(until, known).map_err(at("until"))?)?,
                None => until_in(work, seconds.unwrap_or_default()).await?,
            };
            if work.tools.clock.now() < until {
                return Err(NodeError::sleep(until));
            }
            Ok(WorkflowUpdate::Nothing)
        }
        NodeKind::Http { .. } => {
            let request = request(node, known)?;
            started(work).await?;
            let call = || async { work.tools.outgoing.call(request).await.map_err(refused) };
            keep(work, node, work.context.once("call", call).await?)
        }
        NodeKind::Item { .. } => {
            let handle = || handle_items(work, node, known);
            keep(work, node, work.context.once("item", handle).await?)
        }
        NodeKind::Story { request } => {
            let request = fill(request, known).map_err(at("request"))?;
            keep(work, node, make_story(work, node, &request).await?)
        }
        NodeKind::Enter { scope, input, .. } => Ok(WorkflowUpdate::Enter {
            scope: scope.clone(),
            input: fill(input, known).map_err(at("input"))?,
        }),
        NodeKind::Leave { scope, output, .. } => leave(work, node, scope, output.as_ref()),
        NodeKind::Workflow { .. } => Err(NodeError::fatal(format!("{}: it was not put in place.", node.id))),
    }
}

async fn question(
    work: &Arc<WorkflowNode>,
    node: &Node,
    known: &Known<'_>,
) -> Result<WorkflowUpdate, NodeError> {
    let NodeKind::Question {
        prompt,
        reason,
        value,
        schema,
        expires_in_seconds,
        on_decline,
    } = &node.kind
    else {
        return Ok(WorkflowUpdate::Nothing);
    };

    let prompt = fill_text(prompt, known).map_err(|error| wrong(node, "prompt", &error))?;
    let value = value.as_ref().map(|value| fill(value, known)).transpose();
    let value = value.map_err(|error| wrong(node, "value", &error))?;
    let expires_at = match expires_in_seconds {
        Some(seconds) => Some(until_in(work, *seconds).await?),
        None => None,
    };
    let asked = json!({
        "reason": reason,
        "prompt": prompt,
        "value": value,
        "response_schema": schema,
        "expires_at": expires_at.map(|at| at.to_rfc3339()),
    });

    let reply = work.context.inquire(asked).await?;
    let answer = match &reply {
        Reply::Answer(answer) => answer.clone(),
        Reply::Decline | Reply::Expire => Value::Null,
    };
    let told = json!({
        "answer": answer,
        "declined": !matches!(reply, Reply::Answer(_)),
        "expired": matches!(reply, Reply::Expire),
    });
    let kept = keep(work, node, told)?;

    let Some(declined) = on_decline else {
        return Ok(kept);
    };
    let ways: Vec<String> = match reply {
        Reply::Answer(_) if node.next.is_empty() => vec![flow::END.to_owned()],
        Reply::Answer(_) => node.next.iter().map(|next| engine_name(next)).collect(),
        Reply::Decline | Reply::Expire => vec![engine_name(declined)],
    };
    let node = node.id.clone();

    Ok(WorkflowUpdate::All(vec![
        kept,
        WorkflowUpdate::Pick { node, ways },
    ]))
}

/// The output of a definition that was called, worked out from its own values, becomes a value of who called it.
fn leave(
    work: &WorkflowNode,
    node: &Node,
    scope: &str,
    output: Option<&Value>,
) -> Result<WorkflowUpdate, NodeError> {
    let called = work.state.scopes.get(scope);
    let input = called.map_or(Value::Null, |called| called.input.clone());
    let values = json!(called.map(|called| &called.values));
    let known: &Known<'_> = &[
        ("input", &input),
        ("config", &work.state.config),
        ("values", &values),
    ];

    let value = match output {
        Some(template) => fill(template, known).map_err(|error| wrong(node, "output", &error))?,
        None => values.clone(),
    };
    keep(work, node, value)
}

/// The node's value, where it belongs.
fn keep(work: &WorkflowNode, node: &Node, value: Value) -> Result<WorkflowUpdate, NodeError> {
    if size_of(&value) > VALUE_MAX {
        return Err(NodeError::fatal(format!(
            "{}: its value is over 1 MiB. Keep large things elsewhere and their names here.",
            node.id
        )));
    }

    let (scope, name) = (node.scope.clone(), node.output.clone());
    let item = work.context.item::<(usize, Value)>().ok();
    let index = match &node.kind {
        NodeKind::Leave { of: Some(of), .. } => Some(of.index),
        _ => item.map(|(index, _)| index),
    };
    Ok(match index {
        Some(index) => WorkflowUpdate::SetItem {
            scope,
            name,
            index,
            value,
        },
        None => WorkflowUpdate::Set { scope, name, value },
    })
}

fn pick(node: &Node, way: &str) -> WorkflowUpdate {
    WorkflowUpdate::Pick {
        node: node.id.clone(),
        ways: vec![engine_name(way)],
    }
}

/// So many seconds after the node first ran.
async fn until_in(work: &WorkflowNode, seconds: u64) -> Result<DateTime<Utc>, NodeError> {
    let seconds = Duration::seconds(i64::try_from(seconds).unwrap_or(i64::MAX / 2_000));
    let now = work.tools.clock.now();
    work.context
        .once("until", || async {
            Ok(now.checked_add_signed(seconds).unwrap_or(now))
        })
        .await
}

fn parse_time(node: &Node, value: &Value) -> Result<DateTime<Utc>, NodeError> {
    let text = value.as_str().unwrap_or_default();
    DateTime::parse_from_rfc3339(text)
        .map(|at| at.to_utc())
        .map_err(|_| {
            NodeError::fatal(format!(
                "{}: `until` is not a time like 2026-11-27T10:00:00Z.",
                node.id
            ))
        })
}

fn request(node: &Node, known: &Known<'_>) -> Result<OutgoingRequest, NodeError> {
    let NodeKind::Http {
        url,
        method,
        headers,
        body,
    } = &node.kind
    else {
        return Err(NodeError::fatal(format!("{}: it calls nothing.", node.id)));
    };

    let text = |field: &'static str, template: &str| {
        fill_text(template, known).map_err(|error| wrong(node, field, &error))
    };
    let mut filled = Vec::with_capacity(headers.len());
    for (name, value) in headers {
        filled.push((name.clone(), text("headers", value)?));
    }
    let body = body.as_ref().map(|body| fill(body, known)).transpose();

    Ok(OutgoingRequest {
        method: method.clone(),
        url: text("url", url)?,
        headers: filled,
        body: body.map_err(|error| wrong(node, "body", &error))?,
    })
}

fn refused(error: OutgoingError) -> NodeError {
    let message = error.to_string();
    match error.may_pass() {
        true => NodeError::retryable(message).caused_by(error),
        false => NodeError::fatal(message).caused_by(error),
    }
}

fn wrong(node: &Node, field: &str, error: &ExpressionError) -> NodeError {
    NodeError::fatal(format!("{}: `{field}` expected {error}.", node.id))
}

/// What may take long says that it has begun.
async fn started(work: &WorkflowNode) -> Result<(), NodeError> {
    let task = task(work, "started");
    work.context.emit("task", task).await
}

/// What is said with the step's commit.
fn tell(
    work: &WorkflowNode,
    node: &Node,
    known: &Known<'_>,
    update: &WorkflowUpdate,
) -> Result<(), NodeError> {
    let mut told = task(work, "succeeded");
    work.context.emit_on_commit("task", &told)?;

    let value = match update {
        WorkflowUpdate::Set { value, .. } | WorkflowUpdate::SetItem { value, .. } => Some(value),
        WorkflowUpdate::All(parts) => parts.iter().find_map(|part| match part {
            WorkflowUpdate::Set { value, .. } | WorkflowUpdate::SetItem { value, .. } => Some(value),
            _ => None,
        }),
        _ => None,
    };
    if let (Some(value), Some(told)) = (value, told.as_object_mut()) {
        told.remove("state");
        if size_of(value) > TOLD_MAX {
            told.insert("truncated".to_owned(), json!(true));
        } else {
            told.insert("update".to_owned(), json!({ &node.output: value }));
        }
        work.context.emit_on_commit("update", told)?;
    }

    if let (NodeKind::Agent { agent, .. }, Some(Value::String(text))) = (&node.kind, value) {
        let message = json!({ "node": node.id, "agent": agent, "text": text });
        work.context.emit_on_commit("message", message)?;
    }
    if let Some(emit) = &node.emit {
        let data = fill(emit, known).map_err(|error| wrong(node, "emit", &error))?;
        work.context
            .emit_on_commit("custom", json!({ "node": node.id, "data": data }))?;
    }

    let first = work
        .context
        .item::<(usize, Value)>()
        .map_or(true, |(index, _)| index == 0);
    if first {
        let checkpoint = json!({ "step": work.context.step(), "node": node.id });
        work.context.emit_on_commit("checkpoint", checkpoint)?;
    }

    Ok(())
}

fn task(work: &WorkflowNode, state: &str) -> Value {
    let index = work.context.item::<(usize, Value)>().ok().map(|(index, _)| index);
    let mut task = json!({ "node": work.context.node(), "step": work.context.step(), "state": state });
    if let Some(index) = index {
        task["item"] = index.into();
    }

    task
}

/// Bytes of its text.
fn size_of(value: &Value) -> usize {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let mut count = Count(0);
    // Writing into a count can not fail.
    let _ = serde_json::to_writer(&mut count, value);
    count.0
}
