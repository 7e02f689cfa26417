//! Errors on their way to a client and back.

use super::*;

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("story {0} does not exist")]
    Missing(u32),
    #[error("could not read stories")]
    Store(#[source] std::io::Error),
    #[error("too many stories")]
    Busy,
}

impl ServiceError for Failure {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Missing(_) => ErrorKind::NotFound,
            Self::Store(_) => ErrorKind::Internal,
            Self::Busy => ErrorKind::ResourceExhausted,
        }
    }
    fn reason(&self) -> &'static str {
        match self {
            Self::Missing(_) => "STORY_NOT_FOUND",
            Self::Store(_) => "STORE_FAILED",
            Self::Busy => "BUSY",
        }
    }
    fn fields(&self) -> Vec<FieldViolation> {
        match self {
            Self::Missing(_) => vec![FieldViolation::new("story_id", "the id of one of your stories")],
            _ => vec![],
        }
    }
    fn retry_after(&self) -> Option<Duration> {
        matches!(self, Self::Busy).then(|| Duration::from_millis(1_200))
    }
}

#[test]
fn every_kind_survives_the_way_over_grpc() {
    for kind in ErrorKind::ALL {
        assert_eq!(ErrorKind::from_code(kind.grpc()), kind);
    }
}

#[test]
fn a_client_error_arrives_with_message_reason_and_fields() {
    let sent = Problem::from_error(&Failure::Missing(7));
    let got = Problem::from_status(&into_status(Failure::Missing(7)));
    assert_eq!(got, sent);
    assert_eq!(got.message, "story 7 does not exist");
    assert_eq!(got.fields[0].field, "story_id");
}

#[test]
fn an_internal_cause_never_reaches_the_client() {
    let status = into_status(Failure::Store(std::io::Error::other("disk sda1 on fire")));
    let text = format!("{status:?}");
    assert!(
        !text.contains("sda1") && !text.contains("could not read"),
        "{text}"
    );
    assert_eq!(Problem::from_status(&status).reason, "STORE_FAILED");
}

#[test]
fn a_retry_time_is_rounded_up() {
    let got = Problem::from_status(&into_status(Failure::Busy));
    assert_eq!(got.retry_after, Some(Duration::from_secs(2)));
}

#[test]
fn a_foreign_status_keeps_its_kind_but_not_its_internals() {
    let got = Problem::from_status(&Status::unavailable("tcp connect error: 10.0.0.7:5432"));
    assert_eq!(
        (got.kind, got.reason.as_str()),
        (ErrorKind::Unavailable, "UNAVAILABLE")
    );
    assert!(!got.message.contains("10.0.0.7"));

    let got = Problem::from_status(&Status::with_details(
        Code::NotFound,
        "no such thing",
        vec![0xff, 0xff].into(),
    ));

    assert_eq!(
        (got.kind, got.message.as_str()),
        (ErrorKind::NotFound, "no such thing")
    );
}

#[test]
fn the_log_shows_every_cause_once() {
    let err = Failure::Store(std::io::Error::other("disk full"));
    assert_eq!(Chain(&err).to_string(), "could not read stories: disk full");
}

#[test]
fn what_a_tier_lacks_arrives_with_its_name_and_the_least_tier() {
    for least_tier in [Some(Tier::Team), None] {
        let missing = MissingFeature {
            feature: "sso".to_owned(),
            least_tier,
        };
        let sent = Problem::not_in_tier(missing, "Upgrade to have it.");
        assert_eq!(
            (sent.kind, sent.reason.as_str()),
            (ErrorKind::PermissionDenied, FEATURE_NOT_AVAILABLE)
        );
        assert_eq!(Problem::from_status(&sent.clone().into_status()), sent);
    }
}
