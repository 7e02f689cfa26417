//! The events of one run as a service tells them, to a client that may be told them; and what becomes of a run whose client goes away.

use std::{future::Future, pin::Pin, sync::Arc};

use futures::StreamExt;
use proto::v1::RunEvent;
use tonic::Streaming;

use crate::{app::App, error::ApiError, identity::RequestContext, operation::Operation};

type Waiting = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What is told of a run, until it has ended, the server stops, or who listens may no more.
pub(crate) struct RunEvents {
    events: Streaming<RunEvent>,
    stop: Waiting,
    ended: Waiting,
    whole: bool,
}

impl RunEvents {
    pub(crate) fn new(app: &App, context: &RequestContext, events: Streaming<RunEvent>) -> Self {
        let ended = Arc::clone(&app.identity.authenticator).until_ended(context.clone());

        Self {
            events,
            stop: Box::pin(app.stop.clone().cancelled_owned()),
            ended: Box::pin(ended),
            whole: false,
        }
    }

    /// None at the end, whichever it is. Who had less than all asks where the run stands, and comes back.
    pub(crate) async fn next(&mut self) -> Option<RunEvent> {
        let event = tokio::select! {
            event = self.events.next() => event,
            () = &mut self.stop => return None,
            () = &mut self.ended => return None,
        };

        match event {
            Some(Ok(event)) => Some(event),
            Some(Err(status)) => {
                tracing::warn!(code = ?status.code(), "the events of a run broke off");
                None
            }
            None => {
                self.whole = true;
                None
            }
        }
    }

    /// Whether all of it was told.
    pub(crate) fn is_whole(&self) -> bool {
        self.whole
    }
}

/// Stops a run when it is dropped, which is when the client goes away.
pub(crate) struct StopWhenLeft<O: Operation + Send + 'static> {
    app: Arc<App>,
    context: RequestContext,
    stop: Option<O>,
}

impl<O: Operation + Send + 'static> StopWhenLeft<O> {
    /// `stop` stops it; without one it goes on.
    pub(crate) fn new(app: &Arc<App>, context: &RequestContext, stop: Option<O>) -> Self {
        Self {
            app: Arc::clone(app),
            context: context.clone(),
            stop,
        }
    }

    /// The client is not the one who left.
    pub(crate) fn stay(&mut self) {
        self.stop = None;
    }
}

impl<O: Operation + Send + 'static> Drop for StopWhenLeft<O> {
    fn drop(&mut self) {
        let Some(stop) = self.stop.take() else { return };
        let (app, context) = (Arc::clone(&self.app), self.context.clone());

        self.app.streams.spawn(async move {
            let stopped: Result<O::Output, ApiError> = app.perform(&context, stop).await;
            if let Err(error) = stopped {
                tracing::debug!(
                    error = error.message(),
                    "a run that nobody waits for was not stopped"
                );
            }
        });
    }
}
