//! What the Code Story agents take and give, as JSON: the contract's types by their exact names and fields, and the
//! tasks that a story is made of. Only shapes; every time is in seconds.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::voice::VoiceName;
pub(crate) use repo::analysis::AnalysisResult;
pub(crate) use repo::author::{Chapter, ChapterPlan, CodeExample, Depth, Outline, Style};

/// Lengths that a story can have, in minutes.
pub(crate) const MINUTES: [u32; 4] = [5, 10, 15, 20];

/// Input of `codestory.intent`. A field that is given is what the user chose; the message fills the others.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IntentInput {
    /// https URL of a git repository.
    #[schemars(length(min = 1, max = 2048))]
    pub(crate) repo_url: String,
    /// What the user wants to hear, in their own words.
    #[serde(default)]
    #[schemars(length(max = 8000))]
    pub(crate) message: Option<String>,
    #[serde(default)]
    pub(crate) style: Option<Style>,
    #[serde(default)]
    #[schemars(schema_with = "optional_minutes")]
    pub(crate) duration_minutes: Option<u32>,
    #[serde(default)]
    #[schemars(schema_with = "optional_voice")]
    pub(crate) voice: Option<VoiceName>,
    #[serde(default)]
    #[schemars(length(max = 10), inner(length(min = 1, max = 100)))]
    pub(crate) focus_areas: Vec<String>,
    #[serde(default)]
    pub(crate) technical_depth: Option<Depth>,
}

/// Output of `codestory.intent`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct IntentOutput {
    pub(crate) intent: IntentResult,
    /// An answer for the user.
    pub(crate) message: String,
}

/// The contract's `IntentResult`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IntentResult {
    pub(crate) repo_url: String,
    pub(crate) repo_owner: String,
    pub(crate) repo_name: String,
    #[schemars(length(max = 10), inner(length(min = 1, max = 100)))]
    pub(crate) focus_areas: Vec<String>,
    pub(crate) technical_depth: Depth,
    pub(crate) style: Style,
    #[schemars(schema_with = "minutes")]
    pub(crate) duration_minutes: u32,
    /// What else the user asked for, in their own words.
    #[serde(default)]
    #[schemars(length(max = 8000))]
    pub(crate) custom_instructions: Option<String>,
    /// Who will speak, when it is known: a story's length is planned by the voice's pace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "optional_voice")]
    pub(crate) voice: Option<VoiceName>,
}

/// Input of `codestory.analyzer`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnalyzerInput {
    #[schemars(length(min = 1, max = 2048))]
    pub(crate) repo_url: String,
    #[serde(default)]
    #[schemars(length(max = 10), inner(length(min = 1, max = 100)))]
    pub(crate) focus_areas: Vec<String>,
}

/// Output of `codestory.analyzer`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct AnalyzerOutput {
    pub(crate) analysis: AnalysisResult,
    /// Full hexadecimal id.
    pub(crate) commit: String,
    /// Where the whole analysis is kept.
    pub(crate) analysis_key: String,
    pub(crate) files_analyzed: u64,
    /// `owner/repo`.
    pub(crate) repo_name: String,
}

/// Input of `codestory.architect`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(tag = "task", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum ArchitectInput {
    /// Plan a story.
    Outline {
        intent: IntentResult,
        #[schemars(regex(pattern = ANALYSIS_KEY))]
        analysis_key: String,
    },
    /// Write one chapter of it.
    Chapter {
        intent: IntentResult,
        #[schemars(regex(pattern = ANALYSIS_KEY))]
        analysis_key: String,
        outline: Outline,
        /// From 0.
        index: usize,
        #[schemars(schema_with = "voice")]
        voice: VoiceName,
    },
    /// Put the written chapters together.
    Script {
        outline: Outline,
        #[schemars(length(min = 1, max = 100))]
        chapters: Vec<Chapter>,
    },
}

/// Output of `codestory.architect`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "task", rename_all = "snake_case")]
pub(crate) enum ArchitectOutput {
    Outline { outline: Outline },
    Chapter { chapter: Chapter },
    Script { script: StoryScript },
}

/// The contract's `StoryScript`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct StoryScript {
    pub(crate) title: String,
    pub(crate) summary: String,
    pub(crate) chapters: Vec<Chapter>,
    pub(crate) total_duration_seconds: u32,
    pub(crate) word_count: usize,
}

/// Input of `codestory.voice`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(tag = "task", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum VoiceInput {
    /// Cut a chapter's text into pieces that the voice takes in one go.
    Cut {
        #[schemars(length(max = 200_000))]
        text: String,
        #[schemars(schema_with = "voice")]
        #[expect(
            dead_code,
            reason = "the pieces of one engine are the same for each of its voices"
        )]
        voice: VoiceName,
    },
    /// Speak one piece.
    Chunk {
        #[schemars(length(min = 1, max = 10_000))]
        text: String,
        #[schemars(schema_with = "voice")]
        voice: VoiceName,
        /// Place in the whole story, from 0; for the log only.
        index: usize,
    },
    /// Put the spoken pieces together: one file a chapter, and one of the whole.
    Concatenate {
        story_id: Uuid,
        run_id: Uuid,
        #[schemars(length(min = 1, max = 100))]
        chapters: Vec<ChapterAudio>,
    },
    /// Draw the cover.
    Cover {
        story_id: Uuid,
        run_id: Uuid,
        #[schemars(regex(pattern = ANALYSIS_KEY))]
        analysis_key: String,
        #[schemars(length(min = 1, max = 300))]
        title: String,
        style: Style,
    },
    /// Write the transcript and the captions.
    Transcript {
        story_id: Uuid,
        run_id: Uuid,
        #[schemars(length(min = 1, max = 300))]
        title: String,
        #[serde(default)]
        summary: Option<String>,
        #[schemars(length(min = 1, max = 100))]
        chapters: Vec<ChapterText>,
    },
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChapterAudio {
    #[expect(
        dead_code,
        reason = "part of the request for whoever reads it; audio needs no title"
    )]
    pub(crate) title: String,
    /// Keys of the spoken pieces, in order.
    #[schemars(length(min = 1, max = 1000), inner(regex(pattern = CHUNK_KEY)))]
    pub(crate) chunks: Vec<String>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChapterText {
    pub(crate) title: String,
    #[expect(dead_code, reason = "what was spoken is in the chunks")]
    pub(crate) content: String,
    #[schemars(range(min = 0.0))]
    pub(crate) timestamp_start: f64,
    #[expect(dead_code, reason = "the chunks have their own lengths")]
    #[schemars(range(min = 0.0))]
    pub(crate) duration_seconds: f64,
    #[serde(default)]
    pub(crate) files: Vec<String>,
    pub(crate) chunks: Vec<ChunkText>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChunkText {
    pub(crate) text: String,
    #[schemars(range(min = 0.0))]
    pub(crate) duration_seconds: f64,
}

/// Output of `codestory.voice`: the fields of the task that was asked for.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum VoiceOutput {
    Cut {
        chunks: Vec<String>,
    },
    Chunk {
        audio_key: String,
        duration_seconds: f64,
        bytes: u64,
        voice_used: String,
    },
    Concatenate {
        audio_key: String,
        /// One key a chapter.
        audio_chunks: Vec<String>,
        chapters: Vec<ChapterTimes>,
        duration_seconds: f64,
    },
    Cover {
        cover_key: String,
    },
    Transcript {
        transcript_key: String,
        captions_key: String,
    },
}

/// Where a chapter is in the whole audio.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct ChapterTimes {
    pub(crate) timestamp_start: f64,
    pub(crate) duration_seconds: f64,
}

/// Keys that the analyzer makes.
pub(crate) const ANALYSIS_KEY: &str = r"^analysis/.{1,800}\.json\.zst$";
/// Keys that the voice makes.
const CHUNK_KEY: &str = r"^audio/chunks/[0-9a-f]{64}\.mp3$";

fn voice(_: &mut SchemaGenerator) -> Schema {
    let names = VoiceName::ALL.map(VoiceName::as_str);
    json_schema!({ "type": "string", "enum": names })
}

fn optional_voice(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<Option<&str>> = VoiceName::ALL
        .map(|voice| Some(voice.as_str()))
        .into_iter()
        .chain([None])
        .collect();
    json_schema!({ "type": ["string", "null"], "enum": names })
}

fn minutes(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "enum": MINUTES })
}

fn optional_minutes(_: &mut SchemaGenerator) -> Schema {
    let minutes: Vec<Option<u32>> = MINUTES.map(Some).into_iter().chain([None]).collect();
    json_schema!({ "type": ["integer", "null"], "enum": minutes })
}
