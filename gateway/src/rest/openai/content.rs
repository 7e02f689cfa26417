//! What both ways of asking have in common: contents as a text or in parts, tools, and the form of the answer.

use proto::v1::PromptTool;
use serde_json::{Map, Value};

use crate::error::ApiError;

/// The text of a content: one text, or parts that are texts. `None` is no text at all.
pub(super) fn read_text(content: Option<&Value>, field: &str) -> Result<String, ApiError> {
    let parts = match content {
        None | Some(Value::Null) => return Ok(String::new()),
        Some(Value::String(text)) => return Ok(text.clone()),
        Some(Value::Array(parts)) => parts,
        Some(_) => {
            return Err(ApiError::field(
                field,
                "type_error",
                "expected a text or a list of parts",
            ));
        }
    };

    let mut texts = Vec::with_capacity(parts.len());
    for (index, part) in parts.iter().enumerate() {
        let kind = part.get("type").and_then(Value::as_str).unwrap_or_default();
        let text = match kind {
            "text" | "input_text" | "output_text" => part.get("text"),
            "refusal" => part.get("refusal"),
            _ => None,
        };
        match text.and_then(Value::as_str) {
            Some(text) => texts.push(text),
            None => {
                let message =
                    "expected a part of the type `text`; images, sound and files are not taken here";
                return Err(ApiError::field(
                    format!("{field}.{index}"),
                    "value_error",
                    message,
                ));
            }
        }
    }

    Ok(texts.join("\n"))
}

/// A tool from the object that describes its function.
pub(super) fn read_function(function: &Map<String, Value>, field: &str) -> Result<PromptTool, ApiError> {
    let text = |key: &str| match function.get(key) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(ApiError::field(
            format!("{field}.{key}"),
            "type_error",
            "expected a text",
        )),
    };
    let parameters = match function.get("parameters") {
        None | Some(Value::Null) => String::new(),
        Some(schema) => schema.to_string(),
    };

    Ok(PromptTool {
        name: text("name")?,
        description: text("description")?,
        parameters,
    })
}

/// The object at a key, or why there is none.
pub(super) fn find_object<'a>(value: &'a Value, field: &str) -> Result<&'a Map<String, Value>, ApiError> {
    value
        .as_object()
        .ok_or_else(|| ApiError::field(field, "type_error", "expected an object"))
}

/// The text at a key, or an empty one.
pub(super) fn text_at<'a>(object: &'a Map<String, Value>, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// How the answer is to be formed: `text`, `json` or `schema`, with the schema's name and text.
#[derive(Debug, Default)]
pub(super) struct FormParts {
    pub(super) form: String,
    pub(super) name: String,
    pub(super) schema: String,
}

/// `format` names the kind; `described` has name and schema, where it is a schema.
pub(super) fn read_form(
    format: &Map<String, Value>,
    described: Option<&Map<String, Value>>,
    field: &str,
) -> Result<FormParts, ApiError> {
    let form = match text_at(format, "type") {
        "text" => "text",
        "json_object" => "json",
        "json_schema" => "schema",
        _ => {
            let message = "expected one of text, json_object, json_schema";
            return Err(ApiError::field(format!("{field}.type"), "enum", message));
        }
    };
    if form != "schema" {
        return Ok(FormParts {
            form: form.to_owned(),
            ..FormParts::default()
        });
    }

    let schema = described.and_then(|described| Some((described, described.get("schema")?)));
    let Some((described, schema)) = schema else {
        let message = "expected a schema under `json_schema.schema`";
        return Err(ApiError::field(field, "missing", message));
    };

    let name: String = text_at(described, "name")
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .take(64)
        .collect();
    Ok(FormParts {
        form: form.to_owned(),
        name: if name.is_empty() {
            "answer".to_owned()
        } else {
            name
        },
        schema: schema.to_string(),
    })
}

/// `auto`, `none`, `required`, or the name of a tool, as it is sent: a text or an object.
pub(super) fn read_tool_choice(
    choice: Option<&Value>,
    name_of: impl Fn(&Map<String, Value>) -> Option<&str>,
) -> Result<(String, String), ApiError> {
    match choice {
        None | Some(Value::Null) => Ok((String::new(), String::new())),
        Some(Value::String(word)) => Ok((word.clone(), String::new())),
        Some(Value::Object(object)) => match name_of(object) {
            Some(name) => Ok(("named".to_owned(), name.to_owned())),
            None => Err(ApiError::field(
                "tool_choice",
                "value_error",
                "expected a function by its name",
            )),
        },
        Some(_) => Err(ApiError::field(
            "tool_choice",
            "type_error",
            "expected a text or an object",
        )),
    }
}

/// What would change the answer and can't be had here is refused by its name: nothing is dropped in silence.
pub(super) fn refuse_unless(fits: bool, field: &str, message: &str) -> Result<(), ApiError> {
    match fits {
        true => Ok(()),
        false => Err(ApiError::field(field, "value_error", message)),
    }
}

/// Whether a parameter is as good as not sent.
pub(super) fn is_unset(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        // Of the ways to answer, the one that there is.
        Value::Array(items) => items.iter().all(|item| item == "text"),
        Value::Object(fields) => fields.is_empty(),
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::Bool(true) | Value::String(_) => false,
    }
}
