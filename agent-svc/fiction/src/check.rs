//! Where a book contradicts itself.

pub(crate) mod names;
