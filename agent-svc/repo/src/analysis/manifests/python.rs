//! `pyproject.toml` (PEP 621 and Poetry), `requirements*.txt`, `setup.cfg`, `setup.py`, `Pipfile`.

use std::sync::LazyLock;

use regex::Regex;
use toml::{Table, Value};

use super::{Facts, NOT_TOML, Needed, Problem, cargo::strings, node::spoken_range};
use crate::analysis::model::{DependencyScope as Scope, EntryPoint, EntryPointKind};

pub(super) fn pyproject(facts: &mut Facts, text: &str) -> Result<(), Problem> {
    let root: Table = text.parse().map_err(|_| NOT_TOML)?;
    let project = root.get("project").and_then(Value::as_table);
    let tool = |name: &str| {
        root.get("tool")
            .and_then(|tool| tool.get(name))
            .and_then(Value::as_table)
    };

    if let Some(project) = project {
        describe(facts, project);

        for line in strings(project.get("dependencies")) {
            requirement(facts, &line, Scope::Runtime);
        }

        for (_, group) in project
            .get("optional-dependencies")
            .and_then(Value::as_table)
            .into_iter()
            .flatten()
        {
            strings(Some(group))
                .iter()
                .for_each(|line| requirement(facts, line, Scope::Optional));
        }

        scripts(facts, project.get("scripts"));
    }

    for (_, group) in root
        .get("dependency-groups")
        .and_then(Value::as_table)
        .into_iter()
        .flatten()
    {
        strings(Some(group))
            .iter()
            .for_each(|line| requirement(facts, line, Scope::Dev));
    }

    if let Some(poetry) = tool("poetry") {
        describe(facts, poetry);
        poetry_section(facts, poetry.get("dependencies"), Scope::Runtime);
        poetry_section(facts, poetry.get("dev-dependencies"), Scope::Dev);

        for (_, group) in poetry
            .get("group")
            .and_then(Value::as_table)
            .into_iter()
            .flatten()
        {
            poetry_section(facts, group.get("dependencies"), Scope::Dev);
        }

        scripts(facts, poetry.get("scripts"));
    }

    for line in strings(root.get("build-system").and_then(|build| build.get("requires"))) {
        requirement(facts, &line, Scope::Build);
    }

    Ok(())
}

fn describe(facts: &mut Facts, table: &Table) {
    let text = |key: &str| table.get(key).and_then(Value::as_str).map(str::to_owned);
    let manifest = &mut facts.manifest;
    manifest.name = text("name").or(manifest.name.take());
    manifest.version = text("version").or(manifest.version.take());
    manifest.description = text("description").or(manifest.description.take());

    let licence = table
        .get("license")
        .and_then(|licence| licence.get("text"))
        .and_then(Value::as_str);
    manifest.licence = text("license")
        .or(licence.map(str::to_owned))
        .or(manifest.licence.take());
    manifest.keywords.extend(strings(table.get("keywords")));

    if let Some(python) = text("requires-python") {
        manifest
            .requires
            .push(format!("Python {}", spoken_range(&python)));
    }
}

fn poetry_section(facts: &mut Facts, section: Option<&Value>, scope: Scope) {
    for (name, value) in section.and_then(Value::as_table).into_iter().flatten() {
        let version = value.as_str().or_else(|| value.get("version")?.as_str());
        if name == "python" {
            facts
                .manifest
                .requires
                .extend(version.map(|version| format!("Python {}", spoken_range(version))));
            continue;
        }

        let optional = value.get("optional").and_then(Value::as_bool) == Some(true);
        let mut needed = Needed::new(
            name,
            version.map(str::to_owned),
            if optional { Scope::Optional } else { scope },
        );
        needed.internal = value.get("path").is_some();
        facts.dependencies.push(needed);
    }
}

/// `name = "package.module:function"`.
fn scripts(facts: &mut Facts, scripts: Option<&Value>) {
    for (name, target) in scripts.and_then(Value::as_table).into_iter().flatten() {
        facts.manifest.binaries.push(name.clone());

        let Some(module) = target.as_str().and_then(|target| target.split(':').next()) else {
            continue;
        };
        facts.entry_points.push(EntryPoint {
            path: super::beside(&facts.manifest.path, &format!("{}.py", module.replace('.', "/"))),
            kind: EntryPointKind::Program,
            name: Some(name.clone()),
            evidence: format!("{} installs it as a command", facts.manifest.path),
        });
    }
}

static REQUIREMENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::pattern::compile(
        r"^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*\(?((?:[<>=!~]=?|===)[^;#)]*)?",
    )
    .ok()
});

/// PEP 508, as far as name and version go.
fn requirement(facts: &mut Facts, line: &str, scope: Scope) {
    let line = line.trim();
    let Some(found) = REQUIREMENT.as_ref().and_then(|pattern| pattern.captures(line)) else {
        return;
    };
    let version = found
        .get(2)
        .map(|version| version.as_str().trim().to_owned())
        .filter(|version| !version.is_empty());
    let name = found[1].to_owned();

    if !facts.dependencies.iter().any(|known| known.name == name) {
        facts.dependencies.push(Needed::new(name, version, scope));
    }
}

pub(super) fn requirements(facts: &mut Facts, text: &str) -> Result<(), Problem> {
    let name = facts.manifest.path.to_ascii_lowercase();
    let dev = ["dev", "test", "lint", "doc", "ci"]
        .iter()
        .any(|word| name.contains(word));
    for line in text.lines() {
        if !line.trim_start().starts_with(['#', '-']) {
            requirement(facts, line, if dev { Scope::Dev } else { Scope::Runtime });
        }
    }

    Ok(())
}

pub(super) fn setup_cfg(facts: &mut Facts, text: &str) -> Result<(), Problem> {
    let (mut section, mut key) = (String::new(), String::new());
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }

        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name.to_owned();
            key.clear();
        } else if line.starts_with([' ', '\t']) {
            setup_value(facts, &section, &key, trimmed);
        } else if let Some((name, value)) = trimmed.split_once('=') {
            key = name.trim().to_owned();
            setup_value(facts, &section, &key, value.trim());
        }
    }

    Ok(())
}

fn setup_value(facts: &mut Facts, section: &str, key: &str, value: &str) {
    if value.is_empty() {
        return;
    }

    match (section, key) {
        ("metadata", "name") => facts.manifest.name = Some(value.into()),
        ("metadata", "version") if !value.contains(':') => facts.manifest.version = Some(value.into()),
        ("metadata", "description") => facts.manifest.description = Some(value.into()),
        ("metadata", "license") => facts.manifest.licence = Some(value.into()),
        ("options", "install_requires") => requirement(facts, value, Scope::Runtime),
        ("options", "python_requires") => facts
            .manifest
            .requires
            .push(format!("Python {}", spoken_range(value))),
        ("options.extras_require", _) => requirement(facts, value, Scope::Optional),
        ("options.entry_points", "console_scripts") => {
            facts
                .manifest
                .binaries
                .extend(value.split('=').next().map(|name| name.trim().to_owned()));
        }
        _ => {}
    }
}

/// Literals of the call only; the file is never run.
pub(super) fn setup_py(facts: &mut Facts, text: &str) -> Result<(), Problem> {
    static KEYWORD: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(
            r#"(?m)^\s*(name|version|description|license|python_requires)\s*=\s*["']([^"'\n]+)["']"#,
        )
        .ok()
    });

    static REQUIRES: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r"(?s)(install_requires|tests_require|setup_requires)\s*=\s*\[(.*?)\]").ok()
    });

    for found in KEYWORD.iter().flat_map(|pattern| pattern.captures_iter(text)) {
        let value = Some(found[2].to_owned());
        match &found[1] {
            "name" => facts.manifest.name = value,
            "version" => facts.manifest.version = value,
            "description" => facts.manifest.description = value,
            "license" => facts.manifest.licence = value,
            _ => facts
                .manifest
                .requires
                .push(format!("Python {}", spoken_range(&found[2]))),
        }
    }

    for found in REQUIRES.iter().flat_map(|pattern| pattern.captures_iter(text)) {
        let scope = if &found[1] == "install_requires" {
            Scope::Runtime
        } else {
            Scope::Dev
        };
        for part in found[2].split(',') {
            requirement(facts, part.trim().trim_matches(['"', '\'']), scope);
        }
    }

    Ok(())
}

pub(super) fn pipfile(facts: &mut Facts, text: &str) -> Result<(), Problem> {
    let root: Table = text.parse().map_err(|_| NOT_TOML)?;
    poetry_section(facts, root.get("packages"), Scope::Runtime);
    poetry_section(facts, root.get("dev-packages"), Scope::Dev);
    Ok(())
}
