//! Webhooks as their owners see them: made, changed, deleted, given a new secret; the log of what was delivered. How it is
//! delivered is in `dispatch`.

mod announce;
mod dispatch;
mod signing;

use chrono::Duration;
use kit::actor::Actor;
use kit::clock::SharedClock;
use kit::db::Db;
use kit::error::Faults;
use kit::ids::SharedIds;
use kit::page::{Page, PageRequest};
use kit::secrets::Key;
use uuid::Uuid;

pub(crate) use self::dispatch::WebhookDispatcher;
use super::webhook::{EVENT_TYPES, Webhook, WebhookDelivery};
use crate::clients::outgoing::Outgoing;
use crate::error::StoryError;
use crate::store::{owners, webhooks as store};

/// Webhooks of one owner.
const MOST: i64 = 20;
const URL_MAX: usize = 2000;
/// So long the secret before a rotation signs.
const OVERLAP: Duration = Duration::hours(24);

/// The rules.
#[derive(Clone)]
pub(crate) struct Webhooks {
    pub(crate) db: Db,
    /// Knows which addresses may be called.
    pub(crate) outgoing: Outgoing,
    /// Secrets are made of it.
    pub(crate) key: Key,
    pub(crate) clock: SharedClock,
    pub(crate) ids: SharedIds,
}

/// What an owner says of a webhook; absent leaves it as it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct WebhookChange {
    pub(crate) url: Option<String>,
    pub(crate) event_types: Option<Vec<String>>,
    pub(crate) active: Option<bool>,
}

impl Webhooks {
    /// The webhook, and its secret.
    pub(crate) async fn create(
        &self,
        actor: &Actor,
        wanted: WebhookChange,
    ) -> Result<(Webhook, String), StoryError> {
        let wanted = WebhookChange {
            url: Some(wanted.url.unwrap_or_default()),
            ..wanted
        };
        let change = self.check(wanted)?;
        let owner = actor.user_id;
        let webhook = Webhook {
            id: self.ids.id(),
            owner_id: owner,
            url: change.url.unwrap_or_default(),
            event_types: change.event_types.unwrap_or_default(),
            active: change.active.unwrap_or(true),
            secret_version: 1,
            previous_until: None,
            created_at: self.clock.now(),
            updated_at: self.clock.now(),
        };

        let mut tx = self.db.user(owner).begin_write().await?;
        if owners::is_closed(&mut tx, owner).await? {
            return Err(StoryError::OwnerClosed);
        }
        if !store::insert(&mut tx, &webhook, MOST).await? {
            return Err(StoryError::TooManyWebhooks { most: MOST });
        }
        tx.commit().await?;

        let secret = signing::show_secret(&signing::make_secret(&self.key, webhook.id, 1));
        Ok((webhook, secret))
    }

    fn check(&self, mut change: WebhookChange) -> Result<WebhookChange, StoryError> {
        let mut faults = Faults::default();
        if let Some(url) = &change.url {
            if url.len() > URL_MAX {
                faults.add("url", format!("at most {URL_MAX} bytes"));
            } else if self.outgoing.check(url).is_err() {
                faults.add(
                    "url",
                    "an https address of the public internet, without user and password",
                );
            }
        }

        if let Some(types) = &mut change.event_types {
            if types.iter().any(|name| !EVENT_TYPES.contains(&name.as_str())) {
                faults.add("event_types", format!("some of {}", EVENT_TYPES.join(", ")));
            }
            types.sort_unstable();
            types.dedup();
        }

        match faults.is_empty() {
            true => Ok(change),
            false => Err(StoryError::Invalid { fields: faults.0 }),
        }
    }

    pub(crate) async fn get(&self, actor: &Actor, id: &str) -> Result<Webhook, StoryError> {
        let not_found = || StoryError::WebhookNotFound { id: id.to_owned() };
        let known = Uuid::try_parse(id).map_err(|_| not_found())?;
        let found = store::find(&self.db.user(actor.user_id), known, actor.user_id).await?;

        found.ok_or_else(not_found)
    }

    /// Oldest first.
    pub(crate) async fn list(&self, actor: &Actor) -> Result<Vec<Webhook>, StoryError> {
        Ok(store::list(&self.db.user(actor.user_id), actor.user_id).await?)
    }

    pub(crate) async fn update(
        &self,
        actor: &Actor,
        id: &str,
        change: WebhookChange,
    ) -> Result<Webhook, StoryError> {
        let change = self.check(change)?;
        let mut webhook = self.get(actor, id).await?;
        if let Some(url) = change.url {
            webhook.url = url;
        }
        if let Some(types) = change.event_types {
            webhook.event_types = types;
        }
        if let Some(active) = change.active {
            webhook.active = active;
        }

        webhook.updated_at = self.clock.now();
        match store::update(&self.db.user(actor.user_id), &webhook).await? {
            true => Ok(webhook),
            false => Err(StoryError::WebhookNotFound { id: id.to_owned() }),
        }
    }

    pub(crate) async fn delete(&self, actor: &Actor, id: &str) -> Result<(), StoryError> {
        let webhook = self.get(actor, id).await?;
        match store::delete(&self.db.user(actor.user_id), webhook.id, actor.user_id).await? {
            true => Ok(()),
            false => Err(StoryError::WebhookNotFound { id: id.to_owned() }),
        }
    }

    /// The webhook, and its new secret.
    pub(crate) async fn rotate(&self, actor: &Actor, id: &str) -> Result<(Webhook, String), StoryError> {
        let webhook = self.get(actor, id).await?;
        let (now, owner) = (self.clock.now(), actor.user_id);
        let rotated = store::rotate(&self.db.user(owner), (webhook.id, owner), now + OVERLAP, now).await?;
        let webhook = rotated.ok_or_else(|| StoryError::WebhookNotFound { id: id.to_owned() })?;

        let secret = signing::make_secret(&self.key, webhook.id, webhook.secret_version);
        Ok((webhook, signing::show_secret(&secret)))
    }

    /// Newest first.
    pub(crate) async fn list_deliveries(
        &self,
        actor: &Actor,
        webhook: &str,
        page: PageRequest,
    ) -> Result<Page<WebhookDelivery>, StoryError> {
        let webhook = self.get(actor, webhook).await?;
        Ok(store::list_deliveries(&self.db.user(actor.user_id), webhook.id, page).await?)
    }

    pub(crate) async fn get_delivery(
        &self,
        actor: &Actor,
        webhook: &str,
        id: &str,
    ) -> Result<WebhookDelivery, StoryError> {
        let webhook = self.get(actor, webhook).await?;
        let not_found = || StoryError::DeliveryNotFound { id: id.to_owned() };
        let known = Uuid::try_parse(id).map_err(|_| not_found())?;
        let found = store::find_delivery(&self.db.user(actor.user_id), webhook.id, known).await?;

        found.ok_or_else(not_found)
    }

    pub(crate) async fn replay(
        &self,
        actor: &Actor,
        webhook: &str,
        id: &str,
    ) -> Result<WebhookDelivery, StoryError> {
        let delivery = self.get_delivery(actor, webhook, id).await?;
        let db = self.db.user(actor.user_id);
        store::replay(&db, delivery.webhook_id, delivery.id, self.clock.now()).await?;

        self.get_delivery(actor, webhook, id).await
    }
}
