//! Promises to the reader: made before they are kept, and kept by when they are due.

use std::collections::BTreeMap;

use proto::tasks::fiction::{
    finding::{FindingKind, Severity},
    ledger::{Key, PromiseStage, PromiseStep},
};

use crate::{
    book::Book,
    report::{Discovery, Findings, cite_cast, cite_scene},
};

/// In the order of telling: a reader is promised what they read, not what happens first.
pub(crate) fn check_promises(book: &Book<'_>, findings: &mut Findings) {
    let mut promises: BTreeMap<&Key, Vec<(usize, &PromiseStep)>> = BTreeMap::new();
    for (index, told) in book.scenes.iter().enumerate() {
        for step in &told.written.scene.ledger.promises {
            promises.entry(&step.promise).or_default().push((index, step));
        }
    }
    for (promise, steps) in &promises {
        check_steps(book, promise, steps, findings);
        check_due(book, promise, steps, findings);
    }
}

/// What is paid or goes on has to have been planted, here or in the book that this one goes on from.
fn check_steps(book: &Book<'_>, promise: &Key, steps: &[(usize, &PromiseStep)], findings: &mut Findings) {
    let first_chapter = book.scenes.first().map_or(1, |scene| scene.written.scene.chapter);
    let planned = book
        .input
        .outline
        .iter()
        .flat_map(|outline| &outline.promises)
        .find(|planned| planned.key == *promise);
    if planned.is_some_and(|planned| planned.planted_chapter < first_chapter) {
        return;
    }
    let Some((index, step)) = steps
        .first()
        .filter(|(_, step)| step.stage != PromiseStage::Planted)
    else {
        return;
    };

    let (what, severity) = match step.stage {
        PromiseStage::Paid => ("paid", Severity::Error),
        _ => ("taken up", Severity::Warning),
    };
    findings.add(
        book,
        Discovery {
            kind: FindingKind::Promise,
            severity,
            scene: *index,
            sentence: None,
            about: &[promise.as_str(), "unplanted"],
            contradicts: cite_scene(book, *index, Some(promise), &*step.text),
            message: format!(
                "A promise is {what} that was not made before: {}.",
                step.text.trim_end_matches('.')
            ),
        },
    );
}

/// A promise that is due in a chapter that is written has to be paid by its end. One whose chapter is not written yet may wait.
fn check_due(book: &Book<'_>, promise: &Key, steps: &[(usize, &PromiseStep)], findings: &mut Findings) {
    let Some((planted, step)) = steps.iter().find(|(_, step)| step.stage == PromiseStage::Planted) else {
        return;
    };
    let planned = book
        .input
        .outline
        .iter()
        .flat_map(|outline| &outline.promises)
        .find(|planned| planned.key == *promise);
    let due = steps
        .iter()
        .filter_map(|(_, step)| step.due_chapter)
        .max()
        .or(planned.map(|planned| planned.due_chapter));
    let chapter_of = |index: usize| book.scenes[index].written.scene.chapter;
    let last_chapter = chapter_of(book.scenes.len() - 1);
    let is_complete = book.input.outline.as_ref().is_some_and(|outline| {
        outline
            .chapters
            .last()
            .is_some_and(|chapter| chapter.number <= last_chapter)
    });
    let paid = steps
        .iter()
        .find(|(_, step)| step.stage == PromiseStage::Paid)
        .map(|(index, _)| *index);
    let text = step.text.trim_end_matches('.');
    let (scene, severity, message) = match (paid, due) {
        (Some(paid), Some(due)) if chapter_of(paid) > due => (
            paid,
            Severity::Warning,
            format!(
                "Paid in chapter {}, and due by chapter {due}: {text}.",
                chapter_of(paid)
            ),
        ),
        (None, Some(due))
            if due < last_chapter || due == last_chapter && (is_complete || book.input.outline.is_none()) =>
        {
            (
                *planted,
                Severity::Error,
                format!("Due by chapter {due}, and never kept: {text}."),
            )
        }
        (None, None) if is_complete => (*planted, Severity::Warning, format!("Never kept: {text}.")),
        _ => return,
    };

    findings.add(
        book,
        Discovery {
            kind: FindingKind::Promise,
            severity,
            scene,
            sentence: None,
            about: &[promise.as_str(), "due"],
            contradicts: match due {
                Some(_) => cite_scene(book, *planted, Some(promise), &*step.text),
                None => cite_cast(Some(promise), &*step.text),
            },
            message,
        },
    );
}
