//! Whether Stripe sent it: `Stripe-Signature: t=SECONDS,v1=HEX[,v1=HEX][,v0=…]`, an HMAC-SHA256 over `SECONDS.BODY`. Of several
//! signatures (a secret is being replaced) one is enough; the scheme v0 counts for nothing.

use aws_lc_rs::hmac;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};

/// How old, or how far ahead, a signature may be.
const TOLERANCE: TimeDelta = TimeDelta::seconds(300);

/// Signatures that are looked at; Stripe sends two at most.
const MOST: usize = 16;

/// Why it is not believed. Whoever sent it is told no more than that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SignatureRefusal {
    #[error("there is no time or no signature of scheme v1")]
    Malformed,
    #[error("the time of the signature is too far away")]
    Stale,
    #[error("no signature fits")]
    Forged,
}

/// What an endpoint of Stripe's webhooks signs with, `whsec_…`.
#[derive(Clone)]
pub(crate) struct WebhookSecret(hmac::Key);

impl WebhookSecret {
    /// `None` where no secret is configured: then nothing is believed.
    pub(crate) fn new(secret: &SecretString) -> Option<Self> {
        let secret = secret.expose_secret();
        (!secret.is_empty()).then(|| Self(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())))
    }

    pub(crate) fn verify(
        &self,
        payload: &[u8],
        header: &str,
        now: DateTime<Utc>,
    ) -> Result<(), SignatureRefusal> {
        let parts = header.split(',').filter_map(|part| part.trim().split_once('='));
        let (mut time, mut signatures) = (None, Vec::new());
        for (name, value) in parts {
            match name {
                "t" => time = Some(value),
                "v1" if signatures.len() < MOST => signatures.extend(decode_hex(value)),
                _ => {}
            }
        }

        let Some(time) = time.filter(|_| !signatures.is_empty()) else {
            return Err(SignatureRefusal::Malformed);
        };
        let seconds: i64 = time.parse().map_err(|_| SignatureRefusal::Malformed)?;
        let sent_at = DateTime::from_timestamp(seconds, 0).ok_or(SignatureRefusal::Malformed)?;
        if (now - sent_at).abs() > TOLERANCE {
            return Err(SignatureRefusal::Stale);
        }

        let signed = [time.as_bytes(), b".", payload].concat();
        let fits = |signature: &Vec<u8>| hmac::verify(&self.0, &signed, signature).is_ok();
        if signatures.iter().any(fits) {
            Ok(())
        } else {
            Err(SignatureRefusal::Forged)
        }
    }
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let nibble = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let bytes = text.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => Some(nibble(*high)? << 4 | nibble(*low)?),
        _ => None,
    });
    bytes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stripe::testing::sign;

    const SECRET: &str = "whsec_test";
    const BODY: &[u8] = b"{\"id\":\"evt_1\"}";

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn verify(header: &str, now: i64) -> Result<(), SignatureRefusal> {
        let secret = WebhookSecret::new(&SecretString::from(SECRET)).unwrap();
        secret.verify(BODY, header, at(now))
    }

    #[test]
    fn the_signature_of_the_documentations_scheme_fits_for_300_seconds() {
        let header = format!("t=1000,v1={}", sign(SECRET, 1000, BODY));
        assert_eq!(verify(&header, 1000), Ok(()));
        assert_eq!(verify(&header, 1300), Ok(()));
        assert_eq!(verify(&header, 1301), Err(SignatureRefusal::Stale));
        assert_eq!(verify(&header, 699), Err(SignatureRefusal::Stale));
    }

    /// Written by `fixtures/stripe_signatures/make`.
    #[test]
    fn what_the_official_libraries_of_three_languages_sign_fits_their_body_alone() {
        #[derive(serde::Deserialize)]
        struct Signed {
            secret: String,
            payload: String,
        }
        #[derive(serde::Deserialize)]
        struct Header {
            by: String,
            header: String,
            case: usize,
        }
        let cases = include_str!("../../fixtures/stripe_signatures/cases.json");
        let cases: Vec<Signed> = serde_json::from_str(cases).unwrap();
        let headers = include_str!("../../fixtures/stripe_signatures/headers.json");
        let headers: Vec<Header> = serde_json::from_str(headers).unwrap();
        let languages: std::collections::BTreeSet<_> = headers.iter().map(|header| &header.by).collect();
        assert_eq!((languages.len(), headers.len()), (3, 3 * cases.len()));

        for Header { by, header, case } in &headers {
            for (place, signed) in cases.iter().enumerate() {
                let secret = WebhookSecret::new(&SecretString::from(signed.secret.as_str())).unwrap();
                let verified = secret.verify(signed.payload.as_bytes(), header, at(1_767_000_300));
                assert_eq!(
                    verified.is_ok(),
                    place == *case,
                    "{by}: {header} with the body {place}"
                );
            }
        }
    }

    #[test]
    fn of_several_signatures_one_is_enough_and_v0_counts_for_nothing() {
        let right = sign(SECRET, 1000, BODY);
        let wrong = sign("whsec_other", 1000, BODY);

        assert_eq!(
            verify(&format!("t=1000,v1={wrong},v1={right},v0=00"), 1000),
            Ok(())
        );
        assert_eq!(
            verify(&format!("t=1000,v1={wrong}"), 1000),
            Err(SignatureRefusal::Forged)
        );
        assert_eq!(
            verify(&format!("t=1000,v0={right}"), 1000),
            Err(SignatureRefusal::Malformed)
        );
    }

    #[test]
    fn another_body_or_another_time_does_not_fit() {
        let right = sign(SECRET, 1000, b"{}");
        assert_eq!(
            verify(&format!("t=1000,v1={right}"), 1000),
            Err(SignatureRefusal::Forged)
        );
        let right = sign(SECRET, 1000, BODY);
        assert_eq!(
            verify(&format!("t=1001,v1={right}"), 1001),
            Err(SignatureRefusal::Forged)
        );
    }

    #[test]
    fn what_is_no_signature_is_refused() {
        for header in [
            "",
            "t=1000",
            "v1=00",
            "t=,v1=00",
            "t=x,v1=00",
            "t=1000,v1=zz",
            "t=99999999999999999,v1=00",
            "=,,=",
        ] {
            assert_eq!(verify(header, 1000), Err(SignatureRefusal::Malformed), "{header}");
        }
        assert!(WebhookSecret::new(&SecretString::from("")).is_none());
    }
}
