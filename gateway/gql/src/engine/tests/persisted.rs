//! Documents that are known by name: registered by clients, or listed by the operator.

use std::{fs, path::Path, time::Duration};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::time::timeout;

use super::{Engine, Incoming, Small, config, engine, engine_with, query, schema, with};
use crate::{EngineConfig, PersistedDocuments};

const TEXT: &str = "{ user }";
const NOT_FOUND: &str = "404 PERSISTED_QUERY_NOT_FOUND PersistedQueryNotFound";

fn sha256(text: &str) -> String {
    Sha256::digest(text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// As Apollo's clients ask: by the hash, with the text or without.
fn apollo(hash: &str, text: Option<&str>) -> Incoming {
    let extensions = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
    Incoming {
        query: text.map(str::to_owned),
        extensions: extensions.as_object().unwrap().clone(),
        ..Incoming::default()
    }
}

/// As GraphQL over HTTP has it.
fn named(id: &str) -> Incoming {
    Incoming {
        document_id: Some(id.to_owned()),
        ..Incoming::default()
    }
}

#[test]
fn a_hash_is_known_once_its_document_came_along() {
    let engine = engine();
    let hash = sha256(TEXT);

    assert_eq!(engine.refusal(apollo(&hash, None)), NOT_FOUND);
    assert_eq!(engine.refusal(named(&format!("sha256:{hash}"))), NOT_FOUND);
    assert_eq!(engine.refusal(apollo(&hash, Some(TEXT))), "let in");
    assert_eq!(engine.refusal(apollo(&hash, None)), "let in");
    assert_eq!(engine.refusal(apollo(&hash.to_uppercase(), None)), "let in");
    assert_eq!(engine.refusal(named(&format!("sha256:{hash}"))), "let in");

    // A text alone registers nothing.
    assert_eq!(engine.refusal(query("{ __typename }")), "let in");
    assert_eq!(engine.refusal(apollo(&sha256("{ __typename }"), None)), NOT_FOUND);
}

#[test]
fn a_document_that_may_not_run_is_not_registered() {
    let engine = engine();
    let wrong = "{ nothing }";
    let refusal = engine.refusal(apollo(&sha256(wrong), Some(wrong)));

    assert!(refusal.contains("GRAPHQL_VALIDATION_FAILED"), "{refusal}");
    assert_eq!(engine.refusal(apollo(&sha256(wrong), None)), NOT_FOUND);

    // Nor is one under the hash of another.
    let refusal = engine.refusal(apollo(&sha256(wrong), Some(TEXT)));
    let mismatch = "400 PERSISTED_QUERY_HASH_MISMATCH The hash is not the SHA-256 of the document.";

    assert_eq!(refusal, mismatch);
    assert_eq!(engine.refusal(apollo(&sha256(wrong), None)), NOT_FOUND);
}

#[test]
fn what_is_not_a_name_is_refused_by_its_field() {
    let engine = engine();
    let extensions = |persisted: Value| Incoming {
        extensions: json!({ "persistedQuery": persisted })
            .as_object()
            .unwrap()
            .clone(),
        ..Incoming::default()
    };

    let hash = sha256(TEXT);
    for (incoming, message) in [
        (
            Incoming::default(),
            "Send a document as `query`, or name one with `documentId`.",
        ),
        (
            extensions(Value::Null),
            "Send a document as `query`, or name one with `documentId`.",
        ),
        (
            extensions(json!(1)),
            "`extensions.persistedQuery` is not an object.",
        ),
        (
            extensions(json!({})),
            "`extensions.persistedQuery.sha256Hash` must be a text.",
        ),
        (
            extensions(json!({ "sha256Hash": 1 })),
            "`extensions.persistedQuery.sha256Hash` must be a text.",
        ),
        (
            extensions(json!({ "version": 2, "sha256Hash": hash })),
            "`extensions.persistedQuery.version` must be 1.",
        ),
        (
            named("sha256:12"),
            "After `sha256:` there must be 64 hexadecimal digits.",
        ),
        (
            Incoming {
                query: Some(TEXT.to_owned()),
                ..named("page")
            },
            "Send `documentId` or `query`, not both; only a SHA-256 may come with its document.",
        ),
    ] {
        assert_eq!(engine.refusal(incoming), format!("400 BAD_REQUEST {message}"));
    }

    assert_eq!(engine.refusal(named(&"x".repeat(100_000))), NOT_FOUND);
}

#[test]
fn registering_can_be_turned_off() {
    let engine = engine_with(|config| config.persisted_cache_bytes = 0);
    let unsupported = "400 PERSISTED_QUERY_NOT_SUPPORTED PersistedQueryNotSupported";
    assert_eq!(engine.refusal(apollo(&sha256(TEXT), None)), unsupported);
    assert_eq!(engine.refusal(apollo(&sha256(TEXT), Some(TEXT))), "let in");
    assert_eq!(engine.refusal(apollo(&sha256(TEXT), None)), unsupported);
    assert_eq!(engine.refusal(named("page")), NOT_FOUND);
}

#[tokio::test]
async fn a_registered_document_is_forgotten_in_time() {
    let engine = engine_with(|config| config.persisted_expire_seconds = 1);
    let hash = sha256(TEXT);
    assert_eq!(engine.refusal(apollo(&hash, Some(TEXT))), "let in");
    assert_eq!(engine.refusal(apollo(&hash, None)), "let in");

    let forgotten = async {
        while engine.refusal(apollo(&hash, None)) != NOT_FOUND {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(Duration::from_secs(10), forgotten).await.unwrap();
}

#[test]
fn caches_stay_within_their_bytes() {
    let most = 100_000;
    let engine = engine_with(|config| {
        config.document_cache_bytes = most;
        config.persisted_cache_bytes = most;
    });
    for index in 0..2_000 {
        let text = format!("{{ a{index}: user b: user c: user }}");
        assert_eq!(engine.refusal(apollo(&sha256(&text), Some(&text))), "let in");
    }

    for bytes in engine.0.documents.bytes() {
        assert!(bytes > most / 2 && bytes <= most, "{bytes}");
    }

    let none = engine_with(|config| config.document_cache_bytes = 0);
    assert_eq!(none.refusal(query(TEXT)), "let in");
    assert_eq!(none.0.documents.bytes()[0], 0);
}

#[test]
fn a_document_with_values_that_are_nobodys_to_keep_runs_and_is_forgotten() {
    let engine = engine_with(|config| config.ephemeral_fields = &["ticks"]);
    for forgotten in [
        "subscription { ticks(n: 3) { title } }",
        "subscription { a: ticks(n: 3) { title } }",
        "subscription { ...A } fragment A on Ticks { ticks(n: 3) { title } }",
        "subscription($n: Int! = 3) { ticks(n: $n) { title } }",
    ] {
        let hash = sha256(forgotten);
        assert_eq!(
            engine.refusal(apollo(&hash, Some(forgotten))),
            "let in",
            "{forgotten}"
        );
        assert_eq!(engine.refusal(apollo(&hash, None)), NOT_FOUND, "{forgotten}");
        assert_eq!(engine.0.documents.bytes(), [0, 0], "{forgotten}");
    }

    let kept = "subscription($n: Int!) { ticks(n: $n) { title } }";
    assert_eq!(engine.refusal(with(kept, json!({ "n": 3 }))), "let in");
    assert!(engine.0.documents.bytes()[0] > 0);
}

/// An engine that lists the documents of a file.
fn listing(file: &str, policy: PersistedDocuments) -> Result<Engine<Small>, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("documents.json");
    fs::write(&path, file).unwrap();
    open(&path, policy)
}

fn open(path: &Path, policy: PersistedDocuments) -> Result<Engine<Small>, String> {
    let config = EngineConfig {
        trusted_documents: path.display().to_string(),
        persisted_documents: policy,
        ..config()
    };
    Engine::new(schema(), config).map_err(|err| {
        let mut told = err.to_string();
        if let Some(source) = std::error::Error::source(&err) {
            told = format!("{told}: {source}");
        }
        told.replace(&format!("{:?}", path.display().to_string()), "FILE")
    })
}

#[test]
fn listed_documents_run_by_every_form_of_their_name() {
    let hash = sha256(TEXT);
    let other = "query Other { __typename }";
    let map = json!({ &hash: TEXT, "other": other, "x-app:7": "{ a: user }" }).to_string();
    let manifest = json!({
        "format": "apollo-persisted-query-manifest", "version": 1,
        "operations": [
            { "id": hash, "name": "A", "type": "query", "body": TEXT },
            { "id": "other", "name": "Other", "type": "query", "body": other },
            { "id": "x-app:7", "name": "B", "type": "query", "body": "{ a: user }" },
        ]
    });

    let prefixed = json!({ format!("sha256:{hash}"): TEXT, "other": other, "x-app:7": "{ a: user }" });
    for file in [map, manifest.to_string(), prefixed.to_string()] {
        for policy in [
            PersistedDocuments::Off,
            PersistedDocuments::Log,
            PersistedDocuments::Only,
        ] {
            let engine = listing(&file, policy).unwrap();
            for incoming in [
                named(&hash),
                named(&format!("sha256:{hash}")),
                apollo(&hash, None),
                apollo(&hash, Some(TEXT)),
                query(TEXT),
                named("other"),
                apollo("other", None),
                named(&format!("sha256:{}", sha256(other))),
                query(other),
                named("x-app:7"),
            ] {
                let told = format!("{incoming:?}");
                assert_eq!(engine.refusal(incoming), "let in", "{policy:?} {told}");
            }

            for unknown in ["x-app:8", "Other", "", &sha256("{ nothing }")] {
                assert_eq!(engine.refusal(named(unknown)), NOT_FOUND, "{unknown}");
            }
        }
    }
}

#[test]
fn a_document_that_is_not_listed_runs_or_not_as_the_configuration_says() {
    let file = json!({ "a": TEXT }).to_string();
    let unlisted = "{ __typename }";
    for policy in [PersistedDocuments::Off, PersistedDocuments::Log] {
        let engine = listing(&file, policy).unwrap();
        assert_eq!(engine.refusal(query(unlisted)), "let in");
        assert_eq!(
            engine.refusal(apollo(&sha256(unlisted), Some(unlisted))),
            "let in"
        );
    }

    let engine = listing(&file, PersistedDocuments::Only).unwrap();
    let refusal = "403 QUERY_NOT_LISTED Only documents that the operator has listed may run here.";

    assert_eq!(engine.refusal(query(unlisted)), refusal);
    assert_eq!(engine.refusal(apollo(&sha256(unlisted), Some(unlisted))), refusal);
    assert_eq!(engine.refusal(apollo(&sha256(unlisted), None)), NOT_FOUND);

    // A space more is another document; and nothing is parsed that is not listed.
    assert_eq!(engine.refusal(query("{ user  }")), refusal);
    assert_eq!(engine.refusal(query("((((")), refusal);
}

#[test]
fn a_broken_file_keeps_the_engine_from_starting_and_is_told_about() {
    let refused = |file: &str| listing(file, PersistedDocuments::Off).err().unwrap_or_default();
    let form = "have the wrong form: ";
    for (file, told) in [
        ("", "are not JSON: EOF while parsing"),
        ("{", "are not JSON: EOF while parsing"),
        ("[]", &format!("{form}expected an object at the top")),
        (
            r#"{"":"{ user }"}"#,
            &format!("{form}a document has an empty name"),
        ),
        (
            r#"{"a":1}"#,
            &format!("{form}expected the text of a document under \"a\""),
        ),
        (
            r#"{"format":"apollo-persisted-query-manifest","version":2,"operations":[]}"#,
            &format!("{form}expected `version` 1"),
        ),
        (
            r#"{"format":"apollo-persisted-query-manifest","version":1}"#,
            &format!("{form}expected a list `operations`"),
        ),
        (
            r#"{"format":"apollo-persisted-query-manifest","version":1,"operations":[1]}"#,
            &format!("{form}expected an object at `operations[0]`"),
        ),
        (
            r#"{"format":"apollo-persisted-query-manifest","version":1,"operations":[{"id":"a"}]}"#,
            &format!("{form}expected a text at `operations[0].body`"),
        ),
        (
            r#"{"format":"apollo-persisted-query-manifest","version":1,"operations":[{"body":"{ user }"}]}"#,
            &format!("{form}expected a text at `operations[0].id`"),
        ),
    ] {
        assert!(refused(file).contains(told), "{file}: {}", refused(file));
    }

    let hash = sha256("{ other }");
    let broken = json!({
        "fine": TEXT, "page": "{ usr }", "half": "{ user",
        "deep": format!("{{ node {{ ... on Run {{ {} }} }} }}", "node { ... on Run { ".repeat(20) + "id" + &" } }".repeat(20)),
        format!("sha256:{hash}"): TEXT,
    });
    let told = refused(&broken.to_string());

    assert!(
        told.contains("of the trusted documents") && told.contains(" 4 cannot run here:"),
        "{told}"
    );

    for line in [
        "\n  page: There is no field `usr` on type `Query`. Did you mean `user`?",
        "\n  half: The document is not GraphQL: expected a name, found the end.",
        "\n  deep: Too many brackets are open at once; at most 40 are allowed.",
        &format!("\n  sha256:{hash}: this is not the SHA-256 of its document"),
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }

    let missing = open(Path::new("/nowhere/documents.json"), PersistedDocuments::Off)
        .err()
        .unwrap();
    assert!(
        missing.starts_with("the trusted documents FILE cannot be read"),
        "{missing}"
    );

    let none = open(Path::new(""), PersistedDocuments::Only).err().unwrap();
    let needed = "`gateway.graphql.persisted_documents` is \"only\", but `trusted_documents` names no file";

    assert_eq!(none, needed);
    assert!(open(Path::new(""), PersistedDocuments::Log).is_ok());
}
