//! GraphQL as the public clients speak it: the audit of GraphQL over HTTP, graphql-ws, graphql-sse and Apollo Client.

use crate::harness::{
    node,
    saga::{DataFolder, Launch},
};

#[tokio::test]
async fn the_public_audit_of_graphql_over_http_finds_nothing() {
    let saga = Launch::new(&DataFolder::new()).serve().await;
    node::run("audit.mjs", &[&format!("{}/graphql", saga.base())]).await;
}
