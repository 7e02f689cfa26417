//! What was used, and budgets over it.

use async_graphql::{Enum, SimpleObject};
use proto::v1;

use super::known_time;
use crate::graphql::scalar::{DateTime, Id};

/// Over whose calls a budget is.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum BudgetScope {
    /// Calls that come with one API key.
    Key,
    /// Calls of one account.
    User,
    /// Calls of one team.
    Team,
    /// All calls on this server.
    Installation,
}

/// In which stretch of time a budget counts.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum BudgetPeriod {
    /// A day in UTC.
    Day,
    /// A calendar month in UTC.
    Month,
    /// All time, without a new beginning.
    Total,
}

/// What a budget counts.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum BudgetUnit {
    /// Millionths of a US dollar.
    MicroUsd,
    /// Tokens that models read and wrote.
    Tokens,
}

impl BudgetScope {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::User => "user",
            Self::Team => "team",
            Self::Installation => "installation",
        }
    }

    fn read(word: &str) -> Self {
        let narrow = [Self::Key, Self::User, Self::Team];
        let found = narrow.into_iter().find(|scope| scope.as_str() == word);
        found.unwrap_or(Self::Installation)
    }
}

impl BudgetPeriod {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
            Self::Total => "total",
        }
    }

    fn read(word: &str) -> Self {
        let bounded = [Self::Day, Self::Month];
        let found = bounded.into_iter().find(|period| period.as_str() == word);
        found.unwrap_or(Self::Total)
    }
}

impl BudgetUnit {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::MicroUsd => "micro_usd",
            Self::Tokens => "tokens",
        }
    }

    fn read(word: &str) -> Self {
        match word {
            "tokens" => Self::Tokens,
            _ => Self::MicroUsd,
        }
    }
}

/// A bound for what calls of models and voices may use. Of several the strictest counts.
#[derive(SimpleObject)]
pub(crate) struct Budget {
    /// The id that changes and deletes it.
    id: Id<'static>,
    /// Over whose calls it is.
    scope: BudgetScope,
    /// The id of the key, the user or the team; null for the installation.
    subject: Option<String>,
    /// The class of agents that it is over, such as `codestory`; null for all.
    model_class: Option<String>,
    /// What it counts: money or tokens.
    unit: BudgetUnit,
    /// How much there is in a period.
    amount: f64,
    /// In which stretch of time it counts.
    period: BudgetPeriod,
    /// Whether it refuses what there is no room for; else it only tells.
    hard: bool,
    /// How much is used in this period, what is reserved for calls under way included.
    used: f64,
    /// When its next period begins; null for one that never does.
    resets_at: Option<DateTime<'static>>,
    /// The share of it that was told: 80 or 100 percent, else 0.
    alerted_percent: u32,
    /// Whether you may change it.
    own: bool,
}

/// GraphQL has no larger integer, and a double tells apart what anybody has.
#[expect(clippy::cast_precision_loss, reason = "nobody has so many tokens")]
const fn number(count: u64) -> f64 {
    count as f64
}

impl From<v1::Budget> for Budget {
    fn from(budget: v1::Budget) -> Self {
        Self {
            id: budget.id.into(),
            scope: BudgetScope::read(&budget.scope),
            subject: Some(budget.subject).filter(|subject| !subject.is_empty()),
            model_class: budget.model_class,
            unit: BudgetUnit::read(&budget.unit),
            amount: number(budget.amount),
            period: BudgetPeriod::read(&budget.period),
            hard: budget.hard,
            used: number(budget.used),
            resets_at: budget.resets_at.as_ref().map(|at| known_time(Some(at))),
            alerted_percent: budget.alerted_percent,
            own: budget.own,
        }
    }
}

/// What you used in a calendar month.
#[derive(SimpleObject)]
pub(crate) struct MonthUsage {
    /// The first moment of the month, in UTC.
    period_start: DateTime<'static>,
    /// The first moment of the next one.
    period_end: DateTime<'static>,
    /// The tokens of models.
    tokens_used: f64,
    /// How many your tier has; null where there is no limit.
    token_limit: Option<f64>,
    /// What it cost, in millionths of a US dollar.
    cost_micro_usd: f64,
    /// How often a provider was asked.
    calls: f64,
    /// The same by model, the most expensive first.
    models: Vec<ModelSpend>,
}

/// What you used of one model or voice.
#[derive(SimpleObject)]
pub(crate) struct ModelSpend {
    /// Who has the model.
    provider: String,
    /// The model's name there.
    model: String,
    /// How often it was asked.
    calls: f64,
    /// Tokens that the model read.
    input_tokens: f64,
    /// What it read and had in its cache.
    cached_input_tokens: f64,
    /// Tokens that the model wrote.
    output_tokens: f64,
    /// Tokens that the model thought with, which are not in its answer.
    reasoning_tokens: f64,
    /// What it heard or said.
    audio_tokens: f64,
    /// The characters that a voice spoke.
    characters: f64,
    /// What it cost, in millionths of a US dollar.
    cost_micro_usd: f64,
}

impl From<v1::Usage> for MonthUsage {
    fn from(usage: v1::Usage) -> Self {
        Self {
            period_start: known_time(usage.period_start.as_ref()),
            period_end: known_time(usage.period_end.as_ref()),
            tokens_used: number(usage.tokens_used),
            token_limit: usage.token_limit.map(number),
            cost_micro_usd: number(usage.cost_micro_usd),
            calls: number(usage.calls),
            models: usage.models.into_iter().map(ModelSpend::from).collect(),
        }
    }
}

impl From<v1::ModelUsage> for ModelSpend {
    fn from(row: v1::ModelUsage) -> Self {
        let used = row.quantities.unwrap_or_default();

        Self {
            provider: row.provider,
            model: row.model,
            calls: number(row.calls),
            input_tokens: number(used.input_tokens),
            cached_input_tokens: number(used.cached_input_tokens),
            output_tokens: number(used.output_tokens),
            reasoning_tokens: number(used.reasoning_tokens),
            audio_tokens: number(used.audio_tokens),
            characters: number(used.characters),
            cost_micro_usd: number(row.cost_micro_usd),
        }
    }
}
