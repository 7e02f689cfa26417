//! What Stripe sends, in both of its forms: a snapshot has the object as it was, a thin event only says which it is. Neither
//! is believed about the object's state: that is asked for when the event is worked off.

use serde::Deserialize;
use serde_json::Value;

/// Longest id that is kept; Stripe's have under 100 characters.
const LONGEST: usize = 255;

/// An event, as far as it matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReceivedEvent {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) live: bool,
    /// `cus_…` or `sub_…`; empty when it is about neither.
    pub(crate) subject: String,
}

#[derive(Deserialize)]
struct EventBody {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    livemode: bool,
    data: Option<EventData>,
    related_object: Option<RelatedObject>,
}

#[derive(Deserialize)]
struct EventData {
    object: Option<Value>,
}

#[derive(Deserialize)]
struct RelatedObject {
    id: String,
}

impl ReceivedEvent {
    /// `None` when it is no event.
    pub(crate) fn parse(payload: &[u8]) -> Option<Self> {
        let body: EventBody = serde_json::from_slice(payload).ok()?;
        let is_fitting = |text: &str| !text.is_empty() && text.len() <= LONGEST && !text.contains('\0');
        if !is_fitting(&body.id) || !is_fitting(&body.kind) {
            return None;
        }

        let snapshot = body.data.and_then(|data| data.object);
        let subject = match (body.related_object, snapshot) {
            (Some(related), _) => Some(related.id),
            (None, Some(object)) => find_subject(&object),
            (None, None) => None,
        };
        let is_ours = |id: &String| (id.starts_with("cus_") || id.starts_with("sub_")) && is_fitting(id);

        Some(Self {
            id: body.id,
            kind: body.kind,
            live: body.livemode,
            subject: subject.filter(is_ours).unwrap_or_default(),
        })
    }
}

/// The customer of the object, which may itself be one; or else its subscription.
fn find_subject(object: &Value) -> Option<String> {
    let id_at = |key: &str| {
        let value = object.get(key)?;
        let id = value.as_str().or_else(|| value.get("id")?.as_str())?;
        Some(id.to_owned())
    };
    let is_customer = object.get("object").and_then(Value::as_str) == Some("customer");
    let own = id_at("id").filter(|id| is_customer || id.starts_with("sub_"));

    id_at("customer").or(own).or_else(|| id_at("subscription"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(json: &str) -> Option<String> {
        ReceivedEvent::parse(json.as_bytes()).map(|event| event.subject)
    }

    #[test]
    fn a_snapshot_and_a_thin_event_say_whom_they_are_about() {
        for (json, about) in [
            (
                r#"{"id":"evt_1","type":"customer.subscription.updated","data":{"object":{"id":"sub_1","customer":"cus_1"}}}"#,
                "cus_1",
            ),
            (
                r#"{"id":"evt_1","type":"customer.updated","data":{"object":{"object":"customer","id":"cus_2"}}}"#,
                "cus_2",
            ),
            (
                r#"{"id":"evt_1","type":"x","data":{"object":{"id":"in_1","customer":{"id":"cus_3"}}}}"#,
                "cus_3",
            ),
            (
                r#"{"id":"evt_1","type":"v1.customer.subscription.updated","object":"v2.core.event","related_object":{"id":"sub_4","type":"subscription","url":"/v1/subscriptions/sub_4"}}"#,
                "sub_4",
            ),
            (
                r#"{"id":"evt_1","type":"product.created","data":{"object":{"id":"prod_1"}}}"#,
                "",
            ),
            (r#"{"id":"evt_1","type":"never.seen"}"#, ""),
        ] {
            assert_eq!(subject(json).as_deref(), Some(about), "{json}");
        }
    }

    #[test]
    fn what_is_no_event_is_none() {
        for text in [
            "",
            "[]",
            "null",
            r#"{"id":"","type":"x"}"#,
            r#"{"id":1,"type":"x"}"#,
            r#"{"type":"x"}"#,
        ] {
            assert_eq!(subject(text), None, "{text}");
        }
        let long = format!(r#"{{"id":"evt_{}","type":"x"}}"#, "1".repeat(300));
        assert_eq!(subject(&long), None);
    }
}
