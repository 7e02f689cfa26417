//! What the tutor ships with.

use std::collections::BTreeSet;

use crate::{
    catalogue::{Rung, catalogue},
    code_tokens::{has_row, tokens_of},
    exercise_cards,
    words::is_question_mark,
};

/// How specific a hint is: the words out of a concept's or an exercise's own list that it has.
fn specificity<'a>(hint: &str, anchors: &'a [String]) -> BTreeSet<&'a str> {
    let hint = hint.to_lowercase();
    anchors
        .iter()
        .map(String::as_str)
        .filter(|anchor| hint.contains(anchor))
        .collect()
}

fn assert_ladder(of: &str, rungs: &[Rung], anchors: &[String]) {
    let mut below = BTreeSet::new();
    for (at, rung) in rungs.iter().enumerate() {
        let here = specificity(&rung.hint, anchors);
        assert!(
            here.is_superset(&below) && here.len() > below.len(),
            "{of}, rung {at}: {here:?} after {below:?}"
        );
        assert!(!rung.hint.chars().any(is_question_mark), "{of}, rung {at}");
        assert_eq!(
            rung.ask
                .chars()
                .filter(|letter| is_question_mark(*letter))
                .count(),
            1,
            "{of}, rung {at}"
        );
        below = here;
    }
}

#[test]
fn every_rung_says_all_that_the_one_below_it_said_and_more() {
    for exercise in &catalogue().exercises {
        assert!(exercise.rungs.len() >= 4, "{}", exercise.id);
        assert_ladder(&exercise.id, &exercise.rungs, &exercise.anchors);
    }
    for concept in &catalogue().concepts {
        assert!(concept.rungs.len() >= 3, "{}", concept.id);
        assert_ladder(&concept.id, &concept.rungs, &concept.anchors);
    }
}

#[test]
fn there_are_at_least_twenty_exercises_and_each_is_whole() {
    let cards = exercise_cards();
    let ids: BTreeSet<&str> = cards.iter().map(|card| card.id.as_str()).collect();
    assert!(cards.len() >= 20, "{}", cards.len());
    assert_eq!(ids.len(), cards.len());

    for exercise in &catalogue().exercises {
        assert!(
            catalogue().concept(&exercise.concept).is_some(),
            "{}",
            exercise.id
        );
        assert!(
            exercise.traces.len() >= 2 && exercise.checks.len() >= 2 && !exercise.solutions.is_empty(),
            "{}",
            exercise.id
        );
    }
}

#[test]
fn prerequisites_lead_to_a_beginning() {
    for concept in &catalogue().concepts {
        let mut open = vec![concept];
        let mut steps = 0;
        while let Some(next) = open.pop() {
            open.extend(next.needs.iter().map(|need| catalogue().concept(need).unwrap()));
            steps += 1;
            assert!(steps < 500, "{} stands on itself", concept.id);
        }
    }
}

#[test]
fn a_solution_passes_the_checks_of_its_exercise_and_an_unlike_one_does_not() {
    let passes = |exercise: &crate::catalogue::Exercise, code: &str| {
        let tokens = tokens_of(code);
        let failed = exercise
            .checks
            .iter()
            .position(|check| !check.any.iter().any(|row| has_row(&tokens, row)));
        failed.map_or(Ok(()), Err)
    };

    for exercise in &catalogue().exercises {
        for solution in &exercise.solutions {
            assert_eq!(passes(exercise, solution), Ok(()), "{}: {solution}", exercise.id);
        }
        assert!(
            passes(exercise, "console.log('hello');").is_err(),
            "{}",
            exercise.id
        );
    }
}

#[test]
fn what_is_said_after_a_right_answer_asks_nothing() {
    for exercise in &catalogue().exercises {
        let said = exercise
            .rungs
            .iter()
            .map(|rung| &rung.yes)
            .chain(exercise.traces.iter().map(|trace| &trace.yes));
        for yes in said {
            assert!(
                !yes.is_empty() && !yes.chars().any(is_question_mark),
                "{}: {yes}",
                exercise.id
            );
        }
    }
}
