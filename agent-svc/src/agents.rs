//! The agents, a room for each product, and what all rooms share. A room brings its tools and its prompts, and puts its
//! agents into the registry; it never reaches into another room.

pub(crate) mod adiuva;
pub(crate) mod code_story;
pub(crate) mod codeforge;
pub(crate) mod lekh;
pub(crate) mod plugin;
mod thinking;

use std::sync::Arc;

use kit::blobs::Blobs;
use kit::sources::SourcePolicy;

use self::adiuva::AdiuvaTools;
use self::code_story::CodeStoryTools;
use self::codeforge::CodeForgeTools;
use self::lekh::LekhTools;
pub(crate) use self::thinking::Models;
use crate::blocking_pool::BlockingPool;
use crate::clients::{Entitlements, Spender};
use crate::llm::{self, Gateway};
use crate::patterns::Patterns;
use crate::registry::Registry;
use crate::usage::{UsageRecorder, as_sink};
use crate::voice::Voice;
use crate::{BuildError, Deps};

/// What agents of every product work with. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Engines {
    pub(crate) models: Models,
    pub(crate) voice: Arc<dyn Voice>,
    pub(crate) sources: SourcePolicy,
    pub(crate) blobs: Blobs,
    pub(crate) bench: BlockingPool,
    pub(crate) usage: UsageRecorder,
    pub(crate) patterns: Patterns,
    /// None where nothing is bounded.
    pub(crate) spender: Option<Spender>,
}

impl Engines {
    pub(crate) fn new(
        deps: &Deps,
        usage: UsageRecorder,
        spender: Option<Spender>,
        entitlements: Entitlements,
    ) -> Result<Self, BuildError> {
        let config = &deps.config;
        let gateway = Gateway::new(
            &config.models,
            llm::GatewayDeps::new(Arc::clone(&deps.clock), as_sink(&usage))
                .with_spender(spender.clone())
                .with_entitlements(entitlements),
        )?;

        Ok(Self {
            patterns: Patterns::new(deps.db.clone(), gateway.clone(), &deps.clock),
            models: Models::new(gateway),
            voice: crate::voice::build(&config.voice, &deps.data_dir)?,
            sources: deps.sources.clone(),
            blobs: deps.blobs.clone(),
            bench: BlockingPool::new(),
            usage,
            spender,
        })
    }
}

/// Every agent of this service.
pub(crate) fn registry(deps: &Deps, engines: &Engines) -> Registry {
    let mut registry = Registry::default();
    adiuva::register(&mut registry, AdiuvaTools::new(engines, Arc::clone(&deps.clock)));
    code_story::register(&mut registry, CodeStoryTools::new(deps, engines.clone()));
    codeforge::register(&mut registry, CodeForgeTools::new(engines.clone()));
    lekh::register(&mut registry, LekhTools::new(engines.clone()));

    registry
}
