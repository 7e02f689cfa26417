//! The client of agent-svc's language models: has a model answer a conversation and reads the pieces as they come. Dropping the
//! stream stops the model.

use std::time::Duration;

use kit::actor::Actor;
use kit::rpc::{Caller, Calling, RequestId, RpcChannel};
use proto::Message;
use proto::v1::answer_piece::Piece;
use proto::v1::language_models_client::LanguageModelsClient;
use proto::v1::{AnswerCut, AnswerPiece, CompleteChatRequest};
use tonic::{Status, Streaming};

use super::agents::AgentError;
use crate::domain::response::{ResponseCut, ResponsePiece};

/// For the beginning of an answer; what comes after it lasts as long as the model may take.
const BEGINNING: Duration = Duration::from_secs(30);

/// Asks models. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Models {
    channel: RpcChannel,
    caller: Caller,
}

impl Models {
    pub(crate) fn new(channel: RpcChannel, caller: Caller) -> Self {
        Self { channel, caller }
    }

    /// `question` is a [`CompleteChatRequest`], encoded.
    ///
    /// # Errors
    /// The words of agent-svc.
    pub(crate) async fn answer(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        question: &[u8],
    ) -> Result<ModelStream, AgentError> {
        let question = CompleteChatRequest::decode(question)
            .map_err(|_| Status::internal("a question that was kept can not be read"))?;
        let calling = Calling::new(
            self.channel.clone(),
            self.caller.clone(),
            actor.clone(),
            request_id.clone(),
            BEGINNING,
        );
        let mut client = LanguageModelsClient::new(calling.without_deadline());
        let answer = client.complete_chat(question).await?;

        Ok(ModelStream(answer.into_inner()))
    }
}

/// A model at work.
pub(crate) struct ModelStream(Streaming<AnswerPiece>);

impl ModelStream {
    /// The next piece; none at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<ResponsePiece>, AgentError> {
        while let Some(message) = self.0.message().await? {
            let piece = match message.piece {
                Some(Piece::Delta(text)) => ResponsePiece::Delta(text),
                Some(Piece::Call(call)) => ResponsePiece::Call {
                    id: call.id,
                    name: call.name,
                    arguments: call.arguments,
                },
                Some(Piece::End(end)) => ResponsePiece::End {
                    finish: end.finish,
                    model: end.model,
                    input_tokens: end.input_tokens,
                    output_tokens: end.output_tokens,
                    offline: end.offline,
                    cut: end
                        .cut
                        .map(|AnswerCut { reason, message }| ResponseCut { reason, message }),
                },
                // Something that a newer agent-svc says: not for us.
                None => continue,
            };
            return Ok(Some(piece));
        }

        Ok(None)
    }
}
