//! Stripe's objects, as far as they are read. Whatever else is in them is passed over.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct StripeCustomer {
    pub(crate) id: String,
}

/// Of a checkout or of the portal: a page to send somebody to.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct StripeSession {
    pub(crate) url: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct StripePage {
    pub(crate) data: Vec<StripeSubscription>,
    #[serde(default)]
    pub(crate) has_more: bool,
}

/// An id, or the object in its place.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Reference {
    Id(String),
    Object { id: String },
}

impl Reference {
    pub(super) fn into_id(self) -> String {
        match self {
            Self::Id(id) | Self::Object { id } => id,
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct StripeSubscription {
    pub(crate) id: String,
    customer: Reference,
    pub(crate) status: String,
    #[serde(default)]
    pub(crate) cancel_at_period_end: bool,
    created: i64,
    /// Of versions of the API before 2025-03-31.
    current_period_end: Option<i64>,
    #[serde(default)]
    items: ItemList,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct ItemList {
    #[serde(default)]
    data: Vec<SubscriptionItem>,
}

#[derive(Clone, Debug, Deserialize)]
struct SubscriptionItem {
    id: String,
    quantity: Option<u32>,
    current_period_end: Option<i64>,
    price: Option<Price>,
}

#[derive(Clone, Debug, Deserialize)]
struct Price {
    id: String,
}

impl StripeSubscription {
    pub(crate) fn customer(&self) -> String {
        self.customer.clone().into_id()
    }

    pub(crate) fn created_at(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.created, 0).unwrap_or_default()
    }

    pub(crate) fn current_period_end(&self) -> Option<DateTime<Utc>> {
        let of_item = self.items.data.first().and_then(|item| item.current_period_end);
        let seconds = of_item.or(self.current_period_end)?;
        DateTime::from_timestamp(seconds, 0)
    }

    pub(crate) fn item_id(&self) -> &str {
        self.items.data.first().map_or("", |item| &item.id)
    }

    pub(crate) fn seats(&self) -> u32 {
        let quantity = self.items.data.first().and_then(|item| item.quantity);
        quantity.unwrap_or(1).max(1)
    }

    pub(crate) fn price_id(&self) -> Option<&str> {
        let price = self.items.data.first()?.price.as_ref()?;
        Some(&price.id)
    }

    /// What the checkout said that is bought.
    pub(crate) fn noted_tier(&self) -> Option<&str> {
        self.metadata.get("tier").map(String::as_str)
    }
}

/// What Stripe calls the mistake; never its text, which repeats what was sent.
pub(super) fn read_error_code(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Answer {
        error: Mistake,
    }
    #[derive(Deserialize)]
    struct Mistake {
        #[serde(rename = "type")]
        kind: String,
        code: Option<String>,
        param: Option<String>,
    }

    let Ok(Answer { error }) = serde_json::from_slice(body) else {
        return "without a reason".to_owned();
    };
    [Some(error.kind), error.code, error.param]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
}
