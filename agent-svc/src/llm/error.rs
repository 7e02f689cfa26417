//! The one error of the LLM gateway: what callers branch on and what their users may read. It never holds text of a
//! prompt, of an answer or of a provider's body.

use std::time::Duration;

use kit::error::{ErrorKind, Quota, ServiceError};

use super::failure::{Failure, FailureKind};

#[derive(Debug, thiserror::Error)]
pub enum LlmError {
    #[error("no model of class {class} has a configured provider")]
    NotConfigured { class: String },
    /// Every route failed in a way that may pass; `cause` is the failure of the last model that was really asked.
    #[error("{model} did not answer after {attempts} calls")]
    Unavailable {
        model: String,
        attempts: u32,
        #[source]
        cause: Failure,
    },
    #[error("{model} does not exist for this account")]
    ModelNotFound {
        model: String,
        #[source]
        cause: Failure,
    },
    #[error("the provider of {model} refused the key or the account")]
    Account {
        model: String,
        #[source]
        cause: Failure,
    },
    #[error("the provider of {model} rejected the request")]
    Rejected {
        model: String,
        #[source]
        cause: Failure,
    },
    #[error("{model} declined to answer")]
    Refused {
        model: String,
        #[source]
        cause: Failure,
    },
    /// The answer stopped at its token limit; `most` is what the model could be allowed.
    #[error("the answer of {model} did not fit into {max_tokens} tokens")]
    Truncated {
        model: String,
        max_tokens: u32,
        most: u32,
    },
    /// The answer still broke its schema after the repairs. `problems` name places and rules, not values.
    #[error("the answer of {model} still broke its schema after the repairs")]
    InvalidOutput { model: String, problems: Vec<String> },
    #[error("{model} still wanted tools after {rounds} rounds")]
    ToolLoop { model: String, rounds: usize },
    /// No budget has room for the call, or nobody could say whether one has.
    #[error("{model} was not asked: {cause}")]
    Unaffordable {
        model: String,
        #[source]
        cause: Failure,
    },
    #[error("the model did not answer within its time")]
    DeadlineExceeded,
    #[error("the call was cancelled")]
    Cancelled,
}

impl LlmError {
    pub(super) fn from_failure(model: &str, attempts: u32, cause: Failure) -> Self {
        let model = model.to_owned();

        match cause.kind {
            FailureKind::RateLimited
            | FailureKind::Overloaded
            | FailureKind::Timeout
            | FailureKind::Connection
            | FailureKind::Cut
            | FailureKind::Malformed
            | FailureKind::BreakerOpen => Self::Unavailable {
                model,
                attempts,
                cause,
            },
            FailureKind::ModelNotFound => Self::ModelNotFound { model, cause },
            FailureKind::Credentials | FailureKind::OutOfCredit => Self::Account { model, cause },
            FailureKind::Rejected => Self::Rejected { model, cause },
            FailureKind::Refused => Self::Refused { model, cause },
            FailureKind::Unaffordable => Self::Unaffordable { model, cause },
        }
    }
}

impl ServiceError for LlmError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotConfigured { .. }
            | Self::ModelNotFound { .. }
            | Self::Account { .. }
            | Self::Truncated { .. } => ErrorKind::FailedPrecondition,
            Self::Unavailable { .. } | Self::InvalidOutput { .. } | Self::ToolLoop { .. } => {
                ErrorKind::Unavailable
            }
            Self::Rejected { .. } => ErrorKind::Internal,
            Self::Refused { .. } => ErrorKind::InvalidArgument,
            Self::DeadlineExceeded => ErrorKind::DeadlineExceeded,
            Self::Unaffordable { cause, .. } => cause
                .spend_refusal()
                .map_or(ErrorKind::Unavailable, ServiceError::kind),
            Self::Cancelled => ErrorKind::Aborted,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::NotConfigured { .. } => "MODEL_NOT_CONFIGURED",
            Self::Unavailable { .. } => "MODEL_UNAVAILABLE",
            Self::ModelNotFound { .. } => "MODEL_NOT_FOUND",
            Self::Account { .. } => "MODEL_ACCOUNT_REFUSED",
            Self::Rejected { .. } => "MODEL_REQUEST_REJECTED",
            Self::Refused { .. } => "MODEL_REFUSED",
            Self::Truncated { .. } => "MODEL_ANSWER_TRUNCATED",
            Self::InvalidOutput { .. } => "MODEL_ANSWER_INVALID",
            Self::ToolLoop { .. } => "MODEL_TOOL_LOOP",
            Self::DeadlineExceeded => "MODEL_DEADLINE_EXCEEDED",
            Self::Unaffordable { cause, .. } => cause
                .spend_refusal()
                .map_or("BUDGETS_UNAVAILABLE", ServiceError::reason),
            Self::Cancelled => "MODEL_CALL_CANCELLED",
        }
    }

    fn public_message(&self) -> String {
        match self {
            Self::Unaffordable { cause, .. } => {
                return cause
                    .spend_refusal()
                    .map_or_else(|| self.to_string(), ServiceError::public_message);
            }
            Self::NotConfigured { .. } => "No language model is configured on this server.",
            Self::Unavailable { .. } => "The language model does not answer at the moment. Try again later.",
            Self::ModelNotFound { .. } => "The configured language model does not exist. The operator of this server must choose another.",
            Self::Account { .. } => "The language model's provider refused this server's account. Its operator must check the key and the balance.",
            Self::Rejected { .. } => "The language model could not work with this request.",
            Self::Refused { .. } => "The language model declined to write this. Change what you ask for and try again.",
            Self::Truncated { .. } => "The answer was longer than the language model may write. Ask for something shorter.",
            Self::InvalidOutput { .. } | Self::ToolLoop { .. } => "The language model gave no usable answer. Try again.",
            Self::DeadlineExceeded => "The language model took too long to answer. Try again later.",
            Self::Cancelled => "The call was cancelled.",
        }
        .to_owned()
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable { cause, .. } => cause.retry_after,
            Self::Unaffordable { cause, .. } => cause.spend_refusal()?.retry_after(),
            _ => None,
        }
    }

    fn quota(&self) -> Option<Quota> {
        match self {
            Self::Unaffordable { cause, .. } => cause.spend_refusal()?.quota(),
            _ => None,
        }
    }
}
