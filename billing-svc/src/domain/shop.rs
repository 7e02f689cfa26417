//! What somebody does to buy, change and end a subscription. All of it happens at Stripe first; then our rows are made equal, so
//! that nothing is half made while Stripe is away.

use std::sync::Arc;

use kit::{
    actor::{Actor, Tier},
    clock::SharedClock,
    db::Db,
    ids::SharedIds,
};
use uuid::Uuid;

use super::{in_force::find_current, reconciler::Reconciler, tiers::TierCatalogue};
use crate::{
    config::PricesConfig,
    error::BillingError,
    store::{
        customers::{self, Customer, TierColumn},
        subscriptions::{self, Subscription},
    },
    stripe::{CheckoutOrder, Stripe, StripeFailure, StripeSession},
};

/// More is a matter for people to talk about.
const MOST_SEATS: u32 = 1_000;
/// Customers whose rows are read at once.
const BATCH: i64 = 100;

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Shop {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) ids: SharedIds,
    pub(crate) stripe: Stripe,
    pub(crate) catalogue: Arc<TierCatalogue>,
    pub(crate) prices: PricesConfig,
    pub(crate) return_url: String,
    pub(crate) reconciler: Reconciler,
}

impl Shop {
    /// The actor's own, as it was known last.
    pub(crate) async fn find(&self, actor: &Actor) -> Result<Option<Subscription>, BillingError> {
        let rows = subscriptions::list_subscriptions(&self.db.user(actor.user_id), actor.user_id).await?;
        Ok(find_current(&rows, self.clock.now()).cloned())
    }

    /// A page on which the actor pays.
    pub(crate) async fn begin_checkout(
        &self,
        actor: &Actor,
        tier: &str,
        seats: Option<u32>,
    ) -> Result<String, BillingError> {
        let tier = parse_bought_tier(tier)?;
        let seats = parse_seats(tier, seats)?;
        require_account(actor)?;
        let price = self
            .prices
            .find_price(tier)
            .ok_or(BillingError::NotForSale(tier))?;
        if self.find(actor).await?.is_some() {
            return Err(BillingError::SubscriptionExists);
        }

        let user_id = actor.user_id.to_string();
        let customer = self.ensure_customer(actor.user_id).await?;
        let order = CheckoutOrder {
            customer: &customer,
            price,
            seats,
            user_id: &user_id,
            tier: tier.as_str(),
            return_url: &self.return_url,
        };
        let once = self.ids.id().to_string();

        find_page(self.stripe.create_checkout(&order, &once).await?)
    }

    /// Whose customer the user is at Stripe, from now on.
    async fn ensure_customer(&self, user: Uuid) -> Result<String, BillingError> {
        let db = self.db.user(user);
        let known = customers::find_customer(&db, user).await?;
        if let Some(id) = known.and_then(|row| row.stripe_customer_id) {
            return Ok(id);
        }

        // Stripe makes one for a user, however often it is asked.
        let made = self.stripe.create_customer(&user.to_string()).await?;
        let row = Customer {
            user_id: user,
            tier: TierColumn(Tier::Free),
            tier_version: i32::try_from(self.catalogue.newest().number).unwrap_or(i32::MAX),
            seats: 1,
            stripe_customer_id: Some(made.id.clone()),
            revision: 0,
            updated_at: self.clock.now(),
        };
        customers::insert_customer(&db, &row).await?;

        let kept = customers::find_customer(&db, user).await?;
        Ok(kept.and_then(|row| row.stripe_customer_id).unwrap_or(made.id))
    }

    /// A page on which the actor changes cards and reads invoices.
    pub(crate) async fn open_portal(&self, actor: &Actor) -> Result<String, BillingError> {
        let row = customers::find_customer(&self.db.user(actor.user_id), actor.user_id).await?;
        let customer = row.and_then(|row| row.stripe_customer_id);
        let customer = customer.ok_or(BillingError::NoCustomer)?;
        let once = self.ids.id().to_string();
        let session = self
            .stripe
            .create_portal(&customer, &self.return_url, &once)
            .await?;

        find_page(session)
    }

    pub(crate) async fn cancel(
        &self,
        actor: &Actor,
        immediately: bool,
    ) -> Result<Subscription, BillingError> {
        let current = self.find(actor).await?.ok_or(BillingError::NoSubscription)?;
        let once = self.ids.id().to_string();
        let cancelled = if immediately {
            self.stripe.cancel_now(&current.id, &once).await
        } else {
            self.stripe.cancel_at_period_end(&current.id, &once).await
        };
        // One that has ended is there no more: our row follows below.
        match cancelled {
            Ok(_) | Err(StripeFailure::Missing) => {}
            Err(failure) => return Err(failure.into()),
        }

        self.read_back(actor, &current.id).await
    }

    pub(crate) async fn change_seats(&self, actor: &Actor, seats: u32) -> Result<Subscription, BillingError> {
        let current = self.find(actor).await?.ok_or(BillingError::NoSubscription)?;
        if current.tier.0 != Tier::Team {
            return Err(BillingError::NoSeats);
        }
        let seats = parse_seats(Tier::Team, Some(seats))?;
        let once = self.ids.id().to_string();
        let place = (current.id.as_str(), current.item_id.as_str());
        self.stripe.change_seats(place, seats, &once).await?;

        self.read_back(actor, &current.id).await
    }

    async fn read_back(&self, actor: &Actor, id: &str) -> Result<Subscription, BillingError> {
        self.reconciler.reconcile(actor.user_id).await?;
        let rows = subscriptions::list_subscriptions(&self.db.user(actor.user_id), actor.user_id).await?;
        let found = rows.into_iter().find(|row| row.id == id);
        found.ok_or(BillingError::NoSubscription)
    }

    /// Makes the rows of one customer of Stripe's equal, or of all: how many there were, and how many tiers changed.
    pub(crate) async fn reconcile_all(&self, customer: Option<&str>) -> Result<(u64, u64), BillingError> {
        let (mut customers, mut changed) = (0, 0);
        let mut after = None;
        loop {
            let batch = match customer {
                Some(id) => {
                    let found = customers::find_by_stripe(&self.db.system(), id).await?;
                    vec![found.ok_or(BillingError::NoCustomer)?]
                }
                None => customers::list_of_stripe(&self.db.system(), after, BATCH).await?,
            };
            for row in &batch {
                changed += u64::from(self.reconciler.reconcile(row.user_id).await?);
                customers += 1;
            }

            after = batch.last().map(|row| row.user_id);
            if customer.is_some() || after.is_none() {
                return Ok((customers, changed));
            }
        }
    }
}

fn require_account(actor: &Actor) -> Result<(), BillingError> {
    if actor.guest {
        Err(BillingError::Denied)
    } else {
        Ok(())
    }
}

fn parse_bought_tier(text: &str) -> Result<Tier, BillingError> {
    let tier = text.parse().ok().filter(|tier| *tier > Tier::Free);
    tier.ok_or_else(|| BillingError::invalid("tier", "pro, power or team"))
}

fn parse_seats(tier: Tier, seats: Option<u32>) -> Result<u32, BillingError> {
    match (tier, seats.unwrap_or(1)) {
        (Tier::Team, seats @ 1..=MOST_SEATS) | (_, seats @ 1) => Ok(seats),
        (Tier::Team, _) => Err(BillingError::invalid("seats", "1 to 1000")),
        _ => Err(BillingError::invalid(
            "seats",
            "1, because only the tier team has seats",
        )),
    }
}

fn find_page(session: StripeSession) -> Result<String, BillingError> {
    let refused = || StripeFailure::Refused {
        status: 200,
        code: "a session without a page".to_owned(),
    };
    Ok(session.url.ok_or_else(refused)?)
}
