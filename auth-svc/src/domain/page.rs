//! Pages of lists, by key: a token says after which row the next page begins, so rows that come and go move nothing.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use kit::FieldViolation;
use uuid::Uuid;

const SIZE_DEFAULT: u32 = 20;
const SIZE_MAX: u32 = 100;
const TOKEN_BYTES: usize = 24;

/// A row's place in a list that is ordered by time and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) at: DateTime<Utc>,
    pub(crate) id: Uuid,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PageRequest {
    size: u32,
    pub(crate) after: Option<Cursor>,
}

#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<Cursor>,
}

impl Cursor {
    /// Beyond every row; a year that both databases and RFC 3339 can write.
    pub(crate) const LAST: Self = Self {
        at: match DateTime::from_timestamp(253_402_300_799, 0) {
            Some(at) => at,
            None => DateTime::UNIX_EPOCH,
        },
        id: Uuid::max(),
    };

    /// Before every row of this time or a later one.
    pub(crate) const fn from(at: DateTime<Utc>) -> Self {
        Self { at, id: Uuid::nil() }
    }

    pub(crate) fn encode(&self) -> String {
        let mut bytes = [0; TOKEN_BYTES];
        bytes[..8].copy_from_slice(&self.at.timestamp_micros().to_be_bytes());
        bytes[8..].copy_from_slice(self.id.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn decode(token: &str) -> Option<Self> {
        let bytes: [u8; TOKEN_BYTES] = URL_SAFE_NO_PAD.decode(token).ok()?.try_into().ok()?;
        let (micros, id) = bytes.split_at(8);
        let at = DateTime::from_timestamp_micros(i64::from_be_bytes(micros.try_into().ok()?))?;
        let known = (DateTime::UNIX_EPOCH..=Self::LAST.at).contains(&at);
        known.then_some(Self {
            at,
            id: Uuid::from_slice(id).ok()?,
        })
    }
}

impl PageRequest {
    /// `size` 0 means the default; an empty token means the beginning.
    pub(crate) fn parse(size: u32, token: &str) -> Result<Self, Vec<FieldViolation>> {
        let mut faults = Vec::new();
        if size > SIZE_MAX {
            let expected = format!("1 to {SIZE_MAX}, or 0 for {SIZE_DEFAULT}");
            faults.push(FieldViolation::new("page_size", expected));
        }

        let after = Cursor::decode(token);
        if after.is_none() && !token.is_empty() {
            faults.push(FieldViolation::new(
                "page_token",
                "the next_page_token of an earlier page",
            ));
        }

        if !faults.is_empty() {
            return Err(faults);
        }

        Ok(Self {
            size: if size == 0 { SIZE_DEFAULT } else { size },
            after,
        })
    }

    /// Rows to read: one more than shown, to know whether another page follows.
    pub(crate) fn rows(&self) -> i64 {
        i64::from(self.size) + 1
    }

    /// Makes the page from rows read with [`PageRequest::rows`].
    pub(crate) fn page<T>(&self, mut rows: Vec<T>, cursor: impl Fn(&T) -> Cursor) -> Page<T> {
        let size = self.size as usize;
        let more = rows.len() > size;
        rows.truncate(size);
        let next = if more { rows.last().map(cursor) } else { None };
        Page { items: rows, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_leads_back_to_its_row_and_a_strange_one_is_refused() {
        let cursor = Cursor {
            at: DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap(),
            id: Uuid::from_u128(7),
        };

        assert_eq!(
            PageRequest::parse(0, &cursor.encode()).unwrap().after,
            Some(cursor)
        );

        for token in ["x", "not base64!", "AAAA", "\0", &"_".repeat(32)] {
            let faults = PageRequest::parse(101, token).unwrap_err();
            let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
            assert_eq!(fields, ["page_size", "page_token"], "{token:?}");
        }
    }
}
