//! Stories as clients know them: Code Story's names and words, exact, made from the services' messages.

use async_graphql::Enum;
use kit::media::MediaSigner;
use proto::v1::{RunStatus, Story};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// Makes absolute URLs for blobs. The name in the URL is signed: whoever has it may read it, nobody can guess it.
#[derive(Clone, Copy)]
pub(crate) struct Links<'a> {
    pub(crate) base: &'a str,
    pub(crate) signer: &'a MediaSigner,
}

impl Links<'_> {
    /// `None` for an empty key.
    pub(crate) fn url(&self, key: &str) -> Option<String> {
        let extension = key.rsplit_once('.').map_or("", |(_, extension)| extension);
        (!key.is_empty()).then(|| format!("{}/media/{}", self.base, self.signer.sign(key, extension)))
    }
}

/// How a story is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[graphql(name = "StoryStyle")]
pub(crate) enum Style {
    /// In the third person, in order of time.
    Documentary,
    /// Step by step, speaking to you.
    Tutorial,
    /// A host who wonders aloud.
    Podcast,
    /// Places and characters, true facts.
    Fiction,
    /// Dense, numbers first.
    Technical,
}

impl Style {
    const ALL: [Self; 5] = [
        Self::Documentary,
        Self::Tutorial,
        Self::Podcast,
        Self::Fiction,
        Self::Technical,
    ];

    /// The style that services call so.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|style| style.as_str() == name)
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Documentary => "documentary",
            Self::Tutorial => "tutorial",
            Self::Podcast => "podcast",
            Self::Fiction => "fiction",
            Self::Technical => "technical",
        }
    }
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, Deserialize, ToSchema)]
pub(crate) enum Voice {
    /// The default.
    Rachel,
    /// A second voice.
    Drew,
    /// A third voice.
    Bella,
    /// A fourth voice.
    Antoni,
}

impl Voice {
    const ALL: [Self; 4] = [Self::Rachel, Self::Drew, Self::Bella, Self::Antoni];

    /// The voice that services call so.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|voice| voice.as_str() == name)
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Rachel => "Rachel",
            Self::Drew => "Drew",
            Self::Bella => "Bella",
            Self::Antoni => "Antoni",
        }
    }
}

/// What the listener is taken to know.
// Clients of REST may still say `expert`, the older name of `advanced`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TechnicalDepth {
    /// New to programming.
    Beginner,
    /// At home in programming, not in this code.
    Intermediate,
    /// At home in code like this.
    #[serde(alias = "expert")]
    Advanced,
}

impl TechnicalDepth {
    const ALL: [Self; 3] = [Self::Beginner, Self::Intermediate, Self::Advanced];

    /// The depth that services call so.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|depth| depth.as_str() == name)
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Beginner => "beginner",
            Self::Intermediate => "intermediate",
            Self::Advanced => "advanced",
        }
    }
}

/// Length of a story in minutes: 5, 10, 15 or 20.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "u32")]
#[schema(value_type = u32, example = 10)]
pub(crate) struct Minutes(pub(crate) u32);

impl TryFrom<u32> for Minutes {
    type Error = &'static str;

    fn try_from(minutes: u32) -> Result<Self, Self::Error> {
        if matches!(minutes, 5 | 10 | 15 | 20) {
            Ok(Self(minutes))
        } else {
            Err("expected 5, 10, 15 or 20 minutes")
        }
    }
}

/// Where a story stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum StoryStatus {
    /// It waits for its turn.
    Pending,
    /// The repository is being read.
    Analyzing,
    /// The chapters are being written.
    Generating,
    /// The audio is being made.
    Synthesizing,
    /// It can be listened to.
    Completed,
    /// It could not be made, or was cancelled.
    Failed,
}

impl StoryStatus {
    /// A run's status and phase. A cancelled story has failed, with `cancelled` as its error.
    pub(crate) fn of(status: RunStatus, phase: &str) -> Self {
        match status {
            RunStatus::Unspecified | RunStatus::Queued => Self::Pending,
            RunStatus::Running | RunStatus::WaitingForInput | RunStatus::Cancelling => Self::of_phase(phase),
            RunStatus::Completed => Self::Completed,
            RunStatus::Failed | RunStatus::Cancelled => Self::Failed,
        }
    }

    /// A phase, or a word of a run's status, as an event names it.
    pub(crate) fn of_phase(phase: &str) -> Self {
        match phase {
            "pending" | "queued" => Self::Pending,
            "generating" => Self::Generating,
            "synthesizing" => Self::Synthesizing,
            "completed" => Self::Completed,
            "failed" | "cancelled" => Self::Failed,
            _ => Self::Analyzing,
        }
    }
}

/// Whole per cent, never 100 before it is done.
pub(crate) fn percent(progress: f64) -> u8 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 0..=100"
    )]
    let whole = progress.clamp(0.0, 100.0).floor() as u8;
    whole
}

/// The nearest whole second; clients count in whole ones.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and no audio is negative"
)]
pub(crate) fn whole_seconds(seconds: f64) -> u64 {
    seconds.round() as u64
}

/// One chapter of a finished story.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChapterView {
    title: String,
    content: String,
    code_examples: Vec<serde_json::Value>,
    /// Files of the repository that the chapter speaks of.
    files: Vec<String>,
    /// Seconds.
    duration_seconds: u64,
    /// Seconds from the start of the whole audio.
    timestamp_start: u64,
}

/// A story. The first 14 keys are Code Story's; the others are additions.
#[derive(Serialize, ToSchema)]
pub(crate) struct StoryView {
    #[schema(example = "7d444840-9dc0-41d1-b245-5ffdce74fad2")]
    id: String,
    #[schema(example = "https://github.com/expressjs/express")]
    repo_url: String,
    /// `owner/repo`.
    #[schema(example = "expressjs/express")]
    repo_name: String,
    status: StoryStatus,
    /// 0 to 100.
    #[schema(example = 40)]
    progress: u8,
    #[schema(value_type = Style)]
    style: String,
    /// The length that was asked for, in minutes.
    #[schema(example = 10)]
    duration_minutes: u32,
    /// The whole story as MP3; null until it is completed. Answers GET, HEAD and Range without a header.
    audio_url: Option<String>,
    /// Each chapter as MP3, in order.
    audio_chunks: Vec<String>,
    #[schema(value_type = Vec<ChapterView>)]
    chapters: Box<RawValue>,
    /// SVG.
    cover_url: Option<String>,
    /// RFC 3339, UTC.
    #[schema(example = "2025-12-31T23:00:00Z")]
    created_at: String,
    #[schema(example = "2025-12-31T23:01:00Z")]
    updated_at: String,
    /// Why it failed, in words for its user; `cancelled` when it was cancelled.
    error_message: Option<String>,
    title: Option<String>,
    /// Length of the finished audio in seconds.
    duration_seconds: Option<u64>,
    /// Markdown.
    transcript_url: Option<String>,
    /// WebVTT.
    captions_url: Option<String>,
    /// True when no model was asked: the deterministic author wrote it.
    offline: bool,
}

fn text(value: String) -> Option<String> {
    (!value.is_empty()).then_some(value)
}

impl StoryView {
    /// Links appear only when the story is complete: nothing half-made is shown as done.
    pub(crate) fn new(story: Story, links: Links<'_>) -> Result<Self, serde_json::Error> {
        let run = story.status();
        let status = StoryStatus::of(run, &story.phase);
        let done = status == StoryStatus::Completed;
        let link = |key: &str| if done { links.url(key) } else { None };
        let cancelled = (run == RunStatus::Cancelled).then(|| "cancelled".to_owned());
        let chapters = if story.chapters.is_empty() {
            "[]".to_owned()
        } else {
            story.chapters
        };

        Ok(Self {
            status,
            progress: percent(story.progress),
            audio_url: link(&story.audio_key),
            audio_chunks: story
                .audio_chunk_keys
                .iter()
                .filter_map(|key| link(key))
                .collect(),
            chapters: RawValue::from_string(chapters)?,
            cover_url: link(&story.cover_key),
            error_message: cancelled.or_else(|| text(story.error_message)),
            title: text(story.title),
            duration_seconds: done.then(|| whole_seconds(story.duration_seconds)),
            transcript_url: link(&story.transcript_key),
            captions_url: link(&story.captions_key),
            offline: story.offline,
            id: story.id,
            repo_url: story.repo_url,
            repo_name: story.repo_name,
            style: story.style,
            duration_minutes: story.duration_minutes,
            created_at: story.created_at,
            updated_at: story.updated_at,
        })
    }
}

/// A story in a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct StoryItem {
    #[schema(example = "7d444840-9dc0-41d1-b245-5ffdce74fad2")]
    id: String,
    #[schema(example = "The story of express")]
    title: String,
    #[schema(example = "2025-12-31T23:01:00Z")]
    pub(crate) updated_at: String,
}

impl From<Story> for StoryItem {
    fn from(story: Story) -> Self {
        let title = if story.title.is_empty() {
            story.repo_name
        } else {
            story.title
        };

        Self {
            id: story.id,
            title,
            updated_at: story.updated_at,
        }
    }
}

/// What was begun.
#[derive(Serialize, ToSchema)]
pub(crate) struct StoryAction {
    #[schema(example = "7d444840-9dc0-41d1-b245-5ffdce74fad2")]
    pub(crate) id: String,
    pub(crate) status: StoryStatus,
    #[schema(example = "Story generation started")]
    pub(crate) message: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runs_status_is_told_in_code_storys_words() {
        use RunStatus as R;

        let rows = [
            (R::Queued, "", "pending"),
            (R::Running, "", "analyzing"),
            (R::Running, "generating", "generating"),
            (R::Running, "synthesizing", "synthesizing"),
            (R::Running, "something new", "analyzing"),
            (R::WaitingForInput, "generating", "generating"),
            (R::Cancelling, "generating", "generating"),
            (R::Completed, "synthesizing", "completed"),
            (R::Failed, "generating", "failed"),
            (R::Cancelled, "generating", "failed"),
        ];

        for (status, phase, word) in rows {
            let told = serde_json::to_value(StoryStatus::of(status, phase)).unwrap();
            assert_eq!(told, word, "{status:?} {phase}");
        }
    }

    #[test]
    fn progress_is_whole_and_stays_below_a_hundred_until_it_is_done() {
        let told: Vec<u8> = [-1.0, 0.4, 39.999, 99.9, 100.0, 180.0, f64::NAN]
            .map(percent)
            .to_vec();
        assert_eq!(told, [0, 0, 39, 99, 100, 100, 0]);
    }

    #[test]
    fn only_four_lengths_are_minutes_of_a_story() {
        for minutes in 0..40 {
            assert_eq!(
                Minutes::try_from(minutes).is_ok(),
                [5, 10, 15, 20].contains(&minutes),
                "{minutes}"
            );
        }
    }
}
