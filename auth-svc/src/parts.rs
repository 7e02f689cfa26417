//! Makes the nouns of the domain from what they need, and the doors from the nouns.

use std::sync::Arc;

use kit::{
    clock::SharedClock,
    db::Db,
    ids::SharedIds,
    rpc::{Caller, RpcChannel},
};

use crate::{
    BuildError, Deps,
    clients::Stories,
    config::AuthConfig,
    domain::{
        accounts::Accounts, api_keys::ApiKeys, audit::Audit, callers::Callers, external_users::ExternalUsers,
        grants::Grants, lookalikes::fill_looks, oauth::Oauth, operators::Operators, outbox::Outbox,
        profiles::Profiles, refresh_tokens::RefreshTokens, sessions::Sessions, sign_in::SignIn,
        sign_up::SignUp, throttle::Throttle,
    },
    external::Issuers,
    oauth::Providers,
    passwords::Passwords,
    rpc::{AccountsRpc, AuthRpc, OperatorsRpc},
    sweeper::AuthSweeper,
    tokens::{Keyring, Secrets},
};

/// What several nouns share; each of them is given only what it uses.
pub(crate) struct Parts {
    db: Db,
    clock: SharedClock,
    ids: SharedIds,
    config: AuthConfig,
    keyring: Arc<Keyring>,
    secrets: Secrets,
    passwords: Passwords,
    throttle: Throttle,
    callers: Callers,
    audit: Audit,
    outbox: Outbox,
    grants: Grants,
}

impl Parts {
    /// Makes the first signing keys, too.
    pub(crate) async fn prepare(deps: &Deps) -> Result<Self, BuildError> {
        let (db, clock, ids, config) = (&deps.db, &deps.clock, &deps.ids, &deps.config);
        let secrets = Secrets::new(deps.auth_key.clone());
        let keyring = Keyring::new(
            db.clone(),
            &deps.auth_key,
            config.access_rules(),
            config.shared_secret(),
            Arc::clone(clock),
        );
        let keyring = Arc::new(keyring.map_err(BuildError::Keys)?);
        keyring.ensure_keys().await.map_err(BuildError::Keys)?;
        fill_looks(db).await.map_err(BuildError::Rows)?;

        let callers = Callers {
            db: db.clone(),
            clock: Arc::clone(clock),
        };

        Ok(Self {
            passwords: Passwords::new(&config.passwords).map_err(BuildError::Keys)?,
            throttle: Throttle {
                db: db.clone(),
                clock: Arc::clone(clock),
                config: config.throttle.clone(),
            },
            audit: Audit {
                db: db.clone(),
                callers: callers.clone(),
                clock: Arc::clone(clock),
                ids: Arc::clone(ids),
            },
            outbox: Outbox::new(Arc::clone(clock), Arc::clone(ids)),
            grants: Grants::new(
                Arc::clone(&keyring),
                secrets.clone(),
                Arc::clone(clock),
                Arc::clone(ids),
                config,
            ),
            db: db.clone(),
            clock: Arc::clone(clock),
            ids: Arc::clone(ids),
            config: config.clone(),
            keyring,
            secrets,
            callers,
        })
    }

    pub(crate) fn make_auth_rpc(&self, http: reqwest::Client) -> AuthRpc {
        let issuers = Issuers::new(&self.config.issuers, &http, &self.clock);
        tracing::info!(issuers = ?issuers.list_names(), "trusted issuers");

        AuthRpc {
            sign_up: self.sign_up(),
            sign_in: SignIn {
                db: self.db.clone(),
                passwords: self.passwords.clone(),
                throttle: self.throttle.clone(),
                grants: self.grants.clone(),
                audit: self.audit.clone(),
            },
            refresh_tokens: RefreshTokens {
                db: self.db.clone(),
                clock: Arc::clone(&self.clock),
                secrets: self.secrets.clone(),
                grants: self.grants.clone(),
                sessions: self.sessions(),
                audit: self.audit.clone(),
                reuse_window: self.config.reuse_window(),
            },
            sessions: self.sessions(),
            api_keys: self.api_keys(),
            external_users: ExternalUsers {
                issuers,
                db: self.db.clone(),
                clock: Arc::clone(&self.clock),
                ids: Arc::clone(&self.ids),
                keyring: Arc::clone(&self.keyring),
                sessions: self.sessions(),
                sign_up: self.sign_up(),
                audit: self.audit.clone(),
                outbox: self.outbox.clone(),
            },
            oauth: self.oauth(http),
            keyring: Arc::clone(&self.keyring),
        }
    }

    pub(crate) fn make_accounts_rpc(&self) -> AccountsRpc {
        AccountsRpc {
            accounts: Accounts {
                db: self.db.clone(),
                callers: self.callers.clone(),
                clock: Arc::clone(&self.clock),
                passwords: self.passwords.clone(),
                throttle: self.throttle.clone(),
                audit: self.audit.clone(),
                outbox: self.outbox.clone(),
            },
            profiles: Profiles {
                db: self.db.clone(),
                callers: self.callers.clone(),
                clock: Arc::clone(&self.clock),
                audit: self.audit.clone(),
            },
            sessions: self.sessions(),
            api_keys: self.api_keys(),
            audit: self.audit.clone(),
        }
    }

    pub(crate) fn make_operators_rpc(&self) -> OperatorsRpc {
        OperatorsRpc {
            operators: Operators {
                db: self.db.clone(),
                clock: Arc::clone(&self.clock),
                keyring: Arc::clone(&self.keyring),
                grants: self.grants.clone(),
                audit: self.audit.clone(),
            },
            audit: self.audit.clone(),
            keyring: Arc::clone(&self.keyring),
        }
    }

    pub(crate) fn make_sweeper(&self, story: RpcChannel, caller: Caller) -> AuthSweeper {
        AuthSweeper {
            db: self.db.clone(),
            clock: Arc::clone(&self.clock),
            outbox: self.outbox.clone(),
            stories: Stories::new(story, caller),
            interval: self.config.sweep_interval(),
        }
    }

    fn sessions(&self) -> Sessions {
        Sessions {
            db: self.db.clone(),
            callers: self.callers.clone(),
            clock: Arc::clone(&self.clock),
            audit: self.audit.clone(),
        }
    }

    fn api_keys(&self) -> ApiKeys {
        ApiKeys {
            db: self.db.clone(),
            callers: self.callers.clone(),
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
            secrets: self.secrets.clone(),
            audit: self.audit.clone(),
        }
    }

    fn sign_up(&self) -> SignUp {
        SignUp {
            db: self.db.clone(),
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
            passwords: self.passwords.clone(),
            throttle: self.throttle.clone(),
            grants: self.grants.clone(),
            audit: self.audit.clone(),
            outbox: self.outbox.clone(),
        }
    }

    fn oauth(&self, http: reqwest::Client) -> Oauth {
        Oauth {
            providers: Providers::new(&self.config.oauth, http),
            db: self.db.clone(),
            callers: self.callers.clone(),
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
            secrets: self.secrets.clone(),
            grants: self.grants.clone(),
            audit: self.audit.clone(),
            outbox: self.outbox.clone(),
            sign_up: self.sign_up(),
        }
    }
}
