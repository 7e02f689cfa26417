//! Which part of a file to send, if any: RFC 9110 sections 13.2.2 (order of conditions) and 14.2 (ranges), as a pure
//! function of request headers and what is known of the file.

use std::time::SystemTime;

use http::{HeaderMap, HeaderName, header};
use httpdate::HttpDate;
use kit::blobs::BlobMeta;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Whole,
    /// First and last byte, both included.
    Part {
        first: u64,
        last: u64,
    },
    NotModified,
    /// A condition of the client does not hold.
    Failed,
    Unsatisfiable,
}

/// The last change in whole seconds, as HTTP tells times.
fn modified(meta: &BlobMeta) -> HttpDate {
    HttpDate::from(SystemTime::from(meta.last_modified))
}

pub(super) fn last_modified(meta: &BlobMeta) -> String {
    modified(meta).to_string()
}

pub(super) fn decide(headers: &HeaderMap, meta: &BlobMeta) -> Outcome {
    let modified = modified(meta);
    let date = |name: HeaderName| text(headers, name).and_then(parse);
    if let Some(tags) = all(headers, header::IF_MATCH) {
        if !matches(&tags, &meta.etag, Comparison::Strong) {
            return Outcome::Failed;
        }
    } else if date(header::IF_UNMODIFIED_SINCE).is_some_and(|since| modified > since) {
        return Outcome::Failed;
    }

    if let Some(tags) = all(headers, header::IF_NONE_MATCH) {
        if matches(&tags, &meta.etag, Comparison::Weak) {
            return Outcome::NotModified;
        }
    } else if date(header::IF_MODIFIED_SINCE).is_some_and(|since| modified <= since) {
        return Outcome::NotModified;
    }

    match text(headers, header::RANGE) {
        Some(range) if range_is_wanted(headers, meta, modified) => part(range, meta.len),
        _ => Outcome::Whole,
    }
}

/// Any of the three forms of RFC 9110 section 5.6.7; what is none of them counts as absent.
fn parse(date: &str) -> Option<HttpDate> {
    date.trim().parse().ok()
}

/// `If-Range`: the range counts only when the client's copy is of this very file.
fn range_is_wanted(headers: &HeaderMap, meta: &BlobMeta, modified: HttpDate) -> bool {
    match text(headers, header::IF_RANGE) {
        None => true,
        Some(tag) if tag.contains('"') => matches(tag, &meta.etag, Comparison::Strong),
        Some(date) => parse(date) == Some(modified),
    }
}

/// One range; several at once are answered with the whole, as is a range that is not understood.
fn part(text: &str, len: u64) -> Outcome {
    let Some(spec) = text.trim().strip_prefix("bytes=") else {
        return Outcome::Whole;
    };
    let Some((first, last)) = spec.split_once('-') else {
        return Outcome::Whole;
    };

    if spec.contains(',') {
        return Outcome::Whole;
    }

    match (number(first), number(last)) {
        (Number::Absent, Number::Is(0)) => Outcome::Unsatisfiable,
        (Number::Absent, Number::Is(_)) if len == 0 => Outcome::Unsatisfiable,
        (Number::Absent, Number::Is(count)) => Outcome::Part {
            first: len - count.min(len),
            last: len - 1,
        },
        (Number::Is(first), Number::Is(last)) if first > last => Outcome::Whole,
        (Number::Is(first), _) if first >= len => Outcome::Unsatisfiable,
        (Number::Is(first), Number::Is(last)) => Outcome::Part {
            first,
            last: last.min(len - 1),
        },
        (Number::Is(first), Number::Absent) => Outcome::Part { first, last: len - 1 },
        (Number::Wrong, _) | (_, Number::Wrong) | (Number::Absent, Number::Absent) => Outcome::Whole,
    }
}

enum Number {
    Absent,
    Wrong,
    Is(u64),
}

/// Digits only. A number that does not fit is beyond any file.
fn number(text: &str) -> Number {
    let text = text.trim();
    match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true if text.is_empty() => Number::Absent,
        true => Number::Is(text.parse().unwrap_or(u64::MAX)),
        false => Number::Wrong,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Strong,
    Weak,
}

/// Whether a list of entity tags, or `*`, names this one. Ours hold no comma.
fn matches(list: &str, etag: &str, comparison: Comparison) -> bool {
    list.split(',')
        .map(str::trim)
        .any(|tag| match tag.strip_prefix("W/") {
            Some(weak) => comparison == Comparison::Weak && weak == etag,
            None => tag == "*" || tag == etag,
        })
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// A list header may come in several lines.
fn all(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let lines: Vec<&str> = headers
        .get_all(name)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .collect();
    (!lines.is_empty()).then(|| lines.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAG: &str = "\"abc\"";
    const AT: &str = "Thu, 01 Jan 2026 12:00:00 GMT";

    fn at(millis: u64) -> chrono::DateTime<chrono::Utc> {
        (SystemTime::from(parse(AT).unwrap()) + std::time::Duration::from_millis(millis)).into()
    }

    fn decided(pairs: &[(&str, &str)]) -> Outcome {
        let meta = BlobMeta {
            len: 1_000,
            etag: TAG.to_owned(),
            last_modified: at(700),
            content_type: None,
        };

        let pairs = pairs
            .iter()
            .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()));

        decide(&pairs.collect(), &meta)
    }

    fn check(rows: &[(&[(&str, &str)], Outcome)]) {
        for (headers, outcome) in rows {
            assert_eq!(decided(headers), *outcome, "{headers:?}");
        }
    }

    const fn of(first: u64, last: u64) -> Outcome {
        Outcome::Part { first, last }
    }

    #[test]
    fn one_range_is_cut_to_the_file_and_others_mean_the_whole() {
        check(&[
            (&[], Outcome::Whole),
            (&[("range", "bytes=0-0")], of(0, 0)),
            (&[("range", "bytes=0-999")], of(0, 999)),
            (&[("range", "bytes=0-1000")], of(0, 999)),
            (&[("range", "bytes=999-")], of(999, 999)),
            (&[("range", "bytes=1000-")], Outcome::Unsatisfiable),
            (&[("range", "bytes=1000-2000")], Outcome::Unsatisfiable),
            (
                &[("range", "bytes=99999999999999999999-")],
                Outcome::Unsatisfiable,
            ),
            (&[("range", "bytes=-1")], of(999, 999)),
            (&[("range", "bytes=-1000")], of(0, 999)),
            (&[("range", "bytes=-5000")], of(0, 999)),
            (&[("range", "bytes=-0")], Outcome::Unsatisfiable),
            (&[("range", "bytes=5-4")], Outcome::Whole),
            (&[("range", "bytes=0-1,5-6")], Outcome::Whole),
            (&[("range", "bytes=-")], Outcome::Whole),
            (&[("range", "bytes=a-b")], Outcome::Whole),
            (&[("range", "bytes=+1-2")], Outcome::Whole),
            (&[("range", "lines=0-1")], Outcome::Whole),
        ]);
    }

    #[test]
    fn an_empty_file_has_no_range() {
        let meta = BlobMeta {
            len: 0,
            etag: TAG.to_owned(),
            last_modified: at(0),
            content_type: None,
        };

        for range in ["bytes=0-", "bytes=0-0", "bytes=-1"] {
            let headers = HeaderMap::from_iter([(header::RANGE, range.parse().unwrap())]);
            assert_eq!(decide(&headers, &meta), Outcome::Unsatisfiable, "{range}");
        }
    }

    #[test]
    fn conditions_are_weighed_in_the_order_of_the_rfc() {
        check(&[
            (&[("if-none-match", TAG)], Outcome::NotModified),
            (&[("if-none-match", "W/\"abc\"")], Outcome::NotModified),
            (&[("if-none-match", "\"x\", \"abc\"")], Outcome::NotModified),
            (&[("if-none-match", "*")], Outcome::NotModified),
            (&[("if-none-match", "\"x\"")], Outcome::Whole),
            (&[("if-modified-since", AT)], Outcome::NotModified),
            (
                &[("if-modified-since", "Thursday, 01-Jan-26 12:00:00 GMT")],
                Outcome::NotModified,
            ),
            (
                &[("if-modified-since", "Thu Jan  1 12:00:00 2026")],
                Outcome::NotModified,
            ),
            (
                &[("if-modified-since", "Thu, 01 Jan 2026 11:59:59 GMT")],
                Outcome::Whole,
            ),
            (&[("if-modified-since", "yesterday")], Outcome::Whole),
            // A tag that differs outweighs a date that does not.
            (
                &[("if-none-match", "\"x\""), ("if-modified-since", AT)],
                Outcome::Whole,
            ),
            (&[("if-match", "\"x\"")], Outcome::Failed),
            (&[("if-match", "W/\"abc\"")], Outcome::Failed),
            (&[("if-match", TAG), ("range", "bytes=0-1")], of(0, 1)),
            (
                &[("if-unmodified-since", "Thu, 01 Jan 2026 11:59:59 GMT")],
                Outcome::Failed,
            ),
            (&[("if-unmodified-since", AT)], Outcome::Whole),
            (
                &[("if-none-match", TAG), ("range", "bytes=0-1")],
                Outcome::NotModified,
            ),
        ]);
    }

    #[test]
    fn a_range_of_another_version_gets_the_whole() {
        check(&[
            (&[("range", "bytes=0-1"), ("if-range", TAG)], of(0, 1)),
            (
                &[("range", "bytes=0-1"), ("if-range", "W/\"abc\"")],
                Outcome::Whole,
            ),
            (&[("range", "bytes=0-1"), ("if-range", "\"x\"")], Outcome::Whole),
            (&[("range", "bytes=0-1"), ("if-range", AT)], of(0, 1)),
            (
                &[
                    ("range", "bytes=0-1"),
                    ("if-range", "Thu, 01 Jan 2026 11:59:59 GMT"),
                ],
                Outcome::Whole,
            ),
            (&[("range", "bytes=5000-"), ("if-range", "\"x\"")], Outcome::Whole),
        ]);
    }
}
