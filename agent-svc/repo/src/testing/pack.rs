//! Packs without compression (deflate's stored blocks), and without deltas but where they are asked for: large, simple,
//! and valid.
//! Formats: git's `gitformat-pack`, RFC 1950 and RFC 1951.

use std::collections::{BTreeMap, BTreeSet};

use gix::{ObjectId, objs::Kind};

/// A zlib stream of stored blocks.
pub fn stored_zlib(data: &[u8]) -> Vec<u8> {
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

/// An object as git's delta against another one.
#[derive(Debug, Clone)]
pub struct Difference {
    pub base: ObjectId,
    pub delta: Vec<u8>,
}

/// The delta that repeats its whole base.
pub fn repetition(base_length: usize, times: usize) -> Vec<u8> {
    let mut delta = Vec::new();
    for mut size in [base_length, base_length * times] {
        while size > 0x7f {
            delta.push(0x80 | (size & 0x7f) as u8);
            size >>= 7;
        }
        delta.push(size as u8);
    }

    // Copy from offset 0: only the two low bytes of the length follow.
    for _ in 0..times {
        delta.extend_from_slice(&[0x80 | 0x10 | 0x20, base_length as u8, (base_length >> 8) as u8]);
    }

    delta
}

/// One pack of the given objects.
pub fn pack(
    objects: &BTreeMap<ObjectId, (Kind, Vec<u8>)>,
    differences: &BTreeMap<ObjectId, Difference>,
    wanted: &BTreeSet<ObjectId>,
) -> Vec<u8> {
    let mut out = b"PACK".to_vec();
    out.extend_from_slice(&2u32.to_be_bytes());
    out.extend_from_slice(&(wanted.len() as u32).to_be_bytes());

    for id in wanted {
        if let Some(difference) = differences.get(id) {
            out.extend_from_slice(&sized(REF_DELTA, difference.delta.len()));
            out.extend_from_slice(difference.base.as_slice());
            out.extend_from_slice(&stored_zlib(&difference.delta));
            continue;
        }

        let (kind, content) = &objects[id];
        out.extend_from_slice(&header(*kind, content.len()));
        out.extend_from_slice(&stored_zlib(content));
    }

    let mut hasher = gix::hash::hasher(gix::hash::Kind::Sha1);
    hasher.update(&out);
    out.extend_from_slice(hasher.try_finalize().expect("a hash").as_slice());

    out
}

const REF_DELTA: u8 = 7;

fn header(kind: Kind, size: usize) -> Vec<u8> {
    let kind = match kind {
        Kind::Commit => 1u8,
        Kind::Tree => 2,
        Kind::Blob => 3,
        Kind::Tag => 4,
    };

    sized(kind, size)
}

fn sized(kind: u8, size: usize) -> Vec<u8> {
    let mut rest = size >> 4;
    let mut out = vec![(kind << 4) | (size & 0x0f) as u8];
    while rest > 0 {
        *out.last_mut().expect("a first byte") |= 0x80;
        out.push((rest & 0x7f) as u8);
        rest >>= 7;
    }

    out
}
