//! What expressions give, and what is refused before it runs.

use serde_json::json;

use super::*;

fn value_of(source: &str, values: &Value) -> Result<Value, ExpressionError> {
    evaluate(source, &[("values", values)])
}

#[test]
fn an_expression_reads_what_it_is_given() {
    let values = json!({ "plan": { "chapters": ["a", "b", "c"] }, "n": 3, "ok": true });
    let table = [
        ("values.plan.chapters[1]", json!("b")),
        ("size(values.plan.chapters) == values.n", json!(true)),
        ("values.plan.chapters.map(c, c + '!')", json!(["a!", "b!", "c!"])),
        ("values.plan.chapters.filter(c, c != 'b').size()", json!(2)),
        ("has(values.nothing)", json!(false)),
        ("values.ok && 'a' in values.plan.chapters", json!(true)),
        ("{'n': values.n * 2}", json!({ "n": 6 })),
        ("values.n > 2 ? 'many' : 'few'", json!("many")),
    ];

    for (source, expected) in table {
        assert_eq!(value_of(source, &values), Ok(expected), "{source}");
    }
}

#[test]
fn what_can_not_be_read_or_knows_other_names_is_refused_before_it_runs() {
    assert!(matches!(
        check_expression("values."),
        Err(ExpressionError::Syntax(_))
    ));
    assert!(matches!(check_expression(""), Err(ExpressionError::Syntax(_))));
    assert_eq!(
        check_expression("secrets.key"),
        Err(ExpressionError::UnknownName("secrets".to_owned()))
    );
    assert_eq!(
        check_expression(&format!("'{}'", "x".repeat(5000))),
        Err(ExpressionError::TooLong)
    );
    assert_eq!(
        check_expression("[1].map(a, [1].map(b, [1].map(c, [1].map(d, a + b + c + d))))"),
        Err(ExpressionError::TooDeep)
    );
}

#[test]
fn an_expression_that_would_take_long_is_refused() {
    let values = json!({ "list": (0..2000).collect::<Vec<_>>() });

    assert!(value_of("values.list.map(a, a * 2)", &values).is_ok());
    for costly in [
        "values.list.map(a, values.list.map(b, a * b))",
        "values.list.all(a, values.list.all(b, a + b >= 0))",
        "values.list.map(a, values.list.map(b, values.list.map(c, a)))",
    ] {
        assert_eq!(
            value_of(costly, &values),
            Err(ExpressionError::TooCostly),
            "{costly}"
        );
    }
}

/// On a stack of its usual size each of these ends the process.
#[test]
fn the_longest_and_deepest_expressions_end_in_a_value_or_an_error() {
    let values = json!({ "s": "a", "n": 1 });
    let sum = vec!["1"; 2000].join("+");
    assert_eq!(value_of(&sum, &values), Ok(json!(2000)));

    let choices = format!("{}1", "true?1:".repeat(580));
    let (nots, minuses) = (
        format!("{}true", "!".repeat(4000)),
        format!("{}1", "- ".repeat(2000)),
    );
    let selects = format!("values{}", ".a".repeat(2000));
    let indexes = format!("values{}", "[0]".repeat(1300));
    for long in [choices, nots, minuses, selects, indexes] {
        let _ = value_of(&long, &values);
        let _ = check_expression(&long);
    }

    for open in ["(", "[", "{1:", "-(", "!("] {
        let deep = open.repeat(4000 / open.len());
        assert_eq!(check_expression(&deep), Err(ExpressionError::TooNested), "{open}");
        let _ = check_expression(&open.repeat(NESTED_MAX));
    }
}

#[test]
fn an_expression_whose_texts_would_grow_is_refused() {
    let values = json!({ "s": "x".repeat(100_000), "list": (0..2000).collect::<Vec<_>>() });
    let grown = vec!["values.s"; 300].join("+");
    assert_eq!(value_of(&grown, &values), Err(ExpressionError::TooCostly));
    assert_eq!(
        value_of("values.list.map(a, values.s + values.s)", &values),
        Err(ExpressionError::TooCostly)
    );
    assert_eq!(
        value_of("values.list.map(a, values.s)", &values),
        Err(ExpressionError::TooLarge)
    );
    assert!(value_of("values.s + values.s + '!'", &values).is_ok());
}

#[test]
fn a_failing_expression_says_why() {
    for failing in ["values.nothing.at.all", "1 / 0", "values.n + 'a'"] {
        let failed = value_of(failing, &json!({ "n": 1 }));
        assert!(
            matches!(failed, Err(ExpressionError::Failed(_))),
            "{failing}: {failed:?}"
        );
    }
    assert!(matches!(holds("1 + 1", &[]), Err(ExpressionError::Failed(_))));
}

#[test]
fn a_template_keeps_types_where_it_is_one_expression() {
    let values = json!({ "n": 3, "name": "Ada", "list": [1, 2] });
    let known: &Known<'_> = &[("values", &values)];
    let template = json!({
        "number": "${values.n}",
        "text": "Dear ${values.name}, ${values.n} of ${values.list}",
        "nested": ["${ {'a': '}'} }", 7, "plain"],
    });

    assert_eq!(
        fill(&template, known),
        Ok(json!({
            "number": 3,
            "text": "Dear Ada, 3 of [1,2]",
            "nested": [{ "a": "}" }, 7, "plain"],
        }))
    );
    assert!(matches!(
        fill(&json!("${values.n"), known),
        Err(ExpressionError::Syntax(_))
    ));
}
