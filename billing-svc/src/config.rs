//! `[billing]` of the configuration. Every key has its default and its explanation in `deploy/config/saga.toml`.

use std::path::PathBuf;

use kit::{actor::Tier, config::Seconds};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BillingConfig {
    /// Empty: nothing is sold.
    pub stripe_secret_key: SecretString,
    /// Empty: no event of Stripe's is believed.
    pub stripe_webhook_secret: SecretString,
    pub stripe_url: Url,
    /// Where people come back to from a page of Stripe's.
    pub return_url: String,
    /// The least tier that everybody has where nothing is sold.
    pub tier_when_not_sold: Tier,
    /// Empty: what is compiled in.
    pub tiers_file: PathBuf,
    /// What models and voices cost; empty: what is compiled in.
    pub model_prices_file: PathBuf,
    /// Between two looks for work that nobody announced.
    pub sweep_seconds: Seconds,
    /// Between two passes over all customers, for what no event told.
    pub reconcile_seconds: Seconds,
    pub prices: PricesConfig,
}

/// `[billing.prices]`: ids of Stripe's prices. Empty: not for sale.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PricesConfig {
    pub pro: String,
    pub power: String,
    pub team: String,
}

impl PricesConfig {
    const fn rows(&self) -> [(Tier, &String); 3] {
        [
            (Tier::Pro, &self.pro),
            (Tier::Power, &self.power),
            (Tier::Team, &self.team),
        ]
    }

    /// `None` when the tier is not for sale.
    pub(crate) fn find_price(&self, tier: Tier) -> Option<&str> {
        let (_, price) = self.rows().into_iter().find(|(of, _)| *of == tier)?;
        (!price.is_empty()).then_some(price)
    }

    pub(crate) fn find_tier(&self, price: &str) -> Option<Tier> {
        let (tier, _) = self.rows().into_iter().find(|(_, of)| of.as_str() == price)?;
        (!price.is_empty()).then_some(tier)
    }
}

impl BillingConfig {
    pub(crate) fn is_selling(&self) -> bool {
        !self.stripe_secret_key.expose_secret().is_empty()
    }

    /// What is wrong with the section, in words for the operator.
    pub(crate) fn find_problems(&self) -> Vec<String> {
        let mut problems = Vec::new();

        if self.is_selling() && self.stripe_webhook_secret.expose_secret().is_empty() {
            problems.push(
                "`billing.stripe_webhook_secret` is not set, and without it no payment is ever noticed"
                    .to_owned(),
            );
        }
        if self.is_selling() && Url::parse(&self.return_url).is_err() {
            problems.push(
                "`billing.return_url` is not a URL; set it, or `gateway.public_url`, so that people come back from Stripe"
                    .to_owned(),
            );
        }

        problems
    }
}
