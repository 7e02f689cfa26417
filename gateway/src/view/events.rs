//! Events of a run as clients know them, whatever is run: chooses the product whose words they are told in, and writes each
//! message, `{type, data, seq, run}`, as JSON once, whoever watches.

use proto::v1::RunEvent;
use serde::{Serialize, de::IgnoredAny};
use serde_json::{Value, value::RawValue};
use utoipa::ToSchema;

use super::{
    akd,
    code_story::{
        self,
        events::{CompleteData, Facts},
    },
    lekh,
    stories::Links,
};

/// One message of a stream.
#[derive(Serialize, ToSchema)]
pub(crate) struct Envelope<'a, T> {
    /// `log`, `status`, `question`, `complete`, `error` or `delta`.
    #[serde(rename = "type")]
    kind: &'a str,
    data: T,
    /// 1, 2, 3… within the run; what `?after=` and `Last-Event-ID` take. A live `delta` has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    /// The run, which is the attempt that `seq` counts in.
    run: &'a str,
}

/// The product whose words a run's events are told in.
#[derive(Clone, Copy)]
enum Words {
    Akd,
    CodeStory,
    Lekh,
    /// The engine's own: of a run that is no product's.
    Engine,
}

impl Words {
    fn choose(graph: &str) -> Self {
        match graph {
            akd::GRAPH => Self::Akd,
            code_story::GRAPH => Self::CodeStory,
            lekh::GRAPH => Self::Lekh,
            _ => Self::Engine,
        }
    }
}

/// What the engine tells, in the words of the product that the run makes.
pub(crate) fn project_event(event: RunEvent) -> Result<RunEvent, serde_json::Error> {
    match Words::choose(&event.graph) {
        Words::Akd => akd::events::project(event),
        Words::CodeStory => code_story::events::project(event),
        Words::Lekh => lekh::events::project(event),
        Words::Engine => Ok(event),
    }
}

/// True when the text of this event depends on where the client reaches us.
pub(crate) fn has_links(event: &RunEvent) -> bool {
    event.kind == "complete"
}

/// What a projected event says has been made, with links in place of the store's keys.
pub(crate) fn complete_data(event: &RunEvent, links: Links<'_>) -> Option<CompleteData> {
    match Words::choose(&event.graph) {
        Words::CodeStory | Words::Lekh => match Facts::read(event, links) {
            Ok(Facts::Complete(complete)) => Some(complete),
            _ => None,
        },
        Words::Akd | Words::Engine => None,
    }
}

/// The message of a projected event, as JSON without line breaks.
pub(crate) fn message(event: &RunEvent, links: Links<'_>) -> Result<String, serde_json::Error> {
    let told = match Words::choose(&event.graph) {
        Words::CodeStory => code_story::events::message(event, links),
        Words::Lekh => lekh::events::message(event, links),
        Words::Akd | Words::Engine => None,
    };

    told.unwrap_or_else(|| write_message(event, one_line(&event.data)?))
}

pub(crate) fn write_message(event: &RunEvent, data: impl Serialize) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Envelope {
        kind: &event.kind,
        data,
        seq: (event.number > 0).then_some(event.number),
        run: &event.run_id,
    })
}

/// JSON text that passes through as it is, unless it has line breaks, which SSE could not carry.
fn one_line(json: &str) -> Result<Box<RawValue>, serde_json::Error> {
    if json.contains(['\n', '\r']) {
        let value: Value = serde_json::from_str(json)?;
        return serde_json::value::to_raw_value(&value);
    }
    serde_json::from_str::<IgnoredAny>(json)?;
    RawValue::from_string(json.to_owned())
}
