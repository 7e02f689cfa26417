//! The name that a repository on disk has where it came from: `owner/name` of its remote `origin`, read from git's own
//! files. Never asks git, and never goes to the network.

use std::path::{Path, PathBuf};

/// No configuration of git is longer; what is, is not read.
const LONGEST: u64 = 1024 * 1024;

/// Owner and name, when the repository at `folder` has an origin that tells them.
pub(super) fn find_name(folder: &Path) -> Option<(String, String)> {
    let config = git_folder(folder)?.join("config");
    if std::fs::metadata(&config).ok()?.len() > LONGEST {
        return None;
    }

    let text = std::fs::read_to_string(config).ok()?;
    owner_and_name(origin_url(&text)?)
}

/// Where the configuration lies: `.git`, the place that a file `.git` names, or the folder itself when it is bare.
fn git_folder(folder: &Path) -> Option<PathBuf> {
    let inner = folder.join(".git");
    if inner.is_dir() {
        return Some(inner);
    }

    if !inner.is_file() {
        return folder.join("HEAD").is_file().then(|| folder.to_path_buf());
    }

    // A worktree: its folder names the one that all worktrees share.
    let text = std::fs::read_to_string(inner).ok()?;
    let own = folder.join(text.strip_prefix("gitdir:")?.trim());
    match std::fs::read_to_string(own.join("commondir")) {
        Ok(common) => Some(own.join(common.trim())),
        Err(_) => Some(own),
    }
}

/// `url` of `[remote "origin"]`.
fn origin_url(config: &str) -> Option<&str> {
    let mut inside = false;
    for line in config.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line.replace(' ', "") == "[remote\"origin\"]";
            continue;
        }

        if let (true, Some((key, value))) = (inside, line.split_once('=')) {
            if key.trim().eq_ignore_ascii_case("url") {
                return Some(value.trim().trim_matches('"'));
            }
        }
    }

    None
}

/// Of `https://host/owner/name.git`, `git@host:owner/name` and the like. A path on this disk tells no owner.
fn owner_and_name(url: &str) -> Option<(String, String)> {
    let path = match url.split_once("://") {
        Some(("file", _)) => return None,
        Some((_, rest)) => rest.split_once('/')?.1,
        None if url.starts_with(['/', '.', '~']) => return None,
        None => url.split_once(':')?.1,
    };
    let bare = path.trim_matches('/');
    let bare = bare.strip_suffix(".git").unwrap_or(bare);
    let (owner, name) = bare.rsplit_once('/')?;
    let plain = |text: &str| text.split('/').all(super::url::is_name) && !text.is_empty();

    (plain(owner) && plain(name)).then(|| (owner.to_owned(), name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_tells_owner_and_name_however_it_is_written() {
        for url in [
            "https://github.com/ada/engine.git",
            "https://token@github.com/ada/engine",
            "git@github.com:ada/engine.git",
            "ssh://git@github.com:22/ada/engine.git/",
            "github.com:ada/engine",
        ] {
            let name = owner_and_name(url).map(|(owner, name)| format!("{owner}/{name}"));
            assert_eq!(name.as_deref(), Some("ada/engine"), "{url}");
        }

        for url in [
            "/srv/git/engine.git",
            "../engine",
            "file:///srv/ada/engine",
            "C:\\git",
            "git@host:engine",
            "x:a/../b",
        ] {
            assert_eq!(owner_and_name(url), None, "{url}");
        }
    }

    #[test]
    fn the_origin_is_found_in_clones_worktrees_and_bare_repositories() {
        let dir = tempfile::tempdir().unwrap();
        let config = "[core]\n\tbare = false\n[remote \"up\"]\n\turl = https://x.org/no/no\n\
                      [remote \"origin\"]\n\tfetch = +refs\n\turl = git@github.com:ada/engine.git\n";
        let clone = dir.path().join("named");
        std::fs::create_dir_all(clone.join(".git/worktrees/w")).unwrap();
        std::fs::write(clone.join(".git/config"), config).unwrap();
        std::fs::write(clone.join(".git/worktrees/w/commondir"), "../..\n").unwrap();

        let worktree = dir.path().join("w");
        std::fs::create_dir(&worktree).unwrap();
        let place = clone.join(".git/worktrees/w");
        std::fs::write(worktree.join(".git"), format!("gitdir: {}\n", place.display())).unwrap();

        let bare = dir.path().join("engine.git");
        std::fs::create_dir(&bare).unwrap();
        std::fs::write(bare.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        std::fs::write(bare.join("config"), config).unwrap();

        let expected = Some(("ada".to_owned(), "engine".to_owned()));
        for folder in [&clone, &worktree, &bare] {
            assert_eq!(find_name(folder), expected, "{}", folder.display());
        }

        std::fs::write(clone.join(".git/config"), "[core]\n").unwrap();
        assert_eq!(find_name(&clone), None);
        assert_eq!(find_name(dir.path()), None);
    }
}
