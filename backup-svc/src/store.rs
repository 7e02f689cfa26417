//! SQL, one file a noun. Rows as they are given; no ids, no times, no transactions of its own.

pub(crate) mod accounts;
pub(crate) mod backups;
pub(crate) mod objects;
pub(crate) mod restic;
pub(crate) mod resumable;
pub(crate) mod retention;
#[cfg(test)]
mod tests;
