//! Everything that can be read, one file per noun.

pub(crate) mod accounts;
mod agents;
mod health;
mod items;
mod jobs;
mod nodes;
mod projects;
pub(crate) mod runs;
mod schedules;
pub(crate) mod stories;
mod students;
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
    jobs::JobsQuery,
    nodes::NodesQuery,
    projects::ProjectsQuery,
    runs::RunsQuery,
    schedules::SchedulesQuery,
    stories::StoriesQuery,
    students::StudentsQuery,
    viewer::ViewerQuery,
    webhooks::WebhooksQuery,
    workflows::WorkflowsQuery,
);
