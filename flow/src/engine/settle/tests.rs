//! One decision for every mixture of results.

use super::*;
use crate::retry::RetryPolicy;

fn result(outcome: Result<u32, NodeError>) -> TaskResult<u32> {
    let asked = matches!(&outcome, Err(e) if matches!(e.kind(), NodeErrorKind::Ask { .. }));
    let key = EffectKey {
        step: 1,
        node: "n".to_owned(),
        item: -1,
        key: "@ask:0".to_owned(),
    };

    TaskResult {
        node: "n".to_owned(),
        retry: RetryPolicy::fixed(3, Duration::from_secs(60)),
        outcome: outcome.map(|update| Done {
            update,
            events: vec![],
            last_words: vec![],
        }),
        answer_to: asked.then_some(key),
    }
}

fn ask() -> Result<u32, NodeError> {
    let question = Value::from("which way?");
    Err(NodeError::new(
        NodeErrorKind::Ask {
            question: Box::new(question),
        },
        "waiting",
    ))
}

fn nap(until: i64) -> Result<u32, NodeError> {
    Err(NodeError::sleep(
        DateTime::from_timestamp(until, 0).unwrap_or_default(),
    ))
}

fn retryable() -> Result<u32, NodeError> {
    Err(NodeError::retryable("not now"))
}

fn fatal() -> Result<u32, NodeError> {
    Err(NodeError::fatal("never"))
}

fn decide(outcomes: Vec<Result<u32, NodeError>>, attempt: u32, stopped: Option<StopReason>) -> String {
    let results = outcomes.into_iter().map(result).collect();
    match settle(results, RunId::nil(), 1, attempt, stopped) {
        Settled::Done(done) => format!("done {:?}", done.iter().map(|d| d.update).collect::<Vec<_>>()),
        Settled::Lost => "lost".to_owned(),
        Settled::Stopped(reason) => format!("stopped {reason:?}"),
        Settled::Failed(failure) => format!("failed: {}", failure.message),
        Settled::Asked(questions) => {
            let asked: Vec<_> = questions
                .iter()
                .map(|(question, _)| question.to_string())
                .collect();
            format!("asked {}", asked.join(" and "))
        }
        Settled::Sleep(until) => format!("sleep until {}", until.timestamp()),
        Settled::Retry { wait, events } => format!("retry in {wait:?}, {} told", events.len()),
    }
}

#[test]
fn results_are_settled_by_the_worst_of_them() {
    let table = [
        (vec![Ok(1), Ok(2)], "done [1, 2]"),
        (vec![], "done []"),
        (vec![Ok(1), retryable(), retryable()], "retry in 60s, 2 told"),
        (vec![retryable(), ask()], "asked \"which way?\""),
        (
            vec![ask(), nap(9), ask()],
            "asked \"which way?\" and \"which way?\"",
        ),
        (vec![nap(9), Ok(1), nap(7)], "sleep until 7"),
        (vec![nap(7), retryable()], "retry in 60s, 1 told"),
        (vec![ask(), fatal(), retryable()], "failed: never"),
        (vec![fatal(), Err(NodeError::lost())], "lost"),
        (vec![Err(NodeError::cancelled())], "retry in 60s, 1 told"),
        (
            vec![Err(
                NodeError::retryable("busy").retry_after(Duration::from_secs(90))
            )],
            "retry in 90s, 1 told",
        ),
        (
            vec![Err(
                NodeError::retryable("busy").retry_after(Duration::from_secs(5))
            )],
            "retry in 60s, 1 told",
        ),
        (
            vec![Err(NodeError::retryable("gone").retry_in(Duration::from_secs(5)))],
            "retry in 5s, 1 told",
        ),
    ];

    for (outcomes, expected) in table {
        assert_eq!(decide(outcomes, 1, None), expected);
    }
}

#[test]
fn the_last_attempt_fails_the_run() {
    assert_eq!(decide(vec![retryable()], 2, None), "retry in 60s, 1 told");
    assert_eq!(
        decide(vec![Ok(1), retryable(), ask()], 3, None),
        "failed: not now"
    );
    assert_eq!(
        decide(vec![ask()], 3, None),
        "asked \"which way?\"",
        "asking is not failing"
    );
}

#[test]
fn a_stop_keeps_finished_steps_and_beats_failures() {
    for reason in [StopReason::Cancelled, StopReason::SoftLimit] {
        assert_eq!(decide(vec![Ok(1)], 1, Some(reason)), "done [1]");
        assert_eq!(
            decide(vec![Ok(1), fatal()], 1, Some(reason)),
            format!("stopped {reason:?}")
        );
    }
}
