//! Where a book contradicts itself: its ledgers one another, its prose the ledgers and the cast. No model, no dictionary of
//! the world: only what the book itself has said. What somebody says in quotation marks may be a lie, so most checks read
//! the narration alone.

mod book;
mod ledgers;
pub(crate) mod names;
mod people;
mod prose;

use proto::tasks::fiction::{
    finding::{
        ContinuityInput, ContinuityReport, Contradicted, Finding, FindingKind, FoundSentence, Severity,
    },
    ledger::{Key, Scene},
};

use self::book::{CheckedBook, Sentence};
use crate::{chance::hash_text, text::normalise_sentence};

/// Finds what can't be so, in the order of telling. The same book gives the same findings with the same ids.
#[must_use]
pub fn check_book(input: &ContinuityInput) -> ContinuityReport {
    let book = CheckedBook::read(input);
    let mut findings = Findings::default();
    ledgers::check_ledgers(&book, &mut findings);
    people::check_people(&book, &mut findings);
    prose::check_prose(&book, &mut findings);

    findings.finish(&book)
}

#[derive(Default)]
pub(crate) struct Findings(Vec<Finding>);

impl Findings {
    /// What a sentence says against something.
    fn add_sentence(
        &mut self,
        kind: FindingKind,
        scene: &Scene,
        sentence: &Sentence<'_>,
        against: Contradicted,
        message: String,
    ) {
        self.0.push(Finding {
            id: make_id(
                kind,
                &scene.key,
                &format!("{} {}", normalise_sentence(sentence.text), against.text),
            ),
            kind,
            severity: find_severity(kind),
            chapter: scene.chapter,
            scene: scene.key.clone(),
            sentence: Some(FoundSentence {
                index: sentence.index,
                text: sentence.text.to_owned(),
            }),
            contradicts: Some(against),
            message,
        });
    }

    /// What ledgers say against one another.
    fn add_ledger(&mut self, kind: FindingKind, scene: &Scene, against: Contradicted, message: String) {
        self.0.push(Finding {
            id: make_id(kind, &scene.key, &against.text),
            kind,
            severity: find_severity(kind),
            chapter: scene.chapter,
            scene: scene.key.clone(),
            sentence: None,
            contradicts: Some(against),
            message,
        });
    }

    fn finish(mut self, book: &CheckedBook<'_>) -> ContinuityReport {
        let place = |finding: &Finding| {
            let scene = book
                .scenes
                .iter()
                .position(|scene| scene.scene.key == finding.scene);
            (
                scene,
                finding.sentence.as_ref().map(|sentence| sentence.index),
                finding.kind,
                finding.id.clone(),
            )
        };
        self.0.sort_by_cached_key(place);
        self.0.dedup_by(|one, other| one.id == other.id);

        ContinuityReport { findings: self.0 }
    }
}

fn make_id(kind: FindingKind, scene: &Key, text: &str) -> String {
    format!("{}-{:016x}", kind.as_str(), hash_text(&format!("{scene} {text}")))
}

const fn find_severity(kind: FindingKind) -> Severity {
    match kind {
        FindingKind::Cliche => Severity::Hint,
        FindingKind::Repetition
        | FindingKind::Tense
        | FindingKind::PointOfView
        | FindingKind::Name
        | FindingKind::Promise => Severity::Warning,
        _ => Severity::Error,
    }
}

fn contradict(key: Option<&Key>, scene: Option<&Key>, text: impl Into<String>) -> Contradicted {
    Contradicted {
        key: key.cloned(),
        scene: scene.cloned(),
        text: text.into(),
    }
}
