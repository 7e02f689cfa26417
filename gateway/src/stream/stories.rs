//! A story's progress, live: the same messages over WebSocket and SSE. Finds the run that a story is at, and leaves the
//! rest to [`super::watch`].

use std::sync::Arc;

use axum::{
    extract::{
        State,
        ws::{WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use proto::v1::RunStatus;
use utoipa::IntoResponses;
use uuid::Uuid;

use super::{
    answering,
    hub::{Watch, Watched},
    place::EventPlace,
    socket_auth::{SocketAuth, TokenQuery},
    watch::{self, Resume},
};
use crate::{
    app::App,
    error::{ApiError, ErrorBody},
    extract::{Counted, Door, Query, StoryId},
    identity::{PublicBase, RequestContext},
    operation::{Operation, stories::WatchStory},
    rest::answers::StreamedEvent,
    socket::{CloseReason, hang_up},
};

/// What a close of ours calls it.
const NOUN: &str = "story";

/// How the handshake of a socket is answered, as `/openapi.json` tells it.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only its description is used")]
pub(crate) enum SocketAnswers {
    #[response(status = 101, description = "Switched to WebSocket")]
    Switched,
    #[response(
        status = 403,
        description = "A page of another origin may not use the session of its visitor"
    )]
    ForeignOrigin(ErrorBody),
    #[response(status = 422, description = "`after` is no place of an event")]
    NoNumber(ErrorBody),
    #[response(status = 426, description = "Not a WebSocket request")]
    NotWebSocket(ErrorBody),
    #[response(status = 429, description = "Too many requests")]
    TooMany(ErrorBody),
}

/// A story's progress over WebSocket.
///
/// Messages are `{type, data, seq, run}`; see `GET /api/stories/{id}/events` for their kinds. After `complete` or `error`
/// the socket closes with 1000. Other close codes: 4404 unknown story, 4403 not allowed, 4401 not signed in or signed
/// out meanwhile, 1001 the server is going away (connect again with `?after=`), 1013 too slow or too many, 1009 a
/// message of more than 64 KiB was sent. Who can set no header says with `?token=` who it is.
#[utoipa::path(get, path = "/ws/stories/{id}/progress", tag = "stories",
    params(("id" = String, Path, description = "Story id"), Resume, TokenQuery),
    responses(SocketAnswers))]
pub(crate) async fn progress(
    State(app): State<Arc<App>>,
    _: Counted,
    id: Result<StoryId, ApiError>,
    auth: SocketAuth,
    base: PublicBase,
    Query(resume): Query<Resume>,
    socket: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    open(app, id, auth, base, resume, socket)
}

/// The same for clients that say in their first message who they are.
///
/// A socket that shows no credential in a header, a cookie or `?token=`, and may not see the story as a guest, has 10 s to
/// send `{"type":"auth","token":"…"}`; else it is closed with 4401. The messages of a fiction story are Lekh's: `agent_step`
/// (`agent`, `action`, `details`, `timestamp`), `status` (`system_status`, `progress`), `question` (`agent_question`), `outline`,
/// `cast`, `scene`, `complete` and `error`; on its socket a client answers with `{"type":"answer","answer":…}` or
/// `{"type":"decline"}`, and is told `ack` or `refused`.
#[utoipa::path(get, path = "/ws/stories/{id}", tag = "stories",
    params(("id" = String, Path, description = "Story id"), Resume, TokenQuery),
    responses(SocketAnswers))]
pub(crate) async fn story_socket(
    State(app): State<Arc<App>>,
    _: Counted,
    id: Result<StoryId, ApiError>,
    auth: SocketAuth,
    base: PublicBase,
    Query(resume): Query<Resume>,
    socket: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    open(app, id, auth.or_by_message(), base, resume, socket)
}

fn open(
    app: Arc<App>,
    id: Result<StoryId, ApiError>,
    auth: SocketAuth,
    base: PublicBase,
    resume: Resume,
    socket: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let socket = socket.map_err(|_| ApiError::upgrade_required())?;
    let limit = app.config.stream.client_message_bytes;
    let open = app.streams.token();

    let session = move |mut socket: WebSocket| async move {
        let _open = open;
        let target = SocketTarget {
            id: id.map(|id| id.0),
            after: resume.start(),
            base,
        };

        let reason = match target.open(&app, &mut socket, auth).await {
            Ok((
                call,
                StoryWatch {
                    watch,
                    book: Some(story),
                    ..
                },
            )) => answering::converse(&app, &mut socket, call, (story, watch), NOUN).await,
            Ok((call, StoryWatch { watch, .. })) => {
                watch::converse(&app, &mut socket, call, watch, NOUN).await
            }
            Err(reason) => reason,
        };
        hang_up(socket, reason).await;
    };

    Ok(socket
        .max_message_size(limit)
        .max_frame_size(limit)
        .on_upgrade(session))
}

/// What a socket wants to see.
struct SocketTarget {
    id: Result<Uuid, ApiError>,
    after: EventPlace,
    base: PublicBase,
}

impl SocketTarget {
    /// What it sees and who it is, or why it closes; `None` when the client is gone.
    async fn open(
        self,
        app: &App,
        socket: &mut WebSocket,
        auth: SocketAuth,
    ) -> Result<(RequestContext, StoryWatch), Option<CloseReason>> {
        let close = |error: &ApiError| Some(CloseReason::from_error(error, NOUN));
        let refused = match self.see(app, auth.call::<WatchStory>()).await {
            Ok(seen) => return Ok(seen),
            // Nobody could see what is no id.
            Err(error) if self.id.is_err() => return Err(close(&error)),
            Err(error) => error,
        };

        let call = auth
            .hear_message::<WatchStory>(app, socket, refused, NOUN)
            .await?;
        let seen = self.see(app, Ok(call)).await;
        seen.map_err(|error| close(&error))
    }

    async fn see(
        &self,
        app: &App,
        call: Result<RequestContext, ApiError>,
    ) -> Result<(RequestContext, StoryWatch), ApiError> {
        let call = call?;
        let watched = watch_story(app, &call, self.id.clone()?, self.after.clone(), &self.base).await?;

        Ok((call, watched))
    }
}

/// A story's progress as server-sent events.
///
/// Each event's data is `{type, data, seq, run}`: `log` (`agent_name`, `action`, `details`, `level`, `timestamp`), `status`
/// (`status`, `progress`), `question`, `complete` (`audio_url`, `audio_chunks`, `duration` in seconds), `error`
/// (`error_message`), and live `delta`s, which have no number. `run` is the attempt that `seq` counts in, and the
/// `id:` has both. A client that reconnects with the last `id` it saw misses nothing, also of an attempt begun meanwhile; when there is nothing more to come, it is answered with 204, which stops an `EventSource`.
#[utoipa::path(get, path = "/api/stories/{id}/events", tag = "stories",
    params(("id" = String, Path, description = "Story id"), Resume,
        ("Last-Event-ID" = Option<String>, Header, description = "As `after`; it wins over it")),
    responses(
        (status = 200, description = "The events, with `id:` lines and a comment each 15 s", body = StreamedEvent,
            content_type = "text/event-stream",
            example = "id: 3@7d444840-9dc0-41d1-b245-5ffdce74fad2\ndata: {\"type\":\"status\",\"data\":{\"status\":\"generating\",\"progress\":40},\"seq\":3,\"run\":\"7d444840-9dc0-41d1-b245-5ffdce74fad2\"}\n\n"),
        (status = 204, description = "The story has ended and the client has seen everything"),
        (status = 404, description = "No such story", body = ErrorBody),
        (status = 422, description = "`after` or `Last-Event-ID` is no place of an event", body = ErrorBody),
        (status = 503, description = "Too many watch already", body = ErrorBody)))]
pub(crate) async fn story_events(
    State(app): State<Arc<App>>,
    door: Door<WatchStory>,
    StoryId(id): StoryId,
    base: PublicBase,
    Query(resume): Query<Resume>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let after = resume.after_in(&headers)?;
    let StoryWatch {
        watch, nothing_left, ..
    } = watch_story(&app, &door.context, id, after, &base).await?;
    if nothing_left {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }

    Ok(watch::send_events(app, &door.context, watch))
}

struct StoryWatch {
    watch: Watch,
    /// The id of a fiction story, whose author may be asked something.
    book: Option<String>,
    /// The run has ended, and the client has its last event.
    nothing_left: bool,
}

/// Whoever may see the story may watch its current run.
async fn watch_story(
    app: &App,
    call: &RequestContext,
    id: Uuid,
    after: EventPlace,
    base: &PublicBase,
) -> Result<StoryWatch, ApiError> {
    let performed = app.operations.perform(WatchStory { id, after }, call).await;
    let (watched, _) = performed.map_err(WatchStory::refuse)?;
    let nothing_left = watched.run.is_some_and(|run| {
        let ended = matches!(
            run.status(),
            RunStatus::Completed | RunStatus::Failed | RunStatus::Cancelled
        );
        ended && watched.after == run.last_event
    });

    let book = watched.story.fiction().map(|_| watched.story.id.clone());
    let run = Watched::Run(watched.story.run_id);
    let watch = app.hub.watch(call, &run, watched.after, base);
    let watch =
        watch.ok_or_else(|| ApiError::overloaded("Too many clients are watching; try again in a moment."))?;

    Ok(StoryWatch {
        watch,
        book,
        nothing_left,
    })
}
