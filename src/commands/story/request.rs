//! From what was typed to what is asked of the services, and from a refusal back to what was typed.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use kit::{Problem, error::FieldViolation};
use proto::v1::{self, CreateCodeStoryRequest};
use tonic::Status;

use crate::{cli::StoryArgs, commands::Failure};

pub(super) fn request(args: &StoryArgs) -> Result<CreateCodeStoryRequest, Failure> {
    let given = args.repository.as_deref().unwrap_or(".");

    Ok(CreateCodeStoryRequest {
        repo_url: repository_url(given)?,
        style: v1::Style::number(Some(args.style)),
        duration_minutes: Some(args.minutes.get()),
        voice: v1::Voice::number(Some(args.voice)),
        focus_areas: args.focus.clone(),
        technical_depth: v1::TechnicalDepth::number(Some(args.depth)),
        idempotency_key: None,
        worker_share: None,
    })
}

/// A URL stays as it is; a folder becomes the `file://` URL of the repository it is in; the short spellings of forges
/// become https URLs.
fn repository_url(given: &str) -> Result<String, Failure> {
    if given.contains("://") {
        return Ok(given.to_owned());
    }

    let path = Path::new(given);
    if path.exists() {
        return local_url(path);
    }

    web_url(given).ok_or_else(|| {
        format!(
            "`{given}` is neither a folder here nor the address of a repository, such as https://github.com/owner/name"
        )
        .into()
    })
}

fn local_url(path: &Path) -> Result<String, Failure> {
    let path = path.canonicalize()?;
    let root = repository_root(&path).unwrap_or_else(|| path.clone());
    let url = url::Url::from_file_path(&root)
        .map_err(|()| format!("`{}` cannot be written as a URL", root.display()))?;

    Ok(url.to_string())
}

/// The nearest folder upwards that is a repository, as git looks for it.
fn repository_root(path: &Path) -> Option<PathBuf> {
    let is_repository = |folder: &&Path| {
        let bare = ["HEAD", "objects", "refs"]
            .iter()
            .all(|name| folder.join(name).exists());
        bare || folder.join(".git").exists()
    };

    path.ancestors().find(is_repository).map(Path::to_path_buf)
}

/// `github.com/owner/name` and `git@github.com:owner/name.git`, as they are copied from a browser and from git.
fn web_url(given: &str) -> Option<String> {
    let (host, rest) = match given.strip_prefix("git@") {
        Some(address) => address.split_once(':')?,
        None => given.split_once('/')?,
    };
    let is_host = host.contains('.')
        && !host.starts_with('.')
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-.:".contains(&byte));
    let names_repository = rest.trim_matches('/').contains('/');

    (is_host && names_repository).then(|| format!("https://{host}/{}", rest.trim_start_matches('/')))
}

/// A refusal as the person at the terminal reads it.
#[derive(Debug)]
pub(in crate::commands) struct Refusal(Problem);

impl From<Status> for Refusal {
    fn from(status: Status) -> Self {
        Self(Problem::from_status(&status))
    }
}

impl std::error::Error for Refusal {}

/// The fields alone when there are any: the message repeats them in the words of the services.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(problem) = self;
        for (index, field) in problem.fields.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n       " };
            write!(f, "{separator}{}", in_words(field))?;
        }

        match problem.fields.is_empty() {
            true => f.write_str(&problem.message),
            false => Ok(()),
        }
    }
}

/// What was typed where, and what was expected there.
fn in_words(FieldViolation { field, expected }: &FieldViolation) -> String {
    let (name, place) = field.split_once('.').unwrap_or((field, ""));
    let option = match name {
        "repo_url" => "the repository",
        "duration_minutes" => "--minutes",
        "focus_areas" => "--focus",
        "technical_depth" => "--depth",
        "style" => "--style",
        "voice" => "--voice",
        "prompt" => "the prompt",
        "chapters" => "--chapters",
        "words_per_chapter" => "--words",
        "genres" => "--genre",
        "answer" => "the answer",
        other => other,
    };

    match place.parse::<usize>() {
        Ok(index) => format!("{option} (number {}): expected {expected}", index + 1),
        Err(_) => format!("{option}: expected {expected}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_understood_as_browsers_and_git_show_them() {
        for (given, url) in [
            ("github.com/a/b", "https://github.com/a/b"),
            ("github.com/a/b/", "https://github.com/a/b/"),
            ("git@github.com:a/b.git", "https://github.com/a/b.git"),
            ("gitlab.com/group/sub/b", "https://gitlab.com/group/sub/b"),
            ("https://github.com/a/b", "https://github.com/a/b"),
        ] {
            assert_eq!(repository_url(given).unwrap(), url, "{given}");
        }

        for given in [
            "no/such/folder",
            "./a/b",
            "../a/b",
            "github.com",
            "github.com/a",
            "git@host",
            "/a.b/c",
        ] {
            assert!(repository_url(given).is_err(), "{given}");
        }
    }

    #[test]
    fn a_folder_inside_a_repository_means_the_repository() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap().join("a repo");
        let inside = root.join("src/deep");
        std::fs::create_dir_all(&inside).unwrap();

        let outside = repository_url(inside.to_str().unwrap()).unwrap();
        assert!(outside.ends_with("/src/deep"), "{outside}");

        std::fs::create_dir(root.join(".git")).unwrap();
        let found = repository_url(inside.to_str().unwrap()).unwrap();
        assert!(found.ends_with("/a%20repo"), "{found}");
    }

    #[test]
    fn a_refusal_names_options_once_and_no_fields() {
        let field = |field: &str, expected: &str| FieldViolation::new(field, expected);
        let problem = Problem::invalid(
            "INVALID_FIELDS",
            "The request is wrong: repo_url: …",
            vec![
                field("repo_url", "an https URL"),
                field("focus_areas.1", "a text that is not empty"),
            ],
        );
        let told = Refusal(problem).to_string();

        assert_eq!(
            told,
            "the repository: expected an https URL\n       --focus (number 2): expected a text that is not empty"
        );
    }
}
