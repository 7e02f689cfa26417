//! Who asks.

use async_graphql::{Enum, Object};
use kit::actor::Actor;

use crate::graphql::scalar::Id;

/// What an account may do, from least to most.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "kit::actor::Tier")]
pub(crate) enum Tier {
    /// Without paying.
    Free,
    /// The first paid tier.
    Pro,
    /// For who needs more.
    Power,
    /// For several people together.
    Team,
}

pub(crate) struct Viewer(pub(crate) Actor);

/// You, as the server knows you.
#[Object]
impl Viewer {
    /// Your id.
    async fn id(&self) -> Id<'_> {
        self.0.user_id.into()
    }

    /// Whether you have no account. What a guest makes can be read by whoever knows its id.
    async fn is_guest(&self) -> bool {
        self.0.guest
    }

    /// What you may do.
    async fn tier(&self) -> Tier {
        self.0.tier.into()
    }
}
