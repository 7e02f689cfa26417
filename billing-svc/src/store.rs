//! SQL and the rows it reads and writes, one file per aggregate. Decides nothing: ids and times come in.

pub(crate) mod customers;

#[cfg(test)]
mod tests;
