//! Which tests there are: counted where single ones are understood, and by their folders everywhere.

use std::collections::BTreeMap;

use crate::analysis::model::{Analysis, TestExample, TestPlace, Tests};
use crate::analysis::survey::Survey;

const MAX_TEST_EXAMPLES: usize = 24;

pub(super) fn collect_tests(survey: &Survey, analysis: &Analysis) -> Tests {
    let mut tests = Tests::default();
    let mut frameworks: BTreeMap<String, u64> = BTreeMap::new();
    let mut candidates: Vec<(usize, &str, &str)> = Vec::new();
    for file in &survey.files {
        let is_test = file.is_test && file.code() > 0;
        if is_test {
            tests.code_lines += file.code();
        }

        if file.cases.count > 0 {
            tests.files += 1;
            tests.count += file.cases.count;

            let beside = ["tools/", "scripts/", "contrib/"]
                .iter()
                .any(|folder| file.path.starts_with(folder));
            if let Some(framework) = file.cases.framework.filter(|_| !beside) {
                *frameworks.entry(framework.to_owned()).or_default() += file.cases.count;
            }

            // The n-th sentence of each file before the next of any: many files are heard.
            candidates.extend(
                file.cases
                    .sentences
                    .iter()
                    .enumerate()
                    .map(|(at, sentence)| (at, sentence.as_str(), file.path.as_str())),
            );
        }
    }

    for (name, framework) in [
        ("pytest", "pytest"),
        ("jest", "Jest"),
        ("mocha", "Mocha"),
        ("vitest", "Vitest"),
        ("@playwright/test", "Playwright"),
        ("cypress", "Cypress"),
        ("rspec", "RSpec"),
        ("rspec-rails", "RSpec"),
        ("github.com/stretchr/testify", "Testify"),
        ("xunit", "xUnit"),
        ("NUnit", "NUnit"),
        ("criterion", "Criterion"),
        ("proptest", "proptest"),
        ("insta", "insta"),
        ("supertest", "SuperTest"),
        ("hypothesis", "Hypothesis"),
        ("flutter_test", "Flutter's tests"),
    ] {
        if tests.count > 0
            && analysis
                .dependencies
                .iter()
                // Ruby has a library of that name which only helps other frameworks.
                .any(|found| {
                    found.name.eq_ignore_ascii_case(name) && (name != "mocha" || found.ecosystem == "npm")
                })
        {
            frameworks.entry(framework.to_owned()).or_insert(1);
        }
    }

    tests.places = test_places(survey);

    let mut frameworks: Vec<(String, u64)> = frameworks.into_iter().collect();
    frameworks.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), name.clone()));
    tests.frameworks = frameworks.into_iter().map(|(name, _)| name).collect();
    candidates.sort_by_key(|(at, sentence, path)| {
        (*at, std::cmp::Reverse(sentence.split(' ').count().min(9)), *path)
    });

    let mut seen = std::collections::HashSet::new();
    tests.examples = candidates
        .into_iter()
        .filter(|(_, sentence, _)| seen.insert(sentence.to_lowercase()))
        .take(MAX_TEST_EXAMPLES)
        .map(|(_, sentence, path)| TestExample {
            sentence: sentence.to_owned(),
            path: path.to_owned(),
        })
        .collect();

    tests
}

/// Folders whose names say that they hold tests, with the files of code below them.
fn test_places(survey: &Survey) -> Vec<TestPlace> {
    let mut by_folder: BTreeMap<&str, BTreeMap<&str, u64>> = BTreeMap::new();
    for file in survey.files.iter().filter(|file| file.is_test && file.code() > 0) {
        let (Some(folder), Some(counted)) = (crate::analysis::places::test_folder(&file.path), file.counted)
        else {
            continue;
        };
        let data = [
            "testdata",
            "test-data",
            "test_data",
            "fixtures",
            "__fixtures__",
            "__snapshots__",
        ];
        if folder.rsplit('/').next().is_some_and(|name| data.contains(&name)) {
            continue;
        }
        *by_folder
            .entry(folder)
            .or_default()
            .entry(counted.name)
            .or_default() += 1;
    }

    let mut places: Vec<TestPlace> = by_folder
        .into_iter()
        .map(|(folder, languages)| {
            let files = languages.values().sum();
            let most = languages
                .into_iter()
                .max_by_key(|(name, files)| (*files, std::cmp::Reverse(*name)));
            TestPlace {
                path: folder.to_owned(),
                files,
                language: most
                    .filter(|(_, most)| most * 2 > files)
                    .map(|(name, _)| name.to_owned()),
            }
        })
        .collect();
    places.sort_by(|a, b| b.files.cmp(&a.files).then_with(|| a.path.cmp(&b.path)));
    places.truncate(12);

    places
}
