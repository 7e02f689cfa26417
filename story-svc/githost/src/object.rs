//! One object, as it is kept: deflated, as packs carry it, so that sending it costs no work.

use std::io::Write;

use bytes::Bytes;
use gix_hash::ObjectId;
use gix_object::Kind;
use gix_zlib::{Compression, Inflate, Status, stream::deflate};

use crate::{HASH, repository::Failure};

/// An object with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredObject {
    pub id: ObjectId,
    pub kind: Kind,
    /// Of its content, in bytes.
    pub size: u64,
    /// The content in zlib's format, without git's header.
    pub deflated: Bytes,
}

impl StoredObject {
    /// Names and deflates a content.
    ///
    /// # Errors
    ///
    /// When the content was made to collide with another one's name.
    pub fn from_content(kind: Kind, content: &[u8]) -> Result<Self, Failure> {
        let id = gix_object::compute_hash(HASH, kind, content).map_err(Failure::new)?;

        Self::with_id(id, kind, content)
    }

    pub(crate) fn with_id(id: ObjectId, kind: Kind, content: &[u8]) -> Result<Self, Failure> {
        let mut deflater = deflate::Write::new(Vec::new(), Compression::DEFAULT);
        deflater.write_all(content).map_err(Failure::new)?;
        deflater.flush().map_err(Failure::new)?;

        Ok(Self {
            id,
            kind,
            size: content.len() as u64,
            deflated: deflater.into_inner().into(),
        })
    }

    /// The content.
    ///
    /// # Errors
    ///
    /// When what is kept is not what was written.
    pub fn inflate(&self) -> Result<Vec<u8>, Failure> {
        let size = usize::try_from(self.size).map_err(Failure::new)?;
        let mut content = vec![0; size];
        let (status, _, written) = Inflate::default()
            .once(&self.deflated, &mut content)
            .map_err(Failure::new)?;
        if status != Status::StreamEnd || written != size {
            return Err(Failure::new(format!("object {} is not as it was kept", self.id)));
        }

        Ok(content)
    }
}
