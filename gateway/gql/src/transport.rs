//! How requests and results are written: bodies and query strings, one result or a stream of them, and the messages of
//! `graphql-transport-ws` with the operations that they open. Bytes to values and back; it knows no server and no socket.

mod answer;
mod body;
mod message;
mod operations;
mod stream_format;
mod write;

pub use self::{
    answer::{Answer, error_response},
    body::{BAD_REQUEST_CODE, BadRequest, RequestBody, read_body, read_query_string},
    message::{ClientMessage, CredentialLifetime, ServerMessage},
    operations::{OpenOperations, OperationEvent},
    stream_format::StreamFormat,
    write::{AnswerTooLarge, write_answer, write_batch},
};
