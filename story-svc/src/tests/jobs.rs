//! Jobs through the service's own rpc: the pipeline and single agents, what they keep, what they ask, and how they end.

use std::sync::Arc;

use kit::error::Problem;
use proto::v1::jobs_client::JobsClient;
use proto::v1::{
    AnswerJobRequest, CancelJobRequest, CreateProjectRequest, GetFileRequest, GetJobRequest,
    GetProjectRequest, Job, JobAnswer, ListFilesRequest, ListJobsRequest, Project, ProjectFile,
    PutFileRequest, RunStatus, StartJobRequest,
};
use serde_json::{Value, json};
use tonic::Status;

use super::agents::Fault;
use super::codeforge::{ASKS, QUESTION, failed_review};
use super::world::{Person, World, each_world};

impl Person {
    fn jobs(&self) -> JobsClient<kit::rpc::RpcChannel> {
        JobsClient::new(self.channel())
    }

    async fn plant_project(&self) -> Project {
        let request = CreateProjectRequest {
            title: "Plant diary".to_owned(),
            description: "Keeps my plants.".to_owned(),
            ..CreateProjectRequest::default()
        };
        let made = self.projects().create_project(self.ask(request)).await;
        made.unwrap().into_inner()
    }

    async fn start_job(&self, request: StartJobRequest) -> Result<Job, Status> {
        let started = self.jobs().start_job(self.ask(request)).await;
        started.map(tonic::Response::into_inner)
    }

    async fn job(&self, id: &str) -> Result<Job, Status> {
        let request = GetJobRequest { id: id.to_owned() };
        let job = self.jobs().get_job(self.ask(request)).await;
        job.map(tonic::Response::into_inner)
    }

    /// Begins it and waits until it has ended.
    async fn run_job(&self, request: StartJobRequest) -> Job {
        let job = self.start_job(request).await.unwrap();
        self.watch_to_end(&job.id, 0).await;
        self.job(&job.id).await.unwrap()
    }

    async fn waits(&self, id: &str) -> Job {
        let mut stream = self.watch(id, 0).await.unwrap();
        while let Some(event) = stream.message().await.unwrap() {
            if event.kind == "status" && event.data.contains("waiting_for_input") {
                return self.job(id).await.unwrap();
            }
        }
        panic!("it ended without a question");
    }

    async fn answer_job(&self, id: &str, answers: &[(&str, &str)]) -> Result<Job, Status> {
        let answers = answers.iter().map(|(question, answer)| JobAnswer {
            question: (*question).to_owned(),
            answer: (*answer).to_owned(),
        });
        let request = AnswerJobRequest {
            id: id.to_owned(),
            answers: answers.collect(),
        };
        let answered = self.jobs().answer_job(self.ask(request)).await;
        answered.map(tonic::Response::into_inner)
    }

    async fn cancel_job(&self, id: &str) -> Result<Job, Status> {
        let request = CancelJobRequest { id: id.to_owned() };
        let cancelled = self.jobs().cancel_job(self.ask(request)).await;
        cancelled.map(tonic::Response::into_inner)
    }

    /// Paths of a project's files below `src/`.
    async fn sources(&self, project: &Project) -> Vec<String> {
        let request = ListFilesRequest {
            project_id: project.id.clone(),
            ..ListFilesRequest::default()
        };
        let listed = self.files().list_files(self.ask(request)).await.unwrap();
        let mut listed = listed.into_inner();
        let mut paths = Vec::new();
        while let Some(file) = listed.message().await.unwrap() {
            if file.origin == "source" {
                paths.push(file.path);
            }
        }
        paths
    }

    async fn source(&self, project: &Project, path: &str) -> ProjectFile {
        let request = GetFileRequest {
            project_id: project.id.clone(),
            path: path.to_owned(),
        };
        let file = self.files().get_file(self.ask(request)).await;
        file.unwrap().into_inner()
    }
}

fn job_of(project: &Project, agent_type: &str, context: &Value) -> StartJobRequest {
    StartJobRequest {
        project_id: project.id.clone(),
        agent_type: agent_type.to_owned(),
        input_context: context.to_string(),
        idempotency_key: None,
    }
}

fn result(job: &Job) -> Value {
    let text = job
        .result
        .as_deref()
        .unwrap_or_else(|| panic!("no result: {job:?}"));
    serde_json::from_str(text).unwrap()
}

fn fields(refused: Status) -> Vec<String> {
    let problem = Problem::from_status(&refused);
    problem.fields.into_iter().map(|fault| fault.field).collect()
}

fn reason(refused: Status) -> String {
    Problem::from_status(&refused).reason
}

#[tokio::test]
async fn a_pipeline_writes_a_project_in_one_revision_and_says_what_is_left_out() {
    each_world(async |world: Arc<World>| {
        let (person, _worker) = (world.user(), world.worker().await);
        let project = person.plant_project().await;

        let job = person
            .run_job(job_of(&project, "pipeline", &json!("A plant diary")))
            .await;
        assert_eq!((job.status(), job.progress), (RunStatus::Completed, 100.0));
        assert!(job.completed_at.is_some());
        let made = result(&job);
        assert_eq!(made["requirements"]["app_name"], "Plants");
        assert_eq!(made["qa"]["score"], 100);
        assert_eq!(made["not_built"][0]["asked"], "e-mail");
        assert_eq!(
            (&made["iterations"], &made["revision"]),
            (&json!(1), &json!(project.revision + 1))
        );

        assert_eq!(person.sources(&project).await, ["src/main.tsx", "src/plants.ts"]);
        let request = GetProjectRequest {
            id: project.id.clone(),
        };
        let now = person.projects().get_project(person.ask(request)).await;
        let now = now.unwrap().into_inner();
        assert_eq!(
            (now.status.as_str(), now.revision),
            ("completed", project.revision + 1)
        );
        assert!(now.requirements_spec.unwrap().contains("Plants"));
        assert!(now.architecture_spec.unwrap().contains("site_map"));
        assert_eq!(now.dependencies, ["react@19.3.1"]);

        let tasks: Vec<String> = world.agents.calls().into_iter().map(|call| call.task).collect();
        assert_eq!(
            tasks,
            [
                "codeforge.research",
                "codeforge.wireframe",
                "codeforge.code/generate",
                "codeforge.qa"
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn what_qa_finds_goes_back_to_the_code_until_it_passes() {
    each_world(async |world: Arc<World>| {
        let (person, _worker) = (world.user(), world.worker().await);
        let project = person.plant_project().await;
        world.agents.script(
            "codeforge.qa",
            [
                Some(Fault::Answer(failed_review(2))),
                Some(Fault::Answer(failed_review(1))),
            ],
        );

        let job = person
            .run_job(job_of(&project, "pipeline", &json!("A plant diary")))
            .await;
        let made = result(&job);
        assert_eq!(
            (&made["iterations"], &made["qa"]["passed"]),
            (&json!(3), &json!(true))
        );

        let mended: Vec<usize> = world
            .agents
            .calls_of("codeforge.code/generate")
            .iter()
            .map(|call| {
                call.input
                    .get("issues")
                    .and_then(Value::as_array)
                    .map_or(0, Vec::len)
            })
            .collect();
        assert_eq!(mended, [0, 2, 1]);
        assert_eq!(
            person.source(&project, "src/main.tsx").await.content.as_deref(),
            Some("// 1 mended\n")
        );
    })
    .await;
}

#[tokio::test]
async fn mending_ends_at_its_bound_and_earlier_when_it_changes_nothing() {
    each_world(async |world: Arc<World>| {
        let (person, _worker) = (world.user(), world.worker().await);
        let project = person.plant_project().await;

        // Each round finds another number of issues, so that the code is another one each time.
        let reviews = (1..20).map(|issues| Some(Fault::Answer(failed_review(issues))));
        world.agents.script("codeforge.qa", reviews);
        let job = person
            .run_job(job_of(&project, "pipeline", &json!("A plant diary")))
            .await;
        let made = result(&job);
        assert_eq!(
            (&made["iterations"], &made["qa"]["passed"]),
            (&json!(5), &json!(false))
        );

        let reviews = (1..20).map(|_| Some(Fault::Answer(failed_review(1))));
        world.agents.script("codeforge.qa", reviews);
        let job = person
            .run_job(job_of(&project, "pipeline", &json!("A plant diary")))
            .await;
        assert_eq!(result(&job)["iterations"], 3, "the third code was the second one");
    })
    .await;
}

#[tokio::test]
async fn a_job_asks_waits_and_goes_on_with_the_answers() {
    each_world(async |world: Arc<World>| {
        let (person, _worker) = (world.user(), world.worker().await);
        let project = person.plant_project().await;
        let job = person
            .start_job(job_of(&project, "pipeline", &json!(ASKS)))
            .await
            .unwrap();
        assert_eq!(job.status(), RunStatus::Queued);

        let waiting = person.waits(&job.id).await;
        assert_eq!(waiting.status(), RunStatus::WaitingForInput);
        let asked = result(&waiting);
        assert_eq!(asked["questions"][0]["question"], QUESTION);
        assert_eq!(asked["is_complete"], false);

        for (answers, field) in [
            (vec![("What else?", "Nothing")], "answers.0.question"),
            (vec![(QUESTION, " ")], "answers.0.answer"),
            (vec![], "answers"),
            (vec![(QUESTION, "a"), (QUESTION, "b")], "answers.1.question"),
        ] {
            let refused = person.answer_job(&job.id, &answers).await.unwrap_err();
            assert_eq!(fields(refused), [field]);
        }

        let answered = person
            .answer_job(&job.id, &[(QUESTION, " Plants ")])
            .await
            .unwrap();
        assert_eq!(answered.id, job.id);
        person.watch_to_end(&job.id, 0).await;
        let done = person.job(&job.id).await.unwrap();
        assert_eq!(done.status(), RunStatus::Completed);

        let told = &world.agents.calls_of("codeforge.wireframe")[0].input["app"]["answers"];
        assert_eq!(*told, json!([{ "question": QUESTION, "answer": "Plants" }]));
        let late = person
            .answer_job(&job.id, &[(QUESTION, "Late")])
            .await
            .unwrap_err();
        assert_eq!(reason(late), "JOB_NOT_WAITING");
    })
    .await;
}

#[tokio::test]
async fn a_job_is_cancelled_once_at_work_or_waiting_and_leaves_nothing_in_the_project() {
    each_world(async |world: Arc<World>| {
        let (person, _worker) = (world.user(), world.worker().await);
        let project = person.plant_project().await;

        world
            .agents
            .script("codeforge.code/generate", [Some(Fault::Hang)]);
        let job = person
            .start_job(job_of(&project, "pipeline", &json!("Plants")))
            .await
            .unwrap();
        world.agents.hangs(1).await;
        person.cancel_job(&job.id).await.unwrap();
        world.agents.abandons(1).await;
        person.watch_to_end(&job.id, 0).await;
        let cancelled = person.job(&job.id).await.unwrap();
        assert_eq!(
            (cancelled.status(), cancelled.result),
            (RunStatus::Cancelled, None)
        );
        assert_eq!(reason(person.cancel_job(&job.id).await.unwrap_err()), "JOB_ENDED");
        assert!(person.sources(&project).await.is_empty());

        let job = person
            .start_job(job_of(&project, "research", &json!(ASKS)))
            .await
            .unwrap();
        person.waits(&job.id).await;
        person.cancel_job(&job.id).await.unwrap();
        person.watch_to_end(&job.id, 0).await;
        assert_eq!(person.job(&job.id).await.unwrap().status(), RunStatus::Cancelled);
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_dies_costs_no_agent_its_work() {
    each_world(async |world: Arc<World>| {
        let person = world.user();
        let project = person.plant_project().await;
        let first = world.worker().await;
        world
            .agents
            .script("codeforge.code/generate", [Some(Fault::Hang)]);

        let job = person
            .start_job(job_of(&project, "pipeline", &json!("Plants")))
            .await
            .unwrap();
        world.agents.hangs(1).await;
        first.crash().await;
        world.clock.advance(std::time::Duration::from_secs(60));
        let _second = world.worker().await;
        person.watch_to_end(&job.id, 0).await;

        assert_eq!(person.job(&job.id).await.unwrap().status(), RunStatus::Completed);
        let count = |task: &str| world.agents.calls_of(task).len();
        assert_eq!(
            (count("codeforge.research"), count("codeforge.wireframe")),
            (1, 1)
        );
        assert_eq!(count("codeforge.code/generate"), 2);
    })
    .await;
}

#[tokio::test]
async fn each_agent_alone_keeps_what_it_made_where_the_next_one_finds_it() {
    each_world(async |world: Arc<World>| {
        let (person, _worker) = (world.user(), world.worker().await);
        let project = person.plant_project().await;

        let nothing = person.run_job(job_of(&project, "qa", &json!({}))).await;
        assert_eq!(
            (nothing.status(), nothing.error_reason.as_deref()),
            (RunStatus::Failed, Some("NOTHING_TO_CHECK"))
        );

        let research = person.run_job(job_of(&project, "research", &json!({}))).await;
        let research = result(&research);
        assert_eq!(
            (&research["app_name"], &research["not_built"][0]["asked"]),
            (&json!("Plants"), &json!("e-mail"))
        );
        let idea = &world.agents.calls_of("codeforge.research")[0].input["app"]["idea"];
        assert_eq!(idea, "Plant diary. Keeps my plants.");

        let wireframe = person.run_job(job_of(&project, "wireframe", &json!({}))).await;
        assert_eq!(result(&wireframe)["theme_colors"], json!(["#112233"]));
        let told = &world.agents.calls_of("codeforge.wireframe")[0].input["requirements"];
        assert_eq!(told["app_name"], "Plants");

        let code = person.run_job(job_of(&project, "code", &json!({}))).await;
        assert_eq!(result(&code)["files"].as_array().map(Vec::len), Some(2));
        let told = &world.agents.calls_of("codeforge.code/generate")[0].input;
        assert_eq!(told["wireframe"]["theme_colors"], json!(["#112233"]));

        let review = person.run_job(job_of(&project, "qa", &json!({}))).await;
        assert_eq!(result(&review)["passed"], true);
        let read = world.agents.calls_of("codeforge.qa")[0].input["files"].clone();
        let paths: Vec<&str> = read
            .as_array()
            .unwrap()
            .iter()
            .map(|file| file["path"].as_str().unwrap())
            .collect();
        assert!(
            paths.contains(&"src/main.tsx") && paths.contains(&"package.json"),
            "{paths:?}"
        );

        let heard = person
            .run_job(job_of(&project, "pedagogy", &json!({ "question": "Why?" })))
            .await;
        assert_eq!(result(&heard), json!({ "heard": { "question": "Why?" } }));
    })
    .await;
}

#[tokio::test]
async fn what_agents_do_not_write_again_goes_and_what_people_wrote_stays() {
    each_world(async |world: Arc<World>| {
        let (person, _worker) = (world.user(), world.worker().await);
        let project = person.plant_project().await;
        let other = json!({
            "files": [{ "file_path": "src/old.ts", "content": "1;\n", "language": "typescript", "explanation": "" }],
            "summary": "Only one file.", "dependencies": [],
        });
        world
            .agents
            .script("codeforge.code/generate", [Some(Fault::Answer(other))]);
        person.run_job(job_of(&project, "code", &json!({}))).await;
        let put = PutFileRequest {
            project_id: project.id.clone(),
            path: "src/mine.ts".to_owned(),
            content: "2;\n".to_owned(),
            language: "typescript".to_owned(),
        };
        person.files().put_file(person.ask(put)).await.unwrap();
        assert_eq!(person.sources(&project).await, ["src/mine.ts", "src/old.ts"]);

        person.run_job(job_of(&project, "code", &json!({}))).await;
        assert_eq!(
            person.sources(&project).await,
            ["src/main.tsx", "src/mine.ts", "src/plants.ts"]
        );
    })
    .await;
}

#[tokio::test]
async fn an_agent_whose_answer_never_fits_fails_its_job_at_once() {
    each_world(async |world: Arc<World>| {
        let (person, _worker) = (world.user(), world.worker().await);
        let project = person.plant_project().await;
        let unusable = Problem::new(
            kit::ErrorKind::Unavailable,
            "MODEL_ANSWER_UNUSABLE",
            "The language model gave no usable answer.",
        );
        world
            .agents
            .script("codeforge.research", [Some(Fault::Fail(unusable.into_status()))]);

        let job = person
            .run_job(job_of(&project, "research", &json!("Plants")))
            .await;
        assert_eq!(
            (job.status(), job.error_reason.as_deref()),
            (RunStatus::Failed, Some("AGENT_EXECUTION_ERROR"))
        );
        assert_eq!(world.agents.calls().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn the_same_key_begins_one_job_and_another_request_under_it_is_refused() {
    each_world(async |world: Arc<World>| {
        let person = world.user();
        let project = person.plant_project().await;
        let keyed = |idea: &str| StartJobRequest {
            idempotency_key: Some("k-1".to_owned()),
            ..job_of(&project, "pipeline", &json!(idea))
        };

        let job = person.start_job(keyed("Plants")).await.unwrap();
        let again = person.start_job(keyed("Plants")).await.unwrap();
        assert_eq!(again.id, job.id);
        let other = person.start_job(keyed("Books")).await.unwrap_err();
        assert_eq!(reason(other), "IDEMPOTENCY_KEY_REUSED");

        for idea in ["Books", "Films"] {
            world.clock.advance(std::time::Duration::from_secs(1));
            person
                .start_job(job_of(&project, "research", &json!(idea)))
                .await
                .unwrap();
        }
        let list = async |page, page_size| {
            let request = ListJobsRequest {
                project_id: project.id.clone(),
                page,
                page_size,
            };
            let listed = person.jobs().list_jobs(person.ask(request)).await;
            listed.map(tonic::Response::into_inner)
        };
        let first = list(None, Some(2)).await.unwrap();
        assert_eq!((first.total, first.jobs.len()), (3, 2));
        let second = list(Some(2), Some(2)).await.unwrap();
        assert_eq!(second.jobs[0].id, job.id, "the oldest comes last");
        assert_eq!(
            fields(list(Some(0), Some(101)).await.unwrap_err()),
            ["page", "page_size"]
        );
    })
    .await;
}

#[tokio::test]
async fn a_job_and_its_project_are_their_owners_alone() {
    each_world(async |world: Arc<World>| {
        let (owner, stranger) = (world.user(), world.user());
        let project = owner.plant_project().await;
        let job = owner
            .start_job(job_of(&project, "pipeline", &json!("Plants")))
            .await
            .unwrap();

        assert_eq!(reason(stranger.job(&job.id).await.unwrap_err()), "JOB_NOT_FOUND");
        assert_eq!(
            reason(stranger.cancel_job(&job.id).await.unwrap_err()),
            "JOB_NOT_FOUND"
        );
        assert_eq!(
            reason(
                stranger
                    .answer_job(&job.id, &[(QUESTION, "x")])
                    .await
                    .unwrap_err()
            ),
            "JOB_NOT_FOUND"
        );
        let started = stranger
            .start_job(job_of(&project, "pipeline", &json!("Plants")))
            .await;
        assert_eq!(reason(started.unwrap_err()), "PROJECT_NOT_FOUND");
        assert_eq!(reason(owner.job("nothing").await.unwrap_err()), "JOB_NOT_FOUND");

        let wrong = StartJobRequest {
            project_id: "x".to_owned(),
            agent_type: "wizard".to_owned(),
            input_context: "[]".to_owned(),
            idempotency_key: Some("\u{e9}".to_owned()),
        };
        assert_eq!(
            fields(owner.start_job(wrong).await.unwrap_err()),
            ["agent_type", "input_context", "idempotency_key", "project_id"]
        );

        let archive = GetProjectRequest {
            id: project.id.clone(),
        };
        owner
            .projects()
            .archive_project(owner.ask(archive))
            .await
            .unwrap();
        let closed = owner
            .start_job(job_of(&project, "pipeline", &json!("Plants")))
            .await;
        assert_eq!(reason(closed.unwrap_err()), "PROJECT_ARCHIVED");
    })
    .await;
}
