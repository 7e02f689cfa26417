//! Node `publish`: keeps the result. It is shown once the run has completed, and the last words of the log are written
//! with that very commit, so nothing half-made shows as done.

use std::sync::Arc;

use flow::NodeError;
use proto::tasks::Level;
use proto::tasks::code_story::{Chapter, ChapterTimes, Speaker};
use serde_json::json;

use super::Node;
use super::state::{Audio, Update};
use crate::domain::story::{CodeContent, CodeResult, MadeStory, StoredChapter, StoryContent, StoryResult};
use crate::graphs::node_context::log_line;
use crate::graphs::whole_seconds;
use crate::store::stories;

pub(super) async fn run(node: Arc<Node>) -> Result<Update, NodeError> {
    let (made, audio) = made_story(&node)?;
    let (story, run, at) = (node.state.story_id, node.context.run_id(), node.tools.clock.now());
    let published = stories::publish(&node.tools.db.system(), story, run, &made, at).await;
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
        "audio_key": audio.audio_key,
        "audio_chunk_keys": audio.audio_chunk_keys,
        "duration": whole_seconds(audio.duration_seconds),
    });
    node.context.emit_last("complete", complete)?;

    Ok(Update::Published)
}

/// What is kept, and of it what the last event says.
fn made_story(node: &Node) -> Result<(MadeStory, CodeResult), NodeError> {
    let state = &node.state;
    let Audio {
        whole,
        cover_key,
        transcript_key,
        captions_key,
    } = state.audio()?.clone();

    let chapters = state.chapters().iter().zip(&whole.chapters);
    let chapters = chapters.map(|(chapter, times)| stored(chapter, *times)).collect();
    let result = CodeResult {
        audio_key: whole.audio_key,
        audio_chunk_keys: whole.audio_chunks,
        cover_key,
        transcript_key,
        captions_key,
        duration_seconds: whole.duration_seconds,
    };

    let made = MadeStory {
        title: state.outline()?.title.clone(),
        offline: state.offline,
        result: StoryResult::Code(result.clone()),
        content: Some(StoryContent::Code(CodeContent { chapters })),
    };

    Ok((made, result))
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
        claims: chapter.claims.iter().map(|claim| json!(claim)).collect(),
        duration_seconds: whole_seconds(times.duration_seconds),
        timestamp_start: whole_seconds(times.timestamp_start),
    }
}
