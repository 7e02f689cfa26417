//! Secret keys and the one MAC made with them. Keys come from the configuration, or are generated on first start under
//! `{data_dir}/keys/` and readable by their owner only. Never printed: `Debug` hides them.

use std::{fmt, io, path::Path, sync::Arc};

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde::Deserialize;
use sha2::Sha256;

/// Bytes of a MAC (HMAC-SHA256) and of a generated key.
pub const MAC_BYTES: usize = 32;

/// `[keys]`: secrets that all services of one platform share; empty for generated ones.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeysConfig {
    pub actor_key: SecretString,
    pub media_key: SecretString,
    pub guest_key: SecretString,
    pub auth_key: SecretString,
}

/// The keys of a platform.
#[derive(Clone, Debug)]
pub struct Keys {
    /// Signs the actor between services.
    pub actor: Key,
    /// Makes media names.
    pub media: Key,
    /// Recognises guests again.
    pub guest: Key,
    /// Seals signing keys, and makes refresh tokens.
    pub auth: Key,
}

impl KeysConfig {
    /// Every key by its name, and what is configured for it; empty for a generated one.
    #[must_use]
    pub fn by_name(&self) -> [(&'static str, &SecretString); 4] {
        [
            ("actor", &self.actor_key),
            ("media", &self.media_key),
            ("guest", &self.guest_key),
            ("auth", &self.auth_key),
        ]
    }
}

impl Keys {
    pub fn load(config: &KeysConfig, data_dir: &Path) -> Result<Self, SecretError> {
        Ok(Self {
            actor: Key::load("actor", &config.actor_key, data_dir)?,
            media: Key::load("media", &config.media_key, data_dir)?,
            guest: Key::load("guest", &config.guest_key, data_dir)?,
            auth: Key::load("auth", &config.auth_key, data_dir)?,
        })
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("the key `{name}` has {len} bytes; at least {MAC_BYTES} are needed")]
    TooShort { name: String, len: usize },
    #[error("the key `{name}` can be guessed: it repeats a few characters; take 32 random bytes")]
    Guessable { name: String },
    #[error("the key file {path} could not be {action}")]
    File {
        path: String,
        action: &'static str,
        #[source]
        source: io::Error,
    },
}

/// Whether a secret that a person chose is a few characters over and over. Thirty-two random hexadecimal digits hold
/// fewer than eight different ones once in 27 million times.
#[must_use]
pub fn is_guessable(secret: &SecretString) -> bool {
    let bytes: std::collections::BTreeSet<u8> = secret.expose_secret().bytes().collect();
    bytes.len() < 8
}

/// A secret key for HMAC-SHA256.
#[derive(Clone)]
pub struct Key(Arc<SecretSlice<u8>>);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    /// A key from the configuration: the bytes of the text, at least 32 of them, and not the same few over and over.
    pub fn from_text(name: &str, text: &SecretString) -> Result<Self, SecretError> {
        let key = Self::from_bytes(name, text.expose_secret().as_bytes().to_vec())?;

        if is_guessable(text) {
            return Err(SecretError::Guessable {
                name: name.to_owned(),
            });
        }
        Ok(key)
    }

    pub fn from_bytes(name: &str, bytes: Vec<u8>) -> Result<Self, SecretError> {
        if bytes.len() < MAC_BYTES {
            return Err(SecretError::TooShort {
                name: name.to_owned(),
                len: bytes.len(),
            });
        }
        Ok(Self(Arc::new(bytes.into())))
    }

    /// A fresh random key that lives as long as this process.
    #[must_use]
    pub fn random() -> Self {
        let bytes: [u8; MAC_BYTES] = rand::random();
        Self(Arc::new(bytes.to_vec().into()))
    }

    /// The configured key when `configured` is not empty, else the one kept in `{data_dir}/keys/{name}`, which is
    /// generated when it does not exist yet. Two processes that start at once end up with the same key.
    pub fn load(name: &str, configured: &SecretString, data_dir: &Path) -> Result<Self, SecretError> {
        if !configured.expose_secret().is_empty() {
            return Self::from_text(name, configured);
        }
        file::load(name, &data_dir.join("keys"))
    }

    /// Where a generated key is kept.
    #[must_use]
    pub fn file(name: &str, data_dir: &Path) -> std::path::PathBuf {
        data_dir.join("keys").join(name)
    }

    /// Tells this key from others, and nothing else of it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mac = self.mac("fingerprint", b"");
        mac[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn hasher(&self, purpose: &str, data: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret())
            .unwrap_or_else(|_| unreachable!("HMAC takes a key of any length"));
        // The purpose and its end keep a MAC made for one use from passing in another.
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(data);
        mac
    }

    /// HMAC-SHA256 of `data`, bound to `purpose`.
    #[must_use]
    pub fn mac(&self, purpose: &str, data: &[u8]) -> [u8; MAC_BYTES] {
        self.hasher(purpose, data).finalize().into_bytes().into()
    }

    /// Compares in constant time.
    #[must_use]
    pub fn verify(&self, purpose: &str, data: &[u8], mac: &[u8]) -> bool {
        self.hasher(purpose, data).verify_slice(mac).is_ok()
    }

    /// Compares the first 16 bytes of the MAC in constant time: 128 bits, for where length matters.
    #[must_use]
    pub fn verify_short(&self, purpose: &str, data: &[u8], mac: &[u8; 16]) -> bool {
        self.hasher(purpose, data).verify_truncated_left(mac).is_ok()
    }
}

mod file {
    use std::{
        fs::{self, OpenOptions},
        io::{self, Write},
        path::{Path, PathBuf},
    };

    use super::{Key, MAC_BYTES, SecretError};

    pub(super) fn load(name: &str, dir: &Path) -> Result<Key, SecretError> {
        let path = dir.join(name);
        let fail = |action| {
            let path = path.display().to_string();
            move |source| SecretError::File { path, action, source }
        };
        match fs::read(&path) {
            Ok(bytes) => return Key::from_bytes(name, bytes),
            Err(err) if err.kind() == io::ErrorKind::NotFound => {}
            Err(err) => return Err(fail("read")(err)),
        }

        create(dir, &path).map_err(fail("written"))?;

        Key::from_bytes(name, fs::read(&path).map_err(fail("read"))?)
    }

    /// Writes aside and links into place: a reader sees a whole key or none, and the first writer wins.
    fn create(dir: &Path, path: &Path) -> io::Result<()> {
        private_dir(dir)?;

        let aside: PathBuf = dir.join(format!(".{}", crate::ids::random_id()));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);

        let mut file = options.open(&aside)?;
        let bytes: [u8; MAC_BYTES] = rand::random();
        file.write_all(&bytes)?;
        file.sync_all()?;

        let linked = fs::hard_link(&aside, path);
        fs::remove_file(&aside)?;

        match linked {
            Err(err) if err.kind() != io::ErrorKind::AlreadyExists => Err(err),
            _ => Ok(()),
        }
    }

    fn private_dir(dir: &Path) -> io::Result<()> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(dir)
    }
}

#[cfg(test)]
mod tests;
