//! Node `assemble`: one file of sound with its chapters' real times, the transcript with captions, and the cover.

use std::sync::Arc;

use flow::NodeError;
use proto::tasks::Level;
use proto::tasks::code_story::{
    ChapterAudio, ChapterText, ChunkText, Concatenated, CoverOutput, Speaker, TranscriptOutput, VOICE,
    VoiceInput,
};
use serde_json::json;

use super::Node;
use super::phase::Phase;
use super::state::{Audio, Update};
use crate::graphs::node_context::AgentAnswer;
use crate::graphs::whole_seconds;

pub(super) async fn run(node: Arc<Node>) -> Result<Update, NodeError> {
    node.progress(Phase::Synthesizing, 96.0).await?;

    let whole = concatenate(&node).await?;
    let details = json!({ "duration": whole_seconds(whole.duration_seconds) });
    node.log_with(Speaker::Synthesizer, "Audio complete", details, Level::Success)
        .await?;
    node.progress(Phase::Synthesizing, 98.0).await?;

    let (transcript, cover) = tokio::try_join!(transcript(&node, &whole), cover(&node))?;
    node.progress(Phase::Synthesizing, 99.0).await?;

    Ok(Update::Assembled(Audio {
        whole,
        cover_key: cover.cover_key,
        transcript_key: transcript.transcript_key,
        captions_key: transcript.captions_key,
    }))
}

async fn concatenate(node: &Node) -> Result<Concatenated, NodeError> {
    let chapters = node.state.narrated().map(|(chapter, chunks)| ChapterAudio {
        title: chapter.title.clone(),
        chunks: chunks.iter().map(|chunk| chunk.audio_key.clone()).collect(),
    });

    let task = VoiceInput::Concatenate {
        story_id: node.state.story_id,
        run_id: node.context.run_id(),
        chapters: chapters.collect(),
    };

    let answer: AgentAnswer<Concatenated> = node
        .context
        .once("concatenate", || node.ask(VOICE, &task))
        .await?;
    let (got, expected) = (answer.output.chapters.len(), node.state.chapters().len());
    if got != expected {
        tracing::error!(
            got,
            expected,
            "the voice agent gave times for another number of chapters"
        );
        return Err(NodeError::fatal("The audio does not fit the story's chapters."));
    }

    Ok(answer.output)
}

async fn transcript(node: &Node, whole: &Concatenated) -> Result<TranscriptOutput, NodeError> {
    let chapters = node
        .state
        .narrated()
        .zip(&whole.chapters)
        .map(|((chapter, chunks), times)| ChapterText {
            title: chapter.title.clone(),
            content: chapter.content.clone(),
            timestamp_start: times.timestamp_start,
            duration_seconds: times.duration_seconds,
            files: chapter.files.clone(),
            chunks: chunks
                .iter()
                .map(|chunk| ChunkText {
                    text: chunk.text.clone(),
                    duration_seconds: chunk.duration_seconds,
                    sentence_starts: chunk.sentence_starts.clone(),
                    voice: chunk.voice,
                })
                .collect(),
        });

    let outline = node.state.outline()?;
    let task = VoiceInput::Transcript {
        story_id: node.state.story_id,
        run_id: node.context.run_id(),
        title: outline.title.clone(),
        summary: Some(outline.summary.clone()),
        chapters: chapters.collect(),
    };

    let answer: AgentAnswer<TranscriptOutput> =
        node.context.once("transcript", || node.ask(VOICE, &task)).await?;

    Ok(answer.output)
}

async fn cover(node: &Node) -> Result<CoverOutput, NodeError> {
    let task = VoiceInput::Cover {
        story_id: node.state.story_id,
        run_id: node.context.run_id(),
        analysis_key: node.state.analysis()?.analysis_key.clone(),
        title: node.state.outline()?.title.clone(),
        style: node.state.request.style,
    };

    let answer: AgentAnswer<CoverOutput> = node.context.once("cover", || node.ask(VOICE, &task)).await?;

    Ok(answer.output)
}
