//! What code names: the errors that can come of it, and the hosts that it asks.

use std::sync::LazyLock;

use regex::Regex;

use super::operation;
use crate::analysis::{
    explain::comments,
    model::{Operation, OperationKind},
};

const MOST_NAMES: usize = 8;

pub(super) fn find(path: &str, text: &str) -> Vec<Operation> {
    let known = matches!(
        comments::extension(path),
        "rs" | "go" | "py" | "js" | "jsx" | "ts" | "tsx" | "mjs" | "rb" | "java" | "kt" | "cs" | "php"
    );
    if !known {
        return Vec::new();
    }

    [failures(path, text), hosts(path, text)]
        .into_iter()
        .flatten()
        .collect()
}

/// Types and values of errors that a file declares.
fn failures(path: &str, text: &str) -> Option<Operation> {
    static DECLARED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(
            r"^\s{0,4}(?:class\s+(?P<py>[A-Z]\w+)\s*\(\s*(?:[\w.]+\s*,\s*)*[\w.]*(?:Error|Exception)\s*[,)]|(?:export\s+)?(?:default\s+)?class\s+(?P<js>[A-Z]\w+)\s+extends\s+\w*(?:Error|Exception)\b|(?:var\s+)?(?P<go>Err[A-Z]\w+)\s*=\s*(?:errors\.New|fmt\.Errorf)\(|class\s+(?P<rb>[A-Z]\w+)\s*<\s*(?:::)?\w*(?:Error|Exception)\b)",
        )
        .ok()
    });
    if path.ends_with(".d.ts") || !text.contains("Err") && !text.contains("Exception") {
        return None;
    }
    let pattern = DECLARED.as_ref()?;

    let mut names: Vec<String> = Vec::new();
    let mut first = None;
    for (row, line) in text.lines().enumerate().filter(|(_, line)| line.len() < 200) {
        let Some(groups) = pattern.captures(line) else {
            continue;
        };
        let name = ["py", "js", "go", "rb"]
            .iter()
            .find_map(|name| groups.name(name))
            .map_or("", |found| found.as_str());
        let bare = name
            .strip_prefix("Err")
            .filter(|_| groups.name("go").is_some())
            .or_else(|| name.strip_suffix("Error"))
            .or_else(|| name.strip_suffix("Exception"))
            .unwrap_or(name);
        // Of "BottleException" the first word alone would be a bottle.
        let several = bare.chars().skip(1).any(char::is_uppercase) || groups.name("go").is_some();
        let bare = if several { bare } else { name };
        if bare.len() > 2 && names.len() < MOST_NAMES {
            names.push(bare.to_owned());
            first.get_or_insert(row);
        }
    }
    if path.ends_with(".rs") {
        let (row, variants) = variants(text)?;
        (first, names) = (Some(row), variants);
    }

    (names.len() > 1).then(|| operation(path, first.unwrap_or(0), OperationKind::Failures, "", names))
}

/// The variants of the first public enum of Rust that is called an error.
fn variants(text: &str) -> Option<(usize, Vec<String>)> {
    static OPENS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r"^pub(?:\([^)]*\))? enum \w*Error(?:Kind)?(?:<[^>]*>)? \{$").ok()
    });
    static VARIANT: LazyLock<Option<Regex>> =
        LazyLock::new(|| crate::pattern::compile(r"^    ([A-Z]\w+)\s*(?:[,({]|$)").ok());
    let (opens, variant) = (OPENS.as_ref()?, VARIANT.as_ref()?);

    let row = text.lines().position(|line| opens.is_match(line))?;
    let names: Vec<String> = text
        .lines()
        .skip(row + 1)
        .take_while(|line| *line != "}")
        .filter_map(|line| Some(variant.captures(line)?.get(1)?.as_str().to_owned()))
        .filter(|name| !name.starts_with("__"))
        .take(MOST_NAMES)
        .collect();

    Some((row, names))
}

/// Hosts in the strings of code that asks somebody, or that calls them its service.
fn hosts(path: &str, text: &str) -> Option<Operation> {
    static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(
            r#"["'`](?:https?|wss?)://(?P<h>[a-z0-9][a-z0-9.-]*\.[a-z]{2,})(?:[:/][^"'`\s]*)?["'`]"#,
        )
        .ok()
    });
    static ASKS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r"(?i)\b(?:\w*(?:api|endpoint|base|root|service|server|host|upstream)\w*)\s*(?::\s*[\w&']+\s*)?(?::=|=|:)\s*|\b(?:fetch|get|post|put|request|urlopen|axios|open|dial|connect|newrequest)\w*!?\(").ok()
    });
    const OTHERS: [&str; 16] = [
        "example.",
        "localhost",
        "w3.org",
        "schema",
        "json-schema",
        "apache.org",
        "opensource.org",
        "gnu.org",
        "mozilla.org",
        "wikipedia.org",
        "stackoverflow.com",
        "readthedocs",
        "docs.",
        "npmjs",
        "unpkg",
        "jsdelivr",
    ];
    if !text.contains("://") {
        return None;
    }
    let (address, asks) = (ADDRESS.as_ref()?, ASKS.as_ref()?);

    let mut names: Vec<String> = Vec::new();
    let mut first = None;
    let mut documented = false;
    for (row, line) in text.lines().enumerate().filter(|(_, line)| line.len() < 300) {
        let trimmed = line.trim_start();
        // An example in a documentation is asked by nobody.
        let opens = trimmed.contains("\"\"\"");
        if opens && trimmed.matches("\"\"\"").count() % 2 == 1 {
            documented = !documented;
        }
        if documented {
            continue;
        }
        let comment = ["//", "#", "*", "/*", "<!--", "\"\"\"", ">>>"]
            .iter()
            .any(|mark| trimmed.starts_with(mark));
        if comment || !line.contains("://") || !asks.is_match(line) {
            continue;
        }
        for found in address.captures_iter(line) {
            let host = &found["h"];
            let other = OTHERS.iter().any(|word| host.contains(word))
                || matches!(
                    host,
                    "github.com" | "www.github.com" | "gitlab.com" | "twitter.com"
                );
            if !other && names.len() < MOST_NAMES && !names.iter().any(|known| known == host) {
                names.push(host.to_owned());
                first.get_or_insert(row);
            }
        }
    }

    Some(operation(path, first?, OperationKind::Hosts, "", names))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(path: &str, text: &str) -> Vec<(OperationKind, Vec<String>)> {
        find(path, text)
            .into_iter()
            .map(|found| (found.kind, found.words))
            .collect()
    }

    #[test]
    fn errors_are_known_by_how_they_are_declared() {
        let failures = |words: &[&str]| {
            vec![(
                OperationKind::Failures,
                words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>(),
            )]
        };
        assert_eq!(
            told(
                "a.py",
                "class GateError(Exception):\n    pass\nclass TooHigh(GateError):\n    pass\nclass Mill(Base):\n    pass\n"
            ),
            failures(&["GateError", "TooHigh"])
        );
        assert_eq!(
            told(
                "a.go",
                "var (\n\tErrNoWater = errors.New(\"no water\")\n\tErrClosed  = errors.New(\"closed\")\n)\n"
            ),
            failures(&["NoWater", "Closed"])
        );
        assert_eq!(
            told(
                "a.rs",
                "/// What fails.\npub enum MillError {\n    /// Dry.\n    NoWater,\n    Broken { stone: u8 },\n}\n"
            ),
            failures(&["NoWater", "Broken"])
        );
        assert_eq!(
            told(
                "a.ts",
                "export class GateError extends Error {}\nclass DryError extends GateError {}\n"
            ),
            failures(&["GateError", "DryError"])
        );
        assert!(
            told(
                "a.ts",
                "class ErrorBoundary extends Component {}\nclass ErrorPage extends Page {}\n"
            )
            .is_empty()
        );
    }

    #[test]
    fn hosts_are_told_where_code_asks_them_and_not_where_a_page_is_named() {
        let text = "// see https://tides.example.net\nconst API_ROOT = 'https://api.tides.io/v1';\nconst link = 'https://pages.tides.io';\nfetch(\"https://moon.tides.io/phase\");\n";
        assert_eq!(
            told("a.js", text),
            [(
                OperationKind::Hosts,
                vec!["api.tides.io".to_owned(), "moon.tides.io".to_owned()]
            )]
        );

        let text = "\"\"\"Asks.\n\n    >>> get('https://shown.tides.io/now')\n    get('https://shown.tides.io')\n\"\"\"\n";
        assert!(told("a.py", text).is_empty());
    }
}
