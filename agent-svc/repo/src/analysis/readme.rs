//! Which file introduces a repository: among the READMEs of the root, of `docs/`, of `.github/` and of the package that
//! bears the repository's name, the one in the main language and in the best known markup. Links are followed.

use super::{language, links::Links, model::Readme, prose, survey::FileFacts};

/// Endings of documents, those first that say most of their structure. A source file is never a README.
const MARKUPS: [&str; 23] = [
    "md",
    "markdown",
    "mdown",
    "mkdn",
    "mkd",
    "mdx",
    "rst",
    "rest",
    "adoc",
    "asciidoc",
    "asc",
    "org",
    "textile",
    "rdoc",
    "pod",
    "mediawiki",
    "wiki",
    "creole",
    "txt",
    "text",
    "",
    "html",
    "htm",
];

/// Languages that a README is translated into, as file names write them.
const LANGUAGES: [&str; 40] = [
    "ar", "bg", "bn", "ca", "cn", "cs", "da", "de", "el", "es", "fa", "fi", "fr", "he", "hi", "hu", "id",
    "it", "ja", "jp", "ko", "kr", "nl", "no", "pl", "pt", "ro", "ru", "sv", "th", "tr", "tw", "uk", "vi",
    "zh", "chinese", "french", "german", "japanese", "spanish",
];

const ENGLISH: [&str; 3] = ["en", "eng", "english"];

/// What the name of a README says besides its markup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Variant {
    Plain,
    English,
    /// `README-dev.md`, `README.windows`.
    Special,
    Translation,
}

/// A file that could be the one, best first by its fields.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate<'f> {
    variant: Variant,
    folder: usize,
    markup: usize,
    path: String,
    /// Index into the surveyed files.
    file: usize,
    real: &'f str,
}

/// The README of a repository; `None` when there is none that can be read.
pub(crate) fn find(
    files: &[FileFacts],
    links: &Links,
    repo_name: &str,
    read: &dyn Fn(&FileFacts) -> Option<String>,
) -> Option<Readme> {
    let candidates = candidates(files, links, repo_name);
    let main = candidates
        .iter()
        .find_map(|found| open(files, links, found, read))?;
    if main.language.is_none() {
        return Some(main);
    }

    // A story is told in English: where the authors wrote their page in English as well, that one is read.
    candidates
        .iter()
        .filter(|found| found.variant == Variant::English)
        .find_map(|found| open(files, links, found, read))
        .filter(|english| english.language.is_none())
        .or(Some(main))
}

fn candidates<'f>(files: &'f [FileFacts], links: &Links, repo_name: &str) -> Vec<Candidate<'f>> {
    let folders: Vec<String> = ["", repo_name, "docs", "doc", ".github"]
        .iter()
        .filter_map(|folder| links.resolve(folder))
        .collect();
    let known = |path: &str| files.iter().position(|file| file.path == path);
    let plain = files.iter().enumerate().map(|(at, file)| (file.path.clone(), at));
    let linked = links
        .resolved()
        .filter_map(|(link, real)| Some((link.to_owned(), known(&real)?)));

    let mut found: Vec<Candidate<'f>> = plain
        .chain(linked)
        .filter_map(|(path, at)| {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
            let folder = folders.iter().position(|known| known == folder)?;
            let (variant, markup) = read_name(name)?;

            Some(Candidate {
                variant,
                folder,
                markup,
                path,
                file: at,
                real: &files[at].path,
            })
        })
        .collect();
    found.sort();

    found
}

/// What a file's name says, when it is that of a README.
fn read_name(name: &str) -> Option<(Variant, usize)> {
    let lower = name.to_lowercase();
    let rest = ["readme", "read-me", "read_me", "read me"]
        .iter()
        .find_map(|start| lower.strip_prefix(start))?;
    let (qualifier, extension) = match rest.rsplit_once('.') {
        // `README.fr` is a translation without an ending.
        Some((before, last)) if !MARKUPS.contains(&last) && before.is_empty() => {
            let variant = variant_of(last);
            let language = matches!(variant, Variant::English | Variant::Translation);
            return language.then_some((variant, markup_of("")?));
        }
        Some((before, last)) => (before, last),
        None => (rest, ""),
    };

    Some((variant_of(qualifier), markup_of(extension)?))
}

fn markup_of(extension: &str) -> Option<usize> {
    MARKUPS.iter().position(|known| *known == extension)
}

fn variant_of(qualifier: &str) -> Variant {
    let word = qualifier.trim_matches(['.', '-', '_', ' ', '(', ')']);
    let language = word.split(['-', '_', '.']).next().unwrap_or_default();

    if word.is_empty() {
        Variant::Plain
    } else if ENGLISH.contains(&language) {
        Variant::English
    } else if LANGUAGES.contains(&language) || !word.is_ascii() {
        Variant::Translation
    } else {
        Variant::Special
    }
}

fn open(
    files: &[FileFacts],
    links: &Links,
    found: &Candidate<'_>,
    read: &dyn Fn(&FileFacts) -> Option<String>,
) -> Option<Readme> {
    let file = files.get(found.file)?;
    let text = read(file)?;
    // A link that was checked in on Windows is a file that holds nothing but a path.
    let elsewhere = Some(text.trim())
        .filter(|target| (1..200).contains(&target.len()) && !target.contains(char::is_whitespace))
        .and_then(|target| links.resolve(&format!("{}/{target}", file.folder())))
        .and_then(|path| files.iter().find(|file| file.path == path));

    let (file, text) = match elsewhere {
        Some(file) => (file, read(file)?),
        None => (file, text),
    };
    let prose = prose::document(&file.path, &text);
    let empty = prose.title.is_none() && prose.sections.iter().all(|section| section.blocks.is_empty());
    let language = language::foreign(&prose.paragraphs.join("\n"));

    (!empty).then(|| Readme {
        path: file.path.clone(),
        title: prose.title,
        paragraphs: prose.paragraphs,
        headings: prose.headings,
        highlights: prose.highlights,
        sections: prose.sections,
        language,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_in_the_main_language_comes_first_and_a_source_file_never() {
        let best = |names: &[&str]| {
            let mut found: Vec<_> = names
                .iter()
                .filter_map(|name| Some((read_name(name)?, (*name).to_owned())))
                .collect();
            found.sort();
            found.into_iter().next().map(|(_, name)| name)
        };

        for (names, expected) in [
            (&["README.fr.md", "README.markdown"][..], Some("README.markdown")),
            (&["readme.c", "README.md"], Some("README.md")),
            (&["readme.c", "README.json", "readmefile.go"], None),
            (&["README", "README.md", "README.rst"], Some("README.md")),
            (
                &["README_CN.md", "README-en.md", "README.adoc"],
                Some("README.adoc"),
            ),
            (&["README_CN.md", "README-en.md"], Some("README-en.md")),
            (
                &["README.zh-CN.md", "README.windows.txt"],
                Some("README.windows.txt"),
            ),
            (&["README.ja", "README.org"], Some("README.org")),
            (&["Read Me.txt"], Some("Read Me.txt")),
            (&["README.说明.md", "readme"], Some("readme")),
        ] {
            assert_eq!(best(names).as_deref(), expected, "{names:?}");
        }
    }
}
