//! The LLM gateway: one answer from the models of a class, whatever the provider. Owns routes, retries, fallbacks,
//! breakers, deadlines and accounting; `wire` alone talks to providers. It stores nothing and logs no text of a call.

mod allowance;
mod breaker;
mod config;
mod embed;
mod error;
mod estimate;
mod failure;
mod frames;
mod reach;
mod request;
mod retry;
mod sampling;
mod schema;
mod schema_cache;
mod schema_weight;
mod session;
mod structured;
mod tools;
mod usage;
mod wire;

#[cfg(any(test, feature = "testing"))]
pub mod testing;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use backon::BackoffBuilder;
use kit::clock::SharedClock;
use proto::v1::Quantities;
use tokio::time::Instant;
use tracing::Instrument;

use crate::clients::{Entitlements, PaidCall, SpendHold, Spender};
use crate::usage::AccountName;
use allowance::Allowance;
use breaker::Breaker;
use config::{Model, Routes};
use frames::Observed;
use retry::RetryPolicy;
use schema::OutputSchema;
use schema_cache::SchemaCache;
use session::Session;
use usage::{Meter, Price};
use wire::{Ask, Completion, Wire};

pub use breaker::BreakerState;
pub use config::{
    BreakerConfig, ModelConfig, ModelsConfig, ModelsConfigError, OPEN_TABLES, ProviderConfig, ProviderKind,
    RetryConfig,
};
pub use embed::{EMBEDDING_CLASS, EmbedWish, Embedded};
pub use error::LlmError;
pub use failure::{Failure, FailureKind};
pub use request::{
    Call, Event, Finish, Message, OwnKey, Reply, Request, Silent, Sink, ToolCall, ToolResult, ToolSpec, Turn,
};
pub use retry::{Jitter, Sleep};
pub use sampling::{NamedModel, Sampling, ToolUse};
pub use schema::CallerSchema;
pub use structured::REPAIRS;
pub use tools::{TOOL_ROUNDS, ToolBox};
pub use usage::{NoBooks, Outcome, Usage, UsageRecord, UsageSink};
pub use wire::{OwnConnections, PAUSE};

/// What the gateway takes from outside.
#[derive(Clone)]
pub struct GatewayDeps {
    pub clock: SharedClock,
    pub books: Arc<dyn UsageSink>,
    pub sleep: Sleep,
    pub jitter: Jitter,
    spender: Option<Spender>,
    entitlements: Option<Entitlements>,
}

impl GatewayDeps {
    /// With tokio's timer and a random jitter.
    pub fn new(clock: SharedClock, books: Arc<dyn UsageSink>) -> Self {
        Self {
            clock,
            books,
            sleep: Arc::new(|wait| Box::pin(tokio::time::sleep(wait))),
            jitter: Arc::new(rand::random::<f64>),
            spender: None,
            entitlements: None,
        }
    }

    /// The same, with every provider call reserved and settled.
    pub(crate) fn with_spender(self, spender: Option<Spender>) -> Self {
        Self { spender, ..self }
    }

    /// The same, with no more providers asked for anybody than their tier has.
    pub(crate) fn with_entitlements(self, entitlements: Entitlements) -> Self {
        Self {
            entitlements: Some(entitlements),
            ..self
        }
    }
}

/// Why a gateway could not be built.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    #[error(transparent)]
    Config(#[from] ModelsConfigError),
    #[error("no HTTPS client for the model providers")]
    Client(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Cheap to clone; clones share breakers and connections.
#[derive(Clone)]
pub struct Gateway(Arc<Inner>);

struct Inner {
    routes: Routes,
    breakers: BTreeMap<String, Arc<Breaker>>,
    retry: RetryPolicy,
    wire: Wire,
    call_timeout: Duration,
    schemas: SchemaCache,
    deps: GatewayDeps,
}

/// A request on its way through routes, tool rounds and repairs.
struct Job<'a> {
    request: Request,
    schema: Option<&'a OutputSchema>,
    tools_closed: bool,
    /// Multiplies the output tokens asked for.
    growth: u32,
}

impl Job<'_> {
    fn new(request: Request) -> Self {
        Self {
            request,
            schema: None,
            tools_closed: false,
            growth: 1,
        }
    }

    fn max_tokens(&self, model: &Model) -> u32 {
        let asked = self.request.max_tokens.unwrap_or(model.config.max_tokens);
        asked
            .saturating_mul(self.growth)
            .clamp(1, model.config.max_tokens_limit)
    }
}

impl Gateway {
    pub fn new(config: &ModelsConfig, deps: GatewayDeps) -> Result<Self, GatewayError> {
        let routes = config.routes()?;
        let breaker = |name: &str| {
            let breaker = Breaker::new(name, &config.breaker, Arc::clone(&deps.clock));
            (name.to_owned(), breaker)
        };
        let breakers = routes.providers().into_iter().map(breaker).collect();

        Ok(Self(Arc::new(Inner {
            breakers,
            retry: RetryPolicy::new(&config.retry),
            wire: Wire::new(config, Arc::clone(&deps.clock)).map_err(GatewayError::Client)?,
            call_timeout: config.call_timeout(),
            schemas: SchemaCache::default(),
            routes,
            deps,
        })))
    }

    /// Whether any model of the class has a configured provider. If not, the offline author does the job.
    pub fn available(&self, class: &str) -> bool {
        !self.0.routes.models_of(class).is_empty()
    }

    /// The providers that callers may bring a key of their own for, of the models of a class.
    pub fn list_key_takers(&self, class: &str) -> Vec<&str> {
        self.0.routes.providers_of(class).into_iter().collect()
    }

    /// The models of the class in the order they are tried, each `provider/model`.
    pub fn models(&self, class: &str) -> Vec<String> {
        self.0
            .routes
            .models_of(class)
            .iter()
            .map(|model| model.id.clone())
            .collect()
    }

    /// Every provider in use and the state of its breaker.
    pub fn providers(&self) -> Vec<(String, BreakerState)> {
        self.0
            .breakers
            .iter()
            .map(|(name, breaker)| (name.clone(), breaker.state()))
            .collect()
    }

    /// One complete answer. It ends with the provider's last event and a reason to stop, or it is an error: an answer
    /// cut short is never returned.
    pub async fn complete(
        &self,
        call: &Call,
        request: Request,
        sink: &mut dyn Sink,
    ) -> Result<Reply, LlmError> {
        let mut session = Session::new(sink);
        let mut reply = self.answer(call, &Job::new(request), &mut session).await?;
        reply.usage = session.spent;
        Ok(reply)
    }

    async fn answer(&self, call: &Call, job: &Job<'_>, session: &mut Session<'_>) -> Result<Reply, LlmError> {
        let timeout = Instant::now() + self.0.call_timeout;
        let deadline = call.deadline.map_or(timeout, |deadline| deadline.min(timeout));
        within(
            call,
            Some(deadline),
            // Boxed: it is what is large of a call, and moves otherwise leave room for it several times over.
            Box::pin(self.over_routes(call, job, deadline, session)),
        )
        .await?
    }

    /// Tries the models of the class in order, until one answers or one fails in a way that another cannot mend.
    async fn over_routes(
        &self,
        call: &Call,
        job: &Job<'_>,
        deadline: Instant,
        session: &mut Session<'_>,
    ) -> Result<Reply, LlmError> {
        let routes = &self.0.routes;
        let own: Vec<Arc<Model>>;
        let route = match (&call.own_key, &job.request.sampling.model) {
            (Some(key), Some(name)) => {
                own = routes.find_named_with(name, key);
                own.as_slice()
            }
            (Some(key), None) => {
                own = routes.models_with(&job.request.class, key);
                own.as_slice()
            }
            (None, Some(name)) => routes.find_named(name).unwrap_or_default(),
            (None, None) => routes.models_of(&job.request.class),
        };
        let reach = self.find_reach(call, &job.request.sampling, route).await;
        let mut told: Option<LlmError> = None;
        for (index, model) in route.iter().enumerate().skip(session.first_route) {
            if !reach.has(model) {
                continue;
            }
            let has_fallback = route.iter().skip(index + 1).any(|model| reach.has(model));
            match self
                .with_retries(call, job, model, (deadline, has_fallback), session)
                .await
            {
                Ok(answer) => {
                    session.first_route = index;
                    return reply(model, job, answer);
                }
                Err(failure) => {
                    tracing::warn!(model = %model.id, class = %job.request.class, has_fallback, "model failed: {failure}");
                    let ends = !failure.kind.allows_fallback();
                    let error = LlmError::from_failure(&model.id, session.calls, failure);
                    if ends {
                        return Err(error);
                    }
                    told = Some(more_telling(told, error));
                }
            }
        }

        Err(told.unwrap_or_else(|| LlmError::NotConfigured {
            class: job.request.class.clone(),
        }))
    }

    /// Asks one model, again while its failures may pass and a wait pays.
    async fn with_retries(
        &self,
        call: &Call,
        job: &Job<'_>,
        model: &Arc<Model>,
        (deadline, has_fallback): (Instant, bool),
        session: &mut Session<'_>,
    ) -> Result<Completion, Failure> {
        // A key that is refused or used up says nothing of the provider, and closes it for nobody else.
        let breaker = match &call.own_key {
            Some(_) => None,
            None => {
                let breaker = self.0.breakers.get(&model.provider.name);
                Some(breaker.ok_or_else(|| Failure::new(FailureKind::Rejected))?)
            }
        };
        let mut delays = self.0.retry.delays(Arc::clone(&self.0.deps.jitter)).build();

        loop {
            let failure = match self.attempt(call, job, model, breaker, session).await {
                Err(failure)
                    if failure.kind.is_transient()
                        && breaker.is_none_or(|breaker| breaker.state() != BreakerState::Open) =>
                {
                    failure
                }
                ended => return ended,
            };

            let remaining = deadline.saturating_duration_since(Instant::now());
            let Some(wait) = self
                .0
                .retry
                .wait(&failure, delays.next(), remaining, has_fallback)
            else {
                return Err(failure);
            };

            metrics::counter!("saga_llm_retries_total", "provider" => model.provider.name.clone())
                .increment(1);
            tracing::info!(model = %model.id, wait_ms = wait.as_millis(), "asking again: {failure}");
            (self.0.deps.sleep)(wait).await;
        }
    }

    async fn attempt(
        &self,
        call: &Call,
        job: &Job<'_>,
        model: &Arc<Model>,
        breaker: Option<&Arc<Breaker>>,
        session: &mut Session<'_>,
    ) -> Result<Completion, Failure> {
        let most = Quantities {
            input_tokens: estimate::count_most_input(&job.request, job.schema),
            output_tokens: job.max_tokens(model).into(),
            ..Quantities::default()
        };
        let observed = Arc::new(Observed::begin(most.input_tokens));
        let first = allowance::find_first(&job.request, model, most);
        let held = self
            .reserve(call, (model, &job.request.class), first, &observed)
            .await?;
        let mut allowance = Allowance::new(held.as_ref(), model, first, most.output_tokens);
        let permit = breaker.map(|breaker| breaker.acquire()).transpose();
        let permit = permit.map_err(|wait| Failure {
            retry_after: Some(wait),
            ..Failure::new(FailureKind::BreakerOpen)
        })?;
        session.begin_call().await;

        let names = (model.provider.name.as_str(), model.name.as_str());
        let price = match &call.own_key {
            Some(_) => Price::NOTHING,
            None => model.price(),
        };
        let meter = Meter::start(
            Arc::clone(&self.0.deps.books),
            call,
            names,
            price,
            Arc::clone(&observed),
        );

        let own_of_call = OwnConnections::default();
        let own = call.own_connections.as_ref();
        let ask = Ask {
            model,
            request: &job.request,
            schema: job.schema,
            tools_closed: job.tools_closed,
            max_tokens: job.max_tokens(model),
            own: own.or(call.own_key.as_ref().map(|_| &own_of_call)),
        };
        let span = usage::begin_span(model, job.max_tokens(model));
        let asked = Box::pin(self.0.wire.ask(&ask, &observed, &mut allowance, session));
        let asked = asked.instrument(span.clone());
        let answer = match &held {
            Some(held) => held.keep_during(asked).await,
            None => asked.await,
        };
        let outcome = match &answer {
            Ok(answer) if answer.truncated => Outcome::Truncated,
            Ok(_) => Outcome::Ok,
            Err(failure) if failure.kind == FailureKind::Refused => Outcome::Refused,
            Err(_) => Outcome::Failed,
        };

        match (permit, &answer) {
            (Some(permit), Err(failure)) if failure.kind.is_transient() => permit.failed(),
            (Some(permit), _) => permit.succeeded(),
            (None, _) => {}
        }

        if let Some(usage) = meter.finish(outcome) {
            usage::end_span(&span, &usage);
            session.spend(usage).await;
        }
        match held {
            // The next call of a chat begins with somebody waiting for its first word.
            Some(held) if call.own_connections.is_some() => held.settle_soon().await,
            Some(held) => held.settle().await,
            None => {}
        }

        answer
    }

    /// Room in every budget that is over the call; nothing where none are kept, or where the caller pays the provider.
    async fn reserve(
        &self,
        call: &Call,
        (model, class): (&Model, &str),
        most: Quantities,
        observed: &Arc<Observed>,
    ) -> Result<Option<SpendHold>, Failure> {
        let Some(spender) = self.0.deps.spender.as_ref().filter(|_| call.own_key.is_none()) else {
            return Ok(None);
        };
        let Some(name) = AccountName::parse(&call.user) else {
            return Err(Failure::new(FailureKind::Rejected));
        };

        let paid = PaidCall {
            provider: &model.provider.name,
            model: &model.name,
            class,
        };
        let counted = Arc::clone(observed);
        let meter = Arc::new(move || counted.tokens().quantities());
        let held = spender.reserve(name.account(call.key), paid, (most, meter)).await;

        held.map(Some).map_err(Failure::new_unaffordable)
    }
}

/// Runs the future until it ends, the call is cancelled or the deadline comes.
async fn within<F: Future>(call: &Call, deadline: Option<Instant>, future: F) -> Result<F::Output, LlmError> {
    let deadline = deadline.or(call.deadline);
    let timeout = async {
        match deadline {
            Some(deadline) => tokio::time::sleep_until(deadline).await,
            None => std::future::pending().await,
        }
    };

    tokio::select! {
        biased;
        () = call.cancel.cancelled() => Err(LlmError::Cancelled),
        output = future => Ok(output),
        () = timeout => Err(LlmError::DeadlineExceeded),
    }
}

fn reply(model: &Model, job: &Job<'_>, answer: Completion) -> Result<Reply, LlmError> {
    if answer.truncated && !job.request.sampling.keeps_truncated {
        return Err(LlmError::Truncated {
            model: model.id.clone(),
            max_tokens: job.max_tokens(model),
            most: model.config.max_tokens_limit,
        });
    }

    let finish = match answer.turn.tool_calls.is_empty() {
        _ if answer.truncated => Finish::Length,
        true => Finish::Stop,
        false => Finish::ToolCalls,
    };

    Ok(Reply {
        turn: answer.turn,
        finish,
        model: model.id.clone(),
        cut: answer.cut,
        usage: Vec::new(),
    })
}

/// Of the failures along a route, the one that says most: a provider that was really asked and may come back, over a
/// closed door or a missing model.
fn more_telling(earlier: Option<LlmError>, later: LlmError) -> LlmError {
    fn weight(error: &LlmError) -> u8 {
        match error {
            LlmError::Unavailable { cause, .. } if cause.kind != FailureKind::BreakerOpen => 2,
            LlmError::Unavailable { .. } => 1,
            _ => 0,
        }
    }

    match earlier {
        Some(earlier) if weight(&earlier) > weight(&later) => earlier,
        _ => later,
    }
}

#[cfg(test)]
mod tests;
