//! Cleans one answer, piece by piece. What leaves is settled; what is held may still become a fragment.

use crate::canon::is_blank;
use crate::cuts::Cuts;
use crate::fingerprints::Fingerprints;
use crate::lanes::{Lanes, Reading};
use crate::marks::{MarkFilter, Marks};

/// Bytes of an answer that are held back at most.
pub const HOLD_LIMIT: usize = 2_048;

/// In what dress something was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dress {
    /// As it stands or backwards, in whatever case, spacing and look.
    Text,
    /// Thirteen letters on.
    Rotated,
    Base64,
    Hex,
    /// Marked as reasoning, a call of a tool or routing.
    Marked,
}

impl Dress {
    pub const ALL: [Self; 5] = [Self::Text, Self::Rotated, Self::Base64, Self::Hex, Self::Marked];

    /// As a log and a metric call it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Rotated => "rotated",
            Self::Base64 => "base64",
            Self::Hex => "hex",
            Self::Marked => "marked",
        }
    }
}

/// How often something was taken out, by its dress. This is all that a log learns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Removals([u32; Dress::ALL.len()]);

impl Removals {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    #[must_use]
    pub const fn count(&self, dress: Dress) -> u32 {
        self.0[dress as usize]
    }
}

/// Cleans one stream of text.
#[derive(Debug)]
pub struct Sanitizer {
    fingerprints: Fingerprints,
    marks: MarkFilter,
    lanes: Lanes,
    held: String,
    /// Where in the stream the held text begins.
    base: u64,
    cuts: Cuts,
    /// Up to where it is settled what leaves.
    settled: u64,
    /// Up to where each reading has found something, so that a longer run counts once.
    found_to: [u64; Dress::ALL.len()],
    removals: Removals,
    /// Bytes of a character that is not whole yet.
    broken: Vec<u8>,
    most_held: usize,
}

impl Sanitizer {
    #[must_use]
    pub fn new(fingerprints: Fingerprints) -> Self {
        Self::with_marks(fingerprints, Marks::All)
    }

    /// One for which only some marks count.
    #[must_use]
    pub fn with_marks(fingerprints: Fingerprints, marks: Marks) -> Self {
        Self {
            fingerprints,
            marks: MarkFilter::new(marks),
            lanes: Lanes::new(),
            held: String::new(),
            base: 0,
            cuts: Cuts::default(),
            settled: 0,
            found_to: [0; Dress::ALL.len()],
            removals: Removals::default(),
            broken: Vec::new(),
            most_held: 0,
        }
    }

    /// Takes a piece; gives what may leave now.
    #[must_use]
    pub fn push(&mut self, piece: &str) -> String {
        let mut unmarked = String::with_capacity(piece.len());
        self.marks.push(piece, &mut unmarked);

        let mut out = String::with_capacity(piece.len());
        self.read(&unmarked, &mut out);
        self.release(self.open_start(), &mut out);
        self.most_held = self.most_held.max(self.held.len());

        out
    }

    /// The same for a piece that may end inside of a character. Bytes that are no text become U+FFFD.
    #[must_use]
    pub fn push_bytes(&mut self, piece: &[u8]) -> String {
        let mut bytes = std::mem::take(&mut self.broken);
        bytes.extend_from_slice(piece);
        let whole = match bytes.utf8_chunks().last() {
            Some(last) if is_cut_character(last.invalid()) => bytes.len() - last.invalid().len(),
            _ => bytes.len(),
        };

        self.broken = bytes.split_off(whole);
        self.push(&String::from_utf8_lossy(&bytes))
    }

    /// Gives what may leave while nothing more comes, so that nobody waits for words that are most likely harmless.
    ///
    /// Whatever is read as it stands leaves, unless [`SUSPICIOUS`](crate::lanes::SUSPICIOUS) letters of it stand in a fragment: fewer say
    /// nothing that is ours, and no shorter fragment is known. What may be in another dress, or the beginning of a mark, stays: plain
    /// words are hardly ever. A run that goes on after a pause is read on from where it began; so a fragment loses its first
    /// letters here at most, however often a model pauses.
    #[must_use]
    pub fn pause(&mut self) -> String {
        let mut out = String::new();
        self.release(self.lanes.suspicious_start(), &mut out);

        out
    }

    /// Gives what was held back, at the end.
    #[must_use]
    pub fn finish(&mut self) -> String {
        let broken = std::mem::take(&mut self.broken);
        let mut rest = String::new();
        self.marks.push(&String::from_utf8_lossy(&broken), &mut rest);
        self.marks.finish(&mut rest);

        let mut out = String::new();
        self.read(&rest, &mut out);
        self.release(None, &mut out);
        out
    }

    /// What was taken out so far.
    #[must_use]
    pub fn removals(&self) -> Removals {
        let mut removals = self.removals;
        removals.0[Dress::Marked as usize] = self.marks.found;

        removals
    }

    /// The most bytes that were held when a piece had been taken.
    #[must_use]
    pub fn most_held_bytes(&self) -> usize {
        self.most_held
    }

    fn read(&mut self, text: &str, out: &mut String) {
        for character in text.chars() {
            let start = self.base + self.held.len() as u64;
            self.held.push(character);
            let place = start..self.base + self.held.len() as u64;
            let Self {
                cuts,
                settled,
                found_to,
                removals,
                lanes,
                fingerprints,
                ..
            } = self;

            lanes.read(fingerprints.automaton(), character, place, |reading, cut| {
                let dress = Dress::from(reading);
                let known = &mut found_to[dress as usize];
                if cut.start >= *known {
                    removals.0[dress as usize] += 1;
                }
                *known = cut.end;
                cuts.add(cut.start.max(*settled)..cut.end);
            });

            if self.held.len() > HOLD_LIMIT {
                self.release(self.open_start(), out);
            }
            if self.held.len() > HOLD_LIMIT {
                self.settle_by_force();
                self.release(self.open_start(), out);
            }
        }
    }

    /// More is held than may be. A run of many letters with little between them but blanks is a leak; anything else leaves.
    fn settle_by_force(&mut self) {
        let end = self.base + self.held.len() as u64;
        let suspicious = self.lanes.each().filter(|lane| lane.is_suspicious());
        let start = suspicious.filter_map(|lane| lane.open_start()).min();

        if let Some(start) = start.map(|start| start.max(self.settled))
            && self.is_mostly_filling(start)
        {
            self.cuts.add(start..end);
            self.removals.0[Dress::Text as usize] += 1;
        }
        self.settled = end;
    }

    /// Whether what is held from a place on is blank for the most part, or the same sign again and again.
    fn is_mostly_filling(&self, start: u64) -> bool {
        let from = usize::try_from(start - self.base).unwrap_or(0);
        let mut before = None;
        let (mut all, mut filling) = (0, 0);
        for character in self.held.get(from..).unwrap_or_default().chars() {
            all += 1;
            filling += usize::from(is_blank(character) || before == Some(character));
            before = Some(character);
        }

        filling * 2 > all
    }

    /// Where the first run begins that may become a fragment.
    fn open_start(&self) -> Option<u64> {
        self.lanes.each().filter_map(|lane| lane.open_start()).min()
    }

    fn release(&mut self, open: Option<u64>, out: &mut String) {
        let end = self.base + self.held.len() as u64;
        let until = open.map_or(end, |open| open.max(self.settled).min(end));
        // What is cut is settled, also where its run goes on.
        let until = self.cuts.end_around(until).unwrap_or(until).min(end);
        let bytes = usize::try_from(until.saturating_sub(self.base)).unwrap_or(0);

        self.cuts.write_rest(self.base, &self.held[..bytes], out);
        self.held.drain(..bytes);
        self.base += bytes as u64;
        self.settled = self.settled.max(self.base);
    }
}

impl From<Reading> for Dress {
    fn from(reading: Reading) -> Self {
        match reading {
            Reading::Text => Self::Text,
            Reading::Rotated => Self::Rotated,
            Reading::Base64 => Self::Base64,
            Reading::Hex => Self::Hex,
        }
    }
}

/// Whether bytes are the beginning of a character.
fn is_cut_character(bytes: &[u8]) -> bool {
    !bytes.is_empty() && std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}
