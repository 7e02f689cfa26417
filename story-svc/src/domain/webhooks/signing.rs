//! Secrets of webhooks, and the signatures that Standard Webhooks wants. Pure. A secret is made whenever it is needed, of the
//! installation's key, so that none is stored.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use kit::secrets::{Key, MAC_BYTES};
use sha2::Sha256;
use uuid::Uuid;

pub(super) type WebhookSecret = [u8; MAC_BYTES];

/// The secret of a webhook in one of its versions: 1, 2, 3…
pub(super) fn make_secret(key: &Key, webhook: Uuid, version: u32) -> WebhookSecret {
    let data = [&webhook.as_bytes()[..], &version.to_be_bytes()].concat();
    key.mac("webhook secret", &data)
}

pub(super) fn show_secret(secret: &WebhookSecret) -> String {
    format!("whsec_{}", STANDARD.encode(secret))
}

/// For the header `webhook-signature`: one signature for each secret. `at` is in seconds since 1970.
pub(super) fn sign<'a>(secrets: impl Iterator<Item = &'a [u8]>, id: &str, at: i64, body: &str) -> String {
    let signatures: Vec<_> = secrets
        .filter_map(|secret| {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
            mac.update(format!("{id}.{at}.").as_bytes());
            mac.update(body.as_bytes());
            Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
        })
        .collect();

    signatures.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_signed_as_the_specification_shows_it() {
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = sign(
            [&secret[..]].into_iter(),
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn each_webhook_and_each_version_has_a_secret_of_its_own() {
        let key = Key::random();
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let secrets = [
            make_secret(&key, one, 1),
            make_secret(&key, one, 2),
            make_secret(&key, two, 1),
            make_secret(&Key::random(), one, 1),
        ];
        for (i, secret) in secrets.iter().enumerate() {
            assert!(!secrets[..i].contains(secret));
        }
        assert_eq!(secrets[0], make_secret(&key, one, 1));
        assert!(show_secret(&secrets[0]).starts_with("whsec_"));
    }
}
