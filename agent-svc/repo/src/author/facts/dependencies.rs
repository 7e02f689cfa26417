//! What it depends on and why. Slots: count, category, names, dep, does, says, members.

use std::collections::BTreeMap;

use super::{Group, Source, Telling};
use crate::analysis::model::{Dependency, DependencyCategory, DependencyScope, Material};
use crate::analysis::words;
use crate::author::grammar::prose::Said;
use crate::author::grammar::{self, prose};
use crate::author::model::Style;
use crate::author::phrase::Kind;
use crate::narration::speakable::speakable;

pub(super) fn tell(source: &Source<'_>) -> Vec<Group> {
    let outside: Vec<&Dependency> = source
        .analysis
        .dependencies
        .iter()
        .filter(|d| !d.internal && is_of_the_whole(source, d))
        .filter(|d| {
            let language = source.analysis.main_language.as_deref();
            language
                .is_none_or(|language| is_of_its_language(language, source.analysis.explained.material, d))
        })
        .collect();

    let mut groups = each(source, &outside);
    groups.retain(|group| !group.facts.is_empty());

    groups
}

/// What only a tool or an example beside a package leans on is none of the package's; a workspace leans on all.
pub(super) fn is_of_the_whole(source: &Source<'_>, dependency: &Dependency) -> bool {
    let manifests = &source.analysis.manifests;
    let root = manifests
        .iter()
        .find(|manifest| !manifest.path.contains('/') && manifest.ecosystem == dependency.ecosystem);

    let aside = crate::analysis::places::is_aside(&dependency.manifest)
        || ["docs/", "doc/", "test/", "tests/", "website/"]
            .iter()
            .any(|folder| dependency.manifest.starts_with(folder));

    match root {
        Some(root) => root.name.is_none() && !aside || !dependency.manifest.contains('/'),
        None => !aside && is_of_the_language(source, &dependency.ecosystem),
    }
}

/// Whether what is written in a language can lean on a dependency: no Go program runs on a package of npm. What has pages
/// may be written in two.
pub(super) fn is_of_its_language(language: &str, material: Material, dependency: &Dependency) -> bool {
    const OF_PAGES: [&str; 13] = [
        "JavaScript",
        "TypeScript",
        "CoffeeScript",
        "JSX",
        "TSX",
        "Vue",
        "Svelte",
        "HTML",
        "CSS",
        "SCSS",
        "Sass",
        "LESS",
        "Elm",
    ];

    dependency.ecosystem != "npm" || material == Material::WebApplication || OF_PAGES.contains(&language)
}

/// Of several packages without a root, those in another language are a part of their own.
fn is_of_the_language(source: &Source<'_>, ecosystem: &str) -> bool {
    const LANGUAGES: [(&str, &[&str]); 9] = [
        ("Cargo", &["Rust"]),
        ("PyPI", &["Python", "Jupyter notebooks"]),
        ("Go modules", &["Go"]),
        ("Maven", &["Java", "Kotlin", "Scala"]),
        ("Gradle", &["Java", "Kotlin", "Groovy"]),
        ("RubyGems", &["Ruby"]),
        ("Composer", &["PHP"]),
        ("Hex", &["Elixir"]),
        ("NuGet", &["C#", "F#", "Visual Basic"]),
    ];
    let Some(main) = source.analysis.main_language.as_deref() else {
        return true;
    };
    let own = LANGUAGES.iter().find(|(known, _)| *known == ecosystem);

    own.is_none_or(|(_, languages)| languages.contains(&main))
}

/// A dependency's name as it is said.
pub(super) fn spoken(dependency: &Dependency) -> String {
    let plain = || super::spoken_name(words::package(&dependency.name));

    dependency
        .spoken
        .as_deref()
        .map(joined_letters)
        .unwrap_or_else(plain)
}

/// "H T T P body" is written "HTTP body": a voice says capitals one by one anyway.
fn joined_letters(spoken: &str) -> String {
    let mut out = String::with_capacity(spoken.len());
    let mut letter_before = false;
    for word in spoken.split_whitespace() {
        let letter = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
        let joins = letter && letter_before;
        if !out.is_empty() && !joins {
            out.push(' ');
        }
        out.push_str(word);
        letter_before = letter;
    }

    out
}

fn each(source: &Source<'_>, outside: &[&Dependency]) -> Vec<Group> {
    let mut categories: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    let mut telling = Telling::new("what each is for", 0.5, 0.5);
    let mut listed: Vec<&&Dependency> = outside
        .iter()
        .filter(|d| d.scope != DependencyScope::Dev && !d.category.is_some_and(helps_to_make))
        .filter(|d| !is_of_makers(source, d))
        // A server beside a game's page only hands it out.
        .filter(|d| {
            source.analysis.explained.material != Material::Game
                || d.category != Some(DependencyCategory::WebFramework)
        })
        .collect();
    listed.sort_by_key(|dependency| !source.focus.touches(&dependency.name));

    // Packages of one family say the same of themselves: it is heard once.
    let mut heard: Vec<String> = Vec::new();
    for dependency in listed {
        let name = spoken(dependency);
        if let Some(category) = dependency.category {
            categories.entry(category.label()).or_default().push(name.clone());
        }

        let purpose = dependency.purpose.as_deref().map(speakable).unwrap_or_default();
        let purpose = prose::lower_first(purpose.trim_end_matches('.'));
        if purpose.is_empty()
            || !names_something(&name)
            || telling.count() >= 2 + 3 * source.reach()
            || !prose::is_sayable(&purpose)
            || heard.contains(&purpose)
        {
            continue;
        }
        heard.push(purpose.clone());

        if let Some(does) = purpose.strip_prefix("it ") {
            telling.tell(Kind::DepDoes, [("dep", name), ("does", does.to_owned())]);
            continue;
        }

        if let Some(Said::Does(does)) = prose::said_of(&name, &purpose).filter(|_| !starts_as_thing(&purpose))
        {
            telling.tell(Kind::DepDoes, [("dep", name), ("does", does)]);
            continue;
        }

        // "an asynchronous runtime: it runs tasks" is said as two halves.
        let (what, how) = match purpose.split_once(": ") {
            Some((what, how)) => (what.to_owned(), how.to_owned()),
            None => (purpose, String::new()),
        };
        telling.tell(Kind::Dep, [("dep", name), ("what", what), ("how", how)]);
    }

    let mut kinds = Telling::new("kinds of dependencies", 1.1, 0.8);
    let mut ranked: Vec<_> = categories
        .into_iter()
        .filter(|(_, names)| names.len() > 1)
        .collect();
    ranked.sort_by_key(|(label, names)| (std::cmp::Reverse(names.len()), *label));

    // Lists of names are for those who asked for a briefing.
    let most = if source.wish.style == Style::Technical {
        5
    } else {
        0
    };
    for (label, names) in ranked.into_iter().take(most) {
        let told: Vec<&String> = names.iter().take(4).collect();
        kinds.tell(
            Kind::DepCategory,
            [
                ("category", label.to_owned()),
                ("count", grammar::number(names.len() as u64)),
                ("names", grammar::list(&told)),
            ],
        );
    }

    vec![telling.finish(), kinds.finish()]
}

/// What builds and tests a thing is none of what it stands on.
fn helps_to_make(category: DependencyCategory) -> bool {
    matches!(
        category,
        DependencyCategory::Testing
            | DependencyCategory::Mocking
            | DependencyCategory::Linting
            | DependencyCategory::BuildTool
    )
}

/// Beside a gemspec, a Gemfile has what its makers work with.
fn is_of_makers(source: &Source<'_>, dependency: &Dependency) -> bool {
    dependency.manifest.ends_with("Gemfile")
        && source
            .analysis
            .manifests
            .iter()
            .any(|manifest| manifest.path.ends_with(".gemspec"))
}

/// "config" of a family of packages is what each of them has, and letters alone are no name.
fn names_something(name: &str) -> bool {
    const EVERYBODYS: [&str; 18] = [
        "config",
        "storage",
        "metadata",
        "core",
        "common",
        "client",
        "api",
        "types",
        "utils",
        "net",
        "sys",
        "text",
        "credentials",
        "manager",
        "auth",
        "log",
        "internal",
        "sdk",
    ];
    let letters = name.chars().take_while(char::is_ascii_uppercase).count();

    // Words as a voice says them are no names to print.
    let respelt = ["yammel", "tommel"].iter().any(|word| name.contains(word));

    !EVERYBODYS.contains(&name.to_lowercase().as_str()) && letters < 6 && !respelt
}

/// "a parser of command lines", "structured logging": what it is, not what it does.
fn starts_as_thing(purpose: &str) -> bool {
    let first = purpose.split_whitespace().next().unwrap_or_default();
    first != "it" && !prose::is_third_person(first)
}
