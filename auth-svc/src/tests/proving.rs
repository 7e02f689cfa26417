//! Who may take an account over for good, or end it: its owner, who has just shown it.

use std::{sync::Arc, time::Duration};

use chrono::DateTime;
use kit::{
    actor::Actor,
    clock::Clock,
    error::{ErrorKind, Problem},
};
use proto::v1::{CreateApiKeyRequest, DeleteAccountRequest, LogoutRequest};
use serde_json::{Value, json};

use super::{
    managing::{change_email, change_password},
    strangers::{SUBJECT, present, token_with, trusting},
    world::{PASSWORD, Person, World, each_world, each_world_with, inner, kind},
};

async fn delete(person: &Person, password: &str) -> Result<(), Problem> {
    let message = DeleteAccountRequest {
        password: password.to_owned(),
        client: person.client(),
        code: String::new(),
    };
    inner(person.accounts().delete_account(person.ask(message)).await).map(drop)
}

/// What is answered to a new password, a new email and a deletion.
async fn try_all(person: &Person, password: &str) -> [Result<(), Problem>; 3] {
    [
        change_password(person, password, "another unusual sentence")
            .await
            .map(drop),
        change_email(person, "new@example.org", password).await.map(drop),
        delete(person, password).await,
    ]
}

fn are_refused(outcomes: [Result<(), Problem>; 3]) {
    for outcome in outcomes {
        assert_eq!(
            kind(outcome),
            (ErrorKind::PermissionDenied, "RECENT_SIGN_IN_NEEDED".to_owned())
        );
    }
}

/// The bearer of another issuer's token that says this, as the gateway would see them.
async fn bearer(world: &Arc<World>, claims: &Value) -> Person {
    let guest = world.guest();
    let found = present(&guest, &token_with(&guest, SUBJECT, claims))
        .await
        .unwrap();

    let user = found.user.unwrap().id.parse().unwrap();
    world.person(Actor {
        auth_time: DateTime::from_timestamp(found.auth_time, 0).filter(|_| found.auth_time > 0),
        ..Actor::user(user, kit::actor::Tier::Free)
    })
}

#[tokio::test]
async fn a_borrowed_token_of_another_issuer_becomes_no_password() {
    each_world_with(trusting, |world| async move {
        let ago = |minutes: i64| world.clock.now().timestamp() - 60 * minutes;

        are_refused(try_all(&bearer(&world, &json!({})).await, "").await);
        for old in [
            json!({ "auth_time": ago(11) }),
            json!({ "amr": [{ "method": "password", "timestamp": ago(11) }] }),
            json!({ "amr": ["pwd"] }),
            // Nobody has signed in tomorrow.
            json!({ "auth_time": ago(-60) }),
        ] {
            are_refused(try_all(&bearer(&world, &old).await, "").await);
        }

        let recent = json!({ "amr": [{ "method": "otp", "timestamp": ago(9) }, { "method": "password", "timestamp": ago(50) }] });
        for outcome in try_all(&bearer(&world, &recent).await, "").await.into_iter().take(1) {
            outcome.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn an_api_key_takes_no_account_over_even_with_the_right_password() {
    each_world(|world| async move {
        let (ada, _) = world.account("ada@example.org").await;
        let mut key = ada.clone();
        key.actor.session_id = None;
        key.actor.scopes = vec!["account:write".to_owned()];

        are_refused(try_all(&key, PASSWORD).await);

        for outcome in try_all(&ada, PASSWORD).await.into_iter().take(1) {
            outcome.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_refreshed_session_is_no_new_sign_in() {
    each_world_with(trusting, |world| async move {
        let (ada, grant) = world.account("ada@example.org").await;
        let forget = "DELETE FROM credentials WHERE user_id = $1";
        kit::on_write!(world.db.system(), c => sqlx::query(forget).bind(ada.actor.user_id).execute(c).await.map(drop))
            .unwrap();

        world.clock.advance(Duration::from_secs(11 * 60));
        let refreshed = ada.refresh(&grant.refresh_token).await.unwrap();

        are_refused(try_all(&world.bearer(&refreshed).await, "").await);
    })
    .await;
}

#[tokio::test]
async fn an_ended_session_does_nothing_more_even_where_a_gateway_still_believes_in_it() {
    each_world(|world| async move {
        let (ada, _) = world.account("ada@example.org").await;
        ada.auth()
            .logout(ada.ask(LogoutRequest::default()))
            .await
            .unwrap();

        let message = CreateApiKeyRequest {
            name: "for later".to_owned(),
            client: ada.client(),
            ..Default::default()
        };
        let made = inner(ada.accounts().create_api_key(ada.ask(message)).await);

        assert_eq!(kind(made).0, ErrorKind::Unauthenticated);
    })
    .await;
}
