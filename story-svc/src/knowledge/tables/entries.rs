//! The lines of ledgers in their table.

use kit::db::{DbError, WriteTx};
use kit::{on, on_tx};
use proto::tasks::fiction::ledger::Key;
use serde_json::json;
use sqlx::AssertSqlSafe;

use super::{Tables, containing, count};
use crate::knowledge::entries::{Entry, EntryFilter, Moment, NewEntry};
use crate::knowledge::{KnowledgeError, StateLine, StoryScope};

/// Of a line as it is written, and whether each is a number.
const COLUMNS: [(&str, bool); 14] = [
    ("ordinal", true),
    ("kind", false),
    ("subject", false),
    ("object", false),
    ("about", false),
    ("text", false),
    ("value", false),
    ("mode", false),
    ("due_chapter", true),
    ("at_time", true),
    ("until_time", true),
    ("position", false),
    ("folded", false),
    ("scene", false),
];

/// The scene's lines are these, and no others.
pub(super) async fn replace(
    tables: &Tables,
    tx: &mut WriteTx,
    of: StoryScope,
    scene: &Key,
    lines: &[NewEntry],
) -> Result<(), DbError> {
    let sql = "DELETE FROM knowledge_entries WHERE story_id = $1 AND scene = $2";
    on_tx!(&mut *tx, c => sqlx::query(sql).bind(of.story).bind(scene.as_str()).execute(c).await.map(drop))?;
    if lines.is_empty() {
        return Ok(());
    }

    let names: Vec<_> = COLUMNS.iter().map(|(name, _)| *name).collect();
    let sql = format!(
        "INSERT INTO knowledge_entries (story_id, owner_id, {}) SELECT $1, $2, {} FROM {} g",
        names.join(", "),
        names
            .iter()
            .map(|name| format!("g.{name}"))
            .collect::<Vec<_>>()
            .join(", "),
        tables.rows(3, &COLUMNS)
    );
    let given = json!(lines).to_string();
    on_tx!(&mut *tx, c => sqlx::query(AssertSqlSafe(sql.clone()))
        .bind(of.story)
        .bind(of.owner)
        .bind(&given)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// What a failed write means: two scenes that were written at the same time may say the same fact.
pub(super) fn explain(error: DbError) -> KnowledgeError {
    match error.is_unique(
        "knowledge_facts",
        &["knowledge_entries.story_id", "knowledge_entries.about"],
    ) {
        true => KnowledgeError::invalid("ledger.facts", "keys that no other scene asserts"),
        false => error.into(),
    }
}

pub(super) async fn find(
    tables: &Tables,
    of: StoryScope,
    filter: &EntryFilter,
) -> Result<Vec<Entry>, KnowledgeError> {
    let mut given = Vec::new();
    let mut sql = "SELECT * FROM knowledge_entries WHERE story_id = $1".to_owned();

    let kinds: Vec<_> = filter.kinds.iter().map(|kind| kind.as_str().to_owned()).collect();
    let lists = [
        ("kind", (!kinds.is_empty()).then_some(&kinds)),
        ("subject", filter.subjects.as_ref()),
        ("object", filter.objects.as_ref()),
        ("about", filter.abouts.as_ref()),
        ("scene", filter.scenes.as_ref()),
        ("text", filter.texts.as_ref()),
        ("value", filter.values.as_ref()),
        ("mode", filter.modes.as_ref()),
    ];
    for (column, list) in lists {
        if let Some(list) = list {
            given.push(json!(list).to_string());
            sql += &format!(" AND {column} IN {}", tables.texts(given.len() + 2));
        }
    }
    if let Some(Moment(before)) = &filter.before {
        given.push(before.clone());
        sql += &format!(" AND position < ${}", given.len() + 2);
    }
    sql += " ORDER BY position LIMIT $2";

    let found: Vec<Entry> = on!(tables.scoped(of), c => {
        let mut query = sqlx::query_as(AssertSqlSafe(sql.clone())).bind(of.story).bind(count(filter.most));
        for one in &given {
            query = query.bind(one);
        }
        query.fetch_all(c).await
    })
    .map_err(DbError::from)?;

    Ok(found)
}

/// The columns of [`StateLine`] in a part of its union, of the line `e`; those of the statement as they are given.
fn state_columns(part: u8, statement: impl Fn(&str) -> String) -> String {
    format!(
        "CAST({part} AS BIGINT) AS part, e.scene, {} AS subject, {} AS object, e.about, {} AS text, {} AS value, e.mode, \
         e.at_time, e.until_time, e.position",
        statement("subject"),
        statement("object"),
        statement("text"),
        statement("value"),
    )
}

/// What a line is looked up by in others is asked line by line, in subqueries that can't be turned into joins: before PostgreSQL has
/// statistics of a story it takes the whole of it for one row, and joins all of it with each line.
pub(super) async fn find_state(
    tables: &Tables,
    of: StoryScope,
    who: &Key,
    at: &Moment,
    most: usize,
) -> Result<Vec<StateLine>, KnowledgeError> {
    let own = |part| state_columns(part, |column| format!("e.{column}"));
    let of_fact = |column: &str| {
        format!(
            "(SELECT f.{column} FROM knowledge_entries f WHERE f.story_id = $1 AND f.kind = 'fact' AND f.about = e.about)"
        )
    };
    let line = "knowledge_entries e WHERE e.story_id = $1 AND e.position < $3";

    let sql = format!(
        "SELECT * FROM (SELECT {presence} FROM {line} AND e.kind = 'present' AND e.subject = $2 \
           ORDER BY e.position DESC LIMIT 1) p \
         UNION ALL SELECT * FROM (SELECT {has} FROM {line} AND e.kind = 'move' AND e.object = $2 \
           AND e.position = (SELECT MAX(l.position) FROM knowledge_entries l WHERE l.story_id = $1 AND l.kind = 'move' \
             AND l.subject = e.subject AND l.position < $3) \
           ORDER BY e.position DESC LIMIT $4) h \
         UNION ALL SELECT * FROM (SELECT {known} FROM {line} AND e.kind = 'learned' AND e.subject = $2 \
           ORDER BY e.position DESC LIMIT $4) k \
         UNION ALL SELECT * FROM (SELECT {holds} FROM {line} AND e.kind = 'fact' AND e.subject = $2 \
           AND (SELECT COUNT(*) FROM knowledge_entries x WHERE x.story_id = $1 AND x.kind = 'end' \
             AND x.about = e.about AND x.position < $3) = 0 \
           ORDER BY e.position DESC LIMIT $4) t \
         ORDER BY part, position DESC",
        presence = own(0),
        has = own(1),
        known = state_columns(2, of_fact),
        holds = own(3),
    );

    let found: Vec<StateLine> = on!(tables.scoped(of), c => sqlx::query_as(AssertSqlSafe(sql.clone()))
        .bind(of.story)
        .bind(who.as_str())
        .bind(&at.0)
        .bind(count(most))
        .fetch_all(c)
        .await)
    .map_err(DbError::from)?;

    Ok(found)
}

pub(super) async fn search_facts(
    tables: &Tables,
    of: StoryScope,
    words: &[String],
    most: usize,
) -> Result<Vec<Entry>, KnowledgeError> {
    let has: Vec<_> = (0..words.len())
        .map(|word| format!("AND folded LIKE ${} ESCAPE '\\'", word + 3))
        .collect();
    let sql = format!(
        "SELECT * FROM knowledge_entries WHERE story_id = $1 AND kind = 'fact' {} ORDER BY position LIMIT $2",
        has.join(" ")
    );

    let found: Vec<Entry> = on!(tables.scoped(of), c => {
        let mut query = sqlx::query_as(AssertSqlSafe(sql.clone())).bind(of.story).bind(count(most));
        for word in words {
            query = query.bind(containing(word));
        }
        query.fetch_all(c).await
    })
    .map_err(DbError::from)?;

    Ok(found)
}
