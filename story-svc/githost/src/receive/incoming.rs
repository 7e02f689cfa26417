//! A pack as it came: every length is checked before anything is unpacked, and every delta before it is applied.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    path::PathBuf,
    rc::Rc,
};

use bytes::Bytes;
use gix_hash::{ObjectId, hasher};
use gix_object::Kind;
use gix_pack::{
    cache::DecodeEntry,
    data::{Entry, File, decode::entry::ResolvedBase, entry::Header},
};
use gix_zlib::Inflate;

use crate::{HASH, limits::Limits, object::StoredObject, repository::Failure};

/// What is wrong with a pack, as a phrase.
#[derive(Debug)]
pub(super) struct PackFault(pub(super) String);

impl PackFault {
    fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

const BROKEN: &str = "the pack is broken";
const CHECKSUM_BYTES: usize = 20;

/// An object of a push, unpacked.
#[derive(Debug, Clone)]
pub(super) struct NewObject {
    pub(super) kind: Kind,
    pub(super) content: Bytes,
}

/// A pack whose parts have been found and measured.
pub(super) struct IncomingPack<'a> {
    file: Option<File<&'a [u8]>>,
    entries: Vec<Entry>,
}

impl<'a> IncomingPack<'a> {
    /// Finds the entries of a pack. No pack at all is one without objects: git sends none when it has nothing new.
    pub(super) fn scan(pack: &'a [u8], limits: &Limits) -> Result<Self, PackFault> {
        if pack.is_empty() {
            return Ok(Self {
                file: None,
                entries: Vec::new(),
            });
        }
        if pack.len() > limits.pack_bytes {
            return Err(PackFault::new(format!(
                "the pack is larger than {} bytes",
                limits.pack_bytes
            )));
        }
        let largest = usize::try_from(limits.object_bytes).unwrap_or(usize::MAX);
        let file = File::from_data(pack, PathBuf::new(), HASH)
            .map_err(|_| PackFault::new(BROKEN))?
            // Of a delta: its base, its result and itself.
            .with_alloc_limit_bytes(Some(largest.saturating_mul(4)));
        check_checksum(pack)?;
        if file.num_objects() > limits.objects {
            return Err(PackFault::new(format!(
                "the pack has more than {} objects",
                limits.objects
            )));
        }

        let end = (pack.len() - CHECKSUM_BYTES) as u64;
        let mut entries = Vec::new();
        let mut inflate = Inflate::default();
        let mut unpacked = Vec::new();
        let mut left = limits.inflated_bytes;
        let mut offset = 12;
        for _ in 0..file.num_objects() {
            let entry = file.entry(offset).map_err(|_| PackFault::new(BROKEN))?;
            let size = entry.decompressed_size;
            check_size(size, limits)?;
            left = left.checked_sub(size).ok_or_else(|| too_much(limits))?;

            // Within the limit of one object.
            unpacked.resize(size as usize, 0);
            let packed = file.decompress_entry(&entry, &mut inflate, &mut unpacked);
            let packed = packed.map_err(|_| PackFault::new(BROKEN))?;
            offset = entry.data_offset + packed as u64;
            if offset > end {
                return Err(PackFault::new(BROKEN));
            }
            entries.push(entry);
        }
        if offset != end {
            return Err(PackFault::new(BROKEN));
        }

        Ok(Self {
            file: Some(file),
            entries,
        })
    }

    /// Objects that deltas are built on and that may have to come from elsewhere.
    pub(super) fn bases(&self) -> Vec<ObjectId> {
        let bases = self.entries.iter().filter_map(|entry| match entry.header {
            Header::RefDelta { base_id } => Some(base_id),
            _ => None,
        });
        let bases: HashSet<_> = bases.collect();

        bases.into_iter().collect()
    }

    /// All objects of the pack, by name.
    pub(super) fn resolve(
        self,
        outside: &[StoredObject],
        limits: &Limits,
    ) -> Result<HashMap<ObjectId, NewObject>, PackOrFailure> {
        let Some(file) = self.file else {
            return Ok(HashMap::new());
        };
        let mut resolver = Resolver::new(&file, limits);
        for base in outside {
            let content = base.inflate()?;
            resolver.outside.insert(base.id, (base.kind, content));
        }

        // Deltas stand behind what they are built on, as a rule; by name they may stand before it.
        let mut open = self.entries;
        while !open.is_empty() {
            let before = open.len();
            let mut waiting = Vec::new();
            for entry in open {
                match resolver.depth_of_base(&entry)? {
                    Some(depth) => resolver.resolve(entry, depth)?,
                    None => waiting.push(entry),
                }
            }
            if waiting.len() == before {
                return Err(
                    PackFault::new("a delta in the pack is built on an object that is not there").into(),
                );
            }
            open = waiting;
        }

        Ok(resolver.done.objects())
    }
}

/// Whose fault it is that a pack could not be resolved.
#[derive(Debug)]
pub(super) enum PackOrFailure {
    Pack(PackFault),
    Failure(Failure),
}

impl From<PackFault> for PackOrFailure {
    fn from(fault: PackFault) -> Self {
        Self::Pack(fault)
    }
}

impl From<Failure> for PackOrFailure {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<PackOrFailure> for super::PushFault {
    fn from(fault: PackOrFailure) -> Self {
        match fault {
            PackOrFailure::Pack(fault) => Self::Pack(fault),
            PackOrFailure::Failure(failure) => Self::Failure(failure),
        }
    }
}

/// Objects that have been resolved, by where they stand.
#[derive(Default, Clone)]
struct Resolved(Rc<RefCell<ResolvedObjects>>);

#[derive(Default)]
struct ResolvedObjects {
    by_offset: HashMap<u64, (ObjectId, NewObject)>,
}

impl Resolved {
    fn objects(self) -> HashMap<ObjectId, NewObject> {
        self.0.take().by_offset.into_values().collect()
    }
}

/// A delta finds its base here; nothing is unpacked twice.
impl DecodeEntry for Resolved {
    fn put(&mut self, _pack: u32, _offset: u64, _data: &[u8], _kind: Kind, _packed: usize) {}

    fn get(&mut self, _pack: u32, offset: u64, out: &mut Vec<u8>) -> Option<(Kind, usize)> {
        let resolved = self.0.borrow();
        let (_, object) = resolved.by_offset.get(&offset)?;
        out.clear();
        out.extend_from_slice(&object.content);

        Some((object.kind, object.content.len()))
    }
}

struct Resolver<'a> {
    file: &'a File<&'a [u8]>,
    limits: &'a Limits,
    inflate: Inflate,
    outside: HashMap<ObjectId, (Kind, Vec<u8>)>,
    done: Resolved,
    /// Entries and their depth, by where they begin.
    depths: HashMap<u64, u32>,
    by_name: HashMap<ObjectId, Entry>,
    left: u64,
}

impl<'a> Resolver<'a> {
    fn new(file: &'a File<&'a [u8]>, limits: &'a Limits) -> Self {
        Self {
            file,
            limits,
            inflate: Inflate::default(),
            outside: HashMap::new(),
            done: Resolved::default(),
            depths: HashMap::new(),
            by_name: HashMap::new(),
            left: limits.inflated_bytes,
        }
    }

    /// How many deltas are below an entry; none while its base is not resolved.
    fn depth_of_base(&self, entry: &Entry) -> Result<Option<u32>, PackFault> {
        let depth = match entry.header {
            Header::OfsDelta { base_distance } => {
                let base = entry.checked_base_pack_offset(base_distance);
                let base = base.ok_or_else(|| PackFault::new(BROKEN))?;
                self.depths.get(&base).map(|depth| depth + 1)
            }
            Header::RefDelta { base_id } => match self.by_name.get(&base_id) {
                Some(base) => self.depths.get(&base.pack_offset()).map(|depth| depth + 1),
                None => self.outside.contains_key(&base_id).then_some(1),
            },
            _ => Some(0),
        };
        if depth.is_some_and(|depth| depth > self.limits.delta_depth) {
            let most = self.limits.delta_depth;
            return Err(PackFault::new(format!("more than {most} deltas upon deltas")));
        }

        Ok(depth)
    }

    fn resolve(&mut self, entry: Entry, depth: u32) -> Result<(), PackFault> {
        let mut content = Vec::new();
        let find = |id: &gix_hash::oid, out: &mut Vec<u8>| {
            if let Some(entry) = self.by_name.get(id) {
                return Ok(Some(ResolvedBase::InPack(entry.clone())));
            }
            Ok(self.outside.get(id).map(|(kind, content)| {
                out.clear();
                out.extend_from_slice(content);
                ResolvedBase::OutOfPack {
                    kind: *kind,
                    end: content.len(),
                }
            }))
        };
        let mut done = self.done.clone();
        let outcome = self
            .file
            .decode_entry(entry.clone(), &mut content, &mut self.inflate, &find, &mut done)
            .map_err(|_| PackFault::new(BROKEN))?;
        check_size(outcome.object_size, self.limits)?;
        self.left = self
            .left
            .checked_sub(outcome.object_size)
            .ok_or_else(|| too_much(self.limits))?;

        let id = gix_object::compute_hash(HASH, outcome.kind, &content)
            .map_err(|_| PackFault::new("an object of the pack was made to collide with another one"))?;
        let object = NewObject {
            kind: outcome.kind,
            content: content.into(),
        };
        let offset = entry.pack_offset();
        self.depths.insert(offset, depth);
        // Cached by where its data begins, which is how a base is asked for.
        self.done
            .0
            .borrow_mut()
            .by_offset
            .insert(entry.data_offset, (id, object));
        self.by_name.insert(id, entry);

        Ok(())
    }
}

fn check_checksum(pack: &[u8]) -> Result<(), PackFault> {
    let (content, checksum) = pack.split_at(pack.len() - CHECKSUM_BYTES);
    let mut hasher = hasher(HASH);
    hasher.update(content);

    match hasher.try_finalize() {
        Ok(found) if found.as_slice() == checksum => Ok(()),
        _ => Err(PackFault::new("the pack is not what its checksum says")),
    }
}

fn check_size(size: u64, limits: &Limits) -> Result<(), PackFault> {
    match size <= limits.object_bytes {
        true => Ok(()),
        false => Err(PackFault::new(format!(
            "an object of {size} bytes; at most {} bytes can be pushed in one",
            limits.object_bytes
        ))),
    }
}

fn too_much(limits: &Limits) -> PackFault {
    PackFault::new(format!(
        "the pack holds more than {} bytes when unpacked",
        limits.inflated_bytes
    ))
}
