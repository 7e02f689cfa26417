//! One way from a request to who asks, and what else a request tells of where it comes from: its address, its page, and how
//! it reached us.

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use axum::extract::FromRequestParts;
use http::{Extensions, HeaderMap, HeaderValue, Uri, header, request::Parts};
use kit::rpc::RequestId;
use uuid::Uuid;

use super::{
    AuthMethod, Authenticator, CredentialState, Identity, Refusal, RequestContext,
    address::{ClientInfo, Proxies},
    base::{self, PublicBase},
    browser,
    credentials::PresentedCredential,
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
        let client = Arc::new(self.read_client(headers, extensions));
        let given = PresentedCredential::read(headers, self.is_secure(headers, extensions))?;

        self.judge(given, headers, &client).await
    }

    /// The same by a token that came in a place of its own, for sockets of clients that can set no header.
    pub(crate) async fn identify_by(
        &self,
        token: &str,
        client: &Arc<ClientInfo>,
    ) -> Result<Identity, ApiError> {
        self.judge(
            PresentedCredential::parse_bearer(token)?,
            &HeaderMap::new(),
            client,
        )
        .await
    }

    async fn judge(
        &self,
        given: PresentedCredential<'_>,
        headers: &HeaderMap,
        client: &Arc<ClientInfo>,
    ) -> Result<Identity, ApiError> {
        let authenticator = &self.authenticator;

        Ok(match given {
            PresentedCredential::Token(text) => authenticator.identify_token(text, client).await?,
            PresentedCredential::ApiKey(key) => authenticator.identify_api_key(key, client).await?,
            PresentedCredential::Session(text) => authenticator.identify_session(text, client).await?,
            PresentedCredential::Nothing => self.identify_guest(headers, client).await?,
        })
    }

    async fn identify_guest(
        &self,
        headers: &HeaderMap,
        client: &Arc<ClientInfo>,
    ) -> Result<Identity, Refusal> {
        if !self.guests.are_allowed() {
            return Ok(Identity::nobody(client));
        }

        let (mut actor, mut auth_method) = self.guests.recognise(headers, client.address);
        // A cookie that was copied before its guest became an account must not open the account.
        let own = auth_method == AuthMethod::GuestCookie && guests::is_of_one_browser(actor.user_id);
        if own && self.authenticator.lasting.is_lasting(&actor).await? {
            (actor, auth_method) = self.guests.find_by_address(client.address);
        }

        Ok(Identity {
            actor,
            expires_at: None,
            auth_method,
            client: Arc::clone(client),
            credential: CredentialState::Guest,
        })
    }

    /// Whoever sent this request, were there no credential in it.
    pub(crate) fn identify_visitor(&self, parts: &Parts) -> RequestContext {
        let client = self.read_client(&parts.headers, &parts.extensions);
        let (actor, auth_method) = self.guests.recognise(&parts.headers, client.address);

        RequestContext {
            auth_method,
            client: Arc::new(client),
            ..RequestContext::act_for(actor, request_id(&parts.extensions))
        }
    }

    pub(crate) fn read_client(&self, headers: &HeaderMap, extensions: &Extensions) -> ClientInfo {
        ClientInfo::read(&self.proxies, headers, extensions)
    }

    /// The cookie that keeps a guest the same when its address changes.
    pub(crate) fn write_guest_cookie(&self, guest: Uuid, secure: bool) -> Option<HeaderValue> {
        self.guests.write_cookie(guest, secure)
    }

    /// Whether clients reach us over https.
    pub(crate) fn is_secure(&self, headers: &HeaderMap, extensions: &Extensions) -> bool {
        match &self.public_base {
            Some(base) => base.starts_with("https://"),
            None => base::is_forwarded_https(headers, extensions, &self.proxies),
        }
    }

    /// Whether a browser says that this comes from a page that is neither ours nor listed.
    pub(crate) fn is_foreign_page(&self, headers: &HeaderMap, uri: &Uri) -> bool {
        let origin = headers
            .get(header::ORIGIN)
            .map(|origin| origin.to_str().unwrap_or_default());
        if origin.is_some_and(|origin| self.origins.iter().any(|listed| listed == origin)) {
            return false;
        }

        let foreign = origin.is_some_and(|origin| !self.trusts_origin(origin, headers, uri));
        foreign || browser::is_from_other_site(headers)
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
        Ok(Self::read(
            &parts.headers,
            &parts.uri,
            &parts.extensions,
            resolver,
        ))
    }
}

/// The request's id, which the outermost layer has given it.
pub(crate) fn request_id(extensions: &Extensions) -> RequestId {
    extensions.get().cloned().unwrap_or_else(RequestId::random)
}
