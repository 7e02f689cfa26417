//! The rules of backups: a struct a noun, each with what it needs. They own the transactions, so that several nouns can
//! share one; they make ids and times, and never see a proto type or SQL.

pub(crate) mod backups;
pub(crate) mod checksum;
pub(crate) mod entitlements;
pub(crate) mod objects;
pub(crate) mod owners;
pub(crate) mod request_context;
pub(crate) mod restic;
pub(crate) mod resumable;
pub(crate) mod retention;
pub(crate) mod retention_rules;
pub(crate) mod verify;
