//! Chapters in the order in which a listener can follow them; only those that there are facts for.

use crate::analysis::{
    model::{Analysis, DependencyScope as Scope, SuggestedChapter},
    words::{capitalise, counted},
};

const FILES: usize = 6;

pub(crate) fn chapters(analysis: &Analysis) -> Vec<SuggestedChapter> {
    let opening = [introduction(analysis), start(analysis), shape(analysis)];
    let closing = [
        routes(analysis),
        foundations(analysis),
        tests(analysis),
        history(analysis),
    ];

    opening
        .into_iter()
        .flatten()
        .chain(parts(analysis))
        .chain(closing.into_iter().flatten())
        .collect()
}

fn chapter(title: &str, about: String, files: impl IntoIterator<Item = String>) -> Option<SuggestedChapter> {
    let mut kept: Vec<String> = Vec::new();
    for file in files {
        if kept.len() < FILES && !kept.contains(&file) {
            kept.push(file);
        }
    }

    Some(SuggestedChapter {
        title: title.into(),
        about,
        files: kept,
    })
}

fn introduction(analysis: &Analysis) -> Option<SuggestedChapter> {
    let about = format!("What {} is for, and for whom.", analysis.repo.name);
    chapter(
        "What it is",
        about,
        analysis.readme.iter().map(|readme| readme.path.clone()),
    )
}

fn start(analysis: &Analysis) -> Option<SuggestedChapter> {
    analysis.entry_points.first()?;
    let files = analysis.entry_points.iter().map(|entry| entry.path.clone());
    chapter("Where it starts", "The files that run first.".into(), files)
}

fn shape(analysis: &Analysis) -> Option<SuggestedChapter> {
    let parts: Vec<_> = analysis
        .modules
        .iter()
        .filter(|module| module.role.is_product())
        .collect();
    if parts.len() < 2 {
        return None;
    }

    let about = format!(
        "Its {} and what connects them.",
        counted(parts.len() as u64, "part", "parts")
    );

    chapter(
        "The shape of the code",
        about,
        parts.iter().filter_map(|part| part.key_files.first().cloned()),
    )
}

/// The parts that say themselves what they are for.
fn parts(analysis: &Analysis) -> impl Iterator<Item = SuggestedChapter> {
    let told = analysis.modules.iter().filter(|module| module.role.is_product());
    told.filter_map(|module| {
        let purpose = module.purpose.clone()?;
        chapter(
            &capitalise(&module.words),
            purpose,
            module.key_files.iter().cloned(),
        )
    })
    .take(3)
}

fn routes(analysis: &Analysis) -> Option<SuggestedChapter> {
    analysis.routes.first()?;
    let about = counted(analysis.routes.len() as u64, "route", "routes") + " over HTTP.";
    chapter(
        "How the outside reaches it",
        about,
        analysis.routes.iter().map(|route| route.file.clone()),
    )
}

fn foundations(analysis: &Analysis) -> Option<SuggestedChapter> {
    let needed = analysis
        .dependencies
        .iter()
        .filter(|found| !found.internal && found.scope == Scope::Runtime);
    let count = needed.count() as u64;
    let about = counted(count, "package that others wrote", "packages that others wrote") + ".";
    let files = analysis.manifests.iter().map(|manifest| manifest.path.clone());

    if count == 0 {
        None
    } else {
        chapter("What it stands on", about, files)
    }
}

fn tests(analysis: &Analysis) -> Option<SuggestedChapter> {
    let files = analysis.tests.examples.iter().map(|test| test.path.clone());
    let about = counted(analysis.tests.count, "test", "tests") + " and what they promise.";
    if analysis.tests.count == 0 {
        None
    } else {
        chapter("How it is kept right", about, files)
    }
}

fn history(analysis: &Analysis) -> Option<SuggestedChapter> {
    let history = analysis.history.as_ref()?;
    let commits = counted(history.commits, "commit", "commits");
    let about = format!(
        "{commits} by {}.",
        counted(history.contributors_count, "person", "people")
    );

    chapter(
        "How it grew",
        about,
        history.busiest_files.iter().map(|file| file.path.clone()),
    )
}
