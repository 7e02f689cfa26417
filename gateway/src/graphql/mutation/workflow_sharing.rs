//! Workflows handed on: forked, imported and shared; and the definitions that they are made of.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use proto::v1::{
    DeleteDefinitionRequest, ForkWorkflowRequest, ImportWorkflowRequest, PutDefinitionRequest,
    RevokeWorkflowShareRequest, ShareWorkflowRequest,
};

use crate::{
    error::ApiError,
    graphql::{
        Ask,
        object::{
            workflow::{Workflow, WorkflowShare},
            workflow_definition::WorkflowDefinition,
        },
        scalar::{DateTimeInput, Id, IdInput, Json},
    },
    operation::workflows::{
        ForkWorkflow, ImportWorkflow, RevokeWorkflowShare, ShareWorkflow,
        definitions::{DeleteDefinition, PutDefinition},
    },
    rest::workflows::{checkpoints::parse_checkpoint, steer::parse_time},
};

#[derive(Default)]
pub(crate) struct WorkflowSharingMutation;

/// The workflow to copy, and where to begin.
#[derive(InputObject)]
struct ForkWorkflowInput {
    /// The id of the workflow to copy.
    source_id: IdInput,
    /// The id of the checkpoint to begin at; the beginning when left out.
    checkpoint_id: Option<String>,
    /// A name for the copy.
    name: Option<String>,
    /// The token of a link, for a workflow of somebody else's.
    share_token: Option<String>,
}

/// The copy that was made.
#[derive(SimpleObject)]
struct ForkWorkflowPayload {
    /// The new workflow, which does not run yet.
    workflow: Workflow,
}

/// The workflow that was imported.
#[derive(SimpleObject)]
struct ImportWorkflowPayload {
    /// The new workflow, which does not run yet.
    workflow: Workflow,
}

/// A workflow that was exported.
#[derive(InputObject)]
struct ImportWorkflowInput {
    /// What `workflowExport` gave, as it was.
    bundle: Json,
    /// A name for it; as the one that was exported when left out.
    name: Option<String>,
}

/// The workflow to share.
#[derive(InputObject)]
struct ShareWorkflowInput {
    /// The id of a workflow of yours.
    id: IdInput,
    /// The moment from which the link leads nowhere; it stays when left out.
    expires_at: Option<DateTimeInput>,
}

/// The link that was made.
#[derive(SimpleObject)]
struct ShareWorkflowPayload {
    /// The link, with its token.
    share: WorkflowShare,
}

/// The link to end.
#[derive(InputObject)]
struct RevokeWorkflowShareInput {
    /// The id of the workflow.
    id: IdInput,
    /// The link's id, or its token.
    share_id: String,
}

/// The link that has ended.
#[derive(SimpleObject)]
struct RevokeWorkflowSharePayload {
    /// What named the link; it leads nowhere any more.
    revoked_share_id: Id<'static>,
}

/// A graph as data, to keep.
#[derive(InputObject)]
struct PutWorkflowDefinitionInput {
    /// 1 to 64 of a-z, 0-9, `_` and `-`, a letter first.
    name: String,
    /// The graph, as a text of JSON or YAML.
    source: String,
}

/// The definition that is kept.
#[derive(SimpleObject)]
struct PutWorkflowDefinitionPayload {
    /// The version; the newest one when its text is the same.
    definition: WorkflowDefinition,
}

/// The definition to delete.
#[derive(InputObject)]
struct DeleteWorkflowDefinitionInput {
    /// The name of a definition of yours.
    name: String,
}

/// What is left of a definition that was deleted.
#[derive(SimpleObject)]
struct DeleteWorkflowDefinitionPayload {
    /// The name that it had.
    deleted_name: String,
}

#[Object]
impl WorkflowSharingMutation {
    /// Copy a workflow into a new one of yours, from its beginning or a checkpoint on.
    async fn fork_workflow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The workflow to copy.")] input: ForkWorkflowInput,
    ) -> Result<Option<ForkWorkflowPayload>> {
        let door = ctx.door().await?;
        let checkpoint = input.checkpoint_id.as_deref();
        let checkpoint = checkpoint.map(|text| parse_checkpoint(text, "input.checkpointId"));
        let checkpoint = checkpoint.transpose().map_err(|error| ctx.fail(error))?;
        let (run_id, step) = checkpoint.map_or((None, None), |(run, step)| (run, Some(step)));

        let request = ForkWorkflowRequest {
            source_id: ctx.parse_id(&input.source_id, "input.sourceId")?.to_string(),
            step,
            run_id,
            name: input.name,
            share_token: input.share_token,
        };
        let workflow = door.perform(ForkWorkflow(request)).await?;

        Ok(Some(ForkWorkflowPayload {
            workflow: Workflow::new(workflow),
        }))
    }

    /// Make a workflow of an export.
    async fn import_workflow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The export, as it was.")] input: ImportWorkflowInput,
    ) -> Result<Option<ImportWorkflowPayload>> {
        let door = ctx.door().await?;
        let bundle = input.bundle.0.into_json();
        let no_json = |_| ctx.fail(ApiError::field("input.bundle", "value_error", "expected JSON"));
        let request = ImportWorkflowRequest {
            bundle: bundle.map_err(no_json)?.to_string(),
            name: input.name,
        };
        let workflow = door.perform(ImportWorkflow(request)).await?;

        Ok(Some(ImportWorkflowPayload {
            workflow: Workflow::new(workflow),
        }))
    }

    /// Make a link by which whoever has it may read and fork a workflow.
    async fn share_workflow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The workflow to share.")] input: ShareWorkflowInput,
    ) -> Result<Option<ShareWorkflowPayload>> {
        let door = ctx.door().await?;
        let expires_at = input.expires_at.as_ref().map(|at| at.0.as_str());
        let request = ShareWorkflowRequest {
            workflow_id: ctx.parse_id(&input.id, "input.id")?.to_string(),
            expires_at: parse_time(expires_at, "input.expiresAt").map_err(|error| ctx.fail(error))?,
        };
        let share = door.perform(ShareWorkflow(request)).await?;

        Ok(Some(ShareWorkflowPayload {
            share: WorkflowShare::new(share, &ctx.asker().base.0),
        }))
    }

    /// End a link. It leads nowhere from now on.
    async fn revoke_workflow_share(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The link to end.")] input: RevokeWorkflowShareInput,
    ) -> Result<Option<RevokeWorkflowSharePayload>> {
        let door = ctx.door().await?;
        let request = RevokeWorkflowShareRequest {
            workflow_id: ctx.parse_id(&input.id, "input.id")?.to_string(),
            share_id: input.share_id.clone(),
        };
        door.perform(RevokeWorkflowShare(request)).await?;

        Ok(Some(RevokeWorkflowSharePayload {
            revoked_share_id: input.share_id.into(),
        }))
    }

    /// Keep the next version of a definition. The same text again is the same version.
    async fn put_workflow_definition(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The definition to keep.")] input: PutWorkflowDefinitionInput,
    ) -> Result<Option<PutWorkflowDefinitionPayload>> {
        let request = PutDefinitionRequest {
            name: input.name,
            source: input.source,
        };
        let definition = ctx.door().await?.perform(PutDefinition(request)).await?;

        Ok(Some(PutWorkflowDefinitionPayload {
            definition: definition.into(),
        }))
    }

    /// Delete a definition. Workflows that there are keep their version.
    async fn delete_workflow_definition(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The definition to delete.")] input: DeleteWorkflowDefinitionInput,
    ) -> Result<Option<DeleteWorkflowDefinitionPayload>> {
        let name = input.name;
        let request = DeleteDefinitionRequest { name: name.clone() };
        ctx.door().await?.perform(DeleteDefinition(request)).await?;

        Ok(Some(DeleteWorkflowDefinitionPayload { deleted_name: name }))
    }
}
