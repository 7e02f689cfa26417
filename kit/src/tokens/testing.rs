//! An issuer for tests: keys of its own, and tokens signed with them.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::{ACCESS_TYPE, AccessClaims, AccessRules};

/// Signs what it is told to, with one ES256 key.
pub struct TestIssuer {
    pub issuer: String,
    pub audience: String,
    pub key_id: String,
    key: EncodingKey,
    jwks: String,
}

impl TestIssuer {
    /// # Panics
    /// When this machine has no randomness.
    #[must_use]
    pub fn new(issuer: &str, audience: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        let public = pair.public_key().as_ref();
        let key_id = URL_SAFE_NO_PAD.encode(&public[1..9]);
        let (x, y) = (
            URL_SAFE_NO_PAD.encode(&public[1..33]),
            URL_SAFE_NO_PAD.encode(&public[33..]),
        );
        let jwk = json!({ "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": key_id, "x": x, "y": y });

        Self {
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            jwks: json!({ "keys": [jwk] }).to_string(),
            key: EncodingKey::from_ec_der(pair.to_pkcs8v1().expect("a key").as_ref()),
            key_id,
        }
    }

    /// The public key, as a key set.
    #[must_use]
    pub fn jwks(&self) -> &str {
        &self.jwks
    }

    #[must_use]
    pub fn rules(&self) -> AccessRules {
        AccessRules::new(self.issuer.clone(), self.audience.clone())
    }

    /// An access token, issued now.
    ///
    /// # Panics
    /// Never: the claims are plain JSON.
    #[must_use]
    pub fn access_token(&self, claims: &AccessClaims, now: DateTime<Utc>) -> String {
        self.sign(
            ACCESS_TYPE,
            &serde_json::to_value(claims).expect("plain JSON"),
            now,
        )
    }

    /// A token of any type with any claims; `iss`, `aud`, `iat` and `exp` (15 minutes) are added where they are missing.
    ///
    /// # Panics
    /// When `claims` is not an object.
    #[must_use]
    pub fn sign(&self, token_type: &str, claims: &Value, now: DateTime<Utc>) -> String {
        let mut claims = claims.as_object().expect("claims are an object").clone();
        let usual = [
            ("iss", json!(self.issuer)),
            ("aud", json!(self.audience)),
            ("iat", json!(now.timestamp())),
            ("exp", json!((now + TimeDelta::minutes(15)).timestamp())),
        ];
        for (name, value) in usual {
            claims.entry(name).or_insert(value);
        }

        let header = Header {
            typ: Some(token_type.to_owned()),
            kid: Some(self.key_id.clone()),
            ..Header::new(Algorithm::ES256)
        };

        jsonwebtoken::encode(&header, &claims, &self.key).expect("the key fits")
    }
}
