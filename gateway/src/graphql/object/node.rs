//! Whatever has an id of its own, as Relay wants it: found again by that id alone.

use async_graphql::Interface;

use super::{
    account::{ApiKey, Session},
    run::Run,
    story::Story,
    viewer::Viewer,
    workflow::Workflow,
};
use crate::graphql::scalar::Id;

/// Something that is found again by its id alone: `node(id:)` gives the same thing.
#[derive(Interface)]
#[graphql(field(
    name = "id",
    ty = "Id<'_>",
    desc = "The id, which nothing else of this schema's nodes has. It is the same in REST."
))]
pub(crate) enum Node {
    Story(Story),
    Run(Run),
    Workflow(Workflow),
    Viewer(Viewer),
    Session(Session),
    ApiKey(ApiKey),
}

impl Node {
    /// The same thing once more.
    pub(crate) fn share(&self) -> Self {
        match self {
            Self::Story(story) => Self::Story(story.clone()),
            Self::Run(run) => Self::Run(run.clone()),
            Self::Workflow(workflow) => Self::Workflow(workflow.clone()),
            Self::Viewer(viewer) => Self::Viewer(Viewer(viewer.0.clone())),
            Self::Session(session) => Self::Session(Session(session.0.clone())),
            Self::ApiKey(key) => Self::ApiKey(ApiKey(key.0.clone())),
        }
    }
}
