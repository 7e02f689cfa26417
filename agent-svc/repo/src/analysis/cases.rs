//! Tests that are plainly declared: how many, in which framework, and their names as sentences.

use std::sync::LazyLock;

use super::words;
use crate::pattern::LatePattern;

/// Tests of one file.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Cases {
    pub(crate) count: u64,
    /// A few names as sentences, those with most words first.
    pub(crate) sentences: Vec<String>,
    /// "Rust's built-in tests", "pytest", when the code itself shows it.
    pub(crate) framework: Option<&'static str>,
}

const KEPT: usize = 6;

struct CaseHabit {
    extensions: &'static [&'static str],
    pattern: &'static str,
    framework: Option<&'static str>,
}

static HABITS: LazyLock<Vec<(&'static [&'static str], LatePattern, Option<&'static str>)>> = LazyLock::new(
    || {
        let habits = [
            CaseHabit {
                extensions: &["rs"],
                pattern: r"(?m)^[ \t]*#\[(?:\w+::)*(?:test|rstest|test_case|wasm_bindgen_test|traced_test)\b[^\]]*\](?:\s*#\[[^\]]*\])*\s*(?://[^\n]*\s*)*(?:pub(?:\([^)]*\))? )?(?:async )?fn (?P<n>\w+)",
                framework: Some("Rust's built-in tests"),
            },
            CaseHabit {
                extensions: &["py"],
                pattern: r"(?m)^[ \t]*(?:async )?def (?P<n>test_\w+)\(",
                framework: None,
            },
            CaseHabit {
                extensions: &["js", "mjs", "cjs", "ts", "mts", "jsx", "tsx", "coffee"],
                pattern: r#"(?m)^[ \t]*(?:it|test|specify|Deno\.test)(?:\.(?:only|skip|each\([^)]*\)|concurrent))?\(\s*(?:'(?P<n>[^'\n]+)'|"(?P<n2>[^"\n]+)"|`(?P<n3>[^`\n]+)`)"#,
                framework: None,
            },
            CaseHabit {
                extensions: &["go"],
                pattern: r"(?m)^func (?P<n>Test[A-Z_0-9]\w*)\(",
                framework: Some("Go's testing package"),
            },
            CaseHabit {
                extensions: &["java", "kt", "groovy"],
                pattern: r"(?ms)^[ \t]*@(?:Test|ParameterizedTest|RepeatedTest)\b[^\n]*\n(?:[ \t]*@[^\n]*\n)*[ \t]*(?:public |private |internal |fun |final |static |void |<[^>]*> ?)*`?(?P<n>[\w ]+?)`?\(",
                framework: Some("JUnit"),
            },
            CaseHabit {
                extensions: &["cs"],
                pattern: r"(?ms)\[(?:Fact|Theory|Test|TestMethod)\b[^\]]*\]\s*(?:\[[^\]]*\]\s*)*public (?:async )?(?:\w+(?:<\w+>)?) (?P<n>\w+)\(",
                framework: None,
            },
            CaseHabit {
                extensions: &["rb"],
                pattern: r#"(?m)^[ \t]*(?:it|specify|test|scenario)\s*\(?['"](?P<n>[^'"\n]+)['"]"#,
                framework: None,
            },
            CaseHabit {
                extensions: &["php"],
                pattern: r"(?m)function (?P<n>test\w+)\(",
                framework: Some("PHPUnit"),
            },
            CaseHabit {
                extensions: &["ex", "exs"],
                pattern: r#"(?m)^[ \t]*test "(?P<n>[^"\n]+)""#,
                framework: Some("ExUnit"),
            },
            CaseHabit {
                extensions: &["swift"],
                pattern: r"(?m)func (?P<n>test[A-Z]\w*)\(",
                framework: Some("XCTest"),
            },
            CaseHabit {
                extensions: &["dart"],
                pattern: r#"(?m)^[ \t]*test(?:Widgets)?\(\s*['"](?P<n>[^'"\n]+)['"]"#,
                framework: None,
            },
            CaseHabit {
                extensions: &["c", "cc", "cpp", "cxx", "h", "hpp"],
                pattern: r"(?m)^[ \t]*(?:TEST(?:_F|_P|_CASE)?|START_TEST|TYPED_TEST|BOOST_AUTO_TEST_CASE)\(\s*(?P<n>[^)\n]+)\)",
                framework: None,
            },
            CaseHabit {
                extensions: &["c"],
                pattern: r"(?m)^(?:static )?(?:void|int|bool) (?P<n>test_\w+)\(",
                framework: None,
            },
            // Macros that make a test of a name and a body: `rgtest!(name, |dir| …)`.
            CaseHabit {
                extensions: &["rs"],
                pattern: r"(?m)^[ \t]*[a-z_]*test!\s*[({]\s*(?P<n>[a-z]\w*)\s*,",
                framework: None,
            },
            CaseHabit {
                extensions: &["tcl", "test"],
                pattern: r#"(?m)^[ \t]*test\s+(?:[\w.-]+\s+)?[{"](?P<n>[^}"\n]+)[}"]"#,
                framework: None,
            },
            CaseHabit {
                extensions: &["bats"],
                pattern: r#"(?m)^[ \t]*@test ["'](?P<n>[^"'\n]+)["']"#,
                framework: Some("Bats"),
            },
            CaseHabit {
                extensions: &["sh", "bash"],
                pattern: r"(?m)^(?:function )?(?P<n>test_?[A-Z_]\w*)\s*\(\)",
                framework: None,
            },
            CaseHabit {
                extensions: &["hs", "lhs"],
                pattern: r#"(?m)^[^\n"]*?\b(?:it|prop|specify|testCase|testProperty|unitTest)\s+"(?P<n>[^"\n]+)""#,
                framework: None,
            },
            CaseHabit {
                extensions: &["hs", "lhs"],
                pattern: r"(?m)^(?P<n>prop_\w+)\s*::",
                framework: Some("QuickCheck"),
            },
            CaseHabit {
                extensions: &["lua"],
                pattern: r#"(?m)^[ \t]*(?:it|test)\s*\(?\s*["'](?P<n>[^"'\n]+)["']"#,
                framework: None,
            },
            CaseHabit {
                extensions: &["scala"],
                pattern: r#"(?m)^[ \t]*(?:test|it|property|scenario)\s*\(\s*"(?P<n>[^"\n]+)"|^[ \t]*(?:it|"[^"\n]+")\s+(?:should|must)\s+"(?P<n2>[^"\n]+)"\s+in\b"#,
                framework: None,
            },
            CaseHabit {
                extensions: &["pl", "pm", "t"],
                pattern: r#"(?m)^[ \t]*subtest\s+["'](?P<n>[^"'\n]+)["']"#,
                framework: None,
            },
            CaseHabit {
                extensions: &["r", "R"],
                pattern: r#"(?m)^[ \t]*test_that\(\s*["'](?P<n>[^"'\n]+)["']"#,
                framework: Some("testthat"),
            },
            CaseHabit {
                extensions: &["jl"],
                pattern: r#"(?m)^[ \t]*@testset\s+"(?P<n>[^"\n]+)""#,
                framework: Some("Julia's Test package"),
            },
            CaseHabit {
                extensions: &["clj", "cljs", "cljc"],
                pattern: r"(?m)^\(deftest\s+(?:\^\S+\s+)?(?P<n>[\w-]+)",
                framework: Some("clojure.test"),
            },
            CaseHabit {
                extensions: &["zig"],
                pattern: r#"(?m)^test "(?P<n>[^"\n]+)""#,
                framework: Some("Zig's built-in tests"),
            },
            CaseHabit {
                extensions: &["hcl"],
                pattern: r#"(?m)^run "(?P<n>[\w-]+)""#,
                framework: Some("Terraform's test command"),
            },
        ];
        let late = habits
            .into_iter()
            .map(|habit| (habit.extensions, LatePattern::new(habit.pattern), habit.framework));

        late.collect()
    },
);

/// Looks for tests in one file; `is_test` says what its path says.
pub(crate) fn find(path: &str, text: &str, is_test: bool) -> Cases {
    let Some((_, extension)) = path.rsplit_once('.') else {
        return Cases::default();
    };
    // Only in Rust and Zig do tests live beside the code; elsewhere the words mean other things too.
    let beside = matches!(extension, "rs" | "zig");
    if !is_test && !beside || (beside && !text.contains("test")) {
        return Cases::default();
    }

    let mut cases = Cases::default();
    let habits = HABITS
        .iter()
        .filter(|(extensions, ..)| extensions.contains(&extension));
    for (_, pattern, framework) in habits {
        let Some(pattern) = pattern.get() else { continue };
        for groups in pattern.captures_iter(text) {
            cases.count += 1;
            cases.framework = cases.framework.or(*framework);
            let name = ["n", "n2", "n3"].into_iter().find_map(|name| {
                pattern
                    .capture_names()
                    .any(|known| known == Some(name))
                    .then(|| groups.name(name))?
            });
            if let Some(sentence) = name.and_then(|name| telling(name.as_str())) {
                cases.sentences.push(sentence);
            }
        }
    }

    if cases.count > 0 {
        cases.framework = cases.framework.or_else(|| by_import(extension, text));
    }

    cases
        .sentences
        .sort_by_key(|sentence| std::cmp::Reverse(sentence.split(' ').count().min(9)));
    cases.sentences.dedup();
    cases.sentences.truncate(KEPT);

    cases
}

fn by_import(extension: &str, text: &str) -> Option<&'static str> {
    let known: &[(&str, &'static str)] = match extension {
        "py" => &[
            ("import pytest", "pytest"),
            ("from pytest", "pytest"),
            ("import unittest", "unittest"),
            ("from unittest", "unittest"),
            ("django.test", "Django's tests"),
        ],
        "js" | "mjs" | "cjs" | "ts" | "mts" | "tsx" | "jsx" => &[
            ("vitest", "Vitest"),
            ("@playwright/test", "Playwright"),
            ("node:test", "Node's test runner"),
            ("@jest/globals", "Jest"),
            ("bun:test", "Bun's test runner"),
        ],
        "cs" => &[
            ("using Xunit", "xUnit"),
            ("using NUnit", "NUnit"),
            ("VisualStudio.TestTools", "MSTest"),
        ],
        "c" | "cc" | "cpp" | "cxx" => &[
            ("gtest/gtest.h", "GoogleTest"),
            ("catch", "Catch2"),
            ("doctest", "doctest"),
        ],
        _ => &[],
    };

    known
        .iter()
        .find(|(mark, _)| text.contains(mark))
        .map(|(_, framework)| *framework)
}

/// Names of at least three words that can be read aloud.
fn telling(name: &str) -> Option<String> {
    if name.contains("${") || name.contains(['{', '<', '>', '=', '/', '\\', '%', '$', '#']) {
        return None;
    }
    let sentence = super::prose::tidy(&words::sentence(&name.replace(['`', '"', '\''], "")));
    let count = sentence.split(' ').count();
    ((3..=20).contains(&count) && !sentence.contains("::")).then_some(sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_counted_and_their_names_become_sentences() {
        for (path, text, count, first) in [
            (
                "a.rs",
                "#[cfg(test)]\nmod tests {\n    #[tokio::test(flavor = \"x\")]\n    #[ignore]\n    async fn it_keeps_its_order() {}\n    #[test]\n    fn x() {}\n}\n",
                2,
                "It keeps its order",
            ),
            (
                "test_a.py",
                "import pytest\nclass TestX:\n    def test_order_is_kept(self): ...\n",
                1,
                "Order is kept",
            ),
            (
                "a.test.js",
                "describe('x', () => {\n  it('should keep the order', () => {})\n  test(`works with ${x}`, f)\n})\n",
                2,
                "Should keep the order",
            ),
            (
                "a_test.go",
                "func TestKeepsTheOrder(t *testing.T) {}\nfunc helper() {}\n",
                1,
                "Keeps the order",
            ),
            (
                "ATest.java",
                "    @Test\n    @DisplayName(\"x\")\n    public void keepsTheOrder() {}\n    @Test\n    void other() {}\n",
                2,
                "Keeps the order",
            ),
            ("a_spec.rb", "  it 'keeps the order' do\n", 1, "Keeps the order"),
        ] {
            let cases = find(path, text, true);
            assert_eq!(
                (cases.count, cases.sentences.first().map(String::as_str)),
                (count, Some(first)),
                "{path}"
            );
        }

        assert_eq!(find("src/a.js", "test('a b c', f)", false), Cases::default());
        assert_eq!(
            find("test_a.py", "import pytest\ndef test_a(): ...\n", true).framework,
            Some("pytest")
        );
    }
}
