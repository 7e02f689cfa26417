//! The same suite over the local channel and over a socket.

#![expect(clippy::disallowed_methods, reason = "a test ends with its tasks")]

use std::{
    future::pending,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{Stream, StreamExt, stream};
use proto::v1::{
    Agent, AgentDelta, GetAgentRequest, ListAgentsRequest, ListAgentsResponse, RunAgentEvent,
    RunAgentRequest,
    agents_client::AgentsClient,
    agents_server::{Agents, AgentsServer},
    run_agent_event::Event,
};
use tokio::sync::{oneshot, watch};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Response, Status, service::Routes};
use uuid::Uuid;

use super::*;
use crate::{
    actor::{ACTOR_HEADER, Actor, ActorKey, Tier},
    clock::{Clock, ManualClock},
    error::{ErrorKind, Problem},
    health::{Health, Phase},
    secrets::Key,
};

const MINUTE: Duration = Duration::from_secs(60);
/// Soon over, but long enough for a busy machine to answer what it can answer.
const SHORT: Duration = Duration::from_secs(2);

/// Answers with what it was told about its caller.
#[derive(Clone, Default)]
struct Fake {
    /// Fires when the stream of `RunAgent` is dropped.
    dropped: Arc<Mutex<Option<oneshot::Sender<()>>>>,
    seen: Arc<Mutex<Vec<String>>>,
    calls: Arc<AtomicUsize>,
}

struct OnDrop(Option<oneshot::Sender<()>>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        if let Some(tell) = self.0.take() {
            let _ = tell.send(());
        }
    }
}

#[tonic::async_trait]
impl Agents for Fake {
    async fn list_agents(
        &self,
        request: Request<ListAgentsRequest>,
    ) -> Result<Response<ListAgentsResponse>, Status> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let traceparent = request
            .metadata()
            .get("traceparent")
            .and_then(|value| value.to_str().ok());
        self.seen
            .lock()
            .expect("no panic")
            .extend(traceparent.map(str::to_owned));

        let actor = actor_of(&request)?;
        let agent = Agent {
            name: actor.user_id.to_string(),
            description: request_id_of(&request).to_string(),
            least_tier: actor.tier.to_string(),
            ..Agent::default()
        };

        Ok(Response::new(ListAgentsResponse { agents: vec![agent] }))
    }

    async fn get_agent(&self, request: Request<GetAgentRequest>) -> Result<Response<Agent>, Status> {
        let earlier = self.calls.fetch_add(1, Ordering::Relaxed);
        match request.get_ref().name.as_str() {
            "never" => pending().await,
            "the first never" if earlier == 0 => pending().await,
            "panic" => panic!("on purpose"),
            name => Err(Problem::new(
                ErrorKind::NotFound,
                "AGENT_NOT_FOUND",
                format!("no agent `{name}`"),
            )
            .into_status()),
        }
    }

    type RunAgentStream = Pin<Box<dyn Stream<Item = Result<RunAgentEvent, Status>> + Send>>;

    async fn run_agent(
        &self,
        request: Request<RunAgentRequest>,
    ) -> Result<Response<Self::RunAgentStream>, Status> {
        let delta = |text: &str| {
            Ok(RunAgentEvent {
                event: Some(Event::Delta(AgentDelta {
                    text: text.to_owned(),
                })),
            })
        };
        let begun = stream::iter([delta("one"), delta("two")]);
        let rest: Self::RunAgentStream = match request.get_ref().name.as_str() {
            "endless" => {
                let guard = OnDrop(self.dropped.lock().expect("no panic").take());
                Box::pin(stream::once(async move {
                    let _guard = guard;
                    pending().await
                }))
            }
            "broken" => Box::pin(stream::iter([Err(Status::unavailable("the model went away"))])),
            _ => Box::pin(stream::iter([delta("three")])),
        };

        Ok(Response::new(Box::pin(begun.chain(rest))))
    }
}

struct World {
    fake: Fake,
    health: Health,
    key: ActorKey,
    clock: ManualClock,
    caller: Caller,
    actor: Actor,
    id: RequestId,
}

impl World {
    fn new() -> Self {
        let (key, clock) = (ActorKey::new(Key::random()), ManualClock::default());
        let caller = Caller::new(key.clone(), clock.shared());
        let actor = Actor::user(Uuid::from_u128(7), Tier::Pro);
        let id = RequestId::parse("request-1").expect("an id");

        Self {
            fake: Fake::default(),
            health: Health::new(),
            key,
            clock,
            caller,
            actor,
            id,
        }
    }

    fn routes(&self) -> Routes {
        let routes = Routes::new(AgentsServer::new(self.fake.clone())).add_service(self.health.service());
        guard(routes, self.key.clone(), self.clock.shared())
    }

    fn request<T>(&self, timeout: Duration, message: T) -> Request<T> {
        self.caller.request(&self.actor, &self.id, timeout, message)
    }

    fn run(&self, name: &str, timeout: Duration) -> Request<RunAgentRequest> {
        self.request(
            timeout,
            RunAgentRequest {
                name: name.into(),
                ..RunAgentRequest::default()
            },
        )
    }

    /// Calls over `channel` in the name of the caller that [`World::request`] has too.
    fn calling(&self, channel: RpcChannel, timeout: Duration) -> AgentsClient<Calling> {
        AgentsClient::new(Calling::new(
            channel,
            self.caller.clone(),
            self.actor.clone(),
            self.id.clone(),
            timeout,
        ))
    }

    fn get(&self, name: &str, timeout: Duration) -> Request<GetAgentRequest> {
        self.request(timeout, GetAgentRequest { name: name.into() })
    }
}

/// Runs `test` over the local channel, then over a socket.
async fn each_channel<F, Fut>(test: F)
where
    F: Fn(Arc<World>, RpcChannel) -> Fut,
    Fut: Future<Output = ()>,
{
    let world = Arc::new(World::new());
    test(world.clone(), RpcChannel::local(world.routes())).await;

    let world = Arc::new(World::new());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let uri = format!("http://{}", listener.local_addr().expect("an address"));
    let stop = CancellationToken::new();
    let server = tokio::spawn(serve(listener, world.routes(), None, stop.clone()));

    test(world.clone(), RpcChannel::remote(&uri, None).expect("an address")).await;
    stop.cancel();
    server.await.expect("no panic").expect("served");
}

async fn texts(mut events: tonic::Streaming<RunAgentEvent>) -> (Vec<String>, Option<Status>) {
    let mut texts = Vec::new();
    loop {
        match events.message().await {
            Ok(Some(RunAgentEvent {
                event: Some(Event::Delta(delta)),
            })) => texts.push(delta.text),
            Ok(Some(other)) => panic!("unexpected {other:?}"),
            Ok(None) => return (texts, None),
            Err(status) => return (texts, Some(status)),
        }
    }
}

#[tokio::test]
async fn a_call_says_who_asks_and_for_which_request() {
    each_channel(|world, channel| async move {
        let request = world.request(MINUTE, ListAgentsRequest {});
        let agents = AgentsClient::new(channel)
            .list_agents(request)
            .await
            .expect("answered")
            .into_inner()
            .agents;

        assert_eq!(agents[0].name, world.actor.user_id.to_string());
        assert_eq!(
            (agents[0].least_tier.as_str(), agents[0].description.as_str()),
            ("pro", "request-1")
        );
    })
    .await;
}

#[tokio::test]
async fn a_status_arrives_with_its_detail() {
    each_channel(|world, channel| async move {
        let status = AgentsClient::new(channel)
            .get_agent(world.get("x", MINUTE))
            .await
            .expect_err("no such agent");
        let problem = Problem::from_status(&status);

        assert_eq!(
            (problem.kind, problem.reason.as_str()),
            (ErrorKind::NotFound, "AGENT_NOT_FOUND")
        );
        assert_eq!(problem.message, "no agent `x`");
    })
    .await;
}

#[tokio::test]
async fn a_stream_arrives_in_order_and_ends_as_the_server_ended_it() {
    each_channel(|world, channel| async move {
        let mut client = AgentsClient::new(channel);
        let whole = client
            .run_agent(world.run("whole", MINUTE))
            .await
            .expect("a stream")
            .into_inner();
        let (got, end) = texts(whole).await;

        assert_eq!(
            (got, end.is_none()),
            (["one", "two", "three"].map(String::from).to_vec(), true)
        );

        let broken = client
            .run_agent(world.run("broken", MINUTE))
            .await
            .expect("a stream")
            .into_inner();
        let (got, end) = texts(broken).await;

        assert_eq!((got.len(), end.expect("it broke").code()), (2, Code::Unavailable));
    })
    .await;
}

#[tokio::test]
async fn dropping_a_stream_stops_the_work_behind_it() {
    each_channel(|world, channel| async move {
        let (tell, dropped) = oneshot::channel();
        *world.fake.dropped.lock().expect("no panic") = Some(tell);

        let mut events = AgentsClient::new(channel)
            .run_agent(world.run("endless", MINUTE))
            .await
            .expect("a stream")
            .into_inner();
        events.message().await.expect("an event");
        drop(events);
        tokio::time::timeout(MINUTE, dropped)
            .await
            .expect("in time")
            .expect("the server's stream is gone");
    })
    .await;
}

/// Takes connections for somebody else; tells how many are open.
async fn count_connections(to: SocketAddr) -> (SocketAddr, watch::Receiver<(usize, usize)>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    let (tell, told) = watch::channel((0, 0));

    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let tell = tell.clone();
            tell.send_modify(|(open, all)| (*open, *all) = (*open + 1, *all + 1));
            tokio::spawn(async move {
                let mut server = tokio::net::TcpStream::connect(to).await.expect("it listens");
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                tell.send_modify(|(open, _)| *open -= 1);
            });
        }
    });
    (address, told)
}

#[tokio::test]
async fn a_call_of_which_nothing_may_stay_has_a_connection_that_ends_with_its_answer() {
    let world = Arc::new(World::new());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let place = listener.local_addr().expect("an address");
    let stop = CancellationToken::new();
    let server = tokio::spawn(serve(listener, world.routes(), None, stop.clone()));
    let (place, mut connections) = count_connections(place).await;
    let channel = RpcChannel::remote(&format!("http://{place}"), None).expect("an address");
    let calling = |ephemeral: bool| {
        let calling = Calling::new(
            channel.clone(),
            world.caller.clone(),
            world.actor.clone(),
            world.id.clone(),
            MINUTE,
        );
        AgentsClient::new(match ephemeral {
            true => calling.ephemeral(),
            false => calling,
        })
    };

    for _ in 0..2 {
        let answered = calling(false).list_agents(ListAgentsRequest {}).await;
        assert!(answered.is_ok(), "{answered:?}");
    }
    assert_eq!(*connections.borrow(), (1, 1), "most calls share one");

    let request = RunAgentRequest {
        name: "whole".to_owned(),
        ..RunAgentRequest::default()
    };
    let events = calling(true).run_agent(request.clone()).await.expect("a stream");
    assert_eq!(texts(events.into_inner()).await.0, ["one", "two", "three"]);
    let ended = connections.wait_for(|(open, all)| (*open, *all) == (1, 2));
    tokio::time::timeout(MINUTE, ended)
        .await
        .expect("in time")
        .expect("it is told");

    let cut = RunAgentRequest {
        name: "endless".to_owned(),
        ..request
    };
    let mut events = calling(true).run_agent(cut).await.expect("a stream").into_inner();
    events.message().await.expect("an event");
    assert_eq!(*connections.borrow(), (2, 3));
    drop(events);
    let ended = connections.wait_for(|(open, _)| *open == 1);
    tokio::time::timeout(MINUTE, ended)
        .await
        .expect("in time")
        .expect("it is told");

    stop.cancel();
    drop(channel);
    server.await.expect("no panic").expect("served");
}

#[tokio::test]
async fn the_server_keeps_the_deadline_of_an_answer() {
    each_channel(|world, channel| async move {
        let status = AgentsClient::new(channel)
            .get_agent(world.get("never", SHORT))
            .await
            .expect_err("too late");
        assert_eq!(status.code(), Code::DeadlineExceeded, "{status:?}");
    })
    .await;
}

#[tokio::test]
async fn the_server_keeps_the_deadline_of_a_stream() {
    each_channel(|world, channel| async move {
        let (tell, dropped) = oneshot::channel();
        *world.fake.dropped.lock().expect("no panic") = Some(tell);

        let events = AgentsClient::new(channel)
            .run_agent(world.run("endless", SHORT))
            .await
            .expect("a stream");
        let (got, end) = texts(events.into_inner()).await;

        assert_eq!(
            (got.len(), end.expect("too late").code()),
            (2, Code::DeadlineExceeded)
        );

        dropped.await.expect("the server's stream is gone");
    })
    .await;
}

#[tokio::test]
async fn a_stream_without_deadline_outlives_every_timeout() {
    let world = World::new();
    let request = world
        .caller
        .request_without_deadline(&world.actor, &world.id, ListAgentsRequest {});

    assert!(request.metadata().get("grpc-timeout").is_none());
    assert!(
        AgentsClient::new(RpcChannel::local(world.routes()))
            .list_agents(request)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_call_without_a_valid_actor_is_refused() {
    each_channel(|world, channel| async move {
        let mut client = AgentsClient::new(channel);
        let unsigned = client
            .list_agents(ListAgentsRequest {})
            .await
            .expect_err("unsigned");

        assert_eq!(unsigned.code(), Code::Unauthenticated);

        let foreign = Caller::new(ActorKey::new(Key::random()), world.clock.shared());
        let forged = foreign.request(&world.actor, &world.id, MINUTE, ListAgentsRequest {});

        assert_eq!(
            client.list_agents(forged).await.expect_err("forged").code(),
            Code::Unauthenticated
        );

        // What somebody has seen on its way.
        let seen = |method: &str| {
            let mut request = Request::new(ListAgentsRequest {});
            let signed = world.key.sign(&world.actor, method, world.clock.now());
            request.metadata_mut().insert(ACTOR_HEADER, signed);
            request
        };
        let (own, other) = (
            seen("/saga.v1.Agents/ListAgents"),
            seen("/saga.v1.Agents/RunAgent"),
        );
        let old = seen("/saga.v1.Agents/ListAgents");
        assert!(client.list_agents(own).await.is_ok());
        assert_eq!(
            client
                .list_agents(other)
                .await
                .expect_err("another method")
                .code(),
            Code::Unauthenticated
        );

        world.clock.advance(2 * MINUTE);
        assert_eq!(
            client.list_agents(old).await.expect_err("expired").code(),
            Code::Unauthenticated
        );
    })
    .await;
}

#[tokio::test]
async fn probes_need_no_actor() {
    use tonic_health::pb::{
        HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
    };

    each_channel(|world, channel| async move {
        world.health.set_phase(Phase::Serving);

        let request = HealthCheckRequest {
            service: String::new(),
        };
        let answer = HealthClient::new(channel)
            .check(request)
            .await
            .expect("answered")
            .into_inner();

        assert_eq!(answer.status(), ServingStatus::Serving);
    })
    .await;
}

#[tokio::test]
async fn an_unguarded_service_refuses_too() {
    let world = World::new();
    let bare = RpcChannel::local(Routes::new(AgentsServer::new(world.fake.clone())));
    let status = AgentsClient::new(bare)
        .list_agents(world.request(MINUTE, ListAgentsRequest {}))
        .await;

    assert_eq!(
        status.expect_err("no actor in the extensions").code(),
        Code::Unauthenticated
    );
}

#[tokio::test]
async fn a_panic_in_a_local_service_stays_with_its_call() {
    let world = World::new();
    let mut client = AgentsClient::new(RpcChannel::local(world.routes()));
    let status = client
        .get_agent(world.get("panic", MINUTE))
        .await
        .expect_err("it panicked");

    assert_eq!((status.code(), status.message()), (Code::Internal, ""));
    assert!(
        client
            .list_agents(world.request(MINUTE, ListAgentsRequest {}))
            .await
            .is_ok(),
        "the next call works"
    );
}

#[tokio::test]
async fn a_service_that_is_not_there_is_unavailable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let uri = format!("http://{}", listener.local_addr().expect("an address"));

    drop(listener);

    let world = World::new();
    let mut client = AgentsClient::new(RpcChannel::remote(&uri, None).expect("an address"));
    let status = client
        .list_agents(world.request(MINUTE, ListAgentsRequest {}))
        .await
        .expect_err("nobody listens");

    assert_eq!(Problem::from_status(&status).kind, ErrorKind::Unavailable);
}

#[tokio::test]
async fn an_unknown_method_is_an_error_of_ours_not_a_hang() {
    let world = World::new();
    let only_health = Routes::new(world.health.service());
    let channel = RpcChannel::local(guard(only_health, world.key.clone(), world.clock.shared()));
    let status = AgentsClient::new(channel)
        .list_agents(world.request(MINUTE, ListAgentsRequest {}))
        .await;
    assert_eq!(status.expect_err("not served").code(), Code::Unimplemented);
}

#[test]
fn an_address_that_is_none_is_refused() {
    for uri in ["", "not an address", "http://"] {
        assert!(RpcChannel::remote(uri, None).is_err(), "{uri:?}");
    }
}

#[tokio::test]
async fn a_trace_goes_on_in_the_next_service() {
    use opentelemetry::trace::{TraceContextExt, TracerProvider};
    use tracing::Instrument;
    use tracing_opentelemetry::OpenTelemetrySpanExt;
    use tracing_subscriber::layer::SubscriberExt;

    let tracer = opentelemetry_sdk::trace::SdkTracerProvider::builder()
        .build()
        .tracer("test");
    let subscriber = tracing_subscriber::registry().with(tracing_opentelemetry::layer().with_tracer(tracer));
    let _default = tracing::subscriber::set_default(subscriber);

    let world = World::new();
    let span = tracing::info_span!("outer");
    let trace_id = span.context().span().span_context().trace_id().to_string();
    let request = span.in_scope(|| world.request(MINUTE, ListAgentsRequest {}));
    let sent = request
        .metadata()
        .get("traceparent")
        .expect("a trace")
        .to_str()
        .expect("ASCII")
        .to_owned();

    assert!(sent.contains(&trace_id), "{sent} is not of {trace_id}");

    let headers = request.metadata().clone().into_headers();
    let next = tracing::info_span!("inner");
    crate::telemetry::propagation::continue_trace(&next, &headers);

    assert_eq!(
        next.context().span().span_context().trace_id().to_string(),
        trace_id
    );

    AgentsClient::new(RpcChannel::local(world.routes()))
        .list_agents(request)
        .instrument(span)
        .await
        .expect("answered");

    assert_eq!(*world.fake.seen.lock().expect("no panic"), [sent]);
}

#[test]
fn a_request_id_from_outside_is_checked() {
    assert!(RequestId::parse("a-B_3.x").is_some());
    for bad in ["", "a b", "a\nb", "é", &"x".repeat(65)] {
        assert!(RequestId::parse(bad).is_none(), "{bad:?}");
    }
    assert!(RequestId::parse(RequestId::random().as_str()).is_some());
}

#[tokio::test]
async fn a_request_id_that_does_not_fit_is_replaced() {
    let world = World::new();
    let mut request = world.request(MINUTE, ListAgentsRequest {});
    request
        .metadata_mut()
        .insert(REQUEST_ID_HEADER, "no spaces please".parse().expect("a value"));

    // It is signed by the channel, which knows what is asked for.
    assert!(request.metadata().get(ACTOR_HEADER).is_none());

    let agents = AgentsClient::new(RpcChannel::local(world.routes()))
        .list_agents(request)
        .await
        .expect("answered");
    let id = &agents.into_inner().agents[0].description;

    assert!(id != "no spaces please" && RequestId::parse(id).is_some(), "{id}");
    assert!(world.clock.now() > chrono::DateTime::UNIX_EPOCH);
}

#[tokio::test]
async fn a_channel_that_was_handed_out_early_is_unavailable_until_its_service_is_there() {
    let world = World::new();
    let (channel, later) = RpcChannel::later();
    let list = || {
        let request = world.request(MINUTE, ListAgentsRequest {});
        let mut agents = AgentsClient::new(channel.clone());
        async move { agents.list_agents(request).await }
    };
    let early = list().await.expect_err("nothing is there yet");

    assert_eq!(early.code(), Code::Unavailable);

    later.is(RpcChannel::local(world.routes()));
    assert_eq!(list().await.expect("answered").into_inner().agents.len(), 1);
}

mod apart;

/// The same calls as above by a client that signs by itself.
mod calling {
    use http_body_util::{BodyExt, StreamBody};
    use tower::service_fn;

    use super::*;

    fn task(name: &str) -> RunAgentRequest {
        RunAgentRequest {
            name: name.into(),
            ..RunAgentRequest::default()
        }
    }

    /// A peer that keeps no deadline: it never answers.
    fn deaf() -> RpcChannel {
        RpcChannel::through(service_fn(|_| pending()))
    }

    #[tokio::test]
    async fn each_call_says_who_asks_and_for_which_request() {
        each_channel(|world, channel| async move {
            let mut agents = world.calling(channel, MINUTE);
            for _ in 0..2 {
                let listed = agents.list_agents(ListAgentsRequest {}).await.expect("answered");
                let agent = &listed.into_inner().agents[0];
                assert_eq!(agent.name, world.actor.user_id.to_string());
                assert_eq!(
                    (agent.least_tier.as_str(), agent.description.as_str()),
                    ("pro", "request-1")
                );

                // Signed anew each time: a client may live longer than a signature.
                world.clock.advance(2 * MINUTE);
            }
        })
        .await;
    }

    #[tokio::test]
    async fn a_status_and_a_stream_arrive_as_they_were_sent() {
        each_channel(|world, channel| async move {
            let mut agents = world.calling(channel, MINUTE);

            let missing = agents.get_agent(GetAgentRequest { name: "x".into() }).await;
            let problem = Problem::from_status(&missing.expect_err("no such agent"));
            assert_eq!(problem.reason, "AGENT_NOT_FOUND");

            let whole = agents.run_agent(task("whole")).await.expect("a stream");
            let (got, end) = texts(whole.into_inner()).await;
            assert_eq!(got, ["one", "two", "three"]);
            assert!(end.is_none(), "{end:?}");

            let broken = agents.run_agent(task("broken")).await.expect("a stream");
            let (got, end) = texts(broken.into_inner()).await;
            assert_eq!((got.len(), end.expect("it broke").code()), (2, Code::Unavailable));
        })
        .await;
    }

    #[tokio::test]
    async fn the_deadline_bounds_an_answer_and_a_stream() {
        each_channel(|world, channel| async move {
            let mut agents = world.calling(channel, SHORT);

            let late = agents.get_agent(GetAgentRequest { name: "never".into() }).await;
            assert_eq!(late.expect_err("too late").code(), Code::DeadlineExceeded);

            let events = agents.run_agent(task("endless")).await.expect("a stream");
            let (got, end) = texts(events.into_inner()).await;
            assert_eq!(
                (got.len(), end.expect("too late").code()),
                (2, Code::DeadlineExceeded)
            );
        })
        .await;
    }

    #[tokio::test]
    async fn dropping_the_stream_stops_the_work_behind_it() {
        each_channel(|world, channel| async move {
            let (tell, dropped) = oneshot::channel();
            *world.fake.dropped.lock().expect("no panic") = Some(tell);

            let answer = world.calling(channel, MINUTE).run_agent(task("endless")).await;
            let mut events = answer.expect("a stream").into_inner();
            events.message().await.expect("an event");
            drop(events);

            tokio::time::timeout(MINUTE, dropped)
                .await
                .expect("in time")
                .expect("the server's stream is gone");
        })
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_keeps_no_deadline_is_waited_for_a_moment_longer_and_no_more() {
        let world = World::new();
        let mut agents = world.calling(deaf(), MINUTE);
        let began = tokio::time::Instant::now();

        let late = agents.list_agents(ListAgentsRequest {}).await;

        assert_eq!(late.expect_err("deaf").code(), Code::DeadlineExceeded);
        assert_eq!(began.elapsed(), MINUTE + Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_falls_silent_after_its_headers_is_not_waited_for_either() {
        let silent = RpcChannel::through(service_fn(|_| async {
            let body = StreamBody::new(stream::pending::<Result<http_body::Frame<bytes::Bytes>, Status>>());
            let mut answer = http::Response::new(tonic::body::Body::new(body.boxed_unsync()));
            let kind = http::HeaderValue::from_static("application/grpc");
            answer.headers_mut().insert(http::header::CONTENT_TYPE, kind);
            Ok(answer)
        }));
        let world = World::new();

        let late = world
            .calling(silent, MINUTE)
            .list_agents(ListAgentsRequest {})
            .await;

        assert_eq!(late.expect_err("silent").code(), Code::DeadlineExceeded);
    }

    #[tokio::test(start_paused = true)]
    async fn another_time_takes_the_place_of_the_first() {
        let world = World::new();
        let calling = Calling::new(
            deaf(),
            world.caller.clone(),
            world.actor.clone(),
            world.id.clone(),
            MINUTE,
        );
        let began = tokio::time::Instant::now();

        let mut agents = AgentsClient::new(calling.with_timeout(SHORT));
        let late = agents.list_agents(ListAgentsRequest {}).await;

        assert_eq!(late.expect_err("deaf").code(), Code::DeadlineExceeded);
        assert_eq!(began.elapsed(), SHORT + Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_deadline_only_the_beginning_of_a_stream_is_bounded() {
        let world = World::new();
        let without = |channel| {
            let (caller, actor, id) = (world.caller.clone(), world.actor.clone(), world.id.clone());
            AgentsClient::new(Calling::new(channel, caller, actor, id, SHORT).without_deadline())
        };

        let late = without(deaf()).list_agents(ListAgentsRequest {}).await;
        assert_eq!(late.expect_err("deaf").code(), Code::DeadlineExceeded);

        let answer = without(RpcChannel::local(world.routes()))
            .run_agent(task("endless"))
            .await;
        let mut events = answer.expect("a stream").into_inner();
        for _ in 0..2 {
            assert!(events.message().await.expect("an event").is_some());
        }
        let more = tokio::time::timeout(60 * MINUTE, events.message()).await;
        assert!(
            more.is_err(),
            "it goes on for as long as somebody listens: {more:?}"
        );
    }

    #[tokio::test]
    async fn the_trace_goes_on_in_the_service() {
        use opentelemetry::trace::{TraceContextExt, TracerProvider};
        use tracing::Instrument;
        use tracing_opentelemetry::OpenTelemetrySpanExt;
        use tracing_subscriber::layer::SubscriberExt;

        let tracer = opentelemetry_sdk::trace::SdkTracerProvider::builder()
            .build()
            .tracer("test");
        let subscriber =
            tracing_subscriber::registry().with(tracing_opentelemetry::layer().with_tracer(tracer));
        let _default = tracing::subscriber::set_default(subscriber);
        let world = World::new();
        let span = tracing::info_span!("outer");
        let trace_id = span.context().span().span_context().trace_id().to_string();

        world
            .calling(RpcChannel::local(world.routes()), MINUTE)
            .list_agents(ListAgentsRequest {})
            .instrument(span)
            .await
            .expect("answered");

        let seen = world.fake.seen.lock().expect("no panic");
        assert!(seen[0].contains(&trace_id), "{seen:?} is not of {trace_id}");
    }
}
