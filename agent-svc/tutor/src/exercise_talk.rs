//! Talk about an exercise of the catalogue: its ladder, the small cases beside it, and what a learner says or writes.

use crate::{
    catalogue::{Exercise, catalogue},
    code_tokens::{has_row, tokens_of},
    message::is_right,
    reply::Draft,
    state::{Asked, Focus, LearnerState, Topic},
};

/// What every turn about an exercise has in common.
fn draft(exercise: &Exercise, focus: &Focus) -> Draft {
    let concept = catalogue().concept(&exercise.concept);
    let hint = exercise.rungs.get(focus.rung).map(|rung| rung.hint.clone());
    Draft {
        hint: hint.unwrap_or_default(),
        concept: concept.map(|concept| concept.name.clone()).unwrap_or_default(),
        key_concept: concept.map(|concept| concept.idea.clone()).unwrap_or_default(),
        further: vec![format!("The exercise: {}", exercise.prompt)],
        ..Draft::default()
    }
}

/// Begins an exercise with the first rung of its ladder.
pub(crate) fn begin(exercise: &Exercise, state: &mut LearnerState) -> Draft {
    let focus = Focus::on(Topic::Exercise {
        id: exercise.id.clone(),
    });
    let missing: Vec<String> = catalogue()
        .concept(&exercise.concept)
        .map(|concept| {
            concept
                .needs
                .iter()
                .filter(|need| !state.knows(need))
                .cloned()
                .collect()
        })
        .unwrap_or_default();

    let mut draft = draft(exercise, &focus);
    draft.encouragement = format!("Let us do `{}`. {}", exercise.title, exercise.prompt);
    draft.question = exercise.rungs[0].ask.clone();
    draft.further.clear();
    if !missing.is_empty() {
        let names = catalogue().names_of(&missing);
        draft.further.push(format!("It stands on: {}.", names.join(", ")));
    }
    state.focus = Some(focus);
    draft
}

/// The next rung for whoever is stuck; on the last one, another small case.
pub(crate) fn next_hint(exercise: &Exercise, focus: &mut Focus, state: &mut LearnerState) -> Draft {
    if focus.asked == Asked::Open {
        return hear_unjudged(exercise, focus, state);
    }

    state.note_hint(&exercise.concept);
    if focus.rung + 1 < exercise.rungs.len() {
        focus.rung += 1;
        focus.asked = Asked::Rung;
        let mut draft = draft(exercise, focus);
        draft.question = exercise.rungs[focus.rung].ask.clone();
        draft.encouragement = format!(
            "Being stuck is part of it. This is hint {} of {} for `{}`.",
            focus.rung + 1,
            exercise.rungs.len(),
            exercise.title
        );
        return draft;
    }

    let mut draft = ask_beside(exercise, focus);
    draft.encouragement = format!(
        "That was the last hint that I have for `{}`; with a small case it becomes clearer than with more words.",
        exercise.title
    );
    draft
}

/// Another question on the same rung: a small case to go through by hand, or the rung's own.
pub(crate) fn ask_beside(exercise: &Exercise, focus: &mut Focus) -> Draft {
    let at = focus.side % (exercise.traces.len() + 1);
    focus.side += 1;
    let mut draft = draft(exercise, focus);
    if let Some(trace) = exercise.traces.get(at) {
        focus.asked = Asked::Trace(at);
        draft.question = trace.ask.clone();
    } else {
        focus.asked = Asked::Rung;
        draft.question = exercise.rungs[focus.rung].ask.clone();
    }
    draft
}

/// Which answers are right, and what is said then; `None` for what words cannot settle.
fn expected<'a>(exercise: &'a Exercise, focus: &Focus) -> Option<(&'a [String], &'a str)> {
    match focus.asked {
        Asked::Trace(at) => exercise
            .traces
            .get(at)
            .map(|trace| (trace.accept.as_slice(), trace.yes.as_str())),
        Asked::Rung => exercise
            .rungs
            .get(focus.rung)
            .map(|rung| (rung.accept.as_slice(), rung.yes.as_str())),
        Asked::Attempt | Asked::Open => None,
    }
}

/// Whether words are a right answer to the last question.
pub(crate) fn is_answer(exercise: &Exercise, focus: &Focus, text: &str) -> bool {
    expected(exercise, focus).is_some_and(|(accept, _)| is_right(accept, text))
}

/// What a learner says in words.
pub(crate) fn hear(exercise: &Exercise, focus: &mut Focus, state: &mut LearnerState, text: &str) -> Draft {
    let Some((accept, yes)) = expected(exercise, focus) else {
        return hear_unjudged(exercise, focus, state);
    };
    if is_right(accept, text) {
        state.note_right(&exercise.concept);
        return go_on(exercise, focus).led_by(yes);
    }

    state.note_miss(&exercise.concept);
    let asked = focus.asked;
    let mut draft = ask_beside(exercise, focus);
    if focus.asked == asked {
        draft = ask_beside(exercise, focus);
    }
    draft.encouragement = format!(
        "I do not find in your words what I was looking for; I may have misread you. A small case of `{}` will show us.",
        exercise.title
    );
    draft
}

/// After a right answer: the next rung, or a call to write it.
fn go_on(exercise: &Exercise, focus: &mut Focus) -> Draft {
    if focus.rung + 1 < exercise.rungs.len() {
        focus.rung += 1;
        focus.asked = Asked::Rung;
        let mut draft = draft(exercise, focus);
        draft.question = exercise.rungs[focus.rung].ask.clone();
        return draft;
    }

    focus.asked = Asked::Attempt;
    let mut draft = draft(exercise, focus);
    draft.question = "How does your own version look, as far as you have it".to_owned();
    draft.encouragement = "You have all the parts now: write them down and send me your code.".to_owned();
    draft
}

/// Words about what only code or a try can show. Behind a solved exercise the next one begins.
fn hear_unjudged(exercise: &Exercise, focus: &mut Focus, state: &mut LearnerState) -> Draft {
    if focus.asked == Asked::Open
        && let Some(next) = state.next_exercise(None)
    {
        let draft = begin(next, state);
        if let Some(begun) = state.focus.take() {
            *focus = begun;
        }
        return draft
            .led_by("Run it with exactly that case, and you will see whether you are right. On we go.");
    }

    let mut draft = ask_beside(exercise, focus);
    draft.encouragement =
        "I can say more about code than about a description of it: send me what you have, however unfinished it is."
            .to_owned();
    draft
}

/// A learner's code: what of it is there, and the first thing that is not.
pub(crate) fn read_code(
    exercise: &Exercise,
    focus: &mut Focus,
    state: &mut LearnerState,
    code: &str,
) -> Draft {
    let tokens = tokens_of(code);
    let passed: Vec<bool> = exercise
        .checks
        .iter()
        .map(|check| check.any.iter().any(|row| has_row(&tokens, row)))
        .collect();
    let good = passed.iter().filter(|passed| **passed).count();
    focus.asked = Asked::Attempt;

    let mut draft = draft(exercise, focus);
    if let Some(check) = exercise
        .checks
        .iter()
        .zip(&passed)
        .find(|(_, passed)| !**passed)
        .map(|(check, _)| check)
    {
        state.note_miss(&exercise.concept);
        draft.encouragement = format!(
            "I read your code for `{}`: {good} of the {} things that I look for are there.",
            exercise.title,
            passed.len()
        );
        draft.hint = check.hint.clone();
        draft.question = check.ask.clone();
        return draft;
    }

    state.note_solved(exercise, focus.rung);
    focus.asked = Asked::Open;
    draft.encouragement = format!(
        "All {} things that I look for in `{}` are in your code. I read it and did not run it, so try it yourself.",
        passed.len(),
        exercise.title
    );
    draft.hint = "Try it with ordinary values first, and then with what lies at the edge.".to_owned();
    draft.question = exercise.edge.clone();
    if let Some(next) = state.next_exercise(None) {
        draft.further = vec![format!(
            "When you are through, ask for the next exercise: `{}`. {}",
            next.title, next.prompt
        )];
    }
    draft
}
