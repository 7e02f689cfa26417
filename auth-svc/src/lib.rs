//! Who you are: accounts, sessions, tokens, API keys, external issuers, sign-in with GitHub and Google, audit.
//!
//! [`AuthService::build`] makes the service from its dependencies: its routes, and a sweeper that tells other services
//! what they must know about an account and forgets what is over.

mod config;
mod domain;
mod error;
mod external;
mod oauth;
mod passwords;
mod rpc;
mod store;
mod sweeper;
#[cfg(test)]
mod tests;
mod tokens;

use std::sync::Arc;

use kit::actor::ActorKey;
use kit::clock::SharedClock;
use kit::db::{Db, DbError, Migrations};
use kit::ids::SharedIds;
use kit::rpc::{Caller, RpcChannel, guard};
use kit::secrets::Key;
use proto::v1::accounts_server::AccountsServer;
use proto::v1::auth_server::AuthServer;
use proto::v1::operators_server::OperatorsServer;
use tonic::service::Routes;

pub use self::config::{AuthConfig, OPEN_TABLES, SigningAlgorithm};
use self::domain::core::Core;
pub use self::error::AuthError;
use self::external::Issuers;
use self::oauth::Oauth;
use self::passwords::Passwords;
use self::rpc::{AccountsRpc, AuthRpc, OperatorsRpc};
pub use self::sweeper::AuthSweeper;
use self::tokens::{Keyring, Secrets};

/// Name of the service's database.
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
    /// Brings the database up to date, makes the first keys and wires everything. Needs a tokio runtime.
    ///
    /// # Errors
    /// A database that does not answer, a wrong configuration, or keys that were sealed with another `auth_key`.
    pub async fn build(deps: Deps) -> Result<Self, BuildError> {
        let problems = deps.config.problems();
        if !problems.is_empty() {
            return Err(BuildError::Config(problems));
        }

        deps.db.migrate(&MIGRATIONS).await?;

        let http = external::client().map_err(BuildError::Http)?;
        let issuers = Issuers::new(&deps.config.issuers, &http, &deps.clock);
        tracing::info!(issuers = ?issuers.names(), "trusted issuers");

        let oauth = Oauth::new(&deps.config.oauth, http);
        let (actor_key, clock) = (deps.actor_key.clone(), Arc::clone(&deps.clock));
        let (story, caller) = (
            deps.story.clone(),
            Caller::new(actor_key.clone(), Arc::clone(&clock)),
        );
        let core = Arc::new(core(deps).map_err(BuildError::Keys)?);
        core.keyring.ensure().await.map_err(BuildError::Keys)?;

        let auth = AuthRpc {
            core: Arc::clone(&core),
            issuers,
            oauth,
        };
        let routes = Routes::new(AuthServer::new(auth))
            .add_service(AccountsServer::new(AccountsRpc(Arc::clone(&core))))
            .add_service(OperatorsServer::new(OperatorsRpc(Arc::clone(&core))));

        Ok(Self {
            routes: guard(routes, actor_key, clock),
            sweeper: AuthSweeper::new(core, story, caller),
        })
    }
}

fn core(deps: Deps) -> Result<Core, AuthError> {
    let Deps {
        db,
        auth_key,
        clock,
        ids,
        config,
        ..
    } = deps;
    let (rules, secret) = (config.access_rules(), config.shared_secret());

    Ok(Core {
        keyring: Keyring::new(db.clone(), &auth_key, rules, secret, Arc::clone(&clock))?,
        passwords: Passwords::new(&config.passwords)?,
        secrets: Secrets::new(auth_key),
        nudge: tokio::sync::Notify::new(),
        db,
        config,
        clock,
        ids,
    })
}
