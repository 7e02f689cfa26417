//! Dependencies of all manifests together: counted once each, told apart into ours and others', and said what for.

use std::{collections::BTreeMap, collections::HashMap, sync::LazyLock};

use serde::Deserialize;

use super::{
    manifests::Facts,
    model::{Dependency, DependencyCategory, DependencyScope},
    places,
};

type Entry = (DependencyCategory, String);

/// `dependencies/catalogue.toml`, by section.
#[derive(Debug, Default, Deserialize)]
struct Catalogue(HashMap<String, HashMap<String, Entry>>);

#[expect(clippy::expect_used, reason = "the file is compiled in, and a test reads it")]
static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| toml::from_str(include_str!("dependencies/catalogue.toml")).expect("a valid catalogue"));

/// Merges what all manifests need. Runtime dependencies come first, then those that are known, then by name.
pub(crate) fn collect(manifests: &[Facts]) -> Vec<Dependency> {
    let mut shared: HashMap<(&str, &str), &str> = HashMap::new();
    let mut own: HashMap<(&str, String), ()> = HashMap::new();
    for facts in manifests {
        let ecosystem = facts.manifest.ecosystem.as_str();
        for (name, version) in &facts.shared_versions {
            shared.insert((ecosystem, name), version);
        }
        if let Some(name) = &facts.manifest.name {
            own.insert((ecosystem, normal(name)), ());
        }
    }

    let mut found: BTreeMap<(String, String), Dependency> = BTreeMap::new();
    for facts in manifests {
        let ecosystem = facts.manifest.ecosystem.as_str();
        // What only examples, tests and tools need is not what the product stands on.
        // What a folder of tools needs, hidden or not, is not what the product needs.
        let hidden = facts.manifest.path.split('/').any(|part| part.starts_with('.'));
        let aside = hidden || places::is_aside(&facts.manifest.path);

        for needed in &facts.dependencies {
            let scope = if aside { DependencyScope::Dev } else { needed.scope };
            // A project that builds with both names the same packages twice.
            let registry = if ecosystem == "Gradle" { "Maven" } else { ecosystem };
            let key = (registry.to_owned(), normal(&needed.name));
            let version = needed.version.clone().or_else(|| {
                shared
                    .get(&(ecosystem, needed.name.as_str()))
                    .map(|v| (*v).to_owned())
            });

            let internal = needed.internal || own.contains_key(&(ecosystem, normal(&needed.name)));
            let known = found.entry(key).or_insert_with(|| {
                let entry = if internal {
                    None
                } else {
                    look_up(ecosystem, &needed.name)
                };

                Dependency {
                    name: needed.name.clone(),
                    version: version.clone(),
                    ecosystem: ecosystem.to_owned(),
                    manifest: facts.manifest.path.clone(),
                    manifests_count: 0,
                    scope,
                    internal,
                    category: entry.map(|(category, _)| *category),
                    purpose: entry.map(|(_, purpose)| purpose.clone()),
                    spoken: spoken(&needed.name),
                }
            });

            known.manifests_count += 1;

            if !aside && known.scope > scope {
                known.manifest.clone_from(&facts.manifest.path);
            }

            known.scope = known.scope.min(scope);
            known.internal |= internal;

            if known.version.is_none() {
                known.version = version;
            }
        }
    }

    for dependency in found.values_mut() {
        // Go does not say what only tests need.
        let tests = matches!(
            dependency.category,
            Some(DependencyCategory::Testing | DependencyCategory::Mocking)
        );
        if dependency.ecosystem == "Go modules" && tests {
            dependency.scope = DependencyScope::Dev;
        }
    }

    let mut all: Vec<Dependency> = found.into_values().collect();
    all.sort_by(|a, b| {
        let rank = |d: &Dependency| {
            (
                d.internal,
                d.scope,
                d.category.is_none(),
                std::cmp::Reverse(d.manifests_count),
            )
        };

        rank(a).cmp(&rank(b)).then_with(|| a.name.cmp(&b.name))
    });

    all
}

/// Names that differ only in case, dashes and underscores are the same package in most ecosystems.
fn normal(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

fn look_up(ecosystem: &str, name: &str) -> Option<&'static Entry> {
    let section = match ecosystem {
        "Cargo" => "cargo",
        "npm" => "npm",
        "PyPI" => "pypi",
        "Go modules" => "go",
        "Maven" | "Gradle" => "jvm",
        "RubyGems" => "ruby",
        "Composer" => "php",
        "NuGet" => "dotnet",
        _ => "other",
    };

    let catalogue = &CATALOGUE.0;
    let entries = catalogue.get(section)?;
    let lower = name.to_ascii_lowercase();
    let exact = entries
        .get(name)
        .or_else(|| entries.get(&lower))
        .or_else(|| entries.get(&lower.replace('_', "-")));

    // Go names majors in the path: `…/echo/v5` is the `…/echo/v4` that is known.
    let exact = exact.or_else(|| {
        let (base, major) = name.rsplit_once("/v")?;
        major.parse::<u32>().ok()?;
        let same = |known: &&String| {
            known.as_str() == base || known.rsplit_once("/v").is_some_and(|(known, _)| known == base)
        };
        entries.get(entries.keys().find(same)?)
    });

    exact.or_else(|| family(catalogue.get("families")?, name))
}

/// The family with the longest matching pattern.
fn family<'c>(families: &'c HashMap<String, Entry>, name: &str) -> Option<&'c Entry> {
    let fits = |pattern: &str| match (pattern.strip_suffix('*'), pattern.strip_prefix('*')) {
        (Some(start), _) => name.starts_with(start),
        (None, Some(end)) => name.ends_with(end),
        (None, None) => false,
    };

    families
        .iter()
        .filter(|(pattern, _)| fits(pattern))
        .max_by_key(|(pattern, _)| pattern.len())
        .map(|(_, entry)| entry)
}

/// Names that are not read as words.
fn spoken(name: &str) -> Option<String> {
    let short = name
        .rsplit('/')
        .find(|part| !(part.len() <= 3 && part.starts_with('v')))?;
    let words = super::words::words(short);
    let words: Vec<String> = words
        .split(' ')
        .map(|word| match word {
            "sqlx" => "S Q L X".into(),
            "http" => "H T T P".into(),
            "sql" => "S Q L".into(),
            "json" => "JSON".into(),
            "toml" => "tommel".into(),
            "yaml" => "yammel".into(),
            "uuid" => "U U I D".into(),
            "url" => "U R L".into(),
            "jwt" => "J W T".into(),
            "grpc" => "G R P C".into(),
            "aws" => "A W S".into(),
            "sdk" => "S D K".into(),
            "cli" => "C L I".into(),
            "api" => "A P I".into(),
            "db" => "D B".into(),
            "rs" | "js" if short.len() > 3 => word
                .to_uppercase()
                .chars()
                .flat_map(|c| [c, ' '])
                .collect::<String>()
                .trim_end()
                .into(),
            word => word.to_owned(),
        })
        .collect();
    let spoken = words.join(" ");

    (spoken != name && !spoken.is_empty()).then_some(spoken)
}

#[cfg(test)]
mod tests {
    use super::{super::manifests, *};
    use crate::analysis::model::DependencyScope as Scope;

    #[test]
    fn the_catalogue_is_complete_prose() {
        let mut count = 0;
        for (section, entries) in &CATALOGUE.0 {
            for (name, (_, purpose)) in entries {
                count += 1;
                assert!(
                    purpose.ends_with('.') && purpose.len() > 8,
                    "{section}.{name}: {purpose}"
                );
                assert!(
                    !purpose.contains('`') && !purpose.contains("  "),
                    "{section}.{name}"
                );
            }
        }

        assert!(count > 350, "{count}");
    }

    #[test]
    fn names_are_found_in_other_spellings_and_in_families() {
        let category = |ecosystem: &str, name: &str| look_up(ecosystem, name).map(|(category, _)| *category);

        for (ecosystem, name, expected) in [
            ("PyPI", "Flask", Some(DependencyCategory::WebFramework)),
            ("PyPI", "typing_extensions", Some(DependencyCategory::Types)),
            ("npm", "@types/node", Some(DependencyCategory::Types)),
            ("npm", "css-loader", Some(DependencyCategory::BuildTool)),
            (
                "Go modules",
                "github.com/labstack/echo/v5",
                Some(DependencyCategory::WebFramework),
            ),
            (
                "Cargo",
                "tracing-opentelemetry",
                Some(DependencyCategory::Logging),
            ),
            ("Cargo", "loom-of-cards", None),
        ] {
            assert_eq!(category(ecosystem, name), expected, "{name}");
        }
    }

    #[test]
    fn dependencies_of_all_manifests_are_merged() {
        let root = "[workspace]\nmembers = [\"a\"]\n[workspace.dependencies]\nserde = \"1.0\"\n";
        let a = "[package]\nname = \"a\"\n[dependencies]\nserde.workspace = true\nb.workspace = true\n[dev-dependencies]\ntempfile = \"3\"\n";
        let b = "[package]\nname = \"b\"\n[dependencies]\nserde = \"1\"\ntempfile = \"3\"\n";
        let facts: Vec<_> = [("Cargo.toml", root), ("a/Cargo.toml", a), ("b/Cargo.toml", b)]
            .iter()
            .filter_map(|(path, text)| manifests::read(path, text))
            .collect();
        let all = collect(&facts);
        let told: Vec<_> = all
            .iter()
            .map(|d| {
                (
                    d.name.as_str(),
                    d.version.as_deref(),
                    d.scope,
                    d.internal,
                    d.manifests_count,
                )
            })
            .collect();

        assert_eq!(
            told,
            [
                ("serde", Some("1.0"), Scope::Runtime, false, 2),
                ("tempfile", Some("3"), Scope::Runtime, false, 2),
                ("b", None, Scope::Runtime, true, 1),
            ]
        );
        assert_eq!(spoken("serde_json").as_deref(), Some("serde JSON"));
        assert_eq!(spoken("tokio"), None);
    }
}
