//! The whole route table on one screen, each route with its operation, and the order of the layers around it.

mod doors;

use std::sync::Arc;

use axum::{Router, body::Body, middleware, routing::get};
use tower::{Layer, util::MapRequestLayer};
use tower_http::{catch_panic::CatchPanicLayer, decompression::RequestDecompressionLayer};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        self,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_axum::{router::UtoipaMethodRouter, routes};

pub use self::doors::ListedDoor;
use self::doors::Routes;
use crate::{
    admission,
    app::App,
    graphql::{graphiql, schema_file, transport},
    identity::browser::ACCESS_COOKIE,
    layers,
    operation::{
        accounts::{ChangeEmail, ChangePassword, DeleteAccount, GetMe},
        agents::{ExecuteAgent, GetAgent, ListAgents},
        api_keys::{CreateApiKey, ListApiKeys, RegenerateApiKey, RevokeApiKey},
        assistants::{
            CreateAssistant, DeleteAssistant, GetAssistant, ListAssistantVersions, SearchAssistants,
            SetAssistantVersion, UpdateAssistant,
        },
        audit::ListAuditEvents,
        backup_retention::{
            GetBackupRetention, ListBackupDevices, PreviewBackupRetention, SetBackupRetention,
        },
        backups::{DeleteBackup, GetBackup, GetBackupQuota, ListBackups, UploadBackup},
        billing::{
            CancelSubscription, ChangeSeats, CreateBillingPortal, CreateCheckout, GetSubscription,
            ReceiveStripeEvent,
        },
        books::{
            AnswerStory, AskBible, AskLedger, BeginStory, ChangeFact, ContinueStory, ExportBook, GetBible,
            GetBook, ImportStory, NarrateStory, PutBible, RewriteScenes, UndoChange, WaiveFinding,
        },
        chat::{AnswerChat, UnderstandMessage},
        email_links::{ConfirmEmail, RequestEmailVerification, RequestPasswordReset, ResetPassword},
        items::{DeleteItem, GetItem, ListNamespaces, PutItem, SearchItems},
        jobs::{
            AnswerJob, CancelJob, GetJob, ListJobs, StartAgentJob, StartPipeline, WatchJob,
            refactor::RefactorFile,
        },
        models::{CompleteChat, EmbedTexts, GetModel, ListModels},
        oauth::{BeginOauth, FinishOauth, ListOauthProviders},
        plans::{AnswerTemplate, GetPlaybook, ListPlaybooks},
        profiles::{GetProfile, PutProfile},
        project_exports::{ExportToGithub, ImportFromGithub},
        project_files::{
            DeleteFile, DiffFileVersions, GetArchive, GetFile, GetFileVersion, ListFileVersions, ListFiles,
            ListRevisions, PutFile, RestoreFileVersion, UpdateFile,
        },
        project_git::{FetchGitPack, ListFetchRefs, PushGitPack},
        projects::{ArchiveProject, CreateProject, GetProject, ListProjects, UpdateProject},
        responses::{CancelResponse, DeleteResponse, GetResponse},
        restic::{
            CreateResticRepository, DeleteResticObject, DeleteResticRepository, GetResticObject,
            ListResticObjects, UploadResticObject,
        },
        resumable::{AppendToUpload, CreateUpload, DeleteUpload, DescribeUploads, GetUpload},
        schedules::{
            CreateSchedule, DeleteSchedule, GetSchedule, ListSchedules, PreviewSchedule, UpdateSchedule,
        },
        second_factors::{BeginSecondFactor, ConfirmSecondFactor, DisableSecondFactor, RenewRecoveryCodes},
        sessions::{ListSessions, RevokeSession},
        sign_in::{CreateGuest, FinishSignIn, Login, Logout, LogoutScope, Refresh, Register, SessionPlace},
        stories::{
            CancelStory, DeleteStories, DeleteStory, GenerateStory, GetSharedStory, GetStory,
            ListStoryTitles, RenameStory, RestartStory, ShareStory, UnshareStory, WatchStory,
        },
        students::{
            AskTutor, CreateRoadmap, CreateStudySession, DecideChoice, GetProgress, GetRoadmap,
            ListStudySessions, UpdateRoadmapProgress, WeighChoice,
        },
        threads::{
            CancelThreadRun, CopyThread, CreateThread, CreateThreadRun, CreateThreadRuns, DeleteThread,
            DeleteThreadRun, GetThread, GetThreadRun, GetThreadState, GetThreadStorage, ListThreadHistory,
            ListThreadRuns, SearchThreads, UpdateThread, UpdateThreadState, WatchThreadRun,
        },
        voices::GetVoiceSample,
        webhooks::{
            CreateWebhook, DeleteWebhook, GetWebhook, GetWebhookDelivery, ListWebhookDeliveries,
            ListWebhooks, ReplayWebhookDelivery, RotateWebhookSecret, UpdateWebhook,
        },
        workflows::{
            AnswerQuestion, CancelWorkflow, CreateWorkflow, DeleteWorkflow, EditWorkflowState,
            ExecuteWorkflow, ExportWorkflow, ForkWorkflow, GetSharedWorkflow, GetWorkflow,
            GetWorkflowCheckpoint, ImportWorkflow, ListQuestions, ListWorkflowCheckpoints, ListWorkflowRuns,
            ListWorkflowSessions, ListWorkflowShares, ListWorkflows, ResumeWorkflow, RevokeWorkflowShare,
            ShareWorkflow, SteerWorkflows, UpdateWorkflow, WatchSharedWorkflow, WatchWorkflow,
            definitions::{
                DeleteDefinition, GetDefinition, ListDefinitionVersions, ListWorkflowTypes, PutDefinition,
                ValidateDefinition,
            },
        },
    },
    page,
    rest::{
        account, agents, api_keys, audit, auth, backup_retention, backups, billing, books, chat, docs,
        email_links, health, items, jobs, langgraph, media, oauth, openai, plans, profiles, project_exports,
        project_files, project_git, projects, restic, schedules, second_factors, sessions, stories, students,
        uploads, voices, webhooks, workflows,
    },
    stream,
    view::openai::refusal::OpenaiRefusal,
};

/// What the document says beside the routes.
#[derive(OpenApi)]
#[openapi(
    info(title = "Saga", description = "One backend for stories, agents and long-running work.\n\nEvery error has the shape \
        `ErrorBody`: `error` is a stable code, one of `enum ErrorCode` in the GraphQL schema, which says what each means; \
        `details.reason` is a service's finer word, and `details.errors` names the fields at fault. GraphQL tells the same in \
        `extensions { code reason fields requestId }`."),
    servers((url = "/")),
    components(schemas(OpenaiRefusal, stories::KindFilter, books::export::ExportFormat, SessionPlace, LogoutScope)),
    modifiers(&CredentialSchemes),
    security((), ("bearer" = []), ("api_key" = []), ("session" = [])),
    tags(
        (name = "stories", description = "A repository becomes a narrated story"),
        (name = "books", description = "A prompt becomes a book that remembers"),
        (name = "workflows", description = "Work that people steer: executed, asked, answered, forked"),
        (name = "projects", description = "Web applications that agents and people write, with every version of every file"),
        (name = "items", description = "What your workflows and agents remember"),
        (name = "webhooks", description = "Addresses of yours that are told what happens"),
        (name = "backup", description = "What your devices keep here; nobody here can read it"),
        (name = "agents", description = "Those who think, each with what it takes and gives"),
        (name = "chat", description = "Assistants that answer and forget, and plans that your app runs itself"),
        (name = "models", description = "Language models, for OpenAI's own clients"),
        (name = "threads", description = "Workflows as threads and runs, for LangGraph's own clients"),
        (name = "billing", description = "What you buy, and what it contains"),
        (name = "accounts", description = "Who you are, and how you sign in"),
        (name = "media", description = "Audio, covers and texts"),
        (name = "health", description = "Is it well?"),
    )
)]
struct Document;

/// How a client says who it is; a guest says nothing.
struct CredentialSchemes;

impl Modify for CredentialSchemes {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "An access token, a token of a trusted issuer, or an API key.",
            ));

        let key = ApiKeyValue::with_description("X-API-Key", "An API key.");
        let session = ApiKeyValue::with_description(
            ACCESS_COOKIE,
            "The session of a browser; over https the cookie is called `__Host-saga_access`. What changes something also sends \
             the cookie `csrf_token` as `X-CSRF-Token`, and comes from no page of another site.",
        );
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer.build()));
        components.add_security_scheme("api_key", SecurityScheme::ApiKey(ApiKey::Header(key)));
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(session)));
    }
}

/// What somebody buys.
fn add_billing(routes: Routes) -> Routes {
    routes
        .perform::<CreateCheckout>(routes!(billing::create_checkout))
        .perform::<CreateBillingPortal>(routes!(billing::create_portal))
        .perform::<GetSubscription>(routes!(billing::get_subscription))
        .perform::<CancelSubscription>(routes!(billing::cancel_subscription))
        .perform::<ChangeSeats>(routes!(billing::change_subscription))
        .perform::<ReceiveStripeEvent>(routes!(billing::receive_event))
}

/// What is about workflows, and what tells of them.
fn add_workflows(routes: Routes) -> Routes {
    routes
        .perform::<ListWorkflows>(routes!(workflows::list_workflows))
        .perform::<CreateWorkflow>(routes!(workflows::create_workflow))
        .perform::<GetWorkflow>(routes!(workflows::get_workflow))
        .perform::<UpdateWorkflow>(routes!(workflows::update_workflow))
        .perform::<DeleteWorkflow>(routes!(workflows::delete_workflow))
        .perform::<ExecuteWorkflow>(routes!(workflows::execute_workflow))
        .perform::<ExportWorkflow>(routes!(workflows::export_workflow))
        .perform::<ImportWorkflow>(routes!(workflows::import_workflow))
        .perform::<AnswerQuestion>(routes!(workflows::steer::interrupt_workflow))
        .perform::<AnswerQuestion>(routes!(workflows::steer::answer_question))
        .perform::<ListQuestions>(routes!(workflows::steer::list_questions))
        .perform::<ResumeWorkflow>(routes!(workflows::steer::resume_workflow))
        .perform::<CancelWorkflow>(routes!(workflows::steer::cancel_workflow))
        .perform::<SteerWorkflows>(routes!(workflows::steer::steer_workflows))
        .perform::<ListWorkflowCheckpoints>(routes!(workflows::checkpoints::list_workflow_checkpoints))
        .perform::<GetWorkflowCheckpoint>(routes!(workflows::checkpoints::get_workflow_checkpoint))
        .perform::<EditWorkflowState>(routes!(workflows::checkpoints::edit_workflow_state))
        .perform::<ListWorkflowRuns>(routes!(workflows::checkpoints::list_workflow_runs))
        .perform::<ForkWorkflow>(routes!(workflows::checkpoints::fork_workflow))
        .perform::<ForkWorkflow>(routes!(workflows::checkpoints::fork_workflow_by_id))
        .perform::<ShareWorkflow>(routes!(workflows::share::share_workflow))
        .perform::<ListWorkflowShares>(routes!(workflows::share::list_workflow_shares))
        .perform::<RevokeWorkflowShare>(routes!(workflows::share::revoke_workflow_share))
        .perform::<GetSharedWorkflow>(routes!(workflows::share::get_shared_workflow))
        .perform::<ListWorkflowSessions>(routes!(workflows::share::list_workflow_sessions))
        .perform::<ListWorkflowTypes>(routes!(workflows::definitions::list_workflow_types))
        .perform::<ValidateDefinition>(routes!(workflows::definitions::validate_definition))
        .perform::<PutDefinition>(routes!(workflows::definitions::put_definition))
        .perform::<GetDefinition>(routes!(workflows::definitions::get_definition))
        .perform::<ListDefinitionVersions>(routes!(workflows::definitions::list_definition_versions))
        .perform::<DeleteDefinition>(routes!(workflows::definitions::delete_definition))
        .perform::<PutItem>(routes!(items::put_item))
        .perform::<GetItem>(routes!(items::get_item))
        .perform::<DeleteItem>(routes!(items::delete_item))
        .perform::<SearchItems>(routes!(items::search_items))
        .perform::<ListNamespaces>(routes!(items::list_item_namespaces))
        .perform::<ListSchedules>(routes!(schedules::list_schedules))
        .perform::<CreateSchedule>(routes!(schedules::create_schedule))
        .perform::<PreviewSchedule>(routes!(schedules::preview_schedule))
        .perform::<GetSchedule>(routes!(schedules::get_schedule))
        .perform::<UpdateSchedule>(routes!(schedules::update_schedule))
        .perform::<DeleteSchedule>(routes!(schedules::delete_schedule))
        .perform::<ListWebhooks>(routes!(webhooks::list_webhooks))
        .perform::<CreateWebhook>(routes!(webhooks::create_webhook))
        .perform::<GetWebhook>(routes!(webhooks::get_webhook))
        .perform::<UpdateWebhook>(routes!(webhooks::update_webhook))
        .perform::<DeleteWebhook>(routes!(webhooks::delete_webhook))
        .perform::<RotateWebhookSecret>(routes!(webhooks::rotate_webhook_secret))
        .perform::<ListWebhookDeliveries>(routes!(webhooks::list_webhook_deliveries))
        .perform::<GetWebhookDelivery>(routes!(webhooks::get_webhook_delivery))
        .perform::<ReplayWebhookDelivery>(routes!(webhooks::replay_webhook_delivery))
}

/// LangGraph's API, but for what lasts as long as a run.
fn add_threads(routes: Routes) -> Routes {
    routes
        .open(
            "clients look whether anybody is there",
            routes!(langgraph::get_ok),
        )
        .open("clients look whom they speak to", routes!(langgraph::get_info))
        .perform::<SearchAssistants>(routes!(langgraph::assistants::search_assistants))
        .perform::<SearchAssistants>(routes!(langgraph::assistants::count_assistants))
        .perform::<GetAssistant>(routes!(langgraph::assistants::get_assistant))
        .perform::<GetAssistant>(routes!(langgraph::assistants::get_assistant_schemas))
        .perform::<GetAssistant>(routes!(langgraph::assistants::get_assistant_graph))
        .perform::<GetAssistant>(routes!(langgraph::assistants::get_assistant_subgraphs))
        .perform::<GetAssistant>(routes!(langgraph::assistants::get_named_subgraphs))
        .perform::<CreateAssistant>(routes!(langgraph::assistants::create_assistant))
        .perform::<UpdateAssistant>(routes!(langgraph::assistants::update_assistant))
        .perform::<DeleteAssistant>(routes!(langgraph::assistants::delete_assistant))
        .perform::<ListAssistantVersions>(routes!(langgraph::assistants::list_assistant_versions))
        .perform::<SetAssistantVersion>(routes!(langgraph::assistants::set_assistant_version))
        .perform::<CreateThread>(routes!(langgraph::threads::create_thread))
        .perform::<SearchThreads>(routes!(langgraph::threads::search_threads))
        .perform::<SearchThreads>(routes!(langgraph::threads::count_threads))
        .perform::<GetThread>(routes!(langgraph::threads::get_thread))
        .perform::<UpdateThread>(routes!(langgraph::threads::update_thread))
        .perform::<DeleteThread>(routes!(langgraph::threads::delete_thread))
        .perform::<CopyThread>(routes!(langgraph::threads::copy_thread))
        .perform::<GetThreadStorage>(routes!(langgraph::threads::get_thread_storage))
        .perform::<GetThreadState>(routes!(langgraph::states::get_thread_state))
        .perform::<GetThreadState>(routes!(langgraph::states::get_thread_checkpoint))
        .perform::<GetThreadState>(routes!(langgraph::states::find_thread_checkpoint))
        .perform::<UpdateThreadState>(routes!(langgraph::states::update_thread_state))
        .perform::<ListThreadHistory>(routes!(langgraph::states::list_thread_history))
        .perform::<CreateThreadRun>(routes!(langgraph::runs::create_thread_run))
        .perform::<CreateThreadRun>(routes!(langgraph::runs::create_run))
        .perform::<ListThreadRuns>(routes!(langgraph::runs::list_thread_runs))
        .perform::<GetThreadRun>(routes!(langgraph::runs::get_thread_run))
        .perform::<DeleteThreadRun>(routes!(langgraph::runs::delete_thread_run))
        .perform::<CreateThreadRuns>(routes!(langgraph::many_runs::create_runs))
        .perform::<CancelThreadRun>(routes!(langgraph::many_runs::cancel_runs))
        .perform::<DeleteThread>(routes!(langgraph::many_runs::prune_threads))
        .perform::<CreateSchedule>(routes!(langgraph::crons::create_cron))
        .perform::<CreateSchedule>(routes!(langgraph::crons::create_thread_cron))
        .perform::<GetSchedule>(routes!(langgraph::crons::get_cron))
        .perform::<UpdateSchedule>(routes!(langgraph::crons::update_cron))
        .perform::<DeleteSchedule>(routes!(langgraph::crons::delete_cron))
        .perform::<ListSchedules>(routes!(langgraph::crons::search_crons))
        .perform::<ListSchedules>(routes!(langgraph::crons::count_crons))
        .perform::<PutItem>(routes!(langgraph::store::put_store_item))
        .perform::<GetItem>(routes!(langgraph::store::get_store_item))
        .perform::<DeleteItem>(routes!(langgraph::store::delete_store_item))
        .perform::<SearchItems>(routes!(langgraph::store::search_store_items))
        .perform::<ListNamespaces>(routes!(langgraph::store::list_store_namespaces))
}

/// Routes that answer and are done: bounded in time.
fn answers() -> Routes {
    let routes = add_threads(add_billing(add_workflows(Routes::new(Document::openapi()))));

    add_students(add_jobs(add_projects(add_books(routes))))
        .open("probes have no identity", routes!(health::health))
        .open("probes have no identity", routes!(health::health_v1))
        .open("probes have no identity", routes!(health::health_short))
        .perform::<ListStoryTitles>(routes!(stories::list_stories))
        .perform::<GenerateStory>(routes!(stories::generate_story))
        .perform::<GetStory>(routes!(stories::get_story))
        .perform::<RestartStory>(routes!(stories::restart_story))
        .perform::<CancelStory>(routes!(stories::cancel_story))
        .perform::<RenameStory>(routes!(stories::change::rename_story))
        .perform::<ShareStory>(routes!(stories::change::share_story))
        .perform::<UnshareStory>(routes!(stories::change::unshare_story))
        .perform::<GetSharedStory>(routes!(stories::change::get_shared_story))
        .perform::<DeleteStory>(routes!(stories::change::delete_story))
        .perform::<DeleteStories>(routes!(stories::change::delete_stories))
        .perform::<DeleteStories>(routes!(stories::change::delete_stories_by_post))
        .perform::<Register>(routes!(auth::register))
        .perform::<Login>(routes!(auth::login))
        .perform::<FinishSignIn>(routes!(auth::finish_sign_in))
        .perform::<CreateGuest>(routes!(auth::guest))
        .perform::<Refresh>(routes!(auth::refresh))
        .perform::<Logout>(routes!(auth::logout))
        .perform::<ListPlaybooks>(routes!(plans::list_playbooks))
        .perform::<GetPlaybook>(routes!(plans::get_playbook))
        .perform::<AnswerTemplate>(routes!(plans::answer_template))
        .perform::<ListAgents>(routes!(agents::list_agents))
        .perform::<GetAgent>(routes!(agents::get_agent_schema))
        .open("everybody may verify our tokens", routes!(auth::jwks))
        .open("everybody may know the narrators", routes!(voices::list_voices))
        .perform::<GetVoiceSample>(routes!(voices::get_voice_sample))
        .perform::<ListOauthProviders>(routes!(oauth::list_oauth_providers))
        .perform::<BeginOauth>(routes!(oauth::begin_oauth))
        .perform::<FinishOauth>(routes!(oauth::finish_oauth))
        .perform::<GetMe>(routes!(account::me))
        .perform::<DeleteAccount>(routes!(account::delete_me))
        .perform::<ChangeEmail>(routes!(account::change_email))
        .perform::<ChangePassword>(routes!(account::change_password))
        .perform::<RequestEmailVerification>(routes!(email_links::request_email_verification))
        .perform::<ConfirmEmail>(routes!(email_links::confirm_email))
        .perform::<RequestPasswordReset>(routes!(email_links::request_password_reset))
        .perform::<ResetPassword>(routes!(email_links::reset_password))
        .perform::<BeginSecondFactor>(routes!(second_factors::begin_second_factor))
        .perform::<ConfirmSecondFactor>(routes!(second_factors::confirm_second_factor))
        .perform::<DisableSecondFactor>(routes!(second_factors::disable_second_factor))
        .perform::<RenewRecoveryCodes>(routes!(second_factors::renew_recovery_codes))
        .perform::<ListSessions>(routes!(sessions::list_sessions))
        .perform::<RevokeSession>(routes!(sessions::revoke_session))
        .perform::<ListApiKeys>(routes!(api_keys::list_api_keys))
        .perform::<CreateApiKey>(routes!(api_keys::create_api_key))
        .perform::<RevokeApiKey>(routes!(api_keys::revoke_api_key))
        .perform::<RegenerateApiKey>(routes!(api_keys::regenerate_api_key))
        .perform::<GetProfile>(routes!(profiles::get_profile))
        .perform::<PutProfile>(routes!(profiles::create_profile))
        .perform::<PutProfile>(routes!(profiles::put_profile))
        .perform::<GetProfile>(routes!(profiles::get_my_profile))
        .perform::<PutProfile>(routes!(profiles::put_my_profile))
        .perform::<ListAuditEvents>(routes!(audit::list_audit_events))
        .perform::<ListBackups>(routes!(backups::list_backups))
        .perform::<GetBackupQuota>(routes!(backups::get_backup_quota))
        .perform::<DeleteBackup>(routes!(backups::delete_backup))
        .perform::<GetBackupRetention>(routes!(backup_retention::get_backup_retention))
        .perform::<SetBackupRetention>(routes!(backup_retention::put_backup_retention))
        .perform::<PreviewBackupRetention>(routes!(backup_retention::preview_backup_retention))
        .perform::<ListBackupDevices>(routes!(backup_retention::list_backup_devices))
        .perform::<ListModels>(routes!(openai::models::list_models))
        .perform::<GetModel>(routes!(openai::models::get_model))
        .perform::<GetModel>(routes!(openai::models::get_model_of_provider))
        .perform::<GetResponse>(routes!(openai::kept_responses::list_input_items))
        .perform::<DeleteResponse>(routes!(openai::kept_responses::delete_response))
        .perform::<CancelResponse>(routes!(openai::kept_responses::cancel_response))
        .unlisted("/openapi.json", get(docs::openapi))
        .unlisted("/docs", get(docs::page))
        .unlisted("/docs/{name}", get(docs::page_asset))
        .unlisted("/graphql/schema.graphql", get(schema_file::schema_file))
        .unlisted("/graphiql", get(graphiql::page))
        .unlisted("/graphiql/{name}", get(graphiql::file))
        .unlisted("/", get(page::index))
        .unlisted("/confirm", get(page::confirm))
        .unlisted("/page/{name}", get(page::file))
}

/// What is done with the books of fiction stories.
fn add_books(routes: Routes) -> Routes {
    routes
        .perform::<BeginStory>(routes!(books::begin_story))
        .perform::<ImportStory>(routes!(books::import::import_story))
        .perform::<GetBook>(routes!(books::get_book))
        .perform::<GetBook>(routes!(books::get_chapter))
        .perform::<AskLedger>(routes!(books::ask_ledger))
        .perform::<AnswerStory>(routes!(books::respond_to_story))
        .perform::<ContinueStory>(routes!(books::change::continue_story))
        .perform::<RewriteScenes>(routes!(books::change::rewrite_chapter))
        .perform::<RewriteScenes>(routes!(books::change::rewrite_scenes))
        .perform::<ChangeFact>(routes!(books::change::change_fact))
        .perform::<UndoChange>(routes!(books::change::undo_change))
        .perform::<WaiveFinding>(routes!(books::change::waive_finding))
        .perform::<GetBible>(routes!(books::bible::get_bible))
        .perform::<PutBible>(routes!(books::bible::put_bible))
        .perform::<AskBible>(routes!(books::bible::ask_bible))
        .perform::<ExportBook>(routes!(books::export::export_book))
        .perform::<NarrateStory>(routes!(books::change::narrate_story))
}

/// What CodeForge's agents do for projects.
fn add_jobs(routes: Routes) -> Routes {
    routes
        .perform::<StartAgentJob>(routes!(jobs::run_agent))
        .perform::<StartPipeline>(routes!(jobs::run_pipeline))
        .perform::<GetJob>(routes!(jobs::get_job))
        .perform::<ListJobs>(routes!(jobs::list_jobs))
        .perform::<CancelJob>(routes!(jobs::cancel_job))
        .perform::<AnswerJob>(routes!(jobs::clarify))
        .perform::<AnswerJob>(routes!(jobs::respond_to_job))
        .perform::<RefactorFile>(routes!(jobs::refactor::refactor_file))
}

/// What is done with projects and their files.
fn add_projects(routes: Routes) -> Routes {
    routes
        .perform::<CreateProject>(routes!(projects::create_project))
        .perform::<ListProjects>(routes!(projects::list_projects))
        .perform::<GetProject>(routes!(projects::get_project))
        .perform::<UpdateProject>(routes!(projects::update_project))
        .perform::<ArchiveProject>(routes!(projects::archive_project))
        .perform::<ListRevisions>(routes!(projects::list_revisions))
        .perform::<ListFiles>(routes!(project_files::list_files))
        .perform::<PutFile>(routes!(project_files::put_file))
        .perform::<GetFile>(routes!(project_files::get_file))
        .perform::<UpdateFile>(routes!(project_files::update_file))
        .perform::<DeleteFile>(routes!(project_files::delete_file))
        .perform::<ListFileVersions>(routes!(project_files::list_file_versions))
        .perform::<GetFileVersion>(routes!(project_files::get_file_version))
        .perform::<RestoreFileVersion>(routes!(project_files::restore_file_version))
        .perform::<DiffFileVersions>(routes!(project_files::diff_file_versions))
}

/// What is kept of learning with projects.
fn add_students(routes: Routes) -> Routes {
    routes
        .perform::<GetRoadmap>(routes!(students::get_roadmap))
        .perform::<UpdateRoadmapProgress>(routes!(students::update_roadmap_progress))
        .perform::<CreateStudySession>(routes!(students::create_study_session))
        .perform::<ListStudySessions>(routes!(students::list_study_sessions))
        .perform::<DecideChoice>(routes!(students::decide_choice))
        .perform::<GetProgress>(routes!(students::get_student_progress))
}

/// Routes that last as long as somebody listens.
fn streams() -> Routes {
    Routes::new(openapi::OpenApi::default())
        .perform::<UnderstandMessage>(routes!(chat::chat_intent))
        .perform::<AnswerChat>(routes!(chat::answer_chat))
        .perform_in_socket::<AnswerChat>(routes!(stream::chat::chat_socket))
        .perform::<ExecuteAgent>(routes!(agents::execute_agent))
        .perform::<CompleteChat>(routes!(openai::chat::create_chat_completion))
        .perform::<CompleteChat>(routes!(openai::responses::create_response))
        .perform::<GetResponse>(routes!(openai::kept_responses::get_response))
        .perform::<EmbedTexts>(routes!(openai::embeddings::create_embeddings))
        .perform::<CreateThreadRun>(routes!(langgraph::run_stream::stream_thread_run))
        .perform::<CreateThreadRun>(routes!(langgraph::run_stream::wait_for_thread_run))
        .perform::<CreateThreadRun>(routes!(langgraph::run_stream::stream_run))
        .perform::<CreateThreadRun>(routes!(langgraph::run_stream::wait_for_run))
        .perform::<WatchThreadRun>(routes!(langgraph::run_stream::join_thread_run_stream))
        .perform::<WatchThreadRun>(routes!(langgraph::run_stream::join_thread_run))
        .perform::<WatchThreadRun>(routes!(langgraph::thread_stream::join_thread_stream))
        .perform::<CancelThreadRun>(routes!(langgraph::run_stream::cancel_thread_run))
        .open("the signed name is the permission", routes!(media::get_media))
        .perform::<ExportToGithub>(routes!(project_exports::export_to_github))
        .perform::<ImportFromGithub>(routes!(project_exports::import_from_github))
        .perform::<GetArchive>(routes!(projects::get_project_archive))
        .perform::<AskTutor>(routes!(students::ask_tutor))
        .perform::<WeighChoice>(routes!(students::write_choice_framework))
        .perform::<WeighChoice>(routes!(students::weigh_choice))
        .perform::<CreateRoadmap>(routes!(students::write_roadmap))
        .perform::<CreateRoadmap>(routes!(students::create_roadmap))
        .perform::<UploadBackup>(routes!(backups::put_backup))
        .perform::<GetBackup>(routes!(backups::get_newest_backup))
        .perform::<GetBackup>(routes!(backups::get_backup))
        .perform::<DescribeUploads>(routes!(uploads::describe_uploads))
        .perform::<CreateUpload>(routes!(uploads::create_upload))
        .perform::<GetUpload>(routes!(uploads::get_upload))
        .perform::<AppendToUpload>(routes!(uploads::append_to_upload))
        .perform::<DeleteUpload>(routes!(uploads::delete_upload))
        .perform::<CreateResticRepository>(routes!(restic::create_restic_repository))
        .perform::<DeleteResticRepository>(routes!(restic::delete_restic_repository))
        .perform::<GetResticObject>(routes!(restic::get_restic_config))
        .perform::<UploadResticObject>(routes!(restic::put_restic_config))
        .perform::<ListResticObjects>(routes!(restic::list_restic_objects))
        .perform::<GetResticObject>(routes!(restic::get_restic_object))
        .perform::<UploadResticObject>(routes!(restic::put_restic_object))
        .perform::<DeleteResticObject>(routes!(restic::delete_restic_object))
        .perform::<ListFetchRefs>(routes!(project_git::list_git_refs))
        .perform::<FetchGitPack>(inflate_bodies(routes!(project_git::fetch_git_pack)))
        .perform::<PushGitPack>(inflate_bodies(routes!(project_git::push_git_pack)))
        .perform::<WatchStory>(routes!(stream::stories::story_events))
        .perform::<WatchWorkflow>(routes!(stream::workflows::workflow_events))
        .perform::<WatchSharedWorkflow>(routes!(stream::workflows::shared::shared_workflow_events))
        .perform::<WatchJob>(routes!(stream::jobs::job_events))
        .perform_in_socket::<WatchWorkflow>(routes!(stream::workflows::socket::workflow_socket))
        .perform_in_socket::<WatchStory>(routes!(stream::stories::progress))
        .perform_in_socket::<WatchStory>(routes!(stream::stories::story_socket))
        .unlisted(transport::PATH, transport::route())
}

/// git deflates what it asks.
fn inflate_bodies((schemas, paths, methods): UtoipaMethodRouter<Arc<App>>) -> UtoipaMethodRouter<Arc<App>> {
    (schemas, paths, methods.layer(RequestDecompressionLayer::new()))
}

/// Every route of the document, with its operation or the reason why it has none.
pub fn doors() -> Vec<ListedDoor> {
    let mut doors = answers().doors;
    doors.extend(streams().doors);
    doors.extend(ListedDoor::without_route());

    doors
}

/// The OpenAPI 3.1 document of all routes.
pub fn document() -> openapi::OpenApi {
    answers().router.merge(streams().router).split_for_parts().1
}

pub(crate) fn build(app: Arc<App>) -> Router {
    let bounded = middleware::from_fn_with_state(Arc::clone(&app), layers::time_limit);
    let origins = app.identity.origins.clone();
    let admitted = middleware::from_fn_with_state(Arc::clone(&app), admission::admit);
    let routes = answers().router.layer(bounded).merge(streams().router);
    let (routes, _) = routes.split_for_parts();
    // Where nothing is, too, names that are not ours are refused.
    let routes = routes
        .fallback(layers::answer_unknown_path)
        .method_not_allowed_fallback(layers::wrong_method);
    wrap(routes.layer(admitted).with_state(app), origins)
}

/// What every route gets, from the inside out.
pub(crate) fn wrap(routes: Router, cors_origins: Vec<String>) -> Router {
    let routes = routes
        .layer(CatchPanicLayer::custom(layers::panicked))
        .layer(middleware::from_fn(layers::measured))
        .layer(layers::compression());
    let describing = layers::SelfDescribing {
        routes: routes.clone(),
        path: "/api/v1/backup/tus",
    };

    let routes = routes
        .layer(layers::cors(cors_origins))
        .layer(middleware::from_fn_with_state(
            describing,
            layers::describe_itself,
        ))
        .layer(middleware::from_fn(layers::request_id));

    // Around the router, not in it: the path must be right before it is routed.
    let rewrite =
        MapRequestLayer::new(layers::with_routed_path as fn(http::Request<Body>) -> http::Request<Body>);

    Router::new().fallback_service(rewrite.layer(routes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        graphql::POLLED_FIELDS,
        limits::{Toll, toll_of},
    };

    #[test]
    fn exactly_the_queries_that_are_priced_as_polls_make_a_document_a_poll() {
        let operations = doors().into_iter().filter_map(|door| door.behind.ok());
        let polls = operations.filter(|operation| operation.polls);
        let fields = polls.filter_map(|operation| operation.field?.strip_prefix("Query.").map(str::to_owned));
        let mut names: Vec<_> = fields.collect();
        names.sort();
        names.dedup();

        assert_eq!(names, POLLED_FIELDS);
    }

    #[test]
    fn exactly_what_has_an_operation_is_counted() {
        for door in answers().doors.iter().chain(&streams().doors) {
            let route = door.route.as_deref().unwrap();
            let (_, path) = route.split_once(' ').unwrap();

            assert_eq!(door.behind.is_ok(), toll_of(path) == Toll::OfOperation, "{route}");
        }

        for path in answers().unlisted.iter().chain(&streams().unlisted) {
            let counted = *path == transport::PATH;

            assert_eq!(counted, toll_of(path) == Toll::OfOperation, "{path}");
        }
    }
}
