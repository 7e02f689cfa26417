//! Runs of threads that begin by the clock, and who is told how runs ended.

use std::time::Duration;

use chrono::{DateTime, Utc};
use kit::clock::Clock;
use kit::on;
use proto::Timestamp;
use proto::v1::{
    CreateScheduleRequest, GetScheduleRequest, ListSchedulesRequest, ScheduledThreadRun,
    UpdateScheduleRequest, WorkflowSchedule,
};
use uuid::Uuid;

use super::*;
use crate::tests::receiver::Receiver;
use crate::tests::world::each_private_world;

impl Person {
    async fn assistant(&self, graph: &str) -> String {
        let request = GetAssistantRequest { id: graph.to_owned() };
        let found = self.assistants().get_assistant(self.ask(request)).await;
        found.unwrap().into_inner().id
    }

    async fn make_cron(&self, request: CreateScheduleRequest) -> Result<WorkflowSchedule, Status> {
        let made = self.schedules().create_schedule(self.ask(request)).await?;
        Ok(made.into_inner())
    }

    async fn runs_of(&self, thread: &str) -> Vec<ThreadRun> {
        let request = ListThreadRunsRequest {
            thread_id: thread.to_owned(),
            ..ListThreadRunsRequest::default()
        };
        let runs = self.threads().list_thread_runs(self.ask(request)).await;
        runs.unwrap().into_inner().runs
    }

    /// Waits until so many runs of the thread have begun and ended, and tells the newest.
    async fn ran_so_often(&self, thread: &str, count: usize) -> ThreadRun {
        loop {
            let runs = self.runs_of(thread).await;
            if runs.len() == count && runs[0].status() == ThreadRunStatus::Success {
                return runs[0].clone();
            }
            assert!(runs.len() <= count, "{runs:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

fn hourly(graph: &str, run: ScheduledThreadRun, input: &Value) -> CreateScheduleRequest {
    CreateScheduleRequest {
        name: "Hourly".to_owned(),
        cron: "0 * * * *".to_owned(),
        workflow_type: graph.to_owned(),
        user_input: input.to_string(),
        thread_run: Some(run),
        ..CreateScheduleRequest::default()
    }
}

fn hour() -> Duration {
    Duration::from_secs(3600)
}

#[tokio::test]
async fn a_cron_of_a_thread_begins_its_runs_until_it_ends_and_is_gone_with_the_thread() {
    each_world(|world| async move {
        let ada = ada(&world).await;
        let thread = ada.thread().await;
        let run = ScheduledThreadRun {
            thread_id: Some(thread.clone()),
            assistant_id: ada.assistant("asker").await,
            metadata: json!({ "by": "clock" }).to_string(),
            ..ScheduledThreadRun::default()
        };
        let ends = world.clock.now() + 2 * hour() + Duration::from_secs(1800);
        let request = CreateScheduleRequest {
            ends_at: Some(Timestamp {
                seconds: ends.timestamp(),
                nanos: 0,
            }),
            ..hourly("asker", run.clone(), &json!({ "topic": "time" }))
        };
        let cron = ada.make_cron(request.clone()).await.unwrap();
        assert!(cron.next_at.len() <= 3, "{:?}", cron.next_at);
        assert_eq!(
            cron.thread_run,
            Some(ScheduledThreadRun {
                kwargs: "{}".to_owned(),
                strategy: 1,
                ..run.clone()
            })
        );

        let _workers = (world.worker().await, world.worker().await);
        for round in 1..=2 {
            world.clock.advance(hour());
            let newest = ada.ran_so_often(&thread, round).await;
            assert_eq!(parsed(&newest.metadata)["by"], "clock");
        }
        assert_eq!(ada.read_thread(&thread).await.status(), ThreadStatus::Interrupted);
        world.clock.advance(hour());
        let get = || GetScheduleRequest { id: cron.id.clone() };
        loop {
            let known = ada.schedules().get_schedule(ada.ask(get())).await.unwrap();
            if known.into_inner().next_at.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let change = UpdateScheduleRequest {
            id: cron.id.clone(),
            clear_ends_at: true,
            ..UpdateScheduleRequest::default()
        };
        let changed = ada.schedules().update_schedule(ada.ask(change)).await.unwrap();
        let changed = changed.into_inner();
        assert_eq!((changed.ends_at, changed.next_at.len()), (None, 5));

        let delete = DeleteThreadRequest { id: thread.clone() };
        ada.threads().delete_thread(ada.ask(delete)).await.unwrap();
        let left = ada
            .schedules()
            .list_schedules(ada.ask(ListSchedulesRequest {}))
            .await;
        assert!(left.unwrap().into_inner().schedules.is_empty());
        let gone = ada.make_cron(request).await.unwrap_err();
        assert_eq!(gone.code(), Code::NotFound);
    })
    .await;
}

#[tokio::test]
async fn a_cron_without_a_thread_makes_one_each_time_and_nonsense_is_refused() {
    each_world(|world| async move {
        let ada = ada(&world).await;
        let run = ScheduledThreadRun {
            assistant_id: ada.assistant("asker").await,
            metadata: json!({ "by": "clock" }).to_string(),
            ..ScheduledThreadRun::default()
        };
        let wrong = [
            (
                ScheduledThreadRun {
                    assistant_id: "x".to_owned(),
                    ..run.clone()
                },
                "assistant_id",
            ),
            (
                ScheduledThreadRun {
                    thread_id: Some("x".to_owned()),
                    ..run.clone()
                },
                "thread_id",
            ),
            (
                ScheduledThreadRun {
                    metadata: "[]".to_owned(),
                    ..run.clone()
                },
                "metadata",
            ),
            (
                ScheduledThreadRun {
                    webhook: Some("http://127.0.0.1:1/".to_owned()),
                    ..run.clone()
                },
                "webhook",
            ),
        ];
        for (run, field) in wrong {
            let refused = ada
                .make_cron(hourly("asker", run, &json!({ "topic": "x" })))
                .await;
            assert_eq!(fields(&refused.unwrap_err()), [field]);
        }

        ada.make_cron(hourly("asker", run, &json!({ "topic": "time" })))
            .await
            .unwrap();
        let _worker = world.worker().await;
        for count in 1..=2 {
            world.clock.advance(hour());
            loop {
                let search = SearchThreadsRequest {
                    metadata: json!({ "by": "clock" }).to_string(),
                    status: ThreadStatus::Interrupted.into(),
                    ..SearchThreadsRequest::default()
                };
                let found = ada.threads().search_threads(ada.ask(search)).await.unwrap();
                if found.into_inner().threads.len() == count {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_was_named_is_told_how_a_run_ended_again_until_it_is_taken() {
    each_private_world(|world| async move {
        let receiver = Receiver::start().await;
        receiver.answer_with("500 Internal Server Error", "");
        let _workers = (world.worker().await, world.worker().await);
        let ada = ada(&world).await;
        let thread = ada.thread().await;
        let told = |request| CreateThreadRunRequest {
            webhook: Some(format!("{}/told", receiver.base)),
            ..request
        };
        let asked = told(asks(&thread, "asker", Some(json!({ "topic": "cats" }))));
        let run = ada.begin_run(asked).await.unwrap();
        let first = receiver.wait_for(1).await.remove(0);
        assert_eq!((first.id(), first.path.as_str()), (run.id.as_str(), "/told"));
        let body = parsed(&first.body);
        assert_eq!(
            (&body["status"], &body["run_id"]),
            (&json!("success"), &json!(run.id))
        );
        assert_eq!(body["values"], json!({ "topic": "cats", "draft": "About cats" }));

        let again = until_noted(&world, &run).await;
        assert_eq!(again, Some(world.clock.now() + Duration::from_secs(5)));
        receiver.answer_with("200 OK", "");
        world.clock.advance(Duration::from_secs(10));
        receiver.wait_for(2).await;
        assert_eq!(until_noted(&world, &run).await, None);
        let answer = told(answers(&thread, &json!({ "ok": true })));
        let second = ada.begin_run(answer).await.unwrap();
        let heard = receiver.wait_for(3).await.remove(2);
        assert_eq!(heard.id(), second.id);
        assert_eq!(
            parsed(&heard.body)["values"]["review"]["answer"],
            json!({ "ok": true })
        );

        // Taken is taken.
        assert_eq!(until_noted(&world, &second).await, None);
        world.clock.advance(hour());
        let third = told(asks(&thread, "asker", Some(json!({ "topic": "dogs" }))));
        ada.begin_run(third).await.unwrap();
        assert_eq!(receiver.wait_for(4).await.len(), 4);
    })
    .await;
}

/// When its end is to be told again, once the attempt that is under way has been noted.
async fn until_noted(world: &World, run: &ThreadRun) -> Option<DateTime<Utc>> {
    let sql = "SELECT webhook_at FROM thread_runs WHERE id = $1";
    let id = Uuid::try_parse(&run.id).unwrap();
    loop {
        let at: Option<DateTime<Utc>> =
            on!(&world.db.system(), c => sqlx::query_scalar(sql).bind(id).fetch_one(c).await).unwrap();
        let is_under_way = |at: DateTime<Utc>| at > world.clock.now() + Duration::from_secs(30);
        match at {
            Some(at) if is_under_way(at) => tokio::time::sleep(Duration::from_millis(5)).await,
            noted => return noted,
        }
    }
}
