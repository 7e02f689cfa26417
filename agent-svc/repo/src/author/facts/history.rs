//! How it grew and who made it, from its commits. Slots: born, commits, span, people, person, year, subject, file, …

use super::{Group, Source, Telling};
use crate::analysis::model::History;
use crate::author::grammar::{self, prose};
use crate::author::model::Depth;
use crate::author::phrase::Kind;
use crate::narration::speakable::speakable;

pub(super) fn tell(source: &Source<'_>) -> Vec<Group> {
    let Some(history) = source
        .analysis
        .history
        .as_ref()
        .filter(|history| history.commits > 0)
    else {
        return Vec::new();
    };
    if history.commits == 1 {
        let mut telling = Telling::new("the beginning", 0.0, 0.5);
        telling.tell(Kind::OneCommit, [("last", grammar::month(history.last_at))]);
        return vec![telling.finish()];
    }

    let mut groups = vec![
        beginning(source, history),
        people(history),
        pace(history),
        now(source, history),
    ];

    groups.retain(|group| !group.facts.is_empty());

    groups
}

fn beginning(source: &Source<'_>, history: &History) -> Group {
    let mut telling = Telling::new("the beginning", 0.0, 0.5);
    telling.tell(Kind::OpenHistory, []);

    let commits = grammar::count(history.commits, "commit", "commits");
    let least = if history.capped {
        format!("at least {commits}")
    } else {
        commits
    };
    if history.capped {
        telling.tell(
            Kind::Growth,
            [("commits", least), ("last", grammar::month(history.last_at))],
        );
    } else {
        telling.tell(Kind::Born, [("born", grammar::month(history.first_at))]);

        if let Some(subject) = history.first_subject.as_deref().and_then(subject) {
            telling.tell(Kind::FirstCommit, [("subject", subject)]);
        }

        telling.tell(
            Kind::Growth,
            [
                ("commits", least),
                ("span", grammar::span(history.first_at, history.last_at)),
                ("last", grammar::month(history.last_at)),
            ],
        );
    }

    if source.is(Depth::Beginner) {
        let gloss = "a commit is one saved change, with a note by the person who made it";
        telling.tell(Kind::Gloss, [("gloss", gloss.to_owned())]);
    }

    if history.merge_commits > 10 && source.is(Depth::Advanced) {
        telling
            .tell(
                Kind::Merges,
                [("merges", grammar::round_number(history.merge_commits))],
            )
            .sooner(-1.5);
    }

    telling.finish()
}

fn people(history: &History) -> Group {
    let mut telling = Telling::new("the people", 0.4, 0.5);
    let named: Vec<_> = history
        .contributors
        .iter()
        .filter(|person| {
            prose::is_sayable(&person.name) && !person.name.contains(|c: char| c.is_ascii_digit())
        })
        .collect();
    let Some(first) = named.first() else {
        return telling.finish();
    };
    if history.contributors_count == 1 {
        telling.tell(Kind::Solo, [("person", first.name.clone())]);
        return telling.finish();
    }

    telling.tell(
        Kind::PeopleCount,
        [(
            "people",
            grammar::count(history.contributors_count, "person", "people"),
        )],
    );

    let share = first.commits as f64 / history.commits.max(1) as f64;
    telling.tell(
        Kind::TopPerson,
        [
            ("person", first.name.clone()),
            ("commits", grammar::count(first.commits, "commit", "commits")),
            (
                "share",
                if share >= 0.16 {
                    grammar::share(share).to_owned()
                } else {
                    String::new()
                },
            ),
        ],
    );

    let others: Vec<&str> = named
        .iter()
        .skip(1)
        .take(4)
        .map(|person| person.name.as_str())
        .collect();

    telling.maybe(
        Kind::OtherPeople,
        (!others.is_empty()).then(|| [("persons", grammar::list(&others))]),
    );

    telling.finish()
}

fn pace(history: &History) -> Group {
    let mut telling = Telling::new("the pace", 1.4, 0.8);
    if let Some(busiest) = history
        .years
        .iter()
        .max_by_key(|year| year.commits)
        .filter(|_| history.years.len() > 1)
    {
        telling.tell(
            Kind::BusiestYear,
            [
                ("year", busiest.year.to_string()),
                ("commits", grammar::count(busiest.commits, "commit", "commits")),
            ],
        );
    }

    let recent: u64 = history.pace.iter().map(|month| month.commits).sum();
    if recent > 1 && recent < history.commits {
        telling.tell(
            Kind::RecentPace,
            [
                ("commits", grammar::count(recent, "commit", "commits")),
                ("last", grammar::month(history.last_at)),
            ],
        );
    }

    if history.tags_count > 0 {
        let latest = history
            .tags
            .first()
            .map(|tag| speakable(&tag.name))
            .filter(|name| prose::is_sayable(name));

        let dated = history
            .tags
            .first()
            .and_then(|tag| tag.at)
            .map(grammar::month)
            .unwrap_or_default();

        telling.tell(
            Kind::Releases,
            [
                ("tags", grammar::count(history.tags_count, "release", "releases")),
                ("latest", latest.unwrap_or_default()),
                ("dated", dated),
            ],
        );
    }

    telling.finish()
}

fn now(source: &Source<'_>, history: &History) -> Group {
    let mut telling = Telling::new("the newest changes", 1.8, 0.6);
    for subject in history
        .recent_subjects
        .iter()
        .filter_map(|text| subject(text))
        .take(5)
    {
        telling.tell(Kind::RecentWork, [("subject", subject)]);
    }

    for busy in history
        .busiest_files
        .iter()
        .filter(|busy| busy.changes > 2)
        .take(3)
    {
        telling.add_about(
            Kind::BusyFile,
            [
                ("file", source.file(&busy.path)),
                ("changes", grammar::count(busy.changes, "time", "times")),
                ("compared", grammar::round_number(history.recent_commits_compared)),
            ],
            vec![busy.path.clone()],
        );
    }

    telling.finish()
}

/// A commit's subject without its ticket numbers and conventional prefix, in quotable words.
fn subject(text: &str) -> Option<String> {
    let bare = match text.split_once(": ") {
        Some((prefix, rest)) if prefix.len() < 24 && !prefix.contains(' ') => rest,
        _ => text,
    };
    let bare = bare.split(" (#").next().unwrap_or_default();
    let said = speakable(bare).trim_end_matches('.').to_owned();
    let fits = (10..=90).contains(&said.chars().count()) && prose::is_sayable(&said) && prose_like(&said);
    fits.then_some(said)
}

fn prose_like(text: &str) -> bool {
    text.split_whitespace().count() >= 3 && !text.contains(['#', '@', '"'])
}
