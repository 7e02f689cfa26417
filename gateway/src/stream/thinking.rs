//! An agent at work, as both doors hear it: what it says on the way, and what it gives in the end. Keeps and logs nothing of
//! either.

use futures::{Stream, StreamExt, stream::BoxStream};
use kit::Problem;
use proto::v1::{AgentLog, AgentOutput, AgentUsage, RunAgentEvent, run_agent_event::Event};
use tonic::Streaming;

use crate::error::ApiError;

/// An agent whose first event has come: until then a refusal is still a status.
pub(crate) struct Thinking {
    agent: String,
    events: BoxStream<'static, Result<Event, ApiError>>,
}

/// What an agent says before it is done.
pub(crate) enum Thought {
    Log(AgentLog),
    Delta(String),
}

/// What an agent gives, and what it took.
pub(crate) struct Finished {
    pub(crate) output: AgentOutput,
    pub(crate) usage: Usage,
}

/// The sum over what providers were asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
    pub(crate) cost_micro_usd: u64,
}

impl Usage {
    fn add(&mut self, usage: &AgentUsage) {
        self.input_tokens += usage.input_tokens;
        self.output_tokens += usage.output_tokens;
        self.cost_micro_usd += usage.cost_micro_usd;
    }
}

impl Thinking {
    /// `refuse` tells a failure of `agent`, whenever it comes.
    pub(crate) async fn begin(
        agent: impl Into<String>,
        mut events: Streaming<RunAgentEvent>,
        refuse: impl Fn(Problem) -> ApiError + Send + 'static,
    ) -> Result<Self, ApiError> {
        let agent = agent.into();
        let first = events.message().await;
        let first = first.map_err(|status| refuse(Problem::from_status(&status)).by_agent(agent.clone()))?;

        let name = agent.clone();
        let rest = events.map(move |event| {
            event.map_err(|status| refuse(Problem::from_status(&status)).by_agent(name.clone()))
        });
        let all = futures::stream::iter(first.map(Ok)).chain(rest);
        let all = all.filter_map(|event| async { event.map(|event| event.event).transpose() });

        Ok(Self {
            agent,
            events: all.boxed(),
        })
    }

    /// Only what it gives in the end.
    pub(crate) async fn finish(self) -> Result<Finished, ApiError> {
        let mut said = std::pin::pin!(self.say());

        loop {
            match said.next().await {
                Some(Ok(Step::Thought(_))) => {}
                Some(Ok(Step::Finished(finished))) => return Ok(finished),
                Some(Err(error)) => return Err(error),
                None => return Err(ApiError::internal()),
            }
        }
    }

    /// What it says, and then exactly one end: what it gives, or why it gives nothing.
    pub(crate) fn say(self) -> impl Stream<Item = Result<Step, ApiError>> + Send + 'static {
        let Self { agent, mut events } = self;

        async_stream::stream! {
            let mut usage = Usage::default();

            loop {
                match events.next().await {
                    Some(Ok(Event::Log(log))) => yield Ok(Step::Thought(Thought::Log(log))),
                    Some(Ok(Event::Delta(delta))) => yield Ok(Step::Thought(Thought::Delta(delta.text))),
                    Some(Ok(Event::Usage(used))) => usage.add(&used),
                    Some(Ok(Event::Output(output))) => {
                        yield Ok(Step::Finished(Finished { output, usage }));
                        return;
                    }
                    Some(Err(error)) => {
                        yield Err(error);
                        return;
                    }
                    None => {
                        tracing::error!(agent, "an agent ended without an output");
                        yield Err(ApiError::internal().by_agent(agent));
                        return;
                    }
                }
            }
        }
    }
}

/// One thing that comes from an agent.
pub(crate) enum Step {
    Thought(Thought),
    Finished(Finished),
}
