//! Every limit on both sides: so many pass, one more is refused with the limit's code and its number.

use async_graphql::futures_util::FutureExt;
use serde_json::{Map, Value, json};

use super::{Incoming, engine_with, query, with};
use crate::Limits;

/// A limit set to `n`: what has `n` of it passes, what has one more is refused with this code and names `n`.
fn holds(code: &str, n: u64, set: impl Fn(&mut Limits), of: impl Fn(u64) -> Incoming) {
    let engine = engine_with(|config| {
        // Only this one shall count.
        let most = 1_000_000;
        config.limits = Limits {
            document_bytes: most,
            tokens: most,
            nesting: 60,
            operations: most,
            fragments: most,
            selections: most as u64,
            depth: most as u64,
            root_fields: most as u64,
            aliases: most,
            directives: most,
            directives_at_once: most,
            complexity: most as u64,
            page_size: 20,
            list_size: 10,
            introspection: most as u64,
            answer_bytes: most,
            variables: most,
            variable_bytes: most,
            variable_nesting: most,
            errors: 10,
        };
        set(&mut config.limits);
    });

    assert_eq!(engine.refusal(of(n)), "let in", "{code}");

    let refusal = engine.refusal(of(n + 1));
    assert!(refusal.starts_with(&format!("400 {code} ")), "{refusal}");
    assert!(refusal.contains(&format!("at most {n} ")), "{refusal}");
}

/// `text` so many times, with its number in place of `#`.
fn many(n: u64, text: &str) -> String {
    (0..n)
        .map(|index| text.replace('#', &index.to_string()))
        .collect()
}

#[test]
fn bytes_and_tokens_of_the_text() {
    let spaces = |n: u64| query(format!("{{__typename}}{}", many(n - 12, " ")));
    holds(
        "QUERY_TOO_LARGE",
        100,
        |limits| limits.document_bytes = 100,
        spaces,
    );

    let tokens = |n: u64| query(format!("{{{}}}", many(n - 2, " __typename")));
    holds("QUERY_TOO_MANY_TOKENS", 100, |limits| limits.tokens = 100, tokens);
}

#[test]
fn brackets_open_at_once_in_selections_lists_and_objects() {
    let set = |limits: &mut Limits| limits.nesting = 12;
    holds("QUERY_NESTED_TOO_DEEP", 12, set, |n| {
        // The first is the operation's own.
        query(format!(
            "{{{}__typename{}}}",
            many(n - 1, "...{"),
            many(n - 1, "}")
        ))
    });

    let list = |n: u64| {
        query(format!(
            "{{ echo(json: {}{}) }}",
            many(n - 2, "["),
            many(n - 2, "]")
        ))
    };

    holds("QUERY_NESTED_TOO_DEEP", 12, set, list);

    let object = |n: u64| {
        query(format!(
            "{{ echo(json: {}1{}) }}",
            many(n - 2, "{a:"),
            many(n - 2, "}")
        ))
    };

    holds("QUERY_NESTED_TOO_DEEP", 12, set, object);

    let ty = |n: u64| {
        query(format!(
            "query($x: {}Int{}) {{ __typename }}",
            many(n - 1, "["),
            many(n - 1, "]")
        ))
    };

    let engine = engine_with(|config| set(&mut config.limits));
    // One that fits is refused for another reason: it is not used.
    assert!(engine.refusal(ty(12)).contains("never used"));
    assert!(engine.refusal(ty(13)).contains("at most 12 "));
}

#[test]
fn selections_open_at_once_when_fragments_are_in_place() {
    // Each fragment is one level, and the last one's own.
    let of = |n: u64| {
        let spread = many(n - 2, "fragment F# on Query { ...F+ } ");
        let mut text = format!(
            "{{ ...F0 }} {spread} fragment F{} on Query {{ __typename }}",
            n - 2
        );
        for index in 0..n - 2 {
            text = text.replacen("F+", &format!("F{}", index + 1), 1);
        }

        query(text)
    };

    holds("QUERY_NESTED_TOO_DEEP", 12, |limits| limits.nesting = 12, of);
}

#[test]
fn operations_and_fragments_of_a_document() {
    let operations = |n: u64| Incoming {
        operation_name: Some("Q0".to_owned()),
        ..query(many(n, "query Q# { __typename } "))
    };
    holds(
        "QUERY_TOO_MANY_OPERATIONS",
        3,
        |limits| limits.operations = 3,
        operations,
    );

    let fragments = |n: u64| {
        let spreads = many(n, "...F# ");
        query(format!(
            "{{ {spreads} }} {}",
            many(n, "fragment F# on Query { __typename } ")
        ))
    };

    holds(
        "QUERY_TOO_MANY_FRAGMENTS",
        3,
        |limits| limits.fragments = 3,
        fragments,
    );
}

#[test]
fn selections_once_fragments_are_in_place() {
    // Each spread of the fragment counts itself and the ten fields in it.
    let of = |n: u64| {
        let (spreads, rest) = (many(n / 11, "...F "), many(n % 11, "__typename "));
        query(format!(
            "{{ {spreads} {rest} }} fragment F on Query {{ {} }}",
            many(10, "__typename ")
        ))
    };

    holds(
        "QUERY_TOO_MANY_SELECTIONS",
        110,
        |limits| limits.selections = 110,
        of,
    );

    // All operations of a document count, whichever runs.
    let both = |n: u64| Incoming {
        operation_name: Some("A".to_owned()),
        ..query(format!(
            "query A {{ {} }} query B {{ __typename }}",
            many(n - 1, "__typename ")
        ))
    };

    holds(
        "QUERY_TOO_MANY_SELECTIONS",
        20,
        |limits| limits.selections = 20,
        both,
    );
}

#[test]
fn depth_counts_fields_through_fragments() {
    let set = |limits: &mut Limits| limits.depth = 8;
    let plain = |n: u64| {
        query(format!(
            "{{ node {}{{ id }}{} }}",
            many(n - 2, "{ ...on Run { node "),
            many(n - 2, "} }")
        ))
    };

    holds("QUERY_TOO_DEEP", 8, set, plain);

    let spread = |n: u64| {
        let inside = format!(
            "node {}{{ id }}{}",
            many(n - 3, "{ ...on Run { node "),
            many(n - 3, "} }")
        );
        query(format!("{{ node {{ ...F }} }} fragment F on Run {{ {inside} }}"))
    };

    holds("QUERY_TOO_DEEP", 8, set, spread);
}

#[test]
fn root_fields_count_through_fragments() {
    let of = |n: u64| {
        query(format!(
            "{{ ...F ... {{ a: user }} }} fragment F on Query {{ {} }}",
            many(n - 1, "f#: user ")
        ))
    };

    holds(
        "QUERY_TOO_MANY_ROOT_FIELDS",
        6,
        |limits| limits.root_fields = 6,
        of,
    );
}

#[test]
fn aliases_of_a_document() {
    let of = |n: u64| {
        query(format!(
            "{{ ...F node {{ a: id }} }} fragment F on Query {{ {} }}",
            many(n - 1, "a#: user ")
        ))
    };
    holds("QUERY_TOO_MANY_ALIASES", 6, |limits| limits.aliases = 6, of);
}

#[test]
fn directives_of_a_document_and_in_one_place() {
    let skip = "@skip(if: false) ";
    let all = |n: u64| {
        let fields = many(n - 2, &format!("f#: user {skip}"));
        query(format!(
            "{{ ...F {skip} ... {skip} {{ user }} }} fragment F on Query {{ {fields} }}"
        ))
    };

    holds(
        "QUERY_TOO_MANY_DIRECTIVES",
        6,
        |limits| limits.directives = 6,
        all,
    );

    // Two of a kind may not stand together, so that three are refused whatever the limit is.
    let engine = engine_with(|config| config.limits.directives_at_once = 2);
    let at_once = |n: u64| query(format!("{{ user {} }}", many(n, skip)));
    let both = query(format!("{{ user {skip} @include(if: true) }}"));

    assert_eq!(engine.refusal(both), "let in");
    assert!(engine.refusal(at_once(2)).contains("only once"));

    let refusal = engine.refusal(at_once(3));
    assert!(refusal.starts_with("400 QUERY_TOO_MANY_DIRECTIVES "), "{refusal}");
    assert!(refusal.contains("at most 2 "), "{refusal}");
}

#[test]
fn complexity_counts_the_length_of_lists() {
    let set = |limits: &mut Limits| limits.complexity = 41;
    // A connection costs one, and for each of its items: the edge, the node and its two fields.
    let literal = |n: u64| {
        query(format!(
            "{{ stories(first: {}) {{ edges {{ node {{ id title }} }} }} }}",
            (n - 1) / 4 + u64::from(n > 41)
        ))
    };

    holds("QUERY_TOO_COMPLEX", 41, set, literal);

    let text = "query($n: Int) { stories(first: $n) { edges { node { id title } } } }";
    let variable = |n: u64| with(text, json!({ "n": if n > 41 { 11 } else { 10 } }));
    holds("QUERY_TOO_COMPLEX", 41, set, variable);

    for (text, variables, cost) in [
        ("{ user }", json!({}), 1),
        // Lengths that are not given: the configured one, the schema's own, the variable's default.
        ("{ stories { edges { cursor } } }", json!({}), 41),
        (text, json!({}), 81),
        (text, json!({ "n": null }), 81),
        (text, json!({ "n": -5 }), 1),
        (text, json!({ "n": 0 }), 1),
        (
            "query($n: Int = 3) { stories(first: $n) { edges { cursor } } }",
            json!({}),
            7,
        ),
        (
            "query($n: Int) { story(id: \"0f8fad5b-d9cb-469f-a165-70867728950e\") { run { log(last: $n) { index } } } }",
            json!({}),
            33,
        ),
        (
            "{ story(id: \"0f8fad5b-d9cb-469f-a165-70867728950e\") { run { log { index } } } }",
            json!({}),
            33,
        ),
        // A list that takes no length, and lists inside lists.
        ("{ found { __typename } }", json!({}), 11),
        (
            "{ stories(first: 5) { edges { node { chapters { title } } } } }",
            json!({}),
            1 + 5 * (2 + 1 + 10),
        ),
        (
            "query($n: Int!, $m: Int!) { stories(first: $n) { edges { node { run { log(last: $m) { index } } } } } }",
            json!({ "n": 3, "m": 4 }),
            1 + 3 * (3 + 1 + 4),
        ),
        // Under two names it is answered twice, under one once.
        (
            "{ a: stories(first: 5) { edges { cursor } } b: stories(first: 5) { edges { cursor } } }",
            json!({}),
            22,
        ),
        (
            "{ stories(first: 5) { edges { cursor } } stories(first: 5) { pageInfo { hasNextPage } } }",
            json!({}),
            21,
        ),
        (
            "{ ...F ...F } fragment F on Query { stories(first: 5) { edges { cursor } } }",
            json!({}),
            11,
        ),
    ] {
        let exact = engine_with(|config| config.limits.complexity = cost);
        assert_eq!(exact.refusal(with(text, variables.clone())), "let in", "{text}");
        let less = engine_with(|config| config.limits.complexity = cost - 1);
        let told = format!("may answer {cost} fields; at most {} are allowed", cost - 1);
        let refusal = less.refusal(with(text, variables));
        assert!(refusal.contains(&told), "{text}: {refusal}");
    }
}

#[test]
fn a_page_that_no_field_gives_costs_nothing_and_the_field_says_so() {
    let engine = engine_with(|_| {});
    let text = "query($n: Int) { a: stories(first: 100000) { edges { node { id } } } stories(first: $n) { edges { node { id } } } }";

    for n in [0, -5, 101, 100_000, i32::MAX] {
        let prepared = engine.ask(with(text, json!({ "n": n })));
        let response = engine
            .execute(prepared.unwrap_or_else(|_| panic!("{n}")))
            .now_or_never()
            .unwrap();
        let messages: Vec<_> = response
            .errors
            .iter()
            .map(|error| error.message.as_str())
            .collect();
        assert_eq!(messages, ["expected 1 to 100"; 2], "{n}");
    }
}

#[test]
fn a_long_field_counts_with_its_weight() {
    let holds = |cost: u64, text: &str| {
        for (limit, expected) in [(cost, true), (cost - 1, false)] {
            let engine = engine_with(|config| {
                config.weights = &[("Chapter.title", 20), ("Query.user", 5)];
                config.limits.complexity = limit;
            });
            assert_eq!(engine.ask(query(text)).is_ok(), expected, "{limit} {text}");
        }
    };
    holds(6, "{ user __typename }");
    // Of a list of ten, each one counts.
    holds(
        213,
        "{ story(id: \"0f8fad5b-d9cb-469f-a165-70867728950e\") { id chapters { title index } } }",
    );
    // However often it is written, and wherever.
    holds(
        10,
        "{ a: user ... { user user } ...F } fragment F on Query { user }",
    );
}

#[test]
fn of_the_types_that_an_object_can_have_the_dearest_counts() {
    let text = "{ found { __typename ... on Story { a: title b: title } ... on Run { status } } }";
    for (limit, expected) in [(31, true), (30, false)] {
        let engine = engine_with(|config| config.limits.complexity = limit);
        assert_eq!(engine.ask(query(text)).is_ok(), expected, "{limit}");
    }
}

#[test]
fn what_a_condition_leaves_out_is_not_counted_and_what_is_merged_is_counted_once() {
    let text = "query($y: Boolean!) { user ...F @include(if: $y) ... @include(if: $y) { user } }
        fragment F on Query { stories(first: 10) { edges { cursor } } ... @skip(if: $y) { a: user } }";
    for (y, cost) in [(false, 1), (true, 22)] {
        for (limit, expected) in [(cost, true), (cost - 1, false)] {
            let engine = engine_with(|config| config.limits.complexity = limit);
            let asked = engine.ask(with(text, json!({ "y": y })));
            assert_eq!(asked.is_ok(), expected, "{y} {limit}");
        }
    }
}

#[test]
fn requests_of_one_body_have_one_budget() {
    let engine = engine_with(|config| config.limits.complexity = 25);
    let page = || query("{ stories(first: 5) { edges { cursor } } }");
    let mut budget = engine.budget();
    let mut ask = |incoming| match engine.prepare_within(&mut budget, incoming, &super::somebody()) {
        Ok(_) => "let in".to_owned(),
        Err(refused) => super::told(&refused),
    };

    assert_eq!(ask(page()), "let in");
    assert_eq!(
        ask(query("{ nosuchfield }")),
        "400 GRAPHQL_VALIDATION_FAILED There is no field `nosuchfield` on type `Query`."
    );
    assert_eq!(ask(page()), "let in");

    let told = "The operation may answer 11 fields; of the 25 that a batch may have 3 are left.";
    assert_eq!(ask(page()), format!("400 QUERY_TOO_COMPLEX {told}"));
    // A small one still fits.
    assert_eq!(ask(query("{ user }")), "let in");

    let engine = engine_with(|config| config.limits.introspection = 25);
    let names = || query("{ __schema { queryType { name description kind } } }");
    let mut budget = engine.budget();
    let asked = (0..8).map(|_| engine.prepare_within(&mut budget, names(), &super::somebody()));
    let let_in = asked.filter(|asked| asked.is_ok()).count();
    assert_eq!(let_in, 5);
}

#[test]
fn complexity_that_is_beyond_all_numbers_is_refused_and_not_turned_round() {
    let engine = engine_with(|config| config.limits.list_size = u64::MAX);
    let deep = "stories(first: 100) { edges { node { chapters { title } run { log(last: 2147483647) { index } } } } }";
    let text = format!("{{ {} }}", many(9, &format!("a#: {deep} ")));
    assert!(engine.refusal(query(text)).starts_with("400 QUERY_TOO_COMPLEX"));
    let text =
        "query($n: Int!) { stories(first: 100) { edges { node { run { log(last: $n) { index } } } } } }";
    let refusal = engine.refusal(with(text, json!({ "n": i32::MAX })));
    assert!(refusal.starts_with("400 QUERY_TOO_COMPLEX"), "{refusal}");
}

#[test]
fn introspection_counts_what_it_will_return() {
    // Of an enum of two values: its name and, for each value, name and description.
    let of = |n: u64| {
        query(format!(
            "{{ __type(name: \"StoryKind\") {{ {} enumValues {{ name description }} }} }}",
            many(n - 5, "n#: name ")
        ))
    };

    holds(
        "INTROSPECTION_TOO_LARGE",
        20,
        |limits| limits.introspection = 20,
        of,
    );
}

#[test]
fn variables_of_an_operation() {
    let of = |n: u64| {
        let definitions = many(n, "$v#: String ");
        query(format!(
            "query({definitions}) {{ {} }}",
            many(n, "e#: echo(text: $v#) ")
        ))
    };
    holds("QUERY_TOO_MANY_VARIABLES", 5, |limits| limits.variables = 5, of);
}

#[test]
fn bytes_and_nesting_of_variables() {
    let text = "query($t: String, $j: JSON) { echo(text: $t, json: $j) }";
    let bytes = |n: u64| with(text, json!({ "t": "x".repeat(n as usize - 1) }));
    holds(
        "VARIABLES_TOO_LARGE",
        100,
        |limits| limits.variable_bytes = 100,
        bytes,
    );

    let nested = |n: u64| {
        let value = (0..n).fold(json!(1), |value, level| {
            if level % 2 == 0 {
                json!([value])
            } else {
                json!({ "a": value })
            }
        });
        with(text, Value::Object(Map::from_iter([("j".to_owned(), value)])))
    };

    holds(
        "VARIABLES_NESTED_TOO_DEEP",
        5,
        |limits| limits.variable_nesting = 5,
        nested,
    );
}

#[test]
fn errors_that_are_told() {
    for most in [1, 3] {
        let engine = engine_with(|config| config.limits.errors = most);
        let told = |incoming| engine.ask(incoming).err().map(|refused| refused.errors.len());

        assert_eq!(
            told(query(format!("{{ node {{ {} }} }}", many(100, "no# ")))),
            Some(most)
        );

        let definitions = many(20, "$v#: Int! ");
        let uses = many(20, "e#: echo(n: $v#) ");

        assert_eq!(
            told(query(format!("query({definitions}) {{ {uses} }}"))),
            Some(most)
        );
    }
}

#[test]
fn introspection_by_common_tools_is_within_the_limits() {
    let twice =
        super::attacks::INTROSPECTION.replace("{ __schema", "{ b: __schema { queryType { name } } __schema");

    for text in [super::attacks::INTROSPECTION, &twice] {
        assert_eq!(engine_with(|_| {}).refusal(query(text)), "let in");
    }
}
