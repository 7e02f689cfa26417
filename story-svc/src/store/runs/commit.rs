//! A commit as SQL: which statements it is made of, and the same texts on both engines. Every statement carries the
//! fence; on PostgreSQL the run's row is locked first, on SQLite the whole file is.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use flow::store::{Change, Commit, Committed, Event, OpenQuestion, PausePoints, RunStatus, StoreError};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::on_tx;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::rows::{failed, points_json, questions_json};
use crate::store::webhooks::NOTE_EVENT;

/// One statement of a commit. Each answers rows of (slot, number, spilled key), and none when the fence
/// has moved; notes and dropped effects are not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Statement {
    Checkpoint,
    Effect,
    Event,
    /// Notes the event before it, for whoever is to be told.
    Note,
    DropEffects,
    Prune,
    Row,
}

/// What the row's update needs; `None` leaves a column as it is.
#[derive(Debug, Default, PartialEq)]
struct RowChange {
    status: Option<RunStatus>,
    phase: Option<String>,
    progress: Option<f64>,
    /// Nobody holds the run any more, and it may be claimed from this time on.
    release: Option<DateTime<Utc>>,
    attempt: Option<i64>,
    lost: Option<i64>,
    error_message: Option<String>,
    error_reason: Option<String>,
    failed_node: Option<String>,
    questions: Option<Vec<OpenQuestion>>,
    /// It stops here, and these are its pause points.
    hold: Option<PausePoints>,
}

impl RowChange {
    fn of(commit: &Commit) -> Self {
        let change = commit.change.clone();
        let mut row = change
            .map(|change| Self::of_change(change, commit.at))
            .unwrap_or_default();
        if commit.reset {
            row.attempt = row.attempt.or(Some(0));
            row.lost = Some(0);
        }

        row
    }

    fn values(self, at: DateTime<Utc>, to: &mut Vec<Value>) {
        let questions = self.questions.as_deref();
        let oldest = questions.and_then(<[_]>::first).map(|open| open.question.clone());
        let due = questions.and_then(next_due);

        to.extend([
            at.into(),
            Value::Text(self.status.map(|s| s.as_str().to_owned())),
            Value::Text(self.phase),
            Value::Real(self.progress),
            Value::Time(self.release),
            Value::Int(self.attempt),
            Value::Int(self.lost),
            Value::Text(self.error_message),
            Value::Json(oldest),
            Value::Json(questions.map(questions_json)),
            Value::Time(due),
            Value::Text(self.failed_node),
            Value::Text(self.error_reason),
            Value::Bool(self.hold.is_some()),
            Value::Text(self.hold.as_ref().and_then(points_json)),
        ]);
    }

    fn of_change(change: Change, at: DateTime<Utc>) -> Self {
        let ended = |status| Self {
            status: Some(status),
            release: Some(at),
            ..Self::default()
        };

        match change {
            Change::Progress { phase, progress } => Self {
                phase: Some(phase),
                progress: Some(progress),
                ..Self::default()
            },
            Change::Retry { attempt, until } => Self {
                release: Some(until),
                attempt: Some(i64::from(attempt)),
                ..Self::default()
            },
            Change::Release { until } => Self {
                release: Some(until),
                ..Self::default()
            },
            Change::Wait { questions } => Self {
                questions: Some(questions),
                ..ended(RunStatus::WaitingForInput)
            },
            Change::Hold { points } => Self {
                hold: Some(points),
                release: Some(at),
                ..Self::default()
            },
            Change::Complete => Self {
                progress: Some(100.0),
                ..ended(RunStatus::Completed)
            },
            Change::Fail(failure) => Self {
                error_message: Some(failure.message),
                error_reason: failure.reason,
                failed_node: failure.node,
                ..ended(RunStatus::Failed)
            },
            Change::Cancel => ended(RunStatus::Cancelled),
        }
    }
}

impl Statement {
    /// What a commit is made of, in order. The row comes last: it may let go of the run.
    pub(super) fn list(commit: &Commit) -> Vec<Self> {
        let mut parts = Vec::with_capacity(2 + commit.events.len());
        parts.extend(commit.effect.is_some().then_some(Self::Effect));
        parts.extend(commit.checkpoint.is_some().then_some(Self::Checkpoint));
        for event in &commit.events {
            parts.push(Self::Event);
            // The engine's own say that the run has come to stand otherwise; those of nodes how far it got.
            if event.kind == "status" && event.step.is_none() {
                parts.push(Self::Note);
            }
        }
        parts.extend(commit.drop_effects.is_some().then_some(Self::DropEffects));
        parts.extend(commit.prune_below.is_some().then_some(Self::Prune));

        let row = commit.reset || commit.change.is_some();
        parts.extend(row.then_some(Self::Row));

        parts
    }

    /// `$1` is the run, `$2` its fence, `$3` the slot; the rest are the statement's own.
    fn template(self) -> &'static str {
        match self {
            Self::Checkpoint => {
                "INSERT INTO checkpoints (run_id, step, base, record, spilled, created_at) \
                 SELECT $1, $4, $5, $6, $7, $8 FROM runs WHERE id = $1 AND fence = $2 AND worker IS NOT NULL"
            }
            Self::Effect => {
                "INSERT INTO effects (run_id, step, node, item, key, value) \
                 SELECT $1, $4, $5, $6, $7, $8 FROM runs WHERE id = $1 AND fence = $2 AND worker IS NOT NULL \
                 ON CONFLICT (run_id, step, node, item, key) DO UPDATE SET value = excluded.value"
            }
            Self::Event => {
                "INSERT INTO run_events (run_id, number, kind, data, step, at) \
                 SELECT $1, (SELECT coalesce(max(number), 0) + 1 FROM run_events WHERE run_id = $1), $4, $5, $6, $7 \
                 FROM runs WHERE id = $1 AND fence = $2 AND worker IS NOT NULL \
                 RETURNING $3, number, CAST(NULL AS TEXT)"
            }
            Self::Note => NOTE_EVENT,
            Self::DropEffects => {
                "DELETE FROM effects WHERE run_id = $1 AND step <= $4 AND EXISTS \
                 (SELECT 1 FROM runs WHERE id = $1 AND fence = $2 AND worker IS NOT NULL AND $3 >= 0)"
            }
            Self::Prune => {
                "DELETE FROM checkpoints WHERE run_id = $1 AND step < $4 AND EXISTS \
                 (SELECT 1 FROM runs WHERE id = $1 AND fence = $2 AND worker IS NOT NULL) \
                 RETURNING $3, CAST(0 AS BIGINT), spilled"
            }
            // A run that someone asked to cancel does not wait, and may be claimed at once to be ended.
            Self::Row => {
                "UPDATE runs SET updated_at = $4, \
                 status = CASE WHEN status = 'cancelling' AND $5 = 'waiting_for_input' THEN status ELSE coalesce($5, status) END, \
                 phase = coalesce($6, phase), progress = coalesce($7, progress), \
                 worker = CASE WHEN $8 IS NULL THEN worker END, \
                 lease_until = CASE WHEN status = 'cancelling' AND $8 IS NOT NULL THEN $4 ELSE coalesce($8, lease_until) END, \
                 attempt = coalesce($9, attempt), lost = coalesce($10, lost), error_message = coalesce($11, error_message), \
                 question = CASE WHEN status = 'cancelling' THEN NULL ELSE $12 END, answer_to = coalesce($13, answer_to), \
                 question_due = CASE WHEN status = 'cancelling' THEN NULL ELSE $14 END, failed_node = coalesce($15, failed_node), \
                 error_reason = coalesce($16, error_reason), \
                 paused = CASE WHEN $5 IN ('completed', 'failed', 'cancelled') THEN FALSE WHEN $17 THEN status <> 'cancelling' ELSE paused END, \
                 held = ($17 AND status <> 'cancelling'), pause_points = coalesce($18, pause_points), \
                 active_since = CASE WHEN $17 OR $5 = 'waiting_for_input' THEN NULL ELSE active_since END, \
                 ended_at = CASE WHEN $5 IN ('completed', 'failed', 'cancelled') THEN $4 END \
                 WHERE id = $1 AND fence = $2 AND worker IS NOT NULL"
            }
        }
    }

    /// The template with its values numbered from `before + 1`.
    /// With a proof, it answers a row when the fence held.
    pub(super) fn write(self, sql: &mut String, before: usize, proof: bool) {
        renumber(self.template(), sql, before);
        if proof {
            renumber(
                " RETURNING $3, CAST(0 AS BIGINT), CAST(NULL AS TEXT)",
                sql,
                before,
            );
        }
    }

    /// Events and deletions answer rows of their own, and a note is not always written.
    pub(super) fn can_prove(self) -> bool {
        matches!(self, Self::Checkpoint | Self::Effect | Self::Row)
    }

    /// How many values the template takes.
    pub(super) fn arity(self) -> usize {
        match self {
            Self::Note | Self::DropEffects | Self::Prune => 4,
            Self::Event => 7,
            Self::Checkpoint | Self::Effect => 8,
            Self::Row => 18,
        }
    }

    /// The template's values. `event` counts the events of the commit that were given before.
    pub(super) fn values(self, commit: &Commit, slot: i64, event: &mut usize, to: &mut Vec<Value>) {
        to.extend([Value::Id(commit.run), commit.fence.into(), slot.into()]);

        match self {
            Self::Checkpoint => {
                let saved = commit.checkpoint.as_ref();
                to.extend([
                    Value::Int(saved.map(|s| s.step.cast_signed())),
                    Value::Int(saved.map(|s| s.base.cast_signed())),
                    Value::Bytes(saved.map(|s| s.record.clone())),
                    Value::Text(saved.and_then(|s| s.spilled.clone())),
                    commit.at.into(),
                ]);
            }
            Self::Effect => {
                let effect = commit.effect.as_ref();
                to.extend([
                    Value::Int(effect.map(|e| e.at.step.cast_signed())),
                    Value::Text(effect.map(|e| e.at.node.clone())),
                    Value::Int(effect.map(|e| e.at.item)),
                    Value::Text(effect.map(|e| e.at.key.clone())),
                    Value::Text(effect.map(|e| e.value.clone())),
                ]);
            }
            Self::Event => {
                let next = commit.events.get(*event);
                *event += 1;
                to.extend([
                    Value::Text(next.map(|e| e.kind.clone())),
                    Value::Text(next.map(|e| e.data.clone())),
                    Value::Int(next.and_then(|e| e.step).map(u64::cast_signed)),
                    commit.at.into(),
                ]);
            }
            Self::Note => to.push(commit.at.into()),
            Self::DropEffects => to.push(Value::Int(commit.drop_effects.map(u64::cast_signed))),
            Self::Prune => to.push(Value::Int(commit.prune_below.map(u64::cast_signed))),
            Self::Row => RowChange::of(commit).values(commit.at, to),
        }
    }
}

/// When the first of these questions has waited long enough.
pub(super) fn next_due(questions: &[OpenQuestion]) -> Option<DateTime<Utc>> {
    questions.iter().filter_map(|open| open.expires_at).min()
}

/// Appends a statement whose `$1` becomes `$(before + 1)`, and so on.
pub(super) fn renumber(template: &str, sql: &mut String, before: usize) {
    let mut parts = template.split('$');
    sql.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let number: usize = part[..digits].parse().unwrap_or_default();
        // Writing to a string can not fail.
        let _ = write!(sql, "${}{}", before + number, &part[digits..]);
    }
}

/// A value with its type, which PostgreSQL wants to know of a NULL too.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Id(Uuid),
    OptionalId(Option<Uuid>),
    Bool(bool),
    Int(Option<i64>),
    Real(Option<f64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
    Time(Option<DateTime<Utc>>),
    Json(Option<serde_json::Value>),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}

impl From<DateTime<Utc>> for Value {
    fn from(value: DateTime<Utc>) -> Self {
        Self::Time(Some(value))
    }
}

/// Binds every value of a list.
macro_rules! bind_all {
    ($query:expr, $values:expr) => {{
        let mut query = $query;
        for value in $values {
            query = match value {
                Value::Id(value) => query.bind(value),
                Value::OptionalId(value) => query.bind(value),
                Value::Bool(value) => query.bind(value),
                Value::Int(value) => query.bind(value),
                Value::Real(value) => query.bind(value),
                Value::Text(value) => query.bind(value),
                Value::Bytes(value) => query.bind(value),
                Value::Time(value) => query.bind(value),
                Value::Json(value) => query.bind(value.map(sqlx::types::Json)),
            };
        }
        query
    }};
}
pub(super) use bind_all;

/// What a statement answers: slot of the commit, an event's number, the key of a body without a checkpoint.
pub(super) type Answer = (i64, i64, Option<String>);

/// Commits in a transaction of its own.
pub(super) async fn in_transaction(db: &ScopedDb, commit: Commit) -> Result<Committed, StoreError> {
    let mut tx = db.begin_write().await.map_err(failed)?;
    let mut answers = Vec::new();
    if lock_run(&mut tx, &commit).await.map_err(failed)? {
        let mut event = 0;
        for statement in Statement::list(&commit) {
            let (mut sql, mut values) = (String::new(), Vec::new());
            statement.write(&mut sql, 0, statement.can_prove());
            statement.values(&commit, 0, &mut event, &mut values);
            answers.extend(execute(&mut tx, sql, values).await.map_err(failed)?);
        }
    }

    let committed = committed(&commit, &answers)?;
    tx.commit().await.map_err(failed)?;

    Ok(committed)
}

/// PostgreSQL has many writers: a claim must not slip in between the look at the fence and the commit.
async fn lock_run(tx: &mut WriteTx, commit: &Commit) -> Result<bool, DbError> {
    let WriteTx::Postgres(tx) = tx else {
        return Ok(true);
    };
    let lock = "SELECT 1 FROM runs WHERE id = $1 AND fence = $2 AND worker IS NOT NULL FOR UPDATE";
    let found = sqlx::query(lock)
        .bind(commit.run)
        .bind(commit.fence)
        .fetch_optional(&mut **tx)
        .await?;

    Ok(found.is_some())
}

async fn execute(tx: &mut WriteTx, sql: String, values: Vec<Value>) -> Result<Vec<Answer>, DbError> {
    let answers = on_tx!(tx, c => bind_all!(sqlx::query_as(AssertSqlSafe(sql)), values).fetch_all(c).await);
    Ok(answers?)
}

/// What the answers of one commit say.
///
/// # Errors
/// `Fenced` when nothing was written.
pub(super) fn committed(commit: &Commit, answers: &[Answer]) -> Result<Committed, StoreError> {
    if answers.is_empty() {
        return Err(StoreError::Fenced);
    }

    let numbers = answers.iter().filter(|(_, number, _)| *number > 0);
    let events = commit
        .events
        .iter()
        .zip(numbers)
        .map(|(event, (_, number, _))| Event {
            number: number.cast_unsigned(),
            kind: event.kind.clone(),
            data: event.data.clone(),
            at: commit.at,
        });

    Ok(Committed {
        events: events.collect(),
        spilled: answers
            .iter()
            .filter_map(|(_, _, spilled)| spilled.clone())
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Commits of several runs share one statement: one that took another number of values than it names would shift
    /// those of all behind it.
    #[test]
    fn every_statement_names_as_many_values_as_it_is_given() {
        let all = [
            Statement::Checkpoint,
            Statement::Effect,
            Statement::Event,
            Statement::DropEffects,
            Statement::Prune,
            Statement::Row,
        ];
        let commit = Commit::new(uuid::Uuid::nil(), 1, DateTime::UNIX_EPOCH);

        for statement in all {
            let mut given = Vec::new();
            statement.values(&commit, 0, &mut 0, &mut given);

            let numbers = statement.template().split('$').skip(1);
            let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
            let named = numbers
                .filter_map(|text| digits(text).parse::<usize>().ok())
                .max();

            assert_eq!(given.len(), statement.arity(), "{statement:?}");
            assert_eq!(named, Some(statement.arity()), "{statement:?}");
        }
    }
}
