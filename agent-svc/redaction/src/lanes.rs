//! The ways in which a stream is read at once: as it stands, thirteen letters on, as base64 at each of four places, as
//! hexadecimal at each of two. Each reader says where a run began that may still become a fragment.

use std::collections::VecDeque;
use std::ops::Range;

use crate::automaton::{Automaton, Cursor};
use crate::canon::{is_blank, look_at, look_at_rotated};

/// Strange signs in a row behind which a short run is given up.
const GAP: u32 = 16;
/// A run of so many symbols is given up behind eight times as many.
pub(crate) const SUSPICIOUS: usize = 12;
/// What is decoded is held from this many symbols on: less of it, in any text, is noise.
const DECODED_SUSPICION: usize = 6;

/// One reader.
#[derive(Debug)]
pub(crate) struct Lane {
    cursor: Cursor,
    /// Where in the stream each symbol of the run begins.
    starts: VecDeque<u64>,
    hold_from: usize,
    gap: u32,
    last_gap: Option<char>,
}

impl Lane {
    fn new(hold_from: usize) -> Self {
        Self {
            cursor: Cursor::default(),
            starts: VecDeque::new(),
            hold_from,
            gap: 0,
            last_gap: None,
        }
    }

    /// Where the run begins that may become a fragment.
    pub(crate) fn open_start(&self) -> Option<u64> {
        (self.starts.len() >= self.hold_from)
            .then(|| self.starts.front().copied())
            .flatten()
    }

    pub(crate) fn is_suspicious(&self) -> bool {
        self.starts.len() >= SUSPICIOUS
    }

    /// Reads a character that stands at `place`; the part of the stream that must not leave, if it is complete with it.
    fn read(
        &mut self,
        automaton: &Automaton,
        character: char,
        place: Range<u64>,
        rotated: bool,
    ) -> Option<Range<u64>> {
        let mut found = false;
        let mut seen = false;
        let mut step = |symbol| {
            seen = true;
            found |= automaton.step(&mut self.cursor, symbol);
            self.starts.push_back(place.start);
            while self.starts.len() > self.cursor.length as usize {
                self.starts.pop_front();
            }
        };
        if rotated {
            look_at_rotated(character, &mut step);
        } else {
            look_at(character, &mut step);
        }

        if seen {
            self.gap = 0;
            self.last_gap = None;
        } else {
            self.widen_gap(character);
        }

        found
            .then(|| self.starts.front().map(|&start| start..place.end))
            .flatten()
    }

    /// A sign that looks like no letter. The same one many times is one sign; what is blank is none.
    fn widen_gap(&mut self, character: char) {
        if self.starts.is_empty() || is_blank(character) || self.last_gap == Some(character) {
            return;
        }
        self.last_gap = Some(character);
        self.gap += 1;

        let patience = if self.is_suspicious() { 8 * GAP } else { GAP };
        if self.gap > patience {
            self.forget();
        }
    }

    fn forget(&mut self) {
        self.cursor = Cursor::default();
        self.starts.clear();
        self.gap = 0;
    }
}

/// Bytes that are becoming characters.
#[derive(Debug, Default)]
struct Utf8 {
    bytes: Vec<u8>,
    start: u64,
}

impl Utf8 {
    fn push(&mut self, byte: u8, start: u64) -> Option<(char, u64)> {
        if self.bytes.is_empty() {
            if byte.is_ascii() {
                return Some((char::from(byte), start));
            }
            self.start = start;
        }
        self.bytes.push(byte);

        match std::str::from_utf8(&self.bytes) {
            Ok(text) => {
                let character = text.chars().next();
                self.bytes.clear();
                character.map(|character| (character, self.start))
            }
            Err(error) if error.error_len().is_none() => None,
            Err(_) => {
                self.bytes.clear();
                byte.is_ascii().then(|| (char::from(byte), start))
            }
        }
    }
}

/// A reader of bytes that are written in another alphabet.
#[derive(Debug)]
struct Decoded {
    lane: Lane,
    utf8: Utf8,
}

impl Decoded {
    fn new() -> Self {
        Self {
            lane: Lane::new(DECODED_SUSPICION),
            utf8: Utf8::default(),
        }
    }

    fn read(&mut self, automaton: &Automaton, byte: u8, place: Range<u64>) -> Option<Range<u64>> {
        let (character, start) = self.utf8.push(byte, place.start)?;
        self.lane.read(automaton, character, start..place.end, false)
    }
}

/// Readers of hexadecimal at each of two places.
#[derive(Debug)]
struct Hex {
    decoded: [Decoded; 2],
    /// The nought of `0x59` is no part of the number. In `x70x6c` it is, so it is read both ways.
    strips_prefix: bool,
    /// The last sign of four bits, and where it stands.
    nibble: Option<(u8, u64)>,
    nibbles: usize,
    before: char,
}

impl Hex {
    fn new(strips_prefix: bool) -> Self {
        Self {
            decoded: [(); 2].map(|()| Decoded::new()),
            strips_prefix,
            nibble: None,
            nibbles: 0,
            before: ' ',
        }
    }

    fn read(&mut self, automaton: &Automaton, character: char, place: &Range<u64>) -> Option<Range<u64>> {
        let before = std::mem::replace(&mut self.before, character);
        if self.strips_prefix && matches!(character, 'x' | 'X') && before == '0' {
            self.nibble = None;
            self.nibbles = (self.nibbles + 1) % 2;
            return None;
        }

        let value = u8::try_from(character.to_digit(16)?).ok()?;
        let before = self.nibble.replace((value, place.start));
        let at = self.nibbles;
        self.nibbles = (self.nibbles + 1) % 2;

        let (before, start) = before?;
        self.decoded[at].read(automaton, before << 4 | value, start..place.end)
    }
}

/// Which reader found something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    Text,
    Rotated,
    Base64,
    Hex,
}

/// All readers of one stream.
#[derive(Debug)]
pub(crate) struct Lanes {
    text: Lane,
    rotated: Lane,
    base64: [Decoded; 4],
    /// The last sign of six bits, and where it stands.
    sextet: Option<(u8, u64)>,
    sextets: usize,
    hex: [Hex; 2],
}

impl Lanes {
    pub(crate) fn new() -> Self {
        Self {
            text: Lane::new(1),
            rotated: Lane::new(DECODED_SUSPICION),
            base64: [(); 4].map(|()| Decoded::new()),
            sextet: None,
            sextets: 0,
            hex: [Hex::new(false), Hex::new(true)],
        }
    }

    /// Reads one character in every way; tells each part of the stream that must not leave.
    pub(crate) fn read(
        &mut self,
        automaton: &Automaton,
        character: char,
        place: Range<u64>,
        mut tell: impl FnMut(Reading, Range<u64>),
    ) {
        if let Some(cut) = self.text.read(automaton, character, place.clone(), false) {
            tell(Reading::Text, cut);
        }
        if let Some(cut) = self.rotated.read(automaton, character, place.clone(), true) {
            tell(Reading::Rotated, cut);
        }

        if let Some(cut) = self.read_base64(automaton, character, &place) {
            tell(Reading::Base64, cut);
        }
        for hex in &mut self.hex {
            if let Some(cut) = hex.read(automaton, character, &place) {
                tell(Reading::Hex, cut);
            }
        }
    }

    /// Where the first run begins that is held back even while nothing more comes.
    pub(crate) fn suspicious_start(&self) -> Option<u64> {
        let in_dress = self.each().skip(1).filter_map(Lane::open_start);
        let as_it_stands = self.text.open_start().filter(|_| self.text.is_suspicious());

        in_dress.chain(as_it_stands).min()
    }

    fn read_base64(
        &mut self,
        automaton: &Automaton,
        character: char,
        place: &Range<u64>,
    ) -> Option<Range<u64>> {
        let value = sextet(character)?;
        let before = self.sextet.replace((value, place.start));
        let at = self.sextets;
        self.sextets = (self.sextets + 1) % 4;

        let (before, start) = before?;
        let mut found = None;
        for (offset, decoded) in self.base64.iter_mut().enumerate() {
            let byte = match (at + 4 - offset) % 4 {
                1 => before << 2 | value >> 4,
                2 => before << 4 | value >> 2,
                3 => before << 6 | value,
                _ => continue,
            };
            found = decoded.read(automaton, byte, start..place.end).or(found);
        }

        found
    }

    pub(crate) fn each(&self) -> impl Iterator<Item = &Lane> {
        let hex = self.hex.iter().flat_map(|hex| &hex.decoded);
        let decoded = self.base64.iter().chain(hex).map(|decoded| &decoded.lane);
        [&self.text, &self.rotated].into_iter().chain(decoded)
    }
}

/// Six bits of base64, in either alphabet; padding keeps the place of what comes behind it.
fn sextet(character: char) -> Option<u8> {
    let code = u8::try_from(character).ok()?;

    Some(match code {
        b'A'..=b'Z' => code - b'A',
        b'a'..=b'z' => code - b'a' + 26,
        b'0'..=b'9' => code - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        b'=' => 0,
        _ => return None,
    })
}
