//! SQL and the rows it reads and writes, one file per aggregate. Decides nothing.

pub(crate) mod patterns;
pub(crate) mod usage;
