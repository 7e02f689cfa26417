//! Agents that somebody added as files ([`crate::plugins`]). Only a model can speak for one: without any it says so. What its tools
//! propose fits the tool's schema; nothing is done by it.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use kit::actor::Actor;
use kit::clock::SharedClock;
use kit::ephemeral::Ephemeral;
use proto::tasks::adiuva::{AssistantInput, AssistantOutput, PlanAction};
use serde_json::{Value, json};

use super::{Engines, Models};
use crate::Deps;
use crate::agent_context::AgentContext;
use crate::error::AgentError;
use crate::llm::{Call, LlmError, Request, Silent, Sink, ToolBox, ToolCall, ToolSpec};
use crate::orchestrator::{ChatInput, SharedChat, clean_output, compose_plugin, write_plugin_messages};
use crate::plugins::{self, Plugin, PluginProblems};
use crate::registry::{Agent, AgentName, Answer, Instructions, Registry};
use crate::usage::AccountName;

/// Wrong calls that a model is shown before it is given up.
const PATIENCE: usize = 2;

/// The plug-ins of this server, in the order of their folders. Cheap to clone.
pub(crate) type Plugins = Arc<[Arc<Plugin>]>;

/// Reads the configured folder and adds what is in it.
///
/// # Errors
/// Everything that is wrong with any of them.
pub(crate) fn register(
    registry: &mut Registry,
    deps: &Deps,
    engines: &Engines,
) -> Result<Plugins, PluginProblems> {
    let folder = &deps.config.plugins.plugins_dir;
    if folder.as_os_str().is_empty() {
        return Ok(Arc::default());
    }

    let taken: Vec<&'static str> = registry.list().map(|agent| agent.name.name).collect();
    let read = plugins::load(folder, taken)?;
    let plugins: Plugins = read.into_iter().map(Arc::new).collect();
    let engine = Arc::new(PluginEngine {
        models: engines.models.clone(),
        clock: Arc::clone(&deps.clock),
    });
    for plugin in plugins.iter() {
        registry.add(agent(plugin, &engine));
        tracing::info!(
            agent = plugin.name,
            tools = plugin.tools.len(),
            "a plug-in agent was added"
        );
    }

    Ok(plugins)
}

pub(crate) fn name_of(plugin: &Plugin) -> AgentName {
    AgentName {
        name: plugin.name,
        description: plugin.description,
        least_tier: plugin.least_tier,
    }
}

/// What plug-ins speak by, outside of chats.
struct PluginEngine {
    models: Models,
    clock: SharedClock,
}

fn agent(plugin: &Arc<Plugin>, engine: &Arc<PluginEngine>) -> Agent {
    let instructions = Instructions::from_fragments(&plugin.prompts)
        .with_tools(&plugin.list_specs())
        .with_routing();
    let (plugin, engine) = (Arc::clone(plugin), Arc::clone(engine));

    Agent::new(name_of(&plugin), instructions, move |input, desk| {
        let (plugin, engine) = (Arc::clone(&plugin), Arc::clone(&engine));
        async move { run(&plugin, &engine, &desk, input).await }
    })
}

async fn run(
    plugin: &Plugin,
    engine: &PluginEngine,
    desk: &AgentContext,
    input: AssistantInput,
) -> Result<Answer<AssistantOutput>, AgentError> {
    let call = Call {
        run: desk.run_id.clone(),
        ..call_of(plugin, &desk.actor, desk.cancel.clone())
    };
    let chat: SharedChat = Arc::new(Ephemeral::new(ChatInput(input)));
    let PluginEngine { models, clock } = engine;

    let mut output = ask(plugin, models, call, &chat, clock, &mut Silent).await?;
    clean_output(&desk.fingerprints, &mut output);
    Ok(Answer {
        output,
        offline: false,
    })
}

fn call_of(plugin: &Plugin, actor: &Actor, cancel: tokio_util::sync::CancellationToken) -> Call {
    Call {
        user: AccountName::from(actor).to_string(),
        agent: plugin.name.to_owned(),
        key: actor.api_key,
        cancel,
        ..Call::default()
    }
}

/// What a plug-in says by its model and its tools.
///
/// # Errors
/// [`LlmError::NotConfigured`] where no model is.
pub(crate) async fn ask(
    plugin: &Plugin,
    models: &Models,
    call: Call,
    chat: &SharedChat,
    clock: &SharedClock,
    sink: &mut dyn Sink,
) -> Result<AssistantOutput, LlmError> {
    let gateway = models.gateway();
    let class = plugin.model_class.clone();
    if call.own_key.is_none() && !gateway.available(&class) {
        return Err(LlmError::NotConfigured { class });
    }

    let request = Request {
        class,
        system: compose_plugin(plugin),
        messages: write_plugin_messages(&chat.expose().0, clock.now()),
        ..Request::default()
    };
    let tools = PluginTools {
        plugin,
        proposed: Mutex::default(),
    };
    let reply = gateway.run_tools(&call, request, &tools, sink).await?;

    Ok(AssistantOutput {
        response: reply.turn.text,
        actions: tools
            .proposed
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner),
        results: Vec::new(),
    })
}

/// The tools of a plug-in in the hands of a model; what they propose is gathered, nothing twice.
struct PluginTools<'a> {
    plugin: &'a Plugin,
    proposed: Mutex<Vec<PlanAction>>,
}

#[async_trait]
impl ToolBox for PluginTools<'_> {
    fn specs(&self) -> Vec<ToolSpec> {
        self.plugin.list_specs()
    }

    fn patience(&self) -> usize {
        PATIENCE
    }

    async fn run(&self, call: &ToolCall) -> Result<Value, String> {
        let tools = &self.plugin.tools;
        let tool = tools.iter().find(|tool| tool.spec.name == call.name);
        let tool = tool.ok_or_else(|| format!("there is no tool {}", call.name))?;

        let faults = tool.arguments.check(&call.arguments);
        if !faults.is_empty() {
            let told: Vec<String> = faults
                .iter()
                .map(|fault| format!("{}: expected {}", fault.field, fault.expected))
                .collect();
            return Err(told.join("; "));
        }

        let action = PlanAction {
            kind: tool.action,
            table: tool.table.clone(),
            data: call.arguments.as_object().cloned(),
        };
        let mut proposed = self.proposed.lock().unwrap_or_else(PoisonError::into_inner);
        if !proposed.contains(&action) {
            proposed.push(action);
        }
        Ok(json!({ "proposed": true }))
    }
}
