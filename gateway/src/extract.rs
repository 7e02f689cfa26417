//! What handlers take: the door to their operation, and bodies, ids, keys and query strings that were checked before the
//! handler runs. Every refusal says which field is wrong and what was expected.

mod accept;
mod decode;
mod door;
mod ephemeral_body;
mod idempotency_key;
mod json;
mod parameters;
mod query;
mod raw_body;
mod refresh_cookie;
mod story_id;
mod upload_body;

pub(crate) use accept::{Offer, Preferences};
pub(crate) use decode::decode;
pub(crate) use door::{Counted, Door, count};
pub(crate) use ephemeral_body::{CHAT_BYTES, EphemeralBody, SecretJson, read_json_text};
pub(crate) use idempotency_key::IdempotencyKey;
pub(crate) use json::{Json, JsonText, Spelling, body};
pub(crate) use parameters::{FARTHEST_ROW, PageNumber, PageSize, Switch, VersionNumber, WholeNumber};
pub(crate) use query::Query;
pub(crate) use raw_body::RawBody;
pub(crate) use refresh_cookie::RefreshCookie;
pub(crate) use story_id::StoryId;
pub(crate) use upload_body::UploadBody;
