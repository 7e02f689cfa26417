//! What the service reads of the configuration: the sections of its parts. Every default lives in
//! `deploy/config/saga.toml`.

use crate::analysis::AnalysisConfig;
use crate::llm::ModelsConfig;
use crate::voice::VoiceConfig;

/// The sections `[analysis]`, `[models]` and `[voice]`.
#[derive(Debug, Clone)]
pub struct AgentConfig {
    pub analysis: AnalysisConfig,
    pub models: ModelsConfig,
    pub voice: VoiceConfig,
}
