//! Texts as vectors, by the models of the route `embedding` or by one that is named: with their fallbacks, breakers and
//! accounting. A model that fails is not asked again here: texts lose nothing when their sender sends them once more.

use std::sync::Arc;

use proto::v1::Quantities;
use tokio::time::Instant;

use super::config::Model;
use super::error::LlmError;
use super::estimate::count_text;
use super::failure::{Failure, FailureKind};
use super::frames::Observed;
use super::request::Call;
use super::sampling::Sampling;
use super::usage::{Meter, Outcome};
use super::{Gateway, more_telling, within};

/// The route of those who turn texts into vectors.
pub const EMBEDDING_CLASS: &str = "embedding";

/// What is to be turned into vectors, and by whom.
#[derive(Debug, Clone, Default)]
pub struct EmbedWish {
    /// This one alone; else the route's.
    pub model: Option<String>,
    pub texts: Vec<String>,
    pub dimensions: Option<u32>,
}

/// Vectors in the order of their texts.
#[derive(Debug, Clone)]
pub struct Embedded {
    pub vectors: Vec<Vec<f32>>,
    /// `provider/model` that made them.
    pub model: String,
    pub input_tokens: u64,
}

impl Gateway {
    /// Whether a model of the route has a configured provider.
    pub fn can_embed(&self) -> bool {
        !self.0.routes.of_class(EMBEDDING_CLASS).is_empty()
    }

    /// A vector for each text.
    pub async fn embed(&self, call: &Call, wish: &EmbedWish) -> Result<Embedded, LlmError> {
        let route = match &wish.model {
            Some(name) => self.0.routes.find_named(name).unwrap_or_default(),
            None => self.0.routes.of_class(EMBEDDING_CLASS),
        };
        let timeout = Instant::now() + self.0.call_timeout;
        let deadline = call.deadline.map_or(timeout, |deadline| deadline.min(timeout));

        within(call, Some(deadline), self.embed_by(call, route, wish)).await?
    }

    async fn embed_by(
        &self,
        call: &Call,
        route: &[Arc<Model>],
        wish: &EmbedWish,
    ) -> Result<Embedded, LlmError> {
        let sampling = Sampling {
            model: wish.model.clone(),
            ..Sampling::default()
        };
        let reach = self.find_reach(call, &sampling, route).await;
        let mut told: Option<LlmError> = None;
        for (index, model) in route.iter().enumerate().filter(|(_, model)| reach.has(model)) {
            let failure = match self.embed_once(call, model, wish).await {
                Ok(embedded) => return Ok(embedded),
                Err(failure) => failure,
            };

            tracing::warn!(model = %model.id, "an embedding failed: {failure}");
            let ends = !failure.kind.allows_fallback();
            let asked = u32::try_from(index + 1).unwrap_or(u32::MAX);
            let error = LlmError::from_failure(&model.id, asked, failure);
            if ends {
                return Err(error);
            }
            told = Some(more_telling(told, error));
        }

        Err(told.unwrap_or_else(|| LlmError::NotConfigured {
            class: EMBEDDING_CLASS.to_owned(),
        }))
    }

    async fn embed_once(&self, call: &Call, model: &Model, wish: &EmbedWish) -> Result<Embedded, Failure> {
        let Some(breaker) = self.0.breakers.get(&model.provider.name) else {
            return Err(Failure::new(FailureKind::Rejected));
        };
        let permit = breaker.acquire().map_err(|wait| Failure {
            retry_after: Some(wait),
            ..Failure::new(FailureKind::BreakerOpen)
        })?;

        let observed = Arc::new(Observed::default());
        let most = Quantities {
            input_tokens: wish.texts.iter().map(|text| count_text(text)).sum(),
            ..Quantities::default()
        };
        let held = self
            .reserve(call, (model, EMBEDDING_CLASS), most, &observed)
            .await?;

        let names = (model.provider.name.as_str(), model.name.as_str());
        let books = Arc::clone(&self.0.deps.books);
        let meter = Meter::start(books, call, names, model.price(), Arc::clone(&observed));

        let answer = self
            .0
            .wire
            .embed(model, &wish.texts, wish.dimensions, &observed)
            .await;
        match &answer {
            Err(failure) if failure.kind.is_transient() => permit.failed(),
            _ => permit.succeeded(),
        }

        let outcome = match &answer {
            Ok(_) => Outcome::Ok,
            Err(_) => Outcome::Failed,
        };
        let used = meter.finish(outcome);
        if let Some(held) = held {
            held.settle().await;
        }

        Ok(Embedded {
            vectors: answer?,
            model: model.id.clone(),
            input_tokens: used.map_or(0, |usage| usage.input_tokens),
        })
    }
}
