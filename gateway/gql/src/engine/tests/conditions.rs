//! Conditions: `@skip` and `@include` are judged before fields are merged, so that nothing runs twice, nothing that was
//! asked for is lost, and keys stand where the specification puts them.

use async_graphql::futures_util::StreamExt;
use serde_json::{Value, json};

use super::{Incoming, engine, engine_with, query, with};

const ID: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";

/// The data of an answer without errors, as it is written.
async fn written(incoming: Incoming) -> String {
    let engine = engine();
    let prepared = engine
        .ask(incoming)
        .unwrap_or_else(|refused| panic!("{}", super::told(&refused)));
    let response = engine.execute(prepared).await;
    assert_eq!(response.errors, []);
    serde_json::to_string(&response.data).unwrap()
}

#[tokio::test]
async fn a_mutation_that_is_merged_under_a_condition_runs_once() {
    let once = r#"{"count":{"calls":1,"again":1}}"#;
    for text in [
        "mutation { count { calls } ... @include(if: true) { count { again } } }",
        "mutation { count @include(if: true) { calls } count @include(if: true) { again } }",
        "mutation { count @skip(if: false) { calls } count { again } }",
        "mutation { ...F @skip(if: false) ...F ... on Mutation @include(if: true) { ...F } }
            fragment F on Mutation { count { calls } ... @include(if: true) { count { again } } }",
    ] {
        assert_eq!(written(query(text)).await, once, "{text}");
    }

    let text =
        "mutation($y: Boolean!, $n: Boolean = false) { count @include(if: $y) { calls } ...F @skip(if: $n) }
        fragment F on Mutation { count { again ... @include(if: $n) { calls } } }";
    assert_eq!(written(with(text, json!({ "y": true }))).await, once);
    assert_eq!(
        written(with(text, json!({ "y": false }))).await,
        r#"{"count":{"again":1}}"#
    );
    assert_eq!(written(with(text, json!({ "y": false, "n": true }))).await, "{}");
}

#[tokio::test]
async fn a_condition_in_one_fragment_takes_nothing_from_another_part() {
    let text = "query($id: UUID!, $deep: Boolean!) { story(id: $id) { title run { status } ...More @include(if: true) } }
        fragment More on Story { run { id @include(if: $deep) } }";
    for (deep, run) in [
        (false, r#"{"status":"queued"}"#),
        (true, r#"{"status":"queued","id":"r"}"#),
    ] {
        let expected = format!(r#"{{"story":{{"title":"A story","run":{run}}}}}"#);
        assert_eq!(
            written(with(text, json!({ "id": ID, "deep": deep }))).await,
            expected
        );
    }

    let text = "{ stories { edges { node { run { status } ...More @include(if: true) } } } }
        fragment More on Story { run { id @include(if: false) } }";
    let expected = r#"{"stories":{"edges":[{"node":{"run":{"status":"queued"}}}]}}"#;
    assert_eq!(written(query(text)).await, expected);
}

#[tokio::test]
async fn where_all_fields_are_skipped_there_is_an_object_without_fields() {
    for (text, expected) in [
        ("{ user @skip(if: true) }", "{}"),
        ("mutation { count @skip(if: true) { calls } }", "{}"),
        (
            "{ stories { edges { node { id @skip(if: true) } } pageInfo { hasNextPage @include(if: false) } } }",
            r#"{"stories":{"edges":[{"node":{}}],"pageInfo":{}}}"#,
        ),
        (
            "{ stories { edges { cursor @skip(if: true) } } }",
            r#"{"stories":{"edges":[{}]}}"#,
        ),
        ("{ node { id @skip(if: true) } }", r#"{"node":{}}"#),
        // A fragment that does not apply leaves nothing, either.
        (
            "{ node { ... on Story { title } } found { ... on Story { title @skip(if: true) } ... on Run { status } } }",
            r#"{"node":{},"found":[{},{"status":"queued"}]}"#,
        ),
        (
            "{ __schema { queryType { name @skip(if: true) } } }",
            r#"{"__schema":{"queryType":{}}}"#,
        ),
    ] {
        assert_eq!(written(query(text)).await, expected, "{text}");
    }
}

#[tokio::test]
async fn keys_stand_where_they_are_first_included() {
    for (text, expected) in [
        (
            "{ node { ... on Run { status @skip(if: true) id status } } }",
            r#"{"node":{"id":"r","status":"queued"}}"#,
        ),
        (
            "{ b: user ...F @include(if: true) a: user } fragment F on Query { a: user b: user c: user }",
            r#"{"b":"somebody","a":"somebody","c":"somebody"}"#,
        ),
        // Each type of object has an order of its own.
        (
            "{ found { ... on Story { title id } ... on Run { id status } __typename } }",
            r#"{"found":[{"title":"A story","id":"s","__typename":"Story"},{"id":"r","status":"queued","__typename":"Run"}]}"#,
        ),
        (
            "{ found { ... on Story { run { status } } ... on Node { id ... on Story { run { id } id } } } }",
            r#"{"found":[{"run":{"status":"queued","id":"r"},"id":"s"},{"id":"r"}]}"#,
        ),
    ] {
        assert_eq!(written(query(text)).await, expected, "{text}");
    }
}

#[tokio::test]
async fn each_set_of_values_has_its_own_answer_in_whatever_order_they_come() {
    let engine = engine();
    let names = ["a", "b", "c", "d"];
    let definitions: String = names.iter().map(|name| format!("${name}: Boolean! ")).collect();
    let fields: String = names
        .iter()
        .map(|name| format!("{name}: __typename @include(if: ${name}) "))
        .collect();
    let text = format!("query({definitions}) {{ {fields} }}");

    // More values than forms are kept, and each of them twice.
    for round in 0..32_u8 {
        let bits = round.wrapping_mul(7) % 16;
        let of = |index: usize| bits >> index & 1 == 1;
        let sent: serde_json::Map<_, _> = (0..4)
            .map(|index| (names[index].to_owned(), json!(of(index))))
            .collect();
        let answer = engine.data(with(&text, Value::Object(sent))).await;
        let expected: serde_json::Map<_, _> = (0..4)
            .filter(|index| of(*index))
            .map(|index| (names[index].to_owned(), json!("Query")))
            .collect();
        assert_eq!(answer, Value::Object(expected), "{bits}");
    }
}

#[tokio::test]
async fn a_subscription_may_have_no_condition_at_its_root_and_any_below() {
    let engine = engine();
    for text in [
        "subscription { ticks(n: 1) @skip(if: false) { index } }",
        "subscription($y: Boolean!) { ticks(n: 1) @include(if: $y) { index } }",
        "subscription { ... @include(if: true) { ticks(n: 1) { index } } }",
        "subscription { ... { ...F @skip(if: false) } } fragment F on Ticks { ticks(n: 1) { index } }",
        "subscription { ...F } fragment F on Ticks { ticks(n: 1) { index } ticks(n: 1) @skip(if: true) { index } }",
    ] {
        let refusal = engine.refusal(with(text, json!({ "y": false })));
        let told =
            "400 GRAPHQL_VALIDATION_FAILED The root of a subscription may have no conditions such as `@";
        assert!(refusal.starts_with(told), "{text}: {refusal}");
    }

    let text = "subscription($y: Boolean!) { ticks(n: 1) { index @skip(if: $y) title } ...F }
        fragment F on Ticks { ticks(n: 1) { index @skip(if: $y) } }";
    let prepared = engine.ask(with(text, json!({ "y": true })));
    let prepared = prepared.unwrap_or_else(|refused| panic!("{}", super::told(&refused)));
    let events: Vec<_> = engine.subscribe(prepared).collect().await;
    assert_eq!(
        serde_json::to_value(&events).unwrap(),
        json!([{ "data": { "ticks": { "title": "tick" } } }])
    );
}

#[test]
fn the_schema_is_kept_from_who_may_not_read_it_whatever_a_condition_says() {
    let engine = engine();
    let mut caller = super::somebody();
    caller.may_read_schema = false;

    let text = "query($y: Boolean!) { user ... @include(if: $y) { __schema { queryType { name } } } }";
    for (y, expected) in [(true, false), (false, true), (true, false)] {
        let asked = engine.prepare(with(text, json!({ "y": y })), &caller);
        assert_eq!(asked.is_ok(), expected);
    }
}

#[tokio::test]
async fn the_schema_has_the_description_that_it_was_given() {
    let text = "{ a: __schema { b: description } ... { __schema { description queryType { name } } } }";
    let expected = r#"{"a":{"b":"What the tests ask."},"__schema":{"description":"What the tests ask.","queryType":{"name":"Query"}}}"#;
    assert_eq!(written(query(text)).await, expected);
}

#[test]
fn a_type_in_place_of_an_interface_does_not_multiply_without_bound() {
    let nested = |depth: usize| {
        let mut text = "id".to_owned();
        for _ in 0..depth {
            text = format!("id ... on Story {{ node {{ {text} }} }} ... on Run {{ node {{ {text} }} }}");
        }
        format!("{{ node {{ {text} }} }}")
    };
    let engine = engine_with(|config| config.limits.depth = 100);

    assert_eq!(engine.refusal(query(nested(6))), "let in");
    assert!(engine.refusal(query(nested(14))).starts_with("400 QUERY_"));
}

#[test]
fn a_description_stands_before_the_long_form_only_and_a_string_holds_any_character() {
    let engine = engine();
    for text in [
        "\"d\" { user }",
        "\"\"\"d\"\"\" { user }",
        "query A { user } \"d\" { user }",
        "\"d\"",
    ] {
        assert!(
            engine
                .refusal(query(text))
                .starts_with("400 GRAPHQL_PARSE_FAILED"),
            "{text}"
        );
    }

    for text in [
        "\"d\" query { user }",
        "\"d\" fragment F on Query { user } \"d\" query(\"d\" $y: Boolean!) { ...F @skip(if: $y) }",
        "{ echo(text: \"\u{0} \u{7} \u{7f} \u{fffd}\") }",
    ] {
        assert_eq!(
            engine.refusal(with(text, json!({ "y": true }))),
            "let in",
            "{text}"
        );
    }
}
