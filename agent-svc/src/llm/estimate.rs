//! How many tokens a question is at most, before anybody has counted them: what is reserved for it. Pure.

use super::request::{Message, Request, Turn};
use super::schema::OutputSchema;

/// What a provider puts around a question, and around each message and tool.
const AROUND_ALL: u64 = 64;
const AROUND_EACH: u64 = 16;

/// Nearly an upper bound for every tokenizer that is in use, and about twice what is true of prose and code: a token of letters has
/// two or more, white space goes with the word after it, all else may be a token for each byte.
pub(super) fn count_text(text: &str) -> u64 {
    let (mut letters, mut spaces, mut others) = (0_u64, 0_u64, 0_u64);
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => letters += 1,
            b' ' | b'\t' | b'\n' | b'\r' => spaces += 1,
            _ => others += 1,
        }
    }

    letters.div_ceil(2) + spaces.div_ceil(4) + others
}

/// What is likely where so many tokens are the most.
pub(super) const fn find_likely(most: u64) -> u64 {
    most.div_ceil(2)
}

fn count_turn(turn: &Turn) -> u64 {
    let calls = turn
        .tool_calls
        .iter()
        .map(|call| AROUND_EACH + count_text(&call.name) + count_text(&call.arguments.to_string()));
    // The provider's own form has everything once more, with thoughts.
    let native = turn
        .native
        .as_ref()
        .map(|native| serde_json::to_string(&*native.content).map_or(0, |text| count_text(&text)));

    native.unwrap_or_else(|| count_text(&turn.text) + calls.sum::<u64>())
}

fn count_message(message: &Message) -> u64 {
    AROUND_EACH
        + match message {
            Message::User(text) => count_text(text),
            Message::Assistant(turn) => count_turn(turn),
            Message::ToolResults(results) => results
                .iter()
                .map(|result| AROUND_EACH + count_text(&result.name) + count_text(&result.content))
                .sum(),
        }
}

/// Of everything that the model reads.
pub(super) fn count_most_input(request: &Request, schema: Option<&OutputSchema>) -> u64 {
    let tools = request.tools.iter().map(|tool| {
        AROUND_EACH
            + count_text(&tool.name)
            + count_text(&tool.description)
            + count_text(&tool.schema.to_string())
    });
    // In the prompt, in its own field, or both.
    let schema = schema.map_or(0, |schema| 2 * count_text(&schema.instruction()));

    AROUND_ALL
        + count_text(&request.system)
        + request.messages.iter().map(count_message).sum::<u64>()
        + tools.sum::<u64>()
        + schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_never_reckoned_below_what_tokenizers_make_of_it() {
        // Counted by o200k, which is among the most thrifty, and by one that takes digits one by one.
        for (text, tokens) in [
            ("The quick brown fox jumps over the lazy dog.", 10),
            ("fn main() { println!(\"{}\", 1234567890); }", 24),
            ("東京は日本の首都です。", 11),
            ("Съешь же ещё этих мягких французских булок", 20),
            ("", 0),
        ] {
            assert!(count_text(text) >= tokens, "{text}: {}", count_text(text));
        }
    }

    #[test]
    fn everything_that_is_sent_is_counted() {
        let bare = count_most_input(&Request::default(), None);
        let request = Request {
            system: "be brief".to_owned(),
            messages: vec![Message::User("hello".to_owned())],
            ..Request::default()
        };
        assert_eq!(bare, AROUND_ALL);
        assert_eq!(
            count_most_input(&request, None),
            bare + AROUND_EACH + count_text("be brief") + count_text("hello")
        );
    }
}
