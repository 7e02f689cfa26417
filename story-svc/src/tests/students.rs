//! Learning with a project: what the tutor knows is kept and handed to it again, and nothing of it is another one's.

use std::sync::Arc;

use kit::on_write;
use proto::v1::students_client::StudentsClient;
use proto::v1::{
    AskTutorRequest, CreateProjectRequest, CreateRoadmapRequest, CreateStudySessionRequest,
    DecideChoiceRequest, ListStudySessionsRequest, Project, PutFileRequest, StudentProjectRequest,
    StudyMessage, UpdateRoadmapProgressRequest, WeighChoiceRequest,
};
use serde_json::{Value, json};
use tonic::{Code, Status};

use super::agents::Fault;
use super::world::{Person, World, each_world, fields, problem};

const ASK: &str = "codeforge.pedagogy/ask";
const CHOICES: &str = "codeforge.pedagogy/choices";
const ROADMAP: &str = "codeforge.roadmap";

fn answer(question: &str, turns: u32) -> Option<Fault> {
    let step = json!({ "step_number": 1, "question": question, "hint": "Look at it.", "concept": "State" });
    Some(Fault::Answer(json!({
        "encouragement": "You are close.", "steps": [step], "key_concept": "State", "further_exploration": [],
        "learner": { "turns": turns, "mastery": { "state": { "score": 40 } } }, "is_known": true,
    })))
}

fn roadmap(modules: usize) -> Option<Fault> {
    let module = json!({ "title": "Lists", "description": "What lists are.", "concepts": ["Arrays"], "exercises": [], "estimated_hours": 2.0 });
    Some(Fault::Answer(json!({
        "modules": vec![module; modules], "total_estimated_hours": 2.0 * modules as f64,
        "prerequisites": [], "learning_objectives": ["Build it"],
    })))
}

fn choices() -> Option<Fault> {
    let option = |id: &str| json!({ "id": id, "title": "A way", "pros": ["Short"], "cons": [], "difficulty": "beginner", "educational_value": "Teaches it." });
    Some(Fault::Answer(
        json!({ "context": "It is about storage.", "options": [option("a"), option("b")], "recommendation": "a" }),
    ))
}

impl Person {
    fn students(&self) -> StudentsClient<kit::rpc::RpcChannel> {
        StudentsClient::new(self.channel())
    }

    async fn study(&self, mode: &str) -> Project {
        let request = CreateProjectRequest {
            title: "Habits".to_owned(),
            mode: mode.to_owned(),
            ..CreateProjectRequest::default()
        };
        let made = self.projects().create_project(self.ask(request)).await.unwrap();
        made.into_inner()
    }

    async fn ask_tutor(&self, project: &str, question: &str) -> Result<Value, Status> {
        let request = AskTutorRequest {
            project_id: project.to_owned(),
            question: question.to_owned(),
            ..AskTutorRequest::default()
        };
        let answer = self.students().ask_tutor(self.ask(request)).await?.into_inner();
        Ok(serde_json::from_str(&answer.response).unwrap())
    }
}

fn of(project: &Project) -> StudentProjectRequest {
    StudentProjectRequest {
        project_id: project.id.clone(),
    }
}

fn plan(project: &Project, level: &str) -> CreateRoadmapRequest {
    CreateRoadmapRequest {
        project_id: project.id.clone(),
        skill_level: level.to_owned(),
    }
}

/// As the research agent's job keeps it.
async fn write_requirements(world: &World) {
    let text = json!({ "app_name": "Habits", "core_features": [{ "name": "Add a habit" }] }).to_string();
    let sql = "UPDATE projects SET requirements_spec = $1";
    on_write!(world.db.system(), c => sqlx::query(sql).bind(text).execute(c).await.map(drop)).unwrap();
}

#[tokio::test]
async fn what_the_tutor_knows_of_a_learner_is_handed_to_it_again() {
    each_world(async |world: Arc<World>| {
        let person = world.user();
        let project = person.study("student").await;
        let file = PutFileRequest {
            project_id: project.id.clone(),
            path: "src/list.ts".to_owned(),
            content: "export const list = [];\n".to_owned(),
            language: "typescript".to_owned(),
        };
        person.files().put_file(person.ask(file)).await.unwrap();

        world
            .agents
            .script(ASK, [answer("What is it?", 1), answer("And now?", 2)]);
        let first = person.ask_tutor(&project.id, " What is state? ").await.unwrap();
        assert_eq!(first["steps"][0]["question"], "What is it?");
        assert_eq!(first.as_object().unwrap().len(), 4, "{first}");
        person.ask_tutor(&project.id, "I do not know").await.unwrap();

        let calls = world.agents.calls_of(ASK);
        let paths: Vec<&Value> = calls[0].input["project"]["files"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| &file["path"])
            .collect();
        assert_eq!(
            (paths, &calls[0].input["question"]),
            (vec![&json!("src/list.ts")], &json!("What is state?"))
        );
        assert_eq!(calls[0].input["learner"], json!({}));
        assert_eq!(calls[1].input["learner"]["turns"], 1);
        assert_eq!(
            calls[1].input["said_before"],
            json!(["You are close.\nLook at it.\nWhat is it?"])
        );

        let progress = person
            .students()
            .get_progress(person.ask(of(&project)))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(progress.mastery["state"], 40);
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_could_not_be_had_leaves_nothing_behind() {
    each_world(async |world: Arc<World>| {
        let person = world.user();
        let project = person.study("student").await;
        world.agents.script(
            ASK,
            [
                Some(Fault::BreakOff),
                Some(Fault::Fail(Status::resource_exhausted("later"))),
                answer("So?", 1),
            ],
        );

        let broken = person.ask_tutor(&project.id, "Why?").await.unwrap_err();
        assert_eq!(broken.code(), Code::Unavailable);
        let refused = person.ask_tutor(&project.id, "Why?").await.unwrap_err();
        assert_eq!(refused.code(), Code::ResourceExhausted);

        person.ask_tutor(&project.id, "Why?").await.unwrap();
        assert_eq!(world.agents.calls_of(ASK)[2].input.get("said_before"), None);
    })
    .await;
}

#[tokio::test]
async fn two_questions_at_once_do_not_lose_what_was_learned() {
    each_world(async |world: Arc<World>| {
        let person = world.user();
        let project = person.study("student").await;
        world.agents.script(ASK, [answer("One?", 1), answer("Two?", 2)]);

        let (one, two) = tokio::join!(
            person.ask_tutor(&project.id, "One"),
            person.ask_tutor(&project.id, "Two")
        );
        for refused in [&one, &two]
            .into_iter()
            .filter_map(|answer| answer.as_ref().err())
        {
            assert_eq!(problem(refused), (Code::Aborted, "PROJECT_CHANGED".to_owned()));
        }
        assert!(one.is_ok() || two.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_roadmap_needs_requirements_and_is_walked_to_its_end() {
    each_world(async |world: Arc<World>| {
        let person = world.user();
        let project = person.study("student").await;
        let mut students = person.students();
        let missing = students
            .create_roadmap(person.ask(plan(&project, "")))
            .await
            .unwrap_err();
        assert_eq!(
            problem(&missing),
            (Code::InvalidArgument, "NO_REQUIREMENTS".to_owned())
        );
        let none = students.get_roadmap(person.ask(of(&project))).await.unwrap_err();
        assert_eq!(problem(&none), (Code::NotFound, "ROADMAP_NOT_FOUND".to_owned()));

        write_requirements(&world).await;
        let bad = students
            .create_roadmap(person.ask(plan(&project, "wizard")))
            .await
            .unwrap_err();
        assert_eq!(fields(&bad), ["skill_level"]);
        world.agents.script(ROADMAP, [roadmap(4), roadmap(2)]);
        let made = students
            .create_roadmap(person.ask(plan(&project, "advanced")))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(
            (made.current_step_index, made.skill_level.as_str()),
            (0, "advanced")
        );
        assert_eq!(
            world.agents.calls_of(ROADMAP)[0].input["project"]["skill_level"],
            "advanced"
        );

        let step = |at| UpdateRoadmapProgressRequest {
            project_id: project.id.clone(),
            current_step_index: at,
        };
        let beyond = students
            .update_roadmap_progress(person.ask(step(5)))
            .await
            .unwrap_err();
        assert_eq!(fields(&beyond), ["current_step_index"]);
        students
            .update_roadmap_progress(person.ask(step(3)))
            .await
            .unwrap();
        let progress = students
            .get_progress(person.ask(of(&project)))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(
            (
                progress.total_modules,
                progress.completed_modules,
                progress.completion_percentage
            ),
            (4, 3, 75.0)
        );

        let again = students
            .create_roadmap(person.ask(plan(&project, "")))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(
            (again.current_step_index, again.skill_level.as_str()),
            (0, "advanced")
        );
        let kept = students
            .get_roadmap(person.ask(of(&project)))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(kept, again);
    })
    .await;
}

#[tokio::test]
async fn the_newest_decision_is_decided_by_one_of_its_options() {
    each_world(async |world: Arc<World>| {
        let person = world.user();
        let project = person.study("student").await;
        let mut students = person.students();
        let decide = |option: &str| DecideChoiceRequest {
            project_id: project.id.clone(),
            option_id: option.to_owned(),
        };
        let weigh = |question: &str| WeighChoiceRequest {
            project_id: project.id.clone(),
            question: question.to_owned(),
        };

        let none = students.decide_choice(person.ask(decide("a"))).await.unwrap_err();
        assert_eq!(problem(&none), (Code::NotFound, "CHOICE_NOT_FOUND".to_owned()));
        let short = students.weigh_choice(person.ask(weigh("ab"))).await.unwrap_err();
        assert_eq!(fields(&short), ["question"]);
        world.agents.script(CHOICES, [choices()]);
        let laid = students
            .weigh_choice(person.ask(weigh("Where is it kept?")))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(laid.chosen_option_id, None);

        let odd = students.decide_choice(person.ask(decide("c"))).await.unwrap_err();
        assert_eq!(fields(&odd), ["option_id"]);
        let decided = students
            .decide_choice(person.ask(decide("b")))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(
            (decided.id, decided.chosen_option_id.as_deref()),
            (laid.id, Some("b"))
        );
    })
    .await;
}

#[tokio::test]
async fn sessions_are_bounded_listed_and_summed() {
    each_world(async |world: Arc<World>| {
        let person = world.user();
        let project = person.study("student").await;
        let mut students = person.students();
        let line = |role: &str, content: &str| StudyMessage {
            role: role.to_owned(),
            content: content.to_owned(),
        };
        let session = |minutes, concepts: &[&str]| CreateStudySessionRequest {
            project_id: project.id.clone(),
            transcript: vec![line("user", "Hello"), line("assistant", "What is it?")],
            concepts_covered: concepts.iter().map(|concept| (*concept).to_owned()).collect(),
            duration_minutes: minutes,
        };

        let bad = CreateStudySessionRequest {
            transcript: vec![line("teacher", ""); 101],
            concepts_covered: vec![" ".to_owned(); 21],
            ..session(481, &[])
        };
        let refused = fields(&students.create_study_session(person.ask(bad)).await.unwrap_err());
        for field in [
            "transcript",
            "concepts_covered",
            "duration_minutes",
            "transcript.0.role",
            "transcript.0.content",
            "concepts_covered.0",
        ] {
            assert!(refused.contains(&field.to_owned()), "{field} in {refused:?}");
        }

        students
            .create_study_session(person.ask(session(480, &["State", "Props"])))
            .await
            .unwrap();
        students
            .create_study_session(person.ask(session(0, &["State", "Keys"])))
            .await
            .unwrap();
        let list = ListStudySessionsRequest {
            project_id: project.id.clone(),
            page_size: Some(1),
            page: Some(2),
        };
        let listed = students
            .list_study_sessions(person.ask(list))
            .await
            .unwrap()
            .into_inner();
        assert_eq!((listed.total, listed.sessions.len()), (2, 1));
        assert_eq!(listed.sessions[0].transcript[1], line("assistant", "What is it?"));

        let progress = students
            .get_progress(person.ask(of(&project)))
            .await
            .unwrap()
            .into_inner();
        assert_eq!((progress.total_sessions, progress.total_minutes), (2, 480));
        assert_eq!(progress.concepts_covered, ["Keys", "Props", "State"]);
    })
    .await;
}

#[tokio::test]
async fn only_the_owner_of_a_project_in_student_mode_learns_with_it() {
    each_world(async |world: Arc<World>| {
        let (person, other) = (world.user(), world.user());
        let project = person.study("student").await;
        let built = person.study("builder").await;

        let strange = other.ask_tutor(&project.id, "Why?").await.unwrap_err();
        assert_eq!(
            problem(&strange),
            (Code::NotFound, "PROJECT_NOT_FOUND".to_owned())
        );
        let wrong = person.ask_tutor(&built.id, "Why?").await.unwrap_err();
        assert_eq!(
            problem(&wrong),
            (Code::InvalidArgument, "NOT_A_STUDENT_PROJECT".to_owned())
        );
        let wrong = person
            .students()
            .get_progress(person.ask(of(&built)))
            .await
            .unwrap_err();
        assert_eq!(
            problem(&wrong),
            (Code::InvalidArgument, "NOT_A_STUDENT_PROJECT".to_owned())
        );
        assert!(world.agents.calls_of(ASK).is_empty());

        for of in [of(&project), of(&built)] {
            let mut students = other.students();
            let id = of.project_id.clone();
            let choice = WeighChoiceRequest {
                project_id: id.clone(),
                question: "This or that?".to_owned(),
            };
            let decided = DecideChoiceRequest {
                project_id: id.clone(),
                option_id: "a".to_owned(),
            };
            let plan = CreateRoadmapRequest {
                project_id: id.clone(),
                skill_level: String::new(),
            };
            let step = UpdateRoadmapProgressRequest {
                project_id: id.clone(),
                current_step_index: 0,
            };
            let session = CreateStudySessionRequest {
                project_id: id.clone(),
                ..CreateStudySessionRequest::default()
            };
            let list = ListStudySessionsRequest {
                project_id: id,
                page_size: None,
                page: None,
            };
            let refused = [
                students.weigh_choice(other.ask(choice)).await.err(),
                students.decide_choice(other.ask(decided)).await.err(),
                students.create_roadmap(other.ask(plan)).await.err(),
                students.get_roadmap(other.ask(of.clone())).await.err(),
                students.update_roadmap_progress(other.ask(step)).await.err(),
                students.create_study_session(other.ask(session)).await.err(),
                students.list_study_sessions(other.ask(list)).await.err(),
                students.get_progress(other.ask(of)).await.err(),
            ];
            for status in refused {
                assert_eq!(
                    problem(&status.unwrap()),
                    (Code::NotFound, "PROJECT_NOT_FOUND".to_owned())
                );
            }
        }

        let empty = person.ask_tutor(&project.id, " ").await.unwrap_err();
        assert_eq!(fields(&empty), ["question"]);
    })
    .await;
}
