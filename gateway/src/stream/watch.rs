//! One run, watched by one client from a number on: as server-sent events, or as what is said on a socket. Checks no
//! permission, and knows of no noun that a run belongs to.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::ws::{Message, WebSocket, close_code},
    response::Response,
};
use http::HeaderMap;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    event_buffer::{Ending, Frame, Step},
    hub::Watch,
    place::{EventPlace, NoPlace},
    sse,
};
use crate::{
    app::App,
    error::ApiError,
    identity::RequestContext,
    socket::{CloseReason, Conversation, Flow, GO_ON, Line, SocketMessage, SocketSession, Terms, close_with},
};

const ENDED: CloseReason = CloseReason::new(close_code::NORMAL, "the run has ended");
const BEHIND: CloseReason = CloseReason::new(close_code::AGAIN, "too slow; connect again with ?after=");

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Resume {
    /// Number of the last event that the client has; everything above it is sent. `12@` and the run that the event named
    /// says of which attempt it is: after another one, everything is sent.
    #[serde(default)]
    #[param(value_type = Option<String>, example = "12")]
    after: EventPlace,
}

impl Resume {
    pub(super) fn start(self) -> EventPlace {
        self.after
    }

    /// The same for server-sent events, where a browser says in a header what it has.
    pub(super) fn after_in(self, headers: &HeaderMap) -> Result<EventPlace, ApiError> {
        let Some(value) = headers.get("last-event-id") else {
            return Ok(self.start());
        };

        let text = value.to_str().ok().map(str::trim);
        // The standard knows no empty one: who sends it has nothing yet.
        if text.is_some_and(str::is_empty) {
            return Ok(self.start());
        }

        let place = text.ok_or(NoPlace).and_then(str::parse);
        place.map_err(|wrong: NoPlace| ApiError::field("Last-Event-ID", "value_error", wrong.to_string()))
    }
}

/// The events as server-sent events, until the run has ended, the server stops, or who watches may no more.
pub(super) fn send_events(app: Arc<App>, call: &RequestContext, mut watch: Watch) -> Response {
    let quiet = Duration::from_secs(app.config.stream.comment_seconds);
    let ended = Arc::clone(&app.identity.authenticator).until_ended(call.clone());

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
    sse::respond_with_events(events, quiet)
}

/// The events on a socket. Returns why it closes; `None` when the client is gone. `noun` names what the run belongs to.
pub(super) async fn converse(
    app: &App,
    socket: &mut WebSocket,
    call: RequestContext,
    watch: Watch,
    noun: &'static str,
) -> Option<CloseReason> {
    let ended = Arc::clone(&app.identity.authenticator).until_ended(call);

    SocketSession::new(socket, terms(app), Watching::new(watch, noun))
        .watching_credential(ended)
        .run()
        .await
}

pub(super) fn terms(app: &App) -> Terms {
    Terms::new(&app.config.stream, &app.stop)
}

/// A run's events, until it has ended.
pub(super) struct Watching {
    watch: Watch,
    frames: Vec<Frame>,
    noun: &'static str,
}

impl Watching {
    pub(super) fn new(watch: Watch, noun: &'static str) -> Self {
        Self {
            watch,
            frames: Vec::new(),
            noun,
        }
    }
}

impl Conversation for Watching {
    async fn next(&mut self, out: &mut Vec<Message>) -> Flow {
        match self.watch.next(&mut self.frames).await {
            Step::Frames => {
                out.extend(self.frames.drain(..).map(|frame| Message::Text(frame.text())));
                GO_ON
            }
            Step::Ended(Ending::Finished) => close_with(ENDED),
            Step::Ended(Ending::Refused(error)) => close_with(CloseReason::from_error(&error, self.noun)),
            Step::Behind => close_with(BEHIND),
        }
    }

    /// A client has nothing to say here; what it says anyway is ignored, if it is small.
    async fn hear(&mut self, message: SocketMessage, _line: &mut Line<'_>) -> Flow {
        match message {
            SocketMessage::Text(_) | SocketMessage::Binary => GO_ON,
            SocketMessage::NotUtf8 => close_with(CloseReason::NOT_WEBSOCKET),
        }
    }
}
