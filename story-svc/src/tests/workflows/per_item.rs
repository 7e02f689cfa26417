//! A workflow that a fan-out calls for each item of a list.

use std::time::Duration;

use proto::v1::{ResumeWorkflowRequest, WorkflowStatus};
use serde_json::{Value, json};
use tonic::Status;

use super::parsed;
use crate::tests::agents::Fault;
use crate::tests::world::each_world;

/// Odd numbers take a way of their own.
const LEG: &str = r#"
nodes:
  look: { type: branch, cases: [{ when: "input.n % 2 == 1", next: odd }], else: even }
  odd: { type: transform, value: "${input.n * 10}", output: made, next: end }
  even: { type: transform, value: "${input.n}", output: made, next: again }
  again: { type: transform, value: "${values.made + input.place}", output: made }
output: "${values.made}"
"#;

const WALK: &str = r#"
nodes:
  each: { type: fan_out, items: input.list, do: leg, at_once: 2 }
  leg: { type: workflow, definition: leg, input: { n: "${item}", place: "${index}" }, next: sum }
  sum: { type: transform, value: "${values.leg}" }
output: "${values.sum}"
"#;

/// Asks about each, and fails where the answer is no.
const ASKING: &str = r#"
nodes:
  ask: { type: question, prompt: "Is ${input.n} right?", next: judge }
  judge: { type: transform, attempts: 1, value: "${values.ask.answer == 'no' ? input.nothing : input.n}" }
output: "${values.judge}"
"#;

#[tokio::test]
async fn each_item_goes_its_own_way_through_the_called_workflow() {
    each_world(|world| async move {
        let user = world.user();
        let _worker = world.worker().await;
        user.define("leg", LEG).await.unwrap();
        user.define("walk", WALK).await.unwrap();

        for (list, made) in [
            (json!([]), json!([])),
            (json!([4]), json!([4])),
            (json!([1, 2, 3, 4, 5]), json!([10, 3, 30, 7, 50])),
        ] {
            let workflow = user.make("walk").await;
            user.execute(&workflow.id, &json!({ "list": list }))
                .await
                .unwrap();
            let done = user.stands(&workflow.id, WorkflowStatus::Completed).await;
            assert_eq!(parsed(done.output.as_ref()), made, "{list}");
        }

        let workflow = user.make("walk").await;
        let list: Vec<Value> = (0..1_001).map(Value::from).collect();
        user.execute(&workflow.id, &json!({ "list": list }))
            .await
            .unwrap();
        let why = user.stands_failed(&workflow.id).await;
        assert!(why.contains("more than 1000 items"), "{why}");
    })
    .await;
}

#[tokio::test]
async fn the_copies_ask_at_once_and_go_on_when_all_are_answered() {
    each_world(|world| async move {
        let user = world.user();
        let _worker = world.worker().await;
        user.define("leg", ASKING).await.unwrap();
        user.define("walk", WALK).await.unwrap();
        let workflow = user.make("walk").await;
        user.execute(&workflow.id, &json!({ "list": [3, 5] }))
            .await
            .unwrap();

        let asked = user.stands(&workflow.id, WorkflowStatus::Interrupted).await;
        assert_eq!(asked.questions.len(), 2);
        for question in &asked.questions {
            let yes = json!("yes");
            user.answer(&workflow.id, Some(&question.id), Some(&yes))
                .await
                .unwrap();
        }

        let done = user.stands(&workflow.id, WorkflowStatus::Completed).await;
        assert_eq!(parsed(done.output.as_ref()), json!([3, 5]));
    })
    .await;
}

const THINKING: &str = r#"
nodes:
  think: { type: agent, agent: codestory.intent, attempts: 1, input: { n: "${input.n}" } }
output: "${values.think}"
"#;

const ONE_BY_ONE: &str = r#"
nodes:
  each: { type: fan_out, items: input.list, do: leg, at_once: 1 }
  leg: { type: workflow, definition: leg, input: { n: "${item}" } }
output: "${values.leg}"
"#;

#[tokio::test]
async fn a_copy_that_was_cut_off_or_failed_is_done_again_and_no_other() {
    each_world(|world| async move {
        let user = world.user();
        let answer = |word: &str| Some(Fault::Answer(json!({ "said": word })));
        let broken = Some(Fault::Fail(Status::invalid_argument("Nothing is right.")));
        world.agents.script(
            "codestory.intent",
            [
                answer("one"),
                Some(Fault::Hang),
                answer("two"),
                broken,
                answer("three"),
            ],
        );
        user.define("leg", THINKING).await.unwrap();
        user.define("walk", ONE_BY_ONE).await.unwrap();
        let workflow = user.make("walk").await;

        // The process dies while the second copy works.
        let worker = world.worker().await;
        user.execute(&workflow.id, &json!({ "list": [1, 2, 3] }))
            .await
            .unwrap();
        world.agents.hangs(1).await;
        worker.crash().await;
        world.clock.advance(Duration::from_secs(60));

        // The third one fails for good, and is taken up again.
        let _worker = world.worker().await;
        user.stands_failed(&workflow.id).await;
        let request = ResumeWorkflowRequest {
            id: workflow.id.clone(),
            ..ResumeWorkflowRequest::default()
        };
        user.workflows().resume_workflow(user.ask(request)).await.unwrap();
        let done = user.stands(&workflow.id, WorkflowStatus::Completed).await;

        let said = |word: &str| json!({ "said": word });
        assert_eq!(
            parsed(done.output.as_ref()),
            json!([said("one"), said("two"), said("three")])
        );
        let calls = world.agents.calls_of("codestory.intent");
        let numbers: Vec<_> = calls.into_iter().map(|call| call.input["n"].clone()).collect();
        assert_eq!(
            json!(numbers),
            json!([1, 2, 2, 3, 3]),
            "only what was cut off or failed"
        );
    })
    .await;
}

/// Twice what it is given, three times round.
const TWICE: &str = r#"
nodes:
  double: { type: transform, value: "${input.n * 2}" }
output: "${values.double}"
"#;

const ROUND: &str = r#"
nodes:
  begin: { type: transform, value: { list: "${input.list}", round: 0 }, output: now, next: each }
  each: { type: fan_out, items: values.now.list, do: leg }
  leg: { type: workflow, definition: leg, input: { n: "${item}" }, next: count }
  count:
    type: transform
    value: { list: "${values.now.round == 1 ? values.leg.filter(n, n > 4) : values.leg}", round: "${values.now.round + 1}" }
    output: now
    next: enough
  enough: { type: branch, cases: [{ when: "values.now.round < 3", next: each }], else: end }
output: "${values.now.list}"
"#;

#[tokio::test]
async fn a_loop_gives_each_round_its_own_copies_also_when_there_are_fewer() {
    each_world(|world| async move {
        let user = world.user();
        let _worker = world.worker().await;
        user.define("leg", TWICE).await.unwrap();
        user.define("walk", ROUND).await.unwrap();
        let workflow = user.make("walk").await;
        user.execute(&workflow.id, &json!({ "list": [1, 2, 3] }))
            .await
            .unwrap();

        let done = user.stands(&workflow.id, WorkflowStatus::Completed).await;
        assert_eq!(parsed(done.output.as_ref()), json!([16, 24]));
    })
    .await;
}
