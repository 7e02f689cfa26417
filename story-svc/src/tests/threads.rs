//! Threads through their rpcs, with a worker, on every database engine: run, asked, answered, changed, stopped and taken back.

mod assistants;
mod crons;
mod keeping;
mod left_behind;

use std::sync::Arc;

use proto::v1::assistants_client::AssistantsClient;
use proto::v1::threads_client::ThreadsClient;
use proto::v1::{
    CancelThreadRunRequest, CopyThreadRequest, CreateThreadRequest, CreateThreadRunRequest,
    DeleteThreadRequest, DeleteThreadRunRequest, GetAssistantRequest, GetThreadRequest, GetThreadRunRequest,
    GetThreadStateRequest, GetThreadStorageRequest, ListThreadHistoryRequest, ListThreadRunsRequest,
    MultitaskStrategy, PruneThreadRequest, PutDefinitionRequest, RunEvent, SearchAssistantsRequest,
    SearchThreadsRequest, Thread, ThreadRun, ThreadRunStatus, ThreadState, ThreadStatus, UpdateThreadRequest,
    UpdateThreadStateRequest, WatchThreadRunRequest,
};
use serde_json::{Value, json};
use tonic::{Code, Status};

use super::world::{Person, World, each_private_world, each_world, fields};

const ASKER: &str = r#"
nodes:
  write: { type: transform, output: draft, value: "About ${input.topic}", next: ask }
  ask: { type: question, output: review, prompt: "Good?", value: "${values.draft}", schema: { type: object } }
"#;

/// Asks, so that it stands where a test wants it.
const WAITER: &str = r#"
nodes:
  wait: { type: wait, seconds: 100000, next: done }
  done: { type: transform, value: done }
"#;

impl Person {
    fn threads(&self) -> ThreadsClient<kit::rpc::RpcChannel> {
        ThreadsClient::new(self.channel())
    }

    fn assistants(&self) -> AssistantsClient<kit::rpc::RpcChannel> {
        AssistantsClient::new(self.channel())
    }

    async fn with_graphs(self) -> Self {
        for (name, source) in [("asker", ASKER), ("waiter", WAITER)] {
            let request = PutDefinitionRequest {
                name: name.to_owned(),
                source: source.to_owned(),
            };
            self.definitions()
                .put_definition(self.ask(request))
                .await
                .unwrap();
        }
        self
    }

    async fn thread(&self) -> String {
        let made = self
            .threads()
            .create_thread(self.ask(CreateThreadRequest::default()))
            .await;
        made.unwrap().into_inner().id
    }

    async fn read_thread(&self, id: &str) -> Thread {
        let request = GetThreadRequest { id: id.to_owned() };
        self.threads()
            .get_thread(self.ask(request))
            .await
            .unwrap()
            .into_inner()
    }

    async fn begin_run(&self, request: CreateThreadRunRequest) -> Result<ThreadRun, Status> {
        let begun = self.threads().create_thread_run(self.ask(request)).await?;
        Ok(begun.into_inner())
    }

    /// All events of a run, to its end.
    async fn listen(&self, run: &ThreadRun) -> Vec<RunEvent> {
        self.listen_to(run, false).await
    }

    async fn listen_to(&self, run: &ThreadRun, end_only: bool) -> Vec<RunEvent> {
        let request = WatchThreadRunRequest {
            thread_id: run.thread_id.clone(),
            id: run.id.clone(),
            end_only,
        };
        let mut events = self
            .threads()
            .watch_thread_run(self.ask(request))
            .await
            .unwrap()
            .into_inner();
        let mut heard = Vec::new();
        while let Some(event) = events.message().await.unwrap() {
            heard.push(event);
        }
        heard
    }

    async fn run_status(&self, run: &ThreadRun) -> Result<ThreadRunStatus, Status> {
        let request = GetThreadRunRequest {
            thread_id: run.thread_id.clone(),
            id: run.id.clone(),
        };
        Ok(self
            .threads()
            .get_thread_run(self.ask(request))
            .await?
            .into_inner()
            .status())
    }

    async fn history(&self, thread: &str) -> Vec<ThreadState> {
        let request = ListThreadHistoryRequest {
            thread_id: thread.to_owned(),
            limit: Some(100),
            before: None,
        };
        self.threads()
            .list_thread_history(self.ask(request))
            .await
            .unwrap()
            .into_inner()
            .states
    }

    async fn cancel_thread_run(&self, run: &ThreadRun, rollback: bool) -> Result<(), Status> {
        let request = CancelThreadRunRequest {
            thread_id: run.thread_id.clone(),
            id: run.id.clone(),
            rollback,
        };
        self.threads()
            .cancel_thread_run(self.ask(request))
            .await
            .map(drop)
    }
}

fn asks(thread: &str, graph: &str, input: Option<Value>) -> CreateThreadRunRequest {
    CreateThreadRunRequest {
        thread_id: Some(thread.to_owned()),
        assistant_id: graph.to_owned(),
        input: input.map(|input| input.to_string()),
        ..CreateThreadRunRequest::default()
    }
}

fn answers(thread: &str, answer: &Value) -> CreateThreadRunRequest {
    CreateThreadRunRequest {
        resume: Some(answer.to_string()),
        ..asks(thread, "asker", None)
    }
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

async fn ada(world: &Arc<World>) -> Person {
    world.user().with_graphs().await
}

#[tokio::test]
async fn an_answer_is_another_run_and_values_go_from_run_to_run() {
    each_world(|world| async move {
        let _worker = world.worker().await;
        let ada = ada(&world).await;
        let thread = ada.thread().await;

        let first = ada
            .begin_run(asks(&thread, "asker", Some(json!({ "topic": "cats" }))))
            .await
            .unwrap();
        assert_eq!(first.status(), ThreadRunStatus::Pending);
        let heard = ada.listen(&first).await;
        let kinds: Vec<_> = heard.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!(kinds.first(), Some(&"begin"));
        assert!(kinds.contains(&"interrupt"), "{kinds:?}");
        assert_eq!(kinds.last(), Some(&"end"));
        assert_eq!(ada.run_status(&first).await.unwrap(), ThreadRunStatus::Success);

        let waiting = ada.read_thread(&thread).await;
        assert_eq!(waiting.status(), ThreadStatus::Interrupted);
        assert_eq!(
            parsed(waiting.values()),
            json!({ "topic": "cats", "draft": "About cats" })
        );
        assert_eq!(parsed(&waiting.interrupts[0].value)["value"], "About cats");

        let wrong = ada
            .begin_run(answers(&thread, &json!("no object")))
            .await
            .unwrap_err();
        assert_eq!(fields(&wrong), ["command.resume"]);
        let second = ada
            .begin_run(answers(&thread, &json!({ "ok": true })))
            .await
            .unwrap();
        ada.listen(&second).await;
        let idle = ada.read_thread(&thread).await;
        assert_eq!(idle.status(), ThreadStatus::Idle);
        assert_eq!(parsed(idle.values())["review"]["answer"], json!({ "ok": true }));
        assert_eq!(ada.run_status(&first).await.unwrap(), ThreadRunStatus::Success);

        // Another input keeps what the nodes gave, until they give something else.
        let third = ada
            .begin_run(asks(&thread, "asker", Some(json!({ "topic": "dogs" }))))
            .await
            .unwrap();
        let begun = parsed(&ada.listen(&third).await[0].data);
        assert_eq!(begun["values"]["topic"], "dogs");
        assert_eq!(begun["values"]["draft"], "About cats");

        let steps: Vec<_> = ada
            .history(&thread)
            .await
            .iter()
            .map(|state| (state.step, state.source.clone()))
            .collect();
        let expected = [
            (5, "loop"),
            (4, "loop"),
            (3, "input"),
            (2, "loop"),
            (1, "loop"),
            (0, "loop"),
            (-1, "input"),
        ];
        assert_eq!(steps, expected.map(|(step, source)| (step, source.to_owned())));
    })
    .await;
}

#[tokio::test]
async fn a_run_with_nothing_to_do_ends_at_once_and_one_without_values_is_refused() {
    each_world(|world| async move {
        let _worker = world.worker().await;
        let ada = ada(&world).await;
        let thread = ada.thread().await;
        let refused = ada.begin_run(asks(&thread, "asker", None)).await.unwrap_err();
        assert_eq!(fields(&refused), ["input"]);

        let first = ada
            .begin_run(asks(&thread, "asker", Some(json!({ "topic": "cats" }))))
            .await
            .unwrap();
        ada.listen(&first).await;
        let again = ada.begin_run(asks(&thread, "asker", None)).await.unwrap();
        let kinds: Vec<_> = ada
            .listen(&again)
            .await
            .into_iter()
            .map(|event| event.kind)
            .collect();
        assert_eq!(
            kinds,
            ["begin", "interrupt", "end"],
            "what is asked is told again"
        );
        ada.listen(&ada.begin_run(answers(&thread, &json!({}))).await.unwrap())
            .await;
        let after = ada.begin_run(answers(&thread, &json!({}))).await.unwrap();
        let kinds: Vec<_> = ada
            .listen(&after)
            .await
            .into_iter()
            .map(|event| event.kind)
            .collect();
        assert_eq!(kinds, ["begin", "end"]);
    })
    .await;
}

#[tokio::test]
async fn a_state_that_is_put_in_place_is_gone_on_from_and_its_question_takes_the_answer() {
    each_world(|world| async move {
        let _worker = world.worker().await;
        let ada = ada(&world).await;
        let thread = ada.thread().await;
        let change = |values: Value, checkpoint: Option<String>| UpdateThreadStateRequest {
            thread_id: thread.clone(),
            values: values.to_string(),
            as_node: None,
            checkpoint_id: checkpoint,
        };
        let early = ada
            .threads()
            .update_thread_state(ada.ask(change(json!({}), None)))
            .await
            .unwrap_err();
        assert_eq!(early.code(), Code::FailedPrecondition);

        let first = ada
            .begin_run(asks(&thread, "asker", Some(json!({ "topic": "cats" }))))
            .await
            .unwrap();
        ada.listen(&first).await;
        let changed = ada
            .threads()
            .update_thread_state(ada.ask(change(json!({ "draft": "Mine" }), None)))
            .await;
        let placed = changed.unwrap().into_inner().checkpoint_id;
        let newest = &ada.history(&thread).await[0];
        assert_eq!(newest.checkpoint_id.as_ref(), Some(&placed));
        assert_eq!(
            (newest.source.as_str(), newest.next.as_slice()),
            ("update", &["ask".to_owned()][..])
        );

        let resumed = ada
            .begin_run(answers(&thread, &json!({ "ok": 1 })))
            .await
            .unwrap();
        ada.listen(&resumed).await;
        let values = parsed(ada.read_thread(&thread).await.values());
        assert_eq!(values["draft"], "Mine");
        assert_eq!(values["review"]["answer"], json!({ "ok": 1 }));

        // From an old checkpoint on, with another draft.
        let old = ada
            .history(&thread)
            .await
            .into_iter()
            .find(|state| state.step == 1)
            .unwrap();
        let forked = CreateThreadRunRequest {
            checkpoint_id: old.checkpoint_id.clone(),
            ..asks(&thread, "asker", None)
        };
        ada.listen(&ada.begin_run(forked).await.unwrap()).await;
        let values = parsed(ada.read_thread(&thread).await.values());
        assert_eq!(values, json!({ "topic": "cats", "draft": "About cats" }));

        let unknown = GetThreadStateRequest {
            thread_id: thread.clone(),
            checkpoint_id: Some(thread.clone()),
        };
        let unknown = ada
            .threads()
            .get_thread_state(ada.ask(unknown))
            .await
            .unwrap_err();
        assert_eq!(unknown.code(), Code::NotFound);
    })
    .await;
}

/// As LangGraph's own server does it: the run that stopped has succeeded, and whatever begins without an input goes on behind it.
#[tokio::test]
async fn a_run_stops_at_the_nodes_that_are_named_and_another_one_goes_on() {
    each_world(|world| async move {
        let _worker = world.worker().await;
        let ada = ada(&world).await;
        let thread = ada.thread().await;
        let stops = |before: &[&str], after: &[&str], input: Option<Value>| CreateThreadRunRequest {
            interrupt_before: before.iter().map(|&node| node.to_owned()).collect(),
            interrupt_after: after.iter().map(|&node| node.to_owned()).collect(),
            ..asks(&thread, "asker", input)
        };
        let cats = || Some(json!({ "topic": "cats" }));
        let told = async |request| {
            let run = ada.begin_run(request).await.unwrap();
            let heard = ada.listen(&run).await;
            let end = parsed(&heard.last().unwrap().data);
            assert_eq!(ada.run_status(&run).await.unwrap(), ThreadRunStatus::Success);
            let asks = heard.iter().any(|event| event.kind == "interrupt");
            (end["paused"] == true, asks)
        };

        // Before the first node, the second one, and then at its question.
        for (input, next) in [(cats(), "write"), (None, "ask")] {
            assert_eq!(told(stops(&["*"], &[], input)).await, (true, false));
            assert_eq!(ada.read_thread(&thread).await.status(), ThreadStatus::Interrupted);
            assert_eq!(ada.history(&thread).await[0].next, [next]);
        }
        assert_eq!(told(stops(&["*"], &[], None)).await, (false, true));

        // The answer may stop, too; behind the last node nothing is left to wait for.
        let answered = CreateThreadRunRequest {
            resume: Some(json!({ "ok": true }).to_string()),
            ..stops(&[], &["ask"], None)
        };
        assert_eq!(told(answered).await, (true, false));
        let idle = ada.read_thread(&thread).await;
        assert_eq!(idle.status(), ThreadStatus::Idle);
        assert_eq!(parsed(idle.values())["review"]["answer"], json!({ "ok": true }));
        let steps: Vec<_> = ada
            .history(&thread)
            .await
            .iter()
            .map(|state| state.step)
            .collect();
        assert_eq!(steps, [2, 1, 0, -1], "the stops are no steps of their own");

        // A state that is changed while it stands there is what the next run goes on with; unknown nodes change nothing.
        assert_eq!(
            told(stops(&["no such node"], &["write"], cats())).await,
            (true, false)
        );
        let change = UpdateThreadStateRequest {
            thread_id: thread.clone(),
            values: json!({ "draft": "Mine" }).to_string(),
            ..UpdateThreadStateRequest::default()
        };
        ada.threads().update_thread_state(ada.ask(change)).await.unwrap();
        assert_eq!(told(stops(&[], &["write"], None)).await, (false, true));
        assert_eq!(
            parsed(&ada.read_thread(&thread).await.interrupts[0].value)["value"],
            "Mine"
        );

        let many: Vec<_> = (0..101).map(|_| "x").collect();
        let refused = ada.begin_run(stops(&many, &[], cats())).await.unwrap_err();
        assert_eq!(fields(&refused), ["interrupt_before"]);
    })
    .await;
}

#[tokio::test]
async fn a_busy_thread_does_with_another_run_as_is_wished() {
    each_world(|world| async move {
        let _worker = world.worker().await;
        let ada = ada(&world).await;
        let thread = ada.thread().await;
        ada.listen(
            &ada.begin_run(asks(&thread, "asker", Some(json!({ "topic": "cats" }))))
                .await
                .unwrap(),
        )
        .await;
        let with = |strategy: MultitaskStrategy, topic: &str| CreateThreadRunRequest {
            strategy: strategy.into(),
            ..asks(&thread, "asker", Some(json!({ "topic": topic })))
        };

        let works = ada
            .begin_run(asks(&thread, "waiter", Some(json!({ "topic": "waits" }))))
            .await
            .unwrap();
        assert_eq!(ada.read_thread(&thread).await.status(), ThreadStatus::Busy);
        let rejected = ada
            .begin_run(with(MultitaskStrategy::Reject, "no"))
            .await
            .unwrap_err();
        assert_eq!(rejected.code(), Code::Aborted);
        let active = DeleteThreadRunRequest {
            thread_id: thread.clone(),
            id: works.id.clone(),
        };
        let active = ada
            .threads()
            .delete_thread_run(ada.ask(active))
            .await
            .unwrap_err();
        assert_eq!(active.code(), Code::Aborted);

        let queued = ada
            .begin_run(with(MultitaskStrategy::Enqueue, "queued"))
            .await
            .unwrap();
        assert_eq!(ada.run_status(&queued).await.unwrap(), ThreadRunStatus::Pending);
        ada.cancel_thread_run(&works, false).await.unwrap();
        let begun = parsed(&ada.listen(&queued).await[0].data);
        assert_eq!(begun["values"]["topic"], "queued");
        assert_eq!(
            ada.run_status(&works).await.unwrap(),
            ThreadRunStatus::Interrupted
        );
        let again = ada.cancel_thread_run(&works, false).await.unwrap_err();
        assert_eq!(again.code(), Code::NotFound);

        let works = ada
            .begin_run(asks(
                &thread,
                "waiter",
                Some(json!({ "topic": "undone", "more": 1 })),
            ))
            .await
            .unwrap();
        let instead = ada
            .begin_run(with(MultitaskStrategy::Rollback, "instead"))
            .await
            .unwrap();
        let begun = parsed(&ada.listen(&instead).await[0].data);
        assert_eq!(begun["values"]["topic"], "instead");
        assert_eq!(begun["values"]["more"], Value::Null, "what was undone is left");
        assert_eq!(ada.run_status(&works).await.unwrap_err().code(), Code::NotFound);

        let works = ada
            .begin_run(asks(
                &thread,
                "waiter",
                Some(json!({ "topic": "cut", "more": 2 })),
            ))
            .await
            .unwrap();
        let instead = ada
            .begin_run(with(MultitaskStrategy::Interrupt, "after"))
            .await
            .unwrap();
        let begun = parsed(&ada.listen(&instead).await[0].data);
        assert_eq!(begun["values"]["more"], 2, "what was reached is kept");
        assert_eq!(
            ada.run_status(&works).await.unwrap(),
            ThreadRunStatus::Interrupted
        );
    })
    .await;
}

#[tokio::test]
async fn threads_are_found_counted_copied_and_deleted() {
    each_world(|world| async move {
        let _worker = world.worker().await;
        let ada = ada(&world).await;
        let (thread, _other) = (ada.thread().await, ada.thread().await);
        let change = UpdateThreadRequest {
            id: thread.clone(),
            metadata: json!({ "topic": "cats", "n": 1 }).to_string(),
            ttl: None,
        };
        ada.threads().update_thread(ada.ask(change)).await.unwrap();
        ada.listen(
            &ada.begin_run(asks(&thread, "asker", Some(json!({ "topic": "cats" }))))
                .await
                .unwrap(),
        )
        .await;

        let find = async |request: SearchThreadsRequest| {
            let found = ada
                .threads()
                .search_threads(ada.ask(request))
                .await
                .unwrap()
                .into_inner();
            let ids = found
                .threads
                .into_iter()
                .map(|found| found.id)
                .collect::<Vec<_>>();
            (ids, found.has_more, found.total)
        };
        let by_metadata = SearchThreadsRequest {
            metadata: json!({ "n": 1, "graph_id": "asker" }).to_string(),
            ..SearchThreadsRequest::default()
        };
        assert_eq!(find(by_metadata).await.0, std::slice::from_ref(&thread));
        let by_status = SearchThreadsRequest {
            status: ThreadStatus::Interrupted.into(),
            values: json!({ "draft": "About cats" }).to_string(),
            with_total: true,
            ..SearchThreadsRequest::default()
        };
        assert_eq!(find(by_status).await, (vec![thread.clone()], false, Some(1)));
        let one = SearchThreadsRequest {
            limit: Some(1),
            with_total: true,
            ..SearchThreadsRequest::default()
        };
        let (ids, has_more, total) = find(one).await;
        assert_eq!((ids.len(), has_more, total), (1, true, Some(2)));

        let copied = ada
            .threads()
            .copy_thread(ada.ask(CopyThreadRequest { id: thread.clone() }))
            .await
            .unwrap();
        let copy = copied.into_inner();
        assert_eq!(parsed(copy.values())["draft"], "About cats");
        let deleted = DeleteThreadRequest { id: thread.clone() };
        ada.threads()
            .delete_thread(ada.ask(deleted.clone()))
            .await
            .unwrap();
        let again = ada.threads().delete_thread(ada.ask(deleted)).await.unwrap_err();
        assert_eq!(again.code(), Code::NotFound);
        assert_eq!(
            ada.read_thread(&copy.id).await.status(),
            ThreadStatus::Interrupted,
            "the copy stays"
        );
    })
    .await;
}

#[tokio::test]
async fn no_thread_of_somebody_else_is_seen_or_steered() {
    each_world(|world| async move {
        let _worker = world.worker().await;
        let (ada, eve) = (ada(&world).await, world.user());
        let thread = ada.thread().await;
        let run = ada
            .begin_run(asks(&thread, "asker", Some(json!({ "topic": "cats" }))))
            .await
            .unwrap();
        ada.listen(&run).await;

        let (id, thread_id) = (run.id.clone(), thread.clone());
        let mut threads = eve.threads();
        let told = [
            threads
                .get_thread_storage(eve.ask(GetThreadStorageRequest { id: thread.clone() }))
                .await
                .unwrap_err(),
            threads
                .get_thread(eve.ask(GetThreadRequest { id: thread.clone() }))
                .await
                .unwrap_err(),
            threads
                .copy_thread(eve.ask(CopyThreadRequest { id: thread.clone() }))
                .await
                .unwrap_err(),
            threads
                .delete_thread(eve.ask(DeleteThreadRequest { id: thread.clone() }))
                .await
                .unwrap_err(),
            threads
                .prune_thread(eve.ask(PruneThreadRequest { id: thread.clone() }))
                .await
                .unwrap_err(),
            eve.cancel_thread_run(&run, true).await.unwrap_err(),
            eve.run_status(&run).await.unwrap_err(),
            eve.begin_run(asks(&thread, "research", Some(json!({}))))
                .await
                .unwrap_err(),
            threads
                .update_thread(eve.ask(UpdateThreadRequest {
                    id: thread.clone(),
                    metadata: "{}".to_owned(),
                    ttl: None,
                }))
                .await
                .unwrap_err(),
            threads
                .get_thread_state(eve.ask(GetThreadStateRequest {
                    thread_id: thread.clone(),
                    checkpoint_id: None,
                }))
                .await
                .unwrap_err(),
            threads
                .update_thread_state(eve.ask(UpdateThreadStateRequest {
                    thread_id: thread.clone(),
                    values: "{}".to_owned(),
                    ..UpdateThreadStateRequest::default()
                }))
                .await
                .unwrap_err(),
            threads
                .list_thread_history(eve.ask(ListThreadHistoryRequest {
                    thread_id: thread.clone(),
                    ..Default::default()
                }))
                .await
                .unwrap_err(),
            threads
                .list_thread_runs(eve.ask(ListThreadRunsRequest {
                    thread_id: thread.clone(),
                    ..Default::default()
                }))
                .await
                .unwrap_err(),
            threads
                .delete_thread_run(eve.ask(DeleteThreadRunRequest {
                    thread_id: thread_id.clone(),
                    id: id.clone(),
                }))
                .await
                .unwrap_err(),
            threads
                .watch_thread_run(eve.ask(WatchThreadRunRequest {
                    thread_id,
                    id,
                    end_only: false,
                }))
                .await
                .map(drop)
                .unwrap_err(),
        ];
        for status in told {
            assert_eq!(status.code(), Code::NotFound, "{status:?}");
        }

        let found = threads
            .search_threads(eve.ask(SearchThreadsRequest::default()))
            .await
            .unwrap();
        assert!(found.into_inner().threads.is_empty());
        let taken = CreateThreadRequest {
            id: Some(thread.clone()),
            may_exist: true,
            ..CreateThreadRequest::default()
        };
        let taken = threads.create_thread(eve.ask(taken)).await.unwrap_err();
        assert_eq!(taken.code(), Code::NotFound);
        let theirs = eve
            .assistants()
            .search_assistants(eve.ask(SearchAssistantsRequest::default()))
            .await
            .unwrap();
        let theirs = theirs.into_inner().assistants;
        assert!(theirs.iter().all(|one| one.graph != "asker"), "{theirs:?}");
        let named = GetAssistantRequest {
            id: run.assistant_id.clone(),
        };
        let named = eve.assistants().get_assistant(eve.ask(named)).await.unwrap_err();
        assert_eq!(named.code(), Code::NotFound);
        assert_eq!(ada.read_thread(&thread).await.status(), ThreadStatus::Interrupted);
    })
    .await;
}
