//! The places of a stream that are taken out of what is still held.

use std::ops::Range;

/// Ranges of a stream's bytes, apart from one another and in order.
#[derive(Debug, Default)]
pub(crate) struct Cuts(Vec<Range<u64>>);

impl Cuts {
    pub(crate) fn add(&mut self, mut cut: Range<u64>) {
        if cut.is_empty() {
            return;
        }
        let first = self.0.partition_point(|known| known.end < cut.start);
        let last = self.0.partition_point(|known| known.start <= cut.end);

        if first < last {
            cut.start = cut.start.min(self.0[first].start);
            cut.end = cut.end.max(self.0[last - 1].end);
        }
        self.0.splice(first..last, [cut]);
    }

    /// Where the cut ends that a place lies in.
    pub(crate) fn end_around(&self, place: u64) -> Option<u64> {
        let cut = self.0.iter().find(|cut| cut.start <= place && place < cut.end)?;
        Some(cut.end)
    }

    /// Writes what of `text`, whose first byte is the stream's `base`th, is left; forgets the cuts in it.
    pub(crate) fn write_rest(&mut self, base: u64, text: &str, out: &mut String) {
        let end = base + text.len() as u64;
        let place = |at: u64| usize::try_from(at - base).unwrap_or(text.len());
        let mut from = base;

        for cut in &self.0 {
            if cut.start >= end {
                break;
            }
            if cut.start > from {
                out.push_str(&text[place(from)..place(cut.start)]);
            }
            from = from.max(cut.end);
        }
        if from < end {
            out.push_str(&text[place(from)..]);
        }

        self.0.retain(|cut| cut.end > end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_that_meet_are_one_and_the_rest_is_written() {
        let mut cuts = Cuts::default();
        for cut in [15..17, 12..13, 16..19, 11..12, 30..40] {
            cuts.add(cut);
        }
        assert_eq!(cuts.0, [11..13, 15..19, 30..40]);

        let mut out = String::new();
        cuts.write_rest(10, "abcdefghijkl", &mut out);
        assert_eq!(out, "adejkl");
        assert_eq!(cuts.0, std::slice::from_ref(&(30..40)));
        cuts.write_rest(22, "0123456789ab", &mut out);
        assert_eq!(out, "adejkl01234567");
        cuts.write_rest(34, "0123456789", &mut out);
        assert_eq!(out, "adejkl012345676789");
    }
}
