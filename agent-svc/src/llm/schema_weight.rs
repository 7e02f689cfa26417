//! How much a schema weighs when all that it refers to stands in its place. One that a caller brings is weighed before anybody
//! compiles it: a few lines can stand for more rules than there is time.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Rules, each as often as it is referred to.
const RULES_MAX: u64 = 20_000;
const TOO_HEAVY: u64 = RULES_MAX + 1;
/// References that lead on from one another.
const CHAIN_MAX: usize = 100;
const DEFINITIONS_MAX: usize = 200;
const NAMES_OF_PLACES: [&str; 5] = ["$anchor", "$dynamicAnchor", "$dynamicRef", "$id", "$recursiveRef"];

/// Whether it can be compiled and asked in good time. References lead to places in itself only, as `#/…`.
pub(super) fn is_bearable(schema: &Value) -> bool {
    let counted = |key: &str| {
        schema
            .get(key)
            .and_then(Value::as_object)
            .map_or(0, |all| all.len())
    };
    let mut scale = Scale {
        root: schema,
        weighed: BTreeMap::new(),
        open: BTreeSet::new(),
    };

    counted("$defs") + counted("definitions") <= DEFINITIONS_MAX && scale.weigh(schema) <= RULES_MAX
}

struct Scale<'a> {
    root: &'a Value,
    weighed: BTreeMap<&'a str, u64>,
    /// Places that lead to where we are.
    open: BTreeSet<&'a str>,
}

impl<'a> Scale<'a> {
    fn weigh(&mut self, value: &'a Value) -> u64 {
        match value {
            Value::Object(fields) => {
                let weights = fields.iter().map(|(key, inner)| match (key.as_str(), inner) {
                    ("$ref", Value::String(place)) => self.weigh_place(place),
                    ("$id", Value::String(_)) if std::ptr::eq(value, self.root) => 1,
                    // These name places in ways that are not followed here.
                    (key, Value::String(_)) if NAMES_OF_PLACES.contains(&key) => TOO_HEAVY,
                    // They weigh where they are referred to.
                    ("$defs" | "definitions", _) => 0,
                    (_, inner) => self.weigh(inner),
                });
                weights.fold(1, u64::saturating_add)
            }
            Value::Array(items) => items
                .iter()
                .map(|item| self.weigh(item))
                .fold(1, u64::saturating_add),
            _ => 1,
        }
    }

    fn weigh_place(&mut self, place: &'a str) -> u64 {
        if let Some(weight) = self.weighed.get(place) {
            return *weight;
        }

        // What leads into itself goes on for as long as the answer does.
        if self.open.contains(place) {
            return 1;
        }

        let target = place.strip_prefix('#').and_then(|at| self.root.pointer(at));
        let Some(target) = target.filter(|_| self.open.len() < CHAIN_MAX) else {
            return TOO_HEAVY;
        };
        self.open.insert(place);
        let weight = self.weigh(target);
        self.open.remove(place);
        self.weighed.insert(place, weight);

        weight
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    /// Each definition leads `ways` times to the next one.
    fn chain(length: usize, ways: usize) -> Value {
        let mut definitions = Map::new();
        for index in 0..length {
            let next = json!({ "$ref": format!("#/$defs/d{}", index + 1) });
            definitions.insert(format!("d{index}"), json!({ "anyOf": vec![next; ways] }));
        }
        definitions.insert(
            format!("d{length}"),
            json!({ "type": "string", "pattern": "^zz$" }),
        );

        json!({ "$ref": "#/$defs/d0", "$defs": definitions })
    }

    #[test]
    fn what_stands_for_more_than_there_is_time_for_is_not_bearable() {
        assert!(is_bearable(&chain(8, 2)));
        for heavy in [chain(40, 2), chain(199, 1), chain(5_000, 1)] {
            assert!(!is_bearable(&heavy));
        }

        let tree = json!({"$ref": "#/$defs/t", "$defs": {"t": {"type": "object", "properties": {
            "left": {"$ref": "#/$defs/t"}, "right": {"$ref": "#/$defs/t"}, "all": {"items": {"$ref": "#"}}}}}});
        assert!(is_bearable(&tree), "it leads into itself");
        assert!(is_bearable(
            &json!({"$id": "https://example.org/s", "items": {"$ref": "#"}})
        ));

        for elsewhere in [
            json!({"$ref": "https://example.org/s"}),
            json!({"$ref": "#name", "$defs": {"a": {"$anchor": "name"}}}),
            json!({"properties": {"a": {"$id": "x", "$ref": "#/$defs/b"}}}),
            json!({"$ref": "#/$defs/missing"}),
        ] {
            assert!(!is_bearable(&elsewhere), "{elsewhere}");
        }
    }
}
