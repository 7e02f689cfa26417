//! Who you are: accounts, sessions, tokens, API keys, external issuers, sign-in with GitHub and Google, audit.
//!
//! [`AuthService::build`] makes the service from its dependencies: its routes, and a sweeper that tells other services
//! what they must know about an account and forgets what is over.

mod clients;
mod config;
mod domain;
mod error;
mod external;
mod mail;
mod mailer;
mod oauth;
mod parts;
mod passwords;
mod rpc;
mod store;
mod sweeper;
#[cfg(test)]
mod tests;
mod tokens;

use std::sync::Arc;

use kit::{
    actor::ActorKey,
    clock::SharedClock,
    db::{Db, DbError, Migrations},
    health::Health,
    ids::SharedIds,
    rpc::{Caller, RpcChannel, answer_while_reachable, guard},
    secrets::Key,
};
use proto::v1::{
    accounts_server::AccountsServer, auth_server::AuthServer, operators_server::OperatorsServer,
};
use tonic::service::Routes;

use self::parts::Parts;
pub use self::{
    config::{AuthConfig, MailConfig, OPEN_TABLES, SigningAlgorithm},
    error::AuthError,
    sweeper::AuthSweeper,
};

/// Name of the service's database, and of its role.
pub const DATABASE: &str = "auth";

/// The service's tables.
pub static MIGRATIONS: Migrations = Migrations {
    sqlite: sqlx::migrate!("migrations/sqlite"),
    postgres: sqlx::migrate!("migrations/postgres"),
};

/// What the service is built from.
pub struct Deps {
    /// Opened under the name [`DATABASE`]; brought up to date by [`AuthService::build`].
    pub db: Db,
    /// The way to story-svc.
    pub story: RpcChannel,
    /// Verifies what the service is told, and signs what it says.
    pub actor_key: ActorKey,
    /// Seals signing keys; refresh tokens follow from it.
    pub auth_key: Key,
    pub clock: SharedClock,
    pub ids: SharedIds,
    pub config: AuthConfig,
    /// Told what this role needs and which engine serves it.
    pub health: Health,
}

/// Why the service could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("the account database is not ready")]
    Database(#[from] DbError),
    #[error("the configuration is wrong: {}", .0.join("; "))]
    Config(Vec<String>),
    #[error("the keys are not ready")]
    Keys(#[source] AuthError),
    #[error("rows of an older version could not be brought up to date")]
    Rows(#[source] AuthError),
    #[error("mail can not be sent")]
    Mail(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("other issuers can not be asked")]
    Http(#[source] reqwest::Error),
}

/// The service, built but not running.
pub struct AuthService {
    /// Auth, Accounts and Operators; refuses calls without a signed actor.
    pub routes: Routes,
    pub sweeper: AuthSweeper,
}

impl AuthService {
    /// Makes the first keys and wires everything. Needs a database that is up to date and a tokio runtime.
    ///
    /// # Errors
    /// A database that does not answer, a wrong configuration, or keys that were sealed with another `auth_key`.
    pub async fn build(deps: Deps) -> Result<Self, BuildError> {
        let problems = deps.config.find_problems();
        if !problems.is_empty() {
            return Err(BuildError::Config(problems));
        }
        announce(&deps);

        let http = external::build_client().map_err(BuildError::Http)?;
        let parts = Parts::prepare(&deps).await?;
        let routes = Routes::new(AuthServer::new(parts.make_auth_rpc(http)))
            .add_service(AccountsServer::new(parts.make_accounts_rpc()))
            .add_service(OperatorsServer::new(parts.make_operators_rpc()));
        let routes = answer_while_reachable(routes, deps.db.clone());
        let caller = Caller::new(deps.actor_key.clone(), Arc::clone(&deps.clock));

        Ok(Self {
            routes: guard(routes, deps.actor_key, deps.clock),
            sweeper: parts.make_sweeper(deps.story, caller)?,
        })
    }
}

/// Says which engine serves what, in the readiness and once in the log.
fn announce(deps: &Deps) {
    let db = deps.db.clone();
    deps.health
        .register(DATABASE, "database", deps.db.engine(), move || {
            let db = db.clone();
            async move { db.check().await }
        });
    match deps.config.mail.is_on() {
        true => tracing::info!(from = deps.config.mail.from, "mail is sent"),
        false => tracing::info!("no mail is sent: `auth.mail.smtp_url` is empty"),
    }
    tracing::info!(database = deps.db.engine(), "accounts are ready");
}
