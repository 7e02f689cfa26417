//! How it is tested, built, configured and kept in order. Slots: count, files, frameworks, sentence, ci, images, …

use super::{Group, Source, Telling};
use crate::analysis::model::{TestPlace, Tests};
use crate::author::grammar::{self, prose};
use crate::author::model::Depth;
use crate::author::phrase::Kind;
use crate::narration::speakable::{names, speakable};

pub(super) fn tests(source: &Source<'_>) -> Vec<Group> {
    let tests = &source.analysis.tests;

    if source.analysis.totals.code == 0 {
        return Vec::new();
    }

    // That none are known does not show that there are none.
    if tests.count == 0 && tests.files == 0 && tests.places.is_empty() {
        return Vec::new();
    }

    let mut telling = Telling::new("the tests", 0.0, 0.4);
    telling.tell(Kind::OpenTests, []);

    let files: Vec<String> = tests
        .examples
        .iter()
        .take(2)
        .map(|example| example.path.clone())
        .collect();

    // Where single tests are understood they are counted; elsewhere their folder is told.
    let counted = tests.count > 0;
    let folder = tests.places.first().filter(|_| !counted);
    let place = folder.map(|folder| source.file(&format!("{}/", folder.path)));
    let written = folder.map(written_in).unwrap_or_default();
    telling.add_about(
        Kind::Tests,
        [
            (
                "count",
                if counted {
                    grammar::count(tests.count, "test", "tests")
                } else {
                    String::new()
                },
            ),
            ("files", files_of_tests(tests)),
            ("place", place.clone().unwrap_or_default()),
            ("written", written),
        ],
        files,
    );

    if source.is(Depth::Beginner) {
        let gloss = "a test is a small program that asks the code a question and knows the right answer";
        telling.tell(Kind::Gloss, [("gloss", gloss.to_owned())]);
    }

    let frameworks: Vec<&str> = tests.frameworks.iter().take(3).map(String::as_str).collect();
    telling.maybe(
        Kind::TestFrameworks,
        (!frameworks.is_empty()).then(|| [("frameworks", grammar::list(&frameworks))]),
    );

    let code = source.analysis.code_lines().saturating_sub(tests.code_lines);
    if tests.code_lines > 50 && code > 0 && tests.code_lines * 100 >= code {
        let ratio = tests.code_lines * 100 / code;
        telling.tell(Kind::TestRatio, [("ratio", grammar::number(ratio))]);
    }

    let mut examples = Telling::new("what the tests say", 0.9, 0.6);
    let sayable = tests.examples.iter().map(|example| {
        (
            prose::lower_first(speakable(&example.sentence).trim_end_matches('.')),
            example.path.clone(),
        )
    });
    let sayable = sayable.filter(|(said, _)| {
        prose::is_sayable(said) && said.split_whitespace().count() >= 4 && prose::has_verb(said)
    });
    for (index, (sentence, path)) in sayable.take(4 + 4 * source.reach()).enumerate() {
        let kind = if index == 0 {
            Kind::TestExample
        } else {
            Kind::TestMore
        };
        examples.add_about(kind, [("sentence", sentence)], vec![path]);
    }

    let mut groups = vec![telling.finish(), examples.finish()];
    groups.retain(|group| !group.facts.is_empty());

    groups
}

/// Files that hold the counted tests; nothing where only a folder of tests is known.
fn files_of_tests(tests: &Tests) -> String {
    if tests.files == 0 {
        return String::new();
    }
    grammar::count(tests.files, "file", "files")
}

/// "about two hundred and ten files, most of them in Tcl".
fn written_in(folder: &TestPlace) -> String {
    let files = grammar::count(folder.files, "file", "files");
    match &folder.language {
        Some(language) if folder.files == 1 => format!("{files} in {language}"),
        Some(language) => format!("{files}, most of them in {language}"),
        None => files,
    }
}

pub(super) fn tell(source: &Source<'_>) -> Vec<Group> {
    let mut groups = vec![machinery(source), state(source)];
    groups.retain(|group| !group.facts.is_empty());
    groups
}

fn machinery(source: &Source<'_>) -> Group {
    let analysis = source.analysis;
    let mut telling = Telling::new("the machinery", 0.6, 0.7);
    if let Some(ci) = analysis.ci.first() {
        let count = analysis.ci.len() as u64;
        telling.add_about(
            Kind::Ci,
            [
                ("ci", ci.system.clone()),
                ("pipelines", grammar::count(count, "pipeline", "pipelines")),
            ],
            vec![ci.path.clone()],
        );

        if source.is(Depth::Beginner) {
            let gloss = "continuous integration means that a machine repeats the checks after every change";
            telling.tell(Kind::Gloss, [("gloss", gloss.to_owned())]);
        }
    }

    if let Some(container) = analysis.containers.first() {
        let services: Vec<String> = analysis
            .containers
            .iter()
            .flat_map(|c| &c.services)
            .map(|s| names::identifier(s))
            .take(4)
            .collect();

        telling.add_about(
            Kind::Containers,
            [
                ("file", source.file(&container.path)),
                ("services", grammar::list(&services)),
            ],
            vec![container.path.clone()],
        );
    }

    let configured: Vec<String> = analysis
        .configuration
        .iter()
        .map(|c| prose::lower_first(&c.what))
        .filter(|w| prose::is_sayable(w))
        .take(4)
        .collect();
    let mut configured = configured;
    configured.dedup();
    telling.maybe(
        Kind::Config,
        (!configured.is_empty()).then(|| [("configs", grammar::list(&configured))]),
    );

    let variables = analysis.environment_variables.len() as u64;
    if variables > 1 {
        telling.tell(
            Kind::Env,
            [(
                "count",
                grammar::count(variables, "environment variable", "environment variables"),
            )],
        );
    }

    telling.finish()
}

fn state(source: &Source<'_>) -> Group {
    let analysis = source.analysis;
    let mut telling = Telling::new("the state of the code", 1.0, 0.8);
    if analysis.totals.code == 0 {
        return telling.finish();
    }

    telling.tell(
        Kind::Complexity,
        [("label", analysis.complexity.label().to_owned())],
    );

    if source.is(Depth::Advanced) {
        let mut parts: Vec<_> = analysis.complexity.parts.iter().collect();
        parts.sort_by(|a, b| (b.value * b.weight).total_cmp(&(a.value * a.weight)));

        for part in parts.into_iter().take(3) {
            let fact = in_words(&prose::lower_first(speakable(&part.fact).trim_end_matches('.')));
            if prose::is_sayable(&fact) {
                telling.tell(
                    Kind::ComplexityPart,
                    [("part", names::identifier(&part.name)), ("fact", fact)],
                );
            }
        }
    }

    let mut counts: Vec<_> = analysis
        .definition_counts
        .iter()
        .filter(|count| count.count > 0)
        .collect();
    counts.sort_by_key(|count| std::cmp::Reverse(count.count));

    let said: Vec<String> = counts
        .iter()
        .take(3)
        .map(|c| grammar::count(c.count, c.kind.label(), c.kind.plural()))
        .collect();
    telling.maybe(
        Kind::DefCounts,
        (said.len() > 1).then(|| [("counts", grammar::list(&said))]),
    );

    let (public, documented) = counts
        .iter()
        .fold((0, 0), |(p, d), count| (p + count.public, d + count.documented));
    if public > 10 && !source.is(Depth::Beginner) && documented > 0 && documented <= public {
        telling.tell(
            Kind::DocCoverage,
            [(
                "share",
                grammar::share(documented as f64 / public as f64).to_owned(),
            )],
        );
    }

    for (index, file) in analysis.largest_files.iter().take(2).enumerate() {
        telling.add_about(
            if index == 0 {
                Kind::Largest
            } else {
                Kind::LargestNext
            },
            [
                ("file", source.file(&file.path)),
                ("lines", grammar::count(file.code_lines, "line", "lines")),
            ],
            vec![file.path.clone()],
        );
    }

    let todos = analysis.todos.total();
    if todos > 0 {
        telling.tell(Kind::Todos, [("count", grammar::count(todos, "note", "notes"))]);
    }

    telling.finish()
}

/// Numbers written in figures, said in words.
fn in_words(text: &str) -> String {
    let said = text
        .split(' ')
        .map(|word| match word.replace(',', "").parse::<u64>() {
            Ok(number) => grammar::round_number(number),
            Err(_) => word.to_owned(),
        });
    said.collect::<Vec<_>>().join(" ")
}
