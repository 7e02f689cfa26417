//! Answers of a given type: the schema is enforced, and a model that breaks it is shown its errors and may correct
//! itself. What comes out is whole and valid, or an error.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::LlmError;
use super::request::{Call, Finish, Message, Reply, Request, Sink};
use super::schema::{CallerSchema, OutputSchema, Problems, unfenced};
use super::session::Session;
use super::tools::ToolBox;
use super::usage::Usage;
use super::{Gateway, Job};

/// How often a model may correct its answer.
pub const REPAIRS: usize = 2;

impl Gateway {
    /// Answers with a value of the type, and with what all the provider calls cost. With a tool box, the model may use
    /// tools first. The deltas are the JSON as it is written.
    pub async fn structured<T: DeserializeOwned + JsonSchema + 'static>(
        &self,
        call: &Call,
        request: Request,
        tools: Option<&dyn ToolBox>,
        sink: &mut dyn Sink,
    ) -> Result<(T, Vec<Usage>), LlmError> {
        let schema = self
            .0
            .schemas
            .find_or_derive::<T>()
            .ok_or_else(|| LlmError::InvalidOutput {
                model: request.class.clone(),
                problems: vec![format!("{} has no valid schema", T::schema_name())],
            })?;
        let mut session = Session::new(sink);
        let (reply, value) = self
            .repair_until_valid(call, request, tools, &schema, &mut session)
            .await?;

        let value = value.ok_or_else(|| LlmError::InvalidOutput {
            model: reply.model,
            problems: vec!["the answer is not whole".to_owned()],
        })?;
        Ok((value, session.spent))
    }

    /// An answer that fits the caller's own schema, as its text. An answer that stopped at its limit, where that is taken, and one
    /// that calls tools are given as they are.
    pub async fn answer_in_shape(
        &self,
        call: &Call,
        request: Request,
        schema: &CallerSchema,
        sink: &mut dyn Sink,
    ) -> Result<Reply, LlmError> {
        let mut session = Session::new(sink);
        let (mut reply, value) = self
            .repair_until_valid::<Value>(call, request, None, &schema.0, &mut session)
            .await?;
        if value.is_some() {
            reply.turn.text = unfenced(reply.text()).to_owned();
        }

        reply.usage = session.spent;
        Ok(reply)
    }

    /// The value is missing only of an answer that is not meant to be one.
    async fn repair_until_valid<T: DeserializeOwned>(
        &self,
        call: &Call,
        request: Request,
        tools: Option<&dyn ToolBox>,
        schema: &OutputSchema,
        session: &mut Session<'_>,
    ) -> Result<(Reply, Option<T>), LlmError> {
        let mut job = Job {
            schema: Some(schema),
            ..Job::new(request)
        };
        let mut repairs = 0;

        loop {
            let reply = match self.converse(call, &mut job, tools, session).await {
                // Half an answer is repaired by room for the whole, once.
                Err(LlmError::Truncated { max_tokens, most, .. }) if job.growth == 1 && max_tokens < most => {
                    job.growth = 2;
                    continue;
                }
                other => other?,
            };

            if reply.finish != Finish::Stop {
                return Ok((reply, None));
            }

            match schema.parse(reply.text()) {
                Ok(value) => return Ok((reply, Some(value))),
                Err(problems) if repairs < REPAIRS => {
                    repairs += 1;
                    metrics::counter!("saga_llm_repairs_total", "model" => reply.model.clone()).increment(1);
                    job.request.messages.push(Message::Assistant(reply.turn));
                    job.request.messages.push(Message::User(correction(&problems)));
                }
                Err(problems) => {
                    return Err(LlmError::InvalidOutput {
                        model: reply.model,
                        problems: problems.masked,
                    });
                }
            }
        }
    }
}

fn correction(problems: &Problems) -> String {
    format!(
        "That answer is not valid:\n- {}\nWrite the whole corrected JSON value again, and nothing else.",
        problems.told.join("\n- ")
    )
}
