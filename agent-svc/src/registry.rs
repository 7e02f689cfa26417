//! The list of agents: name, description, least tier, schemas and the function that does the work. It checks who may
//! run what and with which input; it never does an agent's work.

mod agent_schema;
mod instructions;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use futures::future::BoxFuture;
use kit::actor::Tier;
use kit::error::Faults;
use redaction::Fingerprints;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) use self::agent_schema::AgentSchema;
pub(crate) use self::instructions::{Instructions, answer_texts, tool_texts};
use crate::agent_context::AgentContext;
use crate::error::AgentError;

/// What an agent is called and who may run it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AgentName {
    /// Namespaced: `codestory.intent`.
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) least_tier: Tier,
}

/// What an agent answers in the end.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer<T> {
    pub(crate) output: T,
    /// True when the deterministic offline way was taken and no outside service was asked.
    pub(crate) offline: bool,
}

type Run =
    Box<dyn Fn(Value, AgentContext) -> BoxFuture<'static, Result<Answer<Value>, AgentError>> + Send + Sync>;

/// One agent.
pub(crate) struct Agent {
    pub(crate) name: AgentName,
    input: AgentSchema,
    output: AgentSchema,
    instructions: Instructions,
    /// It acts on whatever its input names, so only products' own graphs say what that is.
    for_products: bool,
    run: Run,
}

impl Agent {
    /// An agent whose input and output are Rust types. `run` gets an input that fits the schema of `I`, and asks models
    /// nothing but what `instructions` has.
    pub(crate) fn new<I, O, F, W>(name: AgentName, instructions: Instructions, run: F) -> Self
    where
        I: DeserializeOwned + JsonSchema + Send + 'static,
        O: Serialize + JsonSchema + 'static,
        F: Fn(I, AgentContext) -> W + Send + Sync + 'static,
        W: Future<Output = Result<Answer<O>, AgentError>> + Send + 'static,
    {
        let run: Run = Box::new(move |input, desk| {
            let work = serde_json::from_value::<I>(input).map(|input| run(input, desk));
            Box::pin(async move {
                let work = work.map_err(|source| AgentError::Unread {
                    agent: name.name,
                    source,
                })?;
                let answer = work.await?;
                let output =
                    serde_json::to_value(&answer.output).map_err(|source| AgentError::Unwritten {
                        agent: name.name,
                        source,
                    })?;

                Ok(Answer {
                    output,
                    offline: answer.offline,
                })
            })
        });

        Self {
            name,
            input: AgentSchema::new(schemars::schema_for!(I).to_value()),
            output: AgentSchema::new(schemars::schema_for!(O).to_value()),
            instructions,
            for_products: false,
            run,
        }
    }

    /// The same, refused to whoever is not a product's own graph.
    pub(crate) fn for_products_only(self) -> Self {
        Self {
            for_products: true,
            ..self
        }
    }

    pub(crate) fn input_schema(&self) -> &Value {
        self.input.schema()
    }

    pub(crate) fn output_schema(&self) -> &Value {
        self.output.schema()
    }

    /// The input, read and checked.
    ///
    /// # Errors
    /// [`AgentError::NotJson`], or [`AgentError::Input`] with every field at fault.
    pub(crate) fn read_input(&self, text: &str) -> Result<Value, AgentError> {
        let agent = self.name.name;
        let input = serde_json::from_str(text).map_err(|source| AgentError::NotJson { agent, source })?;
        let fields = self.input.check(&input);
        if fields.is_empty() {
            Ok(input)
        } else {
            Err(AgentError::Input {
                agent,
                fields: Faults(fields),
            })
        }
    }

    /// `of_caller`: the actor says what is to be done, and not a product.
    ///
    /// # Errors
    /// [`AgentError::ForProducts`].
    pub(crate) const fn allow(&self, of_caller: bool) -> Result<(), AgentError> {
        match self.for_products && of_caller {
            true => Err(AgentError::ForProducts {
                agent: self.name.name,
            }),
            false => Ok(()),
        }
    }

    /// Does the work. Dropping the future stops it.
    pub(crate) fn run(
        &self,
        input: Value,
        desk: AgentContext,
    ) -> BoxFuture<'static, Result<Answer<Value>, AgentError>> {
        (self.run)(input, desk)
    }

    /// What it answered, when that is what it promises.
    ///
    /// # Errors
    /// [`AgentError::Unfit`] with every field at fault.
    pub(crate) fn check_output(&self, output: &Value) -> Result<(), AgentError> {
        let fields = self.output.check(output);
        if fields.is_empty() {
            return Ok(());
        }

        Err(AgentError::Unfit {
            agent: self.name.name,
            fields: Faults(fields),
        })
    }
}

/// Every agent of this service, by name, and what none of them may let out.
#[derive(Default)]
pub(crate) struct Registry {
    agents: BTreeMap<&'static str, Agent>,
    /// Made when they are first asked for: by then every agent is here.
    fingerprints: OnceLock<Fingerprints>,
}

impl Registry {
    pub(crate) fn add(&mut self, agent: Agent) {
        self.fingerprints = OnceLock::new();
        self.agents.insert(agent.name.name, agent);
    }

    /// Of everything that is said to models for any of the agents.
    pub(crate) fn fingerprints(&self) -> Fingerprints {
        let learned = self.fingerprints.get_or_init(|| {
            let builder = self.list().fold(Fingerprints::builder(), |builder, agent| {
                agent.instructions.teach(agent.name.name, builder)
            });
            builder.build()
        });

        learned.clone()
    }

    /// In the order of their names.
    pub(crate) fn list(&self) -> impl Iterator<Item = &Agent> {
        self.agents.values()
    }

    /// By full name, or by the part after the last dot while only one agent has it.
    ///
    /// # Errors
    /// [`AgentError::Unknown`] or [`AgentError::Ambiguous`].
    pub(crate) fn get(&self, name: &str) -> Result<&Agent, AgentError> {
        if let Some(agent) = self.agents.get(name) {
            return Ok(agent);
        }

        let short = |full: &str| full.rsplit('.').next() == Some(name);
        let fits: Vec<&Agent> = self.list().filter(|agent| short(agent.name.name)).collect();

        match fits.as_slice() {
            [agent] => Ok(agent),
            [] => Err(AgentError::Unknown {
                name: name.chars().take(100).collect(),
            }),
            several => Err(AgentError::Ambiguous {
                name: name.to_owned(),
                candidates: several.iter().map(|agent| agent.name.name).collect(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use kit::ServiceError;
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize, JsonSchema)]
    struct Nothing {}

    fn agent(name: &'static str, least_tier: Tier) -> Agent {
        let name = AgentName {
            name,
            description: "Does nothing.",
            least_tier,
        };

        Agent::new(name, Instructions::none(), |_: Nothing, _| async {
            Ok(Answer {
                output: String::new(),
                offline: true,
            })
        })
    }

    fn registry() -> Registry {
        let mut registry = Registry::default();
        registry.add(agent("codestory.intent", Tier::Free));
        registry.add(agent("codestory.architect", Tier::Free));
        registry.add(agent("lekh.architect", Tier::Pro));

        registry
    }

    #[test]
    fn a_short_name_resolves_while_only_one_agent_has_it() {
        let registry = registry();
        assert_eq!(
            registry.get("codestory.intent").unwrap().name.name,
            "codestory.intent"
        );
        assert_eq!(registry.get("intent").unwrap().name.name, "codestory.intent");
        assert_eq!(
            registry.get("lekh.architect").unwrap().name.name,
            "lekh.architect"
        );

        let err = registry.get("architect").err().unwrap();
        assert_eq!(err.reason(), "AGENT_AMBIGUOUS");
        assert!(
            err.to_string().contains("codestory.architect or lekh.architect"),
            "{err}"
        );

        for unknown in [
            "",
            "nobody",
            "codestory",
            "codestory.",
            ".intent",
            "codestory.intent.x",
        ] {
            assert_eq!(
                registry.get(unknown).err().unwrap().reason(),
                "AGENT_NOT_FOUND",
                "{unknown:?}"
            );
        }
    }

    #[test]
    fn an_agent_of_products_takes_no_input_of_the_callers() {
        let agent = agent("codestory.voice", Tier::Free).for_products_only();
        assert_eq!(agent.allow(true).err().unwrap().reason(), "AGENT_FOR_PRODUCTS");
        assert!(agent.allow(false).is_ok());
    }

    #[test]
    fn an_output_that_does_not_fit_its_schema_is_refused_by_its_fields() {
        #[derive(serde::Serialize, JsonSchema)]
        struct Told {
            #[schemars(length(min = 1))]
            words: String,
        }

        let name = AgentName {
            name: "a.b",
            description: "Says nothing.",
            least_tier: Tier::Free,
        };
        let agent = Agent::new(name, Instructions::none(), |_: Nothing, _| async {
            let words = String::new();
            Ok(Answer {
                output: Told { words },
                offline: true,
            })
        });

        assert!(agent.check_output(&serde_json::json!({ "words": "x" })).is_ok());
        let unfit = agent
            .check_output(&serde_json::json!({ "words": "" }))
            .unwrap_err();
        assert_eq!(
            (unfit.reason(), unfit.kind()),
            ("AGENT_OUTPUT_INVALID", kit::ErrorKind::Unavailable)
        );
        assert_eq!(unfit.fields()[0].field, "output.words");
    }
}
