//! Accounts over GraphQL: the same acts as over REST, in the names of the schema.

use kit::actor::Tier;
use serde_json::{Value, json};

use super::{
    fakes::Person,
    graphql_socket::Socket,
    harness::{Answer, Door},
};

/// The whole answer to a request by the bearer of this token, or by a guest.
async fn ask(door: &Door, token: Option<&str>, query: &str, variables: Value) -> Answer {
    let mut request = door.http.post(door.url("/graphql"));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    Answer::of(request.json(&json!({ "query": query, "variables": variables }))).await
}

/// The data of a request that succeeds.
async fn data(door: &Door, token: Option<&str>, query: &str, variables: Value) -> Value {
    let answer = ask(door, token, query, variables).await.json();
    assert_eq!(answer.get("errors"), None, "{answer:#}");
    answer["data"].clone()
}

/// `code field` of the first error.
async fn refusal(door: &Door, token: Option<&str>, query: &str, variables: Value) -> String {
    let answer = ask(door, token, query, variables).await.json();
    let extensions = &answer["errors"][0]["extensions"];
    let texts = ["code", "reason", "field"]
        .iter()
        .filter_map(|name| extensions[*name].as_str());
    texts.collect::<Vec<_>>().join(" ")
}

const TOKENS: &str = "tokens { accessToken refreshToken expiresAt expiresIn tokenType user { id email username isGuest tier } }";

fn sign_in(field: &str, input: &str) -> String {
    format!("mutation($input: {input}!) {{ {field}(input: $input) {{ {TOKENS} }} }}")
}

#[tokio::test]
async fn everything_that_signs_in_does_so_here_too() {
    let door = Door::open_with(|config| config.allow_anonymous = false).await;
    let input = json!({ "input": { "email": "ada@example.org", "password": "right" } });
    let made = data(&door, None, &sign_in("register", "RegisterInput"), input).await;
    let tokens = &made["register"]["tokens"];

    assert_eq!(
        (&tokens["tokenType"], &tokens["expiresIn"]),
        (&json!("bearer"), &json!(900))
    );
    assert_eq!(
        (&tokens["user"]["email"], &tokens["user"]["tier"]),
        (&json!("ada@example.org"), &json!("FREE"))
    );

    let input = json!({ "input": { "identifier": "ada@example.org", "password": "right" } });
    let login = data(&door, None, &sign_in("login", "LoginInput"), input).await;
    let refresh = json!({ "input": { "refreshToken": login["login"]["tokens"]["refreshToken"] } });
    let refreshed = data(&door, None, &sign_in("refresh", "RefreshInput"), refresh).await;
    let token = refreshed["refresh"]["tokens"]["accessToken"]
        .as_str()
        .unwrap()
        .to_owned();

    let me = data(
        &door,
        Some(&token),
        "{ me { id isGuest tier account { email username hasPassword } } }",
        json!({}),
    )
    .await;

    assert_eq!(
        (&me["me"]["isGuest"], &me["me"]["account"]["email"]),
        (&json!(false), &json!("ada@example.org"))
    );

    let guest = data(
        &door,
        None,
        &sign_in("createGuest", "CreateGuestInput"),
        json!({ "input": {} }),
    )
    .await;

    assert_eq!(guest["createGuest"]["tokens"]["user"]["isGuest"], true);
    assert_eq!(
        data(&door, None, "{ me { id } }", json!({})).await["me"],
        Value::Null
    );

    let wrong = json!({ "input": { "identifier": "ada@example.org", "password": "wrong" } });
    let told = refusal(&door, None, &sign_in("login", "LoginInput"), wrong).await;

    assert_eq!(told, "AUTHENTICATION_ERROR UNAUTHENTICATED");
}

#[tokio::test]
async fn tokens_can_go_into_cookies_and_a_guest_keeps_its_id() {
    let door = Door::open().await;
    let input = json!({ "input": { "email": "ada@example.org", "password": "right", "session": "COOKIE" } });
    let guest = door.world.lasting_guest();
    let answer = ask(
        &door,
        Some(&guest.token),
        &sign_in("register", "RegisterInput"),
        input,
    )
    .await;
    let tokens = answer.json()["data"]["register"]["tokens"].clone();

    assert_eq!(
        (&tokens["accessToken"], &tokens["refreshToken"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(tokens["user"]["id"], guest.id.to_string());

    let (access, csrf) = (answer.cookie("saga_access"), answer.cookie("csrf_token"));
    assert!(!access.is_empty() && !answer.cookie("saga_refresh").is_empty());

    let by_cookie = |csrf_header: Option<&str>| {
        let request = door
            .http
            .post(door.url("/graphql"))
            .header("cookie", format!("{access}; {csrf}"));

        let request = match csrf_header {
            Some(token) => request.header("x-csrf-token", token),
            None => request,
        };

        Answer::of(request.json(&json!({ "query": "{ me { isGuest } }" })))
    };
    let refused = by_cookie(None).await;

    assert_eq!(refused.status, 403);
    assert_eq!(
        refused.json()["errors"][0]["extensions"]["code"],
        "CSRF_VALIDATION_FAILED"
    );

    let token = csrf.trim_start_matches("csrf_token=");
    assert_eq!(
        by_cookie(Some(token)).await.json()["data"]["me"]["isGuest"],
        false
    );

    let logout = "mutation { logout(input: { scope: GLOBAL }) { revokedSessionIds } }";
    let request = door
        .http
        .post(door.url("/graphql"))
        .header("cookie", format!("{access}; {csrf}"));

    let out = Answer::of(
        request
            .header("x-csrf-token", token)
            .json(&json!({ "query": logout })),
    )
    .await;

    assert_eq!(out.cookie("saga_access"), "saga_access=", "{}", out.text());
    assert_eq!(by_cookie(Some(token)).await.status, 401);
}

#[tokio::test]
async fn an_account_is_seen_and_changed() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);
    let token = Some(person.token.as_str());
    let query = "mutation {
        changeEmail(input: { email: \"new@example.org\", password: \"right\" }) { user { email } }
        changePassword(input: { currentPassword: \"right\", newPassword: \"long enough\" }) { user { id } }
        updateProfile(input: { fullName: \"Ada\", skillLevel: ADVANCED }) { profile { fullName skillLevel } }
        createApiKey(input: { name: \"build\", scopes: [STORIES_READ, ACCOUNT_READ] }) { key apiKey { id name prefix scopes lastUsedAt } }
    }";
    let done = data(&door, token, query, json!({})).await;

    assert_eq!(done["changeEmail"]["user"]["email"], "new@example.org");
    assert_eq!(done["changePassword"]["user"]["id"], person.id.to_string());
    assert_eq!(
        done["updateProfile"]["profile"],
        json!({ "fullName": "Ada", "skillLevel": "advanced" })
    );

    let (key, shown) = (&done["createApiKey"]["key"], &done["createApiKey"]["apiKey"]);
    assert_eq!(
        (&shown["scopes"], &shown["lastUsedAt"]),
        (&json!(["stories:read", "account:read"]), &Value::Null)
    );

    let key = key.as_str().unwrap();
    assert_eq!(
        data(&door, Some(key), "{ me { id } }", json!({})).await["me"]["id"],
        person.id.to_string()
    );

    let query = "{ profile { id username } sessions { id current } apiKeys { id }
        auditEvents(first: 2) { nodes { action actor } edges { cursor } pageInfo { hasNextPage endCursor } } }";
    let seen = data(&door, token, query, json!({})).await;

    assert_eq!(seen["profile"]["id"], person.id.to_string());
    assert_eq!(
        seen["sessions"],
        json!([{ "id": person.session, "current": true }])
    );
    assert_eq!(seen["apiKeys"][0]["id"], shown["id"]);
    assert_eq!(
        seen["auditEvents"]["pageInfo"],
        json!({ "hasNextPage": true, "endCursor": "2" })
    );

    let next = data(
        &door,
        token,
        "{ auditEvents(first: 100, after: \"2\") { nodes { id } } }",
        json!({}),
    )
    .await;

    assert_eq!(next["auditEvents"]["nodes"].as_array().unwrap().len(), 23);

    let id = json!({ "id": shown["id"] });
    let query = "mutation($id: UUID!) { regenerateApiKey(input: { id: $id }) { key } revokeApiKey(input: { id: $id }) { apiKey { revokedAt } } }";
    let done = data(&door, token, query, id).await;

    assert!(
        done["regenerateApiKey"]["key"].is_string()
            && done["revokeApiKey"]["apiKey"]["revokedAt"].is_string()
    );
    assert_eq!(
        ask(&door, Some(key), "{ me { id } }", json!({})).await.status,
        401,
        "the old key"
    );

    let other = door.world.lock().people.session(person.id);
    let query = "mutation($id: UUID!) { revokeSession(input: { id: $id }) { revokedSessionIds } }";
    let done = data(&door, token, query, json!({ "id": other.session })).await;

    assert_eq!(done["revokeSession"]["revokedSessionIds"], json!([other.session]));
    assert_eq!(
        ask(&door, Some(&other.token), "{ me { id } }", json!({}))
            .await
            .status,
        401
    );

    let query = "mutation { deleteAccount(input: { password: \"right\" }) { accepted } }";
    assert_eq!(
        data(&door, token, query, json!({})).await["deleteAccount"]["accepted"],
        true
    );
    assert_eq!(ask(&door, token, "{ me { id } }", json!({})).await.status, 401);
}

/// Every field of an account, with an input that is well formed.
fn fields() -> Vec<(&'static str, bool)> {
    let id = "7d444840-9dc0-41d1-b245-5ffdce74fad2";
    assert_eq!(id.len(), 36);

    vec![
        // Whether a lasting guest may, too.
        ("{ profile { id } }", true),
        ("{ sessions { id } }", true),
        ("{ apiKeys { id } }", false),
        ("{ auditEvents { nodes { id } } }", true),
        ("mutation { logout(input: {}) { revokedSessionIds } }", true),
        (
            "mutation { changeEmail(input: { email: \"a@example.org\" }) { user { id } } }",
            false,
        ),
        (
            "mutation { changePassword(input: { newPassword: \"long enough\" }) { user { id } } }",
            false,
        ),
        (
            "mutation { updateProfile(input: { fullName: \"A\" }) { profile { id } } }",
            true,
        ),
        ("mutation { createApiKey(input: { name: \"k\" }) { key } }", false),
        (
            "mutation { regenerateApiKey(input: { id: \"7d444840-9dc0-41d1-b245-5ffdce74fad2\" }) { key } }",
            false,
        ),
        (
            "mutation { revokeApiKey(input: { id: \"7d444840-9dc0-41d1-b245-5ffdce74fad2\" }) { apiKey { id } } }",
            false,
        ),
        (
            "mutation { revokeSession(input: { id: \"7d444840-9dc0-41d1-b245-5ffdce74fad2\" }) { revokedSessionIds } }",
            true,
        ),
        ("mutation { deleteAccount(input: {}) { accepted } }", true),
    ]
}

#[tokio::test]
async fn the_fields_of_an_account_are_for_those_who_have_one_and_a_credential_that_may() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);
    let key = door
        .world
        .api_key(&person, &["stories:read", "stories:write", "agents:run"]);

    for (query, guests) in fields() {
        assert_eq!(
            refusal(&door, None, query, json!({})).await,
            "AUTHENTICATION_ERROR",
            "{query}"
        );

        let told = refusal(&door, Some(&key), query, json!({})).await;
        assert_eq!(told, "PERMISSION_DENIED SCOPE_MISSING", "{query}");

        let guest = door.world.lasting_guest();
        let told = refusal(&door, Some(&guest.token), query, json!({})).await;

        assert_eq!(
            told == "PERMISSION_DENIED ACCOUNT_NEEDED",
            !guests,
            "{query}: {told}"
        );
    }
}

#[tokio::test]
async fn what_belongs_to_others_does_not_exist() {
    let door = Door::open().await;
    let (owner, stranger) = (door.world.account(Tier::Free), door.world.account(Tier::Free));
    let make = "mutation { createApiKey(input: { name: \"k\" }) { apiKey { id } } }";
    let made = data(&door, Some(&owner.token), make, json!({})).await;
    let token = Some(stranger.token.as_str());
    let key = json!({ "id": made["createApiKey"]["apiKey"]["id"] });

    for field in [
        "regenerateApiKey(input: { id: $id }) { key }",
        "revokeApiKey(input: { id: $id }) { apiKey { id } }",
    ] {
        let query = format!("mutation($id: UUID!) {{ {field} }}");
        assert_eq!(
            refusal(&door, token, &query, key.clone()).await,
            "RESOURCE_NOT_FOUND NOT_FOUND",
            "{field}"
        );
    }

    let query = "mutation($id: UUID!) { revokeSession(input: { id: $id }) { revokedSessionIds } }";
    let told = refusal(&door, token, query, json!({ "id": owner.session })).await;

    assert_eq!(told, "RESOURCE_NOT_FOUND NOT_FOUND");

    let mine: Person = stranger;
    let seen = data(
        &door,
        Some(&mine.token),
        "{ sessions { id } apiKeys { id } }",
        json!({}),
    )
    .await;

    assert_eq!(
        seen,
        json!({ "sessions": [{ "id": mine.session }], "apiKeys": [] })
    );
}

#[tokio::test]
async fn a_credential_may_only_ask_for_what_its_scopes_say() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);
    let story = door.world.story(1, proto::v1::RunStatus::Running);
    let rows = [
        ("{ stories { nodes { id } } }".to_owned(), "stories:read"),
        (format!("{{ story(id: \"{}\") {{ id }} }}", story.id), "stories:read"),
        ("{ runs { nodes { id } } }".to_owned(), "stories:read"),
        ("{ agents { name } }".to_owned(), "agents:run"),
        ("{ agent(name: \"x\") { name } }".to_owned(), "agents:run"),
        ("mutation { executeAgent(input: { type: \"x\", input: {} }) { offline } }".to_owned(), "agents:run"),
        ("mutation { generateStory(input: { repoUrl: \"https://github.com/o/r\" }) { story { id } } }".to_owned(), "stories:write"),
        (format!("mutation {{ restartStory(input: {{ id: \"{}\" }}) {{ story {{ id }} }} }}", story.id), "stories:write"),
        (format!("mutation {{ cancelStory(input: {{ id: \"{}\" }}) {{ story {{ id }} }} }}", story.id), "stories:write"),
        (format!("mutation {{ cancelRun(input: {{ id: \"{}\" }}) {{ run {{ id }} }} }}", story.id), "stories:write"),
        ("mutation { chatIntent(input: { message: \"m\", repoUrl: \"https://github.com/o/r\" }) { message } }".to_owned(), "agents:run"),
    ];

    for (query, needed) in rows {
        for scope in [
            "account:read",
            "account:write",
            "stories:read",
            "stories:write",
            "agents:run",
        ] {
            let key = door.world.api_key(&person, &[scope]);
            let told = refusal(&door, Some(&key), &query, json!({})).await;
            assert_eq!(
                told == "PERMISSION_DENIED SCOPE_MISSING",
                scope != needed,
                "{scope}: {query}: {told}"
            );
        }
    }
}

#[tokio::test]
async fn a_field_that_costs_counts_each_time_it_is_in_an_operation() {
    let clock = kit::clock::ManualClock::starting_at(kit::clock::Clock::now(&kit::clock::SystemClock));
    let door = Door::open_at(clock.shared(), |config| config.rate_limits.enabled = true).await;
    let person = door.world.account(Tier::Free);
    let one = "generateStory(input: { repoUrl: \"https://github.com/o/r\" }) { story { id } }";
    let many: String = (0..15).map(|n| format!("a{n}: {one} ")).collect();
    let query = format!("mutation {{ {many} }}");
    let first = ask(&door, Some(&person.token), &query, json!({})).await.json();

    assert_eq!(first.get("errors"), None, "{first}");

    let second = ask(&door, Some(&person.token), &query, json!({})).await.json();
    let refused = second["errors"].as_array().unwrap();

    assert_eq!(refused.len(), 10, "20 a minute: {second}");
    assert_eq!(refused[0]["extensions"]["code"], "RATE_LIMIT_EXCEEDED");
    assert_eq!(refused[0]["extensions"]["retryAfter"], 3);
    assert_eq!(door.world.lock().created.len(), 20);

    let batch = json!(vec![json!({ "query": "{ __typename }" }); 10]);
    let mut statuses = Vec::new();
    for _ in 0..7 {
        let request = door.http.post(door.url("/graphql")).bearer_auth(&person.token);
        statuses.push(Answer::of(request.json(&batch)).await.status.as_u16());
    }

    assert_eq!(
        statuses,
        [200, 200, 200, 200, 200, 429, 429],
        "60 a minute, two were used"
    );
}

#[tokio::test]
async fn whoever_deletes_the_account_here_keeps_no_dead_session_in_the_browser_either() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);
    let query = "mutation { deleteAccount(input: {}) { accepted } }";
    let answer = ask(&door, Some(&person.token), query, json!({})).await;

    assert_eq!(answer.json()["data"]["deleteAccount"]["accepted"], true);

    let set: Vec<_> = answer
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|set| set.to_str().unwrap())
        .collect();

    for name in ["saga_access=;", "saga_refresh=;"] {
        let gone = set
            .iter()
            .any(|set| set.starts_with(name) && set.ends_with("Max-Age=0"));
        assert!(gone, "{name} {set:?}");
    }
}

#[tokio::test]
async fn a_session_goes_into_cookies_over_any_answer_and_over_no_socket() {
    let door = Door::open().await;
    let mutation = "mutation { createGuest(input: { session: COOKIE }) { tokens { accessToken } } }";

    for accept in [
        "application/json",
        "text/event-stream",
        "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json;q=0.9",
    ] {
        let request = door.http.post(door.url("/graphql")).header("accept", accept);
        let answer = Answer::of(request.json(&json!({ "query": mutation }))).await;

        assert!(
            !answer.cookie("saga_access").is_empty(),
            "{accept}: {}",
            answer.text()
        );
    }

    let before = door.world.lock().people.called("create_guest");
    let mut socket = Socket::open(&door).await;
    socket.subscribe("1", mutation).await;
    let answer = socket.heard().await.to_string();

    assert!(answer.contains("input.session"), "{answer}");
    assert_eq!(door.world.lock().people.called("create_guest"), before);
}

#[tokio::test]
async fn a_key_finds_by_id_what_it_may_read_and_nothing_else() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);
    let story = door.world.story(1, proto::v1::RunStatus::Running);
    let key = door.world.api_key(&person, &["account:read"]);
    let query = "query ($id: ID!) { node(id: $id) { id } }";

    let own = data(&door, Some(&key), query, json!({ "id": person.id })).await;
    assert_eq!(own["node"]["id"], person.id.to_string());

    let foreign = data(&door, Some(&key), query, json!({ "id": story.id })).await;
    assert_eq!(foreign["node"], Value::Null);
}
