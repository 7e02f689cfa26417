//! What records are made of: the fields of a data package and of a list of objects, the tables that a schema creates.

use super::declared;
use crate::analysis::model::{Declared, DeclaredKind};

/// Bytes of the first object that are looked at.
const FIRST_OBJECT: usize = 16_384;
const MOST_FIELDS: usize = 40;

/// Fields of a data package with their descriptions, or the keys of the first object of a list.
pub(super) fn fields(path: &str, text: &str) -> Vec<Declared> {
    if path.rsplit('/').next() == Some("datapackage.json") {
        return described(path, text);
    }
    let opens = text.trim_start().strip_prefix('[').map(str::trim_start);
    let Some(object) = opens.filter(|rest| rest.starts_with('{')) else {
        return Vec::new();
    };
    let plain = |key: &str| {
        key.len() < 40
            && key.starts_with(|c: char| c.is_ascii_alphabetic())
            && key
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_- ".contains(c))
    };
    let keys = keys_of(object);
    if keys.len() < 3 || !keys.iter().all(|key| plain(key)) || path.matches('/').count() > 2 {
        return Vec::new();
    }

    keys.iter()
        .take(MOST_FIELDS)
        .map(|key| declared(path, 0, DeclaredKind::Column, key, ""))
        .collect()
}

/// The keys of the object that a text begins with, those of objects inside it left out.
fn keys_of(text: &str) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    let mut depth = 0_i32;
    let mut string: Option<String> = None;
    let mut last: Option<String> = None;
    let mut escaped = false;
    for symbol in text.chars().take(FIRST_OBJECT) {
        if let Some(open) = &mut string {
            match symbol {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => last = string.take(),
                _ => open.push(symbol),
            }
            continue;
        }
        match symbol {
            '"' => string = Some(String::new()),
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            ':' if depth == 1 => keys.extend(last.take()),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }

    keys
}

fn described(path: &str, text: &str) -> Vec<Declared> {
    let Ok(package) = serde_json::from_str::<serde_json::Value>(text) else {
        return Vec::new();
    };
    let resources = package.get("resources").and_then(serde_json::Value::as_array);
    let fields = resources
        .into_iter()
        .flatten()
        .filter_map(|resource| resource.get("schema")?.get("fields")?.as_array())
        .flatten();

    let mut found: Vec<Declared> = Vec::new();
    for field in fields.take(MOST_FIELDS) {
        let text_of = |key: &str| {
            field
                .get(key)
                .and_then(serde_json::Value::as_str)
                .unwrap_or_default()
        };
        let name = text_of("name");
        let row = text
            .lines()
            .position(|line| line.contains(&format!("\"{name}\"")))
            .unwrap_or(0);
        let known = found.iter().any(|known| known.name == name);
        if !name.is_empty() && !known {
            found.push(declared(
                path,
                row,
                DeclaredKind::Column,
                name,
                text_of("description"),
            ));
        }
    }

    found
}

/// Tables that a schema creates.
pub(super) fn tables(path: &str, text: &str) -> Vec<Declared> {
    let mut found: Vec<Declared> = Vec::new();
    for (row, line) in text.lines().enumerate() {
        let lower = line.trim_start().to_ascii_lowercase();
        let Some(rest) = lower.strip_prefix("create table ") else {
            continue;
        };
        let rest = rest.trim_start_matches("if not exists ");
        let name = rest.split([' ', '(', ';']).next().unwrap_or_default();
        let name = name
            .rsplit('.')
            .next()
            .unwrap_or(name)
            .trim_matches(['"', '`', '[', ']']);
        let plain = name.len() > 1 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if plain && !name.contains("tmp") && !found.iter().any(|known| known.name == name) {
            found.push(declared(path, row, DeclaredKind::Table, name, ""));
        }
    }

    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(found: &[Declared]) -> Vec<&str> {
        found.iter().map(|found| found.name.as_str()).collect()
    }

    #[test]
    fn records_are_known_by_the_keys_of_the_first() {
        let text = "[\n {\"name\": {\"common\": \"Sea\"}, \"tide\": [\"a\", \"b:c\"], \"depth\": 3},\n {\"other\": 1}\n]";
        assert_eq!(names(&fields("seas.json", text)), ["name", "tide", "depth"]);
        assert!(fields("a.json", "{\"name\": 1}").is_empty());
    }

    #[test]
    fn a_package_describes_its_fields() {
        let text = "{\"resources\": [{\"schema\": {\"fields\": [\n{\"name\": \"tide\", \"description\": \"Height of the water\"},\n{\"name\": \"hour\"}]}}]}";
        let found = fields("datapackage.json", text);
        assert_eq!(names(&found), ["tide", "hour"]);
        assert_eq!(
            (found[0].note.as_str(), found[0].line),
            ("Height of the water", 2)
        );
    }

    #[test]
    fn a_schema_creates_tables() {
        let text = "CREATE TABLE IF NOT EXISTS \"boats\" (\n id int);\ncreate table public.tides(\n);\nCREATE INDEX x;\n";
        assert_eq!(names(&tables("schema.sql", text)), ["boats", "tides"]);
    }
}
