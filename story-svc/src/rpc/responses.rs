//! `saga.v1.Responses`.

use std::pin::Pin;

use futures::Stream;
use kit::into_status;
use kit::rpc::{actor_of, request_id_of};
use proto::Message;
use proto::v1::answer_piece::Piece;
use proto::v1::responses_server::Responses as ResponsesService;
use proto::v1::{self, AnswerCut, AnswerEnd, AnswerPiece, CompleteChatRequest, PromptToolCall, RunEvent};
use serde_json::Value;
use tonic::{Request, Response, Status};

use super::{convert, runs};
use crate::domain::response::{KeptResponse, RESPONSE, ResponseCut, ResponsePiece};
use crate::domain::responses::Responses;
use crate::error::StoryError;

pub(crate) struct ResponsesRpc(pub(crate) Responses);

#[tonic::async_trait]
impl ResponsesService for ResponsesRpc {
    type WatchResponseStream = Pin<Box<dyn Stream<Item = Result<RunEvent, Status>> + Send>>;

    async fn create_response(
        &self,
        request: Request<v1::CreateResponseRequest>,
    ) -> Result<Response<v1::KeptResponse>, Status> {
        let (actor, request_id) = (actor_of(&request)?, request_id_of(&request));
        let message = request.into_inner();
        let question = message.question.unwrap_or_default().encode_to_vec();
        let share = convert::share(&actor, message.worker_share).map_err(into_status)?;

        answer(
            self.0
                .create(&actor, &request_id, (&question, &message.frame), share)
                .await,
        )
    }

    async fn get_response(
        &self,
        request: Request<v1::GetResponseRequest>,
    ) -> Result<Response<v1::KeptResponse>, Status> {
        let actor = actor_of(&request)?;
        answer(self.0.get(&actor, &request.into_inner().id).await)
    }

    async fn cancel_response(
        &self,
        request: Request<v1::CancelResponseRequest>,
    ) -> Result<Response<v1::KeptResponse>, Status> {
        let actor = actor_of(&request)?;
        answer(self.0.cancel(&actor, &request.into_inner().id).await)
    }

    async fn delete_response(
        &self,
        request: Request<v1::DeleteResponseRequest>,
    ) -> Result<Response<v1::DeleteResponseResponse>, Status> {
        let actor = actor_of(&request)?;
        let deleted = self.0.delete(&actor, &request.into_inner().id).await;
        deleted.map_err(into_status)?;

        Ok(Response::new(v1::DeleteResponseResponse {}))
    }

    async fn watch_response(
        &self,
        request: Request<v1::WatchResponseRequest>,
    ) -> Result<Response<Self::WatchResponseStream>, Status> {
        let actor = actor_of(&request)?;
        let watched = self.0.watch(&actor, &request.into_inner().id).await;
        let mut events = watched.map_err(into_status)?;

        let run = events.run.to_string();
        let stream = async_stream::stream! {
            while let Some(seen) = events.next().await {
                yield seen.map(|seen| runs::event(seen, &run, RESPONSE)).map_err(into_status);
            }
        };
        Ok(Response::new(Box::pin(stream)))
    }
}

fn answer(kept: Result<KeptResponse, StoryError>) -> Result<Response<v1::KeptResponse>, Status> {
    kept.map(encode).map(Response::new).map_err(into_status)
}

fn encode(kept: KeptResponse) -> v1::KeptResponse {
    v1::KeptResponse {
        id: kept.id.to_string(),
        status: convert::status(kept.status).into(),
        question: CompleteChatRequest::decode(kept.question.as_slice()).ok(),
        frame: Value::Object(kept.frame).to_string(),
        pieces: kept.pieces.into_iter().map(encode_piece).collect(),
        error_message: convert::error_message(kept.status, kept.error_message),
        error_reason: kept.error_reason,
        created_at: Some(convert::timestamp(kept.created_at)),
    }
}

fn encode_piece(piece: ResponsePiece) -> AnswerPiece {
    let piece = match piece {
        ResponsePiece::Delta(text) => Piece::Delta(text),
        ResponsePiece::Call { id, name, arguments } => Piece::Call(PromptToolCall { id, name, arguments }),
        ResponsePiece::End {
            finish,
            model,
            input_tokens,
            output_tokens,
            offline,
            cut,
        } => Piece::End(AnswerEnd {
            finish,
            model,
            input_tokens,
            output_tokens,
            offline,
            cut: cut.map(|ResponseCut { reason, message }| AnswerCut { reason, message }),
        }),
    };

    AnswerPiece {
        choice: 0,
        piece: Some(piece),
    }
}
