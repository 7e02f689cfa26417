//! The rows of jobs: what agents do for projects. Where a job stands is in its run.

use chrono::{DateTime, Utc};
use flow::{RunId, RunStatus};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx};
use sqlx::FromRow;
use uuid::Uuid;

use super::attempts::AttemptTables;
use crate::domain::job::{Job, JobType, NewJob};

/// Jobs and their runs: a job's own row is the link.
pub(crate) const JOBS: AttemptTables = AttemptTables::linked_by_themselves("agent_jobs");

#[derive(FromRow)]
struct JobRow {
    id: Uuid,
    project_id: Uuid,
    agent_type: String,
    result: Option<String>,
    status: String,
    phase: String,
    progress: f64,
    error_message: Option<String>,
    error_reason: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    last_event: i64,
}

impl TryFrom<JobRow> for Job {
    type Error = DbError;

    fn try_from(row: JobRow) -> Result<Self, DbError> {
        let unknown = |what: &str, word: &str| {
            DbError::Query(sqlx::Error::Decode(format!("{word:?} is no {what}").into()))
        };

        Ok(Self {
            id: row.id,
            project_id: row.project_id,
            job_type: JobType::parse(&row.agent_type)
                .ok_or_else(|| unknown("type of a job", &row.agent_type))?,
            status: RunStatus::parse(&row.status).ok_or_else(|| unknown("run status", &row.status))?,
            phase: row.phase,
            progress: row.progress,
            result: row.result,
            error_message: row.error_message,
            error_reason: row.error_reason,
            created_at: row.created_at,
            updated_at: row.updated_at,
            completed_at: row.ended_at,
            last_event: row.last_event.cast_unsigned(),
        })
    }
}

/// Jobs with their runs; `$result` is where the result is read. Only what a run that completed has made is shown.
macro_rules! select_jobs {
    ($result:literal, $rest:literal) => {
        concat!(
            "SELECT j.id, j.project_id, j.agent_type, ",
            $result,
            " AS result, r.status, r.phase, CAST(r.progress AS DOUBLE PRECISION) AS progress, r.error_message, \
             r.error_reason, j.created_at, r.updated_at, r.ended_at, \
             (SELECT COALESCE(MAX(e.number), 0) FROM run_events e WHERE e.run_id = r.id) AS last_event \
             FROM agent_jobs j JOIN runs r ON r.id = j.run_id ",
            $rest
        )
    };
}

/// Writes a job whose run this transaction has written.
pub(crate) async fn insert(tx: &mut WriteTx, job: &NewJob, run: RunId) -> Result<(), DbError> {
    let sql = "INSERT INTO agent_jobs (id, owner_id, project_id, run_id, agent_type, created_at, updated_at) \
               VALUES ($1, $2, $3, $1, $4, $5, $5)";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(run)
        .bind(job.owner_id)
        .bind(job.project_id)
        .bind(job.job_type.as_str())
        .bind(job.created_at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

pub(crate) async fn find(db: &ScopedDb, id: Uuid, owner: Uuid) -> Result<Option<Job>, DbError> {
    let sql = select_jobs!(
        "CASE WHEN r.status = 'completed' THEN j.result END",
        "WHERE j.id = $1 AND j.owner_id = $2"
    );
    let row: Option<JobRow> = on!(db, c => sqlx::query_as(sql).bind(id).bind(owner).fetch_optional(c).await)?;

    row.map(Job::try_from).transpose()
}

/// Of one project, newest first, without results.
pub(crate) async fn list(
    db: &ScopedDb,
    project: Uuid,
    owner: Uuid,
    (offset, limit): (i64, i64),
) -> Result<Vec<Job>, DbError> {
    let sql = select_jobs!(
        "CAST(NULL AS TEXT)",
        "WHERE j.project_id = $1 AND j.owner_id = $2 ORDER BY j.created_at DESC, j.id DESC LIMIT $3 OFFSET $4"
    );
    let rows: Vec<JobRow> = on!(db, c => sqlx::query_as(sql)
        .bind(project)
        .bind(owner)
        .bind(limit)
        .bind(offset)
        .fetch_all(c)
        .await)?;

    rows.into_iter().map(Job::try_from).collect()
}

pub(crate) async fn count(db: &ScopedDb, project: Uuid, owner: Uuid) -> Result<u64, DbError> {
    let sql = "SELECT COUNT(*) FROM agent_jobs WHERE project_id = $1 AND owner_id = $2";
    let count: i64 = on!(db, c => sqlx::query_scalar(sql).bind(project).bind(owner).fetch_one(c).await)?;

    Ok(count.cast_unsigned())
}

/// Keeps what a job's run has made. False when there is no such job of this owner: a fork of its run has none.
pub(crate) async fn put_result(
    tx: &mut WriteTx,
    id: Uuid,
    owner: Uuid,
    result: &str,
    at: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "UPDATE agent_jobs SET result = $3, updated_at = $4 WHERE id = $1 AND owner_id = $2";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(id)
        .bind(owner)
        .bind(result)
        .bind(at)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// Paths of a project's files whose newest version this author wrote.
pub(crate) async fn list_paths_by(
    db: &ScopedDb,
    project: Uuid,
    author_email: &str,
) -> Result<Vec<String>, DbError> {
    let sql = "SELECT f.path FROM project_files f \
               JOIN project_file_versions v ON v.project_id = f.project_id AND v.path = f.path AND v.version = f.version \
               JOIN project_revisions n ON n.project_id = v.project_id AND n.number = v.revision \
               WHERE f.project_id = $1 AND f.digest IS NOT NULL AND n.author_email = $2 ORDER BY f.path";
    Ok(on!(db, c => sqlx::query_scalar(sql).bind(project).bind(author_email).fetch_all(c).await)?)
}
