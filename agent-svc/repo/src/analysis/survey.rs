//! Reads every file that is worth reading, on all processors, keeps what was learned and drops the text.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::{
        LazyLock, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use gix::ObjectId;
use regex::Regex;
use tokio_util::sync::CancellationToken;

use super::{
    assemble::ReadLimits,
    cases::{self, Cases},
    explain::{self, Gleaned},
    languages::{self, Counted},
    links::Links,
    model::{Definition, Route, SkipReason, SkippedFiles},
    modules, places, routes,
    select::{Rules, Verdict},
    syntax::{self, Grammar},
};
use crate::checkout::{Checkout, CheckoutError, TreeFile};

/// Larger sources are counted but not parsed.
const MAX_PARSED_BYTES: usize = 512 * 1024;
/// Definitions kept over all files, so that memory stays bounded.
const MAX_DEFINITIONS: usize = 40_000;
const SKIP_EXAMPLES: usize = 5;

/// What is known of one file.
#[derive(Debug)]
pub(crate) struct FileFacts {
    pub(crate) path: String,
    pub(crate) id: ObjectId,
    pub(crate) bytes: u64,
    pub(crate) counted: Option<Counted>,
    /// The most telling ones; `definition_counts` speaks of all.
    pub(crate) definitions: Vec<Definition>,
    /// Kind, public, documented, for every definition of the file.
    pub(crate) definition_marks: Vec<(super::model::DefinitionKind, bool, bool)>,
    pub(crate) imports: Vec<String>,
    pub(crate) header: Option<String>,
    /// A file that holds the documentation of this one, from the root.
    pub(crate) header_file: Option<String>,
    pub(crate) routes: Vec<Route>,
    pub(crate) cases: Cases,
    pub(crate) todos: [u64; 3],
    pub(crate) environment: Vec<String>,
    pub(crate) is_test: bool,
    pub(crate) gave_up: bool,
    /// What it gives towards an explanation.
    pub(crate) gleaned: Gleaned,
}

impl FileFacts {
    pub(crate) fn code(&self) -> u64 {
        self.counted
            .filter(|counted| counted.is_code)
            .map_or(0, |counted| counted.code)
    }

    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    pub(crate) fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

/// Every file of the tree, read or left out.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// Sorted by path.
    pub(crate) files: Vec<FileFacts>,
    pub(crate) skipped: Vec<SkippedFiles>,
    pub(crate) total: u64,
    /// Folders of the first level, whether anything in them was read or not.
    pub(crate) folders: BTreeSet<String>,
    pub(crate) bytes: u64,
    /// The tree had more entries than can be listed.
    pub(crate) tree_cut: bool,
    pub(crate) links: Links,
}

#[derive(Default)]
struct Skipped(BTreeMap<SkipReason, (u64, Vec<String>)>);

impl Skipped {
    fn add(&mut self, reason: SkipReason, path: &str) {
        let (count, examples) = self.0.entry(reason).or_default();
        *count += 1;
        if examples.len() < SKIP_EXAMPLES {
            examples.push(path.to_owned());
        }
    }

    fn finish(self) -> Vec<SkippedFiles> {
        let mut all: Vec<_> = self
            .0
            .into_iter()
            .map(|(reason, (files, examples))| SkippedFiles {
                reason,
                files,
                examples,
            })
            .collect();

        all.sort_by_key(|skipped| std::cmp::Reverse(skipped.files));

        all
    }
}

/// Surveys HEAD's tree.
pub(crate) fn survey(
    checkout: &Checkout,
    limits: &ReadLimits,
    cancel: &CancellationToken,
) -> Result<Survey, CheckoutError> {
    let list = checkout.list()?;
    let rules = Rules::read_tree(&list.files, &checkout.reader(), limits.max_file_bytes);
    let mut skipped = Skipped::default();
    let mut candidates: Vec<&TreeFile> = Vec::new();
    let sources = compiled_from(&list.files);

    for file in &list.files {
        let compiled = is_compiled(&file.path, &sources).then_some(SkipReason::Generated);
        match rules.by_path(file).or(compiled) {
            Some(reason) => skipped.add(reason, &file.path),
            None => candidates.push(file),
        }
    }

    let (candidates, beyond) = within_limits(candidates, checkout, limits);
    for file in beyond {
        skipped.add(SkipReason::OverLimit, &file.path);
    }

    let keep = (MAX_DEFINITIONS / candidates.len().max(1)).clamp(4, 80);
    let limit = limits.parse_timeout;
    let next = AtomicUsize::new(0);
    let gathered = Mutex::new((Vec::with_capacity(candidates.len()), skipped));
    thread::scope(|scope| {
        for _ in 0..limits.threads.max(1) {
            scope.spawn(|| {
                let reader = checkout.reader();
                let mut own = Vec::new();
                let mut left_out = Vec::new();
                while let Some(file) = candidates.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if cancel.is_cancelled() {
                        break;
                    }
                    match rules.read(file, &reader) {
                        Verdict::Read(text) => own.push(facts(file, &text, limit, keep)),
                        Verdict::Skip(reason) => left_out.push((reason, file.path.as_str())),
                    }
                }

                let mut gathered = gathered.lock().unwrap_or_else(PoisonError::into_inner);
                gathered.0.extend(own);
                left_out
                    .into_iter()
                    .for_each(|(reason, path)| gathered.1.add(reason, path));
            });
        }
    });

    if cancel.is_cancelled() {
        return Err(CheckoutError::Cancelled);
    }

    let (mut files, skipped) = gathered.into_inner().unwrap_or_else(PoisonError::into_inner);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    languages::settle(&mut files);

    let mut skipped = skipped.finish();
    skipped.iter_mut().for_each(|skipped| skipped.examples.sort());

    Ok(Survey {
        bytes: files.iter().map(|file| file.bytes).sum(),
        files,
        skipped,
        total: list.files.len() as u64,
        folders: list
            .files
            .iter()
            .filter_map(|file| Some(file.path.split_once('/')?.0.to_owned()))
            .collect(),
        tree_cut: !list.complete,
        links: Links::read(&list.files, &checkout.reader()),
    })
}

/// Names of style sheets that are compiled to CSS, without their extensions.
fn compiled_from(files: &[TreeFile]) -> HashSet<&str> {
    let sources = files.iter().filter_map(|file| {
        let name = file.path.rsplit('/').next()?;
        [".scss", ".sass", ".less"]
            .iter()
            .find_map(|end| name.strip_suffix(end))
    });
    sources.collect()
}

fn is_compiled(path: &str, sources: &HashSet<&str>) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".css")
        .is_some_and(|stem| sources.contains(stem))
}

/// The files nearest to the root come first when not all of them fit.
fn within_limits<'f>(
    mut candidates: Vec<&'f TreeFile>,
    checkout: &Checkout,
    limits: &ReadLimits,
) -> (Vec<&'f TreeFile>, Vec<&'f TreeFile>) {
    let reader = checkout.reader();
    candidates.sort_by_key(|file| file.path.matches('/').count());

    let most = usize::try_from(limits.max_files).unwrap_or(usize::MAX);
    let mut bytes = 0;
    let mut fits = candidates.len();
    for (at, file) in candidates.iter().enumerate() {
        bytes += reader
            .size(file.id)
            .filter(|size| *size <= limits.max_file_bytes)
            .unwrap_or(0);
        if at >= most || bytes > limits.max_total_bytes {
            fits = at;
            break;
        }
    }

    let beyond = candidates.split_off(fits);
    (candidates, beyond)
}

fn facts(file: &TreeFile, text: &str, limit: Duration, keep: usize) -> FileFacts {
    let path = file.path.as_str();
    let is_test = places::is_test(path);
    let counted = languages::count(path, text);
    let script = explain::is_page(path).then(|| explain::script_of_page(text));
    let script = script.filter(|script| !script.is_empty());
    let grammar = Grammar::from_path(path).or(script.as_ref().map(|_| Grammar::JavaScript));
    let grammar = grammar.filter(|_| text.len() <= MAX_PARSED_BYTES);
    let source = script.as_deref().unwrap_or(text);
    let parsed = match grammar {
        Some(grammar) => syntax::read(grammar, path, source, limit),
        None if text.len() > MAX_PARSED_BYTES => syntax::Syntax::default(),
        None => syntax::read_plainly(path, counted.map(|counted| counted.name), text, limit),
    };
    let is_code = counted.is_some_and(|counted| counted.is_code);
    let product = is_code && !is_test && !places::is_aside(path);
    let definition_marks = parsed
        .definitions
        .iter()
        .map(|found| (found.kind, found.public, found.doc.is_some()))
        .collect();

    let gleaned = explain::glean(path, source, &parsed.definitions, is_test);

    FileFacts {
        path: path.to_owned(),
        id: file.id,
        bytes: text.len() as u64,
        counted,
        definitions: best(parsed.definitions, keep),
        definition_marks,
        imports: parsed.imports,
        header: parsed.header,
        header_file: parsed
            .header_file
            .map(|file| modules::imports::join(file_folder(path), &file)),
        routes: if product {
            routes::find(path, text)
        } else {
            Vec::new()
        },
        cases: cases::find(path, text, is_test),
        todos: if is_code { todos(text) } else { [0; 3] },
        environment: if product || path.contains(".env") {
            environment(path, text)
        } else {
            Vec::new()
        },
        is_test,
        gave_up: parsed.gave_up,
        gleaned,
    }
}

fn file_folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Public, documented types first.
pub(crate) fn rank(found: &Definition) -> u32 {
    use super::model::DefinitionKind as Kind;

    let kind = match found.kind {
        Kind::Struct | Kind::Class | Kind::Trait | Kind::Interface => 6,
        Kind::Enum | Kind::Function => 5,
        Kind::Macro | Kind::Method => 3,
        Kind::Type | Kind::Table | Kind::Resource => 2,
        Kind::Module | Kind::Constant | Kind::Input | Kind::Output => 1,
    };

    let documented = found
        .doc
        .as_ref()
        .map_or(0, |doc| if doc.len() > 40 { 8 } else { 5 });

    kind + documented + if found.public { 6 } else { 0 } + found.lines.min(60) / 20
}

fn best(mut all: Vec<Definition>, keep: usize) -> Vec<Definition> {
    if all.len() > keep {
        // Where a program starts is known by its main, however little is said of it.
        all.sort_by_key(|found| (found.name != "main", std::cmp::Reverse(rank(found))));
        all.truncate(keep);
        all.sort_by_key(|found| found.line);
    }
    all.shrink_to_fit();
    all
}

fn todos(text: &str) -> [u64; 3] {
    static MARK: LazyLock<Option<Regex>> =
        LazyLock::new(|| crate::pattern::compile(r"\b(TODO|FIXME|XXX|HACK)\b").ok());

    let mut counts = [0; 3];
    for found in MARK.iter().flat_map(|pattern| pattern.find_iter(text)) {
        counts[match found.as_str() {
            "TODO" => 0,
            "FIXME" | "XXX" => 1,
            _ => 2,
        }] += 1;
    }

    counts
}

/// Names of environment variables that are read, or that an example file lists.
fn environment(path: &str, text: &str) -> Vec<String> {
    static READ: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(
            r#"(?:process\.env\.|import\.meta\.env\.|(?:env::var(?:_os)?|getenv|os\.(?:Getenv|LookupEnv)|environ\.get|System\.getenv|Deno\.env\.get)\(\s*["']|(?:environ|process\.env|ENV|\$_ENV)\[\s*["'])([A-Z][A-Z0-9_]{2,60})\b"#,
        )
        .ok()
    });

    static LISTED: LazyLock<Option<Regex>> =
        LazyLock::new(|| crate::pattern::compile(r"(?m)^\s*#?\s*(?:export\s+)?([A-Z][A-Z0-9_]{2,60})=").ok());

    let name = path.rsplit('/').next().unwrap_or(path);
    let pattern = if name.starts_with(".env") || name.ends_with(".env") || name.contains(".env.") {
        &LISTED
    } else {
        &READ
    };

    let mut names: Vec<String> = pattern
        .iter()
        .flat_map(|pattern| pattern.captures_iter(text))
        .map(|found| found[1].to_owned())
        .collect();
    names.retain(|name| {
        !matches!(
            name.as_str(),
            "PATH" | "HOME" | "USER" | "TMPDIR" | "PWD" | "SHELL" | "OUT_DIR"
        ) && !name.starts_with("CARGO_")
    });
    names.sort();
    names.dedup();

    names
}
