//! Symbolic links of a commit's tree, followed inside the tree only: to files, to folders, through chains. A link out of
//! the tree, to nothing, or in a circle leads nowhere.

use std::collections::BTreeMap;

use crate::{
    checkout::{Reader, TreeFile, TreeFileKind},
    text,
};

/// As many as Linux follows.
const MOST_HOPS: usize = 40;
const MAX_TARGET_BYTES: u64 = 4_096;

/// What every link of a tree says.
#[derive(Debug, Default)]
pub(crate) struct Links {
    /// Path of the link to its own words, which are relative to its folder.
    targets: BTreeMap<String, String>,
}

impl Links {
    pub(crate) fn read(files: &[TreeFile], reader: &Reader) -> Self {
        let links = files.iter().filter(|file| {
            file.kind == TreeFileKind::Symlink
                && reader.size(file.id).is_some_and(|size| size <= MAX_TARGET_BYTES)
        });
        let targets = links.filter_map(|link| Some((link.path.clone(), text::path(&reader.read(link.id)?))));

        Self {
            targets: targets.collect(),
        }
    }

    /// The path behind a path, with every link on the way followed; `None` when it leaves the tree or never ends. What
    /// it names need not exist.
    pub(crate) fn resolve(&self, path: &str) -> Option<String> {
        let mut open: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
        let mut done: Vec<String> = Vec::new();
        let mut hops = 0;

        while let Some(part) = open.pop() {
            match part.as_str() {
                "" | "." => continue,
                ".." => {
                    done.pop()?;
                    continue;
                }
                _ => done.push(part),
            }

            let Some(target) = self.targets.get(&done.join("/")) else {
                continue;
            };
            hops += 1;

            if hops > MOST_HOPS || target.starts_with('/') {
                return None;
            }

            done.pop();
            open.extend(target.split('/').rev().map(str::to_owned));
        }

        Some(done.join("/"))
    }

    /// Every link with what it leads to.
    pub(crate) fn resolved(&self) -> impl Iterator<Item = (&str, String)> {
        self.targets
            .keys()
            .filter_map(|link| Some((link.as_str(), self.resolve(link)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_followed_inside_the_tree_only() {
        let targets = [
            ("README.md", "docs/introduction.md"),
            ("docs", "documentation"),
            ("a/README.md", "../README.md"),
            ("out", "../../etc/passwd"),
            ("root", "/etc/passwd"),
            ("loop", "pool"),
            ("pool", "loop"),
            ("self", "self/x"),
            ("dot", "./src/./main.rs"),
        ];
        let links = Links {
            targets: targets
                .map(|(link, target)| (link.to_owned(), target.to_owned()))
                .into(),
        };

        for (path, expected) in [
            ("README.md", Some("documentation/introduction.md")),
            ("a/README.md", Some("documentation/introduction.md")),
            ("docs/x.md", Some("documentation/x.md")),
            ("dot", Some("src/main.rs")),
            ("plain.md", Some("plain.md")),
            ("out", None),
            ("root", None),
            ("loop", None),
            ("self", None),
        ] {
            assert_eq!(links.resolve(path).as_deref(), expected, "{path}");
        }
    }
}
