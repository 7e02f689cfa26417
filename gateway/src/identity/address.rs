//! Where a request comes from: the address of the client as far as it can be believed. Never trusts a header that a client could have written itself.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use http::{Extensions, HeaderMap, header};
use ipnet::IpNet;
use proto::v1::Client;

use super::provider_key::PresentedProviderKey;
use crate::connection_end::ConnectionEnd;

/// Characters of a user agent that are passed on: enough for every real one.
const USER_AGENT: usize = 256;

/// The other end of the connection, put into every request by `serve`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// A page that is neither ours nor listed sent this request; put into it at the door.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ForeignPage;

/// Reverse proxies whose `X-Forwarded-…` headers are believed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proxies(Vec<IpNet>);

impl Proxies {
    pub(crate) fn new(trusted: Vec<IpNet>) -> Self {
        Self(trusted)
    }

    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|net| net.contains(&address))
    }

    /// True when the request came through a proxy that is believed.
    pub(super) fn forwarded(&self, extensions: &Extensions) -> bool {
        self.trusts(peer(extensions))
    }

    /// The client's address. `X-Forwarded-For` counts only as far as trusted proxies wrote it: from the right, the
    /// first address that is not one of them.
    pub(crate) fn client_address(&self, headers: &HeaderMap, extensions: &Extensions) -> IpAddr {
        let peer = peer(extensions);
        if !self.trusts(peer) {
            return peer.to_canonical();
        }

        let lines = headers.get_all("x-forwarded-for").iter().rev();
        let hops = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
        let mut client = peer;
        for hop in hops {
            let Some(address) = parse(hop.trim()) else { break };
            client = address;
            if !self.trusts(address) {
                break;
            }
        }

        client.to_canonical()
    }
}

fn peer(extensions: &Extensions) -> IpAddr {
    let peer = extensions.get::<Peer>();
    peer.map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |peer| peer.0.ip())
}

/// An address with or without a port, as proxies write it.
fn parse(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    bare.parse()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|with_port| with_port.ip()))
}

/// Where a request came from, for limits, sessions and the audit log, and what it brought along for itself alone.
#[derive(Clone, Debug)]
pub(crate) struct ClientInfo {
    pub(crate) address: IpAddr,
    /// A page that is neither ours nor listed sent it.
    pub(crate) foreign_page: bool,
    /// A key of the caller's own at a provider of models.
    pub(crate) provider_key: Option<PresentedProviderKey>,
    /// Of what it came over.
    pub(crate) connection: ConnectionEnd,
    user_agent: String,
}

/// The gateway itself.
impl Default for ClientInfo {
    fn default() -> Self {
        Self {
            address: IpAddr::V6(Ipv6Addr::UNSPECIFIED),
            foreign_page: false,
            provider_key: None,
            connection: ConnectionEnd::default(),
            user_agent: String::new(),
        }
    }
}

impl ClientInfo {
    pub(crate) fn read(proxies: &Proxies, headers: &HeaderMap, extensions: &Extensions) -> Self {
        let agent = headers.get(header::USER_AGENT);
        let agent = agent.map(|value| String::from_utf8_lossy(value.as_bytes()));
        let plain = agent.iter().flat_map(|text| text.chars());
        Self {
            address: proxies.client_address(headers, extensions),
            foreign_page: extensions.get::<ForeignPage>().is_some(),
            provider_key: PresentedProviderKey::read(headers),
            connection: extensions.get().cloned().unwrap_or_default(),
            user_agent: plain.filter(|c| !c.is_control()).take(USER_AGENT).collect(),
        }
    }

    pub(crate) fn to_proto(&self) -> Client {
        Client {
            address: self.address.to_string(),
            user_agent: self.user_agent.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;

    fn seen(proxies: &[&str], peer: &str, forwarded: &[&str]) -> String {
        let proxies = Proxies::new(proxies.iter().map(|net| net.parse().unwrap()).collect());
        let mut extensions = Extensions::new();
        extensions.insert(Peer(SocketAddr::new(peer.parse().unwrap(), 4_000)));
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(HeaderName::from_static("x-forwarded-for"), line.parse().unwrap());
        }
        proxies.client_address(&headers, &extensions).to_string()
    }

    #[test]
    fn a_forwarded_address_counts_only_behind_a_trusted_proxy() {
        assert_eq!(seen(&[], "10.0.0.1", &["203.0.113.9"]), "10.0.0.1");
        assert_eq!(seen(&["10.0.0.0/8"], "10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(
            seen(&["10.0.0.0/8"], "::ffff:10.0.0.1", &["203.0.113.9:8080"]),
            "203.0.113.9"
        );
        assert_eq!(seen(&["10.0.0.0/8"], "192.0.2.1", &["203.0.113.9"]), "192.0.2.1");
    }

    #[test]
    fn an_address_that_the_client_put_before_the_proxys_is_not_believed() {
        let spoofed = ["192.0.2.1, 203.0.113.9, 10.0.0.2"];
        assert_eq!(seen(&["10.0.0.0/8"], "10.0.0.1", &spoofed), "203.0.113.9");
        let lines = ["192.0.2.1", "203.0.113.9"];
        assert_eq!(seen(&["10.0.0.0/8"], "10.0.0.1", &lines), "203.0.113.9");
        assert_eq!(
            seen(&["10.0.0.0/8"], "10.0.0.1", &["192.0.2.1, nonsense"]),
            "10.0.0.1"
        );
    }

    #[test]
    fn a_user_agent_is_cut_and_cleaned() {
        let headers = HeaderMap::from_iter([(header::USER_AGENT, "x".repeat(1_000).parse().unwrap())]);
        let info = ClientInfo::read(&Proxies::default(), &headers, &Extensions::new());
        assert_eq!(info.to_proto().user_agent.len(), USER_AGENT);
    }
}
