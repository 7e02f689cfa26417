//! What is answered and forgotten. Whatever carries a chat is an [`Ephemeral`]: it can be read on its way to a provider or
//! to the client, and neither printed, logged, stored, queued, cached nor copied; its memory is overwritten when it goes.

mod hushed;
mod wiping_allocator;

use std::collections::{BTreeMap, HashMap};
use std::io::Cursor;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use zeroize::Zeroize;

pub use self::hushed::{Hushed, hush_panics, hush_panics_of, is_hushed};
pub use self::wiping_allocator::{WipingAllocator, wipe_freed_memory};

/// A value that nobody keeps.
///
/// It has no `Debug` and no `Display`, so that it gets into no log, trace, error or panic:
/// ```compile_fail,E0277
/// # use kit::ephemeral::Ephemeral;
/// let said = Ephemeral::new(String::from("x"));
/// tracing::info!(?said);
/// ```
/// ```compile_fail,E0277
/// # use kit::ephemeral::Ephemeral;
/// let said = Ephemeral::new(String::from("x"));
/// let line = format!("{said}");
/// ```
/// No store takes it, because it is bound to no statement:
/// ```compile_fail,E0277
/// # use kit::ephemeral::Ephemeral;
/// let said = Ephemeral::new(String::from("x"));
/// let statement = sqlx::query::<sqlx::Sqlite>("INSERT INTO a VALUES (?)").bind(said);
/// ```
/// Neither a message of the bus nor a blob nor a row of JSON is made of it:
/// ```compile_fail,E0277
/// # use kit::ephemeral::Ephemeral;
/// let said = Ephemeral::new(String::from("x"));
/// let row = serde_json::to_value(&said);
/// ```
/// ```compile_fail,E0277
/// # use kit::ephemeral::Ephemeral;
/// let said = Ephemeral::new(String::from("x"));
/// let blob = bytes::Bytes::from(said);
/// ```
/// There is never a second one, as every cache needs that hands out what it has:
/// ```compile_fail,E0599
/// # use kit::ephemeral::Ephemeral;
/// let said = Ephemeral::new(String::from("x"));
/// let again = said.clone();
/// ```
/// Each of these is refused for its last line alone. What may be done with it:
/// ```
/// # use kit::ephemeral::Ephemeral;
/// # fn tell_model(text: &str) {}
/// let said = Ephemeral::new(String::from("x"));
/// tell_model(said.expose());
/// let bytes = said.write_json().unwrap();
/// assert_eq!(bytes.expose(), b"\"x\"");
/// ```
pub struct Ephemeral<T: Wipe>(T);

impl<T: Wipe> Ephemeral<T> {
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, for a moment. A copy of it is as secret as it is: whoever makes one makes an [`Ephemeral`] of it.
    pub fn expose(&self) -> &T {
        &self.0
    }

    pub fn expose_mut(&mut self) -> &mut T {
        &mut self.0
    }

    /// What is made of the value, as secret as it was.
    pub fn derive<U: Wipe>(&self, make: impl FnOnce(&T) -> U) -> Ephemeral<U> {
        Ephemeral(make(&self.0))
    }
}

impl<T: Wipe + DeserializeOwned> Ephemeral<T> {
    /// Reads what a client sent. The text is overwritten, readable or not.
    ///
    /// # Errors
    /// [`Unreadable`], which repeats nothing of the text.
    pub fn read_json(text: Vec<u8>) -> Result<Self, Unreadable> {
        let text = Ephemeral(text);
        let read = serde_json::from_slice(text.expose()).map(Self);

        read.map_err(|error| Unreadable {
            line: error.line(),
            column: error.column(),
            is_json: error.classify() == serde_json::error::Category::Data,
        })
    }
}

impl<T: Wipe + Serialize> Ephemeral<T> {
    /// The value as it goes to a provider or to the client.
    ///
    /// # Errors
    /// [`Unwritable`] for a value that JSON has no form for.
    pub fn write_json(&self) -> Result<Ephemeral<Vec<u8>>, Unwritable> {
        // Measured before it is written: a buffer that grows leaves copies behind.
        let mut length = Length(0);
        serde_json::to_writer(&mut length, &self.0).map_err(|_| Unwritable)?;
        let mut text = Ephemeral(vec![0; length.0]);

        serde_json::to_writer(Cursor::new(text.0.as_mut_slice()), &self.0).map_err(|_| Unwritable)?;
        Ok(text)
    }
}

impl<T: Wipe> Drop for Ephemeral<T> {
    fn drop(&mut self) {
        self.0.wipe();
    }
}

/// A text that is not what was expected: where, and no word of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unreadable at line {line}, column {column}: expected {}", if *is_json { "another type or field" } else { "JSON" })]
pub struct Unreadable {
    pub line: usize,
    pub column: usize,
    /// It is JSON, of another type than was expected.
    pub is_json: bool,
}

/// A value that has no form in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the value has no form in JSON")]
pub struct Unwritable;

/// Counts what is written.
struct Length(usize);

impl std::io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Overwrites all that a value has in memory, in a way that no optimiser leaves out. A type that carries a chat wipes
/// each of its fields.
pub trait Wipe {
    fn wipe(&mut self);
}

macro_rules! wipe_by_zeros {
    ($($kind:ty),*) => {$(
        impl Wipe for $kind {
            fn wipe(&mut self) {
                self.zeroize();
            }
        }
    )*};
}

wipe_by_zeros!(String, bool, u8, u16, u32, u64, usize, i32, i64, f32, f64, char);

impl Wipe for () {
    fn wipe(&mut self) {}
}

impl<T: Wipe> Wipe for Option<T> {
    fn wipe(&mut self) {
        if let Some(value) = self {
            value.wipe();
        }
        *self = None;
    }
}

impl<T: Wipe> Wipe for Box<T> {
    fn wipe(&mut self) {
        (**self).wipe();
    }
}

impl<T: Wipe> Wipe for Vec<T> {
    fn wipe(&mut self) {
        self.iter_mut().for_each(Wipe::wipe);
        self.clear();
    }
}

impl<A: Wipe, B: Wipe> Wipe for (A, B) {
    fn wipe(&mut self) {
        self.0.wipe();
        self.1.wipe();
    }
}

impl<K: Wipe, V: Wipe> Wipe for BTreeMap<K, V> {
    fn wipe(&mut self) {
        wipe_pairs(std::mem::take(self));
    }
}

impl<K: Wipe, V: Wipe, S: Default> Wipe for HashMap<K, V, S> {
    fn wipe(&mut self) {
        wipe_pairs(std::mem::take(self));
    }
}

impl Wipe for Map<String, Value> {
    fn wipe(&mut self) {
        wipe_pairs(std::mem::take(self));
    }
}

impl Wipe for Value {
    fn wipe(&mut self) {
        match self {
            Self::String(text) => text.wipe(),
            Self::Array(items) => items.wipe(),
            Self::Object(fields) => fields.wipe(),
            Self::Null | Self::Bool(_) | Self::Number(_) => {}
        }
        *self = Self::Null;
    }
}

fn wipe_pairs<K: Wipe, V: Wipe>(pairs: impl IntoIterator<Item = (K, V)>) {
    for (mut key, mut value) in pairs {
        key.wipe();
        value.wipe();
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::fmt::{Debug, Display};
    use std::rc::Rc;

    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    /// Fails to compile when the type has the trait: then two answers fit `Lacks<_>`, and none can be chosen.
    macro_rules! lacks {
        ($kind:ty: $($wanted:path),+) => {$({
            trait Lacks<A> {
                fn answer() {}
            }
            impl<T: ?Sized> Lacks<()> for T {}
            struct Has;
            impl<T: ?Sized + $wanted> Lacks<Has> for T {}
            let _ = <$kind as Lacks<_>>::answer;
        })+};
    }

    #[test]
    fn it_can_be_neither_printed_nor_written_nor_bound_nor_copied_nor_seen_through() {
        lacks!(Ephemeral<String>: Debug, Display, Serialize, Clone, Copy, ToString, ToOwned<Owned = Ephemeral<String>>);
        lacks!(Ephemeral<String>: AsRef<str>, AsRef<[u8]>, Into<String>, std::ops::Deref, std::hash::Hash, PartialEq);
        lacks!(Ephemeral<String>: sqlx::Encode<'static, sqlx::Sqlite>, sqlx::Encode<'static, sqlx::Postgres>);
        lacks!(Ephemeral<String>: sqlx::Type<sqlx::Sqlite>, sqlx::Type<sqlx::Postgres>, tracing::Value);
        lacks!(Ephemeral<Vec<u8>>: Into<bytes::Bytes>, Debug, Serialize, Clone);
        lacks!(Ephemeral<Value>: Debug, Display, Serialize, Clone);
        lacks!(&'static Ephemeral<String>: Debug, Display, Serialize, tracing::Value);
    }

    /// Tells what it held when it was wiped, and whether it still held it when it went.
    struct Witness(u32, Rc<RefCell<Vec<u32>>>);

    impl Wipe for Witness {
        fn wipe(&mut self) {
            self.1.borrow_mut().push(self.0);
            self.0 = 0;
        }
    }

    impl Drop for Witness {
        fn drop(&mut self) {
            self.1.borrow_mut().push(self.0);
        }
    }

    #[test]
    fn it_is_wiped_before_it_goes_also_when_something_panics() {
        let seen = Rc::new(RefCell::new(Vec::new()));
        drop(Ephemeral::new(vec![
            Witness(7, Rc::clone(&seen)),
            Witness(8, Rc::clone(&seen)),
        ]));
        assert_eq!(*seen.borrow(), [7, 8, 0, 0]);

        let seen = Rc::new(RefCell::new(Vec::new()));
        let said = Ephemeral::new(Some(Witness(9, Rc::clone(&seen))));
        let broken = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
            let _said = said;
            panic!("in the middle of an answer");
        }));
        assert!(broken.is_err());
        assert_eq!(*seen.borrow(), [9, 0]);
    }

    #[test]
    fn every_text_in_json_is_overwritten_keys_too() {
        let mut value = json!({ "a": ["secret", { "b": "secret", "n": 3 }], "secret": null });
        value.wipe();
        assert_eq!(value, Value::Null);

        let mut text = String::from("secret");
        text.wipe();
        assert!(text.is_empty() && text.capacity() >= "secret".len());
    }

    #[derive(Debug, Deserialize, Serialize)]
    struct Message {
        words: String,
        count: u8,
    }

    impl Wipe for Message {
        fn wipe(&mut self) {
            self.words.wipe();
            self.count.wipe();
        }
    }

    #[test]
    fn it_is_read_and_written_as_json_in_one_buffer_of_the_right_size() {
        let read = Ephemeral::<Message>::read_json(br#"{"words":"a \"b\"","count":3}"#.to_vec()).ok();
        let read = read.expect("it is a message");
        assert_eq!(
            (read.expose().words.as_str(), read.expose().count),
            ("a \"b\"", 3)
        );

        let written = read.write_json().expect("it has a form");
        assert_eq!(written.expose(), br#"{"words":"a \"b\"","count":3}"#);
        assert_eq!(written.expose().capacity(), written.expose().len());

        let upper = read.derive(|message| message.words.to_uppercase());
        assert_eq!(upper.expose(), "A \"B\"");
    }

    #[test]
    fn an_error_says_where_and_repeats_no_word() {
        for (text, is_json) in [
            (r#"{"words":"canary","count":"canary"}"#, true),
            (r#"{"words":["canary"]}"#, true),
            (r#"{"canary":1}"#, true),
            ("canary", false),
            (r#"{"words":"canary"#, false),
        ] {
            let error = Ephemeral::<Message>::read_json(text.as_bytes().to_vec()).err();
            let error = error.expect("it is no message");
            assert_eq!(error.is_json, is_json, "{text}");
            assert_eq!(error.line, 1, "{text}");
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
        }
    }
}
