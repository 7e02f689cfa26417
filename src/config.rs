//! The whole configuration: one section for each crate that reads one, and the layers that fill it.

mod aliases;

use std::path::PathBuf;

use agent_svc::{
    analysis::config::AnalysisConfig, llm::ModelsConfig, plugins::PluginsConfig, voice::VoiceConfig,
};
use kit::{
    admin::AdminConfig,
    blobs::BlobsConfig,
    bus::BusConfig,
    config::{ConfigErrors, Loaded, Sources},
    db::DatabaseConfig,
    rpc::RpcConfig,
    secrets::KeysConfig,
    sources::SourcesConfig,
    telemetry::TelemetryConfig,
};
use serde::Deserialize;
use toml::{Table, Value};

use crate::cli::Global;

/// Every key with its default and what it means.
const EMBEDDED: &str = include_str!("../deploy/config/saga.toml");
/// Tables that take names of the operator's choice.
const OPEN_TABLES: &[&str] = &[
    "rpc.services",
    "models.providers",
    "models.aliases",
    "models.routes",
    "models.catalog",
    "auth.issuers",
];

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Environment {
    Development,
    Production,
}

/// What `deploy/config/saga.toml` holds. No field has a default here: the embedded file has them all.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) env: Environment,
    pub(crate) data_dir: PathBuf,
    pub(crate) gateway: gateway::GatewayConfig,
    pub(crate) admin: AdminConfig,
    pub(crate) keys: KeysConfig,
    pub(crate) rpc: RpcConfig,
    pub(crate) database: DatabaseConfig,
    pub(crate) blobs: BlobsConfig,
    pub(crate) bus: BusConfig,
    pub(crate) redis: gateway::RedisConfig,
    pub(crate) auth: auth_svc::AuthConfig,
    pub(crate) backup: backup_svc::BackupConfig,
    pub(crate) billing: billing_svc::BillingConfig,
    pub(crate) knowledge: story_svc::knowledge::KnowledgeConfig,
    pub(crate) story: story_svc::StoryConfig,
    pub(crate) codeforge: story_svc::CodeForgeConfig,
    pub(crate) worker: story_svc::WorkerConfig,
    pub(crate) sources: SourcesConfig,
    pub(crate) agents: PluginsConfig,
    pub(crate) analysis: AnalysisConfig,
    pub(crate) models: ModelsConfig,
    pub(crate) voice: VoiceConfig,
    pub(crate) telemetry: TelemetryConfig,
}

impl Config {
    /// `[auth]`, whose links lead to where the gateway is, unless it says something else itself.
    pub(crate) fn auth_with_site(&self) -> auth_svc::AuthConfig {
        let mut auth = self.auth.clone();
        if auth.mail.site_url.is_empty() {
            let listen = self.gateway.listen;
            let here = listen.ip().is_loopback().then(|| format!("http://{listen}"));
            auth.mail.site_url = self.gateway.public_url.clone().or(here).unwrap_or_default();
        }

        auth
    }

    /// `[billing]`, from whose pages people come back to where the gateway is, unless it says something else itself.
    pub(crate) fn billing_with_site(&self) -> billing_svc::BillingConfig {
        let mut billing = self.billing.clone();
        if billing.return_url.is_empty() {
            billing.return_url = self.auth_with_site().mail.site_url;
        }

        billing
    }
}

pub(crate) fn load(global: &Global) -> Result<Loaded<Config>, ConfigErrors> {
    let mut flags = Table::new();
    if let Some(folder) = &global.data_dir {
        flags.insert("data_dir".to_owned(), Value::String(folder.display().to_string()));
    }

    kit::config::load(Sources {
        embedded: EMBEDDED,
        open_tables: OPEN_TABLES,
        file: global.config.clone(),
        env: std::env::vars().collect(),
        aliases: aliases::ALIASES,
        flags,
        set: &global.set,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every field of every section is required, so this fails when a key is missing from the embedded file, and the
    /// sections deny unknown fields, so it fails when the file has a key that nothing reads.
    #[test]
    fn the_embedded_file_has_every_key_and_no_other() {
        let loaded = kit::config::load::<Config>(Sources {
            embedded: EMBEDDED,
            open_tables: OPEN_TABLES,
            ..Default::default()
        });
        if let Err(errors) = loaded {
            panic!("{errors}");
        }
    }

    #[test]
    fn an_algorithm_that_signs_nothing_is_refused_and_not_overlooked() {
        let with = |algorithm: &str| {
            kit::config::load::<Config>(Sources {
                embedded: EMBEDDED,
                open_tables: OPEN_TABLES,
                aliases: aliases::ALIASES,
                env: vec![("JWT_ALGORITHM".to_owned(), algorithm.to_owned())],
                ..Default::default()
            })
        };

        assert!(with("ES256").is_ok());
        for wrong in ["none", "RS256", "es256"] {
            let errors = with(wrong).expect_err(wrong).to_string();
            assert!(
                errors.contains("JWT_ALGORITHM") || errors.contains("jwt_algorithm"),
                "{errors}"
            );
        }
    }

    #[test]
    fn every_key_of_the_embedded_file_is_explained_above_it() {
        let mut explained = false;
        for (number, line) in EMBEDDED.lines().enumerate() {
            let line = line.trim();
            if line.starts_with('#') {
                explained = true;
            } else if line.is_empty() || line.starts_with('[') {
                explained = explained && line.starts_with('[');
            } else if line.contains(" = ") {
                assert!(explained, "line {}: `{line}` has no comment above it", number + 1);
            }
        }
    }

    #[test]
    fn every_alias_names_a_key_that_exists() {
        let embedded: Table = EMBEDDED.parse().expect("valid TOML");
        for alias in aliases::ALIASES {
            let found = alias
                .key
                .split('.')
                .try_fold(Value::Table(embedded.clone()), |value, part| {
                    value.get(part).cloned()
                });
            assert!(found.is_some(), "{} -> {}", alias.env, alias.key);
        }
    }

    #[test]
    fn the_example_environment_names_every_alias_and_is_accepted_as_it_is() {
        let variables: Vec<(String, String)> = include_str!("../deploy/.env.example")
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();

        for alias in aliases::ALIASES {
            let named = variables.iter().any(|(name, _)| name == alias.env);
            assert!(named, "{} is missing from deploy/.env.example", alias.env);
        }

        let loaded = kit::config::load::<Config>(Sources {
            embedded: EMBEDDED,
            open_tables: OPEN_TABLES,
            aliases: aliases::ALIASES,
            env: variables,
            ..Default::default()
        });
        if let Err(errors) = loaded {
            panic!("{errors}");
        }
    }
}
