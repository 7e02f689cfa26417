//! Refresh tokens: single-use, in a row, with ten seconds for a second tab.

use std::time::Duration;

use super::world::{each_world, is_refused};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn each_token_is_good_once_and_leads_to_the_next() {
    each_world(|world| async move {
        let (ada, grant) = world.account("ada@example.org").await;
        let mut token = grant.refresh_token.clone();
        for _ in 0..3 {
            world.clock.advance(60 * SECOND);
            let next = ada.refresh(&token).await.unwrap();
            assert_eq!(next.session_id, grant.session_id);
            assert_ne!(next.refresh_token, token);
            assert!(world.claims(&next.access_token).await.is_some());
            token = next.refresh_token;
        }

        for wrong in [
            "",
            "srt_",
            "x",
            &grant.access_token,
            &"a".repeat(1_000_000),
            "srt_\0",
        ] {
            is_refused(ada.refresh(wrong).await);
        }
    })
    .await;
}

#[tokio::test]
async fn twenty_refreshes_at_once_have_one_winner_and_nobody_is_signed_out() {
    each_world(|world| async move {
        let (ada, grant) = world.account("ada@example.org").await;
        let all: Vec<_> = (0..20)
            .map(|_| {
                let (ada, token) = (ada.clone(), grant.refresh_token.clone());
                tokio::spawn(async move { ada.refresh(&token).await })
            })
            .collect();
        let mut tokens = Vec::new();
        for one in all {
            let granted = one.await.unwrap().expect("nobody is signed out");
            assert!(world.claims(&granted.access_token).await.is_some());
            tokens.push(granted.refresh_token);
        }

        tokens.dedup();
        assert_eq!(tokens.len(), 1, "one successor, given to all");
        assert!(ada.stands().await);

        world.clock.advance(60 * SECOND);
        ada.refresh(&tokens[0]).await.expect("the successor is usable");
    })
    .await;
}

#[tokio::test]
async fn a_second_tab_gets_the_newest_token_within_ten_seconds() {
    each_world(|world| async move {
        let (ada, grant) = world.account("ada@example.org").await;
        let first = ada.refresh(&grant.refresh_token).await.unwrap();
        let second = ada.refresh(&first.refresh_token).await.unwrap();
        world.clock.advance(10 * SECOND);
        let late = ada.refresh(&grant.refresh_token).await.unwrap();
        assert_eq!(late.refresh_token, second.refresh_token);
        ada.refresh(&late.refresh_token).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn reuse_after_the_window_ends_the_whole_family_and_is_noted() {
    each_world(|world| async move {
        let (ada, grant) = world.account("ada@example.org").await;
        let other = world
            .bearer(
                &ada.login("ada@example.org", super::world::PASSWORD)
                    .await
                    .unwrap(),
            )
            .await;

        let next = ada.refresh(&grant.refresh_token).await.unwrap();
        world.clock.advance(11 * SECOND);
        is_refused(ada.refresh(&grant.refresh_token).await);
        is_refused(ada.refresh(&next.refresh_token).await);

        assert!(!ada.stands().await);
        // Other devices of the same person are not touched.
        assert!(other.stands().await);

        let acts = other.acts().await;
        assert_eq!(
            acts.iter().filter(|act| *act == "refresh_reuse_detected").count(),
            1,
            "{acts:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_session_lives_thirty_days_from_its_last_use() {
    each_world(|world| async move {
        let (ada, grant) = world.account("ada@example.org").await;
        let days = |days: u32| 86_400 * days * SECOND;
        world.clock.advance(days(29));

        let next = ada.refresh(&grant.refresh_token).await.unwrap();
        world.clock.advance(days(29));

        let last = ada.refresh(&next.refresh_token).await.unwrap();
        world.clock.advance(days(30));
        is_refused(ada.refresh(&last.refresh_token).await);

        assert!(!ada.stands().await);
    })
    .await;
}

#[tokio::test]
async fn the_next_access_token_knows_what_changed() {
    each_world(|world| async move {
        let (ada, grant) = world.account("ada@example.org").await;
        let operator = world.operator();
        let message = proto::v1::SetTierRequest {
            user_id: ada.id(),
            tier: "power".to_owned(),
            client: None,
        };
        operator
            .operators()
            .set_tier(operator.ask(message))
            .await
            .unwrap();

        let next = ada.refresh(&grant.refresh_token).await.unwrap();
        assert_eq!(
            world.claims(&next.access_token).await.unwrap().tier.as_str(),
            "power"
        );
    })
    .await;
}
