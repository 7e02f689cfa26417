//! The circuit breaker: when it opens, what it lets through, and that it never holds up another provider.

use super::*;
use crate::llm::testing::Script;

const MINUTE: Duration = Duration::from_secs(60);

/// Five failures in a row: three calls, then two.
async fn opened() -> Rig {
    let rig = Rig::new(&[ProviderKind::Anthropic]).await;
    rig.fake().otherwise(|_| Script::status(500));
    for _ in 0..2 {
        assert!(rig.ask().await.0.is_err());
    }
    rig
}

fn state(rig: &Rig) -> BreakerState {
    rig.gateway.providers()[0].1
}

#[tokio::test]
async fn five_failures_in_a_row_open_the_breaker_and_end_the_retries() {
    let rig = opened().await;
    assert_eq!(rig.fake().asked().len(), 5, "the sixth call is not made");
    assert_eq!(rig.slept(), [2, 4, 2], "nor waited for");
    assert_eq!(state(&rig), BreakerState::Open);
}

/// Operators look for this line; it is part of the contract.
#[tokio::test]
async fn an_opening_breaker_says_so_in_the_log() {
    let lines = Lines::default();
    let _guards = lines.collect(tracing::Level::WARN);

    opened().await;

    let log = lines.text();
    assert_eq!(
        log.matches("Circuit breaker OPEN for provider: p0").count(),
        1,
        "{log}"
    );
}

#[tokio::test]
async fn an_open_breaker_fails_at_once_and_says_when_to_come_back() {
    let rig = opened().await;
    let waits = rig.slept().len();
    rig.clock.advance(Duration::from_secs(20));
    let failure = cause(rig.ask().await.0, "open");
    assert_eq!(failure.kind, FailureKind::BreakerOpen);
    assert_eq!(failure.retry_after, Some(Duration::from_secs(40)));
    assert_eq!(rig.fake().asked().len(), 5);
    assert_eq!(rig.slept().len(), waits);
}

#[tokio::test]
async fn an_open_breaker_hands_over_to_the_next_provider() {
    let rig = Rig::new(&[ProviderKind::Anthropic, ProviderKind::OpenAi]).await;
    rig.fakes[0].otherwise(|_| Script::status(500));
    rig.fakes[1].otherwise(|_| Script::say("Hello."));

    for _ in 0..3 {
        assert_eq!(rig.ask().await.0.expect("an answer").model, "p1/m");
    }

    assert_eq!(rig.fakes[0].asked().len(), 5);
    assert_eq!(rig.fakes[1].asked().len(), 3);

    let states: Vec<BreakerState> = rig
        .gateway
        .providers()
        .into_iter()
        .map(|(_, state)| state)
        .collect();

    assert_eq!(states, [BreakerState::Open, BreakerState::Closed]);
}

#[tokio::test]
async fn after_a_minute_a_good_answer_closes_the_breaker() {
    let rig = opened().await;
    rig.clock.advance(MINUTE);
    assert_eq!(state(&rig), BreakerState::HalfOpen);
    rig.fake().will([Script::say("Hello.")]);
    rig.ask().await.0.expect("an answer");
    assert_eq!(state(&rig), BreakerState::Closed);
}

#[tokio::test]
async fn after_a_minute_a_failure_opens_it_again_at_once() {
    let rig = opened().await;
    rig.clock.advance(MINUTE);
    assert!(rig.ask().await.0.is_err());
    assert_eq!(rig.fake().asked().len(), 6, "one probe and no retry");
    assert_eq!(state(&rig), BreakerState::Open);
}

#[tokio::test]
async fn a_half_open_breaker_lets_two_probes_through() {
    let rig = opened().await;
    rig.clock.advance(MINUTE);
    rig.fake().will([Script::Hang, Script::Hang]);

    let probe = || {
        let gateway = rig.gateway.clone();
        tokio::spawn(async move { gateway.complete(&call(), request(), &mut Silent).await })
    };
    let probes = [probe(), probe()];

    rig.fake().until_asked(7).await;

    let failure = cause(rig.ask().await.0, "third");
    assert_eq!(failure.kind, FailureKind::BreakerOpen);
    assert_eq!(rig.fake().asked().len(), 7);

    // A probe that is given up makes room for another.
    for probe in probes {
        probe.abort();
        let _ = probe.await;
    }

    rig.fake().will([Script::say("Hello.")]);
    rig.ask().await.0.expect("an answer");

    assert_eq!(state(&rig), BreakerState::Closed);
}

#[tokio::test]
async fn a_good_answer_between_failures_starts_the_count_anew() {
    let rig = Rig::new(&[ProviderKind::OpenAi]).await;
    for _ in 0..3 {
        rig.fake()
            .will([Script::status(503), Script::status(503), Script::say("Hello.")]);
        rig.ask().await.0.expect("an answer");
    }
    assert_eq!(state(&rig), BreakerState::Closed);
}

#[tokio::test]
async fn requests_that_are_wrong_do_not_open_the_breaker() {
    let rig = Rig::new(&[ProviderKind::OpenAi]).await;
    rig.fake().otherwise(|_| Script::status(400));
    for _ in 0..6 {
        assert!(rig.ask().await.0.is_err());
    }
    assert_eq!(state(&rig), BreakerState::Closed);
    assert_eq!(rig.fake().asked().len(), 6);
}
