//! The tidy test: the size, shape and dependency rules of the tree that can be checked by reading it.

mod hops;
mod names;
mod syntax;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

const CRATES: [&str; 9] = [
    "proto",
    "kit",
    "flow",
    "gateway",
    "auth-svc",
    "backup-svc",
    "billing-svc",
    "story-svc",
    "agent-svc",
];
/// Crates inside a product's folder.
const LIBRARIES: [&str; 12] = [
    "assistant",
    "continuity",
    "fiction",
    "forge",
    "githost",
    "gql",
    "manuscript",
    "redaction",
    "repo",
    "scaffold",
    "toolchain",
    "tutor",
];
const FILE_LINES: usize = 600;
const FUNCTION_LINES: usize = 100;
/// `unwrap` and `expect` per 1,000 production lines.
const UNWRAPS_PER_THOUSAND: f64 = 3.0;

struct Source {
    path: PathBuf,
    text: String,
}

impl Source {
    /// The text without the items that only tests see: a module, a function, an impl, a declaration.
    fn production(&self) -> String {
        without_tests(&self.text)
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }
}

fn without_tests(text: &str) -> String {
    let mut lines = text.lines();
    let mut kept = String::with_capacity(text.len());

    while let Some(line) = lines.next() {
        if line.trim_start().starts_with("#[cfg(test)]") {
            skip_item(&mut lines);
        } else {
            kept.push_str(line);
            kept.push('\n');
        }
    }

    kept
}

/// Goes behind the item that an attribute stands before: to the end of its line, or to the closing bracket that stands
/// below its beginning. `rustfmt` has put them there.
fn skip_item<'a>(lines: &mut impl Iterator<Item = &'a str>) {
    let is_part_of_head = |line: &&str| matches!(line.trim_start().get(..2), None | Some("#[" | "//"));
    let Some(first) = lines.find(|line| !is_part_of_head(line)) else {
        return;
    };
    if first.ends_with([';', ',']) || first.ends_with("{}") {
        return;
    }

    let indent = first.len() - first.trim_start().len();
    let closes = |line: &str| {
        let (margin, rest) = line.split_at_checked(indent).unwrap_or((line, ""));
        margin.trim().is_empty() && matches!(rest, "}" | "};" | "}," | ");" | "];")
    };
    lines.find(|line| closes(line));
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn walk(folder: &Path, found: &mut Vec<Source>) {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .expect("a folder of the tree")
        .flatten()
        .collect();
    entries.sort_by_key(fs::DirEntry::path);

    for entry in entries {
        let path = entry.path();
        if path.is_dir() {
            if path
                .file_name()
                .is_some_and(|name| name != "target" && name != ".git" && name != "node_modules")
            {
                walk(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("Rust sources are UTF-8");
            let path = path.strip_prefix(root()).expect("inside the tree").to_path_buf();
            found.push(Source { path, text });
        }
    }
}

fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    for folder in CRATES.iter().chain(&["src", "tests"]) {
        walk(&root().join(folder), &mut found);
    }
    found
}

fn is_production(source: &Source) -> bool {
    let parts: Vec<_> = source
        .path
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();

    !parts.iter().any(|part| {
        matches!(
            part.as_ref(),
            "tests" | "benches" | "examples" | "fixtures" | "testing" | "conformance"
        ) || matches!(
            part.as_ref(),
            "testing.rs" | "tests.rs" | "fixtures.rs" | "conformance.rs" | "build.rs"
        )
    })
}

fn none(title: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{title}:\n  {}", broken.join("\n  "));
}

#[test]
fn only_the_items_that_tests_see_are_cut_out_of_a_file() {
    let text = "
use a;
#[cfg(test)]
mod early;
fn one() {
    #[cfg(test)]
    let (x, y) = (1, 2);
    body();
}
#[cfg(test)]
#[expect(lint, reason = \"a reason\")]
/// Words.
impl One {
    fn two(
        x: u8,
    ) {
        {}
    }
}
#[cfg(test)]
pub(crate) fn empty() {}
struct Two {
    #[cfg(test)]
    seen: u8,
    kept: u8,
}
#[cfg(test)]
use b::{
    c,
};
#[cfg(test)]
mod tests {
    fn three() {}
}
const LAST: u8 = 1;
";

    let kept: Vec<_> = without_tests(text)
        .split_whitespace()
        .map(str::to_owned)
        .collect();

    assert_eq!(
        kept.join(" "),
        "use a; fn one() { body(); } struct Two { kept: u8, } const LAST: u8 = 1;"
    );
}

#[test]
fn no_production_file_is_longer_than_the_hard_limit() {
    let broken: Vec<_> = sources()
        .iter()
        .filter(|source| is_production(source))
        .map(|source| (source.production().lines().count(), source.name()))
        .filter(|(lines, _)| *lines > FILE_LINES)
        .map(|(lines, name)| format!("{name}: {lines} lines"))
        .collect();
    none("files over 600 lines", &broken);
}

#[test]
fn no_function_is_longer_than_the_hard_limit() {
    let mut broken = Vec::new();
    for source in sources().iter().filter(|source| is_production(source)) {
        let mut open: Option<(usize, &str, &str)> = None;
        let text = source.production();
        for (number, line) in text.lines().enumerate() {
            let trimmed = line.trim_start();
            let indent = &line[..line.len() - trimmed.len()];

            if let Some((start, outer, name)) = open
                && line.trim_end() == format!("{outer}}}")
            {
                if number - start > FUNCTION_LINES {
                    broken.push(format!("{}: {name} ({} lines)", source.name(), number - start));
                }
                open = None;
            } else if open.is_none() && is_function(trimmed) {
                open = Some((number, indent, trimmed));
            }
        }
    }

    none("functions over 100 lines", &broken);
}

fn is_function(line: &str) -> bool {
    let words = line.split('(').next().unwrap_or_default().replace("pub ", " ");
    let mut words = words.split_whitespace();
    words
        .all(|word| matches!(word, "const" | "async" | "unsafe" | "extern") || word == "fn" || word.len() > 2)
        && line.contains("fn ")
        && !line.starts_with("//")
        && !line.contains(';')
        && line.ends_with(['{', '(', ','])
}

#[test]
fn every_file_opens_by_saying_what_it_owns() {
    let broken: Vec<_> = sources()
        .iter()
        .filter(|source| !source.text.trim_start().starts_with("//!"))
        .map(Source::name)
        .collect();
    none("files without a `//!` opening", &broken);
}

#[test]
fn nothing_unfinished_is_left_in_the_tree() {
    let marks = ["TO", "FIX", "XX"].map(|half| match half {
        "TO" => "TODO",
        "FIX" => "FIXME",
        _ => "XXX",
    });

    let mut broken = Vec::new();
    for source in sources()
        .iter()
        .filter(|source| !source.path.ends_with("tidy.rs"))
    {
        for (number, line) in source.text.lines().enumerate() {
            if marks.iter().any(|mark| line.contains(&format!("// {mark}")))
                || line.contains("unimplemented!(")
            {
                broken.push(format!("{}:{}", source.name(), number + 1));
            }
        }
    }

    none("unfinished marks", &broken);
}

#[test]
fn every_metric_says_what_it_means() {
    let described = fs::read_to_string(root().join("kit/src/telemetry/descriptions.rs")).unwrap();
    let mut broken = Vec::new();
    for source in sources().iter().filter(|source| is_production(source)) {
        let text = source.production();
        for place in ["metrics::counter!(", "metrics::gauge!(", "metrics::histogram!("] {
            for (at, _) in text.match_indices(place) {
                let Some(name) = text[at + place.len()..].trim_start().strip_prefix('"') else {
                    continue;
                };
                let name = name.split('"').next().unwrap_or_default();

                if !described.contains(&format!("\"{name}\"")) {
                    broken.push(format!("{}: {name}", source.name()));
                }
            }
        }
    }

    assert!(
        broken.is_empty(),
        "describe in kit/src/telemetry/descriptions.rs: {broken:#?}"
    );
}

#[test]
fn modules_are_named_after_themselves() {
    let broken: Vec<_> = sources()
        .iter()
        .filter(|source| source.path.ends_with("mod.rs"))
        .map(Source::name)
        .collect();
    none("mod.rs files", &broken);
}

#[test]
fn unwraps_are_rare_in_production() {
    let (mut lines, mut unwraps) = (0, 0);
    for source in sources().iter().filter(|source| is_production(source)) {
        let text = source.production();
        lines += text.lines().count();
        unwraps += text.matches(".unwrap()").count();
        unwraps += text.matches(".expect(\"").count();
    }

    let rate = 1000.0 * f64::from(u32::try_from(unwraps).expect("few"))
        / f64::from(u32::try_from(lines).expect("some"));
    assert!(
        rate < UNWRAPS_PER_THOUSAND,
        "{unwraps} unwraps in {lines} production lines ({rate:.1} per 1,000)"
    );
}

/// Who may depend on whom, by the architecture: services meet only in `proto`.
#[test]
fn crates_depend_only_on_what_the_architecture_allows() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("proto", [].as_slice()),
        ("flow", [].as_slice()),
        ("kit", ["proto"].as_slice()),
        ("gateway", ["proto", "kit", "gql"].as_slice()),
        ("gateway/gql", [].as_slice()),
        ("auth-svc", ["proto", "kit"].as_slice()),
        ("backup-svc", ["proto", "kit"].as_slice()),
        ("billing-svc", ["proto", "kit"].as_slice()),
        (
            "agent-svc",
            [
                "proto",
                "kit",
                "assistant",
                "continuity",
                "fiction",
                "forge",
                "redaction",
                "repo",
                "tutor",
            ]
            .as_slice(),
        ),
        ("agent-svc/assistant", ["proto"].as_slice()),
        ("agent-svc/continuity", ["proto"].as_slice()),
        ("agent-svc/fiction", ["proto"].as_slice()),
        ("agent-svc/forge", ["scaffold"].as_slice()),
        ("agent-svc/redaction", [].as_slice()),
        ("agent-svc/repo", ["proto"].as_slice()),
        ("agent-svc/tutor", [].as_slice()),
        (
            "story-svc",
            [
                "proto",
                "kit",
                "flow",
                "githost",
                "manuscript",
                "scaffold",
                "toolchain",
            ]
            .as_slice(),
        ),
        ("story-svc/githost", [].as_slice()),
        ("story-svc/toolchain", [].as_slice()),
        ("story-svc/manuscript", [].as_slice()),
        ("story-svc/scaffold", [].as_slice()),
    ]);

    let mut broken = Vec::new();
    for (name, may) in allowed {
        let text = fs::read_to_string(root().join(name).join("Cargo.toml")).expect("a manifest");
        let manifest: toml::Table = text.parse().expect("valid TOML");
        let dependencies = manifest
            .get("dependencies")
            .and_then(toml::Value::as_table)
            .cloned()
            .unwrap_or_default();

        for dependency in dependencies.keys() {
            if (CRATES.contains(&dependency.as_str()) || LIBRARIES.contains(&dependency.as_str()))
                && !may.contains(&dependency.as_str())
            {
                broken.push(format!("{name} -> {dependency}"));
            }
        }
    }

    none("forbidden dependencies", &broken);
}
