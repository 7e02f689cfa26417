//! CodeForge's agents: an idea becomes requirements, pages, code and a review of it. What each takes and gives is in
//! [`proto::tasks::codeforge`]; offline they are the crate `forge`, whose one model of the app feeds all of them, so that they
//! agree. With a model each has one file that asks it and hands back what does not fit.

mod code;
mod idea;
mod mend;
mod modelled;
mod pedagogy;
mod prompts;
mod qa;
mod refactor;
mod research;
mod roadmap;
mod wireframe;

use std::sync::Arc;

use super::Engines;
use crate::registry::Registry;

/// What these agents work with.
pub(crate) struct CodeForgeTools {
    engines: Engines,
}

impl CodeForgeTools {
    pub(super) fn new(engines: Engines) -> Self {
        Self { engines }
    }
}

pub(super) fn register(registry: &mut Registry, tools: CodeForgeTools) {
    let tools = Arc::new(tools);

    registry.add(research::agent(Arc::clone(&tools)));
    registry.add(wireframe::agent(Arc::clone(&tools)));
    registry.add(code::agent(Arc::clone(&tools)));
    registry.add(qa::agent(Arc::clone(&tools)));
    registry.add(pedagogy::agent(Arc::clone(&tools)));
    registry.add(roadmap::agent(tools));
}
