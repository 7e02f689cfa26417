//! What it depends on and why. Slots: count, category, names, dep, does, says, members.

use std::collections::BTreeMap;

use super::{Group, Source, Telling};
use crate::analysis::model::{Dependency, DependencyScope};
use crate::author::grammar::prose::Said;
use crate::author::grammar::{self, prose};
use crate::author::model::Depth;
use crate::author::phrase::Kind;
use crate::narration::speakable::speakable;

const TOLD: usize = 24;

pub(super) fn tell(source: &Source<'_>) -> Vec<Group> {
    let outside: Vec<&Dependency> = source
        .analysis
        .dependencies
        .iter()
        .filter(|d| !d.internal)
        .collect();
    if source.analysis.manifests.is_empty() && outside.is_empty() {
        return Vec::new();
    }

    let mut groups = vec![summary(source, &outside)];
    groups.extend(each(source, &outside));
    groups.push(tools(&outside));
    groups.retain(|group| !group.facts.is_empty());

    groups
}

fn spoken(dependency: &Dependency) -> String {
    let plain = || {
        let name = dependency
            .name
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .trim_start_matches('@');
        super::spoken_name(name)
    };

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

fn summary(source: &Source<'_>, outside: &[&Dependency]) -> Group {
    let mut telling = Telling::new("the dependencies", 0.0, 0.4);
    if outside.is_empty() {
        return telling.finish();
    }
    telling.tell(Kind::OpenDeps, []);

    let runtime = outside
        .iter()
        .filter(|d| matches!(d.scope, DependencyScope::Runtime | DependencyScope::Optional))
        .count();

    let files: Vec<String> = source
        .analysis
        .manifests
        .iter()
        .take(2)
        .map(|manifest| manifest.path.clone())
        .collect();
    let others = outside.len() - runtime;
    telling.add_about(
        Kind::DepCount,
        [
            (
                "count",
                grammar::count(outside.len() as u64, "outside package", "outside packages"),
            ),
            (
                "runtime",
                if runtime > 1 && others > 1 {
                    grammar::round_number(runtime as u64)
                } else {
                    String::new()
                },
            ),
            (
                "others",
                if runtime > 1 && others > 1 {
                    grammar::round_number(others as u64)
                } else {
                    String::new()
                },
            ),
        ],
        files,
    );

    if source.is(Depth::Beginner) {
        let gloss =
            "a dependency is a piece of somebody else's code that comes along when the project is built";
        telling.tell(Kind::Gloss, [("gloss", gloss.to_owned())]);
    }

    telling.finish()
}

fn each(source: &Source<'_>, outside: &[&Dependency]) -> Vec<Group> {
    let mut categories: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    let mut telling = Telling::new("what each is for", 0.5, 0.5);
    let mut listed: Vec<&&Dependency> = outside
        .iter()
        .filter(|d| d.scope != DependencyScope::Dev)
        .collect();
    listed.sort_by_key(|dependency| !source.focus.touches(&dependency.name));

    for dependency in listed {
        let name = spoken(dependency);
        if let Some(category) = dependency.category {
            categories.entry(category.label()).or_default().push(name.clone());
        }

        let purpose = dependency.purpose.as_deref().map(speakable).unwrap_or_default();
        let purpose = prose::lower_first(purpose.trim_end_matches('.'));
        if purpose.is_empty() || telling.group.facts.len() >= TOLD || !prose::is_sayable(&purpose) {
            continue;
        }

        if let Some(does) = purpose.strip_prefix("it ") {
            telling.add_about(
                Kind::DepDoes,
                [("dep", name), ("does", does.to_owned())],
                vec![dependency.manifest.clone()],
            );
            continue;
        }

        if let Some(Said::Does(does)) = prose::said_of(&name, &purpose).filter(|_| !starts_as_thing(&purpose))
        {
            telling.add_about(
                Kind::DepDoes,
                [("dep", name), ("does", does)],
                vec![dependency.manifest.clone()],
            );
            continue;
        }

        // "an asynchronous runtime: it runs tasks" is said as two halves.
        let (what, how) = match purpose.split_once(": ") {
            Some((what, how)) => (what.to_owned(), how.to_owned()),
            None => (purpose, String::new()),
        };
        telling.add_about(
            Kind::Dep,
            [("dep", name), ("what", what), ("how", how)],
            vec![dependency.manifest.clone()],
        );
    }

    let mut kinds = Telling::new("kinds of dependencies", 1.1, 0.8);
    let mut ranked: Vec<_> = categories
        .into_iter()
        .filter(|(_, names)| names.len() > 1)
        .collect();
    ranked.sort_by_key(|(label, names)| (std::cmp::Reverse(names.len()), *label));

    for (label, names) in ranked.into_iter().take(5) {
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

/// "a parser of command lines", "structured logging": what it is, not what it does.
fn starts_as_thing(purpose: &str) -> bool {
    let first = purpose.split_whitespace().next().unwrap_or_default();
    first != "it" && !prose::is_third_person(first)
}

fn tools(outside: &[&Dependency]) -> Group {
    let mut telling = Telling::new("tools for its makers", 1.5, 0.7);
    let names: Vec<String> = outside
        .iter()
        .filter(|d| d.scope == DependencyScope::Dev)
        .map(|d| spoken(d))
        .take(4)
        .collect();

    telling.maybe(
        Kind::DepDev,
        (!names.is_empty()).then(|| [("names", grammar::list(&names))]),
    );

    let shared = outside
        .iter()
        .max_by_key(|d| d.manifests_count)
        .filter(|d| d.manifests_count > 2);
    if let Some(shared) = shared {
        let count = grammar::count(shared.manifests_count, "package", "packages");
        telling.tell(Kind::DepSpread, [("dep", spoken(shared)), ("count", count)]);
    }

    telling.finish()
}
