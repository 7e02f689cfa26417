//! What a book asks its author, and where the answers come from: options first, then the keyboard; where nobody can be asked, the
//! question is declined and its default is taken.

use std::io::{IsTerminal, Write};

use proto::v1::answer_story_request::Reply;
use serde_json::Value;

use crate::{
    cli::FictionArgs,
    commands::{Failure, story::Refusal},
};

/// A question, as far as a person has to see it.
pub(super) struct AskedQuestion {
    pub(super) id: String,
    prompt: String,
    reason: String,
    choices: Vec<String>,
    default: String,
}

pub(super) fn read_question(text: &str) -> AskedQuestion {
    let told: Value = serde_json::from_str(text).unwrap_or_default();
    let word = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let choices = told["response_schema"]["enum"].as_array().into_iter().flatten();

    AskedQuestion {
        id: word(&told["id"]),
        prompt: word(&told["prompt"]),
        reason: word(&told["reason"]),
        choices: choices.map(word).collect(),
        default: word(&told["value"]["default"]),
    }
}

/// Where answers come from.
pub(super) struct AuthorAnswers {
    given: std::vec::IntoIter<String>,
    at_terminal: bool,
}

impl AuthorAnswers {
    pub(super) fn new(args: &FictionArgs) -> Self {
        Self {
            given: args.answer.clone().into_iter(),
            at_terminal: !args.json && std::io::stdin().is_terminal() && std::io::stderr().is_terminal(),
        }
    }

    #[expect(
        clippy::print_stderr,
        reason = "the person at the terminal is asked something"
    )]
    pub(super) fn show(&self, asked: &AskedQuestion) {
        if !self.at_terminal || !self.given.as_slice().is_empty() {
            return;
        }
        eprintln!("\n{}\n{}", asked.reason, asked.prompt);
        for choice in &asked.choices {
            eprintln!("  - {choice}");
        }
    }

    pub(super) async fn next(&mut self, asked: &AskedQuestion) -> Result<Reply, Failure> {
        if let Some(given) = self.given.next() {
            return Ok(reply(&given));
        }
        if !self.at_terminal {
            return Ok(Reply::Decline(true));
        }

        let default = asked.default.clone();
        let typed = tokio::task::spawn_blocking(move || read_line(&default)).await??;
        Ok(match typed.trim() {
            "" => Reply::Decline(true),
            typed => reply(typed),
        })
    }

    pub(super) const fn may_try_again(&self) -> bool {
        self.at_terminal
    }

    #[expect(clippy::print_stderr, reason = "the person at the terminal answered")]
    pub(super) fn say_wrong(&self, refusal: &Refusal) {
        eprintln!("{refusal}");
    }
}

#[expect(
    clippy::print_stderr,
    reason = "the person at the terminal is asked something"
)]
fn read_line(default: &str) -> std::io::Result<String> {
    eprint!("Your answer [{default}]: ");
    std::io::stderr().flush()?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;

    Ok(line)
}

/// JSON as it is; anything else is a text.
fn reply(typed: &str) -> Reply {
    let json = match serde_json::from_str::<Value>(typed) {
        Ok(_) => typed.to_owned(),
        Err(_) => Value::String(typed.to_owned()).to_string(),
    };
    Reply::Answer(json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_a_text_and_json_is_json() {
        assert_eq!(
            reply("first person"),
            Reply::Answer(r#""first person""#.to_owned())
        );
        assert_eq!(reply("12"), Reply::Answer("12".to_owned()));
    }

    #[test]
    fn a_question_shows_what_can_be_answered() {
        let text = r#"{"id":"q","prompt":"Who tells it?","reason":"r","response_schema":{"enum":["first","third"]},
            "value":{"default":"third"}}"#;
        let asked = read_question(text);
        assert_eq!(
            (asked.choices.len(), asked.default.as_str(), asked.prompt.as_str()),
            (2, "third", "Who tells it?")
        );
    }
}
