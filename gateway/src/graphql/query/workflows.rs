//! Workflows: one, your own, one that is shared; the kinds that there are, and definitions.

use async_graphql::{Context, Object, Result};
use gql::connection::{PAGE_DEFAULT, Page, PageArguments};
use proto::v1::{
    ExportWorkflowRequest, GetDefinitionRequest, GetSharedWorkflowRequest, GetWorkflowRequest,
    ListDefinitionVersionsRequest, ListWorkflowTypesRequest, ListWorkflowsRequest, ValidateDefinitionRequest,
    WorkflowFilter,
};

use crate::{
    graphql::{
        Ask,
        connection::parse_page,
        object::{
            workflow::Workflow,
            workflow_definition::{WorkflowDefinition, WorkflowType, WorkflowValidation},
        },
        scalar::{IdInput, Json},
    },
    operation::workflows::{
        ExportWorkflow, GetSharedWorkflow, GetWorkflow, ListWorkflows,
        definitions::{GetDefinition, ListDefinitionVersions, ListWorkflowTypes, ValidateDefinition},
    },
    view::akd::workflows::WorkflowStatus,
};

#[derive(Default)]
pub(crate) struct WorkflowsQuery;

#[Object]
impl WorkflowsQuery {
    /// One workflow; null when there is none with that id that you may see.
    async fn workflow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the workflow.")] id: IdInput,
    ) -> Result<Option<Workflow>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&id, "id")?.to_string();
        let workflow = door.find(GetWorkflow(GetWorkflowRequest { id })).await?;

        Ok(workflow.map(Workflow::new))
    }

    /// Your own workflows, newest first.
    #[expect(clippy::too_many_arguments, reason = "a list has its arguments")]
    async fn workflows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only workflows that stand so.")] status: Option<Vec<WorkflowStatus>>,
        #[graphql(desc = "Only workflows of this type.")] workflow_type: Option<String>,
        #[graphql(desc = "Words that name or description must all contain.")] search: Option<String>,
        #[graphql(desc = "Only workflows after the row with this cursor.")] after: Option<String>,
        #[graphql(desc = "Only workflows before the row with this cursor; together with `last`.")]
        before: Option<String>,
        #[graphql(
            desc = "How many from the beginning: 1 to 100.",
            default_with = "Some(PAGE_DEFAULT)"
        )]
        first: Option<i64>,
        #[graphql(desc = "How many from the end: 1 to 100. It wins over `first`.")] last: Option<i64>,
    ) -> Result<Option<Page<Workflow>>> {
        let arguments = PageArguments {
            first,
            after,
            last,
            before,
        };
        let asked = parse_page(arguments).map_err(|error| ctx.fail(error))?;
        let door = ctx.door::<ListWorkflows>().await?.for_page(&asked);

        let statuses = status.unwrap_or_default().into_iter();
        let filter = WorkflowFilter {
            statuses: statuses.map(WorkflowStatus::to_number).collect(),
            workflow_types: workflow_type.into_iter().collect(),
            search: search.unwrap_or_default(),
            ..WorkflowFilter::default()
        };
        let request = ListWorkflowsRequest {
            filter: Some(filter),
            page_size: Some(asked.size),
            page_token: Some(asked.token.clone()).filter(|token| !token.is_empty()),
            backward: asked.backward,
            with_total: ctx.look_ahead().field("totalCount").exists(),
            offset: None,
        };
        let list = door.perform(ListWorkflows(request)).await?;

        let rows = list.workflows.into_iter().map(|mut workflow| {
            let cursor = workflow.page_token.take().unwrap_or_default();
            (cursor, Workflow::new(workflow))
        });
        let page = asked.page(rows, list.next_page_token.is_some());

        Ok(Some(page.of_total(list.total)))
    }

    /// A workflow that its owner shares; null when the link leads nowhere (any more).
    async fn shared_workflow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token of the link.")] token: String,
    ) -> Result<Option<Workflow>> {
        let request = GetSharedWorkflowRequest { token };
        let workflow = ctx.door().await?.find(GetSharedWorkflow(request)).await?;

        Ok(workflow.map(Workflow::new))
    }

    /// A workflow as one document, which `importWorkflow` takes as it is.
    async fn workflow_export(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the workflow.")] id: IdInput,
    ) -> Result<Option<Json>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&id, "id")?.to_string();
        let export = door.find(ExportWorkflow(ExportWorkflowRequest { id })).await?;

        Ok(export.and_then(|export| Json::read(&export.bundle)))
    }

    /// The kinds of workflows that you can create.
    async fn workflow_types(&self, ctx: &Context<'_>) -> Result<Option<Vec<WorkflowType>>> {
        let request = ListWorkflowTypesRequest {};
        let list = ctx.door().await?.perform(ListWorkflowTypes(request)).await?;

        Ok(Some(list.types.into_iter().map(WorkflowType::from).collect()))
    }

    /// One version of a definition of yours; null when there is none.
    async fn workflow_definition(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The name of the definition.")] name: String,
        #[graphql(desc = "Its version; the newest when left out.")] version: Option<u32>,
    ) -> Result<Option<WorkflowDefinition>> {
        let request = GetDefinitionRequest { name, version };
        let found = ctx.door().await?.find(GetDefinition(request)).await?;

        Ok(found.map(WorkflowDefinition::from))
    }

    /// All versions of a definition of yours, newest first; null when there is none.
    async fn workflow_definition_versions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The name of the definition.")] name: String,
    ) -> Result<Option<Vec<WorkflowDefinition>>> {
        let request = ListDefinitionVersionsRequest { name };
        let found = ctx.door().await?.find(ListDefinitionVersions(request)).await?;

        Ok(found.map(|found| found.versions.into_iter().map(WorkflowDefinition::from).collect()))
    }

    /// What is wrong with a definition. Nothing is kept.
    async fn validate_workflow_definition(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The graph, as a text of JSON or YAML.")] source: String,
    ) -> Result<Option<WorkflowValidation>> {
        let request = ValidateDefinitionRequest { source };
        let judged = ctx.door().await?.perform(ValidateDefinition(request)).await?;

        Ok(Some(judged.into()))
    }
}
