//! Books: begun, answered, gone on with, rewritten, changed, taken back, and read aloud.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use proto::v1::{
    self, AnswerStoryRequest, ChangeFactRequest, ContinueStoryRequest, CreateFictionStoryRequest,
    ImportStoryRequest, NarrateStoryRequest, PutBibleRequest, RewriteScenesRequest, UndoChangeRequest,
    WaiveFindingRequest,
};

use crate::{
    error::ApiError,
    extract::IdempotencyKey,
    graphql::{
        Ask,
        object::{bible::Bible, book::BookFinding, story::Story},
        scalar::{IdInput, Json},
    },
    operation::books::{
        AnswerStory, BeginStory, ChangeFact, ContinueStory, ImportStory, NarrateStory, PutBible,
        RewriteScenes, UndoChange, WaiveFinding,
    },
    rest::books::parse_reply,
    view::{lekh::bible::BibleLevel, stories::Voice},
};

#[derive(Default)]
pub(crate) struct BooksMutation;

/// The book to write. Only the prompt is required.
#[derive(InputObject)]
struct BeginStoryInput {
    /// People, places, things, a time, a mood: at most 8000 characters.
    prompt: String,
    /// At most 10, each at most 100 characters.
    genres: Option<Vec<String>>,
    /// How many chapters: 1 to 60; 8 when left out.
    chapters: Option<i32>,
    /// How long each is: 100 to 5000 words; 1200 when left out.
    words_per_chapter: Option<i32>,
    /// The same prompt, genres and seed make the same book; another one each time when left out.
    seed: Option<u64>,
    /// The series that it is of, as you call it: what you have laid down for that counts for it. At most 100 characters.
    series: Option<String>,
    /// At most 255 visible ASCII characters. The same input under the same key again answers with the story made before.
    idempotency_key: Option<String>,
}

/// The manuscript to make a book of. Larger ones, and EPUB, are sent to `POST /api/stories/import`.
#[derive(InputObject)]
struct ImportStoryInput {
    /// Markdown or plain text, with headings of chapters.
    text: String,
    /// At most 200 characters; the manuscript's own when left out.
    title: Option<String>,
    /// Of what kind it is: at most 10, each at most 100 characters.
    genres: Option<Vec<String>>,
}

/// The book that is read.
#[derive(SimpleObject)]
struct ImportStoryPayload {
    /// The story, which is queued.
    story: Story,
}

/// The answer to what a book asks its author.
#[derive(InputObject)]
struct AnswerStoryInput {
    /// The id of a fiction story of yours that waits.
    id: IdInput,
    /// The id of the question; the oldest open one when left out.
    question_id: Option<IdInput>,
    /// What fits the question's `response_schema`; left out to decline the question, whose default is then taken.
    answer: Option<Json>,
}

/// How a book is to go on.
#[derive(InputObject)]
struct ContinueStoryInput {
    /// The id of a fiction story of yours that nobody works on.
    id: IdInput,
    /// What is to happen: at most 8000 characters.
    prompt: String,
    /// How many chapters more; 1 when left out.
    chapters: Option<i32>,
}

/// The scenes to write anew: those of a chapter, those that are named, and those that go by a fact.
#[derive(InputObject)]
struct RewriteScenesInput {
    /// The id of a fiction story of yours that nobody works on.
    id: IdInput,
    /// The number of a chapter.
    chapter: Option<i32>,
    /// The keys of scenes, each as `Story.scenes` shows it.
    scenes: Option<Vec<String>>,
    /// The key of a fact.
    fact: Option<String>,
}

/// What a fact is to say.
#[derive(InputObject)]
struct ChangeFactInput {
    /// The id of a fiction story of yours that nobody works on.
    id: IdInput,
    /// The key of the fact.
    fact: String,
    /// The key of a character, a place or an item where one stood; else words, at most 500 characters.
    object: String,
    /// How the prose says it, as a clause; made of the fact when left out.
    statement: Option<String>,
    /// Whether the scenes that go by it are written anew; not when left out.
    rewrite: Option<bool>,
}

/// The book whose newest change is to be taken back.
#[derive(InputObject)]
struct UndoChangeInput {
    /// The id of a fiction story of yours that nobody works on.
    id: IdInput,
}

/// What its owner says about a finding.
#[derive(InputObject)]
struct WaiveFindingInput {
    /// The id of a fiction story of yours.
    id: IdInput,
    /// The `key` of a finding of this book.
    finding: String,
    /// Whether it is meant to be so.
    intended: bool,
}

/// The book to read aloud.
#[derive(InputObject)]
struct NarrateStoryInput {
    /// The id of a fiction story of yours that nobody works on.
    id: IdInput,
    /// Who reads; `RACHEL` when left out.
    voice: Option<Voice>,
}

/// The book that was begun.
#[derive(SimpleObject)]
struct BeginStoryPayload {
    /// The story, which is queued.
    story: Story,
}

/// The book whose question was answered.
#[derive(SimpleObject)]
struct AnswerStoryPayload {
    /// The story, which goes on.
    story: Story,
}

/// The book that goes on.
#[derive(SimpleObject)]
struct ContinueStoryPayload {
    /// The story, whose new chapters are queued.
    story: Story,
}

/// The book whose scenes are written anew.
#[derive(SimpleObject)]
struct RewriteScenesPayload {
    /// The story, whose scenes are queued.
    story: Story,
}

/// The book whose change is taken back.
#[derive(SimpleObject)]
struct UndoChangePayload {
    /// The story, which is queued.
    story: Story,
}

/// The book that is read aloud.
#[derive(SimpleObject)]
struct NarrateStoryPayload {
    /// The story, whose reading is queued.
    story: Story,
}

/// A fact that is being changed.
#[derive(SimpleObject)]
struct ChangeFactPayload {
    /// The story, which is queued.
    story: Story,
    /// The fact as it was, with the `dependents`: the scenes that go by it.
    fact: Json,
}

/// One thing to lay down for a book.
#[derive(InputObject)]
struct BibleEntryInput {
    /// For what it is laid down.
    level: BibleLevel,
    /// The number of the chapter, for an entry of a chapter.
    chapter: Option<u32>,
    /// The key of the scene, for an entry of a scene.
    scene: Option<String>,
    /// Who or what it is about, by key or by name: at most 100 characters.
    subject: String,
    /// What about it: `hair`, `age`, or anything else of at most 64 characters.
    property: String,
    /// What is so there: at most 500 characters.
    value: String,
}

/// All that is to be laid down for a book, in place of what was.
#[derive(InputObject)]
struct PutBibleInput {
    /// The id of a fiction story of yours.
    id: IdInput,
    /// The series that it is of, as you call it; none when left out.
    series: Option<String>,
    /// At most 500; those of the series count for all its books.
    entries: Vec<BibleEntryInput>,
}

/// What is laid down for the book now.
#[derive(SimpleObject)]
struct PutBiblePayload {
    /// All of it, that of the series first.
    bible: Bible,
}

/// What is found in the book.
#[derive(SimpleObject)]
struct WaiveFindingPayload {
    /// All findings, in the order of telling.
    findings: Vec<BookFinding>,
}

/// A number below 0 is refused as 0 is, by its field and with what was expected.
fn read_count(number: i32) -> u32 {
    u32::try_from(number).unwrap_or_default()
}

#[Object]
impl BooksMutation {
    /// Write a book from a prompt. It may ask its author something first, and can be read while it is written.
    async fn begin_story(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The book to write.")] input: BeginStoryInput,
    ) -> Result<Option<BeginStoryPayload>> {
        let door = ctx.door().await?;
        let key = input.idempotency_key.as_deref().map(str::as_bytes);
        let key = IdempotencyKey::parse(key, "input.idempotencyKey").map_err(|error| ctx.fail(error))?;
        let request = CreateFictionStoryRequest {
            prompt: input.prompt,
            genres: input.genres.unwrap_or_default(),
            chapters: input.chapters.map(read_count),
            words_per_chapter: input.words_per_chapter.map(read_count),
            seed: input.seed,
            series: input.series,
            idempotency_key: key.into_text(),
            worker_share: None,
        };

        let story = Story::new(door.perform(BeginStory(request)).await?);

        Ok(Some(BeginStoryPayload { story }))
    }

    /// Make a book of a manuscript. Its chapters stay as they are; who is in them is read, and then it can be gone on with.
    async fn import_story(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The text of the manuscript, and what it is called.")] input: ImportStoryInput,
    ) -> Result<Option<ImportStoryPayload>> {
        let door = ctx.door().await?;
        let request = ImportStoryRequest {
            manuscript: input.text.into_bytes(),
            format: v1::BookFormat::Unspecified.into(),
            title: input.title,
            genres: input.genres.unwrap_or_default(),
            worker_share: None,
        };

        let story = Story::new(door.perform(ImportStory(request)).await?);

        Ok(Some(ImportStoryPayload { story }))
    }

    /// Answer what a book of yours asks, or decline to. A question takes one answer: a second one is refused.
    async fn answer_story(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The book and the answer.")] input: AnswerStoryInput,
    ) -> Result<Option<AnswerStoryPayload>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&input.id, "input.id")?;
        let question = input.question_id.as_ref();
        let question = question
            .map(|id| ctx.parse_id(id, "input.questionId"))
            .transpose()?;
        let answer = input.answer.map(|answer| answer.0.into_json()).transpose();
        let answer = answer.map_err(|_| {
            ctx.fail(ApiError::field(
                "input.answer",
                "value_error",
                "expected a JSON value",
            ))
        })?;
        let decline = answer.is_none();
        let request = AnswerStoryRequest {
            id: id.to_string(),
            question_id: question.map(|id| id.to_string()),
            reply: Some(parse_reply(answer, decline).map_err(|error| ctx.fail(error))?),
        };

        let story = Story::new(door.perform(AnswerStory(request)).await?);

        Ok(Some(AnswerStoryPayload { story }))
    }

    /// Go on with a book of yours: more chapters behind the last one.
    async fn continue_story(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The book and how it goes on.")] input: ContinueStoryInput,
    ) -> Result<Option<ContinueStoryPayload>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&input.id, "input.id")?;
        let request = ContinueStoryRequest {
            id: id.to_string(),
            prompt: input.prompt,
            chapters: input.chapters.map(read_count),
            worker_share: None,
        };

        let story = Story::new(door.perform(ContinueStory(request)).await?);

        Ok(Some(ContinueStoryPayload { story }))
    }

    /// Write some scenes of a book of yours anew. No other is touched.
    async fn rewrite_scenes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The book and its scenes.")] input: RewriteScenesInput,
    ) -> Result<Option<RewriteScenesPayload>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&input.id, "input.id")?;
        let request = RewriteScenesRequest {
            id: id.to_string(),
            chapter: input.chapter.map(read_count),
            scenes: input.scenes.unwrap_or_default(),
            fact: input.fact,
            worker_share: None,
        };

        let story = Story::new(door.perform(RewriteScenes(request)).await?);

        Ok(Some(RewriteScenesPayload { story }))
    }

    /// Make something else of a fact of a book of yours. It is answered which scenes go by it.
    async fn change_fact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The book, the fact, and what it is to say.")] input: ChangeFactInput,
    ) -> Result<Option<ChangeFactPayload>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&input.id, "input.id")?;
        let request = ChangeFactRequest {
            id: id.to_string(),
            fact: input.fact,
            object: input.object,
            statement: input.statement,
            rewrite: input.rewrite.unwrap_or_default(),
            worker_share: None,
        };
        let change = door.perform(ChangeFact(request)).await?;
        let fact = Json::read(&change.fact).ok_or_else(|| ctx.fail(ApiError::internal()))?;

        Ok(Some(ChangeFactPayload {
            story: Story::new(change.story.unwrap_or_default()),
            fact,
        }))
    }

    /// Take the newest change of a book of yours back: what was rewritten, continued, or made of a fact.
    async fn undo_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The book whose newest change is to go.")] input: UndoChangeInput,
    ) -> Result<Option<UndoChangePayload>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&input.id, "input.id")?;
        let request = UndoChangeRequest {
            id: id.to_string(),
            worker_share: None,
        };

        let story = Story::new(door.perform(UndoChange(request)).await?);

        Ok(Some(UndoChangePayload { story }))
    }

    /// Say that a finding is meant to be so, or that it is not: there are liars, and narrators who err.
    async fn waive_finding(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The book, the finding, and what is said about it.")] input: WaiveFindingInput,
    ) -> Result<Option<WaiveFindingPayload>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&input.id, "input.id")?;
        let request = WaiveFindingRequest {
            id: id.to_string(),
            finding: input.finding,
            intended: input.intended,
        };
        let book = door.perform(WaiveFinding(request)).await?;
        let findings = BookFinding::read_all(&book).map_err(|error| ctx.fail(error))?;

        Ok(Some(WaiveFindingPayload { findings }))
    }

    /// Lay down what counts in a book of yours and its series, in place of what was laid down before.
    async fn put_bible(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The book and all that is to count in it.")] input: PutBibleInput,
    ) -> Result<Option<PutBiblePayload>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&input.id, "input.id")?;
        let entries = input.entries.into_iter().map(|entry| v1::BibleEntry {
            level: entry.level.to_number(),
            chapter: entry.chapter,
            scene: entry.scene,
            subject: entry.subject,
            property: entry.property,
            value: entry.value,
        });
        let request = PutBibleRequest {
            id: id.to_string(),
            series: input.series,
            entries: entries.collect(),
            worker_share: None,
        };
        let bible = door.perform(PutBible(request)).await?;

        Ok(Some(PutBiblePayload { bible: bible.into() }))
    }

    /// Have a book of yours read aloud.
    async fn narrate_story(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The book and who reads it.")] input: NarrateStoryInput,
    ) -> Result<Option<NarrateStoryPayload>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&input.id, "input.id")?;
        let request = NarrateStoryRequest {
            id: id.to_string(),
            voice: v1::Voice::number(input.voice.map(Into::into)),
            worker_share: None,
        };

        let story = Story::new(door.perform(NarrateStory(request)).await?);

        Ok(Some(NarrateStoryPayload { story }))
    }
}
