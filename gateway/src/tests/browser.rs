//! Sessions of browsers: cookies, the double submit against forged requests, origins of WebSockets, and OAuth.

use kit::actor::Tier;
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Error, client::IntoClientRequest};

use super::harness::{Answer, Door};

/// A browser: keeps the cookies that it gets and sends them back.
#[derive(Default)]
struct Browser(Vec<(String, String)>);

impl Browser {
    async fn send(&mut self, request: RequestBuilder) -> Answer {
        let cookies: Vec<_> = self
            .0
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();

        let request = if cookies.is_empty() {
            request
        } else {
            request.header("cookie", cookies.join("; "))
        };
        let answer = Answer::of(request).await;
        for set in answer.headers.get_all("set-cookie") {
            let set = set.to_str().unwrap();
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            self.0.retain(|(known, _)| known != name);
            if !set.contains("Max-Age=0") {
                self.0.push((name.to_owned(), value.to_owned()));
            }
        }

        answer
    }

    fn cookie(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find_map(|(known, value)| (known == name).then_some(value.as_str()))
    }

    /// Signed in by cookie.
    async fn signed_in(door: &Door) -> Self {
        let mut browser = Self::default();
        let body = json!({ "email": "ada@example.org", "password": "long enough" });
        let answer = browser
            .send(
                door.http
                    .post(door.url("/api/v1/auth/register?session=cookie"))
                    .json(&body),
            )
            .await;

        assert_eq!(answer.status, 200, "{}", answer.text());

        browser
    }
}

#[tokio::test]
async fn tokens_in_cookies_are_in_no_body_and_the_cookies_are_out_of_reach_of_scripts() {
    let door = Door::open().await;
    let body = json!({ "email": "ada@example.org", "password": "right" });
    for path in ["register", "login", "guest"] {
        let request = door
            .http
            .post(door.url(&format!("/api/v1/auth/{path}?session=cookie")));
        let request = if path == "guest" {
            request
        } else {
            request.json(&body)
        };
        let answer = Answer::of(request).await;

        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(
            (&answer.json()["access_token"], &answer.json()["refresh_token"]),
            (&Value::Null, &Value::Null),
            "{path}"
        );

        let set: Vec<_> = answer
            .headers
            .get_all("set-cookie")
            .iter()
            .map(|set| set.to_str().unwrap())
            .collect();
        let find = |name: &str| *set.iter().find(|set| set.starts_with(name)).unwrap();
        for (name, attributes) in [
            ("saga_access=", "HttpOnly; SameSite=Lax; Path=/; Max-Age=31536000"),
            (
                "saga_refresh=",
                "HttpOnly; SameSite=Strict; Path=/api/v1/auth; Max-Age=31536000",
            ),
            ("csrf_token=", "SameSite=Strict; Path=/; Max-Age=86400"),
        ] {
            assert!(find(name).ends_with(attributes), "{path}: {}", find(name));
        }

        assert!(
            !set.iter().any(|set| set.contains("Secure")),
            "not over plain http"
        );
    }

    let wrong = door.post("/api/v1/auth/login?session=cake", &body).await;
    assert_eq!(wrong.refusal(), "422 VALIDATION_ERROR [session enum]");
}

#[tokio::test]
async fn cookies_are_secure_where_clients_come_over_https() {
    let door = Door::open_with(|config| config.public_url = Some("https://saga.example".into())).await;
    let answer = door.post("/api/v1/auth/guest?session=cookie", &json!({})).await;
    let set: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
    assert_eq!(set.len(), 3);
    assert!(
        set.iter().all(|set| set.to_str().unwrap().contains("; Secure;")),
        "{set:?}"
    );
}

#[tokio::test]
async fn a_request_by_cookie_that_changes_something_needs_the_token_of_the_page() {
    let door = Door::open().await;
    let mut browser = Browser::signed_in(&door).await;
    let token = browser.cookie("csrf_token").unwrap().to_owned();
    let me = browser.send(door.http.get(door.url("/api/v1/auth/me"))).await;

    assert_eq!(
        (me.status.as_u16(), me.json()["email"].as_str()),
        (200, Some("ada@example.org"))
    );

    let requests = || {
        [
            door.http
                .post(door.url("/v1/profiles"))
                .json(&json!({ "username": "ada" })),
            door.http
                .put(door.url("/v1/profiles"))
                .json(&json!({ "username": "ada" })),
            door.http
                .post(door.url("/api/stories/generate"))
                .json(&json!({ "repoUrl": "u" })),
            door.http
                .delete(door.url("/api/v1/sessions/7d444840-9dc0-41d1-b245-5ffdce74fad2")),
            door.http.post(door.url("/api/v1/auth/logout")),
        ]
    };
    for request in requests() {
        let refused = browser.send(request.header("x-csrf-token", "wrong")).await;
        assert_eq!(refused.refusal(), "403 CSRF_VALIDATION_FAILED");
    }

    for request in requests() {
        assert_eq!(
            browser.send(request).await.refusal(),
            "403 CSRF_VALIDATION_FAILED"
        );
    }

    assert_eq!(door.world.lock().people.called("put_profile"), 0);

    let statuses = [200, 200, 200, 404, 200];
    for (request, status) in requests().into_iter().zip(statuses) {
        let answer = browser.send(request.header("x-csrf-token", &token)).await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    }

    assert!(
        browser.cookie("saga_access").is_none() && browser.cookie("saga_refresh").is_none(),
        "signed out"
    );
}

#[tokio::test]
async fn whoever_brings_a_credential_in_a_header_or_none_at_all_needs_no_token() {
    let door = Door::open().await;
    let mut browser = Browser::signed_in(&door).await;
    let person = door.world.account(Tier::Free);
    let key = door.world.api_key(&person, &[]);
    let put = || {
        door.http
            .put(door.url("/v1/profiles"))
            .json(&json!({ "username": "ada" }))
    };

    assert_eq!(
        browser.send(put().bearer_auth(&person.token)).await.status,
        200,
        "a header wins over the cookie"
    );
    assert_eq!(browser.send(put().header("x-api-key", &key)).await.status, 200);
    assert_eq!(
        door.post("/api/stories/generate", &json!({ "repoUrl": "u" }))
            .await
            .status,
        200
    );

    let seen = door.world.lock().people.last.clone().unwrap().0;
    assert_eq!(seen.user_id, person.id);
}

#[tokio::test]
async fn the_token_of_the_page_comes_with_whatever_changes_nothing() {
    let door = Door::open().await;
    let mut browser = Browser::default();
    for (method, path) in [
        ("GET", "/api/stories"),
        ("HEAD", "/api/stories"),
        ("GET", "/api/v1/auth/me"),
    ] {
        browser.0.clear();
        let request = door.http.request(method.parse().unwrap(), door.url(path));
        let set = browser.send(request).await;
        assert!(
            set.cookie("csrf_token").starts_with("csrf_token=-."),
            "{method} {path}"
        );
    }

    let first = browser.cookie("csrf_token").unwrap().to_owned();
    let again = browser.send(door.http.get(door.url("/api/stories"))).await;

    assert!(again.cookie("csrf_token").is_empty(), "who has one keeps it");
    assert_eq!(browser.cookie("csrf_token"), Some(first.as_str()));

    for path in ["/health", "/docs", "/openapi.json", "/media/x"] {
        assert!(door.get(path).await.cookie("csrf_token").is_empty(), "{path}");
    }

    let person = door.world.account(Tier::Free);
    let program = Answer::of(door.http.get(door.url("/api/stories")).bearer_auth(&person.token)).await;

    assert!(program.cookie("csrf_token").is_empty(), "programs need none");
}

#[tokio::test]
async fn a_page_that_lost_its_token_gets_one_with_the_refusal() {
    let door = Door::open().await;
    let mut browser = Browser::signed_in(&door).await;
    browser.0.retain(|(name, _)| name != "csrf_token");

    let refused = browser
        .send(door.http.put(door.url("/v1/profiles")).json(&json!({})))
        .await;
    assert_eq!(refused.refusal(), "403 CSRF_VALIDATION_FAILED");

    let token = browser.cookie("csrf_token").unwrap().to_owned();
    let put = door
        .http
        .put(door.url("/v1/profiles"))
        .json(&json!({}))
        .header("x-csrf-token", token);

    assert_eq!(browser.send(put).await.status, 200);
}

#[tokio::test]
async fn a_session_by_cookie_is_refreshed_without_a_body_and_forgotten_when_it_is_over() {
    let door = Door::open().await;
    let mut browser = Browser::signed_in(&door).await;
    let token = browser.cookie("csrf_token").unwrap().to_owned();
    let refresh = || door.http.post(door.url("/api/v1/auth/refresh"));

    // The access token has ended: the refresh token alone must do.
    browser.0.retain(|(name, _)| name != "saga_access");
    assert_eq!(
        browser.send(refresh()).await.refusal(),
        "403 CSRF_VALIDATION_FAILED"
    );

    let before = browser.cookie("saga_refresh").unwrap().to_owned();
    let refreshed = browser.send(refresh().header("x-csrf-token", &token)).await;

    assert_eq!(
        (refreshed.status.as_u16(), &refreshed.json()["access_token"]),
        (200, &Value::Null)
    );
    assert_ne!(browser.cookie("saga_refresh"), Some(before.as_str()));
    assert_eq!(
        browser
            .send(door.http.get(door.url("/api/v1/auth/me")))
            .await
            .status,
        200
    );

    door.world.lock().people.refresh_tokens.clear();

    let token = browser.cookie("csrf_token").unwrap().to_owned();
    let over = browser.send(refresh().header("x-csrf-token", token)).await;

    assert_eq!(over.refusal(), "401 AUTHENTICATION_ERROR");
    assert!(browser.cookie("saga_access").is_none() && browser.cookie("saga_refresh").is_none());
    assert_eq!(
        browser.send(refresh()).await.refusal(),
        "401 AUTHENTICATION_ERROR"
    );
}

#[tokio::test]
async fn an_old_session_in_a_cookie_is_told_and_does_not_stand_in_the_way_of_signing_in() {
    let door = Door::open().await;
    let mut browser = Browser::signed_in(&door).await;

    door.world.lock().people.sessions.clear();

    // Nothing was remembered of it yet.
    let refused = browser.send(door.http.get(door.url("/api/stories"))).await;
    assert_eq!(
        refused.refusal(),
        "401 AUTHENTICATION_ERROR",
        "not silently a guest"
    );

    let body = json!({ "email": "ada@example.org", "password": "right" });
    for path in ["login", "register", "guest"] {
        let again = browser
            .send(
                door.http
                    .post(door.url(&format!("/api/v1/auth/{path}")))
                    .json(&body),
            )
            .await;
        assert_eq!(again.status, 200, "{path}: {}", again.text());
    }
}

#[tokio::test]
async fn only_our_own_tokens_count_in_the_cookie() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);
    let key = door.world.api_key(&person, &[]);
    for value in [key.as_str(), "nonsense"] {
        let request = door
            .http
            .get(door.url("/api/stories"))
            .header("cookie", format!("saga_access={value}"));
        assert_eq!(Answer::of(request).await.refusal(), "401 AUTHENTICATION_ERROR");
    }

    let request = door
        .http
        .get(door.url("/api/stories"))
        .header("cookie", format!("saga_access={}", person.token));

    assert_eq!(Answer::of(request).await.status, 200);
}

#[tokio::test]
async fn a_socket_by_cookie_is_opened_by_pages_of_ours_and_of_listed_origins_only() {
    let door = Door::open_with(|config| config.cors_origins = vec!["https://app.example".into()]).await;
    let person = door.world.account(Tier::Free);
    let story = door.world.story(1, proto::v1::RunStatus::Running);
    let own = door.url("");
    let open = async |origin: Option<&str>, header: &str, value: String| {
        let mut request = door
            .ws_url(&format!("/ws/stories/{}/progress", story.id))
            .into_client_request()
            .unwrap();
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().unwrap());
        }

        request.headers_mut().insert(
            http::HeaderName::try_from(header).unwrap(),
            value.parse().unwrap(),
        );

        match tokio_tungstenite::connect_async(request).await {
            Ok(_) => 101,
            Err(Error::Http(response)) => response.status().as_u16(),
            Err(error) => panic!("{error}"),
        }
    };

    let cookie = || format!("saga_access={}", person.token);
    let rows = [
        (Some("https://evil.example"), 403),
        (Some("null"), 403),
        (Some("http://localhost:3000"), 403),
        (Some("https://app.example"), 101),
        (Some(own.as_str()), 101),
        (None, 101),
    ];
    for (origin, status) in rows {
        assert_eq!(open(origin, "cookie", cookie()).await, status, "{origin:?}");
    }

    let bearer = format!("Bearer {}", person.token);
    assert_eq!(
        open(Some("https://evil.example"), "authorization", bearer).await,
        101,
        "no cookie is used"
    );
}

#[tokio::test]
async fn a_page_of_another_site_does_nothing_as_a_guest_through_any_door() {
    let door = Door::open_with(|config| config.cors_origins = vec!["https://app.example".into()]).await;
    let own = door.url("");
    let rows = [
        ("https://evil.example", false),
        ("null", false),
        ("http://127.0.0.1:1", false),
        ("http://localhost:3000", true),
        ("app://desk", true),
        ("https://app.example", true),
        (own.as_str(), true),
    ];

    for (origin, may) in rows {
        for path in [
            "/graphql",
            "/graphql?token=x",
            "/ws/stories/1/progress",
            "/ws/stories/1",
        ] {
            let mut request = door.ws_url(path).into_client_request().unwrap();
            let headers = request.headers_mut();
            headers.insert("origin", origin.parse().unwrap());
            headers.insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());

            let status = match tokio_tungstenite::connect_async(request).await {
                // The routes of stories have no subprotocol.
                Ok(_) | Err(Error::Protocol(_)) => 101,
                Err(Error::Http(response)) => response.status().as_u16(),
                Err(error) => panic!("{error}"),
            };
            assert_eq!(status, if may { 101 } else { 403 }, "{origin} {path}");
        }

        for path in [
            "/api/stories/generate",
            "/api/v1/auth/guest?session=cookie",
            "/graphql",
        ] {
            let request = door.http.post(door.url(path)).header("origin", origin);
            let answer = Answer::of(request).await;

            // A page of this machine may act, but puts no session into its visitor's browser.
            let own_browser = origin == own || origin == "https://app.example";
            let may = may && (own_browser || !path.contains("session=cookie"));
            assert_eq!(answer.status != 403, may, "{origin} {path}");
            if !may {
                assert!(answer.text().contains("FOREIGN_ORIGIN"), "{}", answer.text());
            }
        }
    }

    assert!(door.world.lock().actors.is_empty());
}

#[tokio::test]
async fn a_page_of_this_machine_comes_without_the_cookie_of_its_guest() {
    let door = Door::open().await;
    let made = door
        .post("/api/stories/generate", &json!({ "repoUrl": "u" }))
        .await;
    let guest = door.world.lock().actors[0].user_id;

    for (origin, same) in [("http://localhost:3000", false), (door.url("").as_str(), true)] {
        let request = door.http.get(door.url("/api/stories"));
        let request = request
            .header("origin", origin)
            .header("cookie", made.cookie("saga_guest"));
        Answer::of(request).await;

        let last = door.world.lock().actors.last().unwrap().user_id;
        assert_eq!(last == guest, same, "{origin}");
    }
}

#[tokio::test]
async fn a_name_that_was_made_to_lead_here_is_refused_everywhere_but_by_probes() {
    let door = Door::open_with(|config| config.hosts = vec!["inner.example".into()]).await;
    let ask = |path: &'static str, host: &'static str| {
        Answer::of(door.http.get(door.url(path)).header("host", host))
    };

    for path in [
        "/",
        "/api/stories?kind=all",
        "/docs",
        "/openapi.json",
        "/graphiql",
        "/media/x",
    ] {
        let refused = ask(path, "rebind.evil.test:8000").await;

        assert_eq!(refused.refusal(), "421 MISDIRECTED_REQUEST", "{path}");
        assert_ne!(ask(path, "inner.example").await.status, 421, "{path}");
    }

    assert_eq!(ask("/health", "10.0.0.7:8000").await.status, 200);
    assert_eq!(ask("/health", "pod-7.example").await.status, 200);
    assert!(door.world.lock().actors.iter().all(|actor| actor.guest));
}

#[tokio::test]
async fn signing_in_with_a_provider_goes_there_and_comes_back_with_tokens() {
    let door = Door::open().await;
    let mut browser = Browser::default();
    let begun = browser
        .send(door.http.get(door.url("/api/v1/auth/oauth/github")))
        .await;

    assert_eq!(begun.status, 302);
    assert!(
        begun.header("location").starts_with("https://github.test/"),
        "{}",
        begun.header("location")
    );

    let asked = door.world.lock().people.last.clone().unwrap().1;
    assert!(
        asked.contains(&format!(
            "redirect_url: \"{}/api/v1/auth/oauth/github/callback\"",
            door.url("")
        )),
        "{asked}"
    );

    let callback = |query: &str| {
        door.http
            .get(door.url(&format!("/api/v1/auth/oauth/github/callback{query}")))
    };
    for wrong in [
        "",
        "?code=code-1",
        "?code=code-1&state=other",
        "?state=state-1",
        "?error=access_denied&state=other",
    ] {
        assert_eq!(
            browser.send(callback(wrong)).await.refusal(),
            "401 AUTHENTICATION_ERROR",
            "{wrong}"
        );
    }

    let stranger = Answer::of(callback("?code=code-1&state=state-1")).await;
    assert_eq!(
        stranger.refusal(),
        "401 AUTHENTICATION_ERROR",
        "a browser that did not begin"
    );
    assert_eq!(door.world.lock().people.called("finish_oauth"), 0);

    let done = browser.send(callback("?code=code-1&state=state-1")).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(done.json()["access_token"].is_string() && browser.cookie("saga_oauth").is_none());

    let unknown = door.get("/api/v1/auth/oauth/nowhere").await;
    assert_eq!(unknown.refusal(), "404 RESOURCE_NOT_FOUND");

    for path in [
        "/api/v1/auth/oauth/..%2f",
        "/api/v1/auth/oauth/%FF",
        "/api/v1/auth/oauth/GitHub",
    ] {
        assert_eq!(door.get(path).await.refusal(), "404 RESOURCE_NOT_FOUND", "{path}");
    }
}

#[tokio::test]
async fn who_breaks_it_off_at_the_provider_comes_back_to_the_page() {
    let door = Door::open().await;
    for (return_to, error, location) in [
        ("/", "access_denied", "/?error=access_denied"),
        (
            "/stories?x=1#y",
            "access_denied",
            "/stories?x=1&error=access_denied#y",
        ),
        ("/", "%22%3E%3Cscript%3E", "/?error=server_error"),
    ] {
        door.world.lock().people.return_to = return_to.into();
        let mut browser = Browser::default();
        browser
            .send(door.http.get(door.url("/api/v1/auth/oauth/github?return_to=/")))
            .await;
        let callback = format!("/api/v1/auth/oauth/github/callback?error={error}&state=state-1");

        let back = browser.send(door.http.get(door.url(&callback))).await;

        assert_eq!((back.status.as_u16(), back.header("location")), (303, location));
        assert!(browser.cookie("saga_oauth").is_none());
    }
}

#[tokio::test]
async fn who_had_an_account_before_its_owner_came_with_a_provider_is_shut_out_at_once() {
    let door = Door::open().await;
    let squatter = door.world.account(Tier::Free);
    let me = || {
        door.http
            .get(door.url("/api/v1/auth/me"))
            .bearer_auth(&squatter.token)
    };
    assert_eq!(Answer::of(me()).await.status, 200);

    // The owner proves the email, and the account's sessions end where they are kept.
    {
        let people = &mut door.world.lock().people;
        people.vouched_for = Some(squatter.id);
        people.sessions.clear();
    }
    let mut browser = Browser::default();
    browser
        .send(door.http.get(door.url("/api/v1/auth/oauth/github")))
        .await;
    let callback = door.url("/api/v1/auth/oauth/github/callback?code=code-1&state=state-1");
    assert_eq!(browser.send(door.http.get(callback)).await.status, 200);

    assert_eq!(Answer::of(me()).await.refusal(), "401 AUTHENTICATION_ERROR");
}

#[tokio::test]
async fn a_page_that_signs_in_with_a_provider_comes_back_with_cookies() {
    let door = Door::open().await;
    door.world.lock().people.return_to = "/stories?x=1".into();

    let mut browser = Browser::default();
    let begun = browser
        .send(
            door.http
                .get(door.url("/api/v1/auth/oauth/github?return_to=/stories%3Fx%3D1")),
        )
        .await;

    assert_eq!(begun.status, 302);

    let done = browser
        .send(
            door.http
                .get(door.url("/api/v1/auth/oauth/github/callback?code=code-1&state=state-1")),
        )
        .await;

    assert_eq!(
        (done.status.as_u16(), done.header("location")),
        (303, "/stories?x=1")
    );
    assert_eq!(
        browser
            .send(door.http.get(door.url("/api/v1/auth/me")))
            .await
            .status,
        200
    );

    for elsewhere in ["https://evil.test", "//evil.test", "/%5Cevil.test"] {
        let answer = door
            .get(&format!("/api/v1/auth/oauth/github?return_to={elsewhere}"))
            .await;
        assert_eq!(
            answer.refusal(),
            "422 VALIDATION_ERROR [return_to value_error]",
            "{elsewhere}"
        );
    }
}

#[tokio::test]
async fn a_provider_is_added_only_by_who_is_signed_in_and_wants_it() {
    let door = Door::open().await;
    let path = "/api/v1/auth/oauth/github?link=true";

    assert_eq!(door.get(path).await.refusal(), "401 AUTHENTICATION_ERROR");

    let mut browser = Browser::signed_in(&door).await;
    for (site, status) in [
        ("cross-site", 403),
        ("same-site", 403),
        ("same-origin", 302),
        ("none", 302),
    ] {
        let answer = browser
            .send(door.http.get(door.url(path)).header("sec-fetch-site", site))
            .await;
        assert_eq!(answer.status.as_u16(), status, "{site}");
    }

    let (actor, asked) = door.world.lock().people.last.clone().unwrap();
    assert!(!actor.guest && asked.contains("link: true"), "{asked}");

    let wrong = door.get("/api/v1/auth/oauth/github?link=perhaps").await;
    assert_eq!(wrong.refusal(), "422 VALIDATION_ERROR [link value_error]");
}
