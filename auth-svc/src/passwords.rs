//! Passwords: which are accepted, how they are kept, how they are checked. Hashing is slow on purpose, so it runs on
//! threads of its own and only so many at once: a rush of logins waits in line and slows nothing else.

mod hash;
mod rules;

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use self::hash::Hasher;
pub(crate) use self::rules::{Password, list_owner_words};
use crate::{config::PasswordsConfig, error::AuthError};

/// What a password turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PasswordCheck {
    Wrong,
    Right,
    /// Right, and this is a hash of today's kind to keep in place of the stored one.
    Outdated(String),
}

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Passwords {
    hasher: Arc<Hasher>,
    turns: Arc<Semaphore>,
}

impl Passwords {
    /// # Errors
    /// Costs that Argon2 does not take.
    pub(crate) fn new(config: &PasswordsConfig) -> Result<Self, AuthError> {
        Ok(Self {
            hasher: Arc::new(Hasher::new(config)?),
            turns: Arc::new(Semaphore::new(config.parallel.max(1))),
        })
    }

    /// The hash to keep. Refuses a password that is known to attackers: common, leaked, or one of `about`, which are
    /// the words that belong to its owner. `field` is where it came in.
    pub(crate) async fn accept(
        &self,
        field: &'static str,
        password: Password,
        about: Vec<String>,
    ) -> Result<String, AuthError> {
        let hasher = Arc::clone(&self.hasher);
        self.run_blocking(move || {
            if password.is_known(&about) {
                return Err(AuthError::invalid(
                    field,
                    "a password that is not on the lists of common and leaked ones, and not your name or email",
                ));
            }
            hasher.hash(password.expose())
        })
        .await?
    }

    /// Checks a password. Takes as long when nothing is stored, so that nobody learns who has an account.
    pub(crate) async fn verify(
        &self,
        password: SecretString,
        stored: Option<String>,
    ) -> Result<PasswordCheck, AuthError> {
        let hasher = Arc::clone(&self.hasher);
        self.run_blocking(move || hasher.verify(password.expose_secret(), stored.as_deref()))
            .await?
    }

    /// The turn is kept by the thread, not by who waits for it: a request that is given up leaves its hash to end, and no
    /// other takes its place before.
    async fn run_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AuthError> {
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let turn = turn.map_err(|closed| AuthError::internal("waiting for a turn to hash", closed))?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        done.await.map_err(|lost| AuthError::internal("hashing", lost))
    }
}

#[cfg(test)]
mod tests;
