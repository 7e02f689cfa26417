//! Which documents explain a repository, and what they say: the read-me, those that tell of the inside, those of folders.

use super::{milestones, roles};
use crate::analysis::{
    model::{Analysis, Passage, PassageRole},
    places,
    survey::{FileFacts, Survey},
};

const MAX_DOCUMENTS: usize = 10;
/// Passages of one document beside the read-me.
const MAX_BESIDE: usize = 12;
/// Lines of code below which a repository is its documents.
const LITTLE_CODE: u64 = 500;

/// Beginnings of the names of documents that explain, wherever they lie.
const EXPLAINING: [&str; 21] = [
    "architecture",
    "design",
    "internals",
    "philosophy",
    "faq",
    "guide",
    "overview",
    "introduction",
    "getting_started",
    "getting-started",
    "how-it-works",
    "how_it_works",
    "tutorial",
    "development",
    "hacking",
    "concepts",
    "about",
    "index",
    "quickstart",
    "curriculum",
    "methodology",
];
/// Parts of paths of documents about the making of a thing, its plans or its past, not about the thing.
const CHORES: [&str; 23] = [
    "contribut",
    "release",
    "licen",
    "conduct",
    "security",
    "governance",
    "maint",
    "plans/",
    "specs/",
    "rfc",
    "proposal",
    "roadmap",
    "upgrad",
    "migrat",
    "changelog",
    "history",
    "translat",
    "prompts/",
    "agents",
    "claude",
    "design-qa",
    "audit",
    "postmortem",
];

/// The read-me, then the documents that explain; of folders, their own read-mes; of what is hardly code, every document.
pub(super) fn passages(
    analysis: &Analysis,
    survey: &Survey,
    read: &dyn Fn(&FileFacts) -> Option<String>,
) -> Vec<Passage> {
    let readme = analysis.readme.as_ref().map(|readme| readme.path.as_str());
    let is_readme = |file: &&FileFacts| Some(file.path.as_str()) == readme;
    let others = || survey.files.iter().filter(|file| !is_readme(file));

    let mut chosen: Vec<&FileFacts> = survey.files.iter().filter(is_readme).collect();
    let mut documents: Vec<&FileFacts> = others().filter(|file| explains(&file.path)).collect();
    documents.sort_by_key(|file| {
        (
            file.path.matches('/').count(),
            file.path.ends_with(".txt"),
            file.path.clone(),
        )
    });
    chosen.extend(documents);
    chosen.extend(others().filter(|file| is_readme_of_folder(&file.path)));

    let code: u64 = analysis.languages.iter().map(|language| language.code).sum();
    if code < LITTLE_CODE {
        let rest = others().filter(|file| {
            file.path.ends_with(".md")
                && !explains(&file.path)
                && !is_readme_of_folder(&file.path)
                && !milestones::is_change_log(&file.path)
        });
        chosen.extend(rest.take(MAX_DOCUMENTS));
    }

    let mut found: Vec<Passage> = Vec::new();
    for file in chosen.into_iter().take(MAX_DOCUMENTS) {
        let Some(text) = read(file) else { continue };

        let mut passages = roles::passages(&file.path, &text, &analysis.repo.name);
        if !is_readme(&file) {
            passages.truncate(MAX_BESIDE);
            explain_inside(&file.path, &mut passages);
        }
        found.extend(passages);
    }

    found
}

/// A document that tells of the thing: in a folder of documentation, or by its name.
fn explains(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or_default();
    let document = [".md", ".rst", ".markdown", ".mdx", ".txt"]
        .iter()
        .any(|end| name.ends_with(end));
    let kept = ["docs/", "doc/", "documentation/"]
        .iter()
        .any(|folder| lower.starts_with(folder))
        && !milestones::is_change_log(path);
    let chore = CHORES.iter().any(|word| lower.contains(word));

    document
        && !chore
        && lower.matches('/').count() < 3
        && (kept || EXPLAINING.iter().any(|word| name.starts_with(word)))
        && !places::is_test(path)
}

fn is_readme_of_folder(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();

    name.starts_with("readme") && path.matches('/').count() == 1 && !places::is_test(path)
}

/// Documents beside the read-me speak of the inside, each under its own title.
fn explain_inside(path: &str, passages: &mut [Passage]) {
    let lower = path.to_ascii_lowercase();
    let inside = ["architecture", "design", "internals", "how", "concept", "hacking"]
        .iter()
        .any(|word| lower.contains(word));
    let others = [" vs", "-vs-", "comparison", "alternative"]
        .iter()
        .any(|word| lower.contains(word));

    for passage in passages.iter_mut().filter(|passage| {
        matches!(
            passage.role,
            PassageRole::What | PassageRole::Subject | PassageRole::Contents
        )
    }) {
        passage.role = if others {
            PassageRole::Alternatives
        } else if inside {
            PassageRole::How
        } else {
            PassageRole::Subject
        };
    }
}
