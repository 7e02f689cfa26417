//! SQL and the rows it reads and writes, one file per aggregate. Decides nothing: ids and times come in. Functions that
//! take a transaction belong to a change that the domain puts together.

pub(crate) mod account_tasks;
pub(crate) mod api_keys;
pub(crate) mod audit_events;
pub(crate) mod email_links;
pub(crate) mod identities;
pub(crate) mod mails;
pub(crate) mod oauth_states;
pub(crate) mod second_factors;
pub(crate) mod sessions;
pub(crate) mod sign_in_tickets;
pub(crate) mod signing_keys;
pub(crate) mod throttles;
pub(crate) mod user_emails;
pub(crate) mod users;

/// A row holds a word that this version does not know.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is stored, and is no {1}")]
pub(crate) struct UnknownWord(String, &'static str);

#[cfg(test)]
mod tests;
