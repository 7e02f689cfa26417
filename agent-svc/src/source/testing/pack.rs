//! Packs without deltas and without compression (deflate's stored blocks): large, simple, and valid.
//! Formats: git's `gitformat-pack`, RFC 1950 and RFC 1951.

use std::collections::{BTreeMap, BTreeSet};

use gix::{ObjectId, objs::Kind};

/// A zlib stream of stored blocks.
pub(super) fn stored_zlib(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let mut blocks = data.chunks(65_535).peekable();
    if blocks.peek().is_none() {
        out.extend_from_slice(&[1, 0, 0, 0xff, 0xff]);
    }

    while let Some(block) = blocks.next() {
        let length = block.len() as u16;
        out.push(u8::from(blocks.peek().is_none()));
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(block);
    }

    out.extend_from_slice(&adler32(data).to_be_bytes());

    out
}

fn adler32(data: &[u8]) -> u32 {
    let (mut a, mut b) = (1u32, 0u32);
    for chunk in data.chunks(5_552) {
        for byte in chunk {
            a += u32::from(*byte);
            b += a;
        }
        a %= 65_521;
        b %= 65_521;
    }

    (b << 16) | a
}

/// One pack of the given objects.
pub(super) fn pack(objects: &BTreeMap<ObjectId, (Kind, Vec<u8>)>, wanted: &BTreeSet<ObjectId>) -> Vec<u8> {
    let mut out = b"PACK".to_vec();
    out.extend_from_slice(&2u32.to_be_bytes());
    out.extend_from_slice(&(wanted.len() as u32).to_be_bytes());

    for id in wanted {
        let (kind, content) = &objects[id];
        out.extend_from_slice(&header(*kind, content.len()));
        out.extend_from_slice(&stored_zlib(content));
    }

    let mut hasher = gix::hash::hasher(gix::hash::Kind::Sha1);
    hasher.update(&out);
    out.extend_from_slice(hasher.try_finalize().expect("a hash").as_slice());

    out
}

fn header(kind: Kind, size: usize) -> Vec<u8> {
    let kind = match kind {
        Kind::Commit => 1u8,
        Kind::Tree => 2,
        Kind::Blob => 3,
        Kind::Tag => 4,
    };

    let mut rest = size >> 4;
    let mut out = vec![(kind << 4) | (size & 0x0f) as u8];
    while rest > 0 {
        *out.last_mut().expect("a first byte") |= 0x80;
        out.push((rest & 0x7f) as u8);
        rest >>= 7;
    }

    out
}
