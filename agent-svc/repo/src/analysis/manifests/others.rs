//! Ruby, PHP, Elixir, Dart, Swift and CMake, read by their lines.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use super::{Facts, Needed, Problem, json_object, licence_of};
use crate::analysis::model::DependencyScope as Scope;

pub(super) fn gemfile(facts: &mut Facts, text: &str) -> Result<(), Problem> {
    static GEM: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r#"^\s*gem\s+["']([\w-]+)["'](?:\s*,\s*["']([^"']+)["'])?"#).ok()
    });

    let mut scope = Scope::Runtime;
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.starts_with("group") {
            let shipped = trimmed.contains(":production") || trimmed.contains(":default");
            scope = if shipped { Scope::Runtime } else { Scope::Dev };
        } else if trimmed == "end" {
            scope = Scope::Runtime;
        } else if let Some(found) = GEM.as_ref().and_then(|pattern| pattern.captures(line)) {
            let inline = line.contains("group:") || line.contains(":group =>");
            let version = found.get(2).map(|version| version.as_str().to_owned());
            let internal = line.contains("path:");
            let scope = if inline { Scope::Dev } else { scope };
            facts.dependencies.push(Needed {
                internal,
                ..Needed::new(&found[1], version, scope)
            });
        } else if let Some(version) = trimmed
            .strip_prefix("ruby ")
            .map(|version| version.trim_matches(['"', '\'']))
        {
            facts.manifest.requires.push(format!("Ruby {version}"));
        }
    }

    Ok(())
}

pub(super) fn gemspec(facts: &mut Facts, text: &str) -> Result<(), Problem> {
    static FIELD: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(
            r#"(?m)^\s*\w+\.(name|version|summary|description|license)s?\s*=\s*\[?\s*["']([^"'\n]+)["']"#,
        )
        .ok()
    });

    static NEEDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r#"(?m)\.add_(runtime_|development_)?dependency\(?\s*["']([\w-]+)["'](?:\s*,\s*["']([^"']+)["'])?"#).ok()
    });

    for found in FIELD.iter().flat_map(|pattern| pattern.captures_iter(text)) {
        let value = Some(found[2].to_owned());
        match &found[1] {
            "name" => facts.manifest.name = value,
            "version" => facts.manifest.version = value,
            "license" => facts.manifest.licence = value,
            _ => facts.manifest.description = value,
        }
    }

    for found in NEEDS.iter().flat_map(|pattern| pattern.captures_iter(text)) {
        let dev = found.get(1).is_some_and(|kind| kind.as_str() == "development_");
        let version = found.get(3).map(|version| version.as_str().to_owned());
        facts.dependencies.push(Needed::new(
            &found[2],
            version,
            if dev { Scope::Dev } else { Scope::Runtime },
        ));
    }

    Ok(())
}

pub(super) fn composer(facts: &mut Facts, text: &str) -> Result<(), Problem> {
    let root: Map<String, Value> = json_object(text)?;
    let text = |key: &str| root.get(key).and_then(Value::as_str).map(str::to_owned);
    facts.manifest.name = text("name");
    facts.manifest.version = text("version");
    facts.manifest.description = text("description");
    facts.manifest.licence = licence_of(root.get("license"));

    for (section, scope) in [("require", Scope::Runtime), ("require-dev", Scope::Dev)] {
        for (name, version) in root.get(section).and_then(Value::as_object).into_iter().flatten() {
            let version = version.as_str().unwrap_or_default();
            if name == "php" {
                facts
                    .manifest
                    .requires
                    .push(format!("PHP {}", super::node::spoken_range(version)));
            } else if !name.starts_with("ext-") {
                facts
                    .dependencies
                    .push(Needed::new(name, Some(version.to_owned()), scope));
            }
        }
    }

    for script in root
        .get("scripts")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        facts.manifest.scripts.push(script.0.clone());
    }

    Ok(())
}

pub(super) fn mix(facts: &mut Facts, text: &str) -> Result<(), Problem> {
    static FIELD: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r#"(?m)^\s*(app:\s*:(\w+)|version:\s*"([^"]+)"|description:\s*"([^"]+)")"#)
            .ok()
    });

    static NEEDS: LazyLock<Option<Regex>> =
        LazyLock::new(|| crate::pattern::compile(r#"\{:(\w+),\s*(?:"([^"]+)")?([^}]*)\}"#).ok());

    for found in FIELD.iter().flat_map(|pattern| pattern.captures_iter(text)) {
        let group = |at: usize| found.get(at).map(|value| value.as_str().to_owned());
        facts.manifest.name = facts.manifest.name.take().or(group(2));
        facts.manifest.version = facts.manifest.version.take().or(group(3));
        facts.manifest.description = facts.manifest.description.take().or(group(4));
    }

    for found in NEEDS.iter().flat_map(|pattern| pattern.captures_iter(text)) {
        let rest = &found[3];
        let scope = if rest.contains(":dev") || rest.contains(":test") {
            Scope::Dev
        } else {
            Scope::Runtime
        };

        let version = found.get(2).map(|version| version.as_str().to_owned());
        facts.dependencies.push(Needed {
            internal: rest.contains("path:"),
            ..Needed::new(&found[1], version, scope)
        });
    }

    Ok(())
}

pub(super) fn pubspec(facts: &mut Facts, text: &str) -> Result<(), Problem> {
    let mut section = String::new();
    for line in text.lines() {
        let Some((key, value)) = line
            .split_once(':')
            .filter(|_| !line.trim_start().starts_with('#'))
        else {
            continue;
        };
        let (key, value) = (key.trim_end(), value.trim().trim_matches(['"', '\'']));
        let indent = key.len() - key.trim_start().len();
        let version = Some(value.to_owned()).filter(|value| !value.is_empty() && value != "any");

        match (indent, section.as_str()) {
            (0, _) => {
                match key {
                    "name" => facts.manifest.name = version,
                    "version" => facts.manifest.version = version,
                    "description" => {
                        facts.manifest.description = version.filter(|text| !text.starts_with(['>', '|']))
                    }
                    _ => {}
                }

                section = key.to_owned();
            }
            (2, "dependencies") => facts
                .dependencies
                .push(Needed::new(key.trim(), version, Scope::Runtime)),
            (2, "dev_dependencies") => facts
                .dependencies
                .push(Needed::new(key.trim(), version, Scope::Dev)),
            _ => {}
        }
    }

    Ok(())
}

pub(super) fn swift(facts: &mut Facts, text: &str) -> Result<(), Problem> {
    static NAME: LazyLock<Option<Regex>> =
        LazyLock::new(|| crate::pattern::compile(r#"Package\(\s*name:\s*"([^"]+)""#).ok());

    static NEEDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r#"\.package\([^)]*url:\s*"[^"]*/([^"/]+?)(?:\.git)?"\s*,\s*(?:from:|exact:)?\s*"?([0-9][^")]*)?"#).ok()
    });

    facts.manifest.name = NAME
        .as_ref()
        .and_then(|pattern| pattern.captures(text))
        .map(|found| found[1].to_owned());

    for found in NEEDS.iter().flat_map(|pattern| pattern.captures_iter(text)) {
        let version = found.get(2).map(|version| version.as_str().to_owned());
        facts
            .dependencies
            .push(Needed::new(&found[1], version, Scope::Runtime));
    }

    Ok(())
}

pub(super) fn cmake(facts: &mut Facts, text: &str) -> Result<(), Problem> {
    static CALL: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r"(?im)^\s*(project|find_package|add_executable)\s*\(\s*([\w.+-]+)(?:\s+(?:VERSION\s+)?([0-9][\w.]*))?").ok()
    });

    for found in CALL.iter().flat_map(|pattern| pattern.captures_iter(text)) {
        let version = found.get(3).map(|version| version.as_str().to_owned());
        match found[1].to_ascii_lowercase().as_str() {
            "project" => {
                facts.manifest.name = Some(found[2].to_owned());
                facts.manifest.version = version;
            }
            "add_executable" => facts.manifest.binaries.push(found[2].to_owned()),
            _ => facts
                .dependencies
                .push(Needed::new(&found[2], version, Scope::Runtime)),
        }
    }

    Ok(())
}
