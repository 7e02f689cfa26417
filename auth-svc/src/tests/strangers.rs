//! Users of other issuers, and our own tokens where only this service can tell.

use kit::clock::Clock;
use kit::error::Problem;
use proto::v1::authenticate_request::Credential;
use proto::v1::{AuthenticateRequest, Authenticated, SetDisabledRequest};
use serde_json::{Value, json};

use super::world::{PASSWORD, Person, each_world, each_world_with, inner, is_refused};
use crate::AuthConfig;

const SECRET: &str = "the secret of a Supabase project, long enough";
pub(super) const SUBJECT: &str = "0b9c5f5e-4a39-4f3c-9f5e-6f3a2f2d8c11";

pub(super) fn trusting(config: &mut AuthConfig) {
    config.issuers.get_mut("supabase").unwrap().secret = SECRET.into();
}

fn token(person: &Person, subject: &str, email: &str, verified: bool) -> String {
    let claims = json!({ "email": email, "email_verified": verified });
    token_with(person, subject, &claims)
}

/// A token of an hour that says this, too.
pub(super) fn token_with(person: &Person, subject: &str, more: &Value) -> String {
    let at = person.world.clock.now().timestamp();
    let mut claims = json!({
        "iss": "https://abc.supabase.co/auth/v1", "aud": "authenticated", "sub": subject, "role": "authenticated",
        "iat": at, "exp": at + 3_600,
    });
    for (name, value) in more.as_object().unwrap() {
        claims[name] = value.clone();
    }

    let key = jsonwebtoken::EncodingKey::from_secret(SECRET.as_bytes());
    jsonwebtoken::encode(&jsonwebtoken::Header::default(), &claims, &key).unwrap()
}

pub(super) async fn present(person: &Person, token: &str) -> Result<Authenticated, Problem> {
    let message = AuthenticateRequest {
        credential: Some(Credential::ExternalToken(token.to_owned())),
        client: person.client(),
    };
    inner(person.auth().authenticate(person.ask(message)).await)
}

#[tokio::test]
async fn a_stranger_is_provisioned_at_first_sight_and_the_same_user_from_then_on() {
    each_world_with(trusting, |world| async move {
        let guest = world.guest();
        let all: Vec<_> = (0..10)
            .map(|_| {
                let (guest, token) = (guest.clone(), token(&guest, SUBJECT, "ada@example.org", true));
                tokio::spawn(async move { present(&guest, &token).await.unwrap() })
            })
            .collect();
        let mut users = Vec::new();
        for one in all {
            let found = one.await.unwrap();
            assert_eq!(found.expires_at, world.clock.now().timestamp() + 3_600);
            users.push(found.user.unwrap());
        }

        users.dedup();

        let [user] = &users[..] else { panic!("{users:?}") };
        assert_ne!(user.id, SUBJECT, "the id is our own");
        assert_eq!(
            (user.email.as_str(), user.email_verified, user.has_password),
            ("ada@example.org", true, false)
        );

        let other = present(
            &guest,
            &token(&guest, "0b9c5f5e-4a39-4f3c-9f5e-6f3a2f2d8c12", "", false),
        )
        .await
        .unwrap();

        assert_ne!(other.user.unwrap().id, user.id);
    })
    .await;
}

#[tokio::test]
async fn another_issuers_word_about_an_email_opens_no_account_and_takes_it_from_who_only_claims_it() {
    each_world_with(trusting, |world| async move {
        let (ada, _) = world.account("ada@example.org").await;
        let guest = world.guest();
        let found = present(&guest, &token(&guest, SUBJECT, "ada@example.org", true))
            .await
            .unwrap();
        let user = found.user.unwrap();

        assert_ne!(user.id, ada.id());
        assert_eq!(
            (user.email.as_str(), user.email_verified),
            ("ada@example.org", true)
        );
        assert_eq!(ada.me().await.unwrap().email, "");

        // An email that nobody vouches for keeps nobody from registering.
        let second = token(
            &guest,
            "0b9c5f5e-4a39-4f3c-9f5e-6f3a2f2d8c12",
            "bob@example.org",
            false,
        );

        let second = present(&guest, &second).await.unwrap().user.unwrap();
        assert!(!second.email_verified);

        world.account("bob@example.org").await;
    })
    .await;
}

#[tokio::test]
async fn what_somebody_says_of_the_own_email_at_another_issuer_proves_nothing() {
    each_world_with(trusting, |world| async move {
        let guest = world.guest();
        let claims = json!({ "email": "ada@example.org", "user_metadata": { "email_verified": true } });

        let found = present(&guest, &token_with(&guest, SUBJECT, &claims))
            .await
            .unwrap();

        let user = found.user.unwrap();
        assert_eq!(
            (user.email.as_str(), user.email_verified),
            ("ada@example.org", false)
        );
    })
    .await;
}

#[tokio::test]
async fn who_is_anonymous_at_another_issuer_is_a_guest_until_they_are_somebody() {
    each_world_with(trusting, |world| async move {
        let guest = world.guest();
        let ask = |claims: Value| {
            let token = token_with(&guest, SUBJECT, &claims);
            let guest = guest.clone();
            async move { present(&guest, &token).await.unwrap().user.unwrap() }
        };

        let anonymous = ask(json!({ "is_anonymous": true, "email": "" })).await;
        assert!(anonymous.guest && anonymous.email.is_empty(), "{anonymous:?}");
        assert!(ask(json!({ "is_anonymous": true })).await.guest);

        let named = json!({ "is_anonymous": false, "email": "ada@example.org" });
        let account = ask(named).await;
        assert_eq!(
            (
                &account.id,
                account.guest,
                account.email.as_str(),
                account.email_verified
            ),
            (&anonymous.id, false, "ada@example.org", false)
        );

        // What the guest made is the account's alone from then on.
        world.sweeper.tell().await.unwrap();
        assert_eq!(world.stories.asked(), [format!("claim {}", account.id)]);

        let verified = ask(json!({ "email": "ada@example.org", "email_verified": true })).await;
        assert_eq!(
            (verified.email.as_str(), verified.email_verified),
            ("ada@example.org", true)
        );
        assert_eq!(verified.username, account.username);
    })
    .await;
}

#[tokio::test]
async fn a_disabled_stranger_is_refused_and_so_is_every_token_of_nobody() {
    each_world_with(trusting, |world| async move {
        let guest = world.guest();
        let good = token(&guest, SUBJECT, "", false);
        let user = present(&guest, &good).await.unwrap().user.unwrap();

        for wrong in ["", "x", "a.b.c", &"x".repeat(1_000_000), &good[..good.len() - 2]] {
            is_refused(present(&guest, wrong).await);
        }

        let operator = world.operator();
        let message = SetDisabledRequest {
            user_id: user.id,
            disabled: true,
            client: None,
        };
        operator
            .operators()
            .set_disabled(operator.ask(message))
            .await
            .unwrap();
        is_refused(present(&guest, &good).await);

        let nothing = guest
            .auth()
            .authenticate(guest.ask(AuthenticateRequest::default()))
            .await;
        is_refused(inner(nothing));
    })
    .await;
}

#[tokio::test]
async fn our_own_access_tokens_are_recognised_while_their_session_stands() {
    each_world(|world| async move {
        let (ada, grant) = world.account("ada@example.org").await;
        let guest = world.guest();
        let found = present(&guest, &grant.access_token).await.unwrap();

        assert_eq!(
            (found.user.unwrap().id, found.session_id),
            (ada.id(), grant.session_id.clone())
        );
        assert_eq!(found.expires_at, grant.expires_at);

        is_refused(present(&guest, &grant.refresh_token).await);

        let message = proto::v1::LogoutRequest::default();
        ada.auth().logout(ada.ask(message)).await.unwrap();
        is_refused(present(&guest, &grant.access_token).await);

        let again = ada.login("ada@example.org", PASSWORD).await.unwrap();
        world.clock.advance(std::time::Duration::from_secs(900));
        is_refused(present(&guest, &again.access_token).await);
    })
    .await;
}

#[tokio::test]
async fn an_email_that_nobody_vouches_for_is_shown_and_is_nobodys() {
    each_world_with(trusting, |world| async move {
        let guest = world.guest();
        let seen = async |claims: Value| {
            let found = present(&guest, &token_with(&guest, SUBJECT, &claims))
                .await
                .unwrap();
            let user = found.user.unwrap();
            (user.guest, user.email, user.email_verified)
        };

        let anonymous = json!({ "is_anonymous": true, "email": "" });
        assert_eq!(seen(anonymous).await, (true, String::new(), false));
        // As GoTrue says it of a guest who became an account: beside the email, nothing but its user's own word.
        let somebody = json!({
            "is_anonymous": false, "email": "ada@example.org", "user_metadata": { "email_verified": true },
        });
        let shown = (false, "ada@example.org".to_owned(), false);
        assert_eq!(seen(somebody.clone()).await, shown);

        // It is in nobody's way, and leads to nobody.
        let ada = world.guest().register("ada@example.org").await.unwrap();
        let entered = world.guest().login("ada@example.org", PASSWORD).await.unwrap();
        assert_eq!(entered.user.unwrap().id, ada.user.unwrap().id);
        assert_eq!(seen(somebody).await, shown);

        let moved = json!({ "is_anonymous": false, "email": "ada@new.example" });
        assert_eq!(seen(moved).await.1, "ada@new.example");
    })
    .await;
}
