//! Lists of ids as one bound value, so that a statement's text does not depend on how many there are.

use kit::db::Db;
use uuid::Uuid;

/// The value to bind: a JSON array.
pub(super) fn list(ids: &[Uuid]) -> String {
    let mut json = String::with_capacity(ids.len() * 39 + 2);
    json.push('[');

    for (place, id) in ids.iter().enumerate() {
        json.push_str(if place == 0 { "\"" } else { ",\"" });
        json.push_str(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
        json.push('"');
    }

    json.push(']');

    json
}

/// The subquery that reads the list bound at `parameter` as rows with the one column `id`. The engines differ here only.
pub(super) fn rows(db: &Db, parameter: &str) -> String {
    match db {
        Db::Sqlite(_) => format!("(SELECT unhex(value, '-') AS id FROM json_each({parameter}))"),
        Db::Postgres(_) => {
            format!("(SELECT value::uuid AS id FROM jsonb_array_elements_text({parameter}::jsonb))")
        }
    }
}
