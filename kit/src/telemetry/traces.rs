//! Traces to an OpenTelemetry collector over gRPC (OTLP).

use std::{fmt, time::Duration};

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::{
    Resource,
    trace::{Sampler, SdkTracerProvider},
};
use tracing::{Level, Subscriber};
use tracing_subscriber::{Layer, filter::filter_fn, registry::LookupSpan};

use super::TelemetryError;

/// What carries the traces away must not be traced itself: each export would make the next one.
const TRANSPORT: [&str; 5] = ["h2", "hyper", "opentelemetry", "tonic", "tower"];
/// Engines inside of libraries, whose own spans would hide the requests that they are part of: the S3 that is part of this
/// process (`s3s`, `s3s_aws`), and RabbitMQ's connection, which is one span for as long as it lasts.
const ENGINES: [&str; 2] = ["s3s", "lapin"];
const SEND_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) struct Traces(SdkTracerProvider);

impl fmt::Debug for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Traces")
    }
}

impl Traces {
    /// Connects lazily: a collector that is down costs traces, never requests.
    pub(super) fn to(endpoint: &str, ratio: f64) -> Result<Self, TelemetryError> {
        let exporter = SpanExporter::builder()
            .with_tonic()
            .with_endpoint(endpoint)
            .with_timeout(SEND_TIMEOUT)
            .build()
            .map_err(|source| TelemetryError::Exporter {
                endpoint: endpoint.to_owned(),
                source,
            })?;

        // A trace that somebody else began is kept when they keep it.
        let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(ratio)));
        let resource = Resource::builder().with_service_name("saga").build();
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(sampler);

        Ok(Self(provider.with_resource(resource).build()))
    }

    pub(super) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let ours = filter_fn(|metadata| {
            let target = metadata.target();
            let foreign = TRANSPORT
                .iter()
                .chain(&ENGINES)
                .any(|name| target.starts_with(name));
            *metadata.level() <= Level::INFO && !foreign
        });
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("saga"))
            .with_filter(ours)
    }

    /// Sends what is held back, and stops.
    pub(super) fn flush(&self) {
        if let Err(err) = self.0.shutdown_with_timeout(SEND_TIMEOUT) {
            tracing::warn!(error = %err, "the last traces could not be sent");
        }
    }
}
