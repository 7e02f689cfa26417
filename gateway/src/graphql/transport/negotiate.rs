//! What a client can read, by its `Accept` header (RFC 9110, 12.5.1): one result as JSON in two media types, or a stream
//! of results in two formats. Knows nothing of operations.

use std::cmp::Reverse;

use http::{HeaderMap, HeaderValue, header};

/// The media type of one result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    /// `application/json`: what clients understood before GraphQL had a media type of its own.
    Json,
    /// `application/graphql-response+json`.
    GraphqlResponse,
}

impl Media {
    pub(super) fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Json => "application/json; charset=utf-8",
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
        })
    }
}

/// The format of a stream of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// `text/event-stream`, as the "distinct connections mode" of graphql-sse.
    Sse,
    /// `multipart/mixed;subscriptionSpec=1.0`, Apollo's protocol.
    Multipart,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    Single(Media),
    Stream(Format),
}

const MULTIPART: usize = 3;
/// In this order, which also decides between media types that one `*/*` stands for.
const KINDS: [(&str, &str, Delivery); 4] = [
    ("application", "json", Delivery::Single(Media::Json)),
    (
        "application",
        "graphql-response+json",
        Delivery::Single(Media::GraphqlResponse),
    ),
    ("text", "event-stream", Delivery::Stream(Format::Sse)),
    ("multipart", "mixed", Delivery::Stream(Format::Multipart)),
];

/// How much a client wants a media type: the quality it gave, then how exactly it named it, then what it named first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Wish {
    thousandths: u16,
    exactness: u8,
    position: Reverse<usize>,
}

const ANY: u8 = 0;
const ANY_OF_TYPE: u8 = 1;
const EXACT: u8 = 2;

/// The wishes for each of [`KINDS`].
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Accept([Option<Wish>; 4]);

impl Accept {
    /// A client that names nothing gets `application/json`.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut accept = Self::default();
        let mut position = 0;
        for line in headers.get_all(header::ACCEPT) {
            for range in split(line.to_str().unwrap_or_default(), ',') {
                position += usize::from(!range.is_empty());
                accept.note(range, position);
            }
        }

        if position == 0 {
            accept.note("*/*", 1);
        }

        accept
    }

    fn note(&mut self, range: &str, position: usize) {
        let mut parts = split(range, ';');
        let Some((kind, subtype)) = parts.next().and_then(|essence| essence.split_once('/')) else {
            return;
        };
        let parameters: Vec<(&str, &str)> = parts
            .filter_map(|parameter| parameter.split_once('='))
            .map(|(name, value)| (name.trim(), value.trim().trim_matches('"')))
            .collect();

        let value = |name: &str| {
            let mut all = parameters.iter();
            all.find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| *v)
        };
        let Some(thousandths) = value("q").map_or(Some(1_000), quality) else {
            return;
        };

        if value("charset").is_some_and(|charset| !charset.eq_ignore_ascii_case("utf-8")) {
            return;
        }

        for (index, (our_kind, our_subtype, delivery)) in KINDS.iter().enumerate() {
            let exactness = match (kind, subtype) {
                ("*", "*") => ANY,
                (_, "*") if kind.eq_ignore_ascii_case(our_kind) => ANY_OF_TYPE,
                _ if kind.eq_ignore_ascii_case(our_kind) && subtype.eq_ignore_ascii_case(our_subtype) => {
                    EXACT
                }
                _ => continue,
            };

            // A stream is something that a client must ask for by name, and the multipart one by its version.
            let is_stream = matches!(delivery, Delivery::Stream(_));
            let named =
                exactness == EXACT && (index != MULTIPART || value("subscriptionSpec") == Some("1.0"));
            if is_stream && !named {
                continue;
            }

            let known = &mut self.0[index];
            if known.is_none_or(|known| known.exactness < exactness) {
                *known = Some(Wish {
                    thousandths,
                    exactness,
                    position: Reverse(position),
                });
            }
        }
    }

    fn best(&self, fits: impl Fn(Delivery) -> bool) -> Option<Delivery> {
        let wishes = KINDS.iter().zip(&self.0).enumerate();
        wishes
            .filter_map(|(index, ((.., delivery), wish))| Some((index, *delivery, (*wish)?)))
            .filter(|(_, delivery, wish)| wish.thousandths > 0 && fits(*delivery))
            .max_by_key(|(index, _, wish)| (*wish, Reverse(*index)))
            .map(|(_, delivery, _)| delivery)
    }

    /// How one result may be sent. `None` when nothing that we have can be read by the client.
    pub(super) fn result(&self) -> Option<Delivery> {
        self.best(|_| true)
    }

    /// How a batch, or an error, may be sent.
    pub(super) fn single(&self) -> Option<Media> {
        match self.best(|delivery| matches!(delivery, Delivery::Single(_))) {
            Some(Delivery::Single(media)) => Some(media),
            _ => None,
        }
    }

    /// How a subscription may be sent.
    pub(super) fn stream(&self) -> Option<Format> {
        match self.best(|delivery| matches!(delivery, Delivery::Stream(_))) {
            Some(Delivery::Stream(format)) => Some(format),
            _ => None,
        }
    }
}

/// `0` to `1` with at most three decimals, in thousandths.
fn quality(text: &str) -> Option<u16> {
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

    fn accept(lines: &[&str]) -> Accept {
        let lines = lines
            .iter()
            .map(|line| (header::ACCEPT, HeaderValue::from_str(line).unwrap()));
        let mut headers = HeaderMap::new();
        lines.for_each(|(name, value)| {
            headers.append(name, value);
        });
        Accept::of(&headers)
    }

    const JSON: Option<Delivery> = Some(Delivery::Single(Media::Json));
    const RESPONSE: Option<Delivery> = Some(Delivery::Single(Media::GraphqlResponse));
    const SSE: Option<Delivery> = Some(Delivery::Stream(Format::Sse));
    const MULTIPART: Option<Delivery> = Some(Delivery::Stream(Format::Multipart));

    #[test]
    fn the_highest_quality_wins_then_the_exact_name_then_the_first_named() {
        let rows: &[(&[&str], Option<Delivery>)] = &[
            (&[], JSON),
            (&[""], JSON),
            (&["*/*"], JSON),
            (&["application/*"], JSON),
            (&["application/json"], JSON),
            (&["Application/GraphQL-Response+JSON"], RESPONSE),
            (
                &["application/graphql-response+json, application/json;q=0.9"],
                RESPONSE,
            ),
            (
                &["application/graphql-response+json;q=0.8, application/json;q=0.9"],
                JSON,
            ),
            (&["application/json, application/graphql-response+json"], JSON),
            (&["application/graphql-response+json, application/json"], RESPONSE),
            (
                &["application/json;q=0.5", "application/graphql-response+json"],
                RESPONSE,
            ),
            (&["*/*, application/graphql-response+json"], RESPONSE),
            (&["*/*;q=0.9, application/graphql-response+json;q=0.1"], JSON),
            (&["application/json;q=0, */*"], RESPONSE),
            (&["application/json; charset=UTF-8"], JSON),
            (&["text/html,application/xhtml+xml,*/*;q=0.8"], JSON),
            (&["text/event-stream"], SSE),
            (&["text/event-stream;q=0.9, application/json"], JSON),
            (
                &["multipart/mixed;boundary=\"a,b\";subscriptionSpec=1.0, application/json;q=0.9"],
                MULTIPART,
            ),
            (&["multipart/mixed;subscriptionSpec=\"1.0\""], MULTIPART),
            (&["multipart/mixed;deferSpec=20220824, application/json"], JSON),
        ];

        for (lines, expected) in rows {
            assert_eq!(accept(lines).result(), *expected, "{lines:?}");
        }
    }

    #[test]
    fn what_we_do_not_have_or_what_is_refused_with_q_0_is_not_acceptable() {
        for lines in [
            "text/html",
            "text/*",
            "image/png, text/plain;q=0.5",
            "application/json;q=0",
            "*/*;q=0",
            "*/*;q=0.000",
            "application/json;charset=utf-16",
            "multipart/mixed",
            "multipart/*",
            "multipart/mixed;subscriptionSpec=2.0",
            "nonsense",
            "application/json;q=2",
            "application/json;q=0.1234",
            "application/json;q=x",
        ] {
            assert_eq!(accept(&[lines]).result(), None, "{lines}");
        }
    }

    #[test]
    fn a_stream_is_only_sent_to_who_asked_for_one_by_name() {
        assert_eq!(accept(&["*/*"]).stream(), None);
        assert_eq!(accept(&["application/json"]).stream(), None);

        let both = accept(&["application/json, text/event-stream;q=0.1"]);
        assert_eq!(
            (both.stream(), both.single()),
            (Some(Format::Sse), Some(Media::Json))
        );

        let apollo = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/graphql-response+json,application/json;q=0.9";
        assert_eq!(accept(&[apollo]).stream(), Some(Format::Multipart));
        assert_eq!(accept(&[apollo]).single(), Some(Media::GraphqlResponse));
        assert_eq!(accept(&["text/event-stream"]).single(), None);
    }
}
