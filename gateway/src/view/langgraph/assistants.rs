//! An assistant, its schemas and its graph.

use proto::v1::Assistant;
use serde_json::{Value, json};

use super::{read, read_optional, write_time};

pub(crate) fn write_assistant(assistant: &Assistant) -> Value {
    let description = Some(&assistant.description).filter(|text| !text.is_empty());

    json!({
        "assistant_id": assistant.id,
        "graph_id": assistant.graph,
        "config": read(&assistant.config),
        "context": read(&assistant.context),
        "metadata": read(&assistant.metadata),
        "name": assistant.name,
        "description": description,
        "created_at": write_time(assistant.created_at.as_ref()),
        "updated_at": write_time(assistant.updated_at.as_ref()),
        "version": assistant.version,
    })
}

/// What its nodes give follows from no schema: any object.
pub(crate) fn write_schemas(assistant: &Assistant) -> Value {
    let config = read_optional(assistant.config_schema.as_ref());
    json!({
        "graph_id": assistant.graph,
        "input_schema": read_optional(assistant.input_schema.as_ref()),
        "output_schema": null,
        "state_schema": { "type": "object", "title": format!("{}_state", assistant.graph), "properties": state_properties(assistant) },
        "config_schema": if config.is_null() { json!({}) } else { config.clone() },
        "context_schema": config,
    })
}

/// What it is given, and a value for each of its nodes.
fn state_properties(assistant: &Assistant) -> Value {
    let input = read_optional(assistant.input_schema.as_ref());
    let mut properties = input["properties"].as_object().cloned().unwrap_or_default();
    let drawing = read(&assistant.drawing);
    for node in drawing["nodes"].as_array().into_iter().flatten() {
        if let Some(id) = node["id"].as_str() {
            properties.entry(id).or_insert_with(|| json!({ "title": id }));
        }
    }

    Value::Object(properties)
}

pub(crate) fn write_graph(assistant: &Assistant) -> Value {
    let drawing = read(&assistant.drawing);
    let named = |name: &Value| match name.as_str() {
        Some("start") => json!("__start__"),
        Some("end") => json!("__end__"),
        _ => name.clone(),
    };
    let list = |name: &str| drawing[name].as_array().cloned().unwrap_or_default();
    let (ids, drawn) = (list("nodes"), list("edges"));

    let mut nodes = vec![json!({ "id": "__start__", "type": "runnable", "data": { "name": "__start__" } })];
    nodes.extend(ids.iter().map(|node| {
        json!({ "id": node["id"], "type": "runnable", "data": { "name": node["label"], "kind": node["type"] } })
    }));
    nodes.push(json!({ "id": "__end__" }));

    let mut edges: Vec<Value> = Vec::new();
    for edge in &drawn {
        let mut written = json!({ "source": named(&edge["source"]), "target": named(&edge["target"]) });
        if edge["conditional"] == true {
            written["conditional"] = true.into();
        }
        edges.push(written);
    }
    // What leads nowhere leads to the end.
    for node in &ids {
        if !drawn.iter().any(|edge| edge["source"] == node["id"]) {
            edges.push(json!({ "source": node["id"], "target": "__end__" }));
        }
    }

    json!({ "nodes": nodes, "edges": edges })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_graph_begins_at_start_and_what_leads_nowhere_leads_to_the_end() {
        let drawing = json!({
            "nodes": [{ "id": "write", "type": "transform", "label": "write" }, { "id": "ask", "type": "question", "label": "ask" }],
            "edges": [{ "source": "start", "target": "write", "conditional": false },
                { "source": "write", "target": "ask", "conditional": false }],
        });
        let assistant = Assistant {
            drawing: drawing.to_string(),
            ..Assistant::default()
        };

        let graph = write_graph(&assistant);
        assert_eq!(
            graph["edges"],
            json!([{ "source": "__start__", "target": "write" }, { "source": "write", "target": "ask" },
                { "source": "ask", "target": "__end__" }])
        );
        assert_eq!(graph["nodes"][3], json!({ "id": "__end__" }));
    }
}
