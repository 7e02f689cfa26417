//! Projects as git remotes: each revision is a commit of `main`, and what is pushed becomes revisions. How git speaks is
//! `githost`'s.

mod history;
mod projection;
mod taking;

use std::collections::HashSet;
use std::sync::Arc;

use githost::{Failure, GitError, Limits, PackStream, Protocol, PushBody, Repository, Service};
use tokio::sync::Semaphore;
use uuid::Uuid;

use self::history::ProjectHistory;
use super::project_files::ProjectFiles;
use crate::error::StoryError;

/// Pushes that are unpacked at once: each may need a few times of what a pack may unpack to.
const PUSHES: usize = 2;
/// Beside the pack: commands of a push.
const COMMAND_BYTES: usize = 64 * 1024;

/// The rules.
#[derive(Clone)]
pub(crate) struct ProjectGit {
    files: ProjectFiles,
    places: Arc<Semaphore>,
    limits: Arc<Limits>,
}

impl ProjectGit {
    pub(crate) fn new(files: ProjectFiles) -> Self {
        Self {
            files,
            places: Arc::new(Semaphore::new(PUSHES)),
            limits: Arc::new(Limits::default()),
        }
    }

    /// Bytes of a push that are looked at; of a longer one its sender is told so.
    pub(crate) fn push_bytes(&self) -> usize {
        self.limits.pack_bytes + COMMAND_BYTES
    }

    /// Which refs there are, or what can be asked.
    pub(crate) async fn list_refs(
        &self,
        owner: Uuid,
        id: &str,
        (service, protocol): (&str, &str),
    ) -> Result<Vec<u8>, StoryError> {
        let service = Service::parse(service).ok_or_else(|| StoryError::GitRequest {
            what: "the services are git-upload-pack and git-receive-pack".to_owned(),
        })?;
        let history = self.open(owner, id).await?;
        let main = history.main().await.map_err(unwrap_failure)?;

        Ok(githost::advertise_refs(
            service,
            Protocol::parse(Some(protocol)),
            main,
        ))
    }

    /// What a client lacks of the history, or a word of the negotiation about it.
    pub(crate) async fn fetch(
        &self,
        owner: Uuid,
        id: &str,
        protocol: &str,
        body: &[u8],
    ) -> Result<PackStream, StoryError> {
        let history = Arc::new(self.open(owner, id).await?);
        let protocol = Protocol::parse(Some(protocol));
        let answered = githost::upload_pack(history, protocol, body, &self.limits).await;

        answered.map_err(refuse_request)
    }

    /// Whether somebody may push there at all, before anything of it is read.
    ///
    /// # Errors
    /// `ProjectNotFound`.
    pub(crate) async fn check_push(&self, owner: Uuid, id: &str) -> Result<(), StoryError> {
        self.files.projects.get(owner, id).await.map(drop)
    }

    /// A place to unpack a push at. Whoever brings one keeps it aside until then.
    pub(crate) async fn wait_for_place(&self) -> Option<tokio::sync::OwnedSemaphorePermit> {
        Arc::clone(&self.places).acquire_owned().await.ok()
    }

    /// Takes a push, or reports why not.
    pub(crate) async fn push(&self, owner: Uuid, id: &str, body: PushBody) -> Result<Vec<u8>, StoryError> {
        let history = self.open(owner, id).await?;
        let limits = Arc::clone(&self.limits);

        // Unpacking keeps a processor busy; the database is asked from there.
        let runtime = tokio::runtime::Handle::current();
        let span = tracing::Span::current();
        let pushed = tokio::task::spawn_blocking(move || {
            span.in_scope(|| runtime.block_on(githost::receive_pack(&history, &body, &limits)))
        });

        match pushed.await {
            Ok(report) => report.map_err(refuse_request),
            Err(error) => Err(StoryError::Unreadable {
                what: "push",
                source: error.into(),
            }),
        }
    }

    /// The history as it is now: all revisions are commits when this returns.
    async fn open(&self, owner: Uuid, id: &str) -> Result<ProjectHistory, StoryError> {
        let project = self.files.projects.get(owner, id).await?;
        let history = ProjectHistory {
            files: self.files.clone(),
            owner,
            project: project.id,
            known: HashSet::new(),
        };
        history.commit_revisions().await?;

        history.with_known_paths().await
    }
}

fn refuse_request(error: GitError) -> StoryError {
    match error {
        GitError::Malformed(what) => StoryError::GitRequest { what },
        GitError::Failure(failure) => unwrap_failure(failure),
    }
}

/// Our own errors come back as what they were.
pub(crate) fn unwrap_failure(Failure(cause): Failure) -> StoryError {
    match cause.downcast::<StoryError>() {
        Ok(error) => *error,
        Err(source) => StoryError::Unreadable {
            what: "history",
            source,
        },
    }
}
