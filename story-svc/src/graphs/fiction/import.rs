//! What node `cast` does with a manuscript: whom it tells of becomes the cast, and what it says of them its ledgers. Its prose stays.

use flow::NodeError;
use proto::tasks::Level;
use proto::tasks::fiction::READER;
use proto::tasks::fiction::cast::{Cast, Place};
use proto::tasks::fiction::ledger::{Entity, EntityKind, Key};
use proto::tasks::fiction::manuscript::{ManuscriptInput, ManuscriptReading};
use proto::tasks::fiction::plan::BookOutline;
use serde_json::{Map, json};

use super::Node;
use super::cast::keep_cast;
use super::keep::{later, too_early};
use super::opening::opening_scene;
use super::state::SystemStatus;
use crate::domain::book::KeptScene;
use crate::graphs::node_context::AgentAnswer;
use crate::store::books;

const SPEAKER: &str = "Reader";

pub(super) async fn read_manuscript(node: &Node) -> Result<(), NodeError> {
    node.progress(SystemStatus::Casting.phase(), 20.0).await?;
    node.log(SPEAKER, "Reading the manuscript", Level::Info).await?;

    let outline = node.head().await?.outline.ok_or_else(too_early)?;
    let kept = node.scenes(true).await?;
    let input = ManuscriptInput {
        scenes: kept.iter().cloned().map(KeptScene::into_written).collect(),
    };
    let answer: AgentAnswer<ManuscriptReading> =
        node.context.once("read", || node.ask(READER, &input)).await?;

    let (reading, mut outline) = (answer.output, outline);
    let cast = place_cast(reading.cast, &outline);
    let scenes: Vec<KeptScene> = kept
        .into_iter()
        .map(|mut kept| {
            let read = reading.scenes.iter().find(|scene| scene.key == kept.scene.key);
            kept.scene.ledger = read.map(|scene| scene.ledger.clone()).unwrap_or_default();
            kept
        })
        .collect();
    name_people(&mut outline, &cast, &scenes);
    keep_outline(node, &outline).await?;
    keep_cast(node, &outline, &cast).await?;
    let opening = opening_scene(&outline, &cast);
    for kept in scenes {
        node.keep_scene(kept, opening.as_ref()).await?;
    }

    let people: Vec<&str> = cast
        .people
        .iter()
        .map(|person| person.entity.name.as_str())
        .collect();
    let details = json!({ "people": people });
    node.log_with(SPEAKER, "The manuscript is read", details, Level::Success)
        .await?;
    node.context.emit("cast", json!({ "people": people })).await?;

    Ok(())
}

/// Where a manuscript happens nobody has said: one place stands for all.
fn place_cast(mut cast: Cast, outline: &BookOutline) -> Cast {
    let place = outline.scenes().map(|(_, plan)| plan.place.clone()).next();
    cast.places.extend(place.map(|key| Place {
        entity: Entity {
            key,
            kind: EntityKind::Place,
            name: "somewhere".to_owned(),
            aliases: Vec::new(),
            details: Map::new(),
            scene: None,
        },
        sort: String::new(),
        travel: Vec::new(),
    }));

    cast
}

/// Who is in a scene is in its plan, too; who is named most often is whom the book is about.
fn name_people(outline: &mut BookOutline, cast: &Cast, scenes: &[KeptScene]) {
    let hero: Option<&Key> = cast.people.first().map(|person| &person.entity.key);
    if let Some(hero) = hero {
        outline.point_of_view = hero.clone();
    }

    for plan in outline
        .chapters
        .iter_mut()
        .flat_map(|chapter| &mut chapter.scenes)
    {
        if let Some(hero) = hero {
            plan.point_of_view = hero.clone();
        }
        let told = scenes.iter().find(|kept| kept.scene.key == plan.key);
        let present = told.map(|kept| &kept.scene.ledger.present);
        plan.present = present.into_iter().flatten().map(|one| one.who.clone()).collect();
    }
}

async fn keep_outline(node: &Node, outline: &BookOutline) -> Result<(), NodeError> {
    let mut tx = node.change().await?;
    books::put_outline(&mut tx, node.book(), outline)
        .await
        .map_err(later)?;

    tx.commit().await.map_err(later)
}
