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
mod scopes;
mod sessions;
mod standing;
mod tokens;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use http::{Extensions, HeaderMap, Uri};
use kit::{
    ErrorKind, Problem,
    actor::{Actor, Tier},
    clock::SharedClock,
};
use proto::v1::{Grant, RefreshResponse, User, refresh_response::Outcome};
use uuid::Uuid;

pub(crate) use self::{
    address::{ClientInfo, Peer, Proxies, network},
    base::PublicBase,
    caller::{Account, Allowed, Call, Member, Newcomer, Scoped, Visitor, Who},
    cookies::{Cookie, SameSite, find as find_cookie},
    credentials::in_header,
    guests::{Guests, forget as forget_guest},
    scopes::{ReadAccount, ReadStories, RunAgents, Scope, ScopeName, WriteAccount, WriteStories},
    standing::Standing,
};
use self::{
    credentials::Given,
    exchange::{Exchange, Foreign, Found},
    jwks::Jwks,
    lasting::Lasting,
    sessions::{Changes, Sessions},
    tokens::Tokens,
};
use crate::{app::App, clients::Clients, error::ApiError, limits::Limits};

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
    pub(crate) fn new(clients: &Clients, limits: Arc<Limits>, clock: SharedClock) -> Self {
        let (jwks, changes) = (Jwks::new(clients.clone(), clock.clone()), Changes::new());
        Self {
            tokens: Tokens::new(jwks.clone(), clock.clone()),
            sessions: Sessions::new(clients.clone(), clock.clone(), changes.clone()),
            exchange: Exchange::new(clients.clone(), clock.clone(), limits, changes.clone()),
            lasting: Lasting::new(clients.clone(), clock.clone()),
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

    /// The new tokens; or a refusal, once the session of a token that somebody has copied is over here too.
    pub(crate) fn refreshed(&self, response: RefreshResponse) -> Result<Grant, Problem> {
        match response.outcome {
            Some(Outcome::Grant(grant)) => return Ok(grant),
            Some(Outcome::Ended(ended)) => {
                if let Ok(user) = Uuid::try_parse(&ended.user_id) {
                    self.ended(user, &[ended.session_id]);
                }
            }
            None => tracing::error!("a refresh was answered without an outcome"),
        }

        Err(Problem::new(
            ErrorKind::Unauthenticated,
            "INVALID_CREDENTIALS",
            "The credentials are not valid.",
        ))
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

impl App {
    /// Who asks, by `Authorization`, `X-API-Key`, cookie or address. A socket that brings its credentials in its first
    /// message hands them in as an `authorization` header.
    pub(crate) async fn identify(
        &self,
        headers: &HeaderMap,
        extensions: &Extensions,
    ) -> Result<Identity, ApiError> {
        let client = Arc::new(self.client_info(headers, extensions));
        let given = Given::of(headers)?;
        self.judge(given, headers, &client).await
    }

    /// The same by a token that came in a place of its own, for sockets of clients that can set no header.
    pub(crate) async fn identify_by(
        &self,
        token: &str,
        client: &Arc<ClientInfo>,
    ) -> Result<Identity, ApiError> {
        self.judge(Given::bearer(token)?, &HeaderMap::new(), client).await
    }

    async fn judge(
        &self,
        given: Given<'_>,
        headers: &HeaderMap,
        client: &Arc<ClientInfo>,
    ) -> Result<Identity, ApiError> {
        let people = &self.people;
        Ok(match given {
            Given::Token(text) => people.token(text, client).await?,
            Given::ApiKey(key) => people.api_key(key, client).await?,
            Given::Session(text) => people.session(text, client).await?,
            Given::Nothing => self.guest(headers, client).await?,
        })
    }

    async fn guest(&self, headers: &HeaderMap, client: &Arc<ClientInfo>) -> Result<Identity, Refusal> {
        if !self.guests.allowed() {
            return Ok(Identity::nobody(client));
        }

        let (mut actor, mut how) = self.guests.guest(headers, client.address);
        // A cookie that was copied before its guest became an account must not open the account.
        let own = how == How::GuestCookie && guests::is_of_one_browser(actor.user_id);
        if own && self.people.lasting.is_lasting(&actor).await? {
            (actor, how) = self.guests.of_address(client.address);
        }

        Ok(Identity {
            actor,
            expires_at: None,
            how,
            client: Arc::clone(client),
            standing: Standing::Guest,
        })
    }

    pub(crate) fn client_info(&self, headers: &HeaderMap, extensions: &Extensions) -> ClientInfo {
        ClientInfo::of(&self.proxies, headers, extensions)
    }

    /// Whether a page of this origin may use the cookies of our users: ours, or a listed one.
    pub(crate) fn trusts_origin(&self, origin: &str, headers: &HeaderMap, uri: &Uri) -> bool {
        let listed = self.config.cors_origins.iter().any(|one| one == origin);
        listed || base::is_own_origin(origin, headers, uri, self)
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
