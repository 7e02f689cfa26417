//! Chat: what does this message ask of that repository? Nothing of a message is kept or logged.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use kit::Problem;
use proto::v1::run_agent_event::Event;

use crate::{
    error::ApiError,
    graphql::{Ask, input, object::intent::Intent, scalar::UrlInput},
    identity::RunAgents,
    limits::Class,
    view::intent::{self, AGENT, IntentView},
};

#[derive(Default)]
pub(crate) struct ChatMutation;

/// A wish in your own words.
#[derive(InputObject)]
struct ChatIntentInput {
    /// Not blank, at most 8000 characters.
    message: String,
    /// The repository that it is about.
    repo_url: UrlInput,
}

/// What was understood.
#[derive(SimpleObject)]
struct ChatIntentPayload {
    /// What the message asks for.
    intent: Intent,
    /// An answer for you.
    message: String,
}

#[Object]
impl ChatMutation {
    /// Understand what a message asks of a repository. It begins nothing, and nothing of the message is kept.
    async fn chat_intent(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The message.")] input: ChatIntentInput,
    ) -> Result<Option<ChatIntentPayload>> {
        ctx.scoped::<RunAgents>()?;
        ctx.charge(Class::Expensive, None).await?;
        let IntentView { intent, message } =
            understand(ctx, &input).await.map_err(|error| ctx.fail(error))?;
        let intent = Intent(intent);
        Ok(Some(ChatIntentPayload { intent, message }))
    }
}

async fn understand(ctx: &Context<'_>, input: &ChatIntentInput) -> Result<IntentView, ApiError> {
    let (backend, call) = (ctx.backend(), &ctx.asker().call);
    let text =
        intent::input(&input.message, &input.repo_url.0).map_err(|error| error.rename(input::inner))?;
    let refused = |problem: Problem| input::refused(problem, "agent").by_agent(AGENT);
    let events = backend
        .clients
        .run_agent(call, AGENT, text, backend.agent_timeout)
        .await;
    let mut events = events.map_err(refused)?;

    loop {
        let event = events.message().await;
        match event.map_err(|status| refused(Problem::from_status(&status)))? {
            Some(event) => {
                if let Some(Event::Output(output)) = event.event {
                    return IntentView::read(&output);
                }
            }
            None => return Err(intent::unfinished()),
        }
    }
}
