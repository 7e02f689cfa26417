//! A report, as it is gathered and as Sentry wants it. Only fields that are named here leave the process.

use std::{collections::BTreeMap, fmt};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use tracing::{
    Metadata,
    field::{Field, Visit},
};
use uuid::Uuid;

use super::scrub::scrub;
use crate::telemetry::panics::PANIC;

/// Fields of spans and events that say where in the work it was; none holds what people wrote.
const TAGS: [&str; 10] = [
    "agent",
    "graph",
    "kind",
    "method",
    "model",
    "node",
    "queue",
    "reason",
    "request_id",
    "run_id",
];
/// Fields that say what went wrong, in words that may have somebody's in them.
const CAUSES: [&str; 6] = ["cause", "causes", "err", "error", "problem", "unfit"];

/// Fields by which reports are found.
#[derive(Debug, Default)]
pub(super) struct Tags(BTreeMap<&'static str, String>);

impl Tags {
    /// What is closer to the error wins.
    pub(super) fn extend(&mut self, closer: &Self) {
        let pairs = closer.0.iter().map(|(name, value)| (*name, value.clone()));
        self.0.extend(pairs);
    }

    pub(super) fn is(&self, name: &str, value: &str) -> bool {
        self.0.get(name).is_some_and(|found| found == value)
    }
}

/// What a span or an event says.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) tags: Tags,
    message: String,
    causes: Vec<String>,
    /// Of a panic, which knows its own place.
    file: Option<String>,
    line: Option<u64>,
}

impl Said {
    fn hear(&mut self, field: &Field, value: String) {
        let name = field.name();
        if name == "message" {
            self.message = value;
        } else if name == "file" {
            self.file = Some(value);
        } else if CAUSES.contains(&name) {
            self.causes.push(value);
        } else if let Some(tag) = TAGS.iter().find(|tag| **tag == name) {
            self.tags.0.insert(tag, value);
        }
    }
}

impl Visit for Said {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "line" {
            self.line = Some(value);
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.hear(field, value.to_owned());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.hear(field, crate::error::Chain(value).to_string());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.hear(field, format!("{value:?}"));
    }
}

/// One error, ready to be sent.
#[derive(Debug)]
pub(super) struct Report {
    /// The module that told it.
    logger: String,
    panicked: bool,
    message: String,
    file: String,
    line: u64,
    tags: Tags,
    /// Ids of trace and span.
    trace: Option<(String, String)>,
}

impl Report {
    pub(super) fn new(
        metadata: &Metadata<'_>,
        said: Said,
        tags: Tags,
        trace: Option<(String, String)>,
    ) -> Self {
        let panicked = metadata.target() == PANIC;
        let mut words = vec![said.message];
        words.extend(said.causes);
        let (file, line) = match panicked {
            true => (said.file, said.line),
            false => (metadata.file().map(str::to_owned), metadata.line().map(u64::from)),
        };

        Self {
            logger: metadata.target().to_owned(),
            panicked,
            message: scrub(&words.join(": ")),
            file: file.unwrap_or_default(),
            line: line.unwrap_or_default(),
            tags,
            trace,
        }
    }

    /// An envelope with this report alone, as of Sentry's developer documentation: a header, the header of an item, the item.
    pub(super) fn envelope(self, id: Uuid, at: DateTime<Utc>, environment: &str) -> String {
        let at = at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let id = id.simple().to_string();
        let level = if self.panicked { "fatal" } else { "error" };
        // One frame: reports of one place are one issue.
        let frame = json!({
            "filename": self.file, "lineno": self.line, "module": self.logger, "function": self.logger, "in_app": true,
        });
        let exception = json!({
            "type": if self.panicked { "panic" } else { self.logger.as_str() },
            "value": self.message,
            "mechanism": { "type": if self.panicked { "panic" } else { "tracing" }, "handled": !self.panicked },
            "stacktrace": { "frames": [frame] },
        });
        let mut event = json!({
            "event_id": id,
            "timestamp": at,
            "platform": "native",
            "level": level,
            "logger": self.logger,
            "release": concat!("saga@", env!("CARGO_PKG_VERSION")),
            "environment": environment,
            "tags": self.tags.0,
            "exception": { "values": [exception] },
        });
        if let Some((trace_id, span_id)) = self.trace {
            event["contexts"] = json!({ "trace": { "trace_id": trace_id, "span_id": span_id } });
        }

        let event = event.to_string();
        let item: Value =
            json!({ "type": "event", "content_type": "application/json", "length": event.len() });
        format!("{}\n{item}\n{event}\n", json!({ "event_id": id, "sent_at": at }))
    }
}
