//! Learning with a project: asked, decided, planned, kept.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use proto::v1::{
    AskTutorRequest, CreateRoadmapRequest, CreateStudySessionRequest, DecideChoiceRequest,
    UpdateRoadmapProgressRequest, WeighChoiceRequest,
};

use crate::{
    graphql::{
        Ask,
        object::student::{LearningRoadmap, StudentChoice, StudySession},
        scalar::IdInput,
    },
    operation::{
        profiles::SkillLevel,
        students::{
            AskTutor, CreateRoadmap, CreateStudySession, DecideChoice, UpdateRoadmapProgress, WeighChoice,
        },
    },
    view::students::{PedagogyView, read_document},
};

#[derive(Default)]
pub(crate) struct StudentsMutation;

/// What a learner says, and about what.
#[derive(InputObject)]
struct AskTutorInput {
    /// The id of a project in student mode.
    project_id: IdInput,
    /// What you say: 1 to 5,000 characters.
    question: String,
    /// Your own code: at most 50,000 characters.
    code: Option<String>,
    /// The file of the project that it is about.
    file: Option<String>,
    /// Begins this exercise of the tutor.
    exercise: Option<String>,
    /// Begins this concept of the tutor.
    concept: Option<String>,
}

/// What the tutor answered to it.
#[derive(SimpleObject)]
struct AskTutorPayload {
    /// One question and a hint.
    response: PedagogyView,
}

/// What is to be decided, and where.
#[derive(InputObject)]
struct WeighChoiceInput {
    /// The id of a project in student mode.
    project_id: IdInput,
    /// What is to be decided: 3 to 2,000 characters.
    question: String,
}

/// The decision that was laid out.
#[derive(SimpleObject)]
struct WeighChoicePayload {
    /// The decision, which is still open.
    choice: StudentChoice,
}

/// The way that is taken, and where.
#[derive(InputObject)]
struct DecideChoiceInput {
    /// The id of a project in student mode.
    project_id: IdInput,
    /// One of the newest decision's options.
    option_id: String,
}

/// The decision that was decided.
#[derive(SimpleObject)]
struct DecideChoicePayload {
    /// The decision with its chosen option.
    choice: StudentChoice,
}

/// For which project, and for whom.
#[derive(InputObject)]
struct CreateRoadmapInput {
    /// The id of a project in student mode.
    project_id: IdInput,
    /// How much you know; as before when left out.
    skill_level: Option<SkillLevel>,
}

/// The roadmap that was written now.
#[derive(SimpleObject)]
struct CreateRoadmapPayload {
    /// The roadmap, from its beginning on.
    roadmap: LearningRoadmap,
}

/// How far somebody is, and where.
#[derive(InputObject)]
struct UpdateRoadmapProgressInput {
    /// The id of a project in student mode.
    project_id: IdInput,
    /// How many modules are done now.
    current_step_index: u32,
}

/// The roadmap as it is now.
#[derive(SimpleObject)]
struct UpdateRoadmapProgressPayload {
    /// The roadmap with the new step.
    roadmap: LearningRoadmap,
}

/// Something that was said in a session.
#[derive(InputObject)]
struct StudyMessageInput {
    /// Who said it: `user`, `assistant` or `system`.
    role: String,
    /// What was said: 1 to 10,000 characters.
    content: String,
}

/// A session to keep of a project.
#[derive(InputObject)]
struct CreateStudySessionInput {
    /// The id of a project in student mode.
    project_id: IdInput,
    /// What was said: at most 100 messages.
    transcript: Option<Vec<StudyMessageInput>>,
    /// What it touched: at most 20 names.
    concepts_covered: Option<Vec<String>>,
    /// How long it took: 0 to 480 minutes.
    duration_minutes: Option<u32>,
}

/// The session that was kept now.
#[derive(SimpleObject)]
struct CreateStudySessionPayload {
    /// The session with its id.
    session: StudySession,
}

#[Object]
impl StudentsMutation {
    /// Ask the tutor. It answers with one question and a hint, never with the solution.
    async fn ask_tutor(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What you say, and about what.")] input: AskTutorInput,
    ) -> Result<Option<AskTutorPayload>> {
        let door = ctx.door().await?;
        let request = AskTutorRequest {
            project_id: ctx.parse_id(&input.project_id, "input.projectId")?.to_string(),
            question: input.question,
            code: input.code,
            file: input.file,
            exercise: input.exercise,
            concept: input.concept,
        };
        let answer = door.perform(AskTutor(request)).await?;

        let response = read_document(&answer.response).map_err(|error| ctx.fail(error))?;
        Ok(Some(AskTutorPayload { response }))
    }

    /// Have a decision laid out for a project.
    async fn weigh_choice(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be decided, and where.")] input: WeighChoiceInput,
    ) -> Result<Option<WeighChoicePayload>> {
        let door = ctx.door().await?;
        let request = WeighChoiceRequest {
            project_id: ctx.parse_id(&input.project_id, "input.projectId")?.to_string(),
            question: input.question,
        };
        let kept = door.perform(WeighChoice(request)).await?;

        let choice = StudentChoice::try_from(kept).map_err(|error| ctx.fail(error))?;
        Ok(Some(WeighChoicePayload { choice }))
    }

    /// Say which way of the newest decision is taken.
    async fn decide_choice(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The way that is taken.")] input: DecideChoiceInput,
    ) -> Result<Option<DecideChoicePayload>> {
        let door = ctx.door().await?;
        let request = DecideChoiceRequest {
            project_id: ctx.parse_id(&input.project_id, "input.projectId")?.to_string(),
            option_id: input.option_id,
        };
        let kept = door.perform(DecideChoice(request)).await?;

        let choice = StudentChoice::try_from(kept).map_err(|error| ctx.fail(error))?;
        Ok(Some(DecideChoicePayload { choice }))
    }

    /// Have a roadmap written from a project's requirements, in place of the one before.
    async fn create_roadmap(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For which project, and for whom.")] input: CreateRoadmapInput,
    ) -> Result<Option<CreateRoadmapPayload>> {
        let door = ctx.door().await?;
        let request = CreateRoadmapRequest {
            project_id: ctx.parse_id(&input.project_id, "input.projectId")?.to_string(),
            skill_level: input.skill_level.map_or("", SkillLevel::as_str).to_owned(),
        };
        let kept = door.perform(CreateRoadmap(request)).await?;

        let roadmap = LearningRoadmap::try_from(kept).map_err(|error| ctx.fail(error))?;
        Ok(Some(CreateRoadmapPayload { roadmap }))
    }

    /// Say how far you are on a roadmap.
    async fn update_roadmap_progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How far you are, and where.")] input: UpdateRoadmapProgressInput,
    ) -> Result<Option<UpdateRoadmapProgressPayload>> {
        let door = ctx.door().await?;
        let request = UpdateRoadmapProgressRequest {
            project_id: ctx.parse_id(&input.project_id, "input.projectId")?.to_string(),
            current_step_index: input.current_step_index,
        };
        let kept = door.perform(UpdateRoadmapProgress(request)).await?;

        let roadmap = LearningRoadmap::try_from(kept).map_err(|error| ctx.fail(error))?;
        Ok(Some(UpdateRoadmapProgressPayload { roadmap }))
    }

    /// Keep a session of learning with a project.
    async fn create_study_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The session that is kept.")] input: CreateStudySessionInput,
    ) -> Result<Option<CreateStudySessionPayload>> {
        let door = ctx.door().await?;
        let transcript = input.transcript.unwrap_or_default().into_iter();
        let request = CreateStudySessionRequest {
            project_id: ctx.parse_id(&input.project_id, "input.projectId")?.to_string(),
            transcript: transcript
                .map(|line| proto::v1::StudyMessage {
                    role: line.role,
                    content: line.content,
                })
                .collect(),
            concepts_covered: input.concepts_covered.unwrap_or_default(),
            duration_minutes: input.duration_minutes.unwrap_or_default(),
        };
        let session = door.perform(CreateStudySession(request)).await?;

        Ok(Some(CreateStudySessionPayload {
            session: session.into(),
        }))
    }
}
