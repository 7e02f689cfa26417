//! What the Code Story agents take and give, as JSON over `Agents.RunAgent`. Only shapes; every time is in seconds.
//! Unknown fields of an answer are ignored, so that an agent may say more than the graph reads.

use proto::words::{Minutes, Style, TechnicalDepth, Voice};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::domain::code_request::CodeRequest;

pub(crate) const INTENT: &str = "codestory.intent";
pub(crate) const ANALYZER: &str = "codestory.analyzer";
pub(crate) const ARCHITECT: &str = "codestory.architect";
pub(crate) const VOICE: &str = "codestory.voice";

/// Input of [`INTENT`].
#[derive(Serialize)]
pub(crate) struct IntentInput<'a> {
    pub(crate) repo_url: &'a str,
    pub(crate) style: Style,
    pub(crate) duration_minutes: Minutes,
    pub(crate) voice: Voice,
    pub(crate) focus_areas: &'a [String],
    pub(crate) technical_depth: TechnicalDepth,
}

impl<'a> From<&'a CodeRequest> for IntentInput<'a> {
    fn from(request: &'a CodeRequest) -> Self {
        Self {
            repo_url: &request.repo_url,
            style: request.style,
            duration_minutes: request.duration_minutes,
            voice: request.voice,
            focus_areas: &request.focus_areas,
            technical_depth: request.technical_depth,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct IntentOutput {
    pub(crate) intent: Intent,
}

/// The contract's `IntentResult`. The graph reads one field; the rest goes on to the architect untouched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Intent {
    pub(crate) focus_areas: Vec<String>,
    #[serde(flatten)]
    pub(crate) rest: Map<String, Value>,
}

/// Input of [`ANALYZER`].
#[derive(Serialize)]
pub(crate) struct AnalyzerInput<'a> {
    pub(crate) repo_url: &'a str,
    pub(crate) focus_areas: &'a [String],
}

/// Of the analysis itself only the key stays: the heavy part is a blob.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Analyzed {
    pub(crate) commit: String,
    pub(crate) analysis_key: String,
    pub(crate) files_analyzed: u64,
}

/// Input of [`ARCHITECT`], told apart by `task`.
#[derive(Serialize)]
#[serde(tag = "task", rename_all = "snake_case")]
pub(crate) enum ArchitectTask<'a> {
    Outline {
        intent: &'a Intent,
        analysis_key: &'a str,
    },
    Chapter {
        intent: &'a Intent,
        analysis_key: &'a str,
        outline: &'a Outline,
        index: usize,
        voice: Voice,
    },
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct OutlineOutput {
    pub(crate) outline: Outline,
}

/// What is named is read here; purposes, files and target times go back to the architect untouched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Outline {
    pub(crate) title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) summary: Option<String>,
    pub(crate) chapters: Vec<ChapterPlan>,
    #[serde(flatten)]
    pub(crate) rest: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ChapterPlan {
    pub(crate) title: String,
    #[serde(flatten)]
    pub(crate) rest: Map<String, Value>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ChapterOutput {
    pub(crate) chapter: Chapter,
}

/// The contract's `Chapter`, with the files it speaks of. The architect's times are estimates until it is spoken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Chapter {
    pub(crate) title: String,
    pub(crate) content: String,
    #[serde(default)]
    pub(crate) code_examples: Vec<Value>,
    #[serde(default)]
    pub(crate) files: Vec<String>,
    pub(crate) duration_seconds: f64,
    pub(crate) timestamp_start: f64,
}

impl Chapter {
    pub(crate) fn words(&self) -> usize {
        self.content.split_whitespace().count()
    }
}

/// Input of [`VOICE`], told apart by `task`.
#[derive(Serialize)]
#[serde(tag = "task", rename_all = "snake_case")]
pub(crate) enum VoiceTask<'a> {
    Cut {
        text: &'a str,
        voice: Voice,
    },
    Chunk {
        text: &'a str,
        voice: Voice,
        /// Place in the whole story, from 0.
        index: usize,
    },
    Concatenate {
        story_id: Uuid,
        run_id: Uuid,
        chapters: Vec<ChapterAudio<'a>>,
    },
    Cover {
        story_id: Uuid,
        run_id: Uuid,
        analysis_key: &'a str,
        title: &'a str,
        style: Style,
    },
    Transcript {
        story_id: Uuid,
        run_id: Uuid,
        title: &'a str,
        summary: Option<&'a str>,
        chapters: Vec<ChapterText<'a>>,
    },
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CutOutput {
    pub(crate) chunks: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ChunkOutput {
    pub(crate) audio_key: String,
    pub(crate) duration_seconds: f64,
}

#[derive(Serialize)]
pub(crate) struct ChapterAudio<'a> {
    pub(crate) title: &'a str,
    /// Blob keys, in order.
    pub(crate) chunks: Vec<&'a str>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Concatenated {
    pub(crate) audio_key: String,
    /// One blob key a chapter.
    pub(crate) audio_chunks: Vec<String>,
    pub(crate) chapters: Vec<ChapterTimes>,
    pub(crate) duration_seconds: f64,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct ChapterTimes {
    pub(crate) timestamp_start: f64,
    pub(crate) duration_seconds: f64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CoverOutput {
    pub(crate) cover_key: String,
}

#[derive(Serialize)]
pub(crate) struct ChapterText<'a> {
    pub(crate) title: &'a str,
    pub(crate) content: &'a str,
    pub(crate) timestamp_start: f64,
    pub(crate) duration_seconds: f64,
    pub(crate) files: &'a [String],
    pub(crate) chunks: Vec<ChunkText<'a>>,
}

#[derive(Serialize)]
pub(crate) struct ChunkText<'a> {
    pub(crate) text: &'a str,
    pub(crate) duration_seconds: f64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TranscriptOutput {
    pub(crate) transcript_key: String,
    pub(crate) captions_key: String,
}

/// Rounded, as clients get it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a time of the audio, far from any limit"
)]
pub(crate) fn whole_seconds(seconds: f64) -> u64 {
    seconds.max(0.0).round() as u64
}
