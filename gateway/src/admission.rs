//! What every request passes before its handler: other names than ours are refused; unless its route is free, who asks is
//! found out once, pages of other sites are kept from acting for their visitors, and the answer gets the cookies and headers
//! that belong to it. Counts nothing: operations have their prices.

use std::sync::Arc;

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, Version, header, request::Parts};
use uuid::Uuid;

use crate::{
    answer_notes::AnswerNotes,
    app::App,
    error::ApiError,
    identity::{
        AuthMethod, Authenticated, CookieWriter, ForeignPage, Identity, IdentityResolver, browser,
        is_in_header, is_local_origin, take_key_from_password,
    },
    limits::{Toll, is_probe, toll_of},
};

/// Where clients come that only know Basic authentication.
const RESTIC: &str = "/api/v1/backup/restic/";
/// The same, and these show their key only when they are asked for it.
const GIT: &str = "/v1/projects/{id}/git/";

/// RFC 9112, section 3.2: a request of HTTP/1.1 has the header `Host`, once. HTTP/2 has `:authority` in its place.
fn names_one_host(request: &Request) -> bool {
    let hosts = request.headers().get_all(header::HOST).iter().count();

    match request.version() {
        Version::HTTP_11 => hosts == 1,
        _ => hosts <= 1,
    }
}

/// The layer around all routes.
pub(crate) async fn admit(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if !names_one_host(&request) {
        let message = "Send one `Host` header: HTTP/1.1 asks for it.";
        return ApiError::malformed(message).into_response();
    }

    let path = request.extensions().get::<MatchedPath>().cloned();
    let named = path.as_ref().is_some_and(|path| is_probe(path.as_str()))
        || app
            .identity
            .is_meant_for_us(request.headers(), request.uri(), request.extensions());
    if !named {
        return ApiError::foreign_host().into_response();
    }

    // Where nothing is, nobody needs to be known.
    let Some(path) = path else {
        return next.run(request).await;
    };
    match toll_of(path.as_str()) {
        Toll::Free => return next.run(request).await,
        Toll::Page => return serve_page(&app.identity, request, next).await,
        Toll::OfOperation => {}
    }

    let (mut parts, body) = request.into_parts();
    let is_git = path.as_str().starts_with(GIT);
    if is_git || path.as_str().starts_with(RESTIC) {
        take_key_from_password(&mut parts.headers);
    }
    if app.identity.is_foreign_page(&parts.headers, &parts.uri) {
        parts.extensions.insert(ForeignPage);
    }
    drop_guest_cookie(&app.identity, &mut parts);

    let mut admission = Admission::begin(&app.identity, &parts).await;
    let response = match admission.check_page(&app.identity, &parts) {
        Ok(()) => {
            parts.extensions.insert(Authenticated(admission.identity.clone()));
            parts.extensions.insert(admission.notes.clone());
            next.run(Request::from_parts(parts, body)).await
        }
        Err(error) => error.into_response(),
    };

    let mut response = admission.finish(&app.identity, response);
    if is_git && response.status() == StatusCode::UNAUTHORIZED {
        let basic = HeaderValue::from_static("Basic realm=\"Saga: any name, an API key as the password\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, basic);
    }

    response
}

/// A page, with the token that its requests will need.
async fn serve_page(resolver: &IdentityResolver, request: Request, next: Next) -> Response {
    let secure = resolver.is_secure(request.headers(), request.extensions());
    let csrf = &resolver.authenticator.csrf;
    // Of a session that is over, a token for no session; the next one comes with new tokens.
    let session = match browser::find_access_token(request.headers(), secure) {
        Some(_) => resolver.identify(request.headers(), request.extensions()).await,
        None => Err(ApiError::sign_in()),
    };
    let session = session.ok().and_then(|identity| identity.browser_session());
    let has = csrf.is_held(request.headers(), session);
    let mut response = next.run(request).await;

    if !has && response.status().is_success() {
        let writer = CookieWriter { csrf, secure };
        add_cookies(response.headers_mut(), writer.write_csrf(session));
    }

    response
}

/// One request on its way.
struct Admission {
    identity: Result<Identity, ApiError>,
    notes: AnswerNotes,
    /// Of a browser's cookie.
    session: Option<Uuid>,
    wants_csrf: bool,
    secure: bool,
}

impl Admission {
    async fn begin(resolver: &IdentityResolver, parts: &Parts) -> Self {
        let headers = &parts.headers;
        let identity = resolver.identify(headers, &parts.extensions).await;
        let session = identity.as_ref().ok().and_then(Identity::browser_session);
        let has_csrf = resolver.authenticator.csrf.is_held(headers, session);

        Self {
            identity,
            notes: AnswerNotes::default(),
            session,
            wants_csrf: browser::is_safe(&parts.method) && !is_in_header(headers) && !has_csrf,
            secure: resolver.is_secure(headers, &parts.extensions),
        }
    }

    /// Pages of other sites must not act for their visitor, be it by a session, as a guest, or as whoever reaches this
    /// machine. Reading is left to CORS, except by WebSocket, which any page may open.
    fn check_page(&mut self, resolver: &IdentityResolver, parts: &Parts) -> Result<(), ApiError> {
        let headers = &parts.headers;
        let reads = browser::is_safe(&parts.method) && !browser::is_websocket(headers);
        // Pages cannot set a header without having asked, and know no token that isn't theirs.
        let brings_own = is_in_header(headers) || has_token(&parts.uri);
        if reads || brings_own {
            return Ok(());
        }

        let Some(origin) = resolver.foreign_origin(headers, &parts.uri) else {
            return self.check_csrf(resolver, parts);
        };

        match is_local_origin(origin) && !self.is_by_session() {
            true => Ok(()),
            false => Err(ApiError::foreign_origin()),
        }
    }

    /// What changes something by a session also needs the token that only our own pages can read.
    fn check_csrf(&mut self, resolver: &IdentityResolver, parts: &Parts) -> Result<(), ApiError> {
        if !self.is_by_session() || browser::is_safe(&parts.method) {
            return Ok(());
        }
        if parts.extensions.get::<ForeignPage>().is_some() {
            return Err(ApiError::foreign_origin());
        }

        let csrf = &resolver.authenticator.csrf;
        csrf.check(&parts.headers, self.session)
            .inspect_err(|_| self.wants_csrf = !csrf.is_held(&parts.headers, self.session))
    }

    fn is_by_session(&self) -> bool {
        self.identity
            .as_ref()
            .is_ok_and(|identity| identity.auth_method == AuthMethod::Cookie)
    }

    /// Adds what belongs to the answer, whoever made it.
    fn finish(self, resolver: &IdentityResolver, mut response: Response) -> Response {
        let headers = response.headers_mut();
        let writer = CookieWriter {
            csrf: &resolver.authenticator.csrf,
            secure: self.secure,
        };

        if let Some(decision) = self.notes.decision() {
            decision.write(headers);
        }

        for change in self.notes.take_cookies() {
            add_cookies(headers, change.headers(&writer));
        }

        if self.wants_csrf {
            add_cookies(headers, writer.write_csrf(self.session));
        }

        response
    }
}

/// Whether an address holds the token of a client that can set no header, where sockets look for one.
fn has_token(uri: &Uri) -> bool {
    let query = uri.query().unwrap_or_default();
    uri.path().starts_with("/ws/")
        && url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "token")
}

/// Pages of this machine and apps may come, and never with a guest's cookie: a browser sends that of a socket all the same.
fn drop_guest_cookie(resolver: &IdentityResolver, parts: &mut Parts) {
    let secure = resolver.is_secure(&parts.headers, &parts.extensions);
    let origin = resolver.foreign_origin(&parts.headers, &parts.uri);
    if origin.is_some_and(is_local_origin) && browser::find_access_token(&parts.headers, secure).is_none() {
        parts.headers.remove(header::COOKIE);
    }
}

fn add_cookies(headers: &mut HeaderMap, cookies: impl IntoIterator<Item = HeaderValue>) {
    for cookie in cookies {
        headers.append(header::SET_COOKIE, cookie);
    }
}
