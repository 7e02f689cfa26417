//! Code Story's agents: the contract's types by their exact names and fields, and the tasks that a story is made of.
//! Only shapes; every time is in seconds.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::words::{Minutes, Style, TechnicalDepth, Voice};

/// Names of the agents.
pub const INTENT: &str = "codestory.intent";
pub const ANALYZER: &str = "codestory.analyzer";
pub const ARCHITECT: &str = "codestory.architect";
pub const VOICE: &str = "codestory.voice";

/// Keys that the analyzer makes.
const ANALYSIS_KEY: &str = r"^analysis/.+\.json\.zst$";
/// Characters of one. Counted apart: a pattern that counts them is megabytes when it is compiled.
const LONGEST_ANALYSIS_KEY: u32 = 818;
/// Keys that the voice makes.
const CHUNK_KEY: &str = r"^audio/chunks/[0-9a-f]{64}\.mp3$";

/// Who speaks in the log, as clients know them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    Intent,
    Analyzer,
    Architect,
    Synthesizer,
    /// The run itself.
    System,
}

impl Speaker {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Intent => "Intent",
            Self::Analyzer => "Analyzer",
            Self::Architect => "Architect",
            Self::Synthesizer => "Synthesizer",
            Self::System => "System",
        }
    }
}

impl From<Speaker> for &'static str {
    fn from(speaker: Speaker) -> Self {
        speaker.as_str()
    }
}

/// Input of `codestory.intent`. A field that is given is what the user chose; the message fills the others.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct IntentInput {
    /// https URL of a git repository.
    #[schemars(length(min = 1, max = 2048))]
    pub repo_url: String,
    /// What the user wants to hear, in their own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 8000))]
    pub message: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<Style>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_minutes: Option<Minutes>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voice: Option<Voice>,
    #[serde(default)]
    #[schemars(length(max = 10), inner(length(min = 1, max = 100)))]
    pub focus_areas: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technical_depth: Option<TechnicalDepth>,
}

/// Output of `codestory.intent`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct IntentOutput {
    pub intent: IntentResult,
    /// An answer for the user.
    pub message: String,
}

/// The contract's `IntentResult`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct IntentResult {
    pub repo_url: String,
    pub repo_owner: String,
    pub repo_name: String,
    #[schemars(length(max = 10), inner(length(min = 1, max = 100)))]
    pub focus_areas: Vec<String>,
    pub technical_depth: TechnicalDepth,
    pub style: Style,
    pub duration_minutes: Minutes,
    /// What else the user asked for, in their own words.
    #[serde(default)]
    #[schemars(length(max = 8000))]
    pub custom_instructions: Option<String>,
    /// Who will speak, when it is known: a story's length is planned by the voice's pace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voice: Option<Voice>,
}

/// Input of `codestory.analyzer`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AnalyzerInput {
    #[schemars(length(min = 1, max = 2048))]
    pub repo_url: String,
    #[serde(default)]
    #[schemars(length(max = 10), inner(length(min = 1, max = 100)))]
    pub focus_areas: Vec<String>,
}

/// Output of `codestory.analyzer`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AnalyzerOutput {
    pub analysis: AnalysisResult,
    #[serde(flatten)]
    pub analyzed: Analyzed,
    /// `owner/repo`.
    pub repo_name: String,
}

/// Which analysis it is: the part of the answer that a run keeps. The analysis itself is a blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Analyzed {
    /// Full hexadecimal id.
    pub commit: String,
    /// Where the whole analysis is kept.
    pub analysis_key: String,
    pub files_analyzed: u64,
}

/// The contract's `AnalysisResult` (Code Story.6): exactly these eight fields, derived from the whole analysis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AnalysisResult {
    pub repo_metadata: Map<String, Value>,
    pub file_structure: Map<String, Value>,
    /// Path to its redacted content, cut to an excerpt when long.
    pub key_files: BTreeMap<String, String>,
    pub dependencies: Vec<Map<String, Value>>,
    pub architecture_patterns: Vec<String>,
    pub tech_stack: Vec<String>,
    /// 0.0 to 1.0.
    pub complexity_score: f64,
    pub suggested_chapters: Vec<String>,
}

/// Input of `codestory.architect`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "task", rename_all = "snake_case")]
#[schemars(deny_unknown_fields)]
pub enum ArchitectInput {
    /// Plan a story.
    Outline {
        intent: IntentResult,
        #[schemars(regex(pattern = ANALYSIS_KEY), length(max = LONGEST_ANALYSIS_KEY))]
        analysis_key: String,
    },
    /// Write one chapter of it.
    Chapter {
        intent: IntentResult,
        #[schemars(regex(pattern = ANALYSIS_KEY), length(max = LONGEST_ANALYSIS_KEY))]
        analysis_key: String,
        outline: Outline,
        /// From 0.
        index: usize,
        voice: Voice,
        /// What a reader of the first version could not answer from it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[schemars(length(max = 10), inner(length(min = 1, max = 300)))]
        open_questions: Vec<String>,
    },
    /// Read the written chapters as a listener would: what do they leave open?
    Review {
        #[schemars(length(min = 1, max = 100))]
        chapters: Vec<Chapter>,
    },
    /// Put the written chapters together.
    Script {
        outline: Outline,
        #[schemars(length(min = 1, max = 100))]
        chapters: Vec<Chapter>,
    },
}

/// Output of `codestory.architect`. A caller reads the one that it asked for as `OutlineOutput` or `ChapterOutput`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "task", rename_all = "snake_case")]
pub enum ArchitectOutput {
    Outline(OutlineOutput),
    Chapter(ChapterOutput),
    Review(ReviewOutput),
    Script { script: StoryScript },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OutlineOutput {
    pub outline: Outline,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChapterOutput {
    pub chapter: Chapter,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReviewOutput {
    /// At most ten; empty when the chapters answer everything, or nobody could read them.
    pub open: Vec<OpenQuestion>,
}

/// What a listener would want to know and is not told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OpenQuestion {
    /// The chapter that the answer belongs in, from 0.
    pub chapter: usize,
    pub question: String,
}

/// The plan of a story, before it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Outline {
    pub title: String,
    /// Two or three sentences on the whole.
    pub summary: String,
    pub chapters: Vec<ChapterPlan>,
}

/// One chapter before it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChapterPlan {
    pub title: String,
    /// What the listener has from it, one sentence.
    pub purpose: String,
    /// Paths it will speak of.
    pub files: Vec<String>,
    pub target_seconds: u32,
    /// What it tells, where a model planned it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<PlannedClaim>,
}

/// One true thing that is worth telling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedClaim {
    pub text: String,
    /// Paths that it rests on; none when the facts alone say it.
    pub sources: Vec<String>,
}

/// One written chapter: the contract's `Chapter` with the files it speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Chapter {
    pub title: String,
    /// The narration: plain prose, paragraphs separated by a blank line.
    pub content: String,
    pub code_examples: Vec<CodeExample>,
    pub files: Vec<String>,
    /// Planned reading time; the real one is known when the audio is there.
    #[serde(deserialize_with = "whole_number")]
    pub duration_seconds: u32,
    /// Planned start in the whole story.
    #[serde(deserialize_with = "whole_number")]
    pub timestamp_start: u32,
    /// What it says that the repository says too, and where. Empty in checkpoints of older builds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
    /// Who says what, when two people talk; joined by blank lines, their texts are `content`. Empty for one narrator.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub turns: Vec<Turn>,
}

/// A sentence of the narration and the place in the repository that it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Claim {
    /// The sentence as it is in the chapter's `content`.
    pub text: String,
    /// Path from the root of the repository.
    pub file: String,
    /// 1-based.
    pub line: u32,
}

/// What one of two people says before the other goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Turn {
    pub presenter: Presenter,
    /// One or more whole paragraphs.
    pub text: String,
}

/// One of the two people of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Presenter {
    /// Asks, and leads from one subject to the next; has the voice that was chosen for the story.
    Host,
    /// Answers, from the repository; has another voice.
    Guest,
}

/// Code to show beside a chapter; never read aloud.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CodeExample {
    pub path: String,
    pub language: String,
    pub code: String,
    /// Why it is shown, one sentence.
    pub note: String,
}

/// The contract's `StoryScript`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StoryScript {
    pub title: String,
    pub summary: String,
    pub chapters: Vec<Chapter>,
    pub total_duration_seconds: u32,
    pub word_count: usize,
}

/// Input of `codestory.voice`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "task", rename_all = "snake_case")]
#[schemars(deny_unknown_fields)]
pub enum VoiceInput {
    /// Cut a chapter's text into pieces that the voice takes in one go.
    Cut {
        #[schemars(length(max = 200_000))]
        text: String,
        voice: Voice,
    },
    /// Speak one piece.
    Chunk {
        #[schemars(length(min = 1, max = 10_000))]
        text: String,
        voice: Voice,
        /// Place in the whole story, from 0; for the log only.
        index: usize,
        /// Pieces of the whole story; for the log only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        count: Option<usize>,
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
        #[schemars(regex(pattern = ANALYSIS_KEY), length(max = LONGEST_ANALYSIS_KEY))]
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

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ChapterAudio {
    pub title: String,
    /// Keys of the spoken pieces, in order.
    #[schemars(length(min = 1, max = 1000), inner(regex(pattern = CHUNK_KEY)))]
    pub chunks: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ChapterText {
    pub title: String,
    pub content: String,
    #[schemars(range(min = 0.0))]
    pub timestamp_start: f64,
    #[schemars(range(min = 0.0))]
    pub duration_seconds: f64,
    #[serde(default)]
    pub files: Vec<String>,
    pub chunks: Vec<ChunkText>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ChunkText {
    pub text: String,
    #[schemars(range(min = 0.0))]
    pub duration_seconds: f64,
    /// As in [`ChunkOutput`].
    #[serde(default)]
    #[schemars(length(max = 10_000))]
    pub sentence_starts: Vec<f64>,
    /// Who says it, when two people talk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voice: Option<Voice>,
}

/// Output of `codestory.voice`: the fields of the task that was asked for.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum VoiceOutput {
    Cut(CutOutput),
    Chunk {
        #[serde(flatten)]
        chunk: ChunkOutput,
        bytes: u64,
        voice_used: String,
    },
    Concatenate(Concatenated),
    Cover(CoverOutput),
    Transcript(TranscriptOutput),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CutOutput {
    pub chunks: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChunkOutput {
    pub audio_key: String,
    pub duration_seconds: f64,
    /// When each sentence begins, from the start of the piece. Empty when the voice does not tell.
    #[serde(default)]
    pub sentence_starts: Vec<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Concatenated {
    pub audio_key: String,
    /// One key a chapter.
    pub audio_chunks: Vec<String>,
    pub chapters: Vec<ChapterTimes>,
    pub duration_seconds: f64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CoverOutput {
    pub cover_key: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TranscriptOutput {
    pub transcript_key: String,
    pub captions_key: String,
}

/// Where a chapter is in the whole audio.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChapterTimes {
    pub timestamp_start: f64,
    pub duration_seconds: f64,
}

/// A planned time. Checkpoints of older builds hold it as `100.0`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a planned time in seconds, far from any limit"
)]
fn whole_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let seconds = f64::deserialize(deserializer)?;

    Ok(seconds.max(0.0).round() as u32)
}

#[cfg(test)]
mod tests;
