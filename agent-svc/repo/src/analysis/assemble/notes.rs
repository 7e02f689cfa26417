//! What could not be learned of a repository, as plain sentences.

use crate::analysis::{
    model::{Analysis, SkipReason},
    survey::Survey,
    words,
};
use crate::checkout::Checkout;

/// What could not be learned.
pub(super) fn notes(analysis: &mut Analysis, survey: &Survey, checkout: &Checkout) {
    analysis.notes.extend(checkout.shallow.clone());

    if survey.tree_cut {
        analysis
            .notes
            .push("The tree has more entries than can be listed, so only a part of it was read.".into());
    }

    if let Some(beyond) = survey
        .skipped
        .iter()
        .find(|skipped| skipped.reason == SkipReason::OverLimit)
    {
        analysis.notes.push(format!(
            "The repository is larger than one analysis reads: {} farthest from the root were left out.",
            words::counted(beyond.files, "file", "files")
        ));
    }

    let gave_up = survey.files.iter().filter(|file| file.gave_up).count() as u64;
    if gave_up > 0 {
        analysis.notes.push(format!(
            "{} took too long to parse, so its definitions are unknown.",
            words::counted(gave_up, "file", "files")
        ));
    }

    let elsewhere = survey
        .skipped
        .iter()
        .find(|skipped| skipped.reason == SkipReason::StoredElsewhere);
    if let Some(elsewhere) = elsewhere {
        analysis.notes.push(format!(
            "The content of {} lies in Git LFS and was not read.",
            words::counted(elsewhere.files, "file", "files")
        ));
    }

    if survey.files.is_empty() {
        analysis.notes.push("No file could be read as text.".into());
    }
}
