//! Findings while they are collected: each once, with an id that hangs on what it is about and not on where it stands.

use std::collections::HashSet;

use proto::tasks::fiction::finding::{
    ContinuityReport, Contradicted, Finding, FindingKind, FoundSentence, Severity,
};
use proto::tasks::fiction::ledger::Key;

use crate::book::{Book, Sentence};

#[derive(Default)]
pub(crate) struct Findings {
    found: Vec<(usize, Finding)>,
    ids: HashSet<String>,
}

/// What a check has found, before it has an id.
pub(crate) struct Discovery<'a> {
    pub(crate) kind: FindingKind,
    pub(crate) severity: Severity,
    pub(crate) scene: usize,
    pub(crate) sentence: Option<&'a Sentence<'a>>,
    /// Keys and values that make it this contradiction and no other, beside its kind and its scene.
    pub(crate) about: &'a [&'a str],
    pub(crate) contradicts: Option<Contradicted>,
    pub(crate) message: String,
}

impl Findings {
    pub(crate) fn add(&mut self, book: &Book<'_>, discovery: Discovery<'_>) {
        let scene = &book.scenes[discovery.scene].written.scene;
        let id = make_id(discovery.kind, &scene.key, discovery.about);
        if !self.ids.insert(id.clone()) {
            return;
        }

        let finding = Finding {
            id,
            kind: discovery.kind,
            severity: discovery.severity,
            chapter: scene.chapter,
            scene: scene.key.clone(),
            sentence: discovery.sentence.map(|sentence| FoundSentence {
                index: sentence.index,
                text: sentence.text.to_owned(),
            }),
            contradicts: discovery.contradicts,
            message: discovery.message,
        };
        self.found.push((discovery.scene, finding));
    }

    /// In the order of telling.
    pub(crate) fn into_report(mut self) -> ContinuityReport {
        self.found.sort_by(|(scene, one), (other_scene, other)| {
            let place = |finding: &Finding| finding.sentence.as_ref().map(|sentence| sentence.index);
            (scene, place(one), one.kind, &one.id).cmp(&(other_scene, place(other), other.kind, &other.id))
        });

        ContinuityReport {
            findings: self.found.into_iter().map(|(_, finding)| finding).collect(),
        }
    }
}

fn make_id(kind: FindingKind, scene: &Key, about: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in [kind.as_str(), scene.as_str()].iter().chain(about) {
        hasher.update(part.as_bytes());
        hasher.update(&[0]);
    }

    hasher.finalize().to_hex()[..20].to_owned()
}

/// What the cast says.
pub(crate) fn cite_cast(key: Option<&Key>, text: impl Into<String>) -> Option<Contradicted> {
    Some(Contradicted {
        key: key.cloned(),
        scene: None,
        text: text.into(),
    })
}

/// What a scene says.
pub(crate) fn cite_scene(
    book: &Book<'_>,
    scene: usize,
    key: Option<&Key>,
    text: impl Into<String>,
) -> Option<Contradicted> {
    Some(Contradicted {
        key: key.cloned(),
        scene: Some(book.scenes[scene].written.scene.key.clone()),
        text: text.into(),
    })
}

/// Certain in what is told, a warning in what people say.
pub(crate) const fn weigh_claim(is_said: bool) -> Severity {
    if is_said {
        Severity::Warning
    } else {
        Severity::Error
    }
}
