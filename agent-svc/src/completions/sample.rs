//! JSON that fits a schema, made without a model: the same for the same schema and the same words. Values are taken from the
//! words where they hold some that fit, so that a tool is called with what was asked about.

use serde_json::{Map, Number, Value, json};

/// Beyond this depth only what is required is filled in.
const DEEP: usize = 6;
/// No schema is followed further: it may lead into itself for ever.
const DEEPEST: usize = 24;
/// Values of one sample; a small schema can ask for a great many.
const VALUES_MAX: usize = 2_000;
const TEXT_CHARS: usize = 200;
/// Options of a choice that are looked for in the words.
const OPTIONS_MAX: usize = 256;

/// Words to take values from.
pub(super) struct Hints {
    text: String,
    lower: String,
    numbers: Vec<f64>,
    names: Vec<String>,
}

impl Hints {
    pub(super) fn read(text: &str) -> Self {
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-');
        let tokens = text
            .split(|c: char| !is_part(c))
            .map(|word| word.trim_matches('.'));
        let numbers = tokens.clone().filter_map(|word| word.parse().ok());
        let numbers: Vec<f64> = numbers.filter(|number: &f64| number.is_finite()).collect();

        let mut names: Vec<String> = quoted(text);
        let mut name: Vec<&str> = Vec::new();
        // The word at the beginning has its capital from the sentence.
        for word in tokens.skip(1).chain([""]) {
            match word.chars().next() {
                Some(first) if first.is_uppercase() => name.push(word),
                _ if !name.is_empty() => names.push(std::mem::take(&mut name).join(" ")),
                _ => {}
            }
        }

        let text: String = text.trim().chars().take(TEXT_CHARS).collect();
        Self {
            lower: text.to_lowercase(),
            text,
            numbers,
            names,
        }
    }

    fn mentions(&self, word: &str) -> bool {
        self.lower.contains(&word.to_lowercase())
    }
}

/// What stands between quotation marks.
fn quoted(text: &str) -> Vec<String> {
    let parts = text.split('"').skip(1).step_by(2);
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

struct Sampler<'a> {
    root: &'a Value,
    hints: &'a Hints,
    values: usize,
    numbers: usize,
    names: usize,
}

/// A value for the schema, or nothing where it asks for what can't be made up.
pub(super) fn fill_schema(schema: &Value, hints: &Hints) -> Option<Value> {
    let mut sampler = Sampler {
        root: schema,
        hints,
        values: 0,
        numbers: 0,
        names: 0,
    };

    sampler.fill(schema, 0)
}

impl Sampler<'_> {
    fn fill(&mut self, schema: &Value, depth: usize) -> Option<Value> {
        self.values += 1;
        if depth > DEEPEST || self.values > VALUES_MAX {
            return None;
        }

        let map = match schema {
            Value::Bool(true) => return Some(json!(self.hints.text)),
            Value::Object(map) => map,
            _ => return None,
        };
        if let Some(place) = map.get("$ref").and_then(Value::as_str) {
            let root = self.root;
            let target = root.pointer(place.strip_prefix('#')?)?;
            return self.fill(target, depth + 1);
        }

        if let Some(constant) = map.get("const") {
            return Some(constant.clone());
        }

        if let Some(options) = map.get("enum").and_then(Value::as_array) {
            let said = |option: &&Value| option.as_str().is_some_and(|word| self.hints.mentions(word));
            let mut looked_at = options.iter().take(OPTIONS_MAX);
            return looked_at.find(said).or(options.first()).cloned();
        }

        for key in ["anyOf", "oneOf"] {
            if let Some(options) = map.get(key).and_then(Value::as_array) {
                return self.fill_one_of(options, depth);
            }
        }

        if let Some(parts) = map.get("allOf").and_then(Value::as_array) {
            let merged = merge_parts(map, parts);
            return self.fill(&merged, depth + 1);
        }

        self.fill_type(map, depth)
    }

    fn fill_one_of(&mut self, options: &[Value], depth: usize) -> Option<Value> {
        let is_null = |option: &&Value| option.get("type") == Some(&json!("null"));
        let (nulls, others): (Vec<_>, Vec<_>) = options.iter().partition(is_null);

        others
            .into_iter()
            .chain(nulls)
            .find_map(|option| self.fill(option, depth + 1))
    }

    fn fill_type(&mut self, map: &Map<String, Value>, depth: usize) -> Option<Value> {
        let kind = match map.get("type") {
            Some(Value::String(kind)) => kind.as_str(),
            Some(Value::Array(kinds)) => kinds
                .iter()
                .filter_map(Value::as_str)
                .find(|kind| *kind != "null")
                .unwrap_or("null"),
            _ if map.contains_key("properties") => "object",
            _ if map.contains_key("items") => "array",
            _ => "string",
        };

        match kind {
            "object" => self.fill_object(map, depth),
            "array" => self.fill_array(map, depth),
            "string" => Some(Value::String(self.fill_text(map))),
            "integer" => self.fill_number(map, true),
            "number" => self.fill_number(map, false),
            "boolean" => Some(json!(true)),
            "null" => Some(Value::Null),
            _ => None,
        }
    }

    fn fill_object(&mut self, map: &Map<String, Value>, depth: usize) -> Option<Value> {
        let required: Vec<&str> = map
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let mut object = Map::new();
        let properties = map.get("properties").and_then(Value::as_object);
        for (name, schema) in properties.into_iter().flatten() {
            let needed = required.contains(&name.as_str());
            if !needed && depth >= DEEP {
                continue;
            }

            match self.fill(schema, depth + 1) {
                Some(value) => {
                    object.insert(name.clone(), value);
                }
                None if needed => return None,
                None => {}
            }
        }

        for name in required {
            if !object.contains_key(name) {
                object.insert(name.to_owned(), json!(self.hints.text));
            }
        }

        Some(Value::Object(object))
    }

    fn fill_array(&mut self, map: &Map<String, Value>, depth: usize) -> Option<Value> {
        let number = |key: &str| map.get(key).and_then(Value::as_u64);
        let least = usize::try_from(number("minItems").unwrap_or(0)).unwrap_or(usize::MAX);
        let most = usize::try_from(number("maxItems").unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
        if least > VALUES_MAX {
            return None;
        }

        let first = map.get("prefixItems").and_then(Value::as_array);
        let first = first.map(Vec::as_slice).unwrap_or_default();
        let rest = map.get("items").unwrap_or(&Value::Bool(true));
        let count = least.max(first.len()).max(usize::from(depth < DEEP)).min(most);
        let mut items = Vec::new();
        for index in 0..count {
            let Some(item) = self.fill(first.get(index).unwrap_or(rest), depth + 1) else {
                // A list of what leads into itself ends here, when it may.
                break;
            };
            items.push(item);
        }

        (items.len() >= least).then_some(Value::Array(items))
    }

    fn fill_text(&mut self, map: &Map<String, Value>) -> String {
        let formatted = match map.get("format").and_then(Value::as_str) {
            Some("date-time") => "2026-01-01T00:00:00Z",
            Some("date") => "2026-01-01",
            Some("time") => "00:00:00Z",
            Some("duration") => "P1D",
            Some("email") => "somebody@example.org",
            Some("uri" | "url") => "https://example.org/",
            Some("hostname") => "example.org",
            Some("ipv4") => "192.0.2.1",
            Some("ipv6") => "2001:db8::1",
            Some("uuid") => "00000000-0000-4000-8000-000000000000",
            _ => "",
        };
        if !formatted.is_empty() {
            return formatted.to_owned();
        }

        let named = self.hints.names.get(self.names).cloned();
        self.names += 1;
        let mut text = named.unwrap_or_else(|| self.hints.text.clone());
        if text.is_empty() {
            "text".clone_into(&mut text);
        }

        let bound = |key: &str| map.get(key).and_then(Value::as_u64);
        let least = usize::try_from(bound("minLength").unwrap_or(0)).unwrap_or(usize::MAX);
        let most = usize::try_from(bound("maxLength").unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
        let length = text.chars().count();
        if length < least && least <= VALUES_MAX {
            text.extend(std::iter::repeat_n('.', least - length));
        }

        match text.char_indices().nth(most) {
            Some((end, _)) => text.truncate(end),
            None => return text,
        }
        text
    }

    fn fill_number(&mut self, map: &Map<String, Value>, whole: bool) -> Option<Value> {
        let bound = |key: &str| map.get(key).and_then(Value::as_f64);
        let step = if whole { 1.0 } else { 0.5 };
        let least = bound("minimum").or(bound("exclusiveMinimum").map(|edge| edge + step));
        let most = bound("maximum").or(bound("exclusiveMaximum").map(|edge| edge - step));

        let said = self.hints.numbers.get(self.numbers).copied();
        self.numbers += 1;
        let mut number = said.unwrap_or(1.0);
        if whole {
            number = number.round();
        }

        if let Some(most) = most {
            number = number.min(most);
        }
        if let Some(least) = least {
            number = number.max(least);
        }
        if let Some(unit) = bound("multipleOf").filter(|unit| *unit > 0.0) {
            number = (number / unit).ceil() * unit;
        }

        if number.fract() == 0.0 && number.abs() < 9e15 {
            // Whole, and small enough.
            return Some(json!(number as i64));
        }
        Number::from_f64(number).map(Value::Number)
    }
}

/// An object of all the parts, where they are objects: of one key the later part counts, but properties and what is required
/// come together.
fn merge_parts(map: &Map<String, Value>, parts: &[Value]) -> Value {
    let mut merged = map.clone();
    merged.remove("allOf");
    for part in parts.iter().filter_map(Value::as_object) {
        for (key, value) in part {
            match (merged.get_mut(key), value) {
                (Some(Value::Object(known)), Value::Object(more)) => {
                    known.extend(more.iter().map(|(name, schema)| (name.clone(), schema.clone())));
                }
                (Some(Value::Array(known)), Value::Array(more)) => known.extend(more.iter().cloned()),
                _ => {
                    merged.insert(key.clone(), value.clone());
                }
            }
        }
    }

    Value::Object(merged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_fits_its_schema_and_takes_what_was_said() {
        let schemas = [
            json!({"type": "object", "required": ["city", "days"], "additionalProperties": false, "properties": {
                "city": {"type": "string"}, "days": {"type": "integer", "minimum": 1, "maximum": 7},
                "unit": {"enum": ["celsius", "fahrenheit"]}}}),
            json!({"$ref": "#/$defs/Tree", "$defs": {"Tree": {"type": "object", "required": ["name"], "properties": {
                "name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#/$defs/Tree"}}}}}}),
            json!({"type": "array", "minItems": 3, "items": {"anyOf": [{"type": "null"}, {"type": "string", "maxLength": 4}]}}),
            json!({"allOf": [{"type": "object", "required": ["a"], "properties": {"a": {"type": "number", "exclusiveMinimum": 3}}},
                {"required": ["b"], "properties": {"b": {"const": "x"}}}]}),
            json!({"type": "object", "properties": {"at": {"type": "string", "format": "date-time"}, "ok": {"type": ["boolean", "null"]}}}),
            json!({"type": "string", "minLength": 300}),
            json!({"type": "number", "multipleOf": 2.5, "minimum": 4}),
        ];
        let hints = Hints::read("What is the weather in New York for 3 days, in fahrenheit?");

        for schema in &schemas {
            let value = fill_schema(schema, &hints).unwrap();
            assert!(jsonschema::is_valid(schema, &value), "{schema}: {value}");
        }

        let value = fill_schema(&schemas[0], &hints).unwrap();
        assert_eq!(
            value,
            json!({"city": "New York", "days": 3, "unit": "fahrenheit"})
        );
    }

    #[test]
    fn what_can_not_be_made_up_is_nothing_and_takes_no_time() {
        let wide = json!({"$ref": "#/$defs/a", "$defs": {"a": {"type": "object", "required": ["x", "y"], "properties": {
            "x": {"$ref": "#/$defs/a"}, "y": {"$ref": "#/$defs/a"}}}}});
        let far = json!({"type": "array", "minItems": 1_000_000_000, "items": {}});
        let elsewhere = json!({"$ref": "https://example.org/schema"});

        for schema in [wide, far, elsewhere, json!(false)] {
            assert_eq!(fill_schema(&schema, &Hints::read("")), None, "{schema}");
        }
    }
}
