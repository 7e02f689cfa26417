//! Node `begin`: takes the book, notes how it was, and prepares what the task needs. It may run again: what it does twice is done
//! once.

use std::sync::Arc;

use flow::NodeError;
use proto::tasks::Level;
use proto::tasks::fiction::cast::Cast;
use proto::tasks::fiction::ledger::{FactObject, Key, LedgerFact};
use serde_json::json;

use super::keep::{later, too_early};
use super::opening::opening_scene;
use super::state::{BookUpdate, SceneJob, SystemStatus};
use super::{EDITOR, Node};
use crate::domain::book::{BookBefore, KeptScene};
use crate::domain::fiction_request::BookTask;
use crate::store::books;

pub(super) async fn run(node: Arc<Node>) -> Result<BookUpdate, NodeError> {
    let (book, at) = (node.book(), node.tools.clock.now());
    let claimed = books::claim(&node.tools.db.user(book.owner), book, at).await;
    claimed.map_err(later)?;

    let (status, jobs) = match &node.state.task {
        BookTask::Begin => {
            empty_book(&node).await?;
            (SystemStatus::Planning, Vec::new())
        }
        BookTask::Import => (SystemStatus::Casting, Vec::new()),
        BookTask::Continue { .. } => {
            note_change(&node, &[]).await?;
            (SystemStatus::Planning, Vec::new())
        }
        BookTask::Rewrite { scenes } => {
            note_change(&node, scenes).await?;
            (SystemStatus::Writing, list_jobs(&node, scenes).await?)
        }
        BookTask::ChangeFact {
            fact,
            object,
            statement,
            scenes,
        } => {
            change_fact(&node, (fact, object, statement.as_deref()), scenes).await?;
            let jobs = list_jobs(&node, scenes).await?;
            let status = match jobs.is_empty() {
                true => SystemStatus::Checking,
                false => SystemStatus::Writing,
            };
            (status, jobs)
        }
        BookTask::Undo { change } => {
            take_back(&node, *change).await?;
            (SystemStatus::Checking, Vec::new())
        }
        BookTask::Narrate { .. } => (SystemStatus::Narrating, Vec::new()),
        BookTask::Check => (SystemStatus::Checking, Vec::new()),
    };
    if let Some(what) = node.state.task.describe() {
        node.log(EDITOR, &what, Level::Info).await?;
    }

    Ok(BookUpdate::Begun { status, jobs })
}

async fn empty_book(node: &Node) -> Result<(), NodeError> {
    let mut tx = node.change().await?;
    books::empty(&mut tx, node.book()).await.map_err(later)?;
    tx.commit().await.map_err(later)?;

    node.graph().delete().await.map_err(later)
}

/// Those that are written again, each a take further.
async fn list_jobs(node: &Node, scenes: &[Key]) -> Result<Vec<SceneJob>, NodeError> {
    let (outline, _) = node.plan_and_cast().await?;
    let kept = node.scenes(false).await?;

    let wanted = outline.scenes().filter(|(_, plan)| scenes.contains(&plan.key));
    let jobs = wanted.map(|(_, plan)| {
        let before = kept.iter().find(|kept| kept.scene.key == plan.key);
        SceneJob {
            key: plan.key.clone(),
            take: before.map_or(0, |kept| kept.take + 1),
            repair: Vec::new(),
        }
    });
    Ok(jobs.collect())
}

/// How the book is before this run changes these scenes.
async fn note_change(node: &Node, scenes: &[Key]) -> Result<(), NodeError> {
    let head = node.head().await?;
    let kept = node.scenes(true).await?;
    let before = BookBefore {
        outline: head.outline,
        cast: head.cast,
        scenes: kept
            .into_iter()
            .filter(|kept| scenes.contains(&kept.scene.key))
            .collect(),
        findings: head.findings,
    };

    let what = node.state.task.describe().unwrap_or_default();
    let mut tx = node.change().await?;
    books::insert_change(&mut tx, node.book(), &what, &before, node.tools.clock.now())
        .await
        .map_err(later)?;
    tx.commit().await.map_err(later)
}

/// The fact says something else: in the cast, and in the scene that says it, if one does.
async fn change_fact(
    node: &Node,
    (fact, object, statement): (&Key, &str, Option<&str>),
    scenes: &[Key],
) -> Result<(), NodeError> {
    let (outline, mut cast) = node.plan_and_cast().await?;
    let kept = node.scenes(true).await?;
    let says = |kept: &KeptScene| kept.scene.ledger.facts.iter().any(|said| said.key == *fact);
    let saying: Vec<Key> = kept
        .iter()
        .filter(|kept| says(kept))
        .map(|kept| kept.scene.key.clone())
        .collect();
    note_change(node, &[scenes, &saying].concat()).await?;

    set_fact(&mut cast, fact, object, statement);
    super::cast::keep_cast(node, &outline, &cast).await?;

    let opening = opening_scene(&outline, &cast);
    for mut kept in kept.into_iter().filter(says) {
        for said in &mut kept.scene.ledger.facts {
            set_object(said, fact, object);
        }
        node.keep_scene(kept, opening.as_ref()).await?;
    }

    Ok(())
}

fn set_fact(cast: &mut Cast, fact: &Key, object: &str, statement: Option<&str>) {
    let names: Vec<(Key, String)> = cast
        .entities()
        .map(|entity| (entity.key.clone(), entity.name.clone()))
        .collect();
    let name = |key: &str| {
        let known = names.iter().find(|(known, _)| known.as_str() == key);
        known.map_or_else(|| key.to_owned(), |(_, name)| name.clone())
    };

    for known in cast.facts.iter_mut().filter(|known| known.fact.key == *fact) {
        set_object(&mut known.fact, fact, object);
        let said = &known.fact;
        known.statement = match statement {
            Some(statement) => statement.to_owned(),
            None => format!(
                "{} {} {}",
                name(said.subject.as_str()),
                said.predicate,
                name(object)
            ),
        };
    }
}

/// Where an entity stood there stands another one; words otherwise.
fn set_object(said: &mut LedgerFact, fact: &Key, object: &str) {
    if said.key != *fact {
        return;
    }
    said.object = match (&said.object, Key::parse(object)) {
        (FactObject::Entity(_), Some(key)) => FactObject::Entity(key),
        _ => FactObject::Text(object.to_owned()),
    };
}

/// The book as it was before that change: rows, then the graph.
async fn take_back(node: &Node, change: u64) -> Result<(), NodeError> {
    let book = node.book();
    let db = node.tools.db.user(book.owner);
    let found = books::find_change(&db, book.story, change).await.map_err(later)?;
    // It was taken back by this run, before it was cut off.
    let before: Option<BookBefore> = node.context.once("before", async || Ok(found)).await?;
    let before = before.ok_or_else(|| NodeError::fatal("There is nothing left to take back."))?;
    let (Some(outline), Some(cast)) = (before.outline, before.cast) else {
        return Err(too_early());
    };

    let planned = |key: &Key| outline.scenes().any(|(_, plan)| plan.key == *key);
    let added: Vec<Key> = node
        .scenes(false)
        .await?
        .into_iter()
        .map(|kept| kept.scene.key)
        .filter(|key| !planned(key))
        .collect();

    let mut tx = node.change().await?;
    books::put_outline(&mut tx, book, &outline).await.map_err(later)?;
    books::put_cast(&mut tx, book, &cast).await.map_err(later)?;
    books::put_audio(&mut tx, book, None).await.map_err(later)?;
    for key in &added {
        books::delete_scene(&mut tx, book, key).await.map_err(later)?;
    }
    for kept in &before.scenes {
        books::put_scene(&mut tx, book, kept).await.map_err(later)?;
    }
    books::delete_change(&mut tx, book, change).await.map_err(later)?;
    tx.commit().await.map_err(later)?;

    let graph = node.graph();
    for key in &added {
        graph.remove_scene(key).await.map_err(later)?;
    }
    let scenes: Vec<_> = before.scenes.into_iter().map(|kept| kept.scene).collect();
    let opening = opening_scene(&outline, &cast);
    node.replace_ledgers(&scenes, opening.as_ref()).await?;

    node.log_with(EDITOR, "Took the last change back", json!({}), Level::Info)
        .await
}
