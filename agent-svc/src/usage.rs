//! Records what was used: takes it from wherever work is done, without making it wait, and writes it down in batches.
//! Text of a call never comes here.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use kit::actor::{Actor, Tier};
use kit::clock::SharedClock;
use kit::error::Chain;
use kit::ids::SharedIds;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use uuid::Uuid;

use crate::agent_context::AgentContext;
use crate::clients::SpendAccount;
use crate::error::AgentError;
use crate::llm::{UsageRecord, UsageSink};
use crate::registry::Answer;
use crate::store::usage::{UsageRow, UsageStore};

/// Rows that may wait to be written; beyond it they are lost, which is logged and counted.
const WAITING: usize = 10_000;
/// Rows written in one transaction.
const BATCH: usize = 200;
/// Tries of one batch.
const TRIES: usize = 6;

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct UsageRecorder {
    entries: mpsc::Sender<Entry>,
    clock: SharedClock,
    ids: SharedIds,
}

enum Entry {
    Row(Box<UsageRow>),
    /// Everything before it is to be written, then this is answered.
    Flush(oneshot::Sender<()>),
}

/// One piece of finished work.
#[derive(Debug, Clone, Default)]
pub(crate) struct Used {
    pub(crate) provider: String,
    pub(crate) model: String,
    pub(crate) offline: bool,
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
    pub(crate) cost_micro_usd: u64,
    pub(crate) duration: Duration,
    pub(crate) outcome: &'static str,
}

impl UsageRecorder {
    /// What is recorded is written by a task of its own until the last clone is gone.
    #[expect(
        clippy::disallowed_methods,
        reason = "rows that wait are written after their work has ended; `flush` waits for them"
    )]
    pub(crate) fn open_with(store: UsageStore, clock: SharedClock, ids: SharedIds) -> Self {
        let (entries, waiting) = mpsc::channel(WAITING);
        tokio::spawn(write(store, waiting));
        Self { entries, clock, ids }
    }

    /// Begins to measure one run of an agent.
    pub(crate) fn open(&self, desk: &AgentContext) -> Account {
        Account {
            recorder: self.clone(),
            agent: desk.agent,
            actor: desk.actor.clone(),
            run_id: desk.run_id.clone(),
            began: Instant::now(),
        }
    }

    /// Writes down what a service other than a model provider did.
    pub(crate) fn used(&self, desk: &AgentContext, used: Used) {
        self.record(
            &AccountName::from(&desk.actor),
            desk.agent,
            desk.run_id.clone(),
            used,
        );
    }

    /// Waits until everything that was recorded so far is written, or given up.
    pub(crate) async fn flush(&self) {
        let (done, written) = oneshot::channel();
        if self.entries.send(Entry::Flush(done)).await.is_ok() {
            let _ = written.await;
        }
    }

    pub(crate) fn record(&self, who: &AccountName, agent: &str, run_id: Option<String>, used: Used) {
        let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let row = UsageRow {
            id: self.ids.id(),
            at: self.clock.now(),
            user_id: who.user_id,
            tier: who.tier.as_str().to_owned(),
            agent: agent.to_owned(),
            run_id,
            provider: used.provider,
            model: used.model,
            offline: used.offline,
            input_tokens: whole(used.input_tokens),
            output_tokens: whole(used.output_tokens),
            cost_micro_usd: whole(used.cost_micro_usd),
            duration_ms: i64::try_from(used.duration.as_millis()).unwrap_or(i64::MAX),
            outcome: used.outcome.to_owned(),
        };

        if self.entries.try_send(Entry::Row(Box::new(row))).is_err() {
            metrics::counter!("saga_usage_rows_lost_total").increment(1);
            tracing::error!(agent, "a usage row was lost: too many wait to be written");
        }
    }
}

/// Whose account a provider call goes to, as the LLM gateway carries it: `tier:user`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AccountName {
    pub(crate) user_id: Uuid,
    pub(crate) tier: Tier,
}

impl From<&Actor> for AccountName {
    fn from(actor: &Actor) -> Self {
        Self {
            user_id: actor.user_id,
            tier: actor.tier,
        }
    }
}

impl std::fmt::Display for AccountName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.tier, self.user_id)
    }
}

impl AccountName {
    /// The same account, as budgets are over it.
    pub(crate) fn account(self, api_key: Option<Uuid>) -> SpendAccount {
        SpendAccount {
            user_id: self.user_id,
            tier: self.tier,
            api_key,
        }
    }

    /// The same account, as what its tier contains is asked for.
    pub(crate) fn actor(self) -> Actor {
        Actor::user(self.user_id, self.tier)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (tier, user_id) = text.split_once(':')?;
        Some(Self {
            user_id: user_id.parse().ok()?,
            tier: Tier::from_str(tier).ok()?,
        })
    }
}

impl UsageSink for UsageRecorder {
    fn record(&self, record: &UsageRecord) {
        let Some(who) = AccountName::parse(&record.user) else {
            tracing::error!(
                agent = record.agent,
                "a provider call was made on nobody's account"
            );
            return;
        };

        let used = Used {
            provider: record.usage.provider.clone(),
            model: record.usage.model.clone(),
            offline: record.offline,
            input_tokens: record.usage.input_tokens,
            output_tokens: record.usage.output_tokens,
            cost_micro_usd: record.usage.cost_micro_usd,
            duration: record.usage.duration,
            outcome: record.usage.outcome.as_str(),
        };

        UsageRecorder::record(self, &who, &record.agent, record.run.clone(), used);
    }
}

/// One run of an agent, while it lasts.
pub(crate) struct Account {
    recorder: UsageRecorder,
    agent: &'static str,
    actor: Actor,
    run_id: Option<String>,
    began: Instant,
}

impl Account {
    /// Writes down work that was done without a provider. What providers did is recorded call by call, by whoever
    /// called them.
    pub(crate) fn close(self, outcome: &Result<Answer<Value>, AgentError>) {
        let Ok(Answer { offline: true, .. }) = outcome else {
            return;
        };
        let used = Used {
            provider: "offline".to_owned(),
            model: self.agent.to_owned(),
            offline: true,
            duration: self.began.elapsed(),
            outcome: "ok",
            ..Used::default()
        };

        self.recorder
            .record(&AccountName::from(&self.actor), self.agent, self.run_id, used);
    }
}

async fn write(store: UsageStore, mut waiting: mpsc::Receiver<Entry>) {
    let mut entries = Vec::with_capacity(BATCH);

    while waiting.recv_many(&mut entries, BATCH).await > 0 {
        let (mut rows, mut flushes) = (Vec::new(), Vec::new());
        for entry in entries.drain(..) {
            match entry {
                Entry::Row(row) => rows.push(*row),
                Entry::Flush(done) => flushes.push(done),
            }
        }

        write_rows(&store, &rows).await;

        for done in flushes {
            let _ = done.send(());
        }
    }
}

async fn write_rows(store: &UsageStore, rows: &[UsageRow]) {
    if rows.is_empty() {
        return;
    }

    let patience = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(100))
        .with_max_delay(Duration::from_secs(10))
        .with_max_times(TRIES - 1)
        .with_jitter();
    let written = (|| store.add(rows)).retry(patience).await;

    if let Err(err) = written {
        metrics::counter!("saga_usage_rows_lost_total").increment(rows.len() as u64);
        tracing::error!(rows = rows.len(), causes = %Chain(&err), "usage rows could not be written");
    }
}

/// For the LLM gateway, which keeps its recorder behind a trait.
pub(crate) fn as_sink(recorder: &UsageRecorder) -> Arc<dyn UsageSink> {
    Arc::new(recorder.clone())
}

#[cfg(test)]
mod tests {
    use kit::clock::ManualClock;
    use kit::db::testing::each_engine;
    use kit::ids::SequentialIds;

    use super::*;
    use crate::MIGRATIONS;
    use crate::llm::{Outcome, Usage};

    #[test]
    fn an_account_name_reads_back_equal() {
        let name = AccountName {
            user_id: Uuid::from_u128(5),
            tier: Tier::Power,
        };

        assert_eq!(AccountName::parse(&name.to_string()), Some(name));

        for bad in [
            "",
            "pro",
            "pro:",
            "gold:00000000-0000-0000-0000-000000000005",
            "pro:5",
        ] {
            assert_eq!(AccountName::parse(bad), None, "{bad:?}");
        }
    }

    #[tokio::test]
    async fn a_provider_call_is_written_down_with_user_tier_and_run() {
        each_engine(&MIGRATIONS, |db| async {
            let store = UsageStore::new(db);
            let clock = ManualClock::default();
            let recorder =
                UsageRecorder::open_with(store.clone(), clock.shared(), Arc::new(SequentialIds::default()));
            let who = AccountName {
                user_id: Uuid::from_u128(5),
                tier: Tier::Pro,
            };

            let usage = Usage {
                provider: "anthropic".to_owned(),
                model: "claude".to_owned(),
                input_tokens: 11,
                output_tokens: 7,
                cost_micro_usd: 230,
                duration: Duration::from_millis(1_200),
                outcome: Outcome::Aborted,
            };

            let record = UsageRecord {
                user: who.to_string(),
                agent: "codestory.intent".to_owned(),
                run: Some("run-9".to_owned()),
                offline: false,
                usage,
            };

            as_sink(&recorder).record(&record);
            as_sink(&recorder).record(&UsageRecord {
                user: "nobody".to_owned(),
                ..record.clone()
            });
            recorder.flush().await;

            let rows = store.of_run(who.user_id, "run-9").await.unwrap();
            let [row] = rows.as_slice() else {
                panic!("{rows:?}")
            };

            assert_eq!(
                (row.tier.as_str(), row.outcome.as_str(), row.offline),
                ("pro", "aborted", false)
            );
            assert_eq!(
                (
                    row.input_tokens,
                    row.output_tokens,
                    row.cost_micro_usd,
                    row.duration_ms
                ),
                (11, 7, 230, 1_200)
            );
        })
        .await;
    }
}
