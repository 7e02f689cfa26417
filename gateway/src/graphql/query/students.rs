//! What learning with a project has left behind.

use async_graphql::{Context, Object, Result};
use proto::v1::{ListStudySessionsRequest, StudentProjectRequest};

use crate::{
    graphql::{
        Ask,
        object::student::{LearningRoadmap, StudentProgress, StudySession},
        scalar::IdInput,
    },
    operation::students::{GetProgress, GetRoadmap, ListStudySessions},
};

#[derive(Default)]
pub(crate) struct StudentsQuery;

#[Object]
impl StudentsQuery {
    /// The roadmap of a project in student mode; null when none was written.
    async fn learning_roadmap(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the project.")] project_id: IdInput,
    ) -> Result<Option<LearningRoadmap>> {
        let door = ctx.door().await?;
        let project_id = ctx.parse_id(&project_id, "projectId")?.to_string();
        let kept = door
            .find(GetRoadmap(StudentProjectRequest { project_id }))
            .await?;

        let roadmap = kept.map(LearningRoadmap::try_from).transpose();
        roadmap.map_err(|error| ctx.fail(error))
    }

    /// The sessions of a project in student mode, newest first.
    async fn study_sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the project.")] project_id: IdInput,
        #[graphql(desc = "Which page of them, from 1.")] page: Option<u32>,
        #[graphql(desc = "How many: 1 to 50; 20 when left out.")] page_size: Option<u32>,
    ) -> Result<Option<Vec<StudySession>>> {
        let door = ctx.door().await?;
        let request = ListStudySessionsRequest {
            project_id: ctx.parse_id(&project_id, "projectId")?.to_string(),
            page_size,
            page,
        };
        let list = door.perform(ListStudySessions(request)).await?;

        Ok(Some(list.sessions.into_iter().map(StudySession::from).collect()))
    }

    /// How far you are with a project in student mode.
    async fn student_progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the project.")] project_id: IdInput,
    ) -> Result<Option<StudentProgress>> {
        let door = ctx.door().await?;
        let project_id = ctx.parse_id(&project_id, "projectId")?.to_string();
        let progress = door
            .find(GetProgress(StudentProjectRequest { project_id }))
            .await?;

        Ok(progress.map(StudentProgress::from))
    }
}
