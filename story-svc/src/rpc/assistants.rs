//! `saga.v1.Assistants`.

use kit::into_status;
use kit::rpc::actor_of;
use proto::v1;
use proto::v1::assistants_server::Assistants;
use serde_json::Value;
use tonic::{Request, Response, Status};

use super::convert;
use crate::domain::assistant::Assistant;
use crate::domain::assistants::{self as domain, AssistantChange, AssistantQuery};
use crate::error::StoryError;

pub(crate) struct AssistantsRpc(pub(crate) domain::Assistants);

type AssistantAnswer = Result<Response<v1::Assistant>, Status>;

fn answer(assistant: Result<Assistant, StoryError>) -> AssistantAnswer {
    assistant.map(encode).map(Response::new).map_err(into_status)
}

#[tonic::async_trait]
impl Assistants for AssistantsRpc {
    async fn search_assistants(
        &self,
        request: Request<v1::SearchAssistantsRequest>,
    ) -> Result<Response<v1::SearchAssistantsResponse>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let query = AssistantQuery {
            graph: message.graph,
            name: message.name,
            metadata: message.metadata,
            limit: message.limit,
            offset: message.offset,
            ascending: message.ascending,
            sort_by: message.sort_by,
        };
        let (found, total) = self.0.search(&actor, query).await.map_err(into_status)?;

        Ok(Response::new(v1::SearchAssistantsResponse {
            assistants: found.into_iter().map(encode).collect(),
            total,
        }))
    }

    async fn get_assistant(&self, request: Request<v1::GetAssistantRequest>) -> AssistantAnswer {
        let actor = actor_of(&request)?;
        answer(self.0.get(&actor, &request.into_inner().id).await)
    }

    async fn create_assistant(&self, request: Request<v1::CreateAssistantRequest>) -> AssistantAnswer {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let (id, may_exist) = (message.id, message.may_exist);
        let change = AssistantChange {
            graph: Some(message.graph),
            name: Some(message.name),
            description: message.description,
            config: Some(message.config),
            context: Some(message.context),
            metadata: Some(message.metadata),
        };
        answer(self.0.create(&actor, id.as_deref(), change, may_exist).await)
    }

    async fn update_assistant(&self, request: Request<v1::UpdateAssistantRequest>) -> AssistantAnswer {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let change = AssistantChange {
            graph: message.graph,
            name: message.name,
            description: message.description,
            config: message.config,
            context: message.context,
            metadata: message.metadata,
        };
        answer(self.0.update(&actor, &message.id, change).await)
    }

    async fn delete_assistant(
        &self,
        request: Request<v1::DeleteAssistantRequest>,
    ) -> Result<Response<v1::DeleteAssistantResponse>, Status> {
        let actor = actor_of(&request)?;
        let deleted = self.0.delete(&actor, &request.into_inner().id).await;
        deleted.map_err(into_status)?;
        Ok(Response::new(v1::DeleteAssistantResponse {}))
    }

    async fn list_assistant_versions(
        &self,
        request: Request<v1::ListAssistantVersionsRequest>,
    ) -> Result<Response<v1::ListAssistantVersionsResponse>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let page = (message.limit, message.offset);
        let versions = self
            .0
            .list_versions(&actor, &message.id, &message.metadata, page)
            .await
            .map_err(into_status)?;

        Ok(Response::new(v1::ListAssistantVersionsResponse {
            assistants: versions.into_iter().map(encode).collect(),
        }))
    }

    async fn set_assistant_version(
        &self,
        request: Request<v1::SetAssistantVersionRequest>,
    ) -> AssistantAnswer {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        answer(self.0.set_version(&actor, &message.id, message.version).await)
    }
}

fn encode(assistant: Assistant) -> v1::Assistant {
    let compiled = &assistant.compiled;
    let object = |fields| Value::Object(fields).to_string();
    let settings = assistant.settings;

    v1::Assistant {
        id: assistant.id.to_string(),
        graph: compiled.name.clone(),
        name: assistant.name,
        description: assistant.description.unwrap_or_default(),
        version: assistant.version,
        created_at: Some(convert::timestamp(assistant.created_at)),
        updated_at: Some(convert::timestamp(assistant.updated_at)),
        input_schema: compiled.input_schema.as_ref().map(Value::to_string),
        config_schema: compiled.config_schema.as_ref().map(Value::to_string),
        drawing: compiled.drawing().to_string(),
        config: object(settings.config),
        context: object(settings.context),
        metadata: object(settings.metadata),
    }
}
