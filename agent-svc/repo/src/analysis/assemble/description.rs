//! The sentence or two that say what a project is, found among what it says of itself.

use crate::analysis::{
    model::{Analysis, Manifest, Readme},
    places::is_aside,
    prose, words,
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
            .is_some_and(|found| words::package(found).to_lowercase() == name)
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

/// The paragraph near the beginning that says what the project is: the first one, but for news, notes and slogans before
/// it.
fn introduction(readme: &Readme, name: &str) -> Option<String> {
    let title = readme.title.as_deref().unwrap_or(name).to_lowercase();
    let is_article = |word: &&str| matches!(*word, "the" | "a" | "an");
    let title = title
        .split(' ')
        .find(|word| !is_article(word))
        .unwrap_or_default();
    let score = |text: &str| {
        let first = prose::first_sentence(text).to_lowercase();
        let named = |start: &str| !start.is_empty() && first.starts_with(start);
        let subject = named(name) || named(title) || named(&format!("the {name}"));
        let defines = [
            " is a ",
            " is an ",
            " is the ",
            " is one ",
            " are a ",
            " provides ",
            " implements ",
            " lets ",
            " allows ",
        ];
        let defines = defines.iter().any(|words| first.contains(words));
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
            "see ",
            "looking ",
            "click ",
            "for ",
            "please",
            "new:",
            "news",
            "version ",
            "copyright",
            "license",
            "documentation",
            "thanks",
            "thank you",
            "to install",
            "install",
            "currently",
            "caution",
            "deprecated",
            "sponsor",
        ];
        let aside = aside.iter().any(|start| first.starts_with(start)) || text.ends_with(':');

        i32::from(subject) * 3 + i32::from(subject && defines) + i32::from(words::number_of(&first) >= 5)
            - i32::from(aside) * 5
    };

    // What stands far below speaks of a part.
    let near = readme.paragraphs.iter().take(5).enumerate();
    let (_, text) = near.max_by_key(|(at, text)| (score(text), std::cmp::Reverse(*at)))?;
    let two: Vec<&str> = prose::sentences(text).into_iter().take(2).collect();

    Some(prose::cut(&two.join(" "), 300))
}
