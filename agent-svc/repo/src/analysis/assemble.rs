//! Puts an [`Analysis`] together from a checkout: survey, manifests, modules, history, conclusions, and last of all
//! the redaction of every string. Blocking; run it off the async threads.

mod description;
mod notes;
mod tested;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use self::description::describe_project;
use self::notes::notes;
use super::{
    complexity, dependencies, explain, history, languages, licence, manifests,
    model::{
        Analysis, Complexity, DefinitionCount, EntryPointKind, Explained, GithubMetadata, LargestFile,
        ProjectKind, Repo, Tests, TodoCounts, TreeEntry, VERSION,
    },
    modules, patterns, portrait, prose,
    quotes::key_files,
    readme,
    redact::{self, Redactions},
    surroundings,
    survey::{self, FileFacts, Survey, rank},
    words,
};
use crate::checkout::{Checkout, CheckoutError, Reader};
use crate::text;

/// Bounds of reading one repository.
#[derive(Debug, Clone)]
pub struct ReadLimits {
    /// Most files read.
    pub max_files: u64,
    /// Larger files are left out.
    pub max_file_bytes: u64,
    /// Most bytes of text read.
    pub max_total_bytes: u64,
    /// Time for parsing one file; beyond it the file is counted but its definitions are unknown.
    pub parse_timeout: Duration,
    /// Most commits walked.
    pub max_commits: u64,
    /// Threads that read files.
    pub threads: usize,
    /// Now: what a commit dates later comes from a wrong clock.
    pub latest: DateTime<Utc>,
}

/// Definitions that leave the analyser.
const MAX_DEFINITIONS: usize = 1_500;
const MAX_ROUTES: usize = 300;

/// Reads files again, for quoting and for prose: redacted text.
pub(super) struct Texts<'c> {
    reader: Reader,
    found: std::cell::RefCell<Redactions>,
    cancel: &'c CancellationToken,
}

impl Texts<'_> {
    /// The redacted text of a file.
    pub(super) fn read(&self, file: &FileFacts) -> Option<String> {
        if self.cancel.is_cancelled() {
            return None;
        }
        let raw = self.raw(file)?;
        Some(redact::redact(&raw, &mut self.found.borrow_mut()).into_owned())
    }

    fn raw(&self, file: &FileFacts) -> Option<String> {
        text::decode(self.reader.read(file.id)?)
    }
}

/// Understands a checkout. `progress` is told what is being done, in plain sentences.
///
/// # Errors
/// [`CheckoutError::Damaged`] or [`CheckoutError::Cancelled`].
pub fn assemble(
    checkout: &Checkout,
    repo: Repo,
    github: Option<GithubMetadata>,
    limits: &ReadLimits,
    progress: &(dyn Fn(&str) + Send + Sync),
    cancel: &CancellationToken,
) -> Result<Analysis, CheckoutError> {
    progress("Reading the files of the newest commit");

    let survey = survey::survey(checkout, limits, cancel)?;
    progress(&format!(
        "Read {}",
        words::counted(survey.files.len() as u64, "file", "files")
    ));

    let texts = Texts {
        reader: checkout.reader(),
        found: Redactions::default().into(),
        cancel,
    };
    let read = |file: &FileFacts| texts.read(file);
    let mut analysis = blank(repo, github, &survey);
    notes(&mut analysis, &survey, checkout);
    counts(&mut analysis, &survey);

    progress("Reading manifests and documents");

    let facts: Vec<manifests::Facts> = survey
        .files
        .iter()
        .filter(|file| manifests::is_manifest(&file.path))
        .filter_map(|file| manifests::read(&file.path, &texts.raw(file)?))
        .collect();

    packages(&mut analysis, &survey, &facts, &texts);
    analysis.readme = readme::find(&survey.files, &survey.links, &analysis.repo.name, &read);
    licence_of_texts(&mut analysis, &survey, &texts);
    analysis.docs = surroundings::documents(&survey.files, analysis.readme.as_ref(), &read);
    analysis.ci = surroundings::pipelines(&survey.files, &read);
    analysis.containers = surroundings::containers(&survey.files, &read);
    analysis.configuration = surroundings::configuration(&survey.files);

    progress("Finding the parts of the code and what connects them");

    let named = modules::packages(&facts);
    analysis.modules = modules::find(&survey, &named, &analysis.repo.name, &read);
    code(&mut analysis, &survey);
    analysis.tests = tested::collect_tests(&survey, &analysis);
    analysis.entry_points = portrait::entry_points(&survey.files, &facts, &analysis.repo.name, &read);
    analysis.public_names = portrait::public_names(&analysis, &survey.files, &read);
    let entry = analysis.entry_points.first();
    let entry = entry
        .filter(|entry| entry.kind != EntryPointKind::Page)
        .map(|entry| entry.path.as_str());
    analysis.main_language = languages::main_language(&survey.files, entry);

    progress("Walking through the history");

    if checkout.shallow.is_none() || analysis.repo.host == "local" {
        let mailmap = survey
            .files
            .iter()
            .find(|file| file.path == ".mailmap")
            .and_then(|file| texts.reader.read(file.id));
        (analysis.history, analysis.explained.eras) = history::read(
            checkout,
            mailmap.as_deref(),
            limits.max_commits,
            limits.latest,
            cancel,
        )?;
        if let (Some(history), true) = (&analysis.history, checkout.committed_at > limits.latest) {
            analysis.repo.committed_at = history.last_at;
        }
        telling_changes(&mut analysis, &survey);
    }

    if let Some(language) = analysis
        .readme
        .as_ref()
        .and_then(|readme| readme.language.as_ref())
    {
        analysis
            .notes
            .push(format!("The read-me is written in {language}."));
    }

    progress("Drawing conclusions");
    conclude(&mut analysis, &survey, named.len());
    analysis.key_files = key_files(&analysis, &survey, &read);
    let eras = std::mem::take(&mut analysis.explained.eras);
    analysis.explained = explain::explain(&analysis, &survey, &read);
    analysis.explained.eras = eras;

    if cancel.is_cancelled() {
        return Err(CheckoutError::Cancelled);
    }

    redacted(analysis, texts.found.into_inner())
}

fn blank(repo: Repo, github: Option<GithubMetadata>, survey: &Survey) -> Analysis {
    Analysis {
        version: VERSION,
        repo,
        github,
        kind: ProjectKind::Code,
        kind_evidence: Vec::new(),
        files_analyzed: survey.files.len() as u64,
        files_total: survey.total,
        bytes_analyzed: survey.bytes,
        files_skipped: survey.skipped.clone(),
        notes: Vec::new(),
        redactions: BTreeMap::new(),
        totals: super::model::LineCounts::default(),
        languages: Vec::new(),
        main_language: None,
        formats: Vec::new(),
        tree: Vec::new(),
        readme: None,
        manifests: Vec::new(),
        dependencies: Vec::new(),
        tech_stack: Vec::new(),
        entry_points: Vec::new(),
        modules: Vec::new(),
        definitions: Vec::new(),
        definition_counts: Vec::new(),
        public_names: Vec::new(),
        routes: Vec::new(),
        key_files: Vec::new(),
        largest_files: Vec::new(),
        todos: TodoCounts::default(),
        tests: Tests::default(),
        architecture_patterns: Vec::new(),
        complexity: Complexity {
            score: 0.0,
            parts: Vec::new(),
        },
        licence: None,
        history: None,
        ci: Vec::new(),
        containers: Vec::new(),
        docs: Vec::new(),
        configuration: Vec::new(),
        environment_variables: Vec::new(),
        suggested_chapters: Vec::new(),
        explained: Explained::default(),
    }
}

/// Languages, tree, largest files, marks, environment.
fn counts(analysis: &mut Analysis, survey: &Survey) {
    let counted = survey.files.iter().filter_map(|file| file.counted.as_ref());
    (analysis.languages, analysis.formats, analysis.totals) = languages::sum(counted);

    // Folders of which nothing was read are there all the same.
    let mut tree: BTreeMap<(bool, &str), (u64, u64)> = survey
        .folders
        .iter()
        .map(|folder| ((true, folder.as_str()), (0, 0)))
        .collect();
    for file in &survey.files {
        let (top, directory) = file
            .path
            .split_once('/')
            .map_or((file.path.as_str(), false), |(top, _)| (top, true));
        let entry = tree.entry((directory, top)).or_default();
        entry.0 += 1;
        entry.1 += file.code();
    }

    analysis.tree = tree
        .into_iter()
        .map(|((directory, path), (files, code_lines))| TreeEntry {
            path: path.to_owned(),
            directory,
            files,
            code_lines,
        })
        .collect();

    analysis.tree.sort_by_key(|entry| {
        (
            !entry.directory,
            std::cmp::Reverse(if entry.directory { entry.code_lines } else { 0 }),
            entry.path.clone(),
        )
    });
    analysis.tree.truncate(80);

    let mut largest: Vec<&FileFacts> = survey
        .files
        .iter()
        .filter(|file| file.code() > 0 && !super::places::is_aside(&file.path))
        .collect();
    largest.sort_by_key(|file| std::cmp::Reverse((file.code(), file.path.clone())));

    let large = |file: &&FileFacts| {
        Some(LargestFile {
            path: file.path.clone(),
            language: file.counted?.name.to_owned(),
            code_lines: file.code(),
            bytes: file.bytes,
        })
    };

    analysis.largest_files = largest.iter().filter_map(large).take(12).collect();

    let mut busiest: Vec<(&str, u64)> = Vec::new();
    for file in &survey.files {
        let [todo, fixme, hack] = file.todos;
        analysis.todos.todo += todo;
        analysis.todos.fixme += fixme;
        analysis.todos.hack += hack;

        if todo + fixme + hack > 0 {
            busiest.push((&file.path, todo + fixme + hack));
        }

        // What a test or a tool beside the product reads is none of the product's.
        if !file.is_test && !crate::analysis::places::is_aside(&file.path) {
            analysis
                .environment_variables
                .extend(file.environment.iter().cloned());
        }
    }

    busiest.sort_by_key(|(path, count)| (std::cmp::Reverse(*count), *path));
    analysis.todos.busiest_files = busiest
        .into_iter()
        .take(5)
        .map(|(path, _)| path.to_owned())
        .collect();
    analysis.environment_variables.sort();
    analysis.environment_variables.dedup();
    analysis.environment_variables.truncate(120);
}

/// Source files first; what changes with every release by its nature is left out.
fn telling_changes(analysis: &mut Analysis, survey: &Survey) {
    let Some(history) = &mut analysis.history else {
        return;
    };
    let code: HashMap<&str, bool> = survey
        .files
        .iter()
        .map(|file| {
            (
                file.path.as_str(),
                file.code() > 0 && !super::places::is_aside(&file.path),
            )
        })
        .collect();

    history.busiest_files.retain(|busy| {
        let lower = busy.path.to_ascii_lowercase();
        code.contains_key(busy.path.as_str())
            && !["changelog", "history.", "changes."]
                .iter()
                .any(|name| lower.contains(name))
    });
    history
        .busiest_files
        .sort_by_key(|busy| !code.get(busy.path.as_str()).copied().unwrap_or(false));
    history.busiest_files.truncate(15);
}

/// Manifests, dependencies, licence, description.
fn packages(analysis: &mut Analysis, survey: &Survey, facts: &[manifests::Facts], texts: &Texts<'_>) {
    analysis.dependencies = dependencies::collect(facts);
    // A frozen list of requirements names what others need; what the code imports comes first.
    let imported: HashSet<String> = survey
        .files
        .iter()
        .filter(|file| !file.is_test && file.path.ends_with(".py"))
        .flat_map(|file| &file.imports)
        .map(|import| import.split('.').next().unwrap_or(import).to_lowercase())
        .collect();
    if !imported.is_empty() {
        analysis.dependencies.sort_by_key(|found| {
            let name = found.name.to_lowercase().replace('-', "_");
            let name = name.strip_prefix("python_").unwrap_or(&name).to_owned();
            (found.internal, found.scope, !imported.contains(&name))
        });
    }
    analysis.manifests = facts.iter().map(|facts| facts.manifest.clone()).collect();
    analysis.manifests.sort_by_key(|manifest| {
        (
            super::places::is_aside(&manifest.path),
            manifest.path.matches('/').count(),
            manifest.path.clone(),
        )
    });

    for manifest in &mut analysis.manifests {
        manifest.description = manifest
            .description
            .take()
            .map(|text| prose::tidy(&text))
            .filter(|text| !text.is_empty());
    }
    analysis.notes.extend(manifests::problems(&analysis.manifests));

    let files: Vec<(String, String)> = survey
        .files
        .iter()
        .filter(|file| licence::is_licence_file(&file.path))
        .filter_map(|file| Some((file.path.clone(), texts.raw(file)?)))
        .collect();

    analysis.licence = licence::detect(&files, &analysis.manifests);
}

/// A tutorial's words are often under another licence than its code.
fn licence_of_texts(analysis: &mut Analysis, survey: &Survey, texts: &Texts<'_>) {
    let (Some(licence), Some(readme)) = (&mut analysis.licence, &analysis.readme) else {
        return;
    };
    let file = survey.files.iter().find(|file| file.path == readme.path);
    let text = file.and_then(|file| texts.raw(file)).unwrap_or_default();

    licence.other = licence::creative_commons(&text)
        .filter(|other| !licence.spdx.replace('-', " ").contains(&other.replace('-', " ")));
}

/// Definitions and routes.
fn code(analysis: &mut Analysis, survey: &Survey) {
    let mut by_kind: BTreeMap<super::model::DefinitionKind, DefinitionCount> = BTreeMap::new();
    for (kind, public, documented) in survey
        .files
        .iter()
        .filter(|file| !file.is_test)
        .flat_map(|file| &file.definition_marks)
    {
        let count = by_kind.entry(*kind).or_insert(DefinitionCount {
            kind: *kind,
            count: 0,
            public: 0,
            documented: 0,
        });

        count.count += 1;
        count.public += u64::from(*public);
        count.documented += u64::from(*documented);
    }

    analysis.definition_counts = by_kind.into_values().collect();
    analysis
        .definition_counts
        .sort_by_key(|count| std::cmp::Reverse(count.count));

    let product = survey
        .files
        .iter()
        .filter(|file| !super::places::is_aside(&file.path));
    let mut all: Vec<_> = product.flat_map(|file| &file.definitions).collect();

    // Files that many others depend on matter more; a module's place in the list stands for that.
    let place: HashMap<&str, usize> = analysis
        .modules
        .iter()
        .enumerate()
        .flat_map(|(at, module)| module.key_files.iter().map(move |path| (path.as_str(), at)))
        .collect();

    all.sort_by_key(|found| {
        (
            std::cmp::Reverse(rank(found)),
            place.get(found.path.as_str()).copied().unwrap_or(usize::MAX),
            found.path.clone(),
            found.line,
        )
    });
    analysis.definitions = all.into_iter().take(MAX_DEFINITIONS).cloned().collect();
    analysis.routes = survey
        .files
        .iter()
        .flat_map(|file| file.routes.iter().cloned())
        .take(MAX_ROUTES)
        .collect();
}

fn conclude(analysis: &mut Analysis, survey: &Survey, packages: usize) {
    analysis.repo.description = describe_project(analysis);

    let definitions = survey
        .files
        .iter()
        .map(|file| file.definition_marks.len() as u64)
        .sum();
    analysis.complexity = complexity::score(&complexity::Facts {
        code_lines: analysis.languages.iter().map(|language| language.code).sum(),
        files: analysis.files_analyzed,
        languages: &analysis.languages,
        dependencies: &analysis.dependencies,
        modules: &analysis.modules,
        definitions,
    });

    let all: Vec<_> = survey
        .files
        .iter()
        .filter(|file| !super::places::is_aside(&file.path))
        .flat_map(|file| file.definitions.iter().cloned())
        .collect();

    analysis.architecture_patterns = patterns::find(&patterns::Facts {
        files: &survey.files,
        modules: &analysis.modules,
        packages,
        dependencies: &analysis.dependencies,
        definitions: &all,
        routes: &analysis.routes,
        containers: &analysis.containers,
    });
    (analysis.kind, analysis.kind_evidence) = portrait::kind(analysis);
    if analysis.kind == ProjectKind::Library {
        // Whoever uses a library enters by what it exports; its programs come after.
        analysis
            .entry_points
            .sort_by_key(|entry| entry.kind != EntryPointKind::Library);
    }
    analysis.tech_stack = portrait::tech_stack(analysis);
    analysis.suggested_chapters = portrait::chapters(analysis);
}

/// The net under everything: no string leaves without passing the redactor, and none with hidden characters in it.
fn redacted(analysis: Analysis, mut found: Redactions) -> Result<Analysis, CheckoutError> {
    let internal = |err: serde_json::Error| CheckoutError::Internal(err.to_string());
    let mut value = serde_json::to_value(&analysis).map_err(internal)?;
    redact::redact_value(&mut value, &mut found);
    text::printable_value(&mut value);
    let mut analysis: Analysis = serde_json::from_value(value).map_err(internal)?;
    analysis.redactions = found;
    Ok(analysis)
}
