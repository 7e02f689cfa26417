//! Texts and TOML values into the type of a key, which is the type of its default.

use toml::Value;

/// In words for the operator.
pub(super) const fn expected(default: &Value) -> &'static str {
    match default {
        Value::String(_) => "text",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date or time",
        Value::Array(_) => "a list",
        Value::Table(_) => "a table",
    }
}

/// A value from a file or a typed flag. `None` when it isn't of the default's type.
pub(super) fn coerce(value: Value, default: &Value) -> Option<Value> {
    match (value, default) {
        #[expect(
            clippy::cast_precision_loss,
            reason = "somebody who writes 3 for 3.0 means small numbers"
        )]
        (Value::Integer(n), Value::Float(_)) => Some(Value::Float(n as f64)),
        (Value::Array(items), Value::Array(defaults)) => match defaults.first() {
            None => Some(Value::Array(items)),
            Some(first) => items
                .into_iter()
                .map(|item| coerce(item, first))
                .collect::<Option<_>>()
                .map(Value::Array),
        },
        (value, default) if value.same_type(default) => Some(value),
        _ => None,
    }
}

/// A text from the environment. `None` when it can't be read as the default's type.
pub(super) fn parse(text: &str, default: &Value) -> Option<Value> {
    let trimmed = text.trim();

    match default {
        Value::String(_) => Some(Value::String(text.to_owned())),
        Value::Integer(_) => trimmed.replace('_', "").parse().ok().map(Value::Integer),
        Value::Float(_) => trimmed
            .parse()
            .ok()
            .filter(|n: &f64| n.is_finite())
            .map(Value::Float),
        Value::Boolean(_) => match trimmed.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Some(Value::Boolean(true)),
            "false" | "0" | "no" | "off" => Some(Value::Boolean(false)),
            _ => None,
        },
        Value::Datetime(_) => trimmed.parse().ok().map(Value::Datetime),
        Value::Array(defaults) => {
            let text_item = Value::String(String::new());
            let item = defaults.first().unwrap_or(&text_item);
            let items = trimmed.split(',').map(str::trim).filter(|item| !item.is_empty());
            items
                .map(|one| parse(one, item))
                .collect::<Option<_>>()
                .map(Value::Array)
        }
        Value::Table(_) => None,
    }
}

/// False for what a text can't say: tables, and lists of them.
pub(super) fn is_textual(default: &Value) -> bool {
    match default {
        Value::Table(_) => false,
        Value::Array(items) => items
            .first()
            .is_none_or(|item| !matches!(item, Value::Table(_) | Value::Array(_))),
        _ => true,
    }
}
