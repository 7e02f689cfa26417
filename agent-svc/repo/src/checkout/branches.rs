//! Which commit HEAD is, and what to do when it names a branch that there is not.

use gix::{ObjectId, head::Kind};

use super::{CheckoutError, Head};
use crate::{analysis::words, text};

/// HEAD of a repository on disk. When it names a missing branch and there is one other, that is taken.
pub(super) fn head(repository: &gix::Repository) -> Result<Head, CheckoutError> {
    let damaged = |err: &dyn std::fmt::Display| CheckoutError::Damaged(err.to_string());
    let head = repository.head().map_err(|err| damaged(&err))?;

    if let Kind::Unborn(missing) = &head.kind {
        let branches = branches(repository);
        return choose(text::short(missing.shorten(), None), branches);
    }

    let branch = head.referent_name().map(|name| text::short(name.shorten(), None));
    let commit = head.into_peeled_id().map_err(|err| damaged(&err))?.detach();

    Ok(Head { commit, branch })
}

fn branches(repository: &gix::Repository) -> Vec<(String, ObjectId)> {
    let Ok(references) = repository.references() else {
        return Vec::new();
    };
    let Ok(branches) = references.local_branches() else {
        return Vec::new();
    };

    branches
        .flatten()
        .filter_map(|mut branch| {
            let name = text::short(branch.name().shorten(), None);
            Some((name, branch.peel_to_id().ok()?.detach()))
        })
        .collect()
}

/// The only branch in the place of the missing one.
///
/// # Errors
/// [`CheckoutError::Empty`] when there is none, [`CheckoutError::HeadMissing`] when there are several.
pub fn choose(head: String, mut branches: Vec<(String, ObjectId)>) -> Result<Head, CheckoutError> {
    branches.sort();

    match branches.as_slice() {
        [] => Err(CheckoutError::Empty),
        [(name, commit)] => Ok(Head {
            commit: *commit,
            branch: Some(name.clone()),
        }),
        _ => Err(CheckoutError::HeadMissing {
            head,
            branches: branches.into_iter().map(|(name, _)| name).collect(),
        }),
    }
}

/// Branches that a message names.
const NAMED: usize = 5;

pub(super) fn missing(head: &str, branches: &[String]) -> String {
    let mut named: Vec<String> = branches
        .iter()
        .take(NAMED)
        .map(|name| format!("`{name}`"))
        .collect();
    let more = branches.len() - named.len();
    if more > 0 {
        named.push(format!("{more} more"));
    }

    format!(
        "HEAD names the branch `{head}`, which does not exist; there are {}",
        words::list(&named)
    )
}
