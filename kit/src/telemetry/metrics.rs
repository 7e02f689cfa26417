//! Prometheus metrics of the process.

use std::fmt;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use super::descriptions::describe;

/// Upper bounds, in seconds, of everything whose name ends in `_seconds`: from a cached answer to a whole story.
const SECONDS: [f64; 16] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0,
];

/// What has been recorded so far. Cheap to clone.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Metrics {
    /// Becomes the recorder of the process; `None` when there is one already.
    pub(super) fn install() -> Option<Self> {
        let recorder = recorder();
        let handle = recorder.handle();
        ::metrics::set_global_recorder(recorder)
            .ok()
            .map(|()| Self(handle))
    }

    /// A recorder that nothing records to, for a platform inside a test.
    #[must_use]
    pub fn detached() -> Self {
        Self(recorder().handle())
    }

    /// In the Prometheus text format.
    #[must_use]
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// Folds what was recorded into its buckets.
    pub fn upkeep(&self) {
        self.0.run_upkeep();
    }
}

fn recorder() -> PrometheusRecorder {
    let builder = PrometheusBuilder::new();
    match builder.set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS) {
        Ok(builder) => {
            let recorder = builder.build_recorder();
            describe(&recorder);
            recorder
        }
        Err(_) => unreachable!("the list of buckets is not empty"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_counted_in_buckets() {
        let recorder = recorder();
        let metrics = Metrics(recorder.handle());
        ::metrics::with_local_recorder(&recorder, || {
            ::metrics::counter!("saga_runs_ended_total", "status" => "completed").increment(2);
            ::metrics::histogram!("saga_step_seconds").record(0.02);
        });
        metrics.upkeep();

        let text = metrics.render();
        assert!(
            text.contains("saga_runs_ended_total{status=\"completed\"} 2"),
            "{text}"
        );
        assert!(
            text.contains("# HELP saga_runs_ended_total Runs that ended"),
            "{text}"
        );
        assert!(
            text.contains("saga_step_seconds_bucket{le=\"0.025\"} 1"),
            "{text}"
        );
        assert!(text.contains("saga_step_seconds_bucket{le=\"0.01\"} 0"), "{text}");
    }

    #[test]
    fn a_detached_recorder_is_empty() {
        assert_eq!(Metrics::detached().render(), "");
    }
}
