//! The server's side of git over HTTP, as stock `git` speaks it: what is there, packs out, packs in (protocols 0, 1 and 2).
//!
//! Bytes in, bytes out: where objects lie, who may ask, and what a push means to its project is the [`Repository`]'s. There is one
//! branch, `main`, and its history only grows. Nothing here trusts a client: each length is checked before room is made for it, and
//! what would not pass `git fsck --strict` is refused.

mod commit;
mod compose;
mod graph;
mod limits;
mod lines;
mod object;
mod receive;
mod repository;
mod tree;
mod upload;

#[cfg(test)]
mod tests;

pub use commit::Signature;
pub use compose::{Composed, NewCommit, compose_commit};
pub use gix_hash::ObjectId;
pub use gix_object::Kind;
pub use graph::CommitLinks;
pub use limits::Limits;
pub use lines::{Protocol, Service, advertise_refs};
pub use object::StoredObject;
pub use receive::{Change, Push, PushBody, Step, receive_pack};
pub use repository::{Failure, FileRules, GitError, PushRefusal, Repository};
pub use tree::list_tree_files;
pub use upload::{PackStream, upload_pack};

/// The one branch.
pub const MAIN: &str = "refs/heads/main";

/// Ids are SHA-1, as every client knows it; two different objects of one id are detected and refused.
const HASH: gix_hash::Kind = gix_hash::Kind::Sha1;
