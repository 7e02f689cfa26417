//! Package manifests: what a package is called, what it needs, what it starts. One file an ecosystem below. A
//! manifest that cannot be read is noted, never fatal.

mod cargo;
mod dotnet;
mod go;
mod jvm;
mod node;
mod others;
mod python;
mod xml;

use std::collections::BTreeMap;

use super::model::{DependencyScope, EntryPoint, Manifest};
use super::words;
use crate::narration::speakable::names;

/// What one manifest says.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) manifest: Manifest,
    pub(crate) dependencies: Vec<Needed>,
    pub(crate) entry_points: Vec<EntryPoint>,
    /// Versions that other manifests of the workspace refer to.
    pub(crate) shared_versions: BTreeMap<String, String>,
}

/// A dependency as a manifest names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Needed {
    pub(crate) name: String,
    pub(crate) version: Option<String>,
    pub(crate) scope: DependencyScope,
    /// It lies in this repository.
    pub(crate) internal: bool,
}

impl Needed {
    fn new(name: impl Into<String>, version: Option<String>, scope: DependencyScope) -> Self {
        Self {
            name: name.into(),
            version,
            scope,
            internal: false,
        }
    }
}

/// Why a manifest could not be read, in words for somebody who listens: "is not valid JSON".
type Problem = &'static str;
type ReadFn = fn(&mut Facts, &str) -> Result<(), Problem>;

const NOT_JSON: Problem = "it is not valid JSON";
const NOT_TOML: Problem = "it is not valid TOML";
const NOT_XML: Problem = "it is not valid XML";
const NO_OBJECT: Problem = "it does not hold the fields of a package";

/// Reads a manifest; `None` when the file is none.
pub(crate) fn read(path: &str, text: &str) -> Option<Facts> {
    let (ecosystem, read) = reader(path)?;
    let mut facts = Facts::default();
    facts.manifest.path = path.to_owned();
    facts.manifest.ecosystem = ecosystem.to_owned();

    if let Err(problem) = read(&mut facts, text) {
        let manifest = Manifest {
            path: path.to_owned(),
            ecosystem: ecosystem.to_owned(),
            problem: Some(problem.to_owned()),
            ..Manifest::default()
        };

        return Some(Facts {
            manifest,
            ..Facts::default()
        });
    }

    let manifest = &mut facts.manifest;
    for field in [
        &mut manifest.name,
        &mut manifest.description,
        &mut manifest.version,
    ] {
        *field = field
            .take()
            .map(|text| crate::text::printable(&text).into_owned());
    }

    Some(facts)
}

/// Sentences about the manifests that could not be read.
pub(super) fn problems(manifests: &[Manifest]) -> Vec<String> {
    const TOLD: usize = 3;

    let broken: Vec<(&Manifest, &String)> = manifests
        .iter()
        .filter_map(|manifest| Some((manifest, manifest.problem.as_ref()?)))
        .collect();
    let mut notes: Vec<String> = broken
        .iter()
        .take(TOLD)
        .map(|(manifest, problem)| {
            let (folder, name) = manifest.path.rsplit_once('/').unwrap_or(("", &manifest.path));
            let place = match folder.rsplit('/').next() {
                Some(folder) if !folder.is_empty() => format!(" in the folder {folder}"),
                _ => String::new(),
            };
            let what = words::capitalise(&names::path(name));
            format!("{what}{place} could not be understood, because {problem}.")
        })
        .collect();

    if let Some(more) = broken.len().checked_sub(TOLD).filter(|more| *more > 0) {
        let more = words::counted(more as u64, "further manifest", "further manifests");
        notes.push(format!("Nor could {more} be understood."));
    }

    notes
}

/// A JSON document that is an object.
fn json_object(text: &str) -> Result<serde_json::Map<String, serde_json::Value>, Problem> {
    match serde_json::from_str(text) {
        Ok(serde_json::Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(NO_OBJECT),
        Err(_) => Err(NOT_JSON),
    }
}

/// What a manifest says of its licence: a name, the fields of one, or several to choose from.
fn licence_of(value: Option<&serde_json::Value>) -> Option<String> {
    use serde_json::Value;

    match value? {
        Value::String(name) => Some(name.clone()),
        Value::Object(fields) => fields
            .get("type")
            .or(fields.get("name"))?
            .as_str()
            .map(str::to_owned),
        Value::Array(choice) => {
            let names: Vec<String> = choice.iter().filter_map(|one| licence_of(Some(one))).collect();
            (!names.is_empty()).then(|| names.join(" OR "))
        }
        _ => None,
    }
}

pub(crate) fn is_manifest(path: &str) -> bool {
    reader(path).is_some()
}

fn reader(path: &str) -> Option<(&'static str, ReadFn)> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);

    Some(match name {
        "Cargo.toml" => ("Cargo", cargo::read),
        "package.json" => ("npm", node::read),
        "pyproject.toml" => ("PyPI", python::pyproject),
        "setup.cfg" => ("PyPI", python::setup_cfg),
        "setup.py" => ("PyPI", python::setup_py),
        "Pipfile" => ("PyPI", python::pipfile),
        "go.mod" => ("Go modules", go::read),
        "pom.xml" => ("Maven", jvm::pom),
        "build.gradle" | "build.gradle.kts" => ("Gradle", jvm::gradle),
        "Gemfile" => ("RubyGems", others::gemfile),
        "composer.json" => ("Composer", others::composer),
        "mix.exs" => ("Hex", others::mix),
        "pubspec.yaml" => ("pub", others::pubspec),
        "Package.swift" => ("Swift", others::swift),
        "CMakeLists.txt" => ("CMake", others::cmake),
        "packages.config" | "Directory.Packages.props" => ("NuGet", dotnet::packages),
        name if name.starts_with("requirements") && extension == "txt" => ("PyPI", python::requirements),
        _ if path.contains("requirements/") && extension == "txt" => ("PyPI", python::requirements),
        _ if extension == "gemspec" => ("RubyGems", others::gemspec),
        _ if matches!(extension, "csproj" | "fsproj" | "vbproj") => ("NuGet", dotnet::project),
        _ if extension == "nuspec" => ("NuGet", dotnet::nuspec),
        _ => return None,
    })
}

/// The path of `inside` seen from the folder of the manifest at `manifest`.
fn beside(manifest: &str, inside: &str) -> String {
    let folder = manifest.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in inside.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }

    parts.join("/")
}

#[cfg(test)]
mod tests;
