//! Every route of the document and every field of the schema, asked by nobody and with a wrong credential: one that is
//! not named here as public must refuse. A new one that nobody thought of fails here.

use futures::StreamExt;
use kit::actor::Tier;
use serde_json::{Value, json};
use tokio_tungstenite::{connect_async, tungstenite::Message};

use super::harness::{Answer, Door};

/// Routes for everybody, and why.
const PUBLIC: &[(&str, &str)] = &[
    ("get /api/health", "probes have no identity"),
    ("get /api/v1/health", "probes have no identity"),
    ("get /health", "probes have no identity"),
    ("get /langgraph/ok", "clients look whether anybody is there"),
    ("get /langgraph/info", "clients look whom they speak to"),
    ("get /media/{name}", "the signed name is the permission"),
    ("post /api/v1/billing/webhook", "its signature is the permission"),
    ("get /.well-known/jwks.json", "public keys"),
    (
        "get /api/stories/shared/{token}",
        "the token of the link is the permission",
    ),
    (
        "get /api/v1/shared/{token}",
        "the token of the link is the permission",
    ),
    (
        "get /api/v1/shared/{token}/events",
        "the token of the link is the permission",
    ),
    ("post /api/v1/auth/register", "makes the identity"),
    ("post /api/v1/auth/login", "the password is the credential"),
    (
        "post /api/v1/auth/login/code",
        "the ticket and the code are the credential",
    ),
    (
        "post /api/v1/auth/email/confirm",
        "the link is one half of the credential",
    ),
    (
        "post /api/v1/auth/password/forgotten",
        "whoever has forgotten it can show nothing",
    ),
    ("post /api/v1/auth/password/reset", "the link is the credential"),
    ("post /api/v1/auth/guest", "makes the identity"),
    ("post /api/v1/auth/refresh", "the refresh token is the credential"),
    ("options /api/v1/backup/tus", "says what the server can do"),
    ("get /api/v1/voices", "everybody may know the narrators"),
    ("get /api/v1/voices/{voice}/sample", "everybody may hear them"),
    ("get /api/v1/auth/oauth", "whoever signs in has to know the ways"),
    ("get /api/v1/auth/oauth/{provider}", "begins to sign in"),
    (
        "get /api/v1/auth/oauth/{provider}/callback",
        "the provider's code is the credential",
    ),
];

const SCOPES: [&str; 13] = [
    "account:read",
    "account:write",
    "stories:read",
    "stories:write",
    "agents:run",
    "models:use",
    "workflows:read",
    "workflows:write",
    "projects:read",
    "projects:write",
    "backup:read",
    "backup:append",
    "backup:write",
];

const ID: &str = "7d444840-9dc0-41d1-b245-5ffdce74fad2";

fn operations(document: &Value) -> Vec<(String, String)> {
    let paths = document["paths"].as_object().expect("paths").iter();
    let all = paths.flat_map(|(path, item)| {
        let methods = item.as_object().expect("methods").keys();
        methods.map(move |method| (method.clone(), path.clone()))
    });
    all.filter(|(method, _)| method != "parameters").collect()
}

fn is_public(method: &str, path: &str) -> bool {
    PUBLIC
        .iter()
        .any(|(route, _)| *route == format!("{method} {path}"))
}

/// What a route says: a status, or the code that a socket is closed with.
async fn asked(door: &Door, method: &str, path: &str, token: Option<&str>) -> u16 {
    let path = path.replace("{id}", ID);
    if path.starts_with("/ws/") || path.ends_with("/ws") || path == "/api/v1/chat/stream" {
        let query = token.map(|token| format!("?token={token}")).unwrap_or_default();
        let (mut socket, _) = connect_async(door.ws_url(&format!("{path}{query}")))
            .await
            .expect("a socket");

        // Where the first message may say who it is, this one does not.
        let _ = futures::SinkExt::send(&mut socket, Message::text("{}")).await;

        while let Some(Ok(message)) = socket.next().await {
            match message {
                Message::Close(Some(frame)) => return frame.code.into(),
                // It is let in.
                Message::Text(_) => return 101,
                _ => {}
            }
        }

        return 0;
    }

    let mut request = door
        .http
        .request(method.to_uppercase().parse().expect("a method"), door.url(&path));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }

    Answer::of(request).await.status.as_u16()
}

#[tokio::test]
async fn every_route_that_is_not_public_refuses_nobody_and_whoever_has_a_wrong_credential() {
    let door = Door::open_with(|config| config.allow_anonymous = false).await;
    let document = door.get("/openapi.json").await.json();
    let (mut seen, mut open) = (0, Vec::new());
    for (method, path) in operations(&document) {
        if is_public(&method, &path) {
            continue;
        }

        seen += 1;

        for token in [None, Some("nonsense"), Some("saga_nonsense"), Some("a.b.c")] {
            let told = asked(&door, &method, &path, token).await;
            if !matches!(told, 401 | 4401) {
                open.push(format!("{method} {path} {token:?}: {told}"));
            }
        }
    }

    assert_eq!(open, Vec::<String>::new());
    assert!(seen > 20, "{seen}");
    assert!(door.world.lock().actors.is_empty(), "no service was asked");
}

#[tokio::test]
async fn every_route_that_is_not_public_refuses_a_key_without_any_scope_for_it() {
    let door = Door::open().await;
    let document = door.get("/openapi.json").await.json();

    for (method, path) in operations(&document) {
        if is_public(&method, &path) {
            continue;
        }

        let mut refused = 0;
        for scope in SCOPES {
            // One of the routes is the end of whoever asks it.
            let person = door.world.account(Tier::Free);
            let key = door.world.api_key(&person, &[scope]);
            let told = asked(&door, &method, &path, Some(&key)).await;
            refused += u32::from(matches!(told, 403 | 4403));
        }

        // Of those of backups a wider one allows what a narrower one does.
        let allowed = SCOPES.len() as u32 - refused;
        let most = if path.starts_with("/api/v1/backup") { 3 } else { 1 };
        assert!(
            (1..=most).contains(&allowed),
            "{method} {path} needs one of the scopes, not {allowed}"
        );
    }
}

#[test]
fn exactly_what_is_named_as_public_is_declared_to_need_nobody() {
    let mut named: Vec<_> = PUBLIC.iter().map(|(route, _)| (*route).to_owned()).collect();
    let doors = crate::doors().into_iter();
    let mut declared: Vec<_> = doors
        .filter(|door| door.behind.as_ref().map_or(true, |entry| !entry.needs_caller))
        .filter_map(|door| {
            let route = door.route?;
            let (method, path) = route.split_once(' ')?;
            Some(format!("{} {path}", method.to_lowercase()))
        })
        .collect();

    named.sort_unstable();
    declared.sort_unstable();

    assert_eq!(named, declared);
    assert!(PUBLIC.iter().all(|(_, why)| !why.is_empty()));
}

#[test]
fn the_document_tells_what_every_operation_may_refuse() {
    let document = serde_json::to_value(crate::document()).expect("JSON");
    for door in crate::doors() {
        let (Some(route), Ok(entry)) = (door.route, door.behind) else {
            continue;
        };
        let (method, path) = route.split_once(' ').expect("a method and a path");
        let answers = &document["paths"][path][method.to_lowercase()]["responses"];

        assert!(answers["429"].is_object(), "{route}");

        // What is refused in a socket is told by its close code.
        let in_socket = answers["101"].is_object();
        assert!(
            in_socket || !entry.needs_caller || answers["401"].is_object(),
            "{route}"
        );
        assert!(
            in_socket || entry.scope.is_none() || answers["403"].is_object(),
            "{route}"
        );
    }
}

/// Fields for everybody.
const OPEN_FIELDS: &[(&str, &str)] = &[
    ("Query.me", "is null for nobody"),
    ("Query.viewer", "is null for nobody"),
    ("Query.health", "probes have no identity"),
    ("Query.errorCodes", "a part of the schema"),
    ("Query.oauthProviders", "whoever signs in has to know the ways"),
    ("Query.sharedStory", "the token of the link is the permission"),
    ("Query.sharedWorkflow", "the token of the link is the permission"),
    (
        "Subscription.sharedWorkflowEvents",
        "the token of the link is the permission",
    ),
    ("Mutation.register", "makes the identity"),
    ("Mutation.login", "the password is the credential"),
    (
        "Mutation.finishSignIn",
        "the ticket and the code are the credential",
    ),
    ("Mutation.confirmEmail", "the link is one half of the credential"),
    (
        "Mutation.requestPasswordReset",
        "whoever has forgotten it can show nothing",
    ),
    ("Mutation.resetPassword", "the link is the credential"),
    ("Mutation.createGuest", "makes the identity"),
    ("Mutation.refresh", "the refresh token is the credential"),
];

/// A request for each field of the roots that is not open.
const FIELDS: &[(&str, &str)] = &[
    ("Query.agent", "{ agent(name: \"x\") { name } }"),
    ("Query.agents", "{ agents { name } }"),
    ("Query.apiKeys", "{ apiKeys { id } }"),
    ("Query.auditEvents", "{ auditEvents { nodes { id } } }"),
    ("Query.node", "{ node(id: \"ID\") { id } }"),
    ("Query.nodes", "{ nodes(ids: [\"ID\"]) { id } }"),
    ("Query.profile", "{ profile { id } }"),
    ("Query.run", "{ run(id: \"ID\") { id } }"),
    ("Query.runs", "{ runs { nodes { id } } }"),
    ("Query.sessions", "{ sessions { id } }"),
    ("Query.stories", "{ stories { nodes { id } } }"),
    ("Query.story", "{ story(id: \"ID\") { id } }"),
    (
        "Query.validateWorkflowDefinition",
        "{ validateWorkflowDefinition(source: \"x\") { faults { field } } }",
    ),
    (
        "Query.workflowSchedule",
        "{ workflowSchedule(id: \"ID\") { id } }",
    ),
    ("Query.workflowSchedules", "{ workflowSchedules { id } }"),
    (
        "Query.previewWorkflowSchedule",
        "{ previewWorkflowSchedule(cron: \"@daily\") }",
    ),
    (
        "Mutation.createWorkflowSchedule",
        "mutation { createWorkflowSchedule(input: { name: \"n\", cron: \"@daily\", workflowType: \"x\" }) { schedule { id } } }",
    ),
    (
        "Mutation.updateWorkflowSchedule",
        "mutation { updateWorkflowSchedule(input: { id: \"ID\" }) { schedule { id } } }",
    ),
    (
        "Mutation.deleteWorkflowSchedule",
        "mutation { deleteWorkflowSchedule(input: { id: \"ID\" }) { deletedScheduleId } }",
    ),
    ("Query.project", "{ project(id: \"ID\") { id } }"),
    ("Query.projects", "{ projects { nodes { id } } }"),
    (
        "Mutation.createProject",
        "mutation { createProject(input: { title: \"abc\" }) { project { id } } }",
    ),
    (
        "Mutation.updateProject",
        "mutation { updateProject(input: { id: \"ID\" }) { project { id } } }",
    ),
    (
        "Mutation.archiveProject",
        "mutation { archiveProject(input: { id: \"ID\" }) { project { id } } }",
    ),
    (
        "Mutation.putProjectFile",
        "mutation { putProjectFile(input: { projectId: \"ID\", path: \"src/a.ts\", content: \"\", language: TYPESCRIPT }) { created } }",
    ),
    (
        "Mutation.updateProjectFile",
        "mutation { updateProjectFile(input: { projectId: \"ID\", path: \"src/a.ts\" }) { file { path } } }",
    ),
    (
        "Mutation.deleteProjectFile",
        "mutation { deleteProjectFile(input: { projectId: \"ID\", path: \"src/a.ts\" }) { deletedPath } }",
    ),
    (
        "Mutation.restoreProjectFile",
        "mutation { restoreProjectFile(input: { projectId: \"ID\", path: \"src/a.ts\", version: 1 }) { file { path } } }",
    ),
    (
        "Subscription.projectUpdated",
        "subscription { projectUpdated(id: \"ID\") { id } }",
    ),
    (
        "Query.learningRoadmap",
        "{ learningRoadmap(projectId: \"ID\") { currentStepIndex } }",
    ),
    (
        "Query.studySessions",
        "{ studySessions(projectId: \"ID\") { id } }",
    ),
    (
        "Query.studentProgress",
        "{ studentProgress(projectId: \"ID\") { totalModules } }",
    ),
    (
        "Mutation.askTutor",
        "mutation { askTutor(input: { projectId: \"ID\", question: \"Why?\" }) { response { keyConcept } } }",
    ),
    (
        "Mutation.weighChoice",
        "mutation { weighChoice(input: { projectId: \"ID\", question: \"This or that?\" }) { choice { id } } }",
    ),
    (
        "Mutation.decideChoice",
        "mutation { decideChoice(input: { projectId: \"ID\", optionId: \"a\" }) { choice { id } } }",
    ),
    (
        "Mutation.createRoadmap",
        "mutation { createRoadmap(input: { projectId: \"ID\" }) { roadmap { projectId } } }",
    ),
    (
        "Mutation.updateRoadmapProgress",
        "mutation { updateRoadmapProgress(input: { projectId: \"ID\", currentStepIndex: 1 }) { roadmap { projectId } } }",
    ),
    (
        "Mutation.createStudySession",
        "mutation { createStudySession(input: { projectId: \"ID\" }) { session { id } } }",
    ),
    ("Query.item", "{ item(namespace: [\"a\"], key: \"k\") { key } }"),
    ("Query.items", "{ items { key } }"),
    ("Query.itemNamespaces", "{ itemNamespaces }"),
    (
        "Mutation.putItem",
        "mutation { putItem(input: { namespace: [\"a\"], key: \"k\", value: {} }) { item { key } } }",
    ),
    (
        "Mutation.deleteItem",
        "mutation { deleteItem(input: { namespace: [\"a\"], key: \"k\" }) { deletedKey } }",
    ),
    ("Query.webhook", "{ webhook(id: \"ID\") { id } }"),
    ("Query.webhooks", "{ webhooks { id } }"),
    (
        "Query.webhookDeliveries",
        "{ webhookDeliveries(webhookId: \"ID\") { nodes { id } } }",
    ),
    (
        "Query.webhookDelivery",
        "{ webhookDelivery(webhookId: \"ID\", id: \"ID\") { id } }",
    ),
    (
        "Mutation.createWebhook",
        "mutation { createWebhook(input: { url: \"https://a.example\" }) { secret } }",
    ),
    (
        "Mutation.updateWebhook",
        "mutation { updateWebhook(input: { id: \"ID\" }) { webhook { id } } }",
    ),
    (
        "Mutation.deleteWebhook",
        "mutation { deleteWebhook(input: { id: \"ID\" }) { deletedWebhookId } }",
    ),
    (
        "Mutation.rotateWebhookSecret",
        "mutation { rotateWebhookSecret(input: { id: \"ID\" }) { secret } }",
    ),
    (
        "Mutation.replayWebhookDelivery",
        "mutation { replayWebhookDelivery(input: { webhookId: \"ID\", id: \"ID\" }) { delivery { id } } }",
    ),
    (
        "Mutation.deleteBackup",
        "mutation { deleteBackup(input: { id: \"ID\" }) { deletedBackupId } }",
    ),
    (
        "Mutation.setBackupRetention",
        "mutation { setBackupRetention(input: { rules: {} }) { retention { keepLast } } }",
    ),
    ("Query.workflow", "{ workflow(id: \"ID\") { id } }"),
    (
        "Query.workflowDefinition",
        "{ workflowDefinition(name: \"x\") { name } }",
    ),
    (
        "Query.workflowDefinitionVersions",
        "{ workflowDefinitionVersions(name: \"x\") { name } }",
    ),
    ("Query.workflowExport", "{ workflowExport(id: \"ID\") }"),
    ("Query.workflowTypes", "{ workflowTypes { name } }"),
    ("Query.workflows", "{ workflows { nodes { id } } }"),
    (
        "Mutation.answerQuestion",
        "mutation { answerQuestion(input: { workflowId: \"ID\", answer: 1 }) { workflow { id } } }",
    ),
    (
        "Mutation.cancelWorkflow",
        "mutation { cancelWorkflow(input: { id: \"ID\" }) { workflow { id } } }",
    ),
    (
        "Mutation.createWorkflow",
        "mutation { createWorkflow(input: { workflowType: \"x\" }) { workflow { id } } }",
    ),
    (
        "Mutation.deleteWorkflow",
        "mutation { deleteWorkflow(input: { id: \"ID\" }) { deletedWorkflowId } }",
    ),
    (
        "Mutation.deleteWorkflowDefinition",
        "mutation { deleteWorkflowDefinition(input: { name: \"x\" }) { deletedName } }",
    ),
    (
        "Mutation.editWorkflowState",
        "mutation { editWorkflowState(input: { id: \"ID\", values: {} }) { workflow { id } } }",
    ),
    (
        "Mutation.executeWorkflow",
        "mutation { executeWorkflow(input: { id: \"ID\" }) { workflow { id } } }",
    ),
    (
        "Mutation.forkWorkflow",
        "mutation { forkWorkflow(input: { sourceId: \"ID\" }) { workflow { id } } }",
    ),
    (
        "Mutation.importWorkflow",
        "mutation { importWorkflow(input: { bundle: {} }) { workflow { id } } }",
    ),
    (
        "Mutation.pauseWorkflow",
        "mutation { pauseWorkflow(input: { id: \"ID\" }) { workflow { id } } }",
    ),
    (
        "Mutation.putWorkflowDefinition",
        "mutation { putWorkflowDefinition(input: { name: \"x\", source: \"{}\" }) { definition { name } } }",
    ),
    (
        "Mutation.resumeWorkflow",
        "mutation { resumeWorkflow(input: { id: \"ID\" }) { workflow { id } } }",
    ),
    (
        "Mutation.revokeWorkflowShare",
        "mutation { revokeWorkflowShare(input: { id: \"ID\", shareId: \"x\" }) { revokedShareId } }",
    ),
    (
        "Mutation.shareWorkflow",
        "mutation { shareWorkflow(input: { id: \"ID\" }) { share { id } } }",
    ),
    (
        "Mutation.steerWorkflows",
        "mutation { steerWorkflows(input: { action: CANCEL, filter: { ids: [\"ID\"] } }) { matching } }",
    ),
    (
        "Mutation.updateWorkflow",
        "mutation { updateWorkflow(input: { id: \"ID\", name: \"n\" }) { workflow { id } } }",
    ),
    (
        "Subscription.workflowEvents",
        "subscription { workflowEvents(id: \"ID\") { number } }",
    ),
    ("Query.job", "{ job(id: \"ID\") { id } }"),
    (
        "Mutation.runAgent",
        "mutation { runAgent(input: { projectId: \"ID\", agentType: CODE }) { job { id } } }",
    ),
    (
        "Mutation.runPipeline",
        "mutation { runPipeline(input: { projectId: \"ID\" }) { job { id } } }",
    ),
    (
        "Mutation.clarifyJob",
        "mutation { clarifyJob(input: { id: \"ID\", answers: [{ question: \"q\", answer: \"a\" }] }) { job { id } } }",
    ),
    (
        "Mutation.cancelJob",
        "mutation { cancelJob(input: { id: \"ID\" }) { job { id } } }",
    ),
    (
        "Subscription.jobUpdated",
        "subscription { jobUpdated(id: \"ID\") { id } }",
    ),
    (
        "Mutation.answerRun",
        "mutation { answerRun(input: { id: \"ID\", answer: 1 }) { run { id } } }",
    ),
    (
        "Mutation.beginStory",
        "mutation { beginStory(input: { prompt: \"A letter.\" }) { story { id } } }",
    ),
    (
        "Mutation.importStory",
        "mutation { importStory(input: { text: \"# One\\n\\nA letter came.\" }) { story { id } } }",
    ),
    (
        "Mutation.answerStory",
        "mutation { answerStory(input: { id: \"ID\", answer: 1 }) { story { id } } }",
    ),
    (
        "Mutation.continueStory",
        "mutation { continueStory(input: { id: \"ID\", prompt: \"More.\" }) { story { id } } }",
    ),
    (
        "Mutation.rewriteScenes",
        "mutation { rewriteScenes(input: { id: \"ID\", chapter: 1 }) { story { id } } }",
    ),
    (
        "Mutation.changeFact",
        "mutation { changeFact(input: { id: \"ID\", fact: \"f\", object: \"x\" }) { story { id } } }",
    ),
    (
        "Mutation.undoChange",
        "mutation { undoChange(input: { id: \"ID\" }) { story { id } } }",
    ),
    (
        "Mutation.waiveFinding",
        "mutation { waiveFinding(input: { id: \"ID\", finding: \"f\", intended: true }) { findings { key } } }",
    ),
    (
        "Mutation.putBible",
        "mutation { putBible(input: { id: \"ID\", entries: [] }) { bible { series } } }",
    ),
    (
        "Mutation.narrateStory",
        "mutation { narrateStory(input: { id: \"ID\" }) { story { id } } }",
    ),
    (
        "Mutation.createBudget",
        "mutation { createBudget(input: { unit: TOKENS, amount: 5 }) { budget { id } } }",
    ),
    (
        "Mutation.updateBudget",
        "mutation { updateBudget(input: { id: \"ID\", amount: 5 }) { budget { id } } }",
    ),
    (
        "Mutation.deleteBudget",
        "mutation { deleteBudget(input: { id: \"ID\" }) { deletedBudgetId } }",
    ),
    (
        "Subscription.usageChanged",
        "subscription { usageChanged { calls } }",
    ),
    (
        "Mutation.cancelSubscription",
        "mutation { cancelSubscription(input: {}) { subscription { status } } }",
    ),
    (
        "Mutation.changeSeats",
        "mutation { changeSeats(input: { seats: 2 }) { subscription { status } } }",
    ),
    (
        "Mutation.createCheckout",
        "mutation { createCheckout(input: { tier: TEAM }) { checkoutUrl } }",
    ),
    (
        "Mutation.beginSecondFactor",
        "mutation { beginSecondFactor(input: {}) { secret } }",
    ),
    (
        "Mutation.confirmSecondFactor",
        "mutation { confirmSecondFactor(input: { code: \"1\" }) { recoveryCodes } }",
    ),
    (
        "Mutation.disableSecondFactor",
        "mutation { disableSecondFactor(input: { code: \"1\" }) { user { id } } }",
    ),
    (
        "Mutation.renewRecoveryCodes",
        "mutation { renewRecoveryCodes(input: { code: \"1\" }) { recoveryCodes } }",
    ),
    (
        "Mutation.requestEmailVerification",
        "mutation { requestEmailVerification(input: {}) { accepted } }",
    ),
    (
        "Mutation.cancelRun",
        "mutation { cancelRun(input: { id: \"ID\" }) { run { id } } }",
    ),
    (
        "Mutation.cancelStory",
        "mutation { cancelStory(input: { id: \"ID\" }) { story { id } } }",
    ),
    (
        "Mutation.changeEmail",
        "mutation { changeEmail(input: { email: \"a@example.org\" }) { user { id } } }",
    ),
    (
        "Mutation.changePassword",
        "mutation { changePassword(input: { newPassword: \"x\" }) { user { id } } }",
    ),
    (
        "Mutation.chatIntent",
        "mutation { chatIntent(input: { message: \"m\", repoUrl: \"https://a.example/b\" }) { message } }",
    ),
    (
        "Mutation.createApiKey",
        "mutation { createApiKey(input: { name: \"k\" }) { key } }",
    ),
    (
        "Mutation.deleteAccount",
        "mutation { deleteAccount(input: {}) { accepted } }",
    ),
    (
        "Mutation.deleteStory",
        "mutation { deleteStory(input: { id: \"ID\" }) { deletedStoryId } }",
    ),
    (
        "Mutation.executeAgent",
        "mutation { executeAgent(input: { type: \"x\", input: {} }) { offline } }",
    ),
    (
        "Mutation.forkRun",
        "mutation { forkRun(input: { id: \"ID\", step: 0 }) { run { id } } }",
    ),
    (
        "Mutation.generateStory",
        "mutation { generateStory(input: { repoUrl: \"https://a.example/b\" }) { story { id } } }",
    ),
    (
        "Mutation.logout",
        "mutation { logout(input: {}) { revokedSessionIds } }",
    ),
    (
        "Mutation.regenerateApiKey",
        "mutation { regenerateApiKey(input: { id: \"ID\" }) { key } }",
    ),
    (
        "Mutation.renameStory",
        "mutation { renameStory(input: { id: \"ID\", title: \"t\" }) { story { id } } }",
    ),
    (
        "Mutation.restartStory",
        "mutation { restartStory(input: { id: \"ID\" }) { story { id } } }",
    ),
    (
        "Mutation.revokeApiKey",
        "mutation { revokeApiKey(input: { id: \"ID\" }) { apiKey { id } } }",
    ),
    (
        "Mutation.revokeSession",
        "mutation { revokeSession(input: { id: \"ID\" }) { revokedSessionIds } }",
    ),
    (
        "Mutation.shareStory",
        "mutation { shareStory(input: { id: \"ID\" }) { story { id } } }",
    ),
    (
        "Mutation.unshareStory",
        "mutation { unshareStory(input: { id: \"ID\" }) { story { id } } }",
    ),
    (
        "Mutation.updateProfile",
        "mutation { updateProfile(input: {}) { profile { id } } }",
    ),
    (
        "Subscription.chat",
        "subscription { chat(input: { message: \"m\" }) { __typename } }",
    ),
    (
        "Subscription.runEvents",
        "subscription { runEvents(id: \"ID\") { number } }",
    ),
    (
        "Subscription.storyEvents",
        "subscription { storyEvents(id: \"ID\") { number } }",
    ),
    (
        "Subscription.storyProgress",
        "subscription { storyProgress(id: \"ID\") { number } }",
    ),
];

#[tokio::test]
async fn every_field_of_the_schema_that_is_not_open_refuses_nobody() {
    let door = Door::open_with(|config| config.allow_anonymous = false).await;
    let open = OPEN_FIELDS.iter().map(|(field, _)| *field);
    let mut known: Vec<_> = FIELDS.iter().map(|(field, _)| *field).chain(open).collect();
    known.sort_unstable();

    let mut all = crate::tests::root_fields();
    all.sort_unstable();

    assert_eq!(all, known, "a field that is new needs a line here");

    for (field, query) in FIELDS {
        let query = query.replace("ID", ID);
        let request = door
            .http
            .post(door.url("/graphql"))
            .header("accept", "application/json, text/event-stream;q=0.9");
        let answer = Answer::of(request.json(&json!({ "query": query }))).await;

        assert!(
            answer.text().contains(r#""code":"AUTHENTICATION_ERROR""#),
            "{field}: {}",
            answer.text()
        );
    }

    assert!(door.world.lock().actors.is_empty(), "no service was asked");
}
