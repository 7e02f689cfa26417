//! Cancelling, restarting and forking.

use proto::v1::{AnswerRunRequest, ForkRunRequest, ListCheckpointsRequest, ListRunsRequest, RunStatus};
use serde_json::json;
use tonic::Code;

use super::agents::Fault;
use super::world::{Person, data, each_world, fields, log_lines, problem, request, status, statuses};

#[tokio::test]
async fn cancelling_while_audio_is_made_drops_the_agents_streams() {
    each_world(|world| async move {
        let _worker = world.worker().await;
        let guest = world.guest();

        world.agents.script(
            "codestory.voice/chunk",
            [None, Some(Fault::Hang), Some(Fault::Hang)],
        );

        let story = guest.create(request()).await.unwrap();
        world.agents.hangs(2).await;

        let cancelling = guest.cancel(&story.id).await.unwrap();

        assert_ne!(status(&cancelling), RunStatus::Running);

        world.agents.abandons(2).await;

        let events = guest.watch_to_end(&story.run_id, 0).await;
        let last = events.last().unwrap();

        assert_eq!(
            (last.kind.as_str(), &data(last)["status"]),
            ("status", &"cancelled".into())
        );

        let cancelled = guest.get(&story.id).await.unwrap();
        assert_eq!(status(&cancelled), RunStatus::Cancelled);
        assert_eq!(
            (
                cancelled.error_message.as_deref().unwrap(),
                cancelled.phase.as_str()
            ),
            ("cancelled", "synthesizing")
        );
        assert!(cancelled.code_result().is_none(), "nothing half-made is shown");

        let nothing = (Code::FailedPrecondition, "NOTHING_TO_CANCEL".to_owned());
        assert_eq!(problem(&guest.cancel(&story.id).await.unwrap_err()), nothing);

        let ended = (Code::FailedPrecondition, "RUN_ENDED".to_owned());
        assert_eq!(
            problem(&guest.cancel_run(&story.run_id).await.unwrap_err()),
            ended
        );
    })
    .await;
}

#[tokio::test]
async fn a_queued_run_is_cancelled_without_a_worker() {
    each_world(|world| async move {
        let guest = world.guest();
        let story = guest.create(request()).await.unwrap();
        let run = guest.cancel_run(&story.run_id).await.unwrap();

        assert_eq!(run.status, i32::from(RunStatus::Cancelled));

        let events = guest.watch_to_end(&story.run_id, 0).await;
        assert_eq!(
            statuses(&events),
            [("queued".to_owned(), 0), ("cancelled".to_owned(), 0)]
        );
    })
    .await;
}

#[tokio::test]
async fn a_restart_stops_the_work_and_begins_with_an_empty_log() {
    each_world(|world| async move {
        let _worker = world.worker().await;
        let guest = world.guest();

        world.agents.script("codestory.analyzer", [Some(Fault::Hang)]);

        let story = guest.create(request()).await.unwrap();
        world.agents.hangs(1).await;

        let restarted = guest.restart(&story.id, "").await.unwrap();
        assert_eq!(restarted.id, story.id);
        assert_ne!(restarted.run_id, story.run_id);

        world.agents.abandons(1).await;

        let first = guest.watch_to_end(&story.run_id, 0).await;
        assert_eq!(statuses(&first).pop().unwrap(), ("cancelled".to_owned(), 15));

        let done = guest.finished(&restarted).await;
        assert_eq!(status(&done), RunStatus::Completed);
        assert!(done.error_message.is_none());

        let events = guest.watch_to_end(&restarted.run_id, 0).await;
        assert_eq!(log_lines(&events).len(), 9);
        assert_eq!(events[0].number, 1);
    })
    .await;
}

#[tokio::test]
async fn a_finished_story_is_made_anew_and_its_old_audio_is_not_shown_meanwhile() {
    each_world(|world| async move {
        let guest = world.guest();
        let story = guest.create(request()).await.unwrap();
        let worker = world.worker().await;
        let done = guest.finished(&story).await;

        worker.crash().await;

        let again = guest.restart(&story.id, "").await.unwrap();
        assert_eq!((status(&again), again.progress), (RunStatus::Queued, 0.0));
        assert!(again.code_result().is_none() && again.error_message.is_none());

        let _worker = world.worker().await;
        let made = guest.finished(&again).await;

        assert_eq!(status(&made), RunStatus::Completed);
        assert_ne!(made.result, done.result);
    })
    .await;
}

#[tokio::test]
async fn restarts_at_the_same_time_leave_one_active_run() {
    each_world(|world| async move {
        let user = world.user();
        let story = user.create(request()).await.unwrap();
        let (a, b) = tokio::join!(user.restart(&story.id, ""), user.restart(&story.id, ""));
        a.unwrap();
        b.unwrap();

        let active = ListRunsRequest {
            status: RunStatus::Queued.into(),
            ..Default::default()
        };

        let active = user
            .runs()
            .list_runs(user.ask(active))
            .await
            .unwrap()
            .into_inner()
            .runs;

        assert_eq!(active.len(), 1);
        assert_eq!(active[0].id, user.get(&story.id).await.unwrap().run_id);

        let all = ListRunsRequest {
            page_size: Some(2),
            ..Default::default()
        };
        let all = user.runs().list_runs(user.ask(all)).await.unwrap().into_inner();

        assert_eq!((all.runs.len(), all.next_page_token.is_none()), (2, false));
    })
    .await;
}

#[tokio::test]
async fn a_failed_story_goes_on_from_a_checkpoint() {
    each_world(|world| async move {
        let _worker = world.worker().await;
        let user = world.user();
        let refused = tonic::Status::invalid_argument("The voice refused the text.");
        world
            .agents
            .script("codestory.voice/chunk", [None, Some(Fault::Fail(refused))]);

        let story = user.create(request()).await.unwrap();
        let failed = user.finished(&story).await;

        assert_eq!(
            failed.error_message.as_deref(),
            Some("The voice refused the text.")
        );

        let kept = ListCheckpointsRequest {
            run_id: story.run_id.clone(),
        };
        let kept = user
            .runs()
            .list_checkpoints(user.ask(kept))
            .await
            .unwrap()
            .into_inner()
            .checkpoints;
        let newest = &kept[0];

        assert_eq!(
            (newest.step, newest.next.as_slice()),
            (4, ["speak".to_owned()].as_slice())
        );

        let fork = ForkRunRequest {
            run_id: story.run_id.clone(),
            step: newest.step,
        };
        let fork = user.runs().fork_run(user.ask(fork)).await.unwrap().into_inner();

        assert_eq!(fork.forked_from.as_ref(), Some(&story.run_id));

        let current = user.get(&story.id).await.unwrap();
        assert_eq!(current.run_id, fork.id, "the story follows its fork");

        let done = user.finished(&current).await;
        assert_eq!(status(&done), RunStatus::Completed);
        assert_eq!(
            world.agents.calls_of("codestory.architect/chapter").len(),
            3,
            "not written again"
        );

        let gone = ForkRunRequest {
            run_id: story.run_id.clone(),
            step: 99,
        };
        let gone = user.runs().fork_run(user.ask(gone)).await.unwrap_err();

        assert_eq!(problem(&gone), (Code::NotFound, "CHECKPOINT_EXPIRED".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn a_story_in_the_making_is_not_forked() {
    each_world(|world| async move {
        let user = world.user();
        let story = user.create(request()).await.unwrap();
        let fork = ForkRunRequest {
            run_id: story.run_id.clone(),
            step: 0,
        };
        let refused = user.runs().fork_run(user.ask(fork)).await.unwrap_err();

        assert_eq!(
            problem(&refused),
            (Code::FailedPrecondition, "STORY_ACTIVE".to_owned())
        );
    })
    .await;
}

#[tokio::test]
async fn a_run_that_asked_nothing_takes_no_answer() {
    each_world(|world| async move {
        let user = world.user();
        let story = user.create(request()).await.unwrap();
        let answer = |text: &str| AnswerRunRequest {
            id: story.run_id.clone(),
            answer: text.to_owned(),
        };

        let refused = user
            .runs()
            .answer_run(user.ask(answer("\"yes\"")))
            .await
            .unwrap_err();

        assert_eq!(problem(&refused), (Code::Aborted, "RUN_NOT_WAITING".to_owned()));

        let refused = user.runs().answer_run(user.ask(answer("{"))).await.unwrap_err();
        assert_eq!(fields(&refused), ["answer"]);
    })
    .await;
}

#[tokio::test]
async fn a_question_takes_one_answer_that_fits_it_and_its_run_goes_on() {
    each_world(|world| async move {
        let (owner, stranger) = (world.user(), world.user());
        let story = owner.create(request()).await.unwrap();
        let question = json!({ "prompt": "Which way?", "response_schema": {
            "type": "object", "properties": { "way": { "enum": ["left", "right"] } }, "required": ["way"] } });
        let asks = json!({ "step": 1, "node": "intent", "item": -1, "key": "@ask:0" });
        let id = uuid::Uuid::parse_str(&story.run_id).unwrap();
        let sql = "UPDATE runs SET status = 'waiting_for_input', question = $1, answer_to = $2 WHERE id = $3";
        kit::on_write!(world.db.system(), c => sqlx::query(sql)
            .bind(sqlx::types::Json(&question))
            .bind(sqlx::types::Json(&asks))
            .bind(id)
            .execute(c)
            .await
            .map(drop))
        .unwrap();

        let answer = async |person: &Person, text: &str| {
            let request = AnswerRunRequest {
                id: story.run_id.clone(),
                answer: text.to_owned(),
            };
            person.runs().answer_run(person.ask(request)).await
        };

        let hidden = answer(&stranger, r#"{"way":"left"}"#).await.unwrap_err();
        assert_eq!(hidden.code(), Code::NotFound);

        for (text, field) in [("{}", "answer"), (r#"{"way":"up"}"#, "answer.way"), ("1", "answer")] {
            assert_eq!(fields(&answer(&owner, text).await.unwrap_err()), [field], "{text}");
        }
        let shown = owner.run(&story.run_id).await.unwrap();
        assert_eq!(
            (shown.status, shown.question.is_some()),
            (RunStatus::WaitingForInput.into(), true),
            "a wrong answer is none"
        );

        let answered = answer(&owner, r#"{"way":"left"}"#).await.unwrap().into_inner();
        assert_eq!(
            (answered.status, answered.question),
            (RunStatus::Queued.into(), None)
        );

        let again = answer(&owner, r#"{"way":"right"}"#).await.unwrap_err();
        assert_eq!(problem(&again), (Code::Aborted, "RUN_NOT_WAITING".to_owned()));
    })
    .await;
}
