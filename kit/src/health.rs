//! Is the process alive, and can it do its work? Every role registers what it needs and which engine serves it; the
//! answer is the same over HTTP (`/readyz`) and gRPC (`grpc.health.v1`).

mod grpc;

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use futures::future::{BoxFuture, FutureExt, join_all};
use serde::Serialize;

/// An engine that takes longer to answer counts as down.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

type Check = Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// Where the process is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    Starting,
    Serving,
    Stopping,
}

/// Something a role works with.
#[derive(Clone)]
struct Need {
    role: &'static str,
    name: &'static str,
    engine: String,
    /// Whether the role can do without it.
    optional: bool,
    check: Check,
}

struct Inner {
    needs: RwLock<Vec<Need>>,
    phase: tokio::sync::watch::Sender<Phase>,
}

/// The registry of one process. Cheap to clone.
#[derive(Clone)]
pub struct Health(Arc<Inner>);

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Health({:?})", self.phase())
    }
}

impl Default for Health {
    fn default() -> Self {
        Self::new()
    }
}

/// One need, as `/readyz` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NeedState {
    pub role: &'static str,
    pub need: &'static str,
    pub engine: String,
    pub up: bool,
    /// Whether the process is ready without it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// The body of `/readyz`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Readiness {
    pub ready: bool,
    pub phase: Phase,
    pub needs: Vec<NeedState>,
}

impl Health {
    /// A process that is starting and needs nothing yet.
    #[must_use]
    pub fn new() -> Self {
        let phase = tokio::sync::watch::Sender::new(Phase::Starting);
        Self(Arc::new(Inner {
            needs: RwLock::default(),
            phase,
        }))
    }

    /// `role` needs `name` (e.g. `database`), which `engine` (e.g. `sqlite`) serves; `check` fails while it can't.
    pub fn register<F, Fut, E>(
        &self,
        role: &'static str,
        name: &'static str,
        engine: impl Into<String>,
        check: F,
    ) where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: std::error::Error + 'static,
    {
        self.add(role, name, engine.into(), false, check);
    }

    /// The same for what `role` can do without, in a way that the error of `check` tells.
    pub fn register_optional<F, Fut, E>(
        &self,
        role: &'static str,
        name: &'static str,
        engine: impl Into<String>,
        check: F,
    ) where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: std::error::Error + 'static,
    {
        self.add(role, name, engine.into(), true, check);
    }

    fn add<F, Fut, E>(&self, role: &'static str, name: &'static str, engine: String, optional: bool, check: F)
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: std::error::Error + 'static,
    {
        let check: Check = Arc::new(move || {
            let check = check();
            async move { check.await.map_err(|err| err.to_string()) }.boxed()
        });

        let need = Need {
            role,
            name,
            engine,
            optional,
            check,
        };

        self.0
            .needs
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .push(need);
    }

    #[must_use]
    pub fn phase(&self) -> Phase {
        *self.0.phase.borrow()
    }

    /// Ready only while serving: set `Serving` when everything is bound, `Stopping` at the first signal.
    pub fn set_phase(&self, phase: Phase) {
        self.0.phase.send_replace(phase);
    }

    /// Asks every engine now, all at once.
    pub async fn readiness(&self) -> Readiness {
        self.readiness_of(None).await.unwrap_or(Readiness {
            ready: false,
            phase: self.phase(),
            needs: Vec::new(),
        })
    }

    /// The same for one role; `None` when this process does not run it.
    async fn readiness_of(&self, role: Option<&str>) -> Option<Readiness> {
        let mut needs = self
            .0
            .needs
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(role) = role {
            needs.retain(|need| need.role == role);
            if needs.is_empty() {
                return None;
            }
        }

        let needs = join_all(needs.into_iter().map(Need::state)).await;
        let phase = self.phase();
        let ready = phase == Phase::Serving && needs.iter().all(|need| need.up || need.optional);

        Some(Readiness { ready, phase, needs })
    }
}

impl Need {
    async fn state(self) -> NeedState {
        let error = match tokio::time::timeout(CHECK_TIMEOUT, (self.check)()).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error),
            Err(_) => Some(format!("no answer within {} seconds", CHECK_TIMEOUT.as_secs())),
        };

        NeedState {
            role: self.role,
            need: self.name,
            engine: self.engine,
            up: error.is_none(),
            optional: self.optional,
            error,
        }
    }
}

#[cfg(test)]
mod tests;
