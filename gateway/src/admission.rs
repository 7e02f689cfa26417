//! What every counted request passes before its handler: who asks is found out once, pages of other sites are kept from
//! using cookies, the request is counted, and the answer gets the cookies and headers that belong to it.

use std::sync::Arc;

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, header, request::Parts};

use crate::{
    app::App,
    error::ApiError,
    identity::{Guests, How, Identity, PublicBase, browser, in_header},
    limits::{Decision, Rule, rule},
};

/// Paths of the routes that sign people in: a guest who does so needs no guest's cookie.
const SIGNING_IN: &str = "/api/v1/auth/";

/// Who asks, as the door found out; handlers take it as a `Call`.
#[derive(Clone)]
pub(crate) struct Admitted {
    pub(crate) identity: Result<Identity, ApiError>,
}

impl Admitted {
    /// What the door found out; found out here where a route is not counted.
    pub(crate) async fn of(parts: &Parts, app: &App) -> Self {
        match parts.extensions.get::<Self>() {
            Some(admitted) => admitted.clone(),
            None => Self {
                identity: app.identify(&parts.headers, &parts.extensions).await,
            },
        }
    }
}

/// The layer around all routes.
pub(crate) async fn admit(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>();
    let path = path.map_or_else(String::new, |path| path.as_str().to_owned());
    let rule = rule(request.method(), &path);
    match rule {
        Rule::Free => return next.run(request).await,
        Rule::Page => return page(&app, request, next).await,
        Rule::Counted { .. } => {}
    }

    let (mut parts, body) = request.into_parts();
    let mut visit = Visit::of(&app, &parts, path).await;
    let response = match visit.admit(&app, &parts, rule).await {
        Ok(()) => {
            parts.extensions.insert(Admitted {
                identity: visit.identity.clone(),
            });
            next.run(Request::from_parts(parts, body)).await
        }
        Err(error) => error.into_response(),
    };

    visit.finish(&app, response)
}

/// A page, with the token that its requests will need.
async fn page(app: &App, request: Request, next: Next) -> Response {
    let has = browser::has_csrf(request.headers());
    let secure = PublicBase::of(request.headers(), request.uri(), request.extensions(), app).is_https();
    let mut response = next.run(request).await;
    if !has && response.status().is_success() {
        add(response.headers_mut(), browser::csrf(secure));
    }
    response
}

/// One request on its way.
struct Visit {
    path: String,
    identity: Result<Identity, ApiError>,
    /// The guest is a new one, or one without a cookie yet.
    without_cookie: bool,
    wants_csrf: bool,
    changes: bool,
    secure: bool,
    decision: Option<Decision>,
}

impl Visit {
    async fn of(app: &App, parts: &Parts, path: String) -> Self {
        let headers = &parts.headers;
        let changes = !browser::is_safe(&parts.method);
        let mut identity = app.identify(headers, &parts.extensions).await;
        let mut without_cookie = false;

        if let Ok(identity) = &mut identity
            && identity.how == How::Address
        {
            without_cookie = true;
            // A browser that begins to do something gets a guest of its own, instead of the one that it shares with
            // everybody at its address.
            if changes && browser::is_own_page(headers) {
                identity.actor = Guests::fresh();
                identity.how = How::GuestCookie;
            }
        }

        Self {
            path,
            identity,
            without_cookie,
            wants_csrf: !changes && !in_header(headers) && !browser::has_csrf(headers),
            changes,
            secure: PublicBase::of(headers, &parts.uri, &parts.extensions, app).is_https(),
            decision: None,
        }
    }

    async fn admit(&mut self, app: &App, parts: &Parts, rule: Rule) -> Result<(), ApiError> {
        self.check_page(app, parts)?;

        let Rule::Counted { class, endpoint } = rule else {
            return Ok(());
        };
        let known = self
            .identity
            .as_ref()
            .ok()
            .filter(|identity| identity.how != How::Nobody);
        let actor = known.map(|identity| &identity.actor);
        let address = app.client_info(&parts.headers, &parts.extensions).address;
        let taken = app.limits.take_at(class, endpoint, actor, address).await;
        self.decision = match &taken {
            Ok(decision) => *decision,
            Err(limited) => Some(limited.0),
        };

        Ok(taken.map(drop)?)
    }

    /// Pages of other sites must not use the session of their visitor.
    fn check_page(&mut self, app: &App, parts: &Parts) -> Result<(), ApiError> {
        if !self
            .identity
            .as_ref()
            .is_ok_and(|identity| identity.how == How::Cookie)
        {
            return Ok(());
        }

        let origin = parts.headers.get(header::ORIGIN);
        // Browsers say with every WebSocket where its page is from, and let any page open one.
        if let Some(origin) = origin.filter(|_| browser::is_websocket(&parts.headers)) {
            let trusted = origin
                .to_str()
                .is_ok_and(|origin| app.trusts_origin(origin, &parts.headers, &parts.uri));
            return trusted.then_some(()).ok_or_else(ApiError::foreign_origin);
        }

        browser::check_csrf(&parts.method, &parts.headers)
            .inspect_err(|_| self.wants_csrf = !browser::has_csrf(&parts.headers))
    }

    /// Adds what belongs to the answer, whoever made it.
    fn finish(self, app: &App, mut response: Response) -> Response {
        let decision = response.extensions_mut().remove::<Decision>().or(self.decision);
        let made = self.changes && response.status().is_success() && !self.path.starts_with(SIGNING_IN);
        let headers = response.headers_mut();
        if let Some(decision) = decision {
            decision.write(headers);
        }

        if self.wants_csrf {
            add(headers, browser::csrf(self.secure));
        }

        if let Ok(identity) = &self.identity
            && self.without_cookie
            && made
        {
            add(headers, app.guests.cookie(identity.actor.user_id, self.secure));
        }

        response
    }
}

fn add(headers: &mut HeaderMap, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        headers.append(header::SET_COOKIE, cookie);
    }
}
