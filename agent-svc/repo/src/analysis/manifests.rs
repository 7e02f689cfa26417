//! Package manifests: what a package is called, what it needs, what it starts. One file an ecosystem below. A
//! manifest that cannot be read is noted, never fatal.

mod cargo;
mod go;
mod jvm;
mod node;
mod others;
mod python;

use std::collections::BTreeMap;

use super::model::{DependencyScope, EntryPoint, Manifest};

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

type ReadFn = fn(&mut Facts, &str) -> Result<(), String>;

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
            problem: Some(super::prose::cut(problem.lines().next().unwrap_or_default(), 200)),
            ..Manifest::default()
        };

        return Some(Facts {
            manifest,
            ..Facts::default()
        });
    }

    Some(facts)
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
        name if name.starts_with("requirements") && extension == "txt" => ("PyPI", python::requirements),
        _ if path.contains("requirements/") && extension == "txt" => ("PyPI", python::requirements),
        _ if extension == "gemspec" => ("RubyGems", others::gemspec),
        _ if matches!(extension, "csproj" | "fsproj" | "vbproj") => ("NuGet", jvm::csproj),
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
