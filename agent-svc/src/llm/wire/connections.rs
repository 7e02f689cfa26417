//! Connections to the providers: those that everybody's calls share, and those that are one chat's own and end with it. All are made
//! with one TLS configuration, so that the roots are read and kept once, and a handshake takes up what the last one agreed on.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use genai::chat::ChatStream;
use genai::{BoxError, Client, WebConfig};
use rustls::ClientConfig;
use rustls_platform_verifier::ConfigVerifierExt as _;

use super::second_connection::PatientLayer;

/// Connections of one chat. Its calls, one after another, go over the same connection, and nobody else's do. It ends with the last clone of
/// this, and with it every copy of the chat that its buffers had.
#[derive(Clone, Default)]
pub struct OwnConnections(Arc<Own>);

#[derive(Default)]
struct Own {
    client: OnceLock<Client>,
    heard: Mutex<Option<ChatStream>>,
}

impl fmt::Debug for OwnConnections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnConnections")
    }
}

impl OwnConnections {
    /// An answer whose last event came. The library does not read on to the end of its body, and a body that is dropped before its end
    /// takes its connection with it; so it is held until the next one, and the connection waits for the next call.
    pub(super) fn hold(&self, heard: ChatStream) {
        let mut last = self.0.heard.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some(heard);
    }
}

pub(super) struct Connections {
    shared: Client,
    tls: ClientConfig,
    connect_timeout: Duration,
}

impl Connections {
    pub(super) fn new(connect_timeout: Duration) -> Result<Self, BoxError> {
        kit::tls::install_provider();
        let mut tls = ClientConfig::with_platform_verifier()?;
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let http = begin_client(&tls, connect_timeout);
        let shared = finish_client(http)?;

        Ok(Self {
            shared,
            tls,
            connect_timeout,
        })
    }

    pub(super) const fn shared(&self) -> &Client {
        &self.shared
    }

    /// The chat's own connections, made when it first asks.
    pub(super) fn own<'a>(&self, own: &'a OwnConnections) -> Result<&'a Client, BoxError> {
        if let Some(client) = own.0.client.get() {
            return Ok(client);
        }

        let http = begin_client(&self.tls, self.connect_timeout)
            .pool_max_idle_per_host(1)
            .connector_layer(PatientLayer::default());
        let client = finish_client(http)?;
        Ok(own.0.client.get_or_init(|| client))
    }
}

fn begin_client(tls: &ClientConfig, timeout: Duration) -> reqwest::ClientBuilder {
    // A redirect would carry keys in headers that no client library knows to be secret.
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("saga/", env!("CARGO_PKG_VERSION")))
        .tls_backend_preconfigured(tls.clone());
    // The library's own tuning, and after it as many connections that wait for the next call as there are.
    let tuned = WebConfig::default().with_connect_timeout(timeout);

    tuned.apply_to_builder(http).pool_max_idle_per_host(usize::MAX)
}

fn finish_client(http: reqwest::ClientBuilder) -> Result<Client, BoxError> {
    Ok(Client::builder().with_reqwest(http.build()?).build()?)
}
