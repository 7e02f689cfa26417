//! What an authenticator app knows and computes: RFC 6238 with SHA-1, six digits and 30 s, which is what all apps take.

use chrono::{DateTime, Utc};
use fast_qr::{
    convert::{Builder as _, svg::SvgBuilder},
    qr::QRBuilder,
};
use totp_rs::{Builder, Totp};

use crate::error::AuthError;

/// Bytes of a secret, by RFC 4226 (section 4, R6).
const SECRET: usize = 20;

pub(crate) struct Authenticator(Totp);

/// What a person gives to the app.
pub(crate) struct Enrolment {
    /// Base32, for typing.
    pub(crate) secret: String,
    /// `otpauth://totp/…`
    pub(crate) uri: String,
    /// The same as a picture.
    pub(crate) qr_svg: String,
}

impl Authenticator {
    pub(crate) const DIGITS: usize = 6;

    pub(crate) fn random() -> Result<Self, AuthError> {
        let secret: [u8; SECRET] = rand::random();
        Self::from_secret(&secret)
    }

    pub(crate) fn from_secret(secret: &[u8]) -> Result<Self, AuthError> {
        build(Builder::new(), secret).map(Self)
    }

    pub(crate) fn secret(&self) -> &[u8] {
        self.0.secret().as_ref()
    }

    /// The step of 30 s that a code is of: this one, the one before or the one after, for clocks that differ.
    pub(crate) fn find_step(&self, code: &str, now: DateTime<Utc>) -> Option<i64> {
        let now = u64::try_from(now.timestamp()).ok()?;
        let step = self.0.check(code, now)?;
        i64::try_from(step).ok()
    }

    /// `account` and `issuer` are what the app shows.
    pub(crate) fn enrol(&self, account: &str, issuer: &str) -> Result<Enrolment, AuthError> {
        let named = Builder::new()
            .with_account_name(account.replace(':', " "))
            .with_issuer(Some(issuer.replace(':', " ")));
        let uri = build(named, self.secret())?.to_url();
        let uri = uri.map_err(|error| AuthError::internal("naming a second factor", error))?;
        let qr = QRBuilder::new(uri.as_str())
            .build()
            .map_err(|error| AuthError::internal("drawing a second factor", format!("{error:?}")))?;

        Ok(Enrolment {
            secret: self.0.secret().to_base32(),
            qr_svg: SvgBuilder::default().margin(4).to_str(&qr),
            uri,
        })
    }

    #[cfg(test)]
    pub(crate) fn code_at(&self, now: DateTime<Utc>) -> String {
        self.0.generate(now.timestamp().try_into().unwrap()).to_string()
    }
}

fn build(builder: Builder, secret: &[u8]) -> Result<Totp, AuthError> {
    let built = builder.with_secret(secret).build();
    built.map_err(|error| AuthError::internal("reading a second factor", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of RFC 6238, appendix B, for SHA-1; the last six of their eight digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let authenticator = Authenticator::from_secret(b"12345678901234567890").unwrap();
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let at = DateTime::from_timestamp(seconds, 0).unwrap();
            assert_eq!(authenticator.code_at(at), code);
            assert_eq!(authenticator.find_step(code, at), Some(seconds / 30));
        }
    }

    #[test]
    fn a_code_is_good_for_one_step_before_and_after_its_own() {
        let authenticator = Authenticator::from_secret(b"12345678901234567890").unwrap();
        let found = |seconds| {
            let at = DateTime::from_timestamp(seconds, 0).unwrap();
            authenticator.find_step("081804", at)
        };

        let step = 1_111_111_109 / 30;
        assert_eq!(found(step * 30 - 31), None);
        assert_eq!(found(step * 30 - 30), Some(step));
        assert_eq!(found(step * 30 + 59), Some(step));
        assert_eq!(found(step * 30 + 60), None);
    }

    #[test]
    fn an_app_is_told_who_and_where() {
        let authenticator = Authenticator::random().unwrap();
        let enrolment = authenticator.enrol("ada@example.org", "https://saga").unwrap();

        let (secret, uri) = (&enrolment.secret, &enrolment.uri);
        assert!(uri.starts_with("otpauth://totp/"), "{uri}");
        assert!(uri.contains(&format!("secret={secret}")), "{uri}");
        assert!(
            uri.contains("ada%40example.org") && uri.contains("issuer="),
            "{uri}"
        );
        assert!(enrolment.qr_svg.starts_with("<svg"), "{}", enrolment.qr_svg);
    }
}
