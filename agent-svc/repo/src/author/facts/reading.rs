//! What to read first, and how the story ends. Slots: file, why, doc, does, says, note, check, answer, …

use super::{Group, Source, Telling, modules, quote_doc};
use crate::author::grammar::{self, prose};
use crate::author::model::Style;
use crate::author::phrase::Kind;
use crate::narration::speakable::speakable;

pub(super) fn tell(source: &Source<'_>) -> Vec<Group> {
    let analysis = source.analysis;
    let mut telling = Telling::new("what to read", 0.0, 0.5);
    let key_files: Vec<_> = analysis.key_files.iter().take(5 + 2 * source.reach()).collect();
    if !key_files.is_empty() {
        telling.tell(Kind::OpenReading, []);
    }

    for (index, file) in key_files.into_iter().enumerate() {
        let why = speakable(&file.why).trim_end_matches('.').to_owned();
        let why = if prose::is_sayable(&why) {
            why
        } else {
            String::new()
        };

        let kind = if index == 0 {
            Kind::ReadFirst
        } else {
            Kind::ReadNext
        };
        telling.add_about(
            kind,
            [
                ("file", source.file(&file.path)),
                ("why", why),
                ("lines", grammar::count(file.lines.max(1), "line", "lines")),
            ],
            vec![file.path.clone()],
        );
    }

    let mut docs = Telling::new("the documents", 0.8, 0.6);
    let readme = analysis.readme.as_ref().map(|readme| readme.path.as_str());
    for doc in analysis
        .docs
        .iter()
        .filter(|doc| Some(doc.path.as_str()) != readme)
    {
        let title = doc.title.as_deref().map(speakable).unwrap_or_default();
        let title = title.trim_end_matches('.');
        let chores = [
            "change",
            "licen",
            "contribut",
            "conduct",
            "security",
            "release note",
            "history",
        ];
        let chore = chores
            .iter()
            .any(|word| title.to_lowercase().contains(word) || doc.path.to_lowercase().contains(word));

        if chore
            || title.is_empty()
            || !prose::is_sayable(title)
            || title.chars().count() > 60
            || docs.group.facts.len() > 6
        {
            continue;
        }

        if let Some(said) = quote_doc(
            title,
            doc.summary.as_deref().filter(|text| prose::is_english(text)),
        ) {
            docs.add_about(
                Kind::Doc,
                [("title", title.to_owned()), said],
                vec![doc.path.clone()],
            );
        }
    }

    let mut groups = vec![telling.finish(), docs.finish()];
    groups.retain(|group| !group.facts.is_empty());

    groups
}

pub(super) fn close(source: &Source<'_>) -> Vec<Group> {
    let analysis = source.analysis;
    let mut telling = Telling::new("the end", 0.0, 0.3);
    telling.tell(Kind::OpenClose, []);

    for note in &analysis.notes {
        let note = speakable(note).trim_end_matches('.').to_owned();
        if prose::is_sayable(&note) {
            telling.tell(Kind::Note, [("note", note)]).sooner(0.5);
        }
    }

    if analysis.code_lines() > 1 {
        telling.tell(
            Kind::RecapSize,
            [
                (
                    "lines",
                    grammar::count(analysis.code_lines(), "line of code", "lines of code"),
                ),
                ("files", grammar::count(analysis.code_files(), "file", "files")),
            ],
        );
    }

    let central: Vec<String> = analysis
        .modules
        .iter()
        .filter(|module| module.role.is_product())
        .take(3)
        .map(|module| modules::module_title(analysis, module))
        .collect();

    telling.maybe(
        Kind::RecapModules,
        (central.len() > 1).then(|| [("mods", grammar::list(&central))]),
    );
    checks(source, &mut telling);
    telling.tell(Kind::Goodbye, []).sooner(9.0);

    vec![telling.finish()]
}

/// Questions a listener can answer after the story, each with its answer.
fn checks(source: &Source<'_>, telling: &mut Telling) {
    let analysis = source.analysis;
    let biggest = analysis.modules.iter().max_by_key(|module| module.code_lines);
    if let Some(biggest) = biggest.filter(|_| analysis.modules.len() > 2) {
        let question = "which part holds the most code".to_owned();
        telling.tell(
            Kind::Check,
            [
                ("question", question),
                ("answer", modules::module_title(analysis, biggest)),
            ],
        );
    }

    if source.wish.style != Style::Tutorial {
        return;
    }

    if let Some(entry) = analysis.entry_points.first() {
        let question = "in which file does everything begin".to_owned();
        telling.add_about(
            Kind::Check,
            [("question", question), ("answer", source.file(&entry.path))],
            vec![entry.path.clone()],
        );
    }

    let hub = analysis
        .modules
        .iter()
        .max_by_key(|module| module.used_by_count)
        .filter(|m| m.used_by_count > 1);

    if let Some(hub) = hub {
        let question = "which module do the others lean on most".to_owned();
        telling.tell(
            Kind::Check,
            [
                ("question", question),
                ("answer", modules::module_title(analysis, hub)),
            ],
        );
    }
}
