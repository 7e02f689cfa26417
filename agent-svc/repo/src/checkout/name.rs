//! What a repository on disk is called: as its origin calls it, or as the folder in which it begins.

use std::path::Path;

use gix::bstr::ByteSlice;

use crate::text;

/// The name and the owner of a repository elsewhere; `None` where nothing says so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownAs {
    pub owner: Option<String>,
    pub name: Option<String>,
}

/// `asked` is the folder that was asked for, which may lie inside the repository.
pub(super) fn of(repository: &gix::Repository, asked: &Path) -> KnownAs {
    if let Some(known) = origin(repository) {
        return known;
    }

    let asked = asked.canonicalize().ok();
    let root = root(repository).and_then(|root| root.canonicalize().ok());
    let inside = root.is_some() && root != asked;
    let name = root
        .as_deref()
        .filter(|_| inside)
        .and_then(Path::file_name)
        .map(|name| text::short(name.as_encoded_bytes(), None));

    KnownAs {
        owner: None,
        name: name.map(|name| name.trim_end_matches(".git").to_owned()),
    }
}

fn origin(repository: &gix::Repository) -> Option<KnownAs> {
    let config = repository.config_snapshot();
    let url = config.string("remote.origin.url")?;
    let url = gix::url::parse(url.as_bstr()).ok()?;
    // A clone of a folder on this machine is called as that folder is, which says nothing new.
    url.host()?;

    let path = text::short(&url.path, None);
    let mut parts = path.trim_matches('/').rsplit('/');
    let name = parts.next()?.trim_end_matches(".git").to_owned();
    let owner = parts.next().map(str::to_owned);

    (!name.is_empty()).then_some(KnownAs {
        owner,
        name: Some(name),
    })
}

/// The folder of the repository itself; for a linked worktree, that of the repository it belongs to.
fn root(repository: &gix::Repository) -> Option<std::path::PathBuf> {
    let common = repository.common_dir().canonicalize().ok()?;
    let named_git = common.file_name().is_some_and(|name| name == ".git");
    let submodule = common.components().any(|part| part.as_os_str() == "modules");

    if named_git {
        common.parent().map(Path::to_path_buf)
    } else if submodule {
        repository.workdir().map(Path::to_path_buf)
    } else {
        Some(common)
    }
}
