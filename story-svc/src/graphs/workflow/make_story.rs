//! A story of a repository as one step of a workflow: begun once, waited for without holding a worker, and found by its id. It is a
//! story like any other of its owner's, with its own page, events and media; a workflow that is cancelled does not cancel it.

use std::str::FromStr;

use chrono::Duration;
use flow::store::Share;
use flow::{NodeError, RunStatus};
use kit::error::{FieldViolation, ServiceError};
use kit::rpc::RequestId;
use proto::words::{Style, TechnicalDepth, Voice, list_words};
use serde_json::{Map, Value, json};

use super::WorkflowNode;
use super::definition::Node;
use crate::domain::code_request::RawCodeRequest;
use crate::domain::story::{Story, StoryResult};
use crate::error::StoryError;
use crate::graphs::node_context::ActsFor;

/// Between two looks at a story that is being made: short beside the minutes that one takes.
const LOOK_EVERY: Duration = Duration::seconds(2);
const FIELDS: [&str; 6] = [
    "repo_url",
    "style",
    "duration_minutes",
    "voice",
    "focus_areas",
    "technical_depth",
];

/// The node's value: `{id, title, duration_seconds, offline}` of the finished story.
pub(super) async fn make_story(
    work: &WorkflowNode,
    node: &Node,
    request: &Value,
) -> Result<Value, NodeError> {
    let id: String = work.context.once("story", || begin(work, node, request)).await?;

    let stories = &work.tools.stories;
    let story = stories.get(&work.state.actor(), &id).await;
    let story = story.map_err(|error| refuse(node, error))?;
    match story.run.status {
        RunStatus::Completed => Ok(show(&story)),
        RunStatus::Failed | RunStatus::Cancelled => Err(failed(node, &story)),
        RunStatus::Queued | RunStatus::Running | RunStatus::WaitingForInput | RunStatus::Cancelling => {
            Err(NodeError::sleep(work.tools.clock.now() + LOOK_EVERY))
        }
    }
}

async fn begin(work: &WorkflowNode, node: &Node, request: &Value) -> Result<String, NodeError> {
    let actor = work.state.actor();
    let request_id = RequestId::parse(work.state.request_id()).unwrap_or_else(RequestId::random);
    let share = Share {
        key: actor.user_id,
        guest: actor.guest,
    };

    // A step that was cut off between the story and its journal finds the story again by this.
    let item = work.context.item::<(usize, Value)>().ok().map(|(index, _)| index);
    let item = item.map(|index| format!("/{index}")).unwrap_or_default();
    let key = format!("workflow:{}/{}{item}", work.context.run_id(), work.context.step());

    let raw = read_request(request);
    let made = work
        .tools
        .stories
        .create_code(&actor, &request_id, raw, Some(key), share)
        .await;
    made.map(|story| story.id.to_string())
        .map_err(|error| refuse(node, error))
}

/// What is null was not given.
fn read_request(request: &Value) -> RawCodeRequest {
    let mut fields: Map<String, Value> = request.as_object().cloned().unwrap_or_default();
    fields.retain(|_, value| !value.is_null());
    let mut reader = RequestReader {
        faults: Vec::new(),
        fields,
    };

    let mut raw = RawCodeRequest {
        repo_url: reader.text("repo_url").unwrap_or_default(),
        style: reader.word("style", &list_words(&Style::ALL, Style::as_str)),
        voice: reader.word("voice", &list_words(&Voice::ALL, Voice::as_str)),
        technical_depth: reader.word(
            "technical_depth",
            &list_words(&TechnicalDepth::ALL, TechnicalDepth::as_str),
        ),
        duration_minutes: reader.minutes(),
        focus_areas: reader.texts("focus_areas"),
        faults: Vec::new(),
    };
    reader.refuse_others();
    raw.faults = reader.faults;

    raw
}

struct RequestReader {
    fields: Map<String, Value>,
    faults: Vec<FieldViolation>,
}

impl RequestReader {
    fn fault(&mut self, field: &str, expected: impl Into<String>) {
        self.faults.push(FieldViolation::new(field, expected));
    }

    fn text(&mut self, field: &str) -> Option<String> {
        match self.fields.remove(field)? {
            Value::String(text) => Some(text),
            _ => {
                self.fault(field, "a text");
                None
            }
        }
    }

    fn word<T: FromStr>(&mut self, field: &str, words: &str) -> Option<T> {
        let word = self.fields.remove(field)?;
        let known = word.as_str().and_then(|word| word.parse().ok());
        if known.is_none() {
            self.fault(field, format!("one of {words}"));
        }

        known
    }

    fn minutes(&mut self) -> Option<u32> {
        let minutes = self.fields.remove("duration_minutes")?;
        // What expressions work out may be written as 5.0.
        let whole = minutes.as_u64().or_else(|| {
            minutes
                .as_f64()
                .filter(|minutes| minutes.fract() == 0.0)
                .map(|minutes| minutes as u64)
        });

        // A number that no story has is refused where all are.
        Some(whole.and_then(|minutes| u32::try_from(minutes).ok()).unwrap_or(0))
    }

    fn texts(&mut self, field: &str) -> Vec<String> {
        let Some(list) = self.fields.remove(field) else {
            return Vec::new();
        };
        let texts: Option<Vec<_>> = list
            .as_array()
            .and_then(|list| list.iter().map(|text| text.as_str().map(str::to_owned)).collect());
        if texts.is_none() {
            self.fault(field, "a list of texts");
        }

        texts.unwrap_or_default()
    }

    fn refuse_others(&mut self) {
        for name in std::mem::take(&mut self.fields).keys() {
            self.fault(name, format!("none but {}", FIELDS.join(", ")));
        }
    }
}

fn show(story: &Story) -> Value {
    let made = story.made.as_ref();
    let seconds = made.and_then(|made| match &made.result {
        StoryResult::Code(result) => Some(result.duration_seconds),
        StoryResult::Fiction(_) => None,
    });

    json!({
        "id": story.id,
        "title": story.title,
        "duration_seconds": seconds,
        "offline": made.map(|made| made.offline),
    })
}

fn failed(node: &Node, story: &Story) -> NodeError {
    let why = story.run.error_message.as_deref();
    let error = NodeError::fatal(format!(
        "{}: the story {} was not made: {}",
        node.id,
        story.id,
        why.unwrap_or("it was cancelled.")
    ));

    match &story.run.error_reason {
        Some(reason) => error.with_reason(reason.clone()),
        None => error,
    }
}

/// A store that does not answer is worth another attempt; a request that does not fit is not.
fn refuse(node: &Node, error: StoryError) -> NodeError {
    if error.kind().is_ours() {
        return NodeError::retryable("Stories could not be reached.").caused_by(error);
    }
    if let StoryError::Invalid { fields } = &error {
        let faults: Vec<_> = fields
            .iter()
            .map(|fault| format!("`request.{}` expected {}", fault.field, fault.expected))
            .collect();
        return NodeError::fatal(format!("{}: {}.", node.id, faults.join("; ")));
    }

    NodeError::fatal(format!("{}: {error}", node.id))
}
