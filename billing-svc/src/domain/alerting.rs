//! Alerts of budgets on their way to their owners' webhooks: each is told until story-svc has taken it, which takes it once.

use kit::{
    db::Db,
    webhooks::{Announcement, WebhookAnnouncer},
};

use crate::{error::BillingError, store::budget_alerts};

/// Told in one go.
const AT_ONCE: i64 = 100;
const THRESHOLD_REACHED: &str = "budget.threshold_reached";

pub(crate) struct Alerting {
    pub(crate) db: Db,
    /// None where story-svc is not within reach: alerts wait.
    pub(crate) webhooks: Option<WebhookAnnouncer>,
}

impl Alerting {
    /// How many were told.
    pub(crate) async fn run_once(&self) -> Result<usize, BillingError> {
        let Some(webhooks) = &self.webhooks else {
            return Ok(0);
        };

        let alerts = budget_alerts::list(&self.db.system(), AT_ONCE).await?;
        for alert in &alerts {
            let told = Announcement {
                id: alert.id,
                user_id: alert.owner_id,
                event_type: THRESHOLD_REACHED,
                at: alert.at,
                data: alert.data.clone(),
            };
            webhooks.announce(told).await.map_err(BillingError::Webhooks)?;
            budget_alerts::delete(&self.db.system(), alert.id).await?;
        }

        Ok(alerts.len())
    }
}
