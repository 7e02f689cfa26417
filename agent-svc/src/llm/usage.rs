//! What calls cost: one record for each provider call, whatever became of it, to the caller, the usage sink and the
//! metrics. It holds numbers and names only, never text of a call.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use tracing::Span;

use super::config::Model;
use super::frames::{Observed, Tokens};
use super::request::Call;

/// How a provider call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Ok,
    /// Complete, but stopped at the token limit.
    Truncated,
    Refused,
    Failed,
    /// Cancelled, or past the deadline.
    Aborted,
}

impl Outcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Ok => "ok",
            Outcome::Truncated => "truncated",
            Outcome::Refused => "refused",
            Outcome::Failed => "failed",
            Outcome::Aborted => "aborted",
        }
    }
}

/// One finished provider call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Usage {
    pub provider: String,
    /// The model without its provider.
    pub model: String,
    pub input_tokens: u64,
    /// Thinking included.
    pub output_tokens: u64,
    /// Millionths of a US dollar, from the price table.
    pub cost_micro_usd: u64,
    pub duration: Duration,
    pub outcome: Outcome,
}

/// A finished provider call and for whom it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UsageRecord {
    pub user: String,
    pub agent: String,
    pub run: Option<String>,
    /// False here always: the offline author keeps its own records.
    pub offline: bool,
    pub usage: Usage,
}

/// Keeps the books. Called once per provider call, also for cancelled ones; must not block.
pub trait UsageSink: Send + Sync {
    fn record(&self, record: &UsageRecord);
}

/// Keeps no books.
#[derive(Debug, Default)]
pub struct NoBooks;

impl UsageSink for NoBooks {
    fn record(&self, _record: &UsageRecord) {}
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Price {
    pub(super) input_micro_usd_per_mtok: u64,
    pub(super) output_micro_usd_per_mtok: u64,
}

impl Price {
    /// Of what somebody else pays.
    pub(super) const NOTHING: Self = Self {
        input_micro_usd_per_mtok: 0,
        output_micro_usd_per_mtok: 0,
    };

    /// Rounded up, so that a sum of calls is never below the bill.
    pub(super) fn cost_of(self, tokens: Tokens) -> u64 {
        let exact = u128::from(tokens.input) * u128::from(self.input_micro_usd_per_mtok)
            + u128::from(tokens.output) * u128::from(self.output_micro_usd_per_mtok);
        u64::try_from(exact.div_ceil(1_000_000)).unwrap_or(u64::MAX)
    }
}

/// Runs while a provider call runs. Dropped unfinished, it records the call as aborted with what was seen of it.
pub(super) struct Meter {
    books: Arc<dyn UsageSink>,
    record: Option<UsageRecord>,
    price: Price,
    started: Instant,
    observed: Arc<Observed>,
}

impl Meter {
    pub(super) fn start(
        books: Arc<dyn UsageSink>,
        call: &Call,
        (provider, model): (&str, &str),
        price: Price,
        observed: Arc<Observed>,
    ) -> Self {
        let usage = Usage {
            provider: provider.to_owned(),
            model: model.to_owned(),
            input_tokens: 0,
            output_tokens: 0,
            cost_micro_usd: 0,
            duration: Duration::ZERO,
            outcome: Outcome::Aborted,
        };

        let record = UsageRecord {
            user: call.user.clone(),
            agent: call.agent.clone(),
            run: call.run.clone(),
            offline: false,
            usage,
        };

        Self {
            books,
            record: Some(record),
            price,
            started: Instant::now(),
            observed,
        }
    }

    pub(super) fn finish(mut self, outcome: Outcome) -> Option<Usage> {
        self.close(outcome)
    }

    fn close(&mut self, outcome: Outcome) -> Option<Usage> {
        let mut record = self.record.take()?;
        let tokens = self.observed.tokens();
        record.usage.input_tokens = tokens.input;
        record.usage.output_tokens = tokens.output;
        record.usage.cost_micro_usd = self.price.cost_of(tokens);
        record.usage.duration = self.started.elapsed();
        record.usage.outcome = outcome;
        count(&record.usage);
        self.books.record(&record);

        Some(record.usage)
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.close(Outcome::Aborted);
    }
}

/// The span of one provider call, with the attributes of OpenTelemetry's conventions for generative AI that name and count.
/// Those that would hold what was asked or answered are not among them.
pub(super) fn begin_span(model: &Model, max_tokens: u32) -> Span {
    use tracing::field::Empty;

    tracing::info_span!(
        "chat",
        otel.name = format!("chat {}", model.name),
        otel.kind = "client",
        otel.status_code = Empty,
        gen_ai.operation.name = "chat",
        gen_ai.provider.name = model.provider.name.as_str(),
        gen_ai.request.model = model.name.as_str(),
        gen_ai.request.max_tokens = max_tokens,
        gen_ai.usage.input_tokens = Empty,
        gen_ai.usage.output_tokens = Empty,
        "error.type" = Empty,
    )
}

pub(super) fn end_span(span: &Span, usage: &Usage) {
    span.record("gen_ai.usage.input_tokens", usage.input_tokens);
    span.record("gen_ai.usage.output_tokens", usage.output_tokens);

    if usage.outcome != Outcome::Ok {
        span.record("error.type", usage.outcome.as_str());
        span.record("otel.status_code", "ERROR");
    }
}

fn count(usage: &Usage) {
    let labels = [
        ("provider", usage.provider.clone()),
        ("model", usage.model.clone()),
    ];
    let outcome = usage.outcome.as_str();
    metrics::counter!("saga_llm_calls_total", "provider" => usage.provider.clone(), "model" => usage.model.clone(), "outcome" => outcome).increment(1);
    metrics::counter!("saga_llm_input_tokens_total", &labels).increment(usage.input_tokens);
    metrics::counter!("saga_llm_output_tokens_total", &labels).increment(usage.output_tokens);
    metrics::counter!("saga_llm_cost_micro_usd_total", &labels).increment(usage.cost_micro_usd);
    metrics::histogram!("saga_llm_call_seconds", &labels).record(usage.duration.as_secs_f64());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_rounded_up_to_a_whole_micro_dollar() {
        let price = Price {
            input_micro_usd_per_mtok: 5_000_000,
            output_micro_usd_per_mtok: 25_000_000,
        };

        assert_eq!(
            price.cost_of(Tokens {
                input: 1_000,
                output: 100,
                ..Tokens::default()
            }),
            5_000 + 2_500
        );

        let cheap = Price {
            input_micro_usd_per_mtok: 150_000,
            output_micro_usd_per_mtok: 0,
        };

        assert_eq!(
            cheap.cost_of(Tokens {
                input: 1,
                ..Tokens::default()
            }),
            1
        );
        assert_eq!(
            cheap.cost_of(Tokens {
                output: 9,
                ..Tokens::default()
            }),
            0
        );
    }
}
