//! Several stories, or several runs, in one statement each.

use std::collections::HashSet;

use flow::Run;
use kit::on;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::rows::BatchRow;
use super::{StoryStore, database, select_stories};
use crate::domain::stories::Batch;
use crate::error::StoryError;
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

impl StoryStore {
    /// The stories with these ids, and those that these runs are attempts at: all that this user may see. Each once.
    pub(crate) async fn batch(
        &self,
        user: Uuid,
        stories: &[Uuid],
        runs: &[Uuid],
        with_chapters: bool,
    ) -> Result<Batch, StoryError> {
        let (by_story, by_run) = (ids::rows(&self.db, "$1"), ids::rows(&self.db, "$2"));
        let sql = if with_chapters {
            format!(wanted!("w.by_run, a.chapters"), by_story, by_run)
        } else {
            format!(wanted!("w.by_run, NULL AS chapters"), by_story, by_run)
        };

        let rows: Vec<BatchRow> = on!(&self.db, c => sqlx::query_as(AssertSqlSafe(sql))
            .bind(ids::list(stories))
            .bind(ids::list(runs))
            .bind(user)
            .fetch_all(c)
            .await)
        .map_err(database)?;

        let (mut batch, mut seen) = (Batch::default(), HashSet::new());
        for row in rows {
            let story = row.story.story()?;
            batch.by_run.extend(row.by_run.map(|run| (run, story.id)));
            if seen.insert(story.id) {
                batch.stories.push(story);
            }
        }

        Ok(batch)
    }

    /// Those of these runs that this user may see: their own, and those of a guest's story.
    pub(crate) async fn visible_runs(&self, user: Uuid, runs: &[Uuid]) -> Result<Vec<Run>, StoryError> {
        runs::visible(&self.db, user, runs)
            .await
            .map_err(StoryError::Runs)
    }
}
