//! Fiction: what its agents are told, what they answer with, and what is kept of it. A book goes from the plan to the
//! people to the scenes, each with its ledger, and the findings say where it contradicts itself.

pub mod bible;
pub mod cast;
pub mod finding;
pub mod ledger;
pub mod manuscript;
pub mod plan;
pub mod scene;

/// Names of the agents.
pub const ARCHITECT: &str = "lekh.architect";
pub const CHARACTER_SMITH: &str = "lekh.character_smith";
pub const PROSE_WEAVER: &str = "lekh.prose_weaver";
pub const CONTINUITY: &str = "lekh.continuity";
pub const READER: &str = "lekh.reader";
