//! The modules in turn: what each is for, how big, whom it uses and serves, and what it defines.

use std::collections::HashSet;

use super::{Group, Source, Telling, said};
use crate::analysis::Analysis;
use crate::analysis::model::{Definition, DefinitionKind, Module};
use crate::author::grammar::{self, prose};
use crate::author::model::Depth;
use crate::author::phrase::Kind;

/// Modules that can be told; beyond these a list would not be heard.
const MODULES: usize = 28;

/// A module with its article, as it is said: "the routing module".
pub(super) fn called(analysis: &Analysis, module: &Module) -> String {
    if module.path == "." {
        return "the root of the project".to_owned();
    }
    let is_package = analysis.manifests.iter().any(|manifest| {
        manifest
            .path
            .strip_prefix(module.path.as_str())
            .is_some_and(|rest| rest.matches('/').count() == 1)
    });
    let words = module.words.trim();
    let words = if words.is_empty() {
        module.name.as_str()
    } else {
        words
    };
    let last = words.rsplit(' ').next().unwrap_or_default().to_lowercase();
    if [
        "module",
        "package",
        "tests",
        "examples",
        "documentation",
        "benchmarks",
    ]
    .contains(&last.as_str())
    {
        return format!("the {words}");
    }
    let twin = analysis
        .modules
        .iter()
        .any(|other| other.path != module.path && other.words.trim() == words);
    let parent = module
        .path
        .rsplit('/')
        .nth(1)
        .filter(|parent| twin && !matches!(*parent, "src" | "lib" | "."));
    let inside = parent
        .map(|parent| format!(" in {}", crate::voice::speakable::names::identifier(parent)))
        .unwrap_or_default();
    let is_file = module
        .path
        .rsplit('/')
        .next()
        .is_some_and(|name| name.contains('.'));
    let noun = if is_package {
        "package"
    } else if is_file {
        "file"
    } else {
        "module"
    };
    format!("the {words} {noun}{inside}")
}

/// A definition's name as words, in small letters except for acronyms.
pub(super) fn definition_words(name: &str) -> String {
    prose::lower_first(&crate::voice::speakable::names::identifier(name))
}

/// A definition with its article, as it is said: "the parse request function".
pub(super) fn definition_called(definition: &Definition) -> String {
    let words = definition_words(&definition.name);
    match (&definition.parent, definition.kind) {
        (Some(parent), DefinitionKind::Method) => {
            format!(
                "the {words} method of {}",
                crate::voice::speakable::names::identifier(parent)
            )
        }
        (_, kind) => format!("the {words} {}", kind.label()),
    }
}

pub(super) fn tell(source: &Source<'_>) -> Vec<Group> {
    let analysis = source.analysis;
    let mut modules: Vec<&Module> = analysis
        .modules
        .iter()
        .filter(|module| module.files > 0)
        .collect();
    modules.sort_by_key(|module| {
        (
            !source.focus.modules.contains(&module.path),
            !module.role.is_product(),
        )
    });
    modules.truncate(MODULES);
    let mut told = HashSet::new();
    let mut groups: Vec<Group> = modules
        .iter()
        .enumerate()
        .map(|(place, module)| one(source, module, place, &mut told))
        .collect();
    if groups.len() < 3 {
        groups.push(loose_definitions(source, &mut told));
    }
    groups.retain(|group| !group.facts.is_empty());
    groups
}

fn one(source: &Source<'_>, module: &Module, place: usize, told: &mut HashSet<String>) -> Group {
    let analysis = source.analysis;
    let called = called(analysis, module);
    let wanted = source.focus.modules.contains(&module.path);
    // A module of the focus is told sooner and deeper than its size would have it.
    let (rank, step) = if wanted {
        (place as f64 * 0.5, 0.45)
    } else {
        (place as f64 * 0.9, 1.0)
    };
    let mut telling = Telling::new(called.trim_start_matches("the ").to_owned(), rank, step);
    let files: Vec<String> = module.key_files.iter().take(2).cloned().collect();
    let role = module.role.label();
    let role = if role == "code" || called.ends_with(role) {
        String::new()
    } else {
        role.to_owned()
    };
    let lines = grammar::count(module.code_lines, "line of code", "lines of code");
    let defs = if source.is(Depth::Beginner) {
        String::new()
    } else {
        grammar::list(&listed(module))
    };
    let purpose = said(
        &module.name,
        module.purpose.as_deref().filter(|text| prose::is_english(text)),
    );
    let kind = match &purpose {
        Some(("does", _)) => Kind::ModDoes,
        Some(_) => Kind::ModSays,
        None => Kind::ModPlain,
    };
    let purpose = purpose.unwrap_or(("does", String::new()));
    let plain = [
        ("mod", called),
        ("role", role),
        ("lines", lines),
        ("defs", defs),
        purpose,
    ];
    telling.about(kind, plain, files);
    if source.is(Depth::Beginner) {
        explain(place, &mut telling);
    }
    definitions(source, module, &mut telling, told);
    // No two neighbours are told by the same pattern.
    let [size, names, file, uses] = [
        [0.4, 2.6, 3.2, 1.2],
        [2.4, 3.6, 1.1, 1.8],
        [3.0, 1.3, 2.1, 0.7],
        [1.6, 2.9, 0.8, 2.5],
    ][place % 4];
    let at = |offset: f64| rank + offset * step;
    around(
        source,
        module,
        &mut telling,
        kind,
        [at(size), at(names), at(file)],
    );
    if !source.is(Depth::Beginner) {
        relations(analysis, module, &mut telling, at(uses));
    }
    telling.done()
}

/// Words that a newcomer meets in a walk through modules, one at a time.
fn explain(place: usize, telling: &mut Telling) {
    const GLOSSES: [&str; 8] = [
        "a module is a part of the code that has a name and a job of its own",
        "a function is a set of steps with a name, to be called as often as it is needed",
        "a struct is a bundle of values that belong together, like the fields of a form",
        "an interface is a promise about what a thing can do, without saying how",
        "a line of code is about as long as a line of verse, and often takes longer to write",
        "public means that other code may use it, and private that it is nobody else's business",
        "asynchronous code does something else while it waits, as a good cook does",
        "an error is not a failure of the program but its way of saying that something could not be done",
    ];
    if let Some(gloss) = GLOSSES.get(place) {
        telling
            .tell(Kind::Gloss, [("gloss", (*gloss).to_owned())])
            .sooner(0.4);
    }
}

/// Names of its main definitions, as words.
fn listed(module: &Module) -> Vec<String> {
    let words = module.main_definitions.iter().map(|name| definition_words(name));
    words
        .filter(|words| prose::is_sayable(words) && words.len() > 2)
        .take(3)
        .collect()
}

/// Its size, its names and its main file, each at the rank it is given.
fn around(source: &Source<'_>, module: &Module, telling: &mut Telling, lead: Kind, ranks: [f64; 3]) {
    let told = telling
        .group
        .facts
        .iter()
        .filter(|fact| matches!(fact.kind, Kind::Def | Kind::DefSays))
        .count();
    if lead != Kind::ModPlain {
        telling.tell(
            Kind::ModSize,
            [
                ("lines", grammar::count(module.code_lines, "line", "lines")),
                ("files", grammar::count(module.files, "file", "files")),
            ],
        );
        telling.at(ranks[0]);
        let listed = listed(module);
        if listed.len() > 1 && (told < 3 || source.is(Depth::Advanced)) && !source.is(Depth::Beginner) {
            telling
                .tell(Kind::ModDefs, [("defs", grammar::list(&listed))])
                .at(ranks[1]);
        }
    }
    if module.definitions_count > 3 && source.is(Depth::Advanced) {
        telling
            .tell(
                Kind::ModPublic,
                [
                    (
                        "total",
                        grammar::count(module.definitions_count, "definition", "definitions"),
                    ),
                    ("public", grammar::about(module.public_definitions_count.max(1))),
                ],
            )
            .at(ranks[0].min(ranks[1]) + 0.1);
    }
    if let Some(file) = module.key_files.first() {
        telling
            .about(Kind::ModFile, [("file", source.file(file))], vec![file.clone()])
            .at(ranks[2]);
    }
}

/// What single definitions are for, in the words of their documentation.
fn definitions(source: &Source<'_>, module: &Module, telling: &mut Telling, told: &mut HashSet<String>) {
    let most = match source.wish.technical_depth {
        Depth::Beginner => 2,
        Depth::Intermediate => 9,
        Depth::Advanced => 14,
    };
    let inside = format!("{}/", module.path);
    let here = |definition: &&Definition| {
        module.path == "." || definition.path == module.path || definition.path.starts_with(&inside)
    };
    let mut own: Vec<&Definition> = source.analysis.definitions.iter().filter(here).collect();
    own.sort_by_key(|d| (!source.focus.touches(&d.words), d.parent.is_some(), !d.public));
    for definition in own {
        if telling.group.facts.len() > most + 4 {
            break;
        }
        tell_definition(definition, telling, told);
    }
}

fn tell_definition(definition: &Definition, telling: &mut Telling, told: &mut HashSet<String>) {
    let words = definition_words(&definition.name);
    let sayable = prose::is_sayable(&words) && words.len() > 2;
    let Some(said) = said(&definition.name, definition.doc.as_deref()).filter(|_| sayable) else {
        return;
    };
    let key = format!("{}{}", definition_called(definition), said.1);
    if told.insert(said.1.clone()) && told.insert(key) {
        let kind = if said.0 == "does" {
            Kind::Def
        } else {
            Kind::DefSays
        };
        telling.about(
            kind,
            [("def", definition_called(definition)), said],
            vec![definition.path.clone()],
        );
    }
}

fn relations(analysis: &Analysis, module: &Module, telling: &mut Telling, rank: f64) {
    let uses: Vec<String> = module
        .depends_on
        .iter()
        .filter_map(|path| analysis.modules.iter().find(|other| other.path == *path))
        .map(|other| called(analysis, other))
        .take(3)
        .collect();
    if !uses.is_empty() {
        telling
            .tell(Kind::ModUses, [("uses", grammar::list(&uses))])
            .at(rank + 0.4);
    }
    if module.used_by_count > 0 {
        let users = grammar::count(module.used_by_count, "other module", "other modules");
        let verb = if module.used_by_count == 1 {
            "depends"
        } else {
            "depend"
        };
        telling
            .tell(Kind::ModUsedBy, [("users", users), ("depend", verb.to_owned())])
            .at(rank);
    }
}

/// When a repository has no modules to speak of, its definitions are told by themselves.
fn loose_definitions(source: &Source<'_>, told: &mut HashSet<String>) -> Group {
    let mut telling = Telling::new("its definitions", 3.0, 0.8);
    for definition in &source.analysis.definitions {
        tell_definition(definition, &mut telling, told);
    }
    for file in source.analysis.largest_files.iter().take(3) {
        telling.about(
            Kind::FileSize,
            [
                ("file", source.file(&file.path)),
                ("lines", grammar::count(file.code_lines, "line", "lines")),
            ],
            vec![file.path.clone()],
        );
    }
    telling.done()
}
