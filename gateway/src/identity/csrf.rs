//! The token that keeps pages of other sites from using a browser's session: the cookie `csrf_token` must come back in the
//! header `X-CSRF-Token`, and it is signed for the session that it is used with, so that nobody who can set cookies here
//! (a page of a neighbouring domain) makes one that fits.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderName, HeaderValue};
use kit::{ids::random_id, secrets::Key};
use uuid::Uuid;

use super::{browser::is_same, cookies::find_cookie};
use crate::error::ApiError;

pub(crate) const CSRF_COOKIE: &str = "csrf_token";
const CSRF_HEADER: HeaderName = HeaderName::from_static("x-csrf-token");
const PURPOSE: &str = "saga csrf v1";
/// Stands for the session of who has none.
const NO_SESSION: &str = "-";

/// Makes and judges tokens. Cheap to clone.
#[derive(Clone)]
pub(crate) struct CsrfKey(Key);

impl CsrfKey {
    pub(crate) fn new(key: Key) -> Self {
        Self(key)
    }

    /// `session.random.mac`
    pub(super) fn make(&self, session: Option<Uuid>) -> String {
        let session = session.map_or_else(|| NO_SESSION.to_owned(), |id| id.simple().to_string());
        let signed = format!("{session}.{}", random_id().simple());
        let mac = URL_SAFE_NO_PAD.encode(self.0.mac(PURPOSE, signed.as_bytes()));

        format!("{signed}.{mac}")
    }

    /// Whether a browser has a token that it can use: one of ours, and of this session where there is one.
    pub(crate) fn is_held(&self, headers: &HeaderMap, session: Option<Uuid>) -> bool {
        find_cookie(headers, CSRF_COOKIE).is_some_and(|held| self.fits(held, session))
    }

    fn fits(&self, token: &str, session: Option<Uuid>) -> bool {
        let Some((signed, mac)) = token.rsplit_once('.') else {
            return false;
        };
        let known = URL_SAFE_NO_PAD
            .decode(mac)
            .is_ok_and(|mac| self.0.verify(PURPOSE, signed.as_bytes(), &mac));
        let own = session.is_none_or(|id| {
            let (of, _) = signed.split_once('.').unwrap_or_default();
            of == id.simple().to_string()
        });

        known && own
    }

    /// Refuses a request that changes something by a cookie, unless it also sends the token of its cookie in the header, which
    /// only a page of ours can read, and the token is of this session. Of a session that nobody can name, because its access
    /// token is gone, any token of ours will do.
    pub(crate) fn check(&self, headers: &HeaderMap, session: Option<Uuid>) -> Result<(), ApiError> {
        let sent = headers.get(CSRF_HEADER).map(HeaderValue::as_bytes);
        let held = find_cookie(headers, CSRF_COOKIE);

        match (sent, held) {
            (Some(sent), Some(held)) if is_same(sent, held.as_bytes()) && self.fits(held, session) => Ok(()),
            _ => Err(ApiError::csrf()),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::header;

    use super::*;

    fn headers(cookie: &str, token: Option<&str>) -> HeaderMap {
        let mut headers =
            HeaderMap::from_iter([(header::COOKIE, format!("{CSRF_COOKIE}={cookie}").parse().unwrap())]);
        if let Some(token) = token {
            headers.insert(CSRF_HEADER, token.parse().unwrap());
        }
        headers
    }

    #[test]
    fn a_token_is_good_twice_over_and_for_its_session_alone() {
        let (key, other) = (CsrfKey::new(Key::random()), CsrfKey::new(Key::random()));
        let (mine, theirs) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let token = key.make(Some(mine));
        let both = headers(&token, Some(&token));
        assert!(key.check(&both, Some(mine)).is_ok() && key.check(&both, None).is_ok());

        for wrong in [
            headers(&token, None),
            headers(&token, Some("")),
            headers(&token, Some(&token[..token.len() - 1])),
            headers("", Some("")),
            // What a page of a neighbouring domain can set.
            headers("tossed", Some("tossed")),
        ] {
            assert_eq!(
                key.check(&wrong, Some(mine)).unwrap_err().status,
                403,
                "{wrong:?}"
            );
            assert!(key.check(&wrong, None).is_err(), "{wrong:?}");
        }
        for foreign in [key.make(Some(theirs)), key.make(None), other.make(Some(mine))] {
            let both = headers(&foreign, Some(&foreign));
            assert!(key.check(&both, Some(mine)).is_err(), "{foreign}");
        }
        let forged = token.replacen(&mine.simple().to_string(), &theirs.simple().to_string(), 1);
        assert!(key.check(&headers(&forged, Some(&forged)), Some(theirs)).is_err());
    }
}
