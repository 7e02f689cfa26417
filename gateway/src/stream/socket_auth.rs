//! Who watches by WebSocket: a header or a cookie says it, the query string does for clients that can set no header, or the
//! first message does for clients that keep tokens out of addresses.

use std::{sync::Arc, time::Duration};

use axum::extract::{FromRequestParts, ws::WebSocket};
use http::request::Parts;
use kit::rpc::RequestId;
use serde::Deserialize;
use tokio::time::timeout;
use utoipa::IntoParams;

use crate::{
    app::App,
    error::ApiError,
    extract::Query,
    identity::{Authenticated, ClientInfo, RequestContext, is_in_header, request_id},
    operation::{Operation, admit, caller_kind::Recognised},
    socket::{CloseReason, SocketMessage, read_message},
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

/// Who opens a socket.
pub(crate) struct SocketAuth {
    call: Result<RequestContext, ApiError>,
    client: Arc<ClientInfo>,
    request_id: RequestId,
    /// It may still say who it is.
    by_message: bool,
    in_header: bool,
}

impl FromRequestParts<Arc<App>> for SocketAuth {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let Query(query) = Query::<TokenQuery>::from_request_parts(parts, app).await?;
        let client = Arc::new(app.identity.read_client(&parts.headers, &parts.extensions));
        let identity = match &query.token {
            Some(token) => app.identity.identify_by(token, &client).await,
            None => Authenticated::read(parts, &app.identity).await,
        };
        let request_id = request_id(&parts.extensions);

        Ok(Self {
            call: identity.map(|identity| RequestContext::new(identity, request_id.clone())),
            client,
            request_id,
            by_message: false,
            in_header: is_in_header(&parts.headers) || query.token.is_some(),
        })
    }
}

impl SocketAuth {
    /// The same for a route where the first message may say who it is, when nothing else did.
    pub(crate) fn or_by_message(mut self) -> Self {
        let known = self
            .call
            .as_ref()
            .is_ok_and(|call| call.auth_method.is_signed_in());
        self.by_message = !self.in_header && !known;
        self
    }

    /// Who it is, as far as it is known.
    pub(super) fn call<O: Operation>(&self) -> Result<RequestContext, ApiError> {
        let call = self.call.clone()?;
        admit_to::<O>(call)
    }

    /// Who it is after all, when it was `refused` and may still say so. Else why the socket closes; `None` when the
    /// client is gone. `noun` names what it came for.
    pub(super) async fn hear_message<O: Operation>(
        self,
        app: &App,
        socket: &mut WebSocket,
        refused: ApiError,
        noun: &str,
    ) -> Result<RequestContext, Option<CloseReason>> {
        let close = |error: &ApiError| Some(CloseReason::from_error(error, noun));
        if !self.by_message || refused.status.is_server_error() {
            return Err(close(&refused));
        }

        let token = tokio::select! {
            heard = timeout(PATIENCE, first_message(socket)) => {
                // Too late is as good as nothing.
                let token = heard.unwrap_or(Ok(None))?;
                token.ok_or_else(|| close(&ApiError::sign_in()))?
            }
            () = app.stop.cancelled() => return Err(Some(CloseReason::GOING_AWAY)),
        };

        let identity = app.identity.identify_by(&token, &self.client).await;
        let call =
            identity.and_then(|identity| admit_to::<O>(RequestContext::new(identity, self.request_id)));
        call.map_err(|error| close(&error))
    }
}

/// The same caller, when it may perform `O`.
pub(super) fn admit_to<O: Operation>(call: RequestContext) -> Result<RequestContext, ApiError> {
    let visitor = call.to_stranger();

    admit::<O>(Recognised {
        caller: Ok(call),
        in_header: true,
        visitor: &|| visitor.clone(),
    })
}

/// The token of the first message; `None` when that holds none.
async fn first_message(socket: &mut WebSocket) -> Result<Option<String>, Option<CloseReason>> {
    loop {
        match read_message(socket.recv().await)? {
            Some(SocketMessage::Text(text)) => {
                let auth: Option<Auth> = serde_json::from_str(&text).ok();
                let auth = auth.filter(|auth| auth.kind == "auth");

                return Ok(auth.map(|auth| auth.token));
            }
            Some(SocketMessage::Binary) => return Ok(None),
            Some(SocketMessage::NotUtf8) => return Err(Some(CloseReason::NOT_WEBSOCKET)),
            None => {}
        }
    }
}
