//! Plans for clients: for a message, a playbook or steps of its own; and what a step asks the server, by the id of a template.
//! The shapes of plans are remembered without what was in them.

use std::sync::{Mutex, PoisonError};

use assistant::Assistant;
use assistant::plans::{PlanCache, answer_template, find_template, plan_message};
use kit::actor::Actor;
use kit::ephemeral::{Ephemeral, Wipe, hush_panics};
use proto::tasks::adiuva::{ClientRecord, ExecutionPlan};
use serde::Deserialize;
use serde_json::Value;

use super::responder::Responder;
use super::{Asker, Orchestrator, SharedChat};
use crate::agents::adiuva;
use crate::error::AgentError;

/// Remembers which shapes of plans there were.
#[derive(Default)]
pub(crate) struct Planner(Mutex<PlanCache>);

/// What a step asks.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TemplateInput {
    #[serde(default)]
    variables: ClientRecord,
    #[serde(default)]
    data: Value,
    #[serde(default)]
    user_profile: ClientRecord,
}

impl Wipe for TemplateInput {
    fn wipe(&mut self) {
        self.variables.wipe();
        self.data.wipe();
        self.user_profile.wipe();
    }
}

impl Planner {
    /// The plan for a message.
    ///
    /// # Errors
    /// See [`Orchestrator::answer`].
    pub(crate) async fn plan(
        &self,
        orchestrator: &Orchestrator,
        asker: &Asker,
        chat: &SharedChat,
    ) -> Result<ExecutionPlan, AgentError> {
        let responders = orchestrator.choose(asker, chat).await?;
        // What a plug-in does is in its model's hands: there are no steps of it that a client could take.
        let assistant = responders.iter().find_map(|responder| match responder {
            Responder::Assistant(assistant) => Some(*assistant),
            Responder::Plugin(_) => None,
        });
        let assistant = assistant.unwrap_or(Assistant::Task);
        let plan = plan_message(assistant, &chat.expose().0.message, orchestrator.clock.now());
        let plan = plan.map_err(|error| {
            tracing::error!(%error, "a plan was made that is none");
            AgentError::Broken
        })?;

        let key = PlanCache::key(&plan.agent, &plan.id, &plan);
        let mut plans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if plans.get_plan(&key).is_none() {
            plans.cache_plan(key, &plan);
        }
        Ok(plan)
    }

    /// What a template's question is answered with, without a model.
    ///
    /// # Errors
    /// [`AgentError::NoSuch`], or [`AgentError::NotInTier`].
    pub(crate) async fn answer_template(
        orchestrator: &Orchestrator,
        actor: &Actor,
        id: &str,
        input: &Ephemeral<TemplateInput>,
    ) -> Result<Ephemeral<Value>, AgentError> {
        let template = find_template(id).ok_or_else(|| AgentError::NoSuch {
            what: "template",
            id: id.chars().take(100).collect(),
        })?;
        let owner = adiuva::name_of(template.assistant);
        orchestrator.check_tier(actor, owner).await?;

        let now = orchestrator.clock.now();
        let answer = |input: &TemplateInput| {
            answer_template(id, &input.variables, &input.data, &input.user_profile, now)
        };
        Ok(hush_panics(|| input.derive(answer)))
    }
}
