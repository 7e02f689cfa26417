//! How one result, silence, and the end of a stream are written: graphql-sse's events, and Apollo's parts. See
//! <https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md> and
//! <https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol>.

use bytes::Bytes;
use serde::Serialize;

use super::{
    answer::Answer,
    write::{AnswerTooLarge, write_json, write_within},
};

/// The format of a stream of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamFormat {
    /// `text/event-stream`, as the "distinct connections mode" of graphql-sse.
    Sse,
    /// `multipart/mixed;subscriptionSpec=1.0`, Apollo's protocol.
    Multipart,
}

/// A part of a multipart stream; without `errors` its payload is a result.
#[derive(Serialize)]
struct StreamPart<'a> {
    payload: Option<&'a Answer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<&'a [async_graphql::ServerError]>,
}

impl StreamFormat {
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Sse => "text/event-stream",
            Self::Multipart => "multipart/mixed;boundary=\"-\";subscriptionSpec=1.0",
        }
    }

    /// Sent at once, so that the client knows that the stream stands.
    pub fn opening(self) -> Bytes {
        Bytes::from_static(match self {
            Self::Sse => b":\n\n",
            Self::Multipart => b"\r\n---",
        })
    }

    /// `most`: the bytes that it may have.
    pub fn write_result(self, answer: &Answer, most: usize) -> Result<Bytes, AnswerTooLarge> {
        match self {
            Self::Sse => {
                let json = write_within(answer, most)?;
                Ok(wrap(b"event: next\ndata: ", &json, b"\n\n"))
            }
            Self::Multipart => {
                let part = StreamPart {
                    payload: Some(answer),
                    errors: None,
                };
                Ok(wrap_part(&write_within(&part, most)?))
            }
        }
    }

    /// Sent when nothing else was for a while.
    pub fn heartbeat(self) -> Bytes {
        Bytes::from_static(match self {
            Self::Sse => b":\n\n",
            Self::Multipart => b"\r\ncontent-type: application/json\r\n\r\n{}\r\n---",
        })
    }

    /// The operation has ended.
    pub fn completion(self) -> Bytes {
        Bytes::from_static(match self {
            // With empty data: an `EventSource` drops an event without.
            Self::Sse => b"event: complete\ndata: \n\n",
            Self::Multipart => b"--\r\n",
        })
    }

    /// The stream ends and the operation has not. An event stream that just ends is opened again by its client.
    pub fn write_break(self, why: &Answer) -> Bytes {
        match self {
            Self::Sse => Bytes::from_static(b":\n\n"),
            Self::Multipart => {
                let last = wrap_part(&write_json(&StreamPart {
                    payload: None,
                    errors: Some(why.errors()),
                }));
                [&last[..], b"--\r\n"].concat().into()
            }
        }
    }
}

/// The delimiter comes at once, not before the next part: by it a client knows that this one is whole.
fn wrap_part(json: &[u8]) -> Bytes {
    wrap(b"\r\ncontent-type: application/json\r\n\r\n", json, b"\r\n---")
}

fn wrap(before: &[u8], json: &[u8], after: &[u8]) -> Bytes {
    [before, json, after].concat().into()
}
