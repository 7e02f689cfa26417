//! Which passwords are accepted: NIST SP 800-63B, section 5.1.1.2 (revision 3; 3.1.1.2 of revision 4). Length counts, what
//! a password is made of does not; what attackers try first is refused.

use kit::FieldViolation;
use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;
use zxcvbn::matching::patterns::MatchPattern;

/// Characters, after normalisation.
pub(crate) const LEAST: usize = 8;
pub(crate) const MOST: usize = 128;
/// Lists hold no longer passwords, and looking for patterns takes longer the longer a password is.
const LISTED: usize = 48;

/// A new password, of acceptable length.
pub(crate) struct Password(SecretString);

impl Password {
    pub(crate) fn parse(field: &str, text: &str) -> Result<Self, FieldViolation> {
        let text = normalize(text);
        let expected = || FieldViolation::new(field, format!("{LEAST} to {MOST} characters of any kind"));
        if !(LEAST..=MOST).contains(&text.chars().count()) {
            return Err(expected());
        }
        Ok(Self(text.into()))
    }

    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Whether attackers know it: it is as a whole, also written with digits for letters or backwards, one of the common
    /// and leaked passwords or words that zxcvbn brings, a keyboard walk, a sequence, a repetition or a date; or it is one
    /// of the words `about` its owner.
    pub(super) fn is_known(&self, about: &[String]) -> bool {
        let text = self.expose();
        let lower = text.to_lowercase();
        if about.iter().any(|word| normalize(word).to_lowercase() == lower) {
            return true;
        }

        let first = text.chars().next();
        if text.chars().all(|char| Some(char) == first) {
            return true;
        }

        if text.chars().count() > LISTED {
            return false;
        }

        let about: Vec<&str> = about.iter().map(String::as_str).collect();
        let found = zxcvbn::zxcvbn(text, &about);

        // One pattern that covers all of it; several in a row are more than a list knows.
        matches!(found.sequence(), [only] if !matches!(only.pattern, MatchPattern::BruteForce))
    }
}

/// NFKC, as SP 800-63B asks for: the same password typed on another keyboard is the same.
pub(super) fn normalize(text: &str) -> String {
    text.nfkc().collect()
}

/// Words that a password of this owner must not be.
pub(crate) fn list_owner_words(email: &str, username: Option<&str>) -> Vec<String> {
    let local = email.rsplit_once('@').map(|(local, _)| local);

    let words = [Some(email), local, username, Some("saga")];
    words.into_iter().flatten().map(str::to_owned).collect()
}
