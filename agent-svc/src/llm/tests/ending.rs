//! Answers that end otherwise than with a full stop: refusals, the token limit, cancellation, the deadline.

use kit::error::{ErrorKind, ServiceError};

use super::*;
use crate::llm::testing::{Answer, End, Ending, Script};

#[tokio::test]
async fn a_refusal_is_said_so_and_nobody_else_is_asked() {
    for ending in [Ending::Refusal, Ending::Blocked] {
        for kind in KINDS {
            for streaming in [true, false] {
                let name = format!("{ending:?}, {kind:?}, streaming {streaming}");
                let set = |config: &mut ModelsConfig| {
                    config
                        .providers
                        .values_mut()
                        .for_each(|p| p.streaming = streaming)
                };
                let rig = Rig::with(&[kind, ProviderKind::OpenAi], set).await;
                rig.fake()
                    .will([Answer::new("I cannot help with that.").finish(ending).into()]);

                let (reply, _) = rig.ask().await;
                let error = reply.err().unwrap_or_else(|| panic!("{name}"));

                assert!(matches!(error, LlmError::Refused { .. }), "{name}: {error:?}");
                assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{name}");
                assert!(error.public_message().contains("declined"), "{name}");
                assert_eq!(rig.fake().asked().len(), 1, "{name}");
                assert!(rig.fakes[1].asked().is_empty(), "{name}");
                assert_eq!(rig.outcomes(), [Outcome::Refused], "{name}");
            }
        }
    }
}

#[tokio::test]
async fn an_answer_at_the_token_limit_is_an_error_and_not_half_an_answer() {
    for (name, rig) in Rig::each().await {
        rig.fake()
            .will([Answer::new("Once upon a").finish(Ending::Length).into()]);

        let (reply, _) = rig.ask().await;
        assert!(
            matches!(
                reply,
                Err(LlmError::Truncated {
                    max_tokens: 1_000,
                    most: 4_000,
                    ..
                })
            ),
            "{name}: {reply:?}"
        );
        assert_eq!(rig.fake().asked().len(), 1, "{name}");
        assert_eq!(rig.outcomes(), [Outcome::Truncated], "{name}");
        assert_eq!(rig.booked()[0].usage.output_tokens, 20, "{name}");
    }
}

#[tokio::test]
async fn dropping_the_call_closes_the_socket_to_the_provider() {
    let stalled = || Answer::new("Once upon").end(End::Stalls).into();

    for (name, rig) in Rig::each().await {
        for script in [Script::Hang, stalled()] {
            let before = rig.fake().asked().len();
            rig.fake().will([script]);

            let gateway = rig.gateway.clone();
            let task = tokio::spawn(async move { gateway.complete(&call(), request(), &mut Silent).await });

            rig.fake().until_asked(before + 1).await;
            task.abort();

            let closed = rig.fake().until_closed(before + 1);
            tokio::time::timeout(Duration::from_secs(1), closed)
                .await
                .unwrap_or_else(|_| panic!("{name}: still open"));
        }

        assert_eq!(rig.outcomes(), [Outcome::Aborted; 2], "{name}");
    }
}

#[tokio::test]
async fn cancelling_the_token_ends_the_call_and_closes_the_socket() {
    let rig = Rig::new(&[ProviderKind::Anthropic]).await;
    rig.fake()
        .will([Answer::new("Once upon").end(End::Stalls).into()]);

    let (gateway, call) = (rig.gateway.clone(), call());
    let cancel = call.cancel.clone();
    let task = tokio::spawn(async move { gateway.complete(&call, request(), &mut Silent).await });

    rig.fake().until_asked(1).await;
    cancel.cancel();

    let reply = task.await.expect("the task ends");
    assert!(matches!(reply, Err(LlmError::Cancelled)), "{reply:?}");

    tokio::time::timeout(Duration::from_secs(1), rig.fake().until_closed(1))
        .await
        .expect("a closed socket");
}

#[tokio::test]
async fn a_cancelled_answer_is_booked_with_the_input_that_was_paid_for() {
    let rig = Rig::new(&[ProviderKind::Anthropic]).await;
    rig.fake()
        .will([Answer::new("Once upon").end(End::Stalls).into()]);

    let (sender, mut events) = tokio::sync::mpsc::channel(8);
    let gateway = rig.gateway.clone();
    let task = tokio::spawn(async move {
        let mut sink = sender;
        gateway.complete(&call(), request(), &mut sink).await
    });

    assert!(matches!(events.recv().await, Some(Event::Delta(_))));

    task.abort();
    rig.fake().until_closed(1).await;

    let [booked] = &rig.booked()[..] else {
        panic!("{:?}", rig.booked())
    };
    assert_eq!(booked.usage.outcome, Outcome::Aborted);
    assert_eq!(booked.usage.input_tokens, 100);
}

#[tokio::test]
async fn the_deadline_ends_the_call_with_all_its_retries() {
    for (name, rig) in Rig::each().await {
        rig.fake().otherwise(|_| Script::Hang);

        let deadline = Some(Instant::now() + Duration::from_millis(100));
        let reply = rig
            .gateway
            .complete(&Call { deadline, ..call() }, request(), &mut Silent)
            .await;

        assert!(
            matches!(reply, Err(LlmError::DeadlineExceeded)),
            "{name}: {reply:?}"
        );

        tokio::time::timeout(Duration::from_secs(1), rig.fake().until_closed(1))
            .await
            .expect("a closed socket");
    }
}
