//! Node `assemble`: one file of sound with its chapters' real times, the transcript with captions, and the cover.

use std::sync::Arc;

use flow::NodeError;
use serde_json::json;

use super::desk::{Answer, Desk, Level, Phase, Speaker};
use super::state::{Audio, Update};
use super::tasks::{
    self, ChapterAudio, ChapterText, ChunkText, Concatenated, CoverOutput, TranscriptOutput, VoiceTask,
};

pub(super) async fn run(desk: Arc<Desk>) -> Result<Update, NodeError> {
    desk.progress(Phase::Synthesizing, 96.0).await?;

    let whole = concatenate(&desk).await?;
    let details = json!({ "duration": tasks::whole_seconds(whole.duration_seconds) });
    desk.log_with(Speaker::Synthesizer, "Audio complete", details, Level::Success)
        .await?;
    desk.progress(Phase::Synthesizing, 98.0).await?;

    let (transcript, cover) = tokio::try_join!(transcript(&desk, &whole), cover(&desk))?;
    desk.progress(Phase::Synthesizing, 99.0).await?;

    Ok(Update::Assembled(Audio {
        whole,
        cover_key: cover.cover_key,
        transcript_key: transcript.transcript_key,
        captions_key: transcript.captions_key,
    }))
}

async fn concatenate(desk: &Desk) -> Result<Concatenated, NodeError> {
    let chapters = desk.state.narrated().map(|(chapter, chunks)| ChapterAudio {
        title: &chapter.title,
        chunks: chunks.iter().map(|chunk| chunk.audio_key.as_str()).collect(),
    });

    let task = VoiceTask::Concatenate {
        story_id: desk.state.story_id,
        run_id: desk.context.run_id(),
        chapters: chapters.collect(),
    };

    let answer: Answer<Concatenated> = desk
        .context
        .once("concatenate", || desk.ask(tasks::VOICE, &task))
        .await?;
    let (got, expected) = (answer.output.chapters.len(), desk.state.chapters().len());
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

async fn transcript(desk: &Desk, whole: &Concatenated) -> Result<TranscriptOutput, NodeError> {
    let chapters = desk
        .state
        .narrated()
        .zip(&whole.chapters)
        .map(|((chapter, chunks), times)| ChapterText {
            title: &chapter.title,
            content: &chapter.content,
            timestamp_start: times.timestamp_start,
            duration_seconds: times.duration_seconds,
            files: &chapter.files,
            chunks: chunks
                .iter()
                .map(|chunk| ChunkText {
                    text: &chunk.text,
                    duration_seconds: chunk.duration_seconds,
                })
                .collect(),
        });

    let outline = desk.state.outline()?;
    let task = VoiceTask::Transcript {
        story_id: desk.state.story_id,
        run_id: desk.context.run_id(),
        title: &outline.title,
        summary: outline.summary.as_deref(),
        chapters: chapters.collect(),
    };

    let answer: Answer<TranscriptOutput> = desk
        .context
        .once("transcript", || desk.ask(tasks::VOICE, &task))
        .await?;

    Ok(answer.output)
}

async fn cover(desk: &Desk) -> Result<CoverOutput, NodeError> {
    let task = VoiceTask::Cover {
        story_id: desk.state.story_id,
        run_id: desk.context.run_id(),
        analysis_key: &desk.state.analysis()?.analysis_key,
        title: &desk.state.outline()?.title,
        style: desk.state.request.style,
    };

    let answer: Answer<CoverOutput> = desk
        .context
        .once("cover", || desk.ask(tasks::VOICE, &task))
        .await?;

    Ok(answer.output)
}
