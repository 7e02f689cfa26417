//! `saga.v1.BillingOperators`.

use kit::{into_status, rpc::actor_of};
use proto::v1::{
    ListStripeEventsRequest, ListStripeEventsResponse, ReconcileCustomersRequest, ReconcileCustomersResponse,
    ReplayStripeEventRequest, StripeEvent, billing_operators_server::BillingOperators,
};
use tonic::{Request, Response, Status};

use super::subscriptions::encode_time;
use crate::{
    domain::{budgets::OPERATOR, shop::Shop, stripe_inbox::StripeInbox},
    error::BillingError,
    store::stripe_events::StripeEventRow,
};

const STATES: [&str; 4] = ["waiting", "done", "ignored", "failed"];

pub(crate) struct OperatorsRpc {
    /// None where nothing is sold.
    pub(crate) shop: Option<Shop>,
    pub(crate) inbox: Option<StripeInbox>,
}

impl OperatorsRpc {
    fn inbox(&self) -> Result<&StripeInbox, Status> {
        self.inbox.as_ref().ok_or_else(|| into_status(BillingError::Off))
    }
}

fn require_operator<T>(request: &Request<T>) -> Result<(), Status> {
    if actor_of(request)?.has_scope(OPERATOR) {
        Ok(())
    } else {
        Err(into_status(BillingError::Denied))
    }
}

#[tonic::async_trait]
impl BillingOperators for OperatorsRpc {
    async fn list_stripe_events(
        &self,
        request: Request<ListStripeEventsRequest>,
    ) -> Result<Response<ListStripeEventsResponse>, Status> {
        require_operator(&request)?;
        let message = request.into_inner();
        let most = parse_page_size(message.page_size).map_err(into_status)?;
        let state = message.state.as_deref();
        if state.is_some_and(|state| !STATES.contains(&state)) {
            let expected = "waiting, done, ignored or failed";
            return Err(into_status(BillingError::invalid("state", expected)));
        }
        let listed = self.inbox()?.list(state, most).await.map_err(into_status)?;

        Ok(Response::new(ListStripeEventsResponse {
            events: listed.into_iter().map(encode_event).collect(),
        }))
    }

    async fn replay_stripe_event(
        &self,
        request: Request<ReplayStripeEventRequest>,
    ) -> Result<Response<StripeEvent>, Status> {
        require_operator(&request)?;
        let replayed = self.inbox()?.replay(&request.get_ref().id).await;

        Ok(Response::new(encode_event(replayed.map_err(into_status)?)))
    }

    async fn reconcile_customers(
        &self,
        request: Request<ReconcileCustomersRequest>,
    ) -> Result<Response<ReconcileCustomersResponse>, Status> {
        require_operator(&request)?;
        let shop = self.shop.as_ref().ok_or_else(|| into_status(BillingError::Off))?;
        let customer = request.get_ref().customer_id.as_deref();
        let (customers, changed) = shop.reconcile_all(customer).await.map_err(into_status)?;

        Ok(Response::new(ReconcileCustomersResponse { customers, changed }))
    }
}

fn parse_page_size(size: Option<u32>) -> Result<u32, BillingError> {
    match size.unwrap_or(100) {
        size @ 1..=1_000 => Ok(size),
        _ => Err(BillingError::invalid("page_size", "1 to 1000")),
    }
}

fn encode_event(row: StripeEventRow) -> StripeEvent {
    StripeEvent {
        id: row.id,
        r#type: row.kind,
        subject: row.subject,
        state: row.state,
        attempts: row.attempts.unsigned_abs(),
        error: row.error,
        received_at: Some(encode_time(row.received_at)),
        done_at: row.done_at.map(encode_time),
    }
}
