//! Who is calling: one way from a request to its [`Actor`], whatever it carries: our own access token, a token of a trusted
//! issuer, an API key, a browser's cookie, or nothing. A wrong credential of any kind is refused with one and the same
//! words. Grants nothing: what a caller may do is in the signatures of the handlers, and in the services.

mod address;
mod base;
pub(crate) mod browser;
mod caller;
mod cookies;
mod credentials;
mod exchange;
mod guests;
mod jwks;
mod lasting;
mod resolver;
mod scopes;
mod sessions;
mod standing;
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
    address::{ClientInfo, Peer, Proxies, network},
    base::PublicBase,
    caller::Call,
    cookies::{find_cookie, hidden_cookie, write_cookie},
    credentials::in_header,
    guests::{Guests, forget as forget_guest},
    resolver::{Authenticated, HasIdentity, IdentityResolver, request_id},
    scopes::{
        ReadAccount, ReadStories, RunAgents, Scope, ScopeName, Unscoped, WriteAccount, WriteStories,
        scope_allows,
    },
    standing::Standing,
};
use self::{
    exchange::{Exchange, Foreign, Found},
    jwks::Jwks,
    lasting::Lasting,
    sessions::{Changes, Sessions},
    tokens::Tokens,
};
use crate::{error::ApiError, limits::Limits, services::Services};

/// How a caller was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// An access token of ours.
    Token,
    ApiKey,
    /// A token of another issuer.
    External,
    /// An access token of ours in a browser's cookie: pages of other sites must not be able to use it.
    Cookie,
    /// A guest by signed cookie.
    GuestCookie,
    /// A guest by network address.
    Address,
    /// Not at all, where no guests are allowed.
    Nobody,
}

impl How {
    /// True for accounts and lasting guests, false for guests of a cookie or an address.
    pub(crate) fn signed_in(self) -> bool {
        !matches!(self, Self::GuestCookie | Self::Address | Self::Nobody)
    }

    /// Whether a guest who was recognised in this way can become an account and keep its id: not one that shares it with
    /// whoever has the same address.
    fn may_upgrade(self, guest: Uuid) -> bool {
        match self {
            Self::Token | Self::Cookie => true,
            Self::GuestCookie => guests::is_of_one_browser(guest),
            Self::ApiKey | Self::External | Self::Address | Self::Nobody => false,
        }
    }
}

/// Who asks, and until when that holds.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) actor: Actor,
    /// `None` for a guest of a cookie or an address, who has nothing that could run out.
    pub(crate) expires_at: Option<DateTime<Utc>>,
    pub(crate) how: How,
    /// Where it comes from.
    pub(crate) client: Arc<ClientInfo>,
    pub(crate) standing: Standing,
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
    tokens: Tokens,
    sessions: Sessions,
    exchange: Exchange,
    lasting: Lasting,
    changes: Changes,
    jwks: Jwks,
    clock: SharedClock,
}

impl Authenticator {
    pub(crate) fn new(services: &Services, limits: Arc<Limits>, clock: SharedClock) -> Self {
        let (jwks, changes) = (Jwks::new(services.clone(), clock.clone()), Changes::new());
        Self {
            tokens: Tokens::new(jwks.clone(), clock.clone()),
            sessions: Sessions::new(services.clone(), clock.clone(), changes.clone()),
            exchange: Exchange::new(services.clone(), clock.clone(), limits, changes.clone()),
            lasting: Lasting::new(services.clone(), clock.clone()),
            changes,
            jwks,
            clock,
        }
    }

    /// Our public keys as JSON, for whoever verifies our tokens.
    pub(crate) async fn jwks(&self) -> Result<String, ApiError> {
        Ok(self.jwks.published().await?.json.clone())
    }

    /// These sessions of the user have ended, by an act that went through this gateway: felt here at once.
    pub(crate) fn ended(&self, user: Uuid, sessions: &[String]) {
        self.sessions
            .end(sessions.iter().filter_map(|id| Uuid::try_parse(id).ok()));
        self.changed(user);
    }

    /// Something about the user's credentials has changed, by an act that went through this gateway: what is remembered
    /// of them is asked again.
    pub(crate) fn changed(&self, user: Uuid) {
        self.changes.note(user, self.clock.now());
        self.lasting.forget(user);
    }

    async fn token(&self, text: &str, client: &Arc<ClientInfo>) -> Result<Identity, Refusal> {
        let Some(claims) = self.tokens.read(text).await? else {
            let found = self.exchange.identify(Foreign::Token(text), client).await?;
            return Ok(Identity::of(found, Standing::ForeignToken(text.into()), client));
        };
        let mut actor = self.sessions.actor(&claims).await?;
        actor.scopes = scopes::known(actor.scopes).ok_or(Refusal::Wrong)?;

        Ok(Identity {
            actor,
            expires_at: Some(claims.expires_at),
            how: How::Token,
            client: Arc::clone(client),
            standing: Standing::Session(claims),
        })
    }

    /// The same for a token in a browser's cookie, where only ours are put.
    async fn session(&self, text: &str, client: &Arc<ClientInfo>) -> Result<Identity, Refusal> {
        let identity = self.token(text, client).await?;
        match identity.how {
            How::Token => Ok(Identity {
                how: How::Cookie,
                ..identity
            }),
            _ => Err(Refusal::Wrong),
        }
    }

    async fn api_key(&self, key: &str, client: &Arc<ClientInfo>) -> Result<Identity, Refusal> {
        let found = self.exchange.identify(Foreign::ApiKey(key), client).await?;
        Ok(Identity::of(found, Standing::ApiKey(key.into()), client))
    }
}

impl Identity {
    fn nobody(client: &Arc<ClientInfo>) -> Self {
        Self {
            actor: Actor::guest(Uuid::nil()),
            expires_at: None,
            how: How::Nobody,
            client: Arc::clone(client),
            standing: Standing::Guest,
        }
    }

    fn of(found: Found, standing: Standing, client: &Arc<ClientInfo>) -> Self {
        Self {
            actor: found.actor,
            expires_at: found.expires_at,
            how: found.how,
            client: Arc::clone(client),
            standing,
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
