//! One thing that happened in a run: an interface, and a type for each kind of thing.

use async_graphql::{Context, Enum, Interface, Result, SimpleObject, to_value};
use gql::connection::{Page, PageArguments};
use proto::v1::{self, ListRunEventsRequest};
use serde::Deserialize;

use super::{
    event::{EventBase, LogLevel, based_on, read_as, read_data},
    run::RunStatus,
    some,
};
use crate::{
    error::ApiError,
    graphql::{
        Ask,
        connection::parse_page,
        scalar::{DateTime, Id, Json, Url},
    },
    operation::runs::ListRunEvents,
    stream::place::EventPlace,
    view::{
        code_story::events::CompleteData,
        events,
        stories::{Links, percent},
    },
};

/// What kind of thing happened.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum RunEventKind {
    /// A line for people: who does what.
    Log,
    /// The run stands elsewhere: status, phase and per cent.
    Status,
    /// The run has asked a question and waits for the answer.
    Question,
    /// A model was used, and at what cost.
    Usage,
    /// The run is done, and this is what it made.
    Complete,
    /// The run failed, and why.
    Error,
    /// A piece of text, as it is being written. It is live only: it has no number and is not kept.
    Delta,
    /// Something that this schema has no word for yet.
    Other,
}

impl RunEventKind {
    /// The kind that services call so.
    pub(crate) fn from_name(name: &str) -> Self {
        match name {
            "log" => Self::Log,
            "status" => Self::Status,
            "question" => Self::Question,
            "usage" => Self::Usage,
            "complete" => Self::Complete,
            "error" => Self::Error,
            "delta" => Self::Delta,
            _ => Self::Other,
        }
    }
}

/// One thing that happened in a run. Its type says what: ask for the fields of that type by a fragment.
#[derive(Interface)]
#[graphql(
    field(
        name = "number",
        ty = "&Option<u64>",
        desc = "1, 2, 3… within the run, without gaps: what `runEvents(after:)` takes. Null for what is only live."
    ),
    field(
        name = "at",
        ty = "&Option<DateTime<'static>>",
        desc = "The moment at which it happened; null for what is only live."
    ),
    field(name = "run_id", ty = "&Id<'static>", desc = "The run that it happened in."),
    field(
        name = "cursor",
        ty = "&Option<String>",
        desc = "The event's place in its run: what `runEvents(cursor:)` takes to go on behind it. Null for what is only live."
    ),
    field(
        name = "kind",
        ty = "&RunEventKind",
        desc = "The kind of thing that happened, as one word."
    ),
    field(
        name = "data",
        ty = "&Json",
        desc = "What there is to say about it; its keys depend on the kind. Of `COMPLETE`: `audio_url`, `audio_chunks` and `duration` in seconds.",
        deprecation = "The fields of the event's own type say the same."
    )
)]
pub(crate) enum RunEvent {
    Logged(RunLogged),
    StatusChanged(RunStatusChanged),
    QuestionAsked(RunQuestionAsked),
    ModelUsed(RunModelUsed),
    TextWritten(RunTextWritten),
    Completed(RunCompleted),
    Failed(RunFailed),
    Other(RunOtherEvent),
}

/// What every event of a run has.
#[derive(SimpleObject)]
#[graphql(name = "RunEventBase")]
pub(crate) struct RunEventBase {
    #[graphql(flatten)]
    base: EventBase,
    /// The kind of thing that happened, as one word.
    kind: RunEventKind,
    /// What there is to say about it; its keys depend on the kind.
    #[graphql(deprecation = "The fields of the event's own type say the same.")]
    data: Json,
}

/// A line for people: who does what.
#[derive(SimpleObject)]
pub(crate) struct RunLogged {
    #[graphql(flatten)]
    base: RunEventBase,
    #[graphql(flatten)]
    line: LogLine,
}

/// A line of the log.
#[derive(Default, Deserialize, SimpleObject)]
#[serde(default)]
struct LogLine {
    /// The one who does it, e.g. `Analyzer` or `System`.
    agent_name: String,
    /// The thing that is being done, in a few words.
    action: String,
    /// More about it, by names that depend on the action.
    details: Option<Json>,
    /// Whether it is good news or bad.
    level: LogLevel,
}

/// The run stands elsewhere than before.
#[derive(SimpleObject)]
pub(crate) struct RunStatusChanged {
    #[graphql(flatten)]
    base: RunEventBase,
    /// Where the run stands now.
    status: RunStatus,
    /// What is being done, in the graph's own word.
    phase: Option<String>,
    /// How much of it is done, in whole per cent: 0 to 100.
    percent: u8,
}

/// The run has asked a question, and waits until `answerRun` answers it.
#[derive(SimpleObject)]
pub(crate) struct RunQuestionAsked {
    #[graphql(flatten)]
    base: RunEventBase,
    /// The question, in the graph's own form.
    question: Json,
}

/// A call to a model is finished.
#[derive(SimpleObject)]
pub(crate) struct RunModelUsed {
    #[graphql(flatten)]
    base: RunEventBase,
    /// What was used, and what it cost.
    usage: ModelUsage,
}

/// One finished call to a model.
#[derive(Default, Deserialize, SimpleObject)]
#[serde(default)]
pub(crate) struct ModelUsage {
    /// The step of the work that called it.
    node: Option<String>,
    /// The company or program whose model it is.
    provider: String,
    /// The model's own name.
    model: String,
    /// Tokens that it read.
    input_tokens: u64,
    /// Tokens that it wrote.
    output_tokens: u64,
    /// Cost in millionths of a US dollar.
    cost_micro_usd: u64,
}

/// A piece of text, as it is being written. It is live only: it has no number and is not kept.
#[derive(SimpleObject)]
pub(crate) struct RunTextWritten {
    #[graphql(flatten)]
    base: RunEventBase,
    #[graphql(flatten)]
    piece: TextPiece,
}

/// A piece of text.
#[derive(Default, Deserialize, SimpleObject)]
#[serde(default)]
#[graphql(name = "StoryDelta")]
pub(crate) struct TextPiece {
    /// The step of the work that writes it.
    pub(super) node: Option<String>,
    /// The letters that come after the piece before.
    pub(super) text: String,
}

/// The run is done.
#[derive(SimpleObject)]
pub(crate) struct RunCompleted {
    #[graphql(flatten)]
    base: RunEventBase,
    /// What there is to listen to, when it made a story.
    audio: Option<AudioMade>,
    /// What it made, in the graph's own form.
    result: Json,
}

/// What there is to listen to.
#[derive(SimpleObject)]
#[graphql(name = "StoryComplete")]
pub(crate) struct AudioMade {
    /// The whole story as MP3.
    audio_url: Option<Url<'static>>,
    /// Each chapter as MP3, in order.
    audio_chunks: Vec<Url<'static>>,
    /// Length of the audio, in seconds.
    duration_seconds: u64,
}

impl From<CompleteData> for AudioMade {
    fn from(complete: CompleteData) -> Self {
        Self {
            audio_url: complete.audio_url.map(Url::from),
            audio_chunks: complete.audio_chunks.into_iter().map(Url::from).collect(),
            duration_seconds: complete.duration,
        }
    }
}

/// The run failed: a step did so for the last time.
#[derive(SimpleObject)]
pub(crate) struct RunFailed {
    #[graphql(flatten)]
    base: RunEventBase,
    /// Why it failed, in words for its user.
    error_message: Option<String>,
}

/// Something that this schema has no type for yet.
#[derive(SimpleObject)]
pub(crate) struct RunOtherEvent {
    #[graphql(flatten)]
    base: RunEventBase,
    /// The word that the graph has for it.
    name: String,
    /// What the graph says about it.
    payload: Json,
}

based_on!(EventBase: RunEventBase);
based_on!(RunEventBase:
    RunLogged, RunStatusChanged, RunQuestionAsked, RunModelUsed, RunTextWritten, RunCompleted, RunFailed, RunOtherEvent,
);

#[derive(Default, Deserialize)]
#[serde(default)]
struct StatusText {
    /// The engine's word, where the product has another one.
    run_status: Option<String>,
    status: String,
    phase: String,
    progress: f64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorText {
    error_message: String,
}

impl RunEvent {
    /// `event` is in the words of its product.
    pub(crate) fn read(event: &v1::RunEvent, links: Links<'_>) -> Self {
        let kind = RunEventKind::from_name(&event.kind);
        // The store's keys stay inside; clients get links.
        let complete = events::complete_data(event, links);
        let data = match &complete {
            Some(complete) => Json(to_value(complete).unwrap_or_default()),
            None => read_data(event),
        };
        let base = RunEventBase {
            base: EventBase::read(event),
            kind,
            data: data.clone(),
        };

        match kind {
            RunEventKind::Log => Self::Logged(RunLogged {
                base,
                line: read_as(event),
            }),
            RunEventKind::Status => {
                let text: StatusText = read_as(event);
                Self::StatusChanged(RunStatusChanged {
                    base,
                    status: RunStatus::read(text.run_status.as_deref().unwrap_or(&text.status)),
                    phase: some(&text.phase).map(str::to_owned),
                    percent: percent(text.progress),
                })
            }
            RunEventKind::Question => Self::QuestionAsked(RunQuestionAsked { base, question: data }),
            RunEventKind::Usage => Self::ModelUsed(RunModelUsed {
                base,
                usage: read_as(event),
            }),
            RunEventKind::Delta => Self::TextWritten(RunTextWritten {
                base,
                piece: read_as(event),
            }),
            RunEventKind::Complete => Self::Completed(RunCompleted {
                base,
                audio: complete.map(AudioMade::from),
                result: data,
            }),
            RunEventKind::Error => {
                let text: ErrorText = read_as(event);
                Self::Failed(RunFailed {
                    base,
                    error_message: some(&text.error_message).map(str::to_owned),
                })
            }
            RunEventKind::Other => Self::Other(RunOtherEvent {
                base,
                name: event.kind.clone(),
                payload: data,
            }),
        }
    }
}

/// Some of a run's events; `None` for a run that the asker may not see.
pub(super) async fn list_events(
    ctx: &Context<'_>,
    run: &str,
    arguments: PageArguments,
) -> Result<Option<Page<RunEvent>>> {
    let door = ctx.door::<ListRunEvents>().await?;
    let asked = parse_page(arguments).map_err(|error| ctx.fail(error))?;
    let place = match asked.token.as_str() {
        "" => None,
        token => Some(decode_cursor(token, asked.backward).map_err(|error| ctx.fail(error))?),
    };
    let number = place.map(|place| place.number_in(run));

    let request = ListRunEventsRequest {
        id: run.to_owned(),
        page_size: Some(asked.size),
        after: number.filter(|_| !asked.backward).unwrap_or_default(),
        // A place in another run is nowhere in this one: the page is the last one.
        before: number.filter(|number| asked.backward && *number > 0),
        backward: asked.backward,
    };
    let Some(list) = door.find(ListRunEvents(request)).await? else {
        return Ok(None);
    };

    let numbers = list.events.iter().map(|event| event.number);
    let more = if asked.backward {
        numbers.min().is_some_and(|first| first > 1)
    } else {
        numbers.max().is_some_and(|last| last < list.last_event)
    };

    let mut rows = Vec::with_capacity(list.events.len());
    for event in list.events {
        let place = EventPlace::new(event.number, Some(event.run_id.clone()));
        let event = events::project_event(event).map_err(|err| {
            tracing::error!(run, %err, "an event of a run is not JSON");
            ctx.fail(ApiError::internal())
        })?;
        rows.push((place.encode(), RunEvent::read(&event, ctx.links())));
    }

    // Numbers have no gaps: the newest one is how many there are.
    let page = asked.page(rows.into_iter(), more);
    Ok(Some(page.of_total(Some(list.last_event))))
}

/// The place that a cursor is, or a refusal that names the argument.
fn decode_cursor(token: &str, backward: bool) -> Result<EventPlace, ApiError> {
    EventPlace::decode(token).ok_or_else(|| {
        let argument = if backward { "before" } else { "after" };
        ApiError::field(
            argument,
            "value_error",
            "expected the cursor of an event of this run",
        )
    })
}
