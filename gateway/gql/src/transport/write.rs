//! Writes results as JSON: never more bytes than an answer may have, and a long one with pauses, in which others are
//! served.

use std::io;

use async_graphql::{Name, Value, indexmap::map};
use serde::Serialize;

use super::answer::Answer;

/// Bytes that are written before others have their turn.
const STEP: usize = 65_536;
/// Bytes that most answers have.
const USUAL: usize = 1_024;

/// An answer has more bytes than it may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an answer has too many bytes")]
pub struct AnswerTooLarge;

/// The bytes of one answer.
pub async fn write_answer(answer: &Answer, most: usize) -> Result<Vec<u8>, AnswerTooLarge> {
    let mut writer = Writer::new(most);
    writer.answer(answer).await?;
    Ok(writer.out)
}

/// The bytes of several answers, as a list. One for which no bytes are left is told by its error in place.
pub async fn write_batch(answers: &[Answer], most: usize, request_id: &str) -> Vec<u8> {
    let mut writer = Writer::new(most);
    writer.out.push(b'[');
    for (index, answer) in answers.iter().enumerate() {
        if index > 0 {
            writer.out.push(b',');
        }

        let before = writer.out.len();
        if writer.answer(answer).await.is_err() {
            writer.out.truncate(before);
            writer
                .out
                .extend(write_json(&Answer::too_large(most, request_id)));
        }
    }
    writer.out.push(b']');

    writer.out
}

/// JSON of something that always can be written as such: it has string keys and no writer that fails.
pub(super) fn write_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_else(|err| {
        tracing::error!(%err, "an answer could not be written as JSON");
        br#"{"errors":[{"message":"Something went wrong on our side. It has been logged."}]}"#.to_vec()
    })
}

/// The same at once, where there can be no pauses, with at most so many bytes.
pub(super) fn write_within(value: &impl Serialize, most: usize) -> Result<Vec<u8>, AnswerTooLarge> {
    let mut bounded = Bounded {
        out: Vec::with_capacity(USUAL),
        most,
    };
    serde_json::to_writer(&mut bounded, value).map_err(|_| AnswerTooLarge)?;
    Ok(bounded.out)
}

struct Bounded {
    out: Vec<u8>,
    most: usize,
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.out.len() + bytes.len() > self.most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.out.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Writer {
    out: Vec<u8>,
    most: usize,
    /// Length at which to pause next.
    pause: usize,
}

/// A list or an object that is being written.
enum Open<'a> {
    List(std::slice::Iter<'a, Value>),
    Object(map::Iter<'a, Name, Value>),
}

impl Writer {
    fn new(most: usize) -> Self {
        Self {
            out: Vec::with_capacity(USUAL),
            most,
            pause: STEP,
        }
    }

    /// As an answer serializes itself.
    async fn answer(&mut self, answer: &Answer) -> Result<(), AnswerTooLarge> {
        let response = answer.response();
        let mut begin = b'{';

        if !response.errors.is_empty() {
            self.key(&mut begin, "errors");
            self.leaf(&response.errors);
        }

        if !answer.is_request_error() {
            self.key(&mut begin, "data");
            self.value(&response.data).await?;
        }

        if !response.extensions.is_empty() {
            self.key(&mut begin, "extensions");
            self.leaf(&response.extensions);
        }

        if begin == b'{' {
            self.out.push(b'{');
        }
        self.out.push(b'}');

        self.check().await
    }

    /// After what comes between it and the one before.
    fn key(&mut self, before: &mut u8, name: &str) {
        self.out.push(*before);
        *before = b',';
        self.leaf(name);
        self.out.push(b':');
    }

    async fn value(&mut self, root: &Value) -> Result<(), AnswerTooLarge> {
        let mut open = Vec::new();
        let mut next = Some(root);
        loop {
            if let Some(value) = next.take() {
                self.begin(value, &mut open);
                self.check().await?;
            }

            let Some(inner) = open.last_mut() else {
                return Ok(());
            };

            // An item that is not the first has something before it.
            let first = matches!(self.out.last(), Some(b'[' | b'{'));
            let close = match inner {
                Open::List(values) => {
                    next = values.next();
                    b']'
                }
                Open::Object(fields) => {
                    let field = fields.next();
                    next = field.map(|(_, value)| value);
                    if let Some((name, _)) = field {
                        if !first {
                            self.out.push(b',');
                        }
                        self.leaf(name.as_str());
                        self.out.push(b':');
                    }
                    b'}'
                }
            };

            match (next, close) {
                (Some(_), b']') if !first => self.out.push(b','),
                (Some(_), _) => {}
                (None, _) => {
                    self.out.push(close);
                    open.pop();
                }
            }
        }
    }

    /// A leaf, or what opens a list or an object.
    fn begin<'a>(&mut self, value: &'a Value, open: &mut Vec<Open<'a>>) {
        match value {
            Value::List(values) => {
                self.out.push(b'[');
                open.push(Open::List(values.iter()));
            }
            Value::Object(fields) => {
                self.out.push(b'{');
                open.push(Open::Object(fields.iter()));
            }
            leaf => self.leaf(leaf),
        }
    }

    fn leaf(&mut self, value: &(impl Serialize + ?Sized)) {
        if let Err(err) = serde_json::to_writer(&mut self.out, value) {
            tracing::error!(%err, "a value could not be written as JSON");
            self.out.extend_from_slice(b"null");
        }
    }

    async fn check(&mut self) -> Result<(), AnswerTooLarge> {
        if self.out.len() > self.most {
            return Err(AnswerTooLarge);
        }

        if self.out.len() >= self.pause {
            self.pause = self.out.len() + STEP;
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{PathSegment, Response, ServerError, value};
    use futures::{FutureExt, poll};

    use super::*;

    fn answers() -> Vec<Answer> {
        let failed = ServerError::new("No.", None).with_path(vec![PathSegment::Field("a".into())]);
        let nothing = Response::from_errors(vec![ServerError::new("No.", None)]);
        let mut partly = Response::new(
            value!({ "a": null, "b": [1, -2.5, true, "x\n\"\u{7}é", [], {}, [[1], { "c": {} }]], "": {} }),
        );
        partly.errors.push(failed);
        let extended = Response::new(value!({ "[": "{" })).extension("e", value!({ "f": [1] }));

        [
            partly,
            nothing,
            extended,
            Response::new(Value::Null),
            Response::default(),
        ]
        .into_iter()
        .map(Answer::new)
        .chain([Answer::too_large(7, "r")])
        .collect()
    }

    #[test]
    fn what_is_written_step_by_step_is_what_serializes_at_once() {
        for answer in answers() {
            let whole = write_json(&answer);
            let most = whole.len();
            let written = write_answer(&answer, most).now_or_never().unwrap();
            assert_eq!(
                String::from_utf8(written.unwrap()).unwrap(),
                String::from_utf8(whole.clone()).unwrap()
            );
            assert_eq!(write_within(&answer, most).as_deref(), Ok(&whole[..]));

            let less = write_answer(&answer, most - 1).now_or_never().unwrap();
            assert_eq!(less, Err(AnswerTooLarge));
            assert_eq!(write_within(&answer, most - 1), Err(AnswerTooLarge));
        }
    }

    #[test]
    fn of_a_batch_those_that_fit_are_told_and_the_others_say_why_they_are_not() {
        let long = |bytes: usize| Answer::new(Response::new(value!({ "a": "x".repeat(bytes) })));
        let batch = [long(100), long(1_000), long(100)];
        let written = write_batch(&batch, 500, "r").now_or_never().unwrap();
        let told: serde_json::Value = serde_json::from_slice(&written).unwrap();

        for fits in [0, 2] {
            assert_eq!(told[fits]["data"]["a"], "x".repeat(100));
        }
        assert_eq!(told[1]["data"], serde_json::Value::Null);
        assert_eq!(told[1]["errors"][0]["extensions"]["code"], "ANSWER_TOO_LARGE");
        assert_eq!(told[1]["errors"][0]["extensions"]["requestId"], "r");
        assert!(
            told[1]["errors"][0]["message"]
                .as_str()
                .unwrap()
                .contains("more than 500 bytes")
        );
    }

    #[tokio::test]
    async fn others_have_their_turn_while_a_long_answer_is_written() {
        let items = vec![value!({ "text": "x".repeat(1_000) }); 1_000];
        let answer = Answer::new(Response::new(Value::List(items)));
        let mut writing = Box::pin(write_answer(&answer, usize::MAX));

        let mut pauses = 0;
        while poll!(&mut writing).is_pending() {
            pauses += 1;
        }
        assert!((10..=20).contains(&pauses), "{pauses}");
    }
}
