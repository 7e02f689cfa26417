//! A repository on this machine in, facts and text out: reads a checkout, understands it, and writes its narration
//! without a model. It fetches nothing, stores nothing, runs nothing of the repository, and knows no service.

pub mod analysis;
pub mod author;
pub mod checkout;
pub mod narration;
mod pattern;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod text;

pub use self::checkout::{Checkout, CheckoutError, Head};

#[cfg(test)]
mod tests;
