//! Kept answers of language models: begun, read, watched, stopped and deleted.

use proto::v1::{
    CancelResponseRequest, CompleteChatRequest, CreateResponseRequest, DeleteResponseRequest,
    DeleteResponseResponse, GetResponseRequest, KeptResponse, RunEvent, WatchResponseRequest,
};
use tonic::{Status, Streaming};

use super::{
    Field, Operation, Price, Service, caller_kind::AccountHolder, own_keys::refuse_provider_key,
    rpc::rpc_operations, stories::worker_share,
};
use crate::{
    identity::{RequestContext, UseModels},
    services::Services,
};

rpc_operations! {
    GetResponse(GetResponseRequest) -> KeptResponse: responses.get_response,
        AccountHolder, UseModels, Price::POLL, Field::None;
    CancelResponse(CancelResponseRequest) -> KeptResponse: responses.cancel_response,
        AccountHolder, UseModels, Price::STANDARD, Field::None;
    DeleteResponse(DeleteResponseRequest) -> DeleteResponseResponse: responses.delete_response,
        AccountHolder, UseModels, Price::STANDARD, Field::None;
    /// From its beginning, for as long as somebody listens.
    WatchResponse(WatchResponseRequest) -> Streaming<RunEvent>: watched_responses.watch_response,
        AccountHolder, UseModels, Price::POLL, Field::None;
}

/// Begins an answer that is kept. What is wrong with the question is said before it is.
pub(crate) struct CreateResponse {
    pub(crate) question: CompleteChatRequest,
    /// JSON object.
    pub(crate) frame: String,
}

impl Operation for CreateResponse {
    type Caller = AccountHolder;
    type Scope = UseModels;
    type Output = KeptResponse;

    const SERVICE: Service = Service::Story;
    const PRICE: Price = Price::EXPENSIVE;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        // It would have to be kept with the question, until somebody answers that.
        let expected = "no key of your own with an answer that is kept; send `store: false`";
        refuse_provider_key(context, expected)?;

        let checked = CompleteChatRequest {
            checked_only: true,
            ..self.question.clone()
        };
        services.models(context).complete_chat(checked).await?;

        let request = CreateResponseRequest {
            question: Some(self.question),
            frame: self.frame,
            worker_share: worker_share(services, context),
        };
        let kept = services.responses(context).create_response(request).await?;
        Ok(kept.into_inner())
    }
}
