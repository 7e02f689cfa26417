//! `saga.v1.UsageOwners`: what was written down of somebody's use, and learned from it, goes with the account.

use kit::db::DbError;
use kit::error::{ErrorKind, FieldViolation, Problem};
use kit::rpc::actor_of;
use proto::v1::usage_owners_server::UsageOwners;
use proto::v1::{DeleteUsageResponse, OwnerRequest};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::patterns::Patterns;
use crate::store::usage::UsageStore;
use crate::usage::UsageRecorder;

/// Scope of our own services among themselves.
const SERVICE: &str = "service";

pub(crate) struct OwnersRpc {
    pub(crate) usage: UsageStore,
    /// Holds rows for a moment before they are written.
    pub(crate) recorder: UsageRecorder,
    pub(crate) patterns: Patterns,
}

#[tonic::async_trait]
impl UsageOwners for OwnersRpc {
    async fn delete_usage(
        &self,
        request: Request<OwnerRequest>,
    ) -> Result<Response<DeleteUsageResponse>, Status> {
        if !actor_of(&request)?.has_scope(SERVICE) {
            let denied = Problem::new(
                ErrorKind::PermissionDenied,
                "PERMISSION_DENIED",
                "This is not for you.",
            );
            return Err(denied.into_status());
        }

        let user = Uuid::try_parse(&request.get_ref().user_id).map_err(|_| {
            let fields = vec![FieldViolation::new("user_id", "the id of a user")];
            Problem::invalid("INVALID_FIELDS", "user_id: expected the id of a user", fields).into_status()
        })?;
        self.recorder.flush().await;

        let unavailable = |error: DbError| {
            tracing::error!(%error, "usage could not be deleted");
            let kind = ErrorKind::Unavailable;
            Problem::new(
                kind,
                "USAGE_DATABASE_UNAVAILABLE",
                "The service is not available at the moment.",
            )
            .into_status()
        };
        self.patterns.delete(user).await.map_err(unavailable)?;
        let rows = self.usage.delete(user).await.map_err(unavailable)?;

        Ok(Response::new(DeleteUsageResponse { rows }))
    }
}
