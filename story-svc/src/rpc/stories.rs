//! `saga.v1.Stories`.

use kit::into_status;
use kit::rpc::{actor_of, request_id_of};
use proto::v1::stories_server::Stories;
use proto::v1::{
    self, BatchGetStoriesRequest, BatchGetStoriesResponse, CancelStoryRequest, CreateCodeStoryRequest,
    GetStoryRequest,
};
use proto::v1::{ListStoriesRequest, ListStoriesResponse, RestartStoryRequest};
use proto::v1::{ListStoryTitlesRequest, ListStoryTitlesResponse};
use tonic::{Request, Response, Status};

use super::convert;
use crate::domain::code_request::RawCodeRequest;
use crate::domain::stories::Stories as Domain;
use crate::domain::story::{MadeStory, Story, StoryContent, StoryKind, StoryRequest, StoryResult};
use crate::error::StoryError;

pub(crate) struct StoriesRpc(pub(crate) Domain);

#[tonic::async_trait]
impl Stories for StoriesRpc {
    async fn create_code_story(
        &self,
        request: Request<CreateCodeStoryRequest>,
    ) -> Result<Response<v1::Story>, Status> {
        let (actor, request_id) = (actor_of(&request)?, request_id_of(&request));
        let message = request.into_inner();
        let share = convert::share(&actor, message.worker_share).map_err(into_status)?;
        let mut faults = Vec::new();
        let raw = RawCodeRequest {
            repo_url: message.repo_url,
            style: convert::style(message.style, &mut faults),
            duration_minutes: message.duration_minutes,
            voice: convert::voice(message.voice, &mut faults),
            focus_areas: message.focus_areas,
            technical_depth: convert::technical_depth(message.technical_depth, &mut faults),
            faults,
        };

        let made = self
            .0
            .create_code(&actor, &request_id, raw, message.idempotency_key, share)
            .await;

        answer(made)
    }

    async fn get_story(&self, request: Request<GetStoryRequest>) -> Result<Response<v1::Story>, Status> {
        let actor = actor_of(&request)?;
        answer(self.0.get(&actor, &request.into_inner().id).await)
    }

    async fn batch_get_stories(
        &self,
        request: Request<BatchGetStoriesRequest>,
    ) -> Result<Response<BatchGetStoriesResponse>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let batch = self
            .0
            .batch(&actor, &message.ids, &message.run_ids, message.with_chapters)
            .await
            .map_err(into_status)?;

        let stories = batch.stories.into_iter().map(encode).collect::<Result<_, _>>();
        let by_run = batch.by_run.into_iter();

        Ok(Response::new(BatchGetStoriesResponse {
            stories: stories.map_err(into_status)?,
            story_ids_by_run: by_run
                .map(|(run, story)| (run.to_string(), story.to_string()))
                .collect(),
        }))
    }

    async fn list_stories(
        &self,
        request: Request<ListStoriesRequest>,
    ) -> Result<Response<ListStoriesResponse>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let kind = kind_filter(message.kind).map_err(into_status)?;
        let status = convert::status_filter(message.status).map_err(into_status)?;
        let page = convert::page(message.page_size, message.page_token.as_deref()).map_err(into_status)?;
        let page = self
            .0
            .list(&actor, kind, status, page)
            .await
            .map_err(into_status)?;

        Ok(Response::new(ListStoriesResponse {
            stories: page
                .items
                .into_iter()
                .map(item)
                .collect::<Result<_, _>>()
                .map_err(into_status)?,
            next_page_token: page.next.map(|next| next.encode()),
        }))
    }

    async fn list_story_titles(
        &self,
        request: Request<ListStoryTitlesRequest>,
    ) -> Result<Response<ListStoryTitlesResponse>, Status> {
        let actor = actor_of(&request)?;
        let kind = kind_filter(request.into_inner().kind).map_err(into_status)?;
        let titles = self.0.list_titles(&actor, kind).await.map_err(into_status)?;

        let titles = titles.into_iter().map(|story| v1::StoryTitle {
            id: story.id.to_string(),
            title: story.title,
            updated_at: Some(convert::timestamp(story.updated_at)),
        });
        Ok(Response::new(ListStoryTitlesResponse {
            titles: titles.collect(),
        }))
    }

    async fn restart_story(
        &self,
        request: Request<RestartStoryRequest>,
    ) -> Result<Response<v1::Story>, Status> {
        let (actor, request_id) = (actor_of(&request)?, request_id_of(&request));
        let message = request.into_inner();
        let share = convert::share(&actor, message.worker_share).map_err(into_status)?;
        answer(
            self.0
                .restart(&actor, &request_id, &message.id, message.idempotency_key, share)
                .await,
        )
    }

    async fn cancel_story(
        &self,
        request: Request<CancelStoryRequest>,
    ) -> Result<Response<v1::Story>, Status> {
        let actor = actor_of(&request)?;
        answer(self.0.cancel(&actor, &request.into_inner().id).await)
    }
}

fn answer(story: Result<Story, StoryError>) -> Result<Response<v1::Story>, Status> {
    story.and_then(encode).map(Response::new).map_err(into_status)
}

fn kind_filter(number: i32) -> Result<Option<StoryKind>, StoryError> {
    let known = v1::StoryKind::try_from(number)
        .map_err(|_| StoryError::invalid("kind", "the number of a story kind"))?;
    Ok(match known {
        v1::StoryKind::Unspecified => None,
        v1::StoryKind::Fiction => Some(StoryKind::Fiction),
        v1::StoryKind::Code => Some(StoryKind::Code),
    })
}

/// A story of a list, with the place where the list goes on after it.
fn item(story: Story) -> Result<v1::Story, StoryError> {
    let page_token = story.cursor().encode();
    Ok(v1::Story {
        page_token: Some(page_token),
        ..encode(story)?
    })
}

fn encode(story: Story) -> Result<v1::Story, StoryError> {
    let run = story.run;
    let offline = story.made.as_ref().is_some_and(|made| made.offline);

    Ok(v1::Story {
        id: story.id.to_string(),
        kind: match story.kind {
            StoryKind::Fiction => v1::StoryKind::Fiction,
            StoryKind::Code => v1::StoryKind::Code,
        }
        .into(),
        title: story.title,
        run_id: run.id.to_string(),
        status: convert::status(run.status).into(),
        phase: run.phase,
        progress: run.progress,
        error_message: convert::error_message(run.status, run.error_message),
        created_at: Some(convert::timestamp(story.created_at)),
        updated_at: Some(convert::timestamp(story.updated_at)),
        offline,
        page_token: None,
        request: Some(encode_request(story.request)),
        result: story.made.map(encode_result).transpose()?,
    })
}

fn encode_request(request: StoryRequest) -> v1::story::Request {
    match request {
        StoryRequest::Code(request) => v1::story::Request::Code(v1::CodeRequest {
            repo_url: request.repo_url,
            repo_name: request.repo_name,
            style: v1::Style::number(Some(request.style)),
            duration_minutes: request.duration_minutes.get(),
            voice: v1::Voice::number(Some(request.voice)),
            focus_areas: request.focus_areas,
            technical_depth: v1::TechnicalDepth::number(Some(request.technical_depth)),
        }),
    }
}

fn encode_result(made: MadeStory) -> Result<v1::story::Result, StoryError> {
    let StoryResult::Code(result) = made.result;
    let chapters = made
        .content
        .map(|StoryContent::Code(content)| serde_json::to_string(&content.chapters))
        .transpose()
        .map_err(|source| StoryError::Unreadable {
            what: "chapter",
            source: source.into(),
        })?;

    Ok(v1::story::Result::CodeResult(v1::CodeResult {
        audio_key: result.audio_key,
        audio_chunk_keys: result.audio_chunk_keys,
        cover_key: result.cover_key,
        transcript_key: result.transcript_key,
        captions_key: result.captions_key,
        chapters,
        duration_seconds: result.duration_seconds,
    }))
}
