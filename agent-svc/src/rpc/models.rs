//! `saga.v1.LanguageModels`: models for callers with a conversation of their own. An answer is one task that lives as long as its
//! stream is held.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures::Stream;
use kit::error::{ServiceError, into_status};
use kit::rpc::actor_of;
use kit::shutdown::spawn_owned;
use proto::v1::answer_piece::Piece as PieceMessage;
use proto::v1::language_models_server::LanguageModels;
use proto::v1::{
    AnswerCut, AnswerEnd as EndMessage, AnswerPiece, CompleteChatRequest, EmbedTextsRequest,
    EmbedTextsResponse, Embedding, GetModelRequest, LanguageModel, ListModelsRequest, ListModelsResponse,
    PromptMessage, PromptToolCall,
};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::AbortOnDropHandle;
use tonic::{Request, Response, Status};
use tracing::Instrument;

use crate::completions::{
    ChatWish, Completions, Piece, PieceContent, PromptItem, TextsWish, ToolWish, WishFaults, write_arguments,
};
use crate::error::AgentError;
use crate::llm::{self, Finish, NamedModel, ToolCall};

/// Pieces that a model may be ahead of its listener before it waits.
const PIECES_AHEAD: usize = 64;

pub(crate) struct ModelsRpc {
    pub(crate) completions: Completions,
}

#[tonic::async_trait]
impl LanguageModels for ModelsRpc {
    async fn list_models(
        &self,
        request: Request<ListModelsRequest>,
    ) -> Result<Response<ListModelsResponse>, Status> {
        actor_of(&request)?;
        let models = self.completions.list_models().into_iter().map(message).collect();

        Ok(Response::new(ListModelsResponse { models }))
    }

    async fn get_model(&self, request: Request<GetModelRequest>) -> Result<Response<LanguageModel>, Status> {
        actor_of(&request)?;
        let model = self.completions.find_model(&request.get_ref().id);

        model
            .map(|model| Response::new(message(model)))
            .map_err(into_status)
    }

    type CompleteChatStream = CompletionAnswering;

    async fn complete_chat(
        &self,
        request: Request<CompleteChatRequest>,
    ) -> Result<Response<CompletionAnswering>, Status> {
        let actor = actor_of(&request)?;
        let mut asked = request.into_inner();
        let (checked_only, key) = (asked.checked_only, asked.provider_key.take());
        let mut wish = read_chat(asked).map_err(into_status)?;
        let model = &wish.model;
        let own_key = key.map(|key| self.completions.take_key(model, key)).transpose();
        wish.own_key = own_key.map_err(into_status)?;
        if wish.own_key.is_none() {
            let checked = self.completions.check_model(&actor, &wish.model).await;
            checked.map_err(into_status)?;
        }

        let (out, heard) = mpsc::channel(PIECES_AHEAD);
        let cancel = CancellationToken::new();
        let completions = self.completions.clone();
        let token = cancel.clone();
        let work = async move {
            if !checked_only {
                completions.answer(wish, &actor, &token, &out).await;
            }
        };

        Ok(Response::new(CompletionAnswering {
            heard,
            _task: spawn_owned(work.instrument(tracing::info_span!("completion"))),
            _cancel: cancel.drop_guard(),
        }))
    }

    async fn embed_texts(
        &self,
        request: Request<EmbedTextsRequest>,
    ) -> Result<Response<EmbedTextsResponse>, Status> {
        let actor = actor_of(&request)?;
        let EmbedTextsRequest {
            model,
            texts,
            dimensions,
        } = request.into_inner();
        let wish = TextsWish {
            model,
            texts,
            dimensions,
        };
        let wish = wish.check().map_err(into_status)?;

        let cancel = CancellationToken::new();
        let embedded = self.completions.embed(wish, &actor, &cancel).await;
        let (embedded, offline) = embedded.map_err(into_status)?;

        let embeddings = embedded.vectors.into_iter().map(|values| Embedding { values });
        Ok(Response::new(EmbedTextsResponse {
            embeddings: embeddings.collect(),
            model: embedded.model,
            input_tokens: embedded.input_tokens,
            offline,
        }))
    }
}

fn message(model: NamedModel) -> LanguageModel {
    LanguageModel {
        id: model.name,
        owner: model.provider,
    }
}

fn read_chat(asked: CompleteChatRequest) -> Result<ChatWish, AgentError> {
    let mut faults = WishFaults::default();
    let items = asked.messages.into_iter().map(read_message).collect();
    let (system, messages) = faults.read_messages(items);
    let tools = asked.tools.into_iter().map(|tool| ToolWish {
        name: tool.name,
        description: tool.description,
        parameters: tool.parameters,
    });
    let tools = faults.read_tools(tools.collect());
    let tool_use = faults.read_tool_use(&asked.tool_choice, asked.tool_name, &tools);
    let sampling = faults.read_sampling(asked.temperature, asked.top_p, asked.stop, asked.max_tokens);
    let form = faults.read_form(&asked.form, &asked.schema_name, &asked.schema);
    let choices = faults.read_choices(asked.choices);
    faults.check()?;

    Ok(ChatWish {
        model: asked.model,
        request: llm::Request {
            class: String::new(),
            system,
            messages,
            tools,
            max_tokens: asked.max_tokens,
            temperature: asked.temperature,
            sampling: llm::Sampling { tool_use, ..sampling },
        },
        form,
        choices,
        streamed: asked.streamed,
        own_key: None,
    })
}

fn read_message(message: PromptMessage) -> PromptItem {
    let calls = message.calls.into_iter().map(|call| ToolCall {
        id: call.id,
        name: call.name,
        arguments: serde_json::from_str(&call.arguments).unwrap_or(Value::String(call.arguments)),
    });

    PromptItem {
        role: message.role,
        text: message.text,
        calls: calls.collect(),
        call_id: message.call_id,
    }
}

fn write_piece(piece: Piece) -> AnswerPiece {
    let content = match piece.content {
        PieceContent::Delta(text) => PieceMessage::Delta(text),
        PieceContent::Call(call) => PieceMessage::Call(PromptToolCall {
            arguments: write_arguments(&call.arguments),
            id: call.id,
            name: call.name,
        }),
        PieceContent::End(end) => PieceMessage::End(EndMessage {
            finish: match end.finish {
                Finish::Stop => "stop",
                Finish::ToolCalls => "tool_calls",
                Finish::Length => "length",
            }
            .to_owned(),
            model: end.model,
            input_tokens: end.input_tokens,
            output_tokens: end.output_tokens,
            offline: end.offline,
            cut: end.cut.map(|refusal| AnswerCut {
                reason: refusal.reason().to_owned(),
                message: refusal.public_message(),
            }),
        }),
    };

    AnswerPiece {
        choice: piece.choice,
        piece: Some(content),
    }
}

/// An answer as it is given. Dropping it drops the work, down to the request to a provider.
pub(crate) struct CompletionAnswering {
    heard: mpsc::Receiver<Result<Piece, AgentError>>,
    _task: AbortOnDropHandle<()>,
    _cancel: DropGuard,
}

impl Stream for CompletionAnswering {
    type Item = Result<AnswerPiece, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let said = std::task::ready!(self.heard.poll_recv(cx));
        Poll::Ready(said.map(|piece| piece.map(write_piece).map_err(into_status)))
    }
}
