//! The tool loop: the model asks for tools, they run, it reads their results and goes on, for a bounded number of rounds.

use async_trait::async_trait;
use serde_json::Value;

use super::error::LlmError;
use super::request::{Call, Finish, Message, Reply, Request, Sink, ToolCall, ToolResult, ToolSpec};
use super::session::Session;
use super::{Gateway, Job};

/// Rounds of tools before the model must answer with what it has.
pub const TOOL_ROUNDS: usize = 5;

/// The tools a model may use in one conversation.
#[async_trait]
pub trait ToolBox: Send + Sync {
    fn specs(&self) -> Vec<ToolSpec>;

    /// Rounds with a wrong call that the model is shown; after one more it is given up.
    fn patience(&self) -> usize {
        TOOL_ROUNDS
    }

    /// Runs one tool. The error is told to the model, which may try again: say what was wrong, and nothing it must
    /// not know.
    async fn run(&self, call: &ToolCall) -> Result<Value, String>;
}

impl Gateway {
    /// Answers the request with the help of tools; `request.tools` is replaced by those of the box. The events of all
    /// rounds go to the sink, and each round begins anew: in the end the deltas are the text of the reply.
    pub async fn run_tools(
        &self,
        call: &Call,
        request: Request,
        tools: &dyn ToolBox,
        sink: &mut dyn Sink,
    ) -> Result<Reply, LlmError> {
        let mut session = Session::new(sink);
        let mut job = Job::new(request);
        let mut reply = self.converse(call, &mut job, Some(tools), &mut session).await?;
        reply.usage = session.spent;
        Ok(reply)
    }

    pub(super) async fn converse(
        &self,
        call: &Call,
        job: &mut Job<'_>,
        tools: Option<&dyn ToolBox>,
        session: &mut Session<'_>,
    ) -> Result<Reply, LlmError> {
        let Some(tools) = tools else {
            return self.answer(call, job, session).await;
        };
        job.request.tools = tools.specs();
        job.tools_closed = false;
        let mut wrong = 0;

        for _ in 0..TOOL_ROUNDS {
            let reply = self.answer(call, job, session).await?;
            if reply.finish != Finish::ToolCalls {
                return Ok(reply);
            }

            let model = reply.model.clone();
            let are_right = self.use_tools(call, job, tools, reply).await?;
            wrong += usize::from(!are_right);
            if wrong > tools.patience() {
                let problems = vec!["it called tools wrongly again and again".to_owned()];
                return Err(LlmError::InvalidOutput { model, problems });
            }
        }

        job.tools_closed = true;

        let reply = self.answer(call, job, session).await?;
        match reply.finish {
            Finish::Stop | Finish::Length => Ok(reply),
            Finish::ToolCalls => Err(LlmError::ToolLoop {
                model: reply.model,
                rounds: TOOL_ROUNDS,
            }),
        }
    }

    /// Whether all of the calls were right.
    async fn use_tools(
        &self,
        call: &Call,
        job: &mut Job<'_>,
        tools: &dyn ToolBox,
        reply: Reply,
    ) -> Result<bool, LlmError> {
        let mut are_right = true;
        let mut results = Vec::with_capacity(reply.turn.tool_calls.len());
        for wanted in &reply.turn.tool_calls {
            let outcome = super::within(call, None, use_tool(&job.request.tools, tools, wanted)).await?;
            are_right &= outcome.is_ok();
            let content = outcome.unwrap_or_else(|problem| format!("Error: {problem}"));
            results.push(ToolResult {
                id: wanted.id.clone(),
                name: wanted.name.clone(),
                content,
            });
        }

        job.request.messages.push(Message::Assistant(reply.turn));
        job.request.messages.push(Message::ToolResults(results));

        Ok(are_right)
    }
}

async fn use_tool(specs: &[ToolSpec], tools: &dyn ToolBox, wanted: &ToolCall) -> Result<String, String> {
    if specs.iter().all(|spec| spec.name != wanted.name) {
        let known: Vec<&str> = specs.iter().map(|spec| spec.name.as_str()).collect();
        return Err(format!(
            "there is no tool {}; there are {}",
            wanted.name,
            known.join(", ")
        ));
    }

    if !wanted.arguments.is_object() {
        return Err("the arguments must be one JSON object".to_owned());
    }

    Ok(match tools.run(wanted).await? {
        Value::String(text) => text,
        other => other.to_string(),
    })
}
