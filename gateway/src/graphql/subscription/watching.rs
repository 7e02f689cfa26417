//! What watching a run means to GraphQL: where it begins, and in which error it ends when it does not end by itself.

use std::sync::Arc;

use async_graphql::{Context, Result};
use futures::{Stream, StreamExt};
use http::StatusCode;
use kit::Problem;
use tonic::Status;

use crate::{
    error::ApiError,
    graphql::Ask,
    stream::{
        event_buffer::{Ending, Frame, Step},
        hub::Watched,
        place::EventPlace,
    },
};

/// The number that a client has, or a refusal that names the argument.
pub(super) fn parse_after(after: Option<i64>) -> Result<u64, ApiError> {
    let expected = "expected the number of an event: 0, 1, 2…";
    u64::try_from(after.unwrap_or_default()).map_err(|_| ApiError::field("after", "value_error", expected))
}

/// What a client sends to come back.
#[derive(Clone, Copy)]
pub(super) enum ResumedBy {
    Number,
    Cursor,
}

impl ResumedBy {
    /// The arguments that go on behind this event.
    fn tell(self, run: &str, last: u64) -> String {
        match self {
            Self::Number => format!("`after: {last}`"),
            Self::Cursor => {
                let place = EventPlace::new(last, Some(run.to_owned()));
                format!("the cursor `{}`", place.encode())
            }
        }
    }
}

/// The events of a run, or of a workflow, above `after`, then what happens live; ends with the run, or with one error. Whoever calls has
/// checked that the asker may see it.
pub(super) fn watch(
    ctx: &Context<'_>,
    watched: &Watched,
    after: u64,
    resume: ResumedBy,
) -> Result<impl Stream<Item = Result<Frame>> + use<>> {
    let (backend, asker) = (ctx.backend(), ctx.asker());
    let watch = backend.hub.watch(&asker.call, watched, after, &asker.base);
    let mut watch = watch.ok_or_else(|| {
        let message = "Too many clients are watching; try again in a moment.";
        ctx.fail(ApiError::overloaded(message))
    })?;
    let (stop, request_id) = (backend.stop.clone(), asker.call.request_id.clone());
    let fail = move |error: ApiError| error.graphql(request_id.as_str());
    let ended = Arc::clone(&backend.operations.authenticator).until_ended(asker.call.clone());
    let run = watched.id().to_owned();

    Ok(async_stream::stream! {
        let mut ended = std::pin::pin!(ended);
        let mut stop = std::pin::pin!(stop.cancelled_owned());
        let mut frames = Vec::new();
        let mut last = after;
        let end = loop {
            let step = tokio::select! {
                step = watch.next(&mut frames) => step,
                () = &mut stop => break Some(going_away(last, &resume.tell(&run, last))),
                () = &mut ended => break Some(ApiError::signed_out()),
            };
            match step {
                Step::Frames => {
                    for frame in frames.drain(..) {
                        last = last.max(frame.event().number);
                        yield Ok(frame);
                    }
                }
                Step::Ended(Ending::Finished) => break None,
                Step::Ended(Ending::Refused(error)) => break Some(error),
                Step::Behind => {
                    metrics::counter!("gateway_stream_slow_clients_total").increment(1);
                    break Some(too_slow(last, &resume.tell(&run, last)));
                }
            }
        };
        // Nobody counts as a watcher while the error is on its way.
        drop(watch);
        if let Some(error) = end {
            yield Err(fail(error));
        }
    })
}

/// What a service tells until it or the asker goes, then one error. There are no numbers to go on behind: whoever comes back is told
/// the newest.
pub(super) fn follow<T, S>(
    ctx: &Context<'_>,
    service: &'static str,
    told: S,
) -> impl Stream<Item = Result<T>> + use<T, S>
where
    T: Send + 'static,
    S: Stream<Item = std::result::Result<T, Status>> + Send + 'static,
{
    let (backend, asker) = (ctx.backend(), ctx.asker());
    let (stop, request_id) = (backend.stop.clone(), asker.call.request_id.clone());
    let ended = Arc::clone(&backend.operations.authenticator).until_ended(asker.call.clone());

    async_stream::stream! {
        let mut told = std::pin::pin!(told);
        let mut ended = std::pin::pin!(ended);
        let mut stop = std::pin::pin!(stop.cancelled_owned());
        let end = loop {
            let next = tokio::select! {
                next = told.next() => next,
                () = &mut stop => break restarting(),
                () = &mut ended => break ApiError::signed_out(),
            };
            match next {
                Some(Ok(item)) => yield Ok(item),
                Some(Err(status)) => break ApiError::from_problem(Problem::from_status(&status), service),
                None => break restarting(),
            }
        };
        yield Err(end.graphql(request_id.as_str()));
    }
}

fn restarting() -> ApiError {
    let message = "The server is restarting. Subscribe again.";
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "GOING_AWAY", message)
}

fn too_slow(last: u64, resume: &str) -> ApiError {
    let message = format!("Events came faster than they were taken. Subscribe again with {resume}.");
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "TOO_SLOW", message).last_event(last)
}

fn going_away(last: u64, resume: &str) -> ApiError {
    let message = format!("The server is restarting. Subscribe again with {resume}.");
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "GOING_AWAY", message).last_event(last)
}
