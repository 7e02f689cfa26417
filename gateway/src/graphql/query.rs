//! Everything that can be read, one file per noun.

mod accounts;
mod agents;
mod health;
mod runs;
mod stories;
mod viewer;

use async_graphql::MergedObject;

/// What can be read.
#[derive(MergedObject, Default)]
pub(crate) struct Query(
    accounts::AccountsQuery,
    agents::AgentsQuery,
    health::HealthQuery,
    runs::RunsQuery,
    stories::StoriesQuery,
    viewer::ViewerQuery,
);
