//! What a run of the graph of fiction knows: how far it is. The book itself is in rows, so that it can be read meanwhile.

use flow::State;
use kit::actor::Actor;
use proto::tasks::fiction::finding::Finding;
use proto::tasks::fiction::ledger::Key;
use proto::tasks::fiction::plan::AuthorAnswer;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::book::{BookAudio, BookKey};
use crate::domain::fiction_request::{BookTask, FictionRequest};
use crate::graphs::node_context::ActsFor;

/// What is being done; the edges go by it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum SystemStatus {
    #[default]
    Initializing,
    Planning,
    Casting,
    Writing,
    Checking,
    Repairing,
    Narrating,
    Publishing,
    Completed,
}

impl SystemStatus {
    /// The phase that the run shows.
    pub(crate) const fn phase(self) -> &'static str {
        match self {
            Self::Initializing | Self::Planning => "planning",
            Self::Casting => "casting",
            Self::Writing => "writing",
            Self::Checking => "checking",
            Self::Repairing => "repairing",
            Self::Narrating => "narrating",
            Self::Publishing | Self::Completed => "publishing",
        }
    }
}

/// A scene that is to be written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SceneJob {
    pub(super) key: Key,
    pub(super) take: u32,
    /// What was found in the take before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) repair: Vec<Finding>,
}

/// Begins as [`FictionInput`](crate::domain::fiction_request::FictionInput); nodes fill in the rest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Fiction {
    pub(crate) story_id: Uuid,
    /// On whose behalf agents are called.
    actor: Actor,
    /// Under which the whole run is logged.
    request_id: String,
    pub(super) request: FictionRequest,
    pub(super) task: BookTask,
    #[serde(default)]
    system_status: SystemStatus,
    /// What the author has said to questions.
    #[serde(default)]
    pub(super) answers: Vec<AuthorAnswer>,
    /// Scenes that are still to be written, in the order of telling.
    #[serde(default)]
    pub(super) jobs: Vec<SceneJob>,
    /// Those that this run has written: only they are mended by it.
    #[serde(default)]
    pub(super) written: Vec<Key>,
    /// How often findings were given back.
    #[serde(default)]
    pub(super) repairs: u32,
    #[serde(default)]
    pub(super) audio: Option<BookAudio>,
    /// The deterministic offline author wrote some of it.
    #[serde(default)]
    pub(super) offline: bool,
}

/// One node's result.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BookUpdate {
    Begun {
        status: SystemStatus,
        jobs: Vec<SceneJob>,
    },
    Planned {
        answers: Vec<AuthorAnswer>,
        offline: bool,
    },
    Cast {
        jobs: Vec<SceneJob>,
    },
    /// These were written.
    Wrote {
        scenes: Vec<Key>,
        offline: bool,
    },
    /// These are to be mended; none when the book is as good as it gets.
    Checked {
        jobs: Vec<SceneJob>,
    },
    Narrated(BookAudio),
    Published,
}

impl Fiction {
    pub(super) fn status(&self) -> SystemStatus {
        self.system_status
    }

    /// The book, as this run may change it.
    pub(super) fn book(&self, run: Uuid) -> BookKey {
        BookKey {
            story: self.story_id,
            owner: self.actor.user_id,
            run,
        }
    }
}

impl ActsFor for Fiction {
    fn actor(&self) -> Actor {
        self.actor.clone()
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn story_id(&self) -> Option<Uuid> {
        Some(self.story_id)
    }
}

impl State for Fiction {
    type Update = BookUpdate;

    fn apply(&mut self, update: BookUpdate) {
        match update {
            BookUpdate::Begun { status, jobs } => {
                self.system_status = status;
                self.jobs = jobs;
            }
            BookUpdate::Planned { answers, offline } => {
                self.system_status = SystemStatus::Casting;
                self.answers = answers;
                self.offline |= offline;
            }
            BookUpdate::Cast { jobs } => {
                self.system_status = match jobs.is_empty() {
                    true => SystemStatus::Checking,
                    false => SystemStatus::Writing,
                };
                self.jobs = jobs;
            }
            BookUpdate::Wrote { scenes, offline } => {
                self.jobs.retain(|job| !scenes.contains(&job.key));
                self.written.retain(|key| !scenes.contains(key));
                self.written.extend(scenes);
                self.offline |= offline;
                if self.jobs.is_empty() {
                    self.system_status = SystemStatus::Checking;
                }
            }
            BookUpdate::Checked { jobs } => {
                self.system_status = match jobs.is_empty() {
                    true => SystemStatus::Publishing,
                    false => SystemStatus::Repairing,
                };
                self.repairs += u32::from(!jobs.is_empty());
                self.jobs = jobs;
            }
            BookUpdate::Narrated(audio) => {
                self.system_status = SystemStatus::Publishing;
                self.audio = Some(audio);
            }
            BookUpdate::Published => self.system_status = SystemStatus::Completed,
        }
    }
}
