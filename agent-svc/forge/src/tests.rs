//! What must hold of every idea: bounds, the same project for the same idea, clean static checks, nothing dropped in silence.

mod answers;
mod defects;
mod hostile;
mod kinds;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    Forged, NOT_RUN, Origin, Project, Question, check_project, forge_project, judge_path, lexicon::lexicon,
    write_qa_result,
};

/// Sentences as people write them: a name, and the idea.
fn ideas() -> impl Iterator<Item = (&'static str, &'static str)> {
    include_str!("tests/ideas.txt")
        .lines()
        .filter_map(|line| line.split_once(": "))
}

fn forge(idea: &str) -> Project {
    match forge_project(idea, 0) {
        Ok(Forged::Project(project)) => *project,
        other => panic!("{idea} made {other:?}"),
    }
}

fn questions_of(idea: &str) -> Vec<Question> {
    match forge_project(idea, 0) {
        Ok(Forged::Questions(questions)) => questions,
        other => panic!("{idea} made no question: {other:?}"),
    }
}

fn content<'a>(project: &'a Project, path: &str) -> &'a str {
    let file = project.files.iter().find(|file| file.path == path);
    &file.unwrap_or_else(|| panic!("there is no {path}")).content
}

fn feature_names(project: &Project) -> Vec<&str> {
    let features = project.requirements["core_features"].as_array().expect("a list");
    features
        .iter()
        .filter_map(|feature| feature["name"].as_str())
        .collect()
}

fn length(value: &Value, range: std::ops::RangeInclusive<usize>) {
    let length = value.as_str().map_or_else(
        || value.as_array().map_or(0, Vec::len),
        |text| text.chars().count(),
    );
    assert!(range.contains(&length), "{length} is not in {range:?}: {value}");
}

/// CodeForge.10, as far as it speaks of what the offline author makes.
fn assert_bounds(project: &Project) {
    let requirements = &project.requirements;
    length(&requirements["app_name"], 1..=200);
    length(&requirements["elevator_pitch"], 20..=500);
    length(&requirements["target_audience"], 1..=5);
    length(&requirements["core_features"], 1..=20);
    length(&requirements["recommended_stack"], 1..=10);
    length(&requirements["technical_constraints"], 0..=1000);

    let pages = project.wireframe["site_map"].as_array().expect("a list");
    length(&project.wireframe["site_map"], 1..=50);
    for page in pages {
        let path = page["path"].as_str().expect("a path");
        assert!(
            path.starts_with('/')
                && path.chars().all(|letter| letter.is_ascii_lowercase()
                    || letter.is_ascii_digit()
                    || matches!(letter, '-' | '/')),
            "{path}"
        );
        for component in page["components"].as_array().expect("a list") {
            let name = component["name"].as_str().expect("a name");
            assert!(
                name.starts_with(|first: char| first.is_ascii_uppercase())
                    && name.chars().all(|letter| letter.is_ascii_alphanumeric()),
                "{name}"
            );
        }
    }

    length(&project.code["files"], 1..=50);
    length(&project.code["summary"], 10..=2000);
    length(&project.code["dependencies"], 1..=30);
    let mut seen = BTreeSet::new();
    for file in &project.files {
        assert!(
            seen.insert(file.path.to_lowercase()),
            "{} is there twice",
            file.path
        );
        if file.origin == Origin::Source {
            assert_eq!(
                judge_path(&file.path, file.content.len()),
                Ok(()),
                "{}",
                file.path
            );
        }
    }
    for question in &project.questions {
        assert!(
            (10..=500).contains(&question.question.len())
                && (5..=500).contains(&question.why.len())
                && question.options.len() <= 6
        );
    }
    assert!(project.questions.len() <= 5);
}

#[test]
fn every_idea_becomes_a_project_in_bounds_whose_static_checks_find_nothing() {
    for (name, idea) in ideas() {
        let project = forge(idea);

        assert_bounds(&project);
        assert_eq!(check_project(&project.files), [], "{name}");
    }
}

#[test]
fn things_have_the_names_that_an_idea_gives_them() {
    for (idea, own, other) in [
        (
            "A club elects its board: candidates with a name and a statement. Members vote for candidates.",
            "candidates",
            "options",
        ),
        (
            "Reservations of meeting rooms with a date. No double bookings.",
            "bookings",
            "reservations",
        ),
        (
            "Rental of films with title and year, and clients with a phone",
            "films",
            "movies",
        ),
    ] {
        let project = forge(idea);
        let names = feature_names(&project).join("; ");
        assert!(names.contains(own) && !names.contains(other), "{idea}: {names}");
    }
}

#[test]
fn what_an_idea_says_in_its_own_way_is_understood() {
    let project = forge(
        "Fleet manager for a courier: vehicles with plate and model, drivers with name and phone. Trips belong to vehicles. \
         Only fleet managers can delete vehicles, assistants can add and edit trips.",
    );
    let names = feature_names(&project).join("; ");
    assert!(!names.contains("fleets") && names.contains("drivers"), "{names}");
    assert!(
        content(&project, "src/trips/trip.ts").contains("vehicle"),
        "{names}"
    );

    let project = forge(
        "Kanban board with columns to do, doing and done. Tasks have a title, a priority (low, high) and a due date.",
    );
    let task = content(&project, "src/tasks/task.ts");
    assert!(
        task.contains("'Low', 'High'") && task.contains("'To do', 'Doing', 'Done'"),
        "{task}"
    );

    let project = forge(
        "Teachers grade students: each grade has a student, a subject and a score between 0 and 100. Filter by subject.",
    );
    let names = feature_names(&project).join("; ");
    assert!(names.contains("Filter grades by subject"), "{names}");

    let project = forge(
        "Loans of tools with a lent on date and a due date; the due date must be after the lent on date.",
    );
    let loan = content(&project, "src/loans/loan.ts");
    assert!(
        loan.contains("Due date must be after lent on date.") && !loan.contains("Book is required"),
        "{loan}"
    );

    let project = forge("Bookings of rooms with a date. No double bookings.");
    assert_eq!(project.omissions, []);
    assert!(content(&project, "src/bookings/booking.ts").contains("with the same room and date"));
}

#[test]
fn everything_the_lexicon_knows_can_be_built() {
    for thing in lexicon().things() {
        let many = &thing.entity.many;
        let project = forge(&format!(
            "Manage my {many} with search, filters, csv import and export, a chart, a board and a calendar"
        ));

        assert!(
            feature_names(&project)
                .iter()
                .any(|feature| feature.contains(many)),
            "{many}: {:?}",
            feature_names(&project)
        );
        assert_bounds(&project);
        assert_eq!(check_project(&project.files), [], "{many}");
    }
}

#[test]
fn the_same_idea_and_seed_make_the_same_project_and_another_seed_other_colours() {
    let (_, idea) = ideas().next().expect("an idea");

    assert_eq!(forge_project(idea, 7), forge_project(idea, 7));
    assert_ne!(forge_project(idea, 7), forge_project(idea, 8));
}

#[test]
fn all_projects_share_one_lock_file_that_names_no_registry() {
    let lock = content(&forge("recipes"), "package-lock.json").to_owned();

    assert_eq!(
        lock,
        content(&forge("A CRM for freelancers"), "package-lock.json")
    );
    assert!(!lock.contains("\"resolved\"") && lock.contains("\"integrity\""));
    let package: Value = serde_json::from_str(content(&forge("recipes"), "package.json")).expect("JSON");
    let versions = ["dependencies", "devDependencies"].map(|part| {
        package[part]
            .as_object()
            .expect("a map")
            .values()
            .cloned()
            .collect::<Vec<_>>()
    });
    for version in versions.concat() {
        let version = version.as_str().expect("a version");
        assert!(
            version
                .chars()
                .all(|letter| letter.is_ascii_digit() || letter == '.'),
            "{version} is not exact"
        );
    }
}

#[test]
fn every_feature_has_a_flow_of_its_name_and_every_rule_a_test() {
    for (_, idea) in ideas() {
        let project = forge(idea);
        let flows = content(&project, "src/features.test.tsx");

        for feature in feature_names(&project) {
            assert!(flows.contains(&format!("it('{feature}', async")), "{feature}");
        }
    }
}

#[test]
fn an_idea_says_what_is_kept_what_is_done_and_what_must_hold() {
    let project = forge(
        "A library app: books with title, author and isbn, and loans of books to members. Members can borrow at most 3 books. Mark loans as returned. Only librarians can delete books. Send email reminders.",
    );
    let loan = content(&project, "src/loans/loan.ts");

    assert!(loan.contains("bookId: string") && loan.contains("memberId: string"));
    assert!(loan.contains("There may be at most 3 loans for one member."));
    assert!(feature_names(&project).contains(&"Mark loans as returned"));
    assert!(
        content(&project, "src/roles.tsx").contains("{ role: 'Member', verb: 'delete', thing: 'books' }")
    );
    let omitted: Vec<&str> = project
        .omissions
        .iter()
        .map(|omission| omission.asked.as_str())
        .collect();
    assert_eq!(
        omitted,
        ["Sending mail or messages", "Reminders and notifications"]
    );
    assert!(content(&project, "README.md").contains("Sending mail or messages"));
}

#[test]
fn things_that_nobody_knows_get_the_fields_the_idea_gives_them() {
    let project = forge(
        "Track my beehives and honey harvests. Each beehive has a location, a queen color and a strength from 1 to 10. Each harvest has a date, a beehive and an amount of honey in kilograms.",
    );
    let beehive = content(&project, "src/beehives/beehive.ts");

    assert!(beehive.contains("queenColor: string"));
    assert!(
        beehive.contains("Strength must be at least 1.") && beehive.contains("Strength must be at most 10.")
    );
}

#[test]
fn choices_in_brackets_and_columns_of_a_board_are_the_options() {
    let stamps = forge("Stamp collection: each stamp has a country and a condition (mint, used, damaged)");
    assert!(content(&stamps, "src/stamps/stamp.ts").contains("['Mint', 'Used', 'Damaged'] as const"));

    let board = forge("Kanban board with columns backlog, doing and shipped for tasks");
    assert!(content(&board, "src/tasks/task.ts").contains("['Backlog', 'Doing', 'Shipped'] as const"));
}

#[test]
fn what_is_refused_is_not_built() {
    let project = forge("Bug tracker with search, no deleting");

    assert!(!content(&project, "src/bugs/BugPage.tsx").contains("Delete"));
    assert!(feature_names(&project).contains(&"Add and edit bugs"));
}

#[test]
fn a_contradiction_is_asked_about_and_said() {
    let bounds = forge("Recipes with servings. Servings must be at least 10. Servings must be at most 5.");
    assert!(
        bounds
            .questions
            .iter()
            .any(|question| question.question.contains("Servings")),
        "{:?}",
        bounds.questions
    );
    assert!(
        bounds
            .omissions
            .iter()
            .any(|omission| omission.asked.contains("Servings"))
    );

    let verbs = forge("People can delete tasks. There is no deleting of tasks.");
    assert!(
        verbs
            .questions
            .iter()
            .any(|question| question.question.contains("delete")),
        "{:?}",
        verbs.questions
    );
}

#[test]
fn an_idea_without_a_thing_is_asked_for_one() {
    for idea in ["an app", "make something nice for me please", "🙂", "42"] {
        let questions = questions_of(idea);
        assert!((1..=5).contains(&questions.len()), "{idea}");
    }
}

#[test]
fn a_clean_project_passes_and_scores_everything() {
    let result = write_qa_result(&check_project(&forge("recipes").files), NOT_RUN);

    assert_eq!(
        (result["passed"].as_bool(), result["score"].as_u64()),
        (Some(true), Some(100))
    );
}

#[test]
fn only_paths_below_src_of_plain_letters_may_be_written() {
    let long = format!("src/{}", "a".repeat(5_000));
    for path in [
        "",
        "src/",
        "src/../x.ts",
        "/src/a.ts",
        "src\\a.ts",
        "src/%2e%2e/a.ts",
        ".git/config",
        ".github/workflows/a.yml",
        "src/a b.ts",
        "src//a.ts",
        "src/./a.ts",
        "package.json",
        &long,
    ] {
        assert!(judge_path(path, 1).is_err(), "{path}");
    }

    assert!(judge_path("src/lib/a-b_c.test.ts", 100_000).is_ok());
    assert!(judge_path("src/a.ts", 100_001).is_err());
}
