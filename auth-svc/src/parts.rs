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
        accounts::Accounts, api_keys::ApiKeys, audit::Audit, callers::Callers,
        email_addresses::EmailAddresses, email_claims::EmailClaims, external_users::ExternalUsers,
        grants::Grants, lookalikes::fill_looks, mail_outbox::MailOutbox, oauth::Oauth, operators::Operators,
        outbox::Outbox, owner_proof::OwnerProof, password_resets::PasswordResets, profiles::Profiles,
        refresh_tokens::RefreshTokens, second_factor_codes::SecondFactorCodes, second_factors::SecondFactors,
        sessions::Sessions, sign_in::SignIn, sign_in_tickets::SignInTickets, sign_up::SignUp,
        throttle::Throttle,
    },
    error::AuthError,
    external::Issuers,
    mail::Smtp,
    mailer::Mailer,
    oauth::Providers,
    passwords::Passwords,
    rpc::{AccountsRpc, AuthRpc, OperatorsRpc},
    sweeper::AuthSweeper,
    tokens::{Keyring, Seal, Secrets},
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
    mail: MailOutbox,
    codes: SecondFactorCodes,
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
        let throttle = Throttle {
            db: db.clone(),
            clock: Arc::clone(clock),
            config: config.throttle.clone(),
        };
        let audit = Audit {
            db: db.clone(),
            callers: callers.clone(),
            clock: Arc::clone(clock),
            ids: Arc::clone(ids),
        };
        let seal = Seal::new(&deps.auth_key)
            .map_err(|error| BuildError::Keys(AuthError::internal("sealing", error)))?;

        Ok(Self {
            passwords: Passwords::new(&config.passwords).map_err(BuildError::Keys)?,
            outbox: Outbox::new(Arc::clone(clock), Arc::clone(ids)),
            mail: MailOutbox::new(Arc::clone(clock), Arc::clone(ids), config.mail.is_on()),
            grants: Grants::new(
                Arc::clone(&keyring),
                secrets.clone(),
                Arc::clone(clock),
                Arc::clone(ids),
                config,
            ),
            codes: SecondFactorCodes {
                db: db.clone(),
                clock: Arc::clone(clock),
                secrets: secrets.clone(),
                seal: Arc::new(seal),
                throttle: throttle.clone(),
                audit: audit.clone(),
            },
            db: db.clone(),
            clock: Arc::clone(clock),
            ids: Arc::clone(ids),
            config: config.clone(),
            keyring,
            secrets,
            throttle,
            callers,
            audit,
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
                tickets: self.tickets(),
                audit: self.audit.clone(),
            },
            tickets: self.tickets(),
            password_resets: PasswordResets {
                db: self.db.clone(),
                clock: Arc::clone(&self.clock),
                passwords: self.passwords.clone(),
                throttle: self.throttle.clone(),
                grants: self.grants.clone(),
                mail: self.mail.clone(),
                audit: self.audit.clone(),
            },
            email_addresses: self.email_addresses(),
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
                proof: self.proof(),
                audit: self.audit.clone(),
                outbox: self.outbox.clone(),
            },
            email_addresses: self.email_addresses(),
            second_factors: SecondFactors {
                db: self.db.clone(),
                clock: Arc::clone(&self.clock),
                callers: self.callers.clone(),
                secrets: self.secrets.clone(),
                proof: self.proof(),
                codes: self.codes.clone(),
                mail: self.mail.clone(),
                audit: self.audit.clone(),
                issuer: self.config.issuer.clone(),
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
                mail: self.mail.clone(),
                audit: self.audit.clone(),
            },
            audit: self.audit.clone(),
            keyring: Arc::clone(&self.keyring),
        }
    }

    pub(crate) fn make_sweeper(&self, story: RpcChannel, caller: Caller) -> Result<AuthSweeper, BuildError> {
        let mailer = self.config.mail.is_on().then(|| self.make_mailer());

        Ok(AuthSweeper {
            db: self.db.clone(),
            clock: Arc::clone(&self.clock),
            outbox: self.outbox.clone(),
            stories: Stories::new(story, caller),
            mailer: mailer.transpose()?,
            interval: self.config.sweep_interval(),
        })
    }

    fn make_mailer(&self) -> Result<Mailer, BuildError> {
        Ok(Mailer {
            db: self.db.clone(),
            clock: Arc::clone(&self.clock),
            secrets: self.secrets.clone(),
            outbox: self.mail.clone(),
            smtp: Smtp::open(&self.config.mail).map_err(|error| BuildError::Mail(Box::new(error)))?,
            config: self.config.mail.clone(),
            interval: self.config.sweep_interval(),
        })
    }

    fn claims(&self) -> EmailClaims {
        EmailClaims {
            can_be_proven: self.mail.is_on(),
        }
    }

    fn tickets(&self) -> SignInTickets {
        SignInTickets {
            db: self.db.clone(),
            clock: Arc::clone(&self.clock),
            secrets: self.secrets.clone(),
            codes: self.codes.clone(),
            grants: self.grants.clone(),
            audit: self.audit.clone(),
        }
    }

    fn proof(&self) -> OwnerProof {
        OwnerProof {
            db: self.db.clone(),
            clock: Arc::clone(&self.clock),
            callers: self.callers.clone(),
            passwords: self.passwords.clone(),
            throttle: self.throttle.clone(),
            codes: self.codes.clone(),
            audit: self.audit.clone(),
        }
    }

    fn email_addresses(&self) -> EmailAddresses {
        EmailAddresses {
            db: self.db.clone(),
            clock: Arc::clone(&self.clock),
            callers: self.callers.clone(),
            claims: self.claims(),
            proof: self.proof(),
            throttle: self.throttle.clone(),
            mail: self.mail.clone(),
            audit: self.audit.clone(),
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
            proof: self.proof(),
            mail: self.mail.clone(),
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
            claims: self.claims(),
            mail: self.mail.clone(),
        }
    }

    fn oauth(&self, http: reqwest::Client) -> Oauth {
        Oauth {
            providers: Providers::new(&self.config.oauth, http),
            db: self.db.clone(),
            callers: self.callers.clone(),
            proof: self.proof(),
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
            secrets: self.secrets.clone(),
            tickets: self.tickets(),
            audit: self.audit.clone(),
            mail: self.mail.clone(),
            outbox: self.outbox.clone(),
            sign_up: self.sign_up(),
        }
    }
}
