//! Workflows that begin by the clock: once for each time, whoever notices it.

use kit::clock::{Clock, ManualClock};
use proto::v1::{
    CreateScheduleRequest, DeleteScheduleRequest, GetScheduleRequest, ListSchedulesRequest,
    ListWorkflowsRequest, MissedRuns, PreviewScheduleRequest, UpdateScheduleRequest, WorkflowSchedule,
};
use tonic::Code;

use super::*;
use crate::tests::world::{fields, problem};

fn every_hour() -> CreateScheduleRequest {
    CreateScheduleRequest {
        name: "Hourly".to_owned(),
        cron: "0 * * * *".to_owned(),
        workflow_type: "steps".to_owned(),
        user_input: json!({ "n": 4 }).to_string(),
        ..CreateScheduleRequest::default()
    }
}

impl Person {
    async fn schedule(&self, request: CreateScheduleRequest) -> Result<WorkflowSchedule, Status> {
        let made = self.schedules().create_schedule(self.ask(request)).await?;
        Ok(made.into_inner())
    }

    async fn change(&self, request: UpdateScheduleRequest) -> Result<WorkflowSchedule, Status> {
        let changed = self.schedules().update_schedule(self.ask(request)).await?;
        Ok(changed.into_inner())
    }

    async fn made(&self) -> Vec<Workflow> {
        let list = self
            .workflows()
            .list_workflows(self.ask(ListWorkflowsRequest::default()))
            .await;
        list.unwrap().into_inner().workflows
    }

    /// Waits until so many workflows began.
    async fn made_so_many(&self, count: usize) -> Vec<Workflow> {
        loop {
            let made = self.made().await;
            if made.len() >= count {
                return made;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn find_schedule(&self, id: &str) -> WorkflowSchedule {
        let request = GetScheduleRequest { id: id.to_owned() };
        let found = self.schedules().get_schedule(self.ask(request)).await;
        found.unwrap().into_inner()
    }

    /// Waits until the schedule was looked at: it is due later than now.
    async fn looked_at(&self, id: &str, clock: &ManualClock) -> WorkflowSchedule {
        loop {
            let found = self.find_schedule(id).await;
            if found.next_at[0].seconds > clock.now().timestamp() {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

fn hours(count: u64) -> Duration {
    Duration::from_secs(3600 * count)
}

#[tokio::test]
async fn a_schedule_begins_a_workflow_once_for_each_time_by_whichever_worker() {
    each_world(|world| async move {
        let user = world.user();
        user.define("steps", THREE_STEPS).await.unwrap();
        let schedule = user.schedule(every_hour()).await.unwrap();
        assert_eq!((schedule.time_zone.as_str(), schedule.next_at.len()), ("UTC", 5));
        assert!(schedule.enabled && schedule.last_at.is_none());

        let _workers = (world.worker().await, world.worker().await, world.worker().await);
        for round in 1..=4 {
            world.clock.advance(hours(1));
            user.made_so_many(round).await;
            user.looked_at(&schedule.id, &world.clock).await;
        }
        // Whoever begins it twice does so soon.
        tokio::time::sleep(Duration::from_millis(200)).await;
        let made = user.made().await;
        assert_eq!(made.len(), 4);
        for workflow in &made {
            assert_eq!(workflow.name, "Hourly");
            let done = user.stands(&workflow.id, WorkflowStatus::Completed).await;
            assert_eq!(done.output.as_deref(), Some("49"));
        }

        let known = user.find_schedule(&schedule.id).await;
        assert!(
            made.iter()
                .any(|workflow| Some(&workflow.id) == known.last_workflow_id.as_ref())
        );
        assert_eq!(known.last_error, None);
    })
    .await;
}

#[tokio::test]
async fn what_was_missed_is_skipped_or_made_good_as_its_owner_chose() {
    each_world(|world| async move {
        let (skips, catches) = (world.user(), world.user());
        let mut schedules = Vec::new();
        for (user, missed) in [(&skips, MissedRuns::Skip), (&catches, MissedRuns::CatchUp)] {
            user.define("steps", THREE_STEPS).await.unwrap();
            let request = CreateScheduleRequest {
                cron: "30 * * * *".to_owned(),
                missed_runs: missed.into(),
                ..every_hour()
            };
            schedules.push(user.schedule(request).await.unwrap().id);
        }
        // Ten minutes behind a time, so that none of them was just missed.
        let minute = world.clock.now().timestamp() / 60 % 60;
        world
            .clock
            .advance(hours(26) + Duration::from_secs(60 * (100 - minute as u64)));

        let _worker = world.worker().await;
        catches.made_so_many(10).await;
        for (user, id) in [&skips, &catches].into_iter().zip(&schedules) {
            user.looked_at(id, &world.clock).await;
        }
        assert_eq!((skips.made().await.len(), catches.made().await.len()), (0, 10));
    })
    .await;
}

#[tokio::test]
async fn nothing_begins_while_a_schedule_is_off_or_after_it_is_gone() {
    each_world(|world| async move {
        let user = world.user();
        user.define("steps", THREE_STEPS).await.unwrap();
        let schedule = user.schedule(every_hour()).await.unwrap();
        let off = UpdateScheduleRequest {
            id: schedule.id.clone(),
            enabled: Some(false),
            ..UpdateScheduleRequest::default()
        };
        let changed = user.change(off.clone()).await.unwrap();
        assert!(!changed.enabled && changed.next_at.is_empty());

        let _worker = world.worker().await;
        let watched = user.schedule(every_hour()).await.unwrap();
        world.clock.advance(hours(2));
        user.made_so_many(1).await;
        user.looked_at(&watched.id, &world.clock).await;
        assert_eq!(user.made().await.len(), 1, "the other one alone");

        let on = user
            .change(UpdateScheduleRequest {
                enabled: Some(true),
                missed_runs: MissedRuns::CatchUp.into(),
                ..off
            })
            .await
            .unwrap();
        assert!(
            on.next_at[0].seconds > world.clock.now().timestamp(),
            "what was missed is past"
        );
        for id in [schedule.id, watched.id] {
            let request = DeleteScheduleRequest { id };
            user.schedules().delete_schedule(user.ask(request)).await.unwrap();
        }
        let list = user
            .schedules()
            .list_schedules(user.ask(ListSchedulesRequest {}))
            .await;
        assert!(list.unwrap().into_inner().schedules.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_type_that_is_gone_is_told_and_keeps_nobody_else_from_beginning() {
    each_world(|world| async move {
        let (one, two) = (world.user(), world.user());
        one.define("steps", THREE_STEPS).await.unwrap();
        two.define("steps", THREE_STEPS).await.unwrap();
        let gone = one.schedule(every_hour()).await.unwrap();
        two.schedule(every_hour()).await.unwrap();
        let request = proto::v1::DeleteDefinitionRequest {
            name: "steps".to_owned(),
        };
        one.definitions()
            .delete_definition(one.ask(request))
            .await
            .unwrap();

        world.clock.advance(hours(1));
        let _worker = world.worker().await;
        two.made_so_many(1).await;
        let told = one.looked_at(&gone.id, &world.clock).await;
        assert!(told.last_error.unwrap().contains("workflow_type"));
        assert_eq!(told.last_workflow_id, None);
        assert!(one.made().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_no_schedule_can_be_is_refused_with_its_fields() {
    each_world(|world| async move {
        let user = world.user();
        user.define("steps", THREE_STEPS).await.unwrap();
        user.define("asking", TWO_QUESTIONS).await.unwrap();
        let base = every_hour;
        for (request, wrong) in [
            (
                CreateScheduleRequest {
                    cron: "* * * * * *".into(),
                    ..base()
                },
                "cron",
            ),
            (
                CreateScheduleRequest {
                    cron: "often".into(),
                    ..base()
                },
                "cron",
            ),
            (
                CreateScheduleRequest {
                    cron: "0 0 30 2 *".into(),
                    ..base()
                },
                "cron",
            ),
            (
                CreateScheduleRequest {
                    time_zone: "Mars/Base".into(),
                    ..base()
                },
                "time_zone",
            ),
            (
                CreateScheduleRequest {
                    name: String::new(),
                    ..base()
                },
                "name",
            ),
            (
                CreateScheduleRequest {
                    workflow_type: "none".into(),
                    ..base()
                },
                "workflow_type",
            ),
            (
                CreateScheduleRequest {
                    config: "[]".into(),
                    ..base()
                },
                "config",
            ),
            (
                CreateScheduleRequest {
                    user_input: "{".into(),
                    ..base()
                },
                "user_input",
            ),
            (
                CreateScheduleRequest {
                    workflow_type: "asking".into(),
                    ..base()
                },
                "user_input",
            ),
            (
                CreateScheduleRequest {
                    missed_runs: 77,
                    ..base()
                },
                "missed_runs",
            ),
            (
                CreateScheduleRequest {
                    config: json!({ "a": "x".repeat(70_000) }).to_string(),
                    ..base()
                },
                "config",
            ),
        ] {
            let refused = user.schedule(request).await.unwrap_err();
            assert_eq!(fields(&refused), [wrong], "{refused:?}");
        }

        for _ in 0..100 {
            user.schedule(base()).await.unwrap();
        }
        let refused = user.schedule(base()).await.unwrap_err();
        assert_eq!(problem(&refused).1, "TOO_MANY_SCHEDULES");

        let preview = |cron: &str, count| {
            let request = PreviewScheduleRequest {
                cron: cron.to_owned(),
                time_zone: "Europe/Berlin".to_owned(),
                count: Some(count),
            };
            let user = user.clone();
            async move { user.schedules().preview_schedule(user.ask(request)).await }
        };
        let next = preview("30 8 * * 1-5", 12).await.unwrap().into_inner().next_at;
        assert_eq!(next.len(), 12);
        assert_eq!(fields(&preview("@daily", 1000).await.unwrap_err()), ["count"]);
    })
    .await;
}

#[tokio::test]
async fn no_schedule_of_somebody_else_is_seen_or_changed() {
    each_world(|world| async move {
        let (user, stranger) = (world.user(), world.user());
        user.define("steps", THREE_STEPS).await.unwrap();
        let id = user.schedule(every_hour()).await.unwrap().id;
        let mut client = stranger.schedules();
        let refused = [
            client
                .get_schedule(stranger.ask(GetScheduleRequest { id: id.clone() }))
                .await
                .map(drop),
            client
                .update_schedule(stranger.ask(UpdateScheduleRequest {
                    id: id.clone(),
                    enabled: Some(false),
                    ..UpdateScheduleRequest::default()
                }))
                .await
                .map(drop),
            client
                .delete_schedule(stranger.ask(DeleteScheduleRequest { id: id.clone() }))
                .await
                .map(drop),
        ];
        for refused in refused {
            assert_eq!(refused.unwrap_err().code(), Code::NotFound);
        }

        let list = client.list_schedules(stranger.ask(ListSchedulesRequest {})).await;
        assert!(list.unwrap().into_inner().schedules.is_empty());
        assert!(user.find_schedule(&id).await.enabled);
    })
    .await;
}
