//! A story as clients know it, made from the service's message.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Enum, Object, Result, SimpleObject};
use gql::connection::{PAGE_DEFAULT, Page, PageArguments};
use proto::v1::{
    self, AskBibleRequest, AskLedgerRequest, GetBibleRequest, GetBookRequest, ListStoriesRequest,
};
use serde::Deserialize;

use super::{
    bible::{Bible, BibleEntry},
    book::{BookCast, BookChange, BookFinding, BookOutline, BookScene, OpenPromise},
    known_time,
    run::Run,
    some,
};
use crate::{
    error::ApiError,
    graphql::{
        Ask,
        connection::parse_page,
        query::runs::list_runs,
        scalar::{DateTime, Id, Json, Url},
    },
    operation::books::{AskBible, AskLedger, GetBible, GetBook},
    view::stories::{self as view, Style, TechnicalDepth, Voice, percent, share_url, whole_seconds},
};

/// What a story is about.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum StoryKind {
    /// An invented story, without a repository.
    Fiction,
    /// A repository of code, told as a story.
    Code,
}

/// Where a story stands. `PENDING` becomes `ANALYZING`, `GENERATING` and `SYNTHESIZING`, in this order; the last three are
/// the end.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "StoryStatus")]
pub(crate) enum StoryState {
    /// The story waits for its turn.
    Pending,
    /// The repository is being read.
    Analyzing,
    /// The chapters are being written.
    Generating,
    /// The audio is being made.
    Synthesizing,
    /// The story can be listened to.
    Completed,
    /// The story could not be made: `errorCode` and `errorMessage` say why.
    Failed,
    /// Somebody stopped the making of it.
    Cancelled,
}

impl StoryState {
    /// A run's status and phase, as clients of GraphQL are told it.
    pub(crate) fn from_run(status: v1::RunStatus, phase: &str) -> Self {
        match status {
            v1::RunStatus::Cancelled => Self::Cancelled,
            other => view::StoryStatus::from_run(other, phase).into(),
        }
    }

    /// What an event says: a story's word, and the engine's for the run.
    pub(crate) fn from_words(status: view::StoryStatus, run_status: &str) -> Self {
        match run_status {
            "cancelled" => Self::Cancelled,
            _ => status.into(),
        }
    }

    /// Narrows a list to the stories that have it.
    pub(crate) fn filter(self, request: &mut ListStoriesRequest) {
        use v1::RunStatus as Run;

        let working = [Run::Running, Run::WaitingForInput, Run::Cancelling];
        let phases_of = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let (statuses, phases, phases_not) = match self {
            Self::Pending => (vec![Run::Queued], Vec::new(), Vec::new()),
            Self::Analyzing => {
                let others = phases_of(&[&view::GENERATING[..], &view::SYNTHESIZING].concat());
                (working.to_vec(), Vec::new(), others)
            }
            Self::Generating => (working.to_vec(), phases_of(&view::GENERATING), Vec::new()),
            Self::Synthesizing => (working.to_vec(), phases_of(&view::SYNTHESIZING), Vec::new()),
            Self::Completed => (vec![Run::Completed], Vec::new(), Vec::new()),
            Self::Failed => (vec![Run::Failed], Vec::new(), Vec::new()),
            Self::Cancelled => (vec![Run::Cancelled], Vec::new(), Vec::new()),
        };

        request.statuses = statuses.into_iter().map(Into::into).collect();
        request.phases = phases;
        request.phases_not = phases_not;
    }
}

impl From<view::StoryStatus> for StoryState {
    fn from(status: view::StoryStatus) -> Self {
        match status {
            view::StoryStatus::Pending => Self::Pending,
            view::StoryStatus::Analyzing => Self::Analyzing,
            view::StoryStatus::Generating => Self::Generating,
            view::StoryStatus::Synthesizing => Self::Synthesizing,
            view::StoryStatus::Completed => Self::Completed,
            view::StoryStatus::Failed => Self::Failed,
        }
    }
}

/// Why a run did not end well, for programs.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum RunErrorCode {
    /// Somebody stopped the work on it.
    Cancelled,
    /// Something that it needs failed, or refused what it was asked: the message says what.
    Failed,
}

impl RunErrorCode {
    /// The code that services write so; a word that is not known here is still a failure.
    pub(crate) fn read(word: Option<&str>) -> Option<Self> {
        word.map(|word| match word {
            "CANCELLED" => Self::Cancelled,
            _ => Self::Failed,
        })
    }
}

/// The link of a story that is shared. Whoever has it may read the story, and nothing else of yours.
#[derive(SimpleObject)]
#[graphql(complex)]
pub(crate) struct StoryShare {
    /// The unguessable part of the link: what `sharedStory(token:)` takes.
    token: String,
    /// The moment from which on the story was shared.
    created_at: DateTime<'static>,
}

#[ComplexObject]
impl StoryShare {
    /// The address of the page that shows the story to whoever has it.
    async fn url(&self, ctx: &Context<'_>) -> Url<'static> {
        share_url(&ctx.asker().base.0, &self.token).into()
    }
}

impl From<StoryKind> for i32 {
    fn from(kind: StoryKind) -> Self {
        match kind {
            StoryKind::Fiction => v1::StoryKind::Fiction,
            StoryKind::Code => v1::StoryKind::Code,
        }
        .into()
    }
}

#[derive(Clone)]
pub(crate) struct Story(pub(crate) Arc<v1::Story>);

impl Story {
    pub(crate) fn new(story: v1::Story) -> Self {
        Self(Arc::new(story))
    }

    /// What its run made. Nothing half-made is shown: it is there when the story is complete.
    fn made(&self) -> Option<&v1::CodeResult> {
        let done = self.0.status() == v1::RunStatus::Completed;
        self.0.code_result().filter(|_| done)
    }

    /// Its book without the prose, if it is fiction.
    async fn book(&self, ctx: &Context<'_>) -> Result<Option<Arc<v1::Book>>> {
        if self.0.fiction().is_none() {
            return Ok(None);
        }
        let book = ctx.loaders().books.load(&self.0.id).await;

        ctx.loaded(book)
    }

    fn link(&self, ctx: &Context<'_>, key: fn(&v1::CodeResult) -> &String) -> Option<Url<'static>> {
        ctx.links().url(key(self.made()?)).map(Url::from)
    }
}

/// A story: a repository, told to be listened to. It lasts; each attempt at making it is a run.
#[Object]
impl Story {
    /// The story's id, the same as in REST.
    pub(crate) async fn id(&self) -> Id<'_> {
        self.0.id.as_str().into()
    }

    /// Whether the story is about code or made up.
    async fn kind(&self) -> StoryKind {
        match self.0.kind() {
            v1::StoryKind::Fiction => StoryKind::Fiction,
            v1::StoryKind::Code | v1::StoryKind::Unspecified => StoryKind::Code,
        }
    }

    /// The name that its owner gave it, else the title that it was written with; until it is complete, the repository's name.
    async fn title(&self) -> &str {
        let repo_name = || self.0.code().map_or("", |request| &request.repo_name);
        some(&self.0.title).unwrap_or_else(repo_name)
    }

    /// The address of the repository that it tells.
    async fn repo_url(&self) -> Option<Url<'_>> {
        some(&self.0.code()?.repo_url).map(Url::from)
    }

    /// The repository as `owner/repository`.
    async fn repo_name(&self) -> Option<&str> {
        some(&self.0.code()?.repo_name)
    }

    /// Where the current attempt at the story stands: what `stories(status:)` filters by.
    async fn status(&self) -> StoryState {
        StoryState::from_run(self.0.status(), &self.0.phase)
    }

    /// How much of the current attempt is done, in whole per cent: 0 to 100.
    async fn percent(&self) -> u8 {
        percent(self.0.progress)
    }

    /// How much of the current attempt is done, in whole per cent: 0 to 100.
    #[graphql(deprecation = "The same is `percent`, on runs and events too.")]
    async fn progress(&self) -> u8 {
        percent(self.0.progress)
    }

    /// How the story is told, as it was asked for.
    async fn style(&self) -> Option<Style> {
        self.0.code()?.style().choice().map(Into::into)
    }

    /// The voice that reads it aloud.
    async fn voice(&self) -> Option<Voice> {
        self.0.code()?.voice().choice().map(Into::into)
    }

    /// The subjects that it dwells on, as they were asked for.
    async fn focus_areas(&self) -> &[String] {
        self.0.code().map_or(&[], |request| &request.focus_areas)
    }

    /// What the listener is taken to know.
    async fn technical_depth(&self) -> Option<TechnicalDepth> {
        self.0.code()?.technical_depth().choice().map(Into::into)
    }

    /// The length that was asked for, in minutes.
    async fn duration_minutes(&self) -> u32 {
        self.0.code().map_or(0, |request| request.duration_minutes)
    }

    /// Length of the finished audio, in seconds; null until it is complete.
    async fn duration_seconds(&self) -> Option<u64> {
        self.made().map(|made| whole_seconds(made.duration_seconds))
    }

    /// The whole story as MP3; null until it is complete. It answers GET, HEAD and Range without a header.
    async fn audio_url(&self, ctx: &Context<'_>) -> Option<Url<'static>> {
        let of_book = || self.0.fiction_result()?.audio_key.as_deref();
        let of_code = self.made().map(|made| made.audio_key.as_str());

        ctx.links().url(of_code.or_else(of_book)?).map(Url::from)
    }

    /// Each chapter as MP3, in order; none until the story is complete.
    async fn audio_chunks(&self, ctx: &Context<'_>) -> Vec<Url<'static>> {
        let of_code = self.made().map(|made| &made.audio_chunk_keys);
        let of_book = self.0.fiction_result().map(|made| &made.audio_chunk_keys);
        let urls = of_code
            .or(of_book)
            .into_iter()
            .flatten()
            .filter_map(|key| ctx.links().url(key));
        urls.map(Url::from).collect()
    }

    /// The cover as SVG; null until it is complete.
    async fn cover_url(&self, ctx: &Context<'_>) -> Option<Url<'static>> {
        self.link(ctx, |made| &made.cover_key)
    }

    /// The transcript as Markdown; null until it is complete.
    async fn transcript_url(&self, ctx: &Context<'_>) -> Option<Url<'static>> {
        self.link(ctx, |made| &made.transcript_key)
    }

    /// The captions as WebVTT; null until it is complete.
    async fn captions_url(&self, ctx: &Context<'_>) -> Option<Url<'static>> {
        self.link(ctx, |made| &made.captions_key)
    }

    /// The chapters, in order; none until it is complete, and null only when they could not be read.
    async fn chapters(&self, ctx: &Context<'_>) -> Result<Option<Vec<Chapter>>> {
        let Some(made) = self.made() else {
            return Ok(Some(Vec::new()));
        };

        // A story of a list comes without them.
        let whole = if made.chapters.is_some() {
            Some(Arc::clone(&self.0))
        } else {
            let story = ctx.loaders().whole_stories.load(&self.0.id).await;
            ctx.loaded(story)?
        };
        let chapters = whole.map(|story| Chapter::read(&story)).transpose();

        chapters.map_err(|error| ctx.fail(error))
    }

    /// Why there is no story, for programs; null unless its status is `FAILED` or `CANCELLED`.
    async fn error_code(&self) -> Option<RunErrorCode> {
        RunErrorCode::read(self.0.error_code.as_deref())
    }

    /// The finer word of what failed it, such as `REPO_NOT_FOUND`; null where there is none.
    async fn error_reason(&self) -> Option<&str> {
        self.0.error_reason.as_deref()
    }

    /// Why there is no story, in words for its user; `cancelled` when it was cancelled.
    async fn error_message(&self) -> Option<&str> {
        match self.0.status() {
            v1::RunStatus::Cancelled => Some("cancelled"),
            _ => self.0.error_message.as_deref(),
        }
    }

    /// Whether no model was asked: the deterministic author wrote it.
    async fn offline(&self) -> bool {
        self.0.offline
    }

    /// The moment at which the story was asked for.
    async fn created_at(&self) -> DateTime<'_> {
        known_time(self.0.created_at.as_ref())
    }

    /// The moment at which it, or the attempt at making it, last changed.
    async fn updated_at(&self) -> DateTime<'_> {
        known_time(self.0.updated_at.as_ref())
    }

    /// The link by which others may read it; null unless it is shared, and for everybody but its owner.
    async fn share(&self) -> Option<StoryShare> {
        self.0.share.as_ref().map(|share| StoryShare {
            token: share.token.clone(),
            created_at: known_time(share.created_at.as_ref()),
        })
    }

    /// What a fiction story was asked to be, in its author's words.
    async fn prompt(&self) -> Option<&str> {
        Some(&self.0.fiction()?.prompt)
    }

    /// The kinds of story that were asked for; none for a story about code.
    async fn genres(&self) -> &[String] {
        self.0.fiction().map_or(&[], |request| &request.genres)
    }

    /// What a fiction story asks its author, oldest first: `{id, reason, prompt, value, response_schema}`; only where a single
    /// story is asked for.
    async fn questions(&self) -> Vec<Json> {
        self.0
            .questions
            .iter()
            .filter_map(|text| Json::read(text))
            .collect()
    }

    /// The plan of a fiction story's book; null before it is made.
    async fn outline(&self, ctx: &Context<'_>) -> Result<Option<BookOutline>> {
        let book = self.book(ctx).await?;
        let outline = book.map(|book| BookOutline::read(&book)).transpose();

        Ok(outline.map_err(|error| ctx.fail(error))?.flatten())
    }

    /// The people, places, things and facts of a fiction story; null before they are made.
    async fn cast(&self, ctx: &Context<'_>) -> Result<Option<BookCast>> {
        let book = self.book(ctx).await?;
        let cast = book.map(|book| BookCast::read(&book)).transpose();

        Ok(cast.map_err(|error| ctx.fail(error))?.flatten())
    }

    /// The scenes of a fiction story that are written, in the order of telling; of one chapter, with their prose.
    async fn scenes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only the scenes of this chapter, with their paragraphs.")] chapter: Option<u32>,
    ) -> Result<Option<Vec<BookScene>>> {
        let book = match chapter {
            None => self.book(ctx).await?,
            Some(_) => {
                let request = GetBookRequest {
                    id: self.0.id.clone(),
                    with_prose: true,
                    chapter,
                };
                ctx.door().await?.find(GetBook(request)).await?.map(Arc::new)
            }
        };
        let scenes = book.map(|book| BookScene::read_all(&book)).transpose();

        scenes.map_err(|error| ctx.fail(error))
    }

    /// Where a fiction story contradicts itself, in the order of telling.
    async fn findings(&self, ctx: &Context<'_>) -> Result<Option<Vec<BookFinding>>> {
        let book = self.book(ctx).await?;
        let findings = book.map(|book| BookFinding::read_all(&book)).transpose();

        findings.map_err(|error| ctx.fail(error))
    }

    /// What a fiction story has promised its readers and not kept yet.
    async fn open_promises(&self, ctx: &Context<'_>) -> Result<Option<Vec<OpenPromise>>> {
        let book = self.book(ctx).await?;
        let open = book.map(|book| OpenPromise::read_all(&book)).transpose();

        open.map_err(|error| ctx.fail(error))
    }

    /// What was done to the book of a fiction story and can be taken back, the newest first.
    async fn changes(&self, ctx: &Context<'_>) -> Result<Option<Vec<BookChange>>> {
        let book = self.book(ctx).await?;

        Ok(book.map(|book| BookChange::list_all(&book)))
    }

    /// What a fiction story remembers: what a character knows, has and is, and where, at a scene; or a fact with the scenes that
    /// go by it. Null where there is no such thing.
    async fn ledger(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The key of a scene, at whose beginning it is asked for.")] at: Option<String>,
        #[graphql(desc = "The key of a character.")] character: Option<String>,
        #[graphql(desc = "Whether the scene's end is meant instead of its beginning.", default)] after: bool,
        #[graphql(desc = "The key of a fact, instead of the others.")] fact: Option<String>,
    ) -> Result<Option<Json>> {
        let request = AskLedgerRequest {
            id: self.0.id.clone(),
            character: character.unwrap_or_default(),
            scene: at.unwrap_or_default(),
            after,
            fact: fact.unwrap_or_default(),
        };
        let answer = ctx.door().await?.find(AskLedger(request)).await?;

        Ok(answer.and_then(|answer| Json::read(&answer.answer)))
    }

    /// What its author has laid down for it and its series; null for all others, and if it is no fiction.
    async fn bible(&self, ctx: &Context<'_>) -> Result<Option<Bible>> {
        let request = GetBibleRequest {
            id: self.0.id.clone(),
        };
        let bible = ctx.door().await?.find(GetBible(request)).await?;

        Ok(bible.map(Bible::from))
    }

    /// What of it counts in a scene: of each subject and property the nearest of series, book, chapter and scene. Null where there
    /// is no such scene.
    async fn laid_down(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The key of a scene of the outline.")] at: String,
        #[graphql(desc = "Whom or what it is about; all when left out.")] subject: Option<String>,
    ) -> Result<Option<Vec<BibleEntry>>> {
        let request = AskBibleRequest {
            id: self.0.id.clone(),
            scene: at,
            subject,
        };
        let laid = ctx.door().await?.find(AskBible(request)).await?;

        Ok(laid.map(|laid| BibleEntry::read_all(laid.entries)))
    }

    /// The current attempt at making it.
    async fn run(&self, ctx: &Context<'_>) -> Result<Option<Run>> {
        let run = ctx.loaders().runs.load(&self.0.run_id).await;
        Ok(ctx.loaded(run)?.map(Run))
    }

    /// All attempts at making it, the current one included, newest first; null for whoever reads it by its link alone.
    async fn runs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only attempts after the row with this cursor.")] after: Option<String>,
        #[graphql(desc = "Only attempts before the row with this cursor; together with `last`.")]
        before: Option<String>,
        #[graphql(
            desc = "How many from the beginning: 1 to 100.",
            default_with = "Some(PAGE_DEFAULT)"
        )]
        first: Option<i64>,
        #[graphql(desc = "How many from the end: 1 to 100. It wins over `first`.")] last: Option<i64>,
    ) -> Result<Option<Page<Run>>> {
        let arguments = PageArguments {
            first,
            after,
            last,
            before,
        };
        let asked = parse_page(arguments).map_err(|error| ctx.fail(error))?;

        list_runs(ctx, &asked, None, Some(self.0.id.clone())).await
    }
}

/// One chapter of a finished story.
#[derive(Clone, Deserialize, SimpleObject)]
#[graphql(complex)]
pub(crate) struct Chapter {
    /// The chapter's title, without a number.
    title: String,
    /// The words that are said, as Markdown.
    content: String,
    /// Pieces of code that it speaks of.
    code_examples: Vec<Json>,
    /// Files of the repository that it speaks of.
    #[serde(default)]
    files: Vec<String>,
    /// What it says that the repository says too, and where; empty in stories made before this was kept.
    #[serde(default)]
    claims: Vec<Claim>,
    /// The chapter's length, in seconds.
    duration_seconds: u64,
    /// Where it begins in the whole audio, in seconds.
    #[graphql(deprecation = "The same is `startSeconds`, named like `durationSeconds`.")]
    timestamp_start: u64,
}

#[ComplexObject]
impl Chapter {
    /// Where it begins in the whole audio, in seconds.
    async fn start_seconds(&self) -> u64 {
        self.timestamp_start
    }
}

/// A sentence of a chapter and the place in the repository that it rests on.
#[derive(Clone, Deserialize, SimpleObject)]
pub(crate) struct Claim {
    /// The sentence as it is said.
    text: String,
    /// Path from the root of the repository.
    file: String,
    /// Line in that file, from 1.
    line: u32,
}

impl Chapter {
    /// The chapters of a story that came with them.
    pub(crate) fn read(story: &v1::Story) -> Result<Vec<Self>, ApiError> {
        let chapters = story.code_result().and_then(|made| made.chapters.as_deref());

        serde_json::from_str(chapters.unwrap_or_default()).map_err(|err| {
            tracing::error!(story = story.id, %err, "the chapters of a story are not JSON");
            ApiError::internal()
        })
    }
}
