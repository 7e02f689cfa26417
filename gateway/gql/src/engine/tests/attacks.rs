//! Documents made to cost much. Each is refused before it costs anything, or is small after all; none makes the engine
//! panic or overflow its stack.

use std::time::Instant;

use super::{engine, engine_with, query};
use crate::engine::{Document, Rules};

/// What GraphiQL and other tools send: the introspection query of graphql-js 16 with all its options.
pub(super) const INTROSPECTION: &str = include_str!("introspection.graphql");

fn many(n: usize, text: &str) -> String {
    (0..n)
        .map(|index| text.replace('#', &index.to_string()))
        .collect()
}

/// Fragments that each spread the next one `width` times, `levels` deep.
fn bomb(levels: usize, width: usize) -> String {
    let level = |index: usize| {
        let spreads = format!("...F{} ", index + 1).repeat(width);
        format!("fragment F{index} on Query {{ {spreads} }} ")
    };
    let levels_text: String = (0..levels).map(level).collect();
    format!("{{ ...F0 }} {levels_text} fragment F{levels} on Query {{ __typename }}")
}

/// Each attack with the code of its refusal, or `let in` for what turns out to be small.
pub(crate) fn attacks() -> Vec<(&'static str, String, &'static str)> {
    let deep = |open: &str, close: &str, n: usize| format!("{}{}", many(n, open), many(n, close));
    let story = "story(id: \"0f8fad5b-d9cb-469f-a165-70867728950e\")";

    vec![
        ("1 MB of parentheses", "(".repeat(1_048_576), "QUERY_TOO_LARGE"),
        ("64 KB of parentheses", "(".repeat(65_536), "GRAPHQL_PARSE_FAILED"),
        (
            "parentheses side by side",
            "()".repeat(32_768),
            "GRAPHQL_PARSE_FAILED",
        ),
        ("a few parentheses", "()".repeat(1_000), "GRAPHQL_PARSE_FAILED"),
        (
            "50,000 aliases",
            format!("{{{}}}", many(50_000, "a#:__typename ")),
            "QUERY_TOO_LARGE",
        ),
        (
            "5,000 aliases",
            format!("{{{}}}", many(5_000, "a#:x ")),
            "QUERY_TOO_MANY_TOKENS",
        ),
        (
            "600 aliases",
            format!("{{{}}}", many(600, "a#:x ")),
            "QUERY_TOO_MANY_ALIASES",
        ),
        (
            "a fragment of itself",
            "{ ...F } fragment F on Query { ...F }".into(),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "a circle of fragments nobody uses",
            "{ __typename } fragment A on Query { ...B } fragment B on Query { ...A }".into(),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "a circle of 49 fragments",
            format!(
                "{{ ...F0 }} {} fragment F48 on Query {{ ...F0 }}",
                (0..48)
                    .map(|i| format!("fragment F{i} on Query {{ ...F{} }} ", i + 1))
                    .collect::<String>()
            ),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "the spread bomb of 2.5 KB",
            bomb(4, 100),
            "QUERY_TOO_MANY_SELECTIONS",
        ),
        (
            "a bomb of two spreads 40 deep",
            bomb(40, 2),
            "QUERY_TOO_MANY_SELECTIONS",
        ),
        (
            "a bomb without a fuse",
            format!("{{ __typename }} {}", &bomb(4, 100)[10..]),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "deep selections",
            format!("{{{}}}", deep("node{", "}", 10_000)),
            "QUERY_NESTED_TOO_DEEP",
        ),
        (
            "deep inline fragments",
            format!("{{{}}}", deep("...{", "}", 10_000)),
            "QUERY_NESTED_TOO_DEEP",
        ),
        (
            "deep lists",
            format!("{{echo(json:{})}}", deep("[", "]", 20_000)),
            "QUERY_NESTED_TOO_DEEP",
        ),
        (
            "deep objects",
            format!("{{echo(json:{}1{})}}", many(10_000, "{a:"), many(10_000, "}")),
            "QUERY_NESTED_TOO_DEEP",
        ),
        (
            "a deep type",
            format!("query($x:{}){{a}}", deep("[", "]", 20_000)),
            "QUERY_NESTED_TOO_DEEP",
        ),
        (
            "a deep default",
            format!("query($x:JSON={}){{a}}", deep("[", "]", 20_000)),
            "QUERY_NESTED_TOO_DEEP",
        ),
        (
            "1,000 directives on one field",
            format!("{{user{}}}", many(1_000, "@a")),
            "QUERY_TOO_MANY_DIRECTIVES",
        ),
        (
            "400 directives that do not exist",
            format!("{{{}}}", many(400, "user@a# ")),
            "QUERY_TOO_MANY_DIRECTIVES",
        ),
        (
            "a huge name",
            format!("{{{}}}", "x".repeat(60_000)),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "a huge string",
            format!("{{echo(n:\"{}\")}}", "x".repeat(60_000)),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "a huge number",
            format!("{{echo(n:{})}}", "9".repeat(60_000)),
            "GRAPHQL_PARSE_FAILED",
        ),
        (
            "a string without an end",
            format!("{{echo(text:\"{}", "\\\"".repeat(30_000)),
            "GRAPHQL_PARSE_FAILED",
        ),
        (
            "a block string without an end",
            format!("{{echo(text:\"\"\"{}", "\"\" ".repeat(20_000)),
            "GRAPHQL_PARSE_FAILED",
        ),
        (
            "strings that never close a list",
            format!("{{echo(text:[{}", "\"\" ".repeat(2_000)),
            "GRAPHQL_PARSE_FAILED",
        ),
        (
            "a comment of 64 KB",
            format!("#{}", "#".repeat(65_000)),
            "GRAPHQL_PARSE_FAILED",
        ),
        (
            "comments between all tokens",
            "{#\n".repeat(39),
            "GRAPHQL_PARSE_FAILED",
        ),
        (
            "10,000 variables",
            format!("query({}){{a}}", many(10_000, "$v:I ")),
            "QUERY_TOO_MANY_TOKENS",
        ),
        (
            "500 variables",
            format!("query({}){{a}}", many(500, "$v#:Int ")),
            "QUERY_TOO_MANY_VARIABLES",
        ),
        (
            "a variable 50 times",
            format!("query({}){{user}}", many(50, "$v:Int ")),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "10,000 fragments",
            format!("{{a}}{}", many(10_000, "fragment F")),
            "QUERY_TOO_LARGE",
        ),
        (
            "200 fragments nobody uses",
            format!("{{user}}{}", many(200, "fragment F# on Query{user}")),
            "QUERY_TOO_MANY_FRAGMENTS",
        ),
        (
            "50 fragments nobody uses",
            format!("{{user}}{}", many(50, "fragment F# on Query{user}")),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "300 operations",
            many(300, "query Q#{user}"),
            "QUERY_TOO_MANY_OPERATIONS",
        ),
        (
            "a name twice",
            "query A{user}query A{user}".into(),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "arguments that differ",
            format!("{{{}}}", many(300, "echo(n:#)")),
            "QUERY_TOO_MANY_ROOT_FIELDS",
        ),
        (
            "arguments that differ, deep",
            format!("{{{story}{{{}}}}}", many(200, "run{log(last:#){index}}")),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "an argument 600 times",
            format!("{{echo({})}}", "n:1 ".repeat(600)),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "600 fields that do not exist",
            format!("{{found{{...on Story{{{}}}}}}}", many(600, "x# ")),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "introspection in circles",
            format!(
                "{{__schema{{types{{{}}}}}}}",
                many(40, "a#:fields{type{name ofType{name fields{name}}}args{name}}")
            ),
            "INTROSPECTION_TOO_LARGE",
        ),
        (
            "introspection in circles, deeper",
            format!(
                "{{__schema{{types{{{}name{}}}}}}}",
                "fields{type{".repeat(9),
                "}}".repeat(9)
            ),
            "QUERY_TOO_DEEP",
        ),
        (
            "introspection 400 wide",
            format!(
                "{{__schema{{types{{fields{{type{{fields{{{}}}}}}}}}}}}}",
                many(400, "type{name}")
            ),
            "let in",
        ),
        (
            "introspection 20 times",
            format!(
                "{{{}}}",
                many(20, "a#:__schema{types{fields{type{fields{args{type{name}}}}}}}")
            ),
            "let in",
        ),
        (
            "a type by a variable",
            "query($n:String!){__type(name:$n){fields{type{fields{type{fields{type{fields{name}}}}}}}}}"
                .into(),
            "BAD_USER_INPUT",
        ),
        (
            "lists of lists",
            format!(
                "{{{}}}",
                many(
                    20,
                    "a#:stories(first:100){edges{cursor node{id title kind createdAt}}}"
                )
            ),
            "QUERY_TOO_COMPLEX",
        ),
        (
            "a type that does not exist, with a default",
            "query($x:[Nope]=[1]){user}".into(),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ("nothing", String::new(), "GRAPHQL_PARSE_FAILED"),
        (
            "only what is left out",
            " ,\u{feff}\n".repeat(5_000),
            "GRAPHQL_PARSE_FAILED",
        ),
        (
            "control characters",
            "{\u{0}\u{1}}".into(),
            "GRAPHQL_PARSE_FAILED",
        ),
        ("a type system", "type A{a:Int}".into(), "GRAPHQL_PARSE_FAILED"),
        ("an empty selection", "{}".into(), "GRAPHQL_PARSE_FAILED"),
        ("half a document", "{ user".into(), "GRAPHQL_PARSE_FAILED"),
        (
            "a mutation of nothing",
            "mutation{nothing}".into(),
            "GRAPHQL_VALIDATION_FAILED",
        ),
    ]
}

#[test]
fn every_attack_has_its_answer_and_repeats_little_of_the_document() {
    // What may be read of a schema is made for the product's, which has ten times the types of this one.
    let engine = engine_with(|config| config.limits.introspection = 20_000);
    for (name, text, code) in attacks() {
        let refusal = engine.refusal(query(text));
        let told = refusal.split(' ').nth(1).unwrap();
        assert_eq!(
            if refusal == "let in" { "let in" } else { told },
            code,
            "{name}: {refusal}"
        );
    }
}

#[test]
fn a_circle_is_named() {
    let engine = engine();
    let circle = "{ ...A } fragment A on Query { ...A }";
    let refusal = engine.refusal(query(circle));

    assert_eq!(
        refusal,
        "400 GRAPHQL_VALIDATION_FAILED Fragments spread themselves in a circle: `A` → `A`."
    );

    let circle = "{ user } fragment A on Query { ...B } fragment B on Query { x { ...C } } fragment C on Query { ...A }";
    let refusal = engine.refusal(query(circle));
    for way in ["`A` → `B` → `C`", "`B` → `C` → `A`", "`C` → `A` → `B`"] {
        if refusal.contains(way) {
            return;
        }
    }

    panic!("{refusal}");
}

/// Written for a person: `cargo test -p gql how_long -- --nocapture`, in an optimised build for real times. The
/// shortest of several, because other work on the machine only makes it longer.
#[tokio::test]
async fn how_long_each_attack_and_a_known_query_take() {
    let engine = engine();
    let shortest = |mut once: Box<dyn FnMut() -> String + '_>| {
        let times = (0..5).map(|_| {
            let started = Instant::now();
            (once(), started.elapsed())
        });
        let (told, time) = times.min_by_key(|(_, time)| *time).unwrap();
        (told, time.as_secs_f64() * 1e3)
    };

    let texts = attacks()
        .into_iter()
        .map(|(name, text, _)| (name.to_owned(), text));
    for (name, text) in texts.chain(worst()) {
        let rules = Rules {
            types: super::types(),
            limits: &super::limits(),
        };

        let prepare = || match Document::prepare(&text, rules, true) {
            Ok(_) => "let in".to_owned(),
            Err(problems) => problems[0].code.as_str().to_owned(),
        };
        let (told, time) = shortest(Box::new(prepare));
        println!("{time:>9.3} ms  {name} ({} bytes): {told}", text.len());
    }

    let page = "query($n: Int) { stories(first: $n) { edges { node { id title kind createdAt } } } }";
    let ask = || super::with(page, serde_json::json!({ "n": 20 }));
    let (_, time) = shortest(Box::new(|| engine.refusal(ask())));
    println!("{time:>9.3} ms  to let a known query in");

    let mut best = f64::MAX;
    for _ in 0..20 {
        let prepared = engine
            .ask(ask())
            .unwrap_or_else(|refused| panic!("{}", super::told(&refused)));
        let started = Instant::now();
        let response = engine.execute(prepared).await;
        serde_json::to_vec(&response).unwrap();
        best = best.min(started.elapsed().as_secs_f64() * 1e3);
    }

    println!("{best:>9.3} ms  to run it and write its answer");
}

/// Documents that are as large as may be in one way or several.
fn worst() -> Vec<(String, String)> {
    let limits = super::limits();
    let tokens = limits.tokens;
    let selections = usize::try_from(limits.selections).unwrap();
    let story = "story(id: \"0f8fad5b-d9cb-469f-a165-70867728950e\")";
    let fields = "title ".repeat(tokens - 60);
    let wide = format!("{{ {story} {{ {fields} }} }}");
    let per = 100;
    let spreads = "...F ".repeat(selections / (per + 1) - 3);
    let spread = format!(
        "{{ {story} {{ {spreads} }} }} fragment F on Story {{ {} }}",
        "title ".repeat(per)
    );

    let nested = format!(
        "{{ {story} {{ {} {} {} }} }}",
        "...{".repeat(36),
        "title ".repeat(tokens - 160),
        "}".repeat(36)
    );

    let chain: String = (0..49)
        .map(|i| {
            let next = if i % 30 == 29 || i == 48 {
                String::new()
            } else {
                format!("...F{}", i + 1)
            };
            format!("fragment F{i} on Story {{ {} {next} }} ", "title ".repeat(36))
        })
        .collect();
    let chain = format!("{{ {story} {{ ...F0 ...F30 }} }} {chain}");
    let parents = format!(
        "{{ {story} {{ {} id {} }} }}",
        "parent { id title kind ".repeat(13),
        "}".repeat(13)
    );

    let lists = format!("{{ echo(json: [{}]) }}", "1 ".repeat(tokens - 20));
    let strings = format!(
        "{{ echo(json: [{}]) }}",
        "\"aaaaaaaaaaaaaaaaaaaaaaa\" ".repeat(tokens - 20)
    );
    let definitions = many(50, "$v#: Int! ");
    let uses = many(50, "$v# ");
    let operations = many(
        10,
        &format!(
            "query Q#({}) {{ ...F }} ",
            many(50, "$v^: Int! ").replace('^', "")
        ),
    );

    let variables = format!(
        "query({definitions}) {{ {} }}",
        many(20, &format!("e#: echo(json: [{uses}]) "))
    );
    let comments = format!("{{ user {} }}", "#\n".repeat(32_000));
    let introspection = INTROSPECTION.to_owned();

    [
        ("fields", wide),
        ("spreads", spread),
        ("inline fragments around many fields", nested),
        ("a chain of fragments", chain),
        ("parents", parents),
        ("a list", lists),
        ("strings", strings),
        ("variables", variables),
        ("operations", operations),
        ("comments", comments),
        ("introspection", introspection),
    ]
    .into_iter()
    .map(|(name, text)| (format!("worst: {name}"), text))
    .collect()
}
