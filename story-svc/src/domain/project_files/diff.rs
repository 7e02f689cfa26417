//! What differs between two versions of a file, line by line.

use std::time::Duration;

use similar::{ChangeTag, TextDiff};
use uuid::Uuid;

use super::ProjectFiles;
use crate::error::StoryError;

/// Lines that are shown around a change.
const CONTEXT: usize = 3;
/// A smaller difference is not looked for any longer.
const PATIENCE: Duration = Duration::from_millis(200);

/// Two versions of a file, and what differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileDiff {
    pub(crate) path: String,
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) added_lines: u32,
    pub(crate) removed_lines: u32,
    /// Empty when nothing does.
    pub(crate) unified: String,
}

impl ProjectFiles {
    /// Against the newest version when `to` is not given. A deletion is an empty file.
    pub(crate) async fn diff(
        &self,
        owner: Uuid,
        id: &str,
        path: &str,
        (from, to): (u32, Option<u32>),
    ) -> Result<FileDiff, StoryError> {
        let to = match to {
            Some(to) => to,
            None => self.list_versions(owner, id, path).await?[0].version,
        };
        let (_, old) = self.get_version(owner, id, (path, from)).await?;
        let (version, new) = self.get_version(owner, id, (path, to)).await?;
        let path = version.path;

        let compared = tokio::task::spawn_blocking(move || {
            let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
            compare(path, (from, &old), (to, &new))
        });
        compared.await.map_err(|source| StoryError::Unreadable {
            what: "version",
            source: source.into(),
        })
    }
}

fn compare(path: String, (from, old): (u32, &str), (to, new): (u32, &str)) -> FileDiff {
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(old, new);
    let count = |tag| {
        let changes = diff.iter_all_changes().filter(|change| change.tag() == tag);
        u32::try_from(changes.count()).unwrap_or(u32::MAX)
    };
    let unified = diff
        .unified_diff()
        .context_radius(CONTEXT)
        .header(&format!("{path}@{from}"), &format!("{path}@{to}"))
        .to_string();

    FileDiff {
        added_lines: count(ChangeTag::Insert),
        removed_lines: count(ChangeTag::Delete),
        unified,
        path,
        from,
        to,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn a_difference_is_shown_as_programs_read_it() {
        let diff = compare(
            "src/a.ts".to_owned(),
            (1, "one\ntwo\nthree\n"),
            (2, "one\n2\nthree\nfour"),
        );

        assert_eq!((diff.added_lines, diff.removed_lines), (2, 1));
        expect![[r#"
            --- src/a.ts@1
            +++ src/a.ts@2
            @@ -1,3 +1,4 @@
             one
            -two
            +2
             three
            +four
            \ No newline at end of file
        "#]]
        .assert_eq(&diff.unified);
        assert_eq!(compare(String::new(), (1, "a"), (2, "a")).unified, "");
    }
}
