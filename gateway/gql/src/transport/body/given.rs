//! What a client wrote at a place of its JSON: the right kind of value, nothing, or something else. Only broken JSON is
//! an error here, so that whoever asks can say which field is wrong.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize,
    de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::{Map, Value};

use crate::Incoming;

#[derive(Debug, Default)]
pub(super) enum Given<T> {
    /// Not there, or null.
    #[default]
    Absent,
    Right(T),
    Wrong,
}

/// A request that may still have a field of the wrong type.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) incoming: Incoming,
    pub(super) wrong: Option<Field>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
pub(super) enum Field {
    Query,
    DocumentId,
    OperationName,
    Variables,
    Extensions,
    #[serde(other)]
    Other,
}

/// A kind of value: how it is made from a text and from an object. `None` where it can not be.
pub(super) trait Kind: Sized {
    fn from_text(text: String) -> Option<Self>;
    fn from_map<'de, A: MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error>;
}

impl Kind for String {
    fn from_text(text: String) -> Option<Self> {
        Some(text)
    }

    fn from_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Option<Self>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

impl Kind for Map<String, Value> {
    fn from_text(_: String) -> Option<Self> {
        None
    }

    fn from_map<'de, A: MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
        Self::deserialize(MapAccessDeserializer::new(map)).map(Some)
    }
}

impl Kind for Draft {
    fn from_text(_: String) -> Option<Self> {
        None
    }

    fn from_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Option<Self>, A::Error> {
        let mut draft = Self::default();
        while let Some(field) = map.next_key()? {
            let incoming = &mut draft.incoming;
            let right = match field {
                Field::Query => map.next_value::<Given<_>>()?.into(&mut incoming.query),
                Field::DocumentId => map.next_value::<Given<_>>()?.into(&mut incoming.document_id),
                Field::OperationName => map.next_value::<Given<_>>()?.into(&mut incoming.operation_name),
                Field::Variables => map.next_value::<Given<_>>()?.fill(&mut incoming.variables),
                Field::Extensions => map.next_value::<Given<_>>()?.fill(&mut incoming.extensions),
                Field::Other => map.next_value::<IgnoredAny>().map(|_| true)?,
            };

            if !right && draft.wrong.is_none() {
                draft.wrong = Some(field);
            }
        }

        Ok(Some(draft))
    }
}

impl<T> Given<T> {
    /// Puts the value in its place. False when it is a wrong one.
    fn into(self, place: &mut Option<T>) -> bool {
        let (value, right) = match self {
            Self::Absent => (None, true),
            Self::Right(value) => (Some(value), true),
            Self::Wrong => (None, false),
        };
        *place = value;
        right
    }

    fn fill(self, place: &mut T) -> bool
    where
        T: Default,
    {
        let mut value = None;
        let right = self.into(&mut value);
        *place = value.unwrap_or_default();
        right
    }
}

impl<'de, T: Kind> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Anything(PhantomData))
    }
}

struct Anything<T>(PhantomData<T>);

impl<'de, T: Kind> Visitor<'de> for Anything<T> {
    type Value = Given<T>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Given<T>, E> {
        Ok(Given::Absent)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Given<T>, E> {
        Ok(Given::Wrong)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Given<T>, E> {
        Ok(Given::Wrong)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Given<T>, E> {
        Ok(Given::Wrong)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Given<T>, E> {
        Ok(Given::Wrong)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Given<T>, E> {
        self.visit_string(text.to_owned())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Given<T>, E> {
        Ok(T::from_text(text).map_or(Given::Wrong, Given::Right))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Given<T>, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Given::Wrong)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Given<T>, A::Error> {
        Ok(T::from_map(map)?.map_or(Given::Wrong, Given::Right))
    }
}
