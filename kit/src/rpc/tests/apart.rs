//! Services of other processes: several of one role, some of them away, and who they talk to.

use std::net::SocketAddr;

use tempfile::tempdir;
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

use super::*;
use crate::{rpc::testing::Authority, servers::Proxy, shutdown::spawn_owned};

/// A process of the role, on a port of its own.
struct Process {
    address: SocketAddr,
    fake: Fake,
    stop: CancellationToken,
    served: AbortOnDropHandle<Result<(), tonic::transport::Error>>,
}

impl Process {
    async fn start(world: &World, at: &str, tls: Option<RpcTls>) -> Self {
        let listener = TcpListener::bind(at).await.expect("the port is free");
        let (fake, stop) = (Fake::default(), CancellationToken::new());
        let routes = Routes::new(AgentsServer::new(fake.clone()));
        let routes = guard(routes, world.key.clone(), world.clock.shared());

        Self {
            address: listener.local_addr().expect("an address"),
            fake,
            served: spawn_owned(serve(listener, routes, tls, stop.clone())),
            stop,
        }
    }

    async fn stop(self) {
        self.stop.cancel();
        self.served.await.expect("no panic").expect("served");
    }

    fn uri(&self) -> String {
        format!("http://{}", self.address)
    }

    fn calls(&self) -> usize {
        self.fake.calls.load(Ordering::Relaxed)
    }
}

/// An address at which nobody listens.
async fn nowhere() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    listener.local_addr().expect("an address")
}

async fn list(world: &World, channel: &RpcChannel) -> Result<(), Status> {
    let mut agents = world.calling(channel.clone(), MINUTE);
    agents.list_agents(ListAgentsRequest {}).await.map(drop)
}

#[tokio::test]
async fn calls_go_to_all_processes_of_a_role_in_turn() {
    let world = World::new();
    let one = Process::start(&world, "127.0.0.1:0", None).await;
    let other = Process::start(&world, "127.0.0.1:0", None).await;
    let channel = RpcChannel::remote(&format!("{}, {}", one.uri(), other.uri()), None).expect("addresses");

    for _ in 0..10 {
        list(&world, &channel).await.expect("answered");
    }

    assert_eq!((one.calls(), other.calls()), (5, 5));
}

#[tokio::test]
async fn a_name_leads_to_the_processes_that_it_stands_for() {
    let world = World::new();
    let process = Process::start(&world, "127.0.0.1:0", None).await;
    let by_name = format!("http://localhost:{}", process.address.port());
    let channel = RpcChannel::remote(&by_name, None).expect("an address");

    // The name may stand for the other loopback as well, where nobody is.
    for _ in 0..10 {
        list(&world, &channel).await.expect("answered");
    }

    let nowhere = RpcChannel::remote("http://nobody.invalid:1", None).expect("an address");
    let lost = list(&world, &nowhere).await.expect_err("there is no such name");
    assert_eq!(lost.code(), Code::Unavailable);
}

#[tokio::test]
async fn a_process_that_is_away_costs_no_call_while_another_is_there() {
    let world = World::new();
    let process = Process::start(&world, "127.0.0.1:0", None).await;
    let addresses = format!("http://{}, {}", nowhere().await, process.uri());
    let channel = RpcChannel::remote(&addresses, None).expect("addresses");

    for _ in 0..10 {
        list(&world, &channel).await.expect("answered");
    }

    assert_eq!(process.calls(), 10);
}

#[tokio::test]
async fn a_service_that_restarts_costs_no_call() {
    let world = Arc::new(World::new());
    let mut process = Process::start(&world, "127.0.0.1:0", None).await;
    let channel = RpcChannel::remote(&process.uri(), None).expect("an address");
    list(&world, &channel).await.expect("answered");

    let (done, mut calls) = (CancellationToken::new(), Vec::new());
    for _ in 0..4 {
        let (world, channel, done) = (Arc::clone(&world), channel.clone(), done.clone());
        calls.push(spawn_owned(async move {
            let mut answered = 0;
            while !done.is_cancelled() {
                list(&world, &channel)
                    .await
                    .expect("answered, however often it restarts");
                answered += 1;
            }
            answered
        }));
    }

    for _ in 0..3 {
        let at = process.address.to_string();
        process.stop().await;
        process = Process::start(&world, &at, None).await;
        let before = process.calls();
        while process.calls() < before + 20 {
            tokio::task::yield_now().await;
        }
    }

    done.cancel();
    for call in calls {
        assert!(call.await.expect("no panic") > 0);
    }
}

#[tokio::test]
async fn a_stream_without_a_deadline_ends_when_its_process_stops_and_one_with_a_deadline_goes_on() {
    let world = World::new();
    let process = Process::start(&world, "127.0.0.1:0", None).await;
    let channel = RpcChannel::remote(&process.uri(), None).expect("an address");
    let (caller, actor, id) = (world.caller.clone(), world.actor.clone(), world.id.clone());
    let calling = Calling::new(channel, caller, actor, id, MINUTE);
    let task = |name: &str| RunAgentRequest {
        name: name.into(),
        ..RunAgentRequest::default()
    };
    let lasting = AgentsClient::new(calling.clone().without_deadline())
        .run_agent(task("endless"))
        .await;
    let bounded = AgentsClient::new(calling.with_timeout(SHORT))
        .run_agent(task("endless"))
        .await;

    process.stop.cancel();

    let (got, end) = texts(lasting.expect("a stream").into_inner()).await;
    assert_eq!((got.len(), end.expect("it ended").code()), (2, Code::Unavailable));
    let (_, end) = texts(bounded.expect("a stream").into_inner()).await;
    assert_eq!(end.expect("too late").code(), Code::DeadlineExceeded);
    process.stop().await;
}

#[tokio::test]
async fn a_call_that_only_reads_is_made_again_when_its_connection_breaks() {
    let world = World::new();
    let process = Process::start(&world, "127.0.0.1:0", None).await;
    let (proxy, through) = Proxy::start_before(&process.uri()).await;
    let channel = RpcChannel::remote(through.trim_end_matches('/'), None).expect("an address");

    let name = "the first never".to_owned();
    let mut agents = world.calling(channel, MINUTE);
    let asked = agents.get_agent(GetAgentRequest { name });
    let breaks = async {
        while process.calls() == 0 {
            tokio::task::yield_now().await;
        }
        proxy.drop_all();
    };
    let (answer, ()) = tokio::join!(asked, breaks);

    assert_eq!(answer.expect_err("there is none").code(), Code::NotFound);
    assert_eq!(process.calls(), 2);
}

#[tokio::test]
async fn with_mutual_tls_only_roles_of_the_same_authority_talk() {
    crate::tls::install_provider();
    let folder = tempdir().expect("a folder");
    let (ours, foreign) = (
        Authority::new(folder.path(), "ours"),
        Authority::new(folder.path(), "foreign"),
    );
    let load = |files: RpcTlsConfig| files.load().expect("sound").expect("set");
    let world = World::new();
    let process = Process::start(&world, "127.0.0.1:0", Some(load(ours.certify("127.0.0.1")))).await;
    let uri = format!("https://{}", process.address);

    let channel = RpcChannel::remote(&uri, Some(&load(ours.certify("caller.example"))));
    list(&world, &channel.expect("an address"))
        .await
        .expect("one of us");

    // What the server trusts, and what the caller trusts.
    let mut thief = foreign.certify("127.0.0.1");
    thief.ca = ours.certify("127.0.0.1").ca;
    let mut believer = ours.certify("127.0.0.1");
    believer.ca = foreign.certify("127.0.0.1").ca;
    for (who, files) in [("foreign certificate", thief), ("foreign authority", believer)] {
        let channel = RpcChannel::remote(&uri, Some(&load(files))).expect("an address");
        let refused = world
            .calling(channel, SHORT)
            .list_agents(ListAgentsRequest {})
            .await;
        assert!(refused.is_err(), "{who}");
    }

    // Without any certificate, and in clear.
    for uri in [uri, process.uri()] {
        let channel = RpcChannel::remote(&uri, None).expect("an address");
        let refused = world
            .calling(channel, SHORT)
            .list_agents(ListAgentsRequest {})
            .await;
        assert!(refused.is_err(), "{uri}");
    }
    assert_eq!(process.calls(), 1);

    let other = Process::start(&world, "127.0.0.1:0", Some(load(ours.certify("other.example")))).await;
    let uri = format!("https://{}", other.address);
    let channel = RpcChannel::remote(&uri, Some(&load(ours.certify("caller.example")))).expect("an address");
    let refused = world
        .calling(channel, SHORT)
        .list_agents(ListAgentsRequest {})
        .await;
    assert!(refused.is_err(), "another host's certificate");
}

#[test]
fn a_setting_of_tls_that_can_not_be_used_is_named() {
    crate::tls::install_provider();
    let folder = tempdir().expect("a folder");
    let authority = Authority::new(folder.path(), "ours");
    let (sound, other) = (
        authority.certify("one.example"),
        authority.certify("other.example"),
    );
    let told = |files: &RpcTlsConfig| match files.load() {
        Err(error) => error.to_string(),
        Ok(_) => panic!("{files:?} is not sound"),
    };

    let without_key = RpcTlsConfig {
        key: "".into(),
        ..sound.clone()
    };
    assert!(told(&without_key).starts_with("`rpc.tls.key` is not set"));
    let away = RpcTlsConfig {
        ca: "/nowhere.pem".into(),
        ..sound.clone()
    };
    assert!(told(&away).starts_with("`rpc.tls.ca` is /nowhere.pem, which can't be read"));
    let no_certificate = RpcTlsConfig {
        certificate: sound.key.clone(),
        ..sound.clone()
    };
    assert!(told(&no_certificate).contains("`rpc.tls.certificate`"));
    let no_key = RpcTlsConfig {
        key: sound.ca.clone(),
        ..sound.clone()
    };
    assert!(told(&no_key).contains("`rpc.tls.key`"));
    let others_key = RpcTlsConfig {
        key: other.key,
        ..sound.clone()
    };
    assert_eq!(
        told(&others_key),
        "`rpc.tls.key` is not the key of the certificate in `rpc.tls.certificate`"
    );

    let none = RpcTlsConfig {
        ca: "".into(),
        certificate: "".into(),
        key: "".into(),
    };
    assert!(none.load().expect("nothing is asked for").is_none());

    let tls = sound.load().expect("sound");
    let in_clear = RpcChannel::remote("http://10.0.0.5:8090", tls.as_ref()).expect_err("in clear");
    assert!(in_clear.to_string().contains("`rpc.tls` is set"), "{in_clear}");
}
