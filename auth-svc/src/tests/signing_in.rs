//! Logins and logouts.

use kit::clock::Clock;
use kit::error::ErrorKind;
use proto::v1::{ListSessionsRequest, LogoutRequest, LogoutScope, RevokeSessionRequest};
use sqlx::Row;

use super::world::{PASSWORD, Person, each_world, inner, is_refused, kind};
use kit::on_write;

async fn logout(person: &Person, scope: LogoutScope, refresh_token: &str) -> Vec<String> {
    let message = LogoutRequest {
        scope: scope.into(),
        refresh_token: refresh_token.to_owned(),
        client: person.client(),
    };

    person
        .auth()
        .logout(person.ask(message))
        .await
        .unwrap()
        .into_inner()
        .revoked_session_ids
}

#[tokio::test]
async fn every_wrong_login_is_refused_in_the_same_words_and_noted() {
    each_world(|world| async move {
        let (ada, _) = world.account("ada@example.org").await;
        let guest = world.guest().at("192.0.2.50");
        for (identifier, password) in [
            ("ada@example.org", "a wrong password"),
            ("ada@example.org", ""),
            ("ada@example.org", &"x".repeat(100_000)),
            ("nobody@example.org", PASSWORD),
            ("", PASSWORD),
            ("' OR 1=1 --", PASSWORD),
            ("ada@example.org\0", PASSWORD),
        ] {
            is_refused(guest.login(identifier, password).await);
        }

        let failed: Vec<_> = ada
            .events()
            .await
            .into_iter()
            .filter(|event| event.action == "login_failed")
            .collect();

        assert_eq!(failed.len(), 3);

        let event = &failed[0];
        assert_eq!(
            (
                event.user_id.as_str(),
                event.actor.as_str(),
                event.target.as_str()
            ),
            (ada.id().as_str(), "", "")
        );

        assert_eq!(
            (event.address.as_str(), event.user_agent.as_str()),
            ("192.0.2.50", "a test")
        );
        assert_eq!(event.request_id, "a-request");
    })
    .await;
}

#[tokio::test]
async fn a_hash_of_an_older_product_is_replaced_when_its_owner_signs_in() {
    each_world(|world| async move {
        let (ada, _) = world.account("ada@example.org").await;
        let old = "$2b$04$UuTkLRZZ6QofpDOlMz32MuuxEHA43WOemOYHPz6.SjsVsyO1tDU96";
        let set = "UPDATE credentials SET password_hash = $1 WHERE user_id = $2";
        on_write!(world.db.system(), c => sqlx::query(set).bind(old).bind(ada.actor.user_id).execute(c).await.map(drop)).unwrap();
        is_refused(ada.login("ada@example.org", "Password").await);
        ada.login("ada@example.org", "password").await.unwrap();

        let get = "SELECT password_hash FROM credentials WHERE user_id = $1";
        let new: String = kit::on!(world.db.system(), c => sqlx::query(get)
            .bind(ada.actor.user_id)
            .fetch_one(c)
            .await
            .map(|row| row.get(0)))
        .unwrap();

        assert!(new.starts_with("$argon2id$"), "{new}");

        ada.login("ada@example.org", "password").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_logout_ends_this_session_the_others_or_all() {
    each_world(|world| async move {
        let (first, _) = world.account("ada@example.org").await;
        let second = world
            .bearer(&first.login("ada@example.org", PASSWORD).await.unwrap())
            .await;
        let third = world
            .bearer(&first.login("ada@example.org", PASSWORD).await.unwrap())
            .await;
        let id = |person: &Person| person.actor.session_id.unwrap().to_string();

        assert_eq!(logout(&second, LogoutScope::Unspecified, "").await, [id(&second)]);
        assert!(!second.stands().await && first.stands().await && third.stands().await);
        assert_eq!(logout(&third, LogoutScope::Others, "").await, [id(&first)]);
        assert!(!first.stands().await && third.stands().await);
        assert_eq!(logout(&third, LogoutScope::Global, "").await, [id(&third)]);
        assert!(!third.stands().await);

        // The account is still there.
        first.login("ada@example.org", PASSWORD).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_refresh_token_alone_can_end_its_session() {
    each_world(|world| async move {
        let (ada, grant) = world.account("ada@example.org").await;
        let stranger = world.guest();

        assert_eq!(
            logout(&stranger, LogoutScope::Local, "srt_unknown").await,
            Vec::<String>::new()
        );
        assert!(ada.stands().await);
        assert_eq!(
            logout(&stranger, LogoutScope::Local, &grant.refresh_token).await,
            [grant.session_id]
        );
        assert!(!ada.stands().await);

        is_refused(ada.refresh(&grant.refresh_token).await);

        let nothing = stranger
            .auth()
            .logout(stranger.ask(LogoutRequest::default()))
            .await;

        assert_eq!(kind(inner(nothing)).0, ErrorKind::Unauthenticated);
    })
    .await;
}

#[tokio::test]
async fn a_refresh_token_that_is_good_no_more_ends_nothing_and_a_good_one_its_own_session_alone() {
    each_world(|world| async move {
        let (ada, grant) = world.account("ada@example.org").await;
        let stranger = world.guest();
        let nothing = Vec::<String>::new();

        // One that was used up.
        let next = ada.refresh(&grant.refresh_token).await.unwrap();
        for scope in [LogoutScope::Local, LogoutScope::Others, LogoutScope::Global] {
            assert_eq!(logout(&stranger, scope, &grant.refresh_token).await, nothing);
        }
        assert!(ada.stands().await);

        // One of a session that was ended.
        logout(&ada, LogoutScope::Local, "").await;
        let again = ada.login("ada@example.org", PASSWORD).await.unwrap();
        let again = world.bearer(&again).await;
        for scope in [LogoutScope::Local, LogoutScope::Others, LogoutScope::Global] {
            assert_eq!(logout(&stranger, scope, &next.refresh_token).await, nothing);
        }
        assert!(again.stands().await);

        // A good one.
        let third = ada.login("ada@example.org", PASSWORD).await.unwrap();
        let message = LogoutRequest {
            scope: LogoutScope::Global.into(),
            refresh_token: third.refresh_token.clone(),
            client: stranger.client(),
        };
        let refused = inner(stranger.auth().logout(stranger.ask(message)).await).unwrap_err();
        assert_eq!(refused.fields[0].field, "scope");
        assert_eq!(
            logout(&stranger, LogoutScope::Local, &third.refresh_token).await,
            [third.session_id]
        );
        assert!(again.stands().await);
    })
    .await;
}

#[tokio::test]
async fn sessions_are_listed_and_ended_by_their_owner_only() {
    each_world(|world| async move {
        let (ada, grant) = world.account("ada@example.org").await;
        world.clock.advance(std::time::Duration::from_secs(5));

        let phone = world
            .bearer(
                &ada.clone()
                    .at("2001:db8::7")
                    .login("ada@example.org", PASSWORD)
                    .await
                    .unwrap(),
            )
            .await;

        let (bob, _) = world.account("bob@example.org").await;
        let listed = ada
            .accounts()
            .list_sessions(ada.ask(ListSessionsRequest {}))
            .await
            .unwrap()
            .into_inner()
            .sessions;

        let shown: Vec<_> = listed
            .iter()
            .map(|one| (one.address.as_str(), one.current))
            .collect();

        assert_eq!(shown[0], ("2001:db8::7", false));
        assert!(listed[1].current && listed[1].id == grant.session_id);

        // An id is not the token.
        assert!(!grant.refresh_token.contains(&grant.session_id));

        let revoke = |person: &Person, id: String| {
            let (person, message) = (
                person.clone(),
                RevokeSessionRequest {
                    id,
                    client: person.client(),
                },
            );
            async move { inner(person.accounts().revoke_session(person.ask(message)).await) }
        };
        for id in [grant.session_id.clone(), "x".to_owned(), String::new()] {
            assert_eq!(
                kind(revoke(&bob, id).await),
                (ErrorKind::NotFound, "NOT_FOUND".to_owned())
            );
        }

        let ended = revoke(&ada, listed[0].id.clone()).await.unwrap();
        assert_eq!(ended.revoked_session_ids, [listed[0].id.clone()]);
        assert!(!phone.stands().await && ada.stands().await);
        assert_eq!(
            kind(revoke(&ada, listed[0].id.clone()).await).0,
            ErrorKind::NotFound
        );
    })
    .await;
}

#[tokio::test]
async fn a_session_is_checked_with_its_user_and_ends_with_its_time() {
    each_world(|world| async move {
        let (ada, _) = world.account("ada@example.org").await;
        let (bob, _) = world.account("bob@example.org").await;
        let mut mixed = ada.clone();
        mixed.actor.user_id = bob.actor.user_id;

        assert!(ada.stands().await && !mixed.stands().await);

        world
            .clock
            .advance(std::time::Duration::from_secs(30 * 86_400 - 1));
        assert!(ada.stands().await);

        world.clock.advance(std::time::Duration::from_secs(2));
        assert!(!ada.stands().await, "{}", world.clock.now());
    })
    .await;
}

#[tokio::test]
async fn what_is_over_is_forgotten_and_what_is_not_is_kept() {
    each_world(|world| async move {
        let (ada, grant) = world.account("ada@example.org").await;
        world.sweeper.clean().await.unwrap();

        let next = ada.refresh(&grant.refresh_token).await.unwrap();
        world.clock.advance(std::time::Duration::from_secs(31 * 86_400));
        world.sweeper.clean().await.unwrap();
        is_refused(ada.refresh(&next.refresh_token).await);
        ada.login("ada@example.org", PASSWORD).await.unwrap();
        world.clock.advance(std::time::Duration::from_secs(62 * 86_400));
        world.sweeper.clean().await.unwrap();

        for table in ["sessions", "refresh_tokens", "throttles"] {
            let sql = format!("SELECT COUNT(*) FROM {table}");
            let left: i64 =
                kit::on!(world.db.system(), c => sqlx::query_scalar(sqlx::AssertSqlSafe(sql.clone())).fetch_one(c).await).unwrap();
            assert_eq!(left, 0, "{table}");
        }
    })
    .await;
}
