//! Cancelled, paused, resumed on a corrected version, retried in numbers, edited, and what becomes of a second execution.

use proto::v1::{
    BulkAction, BulkSteerWorkflowsRequest, CancelWorkflowRequest, EditWorkflowStateRequest,
    GetWorkflowCheckpointRequest, ListWorkflowCheckpointsRequest, ListWorkflowRunsRequest, OnConflict,
    PauseWorkflowRequest, ResumeWorkflowRequest, WorkflowFilter, WorkflowStatus,
};
use serde_json::json;

use std::collections::BTreeSet;

use super::*;
use crate::tests::world::{fields, problem};

#[tokio::test]
async fn a_failed_run_goes_on_at_its_failed_step_on_a_corrected_version() {
    each_world(|world| async move {
        let user = world.user();
        user.define("halves", HALVES).await.unwrap();
        let made = user.make("halves").await;
        let _worker = world.worker().await;
        user.execute(&made.id, &json!({ "n": 3 })).await.unwrap();
        let failed = user.stands(&made.id, WorkflowStatus::Failed).await;
        assert_eq!(failed.failed_node.as_deref(), Some("half"));
        assert!(
            failed
                .error_message
                .unwrap()
                .starts_with("half: `value` expected")
        );

        let resume = async |version| {
            let request = ResumeWorkflowRequest {
                id: made.id.clone(),
                definition_version: version,
                worker_share: None,
            };
            user.workflows().resume_workflow(user.ask(request)).await
        };
        assert_eq!(
            fields(&resume(Some(9)).await.unwrap_err()),
            ["definition_version"]
        );
        user.define("halves", "nodes: { other: { type: transform, value: 1 } }")
            .await
            .unwrap();
        let gone = resume(Some(2)).await.unwrap_err();
        assert_eq!(problem(&gone).1, "VERSION_DOES_NOT_FIT");

        let corrected = HALVES
            .replace("input.nothing", "-1")
            .replace("\"${input.n}\"", "\"${input.gone}\"");
        assert_eq!(user.define("halves", &corrected).await.unwrap(), 3);
        resume(Some(3)).await.unwrap();
        let done = user.stands(&made.id, WorkflowStatus::Completed).await;
        assert_eq!(
            (done.output.as_deref(), done.definition_version),
            (Some("-1"), Some(3))
        );

        let refused = resume(None).await.unwrap_err();
        assert_eq!(problem(&refused).1, "NOTHING_TO_RESUME");
    })
    .await;
}

#[tokio::test]
async fn many_are_steered_by_a_filter_after_a_look_at_how_many() {
    each_world(|world| async move {
        let (user, other) = (world.user(), world.user());
        for person in [&user, &other] {
            person.define("halves", HALVES).await.unwrap();
        }
        let _worker = world.worker().await;
        let mut ids = Vec::new();
        for (person, n) in [(&user, 1), (&user, 3), (&user, 4), (&other, 5)] {
            let made = person.make("halves").await;
            person.execute(&made.id, &json!({ "n": n })).await.unwrap();
            ids.push(made.id);
        }
        for id in [&ids[0], &ids[1]] {
            user.stands(id, WorkflowStatus::Failed).await;
        }
        other.stands(&ids[3], WorkflowStatus::Failed).await;

        let bulk = async |action: BulkAction, preview, filter| {
            let request = BulkSteerWorkflowsRequest {
                action: action.into(),
                filter: Some(filter),
                preview,
                definition_version: Some(2).filter(|_| action == BulkAction::Resume),
                worker_share: None,
            };
            user.workflows()
                .bulk_steer_workflows(user.ask(request))
                .await
                .map(tonic::Response::into_inner)
        };
        let failed = || WorkflowFilter {
            workflow_types: vec!["halves".to_owned()],
            failed_node: Some("half".to_owned()),
            ..WorkflowFilter::default()
        };
        let empty = bulk(BulkAction::Cancel, true, WorkflowFilter::default())
            .await
            .unwrap_err();
        assert_eq!(fields(&empty), ["filter"]);

        let seen = bulk(BulkAction::Resume, true, failed()).await.unwrap();
        assert_eq!((seen.matching, seen.done_ids.len()), (2, 0));

        user.define("halves", &HALVES.replace("input.nothing", "0"))
            .await
            .unwrap();
        let mut done = bulk(BulkAction::Resume, false, failed()).await.unwrap();
        // They were made at the same time, so their ids say the order.
        done.done_ids.sort();
        let mut both = [ids[0].clone(), ids[1].clone()];
        both.sort();
        assert_eq!(done.done_ids, both);
        for id in &ids[..3] {
            user.stands(id, WorkflowStatus::Completed).await;
        }
        assert_eq!(
            status(&other.workflow(&ids[3]).await.unwrap()),
            WorkflowStatus::Failed
        );
    })
    .await;
}

#[tokio::test]
async fn a_paused_workflow_waits_and_a_cancelled_one_ends() {
    each_world(|world| async move {
        let user = world.user();
        user.define("steps", THREE_STEPS).await.unwrap();
        let made = user.make("steps").await;
        user.execute(&made.id, &json!({ "n": 1 })).await.unwrap();
        let id = || made.id.clone();

        let paused = user
            .workflows()
            .pause_workflow(user.ask(PauseWorkflowRequest { id: id() }))
            .await;
        let paused = paused.unwrap().into_inner();
        assert_eq!(
            (status(&paused), paused.paused),
            (WorkflowStatus::Interrupted, true)
        );

        let _worker = world.worker().await;
        let other = user.make("steps").await;
        user.execute(&other.id, &json!({ "n": 1 })).await.unwrap();
        user.stands(&other.id, WorkflowStatus::Completed).await;
        assert!(user.workflow(&made.id).await.unwrap().paused, "nobody took it up");

        let request = ResumeWorkflowRequest {
            id: id(),
            ..ResumeWorkflowRequest::default()
        };
        user.workflows().resume_workflow(user.ask(request)).await.unwrap();
        user.stands(&made.id, WorkflowStatus::Completed).await;
        let over = user
            .workflows()
            .pause_workflow(user.ask(PauseWorkflowRequest { id: id() }))
            .await
            .unwrap_err();
        assert_eq!(problem(&over).1, "NOTHING_TO_CANCEL");

        user.define("ask", TWO_QUESTIONS).await.unwrap();
        let asks = user.make("ask").await;
        user.execute(&asks.id, &json!({ "topic": "x" })).await.unwrap();
        user.stands(&asks.id, WorkflowStatus::Interrupted).await;
        let request = CancelWorkflowRequest { id: asks.id.clone() };
        let cancelled = user
            .workflows()
            .cancel_workflow(user.ask(request))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(status(&cancelled), WorkflowStatus::Cancelled);
        assert!(cancelled.questions.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_second_execution_is_refused_queued_or_takes_the_place_of_the_first() {
    each_world(|world| async move {
        let user = world.user();
        user.define("ask", TWO_QUESTIONS).await.unwrap();
        let made = user.make("ask").await;
        let _worker = world.worker().await;
        let topic = |topic: &str| json!({ "topic": topic });
        user.execute(&made.id, &topic("first")).await.unwrap();
        user.stands(&made.id, WorkflowStatus::Interrupted).await;

        let busy = user.execute(&made.id, &topic("second")).await.unwrap_err();
        assert_eq!(problem(&busy), (tonic::Code::Aborted, "WORKFLOW_BUSY".to_owned()));

        let queued = user
            .execute_with(&made.id, &topic("second"), OnConflict::Enqueue)
            .await
            .unwrap();
        assert_eq!(
            queued.questions[0].prompt, "Left of first?",
            "the first is still the current one"
        );
        let request = CancelWorkflowRequest { id: made.id.clone() };
        user.workflows().cancel_workflow(user.ask(request)).await.unwrap();
        let second = loop {
            let second = user.stands(&made.id, WorkflowStatus::Interrupted).await;
            if second.questions[0].prompt == "Left of second?" {
                break second;
            }
        };
        assert_eq!(second.event_base, 1_000_000_000);

        user.execute_with(&made.id, &topic("third"), OnConflict::Rollback)
            .await
            .unwrap();
        while user
            .workflow(&made.id)
            .await
            .unwrap()
            .questions
            .first()
            .map(|asked| asked.prompt.clone())
            != Some("Left of third?".to_owned())
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let request = ListWorkflowRunsRequest {
            workflow_id: made.id.clone(),
        };
        let runs = user
            .workflows()
            .list_workflow_runs(user.ask(request))
            .await
            .unwrap()
            .into_inner()
            .runs;
        let ordinals: Vec<_> = runs.iter().map(|run| run.ordinal).collect();
        assert_eq!(ordinals, [3, 2, 1]);
    })
    .await;
}

#[tokio::test]
async fn the_values_at_a_checkpoint_are_changed_and_the_workflow_goes_on_from_there() {
    each_world(|world| async move {
        let user = world.user();
        user.define("steps", THREE_STEPS).await.unwrap();
        let made = user.make("steps").await;
        let _worker = world.worker().await;
        user.execute(&made.id, &json!({ "n": 4 })).await.unwrap();
        user.stands(&made.id, WorkflowStatus::Completed).await;

        let request = ListWorkflowCheckpointsRequest {
            workflow_id: made.id.clone(),
            run_id: None,
        };
        let kept = user
            .workflows()
            .list_workflow_checkpoints(user.ask(request))
            .await
            .unwrap()
            .into_inner();
        let steps: Vec<_> = kept
            .checkpoints
            .iter()
            .map(|kept| (kept.step, kept.next.clone()))
            .collect();
        assert_eq!(steps[1], (2, vec!["three".to_owned()]));
        assert_eq!(steps.last().unwrap().0, 0);

        let request = EditWorkflowStateRequest {
            workflow_id: made.id.clone(),
            step: Some(2),
            values: json!({ "two": 1000, "one": null }).to_string(),
            ..EditWorkflowStateRequest::default()
        };
        user.workflows()
            .edit_workflow_state(user.ask(request))
            .await
            .unwrap();
        let done = loop {
            let done = user.stands(&made.id, WorkflowStatus::Completed).await;
            if done.event_base > 0 {
                break done;
            }
        };
        assert_eq!(done.output.as_deref(), Some("999"));

        let request = GetWorkflowCheckpointRequest {
            workflow_id: made.id.clone(),
            run_id: None,
            step: Some(2),
            share_token: None,
        };
        let begun = user
            .workflows()
            .get_workflow_checkpoint(user.ask(request))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(parsed(begun.state.as_ref())["values"], json!({ "two": 1000 }));
        let events = user.events(&made.id, 0).await;
        assert!(
            events.windows(2).all(|two| two[0].number < two[1].number),
            "one life, one order"
        );
    })
    .await;
}

#[tokio::test]
async fn of_many_executions_at_once_with_one_key_all_are_answered_and_one_run_begins() {
    each_world(|world| async move {
        let user = world.user();
        user.define("steps", THREE_STEPS).await.unwrap();

        for round in 0..5 {
            let workflow = user.make("steps").await;
            let execute = || async {
                let request = ExecuteWorkflowRequest {
                    id: workflow.id.clone(),
                    user_input: json!({ "n": 1 }).to_string(),
                    idempotency_key: Some(format!("round-{round}")),
                    ..ExecuteWorkflowRequest::default()
                };
                user.workflows().execute_workflow(user.ask(request)).await
            };

            let executed = futures::future::join_all((0..8).map(|_| execute())).await;
            let runs: BTreeSet<_> = executed
                .into_iter()
                .map(|executed| executed.unwrap().into_inner().run_id)
                .collect();
            assert_eq!(runs.len(), 1, "{runs:?}");
        }
    })
    .await;
}
