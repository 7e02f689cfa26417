//! W3C trace context (`traceparent`, `tracestate`) into and out of headers and rows, so that one trace spans all services and
//! the work that is done later.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{
    propagation::{Extractor, Injector, TextMapPropagator},
    trace::TraceContextExt,
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tonic::metadata::MetadataMap;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

const PARENT: HeaderName = HeaderName::from_static("traceparent");

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

struct HeadersMut<'a>(&'a mut HeaderMap);

impl Injector for HeadersMut<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(key), HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}

/// Adds the trace of the current span to the headers of an outgoing HTTP request. Does nothing when no trace is on.
pub fn inject_headers(headers: &mut HeaderMap) {
    let context = Span::current().context();
    TraceContextPropagator::new().inject_context(&context, &mut HeadersMut(headers));
}

/// Adds the trace of the current span to the metadata of an outgoing call.
pub fn inject_metadata(metadata: &mut MetadataMap) {
    inject_headers(metadata.as_mut());
}

/// The trace of the current span as a `traceparent`, to be noted with work that is done later. None when no trace is on.
#[must_use]
pub fn current_trace() -> Option<String> {
    let context = Span::current().context();
    if !context.span().span_context().is_valid() {
        return None;
    }
    let mut headers = HeaderMap::new();
    TraceContextPropagator::new().inject_context(&context, &mut HeadersMut(&mut headers));

    headers.get(PARENT)?.to_str().ok().map(str::to_owned)
}

/// Makes `span` a child of a trace that [`current_trace`] noted.
pub fn continue_noted(span: &Span, noted: &str) {
    if let Ok(noted) = HeaderValue::from_str(noted) {
        continue_trace(span, &HeaderMap::from_iter([(PARENT, noted)]));
    }
}

/// Makes `span` a child of the trace that the headers of an incoming request name, if they name one.
pub fn continue_trace(span: &Span, headers: &HeaderMap) {
    if headers.contains_key(PARENT) {
        let parent = TraceContextPropagator::new().extract(&Headers(headers));
        // Fails only when no tracing layer is installed, and then there is no trace to continue.
        let _ = span.set_parent(parent);
    }
}
