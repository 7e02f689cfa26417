//! `RepoUrl`: a repository URL that passed every rule. What the text looks like is judged before a URL parser may
//! repair it, because a fetcher further down may not repair it in the same way.

use std::{fmt, path::PathBuf};

use url::Url;

use super::{RepoUrlError, SourcePolicy, origin, page, policy::host_name};

/// Longest accepted URL, in bytes.
pub(super) const MAX_BYTES: usize = 512;
/// Longest owner or repository name; GitHub's and GitLab's own limits are below it.
const MAX_PART_BYTES: usize = 128;
/// GitLab nests groups up to twenty deep.
const MAX_PARTS: usize = 21;

/// The URL of a repository that may be fetched.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RepoUrl {
    normalised: String,
    fetch: String,
    host: String,
    owner: String,
    repo: String,
    local: Option<PathBuf>,
}

impl fmt::Debug for RepoUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RepoUrl({})", self.normalised)
    }
}

impl fmt::Display for RepoUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.normalised)
    }
}

impl RepoUrl {
    /// Accepts `https://host/owner/repository` on an allowed host, with or without `.git` and a slash at the end, and what
    /// people copy in its place: `git@host:owner/repository.git`, `www.` before the host, the address of a page of the
    /// repository, with its query and fragment.
    pub fn parse(text: &str, policy: &SourcePolicy) -> Result<Self, RepoUrlError> {
        let text = text.trim_matches(' ');
        check_text(text)?;

        let over_https = page::spell_scp(text);
        let (scheme, rest) = split_scheme(over_https.as_deref().unwrap_or(text))?;
        if scheme == "file" {
            return if policy.allow_local {
                local(text)
            } else {
                Err(RepoUrlError::Local)
            };
        }

        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        if authority.contains('@') {
            return Err(RepoUrlError::Credentials);
        }

        if authority.is_empty() {
            return Err(RepoUrlError::Host);
        }

        let url = Url::parse(&format!("{scheme}://{authority}")).map_err(|_| RepoUrlError::Host)?;
        let url = page::strip_www(url, policy);
        policy.check_target(&url)?;

        let host = url
            .host()
            .map(|host| host_name(&host))
            .ok_or(RepoUrlError::Host)?;

        let path = page::cut_page(&host, path)?;
        remote(&url, host, path)
    }

    /// The one spelling under which a repository is known: lower-case host, no `.git`, no slash at the end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.normalised
    }

    /// What to fetch from: like [`as_str`](Self::as_str), but `.git` stays when it was given, since plain git servers
    /// need it.
    #[must_use]
    pub fn fetch_url(&self) -> &str {
        &self.fetch
    }

    /// Host without the port; `local` for a repository on disk.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Owner, or the groups joined by slashes. Of a repository on disk those of its origin, else `local`.
    #[must_use]
    pub fn owner(&self) -> &str {
        &self.owner
    }

    #[must_use]
    pub fn repo(&self) -> &str {
        &self.repo
    }

    /// `owner/repo`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}", self.owner, self.repo)
    }

    /// The folder of a repository on disk.
    #[must_use]
    pub fn local_path(&self) -> Option<&PathBuf> {
        self.local.as_ref()
    }
}

fn check_text(text: &str) -> Result<(), RepoUrlError> {
    if text.is_empty() {
        return Err(RepoUrlError::Empty);
    }

    if text.len() > MAX_BYTES {
        return Err(RepoUrlError::TooLong { len: text.len() });
    }

    if text.contains(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        return Err(RepoUrlError::Control);
    }

    if text.starts_with('-') {
        return Err(RepoUrlError::Option);
    }

    Ok(())
}

/// Scheme in lower case, and what follows `://`.
fn split_scheme(text: &str) -> Result<(String, &str), RepoUrlError> {
    let before_colon = text.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let is_word = !before_colon.is_empty()
        && before_colon
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    if is_word && text[before_colon.len()..].starts_with("::") {
        return Err(RepoUrlError::RemoteHelper { scheme: before_colon });
    }

    let Some((scheme, rest)) = text.split_once("://") else {
        let scp_like = text.contains(':') && !text.starts_with('/') && !is_web(&before_colon);
        return Err(if scp_like {
            RepoUrlError::Ssh
        } else {
            RepoUrlError::NoScheme
        });
    };
    let scheme = scheme.to_ascii_lowercase();
    match scheme.as_str() {
        "file" => return Ok((scheme, rest)),
        "ssh" | "git+ssh" | "ssh+git" => return Err(RepoUrlError::Ssh),
        "http" | "https" => {}
        _ if scheme == before_colon && is_word => return Err(RepoUrlError::Scheme { scheme }),
        _ => return Err(RepoUrlError::NoScheme),
    }

    // Neither names a repository, and nothing of them goes further.
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    match rest
        .chars()
        .find(|c| c.is_whitespace() || matches!(c, '\\' | '"' | '<' | '>' | '`' | '|' | '^' | '{' | '}'))
    {
        Some(found) => Err(RepoUrlError::Character { found }),
        None => Ok((scheme, rest)),
    }
}

fn is_web(scheme: &str) -> bool {
    matches!(scheme, "http" | "https" | "file")
}

fn remote(url: &Url, host: String, path: &str) -> Result<RepoUrl, RepoUrlError> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let bare = path.strip_suffix(".git").unwrap_or(path);
    let parts: Vec<&str> = bare.split('/').filter(|_| !bare.is_empty()).collect();
    if let Some(part) = parts.iter().find(|part| !is_name(part)) {
        return Err(RepoUrlError::Part {
            part: (*part).to_owned(),
        });
    }

    let (Some((repo, owners)), true) = (parts.split_last(), parts.len() <= MAX_PARTS) else {
        return Err(RepoUrlError::NoRepository);
    };
    if owners.is_empty() {
        return Err(RepoUrlError::NoRepository);
    }

    if parts.len() > 2 && page::has_two_parts(&host) {
        return Err(RepoUrlError::Beyond {
            name: parts[..2].join("/"),
        });
    }

    let port = url.port().map_or(String::new(), |port| format!(":{port}"));
    let base = format!("{}://{host}{port}", url.scheme());

    Ok(RepoUrl {
        normalised: format!("{base}/{bare}"),
        fetch: format!("{base}/{path}"),
        host,
        owner: owners.join("/"),
        repo: (*repo).to_owned(),
        local: None,
    })
}

/// Letters, digits, `-`, `_`, `.`, `~` and `+`; nothing that a path, a shell or a command could take for something else.
pub(super) fn is_name(part: &str) -> bool {
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~+".contains(&byte);
    let dots = part.bytes().all(|byte| byte == b'.');
    !part.starts_with('-')
        && !dots
        && part != ".git"
        && part.len() <= MAX_PART_BYTES
        && part.bytes().all(fine)
}

fn local(text: &str) -> Result<RepoUrl, RepoUrlError> {
    let url = Url::parse(text).map_err(|_| RepoUrlError::LocalPath)?;
    if url.host().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(RepoUrlError::LocalPath);
    }

    let path = url.to_file_path().map_err(|()| RepoUrlError::LocalPath)?;
    let folder = if path.ends_with(".git") {
        path.parent().unwrap_or(&path)
    } else {
        &path
    };

    let name = folder
        .file_name()
        .ok_or(RepoUrlError::LocalPath)?
        .to_string_lossy();
    let repo = name.strip_suffix(".git").unwrap_or(&name).to_owned();
    let (owner, repo) = origin::find_name(folder).unwrap_or_else(|| ("local".to_owned(), repo));

    Ok(RepoUrl {
        normalised: url.as_str().trim_end_matches('/').to_owned(),
        fetch: url.as_str().to_owned(),
        host: "local".to_owned(),
        owner,
        repo,
        local: Some(path),
    })
}
