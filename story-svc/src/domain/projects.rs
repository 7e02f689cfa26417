//! The rules of projects: made, listed, changed, archived, watched. Their files are in `project_files`.

use kit::actor::Actor;
use kit::bus::{Bus, Delivery, Subscription};
use kit::clock::SharedClock;
use kit::db::{Db, WriteTx};
use kit::error::{Chain, Faults};
use kit::ids::SharedIds;
use kit::page::{Page, PageRequest};
use proto::words::list_words;
use uuid::Uuid;

use super::project::{Project, ProjectFilter, ProjectMode, ProjectStatus, RevisionDraft};
use super::project_files::write_revision;
use crate::error::StoryError;
use crate::store::{owners, projects as store};

/// Projects of one owner.
const MOST: i64 = 500;
const TITLE_MIN: usize = 3;
const TITLE_MAX: usize = 200;
const DESCRIPTION_MAX: usize = 1000;
const STACK_MAX: usize = 10;
const STACK_WORD_MAX: usize = 100;
const PAGE_SIZE: u32 = 20;
const PAGE_SIZE_MAX: u32 = 100;
/// The last page that may be asked for by its number.
const PAGE_MAX: u32 = 10_000;
/// What goes on in a list of projects.
pub(crate) const LIST: &str = "projects";
/// Packages of one project.
const DEPENDENCIES_MAX: usize = 30;
/// Bytes of one of the agents' documents.
const SPEC_MAX: usize = 1024 * 1024;

/// The rules.
#[derive(Clone)]
pub(crate) struct Projects {
    pub(crate) db: Db,
    pub(crate) bus: Bus,
    pub(crate) clock: SharedClock,
    pub(crate) ids: SharedIds,
}

/// As it was sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct RawProject {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) mode: String,
    pub(crate) tech_stack: Vec<String>,
}

/// What its owner says of it; absent leaves it as it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct RawProjectChange {
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) status: Option<String>,
}

/// Which page of which projects, as it was sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct RawProjectQuery {
    pub(crate) page_size: Option<u32>,
    pub(crate) page: Option<u32>,
    pub(crate) page_token: Option<String>,
    pub(crate) backward: bool,
    pub(crate) mode: String,
    pub(crate) status: String,
}

/// What agents found out of a project; absent leaves it as it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct ProjectSpecs {
    /// JSON texts: RequirementsDoc and WireframeSpec.
    pub(crate) requirements: Option<String>,
    pub(crate) architecture: Option<String>,
    /// `name@version`; what has no exact version is named in the README only.
    pub(crate) dependencies: Option<Vec<String>>,
    pub(crate) tech_stack: Option<Vec<String>>,
    /// In place of the README that is made of the rest.
    pub(crate) readme: Option<String>,
    pub(crate) status: Option<ProjectStatus>,
}

impl Projects {
    /// With its first revision, which has the scaffold alone.
    pub(crate) async fn create(&self, actor: &Actor, raw: RawProject) -> Result<Project, StoryError> {
        let mut faults = Faults::default();
        let title = check_text("title", &raw.title, TITLE_MIN, TITLE_MAX, &mut faults);
        let description = check_text("description", &raw.description, 0, DESCRIPTION_MAX, &mut faults);
        let mode = match raw.mode.trim() {
            "" => ProjectMode::Builder,
            word => ProjectMode::parse(word).unwrap_or_else(|| {
                faults.add("mode", one_of(&ProjectMode::ALL, ProjectMode::as_str));
                ProjectMode::Builder
            }),
        };
        let tech_stack = check_stack(&raw.tech_stack, &mut faults);
        refuse(faults)?;

        let now = self.clock.now();
        let mut project = Project {
            id: self.ids.id(),
            owner_id: actor.user_id,
            title,
            description,
            mode,
            status: ProjectStatus::Planning,
            tech_stack,
            requirements_spec: None,
            architecture_spec: None,
            dependencies: Vec::new(),
            readme: None,
            revision: 0,
            created_at: now,
            updated_at: now,
        };
        let draft = RevisionDraft {
            message: "Create the project".to_owned(),
            ..RevisionDraft::default()
        };

        let mut tx = self.db.user(actor.user_id).begin_write().await?;
        if owners::is_closed(&mut tx, actor.user_id).await? {
            return Err(StoryError::OwnerClosed);
        }
        if !store::insert(&mut tx, &project, MOST).await? {
            return Err(StoryError::TooManyProjects { most: MOST });
        }
        write_revision(&mut tx, &mut project, draft, now, &self.ids).await?;
        tx.commit().await?;

        Ok(project)
    }

    /// # Errors
    /// `ProjectNotFound`, also for somebody else's.
    pub(crate) async fn get(&self, owner: Uuid, id: &str) -> Result<Project, StoryError> {
        let not_found = || StoryError::ProjectNotFound { id: id.to_owned() };
        let known = Uuid::try_parse(id).map_err(|_| not_found())?;
        let found = store::find(&self.db.user(owner), known, owner).await?;

        found.ok_or_else(not_found)
    }

    /// One page, newest first, and how many there are in all.
    pub(crate) async fn list(
        &self,
        owner: Uuid,
        raw: RawProjectQuery,
    ) -> Result<(Page<Project>, u64), StoryError> {
        let mut faults = Faults::default();
        let size = raw.page_size.unwrap_or(PAGE_SIZE);
        if !(1..=PAGE_SIZE_MAX).contains(&size) {
            faults.add("page_size", format!("1 to {PAGE_SIZE_MAX}"));
        }
        let number = raw.page.unwrap_or(1);
        if !(1..=PAGE_MAX).contains(&number) {
            faults.add("page", format!("1 to {PAGE_MAX}"));
        }
        let filter = ProjectFilter {
            mode: read_word(
                "mode",
                &raw.mode,
                &ProjectMode::ALL,
                ProjectMode::as_str,
                &mut faults,
            ),
            status: read_word(
                "status",
                &raw.status,
                &ProjectStatus::ALL,
                ProjectStatus::as_str,
                &mut faults,
            ),
        };
        refuse(faults)?;

        let page = PageRequest::parse(size, raw.page_token.as_deref().unwrap_or_default(), LIST)
            .map_err(|Faults(fields)| StoryError::Invalid { fields })?
            .read_backward(raw.backward);
        let db = self.db.user(owner);
        let projects = store::list(&db, owner, filter, (page, (number - 1) * size)).await?;
        let total = store::count(&db, owner, filter).await?;

        Ok((projects, total))
    }

    pub(crate) async fn update(
        &self,
        owner: Uuid,
        id: &str,
        change: RawProjectChange,
    ) -> Result<Project, StoryError> {
        let mut faults = Faults::default();
        let title = change
            .title
            .map(|title| check_text("title", &title, TITLE_MIN, TITLE_MAX, &mut faults));
        let description = change
            .description
            .map(|text| check_text("description", &text, 0, DESCRIPTION_MAX, &mut faults));
        let status = change.status.map(|word| {
            ProjectStatus::parse(word.trim()).unwrap_or_else(|| {
                faults.add("status", one_of(&ProjectStatus::ALL, ProjectStatus::as_str));
                ProjectStatus::Planning
            })
        });
        if title.is_none() && description.is_none() && status.is_none() {
            faults.add("title", "title, description or status");
        }
        refuse(faults)?;

        let known = self.get(owner, id).await?;
        self.change(
            owner,
            known.id,
            "Change what the project says of itself",
            |project| {
                project.title = title.unwrap_or_else(|| std::mem::take(&mut project.title));
                project.description = description.unwrap_or_else(|| std::mem::take(&mut project.description));
                project.status = status.unwrap_or(project.status);
            },
        )
        .await
    }

    pub(crate) async fn archive(&self, owner: Uuid, id: &str) -> Result<Project, StoryError> {
        let known = self.get(owner, id).await?;
        if known.status == ProjectStatus::Archived {
            return Ok(known);
        }

        self.change(owner, known.id, "Archive the project", |project| {
            project.status = ProjectStatus::Archived;
        })
        .await
    }

    async fn change(
        &self,
        owner: Uuid,
        id: Uuid,
        message: &str,
        apply: impl FnOnce(&mut Project) + Send,
    ) -> Result<Project, StoryError> {
        let mut tx = self.db.user(owner).begin_write().await?;
        let mut project = lock(&mut tx, owner, id).await?;
        let before = project.clone();
        apply(&mut project);
        if project == before {
            return Ok(project);
        }

        let now = self.clock.now();
        project.updated_at = now;
        store::update(&mut tx, &project).await?;
        let draft = RevisionDraft {
            message: message.to_owned(),
            ..RevisionDraft::default()
        };
        write_revision(&mut tx, &mut project, draft, now, &self.ids).await?;
        tx.commit().await?;
        self.announce(id).await;

        Ok(project)
    }

    /// Tells whoever watches that a project is another one now. Losing it costs a watcher one look.
    pub(crate) async fn announce(&self, id: Uuid) {
        if let Err(error) = self.bus.publish(&topic(id), "{}".into()).await {
            tracing::debug!(error = %Chain(&error), "a change of a project was not told");
        }
    }

    /// The project as it is; each call of [`ProjectWatch::next`] waits for another one.
    pub(crate) async fn watch(&self, owner: Uuid, id: &str) -> Result<ProjectWatch, StoryError> {
        let known = self.get(owner, id).await?;
        let news = self.bus.subscribe(&topic(known.id)).await;

        Ok(ProjectWatch {
            projects: self.clone(),
            owner,
            id: known.id.to_string(),
            last: None,
            news,
        })
    }
}

/// Somebody who watches a project.
pub(crate) struct ProjectWatch {
    projects: Projects,
    owner: Uuid,
    id: String,
    last: Option<Project>,
    news: Subscription,
}

impl ProjectWatch {
    /// The project as it is now; then, each time, when it has changed. `None` when the process stops.
    pub(crate) async fn next(&mut self) -> Option<Result<Project, StoryError>> {
        loop {
            if self.last.is_some() {
                match self.news.next().await? {
                    Delivery::Message(_) | Delivery::Lagged => {}
                }
            }

            match self.projects.get(self.owner, &self.id).await {
                Ok(project) if self.last.as_ref() == Some(&project) => {}
                Ok(project) => {
                    self.last = Some(project.clone());
                    return Some(Ok(project));
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

fn topic(id: Uuid) -> String {
    format!("story.project.{id}")
}

/// The project, in whose transaction nobody else changes it.
pub(super) async fn lock(tx: &mut WriteTx, owner: Uuid, id: Uuid) -> Result<Project, StoryError> {
    if owners::is_closed(tx, owner).await? {
        return Err(StoryError::OwnerClosed);
    }
    let found = store::lock(tx, id, owner).await?;

    found.ok_or_else(|| StoryError::ProjectNotFound { id: id.to_string() })
}

impl ProjectSpecs {
    pub(super) fn apply(self, project: &mut Project) {
        if self.requirements.is_some() {
            project.requirements_spec = self.requirements;
        }
        if self.architecture.is_some() {
            project.architecture_spec = self.architecture;
        }

        if let Some(dependencies) = self.dependencies {
            project.dependencies = dependencies;
        }
        if let Some(tech_stack) = self.tech_stack {
            project.tech_stack = tech_stack;
        }
        if self.readme.is_some() {
            project.readme = self.readme;
        }
        project.status = self.status.unwrap_or(project.status);
    }
}

pub(super) fn check_specs(specs: &ProjectSpecs, faults: &mut Faults) {
    for (field, text) in [
        ("requirements_spec", &specs.requirements),
        ("architecture_spec", &specs.architecture),
        ("readme", &specs.readme),
    ] {
        if text
            .as_ref()
            .is_some_and(|text| text.len() > SPEC_MAX || text.contains('\0'))
        {
            faults.add(field, "at most 1 MiB, without NUL characters");
        }
    }

    let packages = specs.dependencies.as_ref();
    if packages.is_some_and(|packages| {
        packages.len() > DEPENDENCIES_MAX || packages.iter().any(|one| one.contains('\0'))
    }) {
        faults.add("dependencies", format!("at most {DEPENDENCIES_MAX}"));
    }

    let words = specs.tech_stack.as_ref();
    if let Some(words) = words {
        check_stack(words, faults);
    }
}

pub(super) fn refuse(faults: Faults) -> Result<(), StoryError> {
    match faults.is_empty() {
        true => Ok(()),
        false => Err(StoryError::Invalid { fields: faults.0 }),
    }
}

/// Without the space around it.
fn check_text(field: &str, text: &str, least: usize, most: usize, faults: &mut Faults) -> String {
    let text = text.trim();
    if !(least..=most).contains(&text.chars().count()) || text.contains('\0') {
        let expected = match least {
            0 => format!("at most {most} characters"),
            _ => format!("{least} to {most} characters"),
        };
        faults.add(field, expected);
    }

    text.to_owned()
}

fn check_stack(words: &[String], faults: &mut Faults) -> Vec<String> {
    let words: Vec<String> = words.iter().map(|word| word.trim().to_owned()).collect();
    let fine = |word: &String| (1..=STACK_WORD_MAX).contains(&word.chars().count()) && !word.contains('\0');
    if words.len() > STACK_MAX || !words.iter().all(fine) {
        let expected = format!("at most {STACK_MAX}, each 1 to {STACK_WORD_MAX} characters");
        faults.add("tech_stack", expected);
    }

    words
}

fn one_of<T: Copy>(all: &[T], as_str: fn(T) -> &'static str) -> String {
    format!("one of {}", list_words(all, as_str))
}

fn read_word<T: Copy>(
    field: &str,
    text: &str,
    all: &[T],
    as_str: fn(T) -> &'static str,
    faults: &mut Faults,
) -> Option<T> {
    let text = text.trim();
    let known = all.iter().copied().find(|word| as_str(*word) == text);
    if known.is_none() && !text.is_empty() {
        faults.add(field, one_of(all, as_str));
    }

    known
}
