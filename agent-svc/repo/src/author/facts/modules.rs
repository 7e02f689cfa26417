//! The modules in turn: what each is for, how big, whom it uses and serves, and what it defines.

use std::collections::{HashMap, HashSet};

use super::{Group, Source, Telling, quote_doc};
use crate::analysis::Analysis;
use crate::analysis::model::{Definition, DefinitionKind, Module};
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
const EVERYDAY: [&str; 22] = [
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
            format!("the {words} method of {}", names::identifier(parent))
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
    let called = module_title(analysis, module);
    let wanted = source.focus.modules.contains(&module.path);

    // A module of the focus is told sooner and deeper than its size would have it.
    let (rank, step) = if wanted {
        (place as f64 * 0.5, 0.45)
    } else {
        (place as f64 * 0.9, 1.0)
    };
    let mut telling = Telling::new(called.trim_start_matches("the ").to_owned(), rank, step);
    let files: Vec<String> = module.key_files.iter().take(2).cloned().collect();
    let lines = grammar::count(module.code_lines, "line of code", "lines of code");
    let defs = if source.is(Depth::Beginner) {
        String::new()
    } else {
        grammar::list(&listed(module))
    };

    let purpose = quote_doc(
        &module.name,
        module.purpose.as_deref().filter(|text| prose::is_english(text)),
    );

    let kind = match &purpose {
        Some(("does", _)) => Kind::ModDoes,
        Some(_) => Kind::ModSays,
        None => Kind::ModPlain,
    };

    let purpose = purpose.unwrap_or(("does", String::new()));
    let plain = [("mod", called), ("lines", lines), ("defs", defs), purpose];

    telling.add_about(kind, plain, files);

    if source.is(Depth::Beginner) {
        let gloss = "a module is a part of the code that has a name and a job of its own";
        if place == 0 {
            telling
                .tell(Kind::Gloss, [("gloss", gloss.to_owned())])
                .sooner(0.4);
        }
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

    telling.finish()
}

/// What a newcomer has to know before a definition of this kind is spoken of.
fn gloss_of(kind: DefinitionKind) -> Option<&'static str> {
    match kind {
        DefinitionKind::Function | DefinitionKind::Method => {
            Some("a function is a set of steps with a name, to be called as often as it is needed")
        }
        DefinitionKind::Struct => {
            Some("a struct is a bundle of values that belong together, like the fields of a form")
        }
        DefinitionKind::Class => Some("a class is a plan from which many things of one kind are made"),
        DefinitionKind::Trait | DefinitionKind::Interface => {
            Some("an interface is a promise about what a thing can do, without saying how")
        }
        DefinitionKind::Enum => Some("an enum is a value that is exactly one of a few named choices"),
        DefinitionKind::Macro => Some("a macro is code that writes other code"),
        DefinitionKind::Type | DefinitionKind::Module | DefinitionKind::Constant => None,
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
        telling.rank_last(ranks[0]);

        let listed = listed(module);
        if listed.len() > 1 && (told < 3 || source.is(Depth::Advanced)) && !source.is(Depth::Beginner) {
            telling
                .tell(Kind::ModDefs, [("defs", grammar::list(&listed))])
                .rank_last(ranks[1]);
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
                    (
                        "public",
                        grammar::round_number(module.public_definitions_count.max(1)),
                    ),
                ],
            )
            .rank_last(ranks[0].min(ranks[1]) + 0.1);
    }

    if let Some(file) = module.key_files.first() {
        telling
            .add_about(Kind::ModFile, [("file", source.file(file))], vec![file.clone()])
            .rank_last(ranks[2]);
    }
}

/// What single definitions are for, in the words of their documentation.
fn definitions(source: &Source<'_>, module: &Module, telling: &mut Telling, told: &mut HashSet<String>) {
    // A longer story goes deeper, it does not repeat itself.
    let most = source.reach()
        * match source.wish.technical_depth {
            Depth::Beginner => 3,
            Depth::Intermediate => 9,
            Depth::Advanced => 14,
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
    let mut own: Vec<&Definition> = source.analysis.definitions.iter().filter(here).collect();
    own.sort_by_key(|d| (!source.focus.touches(&d.words), d.parent.is_some(), !d.public));

    let mut methods: HashMap<&str, usize> = HashMap::new();
    for definition in &own {
        if telling.group.facts.len() > most + 4 {
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

    let bare = own
        .iter()
        .filter(|definition| definition.doc.is_none() && definition.lines > 4);

    for definition in bare.take(3 * source.reach()) {
        if telling.group.facts.len() <= most + 4 {
            tell_bare_definition(definition, telling, told);
        }
    }
}

/// A definition that nobody documented: its size, and what it asks for.
fn tell_bare_definition(definition: &Definition, telling: &mut Telling, told: &mut HashSet<String>) {
    let words = definition_words(&definition.name);
    let called = definition_called(definition);
    let everyday = EVERYDAY.contains(&definition.name.as_str());
    if everyday || !prose::is_sayable(&words) || words.len() < 3 || !told.insert(called.clone()) {
        return;
    }

    let arguments = definition.parameters.filter(|count| *count > 0).map(u64::from);
    let arguments = arguments
        .map(|count| grammar::count(count, "argument", "arguments"))
        .unwrap_or_default();
    let lines = grammar::count(u64::from(definition.lines), "line", "lines");
    telling.add_about(
        Kind::DefPlain,
        [("def", called), ("lines", lines), ("args", arguments)],
        vec![definition.path.clone()],
    );
    telling.sooner(-1.5);
}

fn tell_definition(
    source: &Source<'_>,
    definition: &Definition,
    telling: &mut Telling,
    told: &mut HashSet<String>,
) {
    let words = definition_words(&definition.name);
    if !prose::is_sayable(&words) || words.len() < 3 {
        return;
    }

    let Some((slot, text)) = quote_doc(&definition.name, definition.doc.as_deref()) else {
        return;
    };
    if !told.insert(text.clone()) {
        return;
    }

    let callable = matches!(definition.kind, DefinitionKind::Function | DefinitionKind::Method);
    // What a function "is" is what it gives back.
    let thing = text
        .strip_prefix("is ")
        .or_else(|| text.strip_prefix("stands for "))
        .filter(|_| callable && slot == "does");
    let text = thing.map_or_else(|| text.clone(), |thing| format!("gives {thing}"));

    if let Some(gloss) = gloss_of(definition.kind).filter(|_| source.is(Depth::Beginner))
        && told.insert(gloss.to_owned())
    {
        let rank = telling.next;
        telling
            .tell(Kind::Gloss, [("gloss", gloss.to_owned())])
            .rank_last(rank + 0.01);
        telling.next = rank;
    }

    let kind = if slot == "does" { Kind::Def } else { Kind::DefSays };
    telling.add_about(
        kind,
        [("def", definition_called(definition)), (slot, text)],
        vec![definition.path.clone()],
    );
}

fn relations(analysis: &Analysis, module: &Module, telling: &mut Telling, rank: f64) {
    let uses: Vec<String> = module
        .depends_on
        .iter()
        .filter_map(|path| analysis.modules.iter().find(|other| other.path == *path))
        .map(|other| module_title(analysis, other))
        .take(3)
        .collect();
    if !uses.is_empty() {
        telling
            .tell(Kind::ModUses, [("uses", grammar::list(&uses))])
            .rank_last(rank + 0.4);
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
            .rank_last(rank);
    }
}

/// When a repository has no modules to speak of, its definitions are told by themselves.
fn loose_definitions(source: &Source<'_>, told: &mut HashSet<String>) -> Group {
    let mut telling = Telling::new("its definitions", 3.0, 0.8);
    for definition in &source.analysis.definitions {
        tell_definition(source, definition, &mut telling, told);
    }

    for file in source.analysis.largest_files.iter().take(3) {
        telling.add_about(
            Kind::FileSize,
            [
                ("file", source.file(&file.path)),
                ("lines", grammar::count(file.code_lines, "line", "lines")),
            ],
            vec![file.path.clone()],
        );
    }

    telling.finish()
}
