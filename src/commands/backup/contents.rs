//! What a backup is made of: what its head says, and how its entries are named. `kit::archive` has the format below that.
//!
//! | entry | about | bytes |
//! |---|---|---|
//! | `keys/<name>` | | a generated key |
//! | `rows/<service>/<table>` | `columns` | a line of JSON for each row, as `kit::db::Snapshot` writes it |
//! | `blobs/<key>` | `content_type` | the object |

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The version of what is described here.
pub(in crate::commands) const CONTENTS: u32 = 1;

/// The head.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(in crate::commands) struct Contents {
    pub(in crate::commands) contents: u32,
    /// The version of the binary that made it.
    pub(in crate::commands) saga: String,
    pub(in crate::commands) made_at: DateTime<Utc>,
    pub(in crate::commands) databases: Vec<DatabaseVersion>,
    pub(in crate::commands) keys: Vec<KeyPrint>,
}

/// A service's database, and its newest migration.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(in crate::commands) struct DatabaseVersion {
    pub(in crate::commands) service: String,
    pub(in crate::commands) version: i64,
}

/// A key of the platform, told from others by a fingerprint.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(in crate::commands) struct KeyPrint {
    pub(in crate::commands) name: String,
    pub(in crate::commands) fingerprint: String,
    /// It was generated and is in the backup. A configured one is not.
    pub(in crate::commands) included: bool,
}

/// What an entry's name says that it is.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::commands) enum Part<'a> {
    Key(&'a str),
    Rows { service: &'a str, table: &'a str },
    Blob(&'a str),
}

pub(in crate::commands) fn key_entry(name: &str) -> String {
    format!("keys/{name}")
}

pub(in crate::commands) fn rows_entry(service: &str, table: &str) -> String {
    format!("rows/{service}/{table}")
}

pub(in crate::commands) fn blob_entry(key: &str) -> String {
    format!("blobs/{key}")
}

pub(in crate::commands) fn parse_entry(name: &str) -> Option<Part<'_>> {
    let (kind, rest) = name.split_once('/')?;
    match kind {
        "keys" => is_plain(rest).then_some(Part::Key(rest)),
        "blobs" => Some(Part::Blob(rest)),
        "rows" => {
            let (service, table) = rest.split_once('/')?;
            Some(Part::Rows { service, table })
        }
        _ => None,
    }
}

/// A key becomes a file, and whoever made the backup may not choose its folder.
fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    !name.is_empty() && name.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_entries_say_what_they_are() {
        assert_eq!(parse_entry(&key_entry("auth")), Some(Part::Key("auth")));
        assert_eq!(parse_entry(&blob_entry("a/b")), Some(Part::Blob("a/b")));
        let rows = Part::Rows {
            service: "story",
            table: "runs",
        };
        assert_eq!(parse_entry(&rows_entry("story", "runs")), Some(rows));
        assert_eq!(parse_entry("graphs/x"), None);
        assert_eq!(parse_entry("rows"), None);

        for elsewhere in ["../../etc/cron.d/x", "/etc/x", "..", "a/b", "", "a\0"] {
            assert_eq!(parse_entry(&key_entry(elsewhere)), None, "{elsewhere:?}");
        }
    }
}
