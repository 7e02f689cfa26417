//! `Cargo.toml`.

use toml::{Table, Value};

use super::{Facts, NOT_TOML, Needed, Problem, beside};
use crate::analysis::model::{DependencyScope as Scope, EntryPoint, EntryPointKind};

pub(super) fn read(facts: &mut Facts, text: &str) -> Result<(), Problem> {
    let root: Table = text.parse().map_err(|_| NOT_TOML)?;
    let path = facts.manifest.path.clone();
    let workspace = root.get("workspace").and_then(Value::as_table);
    if let Some(package) = root.get("package").and_then(Value::as_table) {
        package_facts(
            facts,
            package,
            workspace
                .and_then(|workspace| workspace.get("package"))
                .and_then(Value::as_table),
        );
    }

    if let Some(workspace) = workspace {
        facts.manifest.workspace_members = strings(workspace.get("members"));
        for (name, value) in tables(workspace, "dependencies") {
            if let Some(version) = version_of(value) {
                facts.shared_versions.insert(name.clone(), version);
            }
        }
    }

    dependencies(facts, &root);

    for target in root.get("target").and_then(Value::as_table).into_iter().flatten() {
        if let Some(target) = target.1.as_table() {
            dependencies(facts, target);
        }
    }

    programs(facts, &root, &path);

    Ok(())
}

fn package_facts(facts: &mut Facts, package: &Table, shared: Option<&Table>) {
    let text = |key: &str| {
        let own = package.get(key).and_then(Value::as_str);
        own.or_else(|| shared?.get(key)?.as_str())
            .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    facts.manifest.name = text("name");
    facts.manifest.version = text("version");
    facts.manifest.description = text("description");
    facts.manifest.licence = text("license").map(|licence| licence.replace('/', " OR "));
    facts.manifest.keywords = strings(package.get("keywords"));

    if let Some(edition) = text("edition") {
        facts.manifest.requires.push(format!("Rust edition {edition}"));
    }

    if let Some(version) = text("rust-version") {
        facts.manifest.requires.push(format!("Rust {version} or newer"));
    }
}

fn dependencies(facts: &mut Facts, table: &Table) {
    for (section, scope) in [
        ("dependencies", Scope::Runtime),
        ("dev-dependencies", Scope::Dev),
        ("build-dependencies", Scope::Build),
    ] {
        for (key, value) in tables(table, section) {
            let details = value.as_table();
            let flag = |key: &str| {
                details
                    .and_then(|details| details.get(key))
                    .and_then(Value::as_bool)
                    == Some(true)
            };

            let name = details
                .and_then(|details| details.get("package"))
                .and_then(Value::as_str)
                .unwrap_or(key);

            let scope = if flag("optional") && scope == Scope::Runtime {
                Scope::Optional
            } else {
                scope
            };
            let mut needed = Needed::new(name, version_of(value), scope);
            needed.internal = details.is_some_and(|details| details.contains_key("path"));
            facts.dependencies.push(needed);
        }
    }
}

/// Declared programs, and the places where cargo looks by itself are found by their paths elsewhere.
fn programs(facts: &mut Facts, root: &Table, path: &str) {
    for program in root
        .get("bin")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_table)
    {
        let name = program.get("name").and_then(Value::as_str);
        facts.manifest.binaries.extend(name.map(str::to_owned));

        if let Some(file) = program.get("path").and_then(Value::as_str) {
            facts.entry_points.push(EntryPoint {
                path: beside(path, file),
                kind: EntryPointKind::Program,
                name: name.map(str::to_owned),
                evidence: format!("{path} names it as a program"),
            });
        }
    }

    let library = root
        .get("lib")
        .and_then(Value::as_table)
        .and_then(|library| library.get("path"));

    if let Some(file) = library.and_then(Value::as_str) {
        facts.entry_points.push(EntryPoint {
            path: beside(path, file),
            kind: EntryPointKind::Library,
            name: facts.manifest.name.clone(),
            evidence: format!("{path} names it as the library"),
        });
    }
}

fn version_of(value: &Value) -> Option<String> {
    let version = value
        .as_str()
        .or_else(|| value.as_table()?.get("version")?.as_str())?;
    Some(version.to_owned())
}

fn tables<'t>(table: &'t Table, key: &str) -> impl Iterator<Item = (&'t String, &'t Value)> {
    table.get(key).and_then(Value::as_table).into_iter().flatten()
}

pub(super) fn strings(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}
