//! Assistants that people make of graphs: their settings, their versions, and whose they are.

use proto::v1::{
    Assistant, CreateAssistantRequest, DeleteAssistantRequest, GetThreadStorageRequest,
    ListAssistantVersionsRequest, SetAssistantVersionRequest, UpdateAssistantRequest,
};

use super::*;

const SPEAKER: &str = r#"
nodes:
  say: { type: transform, output: said, value: "${config.word} ${config.end}" }
"#;

impl Person {
    async fn make_assistant(&self, request: CreateAssistantRequest) -> Result<Assistant, Status> {
        let made = self.assistants().create_assistant(self.ask(request)).await?;
        Ok(made.into_inner())
    }

    /// What a run of the assistant says, with this config of its own.
    async fn hear(&self, assistant: &str, config: &Value) -> Value {
        let thread = self.thread().await;
        let request = CreateThreadRunRequest {
            config: config.to_string(),
            ..asks(&thread, assistant, Some(json!({})))
        };
        let run = self.begin_run(request).await.unwrap();
        assert_eq!(run.assistant_id, assistant);
        self.listen(&run).await;
        parsed(self.read_thread(&thread).await.values())["said"].clone()
    }

    async fn versions(&self, id: &str) -> Vec<u32> {
        let request = ListAssistantVersionsRequest {
            id: id.to_owned(),
            ..ListAssistantVersionsRequest::default()
        };
        let list = self.assistants().list_assistant_versions(self.ask(request)).await;
        let list = list.unwrap().into_inner().assistants;
        list.iter().map(|one| one.version).collect()
    }

    async fn speaker(&self) -> Assistant {
        let put = PutDefinitionRequest {
            name: "speaker".to_owned(),
            source: SPEAKER.to_owned(),
        };
        self.definitions().put_definition(self.ask(put)).await.unwrap();
        let request = CreateAssistantRequest {
            graph: "speaker".to_owned(),
            name: "Polite".to_owned(),
            context: json!({ "word": "please", "end": "." }).to_string(),
            metadata: json!({ "team": "blue" }).to_string(),
            ..CreateAssistantRequest::default()
        };
        self.make_assistant(request).await.unwrap()
    }
}

#[tokio::test]
async fn an_assistants_settings_are_what_its_runs_begin_with_version_by_version() {
    each_world(|world| async move {
        let _worker = world.worker().await;
        let ada = ada(&world).await;
        let made = ada.speaker().await;
        assert_eq!((made.version, made.name.as_str()), (1, "Polite"));
        assert_eq!(parsed(&made.config)["configurable"]["word"], "please");
        assert_eq!(ada.hear(&made.id, &json!({})).await, "please .");
        assert_eq!(ada.hear(&made.id, &json!({ "end": "!" })).await, "please !");

        let change = UpdateAssistantRequest {
            id: made.id.clone(),
            context: Some(json!({ "word": "now", "end": "." }).to_string()),
            metadata: Some(json!({ "grade": 2 }).to_string()),
            ..UpdateAssistantRequest::default()
        };
        let changed = ada.assistants().update_assistant(ada.ask(change)).await;
        let changed = changed.unwrap().into_inner();
        assert_eq!((changed.version, changed.name.as_str()), (2, "Polite"));
        assert_eq!(parsed(&changed.metadata), json!({ "team": "blue", "grade": 2 }));
        assert_eq!(ada.hear(&made.id, &json!({})).await, "now .");
        assert_eq!(ada.versions(&made.id).await, [2, 1]);

        let back = |version| SetAssistantVersionRequest {
            id: made.id.clone(),
            version,
        };
        let unknown = ada.assistants().set_assistant_version(ada.ask(back(3))).await;
        assert_eq!(unknown.unwrap_err().code(), Code::NotFound);
        let first = ada.assistants().set_assistant_version(ada.ask(back(1))).await;
        assert_eq!(first.unwrap().into_inner().version, 1);
        assert_eq!(ada.hear(&made.id, &json!({})).await, "please .");

        let named = SearchAssistantsRequest {
            metadata: json!({ "team": "blue" }).to_string(),
            ..SearchAssistantsRequest::default()
        };
        let found = ada.assistants().search_assistants(ada.ask(named)).await.unwrap();
        assert_eq!(found.into_inner().total, 1);
        let delete = || DeleteAssistantRequest { id: made.id.clone() };
        ada.assistants()
            .delete_assistant(ada.ask(delete()))
            .await
            .unwrap();
        let gone = ada.assistants().delete_assistant(ada.ask(delete())).await;
        assert_eq!(gone.unwrap_err().code(), Code::NotFound);
    })
    .await;
}

#[tokio::test]
async fn what_no_assistant_can_be_is_refused_and_those_of_graphs_and_of_others_stay() {
    each_world(|world| async move {
        let (ada, eve) = (ada(&world).await, ada(&world).await);
        let made = ada.speaker().await;
        let again = |may_exist| CreateAssistantRequest {
            id: Some(made.id.clone()),
            graph: "asker".to_owned(),
            may_exist,
            ..CreateAssistantRequest::default()
        };
        let taken = ada.make_assistant(again(false)).await.unwrap_err();
        assert_eq!(taken.code(), Code::AlreadyExists);
        assert_eq!(ada.make_assistant(again(true)).await.unwrap(), made);

        let wrong = [
            (json!({ "graph": "nothing" }), "graph_id"),
            (json!({ "id": "7" }), "assistant_id"),
            (json!({ "name": "n".repeat(201) }), "name"),
            (json!({ "context": "[]" }), "context"),
            (
                json!({ "metadata": format!("{{\"x\":\"{}\"}}", "a".repeat(70_000)) }),
                "metadata",
            ),
            (
                json!({ "config": "{\"configurable\":{\"a\":1}}", "context": "{\"b\":1}" }),
                "context",
            ),
        ];
        for (fields_of, field) in wrong {
            let text = |name: &str| fields_of[name].as_str().map(str::to_owned);
            let request = CreateAssistantRequest {
                id: text("id"),
                graph: text("graph").unwrap_or_else(|| "asker".to_owned()),
                name: text("name").unwrap_or_default(),
                config: text("config").unwrap_or_default(),
                context: text("context").unwrap_or_default(),
                metadata: text("metadata").unwrap_or_default(),
                ..CreateAssistantRequest::default()
            };
            assert_eq!(fields(&ada.make_assistant(request).await.unwrap_err()), [field]);
        }

        // The one that follows from a graph is changed by its definition.
        let id = "asker".to_owned();
        let of_graph = ada
            .assistants()
            .get_assistant(ada.ask(GetAssistantRequest { id }))
            .await;
        let of_graph = of_graph.unwrap().into_inner().id;
        let delete = |id: &str| DeleteAssistantRequest { id: id.to_owned() };
        let refused = ada
            .assistants()
            .delete_assistant(ada.ask(delete(&of_graph)))
            .await;
        assert_eq!(refused.unwrap_err().code(), Code::FailedPrecondition);
        assert_eq!(ada.versions(&of_graph).await, [1]);

        let change = UpdateAssistantRequest {
            id: made.id.clone(),
            ..UpdateAssistantRequest::default()
        };
        let versions = ListAssistantVersionsRequest {
            id: made.id.clone(),
            ..ListAssistantVersionsRequest::default()
        };
        let version = SetAssistantVersionRequest {
            id: made.id.clone(),
            version: 1,
        };
        let mut assistants = eve.assistants();
        for told in [
            assistants.update_assistant(eve.ask(change)).await.map(drop),
            assistants
                .delete_assistant(eve.ask(delete(&made.id)))
                .await
                .map(drop),
            assistants
                .list_assistant_versions(eve.ask(versions))
                .await
                .map(drop),
            assistants.set_assistant_version(eve.ask(version)).await.map(drop),
        ] {
            assert_eq!(told.unwrap_err().code(), Code::NotFound);
        }

        // Her ids are hers alone: nobody learns from one that it is somebody else's.
        let hers = eve.make_assistant(again(false)).await.unwrap();
        assert_eq!((&hers.id, hers.graph.as_str()), (&made.id, "asker"));
        assert_eq!(ada.make_assistant(again(true)).await.unwrap(), made);
        eve.assistants()
            .delete_assistant(eve.ask(delete(&made.id)))
            .await
            .unwrap();
        assert_eq!(ada.versions(&made.id).await, [1]);
    })
    .await;
}

#[tokio::test]
async fn a_thread_says_how_much_its_states_take() {
    each_world(|world| async move {
        let _worker = world.worker().await;
        let ada = ada(&world).await;
        let thread = ada.thread().await;
        let measure = || GetThreadStorageRequest { id: thread.clone() };
        let empty = ada.threads().get_thread_storage(ada.ask(measure())).await;
        assert_eq!(empty.unwrap().into_inner(), proto::v1::ThreadStorage::default());

        let run = ada
            .begin_run(asks(&thread, "asker", Some(json!({ "topic": "cats" }))))
            .await
            .unwrap();
        ada.listen(&run).await;
        let full = ada.threads().get_thread_storage(ada.ask(measure())).await;
        let full = full.unwrap().into_inner();
        assert!(full.checkpoints >= 2 && full.checkpoint_bytes > 20, "{full:?}");
        let names: Vec<_> = full
            .values
            .iter()
            .map(|value| (value.name.as_str(), value.bytes))
            .collect();
        assert_eq!(names, [("topic", 6), ("draft", 12)]);
    })
    .await;
}

#[tokio::test]
async fn threads_are_found_by_the_values_where_they_stand_now() {
    each_world(|world| async move {
        let _worker = world.worker().await;
        let ada = ada(&world).await;
        let mut threads = Vec::new();
        for topic in ["cats", "dogs", "cats"] {
            let thread = ada.thread().await;
            let run = ada
                .begin_run(asks(&thread, "asker", Some(json!({ "topic": topic }))))
                .await;
            ada.listen(&run.unwrap()).await;
            threads.push(thread);
        }
        let find = async |values: Value| -> Vec<String> {
            let search = SearchThreadsRequest {
                values: values.to_string(),
                ascending: true,
                ..SearchThreadsRequest::default()
            };
            let found = ada.threads().search_threads(ada.ask(search)).await.unwrap();
            let found = found.into_inner().threads;
            found.into_iter().map(|thread| thread.id).collect()
        };
        let both = [threads[0].clone(), threads[2].clone()];
        let mut found = find(json!({ "topic": "cats" })).await;
        found.sort_by_key(|id| threads.iter().position(|known| known == id));
        assert_eq!(found, both);
        assert_eq!(
            find(json!({ "topic": "cats", "draft": "About dogs" })).await,
            Vec::<String>::new()
        );
        assert_eq!(find(json!({ "topic": "c" })).await, Vec::<String>::new());
        assert_eq!(
            find(json!({ "topic": "dogs", "draft": "About dogs" })).await,
            threads[1..2]
        );

        // It goes on, by hand and by a run; an object is looked for, too.
        let change = UpdateThreadStateRequest {
            thread_id: threads[0].clone(),
            values: json!({ "draft": "Mine" }).to_string(),
            ..UpdateThreadStateRequest::default()
        };
        ada.threads().update_thread_state(ada.ask(change)).await.unwrap();
        assert_eq!(find(json!({ "draft": "Mine" })).await, threads[..1]);
        let run = ada.begin_run(answers(&threads[2], &json!({ "ok": true }))).await;
        ada.listen(&run.unwrap()).await;
        let review = json!({ "answer": { "ok": true }, "declined": false, "expired": false });
        assert_eq!(
            find(json!({ "topic": "cats", "review": review })).await,
            threads[2..]
        );
        assert_eq!(
            find(json!({ "topic": "cats", "draft": "About cats" })).await,
            threads[2..]
        );
    })
    .await;
}
