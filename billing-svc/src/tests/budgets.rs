//! Budgets: who may set which, which of several binds, and what is told.

use std::{collections::BTreeSet, sync::atomic::Ordering, time::Duration};

use kit::{
    actor::{Actor, Tier},
    error::Problem,
    ids::random_id,
};
use proto::v1::{
    Budget, CreateBudgetRequest, DeleteBillingRequest, DeleteBudgetRequest, ListBudgetsRequest, SpendCall,
    UpdateBudgetRequest, billing_owners_client::BillingOwnersClient,
};
use serde_json::Value;
use tonic::Code;

use super::{
    spending::{call, service_for, tokens},
    world::{World, each_world, not_selling},
};
use crate::domain::budgets::OPERATOR;

/// A hard budget of a user's own.
pub(super) fn monthly(unit: &str, amount: u64) -> CreateBudgetRequest {
    CreateBudgetRequest {
        scope: "user".to_owned(),
        unit: unit.to_owned(),
        amount,
        period: "month".to_owned(),
        hard: true,
        ..CreateBudgetRequest::default()
    }
}

pub(super) fn operator() -> Actor {
    Actor {
        scopes: vec![OPERATOR.to_owned()],
        ..Actor::user(random_id(), Tier::Free)
    }
}

impl World {
    pub(super) async fn create_budget(
        &self,
        actor: &Actor,
        wanted: CreateBudgetRequest,
    ) -> Result<Budget, Problem> {
        let created = self.spending(actor).create_budget(wanted).await;
        created
            .map(tonic::Response::into_inner)
            .map_err(|status| Problem::from_status(&status))
    }

    pub(super) async fn budgets(&self, actor: &Actor) -> Vec<Budget> {
        let listed = self.spending(actor).list_budgets(ListBudgetsRequest {}).await;
        listed.expect("budgets").into_inner().budgets
    }

    /// Of each budget, what is used or reserved, from least to most.
    pub(super) async fn used(&self, actor: &Actor) -> Vec<u64> {
        let mut used: Vec<_> = self
            .budgets(actor)
            .await
            .iter()
            .map(|budget| budget.used)
            .collect();
        used.sort_unstable();
        used
    }

    pub(super) async fn delete_user(&self, actor: &Actor) {
        let mut client = BillingOwnersClient::new(self.calling(&service_for(actor)));
        let user_id = actor.user_id.to_string();
        client
            .delete_billing(DeleteBillingRequest { user_id })
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn of_several_budgets_the_strictest_refuses_and_none_of_the_others_is_touched() {
    each_world(not_selling(), |world| async move {
        let ada = Actor::user(random_id(), Tier::Free);
        let (key, team) = (random_id().to_string(), random_id().to_string());
        let of = |scope: &str, subject: &str, unit: &str, amount| CreateBudgetRequest {
            scope: scope.to_owned(),
            subject: subject.to_owned(),
            ..monthly(unit, amount)
        };
        world
            .create_budget(&ada, of("key", &key, "tokens", 100))
            .await
            .unwrap();
        world
            .create_budget(&ada, monthly("micro_usd", 10_000))
            .await
            .unwrap();
        for wanted in [
            of("team", &team, "tokens", 1_000),
            of("installation", "", "micro_usd", 1_000_000),
        ] {
            world.create_budget(&operator(), wanted).await.unwrap();
        }

        let by_key = SpendCall {
            key_id: key,
            team_id: team,
            ..call()
        };
        // 101 tokens are too many for the key alone; 2,100 input tokens cost too much for the user.
        let refused = world.reserve(&ada, &by_key, tokens(101, 0)).await.unwrap_err();
        assert_eq!(refused.reason, "BUDGET_EXHAUSTED");
        assert!(refused.message.contains("API key"), "{refused}");
        let refused = world.reserve(&ada, &call(), tokens(2_001, 0)).await.unwrap_err();
        assert!(refused.message.starts_with("Your budget"), "{refused}");
        let quota = refused.quota.unwrap();
        assert_eq!((quota.limit, quota.used), (10_000, 0));
        assert_eq!(world.used(&ada).await, [0, 0, 0]);

        let again = SpendCall {
            id: random_id().to_string(),
            ..by_key.clone()
        };
        assert_eq!(world.reserve(&ada, &again, tokens(100, 0)).await, Ok(true));
        assert_eq!(world.used(&ada).await, [100, 500, 500]);
    })
    .await;
}

#[tokio::test]
async fn a_budget_of_a_class_binds_that_class_alone_and_one_that_only_tells_refuses_nothing() {
    each_world(not_selling(), |world| async move {
        let ada = Actor::user(random_id(), Tier::Free);
        let of_class = CreateBudgetRequest {
            model_class: Some("codestory".to_owned()),
            ..monthly("tokens", 100)
        };
        let telling = CreateBudgetRequest {
            hard: false,
            period: "day".to_owned(),
            ..monthly("tokens", 10)
        };
        world.create_budget(&ada, of_class).await.unwrap();
        world.create_budget(&ada, telling).await.unwrap();

        let other = SpendCall {
            model_class: "lekh.architect".to_owned(),
            ..call()
        };
        assert_eq!(world.reserve(&ada, &other, tokens(101, 0)).await, Ok(true));
        assert!(world.reserve(&ada, &call(), tokens(101, 0)).await.is_err());
        assert_eq!(world.used(&ada).await, [0, 101]);

        world.settle(&ada, &other, tokens(101, 0)).await;
        world.clock.advance(Duration::from_secs(86_400));
        assert_eq!(world.used(&ada).await, [0, 0]);
    })
    .await;
}

#[tokio::test]
async fn a_budget_counts_what_was_used_in_its_period_before_it_was_made() {
    each_world(not_selling(), |world| async move {
        let ada = Actor::user(random_id(), Tier::Free);
        world.settle(&ada, &call(), tokens(40, 0)).await;
        let other = SpendCall {
            model_class: "codestoryteller".to_owned(),
            ..call()
        };
        world.settle(&ada, &other, tokens(7, 0)).await;

        let of_class = CreateBudgetRequest {
            model_class: Some("codestory".to_owned()),
            ..monthly("tokens", 100)
        };
        let installation = CreateBudgetRequest {
            scope: "installation".to_owned(),
            period: "total".to_owned(),
            ..monthly("micro_usd", 1_000)
        };
        assert_eq!(world.create_budget(&ada, of_class).await.unwrap().used, 40);
        let all = world.create_budget(&operator(), installation).await.unwrap();
        assert_eq!((all.used, all.resets_at, all.subject.as_str()), (235, None, ""));
        assert!(world.reserve(&ada, &call(), tokens(61, 0)).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn at_eighty_and_a_hundred_percent_it_is_told_once_and_again_after_a_change() {
    each_world(not_selling(), |world| async move {
        let ada = Actor::user(random_id(), Tier::Free);
        let made = world.create_budget(&ada, monthly("tokens", 100)).await.unwrap();
        let told = async || world.budgets(&ada).await[0].alerted_percent;

        world.settle(&ada, &call(), tokens(79, 0)).await;
        assert_eq!(told().await, 0);
        world.settle(&ada, &call(), tokens(1, 0)).await;
        assert_eq!(told().await, 80);
        // What is refused is as good as used up.
        assert!(world.reserve(&ada, &call(), tokens(21, 0)).await.is_err());
        assert_eq!(told().await, 100);

        let update = UpdateBudgetRequest {
            id: made.id,
            amount: Some(200),
            hard: None,
        };
        let updated = world
            .spending(&ada)
            .update_budget(update)
            .await
            .unwrap()
            .into_inner();
        assert_eq!((updated.amount, updated.alerted_percent), (200, 0));
        world.settle(&ada, &call(), tokens(120, 0)).await;
        assert_eq!(told().await, 100);

        // Her webhooks are told of each, once, also when they could not be at first.
        world.told.away.store(true, Ordering::SeqCst);
        assert!(world.sweeper.alerting.run_once().await.is_err());
        world.told.away.store(false, Ordering::SeqCst);
        assert_eq!(world.sweeper.alerting.run_once().await.unwrap(), 3);
        assert_eq!(world.sweeper.alerting.run_once().await.unwrap(), 0);
        let events = world.told.take();
        let shares: BTreeSet<_> = events
            .iter()
            .map(|event| {
                assert_eq!(event.event_type, "budget.threshold_reached");
                assert_eq!(event.user_id, ada.user_id.to_string());
                let data: Value = serde_json::from_str(&event.data).unwrap();
                (
                    data["percent"].as_i64().unwrap(),
                    data["used"].as_u64().unwrap(),
                    data["limit"].as_u64().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            shares,
            BTreeSet::from([(80, 80, 100), (100, 80, 100), (100, 200, 200)])
        );
    })
    .await;
}

#[tokio::test]
async fn a_budget_is_changed_by_its_owner_alone_and_an_operators_by_operators() {
    each_world(not_selling(), |world| async move {
        let (ada, bob) = (
            Actor::user(random_id(), Tier::Free),
            Actor::user(random_id(), Tier::Free),
        );
        let over_ada = CreateBudgetRequest {
            subject: ada.user_id.to_string(),
            ..monthly("tokens", 5)
        };
        let own = world.create_budget(&ada, monthly("tokens", 100)).await.unwrap();
        let above = world.create_budget(&operator(), over_ada.clone()).await.unwrap();

        // Somebody else's key is not bound by what bob says of it.
        let key = random_id().to_string();
        let of_key = CreateBudgetRequest {
            scope: "key".to_owned(),
            subject: key.clone(),
            ..monthly("tokens", 1)
        };
        world.create_budget(&bob, of_key).await.unwrap();
        let by_key = SpendCall {
            key_id: key,
            ..call()
        };
        assert_eq!(world.reserve(&ada, &by_key, tokens(5, 0)).await, Ok(true));

        let refused = world.create_budget(&bob, over_ada).await.unwrap_err();
        assert_eq!(refused.fields[0].field, "subject");
        for (actor, id) in [(&bob, &own.id), (&ada, &above.id), (&bob, &"x".to_owned())] {
            let mut client = world.spending(actor);
            let delete = DeleteBudgetRequest { id: id.clone() };
            assert_eq!(
                client.delete_budget(delete).await.unwrap_err().code(),
                Code::NotFound
            );
            let update = UpdateBudgetRequest {
                id: id.clone(),
                amount: Some(1),
                hard: None,
            };
            assert_eq!(
                client.update_budget(update).await.unwrap_err().code(),
                Code::NotFound
            );
        }
        for budget in world.budgets(&ada).await {
            assert_eq!(budget.own, budget.id == own.id);
        }

        // A key does not lift what is over it.
        let keyed = Actor {
            api_key: Some(random_id()),
            ..ada.clone()
        };
        let refused = world
            .create_budget(&keyed, monthly("tokens", 1))
            .await
            .unwrap_err();
        assert_eq!(refused.reason, "PERMISSION_DENIED");
        let delete = DeleteBudgetRequest { id: own.id.clone() };
        let refused = world.spending(&keyed).delete_budget(delete).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);

        let delete = DeleteBudgetRequest { id: own.id };
        world.spending(&ada).delete_budget(delete).await.unwrap();
        let delete = DeleteBudgetRequest { id: above.id };
        world.spending(&operator()).delete_budget(delete).await.unwrap();
        assert!(world.budgets(&ada).await.is_empty());
        // What was held in a budget that is gone is held nowhere.
        world.settle(&ada, &by_key, tokens(5, 0)).await;
    })
    .await;
}

#[tokio::test]
async fn what_can_not_be_a_budget_is_refused_with_all_that_is_wrong() {
    each_world(not_selling(), |world| async move {
        let ada = Actor::user(random_id(), Tier::Free);
        let wrong = CreateBudgetRequest {
            scope: "planet".to_owned(),
            unit: "euro".to_owned(),
            amount: 0,
            period: "year".to_owned(),
            model_class: Some("Code Story".to_owned()),
            ..CreateBudgetRequest::default()
        };
        let refused = world.create_budget(&ada, wrong).await.unwrap_err();
        let fields: Vec<_> = refused.fields.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["scope", "unit", "amount", "period", "model_class"]);

        let huge = monthly("tokens", 9_000_000_000_001);
        assert_eq!(world.create_budget(&ada, huge).await.unwrap_err().fields.len(), 1);
        for (scope, subject) in [("key", ""), ("key", "x"), ("team", ""), ("installation", "x")] {
            let wrong = CreateBudgetRequest {
                scope: scope.to_owned(),
                subject: subject.to_owned(),
                ..monthly("tokens", 1)
            };
            let refused = world.create_budget(&operator(), wrong).await.unwrap_err();
            assert_eq!(refused.fields[0].field, "subject", "{scope} {subject}");
        }

        let all = CreateBudgetRequest {
            scope: "installation".to_owned(),
            ..monthly("tokens", 1)
        };
        let refused = world.create_budget(&ada, all).await.unwrap_err();
        assert_eq!(refused.reason, "PERMISSION_DENIED");
    })
    .await;
}
