//! How it grew: stretches of years with their leaders, releases that changed much. Only dates that are known.

use chrono::Datelike;

use super::{Group, Source, Telling};
use crate::analysis::model::{Era, History};
use crate::author::grammar::{self, prose};
use crate::author::phrase::Kind;
use crate::narration::speakable::speakable;

/// So few commits are told one by one.
const FEW_COMMITS: u64 = 40;
const SUBJECTS: usize = 7;

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
    let mut before: Option<&Era> = None;
    for era in told_eras(source, &eras) {
        // From oneself nothing is taken over.
        if before.is_some_and(|before| before.leader == era.leader) {
            continue;
        }
        // Between them somebody else may have led.
        let follows = before.is_some_and(|before| before.to + 1 >= era.from);
        before = Some(era);
        let years = years(era);
        let most = era.led * 2 > era.commits;
        let kind = match (follows, most) {
            (false, true) => Kind::Era,
            (false, false) => Kind::EraShared,
            (true, true) => Kind::EraNext,
            (true, false) => Kind::EraNextShared,
        };
        if history.contributors_count > 1 && eras.len() > 1 {
            telling.tell(kind, [("person", era.leader.clone()), ("years", years)]);
        }
    }

    few_subjects(history, &mut telling);

    telling.finish()
}

/// Of many stretches a short story tells the first and the last: who began it, and who carries it now.
fn told_eras<'e>(source: &Source<'_>, eras: &'e [&'e Era]) -> impl Iterator<Item = &'e Era> {
    // Who led first and leads again took nothing over.
    let again = eras.first().map(|era| &era.leader) == eras.last().map(|era| &era.leader);
    let all = eras.len() < 3 || source.reach() > 1 || again;
    let last = eras.len().saturating_sub(1);

    eras.iter()
        .enumerate()
        .filter(move |(at, _)| all || *at == 0 || *at == last)
        .map(|(_, era)| *era)
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
        // "Fix the gate. #60" ends in a number of another place.
        .filter(|subject| !chore(&subject.to_lowercase()) && !subject.contains('#'));
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

/// "Add gates", "removed the wheel", "supports boats".
fn is_a_change(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default().to_lowercase();
    let done = first.len() > 4 && first.ends_with("ed");
    let named = [
        "support", "new", "drop", "breaking", "rewrote", "rewrite", "initial",
    ]
    .contains(&first.as_str());

    done || named || prose::starts_as_order(text) || prose::is_third_person(&first)
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
            // The title of an issue ("the gate leaks at night") is no change.
            if !is_a_change(&text) {
                continue;
            }
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
    fn a_change_is_told_without_its_label_and_the_title_of_an_issue_is_none() {
        assert!(is_a_change("removed the old gate") && !is_a_change("the gate leaks at night"));
        assert_eq!(without_label("New: add gates of wood"), "add gates of wood");
    }
}
