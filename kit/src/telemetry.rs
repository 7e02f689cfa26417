//! Logs, traces and metrics of the process. Set up once, by the binary; libraries only use `tracing` and `metrics`.

mod descriptions;
mod json;
mod metrics;
mod panics;
pub mod propagation;
mod reports;
mod server_span;
mod traces;

pub use metrics::Metrics;
pub use server_span::{end_server_span, name_server_span};

use std::io::{self, IsTerminal};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tracing::{Dispatch, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer, Registry, fmt::MakeWriter, layer::SubscriberExt, registry::LookupSpan,
};

/// `[telemetry]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelemetryConfig {
    /// What is logged: `info`, or by module as in `info,story_svc=debug`.
    pub log: String,
    pub format: LogFormat,
    /// gRPC address of an OpenTelemetry collector, e.g. `http://127.0.0.1:4317`; empty for no traces.
    pub otlp_endpoint: String,
    /// Share of traces that are kept, from 0 to 1.
    pub trace_ratio: f64,
    /// Where errors are reported, as Sentry writes it; empty for no reports.
    pub sentry_dsn: SecretString,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// JSON in production, readable otherwise.
    Auto,
    Json,
    Pretty,
}

#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    #[error("`{filter}` is not a log filter; expected something like info,story_svc=debug")]
    Filter {
        filter: String,
        #[source]
        source: tracing_subscriber::filter::ParseError,
    },
    #[error("traces can't be sent to `{endpoint}`")]
    Exporter {
        endpoint: String,
        #[source]
        source: opentelemetry_otlp::ExporterBuildError,
    },
    #[error("`telemetry.sentry_dsn` is no DSN; expected something like https://KEY@sentry.example/1")]
    Dsn,
    #[error("no client for error reports can be made")]
    Reports {
        #[source]
        source: reqwest::Error,
    },
    #[error("telemetry is already set up in this process")]
    Twice,
}

/// Keeps telemetry going. Dropping it sends what is still held back.
#[derive(Debug)]
pub struct Guard {
    metrics: Metrics,
    exporters: Exporters,
}

/// What sends telemetry away.
#[derive(Debug, Default)]
struct Exporters {
    traces: Option<traces::Traces>,
    reports: Option<reports::Reports>,
}

impl Guard {
    /// For the admin door.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        self.metrics.clone()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(reports) = &self.exporters.reports {
            reports.flush();
        }
        if let Some(traces) = &self.exporters.traces {
            traces.flush();
        }
    }
}

/// Sets up logs (to standard error), traces and metrics for the whole process. Call it inside the runtime. A second
/// call fails and changes nothing.
pub fn init(config: &TelemetryConfig, production: bool) -> Result<Guard, TelemetryError> {
    let (dispatch, exporters) = build(config, production, io::stderr)?;
    tracing::dispatcher::set_global_default(dispatch).map_err(|_| TelemetryError::Twice)?;
    let metrics = Metrics::install().ok_or(TelemetryError::Twice)?;
    panics::tell_panics(exporters.reports.is_some());

    Ok(Guard { metrics, exporters })
}

fn build<W>(
    config: &TelemetryConfig,
    production: bool,
    writer: W,
) -> Result<(Dispatch, Exporters), TelemetryError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = EnvFilter::builder()
        .parse(&config.log)
        .map_err(|source| TelemetryError::Filter {
            filter: config.log.clone(),
            source,
        })?;

    let traces = match config.otlp_endpoint.as_str() {
        "" => None,
        endpoint => Some(traces::Traces::to(endpoint, config.trace_ratio)?),
    };

    let reports = match config.sentry_dsn.expose_secret() {
        "" => None,
        dsn => Some(reports::Reports::to(dsn, production)?),
    };

    let json = match config.format {
        LogFormat::Auto => production,
        LogFormat::Json => true,
        LogFormat::Pretty => false,
    };
    // What is logged does not decide what is traced and reported; where nothing is, the filter is asked once for all.
    let alone = traces.is_none() && reports.is_none();
    let (for_all, for_logs) = if alone {
        (Some(filter), None)
    } else {
        (None, Some(filter))
    };
    let logs = if json { json::layer(writer) } else { pretty(writer) };
    let subscriber = Registry::default()
        .with(for_all)
        .with(traces.as_ref().map(traces::Traces::layer))
        .with(reports.as_ref().map(reports::Reports::layer))
        .with(logs.with_filter(for_logs));

    Ok((Dispatch::new(subscriber), Exporters { traces, reports }))
}

fn pretty<S, W>(writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let colours = io::stderr().is_terminal();
    tracing_subscriber::fmt::layer()
        .with_writer(writer)
        .with_ansi(colours)
        .with_target(true)
        .compact()
        .boxed()
}

#[cfg(test)]
mod tests;
