//! Assistants: what threads run.

use proto::v1::{
    Assistant, CreateAssistantRequest, DeleteAssistantRequest, DeleteAssistantResponse, GetAssistantRequest,
    ListAssistantVersionsRequest, ListAssistantVersionsResponse, SearchAssistantsRequest,
    SearchAssistantsResponse, SetAssistantVersionRequest, UpdateAssistantRequest,
};
use tonic::Status;

use super::{Field, Operation, Price, Service, caller_kind::SignedIn, rpc::rpc_operations};
use crate::{
    identity::{ReadWorkflows, RequestContext, WriteWorkflows},
    services::Services,
};

rpc_operations! {
    SearchAssistants(SearchAssistantsRequest) -> SearchAssistantsResponse: assistants.search_assistants,
        SignedIn, ReadWorkflows, Price::STANDARD, Field::None;
    GetAssistant(GetAssistantRequest) -> Assistant: assistants.get_assistant,
        SignedIn, ReadWorkflows, Price::STANDARD, Field::None;
    CreateAssistant(CreateAssistantRequest) -> Assistant: assistants.create_assistant,
        SignedIn, WriteWorkflows, Price::STANDARD, Field::None;
    UpdateAssistant(UpdateAssistantRequest) -> Assistant: assistants.update_assistant,
        SignedIn, WriteWorkflows, Price::STANDARD, Field::None;
    DeleteAssistant(DeleteAssistantRequest) -> DeleteAssistantResponse: assistants.delete_assistant,
        SignedIn, WriteWorkflows, Price::STANDARD, Field::None;
    ListAssistantVersions(ListAssistantVersionsRequest) -> ListAssistantVersionsResponse:
        assistants.list_assistant_versions, SignedIn, ReadWorkflows, Price::STANDARD, Field::None;
    SetAssistantVersion(SetAssistantVersionRequest) -> Assistant: assistants.set_assistant_version,
        SignedIn, WriteWorkflows, Price::STANDARD, Field::None;
}
