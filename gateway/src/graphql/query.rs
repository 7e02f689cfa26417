//! Everything that can be read, one file per noun.

pub(crate) mod accounts;
mod agents;
mod health;
mod items;
mod nodes;
mod projects;
pub(crate) mod runs;
mod schedules;
pub(crate) mod stories;
mod viewer;
mod webhooks;
mod workflows;

use async_graphql::MergedObject;

/// Everything that can be read. All of it may be asked with GET, too.
#[derive(MergedObject, Default)]
pub(crate) struct Query(
    accounts::AccountsQuery,
    agents::AgentsQuery,
    health::HealthQuery,
    items::ItemsQuery,
    nodes::NodesQuery,
    projects::ProjectsQuery,
    runs::RunsQuery,
    schedules::SchedulesQuery,
    stories::StoriesQuery,
    viewer::ViewerQuery,
    webhooks::WebhooksQuery,
    workflows::WorkflowsQuery,
);
