//! What Stripe sends: believed by its signature, kept once, answered at once, and worked off later by asking Stripe.

use std::sync::Arc;

use chrono::TimeDelta;
use kit::{clock::SharedClock, db::Db, error::Chain};
use tokio::sync::Notify;

use super::reconciler::Reconciler;
use crate::{
    error::BillingError,
    store::{
        customers,
        stripe_events::{self, StripeEventRow},
    },
    stripe::{ReceivedEvent, Stripe, StripeFailure, WebhookSecret},
};

/// How long who works an event off has it to itself; then another one takes it on.
const CLAIMED: TimeDelta = TimeDelta::seconds(60);
/// Until a failure is tried again.
const PAUSE: TimeDelta = TimeDelta::seconds(15);
/// Attempts before an event is an operator's. While Stripe or the database is away none is counted.
const MOST_ATTEMPTS: i32 = 20;
/// How long what was worked off is remembered: longer than Stripe sends anything again.
const REMEMBERED: TimeDelta = TimeDelta::days(60);

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct StripeInbox {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) secret: Option<WebhookSecret>,
    pub(crate) stripe: Stripe,
    pub(crate) reconciler: Reconciler,
    /// Wakes the worker.
    pub(crate) arrived: Arc<Notify>,
}

impl StripeInbox {
    /// Keeps an event, when it is Stripe's. One that is known is as welcome, and changes nothing.
    pub(crate) async fn receive(&self, payload: &[u8], signature: &str) -> Result<(), BillingError> {
        let now = self.clock.now();
        let Some(secret) = &self.secret else {
            return Err(BillingError::SignatureInvalid);
        };
        secret.verify(payload, signature, now).map_err(|refusal| {
            tracing::warn!(%refusal, "an event was refused");
            BillingError::SignatureInvalid
        })?;

        let event = ReceivedEvent::parse(payload).ok_or(BillingError::EventInvalid)?;
        // Of the other mode, or about nothing of a customer's: there is nothing to look at.
        let is_ours = event.live == self.stripe.is_live() && !event.subject.is_empty();
        let state = if is_ours { "waiting" } else { "ignored" };
        let is_new = stripe_events::insert_event(&self.db.system(), &event, state, now).await?;
        if is_new && is_ours {
            self.arrived.notify_one();
        }

        Ok(())
    }

    /// Works off all that is due, one customer at a time. How many customers that were.
    pub(crate) async fn work_off(&self) -> Result<usize, BillingError> {
        let subjects = stripe_events::list_due_subjects(&self.db.system(), self.clock.now()).await?;
        for subject in &subjects {
            self.work_off_subject(subject).await?;
        }

        Ok(subjects.len())
    }

    async fn work_off_subject(&self, subject: &str) -> Result<(), BillingError> {
        let (db, now) = (self.db.system(), self.clock.now());
        let until = now + CLAIMED;
        if stripe_events::claim_events(&db, subject, now, until).await? == 0 {
            return Ok(());
        }

        match self.reconcile_subject(subject).await {
            Ok(state) => {
                stripe_events::close_events(&db, (subject, until), state, self.clock.now()).await?;
            }
            Err(error) => {
                let causes = Chain(&error).to_string();
                tracing::warn!(subject, causes, "an event of Stripe's waits");
                let most = if is_passing(&error) {
                    i32::MAX
                } else {
                    MOST_ATTEMPTS
                };
                let due_at = self.clock.now() + PAUSE;
                stripe_events::delay_events(&db, (subject, until), &causes, due_at, most).await?;
            }
        }

        Ok(())
    }

    /// `done`, or `ignored` for a customer whom we don't know.
    async fn reconcile_subject(&self, subject: &str) -> Result<&'static str, BillingError> {
        let customer = if subject.starts_with("sub_") {
            match self.stripe.find_subscription(subject).await {
                Err(StripeFailure::Missing) => return Ok("ignored"),
                found => found?.customer(),
            }
        } else {
            subject.to_owned()
        };

        let Some(customer) = customers::find_by_stripe(&self.db.system(), &customer).await? else {
            return Ok("ignored");
        };
        self.reconciler.reconcile(customer.user_id).await?;

        Ok("done")
    }

    /// Newest first.
    pub(crate) async fn list(
        &self,
        state: Option<&str>,
        most: u32,
    ) -> Result<Vec<StripeEventRow>, BillingError> {
        Ok(stripe_events::list_events(&self.db.system(), state, i64::from(most)).await?)
    }

    /// Works an event off once more, now.
    pub(crate) async fn replay(&self, id: &str) -> Result<StripeEventRow, BillingError> {
        let db = self.db.system();
        let unknown = || BillingError::NoEvent(id.to_owned());
        if !stripe_events::reopen_event(&db, id, self.clock.now()).await? {
            return Err(unknown());
        }
        let event = stripe_events::find_event(&db, id).await?.ok_or_else(unknown)?;
        self.work_off_subject(&event.subject).await?;

        stripe_events::find_event(&db, id).await?.ok_or_else(unknown)
    }

    pub(crate) async fn forget_old(&self) -> Result<(), BillingError> {
        let before = self.clock.now() - REMEMBERED;
        Ok(stripe_events::delete_old_events(&self.db.system(), before).await?)
    }
}

/// Whether waiting mends it.
pub(crate) fn is_passing(error: &BillingError) -> bool {
    match error {
        BillingError::Stripe(cause) => cause
            .0
            .downcast_ref::<StripeFailure>()
            .is_some_and(StripeFailure::is_passing),
        BillingError::Database(_) | BillingError::Contended => true,
        _ => false,
    }
}
