//! The rows of books: heads, scenes, changes that can be taken back, and what their owners call intended. A run writes only
//! while the book is its own: [`touch`] says so, in the same transaction.

mod changes;
mod rows;

use chrono::{DateTime, Utc};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx, on_write};
use proto::tasks::fiction::cast::Cast;
use proto::tasks::fiction::finding::Finding;
use proto::tasks::fiction::ledger::Key;
use proto::tasks::fiction::plan::BookOutline;
use serde::Serialize;
use uuid::Uuid;

pub(crate) use self::changes::{delete_change, find_change, insert_change, list_changes};
pub(super) use self::rows::read_json;
use self::rows::{HeadRow, SceneRow};
use crate::domain::book::{BookAudio, BookHead, BookKey, ImportedBook, KeptScene};

/// The book is this run's from now on. It is made when there is none.
pub(crate) async fn claim(db: &ScopedDb, of: BookKey, at: DateTime<Utc>) -> Result<(), DbError> {
    let sql = "INSERT INTO fiction_books (story_id, owner_id, run_id, revision, findings, updated_at) \
               VALUES ($1, $2, $3, 0, '[]', $4) \
               ON CONFLICT (story_id) DO UPDATE SET run_id = excluded.run_id, updated_at = excluded.updated_at";
    on_write!(db, c => sqlx::query(sql)
        .bind(of.story)
        .bind(of.owner)
        .bind(of.run)
        .bind(at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// A book that was begun with a manuscript: nobody is in it yet.
pub(crate) async fn insert_imported(
    tx: &mut WriteTx,
    of: BookKey,
    book: &ImportedBook,
    at: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "INSERT INTO fiction_books (story_id, owner_id, run_id, revision, findings, updated_at) \
               VALUES ($1, $2, $3, 0, '[]', $4)";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(of.story)
        .bind(of.owner)
        .bind(of.run)
        .bind(at)
        .execute(c)
        .await
        .map(drop))?;

    put_outline(tx, of, &book.outline).await?;
    for kept in &book.scenes {
        put_scene(tx, of, kept).await?;
    }

    Ok(())
}

/// Counts a change of the book. False when it is another run's.
pub(crate) async fn touch(tx: &mut WriteTx, of: BookKey, at: DateTime<Utc>) -> Result<bool, DbError> {
    let sql = "UPDATE fiction_books SET revision = revision + 1, updated_at = $1 WHERE story_id = $2 AND run_id = $3";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(at)
        .bind(of.story)
        .bind(of.run)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// All that was written goes, and what could be taken back.
pub(crate) async fn empty(tx: &mut WriteTx, of: BookKey) -> Result<(), DbError> {
    let statements = [
        "UPDATE fiction_books SET outline = NULL, cast_list = NULL, findings = '[]', audio = NULL WHERE story_id = $1",
        "DELETE FROM fiction_scenes WHERE story_id = $1",
        "DELETE FROM fiction_changes WHERE story_id = $1",
        "DELETE FROM fiction_waivers WHERE story_id = $1",
    ];
    for sql in statements {
        on_tx!(tx, c => sqlx::query(sql).bind(of.story).execute(c).await.map(drop))?;
    }

    Ok(())
}

pub(crate) async fn put_outline(tx: &mut WriteTx, of: BookKey, outline: &BookOutline) -> Result<(), DbError> {
    put(
        tx,
        of,
        "UPDATE fiction_books SET outline = $1 WHERE story_id = $2",
        outline,
    )
    .await
}

pub(crate) async fn put_cast(tx: &mut WriteTx, of: BookKey, cast: &Cast) -> Result<(), DbError> {
    put(
        tx,
        of,
        "UPDATE fiction_books SET cast_list = $1 WHERE story_id = $2",
        cast,
    )
    .await
}

pub(crate) async fn put_findings(tx: &mut WriteTx, of: BookKey, findings: &[Finding]) -> Result<(), DbError> {
    put(
        tx,
        of,
        "UPDATE fiction_books SET findings = $1 WHERE story_id = $2",
        findings,
    )
    .await
}

/// None: what is read aloud is another book by now.
pub(crate) async fn put_audio(
    tx: &mut WriteTx,
    of: BookKey,
    audio: Option<&BookAudio>,
) -> Result<(), DbError> {
    let sql = "UPDATE fiction_books SET audio = $1 WHERE story_id = $2";
    let audio = audio.map(write_json).transpose()?;
    on_tx!(tx, c => sqlx::query(sql).bind(audio).bind(of.story).execute(c).await.map(drop))?;

    Ok(())
}

async fn put(
    tx: &mut WriteTx,
    of: BookKey,
    sql: &'static str,
    part: &(impl Serialize + ?Sized),
) -> Result<(), DbError> {
    let part = write_json(part)?;
    on_tx!(tx, c => sqlx::query(sql).bind(part).bind(of.story).execute(c).await.map(drop))?;

    Ok(())
}

/// In place of what it was.
pub(crate) async fn put_scene(tx: &mut WriteTx, of: BookKey, kept: &KeptScene) -> Result<(), DbError> {
    let sql = "INSERT INTO fiction_scenes (story_id, key, owner_id, chapter, number, take, words, scene, prose) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
               ON CONFLICT (story_id, key) DO UPDATE SET chapter = excluded.chapter, number = excluded.number, \
               take = excluded.take, words = excluded.words, scene = excluded.scene, prose = excluded.prose";
    let (scene, prose) = (write_json(&kept.scene)?, write_json(&kept.prose)?);
    on_tx!(tx, c => sqlx::query(sql)
        .bind(of.story)
        .bind(kept.scene.key.as_str())
        .bind(of.owner)
        .bind(i64::from(kept.scene.chapter))
        .bind(i64::from(kept.scene.number))
        .bind(i64::from(kept.take))
        .bind(i64::from(kept.words))
        .bind(scene)
        .bind(prose)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

pub(crate) async fn delete_scene(tx: &mut WriteTx, of: BookKey, key: &Key) -> Result<(), DbError> {
    let sql = "DELETE FROM fiction_scenes WHERE story_id = $1 AND key = $2";
    on_tx!(tx, c => sqlx::query(sql).bind(of.story).bind(key.as_str()).execute(c).await.map(drop))?;

    Ok(())
}

/// The book of a story, without its scenes.
pub(crate) async fn find_head(db: &ScopedDb, story: Uuid) -> Result<Option<BookHead>, DbError> {
    let sql = "SELECT revision, outline, cast_list, findings, audio FROM fiction_books WHERE story_id = $1";
    let row: Option<HeadRow> = on!(db, c => sqlx::query_as(sql).bind(story).fetch_optional(c).await)?;

    row.map(HeadRow::into_head).transpose()
}

/// In the order of telling; of all chapters or of one.
pub(crate) async fn list_scenes(
    db: &ScopedDb,
    story: Uuid,
    chapter: Option<u32>,
    with_prose: bool,
) -> Result<Vec<KeptScene>, DbError> {
    let sql = "SELECT take, words, scene, CASE WHEN $1 THEN prose ELSE '[]' END AS prose FROM fiction_scenes \
               WHERE story_id = $2 AND ($3 = 0 OR chapter = $3) ORDER BY chapter, number, key";
    let rows: Vec<SceneRow> = on!(db, c => sqlx::query_as(sql)
        .bind(with_prose)
        .bind(story)
        .bind(i64::from(chapter.unwrap_or_default()))
        .fetch_all(c)
        .await)?;

    rows.into_iter().map(SceneRow::into_kept).collect()
}

/// Ids of findings that the owner calls intended.
pub(crate) async fn list_waivers(db: &ScopedDb, story: Uuid) -> Result<Vec<String>, DbError> {
    let sql = "SELECT finding FROM fiction_waivers WHERE story_id = $1 ORDER BY finding";
    Ok(on!(db, c => sqlx::query_scalar(sql).bind(story).fetch_all(c).await)?)
}

pub(crate) async fn insert_waiver(
    db: &ScopedDb,
    (story, owner): (Uuid, Uuid),
    finding: &str,
    at: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "INSERT INTO fiction_waivers (story_id, finding, owner_id, created_at) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (story_id, finding) DO NOTHING";
    on_write!(db, c => sqlx::query(sql)
        .bind(story)
        .bind(finding)
        .bind(owner)
        .bind(at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

pub(crate) async fn delete_waiver(db: &ScopedDb, story: Uuid, finding: &str) -> Result<(), DbError> {
    let sql = "DELETE FROM fiction_waivers WHERE story_id = $1 AND finding = $2";
    on_write!(db, c => sqlx::query(sql).bind(story).bind(finding).execute(c).await.map(drop))?;

    Ok(())
}

fn write_json(part: &(impl Serialize + ?Sized)) -> Result<String, DbError> {
    serde_json::to_string(part).map_err(|source| DbError::Query(sqlx::Error::Encode(source.into())))
}
