//! Story-svc, which has everybody's webhooks.

use std::time::Duration;

use chrono::{DateTime, Utc};
use kit::{
    actor::{Actor, Tier},
    rpc::{Caller, Calling, RequestId, RpcChannel},
};
use proto::{
    Timestamp,
    v1::{AnnounceEventRequest, webhook_events_client::WebhookEventsClient},
};
use serde_json::Value;
use uuid::Uuid;

use crate::{domain::request_context::SERVICE, error::BackupError};

const TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Clone)]
pub(crate) struct Webhooks {
    channel: RpcChannel,
    caller: Caller,
}

impl Webhooks {
    pub(crate) const fn new(channel: RpcChannel, caller: Caller) -> Self {
        Self { channel, caller }
    }

    /// Again with the same id is harmless.
    pub(crate) async fn announce(
        &self,
        user: Uuid,
        id: Uuid,
        event_type: &str,
        at: DateTime<Utc>,
        data: Value,
    ) -> Result<(), BackupError> {
        let actor = Actor {
            scopes: vec![SERVICE.to_owned()],
            ..Actor::user(user, Tier::Free)
        };
        let calling = Calling::new(
            self.channel.clone(),
            self.caller.clone(),
            actor,
            RequestId::random(),
            TIMEOUT,
        );
        let request = AnnounceEventRequest {
            id: id.to_string(),
            user_id: user.to_string(),
            event_type: event_type.to_owned(),
            at: Some(Timestamp {
                seconds: at.timestamp(),
                nanos: i32::try_from(at.timestamp_subsec_nanos()).unwrap_or_default(),
            }),
            data: data.to_string(),
        };

        let announced = WebhookEventsClient::new(calling).announce_event(request).await;
        announced.map(drop).map_err(BackupError::Webhooks)
    }
}
