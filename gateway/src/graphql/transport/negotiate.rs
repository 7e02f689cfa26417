//! How a client wants to read what GraphQL answers, by its `Accept` header: one result as JSON in two media types, or a
//! stream of results in two formats. Knows nothing of operations.

use gql::transport::StreamFormat;
use http::{HeaderMap, HeaderValue};

use crate::extract::{Offer, Preferences};

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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    Single(Media),
    Stream(StreamFormat),
}

/// In this order, which also decides between media types that one `*/*` stands for. A stream is something that a client
/// must ask for by name, and the multipart one by its version.
static OFFERS: [Offer<Delivery>; 4] = [
    Offer::new("application", "json", Delivery::Single(Media::Json)),
    Offer::new(
        "application",
        "graphql-response+json",
        Delivery::Single(Media::GraphqlResponse),
    ),
    Offer::by_name("text", "event-stream", Delivery::Stream(StreamFormat::Sse)),
    Offer {
        parameter: Some(("subscriptionSpec", "1.0")),
        ..Offer::by_name("multipart", "mixed", Delivery::Stream(StreamFormat::Multipart))
    },
];

/// What a client can read.
pub(super) struct Accept(Preferences<Delivery, 4>);

impl Accept {
    /// A client that names nothing gets `application/json`.
    pub(super) fn read(headers: &HeaderMap) -> Self {
        Self(Preferences::read(headers, &OFFERS))
    }

    /// How one result may be sent. `None` when nothing that we have can be read by the client.
    pub(super) fn result(&self) -> Option<Delivery> {
        self.0.best(|_| true)
    }

    /// How a batch, or an error, may be sent.
    pub(super) fn single(&self) -> Option<Media> {
        match self.0.best(|delivery| matches!(delivery, Delivery::Single(_))) {
            Some(Delivery::Single(media)) => Some(media),
            _ => None,
        }
    }

    /// How a subscription may be sent.
    pub(super) fn stream(&self) -> Option<StreamFormat> {
        match self.0.best(|delivery| matches!(delivery, Delivery::Stream(_))) {
            Some(Delivery::Stream(format)) => Some(format),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use http::header;

    use super::*;

    fn accept(lines: &[&str]) -> Accept {
        let lines = lines
            .iter()
            .map(|line| (header::ACCEPT, HeaderValue::from_str(line).unwrap()));
        let mut headers = HeaderMap::new();
        lines.for_each(|(name, value)| {
            headers.append(name, value);
        });
        Accept::read(&headers)
    }

    const JSON: Option<Delivery> = Some(Delivery::Single(Media::Json));
    const RESPONSE: Option<Delivery> = Some(Delivery::Single(Media::GraphqlResponse));
    const SSE: Option<Delivery> = Some(Delivery::Stream(StreamFormat::Sse));
    const MULTIPART: Option<Delivery> = Some(Delivery::Stream(StreamFormat::Multipart));

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
            (Some(StreamFormat::Sse), Some(Media::Json))
        );

        let apollo = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/graphql-response+json,application/json;q=0.9";
        assert_eq!(accept(&[apollo]).stream(), Some(StreamFormat::Multipart));
        assert_eq!(accept(&[apollo]).single(), Some(Media::GraphqlResponse));
        assert_eq!(accept(&["text/event-stream"]).single(), None);
    }
}
