//! `pom.xml`, Gradle build files, and .NET project files.

use std::sync::LazyLock;

use quick_xml::{Reader, events::Event};
use regex::Regex;

use super::{Facts, Needed};
use crate::analysis::model::DependencyScope as Scope;

/// Deeper documents are not project files.
const MAX_DEPTH: usize = 64;

/// Calls `visit` with the path of every element, its attributes, and its text.
fn walk(text: &str, mut visit: impl FnMut(&[String], &[(String, String)], &str)) -> Result<(), String> {
    let mut reader = Reader::from_str(text);
    let mut path: Vec<String> = Vec::new();
    let mut attributes: Vec<Vec<(String, String)>> = Vec::new();
    let mut texts: Vec<String> = Vec::new();

    loop {
        match reader.read_event().map_err(|err| err.to_string())? {
            Event::Start(tag) => {
                if path.len() >= MAX_DEPTH {
                    return Err("elements are nested too deep".into());
                }
                path.push(String::from_utf8_lossy(tag.local_name().as_ref()).into_owned());
                attributes.push(attributes_of(&tag));
                texts.push(String::new());
            }
            Event::Empty(tag) => {
                path.push(String::from_utf8_lossy(tag.local_name().as_ref()).into_owned());
                visit(&path, &attributes_of(&tag), "");
                path.pop();
            }
            Event::Text(piece) => {
                if let (Some(text), Ok(piece)) = (texts.last_mut(), piece.decode()) {
                    text.push_str(&piece);
                }
            }
            Event::End(_) => {
                let text = texts.pop().unwrap_or_default();
                visit(&path, &attributes.pop().unwrap_or_default(), text.trim());
                path.pop();
            }
            Event::Eof if path.is_empty() => return Ok(()),
            Event::Eof => return Err("the document ends too early".into()),
            _ => {}
        }
    }
}

fn attributes_of(tag: &quick_xml::events::BytesStart<'_>) -> Vec<(String, String)> {
    let pairs = tag.attributes().flatten().map(|attribute| {
        let key = String::from_utf8_lossy(attribute.key.local_name().as_ref()).into_owned();
        (key, String::from_utf8_lossy(&attribute.value).into_owned())
    });
    pairs.collect()
}

pub(super) fn pom(facts: &mut Facts, text: &str) -> Result<(), String> {
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
            ["project", "licenses", "license", "name"] => facts.manifest.licence = value(),
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

pub(super) fn gradle(facts: &mut Facts, text: &str) -> Result<(), String> {
    static LINE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r#"(?m)^\s*(api|implementation|compileOnly|runtimeOnly|annotationProcessor|kapt|ksp|testImplementation|testRuntimeOnly|androidTestImplementation)\s*\(?\s*(?:platform\()?["']([\w.-]+):([\w.-]+)(?::([^"']+))?["']"#,
        )
        .ok()
    });

    static PROJECT: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r#"(?m)^\s*\w+\s*\(?\s*project\(\s*["']:?([\w:.-]+)["']"#).ok());

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

pub(super) fn csproj(facts: &mut Facts, text: &str) -> Result<(), String> {
    let path = facts.manifest.path.clone();
    walk(text, |path, attributes, text| {
        let value = |key: &str| {
            attributes
                .iter()
                .find(|(name, _)| name == key)
                .map(|(_, value)| value.clone())
        };

        match path.last().map(String::as_str) {
            Some("PackageReference") => {
                if let Some(name) = value("Include") {
                    facts
                        .dependencies
                        .push(Needed::new(name, value("Version"), Scope::Runtime));
                }
            }
            Some("ProjectReference") => {
                let name = value("Include").map(|path| path.replace('\\', "/"));
                let name = name
                    .as_deref()
                    .and_then(|path| path.rsplit('/').next())
                    .map(|name| name.trim_end_matches(".csproj").to_owned());

                if let Some(name) = name {
                    facts.dependencies.push(Needed {
                        internal: true,
                        ..Needed::new(name, None, Scope::Runtime)
                    });
                }
            }
            Some("Description") => facts.manifest.description = Some(text.to_owned()),
            Some("Version") if path.len() == 3 => facts.manifest.version = Some(text.to_owned()),
            Some("PackageLicenseExpression") => facts.manifest.licence = Some(text.to_owned()),
            Some("TargetFramework") => facts.manifest.requires.push(text.to_owned()),
            _ => {}
        }
    })?;

    let name = path
        .rsplit('/')
        .next()
        .and_then(|name| name.rsplit_once('.'))
        .map(|(name, _)| name.to_owned());
    facts.manifest.name = name;

    Ok(())
}
