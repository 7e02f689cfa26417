//! What calls cost, as data: `deploy/config/prices.toml`, by date. Read and checked once, at start. Costs are exact.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use crate::config::BillingConfig;

const EMBEDDED: &str = include_str!("../../../deploy/config/prices.toml");

/// Stands for all models of a provider.
const ANY: &str = "*";

/// No price is higher: a thousand dollars for a token of each kind would still be counted exactly.
const MOST: u64 = 1_000_000_000_000;

/// How much of each kind a call uses. Kinds do not overlap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Quantities {
    pub(crate) input: u64,
    pub(crate) cached_input: u64,
    pub(crate) output: u64,
    pub(crate) reasoning: u64,
    pub(crate) audio: u64,
    pub(crate) characters: u64,
}

/// What a call takes of budgets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spent {
    pub(crate) tokens: i64,
    /// Millionths of millionths of a US dollar.
    pub(crate) cost: i64,
}

impl Quantities {
    /// Of all kinds that are tokens.
    pub(crate) fn count_tokens(&self) -> i64 {
        let kinds = [
            self.input,
            self.cached_input,
            self.output,
            self.reasoning,
            self.audio,
        ];
        let sum = kinds.into_iter().fold(0, u64::saturating_add);
        i64::try_from(sum).unwrap_or(i64::MAX)
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceEntry {
    provider: String,
    model: String,
    from: NaiveDate,
    #[serde(default)]
    input: u64,
    cached_input: Option<u64>,
    #[serde(default)]
    output: u64,
    reasoning: Option<u64>,
    #[serde(default)]
    audio: u64,
    #[serde(default)]
    characters: u64,
}

impl PriceEntry {
    fn is_of(&self, provider: &str, model: &str) -> bool {
        self.provider == provider && self.model == model
    }

    fn find_cost(&self, used: &Quantities) -> i64 {
        let rows = [
            (used.input, self.input),
            (used.cached_input, self.cached_input.unwrap_or(self.input)),
            (used.output, self.output),
            (used.reasoning, self.reasoning.unwrap_or(self.output)),
            (used.audio, self.audio),
            (used.characters, self.characters),
        ];
        let exact = rows.into_iter().fold(0_u128, |sum, (count, price)| {
            sum.saturating_add(u128::from(count) * u128::from(price))
        });

        i64::try_from(exact).unwrap_or(i64::MAX)
    }

    fn list_prices(&self) -> [u64; 6] {
        [
            self.input,
            self.cached_input.unwrap_or_default(),
            self.output,
            self.reasoning.unwrap_or_default(),
            self.audio,
            self.characters,
        ]
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceFile {
    prices: Vec<PriceEntry>,
}

/// Every price, the newest first.
#[derive(Clone, Debug)]
pub(crate) struct PriceList(Vec<PriceEntry>);

impl PriceList {
    /// What the configuration names, or else what is compiled in.
    pub(crate) fn load(config: &BillingConfig) -> Result<Self, Vec<String>> {
        let path = &config.model_prices_file;
        if path.as_os_str().is_empty() {
            return Self::parse(EMBEDDED);
        }

        let text = std::fs::read_to_string(path)
            .map_err(|error| vec![format!("`billing.model_prices_file` {}: {error}", path.display())])?;
        Self::parse(&text)
    }

    pub(crate) fn parse(text: &str) -> Result<Self, Vec<String>> {
        let file: PriceFile = toml::from_str(text).map_err(|error| vec![format!("prices: {error}")])?;
        let mut entries = file.prices;

        let mut problems = Vec::new();
        for (at, entry) in entries.iter().enumerate() {
            let name = format!("{}/{} from {}", entry.provider, entry.model, entry.from);
            if entry.list_prices().iter().any(|price| *price > MOST) {
                problems.push(format!("prices: one of {name} is above {MOST}"));
            }
            let twice = entries[..at]
                .iter()
                .any(|other| other.is_of(&entry.provider, &entry.model) && other.from == entry.from);
            if twice {
                problems.push(format!("prices: {name} is there twice"));
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }

        entries.sort_by_key(|entry| std::cmp::Reverse(entry.from));
        Ok(Self(entries))
    }

    /// What a call takes that began at `at`. A provider that nobody has priced, such as a server of one's own, costs nothing.
    pub(crate) fn find_spent(
        &self,
        (provider, model): (&str, &str),
        at: DateTime<Utc>,
        used: &Quantities,
    ) -> Spent {
        let day = at.date_naive();
        let valid = |model: &str| {
            let mut entries = self.0.iter();
            entries.find(|entry| entry.from <= day && entry.is_of(provider, model))
        };
        let entry = valid(model).or_else(|| valid(ANY));

        Spent {
            tokens: used.count_tokens(),
            cost: entry.map_or(0, |entry| entry.find_cost(used)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO_DATES: &str = r#"
        [[prices]]
        provider = "p"
        model = "m"
        from = "2026-01-01"
        input = 3_000_000
        cached_input = 300_000
        output = 15_000_000
        reasoning = 20_000_000
        audio = 40_000_000
        characters = 1

        [[prices]]
        provider = "p"
        model = "m"
        from = "2026-06-01"
        input = 1

        [[prices]]
        provider = "p"
        model = "*"
        from = "2026-01-01"
        output = 7
    "#;

    fn find_cost(model: &str, at: &str, used: Quantities) -> i64 {
        let list = PriceList::parse(TWO_DATES).unwrap();
        list.find_spent(("p", model), at.parse().unwrap(), &used).cost
    }

    #[test]
    fn each_kind_has_its_own_price_and_the_sum_is_exact() {
        let used = Quantities {
            input: 1,
            cached_input: 10,
            output: 100,
            reasoning: 1_000,
            audio: 10_000,
            characters: 7,
        };
        let exact = 3_000_000 + 3_000_000 + 1_500_000_000 + 20_000_000_000 + 400_000_000_000 + 7;
        assert_eq!(find_cost("m", "2026-05-31T23:59:59Z", used), exact);
        assert_eq!(used.count_tokens(), 11_111);
    }

    #[test]
    fn a_call_costs_what_was_valid_on_its_day() {
        let used = Quantities {
            input: 2,
            output: 1,
            ..Quantities::default()
        };
        assert_eq!(find_cost("m", "2026-05-31T23:59:59Z", used), 21_000_000);
        assert_eq!(find_cost("m", "2026-06-01T00:00:00Z", used), 2);
        // Before there was a price of its own or of its provider's.
        assert_eq!(find_cost("m", "2025-12-31T00:00:00Z", used), 0);
        assert_eq!(find_cost("another", "2026-06-01T00:00:00Z", used), 7);
    }

    #[test]
    fn cached_input_costs_as_input_and_reasoning_as_output_where_nothing_else_is_said() {
        let list =
            PriceList::parse("[[prices]]\nprovider='p'\nmodel='m'\nfrom='2026-01-01'\ninput=3\noutput=5");
        let used = Quantities {
            cached_input: 1,
            reasoning: 1,
            ..Quantities::default()
        };
        let spent = list
            .unwrap()
            .find_spent(("p", "m"), "2026-02-01T00:00:00Z".parse().unwrap(), &used);
        assert_eq!((spent.cost, spent.tokens), (8, 2));
    }

    #[test]
    fn what_is_compiled_in_can_be_read_and_prices_the_models_of_the_routes() {
        let list = PriceList::load_embedded();
        let at = "2026-11-01T00:00:00Z".parse().unwrap();
        let used = Quantities {
            input: 1_000_000,
            ..Quantities::default()
        };
        for (provider, model, dollars) in [
            ("anthropic", "claude-opus-4-5-20251101", 5_000_000),
            ("openai", "gpt-4o", 2_500_000),
            ("gemini", "gemini-2.5-pro", 1_250_000),
            ("compatible", "llama", 0),
        ] {
            let spent = list.find_spent((provider, model), at, &used);
            assert_eq!(spent.cost / 1_000_000, dollars, "{provider}");
        }
    }

    #[test]
    fn a_file_that_can_not_be_meant_is_refused_with_all_that_is_wrong() {
        let entry = "[[prices]]\nprovider='p'\nmodel='m'\nfrom='2026-01-01'\ninput=2_000_000_000_000\n";
        let problems = PriceList::parse(&format!("{entry}{entry}")).unwrap_err();
        assert_eq!(problems.len(), 3, "{problems:?}");

        for text in [
            "",
            &entry.replace("input", "inputs"),
            &entry.replace("01-01", "13-01"),
        ] {
            assert!(PriceList::parse(text).is_err(), "{text}");
        }
    }

    impl PriceList {
        fn load_embedded() -> Self {
            Self::parse(EMBEDDED).unwrap()
        }
    }
}
