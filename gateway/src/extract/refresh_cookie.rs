//! The refresh token of a browser, which only a page of ours may use.

use std::{convert::Infallible, sync::Arc};

use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::{
    app::App,
    error::ApiError,
    identity::{ForeignPage, browser, is_in_header},
};

/// What is in the cookie, and whether whoever sent it may use it.
pub(crate) struct RefreshCookie {
    token: Option<String>,
    allowed: Result<(), ApiError>,
}

impl RefreshCookie {
    /// Whether there is one, and nothing in a header that would go before it.
    pub(crate) fn is_there(&self) -> bool {
        self.token.is_some()
    }

    pub(crate) fn take(self) -> Result<String, ApiError> {
        let token = self
            .token
            .ok_or_else(|| ApiError::unauthenticated("The credentials are not valid."))?;
        self.allowed?;

        Ok(token)
    }
}

impl FromRequestParts<Arc<App>> for RefreshCookie {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        let (headers, resolver) = (&parts.headers, &app.identity);
        let secure = resolver.is_secure(headers, &parts.extensions);
        let token = browser::find_refresh_token(headers, secure).filter(|_| !is_in_header(headers));

        let allowed = match parts.extensions.get::<ForeignPage>() {
            Some(_) => Err(ApiError::foreign_origin()),
            None => resolver.authenticator.csrf.check(headers, None),
        };

        Ok(Self {
            token: token.map(str::to_owned),
            allowed,
        })
    }
}
