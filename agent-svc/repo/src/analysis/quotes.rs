//! The files that a reader should see first, each with a redacted excerpt.

use std::collections::BTreeSet;

use super::{
    model::{Analysis, EntryPointKind, KeyFile},
    survey::{FileFacts, Survey, rank},
};

const MOST: usize = 24;
const EXCERPT_LINES: usize = 60;
const EXCERPT_BYTES: usize = 4_000;

/// README, the main manifest, entry points, the main file of each part, the file that changes most, the largest.
pub(super) fn key_files(
    analysis: &Analysis,
    survey: &Survey,
    read: &dyn Fn(&FileFacts) -> Option<String>,
) -> Vec<KeyFile> {
    let mut wanted: Vec<(String, String)> = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut want = |path: &str, why: String| {
        if wanted.len() < MOST && seen.insert(path.to_owned()) {
            wanted.push((path.to_owned(), why));
        }
    };
    if let Some(readme) = &analysis.readme {
        want(&readme.path, "It introduces the project.".into());
    }

    if let Some(manifest) = analysis.manifests.iter().find(|manifest| {
        manifest.problem.is_none()
            && !manifest.path.starts_with('.')
            && (manifest.name.is_some() || !manifest.path.contains('/'))
    }) {
        want(
            &manifest.path,
            if manifest.name.is_some() {
                "It describes the package and what it needs.".into()
            } else {
                "It lists what the project needs.".into()
            },
        );
    }

    for entry in analysis.entry_points.iter().take(6) {
        want(
            &entry.path,
            match entry.kind {
                EntryPointKind::Program => "A program starts here.".into(),
                EntryPointKind::Server => "The server starts here.".into(),
                EntryPointKind::Library => "Users of the library enter here.".into(),
                EntryPointKind::Script => "A script that people run.".into(),
                EntryPointKind::Page => "The page starts here.".into(),
                EntryPointKind::Module => "The root module is here.".into(),
            },
        );
    }

    for module in analysis
        .modules
        .iter()
        .filter(|module| module.role.is_product())
        .take(10)
    {
        for path in module.key_files.iter().take(2) {
            want(path, format!("It is at the heart of {}.", module.words));
        }
    }

    let changing = analysis.history.iter().flat_map(|history| &history.busiest_files);
    for busy in changing
        .filter(|busy| {
            survey
                .files
                .iter()
                .any(|file| file.path == busy.path && file.code() > 0 && !file.is_test)
        })
        .take(2)
    {
        want(
            &busy.path,
            format!(
                "It changes often: {} of the newest commits touched it.",
                super::words::count(busy.changes)
            ),
        );
    }

    if let Some(largest) = analysis.largest_files.first() {
        want(&largest.path, "It is the largest source file.".into());
    }

    let quote = |(path, why): (String, String)| {
        let file = survey.files.iter().find(|file| file.path == path)?;
        Some(excerpt(file, &read(file)?, why))
    };

    wanted.into_iter().filter_map(quote).collect()
}

fn excerpt(file: &FileFacts, text: &str, why: String) -> KeyFile {
    let lines: Vec<&str> = text.lines().collect();
    let start = start_line(file, &lines);
    let mut excerpt = String::new();
    let mut shown = 0;

    for line in lines.iter().skip(start).take(EXCERPT_LINES) {
        if excerpt.len() + line.len() + 1 > EXCERPT_BYTES {
            break;
        }
        excerpt.push_str(line);
        excerpt.push('\n');
        shown += 1;
    }

    KeyFile {
        path: file.path.clone(),
        why,
        language: file.counted.map(|counted| counted.name.to_owned()),
        lines: lines.len() as u64,
        excerpt,
        excerpt_line: u32::try_from(start + 1).unwrap_or(u32::MAX),
        truncated: shown < lines.len(),
    }
}

/// Long files are quoted from their most telling definition, with the comment above it.
fn start_line(file: &FileFacts, lines: &[&str]) -> usize {
    if lines.len() <= EXCERPT_LINES {
        return 0;
    }

    let Some(best) = file
        .definitions
        .iter()
        .max_by_key(|found| (rank(found), std::cmp::Reverse(found.line)))
    else {
        return 0;
    };
    // Redaction may have joined lines; a line number beyond the end means the beginning.
    let mut at = (best.line as usize).saturating_sub(1);
    if at >= lines.len() || at < EXCERPT_LINES / 3 {
        return 0;
    }

    while at > 0 {
        let above = lines[at - 1].trim_start();
        let belongs = ["//", "#", "/*", "*", "@", "\"\"\""]
            .iter()
            .any(|mark| above.starts_with(mark));
        if !belongs {
            break;
        }
        at -= 1;
    }

    at
}
