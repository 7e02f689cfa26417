//! What comes by git: judged file by file as anything else is, and written as it was pushed.

use chrono::{DateTime, Utc};
use kit::db::WriteTx;
use kit::error::Faults;
use kit::ids::SharedIds;

use super::checks::{check_collisions, check_draft, judge_content, judge_path};
use super::{check_sizes, find_changes, insert_rows, live_paths, refuse};
use crate::domain::project::{FileLanguage, Project, RevisionDraft};
use crate::error::StoryError;
use crate::store::project_files as store;

/// Whether a file may lie there with this content; `Err` says what is expected. One that is there keeps its language, another
/// one has that of its ending.
pub(in crate::domain) fn judge_file(path: &str, content: &[u8], is_known: bool) -> Result<(), String> {
    judge_path(path).map_err(|expected| format!("expected {expected}"))?;
    let text = std::str::from_utf8(content).map_err(|_| "expected text in UTF-8".to_owned())?;
    judge_content(text).map_err(|expected| format!("expected {expected}; it has {} bytes", content.len()))?;
    if !is_known && FileLanguage::of_path(path).is_none() {
        return Err(
            "expected a name that ends in .ts, .tsx, .js, .jsx, .css, .html, .json or .md".to_owned(),
        );
    }

    Ok(())
}

/// Writes a commit's changes, which may be none, as a revision with the commit's time. The scaffold stays as it was, because the
/// commit says so. The caller has locked the project, and measures what its owner keeps.
pub(in crate::domain) async fn write_pushed_revision(
    tx: &mut WriteTx,
    project: &mut Project,
    mut draft: RevisionDraft,
    (made_at, now): (DateTime<Utc>, DateTime<Utc>),
    ids: &SharedIds,
) -> Result<(), StoryError> {
    let mut faults = Faults::default();
    check_draft(&draft, &mut faults);
    refuse(faults)?;

    let known = store::list_known(tx, project.id).await?;
    let changes = std::mem::take(&mut draft.changes);
    let changed = find_changes(&known, project, changes, now, ids)?;
    let paths = live_paths(&known, &changed);
    check_sizes(&known, &changed, &paths)?;
    check_collisions(&paths)?;
    let scaffold = store::find_scaffold(tx, project.id, project.revision).await?;
    let scaffold = scaffold.ok_or(StoryError::RevisionNotFound {
        number: project.revision,
    })?;

    project.updated_at = now;
    insert_rows(tx, project, draft, scaffold, &changed, made_at).await
}
