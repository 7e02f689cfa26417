//! Code Story's agents: a repository becomes a narrated story. Each agent has one file; what it takes and gives is in
//! [`proto::tasks::code_story`].

mod analyses;
mod analyzer;
mod architect;
mod facts;
mod intent;
mod prompts;
mod voice;

use std::sync::Arc;

use tokio::sync::Semaphore;

use self::analyses::Analyses;
use super::Engines;
use crate::Deps;
use crate::analysis::Analyzer;
use crate::registry::Registry;

/// Class of the models that these agents use.
pub(crate) const CLASS: &str = "codestory";

/// Repositories fetched and read at the same time; each is read by several threads.
const ANALYSES_AT_ONCE: usize = 2;

/// What these agents work with, over what all agents have.
pub(crate) struct CodeStoryTools {
    engines: Engines,
    analyzer: Analyzer,
    analyses: Analyses,
    analyses_at_once: Semaphore,
}

impl CodeStoryTools {
    pub(super) fn new(deps: &Deps, engines: Engines) -> Self {
        let analyzer = Analyzer::new(
            deps.sources.clone(),
            deps.config.analysis.clone(),
            deps.blobs.clone(),
            &deps.data_dir,
            Arc::clone(&deps.clock),
        );

        Self {
            engines,
            analyses: Analyses::new(analyzer.clone()),
            analyses_at_once: Semaphore::new(ANALYSES_AT_ONCE),
            analyzer,
        }
    }
}

pub(super) fn register(registry: &mut Registry, tools: CodeStoryTools) {
    let tools = Arc::new(tools);

    registry.add(intent::agent(Arc::clone(&tools)));
    registry.add(analyzer::agent(Arc::clone(&tools)));
    registry.add(architect::agent(Arc::clone(&tools)));
    registry.add(voice::agent(tools));
}
