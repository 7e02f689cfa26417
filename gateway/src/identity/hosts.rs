//! Names by which clients reach us. A page of another site whose name is made to lead to this machine (DNS rebinding) is
//! told from ours by the name that its browser asks for, and is refused.

use std::net::{IpAddr, SocketAddr};

use http::{Extensions, HeaderMap, Uri};
use url::{Host, Url};

use super::{address::Proxies, base};

/// The names that are ours.
#[derive(Clone, Debug)]
pub(crate) struct Hosts {
    /// In lower case; `None` where we cannot know them all.
    names: Option<Vec<String>>,
}

impl Hosts {
    /// Known are the host of `public_url` and those `listed`. Without any of them, only who listens on loopback knows that
    /// it has no other name than this machine's own.
    pub(crate) fn new(public_url: Option<&str>, listed: &[String], listen: SocketAddr) -> Self {
        let public = public_url.and_then(|url| Url::parse(url).ok());
        let public = public.as_ref().and_then(Url::host_str);
        let names: Vec<_> = public
            .into_iter()
            .chain(listed.iter().map(String::as_str))
            .map(str::to_ascii_lowercase)
            .collect();

        let known = !names.is_empty() || listen.ip().is_loopback();

        Self {
            names: known.then_some(names),
        }
    }

    /// Whether a request that names this host is for us. An address is nobody's name, `localhost` is this machine's, and
    /// what a trusted proxy asks for is the proxy's choice.
    pub(crate) fn are_named(
        &self,
        headers: &HeaderMap,
        uri: &Uri,
        extensions: &Extensions,
        proxies: &Proxies,
    ) -> bool {
        let Some(names) = &self.names else {
            return true;
        };
        let Some(asked) = base::named_host(headers, uri) else {
            return true;
        };

        is_of_this_machine(&asked) || names.contains(&asked) || proxies.forwarded(extensions)
    }
}

fn is_of_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let local = host == "localhost" || host.ends_with(".localhost");

    // Numbers such as 2130706433 and 0x7f.1 are addresses too, as browsers read them.
    local || bare.parse::<IpAddr>().is_ok() || matches!(Host::parse(host), Ok(Host::Ipv4(_) | Host::Ipv6(_)))
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, header};

    use super::*;

    fn is_ours(hosts: &Hosts, host: &str) -> bool {
        let headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_str(host).unwrap())]);
        hosts.are_named(
            &headers,
            &Uri::from_static("/"),
            &Extensions::new(),
            &Proxies::default(),
        )
    }

    #[test]
    fn on_loopback_only_this_machines_names_are_ours() {
        let hosts = Hosts::new(None, &[], "127.0.0.1:8000".parse().unwrap());

        for ours in [
            "localhost:8000",
            "LOCALHOST",
            "saga.localhost:8000",
            "127.0.0.1:8000",
            "[::1]:8000",
            "192.0.2.7",
        ] {
            assert!(is_ours(&hosts, ours), "{ours}");
        }
        for foreign in [
            "rebind.evil.test:8000",
            "evil.test",
            "localhost.evil.test",
            "127.0.0.1.evil.test",
            "localhostx",
            "evil.test.",
        ] {
            assert!(!is_ours(&hosts, foreign), "{foreign}");
        }
    }

    #[test]
    fn with_a_public_url_its_host_and_the_listed_ones_are_ours_on_every_port() {
        let listed = ["Inner.example".to_owned()];
        let hosts = Hosts::new(
            Some("https://saga.example/x"),
            &listed,
            "0.0.0.0:80".parse().unwrap(),
        );

        for ours in [
            "saga.example",
            "Saga.Example:8443",
            "saga.example.",
            "inner.example",
            "localhost",
        ] {
            assert!(is_ours(&hosts, ours), "{ours}");
        }
        assert!(!is_ours(&hosts, "evil.test"));
    }

    #[test]
    fn who_listens_for_all_and_has_no_name_takes_every_name() {
        let hosts = Hosts::new(None, &[], "0.0.0.0:8000".parse().unwrap());

        assert!(is_ours(&hosts, "anything.example"));
    }
}
