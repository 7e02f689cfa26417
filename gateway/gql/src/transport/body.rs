//! Reads a GraphQL request, or a batch of them, out of a JSON body or a query string. Each text is parsed once; a wrong
//! type is told by the field's name, and nothing of what the client wrote is repeated.

mod given;

use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::{Map, Value};

use self::given::{Draft, Field, Given};
use crate::Incoming;

/// Code of what is no GraphQL request.
pub const BAD_REQUEST_CODE: &str = "BAD_REQUEST";

/// What was sent is no GraphQL request. The message repeats nothing of it.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadRequest(String);

impl BadRequest {
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    pub fn message(&self) -> &str {
        &self.0
    }
}

/// What a body holds.
#[derive(Debug)]
pub enum RequestBody {
    One(Incoming),
    Many(Vec<Incoming>),
}

/// Reads a body; a batch may hold up to `most` requests.
pub fn read_body(bytes: &[u8], most: usize) -> Result<RequestBody, BadRequest> {
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    if first != Some(&b'[') {
        let given = serde_json::from_slice(bytes).map_err(|err| syntax(bytes, &err))?;
        return request(given, "").map(RequestBody::One);
    }

    let mut json = serde_json::Deserializer::from_slice(bytes);
    let found = json.deserialize_seq(BatchVisitor { most });
    let batch = found.and_then(|batch| json.end().map(|()| batch));
    let batch = batch.map_err(|err| syntax(bytes, &err))?;
    if batch.is_empty() {
        return Err(BadRequest::new(
            "The batch is empty; at least one request was expected.",
        ));
    }

    if batch.len() > most {
        return Err(BadRequest::new(format!(
            "A batch may hold at most {most} requests."
        )));
    }

    let requests = batch.into_iter().enumerate();
    let requests = requests.map(|(index, given)| request(given, &format!("{index}.")));
    requests.collect::<Result<_, _>>().map(RequestBody::Many)
}

/// Reads the payload of a `subscribe` message.
pub(super) fn read_payload(json: &str) -> Result<Incoming, BadRequest> {
    let given = serde_json::from_str(json).map_err(|err| syntax(json.as_bytes(), &err))?;
    request(given, "payload.")
}

/// Reads a query string. An empty value is no value, and the first of two wins.
pub fn read_query_string(text: &str) -> Result<Incoming, BadRequest> {
    let mut incoming = Incoming::default();
    let (mut variables, mut extensions) = (None, None);
    for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
        let place = match &*name {
            "query" => &mut incoming.query,
            "documentId" => &mut incoming.document_id,
            "operationName" => &mut incoming.operation_name,
            "variables" => &mut variables,
            "extensions" => &mut extensions,
            _ => continue,
        };

        if !value.is_empty() && place.is_none() {
            *place = Some(value.into_owned());
        }
    }

    incoming.variables = object(variables, Field::Variables)?;
    incoming.extensions = object(extensions, Field::Extensions)?;

    whole(incoming, "")
}

fn object(json: Option<String>, field: Field) -> Result<Map<String, Value>, BadRequest> {
    let Some(json) = json else { return Ok(Map::new()) };
    match serde_json::from_str(&json) {
        Ok(Given::Right(map)) => Ok(map),
        Ok(Given::Absent) => Ok(Map::new()),
        Ok(Given::Wrong) | Err(_) => Err(wrong("", field)),
    }
}

fn request(given: Given<Draft>, prefix: &str) -> Result<Incoming, BadRequest> {
    match given {
        Given::Right(Draft {
            incoming,
            wrong: None,
        }) => whole(incoming, prefix),
        Given::Right(Draft {
            wrong: Some(field), ..
        }) => Err(wrong(prefix, field)),
        Given::Absent | Given::Wrong => {
            let place = prefix.strip_suffix('.');
            let place = place.map_or_else(|| "The body".to_owned(), |place| format!("`{place}`"));
            Err(BadRequest::new(format!("{place}: expected a JSON object.")))
        }
    }
}

/// A document must be there, or be named.
fn whole(incoming: Incoming, prefix: &str) -> Result<Incoming, BadRequest> {
    let named = incoming.document_id.is_some() || incoming.extensions.contains_key("persistedQuery");
    if incoming.query.is_none() && !named {
        return Err(wrong(prefix, Field::Query));
    }
    Ok(incoming)
}

fn wrong(prefix: &str, field: Field) -> BadRequest {
    let (name, expected) = match field {
        Field::Query => ("query", "a string, the GraphQL document"),
        Field::DocumentId => ("documentId", "a string"),
        Field::OperationName => ("operationName", "a string"),
        Field::Variables => ("variables", "a JSON object"),
        Field::Extensions => ("extensions", "a JSON object"),
        Field::Other => ("", "nothing"),
    };
    BadRequest::new(format!("`{prefix}{name}`: expected {expected}."))
}

/// Line and column only: serde_json's sentence is not meant for the one who wrote the JSON.
fn syntax(bytes: &[u8], err: &serde_json::Error) -> BadRequest {
    if bytes.is_empty() {
        return BadRequest::new("The body is empty; a JSON object was expected.");
    }
    BadRequest::new(format!(
        "The body is not JSON: see line {}, column {}.",
        err.line(),
        err.column()
    ))
}

struct BatchVisitor {
    most: usize,
}

impl<'de> Visitor<'de> for BatchVisitor {
    /// One more than allowed at most: what is beyond is read over.
    type Value = Vec<Given<Draft>>;

    fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("an array of requests")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut found = Vec::new();
        while found.len() <= self.most
            && let Some(given) = items.next_element()?
        {
            found.push(given);
        }
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn one(body: &str) -> Result<Incoming, String> {
        match read_body(body.as_bytes(), 2) {
            Ok(RequestBody::One(incoming)) => Ok(incoming),
            Ok(RequestBody::Many(_)) => panic!("not a batch"),
            Err(error) => Err(error.message().to_owned()),
        }
    }

    fn many(body: &Value) -> Result<usize, String> {
        match read_body(body.to_string().as_bytes(), 2) {
            Ok(RequestBody::Many(all)) => Ok(all.len()),
            Ok(RequestBody::One(_)) => panic!("a batch"),
            Err(error) => Err(error.message().to_owned()),
        }
    }

    #[test]
    fn a_body_is_read_with_its_optional_parts_and_what_is_unknown_is_ignored() {
        let body = json!({
            "query": "{ a }", "operationName": "A", "variables": { "x": [1, { "y": null }] },
            "extensions": { "e": true }, "documentation": [[["ignored"]]]
        });
        let incoming = one(&body.to_string()).unwrap();

        assert_eq!(incoming.query.as_deref(), Some("{ a }"));
        assert_eq!(incoming.operation_name.as_deref(), Some("A"));
        assert_eq!(Value::Object(incoming.variables), body["variables"]);
        assert_eq!(Value::Object(incoming.extensions), body["extensions"]);

        let nulls = r#" {"query":"{ a }","operationName":null,"variables":null,"extensions":null}"#;
        let incoming = one(nulls).unwrap();

        assert!(incoming.operation_name.is_none() && incoming.variables.is_empty());
    }

    #[test]
    fn a_wrong_type_is_told_by_name_and_nothing_is_repeated() {
        let wrong_everywhere = [json!(0), json!(1.5), json!(-1), json!(true), json!(["secret"])];
        for (field, also_wrong) in [
            ("query", json!({ "secret": 1 })),
            ("documentId", json!({ "secret": 1 })),
            ("operationName", json!({ "secret": 1 })),
            ("variables", json!("secret")),
            ("extensions", json!("secret")),
        ] {
            for value in wrong_everywhere.iter().chain([&also_wrong]) {
                let mut body = json!({ "query": "{ a }" });
                body[field] = value.clone();
                let message = one(&body.to_string()).unwrap_err();
                assert!(
                    message.starts_with(&format!("`{field}`: expected ")) && !message.contains("secret"),
                    "{message}"
                );
            }
        }

        for body in [
            "{}",
            r#"{"query":null}"#,
            r#"{"qeury":"{ a }"}"#,
            r#"{"extensions":{"x":1}}"#,
        ] {
            assert_eq!(
                one(body).unwrap_err(),
                "`query`: expected a string, the GraphQL document."
            );
        }

        assert!(one(r#"{"extensions":{"persistedQuery":{}}}"#).is_ok());
        assert!(one(r#"{"documentId":"d"}"#).is_ok() && read_query_string("documentId=d").is_ok());
        for body in ["0", "null", "\"{ a }\"", "true"] {
            assert_eq!(one(body).unwrap_err(), "The body: expected a JSON object.");
        }
    }

    #[test]
    fn what_is_not_json_is_told_by_its_place() {
        let deep = "[".repeat(100_000);
        for body in ["{", "{ \"not a JSON", "{} {}", "nonsense", "[{}", deep.as_str()] {
            let told = read_body(body.as_bytes(), 2).unwrap_err();
            assert!(
                told.message().starts_with("The body is not JSON: see line 1"),
                "{}",
                told.message()
            );
        }

        assert!(one("").unwrap_err().starts_with("The body is empty"));
        assert!(read_body(b"{\"query\":\"\xff\"}", 2).is_err());
    }

    #[test]
    fn a_batch_holds_one_to_its_limit() {
        let request = json!({ "query": "{ a }" });
        assert_eq!(many(&json!([request])), Ok(1));
        assert_eq!(many(&json!([request, request])), Ok(2));

        let over = "A batch may hold at most 2 requests.";
        assert_eq!(many(&json!([request, request, request])).unwrap_err(), over);
        assert_eq!(many(&json!(vec![0; 1_000])).unwrap_err(), over);
        assert!(many(&json!([])).unwrap_err().starts_with("The batch is empty"));
        assert_eq!(
            many(&json!([request, { "query": 5 }])).unwrap_err(),
            "`1.query`: expected a string, the GraphQL document."
        );
        assert_eq!(many(&json!([[]])).unwrap_err(), "`0`: expected a JSON object.");
    }

    #[test]
    fn a_query_string_is_read_and_empty_is_absent() {
        let read = |text: &str| read_query_string(text).map_err(|error| error.message().to_owned());
        let incoming =
            read("query=%7B+a+%7D&operationName=A&variables=%7B%22x%22:1%7D&extensions=&query=other&z=1")
                .unwrap();

        assert_eq!(incoming.query.as_deref(), Some("{ a }"));
        assert_eq!(incoming.operation_name.as_deref(), Some("A"));
        assert_eq!(Value::Object(incoming.variables), json!({ "x": 1 }));
        assert!(
            read("query={a}&operationName=&variables=null")
                .unwrap()
                .operation_name
                .is_none()
        );

        for (text, field) in [
            ("", "query"),
            ("query=", "query"),
            ("query={a}&variables=[1]", "variables"),
            ("query={a}&variables={", "variables"),
            ("query={a}&extensions=1", "extensions"),
        ] {
            assert!(
                read(text)
                    .unwrap_err()
                    .starts_with(&format!("`{field}`: expected ")),
                "{text}"
            );
        }
    }
}
