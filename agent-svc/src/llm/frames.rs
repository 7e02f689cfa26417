//! Reads what the provider library leaves out of its events: the refusal text flag of OpenAI, the blocked prompt of
//! Gemini, and token counts of answers that never end. It keeps numbers and flags, never text of a call.

use std::sync::{Mutex, MutexGuard, PoisonError};

use genai::chat::{ChatFrameSink, FrameCtx, RawFrameRef};
use proto::v1::Quantities;
use serde_json::Value;

use super::estimate;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tokens {
    /// Cached and heard ones included.
    pub(super) input: u64,
    /// Reasoning and spoken ones included.
    pub(super) output: u64,
    pub(super) cached_input: u64,
    pub(super) reasoning: u64,
    pub(super) audio_input: u64,
    pub(super) audio_output: u64,
}

impl Tokens {
    /// By kind, as they are billed: no kind has another one's.
    pub(super) fn quantities(self) -> Quantities {
        let apart = |all: u64, parts: [u64; 2]| parts.into_iter().fold(all, u64::saturating_sub);
        Quantities {
            input_tokens: apart(self.input, [self.cached_input, self.audio_input]),
            cached_input_tokens: self.cached_input,
            output_tokens: apart(self.output, [self.reasoning, self.audio_output]),
            reasoning_tokens: self.reasoning,
            audio_tokens: self.audio_input + self.audio_output,
            characters: 0,
        }
    }
}

/// What was seen of one provider call so far.
#[derive(Debug, Default)]
pub(super) struct Observed(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    tokens: Tokens,
    refusal: Option<String>,
    /// What the question is at most.
    asked: u64,
    /// What was told of the answer at most.
    written: u64,
    has_ended: bool,
}

impl Observed {
    /// A call whose question is that many tokens at most.
    pub(super) fn begin(asked: u64) -> Self {
        Self(Mutex::new(Seen {
            asked,
            ..Seen::default()
        }))
    }

    /// That many tokens of the answer were told at most.
    pub(super) fn write(&self, tokens: u64) {
        self.seen().written += tokens;
    }

    /// The answer is whole, and so is what the provider counted.
    pub(super) fn end(&self) {
        self.seen().has_ended = true;
    }

    /// What the provider counted. Of an answer that broke off it may have told none of it: then what was asked and told is reckoned.
    pub(super) fn tokens(&self) -> Tokens {
        let seen = self.seen();
        let is_counted = seen.written == 0 || seen.has_ended && seen.tokens.output > 0;
        if is_counted {
            return seen.tokens;
        }

        let input = match seen.tokens.input {
            0 => estimate::find_likely(seen.asked),
            counted => counted,
        };
        Tokens {
            input,
            output: seen.tokens.output.max(estimate::find_likely(seen.written)),
            ..seen.tokens
        }
    }

    /// Why the provider declined, as a short code.
    pub(super) fn refusal(&self) -> Option<String> {
        self.seen().refusal.clone()
    }

    /// Reads one event of a stream, or a whole body: the shapes differ only where it does not matter here.
    pub(super) fn read(&self, body: &Value) {
        let mut seen = self.seen();
        for message in ["/choices/0/delta/refusal", "/choices/0/message/refusal"] {
            if body
                .pointer(message)
                .and_then(Value::as_str)
                .is_some_and(|text| !text.is_empty())
            {
                seen.refusal = Some("refusal".to_owned());
            }
        }

        if let Some(reason) = body
            .pointer("/promptFeedback/blockReason")
            .and_then(Value::as_str)
        {
            seen.refusal = Some(super::failure::code(reason));
        }

        for usage in ["/usage", "/message/usage", "/usageMetadata"] {
            if let Some(usage) = body.pointer(usage) {
                seen.count(usage);
            }
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    /// Providers send running totals, so the last number stands.
    fn count(&mut self, usage: &Value) {
        let number = |key: &str| usage.get(key).and_then(Value::as_u64);
        let sum = |keys: &[&str]| keys.iter().filter_map(|key| number(key)).reduce(|a, b| a + b);
        let input = sum(&[
            "input_tokens",
            "cache_creation_input_tokens",
            "cache_read_input_tokens",
        ])
        .or_else(|| number("prompt_tokens"))
        .or_else(|| number("promptTokenCount"));

        let output = number("output_tokens")
            .or_else(|| number("completion_tokens"))
            .or_else(|| sum(&["candidatesTokenCount", "thoughtsTokenCount"]));
        self.tokens.input = input.unwrap_or(self.tokens.input);
        self.tokens.output = output.unwrap_or(self.tokens.output);

        let part = |paths: [&str; 3]| paths.iter().find_map(|path| usage.pointer(path)?.as_u64());
        let tokens = &mut self.tokens;
        for (sum, paths) in [
            (
                &mut tokens.cached_input,
                [
                    "/cache_read_input_tokens",
                    "/prompt_tokens_details/cached_tokens",
                    "/cachedContentTokenCount",
                ],
            ),
            (
                &mut tokens.reasoning,
                [
                    "/completion_tokens_details/reasoning_tokens",
                    "/thoughtsTokenCount",
                    "/reasoning_tokens",
                ],
            ),
            (
                &mut tokens.audio_input,
                [
                    "/prompt_tokens_details/audio_tokens",
                    "/input_audio_tokens",
                    "/audio_input_tokens",
                ],
            ),
            (
                &mut tokens.audio_output,
                [
                    "/completion_tokens_details/audio_tokens",
                    "/output_audio_tokens",
                    "/audio_output_tokens",
                ],
            ),
        ] {
            *sum = part(paths).unwrap_or(*sum);
        }
    }
}

impl ChatFrameSink for Observed {
    fn on_frame(&self, _ctx: &FrameCtx, frame: RawFrameRef<'_>) {
        // Most frames are text; only the few that can hold an answer to us are parsed.
        let telling = ["\"usage", "\"refusal\"", "\"promptFeedback\""];
        if telling.iter().any(|key| frame.data.contains(key))
            && let Some(body) = frame.json()
        {
            self.read(&body);
        }
    }
}
