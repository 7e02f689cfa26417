//! What each tool says, as findings with file and line: lines of the compiler, the bundler's account, the test runner's JSON.

use serde_json::Value;

use crate::sandbox::{Output, PROJECT};

/// Of what a tool says; characters.
const SAYS_MAX: usize = 900;
/// What is blamed when a tool names no file: what says how it is run.
const PACKAGE: &str = "package.json";

/// What is run, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// TypeScript's compiler; it writes nothing.
    Types,
    /// Vite.
    Build,
    /// Vitest, the project's own tests and flows.
    Tests,
}

impl Tool {
    pub const ALL: [Self; 3] = [Self::Types, Self::Build, Self::Tests];

    /// In one word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Types => "types",
            Self::Build => "build",
            Self::Tests => "tests",
        }
    }

    /// Below `node_modules`.
    pub(crate) fn script(self) -> &'static str {
        match self {
            Self::Types => "typescript/bin/tsc",
            Self::Build => "vite/bin/vite.js",
            Self::Tests => "vitest/vitest.mjs",
        }
    }

    /// Of Node.js.
    pub(crate) fn arguments(self) -> Vec<&'static str> {
        match self {
            Self::Types => vec![
                "/deps/node_modules/typescript/bin/tsc",
                "--noEmit",
                "--pretty",
                "false",
            ],
            Self::Build => vec![
                "/deps/node_modules/vite/bin/vite.js",
                "build",
                "--configLoader",
                "runner",
            ],
            Self::Tests => vec![
                "/deps/node_modules/vitest/vitest.mjs",
                "run",
                "--silent=true",
                "--passWithNoTests",
                "--reporter=json",
            ],
        }
    }
}

/// One thing that a tool found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolFinding {
    pub tool: Tool,
    /// Of the project; `package.json` where the tool named none.
    pub path: String,
    /// From 1.
    pub line: usize,
    /// In the tool's words; at most 900 characters.
    pub says: String,
}

pub(crate) fn read_report(tool: Tool, succeeded: bool, output: &Output) -> Vec<ToolFinding> {
    if succeeded {
        return Vec::new();
    }

    let found = match tool {
        Tool::Types => read_types(&output.out),
        Tool::Build => vec![read_build(&plain(&output.errors))],
        Tool::Tests => read_tests(&output.out),
    };
    match found.is_empty() {
        false => found,
        // It failed otherwise than a project does.
        true => {
            let said = format!("{}\n{}", plain(&output.errors), plain(&output.out));
            vec![finding(
                tool,
                (PACKAGE.to_owned(), 1),
                &format!("It failed: {}", said.trim()),
            )]
        }
    }
}

/// `src/a.ts(12,5): error TS2322: Type …`, with lines below that go on.
fn read_types(said: &str) -> Vec<ToolFinding> {
    let mut found: Vec<ToolFinding> = Vec::new();
    for line in said.lines() {
        let head = line.split_once("): error ").and_then(|(place, says)| {
            let (path, position) = place.rsplit_once('(')?;
            let line = position.split(',').next()?.parse().ok()?;
            Some(((path.to_owned(), line), says))
        });
        match (head, found.last_mut()) {
            (Some((place, says)), _) => found.push(finding(Tool::Types, place, says)),
            (None, Some(last)) if line.starts_with(' ') => {
                last.says = shorten(&format!("{}\n{line}", last.says));
            }
            _ => {}
        }
    }

    found
}

/// `[UNRESOLVED_IMPORT] Could not resolve './a' in src/main.tsx`, and a drawing of where.
fn read_build(said: &str) -> ToolFinding {
    let lines: Vec<&str> = said
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let named = lines.iter().find(|line| line.starts_with('['));
    let said_so = || {
        lines
            .iter()
            .find(|line| line.contains("rror:") && !line.ends_with("rror:"))
    };
    let reason = named.or_else(said_so).or(lines.first());
    let place = find_place(said).unwrap_or((PACKAGE.to_owned(), 1));

    let reason = reason.copied().unwrap_or("nothing is said of why");

    finding(Tool::Build, place, &format!("The build fails: {reason}"))
}

fn read_tests(said: &str) -> Vec<ToolFinding> {
    let report = said
        .lines()
        .find(|line| line.starts_with("{\"numTotalTestSuites\""));
    let report: Value = report
        .and_then(|line| serde_json::from_str(line).ok())
        .unwrap_or_default();
    let mut found = Vec::new();

    for suite in report["testResults"].as_array().into_iter().flatten() {
        let path = suite["name"].as_str().unwrap_or(PACKAGE);
        let path = path
            .strip_prefix(PROJECT)
            .map_or(path, |rest| rest.trim_start_matches('/'));
        let tests = suite["assertionResults"].as_array().into_iter().flatten();
        let failed: Vec<&Value> = tests.filter(|test| test["status"] == "failed").collect();

        if failed.is_empty() && suite["status"] == "failed" {
            let says = plain(suite["message"].as_str().unwrap_or("It can't be run."));
            let place = find_place(&says).unwrap_or((path.to_owned(), 1));
            found.push(finding(
                Tool::Tests,
                place,
                &format!("Its tests can't be run: {says}"),
            ));
        }
        for test in failed {
            let name = test["fullName"].as_str().unwrap_or("without a name");
            let message = plain(test["failureMessages"][0].as_str().unwrap_or_default());
            let line = find_places(&message)
                .find(|(other, _)| other == path)
                .map_or(1, |(_, line)| line);
            let reason = message.lines().next().unwrap_or_default();
            let says = format!("The test “{name}” fails: {reason}");
            found.push(finding(Tool::Tests, (path.to_owned(), line), &says));
        }
    }
    found
}

fn finding(tool: Tool, (path, line): (String, usize), says: &str) -> ToolFinding {
    ToolFinding {
        tool,
        path,
        line,
        says: shorten(says),
    }
}

fn shorten(text: &str) -> String {
    text.trim().chars().take(SAYS_MAX).collect()
}

fn find_place(text: &str) -> Option<(String, usize)> {
    find_places(text).next()
}

/// Each `src/a.tsx:3` in a text.
fn find_places(text: &str) -> impl Iterator<Item = (String, usize)> {
    text.match_indices("src/").filter_map(|(at, _)| {
        let rest = &text[at..];
        let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && !"/_-.".contains(letter))?;
        let digits = rest[end..].strip_prefix(':')?;
        let digits = &digits[..digits
            .find(|letter: char| !letter.is_ascii_digit())
            .unwrap_or(digits.len())];

        Some((rest[..end].to_owned(), digits.parse().ok()?))
    })
}

/// Without the terminal's colours.
fn plain(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|letter: char| letter.is_ascii_alphabetic());
        plain.push_str(end.map_or("", |end| &part[end + 1..]));
    }

    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(tool: Tool, out: &str, errors: &str) -> Vec<(String, usize, String)> {
        let output = Output {
            out: out.to_owned(),
            errors: errors.to_owned(),
        };
        let found = read_report(tool, false, &output);
        found
            .into_iter()
            .map(|one| (one.path, one.line, one.says))
            .collect()
    }

    fn one(path: &str, line: usize, says: &str) -> Vec<(String, usize, String)> {
        vec![(path.to_owned(), line, says.to_owned())]
    }

    #[test]
    fn the_compilers_lines_are_findings() {
        let out = "src/a.ts(103,14): error TS2322: Type 'string' is not assignable.\n  Because of b.\n";
        let says = "TS2322: Type 'string' is not assignable.\n  Because of b.";
        assert_eq!(read(Tool::Types, out, ""), one("src/a.ts", 103, says));
    }

    #[test]
    fn the_bundlers_account_names_a_place() {
        let errors = "\u{1b}[31merror during build:\u{1b}[0m\nBuild failed with 1 error:\n\n\u{1b}[31m[UNRESOLVED_IMPORT] \u{1b}[0mCould not \
            resolve './nowhere' in src/main.tsx\n  ╭─[ src/main.tsx:1:19 ]\n";
        let says = "The build fails: [UNRESOLVED_IMPORT] Could not resolve './nowhere' in src/main.tsx";
        assert_eq!(read(Tool::Build, "", errors), one("src/main.tsx", 1, says));
    }

    #[test]
    fn tests_that_fail_and_files_that_can_not_be_run_are_findings() {
        let results = serde_json::json!([
            { "name": "/deps/project/src/a.test.ts", "status": "failed", "message": "", "assertionResults": [
                { "status": "passed", "fullName": "fine" },
                { "status": "failed", "fullName": "adds", "failureMessages": [
                    "AssertionError: expected 1 to be 2\n at /deps/project/src/lib/b.ts:3:1\n at /deps/project/src/a.test.ts:158:33"
                ]},
            ]},
            { "name": "/deps/project/src/b.test.ts", "status": "failed", "message": "Unexpected token\n[ src/b.test.ts:9:7 ]",
                "assertionResults": [] },
        ]);
        let out = format!("words\n{{\"numTotalTestSuites\":2,\"testResults\":{results}}}\n");
        let found = read(Tool::Tests, &out, "");

        assert_eq!(found[0].0, "src/a.test.ts", "{found:?}");
        assert_eq!((found[0].1, found[1].1), (158, 9));
        assert!(found[0].2.contains("adds") && found[0].2.ends_with("expected 1 to be 2"));
        assert!(found[1].2.starts_with("Its tests can't be run: Unexpected token"));
    }

    #[test]
    fn a_tool_that_fails_otherwise_is_a_finding() {
        let told = one("package.json", 1, "It failed: Killed");
        assert_eq!(read(Tool::Tests, "", "Killed\n"), told);
        assert_eq!(read_report(Tool::Tests, true, &Output::default()), []);
    }
}
