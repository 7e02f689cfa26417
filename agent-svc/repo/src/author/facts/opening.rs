//! What it is, in its own words and in numbers. Slots: name, kind, lang, does, says, items, lines, files, …

use super::{Group, Source, Telling, quote_doc};
use crate::analysis::model::ProjectKind;
use crate::author::grammar::{self, prose};
use crate::author::model::Depth;
use crate::author::phrase::Kind;
use crate::narration::speakable::speakable;

const QUOTES: usize = 16;

pub(super) fn tell(source: &Source<'_>) -> Vec<Group> {
    let mut groups = vec![identity(source)];
    let quotes = readme(source);
    if !quotes.facts.is_empty() {
        groups.push(quotes);
    }
    groups.push(numbers(source));
    groups.retain(|group| !group.facts.is_empty());
    groups
}

fn identity(source: &Source<'_>) -> Group {
    let analysis = source.analysis;
    let mut telling = Telling::new(source.name.clone(), 0.0, 0.1);
    telling.tell(
        Kind::Welcome,
        [(
            "minutes",
            grammar::number(u64::from(source.wish.duration_minutes.max(1))),
        )],
    );

    if analysis.files_total == 0 {
        telling.tell(Kind::Empty, []);
        return telling.finish();
    }

    if analysis.kind == ProjectKind::Opaque {
        telling.tell(
            Kind::Opaque,
            [("files", grammar::count(analysis.files_total, "file", "files"))],
        );
        return telling.finish();
    }

    telling.tell(Kind::WhatIs, []);

    if let Some(said) = description(source) {
        telling.tell(Kind::Describe, [said]);
    }

    match source.wish.technical_depth {
        Depth::Beginner => telling.tell(Kind::DepthBeginner, []),
        Depth::Intermediate => &mut telling,
        Depth::Advanced => telling.tell(Kind::DepthAdvanced, []),
    };

    for focus in &source.focus.found {
        telling
            .tell(
                Kind::FocusFound,
                [("focus", focus.wanted.clone()), ("places", focus.places.clone())],
            )
            .sooner(1.0);
    }

    for missing in &source.focus.missing {
        telling
            .tell(Kind::FocusMissing, [("focus", missing.clone())])
            .sooner(1.0);
    }

    if source.is(Depth::Beginner) {
        gloss(&mut telling, analysis.kind);
    }

    telling.finish()
}

/// What the repository calls itself: a predicate, or else its own line, quoted.
fn description(source: &Source<'_>) -> Option<(&'static str, String)> {
    let repo = &source.analysis.repo;
    let text = repo
        .description
        .as_deref()
        .filter(|text| prose::is_english(text))?;

    quote_doc(&repo.name, Some(text)).or_else(|| {
        let plain = speakable(text);
        let line = crate::narration::cut::sentences(&plain)
            .first()?
            .trim_end_matches(['.', '!', ' '])
            .to_owned();
        let fits = (3..=30).contains(&line.split_whitespace().count()) && prose::is_sayable(&line);
        fits.then_some(("says", line))
    })
}

/// The words of the read-me, quoted sentence by sentence.
fn readme(source: &Source<'_>) -> Group {
    let mut telling = Telling::new("the read-me", 1.0, 0.7);
    let Some(readme) = &source.analysis.readme else {
        return telling.finish();
    };
    let text = readme.paragraphs.join("\n\n");
    if !prose::is_english(&text) {
        return telling.finish();
    }

    let described = source
        .analysis
        .repo
        .description
        .as_deref()
        .map(speakable)
        .unwrap_or_default()
        .to_lowercase();

    let quotes = prose::quotable(&text);
    let quotes = quotes
        .iter()
        .filter(|quote| !described.contains(&quote.to_lowercase()))
        .take(QUOTES);
    for (index, quote) in quotes.enumerate() {
        let kind = if index == 0 {
            Kind::ReadmeSays
        } else {
            Kind::ReadmeMore
        };
        telling.add_about(kind, [("says", quote.clone())], vec![readme.path.clone()]);
    }

    let items: Vec<String> = readme
        .highlights
        .iter()
        .map(|item| speakable(item).trim_end_matches('.').to_owned())
        .map(|item| prose::lower_first(&item))
        .filter(|item| {
            (8..=70).contains(&item.chars().count())
                && prose::is_sayable(item)
                && !item.contains(['.', ':', ','])
        })
        .take(4)
        .collect();
    if items.len() > 1 {
        telling.add_about(
            Kind::Highlights,
            [("items", grammar::list(&items))],
            vec![readme.path.clone()],
        );
    }

    telling.finish()
}

fn numbers(source: &Source<'_>) -> Group {
    let analysis = source.analysis;
    let mut telling = Telling::new("the numbers", 1.2, 1.0);
    let code = analysis.code_lines();
    if code > 1 {
        telling.tell(
            Kind::Size,
            [
                ("lines", grammar::count(code, "line of code", "lines of code")),
                ("files", grammar::count(analysis.code_files(), "file", "files")),
            ],
        );
    }

    if source.is(Depth::Beginner) && code > 500 {
        let pages = grammar::count(code.div_ceil(50), "page", "pages");
        telling.tell(
            Kind::Aside,
            [(
                "aside",
                format!("printed at fifty lines to the page, that would fill {pages}"),
            )],
        );
    }

    if let [first, rest @ ..] = analysis.languages.as_slice() {
        let others: Vec<&str> = rest
            .iter()
            .filter(|l| l.share > 0.01)
            .map(|l| l.name.as_str())
            .take(4)
            .collect();
        let others = grammar::list(&others);
        telling.tell(
            Kind::Languages,
            [
                ("main", first.name.clone()),
                (
                    "share",
                    if others.is_empty() {
                        String::new()
                    } else {
                        grammar::share(first.share).to_owned()
                    },
                ),
                ("others", others),
                (
                    "only",
                    if rest.is_empty() {
                        first.name.clone()
                    } else {
                        String::new()
                    },
                ),
            ],
        );
    }

    standing(source, &mut telling);

    telling.finish()
}

/// What others think of it, and on which terms they may use it.
fn standing(source: &Source<'_>, telling: &mut Telling) {
    let analysis = source.analysis;
    if let Some(github) = &analysis.github {
        if github.stars > 0 {
            telling.tell(
                Kind::Stars,
                [
                    ("stars", grammar::count(github.stars, "star", "stars")),
                    (
                        "forks",
                        if github.forks > 0 {
                            grammar::count(github.forks, "fork", "forks")
                        } else {
                            String::new()
                        },
                    ),
                ],
            );
        }

        let topics: Vec<String> = github
            .topics
            .iter()
            .map(|topic| topic.replace('-', " "))
            .take(5)
            .collect();

        telling.maybe(
            Kind::Topics,
            (topics.len() > 1).then(|| [("topics", grammar::list(&topics))]),
        );
    }

    if let Some(licence) = &analysis.licence {
        let [one, choice, terms] = terms(&licence.spdx);
        telling.add_about(
            Kind::Licence,
            [("licence", one), ("licences", choice), ("terms", terms)],
            licence.evidence.iter().take(1).cloned().collect(),
        );
    }
}

/// How a licence expression is said: one licence, a choice of several, or terms that hold together. One of the three.
fn terms(spdx: &str) -> [String; 3] {
    let spdx = spdx.replace(['(', ')'], "").replace(" WITH ", " with ");
    let none = String::new;
    if spdx.contains(" AND ") {
        let all: Vec<&str> = spdx.split(" AND ").collect();
        let all = grammar::list(&all).replace(" OR ", " or ");
        return [none(), none(), format!("the terms of {all}")];
    }

    let choice: Vec<&str> = spdx.split(" OR ").collect();
    match choice.as_slice() {
        [one] => [(*one).to_owned(), none(), none()],
        [most @ .., last] => [none(), format!("{} or {last}", most.join(", ")), none()],
        [] => [none(), none(), none()],
    }
}

/// For listeners who are new to it: what kind of thing this is.
fn gloss(telling: &mut Telling, kind: ProjectKind) {
    let gloss = match kind {
        ProjectKind::Library => {
            "a library is code that other programs borrow, so that they need not write it again"
        }
        ProjectKind::Service => "a service is a program that waits for requests and answers each of them",
        ProjectKind::CommandLineTool => "a command-line tool is a program that is started by typing its name",
        ProjectKind::WebFrontend => "a front end is the part of a web site that runs in the reader's browser",
        ProjectKind::Application => "an application is a program that people open and use directly",
        ProjectKind::Workspace => "a workspace is one repository in which several packages live side by side",
        ProjectKind::Documentation | ProjectKind::Data | ProjectKind::Opaque | ProjectKind::Code => {
            "a repository is a folder of files that remembers every change ever made to it"
        }
    };

    telling
        .tell(Kind::Gloss, [("gloss", gloss.to_owned())])
        .sooner(0.5);
}
