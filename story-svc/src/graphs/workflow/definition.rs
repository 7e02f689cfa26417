//! Graphs as data: what people write, checked and made flat. A definition names its nodes; what it calls of other definitions
//! is put in place of the call, so a run needs nothing but what it began with.

mod check;
mod parse;
mod per_item;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use kit::error::FieldViolation;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use self::per_item::COPY_END;

pub(crate) use self::check::check_compiled;
pub(crate) use self::parse::{Definition, parse};
pub(crate) use self::per_item::{AT_ONCE, ItemOf, copy_name};

/// Nodes of one graph, those of the definitions that it calls included.
pub(crate) const NODES_MAX: usize = 500;
/// Characters of a definition.
pub(crate) const SOURCE_MAX: usize = 256 * 1024;
/// Definitions that call one another.
const DEPTH_MAX: usize = 8;
/// What `next` says where a workflow ends.
pub(crate) const END_WORD: &str = "end";

/// What is wrong with a definition, and at which node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DefinitionFault {
    pub(crate) field: String,
    pub(crate) expected: String,
    pub(crate) node: Option<String>,
}

impl DefinitionFault {
    fn new(field: impl Into<String>, expected: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            expected: expected.into(),
            node: None,
        }
    }

    fn of_node(node: &str, field: &str, expected: impl Into<String>) -> Self {
        let dot = if field.is_empty() { "" } else { "." };
        Self {
            field: format!("nodes.{node}{dot}{field}"),
            expected: expected.into(),
            node: Some(node.to_owned()),
        }
    }
}

impl From<DefinitionFault> for FieldViolation {
    fn from(fault: DefinitionFault) -> Self {
        Self::new(fault.field, fault.expected)
    }
}

/// What a node does. Values may hold expressions, `${…}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum NodeKind {
    /// Has an agent do a task; its answer is the node's value.
    Agent { agent: String, input: Value },
    /// Its value.
    Transform { value: Value },
    /// Asks a person. The value is `{answer, declined, expired}`.
    Question {
        prompt: String,
        #[serde(default = "review")]
        reason: String,
        #[serde(default)]
        value: Option<Value>,
        /// JSON Schema of the answer.
        #[serde(default)]
        schema: Option<Value>,
        #[serde(default)]
        expires_in_seconds: Option<u64>,
        /// Where it goes on without an answer; as with one when not given.
        #[serde(default)]
        on_decline: Option<String>,
    },
    /// Goes on at the first case that holds.
    Branch {
        cases: Vec<Case>,
        #[serde(rename = "else")]
        otherwise: String,
    },
    /// Runs the node `do` once for each item of a list; its value is the list of their values.
    FanOut {
        items: String,
        #[serde(rename = "do")]
        each: String,
        #[serde(default)]
        at_once: Option<usize>,
    },
    /// Goes on when all of these have run.
    Join { from: Vec<String> },
    /// For so long, or until a time.
    Wait {
        #[serde(default)]
        seconds: Option<u64>,
        #[serde(default)]
        until: Option<String>,
    },
    /// Calls an address of the public internet. The value is `{status, headers, body}`.
    Http {
        url: String,
        #[serde(default = "get")]
        method: String,
        #[serde(default)]
        headers: BTreeMap<String, String>,
        #[serde(default)]
        body: Option<Value>,
    },
    /// Writes, reads, deletes or searches what its owner's workflows remember. The value is `{namespace, key, value, updated_at}` (null for
    /// what is not there), whether there was one to delete, or a list.
    Item {
        action: ItemAction,
        namespace: Vec<String>,
        #[serde(default)]
        key: Option<String>,
        #[serde(default)]
        value: Option<Value>,
        #[serde(default)]
        ttl_seconds: Option<u32>,
        #[serde(default)]
        filter: Option<Value>,
        #[serde(default)]
        text: Option<String>,
        #[serde(default)]
        limit: Option<u32>,
    },
    /// Has a story told of a repository and waits for it. The value is `{id, title, duration_seconds, offline}`.
    Story { request: Value },
    /// Another definition, in place of this node. The value is its output.
    Workflow {
        definition: String,
        #[serde(default)]
        version: Option<u32>,
        #[serde(default)]
        input: Value,
    },
    /// Where a definition that was called begins: only in compiled graphs.
    Enter {
        scope: String,
        input: Value,
        /// Where it is called for an item of a list.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<ItemOf>,
    },
    /// Where it ends.
    Leave {
        scope: String,
        output: Option<Value>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<ItemOf>,
    },
    /// A definition that the fan-out `fan` calls for each item: only in compiled graphs. It runs when all copies have ended.
    PerItem {
        fan: String,
        input: Value,
        start: Vec<String>,
        nodes: Vec<Node>,
        output: Option<Value>,
    },
    /// Work of our own that built-in types have.
    Native { function: String, input: Value },
}

fn review() -> String {
    "review".to_owned()
}

fn get() -> String {
    "GET".to_owned()
}

/// What is done to what is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ItemAction {
    Put,
    Get,
    Delete,
    Search,
}

/// One way out of a branch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// An expression.
    pub(crate) when: String,
    pub(crate) next: String,
}

/// A node as it was written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Node {
    pub(crate) id: String,
    pub(crate) kind: NodeKind,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) label: Option<String>,
    /// Under which name its value is kept.
    pub(crate) output: String,
    pub(crate) next: Vec<String>,
    /// Attempts in all.
    pub(crate) attempts: u32,
    pub(crate) retry_wait_seconds: u64,
    pub(crate) timeout_seconds: u64,
    /// Said to whoever watches when the node is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) emit: Option<Value>,
    /// Whose values it reads: of a definition that was called, or of the workflow itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) scope: String,
}

/// A flat, checked graph.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Compiled {
    pub(crate) name: String,
    /// 0 for a built-in type.
    pub(crate) version: u32,
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) description: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) config_schema: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) input_schema: Option<Value>,
    pub(crate) start: Vec<String>,
    pub(crate) nodes: Vec<Node>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) output: Option<Value>,
}

impl Compiled {
    pub(crate) fn node(&self, id: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.id == id)
    }

    /// The graph for people to look at.
    pub(crate) fn drawing(&self) -> Value {
        let mut edges = Vec::new();
        let mut edge = |source: &str, target: &str, conditional: bool| {
            edges.push(json!({ "source": source, "target": target, "conditional": conditional }));
        };
        for start in &self.start {
            edge("start", start, false);
        }
        for node in &self.nodes {
            for (target, conditional) in node.ways() {
                edge(&node.id, &target, conditional);
            }
            if let NodeKind::Join { from } = &node.kind {
                for source in from {
                    edge(source, &node.id, false);
                }
            }
        }

        let nodes = self.nodes.iter().map(|node| {
            json!({ "id": node.id, "type": node.kind.name(), "label": node.label.as_deref().unwrap_or(&node.id) })
        });
        json!({ "nodes": nodes.collect::<Vec<_>>(), "edges": edges })
    }

    /// Whether a run that stands before these nodes can go on in this graph.
    pub(crate) fn has_all<'a>(&self, mut nodes: impl Iterator<Item = &'a String>) -> bool {
        nodes.all(|id| self.find(id).is_some())
    }
}

impl NodeKind {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Agent { .. } => "agent",
            Self::Transform { .. } => "transform",
            Self::Question { .. } => "question",
            Self::Branch { .. } => "branch",
            Self::FanOut { .. } => "fan_out",
            Self::Join { .. } => "join",
            Self::Wait { .. } => "wait",
            Self::Http { .. } => "http",
            Self::Item { .. } => "item",
            Self::Story { .. } => "story",
            Self::Workflow { .. } | Self::PerItem { .. } => "workflow",
            Self::Enter { .. } => "enter",
            Self::Leave { .. } => "leave",
            Self::Native { .. } => "native",
        }
    }
}

impl Node {
    /// Where it leads, and whether only sometimes. Not the joins that wait for it.
    pub(crate) fn ways(&self) -> Vec<(String, bool)> {
        match &self.kind {
            NodeKind::Branch { cases, otherwise } => {
                let cases = cases.iter().map(|case| case.next.clone());
                cases
                    .chain([otherwise.clone()])
                    .map(|next| (next, true))
                    .collect()
            }
            NodeKind::FanOut { each, .. } => vec![(each.clone(), false)],
            NodeKind::Question {
                on_decline: Some(declined),
                ..
            } => {
                let next = self.next.iter().map(|next| (next.clone(), true));
                next.chain([(declined.clone(), true)]).collect()
            }
            _ => self.next.iter().map(|next| (next.clone(), false)).collect(),
        }
    }
}

/// Definitions that a definition calls, by name and version.
pub(crate) type Called = BTreeMap<(String, Option<u32>), Definition>;

/// Puts what a definition calls in place, and checks the whole.
///
/// # Errors
/// Everything that is wrong, with its node and field.
pub(crate) fn compile(
    name: &str,
    version: u32,
    definition: &Definition,
    called: &Called,
) -> Result<Compiled, Vec<DefinitionFault>> {
    let mut flat = Flat {
        called,
        nodes: Vec::new(),
        stack: vec![name.to_owned()],
        faults: Vec::new(),
        in_copy: false,
    };
    flat.add(definition, "", END_WORD);

    if count(&flat.nodes) > NODES_MAX {
        let expected = format!("at most {NODES_MAX} nodes, those of the workflows that it calls included");
        return Err(vec![DefinitionFault::new("nodes", expected)]);
    }
    if !flat.faults.is_empty() {
        return Err(flat.faults);
    }

    let compiled = Compiled {
        name: name.to_owned(),
        version,
        title: definition.title.clone().unwrap_or_else(|| name.to_owned()),
        description: definition.description.clone(),
        config_schema: definition.config.clone(),
        input_schema: definition.input.clone(),
        start: definition.start.clone(),
        nodes: flat.nodes,
        output: definition.output.clone(),
    };
    let faults = check_compiled(&compiled);
    if faults.is_empty() {
        Ok(compiled)
    } else {
        Err(faults)
    }
}

/// Nodes of a graph, and of what it calls for each item, once.
fn count(nodes: &[Node]) -> usize {
    let inner = nodes.iter().map(|node| match &node.kind {
        NodeKind::PerItem { nodes, .. } => nodes.len() + 1,
        _ => 1,
    });
    inner.sum()
}

struct Flat<'a> {
    called: &'a Called,
    nodes: Vec<Node>,
    stack: Vec<String>,
    faults: Vec<DefinitionFault>,
    /// What is flattened runs for each item of a list.
    in_copy: bool,
}

impl<'a> Flat<'a> {
    /// Adds a definition's nodes under a prefix; where it ends, `end` comes next.
    fn add(&mut self, definition: &Definition, prefix: &str, end: &str) {
        for node in &definition.nodes {
            if self.nodes.len() > NODES_MAX {
                return;
            }
            let place = |target: &String| match target.as_str() {
                END_WORD => end.to_owned(),
                _ => format!("{prefix}{target}"),
            };
            let mut node = node.clone();
            let id = node.id.clone();
            node.id = format!("{prefix}{id}");
            node.scope = prefix.trim_end_matches('/').to_owned();
            node.next = node.next.iter().map(place).collect();
            // Inside a call, an end that nobody writes is the call's end, too.
            if node.next.is_empty()
                && end != END_WORD
                && !definition.is_waited_for(&id)
                && node.leaves_by_next()
            {
                node.next = vec![end.to_owned()];
            }
            node.kind = node.kind.moved(&place);

            let fan = definition.fan_to(&id).map(|fan| format!("{prefix}{fan}"));
            match node.kind.clone() {
                NodeKind::Workflow {
                    definition,
                    version,
                    input,
                } => self.call(node, (&definition, version), input, fan),
                _ => self.nodes.push(node),
            }
        }
    }

    /// What a node calls, when it may.
    fn find_called(&mut self, node: &Node, (name, version): (&str, Option<u32>)) -> Option<&'a Definition> {
        let expected = if self.stack.iter().any(|above| above == name) {
            format!(
                "a workflow that does not call itself: {} → {name}",
                self.stack.join(" → ")
            )
        } else if self.stack.len() >= DEPTH_MAX {
            format!("workflows that call one another at most {DEPTH_MAX} deep")
        } else if let Some(definition) = self.called.get(&(name.to_owned(), version)) {
            return Some(definition);
        } else {
            "the name of a definition of yours, and a version that it has".to_owned()
        };
        self.faults
            .push(DefinitionFault::of_node(&node.id, "definition", expected));

        None
    }

    /// Puts a definition in place of the node that calls it; `fan` is the fan-out that does so for each item.
    fn call(&mut self, node: Node, called: (&str, Option<u32>), input: Value, fan: Option<String>) {
        let Some(definition) = self.find_called(&node, called) else {
            return;
        };
        if let Some(fan) = fan {
            return self.call_for_each(node, (called.0, definition), input, fan);
        }

        let (prefix, leave) = (format!("{}/", node.id), format!("{}/end", node.id));
        self.nodes.push(Node {
            kind: NodeKind::Enter {
                scope: node.id.clone(),
                input,
                of: None,
            },
            next: definition
                .start
                .iter()
                .map(|start| format!("{prefix}{start}"))
                .collect(),
            emit: None,
            ..node.clone()
        });

        self.stack.push(called.0.to_owned());
        self.add(definition, &prefix, &leave);
        self.stack.pop();

        self.nodes.push(Node {
            id: leave,
            kind: NodeKind::Leave {
                scope: node.id.clone(),
                output: definition.output.clone(),
                of: None,
            },
            ..node
        });
    }

    fn call_for_each(
        &mut self,
        node: Node,
        (name, definition): (&str, &Definition),
        input: Value,
        fan: String,
    ) {
        if self.in_copy {
            let expected = "a node that is no workflow: the one around it is called for each item already";
            self.faults
                .push(DefinitionFault::of_node(&node.id, "type", expected));
            return;
        }

        let mut body = Flat {
            called: self.called,
            nodes: Vec::new(),
            stack: [&self.stack[..], &[name.to_owned()]].concat(),
            faults: Vec::new(),
            in_copy: true,
        };
        body.add(definition, "", COPY_END);
        // They are told as nodes below the one that calls.
        self.faults
            .extend(body.faults.into_iter().map(|fault| match &fault.node {
                Some(inner) => DefinitionFault {
                    field: fault.field.replacen(inner, &format!("{}/{inner}", node.id), 1),
                    node: Some(format!("{}/{inner}", node.id)),
                    ..fault
                },
                None => fault,
            }));

        self.nodes.push(Node {
            kind: NodeKind::PerItem {
                fan,
                input,
                start: definition.start.clone(),
                nodes: body.nodes,
                output: definition.output.clone(),
            },
            ..node
        });
    }
}

impl Node {
    /// Whether its `next` is what says where it goes on.
    fn leaves_by_next(&self) -> bool {
        !matches!(self.kind, NodeKind::Branch { .. } | NodeKind::FanOut { .. })
    }
}

impl NodeKind {
    /// With the names of nodes as they are in the flat graph.
    fn moved(self, place: &dyn Fn(&String) -> String) -> Self {
        match self {
            Self::Question {
                prompt,
                reason,
                value,
                schema,
                expires_in_seconds,
                on_decline,
            } => Self::Question {
                prompt,
                reason,
                value,
                schema,
                expires_in_seconds,
                on_decline: on_decline.as_ref().map(place),
            },
            Self::Branch { cases, otherwise } => Self::Branch {
                cases: cases
                    .into_iter()
                    .map(|case| Case {
                        next: place(&case.next),
                        ..case
                    })
                    .collect(),
                otherwise: place(&otherwise),
            },
            Self::FanOut { items, each, at_once } => Self::FanOut {
                items,
                each: place(&each),
                at_once,
            },
            Self::Join { from } => Self::Join {
                from: from.iter().map(place).collect(),
            },
            Self::Enter { scope, input, of } => Self::Enter {
                scope: place(&scope),
                input,
                of,
            },
            Self::Leave { scope, output, of } => Self::Leave {
                scope: place(&scope),
                output,
                of,
            },
            other => other,
        }
    }
}

/// An empty object, for what nobody gave.
pub(crate) fn no_values() -> Value {
    Value::Object(Map::new())
}
