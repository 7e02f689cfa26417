//! A commit's bytes: read as strictly as `git fsck --strict` would, and who made it.

use gix_actor::SignatureRef;
use gix_object::{CommitRef, WriteTo};

use crate::{HASH, graph::CommitLinks};

/// The last second of the year 9999: beyond it no calendar of ours goes.
const LATEST_SECOND: i64 = 253_402_300_799;

/// Who did something, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    pub name: String,
    pub email: String,
    /// Since 1970.
    pub seconds: i64,
}

/// What is in a commit.
#[derive(Debug, Clone)]
pub(crate) struct Commit {
    pub(crate) links: CommitLinks,
    pub(crate) author: Signature,
    /// Without its last line feeds.
    pub(crate) message: String,
}

impl Commit {
    /// Reads a commit of somebody else's.
    ///
    /// # Errors
    ///
    /// A phrase that says what is wrong with it.
    pub(crate) fn read(id: gix_hash::ObjectId, content: &[u8]) -> Result<Self, &'static str> {
        const ODD: &str = "it is not written as git writes a commit";
        let commit = CommitRef::from_bytes(content, HASH).map_err(|_| ODD)?;
        let author = read_signature(commit.author().map_err(|_| ODD)?)?;
        read_signature(commit.committer().map_err(|_| ODD)?)?;
        if commit.message.contains(&0) {
            return Err("its message has a NUL");
        }

        // What reads leniently and writes differently is what fsck complains of.
        let mut written = Vec::with_capacity(content.len());
        let owned = commit.clone().into_owned().map_err(|_| ODD)?;
        owned.write_to(&mut written).map_err(|_| ODD)?;
        if written != content {
            return Err(ODD);
        }

        Ok(Self {
            links: CommitLinks {
                id,
                tree: commit.tree(),
                parents: commit.parents().collect(),
            },
            author,
            message: String::from_utf8_lossy(commit.message).trim_end().to_owned(),
        })
    }
}

fn read_signature(signature: SignatureRef<'_>) -> Result<Signature, &'static str> {
    let time = signature.time().map_err(|_| "it does not say when it was made")?;
    if !(0..=LATEST_SECOND).contains(&time.seconds) {
        return Err("it was made before 1970 or after 9999");
    }

    Ok(Signature {
        name: String::from_utf8_lossy(signature.name).trim().to_owned(),
        email: String::from_utf8_lossy(signature.email).trim().to_owned(),
        seconds: time.seconds,
    })
}
