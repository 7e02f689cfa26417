//! The sentence or two that say what a project is, found among what it says of itself.

use crate::analysis::{
    model::{Analysis, Manifest, Readme},
    places::is_aside,
    prose,
};

/// What the hosting site, the main manifest or the README says, in this order; nothing is made up.
pub(super) fn describe_project(analysis: &Analysis) -> Option<String> {
    let github = analysis
        .github
        .as_ref()
        .and_then(|github| github.description.clone());
    let name = analysis.repo.name.to_lowercase();
    let own = |manifest: &&Manifest| {
        manifest
            .name
            .as_ref()
            .is_some_and(|found| found.to_lowercase().ends_with(&name))
    };

    let described = || {
        analysis
            .manifests
            .iter()
            .filter(|manifest| manifest.description.is_some() && !is_aside(&manifest.path))
    };
    let root = described()
        .find(|manifest| !manifest.path.contains('/'))
        .or_else(|| described().find(own));
    let readme = analysis
        .readme
        .as_ref()
        .and_then(|readme| introduction(readme, &name));

    github
        .or_else(|| root.and_then(|manifest| manifest.description.clone()))
        .or(readme)
        .filter(|text| !text.is_empty())
}

/// The paragraph near the beginning that says what the project is; news and notes often come before it.
fn introduction(readme: &Readme, name: &str) -> Option<String> {
    let title = readme.title.as_deref().unwrap_or(name).to_lowercase();
    let title = title.split(' ').next().unwrap_or_default();
    let score = |text: &str| {
        let first = prose::first_sentence(text).to_lowercase();
        let defines = [
            " is a ",
            " is an ",
            " is the ",
            " are ",
            " provides ",
            " implements ",
            " lets ",
            " allows ",
        ];

        let aside = [
            "note",
            "we ",
            "we'",
            "warning",
            "important",
            "check ",
            "join",
            "read ",
            "if ",
            "this branch",
            "this repo",
            "see ",
            "looking ",
        ];

        i32::from(defines.iter().any(|words| first.contains(words))) * 2
            + i32::from(first.contains(name) || first.contains(title))
            - i32::from(aside.iter().any(|start| first.starts_with(start))) * 4
    };

    let near = readme.paragraphs.iter().take(8).enumerate();
    let (_, text) = near.max_by_key(|(at, text)| (score(text), std::cmp::Reverse(*at)))?;
    let two: Vec<&str> = prose::sentences(text).into_iter().take(2).collect();

    Some(prose::cut(&two.join(" "), 300))
}
