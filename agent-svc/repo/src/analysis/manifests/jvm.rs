//! `pom.xml` and Gradle build files.

use std::sync::LazyLock;

use regex::Regex;

use super::{Facts, Needed, Problem, xml::walk};
use crate::analysis::model::DependencyScope as Scope;

pub(super) fn pom(facts: &mut Facts, text: &str) -> Result<(), Problem> {
    let (mut name, mut version, mut scope) = (None, None, Scope::Runtime);
    let mut title = None;
    walk(text, |path, _, text| {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let value = || Some(text.to_owned()).filter(|text| !text.is_empty());

        match path.as_slice() {
            ["project", "artifactId"] => facts.manifest.name = value(),
            ["project", "name"] => title = value(),
            ["project", "version"] => facts.manifest.version = value(),
            ["project", "description"] => {
                facts.manifest.description =
                    value().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
            }
            ["project", "licenses", "license", "name"] => {
                // Several licences are a choice, says Maven's reference of the project file.
                facts.manifest.licence = match (facts.manifest.licence.take(), value()) {
                    (Some(first), Some(second)) => Some(format!("{first} OR {second}")),
                    (first, second) => second.or(first),
                };
            }
            ["project", "modules", "module"] => facts.manifest.workspace_members.extend(value()),
            [
                "project",
                "properties",
                "java.version" | "maven.compiler.release" | "maven.compiler.source",
            ] => {
                let required = format!("Java {text} or newer");
                if !text.starts_with('$') && !facts.manifest.requires.contains(&required) {
                    facts.manifest.requires.push(required);
                }
            }
            ["project", "dependencies", "dependency", "artifactId"] => name = value(),
            ["project", "dependencies", "dependency", "version"] => {
                version = value().filter(|version| !version.starts_with('$'));
            }
            ["project", "dependencies", "dependency", "scope"] if text == "test" => scope = Scope::Dev,
            ["project", "dependencies", "dependency", "optional"] if text == "true" => {
                scope = Scope::Optional
            }
            ["project", "dependencies", "dependency"] => {
                if let Some(name) = name.take() {
                    facts.dependencies.push(Needed::new(name, version.take(), scope));
                }
                scope = Scope::Runtime;
            }
            _ => {}
        }
    })?;
    facts.manifest.name = facts.manifest.name.take().or(title);

    Ok(())
}

pub(super) fn gradle(facts: &mut Facts, text: &str) -> Result<(), Problem> {
    static LINE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(
            r#"(?m)^\s*(api|implementation|compileOnly|runtimeOnly|annotationProcessor|kapt|ksp|testImplementation|testRuntimeOnly|androidTestImplementation)\s*\(?\s*(?:platform\()?["']([\w.-]+):([\w.-]+)(?::([^"']+))?["']"#,
        )
        .ok()
    });

    static PROJECT: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r#"(?m)^\s*\w+\s*\(?\s*project\(\s*["']:?([\w:.-]+)["']"#).ok()
    });

    for found in LINE.iter().flat_map(|pattern| pattern.captures_iter(text)) {
        let scope = match &found[1] {
            configuration if configuration.contains("est") => Scope::Dev,
            "annotationProcessor" | "kapt" | "ksp" | "compileOnly" => Scope::Build,
            _ => Scope::Runtime,
        };
        let version = found.get(4).map(|version| version.as_str().to_owned());
        facts.dependencies.push(Needed::new(&found[3], version, scope));
    }

    for found in PROJECT.iter().flat_map(|pattern| pattern.captures_iter(text)) {
        let name = found[1].rsplit(':').next().unwrap_or_default().to_owned();
        facts.dependencies.push(Needed {
            internal: true,
            ..Needed::new(name, None, Scope::Runtime)
        });
    }

    let folder = facts.manifest.path.rsplit_once('/').map(|(folder, _)| folder);
    facts.manifest.name = folder
        .and_then(|folder| folder.rsplit('/').next())
        .map(str::to_owned);

    Ok(())
}
