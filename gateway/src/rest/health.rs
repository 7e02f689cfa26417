//! Is it well? One body under four names, always 200: who needs a status code asks the admin port's `/readyz`.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use axum::{
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use http::header;
use serde::Serialize;
use tokio::{sync::Mutex, time::Instant};
use utoipa::ToSchema;

use crate::{app::App, error::ApiError};

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

/// How long an answer is as good as a new one: whoever asks often does not make every part be asked as often.
const FRESH: Duration = Duration::from_secs(1);

/// The last answer, and when it was found. Those who come meanwhile wait for it.
#[derive(Default)]
pub(crate) struct LastHealth(Mutex<Option<(Instant, Bytes)>>);

/// Is it well? Always 200: read `status`. At most a second old.
#[utoipa::path(get, path = "/api/health", tag = "health",
    responses((status = 200, body = HealthView, description = "How it is")))]
pub(crate) async fn health(State(app): State<Arc<App>>) -> Result<Response, ApiError> {
    let mut last = app.last_health.0.lock().await;
    let body = match &*last {
        Some((found, body)) if found.elapsed() < FRESH => body.clone(),
        _ => {
            let view = look(&app).await;
            let body = serde_json::to_vec(&view).map_err(|_| ApiError::internal())?;
            let body = Bytes::from(body);
            *last = Some((Instant::now(), body.clone()));

            body
        }
    };

    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

async fn look(app: &App) -> HealthView {
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

    HealthView {
        status,
        version: env!("CARGO_PKG_VERSION"),
        service: "saga",
        dependencies,
    }
}

/// The same, where Adiuva's clients ask.
#[utoipa::path(get, path = "/api/v1/health", tag = "health",
    responses((status = 200, body = HealthView, description = "How it is")))]
pub(crate) async fn health_v1(app: State<Arc<App>>) -> Result<Response, ApiError> {
    health(app).await
}

/// The same, where CodeForge's clients ask.
#[utoipa::path(get, path = "/health", tag = "health",
    responses((status = 200, body = HealthView, description = "How it is")))]
pub(crate) async fn health_short(app: State<Arc<App>>) -> Result<Response, ApiError> {
    health(app).await
}
