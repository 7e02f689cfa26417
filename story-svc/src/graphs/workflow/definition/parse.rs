//! From what a person wrote, JSON or YAML, to a definition; every mistake with its node and field.

use serde_json::{Map, Value};

use super::{DefinitionFault, END_WORD, NODES_MAX, Node, NodeKind, SOURCE_MAX};

/// What a definition says, before what it calls is put in place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Definition {
    pub(crate) title: Option<String>,
    pub(crate) description: String,
    pub(crate) config: Option<Value>,
    pub(crate) input: Option<Value>,
    pub(crate) start: Vec<String>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) output: Option<Value>,
}

impl Definition {
    /// The definitions that it calls.
    pub(crate) fn calls(&self) -> impl Iterator<Item = (&String, Option<u32>)> {
        self.nodes.iter().filter_map(|node| match &node.kind {
            NodeKind::Workflow {
                definition, version, ..
            } => Some((definition, *version)),
            _ => None,
        })
    }

    /// The fan-out that runs the node for each item.
    pub(super) fn fan_to(&self, id: &str) -> Option<&str> {
        let fan = self
            .nodes
            .iter()
            .find(|node| matches!(&node.kind, NodeKind::FanOut { each, .. } if each == id));
        fan.map(|fan| fan.id.as_str())
    }

    /// Whether a join waits for the node.
    pub(super) fn is_waited_for(&self, id: &str) -> bool {
        let mut joins = self.nodes.iter().filter_map(|node| match &node.kind {
            NodeKind::Join { from } => Some(from),
            _ => None,
        });
        joins.any(|from| from.iter().any(|source| source == id))
    }
}

const FIELDS: [&str; 7] = [
    "title",
    "description",
    "config",
    "input",
    "start",
    "nodes",
    "output",
];
/// What only compiled graphs and built-in types have.
const OWN_TYPES: [&str; 4] = ["enter", "leave", "per_item", "native"];
const TYPES: &str = "agent, transform, question, branch, fan_out, join, wait, http, item, story, workflow";

/// Reads a definition. `built_in` ones may do what is ours alone.
///
/// # Errors
/// Everything that is wrong.
pub(crate) fn parse(source: &str, built_in: bool) -> Result<Definition, Vec<DefinitionFault>> {
    if source.len() > SOURCE_MAX {
        let expected = format!("at most {} KiB", SOURCE_MAX / 1024);
        return Err(vec![DefinitionFault::new("source", expected)]);
    }

    let value: Value = serde_saphyr::from_str(source).map_err(|error| {
        let text = error.to_string();
        let line: String = text
            .lines()
            .next()
            .unwrap_or_default()
            .chars()
            .take(300)
            .collect();
        // Its own words for this are those of its code.
        let expected = match line.contains("budget breached") || line.contains("recursion limit") {
            true => "JSON or YAML that is less deep and repeats less by anchors".to_owned(),
            false => format!("JSON or YAML: {line}"),
        };
        vec![DefinitionFault::new("source", expected)]
    })?;
    let Value::Object(map) = value else {
        return Err(vec![DefinitionFault::new("source", "an object with `nodes`")]);
    };

    let mut reader = Reader {
        faults: Vec::new(),
        built_in,
    };
    let definition = reader.definition(map);
    if reader.faults.is_empty() {
        Ok(definition)
    } else {
        Err(reader.faults)
    }
}

struct Reader {
    faults: Vec<DefinitionFault>,
    built_in: bool,
}

impl Reader {
    fn fault(&mut self, field: &str, expected: impl Into<String>) {
        self.faults.push(DefinitionFault::new(field, expected));
    }

    fn definition(&mut self, mut map: Map<String, Value>) -> Definition {
        for key in map.keys().filter(|key| !FIELDS.contains(&key.as_str())) {
            self.faults.push(DefinitionFault::new(
                key,
                format!("none but {}", FIELDS.join(", ")),
            ));
        }

        let title = self.text(&mut map, "title");
        let description = self.text(&mut map, "description").unwrap_or_default();
        let config = self.schema(&mut map, "config");
        let input = self.schema(&mut map, "input");
        let nodes = match map.remove("nodes") {
            Some(Value::Object(nodes)) if nodes.len() > NODES_MAX => {
                self.fault("nodes", format!("at most {NODES_MAX} nodes"));
                Vec::new()
            }
            Some(Value::Object(nodes)) if !nodes.is_empty() => nodes
                .into_iter()
                .filter_map(|(id, node)| self.node(&id, node))
                .collect(),
            _ => {
                self.fault("nodes", "an object with at least one node");
                Vec::new()
            }
        };
        let start = match map.remove("start") {
            Some(value) => self.names(value, "start"),
            None => nodes
                .first()
                .map(|node: &Node| node.id.clone())
                .into_iter()
                .collect(),
        };

        Definition {
            title,
            description,
            config,
            input,
            start,
            nodes,
            output: map.remove("output"),
        }
    }

    fn text(&mut self, map: &mut Map<String, Value>, field: &str) -> Option<String> {
        match map.remove(field)? {
            Value::String(text) if text.chars().count() <= 4000 => Some(text),
            _ => {
                self.fault(field, "a text of at most 4000 characters");
                None
            }
        }
    }

    fn schema(&mut self, map: &mut Map<String, Value>, field: &str) -> Option<Value> {
        let schema = map.remove(field)?;
        if let Err(expected) = check_schema(&schema) {
            self.fault(field, expected);
        }
        Some(schema)
    }

    /// One name, or a list of them.
    fn names(&mut self, value: Value, field: &str) -> Vec<String> {
        let names = match value {
            Value::String(name) => Some(vec![name]),
            Value::Array(list) => list.iter().map(|name| name.as_str().map(str::to_owned)).collect(),
            Value::Null => Some(Vec::new()),
            _ => None,
        };
        names.unwrap_or_else(|| {
            self.fault(field, "the name of a node, or a list of them");
            Vec::new()
        })
    }

    fn node(&mut self, id: &str, value: Value) -> Option<Node> {
        let first = id.chars().next().is_some_and(|char| char.is_ascii_alphabetic());
        let plain = id
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-'));
        let own = ["start", END_WORD, flow::START, flow::END].contains(&id);
        if !first || !plain || own || id.len() > 64 {
            let expected = "a name of 1 to 64 letters, digits, _ and -, a letter first, and not start or end";
            self.faults.push(DefinitionFault::of_node(id, "", expected));
            return None;
        }
        let Value::Object(mut map) = value else {
            self.faults
                .push(DefinitionFault::of_node(id, "", "an object with a `type`"));
            return None;
        };

        let at = |field: &str| format!("nodes.{id}.{field}");
        let next = map.remove("next").unwrap_or(Value::Null);
        let next = self.names(next, &at("next"));
        let output = self
            .named(&mut map, id, "output")
            .unwrap_or_else(|| id.to_owned());
        let label = self.named(&mut map, id, "label");
        let attempts = self.number(&mut map, id, "attempts", 1, 10).unwrap_or(3);
        let wait = self
            .number(&mut map, id, "retry_wait_seconds", 0, 3600)
            .unwrap_or(1);
        let timeout = self
            .number(&mut map, id, "timeout_seconds", 1, 3600)
            .unwrap_or(300);
        let emit = map.remove("emit");
        let kind = self.kind(id, map)?;

        Some(Node {
            id: id.to_owned(),
            kind,
            label,
            output,
            next,
            attempts: u32::try_from(attempts).unwrap_or(1),
            retry_wait_seconds: wait,
            timeout_seconds: timeout,
            emit,
            scope: String::new(),
        })
    }

    fn named(&mut self, map: &mut Map<String, Value>, id: &str, field: &str) -> Option<String> {
        match map.remove(field)? {
            Value::String(text) if (1..=100).contains(&text.chars().count()) => Some(text),
            _ => {
                self.faults.push(DefinitionFault::of_node(
                    id,
                    field,
                    "a text of 1 to 100 characters",
                ));
                None
            }
        }
    }

    fn number(
        &mut self,
        map: &mut Map<String, Value>,
        id: &str,
        field: &str,
        least: u64,
        most: u64,
    ) -> Option<u64> {
        let value = map.remove(field)?;
        let number = value.as_u64().filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.faults
                .push(DefinitionFault::of_node(id, field, format!("{least} to {most}")));
        }
        number
    }

    fn kind(&mut self, id: &str, map: Map<String, Value>) -> Option<NodeKind> {
        let known = map
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let ours = OWN_TYPES.contains(&known.as_str());
        if known.is_empty() || (ours && !self.built_in) {
            self.faults
                .push(DefinitionFault::of_node(id, "type", format!("one of {TYPES}")));
            return None;
        }

        match serde_json::from_value(Value::Object(map)) {
            Ok(kind) => Some(kind),
            Err(error) => {
                let text = error.to_string();
                let (field, expected) = tell(&text);
                self.faults.push(DefinitionFault::of_node(id, field, expected));
                None
            }
        }
    }
}

/// The field that a reader's words are about.
fn tell(text: &str) -> (&str, String) {
    let named = text.split('`').nth(1).unwrap_or_default();

    if text.starts_with("missing field") {
        (named, "it to be there".to_owned())
    } else if text.starts_with("unknown field") {
        let known = text.split_once(", expected ").map_or("none", |(_, known)| known);
        (named, known.to_owned())
    } else if text.starts_with("unknown variant") && text.contains("`search`") {
        ("action", "put, get, delete or search".to_owned())
    } else if text.starts_with("unknown variant") {
        ("type", format!("one of {TYPES}"))
    } else {
        let (found, expected) = text.split_once(", expected ").unwrap_or((text, "another value"));
        let found = found.split_once(": ").map_or(found, |(_, found)| found);
        let expected = match expected.split(' ').next().unwrap_or_default() {
            "u8" | "u32" | "u64" | "usize" => "a whole number from 0 on",
            "i64" => "a whole number",
            "f64" => "a number",
            _ => expected,
        };

        (
            "",
            format!(
                "{expected} in place of {}",
                found.chars().take(200).collect::<String>()
            ),
        )
    }
}

/// Whether a value is a JSON Schema that looks up nothing outside of itself.
pub(super) fn check_schema(schema: &Value) -> Result<(), String> {
    if !schema.is_object() {
        return Err("a JSON Schema, as an object".to_owned());
    }
    let bytes = serde_json::to_vec(schema).map_or(usize::MAX, |text| text.len());
    if bytes > 64 * 1024 {
        return Err("a JSON Schema of at most 64 KiB".to_owned());
    }

    jsonschema::validator_for(schema).map(drop).map_err(|error| {
        format!(
            "a JSON Schema: {}",
            error.to_string().chars().take(200).collect::<String>()
        )
    })
}
