//! The operator's rules: which hosts, and whether this machine's own network counts.

use std::net::IpAddr;

use serde::Deserialize;
use url::{Host, Url};

use super::{RepoUrlError, is_public};

/// `[sources]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourcesConfig {
    /// Hosts to fetch from: `github.com`, or with a port `git.example.org:8443`.
    pub allow_hosts: Vec<String>,
    /// Also fetch over http and from private addresses, when their host is in `allow_hosts`. For tests and for
    /// installations that serve their own network only.
    pub allow_private: bool,
}

/// What may be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcePolicy {
    pub allow_hosts: Vec<String>,
    pub allow_private: bool,
    /// Repositories on this machine's disk. Only the command line sets it, never a request.
    pub allow_local: bool,
}

impl From<&SourcesConfig> for SourcePolicy {
    fn from(config: &SourcesConfig) -> Self {
        Self {
            allow_hosts: config.allow_hosts.clone(),
            allow_private: config.allow_private,
            allow_local: false,
        }
    }
}

impl SourcePolicy {
    /// The same policy, for the person at the keyboard: local repositories too.
    #[must_use]
    pub fn with_local(mut self) -> Self {
        self.allow_local = true;
        self
    }

    /// May this be requested? For every URL that a fetch is about to follow, redirects included: scheme, credentials,
    /// host and port, not the path.
    pub fn check_target(&self, url: &Url) -> Result<(), RepoUrlError> {
        match url.scheme() {
            "https" => {}
            "http" if self.allow_private => {}
            "http" => return Err(RepoUrlError::Unencrypted),
            scheme => {
                return Err(RepoUrlError::Scheme {
                    scheme: scheme.to_owned(),
                });
            }
        }

        if !url.username().is_empty() || url.password().is_some() {
            return Err(RepoUrlError::Credentials);
        }

        let host = url.host().ok_or(RepoUrlError::Host)?;
        let name = host_name(&host);
        if !self.allow_private && is_local_host(&host) {
            return Err(RepoUrlError::PrivateAddress { host: name });
        }

        self.check_host(&name, url.port(), url.port_or_known_default())
    }

    /// `written` is the port when it is not the scheme's own.
    fn check_host(
        &self,
        name: &str,
        written: Option<u16>,
        effective: Option<u16>,
    ) -> Result<(), RepoUrlError> {
        let mut known = false;
        for entry in &self.allow_hosts {
            let (host, port) = split_entry(entry);
            if !host.trim_end_matches('.').eq_ignore_ascii_case(name) {
                continue;
            }

            known = true;

            let fits = match port {
                Some(port) => effective == Some(port),
                None => written.is_none() || self.allow_private,
            };

            if fits {
                return Ok(());
            }
        }

        match written {
            Some(port) if known => Err(RepoUrlError::Port {
                host: name.to_owned(),
                port,
            }),
            _ => Err(RepoUrlError::UnknownHost {
                host: name.to_owned(),
                allowed: self.allow_hosts.clone(),
            }),
        }
    }

    /// The guard after name resolution: connect to none of `addresses` unless every one of them is public (or the
    /// policy allows private ones). Connect to exactly these afterwards; a second look-up may answer differently.
    pub fn check_resolved(&self, host: &str, addresses: &[IpAddr]) -> Result<(), RepoUrlError> {
        if addresses.is_empty() {
            return Err(RepoUrlError::Unresolved {
                host: host.to_owned(),
            });
        }

        if !self.allow_private && !addresses.iter().copied().all(is_public) {
            return Err(RepoUrlError::PrivateAddress {
                host: host.to_owned(),
            });
        }

        Ok(())
    }
}

/// `host`, `host:port`, `1.2.3.4:port`, `[::1]` or `[::1]:port`.
fn split_entry(entry: &str) -> (&str, Option<u16>) {
    let entry = entry.trim();
    match entry.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (entry, None),
        },
        _ => (entry, None),
    }
}

/// As the allow list spells it: lower case, without the root's dot, IPv6 in brackets.
pub(super) fn host_name(host: &Host<&str>) -> String {
    match host {
        Host::Domain(name) => name.trim_end_matches('.').to_ascii_lowercase(),
        Host::Ipv4(ip) => ip.to_string(),
        Host::Ipv6(ip) => format!("[{ip}]"),
    }
}

/// Every literal address counts, public ones too: a forge has a name, and addresses are what attacks are made of.
fn is_local_host(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(_) | Host::Ipv6(_) => true,
        Host::Domain(name) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            name.is_empty() || name == "localhost" || name.ends_with(".localhost") || !name.contains('.')
        }
    }
}
