//! The Code Story agents, and the tools that they share. Each agent has one file; what it takes and gives is in
//! [`types`].

mod analyzer;
mod architect;
mod facts;
mod intent;
mod prompts;
mod thinking;
mod types;
mod voice;

use std::sync::Arc;

use kit::blobs::Blobs;
use kit::sources::SourcePolicy;
use secrecy::ExposeSecret;
use tokio::sync::Semaphore;

use crate::analyses::Analyses;
use crate::analysis::Analyzer;
use crate::bench::Bench;
use crate::books::{Books, as_sink};
use crate::llm::{self, Gateway};
use crate::outgoing::Fingerprints;
use crate::registry::Registry;
use crate::voice::Voice;
use crate::{BuildError, Deps};

/// Class of the models that the Code Story agents use.
pub(crate) const CLASS: &str = "codestory";

/// Repositories fetched and read at the same time; each is read by several threads.
const ANALYSES_AT_ONCE: usize = 2;

/// What the agents work with.
pub(crate) struct Tools {
    pub(crate) gateway: Gateway,
    pub(crate) voice: Arc<dyn Voice>,
    /// The voice speaks in this process; no outside service is asked.
    local_voice: bool,
    sources: SourcePolicy,
    analyzer: Analyzer,
    analyses: Analyses,
    analyses_at_once: Semaphore,
    blobs: Blobs,
    bench: Bench,
    books: Books,
    fingerprints: Arc<Fingerprints>,
}

impl Tools {
    pub(crate) fn new(deps: &Deps, books: Books) -> Result<Self, BuildError> {
        let bench = Bench::new();
        let config = &deps.config;
        let analysis = config.analysis.clone();
        let analyzer = Analyzer::new(deps.sources.clone(), analysis, deps.blobs.clone(), &deps.data_dir);

        Ok(Self {
            gateway: Gateway::new(
                &config.models,
                llm::Deps::new(Arc::clone(&deps.clock), as_sink(&books)),
            )?,
            voice: crate::voice::build(&config.voice, &deps.data_dir)?,
            local_voice: config.voice.elevenlabs_api_key.expose_secret().is_empty(),
            sources: deps.sources.clone(),
            analyses: Analyses::new(analyzer.clone()),
            analyses_at_once: Semaphore::new(ANALYSES_AT_ONCE),
            analyzer,
            blobs: deps.blobs.clone(),
            bench,
            books,
            fingerprints: Arc::new(fingerprints()),
        })
    }
}

/// Every agent of this service.
pub(crate) fn registry(tools: &Arc<Tools>) -> Registry {
    Registry::default()
        .with(intent::agent(Arc::clone(tools)))
        .with(analyzer::agent(Arc::clone(tools)))
        .with(architect::agent(Arc::clone(tools)))
        .with(voice::agent(Arc::clone(tools)))
}

/// Of everything that is said to models and must not come back to clients.
fn fingerprints() -> Fingerprints {
    let specs = [
        intent::tool_specs(),
        analyzer::tool_specs(),
        architect::tool_specs(),
    ]
    .concat();
    let mut texts = prompts::tool_texts(&specs);
    for schema in [intent::answer_schema(), analyzer::answer_schema()]
        .into_iter()
        .chain(architect::answer_schemas())
    {
        texts.extend(prompts::schema_texts(&schema));
    }

    Fingerprints::of(
        prompts::FRAGMENTS
            .into_iter()
            .chain(texts.iter().map(String::as_str)),
    )
}
