//! Explanations: what the authors say of their work by the role of its place, one call followed, the data, the decisions,
//! what tests promise. Each keeps the file and line where it stands. Never judges what is told, nor in which words.

mod callpath;
mod comments;
mod declared;
mod eras;
mod glean;
mod material;
mod milestones;
mod promises;
mod roles;
mod structures;

use super::{
    model::{Analysis, Explained, Held, Material, Passage, PassageRole, Remark},
    places,
    survey::{FileFacts, Survey},
};

pub(crate) use self::{
    eras::{Ledger, eras},
    glean::{Gleaned, glean},
};

const MAX_DOCUMENTS: usize = 10;
const MAX_DECISIONS: usize = 40;
const MAX_REMARKS: usize = 1_500;
const MAX_DECLARED: usize = 120;
const MAX_HELD: usize = 40;

/// Explains what was surveyed. `read` gives the redacted text of a file.
pub(crate) fn explain(
    analysis: &Analysis,
    survey: &Survey,
    read: &dyn Fn(&FileFacts) -> Option<String>,
) -> Explained {
    let passages = passages(analysis, survey, read);
    let material = material::material(analysis, survey, &passages);
    let scripts = material == Material::Configuration || analysis.totals.code < 300;
    let product = || {
        let own = survey.files.iter().filter(|file| !file.is_test);
        own.filter(move |file| scripts || !places::is_aside(&file.path) || file.path.ends_with(".tf"))
    };
    let files: Vec<&FileFacts> = product().collect();
    let call = callpath::follow(&files, analysis, material, &passages, read);
    let structures = structures::find(survey, read);

    let logs = survey
        .files
        .iter()
        .filter(|file| milestones::is_change_log(&file.path));
    let milestones = logs
        .take(2)
        .filter_map(|file| Some(milestones::read(&file.path, &read(file)?)))
        .find(|found| !found.is_empty());

    let cases = survey
        .files
        .iter()
        .map(|file| (file.path.as_str(), file.gleaned.cases.as_slice()));
    let promises = promises::promises(cases);

    let mut declared: Vec<_> = product()
        .flat_map(|file| file.gleaned.declared.iter().cloned())
        .collect();
    declared.sort_by_key(|found| (found.note.is_empty(), found.file.matches('/').count()));
    declared.truncate(MAX_DECLARED);

    let call_files_owned: Vec<String> = call.iter().map(|step| step.file.clone()).collect();
    Explained {
        material,
        decisions: decisions(&files, &call_files(&call), &passages),
        passages,
        call,
        structures,
        promises,
        eras: Vec::new(),
        milestones: milestones.unwrap_or_default(),
        declared,
        held: held(&files, &call_files_owned),
        remarks: remarks(product()),
    }
}

/// The read-me, then the documents that explain; of folders, their own read-mes.
fn passages(
    analysis: &Analysis,
    survey: &Survey,
    read: &dyn Fn(&FileFacts) -> Option<String>,
) -> Vec<Passage> {
    let readme = analysis.readme.as_ref().map(|readme| readme.path.as_str());
    let telling = |path: &str| {
        let lower = path.to_ascii_lowercase();
        let name = lower.rsplit('/').next().unwrap_or_default();
        let document = [".md", ".rst", ".markdown", ".mdx", ".txt"]
            .iter()
            .any(|end| name.ends_with(end));
        let about = [
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
            "manifest",
            "curriculum",
            "methodology",
        ];
        let kept = ["docs/", "doc/", "documentation/"]
            .iter()
            .any(|folder| lower.starts_with(folder))
            && !milestones::is_change_log(path);
        let chores = [
            "contribut",
            "release",
            "licen",
            "conduct",
            "security",
            "governance",
            "maint",
        ]
        .iter()
        .any(|word| lower.contains(word));
        document
            && !chores
            && lower.matches('/').count() < 3
            && (kept || about.iter().any(|word| name.starts_with(word)))
            && !places::is_test(path)
    };
    let beside = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        name.starts_with("readme") && path.matches('/').count() == 1 && !places::is_test(path)
    };

    let mut chosen: Vec<&FileFacts> = survey
        .files
        .iter()
        .filter(|file| Some(file.path.as_str()) == readme)
        .collect();
    let others = survey
        .files
        .iter()
        .filter(|file| Some(file.path.as_str()) != readme);
    let mut documents: Vec<&FileFacts> = others.clone().filter(|file| telling(&file.path)).collect();
    documents.sort_by_key(|file| {
        (
            file.path.matches('/').count(),
            file.path.ends_with(".txt"),
            file.path.clone(),
        )
    });
    chosen.extend(documents);
    chosen.extend(others.clone().filter(|file| beside(&file.path)));
    let prose = others.filter(|file| {
        file.path.ends_with(".md")
            && !telling(&file.path)
            && !beside(&file.path)
            && !milestones::is_change_log(&file.path)
    });
    if analysis
        .languages
        .iter()
        .map(|language| language.code)
        .sum::<u64>()
        < 500
    {
        chosen.extend(prose.take(MAX_DOCUMENTS));
    }

    let mut found: Vec<Passage> = Vec::new();
    for file in chosen.into_iter().take(MAX_DOCUMENTS) {
        let Some(text) = read(file) else { continue };
        let of_root = Some(file.path.as_str()) == readme;
        let mut passages = roles::passages(&file.path, &text, &analysis.repo.name);
        if !of_root {
            passages.truncate(12);
            explain_inside(&file.path, &mut passages);
        }
        found.extend(passages);
    }

    found
}

/// Documents beside the read-me speak of the inside, each under its own title.
fn explain_inside(path: &str, passages: &mut [Passage]) {
    let lower = path.to_ascii_lowercase();
    let inside = ["architecture", "design", "internals", "how", "concept", "hacking"]
        .iter()
        .any(|word| lower.contains(word));
    for passage in passages.iter_mut().filter(|passage| {
        matches!(
            passage.role,
            PassageRole::What | PassageRole::Subject | PassageRole::Contents
        )
    }) {
        let others = [" vs", "-vs-", "comparison", "alternative"]
            .iter()
            .any(|word| lower.contains(word));
        passage.role = if others {
            PassageRole::Alternatives
        } else if inside {
            PassageRole::How
        } else {
            PassageRole::Subject
        };
    }
}

fn call_files(call: &[super::model::CallStep]) -> Vec<&str> {
    call.iter().map(|step| step.file.as_str()).collect()
}

/// Reasons given in documents first, then in the code that the call goes through, then elsewhere.
fn decisions(files: &[&FileFacts], on_the_way: &[&str], passages: &[Passage]) -> Vec<Remark> {
    let written = passages
        .iter()
        .filter(|passage| !matches!(passage.role, PassageRole::Start | PassageRole::Usage));
    let mut found: Vec<(u32, Remark)> = written
        .flat_map(|passage| &passage.sentences)
        .filter_map(|remark| {
            let weight = glean::reason_weight(&remark.text);
            (weight > 2).then(|| (weight + 4, remark.clone()))
        })
        .collect();

    for file in files {
        let bonus = if on_the_way.contains(&file.path.as_str()) {
            3
        } else {
            0
        };
        let central = u32::try_from(file.gleaned.callables.len().min(40) / 20).unwrap_or(0);
        found.extend(
            file.gleaned
                .decisions
                .iter()
                .map(|(weight, remark)| (weight + bonus + central, remark.clone())),
        );
    }
    found.sort_by(|a, b| {
        b.0.cmp(&a.0)
            .then_with(|| (&a.1.file, a.1.line).cmp(&(&b.1.file, b.1.line)))
    });

    // Two of one file are enough, so that several parts are heard.
    let mut of_file: std::collections::HashMap<String, u32> = std::collections::HashMap::new();
    found.retain(|(_, remark)| {
        let count = of_file.entry(remark.file.clone()).or_default();
        *count += 1;
        *count <= 3 || remark.file.ends_with(".md")
    });
    found.truncate(MAX_DECISIONS);

    found.into_iter().map(|(_, remark)| remark).collect()
}

/// Names of types first, then of functions; files of the call first.
fn held(files: &[&FileFacts], on_the_way: &[String]) -> Vec<Held> {
    let place = |file: &&FileFacts| {
        on_the_way
            .iter()
            .position(|path| *path == file.path)
            .unwrap_or(usize::MAX)
    };
    let mut sorted: Vec<&FileFacts> = files
        .iter()
        .copied()
        .filter(|file| file.gleaned.callables.len() > 1)
        .collect();
    sorted.sort_by_key(|file| {
        (
            place(file),
            std::cmp::Reverse(file.gleaned.callables.len().min(12)),
            file.path.clone(),
        )
    });

    let mut found = Vec::new();
    for file in sorted.into_iter().take(MAX_HELD) {
        let own = &file.gleaned.callables;
        let mut names: Vec<String> = Vec::new();
        let parents = own.iter().filter_map(|callable| callable.parent.as_deref());
        for name in parents.chain(own.iter().map(|callable| &*callable.name)) {
            if names.len() < 8 && !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        found.push(Held {
            file: file.path.clone(),
            line: own.first().map_or(1, |callable| callable.line),
            names,
        });
    }

    found
}

/// The n-th remark of each file before the next of any.
fn remarks<'s>(files: impl Iterator<Item = &'s FileFacts>) -> Vec<Remark> {
    let mut found: Vec<(usize, &Remark)> = files
        .flat_map(|file| {
            file.gleaned
                .remarks
                .iter()
                .chain(file.gleaned.decisions.iter().map(|(_, remark)| remark))
                .enumerate()
        })
        .collect();
    found.sort_by_key(|(at, remark)| (*at, remark.file.as_str(), remark.line));
    found.truncate(MAX_REMARKS);

    found.into_iter().map(|(_, remark)| remark.clone()).collect()
}
