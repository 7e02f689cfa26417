//! Chat: what does this message ask of that repository? Nothing of a message is kept or logged.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use crate::{
    graphql::{Ask, input, object::intent::Intent, scalar::UrlInput},
    operation::{Operation, chat::UnderstandMessage},
    stream::thinking::Thinking,
    view::intent::{AGENT, IntentView},
};

#[derive(Default)]
pub(crate) struct ChatMutation;

/// A wish in your own words, and the repository that it is about.
#[derive(InputObject)]
struct ChatIntentInput {
    /// The wish: not blank, at most 8000 characters.
    message: String,
    /// The address of the repository that it is about.
    repo_url: UrlInput,
}

/// What a message was understood to ask for.
#[derive(SimpleObject)]
struct ChatIntentPayload {
    /// What the message asks for.
    intent: Intent,
    /// An answer in words, to show to whoever wrote the message.
    message: String,
}

#[Object]
impl ChatMutation {
    /// Understand what a message asks of a repository. It begins nothing, and nothing of the message is kept. It is a mutation
    /// because an agent works for it each time: it costs, so it is not asked with GET, repeated or cached by itself.
    async fn chat_intent(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The message and its repository.")] input: ChatIntentInput,
    ) -> Result<Option<ChatIntentPayload>> {
        let door = ctx.door().await?;
        let operation = UnderstandMessage::new(&input.message, &input.repo_url.0);
        let operation = operation.map_err(|error| ctx.fail(error.rename(input::inner)))?;
        let events = door.perform(operation).await?;

        let refuse = |problem| UnderstandMessage::refuse(problem).rename(input::inner);
        let understood = async {
            let thinking = Thinking::begin(AGENT, events, refuse).await?;
            IntentView::read(&thinking.finish().await?.output)
        };
        let IntentView { intent, message } = understood.await.map_err(|error| ctx.fail(error))?;

        Ok(Some(ChatIntentPayload {
            intent: Intent(intent),
            message,
        }))
    }
}
