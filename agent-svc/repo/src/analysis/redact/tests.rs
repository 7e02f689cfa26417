//! What must be redacted, and what must stay.

use super::*;

fn clean(text: &str) -> String {
    redact(text, &mut Redactions::new()).into_owned()
}

#[track_caller]
fn hidden(text: &str, secret: &str) {
    let mut found = Redactions::new();
    let clean = redact(text, &mut found);
    assert!(text.contains(secret), "the test is wrong: {text}");
    assert!(!clean.contains(secret), "{clean}");
    assert!(!found.is_empty());
}

/// Written in pieces, so that no scanner takes this file for a leak.
fn joined(parts: &[&str]) -> String {
    parts.concat()
}

#[test]
fn tokens_of_known_issuers_are_redacted() {
    let body = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6";

    for secret in [
        joined(&["AKIA", "IOSFODNN7QWERTYU"]),
        joined(&["ghp", "_", body]),
        joined(&["github", "_pat_", "11ABCDEFG0", body]),
        joined(&["glpat", "-", "aB3dE6gH9jK2mN5pQ8sT"]),
        joined(&["xoxb", "-123456789012-", "aB3dE6gH9jK2"]),
        joined(&["sk", "_live_", body]),
        joined(&["whsec", "_", body]),
        joined(&["sk", "-ant-", "api03-", body]),
        joined(&["sk", "-proj-", body]),
        joined(&["AIza", "SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q"]),
        joined(&["npm", "_", body]),
        joined(&["hf", "_", body]),
        joined(&["SG", ".", "aB3dE6gH9jK2mN5pQ8sT1v", ".", body]),
        joined(&["dckr", "_pat_", "aB3dE6gH9jK2mN5pQ8sT"]),
        joined(&["hvs", ".", "aB3dE6gH9jK2mN5pQ8sT1vW4"]),
        joined(&["123456789", ":AA", "F-aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0"]),
        joined(&[
            "eyJ",
            "hbGciOiJIUzI1NiJ9",
            ".eyJ",
            "zdWIiOiIxMjM0In0",
            ".",
            "dozjgNryP4J3jVmN",
        ]),
        joined(&["AGE-SECRET", "-KEY-1", &"Q".repeat(58)]),
    ] {
        hidden(&format!("Use {secret} to sign in."), &secret);
    }
}

#[test]
fn private_keys_are_redacted_whole_even_when_they_are_cut_off() {
    let head = joined(&["-----BEGIN RSA ", "PRIVATE KEY-----"]);
    let tail = joined(&["-----END RSA ", "PRIVATE KEY-----"]);
    let text = format!("before\n{head}\nMIIEpAIBAAKCAQEA\nsecondline\n{tail}\nafter");
    assert_eq!(clean(&text), "before\n[redacted]\nafter");
    let cut = format!("before\n{head}\nMIIEpAIBAAKCAQEA\nsecondline");
    assert_eq!(clean(&cut), "before\n[redacted]");
}

#[test]
fn passwords_in_connection_strings_are_redacted_and_the_rest_stays() {
    assert_eq!(
        clean("DATABASE=postgres://ada:s3cr3t-Pa55@db.internal:5432/app"),
        "DATABASE=postgres://ada:[redacted]@db.internal:5432/app"
    );

    hidden("amqp://guest:rabbit77@mq/", "rabbit77");
    hidden(
        "Server=db;User Id=sa;Password=Pa55w0rd!;Encrypt=true",
        "Pa55w0rd!",
    );
    hidden(
        "AccountName=x;AccountKey=Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4;EndpointSuffix=x",
        "Zm9vYmFyYmF6cXV4",
    );

    assert_eq!(
        clean("postgres://ada:${PASSWORD}@db/app"),
        "postgres://ada:${PASSWORD}@db/app"
    );
    assert_eq!(
        clean("see https://example.org:8080/a@b"),
        "see https://example.org:8080/a@b"
    );
}

#[test]
fn assigned_secrets_are_redacted_in_many_syntaxes() {
    for (text, secret) in [
        (r#"password = "hunter2hunter""#, "hunter2hunter"),
        (r#"DB_PASSWORD: 'Tr0ub4dor&3'"#, "Tr0ub4dor&3"),
        (r#""api_key": "9f8e7d6c5b4a39281706""#, "9f8e7d6c5b4a39281706"),
        (r#"const clientSecret = `b7c1d9e2f3a4`;"#, "b7c1d9e2f3a4"),
        (
            "SECRET_KEY=dj4ng0-1ns3cur3-k3y-value",
            "dj4ng0-1ns3cur3-k3y-value",
        ),
        ("export AUTH_TOKEN=abc123def456ghi789", "abc123def456ghi789"),
        (r#"config["access_key"] := "Q1w2E3r4T5y6""#, "Q1w2E3r4T5y6"),
        (
            "  aws_secret_access_key: wJalrXUtnFEMI/K7MDENG/bPxRfiCY1234567890",
            "wJalrXUtnFEMI",
        ),
        (
            "Authorization: Bearer 0123456789abcdef0123",
            "0123456789abcdef0123",
        ),
        (
            r#"headers = {"Authorization": "Basic dXNlcjpwYXNzd29yZA=="}"#,
            "dXNlcjpwYXNzd29yZA",
        ),
        (
            r#"static BLOB: &str = "kJ8dQ2mX7vB4nR9tY1wE6uA3sF5gH0zL";"#,
            "kJ8dQ2mX7vB4nR9tY1wE6uA3sF5gH0zL",
        ),
    ] {
        hidden(text, secret);
    }
}

#[test]
fn code_and_prose_that_only_speak_of_secrets_stay() {
    for text in [
        "The password is checked with argon2.",
        "let token = parser.next_token();",
        "pub password: SecretString,",
        "token_type: \"bearer\"",
        "SECRET_KEY=${SECRET_KEY}",
        "API_KEY=your-api-key-here",
        "password: \"changeme\"",
        "secret = os.environ[\"SECRET\"]",
        "apiKey: process.env.API_KEY,",
        "const TOKEN: &str = \"Authorization\";",
        "Tokens: words, numbers and signs",
        "commit 3f786850e387550fdab836ed7e6dc881de23001b",
        "checksum = \"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"",
        "fn salt(&self) -> &Salt {",
        "integrity = \"sha512-kJ8dQ2mX7vB4nR9tY1wE6uA3sF5gH0zLkJ8dQ2mX7vB4nR9tY1wE6uA3sF5gH0zL\"",
        "https://github.com/ada/engine",
    ] {
        assert_eq!(clean(text), text);
    }
}

#[test]
fn every_string_of_a_value_is_cleaned() {
    let mut value =
        serde_json::json!({"a": ["password = 'hunter2hunter'", {"b": "mysql://u:pa55word@h/"}], "n": 1});
    let mut found = Redactions::new();
    redact_value(&mut value, &mut found);

    assert_eq!(
        value,
        serde_json::json!({"a": ["password = '[redacted]'", {"b": "mysql://u:[redacted]@h/"}], "n": 1})
    );
    assert_eq!(found.values().sum::<u64>(), 2);
}

#[test]
fn redacting_twice_changes_nothing() {
    let text = "password = 'hunter2hunter' and postgres://a:b1b2b3@c/d";
    let once = clean(text);
    assert_eq!(clean(&once), once);
}

#[test]
fn every_shape_says_what_it_is_where_it_comes_from_and_since_when() {
    for shape in SHAPES.iter() {
        assert!(!shape.kind.is_empty() && !shape.source.is_empty(), "{shape:?}");
        assert!(
            shape.date.parse::<chrono::NaiveDate>().is_ok(),
            "{}: {}",
            shape.kind,
            shape.date
        );
    }
    assert_eq!(EACH.len(), SHAPES.len());
}
