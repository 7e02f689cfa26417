//! What a book is: plain data that the rules, the store, the rpcs and the graph share. Decides nothing, and asks nobody.

use chrono::{DateTime, Utc};
use proto::tasks::fiction::cast::Cast;
use proto::tasks::fiction::finding::Finding;
use proto::tasks::fiction::ledger::{Key, Scene};
use proto::tasks::fiction::plan::BookOutline;
use proto::tasks::fiction::scene::WrittenScene;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::knowledge::OpenPromise;

/// Whose book it is, and which run may change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BookKey {
    pub(crate) story: Uuid,
    pub(crate) owner: Uuid,
    /// A run that another one has taken the book from changes nothing any more.
    pub(crate) run: Uuid,
}

/// A book without its scenes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct BookHead {
    pub(crate) revision: u64,
    pub(crate) outline: Option<BookOutline>,
    pub(crate) cast: Option<Cast>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) audio: Option<BookAudio>,
}

/// A scene as it is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptScene {
    pub(crate) scene: Scene,
    /// A paragraph each; none where they were not read.
    pub(crate) prose: Vec<String>,
    /// 0 as it was written first.
    pub(crate) take: u32,
    pub(crate) words: u32,
}

impl KeptScene {
    pub(crate) fn new(written: WrittenScene, take: u32) -> Self {
        Self {
            words: u32::try_from(written.count_words()).unwrap_or(u32::MAX),
            scene: written.scene,
            prose: written.prose,
            take,
        }
    }

    pub(crate) fn into_written(self) -> WrittenScene {
        WrittenScene {
            scene: self.scene,
            prose: self.prose,
        }
    }
}

/// A manuscript that was read, before anybody knows who is in it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ImportedBook {
    pub(crate) outline: BookOutline,
    pub(crate) scenes: Vec<KeptScene>,
}

/// The book read aloud.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct BookAudio {
    pub(crate) audio_key: String,
    /// One a chapter.
    pub(crate) chapter_keys: Vec<String>,
    pub(crate) duration_seconds: f64,
}

/// How a book was before a change: what that change touched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct BookBefore {
    pub(crate) outline: Option<BookOutline>,
    pub(crate) cast: Option<Cast>,
    /// Those that the change writes anew.
    pub(crate) scenes: Vec<KeptScene>,
    /// Of facts that the change is about, those that another scene than these says.
    #[serde(default)]
    pub(crate) findings: Vec<Finding>,
}

/// A change that can be taken back.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BookChange {
    /// 1, 2, 3…
    pub(crate) number: u64,
    pub(crate) what: String,
    pub(crate) at: DateTime<Utc>,
}

/// All of a book, as its readers see it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BookView {
    pub(crate) story: Uuid,
    pub(crate) head: BookHead,
    pub(crate) scenes: Vec<KeptScene>,
    /// Ids of findings that its owner calls intended.
    pub(crate) intended: Vec<String>,
    pub(crate) open_promises: Vec<OpenPromise>,
    pub(crate) changes: Vec<BookChange>,
}

impl BookView {
    /// Findings that nobody calls intended.
    pub(crate) fn open_findings(&self) -> impl Iterator<Item = &Finding> {
        let findings = self.head.findings.iter();
        findings.filter(|finding| !self.intended.contains(&finding.id))
    }
}

/// Where a chapter's scenes are, in an outline.
pub(crate) fn scenes_of_chapter(outline: &BookOutline, chapter: u32) -> Vec<Key> {
    let scenes = outline.scenes().filter(|(number, _)| *number == chapter);
    scenes.map(|(_, scene)| scene.key.clone()).collect()
}
