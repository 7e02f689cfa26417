//! What a client can read, by its `Accept` header (RFC 9110, 12.5.1), compared with what a handler can write. Knows no
//! media type of its own.

use std::cmp::Reverse;

use http::{HeaderMap, header};

/// One media type that a handler can write.
pub(crate) struct Offer<T: 'static> {
    pub(crate) kind: &'static str,
    pub(crate) subtype: &'static str,
    /// Whether ranges such as `*/*` stand for it too. A stream is something that a client must ask for by name.
    pub(crate) in_ranges: bool,
    /// A parameter without which the name means something else.
    pub(crate) parameter: Option<(&'static str, &'static str)>,
    pub(crate) value: T,
}

impl<T> Offer<T> {
    pub(crate) const fn new(kind: &'static str, subtype: &'static str, value: T) -> Self {
        Self {
            kind,
            subtype,
            in_ranges: true,
            parameter: None,
            value,
        }
    }

    pub(crate) const fn by_name(kind: &'static str, subtype: &'static str, value: T) -> Self {
        Self {
            kind,
            subtype,
            in_ranges: false,
            parameter: None,
            value,
        }
    }

    /// How exactly a range names it; `None` when the range is about something else.
    fn named_by(&self, range: &MediaRange<'_>) -> Option<Exactness> {
        let exactness = match (range.kind, range.subtype) {
            ("*", "*") => Exactness::Any,
            (kind, "*") if kind.eq_ignore_ascii_case(self.kind) => Exactness::AnyOfKind,
            (kind, subtype)
                if kind.eq_ignore_ascii_case(self.kind) && subtype.eq_ignore_ascii_case(self.subtype) =>
            {
                Exactness::Exact
            }
            _ => return None,
        };

        let by_name = exactness == Exactness::Exact
            && self
                .parameter
                .is_none_or(|(name, value)| range.parameter(name) == Some(value));
        (self.in_ranges || by_name).then_some(exactness)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Exactness {
    Any,
    AnyOfKind,
    Exact,
}

/// How much a client wants a media type: the quality it gave, then how exactly it named it, then what it named first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Preference {
    thousandths: u16,
    exactness: Exactness,
    position: Reverse<usize>,
}

/// Some offers, and how much a client wants each. The order of the offers decides between those that one range stands for.
pub(crate) struct Preferences<T: 'static, const N: usize> {
    offers: &'static [Offer<T>; N],
    preferences: [Option<Preference>; N],
}

impl<T: Copy, const N: usize> Preferences<T, N> {
    /// A client that names nothing can read anything.
    pub(crate) fn read(headers: &HeaderMap, offers: &'static [Offer<T>; N]) -> Self {
        let lines = headers.get_all(header::ACCEPT).into_iter();
        let lines = lines.map(|line| line.to_str().unwrap_or_default());
        let ranges = lines
            .flat_map(|line| split(line, ','))
            .filter(|range| !range.is_empty());

        let mut all = Self {
            offers,
            preferences: [None; N],
        };
        let mut named = 0;
        for range in ranges {
            all.note(range, named);
            named += 1;
        }
        if named == 0 {
            all.note("*/*", 0);
        }
        all
    }

    fn note(&mut self, range: &str, position: usize) {
        let Some(range) = MediaRange::parse(range) else {
            return;
        };

        for (offer, known) in self.offers.iter().zip(&mut self.preferences) {
            let Some(exactness) = offer.named_by(&range) else {
                continue;
            };
            if known.is_none_or(|known| known.exactness < exactness) {
                *known = Some(Preference {
                    thousandths: range.thousandths,
                    exactness,
                    position: Reverse(position),
                });
            }
        }
    }

    /// What the client would like best, of what fits; `None` when it can read none of it.
    pub(crate) fn best(&self, fits: impl Fn(T) -> bool) -> Option<T> {
        let offers = self.offers.iter().zip(&self.preferences).enumerate();

        offers
            .filter_map(|(index, (offer, preference))| Some((index, offer.value, (*preference)?)))
            .filter(|(_, value, preference)| preference.thousandths > 0 && fits(*value))
            .max_by_key(|(index, _, preference)| (*preference, Reverse(*index)))
            .map(|(_, value, _)| value)
    }
}

/// One item of the header.
struct MediaRange<'a> {
    kind: &'a str,
    subtype: &'a str,
    parameters: Vec<(&'a str, &'a str)>,
    thousandths: u16,
}

impl<'a> MediaRange<'a> {
    /// `None` for what is no media range, and for one in a charset that we never write.
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = split(text, ';');
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let parameters = parts
            .filter_map(|parameter| parameter.split_once('='))
            .map(|(name, value)| (name.trim(), value.trim().trim_matches('"')))
            .collect();

        let mut range = Self {
            kind,
            subtype,
            parameters,
            thousandths: 1_000,
        };
        if let Some(text) = range.parameter("q") {
            range.thousandths = parse_quality(text)?;
        }

        let charset = range.parameter("charset");
        charset
            .is_none_or(|charset| charset.eq_ignore_ascii_case("utf-8"))
            .then_some(range)
    }

    fn parameter(&self, name: &str) -> Option<&'a str> {
        let mut all = self.parameters.iter();
        all.find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| *value)
    }
}

/// `0` to `1` with at most three decimals, in thousandths.
fn parse_quality(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }

    let decimals: u16 = format!("{decimals:0<3}").parse().ok()?;
    match whole {
        "0" => Some(decimals),
        "1" if decimals == 0 => Some(1_000),
        _ => None,
    }
}

/// Parts between separators that are not within quotes, trimmed.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;

    text.split(move |letter| {
        quoted ^= letter == '"';
        letter == separator && !quoted
    })
    .map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    static OFFERS: [Offer<char>; 3] = [
        Offer::new("application", "json", 'j'),
        Offer::new("text", "plain", 't'),
        Offer::by_name("text", "event-stream", 's'),
    ];

    fn best(line: &str) -> Option<char> {
        let headers = HeaderMap::from_iter([(header::ACCEPT, line.parse().unwrap())]);
        Preferences::read(&headers, &OFFERS).best(|_| true)
    }

    #[test]
    fn quality_then_exactness_then_order_decide() {
        for (line, expected) in [
            ("*/*", Some('j')),
            ("text/*", Some('t')),
            ("text/plain, application/json", Some('t')),
            ("text/plain;q=0.9, application/json", Some('j')),
            ("*/*, text/plain", Some('t')),
            ("*/*;q=0.1, text/plain;q=0", Some('j')),
            ("text/event-stream", Some('s')),
            ("image/png", None),
            ("text/plain;charset=utf-16", None),
            ("text/plain;q=0.1234", None),
        ] {
            assert_eq!(best(line), expected, "{line}");
        }
    }
}
