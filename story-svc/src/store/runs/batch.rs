//! Group commit on SQLite: one task writes what is waiting in one transaction, so that many runs share one commit and
//! one run pays for a single message to SQLite's thread. A commit that is refused or fails does not touch the others.
//! Other frequent writes go the same way, so that they do not wait for the connection that this task holds.

mod plain;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use flow::store::{Commit, Committed, StoreError};
use sqlx::pool::PoolConnection;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr, Sqlite, SqliteConnection, SqlitePool};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

use super::commit::{Answer, Statement, Value, bind_all, committed};
use super::rows::failed;

/// Commits in one transaction at most.
const LARGEST: usize = 64;
/// Commits in one message at most; messages hold 1, 2, 4… so that few texts are prepared.
const LARGEST_MESSAGE: usize = 16;
/// Other writers of the same file wait in line for the connection: it is kept for so long while commits keep coming.
const HOLD: Duration = Duration::from_millis(20);
const LINGER: Duration = Duration::from_millis(1);

struct BatchJob {
    commit: Box<Commit>,
    reply: oneshot::Sender<Result<Committed, StoreError>>,
}

/// One text of one or more statements.
struct Query {
    sql: SqlStr,
    values: Vec<Value>,
    reply: oneshot::Sender<Result<Vec<SqliteRow>, sqlx::Error>>,
}

enum Waiting {
    Commit(BatchJob),
    Query(Query),
}

/// The door to the committing task. The task ends with the last door.
#[derive(Clone)]
pub(super) struct Batcher {
    jobs: mpsc::UnboundedSender<Waiting>,
}

impl fmt::Debug for Batcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Batcher")
    }
}

impl Batcher {
    #[expect(
        clippy::disallowed_methods,
        reason = "what was sent is written, even when who sent it has gone; the task ends with the last door"
    )]
    pub(super) fn start(writer: SqlitePool) -> Self {
        let (jobs, waiting) = mpsc::unbounded_channel();
        let texts = HashMap::new();
        tokio::spawn(
            Writer {
                writer,
                waiting,
                texts,
            }
            .run(),
        );

        Self { jobs }
    }

    /// Returns when the commit is in the file.
    pub(super) async fn commit(&self, commit: Commit) -> Result<Committed, StoreError> {
        let gone = || StoreError::unavailable("the database is closed");
        let (reply, answer) = oneshot::channel();
        let commit = Box::new(commit);
        self.jobs
            .send(Waiting::Commit(BatchJob { commit, reply }))
            .map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    /// Runs statements that are a transaction of their own, and answers their rows.
    pub(super) async fn query(
        &self,
        sql: impl SqlSafeStr,
        values: Vec<Value>,
    ) -> Result<Vec<SqliteRow>, sqlx::Error> {
        let (reply, answer) = oneshot::channel();
        let sql = sql.into_sql_str();
        let query = Waiting::Query(Query { sql, values, reply });
        self.jobs.send(query).map_err(|_| sqlx::Error::PoolClosed)?;
        answer.await.map_err(|_| sqlx::Error::PoolClosed)?
    }
}

/// Which statements a message holds: those of one commit, how many commits, and whether it begins and ends the
/// transaction.
type Shape = (Vec<Statement>, usize, bool, bool);

struct Writer {
    writer: SqlitePool,
    waiting: mpsc::UnboundedReceiver<Waiting>,
    texts: HashMap<Shape, Arc<str>>,
}

impl Writer {
    async fn run(mut self) {
        let mut waiting = Vec::with_capacity(LARGEST);
        while self.waiting.recv_many(&mut waiting, LARGEST).await > 0 {
            match self.writer.acquire().await {
                Ok(mut connection) => self.drain(&mut connection, &mut waiting).await,
                Err(error) => refuse(&mut waiting, &error.to_string()),
            }
        }
    }

    async fn drain(&mut self, connection: &mut PoolConnection<Sqlite>, waiting: &mut Vec<Waiting>) {
        let since = Instant::now();

        loop {
            let mut jobs = Vec::with_capacity(waiting.len());
            for one in waiting.drain(..) {
                match one {
                    Waiting::Commit(job) => jobs.push(job),
                    Waiting::Query(query) => run_query(connection, query).await,
                }
            }

            self.write_all(connection, jobs).await;

            if since.elapsed() > HOLD {
                return;
            }

            let more = timeout(LINGER, self.waiting.recv_many(waiting, LARGEST)).await;
            if !matches!(more, Ok(1..)) {
                return;
            }
        }
    }

    async fn write_all(&mut self, connection: &mut SqliteConnection, jobs: Vec<BatchJob>) {
        let is_plain = |job: &BatchJob| Statement::list(&job.commit) == [Statement::Checkpoint];
        let (plain, mut others): (Vec<_>, Vec<_>) = jobs.into_iter().partition(is_plain);
        others.extend(plain::write(connection, plain).await);
        if !others.is_empty() {
            self.write(connection, others).await;
        }
    }

    /// All in one transaction; when that fails, each in its own.
    async fn write(&mut self, connection: &mut SqliteConnection, jobs: Vec<BatchJob>) {
        let mut jobs: Vec<_> = jobs
            .into_iter()
            .map(|job| (Statement::list(&job.commit), job))
            .collect();
        jobs.sort_by(|(a, _), (b, _)| a.cmp(b));

        let (shapes, mut jobs): (Vec<_>, Vec<_>) = jobs.into_iter().unzip();
        match self.transact(connection, &shapes, &jobs).await {
            Ok(answers) => {
                for (job, answers) in jobs.drain(..).zip(answers) {
                    let _ = job.reply.send(committed(&job.commit, &answers));
                }
            }
            Err(error) => {
                tracing::debug!(%error, commits = jobs.len(), "a group commit failed; each is tried alone");

                for (shape, job) in shapes.into_iter().zip(jobs) {
                    let alone = self
                        .transact(connection, &[shape], std::slice::from_ref(&job))
                        .await;
                    let answer = alone
                        .map_err(failed)
                        .and_then(|mut answers| committed(&job.commit, &answers.pop().unwrap_or_default()));
                    let _ = job.reply.send(answer);
                }
            }
        }
    }

    async fn transact(
        &mut self,
        connection: &mut SqliteConnection,
        shapes: &[Vec<Statement>],
        jobs: &[BatchJob],
    ) -> Result<Vec<Vec<Answer>>, sqlx::Error> {
        let mut answers = vec![Vec::new(); jobs.len()];
        let mut at = 0;
        while at < jobs.len() {
            let len = message_len(&shapes[at..]);
            let shape = (shapes[at].clone(), len, at == 0, at + len == jobs.len());
            let sent = self.send(connection, shape, &jobs[at..at + len]).await;
            let rows = match sent {
                Ok(rows) => rows,
                Err(error) => {
                    // Nothing to roll back when BEGIN itself has failed.
                    let _ = sqlx::query("ROLLBACK").execute(&mut *connection).await;
                    return Err(error);
                }
            };
            for row in rows {
                answers[at + row.0 as usize].push(row);
            }

            at += len;
        }

        Ok(answers)
    }

    async fn send(
        &mut self,
        connection: &mut SqliteConnection,
        shape: Shape,
        jobs: &[BatchJob],
    ) -> Result<Vec<Answer>, sqlx::Error> {
        let statements = shape.0.clone();
        let sql = Arc::clone(self.texts.entry(shape).or_insert_with_key(text));
        let mut values = Vec::with_capacity(jobs.len() * 16);
        for (slot, BatchJob { commit, .. }) in (0_i64..).zip(jobs) {
            let mut event = 0;
            for statement in &statements {
                statement.values(commit, slot, &mut event, &mut values);
            }
        }

        bind_all!(sqlx::query_as(AssertSqlSafe(sql)), values)
            .fetch_all(connection)
            .await
    }
}

async fn run_query(connection: &mut SqliteConnection, query: Query) {
    let Query { sql, values, reply } = query;
    let rows = bind_all!(sqlx::query(sql), values)
        .fetch_all(&mut *connection)
        .await;
    if rows.is_err() {
        // A text that has begun a transaction and failed has not ended it.
        let _ = sqlx::query("ROLLBACK").execute(connection).await;
    }

    let _ = reply.send(rows);
}

/// The connection can not be had.
fn refuse(waiting: &mut Vec<Waiting>, why: &str) {
    tracing::warn!(why, "the database can not be written");

    for one in waiting.drain(..) {
        match one {
            Waiting::Commit(job) => {
                let _ = job.reply.send(Err(StoreError::unavailable(why)));
            }
            Waiting::Query(query) => {
                let _ = query.reply.send(Err(sqlx::Error::PoolTimedOut));
            }
        }
    }
}

/// As many commits of the same statements as follow each other, rounded down to a power of two.
fn message_len(shapes: &[Vec<Statement>]) -> usize {
    let alike = shapes
        .iter()
        .take(LARGEST_MESSAGE)
        .take_while(|shape| **shape == shapes[0])
        .count();
    1 << alike.ilog2()
}

fn text((statements, commits, begins, ends): &Shape) -> Arc<str> {
    // One statement is its own transaction.
    let alone = *begins && *ends && *commits == 1 && statements.len() == 1;
    let mut sql = String::from(if *begins && !alone {
        "BEGIN IMMEDIATE; "
    } else {
        ""
    });

    let proof = proof(statements);
    let mut before = 0;
    for _ in 0..*commits {
        for (place, statement) in statements.iter().enumerate() {
            statement.write(&mut sql, before, proof == Some(place));
            before += statement.arity();
            sql.push_str("; ");
        }
    }

    if *ends && !alone {
        sql.push_str("COMMIT");
    }

    sql.into()
}

/// The statement that tells whether the fence held; events do anyway, by their numbers.
fn proof(statements: &[Statement]) -> Option<usize> {
    if statements.contains(&Statement::Event) {
        return None;
    }
    statements.iter().rposition(|statement| statement.can_prove())
}
