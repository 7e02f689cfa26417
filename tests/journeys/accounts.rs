//! The life of an account over the public door: in, out, tokens, keys, profile, log. Leaving is in `leaving.rs`.

use kit::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};

use crate::harness::{
    client::Client,
    elevenlabs::ElevenLabs,
    people::{self, PASSWORD, Person, bearing, cookie, graphql, login, refresh, with},
    repositories::Repositories,
    saga::{DataFolder, Launch, Saga},
    wait,
};

async fn open() -> (Saga, Client) {
    let saga = Launch::new(&DataFolder::new()).serve().await;
    let door = Client::of(&saga);
    (saga, door)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_registers_and_signs_in_by_email_and_by_name_and_rotates_the_tokens() {
    let (_saga, door) = open().await;
    let ada = Person::register(&door, "ada").await;
    for name in ["ada", "ada@example.org", "ADA@Example.org"] {
        assert_eq!(Person::login(&door, name).await.id, ada.id, "{name}");
    }

    assert_eq!(login(&door, "ada", "another sentence").await.status, 401);

    let next = Person::of(&ada.refreshed(&door).await);
    assert_eq!(next.id, ada.id);
    assert_ne!((&next.refresh, &next.access), (&ada.refresh, &ada.access));

    for one in [&ada, &next] {
        assert_eq!(
            one.me(&door).await["username"],
            "ada",
            "an access token lives on beside the next"
        );
    }

    let swapped = bearing(&door, &next.refresh, "GET", "/api/v1/auth/me", None).await;
    assert_eq!(swapped.status, 401, "a refresh token is no access token");
    assert_eq!(
        refresh(&door, &next.access).await.status,
        401,
        "nor the other way round"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_tabs_refresh_at_once_and_later_reuse_ends_the_session() {
    let saga = Launch::new(&DataFolder::new())
        .set("SAGA_AUTH__REFRESH_REUSE_SECONDS", "5")
        .serve()
        .await;
    let door = Client::of(&saga);
    let ada = Person::register(&door, "ada").await;
    let other = Person::login(&door, "ada").await;
    let tabs = futures::future::join_all((0..20).map(|_| ada.refreshed(&door))).await;
    let tabs: Vec<_> = tabs.iter().map(Person::of).collect();
    let first = &tabs[0];

    assert!(
        tabs.iter().all(|tab| tab.refresh == first.refresh),
        "one winner, whose token all get"
    );

    for tab in &tabs {
        assert_eq!(tab.standing(&door).await, 200, "nobody is signed out");
    }

    // Within the window the old token gives the same successor; behind it, it is stolen goods.
    wait::until("the window to close", || async {
        let again = ada.refreshed(&door).await;
        if again.status == 401 {
            return Some(());
        }
        assert_eq!(Person::of(&again).refresh, first.refresh);
        None
    })
    .await;

    assert_eq!(
        first.refreshed(&door).await.status,
        401,
        "the whole family is revoked"
    );

    wait::until("its access token to be refused too", || async {
        (first.standing(&door).await == 401).then_some(())
    })
    .await;

    assert_eq!(other.standing(&door).await, 200, "and no other session");

    let log = other.get(&door, "/api/v1/audit").await.body.to_string();
    assert!(log.contains("refresh_reuse_detected"), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_here_elsewhere_and_everywhere_is_felt_at_once() {
    let (_saga, door) = open().await;
    let ada = Person::register(&door, "ada").await;
    let (second, third) = (
        Person::login(&door, "ada").await,
        Person::login(&door, "ada").await,
    );
    let all = [&ada, &second, &third];
    let standing = || async { futures::future::join_all(all.map(|one| one.standing(&door))).await };

    assert_eq!(standing().await, [200, 200, 200]);

    let sessions = ada.get(&door, "/api/v1/sessions").await.body;
    assert_eq!(sessions.as_array().map(Vec::len), Some(3), "{sessions}");

    assert_eq!(
        ada.post(&door, "/api/v1/auth/logout", json!({ "scope": "local" }))
            .await
            .status,
        200
    );
    assert_eq!(standing().await, [401, 200, 200]);
    assert_eq!(
        ada.refreshed(&door).await.status,
        401,
        "the refresh token goes with it"
    );
    assert_eq!(
        second
            .post(&door, "/api/v1/auth/logout", json!({ "scope": "others" }))
            .await
            .status,
        200
    );
    assert_eq!(standing().await, [401, 200, 401]);

    let fourth = Person::login(&door, "ada").await;
    assert_eq!(
        second
            .post(&door, "/api/v1/auth/logout", json!({ "scope": "global" }))
            .await
            .status,
        200
    );

    assert_eq!(
        (standing().await, fourth.standing(&door).await),
        (vec![401, 401, 401], 401)
    );

    let (here, there) = (
        Person::login(&door, "ada").await,
        Person::login(&door, "ada").await,
    );
    let sessions = here.get(&door, "/api/v1/sessions").await.body;
    let sessions = sessions.as_array().expect("a list");
    let elsewhere = sessions
        .iter()
        .find(|session| session["current"] == false)
        .expect("another session");
    let path = format!("/api/v1/sessions/{}", elsewhere["id"].as_str().expect("an id"));

    assert_eq!(there.standing(&door).await, 200);
    assert_eq!(here.call(&door, "DELETE", &path, None).await.status, 200);
    assert_eq!(
        (here.standing(&door).await, there.standing(&door).await),
        (200, 401)
    );
}

/// A platform on which stories begin and wait for their voice.
async fn studio() -> (Saga, Client, ElevenLabs, Repositories) {
    let (voice, repositories) = (ElevenLabs::start_with(0).await, Repositories::start().await);
    let saga = Launch::new(&DataFolder::new())
        .set("ELEVENLABS_API_KEY", "a-test-key")
        .set("SAGA_VOICE__ELEVENLABS_BASE_URL", voice.base())
        .serve()
        .await;
    let door = Client::of(&saga);
    (saga, door, voice, repositories)
}

async fn becomes_private(door: &Client, owner: &Person, story: &str) {
    let path = format!("/api/stories/{story}");
    wait::until("the guest's story to be the account's alone", || async {
        (door.get(&path).await.status == 404).then_some(())
    })
    .await;

    assert_eq!(
        owner.get(door, &path).await.status,
        200,
        "the owner still sees it"
    );

    let list = owner.get(door, "/api/stories?kind=code").await.body;
    assert!(list.to_string().contains(story), "{list}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_with_a_token_becomes_an_account_and_keeps_id_and_stories_which_become_private() {
    let (_saga, door, _voice, repositories) = studio().await;
    let guest = Person::guest(&door).await;
    let story = guest.generate(&door, &repositories.sample()).await;
    let path = format!("/api/stories/{story}");

    assert_eq!(
        door.get(&path).await.status,
        200,
        "a guest's story is for whoever knows its id"
    );

    let body = json!({ "email": "ada@example.org", "username": "ada", "password": PASSWORD });
    let ada = Person::of(&guest.post(&door, "/api/v1/auth/register", body).await);

    assert_eq!(ada.id, guest.id);
    assert_eq!(ada.me(&door).await["is_guest"], false);

    becomes_private(&door, &ada, &story).await;
    assert_eq!(Person::login(&door, "ada").await.id, guest.id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_of_a_cookie_becomes_an_account_and_the_cookie_opens_nothing_any_more() {
    let (_saga, door, _voice, repositories) = studio().await;
    let page = [("sec-fetch-site", "same-origin")];
    let body = json!({ "repoUrl": repositories.sample() });
    let made = with(&door, &page, "POST", "/api/stories/generate", Some(body)).await;

    assert_eq!(made.status, 200, "{}", made.body);

    let story = made.body["id"].as_str().expect("an id").to_owned();
    let held = cookie(&made, "saga_guest");
    let browser = [("sec-fetch-site", "same-origin"), ("cookie", held.as_str())];
    let body = json!({ "email": "ada@example.org", "password": PASSWORD });
    let ada = Person::of(&with(&door, &browser, "POST", "/api/v1/auth/register", Some(body)).await);

    assert!(
        held.contains(&ada.id),
        "the id of the cookie is the id of the account"
    );

    becomes_private(&door, &ada, &story).await;

    let late = with(&door, &browser, "GET", &format!("/api/stories/{story}"), None).await;
    assert!([401, 404].contains(&late.status.as_u16()), "{}", late.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn email_and_password_change_with_the_password_and_the_other_sessions_end() {
    let (_saga, door) = open().await;
    let ada = Person::register(&door, "ada").await;
    let other = Person::login(&door, "ada").await;
    let change = |email: &str, password: &str| json!({ "email": email, "password": password });
    let wrong = ada
        .post(
            &door,
            "/api/v1/auth/email",
            change("lovelace@example.org", "wrong"),
        )
        .await;

    assert_eq!(wrong.status, 422, "the field that is wrong is the password");

    let changed = ada
        .post(
            &door,
            "/api/v1/auth/email",
            change("lovelace@example.org", PASSWORD),
        )
        .await;

    assert_eq!(changed.body["email"], "lovelace@example.org", "{}", changed.body);
    assert_eq!(login(&door, "ada@example.org", PASSWORD).await.status, 401);
    assert_eq!(Person::login(&door, "lovelace@example.org").await.id, ada.id);

    let change = |current: &str, new: &str| json!({ "current_password": current, "new_password": new });
    for (current, new, status) in [
        ("wrong", "a second unusual sentence", 422),
        (PASSWORD, "short", 422),
        (PASSWORD, "password123", 422),
        (PASSWORD, "a second unusual sentence", 200),
    ] {
        let answer = ada
            .post(&door, "/api/v1/auth/password", change(current, new))
            .await;
        assert_eq!(answer.status.as_u16(), status, "{new}: {}", answer.body);
    }

    assert_eq!(
        (ada.standing(&door).await, other.standing(&door).await),
        (200, 401)
    );
    assert_eq!(login(&door, "ada", PASSWORD).await.status, 401);
    assert_eq!(login(&door, "ada", "a second unusual sentence").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_profile_is_the_same_at_each_of_its_addresses() {
    let (_saga, door) = open().await;
    let ada = Person::register(&door, "ada").await;
    let body = json!({ "username": "ada", "full_name": "Ada Lovelace", "skill_level": "advanced" });
    let made = ada.post(&door, "/v1/profiles/", body).await;

    assert!(made.status.is_success(), "{}", made.body);

    for (number, put) in [
        "/v1/profiles",
        "/v1/profiles/",
        "/v1/profiles/me",
        "/v1/profiles/me/",
    ]
    .iter()
    .enumerate()
    {
        let name = format!("Ada {number}");
        let answer = ada
            .call(&door, "PUT", put, Some(json!({ "full_name": name })))
            .await;

        assert_eq!(answer.status, 200, "{put}: {}", answer.body);

        for get in [
            "/v1/profiles",
            "/v1/profiles/",
            "/v1/profiles/me",
            "/v1/profiles/me/",
        ] {
            let told = ada.get(&door, get).await;
            assert_eq!(
                (&told.body["full_name"], &told.body["id"]),
                (&json!(name), &json!(ada.id)),
                "{get}"
            );
        }
    }
}

/// The status of listing stories with a key, in the two headers that take one.
async fn key_opens(door: &Client, key: &str) -> [u16; 2] {
    let bearer = bearing(door, key, "GET", "/api/stories", None)
        .await
        .status
        .as_u16();
    let header = with(door, &[("x-api-key", key)], "GET", "/api/stories", None).await;
    [bearer, header.status.as_u16()]
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("a text, not {value}"))
        .to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_api_key_opens_what_its_scopes_say_until_it_is_replaced_revoked_or_over() {
    let (_saga, door) = open().await;
    let ada = Person::register(&door, "ada").await;
    let body = json!({ "name": "build", "scopes": ["stories:read"] });
    let made = ada.post(&door, "/api/v1/api-keys", body).await;

    assert_eq!(made.status, 201, "{}", made.body);

    let (key, path) = (
        text(&made.body["key"]),
        format!("/api/v1/api-keys/{}", text(&made.body["id"])),
    );

    assert!(key.starts_with("saga_") && key.starts_with(&text(&made.body["prefix"])));
    assert_eq!(key_opens(&door, &key).await, [200, 200]);

    let list = ada.get(&door, "/api/v1/api-keys").await.body;
    assert!(!list.to_string().contains(&key), "a secret is shown once");

    for (method, path) in [
        ("GET", "/api/v1/auth/me"),
        ("GET", "/api/v1/api-keys"),
        ("POST", "/api/stories/generate"),
    ] {
        let answer = bearing(
            &door,
            &key,
            method,
            path,
            (method == "POST").then(|| json!({ "repoUrl": "https://github.com/a/b" })),
        )
        .await;

        assert_eq!(answer.status, 403, "{method} {path}: {}", answer.body);
    }

    let again = ada.call(&door, "POST", &format!("{path}/regenerate"), None).await;
    let second = text(&again.body["key"]);

    assert_eq!(
        (key_opens(&door, &key).await, key_opens(&door, &second).await),
        ([401, 401], [200, 200])
    );

    wait::until("the key to say when it was last used", || async {
        let list = ada.get(&door, "/api/v1/api-keys").await.body;
        list[0]["last_used_at"].is_string().then_some(())
    })
    .await;

    assert_eq!(ada.call(&door, "DELETE", &path, None).await.status, 200);
    assert_eq!(key_opens(&door, &second).await, [401, 401]);

    let end = (SystemClock.now() + chrono::TimeDelta::seconds(4)).to_rfc3339();
    let made = ada
        .post(
            &door,
            "/api/v1/api-keys",
            json!({ "name": "brief", "expires_at": end }),
        )
        .await;
    let brief = text(&made.body["key"]);

    assert_eq!(key_opens(&door, &brief).await, [200, 200]);

    wait::until("the key to end", || async {
        (key_opens(&door, &brief).await == [401, 401]).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_audit_log_tells_its_owner_every_act_and_no_secret() {
    let (_saga, door) = open().await;
    let ada = Person::register(&door, "ada").await;

    assert_eq!(login(&door, "ada", "a wrong sentence").await.status, 401);

    let second = Person::login(&door, "ada").await;
    let made = ada
        .post(&door, "/api/v1/api-keys", json!({ "name": "build" }))
        .await
        .body;
    let path = format!("/api/v1/api-keys/{}", text(&made["id"]));
    let again = ada
        .call(&door, "POST", &format!("{path}/regenerate"), None)
        .await
        .body;

    ada.call(&door, "DELETE", &path, None).await;

    let body = json!({ "email": "lovelace@example.org", "password": PASSWORD });
    ada.post(&door, "/api/v1/auth/email", body).await;
    second.post(&door, "/api/v1/auth/logout", json!({})).await;

    let body = json!({ "current_password": PASSWORD, "new_password": "a second unusual sentence" });
    ada.post(&door, "/api/v1/auth/password", body).await;

    let page = ada.get(&door, "/api/v1/audit?page_size=100").await.body;
    let events = page["events"].as_array().expect("events");
    let acts: Vec<_> = events.iter().rev().map(|event| text(&event["action"])).collect();
    let expected = [
        "register",
        "login_failed",
        "login",
        "api_key_created",
        "api_key_regenerated",
        "api_key_revoked",
        "email_changed",
        "logout",
        "password_changed",
    ];

    assert_eq!(acts, expected);

    for event in events {
        assert_eq!(event["address"], "127.0.0.1", "{event}");
        assert!(
            event["request_id"].is_string() && event["at"].is_string(),
            "{event}"
        );
    }

    let told = page.to_string();
    for secret in [
        PASSWORD,
        "sentence",
        &ada.access,
        &ada.refresh,
        &text(&made["key"]),
        &text(&again["key"]),
    ] {
        assert!(!told.contains(secret), "{secret} is in {told}");
    }

    let bob = Person::register(&door, "bob").await;
    let other = bob.get(&door, "/api/v1/audit").await.body["events"]
        .as_array()
        .map(Vec::len);

    assert_eq!(other, Some(1), "his own registration and nothing of hers");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_body_sets_what_is_not_its_senders_to_set() {
    let (_saga, door) = open().await;
    let (ada, bob) = (
        Person::register(&door, "ada").await,
        Person::register(&door, "bob").await,
    );
    let before = (ada.me(&door).await, bob.me(&door).await);
    let bodies = [
        (
            "POST",
            "/api/v1/auth/register",
            json!({ "email": "eve@example.org", "password": PASSWORD }),
        ),
        (
            "POST",
            "/api/v1/auth/login",
            json!({ "identifier": "ada", "password": PASSWORD }),
        ),
        (
            "POST",
            "/api/v1/auth/refresh",
            json!({ "refresh_token": ada.refresh }),
        ),
        ("POST", "/api/v1/auth/logout", json!({})),
        (
            "POST",
            "/api/v1/auth/email",
            json!({ "email": "eve@example.org", "password": PASSWORD }),
        ),
        (
            "POST",
            "/api/v1/auth/password",
            json!({ "current_password": PASSWORD, "new_password": "another sentence" }),
        ),
        ("POST", "/api/v1/api-keys", json!({ "name": "k" })),
        ("POST", "/v1/profiles/", json!({ "username": "ada" })),
        ("PUT", "/v1/profiles/", json!({ "username": "ada" })),
        ("PUT", "/v1/profiles/me", json!({ "username": "ada" })),
        (
            "POST",
            "/api/stories/generate",
            json!({ "repoUrl": "https://github.com/a/b" }),
        ),
        ("DELETE", "/api/v1/auth/me", json!({ "password": PASSWORD })),
    ];

    let stolen = [
        ("tier", json!("team")),
        ("role", json!("admin")),
        ("is_admin", json!(true)),
        ("id", json!(bob.id)),
        ("token_limit", json!(1_000_000_000)),
    ];
    for (method, path, body) in &bodies {
        for (field, value) in &stolen {
            let mut body = body.clone();
            body[field] = value.clone();

            let answer = ada.call(&door, method, path, Some(body)).await;
            assert_eq!(
                answer.status, 422,
                "{method} {path} with {field}: {}",
                answer.body
            );
            assert!(
                answer.body.to_string().contains(field),
                "the field is named: {}",
                answer.body
            );
        }
    }

    assert_eq!((ada.me(&door).await, bob.me(&door).await), before);
    assert_eq!(login(&door, "eve@example.org", PASSWORD).await.status, 401);

    let input = r#"{ repoUrl: "https://github.com/a/b", tier: "team" }"#;
    let query = format!("mutation {{ generateStory(input: {input}) {{ story {{ id }} }} }}");
    let answer = graphql(&door, Some(&ada.access), &query).await;

    assert!(answer.body["errors"].is_array(), "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_signs_in_by_cookie_and_changes_nothing_without_its_csrf_token() {
    let (_saga, door) = open().await;
    let ada = Person::register(&door, "ada").await;
    let body = json!({ "identifier": "ada", "password": PASSWORD });
    let entered = door.post("/api/v1/auth/login?session=cookie", body).await;

    assert_eq!(
        (&entered.body["access_token"], &entered.body["refresh_token"]),
        (&Value::Null, &Value::Null)
    );

    let [access, csrf] = ["saga_access", "csrf_token"].map(|name| cookie(&entered, name));

    for set in entered
        .headers
        .get_all("set-cookie")
        .iter()
        .filter_map(|set| set.to_str().ok())
    {
        assert_eq!(set.contains("HttpOnly"), !set.starts_with("csrf_token="), "{set}");
        assert!(set.contains("SameSite="), "{set}");
    }

    let held = format!("{access}; {csrf}");
    let token = csrf.split_once('=').expect("a pair").1;
    let me = with(&door, &[("cookie", &held)], "GET", "/api/v1/auth/me", None).await;

    assert_eq!(me.body["id"], json!(ada.id));

    let key = || Some(json!({ "name": "k" }));
    for (given, status) in [(None, 403), (Some("wrong"), 403), (Some(token), 201)] {
        let mut headers = vec![("cookie", held.as_str())];
        headers.extend(given.map(|given| ("x-csrf-token", given)));
        let answer = with(&door, &headers, "POST", "/api/v1/api-keys", key()).await;
        assert_eq!(answer.status.as_u16(), status, "{given:?}: {}", answer.body);
    }

    let plain = people::bearing(&door, &ada.access, "POST", "/api/v1/api-keys", key()).await;
    assert_eq!(plain.status, 201, "who brings a token in a header needs none");
}
