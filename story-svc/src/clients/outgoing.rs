//! Calls to addresses that people name: only to the public internet, checked after the name was resolved, without following
//! where an answer points. Sends no credentials of ours, keeps no cookies, uses no proxy.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use kit::sources::is_public;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method};
use serde_json::{Map, Value, json};
use url::{Host, Url};

/// An answer's body that is read.
const BODY_MAX: usize = 512 * 1024;
/// One call, its answer included.
const PATIENCE: Duration = Duration::from_secs(30);
const CONNECT: Duration = Duration::from_secs(10);
/// One message to somebody who is only to take it.
const POST_PATIENCE: Duration = Duration::from_secs(20);
/// The beginning of its answer that is read.
const HEAD_MAX: usize = 1024;

/// One call.
#[derive(Debug, Clone)]
pub(crate) struct OutgoingRequest {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    /// A text is sent as it is, anything else as JSON.
    pub(crate) body: Option<Value>,
}

/// Why there is no answer, for whoever named the address.
#[derive(Debug, thiserror::Error)]
pub enum OutgoingError {
    #[error("{url} is not an https address.")]
    Url { url: String },
    #[error("{host} is not an address of the public internet, and is not called.")]
    Private { host: String },
    #[error("{host} is not called on port {port}: only on 443, 80 and from 1024 on.")]
    Port { host: String, port: u16 },
    #[error("The header {name} can not be sent.")]
    Header { name: String },
    #[error("{host} did not answer.")]
    Unreachable {
        host: String,
        #[source]
        source: reqwest::Error,
    },
    #[error("{host} answered with more than {} KiB.", .most / 1024)]
    TooLarge { host: String, most: usize },
}

impl OutgoingError {
    /// Whether another attempt can end better.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }
}

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Outgoing {
    client: Client,
    allow_private: bool,
}

impl Outgoing {
    /// # Errors
    /// The client could not be made: this machine has no TLS roots.
    pub(crate) fn new(allow_private: bool) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(PublicResolver { allow_private }))
            .connect_timeout(CONNECT)
            .timeout(PATIENCE)
            .user_agent("saga")
            .build()?;

        Ok(Self {
            client,
            allow_private,
        })
    }

    /// A client of its own, whose connections, and what their buffers hold, end with it.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(crate) fn separate(&self) -> Result<Self, reqwest::Error> {
        Self::new(self.allow_private)
    }

    /// The address, when it may be called as far as its text tells.
    ///
    /// # Errors
    /// Another scheme, credentials in it, a port that other services than those of the web have, or an address of this network.
    pub(crate) fn check(&self, text: &str) -> Result<Url, OutgoingError> {
        let shown: String = text.chars().take(200).collect();
        let url = Url::parse(text).map_err(|_| OutgoingError::Url { url: shown.clone() })?;
        let scheme = url.scheme() == "https" || (self.allow_private && url.scheme() == "http");
        if !scheme || !url.username().is_empty() || url.password().is_some() {
            return Err(OutgoingError::Url { url: shown });
        }

        let port = url.port_or_known_default().unwrap_or_default();
        if port < 1024 && ![80, 443].contains(&port) && !self.allow_private {
            let host = host_of(&url);
            return Err(OutgoingError::Port { host, port });
        }

        let private = match url.host() {
            None => return Err(OutgoingError::Url { url: shown }),
            Some(Host::Ipv4(address)) => !is_public(address.into()),
            Some(Host::Ipv6(address)) => !is_public(address.into()),
            Some(Host::Domain(name)) => {
                let name = name.trim_end_matches('.').to_ascii_lowercase();
                let local = [".localhost", ".local", ".internal", ".home.arpa"];
                name == "localhost" || !name.contains('.') || local.iter().any(|end| name.ends_with(end))
            }
        };
        if private && !self.allow_private {
            let host = host_of(&url);
            return Err(OutgoingError::Private { host });
        }

        Ok(url)
    }

    /// Calls it: `{status, headers, body}`, whatever the status is. A body of JSON is a value, any other a text.
    ///
    /// # Errors
    /// It may not be called, or nobody answers.
    pub(crate) async fn call(&self, request: OutgoingRequest) -> Result<Value, OutgoingError> {
        let mut headers = read_headers(&request.headers)?;
        let method = Method::from_bytes(request.method.as_bytes()).unwrap_or(Method::GET);
        let body = match request.body {
            Some(Value::String(text)) => Some(text),
            Some(body) => {
                let json = HeaderValue::from_static("application/json");
                headers.entry(CONTENT_TYPE).or_insert(json);
                Some(body.to_string())
            }
            None => None,
        };

        let (status, told, body) = self
            .exchange((method, &request.url), headers, body, BODY_MAX)
            .await?;
        let mut shown = Map::new();
        for (name, value) in &told {
            if let Ok(text) = value.to_str() {
                shown.insert(name.as_str().to_owned(), text.into());
            }
        }
        let body = serde_json::from_slice(&body)
            .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&body).into_owned()));
        Ok(json!({ "status": status, "headers": shown, "body": body }))
    }

    /// Calls it: status, headers and a body of at most so many bytes, whatever the status is.
    ///
    /// # Errors
    /// It may not be called, nobody answers, or too much.
    pub(crate) async fn exchange(
        &self,
        (method, url): (Method, &str),
        headers: HeaderMap,
        body: Option<String>,
        most: usize,
    ) -> Result<(u16, HeaderMap, Vec<u8>), OutgoingError> {
        let url = self.check(url)?;
        let host = host_of(&url);
        let mut call = self.client.request(method, url).headers(headers);
        if let Some(body) = body {
            call = call.body(body);
        }

        let mut answer = call.send().await.map_err(|source| self.blame(&host, source))?;
        let (status, told) = (answer.status().as_u16(), answer.headers().clone());
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|source| self.blame(&host, source))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > most {
                return Err(OutgoingError::TooLarge { host, most });
            }
        }

        Ok((status, told, bytes))
    }

    /// Sends a text; the answer's status and the beginning of its body, which is not read further.
    ///
    /// # Errors
    /// It may not be called, or nobody answers in time.
    pub(crate) async fn post(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: String,
    ) -> Result<(u16, String), OutgoingError> {
        let url = self.check(url)?;
        let host = host_of(&url);
        let mut call = self.client.post(url).timeout(POST_PATIENCE).body(body);
        for (name, value) in headers {
            call = call.header(*name, value);
        }

        let mut answer = call.send().await.map_err(|source| self.blame(&host, source))?;
        let mut head = Vec::new();
        // Who has answered with a status has taken it, whatever becomes of the rest.
        while let Ok(Some(chunk)) = answer.chunk().await {
            head.extend_from_slice(&chunk[..chunk.len().min(HEAD_MAX - head.len())]);
            if head.len() >= HEAD_MAX {
                break;
            }
        }

        // Databases take no NUL.
        let head = String::from_utf8_lossy(&head).replace('\0', "\u{fffd}");
        Ok((answer.status().as_u16(), head))
    }

    /// What the resolver refused is no failure of the other side.
    fn blame(&self, host: &str, source: reqwest::Error) -> OutgoingError {
        let mut cause: Option<&dyn std::error::Error> = Some(&source);
        while let Some(error) = cause {
            if error.is::<PrivateAddress>() {
                return OutgoingError::Private {
                    host: host.to_owned(),
                };
            }
            cause = error.source();
        }

        OutgoingError::Unreachable {
            host: host.to_owned(),
            source,
        }
    }
}

fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

/// Those that change how the message is framed, or to whom it goes, are ours.
fn read_headers(given: &[(String, String)]) -> Result<HeaderMap, OutgoingError> {
    const OURS: [&str; 6] = [
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "upgrade",
        "te",
    ];

    let mut headers = HeaderMap::new();
    for (name, value) in given {
        let refused = || OutgoingError::Header {
            name: name.chars().take(100).collect(),
        };
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused())?;
        if OURS.contains(&key.as_str()) {
            return Err(refused());
        }
        headers.insert(key, HeaderValue::from_str(value).map_err(|_| refused())?);
    }

    Ok(headers)
}

#[derive(Debug, thiserror::Error)]
#[error("the name leads to an address that is not public")]
struct PrivateAddress;

/// Connections are made to exactly the addresses that were checked here.
struct PublicResolver {
    allow_private: bool,
}

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;

        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if !allow_private && !found.iter().all(|address| is_public(address.ip())) {
                return Err(PrivateAddress.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn addresses_of_this_network_are_not_called_whatever_they_are_called() {
        let outgoing = Outgoing::new(false).unwrap();
        for url in [
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://10.0.0.8:8443/x",
            "https://169.254.169.254/latest/meta-data",
            "https://localhost/",
            "https://db.internal/",
            "https://intranet/",
            "https://[::ffff:192.168.0.1]/",
            "https://0x7f000001/",
        ] {
            let refused = outgoing.check(url).unwrap_err();
            assert!(
                matches!(refused, OutgoingError::Private { .. }),
                "{url}: {refused:?}"
            );
            assert!(!refused.may_pass());
        }
        for url in [
            "http://example.org/",
            "ftp://example.org",
            "https://a:b@example.org/",
            "example.org",
            "",
        ] {
            let refused = outgoing.check(url).unwrap_err();
            assert!(matches!(refused, OutgoingError::Url { .. }), "{url}: {refused:?}");
        }
        for url in [
            "https://example.org:22/",
            "https://example.org:25/x",
            "https://example.org:0/",
        ] {
            let refused = outgoing.check(url).unwrap_err();
            assert!(
                matches!(refused, OutgoingError::Port { .. }),
                "{url}: {refused:?}"
            );
        }
        for url in [
            "https://example.org/hook",
            "https://example.org:443",
            "https://example.org:8443/x",
        ] {
            assert!(outgoing.check(url).is_ok(), "{url}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_here_is_refused_when_it_is_resolved() {
        let resolver = PublicResolver { allow_private: false };
        let refused = resolver.resolve("localhost".parse().unwrap()).await;
        assert!(refused.is_err_and(|error| error.is::<PrivateAddress>()));
    }
}
