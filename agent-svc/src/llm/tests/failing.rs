//! Failures that may pass: what is tried again, after which wait, and what the caller hears meanwhile.

use kit::error::{ErrorKind, ServiceError};

use super::*;
use crate::llm::testing::{Answer, End, Script};

#[tokio::test]
async fn a_passing_failure_is_tried_again_after_a_wait() {
    for status in [429, 500, 502, 503, 504, 529] {
        for (name, rig) in Rig::each().await {
            let failure = if status == 429 {
                Script::retry_after(429, "2")
            } else {
                Script::status(status)
            };
            rig.fake().will([failure, Script::say("Hello.")]);

            let (reply, events) = rig.ask().await;
            let reply = reply.unwrap_or_else(|error| panic!("{name}, {status}: {error:?}"));

            assert_eq!(reply.text(), "Hello.", "{name}, {status}");
            assert_eq!(rig.slept(), [2], "{name}, {status}");
            assert_eq!(rig.outcomes(), [Outcome::Failed, Outcome::Ok], "{name}, {status}");
            assert!(
                !events.contains(&Event::Restart),
                "{name}, {status}: nothing had been shown"
            );
        }
    }
}

#[tokio::test]
async fn a_model_is_asked_three_times_and_no_more() {
    for (name, rig) in Rig::each().await {
        rig.fake().otherwise(|_| Script::status(503));

        let (reply, _) = rig.ask().await;
        match reply {
            Err(LlmError::Unavailable {
                model,
                attempts: 3,
                cause,
            }) => {
                assert_eq!(model, "p0/m", "{name}");
                assert_eq!(
                    (cause.kind, cause.status),
                    (FailureKind::Overloaded, Some(503)),
                    "{name}"
                );
            }
            other => panic!("{name}: {other:?}"),
        }

        assert_eq!(rig.fake().asked().len(), 3, "{name}");
        assert_eq!(rig.slept(), [2, 4], "{name}");
    }
}

#[tokio::test]
async fn retry_after_is_honoured_in_seconds_and_as_a_date() {
    for (name, rig) in Rig::each().await {
        // The manual clock stands at noon of 1 January 2026.
        let date = "Thu, 01 Jan 2026 12:00:09 GMT";
        rig.fake().will([
            Script::retry_after(429, "7"),
            Script::retry_after(503, date),
            Script::say("Hello."),
        ]);

        let (reply, _) = rig.ask().await;
        reply.unwrap_or_else(|error| panic!("{name}: {error:?}"));

        assert_eq!(rig.slept(), [7, 9], "{name}");
    }
}

#[tokio::test]
async fn gemini_says_in_the_body_when_to_come_back() {
    let rig = Rig::new(&[ProviderKind::Gemini]).await;
    rig.fake().will([Script::status(429), Script::say("Hello.")]);
    rig.ask().await.0.expect("an answer");
    assert_eq!(rig.slept(), [7]);
}

#[tokio::test]
async fn a_wait_beyond_the_deadline_fails_at_once_and_says_when_to_come_back() {
    let rig = Rig::new(&[ProviderKind::OpenAi]).await;
    rig.fake().will([Script::retry_after(429, "3600")]);
    let (reply, _) = rig.ask().await;
    let error = reply.expect_err("a failure");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3_600)));
    assert!(rig.slept().is_empty());
    assert_eq!(rig.fake().asked().len(), 1);
}

#[tokio::test]
async fn a_silent_provider_times_out() {
    for kind in KINDS {
        let rig = Rig::with(&[kind], |config| config.first_byte_timeout_ms = 50).await;
        rig.fake().otherwise(|_| Script::Hang);
        let failure = cause(rig.ask().await.0, "silent");
        assert_eq!(failure.kind, FailureKind::Timeout, "{kind:?}");
        assert_eq!(rig.fake().asked().len(), 3, "{kind:?}");
        rig.fake().until_closed(3).await;
    }
}

#[tokio::test]
async fn a_stream_that_stalls_times_out() {
    for kind in KINDS {
        let rig = Rig::with(&[kind], |config| config.idle_timeout_ms = 50).await;
        rig.fake()
            .otherwise(|_| Answer::new("Once upon").end(End::Stalls).into());
        let failure = cause(rig.ask().await.0, "stalled");
        assert_eq!(failure.kind, FailureKind::Timeout, "{kind:?}");
        rig.fake().until_closed(3).await;
    }
}

#[tokio::test]
async fn an_answer_cut_short_is_never_an_answer() {
    for end in [End::Breaks, End::Stops] {
        for (name, rig) in Rig::each().await {
            rig.fake()
                .otherwise(move |_| Answer::new("Once upon a time").end(end).into());

            let (reply, _) = rig.ask().await;
            let failure = cause(reply, &format!("{name}, {end:?}"));

            assert!(
                matches!(
                    failure.kind,
                    FailureKind::Cut | FailureKind::Malformed | FailureKind::Connection
                ),
                "{name}, {end:?}: {failure}"
            );
            assert_eq!(rig.outcomes(), [Outcome::Failed; 3], "{name}, {end:?}");
        }
    }
}

#[tokio::test]
async fn text_shown_before_a_cut_is_taken_back_before_it_comes_again() {
    for end in [End::Breaks, End::Stops, End::Garbage, End::ErrorEvent] {
        for (name, rig) in Rig::each_streaming().await {
            let text = "Once upon a time";
            rig.fake()
                .will([Answer::new(text).end(end).into(), Script::say(text)]);

            let (reply, events) = rig.ask().await;
            let reply = reply.unwrap_or_else(|error| panic!("{name}, {end:?}: {error:?}"));

            assert_eq!(reply.text(), text, "{name}, {end:?}");
            assert_eq!(
                deltas(&events).concat(),
                format!("{text}{text}"),
                "{name}, {end:?}"
            );
            assert_eq!(shown(&events), text, "{name}, {end:?}");
        }
    }
}

#[tokio::test]
async fn a_broken_answer_costs_what_was_seen_of_it() {
    for kind in [ProviderKind::Anthropic, ProviderKind::Gemini] {
        let rig = Rig::one(kind, true).await;
        rig.fake().will([
            Answer::new("Once upon").end(End::Breaks).into(),
            Script::say("Hello."),
        ]);

        let (reply, _) = rig.ask().await;
        let usage = reply.expect("an answer").usage;

        assert_eq!(usage.len(), 2, "{kind:?}");
        assert_eq!(
            usage[0].input_tokens, 100,
            "{kind:?}: both name the input before the end"
        );
    }
}

#[tokio::test]
async fn malformed_answers_are_tried_again() {
    for (name, rig) in Rig::each().await {
        rig.fake().will([
            Answer::new("Hello").end(End::Garbage).into(),
            Script::say("Hello."),
        ]);

        let (reply, _) = rig.ask().await;
        assert_eq!(
            reply.unwrap_or_else(|error| panic!("{name}: {error:?}")).text(),
            "Hello.",
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_web_page_is_not_an_answer() {
    for (name, rig) in Rig::each().await {
        rig.fake().otherwise(|_| Script::WebPage);
        let failure = cause(rig.ask().await.0, &name);
        assert!(
            matches!(failure.kind, FailureKind::Malformed | FailureKind::Cut),
            "{name}: {failure}"
        );
    }
}

#[tokio::test]
async fn an_answer_without_a_word_is_not_an_answer() {
    for (name, rig) in Rig::each().await {
        rig.fake().will([Script::say(""), Script::say("Hello.")]);
        let (reply, _) = rig.ask().await;
        assert_eq!(
            reply.unwrap_or_else(|error| panic!("{name}: {error:?}")).text(),
            "Hello.",
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_a_passing_failure() {
    for kind in KINDS {
        let rig = Rig::new(&[kind]).await;
        let Rig {
            fakes,
            gateway,
            slept,
            ..
        } = rig;

        drop(fakes);

        let reply = gateway.complete(&call(), request(), &mut Silent).await;
        // The listener goes when its task is next polled; until then the connection breaks instead.
        let failure = cause(reply, "absent");

        assert_eq!(failure.kind, FailureKind::Connection, "{kind:?}");
        assert_eq!(slept.lock().expect("a lock").len(), 2, "{kind:?}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_the_key() {
    let rig = Rig::new(&[ProviderKind::Anthropic]).await;
    let elsewhere = FakeProvider::start(ProviderKind::Anthropic).await;
    let target = format!("{}messages", elsewhere.base_url());
    rig.fake().will([Script::Status {
        status: 307,
        headers: vec![("location", target)],
    }]);

    let (reply, _) = rig.ask().await;
    assert!(matches!(reply, Err(LlmError::Rejected { .. })), "{reply:?}");
    assert!(elsewhere.asked().is_empty());
}
