//! Choices and roadmaps, and the bounds of CodeForge.10.

use std::collections::BTreeSet;

use super::project::habits;
use crate::{
    ChoiceFramework, Feature, LearnerState, LearningRoadmap, Level, Requirements, StudentProject, TutorError,
    write_choices, write_roadmap,
};

fn length(text: &str) -> usize {
    text.chars().count()
}

fn assert_choices(choices: &ChoiceFramework) {
    assert!((10..=2000).contains(&length(&choices.context)), "{choices:#?}");
    assert!((2..=5).contains(&choices.options.len()), "{choices:#?}");
    assert!(length(&choices.recommendation) <= 500);
    for option in &choices.options {
        assert!(
            length(&option.id) <= 50 && (3..=200).contains(&length(&option.title)),
            "{option:#?}"
        );
        assert!((1..=10).contains(&option.pros.len()) && option.cons.len() <= 10);
        assert!((5..=500).contains(&length(&option.educational_value)));
    }
}

fn assert_roadmap(roadmap: &LearningRoadmap) {
    assert!((1..=20).contains(&roadmap.modules.len()), "{roadmap:#?}");
    assert!((1.0..=500.0).contains(&roadmap.total_estimated_hours));
    assert!(roadmap.prerequisites.len() <= 10 && (1..=10).contains(&roadmap.learning_objectives.len()));
    for module in &roadmap.modules {
        assert!(
            (3..=200).contains(&length(&module.title)) && (5..=1000).contains(&length(&module.description)),
            "{module:#?}"
        );
        assert!(
            (1..=20).contains(&module.concepts.len()) && module.exercises.len() <= 10,
            "{module:#?}"
        );
        assert!((0.5..=40.0).contains(&module.estimated_hours));
    }
}

#[test]
fn a_decision_is_weighed_by_the_projects_own_features() {
    let personal = write_choices("Should I use localStorage or a database?", &habits());
    assert_choices(&personal);
    assert!(personal.recommendation.contains("local storage"), "{personal:#?}");

    let mut shared = habits();
    shared.requirements.as_mut().unwrap().core_features = vec![
        Feature {
            name: "Team accounts".into(),
            description: "Members of a team share bookings; an admin has a role.".into(),
            priority: "must-have".into(),
        },
        Feature {
            name: "Login".into(),
            description: "Customers have an account.".into(),
            priority: "must-have".into(),
        },
    ];
    shared.requirements.as_mut().unwrap().elevator_pitch = "Bookings for a team and its customers.".into();
    let shared = write_choices("Should I use localStorage or a database?", &shared);
    assert!(shared.recommendation.contains("server"), "{shared:#?}");
}

#[test]
fn a_decision_that_is_not_known_is_said_to_be_so_and_becomes_one_about_features() {
    let choices = write_choices("Which colour of carpet fits?", &habits());
    assert_choices(&choices);
    assert!(choices.context.contains("nothing prepared"), "{choices:#?}");
    let titles: Vec<&str> = choices
        .options
        .iter()
        .map(|option| option.title.as_str())
        .collect();
    assert_eq!(
        titles,
        [
            "Add a habit",
            "Search habits",
            "Streak chart",
            "Export habits as CSV"
        ]
    );

    assert_choices(&write_choices("", &StudentProject::default()));
}

#[test]
fn a_roadmap_follows_the_features_and_never_uses_what_was_not_learned() {
    let roadmap = write_roadmap(&habits(), &LearnerState::default()).unwrap();
    assert_roadmap(&roadmap);
    let titles: Vec<&str> = roadmap
        .modules
        .iter()
        .map(|module| module.title.as_str())
        .collect();
    assert_eq!(
        titles,
        [
            "Foundations",
            "Add a habit",
            "Search habits",
            "Streak chart",
            "Export habits as CSV",
            "Show that it works"
        ]
    );

    let mut seen = BTreeSet::new();
    for name in roadmap.modules.iter().flat_map(|module| &module.concepts) {
        let concept = crate::catalogue::catalogue()
            .concepts
            .iter()
            .find(|concept| concept.name == *name)
            .unwrap();
        for need in &concept.needs {
            assert!(seen.contains(need.as_str()), "{name} before {need}");
        }
        seen.insert(concept.id.as_str());
    }
    assert!(
        roadmap.modules[1]
            .exercises
            .iter()
            .any(|exercise| exercise.contains("In your project")),
        "{roadmap:#?}"
    );
}

#[test]
fn what_is_known_is_left_out_and_more_practice_takes_less_time() {
    let new = write_roadmap(&habits(), &LearnerState::default()).unwrap();
    let mut advanced = habits();
    advanced.level = Level::Advanced;
    let quick = write_roadmap(&advanced, &LearnerState::default()).unwrap();
    assert!(quick.total_estimated_hours < new.total_estimated_hours);

    let mut talk = super::Talk::on_exercise("search-notes");
    talk.say("const searchNotes = (notes, typed) => notes.filter((n) => n.text.toLowerCase().includes(typed.trim().toLowerCase()));");
    assert!(talk.state.knows("searching"));
    let after = write_roadmap(&habits(), &talk.state).unwrap();
    let search = after
        .modules
        .iter()
        .find(|module| module.title == "Search habits")
        .unwrap();
    assert!(!search.concepts.contains(&"Searching".to_owned()), "{search:#?}");
}

#[test]
fn bounds_hold_for_requirements_at_their_own_bounds() {
    let feature = |at: usize| Feature {
        name: format!("{at} {}?", "Search and filter and sort by date ".repeat(8)),
        description: "Import CSV, export, login, role, chart, calendar, form must be required. ".repeat(9),
        priority: ["must-have", "should-have", "nice-to-have", "odd"][at % 4].to_owned(),
    };
    let project = StudentProject {
        requirements: Some(Requirements {
            app_name: "X".repeat(200),
            elevator_pitch: "y ".repeat(250),
            core_features: (0..20).map(feature).collect(),
            technical_constraints: String::new(),
        }),
        ..StudentProject::default()
    };
    assert_roadmap(&write_roadmap(&project, &LearnerState::default()).unwrap());
    for asked in ["forms or not", "what first", "state", "long list performance?"] {
        assert_choices(&write_choices(asked, &project));
    }
}

#[test]
fn a_roadmap_needs_requirements() {
    let refused = write_roadmap(&StudentProject::default(), &LearnerState::default());
    assert_eq!(refused.unwrap_err(), TutorError::NoRequirements);
}
