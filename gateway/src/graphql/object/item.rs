//! What workflows and agents remember.

use async_graphql::SimpleObject;
use proto::v1;

use crate::{
    graphql::scalar::{DateTime, Json},
    view::stories::rfc3339,
};

/// Something that your workflows and agents remember.
#[derive(SimpleObject)]
pub(crate) struct Item {
    /// Where it lies, part by part.
    namespace: Vec<String>,
    /// The name that it has there.
    key: String,
    /// The JSON that was put there.
    value: Option<Json>,
    /// The moment at which it was made.
    created_at: DateTime<'static>,
    /// The moment of its last change.
    updated_at: DateTime<'static>,
    /// The moment from which it does not exist.
    expires_at: Option<DateTime<'static>>,
}

impl From<v1::Item> for Item {
    fn from(item: v1::Item) -> Self {
        Self {
            value: Json::read(&item.value),
            created_at: super::known_time(item.created_at.as_ref()),
            updated_at: super::known_time(item.updated_at.as_ref()),
            expires_at: item.expires_at.as_ref().map(|at| rfc3339(Some(at)).into()),
            namespace: item.namespace,
            key: item.key,
        }
    }
}
