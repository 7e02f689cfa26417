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
