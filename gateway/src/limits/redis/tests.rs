//! The suite of rate limiters on a real server, and what happens when it goes away.

use std::net::IpAddr;

use kit::{
    clock::{ManualClock, SystemClock},
    servers::{Proxy, REDIS},
};
use uuid::Uuid;

use super::{
    super::{Class, Endpoint, conformance},
    *,
};

/// How long anything may take before it counts as stuck.
const STUCK: Duration = Duration::from_secs(60);

async fn open(url: &str) -> Result<SharedCounters, SharedCountersError> {
    let config = RedisConfig {
        url: SecretString::from(url),
    };
    SharedCounters::open(&config)
        .await
        .map(|counters| counters.expect("configured"))
}

/// An engine whose time a test moves, on buckets that nobody used before.
async fn engine(url: &str) -> (Redis, ManualClock) {
    let clock = ManualClock::default();
    let counters = open(url).await.expect("Redis answers");
    let mut link = counters.link().expect("connected");
    let () = redis::cmd("FLUSHDB")
        .query_async(&mut link)
        .await
        .expect("emptied");

    let mut engine = Redis::new(counters, clock.shared());
    engine.clock = Some(clock.shared());
    (engine, clock)
}

/// The server's databases are apart, so that tests can run at once.
fn database(url: &str, number: u8) -> String {
    format!("{}/{number}", url.rsplit_once('/').expect("a database").0)
}

#[tokio::test]
async fn it_passes_the_suite_of_rate_limiters() {
    let Some(server) = REDIS.lend().await else { return };
    let (engine, clock) = engine(&database(&server.url, 1)).await;

    conformance::suite(&engine, |by| {
        clock.advance(by);
        std::future::ready(())
    })
    .await;
}

#[tokio::test]
async fn it_decides_as_memory_does() {
    let Some(server) = REDIS.lend().await else { return };
    let (engine, clock) = engine(&database(&server.url, 2)).await;
    let memory = Memory::new(clock.shared());
    let mut chance = Chance(20_261_127);

    for number in 0..3_000 {
        let buckets: Vec<Bucket> = (0..=chance.below(3))
            .map(|kind| bucket(kind, &mut chance))
            .collect();
        let keep = chance.below(5) > 0;
        let (shared, own) = match keep {
            true => (engine.take(&buckets).await, memory.take(&buckets).await),
            false => (engine.look(&buckets).await, memory.look(&buckets).await),
        };

        assert_eq!(shared, own, "request {number} of {buckets:?}");
        clock.advance(Duration::from_micros(chance.below(2_000_000)));
    }
}

/// Of few users and networks, with limits that no minute is a multiple of, too.
fn bucket(kind: u64, chance: &mut Chance) -> Bucket {
    let limits = [1, 7, 20, 59, 600];
    let limit = limits[usize::try_from(chance.below(5)).expect("small")];
    let whose = chance.below(3);

    Bucket {
        counted: match kind {
            0 => LimitClass::Class(Class::Expensive),
            1 => LimitClass::Endpoint(Endpoint::Login),
            2 => LimitClass::Guess,
            _ => LimitClass::Class(Class::Standard),
        },
        key: match kind % 2 {
            0 => LimitKey::User(Uuid::from_u128(whose.into())),
            _ => LimitKey::Network(IpAddr::from([192, 0, 2, u8::try_from(whose).expect("small")])),
        },
        per_minute: std::num::NonZeroU32::new(limit).expect("not 0"),
    }
}

/// The same numbers each time (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

#[tokio::test]
async fn two_gateways_count_together() {
    let Some(server) = REDIS.lend().await else { return };
    let url = database(&server.url, 3);
    let (first, clock) = engine(&url).await;
    let mut second = Redis::new(open(&url).await.expect("Redis answers"), clock.shared());
    second.clock = Some(clock.shared());
    let mut chance = Chance(1);
    let bucket = Bucket {
        per_minute: std::num::NonZeroU32::new(2).expect("not 0"),
        ..bucket(0, &mut chance)
    };

    assert!(first.take(&[bucket]).await.allowed);
    assert!(second.take(&[bucket]).await.allowed);
    assert!(!first.take(&[bucket]).await.allowed);
    assert!(!second.take(&[bucket]).await.allowed);
}

#[tokio::test]
async fn while_redis_is_away_requests_are_counted_here_and_then_there_again() {
    let Some(server) = REDIS.lend().await else { return };
    let (proxy, through) = Proxy::start_before(&server.url).await;
    let engine = Redis::new(
        open(&through).await.expect("Redis answers"),
        SystemClock::shared(),
    );

    let other = Redis::new(
        open(&server.url).await.expect("Redis answers"),
        SystemClock::shared(),
    );

    for spoil in [Proxy::stall, Proxy::refuse] {
        spoil(&proxy);
        let mut chance = Chance(2);
        let bucket = Bucket {
            key: LimitKey::User(kit::ids::random_id()),
            per_minute: std::num::NonZeroU32::new(1).expect("not 0"),
            ..bucket(0, &mut chance)
        };
        assert!(engine.take(&[bucket]).await.allowed);
        assert!(!engine.take(&[bucket]).await.allowed, "counted here");

        let told = engine.counters.check().await.expect_err("away").to_string();
        assert!(told.contains("this process alone"), "{told}");

        proxy.pass();
        until(async || engine.counters.check().await.is_ok()).await;
        let fresh = Bucket {
            key: LimitKey::User(kit::ids::random_id()),
            ..bucket
        };
        assert!(engine.take(&[fresh]).await.allowed);
        assert!(!other.take(&[fresh]).await.allowed, "counted there");
    }
}

#[tokio::test]
async fn a_redis_that_is_killed_and_started_again_counts_again() {
    let Some(server) = REDIS.seize().await else { return };
    let counters = open(&server.url).await.expect("Redis answers");

    server.kill().await;
    until(async || counters.check().await.is_err()).await;
    server.restart().await;
    until(async || counters.check().await.is_ok()).await;
}

#[tokio::test]
async fn settings_that_can_not_be_used_are_told_without_the_password() {
    let told = open("http://a:hunter2@host")
        .await
        .expect_err("refused")
        .to_string();
    assert!(
        told.contains("`redis.url`") && !told.contains("hunter2"),
        "{told}"
    );
    let told = open("redis://a:hunter2@127.0.0.1:1")
        .await
        .expect_err("refused")
        .to_string();
    assert!(
        told.contains("`redis.url`") && told.contains("127.0.0.1:1"),
        "{told}"
    );
    assert!(!told.contains("hunter2"), "{told}");

    let Some(server) = REDIS.lend().await else { return };
    let wrong = format!(
        "redis://default:hunter2@{}",
        server.url.rsplit_once('@').expect("a password").1
    );
    let told = open(&wrong).await.expect_err("refused").to_string();
    assert!(
        told.contains("`redis.url`") && !told.contains("hunter2"),
        "{told}"
    );
}

async fn until(condition: impl AsyncFn() -> bool) {
    let wait = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(STUCK, wait).await.expect("in time");
}
