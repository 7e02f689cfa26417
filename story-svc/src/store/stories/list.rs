//! An owner's stories in pages: filtered, in an order, from either end, and counted.

use kit::db::{DbError, ScopedDb};
use kit::on;
use kit::page::Page;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, FromRow};
use uuid::Uuid;

use super::rows::{HeadlineRow, StoryRow};
use super::{select_headlines, select_stories};
use crate::domain::story::{Story, StoryFilter, StoryHeadline, StoryKind, StoryList, StoryOrder};

/// Of what is asked for beside the words: owner, kind, statuses, phases, other phases.
const FIXED: usize = 5;
/// Place and number of rows.
const PAGE: usize = 3;
/// When a story or its current run last changed.
const CHANGED: &str = "(CASE WHEN r.updated_at > s.updated_at THEN r.updated_at ELSE s.updated_at END)";

/// The owner's stories, without their content.
pub(crate) async fn list(db: &ScopedDb, wanted: StoryList<'_>) -> Result<Page<Story>, DbError> {
    let sql = wanted.sql(select_stories!("NULL", "stories s", ""));
    let rows: Vec<StoryRow> = wanted.read(db, sql).await?;
    let stories = rows.into_iter().map(StoryRow::into_story);

    wanted.page(stories, |story| &story.headline)
}

/// Their headlines, which is less to read.
pub(crate) async fn list_headlines(
    db: &ScopedDb,
    wanted: StoryList<'_>,
) -> Result<Page<StoryHeadline>, DbError> {
    let sql = wanted.sql(select_headlines!(from "stories s", ""));
    let rows: Vec<HeadlineRow> = wanted.read(db, sql).await?;
    let stories = rows.into_iter().map(HeadlineRow::into_headline);

    wanted.page(stories, |story| story)
}

impl StoryList<'_> {
    /// The column that the list goes by, and whether it is read from the newest to the oldest.
    fn direction(self) -> (&'static str, bool) {
        let (key, descending) = match self.order {
            StoryOrder::Newest => ("s.created_at", true),
            StoryOrder::Oldest => ("s.created_at", false),
            StoryOrder::LastChanged => (CHANGED, true),
            StoryOrder::FirstChanged => (CHANGED, false),
        };

        (key, descending != self.page.backward)
    }

    /// `select` with the conditions, the order and the limit of this list.
    fn sql(self, select: &str) -> String {
        let (key, newest_first) = self.direction();
        let (compare, direction) = if newest_first { ("<", "DESC") } else { (">", "ASC") };
        let condition = condition(self.filter, FIXED + PAGE + 1);

        format!(
            "{select}{condition} AND ({key}, s.id) {compare} ($6, $7) \
             ORDER BY {key} {direction}, s.id {direction} LIMIT $8"
        )
    }

    async fn read<T>(self, db: &ScopedDb, sql: String) -> Result<Vec<T>, DbError>
    where
        T: for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> + Send + Unpin,
    {
        let Self {
            owner, filter, page, ..
        } = self;
        let start = page.start(self.direction().1);

        Ok(on!(db, c => {
            let [kind, statuses, phases, phases_not] = values(filter);
            let mut query = sqlx::query_as(AssertSqlSafe(sql))
                .bind(owner)
                .bind(kind)
                .bind(statuses)
                .bind(phases)
                .bind(phases_not)
                .bind(start.at)
                .bind(start.id)
                .bind(page.rows());
            for word in &filter.words {
                query = query.bind(pattern(word));
            }
            query.fetch_all(c).await
        })?)
    }

    fn page<T>(
        self,
        rows: impl Iterator<Item = Result<T, DbError>>,
        headline: impl Fn(&T) -> &StoryHeadline,
    ) -> Result<Page<T>, DbError> {
        let rows = rows.collect::<Result<_, _>>()?;
        Ok(self.page.page(rows, |row| headline(row).cursor(self.order)))
    }
}

/// How many stories that list has.
pub(crate) async fn count(db: &ScopedDb, owner: Uuid, filter: &StoryFilter) -> Result<u64, DbError> {
    let sql = format!(
        "SELECT COUNT(*) FROM stories s JOIN runs r ON r.id = s.run_id \
         LEFT JOIN story_results a ON a.run_id = r.id AND r.status = 'completed' {}",
        condition(filter, FIXED + 1)
    );
    let count: i64 = on!(db, c => {
        let [kind, statuses, phases, phases_not] = values(filter);
        let mut query = sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(owner)
            .bind(kind)
            .bind(statuses)
            .bind(phases)
            .bind(phases_not);
        for word in &filter.words {
            query = query.bind(pattern(word));
        }
        query.fetch_one(c).await
    })?;

    Ok(count.cast_unsigned())
}

/// What a story must be. The words are bound from `first` on. A list is a text with a comma before and after each item, so
/// that the same words serve both engines.
fn condition(filter: &StoryFilter, first: usize) -> String {
    let fixed = "WHERE s.owner_id = $1 AND ($2 = '' OR s.kind = $2) \
                 AND ($3 = '' OR $3 LIKE '%,' || r.status || ',%') \
                 AND ($4 = '' OR $4 LIKE '%,' || r.phase || ',%') \
                 AND ($5 = '' OR $5 NOT LIKE '%,' || r.phase || ',%')";
    let words = (first..).take(filter.words.len()).map(|place| {
        format!(
            " AND (s.search LIKE ${place} ESCAPE '\\' OR COALESCE(a.search, '') LIKE ${place} ESCAPE '\\')"
        )
    });

    std::iter::once(fixed.to_owned()).chain(words).collect()
}

fn values(filter: &StoryFilter) -> [String; FIXED - 1] {
    let statuses: Vec<_> = filter.statuses.iter().map(|status| status.as_str()).collect();
    [
        filter.kind.map_or("", StoryKind::as_str).to_owned(),
        comma_list(&statuses),
        comma_list(&filter.phases),
        comma_list(&filter.phases_not),
    ]
}

/// Empty, or `,a,b,`.
fn comma_list(items: &[impl AsRef<str>]) -> String {
    let mut list = String::new();
    for item in items {
        list.push(',');
        list.push_str(item.as_ref());
    }
    if !list.is_empty() {
        list.push(',');
    }

    list
}

/// A pattern that a text matches when it has the word in it.
fn pattern(word: &str) -> String {
    let mut pattern = String::with_capacity(word.len() + 2);
    pattern.push('%');
    for letter in word.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');

    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_pattern_would_read_as_a_sign_is_a_letter_of_the_word() {
        assert_eq!(pattern("a%b_c\\d"), "%a\\%b\\_c\\\\d%");
    }

    #[test]
    fn a_list_has_a_comma_on_each_side_of_an_item() {
        assert_eq!(comma_list(&["queued", "running"]), ",queued,running,");
        assert_eq!(comma_list(&[""; 0]), "");
    }
}
