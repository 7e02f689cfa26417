//! A TCP proxy that a test lets stall, cut, drop or refuse what goes through it.

use std::{net::SocketAddr, sync::Arc};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    sync::watch,
};
use tokio_util::task::AbortOnDropHandle;

use crate::shutdown::spawn_owned;

/// What the proxy does with its connections from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Pass,
    /// Nothing goes through, and nothing is closed.
    Stall,
    /// Every connection is closed, and so is every new one at once.
    Refuse,
    /// A new connection is closed when so many bytes have come back from the server.
    CutAfter(usize),
}

/// Stands before one server, on a port of its own.
pub struct Proxy {
    address: SocketAddr,
    mode: Arc<watch::Sender<Mode>>,
    met: Arc<watch::Sender<bool>>,
    _task: AbortOnDropHandle<()>,
}

impl Proxy {
    async fn start(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let mode = Arc::new(watch::Sender::new(Mode::Pass));
        let met = Arc::new(watch::Sender::new(false));
        let spoiler = Spoiler {
            mode: Arc::clone(&mode),
            met: Arc::clone(&met),
        };

        Self {
            address,
            mode,
            met,
            _task: spawn_owned(accept(listener, server, spoiler)),
        }
    }

    /// In front of the server that a URL names, and the URL that leads through it.
    ///
    /// # Panics
    /// When that is no URL with a host and a port.
    pub async fn start_before(url: &str) -> (Self, String) {
        let parsed: url::Url = url.parse().expect("a URL");
        let (host, port) = (parsed.host_str().expect("a host"), parsed.port().expect("a port"));
        let server = format!("{host}:{port}");
        let proxy = Self::start(server.clone()).await;
        let through = url.replace(&server, &proxy.address.to_string());

        (proxy, through)
    }

    pub fn pass(&self) {
        self.mode.send_replace(Mode::Pass);
    }

    pub fn stall(&self) {
        self.spoil(&[Mode::Stall]);
    }

    pub fn refuse(&self) {
        self.spoil(&[Mode::Refuse]);
    }

    /// Closes all connections; later ones after so many bytes from the server.
    pub fn cut_after(&self, bytes: usize) {
        self.spoil(&[Mode::Refuse, Mode::CutAfter(bytes)]);
    }

    /// Closes all connections once.
    pub fn drop_all(&self) {
        self.spoil(&[Mode::Refuse, Mode::Pass]);
    }

    fn spoil(&self, modes: &[Mode]) {
        self.met.send_replace(false);
        for mode in modes {
            self.mode.send_replace(*mode);
        }
    }

    /// Waits until a connection has met what was last done to the link: its bytes wait, or it was closed.
    pub async fn meets(&self) {
        // The sender is ours, so there is an end to the waiting.
        let _ = self.met.subscribe().wait_for(|met| *met).await;
    }
}

/// What a link's connections go by.
#[derive(Clone)]
struct Spoiler {
    mode: Arc<watch::Sender<Mode>>,
    met: Arc<watch::Sender<bool>>,
}

impl Spoiler {
    fn is_met(&self) {
        self.met.send_if_modified(|met| !std::mem::replace(met, true));
    }
}

async fn accept(listener: TcpListener, server: String, spoiler: Spoiler) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let (spoiler, server) = (spoiler.clone(), server.clone());
        let mode = spoiler.mode.subscribe();

        connections.spawn(async move {
            if *mode.borrow() == Mode::Refuse {
                return spoiler.is_met();
            }
            if let Ok(server) = TcpStream::connect(server).await {
                carry(client, server, mode, &spoiler).await;
            }
        });
    }
}

/// Ends with either direction, and when all connections are closed.
async fn carry(client: TcpStream, server: TcpStream, mut mode: watch::Receiver<Mode>, spoiler: &Spoiler) {
    let limit = match *mode.borrow_and_update() {
        Mode::CutAfter(bytes) => bytes,
        _ => usize::MAX,
    };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();

    tokio::select! {
        () = copy(from_client, to_server, usize::MAX, mode.clone(), spoiler) => {}
        () = copy(from_server, to_client, limit, mode.clone(), spoiler) => {}
        () = closed(mode) => spoiler.is_met(),
    }
}

/// What comes after a change to `Refuse` is for new connections: a change is enough.
async fn closed(mut mode: watch::Receiver<Mode>) {
    loop {
        if mode.changed().await.is_err() || *mode.borrow_and_update() != Mode::Stall {
            return;
        }
        // Stalled: it goes on where it was when the proxy passes again.
        if mode.wait_for(|mode| *mode != Mode::Stall).await.is_err() {
            return;
        }
    }
}

async fn copy(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    limit: usize,
    mut mode: watch::Receiver<Mode>,
    spoiler: &Spoiler,
) {
    let mut buffer = vec![0; 16 * 1024];
    let mut copied = 0;

    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        if *mode.borrow() == Mode::Stall {
            spoiler.is_met();
        }
        if mode.wait_for(|mode| *mode != Mode::Stall).await.is_err() {
            return;
        }
        let read = read.min(limit - copied);
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
        copied += read;
        if copied == limit {
            return spoiler.is_met();
        }
    }
}
