//! A push becomes revisions: one for each commit of the way, in one transaction, under the names that it was pushed by.

use chrono::{DateTime, Utc};
use githost::{Push, PushRefusal, Step};
use kit::db::WriteTx;
use kit::error::{ErrorKind, ServiceError};

use super::history::{ProjectHistory, encode_commit, encode_object, wrap};
use super::projection::revision_of;
use crate::domain::project::{Author, FileChange, Project, ProjectStatus, RevisionDraft};
use crate::domain::project_files::{check_owner, write_pushed_revision, write_revision};
use crate::domain::projects::lock;
use crate::error::StoryError;
use crate::store::project_git as store;

/// Commits of one project.
const COMMITS_MAX: i64 = 20_000;
/// Bytes of what is kept of all projects of one owner, deflated.
const OWNER_BYTES_MAX: i64 = 256 * 1024 * 1024;
/// Characters of a revision's message, and of its author's name and address.
const MESSAGE_CHARS: usize = 10_000;
const AUTHOR_CHARS: usize = 500;

impl ProjectHistory {
    pub(super) async fn take(&self, push: Push) -> Result<Option<String>, PushRefusal> {
        let now = self.files.projects.clock.now();
        let mut tx = self.db().begin_write().await.map_err(wrap)?;
        let mut project = lock(&mut tx, self.owner, self.project).await.map_err(refuse)?;
        if project.status == ProjectStatus::Archived {
            return Err(refuse(StoryError::ProjectArchived { id: project.id }));
        }
        let newest = store::find_newest_locked(&mut tx, self.project)
            .await
            .map_err(wrap)?;
        let main = newest.as_ref().map(|commit| commit.id.clone());
        if main != push.old.map(|id| id.to_string()) || revision_of(newest.as_ref()) != project.revision {
            return Err(PushRefusal::Moved);
        }

        let remark = self.write(&mut tx, &mut project, push, now).await?;
        tx.commit().await.map_err(wrap)?;
        self.files.projects.announce(self.project).await;

        Ok(remark)
    }

    async fn write(
        &self,
        tx: &mut WriteTx,
        project: &mut Project,
        push: Push,
        now: DateTime<Utc>,
    ) -> Result<Option<String>, PushRefusal> {
        let place = (self.project, self.owner);
        let ids = &self.files.projects.ids;
        for object in &push.objects {
            store::keep_object(tx, place, &encode_object(object))
                .await
                .map_err(wrap)?;
        }
        let mut on_way = Vec::with_capacity(push.steps.len());
        for step in push.steps {
            let commit = step.commit;
            let made_at = DateTime::from_timestamp(step.author.seconds, 0).unwrap_or(now);
            write_pushed_revision(tx, project, draft_of(step), (made_at, now), ids)
                .await
                .map_err(refuse)?;
            on_way.push((commit, project.revision));
        }
        for links in &push.commits {
            let revision = on_way.iter().find(|(commit, _)| *commit == links.id);
            let row = encode_commit(links, revision.map(|(_, number)| *number));
            store::insert_commit(tx, place, &row).await.map_err(wrap)?;
        }
        self.check_room(tx, project).await?;

        // Whatever of the scaffold depends on which files there are.
        let pushed = project.revision;
        let fitting = RevisionDraft {
            message: "Fit the scaffold to the files".to_owned(),
            ..RevisionDraft::default()
        };
        write_revision(tx, project, fitting, now, ids)
            .await
            .map_err(refuse)?;
        let fitted = project.revision > pushed;

        Ok(fitted.then(|| "The scaffold was fitted to your files: git pull brings it.".to_owned()))
    }

    async fn check_room(&self, tx: &mut WriteTx, project: &Project) -> Result<(), PushRefusal> {
        check_owner(tx, project).await.map_err(refuse)?;
        if store::count_commits(tx, self.project).await.map_err(wrap)? > COMMITS_MAX {
            return Err(PushRefusal::Rule(format!(
                "a project has at most {COMMITS_MAX} commits"
            )));
        }

        match store::measure_objects(tx, self.owner).await.map_err(wrap)? > OWNER_BYTES_MAX {
            true => Err(PushRefusal::Rule(
                "the histories of all your projects would take more than 256 MiB".to_owned(),
            )),
            false => Ok(()),
        }
    }
}

fn draft_of(step: Step) -> RevisionDraft {
    let cut = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    let changes = step.changes.into_iter().map(|change| FileChange {
        path: change.path,
        content: change.content,
        language: None,
    });

    RevisionDraft {
        message: cut(&step.message, MESSAGE_CHARS),
        author: Some(Author {
            name: cut(&step.author.name, AUTHOR_CHARS),
            email: cut(&step.author.email, AUTHOR_CHARS),
        }),
        changes: changes.collect(),
        base: None,
    }
}

/// What a client did is told to it; what is ours is not.
fn refuse(error: StoryError) -> PushRefusal {
    match error.kind() {
        ErrorKind::InvalidArgument | ErrorKind::FailedPrecondition | ErrorKind::PermissionDenied => {
            PushRefusal::Rule(error.to_string())
        }
        _ => PushRefusal::Failure(wrap(error)),
    }
}
