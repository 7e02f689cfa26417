//! Judges an agent's input and output by their JSON Schemas, and says what is wrong in words: which field, and what was
//! expected there. Never changes them, and never repeats a value.

use std::sync::OnceLock;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use kit::FieldViolation;
use serde_json::Value;

/// The field that tells the tasks of one agent apart.
const TAG: &str = "task";
/// Name of the whole input in a violation.
const WHOLE: &str = "input";
/// Violations reported at once.
const MOST: usize = 20;

pub(crate) struct AgentSchema {
    schema: Value,
    judge: Judge,
}

enum Judge {
    /// One schema for every input.
    One(Box<Task>),
    /// An own schema for each value of [`TAG`]: a violation then speaks of the task that was asked for.
    Tasks(Vec<(String, Task)>),
}

struct Task {
    schema: Value,
    /// Made when it is first needed: all of ours together are megabytes, and a process uses few of them. `None` for a schema that is
    /// not valid, which only a hand-written one can be; it then accepts nothing.
    validator: OnceLock<Option<Validator>>,
}

impl Task {
    const fn new(schema: Value) -> Self {
        Self {
            schema,
            validator: OnceLock::new(),
        }
    }

    fn validator(&self) -> Option<&Validator> {
        let validator = self.validator.get_or_init(|| {
            let options = jsonschema::options().should_validate_formats(true);
            options.build(&self.schema).ok()
        });

        validator.as_ref()
    }
}

impl AgentSchema {
    pub(crate) fn new(schema: Value) -> Self {
        let judge = match tasks(&schema) {
            Some(tasks) => Judge::Tasks(tasks),
            None => Judge::One(Box::new(Task::new(schema.clone()))),
        };
        Self { schema, judge }
    }

    pub(crate) fn schema(&self) -> &Value {
        &self.schema
    }

    /// Everything that is wrong with the input, at most 20; nothing when it fits.
    pub(crate) fn check(&self, input: &Value) -> Vec<FieldViolation> {
        let Value::Object(fields) = input else {
            return vec![FieldViolation::new(WHOLE, "a JSON object")];
        };

        if let Some(field) = with_nul(input, &mut Vec::new()) {
            return vec![FieldViolation::new(field, "text without NUL characters")];
        }

        let task = match &self.judge {
            Judge::One(task) => task,
            Judge::Tasks(tasks) => {
                let asked = fields.get(TAG).and_then(Value::as_str);
                match tasks.iter().find(|(name, _)| asked == Some(name)) {
                    Some((_, task)) => task,
                    None => {
                        let names: Vec<&str> = tasks.iter().map(|(name, _)| name.as_str()).collect();
                        return vec![FieldViolation::new(TAG, one_of(&names))];
                    }
                }
            }
        };
        let Some(validator) = task.validator() else {
            return vec![FieldViolation::new(WHOLE, "an agent with a valid schema")];
        };
        let errors = validator.iter_errors(input).take(MOST);
        let mut found: Vec<_> = errors
            .flat_map(|error| violations(&error, &task.schema))
            .take(MOST)
            .collect();
        found.sort_by(|a, b| a.field.cmp(&b.field));

        found
    }
}

/// The branches of an internally tagged enum, each as a schema of its own.
fn tasks(schema: &Value) -> Option<Vec<(String, Task)>> {
    let branches = schema.get("oneOf")?.as_array()?;
    let task = |branch: &Value| {
        let name = branch.pointer("/properties/task/const")?.as_str()?.to_owned();
        let mut own = branch.clone();
        let definitions = schema
            .get("$defs")
            .cloned()
            .unwrap_or_else(|| Value::Object(Default::default()));
        own.as_object_mut()?.insert("$defs".to_owned(), definitions);
        Some((name, Task::new(own)))
    };

    branches.iter().map(task).collect()
}

fn violations(error: &ValidationError<'_>, schema: &Value) -> Vec<FieldViolation> {
    let path = error.instance_path().to_string();
    let place: Vec<String> = path
        .split('/')
        .skip(1)
        .map(|part| part.replace("~1", "/").replace("~0", "~"))
        .collect();

    let at = |more: Option<&str>| {
        let parts: Vec<&str> = place.iter().map(String::as_str).chain(more).collect();
        if parts.is_empty() {
            WHOLE.to_owned()
        } else {
            parts.join(".")
        }
    };

    match error.kind() {
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            let inside = node(schema, place.iter().map(String::as_str).chain([name]));
            vec![FieldViolation::new(
                at(Some(name)),
                format!("required: {}", describe(inside, schema)),
            )]
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => unexpected
            .iter()
            .map(|name| {
                let name: String = name.chars().take(100).collect();
                FieldViolation::new(at(Some(&name)), "no such field")
            })
            .collect(),
        _ => {
            let inside = node(schema, place.iter().map(String::as_str));
            vec![FieldViolation::new(at(None), describe(inside, schema))]
        }
    }
}

/// The part of the schema that speaks of the value at `place`.
fn node(root: &Value, place: impl Iterator<Item = impl AsRef<str>>) -> &Value {
    let mut here = resolve(root, root);
    for part in place {
        let next = here
            .get("properties")
            .and_then(|properties| properties.get(part.as_ref()))
            .or_else(|| here.get("items"))
            .or_else(|| here.get("additionalProperties"));
        here = next.map_or(&Value::Null, |next| resolve(next, root));
    }

    here
}

/// Follows references, and steps through "this or null" into "this".
fn resolve<'a>(mut here: &'a Value, root: &'a Value) -> &'a Value {
    for _ in 0..16 {
        if let Some(target) = here.get("$ref").and_then(Value::as_str) {
            let Some(next) = target.strip_prefix('#').and_then(|pointer| root.pointer(pointer)) else {
                return here;
            };
            here = next;
        } else if let Some(options) = here.get("anyOf").and_then(Value::as_array)
            && let [only] = options
                .iter()
                .filter(|option| !is_null(option))
                .collect::<Vec<_>>()[..]
        {
            here = only;
        } else {
            return here;
        }
    }

    here
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("null")
}

/// What a value should be, as a phrase.
fn describe(schema: &Value, root: &Value) -> String {
    let schema = resolve(schema, root);
    if let Some(names) = words(schema) {
        return one_of(&names.iter().map(String::as_str).collect::<Vec<_>>());
    }

    let number = |key: &str| schema.get(key).map(ToString::to_string);
    match kind(schema) {
        Some("string") => match (number("minLength"), number("maxLength")) {
            _ if schema.get("format").and_then(Value::as_str) == Some("uuid") => "a UUID".to_owned(),
            (Some(least), Some(most)) => format!("text of {least} to {most} characters"),
            (None, Some(most)) => format!("text of at most {most} characters"),
            _ => "text".to_owned(),
        },
        Some("integer") => match (number("minimum"), number("maximum")) {
            (Some(least), Some(most)) => format!("a whole number from {least} to {most}"),
            (Some(least), None) => format!("a whole number of at least {least}"),
            _ => "a whole number".to_owned(),
        },
        Some("number") => match (number("minimum"), number("maximum")) {
            (Some(least), Some(most)) => format!("a number from {least} to {most}"),
            (Some(least), None) => format!("a number of at least {least}"),
            _ => "a number".to_owned(),
        },
        Some("boolean") => "true or false".to_owned(),
        Some("array") => {
            let item = schema
                .get("items")
                .map_or_else(|| "anything".to_owned(), |item| describe(item, root));

            match (number("minItems"), number("maxItems")) {
                (Some(least), Some(most)) => format!("a list of {least} to {most} items, each {item}"),
                (None, Some(most)) => format!("a list of at most {most} items, each {item}"),
                (Some(least), None) => format!("a list of at least {least} items, each {item}"),
                (None, None) => format!("a list, each item {item}"),
            }
        }
        Some("object") => {
            let names = schema.get("required").and_then(Value::as_array);
            let names: Vec<&str> = names.into_iter().flatten().filter_map(Value::as_str).collect();
            if names.is_empty() {
                "an object".to_owned()
            } else {
                format!("an object with {}", names.join(", "))
            }
        }
        _ => "another value".to_owned(),
    }
}

/// `type`, also of the form `["string", "null"]`.
fn kind(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::Array(kinds) => kinds
            .iter()
            .filter_map(Value::as_str)
            .find(|kind| *kind != "null"),
        kind => kind.as_str(),
    }
}

/// The words (or numbers) of an enumeration, however its schema says it.
fn words(schema: &Value) -> Option<Vec<String>> {
    let plain = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return Some(
            values
                .iter()
                .filter(|value| !value.is_null())
                .map(plain)
                .collect(),
        );
    }

    if let Some(value) = schema.get("const") {
        return Some(vec![plain(value)]);
    }

    let options = schema.get("oneOf").and_then(Value::as_array)?;
    let options: Option<Vec<Vec<String>>> = options.iter().map(words).collect();

    options.map(|options| options.concat())
}

fn one_of(words: &[&str]) -> String {
    match words {
        [only] => (*only).to_owned(),
        words => format!("one of {}", words.join(", ")),
    }
}

/// Where a NUL hides in the input. PostgreSQL stores none, and no product has a use for one.
fn with_nul(value: &Value, place: &mut Vec<String>) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then(|| place.join(".")),
        Value::Array(items) => items.iter().enumerate().find_map(|(index, item)| {
            place.push(index.to_string());
            let found = with_nul(item, place);
            place.pop();
            found
        }),
        Value::Object(fields) => fields.iter().find_map(|(name, item)| {
            place.push(name.replace('\0', ""));
            let found = if name.contains('\0') {
                Some(place.join("."))
            } else {
                with_nul(item, place)
            };
            place.pop();
            found
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use repo::author::Style;
    use schemars::JsonSchema;
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its schema is used")]
    struct Plain {
        #[schemars(length(min = 1, max = 20))]
        repo_url: String,
        style: Option<Style>,
        #[serde(default)]
        #[schemars(extend("enum" = [5, 10]))]
        duration_minutes: u32,
        #[serde(default)]
        #[schemars(length(max = 2), inner(length(min = 1, max = 3)))]
        focus_areas: Vec<String>,
    }

    #[derive(Deserialize, JsonSchema)]
    #[serde(tag = "task", rename_all = "snake_case", deny_unknown_fields)]
    #[expect(dead_code, reason = "only its schema is used")]
    enum Tagged {
        Cut { text: String },
        Chunk { text: String, index: u32, plain: Plain },
    }

    fn check<T: JsonSchema>(input: &Value, expected: &Expect) {
        let schema = AgentSchema::new(schemars::schema_for!(T).to_value());
        let told = schema
            .check(input)
            .into_iter()
            .map(|v| format!("{}: {}\n", v.field, v.expected));
        expected.assert_eq(&told.collect::<String>());
    }

    #[test]
    fn a_good_input_has_no_violation() {
        check::<Plain>(
            &json!({"repo_url": "x", "style": "podcast", "duration_minutes": 5}),
            &expect![""],
        );
        check::<Plain>(&json!({"repo_url": "x", "style": null}), &expect![""]);
        check::<Tagged>(&json!({"task": "cut", "text": "x"}), &expect![""]);
    }

    #[test]
    fn every_wrong_field_is_named_with_what_was_expected() {
        check::<Plain>(
            &json!({"repo_url": 5, "style": "opera", "duration_minutes": 7, "focus_areas": ["long one", 1, "c"], "x": 1}),
            &expect![[r#"
                duration_minutes: one of 5, 10
                focus_areas: a list of at most 2 items, each text of 1 to 3 characters
                focus_areas.0: text of 1 to 3 characters
                focus_areas.1: text of 1 to 3 characters
                repo_url: text of 1 to 20 characters
                style: one of documentary, tutorial, podcast, fiction, technical
                x: no such field
            "#]],
        );
        check::<Plain>(
            &json!({}),
            &expect![[r#"
            repo_url: required: text of 1 to 20 characters
        "#]],
        );

        check::<Plain>(
            &json!([1]),
            &expect![[r#"
            input: a JSON object
        "#]],
        );
        check::<Plain>(
            &json!({"repo_url": "a\u{0}b"}),
            &expect![[r#"
            repo_url: text without NUL characters
        "#]],
        );
    }

    #[test]
    fn a_violation_speaks_of_the_task_that_was_asked_for() {
        check::<Tagged>(
            &json!({"text": "x"}),
            &expect![[r#"
            task: one of cut, chunk
        "#]],
        );
        check::<Tagged>(
            &json!({"task": "sing"}),
            &expect![[r#"
            task: one of cut, chunk
        "#]],
        );

        check::<Tagged>(
            &json!({"task": "chunk", "text": "x", "index": -1, "plain": {"repo_url": ""}, "voice": 1}),
            &expect![[r#"
                index: a whole number of at least 0
                plain.repo_url: text of 1 to 20 characters
                voice: no such field
            "#]],
        );
    }
}
