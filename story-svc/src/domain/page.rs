//! Keyset pages: newest first, continued after the last row seen. The token is opaque to clients.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use kit::error::FieldViolation;
use uuid::Uuid;

const SIZE_DEFAULT: u32 = 20;
const SIZE_MAX: u32 = 100;
/// Microseconds since 1970 (8 bytes, big-endian), then the id (16 bytes).
const TOKEN_BYTES: usize = 24;

/// The last microsecond of the year 9999, the latest time that sorts as text.
const END_OF_TIME: DateTime<Utc> = match DateTime::from_timestamp(253_402_300_799, 999_999_000) {
    Some(end) => end,
    None => DateTime::UNIX_EPOCH,
};

/// Where a page begins: after the row with this time and id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// Whole microseconds, as stored.
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) id: Uuid,
}

/// How many rows, from where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PageRequest {
    /// 1 to 100.
    pub(crate) size: u32,
    pub(crate) after: Option<Cursor>,
}

/// Some rows, and where to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<Cursor>,
}

impl PageRequest {
    /// 20 rows when no size was given; the first page without a token.
    ///
    /// # Errors
    /// Every field at fault.
    pub(crate) fn parse(size: Option<u32>, token: Option<&str>) -> Result<Self, Vec<FieldViolation>> {
        let size = size.unwrap_or(SIZE_DEFAULT);
        let mut faults = Vec::new();
        if !(1..=SIZE_MAX).contains(&size) {
            faults.push(FieldViolation {
                field: "page_size".into(),
                expected: format!("1 to {SIZE_MAX}"),
            });
        }

        let after = token.and_then(Cursor::decode);
        if after.is_none() && token.is_some() {
            faults.push(FieldViolation {
                field: "page_token".into(),
                expected: "the next_page_token of an earlier page".into(),
            });
        }

        if faults.is_empty() {
            Ok(Self { size, after })
        } else {
            Err(faults)
        }
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

impl Cursor {
    /// Before every row: no story was made at the end of time.
    pub(crate) const FIRST: Self = Self {
        created_at: END_OF_TIME,
        id: Uuid::max(),
    };

    pub(crate) fn encode(&self) -> String {
        let mut bytes = [0; TOKEN_BYTES];
        bytes[..8].copy_from_slice(&self.created_at.timestamp_micros().to_be_bytes());
        bytes[8..].copy_from_slice(self.id.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn decode(token: &str) -> Option<Self> {
        let bytes: [u8; TOKEN_BYTES] = URL_SAFE_NO_PAD.decode(token).ok()?.try_into().ok()?;
        let (micros, id) = bytes.split_at(8);
        Some(Self {
            created_at: DateTime::from_timestamp_micros(i64::from_be_bytes(micros.try_into().ok()?))?,
            id: Uuid::from_slice(id).ok()?,
        })
    }
}

/// Ids that one batch call may name.
pub(crate) const BATCH_MAX: usize = 100;

/// The ids of a batch call, when they are not too many. What is no id names nothing, so it is left out.
///
/// # Errors
/// Which field is too long.
pub(crate) fn parse_batch<const N: usize>(
    lists: [(&str, &[String]); N],
    max: usize,
) -> Result<[Vec<Uuid>; N], FieldViolation> {
    let total: usize = lists.iter().map(|(_, ids)| ids.len()).sum();
    if total > max {
        let longest = lists.iter().max_by_key(|(_, ids)| ids.len());
        return Err(FieldViolation {
            field: longest.map_or("ids", |(field, _)| field).to_owned(),
            expected: format!("at most {max} ids in all"),
        });
    }

    Ok(lists.map(|(_, ids)| ids.iter().filter_map(|id| Uuid::try_parse(id).ok()).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor(micros: i64) -> Cursor {
        Cursor {
            created_at: DateTime::from_timestamp_micros(micros).expect("in range"),
            id: Uuid::from_u128(7),
        }
    }

    #[test]
    fn a_token_leads_back_to_the_row_it_was_made_of() {
        let cursor = cursor(1_700_000_000_123_456);
        let page = PageRequest::parse(None, Some(&cursor.encode())).expect("our own token");

        assert_eq!(
            page,
            PageRequest {
                size: 20,
                after: Some(cursor)
            }
        );
    }

    #[test]
    fn a_strange_token_and_a_huge_size_are_both_reported() {
        for token in ["", "x", "not base64!", "AAAA", "\0"] {
            let faults = PageRequest::parse(Some(101), Some(token)).expect_err("must be refused");
            let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
            assert_eq!(fields, ["page_size", "page_token"], "{token:?}");
        }
    }

    #[test]
    fn a_page_has_a_successor_only_when_a_row_was_left() {
        let request = PageRequest { size: 2, after: None };
        assert_eq!(request.rows(), 3);
        assert_eq!(request.page(vec![3, 2], |row| cursor(*row)).next, None);
        let page = request.page(vec![3, 2, 1], |row| cursor(*row));
        assert_eq!((page.items, page.next), (vec![3, 2], Some(cursor(2))));
    }
}
