//! What every engine must do, whatever it counts with. `advance` makes time pass for the engine.

use std::{future::Future, num::NonZeroU32, time::Duration};

use uuid::Uuid;

use super::{Bucket, Class, Decision, LimitClass, LimitKey, RateLimiter};

fn bucket(name: u128, per_minute: u32) -> Bucket {
    Bucket {
        counted: LimitClass::Class(Class::Standard),
        key: LimitKey::User(Uuid::from_u128(name)),
        per_minute: NonZeroU32::new(per_minute).expect("not 0"),
    }
}

pub(super) async fn suite<F: Future<Output = ()>>(engine: &dyn RateLimiter, advance: impl Fn(Duration) -> F) {
    a_bucket_holds_its_number_and_then_says_when_to_come_back(engine, &advance).await;
    one_bucket_does_not_empty_another(engine).await;
    a_request_takes_from_all_of_its_buckets_or_from_none(engine, &advance).await;
    looking_takes_nothing(engine).await;
    a_bucket_does_not_grow_beyond_its_number(engine, &advance).await;
    many_at_once_get_no_more_than_there_is(engine).await;
}

async fn drain(engine: &dyn RateLimiter, bucket: Bucket) -> Decision {
    loop {
        let decision = engine.take(&[bucket]).await;
        if !decision.allowed {
            return decision;
        }
    }
}

async fn a_bucket_holds_its_number_and_then_says_when_to_come_back<F: Future<Output = ()>>(
    engine: &dyn RateLimiter,
    advance: &impl Fn(Duration) -> F,
) {
    let bucket = bucket(1, 6);
    for left in (0..6).rev() {
        let decision = engine.take(&[bucket]).await;
        assert!(decision.allowed);
        assert_eq!((decision.limit, decision.remaining), (6, left));
        assert_eq!(decision.reset.as_secs(), u64::from(10 * (6 - left)));
    }

    let refused = engine.take(&[bucket]).await;
    assert!(!refused.allowed && refused.remaining == 0);
    assert!(refused.retry_after > Duration::ZERO && refused.retry_after <= Duration::from_secs(10));

    advance(refused.retry_after - Duration::from_millis(1)).await;
    assert!(!engine.take(&[bucket]).await.allowed, "too early");

    advance(Duration::from_millis(1)).await;
    assert!(
        engine.take(&[bucket]).await.allowed,
        "the time that was told is true"
    );
    assert!(!engine.take(&[bucket]).await.allowed);
}

async fn one_bucket_does_not_empty_another(engine: &dyn RateLimiter) {
    drain(engine, bucket(2, 3)).await;

    for other in [
        bucket(3, 3),
        bucket(2, 4),
        Bucket {
            counted: LimitClass::Class(Class::Expensive),
            ..bucket(2, 3)
        },
        Bucket {
            key: LimitKey::Network([192, 0, 2, 1].into()),
            ..bucket(2, 3)
        },
    ] {
        assert!(engine.take(&[other]).await.allowed, "{other:?}");
    }
}

async fn a_request_takes_from_all_of_its_buckets_or_from_none<F: Future<Output = ()>>(
    engine: &dyn RateLimiter,
    advance: &impl Fn(Duration) -> F,
) {
    let (wide, narrow) = (bucket(4, 60), bucket(5, 2));
    for both in [[wide, narrow], [narrow, wide]] {
        assert!(engine.take(&both).await.allowed);
    }

    for both in [[wide, narrow], [narrow, wide]] {
        let refused = engine.take(&both).await;
        assert!(!refused.allowed);
        assert_eq!(
            (refused.limit, refused.remaining),
            (2, 0),
            "the one that is empty is told of"
        );
    }

    assert_eq!(engine.take(&[wide]).await.remaining, 57, "a refusal cost nothing");

    let slow = drain(engine, bucket(6, 1)).await;
    let refused = engine.take(&[narrow, bucket(6, 1)]).await;

    assert_eq!(refused.retry_after, slow.retry_after, "the longest wait is told");

    advance(refused.retry_after).await;
    assert!(engine.take(&[narrow, bucket(6, 1)]).await.allowed);
}

async fn looking_takes_nothing(engine: &dyn RateLimiter) {
    let bucket = bucket(7, 1);
    for _ in 0..3 {
        assert!(engine.look(&[bucket]).await.allowed);
    }
    assert!(engine.take(&[bucket]).await.allowed);
    assert!(!engine.look(&[bucket]).await.allowed);
}

async fn a_bucket_does_not_grow_beyond_its_number<F: Future<Output = ()>>(
    engine: &dyn RateLimiter,
    advance: &impl Fn(Duration) -> F,
) {
    let bucket = bucket(8, 2);
    engine.take(&[bucket]).await;
    advance(Duration::from_secs(3_600)).await;
    for allowed in [true, true, false] {
        assert_eq!(engine.take(&[bucket]).await.allowed, allowed);
    }
}

async fn many_at_once_get_no_more_than_there_is(engine: &dyn RateLimiter) {
    let bucket = [bucket(9, 20)];
    let takes = (0..100).map(|_| engine.take(&bucket));
    let allowed = futures::future::join_all(takes).await;
    assert_eq!(allowed.iter().filter(|decision| decision.allowed).count(), 20);
}
