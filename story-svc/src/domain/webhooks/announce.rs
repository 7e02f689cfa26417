//! What other services say of an account: it becomes a delivery for each webhook that wants it, once.

use chrono::SecondsFormat;
use kit::actor::Actor;
use kit::error::Faults;
use serde_json::json;
use uuid::{Builder, Uuid};

use super::Webhooks;
use crate::domain::owners::SERVICE;
use crate::domain::webhook::{ANNOUNCED, AnnouncedEvent, NewDelivery};
use crate::error::StoryError;
use crate::store::webhooks as store;

impl Webhooks {
    /// How many webhooks are told, those that were told before included.
    pub(crate) async fn announce(&self, actor: &Actor, event: &AnnouncedEvent) -> Result<u32, StoryError> {
        if !actor.has_scope(SERVICE) {
            return Err(StoryError::NotAService);
        }

        let event_type = check(event)?;
        let payload = json!({
            "type": event_type,
            "timestamp": event.at.to_rfc3339_opts(SecondsFormat::Micros, true),
            "data": event.data,
        });

        let mut told = 0;
        let mut tx = self.db.system().begin_write().await?;
        for webhook in store::list_active(&mut tx, event.user_id).await? {
            if !webhook.wants(event_type) {
                continue;
            }

            let delivery = NewDelivery {
                id: name_delivery(event.id, webhook.id),
                webhook_id: webhook.id,
                owner_id: webhook.owner_id,
                event_type,
                payload: payload.to_string(),
                at: self.clock.now(),
            };
            store::insert_delivery(&mut tx, &delivery).await?;
            told += 1;
        }
        tx.commit().await?;

        Ok(told)
    }
}

fn check(event: &AnnouncedEvent) -> Result<&'static str, StoryError> {
    let event_type = ANNOUNCED.into_iter().find(|name| *name == event.event_type);
    let mut faults = Faults::default();
    if event_type.is_none() {
        faults.add("event_type", format!("one of {}", ANNOUNCED.join(", ")));
    }
    if !event.data.is_object() {
        faults.add("data", "a JSON object");
    }

    event_type
        .filter(|_| faults.is_empty())
        .ok_or(StoryError::Invalid { fields: faults.0 })
}

/// The same for the same event and webhook, so that what is said twice is told once.
fn name_delivery(event: Uuid, webhook: Uuid) -> Uuid {
    let mut named = blake3::Hasher::new();
    named.update(event.as_bytes());
    named.update(webhook.as_bytes());
    let mut bytes = [0; 16];
    named.finalize_xof().fill(&mut bytes);

    Builder::from_random_bytes(bytes).into_uuid()
}
