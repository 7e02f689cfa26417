//! Workflows through their rpcs, with a worker, on every database engine: made, executed, asked, answered, steered, forked, moved
//! and shared.

mod bad_input;
mod items;
mod moving;
mod per_item;
mod schedules;
mod steering;
mod stories;
mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use proto::v1::{
    AnswerQuestionRequest, CreateWorkflowRequest, ExecuteWorkflowRequest, GetWorkflowRequest, OnConflict,
    PutDefinitionRequest, RunEvent, WatchWorkflowRequest, Workflow, WorkflowStatus, answer_question_request,
};
use serde_json::{Value, json};
use tonic::Status;

use super::world::{Person, World, data, each_world};

/// Two questions at once, then what was answered.
const TWO_QUESTIONS: &str = r#"
title: Two questions
input: { type: object, required: [topic], properties: { topic: { type: string } } }
start: [left, right]
output: { left: "${values.left.answer}", right: "${values.right.answer}", declined: "${values.right.declined}" }
nodes:
  left:
    type: question
    prompt: "Left of ${input.topic}?"
    schema: { type: object, required: [way], properties: { way: { enum: [up, down] } }, additionalProperties: false }
  right: { type: question, prompt: "Right?", reason: approval, expires_in_seconds: 60 }
  both: { type: join, from: [left, right] }
"#;

/// Three steps without anybody.
const THREE_STEPS: &str = r#"
nodes:
  one: { type: transform, value: "${input.n + 1}", next: two }
  two: { type: transform, value: "${values.one * 10}", next: three, emit: { at: "${values.one}" } }
  three: { type: transform, value: "${values.two - 1}" }
output: "${values.three}"
"#;

/// Fails at its second step for odd numbers.
const HALVES: &str = r#"
nodes:
  first: { type: transform, value: "${input.n}", next: half }
  half: { type: transform, attempts: 1, value: "${values.first % 2 == 0 ? values.first / 2 : input.nothing}" }
output: "${values.half}"
"#;

fn status(workflow: &Workflow) -> WorkflowStatus {
    WorkflowStatus::try_from(workflow.status).unwrap()
}

fn parsed(text: Option<&String>) -> Value {
    serde_json::from_str(text.unwrap()).unwrap()
}

impl Person {
    async fn define(&self, name: &str, source: &str) -> Result<u32, Status> {
        let request = PutDefinitionRequest {
            name: name.to_owned(),
            source: source.to_owned(),
        };
        let stored = self.definitions().put_definition(self.ask(request)).await?;
        Ok(stored.into_inner().version)
    }

    async fn make(&self, kind: &str) -> Workflow {
        let request = CreateWorkflowRequest {
            workflow_type: kind.to_owned(),
            ..CreateWorkflowRequest::default()
        };
        self.make_with(request).await.unwrap()
    }

    async fn make_with(&self, request: CreateWorkflowRequest) -> Result<Workflow, Status> {
        Ok(self
            .workflows()
            .create_workflow(self.ask(request))
            .await?
            .into_inner())
    }

    async fn execute(&self, id: &str, input: &Value) -> Result<Workflow, Status> {
        self.execute_with(id, input, OnConflict::Reject).await
    }

    async fn execute_with(
        &self,
        id: &str,
        input: &Value,
        on_conflict: OnConflict,
    ) -> Result<Workflow, Status> {
        let request = ExecuteWorkflowRequest {
            id: id.to_owned(),
            user_input: input.to_string(),
            on_conflict: on_conflict.into(),
            ..ExecuteWorkflowRequest::default()
        };
        Ok(self
            .workflows()
            .execute_workflow(self.ask(request))
            .await?
            .into_inner())
    }

    async fn workflow(&self, id: &str) -> Result<Workflow, Status> {
        let request = GetWorkflowRequest { id: id.to_owned() };
        Ok(self
            .workflows()
            .get_workflow(self.ask(request))
            .await?
            .into_inner())
    }

    async fn answer(
        &self,
        id: &str,
        question: Option<&str>,
        answer: Option<&Value>,
    ) -> Result<Workflow, Status> {
        let reply = match answer {
            Some(answer) => answer_question_request::Reply::Answer(answer.to_string()),
            None => answer_question_request::Reply::Decline(true),
        };
        let request = AnswerQuestionRequest {
            workflow_id: id.to_owned(),
            question_id: question.map(str::to_owned),
            session_id: None,
            reply: Some(reply),
        };
        Ok(self
            .workflows()
            .answer_question(self.ask(request))
            .await?
            .into_inner())
    }

    /// Waits until the workflow stands there.
    async fn stands(&self, id: &str, wanted: WorkflowStatus) -> Workflow {
        loop {
            let workflow = self.workflow(id).await.unwrap();
            if status(&workflow) == wanted {
                return workflow;
            }
            let over = status(&workflow) == WorkflowStatus::Failed;
            assert!(!over, "it failed: {:?}", workflow.error_message);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Why it failed, once it has.
    async fn stands_failed(&self, id: &str) -> String {
        loop {
            let workflow = self.workflow(id).await.unwrap();
            if status(&workflow) == WorkflowStatus::Failed {
                return workflow.error_message.unwrap_or_default();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Numbered events until the workflow's run has ended.
    async fn events(&self, id: &str, after: u64) -> Vec<RunEvent> {
        let request = WatchWorkflowRequest {
            id: id.to_owned(),
            after,
        };
        let mut stream = self
            .workflows()
            .watch_workflow(self.ask(request))
            .await
            .unwrap()
            .into_inner();
        let mut events = Vec::new();
        while let Some(event) = stream.message().await.unwrap() {
            if event.number > 0 {
                events.push(event);
            }
        }
        events
    }
}

#[tokio::test]
async fn a_workflow_runs_through_its_steps_and_says_what_it_does() {
    each_world(|world| async move {
        let user = world.user();
        assert_eq!(user.define("steps", THREE_STEPS).await.unwrap(), 1);
        let made = user.make("steps").await;
        assert_eq!(
            (status(&made), made.run_id.clone()),
            (WorkflowStatus::Created, None)
        );
        assert_eq!(made.next, ["one"]);

        let begun = user.execute(&made.id, &json!({ "n": 4 })).await.unwrap();
        assert_eq!(status(&begun), WorkflowStatus::Created, "nobody has taken it up");

        let _worker = world.worker().await;
        let events = user.events(&made.id, 0).await;
        let numbers: Vec<_> = events.iter().map(|event| event.number).collect();
        assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());

        let updates: Vec<_> = events
            .iter()
            .filter(|event| event.kind == "update")
            .map(data)
            .collect();
        assert_eq!(updates[1]["update"], json!({ "two": 50 }));
        let custom: Vec<_> = events
            .iter()
            .filter(|event| event.kind == "custom")
            .map(data)
            .collect();
        assert_eq!(custom, [json!({ "node": "two", "data": { "at": 5 } })]);

        let done = user.workflow(&made.id).await.unwrap();
        assert_eq!(status(&done), WorkflowStatus::Completed);
        assert_eq!(done.output.as_deref(), Some("49"));
        assert_eq!(
            parsed(done.state.as_ref())["values"],
            json!({ "one": 5, "two": 50, "three": 49 })
        );

        let half = user.events(&made.id, numbers[2]).await;
        assert_eq!(half.len(), numbers.len() - 3, "whoever comes back sees the rest");

        let again = user.execute(&made.id, &json!({ "n": 1 })).await.unwrap_err();
        assert_eq!(super::world::problem(&again).1, "WORKFLOW_FINISHED");
    })
    .await;
}

#[tokio::test]
async fn several_questions_are_open_at_once_and_each_is_closed_once() {
    each_world(|world| async move {
        let user = world.user();
        user.define("ask", TWO_QUESTIONS).await.unwrap();
        let made = user.make("ask").await;
        let _worker = world.worker().await;
        user.execute(&made.id, &json!({ "topic": "maps" })).await.unwrap();

        let asked = user.stands(&made.id, WorkflowStatus::Interrupted).await;
        let prompts: Vec<_> = asked
            .questions
            .iter()
            .map(|asked| asked.prompt.as_str())
            .collect();
        assert_eq!(prompts, ["Left of maps?", "Right?"]);
        let (left, right) = (asked.questions[0].id.clone(), asked.questions[1].id.clone());
        assert!(asked.questions[0].response_schema.is_some() && asked.questions[1].expires_at.is_some());

        let wrong = user
            .answer(&made.id, Some(&left), Some(&json!({ "way": "over" })))
            .await
            .unwrap_err();
        assert_eq!(super::world::fields(&wrong), ["answer.way"]);
        let unknown = user
            .answer(&made.id, Some("no-id"), Some(&json!(1)))
            .await
            .unwrap_err();
        assert_eq!(super::world::problem(&unknown).1, "QUESTION_NOT_FOUND");

        let way = json!({ "way": "up" });
        let both = futures::future::join(
            user.answer(&made.id, Some(&left), Some(&way)),
            user.answer(&made.id, Some(&left), Some(&way)),
        )
        .await;
        let (won, lost) = match both {
            (Ok(won), Err(lost)) | (Err(lost), Ok(won)) => (won, lost),
            other => panic!("one wins: {other:?}"),
        };
        assert_eq!(
            super::world::problem(&lost),
            (tonic::Code::Aborted, "QUESTION_CLOSED".to_owned())
        );
        assert_eq!(status(&won), WorkflowStatus::Interrupted, "one is still open");

        user.answer(&made.id, Some(&right), None).await.unwrap();
        let done = user.stands(&made.id, WorkflowStatus::Completed).await;
        assert_eq!(
            parsed(done.output.as_ref()),
            json!({ "left": { "way": "up" }, "right": null, "declined": true })
        );

        let late = user
            .answer(&made.id, Some(&left), Some(&json!({ "way": "up" })))
            .await
            .unwrap_err();
        assert_eq!(super::world::problem(&late).1, "QUESTION_CLOSED");
    })
    .await;
}

#[tokio::test]
async fn a_question_that_nobody_answers_in_time_is_declined() {
    each_world(|world| async move {
        let user = world.user();
        let source = "nodes: { ask: { type: question, prompt: Well?, expires_in_seconds: 60, on_decline: no, next: yes }, \
                      no: { type: transform, value: late }, yes: { type: transform, value: early } }\noutput: '${values}'";
        user.define("ask", &source.replace("no:", "nobody:").replace("on_decline: no", "on_decline: nobody").replace("yes", "somebody")).await.unwrap();
        let made = user.make("ask").await;
        let _worker = world.worker().await;
        user.execute(&made.id, &json!({})).await.unwrap();
        user.stands(&made.id, WorkflowStatus::Interrupted).await;

        world.clock.advance(Duration::from_secs(61));
        let done = user.stands(&made.id, WorkflowStatus::Completed).await;
        let output = parsed(done.output.as_ref());
        assert_eq!((&output["nobody"], &output["ask"]["expired"]), (&json!("late"), &json!(true)));
    })
    .await;
}

#[tokio::test]
async fn research_answers_from_its_documents_and_a_person_reviews_it() {
    each_world(|world: Arc<World>| async move {
        let user = world.user();
        let made = user.make("research").await;
        let _worker = world.worker().await;
        let input = json!({
            "question": "Where does the Danube rise?",
            "documents": [
                { "title": "Rivers", "text": "The Danube rises in the Black Forest. Bridges are many." },
                { "title": "Food", "text": "Rice is boiled in water." },
            ],
        });
        user.execute(&made.id, &input).await.unwrap();

        let asked = user.stands(&made.id, WorkflowStatus::Interrupted).await;
        assert_eq!(asked.questions[0].reason, "review");
        assert!(
            asked.questions[0]
                .value
                .as_ref()
                .unwrap()
                .contains("Black Forest")
        );

        let revise = json!({ "verdict": "revise", "question": "How is rice boiled?" });
        user.answer(&made.id, None, Some(&revise)).await.unwrap();
        let asked = loop {
            let asked = user.stands(&made.id, WorkflowStatus::Interrupted).await;
            if asked.questions[0].value.as_ref().unwrap().contains("Rice") {
                break asked;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        let accept = json!({ "verdict": "accept", "comment": "Thanks" });
        user.answer(&made.id, Some(&asked.questions[0].id), Some(&accept))
            .await
            .unwrap();

        let done = user.stands(&made.id, WorkflowStatus::Completed).await;
        let output = parsed(done.output.as_ref());
        assert!(output["answer"].as_str().unwrap().contains("[1]"), "{output}");
        assert_eq!(
            (&output["reviewed"], &output["comment"]),
            (&json!(true), &json!("Thanks"))
        );
    })
    .await;
}
