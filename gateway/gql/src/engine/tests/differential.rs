//! Answers beside those of graphql-js, the reference implementation: seeded random operations with conditions, fragments
//! and variables, compared byte by byte, the order of keys included. It runs in Node.js, from the packages that
//! `tests/clients/install` brings. `GQL_DOCUMENTS` and `GQL_SEED` ask for more of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_graphql::{Schema, ValidationMode};
use serde_json::{Map, Value, json};

use super::{DEEPEST, Mutation, Query, Ticks, config, with};
use crate::Engine;

const DOCUMENTS: usize = 400;
const VARIABLES: [&str; 4] = ["a", "b", "c", "d"];
const FRAGMENTS: usize = 4;

/// A field of a type: under which key it may stand, what is written for it, and of which type it is when that has fields.
type Choice = (&'static str, Option<&'static str>);

/// Keys that stand for the same field wherever they are, so that fields of one key can always be merged.
fn choices(ty: &str) -> &'static [Choice] {
    match ty {
        "Query" => &[
            ("node", Some("Node")),
            ("found", Some("Found")),
            (
                "story(id: \"0f8fad5b-d9cb-469f-a165-70867728950e\")",
                Some("Story"),
            ),
            ("stories", Some("StoryConnection")),
            ("x: node", Some("Node")),
            ("fails", None),
            ("echo(n: $n)", None),
        ],
        "Mutation" => &[("count", Some("Count")), ("x: count", Some("Count"))],
        "Count" => &[("calls", None), ("again", None), ("a: again", None)],
        "Node" => &[("id", None), ("a: id", None)],
        "Story" => &[
            ("id", None),
            ("a: id", None),
            ("title", None),
            ("kind", None),
            ("parent", Some("Story")),
            ("run", Some("Run")),
            ("chapters", Some("Chapter")),
            ("node", Some("Node")),
        ],
        "Run" => &[
            ("id", None),
            ("a: id", None),
            ("status", None),
            ("t: title", None),
            ("chapters: log", Some("Chapter")),
            ("node", Some("Node")),
        ],
        "Chapter" => &[("title", None), ("index", None)],
        "StoryConnection" => &[("edges", Some("StoryEdge")), ("pageInfo", Some("PageInfo"))],
        "StoryEdge" => &[("cursor", None), ("node", Some("Story"))],
        "PageInfo" => &[("hasNextPage", None)],
        _ => &[],
    }
}

/// Types that a fragment on a type may be on.
fn conditions(ty: &str) -> &'static [&'static str] {
    match ty {
        "Node" | "Found" | "Story" | "Run" => match ty {
            "Story" => &["Story", "Node", "Found"],
            "Run" => &["Run", "Node", "Found"],
            _ => &["Story", "Run", "Node", "Found"],
        },
        "Query" => &["Query"],
        "Mutation" => &["Mutation"],
        _ => &[],
    }
}

/// `SplitMix64`: the same numbers for the same seed, on every machine.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ mixed >> 31) % most as u64).unwrap()
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// A random operation.
struct Writing {
    numbers: Numbers,
    /// Types that fragments are on. A fragment spreads only those behind it.
    fragments: Vec<&'static str>,
    /// Fragments and variables that the part being written uses.
    spread: BTreeSet<usize>,
    used: BTreeSet<&'static str>,
    left: usize,
}

impl Writing {
    fn condition(&mut self) -> String {
        let mut written = String::new();
        for name in ["skip", "include"] {
            if self.numbers.below(4) > 0 {
                continue;
            }
            let value = match self.numbers.below(4) {
                0 => "true".to_owned(),
                1 => "false".to_owned(),
                _ => {
                    let name = self.numbers.pick(&VARIABLES);
                    self.used.insert(name);
                    format!("${name}")
                }
            };
            written.push_str(&format!(" @{name}(if: {value})"));
        }

        written
    }

    fn set(&mut self, ty: &'static str, depth: usize, behind: usize) -> String {
        let mut written = "{ ".to_owned();
        for _ in 0..=self.numbers.below(4) {
            self.left = self.left.saturating_sub(1);
            written.push_str(&self.selection(ty, depth, behind));
            written.push(' ');
        }
        written + "}"
    }

    fn selection(&mut self, ty: &'static str, depth: usize, behind: usize) -> String {
        let fragments: Vec<_> = (behind..self.fragments.len())
            .filter(|index| conditions(ty).contains(&self.fragments[*index]))
            .collect();
        match self.numbers.below(6) {
            0 if depth > 0 => {
                let on = conditions(ty);
                let (condition, ty) = match self.numbers.below(3) {
                    0 => (String::new(), ty),
                    _ if on.is_empty() => (String::new(), ty),
                    _ => {
                        let on = self.numbers.pick(on);
                        (format!(" on {on}"), on)
                    }
                };
                let directives = self.condition();
                format!("...{condition}{directives} {}", self.set(ty, depth - 1, behind))
            }
            1 if !fragments.is_empty() => {
                let index = self.numbers.pick(&fragments);
                self.spread.insert(index);
                format!("...F{index}{}", self.condition())
            }
            _ => self.field(ty, depth, behind),
        }
    }

    fn field(&mut self, ty: &'static str, depth: usize, behind: usize) -> String {
        let choices: Vec<_> = choices(ty)
            .iter()
            .filter(|(_, inner)| inner.is_none() || (depth > 0 && self.left > 0))
            .copied()
            .collect();
        if choices.is_empty() || self.numbers.below(8) == 0 {
            return format!("__typename{}", self.condition());
        }

        let (text, inner) = self.numbers.pick(&choices);
        if text.contains("$n") {
            self.used.insert("n");
        }
        let directives = self.condition();
        match inner {
            Some(inner) => format!("{text}{directives} {}", self.set(inner, depth - 1, behind)),
            None => format!("{text}{directives}"),
        }
    }
}

/// A document and the variables for it.
fn write(seed: u64) -> (String, Map<String, Value>) {
    let mut numbers = Numbers(seed);
    let root = if numbers.below(4) == 0 {
        "Mutation"
    } else {
        "Query"
    };
    let mut on = vec![root, "Story", "Run", "Node", "Found"];
    on.rotate_left(numbers.below(5));
    on.truncate(FRAGMENTS);

    let mut writing = Writing {
        numbers,
        fragments: on,
        spread: BTreeSet::new(),
        used: BTreeSet::new(),
        left: 60,
    };

    let operation = writing.set(root, 5, 0);
    let mut fragments = BTreeMap::new();
    // Each fragment spreads only those behind it, so one way through is enough.
    for index in 0..FRAGMENTS {
        if writing.spread.contains(&index) {
            let ty = writing.fragments[index];
            fragments.insert(
                index,
                format!(" fragment F{index} on {ty} {}", writing.set(ty, 3, index + 1)),
            );
        }
    }

    let mut definitions = Vec::new();
    let mut variables = Map::new();
    for name in writing.used.clone() {
        if name == "n" {
            definitions.push("$n: Int".to_owned());
            continue;
        }
        match writing.numbers.below(3) {
            0 => definitions.push(format!("${name}: Boolean = {}", writing.numbers.below(2) == 0)),
            default => {
                let default = if default == 1 { " = true" } else { "" };
                definitions.push(format!("${name}: Boolean!{default}"));
                variables.insert(name.to_owned(), json!(writing.numbers.below(2) == 0));
            }
        }
    }

    let kind = if root == "Mutation" { "mutation" } else { "query" };
    let definitions = match definitions.as_slice() {
        [] => String::new(),
        all => format!("({})", all.join(", ")),
    };
    let fragments: String = fragments.into_values().collect();

    (format!("{kind} {definitions} {operation}{fragments}"), variables)
}

fn clients() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/clients")
}

/// What graphql-js answers to each; none without its package, which is a failure in CI.
fn reference(sdl: &str, requests: &[(String, Map<String, Value>)]) -> Option<Vec<Value>> {
    if !clients().join("node_modules").is_dir() {
        assert!(
            std::env::var_os("CI").is_none(),
            "tests/clients has no node_modules; run tests/clients/install"
        );
        return None;
    }

    let requests = requests
        .iter()
        .map(|(query, variables)| json!({ "query": query, "variables": variables }));
    let input = json!({ "sdl": sdl, "requests": requests.collect::<Vec<_>>() });
    let mut node = Command::new("node")
        .arg(clients().join("execute.mjs"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node runs");
    node.stdin
        .take()
        .unwrap()
        .write_all(input.to_string().as_bytes())
        .unwrap();
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success());

    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

#[tokio::test]
async fn answers_are_those_of_graphql_js() {
    let (count, seed) = (number("GQL_DOCUMENTS", DOCUMENTS as u64), number("GQL_SEED", 1));
    let requests: Vec<_> = (0..count)
        .map(|index| write(seed.wrapping_mul(1_000_003).wrapping_add(index)))
        .collect();

    let calls = Arc::new(AtomicUsize::new(0));
    let schema = Schema::build(Query, Mutation(Arc::clone(&calls)), Ticks)
        .validation_mode(ValidationMode::Fast)
        .limit_recursive_depth(DEEPEST)
        .finish();
    let sdl = schema.sdl();
    let mut config = config();
    config.limits.complexity = u64::MAX;
    config.limits.aliases = 1_000;
    config.limits.root_fields = 1_000;
    config.limits.directives = 1_000;
    let engine = Engine::new(schema, config).unwrap();

    let Some(expected) = reference(&sdl, &requests) else {
        return;
    };

    let mut compared = 0;
    for ((query, variables), expected) in requests.iter().zip(expected) {
        // What graphql-js refuses is refused; how, other tests say.
        calls.store(0, Ordering::SeqCst);
        let asked = engine.ask(with(query, Value::Object(variables.clone())));
        if expected.get("refused").is_some() {
            assert!(asked.is_err(), "graphql-js refuses {query}: {expected}");
            continue;
        }

        let prepared = asked.unwrap_or_else(|refused| panic!("{query}: {}", super::told(&refused)));
        let response = engine.execute(prepared).await;
        let mut paths: Vec<_> = response
            .errors
            .iter()
            .map(|error| serde_json::to_string(&error.path).unwrap())
            .collect();
        paths.sort_unstable();

        assert_eq!(
            serde_json::to_string(&response.data).unwrap(),
            expected["data"].as_str().unwrap(),
            "{query} {variables:?}"
        );
        assert_eq!(json!(paths), expected["paths"], "{query} {variables:?}");
        compared += 1;
    }

    assert!(
        compared * 10 > requests.len() * 9,
        "{compared} of {} compared",
        requests.len()
    );
}
