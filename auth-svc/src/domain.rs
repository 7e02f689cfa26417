//! The rules of accounts: a struct a noun, each with what it needs. They own the transactions, so that several nouns can
//! share one; they make ids and times, and never see a proto type or SQL.

pub(crate) mod accounts;
pub(crate) mod api_keys;
pub(crate) mod audit;
pub(crate) mod callers;
pub(crate) mod email_addresses;
pub(crate) mod email_claims;
pub(crate) mod external_users;
pub(crate) mod grants;
pub(crate) mod lookalikes;
pub(crate) mod mail_outbox;
pub(crate) mod names;
pub(crate) mod oauth;
pub(crate) mod operators;
pub(crate) mod outbox;
pub(crate) mod owner_proof;
pub(crate) mod password_resets;
pub(crate) mod profiles;
pub(crate) mod refresh_tokens;
pub(crate) mod request_context;
pub(crate) mod second_factor_codes;
pub(crate) mod second_factors;
pub(crate) mod sessions;
pub(crate) mod sign_in;
pub(crate) mod sign_in_tickets;
pub(crate) mod sign_up;
pub(crate) mod takeover;
pub(crate) mod throttle;
