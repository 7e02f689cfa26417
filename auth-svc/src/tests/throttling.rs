//! Guessing is slow, and nobody is locked out of the own account by it.

use std::{sync::Arc, time::Duration};

use kit::error::ErrorKind;

use super::world::{PASSWORD, Person, World, each_world, each_world_with};

/// Wrong logins until one has to wait; how many got an answer, and the wait.
async fn guess(person: &Person, identifier: &str, most: u32) -> (u32, Option<Duration>) {
    for tried in 0..most {
        let problem = person.login(identifier, "a wrong password").await.unwrap_err();
        if problem.kind == ErrorKind::ResourceExhausted {
            assert_eq!(problem.reason, "TOO_MANY_ATTEMPTS");
            return (tried, problem.retry_after);
        }
        assert_eq!(problem.kind, ErrorKind::Unauthenticated);
    }

    (most, None)
}

#[tokio::test]
async fn guessing_one_account_has_to_wait_longer_and_longer_whether_it_exists_or_not() {
    each_world(|world| async move {
        world.account("ada@example.org").await;

        for identifier in ["ada@example.org", "nobody@example.org"] {
            let guest = world.guest().at("192.0.2.66");
            assert_eq!(
                guess(&guest, identifier, 10).await,
                (6, Some(Duration::from_secs(1))),
                "{identifier}"
            );

            let mut waits = Vec::new();
            for _ in 0..4 {
                let wait = guess(&guest, identifier, 1).await.1.expect("it has to wait");
                waits.push(wait.as_secs());
                world.clock.advance(wait);
                assert_eq!(guess(&guest, identifier, 1).await, (1, None));
            }

            assert_eq!(waits, [1, 2, 4, 8], "{identifier}");

            world.clock.advance(Duration::from_secs(3_600));
        }
    })
    .await;
}

/// Guesses at an account, each from a network of its own, until nobody new gets one more.
async fn besiege(world: &Arc<World>, identifier: &str) {
    for stranger in 0..120 {
        let guest = world
            .guest()
            .at(&format!("203.0.{}.{}", stranger / 50, stranger % 50));
        guess(&guest, identifier, 1).await;
    }
    assert_eq!(guess(&world.guest().at("203.0.200.1"), identifier, 1).await.0, 0);
}

#[tokio::test]
async fn an_owner_who_registered_or_refreshed_somewhere_is_known_there() {
    each_world(|world| async move {
        let home = world.guest().at("198.51.100.7");
        let grant = home.register("ada@example.org").await.unwrap();
        let owner = world.bearer(&grant).await;
        let train = owner.clone().at("198.51.100.99");
        train.refresh(&grant.refresh_token).await.unwrap();

        besiege(&world, "ada@example.org").await;

        for known in ["198.51.100.7", "198.51.100.99"] {
            let guest = world.guest().at(known);
            guest.login("ada@example.org", PASSWORD).await.expect(known);
        }
        // Nor is who is signed in kept from signing in anew, wherever they are.
        owner
            .at("198.51.100.200")
            .login("ada@example.org", PASSWORD)
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_right_password_is_refused_while_it_has_to_wait_and_then_starts_over() {
    each_world(|world| async move {
        world.account("ada@example.org").await;

        let guest = world.guest().at("192.0.2.66");
        let (_, wait) = guess(&guest, "ada@example.org", 10).await;

        assert_eq!(
            guest.login("ada@example.org", PASSWORD).await.unwrap_err().kind,
            ErrorKind::ResourceExhausted
        );

        world.clock.advance(wait.unwrap());
        guest.login("ada@example.org", PASSWORD).await.unwrap();

        assert_eq!(guess(&guest, "ada@example.org", 10).await.0, 6);
    })
    .await;
}

#[tokio::test]
async fn strangers_everywhere_cannot_keep_the_owner_out() {
    each_world(|world| async move {
        let (ada, _) = world.account("ada@example.org").await;
        let home = ada.clone().at("198.51.100.7");
        home.login("ada@example.org", PASSWORD).await.unwrap();

        // A hundred guesses in a row, each from a network of its own, and then nobody new gets one more.
        for stranger in 0..100 {
            let guest = world
                .guest()
                .at(&format!("203.0.{}.{}", stranger / 50, stranger % 50));
            assert_eq!(guess(&guest, "ada@example.org", 1).await, (1, None), "{stranger}");
        }

        let new = world.guest().at("203.0.9.1");
        assert_eq!(guess(&new, "ada@example.org", 1).await, (1, None));

        let problem = new.login("ada@example.org", PASSWORD).await.unwrap_err();
        assert_eq!(
            (problem.kind, problem.retry_after),
            (ErrorKind::ResourceExhausted, Some(Duration::from_secs(30)))
        );

        // The owner signs in from where the account is known, and from anywhere while signed in.
        world
            .guest()
            .at("198.51.100.7")
            .login("ada@example.org", PASSWORD)
            .await
            .unwrap();

        ada.clone()
            .at("203.0.9.2")
            .login("ada@example.org", PASSWORD)
            .await
            .unwrap();

        // A sibling of the home network is a stranger.
        let sibling = world
            .guest()
            .at("198.51.100.8")
            .login("ada@example.org", PASSWORD)
            .await;

        assert_eq!(sibling.unwrap_err().kind, ErrorKind::ResourceExhausted);
    })
    .await;
}

#[tokio::test]
async fn one_network_cannot_try_many_accounts() {
    each_world(|world| async move {
        let guest = world.guest().at("2001:db8:1:2::1");
        for account in 0..50 {
            let name = format!("user{account}@example.org");
            assert_eq!(guess(&guest, &name, 1).await, (1, None));
        }

        // One more is free, and then the whole /64 waits, whatever it tries.
        let neighbour = world.guest().at("2001:db8:1:2:ffff::9");
        assert_eq!(
            guess(&neighbour, "another@example.org", 2).await,
            (1, Some(Duration::from_secs(1)))
        );
        assert_eq!(
            guess(&world.guest().at("2001:db8:1:3::1"), "another@example.org", 1).await,
            (1, None)
        );
    })
    .await;
}

#[tokio::test]
async fn guesses_at_once_gain_nothing() {
    each_world(|world| async move {
        world.account("ada@example.org").await;

        let all: Vec<_> = (0..40)
            .map(|_| {
                let guest = world.guest().at("192.0.2.66");
                tokio::spawn(async move { guest.login("ada@example.org", "a wrong password").await })
            })
            .collect();

        let mut looked_at = 0;
        for one in all {
            looked_at += u32::from(one.await.unwrap().unwrap_err().kind == ErrorKind::Unauthenticated);
        }

        assert_eq!(looked_at, 6);
    })
    .await;
}

#[tokio::test]
async fn ten_thousand_registrations_from_one_address_make_a_few_accounts() {
    each_world(|world| async move {
        let guest = world.guest().at("192.0.2.9");
        let (mut made, mut longest) = (0, Duration::ZERO);
        for number in 0..10_000 {
            match guest.register(&format!("bot{number}@example.org")).await {
                Ok(_) => made += 1,
                Err(problem) => {
                    assert_eq!(problem.kind, ErrorKind::ResourceExhausted);
                    longest = longest.max(problem.retry_after.expect("when to come back"));
                }
            }
        }

        assert_eq!((made, longest), (21, Duration::from_secs(60)));

        // Others are not held up, and neither is this one when the wait is over.
        world
            .guest()
            .at("192.0.2.10")
            .register("person@example.org")
            .await
            .unwrap();
        world.clock.advance(longest);
        guest.register("patient@example.org").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn people_who_come_at_the_same_moment_are_all_let_in() {
    each_world(|world| async move {
        world.account("ada@example.org").await;
        let ticking = {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                loop {
                    let tick = Duration::from_millis(1);
                    tokio::time::sleep(tick).await;
                    world.clock.advance(tick);
                }
            })
        };

        let mut all = tokio::task::JoinSet::new();
        for number in 0..12 {
            let guest = world.guest().at("192.0.2.77");
            all.spawn(async move { guest.register(&format!("bird{number}@example.org")).await });
            let guest = world.guest().at("192.0.2.77");
            all.spawn(async move { guest.create_guest().await });
        }
        for _ in 0..4 {
            let guest = world.guest().at("192.0.2.77");
            all.spawn(async move { guest.login("ada@example.org", PASSWORD).await });
        }
        let outcomes = all.join_all().await;
        ticking.abort();

        for outcome in outcomes {
            outcome.expect("everybody is let in");
        }
    })
    .await;
}

#[tokio::test]
async fn guests_are_counted_too() {
    each_world_with(
        |config| config.throttle.guests = 2,
        |world| async move {
            let guest = world.guest();
            let mut outcomes = Vec::new();
            for _ in 0..4 {
                let mut client = guest.auth();
                let message = proto::v1::CreateGuestRequest {
                    upgrade: false,
                    client: guest.client(),
                };
                outcomes.push(client.create_guest(guest.ask(message)).await.is_ok());
            }

            assert_eq!(outcomes, [true, true, true, false]);
        },
    )
    .await;
}

#[tokio::test]
async fn whoever_is_signed_in_guesses_the_own_password_as_slowly_as_anywhere() {
    each_world(|world| async move {
        let (ada, _) = world.account("ada@example.org").await;

        let (tried, wait) = guess(&ada, "ada@example.org", 50).await;

        assert!(tried <= 6 && wait.is_some(), "{tried}");
    })
    .await;
}
