//! What handlers take: bodies, ids and query strings that were checked before the handler runs. Every refusal says
//! which field is wrong and what was expected.

mod accept;
mod decode;
mod json;
mod query;
mod story_id;

pub(crate) use accept::{Offer, Preferences};
pub(crate) use decode::decode;
pub(crate) use json::{Json, Spelling, body};
pub(crate) use query::Query;
pub(crate) use story_id::StoryId;
