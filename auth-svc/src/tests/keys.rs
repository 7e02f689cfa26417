//! Signing keys and API keys.

use std::time::Duration;

use kit::clock::Clock;
use kit::error::{ErrorKind, Problem};
use kit::secrets::Key;
use kit::tokens::KeySet;
use proto::v1::authenticate_request::Credential;
use proto::v1::{
    ApiKeyRequest, AuthenticateRequest, Authenticated, CreateApiKeyRequest, CreatedApiKey,
    ListApiKeysRequest, RotateKeysRequest,
};

use super::world::{PASSWORD, Person, each_world, each_world_with, inner, is_refused, kind};
use crate::SigningAlgorithm;

const SECOND: Duration = Duration::from_secs(1);

async fn create(person: &Person, scopes: &[&str], expires_at: &str) -> Result<CreatedApiKey, Problem> {
    let message = CreateApiKeyRequest {
        name: "laptop".to_owned(),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        expires_at: expires_at.to_owned(),
        client: person.client(),
    };
    inner(person.accounts().create_api_key(person.ask(message)).await)
}

async fn present(person: &Person, key: &str) -> Result<Authenticated, Problem> {
    let message = AuthenticateRequest {
        credential: Some(Credential::ApiKey(key.to_owned())),
        client: person.client(),
    };
    inner(person.auth().authenticate(person.ask(message)).await)
}

fn by_id(person: &Person, id: &str) -> tonic::Request<ApiKeyRequest> {
    person.ask(ApiKeyRequest {
        id: id.to_owned(),
        client: person.client(),
    })
}

#[tokio::test]
async fn an_api_key_is_shown_once_and_recognised_until_it_ends() {
    each_world(|world| async move {
        let (ada, _) = world.account("ada@example.org").await;
        let end = "2026-01-02T12:00:00Z";
        let created = create(&ada, &["stories:write", "stories:read", "stories:read"], end)
            .await
            .unwrap();
        let (key, secret) = (created.key.unwrap(), created.secret);

        assert!(secret.starts_with(&key.prefix) && key.prefix.starts_with("saga_") && key.prefix.len() == 9);
        assert_eq!(
            (key.scopes.join(","), key.expires_at.as_str()),
            ("stories:read,stories:write".to_owned(), end)
        );

        let guest = world.guest();
        let found = present(&guest, &secret).await.unwrap();

        assert_eq!(
            (found.user.unwrap().id, found.scopes.join(",")),
            (ada.id(), "stories:read,stories:write".to_owned())
        );

        for wrong in [
            "",
            "saga_",
            &secret[..secret.len() - 1],
            &format!("{secret}x"),
            "saga_\0",
            &"s".repeat(1_000_000),
        ] {
            is_refused(present(&guest, wrong).await);
        }

        let listed = ada
            .accounts()
            .list_api_keys(ada.ask(ListApiKeysRequest {}))
            .await
            .unwrap()
            .into_inner()
            .keys;

        assert!(!format!("{listed:?}").contains(&secret));
        assert_eq!(listed[0].last_used_at, "2026-01-01T12:00:00Z");

        world.clock.advance(86_400 * SECOND);
        is_refused(present(&guest, &secret).await);
    })
    .await;
}

#[tokio::test]
async fn a_use_is_noted_once_a_minute_at_most() {
    each_world(|world| async move {
        let (ada, _) = world.account("ada@example.org").await;
        let secret = create(&ada, &[], "").await.unwrap().secret;
        let mut noted = Vec::new();
        for _ in 0..5 {
            present(&ada, &secret).await.unwrap();

            let keys = ada
                .accounts()
                .list_api_keys(ada.ask(ListApiKeysRequest {}))
                .await
                .unwrap()
                .into_inner()
                .keys;

            noted.push(keys[0].last_used_at.clone());
            world.clock.advance(30 * SECOND);
        }

        noted.dedup();
        assert_eq!(
            noted,
            [
                "2026-01-01T12:00:00Z",
                "2026-01-01T12:01:00Z",
                "2026-01-01T12:02:00Z"
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn a_key_is_replaced_and_revoked_by_its_owner_only() {
    each_world(|world| async move {
        let (ada, _) = world.account("ada@example.org").await;
        let (bob, _) = world.account("bob@example.org").await;
        let created = create(&ada, &["stories:read"], "").await.unwrap();
        let id = created.key.unwrap().id;

        for person in [&bob, &ada] {
            let wrong = if person.id() == ada.id() { "nothing" } else { &id };
            assert_eq!(
                kind(inner(
                    person.accounts().regenerate_api_key(by_id(person, wrong)).await
                ))
                .0,
                ErrorKind::NotFound
            );

            assert_eq!(
                kind(inner(
                    person.accounts().revoke_api_key(by_id(person, wrong)).await
                ))
                .0,
                ErrorKind::NotFound
            );
        }

        let renewed = ada
            .accounts()
            .regenerate_api_key(by_id(&ada, &id))
            .await
            .unwrap()
            .into_inner();

        is_refused(present(&ada, &created.secret).await);
        assert_eq!(
            present(&ada, &renewed.secret).await.unwrap().scopes,
            ["stories:read"]
        );

        let revoked = ada
            .accounts()
            .revoke_api_key(by_id(&ada, &id))
            .await
            .unwrap()
            .into_inner();

        assert_eq!(revoked.revoked_at, "2026-01-01T12:00:00Z");

        is_refused(present(&ada, &renewed.secret).await);
        assert_eq!(
            kind(inner(ada.accounts().regenerate_api_key(by_id(&ada, &id)).await)).0,
            ErrorKind::NotFound
        );
        assert_eq!(
            ada.acts().await[..3],
            ["api_key_created", "api_key_regenerated", "api_key_revoked"]
        );

        let text = format!("{:?}", ada.events().await);
        assert!(!text.contains(&created.secret[5..]) && !text.contains(&renewed.secret[5..]));
    })
    .await;
}

#[tokio::test]
async fn a_key_is_made_by_who_signed_in_a_moment_ago_and_by_no_key() {
    each_world(|world| async move {
        let refused = (ErrorKind::PermissionDenied, "RECENT_SIGN_IN_NEEDED".to_owned());
        let (ada, _) = world.account("ada@example.org").await;
        let id = create(&ada, &[], "").await.unwrap().key.unwrap().id;

        let mut by_key = ada.clone();
        (by_key.actor.session_id, by_key.actor.scopes) = (None, vec!["account:write".to_owned()]);

        assert_eq!(kind(create(&by_key, &["account:write"], "").await), refused);
        let renewed = by_key.accounts().regenerate_api_key(by_id(&by_key, &id)).await;
        assert_eq!(kind(inner(renewed)), refused);

        world.clock.advance(601 * SECOND);
        assert_eq!(kind(create(&ada, &[], "").await), refused);
        let renewed = ada.accounts().regenerate_api_key(by_id(&ada, &id)).await;
        assert_eq!(kind(inner(renewed)), refused);

        // Less in the account takes less: whoever doubts a key ends it at once.
        let revoked = by_key.accounts().revoke_api_key(by_id(&by_key, &id)).await;
        assert!(!revoked.unwrap().into_inner().revoked_at.is_empty());

        let again = world.guest().login("ada@example.org", PASSWORD).await.unwrap();
        create(&world.bearer(&again).await, &[], "").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn no_key_carries_what_operators_may() {
    each_world(|world| async move {
        let (ada, _) = world.account("ada@example.org").await;
        for scopes in [
            &["operator"][..],
            &["service"],
            &["stories:read", "everything"],
            &["Read"],
            &[""],
        ] {
            assert_eq!(
                create(&ada, scopes, "").await.unwrap_err().fields[0].field,
                "scopes"
            );
        }

        for end in [
            "tomorrow",
            "2026-01-01T12:00:00Z",
            "1999-01-01T00:00:00Z",
            "99999-01-01T00:00:00Z",
        ] {
            assert_eq!(
                create(&ada, &[], end).await.unwrap_err().fields[0].field,
                "expires_at",
                "{end}"
            );
        }

        let guest = world.guest();
        assert_eq!(kind(create(&guest, &[], "").await).0, ErrorKind::Unauthenticated);
    })
    .await;
}

#[tokio::test]
async fn keys_rotate_and_what_they_signed_before_stays_good() {
    each_world(|world| async move {
        let kids = |jwks: serde_json::Value| -> Vec<String> {
            let keys = jwks["keys"].as_array().unwrap().clone();
            assert!(
                keys.iter()
                    .all(|key| key.get("d").is_none() && key["alg"] == "ES256"),
                "{keys:?}"
            );

            keys.iter()
                .map(|key| key["kid"].as_str().unwrap().to_owned())
                .collect()
        };

        let (ada, grant) = world.account("ada@example.org").await;
        let first = kids(world.jwks().await);

        assert_eq!(first.len(), 2, "active and standby");

        world.clock.advance(SECOND);

        let operator = world.operator();
        operator
            .operators()
            .rotate_keys(operator.ask(RotateKeysRequest::default()))
            .await
            .unwrap();

        let second = kids(world.jwks().await);
        assert_eq!(
            (second.len(), &second[..2]),
            (3, &first[..]),
            "retired, active and standby"
        );
        assert!(world.claims(&grant.access_token).await.is_some());

        let next = ada.refresh(&grant.refresh_token).await.unwrap();
        let kid = |token: &str| {
            kit::tokens::Unverified::parse(token)
                .unwrap()
                .key_id()
                .unwrap()
                .to_owned()
        };

        assert!(
            first.contains(&kid(&next.access_token)) && kid(&next.access_token) != kid(&grant.access_token)
        );

        // Another process learns it within a minute, and what it signed meanwhile is good.
        let other = std::sync::Arc::new(world.another().await);
        world.clock.advance(60 * SECOND);

        assert_eq!(kids(other.jwks().await), second);

        // A retired key is published until nothing that it signed can be good any more.
        world.clock.advance(33 * 86_400 * SECOND);
        assert_eq!(kids(world.jwks().await).len(), 2);

        let guest = world.guest();
        let denied = guest
            .operators()
            .rotate_keys(guest.ask(RotateKeysRequest::default()))
            .await;

        assert_eq!(kind(inner(denied)).0, ErrorKind::PermissionDenied);
    })
    .await;
}

#[tokio::test]
async fn whoever_has_the_database_but_not_the_key_cannot_sign() {
    each_world(|world| async move {
        let error = world
            .build_with(&Key::random())
            .await
            .err()
            .expect("the keys stay shut");
        let causes = kit::error::Chain(&error).to_string();
        assert!(causes.contains("auth_key"), "{causes}");
    })
    .await;
}

#[tokio::test]
async fn tokens_are_signed_with_the_shared_secret_where_that_is_configured() {
    const SHARED: &str = "a secret that everybody who verifies has too";

    each_world_with(
        |config| {
            config.jwt_algorithm = SigningAlgorithm::HS256;
            config.jwt_secret = SHARED.into();
        },
        |world| async move {
            let grant = world.guest().register("ada@example.org").await.unwrap();
            assert!(
                world.claims(&grant.access_token).await.is_none(),
                "no published key verifies it"
            );

            let keys = KeySet::shared_secret(&SHARED.into());
            let claims = world
                .config
                .access_rules()
                .verify(&grant.access_token, &keys, world.clock.now())
                .unwrap();

            assert_eq!(claims.user_id.to_string(), grant.user.unwrap().id);
            assert!(!world.jwks().await.to_string().contains(SHARED));
        },
    )
    .await;
}
