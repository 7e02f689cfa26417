//! Files that people write lie below `src/`, and a route's parameter is one segment: `/v1/projects/P/files/src/a.ts/versions` is routed
//! as `/v1/projects/P/files/src%2Fa.ts/versions`, as clients may also write it.

/// What may follow a file's path, which then ends in a name with a dot: no folder is in the way of a file.
fn is_of_file(rest: &[&str]) -> bool {
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match rest {
        ["versions" | "diff" | "refactor"] => true,
        ["versions", version] | ["versions", version, "restore"] => is_number(version),
        _ => false,
    }
}

/// The path as it is routed; `None` when that is what it is already.
pub(super) fn join_file_path(path: &str) -> Option<String> {
    let (project, file) = path
        .strip_prefix("/v1/projects/")?
        .split_once("/files/")
        .filter(|(project, file)| !project.contains('/') && file.starts_with("src/"))?;
    let parts: Vec<&str> = file.split('/').collect();
    let ends = (1..parts.len()).find(|end| parts[end - 1].contains('.') && is_of_file(&parts[*end..]));
    let (name, rest) = parts.split_at(ends.unwrap_or(parts.len()));

    let rest: String = rest.iter().flat_map(|part| ["/", part]).collect();
    Some(format!("/v1/projects/{project}/files/{}{rest}", name.join("%2F")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_path_becomes_one_segment_and_what_follows_it_stays() {
        for (path, routed) in [
            ("src/App.tsx", "src%2FApp.tsx"),
            ("src/a/b.ts/versions", "src%2Fa%2Fb.ts/versions"),
            ("src/a.ts/versions/2", "src%2Fa.ts/versions/2"),
            ("src/a.ts/versions/2/restore", "src%2Fa.ts/versions/2/restore"),
            ("src/a.ts/diff", "src%2Fa.ts/diff"),
            ("src/a.ts/refactor", "src%2Fa.ts/refactor"),
            ("src/versions", "src%2Fversions"),
            ("src/versions/versions", "src%2Fversions%2Fversions"),
            ("src/a.ts/versions/x", "src%2Fa.ts%2Fversions%2Fx"),
            ("src/../a.ts", "src%2F..%2Fa.ts"),
        ] {
            let joined = join_file_path(&format!("/v1/projects/P/files/{path}"));
            let expected = format!("/v1/projects/P/files/{routed}");
            assert_eq!(joined, Some(expected), "{path}");
        }
        for other in [
            "/v1/projects/P/files/src%2Fa.ts/versions",
            "/v1/projects/P/files/src%2Fa/versions",
            "/v1/projects/P/files/package.json/versions",
            "/v1/projects/P/files/",
            "/v1/projects/P/files",
            "/v1/projects/P/git/files/a/b",
            "/v1/projects/P",
            "/api/v1/projects/P/files/a/b",
        ] {
            assert_eq!(join_file_path(other), None, "{other}");
        }
    }
}
