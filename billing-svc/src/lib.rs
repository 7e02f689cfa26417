//! What a tier contains, and what somebody has bought, by Stripe. The tier of an account is auth-svc's, and every actor carries
//! it; what it means is said here, and what was bought is told there.
//!
//! [`BillingService::build`] makes the `billing` role from its dependencies: its routes, and a worker where something is sold.

mod clients;
mod config;
mod domain;
mod error;
mod rpc;
mod spend_sweeper;
mod store;
mod stripe;
#[cfg(test)]
mod tests;
mod worker;

#[cfg(any(test, feature = "testing"))]
pub use self::stripe::testing;

use std::sync::Arc;

use kit::{
    actor::ActorKey,
    clock::SharedClock,
    db::{Db, DbError, Migrations},
    health::Health,
    ids::SharedIds,
    rpc::{Caller, RpcChannel, answer_while_reachable, guard},
    webhooks::WebhookAnnouncer,
};
use proto::v1::{
    billing_operators_server::BillingOperatorsServer, billing_owners_server::BillingOwnersServer,
    billing_server::BillingServer, spending_server::SpendingServer,
    subscriptions_server::SubscriptionsServer,
};
use tokio::sync::Notify;
use tonic::service::Routes;

use self::{
    clients::Accounts,
    domain::{
        alerting::Alerting,
        budgets::BudgetBook,
        entitlements::EntitlementBook,
        leaving::Leaving,
        prices::PriceList,
        reconciler::Reconciler,
        shop::Shop,
        spending::SpendBook,
        stripe_inbox::StripeInbox,
        tier_telling::TierTelling,
        tiers::TierCatalogue,
        usage::{UsageBook, UsageChanges},
    },
    rpc::{
        billing::BillingRpc, operators::OperatorsRpc, owners::OwnersRpc, spending::SpendingRpc,
        subscriptions::SubscriptionsRpc,
    },
    stripe::{Stripe, WebhookSecret},
};
pub use self::{
    config::{BillingConfig, PricesConfig},
    error::BillingError,
    spend_sweeper::SpendSweeper,
    worker::BillingWorker,
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
    /// The way to auth-svc.
    pub auth: RpcChannel,
    /// The way to story-svc, whose webhooks are told of budgets; none where it is not within reach.
    pub webhooks: Option<RpcChannel>,
    /// Verifies on whose behalf a call is made, and signs what is told to auth-svc.
    pub actor_key: ActorKey,
    pub clock: SharedClock,
    pub ids: SharedIds,
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
    #[error("Stripe can not be asked")]
    Http(#[source] reqwest::Error),
}

/// The service, built but not running.
pub struct BillingService {
    /// Billing, Spending, Subscriptions, BillingOperators and BillingOwners; refuses calls without a signed actor.
    pub routes: Routes,
    pub sweeper: SpendSweeper,
    /// None where nothing is sold.
    pub worker: Option<BillingWorker>,
}

/// What there is only where something is sold.
struct Selling {
    shop: Shop,
    inbox: StripeInbox,
    worker: BillingWorker,
}

impl BillingService {
    /// Wires everything. Needs a database that is up to date; talks to nobody.
    ///
    /// # Errors
    /// A configuration that can't be used.
    pub fn build(deps: Deps) -> Result<Self, BuildError> {
        let problems = deps.config.find_problems();
        if !problems.is_empty() {
            return Err(BuildError::Config(problems));
        }
        let catalogue = Arc::new(TierCatalogue::load(&deps.config).map_err(BuildError::Config)?);
        announce(&deps, &catalogue);

        let entitlements = EntitlementBook::new(deps.db.clone(), Arc::clone(&catalogue), &deps.config);
        let prices = Arc::new(PriceList::load(&deps.config).map_err(BuildError::Config)?);
        let spending = build_spending(&deps, prices, &entitlements);
        let caller = Caller::new(deps.actor_key.clone(), Arc::clone(&deps.clock));
        let webhooks = deps.webhooks.clone();
        let sweeper = SpendSweeper {
            spending: spending.spending.clone(),
            alerting: Alerting {
                db: deps.db.clone(),
                webhooks: webhooks.map(|channel| WebhookAnnouncer::new(channel, caller)),
            },
            interval: *deps.config.sweep_seconds,
        };
        let selling = match deps.config.is_selling() {
            true => Some(begin_selling(&deps, catalogue, &entitlements)?),
            false => None,
        };
        let shop = selling.as_ref().map(|selling| selling.shop.clone());
        let inbox = selling.as_ref().map(|selling| selling.inbox.clone());
        let leaving = Leaving {
            db: deps.db.clone(),
            stripe: shop.as_ref().map(|shop| shop.stripe.clone()),
        };

        let operators = OperatorsRpc {
            shop: shop.clone(),
            inbox: inbox.clone(),
        };
        let routes = Routes::new(BillingServer::new(BillingRpc { entitlements }))
            .add_service(SpendingServer::new(spending))
            .add_service(SubscriptionsServer::new(SubscriptionsRpc { shop, inbox }))
            .add_service(BillingOperatorsServer::new(operators))
            .add_service(BillingOwnersServer::new(OwnersRpc { leaving }));
        let routes = answer_while_reachable(routes, deps.db);

        Ok(Self {
            routes: guard(routes, deps.actor_key, deps.clock),
            sweeper,
            worker: selling.map(|selling| selling.worker),
        })
    }
}

fn build_spending(deps: &Deps, prices: Arc<PriceList>, entitlements: &EntitlementBook) -> SpendingRpc {
    let (db, clock) = (deps.db.clone(), Arc::clone(&deps.clock));
    let changes = UsageChanges::default();

    SpendingRpc {
        spending: SpendBook {
            db: db.clone(),
            clock: Arc::clone(&clock),
            ids: Arc::clone(&deps.ids),
            prices,
            entitlements: entitlements.clone(),
            changes: changes.clone(),
        },
        budgets: BudgetBook {
            db: db.clone(),
            clock: Arc::clone(&clock),
            ids: Arc::clone(&deps.ids),
        },
        usage: UsageBook {
            db,
            clock,
            entitlements: entitlements.clone(),
            changes,
        },
    }
}

fn begin_selling(
    deps: &Deps,
    catalogue: Arc<TierCatalogue>,
    entitlements: &EntitlementBook,
) -> Result<Selling, BuildError> {
    let config = &deps.config;
    let stripe = Stripe::open(config.stripe_url.clone(), config.stripe_secret_key.clone());
    let stripe = stripe.map_err(BuildError::Http)?;
    let caller = Caller::new(deps.actor_key.clone(), Arc::clone(&deps.clock));
    let telling = TierTelling {
        db: deps.db.clone(),
        clock: Arc::clone(&deps.clock),
        accounts: Accounts::new(deps.auth.clone(), caller),
    };

    let reconciler = Reconciler {
        db: deps.db.clone(),
        clock: Arc::clone(&deps.clock),
        ids: Arc::clone(&deps.ids),
        stripe: stripe.clone(),
        catalogue: Arc::clone(&catalogue),
        prices: config.prices.clone(),
        entitlements: entitlements.clone(),
        telling: telling.clone(),
    };
    let arrived = Arc::new(Notify::new());
    let inbox = StripeInbox {
        db: deps.db.clone(),
        clock: Arc::clone(&deps.clock),
        secret: WebhookSecret::new(&config.stripe_webhook_secret),
        stripe: stripe.clone(),
        reconciler: reconciler.clone(),
        arrived: Arc::clone(&arrived),
    };

    Ok(Selling {
        shop: Shop {
            db: deps.db.clone(),
            clock: Arc::clone(&deps.clock),
            ids: Arc::clone(&deps.ids),
            stripe,
            catalogue,
            prices: config.prices.clone(),
            return_url: config.return_url.clone(),
            reconciler: reconciler.clone(),
        },
        worker: BillingWorker {
            db: deps.db.clone(),
            clock: Arc::clone(&deps.clock),
            inbox: inbox.clone(),
            reconciler,
            telling,
            arrived,
            interval: *config.sweep_seconds,
            reconcile_interval: *config.reconcile_seconds,
        },
        inbox,
    })
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
