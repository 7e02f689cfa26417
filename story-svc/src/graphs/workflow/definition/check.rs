//! Whether a flat graph can run: every way leads somewhere, every expression can be read, every number makes sense.

use std::collections::{HashMap, HashSet};

use flow::GraphError;
use serde_json::Value;

use super::parse::check_schema;
use super::{Compiled, DefinitionFault, END_WORD, ItemAction, NODES_MAX, Node, NodeKind, count};
use crate::graphs::workflow::check_shape;
use crate::graphs::workflow::expression::{ExpressionError, check_expression, check_template};

/// A year.
const LONGEST_WAIT: u64 = 366 * 86_400;
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Everything that is wrong with it.
pub(crate) fn check_compiled(graph: &Compiled) -> Vec<DefinitionFault> {
    if count(&graph.nodes) > NODES_MAX {
        let expected = format!("at most {NODES_MAX} nodes");
        return vec![DefinitionFault::new("nodes", expected)];
    }

    // What is called for each item is checked in one copy.
    let nodes = graph.unfold(&|_| 1);
    let mut check = Check {
        faults: Vec::new(),
        names: nodes.iter().map(|node| node.id.as_str()).collect(),
    };
    let mut seen = HashSet::new();
    for node in &nodes {
        if !seen.insert(&node.id) {
            check.fault(node, "", "a name that no other node has");
        }
    }

    if graph.start.is_empty() {
        check
            .faults
            .push(DefinitionFault::new("start", "the name of a node"));
    }
    for start in &graph.start {
        if !check.names.contains(start.as_str()) {
            let expected = format!("the name of a node; there is no {start}");
            check.faults.push(DefinitionFault::new("start", expected));
        }
    }
    if let Some(output) = &graph.output {
        check_template(output, "output", &mut |field, error| {
            check.faults.push(DefinitionFault::new(field, error.to_string()));
        });
    }
    for node in &nodes {
        check.node(node);
    }

    let outputs = outputs(&nodes);
    check.faults.extend(outputs);
    if check.faults.is_empty()
        && let Err(error) = check_shape(graph)
    {
        check.faults.push(shape_fault(&error));
    }

    check.faults
}

/// A copy's node as it is told: without the place of its item.
fn told(name: &str) -> String {
    name.replace("[0]", "")
}

/// Only what can be run for an item is, and what is called for each by one fan-out alone.
fn outputs(nodes: &[Node]) -> Vec<DefinitionFault> {
    let mut fans = HashMap::new();
    let mut faults = Vec::new();
    for node in nodes {
        if let NodeKind::FanOut { each, .. } = &node.kind {
            fans.insert(each.as_str(), node.id.as_str());
        }
    }
    for node in nodes {
        let fanned = fans.contains_key(node.id.as_str());
        let plain = matches!(
            node.kind,
            NodeKind::Agent { .. }
                | NodeKind::Transform { .. }
                | NodeKind::Http { .. }
                | NodeKind::Item { .. }
                | NodeKind::Story { .. }
                | NodeKind::PerItem { .. }
                | NodeKind::Native { .. }
        ) || matches!(node.kind, NodeKind::Question { on_decline: None, .. });
        if fanned && !plain {
            let expected = "an agent, a transform, an HTTP call, an item, a story, a workflow or a question, because a fan_out runs it for each item";
            faults.push(DefinitionFault::of_node(&told(&node.id), "type", expected));
        }
        if let NodeKind::PerItem { fan, nodes: body, .. } = &node.kind {
            let ways = |other: &&Node| other.ways().iter().any(|(way, _)| *way == node.id);
            let mut sources = nodes.iter().filter(ways);
            let alone = sources
                .next()
                .is_some_and(|source| source.id == *fan && matches!(source.kind, NodeKind::FanOut { .. }));
            let nested = body
                .iter()
                .any(|inner| matches!(inner.kind, NodeKind::PerItem { .. }));
            if !alone || nested || sources.next().is_some() {
                let expected = "a node that only its fan_out leads to";
                faults.push(DefinitionFault::of_node(&node.id, "", expected));
            }
        }
    }

    faults
}

struct Check<'a> {
    faults: Vec<DefinitionFault>,
    names: HashSet<&'a str>,
}

impl Check<'_> {
    fn fault(&mut self, node: &Node, field: &str, expected: impl Into<String>) {
        self.faults
            .push(DefinitionFault::of_node(&told(&node.id), field, expected));
    }

    fn target(&mut self, node: &Node, field: &str, target: &str) {
        if target != END_WORD && !self.names.contains(target) {
            self.fault(
                node,
                field,
                format!("the name of a node, or end; there is no {}", told(target)),
            );
        }
    }

    fn expression(&mut self, node: &Node, field: &str, source: &str) {
        if let Err(error) = check_expression(source) {
            self.fault(node, field, error.to_string());
        }
    }

    fn template(&mut self, node: &Node, field: &str, value: &Value) {
        let mut found: Vec<(String, ExpressionError)> = Vec::new();
        check_template(value, field, &mut |field, error| found.push((field, error)));
        for (field, error) in found {
            self.fault(node, &field, error.to_string());
        }
    }

    fn node(&mut self, node: &Node) {
        for next in &node.next {
            self.target(node, "next", next);
        }
        if let Some(emit) = &node.emit {
            self.template(node, "emit", emit);
        }

        match &node.kind {
            NodeKind::Agent { agent, input } => {
                if agent.is_empty() || agent.len() > 100 {
                    self.fault(node, "agent", "the name of an agent");
                }
                self.template(node, "input", input);
            }
            NodeKind::Transform { value } => self.template(node, "value", value),
            NodeKind::Question { .. } => self.question(node),
            NodeKind::Branch { cases, otherwise } => {
                if cases.is_empty() || cases.len() > 50 {
                    self.fault(node, "cases", "1 to 50 cases");
                }
                for (place, case) in cases.iter().enumerate() {
                    self.expression(node, &format!("cases.{place}.when"), &case.when);
                    self.target(node, &format!("cases.{place}.next"), &case.next);
                }
                self.target(node, "else", otherwise);
                self.no_next(node);
            }
            NodeKind::FanOut { items, each, at_once } => {
                self.expression(node, "items", items);
                if each == END_WORD {
                    self.fault(node, "do", "the name of a node");
                }
                self.target(node, "do", each);
                if at_once.is_some_and(|most| !(1..=100).contains(&most)) {
                    self.fault(node, "at_once", "1 to 100");
                }
                self.no_next(node);
            }
            NodeKind::Join { from } => {
                for source in from {
                    if !self.names.contains(source.as_str()) {
                        self.fault(
                            node,
                            "from",
                            format!("names of nodes; there is no {}", told(source)),
                        );
                    }
                }
            }
            NodeKind::Wait { seconds, until } => match (seconds, until) {
                (Some(1..=LONGEST_WAIT), None) => {}
                (None, Some(until)) => self.expression(node, "until", until),
                _ => self.fault(
                    node,
                    "seconds",
                    format!("1 to {LONGEST_WAIT}, or `until` instead"),
                ),
            },
            NodeKind::Http {
                url,
                method,
                headers,
                body,
            } => {
                self.template(node, "url", &Value::from(url.as_str()));
                if !METHODS.contains(&method.as_str()) {
                    self.fault(node, "method", format!("one of {}", METHODS.join(", ")));
                }
                for (name, value) in headers {
                    self.template(node, &format!("headers.{name}"), &Value::from(value.as_str()));
                }
                if let Some(body) = body {
                    self.template(node, "body", body);
                }
            }
            NodeKind::Item { .. } => self.item(node),
            NodeKind::Story { request } => {
                if !request.is_object() && !request.as_str().is_some_and(|text| text.starts_with("${")) {
                    self.fault(node, "request", "an object with a repo_url");
                }
                self.template(node, "request", request);
            }
            NodeKind::Workflow { input, .. }
            | NodeKind::PerItem { input, .. }
            | NodeKind::Enter { input, .. }
            | NodeKind::Native { input, .. } => {
                self.template(node, "input", input);
            }
            NodeKind::Leave { output, .. } => {
                if let Some(output) = output {
                    self.template(node, "output", output);
                }
            }
        }
    }

    fn item(&mut self, node: &Node) {
        let NodeKind::Item {
            action,
            namespace,
            key,
            value,
            filter,
            text,
            ..
        } = &node.kind
        else {
            return;
        };

        for part in namespace {
            self.template(node, "namespace", &Value::from(part.as_str()));
        }
        for (field, template) in [("key", key), ("text", text)] {
            if let Some(template) = template {
                self.template(node, field, &Value::from(template.as_str()));
            }
        }
        for (field, template) in [("value", value), ("filter", filter)] {
            if let Some(template) = template {
                self.template(node, field, template);
            }
        }

        if *action != ItemAction::Search && key.is_none() {
            self.fault(node, "key", "the name of an item");
        }
        if *action == ItemAction::Put && value.is_none() {
            self.fault(node, "value", "what is remembered, an object");
        }
    }

    fn question(&mut self, node: &Node) {
        let NodeKind::Question {
            prompt,
            value,
            schema,
            expires_in_seconds,
            on_decline,
            ..
        } = &node.kind
        else {
            return;
        };

        if prompt.trim().is_empty() || prompt.chars().count() > 4000 {
            self.fault(node, "prompt", "1 to 4000 characters");
        }
        self.template(node, "prompt", &Value::from(prompt.as_str()));
        if let Some(value) = value {
            self.template(node, "value", value);
        }
        if let Some(Err(expected)) = schema.as_ref().map(check_schema) {
            self.fault(node, "schema", expected);
        }
        if expires_in_seconds.is_some_and(|seconds| !(1..=LONGEST_WAIT).contains(&seconds)) {
            self.fault(node, "expires_in_seconds", format!("1 to {LONGEST_WAIT}"));
        }
        if let Some(declined) = on_decline {
            self.target(node, "on_decline", declined);
        }
    }

    fn no_next(&mut self, node: &Node) {
        if !node.next.is_empty() {
            let expected = format!("none: a {} says itself where it goes on", node.kind.name());
            self.fault(node, "next", expected);
        }
    }
}

/// What the engine says of a shape, for whoever wrote it.
fn shape_fault(error: &GraphError) -> DefinitionFault {
    match error {
        GraphError::Unreachable { node, .. } => DefinitionFault::of_node(
            &told(node),
            "",
            "a node that something leads to; nothing leads to it",
        ),
        GraphError::NoWayToEnd { node, .. } if node == flow::START => {
            DefinitionFault::new("start", "a way from here to an end")
        }
        GraphError::NoWayToEnd { node, .. } => DefinitionFault::of_node(
            &told(node),
            "next",
            "a way out: from here it goes round in a circle that has no exit",
        ),
        GraphError::MixedInput { node, .. } => DefinitionFault::of_node(
            &told(node),
            "",
            "a node that only its fan_out leads to, or none does",
        ),
        GraphError::BadJoin { node, .. } => {
            let expected = "two or more different nodes, and no other way into this one";
            DefinitionFault::of_node(&told(node), "from", expected)
        }
        GraphError::Duplicate { node, .. } => {
            DefinitionFault::of_node(&told(node), "", "a name that no other node has")
        }
        GraphError::Unknown { from, node, .. } => DefinitionFault::of_node(
            &told(from),
            "next",
            format!("the name of a node; there is no {}", told(node)),
        ),
        GraphError::Reserved { node, .. } => DefinitionFault::of_node(&told(node), "", "another name"),
        GraphError::DuplicateGraph { graph } => {
            DefinitionFault::new("name", format!("another name than {graph}"))
        }
    }
}
