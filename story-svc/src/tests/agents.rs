//! A scripted agent-svc: answers each task with something derived from its input, records every call, and fails, hangs
//! or breaks off where a test says so.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures::Stream;
use kit::actor::Actor;
use kit::rpc::actor_of;
use proto::v1::agents_server::Agents;
use proto::v1::run_agent_event::Event;
use proto::v1::{
    Agent, AgentDelta, AgentLog, AgentOutput, AgentUsage, GetAgentRequest, ListAgentsRequest,
    ListAgentsResponse, RunAgentEvent, RunAgentRequest,
};
use serde_json::{Value, json};
use tokio::sync::watch;
use tonic::{Request, Response, Status};

/// What goes wrong with a call.
#[derive(Clone)]
pub(super) enum Fault {
    Fail(Status),
    /// Says its first log line and then nothing.
    Hang,
    /// Ends without an output.
    BreakOff,
    /// Answers this instead.
    Answer(Value),
}

#[derive(Clone)]
pub(super) struct Call {
    /// `codestory.voice/chunk`: the agent and, where it has several, the task.
    pub(super) task: String,
    pub(super) input: Value,
    pub(super) actor: Actor,
    pub(super) run_id: String,
}

struct Script {
    calls: Mutex<Vec<Call>>,
    /// By task: faults of its next calls; `None` is a call that goes well.
    faults: Mutex<HashMap<String, Vec<Option<Fault>>>>,
    hanging: watch::Sender<usize>,
    abandoned: watch::Sender<usize>,
    /// A model does the work.
    modelled: AtomicBool,
    at_work: AtomicUsize,
    most_at_work: AtomicUsize,
}

#[derive(Clone)]
pub(super) struct ScriptedAgents(Arc<Script>);

impl ScriptedAgents {
    pub(super) fn new() -> Self {
        Self(Arc::new(Script {
            calls: Mutex::default(),
            faults: Mutex::default(),
            hanging: watch::Sender::new(0),
            abandoned: watch::Sender::new(0),
            modelled: AtomicBool::new(false),
            at_work: AtomicUsize::new(0),
            most_at_work: AtomicUsize::new(0),
        }))
    }

    /// The next calls of the task go so, one after the other; after them all is well again.
    pub(super) fn script(&self, task: &str, next: impl IntoIterator<Item = Option<Fault>>) {
        self.0
            .faults
            .lock()
            .unwrap()
            .insert(task.to_owned(), next.into_iter().collect());
    }

    /// From now on the agents say that a model did the work.
    pub(super) fn ask_models(&self) {
        self.0.modelled.store(true, Ordering::SeqCst);
    }

    pub(super) fn calls(&self) -> Vec<Call> {
        self.0.calls.lock().unwrap().clone()
    }

    pub(super) fn calls_of(&self, task: &str) -> Vec<Call> {
        self.calls()
            .into_iter()
            .filter(|call| call.task == task)
            .collect()
    }

    /// Waits until so many calls hang.
    pub(super) async fn hangs(&self, count: usize) {
        self.0
            .hanging
            .subscribe()
            .wait_for(|hanging| *hanging >= count)
            .await
            .unwrap();
    }

    /// Waits until so many calls were dropped by their caller before they had ended.
    pub(super) async fn abandons(&self, count: usize) {
        self.0
            .abandoned
            .subscribe()
            .wait_for(|abandoned| *abandoned >= count)
            .await
            .unwrap();
    }

    pub(super) fn most_at_work(&self) -> usize {
        self.0.most_at_work.load(Ordering::SeqCst)
    }

    fn next_fault(&self, task: &str) -> Option<Fault> {
        let mut faults = self.0.faults.lock().unwrap();
        let next = faults.get_mut(task)?;
        if next.is_empty() { None } else { next.remove(0) }
    }

    fn begin(&self) -> AtWork {
        let now = self.0.at_work.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.most_at_work.fetch_max(now, Ordering::SeqCst);
        AtWork {
            script: Arc::clone(&self.0),
            ended: false,
        }
    }
}

/// One call being answered.
struct AtWork {
    script: Arc<Script>,
    ended: bool,
}

impl AtWork {
    fn end(mut self) {
        self.ended = true;
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.script.at_work.fetch_sub(1, Ordering::SeqCst);
        if !self.ended {
            self.script.abandoned.send_modify(|count| *count += 1);
        }
    }
}

#[tonic::async_trait]
impl Agents for ScriptedAgents {
    type RunAgentStream = Pin<Box<dyn Stream<Item = Result<RunAgentEvent, Status>> + Send>>;

    async fn list_agents(
        &self,
        _request: Request<ListAgentsRequest>,
    ) -> Result<Response<ListAgentsResponse>, Status> {
        Err(Status::unimplemented("the graph does not ask"))
    }

    async fn get_agent(&self, _request: Request<GetAgentRequest>) -> Result<Response<Agent>, Status> {
        Err(Status::unimplemented("the graph does not ask"))
    }

    async fn run_agent(
        &self,
        request: Request<RunAgentRequest>,
    ) -> Result<Response<Self::RunAgentStream>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let input: Value = serde_json::from_str(&message.input).unwrap();
        let task = match input["task"].as_str() {
            Some(task) => format!("{}/{task}", message.name),
            None => message.name.clone(),
        };

        let call = Call {
            task: task.clone(),
            input: input.clone(),
            actor,
            run_id: message.run_id,
        };

        self.0.calls.lock().unwrap().push(call);

        let fault = self.next_fault(&task);
        if let Some(Fault::Fail(status)) = fault {
            return Err(status);
        }

        let at_work = self.begin();
        let hanging = self.0.hanging.clone();
        let offline = !self.0.modelled.load(Ordering::SeqCst);
        let events = async_stream::stream! {
            yield Ok(said(Event::Log(AgentLog {
                agent_name: "Agent".to_owned(),
                action: format!("Working on {task}"),
                details: "{}".to_owned(),
                level: "info".to_owned(),
            })));
            if let Some(Fault::Hang) = fault {
                hanging.send_modify(|count| *count += 1);
                std::future::pending::<()>().await;
            }
            yield Ok(said(Event::Delta(AgentDelta { text: "words".to_owned() })));
            yield Ok(said(Event::Usage(AgentUsage {
                provider: "offline".to_owned(),
                model: "author".to_owned(),
                input_tokens: 7,
                output_tokens: 11,
                cost_micro_usd: 0,
            })));
            // Others may begin meanwhile, so that what may run at once does.
            tokio::task::yield_now().await;
            at_work.end();
            let output = match fault {
                Some(Fault::BreakOff) => return,
                Some(Fault::Answer(output)) => output,
                _ => answer(&task, &input),
            };
            yield Ok(said(Event::Output(AgentOutput { output: output.to_string(), offline })));
        };

        Ok(Response::new(Box::pin(events)))
    }
}

fn said(event: Event) -> RunAgentEvent {
    RunAgentEvent { event: Some(event) }
}

/// Three chapters; each chapter's text is cut into its two sentences; each chunk lasts 1.4 seconds.
fn answer(task: &str, input: &Value) -> Value {
    match task {
        "codestory.intent" => json!({
            "intent": {
                "repo_url": input["repo_url"], "repo_owner": "expressjs", "repo_name": "express",
                "focus_areas": ["routing"], "technical_depth": input["technical_depth"],
                "style": input["style"], "duration_minutes": input["duration_minutes"],
                "custom_instructions": null,
            },
            "message": "A tour of express.",
        }),
        "codestory.analyzer" => json!({
            "analysis": { "key_files": { "README.md": "much text" } }, "commit": "abc123",
            "analysis_key": "analysis/github.com/expressjs/express/abc123.v1.json.zst",
            "files_analyzed": 42, "repo_name": "expressjs/express",
        }),
        "codestory.architect/outline" => json!({ "task": "outline", "outline": {
            "title": "The road of a request", "summary": "How express answers.",
            "chapters": (0..3).map(|n| json!({
                "title": format!("Chapter {n}"), "purpose": "to tell", "files": ["lib/router.js"],
                "target_seconds": 100,
            })).collect::<Vec<_>>(),
        }}),
        "codestory.architect/chapter" => json!({ "task": "chapter", "chapter": {
            "title": format!("Chapter {}", input["index"]),
            "content": format!("Here begins part {0}. There ends part {0}.", input["index"]),
            "code_examples": [{ "path": "lib/router.js", "language": "javascript", "code": "use()", "note": "" }],
            "files": ["lib/router.js"], "duration_seconds": 100, "timestamp_start": 0,
        }}),
        "codestory.architect/review" => json!({ "task": "review", "open": [
            { "chapter": 0, "question": "For whom?" },
            { "chapter": 2, "question": "Why so?" },
            { "chapter": 2, "question": "How does one start?" },
            { "chapter": 9, "question": "Of no chapter." },
        ] }),
        "codestory.voice/cut" => json!({ "task": "cut",
            "chunks": input["text"].as_str().unwrap().split_inclusive(". ").collect::<Vec<_>>(),
        }),
        "codestory.voice/chunk" => json!({ "task": "chunk",
            "audio_key": format!("audio/chunks/{}.mp3", blake3::hash(input["text"].as_str().unwrap().as_bytes())),
            "duration_seconds": 1.4, "bytes": 22_400, "voice_used": "Rachel",
        }),
        "codestory.voice/concatenate" => {
            let folder = format!(
                "stories/{}/{}",
                input["story_id"].as_str().unwrap(),
                input["run_id"].as_str().unwrap()
            );

            let chapters = u32::try_from(input["chapters"].as_array().unwrap().len()).unwrap();

            json!({ "task": "concatenate",
                "audio_key": format!("{folder}/audio.mp3"),
                "audio_chunks": (1..=chapters).map(|n| format!("{folder}/chapter-{n:02}.mp3")).collect::<Vec<_>>(),
                "chapters": (0..chapters).map(|n| json!({
                    "timestamp_start": 2.8 * f64::from(n), "duration_seconds": 2.8,
                })).collect::<Vec<_>>(),
                "duration_seconds": 8.4,
            })
        }
        "codestory.voice/cover" => json!({ "task": "cover", "cover_key": "stories/cover.svg" }),
        "codestory.voice/transcript" => json!({ "task": "transcript",
            "transcript_key": "stories/transcript.md", "captions_key": "stories/captions.vtt",
        }),
        other => super::lekh::answer(other, input)
            .or_else(|| super::codeforge::answer(other, input))
            .unwrap_or_else(|| panic!("nobody is asked for {other}")),
    }
}
