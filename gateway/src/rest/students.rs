//! Learning with a project over REST: CodeForge's `/v1/student/…`, with the project in the body or in the path.

use axum::{
    Json as Answer,
    extract::{Path, rejection::PathRejection},
};
use http::StatusCode;
use proto::v1::{
    AskTutorRequest, CreateRoadmapRequest, CreateStudySessionRequest, DecideChoiceRequest,
    ListStudySessionsRequest, StudentProjectRequest, StudyMessage, UpdateRoadmapProgressRequest,
    WeighChoiceRequest,
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{answers::Invalid, projects::parse_project_id};
use crate::{
    error::{ApiError, ErrorBody},
    extract::{Door, Json, PageNumber, PageSize, Query},
    operation::{
        profiles::SkillLevel,
        students::{
            AskTutor, CreateRoadmap, CreateStudySession, DecideChoice, GetProgress, GetRoadmap,
            ListStudySessions, UpdateRoadmapProgress, WeighChoice,
        },
    },
    view::students::{
        ChoiceFrameworkView, LearningRoadmapView, PedagogyView, StudentChoiceView, StudentProgressView,
        StudentRoadmapView, StudySessionPage, StudySessionView, read_document,
    },
};

/// Sessions on one page.
const PAGE_SIZE_MAX: u32 = 50;

/// What a learner says.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "project_id": "7d444840-9dc0-41d1-b245-5ffdce74fad2", "question": "Why does my list not update?" }))]
pub(crate) struct AskTutorBody {
    /// A project of yours in student mode.
    #[serde(alias = "projectId")]
    project_id: String,
    /// 1 to 5,000 characters, with or without code in them.
    #[serde(alias = "message")]
    question: String,
    /// Your code: at most 50,000 characters.
    code: Option<String>,
    /// The file of the project that it is about.
    #[serde(alias = "file_path", alias = "filePath")]
    file: Option<String>,
    /// Begins an exercise of the tutor by its id, such as `sum-of-prices`.
    exercise: Option<String>,
    /// Begins a concept of the tutor by its id, such as `state`.
    concept: Option<String>,
}

/// Ask the tutor. It answers with one question and a hint, and never with the solution.
#[utoipa::path(post, path = "/v1/student/ask", tag = "projects", request_body = AskTutorBody,
    responses(
        (status = 200, description = "One question and a hint", body = PedagogyView),
        (status = 400, description = "The project is not in student mode", body = ErrorBody),
        (status = 404, description = "No such project of yours", body = ErrorBody),
        (status = 409, description = "Another question was answered meanwhile", body = ErrorBody),
        Invalid))]
pub(crate) async fn ask_tutor(
    door: Door<AskTutor>,
    Json(body): Json<AskTutorBody>,
) -> Result<Answer<PedagogyView>, ApiError> {
    let request = AskTutorRequest {
        project_id: body.project_id,
        question: body.question,
        code: body.code,
        file: body.file,
        exercise: body.exercise,
        concept: body.concept,
    };
    let answer = door.perform(AskTutor(request)).await?;

    Ok(Answer(read_document(&answer.response)?))
}

/// What is to be decided, and in which project.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "project_id": "7d444840-9dc0-41d1-b245-5ffdce74fad2", "question": "Should I keep my data in the browser or on a server?" }))]
pub(crate) struct ChoiceFrameworkBody {
    /// A project of yours in student mode.
    #[serde(alias = "projectId")]
    project_id: String,
    /// 3 to 2,000 characters.
    #[serde(alias = "decision")]
    question: String,
}

/// Have a decision laid out for your project.
#[utoipa::path(post, path = "/v1/student/choice-framework", tag = "projects", request_body = ChoiceFrameworkBody,
    responses(
        (status = 200, description = "The ways to decide", body = ChoiceFrameworkView),
        (status = 400, description = "The project is not in student mode", body = ErrorBody),
        (status = 404, description = "No such project of yours", body = ErrorBody),
        Invalid))]
pub(crate) async fn write_choice_framework(
    door: Door<WeighChoice>,
    Json(body): Json<ChoiceFrameworkBody>,
) -> Result<Answer<ChoiceFrameworkView>, ApiError> {
    let request = WeighChoiceRequest {
        project_id: body.project_id,
        question: body.question,
    };
    let choice = door.perform(WeighChoice(request)).await?;

    Ok(Answer(read_document(&choice.framework)?))
}

/// For which project, and for whom.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "project_id": "7d444840-9dc0-41d1-b245-5ffdce74fad2", "skill_level": "beginner" }))]
pub(crate) struct RoadmapBody {
    /// A project of yours in student mode that has requirements.
    #[serde(alias = "projectId")]
    project_id: String,
    /// As it was before when left out, and beginner at first.
    #[serde(alias = "skillLevel")]
    #[schema(inline)]
    skill_level: Option<SkillLevel>,
}

/// Have a roadmap written from your project's requirements, in place of the one before.
#[utoipa::path(post, path = "/v1/student/roadmap", tag = "projects", request_body = RoadmapBody,
    responses(
        (status = 200, description = "What there is to learn", body = LearningRoadmapView),
        (status = 400, description = "The project is not in student mode, or has no requirements", body = ErrorBody),
        (status = 404, description = "No such project of yours", body = ErrorBody),
        Invalid))]
pub(crate) async fn write_roadmap(
    door: Door<CreateRoadmap>,
    Json(body): Json<RoadmapBody>,
) -> Result<Answer<LearningRoadmapView>, ApiError> {
    let request = CreateRoadmapRequest {
        project_id: body.project_id,
        skill_level: body.skill_level.map_or("", SkillLevel::as_str).to_owned(),
    };
    let kept = door.perform(CreateRoadmap(request)).await?;

    Ok(Answer(read_document(&kept.roadmap)?))
}

/// For whom the roadmap is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "skill_level": "intermediate" }))]
pub(crate) struct ProjectRoadmapBody {
    /// As it was before when left out, and beginner at first.
    #[serde(alias = "skillLevel")]
    #[schema(inline)]
    skill_level: Option<SkillLevel>,
}

/// The same with the project in the path; the answer says how far you are, too.
#[utoipa::path(post, path = "/v1/student/{project_id}/roadmap", tag = "projects", request_body = ProjectRoadmapBody,
    params(("project_id" = String, Path, description = "Project id")),
    responses(
        (status = 201, description = "The roadmap", body = StudentRoadmapView),
        (status = 400, description = "The project is not in student mode, or has no requirements", body = ErrorBody),
        (status = 404, description = "No such project of yours", body = ErrorBody),
        Invalid))]
pub(crate) async fn create_roadmap(
    door: Door<CreateRoadmap>,
    id: Result<Path<String>, PathRejection>,
    Json(body): Json<ProjectRoadmapBody>,
) -> Result<(StatusCode, Answer<StudentRoadmapView>), ApiError> {
    let request = CreateRoadmapRequest {
        project_id: parse_project_id(id)?,
        skill_level: body.skill_level.map_or("", SkillLevel::as_str).to_owned(),
    };
    let kept = door.perform(CreateRoadmap(request)).await?;

    Ok((StatusCode::CREATED, Answer(StudentRoadmapView::try_from(kept)?)))
}

/// The roadmap of a project, and how far you are.
#[utoipa::path(get, path = "/v1/student/{project_id}/roadmap", tag = "projects",
    params(("project_id" = String, Path, description = "Project id")),
    responses(
        (status = 200, description = "The roadmap", body = StudentRoadmapView),
        (status = 400, description = "The project is not in student mode", body = ErrorBody),
        (status = 404, description = "No such project of yours, or it has no roadmap", body = ErrorBody)))]
pub(crate) async fn get_roadmap(
    door: Door<GetRoadmap>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<StudentRoadmapView>, ApiError> {
    let project_id = parse_project_id(id)?;
    let kept = door
        .perform(GetRoadmap(StudentProjectRequest { project_id }))
        .await?;

    Ok(Answer(StudentRoadmapView::try_from(kept)?))
}

/// How far you are.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "current_step_index": 2 }))]
pub(crate) struct RoadmapProgressBody {
    /// Modules that are done: 0 to all of them.
    #[serde(alias = "currentStepIndex")]
    current_step_index: u32,
}

/// Say how far you are on a roadmap.
#[utoipa::path(put, path = "/v1/student/{project_id}/roadmap/progress", tag = "projects",
    request_body = RoadmapProgressBody,
    params(("project_id" = String, Path, description = "Project id")),
    responses(
        (status = 200, description = "The roadmap", body = StudentRoadmapView),
        (status = 400, description = "The project is not in student mode", body = ErrorBody),
        (status = 404, description = "No such project of yours, or it has no roadmap", body = ErrorBody),
        Invalid))]
pub(crate) async fn update_roadmap_progress(
    door: Door<UpdateRoadmapProgress>,
    id: Result<Path<String>, PathRejection>,
    Json(body): Json<RoadmapProgressBody>,
) -> Result<Answer<StudentRoadmapView>, ApiError> {
    let request = UpdateRoadmapProgressRequest {
        project_id: parse_project_id(id)?,
        current_step_index: body.current_step_index,
    };
    let kept = door.perform(UpdateRoadmapProgress(request)).await?;

    Ok(Answer(StudentRoadmapView::try_from(kept)?))
}

/// Something that was said in a session.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StudyMessageBody {
    /// user, assistant or system.
    role: String,
    /// 1 to 10,000 characters.
    content: String,
}

/// A session of learning.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "transcript": [{ "role": "user", "content": "What is state?" }], "concepts_covered": ["State"], "duration_minutes": 30 }))]
pub(crate) struct StudySessionBody {
    /// At most 100 messages.
    #[serde(default)]
    transcript: Vec<StudyMessageBody>,
    /// At most 20, each 1 to 200 characters.
    #[serde(default, alias = "conceptsCovered", alias = "concepts")]
    concepts_covered: Vec<String>,
    /// 0 to 480.
    #[serde(default, alias = "durationMinutes", alias = "duration")]
    duration_minutes: u32,
}

/// Keep a session of learning. At most 1,000 of one project.
#[utoipa::path(post, path = "/v1/student/{project_id}/sessions", tag = "projects", request_body = StudySessionBody,
    params(("project_id" = String, Path, description = "Project id")),
    responses(
        (status = 201, description = "The session", body = StudySessionView),
        (status = 400, description = "The project is not in student mode, or is full", body = ErrorBody),
        (status = 404, description = "No such project of yours", body = ErrorBody),
        Invalid))]
pub(crate) async fn create_study_session(
    door: Door<CreateStudySession>,
    id: Result<Path<String>, PathRejection>,
    Json(body): Json<StudySessionBody>,
) -> Result<(StatusCode, Answer<StudySessionView>), ApiError> {
    let transcript = body.transcript.into_iter().map(|line| StudyMessage {
        role: line.role,
        content: line.content,
    });
    let request = CreateStudySessionRequest {
        project_id: parse_project_id(id)?,
        transcript: transcript.collect(),
        concepts_covered: body.concepts_covered,
        duration_minutes: body.duration_minutes,
    };
    let session = door.perform(CreateStudySession(request)).await?;

    Ok((StatusCode::CREATED, Answer(session.into())))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct StudySessionsQuery {
    /// Default: 1.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1000)]
    page: PageNumber,
    /// 1 to 50; default: 20.
    #[serde(default, alias = "pageSize")]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 50)]
    page_size: PageSize,
}

/// The sessions of a project, newest first.
#[utoipa::path(get, path = "/v1/student/{project_id}/sessions", tag = "projects",
    params(("project_id" = String, Path, description = "Project id"), StudySessionsQuery),
    responses(
        (status = 200, description = "One page of them", body = StudySessionPage),
        (status = 400, description = "The project is not in student mode", body = ErrorBody),
        (status = 404, description = "No such project of yours", body = ErrorBody),
        Invalid))]
pub(crate) async fn list_study_sessions(
    door: Door<ListStudySessions>,
    id: Result<Path<String>, PathRejection>,
    Query(query): Query<StudySessionsQuery>,
) -> Result<Answer<StudySessionPage>, ApiError> {
    let (page, page_size) = (query.page.0, query.page_size.0);
    if page_size > PAGE_SIZE_MAX {
        let expected = format!("expected a number from 1 to {PAGE_SIZE_MAX}");
        return Err(ApiError::field("page_size", "value_error", expected));
    }
    let request = ListStudySessionsRequest {
        project_id: parse_project_id(id)?,
        page_size: Some(page_size),
        page: Some(page),
    };
    let list = door.perform(ListStudySessions(request)).await?;

    Ok(Answer(StudySessionPage {
        has_more: u64::from(page) * u64::from(page_size) < list.total,
        items: list.sessions.into_iter().map(StudySessionView::from).collect(),
        total: list.total,
        page,
        page_size,
    }))
}

/// What is to be decided.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "question": "Tests of the rules first, or a browser flow?" }))]
pub(crate) struct ProjectChoiceBody {
    /// 3 to 2,000 characters.
    #[serde(alias = "decision")]
    question: String,
}

/// Have a decision laid out, and kept: of one project the newest 100.
#[utoipa::path(post, path = "/v1/student/{project_id}/choice", tag = "projects", request_body = ProjectChoiceBody,
    params(("project_id" = String, Path, description = "Project id")),
    responses(
        (status = 201, description = "The decision, still open", body = StudentChoiceView),
        (status = 400, description = "The project is not in student mode", body = ErrorBody),
        (status = 404, description = "No such project of yours", body = ErrorBody),
        Invalid))]
pub(crate) async fn weigh_choice(
    door: Door<WeighChoice>,
    id: Result<Path<String>, PathRejection>,
    Json(body): Json<ProjectChoiceBody>,
) -> Result<(StatusCode, Answer<StudentChoiceView>), ApiError> {
    let request = WeighChoiceRequest {
        project_id: parse_project_id(id)?,
        question: body.question,
    };
    let choice = door.perform(WeighChoice(request)).await?;

    Ok((StatusCode::CREATED, Answer(StudentChoiceView::try_from(choice)?)))
}

/// The way that is taken.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "option_id": "local-storage" }))]
pub(crate) struct DecideChoiceBody {
    /// One of the options' ids.
    #[serde(alias = "optionId", alias = "choice_id", alias = "choiceId")]
    option_id: String,
}

/// Decide the newest decision of a project.
#[utoipa::path(put, path = "/v1/student/{project_id}/choice", tag = "projects", request_body = DecideChoiceBody,
    params(("project_id" = String, Path, description = "Project id")),
    responses(
        (status = 200, description = "The decision, decided", body = StudentChoiceView),
        (status = 400, description = "The project is not in student mode", body = ErrorBody),
        (status = 404, description = "No such project of yours, or nothing to decide", body = ErrorBody),
        Invalid))]
pub(crate) async fn decide_choice(
    door: Door<DecideChoice>,
    id: Result<Path<String>, PathRejection>,
    Json(body): Json<DecideChoiceBody>,
) -> Result<Answer<StudentChoiceView>, ApiError> {
    let request = DecideChoiceRequest {
        project_id: parse_project_id(id)?,
        option_id: body.option_id,
    };
    let choice = door.perform(DecideChoice(request)).await?;

    Ok(Answer(StudentChoiceView::try_from(choice)?))
}

/// How far you are with a project: roadmap, sessions, and what the tutor has seen of you.
#[utoipa::path(get, path = "/v1/student/{project_id}/progress", tag = "projects",
    params(("project_id" = String, Path, description = "Project id")),
    responses(
        (status = 200, description = "How far you are", body = StudentProgressView),
        (status = 400, description = "The project is not in student mode", body = ErrorBody),
        (status = 404, description = "No such project of yours", body = ErrorBody)))]
pub(crate) async fn get_student_progress(
    door: Door<GetProgress>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<StudentProgressView>, ApiError> {
    let project_id = parse_project_id(id)?;
    let progress = door
        .perform(GetProgress(StudentProjectRequest { project_id }))
        .await?;

    Ok(Answer(progress.into()))
}
