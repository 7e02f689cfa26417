//! What a budget is, whom it binds and in which stretch of time it counts. Pure.

use chrono::{DateTime, Datelike, Months, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use super::prices::Spent;

/// A word that a column or a message has and that is none of ours.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no word of a budget")]
pub(crate) struct UnknownWord(String);

/// Over whose calls a budget is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BudgetScope {
    Key,
    User,
    Team,
    Installation,
}

/// In which stretch of time it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BudgetPeriod {
    Day,
    Month,
    Total,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BudgetUnit {
    MicroUsd,
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
}

impl BudgetPeriod {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
            Self::Total => "total",
        }
    }

    /// When the period in which `at` lies began.
    pub(crate) fn find_start(self, at: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Day => midnight(at.date_naive()),
            Self::Month => midnight(at.date_naive().with_day(1).unwrap_or(at.date_naive())),
            Self::Total => DateTime::UNIX_EPOCH,
        }
    }

    /// When the period in which `at` lies ends; never for a total.
    pub(crate) fn find_end(self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let start = self.find_start(at);
        match self {
            Self::Day => Some(start + TimeDelta::days(1)),
            Self::Month => start.checked_add_months(Months::new(1)),
            Self::Total => None,
        }
    }
}

impl BudgetUnit {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::MicroUsd => "micro_usd",
            Self::Tokens => "tokens",
        }
    }

    /// How much of a budget a call takes, as its counter counts.
    pub(crate) fn measure(self, spent: Spent) -> i64 {
        match self {
            Self::MicroUsd => spent.cost,
            Self::Tokens => spent.tokens,
        }
    }

    /// An amount as a counter counts: tokens, or money in millionths of millionths.
    pub(crate) fn count(self, amount: i64) -> i64 {
        match self {
            Self::MicroUsd => amount.saturating_mul(COUNTED_PER_MICRO_USD),
            Self::Tokens => amount,
        }
    }

    /// What a counter counted, in this unit, rounded up.
    pub(crate) fn show(self, counted: i64) -> u64 {
        let counted = u64::try_from(counted).unwrap_or_default();
        match self {
            Self::MicroUsd => counted.div_ceil(COUNTED_PER_MICRO_USD.unsigned_abs()),
            Self::Tokens => counted,
        }
    }
}

/// Costs are kept exactly: a price for a million tokens is in millionths of a dollar, so one token's is in millionths of those.
pub(crate) const COUNTED_PER_MICRO_USD: i64 = 1_000_000;

impl TryFrom<String> for BudgetScope {
    type Error = UnknownWord;

    fn try_from(text: String) -> Result<Self, UnknownWord> {
        let all = [Self::Key, Self::User, Self::Team, Self::Installation];
        let found = all.into_iter().find(|scope| scope.as_str() == text);
        found.ok_or(UnknownWord(text))
    }
}

impl TryFrom<String> for BudgetPeriod {
    type Error = UnknownWord;

    fn try_from(text: String) -> Result<Self, UnknownWord> {
        let all = [Self::Day, Self::Month, Self::Total];
        let found = all.into_iter().find(|period| period.as_str() == text);
        found.ok_or(UnknownWord(text))
    }
}

impl TryFrom<String> for BudgetUnit {
    type Error = UnknownWord;

    fn try_from(text: String) -> Result<Self, UnknownWord> {
        let all = [Self::MicroUsd, Self::Tokens];
        let found = all.into_iter().find(|unit| unit.as_str() == text);
        found.ok_or(UnknownWord(text))
    }
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(chrono::NaiveTime::MIN).and_utc()
}

/// Whose call it is, what of, and what for.
#[derive(Clone, Debug)]
pub(crate) struct SpendCall {
    pub(crate) id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) key_id: Option<Uuid>,
    pub(crate) team_id: Option<Uuid>,
    pub(crate) provider: String,
    pub(crate) model: String,
    pub(crate) model_class: String,
}

/// `codestory` is over `codestory.intent`, too.
pub(crate) fn is_class_within(class: &str, of: &str) -> bool {
    match class.strip_prefix(of) {
        Some(rest) => rest.is_empty() || rest.starts_with('.'),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn periods_begin_at_midnight_and_on_the_first() {
        let now = at("2028-02-29T23:59:59.999999Z");
        assert_eq!(BudgetPeriod::Day.find_start(now), at("2028-02-29T00:00:00Z"));
        assert_eq!(BudgetPeriod::Day.find_end(now), Some(at("2028-03-01T00:00:00Z")));
        assert_eq!(BudgetPeriod::Month.find_start(now), at("2028-02-01T00:00:00Z"));
        assert_eq!(
            BudgetPeriod::Month.find_end(now),
            Some(at("2028-03-01T00:00:00Z"))
        );
        assert_eq!(
            BudgetPeriod::Month.find_end(at("2028-12-31T00:00:00Z")),
            Some(at("2029-01-01T00:00:00Z"))
        );
        assert_eq!(BudgetPeriod::Total.find_end(now), None);
    }

    #[test]
    fn a_class_is_over_those_that_begin_with_it_at_a_point() {
        assert!(is_class_within("codestory", "codestory"));
        assert!(is_class_within("codestory.intent", "codestory"));
        assert!(!is_class_within("codestoryteller", "codestory"));
        assert!(!is_class_within("codestory", "codestory.intent"));
    }

    #[test]
    fn what_was_counted_is_shown_rounded_up_and_an_amount_is_exact() {
        assert_eq!(BudgetUnit::MicroUsd.count(7), 7_000_000);
        assert_eq!(BudgetUnit::MicroUsd.show(7_000_000), 7);
        assert_eq!(BudgetUnit::MicroUsd.show(7_000_001), 8);
        assert_eq!(BudgetUnit::Tokens.show(7), 7);
    }
}
