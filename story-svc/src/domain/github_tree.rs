//! What is at GitHub: whose token it is, where a branch is, and the files of a commit.

use serde_json::Value;
use sha1::{Digest, Sha1};

use crate::clients::github::{GithubError, GithubSession};

/// The files of a commit.
pub(super) struct GithubTree {
    pub(super) sha: String,
    /// Files, links and submodules; no folders.
    pub(super) entries: Vec<TreeEntry>,
    /// There are more than GitHub lists at once.
    pub(super) is_cut: bool,
}

pub(super) struct TreeEntry {
    pub(super) path: String,
    /// As git writes it: `100644`, `100755`, `120000` for a link, `160000` for a submodule.
    pub(super) mode: String,
    pub(super) sha: String,
    /// In bytes; nothing for what has no content of its own.
    pub(super) size: Option<u64>,
}

/// The name of the account whose token it is.
pub(super) async fn find_login(session: &GithubSession<'_>) -> Result<String, GithubError> {
    let user = session.get("ask whose token it is", "/user").await?;
    Ok(text(&user, "login")?.to_owned())
}

/// The commit that a branch is at. An empty repository answers with a conflict.
pub(super) async fn find_ref(
    session: &GithubSession<'_>,
    api: &str,
    branch: &str,
) -> Result<Option<String>, GithubError> {
    let step = "find the branch";
    match session.find(step, &format!("{api}/git/ref/heads/{branch}")).await {
        Ok(Some(found)) => Ok(Some(text(&found["object"], "sha")?.to_owned())),
        Ok(None) | Err(GithubError::Conflict { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) async fn read_tree(
    session: &GithubSession<'_>,
    api: &str,
    commit: &str,
) -> Result<GithubTree, GithubError> {
    let told = session
        .get("read the newest commit", &format!("{api}/git/commits/{commit}"))
        .await?;
    let sha = text(&told["tree"], "sha")?.to_owned();
    let path = format!("{api}/git/trees/{sha}?recursive=1");
    let listed = session.get("read the files there", &path).await?;
    let entries = listed["tree"].as_array().into_iter().flatten();
    let entries = entries
        .filter(|entry| entry["type"] != "tree")
        .filter_map(read_entry);

    Ok(GithubTree {
        entries: entries.collect(),
        is_cut: listed["truncated"] == true,
        sha,
    })
}

fn read_entry(entry: &Value) -> Option<TreeEntry> {
    Some(TreeEntry {
        path: entry["path"].as_str()?.to_owned(),
        mode: entry["mode"].as_str()?.to_owned(),
        sha: entry["sha"].as_str()?.to_owned(),
        size: entry["size"].as_u64(),
    })
}

/// As git names it.
pub(super) fn name_blob(content: &str) -> String {
    let mut hasher = Sha1::new();
    hasher.update(format!("blob {}\0", content.len()));
    hasher.update(content);
    let bytes = hasher.finalize();

    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A text that every answer of its kind has.
pub(super) fn text<'a>(value: &'a Value, field: &str) -> Result<&'a str, GithubError> {
    value[field].as_str().ok_or(GithubError::Unavailable {
        step: "read an answer",
        source: None,
    })
}
