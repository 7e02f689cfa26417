//! Which counters a reservation holds how much of, as its row keeps it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::claims::Claim;
use crate::{
    error::BillingError,
    store::{budget_counters::CounterKey, spend_reservations::SpendReservation},
};

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Hold {
    budget: Uuid,
    start: DateTime<Utc>,
    pub(super) amount: i64,
}

impl Hold {
    pub(super) const fn key(&self) -> CounterKey {
        (self.budget, self.start)
    }
}

/// In the order of the counters' keys.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Holds(Vec<Hold>);

impl Holds {
    pub(super) fn new(claims: &[Claim]) -> Self {
        let hold = |claim: &Claim| Hold {
            budget: claim.key.0,
            start: claim.key.1,
            amount: claim.amount,
        };
        Self(claims.iter().map(hold).collect())
    }

    /// What is held of one counter.
    pub(super) fn find_amount(&self, key: CounterKey) -> i64 {
        let mut holds = self.list();
        holds.find(|hold| hold.key() == key).map_or(0, |hold| hold.amount)
    }

    /// The same with all of these claims; where more is held already, it stays.
    pub(super) fn grow(self, claims: &[Claim]) -> Self {
        let mut holds: BTreeMap<CounterKey, Hold> =
            self.0.into_iter().map(|hold| (hold.key(), hold)).collect();
        for hold in Self::new(claims).0 {
            let held = holds.entry(hold.key()).or_insert(hold);
            held.amount = held.amount.max(hold.amount);
        }

        Self(holds.into_values().collect())
    }

    pub(super) fn list(&self) -> impl Iterator<Item = &Hold> {
        self.0.iter()
    }

    pub(super) fn encode(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| unreachable!("holds are plain JSON"))
    }

    pub(super) fn decode(row: &SpendReservation) -> Result<Self, BillingError> {
        serde_json::from_str(&row.holds).map_err(BillingError::Holds)
    }
}
