//! Serves the router on a listener: HTTP/1.1 and HTTP/2 without TLS on the same port, with limits against slow and
//! greedy clients, and an orderly end.

mod seats;

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Body};
use http::{HeaderValue, Request, StatusCode, Version, header::CONNECTION};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use kit::shutdown::Shutdown;
use tokio::{
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use self::seats::{Seat, Seats};
use crate::{
    config::GatewayConfig,
    connection_end::ConnectionEnd,
    identity::{Peer, Proxies},
    unread_body::UnreadBody,
};

/// After a failed accept (too many open files), wait this long before the next.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Files for databases, logs, repositories and media, whatever else is open.
const RESERVED_FILES: u64 = 256;

/// An HTTP/2 client that is silent for this long gets a ping, and this long again to answer.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// Requests that one HTTP/2 connection may have open.
const CONCURRENT_STREAMS: u32 = 250;

/// Told to clients whose connection ends with the answer.
const CLOSE: HeaderValue = HeaderValue::from_static("close");

/// hyper's least buffer for a request's head.
const LEAST_HEAD: usize = 8_192;

/// Serves until `shutdown` is soft, then lets connections finish what they do, and returns when all are gone, when
/// patience ends, or at once when it is hard.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    config: &GatewayConfig,
    streams: TaskTracker,
    shutdown: &Shutdown,
) -> io::Result<()> {
    let server = Arc::new(Server {
        router,
        http: http(config),
        header_timeout: config.header_timeout(),
        shutdown: shutdown.clone(),
    });

    let seats = seats(config);
    let connections = TaskTracker::new();
    loop {
        let (socket, peer) = tokio::select! {
            accepted = accept(&listener, &seats) => accepted,
            () = shutdown.soft.cancelled() => break,
        };
        match seats.take(peer.ip()) {
            Some(seat) => drop(connections.spawn(Arc::clone(&server).connection(socket, peer, seat))),
            None => metrics::counter!("gateway_connections_refused_total").increment(1),
        }
    }

    drop(listener);
    connections.close();
    streams.close();

    let drained = async {
        connections.wait().await;
        streams.wait().await;
    };
    tokio::select! {
        outcome = timeout(config.drain_timeout(), drained) => if outcome.is_err() {
            tracing::warn!(open = connections.len() + streams.len(), "connections did not end in time");
        },
        () = shutdown.hard.cancelled() => {}
    }

    Ok(())
}

/// As many as are configured, and as the process may open files for: as many again are for what else it opens.
fn seats(config: &GatewayConfig) -> Arc<Seats> {
    let files = kit::open_files::raise_limit();
    let most = files.saturating_sub(RESERVED_FILES) / 2;
    let most = usize::try_from(most).unwrap_or(usize::MAX).max(1);

    if most < config.max_connections {
        tracing::warn!(
            files,
            connections = most,
            configured = config.max_connections,
            "the process may open too few files for all the connections that are configured"
        );
    }

    let proxies = Proxies::new(config.trusted_proxies.clone());
    Seats::new(
        most.min(config.max_connections),
        config.max_connections_per_client,
        proxies,
    )
}

/// The next connection, once there is room for it. Errors of one client are not the server's.
async fn accept(listener: &TcpListener, seats: &Seats) -> (TcpStream, SocketAddr) {
    seats.wait_for_room().await;

    let mut told = false;
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(err) if is_of_client(&err) => {}
            Err(err) => {
                if !std::mem::replace(&mut told, true) {
                    tracing::error!(%err, "no connection can be accepted");
                }
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn is_of_client(err: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(
        err.kind(),
        K::ConnectionRefused | K::ConnectionAborted | K::ConnectionReset
    )
}

fn http(config: &GatewayConfig) -> auto::Builder<TokioExecutor> {
    let mut http = auto::Builder::new(TokioExecutor::new());
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(config.header_timeout())
        .max_buf_size(config.header_limit_bytes.max(LEAST_HEAD));
    http.http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(config.header_limit_bytes).unwrap_or(u32::MAX))
        .max_concurrent_streams(CONCURRENT_STREAMS)
        .keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE);

    http
}

struct Server {
    router: Router,
    http: auto::Builder<TokioExecutor>,
    header_timeout: Duration,
    shutdown: Shutdown,
}

impl Server {
    async fn connection(self: Arc<Self>, socket: TcpStream, peer: SocketAddr, seat: Seat) {
        // Small messages must not wait for more; it only fails on a socket that is gone.
        let _ = socket.set_nodelay(true);
        let asked = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&asked);
        let (router, busy) = (self.router.clone(), seat.busy());
        let end = ConnectionEnd::default();
        let end_of_request = end.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            seen.store(true, Ordering::Relaxed);
            let (mut request, unread) = UnreadBody::watch(request.map(Body::new));
            request.extensions_mut().insert(Peer(peer));
            request.extensions_mut().insert(end_of_request.clone());

            let is_told_by_frames = request.version() == Version::HTTP_2;
            let end = end_of_request.clone();
            let (answer, exchange) = (router.clone().oneshot(request), busy.begin());
            async move {
                let mut response = answer.await?.map(|body| exchange.until_sent(body));
                // Nobody waits once more for those who were too slow.
                if response.status() != StatusCode::REQUEST_TIMEOUT {
                    unread.discard().await;
                }
                if end.is_asked_for() && !is_told_by_frames {
                    response.headers_mut().insert(CONNECTION, CLOSE);
                }

                Ok::<_, Infallible>(response)
            }
        });
        let conversation = self
            .http
            .serve_connection_with_upgrades(TokioIo::new(socket), service);
        let mut conversation = std::pin::pin!(conversation);

        // hyper's own timer starts once the protocol is known; this one bounds the time until then.
        let mut patience = std::pin::pin!(tokio::time::sleep(self.header_timeout));
        let (mut waiting, mut stopping) = (true, false);

        loop {
            let outcome = tokio::select! {
                outcome = conversation.as_mut() => outcome,
                () = &mut patience, if waiting => {
                    if !asked.load(Ordering::Relaxed) {
                        return;
                    }
                    waiting = false;
                    continue;
                }
                () = self.shutdown.soft.cancelled(), if !stopping => {
                    stopping = true;
                    conversation.as_mut().graceful_shutdown();
                    continue;
                }
                () = end.until_asked_for(), if !stopping => {
                    stopping = true;
                    conversation.as_mut().graceful_shutdown();
                    continue;
                }
                () = self.shutdown.hard.cancelled() => return,
                () = seat.until_taken() => return,
            };
            if let Err(err) = outcome {
                tracing::debug!(%peer, %err, "a connection broke off");
            }

            return;
        }
    }
}
