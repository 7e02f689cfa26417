//! Guests without an account: the one of the signed cookie, or the one of the network address. Guests of an address
//! share it with whoever has the same address, so they can never become an account; guests of a cookie can.

use std::net::IpAddr;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue};
use kit::{actor::Actor, ids::random_id, network::subscriber_network, secrets::Key};
use uuid::Uuid;

use super::{
    AuthMethod,
    cookies::{find_cookie, hidden_cookie, name_cookie, write_cookie},
};

pub(crate) const GUEST_COOKIE: &str = "saga_guest";
const COOKIE_PURPOSE: &str = "saga guest cookie v1";
const ADDRESS_PURPOSE: &str = "saga guest address v1";
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
    pub(super) fn recognise(&self, headers: &HeaderMap, address: IpAddr) -> (Actor, AuthMethod) {
        match self.cookie_guest(headers) {
            Some(id) => (Actor::guest(id), AuthMethod::GuestCookie),
            None => self.find_by_address(address),
        }
    }

    pub(super) fn find_by_address(&self, address: IpAddr) -> (Actor, AuthMethod) {
        (Actor::guest(self.address_guest(address)), AuthMethod::Address)
    }

    /// A guest that nobody else is, for a browser that will get its cookie with the answer.
    pub(crate) fn make_fresh() -> Actor {
        Actor::guest(random_id())
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
    }

    /// `Set-Cookie` that keeps a guest the same when its address changes.
    pub(crate) fn write_cookie(&self, guest: Uuid, secure: bool) -> Option<HeaderValue> {
        let id = guest.to_string();
        let mac = URL_SAFE_NO_PAD.encode(self.key.mac(COOKIE_PURPOSE, id.as_bytes()));
        write_guest(&format!("{id}.{mac}"), COOKIE_AGE, secure)
    }

    /// The guest behind an address: the same one each time, and not to be computed without the key.
    fn address_guest(&self, address: IpAddr) -> Uuid {
        let network = subscriber_network(address);
        let mac = self.key.mac(ADDRESS_PURPOSE, network.to_string().as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&mac[..16]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }
}

/// Whether this guest is of one browser alone. Ids that were made from an address have a version of their own.
pub(super) fn is_of_one_browser(guest: Uuid) -> bool {
    guest.get_version() == Some(uuid::Version::Random)
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

    fn id(guests: &Guests, address: &str, headers: &HeaderMap) -> Uuid {
        guests.recognise(headers, address.parse().unwrap()).0.user_id
    }

    #[test]
    fn one_network_is_one_guest_and_another_network_another() {
        let (guests, none) = (guests(), HeaderMap::new());
        let id = |address: &str| id(&guests, address, &none);
        assert_eq!(id("198.51.100.7"), id("198.51.100.7"));
        assert_eq!(id("198.51.100.7"), id("::ffff:198.51.100.7"));
        assert_ne!(id("198.51.100.7"), id("198.51.100.8"));
        assert_eq!(id("2001:db8:1:2::3"), id("2001:db8:1:2:ffff::9"));
        assert_ne!(id("2001:db8:1:2::3"), id("2001:db8:1:3::3"));
        assert!(!is_of_one_browser(id("198.51.100.7")));
    }

    #[test]
    fn the_cookie_keeps_a_guest_when_its_address_changes() {
        let guests = guests();
        let fresh = Guests::make_fresh().user_id;

        assert!(is_of_one_browser(fresh));

        let set = guests.write_cookie(fresh, true).unwrap();
        let set = set.to_str().unwrap();

        assert!(set.contains("; HttpOnly; SameSite=Lax; Secure;"), "{set}");

        let sent = send(&format!("theme=dark; {}", set.split(';').next().unwrap()));
        for address in ["192.0.2.99", "203.0.113.9"] {
            let (actor, auth_method) = guests.recognise(&sent, address.parse().unwrap());
            assert_eq!(
                (actor, auth_method),
                (Actor::guest(fresh), AuthMethod::GuestCookie)
            );
        }
    }

    #[test]
    fn a_forged_cookie_is_no_cookie() {
        let guests = guests();
        let zeros = URL_SAFE_NO_PAD.encode([0; 32]);
        let forged = format!("{GUEST_COOKIE}={}.{zeros}", Uuid::from_u128(5));

        for cookie in [forged.as_str(), "saga_guest=", "saga_guest=x.y", "saga_guest=."] {
            assert_eq!(
                id(&guests, "192.0.2.1", &send(cookie)),
                id(&guests, "192.0.2.1", &HeaderMap::new())
            );
        }
    }
}
