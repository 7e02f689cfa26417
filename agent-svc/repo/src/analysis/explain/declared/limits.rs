//! Numbers that code gives a name because they bound something: how many, how large, how long.

use std::sync::LazyLock;

use regex::Regex;

use super::declared;
use crate::analysis::{
    explain::comments,
    model::{Declared, DeclaredKind},
    words,
};

const MOST: usize = 12;

/// Words of a name that says what is bounded.
const BOUNDS: [&str; 28] = [
    "max",
    "maximum",
    "min",
    "minimum",
    "limit",
    "timeout",
    "size",
    "interval",
    "retries",
    "attempts",
    "depth",
    "length",
    "width",
    "height",
    "radius",
    "distance",
    "speed",
    "rate",
    "capacity",
    "threshold",
    "ttl",
    "days",
    "seconds",
    "delay",
    "period",
    "workers",
    "lives",
    "port",
];
/// Words of a name whose number is a sign for something else, or only a matter of the machine.
const SIGNS: [&str; 26] = [
    "version", "mask", "bit", "bits", "flag", "offset", "id", "index", "code", "key", "err", "error", "addr",
    "address", "reg", "register", "shift", "magic", "opcode", "type", "pin", "color", "colour", "status",
    "epoch", "debug",
];

pub(super) fn find(path: &str, text: &str) -> Vec<Declared> {
    let Some(pattern) = pattern_of(comments::extension(path)) else {
        return Vec::new();
    };

    let mut found: Vec<Declared> = Vec::new();
    for (row, line) in text.lines().enumerate().filter(|(_, line)| line.len() < 160) {
        let Some(groups) = pattern.captures(line) else {
            continue;
        };
        let name = &groups["n"];
        let said = words::words(name).to_lowercase();
        let parts: Vec<&str> = said.split(' ').collect();
        let bounds = parts.iter().any(|word| BOUNDS.contains(word));
        let signs = parts.iter().any(|word| SIGNS.contains(word));
        let Some(value) = value(&groups["v"]).filter(|value| *value > 1) else {
            continue;
        };
        if bounds && !signs && (2..=5).contains(&parts.len()) {
            found.push(declared(path, row, DeclaredKind::Limit, name, &value.to_string()));
        }
        if found.len() == MOST {
            break;
        }
    }

    found
}

/// `64 * 1024` as one number.
fn value(text: &str) -> Option<u64> {
    let factors = text
        .split('*')
        .map(|factor| factor.trim().replace('_', "").parse::<u64>().ok());
    factors
        .into_iter()
        .try_fold(1_u64, |product, factor| product.checked_mul(factor?))
}

fn pattern_of(extension: &str) -> Option<&'static Regex> {
    static DEFINED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(
            r"^\s*#\s*define\s+(?P<n>[A-Z][A-Z0-9_]*)\s+\(?(?P<v>[0-9_]+(?:\s*\*\s*[0-9_]+)*)[uUlL]*\)?\s*(?:/[/*].*)?$",
        )
        .ok()
    });
    static CONSTANT: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(
            r"^\s*(?:export\s+|public\s+|private\s+|internal\s+|static\s+|final\s+|pub(?:\([^)]*\))?\s+)*(?:const\s+val|const|static|final|constexpr)\s+(?:\w+\s+)?(?P<n>[A-Z][A-Z0-9_]*)\s*(?::\s*[\w<>]+\s*)?=\s*(?P<v>[0-9_]+(?:\s*\*\s*[0-9_]+)*)[uUlL]*\s*;?\s*(?://.*)?$",
        )
        .ok()
    });
    static PLAIN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(
            r"^(?P<n>[A-Z][A-Z0-9_]*)\s*(?::\s*\w+\s*)?=\s*(?P<v>[0-9_]+(?:\s*\*\s*[0-9_]+)*)\s*(?:#.*)?$",
        )
        .ok()
    });
    static GO: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r"^\s*(?:const\s+)?(?P<n>(?:[Mm]ax|[Mm]in|[Dd]efault)[A-Z]\w*)\s*(?:\w+\s*)?=\s*(?P<v>[0-9_]+(?:\s*\*\s*[0-9_]+)*)\s*(?://.*)?$").ok()
    });

    let pattern = match extension {
        "c" | "h" | "cc" | "cpp" | "hpp" | "ino" => &DEFINED,
        "rs" | "js" | "mjs" | "ts" | "tsx" | "java" | "cs" | "kt" => &CONSTANT,
        "py" | "rb" => &PLAIN,
        "go" => &GO,
        _ => return None,
    };

    pattern.as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(path: &str, text: &str) -> Vec<String> {
        let found = find(path, text).into_iter();
        found
            .map(|found| format!("{} {}", found.name, found.note))
            .collect()
    }

    #[test]
    fn numbers_that_bound_something_are_found_in_every_language() {
        assert_eq!(
            told("a.h", "#define MAX_BOATS 128 // at once\n#define BOAT_ID 7\n"),
            ["MAX_BOATS 128"]
        );
        assert_eq!(
            told(
                "a.rs",
                "const MAX_BODY_SIZE: usize = 64 * 1024;\nconst X: u8 = 3;\n"
            ),
            ["MAX_BODY_SIZE 65536"]
        );
        assert_eq!(told("a.py", "TIDE_TIMEOUT = 30\nname = 4\n"), ["TIDE_TIMEOUT 30"]);
        assert_eq!(
            told("a.go", "const (\n\tmaxGates = 12\n\tflags = 3\n)\n"),
            ["maxGates 12"]
        );
        assert_eq!(told("a.ts", "export const PAGE_SIZE = 50;\n"), ["PAGE_SIZE 50"]);
        assert_eq!(
            told("a.java", "    private static final int MAX_RETRIES = 5;\n"),
            ["MAX_RETRIES 5"]
        );
    }
}
