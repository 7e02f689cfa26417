//! Sign-ins that ask for a code, links of mail, and what browsers of other sites may not do: at both doors.

use kit::actor::Tier;
use serde_json::json;

use super::harness::{Answer, Door};

const ASK: &str = "mutation($i: LoginInput!) { login(input: $i) { tokens { user { id } } } }";
const FINISH: &str =
    "mutation($i: FinishSignInInput!) { finishSignIn(input: $i) { tokens { user { id } } } }";

async fn graphql(door: &Door, token: Option<&str>, query: &str, input: serde_json::Value) -> Answer {
    let request = door.http.post(door.url("/graphql"));
    let request = match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    Answer::of(request.json(&json!({ "query": query, "variables": { "i": input } }))).await
}

/// Somebody with a second factor.
fn guarded(door: &Door) -> super::fakes::Person {
    let person = door.world.account(Tier::Free);
    let people = &mut door.world.lock().people;
    let user = people.users.get_mut(&person.id).unwrap();
    user.second_factor = true;
    user.email = "guarded@example.org".into();
    person
}

#[tokio::test]
async fn a_password_alone_leads_to_a_ticket_and_the_ticket_with_a_code_to_tokens() {
    let door = Door::open().await;
    let person = guarded(&door);
    let body = json!({ "email": "guarded@example.org", "password": "right" });
    let asked = door.post("/api/v1/auth/login", &body).await;
    assert_eq!(asked.refusal(), "401 AUTHENTICATION_ERROR");

    let details = &asked.json()["details"];
    assert_eq!(
        (&details["reason"], &details["expires_in"]),
        (&json!("SECOND_FACTOR_NEEDED"), &json!(300))
    );
    let ticket = details["ticket"].as_str().unwrap();
    let wrong = json!({ "ticket": ticket, "code": "000000" });
    assert_eq!(
        door.post("/api/v1/auth/login/code", &wrong).await.refusal(),
        "401 AUTHENTICATION_ERROR"
    );
    let right = json!({ "ticket": ticket, "code": "123456" });
    let entered = door.post("/api/v1/auth/login/code?session=cookie", &right).await;
    assert_eq!(entered.json()["user"]["id"], person.id.to_string());
    assert!(!entered.cookie("saga_access").is_empty());

    let input = json!({ "identifier": "guarded@example.org", "password": "right" });
    let asked = graphql(&door, None, ASK, input).await;
    let extensions = &asked.json()["errors"][0]["extensions"];
    assert_eq!(
        (&extensions["reason"], &extensions["expiresIn"]),
        (&json!("SECOND_FACTOR_NEEDED"), &json!(300))
    );
    let input = json!({ "ticket": extensions["ticket"], "code": "123456" });
    let entered = graphql(&door, None, FINISH, input).await;
    assert_eq!(
        entered.json()["data"]["finishSignIn"]["tokens"]["user"]["id"],
        person.id.to_string(),
        "{}",
        entered.text()
    );
}

#[tokio::test]
async fn a_second_factor_is_turned_on_and_off_over_rest_and_graphql() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);
    let call = async |method: &str, path: &str, body: serde_json::Value| {
        let request = door.http.request(method.parse().unwrap(), door.url(path));
        Answer::of(request.bearer_auth(&person.token).json(&body)).await
    };
    let path = "/api/v1/auth/second-factor";
    let begun = call("POST", path, json!({ "password": "right" })).await;
    assert_eq!(begun.json()["secret"], "JBSWY3DPEHPK3PXP");
    let on = call("POST", &format!("{path}/confirm"), json!({ "code": "123456" })).await;
    assert_eq!(on.json()["recovery_codes"], json!(["aaaa-bbbb-cccc-dddd"]));
    let me = call("GET", "/api/v1/auth/me", json!({})).await;
    assert_eq!(me.json()["second_factor"], true);
    let renewed = call(
        "POST",
        &format!("{path}/recovery-codes"),
        json!({ "code": "123456" }),
    )
    .await;
    assert_eq!(renewed.json()["recovery_codes"], json!(["eeee-ffff-gggg-hhhh"]));
    let off = call("DELETE", path, json!({ "code": "123456" })).await;
    assert_eq!(off.json()["second_factor"], false);
    assert_eq!(
        call("DELETE", path, json!({})).await.refusal(),
        "422 VALIDATION_ERROR [code missing]"
    );

    let token = Some(person.token.as_str());
    for (query, field) in [
        (
            "mutation($i: BeginSecondFactorInput!) { beginSecondFactor(input: $i) { secret uri qrSvg } }",
            "beginSecondFactor",
        ),
        (
            "mutation($i: ConfirmSecondFactorInput!) { confirmSecondFactor(input: $i) { recoveryCodes } }",
            "confirmSecondFactor",
        ),
        (
            "mutation($i: RenewRecoveryCodesInput!) { renewRecoveryCodes(input: $i) { recoveryCodes } }",
            "renewRecoveryCodes",
        ),
        (
            "mutation($i: DisableSecondFactorInput!) { disableSecondFactor(input: $i) { user { secondFactor } } }",
            "disableSecondFactor",
        ),
    ] {
        let input = match field {
            "beginSecondFactor" => json!({}),
            _ => json!({ "code": "123456" }),
        };
        let answer = graphql(&door, token, query, input).await;
        assert!(answer.json()["data"][field].is_object(), "{}", answer.text());
    }
}

#[tokio::test]
async fn whoever_comes_back_from_a_provider_is_led_to_where_the_code_is_asked_for() {
    let door = Door::open().await;
    let person = guarded(&door);
    {
        let people = &mut door.world.lock().people;
        people.vouched_for = Some(person.id);
        people.return_to = "/stories?x=1".into();
    }
    let callback = "/api/v1/auth/oauth/github/callback?code=code-1&state=state-1";
    let request = door
        .http
        .get(door.url(callback))
        .header("cookie", "saga_oauth=state-1");
    let led = Answer::of(request).await;

    assert_eq!(led.status, 303, "{}", led.text());
    let location = led.header("location");
    assert!(location.starts_with("/confirm#code=ticket"), "{location}");
    assert!(location.ends_with("&return_to=%2Fstories%3Fx%3D1"), "{location}");
    assert!(led.cookie("saga_access").is_empty());
}

#[tokio::test]
async fn links_of_mail_are_asked_for_and_used_at_both_doors() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);
    let bearer = |path: &str| door.http.post(door.url(path)).bearer_auth(&person.token);
    let verification = "/api/v1/auth/email/verification";
    let forgotten = json!({ "email": "ada@example.org" });
    let reset = "mutation($i: RequestPasswordResetInput!) { requestPasswordReset(input: $i) { accepted } }";

    let off = door.post("/api/v1/auth/password/forgotten", &forgotten).await;
    assert_eq!(off.refusal(), "501 NOT_AVAILABLE_HERE");
    assert_eq!(off.json()["details"]["reason"], "MAIL_OFF");
    assert_eq!(
        Answer::of(bearer(verification)).await.refusal(),
        "501 NOT_AVAILABLE_HERE"
    );
    let off = graphql(&door, None, reset, forgotten.clone()).await;
    assert_eq!(off.json()["errors"][0]["extensions"]["reason"], "MAIL_OFF");

    door.world.lock().people.mails = true;
    assert_eq!(
        door.post("/api/v1/auth/password/forgotten", &forgotten)
            .await
            .status,
        202
    );
    assert_eq!(Answer::of(bearer(verification)).await.status, 202);
    let on = graphql(&door, None, reset, forgotten).await;
    assert_eq!(on.json()["data"]["requestPasswordReset"]["accepted"], true);

    let confirm = "/api/v1/auth/email/confirm";
    let wrong = Answer::of(bearer(confirm).json(&json!({ "token": "x" }))).await;
    assert_eq!(wrong.refusal(), "400 VALIDATION_ERROR");
    let right = Answer::of(bearer(confirm).json(&json!({ "token": "token-1" }))).await;
    assert_eq!(right.json()["email_verified"], true);
}

#[tokio::test]
async fn a_password_that_was_set_by_a_link_signs_everybody_out_at_once() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);
    let me = async || {
        let request = door.http.get(door.url("/api/v1/auth/me"));
        Answer::of(request.bearer_auth(&person.token))
            .await
            .status
            .as_u16()
    };
    assert_eq!(me().await, 200);

    let body = json!({ "token": person.id.to_string(), "new_password": "an unusual sentence" });
    assert_eq!(door.post("/api/v1/auth/password/reset", &body).await.status, 200);
    assert_eq!(me().await, 401);
}

#[tokio::test]
async fn a_page_of_another_site_puts_no_session_into_its_visitors_browser() {
    let door = Door::open_with(|config| config.cors_origins = vec!["https://app.example".into()]).await;
    let own = door.url("");
    let try_with = async |path: &str, headers: &[(&str, &str)]| {
        let mut request = door.http.post(door.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = Answer::of(request).await;
        (answer.status.as_u16(), !answer.cookie("saga_access").is_empty())
    };

    let guest = "/api/v1/auth/guest?session=cookie";
    for foreign in [
        &[("sec-fetch-site", "cross-site")][..],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[
            ("origin", "https://evil.example"),
            ("sec-fetch-site", "same-origin"),
        ],
        &[("origin", own.as_str()), ("sec-fetch-site", "cross-site")],
    ] {
        assert_eq!(try_with(guest, foreign).await, (403, false), "{foreign:?}");
    }
    for fine in [
        &[][..],
        &[("sec-fetch-site", "same-origin"), ("origin", own.as_str())],
        &[("sec-fetch-site", "none")],
        &[
            ("origin", "https://app.example"),
            ("sec-fetch-site", "cross-site"),
        ],
    ] {
        assert_eq!(try_with(guest, fine).await, (200, true), "{fine:?}");
    }

    // A page of this machine may sign in, but for itself, not for its visitor's browser.
    let local = [("origin", "http://localhost:3000")];
    assert_eq!(try_with(guest, &local).await, (403, false));
    assert_eq!(try_with("/api/v1/auth/guest", &local).await, (200, false));

    let sign_in = "mutation($i: CreateGuestInput!) { createGuest(input: $i) { tokens { expiresIn } } }";
    let request = door
        .http
        .post(door.url("/graphql"))
        .header("sec-fetch-site", "cross-site");
    let body = json!({ "query": sign_in, "variables": { "i": { "session": "COOKIE" } } });
    let refused = Answer::of(request.json(&body)).await;
    assert_eq!(
        refused.json()["errors"][0]["extensions"]["reason"],
        "FOREIGN_ORIGIN"
    );
    assert!(refused.cookie("saga_access").is_empty());
}

#[tokio::test]
async fn the_token_of_one_session_is_none_for_another_and_an_equal_pair_is_none_at_all() {
    let door = Door::open().await;
    let sign_in = async || {
        let answer = door.post("/api/v1/auth/guest?session=cookie", &json!({})).await;
        let csrf = answer
            .cookie("csrf_token")
            .trim_start_matches("csrf_token=")
            .to_owned();
        (answer.cookie("saga_access").to_owned(), csrf)
    };
    let ((access, mine), (_, theirs)) = (sign_in().await, sign_in().await);
    let put = async |token: &str, origin: Option<&str>| {
        let request = door
            .http
            .post(door.url("/api/v1/auth/logout?scope=others"))
            .header("cookie", format!("{access}; csrf_token={token}"))
            .header("x-csrf-token", token);
        let request = match origin {
            Some(origin) => request.header("origin", origin),
            None => request,
        };
        Answer::of(request).await
    };

    for tossed in ["tossed", theirs.as_str()] {
        assert_eq!(put(tossed, None).await.refusal(), "403 CSRF_VALIDATION_FAILED");
    }
    let foreign = put(&mine, Some("https://sub.evil.test")).await;
    assert_eq!(foreign.refusal(), "403 PERMISSION_DENIED");
    assert_eq!(put(&mine, Some(&door.url(""))).await.status, 200);
}

#[tokio::test]
async fn every_answer_that_a_body_or_a_query_can_come_to_is_in_the_document() {
    let document = serde_json::to_value(crate::document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            let responses = &operation["responses"];
            let has = |status: &str| assert!(responses[status].is_object(), "{method} {path}: {status}");
            if operation["requestBody"].is_object() {
                for status in ["400", "413", "415", "422"] {
                    has(status);
                }
            }
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            if parameters.iter().any(|one| one["in"] == "query") {
                has("422");
            }
        }
    }

    for (method, path) in [
        ("post", "/api/v1/auth/email"),
        ("post", "/api/v1/auth/password"),
        ("delete", "/api/v1/auth/me"),
        ("delete", "/api/v1/auth/second-factor"),
    ] {
        let told = paths[path][method]["responses"]["403"]["description"]
            .as_str()
            .unwrap();
        assert!(told.contains("RECENT_SIGN_IN_NEEDED"), "{path}: {told}");
    }
}
