//! Tests as what they promise: by subject, with the titles that state a rule, word for word.

use std::{collections::BTreeMap, sync::LazyLock};

use super::comments;
use crate::{
    analysis::{
        model::{Promise, Remark},
        words,
    },
    pattern::LatePattern,
};

const MAX_CASES: usize = 40;
const MAX_PROMISES: usize = 16;

/// One test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Case {
    /// 1-based.
    pub(crate) line: u32,
    /// As its authors wrote it; empty where it is the name of a function, whose words were never a sentence.
    pub(crate) title: String,
    /// The describe block that it stands in.
    pub(crate) subject: Option<String>,
}

static PATTERNS: LazyLock<Vec<(&'static [&'static str], LatePattern)>> = LazyLock::new(|| {
    let table: [(&'static [&'static str], &'static str); 9] = [
        (&["rs"], r"^\s*(?:pub )?(?:async )?fn (?P<n>\w{8,})\("),
        (
            &["py"],
            r"^\s*(?:async )?def test_(?P<n>\w+)\(|^class Test(?P<d>\w+)",
        ),
        (
            &["js", "mjs", "cjs", "ts", "mts", "jsx", "tsx", "coffee"],
            r#"^\s*(?:it|test|specify)(?:\.\w+)*\(\s*(?:'(?P<n>[^'\n]+)'|"(?P<n2>[^"\n]+)"|`(?P<n3>[^`\n]+)`)|^\s*(?:describe|suite|context)(?:\.\w+)*\(\s*(?:'(?P<d>[^'\n]+)'|"(?P<d2>[^"\n]+)"|`(?P<d3>[^`\n]+)`)"#,
        ),
        (&["go"], r"^func Test(?P<n>[A-Z_0-9]\w*)\("),
        (
            &["rb"],
            r#"^\s*(?:it|specify|test|scenario)\s*\(?['"](?P<n>[^'"\n]+)['"]|^\s*(?:describe|context)\s*\(?['"]?(?P<d>[^'"\n,]+?)['"]?(?: do|,)"#,
        ),
        (
            &["java", "kt", "cs", "scala", "php", "swift"],
            r"\b(?:void|fun|func|function|Task) +`?(?:test)?(?P<n>[\w ]{8,}?)`?\(",
        ),
        (&["tcl", "test"], r#"^\s*test\s+\{?"?(?P<n>[^{}"\n]+)"?\}?\s*\{"#),
        (&["bats"], r#"^@test\s+"(?P<n>[^"\n]+)""#),
        (
            &["c", "cc", "cpp", "cxx", "dart", "ex", "exs", "ino"],
            r#"^\s*(?:TEST|TEST_F|TEST_P|TEST_CASE|START_TEST|test|testWidgets|test_that)(?:\s*\(\s*|\s+)['"]?(?P<n>[^)'"\n{]+)|^(?:static )?void test_?(?P<n2>\w+)\("#,
        ),
    ];
    let compiled = table
        .into_iter()
        .map(|(extensions, pattern)| (extensions, LatePattern::new(pattern)));

    compiled.collect()
});

/// The tests of one file.
pub(crate) fn cases(path: &str, text: &str, is_test: bool) -> Vec<Case> {
    let extension = comments::extension(path);
    let beside = extension == "rs" && text.contains("#[test]");
    if !is_test && !beside {
        return Vec::new();
    }
    let Some(pattern) = PATTERNS
        .iter()
        .find(|(extensions, _)| extensions.contains(&extension))
        .and_then(|(_, pattern)| pattern.get())
    else {
        return Vec::new();
    };

    let mut found: Vec<Case> = Vec::new();
    let mut subject: Option<String> = None;
    let mut outermost = 0;
    let mut marked = extension != "rs";
    for (row, line) in text.lines().enumerate() {
        let trimmed = line.trim_start();
        if extension == "rs" && trimmed.starts_with("#[") {
            marked |= trimmed.contains("test]") || trimmed.contains("::test") || trimmed.contains("rstest");
            continue;
        }
        let Some(groups) = pattern.captures(line).filter(|_| line.len() < 400 && marked) else {
            continue;
        };
        marked = extension != "rs";

        let first = |names: [&str; 3]| {
            names
                .iter()
                .find_map(|name| groups.name(name))
                .map(|name| name.as_str())
        };
        if let Some(describes) = first(["d", "d2", "d3"]) {
            let depth = line.len() - trimmed.len();
            if subject.is_none() || depth <= outermost {
                outermost = depth;
                subject = Some(spoken(describes));
            }
        } else if let Some(name) = first(["n", "n2", "n3"]) {
            found.push(Case {
                line: u32::try_from(row + 1).unwrap_or(u32::MAX),
                title: title(name),
                subject: subject.clone(),
            });
        }
        if found.len() == MAX_CASES {
            break;
        }
    }

    found
}

/// "handles_empty_input" and "handles empty input" alike.
fn spoken(name: &str) -> String {
    let name = name.trim();
    if name.contains(' ') {
        name.to_owned()
    } else {
        words::words(name)
    }
}

/// A title is written in words; "handles_empty_input" is none.
fn title(name: &str) -> String {
    let name = name.trim();
    if name.contains(' ') {
        name.to_owned()
    } else {
        String::new()
    }
}

/// Whether a title states a rule: a sentence with a verb such as "should" or a third person, of some words.
fn states_rule(name: &str) -> u32 {
    // "tx commit err not writable" is a name, and no sentence for its "not".
    const ALONE: [&str; 4] = ["not", "when", "never", "always"];
    const VERBS: [&str; 44] = [
        "uses",
        "skips",
        "creates",
        "removes",
        "loads",
        "prefers",
        "preserves",
        "requires",
        "escapes",
        "stops",
        "starts",
        "writes",
        "reads",
        "shows",
        "should",
        "must",
        "can",
        "cannot",
        "is",
        "are",
        "does",
        "returns",
        "keeps",
        "throws",
        "fails",
        "rejects",
        "ignores",
        "handles",
        "accepts",
        "refuses",
        "works",
        "never",
        "always",
        "not",
        "allows",
        "respects",
        "when",
        "gets",
        "has",
        "stays",
        "falls",
        "sets",
        "survives",
        "merges",
    ];
    let words: Vec<&str> = name.split_whitespace().collect();
    let plain = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || " -',".contains(c));
    // "is field range reversed" and "error when start is min" are names of functions, and no sentences.
    let first = words.first().map(|word| word.to_lowercase()).unwrap_or_default();
    let asks = [
        "is", "are", "has", "get", "set", "test", "error", "assert", "expect", "verify", "check",
    ];
    let spoken = name.chars().any(char::is_uppercase) || words.contains(&"should");
    let numbered = first.starts_with(|c: char| c.is_ascii_digit());
    if numbered || !(4..=16).contains(&words.len()) || !plain || asks.contains(&first.as_str()) && !spoken {
        return 0;
    }
    let found = || {
        let lower = words.iter().map(|word| word.to_lowercase());
        lower.filter(|word| VERBS.contains(&word.as_str()))
    };
    if found().all(|word| ALONE.contains(&word.as_str())) && !spoken {
        return 0;
    }
    let verbs = found().count() as u32;

    verbs * 3 + u32::try_from(words.len().min(9)).unwrap_or(0) * u32::from(verbs > 0)
}

/// All tests by subject, the largest first.
pub(super) fn promises<'f>(files: impl Iterator<Item = (&'f str, &'f [Case])>) -> Vec<Promise> {
    let mut by_subject: BTreeMap<String, Promise> = BTreeMap::new();
    for (path, cases) in files {
        for case in cases {
            let subject = case.subject.clone().unwrap_or_else(|| subject_of(path));
            if subject.is_empty() {
                continue;
            }
            let promise = by_subject
                .entry(subject.to_lowercase())
                .or_insert_with(|| Promise {
                    subject,
                    file: path.to_owned(),
                    cases: 0,
                    rules: Vec::new(),
                });
            promise.cases += 1;
            promise.rules.push(Remark {
                text: case.title.clone(),
                file: path.to_owned(),
                line: case.line,
            });
        }
    }

    let mut promises: Vec<Promise> = by_subject.into_values().collect();
    for promise in &mut promises {
        promise.rules.retain(|rule| states_rule(&rule.text) > 0);
        promise.rules.sort_by_key(|rule| {
            (
                std::cmp::Reverse(states_rule(&rule.text)),
                rule.file.clone(),
                rule.line,
            )
        });
        promise.rules.truncate(3);
    }
    promises.sort_by(|a, b| b.cases.cmp(&a.cases).then_with(|| a.subject.cmp(&b.subject)));
    promises.truncate(MAX_PROMISES);

    promises
}

/// What a file of tests is about, by its name: "res.cookie.js" is "res cookie".
fn subject_of(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let words = words::words(stem);
    let kept: Vec<&str> = words
        .split(' ')
        .filter(|word| {
            !matches!(
                *word,
                "test" | "tests" | "spec" | "lib" | "src" | "main" | "mod" | "unit" | "index"
            )
        })
        .collect();
    if kept.is_empty() {
        let folder = path.rsplit('/').nth(1).unwrap_or_default();
        if matches!(folder, "src" | "lib") {
            return String::new();
        }
        return words::words(folder)
            .replace("tests", "")
            .replace("test", "")
            .trim()
            .to_owned();
    }

    kept.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_grouped_by_what_they_describe() {
        let text = "describe('cookies', function () {\n  it('should set the domain of the cookie', f)\n  it('works', f)\n})\n";
        let found = cases("test/res.cookie.js", text, true);
        assert_eq!(found.len(), 2);
        let told = promises([("test/res.cookie.js", found.as_slice())].into_iter());
        assert_eq!(
            (told[0].subject.as_str(), told[0].cases, told[0].rules.len()),
            ("cookies", 2, 1)
        );
        assert_eq!(told[0].rules[0].line, 2);

        let text = "def test_never_shuts_a_gate_that_is_open(self):\n    pass\n";
        let found = cases("tests/test_profile.py", text, true);
        let told = promises([("tests/test_profile.py", found.as_slice())].into_iter());
        assert_eq!((told[0].cases, told[0].rules.len()), (1, 0));
    }

    #[test]
    fn a_subject_is_found_in_a_file_name_and_in_rust_only_marked_functions_count() {
        let text = "#[test]\nfn keeps_the_order_of_lines() {}\nfn helper_of_the_tests() {}\n";
        let found = cases("src/queue.rs", text, false);
        assert_eq!(found.len(), 1);
        assert_eq!(subject_of("tests/queue_order_test.rs"), "queue order");
        assert_eq!(
            cases(
                "tests/unit/expire.tcl",
                "    test {EXPIRE - keys must go when they are old} {\n",
                true
            )
            .len(),
            1
        );
    }
}
