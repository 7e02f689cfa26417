//! What can go wrong inside a node and in a graph's definition. Each error carries data; what a run's user may read is
//! kept apart from the cause, which only the log sees. What the store refuses is the store's: [`crate::StoreError`].

use std::borrow::Cow;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::context::{INTERNAL, INTERNAL_REASON};

/// A cause that only the log sees.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a node stopped without an update.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct NodeError {
    pub(crate) kind: NodeErrorKind,
    pub(crate) message: String,
    pub(crate) reason: Option<Cow<'static, str>>,
    #[source]
    pub(crate) cause: Option<Cause>,
}

/// What the engine does about a [`NodeError`].
#[derive(Debug, Clone, PartialEq)]
pub enum NodeErrorKind {
    /// Try the node again, by its policy; not sooner than `after` when it is given.
    Retryable {
        /// From the other side, for example a `Retry-After` header.
        after: Option<Duration>,
        /// `after` is the wait, however long the policy's is.
        exactly: bool,
    },
    /// Fail the run at once.
    Fatal,
    /// The node saw [`crate::Context::cancelled`] and stopped.
    Cancelled,
    /// Park the run until its question is answered.
    Ask {
        /// JSON, for the person who answers.
        question: Box<Value>,
    },
    /// Nothing failed: run the node again at this time, and hold no worker until then.
    Sleep {
        /// Not before.
        until: DateTime<Utc>,
    },
    /// Another worker holds the run now; whatever this one still does is refused.
    Lost,
}

impl NodeError {
    /// Something that may pass: try again by the node's policy. `message` is what the run's user reads when the last
    /// attempt failed too.
    pub fn retryable(message: impl Into<String>) -> Self {
        Self::new(
            NodeErrorKind::Retryable {
                after: None,
                exactly: false,
            },
            message,
        )
    }

    /// Something that will not pass: the run fails now, and `message` tells its user why.
    pub fn fatal(message: impl Into<String>) -> Self {
        Self::new(NodeErrorKind::Fatal, message)
    }

    /// A mistake of ours: its cause is for the log only.
    pub(crate) fn internal() -> Self {
        Self::fatal(INTERNAL).with_reason(INTERNAL_REASON)
    }

    /// The node was told to stop and did.
    pub fn cancelled() -> Self {
        Self::new(NodeErrorKind::Cancelled, "stopped")
    }

    /// The node has nothing to do before this time; then it starts again from its beginning, and this is no failed attempt.
    pub fn sleep(until: DateTime<Utc>) -> Self {
        Self::new(NodeErrorKind::Sleep { until }, "waiting for its time")
    }

    pub(crate) fn lost() -> Self {
        Self::new(NodeErrorKind::Lost, "another worker holds this run")
    }

    pub(crate) fn new(kind: NodeErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            reason: None,
            cause: None,
        }
    }

    /// The same for programs: a stable word in capitals, such as `REPO_NOT_FOUND`.
    #[must_use]
    pub fn with_reason(mut self, reason: impl Into<Cow<'static, str>>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// Keeps the cause for the log.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Cause>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Do not retry sooner than this. Only a retryable error keeps it.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        if let NodeErrorKind::Retryable { after, .. } = &mut self.kind {
            *after = Some(wait);
        }
        self
    }

    /// Retry after this, whatever the policy waits: what failed will be as well then as ever. It is an attempt like others.
    #[must_use]
    pub fn retry_in(mut self, wait: Duration) -> Self {
        if let NodeErrorKind::Retryable { after, exactly } = &mut self.kind {
            (*after, *exactly) = (Some(wait), true);
        }
        self
    }

    /// What the engine does about it.
    pub fn kind(&self) -> &NodeErrorKind {
        &self.kind
    }

    /// What the run's user may read.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What programs may read.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }
}

/// Why a graph can not be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// Two nodes of one name.
    #[error("graph {graph}: node {node} is declared twice")]
    Duplicate { graph: String, node: String },
    /// An edge names a node that does not exist.
    #[error("graph {graph}: {from} leads to {node}, which is not declared")]
    Unknown {
        graph: String,
        from: String,
        node: String,
    },
    /// The name is empty or one of START and END.
    #[error("graph {graph}: {node:?} can not be a node's name")]
    Reserved { graph: String, node: String },
    /// Nothing leads from START to the node.
    #[error("graph {graph}: nothing leads to {node}")]
    Unreachable { graph: String, node: String },
    /// Nothing leads from the node to END.
    #[error("graph {graph}: {node} has no way to end")]
    NoWayToEnd { graph: String, node: String },
    /// A fan-out's target would also be started without an item.
    #[error("graph {graph}: {node} is started both for items and without one")]
    MixedInput { graph: String, node: String },
    /// A join needs two or more different sources, and is its target's only way in.
    #[error("graph {graph}: the join into {node} is not one")]
    BadJoin { graph: String, node: String },
    /// Two graphs of one name in one registry.
    #[error("graph {graph} is registered twice")]
    DuplicateGraph { graph: String },
}
