//! What somebody does with the own account.

use std::sync::Arc;

use kit::{
    db::Db,
    error::{ErrorKind, Problem},
};
use proto::v1::{
    BatchGetUsersRequest, ChangeEmailRequest, ChangePasswordRequest, DeleteAccountRequest,
    FinishDeletionRequest, GetProfileRequest, ListAuditEventsRequest, Profile, PutProfileRequest, User,
};

use super::world::{PASSWORD, Person, World, config, each_world, inner, is_refused, kind};
use crate::DATABASE;

async fn put(person: &Person, change: PutProfileRequest) -> Result<Profile, Problem> {
    inner(person.accounts().put_profile(person.ask(change)).await)
}

pub(super) async fn change_password(person: &Person, current: &str, new: &str) -> Result<User, Problem> {
    let message = ChangePasswordRequest {
        current_password: current.to_owned(),
        new_password: new.to_owned(),
        client: person.client(),
        code: String::new(),
    };
    inner(person.accounts().change_password(person.ask(message)).await)
}

pub(super) async fn change_email(person: &Person, email: &str, password: &str) -> Result<User, Problem> {
    let message = ChangeEmailRequest {
        email: email.to_owned(),
        password: password.to_owned(),
        client: person.client(),
        code: String::new(),
    };
    inner(person.accounts().change_email(person.ask(message)).await)
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[tokio::test]
async fn a_profile_is_there_from_the_start_and_changes_field_by_field() {
    each_world(|world| async move {
        let (ada, grant) = world.account("ada@example.org").await;
        let profile = ada
            .accounts()
            .get_profile(ada.ask(GetProfileRequest {}))
            .await
            .unwrap()
            .into_inner();

        assert_eq!(
            (profile.user_id.as_str(), profile.skill_level.as_str()),
            (ada.id().as_str(), "beginner")
        );
        assert_eq!(profile.username, grant.user.unwrap().username);

        let named = PutProfileRequest {
            username: text("Ada"),
            full_name: text("Ada Lovelace"),
            ..Default::default()
        };
        put(&ada, named).await.unwrap();

        let skilled = PutProfileRequest {
            skill_level: text("advanced"),
            avatar_url: text("https://example.org/a.png"),
            ..Default::default()
        };
        let profile = put(&ada, skilled).await.unwrap();
        let shown = (
            profile.username.as_str(),
            profile.full_name.as_str(),
            profile.skill_level.as_str(),
        );

        assert_eq!(shown, ("Ada", "Ada Lovelace", "advanced"));

        let (bob, _) = world.account("bob@example.org").await;
        let taken = put(
            &bob,
            PutProfileRequest {
                username: text("ａｄａ"),
                ..Default::default()
            },
        )
        .await;

        assert_eq!(
            kind(taken),
            (ErrorKind::AlreadyExists, "USERNAME_TAKEN".to_owned())
        );
        // One may write the own name in another way.
        assert_eq!(
            put(
                &ada,
                PutProfileRequest {
                    username: text("ADA"),
                    ..Default::default()
                }
            )
            .await
            .unwrap()
            .username,
            "ADA"
        );

        assert_eq!(
            kind(put(&world.guest(), PutProfileRequest::default()).await).0,
            ErrorKind::Unauthenticated
        );
    })
    .await;
}

#[tokio::test]
async fn another_password_needs_the_current_one_and_ends_all_other_sessions() {
    each_world(|world| async move {
        let (ada, _) = world.account("ada@example.org").await;
        let phone = world
            .bearer(&ada.login("ada@example.org", PASSWORD).await.unwrap())
            .await;
        let wrong = change_password(&ada, "a wrong password", "another unusual sentence")
            .await
            .unwrap_err();

        assert_eq!(
            (wrong.kind, wrong.fields[0].field.as_str()),
            (ErrorKind::InvalidArgument, "current_password")
        );

        for weak in ["short", "password123", "ada@example.org"] {
            assert_eq!(
                change_password(&ada, PASSWORD, weak).await.unwrap_err().fields[0].field,
                "new_password"
            );
        }

        change_password(&ada, PASSWORD, "another unusual sentence")
            .await
            .unwrap();
        assert!(ada.stands().await && !phone.stands().await);

        is_refused(world.guest().login("ada@example.org", PASSWORD).await);
        world
            .guest()
            .login("ada@example.org", "another unusual sentence")
            .await
            .unwrap();

        assert!(ada.acts().await.contains(&"password_changed".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn guessing_the_current_password_with_an_open_browser_is_slow_too() {
    each_world(|world| async move {
        let (ada, _) = world.account("ada@example.org").await;
        let mut kinds = Vec::new();
        for _ in 0..8 {
            kinds.push(kind(change_email(&ada, "b@example.org", "a wrong password").await).0);
        }

        assert_eq!(
            kinds
                .iter()
                .filter(|kind| **kind == ErrorKind::InvalidArgument)
                .count(),
            6
        );
        assert_eq!(kinds[7], ErrorKind::ResourceExhausted);
    })
    .await;
}

#[tokio::test]
async fn another_email_needs_the_password_and_nobody_elses_is_taken() {
    each_world(|world| async move {
        let (ada, _) = world.account("ada@example.org").await;
        world.account("bob@example.org").await;

        assert_eq!(
            change_email(&ada, "nonsense", PASSWORD).await.unwrap_err().fields[0].field,
            "email"
        );
        assert_eq!(
            change_email(&ada, "new@example.org", "")
                .await
                .unwrap_err()
                .fields[0]
                .field,
            "password"
        );

        let taken = change_email(&ada, "BOB@example.org", PASSWORD).await;
        assert_eq!(kind(taken), (ErrorKind::AlreadyExists, "EMAIL_TAKEN".to_owned()));
        assert_eq!(
            change_email(&ada, "Ada@New.example", PASSWORD)
                .await
                .unwrap()
                .email,
            "Ada@New.example"
        );

        world.guest().login("ada@new.example", PASSWORD).await.unwrap();
        is_refused(world.guest().login("ada@example.org", PASSWORD).await);

        assert!(ada.acts().await.contains(&"email_changed".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn events_come_in_pages_to_their_owner_alone() {
    each_world(|world| async move {
        let (ada, _) = world.account("ada@example.org").await;
        let (bob, _) = world.account("bob@example.org").await;

        for name in ["a1", "a2", "a3", "a4"] {
            put(
                &ada,
                PutProfileRequest {
                    username: text(name),
                    ..Default::default()
                },
            )
            .await
            .unwrap();
            world.clock.advance(std::time::Duration::from_secs(1));
        }

        let (mut seen, mut token) = (Vec::new(), String::new());
        loop {
            let message = ListAuditEventsRequest {
                page_size: 2,
                page_token: token,
            };

            let page = ada
                .accounts()
                .list_audit_events(ada.ask(message))
                .await
                .unwrap()
                .into_inner();

            assert!(page.events.len() <= 2);

            seen.extend(page.events);
            token = page.next_page_token;

            if token.is_empty() {
                break;
            }
        }

        assert_eq!(seen.len(), 5);
        assert!(seen.iter().all(|event| event.user_id == ada.id()));
        assert!(seen.windows(2).all(|pair| pair[0].at >= pair[1].at));
        assert_eq!(bob.acts().await, ["register"]);

        let text = format!("{seen:?}");
        assert!(!text.contains(PASSWORD) && !text.contains("ada@example.org"));

        let wrong = ListAuditEventsRequest {
            page_size: 101,
            page_token: "x".to_owned(),
        };
        let refused = inner(ada.accounts().list_audit_events(ada.ask(wrong)).await).unwrap_err();

        assert_eq!(refused.fields.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn nothing_of_a_deleted_account_is_left_in_the_files() {
    let dir = tempfile::tempdir().unwrap();
    let place = kit::db::testing::config("");
    let db = Db::open(&place, dir.path(), DATABASE).await.unwrap();
    let world = Arc::new(World::new(db, config()).await);
    let (ada, _) = world.account("whoever-left@example.org").await;
    world.account("whoever-stays@example.org").await;
    let holds = |text: &str| {
        let files = std::fs::read_dir(dir.path()).unwrap();
        let mut contents = files.map(|file| std::fs::read(file.unwrap().path()).unwrap());
        contents.any(|content| content.windows(text.len()).any(|part| part == text.as_bytes()))
    };
    assert!(holds("whoever-left") && holds("whoever-stays"));

    let message = DeleteAccountRequest {
        password: PASSWORD.to_owned(),
        client: ada.client(),
        code: String::new(),
    };
    ada.accounts().delete_account(ada.ask(message)).await.unwrap();
    let mut service = world.operator();
    service.actor.scopes = vec!["service".to_owned()];
    let message = FinishDeletionRequest { user_id: ada.id() };
    let finished = service.accounts().finish_deletion(service.ask(message)).await;
    finished.unwrap();

    assert!(!holds("whoever-left") && holds("whoever-stays"));
}

#[tokio::test]
async fn a_new_username_is_noted_with_where_it_came_from() {
    each_world(|world| async move {
        let (ada, _) = world.account("ada@example.org").await;
        let change = PutProfileRequest {
            username: text("ada"),
            client: ada.client(),
            ..Default::default()
        };
        put(&ada, change).await.unwrap();

        let events = ada.events().await;

        let changed = events.iter().find(|event| event.action == "username_changed");
        let changed = changed.expect("an event");
        assert!(!changed.address.is_empty() && changed.user_agent == "a test");
    })
    .await;
}

#[tokio::test]
async fn a_wrong_current_password_is_noted_with_where_it_came_from() {
    each_world(|world| async move {
        let (ada, _) = world.account("ada@example.org").await;
        change_email(&ada, "eve@example.org", "a wrong password")
            .await
            .unwrap_err();

        let events = ada.events().await;

        let failed = events
            .iter()
            .find(|event| event.action == "password_check_failed")
            .expect("an event");
        assert_eq!(
            (failed.target.as_str(), failed.user_agent.as_str()),
            ("password", "a test")
        );
        assert!(!failed.address.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_batch_shows_nobody_but_the_caller() {
    each_world(|world| async move {
        let (ada, _) = world.account("ada@example.org").await;
        let (bob, _) = world.account("bob@example.org").await;
        let message = BatchGetUsersRequest {
            ids: vec![bob.id(), ada.id(), "x".to_owned()],
        };
        let users = ada
            .accounts()
            .batch_get_users(ada.ask(message))
            .await
            .unwrap()
            .into_inner()
            .users;

        assert_eq!(
            users.iter().map(|user| user.id.as_str()).collect::<Vec<_>>(),
            [ada.id()]
        );

        let many = BatchGetUsersRequest {
            ids: vec![ada.id(); 101],
        };
        assert_eq!(
            inner(ada.accounts().batch_get_users(ada.ask(many)).await)
                .unwrap_err()
                .fields[0]
                .field,
            "ids"
        );
    })
    .await;
}

#[tokio::test]
async fn a_deleted_account_is_shut_at_once_and_gone_when_its_run_is_over() {
    each_world(|world| async move {
        let (ada, grant) = world.account("ada@example.org").await;
        let delete = |person: &Person, password: &str| {
            let message = DeleteAccountRequest {
                password: password.to_owned(),
                client: person.client(),
                code: String::new(),
            };
            let person = person.clone();
            async move { inner(person.accounts().delete_account(person.ask(message)).await) }
        };

        assert_eq!(
            delete(&ada, "a wrong password").await.unwrap_err().fields[0].field,
            "password"
        );

        delete(&ada, PASSWORD).await.unwrap();
        assert!(!ada.stands().await);

        is_refused(ada.refresh(&grant.refresh_token).await);
        is_refused(world.guest().login("ada@example.org", PASSWORD).await);

        // Nobody takes the email while the run is under way.
        assert_eq!(
            kind(world.guest().register("ada@example.org").await).1,
            "EMAIL_TAKEN"
        );

        let finish = |person: &Person, id: String| {
            let person = person.clone();
            async move {
                inner(
                    person
                        .accounts()
                        .finish_deletion(person.ask(FinishDeletionRequest { user_id: id }))
                        .await,
                )
            }
        };

        assert_eq!(kind(finish(&ada, ada.id()).await).0, ErrorKind::PermissionDenied);

        let mut service = world.operator();
        service.actor.scopes = vec!["service".to_owned()];

        let (bob, _) = world.account("bob@example.org").await;
        assert_eq!(
            kind(finish(&service, bob.id()).await).0,
            ErrorKind::PermissionDenied
        );

        for _ in 0..2 {
            finish(&service, ada.id()).await.unwrap();
        }

        world.guest().register("ada@example.org").await.unwrap();

        // What happened stays known; where from does not.
        let (actions, places) = super::operating::exported(&world, &ada.id()).await;
        for act in ["register", "account_deletion_requested", "account_deleted"] {
            assert!(actions.iter().any(|action| action == act), "{act}: {actions:?}");
        }

        assert!(places.iter().all(String::is_empty), "{places:?}");
    })
    .await;
}
