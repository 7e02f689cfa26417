//! `[gateway]` of the configuration. Every key has its default and its explanation in `deploy/config/saga.toml`.

mod graphql;

use std::{net::SocketAddr, time::Duration};

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, de::Error as _};
use url::Url;

pub use self::graphql::{Exposure, GraphqlConfig};
use crate::limits::RateLimitConfig;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayConfig {
    pub listen: SocketAddr,
    #[serde(deserialize_with = "public_url")]
    pub public_url: Option<String>,
    pub body_limit_bytes: usize,
    pub header_limit_bytes: usize,
    pub header_timeout_seconds: u64,
    pub request_timeout_seconds: u64,
    pub agent_timeout_seconds: u64,
    pub drain_timeout_seconds: u64,
    pub max_connections: usize,
    pub max_connections_per_client: usize,
    pub allow_anonymous: bool,
    pub trusted_proxies: Vec<IpNet>,
    #[serde(deserialize_with = "origins")]
    pub cors_origins: Vec<String>,
    pub hosts: Vec<String>,
    pub stream: StreamConfig,
    pub media: MediaConfig,
    pub graphql: GraphqlConfig,
    pub rate_limits: RateLimitConfig,
}

/// `[gateway.media]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MediaConfig {
    pub delivery: MediaDelivery,
    #[serde(deserialize_with = "base_url")]
    pub presigned_endpoint: Option<Url>,
    pub presigned_seconds: u64,
    #[serde(deserialize_with = "base_url")]
    pub cdn_url: Option<Url>,
}

/// Who sends audio, covers and texts.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum MediaDelivery {
    /// The gateway.
    Stream,
    /// The S3 store.
    Presigned,
    /// A network in front of it.
    Cdn,
}

/// `[gateway.stream]`: WebSocket and SSE.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamConfig {
    pub ping_seconds: u64,
    pub comment_seconds: u64,
    pub queue_events: usize,
    pub log_bytes: usize,
    pub send_timeout_seconds: u64,
    pub client_message_bytes: usize,
    pub max_clients: usize,
}

impl GatewayConfig {
    pub(crate) fn request_timeout(&self) -> Duration {
        Duration::from_secs(self.request_timeout_seconds)
    }

    pub(crate) fn agent_timeout(&self) -> Duration {
        Duration::from_secs(self.agent_timeout_seconds)
    }

    pub(crate) fn header_timeout(&self) -> Duration {
        Duration::from_secs(self.header_timeout_seconds)
    }

    pub(crate) fn drain_timeout(&self) -> Duration {
        Duration::from_secs(self.drain_timeout_seconds)
    }
}

/// As [`base_url`], kept without its trailing slash.
fn public_url<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let url = base_url(from)?;
    Ok(url.map(|url| url.as_str().trim_end_matches('/').to_owned()))
}

/// Empty is "not set"; else an absolute http(s) URL.
fn base_url<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Url>, D::Error> {
    let text = String::deserialize(from)?;
    if text.is_empty() {
        return Ok(None);
    }

    let fail = || {
        D::Error::custom(format!(
            "`{text}` is not an absolute http or https URL without query"
        ))
    };
    let url = Url::parse(&text).map_err(|_| fail())?;
    let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() || !plain {
        return Err(fail());
    }

    Ok(Some(url))
}

/// Origins as browsers send them: scheme and host, no path.
fn origins<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    let list = Vec::<String>::deserialize(from)?;
    for origin in &list {
        let host = origin.split_once("://").map_or("", |(_, host)| host);
        if host.is_empty() || host.contains(['/', '*', ' ']) {
            return Err(D::Error::custom(format!(
                "`{origin}` is not an origin such as https://app.example.org"
            )));
        }
    }

    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Both {
        #[serde(deserialize_with = "public_url")]
        url: Option<String>,
        #[serde(deserialize_with = "origins")]
        origins: Vec<String>,
    }

    fn read(url: &str, origin: &str) -> Result<Both, String> {
        let json = serde_json::json!({ "url": url, "origins": [origin] });
        serde_json::from_value(json).map_err(|err| err.to_string())
    }

    #[test]
    fn a_public_url_loses_its_trailing_slash_and_empty_means_not_set() {
        let origin = "https://app.example.org";
        assert_eq!(
            read("https://saga.example/x/", origin).unwrap().url.as_deref(),
            Some("https://saga.example/x")
        );
        let unset = read("", origin).unwrap();
        assert_eq!((unset.url, unset.origins), (None, vec![origin.to_owned()]));
    }

    #[test]
    fn wrong_urls_and_origins_are_refused_by_name() {
        for url in [
            "saga.example",
            "ftp://saga.example",
            "https://saga.example/?a=1",
            "https://u@saga.example",
        ] {
            assert!(read(url, "https://a").unwrap_err().contains(url), "{url}");
        }

        for origin in [
            "*",
            "a.example",
            "https://",
            "https://a.example/path",
            "https://*.example",
        ] {
            assert!(read("", origin).unwrap_err().contains(origin), "{origin}");
        }
    }
}
