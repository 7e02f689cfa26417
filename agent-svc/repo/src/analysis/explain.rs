//! Explanations: what the authors say of their work by the role of its place, one call followed, the data, the decisions,
//! what tests promise. Each keeps the file and line where it stands. Never judges what is told, nor in which words.

mod callpath;
mod comments;
mod declared;
mod documents;
mod eras;
mod glean;
mod material;
mod milestones;
mod operations;
mod promises;
mod roles;
mod structures;

use super::{
    model::{
        Analysis, DeclaredKind, DefinitionKind, Explained, Held, Material, ModuleRole, Passage, PassageRole,
        Remark,
    },
    places,
    survey::{FileFacts, Survey},
};

pub(crate) use self::{
    comments::{is_page, script_of_page},
    eras::{Ledger, eras},
    glean::{Gleaned, glean},
};

const MAX_DECISIONS: usize = 40;
const MAX_REMARKS: usize = 1_500;
const MAX_DECLARED: usize = 120;
const MAX_HELD: usize = 40;
/// Folders with a program each from which on the flags of one are not those of the whole.
const SEVERAL_PROGRAMS: usize = 3;

/// Explains what was surveyed. `read` gives the redacted text of a file.
pub(crate) fn explain(
    analysis: &Analysis,
    survey: &Survey,
    read: &dyn Fn(&FileFacts) -> Option<String>,
) -> Explained {
    let passages = documents::passages(analysis, survey, read);
    let material = material::material(analysis, survey, &passages);
    let scripts = material == Material::Configuration || analysis.totals.code < 300;
    // What only shows how a thing is used is never the thing.
    let is_script = move |path: &str| scripts && places::role_of(path) != Some(ModuleRole::Examples);
    let product = || {
        let own = survey.files.iter().filter(|file| !file.is_test);
        own.filter(move |file| {
            is_script(&file.path) || !places::is_aside(&file.path) || file.path.ends_with(".tf")
        })
    };
    let files: Vec<&FileFacts> = own(product(), analysis);
    let call = callpath::follow(&files, analysis, material, &passages, read);
    let programs = programs(&files);
    let main = call.first().and_then(|step| {
        let folder = step.file.rsplit_once('/').map_or("", |(folder, _)| folder);
        programs.contains(folder).then_some(folder)
    });
    let structures = structures::find(survey, &told_of_data(&files, &programs, main, analysis), read);

    let logs = survey
        .files
        .iter()
        .filter(|file| milestones::is_change_log(&file.path));
    let milestones = logs
        .take(2)
        .filter_map(|file| Some(milestones::read(&file.path, &read(file)?)))
        .find(|found| !found.is_empty());

    // What is tested of a tool beside the work says nothing of the work.
    let of_tools = |path: &str| {
        let first = path.split('/').next().unwrap_or_default();
        matches!(
            first,
            "tools" | "tool" | "scripts" | "script" | "contrib" | "hack" | "utils"
        )
    };
    let cases = survey
        .files
        .iter()
        .filter(|file| !of_tools(&file.path))
        .map(|file| (file.path.as_str(), file.gleaned.cases.as_slice()));
    let promises = promises::promises(cases);

    let mut declared: Vec<_> = product()
        .flat_map(|file| file.gleaned.declared.iter().cloned())
        .collect();
    // The help that a library's page shows is that of an example.
    let page = |path: &str| {
        [".md", ".rst", ".adoc", ".txt", ".markdown"]
            .iter()
            .any(|end| path.ends_with(end))
    };
    declared.retain(|found| material != Material::Library || !page(&found.file));
    // Of several programs each has flags of its own; those of one that is not told would sound like those of the whole.
    declared.retain(|found| {
        let folder = found.file.rsplit_once('/').map_or("", |(folder, _)| folder);
        found.kind != DeclaredKind::Option
            || programs.len() < SEVERAL_PROGRAMS
            || !programs.contains(folder)
            || main == Some(folder)
    });
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
        remarks: remarks(files.iter().copied()),
        operations: operations::assemble(&survey.files),
    }
}

/// Folders with a program of their own.
fn programs<'s>(files: &[&'s FileFacts]) -> std::collections::BTreeSet<&'s str> {
    let starts = |file: &&&FileFacts| {
        let mut own = file.gleaned.callables.iter();
        own.any(|callable| &*callable.name == "main" && callable.parent.is_none())
    };

    files.iter().filter(starts).map(|file| file.folder()).collect()
}

/// Files whose types may be central: those of the program that is told and of what all of them share, in a language that
/// much of the work is written in.
fn told_of_data<'s>(
    files: &[&'s FileFacts],
    programs: &std::collections::BTreeSet<&str>,
    main: Option<&str>,
    analysis: &Analysis,
) -> Vec<&'s FileFacts> {
    const LEAST_SHARE: f64 = 0.1;
    let of_another = |file: &FileFacts| {
        programs.len() >= SEVERAL_PROGRAMS && programs.contains(file.folder()) && main != Some(file.folder())
    };
    let small = |file: &FileFacts| {
        let language = file.counted.map_or("", |counted| counted.name);
        let share = analysis.languages.iter().find(|found| found.name == language);
        share.is_some_and(|found| found.share < LEAST_SHARE) && !language.contains("Header")
    };

    files
        .iter()
        .filter(|file| !of_another(file) && !small(file))
        .copied()
        .collect()
}

/// Files without those that came from elsewhere: where few begin with a notice of somebody who never worked here, those few.
fn own<'s>(files: impl Iterator<Item = &'s FileFacts>, analysis: &Analysis) -> Vec<&'s FileFacts> {
    let people = analysis.history.iter().flat_map(|history| &history.contributors);
    let mut names: Vec<String> = people
        .filter_map(|person| person.name.split_whitespace().next_back())
        .filter(|name| name.len() > 3)
        .map(str::to_lowercase)
        .collect();
    names.push(analysis.repo.name.to_lowercase());
    let noticed = |file: &FileFacts| {
        let notice = file.gleaned.notice.as_deref();
        notice.is_some_and(|notice| !names.iter().any(|name| notice.contains(name.as_str())))
    };

    let files: Vec<&FileFacts> = files.collect();
    let code = files.iter().filter(|file| !file.gleaned.callables.is_empty());
    let others = code.clone().filter(|file| noticed(file)).count();
    if others * 4 > code.count() {
        return files;
    }

    files.into_iter().filter(|file| !noticed(file)).collect()
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

    // What a template put beside the work is no decision of its authors.
    let dotted = |path: &str| path.split('/').any(|part| part.starts_with('.'));
    for file in files.iter().filter(|file| !dotted(&file.path)) {
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
        // What others can see, where a grammar tells it; what stands inside a function is nobody's part.
        let outer = file.definitions.iter().filter(|found| {
            found.parent.is_none()
                && !matches!(
                    found.kind,
                    DefinitionKind::Constant | DefinitionKind::Module | DefinitionKind::Input
                )
        });
        let outer: Vec<&str> = outer.map(|found| found.name.as_str()).collect();
        let parents = own.iter().filter_map(|callable| callable.parent.as_deref());
        let shaped = parents.chain(own.iter().map(|callable| &*callable.name));
        let all: Vec<&str> = if outer.is_empty() { shaped.collect() } else { outer };
        for name in all {
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
