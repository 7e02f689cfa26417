//! A project's files in a folder of their own, which the tools read and never write.

use std::fs;
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::chown;
use std::path::{Component, Path};

use tempfile::TempDir;

/// Writes them for a user, this process's own where none is given. The folder goes with what is returned.
pub(crate) fn write_project(files: &[(String, String)], user: Option<u32>) -> Result<TempDir> {
    let folder = tempfile::Builder::new().prefix("saga-project-").tempdir()?;
    for (path, content) in files {
        if !is_inside(path) {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                format!("{path} leads out of its project"),
            ));
        }
        let path = folder.path().join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, content)?;
    }

    if let Some(user) = user {
        give(folder.path(), user)?;
    }
    Ok(folder)
}

/// Whether a path stays below where it is taken from.
pub(crate) fn is_inside(path: &str) -> bool {
    let path = Path::new(path);
    path.components().next().is_some() && path.components().all(|part| matches!(part, Component::Normal(_)))
}

fn give(path: &Path, user: u32) -> Result<()> {
    chown(path, Some(user), Some(user))?;
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            give(&entry?.path(), user)?;
        }
    }

    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_stay_in_their_folder() {
        let file = |path: &str| (path.to_owned(), "x".to_owned());
        let folder = write_project(&[file("src/a/b.ts"), file("index.html")], None).expect("a folder");
        assert_eq!(
            fs::read_to_string(folder.path().join("src/a/b.ts")).expect("a file"),
            "x"
        );

        for path in ["../a.ts", "/etc/a.ts", "src/../../a.ts", "", "./a.ts"] {
            assert!(write_project(&[file(path)], None).is_err(), "{path}");
        }
    }
}
