//! What billing costs a call of a model, on SQLite in a file: CPU time of `CheckFeature`, CPU time of a reservation and its
//! settlement under three budgets, and how many reservations are made in a second by 64 who ask at once, of which none may be lost.
//!
//!     cargo bench -p billing-svc --bench spend [-- CALLS SECONDS]
//!
//! The whole service runs, guarded and encoded as between processes, without a socket. Prints a line of JSON for each.

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]
#![expect(clippy::unwrap_used, reason = "a bench that cannot run says why")]

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use billing_svc::{BillingConfig, BillingService, DATABASE, Deps, MIGRATIONS};
use futures::future::join_all;
use kit::{
    actor::{Actor, ActorKey, Tier},
    clock::SystemClock,
    db::{Db, testing},
    health::Health,
    ids::{SystemIds, random_id},
    on,
    rpc::{Caller, Calling, RequestId, RpcChannel},
    secrets::Key,
    shutdown::spawn_owned,
};
use proto::v1::{
    CheckFeatureRequest, CreateBudgetRequest, Quantities, ReserveSpendRequest, SettleSpendRequest, SpendCall,
    billing_client::BillingClient, spending_client::SpendingClient,
};
use serde::Deserialize;
use serde_json::json;

/// Clock ticks a second in /proc (USER_HZ).
const TICKS: f64 = 100.0;
const AT_ONCE: usize = 64;
/// So much that no budget is ever passed.
const PLENTY: u64 = 9_000_000_000_000;

#[derive(Deserialize)]
struct Whole {
    billing: BillingConfig,
}

#[derive(Clone)]
struct Billing {
    channel: RpcChannel,
    caller: Caller,
}

impl Billing {
    fn open(db: &Db) -> Self {
        let config = toml::from_str::<Whole>(include_str!("../../deploy/config/saga.toml"));
        let (key, clock) = (ActorKey::new(Key::random()), SystemClock::shared());
        let service = BillingService::build(Deps {
            db: db.clone(),
            auth: RpcChannel::later().0,
            webhooks: None,
            actor_key: key.clone(),
            clock: clock.clone(),
            ids: Arc::new(SystemIds),
            config: config.unwrap().billing,
            health: Health::new(),
        });

        Self {
            channel: RpcChannel::local(service.unwrap().routes),
            caller: Caller::new(key, clock),
        }
    }

    fn calling(&self, actor: &Actor) -> Calling {
        let (channel, caller) = (self.channel.clone(), self.caller.clone());
        let timeout = Duration::from_secs(30);
        Calling::new(channel, caller, actor.clone(), RequestId::random(), timeout)
    }

    fn spending(&self, actor: &Actor) -> SpendingClient<Calling> {
        SpendingClient::new(self.calling(actor))
    }

    /// In micro-dollars of a month, tokens of a month and tokens of a day.
    async fn set_budgets(&self, actor: &Actor) {
        for (unit, period) in [("micro_usd", "month"), ("tokens", "month"), ("tokens", "day")] {
            let wanted = CreateBudgetRequest {
                scope: "user".to_owned(),
                unit: unit.to_owned(),
                amount: PLENTY,
                period: period.to_owned(),
                hard: true,
                ..CreateBudgetRequest::default()
            };
            self.spending(actor).create_budget(wanted).await.unwrap();
        }
    }

    async fn reserve(&self, actor: &Actor) -> SpendCall {
        let call = SpendCall {
            id: random_id().to_string(),
            provider: "openai".to_owned(),
            model: "gpt-4o-mini".to_owned(),
            model_class: "codestory.intent".to_owned(),
            ..SpendCall::default()
        };
        let message = ReserveSpendRequest {
            call: Some(call.clone()),
            quantities: Some(used(2_000)),
        };
        let reserved = self.spending(actor).reserve_spend(message).await.unwrap();
        assert!(reserved.into_inner().held, "a budget binds it");

        call
    }

    async fn settle(&self, actor: &Actor, call: SpendCall) {
        let message = SettleSpendRequest {
            call: Some(call),
            quantities: Some(used(900)),
        };
        self.spending(actor).settle_spend(message).await.unwrap();
    }
}

const fn used(input_tokens: u64) -> Quantities {
    Quantities {
        input_tokens,
        cached_input_tokens: 0,
        output_tokens: 400,
        reasoning_tokens: 0,
        audio_tokens: 0,
        characters: 0,
    }
}

/// An account in whose name a service works.
fn somebody() -> Actor {
    Actor {
        scopes: vec!["service".to_owned()],
        ..Actor::user(random_id(), Tier::Pro)
    }
}

/// Seconds of CPU that this process has used, in kernel and outside.
fn read_cpu() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks = |at: usize| fields[at].parse::<f64>().unwrap();
    (ticks(11) + ticks(12)) / TICKS
}

fn report(test: &str, calls: u32, began: Instant, cpu: f64) {
    let (wall, cpu) = (began.elapsed().as_secs_f64(), read_cpu() - cpu);
    let micros = |seconds: f64| (seconds * 1e7 / f64::from(calls)).round() / 10.0;
    println!(
        "{}",
        json!({ "test": test, "calls": calls, "cpu_us": micros(cpu), "wall_us": micros(wall) })
    );
}

async fn measure_checks(billing: &Billing, calls: u32) {
    let actor = somebody();
    let feature = || "batch".to_owned();
    let (began, cpu) = (Instant::now(), read_cpu());
    for _ in 0..calls {
        let mut client = BillingClient::new(billing.calling(&actor));
        let message = CheckFeatureRequest { feature: feature() };
        client.check_feature(message).await.unwrap();
    }

    report("billing.check_feature", calls, began, cpu);
}

async fn measure_pairs(billing: &Billing, calls: u32) {
    let actor = somebody();
    billing.set_budgets(&actor).await;
    let (began, cpu) = (Instant::now(), read_cpu());
    for _ in 0..calls {
        let call = billing.reserve(&actor).await;
        billing.settle(&actor, call).await;
    }

    report("billing.reserve_and_settle", calls, began, cpu);
}

async fn measure_rate(billing: &Billing, db: &Db, seconds: u64) {
    let before = count_reservations(db).await;
    let (made, began, cpu) = (Arc::new(AtomicU64::new(0)), Instant::now(), read_cpu());
    let until = began + Duration::from_secs(seconds);
    let tasks = (0..AT_ONCE).map(|_| {
        let (billing, made) = (billing.clone(), Arc::clone(&made));
        spawn_owned(async move {
            let actor = somebody();
            billing.set_budgets(&actor).await;
            while Instant::now() < until {
                billing.reserve(&actor).await;
                made.fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    for task in join_all(tasks).await {
        task.unwrap();
    }

    let (wall, cpu) = (began.elapsed().as_secs_f64(), read_cpu() - cpu);
    let made = made.load(Ordering::Relaxed);
    let kept = count_reservations(db).await - before;
    println!(
        "{}",
        json!({
            "test": "billing.reservations_at_once", "askers": AT_ONCE, "reservations": made,
            "a_second": (made as f64 / wall).round(), "cpu_us": (cpu * 1e6 / made as f64).round(),
            "lost": i64::try_from(made).unwrap() - kept,
        })
    );
}

async fn count_reservations(db: &Db) -> i64 {
    let sql = "SELECT COUNT(*) FROM spend_reservations";
    on!(db.system(), c => sqlx::query_scalar(sql).fetch_one(c).await).unwrap()
}

#[tokio::main]
async fn main() {
    let mut numbers = std::env::args()
        .skip(1)
        .filter_map(|word| word.parse::<u32>().ok());
    let calls = numbers.next().unwrap_or(20_000);
    let seconds = numbers.next().unwrap_or(10);
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&testing::config(""), folder.path(), DATABASE)
        .await
        .unwrap();
    db.migrate(&MIGRATIONS).await.unwrap();

    let billing = Billing::open(&db);
    measure_checks(&billing, calls * 5).await;
    measure_pairs(&billing, calls).await;
    measure_rate(&billing, &db, u64::from(seconds)).await;
    db.close().await;
}
