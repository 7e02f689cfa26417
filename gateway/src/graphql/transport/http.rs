//! One request over HTTP, by the GraphQL over HTTP specification: what it asks for, how the client wants to read it, and
//! which status that is. Where the draft and the published audit differ (422 or 400 for a document that is not valid),
//! the audit is followed.

use std::{sync::Arc, time::Duration};

use async_graphql::{Executor, Response as GraphqlResponse, parser::types::OperationType};
use axum::{
    body::Body as HttpBody,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use gql::{
    Engine, Incoming, Prepared, Refused,
    transport::{Answer, AnswerTooLarge, BAD_REQUEST_CODE, StreamFormat, write_answer},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts};
use kit::rpc::RequestId;
use tokio::time::{Instant, timeout_at};

use super::{
    delivery::{self, ResultStream},
    negotiate::{Accept, Delivery, Media},
};
use crate::{
    answer_notes::AnswerNotes,
    app::App,
    error::ApiError,
    graphql::{Asker, EPHEMERAL_FIELDS, POLLED_FIELDS},
    identity::{Authenticated, PublicBase, RequestContext, request_id},
    operation::Price,
};

/// Who asks over HTTP, and how.
pub(super) struct HttpExchange {
    pub(super) app: Arc<App>,
    pub(super) asker: Asker,
    pub(super) accept: Accept,
    /// GET and HEAD: nothing may change.
    safe: bool,
    expires_at: Option<DateTime<Utc>>,
    notes: AnswerNotes,
}

impl HttpExchange {
    /// 406 when the client can read nothing that we have; else who it is.
    pub(super) async fn begin(app: &Arc<App>, parts: Parts) -> Result<Self, ApiError> {
        let accept = Accept::read(&parts.headers);
        if accept.result().is_none() {
            return Err(refuse_media_type());
        }

        let identity = Authenticated::read(&parts, &app.identity).await?;
        let expires_at = identity.expires_at;
        let call = RequestContext::new(identity, request_id(&parts.extensions));
        let base = PublicBase::read(&parts.headers, &parts.uri, &parts.extensions, &app.identity);

        Ok(Self {
            app: Arc::clone(app),
            asker: app.asker(call, base),
            accept,
            safe: matches!(parts.method, Method::GET | Method::HEAD),
            expires_at,
            notes: AnswerNotes::find(&parts.extensions),
        })
    }

    /// Counts an operation, beside those that were counted before.
    pub(super) async fn count(&self, price: Price) -> Result<(), ApiError> {
        let call = &self.asker.call;
        let operations = &self.app.operations;
        let taken = operations
            .count(price, call.counted_actor(), call.client.address)
            .await;
        let decision = taken
            .as_ref()
            .map_or_else(|limited| Some(limited.0), |left| *left);
        self.notes.note_count(price, decision);

        Ok(taken.map(drop)?)
    }

    pub(super) fn request_id(&self) -> &RequestId {
        &self.asker.call.request_id
    }

    /// Answers one request.
    pub(super) async fn answer(self, incoming: Incoming) -> Result<Response, ApiError> {
        let prepared = self.app.graphql.prepare(incoming, &self.asker);
        // It came in as a poll.
        if price_of(&prepared) != Price::POLL {
            self.count(Price::STANDARD).await?;
        }

        let prepared = match prepared {
            Ok(prepared) => prepared,
            Err(refused) => return self.refuse(refused),
        };
        // A stream's headers go out before its first result, and say whether the connection ends.
        if prepared
            .root_fields()
            .any(|field| EPHEMERAL_FIELDS.contains(&field))
        {
            self.asker.call.client.connection.end_with_answer();
        }

        match prepared.operation {
            OperationType::Subscription => self.subscribe(prepared),
            OperationType::Mutation if self.safe => Ok(needs_post()),
            OperationType::Query | OperationType::Mutation => {
                match self.accept.result().ok_or_else(refuse_media_type)? {
                    Delivery::Single(media) => {
                        let response = execute(&self.app.graphql, prepared, deadline(&self.app)).await?;
                        Ok(self.single(Answer::new(response), media).await)
                    }
                    // A stream's headers go out before its results are there: a session that a browser is to keep, and the cookie
                    // of a guest, would be lost.
                    Delivery::Stream(format) if prepared.operation == OperationType::Mutation => {
                        let response = execute(&self.app.graphql, prepared, deadline(&self.app)).await?;
                        let mut answer = Answer::new(response);
                        let headers = answer.take_headers();
                        let results = ResultStream::ready(answer, self.request_id().clone());

                        let mut response = self.stream(results, format)?;
                        append_headers(response.headers_mut(), headers);
                        Ok(response)
                    }
                    Delivery::Stream(format) => {
                        let results = ResultStream::once(&self.app, prepared, self.request_id().clone());
                        self.stream(results, format)
                    }
                }
            }
        }
    }

    /// The response that holds one result, with the headers that resolvers have set.
    async fn single(self, mut answer: Answer, media: Media) -> Response {
        let headers = answer.take_headers();
        let most = self.app.config.graphql.limits.answer_bytes;
        let json = match write_answer(&answer, most).await {
            Ok(json) => json,
            Err(AnswerTooLarge) => {
                answer = Answer::too_large(most, self.request_id().as_str());
                answer.to_json()
            }
        };

        let status = if answer.is_request_error() {
            status_of(&answer, StatusCode::BAD_REQUEST, media)
        } else {
            StatusCode::OK
        };
        let mut response = respond(json, media, status);
        append_headers(response.headers_mut(), headers);

        response
    }

    fn refuse(self, refused: Refused) -> Result<Response, ApiError> {
        let status = refused.status;
        let answer = Answer::from_refusal(refused);

        match self.accept.result().ok_or_else(refuse_media_type)? {
            Delivery::Single(media) => Ok(write_short(&answer, media, status_of(&answer, status, media))),
            // The client has agreed to read a stream, so it is told in one.
            Delivery::Stream(format) => {
                let results = ResultStream::ready(answer, self.request_id().clone());
                self.stream(results, format)
            }
        }
    }

    fn subscribe(self, prepared: Prepared) -> Result<Response, ApiError> {
        let Some(format) = self.accept.stream() else {
            return Err(ApiError::new(
                StatusCode::NOT_ACCEPTABLE,
                "NOT_ACCEPTABLE",
                "A subscription is a stream: accept `text/event-stream` or `multipart/mixed;subscriptionSpec=1.0`, \
                 or use WebSocket with the subprotocol `graphql-transport-ws`.",
            ));
        };

        let results = self.app.graphql.subscribe(prepared);
        let results = ResultStream::new(results, self.request_id().clone());

        self.stream(results, format)
    }

    fn stream(self, results: ResultStream, format: StreamFormat) -> Result<Response, ApiError> {
        delivery::respond(&self.app, results, format, self.expires_at)
    }
}

/// What asking it counts as. A query that only reads how far something has come is a poll, as it is over REST.
pub(super) fn price_of(prepared: &Result<Prepared, Refused>) -> Price {
    let polls = |prepared: &Prepared| {
        let mut fields = prepared
            .root_fields()
            .filter(|field| *field != "__typename")
            .peekable();

        prepared.operation == OperationType::Query
            && fields.peek().is_some()
            && fields.all(|field| POLLED_FIELDS.contains(&field))
    };

    match prepared.as_ref().is_ok_and(polls) {
        true => Price::POLL,
        false => Price::STANDARD,
    }
}

/// Adds headers, several of one name too.
pub(super) fn append_headers(to: &mut HeaderMap, from: HeaderMap) {
    let mut last = None;
    for (name, value) in from {
        last = name.or(last);
        if let Some(name) = &last {
            to.append(name.clone(), value);
        }
    }
}

/// When a request that begins now must have been answered: a little later than the calls inside it, so that their own,
/// better answer comes first.
pub(super) fn deadline(app: &App) -> Instant {
    Instant::now() + app.config.request_timeout() + Duration::from_secs(2)
}

/// Runs a query or a mutation.
pub(super) async fn execute<E: Executor>(
    engine: &Engine<E>,
    prepared: Prepared,
    deadline: Instant,
) -> Result<GraphqlResponse, ApiError> {
    let response = timeout_at(deadline, engine.execute(prepared)).await;
    response.map_err(|_| ApiError::timeout())
}

/// The status of a request error. `application/json` is read by clients that take anything but 200 for a failure of the
/// network, so there only what is no GraphQL request at all has the error's own.
fn status_of(answer: &Answer, own: StatusCode, media: Media) -> StatusCode {
    let code = answer
        .errors()
        .first()
        .and_then(|error| error.extensions.as_ref()?.get("code"));
    match media {
        Media::Json if code != Some(&BAD_REQUEST_CODE.into()) => StatusCode::OK,
        Media::Json | Media::GraphqlResponse => own,
    }
}

/// The response of an answer that holds errors only.
pub(super) fn write_short(answer: &Answer, media: Media, status: StatusCode) -> Response {
    respond(answer.to_json(), media, status)
}

pub(super) fn respond(json: Vec<u8>, media: Media, status: StatusCode) -> Response {
    let content_type = [(header::CONTENT_TYPE, media.content_type())];
    (status, content_type, HttpBody::from(json)).into_response()
}

pub(super) fn refuse_media_type() -> ApiError {
    let message = "Accept `application/graphql-response+json` or `application/json`; for a subscription, \
                   `text/event-stream` or `multipart/mixed;subscriptionSpec=1.0`.";
    ApiError::new(StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE", message)
}

fn needs_post() -> Response {
    let message = "A mutation changes something, so it needs a POST request.";
    let error = ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message);
    ([(header::ALLOW, HeaderValue::from_static("POST"))], error).into_response()
}

#[cfg(test)]
mod tests {
    use async_graphql::{EmptyMutation, EmptySubscription, Object, Schema};
    use kit::actor::Actor;

    use super::*;

    struct Query;

    #[Object]
    impl Query {
        async fn never(&self) -> bool {
            std::future::pending().await
        }
    }

    #[tokio::test]
    async fn a_resolver_that_never_ends_is_504_when_its_time_is_over() {
        let config = gql::EngineConfig {
            // Of a schema that is not this one.
            renamed_types: &[],
            weights: &[],
            ephemeral_fields: &[],
            ..crate::tests::config().graphql.engine()
        };
        let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
        let engine = Engine::new(schema, config).unwrap();
        let asker = Asker {
            call: crate::tests::call(Actor::guest(uuid::Uuid::from_u128(1))),
            base: PublicBase("http://x".into()),
            may_read_schema: true,
            keeps_cookies: true,
        };

        let incoming = Incoming {
            query: Some("{ never }".into()),
            ..Incoming::default()
        };
        let prepared = engine.prepare(incoming, &asker).unwrap();
        let error = execute(&engine, prepared, Instant::now()).await.unwrap_err();

        assert_eq!(error.status, StatusCode::GATEWAY_TIMEOUT);
    }

    #[test]
    fn headers_of_several_answers_are_all_kept() {
        let mut all = HeaderMap::new();
        for cookies in [["a=1", "b=2"], ["c=3", "d=4"]] {
            let mut own = HeaderMap::new();
            for cookie in cookies {
                own.append(header::SET_COOKIE, HeaderValue::from_static(cookie));
            }
            append_headers(&mut all, own);
        }

        let cookies: Vec<_> = all.get_all(header::SET_COOKIE).iter().collect();
        assert_eq!(cookies, ["a=1", "b=2", "c=3", "d=4"]);
    }
}
