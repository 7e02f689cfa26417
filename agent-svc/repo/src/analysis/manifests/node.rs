//! `package.json`.

use serde_json::{Map, Value};

use super::{Facts, Needed, Problem, beside, json_object, licence_of};
use crate::analysis::model::{DependencyScope as Scope, EntryPoint, EntryPointKind};

pub(super) fn read(facts: &mut Facts, text: &str) -> Result<(), Problem> {
    let root: Map<String, Value> = json_object(text)?;
    let text = |key: &str| root.get(key).and_then(Value::as_str).map(str::to_owned);
    facts.manifest.name = text("name");
    facts.manifest.version = text("version");
    facts.manifest.description = text("description");
    facts.manifest.licence = licence_of(root.get("license")).or_else(|| licence_of(root.get("licenses")));
    facts.manifest.keywords = strings(root.get("keywords"));
    facts.manifest.scripts = keys(root.get("scripts"));

    let workspaces = root.get("workspaces");
    facts.manifest.workspace_members =
        strings(workspaces.and_then(|value| value.get("packages")).or(workspaces));

    if let Some(node) = root
        .get("engines")
        .and_then(|engines| engines.get("node"))
        .and_then(Value::as_str)
    {
        facts
            .manifest
            .requires
            .push(format!("Node {}", spoken_range(node)));
    }

    for (section, scope) in [
        ("dependencies", Scope::Runtime),
        ("peerDependencies", Scope::Runtime),
        ("optionalDependencies", Scope::Optional),
        ("devDependencies", Scope::Dev),
    ] {
        for (name, version) in root.get(section).and_then(Value::as_object).into_iter().flatten() {
            let version = version.as_str().map(str::to_owned);

            if facts.dependencies.iter().any(|known| known.name == *name) {
                continue;
            }

            let internal = version.as_deref().is_some_and(|version| {
                ["workspace:", "file:", "link:"]
                    .iter()
                    .any(|start| version.starts_with(start))
            });
            facts.dependencies.push(Needed {
                internal,
                ..Needed::new(name, version, scope)
            });
        }
    }

    entry_points(facts, &root);

    Ok(())
}

fn entry_points(facts: &mut Facts, root: &Map<String, Value>) {
    let path = facts.manifest.path.clone();
    let package = facts.manifest.name.clone();
    let programs = match root.get("bin") {
        Some(Value::String(file)) => vec![(package.clone().unwrap_or_default(), file.clone())],
        Some(Value::Object(map)) => map
            .iter()
            .filter_map(|(name, file)| Some((name.clone(), file.as_str()?.to_owned())))
            .collect(),
        _ => Vec::new(),
    };
    for (name, file) in programs {
        facts.manifest.binaries.push(name.clone());
        facts.entry_points.push(EntryPoint {
            path: beside(&path, &file),
            kind: EntryPointKind::Program,
            name: Some(name),
            evidence: format!("{path} installs it as a command"),
        });
    }

    for key in ["main", "module"] {
        if let Some(file) = root.get(key).and_then(Value::as_str) {
            let file = if file.rsplit('/').next().is_some_and(|name| name.contains('.')) {
                file.to_owned()
            } else {
                format!("{file}.js")
            };
            facts.entry_points.push(EntryPoint {
                path: beside(&path, &file),
                kind: EntryPointKind::Library,
                name: package.clone(),
                evidence: format!("{path} names it as the package's main file"),
            });
        }
    }
}

/// `>=18.0.0` → "18.0.0 or newer".
pub(super) fn spoken_range(range: &str) -> String {
    match range.trim().trim_start_matches(['^', '~']).strip_prefix(">=") {
        Some(least) => format!(
            "{} or newer",
            least
                .split([' ', ','])
                .find(|part| !part.is_empty())
                .unwrap_or(least)
        ),
        None => range.trim_start_matches(['^', '~']).to_owned(),
    }
}

fn strings(value: Option<&Value>) -> Vec<String> {
    value
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

fn keys(value: Option<&Value>) -> Vec<String> {
    value
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(key, _)| key.clone())
        .collect()
}
