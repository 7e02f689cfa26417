//! Scripted services: they answer what a test has put into them and remember what they were asked.

mod auth;
mod billing;
mod chats;
mod workflows;

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures::Stream;
use kit::{Problem, actor::Actor, rpc::actor_of};
use proto::v1::{
    self as pb, agents_server::Agents, run_agent_event::Event, runs_server::Runs, stories_server::Stories,
};
use tokio::sync::{broadcast, watch};
use tonic::{Request, Response, Status};

pub(super) use self::{
    auth::{Person, Signer, now},
    workflows::add_workflows,
};

/// A story's run has its number and this.
const RUNS: u128 = 1_000_000;

pub(super) type Streamed<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[derive(Default)]
pub(super) struct State {
    pub(super) stories: HashMap<String, pb::Story>,
    pub(super) runs: HashMap<String, FakeRun>,
    pub(super) people: auth::People,
    /// What the next call is answered with, instead of doing anything.
    pub(super) refusal: Option<Problem>,
    /// Calls are not answered at all.
    pub(super) silent: bool,
    pub(super) created: Vec<pb::CreateCodeStoryRequest>,
    pub(super) restarted: Vec<pb::RestartStoryRequest>,
    pub(super) listed: Vec<pb::ListStoriesRequest>,
    pub(super) titled: Vec<pb::ListStoryTitlesRequest>,
    pub(super) listed_runs: Vec<pb::ListRunsRequest>,
    pub(super) answered: Vec<pb::AnswerRunRequest>,
    pub(super) forked: Vec<pb::ForkRunRequest>,
    pub(super) agents: Vec<pb::Agent>,
    pub(super) agent_inputs: Vec<(String, String)>,
    pub(super) agent: Vec<Result<Event, Problem>>,
    pub(super) chats: Vec<pb::ChatRequest>,
    pub(super) chat: Vec<Result<pb::chat_event::Event, Problem>>,
    /// How often everybody may call models in a minute, as billing says; 0 where nothing is sold, none while it is away.
    pub(super) rate: Option<u32>,
    pub(super) rates_asked: usize,
    /// The one feature that no tier below Pro has, as billing says; none while it is away.
    pub(super) lacking: Option<&'static str>,
    pub(super) actors: Vec<Actor>,
    pub(super) request_ids: Vec<String>,
    /// Afters of all WatchRun calls.
    pub(super) watched: Vec<u64>,
    /// A watch breaks off once, after this many events.
    pub(super) break_after: Option<usize>,
}

pub(super) struct FakeRun {
    pub(super) events: Vec<pb::RunEvent>,
    pub(super) ended: bool,
    pub(super) status: pb::RunStatus,
    live: broadcast::Sender<pb::RunEvent>,
    version: watch::Sender<u64>,
}

#[derive(Clone, Default)]
pub(super) struct World {
    state: Arc<Mutex<State>>,
    pub(super) open_watches: Arc<AtomicUsize>,
}

/// So many seconds after the noon at which everything happens here.
pub(super) fn moment(seconds: u8) -> Option<proto::Timestamp> {
    proto::Timestamp::date_time(2026, 1, 1, 12, 0, seconds).ok()
}

pub(super) fn event(number: u64, kind: &str, data: &str) -> pb::RunEvent {
    pb::RunEvent {
        number,
        kind: kind.into(),
        data: data.into(),
        at: moment(0),
        // The run that it is told of says whose it is.
        run_id: String::new(),
        graph: String::new(),
    }
}

pub(super) fn log(number: u64) -> pb::RunEvent {
    event(
        number,
        "log",
        &format!(r#"{{"agent_name":"Analyzer","action":"Step {number}","level":"info"}}"#),
    )
}

impl World {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("no test panics while it holds the world")
    }

    /// A story with a run, in the given state.
    pub(super) fn story(&self, id: u128, status: pb::RunStatus) -> pb::Story {
        let story = pb::Story {
            id: uuid::Uuid::from_u128(id).to_string(),
            kind: pb::StoryKind::Code.into(),
            run_id: uuid::Uuid::from_u128(RUNS + id).to_string(),
            status: status.into(),
            created_at: moment(0),
            updated_at: moment(u8::try_from(id % 60).expect("below a minute")),
            request: Some(pb::story::Request::Code(pb::CodeRequest {
                repo_url: "https://github.com/o/r".into(),
                repo_name: "o/r".into(),
                style: pb::Style::Documentary.into(),
                duration_minutes: 5,
                ..pb::CodeRequest::default()
            })),
            ..pb::Story::default()
        };

        let run = FakeRun {
            events: Vec::new(),
            ended: false,
            status,
            live: broadcast::Sender::new(1_024),
            version: watch::Sender::new(0),
        };

        let mut state = self.lock();
        state.runs.insert(story.run_id.clone(), run);
        state.stories.insert(story.id.clone(), story.clone());

        story
    }

    /// Adds events to a run and wakes whoever watches.
    pub(super) fn tell(&self, run: &str, events: impl IntoIterator<Item = pb::RunEvent>) {
        let id = run.to_owned();
        self.change(run, |run| {
            for mut event in events {
                event.run_id = id.clone();
                event.graph = "code_story".into();
                if event.number == 0 {
                    let _ = run.live.send(event);
                } else {
                    run.events.push(event);
                }
            }
        });
    }

    /// Makes the story again: its next run has the given events and has ended.
    pub(super) fn remake(&self, story: &pb::Story, events: impl IntoIterator<Item = pb::RunEvent>) -> String {
        let next = self.story(0xa77e, pb::RunStatus::Running);
        let remade = pb::Story {
            run_id: next.run_id.clone(),
            status: pb::RunStatus::Completed.into(),
            ..story.clone()
        };

        let mut state = self.lock();
        state.stories.remove(&next.id);
        state.stories.insert(story.id.clone(), remade);
        drop(state);

        self.tell(&next.run_id, events);
        self.end(&next.run_id);

        next.run_id
    }

    pub(super) fn end(&self, run: &str) {
        self.change(run, |run| {
            run.ended = true;
            run.status = pb::RunStatus::Completed;
        });
    }

    /// Calls that services got so far.
    pub(super) fn calls(&self) -> usize {
        self.lock().actors.len()
    }

    fn change(&self, run: &str, change: impl FnOnce(&mut FakeRun)) {
        let mut state = self.lock();
        let run = state.runs.get_mut(run).expect("a known run");
        change(run);
        run.version.send_modify(|version| *version += 1);
    }

    async fn meet<T>(&self, request: &Request<T>) -> Result<(), Status> {
        let actor = actor_of(request)?;
        let id = kit::rpc::request_id_of(request);
        let silent = {
            let mut state = self.lock();
            state.actors.push(actor);
            state.request_ids.push(id.to_string());
            if let Some(problem) = state.refusal.take() {
                return Err(problem.into_status());
            }
            state.silent
        };
        if silent {
            std::future::pending::<()>().await;
        }

        Ok(())
    }

    fn find(&self, id: &str) -> Result<Response<pb::Story>, Status> {
        let story = self.lock().stories.get(id).cloned();
        story.map(Response::new).ok_or_else(unknown)
    }

    fn change_story(
        &self,
        id: &str,
        change: impl FnOnce(&mut pb::Story),
    ) -> Result<Response<pb::Story>, Status> {
        if let Some(story) = self.lock().stories.get_mut(id) {
            change(story);
        }
        self.find(id)
    }
}

impl State {
    fn run(&self, id: &str) -> Option<pb::Run> {
        let run = self.runs.get(id)?;
        Some(pb::Run {
            id: id.to_owned(),
            graph: "code_story".into(),
            status: run.status.into(),
            created_at: moment(0),
            updated_at: moment(0),
            last_event: run.events.last().map_or(0, |event| event.number),
            ..pb::Run::default()
        })
    }

    fn title(story: &pb::Story) -> pb::StoryTitle {
        pb::StoryTitle {
            id: story.id.clone(),
            title: story.title.clone(),
            updated_at: story.updated_at,
        }
    }

    /// As a list or a batch has it.
    fn brief(story: &pb::Story) -> pb::Story {
        story.clone().without_chapters()
    }
}

/// The rows of a page, each with its token, and the token of the next one: how many rows are before it.
fn page<T>(
    all: Vec<T>,
    size: Option<u32>,
    token: Option<&str>,
    mark: impl Fn(&mut T, String),
) -> (Vec<T>, Option<String>) {
    let from: usize = token.and_then(|token| token.parse().ok()).unwrap_or_default();
    let size = size.unwrap_or(20) as usize;
    let next = (from + size < all.len()).then(|| (from + size).to_string());

    let mut rows: Vec<_> = all.into_iter().skip(from).take(size).collect();
    for (place, row) in rows.iter_mut().enumerate() {
        mark(row, (from + place + 1).to_string());
    }

    (rows, next)
}

fn bad_page_token(token: Option<&str>) -> Result<(), Status> {
    let known = token.is_none_or(|token| token.parse::<usize>().is_ok());
    let fields = vec![kit::FieldViolation::new(
        "page_token",
        "the next_page_token of an earlier page",
    )];
    let refused = || Problem::invalid("INVALID_FIELDS", "page_token: expected…", fields).into_status();
    known.then_some(()).ok_or_else(refused)
}

fn unknown() -> Status {
    Problem::new(
        kit::ErrorKind::NotFound,
        "STORY_NOT_FOUND",
        "There is no such story.",
    )
    .into_status()
}

#[tonic::async_trait]
impl Stories for World {
    async fn create_code_story(
        &self,
        request: Request<pb::CreateCodeStoryRequest>,
    ) -> Result<Response<pb::Story>, Status> {
        self.meet(&request).await?;
        self.lock().created.push(request.into_inner());
        Ok(Response::new(self.story(1, pb::RunStatus::Queued)))
    }

    async fn get_story(&self, request: Request<pb::GetStoryRequest>) -> Result<Response<pb::Story>, Status> {
        self.meet(&request).await?;
        self.find(&request.get_ref().id)
    }

    async fn batch_get_stories(
        &self,
        request: Request<pb::BatchGetStoriesRequest>,
    ) -> Result<Response<pb::BatchGetStoriesResponse>, Status> {
        self.meet(&request).await?;

        let request = request.into_inner();
        let total = request.ids.len() + request.run_ids.len();

        assert!(
            total <= if request.with_chapters { 20 } else { 100 },
            "{total} ids in a batch"
        );

        let state = self.lock();
        let mut answer = pb::BatchGetStoriesResponse::default();
        for story in state.stories.values() {
            let by_run = request.run_ids.contains(&story.run_id);
            if by_run {
                answer
                    .story_ids_by_run
                    .insert(story.run_id.clone(), story.id.clone());
            }

            if by_run || request.ids.contains(&story.id) {
                let shown = if request.with_chapters {
                    story.clone()
                } else {
                    State::brief(story)
                };
                answer.stories.push(shown);
            }
        }

        Ok(Response::new(answer))
    }

    async fn list_stories(
        &self,
        request: Request<pb::ListStoriesRequest>,
    ) -> Result<Response<pb::ListStoriesResponse>, Status> {
        self.meet(&request).await?;

        let request = request.into_inner();
        bad_page_token(request.page_token.as_deref())?;

        let mut state = self.lock();
        let mut all: Vec<_> = state.stories.values().map(State::brief).collect();
        all.sort_by(|a, b| {
            let seconds = |story: &pb::Story| story.updated_at.map(|at| at.seconds);
            seconds(b).cmp(&seconds(a)).then(a.id.cmp(&b.id))
        });

        let (stories, next_page_token) = page(
            all,
            request.page_size,
            request.page_token.as_deref(),
            |story, token| {
                story.page_token = Some(token);
            },
        );
        let whole = stories.into_iter().map(|story| match request.headlines {
            true => pb::Story {
                // The service calls a story after its repository until it has a title.
                title: match story.title.is_empty() {
                    true => story.code().unwrap().repo_name.clone(),
                    false => story.title.clone(),
                },
                request: None,
                result: None,
                ..story
            },
            false => story,
        });
        let stories = whole.collect();
        state.listed.push(request);

        let total = state.listed.last().is_some_and(|request| request.with_total);
        Ok(Response::new(pb::ListStoriesResponse {
            stories,
            next_page_token,
            total: total.then_some(state.stories.len() as u64),
        }))
    }

    async fn list_story_titles(
        &self,
        request: Request<pb::ListStoryTitlesRequest>,
    ) -> Result<Response<pb::ListStoryTitlesResponse>, Status> {
        self.meet(&request).await?;

        let mut state = self.lock();
        let mut titles: Vec<_> = state.stories.values().map(State::title).collect();
        titles.sort_by_key(|story| std::cmp::Reverse(story.updated_at.map(|at| at.seconds)));
        titles.truncate(1_000);
        state.titled.push(request.into_inner());

        Ok(Response::new(pb::ListStoryTitlesResponse { titles }))
    }

    async fn restart_story(
        &self,
        request: Request<pb::RestartStoryRequest>,
    ) -> Result<Response<pb::Story>, Status> {
        self.meet(&request).await?;
        let request = request.into_inner();
        let story = self.find(&request.id);
        self.lock().restarted.push(request);
        story
    }

    async fn cancel_story(
        &self,
        request: Request<pb::CancelStoryRequest>,
    ) -> Result<Response<pb::Story>, Status> {
        self.meet(&request).await?;
        self.find(&request.get_ref().id)
    }

    async fn get_shared_story(
        &self,
        request: Request<pb::GetSharedStoryRequest>,
    ) -> Result<Response<pb::Story>, Status> {
        self.meet(&request).await?;
        let token = &request.get_ref().token;
        let state = self.lock();
        let shared = state
            .stories
            .values()
            .find(|story| story.share.as_ref().is_some_and(|share| share.token == *token));
        let shared = shared.cloned().map(|story| pb::Story { share: None, ..story });

        shared.map(Response::new).ok_or_else(unknown)
    }

    async fn rename_story(
        &self,
        request: Request<pb::RenameStoryRequest>,
    ) -> Result<Response<pb::Story>, Status> {
        self.meet(&request).await?;
        let pb::RenameStoryRequest { id, title } = request.into_inner();
        self.change_story(&id, |story| story.title = title)
    }

    async fn share_story(
        &self,
        request: Request<pb::ShareStoryRequest>,
    ) -> Result<Response<pb::Story>, Status> {
        self.meet(&request).await?;
        self.change_story(&request.get_ref().id, |story| {
            story.share = Some(pb::StoryShare {
                token: format!("token-of-{}", story.id),
                created_at: moment(0),
            });
        })
    }

    async fn unshare_story(
        &self,
        request: Request<pb::UnshareStoryRequest>,
    ) -> Result<Response<pb::Story>, Status> {
        self.meet(&request).await?;
        self.change_story(&request.get_ref().id, |story| story.share = None)
    }

    async fn delete_story(
        &self,
        request: Request<pb::DeleteStoryRequest>,
    ) -> Result<Response<pb::DeleteStoryResponse>, Status> {
        self.meet(&request).await?;
        let gone = self.lock().stories.remove(&request.get_ref().id);
        gone.map(|_| Response::new(pb::DeleteStoryResponse {}))
            .ok_or_else(unknown)
    }

    async fn delete_stories(
        &self,
        request: Request<pb::DeleteStoriesRequest>,
    ) -> Result<Response<pb::DeleteStoriesResponse>, Status> {
        self.meet(&request).await?;
        let mut answer = pb::DeleteStoriesResponse::default();
        for id in request.into_inner().ids {
            match self.lock().stories.remove(&id) {
                Some(_) => answer.deleted_ids.push(id),
                None => answer.unknown_ids.push(id),
            }
        }

        Ok(Response::new(answer))
    }
}

/// Counts a watch for as long as it lasts.
struct OpenWatch(Arc<AtomicUsize>);

impl Drop for OpenWatch {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[tonic::async_trait]
impl Runs for World {
    async fn get_run(&self, request: Request<pb::GetRunRequest>) -> Result<Response<pb::Run>, Status> {
        self.meet(&request).await?;
        let run = self.lock().run(&request.get_ref().id);
        run.map(Response::new).ok_or_else(unknown)
    }

    async fn batch_get_runs(
        &self,
        request: Request<pb::BatchGetRunsRequest>,
    ) -> Result<Response<pb::BatchGetRunsResponse>, Status> {
        self.meet(&request).await?;
        let ids = request.into_inner().ids;
        assert!(ids.len() <= 100, "{} ids in a batch", ids.len());
        let state = self.lock();
        Ok(Response::new(pb::BatchGetRunsResponse {
            runs: ids.iter().filter_map(|id| state.run(id)).collect(),
        }))
    }

    async fn list_runs(
        &self,
        request: Request<pb::ListRunsRequest>,
    ) -> Result<Response<pb::ListRunsResponse>, Status> {
        self.meet(&request).await?;

        let request = request.into_inner();
        bad_page_token(request.page_token.as_deref())?;

        let mut state = self.lock();
        state.listed_runs.push(request.clone());
        let mut all: Vec<_> = state.runs.keys().filter_map(|id| state.run(id)).collect();
        all.retain(|run| request.status == 0 || run.status == request.status);
        all.sort_by(|a, b| a.id.cmp(&b.id));
        if let Some(story) = &request.story_id {
            let story = state.stories.get(story).ok_or_else(unknown)?;
            all.retain(|run| run.id == story.run_id);
        }

        let total = request.with_total.then_some(all.len() as u64);
        let (runs, next_page_token) = page(
            all,
            request.page_size,
            request.page_token.as_deref(),
            |run, token| {
                run.page_token = Some(token);
            },
        );

        Ok(Response::new(pb::ListRunsResponse {
            runs,
            next_page_token,
            total,
        }))
    }

    async fn list_run_events(
        &self,
        request: Request<pb::ListRunEventsRequest>,
    ) -> Result<Response<pb::ListRunEventsResponse>, Status> {
        self.meet(&request).await?;
        let request = request.into_inner();
        let state = self.lock();
        let run = state.runs.get(&request.id).ok_or_else(unknown)?;

        let before = request.before.unwrap_or(u64::MAX);
        let mut events = run.events.to_vec();
        events.retain(|event| event.number > request.after && event.number < before);
        let size = request.page_size.unwrap_or(20) as usize;
        if request.backward {
            events.drain(..events.len().saturating_sub(size));
        }
        events.truncate(size);

        Ok(Response::new(pb::ListRunEventsResponse {
            events,
            last_event: run.events.last().map_or(0, |event| event.number),
        }))
    }

    type WatchRunStream = Streamed<pb::RunEvent>;

    async fn watch_run(
        &self,
        request: Request<pb::WatchRunRequest>,
    ) -> Result<Response<Self::WatchRunStream>, Status> {
        self.meet(&request).await?;

        let pb::WatchRunRequest { id, mut after } = request.into_inner();
        let world = self.clone();
        let (mut live, mut version, break_after) = {
            let mut state = self.lock();
            state.watched.push(after);
            let break_after = state.break_after.take();
            let run = state.runs.get(&id).ok_or_else(unknown)?;
            (run.live.subscribe(), run.version.subscribe(), break_after)
        };

        self.open_watches.fetch_add(1, Ordering::SeqCst);

        let open = OpenWatch(Arc::clone(&self.open_watches));
        let events = async_stream::stream! {
            let _open = open;
            let mut told = 0;
            loop {
                version.borrow_and_update();
                let (events, ended) = {
                    let state = world.lock();
                    let run = &state.runs[&id];
                    (run.events.iter().filter(|event| event.number > after).cloned().collect::<Vec<_>>(), run.ended)
                };
                for event in events {
                    if break_after.is_some_and(|limit| told >= limit) {
                        yield Err(Status::unavailable("the connection broke"));
                        return;
                    }
                    told += 1;
                    after = event.number;
                    yield Ok(event);
                }
                while let Ok(delta) = live.try_recv() {
                    yield Ok(delta);
                }
                if ended {
                    return;
                }
                if version.changed().await.is_err() {
                    return;
                }
            }
        };

        Ok(Response::new(Box::pin(events)))
    }

    async fn cancel_run(&self, request: Request<pb::CancelRunRequest>) -> Result<Response<pb::Run>, Status> {
        self.meet(&request).await?;
        let run = self.lock().run(&request.get_ref().id);
        run.map(Response::new).ok_or_else(unknown)
    }

    async fn answer_run(&self, request: Request<pb::AnswerRunRequest>) -> Result<Response<pb::Run>, Status> {
        self.meet(&request).await?;
        let run = self.lock().run(&request.get_ref().id);
        self.lock().answered.push(request.into_inner());
        run.map(Response::new).ok_or_else(unknown)
    }

    async fn list_checkpoints(
        &self,
        request: Request<pb::ListCheckpointsRequest>,
    ) -> Result<Response<pb::ListCheckpointsResponse>, Status> {
        self.meet(&request).await?;
        self.lock().run(&request.get_ref().run_id).ok_or_else(unknown)?;
        let checkpoint = |step: u64, next: &[&str]| pb::Checkpoint {
            step,
            next: next.iter().map(|node| (*node).to_owned()).collect(),
            created_at: moment(0),
        };

        Ok(Response::new(pb::ListCheckpointsResponse {
            checkpoints: vec![checkpoint(1, &["write"]), checkpoint(0, &["analyze"])],
        }))
    }

    async fn fork_run(&self, request: Request<pb::ForkRunRequest>) -> Result<Response<pb::Run>, Status> {
        self.meet(&request).await?;
        let run = self.lock().run(&request.get_ref().run_id);
        self.lock().forked.push(request.into_inner());
        run.map(Response::new).ok_or_else(unknown)
    }
}

#[tonic::async_trait]
impl Agents for World {
    async fn list_agents(
        &self,
        request: Request<pb::ListAgentsRequest>,
    ) -> Result<Response<pb::ListAgentsResponse>, Status> {
        self.meet(&request).await?;
        let agents = self.lock().agents.clone();
        Ok(Response::new(pb::ListAgentsResponse { agents }))
    }

    async fn get_agent(&self, request: Request<pb::GetAgentRequest>) -> Result<Response<pb::Agent>, Status> {
        self.meet(&request).await?;

        let name = &request.get_ref().name;
        let agent = self
            .lock()
            .agents
            .iter()
            .find(|agent| agent.name == *name)
            .cloned();

        agent.map(Response::new).ok_or_else(unknown)
    }

    type RunAgentStream = Streamed<pb::RunAgentEvent>;

    async fn run_agent(
        &self,
        request: Request<pb::RunAgentRequest>,
    ) -> Result<Response<Self::RunAgentStream>, Status> {
        self.meet(&request).await?;

        let pb::RunAgentRequest { name, input, .. } = request.into_inner();
        let mut state = self.lock();
        state.agent_inputs.push((name, input));

        let script: Vec<_> = std::mem::take(&mut state.agent)
            .into_iter()
            .map(|said| {
                said.map(|event| pb::RunAgentEvent { event: Some(event) })
                    .map_err(Problem::into_status)
            })
            .collect();

        Ok(Response::new(Box::pin(futures::stream::iter(script))))
    }
}
