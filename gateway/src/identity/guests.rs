//! Guests without an account: the one of the signed cookie, or a fresh one. Nobody is known by an address, which people
//! share: who comes without a cookie owns nothing, so that nothing is listed and nothing is changed by an address.

use std::net::IpAddr;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue};
use kit::{actor::Actor, ids::random_id, network::subscriber_network, secrets::Key};
use uuid::Uuid;

use super::{
    AuthMethod,
    cookies::{find_cookie, hidden_cookie, name_cookie, write_cookie},
};
use crate::operation::CookieChange;

pub(crate) const GUEST_COOKIE: &str = "saga_guest";
const COOKIE_PURPOSE: &str = "saga guest cookie v1";
const SHARE_PURPOSE: &str = "saga guest share v1";
const RETRY_PURPOSE: &str = "saga guest retry v1";
/// Characters of an idempotency key that nobody else comes upon, as in a UUID or 16 random bytes.
const UNGUESSABLE: usize = 22;
/// One year, in seconds.
const COOKIE_AGE: u32 = 31_536_000;

/// Makes guests.
pub(crate) struct Guests {
    key: Key,
    allowed: bool,
}

impl Guests {
    pub(crate) fn new(key: Key, allowed: bool) -> Self {
        Self { key, allowed }
    }

    /// Whether people may do things without signing in.
    pub(super) fn are_allowed(&self) -> bool {
        self.allowed
    }

    /// The guest that a request without credentials acts for.
    pub(super) fn recognise(&self, headers: &HeaderMap) -> (Actor, AuthMethod) {
        match self.cookie_guest(headers) {
            Some(id) => (Actor::guest(id), AuthMethod::GuestCookie),
            None => Self::make_fresh(),
        }
    }

    /// A guest that nobody else is, and that gets its cookie with the answer when it has made something.
    pub(super) fn make_fresh() -> (Actor, AuthMethod) {
        (Actor::guest(random_id()), AuthMethod::FreshGuest)
    }

    /// The guest of a request that may be sent again: the same one each time the same key comes from the same network to
    /// the same route, so that nothing is made twice. With a key that others could come upon, it never gets a cookie.
    pub(crate) fn find_by_retry(&self, key: &str, route: &str, address: IpAddr) -> Actor {
        let network = subscriber_network(address);
        let request = format!("{network}\n{route}\n{key}");
        let build = match key.len() >= UNGUESSABLE {
            true => uuid::Builder::from_random_bytes,
            false => uuid::Builder::from_custom_bytes,
        };

        Actor::guest(self.make_id(RETRY_PURPOSE, request.as_bytes(), build))
    }

    /// What stands for the network of a guest, so that all who come from there have one share of the workers.
    pub(crate) fn name_network(&self, address: IpAddr) -> Uuid {
        let network = subscriber_network(address).to_string();
        self.make_id(
            SHARE_PURPOSE,
            network.as_bytes(),
            uuid::Builder::from_custom_bytes,
        )
    }

    fn make_id(&self, purpose: &str, of: &[u8], build: fn([u8; 16]) -> uuid::Builder) -> Uuid {
        let mac = self.key.mac(purpose, of);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&mac[..16]);

        build(bytes).into_uuid()
    }

    fn cookie_guest(&self, headers: &HeaderMap) -> Option<Uuid> {
        // Over https it has the other name; it is signed, whoever set it.
        let named = |secure| find_cookie(headers, &name_cookie(GUEST_COOKIE, secure));
        let (id, mac) = named(true).or_else(|| named(false))?.split_once('.')?;
        let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
        self.key
            .verify(COOKIE_PURPOSE, id.as_bytes(), &mac)
            .then(|| Uuid::try_parse(id).ok())
            .flatten()
            .filter(|id| is_of_one_browser(*id))
    }

    /// What a browser keeps so that a guest stays the same from one request to the next; nothing for one that others can
    /// be too.
    pub(crate) fn keep(&self, guest: Uuid) -> Option<CookieChange> {
        let id = guest.to_string();
        let mac = URL_SAFE_NO_PAD.encode(self.key.mac(COOKIE_PURPOSE, id.as_bytes()));
        is_of_one_browser(guest).then(|| CookieChange::KeepGuest(format!("{id}.{mac}")))
    }
}

/// Whether this guest is of one browser alone. Ids that others could come upon have a version of their own.
fn is_of_one_browser(guest: Uuid) -> bool {
    guest.get_version() == Some(uuid::Version::Random)
}

/// `Set-Cookie` with the signed name of a guest.
pub(crate) fn keep_guest(name: &str, secure: bool) -> Option<HeaderValue> {
    write_guest(name, COOKIE_AGE, secure)
}

/// `Set-Cookie` for a browser whose guest has become an account.
pub(crate) fn forget_guest(secure: bool) -> Option<HeaderValue> {
    write_guest("", 0, secure)
}

fn write_guest(value: &str, max_age: u32, secure: bool) -> Option<HeaderValue> {
    write_cookie(hidden_cookie(GUEST_COOKIE, value, max_age, secure))
}

#[cfg(test)]
mod tests {
    use http::header;

    use super::*;

    fn guests() -> Guests {
        Guests::new(Key::from_bytes("guest", vec![7; 32]).unwrap(), true)
    }

    fn send(cookie: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, cookie.parse().unwrap())])
    }

    fn keep(guests: &Guests, guest: Uuid) -> Option<String> {
        let CookieChange::KeepGuest(name) = guests.keep(guest)? else {
            return None;
        };
        Some(keep_guest(&name, true)?.to_str().unwrap().to_owned())
    }

    fn id(guests: &Guests, headers: &HeaderMap) -> Uuid {
        guests.recognise(headers).0.user_id
    }

    #[test]
    fn whoever_comes_without_a_cookie_is_somebody_new() {
        let (guests, none) = (guests(), HeaderMap::new());

        let (actor, auth_method) = guests.recognise(&none);

        assert_eq!(auth_method, AuthMethod::FreshGuest);
        assert_ne!(actor.user_id, id(&guests, &none));
    }

    #[test]
    fn a_request_that_is_sent_again_comes_from_the_same_guest() {
        let guests = guests();
        let key = Uuid::from_u128(7).to_string();
        let id = |key: &str, route: &str, address: &str| {
            guests.find_by_retry(key, route, address.parse().unwrap()).user_id
        };
        let first = id(&key, "/a", "2001:db8:1:2::3");

        assert_eq!(first, id(&key, "/a", "2001:db8:1:2:ffff::9"));
        assert!(is_of_one_browser(first));
        assert_ne!(first, id(&key, "/a", "2001:db8:1:3::3"));
        assert_ne!(first, id(&key, "/b", "2001:db8:1:2::3"));
        assert!(!is_of_one_browser(id("order-1", "/a", "192.0.2.1")));
    }

    #[test]
    fn the_cookie_keeps_a_guest() {
        let guests = guests();
        let fresh = Guests::make_fresh().0.user_id;

        assert!(is_of_one_browser(fresh));

        let set = keep(&guests, fresh).unwrap();

        assert!(set.contains("; HttpOnly; SameSite=Lax; Secure;"), "{set}");

        let sent = send(&format!("theme=dark; {}", set.split(';').next().unwrap()));

        assert_eq!(
            guests.recognise(&sent),
            (Actor::guest(fresh), AuthMethod::GuestCookie)
        );
    }

    #[test]
    fn a_forged_cookie_is_no_cookie() {
        let guests = guests();
        let zeros = URL_SAFE_NO_PAD.encode([0; 32]);
        let forged = format!("{GUEST_COOKIE}={}.{zeros}", Uuid::from_u128(5));

        for cookie in [forged.as_str(), "saga_guest=", "saga_guest=x.y", "saga_guest=."] {
            let (_, auth_method) = guests.recognise(&send(cookie));

            assert_eq!(auth_method, AuthMethod::FreshGuest, "{cookie}");
        }
    }

    #[test]
    fn a_cookie_of_a_guest_that_others_can_be_is_no_cookie() {
        let guests = guests();
        let shared = guests.find_by_retry("order-1", "/a", "192.0.2.1".parse().unwrap());

        assert_eq!(keep(&guests, shared.user_id), None);

        let id = shared.user_id.to_string();
        let mac = URL_SAFE_NO_PAD.encode(guests.key.mac(COOKIE_PURPOSE, id.as_bytes()));
        let sent = send(&format!("{GUEST_COOKIE}={id}.{mac}"));

        assert_eq!(guests.recognise(&sent).1, AuthMethod::FreshGuest);
    }
}
