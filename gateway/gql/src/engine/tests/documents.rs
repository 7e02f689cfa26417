//! Which documents are valid, and why the others are not. The same documents are shown to async-graphql's own rules and
//! parser: where the two differ is written down here, with the reason.

use async_graphql::{Schema, parser::parse_query};

use super::{Mutation, Query, Ticks, engine, limits, query};
use crate::parse::parse_document;

const ID: &str = "\"0f8fad5b-d9cb-469f-a165-70867728950e\"";

/// What is right.
const VALID: &[&str] = &[
    "{ user }",
    "query { user }",
    "query Q { __typename user: user }",
    "{ story(id: <ID>) { id title kind parent { parent { id } } } }",
    "query($id: UUID!) { story(id: $id) { id } }",
    "query($id: UUID! = <ID>) { story(id: $id) { id } }",
    "query($n: Int) { stories(first: $n) { edges { cursor } } }",
    "query($n: Int = 3) { echo(n: $n) }",
    "query($y: Boolean! = true) { user @include(if: $y) @skip(if: false) }",
    "query($u: Url!, $f: [String!]) { echo(input: { url: $u, focus: $f, inner: { url: \"https://x\" } }) }",
    "query($i: GenerateInput!) { echo(input: $i) }",
    "query($i: GenerateInput! = { url: \"https://x\" }) { echo(input: $i) }",
    "query($s: String!) { echo(list: [$s, \"x\"], text: $s) }",
    "query($s: String!) { echo(which: { name: $s }) }",
    "query($n: Int) { echo(n: $n) }",
    "query($l: [String!]!) { echo(list: $l) }",
    "query($j: JSON, $s: String) { echo(json: { a: [$j, { b: $s }] }) }",
    "{ echo(n: 1, text: \"x\", float: 1, yes: true, list: [\"a\"], kind: CODE_STORY, at: \"2024-01-02T03:04:05Z\") }",
    "{ echo(list: \"a\", float: 1.5, json: [1, { a: B }], text: \"\"\"a\n b\"\"\") }",
    "{ echo(text: null) echo(text: null) user user }",
    "{ node { __typename id ... on Story { title kind } ... on Run { status } } }",
    "{ node { ... on Found { ... on Story { title } } ... on Node { id } ... { id } ... @include(if: true) { id } } }",
    "{ found { __typename ... on Node { id } ... on Run { status log(last: 1) { index } } } }",
    // Fields of one name and different arguments, on objects that are never the same.
    "{ found { ... on Story { x: id } ... on Run { x: id } } }",
    "{ ...A ...B } fragment A on Query { user } fragment B on Query { ...C } fragment C on Query { user }",
    "query A { ...F } query B { ...F user } fragment F on Query { user }",
    "query A($n: Int) { ...F } query B($n: Int!) { ...F } fragment F on Query { echo(n: $n) }",
    "mutation { count { calls } generate(input: { url: \"https://x\" }) { id } }",
    "subscription { ticks(n: 1) { index } }",
    "{ __schema { types { name } } __type(name: \"Story\") { fields(includeDeprecated: true) { name } } }",
];

/// What is wrong, and what is said of it.
const INVALID: &[(&str, &str)] = &[
    ("{ nothing }", "There is no field `nothing` on type `Query`."),
    (
        "{ usr }",
        "There is no field `usr` on type `Query`. Did you mean `user`?",
    ),
    ("{ found { id } }", "There is no field `id` on type `Found`."),
    ("{ node { title } }", "There is no field `title` on type `Node`."),
    (
        "{ node }",
        "Say which fields of `node` you want: it is of type `Node!`.",
    ),
    (
        "{ user { x } }",
        "The field `user` has no fields: it is of type `ID!`.",
    ),
    (
        "{ story { id } }",
        "The argument `id` of the field `story` is missing: `UUID!`.",
    ),
    (
        "{ story(id: <ID>, id: <ID>) { id } }",
        "The argument `id` is given twice.",
    ),
    ("{ user(x: 1) }", "There is no argument `x` of the field `user`."),
    (
        "{ echo(txt: \"\") }",
        "There is no argument `txt` of the field `echo`. Did you mean `text`?",
    ),
    (
        "{ story(id: \"x\") { id } }",
        "This value has the wrong type: expected `UUID`.",
    ),
    (
        "{ story(id: null) { id } }",
        "This value has the wrong type: expected `UUID!`.",
    ),
    (
        "{ echo(n: \"1\") }",
        "This value has the wrong type: expected `Int`.",
    ),
    (
        "{ echo(n: 1.0) }",
        "This value has the wrong type: expected `Int`.",
    ),
    (
        "{ echo(n: 3000000000) }",
        "This value has the wrong type: expected `Int`.",
    ),
    (
        "{ echo(n: [1]) }",
        "This value has the wrong type: expected `Int`.",
    ),
    (
        "{ echo(text: x) }",
        "This value has the wrong type: expected `String`.",
    ),
    (
        "{ echo(kind: \"STORY\") }",
        "This value has the wrong type: expected one of STORY, CODE_STORY.",
    ),
    (
        "{ echo(kind: NOPE) }",
        "This value has the wrong type: expected one of STORY, CODE_STORY.",
    ),
    (
        "{ echo(list: [\"a\", 1]) }",
        "This value has the wrong type: expected `String`.",
    ),
    (
        "{ echo(list: [null]) }",
        "This value has the wrong type: expected `String!`.",
    ),
    (
        "{ echo(at: \"now\") }",
        "This value has the wrong type: expected `DateTime`.",
    ),
    (
        "{ echo(input: 1) }",
        "This value has the wrong type: expected `GenerateInput`.",
    ),
    (
        "{ echo(input: {}) }",
        "The field `url` of `GenerateInput` is missing: `Url!`.",
    ),
    (
        "{ echo(input: { url: \"https://x\", ur: 1 }) }",
        "There is no field `ur` of `GenerateInput`. Did you mean `url`?",
    ),
    (
        "{ echo(input: { url: \"https://x\", focus: [1] }) }",
        "This value has the wrong type: expected `String`.",
    ),
    ("{ echo(json: { a: 1, a: 2 }) }", "The field `a` is given twice."),
    (
        "{ echo(which: {}) }",
        "Exactly one field of `Which` must be given.",
    ),
    (
        "{ echo(which: { name: null }) }",
        "Exactly one field of `Which` must be given.",
    ),
    (
        "{ echo(which: { name: \"a\", id: <ID> }) }",
        "Exactly one field of `Which` must be given.",
    ),
    (
        "query($s: String) { echo(which: { name: $s }) }",
        "The variable `$s` is of type `String` and is used where `String` is expected.",
    ),
    ("{ user @nope }", "There is no directive `nope`."),
    (
        "{ user @skp(if: true) }",
        "There is no directive `skp`. Did you mean `skip`?",
    ),
    (
        "{ user @skip }",
        "The argument `if` of the directive `skip` is missing: `Boolean!`.",
    ),
    (
        "{ user @skip(if: 1) }",
        "This value has the wrong type: expected `Boolean`.",
    ),
    (
        "{ user @skip(if: true) @skip(if: true) }",
        "The directive `skip` may stand here only once.",
    ),
    (
        "query @skip(if: true) { user }",
        "The directive `skip` may not stand here (QUERY).",
    ),
    (
        "query($x: Int @skip(if: true)) { echo(n: $x) }",
        "The directive `skip` may not stand here (VARIABLE_DEFINITION).",
    ),
    (
        "{ ...F } fragment F on Query @include(if: true) { user }",
        "The directive `include` may not stand here (FRAGMENT_DEFINITION).",
    ),
    ("{ __typename @nope }", "There is no directive `nope`."),
    (
        "{ __typename(x: 1) }",
        "There is no argument `x` of the field `__typename`.",
    ),
    (
        "{ __typename { x } }",
        "The field `__typename` has no fields: it is of type `String!`.",
    ),
    ("{ ...F }", "There is no fragment `F`."),
    (
        "{ user } fragment F on Query { user }",
        "The fragment `F` is never used.",
    ),
    (
        "{ ...F } fragment F on Nope { user }",
        "There is no type `Nope`. Did you mean `Node`?",
    ),
    (
        "{ ...F } fragment F on Stry { id }",
        "There is no type `Stry`. Did you mean `Story`?",
    ),
    (
        "{ ...F } fragment F on ID { user }",
        "The fragment `F` is on `ID`, which has no fields.",
    ),
    (
        "{ ... on GenerateInput { url } }",
        "This fragment is on `GenerateInput`, which has no fields.",
    ),
    (
        "{ ...F } fragment F on Story { id }",
        "The fragment `F` is on `Story` and can never apply to `Query`.",
    ),
    (
        "{ found { ... on Query { user } } }",
        "A fragment on `Query` can never apply to `Found`.",
    ),
    (
        "{ node { ... on Chapter { title } } }",
        "A fragment on `Chapter` can never apply to `Node`.",
    ),
    ("query($x: Int) { user }", "The variable `$x` is never used."),
    ("{ echo(n: $x) }", "The variable `$x` is not defined."),
    (
        "query A { echo(n: $x) }",
        "The variable `$x` is not defined by the operation `A`.",
    ),
    (
        "query A($x: Int) { ...F } query B { ...F } fragment F on Query { echo(n: $x) }",
        "The variable `$x` is not defined by the operation `B`.",
    ),
    (
        "query($x: Int, $x: Int) { echo(n: $x) }",
        "The variable `$x` is defined twice.",
    ),
    (
        "query($x: Nope) { echo(n: $x) }",
        "The variable `$x` is of a type that does not exist: `Nope`.",
    ),
    (
        "query($x: [Nope!] = [1]) { echo(n: $x) }",
        "The variable `$x` is of a type that does not exist: `[Nope!]`.",
    ),
    (
        "query($x: Story) { echo(n: $x) }",
        "The variable `$x` cannot be of type `Story`, which cannot be sent.",
    ),
    (
        "query($x: Int = \"a\") { echo(n: $x) }",
        "The default of `$x` does not fit: expected Int.",
    ),
    (
        "query($x: [Int] = [1, \"a\"]) { echo(json: $x) }",
        "The default of `$x.1` does not fit: expected Int.",
    ),
    (
        "query($x: Int! = null) { echo(n: $x) }",
        "The default of `$x` does not fit: expected Int!, not null.",
    ),
    (
        "query($x: String) { echo(n: $x) }",
        "The variable `$x` is of type `String` and is used where `Int!` is expected.",
    ),
    (
        "query($x: UUID) { story(id: $x) { id } }",
        "The variable `$x` is of type `UUID` and is used where `UUID!` is expected.",
    ),
    (
        "query($x: UUID = null) { story(id: $x) { id } }",
        "The variable `$x` is of type `UUID` and is used where `UUID!` is expected.",
    ),
    (
        "query($x: String!) { echo(list: $x) }",
        "The variable `$x` is of type `String!` and is used where `[String!]` is expected.",
    ),
    (
        "query($x: [String]) { echo(list: $x) }",
        "The variable `$x` is of type `[String]` and is used where `[String!]` is expected.",
    ),
    (
        "query($x: Boolean) { user @skip(if: $x) }",
        "The variable `$x` is of type `Boolean` and is used where `Boolean!` is expected.",
    ),
    (
        "{ user user: __typename }",
        "Two fields would both be `user` in the answer, but `user` and `__typename` are different fields. Give one an alias.",
    ),
    (
        "{ a: user ...F } fragment F on Query { a: echo }",
        "Two fields would both be `a` in the answer, but `user` and `echo` are different fields. Give one an alias.",
    ),
    (
        "{ echo(n: 1) echo(n: 2) }",
        "Two fields would both be `echo` in the answer, but their arguments differ. Give one an alias.",
    ),
    (
        "{ echo echo(n: 2) }",
        "Two fields would both be `echo` in the answer, but their arguments differ. Give one an alias.",
    ),
    (
        "{ node { ... on Run { log { x: title } } } node { ... on Run { log { x: index } } } }",
        "Two fields would both be `x` in the answer, but `title` and `index` are different fields. Give one an alias.",
    ),
    (
        "{ found { ... on Story { title } ... on Run { title } } }",
        "Two fields would both be `title` in the answer, but their types `String!` and `String` give different answers. Give one an alias.",
    ),
    (
        "{ found { ... on Story { x: run { id } } ... on Run { x: id } } }",
        "Two fields would both be `x` in the answer, but their types `Run!` and `ID!` give different answers. Give one an alias.",
    ),
    (
        "{ found { ... on Node { x: id } ... on Story { x: title } } }",
        "Two fields would both be `x` in the answer, but `id` and `title` are different fields. Give one an alias.",
    ),
    (
        "subscription { __typename }",
        "There is no field `__typename` on type `Ticks`.",
    ),
    (
        "subscription { a: ticks(n: 1) { index } ticks(n: 1) { index } }",
        "A subscription selects exactly one field.",
    ),
    (
        "{ user } query A { user }",
        "An operation without a name must be the only one of its document.",
    ),
    (
        "{ user } { user }",
        "An operation without a name must be the only one of its document.",
    ),
    (
        "query A { user } mutation A { count { calls } }",
        "The operation `A` is defined twice.",
    ),
    (
        "{ ...F } fragment F on Query { user } fragment F on Query { user }",
        "The fragment `F` is defined twice.",
    ),
];

fn filled(text: &str) -> String {
    text.replace("<ID>", ID)
}

#[test]
fn valid_documents_are_let_in() {
    let engine = engine();

    for text in VALID {
        let mut incoming = query(filled(text));
        if text.contains("query A") {
            incoming.operation_name = Some("A".to_owned());
        }

        let refusal = engine.refusal(incoming);
        // Variables come after the document.
        assert!(
            refusal == "let in" || refusal.starts_with("400 BAD_USER_INPUT"),
            "{text}: {refusal}"
        );
    }
}

#[test]
fn invalid_documents_are_told_what_is_wrong_and_where() {
    let engine = engine();

    for (text, message) in INVALID {
        let refused = engine.ask(query(filled(text))).err();
        let refused = refused.unwrap_or_else(|| panic!("let in: {text}"));

        assert_eq!(
            super::told(&refused),
            format!("400 GRAPHQL_VALIDATION_FAILED {message}"),
            "{text}"
        );

        let locations = &refused.errors[0].locations;
        assert!(
            locations.iter().all(|place| place.line == 1 && place.column >= 1),
            "{text}: {locations:?}"
        );
        assert!(!locations.is_empty(), "{text}");
    }
}

/// Invalid documents that async-graphql lets in: it does not look into scalars of other crates, into `__typename` and into
/// the directives of variables; it lets a variable stand where its type may not; and it compares fields of one name only
/// within one fragment and one level.
const IT_LETS_IN: &[&str] = &[
    "{ story(id: \"x\") { id } }",
    "{ echo(n: 3000000000) }",
    "{ echo(kind: \"STORY\") }",
    "{ echo(at: \"now\") }",
    "{ echo(input: 1) }",
    "{ echo(json: { a: 1, a: 2 }) }",
    "query($s: String) { echo(which: { name: $s }) }",
    "query($x: Int @skip(if: true)) { echo(n: $x) }",
    "{ __typename @nope }",
    "{ __typename(x: 1) }",
    "{ __typename { x } }",
    "query($x: String) { echo(n: $x) }",
    "query($x: UUID) { story(id: $x) { id } }",
    "query($x: UUID = null) { story(id: $x) { id } }",
    "query($x: String!) { echo(list: $x) }",
    "query($x: [String]) { echo(list: $x) }",
    "query($x: Boolean) { user @skip(if: $x) }",
    "{ a: user ...F } fragment F on Query { a: echo }",
    "{ node { ... on Run { log { x: title } } } node { ... on Run { log { x: index } } } }",
    "{ found { ... on Story { title } ... on Run { title } } }",
    "{ found { ... on Story { x: run { id } } ... on Run { x: id } } }",
    "{ found { ... on Node { x: id } ... on Story { x: title } } }",
    "subscription { a: ticks(n: 1) { index } ticks(n: 1) { index } }",
];

#[tokio::test]
async fn async_graphqls_own_rules_agree_but_where_they_are_wrong() {
    let theirs = Schema::build(Query, Mutation::default(), Ticks).finish();
    let valid = async |text: &str| {
        let mut request = async_graphql::Request::new(filled(text)).data(super::somebody());
        if text.contains("query A") && text.contains("query B") {
            request = request.operation_name("A");
        }

        let response = if text.starts_with("subscription") {
            let mut stream = theirs.execute_stream(request);
            async_graphql::futures_util::StreamExt::next(&mut stream)
                .await
                .unwrap()
        } else {
            theirs.execute(request).await
        };

        // Errors of the execution have a path.
        response.errors.iter().all(|error| !error.path.is_empty())
    };

    let mut refused = Vec::new();
    for text in VALID {
        if !valid(text).await {
            refused.push(*text);
        }
    }

    let mut let_in = Vec::new();
    for (text, _) in INVALID {
        // It panics on these.
        if !text.contains("[Nope!] =") && valid(text).await {
            let_in.push(*text);
        }
    }

    assert_eq!(refused, [""; 0]);
    assert_eq!(let_in, IT_LETS_IN);
}

#[test]
fn async_graphqls_parser_reads_the_same() {
    let invalid = INVALID.iter().map(|(text, _)| *text);
    let more = [
        super::attacks::INTROSPECTION,
        "query Q($a: [Int!]! = [1, -2], $b: T = {a: \"x\", b: [E, null, true, 1.5e3, $]}) @d(x: $a) { a: b(c: $a, d: \"\"\"\n  x\n   y \\\"\"\" \n\"\"\") @e ...F @f ... @g { x } ... on T @h { y } }",
        "{ a(s: \"\\u00e9\\n\\\"\") }",
        "{a,b,,c#x\n,d}",
        "{ on query: fragment mutation { true null false } }",
        "fragment on on on { a } { ...on }",
        "query query { query } fragment fragment on on { on }",
        "{ a(b: [[], {}, [{}]]) }",
        "{",
        "}",
        "{ a(b:) }",
        "{ a() }",
        "{ a { } }",
        "query ( ) { a }",
        "{ ... }",
        "{ ...on }",
        "{ a: }",
        "{ a @ }",
        "{ a(b: $) }",
        "query($a) { a }",
        "query($a: [Int) { a }",
        "query($a: Int = $b) { a }",
        "subscription S { a } mutation M { b }",
    ];

    for text in VALID.iter().copied().chain(invalid).chain(more) {
        let text = filled(text);
        let (ours, theirs) = (parse_document(&text, &limits()), parse_query(&text));

        match (ours, theirs) {
            (Ok(ours), Ok(theirs)) => {
                // Their maps have no order.
                let (ours, theirs) = (
                    serde_json::to_value(ours).unwrap(),
                    serde_json::to_value(theirs).unwrap(),
                );
                assert_eq!(sorted(ours), sorted(theirs), "{text}");
            }
            (Err(_), Err(_)) => {}
            (ours, theirs) => {
                // What they let in: a field of an object twice, no variable between brackets, a fragment called `on`.
                let known = ["a: 1, a: 2", "query ( )", "...on }"]
                    .iter()
                    .any(|known| text.contains(known));
                assert!(known, "{text}: {ours:?} {theirs:?}");
            }
        }
    }
}

fn sorted(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;

    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields
                .into_iter()
                .map(|(name, value)| (name, sorted(value)))
                .collect();
            fields.sort_by(|one, other| one.0.cmp(&other.0));
            Value::Object(fields.into_iter().collect())
        }
        Value::Array(values) => Value::Array(values.into_iter().map(sorted).collect()),
        other => other,
    }
}

#[test]
fn what_our_parser_reads_beyond_theirs() {
    let read = |text: &str| parse_document(text, &limits()).map(|document| document.operations.iter().len());
    for text in [
        // Spaces inside a type, and a directive after a default.
        "query($a: [ Int ! ] !) { a }",
        "query($a: Int = 1 @d) { a }",
        // Descriptions, which are new in the specification of 2025.
        "\"what it is\" query Q(\"\"\"what\"\"\" $a: Int) { a } \"and this\" fragment F on T { a }",
        // A character beyond the first 65,536.
        "{ a(b: \"\\uD83D\\uDE00 \\u{1F600}\") }",
    ] {
        assert_eq!(read(text).map_err(|problem| problem.message), Ok(1), "{text}");
    }

    for (text, message) in [
        ("", "expected an operation, found the end"),
        ("fragment F on T { a }", "expected an operation, found the end"),
        ("{ a ", "expected a name, found the end"),
        ("{ a(b: 1 }", "expected a name, found `}`"),
        ("{ a(b 1) }", "expected `:`, found `1`"),
        ("query Q", "expected `{`, found the end"),
        (
            "{ a } b",
            "expected `query`, `mutation`, `subscription`, `fragment` or `{`, found `b`",
        ),
        (
            "{ ...F } fragment on on T { a }",
            "expected the name of a fragment, found `on`",
        ),
        ("{ ...F } fragment F T { a }", "expected `on`, found `T`"),
        ("{ a(b: \"\\x\") }", "there is a wrong escape in a string"),
        ("{ \"a\" }", "expected a name, found a string"),
        ("{ a(b: )) }", "expected a value, found `)`"),
        ("{}", "expected a field, found `}`"),
    ] {
        let told = read(text).unwrap_err().message;
        assert_eq!(told, format!("The document is not GraphQL: {message}."), "{text}");
    }
}
