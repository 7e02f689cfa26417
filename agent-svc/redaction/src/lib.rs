//! What must never leave in an answer: prompts, the schemas of tools, reasoning and routing, however they are dressed.
//!
//! A [`Sanitizer`] takes an answer piece by piece and gives what may leave. It holds back no more than what may still turn
//! out to be a fragment, and knows nothing of models, doors or logs: who uses it is told what was taken out, never the text.

mod automaton;
mod canon;
mod cuts;
mod fingerprints;
mod lanes;
mod marks;
mod sanitizer;

pub use fingerprints::{Fingerprints, FingerprintsBuilder, RUN, is_recognisable};
pub use marks::Marks;
pub use sanitizer::{Dress, HOLD_LIMIT, Removals, Sanitizer};
