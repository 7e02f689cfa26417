//! The scalar `ID`, and the custom ones: `DateTime`, `URL` and `JSON`. What services send as text goes out as it came; what clients
//! send is only taken as text here, and judged where the argument's name is known.

use std::{borrow::Cow, sync::Arc};

use async_graphql::{
    ContextSelectionSet, ID, InputType, InputValueError, InputValueResult, OutputType, Positioned, Scalar,
    ScalarType, ServerResult, Value, parser::types::Field, registry::Registry,
};
use moka::sync::Cache;
use proto::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use crate::error::ApiError;

/// Bytes of JSON texts that are kept.
const CACHED_BYTES: u64 = 1_048_576;

/// Makes a scalar that is a text: one type for answers, which may borrow, and one for arguments.
macro_rules! text_scalar {
    ($(#[$doc:meta])* $out:ident, $in:ident, $name:literal, $specified_by:literal) => {
        /// For answers: a text that a service or we made.
        pub(crate) struct $out<'a>(Cow<'a, str>);

        impl<'a> From<&'a str> for $out<'a> {
            fn from(text: &'a str) -> Self {
                Self(Cow::Borrowed(text))
            }
        }

        impl From<String> for $out<'_> {
            fn from(text: String) -> Self {
                Self(Cow::Owned(text))
            }
        }

        impl OutputType for $out<'_> {
            fn type_name() -> Cow<'static, str> {
                Cow::Borrowed($name)
            }

            fn create_type_info(registry: &mut Registry) -> String {
                <$in as InputType>::create_type_info(registry)
            }

            async fn resolve(
                &self,
                _: &ContextSelectionSet<'_>,
                _: &Positioned<Field>,
            ) -> ServerResult<Value> {
                Ok(Value::String(self.0.as_ref().to_owned()))
            }
        }

        /// For arguments: any text.
        pub(crate) struct $in(pub(crate) String);

        $(#[$doc])*
        #[Scalar(name = $name, specified_by_url = $specified_by)]
        impl ScalarType for $in {
            fn parse(value: Value) -> InputValueResult<Self> {
                match value {
                    Value::String(text) => Ok(Self(text)),
                    other => Err(InputValueError::expected_type(other)),
                }
            }

            fn is_valid(value: &Value) -> bool {
                matches!(value, Value::String(_))
            }

            fn to_value(&self) -> Value {
                Value::String(self.0.clone())
            }
        }
    };
}

text_scalar!(
    /// A moment as RFC 3339 writes it, in UTC: `2025-12-31T23:00:00Z`, with as many digits after the second as are known.
    DateTime, DateTimeInput, "DateTime", "https://www.rfc-editor.org/rfc/rfc3339"
);
text_scalar!(
    /// An absolute URL, as browsers read it; where one is sent, also the short form of git, `git@host:path`.
    Url, UrlInput, "URL", "https://url.spec.whatwg.org/"
);

impl From<&Timestamp> for DateTime<'_> {
    fn from(at: &Timestamp) -> Self {
        Self(Cow::Owned(at.to_string()))
    }
}

/// The specification's `ID`, for answers. Ours are UUIDs, written like `7d444840-9dc0-41d1-b245-5ffdce74fad2`.
#[derive(Clone)]
pub(crate) struct Id<'a>(Cow<'a, str>);

impl<'a> From<&'a str> for Id<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl From<String> for Id<'_> {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}

impl From<Uuid> for Id<'_> {
    fn from(id: Uuid) -> Self {
        Self(Cow::Owned(id.to_string()))
    }
}

impl Id<'_> {
    /// As services take it.
    pub(crate) fn to_text(&self) -> String {
        self.0.as_ref().to_owned()
    }
}

impl OutputType for Id<'_> {
    fn type_name() -> Cow<'static, str> {
        <ID as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <ID as OutputType>::create_type_info(registry)
    }

    async fn resolve(&self, _: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        Ok(Value::String(self.0.as_ref().to_owned()))
    }
}

/// The same for arguments: any text or whole number.
pub(crate) struct IdInput(pub(crate) String);

impl InputType for IdInput {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        <ID as InputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <ID as InputType>::create_type_info(registry)
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        let id = <ID as InputType>::parse(value).map_err(InputValueError::propagate)?;
        Ok(Self(id.0))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

impl IdInput {
    /// The id, when it is one of ours.
    pub(crate) fn uuid(&self) -> Option<Uuid> {
        let plain = matches!(self.0.len(), 32 | 36);
        plain.then(|| Uuid::try_parse(&self.0).ok()).flatten()
    }

    /// The id, or a refusal that names the argument.
    pub(crate) fn parse_as(&self, argument: &str) -> Result<Uuid, ApiError> {
        self.uuid().ok_or_else(|| {
            let expected = "expected a UUID such as 7d444840-9dc0-41d1-b245-5ffdce74fad2";
            ApiError::field(argument, "value_error", expected)
        })
    }
}

/// Any JSON value, from a service.
#[derive(Clone, Deserialize)]
pub(crate) struct Json(pub(crate) Value);

impl Json {
    /// `None` for an empty text, and for one that is not JSON.
    pub(crate) fn read(text: &str) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        serde_json::from_str(text).ok().map(Self)
    }
}

/// JSON texts that a service sends again and again, each read once.
pub(crate) struct JsonCache(Cache<String, Option<Arc<Json>>>);

impl Default for JsonCache {
    fn default() -> Self {
        let weigh = |text: &String, _: &Option<Arc<Json>>| u32::try_from(text.len()).unwrap_or(u32::MAX);
        Self(Cache::builder().max_capacity(CACHED_BYTES).weigher(weigh).build())
    }
}

impl JsonCache {
    /// As [`Json::read`] reads it.
    pub(crate) fn read(&self, text: &str) -> Option<Arc<Json>> {
        self.0.get_with_by_ref(text, || Json::read(text).map(Arc::new))
    }
}

impl From<serde_json::Value> for Json {
    fn from(value: serde_json::Value) -> Self {
        Self(Value::from_json(value).unwrap_or_default())
    }
}

/// Any JSON value: an object, a list, a text, a number, true, false or null.
#[Scalar(name = "JSON", specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value))
    }

    fn to_value(&self) -> Value {
        self.0.clone()
    }
}
