//! A query string, read like a body: wrong values are named, parameters that nobody asked for are left alone.

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::decode;
use crate::error::ApiError;

pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let text = parts.uri.query().unwrap_or_default();
        let pairs = url::form_urlencoded::parse(text.as_bytes());
        let map: Map<String, Value> = pairs
            .map(|(k, v)| (k.into_owned(), Value::String(v.into_owned())))
            .collect();
        decode(Value::Object(map))
            .map(Self)
            .map_err(|field| ApiError::fields(vec![field]))
    }
}
