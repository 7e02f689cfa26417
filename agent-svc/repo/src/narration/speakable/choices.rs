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
    let plain = |part: &str| part.len() > 2 && part.chars().all(|c| c.is_ascii_lowercase());
    let alike = ["ing", "ed", "ly", "ions"]
        .iter()
        .any(|end| left.ends_with(end) && right.ends_with(end));
    let known = WORDS.contains(&left) && WORDS.contains(&right);
    // Neither is a part of a path or of a package of some language.
    let words = !names_a_folder(left) && !names_a_folder(right);

    plain(left) && plain(right) && (alike || known || words) || are_names(left, right)
}

/// "POST/PUT" and "Debian/Ubuntu" name two things; "GNU/Linux" is one.
fn are_names(left: &str, right: &str) -> bool {
    const ONE: [&str; 6] = ["GNU", "TCP", "UDP", "CI", "Android", "Client"];
    let name = |part: &str| {
        part.len() > 2
            && part.starts_with(char::is_uppercase)
            && part.chars().all(|c| c.is_ascii_alphabetic())
    };

    name(left) && name(right) && !ONE.contains(&left)
}

/// "item/entity/structure" in prose; a path has a folder's usual name in it, or stands between code marks.
pub(super) fn choice_of_many(core: &str) -> Option<String> {
    let parts: Vec<&str> = core.split('/').collect();
    let plain = |part: &&str| part.len() > 2 && part.chars().all(|c| c.is_ascii_lowercase());
    if !(3..=4).contains(&parts.len()) || !parts.iter().all(|part| plain(part) && !names_a_folder(part)) {
        return None;
    }
    let (last, first) = parts.split_last()?;

    Some(format!("{} or {last}", first.join(", ")))
}

/// Usual names of folders and packages.
fn names_a_folder(part: &str) -> bool {
    const NAMES: [&str; 68] = [
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
