//! Stripe as this service uses it: eight calls of its API, typed as far as they are read, and what it sends. Holds no rule of
//! ours. A call that changes something carries a key under which Stripe does it once.

mod events;
mod objects;
mod signature;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use url::{Url, form_urlencoded::Serializer};

pub(crate) use self::{
    events::ReceivedEvent,
    objects::{StripeCustomer, StripePage, StripeSession, StripeSubscription},
    signature::WebhookSecret,
};

/// The version of the API whose answers are read here.
const API_VERSION: &str = "2026-08-26.dahlia";
const TIMEOUT: Duration = Duration::from_secs(20);
/// More of an answer is none of ours.
const PAGE: &str = "100";

/// Why Stripe did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StripeFailure {
    /// It did not answer, or said that it can't now.
    #[error("Stripe did not answer")]
    Away(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("Stripe does not answer now ({0})")]
    Busy(u16),
    /// There is no such object.
    #[error("Stripe knows no such object")]
    Missing,
    /// It did not like what it was asked.
    #[error("Stripe refused: {status} {code}")]
    Refused { status: u16, code: String },
    #[error("Stripe's answer can't be read")]
    Answer(#[source] serde_json::Error),
}

impl StripeFailure {
    pub(crate) const fn is_passing(&self) -> bool {
        matches!(self, Self::Away(_) | Self::Busy(_))
    }
}

/// What is to be paid.
pub(crate) struct CheckoutOrder<'a> {
    pub(crate) customer: &'a str,
    pub(crate) price: &'a str,
    pub(crate) seats: u32,
    pub(crate) user_id: &'a str,
    pub(crate) tier: &'a str,
    pub(crate) return_url: &'a str,
}

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Stripe {
    http: reqwest::Client,
    base: Url,
    key: SecretString,
}

type Form<'a> = &'a [(&'a str, &'a str)];

impl Stripe {
    pub(crate) fn open(base: Url, key: SecretString) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;

        Ok(Self { http, base, key })
    }

    /// Whether this key moves real money; events of the other kind are not for us.
    pub(crate) fn is_live(&self) -> bool {
        !self.key.expose_secret().contains("_test_")
    }

    pub(crate) async fn create_customer(&self, user_id: &str) -> Result<StripeCustomer, StripeFailure> {
        let once = format!("saga-customer-{user_id}");
        self.post("customers", &once, &[("metadata[user_id]", user_id)])
            .await
    }

    pub(crate) async fn create_checkout(
        &self,
        order: &CheckoutOrder<'_>,
        once: &str,
    ) -> Result<StripeSession, StripeFailure> {
        let seats = order.seats.to_string();
        let form = [
            ("mode", "subscription"),
            ("customer", order.customer),
            ("client_reference_id", order.user_id),
            ("line_items[0][price]", order.price),
            ("line_items[0][quantity]", &seats),
            ("subscription_data[metadata][user_id]", order.user_id),
            ("subscription_data[metadata][tier]", order.tier),
            ("success_url", &format!("{}?checkout=success", order.return_url)),
            ("cancel_url", &format!("{}?checkout=cancelled", order.return_url)),
        ];

        self.post("checkout/sessions", once, &form).await
    }

    pub(crate) async fn create_portal(
        &self,
        customer: &str,
        return_url: &str,
        once: &str,
    ) -> Result<StripeSession, StripeFailure> {
        let form = [("customer", customer), ("return_url", return_url)];
        self.post("billing_portal/sessions", once, &form).await
    }

    pub(crate) async fn find_subscription(&self, id: &str) -> Result<StripeSubscription, StripeFailure> {
        let request = self.http.get(self.place(&["subscriptions", id]));
        self.send(request).await
    }

    /// All that a customer ever had, ended ones too.
    pub(crate) async fn list_subscriptions(
        &self,
        customer: &str,
    ) -> Result<Vec<StripeSubscription>, StripeFailure> {
        let mut all: Vec<StripeSubscription> = Vec::new();
        loop {
            let mut place = self.place(&["subscriptions"]);
            place
                .query_pairs_mut()
                .append_pair("customer", customer)
                .append_pair("status", "all")
                .append_pair("limit", PAGE);
            if let Some(last) = all.last() {
                place.query_pairs_mut().append_pair("starting_after", &last.id);
            }

            let page: StripePage = self.send(self.http.get(place)).await?;
            let is_last = !page.has_more || page.data.is_empty();
            all.extend(page.data);
            if is_last {
                return Ok(all);
            }
        }
    }

    pub(crate) async fn cancel_at_period_end(
        &self,
        id: &str,
        once: &str,
    ) -> Result<StripeSubscription, StripeFailure> {
        let form = [("cancel_at_period_end", "true")];
        self.post(&format!("subscriptions/{id}"), once, &form).await
    }

    pub(crate) async fn cancel_now(&self, id: &str, once: &str) -> Result<StripeSubscription, StripeFailure> {
        let request = self.http.delete(self.place(&["subscriptions", id]));
        self.send(request.header("idempotency-key", once)).await
    }

    /// With all subscriptions, which end at once; again is harmless.
    pub(crate) async fn delete_customer(&self, id: &str) -> Result<(), StripeFailure> {
        let request = self.http.delete(self.place(&["customers", id]));
        match self.send::<StripeCustomer>(request).await {
            Ok(_) | Err(StripeFailure::Missing) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    /// Stripe charges or credits the difference in proportion to the days.
    pub(crate) async fn change_seats(
        &self,
        (id, item): (&str, &str),
        seats: u32,
        once: &str,
    ) -> Result<StripeSubscription, StripeFailure> {
        let seats = seats.to_string();
        let form = [
            ("items[0][id]", item),
            ("items[0][quantity]", &seats),
            ("proration_behavior", "create_prorations"),
        ];
        self.post(&format!("subscriptions/{id}"), once, &form).await
    }

    fn place(&self, path: &[&str]) -> Url {
        let mut place = self.base.clone();
        if let Ok(mut segments) = place.path_segments_mut() {
            segments.pop_if_empty().push("v1").extend(path);
        }
        place
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        once: &str,
        form: Form<'_>,
    ) -> Result<T, StripeFailure> {
        let segments: Vec<&str> = path.split('/').collect();
        let body = Serializer::new(String::new()).extend_pairs(form).finish();
        let request = self
            .http
            .post(self.place(&segments))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("idempotency-key", once)
            .body(body);

        self.send(request).await
    }

    async fn send<T: DeserializeOwned>(&self, request: reqwest::RequestBuilder) -> Result<T, StripeFailure> {
        let away = |error: reqwest::Error| StripeFailure::Away(Box::new(error.without_url()));
        let request = request
            .bearer_auth(self.key.expose_secret())
            .header("stripe-version", API_VERSION);
        let answer = request.send().await.map_err(away)?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(away)?;

        match status.as_u16() {
            200..=299 => serde_json::from_slice(&body).map_err(StripeFailure::Answer),
            404 => Err(StripeFailure::Missing),
            409 | 429 | 500..=599 => Err(StripeFailure::Busy(status.as_u16())),
            status => Err(StripeFailure::Refused {
                status,
                code: objects::read_error_code(&body),
            }),
        }
    }
}
