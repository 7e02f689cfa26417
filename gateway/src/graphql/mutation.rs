//! Everything that can be done, one file per noun. A mutation takes one input and answers with one payload.

mod accounts;
mod chat;
mod runs;
mod sign_in;
mod stories;

use async_graphql::MergedObject;

/// Everything that can be done. Each field takes one input and answers with one payload.
#[derive(MergedObject, Default)]
pub(crate) struct Mutation(
    accounts::AccountsMutation,
    chat::ChatMutation,
    runs::RunsMutation,
    sign_in::SignInMutation,
    stories::StoriesMutation,
);
