//! What calls of models and voices cost, and budgets over it.

use proto::v1::{
    Budget, CreateBudgetRequest, DeleteBudgetRequest, GetUsageRequest, ListBudgetsRequest,
    UpdateBudgetRequest, Usage, WatchUsageRequest,
};
use tonic::{Status, Streaming};

use super::{
    Field, Operation, Service,
    caller_kind::{AccountHolder, SignedIn},
};
use crate::{
    identity::{ReadAccount, RequestContext, WriteAccount},
    services::Services,
};

/// Of the month in which a moment lies.
pub(crate) struct GetUsage(pub(crate) GetUsageRequest);

impl Operation for GetUsage {
    type Caller = SignedIn;
    type Scope = ReadAccount;
    type Output = Usage;

    const SERVICE: Service = Service::Billing;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Usage, Status> {
        Ok(services.spending(context).get_usage(self.0).await?.into_inner())
    }
}

/// How this month's usage is, and after each change.
pub(crate) struct WatchUsage;

impl Operation for WatchUsage {
    type Caller = SignedIn;
    type Scope = ReadAccount;
    type Output = Streaming<Usage>;

    const SERVICE: Service = Service::Billing;
    const FIELD: Field = Field::Subscription("usageChanged");

    async fn perform(
        self,
        services: &Services,
        context: &RequestContext,
    ) -> Result<Streaming<Usage>, Status> {
        let watched = services
            .watched_spending(context)
            .watch_usage(WatchUsageRequest {})
            .await?;
        Ok(watched.into_inner())
    }
}

/// Those that bind the caller.
pub(crate) struct ListBudgets;

impl Operation for ListBudgets {
    type Caller = SignedIn;
    type Scope = ReadAccount;
    type Output = Vec<Budget>;

    const SERVICE: Service = Service::Billing;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Vec<Budget>, Status> {
        let listed = services
            .spending(context)
            .list_budgets(ListBudgetsRequest {})
            .await?;
        Ok(listed.into_inner().budgets)
    }
}

pub(crate) struct CreateBudget(pub(crate) CreateBudgetRequest);

impl Operation for CreateBudget {
    type Caller = AccountHolder;
    type Scope = WriteAccount;
    type Output = Budget;

    const SERVICE: Service = Service::Billing;
    const FIELD: Field = Field::Mutation("createBudget");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Budget, Status> {
        Ok(services
            .spending(context)
            .create_budget(self.0)
            .await?
            .into_inner())
    }
}

pub(crate) struct UpdateBudget(pub(crate) UpdateBudgetRequest);

impl Operation for UpdateBudget {
    type Caller = AccountHolder;
    type Scope = WriteAccount;
    type Output = Budget;

    const SERVICE: Service = Service::Billing;
    const FIELD: Field = Field::Mutation("updateBudget");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Budget, Status> {
        Ok(services
            .spending(context)
            .update_budget(self.0)
            .await?
            .into_inner())
    }
}

pub(crate) struct DeleteBudget(pub(crate) DeleteBudgetRequest);

impl Operation for DeleteBudget {
    type Caller = AccountHolder;
    type Scope = WriteAccount;
    type Output = ();

    const SERVICE: Service = Service::Billing;
    const FIELD: Field = Field::Mutation("deleteBudget");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<(), Status> {
        services.spending(context).delete_budget(self.0).await.map(drop)
    }
}
