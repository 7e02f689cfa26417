//! A thread that is made for one run, whose end alone is waited for, and what is left of it when it is deleted.

use kit::db::Db;
use kit::on;
use proto::v1::{CreateThreadRunRequest, DeleteThreadRequest, PutDefinitionRequest, ThreadRun};
use serde_json::json;

use super::super::world::{Person, each_world};
use super::{ASKER, asks, parsed};

const ADDER: &str = r#"
nodes:
  one: { type: transform, output: sum, value: "${input.n + 1}", next: two }
  two: { type: transform, output: text, value: "${input.filler}" }
"#;

impl Person {
    async fn run_by_itself(&self, graph: (&str, &str), input: serde_json::Value) -> ThreadRun {
        let (name, source) = graph;
        let request = PutDefinitionRequest {
            name: name.to_owned(),
            source: source.to_owned(),
        };
        self.definitions()
            .put_definition(self.ask(request))
            .await
            .unwrap();

        let request = CreateThreadRunRequest {
            thread_id: None,
            ..asks("", name, Some(input))
        };
        self.begin_run(request).await.unwrap()
    }

    async fn delete_thread_of(&self, run: &ThreadRun) {
        let request = DeleteThreadRequest {
            id: run.thread_id.clone(),
        };
        self.threads().delete_thread(self.ask(request)).await.unwrap();
    }
}

/// Workflows and their runs, and runs that clear up behind one.
async fn count(db: &Db) -> (i64, i64, i64) {
    let sql = "SELECT (SELECT COUNT(*) FROM threads) + (SELECT COUNT(*) FROM workflows), \
               (SELECT COUNT(*) FROM runs WHERE graph = 'workflow'), \
               (SELECT COUNT(*) FROM runs WHERE graph = 'story_deletion')";
    on!(db.system(), c => sqlx::query_as(sql).fetch_one(c).await).unwrap()
}

#[tokio::test]
async fn the_end_alone_has_the_values_and_a_run_that_moved_nothing_out_goes_with_its_thread() {
    each_world(|world| async move {
        let _worker = world.worker().await;
        let ada = world.user();

        let run = ada
            .run_by_itself(("adder", ADDER), json!({ "n": 1, "filler": "small" }))
            .await;
        let heard = ada.listen_to(&run, true).await;
        let kinds: Vec<_> = heard.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!(kinds, ["end"]);
        let values = &parsed(&heard[0].data)["values"];
        assert_eq!((&values["sum"], &values["text"]), (&json!(2), &json!("small")));

        ada.delete_thread_of(&run).await;
        assert_eq!(count(&world.db).await, (0, 0, 0));
    })
    .await;
}

#[tokio::test]
async fn what_was_moved_out_of_the_database_or_still_waits_is_cleared_up_by_a_run() {
    each_world(|world| async move {
        let _worker = world.worker().await;
        let ada = world.user();

        // Incompressible, so that it is too large for a row.
        let filler: String = (0_u64..60_000)
            .map(|n| format!("{:x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
            .collect();
        let large = ada
            .run_by_itself(("adder", ADDER), json!({ "n": 1, "filler": filler }))
            .await;
        ada.listen_to(&large, true).await;
        ada.delete_thread_of(&large).await;
        assert_eq!(count(&world.db).await.2, 1);

        let asking = ada
            .run_by_itself(("asker", ASKER), json!({ "topic": "cats" }))
            .await;
        let heard = ada.listen_to(&asking, true).await;
        let kinds: Vec<_> = heard.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!(kinds, ["interrupt", "end"]);
        ada.delete_thread_of(&asking).await;
        assert_eq!(count(&world.db).await.2, 2);
    })
    .await;
}
