//! Node `cast`: the people, places, things and facts of the book. They become nodes of its graph, with what holds before it begins.

use std::sync::Arc;

use flow::NodeError;
use proto::tasks::Level;
use proto::tasks::fiction::CHARACTER_SMITH;
use proto::tasks::fiction::cast::{Cast, CharacterSmithInput};
use proto::tasks::fiction::plan::BookOutline;
use serde_json::json;

use super::Node;
use super::keep::{later, too_early};
use super::opening::opening_scene;
use super::plan::brief;
use super::state::{BookUpdate, SceneJob, SystemStatus};
use crate::domain::fiction_request::BookTask;
use crate::graphs::node_context::AgentAnswer;
use crate::store::books;

/// Entities that the graph takes at once.
const ENTITIES_AT_ONCE: usize = 500;
const SPEAKER: &str = "Character Smith";

pub(super) async fn run(node: Arc<Node>) -> Result<BookUpdate, NodeError> {
    if let BookTask::Import = node.state.task {
        super::import::read_manuscript(&node).await?;
        return Ok(BookUpdate::Cast { jobs: Vec::new() });
    }
    node.progress(SystemStatus::Casting.phase(), 8.0).await?;
    node.log(SPEAKER, "Meeting the people of the book", Level::Info)
        .await?;

    let outline = node.head().await?.outline.ok_or_else(too_early)?;
    let input = CharacterSmithInput {
        brief: brief(&node).await?,
        outline: outline.clone(),
    };
    let answer: AgentAnswer<Cast> = node
        .context
        .once("cast", || node.ask(CHARACTER_SMITH, &input))
        .await?;
    let cast = match input.brief.earlier {
        Some(earlier) => join(earlier.cast, answer.output),
        None => answer.output,
    };
    let cast = node.bible().await?.cast_of_book(&cast);
    keep_cast(&node, &outline, &cast).await?;

    let people: Vec<&str> = cast
        .people
        .iter()
        .map(|person| person.entity.name.as_str())
        .collect();
    let details = json!({ "people": people, "places": cast.places.len(), "items": cast.items.len() });
    node.log_with(SPEAKER, "The cast is made", details, Level::Success)
        .await?;
    node.context.emit("cast", json!({ "people": people })).await?;

    Ok(BookUpdate::Cast {
        jobs: list_jobs(&node, &outline).await?,
    })
}

/// Those that were there stay as they are, and keep their keys.
fn join(earlier: Cast, added: Cast) -> Cast {
    let mut cast = earlier;
    let known = |cast: &Cast, key| cast.entities().any(|entity| entity.key == key);

    for person in added.people {
        if !known(&cast, person.entity.key.clone()) {
            cast.people.push(person);
        }
    }
    for place in added.places {
        if !known(&cast, place.entity.key.clone()) {
            cast.places.push(place);
        }
    }
    for item in added.items {
        if !known(&cast, item.entity.key.clone()) {
            cast.items.push(item);
        }
    }
    for fact in added.facts {
        if cast.fact(&fact.fact.key).is_none() {
            cast.facts.push(fact);
        }
    }

    cast
}

/// Rows and graph; the same again is harmless.
pub(super) async fn keep_cast(node: &Node, outline: &BookOutline, cast: &Cast) -> Result<(), NodeError> {
    let book = node.book();
    let mut tx = node.change().await?;
    books::put_cast(&mut tx, book, cast).await.map_err(later)?;
    tx.commit().await.map_err(later)?;

    let graph = node.graph();
    let entities: Vec<_> = cast.entities().cloned().collect();
    for some in entities.chunks(ENTITIES_AT_ONCE) {
        graph.put_entities(some).await.map_err(refused)?;
    }
    if let Some(opening) = opening_scene(outline, cast) {
        graph.replace_scene(&opening).await.map_err(refused)?;
    }

    Ok(())
}

/// What does not fit the graph is an agent's mistake, which another attempt does not mend.
fn refused(error: crate::knowledge::KnowledgeError) -> NodeError {
    match error {
        crate::knowledge::KnowledgeError::Invalid { .. } => {
            NodeError::fatal("The cast that was made contradicts itself.").caused_by(error)
        }
        other => later(other),
    }
}

/// Scenes of the outline that are not written yet.
async fn list_jobs(node: &Node, outline: &BookOutline) -> Result<Vec<SceneJob>, NodeError> {
    let written = node.scenes(false).await?;
    let missing = outline
        .scenes()
        .filter(|(_, plan)| !written.iter().any(|kept| kept.scene.key == plan.key));

    let jobs = missing.map(|(_, plan)| SceneJob {
        key: plan.key.clone(),
        take: 0,
        repair: Vec::new(),
    });
    Ok(jobs.collect())
}
