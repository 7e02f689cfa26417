//! Types of workflows, and graphs as data that people define.

use async_graphql::SimpleObject;
use proto::v1;

use crate::graphql::scalar::{DateTime, Json};

/// A kind of workflow that can be created.
#[derive(SimpleObject)]
pub(crate) struct WorkflowType {
    /// The name that `createWorkflow` takes.
    name: String,
    /// The name for people.
    title: String,
    /// What such a workflow does.
    description: String,
    /// Whether everybody has it; the others are definitions of yours.
    built_in: bool,
    /// The newest version of its definition; 0 for what is built in.
    version: u32,
    /// JSON Schema of the config; null takes any object.
    config_schema: Option<Json>,
    /// JSON Schema of the input; null takes any object.
    input_schema: Option<Json>,
    /// The graph, `{nodes: [{id, type, label}], edges: [{source, target, conditional}]}`.
    graph: Option<Json>,
}

impl From<v1::WorkflowType> for WorkflowType {
    fn from(kind: v1::WorkflowType) -> Self {
        let read = |text: Option<&String>| text.and_then(|text| Json::read(text));

        Self {
            config_schema: read(kind.config_schema.as_ref()),
            input_schema: read(kind.input_schema.as_ref()),
            graph: Json::read(&kind.graph),
            name: kind.name,
            title: kind.title,
            description: kind.description,
            built_in: kind.built_in,
            version: kind.version,
        }
    }
}

/// A graph as data, in one of its versions.
#[derive(SimpleObject)]
pub(crate) struct WorkflowDefinition {
    /// The name under which it is kept.
    name: String,
    /// 1 for the first version, 2 for the next, and so on.
    version: u32,
    /// The text as it was given, JSON or YAML; null in lists.
    source: Option<String>,
    /// The moment at which this version was kept.
    created_at: DateTime<'static>,
    /// The graph, `{nodes: [{id, type, label}], edges: [{source, target, conditional}]}`.
    graph: Option<Json>,
}

impl From<v1::WorkflowDefinition> for WorkflowDefinition {
    fn from(definition: v1::WorkflowDefinition) -> Self {
        Self {
            created_at: super::known_time(definition.created_at.as_ref()),
            graph: Json::read(&definition.graph),
            name: definition.name,
            version: definition.version,
            source: definition.source,
        }
    }
}

/// What is wrong with a definition, and how it looks when nothing is.
#[derive(SimpleObject)]
pub(crate) struct WorkflowValidation {
    /// The mistakes, each at its node and field; none when it is right.
    faults: Vec<DefinitionFault>,
    /// The graph; null when something is wrong.
    graph: Option<Json>,
}

/// One mistake of a definition.
#[derive(SimpleObject)]
struct DefinitionFault {
    /// The path of the field, e.g. `nodes.ask.prompt`.
    field: String,
    /// What was expected, in words.
    expected: String,
    /// The name of the node that it is about.
    node: Option<String>,
}

impl From<v1::ValidateDefinitionResponse> for WorkflowValidation {
    fn from(judged: v1::ValidateDefinitionResponse) -> Self {
        let faults = judged.faults.into_iter().map(|fault| DefinitionFault {
            field: fault.field,
            expected: fault.expected,
            node: fault.node,
        });

        Self {
            faults: faults.collect(),
            graph: judged.graph.as_deref().and_then(Json::read),
        }
    }
}
