//! The messages of `graphql-transport-ws`, by <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>: what a
//! client may say, told apart strictly, and what the server says.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{
    answer::Answer,
    body,
    write::{AnswerTooLarge, write_json, write_within},
};
use crate::Incoming;

/// Longest id of an operation, in bytes. Clients count or use UUIDs; the id is kept for as long as the operation lasts.
const ID_BYTES: usize = 256;

/// What a client says.
#[derive(Debug)]
pub enum ClientMessage<'a> {
    ConnectionInit(Option<&'a RawValue>),
    Ping(Option<&'a RawValue>),
    Pong,
    Subscribe(String, Box<Incoming>),
    Complete(String),
}

#[derive(Deserialize)]
struct Envelope<'a> {
    r#type: String,
    id: Option<String>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

impl<'a> ClientMessage<'a> {
    /// The error is the reason for closing with 4400.
    pub fn parse(text: &'a str) -> Result<Self, String> {
        let envelope: Envelope<'a> = serde_json::from_str(text)
            .map_err(|_| "expected a JSON object with `type`, and texts as `type` and `id`".to_owned())?;
        let Envelope { r#type, id, payload } = envelope;

        match r#type.as_str() {
            "connection_init" => Ok(Self::ConnectionInit(object(payload)?)),
            "ping" => Ok(Self::Ping(object(payload)?)),
            "pong" => object(payload).map(|_| Self::Pong),
            "subscribe" => {
                let payload = payload.ok_or("`payload`: expected a JSON object")?;
                let incoming =
                    body::read_payload(payload.get()).map_err(|error| error.message().to_owned())?;
                Ok(Self::Subscribe(known_id(id)?, Box::new(incoming)))
            }
            "complete" => Ok(Self::Complete(known_id(id)?)),
            _ => Err("there is no such type of message".to_owned()),
        }
    }
}

fn known_id(id: Option<String>) -> Result<String, String> {
    let id = id
        .filter(|id| !id.is_empty())
        .ok_or("`id`: expected a text that is not empty")?;
    if id.len() > ID_BYTES {
        return Err(format!("`id`: expected at most {ID_BYTES} bytes"));
    }
    Ok(id)
}

/// A payload may be missing or null, and is an object else.
fn object(payload: Option<&RawValue>) -> Result<Option<&RawValue>, String> {
    match payload.map(RawValue::get) {
        Some(text) if text.starts_with('{') => Ok(payload),
        None | Some("null") => Ok(None),
        Some(_) => Err("`payload`: expected a JSON object".to_owned()),
    }
}

/// What the server says.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage<'a> {
    ConnectionAck {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<CredentialLifetime>,
    },
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<&'a RawValue>,
    },
    /// Answer to a ping that was to renew the connection.
    #[serde(rename = "pong")]
    Renewed {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<CredentialLifetime>,
    },
    Next {
        id: &'a str,
        payload: &'a Answer,
    },
    Error {
        id: &'a str,
        payload: &'a [async_graphql::ServerError],
    },
    Complete {
        id: &'a str,
    },
}

/// Until when the connection is good, where that has an end.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CredentialLifetime {
    pub expires_at: chrono::DateTime<chrono::Utc>,
}

impl ServerMessage<'_> {
    pub fn to_text(&self) -> String {
        // JSON is UTF-8, so nothing is ever replaced here.
        String::from_utf8(write_json(self)).unwrap_or_default()
    }

    /// The same with at most so many bytes.
    pub fn to_text_within(&self, most: usize) -> Result<String, AnswerTooLarge> {
        write_within(self, most).map(|json| String::from_utf8(json).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_told_apart_wherever_their_type_stands() {
        let parse = |text: &'static str| ClientMessage::parse(text).unwrap();
        assert!(matches!(
            parse(r#"{"type":"connection_init"}"#),
            ClientMessage::ConnectionInit(None)
        ));
        assert!(matches!(
            parse(r#"{"payload":{"a":1},"type":"connection_init"}"#),
            ClientMessage::ConnectionInit(Some(_))
        ));
        assert!(matches!(
            parse(r#"{"type":"ping","payload":null}"#),
            ClientMessage::Ping(None)
        ));
        assert!(matches!(
            parse(r#"{"type":"pong","payload":{}}"#),
            ClientMessage::Pong
        ));
        assert!(
            matches!(parse(r#"{"id":"1","type":"complete","more":1}"#), ClientMessage::Complete(id) if id == "1")
        );

        let subscribe = r#"{"payload":{"query":"{ a }","variables":{"x":1}},"id":"é","type":"subscribe"}"#;
        let ClientMessage::Subscribe(id, incoming) = parse(subscribe) else {
            panic!("a subscription");
        };

        assert_eq!((id.as_str(), incoming.query.as_deref()), ("é", Some("{ a }")));
        assert_eq!(incoming.variables["x"], 1);
    }

    #[test]
    fn a_message_that_is_not_in_the_protocol_is_refused_with_a_reason_that_fits_a_close_frame() {
        let long = format!(r#"{{"type":"complete","id":"{}"}}"#, "x".repeat(ID_BYTES + 1));
        for text in [
            "",
            "nonsense",
            "[]",
            "null",
            "{}",
            r#"{"type":5}"#,
            r#"{"type":"start","id":"1"}"#,
            r#"{"type":"next","id":"1","payload":{}}"#,
            r#"{"type":"connection_ack"}"#,
            r#"{"type":"connection_init","payload":"x"}"#,
            r#"{"type":"connection_init","payload":[]}"#,
            r#"{"type":"ping","payload":1}"#,
            r#"{"type":"pong","payload":true}"#,
            r#"{"type":"complete"}"#,
            r#"{"type":"complete","id":""}"#,
            r#"{"type":"complete","id":7}"#,
            long.as_str(),
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"subscribe","id":"1","payload":null}"#,
            r#"{"type":"subscribe","id":"1","payload":[]}"#,
            r#"{"type":"subscribe","id":"1","payload":{}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":1}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":"{ a }","variables":[]}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":"{ a }","operationName":1}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":"{ a }","extensions":"x"}}"#,
            r#"{"type":"subscribe","payload":{"query":"{ a }"}}"#,
        ] {
            let reason = ClientMessage::parse(text).expect_err(text);
            assert!(!reason.is_empty() && reason.len() <= 123, "{text}: {reason}");
        }
        assert!(ClientMessage::parse(&long.replacen('x', "", 1)).is_ok());
    }
}
