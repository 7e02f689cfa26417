//! Node `publish`: says how much there is of the book now. The last event is written with the commit that ends the run.

use std::sync::Arc;

use flow::NodeError;
use serde_json::json;

use super::Node;
use super::keep::{later, too_early};
use super::state::{BookUpdate, SystemStatus};
use crate::domain::story::{FictionResult, MadeStory, StoryResult};
use crate::store::{books, stories};

pub(super) async fn run(node: Arc<Node>) -> Result<BookUpdate, NodeError> {
    node.progress(SystemStatus::Publishing.phase(), 97.0).await?;
    let book = node.book();
    let head = node.head().await?;
    let outline = head.outline.ok_or_else(too_early)?;
    let scenes = node.scenes(false).await?;

    let db = node.tools.db.user(book.owner);
    let intended = books::list_waivers(&db, book.story).await.map_err(later)?;
    let open = head.findings.iter().filter(|found| !intended.contains(&found.id));
    let result = FictionResult {
        chapters: u32::try_from(outline.chapters.len()).unwrap_or(u32::MAX),
        words: scenes.iter().map(|kept| kept.words).sum(),
        open_findings: u32::try_from(open.count()).unwrap_or(u32::MAX),
        audio: head.audio,
    };

    let complete = json!({
        "title": outline.title,
        "chapters": result.chapters,
        "words": result.words,
        "open_findings": result.open_findings,
        "audio_key": result.audio.as_ref().map(|audio| &audio.audio_key),
        "audio_chunk_keys": result.audio.as_ref().map_or(&[][..], |audio| &audio.chapter_keys),
        "duration": result.audio.as_ref().map_or(0.0, |audio| audio.duration_seconds),
    });
    let made = MadeStory {
        title: outline.title,
        offline: node.state.offline,
        result: StoryResult::Fiction(result),
        content: None,
    };
    let (run, at) = (node.context.run_id(), node.tools.clock.now());
    let published = stories::publish(&node.tools.db.system(), book.story, run, &made, at).await;
    published.map_err(later)?;

    node.context.emit_on_commit("complete", complete)?;
    Ok(BookUpdate::Published)
}
