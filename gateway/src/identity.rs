//! Who is calling: one way from a request to its [`Actor`], whatever it carries: our own access token, a token of a trusted
//! issuer, an API key, a browser's cookie, or nothing. A wrong credential of any kind is refused with one and the same
//! words. Grants nothing: what a caller may do is in the operations, and in the services.

mod address;
mod base;
pub(crate) mod browser;
mod cookies;
mod credential_state;
mod credentials;
mod csrf;
mod exchange;
mod guests;
mod hosts;
mod jwks;
mod lasting;
mod provider_key;
mod request_context;
mod resolver;
mod scopes;
mod sessions;
mod tokens;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use kit::{
    actor::{Actor, Tier},
    clock::SharedClock,
};
use proto::v1::User;
use uuid::Uuid;

pub(crate) use self::{
    address::{ClientInfo, ForeignPage, Peer, Proxies},
    base::{PublicBase, is_local_origin},
    browser::CookieWriter,
    cookies::{find_cookie, hidden_cookie, name_cookie, write_cookie},
    credential_state::CredentialState,
    credentials::{is_in_header, take_key_from_password},
    csrf::CsrfKey,
    guests::{Guests, forget_guest, keep_guest},
    hosts::Hosts,
    provider_key::{PROVIDER, PROVIDER_KEY, PROVIDER_KEY_SPELLING, PROVIDER_SPELLING},
    request_context::RequestContext,
    resolver::{Authenticated, HasIdentity, IdentityResolver, request_id},
    scopes::{
        AppendBackups, ReadAccount, ReadBackups, ReadProjects, ReadStories, ReadWorkflows, RunAgents, Scope,
        ScopeName, Unscoped, UseModels, WriteAccount, WriteBackups, WriteProjects, WriteStories,
        WriteWorkflows, scope_allows,
    },
};
use self::{
    exchange::{Exchange, Foreign, LookupResult},
    jwks::Jwks,
    lasting::Lasting,
    sessions::{AccountChanges, Sessions},
    tokens::TokenReader,
};
use crate::{error::ApiError, limits::Limits, services::Services};

/// How a caller was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuthMethod {
    /// An access token of ours.
    Token,
    ApiKey,
    /// A token of another issuer.
    External,
    /// An access token of ours in a browser's cookie: pages of other sites must not be able to use it.
    Cookie,
    /// A guest by signed cookie.
    GuestCookie,
    /// A guest by nothing: a new one for each request.
    FreshGuest,
    /// Not at all, where no guests are allowed.
    Nobody,
}

impl AuthMethod {
    /// True for accounts and lasting guests, false for guests of a cookie or a request.
    pub(crate) fn is_signed_in(self) -> bool {
        !matches!(self, Self::GuestCookie | Self::FreshGuest | Self::Nobody)
    }

    /// Whether it recognises the same caller again, so that what that one asks for can be counted.
    pub(crate) fn recognises_again(self) -> bool {
        !matches!(self, Self::FreshGuest | Self::Nobody)
    }

    /// Whether a guest who was recognised in this way can become an account and keep its id.
    fn may_upgrade(self) -> bool {
        matches!(self, Self::Token | Self::Cookie | Self::GuestCookie)
    }
}

/// Who asks, and until when that holds.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) actor: Actor,
    /// `None` for a guest of a cookie or a request, who has nothing that could run out.
    pub(crate) expires_at: Option<DateTime<Utc>>,
    pub(crate) auth_method: AuthMethod,
    /// Where it comes from.
    pub(crate) client: Arc<ClientInfo>,
    pub(crate) credential: CredentialState,
}

/// Why nobody was recognised. Which check failed is deliberately not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is a credential, and it is not good.
    Wrong,
    /// Auth-svc is needed and does not answer.
    Unavailable,
    /// Too many wrong ones came from this network; this long from now one more is looked at.
    TooOften(Duration),
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Wrong => Self::unauthenticated("The credentials are not valid."),
            Refusal::Unavailable => Self::unavailable("auth"),
            Refusal::TooOften(wait) => Self::rate_limited(wait),
        }
    }
}

/// Judges credentials, and remembers for a while what it found.
pub(crate) struct Authenticator {
    tokens: TokenReader,
    sessions: Sessions,
    exchange: Exchange,
    lasting: Lasting,
    changes: AccountChanges,
    jwks: Jwks,
    clock: SharedClock,
    /// Keeps other sites from using a browser's session.
    pub(crate) csrf: CsrfKey,
}

impl Authenticator {
    pub(crate) fn new(services: &Services, limits: Arc<Limits>, clock: SharedClock, csrf: CsrfKey) -> Self {
        let (jwks, changes) = (Jwks::new(services.clone(), clock.clone()), AccountChanges::new());
        Self {
            tokens: TokenReader::new(jwks.clone(), clock.clone()),
            sessions: Sessions::new(services.clone(), clock.clone(), changes.clone()),
            exchange: Exchange::new(services.clone(), clock.clone(), limits, changes.clone()),
            lasting: Lasting::new(services.clone(), clock.clone()),
            changes,
            jwks,
            clock,
            csrf,
        }
    }

    /// Our public keys as JSON, for whoever verifies our tokens.
    pub(crate) async fn read_jwks(&self) -> Result<String, ApiError> {
        Ok(self.jwks.read_published().await?.json.clone())
    }

    /// These sessions of the user have ended, by an act that went through this gateway: felt here at once.
    pub(crate) fn forget_sessions(&self, user: Uuid, sessions: &[String]) {
        self.sessions
            .end(sessions.iter().filter_map(|id| Uuid::try_parse(id).ok()));
        self.forget_account(user);
    }

    /// Something about the user's credentials has changed, by an act that went through this gateway: what is remembered
    /// of them is asked again.
    pub(crate) fn forget_account(&self, user: Uuid) {
        self.changes.note(user, self.clock.now());
        self.lasting.forget(user);
    }

    async fn identify_token(&self, text: &str, client: &Arc<ClientInfo>) -> Result<Identity, Refusal> {
        let Some(claims) = self.tokens.read(text).await? else {
            let found = self.exchange.identify(Foreign::Token(text), client).await?;
            return Ok(Identity::from_lookup(
                found,
                CredentialState::ForeignToken(text.into()),
                client,
            ));
        };
        let mut actor = self.sessions.actor(&claims).await?;
        actor.scopes = scopes::keep_known(actor.scopes).ok_or(Refusal::Wrong)?;

        Ok(Identity {
            actor,
            expires_at: Some(claims.expires_at),
            auth_method: AuthMethod::Token,
            client: Arc::clone(client),
            credential: CredentialState::Session(claims),
        })
    }

    /// The same for a token in a browser's cookie, where only ours are put.
    async fn identify_session(&self, text: &str, client: &Arc<ClientInfo>) -> Result<Identity, Refusal> {
        let identity = self.identify_token(text, client).await?;
        match identity.auth_method {
            AuthMethod::Token => Ok(Identity {
                auth_method: AuthMethod::Cookie,
                ..identity
            }),
            _ => Err(Refusal::Wrong),
        }
    }

    async fn identify_api_key(&self, key: &str, client: &Arc<ClientInfo>) -> Result<Identity, Refusal> {
        let found = self.exchange.identify(Foreign::ApiKey(key), client).await?;
        Ok(Identity::from_lookup(
            found,
            CredentialState::ApiKey(key.into()),
            client,
        ))
    }
}

impl Identity {
    /// The session that a browser's cookie stands for.
    pub(crate) fn browser_session(&self) -> Option<Uuid> {
        let by_cookie = self.auth_method == AuthMethod::Cookie;
        self.actor.session_id.filter(|_| by_cookie)
    }

    fn nobody(client: &Arc<ClientInfo>) -> Self {
        Self {
            actor: Actor::guest(Uuid::nil()),
            expires_at: None,
            auth_method: AuthMethod::Nobody,
            client: Arc::clone(client),
            credential: CredentialState::Guest,
        }
    }

    fn from_lookup(found: LookupResult, credential: CredentialState, client: &Arc<ClientInfo>) -> Self {
        Self {
            actor: found.actor,
            expires_at: found.expires_at,
            auth_method: found.auth_method,
            client: Arc::clone(client),
            credential,
        }
    }
}

/// The actor behind a user of auth-svc; `None` when the user may not act.
fn user_actor(user: User) -> Option<Actor> {
    if user.disabled {
        return None;
    }

    let id = Uuid::try_parse(&user.id).ok()?;
    let tier: Tier = user.tier.parse().ok()?;

    Some(Actor {
        tier,
        guest: user.guest,
        ..Actor::user(id, tier)
    })
}
