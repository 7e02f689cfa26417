//! What a workflow remembers beyond its run: nodes that write, read, delete and search its owner's items.

use flow::NodeError;
use kit::error::ServiceError;
use serde_json::{Value, json};

use super::WorkflowNode;
use super::definition::{ItemAction, Node, NodeKind};
use super::expression::{ExpressionError, Known, fill, fill_text};
use crate::domain::item::Item;
use crate::domain::items::{PutItem, RawItemQuery};
use crate::error::StoryError;

/// The node's value: the item for what was written or read (null when there is none), whether there was one for what was deleted,
/// a list for a search.
pub(super) async fn handle_items(
    work: &WorkflowNode,
    node: &Node,
    known: &Known<'_>,
) -> Result<Value, NodeError> {
    let NodeKind::Item {
        action,
        namespace,
        key,
        value,
        ttl_seconds,
        filter,
        text,
        limit,
    } = &node.kind
    else {
        return Ok(Value::Null);
    };

    let wrong = |field: &'static str| {
        move |error: ExpressionError| NodeError::fatal(format!("{}: `{field}` expected {error}.", node.id))
    };
    let mut parts = Vec::with_capacity(namespace.len());
    for part in namespace {
        parts.push(fill_text(part, known).map_err(wrong("namespace"))?);
    }
    let key = fill_text(key.as_deref().unwrap_or_default(), known).map_err(wrong("key"))?;
    let filled = |template: Option<&Value>, field: &'static str| {
        let filled = template.map(|template| fill(template, known)).transpose();
        filled.map(Option::unwrap_or_default).map_err(wrong(field))
    };

    let (items, owner) = (&work.tools.items, work.state.actor.user_id);
    let done = match action {
        ItemAction::Put => {
            let put = PutItem {
                value: filled(value.as_ref(), "value")?,
                namespace: parts,
                key,
                ttl_seconds: *ttl_seconds,
            };
            items.put(owner, put).await.map(show)
        }
        ItemAction::Get => match items.get(owner, &parts, &key).await {
            Err(StoryError::ItemNotFound) => Ok(Value::Null),
            found => found.map(show),
        },
        ItemAction::Delete => match items.delete(owner, &parts, &key).await {
            Err(StoryError::ItemNotFound) => Ok(json!(false)),
            deleted => deleted.map(|()| json!(true)),
        },
        ItemAction::Search => {
            let query = RawItemQuery {
                filter: filled(filter.as_ref(), "filter")?,
                text: fill_text(text.as_deref().unwrap_or_default(), known).map_err(wrong("text"))?,
                namespace: parts,
                limit: *limit,
                offset: 0,
            };
            let found = items.search(owner, query).await;
            found.map(|found| found.into_iter().map(show).collect())
        }
    };

    done.map_err(|error| refuse(node, error))
}

fn show(item: Item) -> Value {
    json!({
        "namespace": item.namespace,
        "key": item.key,
        "value": item.value,
        "updated_at": item.updated_at.to_rfc3339(),
    })
}

/// A store that does not answer is worth another attempt; a mistake in the definition is not.
fn refuse(node: &Node, error: StoryError) -> NodeError {
    if error.kind().is_ours() {
        return NodeError::retryable("What is remembered could not be reached.").caused_by(error);
    }
    NodeError::fatal(format!("{}: {error}", node.id))
}
