//! `saga.v1.WorkflowDefinitions`.

use kit::into_status;
use kit::rpc::actor_of;
use proto::v1;
use proto::v1::workflow_definitions_server::WorkflowDefinitions;
use tonic::{Request, Response, Status};

use super::convert;
use crate::domain::workflow::StoredDefinition;
use crate::domain::workflow_definitions as domain;
use crate::graphs::workflow::definition::Compiled;

pub(crate) struct WorkflowDefinitionsRpc(pub(crate) domain::WorkflowDefinitions);

#[tonic::async_trait]
impl WorkflowDefinitions for WorkflowDefinitionsRpc {
    async fn list_workflow_types(
        &self,
        request: Request<v1::ListWorkflowTypesRequest>,
    ) -> Result<Response<v1::ListWorkflowTypesResponse>, Status> {
        let actor = actor_of(&request)?;
        let types = self.0.list(&actor).await.map_err(into_status)?;
        Ok(Response::new(v1::ListWorkflowTypesResponse {
            types: types.iter().map(|kind| workflow_type(kind)).collect(),
        }))
    }

    async fn validate_definition(
        &self,
        request: Request<v1::ValidateDefinitionRequest>,
    ) -> Result<Response<v1::ValidateDefinitionResponse>, Status> {
        let actor = actor_of(&request)?;
        let checked = self.0.validate(&actor, &request.into_inner().source).await;

        let (graph, faults) = match checked.map_err(into_status)? {
            Ok(compiled) => (Some(compiled.drawing().to_string()), Vec::new()),
            Err(faults) => (None, faults),
        };
        let faults = faults.into_iter().map(|fault| v1::DefinitionFault {
            field: fault.field,
            expected: fault.expected,
            node: fault.node,
        });
        Ok(Response::new(v1::ValidateDefinitionResponse {
            faults: faults.collect(),
            graph,
        }))
    }

    async fn put_definition(
        &self,
        request: Request<v1::PutDefinitionRequest>,
    ) -> Result<Response<v1::WorkflowDefinition>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let stored = self.0.put(&actor, &message.name, &message.source).await;
        stored.map(whole).map(Response::new).map_err(into_status)
    }

    async fn get_definition(
        &self,
        request: Request<v1::GetDefinitionRequest>,
    ) -> Result<Response<v1::WorkflowDefinition>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let found = self.0.get(&actor, &message.name, message.version).await;
        found.map(whole).map(Response::new).map_err(into_status)
    }

    async fn list_definition_versions(
        &self,
        request: Request<v1::ListDefinitionVersionsRequest>,
    ) -> Result<Response<v1::ListDefinitionVersionsResponse>, Status> {
        let actor = actor_of(&request)?;
        let found = self.0.list_versions(&actor, &request.into_inner().name).await;
        let versions = found
            .map_err(into_status)?
            .into_iter()
            .map(|stored| v1::WorkflowDefinition {
                source: None,
                ..whole(stored)
            });
        Ok(Response::new(v1::ListDefinitionVersionsResponse {
            versions: versions.collect(),
        }))
    }

    async fn delete_definition(
        &self,
        request: Request<v1::DeleteDefinitionRequest>,
    ) -> Result<Response<v1::DeleteDefinitionResponse>, Status> {
        let actor = actor_of(&request)?;
        let gone = self.0.delete(&actor, &request.into_inner().name).await;
        gone.map_err(into_status)?;
        Ok(Response::new(v1::DeleteDefinitionResponse {}))
    }
}

fn workflow_type(kind: &Compiled) -> v1::WorkflowType {
    v1::WorkflowType {
        name: kind.name.clone(),
        title: kind.title.clone(),
        description: kind.description.clone(),
        built_in: kind.version == 0,
        config_schema: kind.config_schema.as_ref().map(ToString::to_string),
        input_schema: kind.input_schema.as_ref().map(ToString::to_string),
        version: kind.version,
        graph: kind.drawing().to_string(),
    }
}

fn whole(stored: StoredDefinition) -> v1::WorkflowDefinition {
    v1::WorkflowDefinition {
        name: stored.name,
        version: stored.version,
        source: Some(stored.source),
        created_at: Some(convert::timestamp(stored.created_at)),
        graph: stored.compiled.drawing().to_string(),
    }
}
