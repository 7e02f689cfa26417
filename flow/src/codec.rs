//! Checkpoints as bytes, and back. A record is the frontier and either the whole state or its difference to the state
//! before. Pure; large bodies are moved elsewhere by the `records` module.
//!
//! Layout: version `u8`, kind `u8`, check `[u8; 4]` (start of the state's BLAKE3), frontier, body. The frontier is a
//! varint `length << 1 | compressed` and its JSON. Readers of version 1 must read every record ever written with it.

use std::cell::RefCell;

use zstd::zstd_safe::{CCtx, DCtx, compress_bound, get_error_name};

use crate::plan::Frontier;

/// First byte of every record.
pub const VERSION: u8 = 1;

/// zstd's fastest regular level: checkpoints are written far more often than read.
const LEVEL: i32 = 1;
/// Shorter texts do not get smaller.
const WORTH_COMPRESSING: usize = 48;
/// From here on a difference is compressed against the old state, which finds moved and repeated text.
const WORTH_A_DICTIONARY: usize = 256;
/// No state is larger; a larger length is a damaged record, not a reason to allocate.
const LARGEST: usize = 1 << 30;

/// What a record's body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Kind {
    /// The state.
    Full = 0,
    /// Length and compressed state.
    FullZstd = 1,
    /// Lengths of the common start and end, and what is between them.
    Delta = 2,
    /// The same with the middle's length and its compressed form.
    DeltaZstd = 3,
    /// The same, compressed with the old state as dictionary.
    DeltaDictionary = 4,
    /// Kind of the body and the key under which it lies elsewhere.
    Elsewhere = 5,
}

/// Why a record can not be read.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// Written by a later version.
    #[error("the record has format version {0}, which is not known")]
    Version(u8),
    /// Cut short or overwritten.
    #[error("the record is damaged: {0}")]
    Damaged(&'static str),
    /// The frontier is not what it should be.
    #[error("the record's frontier can not be read")]
    Frontier(#[source] serde_json::Error),
    /// zstd refused.
    #[error("the record can not be decompressed")]
    Decompress(#[source] std::io::Error),
}

/// A record with the whole state.
pub fn encode_full(frontier: &Frontier, state: &[u8]) -> Vec<u8> {
    let packed = (state.len() >= WORTH_COMPRESSING)
        .then(|| pack(state, &[]))
        .flatten();

    match packed {
        Some(packed) => {
            let mut record = head(Kind::FullZstd, frontier, state, packed.len());
            put_varint(&mut record, state.len());
            record.extend(packed);
            record
        }
        None => {
            let mut record = head(Kind::Full, frontier, state, state.len());
            record.extend(state);
            record
        }
    }
}

/// A record with the difference of `state` to `old`.
pub fn encode_delta(frontier: &Frontier, old: &[u8], state: &[u8]) -> Vec<u8> {
    let start = common_start(old, state);
    let end = common_end(&old[start..], &state[start..]);
    let middle = &state[start..state.len() - end];
    let dictionary = if middle.len() >= WORTH_A_DICTIONARY {
        old
    } else {
        &[]
    };
    let packed = (middle.len() >= WORTH_COMPRESSING)
        .then(|| pack(middle, dictionary))
        .flatten();
    let kind = match (&packed, dictionary.is_empty()) {
        (None, _) => Kind::Delta,
        (Some(_), true) => Kind::DeltaZstd,
        (Some(_), false) => Kind::DeltaDictionary,
    };

    let body = packed.as_deref().unwrap_or(middle);
    let mut record = head(kind, frontier, state, body.len());
    put_varint(&mut record, start);
    put_varint(&mut record, end);

    if packed.is_some() {
        put_varint(&mut record, middle.len());
    }

    record.extend(body);

    record
}

/// What runs next; the state is not touched.
///
/// # Errors
/// The record is damaged or of a later version.
pub fn frontier(record: &[u8]) -> Result<Frontier, CodecError> {
    Ok(open(record)?.frontier)
}

/// Whether the record needs no other one to be read.
///
/// # Errors
/// The record is damaged or of a later version.
pub fn is_full(record: &[u8]) -> Result<bool, CodecError> {
    Ok(matches!(body_kind(&open(record)?)?, Kind::Full | Kind::FullZstd))
}

/// Frontier and state of a record. `old` is the state before; a full record does not look at it.
///
/// # Errors
/// The record is damaged, of a later version, not for this `old`, or its body lies elsewhere.
pub fn decode(record: &[u8], old: &[u8]) -> Result<(Frontier, Vec<u8>), CodecError> {
    let opened = open(record)?;
    let mut body = opened.body;
    let state = match opened.kind {
        Kind::Full => body.to_vec(),
        Kind::FullZstd => {
            let len = take_varint(&mut body)?;
            unpack(body, len, &[])?
        }
        Kind::Elsewhere => return Err(CodecError::Damaged("its body lies elsewhere")),
        kind => join(kind, body, old)?,
    };
    if check(&state) != opened.check {
        return Err(CodecError::Damaged("its state does not match its check"));
    }

    Ok((opened.frontier, state))
}

/// Splits a record into a small one that names `key`, and the body to be kept there.
///
/// # Errors
/// The record is damaged or of a later version.
pub(crate) fn split(record: &[u8], key: &str) -> Result<(Vec<u8>, Vec<u8>), CodecError> {
    let opened = open(record)?;
    let head_len = record.len() - opened.body.len();
    let mut small = record[..head_len].to_vec();
    small[1] = Kind::Elsewhere as u8;
    small.push(opened.kind as u8);
    small.extend(key.as_bytes());
    Ok((small, opened.body.to_vec()))
}

/// The key that a split record names.
///
/// # Errors
/// The record is damaged or of a later version.
pub(crate) fn read_spill_key(record: &[u8]) -> Result<Option<String>, CodecError> {
    let opened = open(record)?;
    match (opened.kind, opened.body) {
        (Kind::Elsewhere, [_, key @ ..]) => {
            let key = std::str::from_utf8(key).map_err(|_| CodecError::Damaged("its key is not text"))?;
            Ok(Some(key.to_owned()))
        }
        (Kind::Elsewhere, []) => Err(CodecError::Damaged("its key is missing")),
        _ => Ok(None),
    }
}

/// Whether a record's body may lie elsewhere: that of one that can't be read does.
pub fn is_split(record: &[u8]) -> bool {
    !matches!(read_spill_key(record), Ok(None))
}

/// The record that [`split`] was given.
///
/// # Errors
/// The record is damaged or of a later version.
pub(crate) fn unite(record: &[u8], body: &[u8]) -> Result<Vec<u8>, CodecError> {
    let opened = open(record)?;
    let kind = body_kind(&opened)? as u8;
    let mut whole = record[..record.len() - opened.body.len()].to_vec();
    whole[1] = kind;
    whole.extend(body);
    Ok(whole)
}

struct OpenRecord<'a> {
    kind: Kind,
    check: [u8; 4],
    frontier: Frontier,
    body: &'a [u8],
}

fn head(kind: Kind, frontier: &Frontier, state: &[u8], body: usize) -> Vec<u8> {
    // A frontier is strings and JSON values; writing it can not fail.
    let json = serde_json::to_vec(frontier).unwrap_or_default();
    let packed = (json.len() >= WORTH_A_DICTIONARY)
        .then(|| pack(&json, &[]))
        .flatten();
    let mut record = Vec::with_capacity(body + json.len() + 32);
    record.extend([VERSION, kind as u8]);
    record.extend(check(state));

    match packed {
        Some(packed) => {
            put_varint(&mut record, packed.len() << 1 | 1);
            put_varint(&mut record, json.len());
            record.extend(packed);
        }
        None => {
            put_varint(&mut record, json.len() << 1);
            record.extend(json);
        }
    }

    record
}

fn open(record: &[u8]) -> Result<OpenRecord<'_>, CodecError> {
    let (version, rest) = record.split_first().ok_or(CodecError::Damaged("it is empty"))?;
    if *version != VERSION {
        return Err(CodecError::Version(*version));
    }

    let [kind, a, b, c, d, rest @ ..] = rest else {
        return Err(CodecError::Damaged("it is too short"));
    };
    let mut body = rest;
    let len = take_varint(&mut body)?;
    let raw_len = if len & 1 == 1 {
        Some(take_varint(&mut body)?)
    } else {
        None
    };

    let json = body
        .get(..len >> 1)
        .ok_or(CodecError::Damaged("its frontier is cut"))?;
    body = &body[len >> 1..];

    let frontier = match raw_len {
        Some(raw_len) => serde_json::from_slice(&unpack(json, raw_len, &[])?),
        None => serde_json::from_slice(json),
    };

    Ok(OpenRecord {
        kind: kind_of(*kind)?,
        check: [*a, *b, *c, *d],
        frontier: frontier.map_err(CodecError::Frontier)?,
        body,
    })
}

fn body_kind(opened: &OpenRecord<'_>) -> Result<Kind, CodecError> {
    match (opened.kind, opened.body) {
        (Kind::Elsewhere, [kind, ..]) => kind_of(*kind),
        (Kind::Elsewhere, []) => Err(CodecError::Damaged("its key is missing")),
        (kind, _) => Ok(kind),
    }
}

fn kind_of(byte: u8) -> Result<Kind, CodecError> {
    let kinds = [
        Kind::Full,
        Kind::FullZstd,
        Kind::Delta,
        Kind::DeltaZstd,
        Kind::DeltaDictionary,
        Kind::Elsewhere,
    ];

    kinds
        .get(usize::from(byte))
        .copied()
        .ok_or(CodecError::Damaged("its kind is not known"))
}

fn join(kind: Kind, mut body: &[u8], old: &[u8]) -> Result<Vec<u8>, CodecError> {
    let (start, end) = (take_varint(&mut body)?, take_varint(&mut body)?);
    if start.checked_add(end).is_none_or(|both| both > old.len()) {
        return Err(CodecError::Damaged("it is not a difference to this state"));
    }

    let unpacked;
    let middle = match kind {
        Kind::Delta => body,
        _ => {
            let len = take_varint(&mut body)?;
            let dictionary = if kind == Kind::DeltaDictionary { old } else { &[] };
            unpacked = unpack(body, len, dictionary)?;
            &unpacked
        }
    };

    Ok([&old[..start], middle, &old[old.len() - end..]].concat())
}

/// Blocks compare much faster than single bytes.
const BLOCK: usize = 64;

fn common_start(a: &[u8], b: &[u8]) -> usize {
    let blocks = a.chunks_exact(BLOCK).zip(b.chunks_exact(BLOCK));
    let start = blocks.take_while(|(a, b)| a == b).count() * BLOCK;
    let rest = a[start..].iter().zip(&b[start..]);
    start + rest.take_while(|(a, b)| a == b).count()
}

fn common_end(a: &[u8], b: &[u8]) -> usize {
    let blocks = a.rchunks_exact(BLOCK).zip(b.rchunks_exact(BLOCK));
    let end = blocks.take_while(|(a, b)| a == b).count() * BLOCK;
    let rest = a[..a.len() - end]
        .iter()
        .rev()
        .zip(b[..b.len() - end].iter().rev());
    end + rest.take_while(|(a, b)| a == b).count()
}

fn check(state: &[u8]) -> [u8; 4] {
    let hash = blake3::hash(state);
    let [a, b, c, d, ..] = *hash.as_bytes();
    [a, b, c, d]
}

thread_local! {
    // Making a context costs more than most compressions.
    static PACKER: RefCell<CCtx<'static>> = RefCell::new(CCtx::create());
    static UNPACKER: RefCell<DCtx<'static>> = RefCell::new(DCtx::create());
}

/// The compressed form, when it is smaller.
fn pack(bytes: &[u8], dictionary: &[u8]) -> Option<Vec<u8>> {
    let mut packed = Vec::with_capacity(compress_bound(bytes.len()));
    let done =
        PACKER.with_borrow_mut(|packer| packer.compress_using_dict(&mut packed, bytes, dictionary, LEVEL));
    done.ok()?;
    (packed.len() < bytes.len()).then_some(packed)
}

fn unpack(packed: &[u8], len: usize, dictionary: &[u8]) -> Result<Vec<u8>, CodecError> {
    if len > LARGEST {
        return Err(CodecError::Damaged("its length makes no sense"));
    }

    let mut bytes = Vec::with_capacity(len);
    let done =
        UNPACKER.with_borrow_mut(|unpacker| unpacker.decompress_using_dict(&mut bytes, packed, dictionary));
    done.map_err(|code| CodecError::Decompress(std::io::Error::other(get_error_name(code))))?;

    if bytes.len() == len {
        return Ok(bytes);
    }

    Err(CodecError::Damaged("its length is not what it says"))
}

fn put_varint(to: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

fn take_varint(from: &mut &[u8]) -> Result<usize, CodecError> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let (byte, rest) = from.split_first().ok_or(CodecError::Damaged("it is cut"))?;
        *from = rest;
        value |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }

    Err(CodecError::Damaged("a length makes no sense"))
}

#[cfg(test)]
mod tests;
