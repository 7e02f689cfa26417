//! What runs, and that it runs as the specification says: also where async-graphql alone would not.

use async_graphql::futures_util::StreamExt;
use async_graphql::parser::types::OperationType;
use serde_json::{Value, json};

use super::{engine, engine_with, query, told, with};

const ID: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";

#[tokio::test]
async fn a_query_runs_with_its_caller_and_its_operation_is_told() {
    let engine = engine();
    assert_eq!(
        engine.data(query("{ user }")).await,
        json!({ "user": "somebody" })
    );
    for (text, kind) in [
        ("{ user }", OperationType::Query),
        ("mutation { count { calls } }", OperationType::Mutation),
        (
            "subscription { ticks(n: 1) { index } }",
            OperationType::Subscription,
        ),
    ] {
        assert_eq!(
            engine
                .ask(query(text))
                .unwrap_or_else(|_| panic!("{text}"))
                .operation,
            kind
        );
    }
}

#[tokio::test]
async fn the_operation_is_found_by_its_name_or_is_the_only_one() {
    let engine = engine();
    let many = "query A { user } query B { __typename } mutation C { count { calls } }";
    let named = |text: &str, name: &str| {
        let mut incoming = query(text);
        incoming.operation_name = Some(name.to_owned());
        incoming
    };

    assert_eq!(
        engine.data(named(many, "B")).await,
        json!({ "__typename": "Query" })
    );
    assert_eq!(
        engine.data(named("query A { __typename }", "A")).await["__typename"],
        "Query"
    );
    assert_eq!(
        engine.data(named("query A { __typename }", "")).await["__typename"],
        "Query"
    );

    for (incoming, refusal) in [
        (named(many, "D"), "The document has no operation `D`."),
        (named("{ user }", "A"), "The document has no operation `A`."),
        (
            query(many),
            "The document has several operations: say with `operationName` which one, of `A`, `B`, `C`.",
        ),
    ] {
        assert_eq!(
            engine.refusal(incoming),
            format!("400 OPERATION_RESOLUTION_FAILURE {refusal}")
        );
    }
}

#[tokio::test]
async fn an_argument_whose_variable_has_no_value_is_as_if_not_written() {
    let engine = engine();
    let text = "query($n: Int, $t: String, $i: String, $m: Int) {
        echo(n: $n, text: $t, list: [$i], input: { url: \"https://x\", minutes: $m }) }";

    // Not a nullable item of a list of non-null items: the specification refuses that.
    assert!(
        engine
            .refusal(with(text, json!({})))
            .contains("used where `String!` is expected")
    );

    let text = text.replace("$i: String", "$i: String!");
    let answer = engine.data(with(&text, json!({ "i": "x" }))).await;
    let told =
        r#"7 None None None Some(["x"]) None Some(("https://x/", None, 10, false)) None None None None"#;

    assert_eq!(answer["echo"], told);

    let all = json!({ "i": "x", "n": 1, "t": null, "m": 2 });
    let told =
        r#"1 None None None Some(["x"]) None Some(("https://x/", None, 2, false)) None None None None"#;

    assert_eq!(engine.data(with(&text, all)).await["echo"], told);
}

#[tokio::test]
async fn a_default_of_a_variable_counts_in_directives_too() {
    let engine = engine();
    let text = "query($no: Boolean = true) { user @skip(if: $no) ...F @include(if: $no) } fragment F on Query { __typename }";
    assert_eq!(engine.data(query(text)).await, json!({ "__typename": "Query" }));
    let answer = engine.data(with(text, json!({ "no": false }))).await;
    assert_eq!(answer.as_object().unwrap().keys().collect::<Vec<_>>(), ["user"]);
}

#[tokio::test]
async fn a_variable_of_a_stricter_type_may_stand_where_a_list_may_be_null() {
    let engine = engine();
    let text = "query($l: [String!]!, $n: Int = 3) { echo(n: $n, list: $l) }";
    let answer = engine.data(with(text, json!({ "l": ["a"] }))).await;

    assert!(
        answer["echo"]
            .as_str()
            .unwrap()
            .starts_with(r#"3 None None None Some(["a"])"#),
        "{answer}"
    );
}

#[tokio::test]
async fn a_field_that_is_written_twice_runs_once() {
    let engine = engine();
    let text = "mutation { count { calls } ...F ... { count { calls } } } fragment F on Mutation { count { again } }";

    assert_eq!(
        engine.data(query(text)).await,
        json!({ "count": { "calls": 1, "again": 1 } })
    );

    let text = "mutation { count { calls } b: count { calls } }";
    assert_eq!(
        engine.data(query(text)).await,
        json!({ "count": { "calls": 2 }, "b": { "calls": 3 } })
    );
}

#[tokio::test]
async fn fragments_apply_by_the_type_of_the_object() {
    let engine = engine();
    let text = format!(
        "{{ story(id: \"{ID}\") {{ ...N ...F node {{ ...N ... on Run {{ status }} ... on Found {{ ...F }} }} }} found {{ ...F ...N }} }}
        fragment N on Node {{ __typename id }}
        fragment F on Found {{ ... on Story {{ title }} ... on Run {{ status }} }}"
    );

    let story = json!({ "__typename": "Story", "id": "s", "title": "A story" });
    // Through an interface, too, where the fragment is on a union.
    let run = json!({ "status": "queued", "__typename": "Run", "id": "r" });
    let answer = engine.data(query(text)).await;

    assert_eq!(answer["story"]["title"], "A story");
    assert_eq!(answer["story"]["id"], "s");
    assert_eq!(answer["story"]["node"], story);
    assert_eq!(answer["found"], json!([story, run]));
}

#[tokio::test]
async fn a_condition_on_a_fragment_holds_for_all_in_it() {
    let engine = engine();
    let text = "query($y: Boolean!) { ... on Query @include(if: $y) { user } ...F @skip(if: $y) }
        fragment F on Query { __typename node { ... @skip(if: $y) { id } __typename } }";
    let data = engine.data(with(text, json!({ "y": false }))).await;

    assert_eq!(
        data,
        json!({ "__typename": "Query", "node": { "id": "r", "__typename": "Run" } })
    );

    let data = engine.data(with(text, json!({ "y": true }))).await;
    assert_eq!(data.as_object().unwrap().keys().collect::<Vec<_>>(), ["user"]);
}

#[tokio::test]
async fn a_subscription_may_use_fragments_and_has_one_field() {
    let engine = engine();
    let text = "subscription { ...F } fragment F on Ticks { t: ticks(n: 3) { index } }";
    let prepared = engine
        .ask(query(text))
        .unwrap_or_else(|refused| panic!("{}", told(&refused)));
    let events: Vec<_> = engine.subscribe(prepared).collect().await;
    let events: Vec<_> = events
        .into_iter()
        .map(|event| serde_json::to_value(event).unwrap())
        .collect();
    let expected: Vec<_> = (0..3)
        .map(|index| json!({ "data": { "t": { "index": index } } }))
        .collect();

    assert_eq!(events, expected);

    for text in [
        "subscription { a: ticks(n: 1) { index } b: ticks(n: 1) { index } }",
        "subscription { ticks(n: 1) { index } ...F } fragment F on Ticks { b: ticks(n: 1) { index } }",
    ] {
        let refusal = engine.refusal(query(text));
        assert_eq!(
            refusal,
            "400 GRAPHQL_VALIDATION_FAILED A subscription selects exactly one field."
        );
    }

    let refusal = engine.refusal(query("subscription { __typename }"));
    assert_eq!(
        refusal,
        "400 GRAPHQL_VALIDATION_FAILED There is no field `__typename` on type `Ticks`."
    );
}

#[tokio::test]
async fn variables_that_do_not_fit_are_a_request_error_that_names_them() {
    let engine = engine();
    let text =
        "query($id: UUID!, $n: Int!, $i: GenerateInput) { story(id: $id) { id } echo(n: $n, input: $i) }";
    let refused = |variables: Value| {
        let refused = engine.ask(with(text, variables)).err().unwrap();
        told(&refused);

        let errors = serde_json::to_value(&refused.errors).unwrap();
        let all = errors.as_array().unwrap().iter().map(|error| {
            assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT");
            let (field, message) = (&error["extensions"]["field"], &error["message"]);
            format!("{}: {}", field.as_str().unwrap(), message.as_str().unwrap())
        });

        all.collect::<Vec<_>>()
    };

    assert_eq!(
        refused(json!({})),
        [
            "id: The variable `$id` is not valid: expected UUID!, but it is missing.",
            "n: The variable `$n` is not valid: expected Int!, but it is missing."
        ]
    );

    let wrong = json!({ "id": "x", "n": 3_000_000_000_u64, "i": { "url": "https://x", "focus": [1] } });
    assert_eq!(
        refused(wrong),
        [
            "id: The variable `$id` is not valid: expected UUID.",
            "n: The variable `$n` is not valid: expected Int.",
            "input.focus.0: The variable `$i.focus.0` is not valid: expected String."
        ]
    );

    let fits = json!({ "id": ID, "n": 1, "i": null, "not defined": 1 });
    assert_eq!(engine.data(with(text, fits)).await["story"]["id"], "s");
}

#[test]
fn what_the_engine_refuses_names_the_argument_as_what_a_resolver_refuses() {
    let engine = engine();
    let given = [
        // A variable is named by the argument that it is, whatever it is called.
        (
            "query($x: UUID!) { story(id: $x) { id } }",
            json!({ "x": "no id" }),
            ("id", "expected UUID", "value_error"),
        ),
        (
            "query($u: Url!) { echo(input: { url: $u }) }",
            json!({ "u": "git@github.com:a/b.git" }),
            ("input.url", "expected Url", "value_error"),
        ),
        (
            "query($i: GenerateInput!) { ...F } fragment F on Query { echo(input: $i) }",
            json!({ "i": { "url": "https://x", "inner": { "url": "https://x", "focus": ["a", 1] } } }),
            ("input.inner.focus.1", "expected String", "type_error"),
        ),
        (
            "query($i: GenerateInput) { echo(input: $i) }",
            json!({ "i": {} }),
            ("input.url", "expected Url!, but it is missing", "missing"),
        ),
        (
            "query($k: StoryKind) { echo(kind: $k) }",
            json!({ "k": "POEM" }),
            ("kind", "expected one of STORY, CODE_STORY", "enum"),
        ),
        (
            "query($y: Boolean! = true) { user @skip(if: $y) }",
            json!({ "y": 1 }),
            ("if", "expected Boolean", "type_error"),
        ),
        (
            "query($y: Boolean = true) { user @skip(if: $y) }",
            json!({ "y": null }),
            ("if", "expected Boolean!, not null", "type_error"),
        ),
        // A literal is, too.
        (
            "{ story(id: \"no id\") { id } }",
            json!({}),
            ("id", "expected UUID", "value_error"),
        ),
        (
            "{ echo(input: { url: \"https://x\", inner: { url: 1 } }) }",
            json!({}),
            ("input.inner.url", "expected Url", "type_error"),
        ),
        (
            "{ echo(list: [\"a\", 1]) }",
            json!({}),
            ("list.1", "expected String", "type_error"),
        ),
        (
            "{ echo(kind: POEM) }",
            json!({}),
            ("kind", "expected one of STORY, CODE_STORY", "enum"),
        ),
        (
            "{ echo(input: { focus: [] }) }",
            json!({}),
            ("input.url", "expected Url!, but it is missing", "missing"),
        ),
        (
            "{ echo(input: { url: \"https://x\", no: 1 }) }",
            json!({}),
            (
                "input.no",
                "expected no such field of GenerateInput",
                "unknown_field",
            ),
        ),
        (
            "{ story { id } }",
            json!({}),
            ("id", "expected UUID!, but it is missing", "missing"),
        ),
        (
            "{ user(no: 1) }",
            json!({}),
            (
                "no",
                "expected no such argument of the field `user`",
                "unknown_field",
            ),
        ),
        (
            "{ echo(which: {}) }",
            json!({}),
            ("which", "expected exactly one field of Which", "value_error"),
        ),
    ];

    for (text, variables, (field, message, kind)) in given {
        let refused = engine.ask(with(text, variables)).err();
        let refused = refused.unwrap_or_else(|| panic!("let in: {text}"));
        told(&refused);

        let errors = serde_json::to_value(&refused.errors).unwrap();
        let extensions = &errors[0]["extensions"];
        let fields = json!([{ "field": field, "message": message, "type": kind }]);
        assert_eq!(
            (&extensions["field"], &extensions["fields"]),
            (&json!(field), &fields),
            "{text}"
        );
        assert!(extensions["code"].is_string(), "{text}");
    }
}

#[tokio::test]
async fn a_variable_may_be_defined_by_the_name_that_its_type_had_before() {
    let engine = engine_with(|config| config.renamed_types = &[("Key", "UUID"), ("Old", "Gone")]);
    let text = "query($id: Key!) { story(id: $id) { id } }";
    assert_eq!(
        engine.data(with(text, json!({ "id": ID }))).await["story"]["id"],
        "s"
    );

    let refusal = engine.refusal(with("query($n: Key!) { echo(n: $n) }", json!({ "n": 1 })));
    assert!(refusal.contains("is of type `UUID!`"), "{refusal}");

    // A name that nothing has, and one that only variables may use.
    for text in [
        "query($id: Old!) { story(id: $id) { id } }",
        "{ __typename ... on Key { __typename } }",
    ] {
        let refusal = engine.refusal(query(text));
        assert!(refusal.contains("GRAPHQL_VALIDATION_FAILED"), "{refusal}");
    }
}

#[tokio::test]
async fn errors_of_the_execution_have_a_code_and_the_request_id() {
    let engine = engine();
    let answer = engine.answer(query("{ ok: __typename fails }")).await;

    assert_eq!(answer["data"].to_string(), r#"{"ok":"Query","fails":null}"#);
    assert_eq!(answer["errors"][0]["path"], json!(["fails"]));

    let answer = engine
        .answer(query("{ fails ok: __typename echo(most: 101) }"))
        .await;
    assert_eq!(answer["data"], Value::Null);

    for error in answer["errors"].as_array().unwrap() {
        let extensions = json!({ "code": "BAD_USER_INPUT", "requestId": "req-1" });
        assert_eq!(error["extensions"], extensions, "{answer}");
    }
}

#[test]
fn the_schema_is_read_only_by_who_may() {
    let text = "{ __typename ...F } fragment F on Query { __schema { queryType { name } } }";

    for may_read_schema in [true, false] {
        let (engine, mut caller) = (engine(), super::somebody());
        caller.may_read_schema = may_read_schema;

        // Twice: the second time the document is known.
        for _ in 0..2 {
            match engine.prepare(query(text), &caller) {
                Ok(_) => assert!(may_read_schema),
                Err(refused) => {
                    assert!(!may_read_schema);
                    assert_eq!(
                        told(&refused),
                        "400 INTROSPECTION_DISABLED Reading the schema is not allowed here."
                    );
                }
            }
        }

        assert!(engine.prepare(query("{ __typename }"), &caller).is_ok());
        let refused = engine.prepare(query("{ storie { x } }"), &caller).err().unwrap();
        assert_eq!(
            told(&refused).contains("Did you mean `stories`?"),
            may_read_schema
        );
    }
}
