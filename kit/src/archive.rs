//! One file that holds many things, each under a name: written and read as a stream, in constant memory, with a checksum
//! over all of it. It knows neither databases nor blobs.
//!
//! The format, version 1. All numbers are unsigned and little-endian:
//!
//! | what | bytes |
//! |---|---|
//! | `SAGA-ARCHIVE` and a line feed | 13 |
//! | the format's version | 4 |
//! | frames: a letter, the length of what follows, and that | 1 + 4 + length, at most 1 MiB of it |
//! | SHA-256 of everything before it | 32 |
//!
//! | letter | what the frame holds |
//! |---|---|
//! | `H` | once and first: JSON that says what the archive is |
//! | `E` | an entry begins: JSON with its `name`, and what else its writer says `about` it |
//! | `D` | the next bytes of the entry, as they are |
//! | `Z` | the next bytes of the entry, compressed by zstd; at most 256 KiB of them |
//! | `F` | once and last: JSON with the number of `entries`, and of their `bytes` |
//!
//! The checksum tells a damaged file from a whole one; it is no signature, and nothing is encrypted.

mod read;
mod write;

pub use read::ArchiveReader;
pub use write::{ArchiveSummary, ArchiveWriter};

use std::io;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The version that is written, and the newest that is read.
pub const FORMAT: u32 = 1;
const MAGIC: &[u8; 13] = b"SAGA-ARCHIVE\n";
const DIGEST_BYTES: usize = 32;
/// An entry's bytes in one frame, before they are compressed.
const PIECE_BYTES: usize = 256 * 1024;
const FRAME_BYTES: usize = 1024 * 1024;

const HEAD: u8 = b'H';
const ENTRY: u8 = b'E';
const PLAIN: u8 = b'D';
const COMPRESSED: u8 = b'Z';
const FOOT: u8 = b'F';

/// What stands before an entry's bytes.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ArchiveEntry {
    pub name: String,
    /// What its writer says of it.
    #[serde(default)]
    pub about: Value,
}

/// What stands behind all entries.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
struct Foot {
    entries: u64,
    bytes: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error("it is no archive of Saga")]
    Foreign,
    #[error("it has format {found}, and this saga reads formats up to {FORMAT}: a newer saga made it")]
    Newer { found: u32 },
    #[error("it ends before its end: the rest is missing")]
    Truncated,
    #[error("it is damaged: {what}")]
    Damaged { what: &'static str },
    #[error("it could not be {action}")]
    Io {
        action: &'static str,
        #[source]
        source: io::Error,
    },
}

impl ArchiveError {
    fn unreadable(source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated,
            _ => Self::Io {
                action: "read",
                source,
            },
        }
    }

    fn unwritable(source: io::Error) -> Self {
        Self::Io {
            action: "written",
            source,
        }
    }
}

#[cfg(test)]
mod tests;
