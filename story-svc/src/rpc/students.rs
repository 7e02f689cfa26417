//! `saga.v1.Students`.

use kit::into_status;
use kit::rpc::{actor_of, request_id_of};
use proto::v1;
use proto::v1::students_server::Students;
use serde_json::json;
use tonic::{Request, Response, Status};

use super::convert;
use crate::domain::student::{StudentChoice, StudentProgress, StudentRoadmap, StudySession};
use crate::domain::students::{self as domain, RawQuestion, RawSession, StudentCall};
use crate::error::StoryError;

pub(crate) struct StudentsRpc(pub(crate) domain::Students);

#[tonic::async_trait]
impl Students for StudentsRpc {
    async fn ask_tutor(
        &self,
        request: Request<v1::AskTutorRequest>,
    ) -> Result<Response<v1::TutorAnswer>, Status> {
        let call = call_of(&request)?;
        let message = request.into_inner();
        let raw = RawQuestion {
            question: message.question,
            code: message.code,
            file: message.file,
            exercise: message.exercise,
            concept: message.concept,
        };

        let answer = self
            .0
            .ask(&call, &message.project_id, raw)
            .await
            .map_err(refuse)?;

        Ok(Response::new(v1::TutorAnswer {
            response: json!(answer.response).to_string(),
            offline: answer.offline,
        }))
    }

    async fn weigh_choice(
        &self,
        request: Request<v1::WeighChoiceRequest>,
    ) -> Result<Response<v1::StudentChoice>, Status> {
        let call = call_of(&request)?;
        let message = request.into_inner();
        let choice = self
            .0
            .weigh_choice(&call, &message.project_id, &message.question)
            .await;
        choice.map(encode_choice).map(Response::new).map_err(refuse)
    }

    async fn decide_choice(
        &self,
        request: Request<v1::DecideChoiceRequest>,
    ) -> Result<Response<v1::StudentChoice>, Status> {
        let owner = actor_of(&request)?.user_id;
        let message = request.into_inner();
        let choice = self
            .0
            .decide_choice(owner, &message.project_id, &message.option_id)
            .await;
        choice.map(encode_choice).map(Response::new).map_err(refuse)
    }

    async fn create_roadmap(
        &self,
        request: Request<v1::CreateRoadmapRequest>,
    ) -> Result<Response<v1::StudentRoadmap>, Status> {
        let call = call_of(&request)?;
        let message = request.into_inner();
        let roadmap = self
            .0
            .create_roadmap(&call, &message.project_id, &message.skill_level)
            .await;
        roadmap.map(encode_roadmap).map(Response::new).map_err(refuse)
    }

    async fn get_roadmap(
        &self,
        request: Request<v1::StudentProjectRequest>,
    ) -> Result<Response<v1::StudentRoadmap>, Status> {
        let owner = actor_of(&request)?.user_id;
        let roadmap = self.0.get_roadmap(owner, &request.into_inner().project_id).await;
        roadmap.map(encode_roadmap).map(Response::new).map_err(refuse)
    }

    async fn update_roadmap_progress(
        &self,
        request: Request<v1::UpdateRoadmapProgressRequest>,
    ) -> Result<Response<v1::StudentRoadmap>, Status> {
        let owner = actor_of(&request)?.user_id;
        let message = request.into_inner();
        let roadmap = self
            .0
            .update_progress(owner, &message.project_id, message.current_step_index)
            .await;
        roadmap.map(encode_roadmap).map(Response::new).map_err(refuse)
    }

    async fn create_study_session(
        &self,
        request: Request<v1::CreateStudySessionRequest>,
    ) -> Result<Response<v1::StudySession>, Status> {
        let owner = actor_of(&request)?.user_id;
        let message = request.into_inner();
        let transcript = message.transcript.into_iter();
        let raw = RawSession {
            transcript: transcript.map(|line| (line.role, line.content)).collect(),
            concepts_covered: message.concepts_covered,
            duration_minutes: message.duration_minutes,
        };
        let session = self.0.create_session(owner, &message.project_id, raw).await;
        session.map(encode_session).map(Response::new).map_err(refuse)
    }

    async fn list_study_sessions(
        &self,
        request: Request<v1::ListStudySessionsRequest>,
    ) -> Result<Response<v1::ListStudySessionsResponse>, Status> {
        let owner = actor_of(&request)?.user_id;
        let message = request.into_inner();
        let page = (message.page_size, message.page);
        let listed = self.0.list_sessions(owner, &message.project_id, page).await;
        let (sessions, total) = listed.map_err(refuse)?;
        Ok(Response::new(v1::ListStudySessionsResponse {
            sessions: sessions.into_iter().map(encode_session).collect(),
            total,
        }))
    }

    async fn get_progress(
        &self,
        request: Request<v1::StudentProjectRequest>,
    ) -> Result<Response<v1::StudentProgress>, Status> {
        let owner = actor_of(&request)?.user_id;
        let progress = self.0.progress(owner, &request.into_inner().project_id).await;
        progress.map(encode_progress).map(Response::new).map_err(refuse)
    }
}

fn call_of<T>(request: &Request<T>) -> Result<StudentCall, Status> {
    Ok(StudentCall {
        actor: actor_of(request)?,
        request_id: request_id_of(request),
    })
}

/// What an agent refuses it says itself: its fields are the request's.
fn refuse(error: StoryError) -> Status {
    match error {
        StoryError::Agent { problem, .. } => problem.into_status(),
        other => into_status(other),
    }
}

fn encode_choice(choice: StudentChoice) -> v1::StudentChoice {
    v1::StudentChoice {
        id: choice.id.to_string(),
        project_id: choice.project_id.to_string(),
        question: choice.question,
        framework: json!(choice.framework).to_string(),
        chosen_option_id: choice.chosen_option_id,
        created_at: Some(convert::timestamp(choice.created_at)),
        updated_at: Some(convert::timestamp(choice.updated_at)),
    }
}

fn encode_roadmap(roadmap: StudentRoadmap) -> v1::StudentRoadmap {
    v1::StudentRoadmap {
        project_id: roadmap.project_id.to_string(),
        roadmap: json!(roadmap.roadmap).to_string(),
        current_step_index: roadmap.current_step_index,
        skill_level: roadmap.skill_level.as_str().to_owned(),
        created_at: Some(convert::timestamp(roadmap.created_at)),
        updated_at: Some(convert::timestamp(roadmap.updated_at)),
    }
}

fn encode_session(session: StudySession) -> v1::StudySession {
    let transcript = session.transcript.into_iter().map(|line| v1::StudyMessage {
        role: line.role.as_str().to_owned(),
        content: line.content,
    });

    v1::StudySession {
        id: session.id.to_string(),
        project_id: session.project_id.to_string(),
        transcript: transcript.collect(),
        concepts_covered: session.concepts_covered,
        duration_minutes: session.duration_minutes,
        created_at: Some(convert::timestamp(session.created_at)),
    }
}

fn encode_progress(progress: StudentProgress) -> v1::StudentProgress {
    let done = match progress.total_modules {
        0 => 0.0,
        all => f64::from(progress.completed_modules) * 100.0 / f64::from(all),
    };

    v1::StudentProgress {
        project_id: progress.project_id.to_string(),
        total_modules: progress.total_modules,
        completed_modules: progress.completed_modules,
        completion_percentage: (done * 100.0).round() / 100.0,
        total_sessions: progress.total_sessions,
        total_minutes: progress.total_minutes,
        concepts_covered: progress.concepts_covered,
        mastery: progress.mastery.into_iter().collect(),
    }
}
