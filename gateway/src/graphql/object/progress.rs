//! The older form of a story's events: one type with a field for everything that can happen. [`super::story_event`] has the
//! newer one.

use async_graphql::{ComplexObject, Context, Result, SimpleObject};

use super::{
    event::LogLevel,
    run_event::{AudioMade, ModelUsage, RunEventKind, TextPiece},
    story::{Story, StoryStatus},
};
use crate::{
    graphql::{
        Ask,
        scalar::{DateTime, Id, Json},
    },
    stream::event_buffer::Frame,
    view::{
        code_story::events::{Facts, LogData},
        stories::Links,
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
    /// The kind of thing that happened, as one word.
    #[graphql(deprecation = "The type of an event of `storyEvents` says it.")]
    kind: RunEventKind,
    /// The moment at which it happened; null for a live `DELTA`.
    at: Option<DateTime<'static>>,
    /// Of `STATUS`: where the story stands now.
    #[graphql(deprecation = "`StoryStatusChanged.status` of `storyEvents`.")]
    status: Option<StoryStatus>,
    /// Of `STATUS`: per cent, 0 to 100.
    #[graphql(deprecation = "`StoryStatusChanged.percent` of `storyEvents`.")]
    progress: Option<u8>,
    /// Of `STATUS`: what is being done, in one word.
    #[graphql(deprecation = "`StoryStatusChanged.phase` of `storyEvents`.")]
    phase: Option<String>,
    /// Of `LOG`: the line.
    #[graphql(deprecation = "`StoryLogged` of `storyEvents`.")]
    log: Option<StoryLog>,
    /// Of `DELTA`: the piece of text.
    #[graphql(deprecation = "`StoryTextWritten` of `storyEvents`.")]
    delta: Option<TextPiece>,
    /// Of `QUESTION`: the question.
    #[graphql(deprecation = "`StoryQuestionAsked.question` of `storyEvents`.")]
    question: Option<Json>,
    /// Of `USAGE`: what a model was used for.
    #[graphql(deprecation = "`StoryModelUsed.usage` of `storyEvents`.")]
    usage: Option<ModelUsage>,
    /// Of `COMPLETE`: what there is to listen to.
    #[graphql(deprecation = "`StoryCompleted` of `storyEvents`.")]
    complete: Option<AudioMade>,
    /// Of `ERROR`, and of the `STATUS` of what was cancelled: why there is no story, in words for its user.
    #[graphql(deprecation = "`StoryFailed.errorMessage` of `storyEvents`.")]
    error_message: Option<String>,
}

/// A line for people: who does what.
#[derive(SimpleObject)]
struct StoryLog {
    /// The one who does it: `Intent`, `Analyzer`, `Architect`, `Synthesizer` or `System`.
    agent_name: String,
    /// The thing that is being done, in a few words.
    action: String,
    /// More about it, by names that depend on the action.
    details: Json,
    /// Whether it is good news or bad.
    level: LogLevel,
    /// The moment at which it was written.
    timestamp: DateTime<'static>,
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
                run_status,
                progress: percent,
                phase,
                error_message,
            } => {
                let status = StoryStatus::from_words(status, &run_status);
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
        Self {
            agent_name: line.agent_name.into_owned(),
            action: line.action.into_owned(),
            details: Json::from(line.details),
            level: LogLevel::read(&line.level),
            timestamp: line.timestamp.into_owned().into(),
        }
    }
}
