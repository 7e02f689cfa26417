//! What a tier contains and what somebody has bought. The tier of an account is auth-svc's, and every actor carries it; what
//! it means is said here.
//!
//! [`BillingService::build`] makes the `billing` role from its dependencies.

mod config;
mod domain;
mod error;
mod rpc;
mod store;
#[cfg(test)]
mod tests;

use kit::{
    actor::ActorKey,
    clock::SharedClock,
    db::{Db, DbError, Migrations},
    health::Health,
    rpc::{answer_while_reachable, guard},
};
use proto::v1::billing_server::BillingServer;
use tonic::service::Routes;

pub use self::{config::BillingConfig, error::BillingError};
use self::{
    domain::{entitlements::EntitlementBook, tiers::TierCatalogue},
    rpc::billing::BillingRpc,
};

/// Name of the service's database, and of its role.
pub const DATABASE: &str = "billing";

/// The service's tables.
pub static MIGRATIONS: Migrations = Migrations {
    sqlite: sqlx::migrate!("migrations/sqlite"),
    postgres: sqlx::migrate!("migrations/postgres"),
};

/// What the service is built from.
pub struct Deps {
    /// Opened under the name [`DATABASE`], and up to date.
    pub db: Db,
    /// Verifies on whose behalf a call is made.
    pub actor_key: ActorKey,
    pub clock: SharedClock,
    pub config: BillingConfig,
    /// Told what this role needs and which engine serves it.
    pub health: Health,
}

/// Why the service could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("the billing database is not ready")]
    Database(#[from] DbError),
    #[error("the configuration is wrong: {}", .0.join("; "))]
    Config(Vec<String>),
}

/// The service, built but not running.
pub struct BillingService {
    /// Billing; refuses calls without a signed actor.
    pub routes: Routes,
}

impl BillingService {
    /// Wires everything. Needs a database that is up to date.
    ///
    /// # Errors
    /// A configuration that can't be used.
    pub fn build(deps: Deps) -> Result<Self, BuildError> {
        let catalogue = TierCatalogue::load(&deps.config).map_err(BuildError::Config)?;
        announce(&deps, &catalogue);

        let entitlements = EntitlementBook::new(deps.db.clone(), catalogue, &deps.config);
        let routes = Routes::new(BillingServer::new(BillingRpc { entitlements }));
        let routes = answer_while_reachable(routes, deps.db);

        Ok(Self {
            routes: guard(routes, deps.actor_key, deps.clock),
        })
    }
}

/// Says which engine serves what, in the readiness and once in the log.
fn announce(deps: &Deps, catalogue: &TierCatalogue) {
    let db = deps.db.clone();
    deps.health
        .register(DATABASE, "database", deps.db.engine(), move || {
            let db = db.clone();
            async move { db.check().await }
        });

    match deps.config.is_selling() {
        true => tracing::info!(version = catalogue.newest().number, "tiers are sold by Stripe"),
        false => tracing::info!("nothing is sold and nobody is capped: `billing.stripe_secret_key` is empty"),
    }
    tracing::info!(database = deps.db.engine(), "billing is ready");
}
