//! Every way in which a call to this service fails. Causes stay inside; what a client may read is in `Display`.

use std::time::Duration;

use flow::StoreError;
use kit::blobs::BlobError;
use kit::db::DbError;
use kit::error::{ErrorKind, Faults, FieldViolation, Problem, ServiceError};
use uuid::Uuid;

use crate::clients::agents::AgentError;
use crate::clients::github::GithubError;
use crate::knowledge::KnowledgeError;

#[derive(Debug, thiserror::Error)]
pub enum StoryError {
    /// Some input fields do not fit; all of them are named.
    #[error("{}", Faults(.fields.clone()))]
    Invalid { fields: Vec<FieldViolation> },
    /// No such story, or not one that the actor may see.
    #[error("There is no story {id}.")]
    StoryNotFound { id: String },
    /// No such run, or not one that the actor may see.
    #[error("There is no run {id}.")]
    RunNotFound { id: String },
    /// No story is shared under this token.
    #[error("This link leads to no story. It may not be shared any more.")]
    ShareNotFound,
    /// No such workflow, or not one that the actor may see.
    #[error("There is no workflow {id}.")]
    WorkflowNotFound { id: String },
    /// No workflow is shared under this token.
    #[error("This link leads to no workflow. It may not be shared any more.")]
    WorkflowShareNotFound,
    #[error("There is no question {id}.")]
    QuestionNotFound { id: String },
    #[error("This question is closed, or none is open.")]
    QuestionClosed,
    #[error("There is no definition {name}.")]
    DefinitionNotFound { name: String },
    #[error("{name} is the name of a type that every installation has. Choose another.")]
    TypeIsBuiltIn { name: String },
    #[error("You have {most} definitions. Delete one first.")]
    TooManyDefinitions { most: i64 },
    #[error("This workflow has {most} links. Revoke one first.")]
    TooManyShares { most: i64 },
    #[error("There is no webhook {id}.")]
    WebhookNotFound { id: String },
    #[error("There is no such item.")]
    ItemNotFound,
    #[error("Your items would take more than 64 MiB, or be more than 10000. Delete some first.")]
    ItemsFull,
    #[error("There is no schedule {id}.")]
    ScheduleNotFound { id: String },
    #[error("You have {most} schedules. Delete one first.")]
    TooManySchedules { most: i64 },
    #[error("Schedule {id} was due, or changed, at the same time. Please try again.")]
    ScheduleChanged { id: String },
    #[error("Thread with ID {id} not found")]
    ThreadNotFound { id: String },
    #[error("Thread with ID {id} already exists")]
    ThreadExists { id: String },
    #[error("Thread or assistant not found.")]
    AssistantNotFound { id: String },
    #[error("Assistant {id} already exists")]
    AssistantExists { id: String },
    #[error(
        "This assistant follows from the graph {name}. Change its definition, or make an assistant of it."
    )]
    AssistantIsOfType { name: String },
    #[error("There are {most} of them. Delete one first.")]
    TooManyAssistants { most: i64 },
    #[error("Run {id} not found")]
    ThreadRunNotFound { id: String },
    #[error("No runs found to cancel.")]
    NoRunToCancel,
    #[error("Checkpoint {id} not found, or not kept any more")]
    CheckpointNotFound { id: Uuid },
    #[error(
        "Thread is already running a task. Wait for it to finish or choose a different multitask strategy."
    )]
    ThreadBusy { id: Uuid },
    #[error("Run {id} works, or is to begin. Cancel it first.")]
    ThreadRunActive { id: Uuid },
    #[error("Thread {id} has no graph: no run was made on it, so it has no state to change.")]
    ThreadHasNoGraph { id: Uuid },
    #[error("There is no delivery {id}.")]
    DeliveryNotFound { id: String },
    #[error("You have {most} webhooks. Delete one first.")]
    TooManyWebhooks { most: i64 },
    #[error("Workflow {id} has finished. Fork it to go on from there.")]
    WorkflowFinished { id: Uuid },
    #[error("Workflow {id} is at work. Wait, cancel it, or say what is to be done with on_conflict.")]
    WorkflowBusy { id: Uuid },
    #[error("Nothing of workflow {id} is at work.")]
    NothingWorks { id: Uuid },
    #[error("Workflow {id} is neither paused nor failed nor cancelled, so there is nothing to resume.")]
    NothingToResume { id: Uuid },
    #[error("Workflow {id} was never executed.")]
    NeverExecuted { id: Uuid },
    #[error("That version does not have the steps at which workflow {id} stands.")]
    VersionDoesNotFit { id: Uuid },
    /// Several were named, and not all of them are the actor's.
    #[error("Not all of these stories are yours, so none was changed.")]
    NotTheOwner,
    #[error("This idempotency key was already used for another request.")]
    IdempotencyKeyReused { key: String },
    #[error("Nothing is being made for story {id}, so there is nothing to cancel.")]
    NothingToCancel { id: Uuid },
    #[error("Run {id} has ended.")]
    RunEnded { id: Uuid },
    #[error("Run {id} does not wait for an answer.")]
    RunNotWaiting { id: Uuid },
    #[error("There is no response {id}.")]
    ResponseNotFound { id: String },
    #[error("There is no job {id}.")]
    JobNotFound { id: String },
    #[error("Job {id} has ended.")]
    JobEnded { id: Uuid },
    #[error("Job {id} does not wait for answers.")]
    JobNotWaiting { id: Uuid },
    #[error("Story {id} is still being made. Cancel that first.")]
    StoryActive { id: Uuid },
    #[error("Somebody is working on the book of story {id}. Wait until that is done, or cancel it.")]
    BookBusy { id: Uuid },
    #[error("The checkpoint of step {step} of run {id} is not kept any more.")]
    CheckpointExpired { id: Uuid, step: u64 },
    /// The account is deleted, or about to be.
    #[error("This account is closed.")]
    OwnerClosed,
    /// A call that only our own services make.
    #[error("This is not for you.")]
    NotAService,
    /// The story changed again and again under this request.
    #[error("Story {id} was changed by other requests at the same time. Please try again.")]
    Contended { id: String },
    #[error("There is no chapter {number} in this book.")]
    ChapterNotFound { number: u32 },
    #[error("There is no scene {key} in this story.")]
    SceneNotFound { key: String },
    #[error("There is no fact {key} in this story.")]
    FactNotFound { key: String },
    #[error("This book has no such finding. It may have been mended.")]
    FindingNotFound,
    #[error("Nothing of story {id} is written yet.")]
    NothingWritten { id: Uuid },
    #[error("Nothing was changed in story {id} that could be taken back.")]
    NothingToUndo { id: Uuid },
    #[error("There is no project {id}.")]
    ProjectNotFound { id: String },
    #[error("There is no file {} in this project.", .path.escape_debug())]
    FileNotFound { path: String },
    #[error("There is no version {version} of {}.", .path.escape_debug())]
    FileVersionNotFound { path: String, version: u32 },
    #[error("This is no request of git's: {what}.")]
    GitRequest { what: String },
    #[error("There is no revision {number} of this project.")]
    RevisionNotFound { number: u32 },
    #[error("{path} is part of the scaffold: it is made by the server and can only be read.")]
    ScaffoldFile { path: String },
    #[error(
        "{path} can't be beside {other}: on some machines they would be the same file, or a file and a folder."
    )]
    PathTaken { path: String, other: String },
    #[error("Project {id} is archived. Give it another status first.")]
    ProjectArchived { id: Uuid },
    #[error("Project {id} was changed at the same time. Read it again, then write.")]
    ProjectChanged { id: Uuid },
    #[error("You have {most} projects.")]
    TooManyProjects { most: i64 },
    #[error("A project has at most {most} files.")]
    TooManyFiles { most: usize },
    #[error("The files of a project are at most 10 MiB.")]
    ProjectFull,
    #[error("This project has no files of yours yet, so there is nothing to export.")]
    ProjectEmpty,
    #[error(transparent)]
    Github(#[from] GithubError),
    #[error("All versions of all your files would take more than 256 MiB.")]
    ProjectsFull,
    #[error(
        "Project {id} is not one to learn with: its mode is builder, and this is for projects in student mode."
    )]
    NotAStudentProject { id: Uuid },
    #[error(
        "Project {id} has no requirements with a feature yet. Write them first: a roadmap is made of them."
    )]
    NoRequirements { id: Uuid },
    #[error("No roadmap was written for this project.")]
    RoadmapNotFound,
    #[error("No decision was laid out for this project.")]
    ChoiceNotFound,
    #[error("A project has at most {most} sessions.")]
    TooManySessions { most: i64 },
    /// An agent that answers at once did not.
    #[error("{problem}")]
    Agent {
        problem: Box<Problem>,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("the knowledge of a story is not available")]
    Knowledge(#[source] KnowledgeError),
    #[error("the object store failed")]
    Blobs(#[from] BlobError),
    #[error("the story database failed")]
    Database(#[from] DbError),
    #[error("the run store failed")]
    Runs(#[source] StoreError),
    /// Something that was stored by us can not be read by us.
    #[error("a stored {what} can not be read")]
    Unreadable {
        what: &'static str,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl StoryError {
    /// One field at fault.
    pub(crate) fn invalid(field: &str, expected: &str) -> Self {
        Self::Invalid {
            fields: vec![FieldViolation::new(field, expected)],
        }
    }
}

/// In the agent's own words, where it has any.
impl From<AgentError> for StoryError {
    fn from(error: AgentError) -> Self {
        let problem = match &error {
            AgentError::Failed { problem, .. } => problem.clone(),
            AgentError::Unfinished { .. } => Box::new(Problem::from_status(&tonic::Status::unavailable(""))),
            AgentError::Output { .. } | AgentError::Input { .. } => {
                return Self::Unreadable {
                    what: "answer of an agent",
                    source: Box::new(error),
                };
            }
        };

        Self::Agent {
            problem,
            source: Box::new(error),
        }
    }
}

/// What callers got wrong stays their mistake.
impl From<KnowledgeError> for StoryError {
    fn from(error: KnowledgeError) -> Self {
        match error {
            KnowledgeError::Invalid { fields } => Self::Invalid { fields },
            KnowledgeError::SceneNotFound { key } => Self::SceneNotFound { key },
            KnowledgeError::FactNotFound { key } => Self::FactNotFound { key },
            KnowledgeError::Database(error) => Self::Database(error),
            other => Self::Knowledge(other),
        }
    }
}

impl ServiceError for StoryError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid { .. }
            | Self::GitRequest { .. }
            | Self::ScaffoldFile { .. }
            | Self::PathTaken { .. }
            | Self::NotAStudentProject { .. }
            | Self::NoRequirements { .. } => ErrorKind::InvalidArgument,
            Self::StoryNotFound { .. }
            | Self::RunNotFound { .. }
            | Self::ShareNotFound
            | Self::WorkflowNotFound { .. }
            | Self::WorkflowShareNotFound
            | Self::QuestionNotFound { .. }
            | Self::DefinitionNotFound { .. }
            | Self::ChapterNotFound { .. }
            | Self::SceneNotFound { .. }
            | Self::FactNotFound { .. }
            | Self::FindingNotFound
            | Self::WebhookNotFound { .. }
            | Self::DeliveryNotFound { .. }
            | Self::ScheduleNotFound { .. }
            | Self::ItemNotFound
            | Self::ThreadNotFound { .. }
            | Self::AssistantNotFound { .. }
            | Self::ThreadRunNotFound { .. }
            | Self::NoRunToCancel
            | Self::CheckpointNotFound { .. }
            | Self::ProjectNotFound { .. }
            | Self::FileNotFound { .. }
            | Self::FileVersionNotFound { .. }
            | Self::RevisionNotFound { .. }
            | Self::ResponseNotFound { .. }
            | Self::JobNotFound { .. }
            | Self::RoadmapNotFound
            | Self::ChoiceNotFound
            | Self::CheckpointExpired { .. } => ErrorKind::NotFound,
            Self::IdempotencyKeyReused { .. }
            | Self::TypeIsBuiltIn { .. }
            | Self::AssistantExists { .. }
            | Self::ThreadExists { .. } => ErrorKind::AlreadyExists,
            Self::NothingToCancel { .. }
            | Self::RunEnded { .. }
            | Self::JobEnded { .. }
            | Self::StoryActive { .. }
            | Self::WorkflowFinished { .. }
            | Self::NothingWorks { .. }
            | Self::NothingToResume { .. }
            | Self::NeverExecuted { .. }
            | Self::VersionDoesNotFit { .. }
            | Self::NothingWritten { .. }
            | Self::NothingToUndo { .. }
            | Self::TooManyDefinitions { .. }
            | Self::TooManyWebhooks { .. }
            | Self::TooManySchedules { .. }
            | Self::TooManyAssistants { .. }
            | Self::AssistantIsOfType { .. }
            | Self::ItemsFull
            | Self::ThreadHasNoGraph { .. }
            | Self::ProjectArchived { .. }
            | Self::TooManyProjects { .. }
            | Self::TooManyFiles { .. }
            | Self::ProjectFull
            | Self::ProjectEmpty
            | Self::ProjectsFull
            | Self::TooManySessions { .. }
            | Self::TooManyShares { .. } => ErrorKind::FailedPrecondition,
            Self::OwnerClosed | Self::NotAService | Self::NotTheOwner => ErrorKind::PermissionDenied,
            // Somebody else was quicker with an answer, or nobody asked.
            Self::RunNotWaiting { .. }
            | Self::JobNotWaiting { .. }
            | Self::Contended { .. }
            | Self::QuestionClosed
            | Self::ScheduleChanged { .. }
            | Self::ProjectChanged { .. }
            | Self::BookBusy { .. }
            | Self::ThreadBusy { .. }
            | Self::ThreadRunActive { .. }
            | Self::WorkflowBusy { .. } => ErrorKind::Aborted,
            Self::Database(_) | Self::Runs(_) | Self::Knowledge(_) | Self::Blobs(_) => ErrorKind::Unavailable,
            Self::Github(error) => error.kind(),
            Self::Agent { problem, .. } => problem.kind,
            Self::Unreadable { .. } => ErrorKind::Internal,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "INVALID_FIELDS",
            Self::StoryNotFound { .. } => "STORY_NOT_FOUND",
            Self::RunNotFound { .. } => "RUN_NOT_FOUND",
            Self::ShareNotFound => "SHARE_NOT_FOUND",
            Self::NotTheOwner => "NOT_THE_OWNER",
            Self::WorkflowNotFound { .. } => "WORKFLOW_NOT_FOUND",
            Self::WorkflowShareNotFound => "WORKFLOW_SHARE_NOT_FOUND",
            Self::QuestionNotFound { .. } => "QUESTION_NOT_FOUND",
            Self::QuestionClosed => "QUESTION_CLOSED",
            Self::DefinitionNotFound { .. } => "DEFINITION_NOT_FOUND",
            Self::TypeIsBuiltIn { .. } => "TYPE_IS_BUILT_IN",
            Self::TooManyDefinitions { .. } => "TOO_MANY_DEFINITIONS",
            Self::TooManyShares { .. } => "TOO_MANY_SHARES",
            Self::WebhookNotFound { .. } => "WEBHOOK_NOT_FOUND",
            Self::DeliveryNotFound { .. } => "DELIVERY_NOT_FOUND",
            Self::ItemNotFound => "ITEM_NOT_FOUND",
            Self::ThreadNotFound { .. } => "THREAD_NOT_FOUND",
            Self::ThreadExists { .. } => "THREAD_EXISTS",
            Self::AssistantNotFound { .. } => "ASSISTANT_NOT_FOUND",
            Self::AssistantExists { .. } => "ASSISTANT_EXISTS",
            Self::AssistantIsOfType { .. } => "ASSISTANT_IS_OF_TYPE",
            Self::TooManyAssistants { .. } => "TOO_MANY_ASSISTANTS",
            Self::ThreadRunNotFound { .. } => "THREAD_RUN_NOT_FOUND",
            Self::NoRunToCancel => "NOTHING_TO_CANCEL",
            Self::ResponseNotFound { .. } => "RESPONSE_NOT_FOUND",
            Self::CheckpointNotFound { .. } => "CHECKPOINT_NOT_FOUND",
            Self::ThreadBusy { .. } => "THREAD_BUSY",
            Self::ThreadRunActive { .. } => "THREAD_RUN_ACTIVE",
            Self::ThreadHasNoGraph { .. } => "THREAD_HAS_NO_GRAPH",
            Self::ItemsFull => "ITEMS_FULL",
            Self::ScheduleNotFound { .. } => "SCHEDULE_NOT_FOUND",
            Self::TooManySchedules { .. } => "TOO_MANY_SCHEDULES",
            Self::ScheduleChanged { .. } => "SCHEDULE_CHANGED",
            Self::TooManyWebhooks { .. } => "TOO_MANY_WEBHOOKS",
            Self::WorkflowFinished { .. } => "WORKFLOW_FINISHED",
            Self::WorkflowBusy { .. } => "WORKFLOW_BUSY",
            Self::NothingWorks { .. } => "NOTHING_TO_CANCEL",
            Self::NothingToResume { .. } => "NOTHING_TO_RESUME",
            Self::NeverExecuted { .. } => "NEVER_EXECUTED",
            Self::VersionDoesNotFit { .. } => "VERSION_DOES_NOT_FIT",
            Self::CheckpointExpired { .. } => "CHECKPOINT_EXPIRED",
            Self::IdempotencyKeyReused { .. } => "IDEMPOTENCY_KEY_REUSED",
            Self::NothingToCancel { .. } => "NOTHING_TO_CANCEL",
            Self::RunEnded { .. } => "RUN_ENDED",
            Self::RunNotWaiting { .. } => "RUN_NOT_WAITING",
            Self::JobNotFound { .. } => "JOB_NOT_FOUND",
            Self::JobEnded { .. } => "JOB_ENDED",
            Self::JobNotWaiting { .. } => "JOB_NOT_WAITING",
            Self::StoryActive { .. } => "STORY_ACTIVE",
            Self::BookBusy { .. } => "BOOK_BUSY",
            Self::OwnerClosed => "ACCOUNT_CLOSED",
            Self::NotAService => "PERMISSION_DENIED",
            Self::Contended { .. } => "STORY_CONTENDED",
            Self::ChapterNotFound { .. } => "CHAPTER_NOT_FOUND",
            Self::SceneNotFound { .. } => "SCENE_NOT_FOUND",
            Self::FactNotFound { .. } => "FACT_NOT_FOUND",
            Self::FindingNotFound => "FINDING_NOT_FOUND",
            Self::NothingWritten { .. } => "NOTHING_WRITTEN",
            Self::NothingToUndo { .. } => "NOTHING_TO_UNDO",
            Self::ProjectNotFound { .. } => "PROJECT_NOT_FOUND",
            Self::FileNotFound { .. } => "FILE_NOT_FOUND",
            Self::FileVersionNotFound { .. } => "FILE_VERSION_NOT_FOUND",
            Self::RevisionNotFound { .. } => "REVISION_NOT_FOUND",
            Self::GitRequest { .. } => "GIT_REQUEST",
            Self::ScaffoldFile { .. } => "SCAFFOLD_FILE",
            Self::PathTaken { .. } => "PATH_TAKEN",
            Self::ProjectArchived { .. } => "PROJECT_ARCHIVED",
            Self::ProjectChanged { .. } => "PROJECT_CHANGED",
            Self::TooManyProjects { .. } => "TOO_MANY_PROJECTS",
            Self::TooManyFiles { .. } => "TOO_MANY_FILES",
            Self::ProjectFull => "PROJECT_FULL",
            Self::ProjectsFull => "PROJECTS_FULL",
            Self::ProjectEmpty => "PROJECT_EMPTY",
            Self::Github(error) => error.reason(),
            Self::NotAStudentProject { .. } => "NOT_A_STUDENT_PROJECT",
            Self::NoRequirements { .. } => "NO_REQUIREMENTS",
            Self::RoadmapNotFound => "ROADMAP_NOT_FOUND",
            Self::ChoiceNotFound => "CHOICE_NOT_FOUND",
            Self::TooManySessions { .. } => "TOO_MANY_SESSIONS",
            Self::Agent { .. } => "AGENT_FAILED",
            Self::Knowledge(_) => "KNOWLEDGE_UNAVAILABLE",
            Self::Blobs(_) => "BLOBS_UNAVAILABLE",
            Self::Database(_) => "STORY_DATABASE_UNAVAILABLE",
            Self::Runs(_) => "RUN_STORE_UNAVAILABLE",
            Self::Unreadable { .. } => "STORED_DATA_UNREADABLE",
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Github(GithubError::RateLimited { retry_after }) => Some(*retry_after),
            _ => None,
        }
    }

    fn fields(&self) -> Vec<FieldViolation> {
        match self {
            Self::Invalid { fields } => fields.clone(),
            Self::Github(GithubError::Token) => {
                vec![FieldViolation::new("github_token", "a token that GitHub takes")]
            }
            _ => Vec::new(),
        }
    }
}
