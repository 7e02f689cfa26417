//! Everything that can be done, one file per noun. A mutation takes one input and answers with one payload.

mod chat;
mod runs;
mod stories;

use async_graphql::MergedObject;

/// What can be done.
#[derive(MergedObject, Default)]
pub(crate) struct Mutation(chat::ChatMutation, runs::RunsMutation, stories::StoriesMutation);
