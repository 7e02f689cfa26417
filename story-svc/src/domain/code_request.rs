//! What may be asked of a Code Story, parsed once into types that can only hold allowed values.
//! Reports every field at fault together. Defaults and limits are the contract's (Code Story.1 and .2).

use kit::error::FieldViolation;
use kit::sources::{RepoUrl, SourcePolicy};
use proto::keys;
use proto::words::{Minutes, Style, TechnicalDepth, Voice};
use serde::{Deserialize, Serialize};

/// Most focus areas of one story.
const FOCUS_AREAS_MAX: usize = 10;
/// Most characters of one focus area.
const FOCUS_AREA_CHARS_MAX: usize = 100;

/// What was sent, before any check.
#[derive(Debug, Clone, Default)]
pub(crate) struct RawCodeRequest {
    pub(crate) repo_url: String,
    pub(crate) style: Option<Style>,
    pub(crate) duration_minutes: Option<u32>,
    pub(crate) voice: Option<Voice>,
    pub(crate) focus_areas: Vec<String>,
    pub(crate) technical_depth: Option<TechnicalDepth>,
    /// What whoever read the message found wrong already.
    pub(crate) faults: Vec<FieldViolation>,
}

/// A request that can be worked on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CodeRequest {
    /// As [`RepoUrl::fetch_url`] gives it.
    pub(crate) repo_url: String,
    /// `owner/repo`.
    pub(crate) repo_name: String,
    pub(crate) style: Style,
    pub(crate) duration_minutes: Minutes,
    pub(crate) voice: Voice,
    pub(crate) focus_areas: Vec<String>,
    pub(crate) technical_depth: TechnicalDepth,
}

impl CodeRequest {
    /// # Errors
    /// Every field at fault, each with what was expected; never empty.
    pub(crate) fn parse(raw: RawCodeRequest, policy: &SourcePolicy) -> Result<Self, Vec<FieldViolation>> {
        let mut faults = raw.faults;
        let repo_url = match RepoUrl::parse(&raw.repo_url, policy) {
            Ok(url) => Some(url),
            Err(refused) => {
                faults.push(violation(
                    "repo_url",
                    format!("{}; {refused}", refused.expected()),
                ));
                None
            }
        };

        let duration_minutes = minutes(raw.duration_minutes, &mut faults);
        let focus_areas = focus_areas(raw.focus_areas, &mut faults);

        match repo_url {
            Some(url) if faults.is_empty() => Ok(Self {
                repo_url: url.fetch_url().to_owned(),
                repo_name: url.name(),
                style: raw.style.unwrap_or_default(),
                duration_minutes,
                voice: raw.voice.unwrap_or_default(),
                focus_areas,
                technical_depth: raw.technical_depth.unwrap_or_default(),
            }),
            _ => Err(faults),
        }
    }
}

/// The key, when one was given and it fits.
///
/// # Errors
/// The one field at fault.
pub(crate) fn parse_idempotency_key(key: Option<String>) -> Result<Option<String>, FieldViolation> {
    match key {
        Some(key) if !keys::is_idempotency_key(&key) => {
            Err(violation("idempotency_key", keys::EXPECTED_IDEMPOTENCY_KEY))
        }
        key => Ok(key),
    }
}

fn violation(field: &str, expected: impl Into<String>) -> FieldViolation {
    FieldViolation {
        field: field.to_owned(),
        expected: expected.into(),
    }
}

/// The default when nothing was given, also in place of a number that was refused.
fn minutes(asked: Option<u32>, faults: &mut Vec<FieldViolation>) -> Minutes {
    let Some(asked) = asked else {
        return Minutes::default();
    };

    Minutes::try_from(asked).unwrap_or_else(|_| {
        faults.push(violation("duration_minutes", "5, 10, 15 or 20 minutes"));
        Minutes::default()
    })
}

/// Trimmed, without repetitions, in the order given.
fn focus_areas(asked: Vec<String>, faults: &mut Vec<FieldViolation>) -> Vec<String> {
    if asked.len() > FOCUS_AREAS_MAX {
        faults.push(violation(
            "focus_areas",
            format!("at most {FOCUS_AREAS_MAX} focus areas"),
        ));
        return Vec::new();
    }

    let mut kept: Vec<String> = Vec::with_capacity(asked.len());
    for (index, area) in asked.iter().enumerate() {
        let area = area.trim();
        let field = format!("focus_areas.{index}");

        if area.is_empty() {
            faults.push(violation(&field, "a text that is not empty"));
        } else if area.chars().any(char::is_control) {
            faults.push(violation(&field, "a text without control characters"));
        } else if area.chars().count() > FOCUS_AREA_CHARS_MAX {
            faults.push(violation(
                &field,
                format!("at most {FOCUS_AREA_CHARS_MAX} characters"),
            ));
        } else if !kept.iter().any(|known| known == area) {
            kept.push(area.to_owned());
        }
    }

    kept
}

#[cfg(test)]
mod tests;
