//! Becoming somebody.

use kit::actor::Actor;
use kit::error::ErrorKind;
use proto::v1::{CreateGuestRequest, Grant};
use uuid::Uuid;

use super::world::{PASSWORD, Person, each_world, inner, is_refused, kind};

async fn guest(person: &Person, upgrade: bool) -> Result<Grant, kit::Problem> {
    let message = CreateGuestRequest {
        upgrade,
        client: person.client(),
    };
    inner(person.auth().create_guest(person.ask(message)).await)
}

#[tokio::test]
async fn an_account_is_made_with_tokens_for_its_first_session() {
    each_world(|world| async move {
        let grant = world.guest().register("Ada@Example.org").await.unwrap();
        let user = grant.user.clone().unwrap();

        assert_eq!(
            (user.email.as_str(), user.tier.as_str()),
            ("Ada@Example.org", "free")
        );
        assert_eq!(
            (user.guest, user.email_verified, user.has_password),
            (false, false, true)
        );
        assert!(user.username.starts_with("Ada-"), "{}", user.username);

        let claims = world.claims(&grant.access_token).await.unwrap();
        assert_eq!(claims.user_id.to_string(), user.id);
        assert_eq!(claims.session_id.unwrap().to_string(), grant.session_id);
        assert_eq!(
            (grant.expires_in, claims.expires_at.timestamp()),
            (900, grant.expires_at)
        );

        let person = world.bearer(&grant).await;
        assert_eq!(person.me().await.unwrap(), user);
        assert_eq!(person.acts().await, ["register"]);

        for name in ["ada@example.org", " ADA@EXAMPLE.ORG", &user.username] {
            assert_eq!(
                world
                    .guest()
                    .login(name, PASSWORD)
                    .await
                    .unwrap()
                    .user
                    .unwrap()
                    .id,
                user.id,
                "{name}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn case_and_unicode_form_make_no_second_account() {
    each_world(|world| async move {
        world
            .guest()
            .register_as("jürgen@example.org", PASSWORD, "Jürgen", false)
            .await
            .unwrap();

        for email in [
            "JÜRGEN@example.org",
            "ju\u{308}rgen@EXAMPLE.org",
            "ｊürgen@example.org",
        ] {
            let taken = world.guest().register(email).await;
            assert_eq!(
                kind(taken),
                (ErrorKind::AlreadyExists, "EMAIL_TAKEN".to_owned()),
                "{email}"
            );
        }

        let taken = world
            .guest()
            .register_as("other@example.org", PASSWORD, "ju\u{308}rgen", false)
            .await;

        assert_eq!(
            kind(taken),
            (ErrorKind::AlreadyExists, "USERNAME_TAKEN".to_owned())
        );

        // The same local part under a generated name: another end is found.
        world.guest().register("jürgen@example.com").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_username_that_is_taken_for_another_one_is_taken() {
    each_world(|world| async move {
        let named = |email: &str, username: &str| {
            let guest = world.guest();
            let (email, username) = (email.to_owned(), username.to_owned());
            async move { guest.register_as(&email, PASSWORD, &username, false).await }
        };
        named("ada@example.org", "ada").await.unwrap();

        // Both letters are Cyrillic.
        let taken = named("eve@example.org", "аdа").await;
        assert_eq!(
            kind(taken),
            (ErrorKind::AlreadyExists, "USERNAME_TAKEN".to_owned())
        );

        // So are names of before there was such a rule, as soon as a process of today has started.
        for (email, username) in [("bob@example.org", "bob"), ("second@example.org", "bоb2")] {
            named(email, username).await.unwrap();
        }
        let forget = "UPDATE users SET username_skeleton = NULL";
        kit::on_write!(world.db.system(), c => sqlx::query(forget).execute(c).await.map(drop)).unwrap();
        world.another().await;
        let taken = named("mallory@example.org", "bоb").await;
        assert_eq!(
            kind(taken),
            (ErrorKind::AlreadyExists, "USERNAME_TAKEN".to_owned())
        );
        named("bill@example.org", "bill").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn of_two_registrations_at_once_for_one_email_one_wins() {
    each_world(|world| async move {
        let both: Vec<_> = (0..2)
            .map(|_| {
                let person = world.guest();
                tokio::spawn(async move { person.register("twin@example.org").await })
            })
            .collect();
        let mut outcomes = Vec::new();
        for one in both {
            outcomes.push(one.await.unwrap());
        }

        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);

        let loser = outcomes.into_iter().find(Result::is_err).unwrap();
        assert_eq!(kind(loser), (ErrorKind::AlreadyExists, "EMAIL_TAKEN".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn every_field_that_does_not_fit_is_named_at_once() {
    each_world(|world| async move {
        let refused = world
            .guest()
            .register_as("nobody", "short", "a b", false)
            .await
            .unwrap_err();
        let fields: Vec<_> = refused.fields.iter().map(|fault| fault.field.as_str()).collect();

        assert_eq!(
            (refused.kind, fields),
            (ErrorKind::InvalidArgument, vec!["email", "password", "username"])
        );

        for known in ["password123", "ada@example.org", "Ada.Lovelace"] {
            let refused = world
                .guest()
                .register_as("ada@example.org", known, "ada.lovelace", false)
                .await;
            assert_eq!(refused.unwrap_err().fields[0].field, "password", "{known}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_guest_with_a_session_becomes_an_account_and_keeps_its_id() {
    each_world(|world| async move {
        let grant = guest(&world.guest(), false).await.unwrap();
        let user = grant.user.clone().unwrap();

        assert!(user.guest && user.email.is_empty() && user.username.starts_with("guest-"));

        let person = world.bearer(&grant).await;
        assert!(person.actor.guest && person.stands().await);

        let account = person
            .register_as("ada@example.org", PASSWORD, "ada", true)
            .await
            .unwrap();
        let made = account.user.clone().unwrap();

        assert_eq!(
            (&made.id, made.guest, made.username.as_str()),
            (&user.id, false, "ada")
        );
        // What the guest signed in with is over: it could be a copy.
        assert!(!person.stands().await);

        is_refused(person.refresh(&grant.refresh_token).await);
        assert_eq!(kind(person.me().await).0, ErrorKind::Unauthenticated);

        let owner = world.bearer(&account).await;
        assert_eq!(
            owner.acts().await,
            ["guest_created", "guest_upgraded", "register"]
        );

        let again = owner.register_as("b@example.org", PASSWORD, "", true).await;
        assert_eq!(
            kind(again),
            (ErrorKind::FailedPrecondition, "NOT_UPGRADABLE".to_owned())
        );
    })
    .await;
}

#[tokio::test]
async fn a_guest_of_a_cookie_becomes_an_account_under_its_own_id_once() {
    each_world(|world| async move {
        let person = world.guest();
        assert_eq!(kind(person.me().await).0, ErrorKind::Unauthenticated);

        let account = person
            .register_as("ada@example.org", PASSWORD, "", true)
            .await
            .unwrap();

        assert_eq!(account.user.unwrap().id, person.id());
        // The cookie that is left tells the gateway that somebody is there, and opens nothing.
        assert!(!person.me().await.unwrap().guest);

        let events = person
            .accounts()
            .list_audit_events(person.ask(Default::default()))
            .await;

        assert_eq!(kind(inner(events)).0, ErrorKind::Unauthenticated);

        let again = person.register_as("b@example.org", PASSWORD, "", true).await;
        assert_eq!(
            kind(again),
            (ErrorKind::FailedPrecondition, "NOT_UPGRADABLE".to_owned())
        );
        assert_eq!(
            kind(guest(&person, true).await),
            (ErrorKind::FailedPrecondition, "NOT_UPGRADABLE".to_owned())
        );
    })
    .await;
}

#[tokio::test]
async fn two_upgrades_of_one_guest_at_once_make_one_account() {
    each_world(|world| async move {
        let person = world.guest();
        let both: Vec<_> = ["a@example.org", "b@example.org"]
            .map(|email| {
                let person = person.clone();
                tokio::spawn(async move { person.register_as(email, PASSWORD, "", true).await })
            })
            .into();

        let mut won = 0;
        for one in both {
            match one.await.unwrap() {
                Ok(_) => won += 1,
                Err(problem) => assert_eq!(problem.reason, "NOT_UPGRADABLE"),
            }
        }

        assert_eq!(won, 1);
    })
    .await;
}

#[tokio::test]
async fn the_guest_of_an_address_shares_its_id_and_cannot_take_it_along() {
    each_world(|world| async move {
        let shared = uuid::Builder::from_custom_bytes([7; 16]).into_uuid();
        let person = world.person(Actor::guest(shared));
        let refused = person.register_as("ada@example.org", PASSWORD, "", true).await;

        assert_eq!(
            kind(refused),
            (ErrorKind::FailedPrecondition, "NOT_UPGRADABLE".to_owned())
        );
        assert_ne!(
            guest(&person, true).await.unwrap().user.unwrap().id,
            shared.to_string()
        );
        assert_ne!(
            person.register("ada@example.org").await.unwrap().user.unwrap().id,
            shared.to_string()
        );
    })
    .await;
}

#[tokio::test]
async fn a_guest_of_a_cookie_can_last_under_its_own_id() {
    each_world(|world| async move {
        let person = world.guest();
        let first = guest(&person, true).await.unwrap();
        let second = guest(&person, true).await.unwrap();
        for grant in [&first, &second] {
            assert_eq!(grant.user.as_ref().unwrap().id, person.id());
        }
        assert_ne!(first.session_id, second.session_id);
        assert_ne!(Uuid::try_parse(&first.session_id).unwrap(), person.actor.user_id);
    })
    .await;
}
