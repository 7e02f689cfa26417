//! Pages of lists, by key: a token says after which row the next page begins, so rows that come and go move nothing.
//! The token is opaque to clients. Knows no table.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::error::Faults;

const SIZE_DEFAULT: u32 = 20;
const SIZE_MAX: u32 = 100;
/// Microseconds since 1970 (8 bytes, big-endian), then the id (16 bytes), then the mark of the list.
const TOKEN_BYTES: usize = 24 + MARK_BYTES;
const MARK_BYTES: usize = 4;

/// The last microsecond of the year 9999: the latest time that sorts as text and that both databases and RFC 3339 can write.
const END_OF_TIME: DateTime<Utc> = match DateTime::from_timestamp(253_402_300_799, 999_999_000) {
    Some(end) => end,
    None => DateTime::UNIX_EPOCH,
};

/// A row's place in a list that is ordered by time and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Whole microseconds, as stored.
    pub at: DateTime<Utc>,
    pub id: Uuid,
}

/// How many rows, from where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// 1 to 100.
    size: u32,
    /// The last row of the page before; none for the first page.
    pub after: Option<Cursor>,
    /// The list is read from its end: `after` is then the first row of the page behind.
    pub backward: bool,
}

/// Some rows, and where to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<Cursor>,
}

impl Cursor {
    /// Later than every row: where a list from new to old begins.
    pub const NEWEST: Self = Self {
        at: END_OF_TIME,
        id: Uuid::max(),
    };

    /// Before every row of this time or a later one: where a list from old to new begins.
    #[must_use]
    pub const fn starting_at(at: DateTime<Utc>) -> Self {
        Self { at, id: Uuid::nil() }
    }

    /// The token that a client sends to go on after this row of `list`: a list in another order is another list.
    #[must_use]
    pub fn encode(&self, list: &str) -> String {
        CursorMarker::of_list(list).encode(*self)
    }

    fn decode(token: &str, list: &str) -> Option<Self> {
        let bytes: [u8; TOKEN_BYTES] = URL_SAFE_NO_PAD.decode(token).ok()?.try_into().ok()?;
        let (place, mark) = bytes.split_last_chunk::<MARK_BYTES>()?;
        if *mark != mark_list(list) {
            return None;
        }

        let (micros, id) = place.split_at(8);
        let at = DateTime::from_timestamp_micros(i64::from_be_bytes(micros.try_into().ok()?))?;

        // A time that no row can have was not written by us, and the databases could not compare it.
        let is_known = (DateTime::UNIX_EPOCH..=END_OF_TIME).contains(&at);
        is_known.then_some(Self {
            at,
            id: Uuid::from_slice(id).ok()?,
        })
    }
}

/// Makes the tokens of all rows of one list, whose mark is the same for each.
#[derive(Clone, Copy, Debug)]
pub struct CursorMarker([u8; MARK_BYTES]);

impl CursorMarker {
    #[must_use]
    pub fn of_list(list: &str) -> Self {
        Self(mark_list(list))
    }

    /// The token that a client sends to go on after this row.
    #[must_use]
    pub fn encode(self, row: Cursor) -> String {
        let mut bytes = [0; TOKEN_BYTES];
        bytes[..8].copy_from_slice(&row.at.timestamp_micros().to_be_bytes());
        bytes[8..24].copy_from_slice(row.id.as_bytes());
        bytes[24..].copy_from_slice(&self.0);

        URL_SAFE_NO_PAD.encode(bytes)
    }
}

impl PageRequest {
    /// `size` 0 means 20; an empty token means the beginning. A token of another list than `list` is refused.
    ///
    /// # Errors
    /// Every field at fault.
    pub fn parse(size: u32, token: &str, list: &str) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        if size > SIZE_MAX {
            faults.add("page_size", format!("1 to {SIZE_MAX}, or 0 for {SIZE_DEFAULT}"));
        }

        let after = Cursor::decode(token, list);
        if after.is_none() && !token.is_empty() {
            faults.add(
                "page_token",
                "the next_page_token of an earlier page of this list, in this order",
            );
        }

        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self {
            size: if size == 0 { SIZE_DEFAULT } else { size },
            after,
            backward: false,
        })
    }

    /// The same page, of the list read from its end when `backward`.
    #[must_use]
    pub const fn read_backward(self, backward: bool) -> Self {
        Self { backward, ..self }
    }

    /// Where a list that is read from new to old, or from old to new, begins.
    #[must_use]
    pub fn start(&self, newest_first: bool) -> Cursor {
        let beginning = if newest_first {
            Cursor::NEWEST
        } else {
            Cursor::starting_at(DateTime::UNIX_EPOCH)
        };
        self.after.unwrap_or(beginning)
    }

    /// Rows of the page: 1 to 100.
    #[must_use]
    pub const fn size(&self) -> u32 {
        self.size
    }

    /// Rows to read: one more than shown, to know whether another page follows.
    #[must_use]
    pub fn rows(&self) -> i64 {
        i64::from(self.size) + 1
    }

    /// Makes the page from rows read with [`PageRequest::rows`]; it is in the list's order, whichever way that was read.
    pub fn page<T>(&self, mut rows: Vec<T>, cursor: impl Fn(&T) -> Cursor) -> Page<T> {
        let size = self.size as usize;
        let more = rows.len() > size;
        rows.truncate(size);

        let next = if more { rows.last().map(cursor) } else { None };
        if self.backward {
            rows.reverse();
        }
        Page { items: rows, next }
    }
}

/// What tells the tokens of one list from those of another. It keeps nobody out: a token says nothing that is secret.
fn mark_list(list: &str) -> [u8; MARK_BYTES] {
    let hash = Sha256::digest(list.as_bytes());
    [hash[0], hash[1], hash[2], hash[3]]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor(micros: i64) -> Cursor {
        Cursor {
            at: DateTime::from_timestamp_micros(micros).unwrap(),
            id: Uuid::from_u128(7),
        }
    }

    #[test]
    fn a_token_leads_back_to_the_row_it_was_made_of() {
        for cursor in [cursor(1_700_000_000_123_456), cursor(0), Cursor::NEWEST] {
            let page = PageRequest::parse(0, &cursor.encode("rows"), "rows").unwrap();
            assert_eq!(
                page,
                PageRequest {
                    size: 20,
                    after: Some(cursor),
                    backward: false,
                }
            );
        }
    }

    #[test]
    fn a_strange_token_and_a_huge_size_are_both_reported() {
        let of_another_list = cursor(0).encode("rows, the oldest first");
        for token in [
            "x",
            "not base64!",
            "AAAA",
            "\0",
            &"_".repeat(38),
            &of_another_list,
        ] {
            let Faults(faults) = PageRequest::parse(101, token, "rows").unwrap_err();
            let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
            assert_eq!(fields, ["page_size", "page_token"], "{token:?}");
        }
    }

    #[test]
    fn a_token_of_a_time_that_no_row_can_have_is_refused() {
        let past_the_end = END_OF_TIME.timestamp_micros() + 1;
        for micros in [-1, past_the_end] {
            let token = cursor(micros).encode("rows");
            assert!(PageRequest::parse(0, &token, "rows").is_err(), "{micros}");
        }
    }

    #[test]
    fn a_page_has_a_successor_only_when_a_row_was_left() {
        let request = PageRequest::parse(2, "", "rows").unwrap();
        assert_eq!(request.rows(), 3);
        assert_eq!(request.page(vec![3, 2], |row| cursor(*row)).next, None);

        let page = request.page(vec![3, 2, 1], |row| cursor(*row));
        assert_eq!((page.items, page.next), (vec![3, 2], Some(cursor(2))));
    }

    #[test]
    fn a_page_that_was_read_backward_is_in_the_lists_order() {
        let request = PageRequest::parse(2, "", "rows").unwrap().read_backward(true);
        let page = request.page(vec![1, 2, 3], |row| cursor(*row));

        assert_eq!((page.items, page.next), (vec![2, 1], Some(cursor(2))));
        assert_eq!(request.start(true), Cursor::NEWEST);
        assert_eq!(request.start(false).at, DateTime::UNIX_EPOCH);
    }
}
