//! Who asks.

use async_graphql::{Context, Enum, Object, Result};

use super::account::User;
use crate::{
    graphql::{Ask, scalar::Id},
    identity::RequestContext,
    operation::accounts::GetMe,
};

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

pub(crate) struct Viewer(pub(crate) RequestContext);

/// You, as the server knows you.
#[Object]
impl Viewer {
    /// Your id.
    async fn id(&self) -> Id<'_> {
        self.0.actor.user_id.into()
    }

    /// Whether you have no account. What a guest makes can be read by whoever knows its id.
    async fn is_guest(&self) -> bool {
        self.0.actor.guest
    }

    /// What you may do.
    async fn tier(&self) -> Tier {
        self.0.actor.tier.into()
    }

    /// What is known of you; null for a guest without a session.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        if !self.0.auth_method.is_signed_in() {
            return Ok(None);
        }
        let user = ctx.door().await?.perform(GetMe).await?;
        Ok(Some(User(user)))
    }
}
