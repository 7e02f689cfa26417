//! The door to an operation over REST: counts the request, finds out who asks and whether they may, all before anything else
//! is read, and performs it. Standing first among a handler's arguments, it is the first that refuses.

use std::{marker::PhantomData, sync::Arc};

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::Spelling;
use crate::{
    answer_notes::AnswerNotes,
    app::App,
    error::ApiError,
    identity::{Authenticated, Identity, RequestContext, is_in_header, request_id},
    operation::{CookieChange, Operation, Operations, Price, admit, caller_kind::Recognised},
};

/// Somebody who may perform `O`.
pub(crate) struct Door<O> {
    operations: Arc<Operations>,
    pub(crate) context: RequestContext,
    notes: AnswerNotes,
    operation: PhantomData<fn() -> O>,
}

impl<O: Operation> Door<O> {
    pub(crate) async fn perform(&self, operation: O) -> Result<O::Output, ApiError> {
        let performed = self.operations.perform(operation, &self.context).await;
        let performed = performed.map_err(|problem| O::refuse(self.spelling().problem(problem)));
        let (output, cookies) = performed?;

        self.notes.note_cookies(cookies);
        Ok(output)
    }

    /// Tells the browser so, whatever the answer is.
    pub(crate) fn set_cookie(&self, cookie: CookieChange) {
        self.notes.note_cookies([cookie]);
    }

    /// How the sender spelled the names of the body.
    pub(crate) fn spelling(&self) -> Spelling {
        self.notes.spelling()
    }
}

impl<O: Operation> FromRequestParts<Arc<App>> for Door<O> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let identity = count(parts, app, O::PRICE).await?;
        let id = request_id(&parts.extensions);
        let context = admit::<O>(Recognised {
            caller: identity.map(|identity| RequestContext::new(identity, id)),
            in_header: is_in_header(&parts.headers),
            visitor: &|| app.identity.identify_visitor(parts),
        })?;

        Ok(Self {
            operations: Arc::clone(&app.operations),
            context,
            notes: AnswerNotes::find(&parts.extensions),
            operation: PhantomData,
        })
    }
}

/// A request of the standard price that was counted, and of which nobody was checked: for what is answered in a socket.
pub(crate) struct Counted;

impl FromRequestParts<Arc<App>> for Counted {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        // Who it isn't is told in another way.
        let _ = count(parts, app, Price::STANDARD).await?;
        Ok(Self)
    }
}

/// Counts a request once, whoever sent it, and says who that was.
pub(crate) async fn count(
    parts: &Parts,
    app: &App,
    price: Price,
) -> Result<Result<Identity, ApiError>, ApiError> {
    let identity = Authenticated::read(parts, &app.identity).await;
    let notes = AnswerNotes::find(&parts.extensions);
    if notes.is_counted(price) {
        return Ok(identity);
    }

    let known = identity
        .as_ref()
        .ok()
        .filter(|identity| identity.auth_method.recognises_again());
    let actor = known.map(|identity| &identity.actor);
    let address = app
        .identity
        .read_client(&parts.headers, &parts.extensions)
        .address;

    let counted = app.operations.count(price, actor, address).await;
    notes.note_count(
        price,
        match &counted {
            Ok(decision) => *decision,
            Err(limited) => Some(limited.0),
        },
    );

    counted?;
    Ok(identity)
}
