//! Which repositories may be fetched, and from where: the rules for a URL that a stranger typed, and the guard for the
//! addresses that its host resolves to. Fetches nothing itself.

mod address;
mod error;
mod origin;
mod page;
mod policy;
mod url;

pub use address::is_public;
pub use error::RepoUrlError;
pub use policy::{SourcePolicy, SourcesConfig};
pub use url::RepoUrl;

#[cfg(test)]
mod tests;
