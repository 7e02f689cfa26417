//! Whether a value without variables fits a type: the default of a variable, a literal, or what a client sent as JSON.
//! Says where it does not fit and what was expected, never what was found.

use std::fmt;

use async_graphql::{InputType, Value};
use chrono::{DateTime, Utc};
use url::Url;
use uuid::Uuid;

use crate::engine::types::{Input, Type, TypeId, TypeRef, TypeShape, Types};

/// Values of an enum that a message lists.
const LISTED: usize = 10;

/// Where a value was written: an enum's value is a name in a document and a string in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueSource {
    Document,
    Json,
}

/// A value that does not fit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct WrongValue {
    /// From the inside out.
    path: Vec<Segment>,
    pub(crate) expected: String,
    /// `missing`, `unknown_field`, `type_error`, `enum` or `value_error`.
    pub(crate) kind: &'static str,
}

#[derive(Debug, PartialEq, Eq)]
enum Segment {
    Field(String),
    Index(usize),
}

impl WrongValue {
    fn new(kind: &'static str, expected: String) -> Self {
        Self {
            path: Vec::new(),
            expected,
            kind,
        }
    }

    pub(crate) fn type_error(expected: String) -> Self {
        Self::new("type_error", expected)
    }

    /// Something of this type had to be given.
    pub(crate) fn missing(ty: String) -> Self {
        Self::new("missing", format!("{ty}, but it is missing"))
    }

    /// There is no such field of an input object.
    pub(crate) fn unknown_field(of: &str) -> Self {
        Self::new("unknown_field", format!("no such field of {of}"))
    }

    /// There is no such argument of a field or directive.
    pub(crate) fn unknown_argument(of: &impl fmt::Display) -> Self {
        Self::new("unknown_field", format!("no such argument of {of}"))
    }

    pub(crate) fn one_of(of: &str) -> Self {
        Self::new("value_error", format!("exactly one field of {of}"))
    }

    /// A value of this type, which is no list and no input object that was given as one.
    pub(crate) fn leaf(ty: &Type, value: &Value) -> Self {
        match &ty.shape {
            TypeShape::Enum(known) if known.len() <= LISTED => {
                Self::new("enum", format!("one of {}", known.join(", ")))
            }
            TypeShape::Enum(known) => {
                let listed = known[..LISTED].join(", ");
                Self::new("enum", format!("a {}: one of {listed}, …", ty.name))
            }
            // A text of the right kind that says nothing of it, such as `x` for a UUID.
            TypeShape::Scalar if matches!(value, Value::String(_)) && is_written_as_text(ty) => {
                Self::new("value_error", ty.name.clone())
            }
            _ => Self::type_error(ty.name.clone()),
        }
    }

    fn inside(mut self, segment: Segment) -> Self {
        self.path.push(segment);
        self
    }

    /// `.input.focus.2`, or nothing for the value itself.
    pub(crate) fn path(&self) -> impl fmt::Display {
        fmt::from_fn(|f| {
            self.path.iter().rev().try_for_each(|segment| match segment {
                Segment::Field(name) => write!(f, ".{name}"),
                Segment::Index(index) => write!(f, ".{index}"),
            })
        })
    }
}

pub(crate) fn check_value(
    types: &Types,
    value: &Value,
    ty: &TypeRef,
    from: ValueSource,
) -> Result<(), WrongValue> {
    match (ty, value) {
        (TypeRef::NonNull(_), Value::Null) => {
            Err(WrongValue::type_error(format!("{}, not null", types.show(ty))))
        }
        (_, Value::Null) => Ok(()),
        (TypeRef::NonNull(inner), _) => check_value(types, value, inner, from),
        (TypeRef::List(item), Value::List(values)) => {
            let mut values = values.iter().enumerate();
            values.try_for_each(|(index, value)| {
                check_value(types, value, item, from).map_err(|wrong| wrong.inside(Segment::Index(index)))
            })
        }
        // One value stands for a list of one.
        (TypeRef::List(item), _) => check_value(types, value, item, from),
        (TypeRef::Named(id), _) => named(types, value, *id, from),
    }
}

fn named(types: &Types, value: &Value, id: TypeId, from: ValueSource) -> Result<(), WrongValue> {
    let ty = types.get(id);
    if let (TypeShape::Input { fields, one_of }, Value::Object(_)) = (&ty.shape, value) {
        return object(types, value, ty, (fields, *one_of), from);
    }

    if accepts_value(ty, value, from) {
        return Ok(());
    }

    Err(WrongValue::leaf(ty, value))
}

fn object(
    types: &Types,
    value: &Value,
    ty: &Type,
    (fields, one_of): (&[Input], bool),
    from: ValueSource,
) -> Result<(), WrongValue> {
    let Value::Object(given) = value else {
        return Err(WrongValue::type_error(ty.name.clone()));
    };
    for (name, value) in given {
        let within = || Segment::Field(name.to_string());
        let Some(field) = fields.iter().find(|field| field.name == name.as_str()) else {
            return Err(WrongValue::unknown_field(&ty.name).inside(within()));
        };
        check_value(types, value, &field.ty, from).map_err(|wrong| wrong.inside(within()))?;
    }

    let missing = fields
        .iter()
        .find(|field| field.is_required() && !given.contains_key(field.name.as_str()));
    if let Some(field) = missing {
        let wrong = WrongValue::missing(types.show(&field.ty));
        return Err(wrong.inside(Segment::Field(field.name.clone())));
    }

    if one_of && (given.len() != 1 || given.values().any(|value| *value == Value::Null)) {
        return Err(WrongValue::one_of(&ty.name));
    }

    Ok(())
}

/// Whether a value that is not null fits a type that is no list. Scalars of our own are parsed as their resolvers do.
pub(crate) fn accepts_value(ty: &Type, value: &Value, from: ValueSource) -> bool {
    match &ty.shape {
        TypeShape::Scalar => match ty.name.as_str() {
            "Int" => is_int(value),
            "Float" => matches!(value, Value::Number(_)),
            "String" => matches!(value, Value::String(_)),
            "Boolean" => matches!(value, Value::Boolean(_)),
            "ID" => matches!(value, Value::String(_)) || matches!(value, Value::Number(n) if !n.is_f64()),
            "UUID" => parses::<Uuid>(value),
            "DateTime" => parses::<DateTime<Utc>>(value),
            "URL" | "Url" => parses::<Url>(value) || is_git_address(value),
            _ => true,
        },
        TypeShape::Enum(known) => match (value, from) {
            (Value::Enum(name), ValueSource::Document) => known.iter().any(|one| one == name.as_str()),
            (Value::String(name), ValueSource::Json) => known.contains(name),
            _ => false,
        },
        _ => false,
    }
}

/// Whether a scalar of our own is a text in JSON.
fn is_written_as_text(ty: &Type) -> bool {
    matches!(ty.name.as_str(), "UUID" | "DateTime" | "URL" | "Url")
}

/// Git's short form of an address: `git@host:path`. People copy it where a URL is asked for.
fn is_git_address(value: &Value) -> bool {
    let Value::String(text) = value else {
        return false;
    };
    let host_and_path = text
        .split_once('@')
        .and_then(|(user, rest)| rest.split_once(':').filter(|_| !user.is_empty()));
    let plain = text
        .chars()
        .all(|letter| !letter.is_whitespace() && !letter.is_control());

    plain
        && host_and_path
            .is_some_and(|(host, path)| !host.contains('/') && !host.is_empty() && !path.is_empty())
}

fn is_int(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_i64().is_some_and(|n| i32::try_from(n).is_ok()),
        _ => false,
    }
}

fn parses<T: InputType>(value: &Value) -> bool {
    T::parse(Some(value.clone())).is_ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::engine::tests::types;

    fn told(of: &str, value: serde_json::Value) -> String {
        let types = types();
        let written = async_graphql::parser::types::Type::new(of).unwrap();
        let ty = types.resolve(&written).unwrap();
        match check_value(types, &Value::from_json(value).unwrap(), &ty, ValueSource::Json) {
            Ok(()) => "fits".to_owned(),
            Err(wrong) => format!("{}: {}", wrong.path(), wrong.expected),
        }
    }

    #[test]
    fn scalars_take_what_the_specification_says() {
        let id = "0f8fad5b-d9cb-469f-a165-70867728950e";

        for (ty, fits, does_not) in [
            (
                "Int",
                json!([1, -2147483648, 2147483647, null]),
                json!(["1", 1.5, 2147483648_i64, true]),
            ),
            ("Float", json!([1, 1.5]), json!(["1", true])),
            ("String", json!(["", "x"]), json!([1, [1], {}])),
            ("Boolean", json!([true]), json!(["true", 0])),
            ("ID", json!(["x", 7]), json!([1.5, true])),
            ("UUID", json!([id]), json!(["x", 7])),
            (
                "DateTime",
                json!(["2024-01-02T03:04:05Z"]),
                json!(["yesterday", 7]),
            ),
            (
                "Url",
                json!(["https://saga.example/x", "git@saga.example:a/b.git"]),
                json!([
                    "saga",
                    "a@b",
                    "a@:b",
                    "a@b/c:d",
                    "git@saga.example:a b",
                    "@b:c",
                    7
                ]),
            ),
            ("JSON", json!([1, "x", { "a": [1] }]), json!([])),
            (
                "StoryKind",
                json!(["CODE_STORY"]),
                json!(["code_story", "NOPE", 1]),
            ),
        ] {
            for value in fits.as_array().unwrap() {
                assert_eq!(told(ty, value.clone()), "fits", "{ty} {value}");
            }
            for value in does_not.as_array().unwrap() {
                assert_ne!(told(ty, value.clone()), "fits", "{ty} {value}");
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_path_and_what_was_expected() {
        assert_eq!(told("Int!", json!(null)), ": Int!, not null");
        assert_eq!(told("[Int!]", json!([1, "x"])), ".1: Int");
        assert_eq!(told("[Int!]", json!(1)), "fits");
        assert_eq!(told("StoryKind", json!("x")), ": one of STORY, CODE_STORY");
        assert_eq!(told("GenerateInput!", json!("x")), ": GenerateInput");
        assert_eq!(
            told("GenerateInput!", json!({ "url": "https://x", "focus": ["a", 1] })),
            ".focus.1: String"
        );

        assert_eq!(
            told("GenerateInput!", json!({ "focus": [] })),
            ".url: Url!, but it is missing"
        );
        assert_eq!(
            told("GenerateInput!", json!({ "url": "https://x", "y": 1 })),
            ".y: no such field of GenerateInput"
        );
        assert_eq!(
            told("Which!", json!({ "id": null })),
            ": exactly one field of Which"
        );
        assert_eq!(told("Which!", json!({ "name": "x" })), "fits");
    }
}
