//! Every door has a lock: each thing that callers may do, each rpc, and each route and field that is open has a row that
//! names the test which shows that it refuses who is nobody, and the test which shows that it keeps to its owner. What can
//! be done is asked of the gateway's operations: a new one without a row fails here, and so does a route without one.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::journeys::rpcs;

/// How one of the two properties is shown.
#[derive(Clone, Copy)]
enum Shown {
    /// By the test of this name.
    By(&'static str),
    /// By one test for REST and one for GraphQL.
    ByEach { rest: &'static str, field: &'static str },
    /// Not at all, for this reason.
    Needless(&'static str),
}

use Shown::{By, ByEach, Needless};

/// What is done, and how "who is nobody is refused" and "not yours" are shown.
type Row = (&'static str, Shown, Shown);

const NOBODY: Shown = ByEach {
    rest: "everything_that_needs_an_account_refuses_who_has_none",
    field: "every_field_of_the_schema_that_is_not_open_refuses_nobody",
};
const NO_KEY: Shown = By("every_route_that_is_not_public_refuses_nobody_and_whoever_has_a_wrong_credential");
const NOT_YOURS: Shown = By("nobody_sees_or_changes_what_is_somebody_elses");
const ACCOUNT_NOT_YOURS: Shown = ByEach {
    rest: "nobody_sees_or_changes_what_is_somebody_elses",
    field: "what_belongs_to_others_does_not_exist",
};
const PUBLIC: Shown = Needless("it tells everybody the same");
const OWN: Shown = Needless("it names nothing: whatever it does is done for the caller");
const WAY_IN: Shown = Needless("it is how somebody signs in");
const SET_FIELDS: Shown = By("no_body_sets_what_is_not_its_senders_to_set");

const STEERED: Shown = By("no_run_of_somebody_else_is_steered");
const LINK: Shown = Needless("the token of the link is the permission");

const ITEM_DOORS: Shown = By("what_somebody_remembers_is_nobody_elses");
const GIT_DOORS: Shown = By("a_project_is_a_remote_of_its_owner_alone");
const PROJECT_DOORS: Shown = By("a_project_and_its_files_are_their_owners_alone");
const SCHEDULE_DOORS: Shown = By("a_schedule_is_its_owners_alone");
const STUDENT_DOORS: Shown = By("what_a_student_learns_is_the_students_alone");
const WEBHOOK_DOORS: Shown = By("a_webhook_and_its_log_are_its_owners_alone");
const THREAD_DOORS: Shown = By("a_thread_is_its_owners_alone");
const WORKFLOW_DOORS: Shown = By("a_workflow_is_its_owners_alone");
const JOB_DOORS: Shown = By("a_job_is_its_owners_alone");
const BOOK_DOORS: Shown = By("a_book_is_its_owners_alone");
const BACKUP_DOORS: Shown = By("a_backup_is_nobody_elses_and_a_tier_without_backups_keeps_none");
const RETENTION_DOORS: Shown = By("rules_delete_what_they_do_not_keep_and_are_nobody_elses");
const BACKUP_OWNER: Shown = By("a_backup_is_its_owners_alone_and_deleting_it_again_is_harmless");
const UPLOAD_OWNER: Shown = By("an_upload_is_its_owners_and_one_that_is_given_up_or_expires_leaves_nothing");
const RESTIC_OWNER: Shown = By("a_repository_is_its_owners_alone");
const RESPONSES: Shown = By("a_kept_answer_is_its_owners_alone_and_goes_on_when_nobody_listens");
const GUARDED: Shown = By("a_second_factor_is_turned_on_asked_for_and_turned_off");
const BY_LINK: Shown = By("an_address_is_proven_a_password_is_set_anew_and_an_address_changed_by_links");

const OPERATIONS: &[Row] = &[
    ("CancelSubscription", NOBODY, OWN),
    ("ChangeSeats", NOBODY, OWN),
    ("CreateBillingPortal", NOBODY, OWN),
    ("CreateCheckout", NOBODY, OWN),
    ("CreateBudget", NOBODY, BUDGETS),
    ("DeleteBudget", NOBODY, BUDGETS),
    ("UpdateBudget", NOBODY, BUDGETS),
    ("WatchUsage", NOBODY, OWN),
    ("GetSubscription", NOBODY, OWN),
    (
        "ReceiveStripeEvent",
        Needless("its signature is the permission"),
        STRIPE,
    ),
    ("AnswerRun", NOBODY, NOT_YOURS),
    ("AnswerStory", NOBODY, BOOK_DOORS),
    ("AskLedger", NOBODY, BOOK_DOORS),
    ("ChangeFact", NOBODY, BOOK_DOORS),
    ("ContinueStory", NOBODY, BOOK_DOORS),
    ("ExportBook", NOBODY, BOOK_DOORS),
    ("GetBook", NOBODY, BOOK_DOORS),
    ("NarrateStory", NOBODY, BOOK_DOORS),
    ("RewriteScenes", NOBODY, BOOK_DOORS),
    ("UndoChange", NOBODY, BOOK_DOORS),
    ("WaiveFinding", NOBODY, BOOK_DOORS),
    ("GetBible", NOBODY, BOOK_DOORS),
    ("PutBible", NOBODY, BOOK_DOORS),
    ("AskBible", NOBODY, BOOK_DOORS),
    ("BeginStory", NOBODY, OWN),
    ("ImportStory", NOBODY, OWN),
    ("BeginSecondFactor", NOBODY, OWN),
    (
        "BeginOauth",
        WAY_IN,
        By("github_gives_the_account_of_a_verified_email_to_its_owner_and_closes_every_other_way_in"),
    ),
    (
        "CancelOauth",
        WAY_IN,
        By("a_sign_in_that_was_broken_off_leads_back_and_uses_its_state_up"),
    ),
    ("CancelRun", NOBODY, NOT_YOURS),
    ("AppendToUpload", NOBODY, UPLOAD_OWNER),
    ("CreateUpload", NOBODY, OWN),
    ("DescribeUploads", PUBLIC, PUBLIC),
    ("DeleteUpload", NOBODY, UPLOAD_OWNER),
    ("GetUpload", NOBODY, UPLOAD_OWNER),
    ("CreateResticRepository", NOBODY, OWN),
    ("DeleteBackup", NOBODY, BACKUP_DOORS),
    ("DeleteResticObject", NOBODY, RESTIC_OWNER),
    ("DeleteResticRepository", NOBODY, RESTIC_OWNER),
    ("GetBackup", NOBODY, BACKUP_DOORS),
    ("GetBackupQuota", NOBODY, BACKUP_DOORS),
    ("GetBackupRetention", NOBODY, RETENTION_DOORS),
    ("ListBackupDevices", NOBODY, RETENTION_DOORS),
    ("PreviewBackupRetention", NOBODY, RETENTION_DOORS),
    ("SetBackupRetention", NOBODY, RETENTION_DOORS),
    ("GetResticObject", NOBODY, RESTIC_OWNER),
    ("ListBackups", NOBODY, BACKUP_DOORS),
    ("ListResticObjects", NOBODY, RESTIC_OWNER),
    ("UploadBackup", NOBODY, OWN),
    ("UploadResticObject", NOBODY, RESTIC_OWNER),
    ("CompleteChat", NO_KEY, OWN),
    ("EmbedTexts", NO_KEY, OWN),
    ("GetResponse", NO_KEY, RESPONSES),
    ("CancelResponse", NO_KEY, RESPONSES),
    ("DeleteResponse", NO_KEY, RESPONSES),
    ("GetModel", NO_KEY, PUBLIC),
    ("ListModels", NO_KEY, PUBLIC),
    ("CancelStory", NOBODY, NOT_YOURS),
    ("ChangeEmail", NOBODY, SET_FIELDS),
    ("ChangePassword", NOBODY, SET_FIELDS),
    (
        "ConfirmEmail",
        WAY_IN,
        By("a_link_alone_proves_nothing_of_an_account_that_somebody_else_made"),
    ),
    ("ConfirmSecondFactor", NOBODY, OWN),
    ("CreateApiKey", NOBODY, SET_FIELDS),
    ("CreateGuest", WAY_IN, OWN),
    (
        "DeleteStories",
        NOBODY,
        By("of_several_stories_all_are_deleted_or_none_when_one_is_somebody_elses"),
    ),
    ("DeleteStory", NOBODY, NOT_YOURS),
    (
        "DeleteAccount",
        NOBODY,
        By("a_deleted_account_is_gone_with_its_stories_while_they_are_made"),
    ),
    ("DisableSecondFactor", NOBODY, GUARDED),
    (
        "FinishOauth",
        By("github_signs_somebody_in_with_code_pkce_and_state_and_nobody_by_anything_less"),
        By("github_gives_the_account_of_a_verified_email_to_its_owner_and_closes_every_other_way_in"),
    ),
    ("ExecuteAgent", NOBODY, OWN),
    ("FindNode", NOBODY, NOT_YOURS),
    ("FindNodes", NOBODY, NOT_YOURS),
    ("FollowStory", NOBODY, NOT_YOURS),
    ("ForkRun", NOBODY, NOT_YOURS),
    ("FinishSignIn", WAY_IN, GUARDED),
    ("GenerateStory", NOBODY, SET_FIELDS),
    ("GetAgent", NOBODY, PUBLIC),
    ("GetMe", NOBODY, NOT_YOURS),
    ("GetProfile", NOBODY, ACCOUNT_NOT_YOURS),
    ("GetRun", NOBODY, NOT_YOURS),
    (
        "GetSharedStory",
        LINK,
        By("a_shared_story_is_read_by_its_link_until_that_is_taken_back"),
    ),
    ("GetStory", NOBODY, NOT_YOURS),
    (
        "LinkProvider",
        By("a_provider_is_added_only_by_who_is_signed_in_and_wants_it"),
        By("github_gives_the_account_of_a_verified_email_to_its_owner_and_closes_every_other_way_in"),
    ),
    ("GetVoiceSample", PUBLIC, PUBLIC),
    ("AnswerChat", NOBODY, OWN),
    ("AnswerTemplate", NOBODY, OWN),
    ("GetPlaybook", NOBODY, PUBLIC),
    ("ListPlaybooks", NOBODY, PUBLIC),
    ("ListAgents", NOBODY, PUBLIC),
    ("ListApiKeys", NOBODY, ACCOUNT_NOT_YOURS),
    ("ListAuditEvents", NOBODY, ACCOUNT_NOT_YOURS),
    ("ListCheckpoints", NOBODY, STEERED),
    ("ListOauthProviders", PUBLIC, PUBLIC),
    (
        "ListRunEvents",
        NOBODY,
        By("a_runs_events_are_read_in_pages_from_either_end"),
    ),
    ("ListRuns", NOBODY, NOT_YOURS),
    ("ListSessions", NOBODY, ACCOUNT_NOT_YOURS),
    ("ListStories", NOBODY, NOT_YOURS),
    ("ListStoryTitles", NOBODY, NOT_YOURS),
    ("Login", WAY_IN, SET_FIELDS),
    (
        "Logout",
        NOBODY,
        By("signing_out_here_elsewhere_and_everywhere_is_felt_at_once"),
    ),
    (
        "LogoutByToken",
        Needless("the refresh token is the credential"),
        By("signing_out_here_elsewhere_and_everywhere_is_felt_at_once"),
    ),
    ("PutProfile", NOBODY, SET_FIELDS),
    (
        "Refresh",
        WAY_IN,
        By("twenty_tabs_refresh_at_once_and_later_reuse_ends_the_session"),
    ),
    ("RegenerateApiKey", NOBODY, ACCOUNT_NOT_YOURS),
    ("Register", WAY_IN, SET_FIELDS),
    ("RenameStory", NOBODY, NOT_YOURS),
    ("RenewRecoveryCodes", NOBODY, GUARDED),
    ("RequestEmailVerification", NOBODY, OWN),
    ("RequestPasswordReset", WAY_IN, PUBLIC),
    ("ResetPassword", Needless("the link is the credential"), BY_LINK),
    ("RestartStory", NOBODY, NOT_YOURS),
    ("RevokeApiKey", NOBODY, ACCOUNT_NOT_YOURS),
    ("RevokeSession", NOBODY, ACCOUNT_NOT_YOURS),
    ("ShareStory", NOBODY, NOT_YOURS),
    ("UnderstandMessage", NOBODY, OWN),
    ("UnshareStory", NOBODY, NOT_YOURS),
    ("WatchRun", NOBODY, NOT_YOURS),
    ("WatchStory", NOBODY, NOT_YOURS),
    ("AnswerQuestion", NOBODY, WORKFLOW_DOORS),
    ("CancelThreadRun", NOBODY, THREAD_DOORS),
    ("CopyThread", NOBODY, THREAD_DOORS),
    ("CreateThreadRun", NOBODY, THREAD_DOORS),
    ("CreateThreadRuns", NOBODY, THREAD_DOORS),
    ("DeleteThread", NOBODY, THREAD_DOORS),
    ("DeleteThreadRun", NOBODY, THREAD_DOORS),
    ("GetThread", NOBODY, THREAD_DOORS),
    ("GetThreadRun", NOBODY, THREAD_DOORS),
    ("GetThreadState", NOBODY, THREAD_DOORS),
    ("ListThreadHistory", NOBODY, THREAD_DOORS),
    ("ListThreadRuns", NOBODY, THREAD_DOORS),
    ("SearchThreads", NOBODY, THREAD_DOORS),
    ("UpdateThread", NOBODY, THREAD_DOORS),
    ("UpdateThreadState", NOBODY, THREAD_DOORS),
    ("WatchThreadRun", NOBODY, THREAD_DOORS),
    ("CreateThread", NOBODY, THREAD_DOORS),
    ("GetAssistant", NOBODY, THREAD_DOORS),
    ("CreateAssistant", NOBODY, THREAD_DOORS),
    ("UpdateAssistant", NOBODY, THREAD_DOORS),
    ("DeleteAssistant", NOBODY, THREAD_DOORS),
    ("ListAssistantVersions", NOBODY, THREAD_DOORS),
    ("SetAssistantVersion", NOBODY, THREAD_DOORS),
    ("GetThreadStorage", NOBODY, THREAD_DOORS),
    ("SearchAssistants", NOBODY, THREAD_DOORS),
    ("DeleteItem", NOBODY, ITEM_DOORS),
    ("GetItem", NOBODY, ITEM_DOORS),
    ("ListNamespaces", NOBODY, ITEM_DOORS),
    ("PutItem", NOBODY, ITEM_DOORS),
    ("SearchItems", NOBODY, ITEM_DOORS),
    ("AnswerJob", NOBODY, JOB_DOORS),
    ("CancelJob", NOBODY, JOB_DOORS),
    ("GetJob", NOBODY, JOB_DOORS),
    ("ListJobs", NOBODY, JOB_DOORS),
    ("RefactorFile", NOBODY, JOB_DOORS),
    ("StartAgentJob", NOBODY, JOB_DOORS),
    ("StartPipeline", NOBODY, JOB_DOORS),
    ("WatchJob", NOBODY, JOB_DOORS),
    ("FetchGitPack", NOBODY, GIT_DOORS),
    ("ListFetchRefs", NOBODY, GIT_DOORS),
    ("ListPushRefs", GIT_DOORS, GIT_DOORS),
    ("PushGitPack", NOBODY, GIT_DOORS),
    ("AskTutor", NOBODY, STUDENT_DOORS),
    ("CreateRoadmap", NOBODY, STUDENT_DOORS),
    ("CreateStudySession", NOBODY, STUDENT_DOORS),
    ("DecideChoice", NOBODY, STUDENT_DOORS),
    ("GetProgress", NOBODY, STUDENT_DOORS),
    ("GetRoadmap", NOBODY, STUDENT_DOORS),
    ("ListStudySessions", NOBODY, STUDENT_DOORS),
    ("UpdateRoadmapProgress", NOBODY, STUDENT_DOORS),
    ("WeighChoice", NOBODY, STUDENT_DOORS),
    ("CreateProject", NOBODY, OWN),
    ("ListProjects", NOBODY, OWN),
    ("GetProject", NOBODY, PROJECT_DOORS),
    ("UpdateProject", NOBODY, PROJECT_DOORS),
    ("ArchiveProject", NOBODY, PROJECT_DOORS),
    ("WatchProject", NOBODY, PROJECT_DOORS),
    ("ListRevisions", NOBODY, PROJECT_DOORS),
    ("ListFiles", NOBODY, PROJECT_DOORS),
    ("PutFile", NOBODY, PROJECT_DOORS),
    ("GetFile", NOBODY, PROJECT_DOORS),
    ("UpdateFile", NOBODY, PROJECT_DOORS),
    ("DeleteFile", NOBODY, PROJECT_DOORS),
    ("ListFileVersions", NOBODY, PROJECT_DOORS),
    ("GetFileVersion", NOBODY, PROJECT_DOORS),
    ("RestoreFileVersion", NOBODY, PROJECT_DOORS),
    ("DiffFileVersions", NOBODY, PROJECT_DOORS),
    ("GetArchive", NOBODY, PROJECT_DOORS),
    ("ExportToGithub", NOBODY, PROJECT_DOORS),
    ("ImportFromGithub", NOBODY, PROJECT_DOORS),
    ("CreateSchedule", NOBODY, OWN),
    ("DeleteSchedule", NOBODY, SCHEDULE_DOORS),
    ("GetSchedule", NOBODY, SCHEDULE_DOORS),
    ("ListSchedules", NOBODY, SCHEDULE_DOORS),
    ("PreviewSchedule", NOBODY, PUBLIC),
    ("UpdateSchedule", NOBODY, SCHEDULE_DOORS),
    ("CreateWebhook", NOBODY, OWN),
    ("DeleteWebhook", NOBODY, WEBHOOK_DOORS),
    ("GetWebhook", NOBODY, WEBHOOK_DOORS),
    ("GetWebhookDelivery", NOBODY, WEBHOOK_DOORS),
    ("ListWebhookDeliveries", NOBODY, WEBHOOK_DOORS),
    ("ListWebhooks", NOBODY, WEBHOOK_DOORS),
    ("ReplayWebhookDelivery", NOBODY, WEBHOOK_DOORS),
    ("RotateWebhookSecret", NOBODY, WEBHOOK_DOORS),
    ("UpdateWebhook", NOBODY, WEBHOOK_DOORS),
    ("CancelWorkflow", NOBODY, WORKFLOW_DOORS),
    ("DeleteWorkflow", NOBODY, WORKFLOW_DOORS),
    ("EditWorkflowState", NOBODY, WORKFLOW_DOORS),
    ("ExecuteWorkflow", NOBODY, WORKFLOW_DOORS),
    ("ExportWorkflow", NOBODY, WORKFLOW_DOORS),
    ("ForkWorkflow", NOBODY, WORKFLOW_DOORS),
    ("GetWorkflow", NOBODY, WORKFLOW_DOORS),
    ("GetWorkflowCheckpoint", NOBODY, WORKFLOW_DOORS),
    ("ListQuestions", NOBODY, WORKFLOW_DOORS),
    ("ListWorkflowCheckpoints", NOBODY, WORKFLOW_DOORS),
    ("ListWorkflowRuns", NOBODY, WORKFLOW_DOORS),
    ("ListWorkflowSessions", NOBODY, WORKFLOW_DOORS),
    ("ListWorkflowShares", NOBODY, WORKFLOW_DOORS),
    ("ListWorkflows", NOBODY, WORKFLOW_DOORS),
    ("PauseWorkflow", NOBODY, WORKFLOW_DOORS),
    ("ResumeWorkflow", NOBODY, WORKFLOW_DOORS),
    ("RevokeWorkflowShare", NOBODY, WORKFLOW_DOORS),
    ("ShareWorkflow", NOBODY, WORKFLOW_DOORS),
    ("SteerWorkflows", NOBODY, WORKFLOW_DOORS),
    ("UpdateWorkflow", NOBODY, WORKFLOW_DOORS),
    ("WatchWorkflow", NOBODY, WORKFLOW_DOORS),
    ("DeleteDefinition", NOBODY, WORKFLOW_DOORS),
    ("GetDefinition", NOBODY, WORKFLOW_DOORS),
    ("ListDefinitionVersions", NOBODY, WORKFLOW_DOORS),
    ("ListWorkflowTypes", NOBODY, WORKFLOW_DOORS),
    ("CreateWorkflow", NOBODY, OWN),
    ("ImportWorkflow", NOBODY, OWN),
    ("PutDefinition", NOBODY, OWN),
    ("ValidateDefinition", NOBODY, OWN),
    (
        "GetSharedWorkflow",
        LINK,
        By("a_workflow_is_read_by_its_link_until_that_is_revoked"),
    ),
    (
        "WatchSharedWorkflow",
        LINK,
        By("a_workflow_is_watched_by_its_link_until_that_is_revoked"),
    ),
];

/// Routes behind which is no operation; the route table says why.
const OPEN_ROUTES: &[Row] = &[
    ("GET /health", PUBLIC, PUBLIC),
    ("GET /langgraph/info", PUBLIC, PUBLIC),
    ("GET /langgraph/ok", PUBLIC, PUBLIC),
    ("GET /api/health", PUBLIC, PUBLIC),
    ("GET /api/v1/health", PUBLIC, PUBLIC),
    ("GET /.well-known/jwks.json", PUBLIC, PUBLIC),
    ("GET /api/v1/voices", PUBLIC, PUBLIC),
    (
        "GET /media/{name}",
        Needless("who knows a name may have the file; names can not be guessed"),
        By("a_name_that_is_forged_or_leads_nowhere_does_not_exist"),
    ),
];

/// Fields behind which is no operation: they ask no service.
const OPEN_FIELDS: &[Row] = &[
    ("Query.errorCodes", PUBLIC, PUBLIC),
    ("Query.health", PUBLIC, PUBLIC),
    (
        "Query.me",
        By("every_wrong_token_gets_the_same_refusal_at_both_doors"),
        NOT_YOURS,
    ),
    (
        "Query.viewer",
        By("every_wrong_token_gets_the_same_refusal_at_both_doors"),
        NOT_YOURS,
    ),
];

const UNSIGNED_STORY: Shown = By("nobody_without_a_signed_actor_is_served");
const UNSIGNED: Shown = By("no_rpc_answers_without_a_signed_actor");
const OPERATOR: Shown = By("nobody_but_an_operator_operates");
const SERVICES: Shown = By("only_services_hand_over_and_delete");
const STORY_OWNER: Shown = By("an_accounts_story_is_its_owners_and_a_guests_is_whoevers_knows_its_id");

const JOB_OWNER: Shown = By("a_job_and_its_project_are_their_owners_alone");
const BOOK_OWNER: Shown = By("what_is_no_book_or_not_yours_is_not_there_and_what_works_is_not_disturbed");
const ITEM_OWNER: Shown = By("no_item_of_somebody_else_is_found_written_or_deleted");
const STUDENT_OWNER: Shown = By("only_the_owner_of_a_project_in_student_mode_learns_with_it");
const PROJECT_OWNER: Shown = By("nobody_sees_or_changes_what_somebody_else_owns");
const SCHEDULE_OWNER: Shown = By("no_schedule_of_somebody_else_is_seen_or_changed");
const WEBHOOK_OWNER: Shown = By("no_webhook_of_somebody_else_is_seen_changed_or_replayed");
const THREAD_OWNER: Shown = By("no_thread_of_somebody_else_is_seen_or_steered");
const WORKFLOW_OWNER: Shown = By("no_workflow_of_somebody_else_is_seen_or_steered");

const PAYER: Shown = By("no_subscription_of_somebody_else_is_seen_or_ended");
const SPENDING_SERVICE: Shown = By("only_services_keep_the_books_and_what_is_wrong_is_named");
const BUDGETS: Shown = By("a_budget_is_changed_by_its_owner_alone_and_an_operators_by_operators");
const STRIPE: Shown = By("what_stripe_did_not_sign_or_signed_too_long_ago_is_refused_in_one_way");
const BILLING_OPERATOR: Shown = By("while_stripe_is_away_events_wait_and_an_operator_sees_and_replays_them");

const RPCS: &[Row] = &[
    ("Agents.ListAgents", UNSIGNED, PUBLIC),
    ("Agents.GetAgent", UNSIGNED, PUBLIC),
    ("Agents.RunAgent", UNSIGNED, OWN),
    ("Chats.Chat", UNSIGNED, OWN),
    ("Chats.AnswerTemplate", UNSIGNED, OWN),
    ("Chats.ListPlaybooks", UNSIGNED, PUBLIC),
    ("Chats.GetPlaybook", UNSIGNED, PUBLIC),
    ("LanguageModels.ListModels", UNSIGNED, PUBLIC),
    ("LanguageModels.GetModel", UNSIGNED, PUBLIC),
    ("LanguageModels.CompleteChat", UNSIGNED, OWN),
    ("LanguageModels.EmbedTexts", UNSIGNED, OWN),
    ("Responses.CreateResponse", UNSIGNED, OWN),
    ("Responses.GetResponse", UNSIGNED, RESPONSES),
    ("Responses.CancelResponse", UNSIGNED, RESPONSES),
    ("Responses.DeleteResponse", UNSIGNED, RESPONSES),
    ("Responses.WatchResponse", UNSIGNED, RESPONSES),
    ("Voices.GetVoiceSample", UNSIGNED, PUBLIC),
    ("Billing.GetEntitlements", UNSIGNED, OWN),
    ("Billing.CheckFeature", UNSIGNED, OWN),
    ("Billing.GetRateLimit", UNSIGNED, OWN),
    ("Billing.ListPlans", UNSIGNED, PUBLIC),
    ("Spending.ReserveSpend", UNSIGNED, SPENDING_SERVICE),
    ("Spending.SettleSpend", UNSIGNED, SPENDING_SERVICE),
    ("Spending.ReleaseSpend", UNSIGNED, SPENDING_SERVICE),
    ("Spending.ListBudgets", UNSIGNED, BUDGETS),
    ("Spending.CreateBudget", UNSIGNED, BUDGETS),
    ("Spending.UpdateBudget", UNSIGNED, BUDGETS),
    ("Spending.DeleteBudget", UNSIGNED, BUDGETS),
    ("Spending.GetUsage", UNSIGNED, BUDGETS),
    ("Spending.WatchUsage", UNSIGNED, BUDGETS),
    ("Subscriptions.GetSubscription", UNSIGNED, PAYER),
    ("Subscriptions.CreateCheckout", UNSIGNED, OWN),
    ("Subscriptions.CreatePortal", UNSIGNED, OWN),
    ("Subscriptions.CancelSubscription", UNSIGNED, PAYER),
    ("Subscriptions.ChangeSeats", UNSIGNED, OWN),
    ("Subscriptions.ReceiveStripeEvent", UNSIGNED, STRIPE),
    ("BillingOperators.ListStripeEvents", UNSIGNED, BILLING_OPERATOR),
    ("BillingOperators.ReplayStripeEvent", UNSIGNED, BILLING_OPERATOR),
    ("BillingOperators.ReconcileCustomers", UNSIGNED, BILLING_OPERATOR),
    (
        "BillingOwners.DeleteBilling",
        UNSIGNED,
        By("whoever_leaves_pays_no_more_and_only_services_say_so"),
    ),
    ("Auth.Register", UNSIGNED, SET_FIELDS),
    ("Auth.Login", UNSIGNED, SET_FIELDS),
    ("Auth.FinishSignIn", UNSIGNED, GUARDED),
    ("Auth.RequestPasswordReset", UNSIGNED, PUBLIC),
    ("Auth.ResetPassword", UNSIGNED, BY_LINK),
    (
        "Auth.ConfirmEmail",
        UNSIGNED,
        By("a_link_alone_proves_nothing_of_an_account_that_somebody_else_made"),
    ),
    ("Auth.CreateGuest", UNSIGNED, OWN),
    (
        "Auth.Refresh",
        UNSIGNED,
        By("each_token_is_good_once_and_leads_to_the_next"),
    ),
    (
        "Auth.Logout",
        UNSIGNED,
        By("signing_out_here_elsewhere_and_everywhere_is_felt_at_once"),
    ),
    (
        "Auth.Authenticate",
        UNSIGNED,
        By("a_disabled_stranger_is_refused_and_so_is_every_token_of_nobody"),
    ),
    (
        "Auth.CheckSession",
        UNSIGNED,
        By("our_own_access_tokens_are_recognised_while_their_session_stands"),
    ),
    ("Auth.GetJwks", UNSIGNED, PUBLIC),
    ("Auth.ListOauthProviders", UNSIGNED, PUBLIC),
    ("Auth.BeginOauth", UNSIGNED, OWN),
    (
        "Auth.CancelOauth",
        UNSIGNED,
        By("a_sign_in_that_was_broken_off_leads_back_and_uses_its_state_up"),
    ),
    (
        "Auth.FinishOauth",
        UNSIGNED,
        By("a_code_that_was_stolen_from_another_sign_in_is_worth_nothing"),
    ),
    ("Accounts.GetMe", UNSIGNED, NOT_YOURS),
    (
        "Accounts.BatchGetUsers",
        UNSIGNED,
        By("a_batch_shows_nobody_but_the_caller"),
    ),
    (
        "Accounts.ChangeEmail",
        UNSIGNED,
        By("another_email_needs_the_password_and_nobody_elses_is_taken"),
    ),
    ("Accounts.RequestEmailVerification", UNSIGNED, OWN),
    ("Accounts.BeginSecondFactor", UNSIGNED, OWN),
    ("Accounts.ConfirmSecondFactor", UNSIGNED, OWN),
    ("Accounts.DisableSecondFactor", UNSIGNED, GUARDED),
    ("Accounts.RenewRecoveryCodes", UNSIGNED, GUARDED),
    ("Accounts.ChangePassword", UNSIGNED, SET_FIELDS),
    (
        "Accounts.DeleteAccount",
        UNSIGNED,
        By("a_deleted_account_is_gone_with_its_stories_while_they_are_made"),
    ),
    (
        "Accounts.FinishDeletion",
        UNSIGNED,
        By("a_deleted_account_is_shut_at_once_and_gone_when_its_run_is_over"),
    ),
    ("Accounts.GetProfile", UNSIGNED, NOT_YOURS),
    ("Accounts.PutProfile", UNSIGNED, SET_FIELDS),
    ("Accounts.ListSessions", UNSIGNED, NOT_YOURS),
    ("Accounts.RevokeSession", UNSIGNED, NOT_YOURS),
    ("Accounts.ListApiKeys", UNSIGNED, NOT_YOURS),
    (
        "Accounts.CreateApiKey",
        UNSIGNED,
        By("no_key_carries_what_operators_may"),
    ),
    ("Accounts.RegenerateApiKey", UNSIGNED, NOT_YOURS),
    ("Accounts.RevokeApiKey", UNSIGNED, NOT_YOURS),
    (
        "Accounts.ListAuditEvents",
        UNSIGNED,
        By("events_come_in_pages_to_their_owner_alone"),
    ),
    ("Operators.ListUsers", UNSIGNED, OPERATOR),
    ("Operators.FindUser", UNSIGNED, OPERATOR),
    ("Operators.SetTier", UNSIGNED, OPERATOR),
    ("Operators.SetDisabled", UNSIGNED, OPERATOR),
    ("Operators.ResetSecondFactor", UNSIGNED, OPERATOR),
    ("Operators.RotateKeys", UNSIGNED, OPERATOR),
    ("Operators.MintToken", UNSIGNED, OPERATOR),
    ("Operators.ExportAudit", UNSIGNED, OPERATOR),
    ("StoryOwners.ClaimStories", UNSIGNED, SERVICES),
    ("StoryOwners.StartDeletion", UNSIGNED, SERVICES),
    (
        "UsageOwners.DeleteUsage",
        UNSIGNED,
        By("no_run_of_somebody_else_is_steered"),
    ),
    ("Stories.CreateCodeStory", UNSIGNED_STORY, SET_FIELDS),
    ("Stories.GetStory", UNSIGNED, STORY_OWNER),
    ("Stories.BatchGetStories", UNSIGNED, NOT_YOURS),
    ("Stories.ListStories", UNSIGNED, NOT_YOURS),
    ("Stories.ListStoryTitles", UNSIGNED, NOT_YOURS),
    ("Stories.RestartStory", UNSIGNED, NOT_YOURS),
    ("Stories.CancelStory", UNSIGNED, NOT_YOURS),
    (
        "Stories.GetSharedStory",
        UNSIGNED,
        By("a_shared_story_is_read_by_its_link_until_that_is_taken_back"),
    ),
    ("Stories.RenameStory", UNSIGNED, NOT_YOURS),
    ("Stories.ShareStory", UNSIGNED, NOT_YOURS),
    ("Stories.UnshareStory", UNSIGNED, NOT_YOURS),
    ("Stories.DeleteStory", UNSIGNED, NOT_YOURS),
    (
        "Stories.DeleteStories",
        UNSIGNED,
        By("of_several_stories_all_are_deleted_or_none_when_one_is_somebody_elses"),
    ),
    ("Books.CreateFictionStory", UNSIGNED, OWN),
    ("Books.ImportStory", UNSIGNED, OWN),
    ("Books.GetBook", UNSIGNED, BOOK_OWNER),
    ("Books.AskLedger", UNSIGNED, BOOK_OWNER),
    ("Books.AnswerStory", UNSIGNED, BOOK_OWNER),
    ("Books.ContinueStory", UNSIGNED, BOOK_OWNER),
    ("Books.RewriteScenes", UNSIGNED, BOOK_OWNER),
    ("Books.ChangeFact", UNSIGNED, BOOK_OWNER),
    ("Books.UndoChange", UNSIGNED, BOOK_OWNER),
    ("Books.WaiveFinding", UNSIGNED, BOOK_OWNER),
    ("Books.GetBible", UNSIGNED, BOOK_OWNER),
    ("Books.PutBible", UNSIGNED, BOOK_OWNER),
    ("Books.AskBible", UNSIGNED, BOOK_OWNER),
    (
        "BackupOwners.DeleteBackups",
        UNSIGNED,
        By("an_account_that_goes_takes_everything_with_it_and_only_a_service_says_so"),
    ),
    ("Backups.UploadBackup", UNSIGNED, OWN),
    ("Backups.GetBackup", UNSIGNED, BACKUP_OWNER),
    ("Backups.ListBackups", UNSIGNED, BACKUP_OWNER),
    ("Backups.DeleteBackup", UNSIGNED, BACKUP_OWNER),
    ("Backups.GetBackupQuota", UNSIGNED, BACKUP_DOORS),
    ("Backups.GetBackupRetention", UNSIGNED, RETENTION_DOORS),
    ("Backups.SetBackupRetention", UNSIGNED, RETENTION_DOORS),
    ("Backups.PreviewBackupRetention", UNSIGNED, RETENTION_DOORS),
    ("Backups.ListBackupDevices", UNSIGNED, RETENTION_DOORS),
    ("ResumableUploads.CreateResumableUpload", UNSIGNED, OWN),
    ("ResumableUploads.GetResumableUpload", UNSIGNED, UPLOAD_OWNER),
    ("ResumableUploads.AppendToResumableUpload", UNSIGNED, UPLOAD_OWNER),
    ("ResumableUploads.DeleteResumableUpload", UNSIGNED, UPLOAD_OWNER),
    ("ResticRepositories.CreateResticRepository", UNSIGNED, OWN),
    (
        "ResticRepositories.DeleteResticRepository",
        UNSIGNED,
        RESTIC_OWNER,
    ),
    ("ResticRepositories.UploadResticObject", UNSIGNED, RESTIC_OWNER),
    ("ResticRepositories.GetResticObject", UNSIGNED, RESTIC_OWNER),
    ("ResticRepositories.ListResticObjects", UNSIGNED, RESTIC_OWNER),
    ("ResticRepositories.DeleteResticObject", UNSIGNED, RESTIC_OWNER),
    ("Books.ExportBook", UNSIGNED, BOOK_OWNER),
    ("Books.NarrateStory", UNSIGNED, BOOK_OWNER),
    ("Runs.GetRun", UNSIGNED, NOT_YOURS),
    ("Runs.BatchGetRuns", UNSIGNED, NOT_YOURS),
    ("Runs.ListRuns", UNSIGNED, NOT_YOURS),
    (
        "Runs.ListRunEvents",
        UNSIGNED,
        By("a_runs_events_are_read_in_pages_from_either_end"),
    ),
    ("Runs.WatchRun", UNSIGNED, NOT_YOURS),
    ("Runs.CancelRun", UNSIGNED, NOT_YOURS),
    (
        "Runs.AnswerRun",
        UNSIGNED,
        By("no_run_of_somebody_else_is_steered"),
    ),
    (
        "Runs.ListCheckpoints",
        UNSIGNED,
        By("no_run_of_somebody_else_is_steered"),
    ),
    ("Runs.ForkRun", UNSIGNED, By("no_run_of_somebody_else_is_steered")),
    ("Threads.CreateThread", UNSIGNED, THREAD_OWNER),
    ("Threads.GetThread", UNSIGNED, THREAD_OWNER),
    ("Threads.SearchThreads", UNSIGNED, THREAD_OWNER),
    ("Threads.UpdateThread", UNSIGNED, THREAD_OWNER),
    ("Threads.DeleteThread", UNSIGNED, THREAD_OWNER),
    ("Threads.PruneThread", UNSIGNED, THREAD_OWNER),
    ("Threads.CopyThread", UNSIGNED, THREAD_OWNER),
    ("Threads.GetThreadState", UNSIGNED, THREAD_OWNER),
    ("Threads.UpdateThreadState", UNSIGNED, THREAD_OWNER),
    ("Threads.ListThreadHistory", UNSIGNED, THREAD_OWNER),
    ("Threads.CreateThreadRun", UNSIGNED, THREAD_OWNER),
    ("Threads.GetThreadRun", UNSIGNED, THREAD_OWNER),
    ("Threads.ListThreadRuns", UNSIGNED, THREAD_OWNER),
    ("Threads.CancelThreadRun", UNSIGNED, THREAD_OWNER),
    ("Threads.DeleteThreadRun", UNSIGNED, THREAD_OWNER),
    ("Threads.WatchThreadRun", UNSIGNED, THREAD_OWNER),
    ("Assistants.SearchAssistants", UNSIGNED, THREAD_OWNER),
    ("Assistants.GetAssistant", UNSIGNED, THREAD_OWNER),
    ("Assistants.CreateAssistant", UNSIGNED, THREAD_OWNER),
    ("Assistants.UpdateAssistant", UNSIGNED, THREAD_OWNER),
    ("Assistants.DeleteAssistant", UNSIGNED, THREAD_OWNER),
    ("Assistants.ListAssistantVersions", UNSIGNED, THREAD_OWNER),
    ("Assistants.SetAssistantVersion", UNSIGNED, THREAD_OWNER),
    ("Threads.GetThreadStorage", UNSIGNED, THREAD_OWNER),
    ("Items.PutItem", UNSIGNED, ITEM_OWNER),
    ("Items.GetItem", UNSIGNED, ITEM_OWNER),
    ("Items.DeleteItem", UNSIGNED, ITEM_OWNER),
    ("Items.SearchItems", UNSIGNED, ITEM_OWNER),
    ("Items.ListNamespaces", UNSIGNED, ITEM_OWNER),
    ("Jobs.StartJob", UNSIGNED, JOB_OWNER),
    ("Jobs.GetJob", UNSIGNED, JOB_OWNER),
    ("Jobs.ListJobs", UNSIGNED, JOB_OWNER),
    ("Jobs.CancelJob", UNSIGNED, JOB_OWNER),
    ("Jobs.AnswerJob", UNSIGNED, JOB_OWNER),
    ("ProjectGit.GetGitRefs", UNSIGNED, GIT_DOORS),
    ("ProjectGit.GetGitPack", UNSIGNED, GIT_DOORS),
    ("ProjectGit.PushGitPack", UNSIGNED, GIT_DOORS),
    ("Students.AskTutor", UNSIGNED, STUDENT_OWNER),
    ("Students.CreateRoadmap", UNSIGNED, STUDENT_OWNER),
    ("Students.CreateStudySession", UNSIGNED, STUDENT_OWNER),
    ("Students.DecideChoice", UNSIGNED, STUDENT_OWNER),
    ("Students.GetProgress", UNSIGNED, STUDENT_OWNER),
    ("Students.GetRoadmap", UNSIGNED, STUDENT_OWNER),
    ("Students.ListStudySessions", UNSIGNED, STUDENT_OWNER),
    ("Students.UpdateRoadmapProgress", UNSIGNED, STUDENT_OWNER),
    ("Students.WeighChoice", UNSIGNED, STUDENT_OWNER),
    ("Projects.CreateProject", UNSIGNED, OWN),
    ("Projects.ListProjects", UNSIGNED, OWN),
    ("Projects.GetProject", UNSIGNED, PROJECT_OWNER),
    ("Projects.UpdateProject", UNSIGNED, PROJECT_OWNER),
    ("Projects.ArchiveProject", UNSIGNED, PROJECT_OWNER),
    ("Projects.WatchProject", UNSIGNED, PROJECT_OWNER),
    ("ProjectExports.ExportToGithub", UNSIGNED, PROJECT_OWNER),
    ("ProjectExports.ImportFromGithub", UNSIGNED, PROJECT_OWNER),
    ("ProjectFiles.ListFiles", UNSIGNED, PROJECT_OWNER),
    ("ProjectFiles.GetFile", UNSIGNED, PROJECT_OWNER),
    ("ProjectFiles.PutFile", UNSIGNED, PROJECT_OWNER),
    ("ProjectFiles.UpdateFile", UNSIGNED, PROJECT_OWNER),
    ("ProjectFiles.DeleteFile", UNSIGNED, PROJECT_OWNER),
    ("ProjectFiles.ListFileVersions", UNSIGNED, PROJECT_OWNER),
    ("ProjectFiles.GetFileVersion", UNSIGNED, PROJECT_OWNER),
    ("ProjectFiles.DiffFileVersions", UNSIGNED, PROJECT_OWNER),
    ("ProjectFiles.RestoreFileVersion", UNSIGNED, PROJECT_OWNER),
    ("ProjectFiles.ListRevisions", UNSIGNED, PROJECT_OWNER),
    ("ProjectFiles.GetArchive", UNSIGNED, PROJECT_OWNER),
    ("WorkflowSchedules.CreateSchedule", UNSIGNED, OWN),
    ("WorkflowSchedules.GetSchedule", UNSIGNED, SCHEDULE_OWNER),
    ("WorkflowSchedules.ListSchedules", UNSIGNED, OWN),
    ("WorkflowSchedules.UpdateSchedule", UNSIGNED, SCHEDULE_OWNER),
    ("WorkflowSchedules.DeleteSchedule", UNSIGNED, SCHEDULE_OWNER),
    ("WorkflowSchedules.PreviewSchedule", UNSIGNED, PUBLIC),
    ("Webhooks.CreateWebhook", UNSIGNED, OWN),
    ("Webhooks.GetWebhook", UNSIGNED, WEBHOOK_OWNER),
    ("Webhooks.ListWebhooks", UNSIGNED, OWN),
    ("Webhooks.UpdateWebhook", UNSIGNED, WEBHOOK_OWNER),
    ("Webhooks.DeleteWebhook", UNSIGNED, WEBHOOK_OWNER),
    ("Webhooks.RotateWebhookSecret", UNSIGNED, WEBHOOK_OWNER),
    ("Webhooks.ListWebhookDeliveries", UNSIGNED, WEBHOOK_OWNER),
    ("Webhooks.GetWebhookDelivery", UNSIGNED, WEBHOOK_OWNER),
    ("Webhooks.ReplayWebhookDelivery", UNSIGNED, WEBHOOK_OWNER),
    (
        "WebhookEvents.AnnounceEvent",
        UNSIGNED,
        By("what_another_service_announces_is_told_once_and_only_a_service_says_so"),
    ),
    ("Workflows.CreateWorkflow", UNSIGNED, OWN),
    ("Workflows.GetWorkflow", UNSIGNED, WORKFLOW_OWNER),
    ("Workflows.BatchGetWorkflows", UNSIGNED, WORKFLOW_OWNER),
    ("Workflows.ListWorkflows", UNSIGNED, OWN),
    ("Workflows.UpdateWorkflow", UNSIGNED, WORKFLOW_OWNER),
    ("Workflows.DeleteWorkflow", UNSIGNED, WORKFLOW_OWNER),
    ("Workflows.ExecuteWorkflow", UNSIGNED, WORKFLOW_OWNER),
    ("Workflows.AnswerQuestion", UNSIGNED, WORKFLOW_OWNER),
    ("Workflows.PauseWorkflow", UNSIGNED, WORKFLOW_OWNER),
    ("Workflows.ResumeWorkflow", UNSIGNED, WORKFLOW_OWNER),
    ("Workflows.CancelWorkflow", UNSIGNED, WORKFLOW_OWNER),
    ("Workflows.BulkSteerWorkflows", UNSIGNED, WORKFLOW_OWNER),
    ("Workflows.ListQuestions", UNSIGNED, WORKFLOW_OWNER),
    ("Workflows.ListWorkflowCheckpoints", UNSIGNED, WORKFLOW_OWNER),
    ("Workflows.GetWorkflowCheckpoint", UNSIGNED, WORKFLOW_OWNER),
    ("Workflows.EditWorkflowState", UNSIGNED, WORKFLOW_OWNER),
    ("Workflows.ForkWorkflow", UNSIGNED, WORKFLOW_OWNER),
    ("Workflows.ListWorkflowRuns", UNSIGNED, WORKFLOW_OWNER),
    ("Workflows.WatchWorkflow", UNSIGNED, WORKFLOW_OWNER),
    ("Workflows.ExportWorkflow", UNSIGNED, WORKFLOW_OWNER),
    ("Workflows.ImportWorkflow", UNSIGNED, OWN),
    ("Workflows.ShareWorkflow", UNSIGNED, WORKFLOW_OWNER),
    ("Workflows.ListWorkflowShares", UNSIGNED, WORKFLOW_OWNER),
    ("Workflows.RevokeWorkflowShare", UNSIGNED, WORKFLOW_OWNER),
    ("Workflows.GetSharedWorkflow", UNSIGNED, LINK),
    ("Workflows.WatchSharedWorkflow", UNSIGNED, LINK),
    ("Workflows.ListWorkflowSessions", UNSIGNED, OWN),
    ("WorkflowDefinitions.ListWorkflowTypes", UNSIGNED, PUBLIC),
    ("WorkflowDefinitions.ValidateDefinition", UNSIGNED, PUBLIC),
    ("WorkflowDefinitions.PutDefinition", UNSIGNED, OWN),
    ("WorkflowDefinitions.GetDefinition", UNSIGNED, WORKFLOW_OWNER),
    (
        "WorkflowDefinitions.ListDefinitionVersions",
        UNSIGNED,
        WORKFLOW_OWNER,
    ),
    ("WorkflowDefinitions.DeleteDefinition", UNSIGNED, WORKFLOW_OWNER),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Fails for what has no row, and for rows of what does not exist any more.
fn check_rows(what: &str, found: &BTreeSet<String>, rows: &[Row]) {
    let named: BTreeSet<_> = rows.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(named.len(), rows.len(), "a row of {what} is there twice");

    let missing: Vec<_> = found.difference(&named).collect();
    assert!(
        missing.is_empty(),
        "no test shows that these {what} refuse who is nobody and who is somebody else: {missing:?}"
    );

    let gone: Vec<_> = named.difference(found).collect();
    assert!(gone.is_empty(), "these {what} do not exist: {gone:?}");
}

#[test]
fn everything_that_callers_may_do_has_its_two_tests() {
    let doors = gateway::doors();
    let operations = doors.iter().filter_map(|door| door.behind.as_ref().ok());
    let found = operations.map(|entry| entry.name.to_owned()).collect();

    check_rows("operations", &found, OPERATIONS);
}

#[test]
fn every_route_has_an_operation_or_says_why_it_has_none() {
    let document = serde_json::to_value(gateway::document()).expect("JSON");
    let paths = document["paths"].as_object().expect("paths");
    let mut routes = BTreeSet::new();
    for (path, item) in paths {
        for method in ["get", "post", "put", "patch", "delete", "head", "options"] {
            if item.get(method).is_some_and(Value::is_object) {
                routes.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
    }

    let (mut listed, mut open) = (BTreeSet::new(), BTreeSet::new());
    for door in gateway::doors() {
        let Some(route) = door.route else { continue };
        if let Err(reason) = door.behind {
            assert!(!reason.is_empty(), "{route}");
            open.insert(route.clone());
        }

        listed.insert(route);
    }

    assert_eq!(listed, routes, "a route that is not in the table of routes");
    check_rows("routes", &open, OPEN_ROUTES);
}

#[test]
fn every_graphql_root_field_has_an_operation_or_asks_nobody() {
    let doors = gateway::doors().into_iter();
    let performed: BTreeSet<String> = doors.filter_map(|door| door.behind.ok()?.field).collect();
    let fields = root_fields(&gateway::sdl());

    let gone: Vec<_> = performed.difference(&fields).collect();
    assert!(
        gone.is_empty(),
        "these fields of operations do not exist: {gone:?}"
    );

    let open = fields.difference(&performed).cloned().collect();
    check_rows("fields", &open, OPEN_FIELDS);
}

/// `Query.me` and the like, from a schema as text.
fn root_fields(sdl: &str) -> BTreeSet<String> {
    let (mut found, mut root, mut comment) = (BTreeSet::new(), None, false);
    for line in sdl.lines() {
        let indented = line.starts_with(['\t', ' ']);
        let text = line.trim();

        // A description, of one line or of several.
        let quotes = text.matches(r#"""""#).count();
        if quotes > 0 || comment {
            comment ^= quotes % 2 == 1;
            continue;
        }

        if !indented {
            let name = text
                .strip_prefix("type ")
                .and_then(|rest| rest.split([' ', '{']).next());
            root = name.filter(|name| ["Query", "Mutation", "Subscription"].contains(name));
        }

        // Fields are one level in; their arguments are further in.
        let level = line.len() - line.trim_start().len();
        let one = line.starts_with('\t') && level == 1 || line.starts_with("  ") && level == 2;
        let name: String = text
            .chars()
            .take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_')
            .collect();

        if let (Some(root), true, false) = (root, one, name.is_empty()) {
            found.insert(format!("{root}.{name}"));
        }
    }

    found
}

#[test]
fn every_rpc_has_its_two_tests() {
    let methods = rpcs::methods().into_iter();
    let found = methods
        .map(|name| name.trim_start_matches("saga.v1.").replace('/', "."))
        .collect();
    check_rows("rpcs", &found, RPCS);
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match path.extension() {
            _ if path.is_dir() => rust_files(&path, found),
            Some(extension) if extension == "rs" => found.push(path),
            _ => {}
        }
    }
}

#[test]
fn every_test_that_a_row_names_exists() {
    let mut files = Vec::new();
    for folder in [
        "tests",
        "gateway/src",
        "auth-svc/src",
        "backup-svc/src",
        "billing-svc/src",
        "story-svc/src",
        "agent-svc/src",
        "kit/src",
    ] {
        rust_files(&root().join(folder), &mut files);
    }

    let mut tests = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(file).expect("a text");
        let mut is_test = false;

        for line in text.lines().map(str::trim) {
            if line.starts_with("#[test") || line.starts_with("#[tokio::test") {
                is_test = true;
            } else if let Some((_, rest)) = line.split_once("fn ").filter(|_| is_test) {
                tests.insert(rest.split('(').next().unwrap_or_default().to_owned());
                is_test = false;
            }
        }
    }

    let open = OPEN_ROUTES.iter().chain(OPEN_FIELDS);
    let rows = OPERATIONS.iter().chain(open).chain(RPCS);
    for (name, nobody, not_yours) in rows {
        for shown in [nobody, not_yours] {
            match shown {
                By(test) => assert!(tests.contains(*test), "{name}: there is no test {test}"),
                ByEach { rest, field } => {
                    for test in [rest, field] {
                        assert!(tests.contains(*test), "{name}: there is no test {test}");
                    }
                }
                Needless(reason) => assert!(!reason.is_empty(), "{name}"),
            }
        }
    }
}
