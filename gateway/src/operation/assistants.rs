//! Assistants: what threads run.

use proto::v1::{Assistant, GetAssistantRequest, SearchAssistantsRequest, SearchAssistantsResponse};
use tonic::Status;

use super::{Field, Operation, Price, Service, caller_kind::SignedIn, rpc::rpc_operations};
use crate::{
    identity::{ReadWorkflows, RequestContext},
    services::Services,
};

rpc_operations! {
    SearchAssistants(SearchAssistantsRequest) -> SearchAssistantsResponse: assistants.search_assistants,
        SignedIn, ReadWorkflows, Price::STANDARD, Field::None;
    GetAssistant(GetAssistantRequest) -> Assistant: assistants.get_assistant,
        SignedIn, ReadWorkflows, Price::STANDARD, Field::None;
}
