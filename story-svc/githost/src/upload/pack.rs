//! A pack, written as it is read: a batch of objects in memory at a time.

use std::{collections::HashMap, sync::Arc};

use async_stream::try_stream;
use bytes::Bytes;
use gix_hash::{Hasher, ObjectId, hasher};
use gix_object::Kind;
use gix_pack::data::{Version, entry::Header, header};
use gix_packetline::Channel;

use super::PackStream;
use crate::{
    HASH,
    lines::Lines,
    object::StoredObject,
    repository::{Failure, Repository},
    tree::BATCH,
};

/// An answer's head, and then a pack of these objects.
pub(super) fn stream_pack(
    repository: Arc<dyn Repository>,
    head: Vec<u8>,
    ids: Vec<ObjectId>,
    has_side_band: bool,
) -> PackStream {
    Box::pin(try_stream! {
        yield Bytes::from(head);

        let mut pack = PackWriter::begin(ids.len(), has_side_band)?;
        for batch in ids.chunks(BATCH) {
            let read = repository.read(batch).await?;
            let mut read: HashMap<_, _> = read.into_iter().map(|object| (object.id, object)).collect();
            for id in batch {
                let object = read.remove(id).ok_or_else(|| Failure::new(format!("object {id} is missing")))?;
                pack.add(&object)?;
            }
            yield pack.take();
        }
        yield pack.finish()?;
    })
}

/// A pack without deltas: what is kept deflated is sent as it is.
struct PackWriter {
    hasher: Hasher,
    written: Vec<u8>,
    has_side_band: bool,
}

impl PackWriter {
    fn begin(objects: usize, has_side_band: bool) -> Result<Self, Failure> {
        let mut writer = Self {
            hasher: hasher(HASH),
            written: Vec::new(),
            has_side_band,
        };
        let objects = u32::try_from(objects).map_err(Failure::new)?;
        writer.write(&header::encode(Version::V2, objects));

        Ok(writer)
    }

    fn add(&mut self, object: &StoredObject) -> Result<(), Failure> {
        let header = match object.kind {
            Kind::Commit => Header::Commit,
            Kind::Tree => Header::Tree,
            Kind::Blob => Header::Blob,
            Kind::Tag => Header::Tag,
        };
        let mut encoded = Vec::with_capacity(8);
        header.write_to(object.size, &mut encoded).map_err(Failure::new)?;
        self.write(&encoded);
        self.write(&object.deflated);

        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.written.extend_from_slice(bytes);
    }

    fn take(&mut self) -> Bytes {
        let written = std::mem::take(&mut self.written);
        if !self.has_side_band {
            return written.into();
        }

        let mut lines = Lines::default();
        lines.band(Channel::Data, &written);
        lines.into_bytes().into()
    }

    fn finish(mut self) -> Result<Bytes, Failure> {
        let checksum = self.hasher.clone().try_finalize().map_err(Failure::new)?;
        self.written.extend_from_slice(checksum.as_slice());
        let last = self.take();

        match self.has_side_band {
            true => Ok([&last[..], b"0000"].concat().into()),
            false => Ok(last),
        }
    }
}
