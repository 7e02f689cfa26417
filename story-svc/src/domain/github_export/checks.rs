//! Where a project may be exported to.

use kit::error::Faults;
use secrecy::{ExposeSecret, SecretString};

use super::ExportRequest;
use crate::domain::projects::refuse;
use crate::error::StoryError;

const NAME_MAX: usize = 100;
const OWNER_MAX: usize = 39;
const DESCRIPTION_MAX: usize = 350;
const TOKEN_MAX: usize = 500;
const BRANCH_MAX: usize = 200;
const MESSAGE_MAX: usize = 1000;

/// # Errors
/// All wrong fields.
pub(super) fn check_export(request: &ExportRequest) -> Result<(), StoryError> {
    let mut faults = Faults::default();
    check_place(
        (&request.owner, &request.repo_name, &request.branch),
        &request.token,
        &mut faults,
    );
    let description = request.description.trim();
    if description.chars().count() > DESCRIPTION_MAX || description.contains(char::is_control) {
        faults.add(
            "description",
            format!("at most {DESCRIPTION_MAX} characters on one line"),
        );
    }
    if request.message.chars().count() > MESSAGE_MAX || request.message.contains('\0') {
        faults.add("message", format!("at most {MESSAGE_MAX} characters"));
    }

    refuse(faults)
}

/// Of a branch of a repository of an owner, and the token for it.
pub(in crate::domain) fn check_place(
    (owner, name, branch): (&str, &str, &str),
    token: &SecretString,
    faults: &mut Faults,
) {
    let name = name.trim();
    let begins = name.starts_with(|letter: char| letter.is_ascii_alphanumeric());
    if !begins || name.len() > NAME_MAX || !name.chars().all(is_of_name) || name.ends_with(".git") {
        let expected =
            "1 to 100 letters, digits, dots, hyphens and underscores; a letter or digit first, not .git last";
        faults.add("repo_name", expected);
    }

    let owner = owner.trim();
    let is_of_owner = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    if owner.len() > OWNER_MAX || !owner.chars().all(is_of_owner) {
        faults.add(
            "owner",
            format!("the login of an account at GitHub, at most {OWNER_MAX} characters"),
        );
    }
    let token = token.expose_secret();
    if !(1..=TOKEN_MAX).contains(&token.len()) || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        faults.add(
            "github_token",
            format!("a token of GitHub, at most {TOKEN_MAX} characters"),
        );
    }
    if !is_branch(branch.trim()) {
        faults.add(
            "branch",
            format!("the name of a branch, at most {BRANCH_MAX} characters"),
        );
    }
}

fn is_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_')
}

/// Empty, or what git and an address both take as it is.
fn is_branch(name: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && part.chars().all(is_of_name)
            && !part.starts_with(['.', '-'])
            && !part.ends_with('.')
            && !part.ends_with(".lock")
            && !part.contains("..")
    };

    name.is_empty() || (name.len() <= BRANCH_MAX && name.split('/').all(is_part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_is_a_name_that_needs_no_quoting() {
        for fine in ["", "main", "feature/a.b_c-1", "v1"] {
            assert!(is_branch(fine), "{fine}");
        }
        for bad in [
            "a b",
            "a..b",
            "/a",
            "a/",
            "a//b",
            "-a",
            ".a",
            "a.lock",
            "a.",
            "a?b",
            "a#b",
            "a%2fb",
            "refs/heads/\u{e4}",
            "@{1}",
        ] {
            assert!(!is_branch(bad), "{bad}");
        }
    }
}
