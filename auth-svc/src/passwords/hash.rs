//! Argon2id, and bcrypt of older products until their owners sign in.

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};

use super::{PasswordCheck, rules::normalize};
use crate::{config::PasswordsConfig, error::AuthError};

/// Longest password that is hashed, in bytes; longer ones are wrong. 128 characters of four bytes.
const MAX_BYTES: usize = 512;

pub(super) struct Hasher {
    argon: Argon2<'static>,
    params: Params,
    /// Checked against when there is nothing to check against.
    decoy: String,
}

impl Hasher {
    pub(super) fn new(config: &PasswordsConfig) -> Result<Self, AuthError> {
        let params = Params::new(config.memory_kib, config.iterations, config.lanes, None)
            .map_err(|error| AuthError::internal("setting up Argon2", error.to_string()))?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
        let mut hasher = Self {
            argon,
            params,
            decoy: String::new(),
        };
        hasher.decoy = hasher.hash("a password that nobody has")?;

        Ok(hasher)
    }

    /// In PHC form, with a salt of its own.
    pub(super) fn hash(&self, password: &str) -> Result<String, AuthError> {
        let hash: PasswordHash = self
            .argon
            .hash_password(password.as_bytes())
            .map_err(|error| AuthError::internal("hashing a password", error.to_string()))?;
        Ok(hash.to_string())
    }

    pub(super) fn verify(&self, password: &str, stored: Option<&str>) -> Result<PasswordCheck, AuthError> {
        let fits = password.len() <= MAX_BYTES;
        let password = if fits { normalize(password) } else { String::new() };
        let Some(stored) = stored.filter(|_| fits) else {
            self.matches(&password, &self.decoy)?;
            return Ok(PasswordCheck::Wrong);
        };
        if is_bcrypt(stored) {
            return self.verify_bcrypt(&password, stored);
        }

        if !self.matches(&password, stored)? {
            return Ok(PasswordCheck::Wrong);
        }

        if self.is_current(stored) {
            return Ok(PasswordCheck::Right);
        }

        Ok(PasswordCheck::Outdated(self.hash(&password)?))
    }

    /// bcrypt reads 72 bytes and no more, as the products that made these hashes did.
    fn verify_bcrypt(&self, password: &str, stored: &str) -> Result<PasswordCheck, AuthError> {
        let right = bcrypt::verify(password, stored)
            .map_err(|error| AuthError::internal("reading a bcrypt hash", error))?;
        if right {
            Ok(PasswordCheck::Outdated(self.hash(password)?))
        } else {
            Ok(PasswordCheck::Wrong)
        }
    }

    fn matches(&self, password: &str, stored: &str) -> Result<bool, AuthError> {
        let unreadable = |error: String| AuthError::internal("reading a password hash", error);
        let hash = PasswordHash::new(stored).map_err(|error| unreadable(error.to_string()))?;
        match self.argon.verify_password(password.as_bytes(), &hash) {
            Ok(()) => Ok(true),
            Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(unreadable(error.to_string())),
        }
    }

    /// Whether a hash was made with today's algorithm and costs.
    fn is_current(&self, stored: &str) -> bool {
        let Ok(hash) = PasswordHash::new(stored) else {
            return false;
        };
        let costs = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
        hash.algorithm == argon2::ARGON2ID_IDENT
            && Params::try_from(&hash).is_ok_and(|params| costs(&params) == costs(&self.params))
    }
}

/// `$2a$`, `$2b$` and `$2y$` are the same algorithm, written by different libraries.
fn is_bcrypt(stored: &str) -> bool {
    ["$2a$", "$2b$", "$2y$"]
        .iter()
        .any(|start| stored.starts_with(start))
}
