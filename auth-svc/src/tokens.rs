//! What is signed, sealed and made from randomness here: access tokens and their keys, refresh tokens, API keys, states.
//! Verification is in `kit::tokens`.

mod authenticator;
mod keyring;
mod opaque;
mod seal;

pub(crate) use self::authenticator::{Authenticator, Enrolment};
pub(crate) use self::keyring::Keyring;
pub(crate) use self::opaque::{Hash, Secret, Secrets, hash_secret};
pub(crate) use self::seal::Seal;
