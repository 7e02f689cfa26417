//! What owners do with a book that is there. All of it is done by runs of its graph, one at a time, so that it goes on after a
//! crash; here a run is begun, or refused.

use flow::StartRun;
use flow::store::{NewRun, Share};
use kit::actor::Actor;
use kit::error::Faults;
use kit::rpc::RequestId;
use proto::tasks::fiction::ledger::{FactObject, Key};
use proto::words::Voice;

use super::Books;
use super::read::{FactView, parse_key};
use crate::domain::attempts::{Attempt, Begun};
use crate::domain::book::{BookHead, scenes_of_chapter};
use crate::domain::fiction_request::{
    BookTask, CHAPTERS_MAX, FICTION, FictionInput, FictionRequest, parse_prompt,
};
use crate::domain::story::{Story, StoryRequest};
use crate::error::StoryError;
use crate::store::books;

/// Scenes that are written anew by one run.
const SCENES_MAX: usize = 300;
/// Characters of what a fact says.
const FACT_CHARS_MAX: usize = 500;
/// Characters of the id of a finding.
const FINDING_CHARS_MAX: usize = 200;

/// Which scenes are to be written anew.
#[derive(Debug, Clone, Default)]
pub(crate) struct WantedScenes {
    pub(crate) chapter: Option<u32>,
    pub(crate) scenes: Vec<String>,
    pub(crate) fact: Option<String>,
}

/// What a fact is to say.
#[derive(Debug, Clone)]
pub(crate) struct NewFact {
    pub(crate) fact: String,
    pub(crate) object: String,
    pub(crate) statement: Option<String>,
    pub(crate) rewrite: bool,
}

/// A fact that is being changed: as it was, and the story.
#[derive(Debug, Clone)]
pub(crate) struct FactChange {
    pub(crate) story: Story,
    pub(crate) fact: FactView,
}

impl Books {
    /// Writes more chapters behind the last one.
    pub(crate) async fn go_on(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        (id, prompt, chapters): (&str, &str, Option<u32>),
        share: Share,
    ) -> Result<Story, StoryError> {
        let mut faults = Faults::default();
        let prompt = parse_prompt("prompt", prompt, &mut faults);
        let chapters = chapters.unwrap_or(1);
        let story = self.get_own(actor, id).await?;
        let head = self.written_head(&story).await?;
        let there = head.outline.iter().flat_map(|outline| &outline.chapters).count();

        let left = CHAPTERS_MAX.saturating_sub(u32::try_from(there).unwrap_or(CHAPTERS_MAX));
        if !(1..=left).contains(&chapters) {
            let expected =
                format!("1 to {left}: a book has {CHAPTERS_MAX} chapters at most, and this one {there}");
            faults.add("chapters", expected);
        }
        if !faults.is_empty() {
            return Err(StoryError::Invalid { fields: faults.0 });
        }

        let task = BookTask::Continue { prompt, chapters };
        self.begin(actor, request_id, story, task, share).await
    }

    /// Writes some scenes anew: of a chapter, those that are named, and all that go by a fact.
    pub(crate) async fn rewrite(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        (id, wanted): (&str, WantedScenes),
        share: Share,
    ) -> Result<Story, StoryError> {
        let story = self.get_own(actor, id).await?;
        let head = self.written_head(&story).await?;
        let scenes = self.choose_scenes(&story, &head, wanted).await?;

        self.begin(actor, request_id, story, BookTask::Rewrite { scenes }, share)
            .await
    }

    async fn choose_scenes(
        &self,
        story: &Story,
        head: &BookHead,
        wanted: WantedScenes,
    ) -> Result<Vec<Key>, StoryError> {
        let mut chosen: Vec<Key> = Vec::new();
        if let Some(chapter) = wanted.chapter {
            let outline = head.outline.as_ref();
            chosen.extend(outline.map_or_else(Vec::new, |outline| scenes_of_chapter(outline, chapter)));
            if chosen.is_empty() {
                return Err(StoryError::ChapterNotFound { number: chapter });
            }
        }
        if wanted.scenes.len() > SCENES_MAX {
            return Err(StoryError::invalid("scenes", &format!("at most {SCENES_MAX}")));
        }

        for (index, text) in wanted.scenes.iter().enumerate() {
            let key = parse_key(&format!("scenes.{index}"), text)?;
            let planned = head.outline.iter().flat_map(|outline| outline.scenes());
            if !planned.into_iter().any(|(_, scene)| scene.key == key) {
                return Err(StoryError::SceneNotFound { key: key.to_string() });
            }
            chosen.push(key);
        }
        if let Some(fact) = &wanted.fact {
            let view = self.view_fact(story, &parse_key("fact", fact)?).await?;
            chosen.extend(list_scenes(&view));
        }

        let mut once = Vec::with_capacity(chosen.len());
        for key in chosen {
            if !once.contains(&key) {
                once.push(key);
            }
        }
        match once.is_empty() {
            true => Err(StoryError::invalid(
                "scenes",
                "a chapter, some scenes, or a fact that scenes go by",
            )),
            false => Ok(once),
        }
    }

    /// Makes something else of a fact; the answer names the scenes that go by it.
    pub(crate) async fn change_fact(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        (id, new): (&str, NewFact),
        share: Share,
    ) -> Result<FactChange, StoryError> {
        let object = parse_line("object", &new.object)?;
        let statement = new.statement.as_deref();
        let statement = statement.map(|text| parse_line("statement", text)).transpose()?;
        let fact = parse_key("fact", &new.fact)?;

        let story = self.get_own(actor, id).await?;
        let head = self.written_head(&story).await?;
        let view = self.view_fact(&story, &fact).await?;
        if let FactObject::Entity(_) = &view.fact.object {
            let known = head.cast.iter().flat_map(|cast| cast.entities());
            if !known.into_iter().any(|entity| entity.key.as_str() == object) {
                let expected = "the key of a character, a place or an item of this book";
                return Err(StoryError::invalid("object", expected));
            }
        }

        let scenes = match new.rewrite {
            true => list_scenes(&view),
            false => Vec::new(),
        };
        let task = BookTask::ChangeFact {
            fact,
            object,
            statement,
            scenes,
        };
        let story = self.begin(actor, request_id, story, task, share).await?;

        Ok(FactChange { story, fact: view })
    }

    /// Takes the newest change back.
    pub(crate) async fn undo(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        id: &str,
        share: Share,
    ) -> Result<Story, StoryError> {
        let story = self.get_own(actor, id).await?;
        let db = self.stories.db.user(actor.user_id);
        let changes = books::list_changes(&db, story.id).await?;
        let newest = changes
            .first()
            .ok_or(StoryError::NothingToUndo { id: story.id })?;

        let task = BookTask::Undo {
            change: newest.number,
        };
        self.begin(actor, request_id, story, task, share).await
    }

    /// Has the book read aloud.
    pub(crate) async fn narrate(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        (id, voice): (&str, Option<Voice>),
        share: Share,
    ) -> Result<Story, StoryError> {
        let story = self.get_own(actor, id).await?;
        self.written_head(&story).await?;

        let voice = voice.unwrap_or_default();
        self.begin(actor, request_id, story, BookTask::Narrate { voice }, share)
            .await
    }

    /// Looks for contradictions anew in what is written. A run that is at work does so at its end.
    pub(super) async fn check(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        story: Story,
        share: Share,
    ) -> Result<(), StoryError> {
        let begun = match self.written_head(&story).await {
            Ok(_) => self.begin(actor, request_id, story, BookTask::Check, share).await,
            Err(refused) => Err(refused),
        };

        match begun {
            Ok(_) | Err(StoryError::BookBusy { .. } | StoryError::NothingWritten { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Says that a finding is meant to be so, or not.
    pub(crate) async fn waive(
        &self,
        actor: &Actor,
        (id, finding): (&str, &str),
        intended: bool,
    ) -> Result<crate::domain::book::BookView, StoryError> {
        let story = self.get_own(actor, id).await?;
        let db = self.stories.db.user(actor.user_id);
        let head = books::find_head(&db, story.id).await?.unwrap_or_default();
        let known = finding.len() <= FINDING_CHARS_MAX && head.findings.iter().any(|one| one.id == finding);
        if !known {
            return Err(StoryError::FindingNotFound);
        }

        match intended {
            true => {
                let at = self.stories.clock.now();
                books::insert_waiver(&db, (story.id, story.owner_id), finding, at).await?;
            }
            false => books::delete_waiver(&db, story.id, finding).await?,
        }
        self.read(&story, None, false).await
    }

    /// The head of a book that has something written.
    async fn written_head(&self, story: &Story) -> Result<BookHead, StoryError> {
        let db = self.stories.db.user(story.owner_id);
        let head = books::find_head(&db, story.id).await?;
        let head = head.filter(|head| head.outline.is_some() && head.cast.is_some());

        if !story.run.status.is_terminal() {
            return Err(StoryError::BookBusy { id: story.id });
        }
        head.ok_or(StoryError::NothingWritten { id: story.id })
    }

    /// Queues a run that does this, in place of the one before, which has ended.
    async fn begin(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        story: Story,
        task: BookTask,
        share: Share,
    ) -> Result<Story, StoryError> {
        if !story.run.status.is_terminal() {
            return Err(StoryError::BookBusy { id: story.id });
        }
        let StoryRequest::Fiction(request) = &story.request else {
            return Err(StoryError::StoryNotFound {
                id: story.id.to_string(),
            });
        };

        let run = self
            .prepare(actor, request_id, (&story, request), &task, share)
            .await?;
        let id = run.id;
        let attempt = Attempt {
            thing: story.id,
            run: story.run.id,
        };
        if let Begun::New(begun) = self.stories.attempts.begin(run).await?
            && begun.commit_in_place_of(attempt).await?
        {
            let story = self.stories.get(actor, &story.id.to_string()).await?;
            return Ok(story.into_begun(id));
        }

        Err(StoryError::BookBusy { id: story.id })
    }

    async fn prepare(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        (story, request): (&Story, &FictionRequest),
        task: &BookTask,
        share: Share,
    ) -> Result<NewRun, StoryError> {
        let start = StartRun {
            id: self.stories.ids.id(),
            owner: actor.user_id,
            share,
            graph: FICTION.to_owned(),
            phase: String::new(),
            input: FictionInput {
                story_id: story.id,
                actor,
                request_id: request_id.as_str(),
                request,
                task,
            },
            idempotency: None,
            due_at: None,
            options: flow::RunOptions::default(),
        };

        self.stories.runs.prepare(start).await.map_err(StoryError::Runs)
    }
}

/// Those that say it and those that go by it, in the order of telling.
fn list_scenes(view: &FactView) -> Vec<Key> {
    let dependents = view.dependents.iter().map(|one| one.scene.clone());
    let mut scenes: Vec<Key> = view.scene.iter().cloned().chain(dependents).collect();
    scenes.dedup();

    scenes
}

fn parse_line(field: &str, text: &str) -> Result<String, StoryError> {
    let text = text.trim();
    let fits = (1..=FACT_CHARS_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control);

    match fits {
        true => Ok(text.to_owned()),
        false => {
            let expected = format!("1 to {FACT_CHARS_MAX} characters on one line");
            Err(StoryError::invalid(field, &expected))
        }
    }
}
