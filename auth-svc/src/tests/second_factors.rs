//! A code of an authenticator, asked for at sign-in and for what takes an account over.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use kit::{
    clock::Clock,
    error::{ErrorKind, Problem},
};
use proto::v1::{
    BeginSecondFactorRequest, ChangeEmailRequest, ConfirmSecondFactorRequest, DisableSecondFactorRequest,
    FinishSignInRequest, Grant, RecoveryCodes, RenewRecoveryCodesRequest, ResetSecondFactorRequest,
    SecondFactorSecret, User,
};

use super::world::{PASSWORD, Person, World, challenged, each_world, inner, is_refused, kind};
use crate::tokens::Authenticator;

async fn begin(person: &Person, password: &str) -> Result<SecondFactorSecret, Problem> {
    let message = BeginSecondFactorRequest {
        password: password.to_owned(),
        client: person.client(),
    };
    inner(person.accounts().begin_second_factor(person.ask(message)).await)
}

async fn confirm(person: &Person, code: &str) -> Result<RecoveryCodes, Problem> {
    let message = ConfirmSecondFactorRequest {
        code: code.to_owned(),
        client: person.client(),
    };
    inner(person.accounts().confirm_second_factor(person.ask(message)).await)
}

async fn disable(person: &Person, password: &str, code: &str) -> Result<User, Problem> {
    let message = DisableSecondFactorRequest {
        password: password.to_owned(),
        code: code.to_owned(),
        client: person.client(),
    };
    inner(person.accounts().disable_second_factor(person.ask(message)).await)
}

async fn finish(person: &Person, ticket: &str, code: &str) -> Result<Grant, Problem> {
    let message = FinishSignInRequest {
        ticket: ticket.to_owned(),
        code: code.to_owned(),
        client: person.client(),
    };
    inner(person.auth().finish_sign_in(person.ask(message)).await)
}

async fn change_email(person: &Person, code: &str) -> Result<User, Problem> {
    let message = ChangeEmailRequest {
        email: "ada@new.example".to_owned(),
        password: PASSWORD.to_owned(),
        client: person.client(),
        code: code.to_owned(),
    };
    inner(person.accounts().change_email(person.ask(message)).await)
}

/// What an app shows after it was given the secret.
pub(super) struct App(Authenticator, Arc<World>);

impl App {
    fn new(world: &Arc<World>, secret: &str) -> Self {
        let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
        Self(
            Authenticator::from_secret(secret.as_ref()).unwrap(),
            Arc::clone(world),
        )
    }

    fn code(&self) -> String {
        self.0.code_at(self.1.clock.now())
    }

    fn code_in(&self, seconds: i64) -> String {
        self.0.code_at(self.1.clock.now() + TimeDelta::seconds(seconds))
    }
}

/// Turns a second factor on: its app and its recovery codes.
pub(super) async fn enable(person: &Person) -> (App, Vec<String>) {
    let app = App::new(&person.world, &begin(person, PASSWORD).await.unwrap().secret);
    let codes = confirm(person, &app.code()).await.unwrap().codes;
    (app, codes)
}

/// An account with a second factor, its app and its recovery codes.
async fn guarded(world: &Arc<World>) -> (Person, App, Vec<String>) {
    let (ada, _) = world.account("ada@example.org").await;
    let (app, codes) = enable(&ada).await;
    world.clock.advance(Duration::from_secs(30));
    (ada, app, codes)
}

async fn ticket(person: &Person) -> String {
    let answer = person.begin_login("ada@example.org", PASSWORD).await.unwrap();
    challenged(answer).ticket
}

#[tokio::test]
async fn a_second_factor_is_turned_on_by_its_first_code_and_asked_for_from_then_on() {
    each_world(|world| async move {
        let (ada, _) = world.account("ada@example.org").await;
        assert_eq!(
            begin(&ada, "a wrong password").await.unwrap_err().fields[0].field,
            "password"
        );
        assert_eq!(kind(confirm(&ada, "123456").await).1, "SECOND_FACTOR_OFF");

        // Another secret takes the place of one that was never confirmed.
        let first = App::new(&world, &begin(&ada, PASSWORD).await.unwrap().secret);
        let enrolment = begin(&ada, PASSWORD).await.unwrap();
        assert!(enrolment.uri.contains(&enrolment.secret) && enrolment.qr_svg.starts_with("<svg"));
        assert!(confirm(&ada, &first.code()).await.is_err());
        ada.login("ada@example.org", PASSWORD).await.unwrap();

        let app = App::new(&world, &enrolment.secret);
        let codes = confirm(&ada, &app.code()).await.unwrap().codes;
        assert_eq!(codes.len(), 10);
        assert!(codes.iter().all(|code| code.len() == 19), "{codes:?}");
        assert!(ada.me().await.unwrap().second_factor);
        assert_eq!(kind(begin(&ada, PASSWORD).await).1, "SECOND_FACTOR_ON");

        let guest = world.guest();
        is_refused(guest.begin_login("ada@example.org", "a wrong password").await);
        let waiting = ticket(&guest).await;
        // The code that turned it on is used up.
        is_refused(finish(&guest, &waiting, &app.code()).await);
        world.clock.advance(Duration::from_secs(30));
        let grant = finish(&guest, &waiting, &format!(" {} ", app.code()))
            .await
            .unwrap();
        assert_eq!(grant.user.unwrap().id, ada.id());
        assert!(!ada.stands().await || grant.refresh_token.starts_with("srt_"));

        let refreshed = guest.refresh(&grant.refresh_token).await.unwrap();
        assert!(!refreshed.access_token.is_empty());
        let acts = ada.acts().await;
        assert!(acts.contains(&"second_factor_enabled".to_owned()));
        assert!(acts.contains(&"second_factor_failed".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn a_code_and_a_ticket_are_good_once_and_for_minutes() {
    each_world(|world| async move {
        let (_, app, _) = guarded(&world).await;
        let guest = world.guest();

        let (one, other) = (ticket(&guest).await, ticket(&guest).await);
        let code = app.code();
        let both = tokio::join!(finish(&guest, &one, &code), finish(&guest, &other, &code));
        assert_eq!(
            [both.0.is_ok(), both.1.is_ok()]
                .iter()
                .filter(|right| **right)
                .count(),
            1
        );
        let (used, left) = if both.0.is_ok() {
            (one, other)
        } else {
            (other, one)
        };

        world.clock.advance(Duration::from_secs(30));
        is_refused(finish(&guest, &used, &app.code()).await);
        // An older code than the last one is none.
        is_refused(finish(&guest, &left, &app.code_in(-30)).await);
        finish(&guest, &left, &app.code()).await.unwrap();

        let late = ticket(&guest).await;
        world.clock.advance(Duration::from_secs(300));
        is_refused(finish(&guest, &late, &app.code()).await);
        is_refused(finish(&guest, "nothing", &app.code()).await);
    })
    .await;
}

#[tokio::test]
async fn guessing_codes_wears_a_ticket_out_and_makes_wait() {
    each_world(|world| async move {
        let (_, app, _) = guarded(&world).await;
        let guest = world.guest().at("198.51.100.77");
        let worn = ticket(&guest).await;
        for _ in 0..5 {
            is_refused(finish(&guest, &worn, "000000").await);
        }
        is_refused(finish(&guest, &worn, &app.code()).await);

        let next = ticket(&guest).await;
        is_refused(finish(&guest, &next, "000000").await);
        assert_eq!(
            kind(finish(&guest, &next, &app.code()).await).0,
            ErrorKind::ResourceExhausted
        );
        // Somewhere else its owner is not held up by that.
        let home = world.guest().at("198.51.100.78");
        finish(&home, &next, &app.code()).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn each_recovery_code_is_good_once_in_place_of_a_code() {
    each_world(|world| async move {
        let (ada, app, codes) = guarded(&world).await;
        let guest = world.guest();
        finish(&guest, &ticket(&guest).await, &codes[0]).await.unwrap();
        is_refused(finish(&guest, &ticket(&guest).await, &codes[0]).await);
        let typed = codes[1].to_uppercase().replace('-', " ");
        finish(&guest, &ticket(&guest).await, &typed).await.unwrap();

        let message = RenewRecoveryCodesRequest {
            password: PASSWORD.to_owned(),
            code: app.code(),
            client: ada.client(),
        };
        let renewed = ada
            .accounts()
            .renew_recovery_codes(ada.ask(message))
            .await
            .unwrap()
            .into_inner();
        is_refused(finish(&guest, &ticket(&guest).await, &codes[2]).await);
        finish(&guest, &ticket(&guest).await, &renewed.codes[0])
            .await
            .unwrap();

        let acts = ada.acts().await;
        assert_eq!(acts.iter().filter(|act| *act == "recovery_code_used").count(), 3);
    })
    .await;
}

#[tokio::test]
async fn what_takes_an_account_over_needs_a_code_unless_one_was_just_given() {
    each_world(|world| async move {
        let (ada, app, _) = guarded(&world).await;
        // The session is older than the second factor, so no code was asked for.
        assert_eq!(
            kind(change_email(&ada, "").await),
            (ErrorKind::PermissionDenied, "SECOND_FACTOR_NEEDED".to_owned())
        );
        assert_eq!(
            change_email(&ada, "000000").await.unwrap_err().fields[0].field,
            "code"
        );
        change_email(&ada, &app.code()).await.unwrap();

        world.clock.advance(Duration::from_secs(30));
        let guest = world.guest();
        let answer = guest.begin_login("ada@new.example", PASSWORD).await.unwrap();
        let grant = finish(&guest, &challenged(answer).ticket, &app.code())
            .await
            .unwrap();
        let fresh = world.bearer(&grant).await;
        change_email(&fresh, "").await.unwrap();
        world.clock.advance(Duration::from_secs(601));
        assert_eq!(kind(change_email(&fresh, "").await).1, "SECOND_FACTOR_NEEDED");
    })
    .await;
}

#[tokio::test]
async fn it_is_turned_off_by_its_owner_with_a_code_and_by_an_operator_without() {
    each_world(|world| async move {
        let (ada, app, _) = guarded(&world).await;
        assert_eq!(kind(disable(&ada, PASSWORD, "").await).1, "SECOND_FACTOR_NEEDED");
        assert_eq!(
            disable(&ada, "a wrong password", &app.code())
                .await
                .unwrap_err()
                .fields[0]
                .field,
            "password"
        );
        assert!(!disable(&ada, PASSWORD, &app.code()).await.unwrap().second_factor);
        ada.login("ada@example.org", PASSWORD).await.unwrap();

        let app = App::new(&world, &begin(&ada, PASSWORD).await.unwrap().secret);
        confirm(&ada, &app.code()).await.unwrap();
        let open = ticket(&ada).await;
        let message = ResetSecondFactorRequest {
            user_id: ada.id(),
            client: None,
        };
        assert_eq!(
            kind(inner(
                ada.operators()
                    .reset_second_factor(ada.ask(message.clone()))
                    .await
            ))
            .0,
            ErrorKind::PermissionDenied
        );
        let operator = world.operator();
        let user = operator
            .operators()
            .reset_second_factor(operator.ask(message))
            .await
            .unwrap()
            .into_inner();
        assert!(!user.second_factor && !ada.stands().await);

        world.clock.advance(Duration::from_secs(30));
        is_refused(finish(&ada, &open, &app.code()).await);
        let again = world
            .bearer(&ada.login("ada@example.org", PASSWORD).await.unwrap())
            .await;
        assert!(again.acts().await.contains(&"second_factor_reset".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn the_secret_is_sealed_and_recovery_codes_are_hashed() {
    each_world(|world| async move {
        let (ada, _) = world.account("ada@example.org").await;
        let secret = begin(&ada, PASSWORD).await.unwrap().secret;
        let bytes = totp_rs::Secret::try_from_base32(&secret).unwrap();
        let sealed: Vec<u8> =
            kit::on!(world.db.system(), c => sqlx::query_scalar("SELECT sealed FROM second_factors").fetch_one(c).await).unwrap();

        assert!(!sealed.windows(8).any(|part| bytes.as_ref().windows(8).any(|own| own == part)));
        let app = App::new(&world, &secret);
        let codes = confirm(&ada, &app.code()).await.unwrap().codes;
        let hashes: Vec<Vec<u8>> =
            kit::on!(world.db.system(), c => sqlx::query_scalar("SELECT hash FROM recovery_codes").fetch_all(c).await).unwrap();
        assert_eq!(hashes.len(), codes.len());
        let plain: Vec<u8> = codes.concat().into_bytes();
        assert!(hashes.iter().all(|hash| hash.len() == 32 && !plain.windows(4).any(|part| hash.starts_with(part))));
    })
    .await;
}
