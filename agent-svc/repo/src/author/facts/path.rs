//! The path of one call: where it starts, which names callers meet, and through which modules it goes.

use super::{Group, Source, Telling, modules, quote_doc};
use crate::analysis::model::{EntryPointKind, Module};
use crate::author::grammar::{self, prose};
use crate::author::model::Depth;
use crate::author::phrase::Kind;
use crate::narration::speakable::{names, speakable};

pub(super) fn tell(source: &Source<'_>) -> Vec<Group> {
    let mut groups = vec![
        entries(source),
        chain(source),
        routes(source),
        public_names(source),
    ];
    groups.retain(|group| !group.facts.is_empty());
    groups
}

fn entries(source: &Source<'_>) -> Group {
    let analysis = source.analysis;
    let mut telling = Telling::new("the way in", 0.0, 0.6);
    if analysis.entry_points.is_empty() {
        return telling.finish();
    }

    telling.tell(Kind::OpenPath, []);

    if source.is(Depth::Beginner) {
        let gloss = "an entry point is the file that the computer reads first";
        telling
            .tell(Kind::Gloss, [("gloss", gloss.to_owned())])
            .sooner(-0.5);
    }

    for (index, entry) in analysis.entry_points.iter().take(4).enumerate() {
        let what = match entry.kind {
            EntryPointKind::Program => "program",
            EntryPointKind::Server => "server",
            EntryPointKind::Library => "library",
            EntryPointKind::Script => "script",
            EntryPointKind::Page => "page",
        };

        let evidence = prose::lower_first(speakable(&entry.evidence).trim_end_matches('.'));
        let file = source.file(&entry.path);
        let evidence = if prose::is_sayable(&evidence) && !evidence.contains(&file) {
            evidence
        } else {
            String::new()
        };

        let called = entry.name.as_deref().map(super::spoken_name).unwrap_or_default();
        let kind = if index == 0 { Kind::Entry } else { Kind::EntryMore };
        telling.add_about(
            kind,
            [
                ("file", file),
                ("what", what.to_owned()),
                ("evidence", evidence),
                ("called", called),
            ],
            vec![entry.path.clone()],
        );
    }

    telling.finish()
}

/// A walk along what the central modules import.
fn chain(source: &Source<'_>) -> Group {
    let analysis = source.analysis;
    let mut telling = Telling::new("the way through", 0.5, 0.7);
    let by_path = |path: &str| analysis.modules.iter().find(|module| module.path == path);
    let product = |module: &&Module| module.role.is_product();
    // The walk sets out from where the program or the library does; without that there is no way through.
    let holds = |module: &&Module, path: &str| {
        let rest = path.strip_prefix(module.path.as_str());
        module.path == "." || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '.']))
    };
    let start = analysis.entry_points.first().and_then(|entry| {
        let around = analysis.modules.iter().filter(product);
        around
            .filter(|module| holds(module, &entry.path))
            .max_by_key(|module| if module.path == "." { 0 } else { module.path.len() })
            .filter(|module| !module.depends_on.is_empty())
    });

    if let Some(start) = start {
        let second = start
            .depends_on
            .iter()
            .find_map(|path| by_path(path).filter(product));

        let third = second.and_then(|second| {
            second
                .depends_on
                .iter()
                .filter(|path| **path != start.path)
                .find_map(|path| by_path(path).filter(product))
        });

        if let Some(second) = second {
            let called = |module: &Module| modules::module_title(analysis, module);
            telling.add_about(
                Kind::Chain,
                [
                    ("a", called(start)),
                    ("b", called(second)),
                    ("c", third.map(called).unwrap_or_default()),
                ],
                [Some(start), Some(second), third]
                    .into_iter()
                    .flatten()
                    .filter_map(|m| m.key_files.first().cloned())
                    .collect(),
            );
        }
    }

    let hub = analysis
        .modules
        .iter()
        .filter(product)
        .max_by_key(|module| module.used_by_count);
    if let Some(hub) = hub.filter(|hub| hub.used_by_count > 1) {
        telling.add_about(
            Kind::Hub,
            [
                ("mod", modules::module_title(analysis, hub)),
                ("users", grammar::count(hub.used_by_count, "module", "modules")),
            ],
            hub.key_files.iter().take(1).cloned().collect(),
        );
    }

    telling.finish()
}

fn routes(source: &Source<'_>) -> Group {
    let analysis = source.analysis;
    let mut telling = Telling::new("the routes", 0.6, 0.5);
    if analysis.routes.len() < 2 {
        return telling.finish();
    }

    telling.tell(
        Kind::Routes,
        [(
            "count",
            grammar::count(analysis.routes.len() as u64, "route", "routes"),
        )],
    );

    if source.is(Depth::Beginner) {
        let gloss = "a route is an address together with the code that answers when somebody asks for it";
        telling.tell(Kind::Gloss, [("gloss", gloss.to_owned())]);
    }

    for route in analysis
        .routes
        .iter()
        .filter(|route| route.handler.is_some())
        .take(6)
    {
        let Some(address) = address(&route.path) else {
            continue;
        };
        let method = match route.method.as_str() {
            "GET" => "a read of",
            "POST" => "a post to",
            "PUT" | "PATCH" => "a change to",
            "DELETE" => "a deletion of",
            _ => "a call of",
        };

        let handler = names::identifier(route.handler.as_deref().unwrap_or_default());
        telling.add_about(
            Kind::Route,
            [
                ("method", method.to_owned()),
                ("route", address),
                ("handler", handler),
            ],
            vec![route.file.clone()],
        );
    }

    telling.finish()
}

/// "/users/{id}/posts" is "users, id, posts".
fn address(path: &str) -> Option<String> {
    let parts: Vec<String> = path
        .split('/')
        .map(|part| names::identifier(part.trim_matches(['{', '}', ':', '<', '>', '*', '$'])))
        .filter(|part| !part.is_empty())
        .collect();

    if parts.is_empty() {
        Some("the root address".to_owned())
    } else {
        (parts.len() < 6).then(|| parts.join(" slash "))
    }
}

/// The names that a caller meets first.
fn public_names(source: &Source<'_>) -> Group {
    let analysis = source.analysis;
    let mut telling = Telling::new("the public names", 0.8, 0.5);
    let exported = || {
        analysis.public_names.iter().filter_map(|exported| {
            analysis.definitions.iter().find(|definition| {
                definition.name == exported.name
                    && exported.path.as_ref().is_none_or(|path| *path == definition.path)
            })
        })
    };

    let listed: Vec<String> = analysis
        .public_names
        .iter()
        .map(|exported| modules::definition_words(&exported.name))
        .filter(|words| prose::is_sayable(words))
        .take(4)
        .collect();
    let files: Vec<String> = analysis
        .public_names
        .iter()
        .map(|exported| exported.source.clone())
        .take(1)
        .collect();

    if listed.len() > 1 {
        telling.add_about(Kind::PublicNames, [("defs", grammar::list(&listed))], files);
    }

    for definition in exported().filter(|found| found.parent.is_none()).take(3) {
        if let Some(said) = quote_doc(&definition.name, definition.doc.as_deref()) {
            let kind = if said.0 == "does" {
                Kind::Def
            } else {
                Kind::DefSays
            };
            telling.add_about(
                kind,
                [("def", modules::definition_called(definition)), said],
                vec![definition.path.clone()],
            );
        }
    }

    telling.finish()
}
