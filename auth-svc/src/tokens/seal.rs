//! Seals private keys and second factors for the database: AES-256-GCM under a key that is not in it, so that whoever copies the database
//! cannot sign. The key comes from `keys.auth_key` of the configuration, or from a file that only its owner can read.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use kit::secrets::Key;

const PURPOSE: &str = "saga auth seal v1";

/// The text was sealed with another key, for another use, or was changed.
#[derive(Debug, thiserror::Error)]
#[error("it was sealed with another `keys.auth_key`")]
pub(crate) struct SealError;

pub(crate) struct Seal(RandomizedNonceKey);

impl Seal {
    pub(crate) fn new(root: &Key) -> Result<Self, SealError> {
        RandomizedNonceKey::new(&AES_256_GCM, &root.mac(PURPOSE, b""))
            .map(Self)
            .map_err(|_| SealError)
    }

    /// Nonce and sealed text. `name` is not hidden, but bound to it.
    pub(crate) fn seal(&self, name: &str, text: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut sealed = text.to_vec();
        let nonce = self
            .0
            .seal_in_place_append_tag(Aad::from(name.as_bytes()), &mut sealed)
            .map_err(|_| SealError)?;
        Ok([nonce.as_ref().as_slice(), &sealed].concat())
    }

    pub(crate) fn open(&self, name: &str, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (nonce, text) = sealed.split_at_checked(NONCE_LEN).ok_or(SealError)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError)?;
        let mut text = text.to_vec();
        let opened = self
            .0
            .open_in_place(nonce, Aad::from(name.as_bytes()), &mut text)
            .map_err(|_| SealError)?;
        Ok(opened.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_key_opens_it_and_only_under_its_name() {
        let (root, other) = (Key::random(), Seal::new(&Key::random()).unwrap());
        let seal = Seal::new(&root).unwrap();
        let sealed = seal.seal("key 1", b"private").unwrap();

        assert!(!sealed.windows(7).any(|part| part == b"private"));
        assert_eq!(
            Seal::new(&root).unwrap().open("key 1", &sealed).unwrap(),
            b"private"
        );
        assert!(seal.open("key 2", &sealed).is_err());
        assert!(other.open("key 1", &sealed).is_err());
        assert!(seal.open("key 1", &sealed[..20]).is_err());
        assert!(seal.open("key 1", b"short").is_err());
    }
}
