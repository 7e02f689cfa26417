//! A model at work: the pieces of its answers as they come, or all of them together. Until the first piece has come a refusal is
//! still a status.

use futures::{Stream, StreamExt, stream::BoxStream};
use kit::Problem;
use proto::v1::{AnswerPiece, answer_piece::Piece};
use tonic::Streaming;

use crate::{
    error::ApiError,
    operation::{Operation, models::CompleteChat},
    view::openai::chat::WholeAnswer,
};

pub(super) struct AnswerStream {
    pieces: BoxStream<'static, Result<AnswerPiece, ApiError>>,
    /// Answers that have to end.
    choices: usize,
}

impl AnswerStream {
    pub(super) async fn begin(mut pieces: Streaming<AnswerPiece>, choices: u32) -> Result<Self, ApiError> {
        let refuse = |status: tonic::Status| CompleteChat::refuse(Problem::from_status(&status));
        let first = pieces.message().await.map_err(refuse)?;
        let rest = pieces.map(move |piece| piece.map_err(refuse));
        let all = futures::stream::iter(first.map(Ok)).chain(rest);

        Ok(Self {
            pieces: all.boxed(),
            choices: choices.max(1) as usize,
        })
    }

    /// The pieces, and then nothing or one error: an answer without its end is none.
    pub(super) fn listen(self) -> impl Stream<Item = Result<AnswerPiece, ApiError>> + Send + 'static {
        let Self { mut pieces, choices } = self;

        async_stream::stream! {
            let mut ends = 0;
            while let Some(piece) = pieces.next().await {
                match piece {
                    Ok(piece) => {
                        ends += usize::from(matches!(piece.piece, Some(Piece::End(_))));
                        yield Ok(piece);
                    }
                    Err(error) => {
                        yield Err(error);
                        return;
                    }
                }
            }

            if ends != choices {
                tracing::error!("a model's answer has no end");
                yield Err(ApiError::internal());
            }
        }
    }

    /// All answers, in the order of their numbers.
    pub(super) async fn finish(self) -> Result<Vec<WholeAnswer>, ApiError> {
        let mut answers = vec![WholeAnswer::default(); self.choices];
        let mut pieces = std::pin::pin!(self.listen());
        while let Some(piece) = pieces.next().await {
            let AnswerPiece { choice, piece } = piece?;
            if let Some((answer, piece)) = answers.get_mut(choice as usize).zip(piece) {
                answer.add(piece);
            }
        }

        Ok(answers)
    }
}
