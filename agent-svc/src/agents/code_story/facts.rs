//! An analysis as material for a model: what is known, in little space; key files packed under a budget of tokens; and
//! which paths exist. Everything in it was redacted by the analysis.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use repo::analysis::Analysis;
use repo::analysis::model::KeyFile;

/// Bytes of text that make one token: the usual rule of thumb for English and code. Exact counts differ by model.
const BYTES_PER_TOKEN: usize = 4;
/// Entries of a list shown to a model.
const MODULES: usize = 24;
const DEPENDENCIES: usize = 40;

/// About how many tokens a text is.
pub(super) fn tokens(text: &str) -> usize {
    text.len().div_ceil(BYTES_PER_TOKEN)
}

/// What is known of the repository, as JSON.
pub(super) fn digest(analysis: &Analysis) -> Value {
    let languages: Vec<Value> = analysis
        .languages
        .iter()
        .take(8)
        .map(|language| json!({"name": language.name, "lines": language.code, "files": language.files}))
        .collect();

    let history = analysis.history.as_ref().map(|history| {
        json!({
            "commits": history.commits,
            "first": history.first_at.date_naive(),
            "last": history.last_at.date_naive(),
            "people": history.contributors_count,
            "most_active": history.contributors.iter().take(5).map(|person| &person.name).collect::<Vec<_>>(),
            "recent_changes": history.recent_subjects.iter().take(8).collect::<Vec<_>>(),
        })
    });

    json!({
        "name": analysis.repo.name,
        "owner": analysis.repo.owner,
        "description": analysis.repo.description,
        "kind": analysis.kind.label(),
        "files": analysis.files_analyzed,
        "lines_of_code": analysis.code_lines(),
        "languages": languages,
        "tech_stack": analysis.tech_stack,
        "readme": analysis.readme.as_ref().map(|readme| readme.paragraphs.iter().take(6).collect::<Vec<_>>()),
        "entry_points": analysis.entry_points.iter().take(8).map(|entry| json!({"path": entry.path, "why": entry.evidence})).collect::<Vec<_>>(),
        "tests": tests(analysis),
        "public_names": analysis.public_names.iter().take(20).map(|exported| &exported.name).collect::<Vec<_>>(),
        "licence": analysis.licence.as_ref().map(|licence| &licence.spdx),
        "history": history,
        "notes": analysis.notes,
        "key_files": analysis.key_files.iter().map(|file| json!({"path": file.path, "why": file.why})).collect::<Vec<_>>(),
    })
}

/// What is known of its tests; null when nothing is, for that does not show that there are none.
fn tests(analysis: &Analysis) -> Value {
    let tests = &analysis.tests;
    if tests.count == 0 && tests.files == 0 && tests.places.is_empty() {
        return Value::Null;
    }

    let cases = (tests.count > 0).then_some(tests.count);
    let folders = tests
        .places
        .iter()
        .take(4)
        .map(|place| json!({"path": place.path, "files": place.files, "language": place.language}))
        .collect::<Vec<_>>();

    json!({"files": tests.files, "cases": cases, "frameworks": tests.frameworks, "folders": folders})
}

/// Patterns, modules, routes and size: how it is built.
pub(super) fn architecture(analysis: &Analysis) -> Value {
    let modules = analysis.modules.iter().take(MODULES).map(|module| {
        json!({
            "path": module.path,
            "role": module.role.label(),
            "purpose": module.purpose,
            "lines": module.code_lines,
            "main_definitions": module.main_definitions,
            "depends_on": module.depends_on,
            "key_files": module.key_files,
        })
    });

    json!({
        "patterns": analysis.architecture_patterns,
        "modules": modules.collect::<Vec<_>>(),
        "modules_in_all": analysis.modules.len(),
        "routes": analysis.routes.iter().take(30).map(|route| format!("{} {}", route.method, route.path)).collect::<Vec<_>>(),
        "complexity": {"score": analysis.complexity.score, "label": analysis.complexity.label()},
    })
}

/// What it is built with.
pub(super) fn dependencies(analysis: &Analysis) -> Value {
    let listed = analysis.dependencies.iter().take(DEPENDENCIES).map(|dependency| {
        json!({
            "name": dependency.name,
            "version": dependency.version,
            "scope": dependency.scope,
            "category": dependency.category.map(repo::analysis::model::DependencyCategory::label),
            "purpose": dependency.purpose,
            "manifest": dependency.manifest,
        })
    });

    json!({"in_all": analysis.dependencies.len(), "listed": listed.collect::<Vec<_>>()})
}

/// Key files one after the other, whole or cut, until the budget is used up.
pub(super) fn pack<'a>(files: impl IntoIterator<Item = &'a KeyFile>, budget_tokens: usize) -> String {
    let mut packed = String::new();
    let mut left = budget_tokens;
    let mut left_out = 0;
    for file in files {
        let head = format!("=== {} ({} lines; ", file.path, file.lines);
        let cost = tokens(&file.excerpt) + tokens(&head) + 8;

        if left < 64 {
            left_out += 1;
            continue;
        }

        let text = if cost <= left {
            file.excerpt.as_str()
        } else {
            within(&file.excerpt, left)
        };

        let cut = if text.len() < file.excerpt.len() || file.truncated {
            ", cut"
        } else {
            ""
        };

        let _ = writeln!(
            packed,
            "{head}{} tokens{cut}) ===\n{}\n",
            tokens(text),
            text.trim_end()
        );

        left = left.saturating_sub(cost);
    }

    if left_out > 0 {
        let _ = writeln!(packed, "({left_out} more key files did not fit)");
    }

    packed
}

/// As many whole lines as fit.
fn within(text: &str, budget_tokens: usize) -> &str {
    let most = budget_tokens * BYTES_PER_TOKEN;
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        if end + line.len() > most {
            break;
        }
        end += line.len();
    }

    &text[..end]
}

/// Every path that the analysis names.
pub(super) struct Paths<'a>(BTreeSet<&'a str>);

impl<'a> Paths<'a> {
    pub(super) fn collect(analysis: &'a Analysis) -> Self {
        let mut paths: BTreeSet<&str> = BTreeSet::new();
        paths.extend(analysis.tree.iter().map(|entry| entry.path.as_str()));
        paths.extend(analysis.readme.iter().map(|readme| readme.path.as_str()));
        paths.extend(analysis.manifests.iter().map(|manifest| manifest.path.as_str()));
        paths.extend(analysis.entry_points.iter().map(|entry| entry.path.as_str()));

        for module in &analysis.modules {
            paths.insert(module.path.as_str());
            paths.extend(module.key_files.iter().map(String::as_str));
            paths.extend(module.purpose_source.as_deref());
        }

        paths.extend(
            analysis
                .definitions
                .iter()
                .map(|definition| definition.path.as_str()),
        );
        paths.extend(analysis.routes.iter().map(|route| route.file.as_str()));
        paths.extend(analysis.key_files.iter().map(|file| file.path.as_str()));
        paths.extend(analysis.largest_files.iter().map(|file| file.path.as_str()));
        paths.extend(analysis.todos.busiest_files.iter().map(String::as_str));
        paths.extend(
            analysis
                .tests
                .examples
                .iter()
                .map(|example| example.path.as_str()),
        );

        paths.extend(
            analysis
                .licence
                .iter()
                .flat_map(|licence| &licence.evidence)
                .map(String::as_str),
        );

        paths.extend(
            analysis
                .history
                .iter()
                .flat_map(|history| &history.busiest_files)
                .map(|file| file.path.as_str()),
        );
        paths.extend(analysis.ci.iter().map(|pipeline| pipeline.path.as_str()));
        paths.extend(
            analysis
                .containers
                .iter()
                .map(|container| container.path.as_str()),
        );
        paths.extend(analysis.docs.iter().map(|doc| doc.path.as_str()));
        paths.extend(analysis.configuration.iter().map(|file| file.path.as_str()));

        Self(paths)
    }

    /// All of them, one a line.
    pub(super) fn text(&self) -> String {
        self.0.iter().copied().collect::<Vec<_>>().join("\n")
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.0.contains(path.trim_end_matches('/'))
    }

    /// Whether some path is this one, or ends with it at a slash: how people shorten paths.
    pub(super) fn names(&self, mention: &str) -> bool {
        let mention = mention.trim_start_matches("./").trim_matches('/');
        self.has(mention)
            || self.0.iter().any(|path| {
                path.strip_suffix(mention).is_some_and(|rest| rest.ends_with('/'))
                    || path
                        .strip_prefix(mention)
                        .is_some_and(|rest| rest.starts_with('/'))
            })
    }
}
