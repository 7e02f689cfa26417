//! Reports of panics and of errors that are ours, to Sentry or whatever else takes its envelopes. A report says where it
//! happened and in which words of ours; what people wrote, addresses and secrets are taken out of it (`scrub`).
//!
//! The protocol is two lines of JSON and an event, sent by the HTTP client that the tree has: Sentry's own crates would bring
//! scopes, breadcrumbs and contexts, of which all but these fields would have to be kept from being sent.

mod dsn;
mod event;
mod scrub;
mod send;

use std::{fmt, sync::mpsc as wait, time::Duration};

use opentelemetry::trace::TraceContextExt;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;
use tracing::{
    Event, Level, Metadata, Span, Subscriber,
    span::{Attributes, Id},
};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{
    Layer,
    filter::filter_fn,
    layer::Context,
    registry::{LookupSpan, Scope},
};

use self::{
    dsn::Dsn,
    event::{Report, Said, Tags},
    send::Job,
};
use super::TelemetryError;
use crate::shutdown::spawn_owned;

/// Reports that may wait to be sent; more are dropped.
const WAITING: usize = 64;
/// How long the end of the process waits for the last reports.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// Where reports go.
pub(super) struct Reports {
    jobs: mpsc::Sender<Job>,
    _sender: AbortOnDropHandle<()>,
}

impl Reports {
    /// Sends to the project that `dsn` names. Call it inside the runtime.
    pub(super) fn to(dsn: &str, production: bool) -> Result<Self, TelemetryError> {
        let dsn = Dsn::parse(dsn).ok_or(TelemetryError::Dsn)?;
        let environment = if production { "production" } else { "development" };
        let (jobs, waiting) = mpsc::channel(WAITING);
        let sender =
            send::Sender::new(dsn, environment).map_err(|source| TelemetryError::Reports { source })?;

        Ok(Self {
            jobs,
            _sender: spawn_owned(sender.run(waiting)),
        })
    }

    /// Reports events of the level ERROR. Spans are listened to for what says where in the work it was.
    pub(super) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        // What goes wrong while a report is sent is told below that level, so that it makes no other report.
        let told = |metadata: &Metadata<'_>| {
            *metadata.level() == Level::ERROR || (metadata.is_span() && *metadata.level() <= Level::INFO)
        };

        Reporter(self.jobs.clone()).with_filter(filter_fn(told))
    }

    /// Waits until everything is sent, for a while.
    pub(super) fn flush(&self) {
        let (done, told) = wait::channel();
        if self.jobs.try_send(Job::Flush(done)).is_ok() {
            // Without an answer there is nothing more to be done.
            let _ = told.recv_timeout(LAST_WORDS);
        }
    }
}

impl fmt::Debug for Reports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reports")
    }
}

/// Makes reports of errors, and keeps with each span what of it belongs into one.
struct Reporter(mpsc::Sender<Job>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Reporter {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        let mut said = Said::default();
        attributes.record(&mut said);
        if let Some(span) = ctx.span(id) {
            span.extensions_mut().insert(said.tags);
        }
    }

    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        let mut said = Said::default();
        event.record(&mut said);

        let mut tags = Tags::default();
        for span in ctx.event_scope(event).into_iter().flat_map(Scope::from_root) {
            if let Some(of_span) = span.extensions().get::<Tags>() {
                tags.extend(of_span);
            }
        }
        tags.extend(&said.tags);

        // An engine that is away is told by readiness and metrics; each call that meets it is no news.
        if tags.is("kind", "Unavailable") {
            return;
        }

        let report = Report::new(event.metadata(), said, tags, current_trace());
        if self.0.try_send(Job::Report(Box::new(report))).is_err() {
            metrics::counter!("saga_error_reports_total", "outcome" => "dropped").increment(1);
        }
    }
}

/// The ids of the trace and the span that an error is in, so that one leads to the other.
fn current_trace() -> Option<(String, String)> {
    let context = Span::current().context();
    let of = context.span().span_context().clone();
    of.is_valid()
        .then(|| (of.trace_id().to_string(), of.span_id().to_string()))
}

#[cfg(test)]
mod tests;
