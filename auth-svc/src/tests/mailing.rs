//! Addresses that are proven, changed and written to, against a mail server that this test plays.

use std::{sync::Arc, time::Duration};

use kit::{
    clock::Clock,
    error::{ErrorKind, Problem},
    mail_catcher::MailCatcher,
    on,
};
use proto::v1::{
    ApiKeyRequest, AuthenticateRequest, Authenticated, ConfirmEmailRequest, CreateApiKeyRequest,
    CreatedApiKey, FindUserRequest, RequestEmailVerificationRequest, RequestPasswordResetRequest,
    ResetPasswordRequest, ResetPasswordResponse, User, authenticate_request::Credential,
};

use super::{
    managing::{change_email, change_password},
    second_factors::enable,
    world::{PASSWORD, Person, World, challenged, each_world, each_world_with, inner, is_refused, kind},
};
use crate::store::identities::insert_identity;

const OTHER: &str = "another unusual sentence";

async fn each_mailing<F, Fut>(test: F)
where
    F: Fn(Arc<World>, Arc<MailCatcher>) -> Fut,
    Fut: Future<Output = ()>,
{
    let test = &test;
    each_world_with(
        |_| {},
        |world| async move {
            let catcher = Arc::new(MailCatcher::start().await);
            let mut config = world.config.clone();
            config.mail.smtp_url = catcher.url().into();
            config.mail.site_url = "https://saga.example".to_owned();
            let mailing = world.another_with(config).await;
            test(Arc::new(mailing), catcher).await;
        },
    )
    .await;
}

async fn send(world: &World) {
    // What was found out for one mail makes the next.
    for _ in 0..2 {
        let mailer = world.sweeper.mailer.as_ref().unwrap();
        mailer.send_due().await.unwrap();
    }
}

async fn confirm(person: &Person, token: &str, password: &str) -> Result<User, Problem> {
    let message = ConfirmEmailRequest {
        token: token.to_owned(),
        password: password.to_owned(),
        client: person.client(),
    };
    inner(person.auth().confirm_email(person.ask(message)).await)
}

async fn ask_again(person: &Person) -> Result<(), Problem> {
    let message = RequestEmailVerificationRequest {
        email: String::new(),
        client: person.client(),
    };
    let asked = person
        .accounts()
        .request_email_verification(person.ask(message))
        .await;
    inner(asked).map(drop)
}

async fn forget(person: &Person, email: &str) -> Result<(), Problem> {
    let message = RequestPasswordResetRequest {
        email: email.to_owned(),
        client: person.client(),
    };
    inner(person.auth().request_password_reset(person.ask(message)).await).map(drop)
}

async fn create_key(person: &Person) -> CreatedApiKey {
    let message = CreateApiKeyRequest {
        name: "laptop".to_owned(),
        client: person.client(),
        ..Default::default()
    };
    inner(person.accounts().create_api_key(person.ask(message)).await).unwrap()
}

async fn present_key(person: &Person, secret: &str) -> Result<Authenticated, Problem> {
    let message = AuthenticateRequest {
        credential: Some(Credential::ApiKey(secret.to_owned())),
        client: person.client(),
    };
    inner(person.auth().authenticate(person.ask(message)).await)
}

async fn reset(person: &Person, token: &str, new: &str) -> Result<ResetPasswordResponse, Problem> {
    let message = ResetPasswordRequest {
        token: token.to_owned(),
        new_password: new.to_owned(),
        client: person.client(),
    };
    inner(person.auth().reset_password(person.ask(message)).await)
}

fn is_dead<T: std::fmt::Debug>(answer: Result<T, Problem>) {
    assert_eq!(
        kind(answer),
        (ErrorKind::InvalidArgument, "LINK_NOT_VALID".to_owned())
    );
}

/// An account whose email is proven.
async fn proven(world: &Arc<World>, catcher: &MailCatcher, email: &str) -> Person {
    let (person, _) = world.account(email).await;
    send(world).await;
    let token = catcher.mails().last().unwrap().secret("email");
    assert!(confirm(&person, &token, "").await.unwrap().email_verified);
    person
}

#[tokio::test]
async fn an_address_is_proven_by_a_link_that_is_good_once_and_for_a_day() {
    each_mailing(|world, catcher| async move {
        let (ada, _) = world.account("ada@example.org").await;
        assert!(!ada.me().await.unwrap().email_verified);
        send(&world).await;

        let mail = catcher.wait_for(1).await;
        assert_eq!(mail.to, "ada@example.org");
        assert_eq!(mail.header("Subject"), Some("Confirm your email address"));
        assert_eq!(mail.header("Auto-Submitted"), Some("auto-generated"));
        let token = mail.secret("email");
        assert!(
            mail.html()
                .contains(&format!("https://saga.example/confirm#email={token}"))
        );

        world.clock.advance(Duration::from_secs(24 * 3_600 + 1));
        let ada = world
            .bearer(&ada.login("ada@example.org", PASSWORD).await.unwrap())
            .await;
        is_dead(confirm(&ada, &token, "").await);

        ask_again(&ada).await.unwrap();
        send(&world).await;
        let token = catcher.wait_for(2).await.secret("email");
        assert!(confirm(&ada, &token, "").await.unwrap().email_verified);
        is_dead(confirm(&ada, &token, "").await);

        // There is nothing to prove any more.
        ask_again(&ada).await.unwrap();
        send(&world).await;
        assert_eq!(catcher.mails().len(), 2);
        assert!(ada.acts().await.contains(&"email_verified".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn a_link_alone_proves_nothing_of_an_account_that_somebody_else_made() {
    each_mailing(|world, catcher| async move {
        let (ada, _) = world.account("ada@example.org").await;
        send(&world).await;
        let token = catcher.wait_for(1).await.secret("email");
        let (eve, _) = world.account("eve@example.org").await;

        let stranger = world.guest();
        for outcome in [
            confirm(&stranger, &token, "").await,
            confirm(&stranger, &token, "a wrong password").await,
            confirm(&eve, &token, "").await,
        ] {
            assert_eq!(
                kind(outcome),
                (ErrorKind::Unauthenticated, "SIGN_IN_NEEDED".to_owned())
            );
        }

        // None of that used it up.
        let user = confirm(&stranger, &token, PASSWORD).await.unwrap();
        assert_eq!((user.id, user.email_verified), (ada.id(), true));
    })
    .await;
}

#[tokio::test]
async fn two_accounts_may_claim_an_address_and_the_one_that_proves_it_has_it() {
    each_mailing(|world, catcher| async move {
        let at = |address: &str| world.guest().at(address);
        let squatter = at("198.51.100.1")
            .register_as("ada@example.org", OTHER, "squatter", false)
            .await
            .unwrap();
        let squatter = world.bearer(&squatter).await;
        let ada = at("198.51.100.2").register("Ada@example.org").await.unwrap();
        let ada = world.bearer(&ada).await;

        // Each signs in with the own password, before anybody has proven anything.
        for (password, id) in [(PASSWORD, ada.id()), (OTHER, squatter.id())] {
            let grant = world.guest().login("ada@example.org", password).await.unwrap();
            assert_eq!(grant.user.unwrap().id, id);
        }
        is_refused(world.guest().login("ada@example.org", "a wrong password").await);

        send(&world).await;
        catcher.wait_for(2).await;
        let links: Vec<_> = catcher.mails().iter().map(|mail| mail.secret("email")).collect();
        let own = match confirm(&ada, &links[0], "").await {
            Ok(user) => user,
            Err(_) => confirm(&ada, &links[1], "").await.unwrap(),
        };
        assert_eq!(
            (own.email.as_str(), own.email_verified),
            ("Ada@example.org", true)
        );

        let other = squatter.me().await.unwrap();
        assert_eq!((other.email.as_str(), other.username.as_str()), ("", "squatter"));
        for link in &links {
            assert!(confirm(&squatter, link, "").await.is_err());
        }
        is_refused(world.guest().login("ada@example.org", OTHER).await);
        world.guest().login("squatter", OTHER).await.unwrap();

        let third = at("198.51.100.3").register("ada@example.org").await;
        assert_eq!(kind(third), (ErrorKind::AlreadyExists, "EMAIL_TAKEN".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn a_forgotten_password_is_set_anew_by_a_link_and_everybody_else_is_signed_out() {
    each_mailing(|world, catcher| async move {
        let ada = proven(&world, &catcher, "ada@example.org").await;
        let stranger = world.guest();

        // Nothing tells who has an account, and nobody is written to who has none.
        forget(&stranger, "nobody@example.org").await.unwrap();
        forget(&stranger, "ADA@example.org").await.unwrap();
        send(&world).await;
        let mail = catcher.wait_for(2).await;
        assert_eq!((mail.to.as_str(), catcher.mails().len()), ("ADA@example.org", 2));

        let token = mail.secret("password");
        let weak = reset(&stranger, &token, "password").await.unwrap_err();
        assert_eq!(weak.fields[0].field, "new_password");

        let done = reset(&stranger, &token, OTHER).await.unwrap();
        assert_eq!(done.user_id, ada.id());
        assert!(!done.revoked_session_ids.is_empty() && !ada.stands().await);
        is_dead(reset(&stranger, &token, OTHER).await);
        is_refused(stranger.login("ada@example.org", PASSWORD).await);
        let again = stranger.login("ada@example.org", OTHER).await.unwrap();

        send(&world).await;
        let told = catcher.wait_for(3).await;
        assert_eq!(told.header("Subject"), Some("Your password was changed"));
        assert!(!told.text().contains("/confirm#"));

        forget(&stranger, "ada@example.org").await.unwrap();
        send(&world).await;
        let late = catcher.wait_for(4).await.secret("password");
        world.clock.advance(Duration::from_secs(30 * 60));
        is_dead(reset(&stranger, &late, PASSWORD).await);

        let ada = world
            .bearer(&stranger.refresh(&again.refresh_token).await.unwrap())
            .await;
        assert!(ada.acts().await.contains(&"password_reset".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn a_password_set_by_a_link_closes_keys_and_providers_and_leaves_the_second_factor() {
    each_mailing(|world, catcher| async move {
        let ada = proven(&world, &catcher, "ada@example.org").await;
        let key = create_key(&ada).await;
        link_provider(&world, &ada).await;
        enable(&ada).await;
        present_key(&ada, &key.secret).await.unwrap();

        forget(&world.guest(), "ada@example.org").await.unwrap();
        send(&world).await;
        let mails = catcher.mails();
        let link = mails
            .iter()
            .find(|mail| mail.text().contains("/confirm#password="));
        let token = link.unwrap().secret("password");
        reset(&world.guest(), &token, OTHER).await.unwrap();

        is_refused(present_key(&ada, &key.secret).await);
        let providers: i64 =
            on!(&world.db.system(), c => sqlx::query_scalar("SELECT COUNT(*) FROM identities").fetch_one(c).await)
                .unwrap();
        assert_eq!(providers, 0);
        let begun = world.guest().begin_login("ada@example.org", OTHER).await.unwrap();
        challenged(begun);
    })
    .await;
}

/// As a sign-in with a provider leaves it.
async fn link_provider(world: &World, person: &Person) {
    let mut tx = world.db.system().begin_write().await.unwrap();
    let now = world.clock.now();
    let user = person.actor.user_id;
    assert!(
        insert_identity(&mut tx, "oauth:github", "7", user, now)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn the_owner_is_told_of_each_way_in_that_comes_or_goes_at_an_address_that_is_proven() {
    each_mailing(|world, catcher| async move {
        let ada = proven(&world, &catcher, "ada@example.org").await;
        let (unproven, _) = world.account("bob@example.org").await;
        send(&world).await;
        let before = catcher.wait_for(2).await;
        assert_eq!(before.to, "bob@example.org");

        let key = create_key(&ada).await.key.unwrap();
        create_key(&unproven).await;
        let message = ApiKeyRequest {
            id: key.id,
            client: ada.client(),
        };
        ada.accounts().revoke_api_key(ada.ask(message)).await.unwrap();
        enable(&ada).await;
        send(&world).await;
        catcher.wait_for(5).await;

        let mails = catcher.mails();
        let mut told: Vec<_> = mails[2..]
            .iter()
            .map(|mail| (mail.to.as_str(), mail.header("Subject").unwrap()))
            .collect();
        told.sort_unstable();
        assert_eq!(
            told,
            [
                ("ada@example.org", "An API key was made"),
                ("ada@example.org", "An API key was revoked"),
                ("ada@example.org", "Two-step sign-in was turned on"),
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn a_link_of_an_older_password_is_worth_nothing() {
    each_mailing(|world, catcher| async move {
        let ada = proven(&world, &catcher, "ada@example.org").await;
        forget(&ada, "ada@example.org").await.unwrap();
        send(&world).await;
        let token = catcher.wait_for(2).await.secret("password");

        change_password(&ada, PASSWORD, OTHER).await.unwrap();
        is_dead(reset(&world.guest(), &token, PASSWORD).await);
    })
    .await;
}

#[tokio::test]
async fn who_sets_a_password_by_mail_gets_an_unproven_account_with_every_other_way_in_closed() {
    each_mailing(|world, catcher| async move {
        let (squatter, grant) = world.account("ada@example.org").await;
        let key = create_key(&squatter).await;
        send(&world).await;
        let verify = catcher.wait_for(1).await.secret("email");

        let owner = world.guest().at("198.51.100.9");
        forget(&owner, "ada@example.org").await.unwrap();
        send(&world).await;
        let token = catcher.wait_for(2).await.secret("password");
        reset(&owner, &token, OTHER).await.unwrap();

        assert!(!squatter.stands().await);
        is_refused(squatter.refresh(&grant.refresh_token).await);
        is_refused(squatter.login("ada@example.org", PASSWORD).await);
        is_dead(confirm(&squatter, &verify, PASSWORD).await);
        is_refused(present_key(&owner, &key.secret).await);

        let user = owner.login("ada@example.org", OTHER).await.unwrap().user.unwrap();
        assert_eq!((user.id, user.email_verified), (squatter.id(), true));
    })
    .await;
}

#[tokio::test]
async fn another_address_is_confirmed_where_it_is_and_told_to_the_old_one() {
    each_mailing(|world, catcher| async move {
        let ada = proven(&world, &catcher, "ada@example.org").await;
        let bob = proven(&world, &catcher, "bob@example.org").await;

        let user = change_email(&ada, "ada@new.example", PASSWORD).await.unwrap();
        assert_eq!(user.email, "ada@example.org");
        send(&world).await;
        let mail = catcher.wait_for(3).await;
        assert_eq!(mail.to, "ada@new.example");
        assert_eq!(
            kind(confirm(&bob, &mail.secret("email"), "").await).1,
            "SIGN_IN_NEEDED"
        );

        let user = confirm(&ada, &mail.secret("email"), "").await.unwrap();
        assert_eq!(
            (user.email.as_str(), user.email_verified),
            ("ada@new.example", true)
        );
        send(&world).await;
        let told = catcher.wait_for(4).await;
        assert_eq!(
            (told.to.as_str(), told.header("Subject")),
            ("ada@example.org", Some("Your email address was changed"))
        );

        // Whether an address has an account is told to whoever reads its mail, and to nobody else.
        let user = change_email(&bob, "ada@new.example", PASSWORD).await.unwrap();
        assert_eq!(user.email, "bob@example.org");
        send(&world).await;
        let told = catcher.wait_for(5).await;
        assert_eq!(told.to, "ada@new.example");
        assert!(!told.text().contains("/confirm#"), "{}", told.text());
    })
    .await;
}

#[tokio::test]
async fn mail_waits_for_a_server_that_is_away_and_is_given_up_where_it_is_refused() {
    each_mailing(|world, catcher| async move {
        world.account("ada@example.org").await;
        catcher.refuse(1, "451 not now");
        send(&world).await;
        assert!(catcher.mails().is_empty());

        world.clock.advance(Duration::from_secs(60));
        send(&world).await;
        catcher.wait_for(1).await;

        world.account("gone@example.org").await;
        catcher.refuse(1, "550 no such person");
        send(&world).await;
        world.clock.advance(Duration::from_secs(3_600));
        send(&world).await;
        assert_eq!(catcher.mails().len(), 1);

        let left: i64 =
            on!(world.db.system(), c => sqlx::query_scalar("SELECT COUNT(*) FROM mails").fetch_one(c).await)
                .unwrap();
        assert_eq!(left, 0);
    })
    .await;
}

#[tokio::test]
async fn the_secret_of_a_link_is_in_its_mail_alone() {
    each_mailing(|world, catcher| async move {
        let ada = proven(&world, &catcher, "ada@example.org").await;
        forget(&ada, "ada@example.org").await.unwrap();
        send(&world).await;
        let token = catcher.wait_for(2).await.secret("password");

        let events = format!("{:?}", ada.events().await);
        assert!(!events.contains(&token) && !events.contains("ada@example.org"));
        let hashes: Vec<Vec<u8>> =
            on!(world.db.system(), c => sqlx::query_scalar("SELECT hash FROM email_links").fetch_all(c).await)
                .unwrap();
        assert_eq!(hashes, [crate::tokens::hash_secret(&token).to_vec()]);
    })
    .await;
}

#[tokio::test]
async fn an_address_is_written_to_so_often_and_not_more_whoever_has_it() {
    each_mailing(|world, _| async move {
        let (_, _) = world.account("ada@example.org").await;
        // The registration wrote once.
        for (email, free) in [("ada@example.org", 4), ("nobody@example.org", 5)] {
            for number in 0..free {
                let from = format!("198.51.100.{number}");
                forget(&world.guest().at(&from), email).await.unwrap();
            }
            let from = world.guest().at("198.51.100.99");
            forget(&from, email).await.unwrap();
            assert_eq!(
                kind(forget(&from, email).await),
                (ErrorKind::ResourceExhausted, "TOO_MANY_ATTEMPTS".to_owned()),
                "{email}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn where_no_mail_is_sent_it_is_said_and_an_address_is_whose_names_it_first() {
    each_world(|world| async move {
        let (ada, _) = world.account("ada@example.org").await;
        for outcome in [forget(&ada, "ada@example.org").await, ask_again(&ada).await] {
            assert_eq!(kind(outcome), (ErrorKind::Unimplemented, "MAIL_OFF".to_owned()));
        }
        assert!(world.sweeper.mailer.is_none());

        let second = world.guest().register("ada@example.org").await;
        assert_eq!(kind(second).1, "EMAIL_TAKEN");
    })
    .await;
}

#[tokio::test]
async fn whoever_claims_an_address_too_guesses_no_faster_and_pushes_nobody_out() {
    each_mailing(|world, _| async move {
        let owner = world.guest().at("198.51.100.7");
        let mine = owner.register("ada@example.org").await.unwrap().user.unwrap().id;
        let mut last = None;
        for stranger in 0..4 {
            world.clock.advance(Duration::from_secs(1));
            let mallory = world.guest().at(&format!("203.0.113.{stranger}"));
            last = Some(
                mallory
                    .register_as("ada@example.org", OTHER, "", false)
                    .await
                    .unwrap(),
            );
        }

        // Nobody who comes later keeps the first one out, and one's own right password takes back no guess at another's.
        let mallory = world.guest().at("203.0.113.3");
        let mut guesses = 0;
        while mallory
            .login("ada@example.org", "a wrong password")
            .await
            .is_err_and(|problem| problem.retry_after.is_none())
        {
            guesses += 1;
            assert!(guesses < 20, "no end of it");
            let _ = mallory.login("ada@example.org", OTHER).await;
        }

        // Being signed in to one of them opens no way to the others.
        let signed_in = world.bearer(&last.unwrap()).await.at("203.0.113.99");
        let refused = async {
            for _ in 0..20 {
                if signed_in
                    .login("ada@example.org", "a wrong password")
                    .await
                    .is_err_and(|it| it.retry_after.is_some())
                {
                    return true;
                }
            }
            false
        };
        assert!(refused.await);

        let found = owner.login("ada@example.org", PASSWORD).await.unwrap();
        assert_eq!(found.user.unwrap().id, mine);

        // Until one of them has proven it, the address names nobody to an operator.
        let operator = world.operator();
        let message = FindUserRequest {
            identifier: "ada@example.org".to_owned(),
            client: None,
        };
        let named = inner(operator.operators().find_user(operator.ask(message)).await);
        assert_eq!(kind(named).0, ErrorKind::InvalidArgument);
    })
    .await;
}
