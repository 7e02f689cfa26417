//! What a job's run keeps of what agents made: in the project, and as the job's result. Doing it twice does nothing twice.

use flow::RunId;
use proto::tasks::codeforge::SourceFile;
use proto::tasks::codeforge::documents::{CodeGenerationResult, RequirementsDoc, WireframeSpec};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Jobs;
use crate::domain::project::{
    Author, FileChange, FileLanguage, FileOrigin, Project, ProjectStatus, RevisionDraft,
};
use crate::domain::projects::ProjectSpecs;
use crate::error::StoryError;
use crate::store::jobs as store;

const STACK_MAX: usize = 10;
const STACK_CHARS: usize = 100;

/// What agents made of a project; absent leaves the project as it is.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct MadeProject<'a> {
    pub(crate) requirements: Option<&'a RequirementsDoc>,
    pub(crate) wireframe: Option<&'a WireframeSpec>,
    pub(crate) code: Option<&'a CodeGenerationResult>,
    /// Nothing is left to do.
    pub(crate) completed: bool,
}

impl Jobs {
    /// Writes it into the project, as one revision. What agents wrote before and did not write again goes; what people wrote stays.
    pub(crate) async fn keep_made(
        &self,
        owner: Uuid,
        project: Uuid,
        made: MadeProject<'_>,
        message: &str,
    ) -> Result<Project, StoryError> {
        let changes = match made.code {
            Some(code) => self.write_changes(owner, project, code).await?,
            None => Vec::new(),
        };
        let draft = RevisionDraft {
            message: message.to_owned(),
            author: Some(agents_author()),
            changes,
            base: None,
        };

        self.files
            .write_files(owner, project, draft, write_specs(made))
            .await
    }

    async fn write_changes(
        &self,
        owner: Uuid,
        project: Uuid,
        code: &CodeGenerationResult,
    ) -> Result<Vec<FileChange>, StoryError> {
        let author = agents_author();
        let before = store::list_paths_by(&self.db.user(owner), project, &author.email).await?;
        let gone = before
            .into_iter()
            .filter(|path| !code.files.iter().any(|file| file.file_path == *path))
            .map(|path| FileChange {
                path,
                content: None,
                language: None,
            });

        let written = code.files.iter().map(|file| FileChange {
            path: file.file_path.clone(),
            content: Some(file.content.clone()),
            language: FileLanguage::parse(file.language.as_str()),
        });
        Ok(written.chain(gone).collect())
    }

    /// Keeps the result of a run's job; a run that is no job's, as a fork, has nowhere to keep one.
    pub(crate) async fn keep_result(
        &self,
        owner: Uuid,
        run: RunId,
        result: &Value,
    ) -> Result<(), StoryError> {
        let mut tx = self.db.user(owner).begin_write().await?;
        store::put_result(&mut tx, run, owner, &result.to_string(), self.clock.now()).await?;
        tx.commit().await?;

        Ok(())
    }

    /// The project's files as QA reads them, scaffold included.
    pub(crate) async fn read_files(
        &self,
        owner: Uuid,
        project: Uuid,
    ) -> Result<(Project, Vec<SourceFile>), StoryError> {
        let project = self.files.projects.get(owner, &project.to_string()).await?;
        let files = self.files.files_at(owner, project.id, project.revision).await?;
        let told = files
            .into_iter()
            // Nobody reads a lock file.
            .filter(|file| file.origin == FileOrigin::Source || file.path == "package.json")
            .filter_map(|file| {
                Some(SourceFile {
                    path: file.path,
                    content: file.content?,
                })
            });

        Ok((project, told.collect()))
    }
}

/// Who writes what agents make.
fn agents_author() -> Author {
    Author {
        name: "CodeForge".to_owned(),
        email: "codeforge@agents.saga.invalid".to_owned(),
    }
}

fn write_specs(made: MadeProject<'_>) -> ProjectSpecs {
    let stack = made.requirements.map(|requirements| {
        let words = requirements.recommended_stack.iter().take(STACK_MAX);
        words
            .map(|word| word.trim().chars().take(STACK_CHARS).collect::<String>())
            .filter(|word| !word.is_empty())
            .collect()
    });

    ProjectSpecs {
        requirements: made
            .requirements
            .map(|requirements| json!(requirements).to_string()),
        architecture: made.wireframe.map(|wireframe| json!(wireframe).to_string()),
        dependencies: made.code.map(|code| code.dependencies.clone()),
        tech_stack: stack,
        readme: None,
        status: match (made.completed, made.code) {
            (true, _) => Some(ProjectStatus::Completed),
            (false, Some(_)) => Some(ProjectStatus::Building),
            (false, None) => None,
        },
    }
}
