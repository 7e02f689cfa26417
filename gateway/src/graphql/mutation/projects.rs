//! Projects and their files: made, changed, archived, written, restored.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use proto::v1::{
    CreateProjectRequest, GetFileRequest, GetFileVersionRequest, GetProjectRequest, PutFileRequest,
    UpdateFileRequest, UpdateProjectRequest,
};

use crate::{
    error::ApiError,
    graphql::{
        Ask,
        object::project::{Project, ProjectFile},
        scalar::IdInput,
    },
    operation::{
        project_files::{DeleteFile, PutFile, RestoreFileVersion, UpdateFile},
        projects::{ArchiveProject, CreateProject, UpdateProject},
    },
    view::projects::{ProjectFileLanguage, ProjectMode, ProjectStatus},
};

#[derive(Default)]
pub(crate) struct ProjectsMutation;

/// A project to begin.
#[derive(InputObject)]
struct CreateProjectInput {
    /// What it is called: 3 to 200 characters.
    title: String,
    /// What it is for: at most 1000 characters.
    description: Option<String>,
    /// Whether you build or learn; you build when it is left out.
    mode: Option<ProjectMode>,
    /// What you want it made of: at most 10 words.
    tech_stack: Option<Vec<String>>,
}

/// The project that was begun.
#[derive(SimpleObject)]
struct CreateProjectPayload {
    /// The project with its scaffold.
    project: Project,
}

/// What to change of a project: at least one thing.
#[derive(InputObject)]
struct UpdateProjectInput {
    /// The id of a project of yours.
    id: IdInput,
    /// What it is called from now on.
    title: Option<String>,
    /// What is said of it from now on.
    description: Option<String>,
    /// How far it is by now.
    status: Option<ProjectStatus>,
}

/// The project as it is now.
#[derive(SimpleObject)]
struct UpdateProjectPayload {
    /// The project that was changed.
    project: Project,
}

/// The project to archive.
#[derive(InputObject)]
struct ArchiveProjectInput {
    /// The id of a project of yours.
    id: IdInput,
}

/// The project, out of the lists.
#[derive(SimpleObject)]
struct ArchiveProjectPayload {
    /// The project that was archived.
    project: Project,
}

/// A file to write.
#[derive(InputObject)]
struct PutProjectFileInput {
    /// The id of a project of yours.
    project_id: IdInput,
    /// Where it lies: 5 to 500 characters, below `src/`.
    path: String,
    /// The text in it: at most 100,000 bytes.
    content: String,
    /// What it is written in; neither JSON nor Markdown.
    language: ProjectFileLanguage,
}

/// The file as it is now.
#[derive(SimpleObject)]
struct PutProjectFilePayload {
    /// The file that was written.
    file: ProjectFile,
    /// Whether there was none before.
    created: bool,
}

/// What to change of a file: at least one thing.
#[derive(InputObject)]
struct UpdateProjectFileInput {
    /// The id of a project of yours.
    project_id: IdInput,
    /// Where the file lies.
    path: String,
    /// The text that is in it from now on.
    content: Option<String>,
    /// What it is written in from now on.
    language: Option<ProjectFileLanguage>,
}

/// The file with what was changed.
#[derive(SimpleObject)]
struct UpdateProjectFilePayload {
    /// The file as it is now.
    file: ProjectFile,
}

/// The file to take away.
#[derive(InputObject)]
struct DeleteProjectFileInput {
    /// The id of a project of yours.
    project_id: IdInput,
    /// Where the file lies.
    path: String,
}

/// What is left of a file: its versions.
#[derive(SimpleObject)]
struct DeleteProjectFilePayload {
    /// Where the file was lying.
    deleted_path: String,
}

/// The version to go back to.
#[derive(InputObject)]
struct RestoreProjectFileInput {
    /// The id of a project of yours.
    project_id: IdInput,
    /// Where the file lies or was lying.
    path: String,
    /// The number of the version.
    version: u32,
}

/// The file as it was then.
#[derive(SimpleObject)]
struct RestoreProjectFilePayload {
    /// The file with a version more.
    file: ProjectFile,
}

#[Object]
impl ProjectsMutation {
    /// Begin a project. You may have 500.
    async fn create_project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the project is to be.")] input: CreateProjectInput,
    ) -> Result<Option<CreateProjectPayload>> {
        let request = CreateProjectRequest {
            title: input.title,
            description: input.description.unwrap_or_default(),
            mode: input.mode.map_or("", ProjectMode::as_str).to_owned(),
            tech_stack: input.tech_stack.unwrap_or_default(),
        };
        let project = ctx.door().await?.perform(CreateProject(request)).await?;

        Ok(Some(CreateProjectPayload {
            project: project.into(),
        }))
    }

    /// Change what a project says of itself, or take it out of the archive.
    async fn update_project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The project, and what to change.")] input: UpdateProjectInput,
    ) -> Result<Option<UpdateProjectPayload>> {
        let door = ctx.door().await?;
        let request = UpdateProjectRequest {
            id: ctx.parse_id(&input.id, "input.id")?.to_string(),
            title: input.title,
            description: input.description,
            status: input.status.map(|status| status.as_str().to_owned()),
        };
        let project = door.perform(UpdateProject(request)).await?;

        Ok(Some(UpdateProjectPayload {
            project: project.into(),
        }))
    }

    /// Archive a project. It stays, out of the lists and closed for writers.
    async fn archive_project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The project to archive.")] input: ArchiveProjectInput,
    ) -> Result<Option<ArchiveProjectPayload>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&input.id, "input.id")?.to_string();
        let project = door.perform(ArchiveProject(GetProjectRequest { id })).await?;

        Ok(Some(ArchiveProjectPayload {
            project: project.into(),
        }))
    }

    /// Write a file of a project. The same content again changes nothing.
    async fn put_project_file(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where the file lies, and what is in it.")] input: PutProjectFileInput,
    ) -> Result<Option<PutProjectFilePayload>> {
        let door = ctx.door().await?;
        let request = PutFileRequest {
            project_id: ctx.parse_id(&input.project_id, "input.projectId")?.to_string(),
            path: input.path,
            content: input.content,
            language: input.language.as_str().to_owned(),
        };
        let written = door.perform(PutFile(request)).await?;
        let file = written.file.ok_or_else(|| ctx.fail(ApiError::internal()))?;

        Ok(Some(PutProjectFilePayload {
            file: file.into(),
            created: written.created,
        }))
    }

    /// Change a file of a project that is there.
    async fn update_project_file(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The file, and what to change.")] input: UpdateProjectFileInput,
    ) -> Result<Option<UpdateProjectFilePayload>> {
        let door = ctx.door().await?;
        let request = UpdateFileRequest {
            project_id: ctx.parse_id(&input.project_id, "input.projectId")?.to_string(),
            path: input.path,
            content: input.content,
            language: input.language.map(|language| language.as_str().to_owned()),
        };
        let file = door.perform(UpdateFile(request)).await?;

        Ok(Some(UpdateProjectFilePayload { file: file.into() }))
    }

    /// Delete a file of a project. Its versions stay.
    async fn delete_project_file(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The file to take away.")] input: DeleteProjectFileInput,
    ) -> Result<Option<DeleteProjectFilePayload>> {
        let door = ctx.door().await?;
        let request = GetFileRequest {
            project_id: ctx.parse_id(&input.project_id, "input.projectId")?.to_string(),
            path: input.path.clone(),
        };
        door.perform(DeleteFile(request)).await?;

        Ok(Some(DeleteProjectFilePayload {
            deleted_path: input.path,
        }))
    }

    /// Make an older version of a file the newest one.
    async fn restore_project_file(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The file, and the version to go back to.")] input: RestoreProjectFileInput,
    ) -> Result<Option<RestoreProjectFilePayload>> {
        let door = ctx.door().await?;
        let request = GetFileVersionRequest {
            project_id: ctx.parse_id(&input.project_id, "input.projectId")?.to_string(),
            path: input.path,
            version: input.version,
        };
        let file = door.perform(RestoreFileVersion(request)).await?;

        Ok(Some(RestoreProjectFilePayload { file: file.into() }))
    }
}
