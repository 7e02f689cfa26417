//! Writes a configuration as TOML that can be read back, apart from what is masked.

use std::{collections::BTreeMap, fmt::Write};

use toml::{Table, Value};

use super::{Origin, secret};

pub(super) fn toml(table: &Table, origins: &BTreeMap<String, Origin>) -> String {
    let mut out = String::new();
    section("", table, origins, &mut out);
    out
}

fn section(path: &str, table: &Table, origins: &BTreeMap<String, Origin>, out: &mut String) {
    let (tables, values): (Vec<_>, Vec<_>) = table.iter().partition(|(_, value)| value.is_table());
    if !path.is_empty() && (!values.is_empty() || tables.is_empty()) {
        let _ = writeln!(out, "\n[{path}]");
    }

    for (name, value) in values {
        let key = join(path, name);
        let _ = write!(out, "{} = {}", quoted(name), shown(&key, value));
        if let Some(origin) = origins.get(&key) {
            let _ = write!(out, "  # from {origin}");
        }
        out.push('\n');
    }

    for (name, value) in tables {
        if let Value::Table(inner) = value {
            section_below(path, name, inner, origins, out);
        }
    }
}

fn section_below(
    path: &str,
    name: &str,
    table: &Table,
    origins: &BTreeMap<String, Origin>,
    out: &mut String,
) {
    section(&join(path, &quoted(name)), table, origins, out);
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

fn quoted(name: &str) -> String {
    let bare = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));

    if bare {
        name.to_owned()
    } else {
        Value::String(name.to_owned()).to_string()
    }
}

fn shown(key: &str, value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(secret::masked(key, text)),
        Value::Array(items) => Value::Array(items.iter().map(|item| shown(key, item)).collect()),
        Value::Table(inner) => Value::Table(
            inner
                .iter()
                .map(|(name, item)| (name.clone(), shown(&join(key, name), item)))
                .collect(),
        ),
        // A number that is a secret: its digits say as much as a text would.
        _ if secret::is_secret(key) => Value::String(secret::masked(key, "-")),
        other => other.clone(),
    }
}
