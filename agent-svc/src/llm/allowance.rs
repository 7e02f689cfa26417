//! What an answer may come to: room is held for a part of it before it begins, and for more while its words come. Where there is no more
//! room it ends there, and what was written is kept.
//!
//! Calls whose callers take no half answer are held at their most instead.

use std::collections::HashMap;

use genai::chat::{ChatStreamEvent, ToolCall};
use proto::v1::Quantities;

use super::config::Model;
use super::estimate::count_text;
use super::request::Request;
use crate::clients::{SpendHold, SpendRefusal};

/// Output tokens that an answer begins with room for, beside what may be thought unseen.
const FIRST: u64 = 256;
/// More is asked for once fewer than these are left, so that what a provider has under way is within what is held.
const LEAST_LEFT: u64 = 64;

/// What a call holds room for before it begins; `most` is what it may come to.
pub(super) fn find_first(request: &Request, model: &Model, most: Quantities) -> Quantities {
    // Only what comes piece by piece can be counted while it comes.
    if !request.sampling.keeps_truncated || !model.provider.streaming {
        return most;
    }

    Quantities {
        output_tokens: most.output_tokens.min(FIRST + find_unseen(model)),
        ..most
    }
}

/// Output tokens that a model may think without telling them.
fn find_unseen(model: &Model) -> u64 {
    model.config.thinking_budget_tokens.into()
}

/// How far one call may go.
pub(super) struct Allowance<'a> {
    hold: Option<&'a SpendHold>,
    held: Quantities,
    most: u64,
    unseen: u64,
    written: u64,
    /// Bytes of each tool's arguments so far.
    calls: HashMap<String, usize>,
}

impl<'a> Allowance<'a> {
    /// `held` is what the hold has room for, `most` the output tokens that the call may come to.
    pub(super) fn new(hold: Option<&'a SpendHold>, model: &Model, held: Quantities, most: u64) -> Self {
        Self {
            hold,
            held,
            most,
            unseen: find_unseen(model),
            written: 0,
            calls: HashMap::new(),
        }
    }

    /// How many tokens an event tells at most.
    pub(super) fn count(&mut self, event: &ChatStreamEvent) -> u64 {
        match event {
            ChatStreamEvent::Chunk(chunk) | ChatStreamEvent::ReasoningChunk(chunk) => {
                count_text(&chunk.content)
            }
            ChatStreamEvent::ToolCallChunk(chunk) => self.count_call(&chunk.tool_call),
            _ => 0,
        }
    }

    /// The library tells a call's arguments from their beginning each time.
    fn count_call(&mut self, call: &ToolCall) -> u64 {
        let whole;
        let arguments = match call.fn_arguments.as_str() {
            Some(text) => text,
            None => {
                whole = call.fn_arguments.to_string();
                &whole
            }
        };
        let counted = self.calls.entry(call.call_id.clone()).or_default();
        let more = arguments.get(*counted..).unwrap_or_default();
        *counted = arguments.len();

        count_text(more)
    }

    /// That many were told.
    ///
    /// # Errors
    /// Where no budget has room for more of the answer: it ends here.
    pub(super) async fn spend(&mut self, tokens: u64) -> Result<(), SpendRefusal> {
        self.written += tokens;
        let Some(hold) = self.hold else { return Ok(()) };
        while self.held.output_tokens < self.most && self.count_left() < LEAST_LEFT {
            let told = self.held.output_tokens.saturating_sub(self.unseen);
            let output_tokens = self.most.min(self.unseen + 2 * told.max(FIRST));
            let more = Quantities {
                output_tokens,
                ..self.held
            };
            hold.extend(more).await?;
            self.held = more;
        }

        Ok(())
    }

    fn count_left(&self) -> u64 {
        self.held.output_tokens.saturating_sub(self.unseen + self.written)
    }
}
