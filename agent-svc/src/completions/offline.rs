//! The model that asks nobody: deterministic, and its first words say so. It tells what the newest message is about, calls the tool
//! whose words fit best, and gives JSON that fits the schema it is asked for.

use std::collections::BTreeMap;

use kit::error::Faults;
use serde_json::{Value, json};

use super::sample::{Hints, fill_schema};
use super::wish::{AnswerForm, ChatWish};
use crate::error::AgentError;
use crate::llm::{Finish, Message, ToolCall, ToolSpec, ToolUse};

const FIRST_WORDS: &str = "No language model was asked: this is the deterministic offline answer.";
/// Letters of a word of average length, as tokens are counted here.
const TOKEN_CHARS: usize = 4;
const QUOTED_CHARS: usize = 280;
/// Of a question; the rest is counted and not read.
const READ_CHARS: usize = 20_000;
/// Words that are named as what a message is about.
const TOPICS: usize = 5;
/// Shorter ones say little.
const TOPIC_CHARS: usize = 4;

pub(super) struct OfflineAnswer {
    pub(super) text: String,
    pub(super) calls: Vec<ToolCall>,
    pub(super) finish: Finish,
    pub(super) input_tokens: u64,
    pub(super) output_tokens: u64,
}

/// # Errors
/// [`AgentError::Wish`] for a schema that only a model can fill.
pub(super) fn answer(wish: &ChatWish) -> Result<OfflineAnswer, AgentError> {
    let request = &wish.request;
    let asked = read_question(&request.messages);
    let hints = Hints::read(asked);
    let input_tokens =
        count_tokens(&request.system) + request.messages.iter().map(count_message).sum::<u64>();

    let calls = call_tools(
        &request.tools,
        &request.sampling.tool_use,
        &request.messages,
        &hints,
    )?;
    if !calls.is_empty() {
        let output_tokens = calls
            .iter()
            .map(|call| count_tokens(&call.arguments.to_string()))
            .sum();
        return Ok(OfflineAnswer {
            text: String::new(),
            calls,
            finish: Finish::ToolCalls,
            input_tokens,
            output_tokens,
        });
    }

    let text = match &wish.form {
        AnswerForm::Text => speak(&request.messages, asked),
        AnswerForm::Fitting(schema) => {
            let value = if schema.schema() == &json!({ "type": "object" }) {
                Some(json!({ "offline": true, "answer": speak(&request.messages, asked) }))
            } else {
                fill_schema(schema.schema(), &hints)
            };
            let value = value.filter(|value| schema.accepts(value)).ok_or_else(|| {
                AgentError::Wish(Faults::one(
                    "response_format",
                    "a schema that can be filled without a model; no model is asked here",
                ))
            })?;

            value.to_string()
        }
    };
    let text = end_at(text, &request.sampling.stop);
    let (text, cut) = cut_to(text, request.max_tokens);

    Ok(OfflineAnswer {
        output_tokens: count_tokens(&text),
        text,
        calls: Vec::new(),
        finish: if cut { Finish::Length } else { Finish::Stop },
        input_tokens,
    })
}

/// A token is four letters, or a sign, or a space before none of them: near what models count, and the same everywhere.
pub(super) fn count_tokens(text: &str) -> u64 {
    let words = text.split_whitespace().map(|word| {
        let letters = word.chars().filter(|c| c.is_alphanumeric()).count();
        let signs = word.chars().count() - letters;
        letters.div_ceil(TOKEN_CHARS) + signs
    });

    words.sum::<usize>() as u64
}

fn count_message(message: &Message) -> u64 {
    match message {
        Message::User(text) => count_tokens(text),
        Message::Assistant(turn) => count_tokens(&turn.text),
        Message::ToolResults(results) => results.iter().map(|result| count_tokens(&result.content)).sum(),
    }
}

/// What was asked last, as far as it is read here.
fn read_question(messages: &[Message]) -> &str {
    let mut questions = messages.iter().rev().filter_map(|message| match message {
        Message::User(text) => Some(text.as_str()),
        Message::Assistant(_) | Message::ToolResults(_) => None,
    });
    let newest = questions.next().unwrap_or_default();
    match newest.char_indices().nth(READ_CHARS) {
        Some((end, _)) => newest.get(..end).unwrap_or_default(),
        None => newest,
    }
}

/// After a tool's result it answers, unless it must call one.
fn call_tools(
    tools: &[ToolSpec],
    tool_use: &ToolUse,
    messages: &[Message],
    hints: &Hints,
) -> Result<Vec<ToolCall>, AgentError> {
    let answered = matches!(messages.last(), Some(Message::ToolResults(_)));
    let asked = read_question(messages);
    let best = || {
        tools
            .iter()
            .max_by_key(|tool| (likeness(tool, asked), tool.name.len()))
    };
    let tool = match tool_use {
        ToolUse::Never => None,
        ToolUse::MustCall(name) => tools.iter().find(|tool| tool.name == *name),
        ToolUse::Must => best(),
        ToolUse::Free if answered => None,
        ToolUse::Free => best().filter(|tool| likeness(tool, asked) > 0),
    };
    let Some(tool) = tool else {
        return Ok(Vec::new());
    };

    let arguments = fill_schema(&tool.schema, hints).unwrap_or_else(|| json!({}));
    let turns = messages
        .iter()
        .filter(|message| matches!(message, Message::Assistant(_)))
        .count();

    Ok(vec![ToolCall {
        id: format!("call_offline_{turns}"),
        name: tool.name.clone(),
        arguments,
    }])
}

/// How many words of a question are a tool's, too.
fn likeness(tool: &ToolSpec, asked: &str) -> usize {
    let of_tool = words(&format!("{} {}", tool.name, tool.description));
    words(asked)
        .iter()
        .filter(|word| word.chars().count() >= TOPIC_CHARS && of_tool.contains(word))
        .count()
}

fn words(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !c.is_alphanumeric());
    let mut words: Vec<String> = parts
        .filter(|part| !part.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.sort();
    words.dedup();

    words
}

/// What can truly be said without a model.
fn speak(messages: &[Message], asked: &str) -> String {
    let mut said = vec![FIRST_WORDS.to_owned()];
    if let Some(Message::ToolResults(results)) = messages.last() {
        for result in results {
            let content = shortened(&result.content);
            said.push(format!("The tool {} answered: {content}", result.name));
        }
    }

    if !asked.trim().is_empty() {
        said.push(format!("You wrote: {}", shortened(asked)));
    }

    let topics = find_topics(asked);
    if !topics.is_empty() {
        said.push(format!("It is about: {}.", topics.join(", ")));
    }

    said.join("\n\n")
}

fn shortened(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(QUOTED_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Its most frequent longer words, the earlier first.
fn find_topics(text: &str) -> Vec<String> {
    let mut counted: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let parts = text.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
    for (place, word) in parts.enumerate() {
        if word.chars().count() > TOPIC_CHARS {
            counted.entry(word).or_insert((0, place)).0 += 1;
        }
    }

    let mut topics: Vec<(String, (usize, usize))> = counted.into_iter().collect();
    topics.sort_by_key(|(_, (count, place))| (std::cmp::Reverse(*count), *place));

    topics.into_iter().take(TOPICS).map(|(word, _)| word).collect()
}

fn end_at(mut text: String, stops: &[String]) -> String {
    let ends = stops.iter().filter_map(|stop| text.find(stop.as_str()));
    if let Some(end) = ends.min() {
        text.truncate(end);
    }
    text
}

/// As many whole words as fit into the tokens, and whether any was left out.
fn cut_to(text: String, max_tokens: Option<u32>) -> (String, bool) {
    let most = u64::from(max_tokens.unwrap_or(u32::MAX));
    if count_tokens(&text) <= most {
        return (text, false);
    }

    let mut kept = String::new();
    let mut tokens = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        tokens += count_tokens(word);
        if tokens > most {
            break;
        }
        kept.push_str(word);
    }

    (kept, true)
}

/// The arguments of a call as text.
pub(crate) fn write_arguments(arguments: &Value) -> String {
    match arguments {
        // A model wrote something that is no JSON.
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
