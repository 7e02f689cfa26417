//! What both services say in the same words.

use chrono::{DateTime, SecondsFormat, Utc};
use flow::RunStatus;
use proto::v1;

use crate::error::StoryError;

pub(super) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
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
    let known = v1::RunStatus::try_from(number)
        .map_err(|_| StoryError::invalid("status", "the number of a run status"))?;
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

/// What users read of a run that did not end well.
pub(super) fn error_message(status: RunStatus, message: Option<String>) -> String {
    match (status, message) {
        (RunStatus::Cancelled, None) => "cancelled".to_owned(),
        (_, message) => message.unwrap_or_default(),
    }
}
