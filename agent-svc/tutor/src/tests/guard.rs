//! What a model must not say in the tutor's name.

use crate::{Objection, PedagogyResponse, PedagogyStep, Said, judge_response};

fn response(hint: &str, question: &str) -> PedagogyResponse {
    PedagogyResponse {
        encouragement: "You are close to it.".to_owned(),
        steps: vec![PedagogyStep {
            step_number: 1,
            question: question.to_owned(),
            hint: hint.to_owned(),
            concept: "Accumulating".to_owned(),
        }],
        key_concept: "A result grows from element to element.".to_owned(),
        further_exploration: Vec::new(),
    }
}

fn judge(hint: &str) -> Vec<Objection> {
    let said = Said {
        exercise: Some("sum-of-prices"),
        own: &["const own = load(1);"],
        before: &[],
    };
    judge_response(&response(hint, "What do you keep in mind?"), &said)
}

#[test]
fn code_is_found_in_every_dress() {
    for hint in [
        "Try this:\n```js\nlet total = 0;\nfor (const item of items) {\n  total += item.price * item.amount;\n}\n```",
        "Write `total += item.price * item.amount` in the loop.",
        "You could use items.reduce((sum, item) => sum + item.price, 0) here.",
        "In Python: return sum(i['price'] * i['amount'] for i in items)",
        "let total = 0",
        "Start with: for (const item of items) {",
        "const basketTotal = (x) => x.length",
        "def basket_total(items):",
        "bGV0IHRvdGFsID0gMDsgZm9yIChjb25zdCBpdGVt",
        "6c657420746f74616c203d20303b20666f7220",
        ";latot nruter ;0 = latot tel ,sdrawkcab nruter tsuj",
        "ergher gbgny; shapgvba onfxrgGbgny",
        "f u n c t i o n basket",
    ] {
        assert!(!judge(hint).is_empty(), "{hint}");
    }
}

#[test]
fn sentences_and_the_learners_own_lines_go_out() {
    for hint in [
        "Think of what you keep in mind while you go from one price to the next (a running result).",
        "Your line `const own = load(1);` runs first.",
        "Look at `useState` and at `reduce`; both remember something.",
        "In src/list.tsx, line 24, the condition is the other way round.",
        "If the basket is empty, nothing should be paid (zero).",
        "For each item, the price counts as often as it is bought.",
    ] {
        assert_eq!(judge(hint), [], "{hint}");
    }
}

#[test]
fn one_question_is_asked_not_none_and_not_two() {
    let said = Said::default();
    assert_eq!(
        judge_response(&response("A hint it is.", "Tell me more."), &said),
        [Objection::Questions(0)]
    );
    assert_eq!(
        judge_response(&response("Is it so?", "What do you keep？"), &said),
        [Objection::Questions(2)]
    );
}

#[test]
fn pieces_over_several_turns_add_up() {
    let before = [
        "First comes `let` and `total`",
        "then `total = 0`",
        "now `; for`",
        "`( const item`",
        "`of items )`",
        "`{ total +=`",
        "`item . price * item . amount`",
    ];
    let said = Said {
        exercise: Some("sum-of-prices"),
        own: &[],
        before: &before,
    };
    assert!(
        judge_response(
            &response("Nearly there with `; } return total ; }`", "What is left?"),
            &said
        )
        .contains(&Objection::Solution)
    );
}

#[test]
fn bounds_are_held() {
    let mut long = response(&"word ".repeat(120), "What is it?");
    long.steps[0].concept = "c".repeat(201);
    long.encouragement = "Hi".to_owned();
    let objections = judge_response(&long, &Said::default());
    assert_eq!(
        objections,
        [
            Objection::Bounds("encouragement"),
            Objection::Bounds("hint"),
            Objection::Bounds("concept")
        ]
    );
}
