//! Budgets as people set them: who may have which, and how much is used of each.

use chrono::{DateTime, Utc};
use kit::{actor::Actor, clock::SharedClock, db::Db, error::Faults, ids::SharedIds};
use uuid::Uuid;

use super::budget::{BudgetPeriod, BudgetScope, BudgetUnit};
use crate::{
    error::BillingError,
    store::{
        budget_counters::{self, BudgetCounter},
        budgets::{self, Budget},
        spend_ledger,
    },
};

/// Scope of whoever operates the platform. No token or key of a user ever carries it.
pub(crate) const OPERATOR: &str = "operator";

/// Of one owner.
const MOST_BUDGETS: i64 = 100;
/// Nine million dollars in millionths: as much as a counter counts exactly.
const MOST_AMOUNT: u64 = 9_000_000_000_000;
const LONGEST_CLASS: usize = 64;

/// A budget as it was asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct BudgetInput {
    pub(crate) scope: String,
    pub(crate) subject: String,
    pub(crate) model_class: Option<String>,
    pub(crate) unit: String,
    pub(crate) amount: u64,
    pub(crate) period: String,
    pub(crate) hard: bool,
}

/// A budget and how much of it is used in its period.
#[derive(Clone, Debug)]
pub(crate) struct BudgetState {
    pub(crate) budget: Budget,
    pub(crate) counter: BudgetCounter,
    pub(crate) resets_at: Option<DateTime<Utc>>,
    /// Whether whoever asks may change it.
    pub(crate) own: bool,
}

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct BudgetBook {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) ids: SharedIds,
}

impl BudgetBook {
    /// Those that bind the actor.
    pub(crate) async fn list(&self, actor: &Actor) -> Result<Vec<BudgetState>, BillingError> {
        let rows = budgets::list_of_user(&self.db.system(), actor.user_id).await?;
        let mut states = Vec::with_capacity(rows.len());
        for budget in rows {
            states.push(self.describe(actor, budget).await?);
        }

        Ok(states)
    }

    /// What was used in its period before it was made counts.
    pub(crate) async fn create(
        &self,
        actor: &Actor,
        input: BudgetInput,
    ) -> Result<BudgetState, BillingError> {
        refuse_keys(actor)?;
        let budget = self.parse(actor, input)?;
        let now = budget.created_at;

        let mut tx = self.db.system().begin_write().await?;
        spend_ledger::lock_ledger(&mut tx).await?;
        if let Some(owner) = budget.owner_id
            && budgets::count_of_owner(&mut tx, owner).await? >= MOST_BUDGETS
        {
            return Err(BillingError::TooManyBudgets(MOST_BUDGETS));
        }

        budgets::insert_budget(&mut tx, &budget).await?;
        let (over, class) = ((budget.scope, budget.subject), budget.model_class.as_deref());
        let start = budget.period.find_start(now);
        let sum = spend_ledger::sum_since(&mut tx, over, class, start).await?;
        let used = match budget.unit {
            BudgetUnit::MicroUsd => sum.cost,
            BudgetUnit::Tokens => sum.tokens,
        };
        budget_counters::add(&mut tx, (budget.id, start), budget.owner_id, (used, 0)).await?;
        tx.commit().await?;

        self.describe(actor, budget).await
    }

    pub(crate) async fn update(
        &self,
        actor: &Actor,
        id: &str,
        (amount, hard): (Option<u64>, Option<bool>),
    ) -> Result<BudgetState, BillingError> {
        refuse_keys(actor)?;
        let mut tx = self.db.system().begin_write().await?;
        let found = match Uuid::try_parse(id) {
            Ok(id) => budgets::find_budget(&mut tx, id).await?,
            Err(_) => None,
        };
        let mut budget = found
            .filter(|budget| may_change(actor, budget))
            .ok_or_else(|| BillingError::NoBudget(id.to_owned()))?;

        if let Some(amount) = amount {
            budget.amount = parse_amount(amount)
                .ok_or_else(|| BillingError::invalid("amount", "1 to 9,000,000,000,000"))?;
            budget_counters::forget_alerts(&mut tx, budget.id).await?;
        }
        budget.hard = hard.unwrap_or(budget.hard);
        budgets::update_budget(&mut tx, budget.id, (budget.amount, budget.hard)).await?;
        tx.commit().await?;

        self.describe(actor, budget).await
    }

    pub(crate) async fn delete(&self, actor: &Actor, id: &str) -> Result<(), BillingError> {
        refuse_keys(actor)?;
        let mut tx = self.db.system().begin_write().await?;
        let found = match Uuid::try_parse(id) {
            Ok(id) => budgets::find_budget(&mut tx, id).await?,
            Err(_) => None,
        };
        let budget = found
            .filter(|budget| may_change(actor, budget))
            .ok_or_else(|| BillingError::NoBudget(id.to_owned()))?;

        budgets::delete_budget(&mut tx, budget.id).await?;
        budget_counters::delete_of_budget(&mut tx, budget.id).await?;
        Ok(tx.commit().await?)
    }

    async fn describe(&self, actor: &Actor, budget: Budget) -> Result<BudgetState, BillingError> {
        let now = self.clock.now();
        let key = (budget.id, budget.period.find_start(now));

        Ok(BudgetState {
            counter: budget_counters::find_counter(&self.db.system(), key).await?,
            resets_at: budget.period.find_end(now),
            own: may_change(actor, &budget),
            budget,
        })
    }

    fn parse(&self, actor: &Actor, input: BudgetInput) -> Result<Budget, BillingError> {
        let operator = actor.has_scope(OPERATOR);
        let mut faults = Faults::default();

        let scope = BudgetScope::try_from(input.scope).ok();
        if scope.is_none() {
            faults.add("scope", "key, user, team or installation");
        }
        let subject = scope.and_then(|scope| parse_subject(actor, scope, &input.subject, &mut faults));
        let unit = BudgetUnit::try_from(input.unit).ok();
        if unit.is_none() {
            faults.add("unit", "micro_usd or tokens");
        }
        let amount = parse_amount(input.amount);
        if amount.is_none() {
            faults.add("amount", "1 to 9,000,000,000,000");
        }
        let period = BudgetPeriod::try_from(input.period).ok();
        if period.is_none() {
            faults.add("period", "day, month or total");
        }
        if input.model_class.as_deref().is_some_and(|class| !is_class(class)) {
            faults.add(
                "model_class",
                "1 to 64 of a to z, 0 to 9, point, hyphen and underscore",
            );
        }

        let (Some(scope), Some(subject), Some(unit), Some(amount), Some(period), true) =
            (scope, subject, unit, amount, period, faults.is_empty())
        else {
            return Err(BillingError::Invalid(faults));
        };
        if !operator && matches!(scope, BudgetScope::Team | BudgetScope::Installation) {
            return Err(BillingError::Denied);
        }

        Ok(Budget {
            id: self.ids.id(),
            owner_id: (!operator).then_some(actor.user_id),
            scope,
            subject,
            model_class: input.model_class,
            unit,
            amount,
            period,
            hard: input.hard,
            created_at: self.clock.now(),
        })
    }
}

/// An API key may be in anybody's hands: it does not lift the bounds that are over it.
fn refuse_keys(actor: &Actor) -> Result<(), BillingError> {
    match actor.api_key {
        Some(_) => Err(BillingError::Denied),
        None => Ok(()),
    }
}

fn may_change(actor: &Actor, budget: &Budget) -> bool {
    actor.has_scope(OPERATOR) || budget.owner_id == Some(actor.user_id)
}

fn parse_amount(amount: u64) -> Option<i64> {
    (1..=MOST_AMOUNT)
        .contains(&amount)
        .then(|| i64::try_from(amount).ok())
        .flatten()
}

fn is_class(class: &str) -> bool {
    let fits = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_');
    (1..=LONGEST_CLASS).contains(&class.len()) && class.bytes().all(fits)
}

/// Over whose calls it is to be; somebody who is no operator says only their own.
fn parse_subject(actor: &Actor, scope: BudgetScope, text: &str, faults: &mut Faults) -> Option<Uuid> {
    let own = (scope == BudgetScope::User).then_some(actor.user_id);
    let subject = match (scope, text) {
        (BudgetScope::Installation, "") => Some(Uuid::nil()),
        (BudgetScope::Installation, _) => None,
        (BudgetScope::User, "") => own,
        _ => Uuid::try_parse(text).ok().filter(|id| !id.is_nil()),
    };

    let foreign = scope == BudgetScope::User && subject != own && !actor.has_scope(OPERATOR);
    if subject.is_none() || foreign {
        faults.add(
            "subject",
            match scope {
                BudgetScope::Installation => "nothing, for the installation",
                BudgetScope::User => "your own id, or nothing",
                BudgetScope::Key => "the id of one of your API keys",
                BudgetScope::Team => "the id of a team",
            },
        );
        return None;
    }

    subject
}
