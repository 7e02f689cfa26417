//! Books of fiction stories: made, read, asked and changed. What changes one is a run of its graph (`change`), one at a time;
//! here is decided whether it may begin. A book is read by whoever may read its story, and changed by its owner.

mod bible;
mod change;
mod export;
mod import;
mod read;

use flow::store::Share;
use flow::{Reply, StoreError};
use kit::actor::Actor;
use kit::blobs::Blobs;
use kit::rpc::RequestId;
use serde_json::Value;
use uuid::Uuid;

pub(crate) use self::bible::{BookBible, LaidDown, RawBibleEntry, load_bible};
pub(crate) use self::change::{NewFact, WantedScenes};
pub(crate) use self::import::{MANUSCRIPT_BYTES_MAX, RawManuscript};
use super::attempts::key_request;
use super::code_request::parse_idempotency_key;
use super::fiction_request::{FictionRequest, RawFictionRequest};
use super::runs::find_answer_faults;
use super::stories::Stories;
use super::story::{Story, StoryKind, StoryRequest};
use crate::error::StoryError;
use crate::knowledge::Knowledge;
use crate::store::workflows;

/// The rules.
#[derive(Clone)]
pub(crate) struct Books {
    pub(crate) stories: Stories,
    pub(crate) knowledge: Knowledge,
    pub(crate) blobs: Blobs,
}

/// What an author says to a question.
#[derive(Debug, Clone)]
pub(crate) struct AuthorReply {
    pub(crate) story: String,
    /// The oldest open one when not given.
    pub(crate) question: Option<String>,
    /// JSON text; none declines it.
    pub(crate) answer: Option<String>,
}

impl Books {
    /// Writes the story and its queued first run together.
    pub(crate) async fn create(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        raw: RawFictionRequest,
        idempotency_key: Option<String>,
        share: Share,
    ) -> Result<Story, StoryError> {
        // A repetition is the same whichever seed is drawn for it.
        let asked = raw.clone();
        let seed = draw_seed(self.stories.ids.id());
        let parsed = (
            FictionRequest::parse(raw, seed),
            parse_idempotency_key(idempotency_key),
        );
        let (request, key) = match parsed {
            (Ok(request), Ok(key)) => (request, key),
            (request, key) => {
                let mut fields = request.err().unwrap_or_default();
                fields.extend(key.err());
                return Err(StoryError::Invalid { fields });
            }
        };
        let key = key
            .map(|key| key_request(key, "create_fiction", &asked))
            .transpose()?;

        self.stories
            .create(actor, request_id, StoryRequest::Fiction(request), key, share)
            .await
    }

    /// Answers or declines a question of the current run.
    pub(crate) async fn reply(&self, actor: &Actor, said: AuthorReply) -> Result<Story, StoryError> {
        let reply = match &said.answer {
            None => Reply::Decline,
            Some(text) => Reply::Answer(parse_answer(text)?),
        };
        let story = self.get_own(actor, &said.story).await?;

        let access = flow::Access::Owner(actor.user_id);
        let run = self.stories.runs.get(access, story.run.id).await;
        let run = run.map_err(StoryError::Runs)?;
        let question = match said.question.as_deref() {
            None => run
                .questions
                .first()
                .map(|open| open.id)
                .ok_or(StoryError::QuestionClosed)?,
            Some(text) => self.find_question(&run, text).await?,
        };
        if let Reply::Answer(answer) = &reply
            && let Some(open) = run.questions.iter().find(|open| open.id == question)
        {
            let fields = find_answer_faults(&open.question, answer);
            if !fields.is_empty() {
                return Err(StoryError::Invalid { fields });
            }
        }

        match self
            .stories
            .runs
            .reply(access, run.id, Some(question), reply)
            .await
        {
            Ok(_) => self.stories.get(actor, &said.story).await,
            // Somebody else was quicker.
            Err(StoreError::WrongStatus { .. } | StoreError::NoQuestion) => Err(StoryError::QuestionClosed),
            Err(error) => Err(StoryError::Runs(error)),
        }
    }

    async fn find_question(&self, run: &flow::Run, text: &str) -> Result<Uuid, StoryError> {
        let not_found = || StoryError::QuestionNotFound { id: text.to_owned() };
        let id = Uuid::try_parse(text).map_err(|_| not_found())?;
        if run.questions.iter().any(|open| open.id == id) {
            return Ok(id);
        }

        match workflows::has_asked(&self.stories.db.user(run.owner), run.id, id).await? {
            true => Err(StoryError::QuestionClosed),
            false => Err(not_found()),
        }
    }

    /// A fiction story that the actor may see.
    async fn get_visible(&self, actor: &Actor, id: &str) -> Result<Story, StoryError> {
        let story = self.stories.get(actor, id).await?;
        match story.kind {
            StoryKind::Fiction => Ok(story),
            StoryKind::Code => Err(StoryError::StoryNotFound { id: id.to_owned() }),
        }
    }

    async fn get_own(&self, actor: &Actor, id: &str) -> Result<Story, StoryError> {
        let story = self.get_visible(actor, id).await?;
        match story.owner_id == actor.user_id {
            true => Ok(story),
            false => Err(StoryError::StoryNotFound { id: id.to_owned() }),
        }
    }
}

/// The text as JSON without NUL characters, which PostgreSQL does not keep.
fn parse_answer(text: &str) -> Result<Value, StoryError> {
    const ANSWER_BYTES_MAX: usize = 64 * 1024;

    if text.len() > ANSWER_BYTES_MAX {
        return Err(StoryError::invalid("answer", "at most 64 KiB"));
    }
    match serde_json::from_str(text) {
        Ok(value) if !text.contains("\\u0000") => Ok(value),
        _ => Err(StoryError::invalid("answer", "JSON text without NUL characters")),
    }
}

/// Small enough for every reader of JSON.
fn draw_seed(id: Uuid) -> u64 {
    let bytes = blake3::hash(id.as_bytes());
    let (first, _) = bytes.as_bytes().split_at(4);
    first.iter().fold(0, |seed, byte| seed << 8 | u64::from(*byte))
}
