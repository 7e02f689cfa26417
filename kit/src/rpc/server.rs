//! Serves a role's routes on a socket, for the processes that live apart.

use std::{collections::BTreeMap, time::Duration};

use axum::{
    extract::Request,
    middleware::{Next, from_fn},
};
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::{
    Status,
    body::Body,
    service::Routes,
    transport::{Server, server::TcpIncoming},
};

use super::{
    deadline::{self, Bounded},
    tls::{RpcTls, RpcTlsConfig},
};

const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// `[rpc]`: where this process serves its roles to other processes, and where it finds the roles that it does not run.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RpcConfig {
    /// Address to serve gRPC on; used only when some roles run in other processes.
    pub listen: String,
    /// Service name to its addresses, e.g. `http://10.0.0.5:8090`; empty for a service of this process.
    pub services: BTreeMap<String, String>,
    pub tls: RpcTlsConfig,
}

/// Serves until `stop`, then lets running calls finish. The listener is bound by the caller, so a port in use is found
/// before any work starts. A call without a deadline would last as long as somebody listens: it ends with UNAVAILABLE, and
/// whoever listens asks another process, or the next one. With `tls` only those who show a certificate of its authority are listened to.
pub async fn serve(
    listener: TcpListener,
    routes: Routes,
    tls: Option<RpcTls>,
    stop: CancellationToken,
) -> Result<(), tonic::transport::Error> {
    let server = Server::builder().http2_keepalive_interval(Some(KEEP_ALIVE));
    let mut server = match tls {
        Some(tls) => server.tls_config(tls.server())?,
        None => server,
    };

    let stopping = stop.clone();
    let end_with_us = from_fn(move |request: Request, next: Next| {
        let stopping = stopping.clone();
        async move {
            let lasts = deadline::granted(request.headers()).is_none();
            let answer = next.run(request).await;
            match lasts {
                true => answer.map(|body| axum::body::Body::new(end_by(Body::new(body), stopping))),
                false => answer,
            }
        }
    });
    let routes = Routes::from(routes.into_axum_router().layer(end_with_us));

    server
        .add_routes(routes)
        .serve_with_incoming_shutdown(
            TcpIncoming::from(listener).with_nodelay(Some(true)),
            stop.cancelled_owned(),
        )
        .await
}

fn end_by(body: Body, stop: CancellationToken) -> Bounded {
    Bounded::by(body, async move {
        stop.cancelled_owned().await;
        Status::unavailable("the process ends; ask another one")
    })
}
