//! Name resolution that refuses addresses outside the public internet. The connection is made to exactly the addresses
//! that were checked here: there is no second look-up.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use kit::sources::SourcePolicy;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{SourceError, http::Blame};

#[derive(Debug)]
pub(super) struct CheckedResolver {
    policy: SourcePolicy,
    blame: Arc<Blame>,
}

impl CheckedResolver {
    pub(super) fn new(policy: SourcePolicy, blame: Arc<Blame>) -> Self {
        Self { policy, blame }
    }
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.policy.clone();
        let blame = Arc::clone(&self.blame);

        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found = tokio::net::lookup_host((host.as_str(), 0))
                .await
                .map(Iterator::collect);
            let checked = match found {
                Ok(found) => check(&policy, &host, found),
                Err(_) => Err(SourceError::UnknownHost { host }),
            };

            match checked {
                Ok(addresses) => Ok(Box::new(addresses.into_iter()) as Addrs),
                Err(err) => {
                    blame.set(err.clone());
                    Err(Box::new(err) as Box<dyn std::error::Error + Send + Sync>)
                }
            }
        })
    }
}

/// All of them, or none: a name with one private address is refused whole.
fn check(policy: &SourcePolicy, host: &str, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, SourceError> {
    let addresses: Vec<IpAddr> = found.iter().map(SocketAddr::ip).collect();
    policy.check_resolved(host, &addresses)?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(allow_private: bool) -> SourcePolicy {
        SourcePolicy {
            allow_hosts: vec!["git.example".into()],
            allow_private,
            allow_local: false,
        }
    }

    fn addresses(all: &[&str]) -> Vec<SocketAddr> {
        all.iter()
            .map(|ip| SocketAddr::new(ip.parse().expect("an address"), 0))
            .collect()
    }

    #[test]
    fn a_name_with_one_private_address_is_refused_whole() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "169.254.169.254",
            "::1",
            "fd00::1",
            "::ffff:192.168.0.1",
        ] {
            let found = addresses(&["140.82.121.3", private]);
            let refused = check(&policy(false), "git.example", found).expect_err(private);
            assert!(
                matches!(refused, SourceError::Refused(_)),
                "{private}: {refused:?}"
            );
        }
    }

    #[test]
    fn public_addresses_are_kept_as_they_were_checked() {
        let found = addresses(&["140.82.121.3", "2606:50c0:8000::153"]);
        assert_eq!(
            check(&policy(false), "git.example", found.clone()).expect("public"),
            found
        );
        assert!(check(&policy(true), "git.example", addresses(&["127.0.0.1"])).is_ok());
    }

    #[tokio::test]
    async fn a_name_that_resolves_to_this_machine_is_refused_before_connecting() {
        let blame = Arc::<Blame>::default();
        let resolver = CheckedResolver::new(policy(false), Arc::clone(&blame));
        let resolved = resolver.resolve("localhost".parse().expect("a name")).await;

        assert!(resolved.is_err());
        assert!(matches!(blame.take(), Some(SourceError::Refused(_))));

        let resolver = CheckedResolver::new(policy(true), Arc::clone(&blame));
        assert!(
            resolver
                .resolve("localhost".parse().expect("a name"))
                .await
                .is_ok()
        );
    }
}
