//! Anything by its id alone, as Relay finds things again; and the codes of errors.

use std::collections::HashMap;

use async_graphql::{Context, Object, Result, resolver_utils::EnumType};
use uuid::Uuid;

use crate::{
    error::ApiError,
    graphql::{
        Ask,
        object::{
            account::{ApiKey, Session},
            error_code::ErrorCode,
            node::Node,
            run::Run,
            story::Story,
            viewer::Viewer,
            workflow::Workflow,
        },
        scalar::IdInput,
    },
    identity::{ScopeName, scope_allows},
    operation::{
        api_keys::ListApiKeys,
        nodes::{FindNode, FindNodes, FoundNodes},
        sessions::ListSessions,
    },
};

/// Ids that one field takes: not many more than a list without a length counts for.
const MOST_IDS: usize = 20;

#[derive(Default)]
pub(crate) struct NodesQuery;

#[Object]
impl NodesQuery {
    /// The thing with this id; null when there is none that you may see.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of a story, a run, a workflow, a session, an API key, or your own.")]
        id: IdInput,
    ) -> Result<Option<Node>> {
        let door = ctx.door().await?;
        let Some(id) = id.uuid() else {
            return Ok(None);
        };
        let found = door.perform(FindNode { id }).await?;

        Ok(read_nodes(ctx, &[Some(id)], found).await?.pop().flatten())
    }

    /// The things with these ids, in this order; null for those that there are not, or that you may not see.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most 20 ids, as `node(id:)` takes them.")] ids: Vec<IdInput>,
    ) -> Result<Vec<Option<Node>>> {
        let door = ctx.door().await?;
        if ids.len() > MOST_IDS {
            let expected = format!("expected at most {MOST_IDS} ids");
            return Err(ctx.fail(ApiError::field("ids", "value_error", expected)));
        }

        let ids: Vec<_> = ids.iter().map(IdInput::uuid).collect();
        let known = ids.iter().flatten().copied().collect();
        let found = door.perform(FindNodes { ids: known }).await?;

        read_nodes(ctx, &ids, found).await
    }

    /// Every code that `extensions.code` of an error can have; the descriptions of its values say what they mean.
    async fn error_codes(&self) -> Vec<ErrorCode> {
        ErrorCode::items().iter().map(|item| item.value).collect()
    }
}

/// What was found, each under its id; what is the asker's account is looked up where something is still missing.
async fn read_nodes(ctx: &Context<'_>, ids: &[Option<Uuid>], found: FoundNodes) -> Result<Vec<Option<Node>>> {
    let mut known = HashMap::new();
    for story in found.stories {
        known.insert(story.id.clone(), Node::Story(Story::new(story)));
    }
    for run in found.runs {
        known.insert(run.id.clone(), Node::Run(Run::new(run)));
    }

    for workflow in found.workflows {
        known.insert(workflow.id.clone(), Node::Workflow(Workflow::new(workflow)));
    }

    let is_missing = |known: &HashMap<String, Node>| {
        let mut ids = ids.iter().flatten();
        ids.any(|id| !known.contains_key(&id.to_string()))
    };
    if is_missing(&known) {
        let me = &ctx.asker().call;
        let id = me.actor.user_id.to_string();
        known.insert(id, Node::Viewer(Viewer(me.clone())));
    }
    if is_missing(&known) {
        add_account(ctx, &mut known).await?;
    }

    // An id may be there twice, and what it names only once.
    let mut nodes = Vec::with_capacity(ids.len());
    for id in ids {
        nodes.push(id.and_then(|id| known.get(&id.to_string()).map(Node::share)));
    }

    Ok(nodes)
}

/// Sessions and keys of whoever asks, when that is somebody who may see them.
async fn add_account(ctx: &Context<'_>, known: &mut HashMap<String, Node>) -> Result<()> {
    let me = &ctx.asker().call;
    if !me.auth_method.is_signed_in() || !scope_allows(&me.actor.scopes, ScopeName::AccountRead) {
        return Ok(());
    }

    for session in ctx.door().await?.perform(ListSessions).await? {
        known.insert(session.id.clone(), Node::Session(Session(session)));
    }
    if !me.actor.guest {
        for key in ctx.door().await?.perform(ListApiKeys).await? {
            known.insert(key.id.clone(), Node::ApiKey(ApiKey(key)));
        }
    }

    Ok(())
}
