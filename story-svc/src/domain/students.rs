//! The rules of learning with a project: a tutor that is asked, decisions, roadmaps, sessions, progress. The tutor thinks in
//! agent-svc; what it knows of the learner, and what was said, is kept here.

mod checks;

use std::collections::BTreeSet;

use kit::actor::Actor;
use kit::error::Faults;
use kit::rpc::RequestId;
use proto::tasks::codeforge::teaching::{
    ChoiceFramework, LearningRoadmap, PedagogyAnswer, PedagogyInput, PedagogyTask, RoadmapInput, SkillLevel,
    StudentMaterial,
};
use proto::tasks::codeforge::{PEDAGOGY, ROADMAP, SourceFile};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use self::checks::{check_question, check_session, check_words};
use super::project::{FileOrigin, Project, ProjectMode};
use super::project_files::ProjectFiles;
use super::projects::{lock, refuse};
use super::student::{
    ChatMessage, Learner, MessageRole, StudentChoice, StudentProgress, StudentRoadmap, StudyMessage,
    StudySession, TutorAnswer,
};
use crate::clients::agents::{AgentEvent, Agents, RequestContext};
use crate::error::StoryError;
use crate::store::students as store;

/// Bytes of files that an agent is told of.
const MATERIAL_MAX: usize = 2 * 1024 * 1024;
/// Lines of talk, decisions and sessions that are kept of one project.
const MESSAGES_MAX: i64 = 1_000;
const CHOICES_MAX: i64 = 100;
const SESSIONS_MAX: i64 = 1_000;
/// What the tutor said before, as far as it is told of it.
const SAID_BEFORE: i64 = 12;
const PAGE_SIZE: u32 = 20;
const PAGE_SIZE_MAX: u32 = 50;
const PAGE_MAX: u32 = 1_000;

/// The rules.
#[derive(Clone)]
pub(crate) struct Students {
    pub(crate) files: ProjectFiles,
    pub(crate) agents: Agents,
}

/// Who asks, and for which request.
#[derive(Debug, Clone)]
pub(crate) struct StudentCall {
    pub(crate) actor: Actor,
    pub(crate) request_id: RequestId,
}

/// As it was sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct RawQuestion {
    pub(crate) question: String,
    pub(crate) code: Option<String>,
    pub(crate) file: Option<String>,
    pub(crate) exercise: Option<String>,
    pub(crate) concept: Option<String>,
}

/// As it was sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct RawSession {
    /// Role and content.
    pub(crate) transcript: Vec<(String, String)>,
    pub(crate) concepts_covered: Vec<String>,
    pub(crate) duration_minutes: u32,
}

impl Students {
    /// The project, if it is one to learn with.
    async fn student_project(&self, owner: Uuid, id: &str) -> Result<Project, StoryError> {
        let project = self.files.projects.get(owner, id).await?;
        match project.mode {
            ProjectMode::Student => Ok(project),
            ProjectMode::Builder => Err(StoryError::NotAStudentProject { id: project.id }),
        }
    }

    async fn learner(&self, owner: Uuid, project: Uuid) -> Result<Learner, StoryError> {
        let db = self.files.projects.db.user(owner);
        Ok(store::find_learner(&db, owner, project)
            .await?
            .unwrap_or_default())
    }

    /// What an agent is told of a project: its requirements, and as many of its files as it reads.
    async fn material(&self, project: &Project, level: SkillLevel) -> Result<StudentMaterial, StoryError> {
        let (owner, revision) = (project.owner_id, project.revision);
        let mut files = Vec::new();
        let mut bytes = 0;
        for file in self.files.files_at(owner, project.id, revision).await? {
            let content = file.content.unwrap_or_default();
            bytes += content.len();
            if file.origin == FileOrigin::Source && bytes <= MATERIAL_MAX {
                let path = file.path;
                files.push(SourceFile { path, content });
            }
        }

        Ok(StudentMaterial {
            title: project.title.clone(),
            requirements: read_requirements(project)?,
            files,
            skill_level: level,
        })
    }

    /// What an agent answers in the end, and whether without a model.
    async fn run<I: Serialize + Sync, T: DeserializeOwned>(
        &self,
        call: &StudentCall,
        agent: &str,
        task: &I,
    ) -> Result<(T, bool), StoryError> {
        let context = RequestContext {
            actor: call.actor.clone(),
            request_id: call.request_id.clone(),
            run_id: self.files.projects.ids.id(),
            of_caller: false,
        };
        let mut stream = self.agents.start(&context, agent, task).await?;
        loop {
            if let AgentEvent::Output(output) = stream.next().await? {
                return Ok((output.read()?, output.offline));
            }
        }
    }

    /// # Errors
    /// `ProjectChanged` when another question of the same project was answered meanwhile.
    pub(crate) async fn ask(
        &self,
        call: &StudentCall,
        id: &str,
        raw: RawQuestion,
    ) -> Result<TutorAnswer, StoryError> {
        let raw = check_question(raw)?;
        let owner = call.actor.user_id;
        let project = self.student_project(owner, id).await?;
        let learner = self.learner(owner, project.id).await?;
        let db = self.files.projects.db.user(owner);
        let mut said_before = store::list_answers(&db, owner, project.id, SAID_BEFORE).await?;
        said_before.reverse();

        let task = PedagogyInput {
            task: PedagogyTask::Ask,
            question: raw.question.clone(),
            code: raw.code.clone(),
            file: raw.file,
            exercise: raw.exercise,
            concept: raw.concept,
            project: self.material(&project, learner.skill_level).await?,
            learner: Some(learner.state.clone()),
            said_before,
        };
        let (answer, offline): (PedagogyAnswer, bool) = self.run(call, PEDAGOGY, &task).await?;
        let learner = Learner {
            state: answer.learner.clone().unwrap_or_default(),
            ..learner
        };
        self.keep_answer(&project, &learner, (raw.question, raw.code), &answer)
            .await?;

        Ok(TutorAnswer {
            response: answer.response,
            offline,
        })
    }

    async fn keep_answer(
        &self,
        project: &Project,
        learner: &Learner,
        (question, code): (String, Option<String>),
        answer: &PedagogyAnswer,
    ) -> Result<(), StoryError> {
        let projects = &self.files.projects;
        let (owner, now) = (project.owner_id, projects.clock.now());
        let response = &answer.response;
        let said: Vec<&str> = [response.encouragement.as_str()]
            .into_iter()
            .chain(
                response
                    .steps
                    .iter()
                    .flat_map(|step| [step.hint.as_str(), step.question.as_str()]),
            )
            .collect();
        let messages = [
            ChatMessage {
                role: MessageRole::User,
                content: question,
                metadata: code.map_or_else(|| json!({}), |code| json!({ "code": code })),
            },
            ChatMessage {
                role: MessageRole::Assistant,
                content: said.join("\n"),
                metadata: json!(response),
            },
        ];

        let mut tx = projects.db.user(owner).begin_write().await?;
        lock(&mut tx, owner, project.id).await?;
        if !store::put_learner(&mut tx, owner, project.id, learner, now).await? {
            return Err(StoryError::ProjectChanged { id: project.id });
        }
        store::add_messages(&mut tx, (owner, project.id), &messages, (now, MESSAGES_MAX)).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(crate) async fn weigh_choice(
        &self,
        call: &StudentCall,
        id: &str,
        question: &str,
    ) -> Result<StudentChoice, StoryError> {
        let question = check_words("question", question, 3, 2_000)?;
        let owner = call.actor.user_id;
        let project = self.student_project(owner, id).await?;
        let learner = self.learner(owner, project.id).await?;
        let task = PedagogyInput {
            task: PedagogyTask::Choices,
            question: question.clone(),
            project: self.material(&project, learner.skill_level).await?,
            ..PedagogyInput::default()
        };
        let (framework, _): (ChoiceFramework, bool) = self.run(call, PEDAGOGY, &task).await?;

        let now = self.files.projects.clock.now();
        let choice = StudentChoice {
            id: self.files.projects.ids.id(),
            project_id: project.id,
            question,
            framework,
            chosen_option_id: None,
            created_at: now,
            updated_at: now,
        };
        self.keep_choice(owner, &choice).await?;
        Ok(choice)
    }

    /// # Errors
    /// `ChoiceNotFound` when no decision was laid out.
    pub(crate) async fn decide_choice(
        &self,
        owner: Uuid,
        id: &str,
        option: &str,
    ) -> Result<StudentChoice, StoryError> {
        let project = self.student_project(owner, id).await?;
        let db = self.files.projects.db.user(owner);
        let found = store::find_choice(&db, owner, project.id).await?;
        let mut choice = found.ok_or(StoryError::ChoiceNotFound)?;
        let ids: Vec<&str> = choice
            .framework
            .options
            .iter()
            .map(|option| option.id.as_str())
            .collect();
        if !ids.contains(&option.trim()) {
            return Err(StoryError::invalid(
                "option_id",
                &format!("one of {}", ids.join(", ")),
            ));
        }

        choice.chosen_option_id = Some(option.trim().to_owned());
        choice.updated_at = self.files.projects.clock.now();
        self.keep_choice(owner, &choice).await?;
        Ok(choice)
    }

    async fn keep_choice(&self, owner: Uuid, choice: &StudentChoice) -> Result<(), StoryError> {
        let mut tx = self.files.projects.db.user(owner).begin_write().await?;
        lock(&mut tx, owner, choice.project_id).await?;
        store::put_choice(&mut tx, owner, choice, CHOICES_MAX).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A new one, from its beginning, in place of the one before.
    pub(crate) async fn create_roadmap(
        &self,
        call: &StudentCall,
        id: &str,
        level: &str,
    ) -> Result<StudentRoadmap, StoryError> {
        let wanted =
            match level.trim() {
                "" => None,
                word => Some(SkillLevel::parse(word).ok_or_else(|| {
                    StoryError::invalid("skill_level", "beginner, intermediate or advanced")
                })?),
            };
        let owner = call.actor.user_id;
        let project = self.student_project(owner, id).await?;
        let has_features = read_requirements(&project)?.is_some_and(|document| has_feature(&document));
        if !has_features {
            return Err(StoryError::NoRequirements { id: project.id });
        }

        let mut learner = self.learner(owner, project.id).await?;
        learner.skill_level = wanted.unwrap_or(learner.skill_level);
        let task = RoadmapInput {
            project: self.material(&project, learner.skill_level).await?,
            learner: learner.state.clone(),
        };
        let (roadmap, _): (LearningRoadmap, bool) = self.run(call, ROADMAP, &task).await?;

        let now = self.files.projects.clock.now();
        let roadmap = StudentRoadmap {
            project_id: project.id,
            roadmap,
            current_step_index: 0,
            skill_level: learner.skill_level,
            created_at: now,
            updated_at: now,
        };
        let mut tx = self.files.projects.db.user(owner).begin_write().await?;
        lock(&mut tx, owner, project.id).await?;
        if !store::put_learner(&mut tx, owner, project.id, &learner, now).await? {
            return Err(StoryError::ProjectChanged { id: project.id });
        }
        store::put_roadmap(&mut tx, owner, &roadmap).await?;
        tx.commit().await?;
        Ok(roadmap)
    }

    /// # Errors
    /// `RoadmapNotFound` when none was written.
    pub(crate) async fn get_roadmap(&self, owner: Uuid, id: &str) -> Result<StudentRoadmap, StoryError> {
        let project = self.student_project(owner, id).await?;
        let db = self.files.projects.db.user(owner);
        let found = store::find_roadmap(&db, owner, project.id).await?;
        found.ok_or(StoryError::RoadmapNotFound)
    }

    pub(crate) async fn update_progress(
        &self,
        owner: Uuid,
        id: &str,
        step: u32,
    ) -> Result<StudentRoadmap, StoryError> {
        let mut roadmap = self.get_roadmap(owner, id).await?;
        let modules = roadmap.roadmap.modules.len();
        if usize::try_from(step).is_ok_and(|step| step > modules) {
            return Err(StoryError::invalid(
                "current_step_index",
                &format!("0 to {modules}"),
            ));
        }

        roadmap.current_step_index = step;
        roadmap.updated_at = self.files.projects.clock.now();
        let mut tx = self.files.projects.db.user(owner).begin_write().await?;
        lock(&mut tx, owner, roadmap.project_id).await?;
        store::put_roadmap(&mut tx, owner, &roadmap).await?;
        tx.commit().await?;
        Ok(roadmap)
    }

    pub(crate) async fn create_session(
        &self,
        owner: Uuid,
        id: &str,
        raw: RawSession,
    ) -> Result<StudySession, StoryError> {
        let (transcript, concepts_covered): (Vec<StudyMessage>, Vec<String>) = check_session(&raw)?;
        let project = self.student_project(owner, id).await?;
        let session = StudySession {
            id: self.files.projects.ids.id(),
            project_id: project.id,
            transcript,
            concepts_covered,
            duration_minutes: raw.duration_minutes,
            created_at: self.files.projects.clock.now(),
        };

        let mut tx = self.files.projects.db.user(owner).begin_write().await?;
        lock(&mut tx, owner, project.id).await?;
        if !store::insert_session(&mut tx, owner, &session, SESSIONS_MAX).await? {
            return Err(StoryError::TooManySessions { most: SESSIONS_MAX });
        }
        tx.commit().await?;
        Ok(session)
    }

    /// One page, newest first, and how many there are in all.
    pub(crate) async fn list_sessions(
        &self,
        owner: Uuid,
        id: &str,
        (size, page): (Option<u32>, Option<u32>),
    ) -> Result<(Vec<StudySession>, u64), StoryError> {
        let (size, page) = (size.unwrap_or(PAGE_SIZE), page.unwrap_or(1));
        let mut faults = Faults::default();
        if !(1..=PAGE_SIZE_MAX).contains(&size) {
            faults.add("page_size", format!("1 to {PAGE_SIZE_MAX}"));
        }
        if !(1..=PAGE_MAX).contains(&page) {
            faults.add("page", format!("1 to {PAGE_MAX}"));
        }
        refuse(faults)?;

        let project = self.student_project(owner, id).await?;
        let db = self.files.projects.db.user(owner);
        let sessions = store::list_sessions(&db, owner, project.id, (size, (page - 1) * size)).await?;
        let (total, _) = store::measure_sessions(&db, owner, project.id).await?;
        Ok((sessions, total))
    }

    pub(crate) async fn progress(&self, owner: Uuid, id: &str) -> Result<StudentProgress, StoryError> {
        let project = self.student_project(owner, id).await?;
        let db = self.files.projects.db.user(owner);
        let roadmap = store::find_roadmap(&db, owner, project.id).await?;
        let (total_sessions, total_minutes) = store::measure_sessions(&db, owner, project.id).await?;
        let covered = store::list_covered(&db, owner, project.id).await?;
        let covered: BTreeSet<String> = covered.into_iter().flatten().collect();
        let learner = self.learner(owner, project.id).await?;

        let total = roadmap
            .as_ref()
            .map_or(0, |roadmap| roadmap.roadmap.modules.len());
        Ok(StudentProgress {
            project_id: project.id,
            total_modules: u32::try_from(total).unwrap_or(u32::MAX),
            completed_modules: roadmap.map_or(0, |roadmap| roadmap.current_step_index),
            total_sessions,
            total_minutes,
            concepts_covered: covered.into_iter().collect(),
            mastery: learner.mastery(),
        })
    }
}

/// The project's RequirementsDoc, where one was written.
fn read_requirements(project: &Project) -> Result<Option<Value>, StoryError> {
    let text = project.requirements_spec.as_deref();
    let document = text.map(serde_json::from_str).transpose();
    document.map_err(|source| StoryError::Unreadable {
        what: "requirements document",
        source: Box::new(source),
    })
}

fn has_feature(requirements: &Value) -> bool {
    let features = requirements["core_features"].as_array();
    features.is_some_and(|features| {
        features.iter().any(|feature| {
            feature["name"]
                .as_str()
                .is_some_and(|name| !name.trim().is_empty())
        })
    })
}
