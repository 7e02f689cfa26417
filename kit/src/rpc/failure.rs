//! Why a call got no answer, and which calls may be made twice.

use std::{error::Error, sync::Arc};

use http::{HeaderValue, Response};
use tonic::{ConnectError, Status, TimeoutExpired, body::Body};

use super::deadline;

/// What the name of an rpc that changes nothing begins with: it may be asked again whatever became of the first time.
/// (Agents change nothing; what one did is written down by whoever asked for it.)
const READS: [&str; 9] = [
    "BatchGet", "Check", "Export", "Find", "Get", "List", "Run", "Validate", "Watch",
];

/// What became of a call, or of a stream, that the service itself did not end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallFailure {
    /// The service never saw it.
    Unsent,
    /// The connection broke while it was under way: the service may have done it.
    Broken,
    /// Its time was over.
    Late,
}

impl CallFailure {
    /// None when `status` is what the service said.
    #[must_use]
    pub fn behind(status: &Status) -> Option<Self> {
        status.source().map(Self::classify)
    }

    /// As the caller reads it: whatever the protocol calls it, a peer that went away is UNAVAILABLE.
    pub(super) fn into_status(self, error: tonic::transport::Error) -> Status {
        if self == Self::Late {
            return deadline::exceeded();
        }
        let mut status = Status::unavailable("the service could not be reached");
        status.set_source(Arc::new(error));
        status
    }

    pub(super) fn classify(error: &(dyn Error + 'static)) -> Self {
        let mut cause = Some(error);
        while let Some(error) = cause {
            if error.is::<TimeoutExpired>() {
                return Self::Late;
            }
            if error.is::<ConnectError>() || is_unsent(error) {
                return Self::Unsent;
            }
            cause = error.source();
        }

        Self::Broken
    }
}

/// The connection ended before it was sent, or the service said, as it ended, that it would not look at it any more.
fn is_unsent(error: &(dyn Error + 'static)) -> bool {
    if let Some(error) = error.downcast_ref::<hyper::Error>() {
        return error.is_canceled();
    }
    let Some(error) = error.downcast_ref::<h2::Error>() else {
        return false;
    };

    let refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
    let left = error.is_go_away() && error.is_remote() && error.reason() == Some(h2::Reason::NO_ERROR);
    refused || left
}

/// True for rpcs that may be made twice. `path` is `/package.Service/Method`.
pub(super) fn is_repeatable(path: &str) -> bool {
    let method = path.rsplit('/').next().unwrap_or_default();
    READS.iter().any(|verb| method.starts_with(verb))
}

/// tonic calls its own timeouts CANCELLED; everybody else, our services included, DEADLINE_EXCEEDED.
pub(super) fn late_is_late(mut response: Response<Body>) -> Response<Body> {
    let headers = response.headers_mut();
    let is = |name: &str, text: &str| headers.get(name).is_some_and(|value| value == text);
    if is("grpc-status", "1") && is("grpc-message", "Timeout%20expired") {
        headers.insert("grpc-status", HeaderValue::from_static("4"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rpcs_that_change_something_are_not_made_twice() {
        for read in [
            "GetStory",
            "BatchGetRuns",
            "ListStories",
            "WatchRun",
            "Check",
            "RunAgent",
        ] {
            assert!(is_repeatable(&format!("/saga.v1.Any/{read}")), "{read}");
        }
        for write in [
            "CreateCodeStory",
            "CancelRun",
            "Refresh",
            "Login",
            "ExecuteWorkflow",
            "ForkRun",
        ] {
            assert!(!is_repeatable(&format!("/saga.v1.Any/{write}")), "{write}");
        }
    }
}
