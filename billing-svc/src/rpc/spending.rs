//! `saga.v1.Spending`.

use std::{pin::Pin, time::Duration};

use chrono::{DateTime, Utc};
use futures::Stream;
use kit::{actor::Actor, error::Faults, into_status, rpc::actor_of};
use proto::{
    Timestamp,
    v1::{
        self, CreateBudgetRequest, DeleteBudgetRequest, DeleteBudgetResponse, GetUsageRequest,
        ListBudgetsRequest, ListBudgetsResponse, ReleaseSpendRequest, ReleaseSpendResponse,
        ReserveSpendRequest, ReserveSpendResponse, SettleSpendRequest, SettleSpendResponse,
        UpdateBudgetRequest, WatchUsageRequest, spending_server::Spending,
    },
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::subscriptions::encode_time;
use crate::{
    clients::SERVICE,
    domain::{
        budget::{BudgetScope, BudgetUnit, SpendCall},
        budgets::{BudgetBook, BudgetInput, BudgetState},
        prices::Quantities,
        spending::SpendBook,
        usage::{MonthUsage, UsageBook},
    },
    error::BillingError,
    store::spend_ledger::ModelSum,
};

/// Between two looks for what other processes have settled.
const LOOK: Duration = Duration::from_secs(2);
const LONGEST_NAME: usize = 200;

pub(crate) struct SpendingRpc {
    pub(crate) spending: SpendBook,
    pub(crate) budgets: BudgetBook,
    pub(crate) usage: UsageBook,
}

#[tonic::async_trait]
impl Spending for SpendingRpc {
    type WatchUsageStream = Pin<Box<dyn Stream<Item = Result<v1::Usage, Status>> + Send>>;

    async fn reserve_spend(
        &self,
        request: Request<ReserveSpendRequest>,
    ) -> Result<Response<ReserveSpendResponse>, Status> {
        let actor = require_service(&request)?;
        let message = request.into_inner();
        let call = parse_call(&actor, message.call).map_err(into_status)?;
        let most = parse_quantities(message.quantities);
        let reserved = self
            .spending
            .reserve(&actor, &call, &most)
            .await
            .map_err(into_status)?;

        Ok(Response::new(ReserveSpendResponse {
            held: reserved.held,
            reserved_micro_usd: BudgetUnit::MicroUsd.show(reserved.cost),
        }))
    }

    async fn settle_spend(
        &self,
        request: Request<SettleSpendRequest>,
    ) -> Result<Response<SettleSpendResponse>, Status> {
        let actor = require_service(&request)?;
        let message = request.into_inner();
        let call = parse_call(&actor, message.call).map_err(into_status)?;
        let used = parse_quantities(message.quantities);
        let cost = self.spending.settle(&call, &used).await.map_err(into_status)?;

        Ok(Response::new(SettleSpendResponse {
            cost_micro_usd: BudgetUnit::MicroUsd.show(cost),
        }))
    }

    async fn release_spend(
        &self,
        request: Request<ReleaseSpendRequest>,
    ) -> Result<Response<ReleaseSpendResponse>, Status> {
        let actor = require_service(&request)?;
        let id = Uuid::try_parse(&request.get_ref().id)
            .map_err(|_| into_status(BillingError::invalid("id", "a UUID")))?;
        self.spending
            .release(actor.user_id, id)
            .await
            .map_err(into_status)?;

        Ok(Response::new(ReleaseSpendResponse {}))
    }

    async fn list_budgets(
        &self,
        request: Request<ListBudgetsRequest>,
    ) -> Result<Response<ListBudgetsResponse>, Status> {
        let actor = actor_of(&request)?;
        let listed = self.budgets.list(&actor).await.map_err(into_status)?;

        Ok(Response::new(ListBudgetsResponse {
            budgets: listed.into_iter().map(encode_budget).collect(),
        }))
    }

    async fn create_budget(
        &self,
        request: Request<CreateBudgetRequest>,
    ) -> Result<Response<v1::Budget>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let input = BudgetInput {
            scope: message.scope,
            subject: message.subject,
            model_class: message.model_class,
            unit: message.unit,
            amount: message.amount,
            period: message.period,
            hard: message.hard,
        };
        let created = self.budgets.create(&actor, input).await.map_err(into_status)?;

        Ok(Response::new(encode_budget(created)))
    }

    async fn update_budget(
        &self,
        request: Request<UpdateBudgetRequest>,
    ) -> Result<Response<v1::Budget>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let change = (message.amount, message.hard);
        let updated = self.budgets.update(&actor, &message.id, change).await;

        Ok(Response::new(encode_budget(updated.map_err(into_status)?)))
    }

    async fn delete_budget(
        &self,
        request: Request<DeleteBudgetRequest>,
    ) -> Result<Response<DeleteBudgetResponse>, Status> {
        let actor = actor_of(&request)?;
        let deleted = self.budgets.delete(&actor, &request.get_ref().id).await;
        deleted.map_err(into_status)?;

        Ok(Response::new(DeleteBudgetResponse {}))
    }

    async fn get_usage(&self, request: Request<GetUsageRequest>) -> Result<Response<v1::Usage>, Status> {
        let actor = actor_of(&request)?;
        let at = request
            .into_inner()
            .at
            .map(parse_time)
            .transpose()
            .map_err(into_status)?;
        let month = self.usage.find_month(&actor, at).await.map_err(into_status)?;

        Ok(Response::new(encode_usage(month)))
    }

    async fn watch_usage(
        &self,
        request: Request<WatchUsageRequest>,
    ) -> Result<Response<Self::WatchUsageStream>, Status> {
        let actor = actor_of(&request)?;
        let usage = self.usage.clone();
        let mut listener = usage.changes.listen(actor.user_id);

        let news = async_stream::try_stream! {
            let mut told = None;
            loop {
                let month = usage.find_month(&actor, None).await.map_err(into_status)?;
                if told.as_ref() != Some(&month) {
                    told = Some(month.clone());
                    yield encode_usage(month);
                }

                // Late is as good as told: then it looks.
                let _ = tokio::time::timeout(LOOK, listener.wait()).await;
            }
        };
        Ok(Response::new(Box::pin(news)))
    }
}

/// Only services keep these books, each on somebody's behalf.
fn require_service<T>(request: &Request<T>) -> Result<Actor, Status> {
    let actor = actor_of(request)?;
    if actor.has_scope(SERVICE) {
        Ok(actor)
    } else {
        Err(into_status(BillingError::Denied))
    }
}

fn parse_call(actor: &Actor, call: Option<v1::SpendCall>) -> Result<SpendCall, BillingError> {
    let call = call.unwrap_or_default();
    let mut faults = Faults::default();
    let mut id_of = |field: &str, text: &str| {
        let id = Uuid::try_parse(text).ok();
        if id.is_none() {
            faults.add(field, "a UUID");
        }
        id
    };

    let id = id_of("call.id", &call.id);
    let named = |text: &str| !text.is_empty();
    let key_id = named(&call.key_id)
        .then(|| id_of("call.key_id", &call.key_id))
        .flatten();
    let team_id = named(&call.team_id)
        .then(|| id_of("call.team_id", &call.team_id))
        .flatten();
    for (field, text) in [
        ("call.provider", &call.provider),
        ("call.model", &call.model),
        ("call.model_class", &call.model_class),
    ] {
        if text.is_empty() || text.len() > LONGEST_NAME {
            faults.add(field, "1 to 200 bytes");
        }
    }

    match id {
        Some(id) if faults.is_empty() => Ok(SpendCall {
            id,
            user_id: actor.user_id,
            key_id,
            team_id,
            provider: call.provider,
            model: call.model,
            model_class: call.model_class,
        }),
        _ => Err(BillingError::Invalid(faults)),
    }
}

fn parse_quantities(message: Option<v1::Quantities>) -> Quantities {
    let message = message.unwrap_or_default();
    Quantities {
        input: message.input_tokens,
        cached_input: message.cached_input_tokens,
        output: message.output_tokens,
        reasoning: message.reasoning_tokens,
        audio: message.audio_tokens,
        characters: message.characters,
    }
}

fn parse_time(at: Timestamp) -> Result<DateTime<Utc>, BillingError> {
    DateTime::from_timestamp(at.seconds, at.nanos.unsigned_abs())
        .ok_or_else(|| BillingError::invalid("at", "a time"))
}

fn encode_budget(state: BudgetState) -> v1::Budget {
    let (budget, counter) = (state.budget, state.counter);
    let subject = match budget.scope {
        BudgetScope::Installation => String::new(),
        _ => budget.subject.to_string(),
    };

    v1::Budget {
        id: budget.id.to_string(),
        scope: budget.scope.as_str().to_owned(),
        subject,
        model_class: budget.model_class,
        unit: budget.unit.as_str().to_owned(),
        amount: budget.amount.unsigned_abs(),
        period: budget.period.as_str().to_owned(),
        hard: budget.hard,
        used: budget.unit.show(counter.total()),
        resets_at: state.resets_at.map(encode_time),
        alerted_percent: u32::try_from(counter.alerted).unwrap_or_default(),
        own: state.own,
    }
}

fn encode_usage(month: MonthUsage) -> v1::Usage {
    let sum = |of: fn(&ModelSum) -> i64| month.models.iter().map(of).fold(0, i64::saturating_add);
    let tokens = sum(|row| {
        row.input_tokens
            + row.cached_input_tokens
            + row.output_tokens
            + row.reasoning_tokens
            + row.audio_tokens
    });

    v1::Usage {
        period_start: Some(encode_time(month.start)),
        period_end: Some(encode_time(month.end)),
        tokens_used: tokens.unsigned_abs(),
        token_limit: month.token_limit,
        cost_micro_usd: BudgetUnit::MicroUsd.show(sum(|row| row.cost)),
        calls: sum(|row| row.calls).unsigned_abs(),
        models: month.models.into_iter().map(encode_model).collect(),
    }
}

fn encode_model(row: ModelSum) -> v1::ModelUsage {
    v1::ModelUsage {
        provider: row.provider,
        model: row.model,
        calls: row.calls.unsigned_abs(),
        quantities: Some(v1::Quantities {
            input_tokens: row.input_tokens.unsigned_abs(),
            cached_input_tokens: row.cached_input_tokens.unsigned_abs(),
            output_tokens: row.output_tokens.unsigned_abs(),
            reasoning_tokens: row.reasoning_tokens.unsigned_abs(),
            audio_tokens: row.audio_tokens.unsigned_abs(),
            characters: row.characters.unsigned_abs(),
        }),
        cost_micro_usd: BudgetUnit::MicroUsd.show(row.cost),
    }
}
