//! `grpc.health.v1`, by <https://github.com/grpc/grpc/blob/master/doc/health-checking.md>. The empty name is the whole
//! process; the name of a role is what that role needs.

use std::{pin::Pin, time::Duration};

use futures::Stream;
use tonic::{Request, Response, Status};
use tonic_health::pb::{
    HealthCheckRequest, HealthCheckResponse,
    health_check_response::ServingStatus,
    health_server::{Health as HealthRpc, HealthServer},
};

use super::Health;

/// How often a watched state is looked at again.
const WATCH_EVERY: Duration = Duration::from_secs(2);

impl Health {
    /// The gRPC service, to be added to the routes of a process. It needs no actor.
    #[must_use]
    pub fn service(&self) -> HealthServer<Probe> {
        HealthServer::new(Probe(self.clone()))
    }
}

/// Answers probes from the registry.
#[derive(Debug)]
pub struct Probe(Health);

impl Probe {
    async fn status(health: &Health, name: &str) -> Option<ServingStatus> {
        let role = (!name.is_empty()).then_some(name);
        if role.is_none() {
            return Some(serving(health.readiness().await.ready));
        }
        health
            .readiness_of(role)
            .await
            .map(|readiness| serving(readiness.ready))
    }
}

fn serving(ready: bool) -> ServingStatus {
    if ready {
        ServingStatus::Serving
    } else {
        ServingStatus::NotServing
    }
}

fn answer(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse {
        status: status.into(),
    }
}

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl HealthRpc for Probe {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        let name = &request.get_ref().service;
        let status = Self::status(&self.0, name).await;
        let status = status.ok_or_else(|| Status::not_found("this process does not run that service"))?;
        Ok(Response::new(answer(status)))
    }

    type WatchStream = Answers<HealthCheckResponse>;

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let name = request.into_inner().service;
        let first = (self.0.clone(), self.0.0.phase.subscribe(), name, None);
        let stream = futures::stream::unfold(first, |(health, mut phase, name, last)| async move {
            loop {
                // Seen before asking: a change while the engines answer is looked at in the next turn.
                phase.borrow_and_update();

                // Watching an unknown service is allowed; it may start later.
                let now = Self::status(&health, &name)
                    .await
                    .unwrap_or(ServingStatus::ServiceUnknown);
                if last != Some(now) {
                    return Some((Ok(answer(now)), (health, phase, name, Some(now))));
                }

                let _ = tokio::time::timeout(WATCH_EVERY, phase.changed()).await;
            }
        });

        Ok(Response::new(Box::pin(stream)))
    }
}
