//! A wire to a server of somebody else's, and all that went over it.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use url::Url;

/// Passes bytes on to a server, and keeps a copy of each.
pub(crate) struct Wiretap {
    /// The server's address, over this wire.
    pub(crate) url: String,
    heard: Arc<Mutex<Vec<u8>>>,
    task: JoinHandle<()>,
}

impl Wiretap {
    pub(crate) async fn start_before(url: &str) -> Self {
        let mut url: Url = url.parse().expect("a URL");
        let host = url.host_str().expect("a host").to_owned();
        let server = (host, url.port().expect("a port"));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        url.set_host(Some("127.0.0.1")).expect("an address");
        url.set_port(Some(port)).expect("a URL with a port");

        let heard = Arc::new(Mutex::new(Vec::new()));
        let copy = Arc::clone(&heard);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect((server.0.as_str(), server.1))
                    .await
                    .expect("the server is there");
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                tokio::spawn(copy_over(from_client, to_server, Arc::clone(&copy)));
                tokio::spawn(copy_over(from_server, to_client, Arc::clone(&copy)));
            }
        });

        Self {
            url: url.into(),
            heard,
            task,
        }
    }

    /// Every byte that went either way up to now.
    pub(crate) fn heard(&self) -> Vec<u8> {
        self.heard.lock().expect("no panic").clone()
    }
}

impl Drop for Wiretap {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn copy_over(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    heard: Arc<Mutex<Vec<u8>>>,
) {
    let mut piece = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        heard
            .lock()
            .expect("no panic")
            .extend_from_slice(&piece[..length]);
        if to.write_all(&piece[..length]).await.is_err() {
            return;
        }
    }
}
