//! Who is calling. Until accounts exist everybody is a guest: the one of the signed cookie, or the one of the network
//! address. Never trusts a header that a client could have written itself.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use axum::extract::FromRequestParts;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, header, request::Parts};
use ipnet::IpNet;
use kit::{actor::Actor, rpc::RequestId, secrets::Key};
use uuid::Uuid;

use crate::{app::App, error::ApiError};

pub(crate) const GUEST_COOKIE: &str = "saga_guest";
const COOKIE_PURPOSE: &str = "saga guest cookie v1";
const ADDRESS_PURPOSE: &str = "saga guest address v1";
/// One year, in seconds.
const COOKIE_AGE: u64 = 31_536_000;

/// The other end of the connection, put into every request by `serve`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// One request's identity, as every call to a service needs it.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) actor: Actor,
    pub(crate) request_id: RequestId,
}

/// Who asks, and until when that holds.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) actor: Actor,
    /// `None` for a guest of a cookie or an address, who has nothing that could run out.
    pub(crate) expires_at: Option<DateTime<Utc>>,
}

impl App {
    /// Who asks, by `Authorization`, cookie or address. A socket that brings its credentials in its first message hands
    /// them in as an `authorization` header.
    pub(crate) async fn identify(
        &self,
        headers: &HeaderMap,
        extensions: &Extensions,
    ) -> Result<Identity, ApiError> {
        let actor = self.guests.actor(headers, extensions)?;
        Ok(Identity {
            actor,
            expires_at: None,
        })
    }
}

impl FromRequestParts<Arc<App>> for Call {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let request_id = parts
            .extensions
            .get::<RequestId>()
            .cloned()
            .unwrap_or_else(RequestId::random);
        let identity = app.identify(&parts.headers, &parts.extensions).await?;
        Ok(Self {
            actor: identity.actor,
            request_id,
        })
    }
}

/// Makes guests.
pub(crate) struct Guests {
    key: Key,
    allowed: bool,
    proxies: Vec<IpNet>,
}

impl Guests {
    pub(crate) fn new(key: Key, allowed: bool, proxies: Vec<IpNet>) -> Self {
        Self {
            key,
            allowed,
            proxies,
        }
    }

    fn actor(&self, headers: &HeaderMap, extensions: &Extensions) -> Result<Actor, ApiError> {
        // Nothing here can verify a token yet, and a token that was not verified is never taken for anything.
        if headers.contains_key(header::AUTHORIZATION) {
            return Err(ApiError::unauthenticated("The token could not be verified."));
        }
        if !self.allowed {
            return Err(ApiError::unauthenticated("Sign in to do this."));
        }
        let peer = extensions
            .get::<Peer>()
            .map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |peer| peer.0.ip());
        let id = self
            .cookie_guest(headers)
            .unwrap_or_else(|| self.address_guest(self.client_address(headers, peer)));
        Ok(Actor::guest(id))
    }

    fn cookie_guest(&self, headers: &HeaderMap) -> Option<Uuid> {
        let lines = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok());
        let mut pairs = lines
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='));
        let (_, value) = pairs.find(|(name, _)| *name == GUEST_COOKIE)?;
        let (id, mac) = value.split_once('.')?;
        let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
        self.key
            .verify(COOKIE_PURPOSE, id.as_bytes(), &mac)
            .then(|| Uuid::try_parse(id).ok())
            .flatten()
    }

    /// `Set-Cookie` that keeps a guest the same when its address changes. A browser that has it does not get it again.
    pub(crate) fn cookie(&self, headers: &HeaderMap, call: &Call, secure: bool) -> Option<HeaderValue> {
        if !call.actor.guest || self.cookie_guest(headers).is_some() {
            return None;
        }
        let id = call.actor.user_id.to_string();
        let mac = URL_SAFE_NO_PAD.encode(self.key.mac(COOKIE_PURPOSE, id.as_bytes()));
        let secure = if secure { "; Secure" } else { "" };
        let text = format!(
            "{GUEST_COOKIE}={id}.{mac}; Path=/; Max-Age={COOKIE_AGE}; HttpOnly; SameSite=Lax{secure}"
        );
        HeaderValue::try_from(text).ok()
    }

    /// The guest behind an address: the same one each time, and not to be computed without the key.
    fn address_guest(&self, address: IpAddr) -> Uuid {
        let network = network(address);
        let mac = self.key.mac(ADDRESS_PURPOSE, network.to_string().as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&mac[..16]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }

    /// The client's address. `X-Forwarded-For` counts only as far as trusted proxies wrote it: from the right, the
    /// first address that is not one of them.
    fn client_address(&self, headers: &HeaderMap, peer: IpAddr) -> IpAddr {
        if !self.trusts(peer) {
            return peer;
        }
        let lines = headers.get_all("x-forwarded-for").iter().rev();
        let hops = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
        let mut client = peer;
        for hop in hops {
            let Some(address) = address(hop.trim()) else { break };
            client = address;
            if !self.trusts(address) {
                break;
            }
        }
        client
    }

    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.proxies.iter().any(|net| net.contains(&address))
    }
}

/// An address with or without a port, as proxies write it.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    bare.parse()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|with_port| with_port.ip()))
}

/// What one subscriber has: an IPv4 address, or a /64 of IPv6, within which machines change theirs every day.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
    }
}

/// Where clients reach us, e.g. `https://saga.example`, for absolute URLs in answers. The configured `public_url`;
/// without one, the host that the client itself asked for, which can mislead only that client. `https` then needs
/// `X-Forwarded-Proto` from a trusted proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicBase(pub(crate) Arc<str>);

const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

impl PublicBase {
    pub(crate) fn of(parts: &Parts, app: &App) -> Self {
        if let Some(base) = &app.public_base {
            return Self(Arc::clone(base));
        }
        let asked = parts
            .headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok());
        let asked = asked.or_else(|| parts.uri.authority().map(http::uri::Authority::as_str));
        let fallback = || app.config.listen.to_string();
        let host = asked
            .filter(|host| is_host(host))
            .map_or_else(fallback, str::to_owned);
        let behind_proxy = parts
            .extensions
            .get::<Peer>()
            .is_some_and(|peer| app.guests.trusts(peer.0.ip()));
        let https = parts
            .headers
            .get(FORWARDED_PROTO)
            .is_some_and(|proto| proto == "https");
        let scheme = if behind_proxy && https { "https" } else { "http" };
        Self(format!("{scheme}://{host}").into())
    }

    pub(crate) fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

/// A host and perhaps a port, and nothing that could be anything else in a URL.
fn is_host(text: &str) -> bool {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']');
    text.len() <= 255 && text.bytes().all(plain) && text.parse::<http::uri::Authority>().is_ok()
}

impl FromRequestParts<Arc<App>> for PublicBase {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts, app))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guests(proxies: &[&str]) -> Guests {
        let key = Key::from_bytes("guest", vec![7; 32]).unwrap();
        Guests::new(
            key,
            true,
            proxies.iter().map(|net| net.parse().unwrap()).collect(),
        )
    }

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()))
            .collect()
    }

    fn from(address: &str) -> Extensions {
        let mut extensions = Extensions::new();
        extensions.insert(Peer(SocketAddr::new(address.parse().unwrap(), 4_000)));
        extensions
    }

    fn id(guests: &Guests, address: &str, pairs: &[(&str, &str)]) -> Uuid {
        guests.actor(&headers(pairs), &from(address)).unwrap().user_id
    }

    #[test]
    fn one_address_is_one_guest_and_another_address_another() {
        let guests = guests(&[]);
        assert_eq!(id(&guests, "198.51.100.7", &[]), id(&guests, "198.51.100.7", &[]));
        assert_eq!(
            id(&guests, "198.51.100.7", &[]),
            id(&guests, "::ffff:198.51.100.7", &[])
        );
        assert_ne!(id(&guests, "198.51.100.7", &[]), id(&guests, "198.51.100.8", &[]));
        assert_eq!(
            id(&guests, "2001:db8:1:2::3", &[]),
            id(&guests, "2001:db8:1:2:ffff::9", &[])
        );
        assert_ne!(
            id(&guests, "2001:db8:1:2::3", &[]),
            id(&guests, "2001:db8:1:3::3", &[])
        );
    }

    #[test]
    fn a_forwarded_address_counts_only_behind_a_trusted_proxy() {
        let forwarded = [("x-forwarded-for", "203.0.113.9")];
        let direct = guests(&[]);
        assert_eq!(id(&direct, "10.0.0.1", &forwarded), id(&direct, "10.0.0.1", &[]));
        let proxied = guests(&["10.0.0.0/8"]);
        assert_eq!(
            id(&proxied, "10.0.0.1", &forwarded),
            id(&proxied, "203.0.113.9", &[])
        );
    }

    #[test]
    fn an_address_that_the_client_put_before_the_proxys_is_not_believed() {
        let guests = guests(&["10.0.0.0/8"]);
        let spoofed = [("x-forwarded-for", "192.0.2.1, 203.0.113.9, 10.0.0.2")];
        assert_eq!(id(&guests, "10.0.0.1", &spoofed), id(&guests, "203.0.113.9", &[]));
    }

    #[test]
    fn the_cookie_keeps_a_guest_when_its_address_changes() {
        let guests = guests(&[]);
        let call = Call {
            actor: guests.actor(&HeaderMap::new(), &from("192.0.2.1")).unwrap(),
            request_id: RequestId::random(),
        };
        let set = guests.cookie(&HeaderMap::new(), &call, true).unwrap();
        let set = set.to_str().unwrap();
        assert!(
            set.contains("HttpOnly") && set.contains("SameSite=Lax") && set.ends_with("Secure"),
            "{set}"
        );
        let cookie = format!("theme=dark; {}", set.split(';').next().unwrap());
        assert_eq!(
            id(&guests, "192.0.2.99", &[("cookie", &cookie)]),
            call.actor.user_id
        );
        assert!(
            guests
                .cookie(&headers(&[("cookie", &cookie)]), &call, true)
                .is_none()
        );
    }

    #[test]
    fn a_forged_cookie_is_no_cookie() {
        let guests = guests(&[]);
        let forged = format!(
            "{GUEST_COOKIE}={}.{}",
            Uuid::from_u128(5),
            URL_SAFE_NO_PAD.encode([0; 32])
        );
        for cookie in [forged.as_str(), "saga_guest=", "saga_guest=x.y", "saga_guest=."] {
            assert_eq!(
                id(&guests, "192.0.2.1", &[("cookie", cookie)]),
                id(&guests, "192.0.2.1", &[])
            );
        }
    }

    #[test]
    fn a_token_that_cannot_be_verified_is_refused_and_so_is_a_guest_where_none_are_allowed() {
        let open = guests(&[]);
        let token = headers(&[("authorization", "Bearer eyJhbGciOiJub25lIn0.e30.")]);
        assert_eq!(open.actor(&token, &from("192.0.2.1")).unwrap_err().status, 401);
        let closed = Guests::new(open.key, false, Vec::new());
        assert_eq!(
            closed
                .actor(&HeaderMap::new(), &from("192.0.2.1"))
                .unwrap_err()
                .status,
            401
        );
    }

    #[test]
    fn a_host_header_must_be_a_host() {
        for fine in ["saga.example", "127.0.0.1:8000", "[::1]:8000"] {
            assert!(is_host(fine), "{fine}");
        }
        for wrong in ["a/b", "user@host", "a b", "host?x", "", "a:b:c", "host\\x"] {
            assert!(!is_host(wrong), "{wrong}");
        }
    }
}
