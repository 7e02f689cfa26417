//! What a service has to tell an account's webhooks, said to story-svc, which has them. Whoever calls keeps what is to be told until
//! it was taken; the id makes it one delivery for each webhook, however often it is said.

#[cfg(any(test, feature = "testing"))]
pub mod testing;

use std::time::Duration;

use chrono::{DateTime, Utc};
use proto::{
    Timestamp,
    v1::{AnnounceEventRequest, webhook_events_client::WebhookEventsClient},
};
use tonic::Status;
use uuid::Uuid;

use crate::{
    actor::{Actor, Tier},
    rpc::{Caller, Calling, RequestId, RpcChannel},
};

/// Scope of our own services among themselves.
const SERVICE: &str = "service";
const TIMEOUT: Duration = Duration::from_secs(10);

/// One event of one account.
#[derive(Clone, Debug)]
pub struct Announcement<'a> {
    /// The same whenever the same event is said again.
    pub id: Uuid,
    /// Whose webhooks are told.
    pub user_id: Uuid,
    /// As the list of webhooks' events has it, e.g. `backup.overdue`.
    pub event_type: &'a str,
    pub at: DateTime<Utc>,
    /// A JSON object.
    pub data: String,
}

/// The way to story-svc. Cheap to clone.
#[derive(Clone)]
pub struct WebhookAnnouncer {
    channel: RpcChannel,
    caller: Caller,
}

impl WebhookAnnouncer {
    #[must_use]
    pub const fn new(channel: RpcChannel, caller: Caller) -> Self {
        Self { channel, caller }
    }

    /// Says it once; saying it again is harmless.
    ///
    /// # Errors
    /// As the rpc: story-svc is away, or knows no such event.
    pub async fn announce(&self, told: Announcement<'_>) -> Result<(), Status> {
        let actor = Actor {
            scopes: vec![SERVICE.to_owned()],
            ..Actor::user(told.user_id, Tier::Free)
        };
        let calling = Calling::new(
            self.channel.clone(),
            self.caller.clone(),
            actor,
            RequestId::random(),
            TIMEOUT,
        );
        let request = AnnounceEventRequest {
            id: told.id.to_string(),
            user_id: told.user_id.to_string(),
            event_type: told.event_type.to_owned(),
            at: Some(Timestamp {
                seconds: told.at.timestamp(),
                nanos: i32::try_from(told.at.timestamp_subsec_nanos()).unwrap_or_default(),
            }),
            data: told.data,
        };

        let announced = WebhookEventsClient::new(calling).announce_event(request).await;
        announced.map(drop)
    }
}
