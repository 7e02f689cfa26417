//! One thing that happened while a story was made, in the words of stories: an interface, and a type for each kind of thing.

use async_graphql::{ComplexObject, Context, Interface, Result, SimpleObject};

use super::{
    event::{EventBase, LogLevel, based_on, read_as, read_data},
    run_event::{AudioMade, ModelUsage, RunEventKind, TextPiece},
    some,
    story::{Story, StoryStatus},
};
use crate::{
    graphql::{
        Ask,
        scalar::{DateTime, Id, Json},
    },
    stream::event_buffer::Frame,
    view::{code_story::events::Facts, stories::Links},
};

/// One thing that happened while a story was made. Its type says what: ask for the fields of that type by a fragment.
#[derive(Interface)]
#[graphql(
    field(
        name = "number",
        ty = "&Option<u64>",
        desc = "1, 2, 3… within the attempt, without gaps; null for what is only live."
    ),
    field(
        name = "at",
        ty = "&Option<DateTime<'static>>",
        desc = "The moment at which it happened; null for what is only live."
    ),
    field(
        name = "run_id",
        ty = "&Id<'static>",
        desc = "The attempt at making the story: the run that it happened in."
    ),
    field(
        name = "cursor",
        ty = "&Option<String>",
        desc = "The event's place: what `storyEvents(after:)` takes to go on behind it. Null for what is only live."
    )
)]
pub(crate) enum StoryEvent {
    Logged(StoryLogged),
    StatusChanged(StoryStatusChanged),
    QuestionAsked(StoryQuestionAsked),
    ModelUsed(StoryModelUsed),
    TextWritten(StoryTextWritten),
    Completed(StoryCompleted),
    Failed(StoryFailed),
    Other(StoryOtherEvent),
}

/// A line for people: who does what.
#[derive(SimpleObject)]
pub(crate) struct StoryLogged {
    #[graphql(flatten)]
    base: EventBase,
    /// The one who does it: `Intent`, `Analyzer`, `Architect`, `Synthesizer` or `System`.
    agent_name: String,
    /// The thing that is being done, in a few words.
    action: String,
    /// More about it, by names that depend on the action.
    details: Json,
    /// Whether it is good news or bad.
    level: LogLevel,
}

/// The story stands elsewhere than before.
#[derive(SimpleObject)]
pub(crate) struct StoryStatusChanged {
    #[graphql(flatten)]
    base: EventBase,
    /// Where the story stands now.
    status: StoryStatus,
    /// What is being done, in one word.
    phase: Option<String>,
    /// How much of it is done, in whole per cent: 0 to 100.
    percent: u8,
}

/// The work has come to a question, and waits until `answerRun` answers it.
#[derive(SimpleObject)]
pub(crate) struct StoryQuestionAsked {
    #[graphql(flatten)]
    base: EventBase,
    /// The question, in the graph's own form.
    question: Json,
}

/// A call to a model is finished.
#[derive(SimpleObject)]
pub(crate) struct StoryModelUsed {
    #[graphql(flatten)]
    base: EventBase,
    /// What was used, and what it cost.
    usage: ModelUsage,
}

/// A piece of text, as it is being written. It is live only: it has no number and is not kept.
#[derive(SimpleObject)]
pub(crate) struct StoryTextWritten {
    #[graphql(flatten)]
    base: EventBase,
    #[graphql(flatten)]
    piece: TextPiece,
}

/// The story is complete: it can be listened to.
#[derive(SimpleObject)]
#[graphql(complex)]
pub(crate) struct StoryCompleted {
    #[graphql(flatten)]
    base: EventBase,
    #[graphql(skip)]
    story_id: String,
    #[graphql(flatten)]
    audio: AudioMade,
}

#[ComplexObject]
impl StoryCompleted {
    /// The finished story, as it stands when it is asked for.
    async fn story(&self, ctx: &Context<'_>) -> Result<Option<Story>> {
        let story = ctx.loaders().stories.load(&self.story_id).await;
        Ok(ctx.loaded(story)?.map(Story))
    }
}

/// The story could not be made.
#[derive(SimpleObject)]
pub(crate) struct StoryFailed {
    #[graphql(flatten)]
    base: EventBase,
    /// Why there is no story, in words for its user.
    error_message: Option<String>,
}

/// Something that this schema has no type for yet.
#[derive(SimpleObject)]
pub(crate) struct StoryOtherEvent {
    #[graphql(flatten)]
    base: EventBase,
    /// The word that the graph has for it.
    name: String,
    /// What the graph says about it.
    payload: Json,
}

based_on!(EventBase:
    StoryLogged, StoryStatusChanged, StoryQuestionAsked, StoryModelUsed, StoryTextWritten, StoryCompleted, StoryFailed,
    StoryOtherEvent,
);

impl StoryEvent {
    /// `None`, and a line in the log, when the event is not what its kind says.
    pub(crate) fn read(frame: &Frame, story_id: &str, links: Links<'_>) -> Option<Self> {
        let event = frame.event();
        let facts = Facts::read(event, links).inspect_err(
            |err| tracing::error!(number = event.number, kind = event.kind, %err, "an event was left out"),
        );
        let base = EventBase::read(event);

        Some(match facts.ok()? {
            Facts::Log(line) => Self::Logged(StoryLogged {
                base,
                agent_name: line.agent_name.into_owned(),
                action: line.action.into_owned(),
                details: Json::from(line.details),
                level: LogLevel::read(&line.level),
            }),
            Facts::Status {
                status,
                run_status,
                progress,
                phase,
                ..
            } => Self::StatusChanged(StoryStatusChanged {
                base,
                status: StoryStatus::from_words(status, &run_status),
                phase: some(&phase).map(str::to_owned),
                percent: progress,
            }),
            Facts::Complete(complete) => Self::Completed(StoryCompleted {
                base,
                story_id: story_id.to_owned(),
                audio: complete.into(),
            }),
            Facts::Error(message) => Self::Failed(StoryFailed {
                base,
                error_message: some(&message).map(str::to_owned),
            }),
            Facts::Other => match RunEventKind::from_name(&event.kind) {
                RunEventKind::Delta => Self::TextWritten(StoryTextWritten {
                    base,
                    piece: read_as(event),
                }),
                RunEventKind::Usage => Self::ModelUsed(StoryModelUsed {
                    base,
                    usage: read_as(event),
                }),
                RunEventKind::Question => Self::QuestionAsked(StoryQuestionAsked {
                    base,
                    question: read_data(event),
                }),
                _ => Self::Other(StoryOtherEvent {
                    base,
                    name: event.kind.clone(),
                    payload: read_data(event),
                }),
            },
        })
    }
}
