//! `saga.v1.Stories`.

use kit::actor::Actor;
use kit::into_status;
use kit::page::CursorMarker;
use kit::rpc::{actor_of, request_id_of};
use proto::v1::stories_server::Stories;
use proto::v1::{
    self, BatchGetStoriesRequest, BatchGetStoriesResponse, CancelStoryRequest, CreateCodeStoryRequest,
    GetStoryRequest,
};
use proto::v1::{DeleteStoriesRequest, DeleteStoriesResponse, DeleteStoryRequest, DeleteStoryResponse};
use proto::v1::{GetSharedStoryRequest, RenameStoryRequest, ShareStoryRequest, UnshareStoryRequest};
use proto::v1::{ListStoriesRequest, ListStoriesResponse, RestartStoryRequest};
use proto::v1::{ListStoryTitlesRequest, ListStoryTitlesResponse};
use tonic::{Request, Response, Status};

use super::convert;
use crate::domain::code_request::RawCodeRequest;
use crate::domain::stories::Stories as Domain;
use crate::domain::story::{
    DeletedStories, MadeStory, Story, StoryContent, StoryFilter, StoryHeadline, StoryKind, StoryList,
    StoryOrder, StoryRequest, StoryResult,
};
use crate::error::StoryError;

/// Most characters of a search.
const SEARCH_CHARS_MAX: usize = 200;

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

        answer(&actor, made)
    }

    async fn get_story(&self, request: Request<GetStoryRequest>) -> Result<Response<v1::Story>, Status> {
        let actor = actor_of(&request)?;
        let story = self.0.get(&actor, &request.into_inner().id).await;
        let story = story.map_err(into_status)?;
        let questions = self.0.list_questions(&story).await.map_err(into_status)?;

        let told = encode_for(&actor, story).map_err(into_status)?;
        Ok(Response::new(v1::Story {
            questions: questions.iter().map(ToString::to_string).collect(),
            ..told
        }))
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

        let stories = batch.stories.into_iter().map(|story| encode_for(&actor, story));
        let stories = stories.collect::<Result<_, _>>();
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
        let (filter, order) = read_filter(&message).map_err(into_status)?;
        let page = convert::page(message.page_size, message.page_token.as_deref(), name_list(order));
        let page = page.map_err(into_status)?.read_backward(message.backward);

        let wanted = StoryList {
            owner: actor.user_id,
            filter: &filter,
            order,
            page,
        };
        let page = read_page(&self.0, wanted, message.headlines).await;
        let (stories, next_page_token) = page.map_err(into_status)?;
        let total = match message.with_total {
            true => Some(self.0.count(&actor, &filter).await.map_err(into_status)?),
            false => None,
        };

        Ok(Response::new(ListStoriesResponse {
            stories,
            next_page_token,
            total,
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
            &actor,
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
        answer(&actor, self.0.cancel(&actor, &request.into_inner().id).await)
    }

    async fn get_shared_story(
        &self,
        request: Request<GetSharedStoryRequest>,
    ) -> Result<Response<v1::Story>, Status> {
        let actor = actor_of(&request)?;
        answer(&actor, self.0.get_shared(&request.into_inner().token).await)
    }

    async fn rename_story(
        &self,
        request: Request<RenameStoryRequest>,
    ) -> Result<Response<v1::Story>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        answer(&actor, self.0.rename(&actor, &message.id, &message.title).await)
    }

    async fn share_story(&self, request: Request<ShareStoryRequest>) -> Result<Response<v1::Story>, Status> {
        let actor = actor_of(&request)?;
        answer(&actor, self.0.share(&actor, &request.into_inner().id).await)
    }

    async fn unshare_story(
        &self,
        request: Request<UnshareStoryRequest>,
    ) -> Result<Response<v1::Story>, Status> {
        let actor = actor_of(&request)?;
        answer(&actor, self.0.unshare(&actor, &request.into_inner().id).await)
    }

    async fn delete_story(
        &self,
        request: Request<DeleteStoryRequest>,
    ) -> Result<Response<DeleteStoryResponse>, Status> {
        let (actor, request_id) = (actor_of(&request)?, request_id_of(&request));
        let deleted = self.0.delete(&actor, &request_id, &request.into_inner().id).await;

        deleted
            .map(|()| Response::new(DeleteStoryResponse {}))
            .map_err(into_status)
    }

    async fn delete_stories(
        &self,
        request: Request<DeleteStoriesRequest>,
    ) -> Result<Response<DeleteStoriesResponse>, Status> {
        let (actor, request_id) = (actor_of(&request)?, request_id_of(&request));
        let ids = request.into_inner().ids;
        let DeletedStories { deleted, unknown } = self
            .0
            .delete_all(&actor, &request_id, &ids)
            .await
            .map_err(into_status)?;

        Ok(Response::new(DeleteStoriesResponse {
            deleted_ids: deleted,
            unknown_ids: unknown,
        }))
    }
}

pub(super) fn answer(actor: &Actor, story: Result<Story, StoryError>) -> Result<Response<v1::Story>, Status> {
    story
        .and_then(|story| encode_for(actor, story))
        .map(Response::new)
        .map_err(into_status)
}

/// Which stories a list has, and in which order.
fn read_filter(message: &ListStoriesRequest) -> Result<(StoryFilter, StoryOrder), StoryError> {
    let mut statuses = convert::status_filters(&message.statuses)?;
    statuses.extend(convert::status_filter(message.status)?);

    if message.search.chars().count() > SEARCH_CHARS_MAX {
        let expected = format!("at most {SEARCH_CHARS_MAX} characters");
        return Err(StoryError::invalid("search", &expected));
    }
    if message.search.chars().any(char::is_control) {
        return Err(StoryError::invalid("search", "text without control characters"));
    }
    let words = message.search.split_whitespace().map(str::to_lowercase);

    let order = v1::StoryOrder::try_from(message.order)
        .map_err(|_| StoryError::invalid("order", "the number of an order"))?;
    let order = match order {
        v1::StoryOrder::Unspecified | v1::StoryOrder::Newest => StoryOrder::Newest,
        v1::StoryOrder::Oldest => StoryOrder::Oldest,
        v1::StoryOrder::LastChanged => StoryOrder::LastChanged,
        v1::StoryOrder::FirstChanged => StoryOrder::FirstChanged,
    };

    let filter = StoryFilter {
        kind: kind_filter(message.kind)?,
        statuses,
        phases: message.phases.clone(),
        phases_not: message.phases_not.clone(),
        words: words.collect(),
    };
    Ok((filter, order))
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

/// Tokens of one order are of no use in another.
const fn name_list(order: StoryOrder) -> &'static str {
    match order {
        StoryOrder::Newest => "stories, the newest first",
        StoryOrder::Oldest => "stories, the oldest first",
        StoryOrder::LastChanged => "stories, the last changed first",
        StoryOrder::FirstChanged => "stories, the first changed first",
    }
}

/// The rows of a page, each with the token of its place, and where the list goes on.
async fn read_page(
    stories: &Domain,
    wanted: StoryList<'_>,
    headlines: bool,
) -> Result<(Vec<v1::Story>, Option<String>), StoryError> {
    let order = wanted.order;
    let marker = CursorMarker::of_list(name_list(order));
    let place = |story: v1::Story, row| v1::Story {
        page_token: Some(marker.encode(row)),
        ..story
    };

    let (rows, next) = if headlines {
        let page = stories.list_headlines(wanted).await?;
        let rows = page.items.into_iter().map(|story| {
            let row = story.cursor(order);
            place(encode_headline(story), row)
        });
        (rows.collect(), page.next)
    } else {
        let page = stories.list(wanted).await?;
        let rows = page.items.into_iter().map(|story| {
            let row = story.cursor(order);
            Ok(place(encode(story)?, row))
        });
        (rows.collect::<Result<_, StoryError>>()?, page.next)
    };

    Ok((rows, next.map(|next| marker.encode(next))))
}

/// Its link is nobody's but its owner's to see.
pub(super) fn encode_for(actor: &Actor, mut story: Story) -> Result<v1::Story, StoryError> {
    if story.owner_id != actor.user_id {
        story.share = None;
    }

    encode(story)
}

fn encode(story: Story) -> Result<v1::Story, StoryError> {
    Ok(v1::Story {
        request: Some(encode_request(story.request)),
        result: story.made.map(encode_result).transpose()?,
        ..encode_headline(story.headline)
    })
}

fn encode_headline(story: StoryHeadline) -> v1::Story {
    let run = story.run;

    v1::Story {
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
        offline: story.offline,
        page_token: None,
        share: story.share.map(|share| v1::StoryShare {
            token: share.token,
            created_at: Some(convert::timestamp(share.created_at)),
        }),
        error_code: convert::error_code(run.status),
        error_reason: run.error_reason,
        request: None,
        result: None,
        questions: Vec::new(),
    }
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
        StoryRequest::Fiction(request) => v1::story::Request::Fiction(v1::FictionRequest {
            prompt: request.prompt,
            genres: request.genres,
            chapters: request.chapters,
            words_per_chapter: request.words_per_chapter,
            seed: request.seed,
        }),
    }
}

fn encode_result(made: MadeStory) -> Result<v1::story::Result, StoryError> {
    let result = match made.result {
        StoryResult::Code(result) => result,
        StoryResult::Fiction(result) => {
            let audio = result.audio;
            return Ok(v1::story::Result::FictionResult(v1::FictionResult {
                chapters: result.chapters,
                words: result.words,
                open_findings: result.open_findings,
                duration_seconds: audio.as_ref().map_or(0.0, |audio| audio.duration_seconds),
                audio_key: audio.as_ref().map(|audio| audio.audio_key.clone()),
                audio_chunk_keys: audio.map_or_else(Vec::new, |audio| audio.chapter_keys),
            }));
        }
    };
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
