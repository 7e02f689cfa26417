//! Accounts over REST: the exact shapes, what auth-svc is asked, and what a client must not be able to set.

use kit::{ErrorKind, FieldViolation, Problem, actor::Tier};
use serde_json::{Value, json};

use super::{
    fakes::Person,
    harness::{Answer, Door},
};

pub(super) async fn send(
    door: &Door,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Option<&Value>,
) -> Answer {
    let mut request = door.http.request(method.parse().unwrap(), door.url(path));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    if let Some(body) = body {
        request = request.json(body);
    }
    Answer::of(request).await
}

async fn by(door: &Door, person: &Person, method: &str, path: &str) -> Answer {
    send(door, method, path, Some(&person.token), None).await
}

async fn by_with(door: &Door, person: &Person, method: &str, path: &str, body: Value) -> Answer {
    send(door, method, path, Some(&person.token), Some(&body)).await
}

fn keys(value: &Value) -> Vec<String> {
    let mut keys: Vec<_> = value.as_object().expect("an object").keys().cloned().collect();
    keys.sort_unstable();
    keys
}

/// The text of the last call, as the service got it.
fn asked(door: &Door) -> String {
    door.world
        .lock()
        .people
        .last
        .clone()
        .expect("auth-svc was asked")
        .1
}

fn called(door: &Door, name: &str) -> usize {
    door.world.lock().people.called(name)
}

#[tokio::test]
async fn every_route_that_signs_in_answers_with_the_same_superset() {
    let door = Door::open().await;
    let credentials = json!({ "email": "ada@example.org", "password": "right" });
    let registered = door.post("/api/v1/auth/register", &credentials).await;
    let login = door.post("/api/v1/auth/login", &credentials).await;
    let guest = door.post("/api/v1/auth/guest", &json!({})).await;
    let refresh = json!({ "refresh_token": login.json()["refresh_token"] });
    let refreshed = door.post("/api/v1/auth/refresh", &refresh).await;

    for (name, answer) in [
        ("register", &registered),
        ("login", &login),
        ("guest", &guest),
        ("refresh", &refreshed),
    ] {
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());

        let told = answer.json();
        let expected = [
            "access_token",
            "expires_at",
            "expires_in",
            "refresh_token",
            "token_type",
            "user",
        ];

        assert_eq!(keys(&told), expected, "{name}");
        assert_eq!(
            keys(&told["user"]),
            ["email", "id", "is_guest", "tier", "username"],
            "{name}"
        );
        assert_eq!(
            (&told["token_type"], &told["expires_in"]),
            (&json!("bearer"), &json!(900)),
            "{name}"
        );
        assert!(
            told["expires_at"].as_i64().unwrap() > 1_700_000_000,
            "whole seconds: {name}"
        );
        assert!(
            answer
                .headers
                .get_all("set-cookie")
                .iter()
                .all(|set| !set.to_str().unwrap().starts_with("saga_")),
            "{name}"
        );
        assert_eq!(answer.header("cache-control"), "no-store");
    }

    assert_eq!(registered.json()["user"]["email"], "ada@example.org");

    let user = &guest.json()["user"];
    assert_eq!((&user["email"], &user["is_guest"]), (&Value::Null, &json!(true)));

    let token = refreshed.json()["access_token"].as_str().unwrap().to_owned();
    let me = send(&door, "GET", "/api/v1/auth/me", Some(&token), None).await;

    assert_eq!(me.json()["email"], "ada@example.org");
}

#[tokio::test]
async fn who_is_signed_in_signs_in_anew_as_themself_and_is_no_stranger() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);
    let email = door.world.lock().people.users[&person.id].email.clone();
    let login = |token: &str| {
        let request = door.http.post(door.url("/api/v1/auth/login"));
        let body = json!({ "email": email, "password": "right" });
        Answer::of(request.bearer_auth(token).json(&body))
    };
    let asking = || door.world.lock().people.last.clone().unwrap().0;

    assert_eq!(login(&person.token).await.status, 200);
    assert_eq!(
        (asking().user_id, asking().session_id),
        (person.id, Some(person.session))
    );

    // A credential that is worth nothing keeps nobody from signing in.
    assert_eq!(login("worth.nothing.any.more").await.status, 200);
    assert!(asking().guest);
}

#[tokio::test]
async fn a_login_takes_email_username_or_either_and_one_of_them() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);
    let user = door.world.lock().people.users[&person.id].clone();
    for (field, name) in [
        ("email", &user.email),
        ("username", &user.username),
        ("identifier", &user.email),
    ] {
        let answer = door
            .post("/api/v1/auth/login", &json!({ field: name, "password": "right" }))
            .await;
        assert_eq!(answer.status, 200, "{field}");
    }

    let both = json!({ "email": user.email, "username": user.email, "password": "right" });
    assert_eq!(door.post("/api/v1/auth/login", &both).await.status, 200);

    let rows = [
        (
            json!({ "password": "right" }),
            "422 VALIDATION_ERROR [email missing]",
        ),
        (
            json!({ "email": "a", "username": "b", "password": "x" }),
            "422 VALIDATION_ERROR [username value_error]",
        ),
        (
            json!({ "email": user.email }),
            "422 VALIDATION_ERROR [password missing]",
        ),
        (
            json!({ "email": user.email, "password": 7 }),
            "422 VALIDATION_ERROR [password type_error]",
        ),
        (
            json!({ "email": user.email, "password": "x\u{0}" }),
            "422 VALIDATION_ERROR [password value_error]",
        ),
        (
            json!({ "email": user.email, "password": "wrong" }),
            "401 AUTHENTICATION_ERROR",
        ),
        (
            json!({ "email": "nobody@example.org", "password": "right" }),
            "401 AUTHENTICATION_ERROR",
        ),
    ];

    for (body, refusal) in rows {
        assert_eq!(
            door.post("/api/v1/auth/login", &body).await.refusal(),
            refusal,
            "{body}"
        );
    }
}

#[tokio::test]
async fn nobody_can_set_what_is_not_theirs_to_set() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);
    let bodies = [
        (
            "POST",
            "/api/v1/auth/register",
            json!({ "email": "a@example.org", "password": "long enough" }),
        ),
        (
            "POST",
            "/api/v1/auth/login",
            json!({ "email": "a@example.org", "password": "long enough" }),
        ),
        ("POST", "/api/v1/auth/refresh", json!({ "refresh_token": "r" })),
        ("POST", "/api/v1/auth/logout", json!({ "scope": "local" })),
        (
            "POST",
            "/api/v1/auth/email",
            json!({ "email": "b@example.org", "password": "x" }),
        ),
        (
            "POST",
            "/api/v1/auth/password",
            json!({ "current_password": "x", "new_password": "long enough" }),
        ),
        ("DELETE", "/api/v1/auth/me", json!({ "password": "x" })),
        ("POST", "/api/v1/api-keys", json!({ "name": "k" })),
        ("POST", "/v1/profiles/", json!({ "username": "ada" })),
        ("PUT", "/v1/profiles/", json!({ "username": "ada" })),
        ("PUT", "/v1/profiles/me", json!({ "username": "ada" })),
    ];

    let stolen = [
        ("tier", json!("team")),
        ("role", json!("admin")),
        ("is_admin", json!(true)),
        ("isAdmin", json!(true)),
        ("id", json!("1")),
        ("user_id", json!("1")),
        ("token_limit", json!(1_000_000_000)),
        ("is_guest", json!(false)),
        ("email_verified", json!(true)),
        ("disabled", json!(false)),
    ];

    let before = door.world.lock().people.users.clone();

    for (method, path, body) in &bodies {
        for (field, value) in &stolen {
            let mut body = body.clone();
            body[field] = value.clone();
            let answer = by_with(&door, &person, method, path, body).await;
            assert_eq!(
                answer.refusal(),
                format!("422 VALIDATION_ERROR [{field} unknown_field]"),
                "{method} {path}"
            );
        }
    }

    let people = &door.world.lock().people;
    assert_eq!(people.users, before);

    for call in [
        "register",
        "login",
        "refresh",
        "logout",
        "change_email",
        "change_password",
        "delete_account",
        "create_api_key",
        "put_profile",
    ] {
        assert_eq!(people.called(call), 0, "{call}");
    }
}

#[tokio::test]
async fn a_guest_who_registers_keeps_the_id_and_one_without_a_cookie_gets_a_new_one() {
    let door = Door::open().await;
    let body = json!({ "email": "ada@example.org", "password": "long enough" });
    let guest = door.world.lasting_guest();
    let upgraded = by_with(&door, &guest, "POST", "/api/v1/auth/register", body.clone()).await;

    assert_eq!(upgraded.json()["user"]["id"], guest.id.to_string());
    assert_eq!(upgraded.json()["user"]["is_guest"], false);

    door.post("/api/stories/generate", &json!({ "repoUrl": "u" }))
        .await;

    let shared = door.world.lock().actors.last().cloned().unwrap();
    let fresh = door.post("/api/v1/auth/register", &body).await;

    assert_ne!(fresh.json()["user"]["id"], shared.user_id.to_string());
    assert!(asked(&door).contains("upgrade: false"));

    let account = door.world.account(Tier::Free);
    let other = by_with(&door, &account, "POST", "/api/v1/auth/register", body.clone()).await;

    assert_ne!(other.json()["user"]["id"], account.id.to_string());

    let wrong = send(
        &door,
        "POST",
        "/api/v1/auth/register",
        Some("nonsense"),
        Some(&body),
    )
    .await;

    assert_eq!(wrong.refusal(), "401 AUTHENTICATION_ERROR");
}

#[tokio::test]
async fn the_guest_of_one_browser_becomes_an_account_and_its_cookie_goes() {
    let door = Door::open().await;
    let made = door
        .http
        .post(door.url("/api/stories/generate"))
        .header("sec-fetch-site", "same-origin");
    let cookie = Answer::of(made.json(&json!({ "repoUrl": "u" })))
        .await
        .cookie("saga_guest");
    let guest = door.world.lock().actors.last().cloned().unwrap();

    for (path, body) in [
        ("/api/v1/auth/guest", json!({})),
        (
            "/api/v1/auth/register",
            json!({ "email": "ada@example.org", "password": "long enough" }),
        ),
    ] {
        door.world.lock().people.users.clear();

        let request = door
            .http
            .post(door.url(path))
            .header("cookie", &cookie)
            .json(&body);
        let joined = Answer::of(request).await;

        assert_eq!(joined.json()["user"]["id"], guest.user_id.to_string(), "{path}");
        assert_eq!(joined.cookie("saga_guest"), "saga_guest=", "{path}");
    }
}

#[tokio::test]
async fn auth_svc_is_told_where_a_request_comes_from() {
    let door = Door::open().await;
    let request = door
        .http
        .post(door.url("/api/v1/auth/login"))
        .header("user-agent", "test/1");
    Answer::of(request.json(&json!({ "email": "a", "password": "b" }))).await;

    let told = asked(&door);
    assert!(
        told.contains(r#"address: "127.0.0.1""#) && told.contains(r#"user_agent: "test/1""#),
        "{told}"
    );
}

#[tokio::test]
async fn a_refusal_of_auth_svc_keeps_its_kind_fields_and_retry_time() {
    let door = Door::open().await;
    let body = json!({ "email": "a@example.org", "password": "short" });
    let fields = vec![FieldViolation::new("password", "expected at least 8 characters")];
    let rows = [
        (
            Problem::invalid("PASSWORD", "Too short.", fields),
            "422 VALIDATION_ERROR [password value_error]",
        ),
        (
            Problem::new(ErrorKind::AlreadyExists, "EMAIL_TAKEN", "The email is taken."),
            "409 CONFLICT",
        ),
        (
            Problem::new(ErrorKind::ResourceExhausted, "THROTTLED", "Too many."),
            "429 RATE_LIMIT_EXCEEDED",
        ),
        (
            Problem::new(ErrorKind::Internal, "INTERNAL", "x"),
            "500 INTERNAL_ERROR",
        ),
    ];

    for (mut problem, refusal) in rows {
        problem.retry_after = Some(std::time::Duration::from_secs(9));
        door.world.lock().people.refusal = Some(problem);
        let answer = door.post("/api/v1/auth/register", &body).await;
        assert_eq!(
            (answer.refusal().as_str(), answer.header("retry-after")),
            (refusal, "9")
        );
    }

    door.world.lock().people.down = true;
    for path in ["/api/v1/auth/register", "/api/v1/auth/login"] {
        assert_eq!(
            door.post(path, &body).await.refusal(),
            "503 EXTERNAL_SERVICE_ERROR",
            "{path}"
        );
    }
}

#[tokio::test]
async fn signing_out_is_felt_here_at_once() {
    let door = Door::open().await;
    let me = "/api/v1/auth/me";
    let person = door.world.account(Tier::Free);
    let others = [(); 2].map(|()| door.world.lock().people.session(person.id));
    for one in [&person, &others[0], &others[1]] {
        assert_eq!(by(&door, one, "GET", me).await.status, 200);
    }

    let told = by_with(
        &door,
        &person,
        "POST",
        "/api/v1/auth/logout",
        json!({ "scope": "others" }),
    )
    .await;

    assert_eq!(
        (
            told.status.as_u16(),
            told.json()["revoked_sessions"].as_array().unwrap().len()
        ),
        (200, 2)
    );
    assert_eq!(by(&door, &person, "GET", me).await.status, 200);

    for one in &others {
        assert_eq!(
            by(&door, one, "GET", me).await.refusal(),
            "401 AUTHENTICATION_ERROR"
        );
    }

    assert_eq!(
        by(&door, &person, "POST", "/api/v1/auth/logout").await.status,
        200
    );
    assert_eq!(
        by(&door, &person, "GET", me).await.refusal(),
        "401 AUTHENTICATION_ERROR"
    );
    assert_eq!(
        by(&door, &person, "POST", "/api/v1/auth/logout").await.refusal(),
        "401 AUTHENTICATION_ERROR"
    );
}

#[tokio::test]
async fn a_refresh_token_that_comes_again_ends_the_access_token_of_its_session_at_once() {
    let door = Door::open().await;
    let graphql = |token: &Value| {
        json!({
            "query": "mutation($token: String!) { refresh(input: { refreshToken: $token }) { tokens { accessToken } } }",
            "variables": { "token": token },
        })
    };

    for email in ["rest@example.org", "graphql@example.org"] {
        let body = json!({ "email": email, "password": "long enough" });
        let granted = door.post("/api/v1/auth/register", &body).await.json();
        let access = granted["access_token"].as_str().unwrap();
        let me = || send(&door, "GET", "/api/v1/auth/me", Some(access), None);

        assert_eq!(me().await.status, 200);

        let body = json!({ "refresh_token": granted["refresh_token"] });
        assert_eq!(door.post("/api/v1/auth/refresh", &body).await.status, 200);
        assert_eq!(me().await.status, 200);

        if email.starts_with("rest") {
            let again = door.post("/api/v1/auth/refresh", &body).await;
            assert_eq!(again.refusal(), "401 AUTHENTICATION_ERROR");
        } else {
            let again = door.post("/graphql", &graphql(&granted["refresh_token"])).await;
            assert!(again.text().contains("AUTHENTICATION_ERROR"), "{}", again.text());
        }

        assert_eq!(me().await.refusal(), "401 AUTHENTICATION_ERROR");
    }
}

#[tokio::test]
async fn signing_out_everywhere_by_refresh_token_needs_no_access_token() {
    let door = Door::open().await;
    let body = json!({ "email": "ada@example.org", "password": "long enough" });
    let granted = door.post("/api/v1/auth/register", &body).await.json();
    let token = granted["access_token"].as_str().unwrap().to_owned();

    assert_eq!(
        send(&door, "GET", "/api/v1/auth/me", Some(&token), None)
            .await
            .status,
        200
    );

    let body = json!({ "scope": "global", "refreshToken": granted["refresh_token"] });
    assert_eq!(door.post("/api/v1/auth/logout", &body).await.status, 200);
    assert_eq!(
        send(&door, "GET", "/api/v1/auth/me", Some(&token), None)
            .await
            .status,
        401
    );

    assert_eq!(
        door.post("/api/v1/auth/logout", &body).await.refusal(),
        "401 AUTHENTICATION_ERROR"
    );
}

#[tokio::test]
async fn a_new_password_and_a_deleted_account_are_felt_here_at_once() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);
    let other = door.world.lock().people.session(person.id);

    assert_eq!(by(&door, &other, "GET", "/api/v1/auth/me").await.status, 200);

    let body = json!({ "currentPassword": "right", "newPassword": "long enough" });
    let changed = by_with(&door, &person, "POST", "/api/v1/auth/password", body).await;

    assert_eq!(changed.status, 200);
    assert_eq!(by(&door, &other, "GET", "/api/v1/auth/me").await.status, 401);

    let changed = by_with(
        &door,
        &person,
        "POST",
        "/api/v1/auth/email",
        json!({ "email": "new@example.org", "password": "right" }),
    )
    .await;

    assert_eq!(changed.json()["email"], "new@example.org");

    let deleted = by_with(
        &door,
        &person,
        "DELETE",
        "/api/v1/auth/me",
        json!({ "password": "right" }),
    )
    .await;

    assert_eq!(
        (deleted.status.as_u16(), deleted.json()),
        (202, json!({ "ok": true }))
    );
    assert_eq!(by(&door, &person, "GET", "/api/v1/auth/me").await.status, 401);
}

#[tokio::test]
async fn sessions_are_listed_and_ended_and_those_of_others_do_not_exist() {
    let door = Door::open().await;
    let (person, stranger) = (door.world.account(Tier::Free), door.world.account(Tier::Free));
    let other = door.world.lock().people.session(person.id);
    let list = by(&door, &person, "GET", "/api/v1/sessions").await.json();

    assert_eq!(list.as_array().unwrap().len(), 2);
    assert_eq!(
        keys(&list[0]),
        [
            "address",
            "created_at",
            "current",
            "expires_at",
            "id",
            "last_used_at",
            "user_agent"
        ]
    );
    assert_eq!(by(&door, &other, "GET", "/api/v1/auth/me").await.status, 200);

    let path = format!("/api/v1/sessions/{}", other.session);
    for wrong in [
        path.as_str(),
        "/api/v1/sessions/nope",
        "/api/v1/sessions/%00",
        "/api/v1/sessions/%FF",
    ] {
        assert_eq!(
            by(&door, &stranger, "DELETE", wrong).await.refusal(),
            "404 RESOURCE_NOT_FOUND",
            "{wrong}"
        );
    }

    assert_eq!(
        by(&door, &person, "DELETE", &path).await.json(),
        json!({ "ok": true })
    );
    assert_eq!(by(&door, &other, "GET", "/api/v1/auth/me").await.status, 401);
}

#[tokio::test]
async fn a_key_is_shown_once_and_stops_working_at_once_when_it_is_replaced_or_revoked() {
    let door = Door::open().await;
    let (person, stranger) = (door.world.account(Tier::Free), door.world.account(Tier::Free));
    let uses = |key: &Value| {
        let request = door
            .http
            .get(door.url("/api/stories"))
            .header("x-api-key", key.as_str().unwrap());
        Answer::of(request)
    };

    let body = json!({ "name": "build", "scopes": ["stories:read"], "expiresAt": "2030-01-01T00:00:00Z" });
    let made = by_with(&door, &person, "POST", "/api/v1/api-keys", body).await;

    assert_eq!(made.status, 201);

    let made = made.json();
    let shown = [
        "created_at",
        "expires_at",
        "id",
        "last_used_at",
        "name",
        "prefix",
        "revoked_at",
        "scopes",
    ];
    let mut with_key = shown.to_vec();
    with_key.insert(3, "key");

    assert_eq!(keys(&made), with_key);
    assert_eq!(
        (&made["revoked_at"], &made["scopes"]),
        (&Value::Null, &json!(["stories:read"]))
    );
    assert_eq!(uses(&made["key"]).await.status, 200);

    let list = by(&door, &person, "GET", "/api/v1/api-keys").await;
    assert_eq!(keys(&list.json()[0]), shown);
    assert!(!list.text().contains(made["key"].as_str().unwrap()));

    let path = format!("/api/v1/api-keys/{}", made["id"].as_str().unwrap());
    for (method, path) in [
        ("DELETE", path.clone()),
        ("POST", format!("{path}/regenerate")),
        ("DELETE", "/api/v1/api-keys/x".into()),
    ] {
        assert_eq!(
            by(&door, &stranger, method, &path).await.refusal(),
            "404 RESOURCE_NOT_FOUND",
            "{method} {path}"
        );
    }

    let again = by(&door, &person, "POST", &format!("{path}/regenerate")).await;
    assert_eq!(
        (again.status.as_u16(), keys(&again.json())),
        (200, with_key.into_iter().map(str::to_owned).collect())
    );
    assert_eq!(uses(&made["key"]).await.status, 401, "the old secret");

    let made = by_with(&door, &person, "POST", "/api/v1/api-keys", json!({ "name": "b" }))
        .await
        .json();
    assert_eq!(uses(&made["key"]).await.status, 200);

    let path = format!("/api/v1/api-keys/{}", made["id"].as_str().unwrap());
    let revoked = by(&door, &person, "DELETE", &path).await;

    assert_eq!(revoked.json()["revoked_at"], "2026-01-02T12:00:00Z");
    assert_eq!(uses(&made["key"]).await.status, 401);
}

#[tokio::test]
async fn a_scope_that_does_not_exist_is_refused() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);
    for scope in ["operator", "service", "everything", ""] {
        let body = json!({ "name": "k", "scopes": [scope] });
        let answer = by_with(&door, &person, "POST", "/api/v1/api-keys", body).await;
        assert_eq!(
            answer.refusal(),
            "422 VALIDATION_ERROR [scopes.0 enum]",
            "{scope}"
        );
    }

    assert_eq!(called(&door, "create_api_key"), 0);
}

#[tokio::test]
async fn a_lasting_guest_has_no_keys_and_no_password_but_sessions_and_a_profile() {
    let door = Door::open().await;
    let guest = door.world.lasting_guest();
    for (method, path, body) in [
        ("GET", "/api/v1/api-keys", json!({})),
        ("POST", "/api/v1/api-keys", json!({ "name": "k" })),
        (
            "POST",
            "/api/v1/auth/password",
            json!({ "new_password": "long enough" }),
        ),
        ("POST", "/api/v1/auth/email", json!({ "email": "a@example.org" })),
    ] {
        let answer = by_with(&door, &guest, method, path, body).await;
        assert_eq!(answer.refusal(), "403 PERMISSION_DENIED", "{method} {path}");
        assert_eq!(answer.json()["details"]["reason"], "ACCOUNT_NEEDED");
    }

    for path in ["/api/v1/auth/me", "/api/v1/sessions", "/api/v1/audit"] {
        assert_eq!(by(&door, &guest, "GET", path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_profile_is_made_read_and_changed_under_both_names_with_and_without_a_slash() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);

    assert_eq!(
        by(&door, &person, "GET", "/v1/profiles/").await.refusal(),
        "404 RESOURCE_NOT_FOUND"
    );

    let body = json!({ "username": "ada", "full_name": "Ada Lovelace", "skill_level": "advanced" });
    let made = by_with(&door, &person, "POST", "/v1/profiles/", body).await;

    assert_eq!(made.status, 200);

    let shown = [
        "avatar_url",
        "created_at",
        "full_name",
        "id",
        "skill_level",
        "updated_at",
        "username",
    ];

    assert_eq!(keys(&made.json()), shown);
    assert_eq!(
        (&made.json()["id"], &made.json()["avatar_url"]),
        (&json!(person.id), &Value::Null)
    );

    for (path, body, name) in [
        (
            "/v1/profiles",
            json!({ "fullName": "A. L.", "username": null }),
            "A. L.",
        ),
        ("/v1/profiles/", json!({ "full_name": "Ada" }), "Ada"),
        ("/v1/profiles/me", json!({ "full_name": "Ada L." }), "Ada L."),
    ] {
        assert_eq!(
            by_with(&door, &person, "PUT", path, body).await.status,
            200,
            "{path}"
        );

        for path in [
            "/v1/profiles",
            "/v1/profiles/",
            "/v1/profiles/me",
            "/v1/profiles/me/",
        ] {
            let told = by(&door, &person, "GET", path).await;
            assert_eq!(
                (told.status.as_u16(), told.json()["full_name"].as_str()),
                (200, Some(name)),
                "{path}"
            );
            assert_eq!(told.json()["username"], "ada");
        }
    }

    let wrong = by_with(
        &door,
        &person,
        "PUT",
        "/v1/profiles/me",
        json!({ "skillLevel": "expert" }),
    )
    .await;

    assert_eq!(wrong.refusal(), "422 VALIDATION_ERROR [skillLevel enum]");
    assert_eq!(by(&door, &person, "DELETE", "/v1/profiles/").await.status, 405);
}

#[tokio::test]
async fn the_audit_log_is_read_page_by_page() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);
    let first = by(&door, &person, "GET", "/api/v1/audit?page_size=15")
        .await
        .json();

    assert_eq!(
        (
            first["events"].as_array().unwrap().len(),
            &first["next_page_token"]
        ),
        (15, &json!("15"))
    );

    let fields = [
        "action",
        "actor",
        "address",
        "at",
        "id",
        "request_id",
        "target",
        "user_agent",
    ];

    assert_eq!(keys(&first["events"][0]), fields);

    let second = by(&door, &person, "GET", "/api/v1/audit?page_size=15&page_token=15")
        .await
        .json();
    assert_eq!(
        (
            second["events"].as_array().unwrap().len(),
            &second["next_page_token"]
        ),
        (10, &Value::Null)
    );

    for size in ["0", "101", "x", "-1"] {
        let answer = by(&door, &person, "GET", &format!("/api/v1/audit?page_size={size}")).await;
        assert_eq!(answer.refusal(), "422 VALIDATION_ERROR [page_size value_error]");
    }
}

#[tokio::test]
async fn the_public_keys_are_there_for_everybody() {
    let door = Door::open_with(|config| config.allow_anonymous = false).await;
    let answer = door.get("/.well-known/jwks.json").await;

    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (200, "application/json")
    );
    assert_eq!(answer.header("cache-control"), "public, max-age=300");

    let key = &answer.json()["keys"][0];
    assert_eq!(
        (&key["kid"], &key["alg"], &key["d"]),
        (&json!("key-1"), &json!("ES256"), &Value::Null)
    );
}

#[tokio::test]
async fn signing_in_works_where_no_guests_are_allowed_and_by_a_body_of_json_only() {
    let door = Door::open_with(|config| config.allow_anonymous = false).await;
    let body = json!({ "email": "ada@example.org", "password": "right" });
    for path in ["register", "login", "guest"] {
        assert_eq!(
            door.post(&format!("/api/v1/auth/{path}"), &body)
                .await
                .status
                .as_u16()
                / 100,
            2,
            "{path}"
        );
    }

    let form = door
        .http
        .post(door.url("/api/v1/auth/login"))
        .header("content-type", "application/x-www-form-urlencoded");

    assert_eq!(
        Answer::of(form.body("username=a&password=b")).await.refusal(),
        "415 UNSUPPORTED_MEDIA_TYPE"
    );

    let form = door
        .http
        .post(door.url("/api/v1/auth/logout"))
        .header("content-type", "text/plain");

    assert_eq!(
        Answer::of(form.body("scope=global")).await.refusal(),
        "415 UNSUPPORTED_MEDIA_TYPE"
    );
}
