//! Secrets that mean nothing by themselves: refresh tokens, API keys, states and tickets of a sign-in, links in mail. 256
//! random bits each; the database keeps their SHA-256 only, which needs no salt, because nobody guesses 256 bits. Recovery
//! codes are typed by people and so are shorter: 80 bits, kept as a MAC with our key.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kit::secrets::Key;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// SHA-256 of a secret.
pub(crate) type Hash = [u8; 32];

const REFRESH: &str = "srt_";
const API_KEY: &str = "saga_";
/// Characters of an API key that may be shown: enough to tell keys apart, 24 bits of 256.
const SHOWN: usize = API_KEY.len() + 4;
const SUCCESSOR: &str = "saga refresh successor v1";
const VERIFIER: &str = "saga oauth verifier v1";
const RECOVERY: &str = "saga recovery code v1";
/// Bytes of a recovery code, and characters between its hyphens.
const RECOVERY_BYTES: usize = 10;
const RECOVERY_GROUP: usize = 4;

/// A secret on its way to its owner. Not printable.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    pub(crate) fn hash(&self) -> Hash {
        hash_secret(&self.0)
    }

    /// What a person may see of an API key.
    pub(crate) fn prefix(&self) -> String {
        self.0.chars().take(SHOWN).collect()
    }
}

pub(crate) fn hash_secret(secret: &str) -> Hash {
    Sha256::digest(secret.as_bytes()).into()
}

/// Makes secrets, and those that follow from others.
#[derive(Clone)]
pub(crate) struct Secrets(Key);

impl Secrets {
    pub(crate) fn new(root: Key) -> Self {
        Self(root)
    }

    pub(crate) fn make_refresh_token(&self) -> Secret {
        random(REFRESH)
    }

    pub(crate) fn make_api_key(&self) -> Secret {
        random(API_KEY)
    }

    pub(crate) fn make_state(&self) -> Secret {
        random("")
    }

    /// Of a sign-in that waits for a code.
    pub(crate) fn make_ticket(&self) -> Secret {
        random("")
    }

    /// Of a link in a mail.
    pub(crate) fn make_link_token(&self) -> Secret {
        random("")
    }

    /// Four groups of four letters and digits.
    pub(crate) fn make_recovery_code(&self) -> String {
        let bytes: [u8; RECOVERY_BYTES] = rand::random();
        let letters = totp_rs::Secret::from(bytes.to_vec()).to_base32().to_lowercase();

        let letters: Vec<char> = letters.chars().collect();
        let groups = letters.chunks(RECOVERY_GROUP).map(String::from_iter);
        groups.collect::<Vec<_>>().join("-")
    }

    /// How a user's recovery code is kept. `code` is without its hyphens.
    pub(crate) fn hash_recovery_code(&self, user: Uuid, code: &str) -> Hash {
        self.0.mac(RECOVERY, format!("{user} {code}").as_bytes())
    }

    /// The refresh token that takes the place of this one. It follows from it and our key, so that it can be given
    /// again to a second tab although only its hash is kept; without the key it is as unknown as any other.
    pub(crate) fn derive_successor(&self, token: &str) -> Secret {
        Secret(format!("{REFRESH}{}", self.derived(SUCCESSOR, token)))
    }

    /// PKCE's code verifier (RFC 7636) of a sign-in with this state: 43 characters, and nothing to keep.
    pub(crate) fn derive_verifier(&self, state: &str) -> String {
        self.derived(VERIFIER, state)
    }

    fn derived(&self, purpose: &str, from: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.0.mac(purpose, from.as_bytes()))
    }
}

fn random(prefix: &str) -> Secret {
    let bytes: [u8; 32] = rand::random();
    Secret(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ_and_say_what_they_are() {
        let secrets = Secrets::new(Key::random());
        let (one, two) = (secrets.make_api_key(), secrets.make_api_key());
        assert!(one != two && one.hash() != two.hash());
        assert_eq!((one.expose().len(), &one.prefix()[..5]), (5 + 43, "saga_"));
        assert_eq!(one.prefix().len(), 9);
        assert!(secrets.make_refresh_token().expose().starts_with("srt_"));
    }

    #[test]
    fn a_successor_follows_from_the_token_and_our_key_alone() {
        let (secrets, other) = (Secrets::new(Key::random()), Secrets::new(Key::random()));
        let token = secrets.make_refresh_token();
        let next = secrets.derive_successor(token.expose());
        assert!(next == secrets.derive_successor(token.expose()) && next != token);
        assert!(next != other.derive_successor(token.expose()));
        assert_ne!(next.expose()[4..], secrets.derive_verifier(token.expose()));
        assert_eq!(secrets.derive_verifier("state").len(), 43);
    }
}
