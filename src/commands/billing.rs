//! `saga billing events list|replay|reconcile`.

use std::process::ExitCode;

use proto::v1::{ListStripeEventsRequest, ReconcileCustomersRequest, ReplayStripeEventRequest, StripeEvent};
use serde_json::{Value, json};

use super::{
    Failure,
    operator::{Operator, failure_from_status, table},
};
use crate::{
    cli::{BillingAction, BillingEventsAction, Global},
    commands::say,
};

pub(crate) async fn run(global: &Global, action: &BillingAction) -> Result<ExitCode, Failure> {
    let BillingAction::Events { action } = action;
    let operator = Operator::open_with_billing(global).await?;
    let mut billing = operator.billing()?;

    match action {
        BillingEventsAction::List { state, most, json } => {
            let request = ListStripeEventsRequest {
                state: state.clone(),
                page_size: Some(*most),
            };
            let listed = billing.list_stripe_events(request).await;
            print_events(&listed.map_err(failure_from_status)?.into_inner().events, *json);
        }
        BillingEventsAction::Replay { event, json } => {
            let request = ReplayStripeEventRequest { id: event.clone() };
            let replayed = billing.replay_stripe_event(request).await;
            print_events(&[replayed.map_err(failure_from_status)?.into_inner()], *json);
        }
        BillingEventsAction::Reconcile { customer, json } => {
            let request = ReconcileCustomersRequest {
                customer_id: customer.clone(),
            };
            let done = billing.reconcile_customers(request).await;
            let done = done.map_err(failure_from_status)?.into_inner();
            match json {
                true => say!(
                    "{:#}",
                    json!({ "customers": done.customers, "changed": done.changed })
                ),
                false => say!("{} looked at, {} tiers changed.", done.customers, done.changed),
            }
        }
    }

    Ok(ExitCode::SUCCESS)
}

fn print_events(events: &[StripeEvent], json: bool) {
    if json {
        let all: Value = events.iter().map(json_of).collect();
        say!("{all:#}");
        return;
    }

    if events.is_empty() {
        say!("There are none.");
        return;
    }

    let rows: Vec<_> = events.iter().map(row_of).collect();
    say!(
        "{}",
        table(&["received", "event", "type", "about", "state", "error"], &rows)
    );
}

fn row_of(event: &StripeEvent) -> Vec<String> {
    vec![
        event
            .received_at
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        event.id.clone(),
        event.r#type.clone(),
        event.subject.clone(),
        event.state.clone(),
        event.error.clone().unwrap_or_default(),
    ]
}

fn json_of(event: &StripeEvent) -> Value {
    json!({
        "id": event.id,
        "type": event.r#type,
        "subject": event.subject,
        "state": event.state,
        "attempts": event.attempts,
        "error": event.error,
        "received_at": event.received_at.as_ref().map(ToString::to_string),
        "done_at": event.done_at.as_ref().map(ToString::to_string),
    })
}
