//! Language models for callers with a conversation of their own: which there are, what one answers, texts as vectors.

use kit::Problem;
use proto::v1::{
    AnswerPiece, CompleteChatRequest, EmbedTextsRequest, EmbedTextsResponse, GetModelRequest, LanguageModel,
    ListModelsRequest,
};
use tonic::{Status, Streaming};

use super::{Operation, Price, Service, caller_kind::AccountHolder, own_keys};
use crate::{
    error::ApiError,
    identity::{RequestContext, UseModels},
    services::Services,
};

pub(crate) struct ListModels;

impl Operation for ListModels {
    type Caller = AccountHolder;
    type Scope = UseModels;
    type Output = Vec<LanguageModel>;

    const SERVICE: Service = Service::Agent;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let list = services.models(context).list_models(ListModelsRequest {}).await?;

        Ok(list.into_inner().models)
    }
}

pub(crate) struct GetModel(pub(crate) String);

impl Operation for GetModel {
    type Caller = AccountHolder;
    type Scope = UseModels;
    type Output = LanguageModel;

    const SERVICE: Service = Service::Agent;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let request = GetModelRequest { id: self.0 };
        let model = services.models(context).get_model(request).await?;

        Ok(model.into_inner())
    }
}

/// It is answered with the pieces of the answer as they come.
pub(crate) struct CompleteChat(pub(crate) CompleteChatRequest);

impl Operation for CompleteChat {
    type Caller = AccountHolder;
    type Scope = UseModels;
    type Output = Streaming<AnswerPiece>;

    const SERVICE: Service = Service::Agent;
    const PRICE: Price = Price::EXPENSIVE;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let key = own_keys::take_provider_key(services, context).await?;
        let mut models = services.answering_models(context);
        if key.is_some() {
            context.client.connection.end_with_answer();
            models = services.forgetful_models(context);
        }

        let request = CompleteChatRequest {
            provider_key: key,
            ..self.0
        };
        let pieces = models.complete_chat(request).await?;
        Ok(pieces.into_inner())
    }

    fn refuse(problem: Problem) -> ApiError {
        own_keys::name_by_headers(ApiError::from_problem(problem, Self::SERVICE.as_str()))
    }
}

pub(crate) struct EmbedTexts(pub(crate) EmbedTextsRequest);

impl Operation for EmbedTexts {
    type Caller = AccountHolder;
    type Scope = UseModels;
    type Output = EmbedTextsResponse;

    const SERVICE: Service = Service::Agent;
    const PRICE: Price = Price::EXPENSIVE;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        own_keys::refuse_provider_key(context, "no key of your own with embeddings")?;

        let embedded = services.models(context).embed_texts(self.0).await?;
        Ok(embedded.into_inner())
    }
}
