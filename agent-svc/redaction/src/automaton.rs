//! All fragments in one suffix automaton: for each symbol that is read, the longest run of symbols up to it that stands in
//! any fragment, in a few steps. It is built once and read by many.

use crate::canon::{SYMBOLS, Symbol};

const ROOT: u32 = 0;
const NOWHERE: u32 = u32::MAX;
/// A run that is never long enough.
const NEVER: u32 = u32::MAX;

/// Where a reader stands: the run that it has in common with a fragment.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cursor {
    state: u32,
    /// Symbols of the run.
    pub(crate) length: u32,
}

#[derive(Debug, Clone, Copy)]
struct State {
    /// The symbols that lead on, a bit for each.
    leads: u32,
    first_edge: u32,
    /// The state of the longest end of this run that stands elsewhere, too.
    link: u32,
    length: u32,
    /// A run of so many symbols must not leave.
    enough: u32,
}

#[derive(Debug, Clone)]
pub(crate) struct Automaton {
    states: Vec<State>,
    edges: Vec<u32>,
}

impl Automaton {
    /// Of fragments, and how many symbols of each are too many.
    pub(crate) fn build<'a>(fragments: impl IntoIterator<Item = (&'a [Symbol], usize)> + Clone) -> Self {
        let mut draft = Draft::default();
        for (symbols, _) in fragments.clone() {
            draft.insert(symbols);
        }
        for (symbols, enough) in fragments {
            draft.limit(symbols, u32::try_from(enough).unwrap_or(NEVER));
        }

        draft.freeze()
    }

    /// Reads one symbol; true when the run up to it is one that must not leave.
    pub(crate) fn step(&self, cursor: &mut Cursor, symbol: Symbol) -> bool {
        loop {
            let state = &self.states[cursor.state as usize];
            let bit = 1 << symbol;
            if state.leads & bit != 0 {
                let before = (state.leads & (bit - 1)).count_ones();
                cursor.state = self.edges[(state.first_edge + before) as usize];
                cursor.length += 1;
                return cursor.length >= self.states[cursor.state as usize].enough;
            }

            if state.link == NOWHERE {
                cursor.length = 0;
                return false;
            }
            cursor.state = state.link;
            cursor.length = self.states[state.link as usize].length;
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.states.len() * size_of::<State>() + self.edges.len() * size_of::<u32>()
    }
}

/// The automaton while it grows.
struct Draft {
    next: Vec<[u32; SYMBOLS]>,
    link: Vec<u32>,
    length: Vec<u32>,
    enough: Vec<u32>,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            next: vec![[NOWHERE; SYMBOLS]],
            link: vec![NOWHERE],
            length: vec![0],
            enough: vec![NEVER],
        }
    }
}

impl Draft {
    fn insert(&mut self, symbols: &[Symbol]) {
        let mut last = ROOT;
        for &symbol in symbols {
            last = self.extend(last, symbol);
        }
    }

    fn add(&mut self, next: [u32; SYMBOLS], link: u32, length: u32) -> u32 {
        self.next.push(next);
        self.link.push(link);
        self.length.push(length);
        self.enough.push(NEVER);

        u32::try_from(self.next.len() - 1).unwrap_or(NOWHERE)
    }

    /// The state after one more symbol of a fragment whose beginning led to `last`.
    fn extend(&mut self, last: u32, symbol: Symbol) -> u32 {
        let symbol = usize::from(symbol);
        let length = self.length[last as usize] + 1;
        let known = self.next[last as usize][symbol];
        if known != NOWHERE {
            return if self.length[known as usize] == length {
                known
            } else {
                self.split(last, known, symbol)
            };
        }

        let new = self.add([NOWHERE; SYMBOLS], ROOT, length);
        let mut from = last;
        while from != NOWHERE && self.next[from as usize][symbol] == NOWHERE {
            self.next[from as usize][symbol] = new;
            from = self.link[from as usize];
        }

        self.link[new as usize] = match from {
            NOWHERE => ROOT,
            from => {
                let known = self.next[from as usize][symbol];
                if self.length[known as usize] == self.length[from as usize] + 1 {
                    known
                } else {
                    self.split(from, known, symbol)
                }
            }
        };
        new
    }

    /// Gives the shorter runs of `known` a state of their own, which `from` and its shorter ends lead to.
    fn split(&mut self, from: u32, known: u32, symbol: usize) -> u32 {
        let length = self.length[from as usize] + 1;
        let part = self.add(self.next[known as usize], self.link[known as usize], length);
        self.link[known as usize] = part;

        let mut from = from;
        while from != NOWHERE && self.next[from as usize][symbol] == known {
            self.next[from as usize][symbol] = part;
            from = self.link[from as usize];
        }
        part
    }

    /// Notes how much of a fragment is too much, at each state of its beginnings.
    fn limit(&mut self, symbols: &[Symbol], enough: u32) {
        let mut state = ROOT;
        for &symbol in symbols {
            state = self.next[state as usize][usize::from(symbol)];
            let known = &mut self.enough[state as usize];
            *known = enough.min(*known);
        }
    }

    fn freeze(mut self) -> Automaton {
        // What ends a run stands wherever the run does.
        let mut longest_first: Vec<usize> = (1..self.next.len()).collect();
        longest_first.sort_by_key(|&state| std::cmp::Reverse(self.length[state]));
        for state in longest_first {
            let link = self.link[state] as usize;
            self.enough[link] = self.enough[link].min(self.enough[state]);
        }

        let mut edges = Vec::new();
        let mut states = Vec::with_capacity(self.next.len());
        for (at, next) in self.next.iter().enumerate() {
            let first_edge = u32::try_from(edges.len()).unwrap_or(NOWHERE);
            let mut leads = 0;
            for (symbol, &to) in next.iter().enumerate().filter(|(_, to)| **to != NOWHERE) {
                leads |= 1 << symbol;
                edges.push(to);
            }
            states.push(State {
                leads,
                first_edge,
                link: self.link[at],
                length: self.length[at],
                enough: self.enough[at],
            });
        }

        Automaton { states, edges }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The longest end of what was read that stands in a fragment, by looking everywhere.
    fn longest(read: &[u8], fragments: &[&[u8]]) -> usize {
        let stands = |run: &[u8]| {
            run.is_empty()
                || fragments
                    .iter()
                    .any(|text| text.windows(run.len()).any(|part| part == run))
        };
        (0..=read.len())
            .find(|from| stands(&read[*from..]))
            .map_or(0, |from| read.len() - from)
    }

    #[test]
    fn it_knows_the_longest_common_run_at_every_symbol() {
        let mut chance: u64 = 42;
        let mut draw = |below: u64| {
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (chance >> 33) % below
        };
        for _ in 0..200 {
            let fragments: Vec<Vec<u8>> = (0..3)
                .map(|_| (0..draw(30)).map(|_| draw(3) as u8).collect())
                .collect();
            let fragments: Vec<&[u8]> = fragments.iter().map(Vec::as_slice).collect();
            let automaton = Automaton::build(fragments.iter().map(|text| (*text, 5)));

            let read: Vec<u8> = (0..60).map(|_| draw(3) as u8).collect();
            let mut cursor = Cursor::default();
            for end in 1..=read.len() {
                let found = automaton.step(&mut cursor, read[end - 1]);
                let expected = longest(&read[..end], &fragments);
                assert_eq!(cursor.length as usize, expected);
                assert_eq!(found, expected >= 5);
            }
        }
    }

    #[test]
    fn a_limit_is_the_lowest_of_the_fragments_that_have_the_run() {
        let whole: &[u8] = &[1, 2, 3];
        let long: &[u8] = &[9, 1, 2, 3, 4, 5, 6];
        let automaton = Automaton::build([(whole, 3), (long, 6)]);
        let found = |read: &[u8]| {
            let mut cursor = Cursor::default();
            read.iter()
                .map(|symbol| automaton.step(&mut cursor, *symbol))
                .collect::<Vec<_>>()
        };

        assert_eq!(found(&[7, 1, 2, 3, 4]), [false, false, false, true, false]);
        assert_eq!(found(&[2, 3, 4, 5, 6]), [false; 5]);
        assert_eq!(
            found(&[1, 2, 3, 4, 5, 6]),
            [false, false, true, false, false, true]
        );
    }
}
