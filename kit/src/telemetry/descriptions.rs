//! What each metric of the process means, for whoever reads `/metrics` or builds a dashboard. A test of the repository holds
//! the list against what is recorded.

use metrics::{Recorder, SharedString, Unit};

/// What is recorded under a name.
enum Kind {
    Counter,
    Gauge,
    Histogram,
}

use Kind::{Counter, Gauge, Histogram};

/// Name, kind, unit and meaning.
const METRICS: &[(&str, Kind, Unit, &str)] = &[
    (
        "auth_jwks_fetches_total",
        Counter,
        Unit::Count,
        "Key sets fetched from other issuers, by outcome.",
    ),
    (
        "gateway_connections_ended_silent_total",
        Counter,
        Unit::Count,
        "Silent connections ended to make room.",
    ),
    (
        "gateway_connections_refused_total",
        Counter,
        Unit::Count,
        "Connections refused for want of a seat.",
    ),
    (
        "gateway_graphql_refused_total",
        Counter,
        Unit::Count,
        "GraphQL documents refused before they ran, by code.",
    ),
    (
        "gateway_http_request_seconds",
        Histogram,
        Unit::Seconds,
        "Time until an answer begins, by route, method and status.",
    ),
    (
        "gateway_http_requests_total",
        Counter,
        Unit::Count,
        "Requests answered, by route, method and status.",
    ),
    (
        "gateway_jwks_fetches_total",
        Counter,
        Unit::Count,
        "Fetches of our own public keys from auth-svc.",
    ),
    (
        "gateway_panics_total",
        Counter,
        Unit::Count,
        "Requests that panicked.",
    ),
    (
        "gateway_rate_limited_total",
        Counter,
        Unit::Count,
        "Requests refused with 429, by class.",
    ),
    (
        "gateway_stream_slow_clients_total",
        Counter,
        Unit::Count,
        "Streams closed because their client took nothing.",
    ),
    (
        "gateway_stream_watchers",
        Gauge,
        Unit::Count,
        "Streams that watch a run now.",
    ),
    (
        "saga_budget_alerts_total",
        Counter,
        Unit::Count,
        "Budgets of which 80 or 100 percent were used, by scope.",
    ),
    (
        "saga_bus_queues_replaced_total",
        Counter,
        Unit::Count,
        "Queues that did not answer and were deleted and declared again.",
    ),
    (
        "saga_bus_reconnections_total",
        Counter,
        Unit::Count,
        "Connections to RabbitMQ made in place of one that broke.",
    ),
    (
        "saga_error_reports_total",
        Counter,
        Unit::Count,
        "Reports of errors, by what became of them.",
    ),
    (
        "saga_knowledge_call_seconds",
        Histogram,
        Unit::Seconds,
        "Duration of calls to what stories know, by operation, engine and result.",
    ),
    (
        "saga_llm_breaker_opened_total",
        Counter,
        Unit::Count,
        "Times that calls to a model were stopped after failures.",
    ),
    (
        "saga_llm_breaker_state",
        Gauge,
        Unit::Count,
        "0: calls go through; 1: one is tried; 2: none goes through.",
    ),
    (
        "saga_llm_call_seconds",
        Histogram,
        Unit::Seconds,
        "Duration of calls to models.",
    ),
    (
        "saga_llm_calls_total",
        Counter,
        Unit::Count,
        "Calls to models, by outcome.",
    ),
    (
        "saga_llm_cost_micro_usd_total",
        Counter,
        Unit::Count,
        "Cost of calls to models, in millionths of a US dollar.",
    ),
    (
        "saga_llm_input_tokens_total",
        Counter,
        Unit::Count,
        "Tokens sent to models.",
    ),
    (
        "saga_llm_output_tokens_total",
        Counter,
        Unit::Count,
        "Tokens received from models.",
    ),
    (
        "saga_llm_repairs_total",
        Counter,
        Unit::Count,
        "Answers of models that had to be asked for again.",
    ),
    (
        "saga_llm_retries_total",
        Counter,
        Unit::Count,
        "Calls to models that were repeated.",
    ),
    (
        "saga_runs_active",
        Gauge,
        Unit::Count,
        "Runs that have not ended, by status.",
    ),
    (
        "saga_webhook_attempts_total",
        Counter,
        Unit::Count,
        "Messages sent to webhooks, by what became of them.",
    ),
    (
        "saga_runs_ended_total",
        Counter,
        Unit::Count,
        "Runs that ended, by graph and status.",
    ),
    (
        "saga_runs_queue_age_seconds",
        Gauge,
        Unit::Seconds,
        "Age of the oldest run that waits for a worker.",
    ),
    (
        "saga_sanitizer_redactions_total",
        Counter,
        Unit::Count,
        "Texts that were taken out of what leaves the process.",
    ),
    (
        "saga_spend_settlements_lost_total",
        Counter,
        Unit::Count,
        "Calls of providers whose use could not be settled.",
    ),
    (
        "saga_story_news_dropped_total",
        Counter,
        Unit::Count,
        "Announcements of changes that nobody could be told.",
    ),
    (
        "saga_story_node_seconds",
        Histogram,
        Unit::Seconds,
        "Duration of the steps of a graph.",
    ),
    (
        "saga_usage_rows_lost_total",
        Counter,
        Unit::Count,
        "Rows of usage that could not be written.",
    ),
];

/// Tells the recorder what its metrics mean.
pub(super) fn describe(recorder: &impl Recorder) {
    for (name, kind, unit, meaning) in METRICS {
        let (name, unit, meaning) = ((*name).into(), Some(*unit), SharedString::const_str(meaning));
        match kind {
            Counter => recorder.describe_counter(name, unit, meaning),
            Gauge => recorder.describe_gauge(name, unit, meaning),
            Histogram => recorder.describe_histogram(name, unit, meaning),
        }
    }
}
