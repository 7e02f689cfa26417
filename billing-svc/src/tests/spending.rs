//! Calls reserved and settled, one after the other.

use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::StreamExt;
use kit::{
    actor::{Actor, Tier},
    error::{ErrorKind, Problem},
    ids::random_id,
};
use proto::v1::{
    CreateBudgetRequest, GetUsageRequest, Quantities, ReleaseSpendRequest, ReserveSpendRequest,
    SettleSpendRequest, SpendCall, Usage, WatchUsageRequest, spending_client::SpendingClient,
};
use tonic::Code;

use super::{
    budgets::{monthly, operator},
    world::{Connection, World, each_world, not_selling, selling},
};
use crate::clients::SERVICE;

/// A service that works for somebody.
pub(super) fn service_for(actor: &Actor) -> Actor {
    Actor {
        scopes: vec![SERVICE.to_owned()],
        ..actor.clone()
    }
}

/// A call of a model that costs 5 and 25 dollars for a million tokens.
pub(super) fn call() -> SpendCall {
    SpendCall {
        id: random_id().to_string(),
        provider: "anthropic".to_owned(),
        model: "claude-opus-4-5-20251101".to_owned(),
        model_class: "codestory.intent".to_owned(),
        ..SpendCall::default()
    }
}

pub(super) fn tokens(input: u64, output: u64) -> Quantities {
    Quantities {
        input_tokens: input,
        output_tokens: output,
        ..Quantities::default()
    }
}

impl Connection {
    pub(super) fn spending(&self, actor: &Actor) -> SpendingClient<kit::rpc::Calling> {
        SpendingClient::new(self.calling(actor))
    }

    /// Whether it is held.
    pub(super) async fn reserve(
        &self,
        actor: &Actor,
        call: &SpendCall,
        most: Quantities,
    ) -> Result<bool, Problem> {
        let message = ReserveSpendRequest {
            call: Some(call.clone()),
            quantities: Some(most),
        };
        let mut client = self.spending(&service_for(actor));
        let reserved = client.reserve_spend(message).await;
        reserved
            .map(|reserved| reserved.into_inner().held)
            .map_err(|status| Problem::from_status(&status))
    }

    /// What it cost.
    pub(super) async fn settle(&self, actor: &Actor, call: &SpendCall, used: Quantities) -> u64 {
        let message = SettleSpendRequest {
            call: Some(call.clone()),
            quantities: Some(used),
        };
        let mut client = self.spending(&service_for(actor));
        let settled = client.settle_spend(message).await.expect("it is settled");
        settled.into_inner().cost_micro_usd
    }

    pub(super) async fn release(&self, actor: &Actor, call: &SpendCall) {
        let message = ReleaseSpendRequest { id: call.id.clone() };
        let mut client = self.spending(&service_for(actor));
        client.release_spend(message).await.expect("it is released");
    }
}

impl World {
    pub(super) async fn usage(&self, actor: &Actor) -> Usage {
        let found = self.spending(actor).get_usage(GetUsageRequest { at: None }).await;
        found.expect("usage").into_inner()
    }

    pub(super) async fn sweep(&self) -> usize {
        self.sweeper.spending.sweep().await.expect("a sweep")
    }
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[tokio::test]
async fn where_nothing_binds_a_call_nothing_is_held_and_what_it_used_is_written_down() {
    each_world(not_selling(), |world| async move {
        let ada = Actor::user(random_id(), Tier::Free);
        let one = call();

        assert_eq!(
            world.reserve(&ada, &one, tokens(1_000_000_000, 0)).await,
            Ok(false)
        );
        assert_eq!(world.settle(&ada, &one, tokens(1_000, 100)).await, 7_500);

        let usage = world.usage(&ada).await;
        assert_eq!(
            (
                usage.calls,
                usage.tokens_used,
                usage.cost_micro_usd,
                usage.token_limit
            ),
            (1, 1_100, 7_500, None)
        );
        let nobody = world.usage(&Actor::user(random_id(), Tier::Free)).await;
        assert_eq!((nobody.calls, nobody.cost_micro_usd), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn a_free_account_has_its_tokens_each_calendar_month_anew() {
    each_world(selling(), |world| async move {
        world.clock.set(at("2026-11-30T23:59:00Z"));
        let ada = Actor::user(random_id(), Tier::Free);
        let one = call();
        assert_eq!(world.reserve(&ada, &one, tokens(60_000, 0)).await, Ok(true));
        world.settle(&ada, &one, tokens(50_000, 0)).await;

        let refused = world.reserve(&ada, &call(), tokens(50_001, 0)).await.unwrap_err();
        assert_eq!(
            (refused.kind, refused.reason.as_str()),
            (ErrorKind::ResourceExhausted, "TOKEN_LIMIT_REACHED")
        );
        let quota = refused.quota.unwrap();
        assert_eq!((quota.limit, quota.used), (100_000, 50_000));
        assert_eq!(quota.resets_at, Some(at("2026-12-01T00:00:00Z").timestamp()));
        assert_eq!(world.reserve(&ada, &call(), tokens(50_000, 0)).await, Ok(true));

        // Whoever pays has no such limit.
        let pro = Actor {
            tier: Tier::Pro,
            ..ada.clone()
        };
        assert_eq!(world.reserve(&pro, &call(), tokens(50_001, 0)).await, Ok(false));

        world.clock.set(at("2026-12-01T00:00:00Z"));
        assert_eq!(world.reserve(&ada, &call(), tokens(100_000, 0)).await, Ok(true));
        let usage = world.usage(&ada).await;
        assert_eq!((usage.tokens_used, usage.token_limit), (0, Some(100_000)));
    })
    .await;
}

#[tokio::test]
async fn what_a_dead_caller_held_is_free_within_a_minute_and_what_it_used_counts_when_it_is_told() {
    each_world(not_selling(), |world| async move {
        let ada = Actor::user(random_id(), Tier::Free);
        world.create_budget(&ada, monthly("tokens", 100)).await.unwrap();
        let (dead, alive) = (call(), call());
        for one in [&dead, &alive] {
            assert_eq!(world.reserve(&ada, one, tokens(50, 0)).await, Ok(true));
        }
        assert!(world.reserve(&ada, &call(), tokens(1, 0)).await.is_err());

        // One is asked for again while its call lasts.
        world.clock.advance(Duration::from_secs(30));
        assert_eq!(world.reserve(&ada, &alive, tokens(50, 0)).await, Ok(true));
        assert_eq!(world.sweep().await, 0);

        world.clock.advance(Duration::from_secs(20));
        assert_eq!(world.sweep().await, 1);
        assert_eq!(world.used(&ada).await, [50]);

        world.settle(&ada, &alive, tokens(10, 10)).await;
        world.settle(&ada, &dead, tokens(30, 0)).await;
        assert_eq!(world.used(&ada).await, [50]);
        assert_eq!(world.usage(&ada).await.calls, 2);
    })
    .await;
}

#[tokio::test]
async fn a_call_is_reserved_settled_and_released_once_however_often_it_is_said() {
    each_world(not_selling(), |world| async move {
        let ada = Actor::user(random_id(), Tier::Free);
        world.create_budget(&ada, monthly("tokens", 100)).await.unwrap();
        let one = call();
        for _ in 0..3 {
            assert_eq!(world.reserve(&ada, &one, tokens(60, 0)).await, Ok(true));
        }
        assert_eq!(world.used(&ada).await, [60]);

        for _ in 0..3 {
            assert_eq!(world.settle(&ada, &one, tokens(20, 0)).await, 100);
        }
        assert_eq!(world.used(&ada).await, [20]);

        let two = call();
        assert_eq!(world.reserve(&ada, &two, tokens(80, 0)).await, Ok(true));
        // Nobody gives back what somebody else holds.
        world.release(&Actor::user(random_id(), Tier::Free), &two).await;
        assert_eq!(world.used(&ada).await, [100]);
        for _ in 0..3 {
            world.release(&ada, &two).await;
        }
        assert_eq!(world.used(&ada).await, [20]);
        assert_eq!(world.usage(&ada).await.calls, 1);
    })
    .await;
}

#[tokio::test]
async fn a_call_takes_more_while_it_lasts_and_keeps_what_it_held_where_there_is_no_more() {
    each_world(not_selling(), |world| async move {
        let ada = Actor::user(random_id(), Tier::Free);
        world.create_budget(&ada, monthly("tokens", 100)).await.unwrap();
        let (long, short) = (call(), call());
        assert_eq!(world.reserve(&ada, &long, tokens(10, 20)).await, Ok(true));
        assert_eq!(world.reserve(&ada, &short, tokens(10, 20)).await, Ok(true));
        assert_eq!(world.reserve(&ada, &long, tokens(10, 50)).await, Ok(true));
        assert_eq!(world.used(&ada).await, [90]);

        // What is asked again with less only keeps it.
        assert_eq!(world.reserve(&ada, &long, tokens(10, 20)).await, Ok(true));
        assert_eq!(world.used(&ada).await, [90]);

        let refused = world.reserve(&ada, &long, tokens(10, 90)).await.unwrap_err();
        assert_eq!(refused.reason, "BUDGET_EXHAUSTED");
        let quota = refused.quota.unwrap();
        assert_eq!((quota.limit, quota.used), (100, 90));
        assert_eq!(world.used(&ada).await, [90]);

        world.settle(&ada, &short, tokens(5, 5)).await;
        assert_eq!(world.reserve(&ada, &long, tokens(10, 80)).await, Ok(true));
        world.settle(&ada, &long, tokens(10, 60)).await;
        assert_eq!(world.used(&ada).await, [80]);
    })
    .await;
}

#[tokio::test]
async fn a_budget_that_is_made_while_a_call_lasts_is_over_what_the_call_asks_for_then() {
    each_world(not_selling(), |world| async move {
        let ada = Actor::user(random_id(), Tier::Free);
        world.create_budget(&ada, monthly("tokens", 1_000)).await.unwrap();
        let one = call();
        assert_eq!(world.reserve(&ada, &one, tokens(10, 20)).await, Ok(true));

        let made = world
            .create_budget(&ada, monthly("micro_usd", 1_000))
            .await
            .unwrap();
        assert!(world.reserve(&ada, &one, tokens(10, 100)).await.is_err());
        assert_eq!(world.reserve(&ada, &one, tokens(10, 30)).await, Ok(true));
        // 10 at 5 and 30 at 25 dollars for a million.
        let used = world.budgets(&ada).await;
        let used = used.iter().find(|budget| budget.id == made.id).unwrap().used;
        assert_eq!(used, 800);

        world.release(&ada, &one).await;
        assert!(world.used(&ada).await.iter().all(|used| *used == 0));
    })
    .await;
}

#[tokio::test]
async fn only_services_keep_the_books_and_what_is_wrong_is_named() {
    each_world(not_selling(), |world| async move {
        let ada = Actor::user(random_id(), Tier::Team);
        let mut client = world.spending(&ada);
        let reserve = ReserveSpendRequest {
            call: Some(call()),
            quantities: None,
        };
        let settle = SettleSpendRequest {
            call: Some(call()),
            quantities: None,
        };
        let release = ReleaseSpendRequest { id: call().id };
        for refused in [
            client.reserve_spend(reserve).await.map(drop),
            client.settle_spend(settle).await.map(drop),
            client.release_spend(release).await.map(drop),
        ] {
            assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);
        }

        let wrong = SpendCall {
            id: "one".to_owned(),
            provider: String::new(),
            key_id: "two".to_owned(),
            ..call()
        };
        let refused = world.reserve(&ada, &wrong, tokens(1, 1)).await.unwrap_err();
        let fields: Vec<_> = refused.fields.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["call.id", "call.key_id", "call.provider"]);
    })
    .await;
}

#[tokio::test]
async fn usage_is_told_by_model_and_again_after_each_change() {
    each_world(not_selling(), |world| async move {
        let ada = Actor::user(random_id(), Tier::Free);
        let mut watched = world
            .spending(&ada)
            .watch_usage(WatchUsageRequest {})
            .await
            .unwrap()
            .into_inner();
        assert_eq!(watched.next().await.unwrap().unwrap().calls, 0);

        let spoken = SpendCall {
            provider: "elevenlabs".to_owned(),
            model: "eleven_v3".to_owned(),
            ..call()
        };
        let characters = Quantities {
            characters: 1_000,
            ..Quantities::default()
        };
        assert_eq!(world.settle(&ada, &spoken, characters).await, 300_000);
        assert_eq!(watched.next().await.unwrap().unwrap().calls, 1);

        let all = Quantities {
            input_tokens: 1,
            cached_input_tokens: 2,
            output_tokens: 3,
            reasoning_tokens: 4,
            audio_tokens: 5,
            characters: 6,
        };
        // 5 + 2 × 0.5 + 7 × 25 millionths.
        assert_eq!(world.settle(&ada, &call(), all).await, 181);
        let told = watched.next().await.unwrap().unwrap();
        assert_eq!(
            (told.calls, told.tokens_used, told.cost_micro_usd),
            (2, 15, 300_181)
        );
        let models: Vec<_> = told
            .models
            .iter()
            .map(|row| (row.provider.as_str(), row.cost_micro_usd))
            .collect();
        assert_eq!(models, [("elevenlabs", 300_000), ("anthropic", 181)]);
        assert_eq!(told.models[1].quantities, Some(all));
    })
    .await;
}

#[tokio::test]
async fn a_deleted_account_leaves_its_sums_and_no_trace() {
    each_world(not_selling(), |world| async move {
        let ada = Actor::user(random_id(), Tier::Free);
        world.create_budget(&ada, monthly("tokens", 100)).await.unwrap();
        world.settle(&ada, &call(), tokens(10, 0)).await;

        world.delete_user(&ada).await;
        assert_eq!(world.usage(&ada).await.calls, 0);
        assert!(world.budgets(&ada).await.is_empty());
        let installation = CreateBudgetRequest {
            scope: "installation".to_owned(),
            ..monthly("tokens", 100)
        };
        assert_eq!(
            world.create_budget(&operator(), installation).await.unwrap().used,
            10
        );
    })
    .await;
}
