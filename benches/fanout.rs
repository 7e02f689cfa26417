//! Load program: an event committed to a run's log until it reaches a WebSocket client of the gateway.
//!
//! `cargo bench --bench fanout [-- --seconds 20 --clients 1000 --runs 100 --rate 2000]`
//!
//! One process holds the real story service, worker and gateway on SQLite; its agents are played by a stub that logs at
//! a steady rate, so that every event takes the whole way: agent stream, commit, bus, watch, hub, socket. A second process
//! holds the clients. Prints one JSON line: latency from before the commit until received, and the server's CPU time for a
//! delivery (kernel and user, from /proc/self/stat; connecting is not counted).

#![expect(clippy::disallowed_methods, reason = "a load program ends with its tasks")]
#![expect(clippy::print_stdout, reason = "the report is the program's output")]

use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    pin::Pin,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures::{Stream, StreamExt};
use kit::{
    actor::{Actor, ActorKey, Tier},
    blobs::Blobs,
    bus::Bus,
    clock::SystemClock,
    db::Db,
    health::Health,
    ids::SystemIds,
    media::MediaSigner,
    rpc::{Caller, RequestId, RpcChannel, guard},
    secrets::Key,
    shutdown::Shutdown,
    sources::SourcePolicy,
};
use proto::v1::{
    Agent, AgentLog, CreateCodeStoryRequest, GetAgentRequest, ListAgentsRequest, ListAgentsResponse,
    RunAgentEvent, RunAgentRequest,
    agents_server::{Agents, AgentsServer},
    run_agent_event::Event,
    stories_client::StoriesClient,
};
use tokio::{
    net::TcpListener,
    time::{Instant, interval_at, sleep},
};
use tonic::{Request, Response, Status, service::Routes};

type Failure = Box<dyn Error + Send + Sync>;

/// Clock ticks a second in /proc (USER_HZ).
const TICKS: f64 = 100.0;

struct Load {
    seconds: u64,
    clients: usize,
    runs: usize,
    /// Deliveries a second, over all clients.
    rate: f64,
}

impl Load {
    fn of(arguments: &[String]) -> Result<Self, Failure> {
        let number = |name: &str, default: f64| -> Result<f64, Failure> {
            let place = arguments.iter().position(|argument| argument == name);
            Ok(place
                .and_then(|at| arguments.get(at + 1))
                .map_or(Ok(default), |text| text.parse())?)
        };

        Ok(Self {
            seconds: number("--seconds", 20.0)? as u64,
            clients: number("--clients", 1000.0)? as usize,
            runs: number("--runs", 100.0)? as usize,
            rate: number("--rate", 2000.0)?,
        })
    }

    /// Time between two events of one run: each is delivered to `clients / runs` sockets.
    fn pause(&self) -> Duration {
        Duration::from_secs_f64(self.clients as f64 / self.rate)
    }
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().collect();
    let load = Load::of(&arguments)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match arguments.iter().position(|argument| argument == "--drive") {
        Some(at) => runtime.block_on(drive(&load, &arguments[at + 1], &arguments[at + 2])),
        None => runtime.block_on(serve(&load, &arguments[0])),
    }
}

/// Plays agent-svc: after the start signal it logs once every `pause`, with the time in microseconds.
struct Talker {
    started: Arc<AtomicBool>,
    sent: Arc<AtomicU64>,
    pause: Duration,
}

#[tonic::async_trait]
impl Agents for Talker {
    type RunAgentStream = Pin<Box<dyn Stream<Item = Result<RunAgentEvent, Status>> + Send>>;

    async fn list_agents(
        &self,
        _: Request<ListAgentsRequest>,
    ) -> Result<Response<ListAgentsResponse>, Status> {
        Ok(Response::new(ListAgentsResponse::default()))
    }

    async fn get_agent(&self, _: Request<GetAgentRequest>) -> Result<Response<Agent>, Status> {
        Err(Status::not_found("none"))
    }

    async fn run_agent(&self, _: Request<RunAgentRequest>) -> Result<Response<Self::RunAgentStream>, Status> {
        // Runs start at different moments of the period, as they would in life.
        let offset = self.pause.mul_f64(f64::from(rand_fraction()));
        let ticks = interval_at(Instant::now() + offset, self.pause);
        let (started, sent) = (self.started.clone(), self.sent.clone());
        let events = futures::stream::unfold(ticks, move |mut ticks| {
            let (started, sent) = (started.clone(), sent.clone());
            async move {
                loop {
                    ticks.tick().await;
                    if started.load(Ordering::Relaxed) {
                        break;
                    }
                }

                sent.fetch_add(1, Ordering::Relaxed);

                let details = serde_json::json!({ "us": micros().to_string(), "padding": "x".repeat(160) });
                let log = AgentLog {
                    agent_name: "Intent".to_owned(),
                    action: format!("Event at {}", micros()),
                    details: details.to_string(),
                    level: "info".to_owned(),
                };

                Some((
                    Ok(RunAgentEvent {
                        event: Some(Event::Log(log)),
                    }),
                    ticks,
                ))
            }
        });

        Ok(Response::new(Box::pin(events)))
    }
}

fn rand_fraction() -> f32 {
    (micros() % 1009) as f32 / 1009.0
}

fn micros() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_micros() as u64)
}

async fn serve(load: &Load, program: &str) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let (key, clock, shutdown) = (Key::random(), SystemClock::shared(), Shutdown::new());
    let actor_key = ActorKey::new(key.clone());
    let (started, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let talker = Talker {
        started: started.clone(),
        sent: sent.clone(),
        pause: load.pause(),
    };

    let agents = RpcChannel::local(guard(
        Routes::new(AgentsServer::new(talker)),
        actor_key.clone(),
        clock.clone(),
    ));

    let embedded: toml::Table = include_str!("../deploy/config/saga.toml").parse()?;
    let section = |name: &str| embedded[name].clone();
    let mut worker: toml::Table = section("worker").try_into()?;
    worker.insert("concurrency".to_owned(), toml::Value::Integer(load.runs as i64));
    let mut gateway: toml::Table = section("gateway").try_into()?;
    // All clients share one address here, and are many more than it may have.
    gateway["rate_limits"]["enabled"] = toml::Value::Boolean(false);

    let blobs = Blobs::open(&section("blobs").try_into()?, folder.path()).await?;
    let db = Db::open(
        &section("database").try_into()?,
        folder.path(),
        story_svc::DATABASE,
    )
    .await?;
    db.migrate(&story_svc::MIGRATIONS).await?;
    let service = story_svc::StoryService::build(story_svc::Deps {
        knowledge: story_svc::knowledge::Knowledge::in_tables(&db),
        db,
        blobs: blobs.clone(),
        bus: Bus::open(&section("bus").try_into()?).await?,
        agents: agents.clone(),
        // Nobody deletes an account here.
        auth: RpcChannel::later().0,
        backup: None,
        billing: None,
        actor_key: actor_key.clone(),
        secrets_key: key.clone(),
        clock: clock.clone(),
        ids: SystemIds::shared(),
        sources: SourcePolicy {
            allow_hosts: vec!["github.com".to_owned()],
            allow_private: false,
            allow_local: false,
        },
        codeforge: section("codeforge").try_into()?,
        story: section("story").try_into()?,
        worker: worker.try_into()?,
    })
    .await?;
    let story = RpcChannel::local(service.routes);

    shutdown.spawn(service.worker.run(shutdown.soft.clone(), shutdown.hard.clone()));

    let gateway = gateway::Gateway::build(gateway::Deps {
        story: story.clone(),
        agent: agents,
        auth: RpcChannel::later().0,
        backup: RpcChannel::later().0,
        billing: RpcChannel::later().0,
        actor_key: actor_key.clone(),
        guest_key: key.clone(),
        signer: MediaSigner::new(key),
        blobs,
        config: gateway.try_into()?,
        counters: None,
        development: false,
        clock: clock.clone(),
        health: Health::new(),
        shutdown: shutdown.clone(),
    })?;

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let base = format!("ws://{}", listener.local_addr()?);

    shutdown.spawn(gateway.serve(listener));

    let stories = create(load, story, &Caller::new(actor_key, clock)).await?;
    let ids = folder.path().join("stories");
    fs::write(&ids, stories.join("\n"))?;

    let mut driver = Command::new(program)
        .args(std::env::args().skip(1))
        .args(["--drive", &base, &ids.display().to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;

    let mut said = driver
        .stdout
        .take()
        .map(std::io::BufReader::new)
        .ok_or("no output")?;

    let mut line = String::new();
    std::io::BufRead::read_line(&mut said, &mut line)?;

    let (cpu, begun) = (cpu_seconds()?, Instant::now());
    started.store(true, Ordering::Relaxed);
    sleep(Duration::from_secs(load.seconds)).await;
    started.store(false, Ordering::Relaxed);

    let (cpu, wall) = (cpu_seconds()? - cpu, begun.elapsed());
    sleep(Duration::from_millis(300)).await;
    drop(driver.stdin.take());
    line.clear();
    std::io::BufRead::read_line(&mut said, &mut line)?;
    driver.wait()?;

    let mut report: BTreeMap<String, serde_json::Value> = serde_json::from_str(&line)?;
    let delivered = report
        .get("delivered")
        .and_then(serde_json::Value::as_f64)
        .unwrap_or_default();

    report.insert("test".to_owned(), "saga.fanout".into());
    report.insert("events".to_owned(), sent.load(Ordering::Relaxed).into());
    report.insert(
        "deliveries_per_s".to_owned(),
        (delivered / wall.as_secs_f64()).round().into(),
    );
    report.insert(
        "cpu_us_per_delivery".to_owned(),
        ((cpu * 1e7 / delivered).round() / 10.0).into(),
    );
    report.insert("rss_mib".to_owned(), rss_mib()?.into());
    println!("{}", serde_json::to_string(&report)?);
    shutdown.stop_now();

    Ok(())
}

async fn create(load: &Load, channel: RpcChannel, caller: &Caller) -> Result<Vec<String>, Failure> {
    let actor = Actor {
        guest: true,
        ..Actor::user(kit::ids::random_id(), Tier::Free)
    };
    let mut client = StoriesClient::new(channel);
    let mut ids = Vec::new();
    for number in 0..load.runs {
        let message = CreateCodeStoryRequest {
            repo_url: format!("https://github.com/load/run-{number}"),
            ..CreateCodeStoryRequest::default()
        };
        let request = caller.request(&actor, &RequestId::random(), Duration::from_secs(10), message);
        ids.push(client.create_code_story(request).await?.into_inner().id);
    }

    Ok(ids)
}

/// User and system time of this process so far.
fn cpu_seconds() -> Result<f64, Failure> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    Ok((fields[11].parse::<f64>()? + fields[12].parse::<f64>()?) / TICKS)
}

fn rss_mib() -> Result<u64, Failure> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS"))
        .ok_or("no VmRSS")?;
    Ok(line.split_whitespace().nth(1).ok_or("no size")?.parse::<u64>()? / 1024)
}

/// The second process: holds every socket, says when all are open, and reports when its input closes.
async fn drive(load: &Load, base: &str, ids: &str) -> Result<(), Failure> {
    let stories: Vec<String> = fs::read_to_string(ids)?.lines().map(str::to_owned).collect();
    let latencies = Arc::new(std::sync::Mutex::new(Vec::<u64>::with_capacity(1 << 20)));
    for client in 0..load.clients {
        let url = format!("{base}/ws/stories/{}/progress", stories[client % stories.len()]);
        let (socket, _) = tokio_tungstenite::connect_async(url).await?;
        tokio::spawn(receive(socket, latencies.clone()));
    }

    sleep(Duration::from_millis(500)).await;
    println!("open");
    tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new())).await??;

    let mut sorted = latencies.lock().map_err(|_| "a client panicked")?.clone();
    sorted.sort_unstable();

    let at = |share: f64| {
        sorted
            .get((sorted.len() as f64 * share) as usize)
            .copied()
            .unwrap_or_default()
    };
    let report = serde_json::json!({ "clients": load.clients, "delivered": sorted.len(),
        "p50_us": at(0.5), "p95_us": at(0.95), "p99_us": at(0.99), "max_us": sorted.last() });
    println!("{report}");

    Ok(())
}

async fn receive<S>(socket: S, latencies: Arc<std::sync::Mutex<Vec<u64>>>)
where
    S: Stream<Item = Result<tokio_tungstenite::tungstenite::Message, tokio_tungstenite::tungstenite::Error>>,
{
    let mut socket = std::pin::pin!(socket);

    while let Some(Ok(message)) = socket.next().await {
        let now = micros();
        let Ok(text) = message.to_text() else { continue };

        // A whole JSON parse for each message would load the machine that is being measured.
        let Some((_, rest)) = text.split_once("\"us\":\"") else {
            continue;
        };
        let Some((sent, _)) = rest.split_once('"') else {
            continue;
        };

        if let (Ok(sent), Ok(mut all)) = (sent.parse::<u64>(), latencies.lock()) {
            all.push(now.saturating_sub(sent));
        }
    }
}
