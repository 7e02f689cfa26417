//! Five thousand calls on 64 connections under four nested budgets: what was written down is what a provider would bill, to the last
//! fraction, and nothing was ever over a budget. The seed is told, so that a failure can be had again.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use fastrand::Rng;
use futures::future::join_all;
use kit::{
    actor::{Actor, Tier},
    db::Db,
    ids::random_id,
    on,
};
use proto::v1::{CreateBudgetRequest, Quantities, SpendCall};
use uuid::Uuid;

use super::{
    budgets::{monthly, operator},
    world::{Connection, World, each_world, not_selling},
};

/// Each with a connection of its own.
const CONNECTIONS: usize = 64;
/// Of each connection.
const CALLS: usize = 80;

/// Models, and what a million of input, cached input, output, reasoning, audio and characters cost.
const MODELS: [(&str, &str, [u64; 6]); 3] = [
    (
        "anthropic",
        "claude-opus-4-5-20251101",
        [5_000_000, 500_000, 25_000_000, 25_000_000, 0, 0],
    ),
    ("openai", "gpt-4o-mini", [150_000, 75_000, 600_000, 600_000, 0, 0]),
    ("elevenlabs", "eleven_v3", [0, 0, 0, 0, 0, 300_000_000]),
];
const CLASSES: [&str; 3] = ["codestory.intent", "codestory.architect", "lekh.architect"];

/// What the providers have counted.
#[derive(Default)]
struct Invoice(Mutex<BTreeMap<usize, [u64; 6]>>);

impl Invoice {
    fn bill(&self, model: usize, used: &Quantities) {
        let mut counted = self.0.lock().unwrap();
        let sums = counted.entry(model).or_default();
        for (sum, count) in sums.iter_mut().zip(list_kinds(used)) {
            *sum += count;
        }
    }

    /// In millionths of millionths.
    fn total(&self) -> i64 {
        let counted = self.0.lock().unwrap();
        let exact: u128 = counted
            .iter()
            .flat_map(|(model, sums)| sums.iter().zip(MODELS[*model].2))
            .map(|(sum, price)| u128::from(*sum) * u128::from(price))
            .sum();
        i64::try_from(exact).unwrap()
    }
}

fn list_kinds(used: &Quantities) -> [u64; 6] {
    [
        used.input_tokens,
        used.cached_input_tokens,
        used.output_tokens,
        used.reasoning_tokens,
        used.audio_tokens,
        used.characters,
    ]
}

struct Crowd {
    world: World,
    invoice: Invoice,
    users: Vec<(Actor, [String; 2])>,
    team: String,
    made: AtomicUsize,
    refused: AtomicUsize,
    died: AtomicUsize,
    /// Had no room for the second half.
    cut: AtomicUsize,
}

impl Crowd {
    async fn call_once(&self, connection: &Connection, rng: &mut Rng) {
        let (actor, keys) = &self.users[rng.usize(..self.users.len())];
        let model = rng.usize(..MODELS.len());
        let call = SpendCall {
            id: random_id().to_string(),
            provider: MODELS[model].0.to_owned(),
            model: MODELS[model].1.to_owned(),
            model_class: CLASSES[rng.usize(..CLASSES.len())].to_owned(),
            key_id: keys[rng.usize(..2)].clone(),
            team_id: self.team.clone(),
        };
        let whole = draw_most(rng);
        let mut most = Quantities {
            output_tokens: whole.output_tokens / 2,
            ..whole
        };
        if connection.reserve(actor, &call, most).await.is_err() {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return;
        }

        tokio::task::yield_now().await;
        // It goes on as far as there is room.
        match connection.reserve(actor, &call, whole).await {
            Ok(_) => most = whole,
            Err(_) => {
                self.cut.fetch_add(1, Ordering::Relaxed);
            }
        }
        match rng.u8(..20) {
            // Its process ends before the provider hears of it.
            0 => {
                self.died.fetch_add(1, Ordering::Relaxed);
            }
            1 | 2 => connection.release(actor, &call).await,
            times => {
                let used = draw_used(rng, &most);
                self.invoice.bill(model, &used);
                connection.settle(actor, &call, used).await;
                if times == 3 {
                    connection.settle(actor, &call, used).await;
                }
                self.made.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

fn draw_most(rng: &mut Rng) -> Quantities {
    Quantities {
        input_tokens: rng.u64(1..2_000),
        cached_input_tokens: rng.u64(..500),
        output_tokens: rng.u64(1..1_000),
        reasoning_tokens: rng.u64(..300),
        audio_tokens: 0,
        characters: rng.u64(..400),
    }
}

fn draw_used(rng: &mut Rng, most: &Quantities) -> Quantities {
    Quantities {
        input_tokens: rng.u64(..=most.input_tokens),
        cached_input_tokens: rng.u64(..=most.cached_input_tokens),
        output_tokens: rng.u64(..=most.output_tokens),
        reasoning_tokens: rng.u64(..=most.reasoning_tokens),
        audio_tokens: 0,
        characters: rng.u64(..=most.characters),
    }
}

/// The installation's money, the team's tokens, each user's money and one class of each first key's tokens.
async fn set_budgets(world: &World, users: &[(Actor, [String; 2])], team: &str) {
    let of = |scope: &str, subject: &str, unit: &str, amount| CreateBudgetRequest {
        scope: scope.to_owned(),
        subject: subject.to_owned(),
        ..monthly(unit, amount)
    };
    for wanted in [
        of("installation", "", "micro_usd", 14_000_000),
        of("team", team, "tokens", 1_400_000),
    ] {
        world.create_budget(&operator(), wanted).await.unwrap();
    }
    for (actor, keys) in users {
        let by_class = CreateBudgetRequest {
            model_class: Some("codestory".to_owned()),
            period: "day".to_owned(),
            ..of("key", &keys[0], "tokens", 120_000)
        };
        world.create_budget(actor, by_class).await.unwrap();
        let own = monthly("micro_usd", 4_000_000);
        world.create_budget(actor, own).await.unwrap();
    }
}

/// Budgets that are passed now.
async fn list_passed(db: &Db) -> Vec<Uuid> {
    let sql = "SELECT budgets.id FROM budget_counters JOIN budgets ON budgets.id = budget_counters.budget_id \
               WHERE used + reserved > CASE unit WHEN 'tokens' THEN amount ELSE amount * 1000000 END";
    on!(db.system(), c => sqlx::query_scalar(sql).fetch_all(c).await).unwrap()
}

async fn read_sum(db: &Db, sql: &'static str) -> i64 {
    on!(db.system(), c => sqlx::query_scalar(sql).fetch_one(c).await).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn thousands_of_calls_at_once_end_with_the_providers_invoice_and_no_budget_is_passed() {
    each_world(not_selling(), |world| async move {
        let seed = fastrand::u64(..);
        println!("seed {seed}");
        let account = |_| {
            let keys = [random_id().to_string(), random_id().to_string()];
            (Actor::user(random_id(), Tier::Pro), keys)
        };
        let users: Vec<_> = (0..4).map(account).collect();
        let team = random_id().to_string();
        set_budgets(&world, &users, &team).await;

        let crowd = Arc::new(Crowd {
            world,
            users,
            team,
            invoice: Invoice::default(),
            made: AtomicUsize::default(),
            refused: AtomicUsize::default(),
            died: AtomicUsize::default(),
            cut: AtomicUsize::default(),
        });
        let served = crowd.world.serve().await;
        let tasks = (0..CONNECTIONS).map(|task| {
            let crowd = Arc::clone(&crowd);
            let connection = crowd.world.connect(&served);
            let mut rng = Rng::with_seed(seed.wrapping_add(task as u64));
            kit::shutdown::spawn_owned(async move {
                for round in 0..CALLS {
                    crowd.call_once(&connection, &mut rng).await;
                    if round % 16 == 0 {
                        let passed = list_passed(&crowd.world.db).await;
                        assert!(passed.is_empty(), "while they call: {passed:?}");
                    }
                }
            })
        });
        for task in join_all(tasks).await {
            task.expect("every call ends");
        }

        let count = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
        let (made, refused, died) = (count(&crowd.made), count(&crowd.refused), count(&crowd.died));
        let cut = count(&crowd.cut);
        println!("{made} made, {cut} cut, {refused} refused, {died} died");
        assert!(
            made > 300 && cut > 0 && refused > 100 && died > 10,
            "{made} {cut} {refused} {died}"
        );

        let db = &crowd.world.db;
        crowd.world.clock.advance(Duration::from_secs(46));
        while crowd.world.sweep().await > 0 {}
        assert_eq!(read_sum(db, "SELECT COUNT(*) FROM spend_reservations").await, 0);
        assert_eq!(
            read_sum(db, "SELECT COUNT(*) FROM budget_counters WHERE reserved <> 0").await,
            0
        );
        assert!(list_passed(db).await.is_empty());

        let ledger = read_sum(db, "SELECT CAST(SUM(cost) AS BIGINT) FROM spend_ledger").await;
        assert_eq!(ledger, crowd.invoice.total());
        let rows = read_sum(db, "SELECT COUNT(*) FROM spend_ledger").await;
        assert_eq!(usize::try_from(rows), Ok(made));

        // Each counter says what the ledger says of its budget: another budget that is made now begins with the same.
        for (actor, _) in &crowd.users {
            for budget in crowd.world.budgets(actor).await {
                let same = CreateBudgetRequest {
                    scope: budget.scope,
                    subject: budget.subject,
                    model_class: budget.model_class,
                    unit: budget.unit,
                    amount: budget.amount,
                    period: budget.period,
                    hard: false,
                };
                let made = crowd.world.create_budget(&operator(), same).await.unwrap();
                assert_eq!(made.used, budget.used);
            }
        }
    })
    .await;
}
