//! What may be asked of a Code Story, parsed once into types that can only hold allowed values.
//! Reports every field at fault together. Defaults and limits are the contract's (Code Story.1 and .2).

use kit::error::FieldViolation;
use kit::sources::{RepoUrl, SourcePolicy};
use serde::{Deserialize, Serialize};

/// Most focus areas of one story.
const FOCUS_AREAS_MAX: usize = 10;
/// Most characters of one focus area.
const FOCUS_AREA_CHARS_MAX: usize = 100;
/// Most characters of an idempotency key.
const IDEMPOTENCY_KEY_CHARS_MAX: usize = 255;
/// Minutes that may be asked for.
const MINUTES: [u32; 4] = [5, 10, 15, 20];
const MINUTES_DEFAULT: u32 = 10;

/// How the narrator speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Style {
    #[default]
    Documentary,
    Tutorial,
    Podcast,
    Fiction,
    Technical,
}

impl Style {
    const ALL: [Self; 5] = [
        Self::Documentary,
        Self::Tutorial,
        Self::Podcast,
        Self::Fiction,
        Self::Technical,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Documentary => "documentary",
            Self::Tutorial => "tutorial",
            Self::Podcast => "podcast",
            Self::Fiction => "fiction",
            Self::Technical => "technical",
        }
    }
}

/// Who reads it aloud. Written with a capital, as clients do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) enum Voice {
    #[default]
    Rachel,
    Drew,
    Bella,
    Antoni,
}

impl Voice {
    const ALL: [Self; 4] = [Self::Rachel, Self::Drew, Self::Bella, Self::Antoni];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rachel => "Rachel",
            Self::Drew => "Drew",
            Self::Bella => "Bella",
            Self::Antoni => "Antoni",
        }
    }
}

/// What the listener is taken to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TechnicalDepth {
    Beginner,
    #[default]
    Intermediate,
    Advanced,
}

impl TechnicalDepth {
    const ALL: [Self; 3] = [Self::Beginner, Self::Intermediate, Self::Advanced];
    /// The product's own database called the third level so.
    const ADVANCED_ALIAS: &str = "expert";

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Beginner => "beginner",
            Self::Intermediate => "intermediate",
            Self::Advanced => "advanced",
        }
    }
}

/// What was sent, before any check. An empty text or a zero stands for "not given".
#[derive(Debug, Clone, Default)]
pub(crate) struct RawCodeRequest {
    pub(crate) repo_url: String,
    pub(crate) style: String,
    pub(crate) duration_minutes: u32,
    pub(crate) voice: String,
    pub(crate) focus_areas: Vec<String>,
    pub(crate) technical_depth: String,
}

/// A request that can be worked on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CodeRequest {
    /// As [`RepoUrl::fetch_url`] gives it.
    pub(crate) repo_url: String,
    /// `owner/repo`.
    pub(crate) repo_name: String,
    pub(crate) style: Style,
    /// 5, 10, 15 or 20.
    pub(crate) duration_minutes: u32,
    pub(crate) voice: Voice,
    pub(crate) focus_areas: Vec<String>,
    pub(crate) technical_depth: TechnicalDepth,
}

impl CodeRequest {
    /// # Errors
    /// Every field at fault, each with what was expected; never empty.
    pub(crate) fn parse(raw: RawCodeRequest, policy: &SourcePolicy) -> Result<Self, Vec<FieldViolation>> {
        let mut faults = Vec::new();
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

        let style = one_of("style", &raw.style, &Style::ALL, Style::name, &mut faults);
        let voice = one_of("voice", &raw.voice, &Voice::ALL, Voice::name, &mut faults);
        let depth_text = if raw.technical_depth == TechnicalDepth::ADVANCED_ALIAS {
            TechnicalDepth::Advanced.name()
        } else {
            &raw.technical_depth
        };

        let technical_depth = one_of(
            "technical_depth",
            depth_text,
            &TechnicalDepth::ALL,
            TechnicalDepth::name,
            &mut faults,
        );

        let duration_minutes = minutes(raw.duration_minutes, &mut faults);
        let focus_areas = focus_areas(raw.focus_areas, &mut faults);

        match repo_url {
            Some(url) if faults.is_empty() => Ok(Self {
                repo_url: url.fetch_url().to_owned(),
                repo_name: url.name(),
                style,
                duration_minutes,
                voice,
                focus_areas,
                technical_depth,
            }),
            _ => Err(faults),
        }
    }
}

/// An idempotency key that fits; `None` when none was given.
///
/// # Errors
/// The one field at fault.
pub(crate) fn parse_idempotency_key(key: &str) -> Result<Option<String>, FieldViolation> {
    if key.is_empty() {
        return Ok(None);
    }

    let fits = key.chars().count() <= IDEMPOTENCY_KEY_CHARS_MAX && !key.chars().any(char::is_control);
    fits.then(|| Some(key.to_owned())).ok_or_else(|| {
        violation(
            "idempotency_key",
            format!("at most {IDEMPOTENCY_KEY_CHARS_MAX} characters, none of them a control character"),
        )
    })
}

fn violation(field: &str, expected: impl Into<String>) -> FieldViolation {
    FieldViolation {
        field: field.to_owned(),
        expected: expected.into(),
    }
}

/// The default when nothing was given, also in place of a value that was refused.
fn one_of<T: Copy + Default>(
    field: &str,
    text: &str,
    all: &[T],
    name: fn(T) -> &'static str,
    faults: &mut Vec<FieldViolation>,
) -> T {
    if text.is_empty() {
        return T::default();
    }

    if let Some(value) = all.iter().copied().find(|value| name(*value) == text) {
        return value;
    }

    let names: Vec<_> = all.iter().map(|value| name(*value)).collect();
    faults.push(violation(field, format!("one of {}", names.join(", "))));

    T::default()
}

fn minutes(asked: u32, faults: &mut Vec<FieldViolation>) -> u32 {
    match asked {
        0 => MINUTES_DEFAULT,
        allowed if MINUTES.contains(&allowed) => allowed,
        _ => {
            faults.push(violation("duration_minutes", "5, 10, 15 or 20 minutes"));
            MINUTES_DEFAULT
        }
    }
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
