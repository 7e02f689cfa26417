//! Stories as clients know them: Code Story's names and words, exact, made from the services' messages.

use async_graphql::Enum;
use kit::media::MediaSigner;
use proto::{
    Timestamp,
    v1::{CodeResult, RunStatus, Story, StoryTitle},
    words,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::lekh::books::{ControlState, FictionView};

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

// The three enums below are the contract's words with the descriptions of both doors' documents; the compiler holds each to
// the list in `proto::words`.

/// How a story is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[graphql(name = "StoryStyle", remote = "words::Style")]
pub(crate) enum Style {
    /// In the third person, in order of time.
    Documentary,
    /// Step by step, speaking to you.
    Tutorial,
    /// A host who wonders aloud.
    Podcast,
    /// Places and characters, true facts.
    Fiction,
    /// Dense and exact, numbers first.
    Technical,
}

/// The voice that reads a story aloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, Deserialize, ToSchema)]
#[graphql(remote = "words::Voice")]
pub(crate) enum Voice {
    /// A calm voice, and the default.
    Rachel,
    /// The second of four voices.
    Drew,
    /// The third of four voices.
    Bella,
    /// The fourth of four voices.
    Antoni,
}

/// What the listener is taken to know.
// Clients of REST may still say `expert`, the older name of `advanced`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[graphql(remote = "words::TechnicalDepth")]
pub(crate) enum TechnicalDepth {
    /// Somebody who is new to programming.
    Beginner,
    /// Somebody who is at home in programming, not in this code.
    Intermediate,
    /// Somebody who is at home in code like this.
    #[serde(alias = "expert")]
    Advanced,
}

/// Where a story stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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

/// The phases in which a story is written: Code Story's, and those of a book.
pub(crate) const GENERATING: [&str; 5] = ["generating", "writing", "checking", "repairing", "publishing"];
/// The phases in which its audio is made.
pub(crate) const SYNTHESIZING: [&str; 2] = ["synthesizing", "narrating"];

impl StoryStatus {
    /// A run's status and phase. A cancelled story has failed, with `cancelled` as its error.
    pub(crate) fn from_run(status: RunStatus, phase: &str) -> Self {
        match status {
            RunStatus::Unspecified | RunStatus::Queued => Self::Pending,
            RunStatus::Running | RunStatus::WaitingForInput | RunStatus::Cancelling => Self::of_phase(phase),
            RunStatus::Completed => Self::Completed,
            RunStatus::Failed | RunStatus::Cancelled => Self::Failed,
        }
    }

    /// What is being done, as the run names it.
    pub(crate) fn of_phase(phase: &str) -> Self {
        match phase {
            phase if GENERATING.contains(&phase) => Self::Generating,
            phase if SYNTHESIZING.contains(&phase) => Self::Synthesizing,
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
    /// What the chapter says that the repository says too, and where; absent in stories made before this was kept.
    claims: Option<Vec<ClaimView>>,
    /// Seconds.
    duration_seconds: u64,
    /// Seconds from the start of the whole audio.
    timestamp_start: u64,
}

/// A sentence of a chapter and the place in the repository that it rests on.
#[derive(Serialize, ToSchema)]
pub(crate) struct ClaimView {
    text: String,
    #[schema(example = "src/server.c")]
    file: String,
    /// From 1.
    line: u32,
}

/// A story. The first 14 keys are Code Story's; the others are additions.
#[derive(Serialize, ToSchema)]
pub(crate) struct StoryView {
    #[schema(example = "7d444840-9dc0-41d1-b245-5ffdce74fad2")]
    id: String,
    #[schema(example = "https://github.com/expressjs/express")]
    repo_url: Option<String>,
    /// `owner/repo`.
    #[schema(example = "expressjs/express")]
    repo_name: Option<String>,
    status: StoryStatus,
    /// 0 to 100.
    #[schema(example = 40)]
    progress: u8,
    #[schema(value_type = Option<Style>)]
    style: Option<&'static str>,
    /// The length that was asked for, in minutes.
    #[schema(example = 10)]
    duration_minutes: Option<u32>,
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
    /// Why there is no story, for programs, e.g. `CANCELLED`.
    error_code: Option<String>,
    /// The finer word of what failed it, e.g. `REPO_NOT_FOUND`.
    error_reason: Option<String>,
    /// Whether whoever has the link may read it. Told to its owner only.
    is_public: bool,
    /// The token of the link; null unless it is shared, and for all but its owner.
    share_id: Option<String>,
    kind: KindWord,
    /// Of a fiction story, for which what only Code Story has is null.
    fiction: Option<FictionView>,
    /// Of a fiction story.
    control_state: Option<ControlState>,
}

/// What a story is about.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum KindWord {
    Fiction,
    Code,
}

/// As RFC 3339 writes it; empty for a moment that is not known.
pub(crate) fn rfc3339(at: Option<&Timestamp>) -> String {
    at.map(ToString::to_string).unwrap_or_default()
}

impl StoryView {
    /// Links appear only when the story is complete: nothing half-made is shown as done.
    pub(crate) fn new(story: Story, links: Links<'_>) -> Result<Self, serde_json::Error> {
        let run = story.status();
        let status = StoryStatus::from_run(run, &story.phase);
        let request = story.code().cloned();
        let fiction = FictionView::new(&story);
        let control_state = fiction.is_some().then(|| ControlState::new(&story));
        let heard = story.fiction_result().filter(|made| made.audio_key.is_some());
        let made = story.code_result().filter(|_| status == StoryStatus::Completed);
        let link = |key: fn(&CodeResult) -> &String| made.and_then(|made| links.url(key(made)));
        let chapters = made.and_then(|made| made.chapters.as_deref()).unwrap_or("[]");
        let cancelled = (run == RunStatus::Cancelled).then(|| "cancelled".to_owned());

        Ok(Self {
            status,
            progress: percent(story.progress),
            audio_url: link(|made| &made.audio_key).or_else(|| links.url(heard?.audio_key.as_deref()?)),
            audio_chunks: made
                .iter()
                .flat_map(|made| &made.audio_chunk_keys)
                .chain(heard.iter().flat_map(|made| &made.audio_chunk_keys))
                .filter_map(|key| links.url(key))
                .collect(),
            chapters: RawValue::from_string(chapters.to_owned())?,
            cover_url: link(|made| &made.cover_key),
            duration_seconds: made
                .map(|made| made.duration_seconds)
                .or_else(|| Some(heard?.duration_seconds))
                .map(whole_seconds),
            transcript_url: link(|made| &made.transcript_key),
            captions_url: link(|made| &made.captions_key),
            style: request
                .as_ref()
                .map(|request| request.style().choice().map_or("", words::Style::as_str)),
            duration_minutes: request.as_ref().map(|request| request.duration_minutes),
            repo_name: request.as_ref().map(|request| request.repo_name.clone()),
            repo_url: request.map(|request| request.repo_url),
            kind: match fiction {
                Some(_) => KindWord::Fiction,
                None => KindWord::Code,
            },
            fiction,
            control_state,
            created_at: rfc3339(story.created_at.as_ref()),
            updated_at: rfc3339(story.updated_at.as_ref()),
            error_message: cancelled.or(story.error_message),
            title: Some(story.title).filter(|title| !title.is_empty()),
            offline: story.offline,
            error_code: story.error_code,
            error_reason: story.error_reason,
            is_public: story.share.is_some(),
            share_id: story.share.map(|share| share.token),
            id: story.id,
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

impl From<StoryTitle> for StoryItem {
    fn from(story: StoryTitle) -> Self {
        Self {
            updated_at: rfc3339(story.updated_at.as_ref()),
            id: story.id,
            title: story.title,
        }
    }
}

/// A story that is shared.
#[derive(Serialize, ToSchema)]
pub(crate) struct SharedStory {
    #[schema(example = "7d444840-9dc0-41d1-b245-5ffdce74fad2")]
    id: String,
    /// True.
    is_public: bool,
    /// The token: whoever has it may read the story at `GET /api/stories/shared/{token}`.
    #[schema(example = "0f8fad5bd9cb469fa16570867728950e")]
    share_id: String,
    /// The link to the page that shows it.
    #[schema(example = "https://saga.example/#/shared/0f8fad5bd9cb469fa16570867728950e")]
    share_url: String,
}

impl SharedStory {
    /// `None` when it is not shared.
    pub(crate) fn new(story: Story, base: &str) -> Option<Self> {
        let token = story.share?.token;
        Some(Self {
            id: story.id,
            is_public: true,
            share_url: share_url(base, &token),
            share_id: token,
        })
    }
}

/// The link of a shared story: where this gateway's page shows it.
pub(crate) fn share_url(base: &str, token: &str) -> String {
    format!("{base}/#/shared/{token}")
}

/// What was deleted.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeletedStories {
    #[schema(example = "2 stories deleted")]
    pub(crate) message: String,
    pub(crate) deleted: Vec<String>,
    /// Ids of no story.
    pub(crate) unknown: Vec<String>,
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
            let told = serde_json::to_value(StoryStatus::from_run(status, phase)).unwrap();
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
}
