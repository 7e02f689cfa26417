//! Node `publish`: keeps the result. It is shown once the run has completed, and the last words of the log are written
//! with that very commit, so nothing half-made shows as done.

use std::sync::Arc;

use flow::NodeError;
use proto::tasks::Level;
use proto::tasks::code_story::{Chapter, ChapterTimes, Speaker};
use serde_json::json;

use super::Node;
use super::state::{Audio, Update};
use crate::domain::stories::{Artefacts, StoredChapter};
use crate::graphs::node_context::log_line;
use crate::graphs::whole_seconds;

pub(super) async fn run(node: Arc<Node>) -> Result<Update, NodeError> {
    let made = artefacts(&node)?;
    let (story, run, at) = (node.state.story_id, node.context.run_id(), node.tools.clock.now());
    let published = node.tools.stories.publish(story, run, &made, at).await;
    published
        .map_err(|error| NodeError::retryable("The finished story could not be stored.").caused_by(error))?;

    let last = log_line(
        Speaker::System,
        "Story generation complete",
        json!({}),
        Level::Success,
    );

    node.context.emit_on_commit("log", last)?;

    let complete = json!({
        "audio_key": made.audio_key,
        "audio_chunk_keys": made.audio_chunk_keys,
        "duration": whole_seconds(made.duration_seconds),
    });
    node.context.emit_on_commit("complete", complete)?;

    Ok(Update::Published)
}

fn artefacts(node: &Node) -> Result<Artefacts, NodeError> {
    let state = &node.state;
    let Audio {
        whole,
        cover_key,
        transcript_key,
        captions_key,
    } = state.audio()?.clone();
    let chapters = state.chapters().iter().zip(&whole.chapters);

    Ok(Artefacts {
        title: state.outline()?.title.clone(),
        chapters: chapters.map(|(chapter, times)| stored(chapter, *times)).collect(),
        audio_key: whole.audio_key,
        audio_chunk_keys: whole.audio_chunks,
        cover_key,
        transcript_key,
        captions_key,
        duration_seconds: whole.duration_seconds,
        offline: state.offline,
    })
}

fn stored(chapter: &Chapter, times: ChapterTimes) -> StoredChapter {
    StoredChapter {
        title: chapter.title.clone(),
        content: chapter.content.clone(),
        code_examples: chapter
            .code_examples
            .iter()
            .map(|example| json!(example))
            .collect(),
        files: chapter.files.clone(),
        duration_seconds: whole_seconds(times.duration_seconds),
        timestamp_start: whole_seconds(times.timestamp_start),
    }
}
