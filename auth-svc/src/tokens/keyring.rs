//! The keys that access tokens are signed with. One key signs (active), one is published and waits (standby), so that
//! whoever keeps our key set knows it before it signs; those that signed before (retired) stay published until nothing
//! they signed can still be good.

use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{EncodingKey, Header};
use kit::{
    clock::SharedClock,
    db::{Db, WriteTx},
    secrets::Key,
    tokens::{ACCESS_TYPE, AccessClaims, AccessRules, Algorithm, KeySet, LONGEST_DAYS},
};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::seal::{Seal, SealError};
use crate::{
    error::AuthError,
    store::signing_keys::{self, KeyState, SigningKey},
};

/// Another process may have rotated the keys: they are read again after this time.
const FRESH: TimeDelta = TimeDelta::seconds(30);

pub(crate) struct Keyring {
    db: Db,
    seal: Seal,
    rules: AccessRules,
    /// Set where tokens are signed with HS256 instead.
    secret: Option<SecretString>,
    clock: SharedClock,
    current: RwLock<Option<Arc<LoadedKeys>>>,
}

/// The keys as they were when they were read last.
pub(crate) struct LoadedKeys {
    at: DateTime<Utc>,
    header: Header,
    key: EncodingKey,
    pub(crate) verifying: KeySet,
    /// A JSON Web Key Set (RFC 7517).
    pub(crate) jwks: String,
}

/// Claims as they are signed.
#[derive(Serialize)]
struct SignedClaims<'a> {
    iss: &'a str,
    aud: &'a str,
    iat: i64,
    nbf: i64,
    #[serde(flatten)]
    claims: &'a AccessClaims,
}

impl Keyring {
    pub(crate) fn new(
        db: Db,
        root: &Key,
        rules: AccessRules,
        secret: Option<SecretString>,
        clock: SharedClock,
    ) -> Result<Self, AuthError> {
        Ok(Self {
            db,
            seal: Seal::new(root).map_err(broken)?,
            rules,
            secret,
            clock,
            current: RwLock::default(),
        })
    }

    pub(crate) const fn rules(&self) -> &AccessRules {
        &self.rules
    }

    /// Makes the first keys. Two processes that start at once end up with the same ones.
    pub(crate) async fn ensure_keys(&self) -> Result<(), AuthError> {
        let now = self.clock.now();
        let mut tx = self.db.system().begin_write().await?;
        let known = signing_keys::list_signing_keys(&self.db.system()).await?;
        for state in [KeyState::Active, KeyState::Standby] {
            if !known.iter().any(|key| key.state == state) {
                signing_keys::insert_signing_key(&mut tx, &self.generate(state, now)?).await?;
            }
        }

        tx.commit().await?;

        self.reload().await.map(drop)
    }

    /// Standby becomes active, active becomes retired, a new standby is made. Call [`Keyring::forget`] after the commit.
    pub(crate) async fn rotate(&self, tx: &mut WriteTx) -> Result<(), AuthError> {
        let now = self.clock.now();
        let standby = self.generate(KeyState::Standby, now)?;
        signing_keys::rotate_signing_keys(tx, &standby, now).await?;
        signing_keys::delete_retired_keys(tx, now - published_for()).await?;
        Ok(())
    }

    /// The keys are read again before they are used next.
    pub(crate) fn forget(&self) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub(crate) async fn current_keys(&self) -> Result<Arc<LoadedKeys>, AuthError> {
        let current = self
            .current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();

        match current.filter(|loaded| self.clock.now() < loaded.at + FRESH) {
            Some(loaded) => Ok(loaded),
            None => self.reload().await,
        }
    }

    /// An access token with these claims, issued now.
    pub(crate) async fn sign(&self, claims: &AccessClaims) -> Result<String, AuthError> {
        let now = self.clock.now().timestamp();
        let signed = SignedClaims {
            iss: self.rules.issuer(),
            aud: self.rules.audience(),
            iat: now,
            nbf: now,
            claims,
        };

        let loaded = self.current_keys().await?;
        jsonwebtoken::encode(&loaded.header, &signed, &loaded.key)
            .map_err(|error| AuthError::internal("signing a token", error))
    }

    pub(crate) async fn verify(&self, token: &str) -> Result<AccessClaims, AuthError> {
        let loaded = self.current_keys().await?;
        self.rules
            .verify(token, &loaded.verifying, self.clock.now())
            .map_err(|_| AuthError::Unauthenticated)
    }

    async fn reload(&self) -> Result<Arc<LoadedKeys>, AuthError> {
        let loaded = Arc::new(self.load(signing_keys::list_signing_keys(&self.db.system()).await?)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&loaded));
        Ok(loaded)
    }

    fn load(&self, keys: Vec<SigningKey>) -> Result<LoadedKeys, AuthError> {
        let now = self.clock.now();
        let shown = |key: &&SigningKey| key.retired_at.is_none_or(|at| now < at + published_for());
        let public: Vec<Value> = keys
            .iter()
            .filter(shown)
            .map(|key| serde_json::from_str(&key.public_jwk))
            .collect::<Result<_, _>>()
            .map_err(|error| AuthError::internal("reading a public key", error))?;
        let jwks = json!({ "keys": public }).to_string();
        let mut verifying = KeySet::from_jwks(&jwks, &[Algorithm::ES256])
            .map_err(|error| AuthError::internal("reading our own key set", error))?;
        let (header, key) = match &self.secret {
            Some(secret) => {
                verifying = verifying.with_secret(secret);
                (
                    Header::new(Algorithm::HS256),
                    EncodingKey::from_secret(secret.expose_secret().as_bytes()),
                )
            }
            None => {
                let active = keys.iter().find(|key| key.state == KeyState::Active);
                let active =
                    active.ok_or_else(|| AuthError::internal("finding the active key", "there is none"))?;
                let private = self.seal.open(&active.kid, &active.sealed).map_err(broken)?;
                let header = Header {
                    kid: Some(active.kid.clone()),
                    ..Header::new(Algorithm::ES256)
                };

                (header, EncodingKey::from_ec_der(&private))
            }
        };

        Ok(LoadedKeys {
            at: now,
            header: Header {
                typ: Some(ACCESS_TYPE.to_owned()),
                ..header
            },
            key,
            verifying,
            jwks,
        })
    }

    fn generate(&self, state: KeyState, now: DateTime<Utc>) -> Result<SigningKey, AuthError> {
        let making = |_| AuthError::internal("making a key", "no randomness");
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(making)?;
        let (kid, public_jwk) = public_jwk(pair.public_key().as_ref());
        let private = pair.to_pkcs8v1().map_err(making)?;

        Ok(SigningKey {
            sealed: self.seal.seal(&kid, private.as_ref()).map_err(broken)?,
            kid,
            state,
            public_jwk,
            created_at: now,
            activated_at: (state == KeyState::Active).then_some(now),
            retired_at: None,
        })
    }
}

/// How long a retired key stays published: as long as the longest token lives, and a day for clocks and caches.
fn published_for() -> TimeDelta {
    TimeDelta::days(LONGEST_DAYS + 1)
}

fn broken(error: SealError) -> AuthError {
    AuthError::internal("opening a signing key", error)
}

/// Id and JSON Web Key of an uncompressed P-256 point. The id is the key's thumbprint (RFC 7638).
fn public_jwk(point: &[u8]) -> (String, String) {
    let coordinate =
        |range: std::ops::Range<usize>| URL_SAFE_NO_PAD.encode(point.get(range).unwrap_or_default());
    let (x, y) = (coordinate(1..33), coordinate(33..65));
    let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    let kid = URL_SAFE_NO_PAD.encode(Sha256::digest(canonical.as_bytes()));
    let jwk =
        json!({ "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": kid, "x": x, "y": y });
    (kid, jwk.to_string())
}
