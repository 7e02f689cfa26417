//! What happens around every request, from the outside in: id and log span, errors written out, headers, CORS,
//! compression, panics caught, time limit, metrics. Knows no route by name, but for `file_paths`.

mod file_paths;

use std::{any::Any, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header, request::Parts};
use kit::{
    rpc::RequestId,
    telemetry::{self, propagation},
};
use tokio::time::Instant;
use tower::ServiceExt;
use tower_http::{
    compression::{CompressionLayer, Predicate},
    cors::{AllowCredentials, AllowOrigin, CorsLayer},
};
use tracing::{Instrument, Span};

use crate::{
    app::App,
    error::ApiError,
    error_format::ErrorFormat,
    identity::{PROVIDER, PROVIDER_KEY, is_local_origin},
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Outermost: gives the request its id, logs it, and writes the body of an error with that id.
pub(crate) async fn request_id(mut request: Request, next: Next) -> Response {
    let given = request
        .headers()
        .get(&REQUEST_ID)
        .and_then(|id| id.to_str().ok())
        .and_then(RequestId::parse);
    let id = given.unwrap_or_else(RequestId::random);
    request.extensions_mut().insert(id.clone());

    let format = ErrorFormat::read(&request);
    let span = tracing::info_span!(
        "request",
        request_id = %id,
        method = %request.method(),
        path = loggable(request.uri()),
        status = tracing::field::Empty,
        otel.kind = "server",
    );

    propagation::continue_trace(&span, request.headers());

    let started = Instant::now();
    let answer = async {
        let response = finish(next.run(request).await, &id, &format);
        let status = response.status().as_u16();
        let span = Span::current();
        span.record("status", status);
        telemetry::end_server_span(&span, status);
        tracing::info!(status, ms = started.elapsed().as_secs_f64() * 1e3, "answered");
        response
    };

    answer.instrument(span).await
}

/// Folders whose names are the permission to read what is there.
const CAPABILITIES: [&str; 1] = ["/media/"];

/// An address as far as everybody who reads the log may know it: without the query, which may hold a token, and without
/// names that are a permission.
fn loggable(uri: &Uri) -> &str {
    let path = uri.path();
    CAPABILITIES
        .into_iter()
        .find(|folder| path.starts_with(folder))
        .unwrap_or(path)
}

fn finish(mut response: Response, id: &RequestId, format: &ErrorFormat) -> Response {
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        let mut rendered = format.render(&error, id);
        // What the layers in between have added stays: CORS, `allow`, `content-range`.
        let added = std::mem::take(response.headers_mut());
        for (name, value) in &added {
            if name == header::SET_COOKIE {
                rendered.headers_mut().append(name, value.clone());
            } else if name != header::CONTENT_LENGTH && name != header::CONTENT_TYPE {
                rendered.headers_mut().insert(name, value.clone());
            }
        }

        response = rendered;
    }

    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::try_from(id.as_str()) {
        headers.insert(REQUEST_ID, id);
    }

    secure(headers);

    response
}

/// Set where a handler has not said otherwise.
fn secure(headers: &mut HeaderMap) {
    let defaults = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];

    for (name, value) in defaults {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

/// What `CatchPanicLayer` sends: nothing of what happened, which is in the log.
pub(crate) fn panicked(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a request panicked");
    metrics::counter!("gateway_panics_total").increment(1);
    ApiError::internal().into_response()
}

/// Bounds the time until a response begins. Not for routes that stream.
pub(crate) async fn time_limit(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    // A little more than the calls inside get, so that their own, better answer comes first.
    let limit = app.config.request_timeout() + Duration::from_secs(2);
    let answer = tokio::time::timeout(limit, next.run(request)).await;
    answer.unwrap_or_else(|_| ApiError::timeout().into_response())
}

/// Count and time of answers by route, method and status.
pub(crate) async fn measured(request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>();
    let route = path.map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let method = known(request.method());
    telemetry::name_server_span(&Span::current(), method, &route);

    let started = Instant::now();
    let response = next.run(request).await;
    let labels = [
        ("route", route),
        ("method", method.to_owned()),
        ("status", response.status().as_u16().to_string()),
    ];
    metrics::counter!("gateway_http_requests_total", &labels).increment(1);
    metrics::histogram!("gateway_http_request_seconds", &labels).record(started.elapsed().as_secs_f64());

    response
}

/// A client must not be able to make new time series.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// Gzip for texts of known and worthwhile length; never for streams and media.
pub(crate) fn compression() -> CompressionLayer<impl Predicate> {
    CompressionLayer::new().compress_when(Worthwhile)
}

#[derive(Clone, Copy)]
struct Worthwhile;

impl Predicate for Worthwhile {
    fn should_compress<B: http_body::Body>(&self, response: &http::Response<B>) -> bool {
        let kind = response
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .unwrap_or_default();

        let text = [
            "application/json",
            "application/graphql-response+json",
            "text/html",
            "text/css",
            "text/javascript",
        ];

        let long = response
            .body()
            .size_hint()
            .exact()
            .is_some_and(|bytes| bytes >= 1_024);

        long && text.iter().any(|text| kind.starts_with(text))
            && !response.headers().contains_key(header::ACCEPT_RANGES)
    }
}

/// Routes, for what a route says of itself when it is asked by OPTIONS.
#[derive(Clone)]
pub(crate) struct SelfDescribing {
    pub(crate) routes: Router,
    /// Whose routes have an answer of their own.
    pub(crate) path: &'static str,
}

/// CORS answers every OPTIONS as a page's question beforehand. One that asks for no method is none: it is for the route.
pub(crate) async fn describe_itself(
    State(routes): State<SelfDescribing>,
    request: Request,
    next: Next,
) -> Response {
    let asked = request.method() == Method::OPTIONS
        && request.uri().path() == routes.path
        && !request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    if !asked {
        return next.run(request).await;
    }

    match routes.routes.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// Who may call from a page: the listed origins, with credentials; apps (`app://`) and `localhost`, without.
pub(crate) fn cors(listed: Vec<String>) -> CorsLayer {
    let listed: Arc<[String]> = listed.into();
    let with_credentials = Arc::clone(&listed);
    let origin = AllowOrigin::predicate(move |origin: &HeaderValue, _: &Parts| {
        is_listed(&listed, origin) || origin.to_str().is_ok_and(is_local_origin)
    });
    let credentials = AllowCredentials::predicate(move |origin: &HeaderValue, _: &Parts| {
        is_listed(&with_credentials, origin)
    });
    let name = HeaderName::from_static;

    CorsLayer::new()
        .allow_origin(origin)
        .allow_credentials(credentials)
        .allow_methods([
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers([
            header::ACCEPT,
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::RANGE,
            name("idempotency-key"),
            name("last-event-id"),
            name("tus-resumable"),
            name("upload-checksum"),
            name("upload-concat"),
            name("upload-length"),
            name("upload-metadata"),
            name("upload-offset"),
            name("x-api-key"),
            name("x-backup-checksum"),
            name("x-backup-chunk-count"),
            name("x-backup-device"),
            name("x-backup-timestamp"),
            name("x-backup-version"),
            name("x-csrf-token"),
            PROVIDER,
            PROVIDER_KEY,
            REQUEST_ID,
        ])
        .expose_headers([
            REQUEST_ID,
            header::RETRY_AFTER,
            header::CONTENT_RANGE,
            header::ETAG,
            header::LOCATION,
            header::CONTENT_LOCATION,
            name("x-pagination-total"),
            name("x-pagination-next"),
            name("tus-resumable"),
            name("upload-concat"),
            name("upload-expires"),
            name("upload-length"),
            name("upload-offset"),
            name("x-backup-checksum"),
            name("x-backup-chunk-count"),
            name("x-backup-id"),
            name("x-backup-timestamp"),
            name("x-backup-version"),
            name("ratelimit-limit"),
            name("ratelimit-remaining"),
            name("ratelimit-reset"),
            name("ratelimit-policy"),
        ])
        .max_age(Duration::from_secs(600))
}

fn is_listed(listed: &[String], origin: &HeaderValue) -> bool {
    listed.iter().any(|one| one.as_bytes() == origin.as_bytes())
}

/// Where nothing is.
pub(crate) async fn answer_unknown_path() -> ApiError {
    ApiError::not_found("There is nothing at this address.")
}

/// Something is there, but not for this method.
pub(crate) async fn wrong_method() -> ApiError {
    ApiError::method_not_allowed()
}

/// `/a/b/` is `/a/b`, without a redirect, which would drop the body with some clients; and a file's path is one segment.
pub(crate) fn with_routed_path(mut request: Request<Body>) -> Request<Body> {
    let path = request.uri().path();
    let trimmed = match path.trim_end_matches('/') {
        "" => path,
        trimmed => trimmed,
    };
    let routed = file_paths::join_file_path(trimmed);
    let routed = routed.as_deref().unwrap_or(trimmed);
    if routed == path {
        return request;
    }

    let query = request
        .uri()
        .query()
        .map(|query| format!("?{query}"))
        .unwrap_or_default();

    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = format!("{routed}{query}").parse().ok();

    if let Ok(uri) = http::Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }

    request
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_permission_is_not_logged() {
        let logged = |uri: &'static str| loggable(&Uri::from_static(uri)).to_owned();

        assert_eq!(logged("/media/abc.def.mp3?x=1"), "/media/");
        assert_eq!(logged("/api/stories/1?token=secret"), "/api/stories/1");
    }

    #[test]
    fn apps_and_localhost_are_local_and_lookalikes_are_not() {
        for origin in [
            "app://adiuva",
            "app://.",
            "http://localhost",
            "http://localhost:3000",
            "https://localhost:8443",
        ] {
            assert!(is_local_origin(origin), "{origin}");
        }

        for origin in [
            "http://localhost.evil.example",
            "http://evil.example",
            "null",
            "",
            "ftp://localhost",
            "localhost",
        ] {
            assert!(!is_local_origin(origin), "{origin}");
        }
    }

    #[test]
    fn only_the_slash_at_the_end_goes() {
        let path = |text: &str| {
            let request = Request::builder().uri(text).body(Body::empty()).unwrap();
            with_routed_path(request).uri().to_string()
        };

        let rows = [
            ("/", "/"),
            ("/a/", "/a"),
            ("/a//", "/a"),
            ("/a/?x=/", "/a?x=/"),
            ("/a/b", "/a/b"),
            ("//", "//"),
        ];

        for (from, to) in rows {
            assert_eq!(path(from), to);
        }
    }
}
