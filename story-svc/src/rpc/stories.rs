//! `saga.v1.Stories`.

use kit::into_status;
use kit::rpc::{actor_of, request_id_of};
use proto::v1::stories_server::Stories;
use proto::v1::{
    self, BatchGetStoriesRequest, BatchGetStoriesResponse, CancelStoryRequest, CreateCodeStoryRequest,
    GetStoryRequest,
};
use proto::v1::{ListStoriesRequest, ListStoriesResponse, RestartStoryRequest};
use tonic::{Request, Response, Status};

use super::convert;
use crate::domain::code_request::RawCodeRequest;
use crate::domain::page::PageRequest;
use crate::domain::stories::{Artefacts, Stories as Domain, Story, StoryKind};
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
            .create_code(&actor, &request_id, raw, message.idempotency_key)
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
        let whole = message.with_chapters;
        let batch = self
            .0
            .batch(&actor, &message.ids, &message.run_ids, whole)
            .await
            .map_err(into_status)?;

        let encode = if whole { encode } else { brief };
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
        let page = PageRequest::parse(message.page_size, message.page_token.as_deref())
            .map_err(|fields| into_status(StoryError::Invalid { fields }))?;
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

    async fn restart_story(
        &self,
        request: Request<RestartStoryRequest>,
    ) -> Result<Response<v1::Story>, Status> {
        let (actor, request_id) = (actor_of(&request)?, request_id_of(&request));
        let message = request.into_inner();
        answer(
            self.0
                .restart(&actor, &request_id, &message.id, message.idempotency_key)
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
        ..brief(story)?
    })
}

/// Without chapters, which were not read: a page of whole stories would not fit into a message.
fn brief(story: Story) -> Result<v1::Story, StoryError> {
    Ok(encode(story)?.without_chapters())
}

fn encode(story: Story) -> Result<v1::Story, StoryError> {
    let run = story.run;
    let request = v1::CodeRequest {
        repo_url: story.repo_url,
        repo_name: story.repo_name,
        style: v1::Style::number(story.style.parse().ok()),
        duration_minutes: story.duration_minutes,
        voice: v1::Voice::number(story.voice.parse().ok()),
        focus_areas: story.focus_areas,
        technical_depth: v1::TechnicalDepth::number(story.technical_depth.parse().ok()),
    };
    let offline = story.artefacts.as_ref().is_some_and(|made| made.offline);
    let result = story.artefacts.map(code_result).transpose()?;

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
        request: Some(v1::story::Request::Code(request)),
        result: result.map(v1::story::Result::CodeResult),
    })
}

fn code_result(made: Artefacts) -> Result<v1::CodeResult, StoryError> {
    let chapters = serde_json::to_string(&made.chapters).map_err(|source| StoryError::Unreadable {
        what: "chapter",
        source,
    })?;

    Ok(v1::CodeResult {
        audio_key: made.audio_key,
        audio_chunk_keys: made.audio_chunk_keys,
        cover_key: made.cover_key,
        transcript_key: made.transcript_key,
        captions_key: made.captions_key,
        chapters: Some(chapters),
        duration_seconds: made.duration_seconds,
    })
}
