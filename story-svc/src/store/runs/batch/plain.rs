//! Commits that are a checkpoint and nothing else, which is what a step mostly is: many in one statement, which is its own
//! transaction. Only when not all were written does anyone ask which.

use std::collections::HashSet;
use std::fmt::Write;

use flow::store::{Commit, Committed, StoreError};
use sqlx::{AssertSqlSafe, SqliteConnection};
use uuid::Uuid;

use super::BatchJob;
use crate::store::runs::commit::{Value, bind_all};

/// Statements hold 1, 2, 4, 8 or 16 commits, so that few texts are prepared.
const LARGEST: usize = 16;

/// Writes them all. What could not be written for another reason than its fence comes back.
pub(super) async fn write(connection: &mut SqliteConnection, mut jobs: Vec<BatchJob>) -> Vec<BatchJob> {
    let mut unwritten = Vec::new();
    while !jobs.is_empty() {
        let len = 1 << jobs.len().min(LARGEST).ilog2();
        let rest = jobs.split_off(len);
        let some = std::mem::replace(&mut jobs, rest);

        match insert(connection, &some).await {
            Ok(written) if written == len as u64 => some.into_iter().for_each(|job| answer(job, true)),
            Ok(_) => match still_held(connection, &some).await {
                // Whoever holds a run now held it a moment ago: a fence only rises.
                Ok(held) => some.into_iter().for_each(|job| {
                    let held = held.contains(&(job.commit.run, job.commit.fence));
                    answer(job, held);
                }),
                Err(error) => refuse(some, &error),
            },
            Err(error) => {
                tracing::debug!(%error, commits = some.len(), "checkpoints could not be written together");
                unwritten.extend(some);
            }
        }
    }

    unwritten
}

async fn insert(connection: &mut SqliteConnection, jobs: &[BatchJob]) -> Result<u64, sqlx::Error> {
    let head = "INSERT INTO checkpoints (run_id, step, base, record, spilled, created_at) \
                SELECT v.column1, v.column3, v.column4, v.column5, v.column6, v.column7 FROM (";
    // A cross join keeps its order: each new row looks up its run.
    let tail =
        ") v CROSS JOIN runs ON runs.id = v.column1 AND runs.fence = v.column2 AND runs.worker IS NOT NULL";
    let sql = format!("{head}{}{tail}", rows(jobs.len(), 7));
    let values = jobs.iter().flat_map(|job| values(&job.commit));
    let done = bind_all!(sqlx::query(AssertSqlSafe(sql)), values)
        .execute(connection)
        .await?;

    Ok(done.rows_affected())
}

async fn still_held(
    connection: &mut SqliteConnection,
    jobs: &[BatchJob],
) -> Result<HashSet<(Uuid, i64)>, sqlx::Error> {
    let sql = format!(
        "SELECT id, fence FROM runs WHERE worker IS NOT NULL AND (id, fence) IN ({})",
        rows(jobs.len(), 2)
    );
    let values = jobs
        .iter()
        .flat_map(|job| [Value::Id(job.commit.run), job.commit.fence.into()]);
    let held: Vec<_> = bind_all!(sqlx::query_as(AssertSqlSafe(sql)), values)
        .fetch_all(connection)
        .await?;

    Ok(held.into_iter().collect())
}

/// `VALUES ($1, …), (…)`.
fn rows(rows: usize, columns: usize) -> String {
    let mut sql = String::from("VALUES ");
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for column in 1..=columns {
            let comma = if column == 1 { "" } else { ", " };
            // Writing to a string can not fail.
            let _ = write!(sql, "{comma}${}", row * columns + column);
        }
        sql.push(')');
    }

    sql
}

fn values(commit: &Commit) -> [Value; 7] {
    let saved = commit.checkpoint.as_ref();
    [
        Value::Id(commit.run),
        commit.fence.into(),
        Value::Int(saved.map(|s| s.step.cast_signed())),
        Value::Int(saved.map(|s| s.base.cast_signed())),
        Value::Bytes(saved.map(|s| s.record.clone())),
        Value::Text(saved.and_then(|s| s.spilled.clone())),
        commit.at.into(),
    ]
}

fn answer(job: BatchJob, written: bool) {
    let result = if written {
        Ok(Committed::default())
    } else {
        Err(StoreError::Fenced)
    };
    let _ = job.reply.send(result);
}

fn refuse(jobs: Vec<BatchJob>, error: &sqlx::Error) {
    for job in jobs {
        let _ = job.reply.send(Err(StoreError::unavailable(error.to_string())));
    }
}
