//! The Voice Director: cuts a text, speaks the pieces, puts the audio together, draws the cover, writes the transcript.
//! What it makes lies in the blob store under keys that depend on nothing but the work, so doing it again is safe.

mod concatenate;
mod speak;

use std::sync::Arc;

use bytes::Bytes;
use kit::actor::Tier;
use serde_json::json;
use uuid::Uuid;

use super::CodeStoryTools;
use crate::agent_context::AgentContext;
use crate::error::AgentError;
use crate::registry::{Agent, AgentName, Answer, Instructions};
use crate::voice::transcript::{self, SpokenChapter, SpokenChunk};
use proto::tasks::Level;
use proto::tasks::code_story::{
    ChapterText, CoverOutput, CutOutput, Speaker, TranscriptOutput, VOICE, VoiceInput, VoiceOutput,
};
use proto::words::{Style, Voice};
use repo::narration::cut;

const NAME: AgentName = AgentName {
    name: VOICE,
    description: "Voice Director: turns a written story into audio, with a cover and a transcript.",
    least_tier: Tier::Free,
};

pub(super) fn agent(tools: Arc<CodeStoryTools>) -> Agent {
    Agent::new(NAME, Instructions::none(), move |input, desk| {
        let director = Director {
            tools: Arc::clone(&tools),
            desk,
        };
        async move { director.run(input).await }
    })
    // It writes into the folder of the story that its input names.
    .for_products_only()
}

/// One task of one story.
struct Director {
    tools: Arc<CodeStoryTools>,
    desk: AgentContext,
}

impl Director {
    async fn run(self, input: VoiceInput) -> Result<Answer<VoiceOutput>, AgentError> {
        let output = match input {
            VoiceInput::Cut { text, .. } => VoiceOutput::Cut(CutOutput {
                chunks: cut::cut(&text, self.tools.engines.voice.limit()),
            }),
            VoiceInput::Chunk {
                text,
                voice,
                index,
                count,
            } => self.speak(&text, voice, (index, count)).await?,
            VoiceInput::Concatenate {
                story_id,
                run_id,
                chapters,
            } => self.concatenate(&folder(story_id, run_id), chapters).await?,
            VoiceInput::Cover {
                story_id,
                run_id,
                analysis_key,
                title,
                style,
            } => {
                self.cover(&folder(story_id, run_id), &analysis_key, &title, style)
                    .await?
            }
            VoiceInput::Transcript {
                story_id,
                run_id,
                title,
                summary,
                chapters,
            } => {
                self.transcript(
                    &folder(story_id, run_id),
                    &title,
                    &summary.unwrap_or_default(),
                    chapters,
                )
                .await?
            }
        };

        Ok(Answer {
            output,
            offline: self.tools.engines.voice.is_local(),
        })
    }

    async fn cover(
        &self,
        folder: &str,
        analysis_key: &str,
        title: &str,
        style: Style,
    ) -> Result<VoiceOutput, AgentError> {
        let analysis = self.tools.analyses.load(analysis_key).await?;
        let svg = crate::cover::cover(&analysis, title, style);
        let cover_key = format!("{folder}/cover.svg");
        self.store(&cover_key, svg, "image/svg+xml").await?;

        let details = json!({ "tool": "generate_cover" });
        self.desk
            .log_with(Speaker::Synthesizer, "Drew the cover", details, Level::Success)
            .await;

        Ok(VoiceOutput::Cover(CoverOutput { cover_key }))
    }

    async fn transcript(
        &self,
        folder: &str,
        title: &str,
        summary: &str,
        chapters: Vec<ChapterText>,
    ) -> Result<VoiceOutput, AgentError> {
        let chapters: Vec<SpokenChapter> = chapters.into_iter().map(spoken).collect();
        let transcript_key = format!("{folder}/transcript.md");
        let captions_key = format!("{folder}/captions.vtt");
        let markdown = transcript::markdown(title, summary, &chapters);
        self.store(&transcript_key, markdown, "text/markdown; charset=utf-8")
            .await?;

        let captions = transcript::webvtt(title, &chapters);
        self.store(&captions_key, captions, "text/vtt; charset=utf-8")
            .await?;
        self.desk
            .log(Speaker::Synthesizer, "Wrote the transcript and the captions")
            .await;

        Ok(VoiceOutput::Transcript(TranscriptOutput {
            transcript_key,
            captions_key,
        }))
    }

    async fn store(&self, key: &str, text: String, content_type: &str) -> Result<(), AgentError> {
        Ok(self
            .tools
            .engines
            .blobs
            .put_patiently(key, Bytes::from(text), content_type)
            .await?)
    }
}

/// Where everything of one run of a story lies.
fn folder(story_id: Uuid, run_id: Uuid) -> String {
    format!("stories/{story_id}/{run_id}")
}

fn spoken(chapter: ChapterText) -> SpokenChapter {
    let chunks = chapter.chunks.into_iter();

    SpokenChapter {
        title: chapter.title,
        chunks: chunks
            .map(|chunk| SpokenChunk {
                text: chunk.text,
                seconds: chunk.duration_seconds,
                sentence_starts: chunk.sentence_starts,
                speaker: chunk.voice.map(Voice::as_str),
            })
            .collect(),
        files: chapter.files,
        start: chapter.timestamp_start,
    }
}
