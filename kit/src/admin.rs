//! The operator's door: metrics and probes, on an address of its own that the public never reaches.

use std::{io, time::Duration};

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::IntoResponse,
    routing::get,
};
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{health::Health, telemetry::Metrics};

/// Recorded values are folded this often even when nobody scrapes, so that they don't pile up.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// `[admin]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdminConfig {
    /// Address for `/metrics`, `/livez` and `/readyz`; empty for none.
    pub listen: String,
}

/// `GET /metrics` (Prometheus text), `GET /livez` and `GET /readyz` (JSON).
pub fn router(health: Health, metrics: Metrics) -> Router {
    Router::new()
        .route("/metrics", get(scrape).with_state(metrics))
        .route("/livez", get(livez))
        .route("/readyz", get(readyz).with_state(health))
}

/// 200 while the process lives.
pub async fn livez() -> &'static str {
    "alive\n"
}

/// 200 or 503, and which engine serves each need.
pub async fn readyz(State(health): State<Health>) -> impl IntoResponse {
    let readiness = health.readiness().await;
    let status = if readiness.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(readiness))
}

async fn scrape(State(metrics): State<Metrics>) -> impl IntoResponse {
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        metrics.render(),
    )
}

/// Serves until `stop`.
pub async fn serve(
    listener: TcpListener,
    health: Health,
    metrics: Metrics,
    stop: CancellationToken,
) -> io::Result<()> {
    let upkeep = async {
        loop {
            tokio::time::sleep(UPKEEP_EVERY).await;
            metrics.upkeep();
        }
    };

    let server =
        axum::serve(listener, router(health, metrics.clone())).with_graceful_shutdown(stop.cancelled_owned());

    tokio::select! {
        ended = server.into_future() => ended,
        () = upkeep => Ok(()),
    }
}
