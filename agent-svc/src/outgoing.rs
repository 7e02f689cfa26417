//! What a model wrote, on its way out: prompts, tool descriptions and reasoning stay here. Works on whole texts and on
//! streams alike; it never changes text that is not one of these.

pub(crate) mod field;
mod reasoning;
mod sanitizer;

pub(crate) use sanitizer::{Fingerprints, Sanitizer};
