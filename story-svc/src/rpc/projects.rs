//! `saga.v1.Projects`.

use std::pin::Pin;

use futures::Stream;
use kit::into_status;
use kit::page::Cursor;
use kit::rpc::actor_of;
use proto::v1;
use proto::v1::projects_server::Projects;
use tonic::{Request, Response, Status};

use super::convert;
use crate::domain::project::Project;
use crate::domain::projects::{self as domain, RawProject, RawProjectChange, RawProjectQuery};

pub(crate) struct ProjectsRpc(pub(crate) domain::Projects);

#[tonic::async_trait]
impl Projects for ProjectsRpc {
    type WatchProjectStream = Pin<Box<dyn Stream<Item = Result<v1::Project, Status>> + Send>>;

    async fn create_project(
        &self,
        request: Request<v1::CreateProjectRequest>,
    ) -> Result<Response<v1::Project>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let raw = RawProject {
            title: message.title,
            description: message.description,
            mode: message.mode,
            tech_stack: message.tech_stack,
        };
        let made = self.0.create(&actor, raw).await;
        made.map(encode).map(Response::new).map_err(into_status)
    }

    async fn get_project(
        &self,
        request: Request<v1::GetProjectRequest>,
    ) -> Result<Response<v1::Project>, Status> {
        let actor = actor_of(&request)?;
        let found = self.0.get(actor.user_id, &request.into_inner().id).await;
        found.map(encode).map(Response::new).map_err(into_status)
    }

    async fn list_projects(
        &self,
        request: Request<v1::ListProjectsRequest>,
    ) -> Result<Response<v1::ListProjectsResponse>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let query = RawProjectQuery {
            page_size: message.page_size,
            page: message.page,
            page_token: message.page_token,
            backward: message.backward,
            mode: message.mode,
            status: message.status,
        };
        let (page, total) = self.0.list(actor.user_id, query).await.map_err(into_status)?;
        let token = |project: &Project| {
            let cursor = Cursor {
                at: project.created_at,
                id: project.id,
            };
            cursor.encode(domain::LIST)
        };

        Ok(Response::new(v1::ListProjectsResponse {
            page_tokens: page.items.iter().map(token).collect(),
            projects: page.items.into_iter().map(encode).collect(),
            total,
            next_page_token: page
                .next
                .map(|next| next.encode(domain::LIST))
                .unwrap_or_default(),
        }))
    }

    async fn update_project(
        &self,
        request: Request<v1::UpdateProjectRequest>,
    ) -> Result<Response<v1::Project>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let change = RawProjectChange {
            title: message.title,
            description: message.description,
            status: message.status,
        };
        let updated = self.0.update(actor.user_id, &message.id, change).await;
        updated.map(encode).map(Response::new).map_err(into_status)
    }

    async fn archive_project(
        &self,
        request: Request<v1::GetProjectRequest>,
    ) -> Result<Response<v1::Project>, Status> {
        let actor = actor_of(&request)?;
        let archived = self.0.archive(actor.user_id, &request.into_inner().id).await;
        archived.map(encode).map(Response::new).map_err(into_status)
    }

    async fn watch_project(
        &self,
        request: Request<v1::GetProjectRequest>,
    ) -> Result<Response<Self::WatchProjectStream>, Status> {
        let actor = actor_of(&request)?;
        let watched = self.0.watch(actor.user_id, &request.into_inner().id).await;
        let mut watch = watched.map_err(into_status)?;
        let projects = async_stream::stream! {
            while let Some(seen) = watch.next().await {
                let failed = seen.is_err();
                yield seen.map(encode).map_err(into_status);
                if failed {
                    break;
                }
            }
        };

        Ok(Response::new(Box::pin(projects)))
    }
}

fn encode(project: Project) -> v1::Project {
    v1::Project {
        id: project.id.to_string(),
        title: project.title,
        description: project.description,
        mode: project.mode.as_str().to_owned(),
        status: project.status.as_str().to_owned(),
        tech_stack: project.tech_stack,
        requirements_spec: project.requirements_spec,
        architecture_spec: project.architecture_spec,
        dependencies: project.dependencies,
        revision: project.revision,
        created_at: Some(convert::timestamp(project.created_at)),
        updated_at: Some(convert::timestamp(project.updated_at)),
    }
}
