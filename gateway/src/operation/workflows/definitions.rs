//! Types of workflows, and graphs as data that callers define.

use proto::v1::{
    DeleteDefinitionRequest, DeleteDefinitionResponse, GetDefinitionRequest, ListDefinitionVersionsRequest,
    ListDefinitionVersionsResponse, ListWorkflowTypesRequest, ListWorkflowTypesResponse,
    PutDefinitionRequest, ValidateDefinitionRequest, ValidateDefinitionResponse, WorkflowDefinition,
};
use tonic::Status;

use crate::{
    identity::{ReadWorkflows, RequestContext, WriteWorkflows},
    operation::{Field, Operation, Price, Service, caller_kind::SignedIn, rpc::rpc_operations},
    services::Services,
};

rpc_operations! {
    ListWorkflowTypes(ListWorkflowTypesRequest) -> ListWorkflowTypesResponse:
        workflow_definitions.list_workflow_types,
        SignedIn, ReadWorkflows, Price::STANDARD, Field::Query("workflowTypes");
    /// Says what is wrong with one, and keeps nothing.
    ValidateDefinition(ValidateDefinitionRequest) -> ValidateDefinitionResponse:
        workflow_definitions.validate_definition,
        SignedIn, ReadWorkflows, Price::STANDARD, Field::Query("validateWorkflowDefinition");
    PutDefinition(PutDefinitionRequest) -> WorkflowDefinition: workflow_definitions.put_definition,
        SignedIn, WriteWorkflows, Price::STANDARD, Field::Mutation("putWorkflowDefinition");
    GetDefinition(GetDefinitionRequest) -> WorkflowDefinition: workflow_definitions.get_definition,
        SignedIn, ReadWorkflows, Price::STANDARD, Field::Query("workflowDefinition");
    ListDefinitionVersions(ListDefinitionVersionsRequest) -> ListDefinitionVersionsResponse:
        workflow_definitions.list_definition_versions,
        SignedIn, ReadWorkflows, Price::STANDARD, Field::Query("workflowDefinitionVersions");
    DeleteDefinition(DeleteDefinitionRequest) -> DeleteDefinitionResponse:
        workflow_definitions.delete_definition,
        SignedIn, WriteWorkflows, Price::STANDARD, Field::Mutation("deleteWorkflowDefinition");
}
