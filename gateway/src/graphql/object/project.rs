//! Projects, their files, versions and revisions.

use async_graphql::{ComplexObject, Context, Result, SimpleObject};
use proto::v1::{
    self, DiffFileVersionsRequest, GetFileRequest, GetFileVersionRequest, ListFilesRequest, ListJobsRequest,
    ListRevisionsRequest,
};

use super::{job::Job, known_time, some};
use crate::{
    graphql::{
        Ask,
        scalar::{DateTime, Id, Json},
    },
    operation::{
        jobs::ListJobs,
        project_files::{
            DiffFileVersions, GetFile, GetFileVersion, ListFileVersions, ListFiles, ListRevisions,
        },
    },
    view::projects::{ProjectFileLanguage, ProjectFileOrigin, ProjectMode, ProjectStatus},
};

/// A web application that agents and people write.
#[derive(SimpleObject)]
#[graphql(complex)]
pub(crate) struct Project {
    /// What other fields name it by.
    id: Id<'static>,
    /// What its owner calls it.
    title: String,
    /// What its owner says of it.
    description: String,
    /// Whether its owner builds or learns.
    mode: ProjectMode,
    /// How far it is by now.
    status: ProjectStatus,
    /// What its owner wants it made of.
    tech_stack: Vec<String>,
    /// What it is to do, once an agent has written that down.
    requirements_spec: Option<Json>,
    /// Its pages and components, once an agent has written them down.
    architecture_spec: Option<Json>,
    /// Packages that it needs, each as `name@version`.
    dependencies: Vec<String>,
    /// Number of its newest revision, from 1.
    revision: u32,
    /// The moment at which it was begun.
    created_at: DateTime<'static>,
    /// The moment of its last change.
    updated_at: DateTime<'static>,
}

impl From<v1::Project> for Project {
    fn from(project: v1::Project) -> Self {
        Self {
            mode: ProjectMode::read(&project.mode),
            status: ProjectStatus::read(&project.status),
            requirements_spec: project.requirements_spec.as_deref().and_then(Json::read),
            architecture_spec: project.architecture_spec.as_deref().and_then(Json::read),
            created_at: known_time(project.created_at.as_ref()),
            updated_at: known_time(project.updated_at.as_ref()),
            id: project.id.into(),
            title: project.title,
            description: project.description,
            tech_stack: project.tech_stack,
            dependencies: project.dependencies,
            revision: project.revision,
        }
    }
}

#[ComplexObject]
impl Project {
    /// All its files by path, with the scaffold that the server makes.
    async fn files(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As they were at this revision; the newest when left out.")] revision: Option<u32>,
    ) -> Result<Vec<ProjectFile>> {
        let request = ListFilesRequest {
            project_id: self.id.to_text(),
            with_content: ctx.look_ahead().field("content").exists(),
            revision,
        };
        let files = ctx.door().await?.perform(ListFiles(request)).await?;

        Ok(files.into_iter().map(ProjectFile::from).collect())
    }

    /// One of its files; null when there is none at this path.
    async fn file(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where it lies, such as `src/App.tsx`.")] path: String,
    ) -> Result<Option<ProjectFile>> {
        let request = GetFileRequest {
            project_id: self.id.to_text(),
            path,
        };
        let file = ctx.door().await?.find(GetFile(request)).await?;

        Ok(file.map(ProjectFile::from))
    }

    /// What agents did for it, newest first, without what they made.
    async fn jobs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which page of them, from 1; the first when left out.")] page: Option<u32>,
        #[graphql(desc = "How many: 1 to 100; 20 when left out.")] limit: Option<u32>,
    ) -> Result<Vec<Job>> {
        let request = ListJobsRequest {
            project_id: self.id.to_text(),
            page,
            page_size: limit,
        };
        let list = ctx.door().await?.perform(ListJobs(request)).await?;

        Ok(list.jobs.into_iter().map(Job::new).collect())
    }

    /// What it went through, newest first: each change of its files.
    async fn revisions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only revisions with a smaller number.")] before: Option<u32>,
        #[graphql(desc = "How many: 1 to 100; 20 when left out.")] limit: Option<u32>,
    ) -> Result<Vec<ProjectRevision>> {
        let request = ListRevisionsRequest {
            project_id: self.id.to_text(),
            before,
            limit,
        };
        let list = ctx.door().await?.perform(ListRevisions(request)).await?;

        Ok(list.revisions.into_iter().map(ProjectRevision::from).collect())
    }
}

/// A file of a project.
#[derive(SimpleObject)]
#[graphql(complex)]
pub(crate) struct ProjectFile {
    /// The same for all its versions.
    id: Id<'static>,
    /// The project that it is part of.
    project_id: Id<'static>,
    /// Where it lies, such as `src/App.tsx`.
    path: String,
    /// What it is written in.
    language: ProjectFileLanguage,
    /// Number of its newest version; of the scaffold, of the revision.
    version: u32,
    /// Whether people write it or the server.
    origin: ProjectFileOrigin,
    /// Length of its content in UTF-8.
    bytes: u32,
    /// BLAKE3 of its content, in hex.
    digest: String,
    /// The moment at which it was first written.
    created_at: DateTime<'static>,
    /// The moment of its last change.
    updated_at: DateTime<'static>,
    #[graphql(skip)]
    known_content: Option<String>,
}

impl From<v1::ProjectFile> for ProjectFile {
    fn from(file: v1::ProjectFile) -> Self {
        Self {
            language: ProjectFileLanguage::read(&file.language),
            origin: ProjectFileOrigin::read(&file.origin),
            created_at: known_time(file.created_at.as_ref()),
            updated_at: known_time(file.updated_at.as_ref()),
            id: file.id.into(),
            project_id: file.project_id.into(),
            path: file.path,
            version: file.version,
            bytes: file.bytes,
            digest: file.digest,
            known_content: file.content,
        }
    }
}

impl ProjectFile {
    fn place(&self) -> GetFileRequest {
        GetFileRequest {
            project_id: self.project_id.to_text(),
            path: self.path.clone(),
        }
    }
}

#[ComplexObject]
impl ProjectFile {
    /// The text that is in it.
    async fn content(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        match &self.known_content {
            Some(content) => Ok(Some(content.clone())),
            None => {
                let file = ctx.door().await?.find(GetFile(self.place())).await?;
                Ok(file.and_then(|file| file.content))
            }
        }
    }

    /// Its versions, newest first, at most 1000; null for the scaffold.
    async fn versions(&self, ctx: &Context<'_>) -> Result<Option<Vec<ProjectFileVersion>>> {
        let list = ctx.door().await?.find(ListFileVersions(self.place())).await?;
        let versions = list.into_iter().flat_map(|list| list.versions);
        let versions = versions.map(|version| ProjectFileVersion::new(version, &self.project_id));

        Ok(Some(versions.collect()).filter(|all: &Vec<_>| !all.is_empty()))
    }

    /// One of its versions; null when there is none of that number.
    async fn file_version(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its number, from 1.")] number: u32,
    ) -> Result<Option<ProjectFileVersion>> {
        let GetFileRequest { project_id, path } = self.place();
        let request = GetFileVersionRequest {
            project_id,
            path,
            version: number,
        };
        let version = ctx.door().await?.find(GetFileVersion(request)).await?;

        Ok(version.map(|version| ProjectFileVersion::new(version, &self.project_id)))
    }

    /// What differs between two of its versions; null when there are no such versions.
    async fn diff(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Number of the older version.")] from: u32,
        #[graphql(desc = "Number of the other one; the newest when left out.")] to: Option<u32>,
    ) -> Result<Option<ProjectFileDiff>> {
        let GetFileRequest { project_id, path } = self.place();
        let request = DiffFileVersionsRequest {
            project_id,
            path,
            from,
            to,
        };
        let diff = ctx.door().await?.find(DiffFileVersions(request)).await?;

        Ok(diff.map(ProjectFileDiff::from))
    }
}

/// One state of a file of a project.
#[derive(SimpleObject)]
#[graphql(complex)]
pub(crate) struct ProjectFileVersion {
    /// Its number, from 1 and without gaps.
    version: u32,
    /// Number of the revision that it came with.
    revision: u32,
    /// What that revision says of itself.
    message: String,
    /// What the file was written in then.
    language: ProjectFileLanguage,
    /// Length of its content in UTF-8.
    bytes: u32,
    /// BLAKE3 of its content, in hex; null of a deletion.
    digest: Option<String>,
    /// Whether the file was taken away by it.
    deleted: bool,
    /// The moment at which it was written.
    created_at: DateTime<'static>,
    #[graphql(skip)]
    known_content: Option<String>,
    #[graphql(skip)]
    place: GetFileRequest,
}

impl ProjectFileVersion {
    fn new(version: v1::FileVersion, project: &Id<'_>) -> Self {
        Self {
            language: ProjectFileLanguage::read(&version.language),
            digest: some(&version.digest).map(str::to_owned),
            created_at: known_time(version.created_at.as_ref()),
            version: version.version,
            revision: version.revision,
            message: version.message,
            bytes: version.bytes,
            deleted: version.deleted,
            known_content: version.content,
            place: GetFileRequest {
                project_id: project.to_text(),
                path: version.path,
            },
        }
    }
}

#[ComplexObject]
impl ProjectFileVersion {
    /// The text that was in it; null of a deletion.
    async fn content(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        if self.deleted || self.known_content.is_some() {
            return Ok(self.known_content.clone());
        }
        let request = GetFileVersionRequest {
            project_id: self.place.project_id.clone(),
            path: self.place.path.clone(),
            version: self.version,
        };
        let version = ctx.door().await?.find(GetFileVersion(request)).await?;

        Ok(version.and_then(|version| version.content))
    }
}

/// What differs between two versions of a file.
#[derive(SimpleObject)]
pub(crate) struct ProjectFileDiff {
    /// Number of the older version.
    from_version: u32,
    /// Number of the newer version.
    to_version: u32,
    /// How many lines came in.
    added_lines: u32,
    /// How many lines went out.
    removed_lines: u32,
    /// In the unified format; empty when nothing differs.
    unified: String,
}

impl From<v1::FileDiff> for ProjectFileDiff {
    fn from(diff: v1::FileDiff) -> Self {
        Self {
            from_version: diff.from,
            to_version: diff.to,
            added_lines: diff.added_lines,
            removed_lines: diff.removed_lines,
            unified: diff.unified,
        }
    }
}

/// A moment of a project that is kept.
#[derive(SimpleObject)]
pub(crate) struct ProjectRevision {
    /// Its number, from 1 and without gaps.
    number: u32,
    /// What its author says of it.
    message: String,
    /// Who wrote it, by name.
    author_name: String,
    /// The address of who wrote it.
    author_email: String,
    /// The moment at which it was written.
    created_at: DateTime<'static>,
    /// What it changed of the files that people write.
    paths: Vec<String>,
}

impl From<v1::Revision> for ProjectRevision {
    fn from(revision: v1::Revision) -> Self {
        Self {
            created_at: known_time(revision.created_at.as_ref()),
            number: revision.number,
            message: revision.message,
            author_name: revision.author_name,
            author_email: revision.author_email,
            paths: revision.paths,
        }
    }
}
