//! Which IP addresses belong to the public internet, by the IANA special-purpose registries
//! (<https://www.iana.org/assignments/iana-ipv4-special-registry>, <https://www.iana.org/assignments/iana-ipv6-special-registry>).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// True when the address is globally reachable. An IPv6 address that carries an IPv4 address (mapped, NAT64, 6to4) is
/// as public as the one that it carries.
#[must_use]
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let special = match ip.octets() {
        // "This network", private, loopback, and everything from multicast up to broadcast.
        [0 | 10 | 127 | 224..=255, ..] => true,
        // Carrier-grade NAT, 100.64.0.0/10.
        [100, second, ..] => (64..128).contains(&second),
        // Link-local, where clouds keep their metadata service.
        [169, 254, ..] => true,
        [172, second, ..] => (16..32).contains(&second),
        // Protocol assignments, documentation, the retired 6to4 relays, private.
        [192, 0, 0 | 2, _] | [192, 88, 99, _] | [192, 168, ..] => true,
        // Benchmarks, documentation.
        [198, 18 | 19, ..] | [198, 51, 100, _] | [203, 0, 113, _] => true,
        _ => false,
    };

    !special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let s = ip.segments();
    let embedded = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };

    match s {
        // IPv4-mapped, ::ffff:0:0/96.
        [0, 0, 0, 0, 0, 0xffff, high, low] => embedded(high, low),
        // NAT64, 64:ff9b::/96.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        // 6to4, 2002::/16: the address of the relay is in the next 32 bits.
        [0x2002, high, low, ..] => embedded(high, low),
        // Protocol assignments (with Teredo and ORCHID), 2001::/23, and documentation.
        [0x2001, second, ..] => second >= 0x200 && second != 0xdb8,
        [0x3fff, second, ..] => second >= 0x1000,
        // Everything else that is global unicast is in 2000::/3. Loopback, unspecified, unique-local, link-local,
        // multicast and the rest are not.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}
