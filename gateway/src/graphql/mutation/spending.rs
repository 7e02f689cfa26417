//! What is done to budgets.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use proto::v1::{CreateBudgetRequest, DeleteBudgetRequest, UpdateBudgetRequest};

use crate::{
    error::ApiError,
    graphql::{
        Ask,
        object::spending::{Budget, BudgetPeriod, BudgetScope, BudgetUnit},
        scalar::{Id, IdInput},
    },
    operation::spending::{CreateBudget, DeleteBudget, UpdateBudget},
};

/// The most that a budget may have; a double tells all whole numbers below it apart.
const MOST_AMOUNT: f64 = 9_000_000_000_000.0;

#[derive(Default)]
pub(crate) struct SpendingMutation;

/// The budget to make.
#[derive(InputObject)]
struct CreateBudgetInput {
    /// Over whose calls it is: yours, or those of one of your API keys.
    #[graphql(default_with = "BudgetScope::User")]
    scope: BudgetScope,
    /// The id of the API key; nothing for yours.
    subject: Option<IdInput>,
    /// The class of agents that it is over, such as `codestory`; all when left out.
    model_class: Option<String>,
    /// What it counts: money or tokens.
    unit: BudgetUnit,
    /// How much there is in a period: a whole number from 1 to 9000000000000.
    amount: f64,
    /// In which stretch of time it counts.
    #[graphql(default_with = "BudgetPeriod::Month")]
    period: BudgetPeriod,
    /// Whether it refuses what there is no room for; else it only tells.
    #[graphql(default = true)]
    hard: bool,
}

/// The budget that was made.
#[derive(SimpleObject)]
struct CreateBudgetPayload {
    /// The budget, with what was used in its period so far.
    budget: Budget,
}

/// The budget to change, and how.
#[derive(InputObject)]
struct UpdateBudgetInput {
    /// The id of the budget.
    id: IdInput,
    /// How much there is in a period; as it was when left out.
    amount: Option<f64>,
    /// Whether it refuses; as it was when left out.
    hard: Option<bool>,
}

/// The budget that was changed.
#[derive(SimpleObject)]
struct UpdateBudgetPayload {
    /// The budget as it is now.
    budget: Budget,
}

/// The budget to delete.
#[derive(InputObject)]
struct DeleteBudgetInput {
    /// The id of the budget.
    id: IdInput,
}

/// The budget that was deleted.
#[derive(SimpleObject)]
struct DeleteBudgetPayload {
    /// The id of the budget that is no more.
    deleted_budget_id: Id<'static>,
}

#[Object]
impl SpendingMutation {
    /// Bound what calls of models and voices may use in a period. What was used in it so far counts.
    async fn create_budget(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The budget to make.")] input: CreateBudgetInput,
    ) -> Result<Option<CreateBudgetPayload>> {
        let subject = input.subject.map(|id| ctx.parse_id(&id, "subject")).transpose()?;
        let request = CreateBudgetRequest {
            scope: input.scope.as_str().to_owned(),
            subject: subject.map(|id| id.to_string()).unwrap_or_default(),
            model_class: input.model_class,
            unit: input.unit.as_str().to_owned(),
            amount: parse_amount(input.amount).map_err(|error| ctx.fail(error))?,
            period: input.period.as_str().to_owned(),
            hard: input.hard,
        };
        let made = ctx.door().await?.perform(CreateBudget(request)).await?;

        Ok(Some(CreateBudgetPayload { budget: made.into() }))
    }

    /// Change how much there is in a budget of yours, or whether it refuses.
    async fn update_budget(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The budget, and what is to change.")] input: UpdateBudgetInput,
    ) -> Result<Option<UpdateBudgetPayload>> {
        let amount = input.amount.map(parse_amount).transpose();
        let request = UpdateBudgetRequest {
            id: ctx.parse_id(&input.id, "id")?.to_string(),
            amount: amount.map_err(|error| ctx.fail(error))?,
            hard: input.hard,
        };
        let updated = ctx.door().await?.perform(UpdateBudget(request)).await?;

        Ok(Some(UpdateBudgetPayload {
            budget: updated.into(),
        }))
    }

    /// Delete a budget of yours. What was used stays in your usage.
    async fn delete_budget(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The budget to delete.")] input: DeleteBudgetInput,
    ) -> Result<Option<DeleteBudgetPayload>> {
        let id = ctx.parse_id(&input.id, "id")?.to_string();
        let request = DeleteBudgetRequest { id: id.clone() };
        ctx.door().await?.perform(DeleteBudget(request)).await?;

        Ok(Some(DeleteBudgetPayload {
            deleted_budget_id: id.into(),
        }))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is whole and within bounds"
)]
fn parse_amount(amount: f64) -> Result<u64, ApiError> {
    let fits = amount.fract() == 0.0 && (1.0..=MOST_AMOUNT).contains(&amount);
    match fits {
        true => Ok(amount as u64),
        false => {
            let expected = "expected a whole number from 1 to 9000000000000";
            Err(ApiError::field("amount", "value_error", expected))
        }
    }
}
