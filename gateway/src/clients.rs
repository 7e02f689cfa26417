//! The services as the gateway sees them: one method per call, each with the caller's identity, the request id and a
//! deadline. Holds no rule of any service.

mod accounts;
mod auth;

use std::{future::Future, time::Duration};

use kit::{
    Problem,
    rpc::{Caller, RpcChannel},
};
use proto::v1::{
    Agent, BatchGetRunsRequest, BatchGetStoriesRequest, BatchGetStoriesResponse, CancelRunRequest,
    CancelStoryRequest, CreateCodeStoryRequest, GetAgentRequest, GetRunRequest, GetStoryRequest,
    ListAgentsRequest, ListRunsRequest, ListRunsResponse, ListStoriesRequest, ListStoriesResponse,
    RestartStoryRequest, Run, RunAgentEvent, RunAgentRequest, RunEvent, Story, StoryKind, WatchRunRequest,
    accounts_client::AccountsClient, agents_client::AgentsClient, auth_client::AuthClient,
    runs_client::RunsClient, stories_client::StoriesClient,
};
use tonic::{Response, Status, Streaming};
use uuid::Uuid;

use crate::identity::Call;

/// Stories that a list holds at most.
pub(crate) const LIST_CAP: usize = 1_000;
const PAGE: u32 = 100;

/// Time that an answer may be late before the gateway stops waiting for a peer that does not keep its deadline.
const GRACE: Duration = Duration::from_secs(1);

#[derive(Clone)]
pub(crate) struct Clients {
    stories: StoriesClient<RpcChannel>,
    runs: RunsClient<RpcChannel>,
    agents: AgentsClient<RpcChannel>,
    auth: AuthClient<RpcChannel>,
    accounts: AccountsClient<RpcChannel>,
    caller: Caller,
    timeout: Duration,
}

impl Clients {
    pub(crate) fn new(
        story: RpcChannel,
        agent: RpcChannel,
        auth: RpcChannel,
        caller: Caller,
        timeout: Duration,
    ) -> Self {
        Self {
            stories: StoriesClient::new(story.clone()),
            runs: RunsClient::new(story),
            agents: AgentsClient::new(agent),
            auth: AuthClient::new(auth.clone()),
            accounts: AccountsClient::new(auth),
            caller,
            timeout,
        }
    }

    fn request<T>(&self, call: &Call, message: T) -> tonic::Request<T> {
        self.request_within(call, self.timeout, message)
    }

    fn request_within<T>(&self, call: &Call, timeout: Duration, message: T) -> tonic::Request<T> {
        self.caller
            .request(&call.actor, &call.request_id, timeout, message)
    }

    async fn answer<T>(&self, call: impl Future<Output = Result<Response<T>, Status>>) -> Result<T, Problem> {
        within(self.timeout + GRACE, call).await
    }

    pub(crate) async fn create_code_story(
        &self,
        call: &Call,
        story: CreateCodeStoryRequest,
    ) -> Result<Story, Problem> {
        let request = self.request(call, story);
        self.answer(self.stories.clone().create_code_story(request)).await
    }

    pub(crate) async fn get_story(&self, call: &Call, id: Uuid) -> Result<Story, Problem> {
        let request = self.request(call, GetStoryRequest { id: id.to_string() });
        self.answer(self.stories.clone().get_story(request)).await
    }

    pub(crate) async fn batch_get_stories(
        &self,
        call: &Call,
        batch: BatchGetStoriesRequest,
    ) -> Result<BatchGetStoriesResponse, Problem> {
        let request = self.request(call, batch);
        self.answer(self.stories.clone().batch_get_stories(request)).await
    }

    /// One page of the caller's stories, newest first.
    pub(crate) async fn stories_page(
        &self,
        call: &Call,
        page: ListStoriesRequest,
    ) -> Result<ListStoriesResponse, Problem> {
        let request = self.request(call, page);
        self.answer(self.stories.clone().list_stories(request)).await
    }

    /// The caller's stories, newest first, at most [`LIST_CAP`].
    pub(crate) async fn list_stories(&self, call: &Call, kind: StoryKind) -> Result<Vec<Story>, Problem> {
        let mut all: Vec<Story> = Vec::new();
        let mut page_token = None;

        loop {
            let message = ListStoriesRequest {
                kind: kind.into(),
                status: 0,
                page_size: Some(PAGE),
                page_token,
            };
            let page = self.stories_page(call, message).await?;
            all.extend(page.stories);
            page_token = page.next_page_token;

            if page_token.is_none() || all.len() >= LIST_CAP {
                all.truncate(LIST_CAP);
                return Ok(all);
            }
        }
    }

    pub(crate) async fn restart_story(
        &self,
        call: &Call,
        id: Uuid,
        idempotency_key: Option<String>,
    ) -> Result<Story, Problem> {
        let request = self.request(
            call,
            RestartStoryRequest {
                id: id.to_string(),
                idempotency_key,
            },
        );
        self.answer(self.stories.clone().restart_story(request)).await
    }

    pub(crate) async fn cancel_story(&self, call: &Call, id: Uuid) -> Result<Story, Problem> {
        let request = self.request(call, CancelStoryRequest { id: id.to_string() });
        self.answer(self.stories.clone().cancel_story(request)).await
    }

    pub(crate) async fn get_run(&self, call: &Call, id: &str) -> Result<Run, Problem> {
        let request = self.request(call, GetRunRequest { id: id.to_owned() });
        self.answer(self.runs.clone().get_run(request)).await
    }

    pub(crate) async fn batch_get_runs(&self, call: &Call, ids: Vec<String>) -> Result<Vec<Run>, Problem> {
        let request = self.request(call, BatchGetRunsRequest { ids });
        let batch = self.answer(self.runs.clone().batch_get_runs(request)).await?;
        Ok(batch.runs)
    }

    /// One page of the caller's runs, newest first.
    pub(crate) async fn runs_page(
        &self,
        call: &Call,
        page: ListRunsRequest,
    ) -> Result<ListRunsResponse, Problem> {
        let request = self.request(call, page);
        self.answer(self.runs.clone().list_runs(request)).await
    }

    pub(crate) async fn cancel_run(&self, call: &Call, id: Uuid) -> Result<Run, Problem> {
        let request = self.request(call, CancelRunRequest { id: id.to_string() });
        self.answer(self.runs.clone().cancel_run(request)).await
    }

    /// Events above `after` until the run has ended. It lasts as long as the run, so only its beginning has a deadline.
    pub(crate) async fn watch_run(
        &self,
        call: &Call,
        id: &str,
        after: u64,
    ) -> Result<Streaming<RunEvent>, Problem> {
        let message = WatchRunRequest {
            id: id.to_owned(),
            after,
        };
        let request = self
            .caller
            .request_without_deadline(&call.actor, &call.request_id, message);
        self.answer(self.runs.clone().watch_run(request)).await
    }

    pub(crate) async fn list_agents(&self, call: &Call) -> Result<Vec<Agent>, Problem> {
        let request = self.request(call, ListAgentsRequest {});
        let list = self.answer(self.agents.clone().list_agents(request)).await?;
        Ok(list.agents)
    }

    pub(crate) async fn get_agent(&self, call: &Call, name: String) -> Result<Agent, Problem> {
        let request = self.request(call, GetAgentRequest { name });
        self.answer(self.agents.clone().get_agent(request)).await
    }

    pub(crate) async fn run_agent(
        &self,
        call: &Call,
        name: &str,
        input: String,
        timeout: Duration,
    ) -> Result<Streaming<RunAgentEvent>, Problem> {
        let message = RunAgentRequest {
            name: name.to_owned(),
            input,
            run_id: String::new(),
        };
        let request = self.request_within(call, timeout, message);
        within(timeout + GRACE, self.agents.clone().run_agent(request)).await
    }
}

async fn within<T>(
    timeout: Duration,
    call: impl Future<Output = Result<Response<T>, Status>>,
) -> Result<T, Problem> {
    match tokio::time::timeout(timeout, call).await {
        Ok(Ok(response)) => Ok(response.into_inner()),
        Ok(Err(status)) => Err(Problem::from_status(&status)),
        Err(_) => Err(Problem::from_status(&Status::deadline_exceeded(""))),
    }
}
