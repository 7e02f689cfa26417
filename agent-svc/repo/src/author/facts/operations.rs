//! What stands in the files around the prose: the language and what it builds on, the files of each folder, the tasks of a
//! role, the chapters of a book, what checks it, how it is packed and started, what it asks outside, what can fail. Says
//! names as they are declared; judges nothing.

use super::dependencies::{is_of_its_language, is_of_the_whole, spoken};
use super::{Group, Source, Telling};
use crate::analysis::model::{
    DependencyCategory, DependencyScope, Material, Operation, OperationKind, Remark,
};
use crate::author::grammar::{self, prose};
use crate::author::model::Depth;
use crate::author::phrase::Kind;
use crate::author::shape::Topic;
use crate::narration::speakable::{names, speakable};

/// Names that are told in one breath.
const MOST_NAMES: usize = 8;
/// Steps and chapters that are told in one breath.
const IN_ONE_BREATH: usize = 4;

/// What is told in each part, and whether it comes before what else that part tells.
pub(super) fn tell(source: &Source<'_>) -> Vec<(Topic, bool, Group)> {
    let told = [
        (Topic::Call, true, steps(source)),
        (Topic::Contents, true, chapters(source)),
        (Topic::Parts, true, parts(source)),
        (Topic::Dependencies, true, outside(source)),
        (Topic::Caveats, false, failures(source)),
        (Topic::Promises, true, checks(source)),
        (Topic::Growth, false, tags(source)),
        (Topic::Start, false, running(source)),
    ];

    told.into_iter()
        .filter(|(_, _, group)| !group.facts.is_empty())
        .collect()
}

fn of_kind<'s>(source: &'s Source<'_>, kind: OperationKind) -> impl Iterator<Item = &'s Operation> {
    let all = source.analysis.explained.operations.iter();
    all.filter(move |operation| operation.kind == kind)
}

/// Where it stands, with its words, so that each sentence finds its place.
fn place(operation: &Operation) -> Vec<Remark> {
    vec![Remark {
        text: format!("{} {}", operation.subject, operation.words.join(" ")),
        file: operation.file.clone(),
        line: operation.line,
    }]
}

/// Declared names as words, as far as they can be said.
fn said_names(words: &[String], most: usize) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    for word in words {
        let plain = prose::lower_first(&names::identifier(word));
        if plain.len() > 1 && prose::is_sayable(&plain) && !said.contains(&plain) && said.len() < most {
            said.push(plain);
        }
    }

    said
}

/// The language, and what the code stands on.
pub(super) fn stack(source: &Source<'_>, telling: &mut Telling) {
    use DependencyCategory as Category;

    let analysis = source.analysis;
    let Some(language) = analysis.main_language.clone() else {
        return;
    };
    let hardly_code = matches!(
        analysis.explained.material,
        Material::Documents
            | Material::Configuration
            | Material::Infrastructure
            | Material::Teaching
            | Material::Data
    );
    // What builds or shows a thing is not what it is written in, and no board runs the scripts of a page.
    let builds = [
        "Makefile",
        "CMake",
        "Dockerfile",
        "Batch",
        "HTML",
        "CSS",
        "JSON",
        "YAML",
        "TOML",
        "INI",
    ];
    let shows = ["JavaScript", "TypeScript", "JSX", "TSX", "Vue", "Svelte"];
    let beside = builds.contains(&language.as_str())
        || analysis.explained.material == Material::Firmware && shows.contains(&language.as_str());
    if hardly_code || beside || analysis.totals.code < 60 {
        return;
    }
    let carries = |category: Category| {
        matches!(
            category,
            Category::WebFramework
                | Category::Database
                | Category::Interface
                | Category::AsyncRuntime
                | Category::StateManagement
                | Category::CommandLine
                | Category::MachineLearning
                | Category::DataProcessing
                | Category::Networking
                | Category::Messaging
                | Category::Rpc
        )
    };
    let mut deps: Vec<String> = analysis
        .dependencies
        .iter()
        .filter(|found| !found.internal && found.scope == DependencyScope::Runtime)
        .filter(|found| is_of_the_whole(source, found))
        .filter(|found| is_of_its_language(&language, analysis.explained.material, found))
        .filter(|found| found.category.is_some_and(carries))
        // A server beside a game's page only hands it out.
        .filter(|found| {
            analysis.explained.material != Material::Game || found.category != Some(Category::WebFramework)
        })
        .map(spoken)
        // "Net" of somebody's names nothing.
        .filter(|name| prose::is_sayable(name) && name.len() > 3)
        .collect();
    deps.dedup();
    deps.truncate(4);

    // "It is a server, written in Python" said it.
    let said_so = telling.tells(Kind::Is);
    let known = telling.words_told().any(|words| {
        words
            .split(|c: char| !c.is_alphanumeric() && c != '+')
            .any(|word| word == language)
    });
    if said_so || known && deps.is_empty() {
        return;
    }
    telling
        .tell(Kind::Stack, [("lang", language), ("deps", grammar::list(&deps))])
        .rank_last(0.6);
}

/// The named tasks of a role, in their order.
fn steps(source: &Source<'_>) -> Group {
    let mut telling = Telling::new("its tasks", -0.5, 0.2);
    for file in of_kind(source, OperationKind::Steps).take(2 + source.reach()) {
        let said: Vec<String> = file
            .words
            .iter()
            .map(|words| speakable(words).trim_end_matches([',', '.', ' ']).to_owned())
            .map(|words| prose::lower_first(&words))
            .filter(|words| prose::is_sayable(words) && !words.contains(": "))
            .collect();
        for (at, chunk) in said.chunks(IN_ONE_BREATH).enumerate() {
            let kind = if at == 0 { Kind::Steps } else { Kind::StepsMore };
            telling.tell_from(
                kind,
                [("file", source.file(&file.file)), ("items", chunk.join("; "))],
                place(file),
            );
        }
    }

    telling.finish()
}

/// The chapters of a book, in their order.
fn chapters(source: &Source<'_>) -> Group {
    let mut telling = Telling::new("its chapters", -0.5, 0.1);
    for (at, group) in of_kind(source, OperationKind::Chapters).enumerate() {
        let said: Vec<&String> = group
            .words
            .iter()
            .filter(|words| prose::is_sayable(words))
            .collect();
        let items: Vec<&str> = said.iter().map(|words| words.as_str()).collect();
        if items.len() > 1 {
            let kind = if at == 0 {
                Kind::Chapters
            } else {
                Kind::ChaptersMore
            };
            telling.tell_from(kind, [("items", items.join("; "))], place(group));
        }
    }

    telling.finish()
}

/// What it offers to those who call it, and which files its folders hold.
fn parts(source: &Source<'_>) -> Group {
    let analysis = source.analysis;
    let mut telling = Telling::new("its folders", -0.5, 0.25);
    let offered: Vec<String> = analysis
        .public_names
        .iter()
        .map(|found| found.name.clone())
        .collect();
    let offered = said_names(&offered, MOST_NAMES);
    if offered.len() > 2
        && analysis.explained.material == Material::Library
        && let Some(first) = analysis.public_names.first()
    {
        let source_of = Remark {
            text: offered.join(" "),
            file: first.source.clone(),
            line: 1,
        };
        telling.tell_from(
            Kind::Public,
            [("names", grammar::list(&offered))],
            vec![source_of],
        );
    }
    for folder in of_kind(source, OperationKind::Folder).take(1 + 2 * source.reach()) {
        let said = said_names(&folder.words, MOST_NAMES + 4);
        if said.len() > 2 {
            let called = names::path(&format!("{}/", folder.subject));
            telling.tell_from(
                Kind::Folder,
                [("folder", called), ("names", grammar::list(&said))],
                place(folder),
            );
        }
    }

    telling.finish()
}

/// Whom it asks, and what it is told by those who start it.
fn outside(source: &Source<'_>) -> Group {
    let mut telling = Telling::new("the outside", 0.0, 0.4);
    let mut hosts: Vec<&String> = Vec::new();
    let mut sources: Vec<Remark> = Vec::new();
    // What a helper of tests asks, the product does not.
    let own = |found: &&Operation| {
        let path = found.file.to_lowercase();
        !["test", "mock", "example", "fixture", "script"]
            .iter()
            .any(|word| path.contains(word))
    };
    for found in of_kind(source, OperationKind::Hosts).filter(own) {
        for host in &found.words {
            if hosts.len() < 4 && !hosts.contains(&host) {
                hosts.push(host);
                sources.extend(place(found));
            }
        }
    }
    if !hosts.is_empty() {
        telling.tell_from(Kind::Hosts, [("names", grammar::list(&hosts))], sources);
    }

    // `KILN_HOME` is no two words, and cannot be said as one.
    let variables = source.analysis.environment_variables.iter();
    let plain: Vec<_> = variables.filter(|name| !name.contains('_')).cloned().collect();
    let told = said_names(&plain, 6);
    let runs = matches!(
        source.analysis.explained.material,
        Material::Server | Material::WebApplication | Material::Tool
    );
    if told.len() > 1 && runs {
        telling.tell(Kind::Environment, [("names", grammar::list(&told))]);
    }

    telling.finish()
}

/// The errors that the code has names for.
fn failures(source: &Source<'_>) -> Group {
    let mut telling = Telling::new("its errors", 0.3, 0.6);
    let most = if source.is(Depth::Beginner) { 1 } else { 2 };
    for found in of_kind(source, OperationKind::Failures).take(most) {
        // "Other" and "error" name nothing.
        let said: Vec<String> = said_names(&found.words, MOST_NAMES)
            .into_iter()
            .filter(|name| name.contains(' ') || name.len() > 8)
            .collect();
        if said.len() > 1 {
            telling.tell_from(
                Kind::Failures,
                [
                    ("names", grammar::list(&said)),
                    ("file", source.file(&found.file)),
                ],
                place(found),
            );
        }
    }

    telling.finish()
}

/// Where the tests are, and what a pipeline runs.
fn checks(source: &Source<'_>) -> Group {
    let mut telling = Telling::new("the checks", -0.2, 0.3);
    let tests = &source.analysis.tests;
    let frameworks: Vec<&String> = tests
        .frameworks
        .iter()
        .filter(|name| prose::is_sayable(name))
        .collect();
    // Which of several is used in which folder is not known.
    let one = frameworks.len() == 1 || tests.places.len() == 1;
    let folder = tests.places.iter().find(|place| place.files > 1).filter(|_| one);
    if let (Some(folder), false) = (folder, frameworks.is_empty()) {
        telling.tell(
            Kind::TestsIn,
            [
                ("folder", names::path(&format!("{}/", folder.path))),
                ("framework", grammar::list(&frameworks[..frameworks.len().min(2)])),
            ],
        );
    }

    let mut told: Vec<String> = Vec::new();
    for found in of_kind(source, OperationKind::Checks).take(3) {
        let commands: Vec<String> = found
            .words
            .iter()
            .map(|line| typed(line))
            .filter(|line| !line.is_empty() && !told.contains(line))
            .take(4)
            .collect();
        if commands.is_empty() {
            continue;
        }
        told.extend(commands.iter().cloned());
        let when = if found.subject.is_empty() {
            String::new()
        } else {
            format!("on {}", found.subject)
        };
        telling.tell_from(
            Kind::Checks,
            [
                ("when", when),
                ("system", pipeline(&found.file).to_owned()),
                ("commands", grammar::list(&commands)),
            ],
            place(found),
        );
    }

    telling.finish()
}

/// Who runs a pipeline, by its path.
fn pipeline(path: &str) -> &'static str {
    match path {
        _ if path.starts_with(".github/") => "GitHub Actions",
        ".gitlab-ci.yml" => "GitLab",
        ".travis.yml" => "Travis",
        ".circleci/config.yml" => "CircleCI",
        ".cirrus.yml" => "Cirrus",
        _ => "Azure Pipelines",
    }
}

/// A command as it is said: what stands for all packages goes.
fn typed(line: &str) -> String {
    let words = line.split_whitespace().filter(|word| !word.contains("..."));

    words
        .map(|word| word.trim_start_matches("./"))
        .collect::<Vec<_>>()
        .join(" ")
}

/// From where others take a module in: `source = "…"` of the read-me's first example.
fn taken_from(source: &Source<'_>) -> Option<(Remark, String)> {
    if source.analysis.explained.material != Material::Infrastructure {
        return None;
    }
    let passages = source.analysis.explained.passages.iter();
    let mut lines = passages
        .filter(|passage| !passage.file.contains('/'))
        .flat_map(|passage| &passage.commands);

    lines.find_map(|line| {
        let (key, value) = line.text.split_once('=')?;
        let value = value.trim().trim_matches('"');
        let plain = value.matches('/').count() > 1
            && value
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "/-_.".contains(c));
        (key.trim() == "source" && plain && !value.starts_with('.')).then(|| (line.clone(), value.to_owned()))
    })
}

/// The newest release that is marked in its history.
fn tags(source: &Source<'_>) -> Group {
    let mut telling = Telling::new("its tags", 0.2, 0.3);
    let Some(history) = &source.analysis.history else {
        return telling.finish();
    };
    let newest = history.tags.first().and_then(|tag| Some((tag, tag.at?)));
    if let Some((tag, at)) = newest.filter(|_| history.tags_count > 2) {
        let version = tag.name.trim_start_matches(['v', 'V']);
        let plain = version.starts_with(|c: char| c.is_ascii_digit())
            && version.chars().all(|c| c.is_ascii_digit() || c == '.');
        if plain && version.contains('.') {
            telling.tell(
                Kind::Tagged,
                [("version", version.to_owned()), ("month", grammar::month(at))],
            );
        }
    }

    telling.finish()
}

/// What it needs, how it is packed, and the commands that have a name.
fn running(source: &Source<'_>) -> Group {
    let mut telling = Telling::new("how it runs", 0.35, 0.25);
    let manifests = source.analysis.manifests.iter();
    let mut root = manifests.filter(|manifest| !manifest.path.contains('/'));
    if let Some(needs) = root.find(|manifest| !manifest.requires.is_empty()) {
        let file = Remark {
            text: needs.requires.join(" "),
            file: needs.path.clone(),
            line: 1,
        };
        let said: Vec<&String> = needs
            .requires
            .iter()
            .filter(|words| prose::is_sayable(words))
            .take(2)
            .collect();
        if !said.is_empty() {
            telling.tell_from(Kind::Requires, [("needs", grammar::list(&said))], vec![file]);
        }
    }
    if let Some(needs) = of_kind(source, OperationKind::Needs).next() {
        telling.tell_from(
            Kind::Requires,
            [("needs", grammar::list(&needs.words))],
            place(needs),
        );
    }
    if let Some((line, taken)) = taken_from(source) {
        telling.tell_from(Kind::Taken, [("commands", taken)], vec![line]);
    }
    // An image in which packages are built is not the one that runs.
    let runs = |image: &&Operation| {
        let depth = image.file.matches('/').count();
        depth == 0 || depth == 1 && image.file.starts_with("docker/")
    };
    if let Some(image) = of_kind(source, OperationKind::Image).find(runs) {
        let base = image
            .subject
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .replace([':', '-'], " ");
        let command = image
            .words
            .first()
            .map(|line| line.trim_start_matches("./").to_owned());
        let kind = if command.is_some() {
            Kind::Image
        } else {
            Kind::ImagePlain
        };
        telling.tell_from(
            kind,
            [("base", base), ("commands", command.unwrap_or_default())],
            place(image),
        );
    }
    if let Some(services) = of_kind(source, OperationKind::Services).next() {
        let said = said_names(&services.words, MOST_NAMES);
        if said.len() > 1 {
            telling.tell_from(Kind::Services, [("names", grammar::list(&said))], place(services));
        }
    }
    if let Some(scripts) = of_kind(source, OperationKind::Scripts).next() {
        let said: Vec<String> = scripts
            .words
            .iter()
            .filter_map(|pair| pair.split_once(": "))
            .map(|(name, line)| format!("{name} runs {line}"))
            .take(4)
            .collect();
        telling.tell_from(Kind::Scripts, [("items", said.join("; "))], place(scripts));
    }
    if let Some(targets) = of_kind(source, OperationKind::Targets).next() {
        let said: Vec<String> = targets
            .words
            .iter()
            .take(6)
            .map(|name| name.replace('_', " "))
            .collect();
        telling.tell_from(Kind::Targets, [("names", grammar::list(&said))], place(targets));
    }

    telling.finish()
}
