//! Network addresses as they are counted. Knows no header and no limit.

use std::net::{IpAddr, Ipv6Addr};

/// What one subscriber has: an IPv4 address, or a /64 of IPv6, within which machines change theirs every day.
#[must_use]
pub fn subscriber_network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
    }
}

/// Whether a text is a path of whatever site it is used on, and no browser takes it for another site's: `//host`, `/.//host`
/// and `/\\host` are such.
#[must_use]
pub fn is_own_path(text: &str) -> bool {
    let odd = |char: char| char.is_control() || char == '\\';
    if !text.starts_with('/') || text.contains(odd) {
        return false;
    }

    // As a browser reads it, twice: what it makes of it may be read again.
    let own = url::Url::parse("https://own.invalid/").ok();
    let once = own.as_ref().and_then(|own| own.join(text).ok());
    let twice = own
        .as_ref()
        .zip(once.as_ref())
        .and_then(|(own, once)| own.join(once.path()).ok());

    [once, twice]
        .into_iter()
        .all(|url| url.is_some_and(|url| url.host_str() == Some("own.invalid")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_subscriber_are_one_network() {
        let network = |text: &str| subscriber_network(text.parse().unwrap());

        assert_eq!(network("::ffff:198.51.100.7"), network("198.51.100.7"));
        assert_ne!(network("198.51.100.7"), network("198.51.100.8"));
        assert_eq!(network("2001:db8:1:2::3"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::3"), network("2001:db8:1:3::3"));
    }

    #[test]
    fn a_path_that_leads_elsewhere_is_not_our_own() {
        for own in ["/", "/stories?x=//y", "/a//b", "/a/../b", "/#code"] {
            assert!(is_own_path(own), "{own}");
        }
        for foreign in [
            "",
            "stories",
            "//evil.test",
            "/.//evil.test",
            "/..//evil.test",
            "/a/..//evil.test",
            "/%2e//evil.test",
            "/\\evil.test",
            "/\tx",
            "https://evil.test",
        ] {
            assert!(!is_own_path(foreign), "{foreign}");
        }
    }
}
