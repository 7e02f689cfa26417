//! What a webhook and a delivery are, and which events there are to tell.

use chrono::{DateTime, Utc};
use flow::RunStatus;
use uuid::Uuid;

/// Everything that can be told.
pub(crate) const EVENT_TYPES: [&str; 12] = [
    "workflow.started",
    "workflow.interrupted",
    "workflow.completed",
    "workflow.failed",
    "workflow.cancelled",
    "story.started",
    "story.interrupted",
    "story.completed",
    "story.failed",
    "story.cancelled",
    "budget.threshold_reached",
    "backup.overdue",
];

/// Those that other services announce.
pub(crate) const ANNOUNCED: [&str; 2] = ["budget.threshold_reached", "backup.overdue"];

/// What it is called that a run of such a thing (`workflow` or `story`) came to stand so; `None` when that is not told.
pub(crate) fn name_event(subject: &str, status: RunStatus) -> Option<&'static str> {
    let happened = match status {
        RunStatus::Running => "started",
        RunStatus::WaitingForInput => "interrupted",
        RunStatus::Completed => "completed",
        RunStatus::Failed => "failed",
        RunStatus::Cancelled => "cancelled",
        RunStatus::Queued | RunStatus::Cancelling => return None,
    };

    EVENT_TYPES
        .into_iter()
        .find(|name| name.strip_prefix(subject).and_then(|rest| rest.strip_prefix('.')) == Some(happened))
}

/// An address that is told what happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Webhook {
    pub(crate) id: Uuid,
    pub(crate) owner_id: Uuid,
    pub(crate) url: String,
    /// All when there are none.
    pub(crate) event_types: Vec<String>,
    pub(crate) active: bool,
    pub(crate) secret_version: u32,
    /// Until then the secret before signs, too.
    pub(crate) previous_until: Option<DateTime<Utc>>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

impl Webhook {
    pub(crate) fn wants(&self, event_type: &str) -> bool {
        self.event_types.is_empty() || self.event_types.iter().any(|wanted| wanted == event_type)
    }
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeliveryState {
    Pending,
    Delivered,
    Failed,
}

impl DeliveryState {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    pub(crate) fn parse(name: &str) -> Self {
        match name {
            "delivered" => Self::Delivered,
            "failed" => Self::Failed,
            _ => Self::Pending,
        }
    }
}

/// One event for one webhook, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WebhookDelivery {
    pub(crate) id: Uuid,
    pub(crate) webhook_id: Uuid,
    pub(crate) event_type: String,
    /// JSON; absent in lists.
    pub(crate) payload: Option<String>,
    pub(crate) state: DeliveryState,
    pub(crate) attempts: u32,
    pub(crate) next_attempt_at: Option<DateTime<Utc>>,
    pub(crate) last_attempt_at: Option<DateTime<Utc>>,
    pub(crate) delivered_at: Option<DateTime<Utc>>,
    pub(crate) response_status: Option<u16>,
    /// Absent in lists.
    pub(crate) response_head: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
}

/// An event to be delivered to a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewDelivery {
    pub(crate) id: Uuid,
    pub(crate) webhook_id: Uuid,
    pub(crate) owner_id: Uuid,
    pub(crate) event_type: &'static str,
    pub(crate) payload: String,
    pub(crate) at: DateTime<Utc>,
}

/// What happened to somebody's account in another service.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AnnouncedEvent {
    /// The same whenever it is said again.
    pub(crate) id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) event_type: String,
    pub(crate) at: DateTime<Utc>,
    /// A JSON object.
    pub(crate) data: serde_json::Value,
}

/// An event of a run that is to be told, with what the run works at.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OutboxEntry {
    pub(crate) run_id: Uuid,
    pub(crate) number: i64,
    pub(crate) owner_id: Uuid,
    pub(crate) at: DateTime<Utc>,
    /// JSON text of the event.
    pub(crate) data: String,
    pub(crate) error_message: Option<String>,
    pub(crate) subject: Option<EventSubject>,
}

/// What a run works at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EventSubject {
    /// With its name, and the place of the run among its runs.
    Workflow {
        id: Uuid,
        name: String,
        ordinal: u32,
    },
    Story {
        id: Uuid,
        title: String,
    },
}

/// A delivery whose time has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DueDelivery {
    pub(crate) id: Uuid,
    pub(crate) webhook: Webhook,
    pub(crate) payload: String,
    pub(crate) fence: i64,
    /// Attempts before this one since it was made, or asked for again.
    pub(crate) round: u32,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AttemptOutcome {
    pub(crate) at: DateTime<Utc>,
    pub(crate) state: DeliveryState,
    /// For one that is still pending.
    pub(crate) next_attempt_at: Option<DateTime<Utc>>,
    pub(crate) response_status: Option<u16>,
    pub(crate) response_head: Option<String>,
    pub(crate) error: Option<String>,
}
