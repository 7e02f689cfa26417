//! What a telling has to look like: the material, by what the files are and what the read-me's first sentences call it.

use crate::analysis::{
    model::{
        Analysis, DependencyCategory, DependencyScope, EntryPointKind, Material, OperationKind, Passage,
        PassageRole, ProjectKind,
    },
    places,
    survey::Survey,
};

/// What is said of a thing in its first sentences, and the material it then is; the first match in the text decides.
const NAMED: &[(&str, Material)] = &[
    ("web framework", Material::Library),
    ("framework", Material::Library),
    ("library", Material::Library),
    ("client for", Material::Library),
    ("bindings", Material::Library),
    ("middleware", Material::Library),
    ("crate", Material::Library),
    ("sdk", Material::Library),
    ("plugin", Material::Library),
    ("command-line", Material::Tool),
    ("command line", Material::Tool),
    ("cli", Material::Tool),
    ("alternative to find", Material::Tool),
    ("compiler", Material::Tool),
    ("linter", Material::Tool),
    ("static site generator", Material::Tool),
    ("terminal", Material::Tool),
    ("search tool", Material::Tool),
    ("shell script", Material::Tool),
    ("window manager", Material::Tool),
    ("text editor", Material::Tool),
    ("server", Material::Server),
    ("database", Material::Server),
    ("data structure store", Material::Server),
    ("key-value", Material::Server),
    ("key value", Material::Server),
    ("key/value", Material::Server),
    ("caching system", Material::Server),
    ("cache store", Material::Server),
    ("http framework", Material::Library),
    ("daemon", Material::Server),
    ("message broker", Material::Server),
    ("messaging platform", Material::Server),
    ("messaging system", Material::Server),
    ("message queue", Material::Server),
    ("proxy", Material::Server),
    ("service that", Material::Server),
    ("game", Material::Game),
    ("puzzle", Material::Game),
    ("minecraft clone", Material::Game),
    ("minecraft", Material::Game),
    ("tetris", Material::Game),
    ("roguelike", Material::Game),
    ("platformer", Material::Game),
    ("shooter", Material::Game),
    ("pong", Material::Game),
    ("terraform module", Material::Infrastructure),
    ("terraform", Material::Infrastructure),
    ("ansible", Material::Infrastructure),
    ("helm chart", Material::Infrastructure),
    ("kubernetes manifests", Material::Infrastructure),
    ("infrastructure", Material::Infrastructure),
    ("dotfiles", Material::Configuration),
    ("dot files", Material::Configuration),
    ("dotfile", Material::Configuration),
    ("my configuration", Material::Configuration),
    ("curriculum", Material::Teaching),
    ("courses", Material::Teaching),
    ("a course", Material::Teaching),
    ("course in", Material::Teaching),
    ("course on", Material::Teaching),
    ("lessons", Material::Teaching),
    ("lesson", Material::Teaching),
    ("for novices", Material::Teaching),
    ("for beginners", Material::Teaching),
    ("tutorial", Material::Teaching),
    ("exercises", Material::Teaching),
    ("workshop", Material::Teaching),
    ("learners", Material::Teaching),
    ("for the book", Material::Teaching),
    ("of the book", Material::Teaching),
    ("textbook", Material::Teaching),
    ("for studying", Material::Teaching),
    ("katas", Material::Teaching),
    ("firmware", Material::Firmware),
    ("microcontroller", Material::Firmware),
    ("arduino", Material::Firmware),
    ("esp32", Material::Firmware),
    ("dataset", Material::Data),
    ("data set", Material::Data),
    ("notebooks", Material::Data),
    ("web app", Material::WebApplication),
    ("web application", Material::WebApplication),
    ("single-page", Material::WebApplication),
    ("style guide", Material::Documents),
    ("handbook", Material::Documents),
];

/// Headings with a subject of their own from which on a read-me is the work itself.
const MANY_SUBJECTS: usize = 20;

/// Decides; what the files are outweighs what the words say.
pub(super) fn material(analysis: &Analysis, survey: &Survey, passages: &[Passage]) -> Material {
    let share = |ends: &[&str]| {
        let fits = survey
            .files
            .iter()
            .filter(|file| {
                ends.iter()
                    .any(|end| file.path.to_ascii_lowercase().ends_with(end))
            })
            .count();
        fits as f64 / survey.files.len().max(1) as f64
    };
    let has = |name: &str| {
        survey
            .files
            .iter()
            .any(|file| file.name().eq_ignore_ascii_case(name))
    };
    let said = said(analysis, passages);
    let named = named(&said);

    if share(&[".tf"]) > 0.2
        || has("chart.yaml") && share(&[".yaml", ".yml", ".tpl"]) > 0.5
        || has("ansible.cfg")
        || survey.files.iter().any(|file| file.path == "tasks/main.yml")
    {
        return Material::Infrastructure;
    }
    if has("platformio.ini") || share(&[".ino"]) > 0.02 && analysis.totals.code > 0 {
        return Material::Firmware;
    }
    let dotted = dotted_files(survey);
    if dotted * 4 > survey.files.len() && dotted > 3 && analysis.manifests.is_empty()
        || analysis.repo.name.to_lowercase().contains("dotfiles")
    {
        return Material::Configuration;
    }
    if share(&[".ipynb"]) > 0.2 || share(&[".csv", ".tsv", ".ipynb", ".geojson", ".parquet"]) > 0.3 {
        return if named == Some(Material::Teaching) {
            Material::Teaching
        } else {
            Material::Data
        };
    }
    if share(&[".tex"]) > 0.3 || has_chapters(survey) {
        let taught = named == Some(Material::Teaching);
        return if taught {
            Material::Teaching
        } else {
            Material::Documents
        };
    }
    if has("datapackage.json") {
        return Material::Data;
    }
    let code: u64 = analysis.languages.iter().map(|language| language.code).sum();
    if matches!(analysis.kind, ProjectKind::Documentation | ProjectKind::Data)
        || share(&[".md", ".rst", ".adoc", ".txt"]) > 0.7
        || code == 0
    {
        return match named {
            Some(Material::Teaching) => Material::Teaching,
            Some(Material::Data) => Material::Data,
            _ if analysis.kind == ProjectKind::Data => Material::Data,
            _ if has_lessons(survey) => Material::Teaching,
            _ => Material::Documents,
        };
    }
    if is_one_long_page(analysis, passages) || is_one_long_list(analysis, passages) {
        return match named {
            Some(Material::Teaching) => Material::Teaching,
            _ => Material::Documents,
        };
    }
    if let Some(named) = named.filter(|named| {
        !matches!(
            named,
            Material::Documents | Material::Data | Material::Configuration
        )
    }) {
        // The example of a tutorial that is told elsewhere is the program that it is.
        let elsewhere = named == Material::Teaching
            && !has_lessons(survey)
            && share(&[".md", ".rst", ".ipynb", ".adoc"]) < 0.2
            && (analysis.routes.len() > 2 || analysis.kind == ProjectKind::WebFrontend);
        // A store that others build into their programs is theirs to call.
        let built_in = named == Material::Server
            && (analysis.kind == ProjectKind::Library || is_go_package(survey))
            && analysis.routes.is_empty();
        if built_in {
            return Material::Library;
        }
        if !elsewhere {
            return named;
        }
    }

    by_code(analysis, survey)
}

/// One long page of headings, with a little code that shows it.
fn is_one_long_page(analysis: &Analysis, passages: &[Passage]) -> bool {
    let own = passages
        .iter()
        .filter(|passage| passage.page.is_empty() && passage.own && passage.sentences.len() > 1);

    analysis.kind == ProjectKind::Code && own.count() >= MANY_SUBJECTS && analysis.totals.code < 4_000
}

/// A page of lists above all, with a script that checks it.
fn is_one_long_list(analysis: &Analysis, passages: &[Passage]) -> bool {
    const ITEMS: usize = 100;
    let own = passages.iter().filter(|passage| !passage.file.contains('/'));
    let (items, sentences) = own.fold((0, 0), |(items, sentences), passage| {
        (items + passage.items.len(), sentences + passage.sentences.len())
    });

    items > ITEMS && items > sentences * 3 && analysis.totals.code < 1_500 && analysis.routes.is_empty()
}

/// Files whose path has a part that begins with a dot.
fn dotted_files(survey: &Survey) -> usize {
    let own = survey
        .files
        .iter()
        .filter(|file| !file.path.starts_with(".github"));

    own.filter(|file| file.path.split('/').any(|part| part.starts_with('.')))
        .count()
}

/// A book that is set in TeX, whatever its examples are written in.
fn has_chapters(survey: &Survey) -> bool {
    let found = survey.files.iter().flat_map(|file| &file.gleaned.operations);

    found
        .filter(|found| found.kind == OperationKind::Chapters)
        .any(|found| found.words.len() > 4)
}

/// Files of Go at the root, none of them with a `main`.
fn is_go_package(survey: &Survey) -> bool {
    let mut root = survey
        .files
        .iter()
        .filter(|file| !file.is_test && !file.path.contains('/') && file.path.ends_with(".go"))
        .peekable();
    let main = |file: &crate::analysis::survey::FileFacts| {
        file.gleaned
            .callables
            .iter()
            .any(|callable| &*callable.name == "main" && callable.parent.is_none())
    };

    root.peek().is_some() && !root.any(main)
}

/// Numbered pages in a folder of lessons.
fn has_lessons(survey: &Survey) -> bool {
    let lessons = survey.files.iter().filter(|file| {
        file.path.rsplit('/').nth(1).is_some_and(|folder| {
            ["episodes", "lessons", "_episodes", "exercises", "units", "weeks"].contains(&folder)
        })
    });

    lessons.count() > 2
}

fn by_code(analysis: &Analysis, survey: &Survey) -> Material {
    let entry = |kind: EntryPointKind| analysis.entry_points.iter().any(|entry| entry.kind == kind);
    let uses = |category: DependencyCategory| {
        let mut shipped = analysis
            .dependencies
            .iter()
            .filter(|found| !found.internal && found.scope <= DependencyScope::Optional);
        shipped.any(|found| found.category == Some(category))
    };
    let canvas = survey
        .files
        .iter()
        .any(|file| file.path.to_lowercase().contains("game") && file.code() > 20);
    // A page of documentation is none of a front end.
    let pages = survey.files.iter().any(|file| {
        file.name() == "index.html" && file.path.matches('/').count() < 2 && !places::is_aside(&file.path)
    });

    match analysis.kind {
        ProjectKind::Service => Material::Server,
        ProjectKind::WebFrontend => Material::WebApplication,
        ProjectKind::CommandLineTool if pages && canvas => Material::Game,
        ProjectKind::CommandLineTool => Material::Tool,
        ProjectKind::Application
            if uses(DependencyCategory::Interface) || uses(DependencyCategory::WebFramework) =>
        {
            Material::WebApplication
        }
        ProjectKind::Library => Material::Library,
        _ if pages && canvas => Material::Game,
        _ if analysis.routes.len() > 1 => Material::Server,
        _ if pages || entry(EntryPointKind::Page) => Material::WebApplication,
        _ if entry(EntryPointKind::Server) => Material::Server,
        _ if entry(EntryPointKind::Program) || entry(EntryPointKind::Script) => Material::Tool,
        _ => Material::Library,
    }
}

/// What the project calls itself: its description and the first sentences of its read-me.
fn said(analysis: &Analysis, passages: &[Passage]) -> String {
    let opening = passages
        .iter()
        .filter(|passage| passage.role == PassageRole::What && !passage.file.contains('/'));
    let sentences = opening
        .flat_map(|passage| &passage.sentences)
        .take(3)
        .map(|remark| remark.text.as_str());
    let description = analysis.repo.description.as_deref();

    description
        .into_iter()
        .chain(sentences)
        .collect::<Vec<_>>()
        .join(" . ")
        .to_lowercase()
}

fn named(said: &str) -> Option<Material> {
    let starts = |at: usize| !said[..at].ends_with(|c: char| c.is_alphanumeric());
    let ends = |at: usize| {
        !said[at..]
            .trim_start_matches('s')
            .starts_with(|c: char| c.is_alphanumeric())
    };
    // "Authors of command-line options" are no command line.
    let is_part = |at: usize| {
        let next = said[at..].trim_start();
        [
            "option",
            "argument",
            "flag",
            "parser",
            "interfaces",
            "programs",
            "applications",
            "apps",
        ]
        .iter()
        .any(|part| next.starts_with(part))
    };
    let mut found: Vec<(usize, usize, Material)> = NAMED
        .iter()
        .flat_map(|(word, material)| {
            said.match_indices(word)
                .map(move |(at, word)| (at, at + word.len(), *material))
        })
        .filter(|(at, end, _)| starts(*at) && ends(*end) && !is_part(*end))
        .collect();
    found.sort_by_key(|(at, end, _)| (*at, std::cmp::Reverse(*end)));

    // In "a web app framework" the last noun is what it is.
    let (_, mut end, mut material) = *found.first()?;
    for (at, next_end, next) in found.iter().skip(1) {
        let between = said.get(end..*at).unwrap_or(" for ");
        if between.trim().is_empty() && !between.is_empty() {
            (end, material) = (*next_end, *next);
        }
    }

    Some(material)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_that_names_a_thing_decides() {
        assert_eq!(named("a tiny web framework for servers"), Some(Material::Library));
        assert_eq!(
            named("kiln is an in-memory key-value store used as a cache"),
            Some(Material::Server)
        );
        assert_eq!(
            named("a small puzzle you play in the browser"),
            Some(Material::Game)
        );
        assert_eq!(named("koa web app framework"), Some(Material::Library));
        assert_eq!(
            named("a one-day course in which librarians learn about a library"),
            Some(Material::Teaching)
        );
        assert_eq!(named("for authors of command-line options"), None);
        assert_eq!(named("of course it is nothing of the kind"), None);
    }
}
