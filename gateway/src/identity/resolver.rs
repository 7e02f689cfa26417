//! One way from a request to who asks, and what else a request tells of where it comes from: its address, its page, and how
//! it reached us.

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use axum::extract::FromRequestParts;
use http::{Extensions, HeaderMap, Uri, header, request::Parts};
use kit::rpc::RequestId;

use super::{
    AuthMethod, Authenticator, CredentialState, Identity, Refusal, RequestContext,
    address::{ClientInfo, Proxies},
    base::{self, PublicBase},
    browser,
    credentials::PresentedCredential,
    guests::Guests,
    hosts::Hosts,
};
use crate::error::ApiError;

/// Finds out who asks.
pub(crate) struct IdentityResolver {
    pub(crate) authenticator: Arc<Authenticator>,
    pub(crate) guests: Arc<Guests>,
    pub(crate) proxies: Proxies,
    /// Where clients reach us, when the configuration says so.
    pub(crate) public_base: Option<Arc<str>>,
    /// Names by which clients reach us.
    pub(crate) hosts: Hosts,
    /// What stands for it where the client names no host.
    pub(crate) listen: SocketAddr,
    /// Of pages that may use our cookies beside our own.
    pub(crate) origins: Vec<String>,
}

impl IdentityResolver {
    /// Who asks, by `Authorization`, `X-API-Key` or cookie. A socket that brings its credentials in its first
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

        let (mut actor, mut auth_method) = self.guests.recognise(headers);
        // A cookie that was copied before its guest became an account must not open the account.
        if auth_method == AuthMethod::GuestCookie && self.authenticator.lasting.is_lasting(&actor).await? {
            (actor, auth_method) = Guests::make_fresh();
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
        let (actor, auth_method) = self.guests.recognise(&parts.headers);

        RequestContext {
            auth_method,
            client: Arc::new(client),
            ..RequestContext::act_for(actor, request_id(&parts.extensions))
        }
    }

    pub(crate) fn read_client(&self, headers: &HeaderMap, extensions: &Extensions) -> ClientInfo {
        ClientInfo::read(&self.proxies, headers, extensions)
    }

    /// Whether a request names us as its host, and not a site whose name was made to lead here.
    pub(crate) fn is_meant_for_us(&self, headers: &HeaderMap, uri: &Uri, extensions: &Extensions) -> bool {
        self.hosts.are_named(headers, uri, extensions, &self.proxies)
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
        let listed = headers
            .get(header::ORIGIN)
            .is_some_and(|origin| self.origins.iter().any(|one| one.as_bytes() == origin.as_bytes()));

        !listed && (self.foreign_origin(headers, uri).is_some() || browser::is_from_other_site(headers))
    }

    /// The origin of the page that sent a request, when it is none that may use the cookies of our users: neither ours nor
    /// a listed one.
    pub(crate) fn foreign_origin<'a>(&self, headers: &'a HeaderMap, uri: &Uri) -> Option<&'a str> {
        let origin = headers.get(header::ORIGIN)?.to_str().unwrap_or_default();
        let listed = self.origins.iter().any(|one| one == origin);
        let ours = listed || base::is_own_origin(origin, headers, uri, self.public_base.as_deref());

        (!ours).then_some(origin)
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
