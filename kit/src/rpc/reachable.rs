//! Calls that wait for a database that is gone are answered at once, instead of when the pool gives up.

use axum::{
    extract::Request,
    middleware::{Next, from_fn},
};
use tonic::service::Routes;

use crate::{
    db::Db,
    error::{ErrorKind, Problem},
};

/// `routes` whose calls end with UNAVAILABLE as soon as `db` refuses connections. Whatever a call had begun is rolled back.
#[must_use]
pub fn answer_while_reachable(routes: Routes, db: Db) -> Routes {
    let watched = from_fn(move |request: Request, next: Next| {
        let db = db.clone();
        async move {
            tokio::select! {
                biased;
                answer = next.run(request) => answer,
                () = db.until_refused() => {
                    tracing::warn!("a call was given up: the database refuses connections");
                    let problem = Problem::new(
                        ErrorKind::Unavailable,
                        "DATABASE_UNAVAILABLE",
                        "The service is not available at the moment. Please try again.",
                    );
                    problem.into_status().into_http()
                }
            }
        }
    });

    Routes::from(routes.into_axum_router().layer(watched))
}
