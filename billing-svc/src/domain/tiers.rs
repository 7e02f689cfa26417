//! What tiers contain, as data: `deploy/config/tiers.toml`, by version. Read and checked once, at start.

use std::collections::BTreeSet;

use kit::actor::Tier;
use serde::Deserialize;

use crate::config::BillingConfig;

const EMBEDDED: &str = include_str!("../../../deploy/config/tiers.toml");

/// By contract 1 GB is 1024³ bytes, which favours who pays.
const GB: u64 = 1 << 30;

/// Something that a tier has or has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Feature {
    Analytics,
    Backup,
    Batch,
    Byok,
    Sso,
}

impl Feature {
    pub(crate) const ALL: [Self; 5] = [Self::Analytics, Self::Backup, Self::Batch, Self::Byok, Self::Sso];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Analytics => "analytics",
            Self::Backup => "backup",
            Self::Batch => "batch",
            Self::Byok => "byok",
            Self::Sso => "sso",
        }
    }

    pub(crate) fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|feature| feature.as_str() == name)
    }
}

/// What one tier contains. `None` is no limit.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TierContents {
    pub(crate) requests_per_minute: u32,
    pub(crate) agents: Option<u32>,
    pub(crate) providers: Option<u32>,
    backup_gb: Option<u64>,
    pub(crate) tokens_per_month: Option<u64>,
    pub(crate) features: BTreeSet<Feature>,
}

impl TierContents {
    pub(crate) fn backup_bytes(&self) -> Option<u64> {
        self.backup_gb.map(|gb| gb.saturating_mul(GB))
    }

    /// Nobody is capped by a product that is not sold; how often somebody may ask is no matter of price alone.
    pub(crate) fn uncapped(&self) -> Self {
        Self {
            requests_per_minute: self.requests_per_minute,
            agents: None,
            providers: None,
            backup_gb: None,
            tokens_per_month: None,
            features: Feature::ALL.into(),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TierTable {
    free: TierContents,
    pro: TierContents,
    power: TierContents,
    team: TierContents,
}

/// All tiers as they were sold at one time.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TierVersion {
    pub(crate) number: u32,
    tiers: TierTable,
}

impl TierVersion {
    pub(crate) const fn find(&self, tier: Tier) -> &TierContents {
        match tier {
            Tier::Free => &self.tiers.free,
            Tier::Pro => &self.tiers.pro,
            Tier::Power => &self.tiers.power,
            Tier::Team => &self.tiers.team,
        }
    }

    /// The least tier that has the feature.
    pub(crate) fn find_least(&self, feature: Feature) -> Option<Tier> {
        TIERS
            .into_iter()
            .find(|tier| self.find(*tier).features.contains(&feature))
    }
}

/// From least to most.
pub(crate) const TIERS: [Tier; 4] = [Tier::Free, Tier::Pro, Tier::Power, Tier::Team];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TierFile {
    versions: Vec<TierVersion>,
}

/// Every version, the oldest first; there is at least one.
#[derive(Clone, Debug)]
pub(crate) struct TierCatalogue {
    earlier: Vec<TierVersion>,
    newest: TierVersion,
}

impl TierCatalogue {
    /// What the configuration names, or else what is compiled in.
    pub(crate) fn load(config: &BillingConfig) -> Result<Self, Vec<String>> {
        let path = &config.tiers_file;
        if path.as_os_str().is_empty() {
            return Self::parse(EMBEDDED);
        }

        let text = std::fs::read_to_string(path)
            .map_err(|error| vec![format!("`billing.tiers_file` {}: {error}", path.display())])?;
        Self::parse(&text)
    }

    pub(crate) fn parse(text: &str) -> Result<Self, Vec<String>> {
        let file: TierFile = toml::from_str(text).map_err(|error| vec![format!("tiers: {error}")])?;

        let mut problems = Vec::new();
        for (at, version) in file.versions.iter().enumerate() {
            if usize::try_from(version.number) != Ok(at + 1) {
                problems.push(format!(
                    "tiers: versions are numbered from 1, and number {} is version {}",
                    at + 1,
                    version.number
                ));
            }
            problems.extend(TIERS.into_iter().flat_map(|tier| {
                let contents = version.find(tier);
                let nothing = [
                    ("requests_per_minute", contents.requests_per_minute == 0),
                    ("providers", contents.providers == Some(0)),
                ];
                let refused = nothing.into_iter().filter(|(_, is_none)| *is_none);
                refused.map(move |(key, _)| format!("tiers: `{key}` of {tier} is 0"))
            }));
        }

        let mut versions = file.versions;
        match (versions.pop(), problems.is_empty()) {
            (Some(newest), true) => Ok(Self {
                earlier: versions,
                newest,
            }),
            (Some(_), false) => Err(problems),
            (None, _) => Err(vec!["tiers: there is no version".to_owned()]),
        }
    }

    pub(crate) const fn newest(&self) -> &TierVersion {
        &self.newest
    }

    /// The version with this number; the newest when a row names one that a file has lost.
    pub(crate) fn find(&self, number: u32) -> &TierVersion {
        let earlier = self.earlier.iter().find(|version| version.number == number);
        earlier.unwrap_or(&self.newest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compiled_in_is_the_matrix_of_the_contract() {
        let catalogue = TierCatalogue::parse(EMBEDDED).unwrap();
        let version = catalogue.newest();
        let rows: Vec<_> = TIERS
            .into_iter()
            .map(|tier| {
                let contents = version.find(tier);
                let features: Vec<_> = contents.features.iter().map(|feature| feature.as_str()).collect();
                (
                    tier.as_str(),
                    contents.requests_per_minute,
                    contents.agents,
                    contents.providers,
                    contents.backup_bytes().map(|bytes| bytes / GB),
                    contents.tokens_per_month,
                    features.join(" "),
                )
            })
            .collect();

        assert_eq!(
            rows,
            [
                (
                    "free",
                    20,
                    Some(3),
                    Some(1),
                    Some(0),
                    Some(100_000),
                    String::new()
                ),
                (
                    "pro",
                    60,
                    None,
                    None,
                    Some(5),
                    None,
                    "analytics backup batch".to_owned()
                ),
                (
                    "power",
                    120,
                    None,
                    None,
                    Some(50),
                    None,
                    "analytics backup batch byok".to_owned()
                ),
                (
                    "team",
                    200,
                    None,
                    None,
                    None,
                    None,
                    "analytics backup batch sso".to_owned()
                ),
            ]
        );
    }

    #[test]
    fn the_least_tier_that_has_a_feature_is_named() {
        let catalogue = TierCatalogue::parse(EMBEDDED).unwrap();
        let least = |name| catalogue.newest().find_least(Feature::find(name).unwrap());

        assert_eq!(least("batch"), Some(Tier::Pro));
        assert_eq!(least("byok"), Some(Tier::Power));
        assert_eq!(least("sso"), Some(Tier::Team));
        assert_eq!(Feature::find("teleportation"), None);
    }

    #[test]
    fn a_file_that_can_not_be_meant_is_refused_with_all_that_is_wrong() {
        let skipped = EMBEDDED
            .replace("number = 1", "number = 2")
            .replace("requests_per_minute = 60", "requests_per_minute = 0")
            .replace("providers = 1", "providers = 0");
        let problems = TierCatalogue::parse(&skipped).unwrap_err();
        assert_eq!(problems.len(), 3, "{problems:?}");

        for text in [
            "",
            "versions = []",
            &EMBEDDED.replace("\"batch\"", "\"bach\""),
            &EMBEDDED.replace("providers", "provider"),
        ] {
            assert!(TierCatalogue::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_version_is_found_by_its_number_and_the_newest_where_it_is_lost() {
        let second = EMBEDDED.replace("number = 1", "number = 2");
        let second = &second[second.find("[[versions]]").unwrap()..];
        let catalogue = TierCatalogue::parse(&format!("{EMBEDDED}\n{second}")).unwrap();

        assert_eq!(catalogue.newest().number, 2);
        assert_eq!(catalogue.find(1).number, 1);
        assert_eq!(catalogue.find(9).number, 2);
    }
}
