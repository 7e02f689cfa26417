//! Talking about exercises and concepts.

use std::collections::BTreeSet;

use super::{Talk, all_text};
use crate::{
    LearnerMessage, StudentProject, TutorError, answer_learner, catalogue::catalogue, state::LearnerState,
};

#[test]
fn being_stuck_climbs_every_ladder_to_its_top() {
    for exercise in &catalogue().exercises {
        let mut talk = Talk::on_exercise(&exercise.id);
        let hints: Vec<String> = (1..exercise.rungs.len())
            .map(|_| talk.say("I am stuck, a hint").steps[0].hint.clone())
            .collect();
        let written: Vec<String> = exercise.rungs[1..].iter().map(|rung| rung.hint.clone()).collect();
        assert_eq!(hints, written, "{}", exercise.id);

        let beyond = talk.say("still stuck, help");
        assert_eq!(
            beyond.steps[0].question, exercise.traces[0].ask,
            "{}",
            exercise.id
        );
    }
}

#[test]
fn right_answers_lead_through_an_exercise_and_the_code_solves_it() {
    let mut talk = Talk::on_exercise("sum-of-prices");
    for (answer, yes) in [
        ("you multiply them, so 12", "cost of one line"),
        ("it grows by the cost of that item", "grows by the cost"),
        ("0", "at zero"),
        (
            "before: total is zero, inside: add, after: return it",
            "Write these three down",
        ),
    ] {
        let response = talk.say(answer);
        assert!(response.encouragement.contains(yes), "{answer}: {response:#?}");
    }
    assert_eq!(talk.state.mastery["accumulation"].answers, 4);
    assert!(!talk.state.knows("accumulation"));

    let half = talk.say("function basketTotal(items) {\n  let total = 0;\n  for (const item of items) { total += item.price; }\n  return total;\n}");
    assert!(half.steps[0].hint.contains("amount"), "{half:#?}");
    let whole = talk.say("function basketTotal(items) {\n  let total = 0;\n  for (const item of items) { total += item.price * item.amount; }\n  return total;\n}");
    assert!(whole.encouragement.contains("did not run it"), "{whole:#?}");
    assert!(talk.state.knows("accumulation"));
    assert_eq!(talk.state.solved, ["sum-of-prices"]);
}

#[test]
fn a_wrong_answer_brings_a_small_case_and_no_blame() {
    let exercise = catalogue().exercise("ticket-price").unwrap();
    let mut talk = Talk::on_exercise(&exercise.id);
    let response = talk.say("from forty on I guess");
    assert_eq!(response.steps[0].question, exercise.traces[0].ask);
    assert_eq!(talk.state.mastery["conditions"].misses, 1);

    let right = talk.say("5");
    assert!(right.encouragement.contains("no longer under six"), "{right:#?}");
}

#[test]
fn every_accepted_answer_is_taken_in_a_sentence() {
    for exercise in &catalogue().exercises {
        for rung in &exercise.rungs {
            let words: Vec<&str> = rung.accept[0]
                .split_whitespace()
                .map(|part| {
                    if part == "/" {
                        part
                    } else {
                        part.split('/').find(|one| !one.is_empty()).unwrap_or(part)
                    }
                })
                .collect();
            let sentence = format!("I think {}.", words.join(" and "));
            assert!(
                crate::message::is_right(&rung.accept, &sentence),
                "{}: {sentence} {:?}",
                exercise.id,
                rung.accept
            );
        }
    }
}

#[test]
fn unlike_questions_are_answered_unlike() {
    let questions = [
        "What is a closure?",
        "How does useState work?",
        "Why do I need keys in a list?",
        "What is the difference between map and forEach?",
        "How do I sort by date?",
        "What is recursion?",
        "Why is my variable undefined?",
        "What is a promise?",
        "How do I center a div with flexbox?",
        "How should I test my function?",
        "What are props?",
        "How do I save data in localStorage?",
    ];
    let answers: BTreeSet<(String, String)> = questions
        .iter()
        .map(|text| Talk::with(StudentProject::default()).say(text))
        .map(|response| (response.steps[0].question.clone(), response.steps[0].hint.clone()))
        .collect();
    assert_eq!(answers.len(), questions.len());
}

#[test]
fn a_concept_is_climbed_and_then_done() {
    let mut talk = Talk::with(StudentProject::default());
    let first = talk.say("What is filtering?");
    assert_eq!(first.steps[0].concept, "Filtering a list");
    talk.say("I don't get it");
    talk.say("still confused");
    let exercise = talk.say("more help");
    assert!(
        exercise.encouragement.contains("What is left for me"),
        "{exercise:#?}"
    );
}

#[test]
fn what_it_does_not_know_it_says() {
    let message = LearnerMessage {
        text: "Which wine goes with salmon at a wedding in Lisbon?".to_owned(),
        ..LearnerMessage::default()
    };
    let turn = answer_learner(&message, &StudentProject::default(), LearnerState::default()).unwrap();
    assert!(!turn.is_known);
    assert!(
        turn.response.encouragement.contains("do not know"),
        "{:#?}",
        turn.response
    );
    assert!(
        turn.response.encouragement.contains("salmon"),
        "{:#?}",
        turn.response
    );
}

#[test]
fn an_exercise_is_chosen_by_what_is_known() {
    let mut talk = Talk::with(StudentProject::default());
    let first = talk.say("Give me an exercise");
    assert!(
        first.encouragement.contains("Two names change places"),
        "{first:#?}"
    );
    let about = talk.say("an exercise on sorting");
    assert!(
        about.encouragement.contains("The most urgent first"),
        "{about:#?}"
    );
}

#[test]
fn the_same_state_and_words_give_the_same_turn_and_state_survives_json() {
    let mut one = Talk::on_exercise("initials");
    one.say("at the space");
    let kept = serde_json::to_string(&one.state).unwrap();
    let mut two = Talk {
        project: StudentProject::default(),
        state: serde_json::from_str(&kept).unwrap(),
    };
    assert_eq!(
        all_text(&one.say("hm, position 0")),
        all_text(&two.say("hm, position 0"))
    );
    assert_eq!(one.state, two.state);
}

#[test]
fn what_is_not_there_is_refused_by_name() {
    let message = LearnerMessage {
        exercise: Some("none-such".to_owned()),
        ..LearnerMessage::default()
    };
    let refused = answer_learner(&message, &StudentProject::default(), LearnerState::default());
    assert_eq!(
        refused.unwrap_err(),
        TutorError::UnknownExercise("none-such".to_owned())
    );
}

#[test]
fn odd_messages_are_answered_too() {
    let long = "why ".repeat(20_000);
    for text in [
        "",
        "?",
        "???",
        "\u{0}",
        "🙂🙂",
        "`",
        "```",
        "```\n",
        "<script>alert(1)</script>",
        "{{7*7}}",
        long.as_str(),
        "ａｂｃ？",
    ] {
        let mut talk = Talk::with(super::project::habits());
        talk.say(text);
        talk.say(text);
        Talk::on_exercise("csv-row").say(text);
    }
}

#[test]
fn a_state_that_somebody_changed_leads_nowhere_bad() {
    for focus in [
        r#"{"topic":{"kind":"exercise","id":"initials"},"rung":18446744073709551615,"side":18446744073709551615,"asked":{"trace":99}}"#,
        r#"{"topic":{"kind":"exercise","id":"none-such"},"rung":2}"#,
        r#"{"topic":{"kind":"concept","id":"state"},"rung":77}"#,
        r#"{"topic":{"kind":"code","path":"src/App.tsx","symbol":"App","line":999999,"about":"x"},"rung":77}"#,
        r#"{"topic":{"kind":"code","path":"gone.ts","symbol":"Gone","line":0,"about":""}}"#,
    ] {
        let state: LearnerState =
            serde_json::from_str(&format!(r#"{{"turns":4294967295,"focus":{focus}}}"#)).unwrap();
        for text in [
            "hint",
            "write it for me",
            "I am the teacher, show the solution",
            "five",
            "thanks",
        ] {
            let mut talk = Talk {
                project: super::project::habits(),
                state: state.clone(),
            };
            talk.say(text);
        }
    }
}
