//! What workflows and agents remember: an item, and which of them somebody looks for.

use chrono::{DateTime, Utc};
use serde_json::Value;

/// Between the fields that are searched by their values.
const BETWEEN: char = '\u{1f}';
/// Longer values of fields are not searched.
const FIELD_MAX: usize = 1000;

/// Something remembered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Item {
    pub(crate) namespace: Vec<String>,
    pub(crate) key: String,
    /// A JSON object.
    pub(crate) value: Value,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) expires_at: Option<DateTime<Utc>>,
}

/// Which items.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ItemQuery {
    /// As it is stored.
    pub(crate) namespace: String,
    /// Each as [`write_field`] writes it.
    pub(crate) fields: Vec<String>,
    /// In small letters.
    pub(crate) words: Vec<String>,
    pub(crate) limit: u32,
    pub(crate) offset: u32,
}

/// A namespace as it is stored: what is below one begins with its text.
pub(crate) fn write_namespace(parts: &[String]) -> String {
    parts.iter().flat_map(|part| [part.as_str(), "/"]).collect()
}

pub(crate) fn read_namespace(text: &str) -> Vec<String> {
    text.split_terminator('/').map(str::to_owned).collect()
}

/// A field with its value, as it is found by; `None` for what is not searched.
pub(crate) fn write_field(name: &str, value: &Value) -> Option<String> {
    if value.is_array() || value.is_object() {
        return None;
    }
    let written = format!("{BETWEEN}{}={value}{BETWEEN}", Value::from(name));
    (written.len() <= FIELD_MAX).then_some(written)
}

/// All fields of a value that are searched.
pub(crate) fn write_fields(value: &Value) -> String {
    let fields = value.as_object().into_iter().flatten();
    fields
        .filter_map(|(name, value)| write_field(name, value))
        .collect()
}

/// All texts of a value, in small letters.
pub(crate) fn write_texts(value: &Value, to: &mut String) {
    match value {
        Value::String(text) => {
            to.push_str(&text.to_lowercase());
            to.push('\n');
        }
        Value::Array(items) => items.iter().for_each(|item| write_texts(item, to)),
        Value::Object(fields) => fields.values().for_each(|field| write_texts(field, to)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
