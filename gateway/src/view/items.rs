//! Items as clients know them.

use proto::v1;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{akd::workflows::raw, stories::rfc3339};

/// Something that workflows and agents remember.
#[derive(Serialize, ToSchema)]
pub(crate) struct ItemView {
    #[schema(example = json!(["notes", "ada"]))]
    namespace: Vec<String>,
    key: String,
    #[schema(value_type = Object)]
    value: Option<Box<RawValue>>,
    created_at: String,
    updated_at: String,
    /// From then on it does not exist.
    expires_at: Option<String>,
}

impl From<v1::Item> for ItemView {
    fn from(item: v1::Item) -> Self {
        Self {
            value: raw(&item.value),
            created_at: rfc3339(item.created_at.as_ref()),
            updated_at: rfc3339(item.updated_at.as_ref()),
            expires_at: item.expires_at.as_ref().map(|at| rfc3339(Some(at))),
            namespace: item.namespace,
            key: item.key,
        }
    }
}

/// Namespaces that have items.
#[derive(Serialize, ToSchema)]
pub(crate) struct NamespacesView {
    /// At most 1000, in order.
    namespaces: Vec<Vec<String>>,
}

impl From<v1::ListNamespacesResponse> for NamespacesView {
    fn from(list: v1::ListNamespacesResponse) -> Self {
        Self {
            namespaces: list
                .namespaces
                .into_iter()
                .map(|namespace| namespace.parts)
                .collect(),
        }
    }
}
