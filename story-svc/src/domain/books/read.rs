//! What readers see of a book, and what they ask its ledger.

use kit::actor::Actor;
use proto::tasks::fiction::ledger::{Key, LedgerFact};
use serde::Serialize;

use super::Books;
use crate::domain::book::{BookView, KeptScene};
use crate::domain::story::Story;
use crate::error::StoryError;
use crate::graphs::fiction::BEGINNING;
use crate::knowledge::{CharacterState, Dependent, SceneMoment};
use crate::store::books;

/// Facts and knowledge of one character that are answered at once.
const STATE_MOST: usize = 200;

/// A fact, and the scenes that go by it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct FactView {
    pub(crate) fact: LedgerFact,
    /// How the prose says it, if the cast has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) statement: Option<String>,
    /// The scene that says it; none for what holds from the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scene: Option<Key>,
    pub(crate) dependents: Vec<Dependent>,
}

impl Books {
    /// All there is of the book by now; of one chapter's scenes, when one is named.
    pub(crate) async fn get(
        &self,
        actor: &Actor,
        id: &str,
        chapter: Option<u32>,
        with_prose: bool,
    ) -> Result<BookView, StoryError> {
        let story = self.get_visible(actor, id).await?;
        if chapter == Some(0) {
            return Err(StoryError::invalid("chapter", "the number of a chapter, from 1"));
        }

        let view = self.read(&story, chapter, with_prose).await?;
        match chapter {
            Some(number) if !has_chapter(&view, number) => Err(StoryError::ChapterNotFound { number }),
            _ => Ok(view),
        }
    }

    pub(super) async fn read(
        &self,
        story: &Story,
        chapter: Option<u32>,
        with_prose: bool,
    ) -> Result<BookView, StoryError> {
        let db = self.stories.db.user(story.owner_id);
        let head = books::find_head(&db, story.id).await?.unwrap_or_default();
        let scenes = books::list_scenes(&db, story.id, chapter, with_prose).await?;
        let newest = match chapter {
            None => scenes.last().map(|kept| kept.scene.key.clone()),
            Some(_) => None,
        };

        let graph = self.knowledge.story(story.owner_id, story.id);
        let open_promises = match newest {
            // A scene that is being written may not be in the graph yet.
            Some(scene) => match graph.list_open_promises(&scene, SceneMoment::After).await {
                Err(crate::knowledge::KnowledgeError::SceneNotFound { .. }) => Vec::new(),
                other => other?,
            },
            None => Vec::new(),
        };

        Ok(BookView {
            story: story.id,
            head,
            scenes,
            intended: books::list_waivers(&db, story.id).await?,
            open_promises,
            changes: books::list_changes(&db, story.id).await?,
        })
    }

    /// What a character knows, has and is, and where, before or after a scene.
    pub(crate) async fn ask_state(
        &self,
        actor: &Actor,
        id: &str,
        (who, scene): (&str, &str),
        moment: SceneMoment,
    ) -> Result<CharacterState, StoryError> {
        let story = self.get_visible(actor, id).await?;
        let (who, scene) = (parse_key("character", who)?, parse_key("scene", scene)?);
        let graph = self.knowledge.story(story.owner_id, story.id);

        Ok(graph.ask_state(&who, &scene, moment, STATE_MOST).await?)
    }

    /// A fact of the book, and the scenes that go by it.
    pub(crate) async fn ask_fact(&self, actor: &Actor, id: &str, fact: &str) -> Result<FactView, StoryError> {
        let story = self.get_visible(actor, id).await?;
        self.view_fact(&story, &parse_key("fact", fact)?).await
    }

    pub(super) async fn view_fact(&self, story: &Story, fact: &Key) -> Result<FactView, StoryError> {
        let db = self.stories.db.user(story.owner_id);
        let head = books::find_head(&db, story.id).await?.unwrap_or_default();
        let of_cast = head.cast.as_ref().and_then(|cast| cast.fact(fact));
        let scenes = books::list_scenes(&db, story.id, None, false).await?;
        let of_scene = scenes.iter().find_map(|kept| find_fact(kept, fact));

        let found = of_scene.or_else(|| Some((&of_cast?.fact, None)));
        let (said, scene) = found.ok_or_else(|| StoryError::FactNotFound {
            key: fact.to_string(),
        })?;
        let graph = self.knowledge.story(story.owner_id, story.id);
        let mut dependents = graph.list_dependents(fact).await?;
        dependents.retain(|one| one.scene.as_str() != BEGINNING);

        Ok(FactView {
            fact: said.clone(),
            statement: of_cast.map(|fact| fact.statement.clone()),
            scene: scene.cloned(),
            dependents,
        })
    }
}

fn has_chapter(view: &BookView, number: u32) -> bool {
    let planned = view.head.outline.iter().flat_map(|outline| &outline.chapters);
    planned
        .map(|chapter| chapter.number)
        .any(|planned| planned == number)
        || view.scenes.iter().any(|kept| kept.scene.chapter == number)
}

fn find_fact<'a>(kept: &'a KeptScene, fact: &Key) -> Option<(&'a LedgerFact, Option<&'a Key>)> {
    let said = kept.scene.ledger.facts.iter().find(|said| said.key == *fact)?;
    Some((said, Some(&kept.scene.key)))
}

/// # Errors
/// The field that is no key.
pub(super) fn parse_key(field: &str, text: &str) -> Result<Key, StoryError> {
    Key::parse(text).ok_or_else(|| StoryError::invalid(field, Key::EXPECTED))
}
