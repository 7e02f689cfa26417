//! `[billing]` of the configuration. Every key has its default and its explanation in `deploy/config/saga.toml`.

use std::path::PathBuf;

use kit::actor::Tier;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BillingConfig {
    /// Empty: nothing is sold.
    pub stripe_secret_key: SecretString,
    /// The least tier that everybody has where nothing is sold.
    pub tier_when_not_sold: Tier,
    /// Empty: what is compiled in.
    pub tiers_file: PathBuf,
}

impl BillingConfig {
    pub(crate) fn is_selling(&self) -> bool {
        !self.stripe_secret_key.expose_secret().is_empty()
    }
}
