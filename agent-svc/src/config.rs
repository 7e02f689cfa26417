//! What the service reads of the configuration: the sections of its parts. Every default lives in
//! `deploy/config/saga.toml`.

use crate::analysis::AnalysisConfig;
use crate::llm::ModelsConfig;
use crate::plugins::PluginsConfig;
use crate::voice::VoiceConfig;

/// The sections `[agents]`, `[analysis]`, `[models]` and `[voice]`.
#[derive(Debug, Clone)]
pub struct AgentConfig {
    pub plugins: PluginsConfig,
    pub analysis: AnalysisConfig,
    pub models: ModelsConfig,
    pub voice: VoiceConfig,
}
