//! Everything that can be read, one file per noun.

mod health;

use async_graphql::MergedObject;

/// What can be read.
#[derive(MergedObject, Default)]
pub(crate) struct Query(health::HealthQuery);
