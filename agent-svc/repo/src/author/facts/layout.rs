//! How the repository is laid out. Slots: folders, folder, lines, files, share, members, docs, pattern, meaning, …

use super::{Group, Source, Telling};
use crate::author::grammar::{self, prose};
use crate::author::model::Depth;
use crate::author::phrase::Kind;
use crate::narration::speakable::{names, speakable};

pub(super) fn tell(source: &Source<'_>) -> Vec<Group> {
    let mut groups = vec![root(source), folders(source), patterns(source), around(source)];
    groups.retain(|group| !group.facts.is_empty());
    groups
}

/// A folder's own name as it is said.
fn folder_name(path: &str) -> String {
    names::identifier(path.trim_end_matches('/').rsplit('/').next().unwrap_or_default())
}

fn root(source: &Source<'_>) -> Group {
    let analysis = source.analysis;
    let mut telling = Telling::new("the layout", 0.0, 0.4);
    if analysis.tree.is_empty() {
        return telling.finish();
    }

    // Every folder counts; those that can be said are named, the ones with the most code first.
    let all = analysis.tree.iter().filter(|entry| entry.directory).count();
    let (open, hidden): (Vec<_>, Vec<_>) = analysis
        .tree
        .iter()
        .filter(|entry| entry.directory)
        .partition(|entry| !entry.path.starts_with('.'));
    let folders: Vec<String> = open
        .into_iter()
        .chain(hidden)
        .map(|entry| folder_name(&entry.path))
        .filter(|name| prose::is_sayable(name))
        .collect();

    telling.tell(Kind::OpenLayout, []);

    if all == 0 {
        telling.tell(
            Kind::FewFiles,
            [("files", grammar::count(analysis.files_total, "file", "files"))],
        );
    } else if !folders.is_empty() {
        let told: Vec<&String> = folders.iter().take(6).collect();
        let names = grammar::list(&told);
        let count = grammar::count(all as u64, "folder", "folders");
        let complete = told.len() == all;
        let layout = if complete {
            format!("{count}: {names}")
        } else {
            format!("{count}, among them {names}")
        };

        telling.tell(
            Kind::Root,
            [
                ("folders", if complete { names } else { String::new() }),
                ("layout", layout),
            ],
        );
    }

    let members: Vec<String> = analysis
        .manifests
        .iter()
        .filter(|manifest| manifest.path.contains('/'))
        .filter_map(|manifest| manifest.name.as_deref())
        .map(super::spoken_name)
        .collect();
    if members.len() > 1 {
        let told: Vec<&String> = members.iter().take(6).collect();
        telling.tell(
            Kind::Members,
            [
                ("members", grammar::list(&told)),
                (
                    "count",
                    grammar::count(members.len() as u64, "package", "packages"),
                ),
            ],
        );
    }

    telling.finish()
}

fn folders(source: &Source<'_>) -> Group {
    let analysis = source.analysis;
    let total = analysis.code_lines().max(1) as f64;
    let mut telling = Telling::new("the folders", 0.6, 0.7);
    let entries = analysis
        .tree
        .iter()
        .filter(|entry| entry.directory && entry.code_lines > 0);

    for (index, entry) in entries.take(6).enumerate() {
        let slots = [
            ("folder", folder_name(&entry.path)),
            ("place", format!("the {} folder", folder_name(&entry.path))),
            ("lines", grammar::count(entry.code_lines, "line", "lines")),
            ("files", grammar::count(entry.files, "file", "files")),
            (
                "share",
                grammar::share(entry.code_lines as f64 / total).to_owned(),
            ),
        ];

        let kind = if index == 0 { Kind::BigFolder } else { Kind::Folder };
        telling.add_about(kind, slots, vec![entry.path.clone()]);
    }

    telling.finish()
}

fn patterns(source: &Source<'_>) -> Group {
    let mut telling = Telling::new("the architecture", 0.5, 0.8);
    for pattern in &source.analysis.architecture_patterns {
        let meaning = speakable(&pattern.meaning).trim_end_matches('.').to_owned();
        let said = prose::lower_first(&pattern.name);

        if prose::is_sayable(&said) {
            let files = pattern
                .evidence
                .iter()
                .filter(|path| path.contains(['/', '.']) && !path.contains(' '))
                .take(2);

            let sayable = prose::is_sayable(&meaning);
            let meaning = if sayable { meaning } else { String::new() };
            telling.add_about(
                Kind::Pattern,
                [("pattern", said), ("meaning", meaning)],
                files.cloned().collect(),
            );
        }
    }

    if source.is(Depth::Beginner) && !telling.group.facts.is_empty() {
        let gloss = "an architecture is only an agreement about where things belong and who may call whom";
        telling.tell(Kind::Gloss, [("gloss", gloss.to_owned())]);
    }

    telling.finish()
}

fn around(source: &Source<'_>) -> Group {
    let analysis = source.analysis;
    let mut telling = Telling::new("what stands around the code", 2.2, 0.8);
    let formats: Vec<&str> = analysis
        .formats
        .iter()
        .take(3)
        .map(|format| format.name.as_str())
        .collect();

    telling.maybe(
        Kind::Formats,
        (formats.len() > 1).then(|| [("formats", grammar::list(&formats))]),
    );

    if analysis.docs.len() > 1 {
        telling.tell(
            Kind::DocsFolder,
            [(
                "docs",
                grammar::count(analysis.docs.len() as u64, "document", "documents"),
            )],
        );
    }

    for skipped in analysis
        .files_skipped
        .iter()
        .filter(|skipped| skipped.files > 0)
        .take(2)
    {
        let one = skipped.reason.label();
        let label = if skipped.files == 1 {
            one.replacen("files", "file", 1).trim_end_matches('s').to_owned()
        } else {
            one.to_owned()
        };
        telling.tell(
            Kind::Skipped,
            [(
                "skipped",
                format!("{} {label}", grammar::round_number(skipped.files)),
            )],
        );
    }

    telling.finish()
}
