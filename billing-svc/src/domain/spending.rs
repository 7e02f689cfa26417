//! Calls of models and voices: reserved before they are made, settled after, so that no calls at once pass a hard budget. What
//! is reserved and used is in counters, one for each budget and period; whoever changes several takes them in one order.

mod claims;
mod holds;

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use kit::{
    actor::Actor,
    clock::SharedClock,
    db::{Db, WriteTx},
    ids::SharedIds,
};
use uuid::Uuid;

use self::{
    claims::{Claim, binds, list_subjects},
    holds::Holds,
};
use super::{
    budget::SpendCall,
    entitlements::EntitlementBook,
    prices::{PriceList, Quantities, Spent},
    usage::UsageChanges,
};
pub(crate) use claims::{Alert, ClaimSource, NoRoom};

use crate::{
    error::BillingError,
    store::{
        budget_alerts::{self, BudgetAlert},
        budget_counters::{self, CounterKey},
        budgets, spend_ledger,
        spend_reservations::{self, SpendReservation},
    },
};

/// How long a reservation lasts from the last time that it was asked for. With a sweep every few seconds, what a dead caller held is
/// free within a minute.
const RESERVED_FOR: TimeDelta = TimeDelta::seconds(45);

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct SpendBook {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) ids: SharedIds,
    pub(crate) prices: Arc<PriceList>,
    pub(crate) entitlements: EntitlementBook,
    pub(crate) changes: UsageChanges,
}

/// What a reservation came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reserved {
    /// False where nothing binds the call.
    pub(crate) held: bool,
    pub(crate) cost: i64,
}

/// What one counter gains and gives back when a call is settled.
#[derive(Default)]
struct CounterChange {
    claim: Option<Claim>,
    released: i64,
}

impl SpendBook {
    /// Takes room in every budget that binds the call, or in none. Asked again for the same call it is kept for longer; with more than
    /// before, what is added is taken, too.
    ///
    /// # Errors
    /// [`BillingError::NoRoom`] with the strictest of those that have none; what the call held before stays held.
    pub(crate) async fn reserve(
        &self,
        actor: &Actor,
        call: &SpendCall,
        most: &Quantities,
    ) -> Result<Reserved, BillingError> {
        let now = self.clock.now();
        let spent = self.find_spent(call, now, most);
        let limit = self.entitlements.find(actor).await?.contents.tokens_per_month;

        // Most calls of most installations are bound by nothing: one read, and nothing is written.
        let rows = budgets::list_of_subjects(&self.db.system(), list_subjects(call)).await?;
        if limit.is_none() && !rows.iter().any(|budget| binds(budget, call)) {
            return Ok(Reserved {
                held: false,
                cost: spent.cost,
            });
        }

        match self.hold(call, limit, most, (now, spent)).await {
            Err(BillingError::NoRoom(refusal)) => {
                self.note_refusal(&refusal).await?;
                Err(BillingError::NoRoom(refusal))
            }
            ended => ended,
        }
    }

    async fn hold(
        &self,
        call: &SpendCall,
        limit: Option<u64>,
        most: &Quantities,
        (now, spent): (DateTime<Utc>, Spent),
    ) -> Result<Reserved, BillingError> {
        let expires_at = now + RESERVED_FOR;
        let mut tx = self.db.system().begin_write().await?;
        if let Some(held) = spend_reservations::keep_reservation(&mut tx, call.id, expires_at).await? {
            return self.grow(tx, call, limit, (held, most)).await;
        }

        let claims = self.list_claims(&mut tx, call, limit, (now, spent)).await?;
        let row = SpendReservation {
            id: call.id,
            user_id: call.user_id,
            holds: Holds::new(&claims).encode(),
            cost: spent.cost,
            reserved_at: now,
            expires_at,
        };
        if !spend_reservations::insert_reservation(&mut tx, &row).await? {
            // The same was asked for at once, and is held.
            tx.rollback().await?;
            return Ok(Reserved {
                held: true,
                cost: spent.cost,
            });
        }

        take_all(tx, &claims).await?;
        Ok(Reserved {
            held: true,
            cost: spent.cost,
        })
    }

    /// Takes what a call asks for beyond what it holds, all of it or nothing. It counts where and at what price the call began.
    async fn grow(
        &self,
        mut tx: WriteTx,
        call: &SpendCall,
        limit: Option<u64>,
        (held, most): (SpendReservation, &Quantities),
    ) -> Result<Reserved, BillingError> {
        let at = held.reserved_at;
        let spent = self.find_spent(call, at, most);
        let holds = Holds::decode(&held)?;
        let claims = self.list_claims(&mut tx, call, limit, (at, spent)).await?;

        let more = claims
            .iter()
            .filter_map(|claim| claim.find_growth(holds.find_amount(claim.key)));
        let more: Vec<Claim> = more.collect();
        let cost = held.cost.max(spent.cost);
        if !more.is_empty() {
            let holds = holds.grow(&claims).encode();
            spend_reservations::update_holds(&mut tx, &SpendReservation { holds, cost, ..held }).await?;
        }

        take_all(tx, &more).await?;
        Ok(Reserved { held: true, cost })
    }

    /// What the call really used, once. Returns what it cost.
    pub(crate) async fn settle(&self, call: &SpendCall, used: &Quantities) -> Result<i64, BillingError> {
        let mut tx = self.db.system().begin_write().await?;
        let held = spend_reservations::take_reservation(&mut tx, call.id).await?;
        let at = held
            .as_ref()
            .map_or_else(|| self.clock.now(), |row| row.reserved_at);
        let spent = self.find_spent(call, at, used);
        let holds = held.as_ref().map(Holds::decode).transpose()?.unwrap_or_default();

        if !spend_ledger::insert_entry(&mut tx, call, at, (used, spent)).await? {
            let cost = spend_ledger::find_cost(&mut tx, call.id).await?;
            give_back(&mut tx, &holds).await?;
            tx.commit().await?;
            return Ok(cost.unwrap_or(spent.cost));
        }

        let claims = self.list_claims(&mut tx, call, None, (at, spent)).await?;
        let alerts = count(&mut tx, claims, &holds).await?;
        for alert in &alerts {
            self.keep_alert(&mut tx, alert).await?;
        }
        tx.commit().await?;

        alerts.iter().for_each(Alert::tell);
        self.changes.tell(call.user_id);
        Ok(spent.cost)
    }

    /// Nothing was used.
    pub(crate) async fn release(&self, user: Uuid, id: Uuid) -> Result<(), BillingError> {
        let mut tx = self.db.system().begin_write().await?;
        match spend_reservations::take_reservation(&mut tx, id).await? {
            Some(row) if row.user_id == user => {
                give_back(&mut tx, &Holds::decode(&row)?).await?;
                Ok(tx.commit().await?)
            }
            _ => Ok(tx.rollback().await?),
        }
    }

    /// Gives back what callers held who did not come back. How many that were.
    pub(crate) async fn sweep(&self) -> Result<usize, BillingError> {
        let (db, now) = (self.db.system(), self.clock.now());
        let mut freed = 0;
        for id in spend_reservations::list_expired(&db, now).await? {
            let mut tx = db.begin_write().await?;
            let taken = spend_reservations::take_expired(&mut tx, id, now).await?;
            if let Some(row) = taken {
                give_back(&mut tx, &Holds::decode(&row)?).await?;
                freed += 1;
            }
            tx.commit().await?;
        }

        Ok(freed)
    }

    fn find_spent(&self, call: &SpendCall, at: DateTime<Utc>, used: &Quantities) -> Spent {
        self.prices.find_spent((&call.provider, &call.model), at, used)
    }

    /// Everything that the call takes something of, in the order of the counters' keys.
    async fn list_claims(
        &self,
        tx: &mut WriteTx,
        call: &SpendCall,
        limit: Option<u64>,
        (at, spent): (DateTime<Utc>, Spent),
    ) -> Result<Vec<Claim>, BillingError> {
        let rows = budgets::list_binding(tx, list_subjects(call)).await?;
        let binding = rows.iter().filter(|budget| binds(budget, call));
        let mut claims: Vec<Claim> = binding.map(|budget| Claim::new(budget, at, spent)).collect();

        claims.push(Claim::count_tokens(call.user_id, limit, at, spent));
        claims.retain(|claim| claim.amount > 0);
        claims.sort_by_key(|claim| claim.key);
        Ok(claims)
    }

    /// A budget that refuses a call is as good as used up: it is told once.
    async fn note_refusal(&self, refusal: &NoRoom) -> Result<(), BillingError> {
        let mut tx = self.db.system().begin_write().await?;
        if !budget_counters::note_alert(&mut tx, refusal.key, 100).await? {
            return Ok(tx.rollback().await?);
        }
        let alert = refusal.alert();
        self.keep_alert(&mut tx, &alert).await?;
        tx.commit().await?;

        alert.tell();
        Ok(())
    }

    /// Until the owner's webhooks are told.
    async fn keep_alert(&self, tx: &mut WriteTx, alert: &Alert) -> Result<(), BillingError> {
        let Some(owner_id) = alert.owner else {
            return Ok(());
        };
        let row = BudgetAlert {
            id: self.ids.id(),
            owner_id,
            at: self.clock.now(),
            data: alert.describe(),
        };

        Ok(budget_alerts::insert(tx, &row).await?)
    }
}

/// Takes all claims in their order and commits, or none of them.
async fn take_all(mut tx: WriteTx, claims: &[Claim]) -> Result<(), BillingError> {
    let mut refusals = Vec::new();
    for claim in claims {
        let taken = (0, claim.amount);
        let counter = budget_counters::add(&mut tx, claim.key, claim.owner, taken).await?;
        refusals.extend(claim.find_refusal(&counter));
    }

    match NoRoom::find_strictest(refusals) {
        Some(refusal) => {
            tx.rollback().await?;
            Err(BillingError::NoRoom(Box::new(refusal)))
        }
        None => Ok(tx.commit().await?),
    }
}

/// Adds what was used and takes off what was held, counter by counter in their order.
async fn count(tx: &mut WriteTx, claims: Vec<Claim>, holds: &Holds) -> Result<Vec<Alert>, BillingError> {
    let mut changes: BTreeMap<CounterKey, CounterChange> = BTreeMap::new();
    for claim in claims {
        let key = claim.key;
        changes.entry(key).or_default().claim = Some(claim);
    }
    for hold in holds.list() {
        changes.entry(hold.key()).or_default().released = hold.amount;
    }

    let mut alerts = Vec::new();
    for (key, change) in changes {
        let Some(claim) = change.claim else {
            budget_counters::release(tx, key, change.released).await?;
            continue;
        };

        let taken = (claim.amount, -change.released);
        let counter = budget_counters::add(tx, key, claim.owner, taken).await?;
        if let Some(alert) = claim.find_alert(&counter)
            && budget_counters::note_alert(tx, key, alert.percent).await?
        {
            alerts.push(alert);
        }
    }

    Ok(alerts)
}

async fn give_back(tx: &mut WriteTx, holds: &Holds) -> Result<(), BillingError> {
    for hold in holds.list() {
        budget_counters::release(tx, hold.key(), hold.amount).await?;
    }
    Ok(())
}
