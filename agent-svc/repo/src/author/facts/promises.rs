//! Tests as what they promise, and what is declared with a description.

use super::{Group, Source, Telling};
use crate::analysis::model::{Declared, DeclaredKind, Material, Remark};
use crate::analysis::places;
use crate::analysis::routes::asks_for_health;
use crate::author::grammar::{self, prose};
use crate::author::model::Depth;
use crate::author::phrase::Kind;
use crate::narration::speakable::{names, speakable};

pub(super) fn tell(source: &Source<'_>) -> Vec<Group> {
    let promises = &source.analysis.explained.promises;
    let mut telling = Telling::new("the tests", 0.0, 0.3);
    let mut subjects: Vec<(String, Remark)> = Vec::new();
    for promise in promises.iter().take(8) {
        let words = speakable(&promise.subject)
            .trim_end_matches(['.', ' ', ':'])
            .to_owned();
        // "tutorial001" is one of a row, and no subject.
        let numbered = words
            .as_bytes()
            .windows(2)
            .any(|pair| pair.iter().all(u8::is_ascii_digit));
        let fits = (1..=6).contains(&words.split_whitespace().count()) && words.len() > 2;
        if fits && !numbered && prose::is_sayable(&words) {
            let place = Remark {
                text: promise.subject.clone(),
                file: promise.file.clone(),
                line: promise.rules.first().map_or(1, |rule| rule.line),
            };
            subjects.push((prose::lower_first(&words), place));
        }
    }
    subjects.truncate(4);
    if subjects.len() > 1 {
        let listed: Vec<&String> = subjects.iter().map(|(words, _)| words).collect();
        let sources = subjects.iter().map(|(_, place)| place.clone()).collect();
        telling.tell_from(Kind::Promises, [("subjects", grammar::list(&listed))], sources);
    }
    if source.is(Depth::Beginner) && !promises.is_empty() {
        let gloss = "a test is a small program that asks the code a question and knows the right answer";
        telling.tell(Kind::Gloss, [("gloss", gloss.to_owned())]);
    }

    // One rule of every subject before the second of any.
    let mut told = 0;
    for place in 0..3 {
        for promise in promises.iter().take(10) {
            let Some(rule) = promise.rules.get(place).filter(|_| told < 2 + 2 * source.reach()) else {
                continue;
            };
            let text = speakable(&rule.text)
                .trim_end_matches(['.', ' ', '!', ':'])
                .to_owned();
            // A title is quoted, or not told.
            if (4..=18).contains(&text.split_whitespace().count())
                && prose::is_sayable(&text)
                && prose::is_english(&text)
                && prose::is_verbatim(&text, &rule.text)
            {
                let kind = if told == 0 { Kind::Rule } else { Kind::RuleMore };
                telling.tell_from(kind, [("rule", text)], vec![rule.clone()]);
                told += 1;
            }
        }
    }

    vec![telling.finish()]
        .into_iter()
        .filter(|group| !group.facts.is_empty())
        .collect()
}

/// Inputs, resources, outputs, flags, columns and settings.
pub(super) fn declared(source: &Source<'_>) -> Vec<Group> {
    let declared = &source.analysis.explained.declared;
    let mut groups = Vec::new();
    for (place, kind) in [
        DeclaredKind::Resource,
        DeclaredKind::Input,
        DeclaredKind::Command,
        DeclaredKind::Option,
        DeclaredKind::Setting,
        DeclaredKind::Column,
        DeclaredKind::Table,
        DeclaredKind::Output,
    ]
    .into_iter()
    .enumerate()
    {
        let own: Vec<&Declared> = declared.iter().filter(|found| found.kind == kind).collect();
        let later = if kind == DeclaredKind::Output { 2.0 } else { 0.0 };
        // A function of an install script is no shortcut of anybody.
        let elsewhere =
            kind == DeclaredKind::Setting && source.analysis.explained.material != Material::Configuration;
        if kind != DeclaredKind::Column && !elsewhere {
            groups.push(of_kind(source, kind, &own, place as f64 * 0.3 + later));
        }
    }
    groups.extend(columns(source));
    groups.push(pages(declared));
    groups.push(limits(source, declared));
    groups.push(routes(source));
    groups.retain(|group| !group.facts.is_empty());

    groups
}

/// The columns of each table, where tables are what it is about: elsewhere a table is something of its own.
fn columns(source: &Source<'_>) -> Vec<Group> {
    let explained = &source.analysis.explained;
    if !matches!(explained.material, Material::Data | Material::Teaching) {
        return Vec::new();
    }
    let own: Vec<&Declared> = explained
        .declared
        .iter()
        .filter(|found| found.kind == DeclaredKind::Column)
        .collect();
    let mut files: Vec<&str> = Vec::new();
    for found in &own {
        if !files.contains(&found.file.as_str()) {
            files.push(&found.file);
        }
    }
    let of_file = |file: &str| -> Vec<&Declared> {
        let here = own.iter().filter(|found| found.file == file);
        here.copied().collect()
    };
    // What is described, or has most of them, is the data; a small table beside it is not.
    files.sort_by_key(|file| {
        let columns = of_file(file);
        let described = columns.iter().filter(|found| !found.note.is_empty()).count();
        std::cmp::Reverse(described * 3 + columns.len().min(12))
    });

    files
        .into_iter()
        .take(1 + source.reach())
        .enumerate()
        .map(|(at, file)| {
            of_kind(
                source,
                DeclaredKind::Column,
                &of_file(file),
                0.2 + at as f64 * 0.4,
            )
        })
        .collect()
}

/// Numbers that bound it, a file's in one breath.
fn limits(source: &Source<'_>, declared: &[Declared]) -> Group {
    let mut telling = Telling::new("the limits", 1.0, 0.6);
    let limits = || declared.iter().filter(|found| found.kind == DeclaredKind::Limit);
    // What has several values depends on how it is built.
    let fixed = |found: &&Declared| {
        let same = limits().filter(|other| other.name == found.name);
        same.count() == 1
    };
    let own: Vec<&Declared> = limits()
        .filter(|found| !places::is_aside(&found.file))
        // `lv_conf.h` sets what a library of somebody else's is built with.
        .filter(|found| {
            let name = found.file.rsplit('/').next().unwrap_or_default().to_lowercase();
            !(name.ends_with(".h") && name.contains("conf"))
        })
        // `HTTP_408_TIMEOUT = 408` bounds nothing.
        .filter(|found| !found.name.contains(found.note.as_str()))
        .filter(fixed)
        .collect();
    let mut files: Vec<&str> = own.iter().map(|found| found.file.as_str()).collect();
    files.dedup();
    let count = |file: &str| own.iter().filter(|found| found.file == file).count();
    files.sort_by_key(|file| std::cmp::Reverse(count(file)));
    for file in files.into_iter().take(2) {
        let here: Vec<&Declared> = own
            .iter()
            .filter(|found| found.file == file)
            .copied()
            .take(6)
            .collect();
        let said: Vec<String> = here
            .iter()
            .map(|found| {
                let name = prose::lower_first(&names::identifier(&found.name));
                format!("{name} {}", found.note)
            })
            .filter(|said| prose::is_sayable(said))
            .collect();
        let sources = here
            .iter()
            .map(|found| Remark {
                text: format!("{} {}", found.name, found.note),
                file: found.file.clone(),
                line: found.line,
            })
            .collect();
        if said.len() > 1 {
            telling.tell_from(
                Kind::Limits,
                [("items", said.join("; ")), ("file", source.file(file))],
                sources,
            );
        }
    }

    telling.finish()
}

/// What a front end shows at which address; what is shown everywhere is told once, by its innermost page.
fn pages(declared: &[Declared]) -> Group {
    let mut telling = Telling::new("the pages", 0.2, 0.4);
    let mut own: Vec<&Declared> = Vec::new();
    for page in declared.iter().filter(|found| found.kind == DeclaredKind::Page) {
        own.retain(|known| known.name != page.name);
        own.push(page);
    }
    for chunk in own.chunks(6).take(3).filter(|chunk| chunk.len() > 1) {
        let items: Vec<String> = chunk
            .iter()
            .map(|page| format!("{} at {}", page.note, plain_route(&page.name)))
            .collect();
        let sources = chunk
            .iter()
            .map(|page| Remark {
                text: page.name.clone(),
                file: page.file.clone(),
                line: page.line,
            })
            .collect();
        telling.tell_from(
            Kind::Declared,
            [("nouns", "pages".to_owned()), ("names", grammar::list(&items))],
            sources,
        );
    }

    telling.finish()
}

/// The routes that are declared in each file.
fn routes(source: &Source<'_>) -> Group {
    let mut telling = Telling::new("the routes", 0.4, 0.5);
    let routes: Vec<_> = source
        .analysis
        .routes
        .iter()
        .filter(|route| !places::is_aside(&route.file) && !asks_for_health(&route.path))
        .collect();
    let answers = matches!(
        source.analysis.explained.material,
        Material::Server | Material::WebApplication
    );
    if routes.len() < 3 || !answers {
        return telling.finish();
    }

    let mut files: Vec<&str> = Vec::new();
    for route in &routes {
        if !files.contains(&route.file.as_str()) {
            files.push(&route.file);
        }
    }
    let own = |file: &str| routes.iter().filter(move |route| route.file == file).count();
    files.sort_by_key(|file| std::cmp::Reverse(own(file)));
    for file in files.into_iter().take(1 + 2 * source.reach()) {
        let mut said: Vec<String> = Vec::new();
        let mut sources: Vec<Remark> = Vec::new();
        for route in routes.iter().filter(|route| route.file == file) {
            let method = if route.method == "ANY" {
                ""
            } else {
                route.method.as_str()
            };
            let words = format!("{method} {}", plain_route(&route.path)).trim().to_owned();
            // "POST /boats to make boat": a handler that is called by what it does says so.
            let acts = route
                .handler
                .as_deref()
                .and_then(|name| name.rsplit(['.', ':']).next())
                .map(|name| prose::lower_first(&names::identifier(name)))
                .filter(|name| name.contains(' ') && prose::starts_as_order(name) && prose::is_sayable(name))
                .filter(|name| name.split(' ').all(|word| word.len() > 1));
            let words = acts.map_or_else(|| words.clone(), |acts| format!("{words} to {acts}"));
            if said.len() < 6 && words.len() > 1 && !said.contains(&words) {
                said.push(words);
                sources.push(Remark {
                    text: format!("{} {}", route.method, route.path),
                    file: route.file.clone(),
                    line: route.line,
                });
            }
        }
        if said.len() > 1 {
            let nouns = format!("routes in {}", source.file(file));
            telling.tell_from(
                Kind::Declared,
                [("nouns", nouns), ("names", grammar::list(&said))],
                sources,
            );
        }
    }

    telling.finish()
}

/// `/boats/<int:id>`, `/boats/{id}` and `/boats/[id]` are one way of saying `/boats/:id`.
pub(super) fn plain_route(path: &str) -> String {
    let parts = path.split('/').map(|part| {
        let inner = part
            .strip_prefix(['<', '{', '['])
            .and_then(|rest| rest.strip_suffix(['>', '}', ']']))
            .map(|name| {
                name.rsplit(':')
                    .next()
                    .unwrap_or(name)
                    .trim_matches(['.', '*', '?', '$'])
            });
        inner.map_or_else(|| part.to_owned(), |name| format!(":{name}"))
    });

    parts.collect::<Vec<_>>().join("/")
}

fn of_kind(source: &Source<'_>, kind: DeclaredKind, own: &[&Declared], rank: f64) -> Group {
    let (title, noun) = match kind {
        DeclaredKind::Resource => ("the resources", "resource"),
        DeclaredKind::Input => ("the inputs", "input"),
        DeclaredKind::Option => ("the flags", "flag"),
        DeclaredKind::Command => ("the commands", "command"),
        DeclaredKind::Setting => ("the settings", "setting"),
        DeclaredKind::Column => ("the columns", "column"),
        DeclaredKind::Output => ("the outputs", "output"),
        DeclaredKind::Field => ("the fields", "field"),
        DeclaredKind::Table => ("the tables", "database table"),
        DeclaredKind::Page => ("the pages", "page"),
        DeclaredKind::Limit => ("the limits", "limit"),
    };
    let mut telling = Telling::new(title, rank, 0.3);

    let place = |found: &Declared| Remark {
        text: if found.note.is_empty() {
            found.name.clone()
        } else {
            found.note.clone()
        },
        file: found.file.clone(),
        line: found.line,
    };
    let mut bare: Vec<&&Declared> = own.iter().filter(|found| found.note.is_empty()).collect();
    bare.truncate(if kind == DeclaredKind::Column { 10 } else { 6 });
    let named: Vec<String> = bare
        .iter()
        .map(|found| match kind {
            // The name of a class is written as it is.
            DeclaredKind::Table => found.name.clone(),
            _ => prose::lower_first(&names::identifier(&found.name)),
        })
        .filter(|name| prose::is_sayable(name) && name.len() > 1)
        .collect();
    if named.len() > 1 {
        let sources = bare.iter().map(|found| place(found)).collect();
        let nouns = match (kind, own.first()) {
            (DeclaredKind::Column, Some(first)) => format!("columns of {}", source.file(&first.file)),
            _ => format!("{noun}s"),
        };
        telling.tell_from(
            Kind::Declared,
            [("nouns", nouns), ("names", grammar::list(&named))],
            sources,
        );
    }

    for found in own
        .iter()
        // "Type [text, json]" would lose its marks.
        .filter(|found| !found.note.is_empty() && !found.note.contains("::") && !found.note.contains('['))
        .take(6 + 4 * source.reach())
    {
        let note = crate::analysis::prose::first_sentence(&found.note);
        let note = speakable(&note)
            .trim_end_matches(['.', ' ', ':', ',', '!'])
            .to_owned();
        let name = prose::lower_first(&names::identifier(&found.name));
        let fits = (2..=36).contains(&note.split_whitespace().count())
            && prose::is_sayable(&note)
            && prose::is_sayable(&name);
        // A comment beside a resource is no description of it, and "fail to join nodes" the end of one.
        let whole = match kind {
            DeclaredKind::Resource => prose::is_statement(&note),
            // "Thanks to somebody's dotfiles" stands above a setting, too.
            DeclaredKind::Setting => {
                let first = note.split_whitespace().next().unwrap_or_default().to_lowercase();
                prose::starts_as_order(&note) || prose::is_third_person(&first) || prose::is_statement(&note)
            }
            _ => true,
        };
        if fits && whole && prose::is_english(&note) {
            // "tide gate: tide gate is a workaround" says the name once.
            if note
                .to_lowercase()
                .starts_with(&format!("{} is ", name.to_lowercase()))
                && prose::is_statement(&note)
            {
                telling.tell_from(Kind::Told, [("says", note)], vec![place(found)]);
                continue;
            }
            let slots = [
                ("noun", noun.to_owned()),
                ("decl", name),
                ("note", prose::lower_first(&note)),
            ];
            telling.tell_from(Kind::DeclaredAs, slots, vec![place(found)]);
        }
    }

    telling.finish()
}
