//! Mail and second factors from end to end: the real process, a mail server that takes what it sends, and an authenticator.

use kit::mail_catcher::MailCatcher;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::harness::{
    client::{Answer, Client},
    people::{PASSWORD, Person, graphql, login},
    saga::{DataFolder, Launch, Saga},
    wait::until,
};

const OTHER: &str = "another unusual sentence";

async fn serve(data: &DataFolder, catcher: &MailCatcher) -> Saga {
    launch(data, &catcher.url()).serve().await
}

fn launch(data: &DataFolder, smtp: &str) -> Launch {
    Launch::new(data)
        .set("SMTP_URL", smtp)
        .set("MAIL_FROM", "Saga <saga@example.org>")
        .set("SAGA_AUTH__MAIL__SITE_URL", "https://saga.example")
        .set("SAGA_TELEMETRY__LOG", "debug")
}

fn ok(answer: &Answer, status: u16) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_proven_a_password_is_set_anew_and_an_address_changed_by_links() {
    let (data, catcher) = (DataFolder::new(), MailCatcher::start().await);
    let saga = serve(&data, &catcher).await;
    let door = Client::of(&saga);
    let ada = Person::register(&door, "ada").await;
    assert_eq!(ada.me(&door).await["email_verified"], false);

    let verify = catcher.wait_for(1).await.secret("email");
    let confirm = json!({ "token": verify });
    ok(
        &door.post("/api/v1/auth/email/confirm", confirm.clone()).await,
        401,
    );
    ok(
        &ada.post(&door, "/api/v1/auth/email/confirm", confirm.clone())
            .await,
        200,
    );
    ok(&ada.post(&door, "/api/v1/auth/email/confirm", confirm).await, 400);
    assert_eq!(ada.me(&door).await["email_verified"], true);

    // The answer is the same for who has an account and who has none.
    let mut told = Vec::new();
    for email in ["nobody@example.org", "ada@example.org"] {
        let answer = door
            .post("/api/v1/auth/password/forgotten", json!({ "email": email }))
            .await;
        told.push((answer.status, answer.body["ok"].clone()));
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0].0, StatusCode::ACCEPTED);
    let reset = catcher.wait_for(2).await.secret("password");
    let body = json!({ "token": reset, "new_password": OTHER });
    ok(&door.post("/api/v1/auth/password/reset", body.clone()).await, 200);
    ok(&door.post("/api/v1/auth/password/reset", body).await, 400);
    assert_eq!(ada.standing(&door).await, 401);
    ok(&login(&door, "ada", PASSWORD).await, 401);
    let ada = Person::of(&login(&door, "ada", OTHER).await);

    catcher.wait_for(3).await;
    let body = json!({ "email": "ada@new.example", "password": OTHER });
    let answer = ada.post(&door, "/api/v1/auth/email", body).await;
    assert_eq!(answer.body["email"], "ada@example.org", "{}", answer.body);
    let mail = catcher.wait_for(4).await;
    assert_eq!(mail.to, "ada@new.example");
    let change = mail.secret("email");
    let query = format!(
        r#"mutation {{ confirmEmail(input: {{ token: "{change}" }}) {{ user {{ email emailVerified }} }} }}"#
    );
    let answer = graphql(&door, Some(&ada.access), &query).await;
    assert_eq!(
        answer.body["data"]["confirmEmail"]["user"],
        json!({ "email": "ada@new.example", "emailVerified": true }),
        "{}",
        answer.body
    );
    assert_eq!(catcher.wait_for(5).await.to, "ada@example.org");

    // What a link is worth stands nowhere but in its mail.
    let log = saga.log();
    for secret in [&verify, &reset, &change] {
        assert!(!log.contains(secret.as_str()));
    }
}

/// A mail as a real server shows it over its API: Mailpit, where `SAGA_TEST_SMTP_URL` and `SAGA_TEST_MAIL_API` name one.
struct RealMail {
    shown: Value,
    headers: Value,
}

impl RealMail {
    /// The newest mail to this address with this subject, once it is there.
    async fn wait_for(api: &str, to: &str, subject: &str) -> Self {
        let ask = async |path: String| -> Value {
            let answer = reqwest::get(format!("{api}/{path}"))
                .await
                .expect("the mail server");
            answer.json().await.expect("JSON")
        };

        let query = format!(
            "search?query=to:{to}%20subject:%22{}%22",
            subject.replace(' ', "%20")
        );
        let id = until("the mail to arrive", || async {
            let found = ask(query.clone()).await;
            found["messages"][0]["ID"].as_str().map(str::to_owned)
        })
        .await;

        Self {
            shown: ask(format!("message/{id}")).await,
            headers: ask(format!("message/{id}/headers")).await,
        }
    }

    /// The secret of its link, which both of its forms have.
    fn secret(&self, name: &str) -> String {
        let start = format!("https://saga.example/confirm#{name}=");
        let in_text = text(&self.shown["Text"])
            .split_once(start.as_str())
            .expect("a link");
        let secret = in_text.1.split_whitespace().next().expect("a secret");

        assert!(text(&self.shown["HTML"]).contains(&format!("href=\"{start}{secret}\"")));
        secret.to_owned()
    }

    /// What every mail of a program has, so that people, filters and other programs take it for what it is.
    fn is_well_formed(&self, to: &str) {
        let header = |name: &str| text(&self.headers[name][0]).to_owned();

        assert_eq!(header("From"), "Saga <saga@example.org>");
        assert_eq!(header("To"), to);
        assert_eq!(header("Auto-Submitted"), "auto-generated");
        assert!(header("Message-Id").ends_with("@example.org>"));
        assert!(header("Date").contains("+0000"));
        assert!(header("Content-Type").starts_with("multipart/alternative"));
        assert!(
            header("Received").contains("from example.org"),
            "{}",
            header("Received")
        );
        assert!(text(&self.shown["Text"]).starts_with("Hello "));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_mail_server_takes_the_mail_and_its_links_work() {
    let (Ok(smtp), Ok(api)) = (
        std::env::var("SAGA_TEST_SMTP_URL"),
        std::env::var("SAGA_TEST_MAIL_API"),
    ) else {
        return;
    };
    let data = DataFolder::new();
    let saga = launch(&data, &smtp).serve().await;
    let door = Client::of(&saga);
    // The server keeps what earlier runs sent.
    let name = format!("ada{}", std::process::id());
    let (old, new) = (format!("{name}@example.org"), format!("{name}@new.example"));
    let ada = Person::register(&door, &name).await;

    let verify = RealMail::wait_for(&api, &old, "Confirm your email address").await;
    verify.is_well_formed(&old);
    let body = json!({ "token": verify.secret("email") });
    ok(&ada.post(&door, "/api/v1/auth/email/confirm", body).await, 200);

    let body = json!({ "email": old });
    ok(&door.post("/api/v1/auth/password/forgotten", body).await, 202);
    let reset = RealMail::wait_for(&api, &old, "Set a new password").await;
    reset.is_well_formed(&old);
    let body = json!({ "token": reset.secret("password"), "new_password": OTHER });
    ok(&door.post("/api/v1/auth/password/reset", body).await, 200);
    RealMail::wait_for(&api, &old, "Your password was changed").await;

    let ada = Person::of(&login(&door, &name, OTHER).await);
    let body = json!({ "email": new, "password": OTHER });
    ok(&ada.post(&door, "/api/v1/auth/email", body).await, 200);
    let change = RealMail::wait_for(&api, &new, "Confirm your new email address").await;
    change.is_well_formed(&new);
    let body = json!({ "token": change.secret("email") });
    ok(&ada.post(&door, "/api/v1/auth/email/confirm", body).await, 200);
    let told = RealMail::wait_for(&api, &old, "Your email address was changed").await;
    told.is_well_formed(&old);
    assert_eq!(ada.me(&door).await["email"], new);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_that_was_not_sent_is_sent_by_the_next_process() {
    let (data, catcher) = (DataFolder::new(), MailCatcher::start().await);
    catcher.refuse(1, "451 not now");
    let saga = serve(&data, &catcher).await;
    Person::register(&Client::of(&saga), "ada").await;
    saga.kill().await;

    let _saga = serve(&data, &catcher).await;
    let mail = catcher.wait_for(1).await;
    assert_eq!(mail.to, "ada@example.org");
    assert!(!mail.secret("email").is_empty());
}

/// What an authenticator shows in this step of 30 s, or in one after it.
fn code(secret: &str, after: u64) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).expect("base32");
    let authenticator = totp_rs::Builder::new().with_secret(secret).build();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let at = now.expect("after 1970").as_secs() + 30 * after;

    authenticator.expect("a secret").generate(at).to_string()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_factor_is_turned_on_asked_for_and_turned_off() {
    let data = DataFolder::new();
    let saga = Launch::new(&data).serve().await;
    let door = Client::of(&saga);
    let ada = Person::register(&door, "ada").await;
    let eve = Person::register(&door, "eve").await;
    let path = "/api/v1/auth/second-factor";

    let begun = ada.post(&door, path, json!({ "password": PASSWORD })).await;
    ok(&begun, 200);
    let secret = text(&begun.body["secret"]).to_owned();
    assert!(text(&begun.body["uri"]).contains(&secret));
    assert!(text(&begun.body["qr_svg"]).starts_with("<svg"));
    let used = code(&secret, 0);
    let on = ada
        .post(&door, &format!("{path}/confirm"), json!({ "code": used }))
        .await;
    ok(&on, 200);
    let recovery = on.body["recovery_codes"].as_array().expect("codes").clone();
    assert_eq!(ada.me(&door).await["second_factor"], true);
    assert_eq!(eve.me(&door).await["second_factor"], false);

    let ticket = async || {
        let asked = login(&door, "ada", PASSWORD).await;
        ok(&asked, 401);
        text(&asked.body["details"]["ticket"]).to_owned()
    };
    let finish = async |ticket: &str, code: &str| {
        let body = json!({ "ticket": ticket, "code": code });
        door.post("/api/v1/auth/login/code", body).await
    };
    // The code that turned it on is used up; the next one is good once.
    let first = ticket().await;
    ok(&finish(&first, &used).await, 401);
    let next = code(&secret, 1);
    let entered = finish(&first, &next).await;
    let fresh = Person::of(&entered);
    assert_eq!(fresh.id, ada.id);
    ok(&finish(&ticket().await, &next).await, 401);
    ok(&finish(&ticket().await, text(&recovery[0])).await, 200);
    ok(&finish(&ticket().await, text(&recovery[0])).await, 401);
    ok(&finish(&first, text(&recovery[1])).await, 401);
    ok(&fresh.refreshed(&door).await, 200);

    // The older session gave no code, and somebody else's code is none.
    let body = json!({ "current_password": PASSWORD, "new_password": OTHER });
    let refused = ada.post(&door, "/api/v1/auth/password", body).await;
    ok(&refused, 403);
    assert_eq!(refused.body["details"]["reason"], "SECOND_FACTOR_NEEDED");
    let wrong = json!({ "password": PASSWORD, "code": text(&recovery[2]) });
    ok(&eve.call(&door, "DELETE", path, Some(wrong)).await, 400);
    let off = json!({ "password": PASSWORD, "code": text(&recovery[2]) });
    let off = ada.call(&door, "DELETE", path, Some(off)).await;
    assert_eq!(off.body["second_factor"], false, "{}", off.body);
    Person::login(&door, "ada").await;
}
