//! Talk about a concept, with its ladder, and with the place where the project meets it.

use crate::{
    catalogue::{Concept, catalogue},
    code_index::SourceFile,
    exercise_talk,
    reply::{Draft, quote},
    state::{Asked, Focus, LearnerState, Topic},
    words::{content_stems, enumerate_words},
};

/// Where a project meets a concept.
fn place_in(files: &[SourceFile], concept: &Concept) -> Option<String> {
    let sources = files
        .iter()
        .filter(|file| file.path.starts_with("src/") && !file.is_test());

    sources.into_iter().find_map(|file| {
        let (at, line) = file
            .content
            .lines()
            .enumerate()
            .filter(|(_, line)| {
                !line.trim_start().starts_with("import ") && !line.trim_start().starts_with("//")
            })
            .find(|(_, line)| {
                concept
                    .signs
                    .iter()
                    .any(|sign| sign.len() > 4 && line.contains(sign.as_str()))
            })?;
        Some(format!(
            "Your project meets this in {}, line {}: {}.",
            file.path,
            at + 1,
            quote(line)
        ))
    })
}

fn draft(concept: &Concept, focus: &Focus, files: &[SourceFile], state: &LearnerState) -> Draft {
    let rung = &concept.rungs[focus.rung.min(concept.rungs.len() - 1)];
    let mut further: Vec<String> = place_in(files, concept).into_iter().collect();
    if let Some(exercise) = state.next_exercise(Some(&concept.id)) {
        further.push(format!(
            "An exercise on this is `{}`: {}",
            exercise.title, exercise.prompt
        ));
    }
    let next: Vec<String> = catalogue()
        .concepts
        .iter()
        .filter(|other| other.needs.contains(&concept.id))
        .take(3)
        .map(|other| other.name.clone())
        .collect();
    if !next.is_empty() {
        further.push(format!("On this stand: {}.", next.join(", ")));
    }

    Draft {
        encouragement: String::new(),
        question: rung.ask.clone(),
        hint: rung.hint.clone(),
        concept: concept.name.clone(),
        key_concept: concept.idea.clone(),
        further,
    }
}

/// Begins with the first rung.
pub(crate) fn begin(concept: &Concept, files: &[SourceFile], state: &mut LearnerState) -> Draft {
    let focus = Focus::on(Topic::Concept {
        id: concept.id.clone(),
    });
    let mut draft = draft(concept, &focus, files, state);
    let unknown: Vec<String> = concept
        .needs
        .iter()
        .filter(|need| !state.knows(need))
        .cloned()
        .collect();
    draft.encouragement = if unknown.is_empty() {
        format!(
            "{} is worth an answer of your own; we take it step by step.",
            concept.name
        )
    } else {
        let names = enumerate_words(&catalogue().names_of(&unknown));
        format!("This stands on {names}; say so if something of that is new to you.")
    };
    state.focus = Some(focus);

    draft
}

/// The next rung; behind the last one, an exercise on it.
pub(crate) fn next_hint(
    concept: &Concept,
    focus: &mut Focus,
    files: &[SourceFile],
    state: &mut LearnerState,
) -> Draft {
    state.note_hint(&concept.id);
    if focus.rung + 1 < concept.rungs.len() {
        focus.rung += 1;
        focus.asked = Asked::Rung;
        let mut draft = draft(concept, focus, files, state);
        draft.encouragement = format!(
            "Then closer to it: step {} of {} on {}.",
            focus.rung + 1,
            concept.rungs.len(),
            concept.name
        );
        return draft;
    }

    if let Some(exercise) = state.next_exercise(Some(&concept.id)) {
        let draft = exercise_talk::begin(exercise, state);
        if let Some(begun) = state.focus.take() {
            *focus = begun;
        }
        return draft.led_by("More words will not help here, doing it will.");
    }
    ask_beside(concept, focus, files, state)
}

/// The same rung again, with another of its questions.
pub(crate) fn ask_beside(
    concept: &Concept,
    focus: &mut Focus,
    files: &[SourceFile],
    state: &LearnerState,
) -> Draft {
    let mut draft = draft(concept, focus, files, state);
    focus.side += 1;
    focus.asked = Asked::Open;
    let subject = concept.name.to_lowercase();
    draft.question = match focus.side % 3 {
        1 => format!("In your own words and with an example of your own, what is {subject} for"),
        2 => {
            format!("Which place of your project would change most if there were no such thing as {subject}")
        }
        _ => draft.question,
    };
    draft
}

/// What a learner says of it. No word of ours can show that it is understood; an example can.
pub(crate) fn hear(
    concept: &Concept,
    focus: &mut Focus,
    files: &[SourceFile],
    state: &mut LearnerState,
    text: &str,
) -> Draft {
    let said = content_stems(text);
    let hints: String = concept.rungs.iter().map(|rung| rung.hint.as_str()).collect();
    let subject = content_stems(&format!("{} {hints}", concept.idea));
    let meets = said.iter().any(|word| word.len() > 3 && subject.contains(word));
    if meets {
        state.note_right(&concept.id);
    } else {
        state.note_miss(&concept.id);
    }

    let mut draft = next_hint(concept, focus, files, state);
    if focus.topic
        == (Topic::Concept {
            id: concept.id.clone(),
        })
    {
        draft.encouragement = if meets {
            format!(
                "Part of what {} is about is in your words already. One step further.",
                concept.name.to_lowercase()
            )
        } else {
            format!(
                "I cannot tell from these words how well {} sits. Hold them against the next step.",
                concept.name.to_lowercase()
            )
        };
    }
    draft
}
