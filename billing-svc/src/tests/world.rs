//! A billing service on each database, and who calls it.

use std::{path::PathBuf, time::Duration};

use kit::{
    actor::{Actor, ActorKey, Tier},
    clock::ManualClock,
    db::{Db, testing::each_engine},
    health::Health,
    rpc::{Caller, Calling, RequestId, RpcChannel},
    secrets::Key,
};
use secrecy::SecretString;

use crate::{BillingConfig, BillingService, Deps, MIGRATIONS};

pub(super) struct World {
    pub(super) db: Db,
    pub(super) clock: ManualClock,
    channel: RpcChannel,
    caller: Caller,
}

/// A configuration that sells.
pub(super) fn selling() -> BillingConfig {
    BillingConfig {
        stripe_secret_key: SecretString::from("sk_test_saga"),
        ..not_selling()
    }
}

pub(super) fn not_selling() -> BillingConfig {
    BillingConfig {
        stripe_secret_key: SecretString::from(""),
        tier_when_not_sold: Tier::Free,
        tiers_file: PathBuf::new(),
    }
}

pub(super) async fn each_world<F, Fut>(config: BillingConfig, test: F)
where
    F: Fn(World) -> Fut,
    Fut: Future<Output = ()>,
{
    each_engine(&MIGRATIONS, |db| test(World::new(db, config.clone()))).await;
}

impl World {
    pub(super) fn new(db: Db, config: BillingConfig) -> Self {
        let (clock, key) = (ManualClock::default(), ActorKey::new(Key::random()));
        let service = BillingService::build(Deps {
            db: db.clone(),
            actor_key: key.clone(),
            clock: clock.shared(),
            config,
            health: Health::new(),
        })
        .expect("the service is built");

        Self {
            db,
            caller: Caller::new(key, clock.shared()),
            clock,
            channel: RpcChannel::local(service.routes),
        }
    }

    /// The way to the service in the name of `actor`.
    pub(super) fn calling(&self, actor: &Actor) -> Calling {
        Calling::new(
            self.channel.clone(),
            self.caller.clone(),
            actor.clone(),
            RequestId::random(),
            Duration::from_secs(10),
        )
    }
}
