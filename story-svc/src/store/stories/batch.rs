//! Several stories, or several runs, in one statement each.

use std::collections::HashSet;

use flow::{Run, StoreError};
use kit::db::{DbError, ScopedDb};
use kit::on;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::rows::BatchRow;
use super::select_stories;
use crate::domain::story::StoryBatch;
use crate::store::{ids, runs};

/// Asked for by story or by run; a story that was asked for twice is there twice.
macro_rules! wanted {
    ($more:literal) => {
        select_stories!(
            $more,
            "(SELECT i.id AS story_id, NULL AS by_run FROM {} i \
              UNION ALL SELECT l.story_id, l.run_id FROM {} i JOIN story_runs l ON l.run_id = i.id) w \
              JOIN stories s ON s.id = w.story_id",
            "WHERE s.owner_id = $3 OR s.guest_owned"
        )
    };
}

/// The stories with these ids, and those that these runs are attempts at: all that this user may see. Each once.
pub(crate) async fn find_batch(
    db: &ScopedDb,
    user: Uuid,
    stories: &[Uuid],
    runs: &[Uuid],
    with_content: bool,
) -> Result<StoryBatch, DbError> {
    let (by_story, by_run) = (ids::rows(db.db(), "$1"), ids::rows(db.db(), "$2"));
    let sql = if with_content {
        format!(wanted!("a.content, w.by_run"), by_story, by_run)
    } else {
        format!(wanted!("NULL, w.by_run"), by_story, by_run)
    };
    let rows: Vec<BatchRow> = on!(db, c => sqlx::query_as(AssertSqlSafe(sql))
        .bind(ids::list(stories))
        .bind(ids::list(runs))
        .bind(user)
        .fetch_all(c)
        .await)?;

    let (mut batch, mut seen) = (StoryBatch::default(), HashSet::new());
    for row in rows {
        let story = row.story.into_story()?;
        batch.by_run.extend(row.by_run.map(|run| (run, story.id)));
        if seen.insert(story.id) {
            batch.stories.push(story);
        }
    }

    Ok(batch)
}

/// Those of these runs that this user may see: their own, and those of a guest's story.
pub(crate) async fn visible_runs(db: &ScopedDb, user: Uuid, runs: &[Uuid]) -> Result<Vec<Run>, StoreError> {
    runs::visible(db, user, runs).await
}
