//! What every request passes before its handler, unless its route is free: who asks is found out once, pages of other sites
//! are kept from using cookies, and the answer gets the cookies and headers that belong to it. Counts nothing: operations
//! have their prices.

use std::sync::Arc;

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, header, request::Parts};
use uuid::Uuid;

use crate::{
    answer_notes::AnswerNotes,
    app::App,
    error::ApiError,
    identity::{
        AuthMethod, Authenticated, CookieWriter, ForeignPage, Guests, Identity, IdentityResolver, browser,
        is_in_header,
    },
    limits::{Toll, toll_of},
};

/// Paths of the routes that sign people in: a guest who does so needs no guest's cookie.
const SIGNING_IN: &str = "/api/v1/auth/";

/// The layer around all routes.
pub(crate) async fn admit(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>();
    let path = path.map_or_else(String::new, |path| path.as_str().to_owned());
    match toll_of(&path) {
        Toll::Free => return next.run(request).await,
        Toll::Page => return serve_page(&app.identity, request, next).await,
        Toll::OfOperation => {}
    }

    let (mut parts, body) = request.into_parts();
    if app.identity.is_foreign_page(&parts.headers, &parts.uri) {
        parts.extensions.insert(ForeignPage);
    }
    let mut admission = Admission::begin(&app.identity, &parts, path).await;
    let response = match admission.check_page(&app.identity, &parts) {
        Ok(()) => {
            parts.extensions.insert(Authenticated(admission.identity.clone()));
            parts.extensions.insert(admission.notes.clone());
            next.run(Request::from_parts(parts, body)).await
        }
        Err(error) => error.into_response(),
    };

    admission.finish(&app.identity, response)
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
    path: String,
    identity: Result<Identity, ApiError>,
    notes: AnswerNotes,
    /// The guest is a new one, or one without a cookie yet.
    without_cookie: bool,
    /// Of a browser's cookie.
    session: Option<Uuid>,
    wants_csrf: bool,
    changes: bool,
    secure: bool,
}

impl Admission {
    async fn begin(resolver: &IdentityResolver, parts: &Parts, path: String) -> Self {
        let headers = &parts.headers;
        let changes = !browser::is_safe(&parts.method);
        let mut identity = resolver.identify(headers, &parts.extensions).await;
        let mut without_cookie = false;

        if let Ok(identity) = &mut identity
            && identity.auth_method == AuthMethod::Address
        {
            without_cookie = true;
            // A browser that begins to do something gets a guest of its own, instead of the one that it shares with
            // everybody at its address.
            if changes && browser::is_own_page(headers) {
                identity.actor = Guests::make_fresh();
                identity.auth_method = AuthMethod::GuestCookie;
            }
        }

        let session = identity.as_ref().ok().and_then(Identity::browser_session);
        let has_csrf = resolver.authenticator.csrf.is_held(headers, session);

        Self {
            path,
            identity,
            notes: AnswerNotes::default(),
            without_cookie,
            session,
            wants_csrf: !changes && !is_in_header(headers) && !has_csrf,
            changes,
            secure: resolver.is_secure(headers, &parts.extensions),
        }
    }

    /// Pages of other sites must not use the session of their visitor.
    fn check_page(&mut self, resolver: &IdentityResolver, parts: &Parts) -> Result<(), ApiError> {
        if !self
            .identity
            .as_ref()
            .is_ok_and(|identity| identity.auth_method == AuthMethod::Cookie)
        {
            return Ok(());
        }

        let origin = parts.headers.get(header::ORIGIN);
        // Browsers say with every WebSocket where its page is from, and let any page open one.
        if let Some(origin) = origin.filter(|_| browser::is_websocket(&parts.headers)) {
            let trusted = origin
                .to_str()
                .is_ok_and(|origin| resolver.trusts_origin(origin, &parts.headers, &parts.uri));
            return trusted.then_some(()).ok_or_else(ApiError::foreign_origin);
        }

        if !self.changes {
            return Ok(());
        }
        if parts.extensions.get::<ForeignPage>().is_some() {
            return Err(ApiError::foreign_origin());
        }

        let csrf = &resolver.authenticator.csrf;
        csrf.check(&parts.headers, self.session)
            .inspect_err(|_| self.wants_csrf = !csrf.is_held(&parts.headers, self.session))
    }

    /// Adds what belongs to the answer, whoever made it.
    fn finish(self, resolver: &IdentityResolver, mut response: Response) -> Response {
        let made = self.changes && response.status().is_success() && !self.path.starts_with(SIGNING_IN);
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

        if let Ok(identity) = &self.identity
            && self.without_cookie
            && made
        {
            let cookie = resolver.write_guest_cookie(identity.actor.user_id, self.secure);
            add_cookies(headers, cookie);
        }

        response
    }
}

fn add_cookies(headers: &mut HeaderMap, cookies: impl IntoIterator<Item = HeaderValue>) {
    for cookie in cookies {
        headers.append(header::SET_COOKIE, cookie);
    }
}
