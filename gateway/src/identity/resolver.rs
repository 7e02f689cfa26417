//! One way from a request to who asks, and what else a request tells of where it comes from: its address, its page, and how
//! it reached us.

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use axum::extract::FromRequestParts;
use http::{Extensions, HeaderMap, HeaderValue, Uri, request::Parts};
use kit::rpc::RequestId;
use uuid::Uuid;

use super::{
    Authenticator, Call, How, Identity, Refusal, Standing,
    address::{ClientInfo, Proxies},
    base::{self, PublicBase},
    credentials::Given,
    guests::{self, Guests},
};
use crate::error::ApiError;

/// Finds out who asks.
pub(crate) struct IdentityResolver {
    pub(crate) authenticator: Arc<Authenticator>,
    pub(crate) guests: Guests,
    pub(crate) proxies: Proxies,
    /// Where clients reach us, when the configuration says so.
    pub(crate) public_base: Option<Arc<str>>,
    /// What stands for it where the client names no host.
    pub(crate) listen: SocketAddr,
    /// Of pages that may use our cookies beside our own.
    pub(crate) origins: Vec<String>,
}

impl IdentityResolver {
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
        let authenticator = &self.authenticator;

        Ok(match given {
            Given::Token(text) => authenticator.token(text, client).await?,
            Given::ApiKey(key) => authenticator.api_key(key, client).await?,
            Given::Session(text) => authenticator.session(text, client).await?,
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
        if own && self.authenticator.lasting.is_lasting(&actor).await? {
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

    /// Whoever sent this request, were there no credential in it.
    pub(crate) fn visitor(&self, parts: &Parts) -> Call {
        let client = self.client_info(&parts.headers, &parts.extensions);
        let (actor, how) = self.guests.guest(&parts.headers, client.address);

        Call {
            how,
            client: Arc::new(client),
            ..Call::of(actor, request_id(&parts.extensions))
        }
    }

    pub(crate) fn client_info(&self, headers: &HeaderMap, extensions: &Extensions) -> ClientInfo {
        ClientInfo::of(&self.proxies, headers, extensions)
    }

    /// The cookie that keeps a guest the same when its address changes.
    pub(crate) fn guest_cookie(&self, guest: Uuid, secure: bool) -> Option<HeaderValue> {
        self.guests.cookie(guest, secure)
    }

    /// Whether a page of this origin may use the cookies of our users: ours, or a listed one.
    pub(crate) fn trusts_origin(&self, origin: &str, headers: &HeaderMap, uri: &Uri) -> bool {
        let listed = self.origins.iter().any(|one| one == origin);
        listed || base::is_own_origin(origin, headers, uri, self.public_base.as_deref())
    }
}

/// Who asks, found out once for a request, at the door.
#[derive(Clone)]
pub(crate) struct Authenticated(pub(crate) Result<Identity, ApiError>);

impl Authenticated {
    /// What was found out at the door; or is now, where a route is not kept by it.
    pub(crate) async fn read(parts: &Parts, resolver: &IdentityResolver) -> Result<Identity, ApiError> {
        match parts.extensions.get::<Self>() {
            Some(authenticated) => authenticated.0.clone(),
            None => resolver.identify(&parts.headers, &parts.extensions).await,
        }
    }
}

/// What requests are answered with, as far as extractors of this module need it.
pub(crate) trait HasIdentity: Send + Sync {
    fn identity(&self) -> &IdentityResolver;
}

impl<S: HasIdentity> FromRequestParts<S> for PublicBase {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let resolver = state.identity();
        Ok(Self::of(&parts.headers, &parts.uri, &parts.extensions, resolver))
    }
}

/// The request's id, which the outermost layer has given it.
pub(crate) fn request_id(extensions: &Extensions) -> RequestId {
    extensions.get().cloned().unwrap_or_else(RequestId::random)
}
