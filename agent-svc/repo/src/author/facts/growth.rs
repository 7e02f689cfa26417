//! How it grew: stretches of years with their leaders and themes, releases that changed much. Only dates that are known.

use std::collections::HashSet;

use chrono::Datelike;

use super::{Group, Source, Telling};
use crate::analysis::model::{Era, History};
use crate::author::grammar::{self, prose};
use crate::author::phrase::Kind;
use crate::narration::speakable::speakable;

/// So few commits are told one by one.
const FEW_COMMITS: u64 = 40;
const SUBJECTS: usize = 7;
/// Subjects of one stretch of years that are named.
const THEMES: usize = 4;

pub(super) fn tell(source: &Source<'_>) -> Vec<Group> {
    let mut groups = Vec::new();
    if let Some(history) = &source.analysis.history {
        groups.push(past(source, history));
    }
    groups.push(milestones(source));
    groups.retain(|group| !group.facts.is_empty());

    groups
}

fn past(source: &Source<'_>, history: &History) -> Group {
    let mut telling = Telling::new("its history", 0.0, 0.35);
    if history.commits < 2 {
        return telling.finish();
    }

    let commits = grammar::count(history.commits, "commit", "commits");
    let shallow = history.capped;
    let first = grammar::month(history.first_at);
    let last = grammar::month(history.last_at);
    let span = grammar::span(history.first_at, history.last_at);
    let kind = if first == last { Kind::BornOnce } else { Kind::Born };
    if !shallow {
        telling.tell(
            kind,
            [
                ("first", first),
                ("last", last),
                ("span", span),
                ("commits", commits),
            ],
        );
    }

    let eras: Vec<&Era> = source
        .analysis
        .explained
        .eras
        .iter()
        .filter(|era| sayable_name(&era.leader))
        .collect();
    if history.contributors_count == 1 {
        let person = history
            .contributors
            .first()
            .map(|person| person.name.clone())
            .unwrap_or_default();
        if sayable_name(&person) {
            telling.tell(Kind::Solo, [("person", person)]);
        }
    }
    if let (true, Some(first)) = (
        eras.len() < 2 && history.contributors_count > 1,
        history.contributors.first(),
    ) {
        let most = first.commits * 2 > history.commits;
        let (from, to) = (history.first_at.year(), history.last_at.year());
        let years = if from == to {
            format!("in {from}")
        } else {
            format!("from {from} to {to}")
        };
        if sayable_name(&first.name) {
            let kind = if most { Kind::Era } else { Kind::EraShared };
            telling.tell(kind, [("person", first.name.clone()), ("years", years)]);
        }
    }
    let known = words_of_the_work(source);
    for (place, era) in eras.iter().enumerate() {
        let years = years(era);
        let most = era.led * 2 > era.commits;
        let themes = listed_themes(&era.themes, &known, &source.analysis.repo.name);
        let kind = match (place, most) {
            (0, true) => Kind::Era,
            (0, false) => Kind::EraShared,
            (_, true) => Kind::EraNext,
            (_, false) => Kind::EraNextShared,
        };
        if history.contributors_count > 1 && eras.len() > 1 {
            telling.tell(kind, [("person", era.leader.clone()), ("years", years.clone())]);
        }
        if !themes.is_empty() {
            telling.tell(Kind::Themes, [("themes", themes), ("years", years)]);
        }
    }

    few_subjects(history, &mut telling);

    telling.finish()
}

/// A short history is told by its own subjects, oldest first.
fn few_subjects(history: &History, telling: &mut Telling) {
    if history.commits > FEW_COMMITS {
        return;
    }
    let chore = |lower: &str| {
        [
            "merge",
            "bump",
            "update readme",
            "initial commit",
            "fix typo",
            "release",
            "version",
        ]
        .iter()
        .any(|start| lower.starts_with(start))
    };

    let told = history
        .recent_subjects
        .iter()
        .filter(|subject| !chore(&subject.to_lowercase()));
    let mut said: Vec<String> = told
        .map(|subject| speakable(subject).trim_end_matches(['.', ' ']).to_owned())
        .filter(|words| (3..=12).contains(&words.split(' ').count()) && prose::is_sayable(words))
        .filter(|words| prose::is_english(words))
        .take(SUBJECTS)
        .collect();
    said.reverse();

    if said.len() > 2 {
        telling.tell(Kind::Subjects, [("items", said.join("; "))]);
    }
}

/// Letters that an English voice can read, accents included.
fn sayable_name(name: &str) -> bool {
    let latin = name
        .chars()
        .all(|c| c.is_alphabetic() && u32::from(c) < 0x250 || " .'-’".contains(c) || c.is_ascii_digit());

    // "Ada L." would end the sentence.
    latin && name.chars().count() > 2 && !name.ends_with('.')
}

fn years(era: &Era) -> String {
    if era.from == era.to {
        format!("in {}", era.from)
    } else {
        format!("from {} to {}", era.from, era.to)
    }
}

/// Words by which the repository itself calls its parts: a subject of the log that is none of them tells a listener nothing.
fn words_of_the_work(source: &Source<'_>) -> HashSet<String> {
    let analysis = source.analysis;
    let explained = &analysis.explained;
    let texts = analysis
        .modules
        .iter()
        .map(|module| module.path.as_str())
        .chain(analysis.definitions.iter().map(|found| found.words.as_str()))
        .chain(analysis.key_files.iter().map(|file| file.path.as_str()))
        .chain(explained.held.iter().map(|held| held.file.as_str()))
        .chain(
            explained
                .passages
                .iter()
                .flat_map(|passage| [passage.heading.as_str(), passage.file.as_str()]),
        )
        .chain(explained.declared.iter().map(|found| found.name.as_str()))
        .chain(explained.promises.iter().map(|promise| promise.subject.as_str()))
        .chain(
            analysis
                .dependencies
                .iter()
                .map(|dependency| dependency.name.as_str()),
        );

    texts
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
        .filter(|word| word.len() > 3)
        .map(stem)
        .collect()
}

/// A word without its plural, in small letters.
fn stem(word: &str) -> String {
    word.to_lowercase().trim_end_matches('s').to_owned()
}

fn listed_themes(themes: &[String], known: &HashSet<String>, name: &str) -> String {
    // Words of every log, and the name of the whole.
    const OF_ANY: [&str; 14] = [
        "example", "error", "time", "text", "file", "name", "test", "code", "command", "function", "string",
        "delete", "number", "version",
    ];
    let mut heard: HashSet<String> = name.split(['-', '_', '.']).map(stem).collect();
    let of_the_work = |theme: &&String| theme.split('-').any(|word| known.contains(&stem(word)));
    let said: Vec<String> = themes
        .iter()
        .filter(of_the_work)
        .filter(|theme| !OF_ANY.contains(&stem(theme).as_str()) && heard.insert(stem(theme)))
        .map(|word| speakable(word))
        .filter(|word| prose::is_sayable(word))
        .take(THEMES)
        .collect();

    // Two words of many say nothing.
    if said.len() < 3 {
        String::new()
    } else {
        grammar::list(&said)
    }
}

/// "New: add gates" is told without its label, which the change says itself.
fn without_label(text: &str) -> &str {
    match text.split_once(": ") {
        Some((label, rest)) if label.split_whitespace().count() < 4 => rest,
        _ => text,
    }
}

fn milestones(source: &Source<'_>) -> Group {
    let mut telling = Telling::new("its releases", 0.4, 0.4);
    for milestone in source
        .analysis
        .explained
        .milestones
        .iter()
        .take(1 + 2 * source.reach())
    {
        for change in milestone.changes.iter().take(2) {
            let text = speakable(without_label(&change.text));
            let text = text.trim_end_matches(['.', ' ', ':', ',']).to_owned();
            if (3..=30).contains(&text.split_whitespace().count())
                && prose::is_sayable(&text)
                && prose::is_english(&text)
            {
                let slots = [
                    ("version", milestone.version.clone()),
                    ("change", prose::lower_first(&text)),
                ];
                telling.tell_from(Kind::Milestone, slots, vec![change.clone()]);
            }
        }
    }

    telling.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_theme_is_named_once_and_is_no_word_of_every_log() {
        let known = ["gate", "wheel", "tide", "mill", "error"]
            .map(stem)
            .into_iter()
            .collect();
        let themes = ["gates", "gate", "errors", "mill", "wheel", "tide"].map(str::to_owned);
        assert_eq!(listed_themes(&themes, &known, "mill"), "gates, wheel and tide");
        assert_eq!(without_label("New: add gates of wood"), "add gates of wood");
    }
}
