//! The shape an answer must have: the JSON Schema of a Rust type, as providers take it, as a prompt says it, and as the
//! judge of what came back.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jsonschema::Validator;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::schema_weight::is_bearable;

/// Rules that no provider's constrained decoding understands in full. They stay in the judge; the model reads them in
/// the description.
const RULES: [&str; 15] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "format",
    "contentEncoding",
];
/// Of no use to a model.
const NOISE: [&str; 5] = ["$schema", "title", "default", "examples", "$id"];
/// Problems shown to the model at once, and the length of each.
const PROBLEMS: usize = 8;
const PROBLEM_LENGTH: usize = 300;

/// What an answer got wrong.
#[derive(Debug)]
pub(super) struct Problems {
    /// For the model: with the offending values.
    pub(super) told: Vec<String>,
    /// For logs and errors: places and rules only.
    pub(super) masked: Vec<String>,
}

pub(super) struct OutputSchema {
    name: String,
    schema: Value,
    native: Option<Value>,
    validator: Validator,
}

impl OutputSchema {
    /// `None` when the type's schema is not a valid schema, which only a hand-written one can be.
    pub(super) fn derive<T: JsonSchema>() -> Option<Self> {
        let name: Cow<'static, str> = T::schema_name();
        let name = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .collect();
        let schema = schemars::schema_for!(T).to_value();
        Self::compile(name, schema).ok()
    }

    fn compile(name: String, schema: Value) -> Result<Self, String> {
        let validator = jsonschema::validator_for(&schema).map_err(|error| error.to_string())?;
        let is_object = schema.get("type") == Some(&json!("object"));
        let native = if is_object && !is_recursive(&schema) {
            decodable(&schema)
        } else {
            None
        };

        Ok(Self {
            name,
            schema,
            native,
            validator,
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// For constrained decoding; `None` when the type needs what that cannot express: free keys, recursion, or a
    /// root that is not an object.
    pub(super) fn native(&self) -> Option<&Value> {
        self.native.as_ref()
    }

    pub(super) fn instruction(&self) -> String {
        format!(
            "Answer with one JSON value that is valid under the JSON Schema below, and with nothing else: no \
             sentence around it, no code fence.\n{}",
            self.schema
        )
    }

    pub(super) fn parse<T: DeserializeOwned>(&self, text: &str) -> Result<T, Problems> {
        let value: Value = serde_json::from_str(unfenced(text)).map_err(|error| {
            let problem = format!("the answer is not JSON: {error}");
            Problems {
                told: vec![problem.clone()],
                masked: vec![problem],
            }
        })?;
        let errors: Vec<_> = self.validator.iter_errors(&value).take(PROBLEMS).collect();
        if !errors.is_empty() {
            let at = |place: &dyn std::fmt::Display, problem: String| {
                let place = place.to_string();
                let place = if place.is_empty() {
                    "the answer".to_owned()
                } else {
                    place
                };
                shortened(format!("{place}: {problem}"))
            };

            let told = errors
                .iter()
                .map(|error| at(error.instance_path(), error.to_string()))
                .collect();

            let masked = errors
                .iter()
                .map(|error| at(error.instance_path(), error.masked().to_string()))
                .collect();

            return Err(Problems { told, masked });
        }

        serde_json::from_value(value).map_err(|error| {
            let told = vec![shortened(error.to_string())];
            Problems {
                told,
                masked: vec!["the answer does not fit its type".to_owned()],
            }
        })
    }
}

/// A schema that a caller brings. References lead nowhere but into itself.
pub struct CallerSchema(pub(super) OutputSchema);

impl CallerSchema {
    /// # Errors
    /// Why it is no schema.
    pub fn compile(name: &str, schema: Value) -> Result<Self, String> {
        if !is_bearable(&schema) {
            return Err("it refers to elsewhere, or to too much".to_owned());
        }

        let mut compiled = OutputSchema::compile(name.to_owned(), schema)?;
        // Constrained decoding makes every property be there.
        compiled.native = compiled.native.filter(requires_all);

        Ok(Self(compiled))
    }

    pub fn accepts(&self, value: &Value) -> bool {
        self.0.validator.is_valid(value)
    }

    pub fn schema(&self) -> &Value {
        &self.0.schema
    }
}

/// Whether each object in it requires all of its properties.
fn requires_all(schema: &Value) -> bool {
    match schema {
        Value::Object(map) => {
            let required = map.get("required").and_then(Value::as_array).map_or(0, Vec::len);
            let properties = map.get("properties").and_then(Value::as_object);
            let counted = properties.is_none_or(|all| all.len() == required);

            counted && map.values().all(requires_all)
        }
        Value::Array(items) => items.iter().all(requires_all),
        _ => true,
    }
}

fn shortened(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(PROBLEM_LENGTH) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// The inside of the first code fence, or the text itself.
pub(super) fn unfenced(text: &str) -> &str {
    let text = text.trim();
    let Some((_, fenced)) = text.split_once("```") else {
        return text;
    };

    if text.starts_with(['{', '[', '"']) {
        return text;
    }

    // The rest of the opening line names the language.
    let body = fenced.split_once('\n').map_or(fenced, |(_, body)| body);

    body.rsplit_once("```").map_or(body, |(inside, _)| inside).trim()
}

/// The part of JSON Schema that every provider's constrained decoding understands. What it leaves out is judged
/// afterwards all the same.
fn decodable(schema: &Value) -> Option<Value> {
    let Value::Object(map) = schema else {
        // `true` allows anything, which constrained decoding has no word for.
        return None;
    };
    let mut out = Map::new();
    let mut notes = Vec::new();
    for (key, value) in map {
        match key.as_str() {
            key if NOISE.contains(&key) => {}
            key if RULES.contains(&key) => notes.push(format!("{key} {value}")),
            "properties" | "$defs" => {
                out.insert(key.clone(), decodable_map(value)?);
            }
            "items" => {
                out.insert(key.clone(), decodable(value)?);
            }
            "anyOf" | "oneOf" => {
                out.insert("anyOf".to_owned(), decodable_list(value)?);
            }
            "additionalProperties" if value != &json!(false) => return None,
            "const" => {
                out.insert("enum".to_owned(), json!([value]));
            }
            "type" | "description" | "enum" | "required" | "$ref" | "additionalProperties" => {
                out.insert(key.clone(), value.clone());
            }
            _ => return None,
        }
    }

    if !notes.is_empty() {
        let said = out.get("description").and_then(Value::as_str).unwrap_or_default();
        let description = format!("{said} ({})", notes.join(", ")).trim_start().to_owned();
        out.insert("description".to_owned(), Value::String(description));
    }

    if out.contains_key("properties") || out.get("type") == Some(&json!("object")) {
        out.insert("additionalProperties".to_owned(), json!(false));
        // An object that names no property would hold nothing at all.
        out.get("properties")?;
    }

    Some(Value::Object(out))
}

fn decodable_map(schemas: &Value) -> Option<Value> {
    let decodable_one = |(name, schema): (&String, &Value)| Some((name.clone(), decodable(schema)?));
    let map: Option<Map<String, Value>> = schemas.as_object()?.iter().map(decodable_one).collect();
    map.map(Value::Object)
}

fn decodable_list(schemas: &Value) -> Option<Value> {
    let list: Option<Vec<Value>> = schemas.as_array()?.iter().map(decodable).collect();
    list.map(Value::Array)
}

/// Whether the schema, or one of its definitions, reaches itself.
fn is_recursive(root: &Value) -> bool {
    let reached = |from: &Value, target: &str| {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut next = references(from);
        while let Some(reference) = next.pop() {
            if seen.insert(reference) {
                let place = reference.strip_prefix('#').and_then(|place| root.pointer(place));
                next.extend(place.map(references).unwrap_or_default());
            }
        }

        seen.contains(target)
    };

    let definitions = root.get("$defs").and_then(Value::as_object);
    reached(root, "#")
        || definitions
            .into_iter()
            .flatten()
            .any(|(name, schema)| reached(schema, &format!("#/$defs/{name}")))
}

fn references(schema: &Value) -> Vec<&str> {
    match schema {
        Value::Object(map) => {
            let own = map.get("$ref").and_then(Value::as_str);
            own.into_iter().chain(map.values().flat_map(references)).collect()
        }
        Value::Array(list) => list.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, JsonSchema, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Plan {
        title: String,
        #[schemars(range(min = 1, max = 20))]
        minutes: u32,
        style: Style,
        note: Option<String>,
        parts: Vec<Part>,
    }

    #[derive(Debug, Deserialize, JsonSchema, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Style {
        /// Facts first.
        Documentary,
        Podcast,
    }

    #[derive(Debug, Deserialize, JsonSchema, PartialEq)]
    struct Part {
        name: String,
    }

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema matters")]
    struct Tree {
        name: String,
        children: Vec<Tree>,
    }

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema matters")]
    struct Free {
        counts: BTreeMap<String, u32>,
    }

    fn plan() -> OutputSchema {
        OutputSchema::derive::<Plan>().expect("a valid schema")
    }

    fn keys(value: &Value) -> Vec<String> {
        match value {
            Value::Object(map) => map
                .iter()
                .flat_map(|(k, v)| [vec![k.clone()], keys(v)].concat())
                .collect(),
            Value::Array(list) => list.iter().flat_map(keys).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn constrained_decoding_gets_only_what_every_provider_understands() {
        let schema = plan();
        let native = schema.native().expect("a decodable type");
        let keys = keys(native);
        for banned in [
            "$schema", "title_", "format", "minimum", "maximum", "oneOf", "const",
        ] {
            assert!(!keys.iter().any(|key| key == banned), "{banned} in {native}");
        }

        assert_eq!(native["additionalProperties"], json!(false));

        let minutes = native["properties"]["minutes"]["description"]
            .as_str()
            .expect("a description");
        assert!(
            minutes.contains("minimum 1") && minutes.contains("maximum 20"),
            "{minutes}"
        );
    }

    #[test]
    fn free_keys_recursion_and_roots_that_are_no_objects_are_left_to_the_prompt() {
        assert!(
            OutputSchema::derive::<Tree>()
                .expect("a valid schema")
                .native()
                .is_none()
        );
        assert!(
            OutputSchema::derive::<Free>()
                .expect("a valid schema")
                .native()
                .is_none()
        );

        assert!(
            OutputSchema::derive::<Vec<String>>()
                .expect("a valid schema")
                .native()
                .is_none()
        );
    }

    #[test]
    fn an_answer_is_read_with_and_without_fences() {
        let answer =
            r#"{"title":"A","minutes":5,"style":"podcast","note":null,"parts":[{"name":"``` is a fence"}]}"#;
        for text in [
            answer.to_owned(),
            format!("```json\n{answer}\n```"),
            format!("Here it is:\n```\n{answer}\n```\n"),
        ] {
            let plan: Plan = plan().parse(&text).expect("a valid answer");
            assert_eq!(plan.minutes, 5);
        }
    }

    #[test]
    fn problems_name_the_place_and_the_masked_ones_hold_no_values() {
        let answer = r#"{"title":7,"minutes":99,"style":"secret-style","note":null,"parts":[]}"#;
        let problems = plan().parse::<Plan>(answer).expect_err("an invalid answer");

        assert_eq!(problems.told.len(), 3);
        assert!(
            problems
                .told
                .iter()
                .any(|p| p.starts_with("/minutes: ") && p.contains("99")),
            "{:?}",
            problems.told
        );
        assert!(!problems.masked.concat().contains("99"), "{:?}", problems.masked);
        assert!(
            !problems.masked.concat().contains("secret-style"),
            "{:?}",
            problems.masked
        );
    }

    #[test]
    fn half_an_answer_is_a_problem_and_not_a_value() {
        let problems = plan()
            .parse::<Plan>(r#"{"title":"A","minu"#)
            .expect_err("an invalid answer");
        assert!(problems.told[0].contains("not JSON"));
    }
}
