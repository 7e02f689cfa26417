//! Scripted services: they answer what a test has put into them and remember what they were asked.

mod auth;

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

pub(super) use self::auth::{Person, Signer, now};

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
    /// The handler panics.
    pub(super) created: Vec<pb::CreateCodeStoryRequest>,
    pub(super) restarted: Vec<pb::RestartStoryRequest>,
    pub(super) listed: Vec<pb::ListStoriesRequest>,
    pub(super) agent_inputs: Vec<(String, String)>,
    pub(super) agent: Vec<Result<Event, Problem>>,
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
    live: broadcast::Sender<pb::RunEvent>,
    version: watch::Sender<u64>,
}

#[derive(Clone, Default)]
pub(super) struct World {
    state: Arc<Mutex<State>>,
    pub(super) open_watches: Arc<AtomicUsize>,
}

pub(super) fn event(number: u64, kind: &str, data: &str) -> pb::RunEvent {
    pb::RunEvent {
        number,
        kind: kind.into(),
        data: data.into(),
        at: "2026-01-01T12:00:00Z".into(),
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
            repo_url: "https://github.com/o/r".into(),
            repo_name: "o/r".into(),
            style: "documentary".into(),
            duration_minutes: 5,
            run_id: format!("run-{id}"),
            status: status.into(),
            created_at: "2026-01-01T12:00:00Z".into(),
            updated_at: format!("2026-01-01T12:00:{:02}Z", id % 60),
            ..pb::Story::default()
        };
        let run = FakeRun {
            events: Vec::new(),
            ended: false,
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
        self.change(run, |run| {
            for event in events {
                if event.number == 0 {
                    let _ = run.live.send(event);
                } else {
                    run.events.push(event);
                }
            }
        });
    }

    pub(super) fn end(&self, run: &str) {
        self.change(run, |run| run.ended = true);
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
        _: Request<pb::BatchGetStoriesRequest>,
    ) -> Result<Response<pb::BatchGetStoriesResponse>, Status> {
        Err(Status::unimplemented("not scripted"))
    }

    async fn list_stories(
        &self,
        request: Request<pb::ListStoriesRequest>,
    ) -> Result<Response<pb::ListStoriesResponse>, Status> {
        self.meet(&request).await?;
        let request = request.into_inner();
        let mut state = self.lock();
        let mut all: Vec<_> = state.stories.values().cloned().collect();
        all.sort_by(|a, b| b.updated_at.cmp(&a.updated_at).then(a.id.cmp(&b.id)));
        let from: usize = request.page_token.parse().unwrap_or_default();
        let size = request.page_size as usize;
        let next = if from + size < all.len() {
            (from + size).to_string()
        } else {
            String::new()
        };
        state.listed.push(request);
        let stories = all.into_iter().skip(from).take(size).collect();
        Ok(Response::new(pb::ListStoriesResponse {
            stories,
            next_page_token: next,
        }))
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
        let id = request.into_inner().id;
        let state = self.lock();
        let run = state.runs.get(&id).ok_or_else(unknown)?;
        let status = if run.ended {
            pb::RunStatus::Completed
        } else {
            pb::RunStatus::Running
        };
        let last_event = run.events.last().map_or(0, |event| event.number);
        Ok(Response::new(pb::Run {
            id,
            status: status.into(),
            last_event,
            ..pb::Run::default()
        }))
    }

    async fn batch_get_runs(
        &self,
        _: Request<pb::BatchGetRunsRequest>,
    ) -> Result<Response<pb::BatchGetRunsResponse>, Status> {
        Err(Status::unimplemented("not scripted"))
    }

    async fn list_runs(
        &self,
        _: Request<pb::ListRunsRequest>,
    ) -> Result<Response<pb::ListRunsResponse>, Status> {
        Err(Status::unimplemented("not scripted"))
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

    async fn cancel_run(&self, _: Request<pb::CancelRunRequest>) -> Result<Response<pb::Run>, Status> {
        Err(Status::unimplemented("not scripted"))
    }

    async fn answer_run(&self, _: Request<pb::AnswerRunRequest>) -> Result<Response<pb::Run>, Status> {
        Err(Status::unimplemented("not scripted"))
    }

    async fn list_checkpoints(
        &self,
        _: Request<pb::ListCheckpointsRequest>,
    ) -> Result<Response<pb::ListCheckpointsResponse>, Status> {
        Err(Status::unimplemented("not scripted"))
    }

    async fn fork_run(&self, _: Request<pb::ForkRunRequest>) -> Result<Response<pb::Run>, Status> {
        Err(Status::unimplemented("not scripted"))
    }
}

#[tonic::async_trait]
impl Agents for World {
    async fn list_agents(
        &self,
        _: Request<pb::ListAgentsRequest>,
    ) -> Result<Response<pb::ListAgentsResponse>, Status> {
        Err(Status::unimplemented("not scripted"))
    }

    async fn get_agent(&self, _: Request<pb::GetAgentRequest>) -> Result<Response<pb::Agent>, Status> {
        Err(Status::unimplemented("not scripted"))
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
