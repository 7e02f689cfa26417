//! Everything that can be watched, one file per noun. Events are numbered: whoever comes back says the last number that
//! was seen and misses nothing.

mod runs;
mod stories;
mod watching;

use async_graphql::MergedSubscription;

/// What can be watched.
#[derive(MergedSubscription, Default)]
pub(crate) struct Subscription(runs::RunsSubscription, stories::StoriesSubscription);
