//! The address of a service: how a connection to it is made, and which processes its name stands for.

use std::time::Duration;

use tokio::net::lookup_host;
use tonic::transport::{ClientTlsConfig, Endpoint};

use super::{channel::ChannelError, tls::RpcTls};

/// A remote peer that is silent for this long gets a ping, and this long again to answer it.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const LOOK_UP_TIMEOUT: Duration = Duration::from_secs(3);

pub(super) struct ServiceAddress {
    endpoint: Endpoint,
    tls: Option<ClientTlsConfig>,
    /// What is to be looked up; none where the address says it all.
    name: Option<(String, u16)>,
}

impl ServiceAddress {
    pub(super) fn parse(text: &str, tls: Option<&RpcTls>) -> Result<Self, ChannelError> {
        let fail = |source| ChannelError::Uri {
            uri: text.to_owned(),
            source,
        };
        let endpoint = Endpoint::from_shared(text.to_owned()).map_err(fail)?;
        let uri = endpoint.uri().clone();
        let secure = uri.scheme_str() == Some("https");
        if tls.is_some() && !secure {
            return Err(ChannelError::InClear { uri: text.to_owned() });
        }

        let host = uri.host().unwrap_or_default().to_owned();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let tls = secure.then(|| {
            let roots = tls.map_or_else(|| ClientTlsConfig::new().with_native_roots(), RpcTls::client);
            roots.domain_name(bare)
        });

        let is_number = bare.parse::<std::net::IpAddr>().is_ok();
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let address = Self {
            endpoint: attentive(endpoint),
            tls,
            name: (!is_number).then_some((host, port)),
        };
        address.secured(address.endpoint.clone())?;
        Ok(address)
    }

    /// It will lead to the same process for ever.
    pub(super) const fn is_fixed(&self) -> bool {
        self.name.is_none()
    }

    /// The processes it stands for now, each with the place that it is known by; `None` when that can't be found out.
    pub(super) async fn endpoints(&self) -> Option<Vec<(String, Endpoint)>> {
        let uri = self.endpoint.uri();
        let Some((host, port)) = &self.name else {
            let endpoint = self.secured(self.endpoint.clone()).ok()?;
            return Some(vec![(uri.to_string(), endpoint)]);
        };

        let looked_up = tokio::time::timeout(LOOK_UP_TIMEOUT, lookup_host((host.as_str(), *port))).await;
        let places = match looked_up.map_err(std::io::Error::from).flatten() {
            Ok(places) => places,
            Err(error) => {
                tracing::warn!(host, %error, "a service can't be looked up");
                return None;
            }
        };

        let scheme = uri.scheme_str().unwrap_or("http");
        let endpoints = places.map(|place| {
            let uri = format!("{scheme}://{place}").parse::<http::Uri>().ok()?;
            let endpoint = self.endpoint_at(uri)?;
            Some((place.to_string(), endpoint))
        });
        endpoints.collect()
    }

    /// The same service, asked for under the same name, at one of its places.
    fn endpoint_at(&self, place: http::Uri) -> Option<Endpoint> {
        let endpoint = Endpoint::from(place).origin(self.endpoint.uri().clone());
        self.secured(attentive(endpoint)).ok()
    }

    fn secured(&self, endpoint: Endpoint) -> Result<Endpoint, ChannelError> {
        let Some(tls) = self.tls.clone() else {
            return Ok(endpoint);
        };
        let uri = endpoint.uri().to_string();
        endpoint
            .tls_config(tls)
            .map_err(|source| ChannelError::Tls { uri, source })
    }
}

/// Notices a peer that is gone.
fn attentive(endpoint: Endpoint) -> Endpoint {
    endpoint
        .connect_timeout(CONNECT_TIMEOUT)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE)
        .keep_alive_while_idle(true)
}
