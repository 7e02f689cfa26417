//! Serves a role's routes on a socket, for the processes that live apart.

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::{
    service::Routes,
    transport::{Server, server::TcpIncoming},
};

const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// `[rpc]`: where this process serves its roles to other processes, and where it finds the roles that it does not run.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RpcConfig {
    /// Address to serve gRPC on; used only when some roles run in other processes.
    pub listen: String,
    /// Service name to its address, e.g. `http://10.0.0.5:8090`; empty for a service of this process.
    pub services: BTreeMap<String, String>,
}

/// Serves until `stop`, then lets running calls finish. The listener is bound by the caller, so a port in use is found
/// before any work starts.
pub async fn serve(
    listener: TcpListener,
    routes: Routes,
    stop: CancellationToken,
) -> Result<(), tonic::transport::Error> {
    Server::builder()
        .http2_keepalive_interval(Some(KEEP_ALIVE))
        .add_routes(routes)
        .serve_with_incoming_shutdown(
            TcpIncoming::from(listener).with_nodelay(Some(true)),
            stop.cancelled_owned(),
        )
        .await
}
