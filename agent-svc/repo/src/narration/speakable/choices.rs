//! Slashes between words: "login/signup" and "item/entity/structure" offer a choice, `net/http` names a place. Only looks
//! at words, never at files.

/// "reading/writing" and "public/private" offer a choice; `net/http` does not.
pub(super) fn is_choice(left: &str, right: &str) -> bool {
    const WORDS: [&str; 48] = [
        "read",
        "write",
        "client",
        "server",
        "input",
        "output",
        "start",
        "stop",
        "open",
        "close",
        "push",
        "pull",
        "import",
        "export",
        "upload",
        "download",
        "light",
        "dark",
        "left",
        "right",
        "true",
        "false",
        "yes",
        "before",
        "after",
        "his",
        "her",
        "undefined",
        "null",
        "public",
        "private",
        "local",
        "remote",
        "request",
        "response",
        "user",
        "group",
        "add",
        "remove",
        "create",
        "update",
        "delete",
        "enable",
        "disable",
        "his",
        "name",
        "success",
        "failure",
    ];
    // A "key/value store" keeps both.
    if left == "key" {
        return false;
    }
    let plain = |part: &str| part.len() > 1 && part.chars().all(|c| c.is_ascii_lowercase());
    // "bash/sh" has one word at least that is no mere mark.
    let long = left.len() > 2 || right.len() > 2;
    let alike = ["ing", "ed", "ly", "ions"]
        .iter()
        .any(|end| left.ends_with(end) && right.ends_with(end));
    let known = WORDS.contains(&left) && WORDS.contains(&right);
    // Neither is a part of a path or of a package of some language.
    let words = !names_a_folder(left) && !names_a_folder(right);

    long && plain(left) && plain(right) && (alike || known || words) || are_names(left, right)
}

/// "POST/PUT" and "Debian/Ubuntu" name two things; "GNU/Linux" is one.
fn are_names(left: &str, right: &str) -> bool {
    const ONE: [&str; 6] = ["GNU", "TCP", "UDP", "CI", "Android", "Client"];

    is_name(left) && is_name(right) && !ONE.contains(&left)
}

fn is_name(part: &str) -> bool {
    part.len() > 2 && part.starts_with(char::is_uppercase) && part.chars().all(|c| c.is_ascii_alphabetic())
}

/// "item/entity/structure" in prose; a path has a folder's usual name in it, or stands between code marks.
pub(super) fn choice_of_many(core: &str) -> Option<String> {
    let parts: Vec<&str> = core.split('/').collect();
    let lower = |part: &&str| part.len() > 1 && part.chars().all(|c| c.is_ascii_lowercase());
    let plain = parts.iter().all(lower) && parts.iter().any(|part| part.len() > 2);
    // "Debian/Ubuntu/Mint" are as many names.
    let names = parts.iter().all(|part| is_name(part));
    if !(3..=5).contains(&parts.len()) || !(plain || names) || parts.iter().any(|part| names_a_folder(part)) {
        return None;
    }
    let (last, first) = parts.split_last()?;

    Some(format!("{} or {last}", first.join(", ")))
}

/// Usual names of folders and packages.
fn names_a_folder(part: &str) -> bool {
    const NAMES: [&str; 77] = [
        "os",
        "io",
        "js",
        "ts",
        "css",
        "go",
        "py",
        "db",
        "rs",
        "net",
        "http",
        "https",
        "log",
        "pkg",
        "src",
        "lib",
        "libs",
        "fs",
        "sys",
        "std",
        "app",
        "apps",
        "api",
        "cmd",
        "bin",
        "etc",
        "usr",
        "var",
        "tmp",
        "home",
        "dev",
        "opt",
        "proc",
        "test",
        "tests",
        "docs",
        "doc",
        "internal",
        "core",
        "node",
        "crypto",
        "path",
        "encoding",
        "text",
        "html",
        "template",
        "image",
        "math",
        "sort",
        "time",
        "context",
        "database",
        "sql",
        "main",
        "master",
        "origin",
        "feature",
        "utils",
        "util",
        "config",
        "scripts",
        "examples",
        "example",
        "build",
        "dist",
        "public",
        "static",
        "assets",
        "components",
        "models",
        "views",
        "controllers",
        "packages",
        "vendor",
        "tools",
        "types",
        "actions",
    ];

    NAMES.contains(&part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_short_words_joined_by_slashes_are_a_choice() {
        assert!(is_choice("bash", "sh") && is_choice("on", "off") && is_choice("Debian", "Ubuntu"));
        assert!(!is_choice("os", "exec") && !is_choice("a", "b") && !is_choice("GNU", "Linux"));
        assert_eq!(choice_of_many("bash/sh/zsh").as_deref(), Some("bash, sh or zsh"));
        assert_eq!(
            choice_of_many("Debian/Ubuntu/Mint").as_deref(),
            Some("Debian, Ubuntu or Mint")
        );
        assert_eq!(choice_of_many("cmd/mill/main"), None);
    }
}
