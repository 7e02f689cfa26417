//! Profiles: what a user shows of themself.

use chrono::{DateTime, Utc};
use kit::{
    clock::SharedClock,
    db::Db,
    error::{Faults, FieldViolation},
};
use unicode_normalization::UnicodeNormalization;
use url::Url;

use super::{
    audit::{Audit, AuditAction},
    callers::{Callers, read_user_back},
    names,
    request_context::RequestContext,
};
use crate::{
    error::AuthError,
    store::users::{self, ProfileChange, User, Username, WriteOutcome},
};

/// Characters, by contract.
const FULL_NAME: usize = 200;
const AVATAR_URL: usize = 500;
const SKILL_LEVELS: [&str; 3] = ["beginner", "intermediate", "advanced"];

pub(crate) struct Profile {
    pub(crate) user: User,
    pub(crate) full_name: String,
    pub(crate) avatar_url: String,
    pub(crate) skill_level: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// A change as it came; `None` stays as it is.
#[derive(Default)]
pub(crate) struct ProfileInput {
    pub(crate) username: Option<String>,
    pub(crate) full_name: Option<String>,
    pub(crate) avatar_url: Option<String>,
    pub(crate) skill_level: Option<String>,
}

impl ProfileInput {
    /// Reports all faults together.
    fn parse(self) -> Result<(Option<Username>, ProfileChange), AuthError> {
        let mut faults = Faults::default();
        let username = keep(&mut faults, self.username, |text| {
            names::parse_username("username", text)
        });
        let change = ProfileChange {
            full_name: keep(&mut faults, self.full_name, parse_full_name),
            avatar_url: keep(&mut faults, self.avatar_url, parse_avatar_url),
            skill_level: keep(&mut faults, self.skill_level, parse_skill_level),
        };

        if !faults.is_empty() {
            return Err(faults.into());
        }
        Ok((username, change))
    }
}

/// What fits of a field that was given; what doesn't is noted.
fn keep<T>(
    faults: &mut Faults,
    given: Option<String>,
    parse: impl FnOnce(&str) -> Result<T, FieldViolation>,
) -> Option<T> {
    match parse(&given?) {
        Ok(value) => Some(value),
        Err(fault) => {
            faults.0.push(fault);
            None
        }
    }
}

fn parse_full_name(text: &str) -> Result<String, FieldViolation> {
    let text: String = text.trim().nfc().collect();
    if text.chars().count() <= FULL_NAME && !text.chars().any(char::is_control) {
        return Ok(text);
    }
    Err(FieldViolation::new(
        "full_name",
        "at most 200 characters on one line",
    ))
}

fn parse_avatar_url(text: &str) -> Result<String, FieldViolation> {
    let text = text.trim();
    let web = |url: Url| {
        matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none()
    };
    if text.is_empty() || text.chars().count() <= AVATAR_URL && Url::parse(text).is_ok_and(web) {
        return Ok(text.to_owned());
    }

    Err(FieldViolation::new(
        "avatar_url",
        "an http or https URL of at most 500 characters",
    ))
}

fn parse_skill_level(text: &str) -> Result<&'static str, FieldViolation> {
    let found = SKILL_LEVELS.into_iter().find(|level| *level == text.trim());
    found.ok_or_else(|| FieldViolation::new("skill_level", "beginner, intermediate or advanced"))
}

pub(crate) struct Profiles {
    pub(crate) db: Db,
    pub(crate) callers: Callers,
    pub(crate) clock: SharedClock,
    pub(crate) audit: Audit,
}

impl Profiles {
    pub(crate) async fn find(&self, context: &RequestContext) -> Result<Profile, AuthError> {
        let user = self.callers.require_user(context).await?;
        self.complete(user).await
    }

    async fn complete(&self, user: User) -> Result<Profile, AuthError> {
        let row = users::find_profile(&self.db.user(user.id), user.id).await?;

        Ok(match row {
            Some(row) => Profile {
                full_name: row.full_name,
                avatar_url: row.avatar_url,
                skill_level: row.skill_level,
                created_at: row.created_at,
                updated_at: row.updated_at.max(user.updated_at),
                user,
            },
            None => Profile {
                full_name: String::new(),
                avatar_url: String::new(),
                skill_level: SKILL_LEVELS[0].to_owned(),
                created_at: user.created_at,
                updated_at: user.updated_at,
                user,
            },
        })
    }

    pub(crate) async fn put(
        &self,
        context: &RequestContext,
        change: ProfileInput,
    ) -> Result<Profile, AuthError> {
        let user = self.callers.require_user(context).await?;
        let (username, change) = change.parse()?;
        let now = self.clock.now();
        let mut tx = self.db.user(user.id).begin_write().await?;

        if let Some(username) = username.filter(|name| name.shown != user.username) {
            let outcome = users::set_username(&mut tx, user.id, &username, now).await?;
            if outcome != WriteOutcome::Done {
                return Err(AuthError::from_outcome(outcome));
            }
            self.audit
                .record(
                    &mut tx,
                    context,
                    AuditAction::UsernameChanged,
                    Some(user.id),
                    user.id,
                )
                .await?;
        }

        users::put_profile(&mut tx, user.id, &change, now).await?;

        let user = read_user_back(&mut tx, user.id).await?;
        tx.commit().await?;

        self.complete(user).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kit::error::ServiceError;

    #[test]
    fn every_field_that_does_not_fit_is_named() {
        let change = ProfileInput {
            username: Some("a".to_owned()),
            full_name: Some("n".repeat(201)),
            avatar_url: Some("javascript:alert(1)".to_owned()),
            skill_level: Some("wizard".to_owned()),
        };
        let fields = change.parse().unwrap_err().fields();
        let names: Vec<_> = fields.iter().map(|fault| fault.field.as_str()).collect();

        assert_eq!(names, ["username", "full_name", "avatar_url", "skill_level"]);

        for url in [
            "ftp://a.example",
            "//a.example",
            "x",
            "https://u:p@a.example",
            &format!("https://a.example/{}", "a".repeat(500)),
        ] {
            assert!(parse_avatar_url(url).is_err(), "{url}");
        }
    }

    #[test]
    fn what_fits_is_trimmed_and_empty_takes_a_text_away() {
        let change = ProfileInput {
            full_name: Some("  Ada Lovelace ".to_owned()),
            avatar_url: Some(String::new()),
            skill_level: Some("advanced".to_owned()),
            ..Default::default()
        };
        let (username, change) = change.parse().unwrap();

        assert_eq!(
            (username, change.full_name.as_deref()),
            (None, Some("Ada Lovelace"))
        );
        assert_eq!(
            (change.avatar_url.as_deref(), change.skill_level),
            (Some(""), Some("advanced"))
        );
    }
}
