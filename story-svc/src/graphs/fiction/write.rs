//! Node `write`: the scenes of one chapter, one after the other, each with the world as the ledger has it when it begins. The node
//! runs again for the next chapter. Prose is live while it is written, and kept with its ledger when it is there.

use std::sync::Arc;

use flow::NodeError;
use proto::tasks::fiction::PROSE_WEAVER;
use proto::tasks::fiction::cast::Cast;
use proto::tasks::fiction::ledger::{Ledger, LedgerFact, PromiseStep, Scene};
use proto::tasks::fiction::plan::{BookOutline, ScenePlan};
use proto::tasks::fiction::scene::{PersonAtScene, ProseWeaverInput, SceneContext, WrittenScene};
use serde_json::json;

use super::Node;
use super::keep::{later, too_early};
use super::opening::opening_scene;
use super::state::{BookUpdate, SceneJob, SystemStatus};
use crate::domain::book::KeptScene;
use crate::graphs::node_context::AgentAnswer;
use crate::knowledge::{KnowledgeError, SceneMoment};

/// Percent before the first and after the last scene.
const PROGRESS: (f64, f64) = (12.0, 90.0);
/// Facts and knowledge of one person that a writer is told.
const STATE_MOST: usize = 60;
/// Scenes before, of which a writer is told what they were about.
const SUMMARIES: usize = 6;

pub(super) async fn run(node: Arc<Node>) -> Result<BookUpdate, NodeError> {
    let (outline, cast) = node.plan_and_cast().await?;
    let (chapter, jobs) = choose_jobs(&node, &outline)?;
    node.progress(node.state.status().phase(), percent(&node)).await?;

    let mut offline = false;
    for (job, plan) in &jobs {
        offline |= write_scene(&node, (&outline, &cast), chapter, job, plan).await?;
    }

    Ok(BookUpdate::Wrote {
        scenes: jobs.into_iter().map(|(job, _)| job.key).collect(),
        offline,
    })
}

/// The jobs of the first chapter that has some.
fn choose_jobs(node: &Node, outline: &BookOutline) -> Result<(u32, Vec<(SceneJob, ScenePlan)>), NodeError> {
    let find = |job: &SceneJob| {
        let mut planned = outline.scenes();
        let (chapter, plan) = planned.find(|(_, plan)| plan.key == job.key)?;
        Some((chapter, (job.clone(), plan.clone())))
    };
    let found: Vec<_> = node.state.jobs.iter().filter_map(find).collect();
    let (chapter, _) = found.first().ok_or_else(too_early)?;
    let chapter = *chapter;

    let of_chapter = found.into_iter().filter(|(number, _)| *number == chapter);
    Ok((chapter, of_chapter.map(|(_, job)| job).collect()))
}

/// How far the run is before this chapter. What is mended comes last.
#[expect(clippy::cast_precision_loss, reason = "some hundreds of scenes")]
fn percent(node: &Node) -> f64 {
    let state = &node.state;
    let (from, to) = PROGRESS;
    if state.status() == SystemStatus::Repairing {
        return to + f64::from(state.repairs);
    }

    let (done, left) = (state.written.len() as f64, state.jobs.len() as f64);
    (from + (to - from) * done / (done + left).max(1.0)).floor()
}

/// True when the offline author wrote it.
async fn write_scene(
    node: &Node,
    (outline, cast): (&BookOutline, &Cast),
    chapter: u32,
    job: &SceneJob,
    plan: &ScenePlan,
) -> Result<bool, NodeError> {
    let place = json!({ "chapter": chapter, "number": plan.number, "scene": plan.key, "title": plan.title });
    let mut begun = place.clone();
    begun["state"] = "begun".into();
    begun["take"] = job.take.into();
    node.context.emit("scene", begun).await?;

    make_room(node, chapter, plan).await?;
    let input = ProseWeaverInput {
        outline: outline.clone(),
        cast: cast.clone(),
        bible: node.bible().await?,
        scene: plan.key.clone(),
        seed: node.state.request.seed,
        take: job.take,
        context: read_context(node, outline, plan).await?,
        repair: job.repair.clone(),
    };
    let key = format!("scene:{}:{}", job.key, job.take);
    let answer: AgentAnswer<WrittenScene> =
        node.context.once(&key, || node.ask(PROSE_WEAVER, &input)).await?;

    let kept = KeptScene::new(place_scene(answer.output, chapter, plan), job.take);
    let words = kept.words;
    node.keep_scene(kept, opening_scene(outline, cast).as_ref())
        .await?;

    let mut done = place;
    done["state"] = "written".into();
    done["take"] = job.take.into();
    done["words"] = words.into();
    node.context.emit("scene", done).await?;

    Ok(answer.offline)
}

/// Where a scene stands is the outline's word, whatever its writer says.
fn place_scene(mut written: WrittenScene, chapter: u32, plan: &ScenePlan) -> WrittenScene {
    let scene = &mut written.scene;
    scene.key = plan.key.clone();
    scene.chapter = chapter;
    scene.number = plan.number;

    written
}

/// The ledger is asked for the moment at which a scene begins, so the scene has to have its place in it.
async fn make_room(node: &Node, chapter: u32, plan: &ScenePlan) -> Result<(), NodeError> {
    let graph = node.graph();
    match graph.get_scene(&plan.key).await {
        Ok(_) => return Ok(()),
        Err(KnowledgeError::SceneNotFound { .. }) => {}
        Err(error) => return Err(later(error)),
    }

    let empty = Scene {
        key: plan.key.clone(),
        chapter,
        number: plan.number,
        title: String::new(),
        place: None,
        from: plan.from,
        until: plan.until,
        ledger: Ledger::default(),
    };
    match graph.replace_scene(&empty).await {
        Ok(()) => Ok(()),
        Err(error @ KnowledgeError::Invalid { .. }) => Err(NodeError::fatal(
            "The plan has two scenes in one place, or a scene that ends before it begins.",
        )
        .caused_by(error)),
        Err(error) => Err(later(error)),
    }
}

/// The world as it is when the scene begins.
async fn read_context(
    node: &Node,
    outline: &BookOutline,
    plan: &ScenePlan,
) -> Result<SceneContext, NodeError> {
    let graph = node.graph();
    let mut context = SceneContext::default();
    for who in &plan.present {
        let state = graph
            .ask_state(who, &plan.key, SceneMoment::Before, STATE_MOST)
            .await;
        let state = state.map_err(later)?;

        context.people.push(PersonAtScene {
            who: who.clone(),
            place: state.whereabouts.and_then(|seen| seen.place),
            holds: state.holds.into_iter().map(|held| held.item).collect(),
            wears: state.wears.into_iter().map(|worn| worn.item).collect(),
            knows: state.knows.into_iter().map(|known| known.fact).collect(),
        });
        context
            .facts
            .extend(state.facts.into_iter().map(|held| LedgerFact {
                key: held.fact,
                subject: held.says.subject,
                predicate: held.says.predicate,
                object: proto::tasks::fiction::ledger::FactObject::Text(held.says.object),
                from: Some(held.since),
                until: None,
            }));
    }

    let open = graph.list_open_promises(&plan.key, SceneMoment::Before).await;
    context.open_promises = open
        .map_err(later)?
        .into_iter()
        .map(|open| PromiseStep {
            promise: open.promise,
            stage: open.stage,
            text: open.text,
            who: None,
            due_chapter: open.due_chapter,
        })
        .collect();

    let before: Vec<&ScenePlan> = outline
        .scenes()
        .map(|(_, scene)| scene)
        .take_while(|scene| scene.key != plan.key)
        .collect();
    let nearest = before.iter().skip(before.len().saturating_sub(SUMMARIES));
    context.summaries = nearest
        .map(|scene| format!("{}: {}", scene.title, scene.outcome))
        .collect();

    Ok(context)
}
