//! A chat, while it is answered. Nothing of it is kept or logged.

use async_graphql::{Context, Enum, InputObject, Result, SimpleObject, Subscription, Union};
use futures::{Stream, StreamExt};
use serde_json::{Map, Value, json};

use crate::{
    error::ApiError,
    graphql::{Ask, input::inner, scalar::Json},
    operation::chat::AnswerChat,
    stream::chat::{ChatStep, watch_steps},
    view::adiuva::chat::{AskedChat, ChatView, PlanView},
};

#[derive(Default)]
pub(crate) struct ChatSubscription;

/// What a message is answered with.
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
enum ChatExecutionMode {
    /// An answer, and what it proposes.
    #[default]
    Direct,
    /// A plan that the client runs with its own data.
    Plan,
}

/// A message to the assistants, with what the client knows. All of it goes with the answer.
#[derive(InputObject)]
struct ChatInput {
    /// The message: not empty, at most 32000 characters.
    message: String,
    /// An object with `user_profile`, `relevant_documents`, `recent_tasks`, `conversation_history`, `events` and `emails`, as
    /// `POST /api/v1/chat` takes it.
    context: Option<Json>,
    /// Whether it is answered or planned.
    #[graphql(default)]
    execution_mode: ChatExecutionMode,
}

/// The next words of the answer.
#[derive(SimpleObject)]
struct ChatWords {
    /// A piece of text, which follows the pieces before it.
    text: String,
}

/// The words so far are void: the answer begins again.
#[derive(SimpleObject)]
struct ChatRestart {
    /// What was heard of the answer before this is to be dropped.
    restart: bool,
}

/// The whole answer; nothing comes after it.
#[derive(SimpleObject)]
struct ChatAnswer {
    /// All words of it.
    response: String,
    /// What is proposed, a list of `{type, table, data}`. The client does it or not.
    actions: Option<Json>,
    /// Whether no language model was asked.
    offline: bool,
}

/// A plan; nothing comes after it.
#[derive(SimpleObject)]
struct ChatPlan {
    /// The plan with its `id`, `name`, `min_tier`, `agent` and `steps`.
    plan: Json,
}

/// What comes of a message: words, and then one answer or plan.
#[derive(Union)]
enum ChatEvent {
    Words(ChatWords),
    Restart(ChatRestart),
    Answer(ChatAnswer),
    Plan(ChatPlan),
}

impl From<ChatStep> for ChatEvent {
    fn from(step: ChatStep) -> Self {
        match step {
            ChatStep::Token(text) => Self::Words(ChatWords { text }),
            ChatStep::Restart => Self::Restart(ChatRestart { restart: true }),
            ChatStep::Answer(ChatView {
                response,
                actions,
                offline,
                ..
            }) => Self::Answer(ChatAnswer {
                response,
                actions: Json::read(actions.get()),
                offline,
            }),
            ChatStep::Plan(PlanView { plan, .. }) => Self::Plan(ChatPlan {
                plan: Json::from(Value::Object(plan)),
            }),
        }
    }
}

#[Subscription]
impl ChatSubscription {
    /// Ask the assistants, and hear the answer as it is made. Nothing of the message, its context or the answer is kept; so the
    /// connection ends with the answer; a socket takes one chat, and closes once none of its operations is open, and a second after the
    /// answer whatever is. Ending the subscription stops the work.
    async fn chat(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The message and what the client knows.")] input: ChatInput,
    ) -> Result<impl Stream<Item = Result<ChatEvent>> + use<>> {
        ctx.asker().call.client.connection.end_with_answer();
        let door = ctx.door::<AnswerChat>().await?;
        let asked = read_input(input).map_err(|error| ctx.fail(error.rename(inner)))?;
        let events = door.perform(AnswerChat { asked, whole: false }).await?;

        let (backend, request_id) = (ctx.backend(), door.context.request_id.clone());
        let authenticator = &backend.operations.authenticator;
        let steps = watch_steps(authenticator, &backend.stop, &door.context, events);
        Ok(steps.map(move |step| {
            step.map(ChatEvent::from)
                .map_err(|error| error.rename(inner).graphql(request_id.as_str()))
        }))
    }
}

fn read_input(input: ChatInput) -> Result<AskedChat, ApiError> {
    let context = input.context.map(|Json(context)| context.into_json());
    let context = context
        .transpose()
        .map_err(|_| ApiError::field("context", "value_error", "expected an object"))?;
    let mode = match input.execution_mode {
        ChatExecutionMode::Direct => "direct",
        ChatExecutionMode::Plan => "plan",
    };

    AskedChat::check(json!({
        "message": input.message,
        "context": context.unwrap_or_else(|| Value::Object(Map::new())),
        "execution_mode": mode,
    }))
}
