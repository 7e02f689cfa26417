//! What a credential with scopes may do. The list is closed: a scope that is not on it grants nothing here, and those
//! that services use among themselves never come in from outside.

use async_graphql::Enum;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an API key may do. A key without scopes may do everything that its owner may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Enum)]
#[graphql(name = "Scope")]
pub(crate) enum ScopeName {
    /// See the account: profile, sessions, keys, audit log.
    #[serde(rename = "account:read")]
    AccountRead,
    /// Change the account, its keys and its sessions.
    #[serde(rename = "account:write")]
    AccountWrite,
    /// See stories and their runs.
    #[serde(rename = "stories:read")]
    StoriesRead,
    /// Make, change, share, stop and delete stories.
    #[serde(rename = "stories:write")]
    StoriesWrite,
    /// Have agents do what they do.
    #[serde(rename = "agents:run")]
    AgentsRun,
    /// See workflows, what they ask and what they remember.
    #[serde(rename = "workflows:read")]
    WorkflowsRead,
    /// Make, execute, answer, steer, share and delete workflows.
    #[serde(rename = "workflows:write")]
    WorkflowsWrite,
}

impl ScopeName {
    pub(crate) const ALL: [Self; 7] = [
        Self::AccountRead,
        Self::AccountWrite,
        Self::StoriesRead,
        Self::StoriesWrite,
        Self::AgentsRun,
        Self::WorkflowsRead,
        Self::WorkflowsWrite,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::AccountRead => "account:read",
            Self::AccountWrite => "account:write",
            Self::StoriesRead => "stories:read",
            Self::StoriesWrite => "stories:write",
            Self::AgentsRun => "agents:run",
            Self::WorkflowsRead => "workflows:read",
            Self::WorkflowsWrite => "workflows:write",
        }
    }
}

/// A scope as a type, for signatures.
pub(crate) trait Scope: Send + Sync + 'static {
    /// `None`: it takes none.
    const NAME: Option<ScopeName>;
}

/// Needs no scope.
pub(crate) struct Unscoped;

/// Needs the scope `account:read`.
pub(crate) struct ReadAccount;
/// Needs the scope `account:write`.
pub(crate) struct WriteAccount;
/// Needs the scope `stories:read`.
pub(crate) struct ReadStories;
/// Needs the scope `stories:write`.
pub(crate) struct WriteStories;
/// Needs the scope `agents:run`.
pub(crate) struct RunAgents;
/// Needs the scope `workflows:read`.
pub(crate) struct ReadWorkflows;
/// Needs the scope `workflows:write`.
pub(crate) struct WriteWorkflows;

impl Scope for Unscoped {
    const NAME: Option<ScopeName> = None;
}

impl Scope for ReadAccount {
    const NAME: Option<ScopeName> = Some(ScopeName::AccountRead);
}

impl Scope for WriteAccount {
    const NAME: Option<ScopeName> = Some(ScopeName::AccountWrite);
}

impl Scope for ReadStories {
    const NAME: Option<ScopeName> = Some(ScopeName::StoriesRead);
}

impl Scope for WriteStories {
    const NAME: Option<ScopeName> = Some(ScopeName::StoriesWrite);
}

impl Scope for RunAgents {
    const NAME: Option<ScopeName> = Some(ScopeName::AgentsRun);
}

impl Scope for ReadWorkflows {
    const NAME: Option<ScopeName> = Some(ScopeName::WorkflowsRead);
}

impl Scope for WriteWorkflows {
    const NAME: Option<ScopeName> = Some(ScopeName::WorkflowsWrite);
}

/// The scopes that count here. None given means everything; some given, of which none counts here, means nothing, and
/// `None`.
pub(super) fn keep_known(given: Vec<String>) -> Option<Vec<String>> {
    let all = given.is_empty();
    let known = given
        .into_iter()
        .filter(|name| ScopeName::ALL.iter().any(|scope| scope.as_str() == name));
    let known: Vec<_> = known.collect();
    (all || !known.is_empty()).then_some(known)
}

/// Whether a credential with these scopes may do what needs `scope`.
pub(crate) fn scope_allows(given: &[String], scope: ScopeName) -> bool {
    given.is_empty() || given.iter().any(|name| name == scope.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn no_scopes_mean_everything_and_unknown_ones_mean_nothing() {
        assert_eq!(keep_known(list(&[])), Some(list(&[])));
        assert_eq!(
            keep_known(list(&["agents:run", "operator", "service"])),
            Some(list(&["agents:run"]))
        );
        for only in ["operator", "service", "everything", "Agents:Run", ""] {
            assert_eq!(keep_known(list(&[only])), None, "{only}");
        }
    }

    #[test]
    fn a_scope_allows_itself_and_nothing_else() {
        for (i, scope) in ScopeName::ALL.into_iter().enumerate() {
            for (j, other) in ScopeName::ALL.into_iter().enumerate() {
                assert_eq!(scope_allows(&list(&[scope.as_str()]), other), i == j);
            }
            assert!(scope_allows(&[], scope));
        }
    }
}
