//! The service's doors. Only here proto and domain meet: a handler decodes, makes one call, and encodes.

mod assistants;
mod books;
mod convert;
mod items;
mod jobs;
mod owners;
mod project_exports;
mod project_files;
mod project_git;
mod projects;
mod runs;
mod schedules;
mod stories;
mod students;
mod threads;
mod webhooks;
mod workflow_definitions;
mod workflows;

pub(crate) use self::assistants::AssistantsRpc;
pub(crate) use self::books::BooksRpc;
pub(crate) use self::items::ItemsRpc;
pub(crate) use self::jobs::JobsRpc;
pub(crate) use self::owners::OwnersRpc;
pub(crate) use self::project_exports::ProjectExportsRpc;
pub(crate) use self::project_files::ProjectFilesRpc;
pub(crate) use self::project_git::ProjectGitRpc;
pub(crate) use self::projects::ProjectsRpc;
pub(crate) use self::runs::RunsRpc;
pub(crate) use self::schedules::SchedulesRpc;
pub(crate) use self::stories::StoriesRpc;
pub(crate) use self::students::StudentsRpc;
pub(crate) use self::threads::ThreadsRpc;
pub(crate) use self::webhooks::WebhooksRpc;
pub(crate) use self::workflow_definitions::WorkflowDefinitionsRpc;
pub(crate) use self::workflows::WorkflowsRpc;
