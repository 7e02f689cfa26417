//! What a call takes of one counter, and whether there is room for it. Pure.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::json;
use uuid::Uuid;

use crate::{
    domain::{
        budget::{BudgetPeriod, BudgetScope, BudgetUnit, SpendCall, is_class_within},
        prices::Spent,
    },
    store::{
        budget_counters::{BudgetCounter, CounterKey},
        budgets::Budget,
    },
};

/// Shares of a budget that are told, the higher first.
const TOLD: [i64; 2] = [100, 80];

#[derive(Clone, Debug)]
pub(super) struct Claim {
    pub(super) key: CounterKey,
    pub(super) owner: Option<Uuid>,
    pub(super) amount: i64,
    /// As its counter counts; none where there is no limit.
    limit: Option<i64>,
    hard: bool,
    source: ClaimSource,
    unit: BudgetUnit,
    at: DateTime<Utc>,
    resets_at: Option<DateTime<Utc>>,
}

/// Who says how much there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClaimSource {
    Tier,
    Budget(BudgetScope),
}

/// A budget that has no room for a call.
#[derive(Clone, Debug)]
pub struct NoRoom {
    pub(super) key: CounterKey,
    owner: Option<Uuid>,
    pub(crate) source: ClaimSource,
    pub(crate) unit: BudgetUnit,
    /// In its unit.
    pub(crate) limit: u64,
    /// The same, what is reserved included.
    pub(crate) used: u64,
    pub(crate) needed: u64,
    pub(crate) resets_at: Option<DateTime<Utc>>,
    pub(crate) resets_in: Option<Duration>,
    /// How many times what is left the call needs, in thousandths.
    excess: i128,
}

/// Much of a budget was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Alert {
    pub(super) percent: i64,
    budget: Uuid,
    /// Who is told; nobody of an operator's budget.
    pub(super) owner: Option<Uuid>,
    source: ClaimSource,
    unit: BudgetUnit,
    /// In its unit.
    limit: u64,
    used: u64,
    resets_at: Option<DateTime<Utc>>,
}

/// What budgets over a call may be of.
pub(super) fn list_subjects(call: &SpendCall) -> [Uuid; 4] {
    let user = call.user_id;
    [
        user,
        call.key_id.unwrap_or(user),
        call.team_id.unwrap_or(user),
        Uuid::nil(),
    ]
}

pub(super) fn binds(budget: &Budget, call: &SpendCall) -> bool {
    let whose = match budget.scope {
        // Nobody's budget is over another one's key.
        BudgetScope::Key => {
            call.key_id == Some(budget.subject) && budget.owner_id.is_none_or(|owner| owner == call.user_id)
        }
        BudgetScope::User => budget.subject == call.user_id,
        BudgetScope::Team => call.team_id == Some(budget.subject),
        BudgetScope::Installation => true,
    };

    let class = budget.model_class.as_deref();
    whose && class.is_none_or(|of| is_class_within(&call.model_class, of))
}

impl Claim {
    pub(super) fn new(budget: &Budget, at: DateTime<Utc>, spent: Spent) -> Self {
        Self {
            key: (budget.id, budget.period.find_start(at)),
            owner: budget.owner_id,
            amount: budget.unit.measure(spent),
            limit: Some(budget.unit.count(budget.amount)),
            hard: budget.hard,
            source: ClaimSource::Budget(budget.scope),
            unit: budget.unit,
            at,
            resets_at: budget.period.find_end(at),
        }
    }

    /// Of the tokens that a tier has a month; counted also where there is no limit.
    pub(super) fn count_tokens(user: Uuid, limit: Option<u64>, at: DateTime<Utc>, spent: Spent) -> Self {
        Self {
            key: (user, BudgetPeriod::Month.find_start(at)),
            owner: Some(user),
            amount: BudgetUnit::Tokens.measure(spent),
            limit: limit.map(|limit| i64::try_from(limit).unwrap_or(i64::MAX)),
            hard: true,
            source: ClaimSource::Tier,
            unit: BudgetUnit::Tokens,
            at,
            resets_at: BudgetPeriod::Month.find_end(at),
        }
    }

    /// What it takes beyond what is held of its counter; none where that is enough.
    pub(super) fn find_growth(&self, held: i64) -> Option<Self> {
        let growth = Self {
            amount: self.amount.saturating_sub(held),
            ..self.clone()
        };
        (growth.amount > 0).then_some(growth)
    }

    /// `counter` has this claim in it.
    pub(super) fn find_refusal(&self, counter: &BudgetCounter) -> Option<NoRoom> {
        let limit = self.limit?;
        if !self.hard || counter.total() <= limit {
            return None;
        }

        let before = counter.total() - self.amount;
        let left = (limit - before).max(1);
        Some(NoRoom {
            key: self.key,
            owner: self.owner,
            source: self.source,
            unit: self.unit,
            limit: self.unit.show(limit),
            used: self.unit.show(before),
            needed: self.unit.show(self.amount),
            resets_at: self.resets_at,
            resets_in: self.resets_at.and_then(|end| (end - self.at).to_std().ok()),
            excess: i128::from(self.amount) * 1_000 / i128::from(left),
        })
    }

    pub(super) fn find_alert(&self, counter: &BudgetCounter) -> Option<Alert> {
        let limit = self.limit?;
        let reached =
            |percent: &i64| i128::from(counter.used) * 100 >= i128::from(limit) * i128::from(*percent);
        let percent = TOLD.into_iter().find(reached)?;

        (percent > counter.alerted).then(|| Alert {
            percent,
            budget: self.key.0,
            owner: self.owner,
            source: self.source,
            unit: self.unit,
            limit: self.unit.show(limit),
            used: self.unit.show(counter.used),
            resets_at: self.resets_at,
        })
    }
}

impl NoRoom {
    /// The one of which the call needs most beside what is left.
    pub(super) fn find_strictest(refusals: Vec<Self>) -> Option<Self> {
        refusals.into_iter().max_by_key(|refusal| refusal.excess)
    }

    pub(super) fn alert(&self) -> Alert {
        Alert {
            percent: 100,
            budget: self.key.0,
            owner: self.owner,
            source: self.source,
            unit: self.unit,
            limit: self.limit,
            used: self.used,
            resets_at: self.resets_at,
        }
    }
}

impl Alert {
    /// For whoever watches the log and the metrics.
    pub(crate) fn tell(&self) {
        let (percent, scope) = (self.percent, self.source.as_str());
        metrics::counter!("saga_budget_alerts_total", "scope" => scope, "percent" => percent.to_string())
            .increment(1);
        tracing::warn!(budget = %self.budget, scope, percent, "much of a budget is used");
    }

    /// What its owner's webhooks are told, as a JSON object. The tokens that a tier has a month are no budget with an id.
    pub(super) fn describe(&self) -> String {
        let budget = matches!(self.source, ClaimSource::Budget(_)).then_some(self.budget);
        let resets_at = self
            .resets_at
            .map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true));

        json!({
            "budget_id": budget,
            "scope": self.source.as_str(),
            "percent": self.percent,
            "unit": self.unit.as_str(),
            "limit": self.limit,
            "used": self.used,
            "resets_at": resets_at,
        })
        .to_string()
    }
}

impl ClaimSource {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Tier => "tier",
            Self::Budget(scope) => scope.as_str(),
        }
    }
}
