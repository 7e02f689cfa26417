//! Stripe's objects as version 2026-08-26 of its API writes them: with all that its OpenAPI file requires, and what is read here.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Of everything that is older than a test.
pub(super) const BEGINNING: i64 = 1_767_000_000;
/// Of every period that is paid for.
const PERIOD_END: i64 = 1_769_900_000;
const DAY: i64 = 86_400;

pub(super) fn write_customer(id: &str, user: &str) -> Value {
    json!({
        "id": id, "object": "customer", "created": BEGINNING, "livemode": false,
        "metadata": { "user_id": user }, "name": null, "email": null, "currency": null, "invoice_settings": {},
    })
}

pub(super) fn write_deleted_customer(id: &str) -> Value {
    json!({ "id": id, "object": "customer", "deleted": true })
}

/// A page that nobody has paid on.
pub(super) fn write_checkout(id: &str, customer: &str, user: &str) -> Value {
    json!({
        "id": id, "object": "checkout.session", "created": BEGINNING, "expires_at": BEGINNING + DAY, "livemode": false,
        "mode": "subscription", "status": "open", "payment_status": "unpaid", "customer": customer,
        "client_reference_id": user, "subscription": null, "automatic_tax": { "enabled": false }, "custom_fields": [],
        "custom_text": {}, "payment_method_types": ["card"], "shipping_options": [],
        "url": format!("https://checkout.stripe.test/{id}"),
    })
}

pub(super) fn write_portal(id: &str, customer: &str) -> Value {
    json!({
        "id": id, "object": "billing_portal.session", "created": BEGINNING, "livemode": false, "configuration": "bpc_1",
        "customer": customer, "url": format!("https://billing.stripe.test/{id}"),
    })
}

/// What a customer bought.
pub(super) struct PaidItem<'a> {
    pub(super) customer: &'a str,
    pub(super) price: &'a str,
    pub(super) seats: u32,
    pub(super) metadata: BTreeMap<String, String>,
}

pub(super) fn write_subscription(number: u64, bought: PaidItem<'_>) -> Value {
    let id = format!("sub_{number}");
    let created = BEGINNING.saturating_add_unsigned(number);
    let item = json!({
        "id": format!("si_{number}"), "object": "subscription_item", "created": created, "subscription": id,
        "current_period_start": BEGINNING, "current_period_end": PERIOD_END, "discounts": [], "metadata": {},
        "quantity": bought.seats, "price": write_price(bought.price),
    });

    json!({
        "id": id, "object": "subscription", "customer": bought.customer, "status": "active", "created": created,
        "start_date": created, "billing_cycle_anchor": created, "livemode": false, "currency": "usd",
        "cancel_at_period_end": false, "collection_method": "charge_automatically", "automatic_tax": { "enabled": false },
        "billing_mode": { "type": "flexible" }, "billing_schedules": [], "discounts": [],
        "invoice_settings": { "issuer": { "type": "self" } }, "metadata": bought.metadata,
        "items": { "object": "list", "data": [item], "has_more": false, "url": "/v1/subscription_items" },
    })
}

pub(super) fn write_price(id: &str) -> Value {
    json!({
        "id": id, "object": "price", "active": true, "billing_scheme": "per_unit", "created": BEGINNING, "currency": "usd",
        "livemode": false, "metadata": {}, "product": "prod_1", "type": "recurring", "unit_amount": 2_000,
    })
}

pub(super) fn write_list(data: Vec<Value>, has_more: bool) -> Value {
    json!({ "object": "list", "url": "/v1/subscriptions", "data": data, "has_more": has_more })
}

pub(super) fn write_event(id: &str, kind: &str, object: &Value) -> Value {
    json!({
        "id": id, "object": "event", "type": kind, "created": BEGINNING, "livemode": false, "pending_webhooks": 1,
        "api_version": "2026-08-26.dahlia", "data": { "object": object }, "request": null,
    })
}

pub(super) fn write_error(code: &str) -> Value {
    json!({ "error": { "type": "invalid_request_error", "code": code, "message": "…" } })
}
