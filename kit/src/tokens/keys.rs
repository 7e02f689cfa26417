//! Keys to verify with. Every key carries the algorithms it may be used with, so that a token cannot choose how its own
//! signature is read: a public key is never a shared secret, and a shared secret never comes from a key set.

use std::collections::HashMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;

use super::MAX_KEY_ID;

/// Keys of one set that are looked at; a set of more is not one that a person made.
const MAX_KEYS: usize = 64;

#[derive(Debug, thiserror::Error)]
#[error("this is not a JSON Web Key Set")]
pub struct JwksError(#[source] serde_json::Error);

/// The keys of one issuer.
#[derive(Clone, Default)]
pub struct KeySet {
    secret: Option<DecodingKey>,
    public: HashMap<String, PublicKey>,
    /// A public key without an id; it serves tokens that name none.
    nameless: Option<PublicKey>,
}

impl std::fmt::Debug for KeySet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeySet({} public keys)", self.public.len())
    }
}

#[derive(Clone)]
struct PublicKey {
    key: DecodingKey,
    algorithms: Vec<Algorithm>,
}

#[derive(Deserialize)]
struct Jwks {
    keys: Vec<Value>,
}

/// RFC 7517 and RFC 7518, the public part.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

impl KeySet {
    /// A secret that issuer and verifier share, used as HS256 and nothing else. It ignores key ids.
    #[must_use]
    pub fn shared_secret(secret: &SecretString) -> Self {
        Self::default().with_secret(secret)
    }

    /// The same key set with a shared secret beside its public keys, for an issuer that is changing over.
    #[must_use]
    pub fn with_secret(mut self, secret: &SecretString) -> Self {
        self.secret = Some(DecodingKey::from_secret(secret.expose_secret().as_bytes()));
        self
    }

    /// Reads a key set. Keys for other uses, of other kinds or for algorithms that are not `allowed` are left out, and
    /// so is every `oct` key: a secret that is published is none.
    pub fn from_jwks(text: &str, allowed: &[Algorithm]) -> Result<Self, JwksError> {
        let jwks: Jwks = serde_json::from_str(text).map_err(JwksError)?;
        let mut set = Self::default();
        for value in jwks.keys.into_iter().take(MAX_KEYS) {
            // One key that we cannot read says nothing about the others.
            let Ok(jwk) = serde_json::from_value::<Jwk>(value) else {
                continue;
            };
            let Some(key) = jwk.public_key(allowed) else {
                continue;
            };

            match jwk.kid {
                Some(kid) if kid.len() <= MAX_KEY_ID => {
                    set.public.entry(kid).or_insert(key);
                }
                Some(_) => {}
                None => set.nameless = Some(key),
            }
        }

        Ok(set)
    }

    /// Whether there is a public key of this id.
    #[must_use]
    pub fn knows(&self, key_id: &str) -> bool {
        self.public.contains_key(key_id)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.secret.is_none() && self.public.is_empty() && self.nameless.is_none()
    }

    /// The key for a token of this id and algorithm. A token without an id is served by the only key there is.
    pub(super) fn find(&self, key_id: Option<&str>, algorithm: Algorithm) -> Option<&DecodingKey> {
        if algorithm == Algorithm::HS256 {
            return self.secret.as_ref();
        }

        let key = match key_id {
            Some(id) => self.public.get(id),
            None if self.public.len() == 1 => self.public.values().next(),
            None => self.nameless.as_ref(),
        }?;

        key.algorithms.contains(&algorithm).then_some(&key.key)
    }
}

impl Jwk {
    fn public_key(&self, allowed: &[Algorithm]) -> Option<PublicKey> {
        if self.usage.as_deref().is_some_and(|usage| usage != "sig") {
            return None;
        }

        let (key, able) = self.parts()?;
        let named = self.alg.as_deref();
        let algorithms: Vec<_> = able
            .iter()
            .copied()
            .filter(|algorithm| allowed.contains(algorithm))
            .filter(|algorithm| {
                named.is_none_or(|name| name.parse().is_ok_and(|named: Algorithm| named == *algorithm))
            })
            .collect();

        (!algorithms.is_empty()).then_some(PublicKey { key, algorithms })
    }

    /// The key and what a key of this kind can do.
    fn parts(&self) -> Option<(DecodingKey, &'static [Algorithm])> {
        let part = |part: &Option<String>, bytes: usize| {
            let text = part.as_deref()?;
            (URL_SAFE_NO_PAD.decode(text).ok()?.len() == bytes).then(|| text.to_owned())
        };
        let ec = |bytes| DecodingKey::from_ec_components(&part(&self.x, bytes)?, &part(&self.y, bytes)?).ok();

        match (self.kty.as_str(), self.crv.as_deref()) {
            ("EC", Some("P-256")) => Some((ec(32)?, &[Algorithm::ES256])),
            ("EC", Some("P-384")) => Some((ec(48)?, &[Algorithm::ES384])),
            ("OKP", Some("Ed25519")) => {
                let key = DecodingKey::from_ed_components(&part(&self.x, 32)?).ok()?;
                Some((key, &[Algorithm::EdDSA]))
            }
            ("RSA", _) => {
                let key = DecodingKey::from_rsa_components(self.n.as_deref()?, self.e.as_deref()?).ok()?;
                Some((
                    key,
                    &[
                        Algorithm::RS256,
                        Algorithm::RS384,
                        Algorithm::RS512,
                        Algorithm::PS256,
                        Algorithm::PS384,
                        Algorithm::PS512,
                    ],
                ))
            }
            _ => None,
        }
    }
}
