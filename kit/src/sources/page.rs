//! What people copy when they mean a repository: the address of one of its pages, its address for SSH, its host with `www.`.
//! Only spelling: what comes out is judged like everything else.

use std::borrow::Cow;

use url::Url;

use super::{RepoUrlError, SourcePolicy};

/// A forge whose addresses are known.
struct Forge {
    hosts: &'static [&'static str],
    /// A repository is always `owner/repository`, so that anything longer is a page.
    has_two_parts: bool,
    /// First parts of the pages of a repository.
    pages: &'static [&'static str],
    /// First parts of an address that are no owner.
    no_owners: &'static [&'static str],
}

const FORGES: [Forge; 5] = [
    Forge {
        hosts: &["github.com"],
        has_two_parts: true,
        pages: &[
            "actions",
            "activity",
            "archive",
            "blame",
            "blob",
            "branches",
            "commit",
            "commits",
            "community",
            "compare",
            "contributors",
            "deployments",
            "discussions",
            "edit",
            "find",
            "forks",
            "graphs",
            "issues",
            "labels",
            "milestone",
            "milestones",
            "network",
            "packages",
            "pkgs",
            "projects",
            "pull",
            "pulls",
            "pulse",
            "raw",
            "releases",
            "search",
            "security",
            "stargazers",
            "tags",
            "tree",
            "watchers",
            "wiki",
        ],
        no_owners: &[
            "apps",
            "collections",
            "enterprise",
            "enterprises",
            "features",
            "marketplace",
            "orgs",
            "search",
            "settings",
            "sponsors",
            "stars",
            "topics",
            "trending",
            "users",
        ],
    },
    Forge {
        hosts: &["gitlab.com"],
        has_two_parts: false,
        // Names that no project may have there; everything else stands behind `-`.
        pages: &["blame", "blob", "commits", "raw", "tree", "wikis"],
        no_owners: &["explore", "groups", "users"],
    },
    Forge {
        hosts: &["bitbucket.org"],
        has_two_parts: true,
        pages: &[
            "branch",
            "branches",
            "commits",
            "diff",
            "downloads",
            "issues",
            "pipelines",
            "pull-requests",
            "raw",
            "src",
            "wiki",
        ],
        no_owners: &["account", "product"],
    },
    Forge {
        hosts: &["codeberg.org", "gitea.com"],
        has_two_parts: true,
        pages: &[
            "actions",
            "activity",
            "branches",
            "commit",
            "commits",
            "forks",
            "graph",
            "issues",
            "labels",
            "milestones",
            "packages",
            "projects",
            "pulls",
            "raw",
            "releases",
            "src",
            "stars",
            "tags",
            "watchers",
            "wiki",
        ],
        no_owners: &["explore", "org", "user"],
    },
    Forge {
        hosts: &["git.sr.ht"],
        has_two_parts: true,
        pages: &["blame", "blob", "commit", "log", "refs", "tree"],
        no_owners: &[],
    },
];

/// GitLab puts it before the pages of a repository, on every host; no group and no project is called so.
const GITLAB_MARK: &str = "-";

/// `https://host/path` for `git@host:path`; `None` for anything else. Other users are no forge's.
pub(super) fn spell_scp(text: &str) -> Option<String> {
    let (host, path) = text.strip_prefix("git@")?.split_once(':')?;
    let is_host = !host.is_empty()
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
    let is_path = !path.is_empty() && !path.starts_with('/') && !path.contains([':', '?', '#']);

    (is_host && is_path).then(|| format!("https://{host}/{path}"))
}

/// Leads to the allowed host that is meant, when it is not allowed as it stands.
pub(super) fn strip_www(url: Url, policy: &SourcePolicy) -> Url {
    let Some(bare) = url.host_str().and_then(|host| host.strip_prefix("www.")) else {
        return url;
    };

    let mut meant = url.clone();
    let is_set = meant.set_host(Some(bare)).is_ok();
    if is_set && policy.check_target(&url).is_err() && policy.check_target(&meant).is_ok() {
        return meant;
    }

    url
}

/// The part of `path` that names the repository, as far as pages of repositories are known on that host.
///
/// # Errors
/// It leads to a page that is no repository's, or somewhere else.
pub(super) fn cut_page<'a>(host: &str, path: &'a str) -> Result<&'a str, RepoUrlError> {
    let forge = forge(host);
    let parts: Vec<&str> = path.split('/').collect();
    let is_page = |part: &str| part == GITLAB_MARK || forge.is_some_and(|forge| forge.pages.contains(&part));
    let end = match forge {
        Some(forge) if forge.has_two_parts => parts.get(2).filter(|part| is_page(part)).map(|_| 2),
        _ => parts
            .iter()
            .skip(2)
            .position(|part| is_page(part))
            .map(|at| at + 2),
    };
    let Some(end) = end else {
        return Ok(path);
    };

    let is_owner = forge.is_none_or(|forge| !forge.no_owners.contains(&parts[0]));
    // A browser would follow `..` to another page.
    if !is_owner || parts[end..].iter().any(|part| climbs(part)) {
        return Err(RepoUrlError::Beyond {
            name: parts[..2].join("/"),
        });
    }

    let length = parts[..end].iter().map(|part| part.len() + 1).sum::<usize>() - 1;
    Ok(&path[..length])
}

/// Whether a repository is always `owner/repository` there.
pub(super) fn has_two_parts(host: &str) -> bool {
    forge(host).is_some_and(|forge| forge.has_two_parts)
}

fn forge(host: &str) -> Option<&'static Forge> {
    FORGES.iter().find(|forge| forge.hosts.contains(&host))
}

/// `.` and `..`, spelled out or not.
fn climbs(part: &str) -> bool {
    let mut plain = Cow::Borrowed(part);
    if part.contains('%') {
        plain = Cow::Owned(part.to_ascii_lowercase().replace("%2e", "."));
    }

    plain == "." || plain == ".."
}
