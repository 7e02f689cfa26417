//! An answer changes the app and closes its question; one that says nothing to its question is said to have no effect.

use super::{assert_bounds, content, feature_names};
use crate::{Answer, ForgeError, Forged, Project, Question, check_project, forge_answered, pair_answer};

fn answered(idea: &str, answers: &[Answer]) -> Forged {
    forge_answered(idea, answers, 0).expect("an idea that can be read")
}

fn built(idea: &str, answers: &[Answer]) -> Project {
    let Forged::Project(project) = answered(idea, answers) else {
        panic!("{idea} with {answers:?} makes no project");
    };
    assert_bounds(&project);
    assert_eq!(check_project(&project.files), [], "{idea} with {answers:?}");
    *project
}

fn asked(project: &Project, begin: &str) -> Option<Question> {
    let mut questions = project.questions.iter();
    questions
        .find(|question| question.question.starts_with(begin))
        .cloned()
}

/// What becomes of an idea when the question that begins so is answered.
fn after(idea: &str, begin: &str, answer: &str) -> Project {
    let before = built(idea, &[]);
    let question =
        asked(&before, begin).unwrap_or_else(|| panic!("{begin} is not among {:?}", before.questions));

    built(idea, &[reply(&question.question, answer)])
}

fn reply(question: &str, answer: &str) -> Answer {
    Answer {
        question: question.to_owned(),
        answer: answer.to_owned(),
    }
}

fn omits(project: &Project, asked: &str) -> bool {
    let mut omissions = project.omissions.iter();
    omissions.any(|omission| omission.asked.contains(asked))
}

#[test]
fn yes_and_no_decide_what_the_idea_contradicts() {
    let idea = "People can delete tasks. There is no deleting of tasks.";
    let page = |project: &Project| content(project, "src/tasks/TaskPage.tsx").contains("Delete");

    for (answer, deletes) in [
        ("Yes.", true),
        ("yes, they may", true),
        ("No", false),
        ("They may not!", false),
    ] {
        let project = after(idea, "May ", answer);
        assert_eq!(page(&project), deletes, "{answer}");
        assert_eq!(asked(&project, "May "), None, "{answer}");
        assert!(!omits(&project, "tasks"), "{answer}: {:?}", project.omissions);
    }
}

#[test]
fn an_answer_that_chooses_nothing_leaves_the_question_open_and_is_said() {
    let idea = "People can delete tasks. There is no deleting of tasks.";
    let project = after(idea, "May ", "On Sundays");

    assert!(asked(&project, "May ").is_some());
    assert!(omits(&project, "On Sundays"), "{:?}", project.omissions);
}

#[test]
fn answers_to_what_was_not_asked_are_said() {
    let project = built(
        "Recipes",
        &[reply("May recipes be changed by “delete” or not?", "No")],
    );

    assert!(omits(&project, "the answer “No”"), "{:?}", project.omissions);
}

#[test]
fn the_bound_that_is_named_holds() {
    let idea = "Recipes with servings. Servings must be at least 10. Servings must be at most 5.";
    let rules = |project: &Project| content(project, "src/recipes/recipe.ts").to_owned();

    let first = after(idea, "Which bound", "10, please.");
    let second = after(idea, "Which bound", "5");
    for project in [&first, &second] {
        assert_eq!(asked(project, "Which bound"), None);
        assert!(!omits(project, "Servings"), "{:?}", project.omissions);
    }
    assert!(rules(&first).contains("Servings must be at least 10"));
    assert!(rules(&second).contains("Servings must be at most 5"));
    assert!(!rules(&second).contains("Servings must be at least 10"));

    let neither = after(idea, "Which bound", "7");
    assert!(asked(&neither, "Which bound").is_some() && omits(&neither, "“7”"));
}

#[test]
fn the_things_that_are_chosen_are_kept_first() {
    let idea = "Manage recipes, habits, plants, books, movies, games, workouts and bugs";
    let project = after(
        idea,
        "Which five",
        "Bugs, workouts, games, movies and books matter most.",
    );

    let names = feature_names(&project).join("\n");
    for kept in ["bugs", "workouts", "games", "movies", "books"] {
        assert!(names.contains(kept), "{kept} is not in {names}");
    }
    assert!(omits(&project, "Recipes") && !omits(&project, "Workouts"));
    assert_eq!(asked(&project, "Which five"), None);
}

#[test]
fn what_is_kept_of_an_unknown_thing_becomes_its_fields() {
    let idea = "Track my zorbles";
    let dated = after(idea, "What should be kept of each", "A date.");
    assert!(
        content(&dated, "src/zorbles/zorble.ts").contains("date"),
        "{}",
        content(&dated, "src/zorbles/zorble.ts")
    );
    assert_eq!(asked(&dated, "What should be kept"), None);

    let plain = after(idea, "What should be kept of each", "Nothing");
    assert_eq!(asked(&plain, "What should be kept"), None);
    assert_eq!(plain.code, built(idea, &[]).code, "only the question is gone");
}

#[test]
fn what_was_asked_first_can_be_answered_in_a_word() {
    let Forged::Questions(first) = answered("Something nice", &[]) else {
        panic!("it asks");
    };
    let answers = [
        reply(&first[0].question, "Recipes with a rating."),
        reply(&first[1].question, "add, search"),
    ];

    let project = built("Something nice", &answers);
    assert!(feature_names(&project).join("\n").contains("recipes"));
}

#[test]
fn an_idea_in_another_language_is_replaced_and_the_last_answer_holds() {
    let question = "Can you say the idea in English?";
    let answers = [
        reply(question, "A list of books"),
        reply(question, "A list of my plants"),
    ];

    let project = built("Eine Liste meiner Pflanzen zum Gießen", &answers);
    assert_eq!(project.files, built("A list of my plants.", &[]).files);
}

#[test]
fn an_answer_that_is_typed_names_its_question_by_number_or_by_words() {
    let idea = "People can delete tasks. There is no deleting of tasks.";
    let open = built(idea, &[]).questions;
    let asked = open[0].question.clone();

    for typed in ["1=No", " 1 = No ", &format!("{asked}=No")] {
        assert_eq!(
            pair_answer(typed, &open),
            Ok(Some(reply(&asked, "No"))),
            "{typed}"
        );
    }
    for typed in ["Tasks have a title.", "Show a = b in the title"] {
        assert_eq!(pair_answer(typed, &open), Ok(None), "{typed}");
    }
    for typed in ["0=No", "9=No", "May cats fly?=No", "é?=No"] {
        let refused = pair_answer(typed, &open);
        assert!(
            matches!(refused, Err(ForgeError::UnknownQuestion { .. })),
            "{typed}: {refused:?}"
        );
    }
}
