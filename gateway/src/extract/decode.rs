//! Reads a JSON value into a type so that a refusal carries the exact path of the field and a machine-readable cause,
//! instead of a sentence to be taken apart. Knows nothing of HTTP.

use std::fmt::Display;

use serde::{
    Deserializer,
    de::{
        self, DeserializeOwned, DeserializeSeed, Expected, IntoDeserializer, MapAccess, SeqAccess,
        Unexpected, Visitor,
    },
    forward_to_deserialize_any,
};
use serde_json::{Map, Value};

use crate::error::FieldError;

/// The value as a `T`. A text anywhere in it must not hold NUL: no database and no file name takes it.
pub(crate) fn decode<T: DeserializeOwned>(value: Value) -> Result<T, FieldError> {
    if let Some(at) = find_nul(&value) {
        return Err(FieldError::new(
            at,
            "value_error",
            "must not hold the NUL character",
        ));
    }
    T::deserialize(Reader(value)).map_err(DecodeFault::into_field)
}

/// Path of the first text with a NUL in it.
fn find_nul(value: &Value) -> Option<String> {
    let below = |step: String, inner: &Value| {
        let rest = find_nul(inner)?;
        Some(if rest.is_empty() {
            step
        } else {
            format!("{step}.{rest}")
        })
    };

    match value {
        Value::String(text) => text.contains('\0').then(String::new),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(i, item)| below(i.to_string(), item)),
        Value::Object(fields) => fields.iter().find_map(|(name, inner)| match name.contains('\0') {
            true => Some(name.replace('\0', "\\0")),
            false => below(name.clone(), inner),
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// Why a value is not a `T`. The path is collected from the inside out.
#[derive(Debug)]
struct DecodeFault {
    path: Vec<String>,
    kind: &'static str,
    message: String,
}

impl DecodeFault {
    fn new(kind: &'static str, message: String) -> Self {
        Self {
            path: Vec::new(),
            kind,
            message,
        }
    }

    fn at(mut self, step: impl Into<String>) -> Self {
        self.path.push(step.into());
        self
    }

    fn into_field(mut self) -> FieldError {
        self.path.reverse();
        FieldError::new(self.path.join("."), self.kind, self.message)
    }
}

impl Display for DecodeFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for DecodeFault {}

impl de::Error for DecodeFault {
    fn custom<T: Display>(message: T) -> Self {
        Self::new("value_error", message.to_string())
    }

    fn invalid_type(got: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(
            "type_error",
            format!("expected {}, got {}", describe(expected), name_of(got)),
        )
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new("value_error", format!("expected {}", describe(expected)))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new("enum", format!("expected one of {}", expected.join(", ")))
    }

    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self::new("unknown_field", "this field is not known".to_owned()).at(field)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new("missing", "this field is required".to_owned()).at(field)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(
            "value_error",
            "this field is given twice, in both spellings".to_owned(),
        )
        .at(field)
    }
}

/// What serde expects, in words of whoever sends JSON: it names numbers by their types in Rust.
fn describe(expected: &dyn Expected) -> String {
    let expected = expected.to_string();
    let most = match expected.as_str() {
        "u8" => u8::MAX.into(),
        "u16" => u16::MAX.into(),
        "u32" => u32::MAX.into(),
        "u64" | "usize" => u64::MAX,
        "i8" | "i16" | "i32" | "i64" | "isize" => return "a whole number that is not too large".to_owned(),
        "f32" | "f64" => return "a number".to_owned(),
        _ => return expected,
    };

    format!("a whole number from 0 to {most}")
}

struct Reader(Value);

impl Reader {
    fn wrong<'de, V: Visitor<'de>>(&self, visitor: &V) -> DecodeFault {
        de::Error::invalid_type(kind_of(&self.0), visitor)
    }

    fn expected(&self, what: &'static str) -> DecodeFault {
        de::Error::invalid_type(kind_of(&self.0), &what)
    }
}

/// What it is, and never its value: that may be nobody's to repeat.
fn name_of(got: Unexpected<'_>) -> &str {
    match got {
        Unexpected::Bool(_) => "a boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => "a number",
        Unexpected::Char(_) | Unexpected::Str(_) => "a text",
        Unexpected::Unit | Unexpected::Option => "null",
        Unexpected::Seq => "a list",
        Unexpected::Map => "an object",
        Unexpected::Other(name) => name,
        _ => "something else",
    }
}

fn kind_of(value: &Value) -> Unexpected<'_> {
    match value {
        Value::Null => Unexpected::Other("null"),
        Value::Bool(_) => Unexpected::Other("a boolean"),
        Value::Number(_) => Unexpected::Other("a number"),
        Value::String(_) => Unexpected::Other("a text"),
        Value::Array(_) => Unexpected::Other("a list"),
        Value::Object(_) => Unexpected::Other("an object"),
    }
}

impl<'de> Deserializer<'de> for Reader {
    type Error = DecodeFault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeFault> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(is) => visitor.visit_bool(is),
            Value::String(text) => visitor.visit_string(text),
            Value::Array(items) => visitor.visit_seq(Items {
                items: items.into_iter(),
                next: 0,
            }),
            Value::Object(fields) => visitor.visit_map(Fields {
                fields: fields.into_iter(),
                open: None,
            }),
            Value::Number(ref number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(n), _, _) => visitor.visit_u64(n),
                (None, Some(n), _) => visitor.visit_i64(n),
                (None, None, Some(n)) => visitor.visit_f64(n),
                (None, None, None) => Err(self.wrong(&visitor)),
            },
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeFault> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeFault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeFault> {
        match self.0 {
            Value::String(text) => visitor.visit_enum(text.into_deserializer()),
            _ => Err(self.expected("a text")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeFault> {
        match self.0 {
            Value::Object(_) => self.deserialize_any(visitor),
            _ => Err(self.expected("an object")),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeFault> {
        match self.0 {
            Value::Object(_) => self.deserialize_any(visitor),
            _ => Err(self.expected("an object")),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeFault> {
        match self.0 {
            Value::Array(_) => self.deserialize_any(visitor),
            _ => Err(self.expected("a list")),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeFault> {
        match self.0 {
            Value::String(text) => visitor.visit_string(text),
            _ => Err(self.expected("a text")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str bytes byte_buf unit unit_struct tuple
        tuple_struct identifier ignored_any
    }
}

struct Items {
    items: std::vec::IntoIter<Value>,
    next: usize,
}

impl<'de> SeqAccess<'de> for Items {
    type Error = DecodeFault;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, DecodeFault> {
        let Some(item) = self.items.next() else {
            return Ok(None);
        };
        let index = self.next;
        self.next += 1;
        seed.deserialize(Reader(item))
            .map(Some)
            .map_err(|refusal| refusal.at(index.to_string()))
    }
}

struct Fields {
    fields: <Map<String, Value> as IntoIterator>::IntoIter,
    open: Option<(String, Value)>,
}

impl<'de> MapAccess<'de> for Fields {
    type Error = DecodeFault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeFault> {
        let Some((name, value)) = self.fields.next() else {
            return Ok(None);
        };
        let key: de::value::StrDeserializer<'_, DecodeFault> = name.as_str().into_deserializer();
        let key = seed.deserialize(key)?;
        self.open = Some((name, value));
        Ok(Some(key))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, DecodeFault> {
        let Some((name, value)) = self.open.take() else {
            return Err(de::Error::custom("a value without a name"));
        };
        seed.deserialize(Reader(value))
            .map_err(|refusal| refusal.at(name))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "camelCase")]
    struct Order {
        #[serde(alias = "item_name")]
        item_name: String,
        #[serde(default)]
        tags: Vec<String>,
        size: Option<Size>,
        #[serde(default)]
        labels: Map<String, Value>,
        sugar: Option<bool>,
        inner: Option<Box<Order>>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Size {
        Small,
        Large,
    }

    fn refusal(value: Value) -> String {
        let field = decode::<Order>(value).unwrap_err();
        format!("{} [{}] {}", field.field, field.kind, field.message)
    }

    #[test]
    fn numbers_are_told_without_a_word_of_rust() {
        let told = |value: Value| decode::<u32>(value).unwrap_err().message;
        let expected = "expected a whole number from 0 to 4294967295";
        assert_eq!(told(json!(-3)), expected);
        assert_eq!(told(json!(1_u64 << 32)), expected);
        assert_eq!(told(json!("3")), format!("{expected}, got a text"));
        assert_eq!(told(json!(1.5)), format!("{expected}, got a number"));

        let told = decode::<i64>(json!(u64::MAX)).unwrap_err().message;
        assert_eq!(told, "expected a whole number that is not too large");
        assert_eq!(
            decode::<f64>(json!([])).unwrap_err().message,
            "expected a number, got a list"
        );
    }

    #[test]
    fn both_spellings_are_read() {
        for name in ["itemName", "item_name"] {
            let order: Order = decode(json!({ name: "tea", "size": "large", "inner": null })).unwrap();
            assert_eq!((order.item_name.as_str(), order.size), ("tea", Some(Size::Large)));
            assert!(order.tags.is_empty() && order.labels.is_empty());
            assert!(order.sugar.is_none() && order.inner.is_none());
        }
    }

    #[test]
    fn every_refusal_names_the_exact_field_and_what_was_expected() {
        let told = [
            refusal(json!([])),
            refusal(json!({})),
            refusal(json!({ "itemName": 7 })),
            refusal(json!({ "itemName": "tea", "tags": "hot" })),
            refusal(json!({ "itemName": "tea", "tags": ["hot", 7] })),
            refusal(json!({ "itemName": "tea", "size": "huge" })),
            refusal(json!({ "itemName": "tea", "size": 3 })),
            refusal(json!({ "itemName": "tea", "labels": "secret" })),
            refusal(json!({ "itemName": "tea", "sugar": "secret" })),
            refusal(json!({ "itemName": "tea", "sugar": 7 })),
            refusal(json!({ "itemName": "tea", "colour": "red" })),
            refusal(json!({ "itemName": "tea", "item_name": "tea" })),
            refusal(json!({ "itemName": "tea", "inner": { "itemName": "x", "tags": [null] } })),
            refusal(json!({ "itemName": "tea", "inner": { "itemName": "x", "who": 1 } })),
            refusal(json!({ "itemName": "t\u{0}a" })),
            refusal(json!({ "itemName": "tea", "tags": ["a", "b\u{0}"] })),
        ];

        expect_test::expect![[r#"
             [type_error] expected an object, got a list
            itemName [missing] this field is required
            itemName [type_error] expected a text, got a number
            tags [type_error] expected a list, got a text
            tags.1 [type_error] expected a text, got a number
            size [enum] expected one of small, large
            size [type_error] expected a text, got a number
            labels [type_error] expected an object, got a text
            sugar [type_error] expected a boolean, got a text
            sugar [type_error] expected a boolean, got a number
            colour [unknown_field] this field is not known
            itemName [value_error] this field is given twice, in both spellings
            inner.tags.0 [type_error] expected a text, got null
            inner.who [unknown_field] this field is not known
            itemName [value_error] must not hold the NUL character
            tags.1 [value_error] must not hold the NUL character"#]]
        .assert_eq(&told.join("\n"));
    }
}
