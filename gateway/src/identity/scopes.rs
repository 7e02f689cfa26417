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
    /// Use language models through OpenAI's API.
    #[serde(rename = "models:use")]
    ModelsUse,
    /// See workflows, what they ask and what they remember.
    #[serde(rename = "workflows:read")]
    WorkflowsRead,
    /// Make, execute, answer, steer, share and delete workflows.
    #[serde(rename = "workflows:write")]
    WorkflowsWrite,
    /// See projects, their files and what their agents did.
    #[serde(rename = "projects:read")]
    ProjectsRead,
    /// Make, change, export and archive projects, write their files, and have agents work on them.
    #[serde(rename = "projects:write")]
    ProjectsWrite,
    /// See which backups there are, and fetch them.
    #[serde(rename = "backup:read")]
    BackupRead,
    /// Read backups and add to them; nothing that is there is deleted or replaced.
    #[serde(rename = "backup:append")]
    BackupAppend,
    /// Read, add and delete backups.
    #[serde(rename = "backup:write")]
    BackupWrite,
}

impl ScopeName {
    pub(crate) const ALL: [Self; 13] = [
        Self::AccountRead,
        Self::AccountWrite,
        Self::StoriesRead,
        Self::StoriesWrite,
        Self::AgentsRun,
        Self::ModelsUse,
        Self::WorkflowsRead,
        Self::WorkflowsWrite,
        Self::ProjectsRead,
        Self::ProjectsWrite,
        Self::BackupRead,
        Self::BackupAppend,
        Self::BackupWrite,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::AccountRead => "account:read",
            Self::AccountWrite => "account:write",
            Self::StoriesRead => "stories:read",
            Self::StoriesWrite => "stories:write",
            Self::AgentsRun => "agents:run",
            Self::ModelsUse => "models:use",
            Self::WorkflowsRead => "workflows:read",
            Self::WorkflowsWrite => "workflows:write",
            Self::ProjectsRead => "projects:read",
            Self::ProjectsWrite => "projects:write",
            Self::BackupRead => "backup:read",
            Self::BackupAppend => "backup:append",
            Self::BackupWrite => "backup:write",
        }
    }

    /// Scopes that allow what this one does, and more.
    const fn wider(self) -> &'static [Self] {
        match self {
            Self::BackupRead => &[Self::BackupAppend, Self::BackupWrite],
            Self::BackupAppend => &[Self::BackupWrite],
            _ => &[],
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
/// Needs the scope `models:use`.
pub(crate) struct UseModels;
/// Needs the scope `workflows:read`.
pub(crate) struct ReadWorkflows;
/// Needs the scope `workflows:write`.
pub(crate) struct WriteWorkflows;
/// Needs the scope `projects:read`.
pub(crate) struct ReadProjects;
/// Needs the scope `projects:write`.
pub(crate) struct WriteProjects;
/// Needs the scope `backup:read`, or one that is wider.
pub(crate) struct ReadBackups;
/// Needs the scope `backup:append`, or `backup:write`.
pub(crate) struct AppendBackups;
/// Needs the scope `backup:write`.
pub(crate) struct WriteBackups;

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

impl Scope for UseModels {
    const NAME: Option<ScopeName> = Some(ScopeName::ModelsUse);
}

impl Scope for ReadWorkflows {
    const NAME: Option<ScopeName> = Some(ScopeName::WorkflowsRead);
}

impl Scope for WriteWorkflows {
    const NAME: Option<ScopeName> = Some(ScopeName::WorkflowsWrite);
}

impl Scope for ReadProjects {
    const NAME: Option<ScopeName> = Some(ScopeName::ProjectsRead);
}

impl Scope for WriteProjects {
    const NAME: Option<ScopeName> = Some(ScopeName::ProjectsWrite);
}

impl Scope for ReadBackups {
    const NAME: Option<ScopeName> = Some(ScopeName::BackupRead);
}

impl Scope for AppendBackups {
    const NAME: Option<ScopeName> = Some(ScopeName::BackupAppend);
}

impl Scope for WriteBackups {
    const NAME: Option<ScopeName> = Some(ScopeName::BackupWrite);
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
    let allows =
        |name: &String| name == scope.as_str() || scope.wider().iter().any(|one| name == one.as_str());
    given.is_empty() || given.iter().any(allows)
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
    fn a_scope_allows_itself_and_nothing_else_but_what_it_includes() {
        let included = [
            ("backup:append", "backup:read"),
            ("backup:write", "backup:append"),
            ("backup:write", "backup:read"),
        ];

        for scope in ScopeName::ALL {
            for other in ScopeName::ALL {
                let pair = (scope.as_str(), other.as_str());
                let allowed = scope == other || included.contains(&pair);
                assert_eq!(scope_allows(&list(&[scope.as_str()]), other), allowed, "{pair:?}");
            }
            assert!(scope_allows(&[], scope));
        }
    }
}
