//! What both services say in the same words.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use flow::RunStatus;
use flow::store::Share;
use kit::actor::Actor;
use kit::error::{Faults, FieldViolation};
use kit::page::PageRequest;
use proto::words::{Style, TechnicalDepth, Voice, list_words};
use proto::{Timestamp, v1};
use uuid::Uuid;

use crate::error::StoryError;

pub(in crate::rpc) fn timestamp(at: DateTime<Utc>) -> Timestamp {
    Timestamp::from(SystemTime::from(at))
}

/// The page that was asked for.
pub(super) fn page(size: Option<u32>, token: Option<&str>, list: &str) -> Result<PageRequest, StoryError> {
    PageRequest::parse(size.unwrap_or_default(), token.unwrap_or_default(), list)
        .map_err(|Faults(fields)| StoryError::Invalid { fields })
}

// A number that stands for no choice comes from a caller newer than we are: a fault, not the default.

/// The style that was chosen.
pub(super) fn style(number: i32, faults: &mut Vec<FieldViolation>) -> Option<Style> {
    let known = v1::Style::try_from(number).map_err(|_| list_words(&Style::ALL, Style::as_str));
    chosen("style", known, faults)?.choice()
}

/// The voice that was chosen.
pub(super) fn voice(number: i32, faults: &mut Vec<FieldViolation>) -> Option<Voice> {
    let known = v1::Voice::try_from(number).map_err(|_| list_words(&Voice::ALL, Voice::as_str));
    chosen("voice", known, faults)?.choice()
}

/// The depth that was chosen.
pub(super) fn technical_depth(number: i32, faults: &mut Vec<FieldViolation>) -> Option<TechnicalDepth> {
    let known = v1::TechnicalDepth::try_from(number)
        .map_err(|_| list_words(&TechnicalDepth::ALL, TechnicalDepth::as_str));
    chosen("technical_depth", known, faults)?.choice()
}

fn chosen<T>(field: &str, known: Result<T, String>, faults: &mut Vec<FieldViolation>) -> Option<T> {
    known
        .map_err(|words| faults.push(FieldViolation::new(field, format!("one of {words}"))))
        .ok()
}

/// Whose share of the workers a run of this caller counts to.
pub(super) fn share(actor: &Actor, given: Option<String>) -> Result<Share, StoryError> {
    let key = match given {
        Some(text) => Uuid::try_parse(&text).map_err(|_| StoryError::invalid("worker_share", "a UUID"))?,
        None => actor.user_id,
    };

    Ok(Share {
        key,
        guest: actor.guest,
    })
}

pub(super) fn status(status: RunStatus) -> v1::RunStatus {
    match status {
        RunStatus::Queued => v1::RunStatus::Queued,
        RunStatus::Running => v1::RunStatus::Running,
        RunStatus::WaitingForInput => v1::RunStatus::WaitingForInput,
        RunStatus::Cancelling => v1::RunStatus::Cancelling,
        RunStatus::Completed => v1::RunStatus::Completed,
        RunStatus::Failed => v1::RunStatus::Failed,
        RunStatus::Cancelled => v1::RunStatus::Cancelled,
    }
}

/// The status to filter by; `None` is all.
pub(super) fn status_filter(number: i32) -> Result<Option<RunStatus>, StoryError> {
    status_of("status", number)
}

/// The statuses to filter by; none are all.
pub(super) fn status_filters(numbers: &[i32]) -> Result<Vec<RunStatus>, StoryError> {
    let known = numbers.iter().map(|number| status_of("statuses", *number));
    let known = known.collect::<Result<Vec<_>, _>>()?;
    Ok(known.into_iter().flatten().collect())
}

fn status_of(field: &str, number: i32) -> Result<Option<RunStatus>, StoryError> {
    let known = v1::RunStatus::try_from(number)
        .map_err(|_| StoryError::invalid(field, "the number of a run status"))?;
    Ok(match known {
        v1::RunStatus::Unspecified => None,
        v1::RunStatus::Queued => Some(RunStatus::Queued),
        v1::RunStatus::Running => Some(RunStatus::Running),
        v1::RunStatus::WaitingForInput => Some(RunStatus::WaitingForInput),
        v1::RunStatus::Cancelling => Some(RunStatus::Cancelling),
        v1::RunStatus::Completed => Some(RunStatus::Completed),
        v1::RunStatus::Failed => Some(RunStatus::Failed),
        v1::RunStatus::Cancelled => Some(RunStatus::Cancelled),
    })
}

/// What programs read of a run that did not end well.
pub(super) fn error_code(status: RunStatus) -> Option<String> {
    match status {
        RunStatus::Cancelled => Some("CANCELLED".to_owned()),
        RunStatus::Failed => Some("FAILED".to_owned()),
        _ => None,
    }
}

/// What users read of a run that did not end well.
pub(super) fn error_message(status: RunStatus, message: Option<String>) -> Option<String> {
    match status {
        RunStatus::Cancelled => message.or_else(|| Some("cancelled".to_owned())),
        _ => message,
    }
}
