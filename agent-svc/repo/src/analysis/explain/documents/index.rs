//! In which order the pages of a book, a course or a guide are read: as an index names them, then by their numbers, then
//! by their paths. Never reads a page for what it says.

use std::sync::LazyLock;

use regex::Regex;

use crate::analysis::survey::FileFacts;

/// Files that list pages in their order, best first.
const INDEXES: [&str; 14] = [
    "summary.md",
    "_sidebar.md",
    "mkdocs.yml",
    "mkdocs.yaml",
    "_toc.yml",
    "_bookdown.yml",
    "_quarto.yml",
    "myst.yml",
    "sidebars.js",
    "toc.yml",
    "config.yaml",
    "index.md",
    "readme.md",
    "_config.yml",
];

/// All pages, those that are named in an index first.
pub(super) fn order<'s>(
    pages: &[&'s FileFacts],
    all: &'s [FileFacts],
    readme: Option<&str>,
    read: &dyn Fn(&FileFacts) -> Option<String>,
) -> Vec<&'s FileFacts> {
    let mut indexes: Vec<(usize, usize, &FileFacts)> = all
        .iter()
        .filter_map(|file| {
            let place = INDEXES
                .iter()
                .position(|name| file.name().eq_ignore_ascii_case(name))?;
            Some((file.path.matches('/').count(), place, file))
        })
        .filter(|(depth, _, _)| *depth < 3)
        .collect();
    indexes.sort_by_key(|(depth, place, file)| {
        // The read-me of the root comes before an index further in, and after one beside it.
        let root = Some(file.path.as_str()) == readme;
        (*depth, if root { 100 } else { *place })
    });
    indexes.truncate(6);

    let mut found: Vec<&'s FileFacts> = Vec::new();
    for (_, _, index) in indexes {
        let Some(text) = read(index) else { continue };

        for named in named_pages(&text) {
            let page = page_of(pages, index.folder(), &named);
            if let Some(page) = page.filter(|page| !found.iter().any(|known| known.path == page.path)) {
                found.push(page);
            }
        }
    }

    let mut rest: Vec<&'s FileFacts> = pages
        .iter()
        .filter(|page| !found.iter().any(|known| known.path == page.path))
        .copied()
        .collect();
    rest.sort_by_key(|page| {
        let aside = [
            "instructor",
            "profile",
            "appendix",
            "glossary",
            "reference",
            "template",
        ]
        .iter()
        .any(|word| page.path.to_lowercase().contains(word));
        (aside, !starts_numbered(page.name()), numbers_apart(&page.path))
    });
    found.extend(rest);

    found
}

/// The pages that a page leads to, in its order.
pub(super) fn linked<'s>(
    pages: &[&'s FileFacts],
    from: &FileFacts,
    read: &dyn Fn(&FileFacts) -> Option<String>,
) -> Vec<&'s FileFacts> {
    let named = named_pages(&read(from).unwrap_or_default());

    named
        .iter()
        .filter_map(|named| page_of(pages, from.folder(), named.trim_start_matches('/')))
        .collect()
}

/// Targets of links and names of files that a text lists, in their order.
fn named_pages(text: &str) -> Vec<String> {
    static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        crate::pattern::compile(r#"(?m)\]\(\s*<?([^)\s>#]+)|^\s*-\s+(?:[^:\n]+:\s+)?['"]?([\w./ -]+\.(?:md|Rmd|qmd|rst|mdx))['"]?\s*$|^\s*-?\s*file:\s*([\w./-]+)|^\[[^\]]+\]:\s*(\S+)"#).ok()
    });

    let captures = NAMED.iter().flat_map(|pattern| pattern.captures_iter(text));
    let targets = captures.filter_map(|groups| groups.iter().skip(1).flatten().next());

    targets
        .map(|target| target.as_str().trim().to_owned())
        .filter(|target| !target.contains("://"))
        .collect()
}

/// The page that a link of a file in `folder` leads to: with or without its ending, or a folder with its own page.
fn page_of<'s>(pages: &[&'s FileFacts], folder: &str, named: &str) -> Option<&'s FileFacts> {
    let joined = crate::analysis::modules::imports::join(folder, named.trim_start_matches("./"));
    let joined = joined.trim_matches('/');
    let bare = joined
        .strip_suffix(".html")
        .or_else(|| joined.strip_suffix(".md"))
        .unwrap_or(joined);
    let fits = |path: &str| {
        let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
        let of_folder = stem.strip_suffix("/index").or_else(|| {
            let (folder, name) = stem.rsplit_once('/')?;
            name.eq_ignore_ascii_case("readme").then_some(folder)
        });
        path == joined || stem == bare || of_folder == Some(bare)
    };
    let whole = pages.iter().find(|page| fits(&page.path));

    // An index of a site names pages by their last part.
    whole
        .or_else(|| {
            let end = format!("/{}", named.trim_start_matches(['.', '/']));
            let mut ending = pages
                .iter()
                .filter(|page| page.path.ends_with(&end) && end.contains('.'));
            ending.next().filter(|_| ending.next().is_none())
        })
        .copied()
}

fn starts_numbered(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_digit())
}

/// "2-where" before "10-joins".
fn numbers_apart(path: &str) -> Vec<(u64, String)> {
    let mut parts: Vec<(u64, String)> = Vec::new();
    for part in path.to_lowercase().split('/') {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        let number = digits.parse().unwrap_or(0);
        parts.push((number, part[digits.len()..].to_owned()));
    }

    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_names_its_pages_in_order() {
        let text = "# Contents\n\n- [Two](b/two.md)\n- [One](./a/one.md#start)\n- [Out](https://x.y/z.md)\n";
        assert_eq!(named_pages(text), ["b/two.md", "./a/one.md"]);
        let text = "episodes:\n- 02-setup.md\n- 01-basics.md\nnav:\n  - Home: start.md\n";
        assert_eq!(named_pages(text), ["02-setup.md", "01-basics.md", "start.md"]);
    }

    #[test]
    fn numbers_are_read_as_numbers() {
        let mut paths = ["10-joins.md", "2-where.md", "a.md"];
        paths.sort_by_key(|path| numbers_apart(path));
        assert_eq!(paths, ["a.md", "2-where.md", "10-joins.md"]);
        assert!(starts_numbered("2-where.md"));
    }
}
