//! Node `check`: where the book contradicts itself. What this run wrote goes back to its writer with what was found, twice at most;
//! what stays is kept as findings, which nothing hides.

use std::sync::Arc;

use flow::NodeError;
use proto::tasks::Level;
use proto::tasks::fiction::CONTINUITY;
use proto::tasks::fiction::finding::{ContinuityInput, ContinuityReport, Finding, Severity};
use serde_json::json;

use super::Node;
use super::keep::later;
use super::state::{BookUpdate, SceneJob, SystemStatus};
use crate::domain::book::KeptScene;
use crate::graphs::node_context::AgentAnswer;
use crate::store::books;

/// How often findings are given back.
const REPAIRS_MAX: u32 = 2;
const SPEAKER: &str = "Continuity";

pub(super) async fn run(node: Arc<Node>) -> Result<BookUpdate, NodeError> {
    let state = &node.state;
    node.progress(SystemStatus::Checking.phase(), 92.0 + f64::from(state.repairs))
        .await?;

    let head = node.head().await?;
    let scenes = node.scenes(true).await?;
    let takes: Vec<_> = scenes
        .iter()
        .map(|kept| (kept.scene.key.clone(), kept.take))
        .collect();
    let input = ContinuityInput {
        outline: head.outline,
        cast: head.cast.unwrap_or_default(),
        bible: node.bible().await?,
        scenes: scenes.into_iter().map(KeptScene::into_written).collect(),
    };
    let asked: Result<AgentAnswer<ContinuityReport>, NodeError> =
        node.context.once("check", || node.ask(CONTINUITY, &input)).await;
    let findings = match asked {
        Ok(answer) => answer.output.findings,
        // Where nobody checks, that is said, and no book is refused for it.
        Err(error) if error.reason() == Some("AGENT_NOT_FOUND") => {
            keep(&node, &[]).await?;
            node.log(
                SPEAKER,
                "Nobody here checks books for contradictions",
                Level::Warning,
            )
            .await?;
            return Ok(BookUpdate::Checked { jobs: Vec::new() });
        }
        Err(error) => return Err(error),
    };
    keep(&node, &findings).await?;

    let details = json!({ "findings": findings.len() });
    let (action, level) = match findings.is_empty() {
        true => ("The book is consistent", Level::Success),
        false => ("The book was checked", Level::Warning),
    };
    node.log_with(SPEAKER, action, details, level).await?;

    let again = match state.repairs < REPAIRS_MAX {
        true => findings_to_mend(&node, findings).await?,
        false => Vec::new(),
    };
    let jobs = takes.into_iter().filter_map(|(key, take)| {
        let repair: Vec<Finding> = again.iter().filter(|found| found.scene == key).cloned().collect();
        let job = SceneJob {
            key,
            take: take + 1,
            repair,
        };
        (!job.repair.is_empty()).then_some(job)
    });
    let jobs: Vec<SceneJob> = jobs.collect();

    if !jobs.is_empty() {
        let details = json!({ "scenes": jobs.len(), "attempt": state.repairs + 1, "of": REPAIRS_MAX });
        node.log_with(SPEAKER, "Sending scenes back", details, Level::Info)
            .await?;
    }
    Ok(BookUpdate::Checked { jobs })
}

/// What can't be so, is nobody's intention, and was written by this run.
async fn findings_to_mend(node: &Node, findings: Vec<Finding>) -> Result<Vec<Finding>, NodeError> {
    let book = node.book();
    let db = node.tools.db.user(book.owner);
    let intended = books::list_waivers(&db, book.story).await.map_err(later)?;
    let written = &node.state.written;

    let mend = findings.into_iter().filter(|found| {
        found.severity != Severity::Hint && !intended.contains(&found.id) && written.contains(&found.scene)
    });
    Ok(mend.collect())
}

async fn keep(node: &Node, findings: &[Finding]) -> Result<(), NodeError> {
    let mut tx = node.change().await?;
    books::put_findings(&mut tx, node.book(), findings)
        .await
        .map_err(later)?;

    tx.commit().await.map_err(later)
}
