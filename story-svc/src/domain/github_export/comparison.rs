//! What an export would change at GitHub beside what was exported last: which files it sends, which go, and which of them are the
//! work of others.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{Head, name_file};
use crate::clients::github::GithubError;
use crate::domain::github_tree::name_blob;
use crate::domain::project::{FileOrigin, ProjectFile};

/// Files that a refusal names.
const PATHS_TOLD: usize = 10;
const README: &str = "README.md";

/// A project beside a branch.
pub(super) struct Comparison<'a> {
    head: &'a Head,
    files: &'a [ProjectFile],
    /// What was exported last, where that is known: the name of each blob by its path.
    before: Option<HashMap<&'a str, String>>,
    /// Names of the README that GitHub writes into a new repository.
    first_readmes: [String; 4],
}

impl<'a> Comparison<'a> {
    pub(super) fn new(
        head: &'a Head,
        files: &'a [ProjectFile],
        before: Option<&'a [ProjectFile]>,
        repository: &Value,
    ) -> Self {
        let name_all = |files: &'a [ProjectFile]| {
            let named = files.iter().map(|file| (file.path.as_str(), name_file(file)));
            named.collect()
        };

        Self {
            head,
            files,
            before: before.map(name_all),
            first_readmes: name_first_readmes(repository),
        }
    }

    /// # Errors
    /// `Edited` with the files that others changed since the last export; `Present` with those that they put under the project's
    /// paths, where no export is known; `Refused` when not all files there are known.
    pub(super) fn check(&self) -> Result<(), GithubError> {
        if self.head.is_cut {
            return Err(GithubError::Refused {
                step: "compare the files there",
                told: "it lists only a part of so many. Export to a new branch with a pull request."
                    .to_owned(),
            });
        }

        let folders = self.list_folders();
        let differing = self.list_differing(false);
        let taken: Vec<&str> = differing
            .iter()
            .filter(|(file, _)| {
                self.is_work_of_others(&file.path) || self.is_in_the_way(&file.path, &folders)
            })
            .map(|(file, _)| file.path.as_str())
            .collect();
        let files = match taken.is_empty() {
            true => return Ok(()),
            false => list_paths(&taken),
        };

        Err(match self.before {
            Some(_) => GithubError::Edited { files },
            None => GithubError::Present { files },
        })
    }

    /// The project's files that are not there as they are, each with its name as a blob. Of the scaffold, which people can't change in the
    /// project, what they changed there and we did not is left to them, unless all is to be sent.
    pub(super) fn list_differing(&self, all: bool) -> Vec<(&'a ProjectFile, String)> {
        let named = self.files.iter().map(|file| (file, name_file(file)));
        let is_theirs = |file: &ProjectFile, sha: &String| {
            let is_as_exported = self.find_exported(&file.path) == Some(sha);
            file.origin == FileOrigin::Scaffold && is_as_exported && self.head.blobs.contains_key(&file.path)
        };

        named
            .filter(|(file, sha)| self.head.blobs.get(&file.path) != Some(sha))
            .filter(|(file, sha)| all || !is_theirs(file, sha))
            .collect()
    }

    /// What was exported, is in the project no more, and was changed by nobody there.
    pub(super) fn list_gone(&self) -> Vec<&'a str> {
        let kept: HashSet<&str> = self.files.iter().map(|file| file.path.as_str()).collect();
        let gone =
            self.before.iter().flatten().filter(move |(path, sha)| {
                !kept.contains(*path) && self.head.blobs.get(**path) == Some(*sha)
            });

        let mut paths: Vec<&str> = gone.map(|(path, _)| *path).collect();
        paths.sort_unstable();
        paths
    }

    /// Whether a file is there that we did not put there.
    fn is_work_of_others(&self, path: &str) -> bool {
        let Some(there) = self.head.blobs.get(path) else {
            return false;
        };

        let is_first = self.before.is_none() && path == README && self.first_readmes.contains(there);
        !is_first && self.find_exported(path) != Some(there)
    }

    /// Whether a file is where a folder of ours is to be, or a folder where our file is to be.
    fn is_in_the_way(&self, path: &str, folders: &HashSet<&str>) -> bool {
        folders.contains(path) || folders_of(path).any(|folder| self.head.blobs.contains_key(folder))
    }

    /// All folders that are there.
    fn list_folders(&self) -> HashSet<&'a str> {
        self.head.blobs.keys().flat_map(|path| folders_of(path)).collect()
    }

    fn find_exported(&self, path: &str) -> Option<&String> {
        self.before.as_ref()?.get(path)
    }
}

/// The folders that a file is in.
fn folders_of(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

/// The README that GitHub writes from name and description when it makes a repository is nobody's work.
fn name_first_readmes(repository: &Value) -> [String; 4] {
    let name = repository["name"].as_str().unwrap_or_default();
    let description = repository["description"].as_str().unwrap_or_default();

    [
        name_blob(&format!("# {name}")),
        name_blob(&format!("# {name}\n")),
        name_blob(&format!("# {name}\n{description}")),
        name_blob(&format!("# {name}\n{description}\n")),
    ]
}

/// The first few of them, and how many more there are.
fn list_paths(paths: &[&str]) -> String {
    let told = paths
        .iter()
        .take(PATHS_TOLD)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");

    match paths.len().saturating_sub(PATHS_TOLD) {
        0 => told,
        more => format!("{told} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;

    fn file(path: &str, content: &str, origin: FileOrigin) -> ProjectFile {
        ProjectFile {
            path: path.to_owned(),
            content: Some(content.to_owned()),
            origin,
            id: Uuid::nil(),
            project_id: Uuid::nil(),
            language: None,
            version: 1,
            bytes: 0,
            digest: String::new(),
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    /// What a comparison says of a branch with these files, where `before` was exported.
    fn compare(there: &[(&str, &str)], before: Option<&[ProjectFile]>, files: &[ProjectFile]) -> String {
        let blobs = there
            .iter()
            .map(|(path, content)| ((*path).to_owned(), name_blob(content)));
        let head = Head {
            commit: String::new(),
            tree: String::new(),
            blobs: blobs.collect(),
            is_cut: false,
            has_branch: true,
        };
        let repository = serde_json::json!({ "name": "recipes", "description": "All of them" });
        let comparison = Comparison::new(&head, files, before, &repository);

        match comparison.check() {
            Err(error) => format!("{} {error}", error.reason()),
            Ok(()) => {
                let sent = comparison.list_differing(false);
                let paths: Vec<&str> = sent.iter().map(|(file, _)| file.path.as_str()).collect();
                format!("sends {}", paths.join(" "))
            }
        }
    }

    #[test]
    fn what_others_put_under_our_paths_stops_a_first_export() {
        let ours = [
            file("src/App.tsx", "ours", FileOrigin::Source),
            file("README.md", "# Recipes", FileOrigin::Scaffold),
        ];
        let first = |there: &[(&str, &str)]| compare(there, None, &ours);

        assert_eq!(first(&[("LICENSE", "theirs")]), "sends src/App.tsx README.md");
        assert_eq!(first(&[("src/App.tsx", "ours")]), "sends README.md");
        for fresh in ["# recipes", "# recipes\n", "# recipes\nAll of them"] {
            assert_eq!(first(&[("README.md", fresh)]), "sends src/App.tsx README.md");
        }
        for taken in ["src/App.tsx", "README.md", "src", "README.md/notes.txt"] {
            let refused = first(&[(taken, "theirs")]);
            assert!(refused.starts_with("GITHUB_FILES_EXIST "), "{taken}: {refused}");
        }
    }

    #[test]
    fn of_the_scaffold_only_what_both_changed_is_a_conflict() {
        let ours = |readme: &str| {
            [
                file("src/App.tsx", "one", FileOrigin::Source),
                file("README.md", readme, FileOrigin::Scaffold),
            ]
        };
        let before = ours("first");
        let theirs = [("src/App.tsx", "one"), ("README.md", "theirs")];

        assert_eq!(compare(&theirs, Some(&before), &ours("first")), "sends ");
        let refused = compare(&theirs, Some(&before), &ours("second"));
        assert!(
            refused.starts_with("GITHUB_FILES_CHANGED ") && refused.contains("README.md"),
            "{refused}"
        );
    }
}
