//! Which counters a reservation holds how much of, as its row keeps it.

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
