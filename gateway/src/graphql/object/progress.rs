//! One thing that happened while a story was made, in the words of stories.

use async_graphql::{ComplexObject, Context, Enum, Result, SimpleObject};
use serde::Deserialize;

use super::{run_event::RunEventKind, story::Story};
use crate::{
    graphql::{
        Ask,
        scalar::{DateTime, Id, Json, Url},
    },
    stream::event_buffer::Frame,
    view::{
        code_story::events::{CompleteData, Facts, LogData},
        stories::{Links, StoryStatus},
    },
};

/// One thing that happened while a story was made. What is null did not happen: `kind` says what did.
#[derive(SimpleObject)]
#[graphql(complex)]
pub(crate) struct StoryProgress {
    #[graphql(skip)]
    story_id: String,
    /// The attempt: what `storyProgress(run:)` takes with `after`.
    run: Id<'static>,
    /// 1, 2, 3… within the attempt, without gaps: what `storyProgress(after:)` takes. A live `DELTA` has none.
    number: Option<u64>,
    /// What kind of thing.
    kind: RunEventKind,
    /// When it happened; null for a live `DELTA`.
    at: Option<DateTime<'static>>,
    /// Of `STATUS`: where the story stands now.
    status: Option<StoryStatus>,
    /// Of `STATUS`: per cent, 0 to 100.
    progress: Option<u8>,
    /// Of `STATUS`: what is being done, in one word.
    phase: Option<String>,
    /// Of `LOG`: the line.
    log: Option<StoryLog>,
    /// Of `DELTA`: the piece of text.
    delta: Option<StoryDelta>,
    /// Of `QUESTION`: the question.
    question: Option<Json>,
    /// Of `USAGE`: what a model was used for.
    usage: Option<ModelUsage>,
    /// Of `COMPLETE`: what there is to listen to.
    complete: Option<StoryComplete>,
    /// Of `ERROR`, and of the `STATUS` of what was cancelled: why there is no story, in words for its user.
    error_message: Option<String>,
}

/// How a line of the log is meant.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
enum LogLevel {
    /// Something is being done.
    Info,
    /// Something is done.
    Success,
    /// Something went wrong, and the work goes on.
    Warning,
    /// Something went wrong.
    Error,
}

/// A line for people: who does what.
#[derive(SimpleObject)]
struct StoryLog {
    /// Who: `Intent`, `Analyzer`, `Architect`, `Synthesizer` or `System`.
    agent_name: String,
    /// What is done.
    action: String,
    /// More about it.
    details: Json,
    /// How it is meant.
    level: LogLevel,
    /// When.
    timestamp: DateTime<'static>,
}

/// A piece of text, as it is being written.
#[derive(Deserialize, SimpleObject)]
struct StoryDelta {
    /// The step of the work that writes.
    node: Option<String>,
    /// The piece.
    #[serde(default)]
    text: String,
}

/// One finished call to a model.
#[derive(Default, Deserialize, SimpleObject)]
#[serde(default)]
struct ModelUsage {
    /// The step of the work that called.
    node: Option<String>,
    /// Whose model.
    provider: String,
    /// Which model.
    model: String,
    /// Tokens that it read.
    input_tokens: u64,
    /// Tokens that it wrote.
    output_tokens: u64,
    /// Cost in millionths of a US dollar.
    cost_micro_usd: u64,
}

/// What there is to listen to.
#[derive(SimpleObject)]
struct StoryComplete {
    /// The whole story as MP3.
    audio_url: Option<Url<'static>>,
    /// Each chapter as MP3, in order.
    audio_chunks: Vec<Url<'static>>,
    /// Length of the audio, in seconds.
    duration_seconds: u64,
}

#[ComplexObject]
impl StoryProgress {
    /// The story as it stands when it is asked for. Each event asks anew: select it where it is needed, e.g. at
    /// `COMPLETE`.
    async fn story(&self, ctx: &Context<'_>) -> Result<Option<Story>> {
        let story = ctx.loaders().stories.load(&self.story_id).await;
        Ok(ctx.loaded(story)?.map(Story))
    }
}

impl StoryProgress {
    /// `None`, and a line in the log, when the event is not what its kind says.
    pub(crate) fn read(frame: &Frame, story_id: &str, links: Links<'_>) -> Option<Self> {
        let (event, some) = (frame.event(), |text: &str| super::some(text).map(str::to_owned));
        let mut progress = Self::empty(frame, story_id);
        let facts = Facts::read(event, links).inspect_err(
            |err| tracing::error!(number = event.number, kind = event.kind, %err, "an event was left out"),
        );
        match facts.ok()? {
            Facts::Log(line) => progress.log = Some(line.into()),
            Facts::Status {
                status,
                progress: percent,
                phase,
                error_message,
            } => {
                (progress.status, progress.progress) = (Some(status), Some(percent));
                (progress.phase, progress.error_message) = (some(&phase), some(&error_message));
            }
            Facts::Complete(complete) => progress.complete = Some(complete.into()),
            Facts::Error(message) => progress.error_message = some(&message),
            Facts::Other => match progress.kind {
                RunEventKind::Delta => progress.delta = serde_json::from_str(&event.data).ok(),
                RunEventKind::Usage => progress.usage = serde_json::from_str(&event.data).ok(),
                RunEventKind::Question => progress.question = Json::read(&event.data),
                _ => {}
            },
        }

        Some(progress)
    }

    fn empty(frame: &Frame, story_id: &str) -> Self {
        let event = frame.event();

        Self {
            story_id: story_id.to_owned(),
            run: event.run_id.clone().into(),
            number: (event.number > 0).then_some(event.number),
            kind: RunEventKind::from_name(&event.kind),
            at: event.at.as_ref().map(DateTime::from),
            status: None,
            progress: None,
            phase: None,
            log: None,
            delta: None,
            question: None,
            usage: None,
            complete: None,
            error_message: None,
        }
    }
}

impl From<LogData<'_>> for StoryLog {
    fn from(line: LogData<'_>) -> Self {
        let level = match line.level.as_ref() {
            "success" => LogLevel::Success,
            "warning" => LogLevel::Warning,
            "error" => LogLevel::Error,
            _ => LogLevel::Info,
        };

        Self {
            agent_name: line.agent_name.into_owned(),
            action: line.action.into_owned(),
            details: Json::from(line.details),
            level,
            timestamp: line.timestamp.into_owned().into(),
        }
    }
}

impl From<CompleteData> for StoryComplete {
    fn from(complete: CompleteData) -> Self {
        Self {
            audio_url: complete.audio_url.map(Url::from),
            audio_chunks: complete.audio_chunks.into_iter().map(Url::from).collect(),
            duration_seconds: complete.duration,
        }
    }
}
