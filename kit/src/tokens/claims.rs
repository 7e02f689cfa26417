//! What a token says, and the checks that make it believed. Every claim is checked for its type too: a time is a number,
//! never a text of one.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Map, Number, Value};
use uuid::Uuid;

use super::Invalid;

/// Longest subject, by OpenID Connect Core, section 2.
const MAX_SUBJECT: usize = 255;
/// Roles of keys that a platform hands out to programs, such as Supabase's: nobody is signed in with one.
const ROLES_OF_NOBODY: [&str; 3] = ["anon", "service_role", "supabase_admin"];

/// What the subject of an issuer looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// Ours and Supabase's.
    Uuid,
    /// Any text, e.g. `auth0|5f7c8ec7c33c6c004bbafe82`.
    Text,
}

/// Which `iss` is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Issuer {
    Is(String),
    /// For a shared secret whose issuer's address is not known here: it is the secret that proves the issuer then.
    EndsWith(String),
}

impl Issuer {
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Self::Is(whole) => text == whole,
            Self::EndsWith(end) => text.ends_with(end.as_str()),
        }
    }
}

/// What must hold for a token of one issuer.
#[derive(Clone, Debug)]
pub struct Rules {
    pub issuer: Issuer,
    /// `aud` is this, or a list that holds it.
    pub audience: String,
    pub subject: Subject,
    /// Exactly this `typ` in the header; any when `None`.
    pub token_type: Option<&'static str>,
    /// How far the issuer's clock may be ahead of ours. Nothing is granted after `exp`.
    pub leeway: TimeDelta,
    /// Farthest `exp` from now: a token that is good for a century is a mistake or a forgery.
    pub longest: TimeDelta,
}

/// What a verified token says.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims {
    pub issuer: String,
    /// Never empty; a UUID when the rules say so.
    pub subject: String,
    pub expires_at: DateTime<Utc>,
    pub issued_at: Option<DateTime<Utc>>,
    /// All other claims, as they came.
    pub rest: Map<String, Value>,
}

/// Claims as they are on the wire. A claim that appears twice is refused by the decoder.
#[derive(Deserialize)]
pub(super) struct Raw {
    iss: Option<String>,
    sub: Option<String>,
    aud: Option<Audience>,
    exp: Option<Number>,
    nbf: Option<Number>,
    iat: Option<Number>,
    role: Option<Value>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    fn holds(&self, wanted: &str) -> bool {
        match self {
            Self::One(one) => one == wanted,
            Self::Many(many) => many.iter().any(|one| one == wanted),
        }
    }
}

impl Raw {
    pub(super) fn issuer(&self) -> Option<&str> {
        self.iss.as_deref()
    }

    pub(super) fn expires_at(&self) -> Option<DateTime<Utc>> {
        time(self.exp.as_ref()?).ok()
    }

    pub(super) fn check(self, rules: &Rules, now: DateTime<Utc>) -> Result<Claims, Invalid> {
        let issuer = self.iss.filter(|iss| rules.issuer.matches(iss)).ok_or(Invalid)?;

        if !self.aud.is_some_and(|aud| aud.holds(&rules.audience)) {
            return Err(Invalid);
        }

        let expires_at = time(&self.exp.ok_or(Invalid)?)?;
        if expires_at <= now || expires_at > now + rules.longest {
            return Err(Invalid);
        }

        let begins = [self.nbf.as_ref(), self.iat.as_ref()];
        for begin in begins.into_iter().flatten() {
            if time(begin)? > now + rules.leeway {
                return Err(Invalid);
            }
        }

        let nobody = self
            .role
            .as_ref()
            .and_then(Value::as_str)
            .is_some_and(|role| ROLES_OF_NOBODY.contains(&role));
        if nobody {
            return Err(Invalid);
        }

        let subject = self
            .sub
            .filter(|sub| is_subject(sub, rules.subject))
            .ok_or(Invalid)?;

        Ok(Claims {
            issuer,
            subject,
            expires_at,
            issued_at: self.iat.as_ref().map(time).transpose()?,
            rest: self.rest,
        })
    }
}

fn is_subject(text: &str, kind: Subject) -> bool {
    let plain = !text.is_empty() && text.len() <= MAX_SUBJECT && !text.chars().any(char::is_control);
    match kind {
        // Only the usual spelling with hyphens: one user has one subject.
        Subject::Uuid => plain && text.len() == 36 && Uuid::try_parse(text).is_ok_and(|id| !id.is_nil()),
        Subject::Text => plain,
    }
}

/// A NumericDate (RFC 7519, section 2): seconds since 1970, perhaps with a fraction, which is cut off.
fn time(number: &Number) -> Result<DateTime<Utc>, Invalid> {
    let seconds = match (number.as_i64(), number.as_f64()) {
        (Some(seconds), _) => seconds,
        // Every i64 that is not exact as f64 is beyond what a time can be, so the cast loses nothing that counts.
        (None, Some(seconds)) if seconds.is_finite() && seconds.abs() < 1e15 => seconds.floor() as i64,
        _ => return Err(Invalid),
    };
    DateTime::from_timestamp(seconds, 0).ok_or(Invalid)
}
