//! Is it well? One body under four names, always 200: who needs a status code asks the admin port's `/readyz`.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Json as Answer, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum HealthStatus {
    Healthy,
    Degraded,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct HealthView {
    status: HealthStatus,
    #[schema(example = "0.1.0")]
    version: &'static str,
    #[schema(example = "saga")]
    service: &'static str,
    /// Each part that this process needs, and how it is.
    dependencies: BTreeMap<String, String>,
}

/// Is it well? Always 200: read `status`.
#[utoipa::path(get, path = "/api/health", tag = "health",
    responses((status = 200, body = HealthView, description = "How it is")))]
pub(crate) async fn health(State(app): State<Arc<App>>) -> Answer<HealthView> {
    let readiness = app.health.readiness().await;
    let status = if readiness.ready {
        HealthStatus::Healthy
    } else {
        HealthStatus::Degraded
    };

    // Why a part is down is for the admin port and the log, not for everybody.
    let needs = readiness.needs.into_iter();
    let dependencies = needs.map(|need| {
        let state = if need.up { "up" } else { "down" };
        (format!("{}.{}", need.role, need.need), state.to_owned())
    });
    let dependencies = dependencies.collect();

    Answer(HealthView {
        status,
        version: env!("CARGO_PKG_VERSION"),
        service: "saga",
        dependencies,
    })
}

/// The same, where Adiuva's clients ask.
#[utoipa::path(get, path = "/api/v1/health", tag = "health",
    responses((status = 200, body = HealthView, description = "How it is")))]
pub(crate) async fn health_v1(app: State<Arc<App>>) -> Answer<HealthView> {
    health(app).await
}

/// The same, where CodeForge's clients ask.
#[utoipa::path(get, path = "/health", tag = "health",
    responses((status = 200, body = HealthView, description = "How it is")))]
pub(crate) async fn health_short(app: State<Arc<App>>) -> Answer<HealthView> {
    health(app).await
}
