//! Documents that are known by name, over HTTP: Apollo's hashes and `documentId`, with GET and POST.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::harness::{Answer, Door};
use crate::Exposure;

const TEXT: &str = "{ __typename }";

async fn get(door: &Door, accept: &str, pairs: &[(&str, String)]) -> Answer {
    let mut url = url::Url::parse(&door.url("/graphql")).unwrap();
    url.query_pairs_mut().extend_pairs(pairs);
    Answer::of(door.http.get(url).header("accept", accept)).await
}

fn told(answer: &Answer) -> (u16, Value) {
    let body = answer.json();
    let code = &body["errors"][0]["extensions"]["code"];

    (
        answer.status.as_u16(),
        if code.is_null() {
            body["data"].clone()
        } else {
            code.clone()
        },
    )
}

#[tokio::test]
async fn a_hash_is_registered_and_asked_for_with_get_and_post() {
    let door = Door::open().await;
    let hash: String = Sha256::digest(TEXT)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let extensions = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
    let by_hash = [("extensions", extensions.to_string())];
    let by_id = [("documentId", format!("sha256:{hash}"))];
    let (json, response) = ("application/json", "application/graphql-response+json");
    let unknown = json!("PERSISTED_QUERY_NOT_FOUND");

    for pairs in [&by_hash, &by_id] {
        assert_eq!(told(&get(&door, response, pairs).await), (404, unknown.clone()));
        let answer = get(&door, json, pairs).await;
        assert_eq!(told(&answer), (200, unknown.clone()));
        assert_eq!(answer.json()["errors"][0]["message"], "PersistedQueryNotFound");
    }

    let data = json!({ "__typename": "Query" });
    let both = [by_hash[0].clone(), ("query", TEXT.to_owned())];

    assert_eq!(told(&get(&door, json, &both).await), (200, data.clone()));

    for pairs in [&by_hash, &by_id] {
        assert_eq!(told(&get(&door, response, pairs).await), (200, data.clone()));
    }

    for body in [
        json!({ "extensions": extensions }),
        json!({ "documentId": format!("sha256:{hash}") }),
        json!({ "documentId": hash, "query": TEXT }),
    ] {
        assert_eq!(
            told(&door.post("/graphql", &body).await),
            (200, data.clone()),
            "{body}"
        );
    }

    let other = json!({ "documentId": hash, "query": "{ other: __typename }" });
    let mismatch = json!("PERSISTED_QUERY_HASH_MISMATCH");

    assert_eq!(told(&door.post("/graphql", &other).await).1, mismatch);
}

#[tokio::test]
async fn the_schema_is_read_where_the_configuration_lets() {
    let body = json!({ "query": "{ __schema { queryType { name } } }" });

    for (exposure, expected) in [
        (
            Exposure::On,
            json!({ "__schema": { "queryType": { "name": "Query" } } }),
        ),
        (Exposure::Off, json!("INTROSPECTION_DISABLED")),
    ] {
        let door = Door::open_with(|config| config.graphql.introspection = exposure).await;

        assert_eq!(told(&door.post("/graphql", &body).await), (200, expected));
    }
}

#[tokio::test]
async fn the_schema_is_a_file_for_whom_may_read_it() {
    for (exposure, development, status) in [
        (Exposure::Auto, true, 200),
        (Exposure::Auto, false, 403),
        (Exposure::On, false, 200),
        (Exposure::Off, true, 403),
    ] {
        let door = Door::open_as(development, |config| config.graphql.introspection = exposure).await;
        let answer = door.get("/graphql/schema.graphql").await;
        assert_eq!(answer.status, status, "{exposure:?} {development}");
    }

    let door = Door::open().await;
    let answer = door.get("/graphql/schema.graphql").await;
    assert_eq!(answer.text(), crate::graphql::sdl());
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(answer.header("cache-control"), "private, max-age=300");

    let again = door.http.get(door.url("/graphql/schema.graphql"));
    let again = Answer::of(again.header("if-none-match", answer.header("etag"))).await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
}

#[tokio::test]
async fn the_schema_says_what_it_is_for_in_introspection_and_in_its_file() {
    let door = Door::open().await;
    let body = json!({ "query": "{ __schema { description } }" });
    let description = door.post("/graphql", &body).await.json()["data"]["__schema"]["description"].clone();

    assert!(
        description.as_str().unwrap().starts_with("Saga: "),
        "{description}"
    );
    assert!(crate::graphql::sdl().contains(description.as_str().unwrap()));
}
