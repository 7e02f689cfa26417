//! Who watches by WebSocket: a header or a cookie says it, the query string does for clients that can set no header, or the
//! first message does for clients that keep tokens out of addresses.

use std::{sync::Arc, time::Duration};

use axum::extract::{
    FromRequestParts,
    ws::{Message, WebSocket},
};
use http::request::Parts;
use kit::rpc::RequestId;
use serde::Deserialize;
use tokio::time::timeout;
use utoipa::IntoParams;

use super::bye::Bye;
use crate::{
    admission::Admitted,
    app::App,
    error::ApiError,
    extract::Query,
    identity::{Call, ClientInfo, ReadStories, Scoped, in_header},
};

/// Time for the first message of a client that has not said who it is (contract, Lekh).
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TokenQuery {
    /// A token or an API key, for clients that can set no header.
    #[serde(default)]
    token: Option<String>,
}

/// `{"type":"auth","token":"…"}`
#[derive(Deserialize)]
struct Auth {
    #[serde(rename = "type")]
    kind: String,
    token: String,
}

/// Who is at the door.
pub(crate) struct Entry {
    call: Result<Call, ApiError>,
    client: Arc<ClientInfo>,
    request_id: RequestId,
    /// It may still say who it is.
    by_message: bool,
    in_header: bool,
}

impl FromRequestParts<Arc<App>> for Entry {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let Query(query) = Query::<TokenQuery>::from_request_parts(parts, app).await?;
        let client = Arc::new(app.client_info(&parts.headers, &parts.extensions));
        let identity = match &query.token {
            Some(token) => app.identify_by(token, &client).await,
            None => Admitted::of(parts, app).await.identity,
        };
        let request_id = parts.extensions.get::<RequestId>().cloned();
        let request_id = request_id.unwrap_or_else(RequestId::random);

        Ok(Self {
            call: identity.map(|identity| Call::new(identity, request_id.clone())),
            client,
            request_id,
            by_message: false,
            in_header: in_header(&parts.headers) || query.token.is_some(),
        })
    }
}

impl Entry {
    /// The same for a route where the first message may say who it is, when nothing else did.
    pub(crate) fn or_by_message(mut self) -> Self {
        let known = self.call.as_ref().is_ok_and(|call| call.how.signed_in());
        self.by_message = !self.in_header && !known;
        self
    }

    /// Who it is, as far as it is known.
    pub(super) fn call(&self) -> Result<Call, ApiError> {
        let call = self.call.clone()?;
        Scoped::<ReadStories>::of(call).map(|call| Call::clone(&call))
    }

    /// Who it is after all, when it was `refused` and may still say so. Else why the socket closes; `None` when the
    /// client is gone.
    pub(super) async fn hear(
        self,
        app: &App,
        socket: &mut WebSocket,
        refused: ApiError,
    ) -> Result<Call, Option<Bye>> {
        if !self.by_message || refused.status.is_server_error() {
            return Err(Some(Bye::refused(&refused)));
        }

        let token = first_message(app, socket).await?;
        let identity = app.identify_by(&token, &self.client).await;
        let call =
            identity.and_then(|identity| Scoped::<ReadStories>::of(Call::new(identity, self.request_id)));

        call.map(|call| Call::clone(&call))
            .map_err(|error| Some(Bye::refused(&error)))
    }
}

/// The token of the first message.
async fn first_message(app: &App, socket: &mut WebSocket) -> Result<String, Option<Bye>> {
    let late = || Some(Bye::refused(&ApiError::sign_in()));
    let hearing = async {
        loop {
            match socket.recv().await {
                Some(Ok(Message::Text(text))) => {
                    let auth: Option<Auth> = serde_json::from_str(&text).ok();
                    let auth = auth.filter(|auth| auth.kind == "auth");
                    return auth.map(|auth| auth.token).ok_or_else(late);
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Binary(_))) => return Err(late()),
                Some(Ok(Message::Close(_))) | None => return Err(None),
                Some(Err(error)) => return Err(Bye::broken(error)),
            }
        }
    };

    tokio::select! {
        heard = timeout(PATIENCE, hearing) => heard.unwrap_or_else(|_| Err(late())),
        () = app.stop.cancelled() => Err(Some(Bye::GOING_AWAY)),
    }
}
