//! Everything that can be watched, one file per noun. Events are numbered: whoever comes back says the last number that
//! was seen and misses nothing.

mod chat;
mod jobs;
mod projects;
mod runs;
mod stories;
mod usage;
mod watching;
mod workflows;

use async_graphql::MergedSubscription;

/// Everything that can be watched, over WebSocket, event streams or multipart.
#[derive(MergedSubscription, Default)]
pub(crate) struct Subscription(
    chat::ChatSubscription,
    jobs::JobsSubscription,
    projects::ProjectsSubscription,
    runs::RunsSubscription,
    stories::StoriesSubscription,
    usage::UsageSubscription,
    workflows::WorkflowsSubscription,
);
