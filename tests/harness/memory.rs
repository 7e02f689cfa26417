//! What a process of ours has in its memory.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    os::unix::fs::FileExt,
};

use regex::bytes::Regex;

use super::saga::Saga;

const PAGE: u64 = 4_096;
/// Of a page's entry in `pagemap`: it is in memory, or swapped out.
const THERE: u64 = 0b11 << 62;

/// Every place where one of the texts stands, with what is around it. Only pages that the process has touched are looked at:
/// most of what it has reserved, it has not.
pub(crate) fn find_in_memory(saga: &Saga, wanted: &[String]) -> Vec<String> {
    let pid = saga.pid();
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).expect("our own child");
    let mut memory = File::open(format!("/proc/{pid}/mem")).expect("our own child");
    let pages = File::open(format!("/proc/{pid}/pagemap")).expect("our own child");
    // One literal each: together they would be looked for ten times more slowly.
    let wanted: Vec<Regex> = wanted
        .iter()
        .map(|text| Regex::new(&regex::escape(text)).expect("letters"))
        .collect();
    let mut found = Vec::new();

    for line in maps.lines().filter(|line| line.contains(" rw")) {
        let (range, rest) = line.split_once(' ').expect("a range");
        let (from, to) = range.split_once('-').expect("two ends");
        let from = u64::from_str_radix(from, 16).expect("hex");
        let to = u64::from_str_radix(to, 16).expect("hex");

        for (from, to) in touched(&pages, from, to) {
            let mut bytes = vec![0; usize::try_from(to - from).expect("fits")];
            // What is not there any more can't be read, and holds nothing.
            let is_read = memory.seek(SeekFrom::Start(from)).is_ok() && memory.read_exact(&mut bytes).is_ok();
            if !is_read {
                continue;
            }

            for place in wanted.iter().flat_map(|wanted| wanted.find_iter(&bytes)) {
                let around = &bytes[place.start().saturating_sub(60)..(place.end() + 60).min(bytes.len())];
                found.push(format!("{rest}: {:?}", String::from_utf8_lossy(around)));
            }
        }
    }

    found
}

/// The parts of a range whose pages have something in them.
fn touched(pages: &File, from: u64, to: u64) -> Vec<(u64, u64)> {
    let count = usize::try_from((to - from) / PAGE).expect("fits");
    let mut entries = vec![0; count * 8];
    if pages.read_exact_at(&mut entries, from / PAGE * 8).is_err() {
        return vec![(from, to)];
    }

    let mut parts: Vec<(u64, u64)> = Vec::new();
    for (page, entry) in (0..).zip(entries.chunks_exact(8)) {
        let entry = u64::from_ne_bytes(entry.try_into().expect("eight bytes"));
        if entry & THERE == 0 {
            continue;
        }

        let start = from + page * PAGE;
        match parts.last_mut() {
            Some((_, end)) if *end == start => *end += PAGE,
            _ => parts.push((start, start + PAGE)),
        }
    }

    parts
}
