//! The conclusions: what a project is made of; below, where it starts, what it offers, what kind it is and which
//! chapters there are facts for.

mod builds;
mod chapters;
mod entry;
mod exports;
mod kind;
mod nouns;

pub(crate) use chapters::chapters;
pub(crate) use entry::entry_points;
pub(crate) use exports::public_names;
pub(crate) use kind::kind;

use super::model::{Analysis, DependencyCategory as Category, DependencyScope as Scope};

/// Languages, then what stands out among the dependencies, then tools.
pub(crate) fn tech_stack(analysis: &Analysis) -> Vec<String> {
    let mut stack: Vec<String> = Vec::new();
    let mut add = |name: String| {
        if !stack.iter().any(|known| known.eq_ignore_ascii_case(&name)) && stack.len() < 24 {
            stack.push(name);
        }
    };

    let telling = analysis.languages.iter().filter(|language| {
        language.share >= 0.05
            && !matches!(
                language.name.as_str(),
                "Makefile" | "Batch" | "Dockerfile" | "CMake"
            )
    });

    telling.take(5).for_each(|language| add(language.name.clone()));

    for category in [
        Category::WebFramework,
        Category::Interface,
        Category::AsyncRuntime,
        Category::Database,
        Category::Messaging,
        Category::Rpc,
        Category::MachineLearning,
        Category::Cache,
        Category::CommandLine,
        Category::Serialisation,
        Category::Cloud,
        Category::Observability,
    ] {
        let of = analysis.dependencies.iter().filter(|found| {
            !found.internal && found.scope <= Scope::Optional && found.category == Some(category)
        });
        of.take(2).for_each(|found| {
            add(found
                .name
                .rsplit('/')
                .find(|part| !(part.starts_with('v') && part.len() <= 3))
                .unwrap_or(&found.name)
                .to_owned())
        });
    }

    if !analysis.containers.is_empty() {
        add("Docker".into());
    }

    analysis
        .ci
        .iter()
        .for_each(|pipeline| add(pipeline.system.clone()));
    analysis
        .tests
        .frameworks
        .iter()
        .take(2)
        .for_each(|framework| add(framework.clone()));

    stack
}
