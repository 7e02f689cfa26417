//! Which documents explain a repository, and what they say: the read-me, what a package says of itself in its code, the
//! documents that tell of the inside, those of folders; of what is hardly code, every page in the order of its index.

mod index;
mod lesson;
mod package;

use std::collections::HashSet;

use super::{milestones, roles};
use crate::analysis::{
    language,
    model::{Analysis, Passage, PassageRole, ProjectKind, Remark},
    places, prose,
    survey::{FileFacts, Survey},
};

const MAX_DOCUMENTS: usize = 10;
/// Pages of what is hardly code.
const MAX_PAGES: usize = 60;
/// Passages of one document beside the read-me.
const MAX_BESIDE: usize = 12;
/// Lines of code below which a repository is its documents.
const LITTLE_CODE: u64 = 500;
/// Characters of a page in which it says that it is out of date.
const OPENING_CHARS: usize = 700;

/// Beginnings of the names of documents that explain, wherever they lie.
const EXPLAINING: [&str; 21] = [
    "architecture",
    "design",
    "internals",
    "philosophy",
    "faq",
    "guide",
    "overview",
    "introduction",
    "getting_started",
    "getting-started",
    "how-it-works",
    "how_it_works",
    "tutorial",
    "development",
    "hacking",
    "concepts",
    "about",
    "index",
    "quickstart",
    "curriculum",
    "methodology",
];
/// Parts of paths of documents about the making of a thing, its plans or its past, not about the thing.
const CHORES: [&str; 42] = [
    // What others made.
    "recommended",
    "out-there",
    ".github/",
    ".gitlab/",
    "contribut",
    "release",
    "licen",
    "licence",
    "copying",
    "conduct",
    "management",
    "help-",
    "security",
    "governance",
    "maint",
    "plans/",
    "specs/",
    "rfc",
    "proposal",
    "roadmap",
    "upgrad",
    "migrat",
    "changelog",
    "commit_log",
    "change_log",
    "changes.",
    "history.",
    "news.",
    "translat",
    "prompts/",
    "agents.",
    "claude",
    "design-qa",
    "audit",
    "postmortem",
    "authors",
    "contributors",
    "citation",
    "funding",
    "sponsor",
    "pull_request",
    "issue_template",
];
/// What a page calls itself when nobody is to read it any more.
const OUT_OF_DATE: [&str; 10] = [
    "deprecated",
    "archived",
    "no longer maintained",
    "not maintained anymore",
    "no longer supported",
    "has moved to",
    "has been moved",
    "is obsolete",
    "superseded",
    "out of date",
];

/// The read-me, then the documents that explain; of folders, their own read-mes; of what is hardly code, every page.
pub(super) fn passages(
    analysis: &Analysis,
    survey: &Survey,
    read: &dyn Fn(&FileFacts) -> Option<String>,
) -> Vec<Passage> {
    let readme = analysis.readme.as_ref().map(|readme| readme.path.as_str());
    let name = &analysis.repo.name;
    // Notebooks and books set in TeX are documents, whatever their lines are counted as.
    let set = |name: &str| matches!(name, "TeX" | "Jupyter notebooks");
    let languages = analysis.languages.iter();
    let code: u64 = languages
        .filter(|language| !set(&language.name))
        .map(|language| language.code)
        .sum();
    let is_readme = |file: &FileFacts| Some(file.path.as_str()) == readme;
    let mut found: Vec<Passage> = Vec::new();
    for file in survey.files.iter().filter(|file| is_readme(file)) {
        found.extend(of_readme(file, survey, name, read));
    }
    found.extend(package::passages(analysis, survey, read));

    let written = survey
        .files
        .iter()
        .filter(|file| !is_readme(file) && is_document(&file.path));
    let pages = written.clone().count();
    let documents = code < LITTLE_CODE
        || pages * 10 > survey.files.len() * 7
        || analysis.kind == ProjectKind::Documentation;
    let chosen: Vec<&FileFacts> = if documents {
        let known: Vec<&FileFacts> = written.collect();
        let mut pages = index::order(&known, &survey.files, readme, read);
        pages.truncate(MAX_PAGES);
        pages
    } else {
        let main = survey.files.iter().find(|file| is_readme(file));
        let known: Vec<&FileFacts> = written.clone().collect();
        let mut explaining = explaining(&known, main, read);
        explaining.extend(written.filter(|file| is_readme_of_folder(&file.path)));
        explaining.truncate(MAX_DOCUMENTS);
        explaining
    };

    let mut titles: HashSet<String> = HashSet::new();
    for file in chosen {
        let set = file.path.ends_with(".ipynb") || file.path.ends_with(".tex");
        let text = read(file).map(|text| {
            if set {
                prose::as_markdown(&file.path, &text)
            } else {
                text
            }
        });
        let Some(text) = text.filter(|text| is_current(text)) else {
            continue;
        };

        let lesson = lesson::read(&text);
        // What was brought to Markdown already is not to be brought there again.
        let read_as = if set { "page.md" } else { file.path.as_str() };
        let mut passages = roles::passages(read_as, &lesson.text, name);
        if set {
            passages
                .iter_mut()
                .for_each(|passage| passage.stands_in(&file.path));
        }
        explain_inside(&file.path, &mut passages);
        let title = lesson
            .title
            .clone()
            .unwrap_or_else(|| title_of(&file.path, read_as, &text));
        passages.splice(0..0, taught(&file.path, &title, &lesson));
        passages.truncate(MAX_BESIDE);
        // Two pages of one name are two versions of one page.
        if !title.is_empty() && !titles.insert(title.to_lowercase()) && documents {
            continue;
        }
        for passage in &mut passages {
            passage.page.clone_from(&title);
        }
        found.extend(passages);
    }

    found
}

/// The passages of the read-me. One that is a link to a page of the manual is the read-me all the same.
fn of_readme(
    file: &FileFacts,
    survey: &Survey,
    name: &str,
    read: &dyn Fn(&FileFacts) -> Option<String>,
) -> Vec<Passage> {
    let text = read(file).unwrap_or_default();
    let mut own = roles::passages(&file.path, &text, name);
    let links = survey.links.resolved();
    let link = links
        .filter(|(link, real)| *real == file.path && !link.contains('/'))
        .map(|(link, _)| link)
        .next();
    if let Some(link) = link.filter(|_| file.path.contains('/')) {
        own.iter_mut().for_each(|passage| passage.stands_in(link));
    }

    own
}

/// The documents that explain; what the read-me leads to says more of the whole than what lies beside it.
fn explaining<'s>(
    written: &[&'s FileFacts],
    main: Option<&FileFacts>,
    read: &dyn Fn(&FileFacts) -> Option<String>,
) -> Vec<&'s FileFacts> {
    let linked = main.map_or_else(Vec::new, |main| index::linked(written, main, read));
    let is_linked = |path: &str| linked.iter().any(|known| known.path == path);
    let mut explaining: Vec<&FileFacts> = written
        .iter()
        .copied()
        .filter(|file| explains(&file.path) || is_linked(&file.path))
        .collect();
    explaining.sort_by_key(|file| {
        (
            (closeness(&file.path) * 2 + 1).saturating_sub(u32::from(is_linked(&file.path)) * 2),
            file.path.matches('/').count(),
            file.path.ends_with(".txt"),
            file.path.clone(),
        )
    });

    explaining
}

/// What is to be learned from a page and what is to be remembered, as passages of their own.
fn taught(path: &str, title: &str, lesson: &lesson::Lesson) -> Vec<Passage> {
    let remarks = |listed: &[(u32, String)]| {
        let remark = |(line, text): &(u32, String)| Remark {
            text: text.clone(),
            file: path.to_owned(),
            line: *line,
        };
        listed.iter().map(remark).collect::<Vec<_>>()
    };
    let passage = |role, line, sentences, items| Passage {
        role,
        heading: title.to_owned(),
        level: 1,
        file: path.to_owned(),
        line,
        page: String::new(),
        own: true,
        sentences,
        items,
        commands: Vec::new(),
    };

    let points = lesson
        .points
        .first()
        .map(|(line, _)| passage(PassageRole::Subject, *line, remarks(&lesson.points), Vec::new()));
    let goals = lesson
        .goals
        .first()
        .map(|(line, _)| passage(PassageRole::Goals, *line, Vec::new(), remarks(&lesson.goals)));

    goals.into_iter().chain(points).collect()
}

/// The title of a page, or its name as words.
fn title_of(path: &str, read_as: &str, text: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or(name);
    let stem = stem.trim_start_matches(|c: char| c.is_ascii_digit() || "-_ .".contains(c));
    let title = prose::document(read_as, text).title;
    let general = matches!(
        stem.to_ascii_lowercase().as_str(),
        "readme" | "index" | "home" | ""
    );
    let folder = path.rsplit('/').nth(1).unwrap_or_default();
    let named = if general { folder } else { stem };

    title.map_or_else(|| named.replace(['-', '_'], " "), |title| title.trim().to_owned())
}

/// Whether a page is for readers of today who read English.
fn is_current(text: &str) -> bool {
    let opening: String = text.chars().take(OPENING_CHARS).collect();
    let lower = opening.to_lowercase();
    let start: String = text.chars().take(4_000).collect();

    !lower.contains("placeholder")
        && !OUT_OF_DATE.iter().any(|words| says_of_itself(&lower, words))
        && language::foreign(&start).is_none()
}

/// "This guide is deprecated" and "**Archived**", not "the deprecated option".
fn says_of_itself(opening: &str, words: &str) -> bool {
    opening.match_indices(words).any(|(at, _)| {
        let before = opening[..at].trim_end_matches(['*', '_', ' ', '[', '(', '#', '>', '!', '"']);
        let last = before
            .rsplit(|c: char| c.is_whitespace())
            .next()
            .unwrap_or_default();
        let alone = before.is_empty() || opening[..at].trim_end_matches([' ', '*', '_']).ends_with('\n');
        let after = opening[at + words.len()..].trim_start_matches(['*', '_', ' ']);

        alone && !after.starts_with(char::is_alphabetic)
            || matches!(
                last,
                "is" | "been" | "now" | "document" | "page" | "guide" | "repository"
            ) && opening[..at].rsplit(['.', '\n']).next().is_some_and(|sentence| {
                ["this ", "page", "document", "guide", "repository"]
                    .iter()
                    .any(|subject| sentence.contains(subject))
            })
    })
}

/// A document that people write, and not one of another language, of rights or of taking part.
fn is_document(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let document = [
        ".md",
        ".rst",
        ".markdown",
        ".mdx",
        ".adoc",
        ".txt",
        ".rmd",
        ".qmd",
        ".ipynb",
        ".tex",
    ]
    .iter()
    .any(|end| lower.ends_with(end));
    let plain = lower.ends_with(".txt")
        && !["docs/", "doc/", "documentation/"]
            .iter()
            .any(|folder| lower.starts_with(folder));

    document
        && !plain
        && (is_numbered(&lower) || !CHORES.iter().any(|word| lower.contains(word)))
        && (is_numbered(&lower) || !milestones::is_change_log(path))
        && !places::is_test(path)
        && !is_translated(&lower)
}

/// `05-history.md` is a chapter, and no list of changes.
fn is_numbered(lower: &str) -> bool {
    let name = lower.rsplit('/').next().unwrap_or(lower);

    name.starts_with(|c: char| c.is_ascii_digit())
}

/// `README-cs.md`, `docs/fr/index.md` and `i18n/…`: the same in another language.
fn is_translated(lower: &str) -> bool {
    const LANGUAGES: [&str; 44] = [
        "ar", "bg", "bn", "ca", "cs", "da", "de", "el", "es", "fa", "fi", "fr", "he", "hi", "hr", "hu", "id",
        "it", "ja", "jp", "kr", "ko", "lt", "lv", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sv", "th",
        "tr", "uk", "ua", "vi", "zh", "cn", "tw", "az", "ta", "ur",
    ];
    let is_language = |word: &str| {
        let mut parts = word.split(['-', '_']);
        let language = parts.next().unwrap_or_default();
        let region = parts.next();
        LANGUAGES.contains(&language)
            && parts.next().is_none()
            && region.is_none_or(|region| {
                matches!(region.len(), 2 | 4) && region.chars().all(|c| c.is_ascii_alphabetic())
            })
    };
    let (folders, name) = lower.rsplit_once('/').unwrap_or(("", lower));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let ending = stem.split_once(['.', '-', '_']).map_or("", |(start, ending)| {
        let general = matches!(start, "readme" | "index" | "summary" | "home" | "guide");
        if general || stem.contains('.') { ending } else { "" }
    });

    folders
        .split('/')
        .any(|folder| is_language(folder) || matches!(folder, "i18n" | "locales"))
        || is_language(ending)
}

/// A document that tells of the thing: in a folder of documentation, or by its name.
fn explains(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or_default();
    let first = lower
        .split('/')
        .next()
        .unwrap_or_default()
        .replace(['-', '_'], "");
    let of_docs = [
        "docs",
        "doc",
        "documentation",
        "docssource",
        "docssrc",
        "docsrc",
        "manual",
        "guides",
        "guide",
    ];
    let kept = lower.contains('/') && of_docs.contains(&first.as_str());

    lower.matches('/').count() < 3 && (kept || EXPLAINING.iter().any(|word| name.starts_with(word)))
}

/// How much a document is about the thing itself, and not about those who make it; smaller is closer.
fn closeness(path: &str) -> u32 {
    const FIRST: [&str; 10] = [
        "build",
        "install",
        "intro",
        "quick",
        "usage",
        "feature",
        "why",
        "principle",
        "advanced",
        "faq",
    ];
    const OF_PEOPLE: [&str; 9] = [
        "community",
        "support",
        "update",
        "news",
        "vulnerab",
        "out-there",
        "recommended",
        "dev/",
        "package",
    ];
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or_default();
    let opens = |words: &[&str]| words.iter().any(|word| name.starts_with(word));

    if opens(&EXPLAINING) || opens(&FIRST) {
        0
    } else if OF_PEOPLE.iter().any(|word| lower.contains(word)) {
        2
    } else {
        1
    }
}

fn is_readme_of_folder(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();

    // How it is measured and tried is not what it is.
    let beside = [
        "bench", "perf", "qa/", "test", "ci/", "release", "script", "docker",
    ]
    .iter()
    .any(|folder| path.to_ascii_lowercase().starts_with(folder));

    name.starts_with("readme") && path.matches('/').count() == 1 && !beside
}

/// Documents beside the read-me speak of the inside, each under its own title.
fn explain_inside(path: &str, passages: &mut [Passage]) {
    let lower = path.to_ascii_lowercase();
    let inside = ["architecture", "design", "internals", "how", "concept", "hacking"]
        .iter()
        .any(|word| lower.contains(word));
    let others = [" vs", "-vs-", "comparison", "alternative"]
        .iter()
        .any(|word| lower.contains(word));

    for passage in passages.iter_mut().filter(|passage| {
        matches!(
            passage.role,
            PassageRole::What | PassageRole::Subject | PassageRole::Contents
        )
    }) {
        passage.role = if others {
            PassageRole::Alternatives
        } else if inside {
            PassageRole::How
        } else {
            PassageRole::Subject
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_other_languages_and_of_rights_are_not_read() {
        for left_out in [
            "README-cs.md",
            "README.zh-CN.md",
            "docs/fr/index.md",
            "LICENSE.md",
            ".github/workflows/README.md",
            "AUTHORS.md",
        ] {
            assert!(!is_document(left_out), "{left_out}");
        }
        for page in [
            "docs/index.md",
            "01-basics.md",
            "lessons/2-where.md",
            "tips/is-it.md",
            "05-history.md",
        ] {
            assert!(is_document(page), "{page}");
        }
    }

    #[test]
    fn what_introduces_a_thing_is_read_before_what_is_about_its_people() {
        let mut paths = [
            "docs/community/people.rst",
            "docs/user/topics.rst",
            "docs/user/intro.rst",
        ];
        paths.sort_by_key(|path| closeness(path));
        assert_eq!(
            paths,
            [
                "docs/user/intro.rst",
                "docs/user/topics.rst",
                "docs/community/people.rst"
            ]
        );
    }

    #[test]
    fn a_page_that_calls_itself_archived_is_left_out() {
        assert!(!is_current("# Setup\n\n**Archived**\n\nRun it.\n"));
        assert!(!is_current(
            "# Setup\n\nThis guide is deprecated. Use the new one.\n"
        ));
        assert!(is_current(
            "# Setup\n\nThe deprecated option is gone. It is now plain.\n"
        ));
        assert!(!is_current(
            "# Úvod\n\nTato stránka je určena pro začátečníky a popisuje, jak se systém používá v praxi každý den.\n"
        ));
    }
}
