//! `saga.v1.Assistants`.

use kit::into_status;
use kit::rpc::actor_of;
use proto::v1;
use proto::v1::assistants_server::Assistants;
use serde_json::Value;
use tonic::{Request, Response, Status};

use super::convert;
use crate::domain::assistants::{self as domain, Assistant, AssistantQuery};

pub(crate) struct AssistantsRpc(pub(crate) domain::Assistants);

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

    async fn get_assistant(
        &self,
        request: Request<v1::GetAssistantRequest>,
    ) -> Result<Response<v1::Assistant>, Status> {
        let actor = actor_of(&request)?;
        let found = self.0.get(&actor, &request.into_inner().id).await;
        found.map(encode).map(Response::new).map_err(into_status)
    }
}

fn encode(assistant: Assistant) -> v1::Assistant {
    let compiled = &assistant.compiled;

    v1::Assistant {
        id: assistant.id.to_string(),
        graph: compiled.name.clone(),
        name: compiled.name.clone(),
        description: compiled.description.clone(),
        version: compiled.version.max(1),
        created_at: Some(convert::timestamp(assistant.created_at)),
        updated_at: Some(convert::timestamp(assistant.updated_at)),
        input_schema: compiled.input_schema.as_ref().map(Value::to_string),
        config_schema: compiled.config_schema.as_ref().map(Value::to_string),
        drawing: compiled.drawing().to_string(),
    }
}
