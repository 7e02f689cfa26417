//! GraphQL over HTTP: which media type and which status each request gets, and that every refusal can be read.

use http::Method;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::harness::{Answer, Door};

const RESPONSE: &str = "application/graphql-response+json";
const JSON: &str = "application/json";
const QUERY: &str = "{ __typename }";

fn post(door: &Door, accept: &str, body: impl Into<reqwest::Body>) -> RequestBuilder {
    let request = door.http.post(door.url("/graphql"));
    let request = request.header("content-type", JSON).body(body);
    if accept.is_empty() {
        request
    } else {
        request.header("accept", accept)
    }
}

async fn ask(door: &Door, accept: &str, body: &Value) -> Answer {
    Answer::of(post(door, accept, body.to_string())).await
}

fn get(door: &Door, pairs: &[(&str, &str)]) -> RequestBuilder {
    let mut url = url::Url::parse(&door.url("/graphql")).unwrap();
    url.query_pairs_mut().extend_pairs(pairs);
    door.http.get(url)
}

/// Checks the one shape of a refusal and tells `status code`.
fn refusal(answer: &Answer, media: &str) -> String {
    assert_eq!(answer.header("content-type"), format!("{media}; charset=utf-8"));

    let body = answer.json();
    let keys: Vec<_> = body.as_object().unwrap().keys().collect();

    assert_eq!(keys, ["errors"], "{body}");

    let error = &body["errors"][0];
    assert!(!error["message"].as_str().unwrap().is_empty());
    assert_eq!(
        error["extensions"]["requestId"],
        answer.header("x-request-id"),
        "{body}"
    );

    let code = error["extensions"]["code"].as_str().expect("a code");
    format!("{} {code}", answer.status.as_u16())
}

#[tokio::test]
async fn a_query_is_answered_in_the_media_type_that_the_client_prefers() {
    let door = Door::open().await;
    let both = "application/graphql-response+json, application/json;q=0.9";

    for (accept, media) in [
        ("", JSON),
        ("*/*", JSON),
        (JSON, JSON),
        (RESPONSE, RESPONSE),
        (both, RESPONSE),
        ("application/graphql-response+json;q=0.1, application/json", JSON),
        ("text/html, */*;q=0.1", JSON),
    ] {
        let answer = ask(&door, accept, &json!({ "query": QUERY })).await;
        assert_eq!(answer.status, 200, "{accept}");
        assert_eq!(
            answer.header("content-type"),
            format!("{media}; charset=utf-8"),
            "{accept}"
        );
        assert_eq!(answer.text(), r#"{"data":{"__typename":"Query"}}"#, "{accept}");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn what_the_client_can_not_read_is_406_and_told_in_json() {
    let door = Door::open().await;

    for accept in [
        "text/html",
        "image/*",
        "application/json;q=0",
        "multipart/mixed",
        "application/json;charset=latin1",
    ] {
        let answer = ask(&door, accept, &json!({ "query": QUERY })).await;
        assert_eq!(refusal(&answer, JSON), "406 NOT_ACCEPTABLE", "{accept}");
        let answer = Answer::of(get(&door, &[("query", QUERY)]).header("accept", accept)).await;
        assert_eq!(refusal(&answer, JSON), "406 NOT_ACCEPTABLE", "{accept}");
    }
}

#[tokio::test]
async fn get_reads_the_query_string_and_head_has_its_headers() {
    let door = Door::open().await;
    let named = "query A { a: __typename } query B($n: String!) { __type(name: $n) { name } }";
    let pairs = [
        ("query", named),
        ("operationName", "B"),
        ("variables", r#"{"n":"Query"}"#),
        ("extensions", ""),
    ];
    let answer = Answer::of(get(&door, &pairs).header("accept", RESPONSE)).await;

    assert_eq!(
        (answer.status.as_u16(), answer.json()),
        (200, json!({ "data": { "__type": { "name": "Query" } } }))
    );

    let url = format!("{}?query=%7B__typename%7D", door.url("/graphql"));
    let head = Answer::of(door.http.head(&url)).await;

    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    assert_eq!(head.header("content-type"), "application/json; charset=utf-8");

    for (pairs, field) in [
        (vec![], "query"),
        (vec![("query", "")], "query"),
        (vec![("query", QUERY), ("variables", "[]")], "variables"),
        (vec![("query", QUERY), ("variables", "{")], "variables"),
        (vec![("query", QUERY), ("extensions", "1")], "extensions"),
    ] {
        let answer = Answer::of(get(&door, &pairs)).await;
        assert_eq!(refusal(&answer, JSON), "400 BAD_REQUEST");
        let message = answer.json()["errors"][0]["message"].to_string();
        assert!(message.contains(&format!("`{field}`: expected")), "{message}");
    }
}

#[tokio::test]
async fn a_mutation_over_get_or_head_is_405_and_needs_post() {
    let door = Door::open().await;
    let mutation = [("query", "mutation { __typename }")];
    for accept in [JSON, RESPONSE] {
        let answer = Answer::of(get(&door, &mutation).header("accept", accept)).await;
        assert_eq!(refusal(&answer, accept), "405 METHOD_NOT_ALLOWED");
        assert_eq!(answer.header("allow"), "POST");
    }

    // Chosen by its name, behind a query.
    let hidden = [
        ("query", "query Q { __typename } mutation M { __typename }"),
        ("operationName", "M"),
    ];
    let answer = Answer::of(get(&door, &hidden)).await;

    assert_eq!(refusal(&answer, JSON), "405 METHOD_NOT_ALLOWED");

    let answer = Answer::of(get(&door, &mutation).header("accept", "text/event-stream")).await;
    assert_eq!(refusal(&answer, JSON), "405 METHOD_NOT_ALLOWED");

    let head = Answer::of(
        door.http
            .head(format!("{}?query=mutation%7B__typename%7D", door.url("/graphql"))),
    )
    .await;

    assert_eq!(head.status, 405);
}

#[tokio::test]
async fn other_methods_are_405_with_those_that_are_allowed_and_options_is_answered() {
    let door = Door::open().await;
    for method in [Method::PUT, Method::PATCH, Method::DELETE, Method::TRACE] {
        let answer = Answer::of(
            door.http
                .request(method.clone(), door.url("/graphql"))
                .header("accept", RESPONSE),
        )
        .await;
        assert_eq!(refusal(&answer, RESPONSE), "405 METHOD_NOT_ALLOWED", "{method}");
        assert_eq!(answer.header("allow"), "GET,HEAD,POST");
    }

    let preflight = door.http.request(Method::OPTIONS, door.url("/graphql"));
    let preflight = preflight
        .header("origin", "http://localhost:3000")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type");
    let answer = Answer::of(preflight).await;

    assert_eq!(
        (
            answer.status.as_u16(),
            answer.header("access-control-allow-origin")
        ),
        (200, "http://localhost:3000")
    );
}

#[tokio::test]
async fn only_json_in_utf_8_is_taken_so_no_form_and_no_text_can_ask() {
    let door = Door::open().await;
    let body = json!({ "query": QUERY }).to_string();
    let send = |content_type: Option<&'static str>| {
        let request = door.http.post(door.url("/graphql")).body(body.clone());
        Answer::of(match content_type {
            Some(text) => request.header("content-type", text),
            None => request,
        })
    };
    for fine in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
        "application/json; odata=verbose",
    ] {
        assert_eq!(send(Some(fine)).await.status, 200, "{fine}");
    }

    for wrong in [
        None,
        Some(""),
        Some("text/plain"),
        Some("text/plain; application/json"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=x"),
        Some("application/graphql"),
        Some("application/graphql-response+json"),
        Some("application/json; charset=utf-16"),
        Some("application/jsonx"),
    ] {
        assert_eq!(
            refusal(&send(wrong).await, JSON),
            "415 UNSUPPORTED_MEDIA_TYPE",
            "{wrong:?}"
        );
    }
}

#[tokio::test]
async fn a_body_that_is_no_request_is_400_in_either_media_type() {
    let door = Door::open().await;
    let broken: [&[u8]; 8] = [
        b"",
        b"{ \"not a JSON",
        b"nonsense",
        b"{\"query\":\"\xff\"}",
        b"{\"query\":\"{ __typename }\"} {}",
        b"0",
        b"null",
        b"{}",
    ];

    for media in [JSON, RESPONSE] {
        for body in broken {
            let answer = Answer::of(post(&door, media, body.to_vec())).await;
            assert_eq!(
                refusal(&answer, media),
                "400 BAD_REQUEST",
                "{}",
                String::from_utf8_lossy(body)
            );
        }

        for (field, wrong) in [
            (
                "query",
                vec![json!({}), json!(0), json!(false), json!(["x"]), json!(null)],
            ),
            (
                "operationName",
                vec![json!({}), json!(0), json!(false), json!(["x"])],
            ),
            (
                "variables",
                vec![json!("x"), json!(0), json!(false), json!(["x"])],
            ),
            (
                "extensions",
                vec![json!("x"), json!(0), json!(false), json!(["x"])],
            ),
        ] {
            for value in wrong {
                let mut body = json!({ "query": QUERY });
                body[field] = value;
                let answer = ask(&door, media, &body).await;
                assert_eq!(refusal(&answer, media), "400 BAD_REQUEST", "{body}");
                let message = answer.json()["errors"][0]["message"].to_string();
                assert!(message.contains(&format!("`{field}`: expected")), "{message}");
            }
        }

        let nulls = json!({ "query": QUERY, "operationName": null, "variables": null, "extensions": null, "other": 1 });
        assert_eq!(ask(&door, media, &nulls).await.status, 200);
    }
}

#[tokio::test]
async fn a_document_that_is_not_valid_is_400_and_200_for_clients_that_know_only_json() {
    let door = Door::open().await;

    for (body, what) in [
        (json!({ "query": "{" }), "syntax"),
        (json!({ "query": "{ nothing_of_this_name }" }), "an unknown field"),
        (
            json!({ "query": "query A { a: __typename } query B { b: __typename }" }),
            "two operations without a name",
        ),
        (
            json!({ "query": "query A { a: __typename }", "operationName": "B" }),
            "an unknown operation",
        ),
        (
            json!({ "query": "query A($n: String!) { __type(name: $n) { name } }", "variables": { "n": 5 } }),
            "a variable of the wrong type",
        ),
        (
            json!({ "query": "query A($n: String!) { __type(name: $n) { name } }" }),
            "a variable that is missing",
        ),
    ] {
        let answer = ask(&door, RESPONSE, &body).await;
        assert_eq!(
            refusal(&answer, RESPONSE).split(' ').next(),
            Some("400"),
            "{what}: {}",
            answer.text()
        );

        let answer = ask(&door, JSON, &body).await;
        assert_eq!(
            refusal(&answer, JSON).split(' ').next(),
            Some("200"),
            "{what}: {}",
            answer.text()
        );
    }
}

#[tokio::test]
async fn a_body_at_the_limit_is_taken_and_one_byte_more_is_413() {
    let door = Door::open_with(|config| config.body_limit_bytes = 1_000).await;
    let sized = |bytes: usize| {
        let empty = json!({ "query": QUERY, "pad": "" }).to_string().len();
        json!({ "query": QUERY, "pad": "x".repeat(bytes - empty) }).to_string()
    };
    assert_eq!(Answer::of(post(&door, "", sized(1_000))).await.status, 200);
    let answer = Answer::of(post(&door, RESPONSE, sized(1_001))).await;
    assert_eq!(refusal(&answer, RESPONSE), "413 PAYLOAD_TOO_LARGE");
}

#[tokio::test]
async fn a_batch_is_answered_in_its_order_up_to_its_limit() {
    let door = Door::open().await;
    let most = super::harness::config().graphql.batch_requests;
    let batch = |size: usize| {
        let requests = (0..size).map(|number| json!({ "query": format!("{{ n{number}: __typename }}") }));
        Value::Array(requests.collect())
    };
    let answer = ask(&door, RESPONSE, &batch(most)).await;

    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        format!("{RESPONSE}; charset=utf-8")
    );

    let expected: Vec<_> = (0..most)
        .map(|number| json!({ "data": { format!("n{number}"): "Query" } }))
        .collect();
    assert_eq!(answer.json(), Value::Array(expected));

    for size in [0, most + 1, 1_000] {
        let answer = ask(&door, RESPONSE, &batch(size)).await;
        assert_eq!(refusal(&answer, RESPONSE), "400 BAD_REQUEST", "{size}");
    }

    let answer = ask(&door, RESPONSE, &json!([{ "query": QUERY }, { "query": 1 }])).await;
    assert_eq!(refusal(&answer, RESPONSE), "400 BAD_REQUEST");

    let answer = ask(&door, "text/event-stream", &batch(1)).await;
    assert_eq!(refusal(&answer, JSON), "406 NOT_ACCEPTABLE");
}

#[tokio::test]
async fn each_request_of_a_batch_has_its_own_errors() {
    let door = Door::open().await;
    let batch = json!([{ "query": QUERY }, { "query": "{" }, { "query": "{ nothing_of_this_name }" }, { "query": QUERY }]);
    let answer = ask(&door, JSON, &batch).await;

    assert_eq!(answer.status, 200);

    let told = answer.json();
    for good in [0, 3] {
        assert_eq!(told[good], json!({ "data": { "__typename": "Query" } }));
    }

    for bad in [1, 2] {
        assert!(told[bad].get("data").is_none(), "{told}");
        assert_eq!(
            told[bad]["errors"][0]["extensions"]["requestId"],
            answer.header("x-request-id")
        );
    }
}

#[tokio::test]
async fn whoever_is_not_known_and_must_be_is_told_so_as_graphql_does() {
    let door = Door::open_with(|config| config.allow_anonymous = false).await;
    let answer = ask(
        &door,
        RESPONSE,
        &json!({ "query": "{ stories { nodes { id } } }" }),
    )
    .await;

    assert_eq!(
        answer.json()["errors"][0]["extensions"]["code"],
        "AUTHENTICATION_ERROR"
    );

    let request = post(&door, RESPONSE, json!({ "query": QUERY }).to_string());
    let answer = Answer::of(request.bearer_auth("nonsense")).await;

    assert_eq!(refusal(&answer, RESPONSE), "401 AUTHENTICATION_ERROR");
    assert_eq!(answer.header("www-authenticate"), "Bearer");
}

#[tokio::test]
async fn a_long_answer_is_compressed_in_either_media_type() {
    let door = Door::open().await;
    let aliases: String = (0..10)
        .map(|number| format!("a{number}{}: __typename ", "x".repeat(200)))
        .collect();

    for media in [JSON, RESPONSE] {
        let request = post(
            &door,
            media,
            json!({ "query": format!("{{ {aliases} }}") }).to_string(),
        );
        let response = request.header("accept-encoding", "gzip").send().await.unwrap();

        // The client takes the header off what it unpacked.
        assert!(response.headers().get("content-length").is_none(), "{media}");
        assert!(response.json::<Value>().await.unwrap()["data"].is_object());
    }
}
