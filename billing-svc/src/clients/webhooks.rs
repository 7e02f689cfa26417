//! Story-svc, which has everybody's webhooks.

use std::time::Duration;

use kit::{
    actor::{Actor, Tier},
    rpc::{Caller, Calling, RequestId, RpcChannel},
};
use proto::{
    Timestamp,
    v1::{AnnounceEventRequest, webhook_events_client::WebhookEventsClient},
};

use super::SERVICE;
use crate::{error::BillingError, store::budget_alerts::BudgetAlert};

const TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) struct Webhooks {
    channel: RpcChannel,
    caller: Caller,
}

impl Webhooks {
    pub(crate) const fn new(channel: RpcChannel, caller: Caller) -> Self {
        Self { channel, caller }
    }

    /// Again is harmless: it is told once.
    pub(crate) async fn announce(&self, event_type: &str, alert: &BudgetAlert) -> Result<(), BillingError> {
        let actor = Actor {
            scopes: vec![SERVICE.to_owned()],
            ..Actor::user(alert.owner_id, Tier::Free)
        };
        let calling = Calling::new(
            self.channel.clone(),
            self.caller.clone(),
            actor,
            RequestId::random(),
            TIMEOUT,
        );
        let request = AnnounceEventRequest {
            id: alert.id.to_string(),
            user_id: alert.owner_id.to_string(),
            event_type: event_type.to_owned(),
            at: Some(Timestamp {
                seconds: alert.at.timestamp(),
                nanos: i32::try_from(alert.at.timestamp_subsec_nanos()).unwrap_or_default(),
            }),
            data: alert.data.clone(),
        };

        let announced = WebhookEventsClient::new(calling).announce_event(request).await;
        announced.map(drop).map_err(BillingError::Webhooks)
    }
}
