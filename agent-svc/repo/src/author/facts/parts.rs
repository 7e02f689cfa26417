//! The parts in the order in which the call meets them: what each says of itself, and what it defines. A part that says
//! nothing of itself is left out.

mod openings;

use std::collections::{HashMap, HashSet};

use super::{Fact, Group, Source, Telling, quote_doc, quote_doc_of_function};
use crate::analysis::Analysis;
use crate::analysis::model::{Definition, DefinitionKind, Material, Module, Remark};
use crate::analysis::places;
use crate::author::grammar::{self, prose};
use crate::author::model::Depth;
use crate::author::phrase::Kind;
use crate::narration::speakable::names;

/// Modules that can be told; beyond these a list would not be heard.
const MODULES: usize = 28;

/// A module with its article, as it is said: "the routing module".
pub(super) fn module_title(analysis: &Analysis, module: &Module) -> String {
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
    let spoken = names::identifier(words);
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
        .map(|parent| format!(" in {}", names::identifier(parent)))
        .unwrap_or_default();
    let own_nouns = [
        "module",
        "package",
        "tests",
        "examples",
        "documentation",
        "benchmarks",
    ];

    let is_file = module
        .path
        .rsplit('/')
        .next()
        .is_some_and(|name| name.contains('.'));

    let noun = match words.rsplit(' ').next() {
        Some(last) if own_nouns.contains(&last.to_lowercase().as_str()) => "",
        _ if is_package => " package",
        _ if is_file => " file",
        _ => " module",
    };

    format!("the {spoken}{noun}{inside}")
}

/// Methods that every type of their language has, and that tell nothing of this one.
const EVERYDAY: [&str; 43] = [
    "factory",
    // What a framework or a language calls by itself.
    "mapStateToProps",
    "mapDispatchToProps",
    "componentWillMount",
    "componentDidMount",
    "componentWillUnmount",
    "componentWillReceiveProps",
    "componentDidUpdate",
    "shouldComponentUpdate",
    "render",
    "constructor",
    "initialize",
    "init",
    "setup",
    "setUp",
    "tearDown",
    "main",
    "dispose",
    "destroy",
    "hash",
    "equals",
    "new",
    "default",
    "len",
    "is_empty",
    "clear",
    "get",
    "get_mut",
    "iter",
    "iter_mut",
    "insert",
    "remove",
    "contains",
    "contains_key",
    "capacity",
    "with_capacity",
    "clone",
    "as_ref",
    "as_mut",
    "into_inner",
    "length",
    "toString",
    "from",
];
/// Definitions that are told one by one.
const DEFINITIONS_APART: usize = 8;
/// Sentences about two of the others each, for every five minutes.
const DEFINITIONS_TOGETHER: usize = 4;
/// Stands between a definition and what it does until both are put into a sentence.
const APART: &str = "\u{1f}";
/// Methods of one type that are told in one breath.
const METHODS_OF_ONE: usize = 3;

/// A definition's name as words, in small letters except for acronyms.
pub(super) fn definition_words(name: &str) -> String {
    prose::lower_first(&names::identifier(name))
}

/// A definition with its article, as it is said: "the parse request function".
pub(super) fn definition_called(definition: &Definition) -> String {
    let words = definition_words(&definition.name);
    match (&definition.parent, definition.kind) {
        (Some(parent), DefinitionKind::Method) => {
            let parent = names::identifier(parent.rsplit(['.', ':']).next().unwrap_or(parent));
            if parent.is_empty() {
                return format!("the {words} function");
            }
            format!("the {words} method of {parent}")
        }
        (_, kind) => format!("the {words} {}", kind.label()),
    }
}

pub(super) fn tell(source: &Source<'_>) -> Vec<Group> {
    let analysis = source.analysis;
    let met = |module: &Module| {
        let steps = &analysis.explained.call;
        steps
            .iter()
            .position(|step| step.file.starts_with(&format!("{}/", module.path)) || step.file == module.path)
            .unwrap_or(usize::MAX)
    };
    let mut modules: Vec<&Module> = analysis
        .modules
        .iter()
        .filter(|module| module.files > 0 && module.role.is_product())
        .collect();
    modules.sort_by_key(|module| met(module));
    modules.truncate(MODULES);

    let mut told = HashSet::new();
    let mut groups: Vec<Group> = modules
        .iter()
        .enumerate()
        .map(|(place, module)| one(source, module, place, &mut told))
        .collect();
    groups.push(loose_definitions(source, &mut told));
    groups.push(holdings(source));
    groups.insert(0, members(source));
    groups.push(openings::tell(source, &mut told));
    few_definitions(source, &mut groups);
    groups.retain(|group| !group.facts.is_empty());

    groups
}

/// Of many functions that do something, the first few are told one by one, the others of a file in one breath and last.
fn few_definitions(source: &Source<'_>, groups: &mut Vec<Group>) {
    let is_one = |fact: &Fact| matches!(fact.kind, Kind::Def | Kind::DefSays);
    let mut ranks: Vec<f64> = groups
        .iter()
        .flat_map(|group| &group.facts)
        .filter(|fact| is_one(fact))
        .map(|fact| fact.rank)
        .collect();
    ranks.sort_by(f64::total_cmp);
    let most = DEFINITIONS_APART * source.reach().saturating_sub(1).max(1);
    let Some(limit) = ranks.get(most).copied() else {
        return;
    };

    let mut left = most;
    let mut says: Vec<Fact> = Vec::new();
    let mut others: Vec<(String, String, Remark)> = Vec::new();
    for group in groups.iter_mut() {
        group.facts.retain(|fact| {
            if !is_one(fact) {
                return true;
            }
            if fact.rank <= limit && left > 0 {
                left -= 1;
                return true;
            }
            if fact.kind == Kind::DefSays {
                says.push(Fact {
                    rank: 14.0 + fact.rank * 0.1,
                    ..fact.clone()
                });
            }
            let said = fact.slots.get("does").zip(fact.slots.get("def"));
            // "The type type is result type" tells nothing.
            let tells = |does: &str| does.split(' ').count() > 3;
            let said = said.filter(|(does, _)| tells(does));
            if let (Some((does, def)), Some(place)) = (said, fact.sources.first()) {
                others.push((place.file.clone(), format!("{def}{APART}{does}"), place.clone()));
            }
            false
        });
    }

    let mut telling = Telling::new("what else its files hold", 12.0, 0.5);
    // A file is named once, with the first of its definitions.
    let first_of = |file: &str| others.iter().position(|other| other.0 == file);
    let mut ordered: Vec<&(String, String, Remark)> = others.iter().collect();
    ordered.sort_by_key(|other| first_of(&other.0));
    ordered.truncate(2 * DEFINITIONS_TOGETHER * source.reach());
    for of_file in ordered.chunk_by(|a, b| a.0 == b.0) {
        for (at, pair) in of_file.chunks(2).enumerate() {
            let items: Vec<&str> = pair.iter().map(|other| other.1.as_str()).collect();
            let sources = pair.iter().map(|other| other.2.clone()).collect();
            // One alone is told like those before.
            if let ([(_, said, _)], true) = (pair, of_file.len() == 1) {
                let (def, does) = said.split_once(APART).unwrap_or((said, ""));
                telling.tell_from(
                    Kind::Def,
                    [
                        ("def", def.to_owned()),
                        ("file", source.file(&pair[0].0)),
                        ("does", does.to_owned()),
                    ],
                    sources,
                );
                continue;
            }
            let items: Vec<String> = items.iter().map(|said| said.replace(APART, " ")).collect();
            let kind = if at == 0 { Kind::Defs } else { Kind::DefsMore };
            telling.tell_from(
                kind,
                [("file", source.file(&pair[0].0)), ("items", items.join(", and "))],
                sources,
            );
        }
    }
    let mut group = telling.finish();
    group.facts.extend(says);
    groups.push(group);
}

/// What builds, packs or shows a program is no part of it.
fn is_beside(analysis: &Analysis, path: &str) -> bool {
    let program = matches!(
        analysis.explained.material,
        Material::Library | Material::Tool | Material::Server | Material::WebApplication
    );

    // The scripts beside a book make its files.
    let book = analysis.explained.material == Material::Documents;

    book || path.starts_with('.') || program && places::is_aside(path)
}

/// Definitions of the product; what one step of a schema's history did is not a part of it.
fn documented(analysis: &Analysis) -> impl Iterator<Item = &Definition> {
    analysis.definitions.iter().filter(|definition| {
        let migrates = definition.path.contains("migrations/") || definition.path.contains("migration/");
        // What is declared with a description is told as that.
        let declared = matches!(
            definition.kind,
            DefinitionKind::Input | DefinitionKind::Output | DefinitionKind::Resource
        );
        let tests = definition.name.starts_with("test_") || definition.name.starts_with("Test");
        !migrates && !tests && !declared && !is_beside(analysis, &definition.path)
    })
}

fn one(source: &Source<'_>, module: &Module, place: usize, told: &mut HashSet<String>) -> Group {
    let analysis = source.analysis;
    let called = module_title(analysis, module);
    let mut telling = Telling::new(
        called.trim_start_matches("the ").to_owned(),
        place as f64 * 0.6,
        0.7,
    );
    let purpose = quote_doc(
        &module.name,
        module.purpose.as_deref().filter(|text| prose::is_english(text)),
    );

    if let Some(purpose) = purpose
        && told.insert(purpose.1.clone())
    {
        let kind = if purpose.0 == "does" {
            Kind::ModDoes
        } else {
            Kind::ModSays
        };
        let place = Remark {
            text: purpose.1.clone(),
            file: module.purpose_source.clone().unwrap_or_default(),
            line: 1,
        };
        let sources = if place.file.is_empty() {
            Vec::new()
        } else {
            vec![place]
        };
        telling.tell_from(kind, [("mod", called), purpose], sources);
        // Once is enough.
        if source.is(Depth::Beginner) && told.insert("what a module is".to_owned()) {
            let gloss = "a module is a part of the code that has a name and a job of its own";
            telling.tell(Kind::Gloss, [("gloss", gloss.to_owned())]);
        }
        relations(analysis, module, &mut telling);
    }
    definitions(source, module, &mut telling, told);

    telling.finish()
}

/// What single definitions are for, in the words of their documentation.
fn definitions(source: &Source<'_>, module: &Module, telling: &mut Telling, told: &mut HashSet<String>) {
    // A longer story goes deeper, it does not repeat itself.
    let most = source.reach()
        * match source.wish.technical_depth {
            Depth::Beginner => 2,
            Depth::Intermediate => 6,
            Depth::Advanced => 9,
        };

    let holds = |module: &Module, path: &str| {
        let rest = path.strip_prefix(module.path.as_str());
        module.path == "." || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };

    // A definition belongs to the innermost module that holds it.
    let nearer = |path: &str| {
        let inner =
            |other: &Module| other.path.len() > module.path.len() || module.path == "." && other.path != ".";
        source
            .analysis
            .modules
            .iter()
            .any(|other| inner(other) && holds(other, path))
    };
    let here = |definition: &&Definition| holds(module, &definition.path) && !nearer(&definition.path);
    let mut own: Vec<&Definition> = documented(source.analysis).filter(here).collect();
    own.sort_by_key(|d| (d.parent.is_some(), !d.public));

    let mut methods: HashMap<&str, usize> = HashMap::new();
    for definition in &own {
        if telling.count() > most {
            break;
        }
        if let Some(parent) = definition.parent.as_deref() {
            let told = methods.entry(parent).or_default();
            *told += 1;
            if *told > METHODS_OF_ONE * source.reach() || EVERYDAY.contains(&definition.name.as_str()) {
                continue;
            }
        }
        tell_definition(source, definition, telling, told);
    }
}

/// One definition, when its documentation says something that can be said.
pub(super) fn tell_definition(
    source: &Source<'_>,
    definition: &Definition,
    telling: &mut Telling,
    told: &mut HashSet<String>,
) {
    let words = definition_words(&definition.name);
    if !prose::is_sayable(&words) || words.len() < 3 {
        return;
    }

    let callable = matches!(definition.kind, DefinitionKind::Function | DefinitionKind::Method);
    let doc = definition.doc.as_deref();
    let said = if callable {
        quote_doc_of_function(&definition.name, doc)
    } else {
        quote_doc(&definition.name, doc)
    };
    let Some((slot, text)) = said else {
        return;
    };
    if speaks_of_another(&definition.name, &text) || !told.insert(text.clone()) {
        return;
    }

    // "Set to false to prevent it" tells what to do with an input, not what the input does.
    let input = matches!(definition.kind, DefinitionKind::Input | DefinitionKind::Output);
    if input
        && ["sets ", "is a ", "is an "]
            .iter()
            .any(|start| text.starts_with(start))
        && !text.starts_with("is a list")
        && !text.starts_with("is a map")
    {
        return;
    }
    let kind = if slot == "does" { Kind::Def } else { Kind::DefSays };
    let place = Remark {
        text: text.clone(),
        file: definition.path.clone(),
        line: definition.line,
    };
    telling.tell_from(
        kind,
        [
            ("def", definition_called(definition)),
            ("file", source.file(&definition.path)),
            (slot, text),
        ],
        vec![place],
    );
}

/// A comment above a group of functions fits only some of them: "replaces …" is not what `insert_item` does.
fn speaks_of_another(name: &str, text: &str) -> bool {
    const VERBS: [&str; 16] = [
        "replace",
        "insert",
        "add",
        "remove",
        "delete",
        "create",
        "parse",
        "print",
        "free",
        "load",
        "save",
        "open",
        "close",
        "start",
        "stop",
        "duplicate",
    ];
    let of_text = text.split_whitespace().next().unwrap_or_default().to_lowercase();
    let of_name = crate::analysis::words::words(name).to_lowercase();
    let verb = VERBS
        .iter()
        .find(|verb| of_text == **verb || of_text == format!("{verb}s"));

    verb.is_some_and(|verb| {
        let own = |word: &str| VERBS.contains(&word);
        let mut words = of_name.split(' ');
        words.clone().any(own) && !words.any(|word| word == *verb)
    })
}

fn relations(analysis: &Analysis, module: &Module, telling: &mut Telling) {
    let uses: Vec<String> = module
        .depends_on
        .iter()
        .filter_map(|path| {
            analysis
                .modules
                .iter()
                .find(|other| other.path == *path && other.role.is_product())
        })
        .map(|other| module_title(analysis, other))
        .take(3)
        .collect();

    if !uses.is_empty() {
        telling
            .tell(
                Kind::ModUses,
                [
                    ("uses", grammar::list(&uses)),
                    ("mod", module_title(analysis, module)),
                ],
            )
            .sooner(-1.5);
    }
}

/// Definitions of a repository without modules to speak of.
fn loose_definitions(source: &Source<'_>, told: &mut HashSet<String>) -> Group {
    let mut telling = Telling::new("its definitions", 4.0, 0.8);
    for definition in documented(source.analysis).take(60 * source.reach()) {
        tell_definition(source, definition, &mut telling, told);
    }

    telling.finish()
}

/// What the files define, by name; told only when there is nothing better.
fn holdings(source: &Source<'_>) -> Group {
    let mut telling = Telling::new("its files", 20.0, 1.0);
    let held = source.analysis.explained.held.iter();
    let held = held.filter(|held| !is_beside(source.analysis, &held.file));
    for held in held.take(5 * source.reach()) {
        let fits = |name: &&String| {
            !EVERYDAY.contains(&name.as_str())
                && !["log", "error", "warn", "debug", "print"].contains(&name.as_str())
                && name.len() > 2
                && prose::is_sayable(&definition_words(name))
        };
        let names: Vec<String> = held
            .names
            .iter()
            .filter(fits)
            // `mill.sluice.Gate` holds `Gate`.
            .map(|name| definition_words(name.rsplit('.').next().unwrap_or(name)))
            .collect();
        let mut seen = HashSet::new();
        let names: Vec<String> = names
            .into_iter()
            .filter(|name| seen.insert(name.to_lowercase()))
            .take(5)
            .collect();
        if names.len() > 1 {
            let place = Remark {
                text: held.names.join(" "),
                file: held.file.clone(),
                line: held.line,
            };
            telling.tell_from(
                Kind::Holds,
                [
                    ("file", source.file(&held.file)),
                    ("names", grammar::list(&names)),
                ],
                vec![place],
            );
        }
    }

    telling.finish()
}

/// The packages of a workspace, without their scope.
fn members(source: &Source<'_>) -> Group {
    let manifests = &source.analysis.manifests;
    let mut telling = Telling::new("its packages", 0.2, 0.5);
    if manifests
        .iter()
        .all(|manifest| manifest.workspace_members.is_empty())
    {
        return telling.finish();
    }

    let inside = manifests.iter().filter(|manifest| manifest.path.contains('/'));
    let mut names: Vec<String> = inside
        .filter_map(|manifest| manifest.name.as_deref()?.rsplit('/').next())
        .map(super::spoken_name)
        .filter(|name| prose::is_sayable(name))
        .collect();
    names.sort();
    names.dedup();
    names.truncate(8);
    if names.len() > 1 {
        telling.tell(
            Kind::Declared,
            [("nouns", "packages".to_owned()), ("names", grammar::list(&names))],
        );
    }

    telling.finish()
}
