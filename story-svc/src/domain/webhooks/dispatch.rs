//! Delivers: events of the outbox become deliveries, and deliveries that are due are sent. Several processes may do so at once;
//! a process that dies has its attempts made again by another when their time is over.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use flow::RunStatus;
use kit::clock::SharedClock;
use kit::db::Db;
use kit::error::Chain;
use kit::ids::SharedIds;
use kit::secrets::Key;
use serde_json::{Value, json};
use tokio::task::{self, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::signing::{make_secret, sign};
use crate::clients::outgoing::{Outgoing, OutgoingError};
use crate::domain::webhook::{
    AttemptOutcome, DeliveryState, DueDelivery, EventSubject, NewDelivery, OutboxEntry, name_event,
};
use crate::domain::workflow::event_base;
use crate::error::StoryError;
use crate::store::webhooks as store;

/// Sent at the same time by one process, and of them for one owner.
const AT_ONCE: usize = 32;
const AT_ONCE_OF_OWNER: usize = 4;
/// Events of the outbox looked at in one transaction.
const GATHERED: i64 = 100;
/// An attempt that has not ended by then is made again: twice as long as one can take.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// The log is kept for so long.
const KEPT: TimeDelta = TimeDelta::days(30);
const SWEEP_EVERY: Duration = Duration::from_secs(3600);

/// Seconds before the second attempt, the third, and so on; what Standard Webhooks recommends.
const WAITS: [i64; 9] = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// Delivers until it is told to stop.
#[derive(Clone)]
pub(crate) struct WebhookDispatcher {
    pub(crate) db: Db,
    pub(crate) outgoing: Outgoing,
    pub(crate) key: Key,
    pub(crate) clock: SharedClock,
    pub(crate) ids: SharedIds,
    /// Between two looks.
    pub(crate) poll: Duration,
}

impl WebhookDispatcher {
    /// Lets what is being sent end after `stop`; no attempt takes longer than a call may.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(self.poll.max(Duration::from_millis(10)));
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut sweeps = tokio::time::interval(SWEEP_EVERY);
        // Tasks of their own: one that waited for the database here would not be looked at while the next are taken, which
        // wait for it.
        let mut sending = JoinSet::new();
        let mut owners: HashMap<task::Id, Uuid> = HashMap::new();

        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                Some(ended) = sending.join_next_with_id(), if !sending.is_empty() => {
                    owners.remove(&ended_task(ended));
                }
                _ = sweeps.tick() => self.sweep().await,
                _ = ticks.tick() => match self.take_due(count_by_owner(&owners), AT_ONCE - sending.len()).await {
                    Ok(taken) => for due in taken {
                        let owner = due.webhook.owner_id;
                        let task = sending.spawn(self.clone().send(due));
                        owners.insert(task.id(), owner);
                    },
                    Err(error) => tracing::warn!(error = %Chain(&error), "webhooks wait for the database"),
                },
            }
        }

        while sending.join_next().await.is_some() {}
    }

    async fn sweep(&self) {
        if let Err(error) = store::delete_deliveries_before(&self.db.system(), self.clock.now() - KEPT).await
        {
            tracing::warn!(error = %Chain(&error), "the log of webhooks was not shortened");
        }
    }

    /// What this process is to send now, beside what it sends for each owner already.
    async fn take_due(
        &self,
        mut busy: HashMap<Uuid, usize>,
        room: usize,
    ) -> Result<Vec<DueDelivery>, StoryError> {
        while self.gather().await? {}

        let now = self.clock.now();
        let mut taken = Vec::new();
        if room == 0 {
            return Ok(taken);
        }
        for due in store::list_due(&self.db.system(), now, AT_ONCE_OF_OWNER as i64).await? {
            let of_owner = busy.entry(due.webhook.owner_id).or_default();
            if taken.len() >= room || *of_owner >= AT_ONCE_OF_OWNER {
                continue;
            }
            if store::begin_attempt(&self.db.system(), &due, now, now + LEASE).await? {
                *of_owner += 1;
                taken.push(due);
            }
        }

        Ok(taken)
    }

    /// Turns events of the outbox into deliveries. True when there may be more.
    async fn gather(&self) -> Result<bool, StoryError> {
        let entries = store::list_outbox(&self.db.system(), GATHERED).await?;
        let more = entries.len() as i64 >= GATHERED;
        if entries.is_empty() {
            return Ok(false);
        }

        let mut tx = self.db.system().begin_write().await?;
        for entry in entries {
            // Another process may have been quicker.
            if !store::delete_outbox(&mut tx, entry.run_id, entry.number).await? {
                continue;
            }
            let Some((event_type, payload)) = write_payload(&entry) else {
                continue;
            };
            for webhook in store::list_active(&mut tx, entry.owner_id).await? {
                if webhook.wants(event_type) {
                    let delivery = NewDelivery {
                        id: self.ids.id(),
                        webhook_id: webhook.id,
                        owner_id: webhook.owner_id,
                        event_type,
                        payload: payload.clone(),
                        at: self.clock.now(),
                    };
                    store::insert_delivery(&mut tx, &delivery).await?;
                }
            }
        }
        tx.commit().await?;

        Ok(more)
    }

    /// One attempt.
    async fn send(self, due: DueDelivery) {
        let outcome = self.attempt(&due).await;
        let label = outcome.state.as_str();
        metrics::counter!("saga_webhook_attempts_total", "state" => label).increment(1);

        let gone = outcome.response_status == Some(410);
        let written = store::end_attempt(&self.db.system(), &due, &outcome, gone).await;
        if let Err(error) = written {
            tracing::warn!(delivery = %due.id, error = %Chain(&error), "how a delivery ended was not written");
        }
    }

    async fn attempt(&self, due: &DueDelivery) -> AttemptOutcome {
        let began = self.clock.now();
        let id = due.id.to_string();
        let headers = [
            ("content-type", "application/json".to_owned()),
            ("webhook-id", id.clone()),
            ("webhook-timestamp", began.timestamp().to_string()),
            ("webhook-signature", self.sign(due, &id, began)),
        ];
        let answered = self
            .outgoing
            .post(&due.webhook.url, &headers, due.payload.clone())
            .await;

        judge(due, began, self.clock.now(), answered)
    }

    fn sign(&self, due: &DueDelivery, id: &str, at: DateTime<Utc>) -> String {
        let webhook = &due.webhook;
        let version = webhook.secret_version;
        let newest = make_secret(&self.key, webhook.id, version);
        let before = make_secret(&self.key, webhook.id, version.saturating_sub(1));
        let overlaps = webhook.previous_until.is_some_and(|until| at < until);
        let secrets = [Some(&newest[..]), overlaps.then_some(&before[..])];

        sign(secrets.into_iter().flatten(), id, at.timestamp(), &due.payload)
    }
}

/// A task that broke down has its attempt made again when its lease is over.
fn ended_task(ended: Result<(task::Id, ()), JoinError>) -> task::Id {
    match ended {
        Ok((id, ())) => id,
        Err(error) => {
            tracing::error!(%error, "the attempt of a delivery broke down");
            error.id()
        }
    }
}

fn count_by_owner(owners: &HashMap<task::Id, Uuid>) -> HashMap<Uuid, usize> {
    let mut counts = HashMap::new();
    for owner in owners.values() {
        *counts.entry(*owner).or_default() += 1;
    }

    counts
}

/// The event's type and what is sent of it; `None` for what is not told.
fn write_payload(entry: &OutboxEntry) -> Option<(&'static str, String)> {
    let data: Value = serde_json::from_str(&entry.data).ok()?;
    let status = RunStatus::parse(data["status"].as_str()?)?;
    let number = entry.number.cast_unsigned();
    let (subject, mut told) = match entry.subject.as_ref()? {
        EventSubject::Workflow { id, name, ordinal } => {
            let number = event_base(*ordinal) + number;
            (
                "workflow",
                json!({ "workflow_id": id, "name": name, "event": number }),
            )
        }
        EventSubject::Story { id, title } => (
            "story",
            json!({ "story_id": id, "title": title, "event": number }),
        ),
    };

    told["run_id"] = entry.run_id.to_string().into();
    told["phase"] = data["phase"].clone();
    told["progress"] = data["progress"].clone();
    if status == RunStatus::Failed {
        told["error_message"] = entry.error_message.clone().into();
    }
    let event_type = name_event(subject, status)?;
    let at = entry.at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    let payload = json!({ "type": event_type, "timestamp": at, "data": told });

    Some((event_type, payload.to_string()))
}

/// What an answer, or none, means for a delivery.
fn judge(
    due: &DueDelivery,
    began: DateTime<Utc>,
    now: DateTime<Utc>,
    answered: Result<(u16, String), OutgoingError>,
) -> AttemptOutcome {
    let (status, head, error, may_pass) = match answered {
        Ok((status @ 200..300, head)) => (Some(status), Some(head), None, false),
        Ok((410, head)) => (
            Some(410),
            Some(head),
            Some("It answered with 410: the webhook was turned off.".to_owned()),
            false,
        ),
        Ok((status, head)) => (
            Some(status),
            Some(head),
            Some(format!("It answered with {status}.")),
            true,
        ),
        Err(error) => (None, None, Some(error.to_string()), error.may_pass()),
    };

    let wait = WAITS.get(due.round as usize).filter(|_| may_pass);
    let state = match (&error, wait) {
        (None, _) => DeliveryState::Delivered,
        (Some(_), Some(_)) => DeliveryState::Pending,
        (Some(_), None) => DeliveryState::Failed,
    };

    AttemptOutcome {
        at: began,
        state,
        next_attempt_at: wait.map(|seconds| now + spread(due.id, *seconds)),
        response_status: status,
        response_head: head,
        error,
    }
}

/// Up to a tenth longer, so that what failed at the same time does not come back at the same time.
fn spread(id: Uuid, seconds: i64) -> TimeDelta {
    let share = i64::from(id.as_bytes()[15]);
    TimeDelta::milliseconds(seconds * 1000 + seconds * 100 * share / 256)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::webhook::Webhook;

    fn due(round: u32) -> DueDelivery {
        DueDelivery {
            id: Uuid::nil(),
            webhook: Webhook {
                id: Uuid::nil(),
                owner_id: Uuid::nil(),
                url: String::new(),
                event_types: Vec::new(),
                active: true,
                secret_version: 1,
                previous_until: None,
                created_at: DateTime::UNIX_EPOCH,
                updated_at: DateTime::UNIX_EPOCH,
            },
            payload: String::new(),
            fence: 0,
            round,
        }
    }

    fn judged(round: u32, status: u16) -> AttemptOutcome {
        let now = DateTime::UNIX_EPOCH;
        judge(&due(round), now, now, Ok((status, String::new())))
    }

    #[test]
    fn only_2xx_is_delivered_and_410_is_not_tried_again() {
        for status in [200, 204, 299] {
            assert_eq!(judged(0, status).state, DeliveryState::Delivered, "{status}");
        }
        for status in [100, 301, 302, 307, 400, 404, 429, 500, 503] {
            let outcome = judged(0, status);
            assert_eq!(outcome.state, DeliveryState::Pending, "{status}");
            assert!(outcome.next_attempt_at.is_some());
        }
        assert_eq!(judged(0, 410).state, DeliveryState::Failed);
    }

    #[test]
    fn the_tenth_attempt_is_the_last() {
        assert_eq!(judged(8, 500).state, DeliveryState::Pending);
        let last = judged(9, 500);
        assert_eq!((last.state, last.next_attempt_at), (DeliveryState::Failed, None));
    }

    #[test]
    fn waits_are_at_most_a_tenth_longer_than_said() {
        for byte in [0, 128, 255] {
            let id = Uuid::from_bytes([byte; 16]);
            let wait = spread(id, 300);
            assert!((300..=330).contains(&wait.num_seconds()), "{wait}");
        }
    }
}
