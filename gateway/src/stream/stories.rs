//! A story's progress, live: the same messages over WebSocket and SSE. Reads nothing from clients but that they are
//! still there.

use std::{ops::ControlFlow, sync::Arc, time::Duration};

use axum::{
    extract::{
        State,
        ws::{Message, WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    response::{IntoResponse, Response},
};
use futures::SinkExt;
use http::{HeaderMap, StatusCode};
use proto::v1::RunStatus;
use serde::Deserialize;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    bye::Bye,
    entry::{Entry, TokenQuery},
    goodbye,
    hub::Watch,
    room::{Ending, Frame, Step},
    sse,
};
use crate::{
    app::App,
    error::{ApiError, ErrorBody},
    extract::{Query, StoryId},
    identity::{Call, PublicBase, ReadStories, Scoped},
};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Resume {
    /// Number of the last event that the client has; everything above it is sent.
    #[serde(default)]
    #[param(value_type = Option<u64>, example = 12)]
    after: EventNumber,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(try_from = "String")]
struct EventNumber(u64);

impl TryFrom<String> for EventNumber {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
            .map(Self)
            .map_err(|_| "expected the number of an event: 0, 1, 2…")
    }
}

/// A story's progress over WebSocket.
///
/// Messages are `{type, data, seq}`; see `GET /api/stories/{id}/events` for their kinds. After `complete` or `error`
/// the socket closes with 1000. Other close codes: 4404 unknown story, 4403 not allowed, 4401 not signed in or signed
/// out meanwhile, 1001 the server is going away (connect again with `?after=`), 1013 too slow or too many, 1009 a
/// message of more than 64 KiB was sent. Who can set no header says with `?token=` who it is.
#[utoipa::path(get, path = "/ws/stories/{id}/progress", tag = "stories",
    params(("id" = String, Path, description = "Story id"), Resume, TokenQuery),
    responses(
        (status = 101, description = "Switched to WebSocket"),
        (status = 403, description = "A page of another origin may not use the session of its visitor", body = ErrorBody),
        (status = 422, description = "`after` is not a number", body = ErrorBody),
        (status = 426, description = "Not a WebSocket request", body = ErrorBody),
        (status = 429, description = "Too many requests", body = ErrorBody)))]
pub(crate) async fn progress(
    State(app): State<Arc<App>>,
    id: Result<StoryId, ApiError>,
    entry: Entry,
    base: PublicBase,
    Query(resume): Query<Resume>,
    socket: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    open(app, id, entry, base, resume, socket)
}

/// The same for clients that say in their first message who they are.
///
/// A socket that shows no credential in a header, a cookie or `?token=`, and may not see the story as a guest, has 10 s to
/// send `{"type":"auth","token":"…"}`; else it is closed with 4401.
#[utoipa::path(get, path = "/ws/stories/{id}", tag = "stories",
    params(("id" = String, Path, description = "Story id"), Resume, TokenQuery),
    responses(
        (status = 101, description = "Switched to WebSocket"),
        (status = 403, description = "A page of another origin may not use the session of its visitor", body = ErrorBody),
        (status = 422, description = "`after` is not a number", body = ErrorBody),
        (status = 426, description = "Not a WebSocket request", body = ErrorBody),
        (status = 429, description = "Too many requests", body = ErrorBody)))]
pub(crate) async fn story_socket(
    State(app): State<Arc<App>>,
    id: Result<StoryId, ApiError>,
    entry: Entry,
    base: PublicBase,
    Query(resume): Query<Resume>,
    socket: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    open(app, id, entry.or_by_message(), base, resume, socket)
}

fn open(
    app: Arc<App>,
    id: Result<StoryId, ApiError>,
    entry: Entry,
    base: PublicBase,
    resume: Resume,
    socket: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let socket = socket.map_err(|_| ApiError::upgrade_required())?;
    let limit = app.config.stream.client_message_bytes;
    let open = app.streams.token();
    let session = move |mut socket: WebSocket| async move {
        let _open = open;
        let wanted = Wanted {
            id: id.map(|id| id.0),
            after: resume.after.0,
            base,
        };

        let bye = match wanted.open(&app, &mut socket, entry).await {
            Ok((call, watched)) => {
                let ended = Arc::clone(&app.people).until_ended(call);
                let session = Session {
                    app: &app,
                    socket: &mut socket,
                    answered: true,
                };

                tokio::select! {
                    bye = session.run(watched.watch) => bye,
                    () = ended => Some(Bye::refused(&ApiError::signed_out())),
                }
            }
            Err(bye) => bye,
        };

        match bye {
            Some(bye) => goodbye::say(socket, bye.frame()).await,
            None => goodbye::drain(socket).await,
        }
    };

    Ok(socket
        .max_message_size(limit)
        .max_frame_size(limit)
        .on_upgrade(session))
}

/// What a socket wants to see.
struct Wanted {
    id: Result<Uuid, ApiError>,
    after: u64,
    base: PublicBase,
}

impl Wanted {
    /// What it sees and who it is, or why it closes; `None` when the client is gone.
    async fn open(
        self,
        app: &App,
        socket: &mut WebSocket,
        entry: Entry,
    ) -> Result<(Call, Watched), Option<Bye>> {
        let refused = match self.see(app, entry.call()).await {
            Ok(seen) => return Ok(seen),
            // Nobody could see what is no id.
            Err(error) if self.id.is_err() => return Err(Some(Bye::refused(&error))),
            Err(error) => error,
        };
        let call = entry.hear(app, socket, refused).await?;
        let seen = self.see(app, Ok(call)).await;

        seen.map_err(|error| Some(Bye::refused(&error)))
    }

    async fn see(&self, app: &App, call: Result<Call, ApiError>) -> Result<(Call, Watched), ApiError> {
        let call = call?;
        let watched = watch(app, &call, self.id.clone()?, self.after, &self.base).await?;
        Ok((call, watched))
    }
}

/// A story's progress as server-sent events.
///
/// Each event's data is `{type, data, seq}`: `log` (`agent_name`, `action`, `details`, `level`, `timestamp`), `status`
/// (`status`, `progress`), `question`, `complete` (`audio_url`, `audio_chunks`, `duration` in seconds), `error`
/// (`error_message`), and live `delta`s, which have no number. A client that reconnects with the last number it saw
/// misses nothing; when there is nothing more to come, it is answered with 204, which stops an `EventSource`.
#[utoipa::path(get, path = "/api/stories/{id}/events", tag = "stories",
    params(("id" = String, Path, description = "Story id"), Resume,
        ("Last-Event-ID" = Option<u64>, Header, description = "As `after`; it wins over it")),
    responses(
        (status = 200, description = "The events, with `id:` lines and a comment each 15 s", body = String,
            content_type = "text/event-stream",
            example = "id: 3\ndata: {\"type\":\"status\",\"data\":{\"status\":\"generating\",\"progress\":40},\"seq\":3}\n\n"),
        (status = 204, description = "The story has ended and the client has seen everything"),
        (status = 401, description = "Not signed in", body = ErrorBody),
        (status = 404, description = "No such story", body = ErrorBody),
        (status = 422, description = "`after` is not a number", body = ErrorBody),
        (status = 503, description = "Too many watch already", body = ErrorBody)))]
pub(crate) async fn story_events(
    State(app): State<Arc<App>>,
    StoryId(id): StoryId,
    call: Scoped<ReadStories>,
    base: PublicBase,
    Query(resume): Query<Resume>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let after = last_event_id(&headers)?.unwrap_or(resume.after.0);
    let Watched {
        mut watch,
        nothing_left,
    } = watch(&app, &call, id, after, &base).await?;
    if nothing_left {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }

    let quiet = Duration::from_secs(app.config.stream.comment_seconds);
    let ended = Arc::clone(&app.people).until_ended(Call::clone(&call));
    let events = async_stream::stream! {
        let mut stop = std::pin::pin!(app.stop.cancelled());
        let mut ended = std::pin::pin!(ended);
        let mut frames = Vec::new();
        loop {
            // A client that ends up behind is let go here: it comes back with the last number it saw.
            tokio::select! {
                step = watch.next(&mut frames) => match step {
                    Step::Frames => for frame in frames.drain(..) { yield frame.sse(); },
                    Step::Ended(_) | Step::Behind => return,
                },
                () = &mut stop => return,
                // It comes back, and is told with a status.
                () = &mut ended => return,
            }
        }
    };

    Ok(sse::response(events, quiet))
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<u64>, ApiError> {
    let Some(value) = headers.get("last-event-id") else {
        return Ok(None);
    };
    let number = value.to_str().ok().and_then(|text| text.trim().parse().ok());
    let wrong = || {
        ApiError::field(
            "Last-Event-ID",
            "value_error",
            "expected the number of an event: 0, 1, 2…",
        )
    };

    number.map(Some).ok_or_else(wrong)
}

struct Watched {
    watch: Watch,
    /// The run has ended, and the client has its last event.
    nothing_left: bool,
}

/// Whoever may see the story may watch its current run. A number that this run has not reached belongs to an earlier
/// one, so the client starts over.
async fn watch(app: &App, call: &Call, id: Uuid, after: u64, base: &PublicBase) -> Result<Watched, ApiError> {
    let refused = |problem| ApiError::from_problem(problem, "story");
    let story = app.clients.get_story(call, id).await.map_err(refused)?;
    let (mut from, mut nothing_left) = (after, false);
    if after > 0 {
        let run = app.clients.get_run(call, &story.run_id).await.map_err(refused)?;
        from = if after > run.last_event { 0 } else { after };
        let ended = matches!(
            run.status(),
            RunStatus::Completed | RunStatus::Failed | RunStatus::Cancelled
        );
        nothing_left = ended && from == run.last_event;
    }

    let watch = app.hub.watch(call, &story.run_id, from, base);
    let watch =
        watch.ok_or_else(|| ApiError::overloaded("Too many clients are watching; try again in a moment."))?;

    Ok(Watched { watch, nothing_left })
}

/// One client that watches.
struct Session<'a> {
    app: &'a App,
    socket: &'a mut WebSocket,
    /// It has answered the last ping.
    answered: bool,
}

/// What ends a session: a close of ours, or `None` when the client is gone.
type Gone = ControlFlow<Option<Bye>>;

impl Session<'_> {
    async fn run(mut self, mut watch: Watch) -> Option<Bye> {
        let app = self.app;
        let period = Duration::from_secs(app.config.stream.ping_seconds);
        let mut ping = interval_at(Instant::now() + period, period);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);

        let mut stop = std::pin::pin!(app.stop.cancelled());
        let mut frames: Vec<Frame> = Vec::new();

        loop {
            let flow = tokio::select! {
                step = watch.next(&mut frames) => match step {
                    Step::Frames => self.send(frames.drain(..).map(|frame| Message::Text(frame.text()))).await,
                    Step::Ended(Ending::Finished) => Gone::Break(Some(Bye::DONE)),
                    Step::Ended(Ending::Refused(error)) => Gone::Break(Some(Bye::refused(&error))),
                    Step::Behind => Gone::Break(Some(Bye::TOO_SLOW)),
                },
                message = self.socket.recv() => self.hear(message),
                _ = ping.tick() => self.ping().await,
                () = &mut stop => Gone::Break(Some(Bye::GOING_AWAY)),
            };

            if let Gone::Break(bye) = flow {
                return bye;
            }
        }
    }

    /// Hands all messages to the socket and flushes once. The timer only starts when the client does not read.
    async fn send(&mut self, messages: impl Iterator<Item = Message>) -> Gone {
        let patience = Duration::from_secs(self.app.config.stream.send_timeout_seconds);
        let work = async {
            for message in messages {
                self.socket.feed(message).await?;
            }
            self.socket.flush().await
        };

        match timeout(patience, work).await {
            Ok(Ok(())) => Gone::Continue(()),
            Ok(Err(_)) => Gone::Break(None),
            Err(_) => {
                metrics::counter!("gateway_stream_slow_clients_total").increment(1);
                Gone::Break(Some(Bye::TOO_SLOW))
            }
        }
    }

    async fn ping(&mut self) -> Gone {
        if !self.answered {
            return Gone::Break(None);
        }
        self.answered = false;
        self.send(std::iter::once(Message::Ping(bytes::Bytes::new())))
            .await
    }

    /// A client has nothing to say here yet; what it says anyway is ignored, if it is small.
    fn hear(&mut self, message: Option<Result<Message, axum::Error>>) -> Gone {
        match message {
            None | Some(Ok(Message::Close(_))) => Gone::Break(None),
            Some(Ok(Message::Pong(_))) => {
                self.answered = true;
                Gone::Continue(())
            }
            Some(Ok(Message::Text(_) | Message::Binary(_) | Message::Ping(_))) => Gone::Continue(()),
            Some(Err(error)) => Gone::Break(Bye::broken(error)),
        }
    }
}
