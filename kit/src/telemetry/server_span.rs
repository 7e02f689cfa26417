//! What OpenTelemetry's conventions for HTTP want of the span of a request, told when it is known. Nothing is done, and nothing
//! allocated, when no trace is on.

use opentelemetry::{
    KeyValue,
    trace::{Status, TraceContextExt},
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The request was routed: its span is named by method and route, never by its path.
pub fn name_server_span(span: &Span, method: &'static str, route: &str) {
    let context = span.context();
    let span = context.span();
    if !span.span_context().is_valid() {
        return;
    }

    // `tracing` gives a span its name when it begins, which is before there is a route.
    span.update_name(format!("{method} {route}"));
    span.set_attribute(KeyValue::new("http.request.method", method));
    span.set_attribute(KeyValue::new("http.route", route.to_owned()));
}

/// It was answered.
pub fn end_server_span(span: &Span, status: u16) {
    let context = span.context();
    let span = context.span();
    if !span.span_context().is_valid() {
        return;
    }

    span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status)));
    // What a client did wrong is no error of the server.
    if status >= 500 {
        span.set_status(Status::error(""));
    }
}
