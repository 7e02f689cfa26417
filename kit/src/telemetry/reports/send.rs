//! Sends reports, one after the other, and no more of them than anybody reads.

use std::{sync::mpsc as wait, time::Duration};

use reqwest::{Client, Response, header::RETRY_AFTER, redirect::Policy};
use tokio::{sync::mpsc, time::Instant};

use super::{dsn::Dsn, event::Report};

/// An error that comes again and again needs no more than so many reports a minute.
const A_MINUTE: u32 = 20;
const MINUTE: Duration = Duration::from_secs(60);
const TIMEOUT: Duration = Duration::from_secs(5);

pub(super) enum Job {
    Report(Box<Report>),
    /// Everything before it is sent, or given up.
    Flush(wait::Sender<()>),
}

pub(super) struct Sender {
    client: Client,
    dsn: Dsn,
    environment: &'static str,
    /// Sent since the minute began.
    sent: u32,
    minute: Instant,
    /// Nothing is sent before this: we were asked to wait.
    quiet_until: Instant,
}

impl Sender {
    pub(super) fn new(dsn: Dsn, environment: &'static str) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .timeout(TIMEOUT)
            .redirect(Policy::none())
            .build()?;
        let now = Instant::now();

        Ok(Self {
            client,
            dsn,
            environment,
            sent: 0,
            minute: now,
            quiet_until: now,
        })
    }

    /// Until nobody can hand over any more.
    pub(super) async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        while let Some(job) = jobs.recv().await {
            match job {
                Job::Report(report) if self.may_send() => self.send(*report).await,
                Job::Report(_) => count("dropped"),
                // Whoever waited may have given up.
                Job::Flush(done) => drop(done.send(())),
            }
        }
    }

    fn may_send(&mut self) -> bool {
        let now = Instant::now();
        if now.duration_since(self.minute) >= MINUTE {
            (self.minute, self.sent) = (now, 0);
        }
        self.sent += 1;

        now >= self.quiet_until && self.sent <= A_MINUTE
    }

    async fn send(&mut self, report: Report) {
        let body = report.envelope(crate::ids::random_id(), now(), self.environment);
        let auth = format!(
            "Sentry sentry_version=7, sentry_client=saga/{}, sentry_key={}",
            env!("CARGO_PKG_VERSION"),
            self.dsn.key
        );
        let request = self
            .client
            .post(self.dsn.endpoint.clone())
            .header("x-sentry-auth", auth)
            .header("content-type", "application/x-sentry-envelope")
            .body(body);

        match request.send().await {
            Ok(answer) if answer.status().is_success() => count("sent"),
            Ok(answer) => {
                count("refused");
                tracing::debug!(status = answer.status().as_u16(), "an error report was refused");
                self.wait_as_told(&answer);
            }
            Err(error) => {
                count("failed");
                tracing::debug!(error = %error.without_url(), "an error report could not be sent");
            }
        }
    }

    /// 429 says for how long nothing more is taken; a minute when it doesn't.
    fn wait_as_told(&mut self, answer: &Response) {
        if answer.status().as_u16() != 429 {
            return;
        }
        let told = answer
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok());
        let wait = told
            .and_then(|told| told.parse().ok())
            .map_or(MINUTE, Duration::from_secs);
        self.quiet_until = Instant::now() + wait.min(MINUTE * 60);
    }
}

fn count(outcome: &'static str) {
    metrics::counter!("saga_error_reports_total", "outcome" => outcome).increment(1);
}

#[expect(
    clippy::disallowed_methods,
    reason = "a report is stamped by the machine's clock, whatever the domain's says"
)]
fn now() -> chrono::DateTime<chrono::Utc> {
    chrono::Utc::now()
}
