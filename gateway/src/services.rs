//! The services as the gateway sees them: the generated clients, each of which signs who asks and sets request id and
//! deadline by itself. Holds no rule of any service, and no rpc by name.

use std::{sync::Arc, time::Duration};

use kit::{
    actor::Actor,
    rpc::{Caller, Calling, RequestId, RpcChannel},
};
use proto::v1::{
    accounts_client::AccountsClient, agents_client::AgentsClient, assistants_client::AssistantsClient,
    auth_client::AuthClient, backups_client::BackupsClient, billing_client::BillingClient,
    books_client::BooksClient, chats_client::ChatsClient, items_client::ItemsClient, jobs_client::JobsClient,
    language_models_client::LanguageModelsClient, project_exports_client::ProjectExportsClient,
    project_files_client::ProjectFilesClient, project_git_client::ProjectGitClient,
    projects_client::ProjectsClient, responses_client::ResponsesClient,
    restic_repositories_client::ResticRepositoriesClient, resumable_uploads_client::ResumableUploadsClient,
    runs_client::RunsClient, spending_client::SpendingClient, stories_client::StoriesClient,
    students_client::StudentsClient, subscriptions_client::SubscriptionsClient,
    threads_client::ThreadsClient, voices_client::VoicesClient, webhooks_client::WebhooksClient,
    workflow_definitions_client::WorkflowDefinitionsClient,
    workflow_schedules_client::WorkflowSchedulesClient, workflows_client::WorkflowsClient,
};

use crate::identity::Guests;

/// Longest wait for an answer that every request of a caller waits for.
const CHECK: Duration = Duration::from_secs(5);

/// Longest wait for how often somebody may ask, which is known well enough without an answer.
const RATE_CHECK: Duration = Duration::from_millis(500);

/// The largest workflow that is exported.
const BUNDLE_BYTES: usize = 32 << 20;

/// The largest book: 60 chapters of 5000 words, with their ledgers.
const BOOK_BYTES: usize = 32 << 20;

/// The largest result of a job: 50 files with what is said of them.
const JOB_BYTES: usize = 32 << 20;

/// A list of threads or of states with their values.
const THREADS_BYTES: usize = 64 << 20;

/// The largest answer to a chat.
const CHAT_BYTES: usize = 8 << 20;

/// A question with the conversation before it, twice, and its answer.
const RESPONSES_BYTES: usize = 64 << 20;

/// 2048 vectors of 4096 numbers.
const VECTORS_BYTES: usize = 40 << 20;

/// The longest that an export may take.
const EXPORT: Duration = Duration::from_secs(600);

/// The longest that an upload may take; one that stands still ends long before.
const UPLOAD: Duration = Duration::from_secs(24 * 3_600);

/// A project's whole history becomes commits.
const GIT: Duration = Duration::from_secs(120);

/// In whose name a service is asked, and for which request.
pub(crate) trait OnBehalf {
    fn actor(&self) -> &Actor;
    fn request_id(&self) -> &RequestId;
}

/// The gateway's own questions.
impl OnBehalf for (Actor, RequestId) {
    fn actor(&self) -> &Actor {
        &self.0
    }

    fn request_id(&self) -> &RequestId {
        &self.1
    }
}

/// Ways to all services. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Services {
    pub(crate) story: RpcChannel,
    pub(crate) agent: RpcChannel,
    pub(crate) auth: RpcChannel,
    pub(crate) backup: RpcChannel,
    pub(crate) billing: RpcChannel,
    /// Signs who asks.
    pub(crate) caller: Caller,
    /// Names the networks of guests.
    pub(crate) guests: Arc<Guests>,
    /// For an answer of a service.
    pub(crate) timeout: Duration,
    /// For an agent at work.
    pub(crate) agent_timeout: Duration,
}

impl Services {
    pub(crate) fn stories(&self, asker: &impl OnBehalf) -> StoriesClient<Calling> {
        StoriesClient::new(self.calling(&self.story, asker))
    }

    /// Whole books come in one message.
    pub(crate) fn books(&self, asker: &impl OnBehalf) -> BooksClient<Calling> {
        BooksClient::new(self.calling(&self.story, asker)).max_decoding_message_size(BOOK_BYTES)
    }

    pub(crate) fn runs(&self, asker: &impl OnBehalf) -> RunsClient<Calling> {
        RunsClient::new(self.calling(&self.story, asker))
    }

    /// Whose streams last as long as somebody listens; only their beginning is bounded.
    pub(crate) fn watched_runs(&self, asker: &impl OnBehalf) -> RunsClient<Calling> {
        RunsClient::new(self.calling(&self.story, asker).without_deadline())
    }

    /// The tutor may ask a model before it answers.
    pub(crate) fn students(&self, asker: &impl OnBehalf) -> StudentsClient<Calling> {
        StudentsClient::new(self.calling(&self.story, asker).with_timeout(self.agent_timeout))
    }

    pub(crate) fn workflows(&self, asker: &impl OnBehalf) -> WorkflowsClient<Calling> {
        WorkflowsClient::new(self.calling(&self.story, asker))
    }

    /// For whole workflows in one message.
    pub(crate) fn large_workflows(&self, asker: &impl OnBehalf) -> WorkflowsClient<Calling> {
        self.workflows(asker).max_decoding_message_size(BUNDLE_BYTES)
    }

    /// Whose streams last as long as somebody listens; only their beginning is bounded.
    pub(crate) fn watched_workflows(&self, asker: &impl OnBehalf) -> WorkflowsClient<Calling> {
        WorkflowsClient::new(self.calling(&self.story, asker).without_deadline())
    }

    /// States hold whole values, and lists of them many.
    pub(crate) fn threads(&self, asker: &impl OnBehalf) -> ThreadsClient<Calling> {
        ThreadsClient::new(self.calling(&self.story, asker)).max_decoding_message_size(THREADS_BYTES)
    }

    /// Whose streams last as long as somebody listens; only their beginning is bounded.
    pub(crate) fn watched_threads(&self, asker: &impl OnBehalf) -> ThreadsClient<Calling> {
        ThreadsClient::new(self.calling(&self.story, asker).without_deadline())
            .max_decoding_message_size(THREADS_BYTES)
    }

    pub(crate) fn assistants(&self, asker: &impl OnBehalf) -> AssistantsClient<Calling> {
        AssistantsClient::new(self.calling(&self.story, asker)).max_decoding_message_size(THREADS_BYTES)
    }

    pub(crate) fn workflow_definitions(&self, asker: &impl OnBehalf) -> WorkflowDefinitionsClient<Calling> {
        WorkflowDefinitionsClient::new(self.calling(&self.story, asker))
    }

    pub(crate) fn webhooks(&self, asker: &impl OnBehalf) -> WebhooksClient<Calling> {
        WebhooksClient::new(self.calling(&self.story, asker))
    }

    pub(crate) fn schedules(&self, asker: &impl OnBehalf) -> WorkflowSchedulesClient<Calling> {
        WorkflowSchedulesClient::new(self.calling(&self.story, asker))
    }

    pub(crate) fn items(&self, asker: &impl OnBehalf) -> ItemsClient<Calling> {
        ItemsClient::new(self.calling(&self.story, asker))
    }

    /// What a job made comes in one message.
    pub(crate) fn jobs(&self, asker: &impl OnBehalf) -> JobsClient<Calling> {
        JobsClient::new(self.calling(&self.story, asker)).max_decoding_message_size(JOB_BYTES)
    }

    /// With the time that a history may take that nobody has asked for before.
    pub(crate) fn project_git(&self, asker: &impl OnBehalf) -> ProjectGitClient<Calling> {
        let calling = self.calling(&self.story, asker);
        ProjectGitClient::new(calling.with_timeout(GIT))
    }

    /// For packs, however long they are.
    pub(crate) fn git_transfers(&self, asker: &impl OnBehalf) -> ProjectGitClient<Calling> {
        let calling = self.calling(&self.story, asker);
        ProjectGitClient::new(calling.with_timeout(UPLOAD).streaming())
    }

    pub(crate) fn projects(&self, asker: &impl OnBehalf) -> ProjectsClient<Calling> {
        ProjectsClient::new(self.calling(&self.story, asker))
    }

    /// Whose streams last as long as somebody listens; only their beginning is bounded.
    pub(crate) fn watched_projects(&self, asker: &impl OnBehalf) -> ProjectsClient<Calling> {
        ProjectsClient::new(self.calling(&self.story, asker).without_deadline())
    }

    pub(crate) fn project_files(&self, asker: &impl OnBehalf) -> ProjectFilesClient<Calling> {
        ProjectFilesClient::new(self.calling(&self.story, asker))
    }

    /// Whose answers last as long as somebody takes them; only their beginning is bounded.
    pub(crate) fn downloaded_files(&self, asker: &impl OnBehalf) -> ProjectFilesClient<Calling> {
        ProjectFilesClient::new(self.calling(&self.story, asker).without_deadline())
    }

    /// With time for a thousand files on their way to somebody else.
    pub(crate) fn project_exports(&self, asker: &impl OnBehalf) -> ProjectExportsClient<Calling> {
        let calling = self.calling(&self.story, asker);
        ProjectExportsClient::new(calling.with_timeout(EXPORT))
    }

    pub(crate) fn agents(&self, asker: &impl OnBehalf) -> AgentsClient<Calling> {
        AgentsClient::new(self.calling(&self.agent, asker))
    }

    /// With the time that an agent may think.
    pub(crate) fn working_agents(&self, asker: &impl OnBehalf) -> AgentsClient<Calling> {
        let calling = self.calling(&self.agent, asker);
        AgentsClient::new(calling.with_timeout(self.agent_timeout))
    }

    /// With the time that an agent may think, and room for all that a client knows, of which nothing stays.
    pub(crate) fn chats(&self, asker: &impl OnBehalf) -> ChatsClient<Calling> {
        let calling = self.calling(&self.agent, asker).ephemeral();
        ChatsClient::new(calling.with_timeout(self.agent_timeout)).max_decoding_message_size(CHAT_BYTES)
    }

    /// With the time that an agent may think. Vectors are many.
    pub(crate) fn models(&self, asker: &impl OnBehalf) -> LanguageModelsClient<Calling> {
        let calling = self.calling(&self.agent, asker);
        LanguageModelsClient::new(calling.with_timeout(self.agent_timeout))
            .max_decoding_message_size(VECTORS_BYTES)
    }

    /// Whose answers last as long as somebody listens and the model may take; only their beginning is bounded.
    pub(crate) fn answering_models(&self, asker: &impl OnBehalf) -> LanguageModelsClient<Calling> {
        LanguageModelsClient::new(self.calling(&self.agent, asker).without_deadline())
    }

    /// The same with a caller's own key, of which nothing stays.
    pub(crate) fn forgetful_models(&self, asker: &impl OnBehalf) -> LanguageModelsClient<Calling> {
        let calling = self.calling(&self.agent, asker).ephemeral();
        LanguageModelsClient::new(calling.without_deadline())
    }

    /// Answers that are kept, with the conversations before them; one that is stopped is waited for.
    pub(crate) fn responses(&self, asker: &impl OnBehalf) -> ResponsesClient<Calling> {
        let calling = self.calling(&self.story, asker);
        ResponsesClient::new(calling.with_timeout(self.agent_timeout))
            .max_decoding_message_size(RESPONSES_BYTES)
    }

    /// Whose streams last as long as somebody listens; only their beginning is bounded.
    pub(crate) fn watched_responses(&self, asker: &impl OnBehalf) -> ResponsesClient<Calling> {
        ResponsesClient::new(self.calling(&self.story, asker).without_deadline())
    }

    /// A voice is asked for a few words; that takes as long as an agent may.
    pub(crate) fn voices(&self, asker: &impl OnBehalf) -> VoicesClient<Calling> {
        let calling = self.calling(&self.agent, asker);
        VoicesClient::new(calling.with_timeout(self.agent_timeout))
    }

    pub(crate) fn backups(&self, asker: &impl OnBehalf) -> BackupsClient<Calling> {
        BackupsClient::new(self.calling(&self.backup, asker))
    }

    /// For what is sent piece by piece, however long it is.
    pub(crate) fn backup_uploads(&self, asker: &impl OnBehalf) -> BackupsClient<Calling> {
        let calling = self.calling(&self.backup, asker);
        BackupsClient::new(calling.with_timeout(UPLOAD).streaming())
    }

    pub(crate) fn restic(&self, asker: &impl OnBehalf) -> ResticRepositoriesClient<Calling> {
        ResticRepositoriesClient::new(self.calling(&self.backup, asker))
    }

    /// For what is sent piece by piece, however long it is.
    pub(crate) fn restic_uploads(&self, asker: &impl OnBehalf) -> ResticRepositoriesClient<Calling> {
        let calling = self.calling(&self.backup, asker);
        ResticRepositoriesClient::new(calling.with_timeout(UPLOAD).streaming())
    }

    /// What is sent may be long, and so may what is made of it at its end.
    pub(crate) fn resumable_uploads(&self, asker: &impl OnBehalf) -> ResumableUploadsClient<Calling> {
        let calling = self.calling(&self.backup, asker);
        ResumableUploadsClient::new(calling.with_timeout(UPLOAD).streaming())
    }

    pub(crate) fn accounts(&self, asker: &impl OnBehalf) -> AccountsClient<Calling> {
        AccountsClient::new(self.calling(&self.auth, asker))
    }

    pub(crate) fn auth(&self, asker: &impl OnBehalf) -> AuthClient<Calling> {
        AuthClient::new(self.calling(&self.auth, asker))
    }

    /// For what is asked before a request can go on.
    pub(crate) fn auth_checks(&self, asker: &impl OnBehalf) -> AuthClient<Calling> {
        AuthClient::new(self.calling(&self.auth, asker).with_timeout(CHECK))
    }

    pub(crate) fn billing(&self, asker: &impl OnBehalf) -> BillingClient<Calling> {
        BillingClient::new(self.calling(&self.billing, asker))
    }

    /// For what is asked before a request can go on, and does without an answer.
    pub(crate) fn billing_checks(&self, asker: &impl OnBehalf) -> BillingClient<Calling> {
        BillingClient::new(self.calling(&self.billing, asker).with_timeout(RATE_CHECK))
    }

    pub(crate) fn spending(&self, asker: &impl OnBehalf) -> SpendingClient<Calling> {
        SpendingClient::new(self.calling(&self.billing, asker))
    }

    /// Whose streams last as long as somebody listens; only their beginning is bounded.
    pub(crate) fn watched_spending(&self, asker: &impl OnBehalf) -> SpendingClient<Calling> {
        SpendingClient::new(self.calling(&self.billing, asker).without_deadline())
    }

    pub(crate) fn subscriptions(&self, asker: &impl OnBehalf) -> SubscriptionsClient<Calling> {
        SubscriptionsClient::new(self.calling(&self.billing, asker))
    }

    fn calling(&self, channel: &RpcChannel, asker: &impl OnBehalf) -> Calling {
        Calling::new(
            channel.clone(),
            self.caller.clone(),
            asker.actor().clone(),
            asker.request_id().clone(),
            self.timeout,
        )
    }
}
